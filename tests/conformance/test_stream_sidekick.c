/* SPDX-License-Identifier: Apache-2.0 */
/* What falcosidekick sends ($FALCOIR_VECTORS/sidekick), read as what arrives at the other end: the body itself, or in the envelope
 * in which a queue or topic hands it on. jansson says what each alert holds. */
#include <check.h>
#include <falcoir/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"
#include "support/vectors.h"

static json_t *alerts[32]; /* by event_index: what Falco wrote */
static fir_event *event;
static size_t seen;

static void keep_alert(void *ctx, size_t line, const json_t *value)
{
    (void)ctx;
    (void)line;
    size_t i = (size_t)json_integer_value(json_object_get(value, "event_index"));
    ck_assert_uint_lt(i, sizeof alerts / sizeof *alerts);
    alerts[i] = json_loads(json_string_value(json_object_get(value, "raw")), 0, NULL);
    ck_assert_ptr_nonnull(alerts[i]);
}

/* The event as jansson sees it. */
static json_t *event_json(void)
{
    fir_buf b;
    ck_assert_int_eq(fir_event_to_json(event, &b, NULL), 0);
    json_t *v = json_loadb(b.ptr, b.len, JSON_ALLOW_NUL, NULL);
    ck_assert_ptr_nonnull(v);
    fir_buf_dispose(&b);
    return v;
}

static void expect_same(const json_t *got, const json_t *wanted, const char *key)
{
    const json_t *a = json_object_get(got, key), *b = json_object_get(wanted, key);
    ck_assert_msg((a == NULL && b == NULL) || json_equal(a, b), "%s differ", key);
}

/* Reads `sent` as a stream of one, and compares with the payload. */
static void expect_alert(const char *sent, int envelope, const char *payload, const json_t *falco)
{
    fir_event_info info;
    fir_error err;
    ck_assert_msg(fir_event_parse(event, sent, strlen(sent), &info, &err) == 0, "%s: %s", err.message, sent);
    json_t *by_parse = event_json();
    fir_reader *r;
    ck_assert_int_eq(fir_reader_new(NULL, &r, NULL), 0);
    ck_assert_int_eq(fir_reader_feed(r, sent, strlen(sent), 1, NULL), 0);
    ck_assert_int_eq(fir_reader_next(r, event, NULL, &info, &err), 0);
    ck_assert_int_eq(info.envelope, envelope);
    json_t *got = event_json(), *wanted = json_loads(payload, 0, NULL);
    ck_assert(json_equal(got, by_parse));
    if (wanted != NULL) {
        ck_assert_int_eq(info.form, FIR_FORM_JSON);
        ck_assert_str_eq(fir_test_text(got, "rule", NULL), fir_test_text(falco, "rule", NULL));
        expect_same(got, wanted, "output_fields");
        ck_assert_str_eq(fir_test_text(got, "uuid", NULL), fir_test_text(wanted, "uuid", NULL));
        expect_same(got, wanted, "tags");
    } else { /* SNS, as text */
        ck_assert_int_ne(info.form, FIR_FORM_JSON);
        ck_assert_str_eq(fir_test_text(got, "priority", NULL), fir_test_text(falco, "priority", NULL));
        ck_assert_ptr_null(json_object_get(got, "rule"));
    }
    ck_assert_int_eq(fir_reader_next(r, event, NULL, NULL, NULL), FIR_ENOTFOUND);
    fir_reader_free(r);
    json_decref(got);
    json_decref(by_parse);
    json_decref(wanted);
    seen++;
}

static void expect_wrapped(json_t *wrapped, int envelope, const char *payload, const json_t *falco)
{
    ck_assert_ptr_nonnull(wrapped);
    char *sent = json_dumps(wrapped, JSON_COMPACT);
    expect_alert(sent, envelope, payload, falco);
    free(sent);
    json_decref(wrapped);
}

/* A value of an application/x-www-form-urlencoded body. free(). */
static char *form_value(const char *body, const char *name)
{
    const char *at = strstr(body, name);
    ck_assert_ptr_nonnull(at);
    at += strlen(name);
    char *out = malloc(strlen(at) + 1), *to = out;
    ck_assert_ptr_nonnull(out);
    for (; *at != '\0' && *at != '&'; at++) {
        unsigned c = (unsigned char)*at;
        if (c == '%') {
            ck_assert_int_eq(sscanf(at + 1, "%2x", &c), 1);
            at += 2;
        } else if (c == '+') {
            c = ' ';
        }
        *to++ = (char)c;
    }
    *to = '\0';
    return out;
}

/* Standard base64; free(). */
static char *base64(const char *s, bool encode)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = strlen(s);
    char *out = calloc(2 * n + 8, 1), *to = out;
    ck_assert_ptr_nonnull(out);
    unsigned bits = 0, have = 0;
    for (size_t i = 0; i < n && (encode || s[i] != '='); i++) {
        bits = encode ? bits << 8 | (unsigned char)s[i] : bits << 6 | (unsigned)(strchr(digits, s[i]) - digits);
        have += encode ? 8 : 6;
        while (have >= (encode ? 6u : 8u)) {
            have -= encode ? 6 : 8;
            unsigned part = bits >> have;
            *to++ = encode ? digits[part & 63] : (char)(part & 255);
        }
    }
    if (encode && have != 0) {
        *to++ = digits[bits << (6 - have) & 63];
    }
    while (encode && (to - out) % 4 != 0) {
        *to++ = '=';
    }
    return out;
}

static bool one_of(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(name, *names) != 0) {
        names++;
    }
    return *names != NULL;
}

/* Outputs whose body is the alert. */
static const char *const bare[] = {
    "webhook",   "gcp.cloudrun", "talon",       "tekton",     "n8n",         "nodered",  "openfaas", "kubeless",
    "fission",   "nats",         "stan",        "mqtt",       "redis",       "rabbitmq", "logstash", "quickwit",
    "sumologic", "aws.lambda",   "cloudevents", "zincsearch", "openobserve", NULL,
};

static void expect_sns(const char *body, const json_t *falco)
{
    char *message = form_value(body, "&Message=");
    const char *prefix_end = strstr(message, ": "); /* outputfieldformat makes another prefix, Falco's own alerts have none */
    if (message[0] == '{' || (message[0] >= '0' && message[0] <= '9' && prefix_end[2] != '[')) {
        expect_wrapped(json_pack("{s:s, s:s}", "Type", "Notification", "Message", message), FIR_ENVELOPE_SNS, message, falco);
        expect_wrapped(json_pack("{s:[{s:{s:s}}]}", "Records", "Sns", "Message", message), FIR_ENVELOPE_LAMBDA_SNS, message, falco);
    }
    free(message);
}

static void expect_kinesis(const char *data, const json_t *falco)
{
    char *payload = base64(data, false);
    expect_wrapped(json_pack("{s:[{s:{s:s}}]}", "Records", "kinesis", "data", data), FIR_ENVELOPE_KINESIS, payload, falco);
    free(payload);
}

static void expect_pubsub(const char *payload, const json_t *falco)
{
    char *data = base64(payload, true);
    expect_wrapped(json_pack("{s:{s:s, s:s}, s:s}", "message", "data", data, "messageId", "1", "subscription", "s"),
                   FIR_ENVELOPE_PUBSUB, payload, falco);
    expect_wrapped(json_pack("{s:s, s:s}", "specversion", "1.0", "data_base64", data), FIR_ENVELOPE_CLOUDEVENT, payload, falco);
    free(data);
}

static void expect_event(const char *body, const json_t *falco)
{
    json_t *v = json_loads(body, 0, NULL);
    char *payload = json_dumps(json_object_get(v, "event"), 0);
    expect_alert(body, FIR_ENVELOPE_EVENT, payload, falco);
    free(payload);
    json_decref(v);
}

static void expect_sqs(const char *body, const json_t *falco)
{
    json_t *v = json_loads(body, 0, NULL);
    const char *payload = fir_test_text(v, "MessageBody", NULL);
    expect_wrapped(json_pack("{s:[{s:s}]}", "Records", "body", payload), FIR_ENVELOPE_SQS, payload, falco);
    expect_wrapped(json_pack("{s:[{s:s}]}", "Messages", "Body", payload), FIR_ENVELOPE_SQS, payload, falco);
    expect_wrapped(json_pack("{s:s, s:o}", "detail-type", "x", "detail", json_loads(payload, 0, NULL)), FIR_ENVELOPE_EVENTBRIDGE,
                   payload, falco);
    json_decref(v);
}

static void visit(void *ctx, size_t line, const json_t *value)
{
    (void)ctx;
    (void)line;
    const char *output = fir_test_text(value, "output", NULL);
    const json_t *index = json_object_get(value, "event_index"), *request = json_object_get(value, "request");
    const char *body = fir_test_text(request, "body", NULL);
    if (!json_is_integer(index)) {
        return;
    }
    const json_t *falco = alerts[json_integer_value(index)], *decoded = json_object_get(request, "body_decoded");
    json_t *parsed = json_loads(body, 0, NULL);
    if (one_of(output, bare)) {
        expect_alert(body, FIR_ENVELOPE_NONE, body, falco);
        if (strcmp(output, "cloudevents") == 0) {
            expect_wrapped(
                json_pack("{s:s, s:s, s:o}", "specversion", "1.0", "rule", "an extension", "data", json_loads(body, 0, NULL)),
                FIR_ENVELOPE_CLOUDEVENT, body, falco);
        }
    } else if (strcmp(output, "splunk") == 0 || strcmp(output, "webui") == 0) {
        expect_event(body, falco);
    } else if (strcmp(output, "aws.sns") == 0) {
        expect_sns(body, falco);
    } else if (strcmp(output, "aws.sqs") == 0) {
        expect_sqs(body, falco);
    } else if (strcmp(output, "aws.kinesis") == 0 || strcmp(output, "yandex.datastreams") == 0) {
        expect_kinesis(fir_test_text(parsed, "Data", NULL), falco);
    } else if (strcmp(output, "kafkarest") == 0) { /* a consumer gets the value */
        char *payload = base64(fir_test_text(json_array_get(json_object_get(parsed, "records"), 0), "value", NULL), false);
        expect_alert(payload, FIR_ENVELOPE_NONE, payload, falco);
        free(payload);
    } else if (strcmp(output, "gcp.pubsub") == 0) {
        expect_pubsub(fir_test_text(json_array_get(json_object_get(decoded, "messages"), 0), "data", NULL), falco);
    } else if (strcmp(output, "gcp.cloudfunctions") == 0) {
        const char *payload = fir_test_text(decoded, "data", NULL);
        expect_alert(payload, FIR_ENVELOPE_NONE, payload, falco);
    }
    json_decref(parsed);
}

START_TEST(requests)
{
    ck_assert_uint_eq(fir_test_each_line(fir_test_foreign("sidekick/events.jsonl"), keep_alert, NULL), 18);
    ck_assert_int_eq(fir_event_new(NULL, &event, NULL), 0);
    ck_assert_uint_eq(fir_test_each_line(fir_test_foreign("sidekick/requests.jsonl"), visit, NULL), 834);
    fir_event_free(event);
    for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++) {
        json_decref(alerts[i]);
    }
    ck_assert_uint_eq(seen, 312);
}
END_TEST

int main(void)
{
    if (fir_test_foreign("sidekick") == NULL) {
        return FIR_TEST_SKIP;
    }
    Suite *s = suite_create("stream_sidekick");
    TCase *t = tcase_create("stream_sidekick");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, requests);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
