/* SPDX-License-Identifier: Apache-2.0 */
/* Memory from the allocator of the options. Sizes are overflow-checked; a count of 0 gives a block that can be freed. */
#ifndef FIR__BASE_ALLOC_H
#define FIR__BASE_ALLOC_H

#include <falcoir/base.h>
#include <stdbool.h>

/* malloc and friends, behind the same interface. */
extern const fir_allocator fir__default_allocator;

/* The allocator to keep: a copy of *a, or the default when a is NULL. False when a is no valid allocator. */
bool fir__allocator_copy(const fir_allocator *a, fir_allocator *out);

void *fir__alloc(const fir_allocator *a, size_t n);
void *fir__zalloc(const fir_allocator *a, size_t n);
void *fir__alloc_array(const fir_allocator *a, size_t count, size_t size);
void *fir__resize(const fir_allocator *a, void *p, size_t n);
void fir__free(const fir_allocator *a, void *p);

/* Makes room in a growing array for at least `need` elements of `size` bytes. *p and *cap change together; on failure neither. */
bool fir__grow(const fir_allocator *a, void *p_array, size_t *cap, size_t need, size_t size);

#endif
