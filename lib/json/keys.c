/* SPDX-License-Identifier: Apache-2.0 */
#include "json/keys.h"

typedef struct keyed {
    const char *items;
    size_t stride;
} keyed;

static fir_str key_at(keyed k, uint32_t i)
{
    fir_str s;
    memcpy(&s, k.items + k.stride * i, sizeof s);
    return s;
}

static void merge(keyed k, const uint32_t *from, uint32_t left, uint32_t middle, uint32_t right, uint32_t *to)
{
    uint32_t a = left, b = middle;
    for (uint32_t i = left; i < right; i++) {
        bool first = a < middle && (b >= right || fir__key_cmp(key_at(k, from[a]), key_at(k, from[b])) <= 0);
        to[i] = first ? from[a++] : from[b++];
    }
}

void fir__keys_sort(const void *items, size_t stride, uint32_t count, uint32_t *order, uint32_t *spare)
{
    keyed k = {items, stride};
    uint32_t *from = order, *to = spare;
    for (uint32_t i = 0; i < count; i++) {
        order[i] = i;
    }
    for (uint64_t width = 1; width < count; width *= 2) {
        for (uint64_t left = 0; left < count; left += 2 * width) {
            uint64_t middle = left + width < count ? left + width : count;
            uint64_t right = left + 2 * width < count ? left + 2 * width : count;
            merge(k, from, (uint32_t)left, (uint32_t)middle, (uint32_t)right, to);
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != order && count != 0) {
        memcpy(order, from, count * sizeof *order);
    }
}
