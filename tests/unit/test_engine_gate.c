/* SPDX-License-Identifier: Apache-2.0 */
/* The gate in the engine: approvals, the kill switch, cool-downs, protected targets, undos, dead letters, reviews, cancelling, the
 * breaker, metrics. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/time.h"
#include "plan/live.h"
#include "store/store.h"
#include "support/suite.h"
#include "support/world.h"

static world w;

#define RULE "- rule: R\n  condition: proc.name = sh\n"
#define KEYED "actions: [{action: a, use: 'test:keyed', parameters: {text: x}}]\n"
#define MINUTE (60 * FIR__SECOND)

static void open_with(const char *yaml)
{
    world_open_by_clock(&w, yaml, NULL);
}

static void run_one(const char *yaml)
{
    open_with(yaml);
    world_submit(&w, world_alert);
    world_drain(&w);
}

static json_t *pending(void)
{
    fir_buf b;
    fir_error err;
    ck_assert_int_eq(fir_engine_pending_json(w.engine, &b, &err), 0);
    json_t *v = json_loadb(b.ptr, b.len, 0, NULL);
    ck_assert_msg(v != NULL, "%s", b.ptr);
    fir_buf_dispose(&b);
    return v;
}

/* A text of the first entry of a list of what is pending; "" when the list is empty. */
static const char *first(const char *list, const char *key)
{
    static char text[400];
    json_t *v = pending();
    const char *s = json_string_value(json_object_get(json_array_get(json_object_get(v, list), 0), key));
    (void)snprintf(text, sizeof text, "%s", s != NULL ? s : "");
    json_decref(v);
    return text;
}

static size_t how_many(const char *list)
{
    json_t *v = pending();
    size_t n = json_array_size(json_object_get(v, list));
    json_decref(v);
    return n;
}

static const char *approval(void)
{
    static char id[40];
    (void)snprintf(id, sizeof id, "%s", first("approvals", "approval"));
    ck_assert_uint_eq(strlen(id), 16);
    return id;
}

/* The id of the action of the i-th outcome that has one. */
static const char *action(size_t i)
{
    static char id[80];
    char *json = world_json(&w), *p = json;
    for (size_t k = 0; k <= i; k++) {
        p = strstr(k == 0 ? p : p + 1, "\"action_id\":\"");
        ck_assert_ptr_nonnull(p);
    }
    (void)snprintf(id, sizeof id, "%.64s", p + 13);
    free(json);
    return id;
}

static void pass(int64_t ns)
{
    w.fake.now_ns += ns;
    world_drain(&w);
}

/* ---- approvals ---- */

START_TEST(an_approval)
{
    fir_error err;
    run_one(RULE "  require_approval: {approvers: [ann], reason_required: true}\n  " KEYED
                 "  on_failure: [{action: f, use: 'test:keyed'}]\n");
    ck_assert_str_eq(world_outcomes(&w), ":needs_approval:0");
    ck_assert_str_eq(world_error(&w, 0), "the rule requires approval");
    ck_assert_int_eq(w.types[WORLD_KEYED].prepared, 0);
    ck_assert_str_eq(first("waiting", "state"), "held");
    const char *id = approval();
    ck_assert_int_eq(fir_engine_decide(w.engine, "0000000000000000", 1, "ann", "x", &err), FIR_ENOTFOUND);
    ck_assert_int_eq(fir_engine_decide(w.engine, id, 1, "eve", "x", &err), FIR_EDENIED);
    ck_assert_int_eq(fir_engine_decide(w.engine, id, 1, "ann", NULL, &err), FIR_EINVAL);
    ck_assert_int_eq(fir_engine_decide(w.engine, id, 1, NULL, "x", &err), FIR_EINVAL);
    world_drain(&w);
    ck_assert_int_eq(w.types[WORLD_KEYED].advanced, 0);
    ck_assert_int_eq(fir_engine_decide(w.engine, id, 1, "ann", "it is real", &err), 0);
    ck_assert_int_eq(fir_engine_decide(w.engine, id, 0, "ann", "or not", &err), FIR_ESTATE);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), ":needs_approval:0 a:succeeded:1");
    ck_assert_uint_eq(how_many("approvals"), 0);
    ck_assert_uint_eq(how_many("waiting"), 0);
    world_close(&w);
}
END_TEST

START_TEST(a_rejection)
{
    run_one(RULE "  require_approval: true\n  actions: [{action: a, use: 'test:keyed'}, {action: b, use: 'test:keyed'}]\n"
                 "  on_failure: [{action: f, use: 'test:keyed'}]\n");
    ck_assert_int_eq(fir_engine_decide(w.engine, approval(), 0, "ann", NULL, NULL), 0);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), ":needs_approval:0 a:rejected:0 b:skipped:0");
    ck_assert_str_eq(world_error(&w, 1), "the approval is rejected");
    ck_assert_int_eq(w.types[WORLD_KEYED].advanced, 0);
    world_close(&w);
}
END_TEST

/* When the approval was asked for, by the fake's clock. */
static int64_t asked_at(void)
{
    int64_t ns;
    const char *text = first("approvals", "asked");
    ck_assert(fir__time_parse((fir_str){text, strlen(text)}, &ns));
    return ns - w.fake.wall_offset_ns;
}

START_TEST(silence)
{
    run_one(RULE "  require_approval: {timeout: 5m}\n  " KEYED);
    w.fake.now_ns = asked_at() + 5 * MINUTE - 1;
    for (int i = 0; i < 5; i++) {
        (void)fir_engine_poll(w.engine, 0, NULL);
    }
    ck_assert_str_eq(world_outcomes(&w), ":needs_approval:0");
    pass(1);
    ck_assert_str_eq(world_outcomes(&w), ":needs_approval:0 a:rejected:0");
    ck_assert_str_eq(world_error(&w, 1), "the approval is expired");
    world_close(&w);
    run_one(RULE "  require_approval: {timeout: 5m, on_timeout: approve}\n  " KEYED);
    pass(5 * MINUTE);
    ck_assert_str_eq(world_outcomes(&w), ":needs_approval:0 a:succeeded:1");
    world_close(&w);
}
END_TEST

START_TEST(tokens)
{
    char both[200];
    run_one(RULE "  require_approval: true\n  " KEYED);
    const char *id = approval();
    (void)snprintf(both, sizeof both, "%s.%s", id, first("approvals", "token"));
    ck_assert_uint_eq(strlen(both), 16 + 1 + 64);
    both[20] = both[20] == '0' ? '1' : '0';
    ck_assert_int_eq(fir_engine_decide(w.engine, both, 1, "ann", NULL, NULL), FIR_EDENIED);
    (void)snprintf(both, sizeof both, "%s.", id);
    ck_assert_int_eq(fir_engine_decide(w.engine, both, 1, "ann", NULL, NULL), FIR_EDENIED);
    (void)snprintf(both, sizeof both, "%s.%s", id, first("approvals", "token"));
    ck_assert_int_eq(fir_engine_decide(w.engine, both, 1, "ann", NULL, NULL), 0);
    ck_assert_int_eq(fir_engine_decide(w.engine, both, 1, "ann", NULL, NULL), FIR_ESTATE); /* once */
    world_close(&w);
}
END_TEST

START_TEST(those_who_wait_are_told_of_first)
{
    fir_compiler *k;
    fir_playbook *p;
    static const char config[] = "outputs: [{name: n, use: 'http:webhook', url: 'https://tell.example/'}]\n";
    static const char rules[] = RULE "  require_approval: true\n  notifiers: [n]\n  " KEYED;
    open_with(RULE "  " KEYED);
    ck_assert_int_eq(fir_compiler_new(w.catalog, NULL, &k, NULL), 0);
    ck_assert_int_eq(fir_compiler_add(k, "c.yaml", config, strlen(config), NULL), 0);
    ck_assert_int_eq(fir_compiler_add(k, "r.yaml", rules, strlen(rules), NULL), 0);
    ck_assert_int_eq(fir_compiler_build(k, &p, NULL), 0);
    ck_assert_int_eq(fir_engine_set_playbook(w.engine, p, NULL), 0);
    fir_playbook_unref(p);
    fir_compiler_free(k);
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), ":needs_approval:0 notify_n:succeeded:1");
    ck_assert_int_eq(fir_engine_decide(w.engine, approval(), 1, "ann", NULL, NULL), 0);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), ":needs_approval:0 notify_n:succeeded:1 a:succeeded:1");
    world_close(&w);
}
END_TEST

/* ---- gates ---- */

START_TEST(a_cool_down)
{
    run_one(RULE "  once_per: {window: 10m, by: [k8s.pod.name]}\n  " KEYED);
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1 :cooling:0");
    pass(9 * MINUTE);
    world_submit(&w, world_alert);
    pass(MINUTE);
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1 :cooling:0 :cooling:0 a:succeeded:1");
    world_close(&w);
}
END_TEST

START_TEST(budgets_ask)
{
    run_one(RULE "  actions: [{action: d, use: 'test:destroy'}]\n");
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "d:succeeded:1 :needs_approval:0");
    ck_assert_str_eq(world_error(&w, 1), "something was done to this target a short time ago");
    ck_assert_int_eq(fir_engine_decide(w.engine, approval(), 1, "ann", NULL, NULL), 0);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "d:succeeded:1 :needs_approval:0 d:succeeded:1");
    world_close(&w);
}
END_TEST

START_TEST(the_kill_switch)
{
    open_with(RULE "  actions: [{action: n, use: 'http:webhook', parameters: {url: 'https://h.example/'}}, {action: a, use: "
                   "'test:keyed'}]\n  on_failure: [{action: f, use: 'http:webhook', parameters: {url: 'https://f.example/'}}]\n");
    ck_assert_int_eq(fir_engine_pause(w.engine, NULL, NULL, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_engine_pause(w.engine, "ann", "drill", NULL), 0);
    json_t *v = pending();
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(v, "paused"), "who")), "ann");
    json_decref(v);
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "n:succeeded:1 a:paused:0 f:succeeded:1");
    ck_assert_int_eq(w.types[WORLD_KEYED].prepared, 0);
    ck_assert_int_eq(fir_engine_resume(w.engine, "ann", NULL, NULL), 0);
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_int_eq(w.types[WORLD_KEYED].advanced, 1);
    world_close(&w);
}
END_TEST

START_TEST(a_pause_between_two_attempts)
{
    open_with(RULE "  " KEYED);
    w.types[WORLD_KEYED].fail = FIR_EACTION;
    w.types[WORLD_KEYED].fail_times = 1;
    world_submit(&w, world_alert);
    for (int i = 0; i < 3; i++) {
        (void)fir_engine_poll(w.engine, 0, NULL);
    }
    ck_assert_int_eq(fir_engine_pause(w.engine, "ann", NULL, NULL), 0);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:paused:1");
    ck_assert_int_eq(w.types[WORLD_KEYED].advanced, 1);
    world_close(&w);
}
END_TEST

/* What was free to be acted on at the first attempt may be protected at the second. */
START_TEST(a_retry_looks_again)
{
    static const fir__live live = {.namespace_ = {"kube-system", 11}};
    open_with(RULE "  actions: [{action: a, use: 'test:destroy', retry: {attempts: 3}, parameters: {text: x}}]\n");
    w.types[WORLD_DESTROY].fail = FIR_EACTION;
    w.types[WORLD_DESTROY].fail_times = 1;
    w.types[WORLD_DESTROY].live = &live;
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:protected:2");
    ck_assert_int_eq(w.types[WORLD_DESTROY].prepared, 2);
    ck_assert_int_eq(w.types[WORLD_DESTROY].advanced, 1);
    world_close(&w);
}
END_TEST

/* ---- a refusal takes nothing ---- */

/* Each rule lets so many alerts pass until it acts: the first ones are for its threshold. */
static const struct {
    const char *gate;  /* of the rule */
    int before;        /* alerts that only count */
    const char *again; /* what the next alert came to, had the hit been taken */
} states[] = {
    {"once_per: {window: 10m, by: [k8s.pod.name]}", 0, "cooling"},
    {"threshold: {count: 3, within: 10m, by: [k8s.pod.name]}", 2, "below_threshold"},
    {"", 0, "needs_approval"}, /* the target's budget */
};
enum { STATES = sizeof states / sizeof *states };

enum { FREE, PAUSED, PAUSED_LATE, PROTECTED_LATE, EXPIRED, ANSWERED_NO, CAUSES };

static void drain_or_wait(void)
{
    for (int i = 0; i < 20; i++) {
        (void)fir_engine_poll(w.engine, 0, NULL);
    }
}

static void hit(int cause)
{
    static const fir__live system = {.namespace_ = {"kube-system", 11}}, prod = {.namespace_ = {"prod", 4}};
    w.types[WORLD_DESTROY].live = cause == PROTECTED_LATE ? &system : &prod;
    w.types[WORLD_DESTROY].prepared = 1; /* from the second on it finds it */
    if (cause == PAUSED) {
        ck_assert_int_eq(fir_engine_pause(w.engine, "ann", NULL, NULL), 0);
    }
    world_submit(&w, world_alert);
    if (cause == PAUSED_LATE) {
        ck_assert_int_eq(fir_engine_pause(w.engine, "ann", NULL, NULL), 0);
    }
    if (cause == EXPIRED) {
        w.fake.now_ns += MINUTE;
    }
    drain_or_wait();
    if (cause == PAUSED || cause == PAUSED_LATE) {
        ck_assert_int_eq(fir_engine_resume(w.engine, "ann", NULL, NULL), 0);
    }
    if (cause == ANSWERED_NO) {
        ck_assert_int_eq(fir_engine_decide(w.engine, approval(), 0, "ann", NULL, NULL), 0);
        drain_or_wait();
    }
}

/* _i: cause and state. */
START_TEST(a_refusal_takes_nothing)
{
    static const char *const ends[CAUSES] = {"succeeded", "paused", "paused", "protected", "expired", "rejected"};
    int cause = _i / STATES, state = _i % STATES;
    char yaml[600], want[40];
    (void)snprintf(yaml, sizeof yaml, RULE "  valid_for: 30s\n  %s\n  %s\n  actions: [{action: d, use: 'test:destroy'}]\n",
                   states[state].gate, cause == ANSWERED_NO ? "require_approval: true" : "");
    open_with(yaml);
    for (int i = 0; i < states[state].before; i++) {
        world_submit(&w, world_alert);
        drain_or_wait();
    }
    hit(cause);
    (void)snprintf(want, sizeof want, "d:%s:", ends[cause]);
    ck_assert_msg(strstr(world_outcomes(&w), want) != NULL, "%s, not %s", world_outcomes(&w), want);
    ck_assert_int_eq(w.types[WORLD_DESTROY].advanced, cause == FREE);
    hit(FREE); /* what would have acted then acts now; only what was done, or answered by a person, has taken */
    bool took = cause == FREE || cause == ANSWERED_NO;
    if (cause == ANSWERED_NO && states[state].gate[0] == '\0') {
        took = true; /* it is asked again */
    }
    ck_assert_int_eq(w.types[WORLD_DESTROY].advanced, took ? cause == FREE : 1);
    if (took) {
        ck_assert_msg(strstr(world_outcomes(&w), states[state].again) != NULL, "%s", world_outcomes(&w));
    }
    world_close(&w);
}
END_TEST

/* Where an alert hits more rules than are compared, what was paid for a target stays paid: the safe side. */
START_TEST(a_refusal_among_very_many_rules)
{
    for (int rules = 64; rules <= 65; rules++) {
        fir__sbuf yaml;
        fir__sbuf_init(&yaml, &fir__default_allocator, 1 << 16);
        fir__sbuf_printf(&yaml, RULE "  actions: [{action: d, use: 'test:destroy'}]\n");
        for (int i = 1; i < rules; i++) {
            fir__sbuf_printf(&yaml, "- rule: R%d\n  condition: proc.name = sh\n  actions: [{action: a, use: 'test:read'}]\n", i);
        }
        fir__sbuf_char(&yaml, '\0');
        open_with(yaml.ptr);
        hit(PAUSED_LATE);
        hit(FREE);
        ck_assert_int_eq(w.types[WORLD_DESTROY].advanced, rules == 64);
        world_close(&w);
        fir__sbuf_free(&yaml);
    }
}
END_TEST

/* The refusal, and what it gave back, stand in the journal. _i: state, and before which of the two the process ends. */
START_TEST(a_refusal_takes_nothing_over_a_restart)
{
    fir_store memory, kept;
    fir_error err;
    int state = _i / 2;
    char yaml[400];
    ck_assert_int_eq(fir__store_memory(&fir__default_allocator, &memory, &err), 0);
    kept = memory;
    kept.close = NULL;
    const fir_engine_options o = {.size = sizeof o, .store = &kept};
    const fir_engine_options next = {.size = sizeof o, .store = &kept, .transport = &w.fake.transport, .clock = &w.fake.clock};
    (void)snprintf(yaml, sizeof yaml, RULE "  %s\n  actions: [{action: d, use: 'test:destroy'}]\n", states[state].gate);
    world_open_by_clock(&w, yaml, &o);
    for (int i = 0; i < states[state].before; i++) {
        world_submit(&w, world_alert);
        drain_or_wait();
    }
    world_submit(&w, world_alert);
    ck_assert_int_eq(fir_engine_pause(w.engine, "ann", NULL, NULL), 0);
    if (_i % 2 == 1) {
        drain_or_wait();
    }
    fir_engine_free(w.engine);
    ck_assert_int_eq(fir_engine_new(&next, w.catalog, w.playbook, &w.engine, &err), 0);
    ck_assert_int_eq(world_register(&w, w.engine), 0);
    drain_or_wait();
    ck_assert_int_eq(fir_engine_resume(w.engine, "ann", NULL, NULL), 0);
    ck_assert_int_eq(w.types[WORLD_DESTROY].advanced, 0);
    hit(FREE);
    ck_assert_int_eq(w.types[WORLD_DESTROY].advanced, 1);
    world_close(&w);
    memory.close(memory.self);
}
END_TEST

START_TEST(a_duplicate_is_done_once)
{
    fir_buf r;
    open_with(RULE "  " KEYED);
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(fir_engine_submit(w.engine, world_alert, strlen(world_alert), &r, NULL), 0);
        ck_assert_ptr_nonnull(strstr(r.ptr, i == 0 ? "\"status\":\"accepted\"" : "\"status\":\"duplicate\""));
        fir_buf_dispose(&r);
    }
    world_drain(&w);
    ck_assert_int_eq(w.types[WORLD_KEYED].advanced, 1);
    world_close(&w);
}
END_TEST

/* ---- undos ---- */

static int undone, undo_fails, undo_conflicts;

static int prepare_it(void *self, fir_call *c)
{
    (void)self;
    return fir_call_record(c, "{\"was\":\"open\"}", 14);
}

static int do_it(void *self, fir_call *c)
{
    (void)self;
    (void)c;
    return FIR_CALL_DONE;
}

static int undo_it(void *self, fir_call *c)
{
    fir_str record;
    (void)self;
    ck_assert_int_eq(fir_call_recorded(c, &record), 0);
    ck_assert(record.len == 14 && memcmp(record.ptr, "{\"was\":\"open\"}", 14) == 0);
    undone++;
    if (undo_fails > 0) {
        undo_fails--;
        return fir_call_fail(c, FIR_EACTION, 0, "not now", 7);
    }
    return undo_conflicts != 0 ? fir_call_fail(c, FIR_ESTATE, 1, "somebody changed it", 19) : FIR_CALL_DONE;
}

static void open_undo(const char *yaml)
{
    const fir_action_type t = {.size = sizeof t, .name = "test:mute", .prepare = prepare_it, .advance = do_it, .undo = undo_it};
    open_with(yaml);
    undone = undo_fails = undo_conflicts = 0;
    ck_assert_int_eq(fir_engine_register(w.engine, &t, NULL, NULL), 0);
    world_submit(&w, world_alert);
    for (int i = 0; i < 10; i++) {
        (void)fir_engine_poll(w.engine, 0, NULL);
    }
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
}

#define UNDO RULE "  actions: [{action: a, use: 'test:mute', undo_after: 30m}]\n"

START_TEST(an_undo_at_its_time)
{
    open_undo(UNDO);
    ck_assert_uint_eq(how_many("undos"), 1);
    ck_assert_str_eq(first("undos", "use"), "test:mute");
    ck_assert_uint_eq(strlen(first("undos", "undo_at")), 30);
    w.fake.now_ns += 30 * MINUTE - 1;
    ck_assert_int_eq(fir_engine_poll(w.engine, 0, NULL), 0); /* not over: an undo is to come */
    ck_assert_int_eq(undone, 0);
    pass(1);
    ck_assert_int_eq(undone, 1);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1 a:undone:1");
    ck_assert_uint_eq(how_many("undos"), 0);
    ck_assert_int_eq(fir_engine_poll(w.engine, 0, NULL), FIR_EAGAIN);
    world_close(&w);
}
END_TEST

START_TEST(an_undo_before_its_time)
{
    char id[80];
    open_undo(UNDO);
    (void)snprintf(id, sizeof id, "%s", action(0));
    ck_assert_int_eq(fir_engine_undo(w.engine, "no such", "ann", NULL, NULL), FIR_ENOTFOUND);
    ck_assert_int_eq(fir_engine_undo(w.engine, id, "ann", "it was harmless", NULL), 0);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1 a:undone:1");
    ck_assert_int_eq(fir_engine_undo(w.engine, id, "ann", NULL, NULL), FIR_ENOTFOUND);
    world_close(&w);
}
END_TEST

START_TEST(an_undo_by_hand_where_none_was_planned)
{
    open_undo(RULE "  actions: [{action: a, use: 'test:mute'}]\n");
    ck_assert_int_eq(fir_engine_poll(w.engine, 0, NULL), FIR_EAGAIN); /* nothing is waited for */
    ck_assert_int_eq(fir_engine_undo(w.engine, action(0), "ann", NULL, NULL), 0);
    world_drain(&w);
    ck_assert_int_eq(undone, 1);
    world_close(&w);
    open_undo(RULE "  actions: [{action: a, use: 'test:mute'}]\n");
    pass(24 * 60 * MINUTE);
    ck_assert_uint_eq(how_many("undos"), 0);
    ck_assert_int_eq(undone, 0);
    world_close(&w);
}
END_TEST

START_TEST(undos_that_fail)
{
    open_undo(UNDO);
    undo_fails = 2;
    pass(30 * MINUTE);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1 a:undone:3");
    world_close(&w);
    open_undo(UNDO);
    undo_fails = 100;
    pass(30 * MINUTE);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1 a:undo_failed:5");
    world_close(&w);
    open_undo(UNDO);
    undo_conflicts = 1;
    pass(30 * MINUTE);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1 a:undo_conflict:1");
    ck_assert_str_eq(world_error(&w, 1), "somebody changed it");
    world_close(&w);
}
END_TEST

START_TEST(freed_with_undos_to_come)
{
    open_undo(UNDO);
    world_close(&w);
}
END_TEST

/* ---- dead letters ---- */

START_TEST(dead_letters)
{
    char id[80];
    open_with(RULE "  " KEYED);
    w.types[WORLD_KEYED].fail = FIR_EACTION;
    w.types[WORLD_KEYED].fail_times = -1;
    w.types[WORLD_KEYED].final = 1;
    world_submit(&w, world_alert);
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:failed:1 a:failed:1");
    ck_assert_uint_eq(how_many("dead"), 2);
    (void)snprintf(id, sizeof id, "%s", action(0));
    ck_assert_int_eq(fir_engine_replay(w.engine, id, "ann", NULL, NULL), 0);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:failed:1 a:failed:1 a:failed:1");
    ck_assert_uint_eq(how_many("dead"), 2); /* it is one again */
    w.types[WORLD_KEYED].fail = 0;
    ck_assert_int_eq(fir_engine_replay(w.engine, id, "ann", NULL, NULL), 0);
    ck_assert_int_eq(fir_engine_replay(w.engine, id, "ann", NULL, NULL), FIR_ENOTFOUND);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:failed:1 a:failed:1 a:failed:1 a:succeeded:1");
    ck_assert_int_eq(fir_engine_discard(w.engine, id, "ann", NULL, NULL), FIR_ENOTFOUND);
    ck_assert_int_eq(fir_engine_discard(w.engine, first("dead", "action_id"), "ann", NULL, NULL), 0);
    ck_assert_uint_eq(how_many("dead"), 0);
    world_close(&w);
}
END_TEST

/* ---- cancelling ---- */

START_TEST(cancelled)
{
    char id[80];
    open_with(RULE "  require_approval: true\n  actions: [{action: a, use: 'test:keyed'}, {action: b, use: 'test:keyed'}]\n");
    world_submit(&w, world_alert);
    world_drain(&w);
    (void)snprintf(id, sizeof id, "%s", first("waiting", "action_id"));
    ck_assert_int_eq(fir_engine_cancel(w.engine, "none", "ann", NULL, NULL), FIR_ENOTFOUND);
    ck_assert_int_eq(fir_engine_cancel(w.engine, id, "ann", NULL, NULL), 0);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), ":needs_approval:0 a:cancelled:0 b:skipped:0");
    ck_assert_int_eq(fir_engine_cancel(w.engine, id, "ann", NULL, NULL), FIR_ENOTFOUND);
    world_close(&w);
}
END_TEST

START_TEST(cancelled_on_its_way)
{
    open_with(RULE "  actions: [{action: a, use: 'http:webhook', parameters: {url: 'https://slow.example/'}}]\n");
    w.fake.slow = "slow";
    world_submit(&w, world_alert);
    for (int i = 0; i < 3; i++) {
        (void)fir_engine_poll(w.engine, 0, NULL);
    }
    ck_assert_uint_eq(w.fake.in_flight, 1);
    ck_assert_int_eq(fir_engine_cancel(w.engine, first("waiting", "action_id"), "ann", NULL, NULL), 0);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:cancelled:1");
    world_close(&w);
}
END_TEST

/* ---- reviews and metrics ---- */

START_TEST(a_required_review)
{
    char id[80];
    run_one(RULE "  review: required\n  actions: [{action: a, use: 'test:keyed'}, {action: b, use: 'test:keyed'}]\n");
    ck_assert_uint_eq(how_many("reviews"), 1);
    (void)snprintf(id, sizeof id, "%s", first("reviews", "action_id"));
    ck_assert_str_eq(id, action(0));
    ck_assert_int_eq(fir_engine_feedback(w.engine, "x", 1, "ann", NULL, NULL), FIR_ENOTFOUND);
    ck_assert_int_eq(fir_engine_feedback(w.engine, id, 0, "ann", "a backup", NULL), 0);
    ck_assert_uint_eq(how_many("reviews"), 0);
    ck_assert_int_eq(fir_engine_feedback(w.engine, action(1), 1, "ann", NULL, NULL), 0); /* unasked */
    id[0] = id[0] == '0' ? '1' : '0';
    ck_assert_int_eq(fir_engine_feedback(w.engine, id, 1, "ann", NULL, NULL), FIR_ENOTFOUND);
    fir_buf b;
    ck_assert_int_eq(fir_engine_metrics_text(w.engine, &b, NULL), 0);
    ck_assert_ptr_nonnull(strstr(b.ptr, "falcoir_feedback_total{rule=\"R\",verdict=\"false_positive\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(b.ptr, "falcoir_feedback_total{rule=\"R\",verdict=\"true_positive\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(b.ptr, "falcoir_actions_total{type=\"test:keyed\",status=\"succeeded\"} 2\n"));
    ck_assert_ptr_nonnull(strstr(b.ptr, "falcoir_gate_verdicts_total{rule=\"R\",status=\"proceed\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(b.ptr, "falcoir_alerts_total 1\n"));
    ck_assert_ptr_nonnull(strstr(b.ptr, "falcoir_started_to_done_seconds_count 2\n"));
    ck_assert_ptr_null(strstr(b.ptr, "web-0"));
    fir_buf_dispose(&b);
    world_close(&w);
}
END_TEST

/* ---- the breaker ---- */

START_TEST(a_breaker)
{
    static const fake_answer script[] = {{.status = 500}, {.status = 500}, {.status = 500}, {.status = 500},
                                         {.status = 500}, {.status = 500}, {.status = 200}};
    open_with(RULE
              "  actions: [{action: a, use: 'http:webhook', retry: {attempts: 1}, parameters: {url: 'https://h.example/'}}]\n");
    w.fake.script = script;
    w.fake.n_script = 7;
    for (int i = 0; i < 5; i++) {
        world_submit(&w, world_alert);
        world_drain(&w);
    }
    ck_assert_uint_eq(w.fake.n, 5);
    for (int i = 0; i < 4; i++) {
        world_submit(&w, world_alert);
    }
    int64_t before = w.fake.requests[4].at_ns;
    for (int i = 0; i < 10; i++) {
        (void)fir_engine_poll(w.engine, 0, NULL);
    }
    ck_assert_uint_eq(w.fake.n, 5); /* it is open: nothing goes out */
    w.fake.now_ns = before + 30 * FIR__SECOND - 1;
    (void)fir_engine_poll(w.engine, 0, NULL);
    ck_assert_uint_eq(w.fake.n, 5);
    w.fake.now_ns += 1;
    for (int i = 0; i < 10; i++) {
        (void)fir_engine_poll(w.engine, 0, NULL);
    }
    ck_assert_uint_eq(w.fake.n, 6); /* one probe, which fails */
    world_drain(&w);                /* the next one works, and lets all go */
    ck_assert_uint_eq(w.fake.n, 9);
    ck_assert_str_eq(world_outcomes(&w), "a:failed:1 a:failed:1 a:failed:1 a:failed:1 a:failed:1 a:failed:1 a:succeeded:1 "
                                         "a:succeeded:1 a:succeeded:1");
    ck_assert_int_eq(w.fake.requests[6].at_ns, before + 60 * FIR__SECOND);
    world_close(&w);
}
END_TEST

START_TEST(an_open_breaker_fails_those_who_cannot_wait)
{
    static const fake_answer script[] = {{.status = 503}};
    open_with(RULE "  actions: [{action: a, use: 'http:webhook', timeout: 10s, retry: {attempts: 1}, parameters: {url: "
                   "'https://h.example/'}}]\n");
    w.fake.script = script;
    w.fake.n_script = 1;
    for (int i = 0; i < 6; i++) {
        world_submit(&w, world_alert);
        for (int k = 0; k < 5; k++) {
            (void)fir_engine_poll(w.engine, 0, NULL);
        }
    }
    ck_assert_uint_eq(w.fake.n, 5);
    ck_assert_str_eq(world_error(&w, 5), "the destination failed 5 times in a row and is left alone for a while");
    world_close(&w);
}
END_TEST

START_TEST(retries_are_no_storm)
{
    static const fake_answer script[] = {{.status = 429, .delay_ns = 1}};
    fir_engine_options o = {.size = sizeof o, .max_in_flight = 512};
    world_open_by_clock(
        &w, RULE "  actions: [{action: a, use: 'http:webhook', retry: {attempts: 2}, parameters: {url: 'https://h.example/'}}]\n",
        &o);
    w.fake.script = script;
    w.fake.n_script = 1;
    for (int i = 0; i < 300; i++) {
        world_submit(&w, world_alert);
    }
    world_drain(&w);
    ck_assert_uint_eq(w.fake.n, 600);
    for (size_t i = 300 + 21; i < 600; i++) { /* never more than twenty and ten a second */
        ck_assert_int_ge(w.fake.requests[i].at_ns - w.fake.requests[300].at_ns, (int64_t)(i - 300 - 21) * FIR__SECOND / 10);
    }
    world_close(&w);
}
END_TEST

/* ---- threads ---- */

static int block(void *self, fir_call *c)
{
    int *n = self;
    (void)c;
    __atomic_add_fetch(n, 1, __ATOMIC_SEQ_CST);
    return FIR_CALL_DONE;
}

static int64_t real_time(void *self)
{
    struct timespec t;
    (void)clock_gettime(self != NULL ? CLOCK_REALTIME : CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * FIR__SECOND + t.tv_nsec;
}

START_TEST(types_that_block)
{
    int n = 0;
    const fir_clock real = {sizeof real, NULL, real_time, real_time};
    fir_engine_options o = {.size = sizeof o, .clock = &real};
    const fir_action_type t = {.size = sizeof t, .name = "test:mute", .advance = block, .flags = FIR_ACTION_BLOCKS};
    world_open(&w, RULE "  actions: [{action: a, use: 'test:mute'}]\n", &o);
    ck_assert_int_eq(fir_engine_register(w.engine, &t, &n, NULL), 0);
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:refused:0");
    ck_assert_int_eq(fir_engine_stop(w.engine, 0, NULL), FIR_ESTATE);
    ck_assert_int_eq(fir_engine_start(w.engine, NULL), 0);
    ck_assert_int_eq(fir_engine_start(w.engine, NULL), FIR_EBUSY);
    ck_assert_int_eq(fir_engine_poll(w.engine, 0, NULL), FIR_EBUSY);
    for (int i = 0; i < 20; i++) {
        world_submit(&w, world_alert);
    }
    ck_assert_int_eq(fir_engine_stop(w.engine, 60 * FIR__SECOND, NULL), 0);
    ck_assert_int_eq(n, 20);
    ck_assert_ptr_nonnull(strstr(world_outcomes(&w), "a:succeeded:1"));
    world_close(&w);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("engine and gate");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, an_approval);
    tcase_add_test(t, a_rejection);
    tcase_add_test(t, silence);
    tcase_add_test(t, tokens);
    tcase_add_test(t, those_who_wait_are_told_of_first);
    tcase_add_test(t, a_cool_down);
    tcase_add_test(t, budgets_ask);
    tcase_add_test(t, the_kill_switch);
    tcase_add_test(t, a_pause_between_two_attempts);
    tcase_add_test(t, a_retry_looks_again);
    tcase_add_loop_test(t, a_refusal_takes_nothing, 0, CAUSES * STATES);
    tcase_add_test(t, a_refusal_among_very_many_rules);
    tcase_add_loop_test(t, a_refusal_takes_nothing_over_a_restart, 0, 2 * STATES);
    tcase_add_test(t, a_duplicate_is_done_once);
    tcase_add_test(t, an_undo_at_its_time);
    tcase_add_test(t, an_undo_before_its_time);
    tcase_add_test(t, an_undo_by_hand_where_none_was_planned);
    tcase_add_test(t, undos_that_fail);
    tcase_add_test(t, freed_with_undos_to_come);
    tcase_add_test(t, dead_letters);
    tcase_add_test(t, cancelled);
    tcase_add_test(t, cancelled_on_its_way);
    tcase_add_test(t, a_required_review);
    tcase_add_test(t, a_breaker);
    tcase_add_test(t, an_open_breaker_fails_those_who_cannot_wait);
    tcase_add_test(t, retries_are_no_storm);
    tcase_add_test(t, types_that_block);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return fir_test_run(suite());
}
