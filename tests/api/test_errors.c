/* SPDX-License-Identifier: Apache-2.0 */
/* Where errors point, and that an error is written when there is one and only then. */
#include "api.h"

#include <stdio.h>

#include "support/vectors.h"

static void at(const fir_error *e, uint32_t line, uint32_t column, uint64_t offset)
{
    ck_assert_msg(e->line == line && e->column == column && e->offset == offset,
                  "at %u:%u offset %llu, wanted %u:%u offset %llu: %s", e->line, e->column, (unsigned long long)e->offset, line,
                  column, (unsigned long long)offset, e->message);
}

static void says(const fir_error *e, const char *text)
{
    ck_assert_msg(strstr(e->message, text) != NULL, "\"%s\" does not say \"%s\"", e->message, text);
}

START_TEST(a_condition)
{
    static const struct {
        const char *text;
        int code;
        uint32_t line, column;
        const char *message;
    } cases[] = {
        {"proc.name = ", FIR_EPARSE, 1, 13, ""},
        {"proc.name = sh\nand (\n  fd.name = x", FIR_EPARSE, 3, 14, ""},
        {"proc.name = sh or\r\n evt.num = abc", FIR_ECOMPILE, 3, 2, "abc is not a valid number"},
        {"proc.name = sh and\n nomacro", FIR_ECOMPILE, 2, 2, "nomacro"},
        {"proc.name regex '('", FIR_ECOMPILE, 1, 1, "missing )"},
        {"\xC3\xA4 = sh", FIR_EPARSE, 1, 1, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fir_error e = api_marked();
        fir_condition *c = (fir_condition *)&e;
        ck_assert_msg(fir_condition_compile(cases[i].text, strlen(cases[i].text), NULL, &c, &e) == cases[i].code, "%s: %s",
                      cases[i].text, e.message);
        ck_assert_ptr_null(c);
        api_written(&e, cases[i].code, cases[i].text);
        uint64_t offset = 0;
        for (uint32_t line = 1; line < cases[i].line; offset++) { /* as Falco counts: each CR and each LF is an end */
            line += cases[i].text[offset] == '\n' || cases[i].text[offset] == '\r';
        }
        at(&e, cases[i].line, cases[i].column, offset + cases[i].column - 1);
        says(&e, cases[i].message);
    }
}
END_TEST

START_TEST(a_macro_of_a_condition)
{
    fir_macro m = {{"broken", 6}, {"proc.name = ", 12}};
    fir_condition_options o = {.size = sizeof o, .macros = &m, .n_macros = 1};
    fir_condition *c;
    fir_error e = api_marked();
    ck_assert_int_eq(fir_condition_compile("broken", 6, &o, &c, &e), FIR_EPARSE);
    ck_assert_str_eq(e.origin, "broken");
    at(&e, 1, 13, 12);
}
END_TEST

START_TEST(a_template)
{
    static const struct {
        const char *text;
        int32_t syntax;
        uint32_t line, column;
        uint64_t offset;
    } cases[] = {
        {"a {{proc.name", FIR_SYNTAX_FALCOIR, 1, 3, 2},
        {"a\nbc {{proc.name | nofilter}}", FIR_SYNTAX_FALCOIR, 2, 18, 19},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fir_template_options o = {.size = sizeof o, .syntax = cases[i].syntax};
        fir_template *t;
        fir_error e = api_marked();
        ck_assert_msg(fir_template_compile(cases[i].text, strlen(cases[i].text), &o, &t, &e) == FIR_ECOMPILE, "%s", cases[i].text);
        ck_assert_ptr_null(t);
        api_written(&e, FIR_ECOMPILE, cases[i].text);
        at(&e, cases[i].line, cases[i].column, cases[i].offset);
    }
}
END_TEST

START_TEST(an_alert)
{
    static const struct {
        const char *text;
        uint32_t line, column;
        uint64_t offset;
    } cases[] = {
        {"{\"rule\":\"r\",\n \"rule\":\"s\"}", 2, 3, 15},
        {"{\"rule\":tru}", 1, 9, 8},
        {"{\"rule\":\"r\"} x", 1, 14, 13},
    };
    fir_event *event;
    API_WORKS(fir_event_new(NULL, &event, &err));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fir_error e = api_marked();
        ck_assert_int_eq(fir_event_parse(event, cases[i].text, strlen(cases[i].text), NULL, &e), FIR_EPARSE);
        api_written(&e, FIR_EPARSE, cases[i].text);
        at(&e, cases[i].line, cases[i].column, cases[i].offset);
    }
    fir_event_free(event);
}
END_TEST

START_TEST(a_stream)
{
    static const char text[] = "{\"rule\":\"a\"}\n{\"rule\":tru}\n";
    fir_reader *r;
    fir_event *event;
    uint64_t line;
    API_WORKS(fir_reader_new(NULL, &r, &err));
    API_WORKS(fir_event_new(NULL, &event, &err));
    API_WORKS(fir_reader_feed(r, text, strlen(text), 1, &err));
    API_WORKS(fir_reader_next(r, event, &line, NULL, &err));
    fir_error e = api_marked();
    ck_assert_int_eq(fir_reader_next(r, event, &line, NULL, &e), FIR_EPARSE);
    api_written(&e, FIR_EPARSE, text);
    ck_assert_uint_eq(line, 2);
    at(&e, 2, 9, 21);
    fir_reader_free(r);
    fir_event_free(event);
}
END_TEST

START_TEST(a_playbook)
{
    static const char text[] =
        "- rule: R\n  condition: proc.name = sh and\n    (fd.name in (x)\n  actions: [{action: a, use: 'local:file', "
        "parameters: {path: /x, line: y}}]\n";
    static const char long_origin[] =
        "/a/very/long/path/that/does/not/fit/into/the/field/of/the/error/and/so/keeps/its/end/and/not/its/"
        "start/playbook.yaml";
    fir_compiler *k;
    fir_playbook *p = (fir_playbook *)&k;
    fir_buf json;
    API_WORKS(fir_compiler_new(NULL, NULL, &k, &err));
    API_WORKS(fir_compiler_add(k, long_origin, text, strlen(text), &err)); /* a diagnostic, no failure */
    fir_error e = api_marked();
    ck_assert_int_eq(fir_compiler_build(k, &p, &e), FIR_ECOMPILE);
    ck_assert_ptr_null(p);
    api_written(&e, FIR_ECOMPILE, text);
    ck_assert_uint_eq(e.line, 3);
    ck_assert_uint_eq(e.column, 20);
    says(&e, "1 error; the first: expected a ')'");
    size_t kept = strlen(e.origin);
    ck_assert_uint_eq(kept, sizeof e.origin - 1);
    ck_assert_str_eq(e.origin, long_origin + strlen(long_origin) - kept);
    API_WORKS(fir_compiler_diagnostics_json(k, &json, &err));
    ck_assert_ptr_nonnull(strstr(json.ptr, "\"column\":20,"));
    ck_assert_ptr_nonnull(strstr(json.ptr, "\"line\":3,"));
    ck_assert_ptr_nonnull(strstr(json.ptr, long_origin)); /* there whole */
    fir_buf_dispose(&json);
    fir_compiler_free(k);
}
END_TEST

START_TEST(a_file_that_is_not_there)
{
    fir_compiler *k;
    API_WORKS(fir_compiler_new(NULL, NULL, &k, &err));
    fir_error e = api_marked();
    ck_assert_int_eq(fir_compiler_add_file(k, "/not/there.yaml", &e), FIR_EIO);
    ck_assert_str_eq(e.origin, "/not/there.yaml");
    fir_compiler_free(k);
}
END_TEST

START_TEST(a_long_message_is_cut_at_a_character)
{
    char text[2000];
    size_t n = 0;
    text[n++] = 'x';
    while (n + 2 < 1800) { /* two bytes each: one of both parities is cut in the middle by a careless cut */
        text[n++] = '\xC3';
        text[n++] = '\xA4';
    }
    for (size_t from = 0; from < 2; from++) {
        fir_macro m = {{text + from, n - from}, {"(", 1}};
        fir_condition_options o = {.size = sizeof o, .macros = &m, .n_macros = 1};
        fir_condition *c;
        fir_error e = api_marked();
        ck_assert_int_eq(fir_condition_compile("x", 1, &o, &c, &e), FIR_EPARSE);
        api_written(&e, FIR_EPARSE, "a macro with a long name");
        ck_assert_msg((e.origin[0] & 0xC0) != 0x80, "the origin begins inside of a character");
    }
}
END_TEST

/* ---- written on failure, untouched on success ---- */

static void check(int code, const fir_error *e, const char *what)
{
    if (code == 0) {
        api_untouched(e, what);
    } else {
        api_written(e, code, what);
    }
}

static fir_evaluator *scratch;
static fir_event *sample;
static size_t seen;

static void visit_condition(void *ctx, size_t line, const json_t *value)
{
    (void)ctx;
    (void)line;
    size_t n;
    const char *text = fir_test_text(value, "expr", &n);
    fir_condition *c;
    fir_error e = api_marked();
    int code = fir_condition_compile(text, n, NULL, &c, &e);
    check(code, &e, text);
    ck_assert_int_eq(code == 0, c != NULL);
    if (code == 0) {
        fir_buf b;
        int32_t verdict;
        API_WORKS(fir_condition_eval(c, scratch, sample, &verdict, &err));
        API_WORKS(fir_condition_to_string(c, &b, &err));
        fir_buf_dispose(&b);
    }
    fir_condition_free(c);
    seen++;
}

static void visit_template(void *ctx, size_t line, const json_t *value)
{
    (void)ctx;
    (void)line;
    size_t n;
    const char *text = fir_test_text(value, "format", &n);
    for (int32_t syntax = FIR_SYNTAX_FALCOIR; syntax <= FIR_SYNTAX_TALON; syntax++) {
        for (int32_t sink = FIR_SINK_TEXT; sink <= FIR_SINK_RAW; sink++) {
            fir_template_options o = {.size = sizeof o, .syntax = syntax, .sink = sink, .max_output = n % 3 == 0 ? 64 : 0};
            fir_template *t;
            fir_error e = api_marked();
            int code = fir_template_compile(text, n, &o, &t, &e);
            check(code, &e, text);
            ck_assert_int_eq(code == 0, t != NULL);
            if (code == 0) {
                fir_buf b = {0};
                e = api_marked();
                check(fir_template_render(t, sample, &b, &e), &e, text);
                fir_buf_dispose(&b);
            }
            fir_template_free(t);
        }
    }
    seen++;
}

static void visit_event(void *ctx, size_t line, const json_t *value)
{
    (void)ctx;
    (void)line;
    size_t n;
    const char *text = fir_test_text(value, "event", &n);
    fir_event *event;
    fir_reader *r;
    API_WORKS(fir_event_new(NULL, &event, &err));
    for (size_t cut = 0; cut <= n; cut += 1 + n / 50) { /* whole and broken */
        fir_event_info info;
        fir_error e = api_marked();
        int code = fir_event_parse(event, text, n - cut, &info, &e);
        check(code, &e, text);
        e = api_marked();
        API_WORKS(fir_reader_new(NULL, &r, &err));
        API_WORKS(fir_reader_feed(r, text, n - cut, 1, &err));
        code = fir_reader_next(r, event, NULL, NULL, &e);
        check(code, &e, text);
        fir_reader_free(r);
    }
    fir_event_free(event);
    seen++;
}

static void visit_playbook(void *ctx, size_t line, const json_t *value)
{
    fir_compiler *k = ctx;
    const json_t *file;
    size_t i;
    (void)line;
    json_array_foreach(json_object_get(value, "yaml"), i, file)
    {
        API_WORKS(fir_compiler_add(k, "p.yaml", json_string_value(file), json_string_length(file), &err));
    }
    if (i == 0) {
        size_t n;
        const char *text = fir_test_text(value, "yaml", &n);
        API_WORKS(fir_compiler_add(k, "p.yaml", text, n, &err));
    }
    fir_playbook *p;
    fir_error e = api_marked();
    int code = fir_compiler_build(k, &p, &e);
    check(code, &e, "build");
    ck_assert_int_eq(code == 0, p != NULL);
    if (code == 0) {
        fir_plan *pl;
        e = api_marked();
        check(fir_evaluate(scratch, p, sample, 0, &pl, &e), &e, "evaluate");
        fir_plan_free(pl);
    }
    fir_playbook_unref(p);
    seen++;
}

START_TEST(every_conformance_case)
{
    fir_compiler *k;
    sample = api_event(api_alert, strlen(api_alert));
    API_WORKS(fir_evaluator_new(NULL, &scratch, &err));
    API_WORKS(fir_compiler_new(NULL, NULL, &k, &err));
    fir_test_each_line(fir_test_own("conditions-parse.jsonl"), visit_condition, NULL);
    fir_test_each_line(fir_test_own("conditions-eval.jsonl"), visit_condition, NULL);
    fir_test_each_line(fir_test_own("output-format.jsonl"), visit_template, NULL);
    fir_test_each_line(fir_test_own("example-events.jsonl"), visit_event, NULL);
    fir_test_each_line(fir_test_own("playbooks-bad.jsonl"), visit_playbook, k); /* one compiler for all: usable again */
    fir_test_each_line(fir_test_own("playbooks-good.jsonl"), visit_playbook, k);
    ck_assert_uint_gt(seen, 600);
    fir_compiler_free(k);
    fir_evaluator_free(scratch);
    fir_event_free(sample);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_condition);
    tcase_add_test(t, a_macro_of_a_condition);
    tcase_add_test(t, a_template);
    tcase_add_test(t, an_alert);
    tcase_add_test(t, a_stream);
    tcase_add_test(t, a_playbook);
    tcase_add_test(t, a_file_that_is_not_there);
    tcase_add_test(t, a_long_message_is_cut_at_a_character);
    tcase_add_test(t, every_conformance_case);
}

int main(void)
{
    return api_run("errors", add);
}
