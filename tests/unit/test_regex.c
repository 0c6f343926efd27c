/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions: what is accepted, what it is for PCRE2, and that no match takes long. test_regex_re2 compares with RE2. */
#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "expr/regex.h"
#include "support/failing.h"
#include "support/suite.h"

enum { STEPS = 50000 };

static const struct {
    const char *posix, *pcre2, *required;
} spelled[] = {
    {"", "", ""},
    {"a.b", "a[^\\n]b", "a"},
    {"abc", "abc", "abc"},
    {"abc*d", "abc*d", "ab"},
    {"/etc/passwd", "\\/etc\\/passwd", "/etc/passwd"},
    {"a**", "a*", ""},
    {"a++", "a+", ""},
    {"a*+", "a*", ""},
    {"a+?", "a*", ""},
    {"a??", "a?", ""},
    {"x(a+)+y", "x(?:a+)+y", "x"},
    {"a{2}{3}", "(?:a{2}){3}", ""},
    {"a+{2}", "(?:a+){2}", ""},
    {"a{2}+", "(?:a{2})+", ""},
    {"^*", "(?:^)*", ""},
    {"a{,2}", "a\\{\\,2\\}", "a{,2}"},
    {"a{01}", "a\\{01\\}", "a{01}"},
    {"\\v", "\\x{0b}", "\v"},
    {"\\x{41}\\101\\x41", "AAA", "AAA"},
    {"[^x]", "[^\\x{78}]", ""},
    {"[]a-]", "[\\x{5d}\\x{61}\\x{2d}]", ""},
    {"[[:digit:]]", "[\\x{30}-\\x{39}]", ""},
    {"[[:^digit:]]", "[\\x{0}-\\x{2f}\\x{3a}-\\x{10ffff}]", ""},
    {"[\\x{d800}]", "[^\\x{0}-\\x{10ffff}]", ""},
    {"[^\\x{d800}]", "[\\x{0}-\\x{10ffff}]", ""},
    {"\\x{d800}", "[^\\x{0}-\\x{10ffff}]", ""},
    {"foo|bar", "foo|bar", ""},
    {"(foo|bar)qux", "(?:foo|bar)qux", "qux"},
    {".*xmrig.*", "[^\\n]*xmrig[^\\n]*", "xmrig"},
    {"a b#c", "a\\ b\\#c", "a b#c"},
};

START_TEST(each_construct_is_spelled_out)
{
    for (size_t i = 0; i < sizeof spelled / sizeof spelled[0]; i++) {
        fir__sbuf b;
        fir__regex_required required;
        fir__sbuf_init(&b, &fir__default_allocator, 4096);
        ck_assert_int_eq(fir__regex_translate(fir__cstr(spelled[i].posix), &b, &required, NULL), 0);
        fir__sbuf_char(&b, '\0');
        ck_assert_str_eq(b.ptr, spelled[i].pcre2);
        ck_assert_msg(fir__str_eq(fir__str(required.bytes, required.len), fir__cstr(spelled[i].required)), "%s: requires %.*s",
                      spelled[i].posix, (int)required.len, required.bytes);
        fir__sbuf_free(&b);
    }
}
END_TEST

static const struct {
    const char *pattern, *message;
    size_t offset;
} refused[] = {
    {"a\\d", "invalid regex pattern: invalid escape sequence: \\d; hint: write [0-9]", 1},
    {"\\bx", "invalid regex pattern: invalid escape sequence: \\b; hint: there are no word boundaries", 0},
    {"\\1", "invalid regex pattern: invalid escape sequence: \\1; hint: only punctuation", 0},
    {"a\\", "invalid regex pattern: trailing \\; hint: write \\\\ for a backslash", 1},
    {"(", "invalid regex pattern: missing ): (; hint: a ) closes", 1},
    {"a)", "invalid regex pattern: unexpected ): a); hint: write \\)", 1},
    {"[a", "invalid regex pattern: missing ]: [a; hint: a ] closes", 0},
    {"[c-a]", "invalid regex pattern: invalid character class range: c-a; hint:", 1},
    {"[[:foo:]]", "invalid regex pattern: invalid character class range: [:foo:]; hint: the names are", 1},
    {"*", "invalid regex pattern: no argument for repetition operator: *; hint:", 0},
    {"(?:a)", "invalid regex pattern: no argument for repetition operator: ?; hint:", 1},
    {"(*LIMIT_MATCH=1)", "invalid regex pattern: no argument for repetition operator: *; hint:", 1},
    {"a{2,1}", "invalid regex pattern: invalid repetition size: {2,1}; hint:", 1},
    {"a{1001}", "invalid regex pattern: invalid repetition size: {1001}; hint:", 1},
    {"(a{100}){11}", "invalid regex pattern: invalid repetition size: {11}; hint:", 8},
    {"a\xff", "invalid regex pattern: invalid UTF-8; hint:", 1},
};

START_TEST(what_re2_refuses_is_refused_with_its_words)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        fir__regex *r;
        fir_error err;
        ck_assert_int_eq(fir__regex_compile(fir__cstr(refused[i].pattern), STEPS, &fir__default_allocator, &r, &err), FIR_ECOMPILE);
        ck_assert_ptr_null(r);
        ck_assert_msg(strncmp(err.message, refused[i].message, strlen(refused[i].message)) == 0, "%s", err.message);
        ck_assert_uint_eq(err.offset, refused[i].offset);
    }
}
END_TEST

START_TEST(sizes_are_bounded)
{
    fir__regex *r;
    fir_error err;
    static char text[FIR__REGEX_MAX + 2];
    memset(text, 'a', sizeof text);
    ck_assert_int_eq(fir__regex_compile(fir__str(text, FIR__REGEX_MAX), STEPS, &fir__default_allocator, &r, &err), 0);
    fir__regex_free(r);
    ck_assert_int_eq(fir__regex_compile(fir__str(text, FIR__REGEX_MAX + 1), STEPS, &fir__default_allocator, &r, &err), FIR_ELIMIT);
    memset(text, '(', FIR__REGEX_DEPTH);
    memset(text + FIR__REGEX_DEPTH, ')', FIR__REGEX_DEPTH);
    ck_assert_int_eq(fir__regex_compile(fir__str(text, 2 * FIR__REGEX_DEPTH), STEPS, &fir__default_allocator, &r, &err), 0);
    fir__regex_free(r);
    memset(text, '(', FIR__REGEX_DEPTH + 1);
    ck_assert_int_eq(fir__regex_compile(fir__str(text, 2 * FIR__REGEX_DEPTH), STEPS, &fir__default_allocator, &r, &err),
                     FIR_ELIMIT);
    ck_assert_int_eq(fir__regex_compile(FIR__S("([a-z][0-9][a-z][0-9]){1000}"), STEPS, &fir__default_allocator, &r, &err),
                     FIR_ECOMPILE);
    ck_assert_msg(strstr(err.message, "pattern too large") != NULL, "%s", err.message);
}
END_TEST

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int match(const char *pattern, uint32_t steps, fir_str subject)
{
    fir__regex *r;
    fir__regex_scratch *s;
    ck_assert_int_eq(fir__regex_scratch_new(&fir__default_allocator, &s), 0);
    ck_assert_int_eq(fir__regex_compile(fir__cstr(pattern), steps, &fir__default_allocator, &r, NULL), 0);
    int verdict = fir__regex_match(r, subject, s);
    fir__regex_free(r);
    fir__regex_scratch_free(s);
    return verdict;
}

/* Whatever the pattern, 64 KiB that fail at their end take at most 50 ms; ten times that is asserted, for slow machines. None of
 * them matches: where machine code gets to the end within its steps it says so, the interpreter hits its bound. */
START_TEST(catastrophes_end_undecided)
{
    static const char *const patterns[] = {"(a+)+[bc]",
                                           "(a|aa)+[bc]",
                                           "(a|a)*[bc]",
                                           "(.*a){12}[xy]",
                                           "([a-z]+.?)+[XY]",
                                           "[a-z]*[a-z]*[a-z]*[a-z]*[#%]",
                                           "((a*)*)*[bc]",
                                           "([a-z]*[#%]|[a-z])*[!]",
                                           "a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a*[bc]"};
    static char text[64 << 10];
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        double start = seconds();
        ck_assert_int_ne(match(patterns[i], STEPS, fir__str(text, sizeof text)), FIR_TRUE);
        double took = seconds() - start;
        ck_assert_msg(took < 0.5, "%s took %.3f s", patterns[i], took);
    }
    ck_assert_int_eq(match("(a+)+[bc]", STEPS, fir__str(text, sizeof text)), FIR_UNDECIDED);
    ck_assert_int_eq(match("(a+)+[bc]", STEPS, fir__str(text, 100)), FIR_UNDECIDED);
    ck_assert_int_eq(match("(a+)+[bc]", 10, fir__str(text, 100)), FIR_UNDECIDED);
}
END_TEST

START_TEST(verdicts)
{
    ck_assert_int_eq(match("a.*", STEPS, FIR__S("a\nb")), FIR_FALSE);
    ck_assert_int_eq(match("a[^x]b", STEPS, FIR__S("a\nb")), FIR_TRUE);
    ck_assert_int_eq(match("a\n^b", STEPS, FIR__S("a\nb")), FIR_TRUE);
    ck_assert_int_eq(match("a$\nb", STEPS, FIR__S("a\nb")), FIR_TRUE);
    ck_assert_int_eq(match("a\n^", STEPS, FIR__S("a\n")), FIR_TRUE);
    ck_assert_int_eq(match("a$", STEPS, FIR__S("a\n")), FIR_FALSE);
    ck_assert_int_eq(match("", STEPS, FIR__S("")), FIR_TRUE);
    ck_assert_int_eq(match("", STEPS, FIR__S("a")), FIR_FALSE);
    ck_assert_int_eq(match("h.llo", STEPS, FIR__S("h\xc3\xa9llo")), FIR_TRUE);
    ck_assert_int_eq(match("ab.cd", STEPS, FIR__S("ab\0cd")), FIR_TRUE);
    ck_assert_int_eq(match("xmrig|abc", STEPS, FIR__S("abc")), FIR_TRUE);
    ck_assert_int_eq(match(".*xmrig.*", STEPS, FIR__S("/tmp/xmrig -o")), FIR_TRUE);
    ck_assert_int_eq(match(".*xmrig.*", STEPS, FIR__S("/tmp/xmri -o")), FIR_FALSE);
}
END_TEST

static int compile_and_match(void *ctx, const fir_allocator *a)
{
    fir__regex *r = NULL;
    fir__regex_scratch *s = NULL;
    (void)ctx;
    int status = fir__regex_scratch_new(a, &s);
    if (status == 0) {
        status = fir__regex_compile(FIR__S("x(a|[[:alpha:]]+){2}{3}y"), STEPS, a, &r, NULL);
    }
    if (status == 0) {
        int verdict = fir__regex_match(r, FIR__S("xabcdefy"), s);
        status = verdict == FIR_TRUE ? 0 : verdict;
    }
    fir__regex_free(r);
    fir__regex_scratch_free(s);
    return status;
}

START_TEST(memory_may_end_anywhere)
{
    ck_assert_int_gt(fir_test_sweep("regex", compile_and_match, NULL), 10);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("regex");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, each_construct_is_spelled_out);
    tcase_add_test(c, what_re2_refuses_is_refused_with_its_words);
    tcase_add_test(c, sizes_are_bounded);
    tcase_add_test(c, catastrophes_end_undecided);
    tcase_add_test(c, verdicts);
    tcase_add_test(c, memory_may_end_anywhere);
    suite_add_tcase(s, c);
    return fir_test_run(s);
}
