/* SPDX-License-Identifier: Apache-2.0 */
/* One rule of a plan, from its first step to its last: the steps in order, then on_failure if one failed, then notify. */
#include "engine/private.h"

/* What this version cannot judge yet, so that a rule which asks for it does nothing rather than too much. */
static bool is_dry(const fir_engine *g, const fir__rule *rule)
{
    return (g->flags & FIR_ENGINE_DRY_RUN) != 0 || rule->dry_run;
}

const char *fir__run_gate(const fir_engine *g, const fir__plan_rule *rule)
{
    const fir__rule *def = rule->def;
    const struct {
        bool asked;
        const char *why;
    } gates[] = {
        {def->approval.required, "the rule needs approval: not in this version"},
        {def->once_window_ns != 0, "the rule has once_per: not in this version"},
        {def->threshold != 0, "the rule has a threshold: not in this version"},
        {def->n_sequence != 0, "the rule has a sequence: not in this version"},
        {rule->undecided && def->on_undecided == FIR__UNDECIDED_ASK,
         "the rule is undecided and needs approval: not in this version"},
    };
    for (size_t i = 0; !is_dry(g, def) && i < sizeof gates / sizeof gates[0]; i++) {
        if (gates[i].asked) {
            return gates[i].why;
        }
    }
    return NULL;
}

static const fir__plan_steps *steps_of(const fir__run *r)
{
    const fir__plan_steps *all[] = {&r->rule->steps, &r->rule->on_failure, &r->rule->notify};
    return r->phase < FIR__PHASE_OVER ? all[r->phase] : NULL;
}

const fir__plan_step *fir__run_step(const fir__run *r)
{
    return &steps_of(r)->items[r->index];
}

/* What the rule or the step asks for and this engine cannot do; NULL: nothing. A dry run does nothing, so it is not asked. */
static const char *unsupported(const fir__run *r, const fir__step *def)
{
    if (r->gate != NULL) {
        return r->gate;
    }
    if (r->handler == NULL) {
        return def->def->host ? "no functions were registered for the type" : "the type does not work in this version";
    }
    if (def->undo_after_ns != 0) {
        return "the step has undo_after: not in this version";
    }
    return def->output_use.len != 0 ? "the step has an output: not in this version" : NULL;
}

/* Reasons to refuse a step that hold before anything is tried. False: there is none. */
static bool refused(fir_engine *g, fir__run *r, const fir__plan_step *step)
{
    const fir__step *def = step->def;
    const fir__rule *rule = r->rule->def;
    fir__ending *e = &r->ending;
    r->handler = fir__engine_handler(g, def->def->name);
    const char *missing = is_dry(g, rule) ? NULL : unsupported(r, def);
    if (step->error_code != 0) {
        fir__end(e, FIR__STEP_REFUSED, step->error_code, "%.*s", (int)(step->error.len < 250 ? step->error.len : 250),
                 step->error.ptr);
    } else if (missing != NULL) {
        fir__end(e, FIR__STEP_REFUSED, FIR_EUNSUPPORTED, "%s", missing);
    } else if (r->rule->undecided && def->def->destructive && rule->on_undecided != FIR__UNDECIDED_ACT) {
        fir__end(e, FIR__STEP_REFUSED, FIR_EDENIED,
                 "the rule is undecided and the step destructive: it needs approval, which is not in this version");
    } else if (rule->valid_for_ns != 0 && !is_dry(g, rule) && fir__engine_now(g) - r->job->accepted_ns > rule->valid_for_ns) {
        fir__end(e, FIR__STEP_REFUSED, FIR_ETIMEOUT, "the rule's valid_for was over before the step could begin");
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
    if (step->when.len == 0 || is_dry(g, r->rule->def)) {
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

/* The step in hand begins, or ends at once. */
static fir__drive begin_step(fir_engine *g, fir__run *r)
{
    const fir__plan_step *step = fir__run_step(r);
    bool no_memory = false;
    r->attempt = 0;
    r->ending = (fir__ending){.status = FIR__STEP_PENDING};
    r->started_ns = fir__engine_now(g);
    r->deadline_ns = r->started_ns + (step->def->timeout_ns != 0 ? step->def->timeout_ns : FIR__STEP_DEADLINE);
    if (r->stopped && r->phase == FIR__PHASE_STEPS) {
        fir__end(&r->ending, FIR__STEP_SKIPPED, 0, "%s",
                 r->failed ? "an earlier step failed" : "an earlier step was the last (continue: false)");
        return FIR__DRIVE_OVER;
    }
    if (r->gate == NULL && decided_by_when(g, r, step, &no_memory)) {
        return FIR__DRIVE_OVER;
    }
    if (no_memory) {
        return FIR__DRIVE_NO_MEMORY;
    }
    if (refused(g, r, step)) {
        return FIR__DRIVE_OVER;
    }
    if (is_dry(g, r->rule->def)) {
        r->ending.status = FIR__STEP_WOULD_RUN;
        return FIR__DRIVE_OVER;
    }
    r->begun = true;
    return fir__attempt_begin(g, r);
}

/* The output of the last attempt becomes what later steps read. */
static bool take_output(fir_engine *g, fir__run *r, fir__step_result *result)
{
    if (r->call == NULL || r->call->output.len == 0 || result->output.ptr != NULL) {
        return true;
    }
    return fir__buf_copy(&g->allocator, fir__sbuf_view(&r->call->output), &result->output) == 0;
}

/* Writes down what the step came to, and moves on. False: out of memory; nothing is lost, call again. */
static bool finish_step(fir_engine *g, fir__run *r)
{
    const fir__plan_step *step = fir__run_step(r);
    fir__step_result *result = &r->results[r->phase][r->index];
    if (!take_output(g, r, result)) {
        return false;
    }
    if (fir__outcome_add(g, r, step, fir__engine_now(g) - r->started_ns) != 0) {
        return false;
    }
    fir__attempt_close(g, r);
    result->status = r->ending.status;
    bool bad = r->ending.status == FIR__STEP_FAILED || r->ending.status == FIR__STEP_REFUSED;
    if (r->phase == FIR__PHASE_STEPS) {
        bool counts = bad && !step->def->ignore_errors && !r->stopped;
        r->failed = r->failed || counts;
        r->stopped = r->stopped || counts || (!step->def->goes_on && r->ending.status != FIR__STEP_SKIPPED);
    }
    r->begun = r->ended = false;
    r->index++;
    return true;
}

/* Skips what is no step: phases that are over, or not wanted. */
static void settle(fir__run *r)
{
    while (r->phase != FIR__PHASE_OVER) {
        bool wanted = r->phase == FIR__PHASE_STEPS || (r->gate == NULL && (r->phase == FIR__PHASE_NOTIFY || r->failed));
        if (wanted && r->index < steps_of(r)->count) {
            return;
        }
        r->phase++;
        r->index = 0;
    }
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
        settle(r);
        if (r->phase == FIR__PHASE_OVER) {
            return FIR__DRIVE_OVER;
        }
        d = begin_step(g, r);
    }
}

fir__drive fir__run_drive(fir_engine *g, fir__run *r)
{
    settle(r);
    if (r->phase == FIR__PHASE_OVER) {
        return FIR__DRIVE_OVER;
    }
    return go_on(g, r, r->ended ? FIR__DRIVE_OVER : r->begun ? fir__attempt_begin(g, r) : begin_step(g, r));
}

fir__drive fir__run_answer(fir_engine *g, fir__run *r, const fir_http_result *answer)
{
    return go_on(g, r, fir__attempt_answer(g, r, answer));
}

void fir__run_close(fir_engine *g, fir__run *r)
{
    fir__job *j = r->job;
    if (r->call != NULL) {
        fir__call_free(r->call);
        fir__free(&g->allocator, r->call);
        r->call = NULL;
    }
    if (--j->open == 0) {
        fir__job_free(g, j);
    }
}
