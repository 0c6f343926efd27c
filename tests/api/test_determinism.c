/* SPDX-License-Identifier: Apache-2.0 */
/* A plan is the same bytes whatever the thread count, the locale, the time zone, the allocator and what was planned before. */
#include "api.h"

#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "support/failing.h"

static const char alerts[] =
    "{\"output_fields\":{\"proc.name\":\"sh\",\"k8s.ns.name\":\"prod-a\",\"proc.cmdline\":\"sh -c \xC3\xA4\",\"user.uid\":0,"
    "\"evt.rawres\":-1.5e3,\"evt.time\":1720948893123456789},\"priority\":\"Warning\",\"rule\":\"Shell\",\"source\":\"syscall\","
    "\"time\":\"2026-03-29T01:30:00.5Z\"}\n"
    "{\"output_fields\":{\"proc.name\":\"bash\",\"k8s.ns.name\":\"prod-b\",\"proc.cmdline\":\"sh -c "
    "x\",\"user.uid\":18446744073709551615},"
    "\"priority\":\"Notice\",\"rule\":\"I\",\"source\":\"syscall\",\"time\":\"2026-10-25T00:30:00.123456789+02:00\"}\n"
    "{broken\n"
    "{\"output_fields\":{\"user.uid\":0},\"priority\":\"Warning\",\"rule\":\"\xC4\xB0stanbul\",\"time\":\"2026-01-01T00:00:00Z\"}"
    "\n";

static const char playbook[] =
    "- rule: Tell\n  condition: k8s.ns.name startswith prod- and tolower(proc.name) in (sh, bash) and proc.cmdline regex '^sh -c "
    ".*'\n"
    "  continue: true\n"
    "  actions:\n    - action: Tell\n      use: http:webhook\n      parameters:\n        url: 'https://hook.example/{{proc.name | "
    "upper}}'\n"
    "        body: '{\"cmd\": \"{{proc.cmdline}}\", \"res\": {{evt.rawres | default(0)}}, \"at\": \"{{time}}\", \"alert\": "
    "{{event.json}}}'\n"
    "- rule: Keep\n  condition: user.uid = 0 or rule icontains ISTANBUL\n  once_per: {window: 90s, by: [proc.name, rule]}\n"
    "  actions:\n    - {action: Keep, use: 'http:webhook', parameters: {url: 'https://hook.example/{{rule}}', headers: {X-Time: "
    "'{{time}}'}}}\n";

static char *plan_all(const fir_playbook *p, const fir_allocator *a)
{
    fir_evaluator_options o = {.size = sizeof o, .allocator = a};
    fir_evaluator *x;
    fir_buf b;
    ck_assert_int_eq(fir_evaluator_new(&o, &x, NULL), 0);
    ck_assert_int_eq(fir_evaluate_ndjson(x, p, alerts, strlen(alerts), 0, &b, NULL), 0);
    char *text = strdup(b.ptr);
    fir_buf_dispose(&b);
    fir_evaluator_free(x);
    return text;
}

static char *wanted(fir_playbook **p)
{
    *p = api_compile(playbook);
    char *text = plan_all(*p, NULL);
    ck_assert_ptr_nonnull(strstr(text, "\"rule\":\"Tell\""));
    ck_assert_ptr_nonnull(strstr(text, "\"rule\":\"Keep\""));
    ck_assert_ptr_nonnull(strstr(text, "FIR_EPARSE"));
    return text;
}

static void same(const fir_playbook *p, const char *want, const char *how)
{
    fir_playbook *again = api_compile(playbook);
    char *got = plan_all(p, NULL), *fresh = plan_all(again, NULL);
    ck_assert_msg(strcmp(got, want) == 0, "%s: %s\nwanted %s", how, got, want);
    ck_assert_msg(strcmp(fresh, want) == 0, "%s, compiled there: %s\nwanted %s", how, fresh, want);
    free(got);
    free(fresh);
    fir_playbook_unref(again);
}

static const fir_playbook *shared;
static const char *shared_want;

static void *plan_often(void *ctx)
{
    (void)ctx;
    for (int i = 0; i < 50; i++) {
        char *got = plan_all(shared, NULL);
        int order = strcmp(got, shared_want);
        free(got);
        if (order != 0) {
            return (void *)(uintptr_t)1;
        }
    }
    return NULL;
}

START_TEST(threads)
{
    static const int counts[] = {1, 2, 8, 32};
    fir_playbook *p;
    char *want = wanted(&p);
    shared = p;
    shared_want = want;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        pthread_t ids[32];
        for (int t = 0; t < counts[i]; t++) {
            ck_assert_int_eq(pthread_create(&ids[t], NULL, plan_often, NULL), 0);
        }
        for (int t = 0; t < counts[i]; t++) {
            void *differs;
            ck_assert_int_eq(pthread_join(ids[t], &differs), 0);
            ck_assert_ptr_null(differs);
        }
    }
    free(want);
    fir_playbook_unref(p);
}
END_TEST

START_TEST(locales)
{
    /* de: a comma in numbers; tr: i and I are other letters; C.UTF-8: wide character classes. Where one is not installed, the
     * others still tell. */
    static const char *const names[] = {"de_DE.UTF-8", "de_DE", "tr_TR.UTF-8", "C.UTF-8", "C"};
    fir_playbook *p;
    char *want = wanted(&p);
    int set = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (setlocale(LC_ALL, names[i]) != NULL) {
            same(p, want, names[i]);
            ck_assert_str_eq(setlocale(LC_ALL, NULL), names[i]); /* nobody changed it */
            set++;
        }
    }
    ck_assert_int_gt(set, 0);
    free(want);
    fir_playbook_unref(p);
}
END_TEST

START_TEST(time_zones)
{
    static const char *const zones[] = {"UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "NST3:30NDT,M3.2.0,M11.1.0", "XXX-14", ":/not/there"};
    fir_playbook *p;
    char *want = wanted(&p);
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        ck_assert_int_eq(setenv("TZ", zones[i], 1), 0);
        tzset();
        same(p, want, zones[i]);
    }
    free(want);
    fir_playbook_unref(p);
}
END_TEST

START_TEST(history_and_memory)
{
    fir_playbook *p;
    char *want = wanted(&p);
    fir_test_memory m;
    fir_test_memory_init(&m);
    char *got = plan_all(p, &m.allocator);
    ck_assert_str_eq(got, want);
    ck_assert_int_eq(atomic_load(&m.live), 0);
    free(got);
    fir_evaluator *x; /* one that has seen other playbooks, conditions and failures */
    fir_playbook *other = api_compile(api_playbook);
    fir_buf b;
    API_WORKS(fir_evaluator_new(NULL, &x, &err));
    for (int i = 0; i < 3; i++) {
        API_WORKS(fir_evaluate_ndjson(x, other, api_alert, strlen(api_alert), 0, &b, &err));
        fir_buf_dispose(&b);
        API_WORKS(fir_evaluate_ndjson(x, p, alerts, strlen(alerts), 0, &b, &err));
        ck_assert_str_eq(b.ptr, want);
        fir_buf_dispose(&b);
    }
    fir_playbook_unref(other);
    fir_evaluator_free(x);
    free(want);
    fir_playbook_unref(p);
}
END_TEST

START_TEST(one_by_one_as_in_a_batch)
{
    fir_playbook *p;
    char *want = wanted(&p);
    fir_reader *r;
    fir_event *e;
    fir_evaluator *x;
    uint64_t line;
    char all[20000] = "";
    size_t n = 0;
    API_WORKS(fir_evaluator_new(NULL, &x, &err));
    API_WORKS(fir_event_new(NULL, &e, &err));
    API_WORKS(fir_reader_new(NULL, &r, &err));
    API_WORKS(fir_reader_feed(r, alerts, strlen(alerts), 1, &err));
    int code;
    while ((code = fir_reader_next(r, e, &line, NULL, NULL)) != FIR_ENOTFOUND) {
        fir_plan *pl = NULL;
        fir_buf b;
        if (code != 0) {
            continue;
        }
        API_WORKS(fir_evaluate(x, p, e, 0, &pl, &err));
        if (pl != NULL) {
            API_WORKS(fir_plan_to_json(pl, &b, &err));
            ck_assert_int_eq(b.ptr[0], '{');
            ck_assert_ptr_nonnull(strstr(want, b.ptr + 1)); /* but for the line number */
            n += (size_t)snprintf(all + n, sizeof all - n, "%s\n", b.ptr);
            fir_buf_dispose(&b);
            fir_plan_free(pl);
        }
    }
    ck_assert_uint_gt(n, 500);
    fir_reader_free(r);
    fir_event_free(e);
    fir_evaluator_free(x);
    free(want);
    fir_playbook_unref(p);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, threads);
    tcase_add_test(t, locales);
    tcase_add_test(t, time_zones);
    tcase_add_test(t, history_and_memory);
    tcase_add_test(t, one_by_one_as_in_a_batch);
}

int main(void)
{
    return api_run("determinism", add);
}
