/* SPDX-License-Identifier: Apache-2.0 */
/* Rules, when all files are in: their conditions compiled, their steps resolved, their gates read. */
#include <stdio.h>

#include "base/time.h"
#include "playbook/load.h"
#include "playbook/rule.h"

static bool add_disabled(fir__load *l, fir_str name)
{
    fir__disabled *d = fir__load_array(l, 1, sizeof *d);
    if (d == NULL) {
        return false;
    }
    *d = (fir__disabled){name, NULL};
    *(l->last_disabled != NULL ? &l->last_disabled->next : &l->playbook->disabled) = d;
    l->last_disabled = d;
    return true;
}

bool fir__rule_add(fir__load *l, const fir__rule *rule, bool enabled)
{
    if (!enabled) {
        return add_disabled(l, rule->name);
    }
    if (!fir__load_grow(l, &l->made, &l->cap_made, l->n_made + 1, sizeof *l->made)) {
        return false;
    }
    l->made[l->n_made++] = *rule;
    return true;
}

/* ---- condition ---- */

bool fir__rule_condition(fir__load *l, const fir__data *condition, fir__ast *more, fir__rule *out)
{
    fir__ast *tree = NULL;
    if (condition != NULL) {
        tree = fir__condition_parse(l, &condition, 1, false);
        out->condition_text = condition->s;
        if (tree == NULL || !fir__condition_macros(l, tree, NULL)) {
            return false;
        }
        fir__condition_surprises(l, tree);
        tree = fir__condition_expand(l, tree);
        if (tree == NULL) {
            return false;
        }
    }
    tree = fir__condition_and(l, tree, more);
    out->condition = tree != NULL ? fir__condition_compile(l, tree) : NULL;
    return out->condition != NULL;
}

static bool rule_condition(fir__load *l, const fir__item *r, fir__rule *out)
{
    const fir__data *condition = r->values[FIR__RULE_CONDITION], *match = r->values[FIR__RULE_MATCH];
    const fir__data *match_all = r->values[FIR__RULE_MATCH_ALL];
    bool empty = true;
    fir__ast *more = match != NULL ? fir__talon_match(l, match, &empty) : NULL;
    out->match = match;
    if (more == NULL && !empty) {
        return false;
    }
    if (condition == NULL && empty) {
        if (fir__get_bool(match_all, false)) {
            return true;
        }
        fir__report(l, FIR__PB_NO_CONDITION, r->at, FIR__S("to answer every alert, say `match_all: true`"),
                    "the rule `%.*s` has no condition and an empty match", FIR__SHOW(r->name));
        return false;
    }
    if (fir__get_bool(match_all, false)) {
        fir__report(l, FIR__PB_MATCH_ALL_TOO, fir__where_of(match_all), FIR__S("take one of them away"),
                    "the rule `%.*s` has a condition, and matches all too", FIR__SHOW(r->name));
        return false;
    }
    return fir__rule_condition(l, condition, more, out);
}

/* ---- gate ---- */

static bool key_slots(fir__load *l, const fir__data *names, fir__key *out)
{
    if (names == NULL || names->count == 0) {
        return true;
    }
    uint32_t *slots = fir__load_array(l, names->count, sizeof *slots);
    fir_str *texts = fir__load_array(l, names->count, sizeof *texts);
    if (slots == NULL || texts == NULL) {
        return false;
    }
    fir__slots *all = &l->playbook->slots;
    for (uint32_t i = 0; i < names->count; i++) {
        const fir__data *name = &names->items[i];
        fir__property p = fir__property_find(name->s);
        texts[i] = name->s;
        slots[i] = p != FIR__PROP_NONE ? fir__slots_property(all, p) : fir__slots_field(all, name->s);
        if (slots[i] == UINT32_MAX) {
            return fir__load_fail(l, FIR_ENOMEM);
        }
        fir_str near = p != FIR__PROP_NONE ? (fir_str){NULL, 0} : fir__near_field(name->s);
        if (near.ptr != NULL) {
            char buffer[FIR__HINT];
            fir__report(l, FIR__PB_UNKNOWN_FIELD, fir__where_of(name), fir__hint_near(near, buffer),
                        "no source of Falco's has the field `%.*s`", FIR__SHOW(name->s));
        }
    }
    *out = (fir__key){slots, texts, names->count};
    return true;
}

static bool rule_sequence(fir__load *l, const fir__data *sequence, fir__rule *out)
{
    uint32_t n = sequence != NULL ? sequence->count : 0;
    fir__sequence_item *items = fir__load_array(l, n, sizeof *items);
    bool ok = items != NULL;
    for (uint32_t i = 0; ok && i < n; i++) {
        const fir__data *d = &sequence->items[i];
        items[i].rule = fir__get_text(fir__present(d, FIR__S("rule")));
        items[i].within_ns = fir__get_duration(fir__present(d, FIR__S("within")));
        ok = key_slots(l, fir__present(d, FIR__S("by")), &items[i].by);
    }
    out->sequence = items;
    out->n_sequence = n;
    return ok;
}

static bool rule_approval(fir__load *l, const fir__data *approval, fir__approval *out)
{
    static const int64_t default_timeout = 15 * 60 * FIR__SECOND;
    if (approval == NULL || (approval->type == FIR__DATA_TEXT && !fir__get_bool(approval, false))) {
        return true;
    }
    const fir__data *timeout = NULL, *approvers = NULL;
    out->required = true;
    if (approval->type == FIR__DATA_MAP) {
        timeout = fir__present(approval, FIR__S("timeout"));
        approvers = fir__present(approval, FIR__S("approvers"));
        out->approve_on_timeout = fir__str_eq(fir__get_text(fir__present(approval, FIR__S("on_timeout"))), FIR__S("approve"));
        out->reason_required = fir__get_bool(fir__present(approval, FIR__S("reason_required")), false);
    }
    out->timeout_ns = timeout != NULL ? fir__get_duration(timeout) : default_timeout;
    uint32_t n = approvers != NULL ? approvers->count : 0;
    fir_str *names = fir__load_array(l, n, sizeof *names);
    for (uint32_t i = 0; names != NULL && i < n; i++) {
        names[i] = approvers->items[i].s;
    }
    out->approvers = names;
    out->n_approvers = n;
    return names != NULL;
}

static bool rule_gate(fir__load *l, const fir__item *r, fir__rule *out)
{
    const fir__data *once = r->values[FIR__RULE_ONCE_PER], *threshold = r->values[FIR__RULE_THRESHOLD];
    const fir__data *review = r->values[FIR__RULE_REVIEW];
    const fir__data *urgency = r->values[FIR__RULE_URGENCY];
    out->urgency = urgency != NULL ? (fir__urgency)fir__get_choice(urgency, FIR__URGENCY_CHOICES) : FIR__URGENCY_NORMAL;
    out->on_undecided = (fir__on_undecided)fir__get_choice(r->values[FIR__RULE_ON_UNDECIDED], FIR__UNDECIDED_CHOICES);
    out->dry_run = fir__get_bool(r->values[FIR__RULE_DRY_RUN], false);
    out->goes_on = fir__get_bool(r->values[FIR__RULE_CONTINUE], true);
    out->trust_text = fir__get_bool(r->values[FIR__RULE_TRUST_TEXT], false);
    out->review_required = review != NULL && !fir__str_eq(review->s, FIR__S("false"));
    out->valid_for_ns = fir__get_duration(r->values[FIR__RULE_VALID_FOR]);
    out->once_window_ns = fir__get_duration(fir__present(once, FIR__S("window")));
    out->threshold = fir__get_count(fir__present(threshold, FIR__S("count")));
    out->threshold_within_ns = fir__get_duration(fir__present(threshold, FIR__S("within")));
    return key_slots(l, fir__present(once, FIR__S("by")), &out->once_by) &&
           key_slots(l, fir__present(threshold, FIR__S("by")), &out->threshold_by) &&
           rule_sequence(l, r->values[FIR__RULE_SEQUENCE], out) && rule_approval(l, r->values[FIR__RULE_APPROVAL], &out->approval);
}

/* ---- steps ---- */

typedef struct step_list {
    fir_str *ids;
    fir__where *places;
    fir__index seen;
    uint32_t count;
} step_list;

/* An action that a later file adds again runs again, as in Talon: its id gets a number. */
static bool numbered_id(fir__load *l, step_list *list, fir__step *step)
{
    for (uint32_t i = 2; l->status == 0; i++) {
        char *p = fir__load_array(l, step->id.len + 12, 1);
        if (p == NULL) {
            return false;
        }
        int n = snprintf(p, step->id.len + 12, "%.*s_%u", (int)step->id.len, step->id.ptr, i);
        fir_str id = {p, (size_t)n};
        if (fir__index_find(&list->seen, id) == FIR__NO_INDEX) {
            step->id = id;
            return true;
        }
    }
    return false;
}

static bool enter_id(fir__load *l, step_list *list, const fir__data *action, fir__step *step)
{
    uint32_t before = fir__index_find(&list->seen, step->id);
    if (before != FIR__NO_INDEX) {
        bool later_file = fir__data_get(action, FIR__S("id")) == NULL && list->places[before].file != step->at.file;
        if (!later_file) {
            fir__report(l, FIR__PB_STEP_ID_TWICE, step->at, FIR__S("give one of them an `id` of its own"),
                        "the step's id `%.*s` is taken by the action in line %u", FIR__SHOW(step->id), list->places[before].line);
            return false;
        }
        if (!numbered_id(l, list, step)) {
            return false;
        }
    }
    if (!fir__index_add(&list->seen, step->id, list->count)) {
        return fir__load_fail(l, FIR_ENOMEM);
    }
    list->ids[list->count] = step->id;
    list->places[list->count++] = step->at;
    return true;
}

static bool resolve_steps(fir__load *l, const fir__data *actions, step_list *list, const fir__step_context *c,
                          const fir__step **out, uint32_t *n_out)
{
    uint32_t n = actions != NULL ? actions->count : 0;
    fir__step *steps = fir__load_array(l, n, sizeof *steps);
    bool ok = steps != NULL;
    fir__step_context here = *c;
    for (uint32_t i = 0; steps != NULL && i < n && l->status == 0; i++) {
        here.before = (fir__step_ids){list->ids, list->count};
        bool made = fir__step_resolve(l, &actions->items[i], &here, &steps[i]);
        ok = made && ok;
        if (steps[i].id.ptr != NULL) {
            ok = enter_id(l, list, &actions->items[i], &steps[i]) && ok;
        }
    }
    *out = steps;
    *n_out = n;
    return ok && l->status == 0;
}

static bool rule_steps(fir__load *l, const fir__item *r, fir__rule *out)
{
    const fir__data *actions = r->values[FIR__RULE_ACTIONS], *on_failure = r->values[FIR__RULE_ON_FAILURE];
    size_t most = (actions != NULL ? actions->count : 0) + (size_t)(on_failure != NULL ? on_failure->count : 0);
    fir__path rules = {NULL, FIR__S("rules")}, name = {&rules, r->name};
    fir__step_context c = {.names = {.rule_name = out->name, .rule_description = out->description},
                           .pointer = fir__pointer(l, FIR__S(""), &name)};
    step_list list = {.ids = fir__load_array(l, most, sizeof(fir_str)), .places = fir__load_array(l, most, sizeof(fir__where))};
    if (c.pointer.ptr == NULL || list.ids == NULL || list.places == NULL) {
        return false;
    }
    if (actions == NULL || actions->count == 0) {
        fir__report(l, FIR__PB_NO_ACTIONS, r->at, (fir_str){NULL, 0}, "the rule `%.*s` has no actions", FIR__SHOW(r->name));
        return false;
    }
    fir__index_init(&list.seen, &l->allocator);
    bool ok = resolve_steps(l, actions, &list, &c, &out->steps, &out->n_steps);
    ok = resolve_steps(l, on_failure, &list, &c, &out->on_failure, &out->n_on_failure) && ok;
    fir__index_free(&list.seen);
    c.before = (fir__step_ids){list.ids, list.count};
    return fir__notifiers_resolve(l, r->values[FIR__RULE_NOTIFIERS], &c, out) && ok;
}

void fir__rules_resolve(fir__load *l)
{
    for (size_t i = 0; i < l->rules.count && l->status == 0; i++) {
        const fir__item *r = &l->rules.items[i];
        fir__rule rule = {.name = r->name,
                          .description = fir__get_text(r->values[FIR__RULE_DESCRIPTION]),
                          .urgency = FIR__URGENCY_NORMAL,
                          .at = r->at};
        bool ok = rule_condition(l, r, &rule);
        ok = rule_gate(l, r, &rule) && ok;
        ok = rule_steps(l, r, &rule) && ok;
        if (ok) {
            (void)fir__rule_add(l, &rule, fir__get_bool(r->values[FIR__RULE_ENABLED], true));
        }
    }
}
