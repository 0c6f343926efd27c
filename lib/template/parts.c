/* SPDX-License-Identifier: Apache-2.0 */
/* Templates that read steps.*: rendered now but for these places, which are filled in when the step has ended. */
#include "template/internal.h"

#include "base/utf8.h"

typedef struct parts {
    const fir__template *t;
    fir__arena *arena;
    fir__part *items;
    size_t n;
    fir__sbuf text; /* since the last open place */
} parts;

static int close_text(parts *p, fir_error *err)
{
    if (p->text.len == 0) {
        return 0;
    }
    fir_str kept = fir__arena_str(p->arena, fir__sbuf_view(&p->text));
    if (kept.ptr == NULL) {
        return fir__fail(err, fir__arena_error(p->arena), "the rendered text has no room");
    }
    p->items[p->n++] = (fir__part){.text = kept};
    fir__sbuf_clear(&p->text);
    return 0;
}

static int add_step(parts *p, const fir__hole *hole, fir_error *err)
{
    int rc = close_text(p, err);
    if (rc != 0) {
        return rc;
    }
    fir__filters_print(&p->text, hole->filters, hole->n_filters);
    fir_str filters = p->text.status == 0 ? fir__arena_str(p->arena, fir__sbuf_view(&p->text)) : fir__str(NULL, 0);
    if (filters.ptr == NULL) {
        return fir__no_memory(err);
    }
    fir__sbuf_clear(&p->text);
    p->items[p->n++] = (fir__part){
        .is_step = true, .step = hole->term.name, .get = hole->term.get, .filters = filters, .in_string = hole->context != 0};
    return 0;
}

static int write_segments(parts *p, const fir__frame *frame, uint32_t max_value, uint32_t *flags, fir_error *err)
{
    const fir__template *t = p->t;
    fir__eval e;
    fir__out o = {.b = &p->text, .err = err};
    int rc = 0;
    fir__eval_init(&e, frame, &p->arena->allocator, t->style, max_value, err);
    for (uint32_t i = 0; rc == 0 && i < t->n; i++) {
        const fir__segment *s = &t->segments[i];
        fir__sbuf_str(&p->text, s->text);
        if (s->hole != NULL) {
            rc = s->hole->term.kind == FIR__TERM_STEP ? add_step(p, s->hole, err) : fir__write_hole(t, &e, s->hole, &o);
        }
        if (rc == 0 && p->text.status != 0) {
            rc = p->text.status == FIR_ELIMIT
                     ? fir__fail(err, FIR_ELIMIT, "the rendered text is longer than its bound of %zu bytes", p->text.max)
                     : fir__no_memory(err);
        }
    }
    *flags = o.flags | e.flags;
    fir__arena_free(&e.scratch);
    return rc == 0 ? close_text(p, err) : rc;
}

/* Nothing is open: one text, judged as a whole. */
static int render_whole(parts *p, const fir__frame *frame, uint32_t *flags, fir_error *err)
{
    int rc = fir__template_render(p->t, frame, &p->text, flags, err);
    return rc == 0 ? close_text(p, err) : rc;
}

/* What the alert gives is bounded so that the whole stays below max_output, whatever it is. */
static uint32_t bound_of_values(const fir__template *t)
{
    size_t share = (t->max_output - t->fixed) / ((size_t)t->holes * FIR__TEMPLATE_MOST_GROWTH);
    return share < t->max_value && !t->sink->refuses ? (uint32_t)share : t->max_value;
}

int fir__template_parts(const fir__template *t, const fir__frame *frame, fir__arena *arena, fir__part **out, size_t *n,
                        uint32_t *flags, fir_error *err)
{
    uint32_t found = 0;
    parts p = {.t = t, .arena = arena};
    *out = NULL;
    *n = 0;
    p.items = fir__arena_array(arena, t->waits ? (size_t)2 * t->n : 1, sizeof *p.items);
    if (p.items == NULL) {
        return fir__fail(err, fir__arena_error(arena), "the rendered text has no room");
    }
    fir__sbuf_init(&p.text, &arena->allocator, t->max_output);
    int rc = t->waits ? write_segments(&p, frame, bound_of_values(t), &found, err) : render_whole(&p, frame, &found, err);
    fir__sbuf_free(&p.text);
    if (rc == 0) {
        *out = p.items;
        *n = p.n;
    }
    if (flags != NULL) {
        *flags = found;
    }
    return rc;
}

static int read_filters(fir__arena *arena, fir_str text, const fir__sink *sink, fir__hole *hole, fir_error *err)
{
    fir_error unwanted = {0};
    fir__tokens l = {.text = text, .arena = arena, .err = err != NULL ? err : &unwanted};
    if (text.len == 0) {
        return 0;
    }
    int rc = fir__filters_parse(&l, &hole->filters, &hole->n_filters);
    if (rc != 0) {
        return rc;
    }
    hole->raw = fir__filter_is_raw(&hole->filters[hole->n_filters - 1]);
    if (l.at != text.len || (hole->raw && !sink->allows_raw)) {
        return fir__fail(err, FIR_ECOMPILE, "the filters of an open part cannot be read");
    }
    return 0;
}

int fir__template_fill(fir__sbuf *b, int32_t sink, const fir__part *part, fir_str value, bool missing, fir_error *err)
{
    fir__template t = {.sink = fir__sink_of(sink),
                       .sink_number = sink,
                       .style = FIR__STYLE_FALCOIR,
                       .max_value = FIR__TEMPLATE_MAX_VALUE,
                       .max_output = FIR__TEMPLATE_MAX_OUTPUT};
    if (t.sink == NULL) {
        return fir__fail(err, FIR_EINVAL, "there is no sink %d", (int)sink);
    }
    if (!part->is_step) {
        fir__sbuf_str(b, part->text);
        return b->status == 0 ? 0 : fir__fail(err, b->status, "the text does not fit its bound of %zu bytes", b->max);
    }
    fir__hole hole = {.term = {.kind = FIR__TERM_STEP, .name = part->step, .get = part->get}, .context = part->in_string ? 1 : 0};
    fir__value v = fir__value_string(value.ptr != NULL ? value : FIR__S(""));
    fir__out o = {.b = b, .err = err};
    fir__arena arena;
    fir__eval e;
    size_t start = b->len;
    fir__arena_init(&arena, &b->allocator, FIR__TEMPLATE_MAX_TEXT);
    fir__eval_init(&e, NULL, &b->allocator, t.style, t.max_value, err);
    int rc = read_filters(&arena, part->filters, t.sink, &hole, err);
    if (rc == 0) {
        rc = fir__write_result(&t, &e, &hole, (fir__result){missing ? NULL : &v, false}, &o);
    }
    if (rc == 0 && b->status != 0) {
        rc = fir__fail(err, b->status, "the text does not fit its bound of %zu bytes", b->max);
    }
    if (rc != 0) {
        b->len = start;
    }
    fir__arena_free(&e.scratch);
    fir__arena_free(&arena);
    return rc;
}
