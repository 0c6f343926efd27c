/* SPDX-License-Identifier: Apache-2.0 */
/* Presets: the exact requests of presets.jsonl, what an answer means, and that no alert breaks a body or calls anybody. */
#include <check.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/posted.h"
#include "support/suite.h"
#include "support/vectors.h"
#include "support/world.h"

static world w;

static char *block(const json_t *line)
{
    return fir_test_output_block(fir_test_text(line, "output", NULL), json_object_get(line, "config"));
}

static fake_answer answers[8];

static void play(const json_t *line, const char *alert)
{
    const json_t *script = json_object_get(line, "answers");
    char *yaml = block(line);
    world_open(&w, yaml, NULL);
    size_t i = 0;
    for (; i < json_array_size(script); i++) {
        const json_t *a = json_array_get(script, i);
        const char *body = json_string_value(json_object_get(a, "body"));
        answers[i] =
            (fake_answer){.status = (int)json_integer_value(json_object_get(a, "status")), .body = body != NULL ? body : ""};
    }
    w.fake.script = i != 0 ? answers : NULL;
    w.fake.n_script = i;
    world_submit(&w, alert);
    world_drain(&w);
    free(yaml);
}

static void one_request(void *ctx, size_t n, const json_t *line)
{
    int *wrong = ctx;
    char *alert = json_dumps(json_object_get(line, "alert"), JSON_COMPACT);
    play(line, alert);
    json_t *got = fir_test_posted(&w);
    bool same = json_equal(got, json_object_get(line, "requests")) == 1 &&
                strcmp(world_outcomes(&w), fir_test_text(line, "outcome", NULL)) == 0;
    if (!same) {
        char *text = json_dumps(got, JSON_COMPACT);
        printf("presets.jsonl:%zu: %s %s\ngot %s\n", n, world_outcomes(&w), world_error(&w, 0), text);
        free(text);
        ++*wrong;
    }
    json_decref(got);
    free(alert);
    world_close(&w);
}

START_TEST(exact_requests)
{
    int wrong = 0;
    ck_assert_uint_ge(fir_test_each_line(fir_test_own("presets.jsonl"), one_request, &wrong), 17);
    ck_assert_int_eq(wrong, 0);
}
END_TEST

/* ---- answers ---- */

typedef struct judged {
    const char *output, *config;
    fake_answer answer;
    const char *outcome, *error;
} judged;

#define SLACK "slack", "{url: 'https://hooks.slack.com/services/x'}"
#define TELEGRAM "telegram", "{token: 't0ken-t0ken', chat_id: '1'}"
#define SPLUNK "splunk", "{url: 'https://splunk.test:8088', token: 't0ken-t0ken'}"
#define ELASTIC "elasticsearch", "{url: 'https://elastic.test'}"
#define OTLP "otlp", "{url: 'https://otel.test'}"

static const judged judgements[] = {
    {SLACK, {.body = "ok"}, "succeeded:1", ""},
    {SLACK, {.body = "invalid_token"}, "failed:1", "the server answered 200: invalid_token"},
    {SLACK, {.status = 404, .body = "no_service"}, "failed:1", "the server answered 404: no_service"},
    {SLACK,
     {.status = 302, .body = ""},
     "failed:1",
     "the server answered 302: redirects are not followed; use the address that it leads to"},
    {SLACK, {.status = 500, .body = "x"}, "failed:1", "the server answered 500: x"}, /* unsafe: not again */
    {SLACK, {.status = 429, .body = "", .header = "Retry-After", .value = "1"}, "failed:3", "the server answered 429"},
    {TELEGRAM, {.body = "{\"ok\":true,\"result\":{}}"}, "succeeded:1", ""},
    {TELEGRAM,
     {.body = "{\"ok\":false,\"description\":\"Bad Request: chat not found\"}"},
     "failed:1",
     "the server answered 200: Bad Request: chat not found"},
    {TELEGRAM,
     {.status = 400, .body = "{\"ok\":false,\"description\":\"for t0ken-t0ken\"}"},
     "failed:1",
     "the server answered 400: for ***"},
    {TELEGRAM, {.body = "ok"}, "failed:1", "the server answered 200: ok"},
    {SPLUNK, {.body = "{\"text\":\"Success\",\"code\":0}"}, "succeeded:1", ""},
    {SPLUNK, {.body = "{\"text\":\"Incorrect index\",\"code\":7}"}, "failed:1", "the server answered 200: Incorrect index"},
    {SPLUNK,
     {.status = 403, .body = "{\"text\":\"Invalid token\",\"code\":4}"},
     "failed:1",
     "the server answered 403: Invalid token"},
    {SPLUNK,
     {.status = 503, .body = "{\"text\":\"Server is busy\",\"code\":9}"},
     "failed:3",
     "the server answered 503: Server is busy"},
    {ELASTIC, {.status = 201, .body = "{\"result\":\"created\"}"}, "succeeded:1", ""},
    {ELASTIC, {.status = 409, .body = "{\"error\":{\"type\":\"version_conflict_engine_exception\"}}"}, "succeeded:1", ""},
    {ELASTIC,
     {.status = 400, .body = "{\"error\":{\"reason\":\"failed to parse\\n\"},\"status\":400}"},
     "failed:1",
     "the server answered 400: failed to parse"},
    {OTLP, {.body = "{}"}, "succeeded:1", ""},
    {OTLP, {.body = "{\"partialSuccess\":{\"rejectedLogRecords\":\"0\"}}"}, "succeeded:1", ""},
    {OTLP,
     {.body = "{\"partialSuccess\":{\"rejectedLogRecords\":\"1\",\"errorMessage\":\"too old\"}}"},
     "failed:1",
     "the server answered 200: too old"},
};

START_TEST(what_an_answer_means)
{
    const judged *j = &judgements[_i];
    char yaml[400];
    (void)snprintf(yaml, sizeof yaml, "%s_output: %s\n", j->output, j->config);
    world_open(&w, yaml, NULL);
    w.fake.script = &j->answer;
    w.fake.n_script = 1;
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_ptr_nonnull(strstr(world_outcomes(&w), j->outcome));
    ck_assert_str_eq(world_error(&w, 0), j->error);
    world_close(&w);
}
END_TEST

/* ---- hostile alerts ---- */

static uint64_t random_state;

static uint32_t next_random(uint32_t below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % below;
}

static json_t *hostile_text(void)
{
    static const char *const pieces[] = {"<!channel>",  "<@U1>",      "@everyone",    "@here",
                                         "<users/all>", "<at>x</at>", "\"",           "\\",
                                         "\n",          "\r\n",       "\x1b[2J",      "&amp;",
                                         "{{output}}",  "${token}",   "</b>",         "`",
                                         "*",           "|",          "\xe2\x80\xae", "\xf0\x9f\x9a\xa8",
                                         "<NA>",        "a",          "0123456789",   "]}",
                                         "://",         "%0d",        "@name",        "\t",
                                         "'",           "x@y.z"};
    char text[4000] = "";
    size_t n = 0;
    for (uint32_t i = next_random(next_random(4) == 0 ? 300 : 12); i != 0; i--) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%s", pieces[next_random(sizeof pieces / sizeof pieces[0])]);
    }
    return json_string(text);
}

static char *hostile_alert(void)
{
    json_t *fields = json_object(), *alert = json_object();
    for (uint32_t i = next_random(40); i != 0; i--) {
        json_t *name = hostile_text();
        json_object_set_new(fields, json_string_value(name),
                            next_random(5) == 0 ? json_integer(next_random(99999)) : hostile_text());
        json_decref(name);
    }
    json_object_set_new(fields, "k8s.ns.name", hostile_text());
    json_object_set_new(fields, "field.value", json_string("not this"));
    json_object_set_new(alert, "output", hostile_text());
    json_object_set_new(alert, "rule", hostile_text());
    json_object_set_new(alert, "priority", json_string(next_random(2) != 0 ? "Critical" : "Debug"));
    json_object_set_new(alert, "hostname", hostile_text());
    json_object_set_new(alert, "source", json_string("syscall"));
    json_object_set_new(alert, "tags", json_pack("[o,o]", hostile_text(), hostile_text()));
    json_object_set_new(alert, "time", json_string("2026-07-14T09:21:33.123456789Z"));
    json_object_set_new(alert, "output_fields", fields);
    char *text = json_dumps(alert, JSON_COMPACT);
    json_decref(alert);
    return text;
}

/* Whether a mark stands in a text where a word may begin. */
static bool begins(const char *s, const char *mark)
{
    for (const char *p = s; (p = strstr(p, mark)) != NULL; p++) {
        if (p == s || !isalnum((unsigned char)p[-1])) {
            return true;
        }
    }
    return false;
}

/* Marks that would call people, as they would have to stand in what each service reads. */
static void check_text(const char *output, const char *s)
{
    if (strcmp(output, "slack") == 0) {
        ck_assert_msg(strstr(s, "<!") == NULL && strstr(s, "<@") == NULL, "%s", s);
    }
    if (strcmp(output, "mattermost") == 0 || strcmp(output, "telegram") == 0) {
        ck_assert_msg(!begins(s, "@everyone") && !begins(s, "@here") && !begins(s, "@name"), "%s", s);
    }
}

static size_t check_tree(const char *output, const json_t *d)
{
    const char *key;
    json_t *child;
    size_t i, n = 0;
    if (json_is_string(d)) {
        check_text(output, json_string_value(d));
        return json_string_length(d);
    }
    json_object_foreach((json_t *)d, key, child)
    {
        n += check_tree(output, child);
    }
    json_array_foreach(d, i, child)
    {
        n += check_tree(output, child);
    }
    return n;
}

static void hostile(void *ctx, size_t n, const json_t *line)
{
    const char *output = fir_test_text(line, "output", NULL);
    (void)ctx;
    random_state = n;
    char *yaml = block(line);
    world_open(&w, yaml, NULL);
    for (int i = 0; i < 40; i++) {
        char *alert = hostile_alert();
        fake_clear(&w.fake);
        world_submit(&w, alert);
        world_drain(&w);
        ck_assert_msg(w.fake.n >= 1, "%s: %s %s", output, world_error(&w, 0), alert);
        json_error_t err;
        json_t *body = json_loads(w.fake.requests[0].body, JSON_REJECT_DUPLICATES, &err);
        if (strcmp(w.fake.requests[0].method, "GET") != 0) {
            ck_assert_msg(body != NULL, "%s: %s: %s", output, err.text, w.fake.requests[0].body);
            size_t length = check_tree(output, body);
            ck_assert_msg(strcmp(output, "teams") != 0 || strlen(w.fake.requests[0].body) < 28 * 1024, "%zu", length);
        }
        json_decref(body);
        free(alert);
    }
    world_close(&w);
    free(yaml);
}

START_TEST(whatever_the_alert_says)
{
    ck_assert_uint_ge(fir_test_each_line(fir_test_own("presets.jsonl"), hostile, NULL), 17);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("presets");
    TCase *t = tcase_create("presets");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, exact_requests);
    tcase_add_loop_test(t, what_an_answer_means, 0, sizeof judgements / sizeof judgements[0]);
    tcase_add_test(t, whatever_the_alert_says);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
