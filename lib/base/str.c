/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

int fir__str_cmp(fir_str a, fir_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n != 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    if (c != 0) {
        return c;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool fir__str_eq_nocase(fir_str a, fir_str b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (fir__lower(a.ptr[i]) != fir__lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

size_t fir__str_find(fir_str s, fir_str needle)
{
    if (needle.len == 0) {
        return 0;
    }
    if (needle.len > s.len) {
        return SIZE_MAX;
    }
    const char *p = s.ptr;
    const char *last = s.ptr + (s.len - needle.len);
    while (p <= last) {
        p = memchr(p, needle.ptr[0], (size_t)(last - p) + 1);
        if (p == NULL) {
            return SIZE_MAX;
        }
        if (memcmp(p, needle.ptr, needle.len) == 0) {
            return (size_t)(p - s.ptr);
        }
        p++;
    }
    return SIZE_MAX;
}

fir_str fir__str_from(fir_str s, size_t from)
{
    if (from >= s.len) {
        return (fir_str){s.ptr != NULL ? s.ptr + s.len : NULL, 0};
    }
    return (fir_str){s.ptr + from, s.len - from};
}

fir_str fir__str_to(fir_str s, size_t to)
{
    return (fir_str){s.ptr, to < s.len ? to : s.len};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

fir_str fir__str_trim(fir_str s)
{
    while (s.len != 0 && is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len != 0 && is_blank(s.ptr[s.len - 1])) {
        s.len--;
    }
    return s;
}

bool fir__str_u64(fir_str s, uint64_t *out)
{
    uint64_t v = 0;
    if (s.len == 0) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (!fir__is_digit(s.ptr[i]) || __builtin_mul_overflow(v, (uint64_t)10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(s.ptr[i] - '0'), &v)) {
            return false;
        }
    }
    *out = v;
    return true;
}

bool fir__str_i64(fir_str s, int64_t *out)
{
    bool negative = s.len != 0 && s.ptr[0] == '-';
    if (s.len != 0 && (s.ptr[0] == '-' || s.ptr[0] == '+')) {
        s = fir__str_from(s, 1);
    }
    uint64_t v;
    if (!fir__str_u64(s, &v) || v > (uint64_t)INT64_MAX + (negative ? 1u : 0u)) {
        return false;
    }
    *out = negative ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

enum { SUGGEST_MAX = 48 };

/* Optimal string alignment distance: insert, delete, replace, swap of neighbours; case does not count. More than `limit` is
 * limit + 1: cells further than that from the diagonal, or rows that can lead to no less, are not looked at. */
static size_t distance(fir_str a, fir_str b, size_t limit)
{
    size_t rows[3][SUGGEST_MAX + 2];
    size_t *before = rows[0], *last = rows[1], *now = rows[2], least = 0;
    for (size_t j = 0; j <= b.len && j <= limit + 1; j++) {
        last[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t from = i > limit ? i - limit : 1, to = b.len < i + limit ? b.len : i + limit, least_before = least;
        least = now[from - 1] = from == 1 ? i : limit + 1;
        for (size_t j = from; j <= to; j++) {
            char x = fir__lower(a.ptr[i - 1]), y = fir__lower(b.ptr[j - 1]);
            size_t best = last[j - 1] + (x != y);
            if (last[j] + 1 < best) {
                best = last[j] + 1;
            }
            if (now[j - 1] + 1 < best) {
                best = now[j - 1] + 1;
            }
            if (i > 1 && j > 1 && x == fir__lower(b.ptr[j - 2]) && y == fir__lower(a.ptr[i - 2]) && before[j - 2] + 1 < best) {
                best = before[j - 2] + 1;
            }
            now[j] = best;
            least = best < least ? best : least;
        }
        now[to + 1] = limit + 1;
        if (least > limit && least_before > limit) { /* a swap leads over a row */
            return limit + 1;
        }
        size_t *t = before;
        before = last;
        last = now;
        now = t;
    }
    return last[b.len];
}

/* A bit for a letter; the same for both cases. */
static uint32_t letter(char c)
{
    return UINT32_C(1) << ((unsigned char)c & 31);
}

/* Each place of a name with a letter that `letters` lacks takes a step of its own. */
static bool is_far(fir_str name, uint32_t letters, size_t limit)
{
    size_t strange = 0;
    for (size_t i = 0; i < name.len && strange <= limit; i++) {
        strange += (letters & letter(name.ptr[i])) == 0;
    }
    return strange > limit;
}

fir_str fir__str_suggest(fir_str wanted, size_t count, fir_str (*name_at)(const void *ctx, size_t i), const void *ctx)
{
    fir_str best = {NULL, 0};
    if (wanted.len == 0 || wanted.len > SUGGEST_MAX) {
        return best;
    }
    uint32_t letters = 0;
    for (size_t i = 0; i < wanted.len; i++) {
        letters |= letter(wanted.ptr[i]);
    }
    size_t limit = wanted.len <= 3 ? 1 : wanted.len <= 8 ? 2 : 3;
    for (size_t i = 0; i < count; i++) {
        fir_str name = name_at(ctx, i);
        size_t gap = name.len > wanted.len ? name.len - wanted.len : wanted.len - name.len;
        if (name.len == 0 || name.len > SUGGEST_MAX || gap > limit || is_far(name, letters, limit)) {
            continue;
        }
        size_t d = distance(wanted, name, limit);
        if (d <= limit && d < name.len) {
            best = name;
            if (d == 0) {
                return best;
            }
            limit = d - 1;
        }
    }
    return best;
}
