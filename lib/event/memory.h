/* SPDX-License-Identifier: Apache-2.0 */
/* What an event keeps from one alert to the next, so that parsing allocates nothing once it has seen alerts of their size. */
#ifndef FIR__EVENT_MEMORY_H
#define FIR__EVENT_MEMORY_H

#include "base/hash.h"
#include "event/parts.h"
#include "json/keys.h"

typedef struct fir__event_memory {
    uint64_t max_bytes;
    uint32_t max_depth, max_fields;
    char *text; /* the copy of the alert, which is read in place */
    size_t cap_text;
    fir__arena arena; /* lists, strings that had to grow */
    size_t cap_fields;
    fir__value *items; /* the list that is being read */
    size_t cap_items;
    fir_str *others; /* top-level keys that have no meaning here */
    uint32_t n_others;
    size_t cap_others;
    uint32_t *order; /* fields sorted by name, where they do not come so; twice as long, for the sort */
    size_t cap_order;
    bool ascending;  /* fields come sorted by name */
    bool has_fields; /* output_fields is there, be it empty */
    fir_str twice;   /* the duplicate that fir__event_finish refused */
} fir__event_memory;

/* The i-th field in order of name. */
static inline const fir__event_field *fir__event_sorted(const fir_event *e, uint32_t i)
{
    return &e->fields[e->memory->ascending ? i : e->memory->order[i]];
}

/* The next entry of output_fields, whose value the caller fills; NULL: see fir__event_no_field. */
static inline fir__event_field *fir__event_next_field(fir_event *e, fir_str name)
{
    fir__event_memory *m = e->memory;
    if (e->n_fields == m->cap_fields || e->n_fields >= m->max_fields) {
        return NULL;
    }
    fir__event_field *f = &e->fields[e->n_fields];
    f->name = name;
    f->hash = fir__hash_str(name);
    m->ascending = m->ascending && (e->n_fields == 0 || fir__key_cmp(f[-1].name, name) < 0);
    e->n_fields++;
    return f;
}

/* Why there was no next entry; after 0 it is worth to ask again. */
int fir__event_no_field(fir_event *e, fir_error *err);

/* FIR_ELIMIT when text is larger than max_bytes. */
int fir__event_check_size(const fir_event *e, fir_str text, fir_error *err);

/* Whether keys that begin items of a stride are all different; else *twice is one that is not. Uses m->order.
 * 0, FIR_ENOTFOUND (a duplicate), FIR_ENOMEM. */
int fir__event_distinct(fir_event *e, const void *items, size_t stride, uint32_t count, fir_str *twice);

#endif
