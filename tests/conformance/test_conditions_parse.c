/* SPDX-License-Identifier: Apache-2.0 */
/* The parser and printer against what Falco says of the same conditions. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "expr/expr.h"
#include "support/suite.h"
#include "support/vectors.h"

/* Falco's parser was run with its default limit of 100 levels: 19 parentheses. */
static const fir__parse_options falco_limit = {.max_depth = 19};

typedef struct reading {
    fir__arena arena;
    fir__ast *ast;
    fir_error err;
    int status;
    char *print, *safe; /* both styles; NULL when it did not parse */
} reading;

static char *printed(const fir__ast *ast, fir__print_style style)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 1 << 24);
    fir__expr_print(&b, ast, style);
    ck_assert_int_eq(b.status, 0);
    char *text = memcpy(calloc(1, b.len + 1), b.len != 0 ? b.ptr : "", b.len);
    fir__sbuf_free(&b);
    return text;
}

static void begin_reading(reading *r, fir_str text, const fir__parse_options *o)
{
    memset(r, 0, sizeof *r);
    fir__arena_init(&r->arena, &fir__default_allocator, 0);
    r->status = fir__expr_parse(text, o, &r->arena, &r->ast, &r->err);
    if (r->status == 0) {
        r->print = printed(r->ast, FIR__PRINT_FALCO);
        r->safe = printed(r->ast, FIR__PRINT_SAFE);
    }
}

static void end_reading(reading *r)
{
    free(r->print);
    free(r->safe);
    fir__arena_free(&r->arena);
}

/* The safe print reads back to a tree that prints the same in both styles. */
static void check_reads_back(const reading *r, const char *expr)
{
    reading again;
    begin_reading(&again, fir__cstr(r->safe), NULL);
    ck_assert_msg(again.status == 0, "%s\n  safe: %s\n  %s", expr, r->safe, again.err.message);
    ck_assert_str_eq(again.print, r->print);
    ck_assert_str_eq(again.safe, r->safe);
    ck_assert_uint_eq(again.ast->weight, r->ast->weight);
    end_reading(&again);
}

/* The message up to a hint of ours. */
static bool same_message(const char *message, const char *expected)
{
    size_t n = strlen(expected);
    return strncmp(message, expected, n) == 0 && (message[n] == '\0' || strncmp(message + n, "; hint: ", 8) == 0);
}

static void check_accepted(const reading *r, const json_t *want, fir_str expr)
{
    ck_assert_msg(r->status == 0, "%s\n  %s", expr.ptr, r->err.message);
    ck_assert_msg(strcmp(r->print, fir_test_text(want, "ast", NULL)) == 0, "%s\n  got  %s\n  want %s", expr.ptr, r->print,
                  fir_test_text(want, "ast", NULL));
    /* Falco's end is that of all it read: blanks and closing parentheses are not part of our root. */
    size_t end = (size_t)json_integer_value(json_object_get(want, "end"));
    ck_assert_uint_eq(end, expr.len);
    ck_assert_uint_le(r->ast->end, end);
    ck_assert_uint_gt(r->ast->end, r->ast->at.offset);
    for (size_t i = r->ast->end; i < end; i++) {
        ck_assert_msg(strchr(" \t\b\r\n)", expr.ptr[i]) != NULL, "%s ends at %zu", expr.ptr, r->ast->end);
    }
    check_reads_back(r, expr.ptr);
}

static void check_refused(const reading *r, const json_t *want, fir_str expr)
{
    const json_t *pos = json_object_get(want, "pos");
    ck_assert_msg(r->status == FIR_EPARSE || r->status == FIR_ELIMIT, "%s: accepted as %s", expr.ptr, r->print);
    ck_assert_ptr_null(r->ast);
    ck_assert_msg(same_message(r->err.message, fir_test_text(want, "error", NULL)), "%s\n  got  %s\n  want %s", expr.ptr,
                  r->err.message, fir_test_text(want, "error", NULL));
    ck_assert_msg((json_int_t)r->err.offset == json_integer_value(json_array_get(pos, 0)) &&
                      r->err.line == json_integer_value(json_array_get(pos, 1)) &&
                      r->err.column == json_integer_value(json_array_get(pos, 2)),
                  "%s: error at %d, %u:%u", expr.ptr, (int)r->err.offset, r->err.line, r->err.column);
}

/* The same condition with blanks around it, or with other blanks in it, means the same. */
static void check_variants(const char *expr, const char *print)
{
    static const char *const before[] = {"  ", "\n", "\t\r\n "}, *const after[] = {" ", "\n", "\t\r\n\b"};
    size_t n = strlen(expr);
    char *text = malloc(n + 16);
    for (int i = 0; i < 5; i++) {
        bool inside = i >= 3;
        int len = snprintf(text, n + 16, "%s%s%s", inside ? "" : before[i], expr, inside ? "" : after[i]);
        for (char *p = text; inside && *p != '\0'; p++) {
            *p = *p != ' ' ? *p : i == 3 ? '\n' : '\t';
        }
        reading r;
        begin_reading(&r, fir__str(text, (size_t)len), &falco_limit);
        ck_assert_msg(r.status == 0, "variant %d of %s: %s", i, expr, r.err.message);
        if (!inside || strpbrk(expr, "\"'") == NULL) { /* a blank inside quotes is another value then */
            ck_assert_str_eq(r.print, print);
        }
        end_reading(&r);
    }
    free(text);
}

static void check_line(void *ctx, size_t line, const json_t *v)
{
    (void)ctx;
    (void)line;
    const json_t *ours = json_object_get(v, "ours"), *want = ours != NULL ? ours : v;
    size_t n;
    const char *text = fir_test_text(v, "expr", &n);
    reading r;
    begin_reading(&r, fir__str(text, n), &falco_limit);
    if (json_is_true(json_object_get(want, "accept"))) {
        check_accepted(&r, want, fir__str(text, n));
        if (json_is_true(json_object_get(v, "ws_variants"))) {
            check_variants(text, r.print);
        }
    } else {
        check_refused(&r, want, fir__str(text, n));
    }
    end_reading(&r);
}

START_TEST(own_conditions)
{
    ck_assert_uint_eq(fir_test_each_line(fir_test_own("conditions-parse.jsonl"), check_line, NULL), 189);
}
END_TEST

START_TEST(falcos_parser_cases)
{
    ck_assert_uint_eq(fir_test_each_line(fir_test_foreign("upstream/filter_parser_cases.jsonl"), check_line, NULL), 572);
}
END_TEST

/* ---- real rules ---- */

static void check_corpus_text(const json_t *v, const char *key)
{
    size_t n;
    const char *text = fir_test_text(v, key, &n);
    reading r;
    begin_reading(&r, fir__str(text, n), NULL);
    ck_assert_msg(r.status == 0, "%s of %s: %s at %d", key, fir_test_text(v, "name", NULL), r.err.message, (int)r.err.offset);
    check_reads_back(&r, text);
    end_reading(&r);
}

static void check_corpus_line(void *ctx, size_t line, const json_t *v)
{
    (void)line;
    check_corpus_text(v, "condition");
    if (json_is_true(json_object_get(v, "reparses"))) {
        check_corpus_text(v, "compiled");
        return;
    }
    /* Falco does not read its own print where that lost quotes that were needed. Nor do we, but for a value that ends in a
     * backslash: that one is read as it was meant. */
    size_t n;
    const char *text = fir_test_text(v, "compiled", &n);
    reading r;
    begin_reading(&r, fir__str(text, n), NULL);
    ck_assert(r.status == (strstr(text, "\"\\\\\"") != NULL ? 0 : FIR_EPARSE));
    end_reading(&r);
    ++*(int *)ctx;
}

START_TEST(real_rules)
{
    int lossy = 0;
    ck_assert_uint_eq(fir_test_each_line(fir_test_foreign("upstream/rule_corpus.jsonl"), check_corpus_line, &lossy), 864);
    ck_assert_int_eq(lossy, 11);
}
END_TEST

/* ---- escaping ---- */

static void check_escape(void *ctx, size_t line, const json_t *v)
{
    size_t n;
    const char *in = fir_test_text(v, "in", &n), *kind = fir_test_text(v, "kind", NULL);
    (void)ctx;
    (void)line;
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 1000);
    if (strcmp(kind, "escape") == 0) {
        fir__expr_print_text(&b, fir__str(in, n), FIR__PRINT_FALCO);
        ck_assert(fir__str_eq(fir__sbuf_view(&b), fir__cstr(fir_test_text(v, "out", NULL))));
    } else {
        ck_assert_str_eq(kind, "escape_roundtrip");
        fir__sbuf_str(&b, FIR__S("a.b = "));
        fir__expr_print_text(&b, fir__str(in, n), FIR__PRINT_FALCO);
        reading r;
        begin_reading(&r, fir__sbuf_view(&b), NULL);
        ck_assert_int_eq(r.status, 0);
        ck_assert(fir__str_eq(r.ast->right.text, fir__str(in, n)));
        end_reading(&r);
    }
    fir__sbuf_free(&b);
}

START_TEST(escaping)
{
    ck_assert_uint_eq(fir_test_each_line(fir_test_foreign("upstream/escaping_cases.jsonl"), check_escape, NULL), 9);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("conditions_parse");
    TCase *t = tcase_create("vectors");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, own_conditions);
    if (fir_test_foreign("upstream") != NULL) {
        tcase_add_test(t, falcos_parser_cases);
        tcase_add_test(t, real_rules);
        tcase_add_test(t, escaping);
    }
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
