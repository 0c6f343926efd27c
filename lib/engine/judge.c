/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts of a batch before the gate. */
#include "engine/batch.h"

static int add_note(fir__batch *b, const fir_plan *pl, uint32_t rule, const fir__rule_verdict *v)
{
    if (!fir__grow(&b->g->allocator, &b->notes, &b->cap_notes, b->n_notes + 1, sizeof *b->notes)) {
        return FIR_ENOMEM;
    }
    b->notes[b->n_notes++] = (fir__refused){fir__plan_ref(pl), rule, v->status, v->why};
    return 0;
}

/* Judges under one lock with what it takes, so that no other alert comes between. */
int fir__batch_judge(fir__batch *b, const fir_plan *pl, const fir__alert_facts *facts, fir__arena *arena, fir__verdict *v,
                     fir_error *err)
{
    fir_engine *g = b->g;
    fir__sbuf record;
    if (!fir__grow(&g->allocator, &b->records, &b->cap_records, b->n_records + 1, sizeof *b->records)) {
        return fir__no_memory(err);
    }
    fir__sbuf_init(&record, &g->allocator, FIR__GATE_MOST_RECORD);
    pthread_mutex_lock(&g->judge);
    fir__alert_facts f = *facts;
    int64_t now = fir__gate_steady(g);
    f.clock_ns = fir__engine_wall(g);
    if ((g->flags & FIR_ENGINE_AS_OF_ALERTS) != 0) {
        g->as_of_ns = facts->has_time && facts->time_ns > g->as_of_ns ? facts->time_ns : g->as_of_ns;
        now = f.clock_ns = facts->has_time ? facts->time_ns : g->as_of_ns;
    }
    int rc = fir__gate_judge(g->gate, pl, &f, now, arena, v);
    if (rc == 0) {
        fir__gate_record(pl, v, &record);
        rc = record.status != 0 ? record.status : fir__gate_fold(g->gate, FIR__S("gate"), fir__sbuf_view(&record), err);
    }
    pthread_mutex_unlock(&g->judge);
    if (rc == 0) {
        fir__judged *r = &b->records[b->n_records++];
        *r = (fir__judged){.job = NULL};
        memcpy(r->event, pl->event_id, FIR__ID);
        rc = fir__sbuf_take(&record, &r->gate);
    }
    fir__sbuf_free(&record);
    return rc == 0 ? 0 : rc == FIR_ENOMEM ? fir__no_memory(err) : fir__fail(err, rc, "the plan is too large to be judged");
}

/* What was folded in and is not accepted was never there. */
void fir__batch_retract(fir__batch *b)
{
    pthread_mutex_lock(&b->g->judge);
    for (size_t i = b->n_records; i != 0; i--) {
        fir__gate_retract(b->g->gate, fir__str(b->records[i - 1].gate.ptr, b->records[i - 1].gate.len));
    }
    pthread_mutex_unlock(&b->g->judge);
}

static void count_verdicts(fir__batch *b, const fir_plan *pl, const fir__verdict *v)
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
static int write_alert(fir__batch *b, fir__job *j)
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
int fir__batch_add(fir__batch *b, fir_plan *pl, const fir__alert_facts *facts, const fir__verdict *v, fir_error *err)
{
    uint32_t going = 0;
    for (uint32_t i = 0; i < v->n_rules; i++) {
        going += fir__verdict_goes_on(&v->rules[i]);
        if (!fir__verdict_goes_on(&v->rules[i]) && add_note(b, pl, i, &v->rules[i]) != 0) {
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
    return fir__batch_room(b, err);
}
