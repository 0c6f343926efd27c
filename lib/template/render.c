/* SPDX-License-Identifier: Apache-2.0 */
/* A template and a frame become a text. */
#include "template/internal.h"

#include "base/utf8.h"

static int refuse_long(fir__out *o, uint32_t max)
{
    return fir__fail(o->err, FIR_ETYPE, "%.*s is longer than %u bytes and cannot be used here", (int)o->name.len, o->name.ptr,
                     (unsigned)max);
}

static fir_str name_of(const fir__term *term)
{
    return fir__str_to(term->name, 64);
}

static int write_missing(const fir__template *t, const fir__hole *hole, fir__out *o)
{
    if (t->target) {
        return fir__fail(o->err, FIR_ETYPE, "%.*s names the target, and the alert does not have it", (int)o->name.len, o->name.ptr);
    }
    bool talon = t->style == FIR__STYLE_TALON; /* an unset variable is empty there, and nothing unusual */
    o->flags |= talon ? 0 : FIR__RENDER_MISSING;
    if (hole->context == FIR__JSON_OUTSIDE && t->sink->value != NULL && t->sink->value(o, NULL)) {
        return 0;
    }
    return talon ? 0 : t->sink->text(o, FIR__S("<NA>"));
}

/* Falco's width: cut to so many bytes, or padded on the right. */
static int fit_width(fir__eval *e, uint32_t width, fir_str *s)
{
    if (width == 0 || s->len == width) {
        return 0;
    }
    if (s->len > width) {
        *s = fir__str_to(*s, width);
        return 0;
    }
    char *p = fir__arena_alloc(&e->scratch, width);
    if (p == NULL) {
        return fir__eval_failed(e);
    }
    memset(p, ' ', width);
    memcpy(p, s->len != 0 ? s->ptr : "", s->len);
    *s = fir__str(p, width);
    return 0;
}

static int write_shown(const fir__template *t, fir__eval *e, const fir__hole *hole, fir_str s, fir__out *o)
{
    int rc = fit_width(e, hole->width, &s);
    if (rc != 0) {
        return rc;
    }
    if (s.len > e->max_value && s.len > hole->width) {
        if (t->sink->refuses) {
            return refuse_long(o, e->max_value);
        }
        s = fir__str_to(s, fir__utf8_floor(s, e->max_value));
        o->flags |= FIR__RENDER_CUT;
    }
    if (hole->raw) {
        fir__sbuf_str(o->b, s);
        return 0;
    }
    return t->sink->text(o, s);
}

/* About how long a value is as JSON; it stops counting when that is more than `most`. */
static size_t rough_size(const fir__value *v, size_t most)
{
    if (v->type != FIR__LIST) {
        return fir__value_text(v).len;
    }
    size_t sum = 0;
    for (uint32_t i = 0; i < v->len && sum <= most; i++) {
        sum += 3 + rough_size(&v->items[i], most);
    }
    return sum;
}

/* A value that keeps its type must keep to the bound as a whole: a longer list or object is shown as a text, cut. */
static int write_value(const fir__template *t, fir__eval *e, const fir__hole *hole, const fir__value *v, fir__out *o)
{
    bool typed =
        t->sink->value != NULL && v->type != FIR__STRING && hole->width == 0 && rough_size(v, e->max_value) <= e->max_value;
    if (typed && t->sink->value(o, v)) {
        return 0;
    }
    fir_str s;
    int rc = fir__eval_text(e, &hole->term, v, &s);
    return rc != 0 ? rc : write_shown(t, e, hole, s, o);
}

/* Falco knows absent values only: an empty text is printed. */
static int write_falco(const fir__template *t, fir__eval *e, const fir__hole *hole, const fir__value *v, fir__out *o)
{
    bool absent = v == NULL || v->type == FIR__NULL || (v->type == FIR__LIST && v->len == 0);
    if (!absent && !(t->target && fir__value_missing(v))) {
        return write_value(t, e, hole, v, o);
    }
    if (t->strict) {
        return fir__fail(o->err, FIR_ETYPE, "%.*s is missing, and the format does not begin with '*'", (int)o->name.len,
                         o->name.ptr);
    }
    if (t->target || hole->width == 0) {
        return write_missing(t, hole, o);
    }
    o->flags |= FIR__RENDER_MISSING;
    return write_shown(t, e, hole, FIR__S("<NA>"), o);
}

int fir__write_result(const fir__template *t, fir__eval *e, const fir__hole *hole, fir__result r, fir__out *o)
{
    o->context = hole->context;
    o->name = name_of(&hole->term);
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < hole->n_filters; i++) {
        rc = fir__filter_apply(e, &hole->filters[i], o->name, &r);
    }
    if (rc != 0) {
        return rc;
    }
    if (t->style == FIR__STYLE_FALCO) {
        return write_falco(t, e, hole, r.value, o);
    }
    bool empty = t->style == FIR__STYLE_TALON && !t->target; /* Talon shows an empty text and "<NA>" as they are */
    bool missing = r.value == NULL || r.value->type == FIR__NULL || (!r.given && !empty && fir__value_missing(r.value));
    return missing ? write_missing(t, hole, o) : write_value(t, e, hole, r.value, o);
}

int fir__write_hole(const fir__template *t, fir__eval *e, const fir__hole *hole, fir__out *o)
{
    fir__result r = {NULL, false};
    int rc = fir__eval_term(e, &hole->term, &r.value);
    return rc != 0 ? rc : fir__write_result(t, e, hole, r, o);
}

/* Most expansions are a text of the alert as it is. NULL: this one is not. */
static inline const fir__value *plain_text(const fir__eval *e, const fir__hole *hole)
{
    if (!hole->plain || hole->term.slot >= e->frame->count) {
        return NULL;
    }
    const fir__value *v = e->frame->values[hole->term.slot];
    bool good = v != NULL && v->type == FIR__STRING && v->len <= e->max_value && !fir__value_missing(v);
    return good ? v : NULL;
}

static inline void put_literal(fir__sbuf *b, fir_str s)
{
    char *to = fir__sbuf_reserve(b, s.len);
    if (to != NULL) {
        memcpy(to, s.ptr, s.len);
        b->len += s.len;
    }
}

static int render_once(const fir__template *t, const fir__frame *frame, fir__out *o, uint32_t max_value)
{
    fir__eval e;
    int (*text)(fir__out * o, fir_str s) = t->sink->text;
    int rc = 0;
    fir__eval_init(&e, frame, &o->b->allocator, t->style, max_value, o->err);
    for (uint32_t i = 0; rc == 0 && i < t->n; i++) {
        const fir__segment *s = &t->segments[i];
        put_literal(o->b, s->text);
        if (s->hole == NULL) {
            continue;
        }
        const fir__value *v = plain_text(&e, s->hole);
        if (v != NULL) {
            o->context = s->hole->context;
            o->name = s->hole->term.name;
            rc = text(o, fir__str(v->ptr, v->len));
        } else {
            rc = fir__write_hole(t, &e, s->hole, o);
        }
    }
    o->flags |= e.flags;
    fir__arena_free(&e.scratch);
    return rc != 0 ? rc : o->b->status;
}

/* However much an alert holds, an output that is too long gets shorter expansions; it is not the alert's to stop the action. */
static uint32_t smaller_values(const fir__template *t, size_t room)
{
    size_t least = t->fixed + (size_t)t->holes * FIR__TEMPLATE_LEAST_VALUE * FIR__TEMPLATE_MOST_GROWTH;
    if (t->sink->refuses || t->holes == 0 || least > room) {
        return 0;
    }
    return (uint32_t)((room - t->fixed) / ((size_t)t->holes * FIR__TEMPLATE_MOST_GROWTH));
}

static int failed_write(const fir__sbuf *b, int rc, fir_error *err)
{
    if (rc == FIR_ELIMIT) {
        return fir__fail(err, FIR_ELIMIT, "the rendered text is longer than its bound of %zu bytes", b->max);
    }
    return rc == FIR_ENOMEM ? fir__no_memory(err) : rc;
}

bool fir__template_value_first(const fir__template *t)
{
    return t->n != 0 && t->segments[0].text.len == 0 && t->segments[0].hole != NULL;
}

bool fir__template_allows_dash(const fir__template *t)
{
    return t->allow_dash;
}

static int finish(const fir__template *t, fir_str whole, fir_error *err)
{
    const fir__hole *first = NULL;
    for (uint32_t i = 0; first == NULL && i < t->n; i++) {
        first = t->segments[i].hole;
    }
    fir__whole w = {whole, fir__template_value_first(t), t->allow_dash, first != NULL ? name_of(&first->term) : fir__str("", 0)};
    return t->sink->finish(&w, err);
}

/* With the bounds of both the template and the buffer; what was there before stays. */
static int render_bounded(const fir__template *t, const fir__frame *frame, fir__out *o)
{
    fir__sbuf *b = o->b;
    size_t start = b->len;
    int rc = render_once(t, frame, o, t->max_value);
    if (rc == FIR_ELIMIT && b->status == FIR_ELIMIT) {
        uint32_t smaller = smaller_values(t, b->max - start);
        if (smaller != 0) {
            b->len = start;
            b->status = 0;
            o->flags = FIR__RENDER_CUT;
            rc = render_once(t, frame, o, smaller < t->max_value ? smaller : t->max_value);
        }
    }
    return rc;
}

int fir__template_render(const fir__template *t, const fir__frame *frame, fir__sbuf *b, uint32_t *flags, fir_error *err)
{
    fir__out o = {.b = b, .err = err};
    size_t start = b->len, max = b->max;
    if (b->status != 0) {
        return failed_write(b, b->status, err);
    }
    if (max - start > t->max_output) {
        b->max = start + t->max_output;
        b->cap = b->cap > b->max + 1 ? b->max + 1 : b->cap; /* the fast way of the buffer looks at its capacity */
    }
    int rc = render_bounded(t, frame, &o);
    if (rc != 0 && b->status != 0) {
        rc = failed_write(b, rc, err);
    }
    b->max = max;
    if (rc == 0 && t->sink->finish != NULL) {
        rc = finish(t, fir__str(b->len != 0 ? b->ptr + start : "", b->len - start), err);
    }
    if (rc != 0 && !t->strict) { /* Falco without '*' keeps what it had written when a value was missing */
        b->len = start;
    }
    if (flags != NULL) {
        *flags = o.flags;
    }
    return rc;
}
