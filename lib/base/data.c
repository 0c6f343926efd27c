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
