/* SPDX-License-Identifier: Apache-2.0 */
/* Each allocation failed, once and from then on, over the conformance cases: a clean FIR_ENOMEM, and nothing left behind. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <falcoir/falcoir.h>

#include "support/failing.h"
#include "support/fake.h"
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

/* What a case gave when nothing failed. */
enum { OTHERWISE = -1000 }; /* no code of the library: the sweep stops at it */

typedef struct condition_ctx {
    fir_str text;
    const fir_event *event;
    int32_t verdict; /* -1: not known yet */
} condition_ctx;

static int condition_case(void *ctx, const fir_allocator *a)
{
    condition_ctx *t = ctx;
    fir_condition_options o = {.size = sizeof o, .allocator = a};
    fir_evaluator_options xo = {.size = sizeof xo, .allocator = a};
    fir_condition *c = NULL;
    fir_evaluator *x = NULL;
    fir_buf printed = {0}, warnings = {0};
    int32_t verdict = -1;
    int code = fir_condition_compile(t->text.ptr, t->text.len, &o, &c, NULL);
    code = THEN(code, fir_condition_to_string(c, &printed, NULL));
    code = THEN(code, fir_condition_warnings_json(c, &warnings, NULL));
    code = THEN(code, fir_evaluator_new(&xo, &x, NULL));
    for (int i = 0; i < 2; i++) { /* again after a failure, or with memory that has grown */
        int got = THEN(code, fir_condition_eval(c, x, t->event, &verdict, NULL));
        if (got == 0 && t->verdict >= 0 && verdict != t->verdict) {
            code = OTHERWISE;
        }
        code = i == 1 ? THEN(code, got) : code;
    }
    t->verdict = code == 0 ? verdict : t->verdict;
    fir_buf_dispose(&printed);
    fir_buf_dispose(&warnings);
    fir_evaluator_free(x);
    fir_condition_free(c);
    return code;
}

/* An alert with these fields. */
static fir_event *event_with(const json_t *fields)
{
    json_t *alert = json_pack("{s:s, s:O}", "rule", "R", "output_fields", fields);
    char *text = json_dumps(alert, JSON_COMPACT | JSON_ENCODE_ANY);
    fir_event *e;
    if (fir_event_new(NULL, &e, NULL) != 0 || fir_event_parse(e, text, strlen(text), NULL, NULL) != 0) {
        fprintf(stderr, "no alert: %s\n", text);
        exit(EXIT_FAILURE);
    }
    free(text);
    json_decref(alert);
    return e;
}

static void visit_condition(void *ctx, size_t line, const json_t *value)
{
    (void)ctx;
    (void)line;
    json_t *none = json_object(), *fields = json_object_get(value, "fields");
    fir_event *event = event_with(fields != NULL ? fields : none);
    condition_ctx t = {.event = event, .verdict = -1};
    t.text.ptr = fir_test_text(value, "expr", &t.text.len);
    total += fir_test_sweep("condition", condition_case, &t);
    fir_event_free(event);
    json_decref(none);
}

typedef struct template_ctx {
    fir_str text;
    int32_t syntax, sink;
    const fir_event *event;
    char *rendered; /* NULL: not known yet */
} template_ctx;

static int template_case(void *ctx, const fir_allocator *a)
{
    template_ctx *t = ctx;
    fir_template_options o = {.size = sizeof o, .allocator = a, .syntax = t->syntax, .sink = t->sink};
    fir_template *template = NULL;
    fir_buf out = {0};
    int code = fir_template_compile(t->text.ptr, t->text.len, &o, &template, NULL);
    code = THEN(code, fir_template_render(template, t->event, &out, NULL));
    if (code == 0 && t->rendered == NULL) {
        t->rendered = strdup(out.ptr);
    } else if (code == 0 && strcmp(out.ptr, t->rendered) != 0) {
        code = OTHERWISE; /* what could not be had must not be missing in silence */
    }
    fir_buf_dispose(&out);
    fir_template_free(template);
    return code;
}

static void sweep_template(fir_str text, int32_t syntax, int32_t sink, const fir_event *event)
{
    template_ctx t = {text, syntax, sink, event, NULL};
    total += fir_test_sweep("template", template_case, &t);
    free(t.rendered);
}

static void visit_template(void *ctx, size_t line, const json_t *value)
{
    fir_event **event = ctx;
    size_t n;
    const char *p = fir_test_text(value, "format", &n);
    if (line == 1) {
        *event = event_with(json_object_get(value, "_common_fields"));
        return;
    }
    const json_t *fields = json_object_get(value, "fields");
    fir_event *own = fields != NULL ? event_with(fields) : NULL;
    sweep_template((fir_str){p, n}, FIR_SYNTAX_FALCO, FIR_SINK_TEXT, own != NULL ? own : *event);
    fir_event_free(own);
}

/* Every sink and every filter of the project's own syntax, over hostile values. */
static void sweep_sinks(void)
{
    static const char *const texts[] = {
        "{{proc.cmdline}}",
        "{{proc.cmdline | upper | truncate(5)}} {{proc.aname | join(\",\")}} {{evt.time}} {{missing | default(\"x\")}}",
        "{{event.json}}{{output_fields}}",
        "a{{if proc.name}}b{{else}}c{{end}}",
    };
    json_t *fields = json_pack("{s:s, s:s, s:[s,s], s:I}", "proc.cmdline", "sh -c '\"\x1b[31m<&>*_\n\xe2\x80\xae'", "proc.name",
                               "sh", "proc.aname", "a", "b", "evt.time", (json_int_t)1700000000123456789);
    fir_event *event = event_with(fields);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (int32_t sink = FIR_SINK_TEXT; sink <= FIR_SINK_RAW; sink++) {
            sweep_template((fir_str){texts[i], strlen(texts[i])}, FIR_SYNTAX_FALCOIR, sink, event);
        }
    }
    sweep_template((fir_str){"${PROC_NAME} ${PROC_CMDLINE} ${NOT_THERE}", 41}, FIR_SYNTAX_TALON, FIR_SINK_TEXT, event);
    fir_event_free(event);
    json_decref(fields);
}

/* Why each rule matches an alert or does not. */
static int explain_case(const fir_allocator *a, fir_evaluator *x, const fir_playbook *p, const char *alert, size_t n)
{
    fir_event_options eo = {.size = sizeof eo, .allocator = a};
    fir_event *event = NULL;
    fir_buf out = {0};
    int code = fir_event_new(&eo, &event, NULL);
    code = THEN(code, fir_event_parse(event, alert, n, NULL, NULL));
    code = THEN(code, fir_explain(x, p, event, &out, NULL));
    fir_event_free(event);
    fir_buf_dispose(&out);
    return code;
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
    code = THEN(code, explain_case(a, x, p, f->alerts, (size_t)((char *)memchr(f->alerts, '\n', f->n_alerts) - f->alerts)));
    fir_playbook_unref(p);
    fir_evaluator_free(x);
    fir_buf_dispose(&out);
    fir_buf_dispose(&json);
    return code;
}

/* A case of the playbook files: built, its diagnostics read, evaluated. */
static int files_case(void *ctx, const fir_allocator *a)
{
    const json_t *files = ctx, *file;
    fir_compiler_options ko = {.size = sizeof ko, .allocator = a};
    fir_evaluator_options xo = {.size = sizeof xo, .allocator = a};
    fir_compiler *k = NULL;
    fir_playbook *p = NULL;
    fir_evaluator *x = NULL;
    fir_buf json = {0}, out = {0};
    static const char alert[] = "{\"rule\":\"R\",\"output_fields\":{\"proc.name\":\"sh\",\"k8s.ns.name\":\"a\"}}";
    size_t i;
    int code = fir_compiler_new(NULL, &ko, &k, NULL);
    json_array_foreach(files, i, file)
    {
        code = THEN(code, fir_compiler_add(k, "p.yaml", json_string_value(file), json_string_length(file), NULL));
    }
    code = THEN(code, fir_compiler_build(k, &p, NULL));
    if (code == FIR_ECOMPILE && fir_compiler_diagnostics_json(k, &json, NULL) != 0) {
        code = FIR_ENOMEM;
    }
    code = THEN(code, fir_playbook_to_json(p, &json, NULL));
    code = THEN(code, fir_evaluator_new(&xo, &x, NULL));
    code = THEN(code, fir_evaluate_ndjson(x, p, alert, strlen(alert), 0, &out, NULL));
    code = THEN(code, explain_case(a, x, p, alert, strlen(alert)));
    fir_compiler_free(k);
    fir_playbook_unref(p);
    fir_evaluator_free(x);
    fir_buf_dispose(&json);
    fir_buf_dispose(&out);
    return code;
}

static void visit_files(void *ctx, size_t line, const json_t *value)
{
    (void)ctx;
    (void)line;
    const char *name = fir_test_text(value, "name", NULL);
    total += fir_test_sweep(name, files_case, json_object_get(value, "yaml"));
}

/* An engine from its making to its last outcome. A call that ran out of memory is made once more: then nothing may be lost, and
 * nothing done twice. */
typedef struct engine_ctx {
    fake *fake;
    fir_playbook *playbook;
    const char *alerts;
    size_t requests, keys;
    char *outcomes; /* NULL: not known yet */
} engine_ctx;

/* Outcomes as lines of alert, step and status, sorted: who comes first, how long it took, and whether an attempt was spent on the
 * want of memory may differ. */
static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *summary_of(const char *outcomes)
{
    json_t *all = json_loads(outcomes, 0, NULL);
    const json_t *o;
    char *lines[100], *text = calloc(1, 10000);
    size_t i, n = json_array_size(all);
    json_array_foreach(all, i, o)
    {
        lines[i] = calloc(1, 100);
        snprintf(lines[i], 100, "%.20s %.20s %.20s\n", fir_test_text(json_object_get(o, "event"), "rule", NULL),
                 fir_test_text(o, "step", NULL), fir_test_text(o, "status", NULL));
    }
    qsort(lines, n, sizeof lines[0], by_text);
    for (i = 0; i < n; i++) {
        strcat(text, lines[i]);
        free(lines[i]);
    }
    json_decref(all);
    return text;
}

/* How many actions were sent: each has an idempotency key of its own. */
static size_t keys_sent(const fake *f)
{
    size_t keys = 0;
    for (size_t i = 0; i < f->n; i++) {
        const char *key = f->requests[i].head != NULL ? strstr(f->requests[i].head, "Idempotency-Key: ") : NULL;
        bool fresh = key != NULL;
        for (size_t k = 0; fresh && k < i; k++) {
            const char *other = f->requests[k].head != NULL ? strstr(f->requests[k].head, "Idempotency-Key: ") : NULL;
            fresh = other == NULL || strncmp(key, other, 17 + 64) != 0;
        }
        keys += fresh;
    }
    return keys;
}

static bool as_before(engine_ctx *t, const char *outcomes)
{
    char *got = summary_of(outcomes);
    if (t->outcomes == NULL) {
        t->outcomes = got;
        t->requests = t->fake->n;
        t->keys = keys_sent(t->fake);
        return true;
    }
    /* An answer that could not be kept is asked for once more, with the same key. */
    bool same = strcmp(got, t->outcomes) == 0 && keys_sent(t->fake) == t->keys && t->fake->n <= t->requests + 1;
    if (!same) {
        fprintf(stderr, "wanted %zu requests and\n%sgot %zu and\n%s", t->requests, t->outcomes, t->fake->n, got);
    }
    free(got);
    return same;
}

#define TRY(failed, call) (((call) == FIR_ENOMEM) ? (*(failed) = true, (call)) : 0)

static int engine_case(void *ctx, const fir_allocator *a)
{
    engine_ctx *t = ctx;
    fir_engine *g = NULL;
    fir_buf receipts = {0}, out = {0};
    uint64_t next;
    bool failed = false;
    fake_clear(t->fake);
    t->fake->now_ns = 1000000000;
    fir_engine_options o = {.size = sizeof o,
                            .allocator = a,
                            .transport = &t->fake->transport,
                            .clock = &t->fake->clock,
                            .flags = FIR_ENGINE_AS_OF_ALERTS};
    int code = TRY(&failed, fir_engine_new(&o, NULL, t->playbook, &g, NULL));
    code = THEN(code, TRY(&failed, fir_engine_submit(g, t->alerts, strlen(t->alerts), &receipts, NULL)));
    for (int i = 0, rc = 0; code == 0 && i < 1000 && rc != FIR_EAGAIN; i++) {
        rc = fir_engine_poll(g, 1000000000, NULL);
        failed = failed || rc == FIR_ENOMEM;
        code = rc == FIR_EAGAIN || rc == FIR_ENOMEM ? 0 : rc;
    }
    code = THEN(code, TRY(&failed, fir_engine_outcomes_json(g, 0, 0, &next, &out, NULL)));
    if (code == 0 && !as_before(t, out.ptr)) {
        code = OTHERWISE;
    }
    fir_buf_dispose(&receipts);
    fir_buf_dispose(&out);
    fir_engine_free(g);
    return code == 0 && failed ? FIR_ENOMEM : code;
}

static void sweep_engine(void)
{
    static const char yaml[] =
        "- rule: R\n  condition: proc.name = sh\n  actions:\n"
        "    - {action: A, id: a, use: 'http:webhook', parameters: {url: 'https://h.example/{{proc.name}}', body: "
        "'{{event.json}}'}}\n"
        "    - {action: B, when: steps.a.status = succeeded, use: 'http:webhook', retry: {attempts: 3}, parameters: {url: "
        "'https://fails.example/', headers: {X-A: '{{proc.cmdline}}'}}}\n"
        "  on_failure:\n    - {action: C, use: 'http:webhook', parameters: {url: 'https://h.example/failed'}}\n";
    static const char alerts[] =
        "{\"rule\":\"X\",\"output_fields\":{\"proc.name\":\"sh\",\"proc.cmdline\":\"sh -c id\"}}\n{broken\n"
        "{\"rule\":\"Y\",\"output_fields\":{\"proc.name\":\"sh\"}}\n";
    static const fake_answer script[] = {{.body = "{\"a\":1}"}, {.status = 404}, {.status = 503}, {.code = FIR_ETIMEOUT}};
    fir_compiler *k;
    engine_ctx t = {.alerts = alerts, .fake = malloc(sizeof *t.fake)};
    fake_init(t.fake);
    t.fake->n_script = 1;
    if (fir_compiler_new(NULL, NULL, &k, NULL) != 0 || fir_compiler_add(k, "p", yaml, strlen(yaml), NULL) != 0 ||
        fir_compiler_build(k, &t.playbook, NULL) != 0) {
        fprintf(stderr, "the engine's playbook does not compile\n");
        exit(EXIT_FAILURE);
    }
    fir_compiler_free(k);
    for (size_t i = 0; i < sizeof script / sizeof script[0]; i++) {
        t.fake->script = &script[i];
        total += fir_test_sweep("engine", engine_case, &t);
        free(t.outcomes);
        t.outcomes = NULL;
    }
    fir_playbook_unref(t.playbook);
    fake_free(t.fake);
    free(t.fake);
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
    fir_event *common = NULL;
    fir_test_each_line(fir_test_own("output-format.jsonl"), visit_template, &common);
    fir_event_free(common);
    sweep_sinks();
    fir_test_each_line(fir_test_own("playbooks-good.jsonl"), visit_files, NULL);
    fir_test_each_line(fir_test_own("playbooks-bad.jsonl"), visit_files, NULL);
    sweep_engine();
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
