/* SPDX-License-Identifier: Apache-2.0 */
/* Objects may be freed in any order, and are usable again after a failure. */
#include "api.h"

#include <pthread.h>

#include "support/fake.h"

/* What depends on what: a catalogue, a compiler, two references of a playbook, an evaluator, an event, a plan, an engine. */
typedef struct family {
    fir_catalog *catalog;
    fir_compiler *compiler;
    fir_playbook *playbook;
    fir_evaluator *evaluator;
    fir_event *event;
    fir_plan *plan;
    fir_engine *engine;
    fake *fake;
} family;

enum { MEMBERS = 7, ORDERS = 5040, STRIDE = 7 };

static void make(family *f)
{
    static const char schema[] = "{\"name\":\"ticket:open\",\"effect\":\"keyed\",\"destructive\":false,\"parameters\":{}}";
    API_WORKS(fir_catalog_new(&f->catalog, &err));
    API_WORKS(fir_catalog_add(f->catalog, schema, strlen(schema), &err));
    API_WORKS(fir_compiler_new(f->catalog, NULL, &f->compiler, &err));
    API_WORKS(fir_compiler_add(f->compiler, "p.yaml", api_playbook, strlen(api_playbook), &err));
    API_WORKS(fir_compiler_build(f->compiler, &f->playbook, &err));
    API_WORKS(fir_evaluator_new(NULL, &f->evaluator, &err));
    f->event = api_event(api_alert, strlen(api_alert));
    API_WORKS(fir_evaluate(f->evaluator, f->playbook, f->event, 0, &f->plan, &err));
    ck_assert_ptr_nonnull(f->plan);
    f->fake = malloc(sizeof *f->fake);
    fake_init(f->fake);
    fir_engine_options o = {
        .size = sizeof o, .transport = &f->fake->transport, .clock = &f->fake->clock, .flags = FIR_ENGINE_AS_OF_ALERTS};
    API_WORKS(fir_engine_new(&o, f->catalog, f->playbook, &f->engine, &err));
    API_WORKS(fir_engine_dispatch(f->engine, f->plan, &err));
    API_WORKS(fir_engine_submit(f->engine, api_alert, strlen(api_alert), NULL, &err));
}

static void drop(family *f, int which)
{
    switch (which) {
    case 0:
        fir_catalog_unref(f->catalog);
        break;
    case 1:
        fir_compiler_free(f->compiler);
        break;
    case 2:
        fir_playbook_unref(f->playbook);
        break;
    case 3:
        fir_evaluator_free(f->evaluator);
        break;
    case 4:
        fir_event_free(f->event);
        break;
    case 5:
        fir_plan_free(f->plan);
        break;
    default:
        fir_engine_free(f->engine);
        break;
    }
}

/* What is left still works. */
static void use(family *f, const int *order, int dropped)
{
    int gone = 0;
    for (int i = 0; i < dropped; i++) {
        gone |= 1 << order[i];
    }
    if ((gone & 1 << 5) == 0) {
        fir_buf b;
        API_WORKS(fir_plan_to_json(f->plan, &b, &err));
        ck_assert_ptr_nonnull(strstr(b.ptr, "hook.example"));
        fir_buf_dispose(&b);
    }
    if ((gone & 1 << 6) == 0) {
        fir_buf b;
        uint64_t next;
        int code = fir_engine_poll(f->engine, 0, NULL);
        ck_assert(code == 0 || code == FIR_EAGAIN);
        API_WORKS(fir_engine_outcomes_json(f->engine, 0, 0, &next, &b, &err));
        fir_buf_dispose(&b);
    }
    if ((gone & (1 << 2 | 1 << 3 | 1 << 4)) == 0) {
        fir_plan *pl;
        API_WORKS(fir_evaluate(f->evaluator, f->playbook, f->event, 0, &pl, &err));
        fir_plan_free(pl);
    }
}

START_TEST(any_order)
{
    int order[MEMBERS];
    family f;
    unsigned n = (unsigned)_i * STRIDE; /* the n-th permutation */
    for (int i = 0; i < MEMBERS; i++) {
        order[i] = i;
    }
    for (int i = 0; i < MEMBERS; i++) {
        unsigned left = (unsigned)(MEMBERS - i), pick = n % left;
        n /= left;
        int chosen = order[i + (int)pick];
        order[i + (int)pick] = order[i];
        order[i] = chosen;
    }
    make(&f);
    for (int i = 0; i < MEMBERS; i++) {
        use(&f, order, i);
        drop(&f, order[i]);
    }
    fake_free(f.fake);
    free(f.fake);
}
END_TEST

START_TEST(an_event_after_a_failure)
{
    fir_event *e;
    fir_value v;
    fir_buf b;
    static const char *const broken[] = {
        "", "{", "[1,2", "{\"rule\":\"a\",\"rule\":\"b\"}", "{\"rule\":\"x\"} junk", "no alert at all"};
    API_WORKS(fir_event_new(NULL, &e, &err));
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        API_WORKS(fir_event_parse(e, api_alert, strlen(api_alert), NULL, &err));
        API_FAILS(FIR_EPARSE, fir_event_parse(e, broken[i], strlen(broken[i]), NULL, &err));
        ck_assert_int_eq(fir_event_get(e, "rule", 4, FIR_WHOLE, &v), FIR_ENOTFOUND); /* nothing of the alert before is left */
        API_FAILS(FIR_ESTATE, fir_event_to_json(e, &b, &err));
    }
    API_WORKS(fir_event_parse(e, api_alert, strlen(api_alert), NULL, &err));
    API_WORKS(fir_event_to_json(e, &b, &err));
    ck_assert_str_eq(b.ptr, api_alert);
    fir_event_free(e);
    ck_assert_str_eq(b.ptr, api_alert); /* owned */
    fir_buf_dispose(&b);
}
END_TEST

START_TEST(a_compiler_after_a_failure)
{
    fir_compiler *k;
    fir_playbook *p;
    fir_buf b;
    API_WORKS(fir_compiler_new(NULL, NULL, &k, &err));
    for (int i = 0; i < 3; i++) {
        API_WORKS(fir_compiler_add(k, "broken.yaml", "- rule: [", 9, &err));
        API_FAILS(FIR_ECOMPILE, fir_compiler_build(k, &p, &err));
        ck_assert_ptr_null(p);
        API_WORKS(fir_compiler_diagnostics_json(k, &b, &err));
        ck_assert_ptr_nonnull(strstr(b.ptr, "broken.yaml"));
        fir_buf_dispose(&b);
        API_FAILS(FIR_EIO, fir_compiler_add_file(k, "/not/there", &err));
        API_WORKS(fir_compiler_add(k, "good.yaml", api_playbook, strlen(api_playbook), &err));
        API_WORKS(fir_compiler_build(k, &p, &err));
        API_WORKS(fir_compiler_diagnostics_json(k, &b, &err));
        ck_assert_str_eq(b.ptr, "[]"); /* the broken one is forgotten */
        fir_buf_dispose(&b);
        fir_playbook_unref(p);
    }
    API_WORKS(fir_compiler_add(k, "left.yaml", api_playbook, strlen(api_playbook), &err));
    fir_compiler_free(k); /* with files that nobody built */
}
END_TEST

START_TEST(a_reader_after_a_failure)
{
    static const char text[] = "{\"rule\":\"a\"}\n{broken}\n{\"rule\":\"b\"}\n";
    fir_reader *r;
    fir_event *e;
    uint64_t line;
    fir_value v;
    API_WORKS(fir_reader_new(NULL, &r, &err));
    API_WORKS(fir_event_new(NULL, &e, &err));
    API_WORKS(fir_reader_feed(r, text, strlen(text), 1, &err));
    API_WORKS(fir_reader_next(r, e, &line, NULL, &err));
    API_FAILS(FIR_EPARSE, fir_reader_next(r, e, &line, NULL, &err));
    ck_assert_uint_eq(line, 2);
    API_WORKS(fir_reader_next(r, e, &line, NULL, &err));
    ck_assert_uint_eq(line, 3);
    fir_reader_free(r); /* the event needs nothing of it */
    ck_assert_int_eq(fir_event_get(e, "rule", 4, FIR_WHOLE, &v), 0);
    ck_assert_mem_eq(v.s.ptr, "b", 1);
    fir_event_free(e);
}
END_TEST

/* ---- a second thread ---- */

typedef struct second {
    fir_evaluator *x;
    const fir_playbook *p;
    const fir_condition *c;
    const fir_event *e;
    int codes[4];
} second;

static void *intrude(void *ctx)
{
    second *s = ctx;
    fir_plan *pl;
    fir_buf b;
    int32_t verdict;
    s->codes[0] = fir_evaluate(s->x, s->p, s->e, 0, &pl, NULL);
    s->codes[1] = fir_evaluate_ndjson(s->x, s->p, "", 0, 0, &b, NULL);
    s->codes[2] = fir_condition_eval(s->c, s->x, s->e, &verdict, NULL);
    s->codes[3] = fir_explain(s->x, s->p, s->e, &b, NULL);
    return NULL;
}

/* Runs the intruder from inside of an allocation that the first thread makes while it evaluates. */
static second *intruder;
static int intrusions;

static void *give(void *self, size_t n)
{
    (void)self;
    if (intruder != NULL) {
        second *s = intruder;
        pthread_t thread;
        intruder = NULL;
        intrusions++;
        ck_assert_int_eq(pthread_create(&thread, NULL, intrude, s), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
    }
    return malloc(n);
}

static void *change(void *self, void *p, size_t n)
{
    (void)self;
    return realloc(p, n);
}

static void take(void *self, void *p)
{
    (void)self;
    free(p);
}

START_TEST(an_evaluator_of_two_threads)
{
    const fir_allocator a = {sizeof a, NULL, give, change, take};
    fir_evaluator_options o = {.size = sizeof o, .allocator = &a};
    second s = {.e = api_event(api_alert, strlen(api_alert))};
    fir_playbook *p = api_compile(api_playbook);
    fir_condition *c;
    fir_plan *pl;
    API_WORKS(fir_condition_compile("proc.name = sh", 14, NULL, &c, &err));
    API_WORKS(fir_evaluator_new(&o, &s.x, &err));
    s.p = p;
    s.c = c;
    API_WORKS(fir_evaluate(s.x, p, s.e, 0, &pl, &err)); /* its scratch has grown: what follows is inside of the guard */
    fir_plan_free(pl);
    fir_buf b;
    intruder = &s;
    API_WORKS(fir_evaluate_ndjson(s.x, p, api_alert, strlen(api_alert), 0, &b, &err));
    ck_assert_int_eq(intrusions, 1);
    for (int i = 0; i < 4; i++) {
        ck_assert_msg(s.codes[i] == FIR_EBUSY, "call %d: %s", i, fir_code_name(s.codes[i]));
    }
    ck_assert_ptr_nonnull(strstr(b.ptr, "\"rule\":\"Tell\""));
    fir_buf_dispose(&b);
    fir_event_free((fir_event *)(uintptr_t)s.e);
    fir_condition_free(c);
    fir_playbook_unref(p);
    fir_evaluator_free(s.x);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, any_order, 0, ORDERS / STRIDE);
    tcase_add_test(t, an_event_after_a_failure);
    tcase_add_test(t, a_compiler_after_a_failure);
    tcase_add_test(t, a_reader_after_a_failure);
    tcase_add_test(t, an_evaluator_of_two_threads);
}

int main(void)
{
    setenv("CK_FORK", "no", 0); /* so many orders need no process each */
    return api_run("lifetimes", add);
}
