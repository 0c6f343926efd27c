/* SPDX-License-Identifier: Apache-2.0 */
/* After a restart: the records are folded, alerts that are not done are planned anew from their own bytes, and what was begun goes
 * on. A plan is pure, so what the playbook still plans has the same action ids. */
#include "base/hash.h"
#include "engine/private.h"
#include "engine/recover.h"
#include "json/document.h"
#include "json/writer.h"
#include "store/kinds.h"

enum { MAX_RECORD_TREE = 64 << 20 };
#define NOT_PLANNED "the playbook does not plan it any more"

/* ---- what was ---- */

static fir__past_event *event_of(fir__past *t, fir_str id)
{
    fir__past_event **at = &t->events[fir__hash_str(id) % FIR__PAST_HEADS];
    if (id.len != FIR__ID) {
        return NULL;
    }
    while (*at != NULL && memcmp((*at)->id, id.ptr, FIR__ID) != 0) {
        at = &(*at)->same_hash;
    }
    if (*at == NULL) {
        *at = fir__arena_zalloc(&t->arena, sizeof **at);
        if (*at == NULL) {
            return NULL;
        }
        memcpy((*at)->id, id.ptr, FIR__ID);
        *t->last = *at;
        t->last = &(*at)->next;
    }
    return *at;
}

static fir__past_action *find_action(fir__past *t, fir_str id)
{
    fir__past_action *a = id.len == FIR__ID ? t->actions[fir__hash_str(id) % FIR__PAST_HEADS] : NULL;
    while (a != NULL && memcmp(a->id, id.ptr, FIR__ID) != 0) {
        a = a->same_hash;
    }
    return a;
}

static fir__past_action *action_of(fir__past *t, fir__past_event *e, fir_str id)
{
    fir__past_action *a = find_action(t, id);
    if (a != NULL || e == NULL || id.len != FIR__ID) {
        return a;
    }
    a = fir__arena_zalloc(&t->arena, sizeof *a);
    t->no_memory = t->no_memory || a == NULL; /* one that is missing here counts as none of the alert's */
    if (a != NULL) {
        fir__past_action **head = &t->actions[fir__hash_str(id) % FIR__PAST_HEADS];
        memcpy(a->id, id.ptr, FIR__ID);
        a->same_hash = *head;
        *head = a;
        a->next = e->actions;
        e->actions = a;
    }
    return a;
}

/* ---- records ---- */

static fir_str text_of(const fir__data *d, fir_str key)
{
    const fir__data *v = fir__data_get(d, key);
    return v != NULL && v->type == FIR__DATA_TEXT ? v->s : (fir_str){NULL, 0};
}

static bool flag_of(const fir__data *d, fir_str key)
{
    const fir__data *v = fir__data_get(d, key);
    return v != NULL && v->type == FIR__DATA_BOOL && v->b;
}

static fir_str keep(fir__past *t, fir_str s)
{
    fir_str kept = fir__arena_str(&t->arena, s);
    t->no_memory = t->no_memory || kept.ptr == NULL;
    return kept;
}

static void name_action(fir__past *t, fir__past_action *a, const fir__data *d)
{
    if (a->step.len == 0) {
        a->rule = keep(t, text_of(d, FIR__S("rule")));
        a->step = keep(t, text_of(d, FIR__S("step")));
        a->use = keep(t, text_of(d, FIR__S("use")));
    }
}

static void take_alert(fir__past *t, fir__past_event *e, const fir_record *r, const fir__data *d)
{
    const fir__data *actions = fir__data_get(d, FIR__S("actions"));
    e->alert = keep(t, r->blob);
    e->wall_ns = r->wall_ns;
    e->forgeable = flag_of(d, FIR__S("forgeable"));
    for (uint32_t i = 0; actions != NULL && actions->type == FIR__DATA_LIST && i < actions->count; i++) {
        fir__past_action *a = action_of(t, e, text_of(&actions->items[i], FIR__S("action_id")));
        if (a != NULL) {
            name_action(t, a, &actions->items[i]);
            a->optional = flag_of(&actions->items[i], FIR__S("on_failure"));
        }
    }
}

static void take_gate(fir__past *t, fir__past_event *e, const fir__data *d)
{
    const fir__data *rules = fir__data_get(d, FIR__S("rules"));
    if (rules == NULL || rules->type != FIR__DATA_LIST || !fir__str_eq(text_of(d, FIR__S("status")), FIR__S("proceed"))) {
        return;
    }
    const fir__data *at = fir__data_get(d, FIR__S("at"));
    e->judged_ns = at != NULL && at->type == FIR__DATA_INT ? at->i : INT64_MIN;
    e->rules = fir__arena_array(&t->arena, rules->count, sizeof *e->rules);
    e->n_rules = e->rules != NULL ? rules->count : 0;
    t->no_memory = t->no_memory || e->rules == NULL;
    for (uint32_t i = 0; i < e->n_rules; i++) {
        const fir__data *one = &rules->items[i];
        fir_str hold = text_of(one, FIR__S("hold"));
        e->rules[i] = (fir__past_rule){.name = keep(t, text_of(one, FIR__S("rule"))),
                                       .why = keep(t, text_of(one, FIR__S("why"))),
                                       .status = FIR__GATE_REFUSED,
                                       .reserved = flag_of(one, FIR__S("reserved"))};
        (void)fir__gate_status_find(text_of(one, FIR__S("status")), &e->rules[i].status);
        e->rules[i].hold = fir__str_eq(hold, FIR__S("all"))           ? FIR__HOLD_ALL
                           : fir__str_eq(hold, FIR__S("destructive")) ? FIR__HOLD_DESTRUCTIVE
                                                                      : FIR__HOLD_NONE;
    }
}

static void take_intent(fir__past *t, fir__past_action *a, const fir_record *r, const fir__data *d)
{
    a->open = true;
    a->spent = flag_of(d, FIR__S("approved"));
    a->begun_ns = r->wall_ns;
    a->record = keep(t, text_of(d, FIR__S("record")));
    a->undo_at_ns = 0;
    (void)fir__time_parse(text_of(d, FIR__S("undo_at")), &a->undo_at_ns);
}

/* A person is asked anew: the next word is a fresh one. */
static void take_question(fir__past_event *e, const fir__data *d)
{
    for (fir__past_action *a = e->actions; a != NULL; a = a->next) {
        a->spent = a->spent && !fir__str_eq(a->rule, text_of(d, FIR__S("rule")));
    }
}

static fir__status status_of(fir_str name)
{
    for (int i = FIR__STEP_SUCCEEDED; i < FIR__STEP_STATUSES; i++) {
        if (fir__str_eq(fir__status_name((fir__status)i), name)) {
            return (fir__status)i;
        }
    }
    return FIR__STEP_FAILED;
}

static void take_outcome(fir__past *t, fir__past_action *a, const fir__data *d)
{
    a->status = status_of(text_of(d, FIR__S("status")));
    a->output = keep(t, text_of(d, FIR__S("output")));
    a->error = keep(t, text_of(fir__data_get(d, FIR__S("error")), FIR__S("message")));
    a->undoable = flag_of(d, FIR__S("undo"));
    fir_str record = text_of(d, FIR__S("record"));
    a->record = record.len != 0 ? keep(t, record) : a->record;
    a->uncertain = flag_of(d, FIR__S("uncertain"));
    a->open = a->replaying = a->dead = false; /* a dead letter follows its outcome */
    a->deaths = 0;
}

static void take_word(fir__past_action *a, const fir__data *d)
{
    fir_str command = text_of(d, FIR__S("command"));
    if (fir__str_eq(command, FIR__S("replay"))) {
        a->replaying = a->dead;
        a->dead = false;
        a->status = a->replaying ? FIR__STEP_PENDING : a->status;
    } else if (fir__str_eq(command, FIR__S("discard"))) {
        a->dead = false;
        a->undone = a->undone || a->status == FIR__STEP_SUCCEEDED; /* it was its undo that was given up */
    } else if (fir__str_eq(command, FIR__S("cancel"))) {
        a->cancelled = true;
    } else if (fir__str_eq(command, FIR__S("undo"))) {
        a->ordered = true;
    }
}

/* The process ended: what was on its way may have been done, or not. */
static void end_of_process(fir__past *t)
{
    for (fir__past_event *e = t->first; e != NULL; e = e->next) {
        for (fir__past_action *a = e->done ? NULL : e->actions; a != NULL; a = a->next) {
            if (a->open) {
                a->open = false;
                a->uncertain = true;
                a->deaths++;
            }
        }
    }
}

static void take_action(fir__past *t, fir__past_event *e, const fir_record *r, const fir__data *d)
{
    fir__past_action *a = e != NULL ? action_of(t, e, r->action_id) : find_action(t, r->action_id);
    if (a == NULL) {
        return;
    }
    name_action(t, a, d);
    if (fir__str_eq(r->kind, FIR__KIND_INTENT)) {
        take_intent(t, a, r, d);
    } else if (fir__str_eq(r->kind, FIR__KIND_ATTEMPT)) {
        a->open = false;
        a->uncertain = flag_of(d, FIR__S("uncertain"));
    } else if (fir__str_eq(r->kind, FIR__KIND_OUTCOME)) {
        take_outcome(t, a, d);
    } else if (fir__str_eq(r->kind, FIR__KIND_DEAD)) {
        a->dead = true;
        a->dead_ns = r->wall_ns;
        a->status = a->status == FIR__STEP_PENDING ? FIR__STEP_FAILED : a->status; /* it was lost, and waits for a word */
        a->error = keep(t, text_of(fir__data_get(d, FIR__S("error")), FIR__S("message")));
    } else if (fir__str_eq(r->kind, FIR__KIND_UNDO)) {
        a->undone = true;
    } else if (fir__str_eq(r->kind, FIR__KIND_OPERATOR)) {
        take_word(a, d);
    }
}

static int add_review(fir_engine *g, const fir_record *r, fir_str rule)
{
    fir__review *v = fir__zalloc(&g->allocator, sizeof *v + rule.len + 1);
    if (v == NULL || r->action_id.len != FIR__ID || r->event_id.len != FIR__ID) {
        fir__free(&g->allocator, v);
        return v == NULL ? FIR_ENOMEM : 0;
    }
    memcpy(v->action_id, r->action_id.ptr, FIR__ID);
    memcpy(v->event_id, r->event_id.ptr, FIR__ID);
    v->since_ns = r->wall_ns;
    v->rule_len = rule.len;
    if (rule.len != 0) {
        memcpy(v->rule, rule.ptr, rule.len);
    }
    fir__review_put(g, v);
    return 0;
}

static int take_review(fir_engine *g, const fir_record *r, const fir__data *d)
{
    if (fir__str_eq(r->kind, FIR__KIND_REVIEW)) {
        return add_review(g, r, text_of(d, FIR__S("rule")));
    }
    if (fir__str_eq(r->kind, FIR__KIND_FEEDBACK)) {
        fir__review_drop(g, r->action_id);
    }
    return 0;
}

static int add_seq(fir_engine *g, fir__past_event *e, uint64_t seq)
{
    if (!fir__grow(&g->allocator, &e->seqs, &e->cap_seqs, e->n_seqs + 1, sizeof *e->seqs)) {
        return FIR_ENOMEM;
    }
    e->seqs[e->n_seqs++] = seq;
    return 0;
}

static void fold(fir__past *t, fir__past_event *e, const fir_record *r, const fir__data *d)
{
    if (fir__str_eq(r->kind, FIR__KIND_START)) {
        end_of_process(t);
    } else if (e != NULL && fir__str_eq(r->kind, FIR__KIND_ALERT)) {
        take_alert(t, e, r, d);
    } else if (e != NULL && fir__str_eq(r->kind, FIR__KIND_GATE)) {
        take_gate(t, e, d);
    } else if (e != NULL && fir__str_eq(r->kind, FIR__KIND_APPROVAL)) {
        take_question(e, d);
    } else if (e != NULL && fir__str_eq(r->kind, FIR__KIND_DONE)) {
        e->done = true;
    } else if (r->action_id.len != 0) {
        take_action(t, e, r, d);
    }
}

static int take_record(fir_engine *g, fir__past *t, const fir_record *r, fir_error *err)
{
    fir__arena arena;
    fir__data *d = NULL;
    fir__past_event *e = r->event_id.len != 0 ? event_of(t, r->event_id) : NULL;
    fir__arena_init(&arena, &g->allocator, MAX_RECORD_TREE);
    int rc = fir__gate_fold(g->gate, r->kind, r->json, err);
    rc = rc != 0 ? rc : fir__json_document(r->json, &arena, &d, err);
    if (rc == 0) {
        rc = take_review(g, r, d);
    }
    if (rc == 0) {
        fir__ages_read(g, r, d);
        rc = fir__commands_taken(&g->commands, text_of(d, FIR__S("file")));
    }
    if (rc == 0 && e != NULL) {
        rc = add_seq(g, e, r->seq);
    }
    if (rc == 0) {
        fold(t, e, r, d);
    }
    fir__arena_free(&arena);
    rc = rc == 0 && (t->no_memory || (r->event_id.len == FIR__ID && e == NULL)) ? FIR_ENOMEM : rc;
    return rc == FIR_ENOMEM ? fir__no_memory(err) : rc;
}

static int read_all(fir_engine *g, fir__past *t, fir_error *err)
{
    fir_record r = {.size = sizeof r};
    for (uint64_t after = 0;; after = r.seq, t->records++) {
        fir_error why = {0};
        int rc = g->store.read(g->store.self, after, &r, &why);
        if (rc == FIR_ENOTFOUND) {
            return 0;
        }
        if (rc != 0) {
            return fir__fail(err, rc, "the journal cannot be read: %.300s", why.message);
        }
        rc = take_record(g, t, &r, &why);
        if (rc != 0) {
            return fir__fail(err, rc == FIR_EPARSE ? FIR_EIO : rc, "record %llu of the journal: %.300s", (unsigned long long)r.seq,
                             why.message);
        }
    }
}

/* ---- what goes on ---- */

static bool same_id(const char *a, const char *b)
{
    return memcmp(a, b, FIR__ID) == 0;
}

/* What the playbook does not plan any more and was not over: a step, its undo, its dead letter. It is told once. */
static int lose_action(fir_engine *g, fir__past_action *a, fir__job *j, const char *why)
{
    bool undo = a->status == FIR__STEP_SUCCEEDED && !a->undone && (a->undo_at_ns != 0 || a->ordered);
    bool step = a->status == FIR__STEP_PENDING && (!a->optional || a->begun_ns != 0);
    int rc = 0;
    if (a->taken || !(a->dead || step || undo)) {
        return 0;
    }
    if (!a->dead) {
        a->error = undo ? FIR__S("it was done, and cannot be undone: the playbook does not plan it any more") : fir__cstr(why);
        a->dead_ns = fir__engine_wall(g);
        rc = fir__outcome_lost(g, j, a);
    }
    return rc != 0 ? rc : fir__lost_add(g, j, a);
}

static int lose(fir_engine *g, fir__past_event *e, fir__job *j, const char *why)
{
    int rc = 0;
    for (fir__past_action *a = e->actions; rc == 0 && a != NULL; a = a->next) {
        rc = lose_action(g, a, j, why);
    }
    return rc;
}

static void take_seqs(fir__job *j, fir__past_event *e)
{
    j->seqs = e->seqs;
    j->n_seqs = e->n_seqs;
    j->cap_seqs = e->cap_seqs;
    e->seqs = NULL;
}

/* Nothing of an alert is planned any more. */
static int lose_event(fir_engine *g, fir__past_event *e, const char *why)
{
    fir__job *j = fir__job_husk(g, e->id);
    if (j == NULL) {
        return FIR_ENOMEM;
    }
    take_seqs(j, e);
    fir__job_take(g, j);
    j->open = 1;
    int rc = lose(g, e, j, why);
    fir__job_release(g, j); /* it is done where it left no letter */
    return rc;
}

static const fir__past_rule *rule_of(const fir__past_event *e, fir_str name)
{
    for (uint32_t i = 0; i < e->n_rules; i++) {
        if (fir__str_eq(e->rules[i].name, name)) {
            return &e->rules[i];
        }
    }
    return NULL;
}

/* The gate's old word on the new plan. A rule that it did not know then is none of this alert's. */
static fir__rule_verdict *old_verdicts(const fir__past_event *e, const fir_plan *pl, fir__arena *arena)
{
    fir__rule_verdict *v = fir__arena_array(arena, pl->n_rules, sizeof *v);
    for (uint32_t i = 0; v != NULL && i < pl->n_rules; i++) {
        const fir__past_rule *r = rule_of(e, pl->rules[i].def->name);
        v[i].status = r != NULL ? r->status : FIR__GATE_DUPLICATE;
        if (r != NULL) {
            v[i].hold = r->hold;
            v[i].reserved = r->reserved;
            v[i].why = "decided before a restart";
        }
    }
    return v;
}

static int take_result(fir_engine *g, fir__step_result *to, fir__past_action *a)
{
    a->taken = true;
    to->status = a->replaying ? FIR__STEP_FAILED : a->status;
    to->cancelled = a->cancelled;
    to->uncertain = a->uncertain;
    to->deaths = a->deaths;
    to->spent = a->spent;
    return a->output.len != 0 ? fir__buf_copy(&g->allocator, a->output, &to->output) : 0;
}

static int take_undo(fir_engine *g, fir__run *r, const fir__past_action *a)
{
    if (a->status != FIR__STEP_SUCCEEDED || a->undone || (a->undo_at_ns == 0 && !a->undoable && !a->ordered)) {
        return 0;
    }
    fir__run *u = fir__extra_new(g, FIR__RUN_UNDO, r->job, r->rule, r->results, r->phase, r->index);
    if (u == NULL) {
        return FIR_ENOMEM;
    }
    bool timed = a->undo_at_ns != 0;
    u->ordered = a->ordered;
    int64_t at = a->ordered ? 0 : timed ? a->undo_at_ns : fir__gate_plus(a->begun_ns, FIR__FORGET_UNDO);
    fir__undo_at(g, u, timed, at, at > a->begun_ns ? at - a->begun_ns : 0); /* a clock that was set back makes it no longer */
    return a->record.len != 0 ? fir__buf_copy(&g->allocator, a->record, &u->record) : 0;
}

/* What a step of a run left behind. r stands at it. */
static int take_step(fir_engine *g, fir__past *t, fir__run *r)
{
    const fir__plan_step *step = fir__run_step(r);
    fir__past_action *a = find_action(t, fir__str(step->action_id, FIR__ID));
    if (a == NULL) { /* the playbook has it since: what is done for an alert is what it was accepted for */
        r->results[r->phase][r->index].status = FIR__STEP_SKIPPED;
        return 0;
    }
    r->acted = r->acted || (a->begun_ns != 0 && !step->def->def->notifies);
    int rc = take_result(g, &r->results[r->phase][r->index], a);
    rc = rc != 0 ? rc : take_undo(g, r, a);
    if (rc == 0 && a->dead && a->status != FIR__STEP_SUCCEEDED) { /* else its undo was lost, and is back */
        r->ending = (fir__ending){.status = FIR__STEP_FAILED, .code = FIR_EACTION};
        fir__end(&r->ending, FIR__STEP_FAILED, FIR_EACTION, "%.*s", (int)(a->error.len < 250 ? a->error.len : 250), a->error.ptr);
        rc = a->record.len != 0 ? fir__buf_copy(&g->allocator, a->record, &r->record) : 0;
        rc = rc != 0 ? rc : fir__dead_add(g, r);
        fir_buf_dispose(&r->record);
    }
    if (rc == 0 && a->replaying) {
        fir__run *again = fir__extra_new(g, FIR__RUN_REPLAY, r->job, r->rule, r->results, r->phase, r->index);
        if (again == NULL) {
            return FIR_ENOMEM;
        }
        rc = a->record.len != 0 ? fir__buf_copy(&g->allocator, a->record, &again->record) : 0;
        g->n_going++;
        fir__run_ready(g, again);
    }
    return rc;
}

static int take_run(fir_engine *g, fir__past *t, fir__run *r)
{
    int rc = 0;
    fir__phase begin = r->phase;
    for (int p = 0; p < FIR__PHASE_OVER; p++) {
        r->phase = (fir__phase)p;
        for (r->index = 0; rc == 0 && r->index < fir__run_steps(r->rule, r->phase)->count; r->index++) {
            rc = take_step(g, t, r);
        }
    }
    r->phase = begin;
    r->index = 0;
    r->ending = (fir__ending){.status = FIR__STEP_PENDING};
    rc = rc != 0 ? rc : fir__run_restore(g, r);
    if (rc == 0 && r->phase != FIR__PHASE_OVER) { /* what the step in hand found before it acted */
        const fir__past_action *a = find_action(t, fir__str(fir__run_step(r)->action_id, FIR__ID));
        rc = a != NULL && a->record.len != 0 ? fir__buf_copy(&g->allocator, a->record, &r->record) : 0;
    }
    return rc;
}

/* Takes the plan over. */
static int take_job(fir_engine *g, fir__past *t, fir__past_event *e, fir_plan *pl)
{
    fir__arena arena;
    fir__alert_facts facts = {.forgeable = e->forgeable};
    fir__verdict v = {.n_rules = pl->n_rules, .now = e->judged_ns};
    fir__arena_init(&arena, &g->allocator, MAX_RECORD_TREE);
    facts.has_time = fir__time_parse(pl->time, &facts.time_ns);
    v.rules = old_verdicts(e, pl, &arena);
    fir__job *j = NULL;
    if (v.rules == NULL) {
        fir_plan_free(pl);
    } else {
        j = fir__job_make(g, pl, &v, &facts);
    }
    fir__arena_free(&arena);
    if (j == NULL) {
        return FIR_ENOMEM;
    }
    if (j->n_runs == 0) {
        fir__job_free(g, j);
        return lose_event(g, e, NOT_PLANNED);
    }
    int64_t age = fir__engine_wall(g) - e->wall_ns;
    j->undated = age < -fir__gate_guards(g->gate)->max_skew_ns;
    j->accepted_wall_ns = e->wall_ns;
    j->accepted_ns = fir__engine_now(g) - (age > 0 ? age : 0);
    j->counted = true;
    take_seqs(j, e);
    g->queued++;
    g->queued_bytes += j->bytes;
    fir__job_take(g, j);
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < j->n_runs; i++) {
        rc = take_run(g, t, &j->runs[i]);
    }
    return rc != 0 ? rc : lose(g, e, j, NOT_PLANNED);
}

static int take_event(fir_engine *g, fir__past *t, fir__past_event *e, fir_evaluator *x, fir_event *event)
{
    fir_plan *pl = NULL;
    fir_error err = {0};
    if (e->done || e->alert.len == 0) {
        return 0;
    }
    int rc = fir_event_parse(event, e->alert.ptr, e->alert.len, NULL, &err);
    if (rc == 0) {
        event->info.form = e->forgeable ? FIR_FORM_TEXT : event->info.form;
        rc = fir__evaluate(x, g->playbook, event, true, &pl, &err);
    }
    if (rc == FIR_ENOMEM) {
        return rc;
    }
    if (rc != 0 || pl == NULL || !same_id(pl->event_id, e->id)) {
        fir_plan_free(pl);
        return lose_event(g, e, rc != 0 ? "its alert cannot be planned any more" : NOT_PLANNED);
    }
    return take_job(g, t, e, pl);
}

static int go_on(fir_engine *g, fir__past *t, fir_error *err)
{
    fir_evaluator *x = NULL;
    fir_event *event = NULL;
    fir_evaluator_options xo = {.size = sizeof xo, .allocator = &g->allocator};
    fir_event_options eo = {.size = sizeof eo, .allocator = &g->allocator, .max_bytes = FIR_STORE_MAX_RECORD};
    int rc = fir_evaluator_new(&xo, &x, err);
    rc = rc != 0 ? rc : fir_event_new(&eo, &event, err);
    for (fir__past_event *e = t->first; rc == 0 && e != NULL; e = e->next) {
        rc = take_event(g, t, e, x, event);
        rc = rc == FIR_ENOMEM ? fir__no_memory(err) : rc;
    }
    fir_event_free(event);
    fir_evaluator_free(x);
    return rc;
}

static int write_start(fir_engine *g, fir_error *err)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &g->allocator, 4096);
    fir__json_writer w = {&b, false};
    fir__json_open(&w, '{');
    fir__json_key_i64(&w, FIR__S("ran"), fir__ages_count(g));
    fir__json_key_str(&w, FIR__S("version"), fir__cstr(fir_version_string()));
    fir__json_close(&w, '}');
    int rc = fir__journal_now(g, FIR__KIND_START, NULL, NULL, &b, NULL, err);
    fir__sbuf_free(&b);
    return rc;
}

int fir__recover(fir_engine *g, fir_error *err)
{
    fir__past t = {.records = 0};
    fir__arena_init(&t.arena, &g->allocator, 0);
    t.last = &t.first;
    t.events = fir__arena_array(&t.arena, FIR__PAST_HEADS, sizeof(fir__past_event *));
    t.actions = fir__arena_array(&t.arena, FIR__PAST_HEADS, sizeof(fir__past_action *));
    int rc = t.events == NULL || t.actions == NULL ? fir__no_memory(err) : read_all(g, &t, err);
    if (rc == 0) {
        end_of_process(&t);
        fir__times_begin(g);
        fir__ages_begin(g);
        rc = write_start(g, err);
    }
    rc = rc != 0 ? rc : go_on(g, &t, err);
    if (rc == 0) {
        g->paused_by_file = fir__gate_pause(g->gate)->on && fir__str_eq(fir__gate_pause(g->gate)->who, FIR__S("the file PAUSE"));
        atomic_store(&g->n_appended, t.records);
        fir__log(g, FIR_LOG_INFO, "the journal's %llu records were read; %llu alerts go on", (unsigned long long)t.records,
                 (unsigned long long)g->queued);
    }
    for (fir__past_event *e = t.first; e != NULL; e = e->next) {
        fir__free(&g->allocator, e->seqs);
    }
    fir__arena_free(&t.arena);
    return rc;
}
