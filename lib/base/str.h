/* SPDX-License-Identifier: Apache-2.0 */
/* Views of text. ASCII rules only: no function here looks at the locale. */
#ifndef FIR__BASE_STR_H
#define FIR__BASE_STR_H

#include <falcoir/base.h>
#include <stdbool.h>
#include <string.h>

/* A string literal as fir_str. */
#define FIR__S(literal) ((fir_str){"" literal, sizeof(literal) - 1})

static inline fir_str fir__str(const char *p, size_t n)
{
    return (fir_str){p, n};
}

static inline fir_str fir__cstr(const char *p)
{
    return (fir_str){p, p != NULL ? strlen(p) : 0};
}

static inline bool fir__str_eq(fir_str a, fir_str b)
{
    return a.len == b.len && (a.len == 0 || (a.ptr[0] == b.ptr[0] && memcmp(a.ptr, b.ptr, a.len) == 0));
}

/* Most texts differ where they are looked at first: only others are worth a call. */
static inline bool fir__str_starts(fir_str s, fir_str prefix)
{
    return prefix.len == 0 || (s.len >= prefix.len && s.ptr[0] == prefix.ptr[0] && memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

static inline bool fir__str_ends(fir_str s, fir_str suffix)
{
    return suffix.len == 0 || (s.len >= suffix.len && s.ptr[s.len - 1] == suffix.ptr[suffix.len - 1] &&
                               memcmp(s.ptr + (s.len - suffix.len), suffix.ptr, suffix.len) == 0);
}

/* Equal, for the short texts of names: compared here, eight bytes at a time, rather than by a call. */
static inline bool fir__str_same(fir_str a, fir_str b)
{
    if (a.len != b.len) {
        return false;
    }
    const char *p = a.ptr, *q = b.ptr;
    size_t n = a.len;
    uint64_t x = 0, y = 0;
    for (; n > 8; n -= 8, p += 8, q += 8) {
        memcpy(&x, p, 8);
        memcpy(&y, q, 8);
        if (x != y) {
            return false;
        }
    }
    if (a.len >= 8) { /* the last eight, some of them again */
        memcpy(&x, p + n - 8, 8);
        memcpy(&y, q + n - 8, 8);
        return x == y;
    }
    for (size_t i = 0; i < n; i++) {
        if (p[i] != q[i]) {
            return false;
        }
    }
    return true;
}

static inline bool fir__is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool fir__is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool fir__is_alnum(char c)
{
    return fir__is_digit(c) || fir__is_alpha(c);
}

static inline char fir__lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline char fir__upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

/* Bytewise order, a prefix first: the order of canonical JSON keys. */
int fir__str_cmp(fir_str a, fir_str b);

bool fir__str_eq_nocase(fir_str a, fir_str b);
/* The first place of needle in s, or SIZE_MAX. An empty needle is at 0. */
size_t fir__str_find(fir_str s, fir_str needle);

/* The part from `from` on, and the part before `to`; both clamp. */
fir_str fir__str_from(fir_str s, size_t from);
fir_str fir__str_to(fir_str s, size_t to);

/* Without spaces, tabs, CR and LF at both ends. */
fir_str fir__str_trim(fir_str s);

/* Decimal digits, the whole text, no sign. False when it is none or too large. */
bool fir__str_u64(fir_str s, uint64_t *out);
/* The same with an optional '-' or '+'. */
bool fir__str_i64(fir_str s, int64_t *out);

/* The nearest of `count` names by edit distance, when it is near enough to be a slip of the finger; else ptr NULL.
 * name_at(ctx, i) gives the i-th. */
fir_str fir__str_suggest(fir_str wanted, size_t count, fir_str (*name_at)(const void *ctx, size_t i), const void *ctx);

#endif
