/* SPDX-License-Identifier: Apache-2.0 */
/* Each allocation failed, once and from then on, over the conformance cases: a clean FIR_ENOMEM, and nothing left behind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <falcoir/falcoir.h>

#include "support/failing.h"
#include "support/vectors.h"

static long total;

/* The code of a chain of calls: the first that failed. */
#define THEN(code, call) ((code) == 0 ? (call) : (code))

static int event_case(void *ctx, const fir_allocator *a)
{
    fir_str *text = ctx;
    fir_event_options eo = {.size = sizeof eo, .allocator = a};
    fir_reader_options ro = {.size = sizeof ro, .allocator = a};
    fir_event *e = NULL;
    fir_reader *r = NULL;
    fir_buf json = {0};
    uint64_t line;
    int code = fir_event_new(&eo, &e, NULL);
    code = THEN(code, fir_event_parse(e, text->ptr, text->len, NULL, NULL));
    code = THEN(code, fir_event_to_json(e, &json, NULL));
    code = THEN(code, fir_reader_new(&ro, &r, NULL));
    code = THEN(code, fir_reader_feed(r, text->ptr, text->len, 1, NULL));
    code = THEN(code, fir_reader_next(r, e, &line, NULL, NULL));
    fir_buf_dispose(&json);
    fir_reader_free(r);
    fir_event_free(e);
    return code;
}

static void visit_event(void *ctx, size_t line, const json_t *value)
{
    (void)ctx;
    (void)line;
    size_t n;
    const char *p = fir_test_text(value, "event", &n);
    fir_str text = {p, n};
    total += fir_test_sweep("event", event_case, &text);
}

static int condition_case(void *ctx, const fir_allocator *a)
{
    fir_str *text = ctx;
    fir_condition_options o = {.size = sizeof o, .allocator = a};
    fir_condition *c = NULL;
    fir_buf printed = {0};
    int code = fir_condition_compile(text->ptr, text->len, &o, &c, NULL);
    code = THEN(code, fir_condition_to_string(c, &printed, NULL));
    fir_buf_dispose(&printed);
    fir_condition_free(c);
    return code;
}

static void visit_condition(void *ctx, size_t line, const json_t *value)
{
    (void)ctx;
    (void)line;
    size_t n;
    const char *p = fir_test_text(value, "expr", &n);
    fir_str text = {p, n};
    total += fir_test_sweep("condition", condition_case, &text);
}

static int template_case(void *ctx, const fir_allocator *a)
{
    fir_str *text = ctx;
    fir_template_options o = {.size = sizeof o, .allocator = a, .syntax = FIR_SYNTAX_FALCO};
    fir_template *t = NULL;
    int code = fir_template_compile(text->ptr, text->len, &o, &t, NULL);
    fir_template_free(t);
    return code;
}

static void visit_template(void *ctx, size_t line, const json_t *value)
{
    (void)ctx;
    size_t n;
    const char *p = fir_test_text(value, "format", &n);
    fir_str text = {p, n};
    if (line > 1) {
        total += fir_test_sweep("template", template_case, &text);
    }
}

typedef struct playbook_files {
    char *playbook, *alerts;
    size_t n_playbook, n_alerts;
} playbook_files;

static int playbook_case(void *ctx, const fir_allocator *a)
{
    playbook_files *f = ctx;
    fir_compiler_options ko = {.size = sizeof ko, .allocator = a};
    fir_evaluator_options xo = {.size = sizeof xo, .allocator = a};
    fir_compiler *k = NULL;
    fir_playbook *p = NULL;
    fir_evaluator *x = NULL;
    fir_buf out = {0}, json = {0};
    int code = fir_compiler_new(NULL, &ko, &k, NULL);
    code = THEN(code, fir_compiler_add(k, "playbook.yaml", f->playbook, f->n_playbook, NULL));
    code = THEN(code, fir_compiler_build(k, &p, NULL));
    fir_compiler_free(k);
    code = THEN(code, fir_playbook_to_json(p, &json, NULL));
    code = THEN(code, fir_evaluator_new(&xo, &x, NULL));
    code = THEN(code, fir_evaluate_ndjson(x, p, f->alerts, f->n_alerts, 0, &out, NULL));
    fir_playbook_unref(p);
    fir_evaluator_free(x);
    fir_buf_dispose(&out);
    fir_buf_dispose(&json);
    return code;
}

static char *read_source(const char *name, size_t *n)
{
    char path[1024];
    const char *root = getenv("FALCOIR_SOURCE");
    snprintf(path, sizeof path, "%s/%s", root != NULL ? root : ".", name);
    char *text = fir_test_read_file(path, n);
    if (text == NULL) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(EXIT_FAILURE);
    }
    return text;
}

int main(void)
{
    static const char *const playbooks[] = {"examples/playbooks/quickstart.yaml", "examples/playbooks/articles.yaml"};
    fir_test_each_line(fir_test_own("example-events.jsonl"), visit_event, NULL);
    fir_test_each_line(fir_test_own("conditions-parse.jsonl"), visit_condition, NULL);
    fir_test_each_line(fir_test_own("conditions-eval.jsonl"), visit_condition, NULL);
    fir_test_each_line(fir_test_own("output-format.jsonl"), visit_template, NULL);
    for (size_t i = 0; i < sizeof playbooks / sizeof playbooks[0]; i++) {
        playbook_files f = {0};
        f.playbook = read_source(playbooks[i], &f.n_playbook);
        f.alerts = read_source("examples/alerts/hostile.ndjson", &f.n_alerts);
        total += fir_test_sweep(playbooks[i], playbook_case, &f);
        free(f.playbook);
        free(f.alerts);
    }
    printf("%ld runs\n", total);
    return total > 10000 ? EXIT_SUCCESS : EXIT_FAILURE; /* a sweep that found nothing to fail proves nothing */
}
