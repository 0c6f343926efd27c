/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static void *default_alloc(void *self, size_t n)
{
    (void)self;
    return malloc(n);
}

static void *default_resize(void *self, void *p, size_t n)
{
    (void)self;
    return realloc(p, n);
}

static void default_release(void *self, void *p)
{
    (void)self;
    free(p);
}

const fir_allocator fir__default_allocator = {
    sizeof(fir_allocator), NULL, default_alloc, default_resize, default_release,
};

bool fir__allocator_copy(const fir_allocator *a, fir_allocator *out)
{
    if (a == NULL) {
        *out = fir__default_allocator;
        return true;
    }
    if (a->size < sizeof *a || a->alloc == NULL || a->resize == NULL || a->release == NULL) {
        return false;
    }
    *out = *a;
    out->size = sizeof *out;
    return true;
}

void *fir__alloc(const fir_allocator *a, size_t n)
{
    return a->alloc(a->self, n != 0 ? n : 1);
}

void *fir__zalloc(const fir_allocator *a, size_t n)
{
    void *p = fir__alloc(a, n);
    if (p != NULL) {
        memset(p, 0, n);
    }
    return p;
}

void *fir__alloc_array(const fir_allocator *a, size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n)) {
        return NULL;
    }
    return fir__alloc(a, n);
}

void *fir__resize(const fir_allocator *a, void *p, size_t n)
{
    return a->resize(a->self, p, n != 0 ? n : 1);
}

void fir__free(const fir_allocator *a, void *p)
{
    if (p != NULL) {
        a->release(a->self, p);
    }
}

bool fir__grow(const fir_allocator *a, void *p_array, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap) {
        return true;
    }
    size_t next = *cap < 8 ? 8 : *cap + *cap / 2;
    if (next < need) {
        next = need;
    }
    size_t bytes;
    if (__builtin_mul_overflow(next, size, &bytes)) {
        return false;
    }
    void *old;
    memcpy(&old, p_array, sizeof old);
    void *grown = fir__resize(a, old, bytes);
    if (grown == NULL) {
        return false;
    }
    memcpy(p_array, &grown, sizeof grown);
    *cap = next;
    return true;
}
