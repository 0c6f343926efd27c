/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

/* What may follow a lead byte: RFC 3629, section 4. */
typedef struct lead {
    uint8_t length;    /* 0: no lead byte */
    uint8_t low, high; /* range of the second byte */
} lead;

static lead lead_of(unsigned char c)
{
    if (c < 0x80) {
        return (lead){1, 0, 0};
    }
    if (c >= 0xC2 && c <= 0xDF) {
        return (lead){2, 0x80, 0xBF};
    }
    if (c >= 0xE0 && c <= 0xEF) {
        return (lead){3, c == 0xE0 ? 0xA0 : 0x80, c == 0xED ? 0x9F : 0xBF};
    }
    if (c >= 0xF0 && c <= 0xF4) {
        return (lead){4, c == 0xF0 ? 0x90 : 0x80, c == 0xF4 ? 0x8F : 0xBF};
    }
    return (lead){0, 0, 0};
}

/* How many bytes at p fit the shape of one sequence; *whole when it is complete. */
static size_t fitting(const char *p, size_t n, lead l, bool *whole)
{
    size_t i = 1;
    for (; i < l.length && i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        unsigned char low = i == 1 ? l.low : 0x80, high = i == 1 ? l.high : 0xBF;
        if (c < low || c > high) {
            break;
        }
    }
    *whole = i == l.length;
    return i;
}

size_t fir__utf8_decode(const char *p, size_t n, uint32_t *cp)
{
    unsigned char c = (unsigned char)p[0];
    if (c < 0x80) {
        *cp = c;
        return 1;
    }
    lead l = lead_of(c);
    bool whole = false;
    if (l.length == 0 || fitting(p, n, l, &whole) != l.length || !whole) {
        return 0;
    }
    uint32_t v = c & (0xFFu >> (l.length + 1));
    for (size_t i = 1; i < l.length; i++) {
        v = v << 6 | ((unsigned char)p[i] & 0x3Fu);
    }
    *cp = v;
    return l.length;
}

size_t fir__utf8_encode(uint32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

size_t fir__utf8_valid(fir_str s)
{
    size_t i = 0;
    while (i < s.len) {
        uint32_t cp;
        size_t n = fir__utf8_decode(s.ptr + i, s.len - i, &cp);
        if (n == 0) {
            return i;
        }
        i += n;
    }
    return i;
}

size_t fir__utf8_broken(const char *p, size_t n)
{
    lead l = lead_of((unsigned char)p[0]);
    bool whole;
    return l.length < 2 ? 1 : fitting(p, n, l, &whole);
}

size_t fir__utf8_floor(fir_str s, size_t at)
{
    if (at >= s.len && fir__utf8_valid(s) == s.len) {
        return s.len;
    }
    size_t i = at < s.len ? at : s.len;
    for (size_t back = 0; back < 4 && i > 0; back++) {
        unsigned char c = (unsigned char)(i < s.len ? s.ptr[i] : 0x80);
        if ((c & 0xC0) != 0x80) {
            return i;
        }
        i--;
    }
    return i < s.len && ((unsigned char)s.ptr[i] & 0xC0) != 0x80 ? i : (at < s.len ? at : s.len);
}

bool fir__utf8_append_clean(fir__sbuf *b, fir_str s)
{
    bool broken = false;
    while (s.len != 0) {
        size_t good = fir__utf8_valid(s);
        fir__sbuf_put(b, s.ptr, good);
        s = fir__str_from(s, good);
        if (s.len != 0) {
            broken = true;
            fir__sbuf_put(b, "\xEF\xBF\xBD", 3);
            s = fir__str_from(s, fir__utf8_broken(s.ptr, s.len));
        }
    }
    return broken;
}
