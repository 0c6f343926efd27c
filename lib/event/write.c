/* SPDX-License-Identifier: Apache-2.0 */
/* An event as canonical JSON: Falco's own lines come out as they came in. */
#include "event/memory.h"
#include "json/canonical.h"
#include "json/writer.h"

enum { TYPICAL_BYTES = 3072 };

static void write_value(fir__sbuf *b, const fir__value *v)
{
    if (v->type == FIR__OBJECT) {
        int code = fir__json_canonical(b, fir__value_text(v), FIR__NUMBERS_AS_THEY_CAME, NULL);
        b->status = b->status != 0 ? b->status : code;
    } else if (v->type == FIR__LIST) {
        fir__sbuf_char(b, '[');
        for (uint32_t i = 0; i < v->len; i++) {
            if (i != 0) {
                fir__sbuf_char(b, ',');
            }
            write_value(b, &v->items[i]); /* one level: an element is no list */
        }
        fir__sbuf_char(b, ']');
    } else {
        fir__json_value(b, v);
    }
}

void fir__event_write_fields(const fir_event *e, fir__sbuf *b)
{
    fir__json_writer w = {b, false};
    fir__json_open(&w, '{');
    for (uint32_t i = 0; i < e->n_fields; i++) {
        const fir__event_field *f = fir__event_sorted(e, i);
        fir__json_key(&w, f->name);
        write_value(b, &f->value);
        fir__json_done(&w);
    }
    fir__json_close(&w, '}');
}

void fir__event_write(const fir_event *e, fir__sbuf *b)
{
    static const uint8_t in_order[] = {FIR__PROP_HOSTNAME, FIR__PROP_MESSAGE, FIR__PROP_OUTPUT, FIR__PROP_NONE /* output_fields */,
                                       FIR__PROP_PRIORITY, FIR__PROP_RULE,    FIR__PROP_SOURCE, FIR__PROP_TAGS,
                                       FIR__PROP_TIME,     FIR__PROP_UUID};
    fir__json_writer w = {b, false};
    fir__json_open(&w, '{');
    for (size_t i = 0; i < sizeof in_order; i++) {
        fir__property p = (fir__property)in_order[i];
        const fir__value *v = e->properties[p];
        if (p == FIR__PROP_NONE && (e->info.flags & FIR_EVENT_NO_FIELDS) == 0) {
            fir__json_key(&w, FIR__S("output_fields"));
            fir__event_write_fields(e, b);
            fir__json_done(&w);
        } else if (v != NULL && v->type == FIR__LIST) {
            fir__json_key(&w, fir__property_name(p));
            write_value(b, v);
            fir__json_done(&w);
        } else if (v != NULL) { /* time is a number inside and a string in JSON */
            fir__json_key_str(&w, fir__property_name(p), fir__value_text(v));
        }
    }
    fir__json_close(&w, '}');
}

int fir_event_to_json(const fir_event *e, fir_buf *out, fir_error *err)
{
    if (out == NULL) {
        return fir__fail(err, FIR_EINVAL, "out is NULL");
    }
    *out = (fir_buf){NULL, 0, NULL};
    if (e == NULL) {
        return fir__fail(err, FIR_EINVAL, "the event is NULL");
    }
    if (!e->parsed) {
        return fir__fail(err, FIR_ESTATE, "nothing has been parsed into the event");
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &e->allocator, 4 * e->memory->max_bytes + 4096);
    (void)fir__sbuf_reserve(&b, TYPICAL_BYTES);
    fir__event_write(e, &b);
    int code = fir__sbuf_take(&b, out);
    if (code == FIR_ENOMEM) {
        return fir__no_memory(err);
    }
    return code == 0 ? 0 : fir__fail(err, code, "the alert's JSON is larger than four times max_bytes");
}
