/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts in: read, planned, and accepted all together or not at all. */
#include "engine/private.h"
#include "json/writer.h"

enum { MAX_RECEIPTS = 256 * 1024 * 1024 };

/* ---- tools ---- */

void fir__intake_free(fir_engine *g, fir__intake *i)
{
    if (i != NULL) {
        fir_evaluator_free(i->evaluator);
        fir_event_free(i->event);
        fir__free(&g->allocator, i);
    }
}

static int intake_take(fir_engine *g, fir__intake **out, fir_error *err)
{
    pthread_mutex_lock(&g->lock);
    fir__intake *i = g->intakes;
    if (i != NULL) {
        g->intakes = i->next;
    }
    pthread_mutex_unlock(&g->lock);
    if (i == NULL) {
        fir_evaluator_options xo = {.size = sizeof xo, .allocator = &g->allocator};
        fir_event_options eo = {.size = sizeof eo, .allocator = &g->allocator};
        i = fir__zalloc(&g->allocator, sizeof *i);
        int rc = i == NULL ? fir__no_memory(err) : fir_evaluator_new(&xo, &i->evaluator, err);
        rc = rc != 0 ? rc : fir_event_new(&eo, &i->event, err);
        if (rc != 0) {
            fir__intake_free(g, i);
            return rc;
        }
    }
    *out = i;
    return 0;
}

static void intake_give(fir_engine *g, fir__intake *i)
{
    pthread_mutex_lock(&g->lock);
    i->next = g->intakes;
    g->intakes = i;
    pthread_mutex_unlock(&g->lock);
}

/* ---- jobs ---- */

void fir__job_free(fir_engine *g, fir__job *j)
{
    for (uint32_t i = 0; i < j->n_runs; i++) {
        for (size_t p = 0; p < FIR__PHASE_OVER; p++) {
            const fir__plan_steps *steps[] = {&j->runs[i].rule->steps, &j->runs[i].rule->on_failure, &j->runs[i].rule->notify};
            for (uint32_t k = 0; k < steps[p]->count; k++) {
                fir_buf_dispose(&j->runs[i].results[p][k].output);
            }
        }
    }
    fir_plan_free(j->plan);
    fir__free(&g->allocator, j);
}

static size_t count_steps(const fir_plan *pl)
{
    size_t n = 0;
    for (uint32_t i = 0; i < pl->n_rules; i++) {
        n += (size_t)pl->rules[i].steps.count + pl->rules[i].on_failure.count + pl->rules[i].notify.count;
    }
    return n;
}

/* All the memory that doing a plan takes, but for outputs and outcomes. Takes pl over, also on failure. */
static fir__job *make_job(fir_engine *g, fir_plan *pl)
{
    size_t runs = sizeof(fir__job) + pl->n_rules * sizeof(fir__run), steps = count_steps(pl);
    fir__job *j = fir__zalloc(&g->allocator, runs + steps * sizeof(fir__step_result));
    if (j == NULL) {
        fir_plan_free(pl);
        return NULL;
    }
    fir__step_result *results = (fir__step_result *)(void *)((char *)j + runs);
    j->plan = pl;
    j->bytes = runs + steps * sizeof *results + pl->arena.used;
    j->open = j->n_runs = pl->n_rules;
    for (uint32_t i = 0; i < pl->n_rules; i++) {
        const fir__plan_rule *rule = &pl->rules[i];
        fir__run *r = &j->runs[i];
        r->job = j;
        r->rule = rule;
        r->gate = fir__run_gate(g, rule);
        r->results[FIR__PHASE_STEPS] = results;
        r->results[FIR__PHASE_ON_FAILURE] = results += rule->steps.count;
        r->results[FIR__PHASE_NOTIFY] = results += rule->on_failure.count;
        results += rule->notify.count;
    }
    return j;
}

/* What one call brings in, before it is accepted. */
typedef struct batch {
    fir_engine *g;
    fir__intake *intake;
    const fir_playbook *playbook;
    fir__job *first, **end;
    uint64_t count, bytes;
    fir__sbuf receipts;
    bool wants_receipts;
} batch;

static void drop_jobs(fir_engine *g, fir__job *j)
{
    while (j != NULL) {
        fir__job *rest = j->next;
        fir__job_free(g, j);
        j = rest;
    }
}

static int too_many(const fir_engine *g, fir_error *err)
{
    return fir__fail(err, FIR_EAGAIN, "%llu alerts, or their plans' memory, wait already; nothing of this call was accepted",
                     (unsigned long long)g->max_queued);
}

/* Accepts the batch, all of it or nothing. */
static int accept(batch *b, fir_error *err)
{
    fir_engine *g = b->g;
    int64_t now = fir__engine_now(g);
    pthread_mutex_lock(&g->lock);
    g->started = true;
    bool room = b->count <= g->max_queued && g->queued <= g->max_queued - b->count &&
                (g->queued == 0 || g->queued_bytes + b->bytes <= FIR__QUEUED_BYTES);
    if (room && b->first != NULL) {
        for (fir__job *j = b->first; j != NULL; j = j->next) {
            j->accepted_ns = now;
        }
        *g->incoming_end = b->first;
        g->incoming_end = b->end;
        g->queued += b->count;
        g->queued_bytes += b->bytes;
        b->first = NULL;
    }
    pthread_mutex_unlock(&g->lock);
    if (!room) {
        return too_many(g, err);
    }
    if (b->count != 0) {
        (void)g->transport.wake(g->transport.self);
    }
    return 0;
}

static int add_job(batch *b, fir_plan *pl, fir_error *err)
{
    fir__job *j = make_job(b->g, pl);
    if (j == NULL) {
        return fir__no_memory(err);
    }
    *b->end = j;
    b->end = &j->next;
    b->count++;
    b->bytes += j->bytes;
    return b->count > b->g->max_queued ? too_many(b->g, err) : 0;
}

/* ---- receipts ---- */

static void put_text(fir__json_writer *w, fir_str key, fir_str value)
{
    if (value.len != 0) {
        fir__json_key_str(w, key, value);
    }
}

static void put_property(fir__json_writer *w, const fir_event *e, fir__property p)
{
    if (e->properties[p] != NULL) {
        put_text(w, fir__property_name(p), fir__value_text(e->properties[p]));
    }
}

static void put_receipt(batch *b, uint64_t line, const fir_plan *pl, fir_str status, int code, const fir_error *why)
{
    const fir_event *e = b->intake->event;
    if (!b->wants_receipts) {
        return;
    }
    fir__json_writer w = {&b->receipts, false};
    fir__json_open(&w, '{');
    if (code != 0) {
        fir__json_key(&w, FIR__S("error"));
        fir__json_open(&w, '{');
        fir__json_key_str(&w, FIR__S("code"), fir__cstr(fir_code_name(code)));
        fir__json_key_str(&w, FIR__S("message"), fir__cstr(why->message));
        fir__json_close(&w, '}');
    }
    if (e->parsed) {
        fir__json_key(&w, FIR__S("event"));
        fir__json_open(&w, '{');
        if (pl != NULL) {
            fir__json_key_str(&w, FIR__S("id"), fir__str(pl->event_id, sizeof pl->event_id));
        }
        put_property(&w, e, FIR__PROP_PRIORITY);
        put_property(&w, e, FIR__PROP_RULE);
        put_property(&w, e, FIR__PROP_SOURCE);
        put_property(&w, e, FIR__PROP_TIME);
        fir__json_close(&w, '}');
    }
    fir__json_key_i64(&w, FIR__S("line"), (int64_t)line);
    fir__json_key_str(&w, FIR__S("status"), status);
    fir__json_close(&w, '}');
    fir__sbuf_char(&b->receipts, '\n');
}

static int refuse(batch *b, uint64_t line, int code, const fir_error *why)
{
    put_receipt(b, line, NULL, FIR__S("refused"), code, why);
    fir__log(b->g, FIR_LOG_WARNING, "alert at line %llu refused: %s", (unsigned long long)line, why->message);
    return 0;
}

/* ---- submit ---- */

static int plan_one(batch *b, uint64_t line, fir_error *err)
{
    fir_plan *pl;
    fir_error why = {0};
    int rc = fir__evaluate(b->intake->evaluator, b->playbook, b->intake->event, true, &pl, &why);
    if (rc == FIR_ENOMEM) {
        return fir__no_memory(err);
    }
    if (rc != 0) {
        return refuse(b, line, rc, &why);
    }
    if (pl == NULL || pl->n_rules == 0) {
        fir_plan_free(pl);
        put_receipt(b, line, NULL, FIR__S("no_match"), 0, NULL);
        return 0;
    }
    put_receipt(b, line, pl, FIR__S("accepted"), 0, NULL);
    return add_job(b, pl, err);
}

static int plan_all(batch *b, const void *p, size_t n, fir_error *err)
{
    fir_reader *reader;
    fir_reader_options ro = {.size = sizeof ro, .allocator = &b->g->allocator};
    int rc = fir_reader_new(&ro, &reader, err);
    if (rc != 0) {
        return rc;
    }
    rc = fir_reader_feed(reader, p, n, 1, err);
    while (rc == 0) {
        uint64_t line = 0;
        fir_error why = {0};
        int got = fir_reader_next(reader, b->intake->event, &line, NULL, &why);
        if (got == FIR_ENOTFOUND) {
            break;
        }
        if (got == 0) {
            rc = plan_one(b, line, err);
        } else if (got == FIR_EPARSE || got == FIR_ELIMIT) {
            rc = refuse(b, line, got, &why);
        } else {
            rc = fir__fail(err, got, "%s", why.message);
        }
    }
    fir_reader_free(reader);
    return rc;
}

static int submit(batch *b, const void *p, size_t n, fir_buf *receipts, fir_error *err)
{
    fir_buf text = {NULL, 0, NULL};
    int rc = plan_all(b, p, n, err);
    if (rc == 0 && receipts != NULL) { /* before anything is accepted: the caller must hear of it */
        rc = fir__sbuf_take(&b->receipts, &text);
        rc = rc == 0            ? 0
             : rc == FIR_ENOMEM ? fir__no_memory(err)
                                : fir__fail(err, rc, "the receipts are too large; submit less at once");
    }
    rc = rc != 0 ? rc : accept(b, err);
    if (rc != 0) {
        fir_buf_dispose(&text);
    } else if (receipts != NULL) {
        *receipts = text;
    }
    return rc;
}

/* The playbook of now; what is planned by it keeps it alive. */
static const fir_playbook *current_playbook(fir_engine *g)
{
    pthread_mutex_lock(&g->lock);
    const fir_playbook *p = fir_playbook_ref(g->playbook);
    pthread_mutex_unlock(&g->lock);
    return p;
}

int fir_engine_submit(fir_engine *g, const void *p, size_t n, fir_buf *receipts, fir_error *err)
{
    if (receipts != NULL) {
        *receipts = (fir_buf){NULL, 0, NULL};
    }
    if (g == NULL || (p == NULL && n != 0)) {
        return fir__fail(err, FIR_EINVAL, "engine or input is NULL");
    }
    batch b = {.g = g, .wants_receipts = receipts != NULL};
    int rc = fir__engine_enter(g, err);
    rc = rc != 0 ? rc : intake_take(g, &b.intake, err);
    if (rc != 0) {
        return rc;
    }
    b.end = &b.first;
    b.playbook = current_playbook(g);
    fir__sbuf_init(&b.receipts, &g->allocator, MAX_RECEIPTS);
    rc = submit(&b, p, n, receipts, err);
    fir__sbuf_free(&b.receipts);
    drop_jobs(g, b.first);
    fir_playbook_unref(b.playbook);
    intake_give(g, b.intake);
    return rc;
}

int fir_engine_dispatch(fir_engine *g, const fir_plan *pl, fir_error *err)
{
    if (g == NULL || pl == NULL) {
        return fir__fail(err, FIR_EINVAL, "engine or plan is NULL");
    }
    int rc = fir__engine_enter(g, err);
    if (rc != 0 || pl->n_rules == 0) {
        return rc;
    }
    batch b = {.g = g};
    b.end = &b.first;
    rc = add_job(&b, fir__plan_ref(pl), err);
    rc = rc != 0 ? rc : accept(&b, err);
    drop_jobs(g, b.first);
    return rc;
}
