/* SPDX-License-Identifier: Apache-2.0 */
/* Const objects in many threads: one playbook, condition, template and event, an evaluator each, while others take and drop
 * references. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "api/api.h"

enum { THREADS = 8, ROUNDS = 150 };

static fir_playbook *playbook;
static fir_condition *condition;
static fir_template *template;
static fir_event *event;
static char plan_json[8192], rendered[8192], event_json[8192];
static atomic_bool over;
static atomic_int wrong;

static void demand(bool ok)
{
    if (!ok) {
        atomic_fetch_add(&wrong, 1);
    }
}

static void same(fir_buf *b, int code, const char *wanted)
{
    demand(code == 0 && strcmp(b->ptr, wanted) == 0);
    fir_buf_dispose(b);
}

static void *judge(void *ctx)
{
    fir_evaluator *x;
    (void)ctx;
    demand(fir_evaluator_new(NULL, &x, NULL) == 0);
    for (int i = 0; i < ROUNDS; i++) {
        fir_plan *pl = NULL;
        fir_buf b = {NULL, 0, NULL};
        int32_t verdict = -1;
        fir_value v;
        uint8_t id[32];
        demand(fir_evaluate(x, playbook, event, 0, &pl, NULL) == 0 && pl != NULL);
        same(&b, fir_plan_to_json(pl, &b, NULL), plan_json);
        fir_plan_free(pl);
        demand(fir_condition_eval(condition, x, event, &verdict, NULL) == 0 && verdict == FIR_TRUE);
        same(&b, fir_template_render(template, event, &b, NULL), rendered);
        same(&b, fir_event_to_json(event, &b, NULL), event_json);
        demand(fir_event_id(event, id, NULL) == 0);
        demand(fir_event_get(event, "proc.args", 9, 1, &v) == 0 && v.s.len == 2);
        demand(fir_condition_to_string(condition, &b, NULL) == 0);
        fir_buf_dispose(&b);
    }
    fir_evaluator_free(x);
    return NULL;
}

static void *count(void *ctx)
{
    (void)ctx;
    while (!atomic_load(&over)) {
        fir_playbook *p = fir_playbook_ref(playbook);
        fir_playbook *q = fir_playbook_ref(p);
        fir_playbook_unref(p);
        fir_buf b = {NULL, 0, NULL};
        demand(fir_playbook_to_json(q, &b, NULL) == 0);
        fir_buf_dispose(&b);
        fir_playbook_unref(q);
    }
    return NULL;
}

/* Compilers of one catalogue, each in its thread; their playbooks outlive them. */
static void *compile(void *ctx)
{
    const fir_catalog *c = ctx;
    for (int i = 0; i < 20; i++) {
        fir_compiler *k;
        fir_playbook *p;
        fir_buf b;
        demand(fir_compiler_new(c, NULL, &k, NULL) == 0);
        demand(fir_compiler_add(k, "p.yaml", api_playbook, strlen(api_playbook), NULL) == 0);
        demand(fir_compiler_build(k, &p, NULL) == 0);
        fir_compiler_free(k);
        demand(fir_catalog_to_json(c, &b, NULL) == 0);
        fir_buf_dispose(&b);
        fir_playbook_unref(p);
    }
    fir_catalog_unref(c);
    return NULL;
}

static void copy(fir_buf *b, char *to)
{
    ck_assert_uint_lt(b->len, sizeof plan_json);
    memcpy(to, b->ptr, b->len + 1);
    fir_buf_dispose(b);
}

START_TEST(share)
{
    static const char text[] = "{\"cmd\": \"{{proc.cmdline | upper | truncate(200)}}\", \"alert\": {{event.json}}}";
    static const char check[] = "proc.name in (sh, bash) and proc.cmdline regex '^sh -c .*' and not k8s.ns.name glob kube-*";
    fir_template_options o = {.size = sizeof o, .sink = FIR_SINK_JSON};
    pthread_t judges[THREADS], counters[2];
    fir_evaluator *x;
    fir_plan *pl;
    fir_buf b;
    playbook = api_compile(api_playbook);
    event = api_event(api_alert, strlen(api_alert));
    API_WORKS(fir_condition_compile(check, strlen(check), NULL, &condition, &err));
    API_WORKS(fir_template_compile(text, strlen(text), &o, &template, &err));
    API_WORKS(fir_evaluator_new(NULL, &x, &err));
    API_WORKS(fir_evaluate(x, playbook, event, 0, &pl, &err));
    API_WORKS(fir_plan_to_json(pl, &b, &err));
    copy(&b, plan_json);
    API_WORKS(fir_template_render(template, event, &b, &err));
    copy(&b, rendered);
    API_WORKS(fir_event_to_json(event, &b, &err));
    copy(&b, event_json);
    fir_plan_free(pl);
    fir_evaluator_free(x);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(pthread_create(&counters[i], NULL, count, NULL), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_create(&judges[i], NULL, judge, NULL), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(judges[i], NULL), 0);
    }
    atomic_store(&over, true);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(pthread_join(counters[i], NULL), 0);
    }
    ck_assert_int_eq(atomic_load(&wrong), 0);
    fir_playbook_unref(playbook);
    fir_condition_free(condition);
    fir_template_free(template);
    fir_event_free(event);
}
END_TEST

/* A plan made in one thread is read and freed in others. */
static void *last_word(void *ctx)
{
    fir_plan *pl = ctx;
    fir_buf b;
    demand(fir_plan_to_json(pl, &b, NULL) == 0 && strstr(b.ptr, "hook.example") != NULL);
    fir_buf_dispose(&b);
    fir_plan_free(pl);
    return NULL;
}

START_TEST(hand_over)
{
    pthread_t threads[THREADS];
    fir_playbook *p = api_compile(api_playbook);
    fir_event *e = api_event(api_alert, strlen(api_alert));
    fir_evaluator *x;
    API_WORKS(fir_evaluator_new(NULL, &x, &err));
    for (int i = 0; i < THREADS; i++) {
        fir_plan *pl;
        API_WORKS(fir_evaluate(x, p, e, 0, &pl, &err));
        ck_assert_int_eq(pthread_create(&threads[i], NULL, last_word, pl), 0);
    }
    fir_playbook_unref(p); /* the plans hold their own */
    fir_event_free(e);
    fir_evaluator_free(x);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    ck_assert_int_eq(atomic_load(&wrong), 0);
}
END_TEST

START_TEST(compilers)
{
    static const char schema[] = "{\"name\":\"ticket:open\",\"effect\":\"keyed\",\"destructive\":false,\"parameters\":{}}";
    pthread_t threads[4];
    fir_catalog *c;
    fir_compiler *k;
    for (int custom = 0; custom < 2; custom++) {
        API_WORKS(fir_catalog_new(&c, &err));
        if (custom == 1) {
            API_WORKS(fir_catalog_add(c, schema, strlen(schema), &err));
        }
        API_WORKS(fir_compiler_new(c, NULL, &k, &err));
        for (int i = 0; i < 4; i++) {
            fir_catalog *mine; /* a thread's own, the last one the shared */
            API_WORKS(fir_catalog_new(&mine, &err));
            if (i == 3) {
                fir_catalog_unref(mine);
                mine = c;
            }
            ck_assert_int_eq(pthread_create(&threads[i], NULL, compile, mine), 0);
        }
        for (int i = 0; i < 4; i++) {
            ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        }
        fir_compiler_free(k);
        ck_assert_int_eq(atomic_load(&wrong), 0);
    }
}
END_TEST

/* Misuse is told, not undefined: threads that use one evaluator and one reader without asking. */
static fir_evaluator *contested;
static fir_reader *reader;
static atomic_int busy, fine;

static void *misuse(void *ctx)
{
    fir_event *own;
    (void)ctx;
    demand(fir_event_new(NULL, &own, NULL) == 0);
    for (int i = 0; i < 300; i++) {
        fir_plan *pl = NULL;
        int code = fir_evaluate(contested, playbook, event, 0, &pl, NULL);
        demand(code == 0 || (code == FIR_EBUSY && pl == NULL));
        atomic_fetch_add(code == 0 ? &fine : &busy, 1);
        fir_plan_free(pl);
        code = fir_reader_feed(reader, api_alert, strlen(api_alert), 0, NULL);
        demand(code == 0 || code == FIR_EBUSY);
        code = fir_reader_next(reader, own, NULL, NULL, NULL);
        demand(code == 0 || code == FIR_EBUSY || code == FIR_EAGAIN);
    }
    fir_event_free(own);
    return NULL;
}

START_TEST(misused)
{
    pthread_t threads[4];
    playbook = api_compile(api_playbook);
    event = api_event(api_alert, strlen(api_alert));
    API_WORKS(fir_evaluator_new(NULL, &contested, &err));
    API_WORKS(fir_reader_new(NULL, &reader, &err));
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, misuse, NULL), 0);
    }
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    ck_assert_int_eq(atomic_load(&wrong), 0);
    ck_assert_int_gt(atomic_load(&fine), 0);
    fir_reader_free(reader);
    fir_evaluator_free(contested);
    fir_playbook_unref(playbook);
    fir_event_free(event);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, share);
    tcase_add_test(t, hand_over);
    tcase_add_test(t, compilers);
    tcase_add_test(t, misused);
}

int main(void)
{
    setenv("CK_FORK", "no", 0); /* a sanitizer and a fork with threads do not go together */
    return api_run("share", add);
}
