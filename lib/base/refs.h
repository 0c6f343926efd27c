/* SPDX-License-Identifier: Apache-2.0 */
/* Reference counts and in-use marks that any thread may touch. */
#ifndef FIR__BASE_REFS_H
#define FIR__BASE_REFS_H

#include <stdatomic.h>
#include <stdbool.h>

typedef atomic_size_t fir__refs;

static inline void fir__refs_init(fir__refs *r)
{
    atomic_init(r, 1);
}

static inline void fir__refs_take(fir__refs *r)
{
    atomic_fetch_add_explicit(r, 1, memory_order_relaxed);
}

/* True for the last one: the caller frees. */
static inline bool fir__refs_drop(fir__refs *r)
{
    return atomic_fetch_sub_explicit(r, 1, memory_order_acq_rel) == 1;
}

/* An object of one thread at a time: enter fails while another is inside. */
typedef atomic_flag fir__guard;

static inline bool fir__guard_enter(fir__guard *g)
{
    return !atomic_flag_test_and_set_explicit(g, memory_order_acquire);
}

static inline void fir__guard_leave(fir__guard *g)
{
    atomic_flag_clear_explicit(g, memory_order_release);
}

#endif
