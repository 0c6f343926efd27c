/* SPDX-License-Identifier: Apache-2.0 */
/* What the gate remembers: for a key some times. Cool-downs, thresholds, sequences, budgets and the ids of alerts are all that.
 * Bounded: where there is no more room the key that was touched longest ago is forgotten, and that is counted. */
#ifndef FIR__GATE_MARKS_H
#define FIR__GATE_MARKS_H

#include "base/alloc.h"
#include "base/str.h"

/* A digest of what the key is made of. */
typedef struct fir__mark_key {
    uint8_t bytes[16];
} fir__mark_key;

typedef struct fir__mark fir__mark;

typedef struct fir__marks {
    fir_allocator allocator;
    uint64_t seed; /* keyed, so that no sender of alerts can make keys meet in one place */
    uint32_t most; /* keys */
    uint32_t count;
    uint64_t most_times, times; /* of all keys together */
    uint64_t forgotten;         /* keys that had to go before their time */
    fir__mark *items;           /* places; unused ones are chained */
    size_t cap;
    uint32_t used, unused;
    uint32_t *heads; /* by hash, a power of two */
    size_t n_heads;
    uint32_t oldest, newest;
    uint32_t sweep; /* where looking for what is over goes on */
    uint64_t round; /* of preparing and adding */
} fir__marks;

void fir__marks_init(fir__marks *m, const fir_allocator *a, uint64_t seed, uint32_t most, uint64_t most_times);
void fir__marks_free(fir__marks *m);

/* The times of a key, ascending; how many. Borrowed until the next change. */
uint32_t fir__marks_get(const fir__marks *m, const fir__mark_key *key, const int64_t **times);

/* Memory for one more add to a key that will keep `most` times; begin forgets what was prepared and not added. A key without
 * times is as good as none. False: no memory. */
void fir__marks_begin(fir__marks *m);
bool fir__marks_prepare(fir__marks *m, const fir__mark_key *key, uint32_t most);

/* Adds a time to a key that was prepared; it cannot fail. Of more than `most` times the first goes, or with `thin` the one that
 * says least: neither the first nor the last. The key is kept until `until` at least. */
void fir__marks_add(fir__marks *m, const fir__mark_key *key, int64_t time, uint32_t most, bool thin, int64_t until);

/* Takes back one time. */
void fir__marks_take(fir__marks *m, const fir__mark_key *key, int64_t time);
/* The key's times up to and with `time` do not count any more. What was cleared last, at the moment `at`, can be given back: then
 * it counts again, and nothing happens where it was another moment. It cannot fail. */
void fir__marks_clear(fir__marks *m, const fir__mark_key *key, int64_t time, int64_t at);
void fir__marks_restore(fir__marks *m, const fir__mark_key *key, int64_t at);

/* Forgets keys whose time is over: looks at a few places, and goes on there next time. */
void fir__marks_sweep(fir__marks *m, int64_t now);

/* Every key that has times, in an order of no meaning: for tests that compare. */
void fir__marks_each(const fir__marks *m, void (*visit)(void *ctx, const fir__mark_key *key, const int64_t *times, uint32_t n),
                     void *ctx);
/* The i-th place; false: nothing stands there. For who writes them all down. */
bool fir__marks_stash(const fir__marks *m, uint32_t i, const int64_t **times, uint32_t *n, int64_t *at); /* cleared, and not gone */
bool fir__marks_at(const fir__marks *m, uint32_t i, fir__mark_key *key, const int64_t **times, uint32_t *n, int64_t *until);
/* Forgets all. */
void fir__marks_reset(fir__marks *m);

#endif
