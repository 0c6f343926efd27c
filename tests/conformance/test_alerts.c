/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts as Falco writes them: each reads, comes out with the same bytes, and keeps its identity however it is written. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <falcoir/falcoir.h>

#include "support/vectors.h"

static size_t alerts, failures;

static void complain(const char *file, size_t line, const char *what)
{
    printf("%s:%zu: %s\n", file, line, what);
    failures++;
}

/* The alert as another program would write it: keys in another order, blanks, everything but ASCII escaped. */
static char *rewritten(const char *p, size_t n)
{
    json_t *v = json_loadb(p, n, JSON_ALLOW_NUL, NULL), *turned = json_object();
    if (v == NULL) {
        return NULL;
    }
    const char *key;
    json_t *member;
    json_t *fields = json_object_get(v, "output_fields"), *fields_turned = json_object();
    const char *keys[512];
    size_t count = 0;
    json_object_foreach(fields, key, member)
    {
        keys[count++] = key;
    }
    while (count > 0) {
        count--;
        json_object_set(fields_turned, keys[count], json_object_get(fields, keys[count]));
    }
    if (fields != NULL) {
        json_object_set(v, "output_fields", fields_turned);
    }
    json_object_foreach(v, key, member)
    {
        keys[count++] = key;
    }
    while (count > 0) {
        count--;
        json_object_set(turned, keys[count], json_object_get(v, keys[count]));
    }
    char *text = json_dumps(turned, JSON_INDENT(3) | JSON_ENSURE_ASCII | JSON_ESCAPE_SLASH);
    json_decref(fields_turned);
    json_decref(turned);
    json_decref(v);
    return text;
}

static void check_identity(const char *file, size_t line, fir_event *e, const char *p, size_t n)
{
    uint8_t first[32], second[32];
    fir_error err;
    char *other = rewritten(p, n);
    if (other == NULL) {
        return; /* jansson refuses some that Falco writes; test_differential has them */
    }
    if (fir_event_id(e, first, &err) != 0 || fir_event_parse(e, other, strlen(other), NULL, &err) != 0 ||
        fir_event_id(e, second, &err) != 0) {
        complain(file, line, err.message);
    } else if (memcmp(first, second, sizeof first) != 0) {
        complain(file, line, "another id when it is written otherwise");
    }
    free(other);
}

static void check_alert(const char *file, size_t line, fir_event *e, const char *p, size_t n, bool falcos_own)
{
    fir_error err;
    fir_event_info info;
    fir_buf out;
    alerts++;
    if (fir_event_parse(e, p, n, &info, &err) != 0) {
        complain(file, line, err.message);
        return;
    }
    /* Three Okta lines say 2339, which 64 bits of nanoseconds do not reach. */
    bool timed = memmem(p, n, "\"time\":\"2339-", 13) == NULL;
    if (info.priority < 0 || info.form != FIR_FORM_JSON || info.envelope != FIR_ENVELOPE_NONE ||
        ((info.flags & FIR_EVENT_NO_TIME) == 0) != timed) {
        complain(file, line, "priority, form, envelope or time is not as it should be");
    }
    if (fir_event_to_json(e, &out, &err) != 0) {
        complain(file, line, err.message);
        return;
    }
    if (falcos_own && (out.len != n || memcmp(out.ptr, p, n) != 0)) {
        complain(file, line, "does not come out as it went in");
    }
    fir_buf_dispose(&out);
    check_identity(file, line, e, p, n);
}

static void check_file(fir_event *e, const char *path, bool alerts_inside)
{
    size_t n, line = 0;
    char *text = fir_test_read_file(path, &n);
    if (text == NULL) {
        complain(path, 0, "cannot be read");
        return;
    }
    for (char *p = text; p < text + n;) {
        char *end = memchr(p, '\n', (size_t)(text + n - p));
        end = end != NULL ? end : text + n;
        line++;
        if (alerts_inside) {
            check_alert(path, line, e, p, (size_t)(end - p), true);
        } else if (fir_event_parse(e, p, (size_t)(end - p), NULL, NULL) != FIR_EPARSE) {
            complain(path, line, "is no alert and was read as one");
        }
        p = end + 1;
    }
    free(text);
}

static void check_own(void *ctx, size_t line, const json_t *one)
{
    size_t n;
    const char *text = fir_test_text(one, "event", &n), *kind = fir_test_text(one, "kind", NULL);
    bool falcos_own = strncmp(kind, "legacy", 6) != 0 && strncmp(kind, "falcosidekick", 13) != 0;
    check_alert("example-events.jsonl", line, ctx, text, n, falcos_own);
}

static const char *const real[] = {
    "anomalydetection_plugin",
    "aws_cloudtrail_broad",
    "aws_cloudtrail_stock_rules",
    "dummy_plugins",
    "internal_events",
    "internal_metrics_snapshots",
    "k8s_audit_broad",
    "k8s_audit_stock_rules",
    "okta",
    "opt_append_output",
    "opt_bare_no_output_fields_tags",
    "opt_buffer_base64",
    "opt_message_property",
    "opt_message_without_output",
    "opt_no_output",
    "opt_no_output_fields",
    "opt_no_suggested_output",
    "opt_no_tags",
    "opt_other_time_zones",
    "opt_priority_error",
    "opt_rule_matching_first",
    "opt_static_fields",
    "opt_time_iso8601",
    "real_eval_events",
    "syscall_broad",
    "syscall_broad_k8s_labels",
    "syscall_stock_rules",
};

int main(void)
{
    fir_event *e;
    if (fir_event_new(NULL, &e, NULL) != 0) {
        return EXIT_FAILURE;
    }
    fir_test_each_line(fir_test_own("example-events.jsonl"), check_own, e);
    for (size_t i = 0; i < sizeof real / sizeof real[0]; i++) {
        char name[128];
        snprintf(name, sizeof name, "real-falco/%s.ndjson", real[i]);
        const char *path = fir_test_foreign(name);
        if (path == NULL) {
            break;
        }
        check_file(e, path, true);
    }
    const char *metrics = fir_test_foreign("real-falco/metrics_file_output.ndjson");
    if (metrics != NULL) {
        check_file(e, metrics, false);
    }
    fir_event_free(e);
    printf("%zu alerts, %zu failures\n", alerts, failures);
    return failures != 0 ? EXIT_FAILURE : metrics == NULL ? FIR_TEST_SKIP : EXIT_SUCCESS;
}
