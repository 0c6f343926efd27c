/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this module share: the state of one load, from the first file added to the finished playbook.
 *
 *   text ──yaml──▶ tree ──shape──▶ items, by kind and name (list.c macro.c action.c rule.c test.c config.c), merged (merge.c)
 *   items ──resolve──▶ rules and steps: conditions (condition.c, talon.c), parameters (param.c), templates, secrets
 *
 * Errors are collected as diagnostics and the load goes on; only memory and limits end it: then `status` is set, functions
 * return at once, and the build fails with it. */
#ifndef FIR__PLAYBOOK_LOAD_H
#define FIR__PLAYBOOK_LOAD_H

#include "expr/expr.h"
#include "json/writer.h"
#include "playbook/codes.h"
#include "playbook/index.h"
#include "playbook/playbook.h"
#include "playbook/shape.h"
#include "yaml/yaml_tree.h"

enum {
    FIR__LOAD_MOST_ITEMS = 1000000, /* of one kind */
    FIR__LOAD_MOST_REFERENCES = 64, /* forward references of macros or lists in a row (only `append` makes them) */
    FIR__LOAD_MOST_DATA_DEPTH = 64  /* of a parameter */
};

/* A file that was added. */
typedef struct fir__source_file {
    fir_str text; /* for the places inside a scalar */
    fir_str dir;
    size_t *lines; /* offsets of its lines, counted when first asked for */
    size_t n_lines;
    bool on_disk; /* it was opened, and is this one: */
    uint64_t device, inode;
} fir__source_file;

/* One item of a sequence: its values by the index of its shape's keys; several files' items of one name are merged into one. */
typedef struct fir__item {
    fir_str name;
    const fir__data **values;
    fir__where at;
    uint16_t file; /* the last that it was named in */
    bool talon;    /* the type stands under `actionner` */
} fir__item;

/* A list, or a macro. */
typedef struct fir__definition {
    fir_str name;
    fir__where at;
    uint16_t file;
    const fir__data **parts; /* a macro's texts, or lists of items, in their order: `append` adds one */
    size_t n_parts, cap_parts;
    uint32_t first, last; /* when it was defined, and last changed: it sees what was defined before its last change */
    uint8_t state;        /* fir__definition_state */
    bool broken;          /* reported: who uses it is not blamed */
    fir__ast *tree;       /* macro: parsed, then expanded */
    const fir_str *texts; /* list: its items, those of the lists that it names put in */
    size_t n_texts;
} fir__definition;

typedef enum fir__definition_state { FIR__DEFINED, FIR__EXPANDING, FIR__EXPANDED } fir__definition_state;

typedef struct fir__definitions {
    fir__index names;
    fir__definition *items;
    size_t count, cap;
} fir__definitions;

typedef struct fir__items {
    fir__index names;
    fir__item *items;
    size_t count, cap;
} fir__items;

/* A stretch of condition text: places in a tree are offsets in all of them laid end to end. */
typedef struct fir__stretch {
    size_t base;
    const fir__data *text;
} fir__stretch;

typedef struct fir__load {
    fir_playbook *playbook; /* its arena is the one of the trees, too */
    fir__arena *arena;
    fir_allocator allocator;
    fir__diags *diags;
    int status; /* 0, FIR_ENOMEM or FIR_ELIMIT: nothing more is done */
    bool quiet; /* what is resolved now was resolved, and reported, before */
    fir_compiler_options options;

    fir__source_file *files;
    size_t n_files, cap_files;
    uint32_t clock; /* counts definitions */

    fir__definitions lists, macros;
    fir__items actions, rules, tests;
    fir__entry *settings; /* the merged mapping files */
    size_t n_settings, cap_settings;
    fir__index setting_names;
    fir__index output_names; /* of `outputs:` */
    bool *output_good;       /* by its index: it resolves */
    bool configured;         /* there was a mapping file */
    const fir__data *named;  /* `playbooks` of the mapping file in hand */
    bool naming;             /* the file in hand is one that a configuration names */

    fir__scope *scope;
    fir__stretch *stretches;
    size_t n_stretches, cap_stretches;
    size_t next_base;
    fir__index warned; /* warnings that come once for a place */

    fir__rule *made; /* rules that are ready */
    size_t n_made, cap_made;
    fir__disabled *last_disabled; /* of the playbook's */
} fir__load;

/* ---- load.c ---- */

int fir__load_init(fir__load *l, const fir_catalog *c, const fir_compiler_options *o, const fir_allocator *a, fir__diags *diags);
void fir__load_free(fir__load *l); /* the playbook too, unless it was taken */

/* Zeroed memory of the arena; NULL sets status. */
void *fir__load_array(fir__load *l, size_t count, size_t size);
bool fir__load_fail(fir__load *l, int status); /* sets status, once; false */
bool fir__load_grow(fir__load *l, void *p_array, size_t *cap, size_t need, size_t size);

/* One more diagnostic. hint may be {NULL, 0}. */
void fir__report(fir__load *l, fir__playbook_code code, fir__where at, fir_str hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Did you mean: the hint for a near name, in buffer; empty when near.ptr is NULL. */
enum { FIR__HINT = 160 };
fir_str fir__hint_near(fir_str near, char buffer[FIR__HINT]);
/* The nearest of many names, while there are few diagnostics: a thousand slips over ten thousand names are not worth it. */
fir_str fir__load_suggest(const fir__load *l, fir_str wanted, size_t count, fir_str (*name_at)(const void *ctx, size_t i),
                          const void *ctx);
/* A failure of a condition or template at a place: its message, and its hint where the message holds one. */
void fir__report_error(fir__load *l, fir__playbook_code code, fir__where at, const fir_error *err);

/* Whether something was said of a place before; now it is. For warnings of what many rules use. */
bool fir__said_before(fir__load *l, const char *code, fir__where at);

static inline fir__where fir__where_of(const fir__data *d)
{
    return (fir__where){d->file, d->line, d->column};
}

/* For "%.*s": a text from outside, cut. */
#define FIR__SHOW(s) ((s).len < 80 ? (int)(s).len : 80), ((s).ptr != NULL ? (s).ptr : "")

/* ---- place.c ---- */

/* The place of an offset in a scalar's text. */
fir__where fir__text_where(fir__load *l, const fir__data *scalar, size_t offset);

/* ---- sequence.c, config.c ---- */

void fir__load_sequence(fir__load *l, const fir__data *root);
void fir__load_mapping(fir__load *l, const fir__data *root);

/* ---- definition.c: what lists and macros have in common ---- */

void fir__definitions_init(fir__definitions *d, const fir_allocator *a);
void fir__definitions_free(fir__definitions *d);
/* Defines, replaces, or appends as the item says. part: its items or its condition. what: "list" or "macro". */
void fir__define(fir__load *l, fir__definitions *d, const char *what, const fir__data **values, uint16_t file);
fir__definition *fir__definition_find(fir__definitions *d, fir_str name);
/* Whether `user` sees `used` by Falco's rule. */
bool fir__definition_sees(const fir__definition *user, const fir__definition *used);

/* The keys of both kinds, in this order. */
enum { FIR__DEF_NAME, FIR__DEF_PART, FIR__DEF_APPEND, FIR__DEF_OVERRIDE, FIR__DEF_KEYS };

/* ---- list.c, macro.c, action.c, rule.c, test.c: one item kind each ---- */

extern const fir__shape fir__list_shape, fir__macro_shape, fir__action_shape, fir__rule_shape, fir__test_shape;

void fir__lists_resolve(fir__load *l);
void fir__macros_resolve(fir__load *l);

/* Adds an item, or merges it into the one of its name; its name is values[0]. NULL: reported, or status. */
void fir__items_init(fir__items *items, const fir_allocator *a);
void fir__items_free(fir__items *items);
fir__item *fir__items_put(fir__load *l, fir__items *items, const fir__shape *shape, const fir__data **values);
fir__item *fir__items_find(fir__items *items, fir_str name);

/* ---- merge.c ---- */

/* The values of `over` into those of `base`, each by its key's fir__merge. Shapes are equal. */
void fir__merge_values(fir__load *l, const fir__shape *shape, const fir__data **base, const fir__data *const *over);

/* ---- condition.c ---- */

/* Parses a text (its parts joined by a blank), with places that say where in which part. NULL: reported, or status. */
fir__ast *fir__condition_parse(fir__load *l, const fir__data *const *parts, size_t n, bool steps);
/* The parts joined by a blank. */
fir_str fir__condition_text(fir__load *l, const fir__data *const *parts, size_t n);
/* The place of an offset of a tree. */
fir__where fir__stretch_where(fir__load *l, size_t offset);
/* A place of its own for nodes that are made for a value. */
fir__place fir__stretch_place(fir__load *l, const fir__data *value);
/* Checks that every macro it names may be seen; false: reported. user: the macro whose tree it is, or NULL. */
bool fir__condition_macros(fir__load *l, fir__ast *tree, fir__definition *user);
/* Macros and lists put in. NULL: reported, or status. */
fir__ast *fir__condition_expand(fir__load *l, fir__ast *tree);
/* An expanded tree compiled. NULL: reported, or status. */
const fir__program *fir__condition_compile(fir__load *l, const fir__ast *tree);
/* Both true. Either may be NULL. */
fir__ast *fir__condition_and(fir__load *l, fir__ast *a, fir__ast *b);
/* Every node of a tree, children first. */
void fir__ast_each(fir__ast *tree, void (*visit)(void *ctx, fir__ast *node), void *ctx);
void fir__operand_each(fir__operand *o, void (*visit)(void *ctx, fir__operand *o), void *ctx);

/* The ids of the steps before one. */
typedef struct fir__step_ids {
    const fir_str *ids;
    size_t count;
} fir__step_ids;
/* Reports steps.<id> of a `when` that do not come before. */
bool fir__condition_steps(fir__load *l, fir__ast *tree, const fir__step_ids *before);

/* ---- surprise.c ---- */

/* Warns of negations that are true where the alert has no such field at all. */
void fir__condition_surprises(fir__load *l, fir__ast *tree);

/* ---- talon.c ---- */

extern const fir__shape fir__match_shape;

/* Talon's `match` as a tree. *empty: it filters nothing. NULL: empty, reported, or status. */
fir__ast *fir__talon_match(fir__load *l, const fir__data *match, bool *empty);

/* ---- param.c, value.c, text.c, secret.c ---- */

/* The way to a value below its parameters. */
typedef struct fir__path {
    const struct fir__path *up;
    fir_str key;
} fir__path;

/* What a parameter's value needs to know about where it stands. */
typedef struct fir__param_context {
    fir__load *load;
    const fir__action_def *def;
    const fir__template_names *names;
    fir__step_ids steps;
    fir_str pointer;       /* JSON pointer of the parameters, for literal secrets */
    const fir__data *data; /* the parameters */
    bool lenient;          /* Talon's form: an unknown parameter is ignored with a warning */
    bool given_only;       /* no defaults: of an output, which gets what it writes from the action */
    uint32_t depth;
} fir__param_context;

/* A map of parameters against the type's table, defaults filled in. data may be NULL; at: of the action. False: reported. */
bool fir__params_resolve(fir__param_context *x, const fir__data *data, fir__where at, fir__params *out);

/* A value as its parameter wants it. p NULL: of a type that is to come. */
bool fir__value_resolve(fir__param_context *x, const fir__param_def *p, const fir__data *d, const fir__path *path, fir__node *out);
/* A value that is the same for all alerts. */
bool fir__node_constant(fir__load *l, fir__data value, fir__node *out);
bool fir__value_wrong(fir__param_context *x, const fir__param_def *p, const fir__data *d, const char *wanted); /* false */
/* Entries of a map in order of key. NULL: status. */
const fir__entry **fir__entries_sorted(fir__load *l, const fir__data *map);

/* A text as template. */
typedef struct fir__text_spec {
    int32_t sink, syntax;
    bool target, allow_dash;
} fir__text_spec;
/* *out is a template, or data when it has no holes. */
bool fir__text_resolve(fir__param_context *x, const fir__data *d, const fir__text_spec *spec, fir__node *out);

/* A known field that was probably meant; ptr NULL: the field is known, or none is near. */
fir_str fir__near_field(fir_str name);

/* The sink of a parameter; it may hang on another parameter or the content type. False: reported. */
bool fir__sink_resolve(fir__param_context *x, const fir__param_def *p, const fir__data *d, int32_t *sink);
bool fir__names_content_type(const fir__param_context *x); /* a header says what the body is */
/* The value of a parameter by its name or an alias, as it was written; NULL: not given. */
const fir__data *fir__param_written(const fir__param_context *x, fir_str name);

/* A secret: {env}, {file} or a literal one. path: not NULL. */
bool fir__secret_resolve(fir__param_context *x, const fir__data *d, const fir__path *path, fir__node *out);
bool fir__secret_header(const fir__param_context *x, fir_str name);
/* Whether a parameter of a type that has no schema yet had better be taken for one. */
bool fir__secret_likely(const fir__param_context *x, fir_str name);
/* Whether a map is {env: NAME} or {file: /PATH}: one value, not a map of several. */
bool fir__is_secret_ref(const fir__data *d);
/* A JSON pointer in the arena; ptr NULL: status. */
fir_str fir__pointer(fir__load *l, fir_str base, const fir__path *path);

/* ---- step.c ---- */

extern const fir__shape fir__step_shape;

/* The keys of an action, shared or in a rule. A rule's has those behind FIR__ACT_SHARED too. */
enum {
    FIR__ACT_NAME,
    FIR__ACT_DESCRIPTION,
    FIR__ACT_USE,
    FIR__ACT_PARAMETERS,
    FIR__ACT_OUTPUT,
    FIR__ACT_CONTINUE,
    FIR__ACT_IGNORE_ERRORS,
    FIR__ACT_TIMEOUT,
    FIR__ACT_RETRY,
    FIR__ACT_UNDO_AFTER,
    FIR__ACT_ON_UNCERTAIN,
    FIR__ACT_CONTEXTS,
    FIR__ACT_SHARED,
    FIR__ACT_ID = FIR__ACT_SHARED,
    FIR__ACT_WHEN,
    FIR__ACT_KEYS
};

/* Where a step stands. */
typedef struct fir__step_context {
    fir__template_names names; /* rule and description; the action's name is the step's */
    fir_str pointer;           /* of the list of steps, for literal secrets */
    fir__step_ids before;      /* ids so far */
} fir__step_context;

/* A rule's action, refined from the shared one of its name. False: reported. */
bool fir__step_resolve(fir__load *l, const fir__data *action, const fir__step_context *c, fir__step *out);
/* Type and parameters of a step whose name and id are set. use: the place of the type. */
bool fir__step_type(fir__load *l, const fir__data *use, fir__step *step);
bool fir__step_params(fir__load *l, const fir__data *parameters, bool talon, const fir__step_context *c, fir__step *step);

/* The slug of a name in [a-z][a-z0-9_]*; ptr NULL: status. */
fir_str fir__slug(fir__load *l, fir_str prefix, fir_str name);

/* ---- resolve.c, output.c, notifier.c, admission.c ---- */

void fir__rules_resolve(fir__load *l);
bool fir__rule_add(fir__load *l, const fir__rule *rule, bool enabled); /* of one that is not, only its name is kept */
/* The *_output blocks; the rules of the admission controller. */
void fir__outputs_resolve(fir__load *l);
void fir__admission_resolve(fir__load *l);
extern const fir__shape fir__admission_shape;
fir_str fir__output_name(fir_str key); /* "slack_output": slack */
/* The step of a block, for a rule that names it among its notifiers. False: reported. */
bool fir__output_notifier(fir__load *l, const fir__entry *block, const fir__template_names *names, fir__step *out);
/* A mapping in two parts: the keys of a shape, checked, and the rest, which are an action's parameters. */
bool fir__map_split(fir__load *l, const fir__shape *shape, const fir__data *map, const fir__data **values, fir__data *parameters);
/* The whole condition of a rule: texts (may be NULL) and a tree of its own (may be NULL). False: reported. */
bool fir__rule_condition(fir__load *l, const fir__data *condition, fir__ast *more, fir__rule *out);
/* Entries of `outputs:`: names entered, each checked once. */
void fir__notifiers_enter(fir__load *l);
/* The steps of outputs that a rule's notifiers name. False: reported. */
bool fir__notifiers_resolve(fir__load *l, const fir__data *names, const fir__step_context *c, fir__rule *out);
/* The value of a setting of the configuration, or NULL. */
const fir__data *fir__setting(const fir__load *l, fir_str name);
/* A check that the alert's priority is at least this level. */
fir__ast *fir__priority_at_least(fir__load *l, const fir__data *level);

/* ---- finish.c ---- */

void fir__load_resolve(fir__load *l);
/* The playbook, which is the caller's from then on. NULL: status. */
fir_playbook *fir__load_take(fir__load *l);

/* ---- test.c, digest.c ---- */

/* The item with the alerts in it typed as JSON has them: 5 is a number, "5" a text. Texts stay texts elsewhere. */
bool fir__test_typed(fir__load *l, const fir__data **values, fir__data *out);

/* {"lists":…,"macros":…,"outputs":…,"rules":…}, canonical: what the digest is over. The braces are the caller's. */
void fir__playbook_write_source(fir__json_writer *w, const fir_playbook *p);
int fir__playbook_digest(fir_playbook *p);

#endif
