/* SPDX-License-Identifier: Apache-2.0 */
/* lib/action: the call that a type's function sees, http:webhook and local:file. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/call.h"
#include "action/types.h"
#include "support/suite.h"

static fir_call c;
static char dir[] = "/tmp/fir-action-XXXXXX";

static void setup(void)
{
    fir__call_init(&c, &fir__default_allocator);
    c.event = FIR__S("{\"rule\":\"R\"}");
    c.action_id = FIR__S("0123");
    c.attempt = 1;
}

static void teardown(void)
{
    fir__call_free(&c);
}

/* Parameters of the call, written as they come. */
static fir__entry entries[10];

static void param(const char *name, fir__data value)
{
    uint32_t i = c.params.count++;
    c.params.entries = entries;
    entries[i] = (fir__entry){.key = fir__cstr(name), .value = value};
}

static fir__data text(const char *s)
{
    return fir__data_text(fir__cstr(s));
}

/* ---- the call ---- */

START_TEST(parameters)
{
    fir_str s;
    param("t", text("a\"b"));
    param("n", (fir__data){.type = FIR__DATA_INT, .i = 7});
    ck_assert_int_eq(fir_call_text(&c, "t", 1, &s), 0);
    ck_assert(fir__str_eq(s, FIR__S("a\"b")));
    ck_assert_int_eq(fir_call_parameter(&c, "t", 1, &s), 0);
    ck_assert(fir__str_eq(s, FIR__S("\"a\\\"b\"")));
    ck_assert_int_eq(fir_call_text(&c, "n", 1, &s), FIR_ETYPE);
    ck_assert_ptr_null(s.ptr);
    ck_assert_int_eq(fir_call_parameter(&c, "n", 1, &s), 0);
    ck_assert(fir__str_eq(s, FIR__S("7")));
    ck_assert_int_eq(fir_call_text(&c, "x", 1, &s), FIR_ENOTFOUND);
    ck_assert_int_eq(fir_call_parameter(&c, "x", 1, &s), FIR_ENOTFOUND);
    ck_assert_int_eq(fir_call_parameter(NULL, "x", 1, &s), FIR_EINVAL);
    ck_assert_int_eq(fir_call_attempt(&c), 1);
    ck_assert_int_eq(fir_call_action_id(&c, &s), 0);
    ck_assert(fir__str_eq(s, FIR__S("0123")));
    ck_assert_int_eq(fir_call_event(&c, &s), 0);
    ck_assert(fir__str_eq(s, FIR__S("{\"rule\":\"R\"}")));
    ck_assert_int_eq(fir_call_action_id(&c, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_call_event(&c, NULL), FIR_EINVAL);
}
END_TEST

START_TEST(what_undo_needs)
{
    static char large[FIR__CALL_MAX_RECORD + 1];
    fir_str s;
    ck_assert_int_eq(fir_call_recorded(&c, &s), FIR_ENOTFOUND);
    ck_assert_int_eq(fir_call_record(&c, "{\"a\":1}", 7), 0);
    ck_assert_int_eq(fir_call_record(&c, "{\"b\":2}", 7), 0);
    ck_assert_int_eq(fir_call_recorded(&c, &s), 0);
    ck_assert(fir__str_eq(s, FIR__S("{\"b\":2}")));
    ck_assert_int_eq(fir_call_record(&c, NULL, 1), FIR_EINVAL);
    ck_assert_int_eq(fir_call_record(&c, "", 0), FIR_EINVAL);
    ck_assert_int_eq(fir_call_recorded(&c, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_call_record(&c, large, sizeof large), FIR_ELIMIT);
}
END_TEST

static const char *output_of(const char *s, size_t n)
{
    ck_assert_int_eq(fir_call_output(&c, s, n), 0);
    static char copy[FIR__CALL_MAX_OUTPUT + 1];
    memcpy(copy, c.output.ptr != NULL ? c.output.ptr : "", c.output.len);
    copy[c.output.len] = '\0';
    return copy;
}

START_TEST(secrets_are_hidden_in_what_it_says)
{
    ck_assert(fir__call_secret(&c, FIR__S("s3cret-key")));
    ck_assert(fir__call_secret(&c, FIR__S("Bearer abcdef")));
    ck_assert(fir__call_secret(&c, FIR__S("short")));
    ck_assert_str_eq(output_of("x s3cret-key y s3cret-keys3cret-key short", 41), "x *** y *** short");
    ck_assert_str_eq(output_of("Bearer abcdef; abcdef", 21), "***; ***");
    ck_assert_str_eq(output_of("s3cret-ke is none", 17), "s3cret-ke is none");
    ck_assert_str_eq(output_of("cut: s3cret-ke", 14), "cut: ***");
    ck_assert_str_eq(output_of("cut: s3cre", 10), "cut: s3cre");
    ck_assert(fir__call_secret(&c, FIR__S("https://hooks.example/services/T0/tokentoken")));
    ck_assert_str_eq(output_of("Cannot POST /services/T0/tokentoken, nor tokentoken", 51), "Cannot POST ***, nor ***");
    ck_assert_str_eq(output_of("", 0), "");
    ck_assert_int_eq(fir_call_fail(&c, FIR_EIO, 1, "bad s3cret-key", 14), FIR_EIO);
    ck_assert_str_eq(c.fail_text, "bad ***");
    ck_assert(c.failed && c.final);
    ck_assert_int_eq(fir_call_fail(&c, 5, 0, "x", 1), FIR_EACTION);
    ck_assert(!c.final);
}
END_TEST

START_TEST(what_it_says_is_cut_at_a_character)
{
    char *big = malloc(FIR__CALL_MAX_OUTPUT + 10);
    memset(big, 'a', FIR__CALL_MAX_OUTPUT + 10);
    memcpy(big + FIR__CALL_MAX_OUTPUT - 1, "\xc3\xa9", 2);
    ck_assert_uint_eq(strlen(output_of(big, FIR__CALL_MAX_OUTPUT + 10)), FIR__CALL_MAX_OUTPUT - 1);
    (void)fir_call_fail(&c, FIR_EIO, 0, big, FIR__CALL_MAX_OUTPUT);
    ck_assert_uint_eq(strlen(c.fail_text), FIR__CALL_MAX_TEXT - 1);
    free(big);
}
END_TEST

START_TEST(too_many_secrets)
{
    for (int i = 0; i < FIR__CALL_MAX_SECRETS; i++) {
        ck_assert(fir__call_secret(&c, FIR__S("abcdefgh")));
    }
    ck_assert(!fir__call_secret(&c, FIR__S("abcdefgh")));
    ck_assert(fir__call_secret(&c, FIR__S("tiny")));
}
END_TEST

START_TEST(requests_are_copied)
{
    char url[] = "https://h/", value[] = "v";
    const fir_http_header h = {FIR__S("N"), fir__cstr(value)};
    fir_http_request rq = {.size = sizeof rq, .method = FIR__S("PUT"), .url = fir__cstr(url), .headers = &h, .n_headers = 1};
    ck_assert_int_eq(fir_call_request(&c, &rq), 0);
    url[8] = 'X';
    value[0] = 'X';
    ck_assert(fir__str_eq(c.request.url, FIR__S("https://h/")));
    ck_assert(fir__str_eq(c.request.headers[0].value, FIR__S("v")));
    rq.size = 4;
    ck_assert_int_eq(fir_call_request(&c, &rq), FIR_EINVAL);
}
END_TEST

/* ---- http:webhook ---- */

static const char *head(void)
{
    static char all[2000];
    all[0] = '\0';
    for (size_t i = 0; i < c.request.n_headers; i++) {
        const fir_http_header *h = &c.request.headers[i];
        (void)snprintf(all + strlen(all), sizeof all - strlen(all), "%.*s=%.*s;", (int)h->name.len, h->name.ptr, (int)h->value.len,
                       h->value.ptr);
    }
    return all;
}

START_TEST(webhook_defaults)
{
    param("url", text("https://h.example/"));
    ck_assert_int_eq(fir__webhook_advance(NULL, &c), FIR_CALL_REQUEST);
    ck_assert(fir__str_eq(c.request.method, FIR__S("POST")));
    ck_assert(fir__str_eq(c.request.body, FIR__S("{\"rule\":\"R\"}")));
    ck_assert_str_eq(head(), "Idempotency-Key=0123;User-Agent=falcoir/" FIR_VERSION_STRING ";Content-Type=application/json;");
    ck_assert_uint_eq(c.request.flags, 0);
}
END_TEST

START_TEST(webhook_everything)
{
    fir__entry headers[] = {{.key = FIR__S("content-type"), .value = text("text/plain")},
                            {.key = FIR__S("idempotency-key"), .value = text("mine")},
                            {.key = FIR__S("User-agent"), .value = text("me")},
                            {.key = FIR__S("X"), .value = text("")}};
    param("url", text("http://h.example/"));
    param("method", text("PUT"));
    param("body", text("b"));
    param("content_type", text("application/xml"));
    param("insecure_http", (fir__data){.type = FIR__DATA_BOOL, .b = true});
    param("internal", (fir__data){.type = FIR__DATA_BOOL, .b = true});
    param("timeout", (fir__data){.type = FIR__DATA_INT, .i = 5});
    param("ca_file", text("/ca"));
    param("headers", (fir__data){.type = FIR__DATA_MAP, .count = 4, .entries = headers});
    ck_assert_int_eq(fir__webhook_advance(NULL, &c), FIR_CALL_REQUEST);
    ck_assert_str_eq(head(), "content-type=text/plain;idempotency-key=mine;User-agent=me;X=;");
    ck_assert_uint_eq(c.request.flags, FIR_HTTP_INSECURE | FIR_HTTP_INTERNAL);
    ck_assert_int_eq(c.request.timeout_ns, 5);
    ck_assert(fir__str_eq(c.request.body, FIR__S("b")));
    ck_assert(fir__str_eq(c.request.ca_file, FIR__S("/ca")));
}
END_TEST

START_TEST(a_get_has_no_body)
{
    param("url", text("https://h.example/"));
    param("method", text("GET"));
    param("body", text("b"));
    ck_assert_int_eq(fir__webhook_advance(NULL, &c), FIR_CALL_REQUEST);
    ck_assert_uint_eq(c.request.body.len, 0);
    ck_assert_str_eq(head(), "Idempotency-Key=0123;User-Agent=falcoir/" FIR_VERSION_STRING ";");
}
END_TEST

START_TEST(webhook_headers_are_judged_again)
{
    static const struct {
        const char *name, *value;
    } bad[] = {{"X", "a\r\nY: b"}, {"X", "a\nb"}, {"X\r\nY", "b"}, {"X", "\x1b[0m"}, {"X", "\x7f"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fir__entry h = {.key = fir__cstr(bad[i].name), .value = text(bad[i].value)};
        c.params.count = 0;
        param("url", text("https://h.example/"));
        param("headers", (fir__data){.type = FIR__DATA_MAP, .count = 1, .entries = &h});
        ck_assert_int_eq(fir__webhook_advance(NULL, &c), FIR_EDENIED);
        ck_assert(c.failed && c.final && !c.has_request);
    }
    fir__entry twice[] = {{.key = FIR__S("X"), .value = text("a")}, {.key = FIR__S("x"), .value = text("b")}};
    c.params.count = 0;
    param("headers", (fir__data){.type = FIR__DATA_MAP, .count = 2, .entries = twice});
    ck_assert_int_eq(fir__webhook_advance(NULL, &c), FIR_EDENIED);
}
END_TEST

static int answered(int status)
{
    const fir_http_result r = {.size = sizeof r, .status = status, .body = FIR__S("body")};
    c.response = &r;
    c.failed = c.final = false;
    int rc = fir__webhook_advance(NULL, &c);
    c.response = NULL;
    return rc;
}

START_TEST(webhook_answers)
{
    static const int passing[] = {408, 429, 500, 502, 503, 504, 599}, final[] = {300, 304, 400, 401, 403, 404, 409, 410, 422, 451};
    param("url", text("https://h.example/"));
    for (int s = 200; s < 300; s++) {
        ck_assert_int_eq(answered(s), FIR_CALL_DONE);
    }
    ck_assert(fir__str_eq(fir__sbuf_view(&c.output), FIR__S("body")));
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        ck_assert_int_eq(answered(passing[i]), FIR_EACTION);
        ck_assert_msg(c.failed && !c.final, "%d", passing[i]);
    }
    for (size_t i = 0; i < sizeof final / sizeof final[0]; i++) {
        ck_assert_int_eq(answered(final[i]), FIR_EACTION);
        ck_assert_msg(c.failed && c.final, "%d", final[i]);
    }
}
END_TEST

START_TEST(webhook_success_ranges)
{
    fir__data ranges[] = {text("200-204"), text("404"), {.type = FIR__DATA_INT, .i = 409}};
    param("success", (fir__data){.type = FIR__DATA_LIST, .count = 3, .items = ranges});
    ck_assert_int_eq(answered(200), FIR_CALL_DONE);
    ck_assert_int_eq(answered(204), FIR_CALL_DONE);
    ck_assert_int_eq(answered(404), FIR_CALL_DONE);
    ck_assert_int_eq(answered(409), FIR_CALL_DONE);
    ck_assert_int_eq(answered(205), FIR_EACTION);
    ck_assert_int_eq(answered(199), FIR_EACTION);
    ck_assert_int_eq(answered(400), FIR_EACTION);
}
END_TEST

/* ---- local:file ---- */

static const char *path_of(const char *name)
{
    static char path[100];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static const char *content(const char *name)
{
    static char all[1000];
    FILE *f = fopen(path_of(name), "rb");
    if (f == NULL) {
        return NULL;
    }
    all[fread(all, 1, sizeof all - 1, f)] = '\0';
    fclose(f);
    return all;
}

static int append(const char *path, const char *line)
{
    c.failed = false;
    c.params.count = 0;
    param("path", text(path));
    if (line != NULL) {
        param("line", text(line));
    }
    return fir__file_advance(NULL, &c);
}

START_TEST(lines_are_appended)
{
    struct stat st;
    (void)umask(0);
    ck_assert_int_eq(append(path_of("log"), "one"), FIR_CALL_DONE);
    ck_assert_int_eq(append(path_of("log"), ""), FIR_CALL_DONE);
    ck_assert_int_eq(append(path_of("log"), NULL), FIR_CALL_DONE);
    ck_assert_str_eq(content("log"), "one\n\n{\"rule\":\"R\"}\n");
    ck_assert_int_eq(stat(path_of("log"), &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(files_that_are_refused)
{
    char target[100];
    (void)snprintf(target, sizeof target, "%s", path_of("target"));
    ck_assert_int_eq(append(target, "x"), FIR_CALL_DONE);
    ck_assert_int_eq(symlink(target, path_of("link")), 0);
    ck_assert_int_eq(append(path_of("link"), "y"), FIR_EIO);
    ck_assert_str_eq(content("target"), "x\n");
    ck_assert_int_eq(append(dir, "y"), FIR_EIO);
    ck_assert_int_eq(append("relative", "y"), FIR_EINVAL);
    ck_assert_int_eq(append("", "y"), FIR_EINVAL);
    ck_assert_int_eq(append(path_of("no/such"), "y"), FIR_EIO);
    ck_assert(c.final);
    ck_assert_int_eq(append("/dev/null", "y"), FIR_EDENIED);
    ck_assert_int_eq(mkfifo(path_of("fifo"), 0600), 0);
    ck_assert_int_eq(append(path_of("fifo"), "y"), FIR_EIO); /* nobody reads: it must not wait */
    int reader = open(path_of("fifo"), O_RDONLY | O_NONBLOCK);
    ck_assert_int_eq(append(path_of("fifo"), "y"), FIR_EDENIED);
    (void)close(reader);
}
END_TEST

START_TEST(one_record_is_one_line)
{
    ck_assert_int_eq(append(path_of("lines"), "a\nb"), FIR_EDENIED);
    ck_assert_int_eq(append(path_of("lines"), "a\rb"), FIR_EDENIED);
    ck_assert_ptr_null(content("lines"));
    c.params.count = 0;
    param("path", text(path_of("lines")));
    param("line", fir__data_text(fir__str("a\0b", 3)));
    ck_assert_int_eq(fir__file_advance(NULL, &c), FIR_EDENIED);
}
END_TEST

int main(void)
{
    if (mkdtemp(dir) == NULL) {
        return 99;
    }
    TCase *t = tcase_create("action");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, parameters);
    tcase_add_test(t, what_undo_needs);
    tcase_add_test(t, secrets_are_hidden_in_what_it_says);
    tcase_add_test(t, what_it_says_is_cut_at_a_character);
    tcase_add_test(t, too_many_secrets);
    tcase_add_test(t, requests_are_copied);
    tcase_add_test(t, webhook_defaults);
    tcase_add_test(t, webhook_everything);
    tcase_add_test(t, a_get_has_no_body);
    tcase_add_test(t, webhook_headers_are_judged_again);
    tcase_add_test(t, webhook_answers);
    tcase_add_test(t, webhook_success_ranges);
    tcase_add_test(t, lines_are_appended);
    tcase_add_test(t, files_that_are_refused);
    tcase_add_test(t, one_record_is_one_line);
    Suite *s = suite_create("action");
    suite_add_tcase(s, t);
    int code = fir_test_run(s);
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) == 0 ? code : EXIT_FAILURE;
}
