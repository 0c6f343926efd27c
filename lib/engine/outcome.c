/* SPDX-License-Identifier: Apache-2.0 */
/* Outcomes: written once as JSON, kept in a ring, read by a cursor. */
#include <errno.h>
#include <time.h>

#include "base/utf8.h"
#include "engine/private.h"
#include "engine/recover.h"
#include "json/document.h"
#include "json/writer.h"
#include "store/kinds.h"

enum { MAX_OUTCOME = 64 * 1024, MAX_SHOWN = 512, MAX_ANSWER = 16 * 1024 * 1024 };

fir_str fir__status_name(fir__status s)
{
    static const fir_str names[] = {
        [FIR__STEP_PENDING] = {"pending", 7},
        [FIR__STEP_SUCCEEDED] = {"succeeded", 9},
        [FIR__STEP_FAILED] = {"failed", 6},
        [FIR__STEP_SKIPPED] = {"skipped", 7},
        [FIR__STEP_WOULD_RUN] = {"would_run", 9},
        [FIR__STEP_REFUSED] = {"refused", 7},
        [FIR__STEP_CANCELLED] = {"cancelled", 9},
        [FIR__STEP_PAUSED] = {"paused", 6},
        [FIR__STEP_PROTECTED] = {"protected", 9},
        [FIR__STEP_EXPIRED] = {"expired", 7},
        [FIR__STEP_REJECTED] = {"rejected", 8},
        [FIR__STEP_UNDONE] = {"undone", 6},
        [FIR__STEP_UNDO_CONFLICT] = {"undo_conflict", 13},
        [FIR__STEP_UNDO_FAILED] = {"undo_failed", 11},
    };
    return names[s];
}

/* What an alert says about itself may be long; an outcome is not the place for it. */
static fir_str shown(fir_str s)
{
    return s.len <= MAX_SHOWN ? s : fir__str_to(s, fir__utf8_floor(s, MAX_SHOWN));
}

static void put_text(fir__json_writer *w, fir_str key, fir_str value)
{
    if (value.len != 0) {
        fir__json_key_str(w, key, shown(value));
    }
}

static void put_event(fir__json_writer *w, const fir_plan *pl)
{
    fir__json_key(w, FIR__S("event"));
    fir__json_open(w, '{');
    fir__json_key_str(w, FIR__S("id"), fir__str(pl->event_id, sizeof pl->event_id));
    put_text(w, FIR__S("priority"), pl->priority);
    put_text(w, FIR__S("rule"), pl->rule);
    put_text(w, FIR__S("source"), pl->source);
    put_text(w, FIR__S("time"), pl->time);
    fir__json_close(w, '}');
}

/* All keys before `seq`. */
static void put_head(fir__json_writer *w, const fir__run *r, const fir__plan_step *step, int64_t duration_ns)
{
    const fir__ending *e = &r->ending;
    fir__json_open(w, '{');
    fir__json_key_str(w, FIR__S("action_id"), fir__str(step->action_id, sizeof step->action_id));
    fir__json_key_i64(w, FIR__S("attempts"), r->attempt);
    fir__json_key_i64(w, FIR__S("duration"), duration_ns);
    if (e->text[0] != '\0') {
        fir__json_key_error(w, e->code, fir__cstr(e->text));
    }
    put_event(w, r->job->plan);
    if (e->http_status != 0) {
        fir__json_key(w, FIR__S("response"));
        fir__json_open(w, '{');
        fir__json_key_i64(w, FIR__S("bytes"), (int64_t)e->http_bytes);
        fir__json_key_i64(w, FIR__S("status"), e->http_status);
        fir__json_close(w, '}');
    }
    fir__json_key_str(w, FIR__S("rule"), shown(r->rule->def->name));
}

static fir__outcome *outcome_of(fir_engine *g, fir__sbuf *b, size_t head)
{
    fir__outcome *o = b->status == 0 ? fir__alloc(&g->allocator, sizeof *o + b->len) : NULL;
    if (o != NULL) {
        o->head = head;
        o->len = b->len;
        memcpy(o->text, b->ptr, b->len);
    }
    fir__sbuf_free(b);
    return o;
}

static fir__outcome *make(fir_engine *g, const fir__run *r, const fir__plan_step *step, int64_t duration_ns)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &g->allocator, MAX_OUTCOME);
    fir__json_writer w = {&b, false};
    put_head(&w, r, step, duration_ns);
    size_t head = b.len;
    fir__json_key_str(&w, FIR__S("status"), fir__status_name(r->ending.status));
    fir__json_key_str(&w, FIR__S("step"), shown(step->def->id));
    if (r->uncertain) {
        fir__json_key_bool(&w, FIR__S("uncertain"), true);
    }
    fir__json_key_str(&w, FIR__S("use"), shown(step->def->use));
    fir__json_close(&w, '}');
    return outcome_of(g, &b, head);
}

static fir__outcome *make_rule(fir_engine *g, const fir_plan *pl, fir_str rule, fir__gate_status status, const char *why,
                               fir_str approval)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &g->allocator, MAX_OUTCOME);
    fir__json_writer w = {&b, false};
    fir__json_open(&w, '{');
    put_text(&w, FIR__S("approval"), approval);
    if (why != NULL) {
        fir__json_key(&w, FIR__S("error"));
        fir__json_open(&w, '{');
        fir__json_key_str(&w, FIR__S("message"), fir__cstr(why));
        fir__json_close(&w, '}');
    }
    put_event(&w, pl);
    fir__json_key_str(&w, FIR__S("rule"), shown(rule));
    size_t head = b.len;
    fir__json_key_str(&w, FIR__S("status"), fir__gate_status_name(status));
    fir__json_close(&w, '}');
    return outcome_of(g, &b, head);
}

static void put_outcome(fir__sbuf *b, const fir__outcome *o, uint64_t number)
{
    fir__sbuf_put(b, o->text, o->head);
    fir__sbuf_put(b, ",\"seq\":", 7);
    fir__sbuf_u64(b, number);
    fir__sbuf_put(b, o->text + o->head, o->len - o->head);
}

static bool ring_grow(fir_engine *g)
{
    fir__ring *k = &g->ring;
    size_t cap = k->cap == 0 ? 64 : k->cap * 2;
    cap = cap < g->max_outcomes ? cap : (size_t)g->max_outcomes;
    fir__outcome **items = fir__alloc_array(&g->allocator, cap, sizeof(fir__outcome *));
    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < k->count; i++) {
        items[(k->first + i) % cap] = k->items[(k->first + i) % k->cap];
    }
    fir__free(&g->allocator, k->items);
    k->items = items;
    k->cap = cap;
    return true;
}

/* Under the lock. False: out of memory. */
static bool ring_put(fir_engine *g, fir__outcome *o, uint64_t *number)
{
    fir__ring *k = &g->ring;
    if (k->count == k->cap && k->cap < g->max_outcomes && !ring_grow(g)) {
        return false;
    }
    if (k->count == k->cap) {
        fir__free(&g->allocator, k->items[k->first % k->cap]);
        k->first++;
        k->count--;
    }
    *number = k->first + k->count;
    k->items[*number % k->cap] = o;
    k->count++;
    return true;
}

static int32_t level_of(fir__status s)
{
    static const int32_t levels[FIR__STEP_STATUSES] = {
        [FIR__STEP_PENDING] = FIR_LOG_DEBUG,  [FIR__STEP_SUCCEEDED] = FIR_LOG_INFO, [FIR__STEP_SKIPPED] = FIR_LOG_DEBUG,
        [FIR__STEP_WOULD_RUN] = FIR_LOG_INFO, [FIR__STEP_UNDONE] = FIR_LOG_INFO,
    };
    return levels[s] != 0 ? levels[s] : FIR_LOG_WARNING;
}

/* Puts it into the ring, and says so. Takes it over. */
static int publish(fir_engine *g, fir__outcome *o, int32_t level)
{
    uint64_t number;
    fir__sbuf line;
    if (o == NULL) {
        return FIR_ENOMEM;
    }
    fir__sbuf_init(&line, &g->allocator, MAX_OUTCOME + 64);
    pthread_mutex_lock(&g->lock);
    bool ok = ring_put(g, o, &number);
    if (ok && g->log != NULL) {
        put_outcome(&line, o, number); /* a copy: another thread may push it out of the ring */
    }
    pthread_cond_broadcast(&g->news);
    pthread_mutex_unlock(&g->lock);
    if (!ok) {
        fir__free(&g->allocator, o);
    } else if (line.status == 0 && line.len != 0) {
        fir__log_outcome(g, level, fir__sbuf_view(&line));
    }
    fir__sbuf_free(&line);
    return ok ? 0 : FIR_ENOMEM;
}

/* Under no lock. */
static void measure(fir_engine *g, const fir__run *r, const fir__plan_step *step, int64_t duration_ns)
{
    const fir_allocator *a = &g->allocator;
    const fir__job *j = r->job;
    fir_str status = fir__status_name(r->ending.status), none = {NULL, 0};
    pthread_mutex_lock(&g->lock);
    fir__metrics_count(&g->metrics, a, r->kind == FIR__RUN_UNDO ? FIR__UNDOS : FIR__ACTIONS, step->def->use, status);
    for (uint32_t i = 1; i < r->attempt; i++) {
        fir__metrics_count(&g->metrics, a, FIR__RETRIES, step->def->use, none);
    }
    if (r->kind == FIR__RUN_RULE && r->attempt != 0) {
        fir__metrics_time(&g->metrics, FIR__ACCEPTED_TO_STARTED, r->started_ns - j->accepted_ns);
        fir__metrics_time(&g->metrics, FIR__STARTED_TO_DONE, duration_ns);
        if (j->alert_ns != 0) {
            fir__metrics_time(&g->metrics, FIR__ALERT_TO_DONE, g->clock.wall_ns(g->clock.self) - j->alert_ns);
        }
    }
    pthread_mutex_unlock(&g->lock);
}

int fir__outcome_add(fir_engine *g, const fir__run *r, const fir__plan_step *step, int64_t duration_ns)
{
    size_t before = g->n_notes;
    int rc = fir__journal_outcome(g, r, step, duration_ns);
    if (rc != 0) {
        return rc;
    }
    rc = publish(g, make(g, r, step, duration_ns), level_of(r->ending.status));
    if (rc != 0) {
        fir__journal_unput(g, before);
    } else {
        measure(g, r, step, duration_ns);
    }
    return rc;
}

int fir__outcome_rule(fir_engine *g, const fir_plan *pl, fir_str rule, fir__gate_status status, const char *why, fir_str approval)
{
    static const int32_t levels[FIR__GATE_STATUSES] = {[FIR__GATE_COOLING] = FIR_LOG_DEBUG,
                                                       [FIR__GATE_BELOW_THRESHOLD] = FIR_LOG_DEBUG,
                                                       [FIR__GATE_DUPLICATE] = FIR_LOG_DEBUG,
                                                       [FIR__GATE_NEEDS_APPROVAL] = FIR_LOG_INFO};
    return publish(g, make_rule(g, pl, rule, status, why, approval), levels[status] != 0 ? levels[status] : FIR_LOG_WARNING);
}

static void lost_json(const fir__job *j, const fir__past_action *a, fir__sbuf *b, size_t *head)
{
    fir__json_writer w = {b, false};
    fir__json_open(&w, '{');
    fir__json_key_str(&w, FIR__S("action_id"), fir__str(a->id, FIR__ID));
    fir__json_key_i64(&w, FIR__S("attempts"), 0);
    fir__json_key_error(&w, FIR_ENOTFOUND, a->error);
    fir__json_key(&w, FIR__S("event"));
    fir__json_open(&w, '{');
    fir__json_key_str(&w, FIR__S("id"), fir__str(j->event_id, FIR__ID));
    fir__json_close(&w, '}');
    fir__json_key_str(&w, FIR__S("rule"), shown(a->rule));
    *head = b->len;
    fir__json_key_str(&w, FIR__S("status"),
                      fir__status_name(a->status == FIR__STEP_SUCCEEDED ? FIR__STEP_UNDO_FAILED : FIR__STEP_FAILED));
    fir__json_key_str(&w, FIR__S("step"), shown(a->step));
    fir__json_key_str(&w, FIR__S("use"), shown(a->use));
    fir__json_close(&w, '}');
}

int fir__outcome_lost(fir_engine *g, fir__job *j, const fir__past_action *a)
{
    fir__sbuf b, record;
    size_t head;
    fir__sbuf_init(&b, &g->allocator, MAX_OUTCOME);
    lost_json(j, a, &b, &head);
    fir__sbuf_init(&record, &g->allocator, MAX_OUTCOME);
    fir__sbuf_str(&record, fir__sbuf_view(&b));
    int rc = fir__journal_put(g, FIR__KIND_DEAD, j, j->event_id, a->id, &record);
    if (rc != 0) {
        fir__sbuf_free(&b);
        return rc;
    }
    return publish(g, outcome_of(g, &b, head), FIR_LOG_WARNING);
}

/* In the ring's own text: keys stand in order, so that the action's id comes first, and names are quoted. */
bool fir__outcome_rule_of(fir_engine *g, fir_str action_id, fir__sbuf *rule)
{
    fir_str wanted = FIR__S("{\"action_id\":\"");
    bool found = false;
    pthread_mutex_lock(&g->lock);
    const fir__ring *k = &g->ring;
    for (size_t i = k->count; !found && i != 0; i--) {
        const fir__outcome *o = k->items[(k->first + i - 1) % k->cap];
        fir_str head = fir__str(o->text, o->head);
        if (!fir__str_starts(head, wanted) || !fir__str_starts(fir__str_from(head, wanted.len), action_id)) {
            continue;
        }
        fir__arena arena;
        fir__data *d;
        fir_buf whole = {NULL, 0, NULL};
        fir__arena_init(&arena, &g->allocator, MAX_OUTCOME * 4);
        if (fir__buf_copy(&g->allocator, fir__str(o->text, o->len), &whole) == 0 &&
            fir__json_document(fir__str(whole.ptr, whole.len), &arena, &d, NULL) == 0) {
            const fir__data *name = fir__data_get(d, FIR__S("rule"));
            found = name != NULL && name->type == FIR__DATA_TEXT;
            if (found) {
                fir__sbuf_str(rule, name->s);
            }
        }
        fir_buf_dispose(&whole);
        fir__arena_free(&arena);
        break;
    }
    pthread_mutex_unlock(&g->lock);
    return found;
}

void fir__ring_free(fir_engine *g)
{
    fir__ring *k = &g->ring;
    for (size_t i = 0; i < k->count; i++) {
        fir__free(&g->allocator, k->items[(k->first + i) % k->cap]);
    }
    fir__free(&g->allocator, k->items);
}

/* Under the lock: waits for an outcome behind `after`. */
static void wait_for_news(fir_engine *g, uint64_t after, int64_t wait_ns)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t seconds = wait_ns / FIR__SECOND, rest = wait_ns % FIR__SECOND + until.tv_nsec;
    until.tv_sec += (time_t)(seconds < 1000000000 ? seconds : 1000000000) + (time_t)(rest / FIR__SECOND);
    until.tv_nsec = (long)(rest % FIR__SECOND);
    while (g->ring.first + g->ring.count <= after + 1) {
        if (pthread_cond_timedwait(&g->news, &g->lock, &until) == ETIMEDOUT) {
            return;
        }
    }
}

/* Under the lock. */
static void put_since(const fir_engine *g, uint64_t after, uint64_t *next, fir__sbuf *b)
{
    const fir__ring *k = &g->ring;
    uint64_t from = after < k->first ? k->first : after + 1, last = k->first + k->count;
    fir__sbuf_char(b, '[');
    for (uint64_t n = from; n < last && b->len < MAX_ANSWER; n++) {
        if (n != from) {
            fir__sbuf_char(b, ',');
        }
        put_outcome(b, k->items[n % k->cap], n);
        *next = n;
    }
    fir__sbuf_char(b, ']');
}

int fir_engine_outcomes_json(fir_engine *g, uint64_t after, int64_t wait_ns, uint64_t *next, fir_buf *out, fir_error *err)
{
    if (out != NULL) {
        *out = (fir_buf){NULL, 0, NULL};
    }
    if (g == NULL || out == NULL || next == NULL || after == UINT64_MAX) {
        return fir__fail(err, FIR_EINVAL, "engine, next or out is NULL, or the cursor is none");
    }
    int rc = fir__engine_enter(g, err);
    if (rc != 0) {
        return rc;
    }
    fir__sbuf b;
    uint64_t at = after;
    fir__sbuf_init(&b, &g->allocator, MAX_ANSWER + MAX_OUTCOME + 64);
    pthread_mutex_lock(&g->lock);
    if (wait_ns > 0) {
        wait_for_news(g, after, wait_ns);
    }
    put_since(g, after, &at, &b);
    pthread_mutex_unlock(&g->lock);
    rc = fir__sbuf_take(&b, out);
    if (rc != 0) {
        fir__sbuf_free(&b);
        return fir__no_memory(err);
    }
    *next = at;
    return 0;
}
