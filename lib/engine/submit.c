/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts in: read and planned; then judged and accepted, all of a call together or not at all. */
#include "engine/batch.h"

enum { MAX_RECEIPTS = 256 * 1024 * 1024, MAX_VERDICT = 64 << 20 };

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

/* ---- one alert ---- */

static int refuse(fir__batch *b, uint64_t line, int code, const fir_error *why)
{
    fir__receipt_put(b, line, NULL, NULL, FIR__S("refused"), code, why);
    b->unread++;
    fir__log(b->g, FIR_LOG_WARNING, "alert at line %llu refused: %s", (unsigned long long)line, why->message);
    return 0;
}

static fir__alert_facts facts_of(const fir_engine *g, const fir_event *e, const fir_plan *pl)
{
    fir__alert_facts facts = {.forgeable = e != NULL && e->info.form != FIR_FORM_JSON};
    facts.has_time = fir__time_parse(pl->time, &facts.time_ns);
    facts.dry_run = (g->flags & FIR_ENGINE_DRY_RUN) != 0;
    return facts;
}

/* Takes the plan over. line 0: no receipt. */
static int take_plan(fir__batch *b, uint64_t line, fir_plan *pl, const fir__alert_facts *facts, fir_error *err)
{
    fir__verdict v;
    fir__arena_reset(&b->arena);
    int rc = fir__batch_judge(b, pl, facts, &b->arena, &v, err);
    if (rc != 0) {
        fir_plan_free(pl);
        return rc;
    }
    fir_str status = v.status != FIR__GATE_PROCEED ? fir__gate_status_name(v.status)
                     : pl->n_rules != 0            ? FIR__S("accepted")
                                                   : FIR__S("no_match");
    if (line != 0) {
        fir__receipt_put(b, line, pl->n_rules != 0 ? pl : NULL, v.status == FIR__GATE_PROCEED ? &v : NULL, status, 0, NULL);
    }
    return fir__batch_add(b, pl, facts, &v, err);
}

static int plan_one(fir__batch *b, uint64_t line, fir_error *err)
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
    if (pl == NULL) {
        fir__receipt_put(b, line, NULL, NULL, FIR__S("no_match"), 0, NULL);
        return 0;
    }
    fir__alert_facts facts = facts_of(b->g, b->intake->event, pl);
    return take_plan(b, line, pl, &facts, err);
}

static int plan_all(fir__batch *b, const void *p, size_t n, fir_error *err)
{
    fir_reader *reader;
    fir_reader_options ro = {.size = sizeof ro, .allocator = &b->g->allocator};
    int rc = fir__batch_room(b, err);
    rc = rc != 0 ? rc : fir_reader_new(&ro, &reader, err);
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
        b->read++;
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

/* ---- one call ---- */

static void drop_jobs(fir_engine *g, fir__job *j)
{
    while (j != NULL) {
        fir__job *rest = j->next;
        fir__job_free(g, j);
        j = rest;
    }
}

static int submit(fir__batch *b, const void *p, size_t n, fir_buf *receipts, fir_error *err)
{
    fir_buf text = {NULL, 0, NULL};
    int rc = plan_all(b, p, n, err);
    if (rc == 0 && receipts != NULL) { /* before anything is accepted: the caller must hear of it */
        rc = fir__sbuf_take(&b->receipts, &text);
        rc = rc == 0            ? 0
             : rc == FIR_ENOMEM ? fir__no_memory(err)
                                : fir__fail(err, rc, "the receipts are too large; submit less at once");
    }
    rc = rc != 0 ? rc : fir__batch_accept(b, err);
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

static void batch_begin(fir__batch *b, fir_engine *g)
{
    *b = (fir__batch){.g = g};
    b->end = &b->first;
    (void)pthread_rwlock_rdlock(&g->accepting);
    fir__arena_init(&b->arena, &g->allocator, MAX_VERDICT);
    fir__sbuf_init(&b->receipts, &g->allocator, MAX_RECEIPTS);
}

static void batch_end(fir__batch *b, int rc)
{
    fir_engine *g = b->g;
    const fir_str none = {NULL, 0};
    if (rc != 0) {
        fir__batch_retract(b);
    }
    pthread_mutex_lock(&g->lock);
    for (uint64_t i = 0; rc == 0 && i < b->read; i++) {
        fir__metrics_count(&g->metrics, &g->allocator, i < b->unread ? FIR__ALERTS_REFUSED : FIR__ALERTS_READ, none, none);
    }
    pthread_mutex_unlock(&g->lock);
    (void)pthread_rwlock_unlock(&g->accepting);
    for (size_t i = 0; i < b->n_records; i++) {
        fir_buf_dispose(&b->records[i].gate);
        fir_buf_dispose(&b->records[i].alert);
    }
    for (size_t i = 0; i < b->n_notes; i++) {
        fir_plan_free(b->notes[i].plan);
    }
    fir__free(&g->allocator, b->records);
    fir__free(&g->allocator, b->notes);
    fir__sbuf_free(&b->receipts);
    fir__arena_free(&b->arena);
    drop_jobs(g, b->first);
}

int fir_engine_submit(fir_engine *g, const void *p, size_t n, fir_buf *receipts, fir_error *err)
{
    if (receipts != NULL) {
        *receipts = (fir_buf){NULL, 0, NULL};
    }
    if (g == NULL || (p == NULL && n != 0)) {
        return fir__fail(err, FIR_EINVAL, "engine or input is NULL");
    }
    fir__batch b;
    fir__intake *intake;
    int rc = fir__engine_enter(g, err);
    rc = rc != 0 ? rc : intake_take(g, &intake, err);
    if (rc != 0) {
        return rc;
    }
    batch_begin(&b, g);
    b.intake = intake;
    b.wants_receipts = receipts != NULL;
    b.playbook = current_playbook(g);
    rc = submit(&b, p, n, receipts, err);
    batch_end(&b, rc);
    fir_playbook_unref(b.playbook);
    intake_give(g, intake);
    return rc;
}

/* Plans an event of the caller's and takes the plan. */
static int submit_event(fir__batch *b, const fir_event *e, fir_error *err)
{
    fir_plan *pl = NULL;
    int rc = fir__batch_room(b, err);
    rc = rc != 0 ? rc : fir__evaluate(b->intake->evaluator, b->playbook, e, true, &pl, err);
    b->read++;
    if (rc == 0 && pl != NULL) {
        fir__alert_facts facts = facts_of(b->g, e, pl);
        rc = take_plan(b, 0, pl, &facts, err);
    }
    return rc != 0 ? rc : fir__batch_accept(b, err);
}

int fir_engine_submit_event(fir_engine *g, const fir_event *e, fir_error *err)
{
    if (g == NULL || e == NULL) {
        return fir__fail(err, FIR_EINVAL, "engine or event is NULL");
    }
    fir__batch b;
    fir__intake *intake;
    int rc = fir__engine_enter(g, err);
    rc = rc != 0 ? rc : intake_take(g, &intake, err);
    if (rc != 0) {
        return rc;
    }
    batch_begin(&b, g);
    b.intake = intake;
    b.playbook = current_playbook(g);
    rc = submit_event(&b, e, err);
    batch_end(&b, rc);
    fir_playbook_unref(b.playbook);
    intake_give(g, intake);
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
    if (pl->event_json.len == 0) {
        return fir__fail(err, FIR_EINVAL, "the plan was made with FIR_PLAN_TO_READ: it lacks the alert that its actions may send");
    }
    if (g->durable) {
        return fir__fail(err, FIR_EUNSUPPORTED,
                         "an engine with a data directory wants the alert itself (fir_engine_submit_event): from a "
                         "plan alone nothing can be taken up after a restart");
    }
    fir__batch b;
    batch_begin(&b, g);
    fir__alert_facts facts = facts_of(g, NULL, pl);
    rc = take_plan(&b, 0, fir__plan_ref(pl), &facts, err);
    rc = rc != 0 ? rc : fir__batch_accept(&b, err);
    batch_end(&b, rc);
    return rc;
}
