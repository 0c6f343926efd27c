/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/wipe.h"

#include <stdalign.h>
#include <string.h>

/* Before each block: how much there is to overwrite. Padded, so that the block keeps the alignment of the inner allocator. */
typedef union block_head {
    size_t n;
    max_align_t align;
} block_head;

static void *wipe_alloc(void *self, size_t n)
{
    const fir_allocator *inner = self;
    size_t all;
    if (__builtin_add_overflow(n, sizeof(block_head), &all)) {
        return NULL;
    }
    block_head *h = inner->alloc(inner->self, all);
    if (h == NULL) {
        return NULL;
    }
    h->n = n;
    return h + 1;
}

static void wipe_release(void *self, void *p)
{
    const fir_allocator *inner = self;
    if (p != NULL) {
        block_head *h = (block_head *)p - 1;
        explicit_bzero(p, h->n);
        inner->release(inner->self, h);
    }
}

/* Never in place: the inner allocator might move the block and leave the old bytes behind. */
static void *wipe_resize(void *self, void *p, size_t n)
{
    void *fresh = wipe_alloc(self, n);
    if (fresh != NULL && p != NULL) {
        size_t old = ((block_head *)p - 1)->n;
        memcpy(fresh, p, old < n ? old : n);
        wipe_release(self, p);
    }
    return fresh;
}

void fir__wipe_allocator(const fir_allocator *inner, fir_allocator *out)
{
    union {
        const fir_allocator *from;
        void *self;
    } u = {.from = inner};
    *out = (fir_allocator){sizeof *out, u.self, wipe_alloc, wipe_resize, wipe_release};
}
