/* SPDX-License-Identifier: Apache-2.0 */
#include "match/evaluator.h"

static bool make_room(fir_evaluator *x, uint32_t slots)
{
    return fir__grow(&x->allocator, &x->frame.values, &x->cap_values, slots, sizeof *x->frame.values);
}

bool fir__frame_fill(fir_evaluator *x, const fir__slots *slots, const fir_event *e)
{
    if (!make_room(x, slots->count)) {
        return false;
    }
    const fir__value **values = x->frame.values;
    x->frame.count = slots->count;
    if (slots->count != 0) {
        memset(values, 0, slots->count * sizeof *values);
    }
    for (uint32_t i = 0; i < e->n_fields; i++) {
        uint32_t slot = fir__slots_find(slots, e->fields[i].name, e->fields[i].hash);
        if (slot != UINT32_MAX) {
            values[slot] = &e->fields[i].value;
        }
    }
    for (int p = FIR__PROP_RULE; p <= FIR__PROP_UUID; p++) {
        if (slots->property[p] != 0) {
            values[slots->property[p] - 1] = e->properties[p];
        }
    }
    return true;
}
