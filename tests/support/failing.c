/* SPDX-License-Identifier: Apache-2.0 */
#include "support/failing.h"

#include <stdio.h>
#include <stdlib.h>

static bool fails(fir_test_memory *m)
{
    long n = atomic_fetch_add(&m->calls, 1), at = atomic_load(&m->fail_at);
    return at >= 0 && (m->for_ever ? n >= at : n == at);
}

static void *give(void *self, size_t n)
{
    fir_test_memory *m = self;
    void *p = fails(m) ? NULL : malloc(n);
    atomic_fetch_add(&m->live, p != NULL);
    return p;
}

static void *change(void *self, void *p, size_t n)
{
    fir_test_memory *m = self;
    void *grown = fails(m) ? NULL : realloc(p, n);
    atomic_fetch_add(&m->live, grown != NULL && p == NULL);
    return grown;
}

static void take(void *self, void *p)
{
    fir_test_memory *m = self;
    atomic_fetch_sub(&m->live, p != NULL);
    free(p);
}

void fir_test_memory_init(fir_test_memory *m)
{
    atomic_init(&m->calls, 0);
    atomic_init(&m->fail_at, -1);
    atomic_init(&m->live, 0);
    m->for_ever = false;
    m->allocator = (fir_allocator){sizeof m->allocator, m, give, change, take};
}

void fir_test_memory_arm(fir_test_memory *m, long fail_at, bool for_ever)
{
    atomic_store(&m->calls, 0);
    atomic_store(&m->fail_at, fail_at);
    m->for_ever = for_ever;
}

static void demand(bool ok, const char *what, long fail_at, bool for_ever, const char *why, long n)
{
    if (!ok) {
        fprintf(stderr, "%s, allocation %ld failing%s: %s (%ld)\n", what, fail_at, for_ever ? " and all after it" : "", why, n);
        abort();
    }
}

long fir_test_sweep(const char *what, int (*body)(void *ctx, const fir_allocator *a), void *ctx)
{
    fir_test_memory m;
    long runs = 1;
    fir_test_memory_init(&m);
    int wanted = body(ctx, &m.allocator);
    long calls = atomic_load(&m.calls);
    demand(atomic_load(&m.live) == 0, what, -1, false, "blocks are left", atomic_load(&m.live));
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        for (long at = 0; at < calls; at++, runs++) {
            fir_test_memory_arm(&m, at, for_ever != 0);
            int code = body(ctx, &m.allocator);
            demand(code == FIR_ENOMEM || (code == wanted && (!for_ever || wanted != 0)), what, at, for_ever != 0,
                   "neither FIR_ENOMEM nor as without failure", code);
            demand(atomic_load(&m.live) == 0, what, at, for_ever != 0, "blocks are left", atomic_load(&m.live));
        }
    }
    return runs;
}
