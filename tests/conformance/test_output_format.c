/* SPDX-License-Identifier: Apache-2.0 */
/* Falco's output format, case by case: our own inputs with Falco's answers, and the cases of Falco's own test suite. */
#include "support/render.h"
#include "support/suite.h"
#include "support/vectors.h"

static char *common_fields; /* as they stand in the first line: jansson takes no integer above INT64_MAX */
static size_t failures, passed;

static void complain(size_t line, const char *format, const char *what, const char *wanted, const char *got)
{
    failures++;
    fprintf(stderr, "line %zu: %s: %s: wanted |%s|, got |%s|\n", line, format, what, wanted, got);
}

static void load_alert(test_template *t, const char *fields)
{
    static const char head[] =
        "{\"rule\":\"r\",\"priority\":\"Notice\",\"time\":\"2026-07-14T09:21:33.104938271Z\",\"output_fields\":";
    size_t n = strlen(head) + strlen(fields) + 2;
    char *alert = malloc(n);
    snprintf(alert, n, "%s%s}", head, fields);
    test_template_alert(t, alert, n - 1);
    free(alert);
}

/* ---- names ---- */

typedef struct names {
    json_t *list;
} names;

static void add_name(void *ctx, fir_str name)
{
    json_array_append_new(((names *)ctx)->list, json_stringn(name.ptr, name.len));
}

/* The reference's own test adds to one list from case to case and lists transformers inside of others now and then: there,
 * the names that are no transformer inside of one must be the last of the wanted ones. */
static bool same_names(const json_t *wanted, const json_t *got, bool exactly)
{
    if (exactly) {
        return json_equal(wanted, got) != 0;
    }
    size_t i = json_array_size(wanted), k = json_array_size(got);
    while (k != 0) {
        const char *name = json_string_value(json_array_get(got, k - 1));
        while (i != 0 && strcmp(json_string_value(json_array_get(wanted, i - 1)), name) != 0) {
            if (strchr(json_string_value(json_array_get(wanted, i - 1)), '(') == NULL) {
                return false;
            }
            i--;
        }
        if (i == 0) {
            return false;
        }
        i--;
        k--;
    }
    return true;
}

static void check_names(test_template *t, size_t line, const json_t *c, bool exactly)
{
    names n = {json_array()};
    fir__sbuf scratch;
    fir__sbuf_init(&scratch, &fir__default_allocator, 1 << 20);
    fir__falco_names(t->template, add_name, &n, &scratch);
    fir__sbuf_free(&scratch);
    if (!same_names(json_object_get(c, "names"), n.list, exactly)) {
        char *wanted = json_dumps(json_object_get(c, "names"), 0), *got = json_dumps(n.list, 0);
        complain(line, fir_test_text(c, "format", NULL), "names", wanted, got);
        free(wanted);
        free(got);
    }
    json_decref(n.list);
}

/* ---- one case ---- */

/* JSON is compared as JSON: the reference writes é as é. Integers above INT64_MAX keep the comparison to text. */
static bool same_json(const char *wanted, const char *got)
{
    json_t *a = json_loads(wanted, JSON_DECODE_ANY, NULL), *b = json_loads(got, JSON_DECODE_ANY, NULL);
    bool same = a != NULL && b != NULL && json_equal(a, b) != 0;
    json_decref(a);
    json_decref(b);
    if (same || (a != NULL && b != NULL)) {
        return same;
    }
    char unescaped[4096];
    size_t n = 0;
    for (const char *p = wanted; *p != '\0' && n + 2 < sizeof unescaped;) {
        bool e_acute = strncmp(p, "\\u00e9", 6) == 0;
        n += (size_t)snprintf(unescaped + n, sizeof unescaped - n, "%.*s", e_acute ? 2 : 1, e_acute ? "\xC3\xA9" : p);
        p += e_acute ? 6 : 1;
    }
    return strcmp(unescaped, got) == 0;
}

static void run_case(size_t line, const json_t *c, const char *fields, bool own)
{
    size_t n, before = failures;
    const char *format = fir_test_text(c, "format", &n);
    const char *ours = fir_test_text(c, "ours", NULL);
    const char *wanted = *ours != '\0' ? ours : fir_test_text(c, "output", NULL);
    bool ok = *ours != '\0' || json_is_true(json_object_get(c, "ok")), json = json_is_true(json_object_get(c, "json"));
    bool transformed = json_is_true(json_object_get(c, "resolve_transformers"));
    test_template t;
    test_template_init(&t, FIR_SYNTAX_FALCO, FIR_SINK_RAW);
    int rc = test_template_compile(&t, format, n);
    const char *error = fir_test_text(c, "error", NULL);
    if (rc != 0 || *error != '\0') {
        if (rc != FIR_ECOMPILE || *error == '\0' || strncmp(t.error.message, error, strlen(error)) != 0) {
            complain(line, format, "error", error, rc == 0 ? "(compiles)" : t.error.message);
        }
    } else {
        load_alert(&t, fields);
        if (json) {
            rc = fir__falco_fields(t.template, &t.frame, transformed, &t.out, &t.error);
            fir__sbuf_char(&t.out, '\0');
        } else {
            rc = test_template_render(&t);
        }
        if ((rc == 0) != ok || (rc != 0 && rc != FIR_ETYPE)) {
            complain(line, format, "outcome", ok ? "success" : "failure", rc == 0 ? "success" : t.error.message);
        }
        if (json ? !same_json(wanted, t.out.ptr) : strcmp(wanted, t.out.ptr) != 0) {
            complain(line, format, "output", wanted, t.out.ptr);
        }
        check_names(&t, line, c, own);
    }
    test_template_free(&t);
    passed += failures == before;
}

static void own_case(void *ctx, size_t line, const json_t *c)
{
    (void)ctx;
    run_case(line + 1, c, common_fields, true);
}

START_TEST(own_vectors)
{
    size_t n;
    char *text = fir_test_read_file(fir_test_own("output-format.jsonl"), &n);
    char *end = memchr(text, '\n', n);
    static const char head[] = "{\"_common_fields\": ";
    ck_assert_int_eq(strncmp(text, head, strlen(head)), 0);
    end[-1] = '\0';
    common_fields = text + strlen(head);
    failures = passed = 0;
    size_t line = 1;
    for (char *p = end + 1; *p != '\0'; p = end + 1, line++) {
        end = strchr(p, '\n');
        json_t *c = json_loadb(p, (size_t)(end - p), 0, NULL);
        ck_assert_ptr_nonnull(c);
        own_case(NULL, line, c);
        json_decref(c);
    }
    free(text);
    ck_assert_uint_eq(failures, 0);
    ck_assert_uint_eq(passed, 53);
}
END_TEST

/* Values of the reference's cases stand as their text; where it is "<NA>" the field is absent. */
static void upstream_case(void *ctx, size_t line, const json_t *c)
{
    (void)ctx;
    json_t *fields = json_object();
    const char *key;
    json_t *value;
    json_t *values = json_object_get(c, "values");
    json_object_foreach(values, key, value)
    {
        const char *s = json_string_value(value);
        bool number = strcmp(key, "thread.tid") == 0;
        if (strcmp(s, "<NA>") != 0) {
            json_object_set_new(fields, key, number ? json_integer(atoi(s)) : json_string(s));
        }
    }
    char *text = json_dumps(fields, 0);
    run_case(line, c, text, false);
    free(text);
    json_decref(fields);
}

START_TEST(upstream_vectors)
{
    const char *path = fir_test_foreign("upstream/formatter_cases.jsonl");
    if (path == NULL) {
        return;
    }
    failures = passed = 0;
    ck_assert_uint_eq(fir_test_each_line(path, upstream_case, NULL), 68);
    ck_assert_uint_eq(failures, 0);
    ck_assert_uint_eq(passed, 68);
}
END_TEST

/* What the vectors cannot hold: Falco printed its times in local time, and this is the text of what stands in the alert. */
START_TEST(times_are_printed_as_falco_does)
{
    static const struct {
        const char *format, *wanted;
    } cases[] = {
        {"%evt.time", "09:21:33.104938271"},
        {"%evt.time.s", "09:21:33"},
        {"%7evt.time.s|%8evt.time.s|%9evt.time.s|", "09:21:3|09:21:33|09:21:33 |"},
        {"%evt.datetime", "2026-07-14 09:21:33.104938271"},
        {"%evt.datetime.s", "2026-07-14 09:21:33"},
        {"%evt.time.iso8601", "2026-07-14T09:21:33.104938271+0000"},
        {"%evt.rawtime", "1784020893104938271"},
        {"%evt.rawtime.ns", "000000042"},
        {"%thread.cpu|%5thread.cpu|", "2.0|2.0  |"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_template t;
        test_template_init(&t, FIR_SYNTAX_FALCO, FIR_SINK_TEXT);
        ck_assert_int_eq(test_template_compile(&t, cases[i].format, strlen(cases[i].format)), 0);
        load_alert(&t, "{\"evt.time\":1784020893104938271,\"evt.time.s\":1784020893104938271,"
                       "\"evt.datetime\":1784020893104938271,\"evt.datetime.s\":1784020893104938271,"
                       "\"evt.time.iso8601\":1784020893104938271,\"evt.rawtime\":1784020893104938271,\"evt.rawtime.ns\":42,"
                       "\"thread.cpu\":2}");
        ck_assert_int_eq(test_template_render(&t), 0);
        ck_assert_str_eq(t.out.ptr, cases[i].wanted);
        test_template_free(&t);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("output_format");
    TCase *t = tcase_create("vectors");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, own_vectors);
    tcase_add_test(t, upstream_vectors);
    tcase_add_test(t, times_are_printed_as_falco_does);
    suite_add_tcase(s, t);
    int code = fir_test_run(s);
    return code == EXIT_SUCCESS && getenv("FALCOIR_VECTORS") == NULL ? FIR_TEST_SKIP : code;
}
