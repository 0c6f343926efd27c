/* SPDX-License-Identifier: Apache-2.0 */
/* How compiled conditions and templates read an alert: by slot number, not by name.
 *
 * While something is compiled, every name that it reads is given a slot in a registry (one registry a playbook, or one for a
 * lone condition or template). While it runs, it sees a frame: an array with one pointer a slot, NULL where the alert has
 * nothing. Who fills the frame knows the event; who reads it does not. */
#ifndef FIR__FIELD_SLOTS_H
#define FIR__FIELD_SLOTS_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/property.h"
#include "base/value.h"

typedef struct fir__slot {
    fir_str name; /* the key of output_fields, or the property's name */
    uint64_t hash;
    fir__property property;
} fir__slot;

typedef struct fir__slots {
    fir__arena *arena; /* where the names are kept */
    fir__slot *items;
    uint32_t count;
    size_t cap;
    uint32_t *table; /* open addressing over the hash: slot + 1, 0 empty */
    uint32_t mask;
    uint32_t property[FIR__PROP_COUNT]; /* slot + 1 of each property in use, else 0; not for FIR__PROP_STEP */
} fir__slots;

void fir__slots_init(fir__slots *s, fir__arena *arena);
void fir__slots_free(fir__slots *s);

/* The slot of an output field, made when it is new. UINT32_MAX: out of memory. */
uint32_t fir__slots_field(fir__slots *s, fir_str name);
uint32_t fir__slots_property(fir__slots *s, fir__property p);
uint32_t fir__slots_step(fir__slots *s, fir_str name); /* "steps.capture.status" */

/* The slot of an output field by name and hash, or UINT32_MAX. For who fills a frame: once a field and alert, so it is here. */
static inline uint32_t fir__slots_find(const fir__slots *s, fir_str name, uint64_t hash)
{
    if (s->table == NULL) {
        return UINT32_MAX;
    }
    for (uint32_t at = (uint32_t)hash & s->mask; s->table[at] != 0; at = (at + 1) & s->mask) {
        const fir__slot *slot = &s->items[s->table[at] - 1];
        if (slot->hash == hash && slot->property == FIR__PROP_NONE && fir__str_same(slot->name, name)) {
            return s->table[at] - 1;
        }
    }
    return UINT32_MAX;
}

typedef struct fir__frame {
    const fir__value **values; /* one a slot; NULL: absent */
    uint32_t count;
} fir__frame;

#endif
