/* SPDX-License-Identifier: Apache-2.0 */
/* Filling a fir_error. Every function returns the code, so that a caller can write `return fir__fail(err, …)`. err may be NULL. */
#ifndef FIR__BASE_ERROR_H
#define FIR__BASE_ERROR_H

#include "base/str.h"

/* A failure without a place. */
int fir__fail(fir_error *err, int32_t code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A place in a text. */
typedef struct fir__place {
    size_t offset;
    uint32_t line, column; /* from 1 */
} fir__place;

/* The place of an offset in a text. As Falco counts: each CR and each LF begins a line; columns are bytes. */
fir__place fir__place_of(fir_str text, size_t offset);

int fir__fail_at(fir_error *err, int32_t code, fir__place at, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Sets the origin of a failure already described; a long one keeps its end. */
void fir__error_origin(fir_error *err, fir_str origin);

/* FIR_ENOMEM with its message. Inline, so that whoever reads a caller sees that it is no success. */
static inline int fir__no_memory(fir_error *err)
{
    (void)fir__fail(err, FIR_ENOMEM, "out of memory");
    return FIR_ENOMEM;
}

/* Options structs are size-first (docs/api.md): is *size at least `least` (the first version's size), and is every byte
 * behind `known` (what this library knows) zero? Fails with FIR_EINVAL. */
int fir__check_options(const void *options, size_t size, size_t least, size_t known, fir_error *err);

#endif
