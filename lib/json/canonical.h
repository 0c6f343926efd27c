/* SPDX-License-Identifier: Apache-2.0 */
/* Any JSON text in canonical form: keys sorted bytewise at all levels, no blanks, strings unescaped as far as they can be. */
#ifndef FIR__JSON_CANONICAL_H
#define FIR__JSON_CANONICAL_H

#include "base/error.h"
#include "base/sbuf.h"
#include "base/value.h"

typedef enum fir__numbers {
    FIR__NUMBERS_AS_THEY_CAME,
    FIR__NUMBERS_BY_VALUE /* 1, 1.0 and 10e-1 are written alike */
} fir__numbers;

/* Appends one JSON value, nested up to FIR__JSON_MOST_DEPTH. Equal keys of an object stay, in their order.
 * FIR_EPARSE, FIR_ELIMIT, FIR_ENOMEM; out's own status is the caller's to look at. */
int fir__json_canonical(fir__sbuf *out, fir_str text, fir__numbers numbers, fir_error *err);

/* A number by its value: whole ones up to 2^53 as integers, one that is too large for a double by its text. */
void fir__json_number(fir__sbuf *out, const fir__value *v);

#endif
