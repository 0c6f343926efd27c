/* SPDX-License-Identifier: Apache-2.0 */
/* A strict reader of JSON (RFC 8259), in place: strings are unescaped where they stand and views of them are handed out, so the
 * buffer must be writable and live as long as they do.
 *
 * It is pulled: the caller looks at the next byte and asks for what it expects. Every function returns false after a failure,
 * which is kept in the reader; fir__json_error makes a fir_error of it.
 *
 * Nothing that is legal JSON is refused but for the limits: integers up to 64 bits are exact, larger numbers become doubles that
 * keep their text. What many senders get wrong is put right and noted in `seen`: broken UTF-8 and lone surrogates. */
#ifndef FIR__JSON_READER_H
#define FIR__JSON_READER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/value.h"
#include "json/scan.h"

enum {
    FIR__JSON_PADDING = 32, /* zero bytes that must follow the text in its buffer */
    FIR__JSON_MOST_DEPTH = 64
};

/* What was met on the way. */
enum {
    FIR__JSON_SAW_NUL = 1u << 0,    /* \u0000 in a string */
    FIR__JSON_SAW_BROKEN = 1u << 1, /* broken UTF-8 or a lone surrogate, replaced by U+FFFD (left alone by fir__json_skip) */
};

typedef struct fir__json_reader {
    char *at; /* the next byte */
    char *begin, *end;
    fir__arena *arena; /* for strings that grow: a broken byte is one long, U+FFFD three */
    uint32_t depth, max_depth;
    uint32_t seen;
    int status; /* 0, FIR_EPARSE, FIR_ELIMIT or FIR_ENOMEM */
    const char *message;
    size_t offset;  /* of the failure */
    uint64_t limit; /* the value of a limit that was hit */
} fir__json_reader;

/* Begins with n bytes and FIR__JSON_PADDING zero bytes behind them. Skips a byte order mark. max_depth: 1 to FIR__JSON_MOST_DEPTH.
 */
void fir__json_start(fir__json_reader *r, char *buffer, size_t n, uint32_t max_depth, fir__arena *arena);

/* Skips blanks and gives the next byte without taking it; at the end it is NUL. */
static inline char fir__json_peek(fir__json_reader *r)
{
    char c = *r->at;
    while (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
        c = *++r->at;
    }
    return c;
}

/* Notes a failure at `at`; the first one stands. Returns false. */
bool fir__json_fail(fir__json_reader *r, int status, const char *at, const char *message);

/* An object or array opens: takes the bracket and counts the depth. */
bool fir__json_enter(fir__json_reader *r);
/* Its closing bracket is the next byte: takes it. */
static inline void fir__json_leave(fir__json_reader *r)
{
    r->at++;
    r->depth--;
}

/* After an element: takes the comma, or the closing bracket (then *more is false). */
bool fir__json_next_slow(fir__json_reader *r, char closing, bool *more);
static inline bool fir__json_next(fir__json_reader *r, char closing, bool *more)
{
    if (*r->at == ',') {
        r->at++;
        *more = true;
        return true;
    }
    return fir__json_next_slow(r, closing, more);
}

/* The rest of a string that began at `start`, from its first byte that is not plain. */
bool fir__json_string_rest(fir__json_reader *r, char *start, char *p, fir_str *out);

/* The next byte is a string's quote. */
static inline bool fir__json_read_string(fir__json_reader *r, fir_str *out)
{
    char *start = r->at + 1, *p = fir__scan(start);
    if (*p == '"') {
        *out = (fir_str){start, (size_t)(p - start)};
        r->at = p + 1;
        return true;
    }
    return fir__json_string_rest(r, start, p, out);
}

/* The colon after a key, blanks around it included. */
bool fir__json_colon_slow(fir__json_reader *r);
static inline bool fir__json_colon(fir__json_reader *r)
{
    if (*r->at == ':') {
        r->at++;
        return true;
    }
    return fir__json_colon_slow(r);
}

/* A key and its colon, blanks around them included. */
bool fir__json_no_key(fir__json_reader *r);
static inline bool fir__json_read_key(fir__json_reader *r, fir_str *out)
{
    if (fir__json_peek(r) != '"') {
        return fir__json_no_key(r);
    }
    return fir__json_read_string(r, out) && fir__json_colon(r);
}

/* The next byte begins a string, number, true, false or null. Numbers and literals keep their text. */
bool fir__json_read_scalar(fir__json_reader *r, fir__value *out);

/* Any value, checked but not changed: *raw is its text. Duplicate keys inside it are not looked for. */
bool fir__json_skip(fir__json_reader *r, fir_str *raw);

/* Only blanks are left. */
bool fir__json_finish(fir__json_reader *r);

/* The failure with its place. source: the text as it was before it was read. Returns its code. */
int fir__json_error(const fir__json_reader *r, fir_str source, fir_error *err);

/* The double nearest to a number's text, whatever the locale; infinite when it is too large. */
double fir__json_to_double(fir_str number);

#endif
