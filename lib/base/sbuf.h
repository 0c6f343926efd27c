/* SPDX-License-Identifier: Apache-2.0 */
/* A growing, bounded buffer. Appends may all fail; the first failure sticks in `status` and later appends do nothing, so
 * a writer checks once, at its end. */
#ifndef FIR__BASE_SBUF_H
#define FIR__BASE_SBUF_H

#include "base/alloc.h"
#include "base/str.h"

typedef struct fir__sbuf {
    fir_allocator allocator;
    char *ptr;
    size_t len, cap, max;
    int status; /* 0, FIR_ENOMEM or FIR_ELIMIT */
} fir__sbuf;

/* max: bytes that it may hold; every buffer has one. */
void fir__sbuf_init(fir__sbuf *b, const fir_allocator *a, size_t max);
void fir__sbuf_free(fir__sbuf *b);
void fir__sbuf_clear(fir__sbuf *b);               /* keeps the memory, forgets content and status */
void fir__sbuf_restart(fir__sbuf *b, size_t max); /* the same with another bound; memory of more than that is let go */

/* Makes room for n more bytes and gives the place to write them; NULL when it failed. The caller adds to len what it wrote. */
char *fir__sbuf_reserve_slow(fir__sbuf *b, size_t n);
static inline char *fir__sbuf_reserve(fir__sbuf *b, size_t n)
{
    if (b->status == 0 && n < b->cap - b->len) {
        return b->ptr + b->len;
    }
    return fir__sbuf_reserve_slow(b, n);
}

static inline void fir__sbuf_char(fir__sbuf *b, char c)
{
    char *to = fir__sbuf_reserve(b, 1);
    if (to != NULL) {
        *to = c;
        b->len++;
    }
}
void fir__sbuf_put(fir__sbuf *b, const void *p, size_t n);
void fir__sbuf_str(fir__sbuf *b, fir_str s);
void fir__sbuf_u64(fir__sbuf *b, uint64_t v);
void fir__sbuf_i64(fir__sbuf *b, int64_t v);
void fir__sbuf_hex(fir__sbuf *b, const uint8_t *p, size_t n); /* lower case */
/* Percent-encoded (RFC 3986, section 2): unreserved characters stay, and those of keep. */
void fir__sbuf_percent(fir__sbuf *b, fir_str s, const char *keep);
void fir__sbuf_printf(fir__sbuf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline fir_str fir__sbuf_view(const fir__sbuf *b)
{
    return (fir_str){b->ptr, b->len};
}

/* Moves the content into an owned buffer and empties b. Returns b's status; on failure out is empty. */
int fir__sbuf_take(fir__sbuf *b, fir_buf *out);

/* An owned buffer with a copy of s. */
int fir__buf_copy(const fir_allocator *a, fir_str s, fir_buf *out);

#endif
