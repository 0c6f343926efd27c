/* SPDX-License-Identifier: Apache-2.0 */
/* What a hole reads, and its text. */
#include "template/internal.h"

#include "base/utf8.h"
#include "json/writer.h"

enum { SCRATCH = 128 << 20 }; /* far above what the bounds of values and filters can need */

void fir__eval_init(fir__eval *e, const fir__frame *frame, const fir_allocator *a, uint8_t style, uint32_t max_value,
                    fir_error *err)
{
    e->frame = frame;
    fir__arena_init(&e->scratch, a, SCRATCH);
    e->style = style;
    e->max_value = max_value;
    e->flags = 0;
    e->err = err;
}

int fir__eval_failed(fir__eval *e)
{
    if (fir__arena_error(&e->scratch) == FIR_ELIMIT) {
        return fir__fail(e->err, FIR_ELIMIT, "an expansion needs more than %d bytes of scratch memory", SCRATCH);
    }
    return fir__no_memory(e->err);
}

static const fir__value *slot_value(const fir__frame *frame, uint32_t slot)
{
    return frame != NULL && slot < frame->count ? frame->values[slot] : NULL;
}

/* The alert's time is a number whose text is a date: as a value of a template it is the text. */
static int time_value(fir__eval *e, const fir__value *v, const fir__value **out)
{
    fir__value *copy = fir__arena_alloc(&e->scratch, sizeof *copy);
    if (copy == NULL) {
        return fir__eval_failed(e);
    }
    *copy = fir__value_string(fir__value_text(v));
    *out = copy;
    return 0;
}

static int eval_any(fir__eval *e, const fir__term *term, const fir__value **out)
{
    int rc = 0;
    *out = NULL;
    for (uint32_t i = 0; rc == 0 && i < term->n; i++) {
        rc = fir__eval_term(e, &term->children[i], out);
        if (term->kind == FIR__TERM_ANY ? !fir__value_missing(*out) : *out != NULL) {
            break;
        }
    }
    return rc;
}

static int eval_list(fir__eval *e, const fir__term *term, const fir__value **out)
{
    fir__value *list = fir__arena_zalloc(&e->scratch, sizeof *list);
    fir__value *items = fir__arena_array(&e->scratch, term->n, sizeof *items);
    if (list == NULL || items == NULL) {
        return fir__eval_failed(e);
    }
    *out = NULL;
    for (uint32_t i = 0; i < term->n; i++) {
        const fir__value *v = NULL;
        int rc = fir__eval_term(e, &term->children[i], &v);
        if (rc != 0 || v == NULL || v->type == FIR__NULL) {
            return rc; /* one absent element makes the list absent */
        }
        items[i] = *v;
    }
    list->type = FIR__LIST;
    list->len = term->n;
    list->items = items;
    *out = list;
    return 0;
}

int fir__eval_term(fir__eval *e, const fir__term *term, const fir__value **out)
{
    switch (term->kind) {
    case FIR__TERM_TEXT:
        *out = &term->value;
        return 0;
    case FIR__TERM_SLOT:
        *out = slot_value(e->frame, term->slot);
        return term->time && *out != NULL && (*out)->ptr != NULL ? time_value(e, *out, out) : 0;
    case FIR__TERM_ANY:
    case FIR__TERM_GUESS:
        return eval_any(e, term, out);
    case FIR__TERM_LIST:
        return eval_list(e, term, out);
    case FIR__TERM_CALL:
        return fir__falco_call_run(e, term, out);
    default:
        *out = NULL;
        return fir__fail(e->err, FIR_ESTATE, "steps.%.*s.%.*s is known only when that step has ended", (int)term->name.len,
                         term->name.ptr, (int)term->get.len, term->get.ptr);
    }
}

/* How the syntaxes write a list: falcoir `a, b`, Falco `(a,b)`, Go `[a b]`. */
typedef struct brackets {
    fir_str open, between, close;
} brackets;

static void write_list(fir__sbuf *b, const fir__eval *e, const fir__term *term, const fir__value *v)
{
    static const brackets styles[] = {[FIR__STYLE_FALCOIR] = {{"", 0}, {", ", 2}, {"", 0}},
                                      [FIR__STYLE_FALCO] = {{"(", 1}, {",", 1}, {")", 1}},
                                      [FIR__STYLE_TALON] = {{"[", 1}, {" ", 1}, {"]", 1}}};
    static const brackets bare = {{"", 0}, {",", 1}, {"", 0}};
    bool tags = e->style == FIR__STYLE_TALON && fir__str_eq(term->name, FIR__S("tags"));
    const brackets *style = tags ? &bare : &styles[e->style];
    bool first = true;
    fir__sbuf_str(b, style->open);
    for (uint32_t i = 0; i < v->len && b->status == 0; i++) {
        const fir__value *item = &v->items[i];
        if (item->type == FIR__NULL) {
            continue;
        }
        if (!first) {
            fir__sbuf_str(b, style->between);
        }
        first = false;
        if (e->style == FIR__STYLE_FALCO) {
            fir__falco_text(b, term, item);
        } else if (item->type == FIR__STRING) {
            fir__sbuf_str(b, fir__value_text(item));
        } else {
            fir__json_value(b, item);
        }
    }
    fir__sbuf_str(b, style->close);
}

/* A text that must be written first. One that does not fit is written again as far as it does: a buffer that is full takes no
 * piece of what came too much. */
static int write_text(fir__eval *e, const fir__term *term, const fir__value *v, fir_str *out)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &e->scratch.allocator, (size_t)e->max_value + 1024);
    if (v->type == FIR__LIST) {
        write_list(&b, e, term, v);
    } else if (e->style == FIR__STYLE_FALCO) {
        fir__falco_text(&b, term, v);
    } else {
        fir__json_value(&b, v);
    }
    bool no_memory = b.status == FIR_ENOMEM;
    e->flags |= b.status == FIR_ELIMIT ? FIR__RENDER_CUT : 0u;
    *out = no_memory ? fir__str(NULL, 0) : fir__arena_str(&e->scratch, fir__sbuf_view(&b));
    fir__sbuf_free(&b);
    return out->ptr != NULL ? 0 : no_memory ? fir__no_memory(e->err) : fir__eval_failed(e);
}

int fir__eval_text(fir__eval *e, const fir__term *term, const fir__value *v, fir_str *out)
{
    bool as_it_is = v->type == FIR__STRING || (v->type != FIR__LIST && v->ptr != NULL && e->style != FIR__STYLE_FALCO);
    if (as_it_is) {
        *out = fir__value_text(v);
        return 0;
    }
    return write_text(e, term, v, out);
}
