/* SPDX-License-Identifier: Apache-2.0 */
/* The hash of names: fast on short texts. It is not keyed, so tables filled from an alert bound their probes. */
#ifndef FIR__BASE_HASH_H
#define FIR__BASE_HASH_H

#include "base/str.h"

static inline uint64_t fir__hash_load(const char *p, size_t n)
{
    uint64_t v = 0;
    memcpy(&v, p, n);
    return v;
}

__extension__ typedef unsigned __int128 fir__u128;

static inline uint64_t fir__hash_mix(uint64_t a, uint64_t b)
{
    fir__u128 m = (fir__u128)a * b;
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Of n bytes, read in pieces of eight; the last piece overlaps the one before it. */
static inline uint64_t fir__hash(const char *p, size_t n)
{
    const uint64_t k0 = 0x9E3779B97F4A7C15u, k1 = 0xE7037ED1A0B428DBu;
    uint64_t h = n * k0;
    if (n >= 8) {
        const char *last = p + (n - 8);
        for (; p < last; p += 8) {
            h = fir__hash_mix(h ^ fir__hash_load(p, 8), k1);
        }
        return fir__hash_mix(h ^ fir__hash_load(last, 8), k0);
    }
    uint64_t v = 0;
    if (n >= 4) {
        v = fir__hash_load(p, 4) << 32 | fir__hash_load(p + (n - 4), 4);
    } else if (n != 0) {
        v = (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 | (unsigned char)p[n - 1];
    }
    return fir__hash_mix(h ^ v, k0);
}

static inline uint64_t fir__hash_str(fir_str s)
{
    return fir__hash(s.ptr, s.len);
}

#endif
