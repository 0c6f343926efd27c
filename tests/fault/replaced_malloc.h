/* SPDX-License-Identifier: Apache-2.0 */
/* A malloc in the place of the C library's, that fails where a test wants it to: so also below the libraries that have no allocator
 * of ours. It counts and fails on one thread, the one that armed it. A sanitizer has a malloc of its own: there is none then. */
#ifndef FIR_TEST_REPLACED_MALLOC_H
#define FIR_TEST_REPLACED_MALLOC_H

#include <stdbool.h>

typedef struct replaced_malloc {
    long calls; /* allocations since it was armed */
    long live;  /* of these, blocks not given back */
} replaced_malloc;

/* Whether this program has it. */
bool replaced_malloc_works(void);

/* From now on allocation number `fail_at` fails (from 0; -1: none), and with for_ever all after it; until the end. */
void replaced_malloc_arm(long fail_at, bool for_ever);
replaced_malloc replaced_malloc_end(void);

#endif
