/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets in other people's texts, written in whatever way. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "secret/mask.h"
#include "support/failing.h"
#include "support/suite.h"

static const char secret[] = "p@ss/w+rd \"x\"\\ caf\xC3\xA9-_~ \xF0\x9F\x94\x91k";
#define SECRET ((fir_str){secret, sizeof secret - 1})

/* The text between two words, which stay. */
static void expect(fir_str form, const char *wanted)
{
    fir__sbuf text, out;
    fir__sbuf_init(&text, &fir__default_allocator, 1 << 20);
    fir__sbuf_init(&out, &fir__default_allocator, 1 << 20);
    fir__sbuf_put(&text, "it said: ", 9);
    fir__sbuf_str(&text, form);
    fir__sbuf_put(&text, " ; done", 7);
    fir_str secrets[] = {{"another one", 11}, SECRET};
    fir__mask(secrets, 2, 6, fir__sbuf_view(&text), &out);
    ck_assert_int_eq(out.status, 0);
    ck_assert_msg(fir__str_eq(fir__sbuf_view(&out), (fir_str){wanted, strlen(wanted)}), "%.*s became %.*s", (int)text.len, text.ptr,
                  (int)out.len, out.ptr);
    fir__sbuf_free(&text);
    fir__sbuf_free(&out);
}

static void percent(fir__sbuf *b, fir_str s, bool all, bool form, const char *digits)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (form && c == ' ') {
            fir__sbuf_char(b, '+');
        } else if (all || !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')) {
            fir__sbuf_char(b, '%');
            fir__sbuf_char(b, digits[c >> 4]);
            fir__sbuf_char(b, digits[c & 15]);
        } else {
            fir__sbuf_char(b, (char)c);
        }
    }
}

#define LOWER "0123456789abcdef"
#define UPPER "0123456789ABCDEF"

START_TEST(as_it_is_and_in_an_address)
{
    expect(SECRET, "it said: *** ; done");
    expect(fir__cstr("nothing"), "it said: nothing ; done");
    for (int way = 0; way < 8; way++) {
        fir__sbuf once, twice;
        fir__sbuf_init(&once, &fir__default_allocator, 4096);
        fir__sbuf_init(&twice, &fir__default_allocator, 4096);
        percent(&once, SECRET, (way & 1) != 0, (way & 2) != 0, (way & 4) != 0 ? UPPER : LOWER);
        expect(fir__sbuf_view(&once), "it said: *** ; done");
        percent(&twice, fir__sbuf_view(&once), false, false, UPPER);
        expect(fir__sbuf_view(&twice), "it said: *** ; done");
        fir__sbuf_free(&once);
        fir__sbuf_free(&twice);
    }
}
END_TEST

START_TEST(inside_of_json)
{
    static const char *const forms[] = {
        "p@ss/w+rd \\\"x\\\"\\\\ caf\xC3\xA9-_~ \xF0\x9F\x94\x91k",
        "p@ss\\/w+rd \\\"x\\\"\\\\ caf\\u00e9-_~ \\uD83D\\uDD11k",
        "\\u0070@ss\\/w\\u002Brd\\u0020\\u0022x\\\"\\u005c caf\\u00E9-_~ \\ud83d\\udd11\\u006B",
        "p@ss\\\\/w+rd \\\\\\\"x\\\\\\\"\\\\\\\\ caf\\\\u00e9-_~ \\\\uD83D\\\\uDD11k", /* as text in JSON in JSON */
        "p%40ss%2Fw%2Brd+%22x%22%5C+caf\\u0025C3%A9-_%7E+%F0%9F%94%91k",               /* an address in JSON */
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        expect((fir_str){forms[i], strlen(forms[i])}, "it said: *** ; done");
    }
    expect(fir__cstr("\\u12 \\uZZZZ \\q %4 %zz \\ud83d %"), "it said: \\u12 \\uZZZZ \\q %4 %zz \\ud83d % ; done");
}
END_TEST

/* _i: how many bytes stand before it. */
START_TEST(in_base64)
{
    for (int way = 0; way < 4; way++) {
        fir__sbuf plain, text, more, out;
        fir__sbuf_init(&plain, &fir__default_allocator, 4096);
        fir__sbuf_init(&text, &fir__default_allocator, 4096);
        fir__sbuf_init(&more, &fir__default_allocator, 4096);
        fir__sbuf_init(&out, &fir__default_allocator, 4096);
        fir__sbuf_put(&plain, "user:long:", (size_t)_i);
        fir__sbuf_str(&plain, SECRET);
        fir__sbuf_put(&plain, "behind it", (size_t)way * 2);
        fir__base64_encode(&text, fir__sbuf_view(&plain));
        for (size_t i = 0; way % 2 != 0 && i < text.len; i++) {
            text.ptr[i] = text.ptr[i] == '+' ? '-' : text.ptr[i] == '/' ? '_' : text.ptr[i];
        }
        percent(&more, fir__sbuf_view(&text), false, false, UPPER);
        fir_str secrets[] = {SECRET}, forms[] = {fir__sbuf_view(&text), fir__sbuf_view(&more)};
        for (size_t k = 0; k < 2; k++) {
            fir__sbuf_clear(&out);
            fir__mask(secrets, 1, 6, forms[k], &out);
            ck_assert_int_eq(out.status, 0);
            ck_assert_ptr_nonnull(memmem(out.ptr, out.len, "***", 3));
            for (size_t i = 0; i + 4 <= text.len - 3; i++) { /* no four characters of the secret's own are left */
                bool own = i >= ((size_t)_i * 8 + 5) / 6 && i + 4 <= ((size_t)_i + SECRET.len) * 8 / 6;
                ck_assert_msg(!own || memmem(out.ptr, out.len, text.ptr + i, 4) == NULL, "%.*s became %.*s", (int)text.len,
                              text.ptr, (int)out.len, out.ptr);
            }
            size_t before = (size_t)_i * 8 / 6; /* and what stood before is */
            ck_assert(out.len >= before && memcmp(out.ptr, forms[k].ptr, before == 0 ? 0 : before - 1) == 0);
        }
        fir__sbuf_free(&plain);
        fir__sbuf_free(&text);
        fir__sbuf_free(&more);
        fir__sbuf_free(&out);
    }
}
END_TEST

static void expect_all(const char *text, const char *wanted)
{
    const fir_str secrets[] = {{"abcabcabd", 9}, {"tiny", 4}, {"abcdefgh", 8}};
    fir__sbuf out;
    fir__sbuf_init(&out, &fir__default_allocator, 4096);
    fir__mask(secrets, 3, 6, (fir_str){text, strlen(text)}, &out);
    ck_assert_int_eq(out.status, 0);
    ck_assert_msg(fir__str_eq(fir__sbuf_view(&out), (fir_str){wanted, strlen(wanted)}), "%s became %.*s", text, (int)out.len,
                  out.ptr);
    fir__sbuf_free(&out);
}

START_TEST(cut_short_or_one_in_the_other)
{
    expect_all("", "");
    expect_all("tiny", "tiny");
    expect_all("abcabcabcabd!", "abc***!"); /* what begins again in its middle */
    expect_all("x abcdef", "x ***");        /* its first six, and then it ends */
    expect_all("x abcde", "x abcde");
    expect_all("abcdef x", "abcdef x");
    expect_all("abcabcabdabcdefgh", "***");
    expect_all("%61bcdefgh", "***");
    expect_all("%61bcdef", "***");
    expect_all("%61bcdef%6", "***%6"); /* in the middle of a byte */
    expect_all("\\u0061bcdef\\u00", "***\\u00");
    expect_all("100 %", "100 %");
    expect_all("YWJjZGVmZ2", "***"); /* base64, cut */
}
END_TEST

/* A secret that begins with itself, in a text that nearly is one, takes no longer than another. */
/* The alphabets of base64 are one there, and nowhere else. */
START_TEST(another_word_is_left)
{
    fir_str path = FIR__S("/services/T0/B0"), said = FIR__S("the answer: no_service"), cut = FIR__S("the answer: no/service");
    fir__sbuf out;
    fir__sbuf_init(&out, &fir__default_allocator, 4096);
    fir__mask(&path, 1, 6, said, &out);
    fir__sbuf_char(&out, '\n');
    fir__mask(&path, 1, 6, cut, &out);
    ck_assert(fir__str_eq(fir__sbuf_view(&out), FIR__S("the answer: no_service\nthe answer: no***")));
    fir__sbuf_free(&out);
}
END_TEST

START_TEST(hostile_repetition)
{
    enum { SECRET_LEN = 60000, TEXT = 400000 };
    char *s = malloc(SECRET_LEN), *t = malloc(TEXT);
    fir__sbuf out;
    memset(s, 'a', SECRET_LEN);
    memset(t, 'a', TEXT);
    s[SECRET_LEN - 1] = 'b';
    for (size_t i = SECRET_LEN - 2; i < TEXT; i += SECRET_LEN - 1) {
        t[i] = 'c';
    }
    fir__sbuf_init(&out, &fir__default_allocator, 2 * TEXT);
    const fir_str secrets[] = {{s, SECRET_LEN}};
    t[TEXT - 1] = 'c';
    fir__mask(secrets, 1, 6, (fir_str){t, TEXT}, &out);
    ck_assert_int_eq(out.status, 0);
    ck_assert(out.len == TEXT && memcmp(out.ptr, t, TEXT) == 0);
    fir__sbuf_free(&out);
    free(s);
    free(t);
}
END_TEST

static int mask_once(void *ctx, const fir_allocator *a)
{
    fir__sbuf out;
    const fir_str secrets[] = {SECRET};
    (void)ctx;
    fir__sbuf_init(&out, a, 4096);
    fir__mask(secrets, 1, 6, (fir_str){"it is %70@ss", 12}, &out);
    int rc = out.status;
    ck_assert(rc == 0 ? fir__str_eq(fir__sbuf_view(&out), (fir_str){"it is %70@ss", 12}) : out.len == 0);
    fir__sbuf_free(&out);
    return rc;
}

START_TEST(every_allocation_may_fail)
{
    ck_assert_int_gt(fir_test_sweep("masking", mask_once, NULL), 10);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("mask");
    TCase *t = tcase_create("mask");
    tcase_add_test(t, as_it_is_and_in_an_address);
    tcase_add_test(t, inside_of_json);
    tcase_add_loop_test(t, in_base64, 0, 6);
    tcase_add_test(t, cut_short_or_one_in_the_other);
    tcase_add_test(t, another_word_is_left);
    tcase_add_test(t, hostile_repetition);
    tcase_add_test(t, every_allocation_may_fail);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
