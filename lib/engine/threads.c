/* SPDX-License-Identifier: Apache-2.0 */
/* Threads of the engine's own: one that polls, and some for action types that block. All signals stay with the host's threads. */
#include <signal.h>
#include <time.h>

#include "engine/private.h"

#define POLL_WAIT (FIR__SECOND)

typedef struct worker {
    fir_engine *engine;
    pthread_t thread;
    uint32_t number;
    bool begun;
} worker;

struct fir__threads {
    pthread_mutex_t lock;
    pthread_cond_t wanted; /* work is there, or the end */
    fir__queue todo, done;
    bool stop_workers;
    worker workers[FIR__WORKERS];
    pthread_t poller;
    atomic_uint stops;          /* how often a stop was asked for */
    _Atomic int64_t stop_at_ns; /* then it is over whatever is left to do; only ever nearer */
};

/* ---- workers ---- */

bool fir__work_put(fir_engine *g, fir__run *r)
{
    fir__threads *t = g->threads;
    if (t == NULL) {
        return false;
    }
    pthread_mutex_lock(&t->lock);
    bool ok = !t->stop_workers;
    if (ok) {
        fir__queue_put(&t->todo, r);
        g->n_working++;
        pthread_cond_signal(&t->wanted);
    }
    pthread_mutex_unlock(&t->lock);
    return ok;
}

fir__run *fir__work_done(fir_engine *g)
{
    fir__threads *t = g->threads;
    if (t == NULL) {
        return NULL;
    }
    pthread_mutex_lock(&t->lock);
    fir__run *r = fir__queue_take(&t->done);
    g->n_working -= r != NULL;
    pthread_mutex_unlock(&t->lock);
    return r;
}

static void *work(void *arg)
{
    worker *w = arg;
    fir_engine *g = w->engine;
    fir__threads *t = g->threads;
    pthread_mutex_lock(&t->lock);
    for (;;) {
        fir__run *r = fir__queue_take(&t->todo);
        if (r == NULL && t->stop_workers) {
            break;
        }
        if (r == NULL) {
            pthread_cond_wait(&t->wanted, &t->lock);
            continue;
        }
        pthread_mutex_unlock(&t->lock);
        fir__inside_begin(&g->working[w->number]);
        int rc = fir__attempt_call(r);
        fir__inside_end(&g->working[w->number]);
        pthread_mutex_lock(&t->lock);
        r->worked = rc;
        fir__queue_put(&t->done, r);
        (void)g->transport.wake(g->transport.self);
    }
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

/* ---- the one that polls ---- */

uint32_t fir__threads_stops(const fir_engine *g)
{
    return g->threads != NULL ? atomic_load(&g->threads->stops) : 0;
}

static bool is_over(fir_engine *g, int rc)
{
    return fir__threads_stops(g) != 0 && (rc == FIR_EAGAIN || fir__engine_now(g) >= atomic_load(&g->threads->stop_at_ns));
}

static int poll_once(fir_engine *g)
{
    fir_error err = {0};
    int64_t wait = POLL_WAIT;
    if (fir__threads_stops(g) != 0) {
        int64_t left = atomic_load(&g->threads->stop_at_ns) - fir__engine_now(g);
        wait = left < wait ? (left > 0 ? left : 0) : wait;
    }
    return fir__poll(g, wait, &err);
}

static void *poll_on(void *arg)
{
    fir_engine *g = arg;
    int rc = 0;
    while (!is_over(g, rc)) {
        rc = poll_once(g);
        if (rc != 0 && rc != FIR_EAGAIN) { /* memory, or the transport: it may be better in a moment */
            struct timespec pause = {.tv_nsec = 50000000};
            (void)nanosleep(&pause, NULL);
        }
    }
    fir__guard_leave(&g->polling);
    return NULL;
}

/* ---- begin and end ---- */

static void join_workers(fir__threads *t)
{
    pthread_mutex_lock(&t->lock);
    t->stop_workers = true;
    pthread_cond_broadcast(&t->wanted);
    pthread_mutex_unlock(&t->lock);
    for (size_t i = 0; i < FIR__WORKERS; i++) {
        if (t->workers[i].begun) {
            (void)pthread_join(t->workers[i].thread, NULL);
            t->workers[i].begun = false;
        }
    }
}

static void free_threads(fir_engine *g, fir__threads *t)
{
    (void)pthread_cond_destroy(&t->wanted);
    (void)pthread_mutex_destroy(&t->lock);
    fir__free(&g->allocator, t);
}

/* With all signals blocked: they are the host's. */
static int create_all(fir_engine *g, fir__threads *t)
{
    sigset_t all, before;
    int rc = 0;
    (void)sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) {
        return FIR_EINTERNAL;
    }
    for (uint32_t i = 0; rc == 0 && i < FIR__WORKERS; i++) {
        t->workers[i] = (worker){.engine = g, .number = i};
        rc = pthread_create(&t->workers[i].thread, NULL, work, &t->workers[i]);
        t->workers[i].begun = rc == 0;
    }
    rc = rc != 0 ? rc : pthread_create(&t->poller, NULL, poll_on, g);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc == 0 ? 0 : FIR_EAGAIN;
}

int fir_engine_start(fir_engine *g, fir_error *err)
{
    if (g == NULL) {
        return fir__fail(err, FIR_EINVAL, "engine is NULL");
    }
    int rc = fir__engine_enter(g, err);
    if (rc != 0) {
        return rc;
    }
    if (!fir__guard_enter(&g->polling)) {
        return fir__fail(err, FIR_EBUSY, "the engine was started already, or another thread is polling it");
    }
    fir__threads *t = fir__zalloc(&g->allocator, sizeof *t);
    if (t == NULL) {
        fir__guard_leave(&g->polling);
        return fir__no_memory(err);
    }
    (void)pthread_mutex_init(&t->lock, NULL);
    (void)pthread_cond_init(&t->wanted, NULL);
    fir__queue_init(&t->todo);
    fir__queue_init(&t->done);
    atomic_init(&t->stop_at_ns, INT64_MAX);
    pthread_mutex_lock(&g->work);
    g->threads = t;
    pthread_mutex_unlock(&g->work);
    rc = create_all(g, t);
    if (rc != 0) {
        join_workers(t);
        pthread_mutex_lock(&g->work);
        g->threads = NULL;
        pthread_mutex_unlock(&g->work);
        free_threads(g, t);
        fir__guard_leave(&g->polling);
        return fir__fail(err, rc, "no thread could be made");
    }
    return 0;
}

/* Also while another thread waits for a stop: then the nearer time holds. False: the engine was not started. */
static bool ask_to_stop(fir_engine *g, int64_t grace_ns)
{
    int64_t now = fir__engine_now(g), at = grace_ns < INT64_MAX / 2 - now ? now + grace_ns : INT64_MAX / 2;
    pthread_mutex_lock(&g->work);
    fir__threads *t = g->threads;
    if (t != NULL) {
        int64_t before = atomic_load(&t->stop_at_ns);
        atomic_store(&t->stop_at_ns, at < before ? at : before); /* the lock is held: no other stop in between */
        (void)atomic_fetch_add(&t->stops, 1);
        (void)g->transport.wake(g->transport.self);
    }
    pthread_mutex_unlock(&g->work);
    return t != NULL;
}

int fir_engine_stop(fir_engine *g, int64_t grace_ns, fir_error *err)
{
    if (g == NULL || grace_ns < 0) {
        return fir__fail(err, FIR_EINVAL, "engine is NULL, or the time negative");
    }
    int rc = fir__engine_enter(g, err);
    if (rc != 0) {
        return rc;
    }
    if (!ask_to_stop(g, grace_ns)) {
        return fir__fail(err, FIR_ESTATE, "the engine was not started");
    }
    pthread_mutex_lock(&g->stopping);
    fir__threads *t = g->threads;
    if (fir__threads_stops(g) == 0) { /* another thread's stop was under way, and has ended it */
        pthread_mutex_unlock(&g->stopping);
        return 0;
    }
    (void)pthread_join(t->poller, NULL);
    join_workers(t);
    while (!fir__guard_enter(&g->polling)) { /* somebody polls already, who may pick up what the workers leave */
        struct timespec pause = {.tv_nsec = 1000000};
        (void)nanosleep(&pause, NULL);
    }
    pthread_mutex_lock(&g->work);
    for (fir__run *r; (r = fir__work_done(g)) != NULL;) {
        fir__run_ready(g, r);
    }
    g->threads = NULL;
    pthread_mutex_unlock(&g->work);
    fir__guard_leave(&g->polling);
    free_threads(g, t);
    pthread_mutex_unlock(&g->stopping);
    return 0;
}
