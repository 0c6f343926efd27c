/* SPDX-License-Identifier: Apache-2.0 */
/* A batch of judged alerts is accepted: in the journal first, then among what is to be done; all of it or nothing. */
#include "engine/batch.h"
#include "store/kinds.h"

static int too_many(const fir_engine *g, fir_error *err)
{
    return fir__fail(err, FIR_EAGAIN, "%llu alerts, or their plans' memory, wait already; nothing of this call was accepted",
                     (unsigned long long)g->max_queued);
}

/* Under the lock. */
static bool has_room(const fir_engine *g, uint64_t count, uint64_t bytes)
{
    return count <= g->max_queued && g->queued <= g->max_queued - count &&
           (g->queued == 0 || g->queued_bytes + bytes <= FIR__QUEUED_BYTES);
}

int fir__batch_room(const fir__batch *b, fir_error *err)
{
    fir_engine *g = b->g;
    pthread_mutex_lock(&g->lock);
    bool room = has_room(g, b->count != 0 ? b->count : 1, b->bytes);
    pthread_mutex_unlock(&g->lock);
    return room ? 0 : too_many(g, err);
}

static void tell_notes(fir__batch *b)
{
    for (size_t i = 0; i < b->n_notes; i++) {
        const fir__refused *n = &b->notes[i];
        (void)fir__outcome_rule(b->g, n->plan, n->plan->rules[n->rule].def->name, n->status, n->why, (fir_str){NULL, 0});
    }
}

/* All of the batch in one commit. */
static int write_batch(fir__batch *b, int64_t wall, fir_error *err)
{
    fir_engine *g = b->g;
    uint64_t first = 0;
    size_t n = 0;
    if (!g->durable || b->n_records == 0) {
        return 0;
    }
    fir_record *r = fir__alloc_array(&g->allocator, 2 * b->n_records, sizeof *r);
    if (r == NULL) {
        return fir__no_memory(err);
    }
    for (size_t i = 0; i < b->n_records; i++) {
        const fir__judged *one = &b->records[i];
        r[n++] = (fir_record){.size = sizeof *r,
                              .wall_ns = wall,
                              .kind = FIR__KIND_GATE,
                              .event_id = {one->event, FIR__ID},
                              .json = {one->gate.ptr, one->gate.len}};
        if (one->job != NULL) {
            r[n++] = (fir_record){.size = sizeof *r,
                                  .wall_ns = wall,
                                  .kind = FIR__KIND_ALERT,
                                  .event_id = {one->event, FIR__ID},
                                  .json = {one->alert.ptr, one->alert.len},
                                  .blob = one->job->plan->event_json};
        }
    }
    fir__crash(g, "accept.before");
    int rc = fir__journal_append(g, r, n, 0, &first, err);
    fir__crash(g, "accept.after");
    for (size_t i = 0; rc == 0 && i < b->n_records; i++) {
        fir__job_seq(g, b->records[i].job, first++);
        if (b->records[i].job != NULL) {
            fir__job_seq(g, b->records[i].job, first++);
        }
    }
    fir__free(&g->allocator, r);
    return rc;
}

/* Room among the queued, or not. */
static bool take_room(fir__batch *b)
{
    fir_engine *g = b->g;
    pthread_mutex_lock(&g->lock);
    g->started = true;
    bool room = has_room(g, b->count, b->bytes);
    g->queued += room ? b->count : 0;
    g->queued_bytes += room ? b->bytes : 0;
    pthread_mutex_unlock(&g->lock);
    return room;
}

static void give_room(fir__batch *b)
{
    fir_engine *g = b->g;
    pthread_mutex_lock(&g->lock);
    g->queued -= b->count;
    g->queued_bytes -= b->bytes;
    pthread_mutex_unlock(&g->lock);
}

/* Accepts the batch, all of it or nothing: in the journal first. */
int fir__batch_accept(fir__batch *b, fir_error *err)
{
    fir_engine *g = b->g;
    int64_t now = fir__engine_now(g), wall = fir__engine_wall(g);
    if (!take_room(b)) {
        return too_many(g, err);
    }
    int rc = write_batch(b, wall, err);
    if (rc != 0) {
        give_room(b);
        return rc;
    }
    pthread_mutex_lock(&g->lock);
    for (fir__job *j = b->first; j != NULL; j = j->next) {
        j->accepted_ns = now;
        j->accepted_wall_ns = wall;
        j->counted = true;
    }
    if (b->first != NULL) {
        *g->incoming_end = b->first;
        g->incoming_end = b->end;
        b->first = NULL;
    }
    pthread_mutex_unlock(&g->lock);
    tell_notes(b);
    if (b->count != 0) {
        (void)g->transport.wake(g->transport.self);
    }
    return 0;
}
