/* SPDX-License-Identifier: Apache-2.0 */
/* Who may call the engine when, what it refuses, and what it does when memory runs out. */
#include <check.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/failing.h"
#include "support/suite.h"
#include "support/world.h"

static world w;

#define ONE "- rule: R\n  condition: proc.name = sh\n  actions: [{action: a, use: 'test:idempotent'}]\n"

static void setup(void)
{
    world_open(&w, ONE, NULL);
}

static void teardown(void)
{
    world_close(&w);
}

static int make(fir_engine_options o)
{
    fir_engine *g = (fir_engine *)1;
    fir_error err = {0};
    int rc = fir_engine_new(&o, w.catalog, w.playbook, &g, &err);
    ck_assert_int_eq(err.code, rc);
    if (rc == 0) {
        fir_engine_free(g);
    } else {
        ck_assert_ptr_null(g);
    }
    return rc;
}

START_TEST(options_are_checked)
{
    fir_engine_options o = {.size = sizeof o, .transport = &w.fake.transport};
    ck_assert_int_eq(make(o), 0);
    o.flags = 8;
    ck_assert_int_eq(make(o), FIR_EINVAL);
    o.flags = 0;
    o.attempt_timeout_ns = -1;
    ck_assert_int_eq(make(o), FIR_EINVAL);
    o.attempt_timeout_ns = 0;
    o.size = 8;
    ck_assert_int_eq(make(o), FIR_EINVAL);
    o.size = sizeof o;
    fir_transport half = w.fake.transport;
    half.next = NULL;
    o.transport = &half;
    ck_assert_int_eq(make(o), FIR_EINVAL);
    fir_clock stopped = {.size = sizeof stopped};
    o.transport = &w.fake.transport;
    o.clock = &stopped;
    ck_assert_int_eq(make(o), FIR_EINVAL);
    ck_assert_int_eq(w.fake.destroyed, 1); /* only the engine that was made took the transport */
    fir_engine *g;
    ck_assert_int_eq(fir_engine_new(NULL, NULL, NULL, &g, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_engine_new(NULL, NULL, w.playbook, NULL, NULL), FIR_EINVAL);
    fir_engine_free(NULL);
}
END_TEST

START_TEST(the_transport_ends_with_the_engine)
{
    fir_engine_options o = {.size = sizeof o, .transport = &w.fake.transport};
    w.fake.destroyed = 0;
    ck_assert_int_eq(make(o), 0);
    ck_assert_int_eq(w.fake.destroyed, 1);
}
END_TEST

static int nothing(void *self, fir_call *c)
{
    (void)self;
    (void)c;
    return FIR_CALL_DONE;
}

START_TEST(types_are_registered_once_and_early)
{
    fir_action_type t = {.size = sizeof t, .name = "test:mute", .advance = nothing};
    fir_action_type no_such = t, taken = t, builtin = t, blocks = t, empty = t, unknown = t;
    no_such.name = "test:none";
    taken.name = "test:keyed";
    builtin.name = "http:webhook";
    blocks.flags = FIR_ACTION_BLOCKS;
    empty.advance = NULL;
    unknown.flags = 2;
    ck_assert_int_eq(fir_engine_register(w.engine, &no_such, NULL, NULL), FIR_ENOTFOUND);
    ck_assert_int_eq(fir_engine_register(w.engine, &taken, NULL, NULL), FIR_ESTATE);
    ck_assert_int_eq(fir_engine_register(w.engine, &builtin, NULL, NULL), FIR_ESTATE);
    ck_assert_int_eq(fir_engine_register(w.engine, &blocks, NULL, NULL), 0);
    ck_assert_int_eq(fir_engine_register(w.engine, &empty, NULL, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_engine_register(w.engine, &unknown, NULL, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_engine_register(w.engine, NULL, NULL, NULL), FIR_EINVAL);
    world_submit(&w, world_alert);
    ck_assert_int_eq(fir_engine_register(w.engine, &t, NULL, NULL), FIR_ESTATE);
}
END_TEST

START_TEST(wrong_arguments)
{
    fir_buf json;
    uint64_t next;
    ck_assert_int_eq(fir_engine_poll(NULL, 0, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_engine_poll(w.engine, -1, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_engine_submit(NULL, "x", 1, NULL, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_engine_submit(w.engine, NULL, 1, NULL, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_engine_submit(w.engine, NULL, 0, NULL, NULL), 0);
    ck_assert_int_eq(fir_engine_dispatch(w.engine, NULL, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_engine_set_playbook(w.engine, NULL, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_engine_outcomes_json(w.engine, 0, 0, NULL, &json, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_engine_outcomes_json(w.engine, UINT64_MAX, 0, &next, &json, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_engine_poll(w.engine, 0, NULL), FIR_EAGAIN);
}
END_TEST

/* ---- callbacks and threads ---- */

static int inside[5];

static void call_everything(fir_engine *g, int *rc)
{
    fir_buf json;
    uint64_t next;
    const fir_action_type t = {.size = sizeof t, .name = "test:mute", .advance = nothing};
    rc[0] = fir_engine_submit(g, world_alert, strlen(world_alert), NULL, NULL);
    rc[1] = fir_engine_poll(g, 0, NULL);
    rc[2] = fir_engine_outcomes_json(g, 0, 0, &next, &json, NULL);
    rc[3] = fir_engine_set_playbook(g, w.playbook, NULL);
    rc[4] = fir_engine_register(g, &t, NULL, NULL);
}

static void *poll_elsewhere(void *arg)
{
    int *rc = arg;
    *rc = fir_engine_poll(w.engine, 0, NULL);
    return NULL;
}

static int elsewhere;

static int curious(void *self, fir_call *c)
{
    pthread_t t;
    (void)self;
    (void)c;
    call_everything(w.engine, inside);
    ck_assert_int_eq(pthread_create(&t, NULL, poll_elsewhere, &elsewhere), 0);
    pthread_join(t, NULL);
    return FIR_CALL_DONE;
}

START_TEST(an_action_may_not_call_the_engine)
{
    const fir_action_type t = {.size = sizeof t, .name = "test:mute", .advance = curious};
    ck_assert_int_eq(fir_engine_register(w.engine, &t, NULL, NULL), 0);
    fir_playbook *p =
        world_compile(w.catalog, "- rule: R\n  condition: proc.name = sh\n  actions: [{action: a, use: 'test:mute'}]\n");
    ck_assert_int_eq(fir_engine_set_playbook(w.engine, p, NULL), 0);
    fir_playbook_unref(p);
    world_submit(&w, world_alert);
    world_drain(&w);
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(inside[i], FIR_ESTATE);
    }
    ck_assert_int_eq(elsewhere, FIR_EBUSY);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
}
END_TEST

static fir_engine *logged;

static int curious_log(void *user, int32_t level, const char *json, size_t n)
{
    (void)user;
    (void)level;
    (void)json;
    (void)n;
    if (logged != NULL) {
        call_everything(logged, inside);
    }
    return 0;
}

START_TEST(a_log_may_not_call_the_engine)
{
    fir_engine_options o = {.size = sizeof o, .transport = &w.fake.transport, .clock = &w.fake.clock, .log = curious_log};
    fir_engine *g;
    ck_assert_int_eq(fir_engine_new(&o, w.catalog, w.playbook, &g, NULL), 0);
    ck_assert_int_eq(world_register(&w, g), 0);
    logged = g;
    ck_assert_int_eq(fir_engine_submit(g, world_alert, strlen(world_alert), NULL, NULL), 0);
    while (fir_engine_poll(g, 0, NULL) == 0) {
    }
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(inside[i], FIR_ESTATE);
    }
    fir_engine_free(g);
    logged = NULL;
}
END_TEST

START_TEST(a_forked_child_is_refused)
{
    world_submit(&w, world_alert);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        int rc[5];
        bool ok = true;
        call_everything(w.engine, rc);
        for (int i = 0; i < 5; i++) {
            ok = ok && rc[i] == FIR_ESTATE;
        }
        fir_engine_free(w.engine);
        _exit(ok && w.fake.destroyed == 0 ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
}
END_TEST

static void *poll_soon(void *arg)
{
    (void)arg;
    (void)usleep(50000);
    world_drain(&w);
    return NULL;
}

START_TEST(outcomes_can_be_waited_for)
{
    fir_buf json;
    uint64_t next;
    pthread_t t;
    struct timespec from, to;
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    ck_assert_int_eq(fir_engine_outcomes_json(w.engine, 0, 20000000, &next, &json, NULL), 0);
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    ck_assert((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000 >= 19);
    ck_assert_str_eq(json.ptr, "[]");
    fir_buf_dispose(&json);
    world_submit(&w, world_alert);
    ck_assert_int_eq(pthread_create(&t, NULL, poll_soon, NULL), 0);
    ck_assert_int_eq(fir_engine_outcomes_json(w.engine, 0, INT64_C(20000000000), &next, &json, NULL), 0);
    ck_assert_uint_eq(next, 1);
    fir_buf_dispose(&json);
    pthread_join(t, NULL);
}
END_TEST

/* ---- memory ---- */

/* Once memory is back, all that was accepted is done. */
static int drain(fir_engine *g, bool *short_of_memory)
{
    for (int i = 0; i < 2000; i++) {
        int rc = fir_engine_poll(g, INT64_C(1000000000), NULL);
        if (rc == FIR_EAGAIN) {
            return 0;
        }
        ck_assert(rc == 0 || rc == FIR_ENOMEM);
        *short_of_memory = *short_of_memory || rc == FIR_ENOMEM;
    }
    return FIR_ENOMEM;
}

static int work(fir_engine *g)
{
    fir_buf receipts, json;
    uint64_t next;
    bool short_of_memory = false;
    int rc = world_register(&w, g);
    rc = rc != 0 ? rc : fir_engine_submit(g, world_alert, strlen(world_alert), &receipts, NULL);
    if (rc != 0) {
        return rc;
    }
    fir_buf_dispose(&receipts);
    rc = drain(g, &short_of_memory);
    for (int tries = 0; rc == 0; tries++) {
        rc = fir_engine_outcomes_json(g, 0, 0, &next, &json, NULL);
        if (rc == FIR_ENOMEM && tries == 0) {
            rc = 0;
            continue;
        }
        break;
    }
    if (rc == 0) {
        ck_assert_uint_eq(next, 4);
        const char *p = json.ptr;
        for (int i = 0; i < 4; i++) { /* each of the four came to its right end */
            p = strstr(p, i == 3 ? "\"status\":\"skipped\"" : "\"status\":\"succeeded\"");
            ck_assert_msg(p != NULL, "%s", json.ptr);
            p++;
        }
        fir_buf_dispose(&json);
        for (size_t i = 0; i < w.fake.n; i++) {
            ck_assert_str_eq(w.fake.requests[i].body, "\"some output\"");
        }
    }
    return rc;
}

static int all_of_it(void *ctx, const fir_allocator *a)
{
    fir_engine *g;
    (void)ctx;
    fir_engine_options o = {
        .size = sizeof o, .allocator = a, .transport = &w.fake.transport, .clock = &w.fake.clock, .flags = FIR_ENGINE_AS_OF_ALERTS};
    fake_clear(&w.fake);
    memset(w.types, 0, sizeof w.types);
    w.types[WORLD_IDEMPOTENT].output = "some output";
    int rc = fir_engine_new(&o, w.catalog, w.playbook, &g, NULL);
    if (rc == 0) {
        rc = work(g);
        fir_engine_free(g);
    }
    return rc;
}

START_TEST(every_allocation_may_fail)
{
    fir_playbook_unref(w.playbook);
    w.playbook = world_compile(
        w.catalog,
        "- rule: R\n  condition: proc.name = sh\n  actions:\n"
        "    - {action: a, use: 'test:idempotent', parameters: {text: '{{proc.cmdline}}', token: s3cret}}\n"
        "    - {action: b, use: 'http:webhook', parameters: {url: 'https://h.example/', body: '\"{{steps.a.output}}\"'}}\n"
        "    - {action: c, use: 'test:unsafe', when: 'steps.b.status = succeeded'}\n"
        "    - {action: d, use: 'test:unsafe', when: 'steps.b.status = failed'}\n");
    long runs = fir_test_sweep("an alert from submit to outcomes", all_of_it, NULL);
    ck_assert_int_gt(runs, 150);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("calls");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, options_are_checked);
    tcase_add_test(t, the_transport_ends_with_the_engine);
    tcase_add_test(t, types_are_registered_once_and_early);
    tcase_add_test(t, wrong_arguments);
    tcase_add_test(t, an_action_may_not_call_the_engine);
    tcase_add_test(t, a_log_may_not_call_the_engine);
    tcase_add_test(t, a_forked_child_is_refused);
    tcase_add_test(t, outcomes_can_be_waited_for);
    tcase_add_test(t, every_allocation_may_fail);
    Suite *s = suite_create("calls");
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
