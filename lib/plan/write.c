/* SPDX-License-Identifier: Apache-2.0 */
/* The plan as canonical JSON: keys in bytewise order, nothing empty (docs/plan.md). */
#include "base/digest.h"
#include "json/writer.h"
#include "plan/plan.h"

enum { TYPICAL_BYTES = 1024 };

static void put_number(fir__json_writer *w, fir_str key, int64_t value)
{
    if (value != 0) {
        fir__json_key_i64(w, key, value);
    }
}

/* ---- parameters ---- */

static const fir_str sink_names[] = {
    [FIR_SINK_TEXT] = {"text", 4},         [FIR_SINK_JSON] = {"json", 4},           [FIR_SINK_URL] = {"url", 3},
    [FIR_SINK_HEADER] = {"header", 6},     [FIR_SINK_FORM] = {"form", 4},           [FIR_SINK_ARGV] = {"argv", 4},
    [FIR_SINK_K8S_NAME] = {"k8s_name", 8}, [FIR_SINK_K8S_LABEL] = {"k8s_label", 9}, [FIR_SINK_SLACK] = {"slack", 5},
    [FIR_SINK_HTML] = {"html", 4},         [FIR_SINK_MARKDOWN] = {"markdown", 8},   [FIR_SINK_RAW] = {"raw", 3},
};

static void write_secret(fir__json_writer *w, const fir__secret_ref *s)
{
    static const fir_str kinds[] = {{"env", 3}, {"file", 4}, {"config", 6}};
    fir__json_open(w, '{');
    fir__json_key(w, FIR__S("secret"));
    fir__json_open(w, '{');
    fir__json_key_str(w, kinds[s->kind], s->name);
    fir__json_close(w, '}');
    fir__json_close(w, '}');
}

static void write_parts(fir__json_writer *w, const fir__plan_value *v)
{
    fir__json_open(w, '{');
    fir__json_key(w, FIR__S("parts"));
    fir__json_open(w, '[');
    for (uint32_t i = 0; i < v->count; i++) {
        const fir__part *part = &v->parts[i];
        fir__json_item(w);
        fir__json_open(w, '{');
        if (part->is_step) {
            fir__json_key_text(w, FIR__S("filters"), part->filters);
            fir__json_key_str(w, FIR__S("get"), part->get);
            if (part->in_string) {
                fir__json_key_bool(w, FIR__S("in_string"), true);
            }
            fir__json_key_str(w, FIR__S("step"), part->step);
        } else {
            fir__json_key_str(w, FIR__S("t"), part->text);
        }
        fir__json_close(w, '}');
    }
    fir__json_close(w, ']');
    fir__json_key_str(w, FIR__S("sink"), sink_names[v->sink]);
    fir__json_close(w, '}');
}

static void write_value(fir__json_writer *w, const fir__plan_value *v);

static void write_items(fir__json_writer *w, const fir__plan_value *v)
{
    bool map = v->kind == FIR__PLAN_MAP;
    fir__json_open(w, '{');
    fir__json_key(w, map ? FIR__S("map") : FIR__S("list"));
    fir__json_open(w, map ? '{' : '[');
    for (uint32_t i = 0; i < v->count; i++) {
        if (map) {
            fir__json_key(w, v->keys[i]);
        } else {
            fir__json_item(w);
        }
        write_value(w, &v->items[i]);
    }
    fir__json_close(w, map ? '}' : ']');
    fir__json_close(w, '}');
}

/* Whether nothing in it waits or is secret: then it is shown as data. */
static bool is_data(const fir__plan_value *v)
{
    if (v->kind == FIR__PLAN_DATA) {
        return true;
    }
    if (v->kind != FIR__PLAN_LIST && v->kind != FIR__PLAN_MAP) {
        return false;
    }
    for (uint32_t i = 0; i < v->count; i++) {
        if (!is_data(&v->items[i])) {
            return false;
        }
    }
    return true;
}

static void write_data(fir__json_writer *w, const fir__plan_value *v)
{
    if (v->kind == FIR__PLAN_DATA) {
        fir__json_data(w->b, &v->data);
        fir__json_done(w);
        return;
    }
    bool map = v->kind == FIR__PLAN_MAP;
    fir__json_open(w, map ? '{' : '[');
    for (uint32_t i = 0; i < v->count; i++) {
        if (map) {
            fir__json_key(w, v->keys[i]);
        } else {
            fir__json_item(w);
        }
        write_data(w, &v->items[i]);
    }
    fir__json_close(w, map ? '}' : ']');
}

static void write_value(fir__json_writer *w, const fir__plan_value *v)
{
    if (v->shown.len != 0) {
        fir__sbuf_str(w->b, v->shown);
        fir__json_done(w);
    } else if (is_data(v)) {
        fir__json_open(w, '{');
        fir__json_key(w, FIR__S("v"));
        write_data(w, v);
        fir__json_close(w, '}');
    } else if (v->kind == FIR__PLAN_SECRET) {
        write_secret(w, v->secret);
    } else if (v->kind == FIR__PLAN_PARTS) {
        write_parts(w, v);
    } else {
        write_items(w, v);
    }
}

static void put_params(fir__json_writer *w, fir_str key, const fir__plan_params *p)
{
    if (p->count == 0) {
        return;
    }
    fir__json_key(w, key);
    fir__json_open(w, '{');
    for (uint32_t i = 0; i < p->count; i++) {
        fir__json_key(w, p->items[i].name);
        write_value(w, &p->items[i].value);
    }
    fir__json_close(w, '}');
}

/* ---- steps ---- */

static void put_error(fir__json_writer *w, const fir__plan_step *s)
{
    if (s->error_code != 0) {
        fir__json_key_error(w, s->error_code, s->error);
    }
}

static void put_flags(fir__json_writer *w, uint32_t flags)
{
    static const struct {
        uint32_t flag;
        fir_str name;
    } names[] = {{FIR__RENDER_CUT, {"cut", 3}}, {FIR__RENDER_ESCAPED, {"escaped", 7}}, {FIR__RENDER_MISSING, {"missing", 7}}};
    fir_str set[3];
    uint32_t n = 0;
    for (size_t i = 0; i < 3; i++) {
        if ((flags & names[i].flag) != 0) {
            set[n++] = names[i].name;
        }
    }
    fir__json_key_texts(w, FIR__S("flags"), set, n);
}

static void put_output(fir__json_writer *w, const fir__plan_step *s)
{
    if (s->def->output_use.len == 0) {
        return;
    }
    fir__json_key(w, FIR__S("output"));
    fir__json_open(w, '{');
    put_params(w, FIR__S("parameters"), &s->output_params);
    fir__json_key_str(w, FIR__S("use"), s->def->output_use);
    fir__json_close(w, '}');
}

static void put_retry(fir__json_writer *w, const fir__step *def)
{
    if (def->attempts != 0) {
        fir__json_key(w, FIR__S("retry"));
        fir__json_open(w, '{');
        fir__json_key_i64(w, FIR__S("attempts"), def->attempts);
        fir__json_close(w, '}');
    }
}

static void put_target(fir__json_writer *w, const fir__target *t)
{
    if (!fir__target_empty(t)) {
        fir__json_key(w, FIR__S("target"));
        fir__target_write(t, w->b);
        fir__json_done(w);
    }
}

static void write_step(fir__json_writer *w, const fir__plan_step *s)
{
    static const fir_str on_uncertain[] = {{NULL, 0}, {"ask", 3}, {"dead_letter", 11}, {"resend", 6}};
    const fir__step *def = s->def;
    fir__json_open(w, '{');
    fir__json_key_str(w, FIR__S("action_id"), fir__str(s->action_id, sizeof s->action_id));
    if (!def->goes_on) {
        fir__json_key_bool(w, FIR__S("continue"), false);
    }
    put_error(w, s);
    put_flags(w, s->flags);
    if (def->ignore_errors) {
        fir__json_key_bool(w, FIR__S("ignore_errors"), true);
    }
    fir__json_key_text(w, FIR__S("name"), def->name);
    fir__json_key_text(w, FIR__S("on_uncertain"), on_uncertain[def->on_uncertain]);
    put_output(w, s);
    put_params(w, FIR__S("parameters"), &s->params);
    put_retry(w, def);
    fir__json_key_text(w, FIR__S("step"), def->id);
    put_target(w, &s->target);
    put_number(w, FIR__S("timeout"), def->timeout_ns);
    put_number(w, FIR__S("undo_after"), def->undo_after_ns);
    fir__json_key_text(w, FIR__S("use"), def->use);
    fir__json_key_text(w, FIR__S("when"), s->never ? FIR__S("never") : s->when);
    fir__json_close(w, '}');
}

static void put_steps(fir__json_writer *w, fir_str key, const fir__plan_steps *steps)
{
    if (steps->count == 0) {
        return;
    }
    fir__json_key(w, key);
    fir__json_open(w, '[');
    for (uint32_t i = 0; i < steps->count; i++) {
        fir__json_item(w);
        write_step(w, &steps->items[i]);
    }
    fir__json_close(w, ']');
}

/* ---- gate ---- */

static void put_key(fir__json_writer *w, const fir__plan_key *k)
{
    if (k->n_missing != 0) {
        fir__json_key_texts(w, FIR__S("missing"), k->missing, k->n_missing);
    } else {
        fir__json_key_texts(w, FIR__S("key"), k->values, k->count);
    }
}

static void put_approval(fir__json_writer *w, const fir__approval *a)
{
    if (!a->required) {
        return;
    }
    fir__json_key(w, FIR__S("approval"));
    fir__json_open(w, '{');
    fir__json_key_texts(w, FIR__S("approvers"), a->approvers, a->n_approvers);
    fir__json_key_str(w, FIR__S("on_timeout"), a->approve_on_timeout ? FIR__S("approve") : FIR__S("reject"));
    fir__json_key_bool(w, FIR__S("reason_required"), a->reason_required);
    put_number(w, FIR__S("timeout"), a->timeout_ns);
    fir__json_close(w, '}');
}

static void put_once(fir__json_writer *w, const fir__plan_rule *r)
{
    if (r->def->once_window_ns == 0) {
        return;
    }
    fir__json_key(w, FIR__S("once_per"));
    fir__json_open(w, '{');
    put_key(w, &r->once);
    fir__json_key_i64(w, FIR__S("window"), r->def->once_window_ns);
    fir__json_close(w, '}');
}

static void put_sequence(fir__json_writer *w, const fir__plan_rule *r)
{
    if (r->def->n_sequence == 0) {
        return;
    }
    fir__json_key(w, FIR__S("sequence"));
    fir__json_open(w, '[');
    for (uint32_t i = 0; i < r->def->n_sequence; i++) {
        fir__json_item(w);
        fir__json_open(w, '{');
        put_key(w, &r->sequence[i]);
        fir__json_key_str(w, FIR__S("rule"), r->def->sequence[i].rule);
        fir__json_key_i64(w, FIR__S("within"), r->def->sequence[i].within_ns);
        fir__json_close(w, '}');
    }
    fir__json_close(w, ']');
}

static void put_threshold(fir__json_writer *w, const fir__plan_rule *r)
{
    if (r->def->threshold == 0) {
        return;
    }
    fir__json_key(w, FIR__S("threshold"));
    fir__json_open(w, '{');
    fir__json_key_i64(w, FIR__S("count"), r->def->threshold);
    put_key(w, &r->threshold);
    fir__json_key_i64(w, FIR__S("within"), r->def->threshold_within_ns);
    fir__json_close(w, '}');
}

static const fir_str on_undecided_names[] = {{NULL, 0}, {"act", 3}, {"ask", 3}, {"skip", 4}};

static bool has_gate(const fir__rule *r)
{
    return r->approval.required || r->on_undecided != FIR__UNDECIDED_DEFAULT || r->once_window_ns != 0 || r->review_required ||
           r->n_sequence != 0 || r->threshold != 0 || r->valid_for_ns != 0;
}

static void put_gate(fir__json_writer *w, const fir__plan_rule *r)
{
    if (!has_gate(r->def)) {
        return;
    }
    fir__json_key(w, FIR__S("gate"));
    fir__json_open(w, '{');
    put_approval(w, &r->def->approval);
    fir__json_key_text(w, FIR__S("on_undecided"), on_undecided_names[r->def->on_undecided]);
    put_once(w, r);
    if (r->def->review_required) {
        fir__json_key_str(w, FIR__S("review"), FIR__S("required"));
    }
    put_sequence(w, r);
    put_threshold(w, r);
    put_number(w, FIR__S("valid_for"), r->def->valid_for_ns);
    fir__json_close(w, '}');
}

/* ---- the whole ---- */

static const fir_str urgency_names[] = {[FIR__URGENCY_LOW] = {"low", 3},
                                        [FIR__URGENCY_NORMAL] = {"normal", 6},
                                        [FIR__URGENCY_HIGH] = {"high", 4},
                                        [FIR__URGENCY_CRITICAL] = {"critical", 8}};

static void write_rule(fir__json_writer *w, const fir__plan_rule *r)
{
    fir__json_open(w, '{');
    fir__json_key_bool(w, FIR__S("dry_run"), r->def->dry_run);
    put_gate(w, r);
    put_steps(w, FIR__S("notify"), &r->notify);
    put_steps(w, FIR__S("on_failure"), &r->on_failure);
    fir__json_key_str(w, FIR__S("rule"), r->def->name);
    put_steps(w, FIR__S("steps"), &r->steps);
    fir__json_key_bool(w, FIR__S("undecided"), r->undecided);
    fir__json_key_str(w, FIR__S("urgency"), urgency_names[r->def->urgency]);
    fir__json_close(w, '}');
}

void fir__plan_step_write(const fir__plan_step *s, fir__sbuf *b)
{
    fir__json_writer w = {b, false};
    write_step(&w, s);
}

static void put_rules(fir__json_writer *w, const fir_plan *pl)
{
    if (pl->n_rules == 0) {
        return;
    }
    fir__json_key(w, FIR__S("rules"));
    fir__json_open(w, '[');
    for (uint32_t i = 0; i < pl->n_rules; i++) {
        fir__json_item(w);
        write_rule(w, &pl->rules[i]);
    }
    fir__json_close(w, ']');
}

static void put_observed(fir__json_writer *w, const fir_plan *pl)
{
    if (pl->n_observed == 0) {
        return;
    }
    fir__json_key(w, FIR__S("observed"));
    fir__json_open(w, '[');
    for (uint32_t i = 0; i < pl->n_observed; i++) {
        const fir__observed *o = &pl->observed[i];
        fir__json_item(w);
        fir__json_open(w, '{');
        fir__json_key_i64(w, FIR__S("item"), o->item);
        put_key(w, &o->key);
        fir__json_key_str(w, FIR__S("rule"), o->def->name);
        fir__json_close(w, '}');
    }
    fir__json_close(w, ']');
}

static void put_event(fir__json_writer *w, const fir_plan *pl)
{
    fir__json_key(w, FIR__S("event"));
    fir__json_open(w, '{');
    fir__json_key_str(w, FIR__S("id"), fir__str(pl->event_id, sizeof pl->event_id));
    fir__json_key_text(w, FIR__S("priority"), pl->priority);
    fir__json_key_text(w, FIR__S("rule"), pl->rule);
    fir__json_key_text(w, FIR__S("source"), pl->source);
    fir__json_key_text(w, FIR__S("time"), pl->time);
    fir__json_close(w, '}');
}

void fir__plan_write(const fir_plan *pl, uint64_t line, fir__sbuf *b)
{
    fir__json_writer w = {b, false};
    (void)fir__sbuf_reserve(b, TYPICAL_BYTES);
    char digest[7 + 2 * sizeof pl->playbook->digest];
    memcpy(digest, "sha256:", 7);
    fir__hex(pl->playbook->digest, sizeof pl->playbook->digest, digest + 7);
    fir__json_open(&w, '{');
    if (line != 0) {
        fir__json_key(&w, FIR__S("line"));
        fir__sbuf_u64(b, line);
        fir__json_done(&w);
    }
    put_event(&w, pl);
    put_observed(&w, pl);
    fir__json_key_str(&w, FIR__S("playbook"), fir__str(digest, sizeof digest));
    put_rules(&w, pl);
    fir__json_key_i64(&w, FIR__S("v"), 1);
    fir__json_close(&w, '}');
}
