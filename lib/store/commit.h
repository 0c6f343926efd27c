/* SPDX-License-Identifier: Apache-2.0 */
/* Group commit without a thread of its own: who comes while a commit runs waits for the next one, and they share it. The first
 * of those who wait leads it. Each is woken once: when it is written, or when it is to lead. */
#ifndef FIR__STORE_COMMIT_H
#define FIR__STORE_COMMIT_H

#include <falcoir/sys/store.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

/* One append that waits; on its caller's stack. */
typedef struct fir__batch {
    struct fir__batch *next;
    const fir_record *records;
    size_t n, bytes;
    uint32_t flags;
    bool done;
    sem_t turn;
    /* what came of it */
    int rc;
    uint64_t first_seq;
    fir_error err;
} fir__batch;

/* Writes a list of batches in one commit and sets rc (and first_seq, err) of each. One thread at a time. */
typedef void fir__write_fn(void *ctx, fir__batch *list);

typedef struct fir__committer {
    pthread_mutex_t lock;
    fir__batch *first, **end;
    bool led; /* a commit runs, or who is to begin the next one is told so */
} fir__committer;

bool fir__committer_init(fir__committer *c);
void fir__committer_destroy(fir__committer *c);

/* Returns when b was written, by this thread or by another. */
void fir__commit(fir__committer *c, fir__batch *b, fir__write_fn *write, void *ctx);

#endif
