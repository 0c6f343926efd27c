/* SPDX-License-Identifier: Apache-2.0 */
/* lib/engine with a scripted transport and clock: order, failures, retries, refusals, places, what is said and what is not. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "support/suite.h"
#include "support/world.h"

static world w;

#define RULE "- rule: R\n  condition: proc.name = sh\n"

static void open_with(const char *yaml)
{
    world_open(&w, yaml, NULL);
}

static void close_it(void)
{
    world_close(&w);
}

static void run_one(const char *yaml)
{
    open_with(yaml);
    world_submit(&w, world_alert);
    world_drain(&w);
}

/* ---- the way of one alert ---- */

START_TEST(a_webhook)
{
    run_one(RULE "  actions:\n"
                 "    - action: Tell\n"
                 "      use: http:webhook\n"
                 "      parameters:\n"
                 "        url: https://hook.example/in\n"
                 "        headers: {X-Pod: '{{k8s.pod.name}}'}\n"
                 "        body: '{\"cmd\": \"{{proc.cmdline}}\"}'\n");
    ck_assert_str_eq(world_outcomes(&w), "tell:succeeded:1");
    ck_assert_uint_eq(w.fake.n, 1);
    const fake_request *q = &w.fake.requests[0];
    ck_assert_str_eq(q->method, "POST");
    ck_assert_str_eq(q->url, "https://hook.example/in");
    ck_assert_str_eq(q->body, "{\"cmd\": \"sh -c \\\"id\\\"\"}");
    ck_assert_int_eq(q->timeout_ns, 10 * FIR__SECOND);
    ck_assert_uint_eq(q->max_response, 1 << 20);
    ck_assert_uint_eq(q->flags, 0);
    char *json = world_json(&w);
    char *id = strstr(json, "\"action_id\":\"");
    ck_assert_ptr_nonnull(id);
    char want[300];
    (void)snprintf(want, sizeof want,
                   "X-Pod: web-0\nIdempotency-Key: %.64s\nUser-Agent: falcoir/%s\nContent-Type: application/json\n", id + 13,
                   fir_version_string());
    ck_assert_str_eq(q->head, want);
    free(json);
    close_it();
}
END_TEST

START_TEST(an_outcome_byte_for_byte)
{
    static const fake_answer a = {.status = 503, .body = "busy", .delay_ns = 5};
    open_with(RULE
              "  actions: [{action: Tell, use: 'http:webhook', retry: {attempts: 1}, parameters: {url: 'https://h.example/'}}]\n");
    w.fake.script = &a;
    w.fake.n_script = 1;
    world_submit(&w, world_alert);
    world_drain(&w);
    char *json = world_json(&w);
    char want[1000];
    char *action = strstr(json, "\"action_id\":\""), *event = strstr(json, "\"event\":{\"id\":\"");
    ck_assert(action != NULL && event != NULL);
    (void)snprintf(want, sizeof want,
                   "[{\"action_id\":\"%.64s\",\"attempts\":1,\"duration\":5,\"error\":{\"code\":\"FIR_EACTION\",\"message\":\"the "
                   "server answered 503\"},\"event\":{\"id\":\"%.64s\",\"priority\":\"Warning\",\"rule\":\"Terminal shell in "
                   "container\",\"source\":\"syscall\",\"time\":\"2026-07-14T09:21:33.123456789Z\"},\"response\":{\"bytes\":4,"
                   "\"status\":503},\"rule\":\"R\",\"seq\":1,\"status\":\"failed\",\"step\":\"tell\",\"use\":\"http:webhook\"}]",
                   action + 13, event + 15);
    ck_assert_str_eq(json, want);
    free(json);
    close_it();
}
END_TEST

START_TEST(one_receipt_an_alert)
{
    open_with(RULE "  actions: [{action: a, use: 'test:keyed'}]\n");
    char text[4000];
    (void)snprintf(text, sizeof text, "%s\n{\"rule\":\"other\",\"priority\":\"Debug\",\"output\":\"x\"}\n{\"broken\n%s\n",
                   world_alert, world_alert);
    fir_buf receipts;
    fir_error err;
    ck_assert_int_eq(fir_engine_submit(w.engine, text, strlen(text), &receipts, &err), 0);
    char *lines[4], *p = receipts.ptr;
    for (int i = 0; i < 4; i++) {
        lines[i] = strsep(&p, "\n");
        ck_assert_ptr_nonnull(lines[i]);
    }
    ck_assert_str_eq(p, "");
    ck_assert_int_eq(strncmp(lines[0], "{\"event\":{\"id\":\"", 16), 0);
    ck_assert_ptr_nonnull(strstr(lines[0], "\"line\":1,\"status\":\"accepted\"}"));
    ck_assert_str_eq(lines[1], "{\"event\":{\"priority\":\"Debug\",\"rule\":\"other\"},\"line\":2,\"status\":\"no_match\"}");
    ck_assert_ptr_nonnull(strstr(lines[2], "{\"error\":{\"code\":\"FIR_EPARSE\",\"message\":\""));
    ck_assert_ptr_nonnull(strstr(lines[2], "\"line\":3,\"status\":\"refused\"}"));
    ck_assert_ptr_nonnull(strstr(lines[3], "\"line\":4,\"status\":\"duplicate\"}"));
    fir_buf_dispose(&receipts);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), ":duplicate:0 a:succeeded:1");
    close_it();
}
END_TEST

START_TEST(the_event_reaches_a_host_type)
{
    run_one(RULE "  actions: [{action: a, use: 'test:keyed'}]\n");
    ck_assert_int_eq(strncmp(w.types[WORLD_KEYED].event, "{\"hostname\":\"node-1\",\"output\":", 30), 0);
    close_it();
}
END_TEST

START_TEST(a_plan_made_before)
{
    open_with(RULE "  actions: [{action: a, use: 'test:keyed', parameters: {text: '{{proc.name}}'}}]\n");
    fir_evaluator *x;
    fir_event *e;
    fir_plan *pl;
    ck_assert_int_eq(fir_evaluator_new(NULL, &x, NULL), 0);
    ck_assert_int_eq(fir_event_new(NULL, &e, NULL), 0);
    ck_assert_int_eq(fir_event_parse(e, world_alert, strlen(world_alert), NULL, NULL), 0);
    ck_assert_int_eq(fir_evaluate(x, w.playbook, e, 0, &pl, NULL), 0);
    ck_assert_int_eq(fir_engine_dispatch(w.engine, pl, NULL), 0);
    fir_plan_free(pl); /* the engine has its own reference */
    fir_event_free(e);
    fir_evaluator_free(x);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    ck_assert_str_eq(w.types[WORLD_KEYED].seen, "sh");
    ck_assert_int_eq(strncmp(w.types[WORLD_KEYED].event, "{\"hostname\":\"node-1\",", 21), 0);
    close_it();
}
END_TEST

/* ---- order and failures ---- */

#define THREE_STEPS                                                                                                                \
    RULE "  actions:\n"                                                                                                            \
         "    - {action: a, use: 'test:idempotent'}\n"                                                                             \
         "    - {action: b, use: 'test:keyed'}\n"                                                                                  \
         "    - {action: c, use: 'test:read'}\n"                                                                                   \
         "  on_failure: [{action: f, use: 'test:unsafe'}]\n"

START_TEST(steps_in_order)
{
    run_one(THREE_STEPS);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1 b:succeeded:1 c:succeeded:1");
    close_it();
}
END_TEST

START_TEST(a_failure_ends_the_steps_and_begins_on_failure)
{
    open_with(THREE_STEPS);
    w.types[WORLD_KEYED] = (world_type){.fail = FIR_EACTION, .fail_times = -1, .final = 1};
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1 b:failed:1 c:skipped:0 f:succeeded:1");
    ck_assert_str_eq(world_error(&w, 2), "an earlier step failed");
    ck_assert_int_eq(w.types[WORLD_READ].advanced, 0);
    close_it();
}
END_TEST

START_TEST(ignored_errors_do_not_count)
{
    open_with(RULE "  actions:\n"
                   "    - {action: a, use: 'test:idempotent', ignore_errors: true}\n"
                   "    - {action: b, use: 'test:keyed', when: 'steps.a.status = failed'}\n"
                   "    - {action: c, use: 'test:read', when: 'steps.a.status = succeeded'}\n"
                   "  on_failure: [{action: f, use: 'test:unsafe'}]\n");
    w.types[WORLD_IDEMPOTENT] = (world_type){.fail = FIR_EACTION, .fail_times = -1, .final = 1};
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:failed:1 b:succeeded:1 c:skipped:0");
    ck_assert_str_eq(world_error(&w, 2), "its `when` is false");
    close_it();
}
END_TEST

START_TEST(continue_false_is_the_last)
{
    run_one(RULE "  actions:\n"
                 "    - {action: a, use: 'test:idempotent', continue: false}\n"
                 "    - {action: b, use: 'test:keyed'}\n"
                 "  on_failure: [{action: f, use: 'test:unsafe'}]\n");
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1 b:skipped:0");
    ck_assert_str_eq(world_error(&w, 1), "an earlier step was the last (continue: false)");
    close_it();
}
END_TEST

START_TEST(later_steps_read_earlier_ones)
{
    open_with(
        RULE
        "  actions:\n"
        "    - {action: a, use: 'test:idempotent'}\n"
        "    - {action: b, use: 'test:keyed', parameters: {text: 'got {{steps.a.output}} {{steps.a.status}}'}}\n"
        "    - action: c\n"
        "      use: http:webhook\n"
        "      parameters: {url: 'https://h.example/', body: '{\"out\": \"{{steps.a.output}}\", \"raw\": {{steps.a.status}}}'}\n"
        "    - {action: d, use: 'test:read', when: 'steps.a.output contains two and proc.name = sh'}\n"
        "    - {action: e, use: 'test:read', when: 'steps.a.output contains two and proc.name = bash'}\n"
        "    - {action: g, use: 'test:read', when: 'steps.c.output = ok'}\n");
    w.types[WORLD_IDEMPOTENT].output = "one\"{{steps.b.output}}two";
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1 b:succeeded:1 c:succeeded:1 d:succeeded:1 e:skipped:0 g:succeeded:1");
    ck_assert_str_eq(w.types[WORLD_KEYED].seen, "got one\"{{steps.b.output}}two succeeded");
    ck_assert_str_eq(w.fake.requests[0].body, "{\"out\": \"one\\\"{{steps.b.output}}two\", \"raw\": \"succeeded\"}");
    ck_assert_str_eq(world_error(&w, 4), "its `when` is false for this alert");
    close_it();
}
END_TEST

/* What can only be judged of the whole text is judged again when a step has filled it in. */
static const struct {
    const char *parameter, *output, *outcome;
} filled[] = {
    {"arg: '{{steps.a.output}}'", "-rf", "b:failed:1"},      {"arg: '{{steps.a.output}}'", "a-rf", "b:succeeded:1"},
    {"arg: 'x{{steps.a.output}}'", "-rf", "b:succeeded:1"},  {"arg: '{{proc.name}}{{steps.a.output}}'", "-rf", "b:succeeded:1"},
    {"pod: 'web-{{steps.a.output}}'", "1", "b:succeeded:1"}, {"pod: 'web-{{steps.a.output}}'", "A/../b", "b:failed:1"},
    {"pod: 'web-{{steps.a.output}}'", "1-", "b:failed:1"},
};

START_TEST(filled_texts_are_judged_as_a_whole)
{
    char yaml[512], want[64];
    snprintf(yaml, sizeof yaml,
             RULE "  actions:\n    - {action: a, use: 'test:idempotent'}\n"
                  "    - {action: b, use: 'test:keyed', parameters: {%s}}\n",
             filled[_i].parameter);
    open_with(yaml);
    w.types[WORLD_IDEMPOTENT].output = filled[_i].output;
    world_submit(&w, world_alert);
    world_drain(&w);
    snprintf(want, sizeof want, "a:succeeded:1 %s", filled[_i].outcome);
    ck_assert_str_eq(world_outcomes(&w), want);
    ck_assert_int_eq(w.types[WORLD_KEYED].advanced, strcmp(filled[_i].outcome, "b:succeeded:1") == 0);
    close_it();
}
END_TEST

START_TEST(notifiers_come_last_whatever_happened)
{
    open_with(RULE "  actions: [{action: a, use: 'test:idempotent'}]\n"
                   "  on_failure: [{action: f, use: 'test:unsafe'}]\n"
                   "  notifiers: [hook]\n");
    fir_playbook_unref(w.playbook);
    fir_compiler *k;
    static const char outputs[] = "outputs:\n  - {name: hook, use: 'http:webhook', url: 'https://h.example/'}\n";
    static const char rules[] = RULE "  actions: [{action: a, use: 'test:idempotent'}]\n"
                                     "  on_failure: [{action: f, use: 'test:unsafe'}]\n"
                                     "  notifiers: [hook]\n";
    ck_assert_int_eq(fir_compiler_new(w.catalog, NULL, &k, NULL), 0);
    ck_assert_int_eq(fir_compiler_add(k, "o.yaml", outputs, sizeof outputs - 1, NULL), 0);
    ck_assert_int_eq(fir_compiler_add(k, "r.yaml", rules, sizeof rules - 1, NULL), 0);
    ck_assert_int_eq(fir_compiler_build(k, &w.playbook, NULL), 0);
    fir_compiler_free(k);
    ck_assert_int_eq(fir_engine_set_playbook(w.engine, w.playbook, NULL), 0);
    w.types[WORLD_IDEMPOTENT] = (world_type){.fail = FIR_EACTION, .fail_times = -1, .final = 1};
    world_submit(&w, world_alert);
    world_drain(&w);
    const char *all = world_outcomes(&w);
    ck_assert_int_eq(strncmp(all, "a:failed:1 f:succeeded:1 ", 25), 0);
    ck_assert_uint_eq(w.fake.n, 1);
    close_it();
}
END_TEST

START_TEST(another_playbook_from_now_on)
{
    open_with(RULE "  actions: [{action: a, use: 'test:idempotent'}]\n");
    world_submit(&w, world_alert);
    fir_playbook *p = world_compile(w.catalog, RULE "  actions: [{action: b, use: 'test:idempotent'}]\n");
    ck_assert_int_eq(fir_engine_set_playbook(w.engine, p, NULL), 0);
    fir_playbook_unref(p);
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1 b:succeeded:1");
    close_it();
}
END_TEST

/* ---- refusals and dry runs ---- */

static const struct {
    const char *yaml, *outcomes, *error;
    uint32_t flags;
} quiet[] = {
    {RULE "  threshold: {count: 3, within: 1m, by: [proc.name]}\n  actions: [{action: a, use: 'test:keyed'}]\n",
     ":below_threshold:0", "the rule's threshold is not reached", 0},
    {RULE "  sequence: [{rule: Other, within: 1m}]\n  actions: [{action: a, use: 'test:keyed'}]\n", ":below_threshold:0",
     "the rule's sequence did not come before", 0},
    {RULE "  require_approval: true\n  actions: [{action: a, use: 'test:keyed'}]\n", ":needs_approval:0",
     "the rule requires approval", 0},
    {RULE "  actions: [{action: a, use: 'test:keyed', undo_after: 5m}]\n", "a:refused:0",
     "the step has undo_after, and its type cannot undo", 0},
    {RULE "  actions: [{action: a, use: 'test:mute'}]\n", "a:refused:0", "no functions were registered for the type", 0},
    {RULE "  actions: [{action: a, use: 'kubernetes:event'}]\n", "a:refused:0", "the type does not work in this version", 0},
    {RULE "  actions: [{action: a, use: 'test:keyed'}]\n", "a:would_run:0", "", FIR_ENGINE_DRY_RUN},
    {RULE
     "  dry_run: true\n  actions: [{action: a, use: 'test:keyed'}, {action: b, use: 'test:keyed', when: 'steps.a.status = x'}]\n",
     "a:would_run:0 b:would_run:0", "", 0},
    {RULE "  actions: [{action: a, use: 'test:keyed', when: 'proc.name = bash'}]\n", "a:skipped:0",
     "its `when` is false for this alert", FIR_ENGINE_DRY_RUN},
    /* What this engine cannot do is no hindrance to doing nothing; what cannot be planned is. */
    {RULE "  actions: [{action: a, use: 'test:mute'}]\n", "a:would_run:0", "", FIR_ENGINE_DRY_RUN},
    {RULE "  require_approval: true\n  once_per: {window: 10m}\n  actions: [{action: a, use: 'kubernetes:event'}]\n",
     "a:would_run:0", "", FIR_ENGINE_DRY_RUN},
    {RULE "  dry_run: true\n  threshold: {count: 1, within: 1m}\n  actions: [{action: a, use: 'test:keyed', undo_after: 5m}]\n",
     "a:would_run:0", "", 0},
    {RULE "  actions: [{action: a, use: 'test:keyed', parameters: {text: '{{no.such | required}}'}}]\n", "a:refused:0",
     "no.such is required, and the alert does not have it", FIR_ENGINE_DRY_RUN},
};

START_TEST(nothing_is_done)
{
    fir_engine_options o = {.size = sizeof o, .flags = quiet[_i].flags};
    world_open(&w, quiet[_i].yaml, &o);
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), quiet[_i].outcomes);
    ck_assert_str_eq(world_error(&w, 0), quiet[_i].error);
    ck_assert_int_eq(w.types[WORLD_KEYED].advanced + w.types[WORLD_KEYED].prepared, 0);
    ck_assert_uint_eq(w.fake.n, 0);
    close_it();
}
END_TEST

START_TEST(text_alerts_drive_nothing_destructive)
{
    open_with("- rule: R\n  match_all: true\n  actions: [{action: d, use: 'test:destroy'}, {action: a, use: 'test:keyed'}]\n"
              "- rule: S\n  match_all: true\n  actions: [{action: a, use: 'test:keyed'}]\n");
    world_submit(&w, "09:21:33.123456789: Warning A shell was spawned (user=root shell=sh)\n");
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "d:refused:0 a:skipped:0 a:succeeded:1");
    ck_assert_int_eq(w.types[WORLD_DESTROY].advanced, 0);
    close_it();
}
END_TEST

/* A regular expression that hits its bound leaves the rule undecided: notices go, what is destructive does not. */
START_TEST(undecided_rules)
{
    static const char alert[] = "{\"rule\":\"x\",\"priority\":\"Warning\",\"output\":\"x\",\"output_fields\":{\"proc.cmdline\":"
                                "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}}";
    static const struct {
        const char *key, *want;
    } c[] = {{"", ":needs_approval:0 a:succeeded:1"},
             {"  on_undecided: act\n", "a:succeeded:1 d:succeeded:1"},
             {"  on_undecided: ask\n", ":needs_approval:0"},
             {"  on_undecided: skip\n", ""}};
    for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
        char yaml[500];
        (void)snprintf(yaml, sizeof yaml,
                       "- rule: R\n  condition: proc.cmdline regex '(a|aa)*[bc]'\n%s  actions: [{action: a, use: 'test:keyed'}, "
                       "{action: d, use: 'test:destroy'}]\n",
                       c[i].key);
        open_with(yaml);
        world_submit(&w, alert);
        world_drain(&w);
        ck_assert_msg(strcmp(world_outcomes(&w), c[i].want) == 0, "%s: %s", c[i].key, world_outcomes(&w));
        close_it();
    }
}
END_TEST

START_TEST(valid_for)
{
    open_with(RULE "  valid_for: 2s\n  actions: [{action: a, use: 'test:keyed'}]\n");
    world_submit(&w, world_alert);
    w.fake.now_ns += 2 * FIR__SECOND;
    world_drain(&w);
    world_submit(&w, world_alert);
    w.fake.now_ns += 2 * FIR__SECOND + 1;
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1 a:expired:0");
    ck_assert_str_eq(world_error(&w, 1), "the rule's valid_for was over before the step could begin");
    close_it();
}
END_TEST

/* ---- attempts ---- */

#define HOOK "{action: a, use: 'http:webhook', parameters: {url: 'https://h.example/'}}"

static void run_script(const char *yaml, const fake_answer *script, size_t n)
{
    open_with(yaml);
    w.fake.script = script;
    w.fake.n_script = n;
    world_submit(&w, world_alert);
    world_drain(&w);
}

START_TEST(passing_failures_are_tried_again)
{
    static const fake_answer script[] = {{.status = 500}, {.code = FIR_ETIMEOUT}, {.status = 200}};
    run_script(RULE "  actions: [" HOOK "]\n", script, 3);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:3");
    ck_assert(w.fake.requests[1].at_ns - w.fake.requests[0].at_ns <= FIR__SECOND);
    ck_assert(w.fake.requests[2].at_ns - w.fake.requests[1].at_ns <= 2 * FIR__SECOND);
    ck_assert_str_eq(w.fake.requests[0].head, w.fake.requests[2].head); /* the same key each time */
    close_it();
}
END_TEST

START_TEST(attempts_are_bounded)
{
    static const fake_answer script = {.status = 503};
    run_script(RULE "  actions: [" HOOK "]\n", &script, 1);
    ck_assert_str_eq(world_outcomes(&w), "a:failed:3");
    ck_assert_str_eq(world_error(&w, 0), "the server answered 503");
    close_it();
    run_script(RULE
               "  actions: [{action: a, use: 'http:webhook', retry: {attempts: 5}, parameters: {url: 'https://h.example/'}}]\n",
               &script, 1);
    ck_assert_str_eq(world_outcomes(&w), "a:failed:5");
    close_it();
}
END_TEST

static const struct {
    fake_answer answer;
    const char *error;
} final_answers[] = {
    {{.status = 400}, "the server answered 400"},
    {{.status = 401}, "the server answered 401"},
    {{.status = 404}, "the server answered 404"},
    {{.status = 409}, "the server answered 409"},
    {{.status = 410}, "the server answered 410"},
    {{.status = 302}, "the server answered 302: redirects are not followed; use the address that it leads to"},
    {{.code = FIR_EDENIED, .message = "no"}, "no"},
    {{.code = FIR_ELIMIT, .message = "large"}, "large"},
    {{.refuse_start = FIR_EDENIED}, "not to be started"},
};

START_TEST(final_failures_are_not)
{
    run_script(RULE "  actions: [" HOOK "]\n", &final_answers[_i].answer, 1);
    ck_assert_str_eq(world_outcomes(&w), "a:failed:1");
    ck_assert_str_eq(world_error(&w, 0), final_answers[_i].error);
    ck_assert_uint_eq(w.fake.n, 1);
    close_it();
}
END_TEST

START_TEST(retry_after_is_kept_to)
{
    static const fake_answer script[] = {{.status = 429, .header = "Retry-After", .value = "7"}, {.status = 200}};
    run_script(RULE "  actions: [" HOOK "]\n", script, 2);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:2");
    ck_assert_int_eq(w.fake.requests[1].at_ns - w.fake.requests[0].at_ns, 7 * FIR__SECOND);
    close_it();
}
END_TEST

START_TEST(no_attempt_behind_the_deadline)
{
    static const fake_answer script[] = {{.status = 429, .header = "Retry-After", .value = "30"}, {.status = 200}};
    run_script(RULE "  actions: [{action: a, use: 'http:webhook', timeout: 20s, parameters: {url: 'https://h.example/'}}]\n",
               script, 2);
    ck_assert_str_eq(world_outcomes(&w), "a:failed:1");
    ck_assert_str_eq(world_error(&w, 0), "the server answered 429; no time is left for another attempt");
    close_it();
}
END_TEST

START_TEST(timeouts)
{
    static const fake_answer script = {.delay_ns = 1};
    run_script(RULE "  actions:\n"
                    "    - {action: a, use: 'http:webhook', timeout: 3s, parameters: {url: 'https://h.example/'}}\n"
                    "    - {action: b, use: 'http:webhook', parameters: {url: 'https://h.example/', timeout: 2s}}\n"
                    "    - {action: c, use: 'http:webhook', timeout: 1s, parameters: {url: 'https://h.example/', timeout: 2s}}\n",
               &script, 1);
    ck_assert_int_eq(w.fake.requests[0].timeout_ns, 3 * FIR__SECOND);
    ck_assert_int_eq(w.fake.requests[1].timeout_ns, 2 * FIR__SECOND);
    ck_assert_int_eq(w.fake.requests[2].timeout_ns, FIR__SECOND);
    close_it();
}
END_TEST

/* An action whose repeat could do harm: only what surely reached nobody is tried again. */
START_TEST(unsafe_actions_are_not_repeated)
{
    static const struct {
        fake_answer first;
        const char *want;
    } c[] = {
        {{.code = FIR_ETIMEOUT}, "a:failed:1"},
        {{.code = FIR_ETRANSPORT}, "a:failed:1"},
        {{.code = FIR_ETRANSPORT, .not_sent = 1}, "a:succeeded:2"},
        {{.code = FIR_ETIMEOUT, .not_sent = 1}, "a:succeeded:2"},
    };
    for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
        const fake_answer script[] = {c[i].first, {.status = 200}};
        open_with(RULE "  actions: [{action: a, use: 'test:unsafe'}]\n");
        w.types[WORLD_UNSAFE].requests = 1;
        w.fake.script = script;
        w.fake.n_script = 2;
        world_submit(&w, world_alert);
        for (int k = 0; k < 3; k++) {
            (void)fir_engine_poll(w.engine, 0, NULL);
            w.types[WORLD_UNSAFE].advanced = k == 0 ? 0 : w.types[WORLD_UNSAFE].advanced;
        }
        world_drain(&w);
        ck_assert_msg(strncmp(world_outcomes(&w), c[i].want, 10) == 0, "%zu: %s", i, world_outcomes(&w));
        close_it();
    }
}
END_TEST

START_TEST(prepare_goes_first)
{
    open_with(RULE "  actions: [{action: a, use: 'test:idempotent'}]\n");
    w.types[WORLD_IDEMPOTENT].prepare_requests = 2;
    w.types[WORLD_IDEMPOTENT].requests = 2;
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    ck_assert_int_eq(w.types[WORLD_IDEMPOTENT].prepared, 3);
    ck_assert_int_eq(w.types[WORLD_IDEMPOTENT].advanced, 3);
    ck_assert_uint_eq(w.fake.n, 4);
    close_it();
}
END_TEST

START_TEST(requests_of_one_attempt_are_bounded)
{
    open_with(RULE "  actions: [{action: a, use: 'test:idempotent'}]\n");
    w.types[WORLD_IDEMPOTENT].requests = 1000;
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:failed:1");
    ck_assert_uint_eq(w.fake.n, 32);
    close_it();
}
END_TEST

START_TEST(a_function_with_a_wrong_result)
{
    static const int wrong[] = {7, FIR_CALL_REQUEST};
    for (size_t i = 0; i < 2; i++) {
        open_with(RULE "  actions: [{action: a, use: 'test:idempotent'}]\n");
        w.types[WORLD_IDEMPOTENT].result = wrong[i];
        world_submit(&w, world_alert);
        world_drain(&w);
        ck_assert_str_eq(world_outcomes(&w), "a:failed:1");
        close_it();
    }
}
END_TEST

/* ---- places ---- */

static void submit_many(int n)
{
    size_t len = strlen(world_alert) + 1;
    char *all = malloc((size_t)n * len + 1), *p = all;
    for (int i = 0; i < n; i++) {
        memcpy(p, world_alert, len - 1);
        p[len - 1] = '\n';
        p += len;
    }
    *p = '\0';
    world_submit(&w, all);
    free(all);
}

START_TEST(one_host_gets_eight_at_once)
{
    static const fake_answer script = {.delay_ns = 1000};
    open_with(RULE "  actions: [" HOOK "]\n");
    w.fake.script = &script;
    w.fake.n_script = 1;
    submit_many(100);
    world_drain(&w);
    ck_assert_uint_eq(w.fake.n, 100);
    ck_assert_uint_eq(w.fake.most_in_flight, 8);
    close_it();
}
END_TEST

START_TEST(a_dead_host_delays_nobody)
{
    open_with("- rule: S\n  condition: proc.name = sh\n"
              "  actions: [{action: a, use: 'http:webhook', parameters: {url: 'https://slow.example/'}}]\n"
              "- rule: F\n  condition: proc.name = sh\n"
              "  actions: [{action: b, use: 'http:webhook', parameters: {url: 'https://fast.example/'}}]\n");
    w.fake.slow = "slow";
    submit_many(900);
    for (int i = 0; i < 2000; i++) {
        (void)fir_engine_poll(w.engine, 0, NULL);
    }
    size_t fast = 0;
    for (size_t i = 0; i < w.fake.n; i++) {
        fast += strstr(w.fake.requests[i].url, "fast") != NULL;
    }
    ck_assert_uint_eq(fast, 900);
    ck_assert_uint_eq(w.fake.n, 908);
    close_it(); /* with 900 unfinished */
}
END_TEST

START_TEST(urgent_ones_first)
{
    open_with("- rule: L\n  condition: proc.name = sh\n  urgency: low\n  actions: [{action: a, use: 'test:idempotent'}]\n"
              "- rule: C\n  condition: proc.name = sh\n  urgency: critical\n  actions: [{action: b, use: 'test:idempotent'}]\n"
              "- rule: N\n  condition: proc.name = sh\n  actions: [{action: c, use: 'test:idempotent'}]\n");
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "b:succeeded:1 c:succeeded:1 a:succeeded:1"); /* no urgency is a normal one */
    close_it();
}
END_TEST

/* Those who wait for a place get it also when the one before them ends without using it. */
START_TEST(a_place_not_used_is_handed_on)
{
    static const fake_answer script = {.delay_ns = 5 * FIR__SECOND};
    open_with(RULE "  actions: [{action: a, use: 'http:webhook', timeout: 4s, parameters: {url: 'https://h.example/'}}]\n");
    w.fake.script = &script;
    w.fake.n_script = 1;
    submit_many(50);
    world_drain(&w);
    const char *all = world_outcomes(&w);
    size_t n = 1;
    for (const char *p = all; *p != '\0'; p++) {
        n += *p == ' ';
    }
    ck_assert_uint_eq(n, 50);
    close_it();
}
END_TEST

static const fake_answer in_a_second = {.delay_ns = FIR__SECOND};

static void open_narrow(const char *yaml)
{
    const fir_engine_options o = {.size = sizeof o, .max_in_flight = 1, .flags = FIR_ENGINE_ENV};
    world_open(&w, yaml, &o);
    w.fake.script = &in_a_second;
    w.fake.n_script = 1;
}

/* What can be said of an action without its place is said at once. */
START_TEST(who_waits_is_judged_first)
{
    (void)unsetenv("FIR_TEST_TOKEN");
    open_narrow("- rule: R\n  condition: proc.name = sh\n"
                "  actions: [{action: a, use: 'http:webhook', parameters: {url: 'https://h.example/a'}}]\n"
                "- rule: S\n  condition: proc.name = sh\n"
                "  actions: [{action: b, use: 'http:webhook', parameters: {url: 'https://h.example/b'}}]\n"
                "- rule: T\n  condition: proc.name = sh\n"
                "  actions: [{action: c, use: 'http:webhook', parameters: {url: 'https://h.example/c', headers: "
                "{X-Token: {env: FIR_TEST_TOKEN}}}}]\n");
    world_submit(&w, world_alert);
    (void)fir_engine_poll(w.engine, 0, NULL);
    ck_assert_uint_eq(w.fake.n, 1);
    ck_assert_str_eq(world_outcomes(&w), "c:failed:1");
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "c:failed:1 a:succeeded:1 b:succeeded:1");
    ck_assert_uint_eq(w.fake.most_in_flight, 1);
    close_it();
}
END_TEST

static void write_secret(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    ck_assert(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* What waits holds no secret: it is read again when the place is there. */
START_TEST(who_waits_is_resolved_again)
{
    char path[] = "/tmp/fir-secret-XXXXXX", yaml[400];
    int fd = mkstemp(path);
    ck_assert(fd >= 0 && close(fd) == 0);
    write_secret(path, "CANARY-one");
    (void)snprintf(yaml, sizeof yaml,
                   RULE "  actions: [{action: a, use: 'http:webhook', parameters: {url: 'https://h.example/a', headers: "
                        "{X-Token: {file: '%s'}}}}]\n",
                   path);
    open_narrow(yaml);
    submit_many(2);
    (void)fir_engine_poll(w.engine, 0, NULL);
    ck_assert_uint_eq(w.fake.n, 1);
    write_secret(path, "CANARY-two");
    world_drain(&w);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1 a:succeeded:1");
    ck_assert_uint_eq(w.fake.n, 2);
    ck_assert_ptr_nonnull(strstr(w.fake.requests[0].head, "X-Token: CANARY-one\n"));
    ck_assert_ptr_nonnull(strstr(w.fake.requests[1].head, "X-Token: CANARY-two\n"));
    ck_assert_uint_eq(w.fake.most_in_flight, 1);
    close_it();
}
END_TEST

START_TEST(the_queue_is_bounded)
{
    fir_engine_options o = {.size = sizeof o, .max_queued = 3};
    world_open(&w, RULE "  actions: [{action: a, use: 'test:idempotent'}]\n", &o);
    fir_error err;
    submit_many(2);
    char two[4000];
    (void)snprintf(two, sizeof two, "%s\n%s\n", world_alert, world_alert);
    char *fresh = world_fresh(two);
    ck_assert_int_eq(fir_engine_submit(w.engine, fresh, strlen(fresh), NULL, &err), FIR_EAGAIN);
    submit_many(1);
    ck_assert_int_eq(fir_engine_submit(w.engine, fresh, strlen(fresh), NULL, &err), FIR_EAGAIN);
    ck_assert_int_eq(fir_engine_submit(w.engine, "{broken\n", 8, NULL, &err), FIR_EAGAIN); /* not even read */
    world_drain(&w);
    ck_assert_int_eq(fir_engine_submit(w.engine, "{broken\n", 8, NULL, &err), 0);
    submit_many(1);
    ck_assert_int_eq(fir_engine_submit(w.engine, fresh, strlen(fresh), NULL, &err), 0); /* what was refused is no duplicate */
    free(fresh);
    world_drain(&w);
    ck_assert_int_eq(w.types[WORLD_IDEMPOTENT].advanced, 6); /* nothing of the refused calls */
    close_it();
}
END_TEST

/* ---- outcomes ---- */

START_TEST(a_cursor_over_a_ring)
{
    fir_engine_options o = {.size = sizeof o, .max_outcomes = 100};
    world_open(&w, RULE "  actions: [{action: a, use: 'test:idempotent'}]\n", &o);
    uint64_t next = 77;
    fir_buf json;
    ck_assert_int_eq(fir_engine_outcomes_json(w.engine, 0, 0, &next, &json, NULL), 0);
    ck_assert_str_eq(json.ptr, "[]");
    ck_assert_uint_eq(next, 0);
    fir_buf_dispose(&json);
    submit_many(70);
    world_drain(&w);
    ck_assert_int_eq(fir_engine_outcomes_json(w.engine, 69, 0, &next, &json, NULL), 0);
    ck_assert_ptr_nonnull(strstr(json.ptr, "\"seq\":70,"));
    ck_assert_ptr_null(strstr(json.ptr, "\"seq\":69,"));
    ck_assert_uint_eq(next, 70);
    fir_buf_dispose(&json);
    submit_many(180);
    world_drain(&w);
    ck_assert_int_eq(fir_engine_outcomes_json(w.engine, 70, 0, &next, &json, NULL), 0);
    ck_assert_int_eq(strncmp(json.ptr, "[{\"action_id\"", 13), 0);
    ck_assert_ptr_nonnull(strstr(json.ptr, "\"seq\":151,")); /* 71 to 150 are gone */
    ck_assert_ptr_null(strstr(json.ptr, "\"seq\":150,"));
    ck_assert_uint_eq(next, 250);
    fir_buf_dispose(&json);
    ck_assert_int_eq(fir_engine_outcomes_json(w.engine, 250, 0, &next, &json, NULL), 0);
    ck_assert_str_eq(json.ptr, "[]");
    ck_assert_uint_eq(next, 250);
    fir_buf_dispose(&json);
    close_it();
}
END_TEST

START_TEST(secrets_stay_secret)
{
    ck_assert_int_eq(setenv("FIR_TEST_TOKEN", "CANARY-4711", 1), 0);
    fir_engine_options o = {.size = sizeof o, .flags = FIR_ENGINE_ENV};
    static const fake_answer script[] = {{.status = 500, .body = "you sent CANARY-4711"}, {.status = 200, .body = "CANARY-4711!"}};
    world_open(&w,
               RULE "  actions:\n"
                    "    - action: a\n"
                    "      use: http:webhook\n"
                    "      parameters: {url: 'https://h.example/', headers: {Authorization: {env: FIR_TEST_TOKEN}}}\n"
                    "    - {action: b, use: 'test:keyed', parameters: {text: '{{steps.a.output}}'}}\n"
                    "    - {action: c, use: 'test:unsafe', parameters: {token: {env: FIR_TEST_TOKEN}}}\n",
               &o);
    w.fake.script = script;
    w.fake.n_script = 2;
    w.types[WORLD_UNSAFE] = (world_type){.fail = FIR_EACTION, .fail_times = -1, .final = 1};
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:2 b:succeeded:1 c:failed:1");
    ck_assert_ptr_nonnull(strstr(w.fake.requests[0].head, "Authorization: CANARY-4711\n"));
    ck_assert_str_eq(w.types[WORLD_KEYED].seen, "***!");
    ck_assert_str_eq(world_error(&w, 2), "it failed with ***");
    char *json = world_json(&w);
    ck_assert_ptr_null(strstr(json, "CANARY"));
    free(json);
    ck_assert_ptr_nonnull(w.log);
    ck_assert_ptr_null(strstr(w.log, "CANARY"));
    close_it();
}
END_TEST

START_TEST(a_secret_that_is_not_there)
{
    run_one(RULE "  actions: [{action: c, use: 'test:unsafe', parameters: {token: {env: FIR_TEST_TOKEN}}}]\n");
    ck_assert_str_eq(world_outcomes(&w), "c:failed:1");
    ck_assert_str_eq(world_error(&w, 0),
                     "secret {env: FIR_TEST_TOKEN}: the environment may not be read; the host allows it by FIR_ENGINE_ENV");
    ck_assert_int_eq(w.types[WORLD_UNSAFE].advanced, 0);
    close_it();
}
END_TEST

START_TEST(the_log_is_json)
{
    run_one(RULE "  actions: [{action: a, use: 'test:idempotent'}]\n");
    world_submit(&w, "{\"broken\n");
    ck_assert_ptr_nonnull(strstr(w.log,
                                 "{\"level\":\"info\",\"message\":\"the engine keeps its state in memory: what it accepted and "
                                 "has not done ends with the process\",\"time\":\"2026-"));
    ck_assert_ptr_nonnull(strstr(w.log, "{\"level\":\"info\",\"message\":\"outcome\",\"outcome\":{\"action_id\":"));
    ck_assert_ptr_nonnull(strstr(w.log, "{\"level\":\"warning\",\"message\":\"alert at line 1 refused: "));
    close_it();
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("engine");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, a_webhook);
    tcase_add_test(t, an_outcome_byte_for_byte);
    tcase_add_test(t, one_receipt_an_alert);
    tcase_add_test(t, the_event_reaches_a_host_type);
    tcase_add_test(t, a_plan_made_before);
    tcase_add_test(t, steps_in_order);
    tcase_add_test(t, a_failure_ends_the_steps_and_begins_on_failure);
    tcase_add_test(t, ignored_errors_do_not_count);
    tcase_add_test(t, continue_false_is_the_last);
    tcase_add_test(t, later_steps_read_earlier_ones);
    tcase_add_loop_test(t, filled_texts_are_judged_as_a_whole, 0, sizeof filled / sizeof filled[0]);
    tcase_add_test(t, notifiers_come_last_whatever_happened);
    tcase_add_test(t, another_playbook_from_now_on);
    tcase_add_loop_test(t, nothing_is_done, 0, (int)(sizeof quiet / sizeof quiet[0]));
    tcase_add_test(t, text_alerts_drive_nothing_destructive);
    tcase_add_test(t, undecided_rules);
    tcase_add_test(t, valid_for);
    tcase_add_test(t, passing_failures_are_tried_again);
    tcase_add_test(t, attempts_are_bounded);
    tcase_add_loop_test(t, final_failures_are_not, 0, (int)(sizeof final_answers / sizeof final_answers[0]));
    tcase_add_test(t, retry_after_is_kept_to);
    tcase_add_test(t, no_attempt_behind_the_deadline);
    tcase_add_test(t, timeouts);
    tcase_add_test(t, unsafe_actions_are_not_repeated);
    tcase_add_test(t, prepare_goes_first);
    tcase_add_test(t, requests_of_one_attempt_are_bounded);
    tcase_add_test(t, a_function_with_a_wrong_result);
    tcase_add_test(t, one_host_gets_eight_at_once);
    tcase_add_test(t, a_dead_host_delays_nobody);
    tcase_add_test(t, urgent_ones_first);
    tcase_add_test(t, a_place_not_used_is_handed_on);
    tcase_add_test(t, who_waits_is_judged_first);
    tcase_add_test(t, who_waits_is_resolved_again);
    tcase_add_test(t, the_queue_is_bounded);
    tcase_add_test(t, a_cursor_over_a_ring);
    tcase_add_test(t, secrets_stay_secret);
    tcase_add_test(t, a_secret_that_is_not_there);
    tcase_add_test(t, the_log_is_json);
    Suite *s = suite_create("engine");
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
