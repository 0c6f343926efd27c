/* SPDX-License-Identifier: Apache-2.0 */
/* Mails by the built-in transport, against a server that says what it likes: what each answer is taken for. A mail that may have
 * been taken may not be sent again, one that was refused may. */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "support/smtp.h"
#include "support/suite.h"
#include "transport/transport.h"

static fir_transport tr;
static smtp *server;
static char url[80];
static const fir_str to[2] = {{"a@example.org", 13}, {"b@example.org", 13}};

static void setup(void)
{
    server = smtp_start();
    (void)snprintf(url, sizeof url, "smtp://127.0.0.1:%d", smtp_port(server));
    ck_assert_int_eq(fir__transport_curl(&fir__default_allocator, &tr, NULL), 0);
}

static void teardown(void)
{
    tr.destroy(tr.self);
    smtp_stop(server);
}

static fir_http_request mail(void)
{
    return (fir_http_request){.size = sizeof(fir_http_request),
                              .id = 9,
                              .url = fir__cstr(url),
                              .body = FIR__S("Subject: x\r\n\r\nhello\r\n"),
                              .timeout_ns = 5 * FIR__SECOND,
                              .flags = FIR_MAIL_PLAIN,
                              .mail_from = FIR__S("f@example.org"),
                              .mail_to = to,
                              .n_mail_to = 2};
}

static fir_http_result send_it(const fir_http_request *rq)
{
    fir_error err = {0};
    fir_http_result r = {0};
    ck_assert_msg(tr.start(tr.self, rq, &err) == 0, "%s", err.message);
    for (int i = 0; i < 800 && tr.next(tr.self, &r) != 0; i++) {
        ck_assert_int_eq(tr.wait(tr.self, FIR__SECOND / 50, NULL), 0);
    }
    ck_assert_uint_eq(r.id, 9);
    return r;
}

static fir_http_result say(smtp_script script)
{
    smtp_say(server, &script);
    fir_http_request rq = mail();
    return send_it(&rq);
}

START_TEST(a_mail_arrives_as_it_is)
{
    char last[4096];
    fir_http_request rq = mail();
    rq.user = FIR__S("u");
    rq.password = FIR__S("p");
    fir_http_result r = send_it(&rq);
    ck_assert_msg(r.code == 0, "%s", r.message);
    ck_assert(r.status == 250 && r.sent == 1 && r.n_headers == 0);
    ck_assert_uint_eq(smtp_taken(server), 1);
    smtp_last(server, last);
    ck_assert_str_eq(last, "MAIL FROM:<f@example.org>\r\nRCPT TO:<a@example.org>\r\nRCPT TO:<b@example.org>\r\n"
                           "Subject: x\r\n\r\nhello\r\n");
}
END_TEST

/* Of each: code and status of the result, whether the mail may have been taken, what is told, mails that came to an end. */
static const struct {
    const char *name;
    smtp_script script;
    int32_t code, status, sent;
    const char *message, *body;
    size_t taken;
} answers[] = {
    {"busy", {.greeting = "421 4.3.2 come back\r\n"}, FIR_ETRANSPORT, 0, 0, "421 4.3.2 come back", "", 0},
    {"no service", {.greeting = "554 5.3.2 not here\r\n"}, 0, 554, 0, "", "554 5.3.2 not here", 0},
    {"a sender refused", {.mail = "550 5.1.8 who are you\r\n"}, 0, 550, 0, "", "550 5.1.8 who are you", 0},
    {"a sender for later", {.mail = "451 4.3.0 later\r\n"}, FIR_ETRANSPORT, 0, 0, "451 4.3.0 later", "", 0},
    {"none of them", {.rcpt = {"550 5.1.1 no\r\n", "550 5.1.1 nor she\r\n"}}, 0, 550, 0, "", "550 5.1.1 nor she", 0},
    {"no data", {.data = "554 5.5.1 no\r\n"}, 0, 554, 0, "", "554 5.5.1 no", 0},
    {"the text refused", {.end = "554 5.7.1 \x1b[31mspam\r\n"}, 0, 554, 0, "", "554 5.7.1 ?[31mspam", 1},
    {"no letters of ours", {.end = "554 5.7.1 m\xc3\x7fll\r\n"}, 0, 554, 0, "", "554 5.7.1 m??ll", 1},
    {"the text for later", {.end = "452 4.3.1 full\r\n"}, FIR_ETRANSPORT, 0, 0, "452 4.3.1 full", "", 1},
    {"only a number", {.end = "250\r\n"}, 0, 250, 1, "", "", 1},
    {"an angry end", {.quit = "500 5.5.1 what\r\n"}, 0, 250, 1, "", "", 1},
    {"no end", {.quit = ""}, 0, 250, 1, "", "", 1},
};

START_TEST(what_the_server_says)
{
    fir_http_result r = say(answers[_i].script);
    ck_assert_msg(r.code == answers[_i].code && r.status == answers[_i].status && r.sent == answers[_i].sent, "%s: %d %d %d %s",
                  answers[_i].name, r.code, r.status, r.sent, r.message);
    ck_assert_str_eq(r.message, answers[_i].message);
    ck_assert_msg(fir__str_eq(r.body, fir__cstr(answers[_i].body)), "%s: %.*s", answers[_i].name, (int)r.body.len, r.body.ptr);
    ck_assert_uint_eq(smtp_taken(server), answers[_i].taken);
}
END_TEST

START_TEST(one_of_them_refused)
{
    fir_http_result r = say((smtp_script){.rcpt = {"250 2.1.5 fine\r\n", "550 5.1.1 no such\r\n"}});
    ck_assert_msg(r.code == 0 && r.status == 250 && r.sent == 1, "%d %s", r.code, r.message);
    ck_assert_uint_eq(r.n_headers, 1);
    ck_assert(fir__str_eq(r.headers[0].name, to[1]) && fir__str_eq(r.headers[0].value, FIR__S("550 5.1.1 no such")));
    ck_assert_uint_eq(smtp_taken(server), 1);
}
END_TEST

/* Where it hangs up: behind the end of the text nobody knows what became of it. */
static const struct {
    smtp_script script;
    int32_t sent;
    size_t taken;
} hung_up[] = {{{.greeting = ""}, 0, 0}, {{.ehlo = ""}, 0, 0}, {{.mail = ""}, 0, 0},
               {{.data = ""}, 0, 0},     {{.end = ""}, 1, 1},  {{.end = "999 what\r\n", .quit = ""}, 1, 1}};

START_TEST(the_server_hangs_up)
{
    fir_http_result r = say(hung_up[_i].script);
    ck_assert_msg(r.code == FIR_ETRANSPORT && r.sent == hung_up[_i].sent, "%d: %d %d %s", _i, r.code, r.sent, r.message);
    ck_assert_str_ne(r.message, "");
    ck_assert_int_eq(r.status, 0);
    ck_assert_uint_eq(smtp_taken(server), hung_up[_i].taken);
}
END_TEST

static double seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* It took the mail, and then does not answer the goodbye: nobody waits for it longer than the request may take. */
START_TEST(a_server_that_does_not_say_goodbye)
{
    const smtp_script script = {.quit = "-"};
    fir_http_request rq = mail();
    rq.timeout_ns = FIR__SECOND;
    smtp_say(server, &script);
    double start = seconds();
    fir_http_result r = send_it(&rq);
    ck_assert_msg(r.code == 0 && r.status == 250 && r.sent == 1, "%d %d %d %s", r.code, r.status, r.sent, r.message);
    ck_assert_uint_eq(smtp_taken(server), 1);
    ck_assert(seconds() - start < 4);
}
END_TEST

START_TEST(a_server_without_end)
{
    static char much[70000];
    char *p = much;
    while (p < much + sizeof much - 100) {
        p += sprintf(p, "220-and another thing, and one more, and that was not all either\r\n");
    }
    (void)sprintf(p, "220 done\r\n");
    fir_http_result r = say((smtp_script){.greeting = much});
    ck_assert_int_eq(r.code, FIR_ELIMIT);
    ck_assert_str_eq(r.message, "the server says too much");
    ck_assert_int_eq(r.sent, 0);
    ck_assert_uint_eq(smtp_taken(server), 0);
}
END_TEST

START_TEST(no_starttls)
{
    fir_http_request rq = mail();
    rq.flags = 0;
    fir_http_result r = send_it(&rq);
    ck_assert_int_eq(r.code, FIR_EDENIED);
    ck_assert_str_eq(r.message, "the mail server offers no STARTTLS");
    ck_assert_int_eq(r.sent, 0);
    ck_assert_uint_eq(smtp_taken(server), 0);
}
END_TEST

START_TEST(no_server_at_all)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* bound, and nobody listens */
    ck_assert(bind(fd, (struct sockaddr *)&a, n) == 0 && getsockname(fd, (struct sockaddr *)&a, &n) == 0);
    (void)snprintf(url, sizeof url, "smtp://127.0.0.1:%d", ntohs(a.sin_port));
    fir_http_request rq = mail();
    fir_http_result r = send_it(&rq);
    ck_assert(r.code == FIR_ETRANSPORT && r.sent == 0 && strstr(r.message, "onnect") != NULL);
    (void)close(fd);
}
END_TEST

START_TEST(tls_where_there_is_none)
{
    (void)snprintf(url, sizeof url, "smtps://127.0.0.1:%d", smtp_port(server));
    fir_http_request rq = mail();
    rq.flags = 0;
    fir_http_result r = send_it(&rq);
    ck_assert_msg(r.code == FIR_ETRANSPORT && r.sent == 0, "%d %d %s", r.code, r.sent, r.message);
    ck_assert_uint_eq(smtp_taken(server), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("mail_talk");
    tcase_set_timeout(t, 30);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_mail_arrives_as_it_is);
    tcase_add_loop_test(t, what_the_server_says, 0, (int)(sizeof answers / sizeof answers[0]));
    tcase_add_test(t, one_of_them_refused);
    tcase_add_loop_test(t, the_server_hangs_up, 0, (int)(sizeof hung_up / sizeof hung_up[0]));
    tcase_add_test(t, a_server_that_does_not_say_goodbye);
    tcase_add_test(t, a_server_without_end);
    tcase_add_test(t, no_starttls);
    tcase_add_test(t, no_server_at_all);
    tcase_add_test(t, tls_where_there_is_none);
    Suite *s = suite_create("mail_talk");
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
