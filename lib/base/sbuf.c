/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sbuf.h"

#include <stdarg.h>
#include <stdio.h>

enum { LEAST = 512 }; /* bytes of the first block, where the bound leaves them: fewer steps until a text has its size */

void fir__sbuf_init(fir__sbuf *b, const fir_allocator *a, size_t max)
{
    memset(b, 0, sizeof *b);
    b->allocator = *a;
    b->max = max;
}

void fir__sbuf_free(fir__sbuf *b)
{
    fir__free(&b->allocator, b->ptr);
    b->ptr = NULL;
    b->len = b->cap = 0;
    b->status = 0;
}

void fir__sbuf_clear(fir__sbuf *b)
{
    b->len = 0;
    b->status = 0;
}

void fir__sbuf_restart(fir__sbuf *b, size_t max)
{
    if (b->cap > max) {
        fir__sbuf_free(b);
    }
    fir__sbuf_clear(b);
    b->max = max;
}

char *fir__sbuf_reserve_slow(fir__sbuf *b, size_t n)
{
    if (b->status != 0) {
        return NULL;
    }
    if (n > b->max || b->len > b->max - n) {
        b->status = FIR_ELIMIT;
        return NULL;
    }
    size_t need = b->len + n + 1; /* one for the NUL of an owned buffer */
    size_t least = b->max < LEAST ? b->max + 1 : LEAST;
    if (!fir__grow(&b->allocator, &b->ptr, &b->cap, need < least ? least : need, 1)) {
        b->status = FIR_ENOMEM;
        return NULL;
    }
    if (b->cap > b->max + 1) {
        b->cap = b->max + 1; /* so that the fast path keeps the bound too */
    }
    return b->ptr + b->len;
}

void fir__sbuf_put(fir__sbuf *b, const void *p, size_t n)
{
    char *to = fir__sbuf_reserve(b, n);
    if (to != NULL && n != 0) {
        memcpy(to, p, n);
        b->len += n;
    }
}

void fir__sbuf_str(fir__sbuf *b, fir_str s)
{
    fir__sbuf_put(b, s.ptr, s.len);
}

void fir__sbuf_u64(fir__sbuf *b, uint64_t v)
{
    char digits[20];
    size_t i = sizeof digits;
    do {
        digits[--i] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    fir__sbuf_put(b, digits + i, sizeof digits - i);
}

void fir__sbuf_i64(fir__sbuf *b, int64_t v)
{
    if (v < 0) {
        fir__sbuf_char(b, '-');
        fir__sbuf_u64(b, 0 - (uint64_t)v);
    } else {
        fir__sbuf_u64(b, (uint64_t)v);
    }
}

void fir__sbuf_hex(fir__sbuf *b, const uint8_t *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        fir__sbuf_char(b, digits[p[i] >> 4]);
        fir__sbuf_char(b, digits[p[i] & 15]);
    }
}

void fir__sbuf_percent(fir__sbuf *b, fir_str s, const char *keep)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (fir__is_alnum(s.ptr[i]) || (c != 0 && (strchr("-._~", c) != NULL || strchr(keep, c) != NULL))) {
            fir__sbuf_char(b, s.ptr[i]);
        } else {
            const char coded[3] = {'%', digits[c >> 4], digits[c & 15]};
            fir__sbuf_put(b, coded, sizeof coded);
        }
    }
}

void fir__sbuf_printf(fir__sbuf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *to = n < 0 ? NULL : fir__sbuf_reserve(b, (size_t)n);
    if (to == NULL) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(to, (size_t)n + 1, format, args); /* reserve left room for the NUL */
    va_end(args);
    b->len += (size_t)n;
}

/* An owned buffer keeps its allocator in a block of its own, so that fir_buf_dispose needs nothing but the buffer. */
typedef struct owner {
    fir_allocator allocator;
} owner;

int fir__sbuf_take(fir__sbuf *b, fir_buf *out)
{
    *out = (fir_buf){NULL, 0, NULL};
    (void)fir__sbuf_reserve(b, 0); /* so that an empty buffer has its NUL too */
    int status = b->status;
    owner *o = status == 0 ? fir__alloc(&b->allocator, sizeof *o) : NULL;
    if (status == 0 && o == NULL) {
        status = FIR_ENOMEM;
    }
    if (status != 0) {
        fir__sbuf_free(b);
        return status;
    }
    o->allocator = b->allocator;
    b->ptr[b->len] = '\0';
    *out = (fir_buf){b->ptr, b->len, o};
    b->ptr = NULL;
    b->len = b->cap = 0;
    return 0;
}

int fir__buf_copy(const fir_allocator *a, fir_str s, fir_buf *out)
{
    fir__sbuf b;
    fir__sbuf_init(&b, a, s.len);
    fir__sbuf_str(&b, s);
    return fir__sbuf_take(&b, out);
}

void fir_buf_dispose(fir_buf *b)
{
    if (b == NULL || b->owner == NULL) {
        return;
    }
    owner *o = b->owner;
    fir_allocator a = o->allocator;
    fir__free(&a, b->ptr);
    fir__free(&a, o);
    *b = (fir_buf){NULL, 0, NULL};
}
