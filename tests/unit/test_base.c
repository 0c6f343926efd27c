/* SPDX-License-Identifier: Apache-2.0 */
/* lib/base: what everything stands on. */
#include <check.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/data.h"
#include "base/diag.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/priority.h"
#include "base/time.h"
#include "base/utf8.h"
#include "support/suite.h"

START_TEST(buffer_is_bounded_and_sticky)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 4);
    fir__sbuf_put(&b, "abc", 3);
    fir__sbuf_put(&b, "de", 2);
    ck_assert_int_eq(b.status, FIR_ELIMIT);
    fir__sbuf_char(&b, 'd');
    fir_buf out;
    ck_assert_int_eq(fir__sbuf_take(&b, &out), FIR_ELIMIT);
    ck_assert_ptr_null(out.ptr);
    fir__sbuf_put(&b, "abcd", 4);
    ck_assert_int_eq(fir__sbuf_take(&b, &out), 0);
    ck_assert_str_eq(out.ptr, "abcd");
    fir_buf_dispose(&out);
    fir_buf_dispose(&out);
    fir_buf_dispose(NULL);
}
END_TEST

START_TEST(numbers_print_whole)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 200);
    fir__sbuf_i64(&b, INT64_MIN);
    fir__sbuf_char(&b, ' ');
    fir__sbuf_u64(&b, UINT64_MAX);
    fir__sbuf_printf(&b, " %d", 7);
    fir_buf out;
    ck_assert_int_eq(fir__sbuf_take(&b, &out), 0);
    ck_assert_str_eq(out.ptr, "-9223372036854775808 18446744073709551615 7");
    fir_buf_dispose(&out);
}
END_TEST

START_TEST(arena_keeps_its_bound)
{
    fir__arena r;
    fir__arena_init(&r, &fir__default_allocator, 100);
    ck_assert_ptr_nonnull(fir__arena_alloc(&r, 60));
    ck_assert_ptr_null(fir__arena_alloc(&r, 60));
    ck_assert_int_eq(fir__arena_error(&r), FIR_ELIMIT);
    fir__arena_reset(&r);
    ck_assert_ptr_nonnull(fir__arena_alloc(&r, 60));
    ck_assert_ptr_null(fir__arena_array(&r, SIZE_MAX / 2, 8));
    ck_assert_int_eq(fir__arena_error(&r), FIR_ENOMEM);
    fir__arena_free(&r);
}
END_TEST

START_TEST(errors_fit_their_room)
{
    fir_error e;
    char big[1000];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    memcpy(big + 390, "\xC3\xA4", 2); /* the cut falls into this character */
    ck_assert_int_eq(fir__fail(&e, FIR_EINVAL, "%s", big), FIR_EINVAL);
    ck_assert_uint_eq(strlen(e.message), 390);
    fir__error_origin(&e, fir__str(big, 200));
    ck_assert_uint_eq(strlen(e.origin), 95);
    ck_assert_int_eq(fir__fail(NULL, FIR_EIO, "nobody listens"), FIR_EIO);
    fir__place at = fir__place_of(FIR__S("a\r\nbc"), 4);
    ck_assert_uint_eq(at.line, 3);
    ck_assert_uint_eq(at.column, 2);
}
END_TEST

START_TEST(options_are_size_first)
{
    unsigned char o[24] = {0};
    ck_assert_int_eq(fir__check_options(o, 8, 16, 16, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir__check_options(o, 24, 16, 16, NULL), 0);
    o[20] = 1;
    ck_assert_int_eq(fir__check_options(o, 24, 16, 16, NULL), FIR_EINVAL);
}
END_TEST

START_TEST(utf8_knows_what_is_valid)
{
    static const struct {
        const char *text;
        size_t broken;
    } bad[] = {{"\x80", 1},     {"\xC0\x80", 1},     {"\xC1\xBF", 1}, {"\xED\xA0\x80", 1}, {"\xF4\x90\x80\x80", 1},
               {"\xE2\x82", 2}, {"\xF0\x9F\x98", 3}, {"\xFF", 1}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint32_t cp;
        ck_assert_uint_eq(fir__utf8_decode(bad[i].text, strlen(bad[i].text), &cp), 0);
        ck_assert_uint_eq(fir__utf8_broken(bad[i].text, strlen(bad[i].text)), bad[i].broken);
    }
    for (uint32_t cp = 0; cp < 0x110000; cp += 0x11) {
        if (cp >= 0xD800 && cp < 0xE000) {
            continue;
        }
        char text[4];
        uint32_t back = 1;
        size_t n = fir__utf8_encode(cp, text);
        ck_assert_uint_eq(fir__utf8_decode(text, n, &back), n);
        ck_assert_uint_eq(back, cp);
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 100);
    ck_assert(fir__utf8_append_clean(&b, FIR__S("a\xFFz\xE2\x82")));
    ck_assert(fir__str_eq(fir__sbuf_view(&b), FIR__S("a\xEF\xBF\xBDz\xEF\xBF\xBD")));
    fir__sbuf_free(&b);
}
END_TEST

START_TEST(times_read_and_print)
{
    static const struct {
        const char *text;
        int64_t ns;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-07-14T09:21:33.104938271Z", INT64_C(1784020893104938271)},
        {"2026-07-14T11:21:33.104938271+0200", INT64_C(1784020893104938271)},
        {"2026-07-14 09:21:33.104938271+00:00", INT64_C(1784020893104938271)},
        {"1969-12-31T23:59:59.5Z", -500000000},
        {"2024-02-29T00:00:00Z", INT64_C(1709164800000000000)},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t ns = 1;
        ck_assert_msg(fir__time_parse(fir__cstr(good[i].text), &ns), "%s", good[i].text);
        ck_assert_int_eq(ns, good[i].ns);
    }
    static const char *const bad[] = {"",
                                      "2026-07-14",
                                      "2026-13-14T09:21:33Z",
                                      "2023-02-29T00:00:00Z",
                                      "2026-07-14T24:00:00Z",
                                      "2026-07-14T09:21:33",
                                      "2026-07-14T09:21:33.Z",
                                      "9999-01-01T00:00:00Z",
                                      "2026-07-14T09:21:33Zx"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t ns;
        ck_assert_msg(!fir__time_parse(fir__cstr(bad[i]), &ns), "%s", bad[i]);
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 100);
    fir__time_format(&b, INT64_C(1784020893104938271));
    ck_assert(fir__str_eq(fir__sbuf_view(&b), FIR__S("2026-07-14T09:21:33.104938271Z")));
    fir__sbuf_free(&b);
    int64_t ns;
    ck_assert(fir__duration_parse(FIR__S("250ms"), &ns) && ns == 250000000);
    ck_assert(fir__duration_parse(FIR__S("2d"), &ns) && ns == 172800 * FIR__SECOND);
    ck_assert(!fir__duration_parse(FIR__S("5"), &ns) && !fir__duration_parse(FIR__S("-5s"), &ns) &&
              !fir__duration_parse(FIR__S("99999999999d"), &ns));
}
END_TEST

static fir_str name_at(const void *ctx, size_t i)
{
    return ((const fir_str *)ctx)[i];
}

/* The distance by its definition. */
static size_t plain_distance(fir_str a, fir_str b)
{
    if (a.len == 0 || b.len == 0) {
        return a.len + b.len;
    }
    fir_str a1 = fir__str_to(a, a.len - 1), b1 = fir__str_to(b, b.len - 1);
    size_t best = plain_distance(a1, b1) + (a.ptr[a1.len] != b.ptr[b1.len]), other = plain_distance(a1, b) + 1;
    best = other < best ? other : best;
    other = plain_distance(a, b1) + 1;
    best = other < best ? other : best;
    if (a.len > 1 && b.len > 1 && a.ptr[a1.len] == b.ptr[b1.len - 1] && a.ptr[a1.len - 1] == b.ptr[b1.len]) {
        other = plain_distance(fir__str_to(a, a.len - 2), fir__str_to(b, b.len - 2)) + 1;
        best = other < best ? other : best;
    }
    return best;
}

START_TEST(suggestions_are_the_nearest)
{
    uint32_t state = 1, found = 0;
    for (int round = 0; round < 3000; round++) {
        char texts[4][8];
        fir_str names[4];
        for (size_t i = 0; i < 4; i++) {
            names[i].len = 1 + (state = state * 1664525u + 1013904223u) / 65536 % 5;
            names[i].ptr = texts[i];
            for (size_t k = 0; k < names[i].len; k++) {
                texts[i][k] = (char)('a' + (state = state * 1664525u + 1013904223u) / 65536 % 3);
            }
        }
        size_t best = SIZE_MAX, limit = names[3].len <= 3 ? 1 : 2, want = 3;
        for (size_t i = 0; i < 3; i++) {
            size_t d = plain_distance(names[3], names[i]);
            if (d <= limit && d < names[i].len && d < best) {
                best = d;
                want = i;
            }
        }
        fir_str got = fir__str_suggest(names[3], 3, name_at, names);
        ck_assert_ptr_eq(got.ptr, want != 3 ? names[want].ptr : NULL);
        found += want != 3;
    }
    ck_assert_uint_gt(found, 500);
}
END_TEST

START_TEST(suggestions_are_near)
{
    static const fir_str names[] = {{"condition", 9}, {"actions", 7}, {"priority", 8}};
    ck_assert(fir__str_eq(fir__str_suggest(FIR__S("conditon"), 3, name_at, names), names[0]));
    ck_assert(fir__str_eq(fir__str_suggest(FIR__S("acitons"), 3, name_at, names), names[1]));
    ck_assert_ptr_null(fir__str_suggest(FIR__S("webhook"), 3, name_at, names).ptr);
}
END_TEST

START_TEST(base64_both_ways)
{
    static const char *const pairs[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < 5; i++) {
        fir__sbuf b;
        fir__sbuf_init(&b, &fir__default_allocator, 100);
        fir__base64_encode(&b, fir__cstr(pairs[i][0]));
        ck_assert(fir__str_eq(fir__sbuf_view(&b), fir__cstr(pairs[i][1])));
        fir__sbuf_clear(&b);
        ck_assert(fir__base64_decode(&b, fir__cstr(pairs[i][1])));
        ck_assert(fir__str_eq(fir__sbuf_view(&b), fir__cstr(pairs[i][0])));
        fir__sbuf_free(&b);
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 100);
    ck_assert(!fir__base64_decode(&b, FIR__S("Z")) && !fir__base64_decode(&b, FIR__S("Zh==")) &&
              !fir__base64_decode(&b, FIR__S("Zm 9v")) && !fir__base64_decode(&b, FIR__S("Zg=")));
    ck_assert_uint_eq(b.len, 0);
    fir__sbuf_free(&b);
}
END_TEST

START_TEST(priorities)
{
    ck_assert_int_eq(fir__priority_parse(FIR__S("EMERGENCY")), 0);
    ck_assert_int_eq(fir__priority_parse(FIR__S("info")), 6);
    ck_assert_int_eq(fir__priority_parse(FIR__S("warn")), FIR__PRIORITY_UNKNOWN);
    ck_assert(fir__str_eq(fir__priority_name(6), FIR__S("Informational")));
    ck_assert_uint_eq(fir__priority_name(-1).len, 0);
}
END_TEST

START_TEST(diagnostics_come_in_order)
{
    fir__diags d;
    fir__diags_init(&d, &fir__default_allocator);
    uint16_t a = fir__diags_file(&d, FIR__S("a.yaml")), b = fir__diags_file(&d, FIR__S("b.yaml"));
    fir__diags_add(&d, "X1", FIR__ERROR, (fir__where){b, 1, 1}, FIR__S(""), "third");
    fir__diags_add(&d, "X2", FIR__WARNING, (fir__where){a, 9, 1}, FIR__S("do"), "second %d", 2);
    fir__diags_add(&d, "X3", FIR__ERROR, (fir__where){a, 2, 5}, FIR__S(""), "first");
    fir__diags_sort(&d);
    ck_assert_str_eq(d.items[0].message.ptr, "first");
    ck_assert_str_eq(d.items[1].message.ptr, "second 2");
    ck_assert_uint_eq(d.errors, 2);
    for (int i = 0; i < 2000; i++) {
        fir__diags_add(&d, "X4", FIR__ERROR, (fir__where){a, 3, 1}, FIR__S(""), "again");
    }
    ck_assert_uint_eq(d.count, FIR__MOST_DIAGS);
    ck_assert_uint_eq(d.dropped, 2003 - FIR__MOST_DIAGS);
    fir__diags_free(&d);
}
END_TEST

START_TEST(versions)
{
    ck_assert_int_eq(fir_check_version(FIR_VERSION_NUM), 0);
    ck_assert_int_eq(fir_check_version(FIR_VERSION_NUM + (1 << 16)), FIR_EVERSION);
    ck_assert_str_eq(fir_code_name(FIR_ELIMIT), "FIR_ELIMIT");
    ck_assert_str_eq(fir_code_name(1), "FIR_UNKNOWN");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("base");
    TCase *t = tcase_create("base");
    tcase_add_test(t, buffer_is_bounded_and_sticky);
    tcase_add_test(t, numbers_print_whole);
    tcase_add_test(t, arena_keeps_its_bound);
    tcase_add_test(t, errors_fit_their_room);
    tcase_add_test(t, options_are_size_first);
    tcase_add_test(t, utf8_knows_what_is_valid);
    tcase_add_test(t, times_read_and_print);
    tcase_add_test(t, suggestions_are_near);
    tcase_add_test(t, suggestions_are_the_nearest);
    tcase_add_test(t, base64_both_ways);
    tcase_add_test(t, priorities);
    tcase_add_test(t, diagnostics_come_in_order);
    tcase_add_test(t, versions);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
