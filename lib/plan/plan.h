/* SPDX-License-Identifier: Apache-2.0 */
/* A plan: all that will be done for one alert, rendered, before anything is (docs/plan.md). Lives in one arena. */
#ifndef FIR__PLAN_PLAN_H
#define FIR__PLAN_PLAN_H

#include <falcoir/plan.h>

#include "match/evaluator.h"

/* A parameter's value for one alert. Only DATA and the texts of PARTS came from the alert; nothing in them is read again. */
typedef enum fir__value_kind { FIR__PLAN_DATA, FIR__PLAN_SECRET, FIR__PLAN_PARTS, FIR__PLAN_LIST, FIR__PLAN_MAP } fir__value_kind;
typedef struct fir__plan_value {
    fir__value_kind kind;
    uint8_t sink;        /* PARTS: FIR_SINK_* */
    uint8_t type;        /* PARTS: fir__ptype that the text becomes */
    bool value_first;    /* PARTS: the author wrote nothing before the first expansion */
    bool allow_dash;     /* PARTS */
    uint32_t count;      /* PARTS, LIST, MAP */
    const fir_str *keys; /* MAP, sorted bytewise */
    fir_str shown;       /* DATA that stands so in the playbook: its JSON; else empty */
    union {
        fir__data data;
        const fir__secret_ref *secret;
        const fir__part *parts;
        const struct fir__plan_value *items;
    };
} fir__plan_value;

typedef struct fir__plan_param {
    fir_str name;
    fir__plan_value value;
} fir__plan_param;

typedef struct fir__plan_params {
    const fir__plan_param *items; /* sorted by name */
    uint32_t count;
} fir__plan_params;

/* What an action is done to, as the alert names it. Empty texts: not named. */
typedef struct fir__target {
    fir_str namespace_, pod, pod_uid, container_id, node, resource, name, pid;
} fir__target;

typedef struct fir__plan_step {
    const fir__step *def;
    char action_id[64]; /* hex */
    fir__target target;
    fir__plan_params params;
    fir__plan_params output_params;
    fir_str when;       /* what is left of it; empty: none */
    bool never;         /* `when` is false already: reported as skipped */
    uint32_t flags;     /* FIR__RENDER_* of its parameters */
    int32_t error_code; /* 0: none; then no parameters */
    fir_str error;
} fir__plan_step;

typedef struct fir__plan_steps {
    const fir__plan_step *items;
    uint32_t count;
} fir__plan_steps;

/* The values of a key. */
typedef struct fir__plan_key {
    const fir_str *values;  /* as many as the key has fields */
    const fir_str *missing; /* names of fields that the alert misses; then the key is none */
    uint32_t count, n_missing;
} fir__plan_key;

typedef struct fir__plan_rule {
    const fir__rule *def;
    bool undecided;
    fir__plan_key once, threshold;
    const fir__plan_key *sequence; /* def->n_sequence of them */
    fir__plan_steps steps, on_failure, notify;
} fir__plan_rule;

/* A rule whose sequence this alert feeds. */
typedef struct fir__observed {
    const fir__rule *def;
    uint32_t item; /* of the sequence */
    fir__plan_key key;
} fir__observed;

struct fir_plan {
    fir__refs refs; /* the caller's, and one of each engine that acts on it */
    fir_allocator allocator;
    fir__arena arena;
    const fir_playbook *playbook;                   /* a reference: definitions and literal secrets live there */
    char event_id[64];                              /* hex */
    fir_str rule, source, priority, time, hostname; /* of the alert */
    fir_str event_json;                             /* canonical; empty unless keep_event was asked for */
    const fir__plan_rule *rules;
    uint32_t n_rules;
    const fir__observed *observed;
    uint32_t n_observed;
};

/* Plans an alert into an empty plan (its arena may hold memory of an earlier one). *any: something is in it.
 * keep_event: the alert's canonical JSON stays in the plan, for who acts on it. */
int fir__plan_build(fir_evaluator *x, const fir_playbook *p, const fir_event *e, bool keep_event, fir_plan *out, bool *any,
                    fir_error *err);

/* fir_evaluate; without keep_event the plan cannot give the alert to an action that sends it. */
int fir__evaluate(fir_evaluator *x, const fir_playbook *p, const fir_event *e, bool keep_event, fir_plan **out, fir_error *err);

/* fir_evaluate_ndjson with another way to write a plan's line (its newline is the caller's); NULL: as it is. */
typedef int fir__plan_line(void *ctx, const fir_plan *pl, const fir_event *e, uint64_t line, fir__sbuf *b, fir_error *err);
int fir__evaluate_lines(fir_evaluator *x, const fir_playbook *p, const void *b, size_t n, fir__plan_line *write, void *ctx,
                        fir_buf *out, fir_error *err);

/* An empty plan, and back to empty keeping its memory. */
int fir__plan_new(fir_evaluator *x, fir_plan **out);
void fir__plan_clear(fir_plan *pl);

/* One more reference to a plan that is ready; fir_plan_free drops one. */
fir_plan *fir__plan_ref(const fir_plan *pl);

/* One step's parameters, target, `when` and id (step.c); `rule` is the planned rule's definition. */
int fir__plan_step_build(fir_evaluator *x, const fir_event *e, const fir_plan *pl, const fir__rule *rule, const fir__step *def,
                         fir__arena *arena, fir__plan_step *out, fir_error *err);

/* Parameters for one alert (values.c). A value that cannot be rendered: FIR_ETYPE with its reason; out is then undefined. */
int fir__plan_params_build(const fir__params *params, const fir__frame *frame, fir__arena *arena, fir__plan_params *out,
                           uint32_t *flags, fir_error *err);

/* What an alert names as the target of an action type (target.c). False: the type needs one and the alert names none; *why says
 * which. */
bool fir__target_find(const fir__action_def *type, const fir_event *e, fir__target *out, const char **why);
void fir__target_write(const fir__target *t, fir__sbuf *b); /* canonical JSON; {} when empty */
bool fir__target_empty(const fir__target *t);

/* Canonical JSON. line: 0, or the line of a batch, written in front. */
void fir__plan_write(const fir_plan *pl, uint64_t line, fir__sbuf *b);
/* One step of it, as it stands there. */
void fir__plan_step_write(const fir__plan_step *s, fir__sbuf *b);

#endif
