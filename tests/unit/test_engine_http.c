/* SPDX-License-Identifier: Apache-2.0 */
/* The engine with its own transport and clock: from a playbook and an alert to what stands in a peer's ledger. */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/peer.h"
#include "support/suite.h"
#include "support/world.h"

static peer *pe;
static fir_catalog *catalog;
static fir_playbook *playbook;
static fir_engine *engine;

static void setup(void)
{
    pe = peer_start();
    world_catalog(&catalog);
}

static void teardown(void)
{
    fir_engine_free(engine);
    engine = NULL;
    fir_playbook_unref(playbook);
    fir_catalog_unref(catalog);
    ck_assert_ptr_null(peer_violation(pe));
    peer_stop(pe);
}

/* An engine with a playbook in which ~ stands for the peer's port. */
static void open_with(const char *yaml, fir_engine_options o)
{
    char text[8000];
    size_t n = 0;
    fir_error err;
    for (const char *p = yaml; *p != '\0'; p++) {
        n += (size_t)(*p == '~' ? snprintf(text + n, sizeof text - n, "%d", peer_port(pe))
                                : snprintf(text + n, sizeof text - n, "%c", *p));
    }
    o.size = sizeof o;
    o.flags |= FIR_ENGINE_AS_OF_ALERTS;
    playbook = world_compile(catalog, text);
    ck_assert_msg(fir_engine_new(&o, catalog, playbook, &engine, &err) == 0, "%s", err.message);
}

static void submit(const char *alert)
{
    fir_error err;
    char *fresh = world_fresh(alert);
    ck_assert_msg(fir_engine_submit(engine, fresh, strlen(fresh), NULL, &err) == 0, "%s", err.message);
    free(fresh);
}

static void drain(void)
{
    fir_error err;
    for (int rc = 0; rc != FIR_EAGAIN;) {
        rc = fir_engine_poll(engine, 10000000, &err);
        ck_assert_msg(rc == 0 || rc == FIR_EAGAIN, "%s", err.message);
    }
}

static char *outcomes(void)
{
    fir_buf json;
    uint64_t next;
    ck_assert_int_eq(fir_engine_outcomes_json(engine, 0, 0, &next, &json, NULL), 0);
    char *text = strdup(json.ptr);
    fir_buf_dispose(&json);
    return text;
}

START_TEST(the_block_that_people_know)
{
    open_with("webhook_output:\n"
              "  enabled: true\n"
              "  url: \"http://127.0.0.1:~/your-webhook\"\n"
              "  custom_headers:\n"
              "    Authorization: \"Bearer your-api-key\"\n"
              "  custom_body: |\n"
              "    {\n"
              "      \"alert\": \"{{output}}\",\n"
              "      \"priority\": \"{{priority}}\",\n"
              "      \"container_id\": \"{{container.id}}\",\n"
              "      \"namespace\": \"{{k8s.ns.name}}\"\n"
              "    }\n",
              (fir_engine_options){0});
    submit(
        "{\"hostname\":\"n\",\"output\":\"09:21:33.123456789: Warning shell \\\"sh -c 'id'\\\"\\n{{priority}}\",\"output_fields\":"
        "{\"container.id\":\"3f2a9c81d0e4\",\"k8s.ns.name\":\"prod\"},\"priority\":\"Warning\",\"rule\":\"R\",\"source\":"
        "\"syscall\",\"time\":\"2026-07-14T09:21:33.123456789Z\"}");
    drain();
    ck_assert_uint_eq(peer_count(pe), 1);
    const peer_request *q = peer_at(pe, 0);
    ck_assert_str_eq(q->method, "POST");
    ck_assert_str_eq(q->target, "/your-webhook");
    ck_assert_str_eq(q->body,
                     "{\n  \"alert\": \"09:21:33.123456789: Warning shell \\\"sh -c 'id'\\\"\\n{{priority}}\",\n  \"priority\": "
                     "\"Warning\",\n  \"container_id\": \"3f2a9c81d0e4\",\n  \"namespace\": \"prod\"\n}\n");
    char *authorization = peer_header(q, "Authorization"), *type = peer_header(q, "Content-Type"),
         *key = peer_header(q, "Idempotency-Key");
    ck_assert_str_eq(authorization, "Bearer your-api-key");
    ck_assert_str_eq(type, "application/json");
    ck_assert_uint_eq(strlen(key), 64);
    char *all = outcomes();
    ck_assert_ptr_nonnull(strstr(all, "\"status\":\"succeeded\""));
    ck_assert_ptr_nonnull(strstr(all, "\"rule\":\"output:webhook\""));
    ck_assert_ptr_nonnull(strstr(all, key));
    ck_assert_ptr_null(strstr(all, "your-api-key"));
    free(all);
    free(authorization);
    free(type);
    free(key);
}
END_TEST

START_TEST(what_passes_is_tried_again)
{
    static const peer_step steps[] = {{.status = 500}, {.raw = "HTTP/1.1 200 OK\r\nContent-Le"}, {.status = 200}};
    peer_script(pe, steps, 3);
    open_with("- rule: R\n  condition: proc.name = sh\n"
              "  actions: [{action: a, use: 'http:webhook', parameters: {url: 'http://127.0.0.1:~/'}}]\n",
              (fir_engine_options){0});
    submit(world_alert);
    drain();
    char *all = outcomes();
    ck_assert_ptr_nonnull(strstr(all, "\"attempts\":3"));
    ck_assert_ptr_nonnull(strstr(all, "\"status\":\"succeeded\""));
    free(all);
    ck_assert_uint_eq(peer_count(pe), 3);
}
END_TEST

START_TEST(forbidden_targets)
{
    open_with("- rule: R\n  condition: proc.name = sh\n  actions:\n"
              "    - {action: a, use: 'http:webhook', ignore_errors: true, parameters: {url: 'http://2130706433:~/'}}\n"
              "    - {action: b, use: 'http:webhook', ignore_errors: true, parameters: {url: 'http://[::ffff:127.0.0.1]:~/', "
              "insecure_http: true}}\n"
              "    - {action: c, use: 'http:webhook', ignore_errors: true, parameters: {url: 'http://8.8.8.8/'}}\n",
              (fir_engine_options){0});
    submit(world_alert);
    drain();
    char *all = outcomes();
    const char *p = all;
    for (int i = 0; i < 3; i++) {
        p = strstr(p, "\"attempts\":1,");
        ck_assert_ptr_nonnull(p);
        p = strstr(p, "\"code\":\"FIR_EDENIED\"");
        ck_assert_ptr_nonnull(p);
    }
    free(all);
    ck_assert_int_eq(peer_connections(pe), 0);
}
END_TEST

START_TEST(connections_are_kept)
{
    open_with("- rule: R\n  condition: proc.name = sh\n"
              "  actions: [{action: a, use: 'http:webhook', parameters: {url: 'http://127.0.0.1:~/'}}]\n",
              (fir_engine_options){0});
    for (int i = 0; i < 300; i++) {
        submit(world_alert);
    }
    drain();
    ck_assert_uint_eq(peer_count(pe), 300);
    ck_assert_int_le(peer_connections(pe), 8);
}
END_TEST

/* ---- threads ---- */

enum { SUBMITTERS = 4, ALERTS = 60 };

static atomic_int submitters_left;

static void *submit_many(void *arg)
{
    (void)arg;
    for (int i = 0; i < ALERTS; i++) {
        submit(world_alert);
        if (i % 10 == 0) {
            ck_assert_int_eq(fir_engine_set_playbook(engine, playbook, NULL), 0);
        }
    }
    atomic_fetch_sub(&submitters_left, 1);
    return NULL;
}

static void *read_outcomes(void *arg)
{
    uint64_t next = 0;
    (void)arg;
    while (next < SUBMITTERS * ALERTS) {
        fir_buf json;
        ck_assert_int_eq(fir_engine_outcomes_json(engine, next, 100000000, &next, &json, NULL), 0);
        fir_buf_dispose(&json);
    }
    return NULL;
}

static int count_log(void *user, int32_t level, const char *json, size_t n)
{
    (void)level;
    (void)json;
    (void)n;
    ++*(int *)user; /* not atomic: the engine calls it from one thread at a time */
    return 0;
}

START_TEST(many_threads_submit_while_one_polls)
{
    pthread_t threads[SUBMITTERS], reader;
    int lines = 0;
    open_with(
        "- rule: R\n  condition: proc.name = sh\n"
        "  actions: [{action: a, use: 'http:webhook', parameters: {url: 'http://127.0.0.1:~/', body: '\"{{proc.name}}\"'}}]\n",
        (fir_engine_options){.log = count_log, .log_user = &lines});
    atomic_store(&submitters_left, SUBMITTERS);
    for (int i = 0; i < SUBMITTERS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, submit_many, NULL), 0);
    }
    ck_assert_int_eq(pthread_create(&reader, NULL, read_outcomes, NULL), 0);
    while (atomic_load(&submitters_left) != 0) {
        int rc = fir_engine_poll(engine, 50000000, NULL);
        ck_assert(rc == 0 || rc == FIR_EAGAIN);
    }
    drain();
    for (int i = 0; i < SUBMITTERS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_join(reader, NULL);
    ck_assert_uint_eq(peer_count(pe), SUBMITTERS * ALERTS);
    ck_assert_int_eq(lines, SUBMITTERS * ALERTS + 1);
}
END_TEST

static void *submit_late(void *arg)
{
    (void)arg;
    struct timespec t = {0, 50000000};
    (void)nanosleep(&t, NULL);
    submit(world_alert);
    return NULL;
}

START_TEST(a_submit_ends_the_wait_of_a_poll)
{
    pthread_t t;
    struct timespec from, to;
    open_with("- rule: R\n  condition: proc.name = sh\n"
              "  actions: [{action: a, use: 'http:webhook', parameters: {url: 'http://127.0.0.1:~/'}}]\n",
              (fir_engine_options){0});
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    ck_assert_int_eq(pthread_create(&t, NULL, submit_late, NULL), 0);
    ck_assert_int_eq(fir_engine_poll(engine, INT64_C(30000000000), NULL), 0);
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    ck_assert_int_lt(to.tv_sec - from.tv_sec, 10);
    pthread_join(t, NULL);
    drain();
    ck_assert_uint_eq(peer_count(pe), 1);
}
END_TEST

START_TEST(freed_while_requests_are_on_their_way)
{
    static const peer_step slow = {.delay_ms = 20000};
    peer_script(pe, &slow, 1);
    open_with("- rule: R\n  condition: proc.name = sh\n"
              "  actions: [{action: a, use: 'http:webhook', parameters: {url: 'http://127.0.0.1:~/'}}]\n",
              (fir_engine_options){0});
    for (int i = 0; i < 20; i++) {
        submit(world_alert);
    }
    for (int i = 0; i < 500 && peer_count(pe) < 8; i++) {
        (void)fir_engine_poll(engine, 10000000, NULL);
    }
    ck_assert_uint_eq(peer_count(pe), 8);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("engine_http");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_block_that_people_know);
    tcase_add_test(t, what_passes_is_tried_again);
    tcase_add_test(t, forbidden_targets);
    tcase_add_test(t, connections_are_kept);
    tcase_add_test(t, many_threads_submit_while_one_polls);
    tcase_add_test(t, a_submit_ends_the_wait_of_a_poll);
    tcase_add_test(t, freed_while_requests_are_on_their_way);
    Suite *s = suite_create("engine_http");
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
