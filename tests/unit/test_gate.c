/* SPDX-License-Identifier: Apache-2.0 */
/* lib/gate at the moment of execution: live objects, owners, the kill switch, approvals. What it says of alerts is in
 * tests/conformance/gate.jsonl. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "gate/gate.h"
#include "support/suite.h"
#include "support/world.h"

#define MINUTE (60 * FIR__SECOND)

static fir_catalog *catalog;
static fir_playbook *playbook;
static fir_evaluator *evaluator;
static fir_event *event;
static fir_plan *plan;
static fir__gate *gate;
static fir__arena arena;
static int64_t now;

static const char kill_yaml[] = "- rule: R\n  condition: proc.name = sh\n  actions:\n"
                                "    - {action: kill, use: 'kubernetes:terminate'}\n"
                                "    - {action: tell, use: 'http:webhook', parameters: {url: 'https://h.example/'}}\n";

static void open_gate(const char *yaml)
{
    fir__guards guards;
    fir_error err;
    int64_t time;
    fir__arena_init(&arena, &fir__default_allocator, 0);
    world_catalog(&catalog);
    playbook = world_compile(catalog, yaml);
    ck_assert_int_eq(fir_evaluator_new(NULL, &evaluator, &err), 0);
    ck_assert_int_eq(fir_event_new(NULL, &event, &err), 0);
    ck_assert_int_eq(fir_event_parse(event, world_alert, strlen(world_alert), NULL, &err), 0);
    ck_assert_int_eq(fir_evaluate(evaluator, playbook, event, 0, &plan, &err), 0);
    ck_assert_int_eq(fir__guards_read(playbook->config, &arena, &guards), 0);
    ck_assert_int_eq(fir__gate_new(&fir__default_allocator, &guards, 7, &gate), 0);
    ck_assert(fir__time_parse(plan->time, &time));
    now = time;
}

static void close_gate(void)
{
    fir__gate_free(gate);
    fir_plan_free(plan);
    fir_event_free(event);
    fir_evaluator_free(evaluator);
    fir_playbook_unref(playbook);
    fir_catalog_unref(catalog);
    fir__arena_free(&arena);
}

static void fold(const char *kind, const fir__sbuf *b)
{
    fir_error err = {0};
    ck_assert_int_eq(b->status, 0);
    int rc = fir__gate_fold(gate, fir__cstr(kind), fir__sbuf_view(b), &err);
    ck_assert_msg(rc == 0, "%s", err.message);
}

static fir__sbuf text(void)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 1 << 20);
    return b;
}

static fir__gate_status judge(fir__step_facts facts, size_t step, bool take)
{
    fir__step_verdict v;
    ck_assert_int_eq(fir__gate_judge_step(gate, &plan->rules[0], &plan->rules[0].steps.items[step], &facts, now, &arena, &v), 0);
    if (take && v.n_marks != 0) {
        fir__sbuf b = text();
        fir__gate_record_step(&v, now, &b);
        fold("gate", &b);
        fir__sbuf_free(&b);
    }
    ck_assert_int_eq(v.status == FIR__GATE_PROCEED, v.why == NULL);
    return v.status;
}

static void pause_it(bool on)
{
    fir__sbuf b = text();
    fir__gate_record_pause(on, FIR__S("ann"), FIR__S("drill"), now, &b);
    fold("operator", &b);
    fir__sbuf_free(&b);
}

/* ---- live objects ---- */

START_TEST(a_live_object_decides)
{
    static const fir__live_pair protect[] = {{{"falcoir/protect", 15}, {"true", 4}}},
                                no[] = {{{"falcoir/protect", 15}, {"false", 5}}};
    static const fir__live_pair control[] = {{{"node-role.kubernetes.io/control-plane", 37}, {"", 0}}};
    open_gate(kill_yaml);
    const struct {
        fir__live live;
        fir__gate_status want;
    } cases[] = {
        {{.namespace_ = {"prod-web", 8}}, FIR__GATE_PROCEED},
        {{.namespace_ = {"kube-system", 11}}, FIR__GATE_PROTECTED},
        /* who acts may read a name more leniently than it is written */
        {{.namespace_ = {" Kube-System", 12}}, FIR__GATE_PROTECTED},
        {{.namespace_ = {"\x7Fkube-system\t", 13}}, FIR__GATE_PROTECTED},
        {{.namespace_ = {"..kube-system.", 14}}, FIR__GATE_PROTECTED},
        {{.namespace_ = {"kube-system\x7F ", 13}}, FIR__GATE_PROTECTED},
        {{.annotations = protect, .n_annotations = 1}, FIR__GATE_PROTECTED},
        {{.annotations = no, .n_annotations = 1}, FIR__GATE_PROCEED},
        {{.node_labels = control, .n_node_labels = 1, .is_node = true}, FIR__GATE_PROTECTED},
        {{.node_labels = control, .n_node_labels = 1}, FIR__GATE_PROCEED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(judge((fir__step_facts){.live = &cases[i].live}, 0, false), cases[i].want);
        /* approval does not take the protection away */
        ck_assert_int_eq(judge((fir__step_facts){.live = &cases[i].live, .approved = true}, 0, false), cases[i].want);
        ck_assert_int_eq(judge((fir__step_facts){.live = &cases[i].live}, 1, false), FIR__GATE_PROCEED); /* what only tells */
    }
    close_gate();
}
END_TEST

START_TEST(the_configuration_protects_more)
{
    const fir_str annotations[] = {{"team=gold", 9}}, labels[] = {{"tier", 4}}, nodes[] = {{"n1", 2}};
    const fir__live_pair gold = {{"team", 4}, {"gold", 4}}, blue = {{"team", 4}, {"blue", 4}}, tier = {{"tier", 4}, {"9", 1}};
    const fir__guards guards = {
        .annotations = annotations, .n_annotations = 1, .node_labels = labels, .n_node_labels = 1, .nodes = nodes, .n_nodes = 1};
    const struct {
        fir__live live;
        fir__gate_status want;
    } cases[] = {
        {{.annotations = &gold, .n_annotations = 1}, FIR__GATE_PROTECTED},
        {{.annotations = &blue, .n_annotations = 1}, FIR__GATE_PROCEED},
        {{.node_labels = &tier, .n_node_labels = 1, .is_node = true}, FIR__GATE_PROTECTED},
        {{.node_labels = &blue, .n_node_labels = 1, .is_node = true}, FIR__GATE_PROCEED},
        {{.node = {"n1", 2}}, FIR__GATE_PROTECTED},
        {{.node = {"n2", 2}}, FIR__GATE_PROCEED},
        {{.namespace_ = {"kube-system", 11}}, FIR__GATE_PROCEED}, /* these guards name no namespace */
    };
    open_gate(kill_yaml);
    fir__gate_free(gate);
    ck_assert_int_eq(fir__gate_new(&fir__default_allocator, &guards, 0, &gate), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(judge((fir__step_facts){.live = &cases[i].live, .reserved = true}, 0, false), cases[i].want);
    }
    close_gate();
}
END_TEST

START_TEST(an_owner_gives_one_or_its_share)
{
    fir__live small = {.owner = {"Deployment/prod/web", 19}, .replicas = 3},
              big = {.owner = {"Deployment/prod/api", 19}, .replicas = 12};
    open_gate(kill_yaml);
    const fir__step_facts s = {.live = &small, .reserved = true}, b = {.live = &big, .reserved = true};
    ck_assert_int_eq(judge(s, 0, true), FIR__GATE_PROCEED);
    ck_assert_int_eq(judge(s, 0, true), FIR__GATE_NEEDS_APPROVAL);
    for (int i = 0; i < 3; i++) { /* a quarter of twelve */
        ck_assert_int_eq(judge(b, 0, true), FIR__GATE_PROCEED);
    }
    ck_assert_int_eq(judge(b, 0, true), FIR__GATE_NEEDS_APPROVAL);
    ck_assert_int_eq(judge((fir__step_facts){.live = &big, .approved = true}, 0, false), FIR__GATE_PROCEED);
    now += 10 * MINUTE;
    ck_assert_int_eq(judge(b, 0, true), FIR__GATE_PROCEED);
    close_gate();
}
END_TEST

START_TEST(what_was_not_paid_for_is_paid_for_now)
{
    open_gate(kill_yaml);
    ck_assert_int_eq(judge((fir__step_facts){.reserved = false}, 0, true), FIR__GATE_PROCEED);
    ck_assert_int_eq(judge((fir__step_facts){.reserved = false}, 0, true), FIR__GATE_NEEDS_APPROVAL);
    ck_assert_int_eq(judge((fir__step_facts){.reserved = true}, 0, true), FIR__GATE_PROCEED);
    ck_assert_int_eq(judge((fir__step_facts){.approved = true}, 0, true), FIR__GATE_PROCEED);
    close_gate();
}
END_TEST

/* Keys of cool-downs and the like are made by whoever writes alerts: more than are kept push out none of a budget. */
START_TEST(a_flood_of_keys_frees_no_budget)
{
    open_gate(kill_yaml);
    ck_assert_int_eq(judge((fir__step_facts){.reserved = false}, 0, true), FIR__GATE_PROCEED);
    ck_assert_int_eq(judge((fir__step_facts){.reserved = false}, 0, false), FIR__GATE_NEEDS_APPROVAL);
    for (unsigned i = 0; i <= FIR__GATE_MOST_KEYS; i += 10000) {
        fir__sbuf b;
        fir__sbuf_init(&b, &fir__default_allocator, FIR__GATE_MOST_RECORD);
        fir__sbuf_printf(&b, "{\"at\":%lld,\"marks\":[", (long long)now);
        for (unsigned k = 0; k < 10000; k++) {
            fir__sbuf_printf(&b, "%s{\"add\":%lld,\"key\":\"%032x\",\"most\":1,\"until\":%lld}", k != 0 ? "," : "", (long long)now,
                             i + k, (long long)(now + 60 * MINUTE));
        }
        fir__sbuf_printf(&b, "]}");
        ck_assert_int_eq(b.status, 0);
        fold("gate", &b);
        fir__sbuf_free(&b);
    }
    ck_assert_uint_gt(fir__gate_count(gate).forgotten_keys, 9000);
    ck_assert_int_eq(judge((fir__step_facts){.reserved = false}, 0, false), FIR__GATE_NEEDS_APPROVAL);
    close_gate();
}
END_TEST

START_TEST(the_kill_switch)
{
    open_gate(kill_yaml);
    pause_it(true);
    ck_assert(fir__gate_pause(gate)->on);
    ck_assert(fir__str_eq(fir__gate_pause(gate)->who, FIR__S("ann")) && fir__str_eq(fir__gate_pause(gate)->why, FIR__S("drill")));
    ck_assert_int_eq(judge((fir__step_facts){.reserved = true}, 0, false), FIR__GATE_PAUSED);
    ck_assert_int_eq(judge((fir__step_facts){.approved = true}, 0, false), FIR__GATE_PAUSED);
    ck_assert_int_eq(judge((fir__step_facts){.reserved = true}, 1, false), FIR__GATE_PROCEED);
    fir__verdict v;
    fir__alert_facts facts = {.time_ns = now, .has_time = true};
    ck_assert_int_eq(fir__gate_judge(gate, plan, &facts, now, &arena, &v), 0);
    ck_assert_int_eq(v.rules[0].status, FIR__GATE_PAUSED);
    ck_assert_int_eq(v.rules[0].steps[0], FIR__GATE_PAUSED);
    ck_assert_int_eq(v.rules[0].steps[1], FIR__GATE_PROCEED);
    ck_assert_uint_eq(v.n_marks, 0);
    pause_it(false);
    ck_assert(!fir__gate_pause(gate)->on);
    ck_assert_int_eq(judge((fir__step_facts){.reserved = true}, 0, false), FIR__GATE_PROCEED);
    close_gate();
}
END_TEST

START_TEST(an_age)
{
    open_gate("- rule: R\n  condition: proc.name = sh\n  valid_for: 1m\n"
              "  actions: [{action: a, use: 'http:webhook', parameters: {url: 'https://h.example/'}}]\n");
    ck_assert_int_eq(judge((fir__step_facts){.age_ns = MINUTE}, 0, false), FIR__GATE_PROCEED);
    ck_assert_int_eq(judge((fir__step_facts){.age_ns = MINUTE + 1}, 0, false), FIR__GATE_EXPIRED);
    close_gate();
}
END_TEST

START_TEST(an_alert_that_can_be_forged)
{
    open_gate(kill_yaml);
    fir__verdict v;
    fir__alert_facts facts = {.time_ns = now, .has_time = true, .forgeable = true};
    ck_assert_int_eq(fir__gate_judge(gate, plan, &facts, now, &arena, &v), 0);
    ck_assert_int_eq(v.rules[0].status, FIR__GATE_REFUSED);
    ck_assert_int_eq(v.rules[0].steps[0], FIR__GATE_REFUSED);
    ck_assert_int_eq(judge((fir__step_facts){.forgeable = true, .reserved = true}, 0, false), FIR__GATE_REFUSED);
    ck_assert_int_eq(judge((fir__step_facts){.forgeable = true, .reserved = true}, 1, false), FIR__GATE_PROCEED);
    close_gate();
}
END_TEST

/* ---- undecided rules ---- */

static void undecided(const char *extra, fir__gate_status status, fir__hold hold)
{
    char yaml[1000];
    (void)snprintf(yaml, sizeof yaml, "- rule: R\n  condition: proc.name = sh\n%s%s", extra, strstr(kill_yaml, "  actions"));
    open_gate(yaml);
    fir__plan_rule rule = plan->rules[0];
    fir_plan copy = *plan;
    fir__verdict v;
    fir__alert_facts facts = {.time_ns = now, .has_time = true};
    rule.undecided = true;
    copy.rules = &rule;
    ck_assert_int_eq(fir__gate_judge(gate, &copy, &facts, now, &arena, &v), 0);
    ck_assert_int_eq(v.rules[0].status, status);
    ck_assert_int_eq(v.rules[0].hold, hold);
    close_gate();
}

START_TEST(an_undecided_rule)
{
    undecided("", FIR__GATE_NEEDS_APPROVAL, FIR__HOLD_DESTRUCTIVE);
    undecided("  on_undecided: act\n", FIR__GATE_PROCEED, FIR__HOLD_NONE);
    undecided("  on_undecided: ask\n", FIR__GATE_NEEDS_APPROVAL, FIR__HOLD_ALL);
    undecided("  require_approval: true\n", FIR__GATE_NEEDS_APPROVAL, FIR__HOLD_ALL);
}
END_TEST

/* ---- approvals ---- */

static const char approval_yaml[] =
    "- rule: R\n  condition: proc.name = sh\n  require_approval: {timeout: 5m, approvers: [ann, bob], reason_required: true}\n"
    "  actions: [{action: a, use: 'http:webhook', parameters: {url: 'https://h.example/'}}]\n";

static fir_str ask(fir__ask *a)
{
    fir__sbuf b = text();
    ck_assert_int_eq(fir__ask_make(gate, plan, &plan->rules[0], now, a), 0);
    fir__gate_record_ask(a, &plan->rules[0], &b);
    fold("approval", &b);
    fir__sbuf_free(&b);
    return fir__str(a->id, sizeof a->id);
}

static void answer(fir_str id, fir__approval_state s, const char *who)
{
    fir__sbuf b = text();
    fir__gate_record_answer(id, s, fir__cstr(who), FIR__S("because"), now, &b);
    fold("decision", &b);
    fir__sbuf_free(&b);
}

static int may(fir_str id, const char *who, const char *why)
{
    fir_error err = {0};
    const fir__ask *a = fir__gate_ask(gate, id);
    int rc = fir__gate_may_decide(gate, id, fir__cstr(who), fir__cstr(why), a != NULL && now >= a->due_ns, &err);
    ck_assert_int_eq(rc != 0, err.message[0] != '\0');
    return rc;
}

START_TEST(an_approval_from_asking_to_its_use)
{
    fir__ask a;
    open_gate(approval_yaml);
    fir_str id = ask(&a);
    ck_assert_uint_eq(fir__gate_ask_count(gate), 1);
    const fir__ask *kept = fir__gate_ask(gate, id);
    ck_assert_ptr_eq(kept, fir__gate_ask_at(gate, 0));
    ck_assert_ptr_null(fir__gate_ask_at(gate, 1));
    ck_assert(kept->state == FIR__APPROVAL_PENDING && kept->n_approvers == 2 && kept->reason_required && !kept->approve_on_timeout);
    ck_assert_int_eq(kept->expires_ns, now + 5 * MINUTE);
    ck_assert(fir__str_eq(kept->rule, FIR__S("R")) && fir__ask_covers(kept, &a));
    ck_assert_int_eq(may(FIR__S("0123456789abcdef"), "ann", "x"), FIR_ENOTFOUND);
    ck_assert_int_eq(may(id, "eve", "x"), FIR_EDENIED);
    ck_assert_int_eq(may(id, "", "x"), FIR_EINVAL);
    ck_assert_int_eq(may(id, "ann", "  "), FIR_EINVAL);
    ck_assert_int_eq(may(id, "ann", "x"), 0);
    answer(id, FIR__APPROVAL_APPROVED, "ann");
    ck_assert_int_eq(may(id, "bob", "x"), FIR_ESTATE);
    answer(id, FIR__APPROVAL_REJECTED, "bob"); /* the first one won */
    kept = fir__gate_ask(gate, id);
    ck_assert(kept->state == FIR__APPROVAL_APPROVED && fir__str_eq(kept->who, FIR__S("ann")));
    answer(id, FIR__APPROVAL_VOID, "");
    ck_assert_int_eq(kept->state, FIR__APPROVAL_VOID);
    fir__sbuf b = text();
    fir__gate_record_done(FIR__S("another"), now, &b);
    fold("done", &b);
    ck_assert_uint_eq(fir__gate_ask_count(gate), 1);
    fir__sbuf_clear(&b);
    fir__gate_record_done(fir__str(plan->event_id, sizeof plan->event_id), now, &b);
    fold("done", &b);
    fold("done", &b); /* and once more: nothing */
    fir__sbuf_free(&b);
    ck_assert_ptr_null(fir__gate_ask(gate, id));
    answer(id, FIR__APPROVAL_APPROVED, "ann");
    ck_assert_uint_eq(fir__gate_ask_count(gate), 0);
    close_gate();
}
END_TEST

START_TEST(an_approval_expires)
{
    fir__ask a;
    open_gate(approval_yaml);
    fir_str id = ask(&a);
    now += 10 * MINUTE;
    ck_assert_int_eq(may(id, "ann", "x"), 0); /* the time on paper is for people */
    fir__gate_ask_due(gate, id, now + 5 * MINUTE);
    fir__gate_ask_due(gate, FIR__S("0123456789abcdef"), now);
    now += 5 * MINUTE - 1;
    ck_assert_int_eq(may(id, "ann", "x"), 0);
    now++;
    ck_assert_int_eq(may(id, "ann", "x"), FIR_ESTATE);
    close_gate();
}
END_TEST

START_TEST(another_request_is_not_covered)
{
    fir__ask first, second;
    open_gate(approval_yaml);
    ck_assert_int_eq(fir__ask_make(gate, plan, &plan->rules[0], now, &first), 0);
    fir__plan_rule rule = plan->rules[0];
    fir__plan_step step = rule.steps.items[0];
    step.target.pod = FIR__S("another");
    rule.steps.items = &step;
    ck_assert_int_eq(fir__ask_make(gate, plan, &rule, now, &second), 0);
    ck_assert(!fir__ask_covers(&first, &second));
    ck_assert_int_eq(memcmp(first.id, second.id, sizeof first.id), 0);
    close_gate();
}
END_TEST

START_TEST(the_configuration_names_approvers)
{
    fir__ask a;
    open_gate("- rule: R\n  condition: proc.name = sh\n  require_approval: true\n"
              "  actions: [{action: a, use: 'http:webhook', parameters: {url: 'https://h.example/'}}]\n");
    fir__gate_free(gate);
    const fir_str names[] = {{"soc", 3}};
    fir__guards guards = {.approvers = names, .n_approvers = 1, .approval_timeout_ns = 42};
    ck_assert_int_eq(fir__gate_new(&fir__default_allocator, &guards, 7, &gate), 0);
    fir_str id = ask(&a);
    ck_assert_int_eq(may(id, "ann", ""), FIR_EDENIED);
    ck_assert_int_eq(may(id, "soc", ""), 0);
    ck_assert_int_eq(fir__gate_ask(gate, id)->expires_ns,
                     now + plan->rules[0].def->approval.timeout_ns + (plan->rules[0].def->approval.timeout_ns == 0 ? 42 : 0));
    close_gate();
}
END_TEST

START_TEST(budgets_of_what_was_approved)
{
    fir__step_verdict v;
    open_gate(kill_yaml);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(fir__gate_take_budgets(gate, &plan->rules[0], now, &arena, &v), 0);
        ck_assert_uint_eq(v.n_marks, 4); /* target, namespace, two of all */
        fir__sbuf b = text();
        fir__gate_record_step(&v, now, &b);
        fold("gate", &b);
        fir__sbuf_free(&b);
    }
    ck_assert_int_eq(judge((fir__step_facts){.reserved = false}, 0, false), FIR__GATE_NEEDS_APPROVAL);
    close_gate();
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("gate");
    TCase *t = tcase_create("gate");
    tcase_set_timeout(t, 60); /* a flood takes its time under a sanitizer */
    tcase_add_test(t, a_live_object_decides);
    tcase_add_test(t, the_configuration_protects_more);
    tcase_add_test(t, an_owner_gives_one_or_its_share);
    tcase_add_test(t, what_was_not_paid_for_is_paid_for_now);
    tcase_add_test(t, a_flood_of_keys_frees_no_budget);
    tcase_add_test(t, the_kill_switch);
    tcase_add_test(t, an_age);
    tcase_add_test(t, an_alert_that_can_be_forged);
    tcase_add_test(t, an_undecided_rule);
    tcase_add_test(t, an_approval_from_asking_to_its_use);
    tcase_add_test(t, an_approval_expires);
    tcase_add_test(t, another_request_is_not_covered);
    tcase_add_test(t, the_configuration_names_approvers);
    tcase_add_test(t, budgets_of_what_was_approved);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return fir_test_run(suite());
}
