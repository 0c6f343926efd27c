/* SPDX-License-Identifier: Apache-2.0 */
/* smtp:email and syslog:message: what they make of an alert, before any network. */
#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action/call.h"
#include "action/env.h"
#include "action/mail/message.h"
#include "action/mail/syslog_message.h"
#include "action/types.h"
#include "base/time.h"
#include "base/utf8.h"
#include "support/suite.h"
#include "transport/request.h"

#define AT INT64_C(1784020893104938271) /* 2026-07-14T09:21:33.104938271Z, a Tuesday */
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static fir_call c;
static fir__entry entries[20];
static fir__action_env env;
static fir_clock clock_of_test;

static int64_t at(void *self)
{
    (void)self;
    return AT;
}

static void setup(void)
{
    fir__call_init(&c, &fir__default_allocator);
    c.event = FIR__S("{\"rule\":\"R\"}");
    c.action_id = FIR__S(ID);
    c.attempt = 1;
    clock_of_test = (fir_clock){sizeof clock_of_test, NULL, at, at};
    env = (fir__action_env){.allocator = &fir__default_allocator, .clock = &clock_of_test};
}

static void teardown(void)
{
    fir__call_free(&c);
}

static void param(const char *name, fir__data value)
{
    uint32_t i = c.params.count++;
    c.params.entries = entries;
    entries[i] = (fir__entry){.key = fir__cstr(name), .value = value};
}

static void param_text(const char *name, const char *s)
{
    param(name, fir__data_text(fir__cstr(s)));
}

static fir__data items[4][4];

static void param_list(int which, const char *name, const char *a, const char *b)
{
    items[which][0] = fir__data_text(fir__cstr(a));
    items[which][1] = fir__data_text(fir__cstr(b));
    param(name, (fir__data){.type = FIR__DATA_LIST, .count = b != NULL ? 2 : 1, .items = items[which]});
}

static const char *shown(fir_str s)
{
    static char copy[400000];
    ck_assert_uint_lt(s.len, sizeof copy);
    memcpy(copy, s.ptr != NULL ? s.ptr : "", s.len);
    copy[s.len] = '\0';
    return copy;
}

/* ---- mails ---- */

static void mail_parameters(void)
{
    param_text("server", "mail.example.org");
    param_text("from", "Falco <falco@example.org>");
    param_list(0, "to", "b@example.org", NULL);
}

START_TEST(a_whole_mail)
{
    param_text("server", "mail.example.org");
    param_text("from", "Falco <falco@example.org>");
    param_list(0, "to", "a@example.org", "\"B. C\" <b@example.org>, c@example.org");
    param_list(1, "cc", "d@example.org", NULL);
    param_list(2, "bcc", "e@example.org", NULL);
    param_text("subject", "Falco Notice: Shell");
    param_text("text", "one\n.\ntwo = 2 \n");
    param_text("user", "u");
    param_text("password", "p");
    ck_assert_int_eq(fir__email_advance(&env, &c), FIR_CALL_REQUEST);
    ck_assert_str_eq(shown(c.request.body), "Date: Tue, 14 Jul 2026 09:21:33 +0000\r\n"
                                            "From: Falco\r\n <falco@example.org>\r\n"
                                            "To: a@example.org,\r\n =?UTF-8?B?Qi4gQw==?=\r\n <b@example.org>,\r\n c@example.org\r\n"
                                            "Cc: d@example.org\r\n"
                                            "Subject: Falco Notice: Shell\r\n"
                                            "Message-ID: <0123456789abcdef0123456789abcdef01234567@example.org>\r\n"
                                            "Auto-Submitted: auto-generated\r\n"
                                            "MIME-Version: 1.0\r\n"
                                            "Content-Type: text/plain; charset=utf-8\r\n"
                                            "Content-Transfer-Encoding: quoted-printable\r\n"
                                            "\r\n"
                                            "one\r\n=2E\r\ntwo =3D 2=20\r\n");
    ck_assert_str_eq(shown(c.request.url), "smtp://mail.example.org:587");
    ck_assert_str_eq(shown(c.request.mail_from), "falco@example.org");
    ck_assert_uint_eq(c.request.n_mail_to, 5);
    ck_assert_str_eq(shown(c.request.mail_to[1]), "b@example.org");
    ck_assert_str_eq(shown(c.request.mail_to[4]), "e@example.org");
    ck_assert_str_eq(shown(c.request.user), "u");
    ck_assert_str_eq(shown(c.request.password), "p");
    ck_assert_uint_eq(c.request.flags, 0);
    ck_assert_uint_eq(c.request.method.len + c.request.n_headers, 0);
    ck_assert_int_eq(fir__request_check(&c.request, NULL), 0);
}
END_TEST

START_TEST(two_forms)
{
    mail_parameters();
    param_text("security", "tls");
    param_text("text", "a");
    param_text("html", "<b>\xc3\xa9</b>");
    ck_assert_int_eq(fir__email_advance(&env, &c), FIR_CALL_REQUEST);
    const char *body = shown(c.request.body);
    ck_assert_str_eq(strstr(body, "MIME-Version"),
                     "MIME-Version: 1.0\r\n"
                     "Content-Type: multipart/alternative;\r\n boundary=\"=_0123456789abcdef0123456789abcdef01234567\"\r\n\r\n"
                     "--=_0123456789abcdef0123456789abcdef01234567\r\n"
                     "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na\r\n"
                     "--=_0123456789abcdef0123456789abcdef01234567\r\n"
                     "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                     "<b>=C3=A9</b>\r\n"
                     "--=_0123456789abcdef0123456789abcdef01234567--\r\n");
    ck_assert_str_eq(shown(c.request.url), "smtps://mail.example.org:465");
}
END_TEST

START_TEST(security)
{
    mail_parameters();
    param_text("security", "none");
    param("insecure", (fir__data){.type = FIR__DATA_BOOL, .b = true});
    param("internal", (fir__data){.type = FIR__DATA_BOOL, .b = true});
    ck_assert_int_eq(fir__email_advance(&env, &c), FIR_CALL_REQUEST);
    ck_assert_uint_eq(c.request.flags, FIR_MAIL_PLAIN | FIR_HTTP_INSECURE | FIR_HTTP_INTERNAL);
    entries[0].value = fir__data_text(FIR__S("[::1]:2525"));
    ck_assert_int_eq(fir__email_advance(&env, &c), FIR_CALL_REQUEST);
    ck_assert_str_eq(shown(c.request.url), "smtp://[::1]:2525");
    entries[0].value = fir__data_text(FIR__S("[::1]"));
    ck_assert_int_eq(fir__email_advance(&env, &c), FIR_CALL_REQUEST);
    ck_assert_str_eq(shown(c.request.url), "smtp://[::1]:587");
}
END_TEST

/* The header lines of a mail, unfolded, by name; at most one of each is there. */
static void check_headers(fir_str mail)
{
    static const char *const known[] = {"Date: ",           "From: ",         "To: ",          "Subject: ",
                                        "Message-ID:",      "Auto-Submitted", "MIME-Version:", "Content-Type: text/plain;",
                                        "Content-Transfer-"};
    size_t head = fir__str_find(mail, FIR__S("\r\n\r\n"));
    ck_assert_uint_ne(head, SIZE_MAX);
    fir_str rest = fir__str_to(mail, head);
    unsigned seen = 0;
    while (rest.len != 0) {
        size_t end = fir__str_find(rest, FIR__S("\r\n"));
        fir_str line = fir__str_to(rest, end);
        rest = end == SIZE_MAX ? (fir_str){NULL, 0} : fir__str_from(rest, end + 2);
        ck_assert_uint_le(line.len, 76);
        for (size_t i = 0; i < line.len; i++) {
            ck_assert(line.ptr[i] >= 0x20 && line.ptr[i] <= 0x7e);
        }
        if (line.ptr[0] == ' ') {
            continue;
        }
        unsigned which = 0;
        while (which < 9 && !fir__str_starts(line, fir__cstr(known[which]))) {
            which++;
        }
        ck_assert_msg(which < 9 && (seen & 1u << which) == 0, "%s", shown(line));
        seen |= 1u << which;
    }
    ck_assert_uint_eq(seen, 0x1ff);
}

START_TEST(no_value_makes_a_header)
{
    static const char *const evil[] = {"a\r\nBcc: evil@example.org",
                                       "a\nBcc: evil@example.org\n\nbody",
                                       "a\rBcc: x",
                                       "\r\n.\r\nMAIL FROM:<x@y>\r\n",
                                       "=?UTF-8?Q?a=0D=0ABcc:_x?=",
                                       "\xc3\x28 \xff\xfe broken",
                                       "\xe2\x80\xae\xe2\x80\xa8 turned",
                                       "--=_0123456789abcdef0123456789abcdef01234567--",
                                       "\x1b]0;title\x07",
                                       ""};
    char *huge = malloc(200001);
    for (size_t i = 0; i < 200000; i += 2) {
        memcpy(huge + i, "\xc3\xa9", 2);
    }
    huge[200000] = '\0';
    for (size_t i = 0; i <= sizeof evil / sizeof *evil; i++) {
        const char *s = i < sizeof evil / sizeof *evil ? evil[i] : huge;
        c.params.count = 0;
        mail_parameters();
        param_text("subject", s);
        param_text("text", s);
        ck_assert_int_eq(fir__email_advance(&env, &c), FIR_CALL_REQUEST);
        ck_assert_int_eq(fir__request_check(&c.request, NULL), 0); /* lines end in CR LF, are short, hold no NUL */
        check_headers(c.request.body);
        fir_str body = fir__str_from(c.request.body, fir__str_find(c.request.body, FIR__S("\r\n\r\n")) + 4);
        ck_assert_uint_eq(fir__str_find(body, FIR__S("\n.")), SIZE_MAX);
        ck_assert_uint_eq(fir__str_find(body, FIR__S("=_")), SIZE_MAX);
    }
    free(huge);
}
END_TEST

START_TEST(subjects)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 100000);
    fir__mailbox to = {FIR__S(""), FIR__S("b@example.org")};
    fir__message m = {.from = {FIR__S(""), FIR__S("a@example.org")}, .to = {&to, 1}, .id = FIR__S("1"), .date_ns = AT};
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"  plain \n", "Subject: plain\r\nM"},
        {"a\nb", "Subject: a b\r\nM"},
        {"\xc3\xa9", "Subject: =?UTF-8?B?w6k=?=\r\nM"},
        {"\xc3", "Subject: ?\r\nM"},
        {"a\xe2\x80\xae"
         "b",
         "Subject: a b\r\nM"},
        {"=?x?=", "Subject: =?UTF-8?B?PT94Pz0=?=\r\nM"},
        {"12345678901234567890123456789012345678\xc3\xa9\xc3\xa9\xc3\xa9",
         "Subject: =?UTF-8?B?MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg=?=\r\n =?UTF-8?B?w6nDqcOp?=\r\nM"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fir__sbuf_clear(&b);
        m.subject = fir__cstr(cases[i].in);
        fir__message_write(&m, &b);
        ck_assert_int_eq(b.status, 0);
        ck_assert_msg(strstr(shown(fir__sbuf_view(&b)), cases[i].out) != NULL, "%s", shown(fir__sbuf_view(&b)));
    }
    fir__sbuf_free(&b);
}
END_TEST

START_TEST(wrong_addresses)
{
    static const char *const wrong[] = {"",
                                        "a",
                                        "a@",
                                        "@b",
                                        "a@b@c",
                                        "a b@c",
                                        "a..b@c",
                                        ".a@b",
                                        "a@b.",
                                        "<a@b",
                                        "N <a@b> x",
                                        "a@b\r\nRCPT TO:<x@y>",
                                        "N\r\n <a@b>",
                                        "a@b c",
                                        "\xc3\xa9@b",
                                        "-a@b",
                                        "a@[127.0.0.1]",
                                        "\"a\"@b",
                                        "a@b,"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        c.params.count = 0;
        param_text("server", "h");
        param_text("from", "a@example.org");
        param_list(0, "to", wrong[i], NULL);
        ck_assert_msg(fir__email_advance(&env, &c) == FIR_EINVAL && c.final, "%s", wrong[i]);
        c.params.count = 0;
        param_text("server", "h");
        param_text("from", wrong[i]);
        param_list(0, "to", "a@example.org", NULL);
        ck_assert_msg(fir__email_advance(&env, &c) == FIR_EINVAL && c.final, "%s", wrong[i]);
    }
    c.params.count = 0;
    param_text("server", "h");
    param_text("from", "a@example.org");
    ck_assert_int_eq(fir__email_advance(&env, &c), FIR_EINVAL);
    ck_assert_str_eq(c.fail_text, "to names no recipient");
}
END_TEST

static void answer(fir_http_result r)
{
    static fir_http_result kept;
    kept = r;
    kept.size = sizeof kept;
    c.response = &kept;
}

START_TEST(answers)
{
    const fir_http_header refused = {FIR__S("b@example.org"), FIR__S("550 no such user")};
    answer((fir_http_result){.status = 250});
    ck_assert_int_eq(fir__email_advance(&env, &c), FIR_CALL_DONE);
    answer((fir_http_result){.status = 550, .body = FIR__S("550 5.7.1 no")});
    ck_assert_int_eq(fir__email_advance(&env, &c), FIR_EACTION);
    ck_assert_str_eq(c.fail_text, "the mail server refused it: 550 5.7.1 no");
    answer((fir_http_result){.status = 250, .headers = &refused, .n_headers = 1});
    ck_assert_int_eq(fir__email_advance(&env, &c), FIR_EACTION);
    ck_assert_str_eq(c.fail_text, "1 recipients were refused, the others have it; the first: b@example.org: 550 no such user");
    ck_assert(c.final);
}
END_TEST

/* ---- what the transport refuses ---- */

static int judge_mail(const char *from, const char *to, const char *body, const char *user, const char *password)
{
    const fir_str recipient = fir__cstr(to);
    const fir_http_request rq = {.size = sizeof rq,
                                 .url = FIR__S("smtp://h:25"),
                                 .mail_from = fir__cstr(from),
                                 .mail_to = &recipient,
                                 .n_mail_to = to != NULL ? 1 : 0,
                                 .body = fir__cstr(body),
                                 .user = fir__cstr(user),
                                 .password = fir__cstr(password)};
    return fir__request_check(&rq, NULL);
}

START_TEST(requests)
{
    ck_assert_int_eq(judge_mail("a@b", "c@d", "x\r\n", "", ""), 0);
    ck_assert_int_eq(judge_mail("a@b", "c@d", "x\r\n", "u", "p"), 0);
    ck_assert_int_eq(judge_mail("a@b", NULL, "x\r\n", "", ""), FIR_EINVAL);
    ck_assert_int_eq(judge_mail("a@b>", "c@d", "x\r\n", "", ""), FIR_EDENIED);
    ck_assert_int_eq(judge_mail("a@b", "c@d> x", "x\r\n", "", ""), FIR_EDENIED);
    ck_assert_int_eq(judge_mail("a@b", "c@d\r\nDATA", "x\r\n", "", ""), FIR_EDENIED);
    ck_assert_int_eq(judge_mail("a@b", "c@d", "x\n.\r\n", "", ""), FIR_EDENIED);
    ck_assert_int_eq(judge_mail("a@b", "c@d", "x\r.\r\n", "", ""), FIR_EDENIED);
    ck_assert_int_eq(judge_mail("a@b", "c@d", "x", "", ""), FIR_EDENIED);
    ck_assert_int_eq(judge_mail("a@b", "c@d", "", "", ""), FIR_EDENIED);
    ck_assert_int_eq(judge_mail("a@b", "c@d", "x\r\n", "u", ""), FIR_EDENIED);
    ck_assert_int_eq(judge_mail("a@b", "c@d", "x\r\n", "u\n", "p"), FIR_EDENIED);
    static const char *const urls[] = {
        "smtp://h",        "smtp://h:25/x", "smtp://u@h:25", "smtp://h:0",   "smtp://h:65536", "smtp://:25",
        "smtp://h:25?x=1", "smtp://h:25#x", "smtp://h:2 5",  "smtp://h:25:", "tcp://h",        "udp://h:1/x",
        "tls://h:1\r\n",   "file:///x",     "gopher://h:1",  "TCP://h:1",    "imap://h:1"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        const fir_str to = FIR__S("c@d");
        fir_http_request rq = {.size = sizeof rq, .url = fir__cstr(urls[i]), .body = FIR__S("x\r\n")};
        if (urls[i][0] == 's') {
            rq.mail_from = to;
            rq.mail_to = &to;
            rq.n_mail_to = 1;
        }
        ck_assert_msg(fir__request_check(&rq, NULL) == FIR_EDENIED, "%s", urls[i]);
    }
    fir_http_request rq = {.size = sizeof rq, .url = FIR__S("tcp://h:1"), .body = FIR__S("x")};
    ck_assert_int_eq(fir__request_check(&rq, NULL), 0);
    rq.method = FIR__S("POST");
    ck_assert_int_eq(fir__request_check(&rq, NULL), FIR_EINVAL);
    rq.method = FIR__S("");
    rq.user = FIR__S("u");
    ck_assert_int_eq(fir__request_check(&rq, NULL), FIR_EINVAL);
    rq.user = FIR__S("");
    rq.url = FIR__S("udp://h:1");
    rq.body = fir__str(shown(FIR__S("")), FIR__REQUEST_MAX_DATAGRAM + 1);
    ck_assert_int_eq(fir__request_check(&rq, NULL), FIR_ELIMIT);
}
END_TEST

START_TEST(a_request_of_the_first_version)
{
    fir_http_request old, now;
    memset(&old, 0xff, sizeof old);
    memset(&old, 0, offsetof(fir_http_request, mail_from));
    old.size = offsetof(fir_http_request, mail_from);
    ck_assert(fir__request_read(&old, &now));
    ck_assert_uint_eq(now.mail_from.len + now.n_mail_to + now.user.len + now.password.len, 0);
    old.size--;
    ck_assert(!fir__request_read(&old, &now));
    old.size++;
    old.url = FIR__S("https://h/");
    old.method = FIR__S("GET");
    ck_assert_int_eq(fir_call_request(&c, &old), 0);
    ck_assert_uint_eq(c.request.size, sizeof c.request);
    ck_assert_uint_eq(c.request.n_mail_to, 0);
}
END_TEST

/* ---- syslog ---- */

static void syslog_parameters(const char *protocol)
{
    param_text("server", "logs.example.org");
    param_text("protocol", protocol);
    param_text("priority", "Critical");
    param_text("hostname", "node-1");
    param_text("time", "2026-07-14T09:21:33.104938271Z");
    param_text("rule", "A \"rule\" ] \\");
    param_text("msgid", "syscall");
    param_text("message", "hello");
}

START_TEST(syslog_forms)
{
    syslog_parameters("udp");
    ck_assert_int_eq(fir__syslog_advance(&env, &c), FIR_CALL_REQUEST);
    const char *whole = "<10>1 2026-07-14T09:21:33.104938Z node-1 falco - syscall [falco@32473 rule=\"A \\\"rule\\\" \\] \\\\\" "
                        "priority=\"Critical\" source=\"syscall\" action_id=\"" ID "\"] hello";
    char framed[600];
    ck_assert_str_eq(shown(c.request.body), whole);
    ck_assert_str_eq(shown(c.request.url), "udp://logs.example.org:514");
    entries[1].value = fir__data_text(FIR__S("tls"));
    ck_assert_int_eq(fir__syslog_advance(&env, &c), FIR_CALL_REQUEST);
    (void)snprintf(framed, sizeof framed, "%zu %s", strlen(whole), whole);
    ck_assert_str_eq(shown(c.request.body), framed);
    ck_assert_str_eq(shown(c.request.url), "tls://logs.example.org:6514");
    param_text("framing", "newline");
    param_text("facility", "local7");
    entries[2].value = fir__data_text(FIR__S("debug"));
    param_text("format", "rfc3164");
    param_text("app_name", "my app");
    entries[1].value = fir__data_text(FIR__S("tcp"));
    ck_assert_int_eq(fir__syslog_advance(&env, &c), FIR_CALL_REQUEST);
    ck_assert_str_eq(shown(c.request.body), "<191>Jul 14 09:21:33 node-1 my_app: hello\n");
    ck_assert_str_eq(shown(c.request.url), "tcp://logs.example.org:514");
    answer((fir_http_result){.status = 0});
    ck_assert_int_eq(fir__syslog_advance(&env, &c), FIR_CALL_DONE);
}
END_TEST

START_TEST(syslog_without_values)
{
    param_text("server", "h:1");
    param_text("protocol", "udp");
    param_text("hostname", "<NA>");
    param_text("priority", "?");
    param_text("time", "yesterday");
    param("structured_data", (fir__data){.type = FIR__DATA_MAP});
    ck_assert_int_eq(fir__syslog_advance(&env, &c), FIR_CALL_REQUEST);
    ck_assert_str_eq(shown(c.request.body), "<13>1 2026-07-14T09:21:33.104938Z - falco - - - ");
}
END_TEST

START_TEST(structured_data)
{
    fir__entry some[] = {{.key = FIR__S("a"), .value = fir__data_text(FIR__S("x]\"\\y"))}};
    param_text("server", "h:1");
    param_text("protocol", "udp");
    param_text("time", "2026-07-14T09:21:33Z");
    param("structured_data", (fir__data){.type = FIR__DATA_MAP, .count = 1, .entries = some});
    param_text("structured_data_id", "mine@1");
    ck_assert_int_eq(fir__syslog_advance(&env, &c), FIR_CALL_REQUEST);
    ck_assert_str_eq(shown(c.request.body), "<13>1 2026-07-14T09:21:33.000000Z - falco - - [mine@1 a=\"x\\]\\\"\\\\y\"] ");
    static const char *const wrong[] = {"", "a b", "a=b", "a]", "a\"", "a\n", "123456789012345678901234567890123", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        some[0].key = fir__cstr(wrong[i]);
        ck_assert_int_eq(fir__syslog_advance(&env, &c), FIR_EINVAL);
    }
    some[0].key = FIR__S("a");
    entries[4].value = fir__data_text(FIR__S("a b"));
    ck_assert_int_eq(fir__syslog_advance(&env, &c), FIR_EINVAL);
}
END_TEST

START_TEST(no_value_makes_a_second_message)
{
    static const char *const evil[] = {"a\n<0>1 2026-01-01T00:00:00Z x evil - - - gotcha",
                                       "a\r\nb",
                                       "a\x1b[2Jb",
                                       "a\tb",
                                       "\xff\xc3(",
                                       "\xc2\x85\xe2\x80\xa8\xe2\x80\xae",
                                       "\"] [evil@1 a=\"b",
                                       "\\\"]"};
    char *huge = malloc(300001);
    memset(huge, ']', 300000);
    huge[300000] = '\0';
    static const char *const forms[] = {"rfc5424", "rfc3164"};
    for (size_t f = 0; f < 2; f++) {
        for (size_t i = 0; i <= sizeof evil / sizeof *evil; i++) {
            const char *s = i < sizeof evil / sizeof *evil ? evil[i] : huge;
            c.params.count = 0;
            syslog_parameters("tcp");
            for (uint32_t p = 3; p < c.params.count; p++) {
                entries[p].value = fir__data_text(fir__cstr(s));
            }
            param_text("framing", "newline");
            param_text("format", forms[f]);
            ck_assert_int_eq(fir__syslog_advance(&env, &c), FIR_CALL_REQUEST);
            fir_str m = c.request.body;
            ck_assert_uint_le(m.len, 8193);
            ck_assert_uint_eq(fir__str_find(m, FIR__S("\n")), m.len - 1);
            m = fir__str_to(m, m.len - 1);
            ck_assert_uint_eq(fir__utf8_valid(m), m.len);
            for (size_t k = 0; k < m.len; k++) {
                ck_assert((unsigned char)m.ptr[k] >= 0x20 && m.ptr[k] != 0x7f);
            }
            ck_assert_uint_eq(fir__str_find(m, FIR__S("\xc2\x85")), SIZE_MAX);
            ck_assert_uint_eq(fir__str_find(m, FIR__S("\xe2\x80")), SIZE_MAX);
        }
    }
    free(huge);
}
END_TEST

START_TEST(long_messages_are_cut_at_a_character)
{
    char text[2001];
    for (size_t i = 0; i < 2000; i += 2) {
        memcpy(text + i, "\xc3\xa9", 2);
    }
    text[2000] = '\0';
    syslog_parameters("udp");
    entries[7].value = fir__data_text(fir__cstr(text));
    for (int64_t most = 480; most < 500; most++) {
        c.params.count = 8;
        param("max_bytes", (fir__data){.type = FIR__DATA_INT, .i = most});
        ck_assert_int_eq(fir__syslog_advance(&env, &c), FIR_CALL_REQUEST);
        ck_assert_uint_le(c.request.body.len, (size_t)most);
        ck_assert_uint_ge(c.request.body.len, (size_t)most - 1);
        ck_assert_uint_eq(fir__utf8_valid(c.request.body), c.request.body.len);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("mail");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_whole_mail);
    tcase_add_test(t, two_forms);
    tcase_add_test(t, security);
    tcase_add_test(t, no_value_makes_a_header);
    tcase_add_test(t, subjects);
    tcase_add_test(t, wrong_addresses);
    tcase_add_test(t, answers);
    tcase_add_test(t, requests);
    tcase_add_test(t, a_request_of_the_first_version);
    tcase_add_test(t, syslog_forms);
    tcase_add_test(t, syslog_without_values);
    tcase_add_test(t, structured_data);
    tcase_add_test(t, no_value_makes_a_second_message);
    tcase_add_test(t, long_messages_are_cut_at_a_character);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
