/* SPDX-License-Identifier: Apache-2.0 */
/* A plan before the gate. */
#include "gate/state.h"

fir_str fir__gate_status_name(fir__gate_status s)
{
    static const fir_str names[] = {
        [FIR__GATE_PROCEED] = {"proceed", 7},
        [FIR__GATE_STALE] = {"stale", 5},
        [FIR__GATE_DUPLICATE] = {"duplicate", 9},
        [FIR__GATE_COOLING] = {"cooling", 7},
        [FIR__GATE_BELOW_THRESHOLD] = {"below_threshold", 15},
        [FIR__GATE_PAUSED] = {"paused", 6},
        [FIR__GATE_PROTECTED] = {"protected", 9},
        [FIR__GATE_NEEDS_APPROVAL] = {"needs_approval", 14},
        [FIR__GATE_EXPIRED] = {"expired", 7},
        [FIR__GATE_REFUSED] = {"refused", 7},
    };
    return names[s];
}

bool fir__gate_status_find(fir_str name, fir__gate_status *out)
{
    for (int i = 0; i < FIR__GATE_STATUSES; i++) {
        if (fir__str_eq(fir__gate_status_name((fir__gate_status)i), name)) {
            *out = (fir__gate_status)i;
            return true;
        }
    }
    return false;
}

/* One judgement while it is made. */
typedef struct judging {
    const fir__gate *g;
    const fir_plan *pl;
    const fir__alert_facts *facts;
    int64_t now, time, clock; /* of the judgement, of the alert, of the wall clock */
    fir__arena *arena;
    fir__marking marks;
    fir__mark_key *targets; /* of this alert, paid for */
    uint32_t n_targets, cap_targets;
} judging;

static void refuse(fir__rule_verdict *v, fir__gate_status status, const char *why)
{
    v->status = status;
    v->why = why;
}

/* ---- once_per, threshold, sequence ---- */

static int add(judging *j, const fir__mark_key *key, int64_t time, int64_t keep, uint32_t most, bool thin)
{
    int64_t latest = time > j->now ? time : j->now;
    const fir__gate_mark m = {.key = *key, .time = time, .until = fir__gate_plus(latest, keep), .most = most, .thin = thin};
    return fir__marking_add(&j->marks, &m);
}

/* Told: the cool-down is that of what a paused rule tells, so that the rule itself is free once it may act again. */
static int judge_once(judging *j, const fir__plan_rule *r, bool told, fir__rule_verdict *v)
{
    const fir__rule *def = r->def;
    fir__mark_key key;
    if (def->once_window_ns == 0) {
        return 0;
    }
    if (r->once.n_missing != 0) {
        v->missing_key = true;
        return 0;
    }
    int rc = fir__gate_key(told ? FIR__KEY_ONCE_TOLD : FIR__KEY_ONCE, def->name, 0, r->once.values, r->once.count, &j->g->allocator,
                           &key);
    if (rc == 0 && fir__gate_near(&j->g->keys, &key, j->now, def->once_window_ns) != 0) {
        refuse(v, FIR__GATE_COOLING, "the rule has acted on this key within its once_per");
    }
    return rc;
}

static int take_once(judging *j, const fir__plan_rule *r, bool told)
{
    const fir__rule *def = r->def;
    fir__mark_key key;
    if (def->once_window_ns == 0 || r->once.n_missing != 0) {
        return 0;
    }
    int rc = fir__gate_key(told ? FIR__KEY_ONCE_TOLD : FIR__KEY_ONCE, def->name, 0, r->once.values, r->once.count, &j->g->allocator,
                           &key);
    return rc != 0 ? rc : add(j, &key, j->now, def->once_window_ns, 1, false);
}

static uint32_t threshold_of(const fir__rule *def)
{
    return def->threshold < FIR__GATE_MOST_THRESHOLD ? def->threshold : FIR__GATE_MOST_THRESHOLD;
}

/* Whether some stretch of `within` holds `wanted` times, the new one among them. */
static bool reaches(const int64_t *times, uint32_t n, int64_t time, int64_t within, uint32_t wanted)
{
    uint32_t first = 0, at = 0; /* the new time's place */
    while (at < n && times[at] <= time) {
        at++;
    }
    for (uint32_t last = 0; last <= n; last++) { /* over the n + 1 times, the new one at its place */
        int64_t end = last < at ? times[last] : last == at ? time : times[last - 1];
        for (;;) {
            int64_t begin = first < at ? times[first] : first == at ? time : times[first - 1];
            if (fir__gate_plus(begin, within) > end) {
                break;
            }
            first++;
        }
        if (last - first + 1 >= wanted && first <= at && at <= last) {
            return true;
        }
    }
    return false;
}

/* The hit counts, whatever becomes of it; *key has it for later. */
static int judge_threshold(judging *j, const fir__plan_rule *r, fir__rule_verdict *v, fir__gate_mark *mark)
{
    const fir__rule *def = r->def;
    const int64_t *times;
    *mark = (fir__gate_mark){.most = 0};
    if (def->threshold == 0) {
        return 0;
    }
    if (r->threshold.n_missing != 0) {
        v->missing_key = true;
        refuse(v, FIR__GATE_BELOW_THRESHOLD, "the alert misses a part of the threshold's key");
        return 0;
    }
    int rc = fir__gate_key(FIR__KEY_THRESHOLD, def->name, 0, r->threshold.values, r->threshold.count, &j->g->allocator, &mark->key);
    if (rc != 0) {
        return rc;
    }
    int64_t latest = j->time > j->now ? j->time : j->now;
    mark->time = j->time;
    mark->until = fir__gate_plus(latest, def->threshold_within_ns);
    mark->most = threshold_of(def);
    uint32_t n = fir__marks_get(&j->g->keys, &mark->key, &times);
    if (reaches(times, n, j->time, def->threshold_within_ns, threshold_of(def))) {
        mark->time = n != 0 && times[n - 1] > mark->time ? times[n - 1] : mark->time;
    } else if (v->status == FIR__GATE_PROCEED) {
        refuse(v, FIR__GATE_BELOW_THRESHOLD, "the rule's threshold is not reached");
    }
    return 0;
}

/* From the last item to the first: the latest time that is not behind the one after it. */
static int judge_sequence(judging *j, const fir__plan_rule *r, fir__rule_verdict *v)
{
    const fir__rule *def = r->def;
    int64_t before = j->time;
    for (uint32_t i = def->n_sequence; i != 0 && v->status == FIR__GATE_PROCEED; i--) {
        const fir__plan_key *k = &r->sequence[i - 1];
        const int64_t *times;
        fir__mark_key key;
        if (k->n_missing != 0) {
            v->missing_key = true;
            refuse(v, FIR__GATE_BELOW_THRESHOLD, "the alert misses a part of the sequence's key");
            return 0;
        }
        int rc = fir__gate_key(FIR__KEY_SEQUENCE, def->name, i - 1, k->values, k->count, &j->g->allocator, &key);
        if (rc != 0) {
            return rc;
        }
        uint32_t n = fir__marks_get(&j->g->keys, &key, &times);
        while (n != 0 && times[n - 1] > before) {
            n--;
        }
        if (n == 0 || fir__gate_plus(times[n - 1], def->sequence[i - 1].within_ns) <= j->time) {
            refuse(v, FIR__GATE_BELOW_THRESHOLD, "the rule's sequence did not come before");
            return 0;
        }
        before = times[n - 1];
    }
    return 0;
}

static int observe(judging *j)
{
    for (uint32_t i = 0; i < j->pl->n_observed; i++) {
        const fir__observed *o = &j->pl->observed[i];
        fir__mark_key key;
        if (o->key.n_missing != 0) {
            continue;
        }
        int rc = fir__gate_key(FIR__KEY_SEQUENCE, o->def->name, o->item, o->key.values, o->key.count, &j->g->allocator, &key);
        rc = rc != 0 ? rc : add(j, &key, j->time, o->def->sequence[o->item].within_ns, FIR__GATE_MOST_OBSERVED, true);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

/* ---- what may be done ---- */

static bool acts(const fir__plan_step *s)
{
    return s->error_code == 0 && !s->never;
}

static fir__gate_status judge_plain_step(const judging *j, const fir__plan_rule *r, const fir__plan_step *s)
{
    const fir__action_def *type = s->def->def;
    return !acts(s)                                     ? FIR__GATE_PROCEED /* it has its own reason */
           : j->g->pause.on && !type->notifies          ? FIR__GATE_PAUSED
           : !type->destructive                         ? FIR__GATE_PROCEED
           : fir__gate_protects(&j->g->guards, s, NULL) ? FIR__GATE_PROTECTED
           : j->facts->forgeable && !r->def->trust_text ? FIR__GATE_REFUSED
                                                        : FIR__GATE_PROCEED;
}

/* What each step may do; and the rule: paused or protected when that is so for all that would act on something. */
static int judge_steps(judging *j, const fir__plan_rule *r, fir__rule_verdict *v)
{
    static const char *const reasons[FIR__GATE_STATUSES] = {
        [FIR__GATE_PAUSED] = "everything but notifications is paused",
        [FIR__GATE_PROTECTED] = "the target is protected",
        [FIR__GATE_REFUSED] = "an alert in text form can be forged, so it drives no destructive action unless trust_text is true",
    };
    fir__gate_status *steps = fir__arena_array(j->arena, r->steps.count, sizeof *steps), met = FIR__GATE_PROCEED;
    uint32_t destructive = 0, stopped = 0;
    if (steps == NULL) {
        return fir__arena_error(j->arena);
    }
    v->steps = steps;
    for (uint32_t i = 0; i < r->steps.count; i++) {
        const fir__plan_step *s = &r->steps.items[i];
        steps[i] = judge_plain_step(j, r, s);
        met = steps[i] != FIR__GATE_PROCEED && met == FIR__GATE_PROCEED ? steps[i] : met;
        destructive += acts(s) && s->def->def->destructive;
        stopped += steps[i] != FIR__GATE_PROCEED && s->def->def->destructive;
    }
    if (met == FIR__GATE_PAUSED || (destructive != 0 && stopped == destructive)) {
        refuse(v, met, reasons[met]);
    }
    return 0;
}

static bool paid(const judging *j, const fir__mark_key *target)
{
    for (uint32_t i = 0; i < j->n_targets; i++) {
        if (memcmp(j->targets[i].bytes, target->bytes, sizeof target->bytes) == 0) {
            return true;
        }
    }
    return false;
}

static int remember_target(judging *j, const fir__mark_key *target)
{
    if (j->n_targets == j->cap_targets) {
        uint32_t cap = j->cap_targets == 0 ? 4 : j->cap_targets * 2;
        fir__mark_key *targets = fir__arena_array(j->arena, cap, sizeof *targets);
        if (targets == NULL) {
            return fir__arena_error(j->arena);
        }
        if (j->n_targets != 0) {
            memcpy(targets, j->targets, j->n_targets * sizeof *targets);
        }
        j->targets = targets;
        j->cap_targets = cap;
    }
    j->targets[j->n_targets++] = *target;
    return 0;
}

/* One alert pays once for a target, however many of its steps act on it: to quarantine a pod and then to end it is one answer.
 * *why: some budget has no room; then nothing is taken. */
static int take_budgets(judging *j, const fir__plan_rule *r, const fir__gate_status *steps, bool force, const char **why)
{
    const uint32_t marks = j->marks.count, targets = j->n_targets;
    *why = NULL;
    for (uint32_t i = 0; *why == NULL && i < r->steps.count; i++) {
        const fir__plan_step *s = &r->steps.items[i];
        fir__mark_key target;
        if (!s->def->def->destructive || !acts(s) || (steps != NULL && steps[i] != FIR__GATE_PROCEED)) {
            continue;
        }
        int rc = fir__gate_target_key(j->g, s, &target);
        if (rc == 0 && !paid(j, &target)) {
            rc = fir__gate_budget(j->g, s, &target, j->now, force, &j->marks, why);
            rc = rc != 0 ? rc : remember_target(j, &target);
        }
        if (rc != 0) {
            return rc;
        }
    }
    if (*why != NULL) {
        j->marks.count = marks;
        j->n_targets = targets;
    }
    return 0;
}

static bool destroys(const fir__plan_rule *r, const fir__gate_status *steps)
{
    for (uint32_t i = 0; i < r->steps.count; i++) {
        const fir__plan_step *s = &r->steps.items[i];
        if (s->def->def->destructive && acts(s) && steps[i] == FIR__GATE_PROCEED) {
            return true;
        }
    }
    return false;
}

static void hold(fir__rule_verdict *v, fir__hold h, const char *why)
{
    if (v->hold < h) {
        v->hold = h;
        refuse(v, FIR__GATE_NEEDS_APPROVAL, why);
    }
}

/* What a person must be asked for, and what the budgets give without one. */
static int judge_approval(judging *j, const fir__plan_rule *r, fir__rule_verdict *v)
{
    const fir__rule *def = r->def;
    const char *why = NULL;
    if (j->facts->dry_run || def->dry_run || r->steps.count == 0) {
        return 0;
    }
    if (r->undecided && def->on_undecided == FIR__UNDECIDED_DEFAULT && destroys(r, v->steps)) {
        hold(v, FIR__HOLD_DESTRUCTIVE, "a regular expression hit its step limit, so whether the rule matches is not known");
    }
    if (r->undecided && def->on_undecided == FIR__UNDECIDED_ASK) {
        hold(v, FIR__HOLD_ALL, "a regular expression hit its step limit, so whether the rule matches is not known");
    }
    if (def->approval.required) {
        hold(v, FIR__HOLD_ALL, "the rule requires approval");
    }
    if (v->status == FIR__GATE_PROCEED) {
        int rc = take_budgets(j, r, v->steps, false, &why);
        if (rc != 0) {
            return rc;
        }
        v->reserved = why == NULL;
    }
    if (why != NULL) {
        hold(v, FIR__HOLD_DESTRUCTIVE, why);
    }
    if (v->status == FIR__GATE_NEEDS_APPROVAL && fir__gate_ask_count(j->g) >= FIR__GATE_MOST_APPROVALS) {
        v->hold = FIR__HOLD_NONE;
        refuse(v, FIR__GATE_REFUSED, "it needs approval, and too many approvals wait already");
    }
    return 0;
}

static bool goes_on(const fir__rule_verdict *v)
{
    return v->status == FIR__GATE_PROCEED || v->status == FIR__GATE_NEEDS_APPROVAL;
}

/* What of it is told although nothing is done. */
static bool tells(const fir__rule_verdict *v)
{
    return v->status == FIR__GATE_PAUSED || v->status == FIR__GATE_PROTECTED;
}

static int judge_rule(judging *j, const fir__plan_rule *r, fir__rule_verdict *v)
{
    fir__gate_mark threshold;
    int rc = judge_once(j, r, false, v);
    rc = rc != 0 ? rc : judge_threshold(j, r, v, &threshold);
    rc = rc != 0 || v->status != FIR__GATE_PROCEED ? rc : judge_sequence(j, r, v);
    if (rc == 0 && v->status == FIR__GATE_PROCEED) {
        rc = judge_steps(j, r, v);
        rc = rc != 0 || v->status != FIR__GATE_PROCEED ? rc : judge_approval(j, r, v);
        if (rc == 0 && tells(v)) {
            rc = judge_once(j, r, true, v);
            rc = rc != 0 || !tells(v) ? rc : take_once(j, r, true);
        }
    }
    if (rc == 0 && goes_on(v)) {
        rc = take_once(j, r, false);
        threshold.clear = true;
    }
    return rc != 0 || threshold.most == 0 ? rc : fir__marking_add(&j->marks, &threshold);
}

/* ---- the alert ---- */

static void refuse_all(fir__verdict *out, fir__gate_status status, const char *why)
{
    out->status = status;
    for (uint32_t i = 0; i < out->n_rules; i++) {
        refuse(&out->rules[i], status, why);
    }
}

static bool judge_alert(const judging *j, fir__verdict *out)
{
    const fir__guards *guards = &j->g->guards;
    const int64_t remember = fir__guards_remember(guards);
    fir__mark_key id;
    bool timed = j->facts->has_time && guards->max_age_ns != 0;
    if (timed && fir__gate_plus(j->facts->time_ns, guards->max_age_ns) < j->clock) {
        refuse_all(out, FIR__GATE_STALE, "the alert is older than max_age");
    } else if (timed && j->facts->time_ns > fir__gate_plus(j->clock, guards->max_skew_ns)) {
        refuse_all(out, FIR__GATE_STALE, "the alert's time lies further in the future than max_skew");
    } else if (fir__gate_alert_key(fir__str(j->pl->event_id, sizeof j->pl->event_id), &id) &&
               fir__gate_near(&j->g->alerts, &id, j->now, remember) != 0) {
        refuse_all(out, FIR__GATE_DUPLICATE, "the same alert was there before");
    } else {
        out->seen_until = fir__gate_plus(j->now, remember);
        return true;
    }
    return false;
}

int fir__gate_judge(const fir__gate *g, const fir_plan *pl, const fir__alert_facts *facts, int64_t now_ns, fir__arena *arena,
                    fir__verdict *out)
{
    judging j = {.g = g, .pl = pl, .facts = facts, .now = now_ns, .arena = arena, .marks = {.arena = arena}};
    j.clock = facts->clock_ns != 0 ? facts->clock_ns : now_ns;
    j.time = facts->has_time ? facts->time_ns : j.clock;
    *out = (fir__verdict){.n_rules = pl->n_rules, .now = now_ns};
    out->rules = fir__arena_array(arena, pl->n_rules, sizeof *out->rules);
    if (out->rules == NULL) {
        return fir__arena_error(arena);
    }
    if (!judge_alert(&j, out)) {
        return 0;
    }
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < pl->n_rules; i++) {
        rc = judge_rule(&j, &pl->rules[i], &out->rules[i]);
    }
    rc = rc != 0 ? rc : observe(&j);
    out->marks = j.marks.items;
    out->n_marks = j.marks.count;
    return rc;
}

/* ---- the moment of execution ---- */

int fir__gate_take_budgets(const fir__gate *g, const fir__plan_rule *rule, int64_t now_ns, fir__arena *arena,
                           fir__step_verdict *out)
{
    judging j = {.g = g, .now = now_ns, .arena = arena, .marks = {.arena = arena}};
    const char *why;
    int rc = take_budgets(&j, rule, NULL, true, &why);
    *out = (fir__step_verdict){.status = FIR__GATE_PROCEED, .marks = j.marks.items, .n_marks = j.marks.count};
    return rc;
}

/* Whether another rule of the alert destroys the same: then what was paid for it stays paid. So it does where an alert hits more
 * rules than are worth comparing, each with each. */
static int shared(const fir__gate *g, const fir_plan *pl, const fir__plan_rule *rule, const fir__mark_key *target, bool *out)
{
    enum { MOST_COMPARED = 64 };
    int rc = 0;
    *out = pl->n_rules > MOST_COMPARED;
    for (uint32_t i = 0; !*out && i < pl->n_rules; i++) {
        const fir__plan_steps *steps = &pl->rules[i].steps;
        for (uint32_t k = 0; rc == 0 && !*out && &pl->rules[i] != rule && k < steps->count; k++) {
            fir__mark_key other;
            if (steps->items[k].def->def->destructive && acts(&steps->items[k])) {
                rc = fir__gate_target_key(g, &steps->items[k], &other);
                *out = rc == 0 && memcmp(other.bytes, target->bytes, sizeof other.bytes) == 0;
            }
        }
    }
    return rc;
}

/* The same marks that were taken, but for targets that are not this rule's alone. */
static int give_budgets(judging *j, const fir__plan_rule *rule)
{
    const uint32_t before = j->marks.count;
    for (uint32_t i = 0; i < rule->steps.count; i++) {
        const fir__plan_step *s = &rule->steps.items[i];
        fir__mark_key target;
        const char *why;
        bool others = false;
        if (!s->def->def->destructive || !acts(s)) {
            continue;
        }
        int rc = fir__gate_target_key(j->g, s, &target);
        rc = rc != 0 ? rc : shared(j->g, j->pl, rule, &target, &others);
        if (rc == 0 && !others && !paid(j, &target)) {
            rc = fir__gate_budget(j->g, s, &target, j->now, true, &j->marks, &why);
            rc = rc != 0 ? rc : remember_target(j, &target);
        }
        if (rc != 0) {
            return rc;
        }
    }
    for (uint32_t i = before; i < j->marks.count; i++) {
        j->marks.items[i].taken = true;
    }
    return 0;
}

int fir__gate_give_back(const fir__gate *g, const fir_plan *pl, const fir__plan_rule *rule, int64_t judged_ns, int64_t time_ns,
                        int64_t taken_ns, fir__arena *arena, fir__step_verdict *out)
{
    judging j = {.g = g, .pl = pl, .now = judged_ns, .time = time_ns, .arena = arena, .marks = {.arena = arena}};
    const fir__rule *def = rule->def;
    int rc = take_once(&j, rule, false);
    for (uint32_t i = 0; i < j.marks.count; i++) {
        j.marks.items[i].taken = true;
    }
    if (rc == 0 && def->threshold != 0 && rule->threshold.n_missing == 0) {
        fir__mark_key key;
        rc = fir__gate_key(FIR__KEY_THRESHOLD, def->name, 0, rule->threshold.values, rule->threshold.count, &g->allocator, &key);
        const fir__gate_mark back = {.key = key, .time = judged_ns, .restored = true};
        rc = rc != 0 ? rc : fir__marking_add(&j.marks, &back);
        rc = rc != 0 ? rc : add(&j, &key, time_ns, def->threshold_within_ns, threshold_of(def), false);
    }
    j.now = taken_ns;
    rc = rc != 0 || taken_ns == INT64_MIN ? rc : give_budgets(&j, rule);
    *out = (fir__step_verdict){.status = FIR__GATE_PROCEED, .marks = j.marks.items, .n_marks = rc == 0 ? j.marks.count : 0};
    return rc;
}

/* The budgets of a step that its hit has not paid for yet. */
static int judge_budgets(const fir__gate *g, const fir__plan_step *step, const fir__step_facts *facts, int64_t now,
                         fir__marking *marks, const char **why)
{
    fir__mark_key target;
    int rc = 0;
    *why = NULL;
    if (!facts->reserved && !facts->approved) {
        rc = fir__gate_target_key(g, step, &target);
        rc = rc != 0 ? rc : fir__gate_budget(g, step, &target, now, false, marks, why);
    }
    return rc != 0 || *why != NULL ? rc : fir__gate_owner_budget(g, facts->live, now, facts->approved, marks, why);
}

static void end_step(fir__step_verdict *out, fir__gate_status status, const char *why)
{
    out->status = status;
    out->why = why;
    out->n_marks = 0;
}

int fir__gate_judge_step(const fir__gate *g, const fir__plan_rule *rule, const fir__plan_step *step, const fir__step_facts *facts,
                         int64_t now_ns, fir__arena *arena, fir__step_verdict *out)
{
    const fir__action_def *type = step->def->def;
    *out = (fir__step_verdict){.status = FIR__GATE_PROCEED};
    if (rule->def->valid_for_ns != 0 && facts->age_ns > rule->def->valid_for_ns) {
        end_step(out, FIR__GATE_EXPIRED, "the rule's valid_for was over before the step could begin");
    } else if (g->pause.on && !type->notifies) {
        end_step(out, FIR__GATE_PAUSED, "everything but notifications is paused");
    } else if (type->destructive && fir__gate_protects(&g->guards, step, facts->live)) {
        end_step(out, FIR__GATE_PROTECTED, "the target is protected");
    } else if (type->destructive && facts->forgeable && !rule->def->trust_text) {
        end_step(out, FIR__GATE_REFUSED,
                 "an alert in text form can be forged, so it drives no destructive action unless trust_text is true");
    } else if (type->destructive && !facts->paid) {
        fir__marking marks = {.arena = arena};
        const char *why;
        int rc = judge_budgets(g, step, facts, now_ns, &marks, &why);
        if (rc != 0) {
            return rc;
        }
        if (why != NULL) {
            end_step(out, FIR__GATE_NEEDS_APPROVAL, why);
        } else {
            out->marks = marks.items;
            out->n_marks = marks.count;
        }
    }
    return 0;
}
