/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a scope, for scope.c and expand.c. */
#ifndef FIR__EXPR_SCOPE_H
#define FIR__EXPR_SCOPE_H

#include "expr/expr.h"

typedef struct fir__named {
    fir_str name;
    uint64_t hash;
    const fir__ast *macro; /* of a macro */
    const fir_str *items;  /* of a list */
    size_t n_items;
} fir__named;

/* Names and what they stand for, found by hash; in order of first definition. */
typedef struct fir__names {
    fir__named *items;
    uint32_t count, cap;
    uint32_t *table; /* open addressing: index + 1, 0 empty */
    uint32_t mask;
} fir__names;

struct fir__scope {
    fir__arena *arena;
    fir__names macros, lists;
    size_t total_items; /* of all lists, those replaced by a later definition too */
};

const fir__named *fir__names_find(const fir__names *t, fir_str name);

/* For fir__str_suggest. */
fir_str fir__names_at(const void *names, size_t i);

#endif
