/* SPDX-License-Identifier: Apache-2.0 */
/* An allocator that fails where a test wants it to, and counts what was not given back. */
#ifndef FIR_TEST_FAILING_H
#define FIR_TEST_FAILING_H

#include <falcoir/base.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef struct fir_test_memory {
    atomic_long calls;   /* allocations asked for so far */
    atomic_long fail_at; /* the number of the one that fails, from 0; -1: none */
    bool for_ever;       /* and all after it */
    atomic_long live;    /* blocks not given back */
    fir_allocator allocator;
} fir_test_memory;

void fir_test_memory_init(fir_test_memory *m);

/* Starts a run: the fail_at-th allocation from now fails. */
void fir_test_memory_arm(fir_test_memory *m, long fail_at, bool for_ever);

/* Runs `body` with no failure, then with each of its allocations failing once, then from there on. body gives 0 or a code, and must
 * end in success or FIR_ENOMEM (printed and aborted otherwise); after each run no block may be left. Gives the number of runs. */
long fir_test_sweep(const char *what, int (*body)(void *ctx, const fir_allocator *a), void *ctx);

#endif
