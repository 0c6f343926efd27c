/* SPDX-License-Identifier: Apache-2.0 */
/* The gate's word at the moment of execution, and runs that wait for a person. */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "engine/private.h"

enum { MAX_TOKEN = 4096, MAX_JUDGED = 1 << 20 };

int fir__gate_apply(fir_engine *g, fir_str kind, fir__job *job, fir__sbuf *record)
{
    fir_error err = {0};
    fir__sbuf copy;
    fir__sbuf_init(&copy, &g->allocator, FIR__GATE_MOST_RECORD);
    fir__sbuf_str(&copy, fir__sbuf_view(record));
    size_t before = g->n_notes;
    int rc = record->status != 0 ? record->status : copy.status;
    rc = rc != 0 ? rc : fir__journal_put(g, kind, job, job != NULL ? job->plan->event_id : NULL, NULL, &copy);
    if (rc == 0) {
        pthread_mutex_lock(&g->judge);
        rc = fir__gate_fold(g->gate, kind, fir__sbuf_view(record), &err);
        pthread_mutex_unlock(&g->judge);
        if (rc != 0) {
            fir__journal_unput(g, before);
        }
    }
    if (rc != 0 && rc != FIR_ENOMEM) {
        fir__log(g, FIR_LOG_ERROR, "a record of the gate was refused: %s", err.message);
    }
    fir__sbuf_free(&copy);
    fir__sbuf_free(record);
    return rc;
}

static void record_init(const fir_engine *g, fir__sbuf *b)
{
    fir__sbuf_init(b, &g->allocator, FIR__GATE_MOST_RECORD);
}

/* ---- approvals ---- */

static fir_str approval_of(const fir__run *r)
{
    return fir__str(r->approval, sizeof r->approval);
}

/* HMAC-SHA-256 under the engine's key over what is asked for and until when. */
int fir__approval_token(const fir_engine *g, const fir__ask *a, char out[2 * FIR__SHA256])
{
    enum { BLOCK = 64 };
    uint8_t digest[FIR__SHA256];
    char inner[BLOCK], outer[BLOCK];
    for (size_t i = 0; i < BLOCK; i++) {
        uint8_t k = i < sizeof g->key ? g->key[i] : 0;
        inner[i] = (char)(k ^ 0x36);
        outer[i] = (char)(k ^ 0x5C);
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &g->allocator, MAX_TOKEN);
    fir__sbuf_put(&b, inner, BLOCK);
    fir__sbuf_put(&b, a->id, sizeof a->id);
    fir__sbuf_put(&b, a->digest, sizeof a->digest);
    fir__sbuf_i64(&b, a->expires_ns);
    int rc = b.status != 0 ? b.status : fir__sha256(fir__sbuf_view(&b), digest);
    fir__sbuf_clear(&b);
    fir__sbuf_put(&b, outer, BLOCK);
    fir__sbuf_put(&b, digest, sizeof digest);
    rc = rc != 0 ? rc : b.status != 0 ? b.status : fir__sha256(fir__sbuf_view(&b), digest);
    fir__hex(digest, sizeof digest, out);
    if (b.ptr != NULL) {
        explicit_bzero(b.ptr, b.cap);
    }
    explicit_bzero(inner, sizeof inner);
    explicit_bzero(outer, sizeof outer);
    fir__sbuf_free(&b);
    return rc;
}

int fir__hold_ask(fir_engine *g, fir__run *r, const char *why)
{
    fir__ask a;
    fir__sbuf b;
    record_init(g, &b);
    int rc = fir__ask_make(g->gate, r->job->plan, r->rule, fir__gate_now(g), &a);
    if (rc == 0) {
        a.why = fir__cstr(why);
        fir__gate_record_ask(&a, r->rule, &b);
        rc = fir__gate_apply(g, FIR__S("approval"), r->job, &b);
    }
    if (rc == 0) {
        memcpy(r->approval, a.id, sizeof a.id);
        pthread_mutex_lock(&g->judge);
        fir__gate_ask_due(g->gate, approval_of(r), fir__gate_plus(fir__engine_now(g), a.expires_ns - a.asked_ns));
        pthread_mutex_unlock(&g->judge);
        r->asked = true;
        rc = fir__outcome_rule(g, r->job->plan, r->rule->def->name, FIR__GATE_NEEDS_APPROVAL, why, fir__str(a.id, sizeof a.id));
    }
    return rc;
}

/* Where its approval stands; silence is decided here. */
static int look_at(fir_engine *g, fir__run *r, fir__approval_state *state, int64_t *due_ns)
{
    pthread_mutex_lock(&g->judge);
    const fir__ask *a = fir__gate_ask(g->gate, approval_of(r));
    *state = a != NULL ? a->state : FIR__APPROVAL_EXPIRED;
    *due_ns = a != NULL ? fir__ask_deadline(g, a) : 0;
    bool approve = a != NULL && a->approve_on_timeout, over = fir__ask_clock(g) >= *due_ns;
    pthread_mutex_unlock(&g->judge);
    if (*state != FIR__APPROVAL_PENDING || !over) {
        return 0;
    }
    fir__sbuf b;
    record_init(g, &b);
    fir__approval_state after = approve ? FIR__APPROVAL_APPROVED : FIR__APPROVAL_EXPIRED;
    fir__gate_record_answer(approval_of(r), after, FIR__S("expired"), FIR__S("nobody decided in time"), fir__gate_now(g), &b);
    int rc = fir__gate_apply(g, FIR__S("decision"), r->job, &b);
    if (rc == 0) {
        *state = after;
        pthread_mutex_lock(&g->lock);
        fir__metrics_count(&g->metrics, &g->allocator, FIR__APPROVALS, FIR__S("expired"), (fir_str){NULL, 0});
        pthread_mutex_unlock(&g->lock);
    }
    return rc;
}

/* What a person allowed is taken of the budgets without asking whether there is room. */
static int take_budgets(fir_engine *g, fir__run *r)
{
    fir__arena arena;
    fir__step_verdict v;
    fir__arena_init(&arena, &g->allocator, MAX_JUDGED);
    pthread_mutex_lock(&g->judge);
    int64_t now = fir__gate_steady(g);
    int rc = fir__gate_take_budgets(g->gate, r->rule, now, &arena, &v);
    pthread_mutex_unlock(&g->judge);
    if (rc == 0 && v.n_marks != 0) {
        fir__sbuf b;
        record_init(g, &b);
        fir__gate_record_step(&v, now, &b);
        rc = fir__gate_apply(g, FIR__S("gate"), NULL, &b);
    }
    r->taken_ns = rc == 0 ? now : r->taken_ns;
    fir__arena_free(&arena);
    return rc;
}

/* ---- what came to nothing ---- */

/* A person's no, or silence, is an answer to the hit and no refusal of the gate's: its cool-down keeps people from being asked the
 * same thing until they say yes. */
void fir__hold_note(fir__run *r, const fir__plan_step *step)
{
    fir__status s = r->ending.status;
    bool tells = step->def->def->notifies || r->phase == FIR__PHASE_NOTIFY;
    r->acted = r->acted || (!tells && s == FIR__STEP_SUCCEEDED) || s == FIR__STEP_REJECTED;
    r->turned = r->turned || s == FIR__STEP_PAUSED || s == FIR__STEP_PROTECTED || s == FIR__STEP_EXPIRED;
}

/* Where there is no memory for it, or the alert's record is gone, what was taken stays so, which is the safe side. */
void fir__hold_give_back(fir_engine *g, fir__run *r)
{
    const fir__job *j = r->job;
    fir__arena arena;
    fir__step_verdict v;
    bool let_through = r->status == FIR__GATE_PROCEED || r->status == FIR__GATE_NEEDS_APPROVAL;
    if (!r->turned || r->acted || !let_through || j->judged_ns == INT64_MIN) {
        return;
    }
    fir__arena_init(&arena, &g->allocator, MAX_JUDGED);
    pthread_mutex_lock(&g->judge);
    int64_t now = fir__gate_steady(g), time = j->alert_ns != 0 ? j->alert_ns : j->judged_ns;
    int rc = fir__gate_give_back(g->gate, j->plan, r->rule, j->judged_ns, time, r->taken_ns, &arena, &v);
    pthread_mutex_unlock(&g->judge);
    if (rc == 0 && v.n_marks != 0) {
        fir__sbuf b;
        record_init(g, &b);
        fir__gate_record_step(&v, now, &b);
        (void)fir__gate_apply(g, FIR__S("gate"), NULL, &b);
    }
    fir__arena_free(&arena);
}

static void held_put(fir_engine *g, fir__run *r, int64_t due_ns)
{
    r->held_next = g->held;
    r->held_at = &g->held;
    if (g->held != NULL) {
        g->held->held_at = &r->held_next;
    }
    g->held = r;
    g->n_held++;
    g->held_due_ns = due_ns < g->held_due_ns ? due_ns : g->held_due_ns;
}

void fir__held_drop(fir_engine *g, fir__run *r)
{
    if (r->held_at != NULL) {
        *r->held_at = r->held_next;
        if (r->held_next != NULL) {
            r->held_next->held_at = r->held_at;
        }
        r->held_at = NULL;
        g->n_held--;
    }
}

int64_t fir__held_left(fir_engine *g)
{
    pthread_mutex_lock(&g->judge);
    int64_t now = fir__ask_clock(g);
    pthread_mutex_unlock(&g->judge);
    if (g->held_due_ns <= now) {
        return 0;
    }
    uint64_t left = (uint64_t)g->held_due_ns - (uint64_t)now; /* now may be before all time: no alert has come yet */
    return left < INT64_MAX ? (int64_t)left : INT64_MAX;
}

bool fir__held_offer(fir_engine *g)
{
    int64_t next = INT64_MAX;
    bool answered = atomic_exchange(&g->answered, false), any = false;
    if (g->held == NULL || (!answered && fir__held_left(g) > 0)) {
        return false;
    }
    for (fir__run *r = g->held, *rest; r != NULL; r = rest) {
        rest = r->held_next;
        pthread_mutex_lock(&g->judge);
        const fir__ask *a = fir__gate_ask(g->gate, approval_of(r));
        bool waits = a != NULL && a->state == FIR__APPROVAL_PENDING && !r->cancelled && fir__ask_clock(g) < fir__ask_deadline(g, a);
        int64_t due = waits ? fir__ask_deadline(g, a) : 0;
        pthread_mutex_unlock(&g->judge);
        if (waits) {
            next = due < next ? due : next;
        } else {
            fir__held_drop(g, r);
            fir__run_ready(g, r);
            any = true;
        }
    }
    g->held_due_ns = next;
    return any;
}

/* Asks, waits, or goes on. */
static fir__drive wait_for_person(fir_engine *g, fir__run *r, const char *why, bool *go)
{
    fir__approval_state state;
    int64_t due;
    int rc = r->asked ? 0 : fir__hold_ask(g, r, why);
    rc = rc != 0 ? rc : look_at(g, r, &state, &due);
    if (rc == 0 && state == FIR__APPROVAL_APPROVED) {
        rc = take_budgets(g, r);
        r->approved = rc == 0;
    }
    if (rc == FIR_ENOMEM) {
        return FIR__DRIVE_NO_MEMORY;
    }
    if (rc != 0) {
        fir__end(&r->ending, FIR__STEP_REFUSED, rc, "nobody can be asked for approval");
        return FIR__DRIVE_OVER;
    }
    if (r->approved) {
        *go = true;
        return FIR__DRIVE_OVER;
    }
    if (state == FIR__APPROVAL_PENDING) {
        held_put(g, r, due);
        return FIR__DRIVE_WAITS;
    }
    r->rejected = true;
    fir__end(&r->ending, FIR__STEP_REJECTED, FIR_EDENIED, "the approval is %s", fir__approval_state_name(state).ptr);
    return FIR__DRIVE_OVER;
}

/* ---- the gate's second word ---- */

static void end_by_gate(fir__run *r, const fir__step_verdict *v)
{
    static const struct {
        fir__status status;
        int32_t code;
    } ends[FIR__GATE_STATUSES] = {
        [FIR__GATE_PAUSED] = {FIR__STEP_PAUSED, FIR_EDENIED},
        [FIR__GATE_PROTECTED] = {FIR__STEP_PROTECTED, FIR_EDENIED},
        [FIR__GATE_EXPIRED] = {FIR__STEP_EXPIRED, FIR_ETIMEOUT},
        [FIR__GATE_REFUSED] = {FIR__STEP_REFUSED, FIR_EDENIED},
    };
    fir__end(&r->ending, ends[v->status].status, ends[v->status].code, "%s", v->why);
}

static bool covers(const fir__run *r, const fir__plan_step *step)
{
    return r->phase != FIR__PHASE_NOTIFY &&
           (r->hold == FIR__HOLD_ALL || (r->hold == FIR__HOLD_DESTRUCTIVE && step->def->def->destructive));
}

static int judge(fir_engine *g, const fir__run *r, const fir__live *live, bool reserved, fir__arena *arena, fir__step_verdict *out)
{
    const fir__step_facts facts = {.live = live,
                                   .approved = r->approved || r->kind == FIR__RUN_REPLAY,
                                   .reserved = reserved,
                                   .paid = r->paid,
                                   .forgeable = r->job->forgeable,
                                   /* what was begun in time may be tried again */
                                   .age_ns = r->attempt > 1    ? 0
                                             : r->job->undated ? INT64_MAX
                                                               : fir__engine_now(g) - r->job->accepted_ns};
    pthread_mutex_lock(&g->judge);
    int64_t now = fir__gate_steady(g);
    int rc = fir__gate_judge_step(g->gate, r->rule, fir__run_step(r), &facts, now, arena, out);
    if (rc == 0 && out->n_marks != 0) { /* judged and taken under one lock: nobody comes between */
        fir__sbuf b;
        fir_error err;
        record_init(g, &b);
        fir__gate_record_step(out, now, &b);
        rc = b.status != 0 ? b.status : fir__gate_fold(g->gate, FIR__S("gate"), fir__sbuf_view(&b), &err);
        if (rc == 0) { /* folded in and not written: then it holds for this process only, which is the safe side */
            (void)fir__journal_put(g, FIR__S("gate"), NULL, NULL, NULL, &b);
        }
        fir__sbuf_free(&b);
    }
    pthread_mutex_unlock(&g->judge);
    return rc;
}

fir__drive fir__hold_step(fir_engine *g, fir__run *r, bool *go)
{
    const fir__plan_step *step = fir__run_step(r);
    fir__step_verdict v;
    fir__arena arena;
    *go = false;
    if (r->status == FIR__GATE_REFUSED && covers(r, step)) {
        fir__end(&r->ending, FIR__STEP_REFUSED, FIR_EDENIED, "%s", r->why);
        return FIR__DRIVE_OVER;
    }
    fir__arena_init(&arena, &g->allocator, MAX_JUDGED);
    int rc = judge(g, r, NULL, true, &arena, &v);
    fir__arena_free(&arena);
    if (rc != 0) {
        return FIR__DRIVE_NO_MEMORY;
    }
    if (v.status != FIR__GATE_PROCEED) {
        end_by_gate(r, &v);
        return FIR__DRIVE_OVER;
    }
    if (r->kind == FIR__RUN_RULE && covers(r, step) && !r->approved) {
        return wait_for_person(g, r, r->why, go);
    }
    *go = true;
    return FIR__DRIVE_OVER;
}

fir__drive fir__hold_live(fir_engine *g, fir__run *r, bool *go)
{
    fir__step_verdict v;
    fir__arena arena;
    *go = false;
    fir__arena_init(&arena, &g->allocator, MAX_JUDGED);
    bool reserved = r->reserved && r->phase == FIR__PHASE_STEPS;
    int rc = judge(g, r, r->call->live, reserved, &arena, &v);
    fir__arena_free(&arena);
    if (rc != 0) {
        return FIR__DRIVE_NO_MEMORY;
    }
    if (v.status == FIR__GATE_NEEDS_APPROVAL) {
        fir__attempt_close(g, r);
        r->attempt--;
        r->begun = false;
        r->hold = r->hold != FIR__HOLD_NONE ? r->hold : FIR__HOLD_DESTRUCTIVE;
        r->why = v.why;
        fir__drive d = wait_for_person(g, r, v.why, go);
        if (*go) { /* the same person's word covers it; it is taken once more from its beginning */
            *go = false;
            fir__run_ready(g, r);
            return FIR__DRIVE_WAITS;
        }
        return d;
    }
    if (v.status != FIR__GATE_PROCEED) {
        end_by_gate(r, &v);
        return FIR__DRIVE_OVER;
    }
    r->paid = true;
    r->acted = r->acted || !fir__run_step(r)->def->def->notifies;
    r->judged_ns = fir__engine_now(g);
    *go = true;
    return FIR__DRIVE_OVER;
}

/* ---- the file PAUSE ---- */

void fir__pause_look(fir_engine *g)
{
    struct stat st;
    int64_t now = fir__engine_now(g);
    if (g->pause_dir < 0 || now < g->pause_look_ns) {
        return;
    }
    g->pause_look_ns = now + FIR__SECOND / 2;
    bool there = fstatat(g->pause_dir, "PAUSE", &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (there == g->paused_by_file) {
        return;
    }
    fir__sbuf b;
    record_init(g, &b);
    fir__gate_record_pause(there, FIR__S("the file PAUSE"), (fir_str){NULL, 0}, fir__gate_now(g), &b);
    if (fir__gate_apply(g, FIR__S("operator"), NULL, &b) == 0) {
        g->paused_by_file = there;
        fir__log(g, FIR_LOG_WARNING,
                 there ? "everything but notifications is paused, by the file PAUSE" : "the file PAUSE is gone");
    }
}
