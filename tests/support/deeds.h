/* SPDX-License-Identifier: Apache-2.0 */
/* What the type test:mute did, counted over processes: for tests that kill theirs. For programs with a world `w` of their own. */
#ifndef FIR_TEST_DEEDS_H
#define FIR_TEST_DEEDS_H

#include <falcoir/falcoir.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

typedef struct fir_test_deeds {
    atomic_int acted, undone, failing; /* failing: not 0, it fails for good */
} fir_test_deeds;

static fir_test_deeds *book;

static int prepare_it(void *self, fir_call *c)
{
    (void)self;
    return fir_call_record(c, "{\"was\":1}", 9);
}

static int do_it(void *self, fir_call *c)
{
    (void)self;
    atomic_fetch_add(&book->acted, 1);
    return atomic_load(&book->failing) != 0 ? fir_call_fail(c, FIR_EACTION, 1, "not now", 7) : FIR_CALL_DONE;
}

static int undo_it(void *self, fir_call *c)
{
    (void)self;
    (void)c;
    atomic_fetch_add(&book->undone, 1);
    return FIR_CALL_DONE;
}

static const fir_action_type mute = {
    .size = sizeof mute, .name = "test:mute", .prepare = prepare_it, .advance = do_it, .undo = undo_it};

static inline void fir_test_deeds_begin(void)
{
    book = mmap(NULL, sizeof *book, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (book == MAP_FAILED) {
        exit(EXIT_FAILURE);
    }
}

#endif
