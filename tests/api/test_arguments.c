/* SPDX-License-Identifier: Apache-2.0 */
/* Wrong calls: NULL where something must be, options of a wrong size, flags and bytes that no version knows. */
#include "api.h"

#include "support/fake.h"

static fir_event *event;
static fir_playbook *playbook;
static fir_evaluator *evaluator;

static void begin(void)
{
    event = api_event(api_alert, strlen(api_alert));
    playbook = api_compile(api_playbook);
    API_WORKS(fir_evaluator_new(NULL, &evaluator, &err));
}

static void end(void)
{
    fir_event_free(event);
    fir_playbook_unref(playbook);
    fir_evaluator_free(evaluator);
}

/* After a failure nothing may be in an output. */
#define STALE ((void *)(uintptr_t)0x5A5A)
static const fir_buf stale = {STALE, 7, STALE};
#define EMPTY(b) ck_assert_msg((b).ptr == NULL && (b).len == 0 && (b).owner == NULL, "a buffer was left filled")

START_TEST(events)
{
    fir_event *e = STALE;
    fir_buf b = stale;
    fir_event_info info;
    uint8_t id[32];
    fir_str name;
    fir_value v;
    API_FAILS(FIR_EINVAL, fir_event_new(NULL, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_event_parse(NULL, "{}", 2, NULL, &err));
    API_WORKS(fir_event_new(NULL, &e, &err));
    memset(&info, API_MARK, sizeof info);
    API_FAILS(FIR_EINVAL, fir_event_parse(e, NULL, 1, &info, &err));
    ck_assert_int_eq(info.form, 0);
    API_FAILS(FIR_EPARSE, fir_event_parse(e, NULL, 0, NULL, &err));
    API_FAILS(FIR_EPARSE, fir_event_parse(e, "", 0, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_event_to_json(NULL, &b, &err));
    EMPTY(b);
    b = stale;
    API_FAILS(FIR_ESTATE, fir_event_to_json(e, &b, &err));
    EMPTY(b);
    API_FAILS(FIR_EINVAL, fir_event_to_json(event, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_event_id(NULL, id, &err));
    API_FAILS(FIR_EINVAL, fir_event_id(event, NULL, &err));
    API_FAILS(FIR_ESTATE, fir_event_id(e, id, &err));
    ck_assert_int_eq(fir_event_get(NULL, "rule", 4, FIR_WHOLE, &v), FIR_EINVAL);
    ck_assert_int_eq(fir_event_get(event, NULL, 4, FIR_WHOLE, &v), FIR_EINVAL);
    ck_assert_int_eq(fir_event_get(event, "rule", 4, FIR_WHOLE, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_event_get(event, NULL, 0, FIR_WHOLE, &v), FIR_ENOTFOUND);
    ck_assert_int_eq(fir_event_get(e, "rule", 4, FIR_WHOLE, &v), FIR_ENOTFOUND);
    ck_assert_int_eq(fir_event_get(event, "rule", 4, 1, &v), FIR_ENOTFOUND);
    ck_assert_int_eq(fir_event_get(event, "proc.args", 9, 2, &v), FIR_ENOTFOUND);
    ck_assert_int_eq(fir_event_get(event, "proc.args", 9, 1, &v), 0);
    ck_assert_int_eq(fir_event_field_at(NULL, 0, &name, &v), FIR_EINVAL);
    ck_assert_int_eq(fir_event_field_at(event, 0, NULL, &v), FIR_EINVAL);
    ck_assert_int_eq(fir_event_field_at(event, 0, &name, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_event_field_at(event, 7, &name, &v), FIR_ENOTFOUND);
    ck_assert_int_eq(fir_event_field_at(event, SIZE_MAX, &name, &v), FIR_ENOTFOUND);
    fir_event_free(e);
    fir_event_free(NULL);
}
END_TEST

START_TEST(readers)
{
    fir_reader *r = STALE;
    uint64_t line;
    fir_event_info info;
    API_FAILS(FIR_EINVAL, fir_reader_new(NULL, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_reader_feed(NULL, "", 0, 0, &err));
    API_FAILS(FIR_EINVAL, fir_reader_next(NULL, event, &line, NULL, &err));
    fir_str text = {"x", 1};
    ck_assert_int_eq(fir_reader_text(NULL, &text), FIR_EINVAL);
    ck_assert_int_eq(fir_reader_text(r, NULL), FIR_EINVAL);
    API_WORKS(fir_reader_new(NULL, &r, &err));
    ck_assert_int_eq(fir_reader_text(r, &text), 0);
    ck_assert_uint_eq(text.len, 0);
    API_FAILS(FIR_EINVAL, fir_reader_feed(r, NULL, 1, 0, &err));
    API_FAILS(FIR_EINVAL, fir_reader_next(r, NULL, &line, NULL, &err));
    API_FAILS(FIR_EAGAIN, fir_reader_next(r, event, &line, &info, &err));
    API_WORKS(fir_reader_feed(r, NULL, 0, 0, &err));
    API_WORKS(fir_reader_feed(r, api_alert, strlen(api_alert), 1, &err));
    API_WORKS(fir_reader_next(r, event, NULL, NULL, &err));
    ck_assert_int_eq(fir_reader_text(r, &text), 0);
    ck_assert_uint_eq(text.len, strlen(api_alert));
    API_FAILS(FIR_ENOTFOUND, fir_reader_next(r, event, &line, &info, &err));
    API_FAILS(FIR_ESTATE, fir_reader_feed(r, "", 0, 1, &err));
    fir_reader_free(r);
    fir_reader_free(NULL);
}
END_TEST

START_TEST(conditions)
{
    fir_condition *c = STALE;
    fir_buf b = stale;
    int32_t verdict = 77;
    fir_condition_options o = {.size = sizeof o};
    API_FAILS(FIR_EINVAL, fir_condition_compile("evt.type = open", 15, NULL, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_condition_compile(NULL, 15, NULL, &c, &err));
    ck_assert_ptr_null(c);
    c = STALE;
    API_FAILS(FIR_EPARSE, fir_condition_compile(NULL, 0, NULL, &c, &err));
    ck_assert_ptr_null(c);
    o.n_macros = 1;
    API_FAILS(FIR_EINVAL, fir_condition_compile("a.b = c", 7, &o, &c, &err));
    o.n_macros = 0, o.n_lists = 1;
    API_FAILS(FIR_EINVAL, fir_condition_compile("a.b = c", 7, &o, &c, &err));
    o.n_lists = 0, o.n_types = 1;
    API_FAILS(FIR_EINVAL, fir_condition_compile("a.b = c", 7, &o, &c, &err));
    API_WORKS(fir_condition_compile("proc.name = sh", 14, NULL, &c, &err));
    API_FAILS(FIR_EINVAL, fir_condition_eval(NULL, evaluator, event, &verdict, &err));
    API_FAILS(FIR_EINVAL, fir_condition_eval(c, NULL, event, &verdict, &err));
    API_FAILS(FIR_EINVAL, fir_condition_eval(c, evaluator, NULL, &verdict, &err));
    API_FAILS(FIR_EINVAL, fir_condition_eval(c, evaluator, event, NULL, &err));
    API_WORKS(fir_condition_eval(c, evaluator, event, &verdict, &err));
    ck_assert_int_eq(verdict, FIR_TRUE);
    API_FAILS(FIR_EINVAL, fir_condition_to_string(c, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_condition_to_string(NULL, &b, &err));
    EMPTY(b);
    API_FAILS(FIR_EINVAL, fir_condition_warnings_json(c, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_condition_warnings_json(NULL, &b, &err));
    EMPTY(b);
    API_WORKS(fir_condition_warnings_json(c, &b, &err));
    ck_assert_str_eq(b.ptr, "[]");
    fir_buf_dispose(&b);
    EMPTY(b);
    fir_condition_free(c);
    fir_condition_free(NULL);
    API_FAILS(FIR_EINVAL, fir_fields_to_json(NULL, &err));
    API_WORKS(fir_fields_to_json(&b, &err));
    fir_buf_dispose(&b);
    EMPTY(b);
    fir_buf_dispose(&b);
    fir_buf_dispose(NULL);
}
END_TEST

START_TEST(templates)
{
    fir_template *t = STALE;
    fir_buf b = stale;
    fir_template_options o = {.size = sizeof o};
    API_FAILS(FIR_EINVAL, fir_template_compile("x", 1, NULL, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_template_compile(NULL, 1, NULL, &t, &err));
    ck_assert_ptr_null(t);
    for (int32_t bad = -1; bad <= 3; bad += 4) {
        o.syntax = bad;
        t = STALE;
        API_FAILS(FIR_EINVAL, fir_template_compile("x", 1, &o, &t, &err));
        ck_assert_ptr_null(t);
    }
    o.syntax = 0;
    for (int32_t bad = -1; bad <= 12; bad += 13) {
        o.sink = bad;
        API_FAILS(FIR_EINVAL, fir_template_compile("x", 1, &o, &t, &err));
    }
    API_WORKS(fir_template_compile(NULL, 0, NULL, &t, &err));
    API_WORKS(fir_template_render(t, event, &b, &err));
    ck_assert_uint_eq(b.len, 0);
    ck_assert_ptr_nonnull(b.ptr);
    fir_buf_dispose(&b);
    b = stale;
    API_FAILS(FIR_EINVAL, fir_template_render(NULL, event, &b, &err));
    EMPTY(b);
    b = stale;
    API_FAILS(FIR_EINVAL, fir_template_render(t, NULL, &b, &err));
    EMPTY(b);
    API_FAILS(FIR_EINVAL, fir_template_render(t, event, NULL, &err));
    fir_template_free(t);
    fir_template_free(NULL);
}
END_TEST

START_TEST(catalogues)
{
    fir_catalog *c = STALE;
    fir_compiler *k;
    fir_buf b = stale;
    static const char schema[] = "{\"name\":\"ticket:open\",\"effect\":\"keyed\",\"destructive\":false,\"parameters\":{}}";
    API_FAILS(FIR_EINVAL, fir_catalog_new(NULL, &err));
    API_WORKS(fir_catalog_new(&c, &err));
    API_FAILS(FIR_EINVAL, fir_catalog_add(NULL, schema, strlen(schema), &err));
    API_FAILS(FIR_EINVAL, fir_catalog_add(c, NULL, 1, &err));
    API_FAILS(FIR_EPARSE, fir_catalog_add(c, NULL, 0, &err));
    API_FAILS(FIR_EPARSE, fir_catalog_add(c, "{", 1, &err));
    API_FAILS(FIR_EINVAL, fir_catalog_add(c, "{}", 2, &err));
    API_WORKS(fir_catalog_add(c, schema, strlen(schema), &err));
    API_FAILS(FIR_EINVAL, fir_catalog_add(c, schema, strlen(schema), &err)); /* taken */
    API_FAILS(FIR_EINVAL, fir_catalog_to_json(NULL, &b, &err));
    EMPTY(b);
    API_FAILS(FIR_EINVAL, fir_catalog_to_json(c, NULL, &err));
    API_WORKS(fir_catalog_to_json(c, &b, &err));
    ck_assert_ptr_nonnull(strstr(b.ptr, "\"ticket:open\""));
    fir_buf_dispose(&b);
    API_WORKS(fir_compiler_new(c, NULL, &k, &err));
    API_FAILS(FIR_ESTATE, fir_catalog_add(c, "{}", 2, &err)); /* in use */
    fir_compiler_free(k);
    API_FAILS(FIR_ESTATE, fir_catalog_add(c, schema, strlen(schema), &err)); /* for good */
    fir_catalog_unref(c);
    fir_catalog_unref(NULL);
}
END_TEST

START_TEST(compilers)
{
    fir_compiler *k = STALE;
    fir_playbook *p = STALE;
    fir_buf b = stale;
    API_FAILS(FIR_EINVAL, fir_compiler_new(NULL, NULL, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_compiler_add(NULL, "x", "", 0, &err));
    API_FAILS(FIR_EINVAL, fir_compiler_add_file(NULL, "x", &err));
    API_FAILS(FIR_EINVAL, fir_compiler_build(NULL, &p, &err));
    ck_assert_ptr_null(p);
    API_FAILS(FIR_EINVAL, fir_compiler_diagnostics_json(NULL, &b, &err));
    EMPTY(b);
    API_WORKS(fir_compiler_new(NULL, NULL, &k, &err));
    API_FAILS(FIR_EINVAL, fir_compiler_add(k, "x", NULL, 1, &err));
    API_FAILS(FIR_EINVAL, fir_compiler_add_file(k, NULL, &err));
    API_FAILS(FIR_EIO, fir_compiler_add_file(k, "/not/there.yaml", &err));
    API_FAILS(FIR_EIO, fir_compiler_add_file(k, "/", &err));
    API_FAILS(FIR_EINVAL, fir_compiler_build(k, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_compiler_diagnostics_json(k, NULL, &err));
    API_WORKS(fir_compiler_diagnostics_json(k, &b, &err));
    ck_assert_str_eq(b.ptr, "[]");
    fir_buf_dispose(&b);
    API_WORKS(fir_compiler_add(k, NULL, NULL, 0, &err));
    API_WORKS(fir_compiler_build(k, &p, &err));
    API_WORKS(fir_playbook_to_json(p, &b, &err));
    fir_buf_dispose(&b);
    b = stale;
    API_FAILS(FIR_EINVAL, fir_playbook_to_json(NULL, &b, &err));
    EMPTY(b);
    API_FAILS(FIR_EINVAL, fir_playbook_to_json(p, NULL, &err));
    ck_assert_ptr_eq(fir_playbook_ref(p), p);
    ck_assert_ptr_null(fir_playbook_ref(NULL));
    fir_playbook_unref(p);
    fir_playbook_unref(p);
    fir_playbook_unref(NULL);
    fir_compiler_free(k);
    fir_compiler_free(NULL);
}
END_TEST

START_TEST(plans)
{
    fir_plan *pl = STALE;
    fir_buf b = stale;
    fir_event *fresh;
    API_FAILS(FIR_EINVAL, fir_evaluator_new(NULL, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_evaluate(NULL, playbook, event, 0, &pl, &err));
    ck_assert_ptr_null(pl);
    API_FAILS(FIR_EINVAL, fir_evaluate(evaluator, NULL, event, 0, &pl, &err));
    API_FAILS(FIR_EINVAL, fir_evaluate(evaluator, playbook, NULL, 0, &pl, &err));
    API_FAILS(FIR_EINVAL, fir_evaluate(evaluator, playbook, event, 0, NULL, &err));
    for (unsigned bit = 0; bit < 32; bit++) {
        pl = STALE;
        if (1u << bit != FIR_PLAN_TO_READ) {
            API_FAILS(FIR_EINVAL, fir_evaluate(evaluator, playbook, event, 1u << bit, &pl, &err));
            ck_assert_ptr_null(pl);
        }
        b = stale;
        API_FAILS(FIR_EINVAL, fir_evaluate_ndjson(evaluator, playbook, "", 0, 1u << bit, &b, &err));
        EMPTY(b);
    }
    API_WORKS(fir_event_new(NULL, &fresh, &err));
    pl = STALE;
    API_FAILS(FIR_ESTATE, fir_evaluate(evaluator, playbook, fresh, 0, &pl, &err));
    ck_assert_ptr_null(pl);
    b = stale;
    API_FAILS(FIR_ESTATE, fir_explain(evaluator, playbook, fresh, &b, &err));
    EMPTY(b);
    fir_event_free(fresh);
    b = stale;
    API_FAILS(FIR_EINVAL, fir_explain(NULL, playbook, event, &b, &err));
    EMPTY(b);
    API_FAILS(FIR_EINVAL, fir_explain(evaluator, NULL, event, &b, &err));
    API_FAILS(FIR_EINVAL, fir_explain(evaluator, playbook, NULL, &b, &err));
    API_FAILS(FIR_EINVAL, fir_explain(evaluator, playbook, event, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_simulate_ndjson(NULL, playbook, "", 0, 0, 0, &b, &err));
    API_FAILS(FIR_EINVAL, fir_simulate_ndjson(evaluator, NULL, "", 0, 0, 0, &b, &err));
    API_FAILS(FIR_EINVAL, fir_simulate_ndjson(evaluator, playbook, NULL, 1, 0, 0, &b, &err));
    API_FAILS(FIR_EINVAL, fir_simulate_ndjson(evaluator, playbook, "", 0, 0, 1, &b, &err));
    API_FAILS(FIR_EINVAL, fir_simulate_ndjson(evaluator, playbook, "", 0, 0, 0, NULL, &err));
    API_WORKS(fir_simulate_ndjson(evaluator, playbook, NULL, 0, FIR_AT_ALERTS, 0, &b, &err));
    fir_buf_dispose(&b);
    API_FAILS(FIR_EINVAL, fir_evaluate_ndjson(NULL, playbook, "", 0, 0, &b, &err));
    API_FAILS(FIR_EINVAL, fir_evaluate_ndjson(evaluator, NULL, "", 0, 0, &b, &err));
    API_FAILS(FIR_EINVAL, fir_evaluate_ndjson(evaluator, playbook, NULL, 1, 0, &b, &err));
    API_FAILS(FIR_EINVAL, fir_evaluate_ndjson(evaluator, playbook, "", 0, 0, NULL, &err));
    API_WORKS(fir_evaluate_ndjson(evaluator, playbook, NULL, 0, 0, &b, &err));
    ck_assert_uint_eq(b.len, 0);
    fir_buf_dispose(&b);
    b = stale;
    API_FAILS(FIR_EINVAL, fir_plan_to_json(NULL, &b, &err));
    EMPTY(b);
    API_WORKS(fir_evaluate(evaluator, playbook, event, 0, &pl, &err));
    API_FAILS(FIR_EINVAL, fir_plan_to_json(pl, NULL, &err));
    fir_plan_free(pl);
    fir_plan_free(NULL);
    fir_evaluator_free(NULL);
}
END_TEST

static int advance(void *self, fir_call *c)
{
    (void)self;
    (void)c;
    return FIR_CALL_DONE;
}

START_TEST(engines)
{
    fake *f = malloc(sizeof *f);
    fake_init(f);
    fir_engine_options o = {.size = sizeof o, .transport = &f->transport, .clock = &f->clock};
    fir_action_type t = {.size = sizeof t, .name = "http:webhook", .advance = advance};
    fir_engine *g = STALE;
    fir_buf b = stale;
    uint64_t next = 0;
    API_FAILS(FIR_EINVAL, fir_engine_new(&o, NULL, playbook, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_new(&o, NULL, NULL, &g, &err));
    ck_assert_ptr_null(g);
    API_WORKS(fir_engine_new(&o, NULL, playbook, &g, &err));
    API_FAILS(FIR_EINVAL, fir_engine_register(NULL, &t, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_register(g, NULL, NULL, &err));
    API_FAILS(FIR_ESTATE, fir_engine_register(g, &t, NULL, &err)); /* built in: it has its functions */
    t.name = "no:such";
    API_FAILS(FIR_ENOTFOUND, fir_engine_register(g, &t, NULL, &err));
    t.size--;
    API_FAILS(FIR_EINVAL, fir_engine_register(g, &t, NULL, &err));
    t.size++, t.flags = 2;
    API_FAILS(FIR_EINVAL, fir_engine_register(g, &t, NULL, &err));
    t.flags = 0, t.advance = NULL;
    API_FAILS(FIR_EINVAL, fir_engine_register(g, &t, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_set_playbook(NULL, playbook, &err));
    API_FAILS(FIR_EINVAL, fir_engine_set_playbook(g, NULL, &err));
    API_WORKS(fir_engine_set_playbook(g, playbook, &err));
    API_FAILS(FIR_EINVAL, fir_engine_submit(NULL, "", 0, &b, &err));
    EMPTY(b);
    b = stale;
    API_FAILS(FIR_EINVAL, fir_engine_submit(g, NULL, 1, &b, &err));
    EMPTY(b);
    API_WORKS(fir_engine_submit(g, NULL, 0, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_submit_event(NULL, event, &err));
    API_FAILS(FIR_EINVAL, fir_engine_submit_event(g, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_dispatch(NULL, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_dispatch(g, NULL, &err));
    fir_evaluator *x;
    fir_plan *to_read;
    API_WORKS(fir_evaluator_new(NULL, &x, &err));
    API_WORKS(fir_evaluate(x, playbook, event, FIR_PLAN_TO_READ, &to_read, &err));
    ck_assert_ptr_nonnull(to_read);
    API_FAILS(FIR_EINVAL, fir_engine_dispatch(g, to_read, &err));
    fir_plan_free(to_read);
    fir_evaluator_free(x);
    API_FAILS(FIR_EINVAL, fir_engine_poll(NULL, 0, &err));
    API_FAILS(FIR_EINVAL, fir_engine_poll(g, -1, &err));
    API_FAILS(FIR_EAGAIN, fir_engine_poll(g, 0, &err));
    static int (*const words[])(fir_engine *, const char *, const char *, const char *,
                                fir_error *) = {fir_engine_undo, fir_engine_replay, fir_engine_discard, fir_engine_cancel};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        API_FAILS(FIR_EINVAL, words[i](NULL, "id", "who", NULL, &err));
        API_FAILS(FIR_EINVAL, words[i](g, NULL, "who", NULL, &err));
        API_FAILS(FIR_EINVAL, words[i](g, "id", NULL, NULL, &err));
        API_FAILS(FIR_EINVAL, words[i](g, "id", "", NULL, &err));
        API_FAILS(FIR_ENOTFOUND, words[i](g, "id", "who", "why", &err));
    }
    API_FAILS(FIR_EINVAL, fir_engine_undo(NULL, "id", "who", NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_replay(NULL, "id", "who", NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_discard(NULL, "id", "who", NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_cancel(NULL, "id", "who", NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_decide(NULL, "id", 1, "who", NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_decide(g, NULL, 1, "who", NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_decide(g, "id", 1, NULL, NULL, &err));
    API_FAILS(FIR_ENOTFOUND, fir_engine_decide(g, "id", 1, "who", NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_feedback(NULL, "id", 1, "who", NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_feedback(g, NULL, 1, "who", NULL, &err));
    API_FAILS(FIR_ENOTFOUND, fir_engine_feedback(g, "id", 1, "who", NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_pause(NULL, "who", NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_pause(g, NULL, NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_resume(NULL, "who", NULL, &err));
    API_WORKS(fir_engine_pause(g, "who", NULL, &err));
    API_WORKS(fir_engine_resume(g, "who", NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_start(NULL, &err));
    API_FAILS(FIR_EINVAL, fir_engine_stop(NULL, 0, &err));
    API_FAILS(FIR_EINVAL, fir_engine_stop(g, -1, &err));
    API_FAILS(FIR_ESTATE, fir_engine_stop(g, 0, &err));
    API_WORKS(fir_engine_start(g, &err));
    API_WORKS(fir_engine_stop(g, 0, &err));
    b = stale;
    API_FAILS(FIR_EINVAL, fir_engine_pending_json(NULL, &b, &err));
    EMPTY(b);
    API_FAILS(FIR_EINVAL, fir_engine_pending_json(g, NULL, &err));
    API_WORKS(fir_engine_pending_json(g, &b, &err));
    fir_buf_dispose(&b);
    b = stale;
    API_FAILS(FIR_EINVAL, fir_engine_metrics_text(NULL, &b, &err));
    EMPTY(b);
    API_FAILS(FIR_EINVAL, fir_engine_metrics_text(g, NULL, &err));
    API_WORKS(fir_engine_metrics_text(g, &b, &err));
    fir_buf_dispose(&b);
    b = stale;
    API_FAILS(FIR_EINVAL, fir_engine_outcomes_json(NULL, 0, 0, &next, &b, &err));
    EMPTY(b);
    b = stale;
    API_FAILS(FIR_EINVAL, fir_engine_outcomes_json(g, 0, 0, NULL, &b, &err));
    EMPTY(b);
    API_FAILS(FIR_EINVAL, fir_engine_outcomes_json(g, 0, 0, &next, NULL, &err));
    API_WORKS(fir_engine_outcomes_json(g, 0, 0, &next, &b, &err));
    ck_assert_str_eq(b.ptr, "[]");
    fir_buf_dispose(&b);
    fir_engine_free(g);
    fir_engine_free(NULL);
    fake_free(f);
    free(f);
}
END_TEST

static int wait_in_vain(void *self, int64_t wait_ns, fir_error *err)
{
    (void)self;
    (void)wait_ns;
    (void)err; /* and says nothing */
    return FIR_EIO;
}

START_TEST(a_transport_that_says_nothing)
{
    fake *f = malloc(sizeof *f);
    fir_engine *g;
    fake_init(f);
    f->transport.wait = wait_in_vain;
    fir_engine_options o = {.size = sizeof o, .transport = &f->transport, .clock = &f->clock};
    API_WORKS(fir_engine_new(&o, NULL, playbook, &g, &err));
    API_FAILS(FIR_EIO, fir_engine_poll(g, 0, &err));
    ck_assert_int_eq(fir_engine_poll(g, 0, NULL), FIR_EIO);
    fir_engine_free(g);
    fake_free(f);
    free(f);
}
END_TEST

START_TEST(calls)
{
    fir_str s = {"x", 1};
    fir_http_result result;
    ck_assert_int_eq(fir_call_parameter(NULL, "a", 1, &s), FIR_EINVAL);
    ck_assert_int_eq(fir_call_text(NULL, "a", 1, &s), FIR_EINVAL);
    ck_assert_int_eq(fir_call_event(NULL, &s), FIR_EINVAL);
    ck_assert_int_eq(fir_call_action_id(NULL, &s), FIR_EINVAL);
    ck_assert_uint_eq(fir_call_attempt(NULL), 0);
    ck_assert_int_eq(fir_call_request(NULL, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_call_response(NULL, &result), FIR_EINVAL);
    ck_assert_int_eq(fir_call_output(NULL, "", 0), FIR_EINVAL);
    ck_assert_int_eq(fir_call_record(NULL, "{}", 2), FIR_EINVAL);
    ck_assert_int_eq(fir_call_recorded(NULL, &s), FIR_EINVAL);
    ck_assert_int_eq(fir_call_fail(NULL, FIR_EACTION, 0, "", 0), FIR_EINVAL);
}
END_TEST

START_TEST(versions)
{
    ck_assert_str_eq(fir_version_string(), FIR_VERSION_STRING);
    ck_assert_int_eq(fir_check_version(FIR_VERSION_NUM), 0);
    ck_assert_int_eq(fir_check_version(FIR_VERSION_NUM + 0x10000), FIR_EVERSION);
    ck_assert_int_eq(fir_check_version(FIR_VERSION_NUM + 0x100), FIR_EVERSION);
    for (int32_t code = 0; code >= FIR_EINTERNAL; code--) {
        ck_assert_str_ne(fir_code_name(code), "FIR_UNKNOWN");
    }
    ck_assert_str_eq(fir_code_name(FIR_ELIMIT), "FIR_ELIMIT");
    ck_assert_str_eq(fir_code_name(1), "FIR_UNKNOWN");
    ck_assert_str_eq(fir_code_name(FIR_EINTERNAL - 1), "FIR_UNKNOWN");
    ck_assert_str_eq(fir_code_name(INT32_MIN), "FIR_UNKNOWN");
}
END_TEST

/* ---- options ---- */

/* An options struct as bytes, with room behind it for options that are still to be invented. */
typedef struct options_case {
    const char *name;
    size_t known;
    size_t allocator_at, flags_at;
    uint32_t known_flags;
    int (*make)(const void *options, void **out, fir_error *err);
    void (*drop)(void *object);
} options_case;

static int make_event(const void *o, void **out, fir_error *err)
{
    return fir_event_new(o, (fir_event **)out, err);
}

static int make_reader(const void *o, void **out, fir_error *err)
{
    return fir_reader_new(o, (fir_reader **)out, err);
}

static int make_condition(const void *o, void **out, fir_error *err)
{
    return fir_condition_compile("proc.name = sh", 14, o, (fir_condition **)out, err);
}

static int make_template(const void *o, void **out, fir_error *err)
{
    return fir_template_compile("x", 1, o, (fir_template **)out, err);
}

static int make_compiler(const void *o, void **out, fir_error *err)
{
    return fir_compiler_new(NULL, o, (fir_compiler **)out, err);
}

static int make_evaluator(const void *o, void **out, fir_error *err)
{
    return fir_evaluator_new(o, (fir_evaluator **)out, err);
}

static int make_engine(const void *o, void **out, fir_error *err)
{
    return fir_engine_new(o, NULL, playbook, (fir_engine **)out, err);
}

static void drop_event(void *p)
{
    fir_event_free(p);
}

static void drop_reader(void *p)
{
    fir_reader_free(p);
}

static void drop_condition(void *p)
{
    fir_condition_free(p);
}

static void drop_template(void *p)
{
    fir_template_free(p);
}

static void drop_compiler(void *p)
{
    fir_compiler_free(p);
}

static void drop_evaluator(void *p)
{
    fir_evaluator_free(p);
}

static void drop_engine(void *p)
{
    fir_engine_free(p);
}

#define CASE(type, flags_, make_, drop_)                                                                                           \
    {                                                                                                                              \
#type, sizeof(type), offsetof(type, allocator), offsetof(type, flags), flags_, make_, drop_                                \
    }
static const options_case options[] = {
    CASE(fir_event_options, 0, make_event, drop_event),
    CASE(fir_reader_options, 0, make_reader, drop_reader),
    CASE(fir_condition_options, 0, make_condition, drop_condition),
    CASE(fir_template_options, 0, make_template, drop_template),
    CASE(fir_compiler_options, 0, make_compiler, drop_compiler),
    CASE(fir_evaluator_options, 0, make_evaluator, drop_evaluator),
    CASE(fir_engine_options, FIR_ENGINE_DRY_RUN | FIR_ENGINE_ENV | FIR_ENGINE_AS_OF_ALERTS, make_engine, drop_engine),
};
enum { N_OPTIONS = sizeof options / sizeof options[0], TAIL = 24 };

typedef union options_bytes {
    size_t size;
    unsigned char bytes[256];
} options_bytes;

static void refused(const options_case *c, const options_bytes *o)
{
    void *out = STALE;
    API_FAILS(FIR_EINVAL, c->make(o, &out, &err));
    ck_assert_msg(out == NULL, "%s: an object came out of a refusal", c->name);
    out = STALE;
    ck_assert_int_eq(c->make(o, &out, NULL), FIR_EINVAL);
    ck_assert_ptr_null(out);
}

static void taken(const options_case *c, const options_bytes *o)
{
    void *out = STALE;
    API_WORKS(c->make(o, &out, &err));
    ck_assert_ptr_nonnull(out);
    c->drop(out);
}

START_TEST(sizes_and_tails)
{
    const options_case *c = &options[_i];
    options_bytes o = {.size = c->known};
    taken(c, &o);
    size_t least = c->make == make_engine ? offsetof(fir_engine_options, data_dir) : c->known; /* of the first version */
    o.size = least;
    taken(c, &o);
    for (size_t size = 0; size < least; size++) {
        o.size = size;
        refused(c, &o);
    }
    for (size_t tail = 1; tail <= TAIL; tail++) { /* of a newer header: fine while nothing new is asked for */
        o.size = c->known + tail;
        taken(c, &o);
        o.bytes[c->known + tail - 1] = 1;
        refused(c, &o);
        o.bytes[c->known + tail - 1] = 0;
    }
}
END_TEST

START_TEST(unknown_flags)
{
    const options_case *c = &options[_i];
    options_bytes o = {.size = c->known};
    for (unsigned bit = 0; bit < 32; bit++) {
        uint32_t flag = 1u << bit;
        memcpy(o.bytes + c->flags_at, &flag, sizeof flag);
        if ((c->known_flags & flag) != 0) {
            taken(c, &o);
        } else {
            refused(c, &o);
        }
    }
}
END_TEST

/* ---- allocators ---- */

static int asked, given_back;

static void *give(void *self, size_t n)
{
    asked += self == &asked;
    return malloc(n);
}

static void *change(void *self, void *p, size_t n)
{
    asked += self == &asked;
    return realloc(p, n);
}

static void take(void *self, void *p)
{
    given_back += self == &asked;
    free(p);
}

START_TEST(allocators)
{
    const options_case *c = &options[_i];
    const fir_allocator good = {sizeof good, &asked, give, change, take};
    fir_allocator a = good;
    const fir_allocator *pointer = &a;
    options_bytes o = {.size = c->known};
    memcpy(o.bytes + c->allocator_at, &pointer, sizeof pointer);
    a.size = sizeof a - 1;
    refused(c, &o);
    a = good, a.alloc = NULL;
    refused(c, &o);
    a = good, a.resize = NULL;
    refused(c, &o);
    a = good, a.release = NULL;
    refused(c, &o);
    ck_assert_int_eq(asked, 0);
    a = good;
    void *out;
    API_WORKS(c->make(&o, &out, &err));
    memset(&a, 0, sizeof a); /* it was copied */
    c->drop(out);
    ck_assert_int_gt(asked, 0);
    ck_assert_int_gt(given_back, 0);
}
END_TEST

START_TEST(bounds_of_options)
{
    fir_event_options eo = {.size = sizeof eo};
    fir_reader_options ro = {.size = sizeof ro};
    fir_engine_options go = {.size = sizeof go};
    fir_event *e;
    fir_reader *r;
    fir_engine *g;
    fir_transport transport = {.size = sizeof transport};
    fir_clock clock = {.size = sizeof clock};
    eo.max_depth = 65;
    API_FAILS(FIR_EINVAL, fir_event_new(&eo, &e, &err));
    eo.max_depth = 0, eo.max_bytes = (UINT64_C(1) << 30) + 1;
    API_FAILS(FIR_EINVAL, fir_event_new(&eo, &e, &err));
    eo.max_bytes = 0, eo.max_fields = (1u << 20) + 1;
    API_FAILS(FIR_EINVAL, fir_event_new(&eo, &e, &err));
    eo.max_fields = 0, eo.reserved = 1;
    API_FAILS(FIR_EINVAL, fir_event_new(&eo, &e, &err));
    ro.max_bytes = UINT64_MAX;
    API_FAILS(FIR_EINVAL, fir_reader_new(&ro, &r, &err));
    ro.max_bytes = 0, ro.reserved = 1;
    API_FAILS(FIR_EINVAL, fir_reader_new(&ro, &r, &err));
    go.attempt_timeout_ns = -1;
    API_FAILS(FIR_EINVAL, fir_engine_new(&go, NULL, playbook, &g, &err));
    go.attempt_timeout_ns = 0, go.transport = &transport;
    API_FAILS(FIR_EINVAL, fir_engine_new(&go, NULL, playbook, &g, &err));
    go.transport = NULL, go.clock = &clock;
    API_FAILS(FIR_EINVAL, fir_engine_new(&go, NULL, playbook, &g, &err));
    ck_assert_ptr_null(g);
    fir_condition_options co = {.size = sizeof co, .reserved = 1};
    fir_condition *c;
    API_FAILS(FIR_EINVAL, fir_condition_compile("a.b = c", 7, &co, &c, &err));
    fir_evaluator_options xo = {.size = sizeof xo, .reserved = 1};
    fir_evaluator *x;
    API_FAILS(FIR_EINVAL, fir_evaluator_new(&xo, &x, &err));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, events);
    tcase_add_test(t, readers);
    tcase_add_test(t, conditions);
    tcase_add_test(t, templates);
    tcase_add_test(t, catalogues);
    tcase_add_test(t, compilers);
    tcase_add_test(t, plans);
    tcase_add_test(t, engines);
    tcase_add_test(t, a_transport_that_says_nothing);
    tcase_add_test(t, calls);
    tcase_add_test(t, versions);
    tcase_add_loop_test(t, sizes_and_tails, 0, N_OPTIONS);
    tcase_add_loop_test(t, unknown_flags, 0, N_OPTIONS);
    tcase_add_loop_test(t, allocators, 0, N_OPTIONS);
    tcase_add_test(t, bounds_of_options);
}

int main(void)
{
    return api_run("arguments", add);
}
