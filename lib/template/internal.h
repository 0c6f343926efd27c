/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a template.
 *
 *   text ──syntax_*.c──▶ segments (a literal, then a hole) ──sink check──▶ contexts ──fold──▶ fir__template
 *
 * A hole reads a term (a slot of the frame, a constant, …), sends the value through filters and gives it to the sink. */
#ifndef FIR__TEMPLATE_INTERNAL_H
#define FIR__TEMPLATE_INTERNAL_H

#include "base/error.h"
#include "field/field.h"
#include "template/template.h"

enum {
    FIR__TEMPLATE_MAX_TEXT = 1 << 20,    /* bytes of one template */
    FIR__TEMPLATE_MAX_HOLES = 4096,      /* expansions of one template */
    FIR__TEMPLATE_MAX_FILTERS = 16,      /* of one expansion */
    FIR__TEMPLATE_MAX_DEPTH = 32,        /* of parentheses */
    FIR__TEMPLATE_MAX_VALUE = 64 * 1024, /* default bounds */
    FIR__TEMPLATE_MAX_OUTPUT = 1 << 20,
    FIR__TEMPLATE_LEAST_VALUE = 32, /* what every expansion has room for, however full the output is */
    FIR__TEMPLATE_MOST_GROWTH = 6   /* bytes that a sink makes of one, at worst: JSON's \u0000 */
};

/* ---- what a hole reads ---- */

typedef enum fir__term_kind {
    FIR__TERM_TEXT,  /* a constant */
    FIR__TERM_SLOT,  /* a field or property of the alert */
    FIR__TERM_STEP,  /* steps.<id>.<get>: open until the step has ended */
    FIR__TERM_ANY,   /* the first child that is not missing: Go's `or` */
    FIR__TERM_GUESS, /* the first child that is there: spellings of one key */
    FIR__TERM_CALL,  /* a transformer of Falco's over its children */
    FIR__TERM_LIST   /* a list of a transformer's argument */
} fir__term_kind;

typedef struct fir__term {
    uint8_t kind;
    bool time;        /* SLOT: the alert's own time, whose text is not that of a number */
    bool is_list;     /* of a list type, as Falco's table has it */
    uint8_t type;     /* fir__ftype */
    uint8_t clock;    /* SLOT in Falco's syntax: fir__clock */
    char option;      /* getopt(…)[c] */
    uint8_t call;     /* CALL: what fir__falco_call_find gave */
    uint32_t slot;    /* SLOT */
    uint32_t n;       /* children */
    fir__value value; /* TEXT */
    fir_str name;     /* as the author wrote it, for messages; SLOT: the key */
    fir_str get;      /* STEP: name is its id */
    struct fir__term *children;
} fir__term;

/* How Falco prints the fields that hold nanoseconds. */
typedef enum fir__clock {
    FIR__CLOCK_NONE,
    FIR__CLOCK_TIME,       /* 09:21:33.104938271 */
    FIR__CLOCK_TIME_S,     /* 09:21:33 */
    FIR__CLOCK_DATETIME,   /* 2026-07-14 09:21:33.104938271 */
    FIR__CLOCK_DATETIME_S, /* 2026-07-14 09:21:33 */
    FIR__CLOCK_ISO8601,    /* 2026-07-14T09:21:33.104938271+0000 */
    FIR__CLOCK_FRACTION    /* nine digits */
} fir__clock;

/* ---- filters (filters.c) ---- */

typedef struct fir__filter_def fir__filter_def;
typedef struct fir__filter {
    const fir__filter_def *def;
    fir__value args[2];
    uint32_t n_args;
    uint64_t number; /* truncate(n) */
} fir__filter;

/* ---- a template ---- */

typedef enum fir__style { FIR__STYLE_FALCOIR = FIR_SYNTAX_FALCOIR, FIR__STYLE_FALCO, FIR__STYLE_TALON } fir__style;

typedef struct fir__hole {
    fir__term term;
    const fir__filter *filters;
    uint32_t n_filters;
    uint32_t width;  /* Falco: 0 none */
    uint8_t context; /* where it stands, in the sink's own numbers */
    bool raw;        /* the sink's escaping is off */
    bool plain;      /* a slot and nothing else: the fast way */
    size_t offset;   /* of its first byte in the template's text */
} fir__hole;

typedef struct fir__segment {
    fir_str text;    /* the literal before the hole */
    size_t offset;   /* of the literal's first byte */
    fir__hole *hole; /* NULL at the end */
} fir__segment;

typedef struct fir__sink fir__sink;

struct fir__template {
    const fir__segment *segments;
    uint32_t n;
    uint32_t holes;
    const fir__sink *sink;
    int32_t sink_number;
    uint8_t style; /* fir__style */
    bool strict;   /* Falco without '*': a missing value ends the rendering */
    bool target;
    bool allow_dash;
    bool waits;
    uint32_t max_value, max_output;
    size_t fixed; /* bytes of the literals and of padding */
};

/* ---- sinks (sink.c and sink_*.c) ---- */

/* Where a value is being written. */
typedef struct fir__out {
    fir__sbuf *b;
    uint32_t flags; /* FIR__RENDER_* so far */
    uint8_t context;
    fir_str name; /* what is being written, for messages */
    fir_error *err;
} fir__out;

typedef struct fir__maker fir__maker;

/* What finish has to know beside the text. */
typedef struct fir__whole {
    fir_str text;
    bool value_first; /* its first byte came out of an expansion */
    bool allow_dash;
    fir_str name; /* of an expansion, for messages; empty: there is none */
} fir__whole;

struct fir__sink {
    fir_str name;
    bool allows_raw;
    bool refuses;                                       /* what is too long is refused, not cut */
    int (*check)(fir__maker *c);                        /* the author's text around the holes; gives contexts; may be NULL */
    int (*text)(fir__out *o, fir_str s);                /* 0, or FIR_ETYPE: refused */
    bool (*value)(fir__out *o, const fir__value *v);    /* takes a value as it is, NULL: missing; false: give me the text */
    int (*finish)(const fir__whole *w, fir_error *err); /* the rendered whole; may be NULL */
};

/* NULL: no such number. */
const fir__sink *fir__sink_of(int32_t number);

extern const fir__sink fir__sink_text, fir__sink_json, fir__sink_url, fir__sink_header, fir__sink_form, fir__sink_argv,
    fir__sink_k8s_name, fir__sink_k8s_label, fir__sink_slack, fir__sink_html, fir__sink_markdown, fir__sink_raw;

/* Contexts. */
enum { FIR__JSON_OUTSIDE = 0, FIR__JSON_STRING = 1 };
enum { FIR__URL_PATH = 0, FIR__URL_REST = 1 };

/* Printable ASCII characters that a sink replaces. */
typedef struct fir__specials {
    const char *set;
    void (*write)(fir__out *o, fir_str s, size_t at); /* what stands for s.ptr[at] */
} fir__specials;

/* Shows controls, ANSI, bidi controls and line separators as \n, \x1b, \u202e, broken UTF-8 as U+FFFD. specials may be NULL. */
void fir__write_visible(fir__out *o, fir_str s, const fir__specials *specials);

/* Appends at most 64 bytes of a value, made visible: for messages. */
void fir__quote_value(char out[static 300], fir_str s);

/* ---- compiling ---- */

struct fir__maker {
    const fir__template_spec *spec;
    const fir__sink *sink;
    fir__arena *arena;
    fir_error *err;
    fir__segment *segments; /* growing; of the arena's allocator */
    size_t n, cap;
    fir__sbuf literal; /* since the last hole */
    size_t literal_offset;
    uint32_t holes;
    bool strict;
};

int fir__make_literal(fir__maker *c, size_t offset, fir_str s);
int fir__make_hole(fir__maker *c, const fir__hole *hole);
/* FIR_ECOMPILE at an offset of the template's text. */
int fir__make_error(fir__maker *c, size_t offset, const char *format, ...) __attribute__((format(printf, 3, 4)));
int fir__make_no_memory(fir__maker *c);

int fir__syntax_falcoir(fir__maker *c);
int fir__syntax_falco(fir__maker *c);
int fir__syntax_talon(fir__maker *c);

/* ---- names (names.c) ---- */

typedef struct fir__term_name {
    size_t offset;
    fir_str text; /* before the bracket */
    fir_str arg;  /* in the bracket, quotes taken off */
    bool has_arg, quoted;
} fir__term_name;

/* Any name of the falcoir syntax. */
int fir__term_of_name(fir__maker *c, const fir__term_name *name, fir__term *out);
/* A key of output_fields, exactly. */
int fir__term_of_key(fir__maker *c, fir_str key, fir__term *out);
/* A field with its argument: as it is written, with the other spelling of the argument beside it. */
int fir__term_of_field(fir__maker *c, const fir__term_name *name, fir__term *out);
int fir__term_of_property(fir__maker *c, fir__property p, fir__term *out);
fir__term fir__term_of_text(fir_str s);

/* ---- the small lexer of expressions (tokens.c) ---- */

typedef struct fir__tokens {
    fir_str text;
    size_t at;
    fir__arena *arena;
    fir__maker *maker; /* NULL: a filter text of a plan; then messages name no place */
    fir_error *err;
} fir__tokens;

void fir__token_blanks(fir__tokens *l);
bool fir__token_sees(const fir__tokens *l, const char *s);
bool fir__token_take(fir__tokens *l, const char *s);
/* ASCII letter or '_', then letters, digits, '_', '.', '-'. Empty when there is none. */
fir_str fir__token_word(fir__tokens *l);
/* "…" and '…' with backslash escapes, `…` without. Copied to the arena. */
int fir__token_string(fir__tokens *l, fir_str *out);
/* A string, a number, true or false. */
int fir__token_constant(fir__tokens *l, fir__value *out);
bool fir__token_sees_constant(const fir__tokens *l);
int fir__token_fail(fir__tokens *l, size_t offset, const char *format, ...) __attribute__((format(printf, 3, 4)));
int fir__token_no_memory(fir__tokens *l);

/* ---- values ---- */

/* One rendering: scratch memory and what it found out. */
typedef struct fir__eval {
    const fir__frame *frame;
    fir__arena scratch;
    uint8_t style;
    uint32_t max_value;
    uint32_t flags;
    fir_error *err;
} fir__eval;

typedef struct fir__result {
    const fir__value *value; /* NULL: absent */
    bool given;              /* came from default(): never missing */
} fir__result;

void fir__eval_init(fir__eval *e, const fir__frame *frame, const fir_allocator *a, uint8_t style, uint32_t max_value,
                    fir_error *err);
/* FIR_ENOMEM or FIR_ELIMIT of the scratch memory, described. */
int fir__eval_failed(fir__eval *e);

/* What a term reads; no filters. FIR_ESTATE for a step. */
int fir__eval_term(fir__eval *e, const fir__term *term, const fir__value **out);

/* The text of a value in the style of its syntax; lists are written to scratch, cut to max_value. */
int fir__eval_text(fir__eval *e, const fir__term *term, const fir__value *v, fir_str *out);

/* Falco's way (falco_text.c): the term gives type and clock. Appends. */
void fir__falco_text(fir__sbuf *b, const fir__term *term, const fir__value *v);

/* ---- filters ---- */

/* `name(args)` at the lexer's place. */
int fir__filter_parse(fir__tokens *l, fir__filter *out);
/* filter { "|" filter }: *n of them, at most FIR__TEMPLATE_MAX_FILTERS, in the arena. */
int fir__filters_parse(fir__tokens *l, const fir__filter **out, uint32_t *n);
bool fir__filter_is_raw(const fir__filter *f);
int fir__filter_apply(fir__eval *e, const fir__filter *f, fir_str name, fir__result *r);
/* upper|truncate(200) */
void fir__filters_print(fir__sbuf *b, const fir__filter *f, uint32_t n);

/* time(format): false when the format has an unknown letter. */
bool fir__time_format_valid(fir_str format, char *wrong);
void fir__time_write(fir__sbuf *b, fir_str format, int64_t ns);

/* ---- Falco's transformers (falco_calls.c) ---- */

/* SIZE_MAX: none of that name. */
size_t fir__falco_call_find(fir_str name);
/* Whether the arguments fit; fills in type and is_list. */
bool fir__falco_call_check(fir__term *call);
int fir__falco_call_run(fir__eval *e, const fir__term *call, const fir__value **out);

/* Names of the fields and transformed tokens in order, and the object that Falco calls output_fields (falco_fields.c). */
void fir__falco_names(const fir__template *t, void (*visit)(void *ctx, fir_str name), void *ctx, fir__sbuf *scratch);
int fir__falco_fields(const fir__template *t, const fir__frame *frame, bool transformed, fir__sbuf *b, fir_error *err);

/* ---- writing (render.c) ---- */

/* One hole: what it reads, its filters, the sink. */
int fir__write_hole(const fir__template *t, fir__eval *e, const fir__hole *hole, fir__out *o);

/* Filters, then the sink. */
int fir__write_result(const fir__template *t, fir__eval *e, const fir__hole *hole, fir__result r, fir__out *o);

#endif
