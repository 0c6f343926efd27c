/* SPDX-License-Identifier: Apache-2.0 */
/* A text becomes a template: its syntax gives segments, its sink looks at the author's text around the holes, constants are
 * written out, neighbouring literals joined. */
#include "template/internal.h"

#include <stdarg.h>
#include <stdio.h>

int fir__make_error(fir__maker *c, size_t offset, const char *format, ...)
{
    char message[sizeof c->err->message];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return fir__fail_at(c->err, FIR_ECOMPILE, fir__place_of(c->spec->text, offset), "%s", message);
}

int fir__make_no_memory(fir__maker *c)
{
    if (c->arena->over_max) {
        return fir__fail(c->err, FIR_ELIMIT, "the template needs more memory than its bound of %zu bytes", c->arena->max);
    }
    return fir__no_memory(c->err);
}

int fir__make_literal(fir__maker *c, size_t offset, fir_str s)
{
    if (c->literal.len == 0) {
        c->literal_offset = offset;
    }
    fir__sbuf_str(&c->literal, s);
    return c->literal.status == 0 ? 0 : fir__no_memory(c->err);
}

/* Ends a segment: what was gathered since the last one, then the hole (NULL at the end). */
static int end_segment(fir__maker *c, fir__hole *hole)
{
    fir_str text = fir__arena_str(c->arena, fir__sbuf_view(&c->literal));
    if (text.ptr == NULL) {
        return fir__make_no_memory(c);
    }
    if (!fir__grow(&c->arena->allocator, &c->segments, &c->cap, c->n + 1, sizeof *c->segments)) {
        return fir__no_memory(c->err);
    }
    c->segments[c->n++] = (fir__segment){text, c->literal_offset, hole};
    fir__sbuf_clear(&c->literal);
    return 0;
}

int fir__make_hole(fir__maker *c, const fir__hole *hole)
{
    if (++c->holes > FIR__TEMPLATE_MAX_HOLES) {
        return fir__fail(c->err, FIR_ELIMIT, "a template can have %d expansions at most", FIR__TEMPLATE_MAX_HOLES);
    }
    if (hole->raw && !c->sink->allows_raw) {
        return fir__make_error(c, hole->offset, "raw is refused here: what is written here is always escaped for %.*s",
                               (int)c->sink->name.len, c->sink->name.ptr);
    }
    fir__hole *kept = fir__arena_alloc(c->arena, sizeof *kept);
    if (kept == NULL) {
        return fir__make_no_memory(c);
    }
    *kept = *hole;
    kept->plain = hole->term.kind == FIR__TERM_SLOT && !hole->term.time && hole->n_filters == 0 && hole->width == 0 && !hole->raw;
    return end_segment(c, kept);
}

/* Writes a constant through its filters and the sink, once and for all. */
static int fold(fir__maker *c, const fir__template *t, const fir__hole *hole)
{
    fir__eval e;
    fir__out o = {.b = &c->literal, .err = c->err};
    fir__result r = {NULL, true}; /* an empty text of the author is meant */
    fir__eval_init(&e, NULL, &c->arena->allocator, t->style, t->max_value, c->err);
    int rc = fir__eval_term(&e, &hole->term, &r.value);
    if (rc == 0) {
        rc = fir__write_result(t, &e, hole, r, &o);
    }
    fir__arena_free(&e.scratch);
    if (rc == FIR_ETYPE && c->err != NULL) {
        char message[sizeof c->err->message];
        memcpy(message, c->err->message, sizeof message);
        return fir__make_error(c, hole->offset, "%s", message);
    }
    return rc != 0 ? rc : c->literal.status == 0 ? 0 : fir__no_memory(c->err);
}

/* Segments of constants disappear into the literals around them. */
static int fold_constants(fir__maker *c, const fir__template *t)
{
    size_t n = c->n;
    c->n = 0; /* rewritten in place: never more than were read */
    c->holes = 0;
    for (size_t i = 0; i < n; i++) {
        fir__segment s = c->segments[i];
        int rc = fir__make_literal(c, s.offset, s.text);
        if (rc == 0 && s.hole != NULL && s.hole->term.kind == FIR__TERM_TEXT) {
            rc = fold(c, t, s.hole);
        } else if (rc == 0 && (s.hole != NULL || i + 1 == n)) {
            c->holes += s.hole != NULL;
            rc = end_segment(c, s.hole);
        }
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

static int measure(fir__maker *c, fir__template *t)
{
    for (size_t i = 0; i < c->n; i++) {
        const fir__hole *hole = c->segments[i].hole;
        t->fixed += c->segments[i].text.len;
        if (hole != NULL) {
            t->fixed += (size_t)hole->width * 3; /* a blank is %20 in a URL */
            t->waits = t->waits || hole->term.kind == FIR__TERM_STEP;
        }
    }
    t->holes = c->holes;
    size_t least = t->fixed + (size_t)t->holes * FIR__TEMPLATE_LEAST_VALUE * FIR__TEMPLATE_MOST_GROWTH;
    if (least > t->max_output) {
        return fir__fail(c->err, FIR_ELIMIT, "the template alone needs %zu bytes of the %u that its output may have", least,
                         (unsigned)t->max_output);
    }
    return 0;
}

/* A text without holes can be judged now. */
static int check_constant(fir__maker *c, const fir__template *t)
{
    if (t->holes != 0 || c->sink->finish == NULL) {
        return 0;
    }
    fir__whole w = {c->segments[0].text, false, true, {NULL, 0}};
    int rc = c->sink->finish(&w, c->err);
    if (rc == FIR_ETYPE && c->err != NULL) {
        char message[sizeof c->err->message];
        memcpy(message, c->err->message, sizeof message);
        return fir__make_error(c, 0, "%s", message);
    }
    return rc;
}

static int compile(fir__maker *c, fir__template *t)
{
    static int (*const syntaxes[])(fir__maker * c) = {
        [FIR_SYNTAX_FALCOIR] = fir__syntax_falcoir, [FIR_SYNTAX_FALCO] = fir__syntax_falco, [FIR_SYNTAX_TALON] = fir__syntax_talon};
    int rc = syntaxes[c->spec->syntax](c);
    if (rc == 0) {
        rc = end_segment(c, NULL);
    }
    if (rc == 0 && c->sink->check != NULL) {
        rc = c->sink->check(c);
    }
    if (rc == 0) {
        rc = fold_constants(c, t);
    }
    if (rc == 0) {
        rc = measure(c, t);
    }
    if (rc == 0) {
        rc = check_constant(c, t);
    }
    if (rc != 0) {
        return rc;
    }
    fir__segment *kept = fir__arena_array(c->arena, c->n, sizeof *kept);
    if (kept == NULL) {
        return fir__make_no_memory(c);
    }
    memcpy(kept, c->segments, c->n * sizeof *kept);
    t->segments = kept;
    t->n = (uint32_t)c->n;
    t->strict = c->strict;
    return 0;
}

int fir__template_compile(const fir__template_spec *spec, fir__arena *arena, const fir__template **out, fir_error *err)
{
    fir_error unwanted = {0};
    fir__maker c = {.spec = spec, .sink = fir__sink_of(spec->sink), .arena = arena, .err = err != NULL ? err : &unwanted};
    *out = NULL;
    if (c.sink == NULL || spec->syntax < FIR_SYNTAX_FALCOIR || spec->syntax > FIR_SYNTAX_TALON) {
        return fir__fail(err, FIR_EINVAL, "there is no syntax %d or no sink %d", (int)spec->syntax, (int)spec->sink);
    }
    if (spec->text.len > FIR__TEMPLATE_MAX_TEXT) {
        return fir__fail(err, FIR_ELIMIT, "a template can have %d bytes at most", FIR__TEMPLATE_MAX_TEXT);
    }
    fir__template *t = fir__arena_zalloc(arena, sizeof *t);
    if (t == NULL) {
        return fir__make_no_memory(&c);
    }
    t->sink = c.sink;
    t->sink_number = spec->sink;
    t->style = (uint8_t)spec->syntax;
    t->target = spec->target;
    t->allow_dash = spec->allow_dash;
    t->max_value = spec->max_value != 0 ? spec->max_value : FIR__TEMPLATE_MAX_VALUE;
    t->max_output = spec->max_output != 0 ? spec->max_output : FIR__TEMPLATE_MAX_OUTPUT;
    fir__sbuf_init(&c.literal, &arena->allocator, (size_t)FIR__TEMPLATE_MAX_TEXT * 8);
    int rc = compile(&c, t);
    fir__sbuf_free(&c.literal);
    fir__free(&arena->allocator, c.segments);
    if (rc == 0) {
        *out = t;
    }
    return rc;
}

bool fir__template_constant(const fir__template *t, fir_str *text)
{
    if (t->holes == 0) {
        *text = t->segments[0].text;
    }
    return t->holes == 0;
}

bool fir__template_waits(const fir__template *t)
{
    return t->waits;
}

static void visit_term(const fir__term *term, void (*visit)(void *ctx, uint32_t slot), void *ctx)
{
    uint32_t n = term->kind == FIR__TERM_GUESS && term->n != 0 ? 1 : term->n; /* the first spelling is the one that was meant */
    if (term->kind == FIR__TERM_SLOT) {
        visit(ctx, term->slot);
    }
    for (uint32_t i = 0; i < n; i++) {
        visit_term(&term->children[i], visit, ctx);
    }
}

void fir__template_slots(const fir__template *t, void (*visit)(void *ctx, uint32_t slot), void *ctx)
{
    for (uint32_t i = 0; i < t->n; i++) {
        if (t->segments[i].hole != NULL) {
            visit_term(&t->segments[i].hole->term, visit, ctx);
        }
    }
}
