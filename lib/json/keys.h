/* SPDX-License-Identifier: Apache-2.0 */
/* The order of an object's keys: bytewise, as canonical JSON wants it. It also finds duplicates, without a hash that a sender
 * could make collide. Falco writes its keys in this order, so that one look at the key before is mostly all. */
#ifndef FIR__JSON_KEYS_H
#define FIR__JSON_KEYS_H

#include "base/str.h"

static inline uint64_t fir__key_word(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

/* Less than 0, 0 or more than 0: fir__str_cmp, made for names that often begin alike. */
static inline int fir__key_cmp(fir_str a, fir_str b)
{
    size_t n = a.len < b.len ? a.len : b.len, i = 0;
    for (; n - i >= 8; i += 8) {
        uint64_t x = fir__key_word(a.ptr + i), y = fir__key_word(b.ptr + i);
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    for (; i < n; i++) {
        if (a.ptr[i] != b.ptr[i]) {
            return (unsigned char)a.ptr[i] < (unsigned char)b.ptr[i] ? -1 : 1;
        }
    }
    return (a.len > b.len) - (a.len < b.len);
}

/* Sorts `count` indices of items that begin with their key (a fir_str) and are `stride` bytes apart: order[0] is the item with
 * the least key; equal keys stay in their order. order and spare have room for `count`. */
void fir__keys_sort(const void *items, size_t stride, uint32_t count, uint32_t *order, uint32_t *spare);

#endif
