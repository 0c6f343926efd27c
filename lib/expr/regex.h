/* SPDX-License-Identifier: Apache-2.0 */
/* Falco's `regex`: RE2's POSIX (egrep) syntax, the whole value must match. regex_posix.c recognises that syntax and writes the
 * PCRE2 pattern of the same language; regex.c runs it within bounds. */
#ifndef FIR__EXPR_REGEX_H
#define FIR__EXPR_REGEX_H

#include <falcoir/condition.h>

#include "base/error.h"
#include "base/sbuf.h"

enum {
    FIR__REGEX_MAX = 16384,   /* bytes of a pattern */
    FIR__REGEX_DEPTH = 200,   /* of parentheses */
    FIR__REGEX_REPEAT = 1000, /* RE2's largest repetition, nested ones multiplied */
    FIR__REGEX_REQUIRED = 64  /* bytes of a required literal that are kept */
};

/* A piece of text that stands in everything that the pattern matches; empty when there is none to see easily. */
typedef struct fir__regex_required {
    uint32_t len;
    char bytes[FIR__REGEX_REQUIRED];
} fir__regex_required;

/* Appends the PCRE2 pattern. FIR_ECOMPILE with RE2's own words, "invalid escape sequence: \w", and a hint; offset is that in the
 * pattern. FIR_ELIMIT, FIR_ENOMEM. */
int fir__regex_translate(fir_str pattern, fir__sbuf *out, fir__regex_required *required, fir_error *err);

typedef struct fir__regex fir__regex;

/* steps bounds one match. Errors as above, the message with "invalid regex pattern: " before it. */
int fir__regex_compile(fir_str pattern, uint32_t steps, const fir_allocator *a, fir__regex **out, fir_error *err);
void fir__regex_free(fir__regex *r);

const fir__regex_required *fir__regex_literal(const fir__regex *r);

/* One thread's room for matching. */
typedef struct fir__regex_scratch fir__regex_scratch;
int fir__regex_scratch_new(const fir_allocator *a, fir__regex_scratch **out);
void fir__regex_scratch_free(fir__regex_scratch *s);

/* FIR_TRUE, FIR_FALSE, FIR_UNDECIDED when a bound was hit, or FIR_ENOMEM. The subject must be UTF-8. */
int fir__regex_match(const fir__regex *r, fir_str subject, fir__regex_scratch *s);

#endif
