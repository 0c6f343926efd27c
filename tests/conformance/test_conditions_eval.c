/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts and refusals of conditions: this project's cases, and Falco's own tests as far as an alert can express them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "expr/condition.h"
#include "support/frames.h"
#include "support/suite.h"
#include "support/vectors.h"

enum { MOST_TYPES = 32 };

/* Cases of Falco's that come out otherwise here. */
static const struct {
    const char *expr;
    const char *expect; /* "true", "false", or the start of the error */
    const char *why;
} differences[] = {
    {"(sample.is_open = sample.is_open)", "false",
     "a field of a plugin that exists in Falco's tests only is unknown here, so it is text"},
    {"fd.name = val(proc.name)[x]", "unexpected token after ')'", "refused as well, but by the grammar"},
};

typedef struct totals {
    const char *file;
    fir__expr_scratch *scratch;
    size_t right, wrong, left_out;
} totals;

static void complain(totals *t, size_t line, const char *expr, const char *wanted, const char *got)
{
    fprintf(stderr, "%s:%zu: %s\n  wanted %s\n  got    %s\n", t->file, line, expr, wanted, got);
    t->wrong++;
}

static size_t read_types(const json_t *types, fir_field_type *out)
{
    const char *name;
    const json_t *v;
    size_t n = 0;
    json_object_foreach((json_t *)(uintptr_t)types, name, v)
    {
        const char *type = json_string_value(v);
        bool list = strncmp(type, "LIST(", 5) == 0;
        ck_assert_uint_lt(n, MOST_TYPES);
        out[n].name = fir__cstr(name);
        out[n].type = list ? fir__str(type + 5, strlen(type) - 6) : fir__cstr(type);
        out[n].is_list = list;
        out[n++].reserved = 0;
    }
    return n;
}

static int verdict_of(const totals *t, const fir_condition *c, const json_t *fields)
{
    fir__arena arena;
    fir__arena_init(&arena, &fir__default_allocator, 0);
    fir__frame frame = fir_test_frame(&arena, &c->slots, fields, NULL);
    int verdict = fir__program_run(c->program, &frame, t->scratch);
    fir__arena_free(&arena);
    return verdict;
}

/* Falco's text, but for the places and names of parse errors that are checked elsewhere. */
static bool same_error(const json_t *value, const char *wanted, const fir_error *err)
{
    if (strcmp(fir_test_text(value, "stage", NULL), "compile") != 0) {
        return err->code == FIR_EPARSE;
    }
    return (err->code == FIR_ECOMPILE || err->code == FIR_EPARSE) && strncmp(err->message, wanted, strlen(wanted)) == 0;
}

/* What is to come out: a boolean, or a string for an error; *error is the start of its text, or NULL. */
static const json_t *expected(const json_t *value, const char *expr, const char **error)
{
    const json_t *expect = json_object_get(value, "ours");
    *error = json_string_value(json_object_get(value, "error"));
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        if (strcmp(differences[i].expr, expr) == 0) {
            const char *d = differences[i].expect;
            *error = d;
            return strcmp(d, "true") == 0 ? json_true() : strcmp(d, "false") == 0 ? json_false() : json_object_get(value, "expect");
        }
    }
    return expect != NULL ? expect : json_object_get(value, "expect");
}

static void one_case(void *ctx, size_t line, const json_t *value)
{
    totals *t = ctx;
    fir_field_type types[MOST_TYPES];
    fir_condition_options o = {.size = sizeof o, .types = types};
    fir_condition *c;
    fir_error err;
    size_t n;
    const char *expr = fir_test_text(value, "expr", &n);
    const char *error;
    const json_t *expect = expected(value, expr, &error);
    if (json_is_false(json_object_get(value, "json_oracle_agrees"))) {
        t->left_out++;
        return;
    }
    o.n_types = read_types(json_object_get(value, "types"), types);
    int status = fir_condition_compile(expr, n, &o, &c, &err);
    if (json_is_string(expect)) {
        if (status == 0) {
            complain(t, line, expr, error, "it compiles");
        } else if (!same_error(value, error, &err)) {
            complain(t, line, expr, error, err.message);
        } else {
            t->right++;
        }
    } else if (status != 0) {
        complain(t, line, expr, json_is_true(expect) ? "true" : "false", err.message);
    } else {
        int verdict = verdict_of(t, c, json_object_get(value, "fields"));
        if (verdict == json_is_true(expect)) {
            t->right++;
        } else {
            complain(t, line, expr, json_is_true(expect) ? "true" : "false", verdict == 1 ? "true" : "other");
        }
    }
    fir_condition_free(c);
}

static void run_file(const char *path, size_t right, size_t left_out)
{
    totals t = {.file = path};
    ck_assert_int_eq(fir__expr_scratch_new(&fir__default_allocator, &t.scratch), 0);
    (void)fir_test_each_line_u64(path, one_case, &t);
    fir__expr_scratch_free(t.scratch);
    ck_assert_uint_eq(t.wrong, 0);
    ck_assert_uint_eq(t.right, right);
    ck_assert_uint_eq(t.left_out, left_out);
}

START_TEST(own_cases)
{
    run_file(fir_test_own("conditions-eval.jsonl"), 333, 0);
}
END_TEST

START_TEST(falcos_own_tests)
{
    const char *path = fir_test_foreign("upstream/filter_eval_cases.jsonl");
    if (path != NULL) {
        run_file(path, 957, 46);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("conditions_eval");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, own_cases);
    tcase_add_test(c, falcos_own_tests);
    suite_add_tcase(s, c);
    return fir_test_run(s);
}
