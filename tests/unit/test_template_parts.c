/* SPDX-License-Identifier: Apache-2.0 */
/* lib/template: what waits for a step. */
#include <jansson.h>

#include "support/render.h"
#include "support/suite.h"

static const char alert[] = "{\"rule\":\"r\",\"priority\":\"Notice\",\"time\":\"2026-07-14T09:21:33Z\",\"output_fields\":"
                            "{\"proc.name\":\"ba\\\"sh {{steps.capture.output}}\"}}";

static const fir_str steps[] = {{"capture", 7}, {"scan", 4}};

static void compile(test_template *t, int32_t sink, const char *text)
{
    test_template_init(t, FIR_SYNTAX_FALCOIR, sink);
    t->spec.steps = steps;
    t->spec.n_steps = 2;
    ck_assert_msg(test_template_compile(t, text, strlen(text)) == 0, "%s", t->error.message);
    test_template_alert(t, alert, strlen(alert));
}

START_TEST(steps_are_left_open)
{
    test_template t;
    fir__part *parts;
    size_t n;
    compile(&t, FIR_SINK_JSON,
            "{\"a\":\"{{proc.name}}: {{steps.capture.output | truncate(5) | default(\"no\\n\\\"\")}}\","
            "\"b\":{{steps.scan.status}}}");
    ck_assert(fir__template_waits(t.template));
    ck_assert_int_eq(test_template_render(&t), FIR_ESTATE);
    ck_assert_ptr_nonnull(strstr(t.error.message, "steps.capture.output is known only when"));
    ck_assert_int_eq(fir__template_parts(t.template, &t.frame, &t.arena, &parts, &n, &t.flags, &t.error), 0);
    ck_assert_uint_eq(n, 5);
    ck_assert(!parts[0].is_step);
    ck_assert(fir__str_eq(parts[0].text, FIR__S("{\"a\":\"ba\\\"sh {{steps.capture.output}}: ")));
    ck_assert(parts[1].is_step && parts[1].in_string);
    ck_assert(fir__str_eq(parts[1].step, FIR__S("capture")) && fir__str_eq(parts[1].get, FIR__S("output")));
    ck_assert(fir__str_eq(parts[1].filters, FIR__S("truncate(5)|default(\"no\\n\\\"\")")));
    ck_assert(fir__str_eq(parts[2].text, FIR__S("\",\"b\":")));
    ck_assert(parts[3].is_step && !parts[3].in_string && parts[3].filters.len == 0);
    ck_assert(fir__str_eq(parts[3].step, FIR__S("scan")) && fir__str_eq(parts[3].get, FIR__S("status")));
    ck_assert(fir__str_eq(parts[4].text, FIR__S("}")));
    test_template_free(&t);
}
END_TEST

/* Everything together, each step with the value, or without one (NULL). */
static const char *filled(test_template *t, int32_t sink, const char *text, const char *value)
{
    fir__part *parts;
    size_t n;
    compile(t, sink, text);
    ck_assert_int_eq(fir__template_parts(t->template, &t->frame, &t->arena, &parts, &n, &t->flags, &t->error), 0);
    fir__sbuf_clear(&t->out);
    for (size_t i = 0; i < n; i++) {
        int rc = fir__template_fill(&t->out, sink, &parts[i], fir__cstr(value), value == NULL, &t->error);
        if (rc != 0) {
            return NULL;
        }
    }
    fir__sbuf_char(&t->out, '\0');
    return t->out.ptr;
}

START_TEST(steps_are_filled_in)
{
    static const struct {
        int32_t sink;
        const char *template, *value, *wanted;
    } cases[] = {
        {FIR_SINK_JSON, "[\"{{steps.scan.output}}\",{{steps.scan.output}}]", "a\"\n", "[\"a\\\"\\n\",\"a\\\"\\n\"]"},
        {FIR_SINK_JSON, "[\"{{steps.scan.output}}\",{{steps.scan.output}}]", NULL, "[\"<NA>\",null]"},
        {FIR_SINK_JSON, "[{{steps.scan.output | len}},{{steps.scan.output|json}}]", "ab", "[2,\"ab\"]"},
        {FIR_SINK_TEXT, "x {{steps.scan.output | upper | truncate(3)}}", "a\nbc", "x A\\nB"},
        {FIR_SINK_TEXT, "x {{steps.scan.output | raw}}", "a\nb", "x a\nb"},
        {FIR_SINK_TEXT, "{{steps.scan.output}}", "{{proc.name}}", "{{proc.name}}"},
        {FIR_SINK_TEXT, "{{steps.scan.output | default(\"none\")}}", NULL, "none"},
        {FIR_SINK_TEXT, "{{steps.scan.output | required}}", NULL, NULL},
        {FIR_SINK_URL, "https://h/{{steps.scan.output}}?{{steps.scan.output}}", "..", "https://h/%5Cx2e%5Cx2e?.."},
        {FIR_SINK_SLACK, "{{steps.scan.status}}", "<!here>", "&lt;!here&gt;"},
        {FIR_SINK_ARGV, "{{steps.scan.output|unb64}}", "AA==", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_template t;
        const char *got = filled(&t, cases[i].sink, cases[i].template, cases[i].value);
        if (cases[i].wanted == NULL) {
            ck_assert_ptr_null(got);
            ck_assert_int_eq(t.error.code, FIR_ETYPE);
        } else {
            ck_assert_ptr_nonnull(got);
            ck_assert_str_eq(got, cases[i].wanted);
        }
        test_template_free(&t);
    }
}
END_TEST

START_TEST(filters_of_a_plan_are_judged_again)
{
    fir__sbuf b;
    fir_error error;
    fir__sbuf_init(&b, &fir__default_allocator, 100);
    fir__part part = {.is_step = true, .step = FIR__S("s"), .get = FIR__S("output"), .filters = FIR__S("upper|raw")};
    ck_assert_int_eq(fir__template_fill(&b, FIR_SINK_JSON, &part, FIR__S("x"), false, &error), FIR_ECOMPILE);
    part.filters = FIR__S("upper}} {{x");
    ck_assert_int_eq(fir__template_fill(&b, FIR_SINK_TEXT, &part, FIR__S("x"), false, &error), FIR_ECOMPILE);
    part.filters = FIR__S("nothing");
    ck_assert_int_eq(fir__template_fill(&b, FIR_SINK_TEXT, &part, FIR__S("x"), false, NULL), FIR_ECOMPILE);
    part.filters = FIR__S("");
    ck_assert_int_eq(fir__template_fill(&b, 99, &part, FIR__S("x"), false, &error), FIR_EINVAL);
    ck_assert_uint_eq(b.len, 0);
    fir__sbuf_free(&b);
}
END_TEST

START_TEST(nothing_open_is_one_part)
{
    test_template t;
    fir__part *parts;
    size_t n;
    compile(&t, FIR_SINK_TEXT, "a {{proc.name}} b");
    ck_assert(!fir__template_waits(t.template));
    ck_assert_int_eq(fir__template_parts(t.template, &t.frame, &t.arena, &parts, &n, &t.flags, &t.error), 0);
    ck_assert_uint_eq(n, 1);
    ck_assert(fir__str_eq(parts[0].text, FIR__S("a ba\"sh {{steps.capture.output}} b")));
    test_template_free(&t);
    compile(&t, FIR_SINK_K8S_NAME, "{{proc.name}}");
    ck_assert_int_eq(fir__template_parts(t.template, &t.frame, &t.arena, &parts, &n, &t.flags, &t.error), FIR_ETYPE);
    ck_assert_uint_eq(n, 0);
    test_template_free(&t);
}
END_TEST

/* What filled in later makes whole is judged as the rendered text would have been. */
START_TEST(wholes_are_judged)
{
    static const struct {
        int32_t sink;
        const char *text;
        bool value_first, allow_dash;
        int rc;
        const char *says;
    } cases[] = {
        {FIR_SINK_ARGV, "-x", true, false, FIR_ETYPE, "an argument begins with '-' and would be read as an option: '-x'"},
        {FIR_SINK_ARGV, "-x", true, true, 0, ""},
        {FIR_SINK_ARGV, "-x", false, false, 0, ""},
        {FIR_SINK_ARGV, "", true, false, 0, ""},
        {FIR_SINK_K8S_NAME, "a/b", true, false, FIR_ETYPE, "'a/b' is no Kubernetes name"},
        {FIR_SINK_K8S_NAME, "a-b", true, false, 0, ""},
        {FIR_SINK_K8S_LABEL, "", true, false, 0, ""},
        {FIR_SINK_TEXT, "a\nb", true, false, 0, ""},
        {-1, "a", true, false, FIR_EINVAL, "-1 is no sink"},
        {1000, "a", true, false, FIR_EINVAL, "1000 is no sink"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fir_error error = {0};
        int rc =
            fir__template_check_whole(cases[i].sink, fir__cstr(cases[i].text), cases[i].value_first, cases[i].allow_dash, &error);
        ck_assert_msg(rc == cases[i].rc, "%zu: %d", i, rc);
        ck_assert_msg(strncmp(error.message, cases[i].says, strlen(cases[i].says)) == 0, "%zu: %s", i, error.message);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("template_parts");
    TCase *t = tcase_create("parts");
    tcase_add_test(t, steps_are_left_open);
    tcase_add_test(t, steps_are_filled_in);
    tcase_add_test(t, filters_of_a_plan_are_judged_again);
    tcase_add_test(t, nothing_open_is_one_part);
    tcase_add_test(t, wholes_are_judged);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
