/* SPDX-License-Identifier: Apache-2.0 */
/* A judged plan as work to be done, and its end. */
#include "engine/private.h"

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

fir__job *fir__job_husk(fir_engine *g, const char *event_id)
{
    fir__job *j = fir__zalloc(&g->allocator, sizeof *j);
    if (j != NULL) {
        memcpy(j->event_id, event_id, FIR__ID);
    }
    return j;
}

void fir__job_release(fir_engine *g, fir__job *j)
{
    if (--j->open != 0) {
        return;
    }
    if (!g->closing) {
        fir__journal_forget_job(g, j);
        if (fir__journal_done_id(g, j->event_id) != 0) {
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
bool fir__verdict_goes_on(const fir__rule_verdict *v)
{
    return v->status == FIR__GATE_PROCEED || v->status == FIR__GATE_NEEDS_APPROVAL || v->status == FIR__GATE_PAUSED ||
           v->status == FIR__GATE_PROTECTED || v->status == FIR__GATE_REFUSED;
}

static void make_run(fir__job *j, fir__run *r, const fir__plan_rule *rule, const fir__rule_verdict *v, fir__step_result **results)
{
    *r = (fir__run){.job = j, .rule = rule, .status = v->status, .why = v->why, .hold = v->hold, .reserved = v->reserved};
    r->taken_ns = v->reserved ? j->judged_ns : INT64_MIN;
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
        runs += fir__verdict_goes_on(&v->rules[i]);
        steps += fir__verdict_goes_on(&v->rules[i]) ? count_steps(&pl->rules[i]) : 0;
    }
    size_t head = sizeof(fir__job) + runs * sizeof(fir__run);
    fir__job *j = fir__zalloc(&g->allocator, head + steps * sizeof(fir__step_result));
    if (j == NULL) {
        fir_plan_free(pl);
        return NULL;
    }
    fir__step_result *results = (fir__step_result *)(void *)((char *)j + head);
    j->plan = pl;
    memcpy(j->event_id, pl->event_id, FIR__ID);
    j->bytes = head + steps * sizeof *results + pl->arena.used;
    j->alert_ns = facts->has_time ? facts->time_ns : 0;
    j->judged_ns = v->now;
    j->forgeable = facts->forgeable;
    for (uint32_t i = 0; i < pl->n_rules; i++) {
        if (fir__verdict_goes_on(&v->rules[i])) {
            make_run(j, &j->runs[j->n_runs++], &pl->rules[i], &v->rules[i], &results);
        }
    }
    j->open = j->going = j->n_runs;
    return j;
}
