/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical form of a playbook, and its digest: SHA-256 over everything in it that can change a plan. Literal secrets are no
 * part of it: a plan names them by their place. */
#include "base/digest.h"
#include "json/writer.h"
#include "playbook/load.h"
#include "playbook/rule.h"

enum { MOST_BYTES = 1 << 30 };

static void key_node(fir__json_writer *w, fir_str key, const fir__node *n);

static void write_secret(fir__json_writer *w, const fir__secret_ref *s)
{
    static const fir_str kinds[] = {
        [FIR__SECRET_ENV] = {"env", 3}, [FIR__SECRET_FILE] = {"file", 4}, [FIR__SECRET_CONFIG] = {"config", 6}};
    fir__json_key(w, FIR__S("secret"));
    fir__json_open(w, '{');
    fir__json_key_str(w, kinds[s->kind], s->name);
    fir__json_close(w, '}');
}

/* As in a plan (docs/plan.md): what was written stands under a key that says what it is, so that nothing can pass for another. */
static void write_node(fir__json_writer *w, const fir__node *n)
{
    if (n->kind == FIR__NODE_DATA) {
        fir__sbuf_str(w->b, n->source);
        fir__json_done(w);
        return;
    }
    fir__json_open(w, '{');
    switch (n->kind) {
    case FIR__NODE_TEMPLATE:
        fir__json_key_str(w, FIR__S("sink"), fir__sink_name(n->sink));
        fir__json_key_str(w, FIR__S("template"), n->source);
        break;
    case FIR__NODE_SECRET:
        write_secret(w, n->secret);
        break;
    case FIR__NODE_LIST:
        fir__json_key(w, FIR__S("list"));
        fir__json_open(w, '[');
        for (uint32_t i = 0; i < n->count; i++) {
            fir__json_item(w);
            write_node(w, &n->items[i]);
        }
        fir__json_close(w, ']');
        break;
    case FIR__NODE_MAP:
        fir__json_key(w, FIR__S("map"));
        fir__json_open(w, '{');
        for (uint32_t i = 0; i < n->count; i++) {
            key_node(w, n->keys[i], &n->items[i]);
        }
        fir__json_close(w, '}');
        break;
    default:
        break;
    }
    fir__json_close(w, '}');
}

static void key_node(fir__json_writer *w, fir_str key, const fir__node *n)
{
    fir__json_key(w, key);
    write_node(w, n);
}

/* ---- optional keys: what says nothing is left out ---- */

static void key_text(fir__json_writer *w, const char *key, fir_str value)
{
    fir__json_key_text(w, fir__cstr(key), value);
}

static void key_number(fir__json_writer *w, const char *key, int64_t value)
{
    if (value != 0) {
        fir__json_key_i64(w, fir__cstr(key), value);
    }
}

static void key_flag(fir__json_writer *w, const char *key, bool value, bool usual)
{
    if (value != usual) {
        fir__json_key_bool(w, fir__cstr(key), value);
    }
}

static void key_texts(fir__json_writer *w, const char *key, const fir_str *texts, uint32_t n)
{
    fir__json_key_texts(w, fir__cstr(key), texts, n);
}

/* The word of a choice, by its index from 1. */
static void key_choice(fir__json_writer *w, const char *key, const char *choices, uint8_t value)
{
    fir_str rest = fir__cstr(choices);
    for (uint8_t i = 1; value != 0; i++) {
        size_t blank = fir__str_find(rest, FIR__S(" "));
        if (i == value) {
            key_text(w, key, fir__str_to(rest, blank));
            return;
        }
        rest = fir__str_from(rest, blank + 1);
    }
}

static void key_params(fir__json_writer *w, const fir__params *params)
{
    if (params->count == 0) {
        return;
    }
    fir__json_key(w, FIR__S("parameters"));
    fir__json_open(w, '{');
    for (uint32_t i = 0; i < params->count; i++) {
        key_node(w, params->items[i].name, &params->items[i].value);
    }
    fir__json_close(w, '}');
}

/* ---- steps ---- */

static void write_step(fir__json_writer *w, const fir__step *s)
{
    fir__json_open(w, '{');
    key_flag(w, "continue", s->goes_on, true);
    key_text(w, "description", s->description);
    key_text(w, "id", s->id);
    key_flag(w, "ignore_errors", s->ignore_errors, false);
    key_text(w, "name", s->name);
    key_choice(w, "on_uncertain", FIR__UNCERTAIN_CHOICES, (uint8_t)s->on_uncertain);
    if (s->output_def != NULL) {
        fir__json_key(w, FIR__S("output"));
        fir__json_open(w, '{');
        key_params(w, &s->output_params);
        key_text(w, "use", s->output_use);
        fir__json_close(w, '}');
    }
    key_params(w, &s->params);
    if (s->attempts != 0) {
        fir__json_key(w, FIR__S("retry"));
        fir__json_open(w, '{');
        key_number(w, "attempts", s->attempts);
        fir__json_close(w, '}');
    }
    key_number(w, "timeout", s->timeout_ns);
    key_number(w, "undo_after", s->undo_after_ns);
    key_text(w, "use", s->use);
    key_text(w, "when", s->when_text);
    fir__json_close(w, '}');
}

static void key_steps(fir__json_writer *w, const char *key, const fir__step *steps, uint32_t n)
{
    if (n == 0) {
        return;
    }
    fir__json_key(w, fir__cstr(key));
    fir__json_open(w, '[');
    for (uint32_t i = 0; i < n; i++) {
        fir__json_item(w);
        write_step(w, &steps[i]);
    }
    fir__json_close(w, ']');
}

/* ---- rules ---- */

static void key_approval(fir__json_writer *w, const fir__approval *a)
{
    if (!a->required) {
        return;
    }
    fir__json_key(w, FIR__S("require_approval"));
    fir__json_open(w, '{');
    key_texts(w, "approvers", a->approvers, a->n_approvers);
    key_text(w, "on_timeout", a->approve_on_timeout ? FIR__S("approve") : FIR__S("reject"));
    key_flag(w, "reason_required", a->reason_required, false);
    key_number(w, "timeout", a->timeout_ns);
    fir__json_close(w, '}');
}

static void key_gate(fir__json_writer *w, const char *key, const fir__key *by, uint32_t count, const char *time_key, int64_t time)
{
    if (time == 0) {
        return;
    }
    fir__json_key(w, fir__cstr(key));
    fir__json_open(w, '{');
    key_texts(w, "by", by->names, by->count);
    key_number(w, "count", count);
    key_number(w, time_key, time);
    fir__json_close(w, '}');
}

static void key_sequence(fir__json_writer *w, const fir__rule *r)
{
    if (r->n_sequence == 0) {
        return;
    }
    fir__json_key(w, FIR__S("sequence"));
    fir__json_open(w, '[');
    for (uint32_t i = 0; i < r->n_sequence; i++) {
        const fir__sequence_item *s = &r->sequence[i];
        fir__json_item(w);
        fir__json_open(w, '{');
        key_texts(w, "by", s->by.names, s->by.count);
        key_text(w, "rule", s->rule);
        key_number(w, "within", s->within_ns);
        fir__json_close(w, '}');
    }
    fir__json_close(w, ']');
}

static void write_rule(fir__json_writer *w, const fir__rule *r)
{
    fir__json_open(w, '{');
    key_steps(w, "actions", r->steps, r->n_steps);
    key_text(w, "condition", r->condition_text);
    key_flag(w, "continue", r->goes_on, true);
    key_text(w, "description", r->description);
    key_flag(w, "dry_run", r->dry_run, false);
    if (r->match != NULL && r->match->count != 0) {
        fir__json_key(w, FIR__S("match"));
        fir__json_data(w->b, r->match);
        fir__json_done(w);
    }
    key_flag(w, "match_all", r->condition == NULL, false);
    key_text(w, "minimum_priority", r->least_priority);
    key_text(w, "name", r->name);
    key_steps(w, "notify", r->notify, r->n_notify);
    key_steps(w, "on_failure", r->on_failure, r->n_on_failure);
    key_choice(w, "on_undecided", FIR__UNDECIDED_CHOICES, (uint8_t)r->on_undecided);
    key_gate(w, "once_per", &r->once_by, 0, "window", r->once_window_ns);
    key_approval(w, &r->approval);
    key_text(w, "review", r->review_required ? FIR__S("required") : FIR__S(""));
    key_sequence(w, r);
    key_gate(w, "threshold", &r->threshold_by, r->threshold, "within", r->threshold_within_ns);
    key_flag(w, "trust_text", r->trust_text, false);
    if (r->urgency != FIR__URGENCY_NORMAL) {
        key_choice(w, "urgency", FIR__URGENCY_CHOICES, (uint8_t)r->urgency);
    }
    key_number(w, "valid_for", r->valid_for_ns);
    fir__json_close(w, '}');
}

static void key_rules(fir__json_writer *w, const char *key, const fir_playbook *p, bool outputs)
{
    fir__json_key(w, fir__cstr(key));
    fir__json_open(w, '[');
    for (uint32_t i = 0; i < p->n_rules; i++) {
        if (p->rules[i].is_output == outputs) {
            fir__json_item(w);
            write_rule(w, &p->rules[i]);
        }
    }
    fir__json_close(w, ']');
}

static void key_lists(fir__json_writer *w, const fir_playbook *p)
{
    fir__json_key(w, FIR__S("lists"));
    fir__json_open(w, '{');
    for (uint32_t i = 0; i < p->n_lists; i++) {
        const fir__named_texts *x = &p->lists[i];
        fir__json_key(w, x->name);
        fir__json_open(w, '[');
        for (uint32_t j = 0; j < x->count; j++) {
            fir__json_item(w);
            fir__json_string(w->b, x->texts[j]);
            fir__json_done(w);
        }
        fir__json_close(w, ']');
    }
    fir__json_close(w, '}');
}

void fir__playbook_write_source(fir__json_writer *w, const fir_playbook *p)
{
    key_lists(w, p);
    fir__json_key(w, FIR__S("macros"));
    fir__json_open(w, '{');
    for (uint32_t i = 0; i < p->n_macros; i++) {
        fir__json_key_str(w, p->macros[i].name, p->macros[i].texts[0]);
    }
    fir__json_close(w, '}');
    key_rules(w, "outputs", p, true);
    key_rules(w, "rules", p, false);
}

int fir__playbook_digest(fir_playbook *p)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &p->allocator, MOST_BYTES);
    fir__json_writer w = {&b, false};
    fir__json_open(&w, '{');
    fir__playbook_write_source(&w, p);
    fir__json_close(&w, '}');
    int status = b.status != 0 ? b.status : fir__sha256(fir__sbuf_view(&b), p->digest);
    fir__sbuf_free(&b);
    return status;
}
