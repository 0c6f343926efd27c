/* SPDX-License-Identifier: Apache-2.0 */
/* An engine in many threads: some submit, one polls, some read outcomes, one changes the playbook. Nothing is lost or done twice.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "api/api.h"

enum { SUBMITTERS = 4, READERS = 2, EACH = 100 };

/* A transport that answers at once; the polling thread alone calls it, but for wake. */
typedef struct net {
    uint64_t open[4096];
    size_t n;
    long sent;
    atomic_long wakes;
} net;

static int start(void *self, const fir_http_request *rq, fir_error *err)
{
    net *t = self;
    (void)err;
    if (t->n == sizeof t->open / sizeof t->open[0]) {
        return FIR_EAGAIN;
    }
    t->open[t->n++] = rq->id;
    t->sent++;
    return 0;
}

static int wait_for(void *self, int64_t wait_ns, fir_error *err)
{
    (void)self;
    (void)wait_ns;
    (void)err;
    return 0;
}

static int next_answer(void *self, fir_http_result *out)
{
    net *t = self;
    if (t->n == 0) {
        return FIR_ENOTFOUND;
    }
    *out = (fir_http_result){.size = sizeof *out, .id = t->open[--t->n], .status = 200, .sent = 1, .body = {"ok", 2}};
    return 0;
}

static int wake(void *self)
{
    net *t = self;
    atomic_fetch_add(&t->wakes, 1);
    return 0;
}

static void cancel(void *self, uint64_t id)
{
    (void)self;
    (void)id;
}

static fir_engine *engine;
static fir_playbook *books[2];
static atomic_int submitting, wrong;
static atomic_bool over;
static atomic_long log_lines;

static void demand(bool ok)
{
    if (!ok) {
        atomic_fetch_add(&wrong, 1);
    }
}

/* A callback of the engine may not call the engine. */
static int log_line(void *user, int32_t level, const char *json, size_t n)
{
    (void)user;
    (void)level;
    demand(n > 2 && json[0] == '{' && json[n - 1] == '}');
    if (engine != NULL) {
        demand(fir_engine_poll(engine, 0, NULL) == FIR_ESTATE);
        demand(fir_engine_submit(engine, "", 0, NULL, NULL) == FIR_ESTATE);
    }
    atomic_fetch_add(&log_lines, 1);
    return 0;
}

static void *submit(void *ctx)
{
    char alert[1000];
    int who = (int)(intptr_t)ctx;
    for (int i = 0; i < EACH; i++) {
        int n =
            snprintf(alert, sizeof alert,
                     "{\"output_fields\":{\"proc.name\":\"sh\",\"n\":%d,\"who\":%d},\"priority\":\"Warning\",\"rule\":\"Shell\","
                     "\"time\":\"2026-07-14T09:21:33Z\"}",
                     i, who);
        fir_buf receipts = {NULL, 0, NULL};
        int code;
        while ((code = fir_engine_submit(engine, alert, (size_t)n, &receipts, NULL)) ==
               FIR_EAGAIN) { /* full: the poller is behind */
        }
        demand(code == 0 && strstr(receipts.ptr, "\"accepted\"") != NULL);
        fir_buf_dispose(&receipts);
    }
    atomic_fetch_sub(&submitting, 1);
    return NULL;
}

static void *poll_it(void *ctx)
{
    (void)ctx;
    for (;;) {
        bool last = atomic_load(&submitting) == 0; /* looked at first: what came before it is then seen by the poll */
        int code = fir_engine_poll(engine, 100000, NULL);
        demand(code == 0 || code == FIR_EAGAIN);
        if (last && code == FIR_EAGAIN) {
            return NULL;
        }
    }
}

/* Every outcome is seen by every reader, once and in order. */
static void *read_outcomes(void *ctx)
{
    long *count = ctx;
    uint64_t at = 0, seen = 0;
    for (;;) {
        bool last = atomic_load(&over);
        fir_buf b = {NULL, 0, NULL};
        demand(fir_engine_outcomes_json(engine, at, 1000000, &at, &b, NULL) == 0);
        for (const char *p = b.ptr; (p = strstr(p, "\"seq\":")) != NULL; p++) {
            demand(strtoull(p + 6, NULL, 10) == ++seen);
            (*count)++;
        }
        bool empty = strcmp(b.ptr, "[]") == 0;
        fir_buf_dispose(&b);
        if (last && empty) {
            return NULL;
        }
    }
}

static void *swap(void *ctx)
{
    (void)ctx;
    for (int i = 0; !atomic_load(&over); i++) {
        demand(fir_engine_set_playbook(engine, books[i % 2], NULL) == 0);
    }
    return NULL;
}

/* A second poller is told, and never gets in. */
static void *poll_too(void *ctx)
{
    (void)ctx;
    while (!atomic_load(&over)) {
        int code = fir_engine_poll(engine, 0, NULL);
        demand(code == FIR_EBUSY || code == 0 || code == FIR_EAGAIN);
    }
    return NULL;
}

static void run(bool second_poller)
{
    static const char one[] =
        "- rule: R\n  condition: proc.name = sh\n  actions:\n    - {action: A, use: 'http:webhook', parameters: "
        "{url: 'https://a.example/{{proc.name}}'}}\n";
    static const char two[] =
        "- rule: S\n  condition: proc.name = sh\n  actions:\n    - {action: B, use: 'http:webhook', parameters: "
        "{url: 'https://b.example/', body: '{{event.json}}'}}\n";
    net *t = calloc(1, sizeof *t);
    long counts[READERS] = {0};
    pthread_t submitters[SUBMITTERS], readers[READERS], poller, swapper, other;
    fir_transport transport = {sizeof transport, t, start, wait_for, next_answer, wake, cancel, NULL};
    fir_engine_options o = {
        .size = sizeof o, .transport = &transport, .log = log_line, .max_queued = 50, .flags = FIR_ENGINE_AS_OF_ALERTS};
    books[0] = api_compile(one);
    books[1] = api_compile(two);
    atomic_store(&submitting, SUBMITTERS);
    atomic_store(&over, false);
    engine = NULL;
    API_WORKS(fir_engine_new(&o, NULL, books[0], &engine, &err));
    for (int i = 0; i < READERS; i++) {
        ck_assert_int_eq(pthread_create(&readers[i], NULL, read_outcomes, &counts[i]), 0);
    }
    ck_assert_int_eq(pthread_create(&poller, NULL, second_poller ? poll_too : poll_it, NULL), 0);
    ck_assert_int_eq(pthread_create(&swapper, NULL, swap, NULL), 0);
    if (second_poller) {
        ck_assert_int_eq(pthread_create(&other, NULL, poll_too, NULL), 0);
    }
    for (int i = 0; i < SUBMITTERS; i++) {
        ck_assert_int_eq(pthread_create(&submitters[i], NULL, submit, (void *)(intptr_t)i), 0);
    }
    for (int i = 0; i < SUBMITTERS; i++) {
        ck_assert_int_eq(pthread_join(submitters[i], NULL), 0);
    }
    if (!second_poller) {
        ck_assert_int_eq(pthread_join(poller, NULL), 0);
    }
    atomic_store(&over, true);
    if (second_poller) {
        ck_assert_int_eq(pthread_join(poller, NULL), 0);
        ck_assert_int_eq(pthread_join(other, NULL), 0);
    }
    ck_assert_int_eq(pthread_join(swapper, NULL), 0);
    for (int i = 0; i < READERS; i++) {
        ck_assert_int_eq(pthread_join(readers[i], NULL), 0);
        if (!second_poller) {
            ck_assert_int_eq(counts[i], SUBMITTERS * EACH);
        }
    }
    ck_assert_int_eq(atomic_load(&wrong), 0);
    ck_assert_int_gt(atomic_load(&log_lines), 0);
    ck_assert_int_gt(atomic_load(&t->wakes), 0);
    if (!second_poller) {
        ck_assert_int_eq(t->sent, SUBMITTERS * EACH);
    }
    fir_engine *g = engine;
    engine = NULL;
    fir_engine_free(g);
    fir_playbook_unref(books[0]);
    fir_playbook_unref(books[1]);
    free(t);
}

START_TEST(all_at_once)
{
    run(false);
}
END_TEST

START_TEST(two_pollers)
{
    run(true);
}
END_TEST

/* A reader that waits is woken by an outcome, not by its deadline. */
static void *wait_long(void *ctx)
{
    fir_buf *b = ctx;
    uint64_t next;
    demand(fir_engine_outcomes_json(engine, 0, INT64_C(60000000000), &next, b, NULL) == 0);
    return NULL;
}

START_TEST(a_reader_waits)
{
    static const char yaml[] =
        "- rule: R\n  condition: proc.name = sh\n  actions:\n    - {action: A, use: 'http:webhook', parameters: "
        "{url: 'https://a.example/'}}\n";
    net *t = calloc(1, sizeof *t);
    fir_transport transport = {sizeof transport, t, start, wait_for, next_answer, wake, cancel, NULL};
    fir_engine_options o = {.size = sizeof o, .transport = &transport, .flags = FIR_ENGINE_AS_OF_ALERTS};
    fir_playbook *p = api_compile(yaml);
    pthread_t thread;
    fir_buf b = {NULL, 0, NULL};
    API_WORKS(fir_engine_new(&o, NULL, p, &engine, &err));
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_long, &b), 0);
    API_WORKS(fir_engine_submit(engine, api_alert, strlen(api_alert), NULL, &err));
    while (fir_engine_poll(engine, 0, NULL) == 0) {
    }
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_ptr_nonnull(strstr(b.ptr, "\"succeeded\""));
    fir_buf_dispose(&b);
    fir_engine_free(engine);
    fir_playbook_unref(p);
    free(t);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, all_at_once);
    tcase_add_test(t, two_pollers);
    tcase_add_test(t, a_reader_waits);
}

int main(void)
{
    setenv("CK_FORK", "no", 0);
    return api_run("engine", add);
}
