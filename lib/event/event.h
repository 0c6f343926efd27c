/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of an event: what the matcher and the planner read. Everything points into the event's own memory. */
#ifndef FIR__EVENT_EVENT_H
#define FIR__EVENT_EVENT_H

#include <falcoir/event.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/property.h"
#include "base/refs.h"
#include "base/sbuf.h"
#include "base/value.h"

typedef struct fir__event_field {
    fir_str name;
    uint64_t hash; /* fir__hash_str(name) */
    fir__value value;
} fir__event_field;

struct fir_event {
    fir_allocator allocator;
    fir__guard guard;
    bool parsed; /* holds an alert */
    fir_event_info info;
    const fir__value *properties[FIR__PROP_UUID + 1]; /* by fir__property; NULL: absent */
    fir__value property_values[FIR__PROP_UUID + 1];
    fir__event_field *fields; /* output_fields, in the alert's order */
    uint32_t n_fields;
    /* the reader's own memory follows: see event.c */
    struct fir__event_memory *memory;
};

/* An output field by name, or NULL. */
const fir__event_field *fir__event_find(const fir_event *e, fir_str name);

/* fir_event_id by a caller that keeps a hasher and a buffer for one alert after another; the buffer's bound is set here. */
int fir__event_id(const fir_event *e, fir__hasher *h, fir__sbuf *text, uint8_t out[FIR__SHA256], fir_error *err);

/* Canonical JSON of output_fields, and of the whole alert. */
void fir__event_write_fields(const fir_event *e, fir__sbuf *b);
void fir__event_write(const fir_event *e, fir__sbuf *b);

#endif
