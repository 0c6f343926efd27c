/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: compiled once to segments, rendered per alert. The sink escapes every value; the author cannot forget it. */
#ifndef FIR__TEMPLATE_TEMPLATE_H
#define FIR__TEMPLATE_TEMPLATE_H

#include <falcoir/template.h>

#include "base/arena.h"
#include "base/sbuf.h"
#include "field/slots.h"

typedef struct fir__template fir__template;

/* What a rendering had to do to a value: shown in the plan. */
enum {
    FIR__RENDER_ESCAPED = 1u << 0, /* a control or another dangerous character was made visible (header, text) */
    FIR__RENDER_CUT = 1u << 1,     /* cut to the bound */
    FIR__RENDER_MISSING = 1u << 2  /* a missing value was shown as <NA> or null */
};

/* Names that are constants of the place where the template stands. */
typedef struct fir__template_names {
    fir_str rule_name, rule_description, action_name;
} fir__template_names;

typedef struct fir__template_spec {
    fir_str text;
    int32_t syntax; /* FIR_SYNTAX_* */
    int32_t sink;   /* FIR_SINK_* */
    fir__slots *slots;
    const fir__template_names *names; /* NULL: none; the names are then errors */
    const fir_str *steps;             /* ids of the steps before this one, which steps.<id>.… may name */
    size_t n_steps;
    bool target;         /* names the action's target: a missing value is an error */
    bool allow_dash;     /* argv: a value may start with '-' */
    uint32_t max_value;  /* bytes of one expansion; 0: 64 KiB */
    uint32_t max_output; /* bytes of the whole; 0: 1 MiB */
} fir__template_spec;

/* Errors: FIR_ECOMPILE with the place in the text and a hint; FIR_ELIMIT; FIR_ENOMEM. Lives in the arena. */
int fir__template_compile(const fir__template_spec *spec, fir__arena *arena, const fir__template **out, fir_error *err);

/* No holes at all: the text itself (escapes of its syntax resolved) is in *text. */
bool fir__template_constant(const fir__template *t, fir_str *text);

/* Whether it reads steps.*: then only fir__template_parts can render it. */
bool fir__template_waits(const fir__template *t);

/* For fir__template_check_whole: whether its text begins with an expansion, and whether a '-' may come out of it. */
bool fir__template_value_first(const fir__template *t);
bool fir__template_allows_dash(const fir__template *t);

/* Calls visit for each slot it reads, for checks at load. */
void fir__template_slots(const fir__template *t, void (*visit)(void *ctx, uint32_t slot), void *ctx);

/* Appends to b. *flags (may be NULL) gets FIR__RENDER_*. Errors: FIR_ETYPE (refused by the sink, or required and missing; the
 * message names the field, never quotes more than 64 bytes of it), FIR_ELIMIT, FIR_ENOMEM, FIR_ESTATE (it waits for a step). */
int fir__template_render(const fir__template *t, const fir__frame *frame, fir__sbuf *b, uint32_t *flags, fir_error *err);

/* The same with the steps left open: a list of parts in the arena. */
typedef struct fir__part {
    bool is_step;
    fir_str text;    /* rendered and escaped */
    fir_str step;    /* id */
    fir_str get;     /* "status" or "output" */
    fir_str filters; /* as a canonical text: `upper|truncate(200)`; may be empty */
    bool in_string;  /* JSON sink: inside a string literal; URL sink: behind the path */
} fir__part;
int fir__template_parts(const fir__template *t, const fir__frame *frame, fir__arena *arena, fir__part **parts, size_t *n,
                        uint32_t *flags, fir_error *err);

/* Fills one open part in when its step has ended: filters applied, then the sink's escaping. missing: the step has no such value.
 */
int fir__template_fill(fir__sbuf *b, int32_t sink, const fir__part *part, fir_str value, bool missing, fir_error *err);

/* What can only be judged when the text is whole: a Kubernetes name, an argument that begins with '-'. For who has filled parts in;
 * fir__template_render does it itself. value_first: the first byte came out of an expansion. FIR_ETYPE: refused. */
int fir__template_check_whole(int32_t sink, fir_str whole, bool value_first, bool allow_dash, fir_error *err);

#endif
