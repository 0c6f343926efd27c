/* SPDX-License-Identifier: Apache-2.0 */
/* Names to indexes, by hash: what keeps the loading of ten thousand rules linear. */
#ifndef FIR__PLAYBOOK_INDEX_H
#define FIR__PLAYBOOK_INDEX_H

#include "base/alloc.h"
#include "base/str.h"

typedef struct fir__indexed {
    fir_str name; /* the caller's memory */
    uint32_t index;
} fir__indexed;

typedef struct fir__index {
    fir_allocator allocator;
    fir__indexed *slots; /* open addressing; name.ptr NULL: free */
    uint32_t count, size;
} fir__index;

#define FIR__NO_INDEX UINT32_MAX

void fir__index_init(fir__index *n, const fir_allocator *a);
void fir__index_free(fir__index *n);
uint32_t fir__index_find(const fir__index *n, fir_str name); /* FIR__NO_INDEX: none */
/* The name must be new, and its ptr not NULL. False: out of memory. */
bool fir__index_add(fir__index *n, fir_str name, uint32_t index);

#endif
