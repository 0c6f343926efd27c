/* SPDX-License-Identifier: Apache-2.0 */
/* Names to indexes, by hash: what keeps the loading of ten thousand rules linear. */
#ifndef FIR__PLAYBOOK_NAMES_H
#define FIR__PLAYBOOK_NAMES_H

#include "base/alloc.h"
#include "base/str.h"

typedef struct fir__named {
    fir_str name; /* the caller's memory */
    uint32_t index;
} fir__named;

typedef struct fir__names {
    fir_allocator allocator;
    fir__named *slots; /* open addressing; name.ptr NULL: free */
    uint32_t count, size;
} fir__names;

enum { FIR__NO_INDEX = UINT32_MAX };

void fir__names_init(fir__names *n, const fir_allocator *a);
void fir__names_free(fir__names *n);
uint32_t fir__names_find(const fir__names *n, fir_str name); /* FIR__NO_INDEX: none */
/* The name must be new, and its ptr not NULL. False: out of memory. */
bool fir__names_add(fir__names *n, fir_str name, uint32_t index);

#endif
