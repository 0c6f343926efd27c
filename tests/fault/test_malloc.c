/* SPDX-License-Identifier: Apache-2.0 */
/* malloc itself fails, so also below jansson, libyaml and PCRE2, which have no allocator of ours: each allocation once, and all
 * from there on. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <falcoir/falcoir.h>

#include "fault/replaced_malloc.h"
#include "support/vectors.h"

typedef struct test_case {
    const char *name;
    int (*body)(const char *text, size_t n);
    const char *text;
    size_t n;
} test_case;

/* The code of a chain of calls: the first that failed. */
#define THEN(code, call) ((code) == 0 ? (call) : (code))

static int schema(const char *text, size_t n)
{
    fir_catalog *c = NULL;
    fir_buf json = {0};
    int code = fir_catalog_new(&c, NULL);
    code = THEN(code, fir_catalog_add(c, text, n, NULL));
    code = THEN(code, fir_catalog_to_json(c, &json, NULL));
    if (code == 0 && strstr(json.ptr, "ticket:open") == NULL) {
        code = FIR_EINTERNAL; /* read, and read wrong */
    }
    fir_buf_dispose(&json);
    fir_catalog_unref(c);
    return code;
}

static int condition(const char *text, size_t n)
{
    fir_condition *c = NULL;
    int code = fir_condition_compile(text, n, NULL, &c, NULL);
    fir_condition_free(c);
    return code;
}

static int verdict(const char *text, size_t n)
{
    static const char alert[] = "{\"rule\":\"r\",\"output_fields\":{\"proc.name\":\"aaaaaaaaab\",\"proc.cmdline\":\"sh -c id\"}}";
    fir_condition *c = NULL;
    fir_evaluator *x = NULL;
    fir_event *e = NULL;
    int32_t v;
    int code = fir_condition_compile(text, n, NULL, &c, NULL);
    code = THEN(code, fir_evaluator_new(NULL, &x, NULL));
    code = THEN(code, fir_event_new(NULL, &e, NULL));
    code = THEN(code, fir_event_parse(e, alert, strlen(alert), NULL, NULL));
    code = THEN(code, fir_condition_eval(c, x, e, &v, NULL));
    fir_condition_free(c);
    fir_evaluator_free(x);
    fir_event_free(e);
    return code;
}

static int playbook(const char *text, size_t n)
{
    fir_compiler *k = NULL;
    fir_playbook *p = NULL;
    fir_buf json = {0};
    int code = fir_compiler_new(NULL, NULL, &k, NULL);
    code = THEN(code, fir_compiler_add(k, "p.yaml", text, n, NULL));
    code = THEN(code, fir_compiler_build(k, &p, NULL));
    if (code == FIR_ECOMPILE && fir_compiler_diagnostics_json(k, &json, NULL) != 0) {
        code = FIR_ENOMEM;
    }
    fir_buf_dispose(&json);
    fir_playbook_unref(p);
    fir_compiler_free(k);
    return code;
}

static replaced_malloc all_of;

static int run(const test_case *t, long at, bool on)
{
    replaced_malloc_arm(at, on);
    int code = t->body(t->text, t->n);
    all_of = replaced_malloc_end();
    return code;
}

static void demand(bool ok, const test_case *t, long at, bool on, const char *why, long n)
{
    if (!ok) {
        fprintf(stderr, "%s: %.200s\n  allocation %ld failing%s: %s (%ld)\n", t->name, t->text, at, on ? " and all after it" : "",
                why, n);
        abort();
    }
}

static long total;

static void sweep(const char *name, int (*body)(const char *text, size_t n), const char *text, size_t n)
{
    test_case t = {name, body, text, n};
    (void)run(&t, -1, false); /* libcrypto keeps what it makes the first time */
    int wanted = run(&t, -1, false);
    long all = all_of.calls;
    demand(all_of.live == 0, &t, -1, false, "blocks are left", all_of.live);
    for (int on = 0; on < 2; on++) {
        for (long at = 0; at < all; at++, total++) {
            int code = run(&t, at, on != 0);
            /* A regular expression can do without its JIT, SHA-256 without libcrypto's cache; the rest says what it lacks. */
            demand(code == FIR_ENOMEM || code == wanted, &t, at, on != 0, "neither FIR_ENOMEM nor as without failure", code);
            demand(all_of.live == 0, &t, at, on != 0, "blocks are left", all_of.live);
        }
    }
}

static void visit_condition(void *ctx, size_t line, const json_t *value)
{
    (void)ctx;
    (void)line;
    size_t n;
    const char *text = fir_test_text(value, "expr", &n);
    sweep("condition", condition, text, n);
}

static void visit_playbook(void *ctx, size_t line, const json_t *value)
{
    (void)ctx;
    (void)line;
    const json_t *file;
    size_t i;
    json_array_foreach(json_object_get(value, "yaml"), i, file)
    {
        sweep(fir_test_text(value, "name", NULL), playbook, json_string_value(file), json_string_length(file));
    }
}

int main(void)
{
    static const char *const regexes[] = {
        "proc.name regex '(a|aa)+$'",
        "proc.cmdline regex '^sh -c (id|whoami)$' or proc.name regex '[[:alpha:]]+'",
        "proc.name in (a, b, c) and proc.name glob 'a*b' and fd.net in (10.0.0.0/8)",
    };
    static const char *const schemas[] = {
        "{\"name\":\"ticket:open\",\"effect\":\"keyed\",\"destructive\":false,\"parameters\":{\"text\":{\"type\":\"string\"}}}",
        "{\"name\":\"ticket:open\",\"name\":1}",
        "[[[[{\"a\":[1,2.5,null,true,\"x\"]}]]]]",
        "{",
    };
    if (!replaced_malloc_works()) {
        printf("malloc cannot be replaced here\n");
        return FIR_TEST_SKIP;
    }
    replaced_malloc_arm(0, true);
    const json_t *none = json_object();
    if (replaced_malloc_end().calls == 0 || none != NULL) {
        fprintf(stderr, "the libraries do not see this malloc: nothing would be shown\n");
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < sizeof schemas / sizeof schemas[0]; i++) {
        sweep("schema", schema, schemas[i], strlen(schemas[i]));
    }
    for (size_t i = 0; i < sizeof regexes / sizeof regexes[0]; i++) {
        sweep("verdict", verdict, regexes[i], strlen(regexes[i]));
    }
    fir_test_each_line(fir_test_own("conditions-parse.jsonl"), visit_condition, NULL);
    fir_test_each_line(fir_test_own("playbooks-good.jsonl"), visit_playbook, NULL);
    fir_test_each_line(fir_test_own("playbooks-bad.jsonl"), visit_playbook, NULL);
    printf("%ld runs\n", total);
    return total > 10000 ? EXIT_SUCCESS : EXIT_FAILURE;
}
