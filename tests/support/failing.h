/* SPDX-License-Identifier: Apache-2.0 */
/* An allocator that fails at its n-th call, and counts what is alive. */
#ifndef FIR_TEST_FAILING_H
#define FIR_TEST_FAILING_H

#include <falcoir/base.h>
#include <stdlib.h>

typedef struct fir_test_failing {
    size_t fail_at; /* from 1; 0: never */
    size_t calls;
    long alive;
} fir_test_failing;

static inline void *fir_test_failing_alloc(void *self, size_t n)
{
    fir_test_failing *f = self;
    if (++f->calls == f->fail_at) {
        return NULL;
    }
    void *p = malloc(n);
    f->alive += p != NULL;
    return p;
}

static inline void *fir_test_failing_resize(void *self, void *p, size_t n)
{
    fir_test_failing *f = self;
    if (++f->calls == f->fail_at) {
        return NULL;
    }
    void *q = realloc(p, n);
    f->alive += p == NULL && q != NULL;
    return q;
}

static inline void fir_test_failing_release(void *self, void *p)
{
    fir_test_failing *f = self;
    f->alive -= p != NULL;
    free(p);
}

static inline fir_allocator fir_test_failing_allocator(fir_test_failing *f)
{
    fir_allocator a = {sizeof a, f, fir_test_failing_alloc, fir_test_failing_resize, fir_test_failing_release};
    return a;
}

#endif
