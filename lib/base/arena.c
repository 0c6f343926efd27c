/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

enum { ALIGN = alignof(max_align_t), FIRST_CHUNK = 4096, LARGEST_STEP = 1 << 20 };

struct fir__chunk {
    fir__chunk *next;
    size_t size; /* bytes behind the header */
    alignas(max_align_t) char bytes[];
};

void fir__arena_init(fir__arena *r, const fir_allocator *a, size_t max)
{
    memset(r, 0, sizeof *r);
    r->allocator = *a;
    r->max = max;
}

static bool add_chunk(fir__arena *r, size_t n)
{
#ifdef FIR_DEBUG_ARENA
    size_t size = n;
#else
    size_t size = r->chunk == NULL ? FIRST_CHUNK : r->chunk->size * 2;
    if (size > LARGEST_STEP) {
        size = LARGEST_STEP;
    }
    if (size < n) {
        size = n;
    }
#endif
    size_t bytes;
    if (__builtin_add_overflow(size, sizeof(fir__chunk), &bytes)) {
        return false;
    }
    fir__chunk *c = fir__alloc(&r->allocator, bytes);
    if (c == NULL) {
        return false;
    }
    c->next = r->chunk;
    c->size = size;
    r->chunk = c;
    r->at = c->bytes;
    r->end = c->bytes + size;
    return true;
}

void *fir__arena_alloc(fir__arena *r, size_t n)
{
    r->over_max = false;
    if (n > SIZE_MAX / 2) {
        return NULL;
    }
    n = (n + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
    if (n == 0) {
        n = ALIGN;
    }
    if (r->max != 0 && (n > r->max || r->used > r->max - n)) {
        r->over_max = true;
        return NULL;
    }
    if ((size_t)(r->end - r->at) < n && !add_chunk(r, n)) {
        return NULL;
    }
    void *p = r->at;
    r->at += n;
    r->used += n;
    return p;
}

void *fir__arena_zalloc(fir__arena *r, size_t n)
{
    void *p = fir__arena_alloc(r, n);
    if (p != NULL) {
        memset(p, 0, n);
    }
    return p;
}

void *fir__arena_array(fir__arena *r, size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n)) {
        return NULL;
    }
    return fir__arena_zalloc(r, n);
}

fir_str fir__arena_str(fir__arena *r, fir_str s)
{
    if (s.len == 0) {
        return (fir_str){"", 0};
    }
    char *p = fir__arena_alloc(r, s.len + 1);
    if (p == NULL) {
        return (fir_str){NULL, 0};
    }
    memcpy(p, s.ptr, s.len);
    p[s.len] = '\0';
    return (fir_str){p, s.len};
}

fir_str fir__arena_format(fir__arena *r, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *text = n < 0 ? NULL : fir__arena_alloc(r, (size_t)n + 1);
    if (text != NULL) {
        (void)vsnprintf(text, (size_t)n + 1, format, again);
    }
    va_end(again);
    return (fir_str){text, text != NULL ? (size_t)n : 0};
}

int fir__arena_error(const fir__arena *r)
{
    return r->over_max ? FIR_ELIMIT : FIR_ENOMEM;
}

static void free_chunks(fir__arena *r, fir__chunk *c)
{
    while (c != NULL) {
        fir__chunk *next = c->next;
        fir__free(&r->allocator, c);
        c = next;
    }
}

void fir__arena_reset(fir__arena *r)
{
    r->used = 0;
    if (r->chunk == NULL) {
        return;
    }
#ifdef FIR_DEBUG_ARENA
    free_chunks(r, r->chunk);
    r->chunk = NULL;
    r->at = r->end = NULL;
#else
    free_chunks(r, r->chunk->next);
    r->chunk->next = NULL;
    r->at = r->chunk->bytes;
    r->end = r->chunk->bytes + r->chunk->size;
#endif
}

void fir__arena_wipe(fir__arena *r)
{
    if (r->chunk != NULL) {
        explicit_bzero(r->chunk->bytes, (size_t)(r->at - r->chunk->bytes));
    }
    fir__arena_reset(r);
}

void fir__arena_free(fir__arena *r)
{
    free_chunks(r, r->chunk);
    r->chunk = NULL;
    r->at = r->end = NULL;
    r->used = 0;
}
