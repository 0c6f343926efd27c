/* SPDX-License-Identifier: Apache-2.0 */
/* A compiled playbook: immutable, shared, one arena. What the matcher, the planner and the engine read. */
#ifndef FIR__PLAYBOOK_PLAYBOOK_H
#define FIR__PLAYBOOK_PLAYBOOK_H

#include <falcoir/playbook.h>

#include "base/diag.h"
#include "base/refs.h"
#include "catalog/catalog.h"
#include "expr/expr.h"
#include "index/index.h"
#include "template/template.h"

/* Where a secret comes from. A literal one is named by its place in the configuration (a JSON pointer), and its text stays in
 * the playbook. */
typedef enum fir__secret_kind { FIR__SECRET_ENV, FIR__SECRET_FILE, FIR__SECRET_CONFIG } fir__secret_kind;
typedef struct fir__secret_ref {
    fir__secret_kind kind;
    fir_str name;    /* variable, path, or pointer */
    fir_str literal; /* CONFIG only; never printed */
} fir__secret_ref;

/* A parameter's value before an alert is known. */
typedef enum fir__node_kind { FIR__NODE_DATA, FIR__NODE_TEMPLATE, FIR__NODE_SECRET, FIR__NODE_LIST, FIR__NODE_MAP } fir__node_kind;
typedef struct fir__node {
    fir__node_kind kind;
    uint8_t type;        /* FIR__NODE_TEMPLATE: fir__ptype that the text becomes (string, integer, boolean, duration) */
    uint8_t sink;        /* FIR__NODE_TEMPLATE: FIR_SINK_* */
    uint32_t count;      /* LIST, MAP */
    const fir_str *keys; /* MAP, sorted bytewise */
    union {
        const fir__data *data;
        const fir__template *text;
        const fir__secret_ref *secret;
        const struct fir__node *items;
    };
    fir_str source; /* TEMPLATE: as it was written. DATA: as plans show it, {"v":…}, written once for all of them */
} fir__node;

typedef struct fir__param {
    fir_str name;              /* canonical */
    const fir__param_def *def; /* NULL: of a type that is to come, or unknown to Talon's form */
    fir__node value;
} fir__param;

typedef struct fir__params {
    const fir__param *items; /* sorted by name */
    uint32_t count;
} fir__params;

/* What is done when nobody can know whether an action was. From 1 on, as fir__get_choice counts. */
typedef enum fir__on_uncertain {
    FIR__UNCERTAIN_DEFAULT,
    FIR__UNCERTAIN_ASK,
    FIR__UNCERTAIN_DEAD_LETTER,
    FIR__UNCERTAIN_RESEND
} fir__on_uncertain;
#define FIR__UNCERTAIN_CHOICES "ask dead_letter resend"

typedef struct fir__step {
    fir_str id, name, description;
    fir_str use;                /* type as written in its canonical name */
    const fir__action_def *def; /* never NULL */
    fir__params params;
    const fir__program *when; /* NULL: always */
    fir_str when_text;        /* as it was written */
    fir_str output_use;       /* empty: no output */
    const fir__action_def *output_def;
    fir__params output_params;
    int64_t timeout_ns;    /* 0: the engine's default */
    uint32_t attempts;     /* of `retry`; 0: the type's default */
    int64_t undo_after_ns; /* 0: never */
    fir__on_uncertain on_uncertain;
    bool ignore_errors;
    bool goes_on; /* `continue`: after it the next action is looked at */
    fir__where at;
} fir__step;

/* What a repeat of the step does: as its type says, or better where its parameters do. */
fir__effect fir__step_effect(const fir__step *s);

/* Slots of the fields that make up a key, in the order given. */
typedef struct fir__key {
    const uint32_t *slots;
    const fir_str *names;
    uint32_t count;
} fir__key;

typedef struct fir__sequence_item {
    fir_str rule; /* a Falco rule's name, or a playbook rule's */
    int64_t within_ns;
    fir__key by;
} fir__sequence_item;

typedef struct fir__approval {
    bool required;
    int64_t timeout_ns;
    bool approve_on_timeout;
    bool reason_required;
    const fir_str *approvers;
    uint32_t n_approvers;
} fir__approval;

typedef enum fir__urgency { /* from 1 on, as fir__get_choice counts */
                            FIR__URGENCY_LOW = 1,
                            FIR__URGENCY_NORMAL,
                            FIR__URGENCY_HIGH,
                            FIR__URGENCY_CRITICAL
} fir__urgency;
typedef enum fir__on_undecided {
    FIR__UNDECIDED_DEFAULT,
    FIR__UNDECIDED_ACT,
    FIR__UNDECIDED_ASK,
    FIR__UNDECIDED_SKIP
} fir__on_undecided;

typedef struct fir__rule {
    fir_str name, description;
    const fir__program *condition; /* condition and Talon's match together; NULL: match_all */
    fir_str condition_text;        /* as it was written; empty: none */
    const fir__data *match;        /* as it was written, files merged; NULL: none */
    fir__urgency urgency;
    bool dry_run;
    bool goes_on; /* `continue`: later rules are looked at */
    bool trust_text;
    bool review_required;
    fir__on_undecided on_undecided;
    int64_t valid_for_ns;   /* 0: for ever */
    int64_t once_window_ns; /* 0: no cool-down */
    fir__key once_by;
    uint32_t threshold; /* 0: none */
    int64_t threshold_within_ns;
    fir__key threshold_by;
    const fir__sequence_item *sequence;
    uint32_t n_sequence;
    fir__approval approval;
    const fir__step *steps;
    uint32_t n_steps;
    const fir__step *on_failure;
    uint32_t n_on_failure;
    const fir__step *notify; /* the notifiers' steps, already resolved to outputs of the configuration */
    uint32_t n_notify;
    fir_str least_priority; /* of a *_output block: its minimum_priority, part of the condition; empty: none */
    bool is_output;         /* made of a *_output block: named "output:<name>" */
    fir__where at;
} fir__rule;

/* A list's items, or a macro's text, after all files: for the digest and for who reads a playbook as JSON. */
typedef struct fir__named_texts {
    fir_str name;
    const fir_str *texts; /* of a macro one */
    uint32_t count;
} fir__named_texts;

/* A `test` item, kept as data: `falcoir test` runs it over the public API. */
typedef struct fir__test {
    fir_str name;
    const fir__data *item;
    fir_str dir; /* of the file it stands in: where relative paths begin */
    fir__where at;
} fir__test;

/* A rule or block with `enabled: false`: checked as others are, and then no part of anything. For who asks why it did nothing. */
typedef struct fir__disabled {
    fir_str name;
    struct fir__disabled *next;
} fir__disabled;

struct fir_playbook {
    fir__refs refs;
    fir_allocator allocator;
    fir__arena arena;
    const fir_catalog *catalog;
    fir__slots slots;
    const fir__rule *rules; /* in the order in which they are looked at */
    uint32_t n_rules;
    fir__disabled *disabled; /* in the order in which they would be looked at; NULL: none */
    fir__matcher *matcher;   /* over the rules' conditions, in their order */
    bool has_sequences;      /* some rule has a sequence: alerts may be observed that match no rule */
    const fir__test *tests;
    uint32_t n_tests;
    const fir__named_texts *lists, *macros; /* sorted by name */
    uint32_t n_lists, n_macros;
    const fir__data
        *config; /* the merged mapping files, for the engine and the command; NULL: none. Secrets are inside: never printed */
    uint8_t digest[32]; /* SHA-256 over the canonical form of all that can change a plan */
    fir_str *files;
    size_t n_files;
    fir__program **programs; /* all of them: their regular expressions are no part of the arena */
    size_t n_programs, cap_programs;
};

#endif
