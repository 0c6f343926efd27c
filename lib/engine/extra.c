/* SPDX-License-Identifier: Apache-2.0 */
/* What a step leaves behind when it has ended: an undo that waits for its time, a dead letter, a question whether it was right. */
#include "engine/private.h"
#include "json/writer.h"
#include "store/kinds.h"

#define MOST_DEAD_BYTES (UINT64_C(256) << 20)

/* ---- undos and replays ---- */

static void extra_put(fir_engine *g, fir__run *r)
{
    r->extra_next = g->extras;
    r->extra_at = &g->extras;
    if (g->extras != NULL) {
        g->extras->extra_at = &r->extra_next;
    }
    g->extras = r;
    r->job->open++;
}

fir__run *fir__extra_new(fir_engine *g, fir__run_kind kind, fir__job *j, const fir__plan_rule *rule,
                         fir__step_result *const results[FIR__PHASE_OVER], fir__phase phase, uint32_t index)
{
    fir__run *r = fir__zalloc(&g->allocator, sizeof *r);
    if (r != NULL) {
        r->kind = kind;
        r->job = j;
        r->rule = rule;
        for (size_t i = 0; i < FIR__PHASE_OVER; i++) {
            r->results[i] = results[i];
        }
        r->phase = phase;
        r->index = index;
        r->handler = fir__engine_handler(g, fir__run_step(r)->def->def->name);
        r->approved = true;
        extra_put(g, r);
    }
    return r;
}

void fir__extra_close(fir_engine *g, fir__run *r)
{
    *r->extra_at = r->extra_next;
    if (r->extra_next != NULL) {
        r->extra_next->extra_at = r->extra_at;
    }
    if (r->kind == FIR__RUN_UNDO) {
        g->n_undos--;
        g->n_timed_undos -= r->timed;
        g->n_undoing -= r->undoing;
    }
    fir__free(&g->allocator, r);
}

/* The record goes over to the undo. */
static int schedule_undo(fir_engine *g, fir__run *r)
{
    const fir__step *def = fir__run_step(r)->def;
    if (r->handler->type.undo == NULL || r->followed) {
        return 0;
    }
    if (def->undo_after_ns == 0 && (r->record.len == 0 || g->n_undos >= FIR__MOST_UNDOS)) {
        return 0; /* what recorded nothing has nothing to be undone from: it is not kept for a day */
    }
    fir__run *u = fir__extra_new(g, FIR__RUN_UNDO, r->job, r->rule, r->results, r->phase, r->index);
    if (u == NULL) {
        return FIR_ENOMEM;
    }
    u->record = r->record;
    r->record = (fir_buf){NULL, 0, NULL};
    r->undoable = true;
    bool timed = def->undo_after_ns != 0;
    int64_t after = timed ? def->undo_after_ns : FIR__FORGET_UNDO;
    fir__undo_at(g, u, timed, fir__engine_wall(g) + after, after);
    return 0;
}

/* From here on by the monotonic clock. */
void fir__undo_at(fir_engine *g, fir__run *u, bool timed, int64_t wall_ns, int64_t most_ns)
{
    int64_t wall = fir__engine_wall(g), left = wall_ns - wall;
    left = left > most_ns ? most_ns : left;
    u->timed = timed;
    u->undo_at_ns = wall + left;
    u->due_ns = fir__engine_now(g) + (left > 0 ? left : 0);
    g->n_undos++;
    g->n_timed_undos += timed;
    if (left <= 0) { /* overdue: before everything else */
        fir__queue_put(&g->ready[FIR__URGENCY_CRITICAL], u);
    } else {
        g->timers = fir__timers_put(g->timers, u);
    }
}

/* ---- dead letters ---- */

void fir__dead_drop(fir_engine *g, fir__dead *d)
{
    fir__job *j = d->job;
    *d->at = d->next;
    if (d->next != NULL) {
        d->next->at = d->at;
    } else {
        g->dead_end = d->at;
    }
    g->n_dead--;
    g->dead_bytes -= j->bytes;
    fir_buf_dispose(&d->record);
    fir__free(&g->allocator, d);
    fir__job_release(g, j);
}

int fir__dead_add(fir_engine *g, const fir__run *r)
{
    fir__dead *d = fir__zalloc(&g->allocator, sizeof *d);
    if (d == NULL) {
        return FIR_ENOMEM;
    }
    *d = (fir__dead){.at = g->dead_end,
                     .job = r->job,
                     .rule = r->rule,
                     .phase = r->phase,
                     .index = r->index,
                     .since_ns = fir__engine_wall(g),
                     .ending = r->ending};
    if (r->record.len != 0 && fir__buf_copy(&g->allocator, fir__str(r->record.ptr, r->record.len), &d->record) != 0) {
        fir__free(&g->allocator, d);
        return FIR_ENOMEM;
    }
    for (size_t i = 0; i < FIR__PHASE_OVER; i++) {
        d->results[i] = r->results[i];
    }
    *g->dead_end = d;
    g->dead_end = &d->next;
    g->n_dead++;
    g->dead_bytes += r->job->bytes;
    r->job->open++;
    while (g->n_dead > FIR__MOST_DEAD || (g->dead_bytes > MOST_DEAD_BYTES && g->n_dead > 1)) {
        fir__log(g, FIR_LOG_WARNING, "too many dead letters: the oldest is given up");
        fir__dead_drop(g, g->dead);
    }
    return 0;
}

/* ---- reviews ---- */

/* One question a rule's run: about the first of its steps that did something. */
static int ask_review(fir_engine *g, fir__run *r)
{
    const fir__rule *rule = r->rule->def;
    if (!rule->review_required || r->reviewed || r->phase == FIR__PHASE_NOTIFY || r->kind != FIR__RUN_RULE) {
        return 0;
    }
    fir__review *v = fir__zalloc(&g->allocator, sizeof *v + rule->name.len + 1);
    if (v == NULL) {
        return FIR_ENOMEM;
    }
    memcpy(v->action_id, fir__run_step(r)->action_id, sizeof v->action_id);
    memcpy(v->event_id, r->job->plan->event_id, sizeof v->event_id);
    v->since_ns = fir__engine_wall(g);
    v->rule_len = rule->name.len;
    memcpy(v->rule, rule->name.ptr, rule->name.len);
    fir__review_put(g, v);
    r->reviewed = true;
    fir__sbuf b;
    fir__sbuf_init(&b, &g->allocator, 1 << 20);
    fir__json_writer w = {&b, false};
    fir__json_open(&w, '{');
    fir__json_key_str(&w, FIR__S("rule"), rule->name);
    fir__json_close(&w, '}');
    (void)fir__journal_put(g, FIR__KIND_REVIEW, NULL, v->event_id, v->action_id, &b);
    return 0;
}

void fir__review_put(fir_engine *g, fir__review *v)
{
    *g->reviews_end = v;
    g->reviews_end = &v->next;
    g->n_reviews++;
    if (g->n_reviews > FIR__MOST_REVIEWS) {
        fir__review *first = g->reviews;
        g->reviews = first->next;
        g->n_reviews--;
        fir__free(&g->allocator, first);
        fir__log(g, FIR_LOG_WARNING, "too many actions wait for their review: the oldest is given up");
    }
}

static bool is_about(const fir__review *v, fir_str action_id)
{
    return fir__str_eq(fir__str(v->action_id, sizeof v->action_id), action_id);
}

bool fir__review_find(const fir_engine *g, fir_str action_id, fir__sbuf *rule)
{
    const fir__review *v = g->reviews;
    while (v != NULL && !is_about(v, action_id)) {
        v = v->next;
    }
    if (v != NULL) {
        fir__sbuf_put(rule, v->rule, v->rule_len);
    }
    return v != NULL;
}

void fir__review_drop(fir_engine *g, fir_str action_id)
{
    fir__review **at = &g->reviews;
    while (*at != NULL && !is_about(*at, action_id)) {
        at = &(*at)->next;
    }
    fir__review *v = *at;
    if (v != NULL) {
        *at = v->next;
        g->reviews_end = v->next == NULL ? at : g->reviews_end;
        g->n_reviews--;
        fir__free(&g->allocator, v);
    }
}

/* ---- all of it ---- */

int fir__extra_after(fir_engine *g, fir__run *r)
{
    if (r->kind == FIR__RUN_UNDO) {
        return 0;
    }
    if (r->ending.status == FIR__STEP_FAILED) {
        return fir__dead_add(g, r);
    }
    if (r->ending.status != FIR__STEP_SUCCEEDED) {
        return 0;
    }
    int rc = ask_review(g, r);
    return rc != 0 ? rc : schedule_undo(g, r);
}

void fir__extras_free(fir_engine *g)
{
    while (g->dead != NULL) {
        fir__dead_drop(g, g->dead);
    }
    while (g->lost != NULL) {
        fir__lost_drop(g, g->lost);
    }
    while (g->extras != NULL) {
        fir__run_close(g, g->extras);
    }
    while (g->reviews != NULL) {
        fir__review *v = g->reviews;
        g->reviews = v->next;
        fir__free(&g->allocator, v);
    }
}
