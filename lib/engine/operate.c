/* SPDX-License-Identifier: Apache-2.0 */
/* An operator's word: decide, pause, undo, replay, discard, cancel, and what people say of actions afterwards. */
#include "engine/private.h"
#include "json/writer.h"
#include "store/kinds.h"

enum { ACTION_ID = 64, MOST_WHO = 256, MOST_WHY = 4096 };

/* ---- words ---- */

static int check_word(const char *who, const char *why, fir_error *err)
{
    if (who == NULL || who[0] == '\0' || strlen(who) > MOST_WHO || (why != NULL && strlen(why) > MOST_WHY)) {
        return fir__fail(err, FIR_EINVAL, "who decides must be said, in at most %d bytes, and why in at most %d", MOST_WHO,
                         MOST_WHY);
    }
    return 0;
}

static int enter(fir_engine *g, const fir__order *o, fir_error *err)
{
    if (g == NULL || o->id == NULL) {
        return fir__fail(err, FIR_EINVAL, "engine or id is NULL");
    }
    int rc = fir__engine_enter(g, err);
    return rc != 0 ? rc : check_word(o->who, o->why, err);
}

static bool is_id(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!fir__is_digit(s.ptr[i]) && (s.ptr[i] < 'a' || s.ptr[i] > 'f')) {
            return false;
        }
    }
    return s.len == ACTION_ID;
}

/* A record of kind "operator". */
static void word_json(const char *what, const fir__order *o, fir__sbuf *b)
{
    fir__json_writer w = {b, false};
    fir__json_open(&w, '{');
    fir__json_key_str(&w, FIR__S("command"), fir__cstr(what));
    fir__json_key_text(&w, FIR__S("file"), o->file);
    fir__json_key_str(&w, FIR__S("who"), fir__cstr(o->who));
    fir__json_key_text(&w, FIR__S("why"), fir__cstr(o->why));
    fir__json_close(&w, '}');
}

static void wake(fir_engine *g)
{
    (void)g->transport.wake(g->transport.self);
}

static void note(fir_engine *g, const char *what, const fir__order *o)
{
    fir__log(g, FIR_LOG_INFO, "%.64s says: %s %.64s", o->who, what, o->id);
}

/* ---- approvals ---- */

/* Equal, in a time that does not tell where the first difference is. */
static bool same_token(const char *a, const char *b, size_t n)
{
    unsigned char differ = 0;
    for (size_t i = 0; i < n; i++) {
        differ |= (unsigned char)(a[i] ^ b[i]);
    }
    return differ == 0;
}

/* "ID", or "ID.TOKEN" from somebody who is known by the token alone. */
static int check_token(fir_engine *g, fir_str text, fir_str *id, fir_error *err)
{
    char token[2 * FIR__SHA256];
    size_t dot = fir__str_find(text, FIR__S("."));
    *id = fir__str_to(text, dot);
    if (dot == SIZE_MAX) {
        return 0;
    }
    fir_str given = fir__str_from(text, dot + 1);
    const fir__ask *a = fir__gate_ask(g->gate, *id);
    if (a == NULL) {
        return fir__fail(err, FIR_ENOTFOUND, "no approval waits under this id");
    }
    int rc = fir__approval_token(g, a, token);
    if (rc != 0) {
        return fir__fail(err, rc, "the token cannot be checked");
    }
    return given.len == sizeof token && same_token(given.ptr, token, sizeof token)
               ? 0
               : fir__fail(err, FIR_EDENIED, "the token is not the approval's");
}

static int write_decision(fir_engine *g, const fir__order *o, bool approve, fir_error *err)
{
    fir_str id, who = fir__cstr(o->who), why = fir__cstr(o->why);
    fir__sbuf b;
    int64_t now = fir__gate_now(g);
    fir__sbuf_init(&b, &g->allocator, FIR__GATE_MOST_RECORD);
    pthread_mutex_lock(&g->judge);
    int rc = check_token(g, fir__cstr(o->id), &id, err);
    const fir__ask *a = rc == 0 ? fir__gate_ask(g->gate, id) : NULL;
    bool over = a != NULL && fir__ask_clock(g) >= fir__ask_deadline(g, a);
    rc = rc != 0 ? rc : fir__gate_may_decide(g->gate, id, who, why, over, err);
    if (rc == 0) {
        fir__approval_state state = approve ? FIR__APPROVAL_APPROVED : FIR__APPROVAL_REJECTED;
        fir__gate_record_answer_by(id, state, who, why, o->file, now, &b);
        rc = fir__journal_now(g, FIR__S("decision"), a->event_id.len == FIR__ID ? a->event_id.ptr : NULL, NULL, &b, NULL, err);
        rc = rc != 0 ? rc : fir__gate_fold(g->gate, FIR__S("decision"), fir__sbuf_view(&b), err);
    }
    pthread_mutex_unlock(&g->judge);
    fir__sbuf_free(&b);
    return rc;
}

static int decide(fir_engine *g, const fir__order *o, bool approve, fir_error *err)
{
    int rc = enter(g, o, err);
    rc = rc != 0 ? rc : write_decision(g, o, approve, err);
    if (rc == 0) {
        pthread_mutex_lock(&g->lock);
        fir__metrics_count(&g->metrics, &g->allocator, FIR__APPROVALS, approve ? FIR__S("approved") : FIR__S("rejected"),
                           (fir_str){NULL, 0});
        pthread_mutex_unlock(&g->lock);
        fir__log(g, FIR_LOG_INFO, "%.64s %s %.16s", o->who, approve ? "approved" : "rejected", o->id);
        atomic_store(&g->answered, true);
        wake(g);
    }
    return rc;
}

/* ---- the kill switch ---- */

static int set_pause(fir_engine *g, bool on, const fir__order *o, fir_error *err)
{
    fir__sbuf b;
    int rc = enter(g, o, err);
    if (rc != 0) {
        return rc;
    }
    fir__sbuf_init(&b, &g->allocator, FIR__GATE_MOST_RECORD);
    fir__gate_record_pause_by(on, fir__cstr(o->who), fir__cstr(o->why), o->file, fir__gate_now(g), &b);
    pthread_mutex_lock(&g->judge); /* a pause holds even where it cannot be written */
    rc = b.status != 0 ? b.status : on ? fir__gate_fold(g->gate, FIR__S("operator"), fir__sbuf_view(&b), err) : 0;
    rc = rc != 0 ? rc : fir__journal_now(g, FIR__S("operator"), NULL, NULL, &b, NULL, err);
    rc = rc != 0 || on ? rc : fir__gate_fold(g->gate, FIR__S("operator"), fir__sbuf_view(&b), err);
    pthread_mutex_unlock(&g->judge);
    fir__sbuf_free(&b);
    if (rc != 0) {
        return rc == FIR_ENOMEM ? fir__no_memory(err) : rc;
    }
    fir__log(g, FIR_LOG_WARNING, "%.64s %s", o->who, on ? "paused everything but notifications" : "resumed");
    return 0;
}

static int resume(fir_engine *g, const fir__order *o, fir_error *err)
{
    if (g != NULL && g->pause_dir >= 0) {
        pthread_mutex_lock(&g->work);
        bool file = g->paused_by_file;
        pthread_mutex_unlock(&g->work);
        if (file) {
            return fir__fail(err, FIR_ESTATE, "the file PAUSE in the data directory pauses it: take it away");
        }
    }
    return set_pause(g, false, o, err);
}

/* ---- actions ---- */

static bool is_action(const fir__plan_rule *rule, fir__phase phase, uint32_t index, fir_str id)
{
    return fir__str_eq(fir__str(fir__run_steps(rule, phase)->items[index].action_id, ACTION_ID), id);
}

static fir__dead *find_dead(fir_engine *g, fir_str id)
{
    fir__dead *d = g->dead;
    while (d != NULL && !is_action(d->rule, d->phase, d->index, id)) {
        d = d->next;
    }
    return d;
}

static fir__run *find_extra(fir_engine *g, fir__run_kind kind, fir_str id)
{
    fir__run *r = g->extras;
    while (r != NULL && (r->kind != kind || !is_action(r->rule, r->phase, r->index, id))) {
        r = r->extra_next;
    }
    return r;
}

/* What a word is about. */
typedef struct subject {
    fir__job *job;
    fir__run *run;   /* an undo; a replay that was made for it, and waits nowhere yet; who has the step that is cancelled */
    fir__dead *dead; /* a dead letter, */
    fir__lost *lost; /* or one of what is planned no more */
    fir__phase phase;
    uint32_t index;
} subject;

/* A word is carried out in two: what it needs is found, and nothing is changed; then, when the word is written, it is done, which
 * cannot fail. */
typedef struct word {
    const char *name;
    int (*find)(fir_engine *g, fir_str id, subject *out, fir_error *err);
    void (*obey)(fir_engine *g, const subject *s);
} word;

static int find_undo(fir_engine *g, fir_str id, subject *out, fir_error *err)
{
    fir__run *r = find_extra(g, FIR__RUN_UNDO, id);
    if (r == NULL) {
        return fir__fail(err, FIR_ENOTFOUND,
                         "nothing of this action can be undone: it did nothing, or its undo is over or not known");
    }
    if (r->begun || r->ordered) {
        return fir__fail(err, FIR_ESTATE, "it is being undone already");
    }
    *out = (subject){.job = r->job, .run = r};
    return 0;
}

static void undo(fir_engine *g, const subject *s)
{
    s->run->ordered = true;
    (void)fir__timers_hasten(&g->timers, s->run, fir__engine_now(g));
}

static int find_letter(fir_engine *g, fir_str id, subject *out, fir_error *err)
{
    fir__dead *d = find_dead(g, id);
    fir__lost *l = d == NULL ? fir__lost_find(g, id) : NULL;
    if (d == NULL && l == NULL) {
        return fir__fail(err, FIR_ENOTFOUND, "there is no dead letter of this action");
    }
    *out = (subject){.job = d != NULL ? d->job : l->job, .dead = d, .lost = l};
    return 0;
}

static int find_replay(fir_engine *g, fir_str id, subject *out, fir_error *err)
{
    int rc = find_letter(g, id, out, err);
    if (rc == 0 && out->lost != NULL) {
        const fir__lost *l = out->lost;
        return fir__fail(err, FIR_ESTATE,
                         "the playbook does not plan this action any more (rule '%.*s', step '%.*s'), and without it nobody knows "
                         "what to do; hint: start the engine with the playbook that planned it and replay it then, or discard it",
                         (int)(l->rule.len < 100 ? l->rule.len : 100), l->rule.ptr, (int)(l->step.len < 100 ? l->step.len : 100),
                         l->step.ptr);
    }
    if (rc == 0) {
        const fir__dead *d = out->dead;
        out->run = fir__extra_new(g, FIR__RUN_REPLAY, d->job, d->rule, d->results, d->phase, d->index);
        rc = out->run == NULL ? fir__no_memory(err) : 0;
    }
    return rc;
}

static void replay(fir_engine *g, const subject *s)
{
    s->run->record = s->dead->record;
    s->dead->record = (fir_buf){NULL, 0, NULL};
    g->n_going++;
    fir__run_ready(g, s->run);
    fir__dead_drop(g, s->dead);
}

static void discard(fir_engine *g, const subject *s)
{
    if (s->dead != NULL) {
        fir__dead_drop(g, s->dead);
    } else {
        fir__lost_drop(g, s->lost);
    }
}

/* Whether a run has the step still to come, or in hand. */
static bool find_step(fir__run *r, fir_str id, subject *out)
{
    for (int p = 0; p < FIR__PHASE_OVER && r->phase != FIR__PHASE_OVER; p++) {
        const fir__plan_steps *steps = fir__run_steps(r->rule, (fir__phase)p);
        for (uint32_t i = 0; i < steps->count; i++) {
            if (is_action(r->rule, (fir__phase)p, i, id)) {
                *out = (subject){.job = r->job, .run = r, .phase = (fir__phase)p, .index = i};
                return r->results[p][i].status == FIR__STEP_PENDING;
            }
        }
    }
    return false;
}

static int find_cancel(fir_engine *g, fir_str id, subject *out, fir_error *err)
{
    for (fir__job *j = g->jobs; j != NULL; j = j->list_next) {
        for (uint32_t i = 0; i < j->n_runs; i++) {
            if (find_step(&j->runs[i], id, out)) {
                return !out->run->results[out->phase][out->index].cancelled ? 0
                                                                            : fir__fail(err, FIR_ESTATE, "it is cancelled already");
            }
        }
    }
    return fir__fail(err, FIR_ENOTFOUND, "no action of this id is to come or being done");
}

/* The step in hand ends at its next turn, which is brought about now; one that is still to come will not begin. */
static void cancel(fir_engine *g, const subject *s)
{
    fir__run *r = s->run;
    r->results[s->phase][s->index].cancelled = true;
    if (r->phase == s->phase && r->index == s->index) {
        r->cancelled = true;
        (void)fir__timers_hasten(&g->timers, r, fir__engine_now(g));
        atomic_store(&g->cancels, true);
        atomic_store(&g->answered, true);
    }
}

/* The record belongs to the alert, so that it is kept as long as what is left to do for it. */
static int write_word(fir_engine *g, const char *what, const fir__order *o, const subject *s, fir_error *err)
{
    fir__sbuf b;
    uint64_t seq = 0;
    fir__sbuf_init(&b, &g->allocator, FIR__GATE_MOST_RECORD);
    word_json(what, o, &b);
    int rc = fir__journal_now(g, FIR__KIND_OPERATOR, NULL, is_id(fir__cstr(o->id)) ? o->id : NULL, &b, &seq, err);
    fir__sbuf_free(&b);
    if (rc == 0 && g->durable) {
        fir__job_seq(g, s->job, seq);
    }
    return rc;
}

/* Under `work`, so that nothing comes between the word and the deed but the end of the process; then the journal has the word. */
static int act(fir_engine *g, const word *w, const fir__order *o, fir_error *err)
{
    subject s;
    int rc = enter(g, o, err);
    if (rc != 0) {
        return rc;
    }
    pthread_mutex_lock(&g->work);
    rc = w->find(g, fir__cstr(o->id), &s, err);
    if (rc == 0) {
        fir__crash(g, "word.before");
        rc = write_word(g, w->name, o, &s, err);
        fir__crash(g, "word.after");
        if (rc == 0) {
            w->obey(g, &s);
        } else if (s.dead != NULL && s.run != NULL) {
            fir__run_close(g, s.run);
        }
    }
    pthread_mutex_unlock(&g->work);
    if (rc == 0) {
        note(g, w->name, o);
        wake(g);
    }
    return rc;
}

/* ---- feedback ---- */

static int write_feedback(fir_engine *g, fir_str rule, const fir__order *o, fir_error *err)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &g->allocator, FIR__GATE_MOST_RECORD);
    fir__json_writer w = {&b, false};
    fir__json_open(&w, '{');
    fir__json_key_text(&w, FIR__S("file"), o->file);
    fir__json_key_text(&w, FIR__S("note"), fir__cstr(o->why));
    fir__json_key_text(&w, FIR__S("rule"), rule);
    fir__json_key_bool(&w, FIR__S("true_positive"), o->yes);
    fir__json_key_str(&w, FIR__S("who"), fir__cstr(o->who));
    fir__json_close(&w, '}');
    int rc = fir__journal_now(g, FIR__KIND_FEEDBACK, NULL, o->id, &b, NULL, err);
    fir__sbuf_free(&b);
    return rc;
}

static int judge_action(fir_engine *g, const fir__order *o, fir_error *err)
{
    fir__sbuf rule;
    int rc = enter(g, o, err);
    if (rc != 0) {
        return rc;
    }
    fir_str id = fir__cstr(o->id);
    if (!is_id(id)) {
        return fir__fail(err, FIR_ENOTFOUND, "an action's id has 64 hex digits");
    }
    fir__sbuf_init(&rule, &g->allocator, FIR__GATE_MOST_RECORD);
    pthread_mutex_lock(&g->work);
    bool asked = fir__review_find(g, id, &rule), known = asked;
    pthread_mutex_unlock(&g->work);
    known = known || fir__outcome_rule_of(g, id, &rule) || g->durable; /* the journal knows more than we do */
    rc = known ? write_feedback(g, fir__sbuf_view(&rule), o, err) : 0;
    if (!known || rc != 0) {
        fir__sbuf_free(&rule);
        return rc != 0 ? rc : fir__fail(err, FIR_ENOTFOUND, "no action of this id has ended here, as far as is remembered");
    }
    if (asked) { /* what is written is answered */
        pthread_mutex_lock(&g->work);
        fir__review_drop(g, id);
        pthread_mutex_unlock(&g->work);
    }
    pthread_mutex_lock(&g->lock);
    fir__metrics_count(&g->metrics, &g->allocator, FIR__FEEDBACK, fir__sbuf_view(&rule),
                       o->yes ? FIR__S("true_positive") : FIR__S("false_positive"));
    pthread_mutex_unlock(&g->lock);
    fir__sbuf_free(&rule);
    note(g, o->yes ? "true positive" : "false positive", o);
    return 0;
}

/* ---- the words themselves ---- */

int fir__obey(fir_engine *g, fir__verb verb, const fir__order *o, fir_error *err)
{
    static const word words[FIR__VERBS] = {
        [FIR__VERB_UNDO] = {"undo", find_undo, undo},
        [FIR__VERB_REPLAY] = {"replay", find_replay, replay},
        [FIR__VERB_DISCARD] = {"discard", find_letter, discard},
        [FIR__VERB_CANCEL] = {"cancel", find_cancel, cancel},
    };
    switch (verb) {
    case FIR__VERB_APPROVE:
    case FIR__VERB_REJECT:
        return decide(g, o, verb == FIR__VERB_APPROVE, err);
    case FIR__VERB_FEEDBACK:
        return judge_action(g, o, err);
    case FIR__VERB_PAUSE:
        return set_pause(g, true, o, err);
    case FIR__VERB_RESUME:
        return resume(g, o, err);
    default:
        return act(g, &words[verb], o, err);
    }
}

int fir_engine_decide(fir_engine *g, const char *approval, int32_t approve, const char *who, const char *why, fir_error *err)
{
    const fir__order o = {.id = approval, .who = who, .why = why};
    return fir__obey(g, approve != 0 ? FIR__VERB_APPROVE : FIR__VERB_REJECT, &o, err);
}

int fir_engine_pause(fir_engine *g, const char *who, const char *why, fir_error *err)
{
    const fir__order o = {.id = "", .who = who, .why = why};
    return fir__obey(g, FIR__VERB_PAUSE, &o, err);
}

int fir_engine_resume(fir_engine *g, const char *who, const char *why, fir_error *err)
{
    const fir__order o = {.id = "", .who = who, .why = why};
    return fir__obey(g, FIR__VERB_RESUME, &o, err);
}

int fir_engine_undo(fir_engine *g, const char *action_id, const char *who, const char *why, fir_error *err)
{
    const fir__order o = {.id = action_id, .who = who, .why = why};
    return fir__obey(g, FIR__VERB_UNDO, &o, err);
}

int fir_engine_replay(fir_engine *g, const char *action_id, const char *who, const char *why, fir_error *err)
{
    const fir__order o = {.id = action_id, .who = who, .why = why};
    return fir__obey(g, FIR__VERB_REPLAY, &o, err);
}

int fir_engine_discard(fir_engine *g, const char *action_id, const char *who, const char *why, fir_error *err)
{
    const fir__order o = {.id = action_id, .who = who, .why = why};
    return fir__obey(g, FIR__VERB_DISCARD, &o, err);
}

int fir_engine_cancel(fir_engine *g, const char *action_id, const char *who, const char *why, fir_error *err)
{
    const fir__order o = {.id = action_id, .who = who, .why = why};
    return fir__obey(g, FIR__VERB_CANCEL, &o, err);
}

int fir_engine_feedback(fir_engine *g, const char *action_id, int32_t true_positive, const char *who, const char *text,
                        fir_error *err)
{
    const fir__order o = {.id = action_id, .who = who, .why = text, .yes = true_positive != 0};
    return fir__obey(g, FIR__VERB_FEEDBACK, &o, err);
}
