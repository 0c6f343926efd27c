/* SPDX-License-Identifier: Apache-2.0 */
/* lib/event/{framer,reader}.c: streams of alerts. What is expected is written as support/stream.h writes it:
 * LINE CODE FORM.ENVELOPE JSON, or LINE CODE LINE:COLUMN@OFFSET MESSAGE; -3 is FIR_ELIMIT, -4 FIR_EPARSE. */
#include <check.h>
#include <falcoir/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/stream.h"
#include "support/suite.h"

/* Everything that is read here is read in these pieces. */
static const fir_test_split splits[] = {
    {0, 0, 0}, {1, 0, 0}, {1, 0, 1}, {2, 0, 0}, {3, 0, 0}, {7, 0, 1}, {9, 1, 0}, {40, 2, 0}, {40, 3, 1},
};

static void expect_bytes(const char *input, size_t n, size_t max_bytes, const char *wanted)
{
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        char *got = fir_test_stream(input, n, max_bytes, splits[i]);
        ck_assert_str_eq(got, wanted);
        free(got);
    }
}

static void expect(const char *input, const char *wanted)
{
    expect_bytes(input, strlen(input), 0, wanted);
}

static void expect_texts(const char *input, const char *wanted)
{
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        char *got = fir_test_stream_texts(input, strlen(input), 0, splits[i]);
        ck_assert_str_eq(got, wanted);
        free(got);
    }
}

#define R(name) "{\"rule\":\"" name "\"}"
#define TEXT_A "09:21:33.104938271: Warning a"
#define JSON_A "{\"message\":\"a\",\"output\":\"" TEXT_A "\",\"priority\":\"Warning\"}"
#define NO_ALERT " no Falco alert: neither JSON nor a line that begins with a time and a level\n"

START_TEST(nothing)
{
    expect("", "");
    expect(" \n\r\n\t\n", "");
    expect("\xEF\xBB\xBF", "");
    expect("[]", "");
    expect("[ ] [\n]\n", "");
}
END_TEST

START_TEST(lines)
{
    expect(R("a") "\n" R("b") "\n", "1 0 1.0 " R("a") "\n2 0 1.0 " R("b") "\n");
    expect(R("a") "\n" R("b"), "1 0 1.0 " R("a") "\n2 0 1.0 " R("b") "\n");
    expect("\n" R("a") " \r\n\r\n\n " R("b") "\r\n", "2 0 1.0 " R("a") "\n5 0 1.0 " R("b") "\n");
    expect("\xEF\xBB\xBF" R("a") "\n\xEF\xBB\xBF" R("b") "\n", "1 0 1.0 " R("a") "\n2 0 1.0 " R("b") "\n");
    expect("\xEF\xBB\xBF[" R("a") "]", "1 0 1.8 " R("a") "\n");
    expect("\xEF\xBB" R("a"), "1 -4 1:1@0" NO_ALERT);
    expect("\xEF", "1 -4 1:1@0" NO_ALERT);
}
END_TEST

START_TEST(no_separator)
{
    expect(R("a") R("b") " " R("c") "\n" R("d"),
           "1 0 1.0 " R("a") "\n1 0 1.0 " R("b") "\n1 0 1.0 " R("c") "\n2 0 1.0 " R("d") "\n");
    expect_texts(R("a") R("b") " " R("c") " \r\n", "1 0 " R("a") "\n1 0 " R("b") "\n1 0 " R("c") "\n");
}
END_TEST

START_TEST(over_several_lines)
{
    static const char pretty[] = "{\n"
                                 "  \"rule\": \"a\",\r\n"
                                 "  \"output_fields\":\n"
                                 "  {\n"
                                 "    \"x\": [\n"
                                 "      1,\n"
                                 "      2\n"
                                 "    ],\n"
                                 "\n"
                                 "    \"brackets\": \"}]{[\\\"\\\\\"\n"
                                 "  }\n"
                                 "}\n";
    char twice[2 * sizeof pretty + 16];
    snprintf(twice, sizeof twice, "%s%s%s", pretty, pretty, R("b"));
    expect(twice, "1 0 1.0 {\"output_fields\":{\"brackets\":\"}]{[\\\"\\\\\",\"x\":[1,2]},\"rule\":\"a\"}\n"
                  "13 0 1.0 {\"output_fields\":{\"brackets\":\"}]{[\\\"\\\\\",\"x\":[1,2]},\"rule\":\"a\"}\n"
                  "25 0 1.0 " R("b") "\n");
    expect(
        "{\n\"rule\":\n\"a\",\n\"output_fields\":{\n\"x\":\n[\n1\n,2]}\n}" R("b"), /* without indentation, and in another's style */
        "1 0 1.0 {\"output_fields\":{\"x\":[1,2]},\"rule\":\"a\"}\n9 0 1.0 " R("b") "\n");
    expect("{\"rule\":\"a\",\"x\":[\n{\"y\":1},\n{\"z\":2}\n]}\n" R("b"), "1 0 1.0 " R("a") "\n5 0 1.0 " R("b") "\n");
    expect_texts(" {\n\"rule\":\"a\"\n} \n", "1 0 {\n\"rule\":\"a\"\n}\n");
}
END_TEST

START_TEST(arrays)
{
    expect("[" R("a") "," R("b") "]", "1 0 1.8 " R("a") "\n1 0 1.8 " R("b") "\n");
    expect("[\n  " R("a") ",\n  " R("b") "\n]\n" R("c"), "2 0 1.8 " R("a") "\n3 0 1.8 " R("b") "\n5 0 1.0 " R("c") "\n");
    expect("[" R("a") "\n," R("b") ",\n]\n[" R("c") "]", "1 0 1.8 " R("a") "\n2 0 1.8 " R("b") "\n4 0 1.8 " R("c") "\n");
    expect("[{\"event\":" R("a") "}]", "1 0 1.1 " R("a") "\n");
    expect("[" R("a") ",\n" R("b"), "1 0 1.8 " R("a") "\n2 0 1.8 " R("b") "\n2 -4 2:13@27 the input ends before its array does\n");
    expect("[" R("a") ",\n7,\n" R("b") "]\n" R("c") "\n",
           "1 0 1.8 " R("a") "\n2 -4 2:1@15 an element of an array that is no object\n"
                             "3 0 1.0 " R("b") "\n3 -4 3:13@30" NO_ALERT "4 0 1.0 " R("c") "\n");
    expect("[warning] this is no JSON\n" TEXT_A "\n", "1 -4 1:2@1 an element of an array that is no object\n2 0 2.0 " JSON_A "\n");
    expect("]\n,\n", "1 -4 1:1@0" NO_ALERT "2 -4 2:1@2" NO_ALERT);
}
END_TEST

START_TEST(text)
{
    expect(TEXT_A "\n" TEXT_A "\r\n\n" TEXT_A, "1 0 2.0 " JSON_A "\n2 0 2.0 " JSON_A "\n4 0 2.0 " JSON_A "\n");
    expect(TEXT_A "\\n\n",
           "1 0 3.0 {\"message\":\"a\\n\",\"output\":\"09:21:33.104938271: Warning a\\n\",\"priority\":\"Warning\"}\n");
    expect("hello\n42\n\"" TEXT_A "\"\n-\n" TEXT_A "\n",
           "1 -4 1:1@0" NO_ALERT "2 -4 2:1@6" NO_ALERT "3 -4 3:1@9" NO_ALERT "4 -4 4:1@41" NO_ALERT "5 0 2.0 " JSON_A "\n");
    expect_texts("hello \r\n" TEXT_A "\r\n", "1 -4 hello \n2 0 " TEXT_A "\n");
}
END_TEST

/* A newline in a file's name: the second line is another's. */
START_TEST(json_behind_text_is_marked)
{
    expect(R("a") "\n" TEXT_A "\nrest of it)\n" R("b") "\n{\"event\":" R("c") "}\n[" R("d") "]",
           "1 0 1.0 " R("a") "\n2 0 2.0 " JSON_A "\n3 -4 3:1@43" NO_ALERT
                             "4 0 4.0 " R("b") "\n5 0 4.1 " R("c") "\n6 0 4.8 " R("d") "\n");
    expect("no alert\n" R("b") "\n", "1 -4 1:1@0" NO_ALERT "2 0 1.0 " R("b") "\n");
    static const char long_text[] = TEXT_A " and so on\n" R("b") "\n";
    expect_bytes(long_text, sizeof long_text - 1, 30,
                 "1 -3 1:1@0 an alert of more than 30 bytes (max_bytes)\n2 0 4.0 " R("b") "\n");
}
END_TEST

START_TEST(broken_costs_itself)
{
    expect(R("a") "\n{\"rule\":}\n" R("b") "\n", "1 0 1.0 " R("a") "\n"
                                                                   "2 -4 2:9@21 expected a JSON value\n"
                                                                   "3 0 1.0 " R("b") "\n");
    expect("{\"rule\":\"a\n" R("b") "\n", "1 -4 1:1@0 a line ends inside of a string\n2 0 1.0 " R("b") "\n");
    expect("{\"rule\":\"a\\\n" R("b") "\n", "1 -4 1:1@0 a line ends inside of a string\n2 0 1.0 " R("b") "\n");
    expect("{\"rule\":\"a\"]}x\n" R("b") "\n", "1 -4 1:1@0 a closing bracket of the wrong kind\n2 0 1.0 " R("b") "\n");
    expect("{\"rule\":[}\n" R("b") "\n", "1 -4 1:1@0 a closing bracket of the wrong kind\n2 0 1.0 " R("b") "\n");
    expect("{\"rule\":\"a\",\n" R("b") "\n" R("c"),
           "1 -4 1:1@0 the next alert begins before this one has ended\n2 0 1.0 " R("b") "\n3 0 1.0 " R("c") "\n");
    expect("{\"rule\":\n" R("b") "\n", "1 -4 1:1@0 the input ends before this alert does\n2 0 1.0 " R("b") "\n");
    expect("{\"rule\":\n" R("b") "\n" R("c"),
           "1 -4 1:1@0 the next alert begins before this one has ended\n2 0 1.0 " R("b") "\n3 0 1.0 " R("c") "\n");
    expect("{\"rule\":\"a\"\r\n\n" TEXT_A "\n", "1 -4 1:1@0 the next alert begins before this one has ended\n3 0 2.0 " JSON_A "\n");
    expect("{\"rule\":\"a\"\n[" R("b") "]\n", "1 -4 1:1@0 the next alert begins before this one has ended\n2 0 1.8 " R("b") "\n");
    expect("{\"rule\":\"a\"", "1 -4 1:1@0 the input ends before this alert does\n");
    expect("{", "1 -4 1:1@0 the input ends before this alert does\n");
    expect("{\"rule\":\"a\n", "1 -4 1:1@0 a line ends inside of a string\n");
    expect(R("a") "}\n" R("b"), "1 0 1.0 " R("a") "\n1 -4 1:13@12" NO_ALERT "2 0 1.0 " R("b") "\n");
}
END_TEST

/* Cut inside of an array, a line looks like the begin of a document with objects in it; the next one proves it wrong. */
START_TEST(swallowed_alert_is_found_again)
{
    expect("{\"tags\":[\n" R("b") "\n" R("c") "\n",
           "1 -4 1:1@0 the next alert begins before this one has ended\n2 0 1.0 " R("b") "\n3 0 1.0 " R("c") "\n");
    expect("{\"tags\":[\"x\",\n" R("b") "\n", "1 -4 1:1@0 the input ends before this alert does\n2 0 1.0 " R("b") "\n");
    expect("{\"tags\":[\"x\",\n" R("b") ",\n]]]]\n" R("c"),
           "1 -4 1:1@0 a closing bracket of the wrong kind\n2 0 1.0 " R("b") "\n2 -4 2:13@26" NO_ALERT "3 -4 3:1@28" NO_ALERT
                                                                             "4 0 1.0 " R("c") "\n");
    /* Looked at a second time but not a third, so that time stays linear. */
    expect("{\"tags\":[\n{\"tags\":[\n" R("b"),
           "1 -4 1:1@0 the input ends before this alert does\n2 -4 2:1@10 the input ends before this alert does\n");
    expect("[\n  {\"tags\":[\n  " R("b") ",\n  " R("c") "\n]\n", /* the array's end closes the tags */
           "2 -4 2:3@4 the input ends before this alert does\n3 0 1.8 " R("b") "\n4 0 1.8 " R("c") "\n");
}
END_TEST

START_TEST(rest_of_the_broken_is_passed_over)
{
    static const char broken[] = "{\n"
                                 "  \"rule\": \"a\",\n"
                                 "  \"x\": ],\n"
                                 "  \"y\": {\n"
                                 "    \"z\": 1\n"
                                 "\n"
                                 "  }\n"
                                 "}\n" R("b") "\n";
    expect(broken, "1 -4 1:1@0 a closing bracket of the wrong kind\n9 0 1.0 " R("b") "\n");
    expect_texts("{\n \"x\": ], 1\r\n \"y\": 2\n}\n" R("b"), "1 -4 {\n \"x\": ], 1\n5 0 " R("b") "\n");
    expect("[\n  {\n    \"rule\": ]\n  },\n  " R("b") ",\n  {\n    \"rule\": ]\n  }\n]\n" R("c"),
           "2 -4 2:3@4 a closing bracket of the wrong kind\n5 0 1.8 " R(
               "b") "\n"
                    "6 -4 6:3@43 a closing bracket of the wrong kind\n10 0 1.0 " R("c") "\n");
    expect("{]\n\"x\"\n}\n:\nhello\n", "1 -4 1:1@0 a closing bracket of the wrong kind\n5 -4 5:1@11" NO_ALERT);
    expect("{]\n  " R("lost") "\n" R("b"), "1 -4 1:1@0 a closing bracket of the wrong kind\n3 0 1.0 " R("b") "\n");
}
END_TEST

START_TEST(json_that_is_no_alert)
{
    expect("{\"output_fields\":{\"evt.time\":1},\"sample\":4}\n" R("b"),
           "1 -4 1:1@0 a line of Falco's metrics file, no alert\n2 0 1.0 " R("b") "\n");
    expect("{}\n{\"a\":1}", "1 -4 1:1@0 a JSON object that is neither a Falco alert (it has no \"rule\") nor a known envelope\n"
                            "2 -4 2:1@3 a JSON object that is neither a Falco alert (it has no \"rule\") nor a known envelope\n");
}
END_TEST

START_TEST(envelopes)
{
    expect("{\"Records\":[{\"body\":\"{\\\"rule\\\":\\\"a\\\"}\"},{\"body\":\"x\"},{},\n{\"body\":\"" TEXT_A "\"}]}\n" R("b"),
           "1 0 1.3 " R("a") "\n1 -4 1:1@0" NO_ALERT "1 -4 1:1@0 part 3 of the envelope holds no alert's text\n1 0 2.3 " JSON_A
                             "\n3 0 1.0 " R("b") "\n");
    expect("{\"Records\":[]}", "1 -4 1:1@0 records that hold no alerts\n");
    expect_texts(
        "{\"Records\":[{\"body\":\"x\"},\n{\"body\":\"y\"}]} \n",
        "1 -4 {\"Records\":[{\"body\":\"x\"},\n{\"body\":\"y\"}]}\n1 -4 {\"Records\":[{\"body\":\"x\"},\n{\"body\":\"y\"}]}\n");
}
END_TEST

START_TEST(places_are_the_streams)
{
    expect(R("a") "\n  {\n  \"rule\":\"b\",\r\n   x}\n" R("c"),
           "1 0 1.0 " R("a") "\n2 -4 4:4@35 expected a key in quotes\n5 0 1.0 " R("c") "\n");
    expect(" {\"rule\":x}", "1 -4 1:10@9 expected a JSON value\n");
}
END_TEST

START_TEST(too_long)
{
    static const char input[] = "{\"rule\":\""
                                "0123456789"
                                "0123456789"
                                "\",\"x\":[{}]}" R("a") "\n" R("b");
    expect_bytes(input, sizeof input - 1, 20,
                 "1 -3 1:1@0 an alert of more than 20 bytes (max_bytes)\n1 0 1.0 " R("a") "\n2 0 1.0 " R("b") "\n");
    expect_bytes(R("a") "\n" R("ab"), 26, 12, "1 0 1.0 " R("a") "\n2 -3 2:1@13 an alert of more than 12 bytes (max_bytes)\n");
    static const char broken[] = "{\"rule\":\"0123456789\",\n  ]\n  ,\n}\n" R("b");
    expect_bytes(broken, sizeof broken - 1, 15, "1 -3 1:1@0 an alert of more than 15 bytes (max_bytes)\n5 0 1.0 " R("b") "\n");
    static const char cut[] = "{\"rule\":\"0123456789\",\n    \n" R("b");
    expect_bytes(cut, sizeof cut - 1, 15, "1 -3 1:1@0 an alert of more than 15 bytes (max_bytes)\n3 0 1.0 " R("b") "\n");
    static const char next[] = "  {\"rule\":\"0123456789\",\n  " R("b");
    expect_bytes(next, sizeof next - 1, 15, "1 -3 1:3@2 an alert of more than 15 bytes (max_bytes)\n2 0 1.0 " R("b") "\n");
    static const char line[] = TEXT_A "\n" TEXT_A "b\n" TEXT_A;
    expect_bytes(line, sizeof line - 1, 29,
                 "1 0 2.0 " JSON_A "\n2 -3 2:1@30 an alert of more than 29 bytes (max_bytes)\n3 0 2.0 " JSON_A "\n");
    static const char junk[] = "{\"x\":] and much, much more\n" R("b");
    expect_bytes(junk, sizeof junk - 1, 15, "1 -4 1:1@0 a closing bracket of the wrong kind\n2 0 1.0 " R("b") "\n");
    char *got = fir_test_stream_texts(junk, sizeof junk - 1, 15, splits[0]);
    ck_assert_str_eq(got, "1 -4 {\"x\":] and much\n2 0 " R("b") "\n");
    free(got);
}
END_TEST

START_TEST(deep_nesting)
{
    char input[4096] = "{\"rule\":\"a\",\"x\":";
    size_t n = strlen(input);
    memset(input + n, '[', 200);
    memset(input + n + 200, ']', 200);
    strcpy(input + n + 400, "}" R("b"));
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        char *got = fir_test_stream(input, strlen(input), 0, splits[i]);
        ck_assert_ptr_nonnull(strstr(got, "1 -3 1:"));
        ck_assert_ptr_nonnull(strstr(got, "\n1 0 1.0 " R("b") "\n"));
        free(got);
    }
}
END_TEST

START_TEST(calls)
{
    fir_reader *r;
    fir_event *e;
    fir_error err;
    uint64_t line = 7;
    fir_event_info info;
    fir_reader_options o = {.size = sizeof o, .flags = 1};
    ck_assert_int_eq(fir_reader_new(&o, &r, &err), FIR_EINVAL);
    ck_assert_ptr_null(r);
    o = (fir_reader_options){.size = sizeof o, .max_bytes = UINT64_MAX};
    ck_assert_int_eq(fir_reader_new(&o, &r, &err), FIR_EINVAL);
    ck_assert_int_eq(fir_reader_new(NULL, NULL, &err), FIR_EINVAL);
    ck_assert_int_eq(fir_reader_new(NULL, &r, &err), 0);
    ck_assert_int_eq(fir_event_new(NULL, &e, &err), 0);
    fir_str source = {"x", 1};
    ck_assert_int_eq(fir_reader_text(NULL, &source), FIR_EINVAL);
    ck_assert_int_eq(fir_reader_text(r, &source), 0);
    ck_assert_uint_eq(source.len, 0);
    ck_assert_int_eq(fir_reader_next(NULL, e, NULL, NULL, &err), FIR_EINVAL);
    ck_assert_int_eq(fir_reader_next(r, NULL, NULL, NULL, &err), FIR_EINVAL);
    ck_assert_int_eq(fir_reader_feed(NULL, "", 0, 0, &err), FIR_EINVAL);
    ck_assert_int_eq(fir_reader_feed(r, NULL, 1, 0, &err), FIR_EINVAL);
    ck_assert_int_eq(fir_reader_next(r, e, &line, &info, &err), FIR_EAGAIN);
    ck_assert_int_eq(fir_reader_feed(r, R("a"), 12, 0, &err), 0);
    ck_assert_int_eq(fir_reader_next(r, e, &line, &info, &err), 0); /* no newline is waited for */
    ck_assert_uint_eq(line, 1);
    ck_assert_int_eq(info.form, FIR_FORM_JSON);
    ck_assert_int_eq(fir_reader_text(r, &source), 0);
    ck_assert_uint_eq(source.len, 12);
    ck_assert_int_eq(fir_reader_next(r, e, &line, &info, &err), FIR_EAGAIN);
    ck_assert_int_eq(info.form, 0);
    fir_value v;
    ck_assert_int_eq(fir_event_get(e, "rule", 4, FIR_WHOLE, &v), FIR_ENOTFOUND); /* the event is empty */
    ck_assert_int_eq(fir_reader_feed(r, NULL, 0, 1, &err), 0);
    ck_assert_int_eq(fir_reader_next(r, e, &line, NULL, &err), FIR_ENOTFOUND);
    ck_assert_int_eq(fir_reader_next(r, e, NULL, NULL, NULL), FIR_ENOTFOUND);
    ck_assert_int_eq(fir_reader_feed(r, "x", 1, 0, &err), FIR_ESTATE);
    fir_reader_free(r);
    fir_reader_free(NULL);
    fir_event_free(e);
}
END_TEST

/* An allocator that fails once. */
static long until_failure;

static bool fails(void)
{
    return until_failure >= 0 && until_failure-- == 0;
}

static void *failing_alloc(void *self, size_t n)
{
    (void)self;
    return fails() ? NULL : malloc(n);
}

static void *failing_resize(void *self, void *p, size_t n)
{
    (void)self;
    return fails() ? NULL : realloc(p, n);
}

static void failing_release(void *self, void *p)
{
    (void)self;
    free(p);
}

static const char short_of_memory[] = R("a") "\n" TEXT_A "\\n \xFF\n{\"x\":]\n{\"Records\":[{\"body\":"
                                             "\"{\\\"rule\\\":\\\"b\\\"}\"},{\"body\":\"{}\"},"
                                             "{\"body\":\"" TEXT_A "\"}]}\n{\"message\":{\"data\":\"eyJydWxlIjoiYSJ9\"}}\n"
                                             "{\n \"rule\":\"c\",\"tags\":[\"x\"],\"output_fields\":{\"b\":[1],\"a\":{}}}";

/* Reads it all; a call that ran out of memory is made again. How often that was. */
static int read_short_of_memory(long fail_at, FILE *out)
{
    fir_allocator a = {sizeof a, NULL, failing_alloc, failing_resize, failing_release};
    fir_reader_options ro = {.size = sizeof ro, .allocator = &a};
    fir_event_options eo = {.size = sizeof eo, .allocator = &a};
    fir_reader *r;
    fir_event *e;
    fir_error err;
    int code, failures = 0;
    until_failure = fail_at;
    while ((code = fir_reader_new(&ro, &r, &err)) == FIR_ENOMEM) {
        failures++;
    }
    while ((code = fir_event_new(&eo, &e, &err)) == FIR_ENOMEM) {
        failures++;
    }
    for (size_t at = 0; at < sizeof short_of_memory - 1; at += 60) {
        size_t left = sizeof short_of_memory - 1 - at;
        while ((code = fir_reader_feed(r, short_of_memory + at, left < 60 ? left : 60, left <= 60, &err)) == FIR_ENOMEM) {
            failures++;
        }
        ck_assert_int_eq(code, 0);
        fir_event_info info;
        uint64_t line;
        while ((code = fir_reader_next(r, e, &line, &info, &err)) != FIR_EAGAIN && code != FIR_ENOTFOUND) {
            long keep = until_failure;
            until_failure = -1;
            fir_buf b = {0};
            if (code == FIR_ENOMEM) {
                failures++;
                ck_assert_int_eq(err.code, FIR_ENOMEM);
            } else {
                (void)fir_event_to_json(e, &b, NULL);
                fprintf(out, "%u %d %d.%d %s\n", (unsigned)line, code, info.form, info.envelope, code == 0 ? b.ptr : err.message);
            }
            fir_buf_dispose(&b);
            until_failure = keep;
        }
    }
    fir_reader_free(r);
    fir_event_free(e);
    return failures;
}

START_TEST(out_of_memory_loses_nothing)
{
    char *wanted, *got;
    size_t n;
    FILE *f = open_memstream(&wanted, &n);
    ck_assert_int_eq(read_short_of_memory(-1, f), 0);
    fclose(f);
    ck_assert_ptr_nonnull(strstr(wanted, "\n6 0 4.0 {"));
    long k = 0;
    for (int failures = 1; failures != 0; k++) {
        f = open_memstream(&got, &n);
        failures = read_short_of_memory(k, f);
        fclose(f);
        ck_assert_str_eq(got, wanted);
        ck_assert_int_le(failures, 1);
        free(got);
    }
    ck_assert_int_gt(k, 15);
    free(wanted);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("reader");
    TCase *t = tcase_create("reader");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, nothing);
    tcase_add_test(t, lines);
    tcase_add_test(t, no_separator);
    tcase_add_test(t, over_several_lines);
    tcase_add_test(t, arrays);
    tcase_add_test(t, text);
    tcase_add_test(t, json_behind_text_is_marked);
    tcase_add_test(t, broken_costs_itself);
    tcase_add_test(t, swallowed_alert_is_found_again);
    tcase_add_test(t, rest_of_the_broken_is_passed_over);
    tcase_add_test(t, json_that_is_no_alert);
    tcase_add_test(t, envelopes);
    tcase_add_test(t, places_are_the_streams);
    tcase_add_test(t, too_long);
    tcase_add_test(t, deep_nesting);
    tcase_add_test(t, calls);
    tcase_add_test(t, out_of_memory_loses_nothing);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
