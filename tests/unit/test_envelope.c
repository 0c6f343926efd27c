/* SPDX-License-Identifier: Apache-2.0 */
/* lib/event/envelope.c: one level of what alerts are wrapped in. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "event/parts.h"
#include "support/suite.h"

#define ALERT "{\"rule\":\"a\"}"
#define QUOTED "\"{\\\"rule\\\":\\\"a\\\"}\""
#define BASE64 "\"eyJydWxlIjoiYSJ9\"" /* of ALERT */
#define TEXT "00:00:00.0: Debug a"
#define TEXT_BASE64 "\"MDA6MDA6MDAuMDogRGVidWcgYQ==\"" /* of TEXT */

static fir__arena arena;
static fir_event *event;
static fir__envelope envelope;
static fir_error err;

static void set_up(void)
{
    fir__arena_init(&arena, &fir__default_allocator, 0);
    ck_assert_int_eq(fir_event_new(NULL, &event, NULL), 0);
}

static void tear_down(void)
{
    fir_event_free(event);
    fir__arena_free(&arena);
}

static int open_text(const char *text)
{
    size_t n = strlen(text);
    char *exact = malloc(n != 0 ? n : 1);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, text, n);
    fir__arena_reset(&arena);
    memset(&err, 0, sizeof err);
    int code = fir__envelope_open(fir__str(exact, n), &envelope, &arena, &err);
    free(exact);
    return code;
}

static void expect_alert(uint32_t i, int32_t form)
{
    fir_value v;
    int code = fir__envelope_read(&envelope, i, event, &err);
    ck_assert_msg(code == 0, "%s", err.message);
    ck_assert_int_eq(event->info.envelope, envelope.kind);
    ck_assert_int_eq(event->info.form, form);
    const char *name = form == FIR_FORM_JSON ? "rule" : "message";
    ck_assert_int_eq(fir_event_get(event, name, strlen(name), FIR_WHOLE, &v), 0);
    ck_assert(fir__str_eq(v.s, FIR__S("a")));
}

START_TEST(each_kind_with_json)
{
    static const struct {
        int32_t kind;
        const char *text;
    } samples[] = {
        {FIR_ENVELOPE_EVENT, "{\"event\":" ALERT "}"},
        {FIR_ENVELOPE_EVENT, " {\"time\":1, \"event\" : " ALERT " , \"outputs\":[\"Slack\"] } "},
        {FIR_ENVELOPE_EVENT, "{\"event\":" QUOTED ",\"sourcetype\":\"falco\"}"},
        {FIR_ENVELOPE_EVENT, "{\"\\u0065vent\":" ALERT "}"},
        {FIR_ENVELOPE_SNS, "{\"Type\":\"Notification\",\"MessageId\":\"1\",\"Message\":" QUOTED ",\"UnsubscribeURL\":\"x\"}"},
        {FIR_ENVELOPE_SNS, "{\"Message\":" QUOTED ",\"Type\":\"Notification\"}"},
        {FIR_ENVELOPE_SQS, "{\"Records\":[{\"messageId\":\"1\",\"body\":" QUOTED ",\"eventSource\":\"aws:sqs\"}]}"},
        {FIR_ENVELOPE_SQS, "{\"Messages\":[{\"MessageId\":\"1\",\"Body\":" QUOTED "}]}"},
        {FIR_ENVELOPE_LAMBDA_SNS,
         "{\"Records\":[{\"EventSource\":\"aws:sns\",\"Sns\":{\"Type\":\"Notification\",\"Message\":" QUOTED "}}]}"},
        {FIR_ENVELOPE_KINESIS, "{\"Records\":[{\"kinesis\":{\"partitionKey\":\"1\",\"data\":" BASE64 "}}]}"},
        {FIR_ENVELOPE_PUBSUB, "{\"message\":{\"attributes\":{},\"data\":" BASE64 ",\"messageId\":\"1\"},\"subscription\":\"s\"}"},
        {FIR_ENVELOPE_CLOUDEVENT, "{\"specversion\":\"1.0\",\"type\":\"t\",\"rule\":\"not this\",\"data\":" ALERT "}"},
        {FIR_ENVELOPE_CLOUDEVENT, "{\"data\":" QUOTED ",\"specversion\":\"1.0\"}"},
        {FIR_ENVELOPE_CLOUDEVENT, "{\"data_base64\":" BASE64 ",\"specversion\":\"1.0\"}"},
        {FIR_ENVELOPE_EVENTBRIDGE, "{\"version\":\"0\",\"detail-type\":\"falco\",\"detail\":" ALERT "}"},
        {FIR_ENVELOPE_ARRAY, "[" ALERT "]"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        ck_assert_msg(open_text(samples[i].text) == 0, "%s: %s", samples[i].text, err.message);
        ck_assert_int_eq(envelope.kind, samples[i].kind);
        ck_assert_uint_eq(envelope.count, 1);
        expect_alert(0, FIR_FORM_JSON);
        fir_event_info info; /* and so by the front door */
        ck_assert_int_eq(fir_event_parse(event, samples[i].text, strlen(samples[i].text), &info, &err), 0);
        ck_assert_int_eq(info.envelope, samples[i].kind);
    }
}
END_TEST

START_TEST(each_kind_with_text)
{
    static const char *const samples[] = {
        "{\"event\":\"" TEXT "\"}",
        "{\"Type\":\"Notification\",\"Message\":\"" TEXT "\"}",
        "{\"Records\":[{\"body\":\"" TEXT "\\n\"}]}",
        "{\"Records\":[{\"Sns\":{\"Message\":\"" TEXT "\"}}]}",
        "{\"Records\":[{\"kinesis\":{\"data\":" TEXT_BASE64 "}}]}",
        "{\"message\":{\"data\":" TEXT_BASE64 "}}",
        "{\"specversion\":\"1.0\",\"data\":\"" TEXT "\"}",
        "{\"specversion\":\"1.0\",\"data_base64\":" TEXT_BASE64 "}",
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        ck_assert_msg(open_text(samples[i]) == 0, "%s: %s", samples[i], err.message);
        expect_alert(0, FIR_FORM_TEXT);
    }
    ck_assert_int_eq(open_text("{\"Type\":\"Notification\",\"Message\":\"" TEXT "\\n{\\\"rule\\\":\\\"b\\\"}\"}"), 0);
    ck_assert_int_eq(fir__envelope_read(&envelope, 0, event, &err), 0); /* one message is one alert, whatever a file is called */
    fir_value v;
    ck_assert_int_eq(fir_event_get(event, "message", 7, FIR_WHOLE, &v), 0);
    ck_assert(fir__str_eq(v.s, FIR__S("a\n{\"rule\":\"b\"}")));
}
END_TEST

START_TEST(several)
{
    ck_assert_int_eq(open_text("{\"Records\":[{\"body\":" QUOTED "},{\"body\":7},{\"Sns\":{\"Message\":" QUOTED "}},7,"
                               "{\"body\":\"" TEXT "\"},{\"body\":\"\"}]}"),
                     0);
    ck_assert_int_eq(envelope.kind, FIR_ENVELOPE_SQS);
    ck_assert_uint_eq(envelope.count, 6);
    expect_alert(0, FIR_FORM_JSON);
    expect_alert(4, FIR_FORM_TEXT);
    static const uint32_t bad[] = {1, 2, 3, 5};
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(fir__envelope_read(&envelope, bad[i], event, &err), FIR_EPARSE);
    }
    ck_assert_int_eq(fir__envelope_read(&envelope, 3, event, &err), FIR_EPARSE);
    ck_assert_str_eq(err.message, "part 4 of the envelope holds no alert's text");
    ck_assert_int_eq(open_text("{\"Records\":[{\"kinesis\":{\"data\":" BASE64
                               "}},{\"kinesis\":{\"data\":\"!!\"}},{\"kinesis\":{}},{\"kinesis\":1},"
                               "{\"kinesis\":{\"data\":" BASE64 "}}]}"),
                     0);
    ck_assert_uint_eq(envelope.count, 5);
    expect_alert(0, FIR_FORM_JSON);
    for (uint32_t i = 1; i < 4; i++) {
        ck_assert_int_eq(fir__envelope_read(&envelope, i, event, &err), FIR_EPARSE);
    }
    expect_alert(4, FIR_FORM_JSON);
    ck_assert_int_eq(open_text("[" ALERT ",[" ALERT "],7]"), 0);
    ck_assert_int_eq(envelope.kind, FIR_ENVELOPE_ARRAY);
    ck_assert_uint_eq(envelope.count, 3);
    expect_alert(0, FIR_FORM_JSON);
    ck_assert_int_eq(fir__envelope_read(&envelope, 1, event, &err), FIR_EPARSE);
    ck_assert_int_eq(open_text("[]"), 0);
    ck_assert_uint_eq(envelope.count, 0);
}
END_TEST

START_TEST(one_level_only)
{
    static const char *const samples[] = {
        "{\"event\":{\"event\":" ALERT "}}",
        "{\"Records\":[{\"body\":\"{\\\"Type\\\":\\\"Notification\\\",\\\"Message\\\":\\\"x\\\"}\"}]}",
        "[{\"event\":" ALERT "}]",
        "{\"event\":\"[{\\\"rule\\\":\\\"a\\\"}]\"}",
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        ck_assert_int_eq(open_text(samples[i]), 0);
        ck_assert_int_eq(fir__envelope_read(&envelope, 0, event, &err), FIR_EPARSE);
        ck_assert_str_eq(err.message,
                         "an envelope inside of an envelope: one is opened (from SNS to SQS, turn on raw message delivery)");
        ck_assert_int_eq(err.code, FIR_EPARSE);
        ck_assert(!event->parsed);
    }
    ck_assert_int_eq(open_text("{\"event\":{\"sample\":1}}"), 0);
    ck_assert_int_eq(fir__envelope_read(&envelope, 0, event, &err), FIR_EPARSE);
    ck_assert_str_eq(err.message, "a line of Falco's metrics file, no alert");
}
END_TEST

START_TEST(no_envelope)
{
    static const struct {
        const char *text, *message;
    } samples[] = {
        {"{}", "a JSON object that is neither a Falco alert (it has no \"rule\") nor a known envelope"},
        {"{\"event\":7}", NULL},
        {"{\"event\":null}", NULL},
        {"{\"Event\":" ALERT "}", NULL},
        {"{\"Type\":\"Notification\"}", NULL},
        {"{\"Type\":\"Other\",\"Message\":\"x\"}", NULL},
        {"{\"Message\":\"x\"}", NULL},
        {"{\"message\":\"x\"}", NULL},
        {"{\"message\":{\"text\":\"x\"}}", NULL},
        {"{\"specversion\":\"1.0\"}", NULL},
        {"{\"specversion\":1,\"data\":" ALERT "}", NULL},
        {"{\"data\":" ALERT "}", NULL},
        {"{\"detail\":\"x\"}", NULL},
        {"{\"Messages\":{}}", NULL},
        {"{\"output_fields\":{},\"sample\":0}", "a line of Falco's metrics file, no alert"},
        {"{\"awslogs\":{\"data\":\"H4sI\"}}", "data of CloudWatch Logs, which is compressed: send it unpacked"},
        {"{\"Type\":\"SubscriptionConfirmation\",\"Message\":\"x\",\"SubscribeURL\":\"https://x\"}",
         "an SNS subscription that wants to be confirmed, no alert"},
        {"{\"Records\":[{\"s3\":{}}]}", "records that hold no alerts"},
        {"{\"Records\":[7]}", "records that hold no alerts"},
        {"{\"Records\":7}", "records that hold no alerts"},
        {"\"x\"", "JSON that is no object, no alert"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        ck_assert_msg(open_text(samples[i].text) == FIR_ENOTFOUND, "%s", samples[i].text);
        ck_assert_str_eq(err.message, samples[i].message != NULL ? samples[i].message : samples[0].message);
    }
}
END_TEST

START_TEST(malformed)
{
    static const char *const samples[] = {
        "",
        "{",
        "{\"event\":" ALERT,
        "{\"event\":" ALERT "} x",
        "{\"event\":" ALERT ",\"event\":" ALERT "}",
        "{\"event\":" ALERT ",\"\\u0065vent\":" ALERT "}",
        "{\"Records\":[{\"body\":\"x\",\"body\":\"y\"}]}",
        "{\"Records\":[{\"Sns\":{\"Message\":\"x\",\"Message\":\"y\"}}]}",
        "{\"specversion\":\"1.0\",\"data\":" ALERT ",\"data_base64\":" BASE64 "}",
        "[" ALERT,
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        ck_assert_msg(open_text(samples[i]) == FIR_EPARSE, "%s", samples[i]);
        ck_assert_int_eq(err.code, FIR_EPARSE);
        ck_assert_int_ne(err.message[0], '\0');
    }
    char deep[160];
    memset(deep, '[', 80);
    memset(deep + 80, ']', 80);
    ck_assert_int_eq(fir__envelope_open(fir__str(deep, sizeof deep), &envelope, &arena, &err), FIR_ELIMIT);
}
END_TEST

START_TEST(memory_is_bounded)
{
    static const char text[] = "{\"Records\":[{\"kinesis\":{\"data\":" BASE64 "}}]}";
    int before = FIR_ELIMIT;
    for (size_t max = 1; max < 400; max++) {
        fir__arena small;
        fir__arena_init(&small, &fir__default_allocator, max);
        int code = fir__envelope_open(fir__str(text, sizeof text - 1), &envelope, &small, &err);
        ck_assert(code == before || (code == 0 && max > sizeof text));
        before = code;
        fir__arena_free(&small);
    }
    ck_assert_int_eq(before, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("envelope");
    TCase *t = tcase_create("envelope");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, each_kind_with_json);
    tcase_add_test(t, each_kind_with_text);
    tcase_add_test(t, several);
    tcase_add_test(t, one_level_only);
    tcase_add_test(t, no_envelope);
    tcase_add_test(t, malformed);
    tcase_add_test(t, memory_is_bounded);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
