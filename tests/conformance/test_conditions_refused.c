/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions that parse and mean nothing: what each is told, word for word with its hint, and where. What is quoted is cut when it
 * is long. And those that are taken with a warning. */
#include <falcoir/falcoir.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/vectors.h"

typedef struct run {
    size_t cases, failed;
} run;

static void fails(run *r, size_t line, const char *what, const char *wanted, const char *got)
{
    printf("line %zu: %s\n  wanted %s\n  got    %s\n", line, what, wanted, got);
    r->failed++;
}

static void check_refused(run *r, size_t line, const json_t *c, int code, const fir_error *err)
{
    const char *wanted = fir_test_text(c, "error", NULL);
    json_int_t at = json_integer_value(json_object_get(c, "at"));
    char place[60], have[60];
    if (code != FIR_ECOMPILE || err->code != code || strcmp(err->message, wanted) != 0) {
        fails(r, line, "the message", wanted, code == 0 ? "(taken)" : err->message);
    }
    (void)snprintf(place, sizeof place, "%lld, 1:%lld", (long long)at, (long long)at + 1);
    (void)snprintf(have, sizeof have, "%llu, %u:%u", (unsigned long long)err->offset, err->line, err->column);
    if (strcmp(place, have) != 0) {
        fails(r, line, "the place", place, have);
    }
}

static void check_taken(run *r, size_t line, const json_t *c, const fir_condition *taken)
{
    fir_buf b = {0};
    if (taken == NULL || fir_condition_warnings_json(taken, &b, NULL) != 0) {
        fails(r, line, "it", "taken", "refused");
        return;
    }
    json_t *have = json_loadb(b.ptr, b.len, 0, NULL);
    const json_t *want = json_object_get(c, "warnings");
    if (!json_equal(have, want)) {
        char *text = json_dumps(want, JSON_COMPACT);
        fails(r, line, "the warnings", text, b.ptr);
        free(text);
    }
    json_decref(have);
    fir_buf_dispose(&b);
}

static void visit(void *ctx, size_t line, const json_t *c)
{
    run *r = ctx;
    size_t n;
    const char *text = fir_test_text(c, "expr", &n);
    fir_condition *taken = NULL;
    fir_error err = {0};
    int code = fir_condition_compile(text, n, NULL, &taken, &err);
    r->cases++;
    if (json_object_get(c, "error") != NULL) {
        check_refused(r, line, c, code, &err);
    } else {
        check_taken(r, line, c, taken);
    }
    fir_condition_free(taken);
}

int main(void)
{
    run r = {0};
    fir_test_each_line(fir_test_own("conditions-refused.jsonl"), visit, &r);
    printf("%zu cases, %zu failed\n", r.cases, r.failed);
    return r.failed == 0 && r.cases >= 60 ? EXIT_SUCCESS : EXIT_FAILURE;
}
