/* SPDX-License-Identifier: Apache-2.0 */
/* What is still open, and counts. */
#include "engine/private.h"
#include "json/writer.h"

enum { MAX_PENDING = 64 * 1024 * 1024, MAX_METRICS = 16 * 1024 * 1024, MOST_WAITING = 10000 };

static void put_approvals(const fir_engine *g, fir__json_writer *w)
{
    fir__json_key(w, FIR__S("approvals"));
    fir__json_open(w, '[');
    for (size_t i = 0; i < fir__gate_ask_count(g->gate); i++) {
        const fir__ask *a = fir__gate_ask_at(g->gate, i);
        char token[2 * FIR__SHA256];
        if (a->state != FIR__APPROVAL_PENDING) {
            continue;
        }
        int rc = fir__approval_token(g, a, token);
        if (rc != 0) { /* a list with one of them missing would say that nobody is asked */
            w->b->status = rc;
            return;
        }
        fir__json_item(w);
        fir__json_open(w, '{');
        fir__json_key_str(w, FIR__S("approval"), fir__str(a->id, sizeof a->id));
        fir__json_key_texts(w, FIR__S("approvers"), a->approvers, a->n_approvers);
        fir__json_key_time(w, FIR__S("asked"), a->asked_ns);
        fir__json_key_str(w, FIR__S("digest"), fir__str(a->digest, sizeof a->digest));
        fir__json_key_text(w, FIR__S("event"), a->event_id);
        fir__json_key_time(w, FIR__S("expires"), fir__ask_expires(g, a));
        fir__json_key_str(w, FIR__S("on_timeout"), a->approve_on_timeout ? FIR__S("approve") : FIR__S("reject"));
        fir__json_key_bool(w, FIR__S("reason_required"), a->reason_required);
        fir__json_key_text(w, FIR__S("rule"), a->rule);
        fir__json_key_str(w, FIR__S("token"), fir__str(token, sizeof token));
        fir__json_key_text(w, FIR__S("why"), a->why);
        fir__json_close(w, '}');
    }
    fir__json_close(w, ']');
}

/* action_id, before other keys; event, rule, step and use behind. */
static void put_action(fir__json_writer *w, const fir__plan_step *step)
{
    fir__json_key_str(w, FIR__S("action_id"), fir__str(step->action_id, sizeof step->action_id));
}

static void put_place(fir__json_writer *w, const fir_plan *pl, const fir__plan_rule *rule)
{
    fir__json_key_str(w, FIR__S("event"), fir__str(pl->event_id, sizeof pl->event_id));
    fir__json_key_str(w, FIR__S("rule"), rule->def->name);
}

/* undo_at: 0: none. */
static void put_step(fir__json_writer *w, const fir__plan_step *step, int64_t undo_at)
{
    fir__json_key_str(w, FIR__S("step"), step->def->id);
    if (undo_at != 0) {
        fir__json_key_time(w, FIR__S("undo_at"), undo_at);
    }
    fir__json_key_str(w, FIR__S("use"), step->def->use);
}

/* Letters that nobody can replay now. */
static void put_lost(const fir_engine *g, fir__json_writer *w)
{
    for (const fir__lost *l = g->lost; l != NULL; l = l->next) {
        fir__json_item(w);
        fir__json_open(w, '{');
        fir__json_key_str(w, FIR__S("action_id"), fir__str(l->action_id, sizeof l->action_id));
        fir__json_key_error(w, 0, l->error);
        fir__json_key_str(w, FIR__S("event"), fir__str(l->job->event_id, sizeof l->job->event_id));
        fir__json_key_bool(w, FIR__S("planned"), false);
        fir__json_key_str(w, FIR__S("rule"), l->rule);
        fir__json_key_time(w, FIR__S("since"), l->since_ns);
        fir__json_key_str(w, FIR__S("step"), l->step);
        fir__json_key_str(w, FIR__S("use"), l->use);
        fir__json_close(w, '}');
    }
}

static void put_dead(const fir_engine *g, fir__json_writer *w)
{
    fir__json_key(w, FIR__S("dead"));
    fir__json_open(w, '[');
    for (const fir__dead *d = g->dead; d != NULL; d = d->next) {
        const fir__plan_step *step = &fir__run_steps(d->rule, d->phase)->items[d->index];
        fir__json_item(w);
        fir__json_open(w, '{');
        put_action(w, step);
        fir__json_key_error(w, d->ending.code, fir__cstr(d->ending.text));
        put_place(w, d->job->plan, d->rule);
        fir__json_key_time(w, FIR__S("since"), d->since_ns);
        put_step(w, step, 0);
        fir__json_close(w, '}');
    }
    put_lost(g, w);
    fir__json_close(w, ']');
}

static void put_paused(const fir_engine *g, fir__json_writer *w)
{
    const fir__pause *p = fir__gate_pause(g->gate);
    if (!p->on) {
        return;
    }
    fir__json_key(w, FIR__S("paused"));
    fir__json_open(w, '{');
    fir__json_key_time(w, FIR__S("since"), p->since_ns);
    fir__json_key_text(w, FIR__S("who"), p->who);
    fir__json_key_text(w, FIR__S("why"), p->why);
    fir__json_close(w, '}');
}

static void put_reviews(const fir_engine *g, fir__json_writer *w)
{
    fir__json_key(w, FIR__S("reviews"));
    fir__json_open(w, '[');
    for (const fir__review *v = g->reviews; v != NULL; v = v->next) {
        fir__json_item(w);
        fir__json_open(w, '{');
        fir__json_key_str(w, FIR__S("action_id"), fir__str(v->action_id, sizeof v->action_id));
        fir__json_key_str(w, FIR__S("event"), fir__str(v->event_id, sizeof v->event_id));
        fir__json_key_str(w, FIR__S("rule"), fir__str(v->rule, v->rule_len));
        fir__json_key_time(w, FIR__S("since"), v->since_ns);
        fir__json_close(w, '}');
    }
    fir__json_close(w, ']');
}

static void put_undos(const fir_engine *g, fir__json_writer *w)
{
    fir__json_key(w, FIR__S("undos"));
    fir__json_open(w, '[');
    for (const fir__run *r = g->extras; r != NULL; r = r->extra_next) {
        if (r->kind != FIR__RUN_UNDO) {
            continue;
        }
        fir__json_item(w);
        fir__json_open(w, '{');
        put_action(w, fir__run_step(r));
        put_place(w, r->job->plan, r->rule);
        put_step(w, fir__run_step(r), r->timed ? r->undo_at_ns : 0);
        fir__json_close(w, '}');
    }
    fir__json_close(w, ']');
}

static void put_waiting_run(const fir__run *r, fir__json_writer *w)
{
    fir__json_item(w);
    fir__json_open(w, '{');
    put_action(w, fir__run_step(r));
    if (r->attempt != 0) {
        fir__json_key_i64(w, FIR__S("attempt"), r->attempt);
    }
    put_place(w, r->job->plan, r->rule);
    fir__json_key_str(w, FIR__S("state"), r->held_at != NULL ? FIR__S("held") : r->begun ? FIR__S("begun") : FIR__S("queued"));
    put_step(w, fir__run_step(r), 0);
    fir__json_close(w, '}');
}

static void put_waiting(const fir_engine *g, fir__json_writer *w)
{
    uint32_t n = 0;
    fir__json_key(w, FIR__S("waiting"));
    fir__json_open(w, '[');
    for (const fir__job *j = g->jobs; j != NULL; j = j->list_next) {
        for (uint32_t i = 0; i < j->n_runs && n < MOST_WAITING; i++) {
            const fir__run *r = &j->runs[i];
            if (r->phase != FIR__PHASE_OVER && r->index < fir__run_steps(r->rule, r->phase)->count) {
                put_waiting_run(r, w);
                n++;
            }
        }
    }
    fir__json_close(w, ']');
}

int fir_engine_pending_json(fir_engine *g, fir_buf *out, fir_error *err)
{
    if (out != NULL) {
        *out = (fir_buf){NULL, 0, NULL};
    }
    if (g == NULL || out == NULL) {
        return fir__fail(err, FIR_EINVAL, "engine or out is NULL");
    }
    int rc = fir__engine_enter(g, err);
    if (rc != 0) {
        return rc;
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &g->allocator, MAX_PENDING);
    fir__json_writer w = {&b, false};
    pthread_mutex_lock(&g->work);
    fir__json_open(&w, '{');
    pthread_mutex_lock(&g->judge);
    put_approvals(g, &w);
    fir__json_key(&w, FIR__S("blocks"));
    fir__json_open(&w, '[');
    fir__json_close(&w, ']');
    put_dead(g, &w);
    put_paused(g, &w);
    pthread_mutex_unlock(&g->judge);
    put_reviews(g, &w);
    put_undos(g, &w);
    put_waiting(g, &w);
    fir__json_close(&w, '}');
    pthread_mutex_unlock(&g->work);
    rc = fir__sbuf_take(&b, out);
    if (rc != 0) {
        fir__sbuf_free(&b);
        return rc == FIR_ENOMEM ? fir__no_memory(err) : fir__fail(err, rc, "more is open than one answer holds");
    }
    return 0;
}

/* ---- metrics ---- */

static void put_gauges(fir_engine *g, fir__sbuf *b)
{
    uint64_t open = 0;
    pthread_mutex_lock(&g->work);
    for (const fir__destination *h = g->hosts; h != NULL; h = h->next) {
        open += h->open_until_ns != 0;
    }
    pthread_mutex_lock(&g->judge);
    fir__gate_counts c = fir__gate_count(g->gate);
    bool paused = fir__gate_pause(g->gate)->on;
    pthread_mutex_unlock(&g->judge);
    fir__metrics_gauge(b, "falcoir_breakers_open", "Destinations that are left alone for a while.", open);
    fir__metrics_gauge(b, "falcoir_in_flight", "Requests on their way.", g->n_in_flight);
    fir__metrics_gauge(b, "falcoir_held", "Rules that wait for a person.", g->n_held);
    fir__metrics_gauge(b, "falcoir_undos_waiting", "Undos to come.", g->n_timed_undos);
    fir__metrics_gauge(b, "falcoir_dead_letters", "Actions that failed for good and were not discarded.",
                       (uint64_t)g->n_dead + g->n_lost);
    fir__metrics_gauge(b, "falcoir_reviews_open", "Actions of which a person must say whether they were right.", g->n_reviews);
    pthread_mutex_unlock(&g->work);
    fir__metrics_gauge(b, "falcoir_journal_refused", "Writes that the journal could not take: a full disk, or a failed one.",
                       atomic_load(&g->n_unwritten));
    fir__metrics_gauge(b, "falcoir_journal_failed", "1: the journal is lost, nothing is accepted and nothing destructive done.",
                       atomic_load(&g->store_failed));
    fir__metrics_gauge(b, "falcoir_paused", "1: everything but notifications is paused.", paused);
    fir__metrics_gauge(b, "falcoir_gate_alerts", "Ids of alerts that are remembered.", c.alerts);
    fir__metrics_gauge(b, "falcoir_gate_keys", "Keys of cool-downs, thresholds, sequences and budgets.", c.keys);
    fir__metrics_gauge(b, "falcoir_gate_forgotten", "Ids and keys that had to be forgotten before their time.",
                       c.forgotten_alerts + c.forgotten_keys);
}

int fir_engine_metrics_text(fir_engine *g, fir_buf *out, fir_error *err)
{
    if (out != NULL) {
        *out = (fir_buf){NULL, 0, NULL};
    }
    if (g == NULL || out == NULL) {
        return fir__fail(err, FIR_EINVAL, "engine or out is NULL");
    }
    int rc = fir__engine_enter(g, err);
    if (rc != 0) {
        return rc;
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &g->allocator, MAX_METRICS);
    put_gauges(g, &b);
    pthread_mutex_lock(&g->lock);
    fir__metrics_gauge(&b, "falcoir_queued", "Alerts accepted and not finished.", g->queued);
    fir__metrics_write(&g->metrics, &b);
    pthread_mutex_unlock(&g->lock);
    rc = fir__sbuf_take(&b, out);
    if (rc != 0) {
        fir__sbuf_free(&b);
        return fir__no_memory(err);
    }
    return 0;
}
