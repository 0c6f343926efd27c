/* SPDX-License-Identifier: Apache-2.0 */
/* Playbooks as data: what broken ones are told, code and place each, and the words where these are given; what good ones become. */
#include <falcoir/falcoir.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/vectors.h"

typedef struct run {
    size_t cases, failed;
} run;

typedef struct result {
    json_t *diagnostics;
    json_t *playbook; /* NULL: it did not load */
} result;

static json_t *parsed(fir_buf *b)
{
    json_t *j = json_loadb(b->ptr, b->len, JSON_ALLOW_NUL, NULL);
    if (j == NULL) {
        printf("no JSON: %.*s\n", (int)b->len, b->ptr);
        exit(EXIT_FAILURE);
    }
    fir_buf_dispose(b);
    return j;
}

static result load(const json_t *files)
{
    static const char *const origins[] = {"a.yaml", "b.yaml", "c.yaml"};
    fir_compiler *k;
    fir_playbook *p = NULL;
    fir_error err;
    fir_buf b = {0};
    result out = {NULL, NULL};
    if (fir_compiler_new(NULL, NULL, &k, &err) != 0) {
        exit(EXIT_FAILURE);
    }
    for (size_t i = 0; i < json_array_size(files); i++) {
        const json_t *text = json_array_get(files, i);
        if (fir_compiler_add(k, origins[i], json_string_value(text), json_string_length(text), &err) != 0) {
            exit(EXIT_FAILURE);
        }
    }
    (void)fir_compiler_build(k, &p, &err);
    if (fir_compiler_diagnostics_json(k, &b, &err) != 0) {
        exit(EXIT_FAILURE);
    }
    out.diagnostics = parsed(&b);
    if (p != NULL) {
        if (fir_playbook_to_json(p, &b, &err) != 0) {
            exit(EXIT_FAILURE);
        }
        out.playbook = parsed(&b);
    }
    fir_playbook_unref(p);
    fir_compiler_free(k);
    return out;
}

static void show(const char *label, const json_t *j)
{
    char *text = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    printf("  %s %s\n", label, text != NULL ? text : "(nothing)");
    free(text);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The diagnostics as an array of texts "code file:line:column", sorted: several at one place have no order of their own. */
static json_t *places(const json_t *diagnostics)
{
    enum { MOST = 100 };
    char *texts[MOST];
    size_t n = json_array_size(diagnostics);
    json_t *out = json_array();
    for (size_t i = 0; i < n && i < MOST; i++) {
        const json_t *d = json_array_get(diagnostics, i);
        texts[i] = malloc(256);
        snprintf(texts[i], 256, "%s %s:%lld:%lld", fir_test_text(d, "code", NULL), fir_test_text(d, "file", NULL),
                 (long long)json_integer_value(json_object_get(d, "line")),
                 (long long)json_integer_value(json_object_get(d, "column")));
    }
    qsort(texts, n, sizeof *texts, compare_texts);
    for (size_t i = 0; i < n && i < MOST; i++) {
        json_array_append_new(out, json_string(texts[i]));
        free(texts[i]);
    }
    return out;
}

/* Whether the texts are there that are wanted: a message, where one is, with its hint or none. */
static int has_texts(const json_t *have, const json_t *want)
{
    static const char *const keys[] = {"code", "file", "line", "column", "message"};
    const json_t *w, *h;
    size_t i, k;
    json_array_foreach(want, i, w)
    {
        int found = json_object_get(w, "message") == NULL;
        json_array_foreach(have, k, h)
        {
            const char *hint = json_string_value(json_object_get(h, "hint")),
                       *wanted = json_string_value(json_object_get(w, "hint"));
            int same = strcmp(hint != NULL ? hint : "", wanted != NULL ? wanted : "") == 0;
            for (size_t n = 0; n < sizeof keys / sizeof *keys; n++) {
                same = same && json_equal(json_object_get(h, keys[n]), json_object_get(w, keys[n]));
            }
            found = found || same;
        }
        if (!found) {
            return 0;
        }
    }
    return 1;
}

static int has_error(const json_t *diagnostics)
{
    for (size_t i = 0; i < json_array_size(diagnostics); i++) {
        if (strcmp(fir_test_text(json_array_get(diagnostics, i), "severity", NULL), "error") == 0) {
            return 1;
        }
    }
    return 0;
}

static void visit_bad(void *ctx, size_t line, const json_t *c)
{
    run *r = ctx;
    result got = load(json_object_get(c, "yaml"));
    json_t *have = places(got.diagnostics), *want = places(json_object_get(c, "diagnostics"));
    r->cases++;
    bool texts = has_texts(got.diagnostics, json_object_get(c, "diagnostics"));
    if (!json_equal(have, want) || !texts || has_error(got.diagnostics) != (got.playbook == NULL)) {
        printf("line %zu: %s\n", line, fir_test_text(c, "name", NULL));
        show("wanted", texts ? want : json_object_get(c, "diagnostics"));
        show("got   ", texts ? have : got.diagnostics);
        r->failed++;
    }
    json_decref(have);
    json_decref(want);
    json_decref(got.diagnostics);
    json_decref(got.playbook);
}

/* What every playbook has, or has without saying anything. */
static void without_the_usual(json_t *playbook)
{
    static const char *const keys[] = {"lists", "macros", "outputs", "rules", "tests"};
    json_object_del(playbook, "digest");
    json_object_del(playbook, "files");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const json_t *v = json_object_get(playbook, keys[i]);
        if (v != NULL && json_array_size(v) == 0 && json_object_size(v) == 0) {
            json_object_del(playbook, keys[i]);
        }
    }
}

static json_t *warnings(const json_t *diagnostics)
{
    json_t *out = json_array();
    for (size_t i = 0; i < json_array_size(diagnostics); i++) {
        const json_t *d = json_array_get(diagnostics, i);
        json_array_append_new(
            out, json_pack("[O,O,O]", json_object_get(d, "code"), json_object_get(d, "file"), json_object_get(d, "line")));
    }
    return out;
}

static void visit_good(void *ctx, size_t line, const json_t *c)
{
    run *r = ctx;
    result got = load(json_object_get(c, "yaml"));
    json_t *warned = warnings(got.diagnostics);
    r->cases++;
    if (got.playbook != NULL) {
        without_the_usual(got.playbook);
    }
    if (got.playbook == NULL || !json_equal(got.playbook, json_object_get(c, "playbook")) ||
        !json_equal(warned, json_object_get(c, "warnings"))) {
        printf("line %zu: %s\n", line, fir_test_text(c, "name", NULL));
        show("wanted", json_object_get(c, "playbook"));
        show("got   ", got.playbook);
        show("wanted", json_object_get(c, "warnings"));
        show("got   ", got.diagnostics);
        r->failed++;
    }
    json_decref(warned);
    json_decref(got.diagnostics);
    json_decref(got.playbook);
}

int main(void)
{
    run r = {0};
    fir_test_each_line(fir_test_own("playbooks-bad.jsonl"), visit_bad, &r);
    fir_test_each_line(fir_test_own("playbooks-good.jsonl"), visit_good, &r);
    printf("%zu cases, %zu failed\n", r.cases, r.failed);
    return r.failed == 0 && r.cases >= 150 ? EXIT_SUCCESS : EXIT_FAILURE;
}
