/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts that a real Falco wrote ($FALCOIR_VECTORS/real-falco), read as streams in many shapes. */
#include <check.h>
#include <falcoir/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/stream.h"
#include "support/suite.h"
#include "support/vectors.h"

static const char *const files[] = {
    "anomalydetection_plugin.ndjson",
    "aws_cloudtrail_broad.ndjson",
    "aws_cloudtrail_stock_rules.ndjson",
    "dummy_plugins.ndjson",
    "internal_events.ndjson",
    "internal_metrics_snapshots.ndjson",
    "k8s_audit_broad.ndjson",
    "k8s_audit_stock_rules.ndjson",
    "okta.ndjson",
    "opt_append_output.ndjson",
    "opt_bare_no_output_fields_tags.ndjson",
    "opt_buffer_base64.ndjson",
    "opt_message_property.ndjson",
    "opt_message_without_output.ndjson",
    "opt_no_output.ndjson",
    "opt_no_output_fields.ndjson",
    "opt_no_suggested_output.ndjson",
    "opt_no_tags.ndjson",
    "opt_other_time_zones.ndjson",
    "opt_priority_error.ndjson",
    "opt_rule_matching_first.ndjson",
    "opt_static_fields.ndjson",
    "opt_time_iso8601.ndjson",
    "real_eval_events.ndjson",
    "syscall_broad.ndjson",
    "syscall_broad_k8s_labels.ndjson",
    "syscall_stock_rules.ndjson",
};
enum { FILES = sizeof files / sizeof *files };

static char *load(const char *name, size_t *n)
{
    char path[256];
    snprintf(path, sizeof path, "real-falco/%s", name);
    const char *full = fir_test_foreign(path);
    char *text = full != NULL ? fir_test_read_file(full, n) : NULL;
    ck_assert_msg(text != NULL, "%s cannot be read", name);
    return text;
}

/* A growing text. */
typedef struct text {
    char *ptr;
    size_t len;
    FILE *f;
} text;

static void open_text(text *t)
{
    t->f = open_memstream(&t->ptr, &t->len);
    ck_assert_ptr_nonnull(t->f);
}

static void close_text(text *t)
{
    fclose(t->f);
}

/* What is expected of a stream of lines: each as fir_event_parse reads it. envelope: FIR_ENVELOPE_*; one_line: all stand on line 1.
 */
static char *expected(const char *p, size_t n, int envelope, bool one_line)
{
    text out;
    open_text(&out);
    fir_event *e;
    size_t line = 0;
    ck_assert_int_eq(fir_event_new(NULL, &e, NULL), 0);
    for (const char *end = p + n; p < end;) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop != NULL ? stop : end;
        line++;
        fir_event_info info;
        fir_error err;
        fir_buf json;
        ck_assert_msg(fir_event_parse(e, p, (size_t)(stop - p), &info, &err) == 0, "line %zu: %s", line, err.message);
        ck_assert_int_eq(fir_event_to_json(e, &json, NULL), 0);
        fprintf(out.f, "%zu 0 %d.%d %s\n", one_line ? (size_t)1 : line, info.form, envelope, json.ptr);
        fir_buf_dispose(&json);
        p = stop + 1;
    }
    fir_event_free(e);
    close_text(&out);
    return out.ptr;
}

static void expect_stream(const char *name, const char *p, size_t n, const char *wanted)
{
    static const fir_test_split splits[] = {{0, 0, 0}, {1, 0, 1}, {4096, 0, 0}, {300, 7, 0}, {17, 3, 1}};
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        char *got = fir_test_stream(p, n, 0, splits[i]);
        ck_assert_msg(strcmp(got, wanted) == 0, "%s, split %zu: not what fir_event_parse reads", name, i);
        free(got);
    }
}

START_TEST(json_lines)
{
    size_t n;
    char *p = load(files[_i], &n);
    char *wanted = expected(p, n, FIR_ENVELOPE_NONE, false);
    expect_stream(files[_i], p, n, wanted);
    free(wanted);
    wanted = expected(p, n, FIR_ENVELOPE_NONE, true);
    char *joined = malloc(n + 3);
    ck_assert_ptr_nonnull(joined);
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] != '\n') {
            joined[len++] = p[i];
        }
    }
    expect_stream(files[_i], joined, len, wanted); /* without separator */
    free(wanted);
    wanted = expected(p, n, FIR_ENVELOPE_ARRAY, true);
    joined[0] = '[';
    for (size_t i = 0; i < n; i++) {
        joined[i + 1] = p[i] == '\n' ? ',' : p[i];
    }
    joined[n] = ']';
    expect_stream(files[_i], joined, n + 1, wanted); /* an array */
    free(joined);
    free(wanted);
    free(p);
}
END_TEST

/* Pretty-printed by jansson; one line of jansson's own is the reference, since it writes numbers its way. */
START_TEST(pretty_printed)
{
    static const char *const names[] = {"syscall_stock_rules.ndjson", "k8s_audit_stock_rules.ndjson",
                                        "opt_bare_no_output_fields_tags.ndjson"};
    size_t n, alerts = 0;
    char *p = load(names[_i], &n);
    text pretty, flat, wanted;
    open_text(&pretty);
    open_text(&flat);
    open_text(&wanted);
    for (char *at = strtok(p, "\n"); at != NULL; at = strtok(NULL, "\n")) {
        json_t *v = json_loads(at, 0, NULL);
        ck_assert_ptr_nonnull(v);
        char *many = json_dumps(v, JSON_INDENT(2)), *one = json_dumps(v, JSON_COMPACT);
        fprintf(pretty.f, "%s\n", many);
        fprintf(flat.f, "%s\n", one);
        free(many);
        free(one);
        json_decref(v);
        alerts++;
    }
    close_text(&pretty);
    close_text(&flat);
    char *lines = expected(flat.ptr, flat.len, FIR_ENVELOPE_NONE, false);
    size_t line = 1;
    char *source = pretty.ptr;
    for (char *at = strtok(lines, "\n"); at != NULL; at = strtok(NULL, "\n")) { /* the same, with the lines of the pretty ones */
        fprintf(wanted.f, "%zu%s\n", line, strchr(at, ' '));
        do {
            source = strchr(source, '\n') + 1;
            line++;
        } while (*source != '{' && *source != '\0');
    }
    close_text(&wanted);
    expect_stream(names[_i], pretty.ptr, pretty.len, wanted.ptr);
    ck_assert_uint_gt(alerts, 20);
    free(lines);
    free(pretty.ptr);
    free(flat.ptr);
    free(wanted.ptr);
    free(p);
}
END_TEST

START_TEST(metrics_file_is_refused)
{
    size_t n, lines = 0;
    char *p = load("metrics_file_output.ndjson", &n);
    char *got = fir_test_stream(p, n, 0, (fir_test_split){0, 0, 0});
    for (char *at = strtok(got, "\n"); at != NULL; at = strtok(NULL, "\n")) {
        unsigned line, code_line;
        lines++;
        ck_assert_int_eq(sscanf(at, "%u -4 %u:1@", &line, &code_line), 2);
        ck_assert_uint_eq(line, lines);
        ck_assert_ptr_nonnull(strstr(at, " a line of Falco's metrics file, no alert"));
    }
    ck_assert_uint_eq(lines, 5);
    free(got);
    free(p);
}
END_TEST

/* The content of a JSON string, by jansson; NULL when the line is none. */
static json_t *unescaped(const char *line, size_t n)
{
    char *quoted = malloc(n + 2);
    ck_assert_ptr_nonnull(quoted);
    quoted[0] = quoted[n + 1] = '"';
    memcpy(quoted + 1, line, n);
    json_t *v = json_loadb(quoted, n + 2, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    free(quoted);
    return v;
}

typedef struct text_file {
    const char *name;
    size_t lines;
    bool dated, internal;
} text_file;

static const text_file text_files[] = {
    {"plain_text.txt", 60, false, false},
    {"plain_text_iso8601.txt", 40, true, false},
    {"plain_text_other_time_zones.txt", 16, false, false},
    {"plain_text_internal.txt", 12, false, true},
};

static void expect_string(const fir_event *e, const char *name, const char *wanted, size_t n)
{
    fir_value v;
    ck_assert_int_eq(fir_event_get(e, name, strlen(name), FIR_WHOLE, &v), 0);
    ck_assert_uint_eq(v.s.len, n);
    ck_assert_int_eq(memcmp(v.s.ptr, wanted, n), 0);
}

static void check_ordinary(const fir_event *e, const fir_event_info *info, const char *line, size_t n)
{
    json_t *v = unescaped(line, n);
    bool escaped = v != NULL && memchr(line, '\\', n) != NULL;
    const char *wanted = escaped ? json_string_value(v) : line;
    size_t len = escaped ? json_string_length(v) : n;
    fir_value none;
    ck_assert_int_eq(info->form, escaped ? FIR_FORM_ESCAPED : FIR_FORM_TEXT);
    expect_string(e, "output", wanted, len);
    const char *message = strchr(strstr(line, ": ") + 2, ' ') + 1; /* what precedes it holds nothing to escape */
    expect_string(e, "message", wanted + (message - line), len - (size_t)(message - line));
    ck_assert_int_eq(fir_event_get(e, "rule", 4, FIR_WHOLE, &none), FIR_ENOTFOUND);
    ck_assert_uint_eq(info->fields, 0);
    json_decref(v);
}

/* Writes the fields as Falco does and finds them at the line's end. */
static void check_internal(const fir_event *e, const char *line)
{
    text out;
    open_text(&out);
    fir_str name;
    fir_value v;
    fir_value rule;
    ck_assert_int_eq(fir_event_get(e, "rule", 4, FIR_WHOLE, &rule), 0);
    ck_assert_int_eq(memcmp(rule.s.ptr, "Falco internal: ", 16), 0);
    expect_string(e, "source", "internal", 8);
    fir_value output;
    ck_assert_int_eq(fir_event_get(e, "output", 6, FIR_WHOLE, &output), 0);
    fprintf(out.f, " %.*s (", (int)output.s.len, output.s.ptr);
    for (size_t i = 0; fir_event_field_at(e, i, &name, &v) == 0; i++) {
        const char *quote = v.type == FIR_VALUE_STRING ? "\"" : "";
        fprintf(out.f, "%s%.*s=%s%.*s%s", i != 0 ? " " : "", (int)name.len, name.ptr, quote, (int)v.s.len, v.s.ptr, quote);
    }
    fprintf(out.f, ")");
    close_text(&out);
    ck_assert_uint_ge(strlen(line), out.len);
    ck_assert_str_eq(line + strlen(line) - out.len, out.ptr);
    free(out.ptr);
}

START_TEST(plain_text)
{
    const text_file *file = &text_files[_i];
    size_t n, lines = 0, escaped = 0;
    char *p = load(file->name, &n);
    fir_reader *r;
    fir_event *e;
    ck_assert_int_eq(fir_reader_new(NULL, &r, NULL), 0);
    ck_assert_int_eq(fir_event_new(NULL, &e, NULL), 0);
    ck_assert_int_eq(fir_reader_feed(r, p, n, 1, NULL), 0);
    uint64_t number;
    fir_event_info info;
    fir_error err;
    int code;
    while ((code = fir_reader_next(r, e, &number, &info, &err)) != FIR_ENOTFOUND) {
        ck_assert_msg(code == 0, "%s:%zu: %s", file->name, lines + 1, err.message);
        ck_assert_uint_eq(number, ++lines);
        fir_str source = {NULL, 0};
        (void)fir_reader_text(r, &source);
        char line[16384];
        ck_assert_uint_lt(source.len, sizeof line);
        memcpy(line, source.ptr, source.len);
        line[source.len] = '\0';
        ck_assert_int_eq((info.flags & FIR_EVENT_NO_TIME) == 0, file->dated);
        ck_assert_int_eq(info.time_ns != 0, file->dated);
        ck_assert_int_ge(info.priority, 0);
        escaped += info.form == FIR_FORM_ESCAPED;
        if (file->internal) {
            ck_assert_uint_ne(info.flags & FIR_EVENT_INTERNAL, 0);
            check_internal(e, line);
        } else {
            check_ordinary(e, &info, line, source.len);
        }
    }
    ck_assert_uint_eq(lines, file->lines);
    ck_assert_int_eq(escaped != 0, !file->internal);
    fir_reader_free(r);
    fir_event_free(e);
    free(p);
}
END_TEST

START_TEST(http_bodies)
{
    size_t n, bodies = 0, texts = 0;
    char *p = load("http_requests.txt", &n);
    fir_event *e;
    ck_assert_int_eq(fir_event_new(NULL, &e, NULL), 0);
    for (char *at = p; (at = strstr(at, "\n### request ")) != NULL;) {
        char *body = strstr(at, "\r\n\r\n") + 4, *end = strstr(body, "\n### end");
        bool json = strstr(at, "Content-Type: application/json") < body && strstr(at, "Content-Type: application/json") != NULL;
        fir_event_info info;
        fir_error err;
        ck_assert_msg(fir_event_parse(e, body, (size_t)(end - body), &info, &err) == 0, "body %zu: %s", bodies + 1, err.message);
        ck_assert_int_eq(info.form == FIR_FORM_JSON, json);
        char *got = fir_test_stream(body, (size_t)(end - body), 0, (fir_test_split){5, 0, 0});
        fir_buf b;
        ck_assert_int_eq(fir_event_to_json(e, &b, NULL), 0);
        ck_assert_ptr_nonnull(strstr(got, b.ptr));
        ck_assert_ptr_eq(strchr(got, '\n'), got + strlen(got) - 1); /* one line: one alert */
        fir_buf_dispose(&b);
        free(got);
        texts += !json;
        bodies++;
        at = end;
    }
    ck_assert_uint_eq(bodies, 23);
    ck_assert_uint_eq(texts, 5);
    fir_event_free(e);
    free(p);
}
END_TEST

int main(void)
{
    if (fir_test_foreign("real-falco") == NULL) {
        return FIR_TEST_SKIP;
    }
    Suite *s = suite_create("stream_falco");
    TCase *t = tcase_create("stream_falco");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, json_lines, 0, FILES);
    tcase_add_loop_test(t, pretty_printed, 0, 3);
    tcase_add_test(t, metrics_file_is_refused);
    tcase_add_loop_test(t, plain_text, 0, sizeof text_files / sizeof *text_files);
    tcase_add_test(t, http_bodies);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
