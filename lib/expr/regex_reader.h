/* SPDX-License-Identifier: Apache-2.0 */
/* The recogniser's state, shared by its parts: the pattern as a whole (regex_posix.c), characters and escapes (regex_char.c),
 * bracket expressions (regex_class.c). */
#ifndef FIR__EXPR_REGEX_READER_H
#define FIR__EXPR_REGEX_READER_H

#include "expr/regex.h"

enum { FIR__REGEX_LAST_RUNE = 0x10FFFF };

/* What a quantifier would apply to. */
typedef struct fir__regex_item {
    bool present;
    bool needs_group; /* an assertion: PCRE2 quantifies it only in a group */
    char quantifier;  /* 0 for none, '*', '+', '?', or '{' for a count */
    size_t start;     /* in the output */
    size_t literal;   /* bytes that it gave to the running literal */
    uint32_t repeats; /* largest product of nested counts inside */
} fir__regex_item;

typedef struct fir__regex_group {
    size_t start;
    uint32_t repeats; /* of the group around it, so far */
} fir__regex_group;

typedef struct fir__regex_reader {
    fir_str in;
    size_t at;
    fir__sbuf *out;
    fir__regex_item last;
    uint32_t repeats; /* of the group being read */
    uint32_t depth;
    fir__regex_group groups[FIR__REGEX_DEPTH];
    fir__regex_required run, *best; /* literal text being collected; the longest so far */
    bool alternatives;              /* outside of all groups: then no literal is required */
    fir_error *err;
} fir__regex_reader;

static inline bool fir__regex_more(const fir__regex_reader *r)
{
    return r->at < r->in.len;
}

static inline bool fir__regex_next_is(const fir__regex_reader *r, char c)
{
    return fir__regex_more(r) && r->in.ptr[r->at] == c;
}

/* What was read since a place. */
static inline fir_str fir__regex_since(const fir__regex_reader *r, size_t start)
{
    return fir__str(r->in.ptr + start, r->at - start);
}

/* No text holds one, and PCRE2 refuses their names. */
static inline bool fir__regex_is_surrogate(uint32_t c)
{
    return c >= 0xD800 && c <= 0xDFFF;
}

/* FIR_ECOMPILE: RE2's words, what they are about, what to do. */
int fir__regex_refuse(fir__regex_reader *r, size_t at, const char *what, fir_str arg, const char *hint);

/* One character as it stands; one escaped character, from its backslash on. */
int fir__regex_rune(fir__regex_reader *r, uint32_t *rune);
int fir__regex_escape(fir__regex_reader *r, uint32_t *rune);

/* Begins something else than a literal in the output. */
void fir__regex_begin_item(fir__regex_reader *r);

/* A bracket expression, from its bracket on. */
int fir__regex_class(fir__regex_reader *r);

/* Classes for what stands in no text, and for any character. */
#define FIR__REGEX_NOTHING "[^\\x{0}-\\x{10ffff}]"
#define FIR__REGEX_ANYTHING "[\\x{0}-\\x{10ffff}]"

#endif
