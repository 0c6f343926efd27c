/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts in: read, planned, and accepted all together or not at all. */
#include "engine/private.h"
#include "json/writer.h"
#include "store/kinds.h"

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
    fir__free(&g->allocator, j->seqs);
    fir__free(&g->allocator, j);
}

void fir__job_release(fir_engine *g, fir__job *j)
{
    if (--j->open != 0) {
        return;
    }
    if (!g->closing) {
        fir__journal_forget_job(g, j);
        if (fir__journal_done(g, j) != 0) {
            fir__log(g, FIR_LOG_WARNING, "the end of an alert could not be written down; a restart will find that it is done");
        }
    }
    if (j->list_at != NULL) {
        *j->list_at = j->list_next;
        if (j->list_next != NULL) {
            j->list_next->list_at = j->list_at;
        }
    }
    fir__job_free(g, j);
}

static size_t count_steps(const fir__plan_rule *rule)
{
    return (size_t)rule->steps.count + rule->on_failure.count + rule->notify.count;
}

/* Whether the gate let something of a rule through. */
static bool goes_on(const fir__rule_verdict *v)
{
    return v->status == FIR__GATE_PROCEED || v->status == FIR__GATE_NEEDS_APPROVAL || v->status == FIR__GATE_PAUSED ||
           v->status == FIR__GATE_PROTECTED || v->status == FIR__GATE_REFUSED;
}

static void make_run(fir__job *j, fir__run *r, const fir__plan_rule *rule, const fir__rule_verdict *v, fir__step_result **results)
{
    *r = (fir__run){.job = j, .rule = rule, .status = v->status, .why = v->why, .hold = v->hold, .reserved = v->reserved};
    r->tell_first = v->status == FIR__GATE_NEEDS_APPROVAL;
    r->phase = r->tell_first ? FIR__PHASE_NOTIFY : FIR__PHASE_STEPS;
    r->results[FIR__PHASE_STEPS] = *results;
    r->results[FIR__PHASE_ON_FAILURE] = *results += rule->steps.count;
    r->results[FIR__PHASE_NOTIFY] = *results += rule->on_failure.count;
    *results += rule->notify.count;
}

/* All the memory that doing a plan takes, but for outputs and outcomes. Takes pl over, also on failure. */
fir__job *fir__job_make(fir_engine *g, fir_plan *pl, const fir__verdict *v, const fir__alert_facts *facts)
{
    size_t steps = 0, runs = 0;
    for (uint32_t i = 0; i < pl->n_rules; i++) {
        runs += goes_on(&v->rules[i]);
        steps += goes_on(&v->rules[i]) ? count_steps(&pl->rules[i]) : 0;
    }
    size_t head = sizeof(fir__job) + runs * sizeof(fir__run);
    fir__job *j = fir__zalloc(&g->allocator, head + steps * sizeof(fir__step_result));
    if (j == NULL) {
        fir_plan_free(pl);
        return NULL;
    }
    fir__step_result *results = (fir__step_result *)(void *)((char *)j + head);
    j->plan = pl;
    j->bytes = head + steps * sizeof *results + pl->arena.used;
    j->alert_ns = facts->has_time ? facts->time_ns : 0;
    j->forgeable = facts->forgeable;
    for (uint32_t i = 0; i < pl->n_rules; i++) {
        if (goes_on(&v->rules[i])) {
            make_run(j, &j->runs[j->n_runs++], &pl->rules[i], &v->rules[i], &results);
        }
    }
    j->open = j->going = j->n_runs;
    return j;
}

/* A rule that the gate refused; to be told once the alert is accepted. */
typedef struct note {
    fir_plan *plan; /* a reference */
    uint32_t rule;
    fir__gate_status status;
    const char *why;
} note;

/* What the gate said of one alert, as its record; and the alert's own record, when something is to be done. */
typedef struct judged {
    char event[FIR__ID];
    fir_buf gate, alert;
    fir__job *job; /* NULL: nothing is to be done */
} judged;

/* What one call brings in, before it is accepted. */
typedef struct batch {
    fir_engine *g;
    fir__intake *intake;
    const fir_playbook *playbook;
    fir__job *first, **end;
    uint64_t count, bytes;
    fir__sbuf receipts;
    bool wants_receipts;
    judged *records; /* what the gate said, folded in */
    size_t n_records, cap_records;
    note *notes;
    size_t n_notes, cap_notes;
    uint64_t read, unread;
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

static void tell_notes(batch *b)
{
    for (size_t i = 0; i < b->n_notes; i++) {
        const note *n = &b->notes[i];
        (void)fir__outcome_rule(b->g, n->plan, n->plan->rules[n->rule].def->name, n->status, n->why, (fir_str){NULL, 0});
    }
}

/* All of the batch in one commit. */
static int write_batch(batch *b, int64_t wall, fir_error *err)
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
        const judged *one = &b->records[i];
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
static bool take_room(batch *b)
{
    fir_engine *g = b->g;
    pthread_mutex_lock(&g->lock);
    g->started = true;
    bool room = b->count <= g->max_queued && g->queued <= g->max_queued - b->count &&
                (g->queued == 0 || g->queued_bytes + b->bytes <= FIR__QUEUED_BYTES);
    g->queued += room ? b->count : 0;
    g->queued_bytes += room ? b->bytes : 0;
    pthread_mutex_unlock(&g->lock);
    return room;
}

static void give_room(batch *b)
{
    fir_engine *g = b->g;
    pthread_mutex_lock(&g->lock);
    g->queued -= b->count;
    g->queued_bytes -= b->bytes;
    pthread_mutex_unlock(&g->lock);
}

/* Accepts the batch, all of it or nothing: in the journal first. */
static int accept(batch *b, fir_error *err)
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

/* ---- judging ---- */

static int add_note(batch *b, const fir_plan *pl, uint32_t rule, const fir__rule_verdict *v)
{
    if (!fir__grow(&b->g->allocator, &b->notes, &b->cap_notes, b->n_notes + 1, sizeof *b->notes)) {
        return FIR_ENOMEM;
    }
    b->notes[b->n_notes++] = (note){fir__plan_ref(pl), rule, v->status, v->why};
    return 0;
}

/* Judges under one lock with what it takes, so that no other alert comes between. */
static int judge(batch *b, const fir_plan *pl, const fir__alert_facts *facts, fir__arena *arena, fir__verdict *v, fir_error *err)
{
    fir_engine *g = b->g;
    fir__sbuf record;
    if (!fir__grow(&g->allocator, &b->records, &b->cap_records, b->n_records + 1, sizeof *b->records)) {
        return fir__no_memory(err);
    }
    fir__sbuf_init(&record, &g->allocator, FIR__GATE_MOST_RECORD);
    pthread_mutex_lock(&g->judge);
    int64_t now = fir__engine_wall(g);
    if ((g->flags & FIR_ENGINE_AS_OF_ALERTS) != 0) {
        g->as_of_ns = facts->has_time && facts->time_ns > g->as_of_ns ? facts->time_ns : g->as_of_ns;
        now = facts->has_time ? facts->time_ns : g->as_of_ns;
    }
    int rc = fir__gate_judge(g->gate, pl, facts, now, arena, v);
    if (rc == 0) {
        fir__gate_record(pl, v, &record);
        rc = record.status != 0 ? record.status : fir__gate_fold(g->gate, FIR__S("gate"), fir__sbuf_view(&record), err);
    }
    pthread_mutex_unlock(&g->judge);
    if (rc == 0) {
        judged *r = &b->records[b->n_records++];
        *r = (judged){.job = NULL};
        memcpy(r->event, pl->event_id, FIR__ID);
        rc = fir__sbuf_take(&record, &r->gate);
    }
    fir__sbuf_free(&record);
    return rc == 0 ? 0 : rc == FIR_ENOMEM ? fir__no_memory(err) : fir__fail(err, rc, "the plan is too large to be judged");
}

/* What was folded in and is not accepted was never there. */
static void retract(batch *b)
{
    pthread_mutex_lock(&b->g->judge);
    for (size_t i = b->n_records; i != 0; i--) {
        fir__gate_retract(b->g->gate, fir__str(b->records[i - 1].gate.ptr, b->records[i - 1].gate.len));
    }
    pthread_mutex_unlock(&b->g->judge);
}

static void count_verdicts(batch *b, const fir_plan *pl, const fir__verdict *v)
{
    fir_engine *g = b->g;
    const fir_str none = {NULL, 0};
    pthread_mutex_lock(&g->lock);
    fir__metrics_count(&g->metrics, &g->allocator, FIR__ALERTS_MATCHED, none, none);
    for (uint32_t i = 0; i < v->n_rules; i++) {
        fir_str rule = pl->rules[i].def->name;
        fir__metrics_count(&g->metrics, &g->allocator, FIR__GATE_VERDICTS, rule, fir__gate_status_name(v->rules[i].status));
        if (v->rules[i].missing_key) {
            fir__metrics_count(&g->metrics, &g->allocator, FIR__KEYS_MISSING, rule, none);
        }
        if (pl->rules[i].undecided) {
            fir__metrics_count(&g->metrics, &g->allocator, FIR__RULES_UNDECIDED, rule, none);
        }
    }
    pthread_mutex_unlock(&g->lock);
}

/* The record of an alert for which something is to be done; it belongs to what the gate said last. */
static int write_alert(batch *b, fir__job *j)
{
    fir__sbuf text;
    fir__sbuf_init(&text, &b->g->allocator, FIR__GATE_MOST_RECORD);
    fir__journal_alert(j, &text);
    int rc = fir__sbuf_take(&text, &b->records[b->n_records - 1].alert);
    b->records[b->n_records - 1].job = rc == 0 ? j : NULL;
    fir__sbuf_free(&text);
    return rc;
}

/* Takes the plan over, also on failure. */
static int add_judged(batch *b, fir_plan *pl, const fir__alert_facts *facts, const fir__verdict *v, fir_error *err)
{
    uint32_t going = 0;
    for (uint32_t i = 0; i < v->n_rules; i++) {
        going += goes_on(&v->rules[i]);
        if (!goes_on(&v->rules[i]) && add_note(b, pl, i, &v->rules[i]) != 0) {
            fir_plan_free(pl);
            return fir__no_memory(err);
        }
    }
    if (v->n_rules != 0) {
        count_verdicts(b, pl, v);
    }
    if (going == 0) {
        fir_plan_free(pl);
        return 0;
    }
    fir__job *j = fir__job_make(b->g, pl, v, facts);
    if (j == NULL) {
        return fir__no_memory(err);
    }
    *b->end = j;
    b->end = &j->next;
    b->count++;
    b->bytes += j->bytes;
    if (b->g->durable && write_alert(b, j) != 0) {
        return fir__no_memory(err);
    }
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

/* What the gate says of rules that do not simply go on. */
static void put_verdicts(fir__json_writer *w, const fir_plan *pl, const fir__verdict *v)
{
    bool any = false;
    for (uint32_t i = 0; v != NULL && i < v->n_rules; i++) {
        if (v->rules[i].status == FIR__GATE_PROCEED) {
            continue;
        }
        if (!any) {
            fir__json_key(w, FIR__S("rules"));
            fir__json_open(w, '[');
            any = true;
        }
        fir__json_item(w);
        fir__json_open(w, '{');
        fir__json_key_str(w, FIR__S("rule"), pl->rules[i].def->name);
        fir__json_key_str(w, FIR__S("status"), fir__gate_status_name(v->rules[i].status));
        fir__json_close(w, '}');
    }
    if (any) {
        fir__json_close(w, ']');
    }
}

static void put_receipt(batch *b, uint64_t line, const fir_plan *pl, const fir__verdict *v, fir_str status, int code,
                        const fir_error *why)
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
    put_verdicts(&w, pl, v);
    fir__json_key_str(&w, FIR__S("status"), status);
    fir__json_close(&w, '}');
    fir__sbuf_char(&b->receipts, '\n');
}

static int refuse(batch *b, uint64_t line, int code, const fir_error *why)
{
    put_receipt(b, line, NULL, NULL, FIR__S("refused"), code, why);
    b->unread++;
    fir__log(b->g, FIR_LOG_WARNING, "alert at line %llu refused: %s", (unsigned long long)line, why->message);
    return 0;
}

/* ---- submit ---- */

static fir__alert_facts facts_of(const fir_engine *g, const fir_event *e, const fir_plan *pl)
{
    fir__alert_facts facts = {.forgeable = e != NULL && e->info.form != FIR_FORM_JSON};
    facts.has_time = fir__time_parse(pl->time, &facts.time_ns);
    facts.dry_run = (g->flags & FIR_ENGINE_DRY_RUN) != 0;
    return facts;
}

/* Takes the plan over. line 0: no receipt. */
static int take_plan(batch *b, uint64_t line, fir_plan *pl, const fir__alert_facts *facts, fir_error *err)
{
    fir__arena arena;
    fir__verdict v;
    fir__arena_init(&arena, &b->g->allocator, MAX_VERDICT);
    int rc = judge(b, pl, facts, &arena, &v, err);
    if (rc != 0) {
        fir_plan_free(pl);
        fir__arena_free(&arena);
        return rc;
    }
    fir_str status = v.status != FIR__GATE_PROCEED ? fir__gate_status_name(v.status)
                     : pl->n_rules != 0            ? FIR__S("accepted")
                                                   : FIR__S("no_match");
    if (line != 0) {
        put_receipt(b, line, pl->n_rules != 0 ? pl : NULL, v.status == FIR__GATE_PROCEED ? &v : NULL, status, 0, NULL);
    }
    rc = add_judged(b, pl, facts, &v, err);
    fir__arena_free(&arena);
    return rc;
}

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
    if (pl == NULL) {
        put_receipt(b, line, NULL, NULL, FIR__S("no_match"), 0, NULL);
        return 0;
    }
    fir__alert_facts facts = facts_of(b->g, b->intake->event, pl);
    return take_plan(b, line, pl, &facts, err);
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

static void batch_begin(batch *b, fir_engine *g)
{
    *b = (batch){.g = g};
    b->end = &b->first;
    (void)pthread_rwlock_rdlock(&g->accepting);
    fir__sbuf_init(&b->receipts, &g->allocator, MAX_RECEIPTS);
}

static void batch_end(batch *b, int rc)
{
    fir_engine *g = b->g;
    const fir_str none = {NULL, 0};
    if (rc != 0) {
        retract(b);
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
    batch b;
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
static int submit_event(batch *b, const fir_event *e, fir_error *err)
{
    fir_plan *pl;
    int rc = fir__evaluate(b->intake->evaluator, b->playbook, e, true, &pl, err);
    b->read++;
    if (rc == 0 && pl != NULL) {
        fir__alert_facts facts = facts_of(b->g, e, pl);
        rc = take_plan(b, 0, pl, &facts, err);
    }
    return rc != 0 ? rc : accept(b, err);
}

int fir_engine_submit_event(fir_engine *g, const fir_event *e, fir_error *err)
{
    if (g == NULL || e == NULL) {
        return fir__fail(err, FIR_EINVAL, "engine or event is NULL");
    }
    batch b;
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
    batch b;
    batch_begin(&b, g);
    fir__alert_facts facts = facts_of(g, NULL, pl);
    rc = take_plan(&b, 0, fir__plan_ref(pl), &facts, err);
    rc = rc != 0 ? rc : accept(&b, err);
    batch_end(&b, rc);
    return rc;
}
