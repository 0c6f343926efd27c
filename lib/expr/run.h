/* SPDX-License-Identifier: Apache-2.0 */
/* Running, inside: values (value.c, transform.c), tests (compare.c), predicates (predicate.c), programs (run.c, residue.c). */
#ifndef FIR__EXPR_RUN_H
#define FIR__EXPR_RUN_H

#include "expr/program.h"

struct fir__expr_scratch {
    fir_allocator allocator;
    fir__arena arena; /* values made for one predicate */
    fir__regex_scratch *regex;
};

/* Bytes that the values made for one predicate may take; more leaves it undecided. */
enum { FIR__MADE_MAX = 16 << 20 };

/* The value of a source, in the frame or in the scratch arena; NULL: absent. A list may be empty only when the condition wrote
 * it so. FIR_ENOMEM, FIR_ELIMIT. */
int fir__source_value(const fir__source *s, const fir__frame *frame, fir__expr_scratch *x, const fir__value **out);

/* What a transformer makes of its arguments, which are all there. */
int fir__transform(const fir__source *s, const fir__value *const *args, fir__expr_scratch *x, const fir__value **out);

static inline bool fir__value_absent(const fir__value *v)
{
    return v == NULL || v->type == FIR__NULL || (v->type == FIR__LIST && v->len == 0);
}

/* A single value as the predicate's type wants it; false when it has no such reading: then it counts as absent. */
bool fir__value_typed(const fir__predicate *p, const fir__value *v, fir__typed *out);

/* Whether one value and one constant stand in the relation; not for REGEX and EXISTS. */
bool fir__typed_test(const fir__predicate *p, const fir__typed *value, const fir__typed *constant);
/* Membership by the predicate's table. */
bool fir__table_has(const fir__predicate *p, fir_str text);

/* Whether the text is what Go's %v prints for the value. */
bool fir__talon_eq(const fir__value *v, fir_str text);

#endif
