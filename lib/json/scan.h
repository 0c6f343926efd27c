/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the first byte of a string that is not plain: a quote, a backslash, a control character or a byte of a longer UTF-8
 * sequence. Sixteen bytes a step with SSE2 or NEON, eight without (FIR_NO_SIMD, or another processor). */
#ifndef FIR__JSON_SCAN_H
#define FIR__JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !defined(FIR_NO_SIMD) && defined(__SSE2__)
#include <emmintrin.h>
#elif !defined(FIR_NO_SIMD) && defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

/* n bytes, at most 8, as a number whose lowest byte is the first one. */
static inline uint64_t fir__scan_load(const char *p, size_t n)
{
    uint64_t x = 0;
    memcpy(&x, p, n);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

static inline uint64_t fir__scan_zero_bytes(uint64_t x)
{
    return (x - UINT64_C(0x0101010101010101)) & ~x;
}

/* The top bit of each byte that is not plain. Above the first such byte a borrow may set more; only the first one counts. */
static inline uint64_t fir__scan_word(uint64_t x)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t odd = x | (x - ones * 0x20) | fir__scan_zero_bytes(x ^ ones * '"') | fir__scan_zero_bytes(x ^ ones * '\\');
    return odd & ones * 0x80;
}

#if !defined(FIR_NO_SIMD) && defined(__SSE2__)
enum { FIR__SCAN_STEP = 16, FIR__SCAN_SHIFT = 0 };

/* One bit a byte, set where the byte is not plain. */
static inline uint64_t fir__scan_step(const char *p)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i low = _mm_cmplt_epi8(x, _mm_set1_epi8(0x20)); /* signed: bytes from 0x80 on are below too */
    __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
    __m128i backslash = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(quote, backslash)));
}

#elif !defined(FIR_NO_SIMD) && defined(__ARM_NEON) && defined(__aarch64__)
enum { FIR__SCAN_STEP = 16, FIR__SCAN_SHIFT = 2 };

/* Four bits a byte: NEON has no movemask, narrowing by a shift comes nearest. */
static inline uint64_t fir__scan_step(const char *p)
{
    uint8x16_t x = vld1q_u8((const uint8_t *)p);
    uint8x16_t odd = vorrq_u8(vcltq_u8(x, vdupq_n_u8(0x20)), vcgeq_u8(x, vdupq_n_u8(0x80)));
    odd = vorrq_u8(odd, vorrq_u8(vceqq_u8(x, vdupq_n_u8('"')), vceqq_u8(x, vdupq_n_u8('\\'))));
    return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(odd), 4)), 0);
}

#else
enum { FIR__SCAN_STEP = 8, FIR__SCAN_SHIFT = 3 };

static inline uint64_t fir__scan_step(const char *p)
{
    return fir__scan_word(fir__scan_load(p, 8));
}
#endif

static inline size_t fir__scan_first(uint64_t bits)
{
    return (size_t)__builtin_ctzll(bits) >> FIR__SCAN_SHIFT;
}

/* The first byte from p on that is not plain. There must be one, and FIR__SCAN_STEP readable bytes from it on. */
static inline char *fir__scan(char *p)
{
    uint64_t bits;
    while ((bits = fir__scan_step(p)) == 0) {
        p += FIR__SCAN_STEP;
    }
    return p + fir__scan_first(bits);
}

static inline bool fir__scan_is_plain(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

/* Of fewer than sixteen bytes: how many at their front are plain. */
static inline size_t fir__scan_short(const char *p, size_t n)
{
    size_t i = 0;
    if (n >= 8) {
        uint64_t bits = fir__scan_word(fir__scan_load(p, 8));
        if (bits != 0) {
            return (size_t)__builtin_ctzll(bits) >> 3;
        }
        i = n - 8; /* the last piece overlaps the one before it, which is plain */
        bits = fir__scan_word(fir__scan_load(p + i, 8));
        return bits != 0 ? i + ((size_t)__builtin_ctzll(bits) >> 3) : n;
    }
    while (i < n && fir__scan_is_plain(p[i])) {
        i++;
    }
    return i;
}

/* n bytes, fewer than a step, copied by two words that overlap; false when one of them is not plain. */
static inline bool fir__scan_copy_short(char *to, const char *from, size_t n)
{
    if (n >= 8) {
        char both[16];
        memcpy(both, from, 8);
        memcpy(both + 8, from + n - 8, 8);
        memcpy(to, both, 8);
        memcpy(to + n - 8, both + 8, 8);
        return (fir__scan_step(both) | fir__scan_step(both + 16 - FIR__SCAN_STEP)) == 0;
    }
    if (n >= 4) {
        uint64_t both = fir__scan_load(from, 4) | fir__scan_load(from + n - 4, 4) << 32;
        memcpy(to, from, 4);
        memcpy(to + n - 4, from + n - 4, 4);
        return fir__scan_word(both) == 0;
    }
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i];
        if (!fir__scan_is_plain(from[i])) {
            return false;
        }
    }
    return true;
}

/* Copies n bytes and says whether all of them are plain: nearly every text is, so that one pass does both. */
static inline bool fir__scan_copy(char *to, const char *from, size_t n)
{
    if (n < FIR__SCAN_STEP) {
        return fir__scan_copy_short(to, from, n);
    }
    size_t last = n - FIR__SCAN_STEP;
    uint64_t odd = fir__scan_step(from + last);
    for (size_t i = 0; i < last; i += FIR__SCAN_STEP) {
        odd |= fir__scan_step(from + i);
        memcpy(to + i, from + i, FIR__SCAN_STEP);
    }
    memcpy(to + last, from + last, FIR__SCAN_STEP);
    return odd == 0;
}

/* How many bytes at the front of n bytes are plain. Reads nothing behind them. */
static inline size_t fir__scan_bounded(const char *p, size_t n)
{
    if (n < 16) {
        return fir__scan_short(p, n);
    }
    size_t i = 0;
    for (; n - i >= FIR__SCAN_STEP; i += FIR__SCAN_STEP) {
        uint64_t bits = fir__scan_step(p + i);
        if (bits != 0) {
            return i + fir__scan_first(bits);
        }
    }
    i = n - FIR__SCAN_STEP;
    uint64_t bits = fir__scan_step(p + i);
    return bits != 0 ? i + fir__scan_first(bits) : n;
}

/* Copies the plain bytes at the front of n bytes; gives how many. What lies behind them in `to`, up to n, may be written over. */
static inline size_t fir__scan_copy_plain(char *to, const char *from, size_t n)
{
    size_t i = 0;
    for (; n - i >= FIR__SCAN_STEP; i += FIR__SCAN_STEP) {
        uint64_t bits = fir__scan_step(from + i);
        memcpy(to + i, from + i, FIR__SCAN_STEP);
        if (bits != 0) {
            return i + fir__scan_first(bits);
        }
    }
    size_t rest = fir__scan_short(from + i, n - i);
    memcpy(to + i, from + i, rest);
    return i + rest;
}

#endif
