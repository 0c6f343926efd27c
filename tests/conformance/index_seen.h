/* SPDX-License-Identifier: Apache-2.0 */
/* What the conditions of a run were made of. */
#ifndef FIR_TEST_INDEX_SEEN_H
#define FIR_TEST_INDEX_SEEN_H

#include "expr/expr.h"

enum { SEEN_OPERATORS = 32, SEEN_TRANSFORMERS = 32 };

typedef struct seen {
    size_t ops[SEEN_OPERATORS], modifiers[4], transformers[SEEN_TRANSFORMERS], right, several, lists, steps;
} seen;

void seen_program(seen *s, const fir__program *p);
/* Prints what never occurred; gives how much of it. */
size_t seen_missing(const seen *s);

#endif
