/* SPDX-License-Identifier: Apache-2.0 */
/* The identity of an alert: SHA-256 of this canonical JSON text (UTF-8, no blanks, keys sorted bytewise at all levels):
 *
 *   ["falcoir.event.1",SOURCE,RULE,TIME,HOSTNAME,CONTENT]
 *
 * SOURCE, RULE and HOSTNAME are strings, null where the alert has none.
 * TIME is an integer, nanoseconds since the epoch; a time that cannot be placed (only a time of day) is its text; null without.
 * CONTENT is the object of output_fields where it has at least one entry. Else it is a string: `message`, or `output` without the
 * time and priority that Falco writes in front; null where there is neither.
 * Numbers are written by value: whole ones of up to 2^53 and all 64-bit integers as integers, others as the shortest decimal text
 * that reads back as the same double, one too large for a double as it came.
 *
 * So the order of keys, blanks, the way in which strings are escaped and numbers are written do not count, nor do tags, uuid and
 * priority. JSON makes the encoding unambiguous: no text can pass for another text's neighbour. */
#include "base/digest.h"
#include "base/priority.h"
#include "event/memory.h"
#include "json/canonical.h"
#include "json/writer.h"

enum { TYPICAL_BYTES = 3072 };

static void write_by_value(fir__sbuf *b, const fir__value *v)
{
    switch (v->type) {
    case FIR__INT:
    case FIR__UINT:
    case FIR__DOUBLE:
        fir__json_number(b, v);
        break;
    case FIR__OBJECT: {
        int code = fir__json_canonical(b, fir__value_text(v), FIR__NUMBERS_BY_VALUE, NULL);
        b->status = b->status != 0 ? b->status : code;
        break;
    }
    case FIR__LIST:
        fir__sbuf_char(b, '[');
        for (uint32_t i = 0; i < v->len; i++) {
            if (i != 0) {
                fir__sbuf_char(b, ',');
            }
            write_by_value(b, &v->items[i]); /* one level: an element is no list */
        }
        fir__sbuf_char(b, ']');
        break;
    default:
        fir__json_value(b, v);
        break;
    }
}

static void write_fields(fir__sbuf *b, const fir_event *e)
{
    fir__json_writer w = {b, false};
    fir__json_open(&w, '{');
    for (uint32_t i = 0; i < e->n_fields; i++) {
        const fir__event_field *f = fir__event_sorted(e, i);
        fir__json_key(&w, f->name);
        write_by_value(b, &f->value);
        fir__json_done(&w);
    }
    fir__json_close(&w, '}');
}

/* `output` without "09:21:33.104938271: Warning " or "2026-07-14T09:21:33.104938271+0000: Warning " in front. */
static fir_str without_prefix(fir_str output)
{
    size_t colon = fir__str_find(output, FIR__S(": "));
    if (colon == SIZE_MAX || colon == 0) {
        return output;
    }
    for (size_t i = 0; i < colon && i < output.len; i++) {
        if (!fir__is_digit(output.ptr[i]) && strchr(":.-+TZ", output.ptr[i]) == NULL) {
            return output;
        }
    }
    fir_str rest = fir__str_from(output, colon + 2);
    size_t blank = fir__str_find(rest, FIR__S(" "));
    bool priority = blank != SIZE_MAX && fir__priority_parse(fir__str_to(rest, blank)) != FIR__PRIORITY_UNKNOWN;
    return priority ? fir__str_from(rest, blank + 1) : output;
}

static void write_content(fir__sbuf *b, const fir_event *e)
{
    const fir__value *message = e->properties[FIR__PROP_MESSAGE], *output = e->properties[FIR__PROP_OUTPUT];
    if (e->n_fields != 0) {
        write_fields(b, e);
    } else if (message != NULL) {
        fir__json_value(b, message);
    } else if (output != NULL) {
        fir__json_string(b, without_prefix(fir__value_text(output)));
    } else {
        fir__sbuf_str(b, FIR__S("null"));
    }
}

static void write_identity(fir__sbuf *b, const fir_event *e)
{
    static const uint8_t properties[] = {FIR__PROP_SOURCE, FIR__PROP_RULE, FIR__PROP_TIME, FIR__PROP_HOSTNAME};
    fir__sbuf_str(b, FIR__S("[\"falcoir.event.1\","));
    for (size_t i = 0; i < sizeof properties; i++) {
        const fir__value *v = e->properties[properties[i]];
        if (v != NULL) {
            write_by_value(b, v);
        } else {
            fir__sbuf_str(b, FIR__S("null"));
        }
        fir__sbuf_char(b, ',');
    }
    write_content(b, e);
    fir__sbuf_char(b, ']');
}

int fir__event_id(const fir_event *e, fir__hasher *h, fir__sbuf *text, uint8_t out[FIR__SHA256], fir_error *err)
{
    fir__sbuf_restart(text, 4 * e->memory->max_bytes + 4096);
    (void)fir__sbuf_reserve(text, TYPICAL_BYTES);
    write_identity(text, e);
    int code = text->status != 0 ? text->status : fir__hasher_sha256(h, fir__sbuf_view(text), out);
    if (code == 0 || code == FIR_ENOMEM) {
        return code == 0 ? 0 : fir__no_memory(err);
    }
    return fir__fail(err, code, code == FIR_ELIMIT ? "the alert is too large for an id" : "libcrypto has no SHA-256");
}

int fir_event_id(const fir_event *e, uint8_t *out32, fir_error *err)
{
    if (out32 == NULL) {
        return fir__fail(err, FIR_EINVAL, "out32 is NULL");
    }
    memset(out32, 0, FIR__SHA256);
    if (e == NULL) {
        return fir__fail(err, FIR_EINVAL, "the event is NULL");
    }
    if (!e->parsed) {
        return fir__fail(err, FIR_ESTATE, "nothing has been parsed into the event");
    }
    fir__hasher h = {NULL, NULL};
    fir__sbuf b;
    fir__sbuf_init(&b, &e->allocator, 0);
    int code = fir__event_id(e, &h, &b, out32, err);
    fir__sbuf_free(&b);
    fir__hasher_free(&h);
    return code;
}
