/* SPDX-License-Identifier: Apache-2.0 */
/* admission:block: the order, its scope, and its taking back. */
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
static fir__entry entries[12];

static void param(const char *name, fir__data value)
{
    c.params.entries = entries;
    entries[c.params.count++] = (fir__entry){.key = fir__cstr(name), .value = value};
}

static void text(const char *name, const char *s)
{
    param(name, fir__data_text(fir__cstr(s)));
}

static void setup(void)
{
    fake_init(&f);
    f.wall_offset_ns = INT64_C(1614265330000000000) - f.now_ns;
    env = (fir__action_env){.allocator = &fir__default_allocator, .clock = &f.clock};
    fir__call_init(&c, &fir__default_allocator);
    c.event = FIR__S("{\"rule\":\"R\"}");
    c.action_id = FIR__S("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    c.attempt = 1;
}

static void teardown(void)
{
    fir__call_free(&c);
    fake_free(&f);
}

static const char *header(const char *name)
{
    static char value[200];
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

static void answer(int status, int (*function)(void *, fir_call *), int wanted)
{
    const fir_http_result r = {.size = sizeof r, .status = status};
    c.response = &r;
    ck_assert_int_eq(function(&env, &c), wanted);
    c.response = NULL;
}

START_TEST(an_order_and_its_taking_back)
{
    text("url", "https://block.example/orders");
    text("rule", "Block \"privileged\"");
    text("message", "no");
    text("image_digest", "sha256:ab");
    text("image", "r:1");
    text("namespace", "prod");
    text("service_account", "default");
    param("ttl", (fir__data){.type = FIR__DATA_INT, .i = INT64_C(90000000000)});
    ck_assert_int_eq(fir__block_prepare(&env, &c), FIR_CALL_DONE);
    ck_assert_ptr_nonnull(c.live);
    is(c.live->namespace_, "prod");
    is(fir__sbuf_view(&c.record), "{\"expires\":\"2021-02-25T15:03:40.000000000Z\"}");
    f.wall_offset_ns += INT64_C(60000000000); /* another attempt, later: the same order */
    ck_assert_int_eq(fir__block_prepare(&env, &c), FIR_CALL_DONE);
    ck_assert_int_eq(fir__block_advance(&env, &c), FIR_CALL_REQUEST);
    is(c.request.method, "POST");
    is(c.request.url, "https://block.example/orders");
    is(c.request.body, "{\"action\":\"block\",\"event\":{\"rule\":\"R\"},\"expires\":\"2021-02-25T15:03:40.000000000Z\",\"id\":"
                       "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"message\":\"no\",\"rule\":\"Block "
                       "\\\"privileged\\\"\",\"scope\":{\"image_digest\":\"sha256:ab\",\"namespace\":\"prod\",\"service_account\":"
                       "\"default\"}}");
    ck_assert_str_eq(header("Idempotency-Key"), "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    ck_assert_str_eq(header("Content-Type"), "application/json");
    answer(204, fir__block_advance, FIR_CALL_DONE);
    ck_assert_int_eq(fir__block_undo(&env, &c), FIR_CALL_REQUEST);
    is(c.request.url, "https://block.example/orders");
    is(c.request.body, "{\"action\":\"unblock\",\"id\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}");
    ck_assert_str_eq(header("Idempotency-Key"), "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef-undo");
    answer(200, fir__block_undo, FIR_CALL_DONE);
}
END_TEST

START_TEST(refused)
{
    text("url", "https://block.example/");
    text("namespace", "prod");
    text("image", "r:1");
    ck_assert_int_eq(fir__block_prepare(&env, &c), FIR_CALL_DONE);
    answer(503, fir__block_advance, FIR_EACTION);
    ck_assert(!c.final);
    c.failed = false;
    answer(403, fir__block_advance, FIR_EACTION);
    ck_assert(c.final);
    ck_assert_str_eq(c.fail_text, "the keeper of the block list answered 403");
}
END_TEST

/* What an order holds of `image`, and whether there is one. */
static const struct {
    const char *image, *digest, *namespace_, *user;
    const char *scope; /* NULL: none */
} scopes[] = {
    {"r:1", "<NA>", "prod", "", "{\"image\":\"r:1\",\"namespace\":\"prod\"}"},
    {"r:<NA>", "", "prod", "", "{\"image\":\"r\",\"namespace\":\"prod\"}"},
    {"<NA>:1", "<NA>", "prod", "", NULL},
    {"<NA>:<NA>", "<NA>", "prod", "", NULL},
    {"<NA>:<NA>", "<NA>", "prod", "eve", "{\"namespace\":\"prod\",\"user\":\"eve\"}"},
    {"r:1", "sha256:ab", "<NA>", "", NULL},
    {"r:1", "sha256:ab", "", "eve", NULL},
    {"", "", "prod", "<NA>", NULL},
};

START_TEST(never_all)
{
    text("url", "https://block.example/");
    text("image", scopes[_i].image);
    text("image_digest", scopes[_i].digest);
    text("namespace", scopes[_i].namespace_);
    text("user", scopes[_i].user);
    if (scopes[_i].scope == NULL) {
        ck_assert_int_eq(fir__block_prepare(&env, &c), FIR_EDENIED);
        ck_assert(c.final);
        ck_assert_ptr_null(c.live);
        return;
    }
    char wanted[200], body[1000];
    ck_assert_int_eq(fir__block_prepare(&env, &c), FIR_CALL_DONE);
    ck_assert_int_eq(fir__block_advance(&env, &c), FIR_CALL_REQUEST);
    (void)snprintf(wanted, sizeof wanted, ",\"scope\":%s}", scopes[_i].scope);
    (void)snprintf(body, sizeof body, "%.*s", (int)c.request.body.len, c.request.body.ptr);
    ck_assert_ptr_nonnull(strstr(body, wanted));
}
END_TEST

START_TEST(no_address)
{
    text("image", "r:1");
    text("namespace", "prod");
    ck_assert_int_eq(fir__block_prepare(&env, &c), FIR_EUNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(c.fail_text, "`url`"));
}
END_TEST

START_TEST(what_was_recorded_is_damaged)
{
    static const char *const records[] = {"{}", "{", "{\"expires\":1}"};
    text("url", "https://block.example/");
    text("image", "r:1");
    text("namespace", "prod");
    ck_assert_int_eq(fir_call_record(&c, records[_i], strlen(records[_i])), 0);
    ck_assert_int_eq(fir__block_prepare(&env, &c), FIR_CALL_DONE);
    ck_assert_int_eq(fir__block_advance(&env, &c), FIR_ESTATE);
    ck_assert(c.final);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("block");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, an_order_and_its_taking_back);
    tcase_add_test(t, refused);
    tcase_add_loop_test(t, never_all, 0, (int)(sizeof scopes / sizeof scopes[0]));
    tcase_add_test(t, no_address);
    tcase_add_loop_test(t, what_was_recorded_is_damaged, 0, 3);
    Suite *s = suite_create("block");
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
