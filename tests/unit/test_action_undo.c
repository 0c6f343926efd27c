/* SPDX-License-Identifier: Apache-2.0 */
/* http:webhook signed, and what undo does of webhooks and presets: from what was recorded, never from the alert. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action/call.h"
#include "action/env.h"
#include "action/types.h"
#include "support/fake.h"
#include "support/suite.h"

static fake f;
static fir_call c;
static fir__action_env env;
static fir__entry entries[10], secret;

static void begin(const char *type, const char *event)
{
    fir__call_init(&c, &fir__default_allocator);
    c.type = fir__cstr(type);
    c.event = fir__cstr(event);
    c.action_id = FIR__S("msg_p5jXN8AQM9LWM0D4loKWxJek");
    c.attempt = 1;
}

static void setup(void)
{
    fake_init(&f);
    f.wall_offset_ns = INT64_C(1614265330000000000) - f.now_ns;
    env = (fir__action_env){.allocator = &fir__default_allocator, .clock = &f.clock};
    begin("http:webhook", "{\"test\": 2432232314}");
}

static void teardown(void)
{
    fir__call_free(&c);
    fake_free(&f);
}

static void param(const char *name, fir__data value)
{
    c.params.entries = entries;
    entries[c.params.count++] = (fir__entry){.key = fir__cstr(name), .value = value};
}

static void text(const char *name, const char *s)
{
    param(name, fir__data_text(fir__cstr(s)));
}

static void sign_with(const char *s)
{
    secret = (fir__entry){.key = FIR__S("secret"), .value = fir__data_text(fir__cstr(s))};
    param("sign", (fir__data){.type = FIR__DATA_MAP, .count = 1, .entries = &secret});
}

static const char *header(const char *name)
{
    static char value[400];
    for (size_t i = 0; i < c.request.n_headers; i++) {
        if (fir__str_eq_nocase(c.request.headers[i].name, fir__cstr(name))) {
            (void)snprintf(value, sizeof value, "%.*s", (int)c.request.headers[i].value.len, c.request.headers[i].value.ptr);
            return value;
        }
    }
    return "";
}

static void is(fir_str s, const char *wanted)
{
    ck_assert_msg(fir__str_eq(s, fir__cstr(wanted)), "%.*s", (int)s.len, s.ptr);
}

/* Forgets everything but what was recorded, as a restart does. */
static void restart(const char *type)
{
    char record[2000];
    ck_assert_uint_lt(c.record.len, sizeof record);
    size_t n = c.record.len;
    memcpy(record, c.record.ptr, n);
    fir__call_free(&c);
    begin(type, "");
    ck_assert_int_eq(fir_call_record(&c, record, n), 0);
    c.params.entries = entries;
}

/* The vector of the specification. */
START_TEST(signature)
{
    text("url", "https://h/");
    sign_with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    ck_assert_int_eq(fir__webhook_advance(&env, &c), FIR_CALL_REQUEST);
    ck_assert_str_eq(header("webhook-id"), "msg_p5jXN8AQM9LWM0D4loKWxJek");
    ck_assert_str_eq(header("webhook-timestamp"), "1614265330");
    ck_assert_str_eq(header("webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}
END_TEST

START_TEST(signature_refused)
{
    text("url", "https://h/");
    sign_with("no base64!");
    ck_assert_int_eq(fir__webhook_advance(&env, &c), FIR_EINVAL);
    ck_assert(c.failed && c.final);
}
END_TEST

START_TEST(webhook_undo)
{
    text("url", "https://h/do");
    text("undo_url", "https://h/undo?ns=prod");
    ck_assert_int_eq(fir__webhook_prepare(&env, &c), FIR_CALL_DONE);
    is(fir__sbuf_view(&c.record), "{\"action_id\":\"msg_p5jXN8AQM9LWM0D4loKWxJek\",\"undo_url\":\"https://h/undo?ns=prod\"}");
    restart("http:webhook");
    text("undo_url", "https://h/another");
    ck_assert_int_eq(fir__webhook_undo(&env, &c), FIR_CALL_REQUEST);
    is(c.request.method, "POST");
    is(c.request.url, "https://h/undo?ns=prod");
    is(c.request.body, "{\"undo\":\"msg_p5jXN8AQM9LWM0D4loKWxJek\"}");
    ck_assert_str_eq(header("Idempotency-Key"), "msg_p5jXN8AQM9LWM0D4loKWxJek-undo");
}
END_TEST

START_TEST(webhook_without_undo)
{
    text("url", "https://h/do");
    ck_assert_int_eq(fir__webhook_prepare(&env, &c), FIR_CALL_DONE);
    ck_assert_int_eq(fir__webhook_undo(&env, &c), FIR_ESTATE);
    ck_assert(c.failed && c.final);
}
END_TEST

static const char alert[] =
    "{\"rule\":\"R\",\"priority\":\"Critical\",\"hostname\":\"n\",\"time\":\"2026-07-14T09:21:33Z\",\"output_fields\":{}}";

START_TEST(pagerduty)
{
    fir__call_free(&c);
    begin("pagerduty:event", alert);
    text("api", "https://events.pagerduty.com");
    text("routing_key", "K");
    text("key", "k");
    ck_assert_int_eq(fir__preset_prepare(&env, &c), 0);
    is(fir__sbuf_view(&c.record), "{\"at\":{\"key\":\"8254c329a92850f6d539dd376f4816ee2764517da5e0235514af433164480d7a\"}}");
    restart("pagerduty:event");
    c.params.count = 2; /* the credentials, read again */
    ck_assert_int_eq(fir__preset_undo(&env, &c), FIR_CALL_REQUEST);
    is(c.request.url, "https://events.pagerduty.com/v2/enqueue");
    is(c.request.body, "{\"routing_key\":\"K\",\"event_action\":\"resolve\",\"dedup_key\":"
                       "\"8254c329a92850f6d539dd376f4816ee2764517da5e0235514af433164480d7a\"}");
}
END_TEST

/* A request of its own looks for the issue first; its answer, or that of the create, says what undo will act on. */
static void answer(fir_http_result *r, const char *body, int status)
{
    *r = (fir_http_result){.size = sizeof *r, .status = status, .body = fir__cstr(body)};
    c.response = r;
}

static void begin_jira(void)
{
    fir__call_free(&c);
    begin("jira:issue", alert);
    text("url", "https://x.atlassian.net/");
    text("username", "u");
    text("token", "t");
    text("resolve_transition", "31");
    text("key", "k");
    ck_assert_int_eq(fir__preset_prepare(&env, &c), 0);
    ck_assert_int_eq(fir__preset_advance(&env, &c), FIR_CALL_REQUEST);
    is(c.request.url, "https://x.atlassian.net/rest/api/3/search/jql");
    ck_assert_ptr_nonnull(c.asking);
}

static void undo_jira(const char *url)
{
    c.response = NULL;
    restart("jira:issue");
    c.params.count = 4;
    ck_assert_int_eq(fir__preset_undo(&env, &c), FIR_CALL_REQUEST);
    is(c.request.url, url);
    is(c.request.body, "{\"transition\":{\"id\":\"31\"}}");
}

START_TEST(jira_new)
{
    fir_http_result r;
    begin_jira();
    answer(&r, "{\"issues\":[]}", 200);
    ck_assert_int_eq(fir__preset_advance(&env, &c), FIR_CALL_REQUEST);
    is(c.request.url, "https://x.atlassian.net/rest/api/3/issue");
    ck_assert_ptr_null(c.asking);
    answer(&r, "{\"id\":\"1\",\"key\":\"SEC-7\"}", 201);
    ck_assert_int_eq(fir__preset_advance(&env, &c), FIR_CALL_DONE);
    undo_jira("https://x.atlassian.net/rest/api/3/issue/SEC-7/transitions");
}
END_TEST

START_TEST(jira_there_already)
{
    fir_http_result r;
    begin_jira();
    answer(&r, "{\"issues\":[{\"key\":\"SEC-3\"}]}", 200);
    ck_assert_int_eq(fir__preset_advance(&env, &c), FIR_CALL_DONE);
    undo_jira("https://x.atlassian.net/rest/api/3/issue/SEC-3/transitions");
}
END_TEST

START_TEST(nothing_recorded)
{
    fir__call_free(&c);
    begin("opsgenie:alert", "");
    ck_assert_int_eq(fir__preset_undo(&env, &c), FIR_ESTATE);
    ck_assert(c.failed && c.final);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("undo");
    TCase *t = tcase_create("undo");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, signature);
    tcase_add_test(t, signature_refused);
    tcase_add_test(t, webhook_undo);
    tcase_add_test(t, webhook_without_undo);
    tcase_add_test(t, pagerduty);
    tcase_add_test(t, jira_new);
    tcase_add_test(t, jira_there_already);
    tcase_add_test(t, nothing_recorded);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
