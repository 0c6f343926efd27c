/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions over 300 alerts of a real Falco, against its own verdicts; and every condition of public rule files: each compiles,
 * and what it prints compiles to the same verdicts. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "expr/condition.h"
#include "support/corpus.h"
#include "support/frames.h"
#include "support/suite.h"
#include "support/vectors.h"

enum { EVENTS = 300 };

static json_t *events[EVENTS];
static fir__expr_scratch *scratch;

static void keep_event(void *ctx, size_t line, const json_t *value)
{
    (void)ctx;
    if (line > EVENTS) {
        fprintf(stderr, "more than %d alerts\n", EVENTS);
        exit(EXIT_FAILURE);
    }
    events[line - 1] = json_incref((json_t *)(uintptr_t)value);
}

static void judge(const fir_condition *c, int verdicts[EVENTS])
{
    for (size_t i = 0; i < EVENTS; i++) {
        fir__arena arena;
        fir__arena_init(&arena, &fir__default_allocator, 0);
        fir__frame frame = fir_test_frame(&arena, &c->slots, json_object_get(events[i], "output_fields"), events[i]);
        verdicts[i] = fir__program_run(c->program, &frame, scratch);
        fir__arena_free(&arena);
    }
}

static fir_condition *compile(const char *expr, size_t n)
{
    fir_condition *c;
    fir_error err;
    if (fir_condition_compile(expr, n, NULL, &c, &err) != 0) {
        fprintf(stderr, "%s\n  %s\n", expr, err.message);
    }
    return c;
}

/* ---- truth tables ---- */

typedef struct table {
    size_t conditions, compared, wrong, quirks;
} table;

/* Falco knew the whole live event, an alert has what was printed. Where one of `printed` is there, the verdicts must agree; else,
 * and for a field that has no `printed`, what we find true must be true. */
static const struct {
    const char *field;
    const char *printed[4];
} live_fields[] = {
    {"fd.ip ", {"fd.cip", "fd.sip"}},
    {"fd.net ", {"fd.cip", "fd.sip"}},
    {"fd.port ", {"fd.cport", "fd.sport"}},
    {"fd.proto ", {"fd.cport", "fd.sport"}},
    {"proc.aname ", {NULL}}, /* of the ancestors only proc.aname[2] */
    {"proc.apid ", {NULL}},
    {"fs.path.name ", {"fs.path.name"}},
    {"evt.is_io_write ", {"evt.is_io_write"}},
    {"syscall.type ", {"syscall.type"}},
};

/* Whether the alert tells all that the condition asks. */
static bool is_told(const char *expr, size_t event)
{
    const json_t *fields = json_object_get(events[event], "output_fields");
    for (size_t i = 0; i < sizeof live_fields / sizeof live_fields[0]; i++) {
        if (strncmp(expr, live_fields[i].field, strlen(live_fields[i].field)) == 0) {
            bool told = false;
            for (size_t k = 0; k < 4 && live_fields[i].printed[k] != NULL; k++) {
                const json_t *v = json_object_get(fields, live_fields[i].printed[k]);
                told |= v != NULL && !json_is_null(v);
            }
            return told;
        }
    }
    return true;
}

static void one_condition(void *ctx, size_t line, const json_t *value)
{
    table *t = ctx;
    int verdicts[EVENTS];
    bool wanted[EVENTS] = {false};
    size_t n, i, first = 1, last = EVENTS, differ = 0;
    const json_t *number, *over = json_object_get(value, "over_lines");
    const char *expr = fir_test_text(value, "expr", &n);
    if (json_object_get(value, "upstream_quirk") != NULL) {
        t->quirks++;
        return;
    }
    json_array_foreach(json_object_get(value, "true_lines"), i, number)
    {
        wanted[json_integer_value(number) - 1] = true;
    }
    if (over != NULL) {
        first = (size_t)json_integer_value(json_array_get(over, 0));
        last = (size_t)json_integer_value(json_array_get(over, 1));
    }
    fir_condition *c = compile(expr, n);
    ck_assert_ptr_nonnull(c);
    judge(c, verdicts);
    for (i = first; i <= last; i++) {
        bool told = over == NULL || is_told(expr, i - 1);
        if (told ? verdicts[i - 1] != (int)wanted[i - 1] : verdicts[i - 1] == FIR_TRUE && !wanted[i - 1]) {
            if (differ++ < 5) {
                fprintf(stderr, "line %zu: %s, event %zu: wanted %d, got %d\n", line, expr, i, (int)wanted[i - 1], verdicts[i - 1]);
            }
        }
        t->compared += told;
    }
    t->wrong += differ;
    t->conditions++;
    fir_condition_free(c);
}

START_TEST(printed_fields)
{
    table t = {0};
    (void)fir_test_each_line(fir_test_foreign("real-falco/eval_matrix.jsonl"), one_condition, &t);
    ck_assert_uint_eq(t.wrong, 0);
    ck_assert_uint_eq(t.conditions, 160);
    ck_assert_uint_eq(t.compared, 160 * EVENTS);
}
END_TEST

START_TEST(fields_that_look_at_several_values)
{
    table t = {0};
    (void)fir_test_each_line(fir_test_foreign("real-falco/eval_matrix_live_only.jsonl"), one_condition, &t);
    ck_assert_uint_eq(t.wrong, 0);
    ck_assert_uint_eq(t.conditions, 35);
    ck_assert_uint_eq(t.quirks, 8);
    ck_assert_uint_eq(t.compared, 2599);
}
END_TEST

/* ---- rule files ---- */

typedef struct rules {
    size_t compiled, repaired;
} rules;

static void one_rule(void *ctx, size_t line, const json_t *value)
{
    rules *seen = ctx;
    int before[EVENTS], after[EVENTS];
    fir_buf text;
    char *expr = fir_test_with_quotes(fir_test_text(value, "compiled", NULL), &seen->repaired);
    fir_condition *c = compile(expr, strlen(expr));
    free(expr);
    ck_assert_msg(c != NULL, "line %zu does not compile", line);
    ck_assert_int_eq(fir_condition_to_string(c, &text, NULL), 0);
    fir_condition *again = compile(text.ptr, text.len);
    ck_assert_msg(again != NULL, "line %zu does not read back: %s", line, text.ptr);
    judge(c, before);
    judge(again, after);
    ck_assert_msg(memcmp(before, after, sizeof before) == 0, "line %zu: other verdicts when read back: %s", line, text.ptr);
    fir_buf_dispose(&text);
    fir_condition_free(again);
    fir_condition_free(c);
    seen->compiled++;
}

START_TEST(rule_files)
{
    rules seen = {0};
    (void)fir_test_each_line(fir_test_foreign("upstream/rule_corpus.jsonl"), one_rule, &seen);
    ck_assert_uint_eq(seen.compiled, 864);
    ck_assert_uint_eq(seen.repaired, 10);
}
END_TEST

int main(void)
{
    const char *path = fir_test_foreign("real-falco/real_eval_events.ndjson");
    if (path == NULL) {
        return FIR_TEST_SKIP;
    }
    if (fir_test_each_line_u64(path, keep_event, NULL) != EVENTS || fir__expr_scratch_new(&fir__default_allocator, &scratch) != 0) {
        fprintf(stderr, "%s: not the %d alerts\n", path, EVENTS);
        return EXIT_FAILURE;
    }
    Suite *s = suite_create("conditions_real");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 300);
    tcase_add_test(c, printed_fields);
    tcase_add_test(c, fields_that_look_at_several_values);
    tcase_add_test(c, rule_files);
    suite_add_tcase(s, c);
    int code = fir_test_run(s);
    fir__expr_scratch_free(scratch);
    for (size_t i = 0; i < EVENTS; i++) {
        json_decref(events[i]);
    }
    return code;
}
