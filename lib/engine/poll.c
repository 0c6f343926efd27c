/* SPDX-License-Identifier: Apache-2.0 */
/* The one thread that acts. */
#include "engine/private.h"

/* A run is over; its alert is, when it was the last of its job. */
static void run_over(fir_engine *g, fir__run *r)
{
    fir__job *j = r->job;
    if (r->kind != FIR__RUN_UNDO) {
        g->n_going--;
    }
    if (r->kind == FIR__RUN_RULE && --j->going == 0 && j->counted) {
        pthread_mutex_lock(&g->lock);
        g->queued--;
        g->queued_bytes -= j->bytes;
        pthread_mutex_unlock(&g->lock);
    }
    fir__run_close(g, r);
}

/* Puts a run where it belongs now. False: memory ran out; it stays ready. */
static bool place(fir_engine *g, fir__run *r, fir__drive d)
{
    if (d == FIR__DRIVE_OVER) {
        run_over(g, r);
    } else if (d == FIR__DRIVE_NO_MEMORY) {
        fir__run_ready(g, r);
    }
    return d != FIR__DRIVE_NO_MEMORY;
}

void fir__job_take(fir_engine *g, fir__job *j)
{
    j->list_next = g->jobs;
    j->list_at = &g->jobs;
    if (g->jobs != NULL) {
        g->jobs->list_at = &j->list_next;
    }
    g->jobs = j;
    g->n_going += j->n_runs;
    for (uint32_t i = 0; i < j->n_runs; i++) {
        fir__run_ready(g, &j->runs[i]);
    }
}

static bool take_incoming(fir_engine *g)
{
    pthread_mutex_lock(&g->lock);
    fir__job *j = g->incoming;
    g->incoming = NULL;
    g->incoming_end = &g->incoming;
    pthread_mutex_unlock(&g->lock);
    bool any = j != NULL;
    while (j != NULL) {
        fir__job *rest = j->next;
        j->next = NULL;
        fir__job_take(g, j);
        j = rest;
    }
    return any;
}

static bool take_due(fir_engine *g)
{
    int64_t now = fir__engine_now(g);
    bool any = false;
    while (g->timers != NULL && g->timers->due_ns <= now) {
        fir__run *r = g->timers;
        g->timers = fir__timers_drop(r);
        fir__run_ready(g, r);
        any = true;
    }
    return any;
}

/* The longest waiting of the most urgent. */
static fir__run *take_ready(fir_engine *g)
{
    fir__run *r = NULL;
    for (size_t i = FIR__URGENCIES; r == NULL && i != 0; i--) {
        r = fir__queue_take(&g->ready[i - 1]);
    }
    return r;
}

static bool any_ready(const fir_engine *g)
{
    for (size_t i = 0; i < FIR__URGENCIES; i++) {
        if (g->ready[i].first != NULL) {
            return true;
        }
    }
    return false;
}

static bool take_worked(fir_engine *g)
{
    bool any = false;
    for (fir__run *r; (r = fir__work_done(g)) != NULL;) {
        fir__run_ready(g, r);
        any = true;
    }
    return any;
}

/* What was cancelled while its request is on its way: its answer is not waited for. */
static bool take_cancels(fir_engine *g)
{
    if (!atomic_exchange(&g->cancels, false)) {
        return false;
    }
    for (size_t i = 0; i < FIR__MOST_IN_FLIGHT; i++) {
        if (g->in_flight[i] != NULL && g->in_flight[i]->cancelled) {
            g->transport.cancel(g->transport.self, g->in_flight[i]->request_id);
        }
    }
    return true;
}

/* The number of the next outcome. */
static uint64_t next_outcome(fir_engine *g)
{
    pthread_mutex_lock(&g->lock);
    uint64_t n = g->ring.first + g->ring.count;
    pthread_mutex_unlock(&g->lock);
    return n;
}

/* *did: there is something to tell. What only waits now, for an answer mostly, is nothing to end a poll for. */
static int drive_ready(fir_engine *g, bool *did)
{
    uint64_t before = next_outcome(g);
    for (int n = 0; n < FIR__DRIVE_BATCH; n++) {
        fir__run *r = take_ready(g);
        if (r == NULL) {
            break;
        }
        fir__drive d = fir__run_drive(g, r);
        *did = *did || d != FIR__DRIVE_WAITS;
        if (!place(g, r, d)) {
            return FIR_ENOMEM;
        }
    }
    *did = *did || next_outcome(g) != before;
    return 0;
}

static int take_answers(fir_engine *g, bool *did)
{
    fir_http_result answer;
    while (g->transport.next(g->transport.self, &answer) == 0) {
        fir__run *r = fir__sent_done(g, answer.id);
        fir__crash(g, "answer");
        *did = true;
        if (r != NULL && !place(g, r, fir__run_answer(g, r, &answer))) {
            return FIR_ENOMEM;
        }
    }
    return 0;
}

/* How long the network may be waited for: until the next thing that has a time, and not at all when something was done or can be.
 */
static int64_t patience(fir_engine *g, int64_t wait_ns, int64_t breaker_ns, bool did)
{
    int64_t now = fir__engine_now(g), until = breaker_ns;
    if (did || any_ready(g) || wait_ns <= 0) {
        return 0;
    }
    until = g->timers != NULL && g->timers->due_ns < until ? g->timers->due_ns : until;
    until = g->durable && g->commands.fd >= 0 && g->commands.look_at_ns < until ? g->commands.look_at_ns : until;
    until = g->write_again_ns > now && g->write_again_ns < until && (g->n_notes != 0 || g->intents.first != NULL)
                ? g->write_again_ns
                : until;
    until = g->pause_dir >= 0 && g->pause_look_ns < until ? g->pause_look_ns : until;
    if (g->held != NULL) {
        int64_t left = fir__held_left(g);
        until = left < until - now ? now + left : until;
    }
    int64_t left = until - now;
    return left < 0 ? 0 : left < wait_ns ? left : wait_ns;
}

/* One look at all there is, without waiting. Under the lock `work`. */
static int do_all(fir_engine *g, bool *did, int64_t *breaker_ns)
{
    *did = take_incoming(g);
    fir__pause_look(g);
    *did = take_due(g) || *did;
    *did = take_worked(g) || *did;
    *did = take_cancels(g) || *did;
    *did = fir__held_offer(g) || *did;
    *did = fir__slots_offer(g) || *did;
    *did = fir__breakers_offer(g, breaker_ns) || *did;
    int rc = drive_ready(g, did);
    rc = rc != 0 ? rc : fir__journal_flush(g);
    bool more = g->intents.first != NULL && g->write_again_ns <= fir__engine_now(g);
    *did = *did || any_ready(g) || more; /* what was waiting for the journal */
    return rc;
}

static int turn(fir_engine *g, int64_t wait_ns, bool *did, fir_error *err)
{
    int64_t breaker_ns;
    bool told = fir__commands_take(g);
    pthread_mutex_lock(&g->work);
    int rc = do_all(g, did, &breaker_ns);
    *did = *did || told;
    if (rc == 0 && !*did) {
        fir__compact(g);
    }
    int64_t wait = rc == 0 ? patience(g, wait_ns, breaker_ns, *did) : 0;
    pthread_mutex_unlock(&g->work);
    if (rc == 0) {
        fir_error why = {0}; /* a transport of the host's may leave it alone */
        rc = g->transport.wait(g->transport.self, wait, &why);
        if (rc != 0) {
            fir__log(g, FIR_LOG_ERROR, "the transport cannot go on: %s", why.message);
            return fir__fail(err, rc, "the transport cannot go on%s%s", why.message[0] != '\0' ? ": " : "", why.message);
        }
        pthread_mutex_lock(&g->work);
        rc = take_answers(g, did);
        rc = rc != 0 ? rc : fir__journal_flush(g);
        pthread_mutex_unlock(&g->work);
    }
    return rc == 0 ? 0 : fir__no_memory(err);
}

/* Whether nothing is left to do but what waits for a person. */
static bool idle(fir_engine *g)
{
    pthread_mutex_lock(&g->work);
    pthread_mutex_lock(&g->lock);
    bool later = g->n_timed_undos != 0 && !g->durable; /* what is in the journal is done by who comes after us */
    bool none = g->incoming == NULL && g->n_going == g->n_held && !later && g->n_undoing == 0 && g->n_notes == 0;
    pthread_mutex_unlock(&g->lock);
    pthread_mutex_unlock(&g->work);
    return none;
}

int fir__poll(fir_engine *g, int64_t wait_ns, fir_error *err)
{
    int64_t end = fir__engine_now(g) + (wait_ns < INT64_MAX / 4 ? wait_ns : INT64_MAX / 4);
    uint32_t stops = fir__threads_stops(g);
    for (int64_t left = wait_ns;; left = end - fir__engine_now(g)) {
        bool did, over = fir__threads_stops(g) != 0 && idle(g); /* nobody waits to learn that nothing is left to do */
        int rc = turn(g, over ? 0 : left, &did, err);
        if (rc != 0 || did) {
            return rc;
        }
        if (over || end - fir__engine_now(g) <= 0 || stops != fir__threads_stops(g)) {
            return idle(g) ? fir__fail(err, FIR_EAGAIN, "nothing is left to do") : 0;
        }
    }
}

int fir_engine_poll(fir_engine *g, int64_t wait_ns, fir_error *err)
{
    if (g == NULL || wait_ns < 0) {
        return fir__fail(err, FIR_EINVAL, "engine is NULL, or the time negative");
    }
    int rc = fir__engine_enter(g, err);
    if (rc != 0) {
        return rc;
    }
    if (!fir__guard_enter(&g->polling)) {
        return fir__fail(err, FIR_EBUSY, "another thread is polling this engine, or its own does (fir_engine_start)");
    }
    rc = fir__poll(g, wait_ns, err);
    fir__guard_leave(&g->polling);
    return rc;
}
