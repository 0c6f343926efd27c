/* SPDX-License-Identifier: Apache-2.0 */
/* Properties that only templates read, and that are made of the alert: its identity, its JSON. */
#include "base/digest.h"
#include "base/error.h"
#include "match/evaluator.h"

typedef struct extras {
    fir__value event_id, event_json, output_fields;
} extras;

/* A text written by `write`, kept in the arena, as a value that is JSON. */
static int write_value(const fir_event *e, void (*write)(const fir_event *, fir__sbuf *), fir__arena *arena, fir__value *out,
                       fir_error *err)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &arena->allocator, arena->max != 0 ? arena->max : SIZE_MAX / 2);
    write(e, &b);
    fir_str json = b.status == 0 ? fir__arena_str(arena, fir__sbuf_view(&b)) : (fir_str){NULL, 0};
    int code = b.status != 0 ? b.status : json.ptr == NULL ? fir__arena_error(arena) : 0;
    fir__sbuf_free(&b);
    if (code != 0) {
        return fir__fail(err, code, "the alert's JSON finds no room: out of memory, or larger than max_plan_bytes");
    }
    *out = (fir__value){.type = FIR__OBJECT, .ptr = json.ptr, .text_len = json.len};
    return 0;
}

static int write_json(const fir_event *e, fir_str known, fir__arena *arena, fir__value *out, fir_error *err)
{
    if (known.len == 0) {
        return write_value(e, fir__event_write, arena, out, err);
    }
    *out = (fir__value){.type = FIR__OBJECT, .ptr = known.ptr, .text_len = known.len};
    return 0;
}

static int write_id(const fir_event *e, fir_str known, fir__arena *arena, fir__value *out, fir_error *err)
{
    uint8_t id[FIR__SHA256];
    if (known.len != 0) {
        *out = fir__value_string(known);
        return 0;
    }
    int code = fir_event_id(e, id, err);
    char *text = fir__arena_alloc(arena, 2 * sizeof id);
    if (code != 0 || text == NULL) {
        return code != 0 ? code : fir__no_memory(err);
    }
    fir__hex(id, sizeof id, text);
    *out = fir__value_string(fir__str(text, 2 * sizeof id));
    return 0;
}

int fir__frame_add_extras(const fir__frame *frame, const fir__slots *slots, const fir_event *e, fir__known known, fir__arena *arena,
                          fir_error *err)
{
    const uint32_t *slot = slots->property;
    if ((slot[FIR__PROP_EVENT_ID] | slot[FIR__PROP_EVENT_JSON] | slot[FIR__PROP_OUTPUT_FIELDS]) == 0) {
        return 0;
    }
    int code = 0;
    extras *m = fir__arena_zalloc(arena, sizeof *m);
    if (m == NULL) {
        return fir__fail(err, fir__arena_error(arena), "out of memory, or larger than max_plan_bytes");
    }
    if (slot[FIR__PROP_EVENT_ID] != 0) {
        code = write_id(e, known.id, arena, &m->event_id, err);
        frame->values[slot[FIR__PROP_EVENT_ID] - 1] = &m->event_id;
    }
    if (code == 0 && slot[FIR__PROP_EVENT_JSON] != 0) {
        code = write_json(e, known.json, arena, &m->event_json, err);
        frame->values[slot[FIR__PROP_EVENT_JSON] - 1] = &m->event_json;
    }
    if (code == 0 && slot[FIR__PROP_OUTPUT_FIELDS] != 0) {
        code = write_value(e, fir__event_write_fields, arena, &m->output_fields, err);
        frame->values[slot[FIR__PROP_OUTPUT_FIELDS] - 1] = &m->output_fields;
    }
    return code;
}
