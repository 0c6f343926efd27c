/* SPDX-License-Identifier: Apache-2.0 */
/* What is written down. Keys in bytewise order, as canonical JSON has them. */
#include "base/time.h"
#include "gate/state.h"
#include "json/writer.h"

static void put_marks(fir__json_writer *w, const fir__gate_mark *marks, uint32_t n)
{
    if (n == 0) {
        return;
    }
    fir__json_key(w, FIR__S("marks"));
    fir__json_open(w, '[');
    for (uint32_t i = 0; i < n; i++) {
        char key[2 * sizeof marks[i].key.bytes];
        fir__hex(marks[i].key.bytes, sizeof marks[i].key.bytes, key);
        fir__json_item(w);
        fir__json_open(w, '{');
        bool add = !marks[i].clear && !marks[i].taken && !marks[i].restored;
        if (add || marks[i].clear) {
            fir__json_key_i64(w, add ? FIR__S("add") : FIR__S("clear"), marks[i].time);
        }
        fir__json_key_str(w, FIR__S("key"), fir__str(key, sizeof key));
        if (marks[i].taken || marks[i].restored) {
            fir__json_key_i64(w, marks[i].taken ? FIR__S("take") : FIR__S("restore"), marks[i].time);
        }
        if (add) {
            fir__json_key_i64(w, FIR__S("most"), marks[i].most);
            if (marks[i].thin) {
                fir__json_key_bool(w, FIR__S("thin"), true);
            }
            fir__json_key_i64(w, FIR__S("until"), marks[i].until);
        }
        fir__json_close(w, '}');
    }
    fir__json_close(w, ']');
}

static void put_rules(fir__json_writer *w, const fir_plan *pl, const fir__verdict *v)
{
    static const fir_str holds[] = {{NULL, 0}, {"destructive", 11}, {"all", 3}};
    if (v->n_rules == 0) {
        return;
    }
    fir__json_key(w, FIR__S("rules"));
    fir__json_open(w, '[');
    for (uint32_t i = 0; i < v->n_rules; i++) {
        const fir__rule_verdict *r = &v->rules[i];
        fir__json_item(w);
        fir__json_open(w, '{');
        fir__json_key_text(w, FIR__S("hold"), holds[r->hold]);
        if (r->reserved) {
            fir__json_key_bool(w, FIR__S("reserved"), true);
        }
        fir__json_key_str(w, FIR__S("rule"), pl->rules[i].def->name);
        fir__json_key_str(w, FIR__S("status"), fir__gate_status_name(r->status));
        fir__json_key_text(w, FIR__S("why"), fir__cstr(r->why));
        fir__json_close(w, '}');
    }
    fir__json_close(w, ']');
}

void fir__gate_record(const fir_plan *pl, const fir__verdict *v, fir__sbuf *b)
{
    fir__json_writer w = {b, false};
    fir__json_open(&w, '{');
    fir__json_key_i64(&w, FIR__S("at"), v->now);
    fir__json_key_str(&w, FIR__S("event"), fir__str(pl->event_id, sizeof pl->event_id));
    put_marks(&w, v->marks, v->n_marks);
    put_rules(&w, pl, v);
    if (v->seen_until != 0) {
        fir__json_key_i64(&w, FIR__S("seen"), v->seen_until);
    }
    fir__json_key_str(&w, FIR__S("status"), fir__gate_status_name(v->status));
    fir__json_close(&w, '}');
}

void fir__gate_record_step(const fir__step_verdict *v, int64_t now_ns, fir__sbuf *b)
{
    fir__json_writer w = {b, false};
    fir__json_open(&w, '{');
    fir__json_key_i64(&w, FIR__S("at"), now_ns);
    put_marks(&w, v->marks, v->n_marks);
    fir__json_key_str(&w, FIR__S("status"), fir__gate_status_name(v->status));
    fir__json_close(&w, '}');
}

void fir__gate_record_pause(bool paused, fir_str who, fir_str why, int64_t now_ns, fir__sbuf *b)
{
    fir__gate_record_pause_by(paused, who, why, (fir_str){NULL, 0}, now_ns, b);
}

void fir__gate_record_pause_by(bool paused, fir_str who, fir_str why, fir_str file, int64_t now_ns, fir__sbuf *b)
{
    fir__json_writer w = {b, false};
    fir__json_open(&w, '{');
    fir__json_key_i64(&w, FIR__S("at"), now_ns);
    fir__json_key_str(&w, FIR__S("command"), paused ? FIR__S("pause") : FIR__S("resume"));
    fir__json_key_text(&w, FIR__S("file"), file);
    fir__json_key_text(&w, FIR__S("who"), who);
    fir__json_key_text(&w, FIR__S("why"), why);
    fir__json_close(&w, '}');
}

/* ---- approvals ---- */

/* Every step with the digest of what it would do. */
static void put_actions(fir__json_writer *w, const fir__plan_rule *r)
{
    fir__json_key(w, FIR__S("actions"));
    fir__json_open(w, '[');
    for (uint32_t i = 0; i < r->steps.count; i++) {
        const fir__plan_step *s = &r->steps.items[i];
        char hex[2 * FIR__SHA256];
        int rc = fir__ask_step_digest(s, &w->b->allocator, hex);
        if (rc != 0) {
            w->b->status = w->b->status != 0 ? w->b->status : rc;
            return;
        }
        fir__json_item(w);
        fir__json_open(w, '{');
        fir__json_key_str(w, FIR__S("action_id"), fir__str(s->action_id, sizeof s->action_id));
        fir__json_key_str(w, FIR__S("digest"), fir__str(hex, sizeof hex));
        fir__json_key_str(w, FIR__S("use"), s->def->use);
        fir__json_close(w, '}');
    }
    fir__json_close(w, ']');
}

void fir__gate_record_ask(const fir__ask *a, const fir__plan_rule *rule, fir__sbuf *b)
{
    fir__json_writer w = {b, false};
    fir__sbuf time;
    fir__sbuf_init(&time, &b->allocator, 64);
    fir__time_format(&time, a->expires_ns);
    b->status = b->status != 0 ? b->status : time.status;
    fir__json_open(&w, '{');
    put_actions(&w, rule);
    fir__json_key_str(&w, FIR__S("approval"), fir__str(a->id, sizeof a->id));
    fir__json_key_texts(&w, FIR__S("approvers"), a->approvers, a->n_approvers);
    fir__json_key_i64(&w, FIR__S("at"), a->asked_ns);
    fir__json_key_str(&w, FIR__S("digest"), fir__str(a->digest, sizeof a->digest));
    fir__json_key_str(&w, FIR__S("event"), a->event_id);
    fir__json_key_str(&w, FIR__S("expires"), fir__sbuf_view(&time));
    fir__json_key_str(&w, FIR__S("on_timeout"), a->approve_on_timeout ? FIR__S("approve") : FIR__S("reject"));
    fir__json_key_bool(&w, FIR__S("reason_required"), a->reason_required);
    fir__json_key_str(&w, FIR__S("rule"), a->rule);
    fir__json_key_text(&w, FIR__S("why"), a->why);
    fir__json_close(&w, '}');
    fir__sbuf_free(&time);
}

void fir__gate_record_answer(fir_str id, fir__approval_state state, fir_str who, fir_str why, int64_t now_ns, fir__sbuf *b)
{
    fir__gate_record_answer_by(id, state, who, why, (fir_str){NULL, 0}, now_ns, b);
}

void fir__gate_record_answer_by(fir_str id, fir__approval_state state, fir_str who, fir_str why, fir_str file, int64_t now_ns,
                                fir__sbuf *b)
{
    fir__json_writer w = {b, false};
    fir__json_open(&w, '{');
    fir__json_key_str(&w, FIR__S("approval"), id);
    fir__json_key_bool(&w, FIR__S("approve"), state == FIR__APPROVAL_APPROVED);
    fir__json_key_i64(&w, FIR__S("at"), now_ns);
    fir__json_key_text(&w, FIR__S("file"), file);
    fir__json_key_str(&w, FIR__S("state"), fir__approval_state_name(state));
    fir__json_key_text(&w, FIR__S("who"), who);
    fir__json_key_text(&w, FIR__S("why"), why);
    fir__json_close(&w, '}');
}

void fir__gate_record_done(fir_str event_id, int64_t now_ns, fir__sbuf *b)
{
    fir__json_writer w = {b, false};
    fir__json_open(&w, '{');
    fir__json_key_i64(&w, FIR__S("at"), now_ns);
    fir__json_key_str(&w, FIR__S("event"), event_id);
    fir__json_close(&w, '}');
}
