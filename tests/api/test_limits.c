/* SPDX-License-Identifier: Apache-2.0 */
/* Each limit at its bound and one beyond; what is beyond says which limit it was and how much it is. */
#include "api.h"

#include <stdarg.h>
#include <stdio.h>

#include "support/fake.h"
#include "support/world.h"
#include "text.h"

__attribute__((format(printf, 2, 3))) static void putf(text *t, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    put(t, line, 1);
}

static void drop(text *t)
{
    free(t->p);
    *t = (text){NULL, 0};
}

/* The code is FIR_ELIMIT, and the message holds both texts. */
static void limited(int code, const fir_error *e, const char *name, const char *value)
{
    ck_assert_msg(code == FIR_ELIMIT, "%s: %s: %s", name, fir_code_name(code), code != 0 ? e->message : "");
    api_written(e, code, name);
    ck_assert_msg(strstr(e->message, name) != NULL && strstr(e->message, value) != NULL, "\"%s\" names not %s and %s", e->message,
                  name, value);
}

/* ---- alerts ---- */

static int parse(const fir_event_options *o, const char *p, size_t n, fir_error *e)
{
    fir_event *event;
    API_WORKS(fir_event_new(o, &event, &err));
    int code = fir_event_parse(event, p, n, NULL, e);
    fir_event_free(event);
    return code;
}

START_TEST(bytes_of_an_alert)
{
    fir_event_options o = {.size = sizeof o};
    fir_error e = api_marked();
    o.max_bytes = strlen(api_alert);
    ck_assert_int_eq(parse(&o, api_alert, strlen(api_alert), &e), 0);
    o.max_bytes--;
    char bound[30];
    (void)snprintf(bound, sizeof bound, "%zu", (size_t)o.max_bytes);
    limited(parse(&o, api_alert, strlen(api_alert), &e), &e, "max_bytes", bound);
    text t = {NULL, 0}; /* and the default */
    put(&t, "{\"rule\":\"", 1);
    put(&t, "x", 256 * 1024 - 11);
    put(&t, "\"}", 1);
    ck_assert_uint_eq(t.n, 256 * 1024);
    ck_assert_int_eq(parse(NULL, t.p, t.n, &e), 0);
    put(&t, " ", 1);
    limited(parse(NULL, t.p, t.n, &e), &e, "max_bytes", "262144");
    drop(&t);
}
END_TEST

static int parse_nested(const fir_event_options *o, size_t depth, fir_error *e)
{
    text t = {NULL, 0};
    put(&t, "{\"rule\":\"r\",\"output_fields\":{\"a\":", 1);
    put(&t, "[", depth - 2);
    put(&t, "]", depth - 2);
    put(&t, "}}", 1);
    int code = parse(o, t.p, t.n, e);
    drop(&t);
    return code;
}

START_TEST(depth_of_an_alert)
{
    fir_event_options o = {.size = sizeof o, .max_depth = 5};
    fir_error e = api_marked();
    ck_assert_int_eq(parse_nested(&o, 5, &e), 0);
    limited(parse_nested(&o, 6, &e), &e, "max_depth", "5");
    ck_assert_int_eq(parse_nested(NULL, 64, &e), 0);
    limited(parse_nested(NULL, 65, &e), &e, "max_depth", "64");
}
END_TEST

static int parse_fields(const fir_event_options *o, size_t count, fir_error *e)
{
    text t = {NULL, 0};
    put(&t, "{\"rule\":\"r\",\"output_fields\":{", 1);
    for (size_t i = 0; i < count; i++) {
        putf(&t, "%s\"f%05zu\":1", i != 0 ? "," : "", i);
    }
    put(&t, "}}", 1);
    int code = parse(o, t.p, t.n, e);
    drop(&t);
    return code;
}

START_TEST(fields_of_an_alert)
{
    fir_event_options o = {.size = sizeof o, .max_fields = 3};
    fir_error e = api_marked();
    ck_assert_int_eq(parse_fields(&o, 3, &e), 0);
    limited(parse_fields(&o, 4, &e), &e, "max_fields", "(3)");
    ck_assert_int_eq(parse_fields(NULL, 1024, &e), 0);
    limited(parse_fields(NULL, 1025, &e), &e, "max_fields", "(1024)");
}
END_TEST

START_TEST(bytes_of_a_stream)
{
    static const char good[] = "{\"rule\":\"good\"}\n";
    fir_error e = api_marked();
    for (size_t size = 100; size <= 101; size++) {
        fir_reader_options o = {.size = sizeof o, .max_bytes = 100};
        text t = {NULL, 0};
        fir_reader *r;
        fir_event *event;
        fir_value v;
        put(&t, "{\"rule\":\"", 1);
        put(&t, "x", size - 11);
        put(&t, "\"}\n", 1);
        put(&t, good, 1);
        API_WORKS(fir_reader_new(&o, &r, &err));
        API_WORKS(fir_event_new(NULL, &event, &err));
        API_WORKS(fir_reader_feed(r, t.p, t.n, 1, &err));
        int code = fir_reader_next(r, event, NULL, NULL, &e);
        if (size == 100) {
            ck_assert_int_eq(code, 0);
        } else {
            limited(code, &e, "max_bytes", "100 bytes");
        }
        API_WORKS(fir_reader_next(r, event, NULL, NULL, &err)); /* reading goes on behind it */
        ck_assert_int_eq(fir_event_get(event, "rule", 4, FIR_WHOLE, &v), 0);
        ck_assert_mem_eq(v.s.ptr, "good", 4);
        fir_reader_free(r);
        fir_event_free(event);
        drop(&t);
    }
}
END_TEST

/* ---- conditions ---- */

static int nested_condition(uint32_t max_depth, size_t depth, fir_error *e)
{
    fir_condition_options o = {.size = sizeof o, .max_depth = max_depth};
    text t = {NULL, 0};
    fir_condition *c;
    put(&t, "(", depth);
    put(&t, "proc.name = sh", 1);
    put(&t, ")", depth);
    int code = fir_condition_compile(t.p, t.n, &o, &c, e);
    fir_condition_free(c);
    drop(&t);
    return code;
}

START_TEST(depth_of_a_condition)
{
    fir_error e = api_marked();
    size_t deepest = 0;
    while (nested_condition(10, deepest, &e) == 0) {
        deepest++;
    }
    ck_assert_uint_ge(deepest, 9);
    ck_assert_uint_le(deepest, 11);
    ck_assert_int_ne(e.code, FIR_ENOMEM);
    ck_assert_msg(strstr(e.message, "10") != NULL, "%s", e.message);
    ck_assert_int_eq(nested_condition(0, 249, &e), 0);
    ck_assert_int_ne(nested_condition(0, 251, &e), 0);
    ck_assert_msg(strstr(e.message, "250") != NULL, "%s", e.message);
    ck_assert_int_eq(nested_condition(1000, 999, &e), 0);
    ck_assert_int_ne(nested_condition(1000, 1001, &e), 0);
    ck_assert_int_eq(nested_condition(1001, 1, &e), FIR_EINVAL);
}
END_TEST

START_TEST(size_of_a_condition)
{
    fir_error e = api_marked();
    fir_condition *c;
    text t = {NULL, 0};
    put(&t, "proc.name = sh", 1);
    put(&t, " ", (1 << 20) - t.n);
    ck_assert_int_eq(fir_condition_compile(t.p, t.n, NULL, &c, &e), 0);
    fir_condition_free(c);
    put(&t, " ", 1);
    limited(fir_condition_compile(t.p, t.n, NULL, &c, &e), &e, "bytes", "1048576");
    drop(&t);
    put(&t, "proc.name regex '", 1);
    put(&t, "a", 16384);
    put(&t, "'", 1);
    ck_assert_int_eq(fir_condition_compile(t.p, t.n, NULL, &c, &e), 0);
    fir_condition_free(c);
    drop(&t);
    put(&t, "proc.name regex '", 1);
    put(&t, "a", 16385);
    put(&t, "'", 1);
    int code = fir_condition_compile(t.p, t.n, NULL, &c, &e);
    ck_assert_msg(code == FIR_ELIMIT || code == FIR_ECOMPILE, "%d", code);
    ck_assert_msg(strstr(e.message, "16384") != NULL, "%s", e.message);
    drop(&t);
}
END_TEST

static int32_t slow_verdict(uint32_t steps)
{
    static const char alert[] = "{\"rule\":\"r\",\"output_fields\":{\"proc.name\":\"aaaaaaaaaaaaaaaaaaaaab\"}}";
    static const char condition[] = "proc.name regex '(a|aa)+$'";
    fir_condition_options o = {.size = sizeof o, .regex_steps = steps};
    fir_event *e = api_event(alert, strlen(alert));
    fir_evaluator *x;
    fir_condition *c;
    int32_t verdict = -1;
    API_WORKS(fir_evaluator_new(NULL, &x, &err));
    API_WORKS(fir_condition_compile(condition, strlen(condition), &o, &c, &err));
    API_WORKS(fir_condition_eval(c, x, e, &verdict, &err)); /* a limit is a verdict here, no failure */
    fir_event_free(e);
    fir_condition_free(c);
    fir_evaluator_free(x);
    return verdict;
}

START_TEST(steps_of_a_regex)
{
    /* The JIT and the interpreter count differently: the bound is looked for, and is one. */
    uint32_t low = 1, high = 100000000;
    ck_assert_int_eq(slow_verdict(low), FIR_UNDECIDED);
    ck_assert_int_eq(slow_verdict(high), FIR_FALSE);
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        int32_t v = slow_verdict(middle);
        ck_assert(v == FIR_UNDECIDED || v == FIR_FALSE);
        *(v == FIR_FALSE ? &high : &low) = middle;
    }
    ck_assert_int_eq(slow_verdict(high), FIR_FALSE);
    ck_assert_int_eq(slow_verdict(high - 1), FIR_UNDECIDED);
    ck_assert_uint_gt(high, 100);
}
END_TEST

/* ---- templates ---- */

static int compile_template(uint32_t max_output, const text *t, fir_error *e)
{
    fir_template_options o = {.size = sizeof o, .max_output = max_output};
    fir_template *template;
    int code = fir_template_compile(t->p, t->n, &o, &template, e);
    fir_template_free(template);
    return code;
}

START_TEST(sizes_of_a_template)
{
    fir_error e = api_marked();
    text t = {NULL, 0};
    put(&t, "x", 100);
    ck_assert_int_eq(compile_template(100, &t, &e), 0);
    limited(compile_template(99, &t, &e), &e, "100 bytes", "99");
    drop(&t);
    put(&t, "x", 1 << 20);
    ck_assert_int_eq(compile_template(1u << 30, &t, &e), 0);
    put(&t, "x", 1);
    limited(compile_template(1u << 30, &t, &e), &e, "bytes", "1048576");
    drop(&t);
    put(&t, "{{rule}}", 4096);
    ck_assert_int_eq(compile_template(1u << 30, &t, &e), 0);
    put(&t, "{{rule}}", 1);
    limited(compile_template(1u << 30, &t, &e), &e, "expansions", "4096");
    drop(&t);
}
END_TEST

static int piped(size_t filters, size_t parentheses, fir_error *e)
{
    text t = {NULL, 0};
    put(&t, "{{", 1);
    put(&t, "(", parentheses);
    put(&t, "rule", 1);
    put(&t, ")", parentheses);
    put(&t, " | upper", filters);
    put(&t, "}}", 1);
    int code = compile_template(0, &t, e);
    drop(&t);
    return code;
}

START_TEST(depths_of_a_template)
{
    fir_error e = api_marked();
    ck_assert_int_eq(piped(16, 0, &e), 0);
    ck_assert_int_ne(piped(17, 0, &e), 0);
    ck_assert_msg(strstr(e.message, "16") != NULL, "%s", e.message);
    size_t deepest = 0;
    while (deepest < 100 && piped(0, deepest, &e) == 0) {
        deepest++;
    }
    ck_assert_uint_ge(deepest, 32);
    ck_assert_uint_le(deepest, 34);
    ck_assert_msg(strstr(e.message, "32") != NULL, "%s", e.message);
}
END_TEST

/* What an alert can do to a rendering is cut, and never makes it fail or longer than it may be. */
START_TEST(output_of_a_template)
{
    text alert = {NULL, 0};
    static const char source[] = "<{{proc.cmdline}}|{{proc.cmdline}}>";
    put(&alert, "{\"rule\":\"r\",\"output_fields\":{\"proc.cmdline\":\"", 1);
    put(&alert, "x", 100000);
    put(&alert, "\"}}", 1);
    fir_event *event = api_event(alert.p, alert.n);
    for (int32_t sink = FIR_SINK_TEXT; sink <= FIR_SINK_RAW; sink++) {
        if (sink == FIR_SINK_K8S_NAME || sink == FIR_SINK_K8S_LABEL) {
            continue; /* refuse what is no name */
        }
        fir_template_options o = {.size = sizeof o, .sink = sink, .max_output = 4000};
        fir_template *t;
        fir_buf b = {NULL, 0, NULL};
        fir_error e = api_marked();
        const char *p = sink == FIR_SINK_URL    ? "https://h.example/{{proc.cmdline}}?q={{proc.cmdline}}"
                        : sink == FIR_SINK_JSON ? "[\"{{proc.cmdline}}\",{{proc.cmdline}}]"
                                                : source;
        API_WORKS(fir_template_compile(p, strlen(p), &o, &t, &err));
        int code = fir_template_render(t, event, &b, &e);
        if (code == 0) {
            api_untouched(&e, "render");
            ck_assert_uint_le(b.len, 4000);
            ck_assert_uint_gt(b.len, 100);
        } else {
            ck_assert_msg(code == FIR_ELIMIT || code == FIR_ETYPE, "sink %d: %s", sink, e.message);
            api_written(&e, code, "render");
        }
        fir_buf_dispose(&b);
        fir_template_free(t);
    }
    fir_event_free(event);
    drop(&alert);
}
END_TEST

/* ---- playbooks ---- */

/* Whether the text compiles; else whether the diagnostic of that code names the bound. */
static bool builds(const fir_compiler_options *o, const text *t, const char *code, const char *bound)
{
    fir_compiler *k;
    fir_playbook *p;
    fir_buf b;
    API_WORKS(fir_compiler_new(NULL, o, &k, &err));
    API_WORKS(fir_compiler_add(k, "p.yaml", t->p, t->n, &err));
    int result = fir_compiler_build(k, &p, NULL);
    API_WORKS(fir_compiler_diagnostics_json(k, &b, &err));
    if (result != 0) {
        ck_assert_int_eq(result, FIR_ECOMPILE);
        ck_assert_msg(strstr(b.ptr, code) != NULL && strstr(b.ptr, bound) != NULL, "not %s with %s: %.300s", code, bound, b.ptr);
    }
    fir_buf_dispose(&b);
    fir_playbook_unref(p);
    fir_compiler_free(k);
    return result == 0;
}

START_TEST(bytes_of_a_file)
{
    fir_compiler_options o = {.size = sizeof o, .max_file_bytes = 60};
    text t = {NULL, 0};
    put(&t, "- list: a\n  items: [b]\n#", 1);
    put(&t, "x", 60 - t.n);
    ck_assert(builds(&o, &t, "", ""));
    put(&t, "x", 1);
    ck_assert(!builds(&o, &t, "FIR-Y021", "60"));
    drop(&t);
}
END_TEST

static bool deep_file(uint32_t max_depth, size_t depth, const char *bound)
{
    fir_compiler_options o = {.size = sizeof o, .max_depth = max_depth};
    text t = {NULL, 0};
    put(&t,
        "- rule: R\n  condition: proc.name = sh\n  actions: [{action: a, use: 'local:file', parameters: {path: /x, line: y}}]\n"
        "- test: T\n  event: {rule: r, output_fields: {a: ",
        1);
    put(&t, "[", depth - 4);
    put(&t, "]", depth - 4);
    put(&t, "}}\n  expect_no_rule: [R]\n", 1);
    bool fine = builds(&o, &t, "FIR-Y022", bound);
    drop(&t);
    return fine;
}

START_TEST(depth_of_a_file)
{
    ck_assert(deep_file(10, 10, "10"));
    ck_assert(!deep_file(10, 11, "10"));
    ck_assert(deep_file(0, 64, "64"));
    ck_assert(!deep_file(0, 65, "64"));
}
END_TEST

START_TEST(nodes_of_a_file)
{
    fir_compiler_options o = {.size = sizeof o, .max_nodes = 1000};
    text t = {NULL, 0};
    size_t items = 0;
    for (;; items++) { /* the most that goes */
        drop(&t);
        put(&t, "- list: a\n  items: [b", 1);
        put(&t, ",b", 900 + items);
        put(&t, "]\n", 1);
        if (!builds(&o, &t, "FIR-Y023", "1000")) {
            break;
        }
    }
    ck_assert_uint_gt(items, 80);
    ck_assert_uint_lt(items, 100);
    drop(&t);
    put(&t, "- list: a\n  items: &a [b,b,b,b,b,b,b,b,b,b,b,b,b,b,b,b,b,b,b,b]\n", 1); /* aliases count expanded */
    for (int i = 0; i < 36; i++) {
        putf(&t, "- list: c%d\n  items: *a\n", i);
    }
    ck_assert(builds(&o, &t, "", ""));
    put(&t, "- list: d\n  items: *a\n- list: e\n  items: *a\n- list: f\n  items: *a\n- list: g\n  items: *a\n", 1);
    put(&t, "- list: h\n  items: *a\n- list: i\n  items: *a\n- list: j\n  items: *a\n- list: k\n  items: *a\n", 1);
    ck_assert(!builds(&o, &t, "FIR-Y023", "1000"));
    drop(&t);
}
END_TEST

START_TEST(aliases_of_a_file)
{
    text t = {NULL, 0};
    put(&t, "- list: a\n  items: [&x b", 1);
    put(&t, ",*x", 1000);
    put(&t, "]\n", 1);
    ck_assert(builds(NULL, &t, "", ""));
    drop(&t);
    put(&t, "- list: a\n  items: [&x b", 1);
    put(&t, ",*x", 1001);
    put(&t, "]\n", 1);
    ck_assert(!builds(NULL, &t, "FIR-Y024", "1000"));
    drop(&t);
    put(&t, "- list: a\n  items: [b", 1);
    for (int i = 0; i < 1001; i++) {
        putf(&t, ",&x%d b", i);
    }
    put(&t, "]\n", 1);
    ck_assert(!builds(NULL, &t, "FIR-Y024", "1000"));
    drop(&t);
}
END_TEST

/* ---- plans ---- */

static int plan(uint64_t max, const fir_playbook *p, const fir_event *event, fir_error *e)
{
    fir_evaluator_options o = {.size = sizeof o, .max_plan_bytes = max};
    fir_evaluator *x;
    fir_plan *pl = NULL;
    fir_buf b;
    API_WORKS(fir_evaluator_new(&o, &x, &err));
    int code = fir_evaluate(x, p, event, 0, &pl, e);
    ck_assert_int_eq(code == 0, pl != NULL);
    if (code == FIR_ELIMIT && max <= 1024) { /* in a batch, which keeps less of the alert, it is the line's own failure */
        API_WORKS(fir_evaluate_ndjson(x, p, api_alert, strlen(api_alert), 0, &b, &err));
        ck_assert_ptr_nonnull(strstr(b.ptr, "{\"error\":{\"code\":\"FIR_ELIMIT\""));
        fir_buf_dispose(&b);
    }
    fir_plan_free(pl);
    fir_evaluator_free(x);
    return code;
}

START_TEST(bytes_of_a_plan)
{
    fir_playbook *p = api_compile(api_playbook);
    fir_event *event = api_event(api_alert, strlen(api_alert));
    fir_error e = api_marked();
    uint64_t low = 1, high = 1 << 20;
    ck_assert_int_eq(plan(high, p, event, &e), 0);
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        int code = plan(middle, p, event, &e);
        ck_assert_msg(code == 0 || code == FIR_ELIMIT, "%s", e.message);
        *(code == 0 ? &high : &low) = middle;
    }
    e = api_marked();
    ck_assert_int_eq(plan(high, p, event, &e), 0);
    api_untouched(&e, "evaluate");
    int code = plan(high - 1, p, event, &e);
    ck_assert_int_eq(code, FIR_ELIMIT);
    api_written(&e, code, "evaluate");
    ck_assert_uint_gt(high, 1000);
    fir_event_free(event);
    fir_playbook_unref(p);
}
END_TEST

/* ---- the engine ---- */

static fir_engine *engine(fake *f, fir_playbook *p, uint64_t max_queued, uint64_t max_outcomes)
{
    fir_engine *g;
    fake_init(f);
    fir_engine_options o = {.size = sizeof o,
                            .transport = &f->transport,
                            .clock = &f->clock,
                            .max_queued = max_queued,
                            .max_outcomes = max_outcomes,
                            .flags = FIR_ENGINE_AS_OF_ALERTS};
    API_WORKS(fir_engine_new(&o, NULL, p, &g, &err));
    return g;
}

static void submit(fir_engine *g, size_t times, int wanted, fir_error *e)
{
    text t = {NULL, 0};
    for (size_t i = 0; i < times; i++) {
        char *fresh = world_fresh(api_alert);
        put(&t, fresh, 1);
        put(&t, "\n", 1);
        free(fresh);
    }
    fir_buf receipts = {(char *)g, 1, g};
    int code = fir_engine_submit(g, t.p, t.n, &receipts, e);
    ck_assert_msg(code == wanted, "%zu alerts: %s: %s", times, fir_code_name(code), code != 0 ? e->message : "");
    ck_assert_int_eq(code == 0, receipts.ptr != NULL);
    fir_buf_dispose(&receipts);
    drop(&t);
}

START_TEST(alerts_in_an_engine)
{
    fake *f = malloc(sizeof *f);
    fir_playbook *p = api_compile(api_playbook);
    fir_engine *g = engine(f, p, 3, 0);
    fir_error e = api_marked();
    submit(g, 4, FIR_EAGAIN, &e); /* more than ever fits: none of them */
    api_written(&e, FIR_EAGAIN, "submit");
    ck_assert_ptr_nonnull(strstr(e.message, "3 alerts"));
    submit(g, 2, 0, &e);
    submit(g, 2, FIR_EAGAIN, &e);
    submit(g, 1, 0, &e);
    submit(g, 1, FIR_EAGAIN, &e);
    int code;
    while ((code = fir_engine_poll(g, 1000, NULL)) == 0) {
    }
    ck_assert_int_eq(code, FIR_EAGAIN);
    ck_assert_uint_eq(f->n, 6); /* three alerts, two actions each */
    submit(g, 3, 0, &e);
    fir_engine_free(g);
    fir_playbook_unref(p);
    fake_free(f);
    free(f);
}
END_TEST

START_TEST(outcomes_in_an_engine)
{
    fake *f = malloc(sizeof *f);
    fir_playbook *p = api_compile(api_playbook);
    fir_engine *g = engine(f, p, 0, 3);
    fir_error e = api_marked();
    fir_buf b;
    uint64_t next;
    for (int i = 0; i < 3; i++) {
        submit(g, 1, 0, &e);
        while (fir_engine_poll(g, 1000, NULL) == 0) {
        }
        API_WORKS(fir_engine_outcomes_json(g, 0, 0, &next, &b, &err));
        size_t kept = 0;
        for (const char *s = b.ptr; (s = strstr(s, "\"seq\":")) != NULL; s++) {
            kept++;
        }
        ck_assert_uint_eq(kept, i == 0 ? 2 : 3);
        ck_assert_uint_eq(next, 2 * (uint64_t)(i + 1));
        char newest[30];
        (void)snprintf(newest, sizeof newest, "\"seq\":%d,", 2 * (i + 1));
        ck_assert_ptr_nonnull(strstr(b.ptr, newest)); /* the oldest go */
        fir_buf_dispose(&b);
    }
    fir_engine_free(g);
    fir_playbook_unref(p);
    fake_free(f);
    free(f);
}
END_TEST

START_TEST(depth_of_a_schema)
{
    static const size_t depths[] = {64, 65};
    for (int i = 0; i < 2; i++) {
        fir_catalog *c;
        text t = {NULL, 0};
        fir_error e = api_marked();
        put(&t, "[", depths[i]);
        put(&t, "]", depths[i]);
        API_WORKS(fir_catalog_new(&c, &err));
        int code = fir_catalog_add(c, t.p, t.n, &e);
        if (i == 0) {
            ck_assert_int_eq(code, FIR_EINVAL); /* read, and no schema */
        } else {
            limited(code, &e, "deeper", "64");
        }
        fir_catalog_unref(c);
        drop(&t);
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, bytes_of_an_alert);
    tcase_add_test(t, depth_of_an_alert);
    tcase_add_test(t, fields_of_an_alert);
    tcase_add_test(t, bytes_of_a_stream);
    tcase_add_test(t, depth_of_a_condition);
    tcase_add_test(t, size_of_a_condition);
    tcase_add_test(t, steps_of_a_regex);
    tcase_add_test(t, sizes_of_a_template);
    tcase_add_test(t, depths_of_a_template);
    tcase_add_test(t, output_of_a_template);
    tcase_add_test(t, bytes_of_a_file);
    tcase_add_test(t, depth_of_a_file);
    tcase_add_test(t, nodes_of_a_file);
    tcase_add_test(t, aliases_of_a_file);
    tcase_add_test(t, bytes_of_a_plan);
    tcase_add_test(t, alerts_in_an_engine);
    tcase_add_test(t, outcomes_in_an_engine);
    tcase_add_test(t, depth_of_a_schema);
}

int main(void)
{
    return api_run("limits", add);
}
