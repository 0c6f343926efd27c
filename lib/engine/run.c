/* SPDX-License-Identifier: Apache-2.0 */
/* One rule of a plan, from its first step to its last: the steps in order, then on_failure if one failed, then notify. */
#include "engine/private.h"

const fir__plan_steps *fir__run_steps(const fir__plan_rule *rule, fir__phase phase)
{
    const fir__plan_steps *all[] = {&rule->steps, &rule->on_failure, &rule->notify};
    return phase < FIR__PHASE_OVER ? all[phase] : NULL;
}

const fir__plan_step *fir__run_step(const fir__run *r)
{
    return &fir__run_steps(r->rule, r->phase)->items[r->index];
}

void fir__run_ready(fir_engine *g, fir__run *r)
{
    fir__queue_put(&g->ready[r->rule->def->urgency], r);
}

bool fir__run_is_dry(const fir_engine *g, const fir__rule *rule)
{
    return (g->flags & FIR_ENGINE_DRY_RUN) != 0 || rule->dry_run;
}

/* What the step asks for and this engine cannot do; NULL: nothing. A dry run does nothing, so it is not asked. */
static const char *unsupported(const fir_engine *g, const fir__run *r, const fir__step *def)
{
    if (r->handler == NULL) {
        return def->def->host ? "no functions were registered for the type" : "the type does not work in this version";
    }
    if (def->undo_after_ns != 0 && r->handler->type.undo == NULL) {
        return "the step has undo_after, and its type cannot undo";
    }
    if ((r->handler->type.flags & FIR_ACTION_BLOCKS) != 0 && g->threads == NULL) {
        return "the type blocks, and no threads were started for it (fir_engine_start)";
    }
    return def->output_use.len != 0 ? "the step has an output: not in this version" : NULL;
}

/* Reasons to refuse a step that hold before anything is tried. False: there is none. */
static bool refused(fir_engine *g, fir__run *r, const fir__plan_step *step)
{
    const fir__step *def = step->def;
    fir__ending *e = &r->ending;
    r->handler = fir__engine_handler(g, def->def->name);
    const char *missing = fir__run_is_dry(g, r->rule->def) ? NULL : unsupported(g, r, def);
    if (step->error_code != 0) {
        fir__end(e, FIR__STEP_REFUSED, step->error_code, "%.*s", (int)(step->error.len < 250 ? step->error.len : 250),
                 step->error.ptr);
    } else if (missing != NULL) {
        fir__end(e, FIR__STEP_REFUSED, FIR_EUNSUPPORTED, "%s", missing);
    } else {
        return false;
    }
    return true;
}

/* Judges `when`. True: the step ended by it. */
static bool decided_by_when(fir_engine *g, fir__run *r, const fir__plan_step *step, bool *no_memory)
{
    fir_error err = {0};
    if (step->never) {
        fir__end(&r->ending, FIR__STEP_SKIPPED, 0, "its `when` is false for this alert");
        return true;
    }
    if (step->when.len == 0 || fir__run_is_dry(g, r->rule->def)) {
        return false;
    }
    int verdict = fir__when(g, r, step->when, &err);
    *no_memory = verdict == FIR_ENOMEM;
    if (verdict == FIR_TRUE || *no_memory) {
        return false;
    }
    if (verdict == FIR_FALSE) {
        fir__end(&r->ending, FIR__STEP_SKIPPED, 0, "its `when` is false");
    } else {
        fir__end(&r->ending, FIR__STEP_REFUSED, verdict < 0 ? verdict : FIR_ELIMIT, "its `when` could not be decided%s%s",
                 err.message[0] != '\0' ? ": " : "", err.message);
    }
    return true;
}

/* One that may be what ends the process is done alone, so that the next end is not blamed on others. True: its turn is to come. */
static bool waits_alone(fir_engine *g, fir__run *r)
{
    if (r->results[r->phase][r->index].deaths + 1 < FIR__MOST_DEATHS || g->suspect == r) {
        return false;
    }
    if (g->suspect != NULL) {
        fir__queue_put(&g->suspects, r);
        return true;
    }
    g->suspect = r;
    return false;
}

static void leave_alone(fir_engine *g, fir__run *r)
{
    if (g->suspect == r) {
        fir__run *next = fir__queue_take(&g->suspects);
        g->suspect = NULL;
        if (next != NULL) {
            fir__run_ready(g, next);
        }
    }
}

/* What the gate says now, and what a dry run does. */
static fir__drive try_step(fir_engine *g, fir__run *r)
{
    bool go;
    if (fir__run_is_dry(g, r->rule->def)) {
        r->ending.status = FIR__STEP_WOULD_RUN;
        return FIR__DRIVE_OVER;
    }
    fir__drive d = fir__hold_step(g, r, &go);
    if (!go) {
        return d;
    }
    r->begun = true;
    if (r->attempt == 0) { /* the time of waiting for a person does not count */
        r->started_ns = fir__engine_now(g);
        r->deadline_ns =
            r->started_ns + (fir__run_step(r)->def->timeout_ns != 0 ? fir__run_step(r)->def->timeout_ns : FIR__STEP_DEADLINE);
    }
    return fir__attempt_begin(g, r);
}

/* The step in hand begins, or ends at once. */
static fir__drive begin_step(fir_engine *g, fir__run *r)
{
    const fir__plan_step *step = fir__run_step(r);
    bool no_memory = false;
    r->attempt = 0;
    r->ending = (fir__ending){.status = FIR__STEP_PENDING};
    r->started_ns = fir__engine_now(g);
    r->paid = r->intended = r->unwritten = false;
    if (r->cancelled || (r->kind == FIR__RUN_RULE && r->results[r->phase][r->index].cancelled)) {
        fir__end(&r->ending, FIR__STEP_CANCELLED, FIR_ECANCELLED, "an operator cancelled it");
        return FIR__DRIVE_OVER;
    }
    if (r->stopped && r->phase == FIR__PHASE_STEPS) {
        fir__end(&r->ending, FIR__STEP_SKIPPED, 0, "%s",
                 r->rejected ? "a person decided so for an earlier step"
                 : r->failed ? "an earlier step failed"
                             : "an earlier step was the last (continue: false)");
        return FIR__DRIVE_OVER;
    }
    if (r->kind == FIR__RUN_RULE && decided_by_when(g, r, step, &no_memory)) {
        return FIR__DRIVE_OVER;
    }
    if (no_memory) {
        return FIR__DRIVE_NO_MEMORY;
    }
    if (refused(g, r, step) || fir__uncertain_begin(r)) {
        return FIR__DRIVE_OVER;
    }
    return waits_alone(g, r) ? FIR__DRIVE_WAITS : try_step(g, r);
}

/* The output of the last attempt becomes what later steps read. */
static bool take_output(fir_engine *g, fir__run *r, fir__step_result *result)
{
    if (r->call == NULL || r->call->output.len == 0 || result->output.ptr != NULL) {
        return true;
    }
    return fir__buf_copy(&g->allocator, fir__sbuf_view(&r->call->output), &result->output) == 0;
}

static bool is_bad(fir__status s)
{
    return s == FIR__STEP_FAILED || s == FIR__STEP_REFUSED || s == FIR__STEP_PAUSED || s == FIR__STEP_PROTECTED ||
           s == FIR__STEP_EXPIRED;
}

/* What follows from how the step ended, for the rest of the rule. */
static void conclude(fir__run *r, const fir__plan_step *step)
{
    bool bad = is_bad(r->ending.status);
    fir__hold_note(r, step);
    r->rejected = r->rejected || r->ending.status == FIR__STEP_CANCELLED || r->ending.status == FIR__STEP_REJECTED;
    if (r->phase == FIR__PHASE_STEPS) {
        bool counts = bad && !step->def->ignore_errors && !r->stopped;
        r->failed = r->failed || counts;
        r->stopped = r->stopped || counts || r->rejected || (!step->def->goes_on && r->ending.status != FIR__STEP_SKIPPED);
    }
}

/* Writes down what the step came to, and moves on. False: out of memory; nothing is lost, call again. */
static bool finish_step(fir_engine *g, fir__run *r)
{
    const fir__plan_step *step = fir__run_step(r);
    fir__step_result *result = &r->results[r->phase][r->index];
    if (r->kind != FIR__RUN_UNDO && !take_output(g, r, result)) {
        return false;
    }
    if (!r->followed && ((r->kind != FIR__RUN_UNDO && !fir__attempt_keep(g, r)) || fir__extra_after(g, r) != 0)) {
        return false;
    }
    r->followed = true;
    if (fir__outcome_add(g, r, step, fir__engine_now(g) - r->started_ns) != 0) {
        return false;
    }
    fir__attempt_close(g, r);
    leave_alone(g, r);
    fir_buf_dispose(&r->record);
    result->status = r->kind == FIR__RUN_UNDO ? result->status : r->ending.status;
    conclude(r, step);
    r->begun = r->ended = r->cancelled = r->followed = r->undoable = r->recorded_late = false;
    r->verifying = r->uncertain = false; /* and not where a step begins: it may begin twice, behind a wait */
    r->index++;
    return true;
}

/* Behind one phase the next: a rule that waits for a person tells so first. */
static fir__phase phase_after(const fir__run *r)
{
    static const fir__phase after[] = {FIR__PHASE_ON_FAILURE, FIR__PHASE_NOTIFY, FIR__PHASE_OVER};
    static const fir__phase told[] = {FIR__PHASE_ON_FAILURE, FIR__PHASE_OVER, FIR__PHASE_STEPS};
    return r->tell_first ? told[r->phase] : after[r->phase];
}

/* Skips what is no step: phases that are over, or not wanted. */
static void settle(fir__run *r)
{
    while (r->phase != FIR__PHASE_OVER) {
        bool wanted = r->phase != FIR__PHASE_ON_FAILURE || r->failed;
        if (wanted && r->index < fir__run_steps(r->rule, r->phase)->count) {
            return;
        }
        r->phase = phase_after(r);
        r->index = 0;
    }
}

/* What was asked a person before a restart is still asked; unless it would be something else now. */
static int restore_ask(fir_engine *g, fir__run *r)
{
    fir__ask now;
    int rc = fir__ask_make(g->gate, r->job->plan, r->rule, fir__gate_now(g), &now);
    const fir__ask *old = rc == 0 ? fir__gate_ask(g->gate, fir__str(now.id, sizeof now.id)) : NULL;
    if (old == NULL) {
        return rc;
    }
    memcpy(r->approval, now.id, sizeof now.id);
    r->asked = true;
    r->hold = r->hold != FIR__HOLD_NONE ? r->hold : FIR__HOLD_DESTRUCTIVE;
    if (!fir__ask_covers(old, &now)) {
        fir__sbuf b;
        fir__sbuf_init(&b, &g->allocator, FIR__GATE_MOST_RECORD);
        fir__gate_record_answer(fir__str(now.id, sizeof now.id), FIR__APPROVAL_VOID, FIR__S("the playbook"),
                                FIR__S("what would be done now is something else"), fir__gate_now(g), &b);
        return fir__gate_apply(g, FIR__S("decision"), r->job, &b);
    }
    return 0;
}

int fir__run_restore(fir_engine *g, fir__run *r)
{
    for (settle(r); r->phase != FIR__PHASE_OVER; settle(r)) {
        r->ending.status = r->results[r->phase][r->index].status;
        if (r->ending.status == FIR__STEP_PENDING) {
            break;
        }
        conclude(r, fir__run_step(r));
        r->index++;
    }
    r->ending = (fir__ending){.status = FIR__STEP_PENDING};
    return restore_ask(g, r);
}

static fir__drive go_on(fir_engine *g, fir__run *r, fir__drive d)
{
    for (;;) {
        if (d != FIR__DRIVE_OVER) {
            return d;
        }
        r->ended = true;
        if (!finish_step(g, r)) {
            return FIR__DRIVE_NO_MEMORY;
        }
        if (r->kind != FIR__RUN_RULE) {
            r->phase = FIR__PHASE_OVER;
            return FIR__DRIVE_OVER;
        }
        settle(r);
        if (r->phase == FIR__PHASE_OVER) {
            fir__hold_give_back(g, r);
            return FIR__DRIVE_OVER;
        }
        d = begin_step(g, r);
    }
}

/* A step that has begun goes on; between two attempts it may have been cancelled, or everything paused. */
static fir__drive next_attempt(fir_engine *g, fir__run *r)
{
    if (r->cancelled) {
        fir__end(&r->ending, FIR__STEP_CANCELLED, FIR_ECANCELLED, "an operator cancelled it");
        return FIR__DRIVE_OVER;
    }
    return r->kind == FIR__RUN_UNDO ? fir__attempt_begin(g, r) : try_step(g, r);
}

/* Its time has come; or nobody wanted it, and it is forgotten. */
static fir__drive begin_undo(fir_engine *g, fir__run *r)
{
    if (!r->timed && !r->ordered) {
        r->phase = FIR__PHASE_OVER;
        return FIR__DRIVE_OVER;
    }
    r->undoing = r->begun = true;
    r->handler = fir__engine_handler(g, fir__run_step(r)->def->def->name);
    g->n_undoing++;
    r->started_ns = fir__engine_now(g);
    r->deadline_ns = r->started_ns + FIR__UNDO_DEADLINE;
    if (r->handler == NULL || r->handler->type.undo == NULL) {
        fir__end(&r->ending, FIR__STEP_UNDO_FAILED, FIR_EUNSUPPORTED, "no functions were registered that can undo it");
        return go_on(g, r, FIR__DRIVE_OVER);
    }
    return go_on(g, r, fir__attempt_begin(g, r));
}

fir__drive fir__run_drive(fir_engine *g, fir__run *r)
{
    if (r->kind == FIR__RUN_RULE) {
        settle(r);
    }
    if (r->phase == FIR__PHASE_OVER) {
        return FIR__DRIVE_OVER;
    }
    if (r->working) {
        return go_on(g, r, fir__attempt_worked(g, r));
    }
    if (r->acting) {
        return go_on(g, r, fir__attempt_intended(g, r));
    }
    if (r->kind == FIR__RUN_UNDO && !r->begun) {
        return begin_undo(g, r);
    }
    if (r->tell_first && !r->asked && fir__hold_ask(g, r, r->why) == FIR_ENOMEM) { /* before it is told, which may take long */
        return FIR__DRIVE_NO_MEMORY;
    }
    return go_on(g, r, r->ended ? FIR__DRIVE_OVER : r->begun ? next_attempt(g, r) : begin_step(g, r));
}

fir__drive fir__run_answer(fir_engine *g, fir__run *r, const fir_http_result *answer)
{
    return go_on(g, r, fir__attempt_answer(g, r, answer));
}

void fir__run_close(fir_engine *g, fir__run *r)
{
    fir__job *j = r->job;
    fir__attempt_drop_call(g, r);
    fir_buf_dispose(&r->record);
    fir__held_drop(g, r);
    if (r->kind != FIR__RUN_RULE) {
        fir__extra_close(g, r);
    }
    fir__job_release(g, j);
}
