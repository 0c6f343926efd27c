/* SPDX-License-Identifier: Apache-2.0 */
/* A series of alerts before the gate, with nothing behind it: for tests of playbooks. */
#include "base/error.h"
#include "base/time.h"
#include "gate/state.h"
#include "json/writer.h"

enum { MAX_GUARDS = 16 << 20, MAX_VERDICT = 64 << 20 };

typedef struct simulation {
    fir__gate *gate;
    fir__arena arena; /* of one verdict */
    fir_allocator allocator;
    int64_t at_ns, first_ns;
    bool begun;
} simulation;

static void put_why(fir__json_writer *w, const fir__rule_verdict *v)
{
    if (v->why != NULL) {
        fir__json_key_str(w, FIR__S("why"), fir__cstr(v->why));
    }
}

static void put_steps(fir__json_writer *w, const fir__plan_rule *r, const fir__rule_verdict *v)
{
    if (v->steps == NULL || r->steps.count == 0) {
        return;
    }
    fir__json_key(w, FIR__S("steps"));
    fir__json_open(w, '[');
    for (uint32_t i = 0; i < r->steps.count; i++) {
        fir__json_item(w);
        fir__json_open(w, '{');
        fir__json_key_str(w, FIR__S("status"), fir__gate_status_name(v->steps[i]));
        fir__json_key_str(w, FIR__S("step"), r->steps.items[i].def->id);
        fir__json_close(w, '}');
    }
    fir__json_close(w, ']');
}

/* Behind the plan's last key, which is "v". */
static void put_verdicts(fir__sbuf *b, const fir_plan *pl, const fir__verdict *v)
{
    if (b->status != 0 || v->n_rules == 0) {
        return;
    }
    b->len--; /* the plan's closing brace */
    fir__json_writer w = {b, true};
    fir__json_key(&w, FIR__S("verdicts"));
    fir__json_open(&w, '[');
    for (uint32_t i = 0; i < v->n_rules; i++) {
        fir__json_item(&w);
        fir__json_open(&w, '{');
        fir__json_key_str(&w, FIR__S("rule"), pl->rules[i].def->name);
        fir__json_key_str(&w, FIR__S("status"), fir__gate_status_name(v->rules[i].status));
        put_steps(&w, &pl->rules[i], &v->rules[i]);
        put_why(&w, &v->rules[i]);
        fir__json_close(&w, '}');
    }
    fir__json_close(&w, ']');
    fir__json_close(&w, '}');
}

static int fold(simulation *s, const fir_plan *pl, const fir__verdict *v, fir_error *err)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &s->allocator, FIR__GATE_MOST_RECORD);
    fir__gate_record(pl, v, &b);
    int rc = b.status != 0 ? fir__fail(err, b.status, "a record of the gate is too large, or memory ran out")
                           : fir__gate_fold(s->gate, FIR__S("gate"), fir__sbuf_view(&b), err);
    fir__sbuf_free(&b);
    return rc;
}

/* Without a time of its own an alert is of now. */
static int64_t clock_at(simulation *s, const fir__alert_facts *facts)
{
    if (s->at_ns == FIR_AT_ALERTS) {
        s->first_ns = facts->has_time ? facts->time_ns : s->first_ns;
        return s->first_ns;
    }
    if (!facts->has_time) {
        return s->at_ns;
    }
    if (!s->begun) {
        s->first_ns = facts->time_ns;
        s->begun = true;
    }
    return facts->time_ns > s->first_ns ? fir__gate_plus(s->at_ns, fir__gate_plus(facts->time_ns, -s->first_ns)) : s->at_ns;
}

static int write_line(void *ctx, const fir_plan *pl, const fir_event *e, uint64_t line, fir__sbuf *b, fir_error *err)
{
    simulation *s = ctx;
    fir__verdict v;
    fir__alert_facts facts = {.forgeable = e->info.form != FIR_FORM_JSON};
    facts.has_time = fir__time_parse(pl->time, &facts.time_ns);
    fir__plan_write(pl, line, b);
    fir__arena_reset(&s->arena);
    int rc = fir__gate_judge(s->gate, pl, &facts, clock_at(s, &facts), &s->arena, &v);
    if (rc != 0) {
        return fir__fail(err, rc, "the plan could not be judged: memory ran out, or it is too large");
    }
    put_verdicts(b, pl, &v);
    return fold(s, pl, &v, err);
}

static int make_gate(simulation *s, const fir_playbook *p, fir_error *err)
{
    fir__arena arena;
    fir__guards guards;
    fir__arena_init(&arena, &s->allocator, MAX_GUARDS);
    int rc = fir__guards_read(p->config, &arena, &guards);
    rc = rc != 0 ? rc : fir__gate_new(&s->allocator, &guards, 0, &s->gate);
    fir__arena_free(&arena);
    return rc == 0 ? 0 : fir__fail(err, rc, "the guards of the configuration are too large, or memory ran out");
}

int fir_simulate_ndjson(fir_evaluator *x, const fir_playbook *p, const void *b, size_t n, int64_t at_ns, uint32_t flags,
                        fir_buf *out, fir_error *err)
{
    if (out != NULL) {
        *out = (fir_buf){NULL, 0, NULL};
    }
    if (x == NULL || p == NULL || out == NULL || flags != 0) {
        return fir__fail(err, FIR_EINVAL, "evaluator, playbook or out is NULL, or a flag is unknown");
    }
    simulation s = {.allocator = x->allocator, .at_ns = at_ns};
    fir__arena_init(&s.arena, &s.allocator, MAX_VERDICT);
    int rc = make_gate(&s, p, err);
    rc = rc != 0 ? rc : fir__evaluate_lines(x, p, b, n, write_line, &s, out, err);
    fir__arena_free(&s.arena);
    fir__gate_free(s.gate);
    return rc;
}
