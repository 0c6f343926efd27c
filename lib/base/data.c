/* SPDX-License-Identifier: Apache-2.0 */
#include "base/data.h"

const fir__data *fir__data_get(const fir__data *d, fir_str key)
{
    if (d == NULL || d->type != FIR__DATA_MAP) {
        return NULL;
    }
    for (uint32_t i = 0; i < d->count; i++) {
        if (fir__str_eq(d->entries[i].key, key)) {
            return &d->entries[i].value;
        }
    }
    return NULL;
}

static bool copy_list(fir__arena *r, const fir__data *from, fir__data *to)
{
    to->items = fir__arena_array(r, from->count, sizeof *to->items);
    for (uint32_t i = 0; to->items != NULL && i < from->count; i++) {
        if (!fir__data_copy(r, &from->items[i], &to->items[i])) {
            return false;
        }
    }
    return to->items != NULL;
}

static bool copy_map(fir__arena *r, const fir__data *from, fir__data *to)
{
    to->entries = fir__arena_array(r, from->count, sizeof *to->entries);
    for (uint32_t i = 0; to->entries != NULL && i < from->count; i++) {
        to->entries[i] = from->entries[i];
        to->entries[i].key = fir__arena_str(r, from->entries[i].key);
        if (to->entries[i].key.ptr == NULL || !fir__data_copy(r, &from->entries[i].value, &to->entries[i].value)) {
            return false;
        }
    }
    return to->entries != NULL;
}

bool fir__data_copy(fir__arena *r, const fir__data *from, fir__data *to)
{
    *to = *from;
    switch (from->type) {
    case FIR__DATA_TEXT:
        to->s = fir__arena_str(r, from->s);
        return to->s.ptr != NULL;
    case FIR__DATA_LIST:
        return copy_list(r, from, to);
    case FIR__DATA_MAP:
        return copy_map(r, from, to);
    default:
        return true;
    }
}

static bool equal_list(const fir__data *a, const fir__data *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        if (!fir__data_equal(&a->items[i], &b->items[i])) {
            return false;
        }
    }
    return true;
}

static bool equal_map(const fir__data *a, const fir__data *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        const fir__data *other = fir__data_get(b, a->entries[i].key);
        if (other == NULL || !fir__data_equal(&a->entries[i].value, other)) {
            return false;
        }
    }
    return true;
}

bool fir__data_equal(const fir__data *a, const fir__data *b)
{
    if (a->type != b->type) {
        return false;
    }
    switch (a->type) {
    case FIR__DATA_NULL:
        return true;
    case FIR__DATA_BOOL:
        return a->b == b->b;
    case FIR__DATA_INT:
        return a->i == b->i;
    case FIR__DATA_UINT:
        return a->u == b->u;
    case FIR__DATA_DOUBLE:
        return !(a->d < b->d) && !(a->d > b->d);
    case FIR__DATA_TEXT:
        return fir__str_eq(a->s, b->s);
    case FIR__DATA_LIST:
        return a->count == b->count && equal_list(a, b);
    default:
        return a->count == b->count && equal_map(a, b);
    }
}
