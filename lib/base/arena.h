/* SPDX-License-Identifier: Apache-2.0 */
/* A bump allocator: many small blocks that die together. Built with FIR_DEBUG_ARENA each block is its own allocation, so that
 * ASan and valgrind see overruns inside it. */
#ifndef FIR__BASE_ARENA_H
#define FIR__BASE_ARENA_H

#include <stdarg.h>

#include "base/alloc.h"

typedef struct fir__chunk fir__chunk;

typedef struct fir__arena {
    fir_allocator allocator;
    fir__chunk *chunk; /* newest first */
    char *at, *end;    /* free room of the newest chunk */
    size_t used;       /* bytes handed out, headers not counted */
    size_t max;        /* 0: unbounded */
    bool over_max;     /* the last failure was the bound, not the memory */
} fir__arena;

void fir__arena_init(fir__arena *r, const fir_allocator *a, size_t max);

/* NULL when memory ran out or the bound was hit; fir__arena_error tells which. Aligned for any type. */
void *fir__arena_alloc(fir__arena *r, size_t n);
void *fir__arena_zalloc(fir__arena *r, size_t n);
void *fir__arena_array(fir__arena *r, size_t count, size_t size); /* zeroed */

/* A copy with a NUL after its end. ptr is NULL on failure (never for an empty text). */
fir_str fir__arena_str(fir__arena *r, fir_str s);

/* As vsnprintf; the end of a variadic function, which calls va_end. ptr is NULL on failure. */
fir_str fir__arena_format(fir__arena *r, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* FIR_ELIMIT or FIR_ENOMEM, for the allocation that just failed. */
int fir__arena_error(const fir__arena *r);

/* Forgets all blocks and keeps the newest chunk for the next ones. */
void fir__arena_reset(fir__arena *r);
/* The same, and the bytes are overwritten, where the allocator overwrites what it gets back. */
void fir__arena_wipe(fir__arena *r);
void fir__arena_free(fir__arena *r);

#endif
