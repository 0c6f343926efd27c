/* SPDX-License-Identifier: Apache-2.0 */
/* From playbook and alerts to plans. Input that begins with - or # is a playbook up to a line "%%%", and alerts behind it; any
 * other bytes drive a generator of playbooks and alerts (support/strange.h), and those that it leaves are alerts as they stand.
 *
 * The index and the plain evaluator agree; a plan is canonical JSON; a body that is JSON stays JSON with its author's keys; no
 * control character gets into a header or an address, and an address keeps host and path; a batch is the single plans. */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/evaluator.h"
#include "support/strange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_RULES = 4, MOST_HITS = 64, REGEX_STEPS = 100, LARGEST = 1 << 20 };

static fir_compiler *compiler;
static fir_evaluator *evaluator;
static fir_event *event;

#define REQUIRE(holds) require((holds), #holds, __LINE__)
static void require(bool holds, const char *what, int line)
{
    if (!holds) {
        fprintf(stderr, "line %d: %s does not hold\n", line, what);
        abort();
    }
}

static void set_up(void)
{
    fir_compiler_options o = {.size = sizeof o, .regex_steps = REGEX_STEPS, .max_file_bytes = LARGEST};
    if (compiler == NULL) {
        REQUIRE(fir_compiler_new(NULL, &o, &compiler, NULL) == 0);
        REQUIRE(fir_evaluator_new(NULL, &evaluator, NULL) == 0);
        REQUIRE(fir_event_new(NULL, &event, NULL) == 0);
    }
}

/* ---- canonical JSON, written again ---- */

typedef struct text {
    char *p;
    size_t n, cap;
    bool reals; /* a number with a fraction: its text is not known any more */
} text;

static void add(text *t, const char *p, size_t n)
{
    if (t->n + n > t->cap) {
        t->cap = (t->n + n) * 2 + 256;
        t->p = realloc(t->p, t->cap);
        REQUIRE(t->p != NULL);
    }
    memcpy(t->p + t->n, p, n);
    t->n += n;
}

static void add_string(text *t, const char *p, size_t n)
{
    static const char named[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    add(t, "\"", 1);
    for (size_t i = 0; i < n; i++) {
        const char *at = p[i] != '\0' ? strchr(named, p[i]) : NULL;
        if (at != NULL) {
            const char escape[2] = {'\\', letters[at - named]};
            add(t, escape, 2);
        } else if ((unsigned char)p[i] < 0x20) {
            char escape[8];
            (void)snprintf(escape, sizeof escape, "\\u%04x", (unsigned)p[i]);
            add(t, escape, 6);
        } else {
            add(t, &p[i], 1);
        }
    }
    add(t, "\"", 1);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_json(text *t, const json_t *v);

static void add_object(text *t, const json_t *v)
{
    size_t n = 0;
    const char **keys = malloc((json_object_size(v) + 1) * sizeof *keys);
    REQUIRE(keys != NULL);
    for (void *i = json_object_iter((json_t *)(uintptr_t)v); i != NULL; i = json_object_iter_next((json_t *)(uintptr_t)v, i)) {
        keys[n++] = json_object_iter_key(i);
    }
    qsort(keys, n, sizeof *keys, by_bytes);
    add(t, "{", 1);
    for (size_t i = 0; i < n; i++) {
        add(t, ",", i != 0);
        add_string(t, keys[i], strlen(keys[i]));
        add(t, ":", 1);
        add_json(t, json_object_get(v, keys[i]));
    }
    add(t, "}", 1);
    free(keys);
}

static void add_json(text *t, const json_t *v)
{
    char number[32];
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        add_object(t, v);
        break;
    case JSON_ARRAY:
        add(t, "[", 1);
        for (size_t i = 0; i < json_array_size(v); i++) {
            add(t, ",", i != 0);
            add_json(t, json_array_get(v, i));
        }
        add(t, "]", 1);
        break;
    case JSON_STRING:
        add_string(t, json_string_value(v), json_string_length(v));
        break;
    case JSON_INTEGER:
        add(t, number, (size_t)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(v)));
        break;
    case JSON_REAL:
        t->reals = true;
        break;
    default:
        add(t, json_is_true(v) ? "true" : json_is_false(v) ? "false" : "null", json_is_false(v) ? 5 : 4);
        break;
    }
}

/* Reads a plan; it must be what is written again from it. NULL: a number that jansson cannot hold. */
static json_t *read_plan(const char *p, size_t n)
{
    json_error_t e;
    text t = {NULL, 0, 0, false};
    json_t *v = json_loadb(p, n, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &e);
    if (v == NULL) {
        REQUIRE(json_error_code(&e) == json_error_numeric_overflow);
        return NULL;
    }
    add_json(&t, v);
    if (!t.reals && (t.n != n || memcmp(t.p, p, n) != 0)) {
        fprintf(stderr, "%.*s\n%.*s\n", (int)n, p, (int)t.n, t.p);
        require(false, "a plan is canonical", __LINE__);
    }
    free(t.p);
    return v;
}

/* ---- what stands in a plan ---- */

static bool has_control(const json_t *s)
{
    const unsigned char *p = (const unsigned char *)json_string_value(s);
    for (size_t i = 0; i < json_string_length(s); i++) {
        if (p[i] < 0x20 || p[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

/* The generator's own: {"one": TEXT, "two": [TEXT], "three": {"k": TEXT}}. */
static void check_body(const json_t *s)
{
    json_t *v = json_loadb(json_string_value(s), json_string_length(s), JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    REQUIRE(json_is_object(v) && json_object_size(v) == 3);
    REQUIRE(json_is_string(json_object_get(v, "one")));
    const json_t *two = json_object_get(v, "two"), *three = json_object_get(v, "three");
    REQUIRE(json_is_array(two) && json_array_size(two) == 1 && json_is_string(json_array_get(two, 0)));
    REQUIRE(json_is_object(three) && json_object_size(three) == 1 && json_is_string(json_object_get(three, "k")));
    json_decref(v);
}

/* The generator's own: https://hooks.example.org:8443/in/SEGMENT/x?q=VALUE. */
static void check_generated_url(const json_t *s)
{
    static const char begin[] = "https://hooks.example.org:8443/in/";
    const char *url = json_string_value(s);
    for (size_t i = 0; i < json_string_length(s); i++) {
        REQUIRE(url[i] > 0x20 && url[i] < 0x7f);
    }
    REQUIRE(strncmp(url, begin, strlen(begin)) == 0);
    const char *segment = url + strlen(begin), *query = strchr(segment, '?');
    REQUIRE(query != NULL && strncmp(query, "?q=", 3) == 0);
    REQUIRE(query - segment >= 2 && strncmp(query - 2, "/x", 2) == 0);
    size_t n = (size_t)(query - segment) - 2;
    REQUIRE(memchr(segment, '/', n) == NULL);
    REQUIRE(!(n == 1 && segment[0] == '.') && !(n == 2 && strncmp(segment, "..", 2) == 0));
    REQUIRE(strpbrk(query + 1, "?#&=+\\\"<> ") == query + 2);
}

static void check_step(const json_t *step, bool generated)
{
    const json_t *parameters = json_object_get(step, "parameters"), *v;
    const char *key;
    if (strcmp(json_string_value(json_object_get(step, "use")), "http:webhook") != 0 || parameters == NULL) {
        return;
    }
    const json_t *url = json_object_get(json_object_get(parameters, "url"), "v");
    const json_t *body = json_object_get(json_object_get(parameters, "body"), "v");
    json_t *headers = json_object_get(json_object_get(parameters, "headers"), "v");
    if (json_is_string(url) && generated) { /* what an author writes is no business of the alert's */
        check_generated_url(url);
    }
    if (json_is_string(body) && generated) {
        check_body(body);
    }
    json_object_foreach(headers, key, v)
    {
        REQUIRE(!json_is_string(v) || !has_control(v));
    }
}

static void check_plan(const json_t *plan, bool generated)
{
    static const char *const lists[] = {"steps", "on_failure", "notify"};
    const json_t *rules = json_object_get(plan, "rules");
    for (size_t i = 0; i < json_array_size(rules); i++) {
        for (size_t k = 0; k < 3; k++) {
            const json_t *steps = json_object_get(json_array_get(rules, i), lists[k]);
            for (size_t s = 0; s < json_array_size(steps); s++) {
                check_step(json_array_get(steps, s), generated);
            }
        }
    }
}

/* ---- one alert, and the batch ---- */

static void check_match(const fir_playbook *p)
{
    fir__hit indexed[MOST_HITS];
    REQUIRE(fir__match(evaluator, p, event) == 0);
    size_t n = evaluator->n_hits, kept = n < MOST_HITS ? n : MOST_HITS;
    if (kept != 0) {
        memcpy(indexed, evaluator->hits, kept * sizeof *indexed);
    }
    REQUIRE(fir__match_plainly(evaluator, p, event) == 0);
    REQUIRE(evaluator->n_hits == n);
    for (size_t i = 0; i < kept; i++) {
        REQUIRE(indexed[i].rule == evaluator->hits[i].rule && indexed[i].undecided == evaluator->hits[i].undecided);
    }
}

/* The line that the batch must have for this alert. */
static void plan_one(const fir_playbook *p, uint64_t line, text *lines, bool generated)
{
    fir_plan *plan;
    fir_buf b = {NULL, 0, NULL};
    char begin[40];
    check_match(p);
    int status = fir_evaluate(evaluator, p, event, 0, &plan, NULL);
    if (status != 0) {
        REQUIRE(status == FIR_ELIMIT && plan == NULL);
        add(lines, "?\n", 2);
        return;
    }
    if (plan == NULL) {
        REQUIRE(evaluator->n_hits == 0);
        return;
    }
    REQUIRE(fir_plan_to_json(plan, &b, NULL) == 0);
    json_t *v = read_plan(b.ptr, b.len);
    check_plan(v, generated);
    json_decref(v);
    add(lines, begin, (size_t)snprintf(begin, sizeof begin, "{\"line\":%llu,", (unsigned long long)line));
    add(lines, b.ptr + 1, b.len - 1);
    add(lines, "\n", 1);
    fir_buf_dispose(&b);
    fir_plan_free(plan);
}

/* Plans of the single alerts; of one that is refused "?". */
static void plan_each(const fir_playbook *p, const void *alerts, size_t n, text *lines, bool generated)
{
    fir_reader *r;
    int status;
    REQUIRE(fir_reader_new(NULL, &r, NULL) == 0);
    REQUIRE(fir_reader_feed(r, alerts, n, 1, NULL) == 0);
    for (;;) {
        uint64_t line;
        status = fir_reader_next(r, event, &line, NULL, NULL);
        if (status == 0) {
            plan_one(p, line, lines, generated);
        } else if (status == FIR_EPARSE || status == FIR_ELIMIT) {
            add(lines, "?\n", 2);
        } else {
            break;
        }
    }
    REQUIRE(status == FIR_ENOTFOUND);
    fir_reader_free(r);
}

static void compare_batch(const fir_buf *batch, const text *lines)
{
    size_t at = 0;
    const char *end;
    for (const char *p = batch->ptr, *stop = p + batch->len; p < stop; p = end + 1) {
        end = memchr(p, '\n', (size_t)(stop - p));
        REQUIRE(end != NULL && at < lines->n);
        size_t n = (size_t)(end - p) + 1;
        if (lines->p[at] == '?') {
            json_t *v = json_loadb(p, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
            REQUIRE(json_is_string(json_object_get(json_object_get(v, "error"), "code")) && json_object_get(v, "line") != NULL);
            json_decref(v);
            at += 2;
        } else {
            REQUIRE(lines->n - at >= n && memcmp(lines->p + at, p, n) == 0);
            at += n;
        }
    }
    REQUIRE(at == lines->n);
}

static void run(const char *yaml, size_t yaml_len, const void *alerts, size_t n, bool generated)
{
    fir_playbook *p;
    fir_buf batch = {NULL, 0, NULL};
    text lines = {NULL, 0, 0, false};
    if (fir_compiler_add(compiler, "p.yaml", yaml, yaml_len, NULL) != 0) {
        return;
    }
    int status = fir_compiler_build(compiler, &p, NULL);
    REQUIRE(status == 0 ? p != NULL : p == NULL && (status == FIR_ECOMPILE || status == FIR_ELIMIT));
    if (p == NULL) {
        return;
    }
    plan_each(p, alerts, n, &lines, generated);
    status = fir_evaluate_ndjson(evaluator, p, alerts, n, 0, &batch, NULL);
    REQUIRE(status == 0);
    compare_batch(&batch, &lines);
    fir_buf_dispose(&batch);
    fir_playbook_unref(p);
    free(lines.p);
}

/* ---- inputs ---- */

static void run_generated(const uint8_t *data, size_t size)
{
    fir_test_random r = {.state = size, .bytes = data, .n_bytes = size};
    size_t yaml_len, len, n = 0;
    char *yaml = fir_test_strange_playbook(&r, 1 + fir_test_below(&r, MOST_RULES), false, true, &yaml_len);
    text alerts = {NULL, 0, 0, false};
    for (uint32_t count = 1 + fir_test_below(&r, 3); n < count; n++) {
        char *alert = fir_test_strange_alert(&r, &len);
        add(&alerts, alert, len);
        add(&alerts, "\n", 1);
        free(alert);
    }
    add(&alerts, (const char *)r.bytes, r.n_bytes); /* and what is left as it is */
    run(yaml, yaml_len, alerts.p, alerts.n, true);
    free(alerts.p);
    free(yaml);
}

static void run_raw(const uint8_t *data, size_t size)
{
    static const char cut[] = "\n%%%\n";
    const char *p = (const char *)data, *at = memmem(p, size, cut, strlen(cut));
    size_t n = at != NULL ? (size_t)(at - p) + 1 : size;
    const char *alerts = at != NULL ? at + strlen(cut) : p + size;
    run(p, n, alerts, (size_t)(p + size - alerts), false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    set_up();
    if (size == 0) {
        return 0;
    }
    if (data[0] != '-' && data[0] != '#') {
        run_generated(data, size);
    } else {
        run_raw(data, size);
    }
    return 0;
}
