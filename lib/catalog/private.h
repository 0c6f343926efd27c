/* SPDX-License-Identifier: Apache-2.0 */
/* A catalogue from inside. */
#ifndef FIR__CATALOG_PRIVATE_H
#define FIR__CATALOG_PRIVATE_H

#include "base/refs.h"
#include "catalog/types.h"

/* A type of the host's: it and all its texts live in its own arena. */
typedef struct fir__host_type {
    struct fir__host_type *next;
    fir__arena arena;
    fir__action_def def;
} fir__host_type;

struct fir_catalog {
    fir__refs refs;
    atomic_bool used;
    fir_allocator allocator;
    const fir__action_def **items; /* in order of name; NULL: the built-in ones and no other */
    size_t count, cap;
    fir__host_type *hosts;
};

/* Reads a schema into t; t->arena is ready. Errors: FIR_EPARSE, FIR_EINVAL with the path in the message, FIR_ENOMEM. */
int fir__schema_read(fir_str json, fir__host_type *t, fir_error *err);

#endif
