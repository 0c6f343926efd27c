/* SPDX-License-Identifier: Apache-2.0 */
/* Many conditions over one alert, for much less than the sum of them.
 *
 * Every condition is given an access set when the index is built: keys of which at least one must be there for the condition to
 * be anything but false. A key is a field's value (proc.name is bash), a text that occurs in a field's value (proc.cmdline holds
 * "xmrig"), or, where a condition has neither, the verdict of one of its predicates. For an alert, the keys that are there are
 * looked up, the conditions that they lead to are run in full, and predicates that several conditions share are decided once. So
 * the cost grows with hits, not with conditions; and the verdicts are those of running each condition by itself. */
#ifndef FIR__INDEX_INDEX_H
#define FIR__INDEX_INDEX_H

#include "expr/expr.h"

typedef struct fir__matcher fir__matcher;

/* n conditions in order; NULL is one that is always true. They, the slots and their texts must outlive the index.
 * FIR_ENOMEM on failure. */
int fir__matcher_new(const fir__program *const *programs, uint32_t n, const fir__slots *slots, const fir_allocator *a,
                     fir__matcher **out);
void fir__matcher_free(fir__matcher *ix);

/* What the index came to, for the curious and for tests. */
typedef struct fir__matcher_facts {
    uint32_t programs, predicates; /* predicates: different ones */
    uint32_t always;               /* conditions that are run for every alert */
    uint32_t heads;                /* predicates that are decided for every alert */
    uint32_t values, literals;     /* keys of each kind */
    uint32_t scanned_slots;
} fir__matcher_facts;
fir__matcher_facts fir__matcher_facts_of(const fir__matcher *ix);

/* One thread's room; it serves any index. Start with {0}. */
typedef struct fir__matcher_room {
    uint64_t *candidates; /* one bit a condition */
    size_t cap_candidates;
    uint32_t *verdicts; /* one a predicate, with the stamp of the alert it is of */
    size_t cap_verdicts;
    uint32_t *seen; /* one a literal: the stamp of the alert in which it was found last */
    size_t cap_seen;
    uint32_t stamp;
    uint32_t word; /* of candidates, that is being gone through */
    uint64_t bits; /* what is left of it */
} fir__matcher_room;
void fir__matcher_room_free(fir__matcher_room *room, const fir_allocator *a);

/* Takes an alert's frame: finds the conditions to run. FIR_ENOMEM on failure. */
int fir__matcher_begin(const fir__matcher *ix, const fir__frame *frame, fir__expr_scratch *x, fir__matcher_room *room,
                       const fir_allocator *a);

/* Whether condition i of the index is among those to run for the alert that was begun: if not, it is false. */
static inline bool fir__matcher_candidate(const fir__matcher_room *room, uint32_t i)
{
    return (room->candidates[i / 64] >> (i % 64) & 1) != 0;
}

/* The next condition, in order, that is not false: its number in *program and its verdict (FIR_TRUE or FIR_UNDECIDED) as result;
 * FIR_FALSE: there is none left. FIR_ENOMEM on failure. */
int fir__matcher_next(const fir__matcher *ix, const fir__frame *frame, fir__expr_scratch *x, fir__matcher_room *room,
                      uint32_t *program);

#endif
