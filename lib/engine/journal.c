/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine writes down. The polling thread gathers records and writes them in one commit a turn, together with the intents
 * of the actions that may begin after it; others write theirs at once. Without a data directory nothing is written. */
#include "engine/private.h"
#include "json/writer.h"
#include "store/kinds.h"

enum { MAX_JSON = 1 << 20, MOST_AT_ONCE = 4096, MOST_NOTES = FIR_STORE_MAX_APPEND / 2 };
#define AGAIN_AFTER FIR__SECOND /* a disk that is full is asked once a second */

static fir_str id_of(const char *id)
{
    return id != NULL ? fir__str(id, FIR__ID) : (fir_str){NULL, 0};
}

void fir__crash(fir_engine *g, const char *point)
{
    if (g->crash != NULL) {
        g->crash(g->crash_ctx, point);
    }
}

/* ---- gathering ---- */

int fir__journal_put(fir_engine *g, fir_str kind, fir__job *job, const char *event, const char *action, fir__sbuf *json)
{
    fir__note n = {.kind = kind, .job = job};
    int rc = json->status;
    if (g->durable && rc == 0) {
        n.has_event = event != NULL;
        n.has_action = action != NULL;
        if (event != NULL) {
            memcpy(n.event, event, FIR__ID);
        }
        if (action != NULL) {
            memcpy(n.action, action, FIR__ID);
        }
        rc = fir__grow(&g->allocator, &g->notes, &g->cap_notes, g->n_notes + 1, sizeof *g->notes) ? fir__sbuf_take(json, &n.json)
                                                                                                  : FIR_ENOMEM;
        if (rc == 0) {
            g->notes[g->n_notes++] = n;
        }
    }
    fir__sbuf_free(json);
    return rc;
}

void fir__journal_unput(fir_engine *g, size_t n)
{
    while (g->durable && g->n_notes > n) {
        fir_buf_dispose(&g->notes[--g->n_notes].json);
    }
}

void fir__journal_forget_job(fir_engine *g, const fir__job *j)
{
    for (size_t i = 0; i < g->n_notes; i++) {
        if (g->notes[i].job == j) {
            g->notes[i].job = NULL;
        }
    }
}

/* ---- one step's records ---- */

static void put_error(fir__json_writer *w, const fir__ending *e)
{
    if (e->text[0] != '\0') {
        fir__json_key_error(w, e->code, fir__cstr(e->text));
    }
}

static void put_step(fir__json_writer *w, const fir__plan_rule *rule, const fir__plan_step *step)
{
    fir__json_key_text(w, FIR__S("rule"), rule->def->name);
    fir__json_key_text(w, FIR__S("step"), step->def->id);
}

static void put_uncertain(fir__json_writer *w, const fir__run *r)
{
    if (r->uncertain) {
        fir__json_key_bool(w, FIR__S("uncertain"), true);
    }
}

static void intent_json(fir_engine *g, const fir__run *r, fir__sbuf *b)
{
    const fir__plan_step *step = fir__run_step(r);
    fir__json_writer w = {b, false};
    fir__json_open(&w, '{');
    if (r->approved && r->kind == FIR__RUN_RULE) { /* a person's word, which is spent by this */
        fir__json_key_bool(&w, FIR__S("approved"), true);
    }
    fir__json_key_i64(&w, FIR__S("attempt"), r->attempt);
    if (r->record.len != 0) {
        fir__json_key_str(&w, FIR__S("record"), fir__str(r->record.ptr, r->record.len));
    }
    put_step(&w, r->rule, step);
    if (step->def->undo_after_ns != 0) {
        fir__json_key_time(&w, FIR__S("undo_at"), fir__engine_wall(g) + step->def->undo_after_ns);
    }
    fir__json_key_text(&w, FIR__S("use"), step->def->use);
    fir__json_close(&w, '}');
}

static int write_dead(fir_engine *g, const fir__run *r)
{
    const fir__plan_step *step = fir__run_step(r);
    fir__sbuf b;
    fir__sbuf_init(&b, &g->allocator, MAX_JSON);
    fir__json_writer w = {&b, false};
    fir__json_open(&w, '{');
    put_error(&w, &r->ending);
    put_step(&w, r->rule, step);
    fir__json_key_text(&w, FIR__S("use"), step->def->use);
    fir__json_close(&w, '}');
    return fir__journal_put(g, FIR__KIND_DEAD, r->job, r->job->plan->event_id, step->action_id, &b);
}

int fir__journal_outcome(fir_engine *g, const fir__run *r, const fir__plan_step *step, int64_t duration_ns)
{
    fir__sbuf b;
    bool undo = r->kind == FIR__RUN_UNDO;
    fir_str output = r->kind != FIR__RUN_UNDO && r->call != NULL ? fir__sbuf_view(&r->call->output) : (fir_str){NULL, 0};
    if (!g->durable) {
        return 0;
    }
    fir__sbuf_init(&b, &g->allocator, MAX_JSON);
    fir__json_writer w = {&b, false};
    fir__json_open(&w, '{');
    fir__json_key_i64(&w, FIR__S("attempts"), r->attempt);
    fir__json_key_i64(&w, FIR__S("duration"), duration_ns);
    put_error(&w, &r->ending);
    fir__json_key_text(&w, FIR__S("output"), output);
    if (r->undoable && r->recorded_late) {
        fir__json_key_str(&w, FIR__S("record"), fir__sbuf_view(&r->call->record));
    }
    fir__json_key_text(&w, FIR__S("rule"), r->rule->def->name);
    fir__json_key_str(&w, FIR__S("status"), fir__status_name(r->ending.status));
    fir__json_key_text(&w, FIR__S("step"), step->def->id);
    put_uncertain(&w, r);
    if (r->undoable) {
        fir__json_key_bool(&w, FIR__S("undo"), true);
    }
    fir__json_key_text(&w, FIR__S("use"), step->def->use);
    fir__json_close(&w, '}');
    size_t before = g->n_notes;
    int rc = fir__journal_put(g, undo ? FIR__KIND_UNDO : FIR__KIND_OUTCOME, r->job, r->job->plan->event_id, step->action_id, &b);
    if (rc == 0 && r->ending.status == FIR__STEP_FAILED) {
        rc = write_dead(g, r);
        if (rc != 0) {
            fir__journal_unput(g, before);
        }
    }
    return rc;
}

/* An attempt ended without an outcome: it is not on its way any more. */
int fir__journal_attempt(fir_engine *g, const fir__run *r)
{
    const fir__plan_step *step = fir__run_step(r);
    fir__sbuf b;
    if (!r->intended) {
        return 0;
    }
    fir__sbuf_init(&b, &g->allocator, MAX_JSON);
    fir__json_writer w = {&b, false};
    fir__json_open(&w, '{');
    fir__json_key_i64(&w, FIR__S("attempt"), r->attempt);
    put_error(&w, &r->ending);
    put_step(&w, r->rule, step);
    put_uncertain(&w, r);
    fir__json_close(&w, '}');
    return fir__journal_put(g, FIR__KIND_ATTEMPT, r->job, r->job->plan->event_id, step->action_id, &b);
}

static bool was_asked(fir_engine *g)
{
    pthread_mutex_lock(&g->judge);
    bool any = fir__gate_ask_count(g->gate) != 0;
    pthread_mutex_unlock(&g->judge);
    return any;
}

/* The gate forgets what was asked for the alert. */
int fir__journal_done_id(fir_engine *g, const char *event_id)
{
    fir__sbuf b;
    fir_error err;
    if (!g->durable && !was_asked(g)) {
        return 0;
    }
    fir__sbuf_init(&b, &g->allocator, MAX_JSON);
    fir__gate_record_done(fir__str(event_id, FIR__ID), fir__engine_wall(g), &b);
    pthread_mutex_lock(&g->judge);
    int rc = b.status != 0 ? b.status : fir__gate_fold(g->gate, FIR__KIND_DONE, fir__sbuf_view(&b), &err);
    pthread_mutex_unlock(&g->judge);
    if (rc != 0) {
        fir__sbuf_free(&b);
        return rc;
    }
    return fir__journal_put(g, FIR__KIND_DONE, NULL, event_id, NULL, &b);
}

/* ---- what an alert brings ---- */

static void put_actions(fir__json_writer *w, const fir__job *j)
{
    fir__json_key(w, FIR__S("actions"));
    fir__json_open(w, '[');
    for (uint32_t i = 0; i < j->n_runs; i++) {
        for (int p = 0; p < FIR__PHASE_OVER; p++) {
            const fir__plan_steps *steps = fir__run_steps(j->runs[i].rule, (fir__phase)p);
            for (uint32_t k = 0; k < steps->count; k++) {
                const fir__plan_step *s = &steps->items[k];
                fir__json_item(w);
                fir__json_open(w, '{');
                fir__json_key_str(w, FIR__S("action_id"), fir__str(s->action_id, FIR__ID));
                if (p == FIR__PHASE_ON_FAILURE) {
                    fir__json_key_bool(w, FIR__S("on_failure"), true);
                }
                put_step(w, j->runs[i].rule, s);
                fir__json_key_text(w, FIR__S("use"), s->def->use);
                fir__json_close(w, '}');
            }
        }
    }
    fir__json_close(w, ']');
}

void fir__journal_alert(const fir__job *j, fir__sbuf *b)
{
    const fir_plan *pl = j->plan;
    char digest[7 + 2 * FIR__SHA256];
    fir__json_writer w = {b, false};
    memcpy(digest, "sha256:", 7);
    fir__hex(pl->playbook->digest, sizeof pl->playbook->digest, digest + 7);
    fir__json_open(&w, '{');
    put_actions(&w, j);
    fir__json_key_bool(&w, FIR__S("forgeable"), j->forgeable);
    fir__json_key_str(&w, FIR__S("playbook"), fir__str(digest, sizeof digest));
    fir__json_key(&w, FIR__S("rules"));
    fir__json_open(&w, '[');
    for (uint32_t i = 0; i < j->n_runs; i++) {
        fir__json_item(&w);
        fir__json_string(b, j->runs[i].rule->def->name);
        fir__json_done(&w);
    }
    fir__json_close(&w, ']');
    fir__json_key_text(&w, FIR__S("time"), pl->time);
    fir__json_close(&w, '}');
}

/* ---- writing ---- */

static fir_record record_of(const fir_engine *g, const fir__note *n)
{
    return (fir_record){.size = sizeof(fir_record),
                        .wall_ns = fir__engine_wall(g),
                        .kind = n->kind,
                        .event_id = id_of(n->has_event ? n->event : NULL),
                        .action_id = id_of(n->has_action ? n->action : NULL),
                        .json = fir__str(n->json.ptr, n->json.len)};
}

int fir__journal_append(fir_engine *g, const fir_record *r, size_t n, uint32_t flags, uint64_t *first, fir_error *err)
{
    if (atomic_load(&g->store_failed)) {
        return fir__fail(err, FIR_EIO, "the journal failed; the engine must be made anew");
    }
    fir_error why = {0};
    fir__ages_note(g, r, n);
    int rc = g->store.append(g->store.self, r, n, flags, first, &why);
    if (rc != 0) {
        (void)fir__fail(err, rc, "%s", why.message[0] != '\0' ? why.message : "the store refused to write, and does not say why");
    }
    if (rc == FIR_EIO) {
        atomic_store(&g->store_failed, true);
        fir__log(g, FIR_LOG_ERROR, "the journal failed, so nothing more is accepted and nothing destructive done: %s", why.message);
    }
    atomic_fetch_add(&g->n_appended, rc == 0 ? n : 0);
    atomic_fetch_add(&g->n_unwritten, rc != 0);
    return rc;
}

int fir__journal_now(fir_engine *g, fir_str kind, const char *event, const char *action, const fir__sbuf *json, uint64_t *seq,
                     fir_error *err)
{
    const fir_record r = {.size = sizeof r,
                          .wall_ns = fir__engine_wall(g),
                          .kind = kind,
                          .event_id = id_of(event),
                          .action_id = id_of(action),
                          .json = fir__sbuf_view(json)};
    if (json->status != 0) {
        return fir__no_memory(err);
    }
    return g->durable ? fir__journal_append(g, &r, 1, FIR_STORE_RESERVE, seq, err) : 0;
}

void fir__job_seq(fir_engine *g, fir__job *j, uint64_t seq)
{
    if (j != NULL && !j->seqs_lost) {
        if (fir__grow(&g->allocator, &j->seqs, &j->cap_seqs, j->n_seqs + 1, sizeof *j->seqs)) {
            j->seqs[j->n_seqs++] = seq;
        } else {
            j->seqs_lost = true; /* then the journal is not trimmed while this job is there */
        }
    }
}

/* Writes all notes, and the intents of runs behind them. */
static int write_all(fir_engine *g, fir__note *intents, size_t n_intents, bool sync, fir_error *err)
{
    size_t n = g->n_notes + n_intents;
    uint64_t first = 0;
    fir_record *r = fir__alloc_array(&g->allocator, n, sizeof *r);
    if (r == NULL) {
        return fir__no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        r[i] = record_of(g, i < g->n_notes ? &g->notes[i] : &intents[i - g->n_notes]);
    }
    uint32_t flags = (sync ? FIR_STORE_SYNC : 0u) | (n_intents == 0 ? FIR_STORE_RESERVE : 0u);
    int rc = fir__journal_append(g, r, n, flags, &first, err);
    fir__free(&g->allocator, r);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        fir__job_seq(g, i < g->n_notes ? g->notes[i].job : intents[i - g->n_notes].job, first + i);
    }
    for (size_t i = 0; rc == 0 && i < g->n_notes; i++) {
        fir_buf_dispose(&g->notes[i].json);
    }
    g->n_notes = rc == 0 ? 0 : g->n_notes;
    return rc;
}

/* What has gathered while nothing could be written, until the rest is one commit. */
static int write_surplus(fir_engine *g, fir_error *err)
{
    int rc = 0;
    while (rc == 0 && g->n_notes > MOST_NOTES) {
        const size_t all = g->n_notes;
        g->n_notes = MOST_NOTES;
        rc = write_all(g, NULL, 0, false, err);
        size_t left = all - (rc == 0 ? MOST_NOTES : 0);
        if (rc == 0) {
            memmove(g->notes, g->notes + MOST_NOTES, left * sizeof *g->notes);
        }
        g->n_notes = left;
    }
    return rc;
}

/* The intents of the runs that wait, and whether one of them destroys. */
static int make_intents(fir_engine *g, fir__note *out, size_t *n, bool *sync)
{
    *n = 0;
    *sync = false;
    for (fir__run *r = g->intents.first; r != NULL && *n < MOST_AT_ONCE; r = r->next) {
        const fir__plan_step *step = fir__run_step(r);
        fir__note *to = &out[*n];
        fir__sbuf b;
        *to = (fir__note){.kind = FIR__KIND_INTENT, .job = r->job, .has_event = true, .has_action = true};
        memcpy(to->event, r->job->plan->event_id, FIR__ID);
        memcpy(to->action, step->action_id, FIR__ID);
        fir__sbuf_init(&b, &g->allocator, MAX_JSON);
        intent_json(g, r, &b);
        int rc = fir__sbuf_take(&b, &to->json);
        fir__sbuf_free(&b);
        if (rc != 0) {
            return rc;
        }
        ++*n;
        *sync = *sync || step->def->def->destructive;
    }
    return 0;
}

/* The runs whose intents are written may act now. */
static void release(fir_engine *g, size_t n)
{
    while (n-- != 0) {
        fir__run *r = fir__queue_take(&g->intents);
        r->intended = true;
        fir__run_ready(g, r);
    }
}

/* The journal is lost: what destroys is not done; what only tells goes out. */
static void release_without(fir_engine *g)
{
    fir__run *r;
    while ((r = fir__queue_take(&g->intents)) != NULL) {
        r->unwritten = fir__run_step(r)->def->def->destructive;
        r->intended = true;
        fir__run_ready(g, r);
    }
    for (size_t i = 0; i < g->n_notes; i++) {
        fir_buf_dispose(&g->notes[i].json);
    }
    g->n_notes = 0;
}

int fir__journal_flush(fir_engine *g)
{
    fir_error err = {0};
    size_t n = 0;
    bool sync = false;
    if (!g->durable || (g->n_notes == 0 && g->intents.first == NULL)) {
        return 0;
    }
    if (atomic_load(&g->store_failed)) {
        release_without(g);
        return 0;
    }
    if (fir__engine_now(g) < g->write_again_ns) {
        return 0;
    }
    fir__note *intents = fir__alloc_array(&g->allocator, MOST_AT_ONCE, sizeof *intents);
    int rc = intents == NULL ? FIR_ENOMEM : make_intents(g, intents, &n, &sync);
    fir__crash(g, "flush.before");
    rc = rc != 0 ? rc : write_surplus(g, &err);
    rc = rc != 0 ? rc : write_all(g, intents, n, sync, &err);
    if (rc == FIR_ELIMIT && n != 0 && g->n_notes != 0) { /* the ends of actions have a reserve; beginnings wait */
        (void)write_all(g, intents, 0, false, &err);
    }
    for (size_t i = 0; intents != NULL && i < n; i++) {
        fir_buf_dispose(&intents[i].json);
    }
    fir__free(&g->allocator, intents);
    if (rc == 0) {
        fir__crash(g, "flush.after");
        release(g, n);
        return 0;
    }
    if (rc == FIR_ENOMEM) {
        return rc;
    }
    g->write_again_ns = fir__engine_now(g) + AGAIN_AFTER;
    fir__log(g, FIR_LOG_ERROR, "the journal could not be written: %s", err.message);
    return 0;
}

void fir__journal_free(fir_engine *g)
{
    for (size_t i = 0; i < g->n_notes; i++) {
        fir_buf_dispose(&g->notes[i].json);
    }
    fir__free(&g->allocator, g->notes);
    if (g->durable && g->store.close != NULL) {
        g->store.close(g->store.self);
    }
}
