/* SPDX-License-Identifier: Apache-2.0 */
/* A preset's texts: templates over the alert, and ${…} for parameters. */
#include <inttypes.h>
#include <stdio.h>

#include "action/preset/preset.h"
#include "field/slots.h"
#include "json/writer.h"
#include "match/evaluator.h"
#include "template/template.h"

enum { MAX_VALUE = 256 * 1024 };

static const fir__value *value_of(const fir__preset *p, const fir__slot *slot)
{
    if (slot->property != FIR__PROP_NONE) {
        return slot->property <= FIR__PROP_UUID ? p->event->properties[slot->property] : NULL;
    }
    const fir__event_field *f = fir__event_find(p->event, slot->name);
    return f != NULL ? &f->value : NULL;
}

/* In $each a field of the alert that is called field.value is not what is meant. */
static bool of_each(const fir__preset *p, const fir__slot *slot, fir__value *room, const fir__value **out)
{
    if (p->field_value == NULL || slot->property != FIR__PROP_NONE) {
        return false;
    }
    if (fir__str_eq(slot->name, FIR__S("field.name"))) {
        *room = fir__value_string(p->field_name);
        *out = room;
        return true;
    }
    *out = p->field_value;
    return fir__str_eq(slot->name, FIR__S("field.value"));
}

static int fill_frame(fir__preset *p, const fir__slots *slots, fir__value *room, fir__frame *frame)
{
    frame->count = slots->count;
    frame->values = fir__arena_array(&p->c->arena, slots->count, sizeof *frame->values);
    if (frame->values == NULL) {
        return fir__fail(&p->err, fir__arena_error(&p->c->arena), "the request is too large");
    }
    for (uint32_t i = 0; p->event != NULL && i < slots->count; i++) {
        if (!of_each(p, &slots->items[i], room, &frame->values[i])) {
            frame->values[i] = value_of(p, &slots->items[i]);
        }
    }
    return p->event != NULL
               ? fir__frame_add_extras(frame, slots, p->event, (fir__known){{NULL, 0}, {NULL, 0}}, &p->c->arena, &p->err)
               : 0;
}

int fir__preset_render(fir__preset *p, fir_str text, int32_t sink, fir__sbuf *b, bool *missing)
{
    fir__slots slots;
    fir__frame frame;
    fir__value room;
    uint32_t flags = 0;
    const fir__template *t = NULL;
    fir__slots_init(&slots, &p->c->arena);
    const fir__template_spec spec = {.text = text, .sink = sink, .slots = &slots, .max_value = MAX_VALUE, .max_output = MAX_VALUE};
    int rc = fir__template_compile(&spec, &p->c->arena, &t, &p->err);
    rc = rc != 0 ? rc : fill_frame(p, &slots, &room, &frame);
    rc = rc != 0 ? rc : fir__template_render(t, &frame, b, &flags, &p->err);
    fir__slots_free(&slots);
    if (missing != NULL) {
        *missing = (flags & FIR__RENDER_MISSING) != 0;
    }
    return rc == 0 ? 0 : fir__preset_fail(p, rc, "%s", p->err.message);
}

const fir__data *fir__preset_named(fir__preset *p, fir_str name, fir__data *room)
{
    if (fir__str_eq(name, FIR__S("action.id"))) {
        *room = fir__data_text(p->c->action_id);
        return room;
    }
    const fir__data *d = fir__str_starts(name, FIR__S("at.")) || fir__str_starts(name, FIR__S("answer."))
                             ? fir__preset_at(p->recorded, name)
                             : fir__call_data(p->c, name);
    bool empty = d != NULL && d->type == FIR__DATA_TEXT && d->s.len == 0;
    return d == NULL || d->type == FIR__DATA_NULL || empty ? NULL : d;
}

static fir_str text_of(const fir__data *d, char number[24])
{
    if (d->type == FIR__DATA_INT) {
        int n = snprintf(number, 24, "%" PRId64, d->i);
        return fir__str(number, (size_t)n);
    }
    return d->type == FIR__DATA_TEXT ? d->s : d->type != FIR__DATA_BOOL ? FIR__S("") : d->b ? FIR__S("true") : FIR__S("false");
}

/* path: what follows an address, which may have it already; empty: no address. */
static void put_value(const fir__data *d, bool escape, fir_str path, fir__sbuf *b)
{
    char number[24];
    fir_str s = text_of(d, number);
    while (path.len != 0 && fir__str_ends(s, FIR__S("/"))) {
        s.len--;
    }
    if (path.len != 0 && fir__str_ends(s, path)) {
        s.len -= path.len;
    }
    if (escape) {
        fir__sbuf_percent(b, s, ":");
    } else {
        fir__sbuf_str(b, s);
    }
}

int fir__preset_fill(fir__preset *p, fir_str text, bool in_url, fir__sbuf *b)
{
    fir_str rest = text;
    for (size_t at; (at = fir__str_find(rest, FIR__S("${"))) != SIZE_MAX;) {
        size_t end = fir__str_find(rest, FIR__S("}"));
        fir__data room;
        if (end == SIZE_MAX || end < at) {
            break;
        }
        fir_str name = fir__str_to(fir__str_from(rest, at + 2), end - at - 2);
        const fir__data *d = fir__preset_named(p, name, &room);
        if (d == NULL) {
            return FIR__PRESET_ABSENT;
        }
        bool first = in_url && rest.ptr == text.ptr && at == 0;
        fir__sbuf_str(b, fir__str_to(rest, at));
        put_value(d, in_url && !first, first ? fir__str_from(rest, end + 1) : FIR__S(""), b);
        rest = fir__str_from(rest, end + 1);
    }
    fir__sbuf_str(b, rest);
    return b->status != 0 ? fir__preset_fail(p, b->status, "the request is too large") : FIR__PRESET_DONE;
}

int fir__preset_fill_kept(fir__preset *p, fir_str text, bool in_url, fir_str *out)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &p->c->wiping, MAX_VALUE);
    int rc = fir__preset_fill(p, text, in_url, &b);
    if (rc == FIR__PRESET_DONE) {
        *out = fir__arena_str(&p->c->arena, fir__sbuf_view(&b));
        rc = out->ptr == NULL ? fir__preset_fail(p, fir__arena_error(&p->c->arena), "the request is too large") : 0;
    }
    fir__sbuf_free(&b);
    return rc;
}
