/* SPDX-License-Identifier: Apache-2.0 */
/* The order of an object's keys: bytewise, as canonical JSON wants it. It also finds duplicates, without a hash that a sender
 * could make collide. Falco writes its keys in this order, so that one look at the key before is mostly all. */
#ifndef FIR__JSON_KEYS_H
#define FIR__JSON_KEYS_H

#include "base/str.h"

/* Less than 0, 0 or more than 0: fir__str_cmp, made for short names. */
static inline int fir__key_cmp(fir_str a, fir_str b)
{
    size_t n = a.len < b.len ? a.len : b.len, i = 0;
    while (i < n && a.ptr[i] == b.ptr[i]) {
        i++;
    }
    if (i < n) {
        return (unsigned char)a.ptr[i] < (unsigned char)b.ptr[i] ? -1 : 1;
    }
    return (a.len > b.len) - (a.len < b.len);
}

/* Sorts `count` indices of items that begin with their key (a fir_str) and are `stride` bytes apart: order[0] is the item with
 * the least key; equal keys stay in their order. order and spare have room for `count`. */
void fir__keys_sort(const void *items, size_t stride, uint32_t count, uint32_t *order, uint32_t *spare);

#endif
