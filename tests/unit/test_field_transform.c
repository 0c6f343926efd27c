/* SPDX-License-Identifier: Apache-2.0 */
/* lib/field/transform: Falco's transformers on values. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "field/transform.h"
#include "support/suite.h"

static fir__arena arena;

static void set_up(void)
{
    fir__arena_init(&arena, &fir__default_allocator, 0);
}

static void tear_down(void)
{
    fir__arena_free(&arena);
}

static fir__value text(const char *s)
{
    return fir__value_string(fir__cstr(s));
}

/* A list of the texts of a NULL-ended argument array; "\1" stands for null. */
static fir__value list(const char *const *s)
{
    fir__value v = {.type = FIR__LIST};
    fir__value *items = fir__arena_array(&arena, 16, sizeof *items);
    for (; s[v.len] != NULL; v.len++) {
        items[v.len] = text(s[v.len]);
        if (s[v.len][0] == '\1') {
            items[v.len] = (fir__value){.type = FIR__NULL, .ptr = "null", .len = 4};
        }
    }
    v.items = items;
    return v;
}

#define LIST(...) list((const char *const[]){__VA_ARGS__, NULL})

/* "absent", a text, or "[a|b]". */
static const char *show(const fir__value *v)
{
    static char shown[256];
    if (v == NULL) {
        return "absent";
    }
    if (v->type != FIR__LIST) {
        snprintf(shown, sizeof shown, "%.*s", (int)v->len, v->ptr);
        return shown;
    }
    size_t n = (size_t)snprintf(shown, sizeof shown, "[");
    for (uint32_t i = 0; i < v->len; i++) {
        n += (size_t)snprintf(shown + n, sizeof shown - n, "%s%.*s", i != 0 ? "|" : "", (int)v->items[i].len, v->items[i].ptr);
    }
    snprintf(shown + n, sizeof shown - n, "]");
    return shown;
}

#define SAYS(call, expected)                                                                                                       \
    do {                                                                                                                           \
        const fir__value *out = (const fir__value *)0x1;                                                                           \
        ck_assert(call);                                                                                                           \
        ck_assert_str_eq(show(out), expected);                                                                                     \
    } while (0)

START_TEST(texts_are_mapped)
{
    fir__value v = text("Ab\xC3\x84z/x.Y");
    SAYS(fir__transform_upper(&arena, &v, &out), "AB\xC3\x84Z/X.Y");
    SAYS(fir__transform_lower(&arena, &v, &out), "ab\xC3\x84z/x.y");
    SAYS(fir__transform_basename(&arena, &v, &out), "x.Y");
    v = text("dir/");
    SAYS(fir__transform_basename(&arena, &v, &out), "");
    SAYS(fir__transform_upper(&arena, NULL, &out), "absent");
    fir__value l = LIST("a/b", "\1", "c");
    SAYS(fir__transform_upper(&arena, &l, &out), "[A/B|C]");
    SAYS(fir__transform_basename(&arena, &l, &out), "[b|c]");
    fir__value number = {.type = FIR__INT, .ptr = "17", .len = 2, .i = 17};
    SAYS(fir__transform_upper(&arena, &number, &out), "17");
    fir__value empty = text("");
    SAYS(fir__transform_upper(&arena, &empty, &out), "");
}
END_TEST

START_TEST(base64_is_as_strict_as_falco)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"aGVsbG8=", "hello"},   {"aGVsbG8", "hello"},     {"aGVsbG8==", "hello"},  {"aGVsbG8===", "absent"}, {"", ""},
        {"aGVsbG9=", "absent"},  {"a", "absent"},          {"aGV sbG8=", "absent"}, {"-_8=", "absent"},       {"YR==", "absent"},
        {"aGVsbG8\n", "absent"}, {"YWFhLWJiYg", "aaa-bbb"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fir__value v = text(cases[i].in);
        SAYS(fir__transform_b64(&arena, &v, &out), cases[i].out);
    }
    fir__value l = LIST("YQ==", "!");
    SAYS(fir__transform_b64(&arena, &l, &out), "[a]");
    l = LIST("!", "?");
    SAYS(fir__transform_b64(&arena, &l, &out), "absent");
}
END_TEST

START_TEST(lengths_count_bytes_or_elements)
{
    fir__value v = text("a\xC3\xA4");
    SAYS(fir__transform_len(&arena, &v, false, &out), "3");
    SAYS(fir__transform_len(&arena, &v, true, &out), "1");
    fir__value l = LIST("a", "\1", "b");
    SAYS(fir__transform_len(&arena, &l, true, &out), "2");
    fir__value none = {.type = FIR__LIST};
    SAYS(fir__transform_len(&arena, &none, true, &out), "0");
    SAYS(fir__transform_len(&arena, NULL, true, &out), "absent");
}
END_TEST

START_TEST(join_and_concat)
{
    fir__value sep = text("->"), a = text("a"), b = text("");
    fir__value l = LIST("x", "\1", "y");
    fir__value none = {.type = FIR__LIST};
    SAYS(fir__transform_join(&arena, &sep, &l, &out), "x->y");
    SAYS(fir__transform_join(&arena, &sep, &none, &out), "");
    SAYS(fir__transform_join(&arena, &sep, &a, &out), "a");
    SAYS(fir__transform_join(&arena, NULL, &l, &out), "absent");
    const fir__value *parts[] = {&a, &b, &sep};
    SAYS(fir__transform_concat(&arena, parts, 3, &out), "a->");
    parts[1] = NULL;
    SAYS(fir__transform_concat(&arena, parts, 3, &out), "absent");
}
END_TEST

START_TEST(getopt_walks_as_posix)
{
    fir__value v = LIST("-nt", "hello", "--long", "-x", "-pv", "-", "-n");
    SAYS(fir__transform_getopt(&arena, &v, FIR__S("nt:p:"), &out), "[n|t|hello|?|p|v]");
    v = LIST("-t");
    SAYS(fir__transform_getopt(&arena, &v, FIR__S("t:"), &out), "[]");
    SAYS(fir__transform_getopt_one(&arena, &v, FIR__S("t:"), 't', &out), "");
    v = LIST("-b", "--", "-a");
    SAYS(fir__transform_getopt_one(&arena, &v, FIR__S("ab"), 'a', &out), "absent");
    SAYS(fir__transform_getopt_one(&arena, &v, FIR__S("ab"), 'b', &out), "b");
    v = LIST("-t", "1", "-t", "2");
    SAYS(fir__transform_getopt_one(&arena, &v, FIR__S("t:"), 't', &out), "2");
    v = LIST("-t:");
    SAYS(fir__transform_getopt_one(&arena, &v, FIR__S(":t:"), 't', &out), ":");
    SAYS(fir__transform_getopt_one(&arena, &v, FIR__S(":t:"), ':', &out), "absent");
    v = LIST("zzz");
    SAYS(fir__transform_getopt(&arena, &v, FIR__S("a"), &out), "absent");
    v = LIST("-t", "");
    SAYS(fir__transform_getopt(&arena, &v, FIR__S("t:"), &out), "[t|]");
}
END_TEST

START_TEST(a_full_arena_is_told)
{
    fir__arena small;
    fir__arena_init(&small, &fir__default_allocator, 8);
    fir__value v = text("0123456789");
    const fir__value *out;
    ck_assert(!fir__transform_upper(&small, &v, &out));
    ck_assert_int_eq(fir__arena_error(&small), FIR_ELIMIT);
    fir__arena_free(&small);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("field_transform");
    TCase *t = tcase_create("transform");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, texts_are_mapped);
    tcase_add_test(t, base64_is_as_strict_as_falco);
    tcase_add_test(t, lengths_count_bytes_or_elements);
    tcase_add_test(t, join_and_concat);
    tcase_add_test(t, getopt_walks_as_posix);
    tcase_add_test(t, a_full_arena_is_told);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
