/* SPDX-License-Identifier: Apache-2.0 */
/* gate.jsonl: series of alerts with their times, and what the gate says of each.
 *
 * A line: {"name", "playbook" (one text or several files), "at" (the clock; without it the alerts' own times), "alerts", "expect"}.
 * An alert: {"s": seconds, "rule", "fields": {…}, "text": true for Falco's text form, "id": what else tells it apart}.
 * Expected, for each alert that has a plan: "RULE=status", with [step:status] for steps that say something of their own. */
#include <falcoir/falcoir.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/vectors.h"

enum { START = 1767225600 }; /* 2026-01-01T00:00:00Z */

static size_t cases, failures;

static fir_playbook *compile(const char *name, const json_t *files)
{
    fir_compiler *k;
    fir_playbook *p = NULL;
    fir_error err;
    size_t n = json_is_array(files) ? json_array_size(files) : 1;
    if (fir_compiler_new(NULL, NULL, &k, &err) != 0) {
        exit(99);
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_is_array(files) ? json_array_get(files, i) : files;
        (void)fir_compiler_add(k, i == 0 ? "a.yaml" : "b.yaml", json_string_value(one), json_string_length(one), &err);
    }
    if (fir_compiler_build(k, &p, &err) != 0) {
        fir_buf d = {0};
        (void)fir_compiler_diagnostics_json(k, &d, NULL);
        printf("%s: does not compile: %s\n", name, d.ptr);
        fir_buf_dispose(&d);
        failures++;
    }
    fir_compiler_free(k);
    return p;
}

static void put_time(char *to, size_t size, double s)
{
    long long whole = (long long)s;
    (void)snprintf(to, size, "2026-01-%02lldT%02lld:%02lld:%02lld.%03lldZ", 1 + whole / 86400, whole / 3600 % 24, whole / 60 % 60,
                   whole % 60, (long long)(s * 1000) % 1000);
}

/* The alerts, one a line. free(). */
static char *write_alerts(const json_t *alerts)
{
    size_t i, cap = 1 << 20, n = 0;
    const json_t *one;
    char *all = malloc(cap), time[64];
    json_array_foreach((json_t *)alerts, i, one)
    {
        json_int_t repeat = json_object_get(one, "repeat") != NULL ? json_integer_value(json_object_get(one, "repeat")) : 1;
        const char *rule = json_object_get(one, "rule") != NULL ? fir_test_text(one, "rule", NULL) : "Shell";
        double s = json_number_value(json_object_get(one, "s"));
        for (json_int_t k = 0; k < repeat; k++) {
            put_time(time, sizeof time, s);
            if (json_is_true(json_object_get(one, "text"))) {
                n += (size_t)snprintf(all + n, cap - n, "%.19s.000000000Z: Warning %s (k8s.ns.name=prod k8s.pod.name=web)\n", time,
                                      rule);
                continue;
            }
            json_t *fields =
                json_object_get(one, "fields") != NULL ? json_deep_copy(json_object_get(one, "fields")) : json_object();
            json_object_set_new(fields, "evt.num", json_integer((json_int_t)(i * 1000) + k));
            if (json_object_get(one, "id") != NULL) {
                json_object_set(fields, "evt.num", json_object_get(one, "id"));
            }
            json_t *alert = json_pack("{s:s,s:s,s:s,s:s,s:o}", "rule", rule, "priority", "Warning", "source", "syscall", "output",
                                      "x", "output_fields", fields);
            if (!json_is_true(json_object_get(one, "timeless"))) {
                json_object_set_new(alert, "time", json_string(time));
            }
            char *text = json_dumps(alert, JSON_COMPACT | JSON_SORT_KEYS);
            n += (size_t)snprintf(all + n, cap - n, "%s\n", text);
            free(text);
            json_decref(alert);
        }
    }
    return all;
}

/* One line of the simulation as it is expected: "R=proceed S=cooling". */
static void summarise(const char *line, size_t len, char *to, size_t size)
{
    size_t i, k, n = 0;
    json_t *v = json_loadb(line, len, JSON_ALLOW_NUL, NULL), *rule, *step;
    to[0] = '\0';
    json_array_foreach(json_object_get(v, "verdicts"), i, rule)
    {
        n += (size_t)snprintf(to + n, size - n, "%s%s=%s", i != 0 ? " " : "", fir_test_text(rule, "rule", NULL),
                              fir_test_text(rule, "status", NULL));
        json_array_foreach(json_object_get(rule, "steps"), k, step)
        {
            const char *status = fir_test_text(step, "status", NULL);
            if (strcmp(status, "proceed") != 0) {
                n += (size_t)snprintf(to + n, size - n, "[%s:%s]", fir_test_text(step, "step", NULL), status);
            }
        }
    }
    json_decref(v);
}

static void compare(const char *name, size_t at, const json_t *expect, const char *found)
{
    const json_t *want = json_array_get(expect, at);
    if (want == NULL || strcmp(json_string_value(want), found) != 0) {
        printf("%s: alert %zu: wanted %s, found %s\n", name, at, want != NULL ? json_string_value(want) : "no more", found);
        failures++;
    }
}

static void visit(void *ctx, size_t line, const json_t *value)
{
    const char *name = fir_test_text(value, "name", NULL);
    const json_t *expect = json_object_get(value, "expect"), *at = json_object_get(value, "at");
    fir_playbook *p = compile(name, json_object_get(value, "playbook"));
    char *alerts = write_alerts(json_object_get(value, "alerts"));
    char found[4096];
    fir_evaluator *x = NULL;
    fir_buf out = {0};
    fir_error err = {0};
    size_t seen = 0;
    (void)ctx;
    (void)line;
    cases++;
    int64_t clock = at != NULL ? (int64_t)((START + json_number_value(at)) * 1e9) : FIR_AT_ALERTS;
    if (p == NULL || fir_evaluator_new(NULL, &x, &err) != 0 ||
        fir_simulate_ndjson(x, p, alerts, strlen(alerts), clock, 0, &out, &err) != 0) {
        printf("%s: %s\n", name, err.message);
        failures++;
    }
    for (const char *q = out.ptr; q != NULL && *q != '\0';) {
        const char *end = strchr(q, '\n');
        summarise(q, (size_t)(end - q), found, sizeof found);
        compare(name, seen++, expect, found);
        q = end + 1;
    }
    if (seen < json_array_size(expect)) {
        printf("%s: %zu alerts were judged, %zu expected\n", name, seen, json_array_size(expect));
        failures++;
    }
    fir_buf_dispose(&out);
    fir_evaluator_free(x);
    fir_playbook_unref(p);
    free(alerts);
}

int main(void)
{
    fir_test_each_line(fir_test_own("gate.jsonl"), visit, NULL);
    printf("%zu series, %zu wrong\n", cases, failures);
    return failures != 0 || cases == 0;
}
