/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in transport against a peer with a ledger. */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "support/peer.h"
#include "support/suite.h"
#include "transport/transport.h"

static fir_transport tr;
static peer *pe;

static void setup(void)
{
    pe = peer_start();
    ck_assert_int_eq(fir__transport_curl(&fir__default_allocator, &tr, NULL), 0);
}

static void teardown(void)
{
    tr.destroy(tr.self);
    peer_stop(pe);
}

static double seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static fir_http_request request(const char *url)
{
    return (fir_http_request){.size = sizeof(fir_http_request),
                              .id = 7,
                              .method = FIR__S("POST"),
                              .url = fir__cstr(url),
                              .body = FIR__S("{\"a\":1}"),
                              .timeout_ns = 5 * FIR__SECOND,
                              .max_response = 1000};
}

/* Waits for the next result; it stays valid until the next call. */
static fir_http_result result(void)
{
    fir_http_result r;
    double end = seconds() + 20;
    while (tr.next(tr.self, &r) != 0) {
        ck_assert(seconds() < end);
        ck_assert_int_eq(tr.wait(tr.self, FIR__SECOND, NULL), 0);
    }
    return r;
}

static fir_http_result exchange(const fir_http_request *rq)
{
    fir_error err = {0};
    ck_assert_msg(tr.start(tr.self, rq, &err) == 0, "%s", err.message);
    return result();
}

static fir_http_result scripted(peer_step step)
{
    peer_script(pe, &step, 1);
    fir_http_request rq = request(peer_url(pe, "/hook"));
    return exchange(&rq);
}

START_TEST(request_and_answer)
{
    const fir_http_header headers[] = {{FIR__S("Content-Type"), FIR__S("application/json")},
                                       {FIR__S("X-Empty"), FIR__S("")},
                                       {FIR__S("Authorization"), FIR__S("Bearer k")}};
    static const peer_step step = {.status = 201, .headers = "X-Reply:  spaced \r\nRetry-After: 3\r\n", .body = "hello"};
    peer_script(pe, &step, 1);
    fir_http_request rq = request(peer_url(pe, "/hook?x=%20y#frag"));
    rq.headers = headers;
    rq.n_headers = 3;
    fir_http_result r = exchange(&rq);
    ck_assert_msg(r.code == 0, "%s", r.message);
    ck_assert_uint_eq(r.id, 7);
    ck_assert_int_eq(r.status, 201);
    ck_assert_int_eq(r.sent, 1);
    ck_assert(fir__str_eq(r.body, FIR__S("hello")));
    ck_assert_uint_eq(r.n_headers, 3);
    ck_assert(fir__str_eq(r.headers[0].name, FIR__S("X-Reply")) && fir__str_eq(r.headers[0].value, FIR__S("spaced")));
    const peer_request *q = peer_at(pe, 0);
    ck_assert_str_eq(q->method, "POST");
    ck_assert_str_eq(q->target, "/hook?x=%20y");
    ck_assert_str_eq(q->body, "{\"a\":1}");
    char want[300];
    (void)snprintf(want, sizeof want,
                   "Host: 127.0.0.1:%d\r\nContent-Type: application/json\r\nX-Empty:\r\nAuthorization: Bearer k\r\nContent-Length: "
                   "7\r\n",
                   peer_port(pe));
    ck_assert_str_eq(q->head, want);
    ck_assert_ptr_null(peer_violation(pe));
}
END_TEST

START_TEST(methods)
{
    static const char *const c[] = {"GET", "HEAD", "DELETE", "PUT", "PATCH", "PURGE"};
    for (size_t i = 0; i < 6; i++) {
        fir_http_request rq = request(peer_url(pe, "/"));
        rq.method = fir__cstr(c[i]);
        rq.body = FIR__S("");
        ck_assert_int_eq(exchange(&rq).status, 200);
        ck_assert_str_eq(peer_at(pe, i)->method, c[i]);
        ck_assert_uint_eq(peer_at(pe, i)->body_len, 0);
    }
    fir_http_request rq = request(peer_url(pe, "/"));
    rq.method = FIR__S("DELETE");
    ck_assert_int_eq(exchange(&rq).status, 200);
    ck_assert_str_eq(peer_at(pe, 6)->body, "{\"a\":1}");
    ck_assert_ptr_null(peer_violation(pe));
    ck_assert_int_eq(peer_connections(pe), 1); /* all of them over one */
}
END_TEST

/* Path and query, byte for byte, over one handle: each request has its own, and none of the one before. */
START_TEST(targets_arrive_as_written)
{
    static const char *const c[][2] = {{"/a/b?x=1&y=%2f%2F", "/a/b?x=1&y=%2f%2F"},
                                       {"", "/"},
                                       {"?q=1", "/?q=1"},
                                       {"/", "/"},
                                       {"#f", "/"},
                                       {"//c/%2Fd;e=1/?a?b", "//c/%2Fd;e=1/?a?b"},
                                       {"/p?", "/p?"},
                                       {"?#f", "/?"},
                                       {"/p", "/p"},
                                       {"/p?a#b?c", "/p?a"},
                                       {"/'\"<>^`{|}", "/'\"<>^`{|}"},
                                       {"/a@b:1", "/a@b:1"},
                                       {"?a@b:1/", "/?a@b:1/"}};
    char url[100], host[40];
    (void)snprintf(host, sizeof host, "127.0.0.1:%d", peer_port(pe));
    for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
        (void)snprintf(url, sizeof url, "http://%s%s", host, c[i][0]);
        fir_http_request rq = request(url);
        fir_http_result r = exchange(&rq);
        ck_assert_msg(r.code == 0, "%s: %s", url, r.message);
        ck_assert_str_eq(peer_at(pe, i)->target, c[i][1]);
        char *named = peer_header(peer_at(pe, i), "Host");
        ck_assert_str_eq(named, host);
        free(named);
    }
    ck_assert_ptr_null(peer_violation(pe));
    ck_assert_int_eq(peer_connections(pe), 1);
}
END_TEST

/* A handle that served one request serves the next to the same place: nothing of the first may be in it. */
START_TEST(nothing_stays_for_the_next_request)
{
    static const peer_step steps[] = {{.headers = "X-First: 1\r\n", .body = "one"}, {.fill = 500}, {.reset = 2}, {.body = "two"}};
    const fir_http_header headers[] = {{FIR__S("Content-Type"), FIR__S("text/plain")},
                                       {FIR__S("Authorization"), FIR__S("Bearer k")}};
    char want[80];
    peer_script(pe, steps, 4);
    fir_http_request first = request(peer_url(pe, "/secret")), rest = first;
    first.headers = headers;
    first.n_headers = 2;
    first.max_response = 3;
    ck_assert_int_eq(exchange(&first).code, 0);
    rest.url = fir__cstr(peer_url(pe, "/"));
    rest.method = FIR__S("GET");
    rest.body = FIR__S("");
    fir_http_result r = exchange(&rest);
    ck_assert_msg(r.code == 0, "%s", r.message);
    ck_assert_uint_eq(r.body.len, 500);
    for (size_t i = 0; i < r.n_headers; i++) {
        ck_assert(!fir__str_eq(r.headers[i].name, FIR__S("X-First")));
    }
    (void)snprintf(want, sizeof want, "Host: 127.0.0.1:%d\r\n", peer_port(pe));
    ck_assert_str_eq(peer_at(pe, 1)->head, want);
    ck_assert_str_eq(peer_at(pe, 1)->target, "/");
    ck_assert_uint_eq(peer_at(pe, 1)->body_len, 0);
    ck_assert_int_eq(exchange(&rest).code, FIR_ETRANSPORT);
    r = exchange(&rest); /* and what went wrong does not stay either */
    ck_assert_msg(r.code == 0 && r.message[0] == '\0', "%s", r.message);
    ck_assert(fir__str_eq(r.body, FIR__S("two")));
    ck_assert_ptr_null(peer_violation(pe));
}
END_TEST

START_TEST(body_with_nul_arrives_whole)
{
    fir_http_request rq = request(peer_url(pe, "/"));
    rq.body = fir__str("a\0b", 3);
    ck_assert_int_eq(exchange(&rq).status, 200);
    ck_assert_uint_eq(peer_at(pe, 0)->body_len, 3);
    ck_assert_int_eq(memcmp(peer_at(pe, 0)->body, "a\0b", 3), 0);
}
END_TEST

START_TEST(redirects_are_not_followed)
{
    char headers[200];
    (void)snprintf(headers, sizeof headers, "Location: %s\r\n", peer_url(pe, "/elsewhere"));
    fir_http_result r = scripted((peer_step){.status = 302, .headers = headers});
    ck_assert_int_eq(r.code, 0);
    ck_assert_int_eq(r.status, 302);
    ck_assert_uint_eq(peer_count(pe), 1);
}
END_TEST

START_TEST(answers_that_break_off)
{
    static const char *const cut[] = {
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
        "HTTP/1.1 204 No Content\r\nX: y\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "garbage\r\n\r\n",
        "\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) {
        fir_http_result r = scripted((peer_step){.raw = cut[i]});
        ck_assert_msg(r.code == FIR_ETRANSPORT, "%s: %d %s", cut[i], r.code, r.message);
        ck_assert_int_eq(r.status, 0);
        ck_assert_int_eq(r.sent, 1);
        ck_assert_str_ne(r.message, "");
    }
}
END_TEST

START_TEST(answers_behind_a_1xx_or_with_trailers)
{
    fir_http_result r = scripted((peer_step){.raw = "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nX: 1\r\n"
                                                    "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Trailer: t\r\n\r\n"});
    ck_assert_msg(r.code == 0, "%s", r.message);
    ck_assert_int_eq(r.status, 200);
    ck_assert(fir__str_eq(r.body, FIR__S("ok")));
    ck_assert_uint_eq(r.n_headers, 2);
}
END_TEST

START_TEST(answers_are_bounded)
{
    ck_assert_int_eq(scripted((peer_step){.fill = 1000}).code, 0);
    fir_http_result r = scripted((peer_step){.fill = 1001});
    ck_assert_int_eq(r.code, FIR_ELIMIT);
    ck_assert_int_eq(r.status, 0);
    ck_assert_int_eq(scripted((peer_step){.fill = 3000000}).code, FIR_ELIMIT);
    static char raws[3][200000]; /* the peer may still be sending the one before */
    char *raw = raws[0], *p = raw;
    p += sprintf(p, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 129; i++) {
        p += sprintf(p, "X-%d: y\r\n", i);
    }
    (void)sprintf(p, "\r\n");
    ck_assert_int_eq(scripted((peer_step){.raw = raw}).code, FIR_ELIMIT);
    raw = raws[1];
    p = raw;
    for (int i = 0; i < 3000; i++) {
        p += sprintf(p, "HTTP/1.1 102 Processing\r\n\r\n"); /* 1xx without end */
    }
    (void)sprintf(p, "HTTP/1.1 200 OK\r\n\r\n");
    ck_assert_int_eq(scripted((peer_step){.raw = raw}).code, FIR_ELIMIT);
    raw = raws[2];
    p = raw + sprintf(raw, "HTTP/1.1 200 OK\r\nX: ");
    memset(p, 'v', 70000);
    (void)sprintf(p + 70000, "\r\n\r\n");
    ck_assert_int_eq(scripted((peer_step){.raw = raw}).code, FIR_ELIMIT);
}
END_TEST

START_TEST(compressed_bodies_stay_as_they_are)
{
    fir_http_result r = scripted((peer_step){.headers = "Content-Encoding: gzip\r\n", .body = "not gzip"});
    ck_assert_int_eq(r.code, 0);
    ck_assert(fir__str_eq(r.body, FIR__S("not gzip")));
    ck_assert_ptr_null(peer_header(peer_at(pe, 0), "Accept-Encoding"));
}
END_TEST

START_TEST(time_is_bounded)
{
    static const peer_step slow[] = {{.delay_ms = 10000}, {.drip_ms = 100, .body = "0123456789"}};
    for (size_t i = 0; i < 2; i++) {
        peer_script(pe, &slow[i], 1);
        fir_http_request rq = request(peer_url(pe, "/"));
        rq.timeout_ns = FIR__SECOND * 3 / 10;
        double from = seconds();
        fir_http_result r = exchange(&rq);
        ck_assert_int_eq(r.code, FIR_ETIMEOUT);
        ck_assert_int_eq(r.sent, 1);
        ck_assert(seconds() - from < 2.5);
    }
}
END_TEST

START_TEST(wait_is_bounded)
{
    double from = seconds();
    ck_assert_int_eq(tr.wait(tr.self, FIR__SECOND / 10, NULL), 0);
    ck_assert(seconds() - from >= 0.09 && seconds() - from < 1.0);
    from = seconds();
    ck_assert_int_eq(tr.wait(tr.self, 0, NULL), 0);
    ck_assert(seconds() - from < 0.05);
}
END_TEST

static void *wake_soon(void *arg)
{
    (void)arg;
    (void)usleep(50000);
    (void)tr.wake(tr.self);
    return NULL;
}

START_TEST(wake_ends_a_wait)
{
    pthread_t t;
    double from = seconds();
    ck_assert_int_eq(pthread_create(&t, NULL, wake_soon, NULL), 0);
    ck_assert_int_eq(tr.wait(tr.self, 10 * FIR__SECOND, NULL), 0);
    ck_assert(seconds() - from < 5);
    pthread_join(t, NULL);
}
END_TEST

START_TEST(nothing_sent_when_nobody_listens)
{
    int port = peer_port(pe);
    peer_stop(pe);
    char url[60];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
    fir_http_request rq = request(url);
    fir_http_result r = exchange(&rq);
    ck_assert_int_eq(r.code, FIR_ETRANSPORT);
    ck_assert_int_eq(r.sent, 0);
    pe = peer_start();
}
END_TEST

START_TEST(reset_counts_as_sent)
{
    ck_assert_int_eq(scripted((peer_step){.reset = 1}).sent, 1);
    ck_assert_int_eq(scripted((peer_step){.reset = 2}).code, FIR_ETRANSPORT);
}
END_TEST

/* libcurl would send a request again by itself when a kept connection dies; the peer may have acted on it already. */
START_TEST(a_dead_kept_connection_is_not_tried_again)
{
    static const peer_step steps[] = {{.body = "ok"}, {.reset = 2}, {.body = "ok"}};
    peer_script(pe, steps, 3);
    fir_http_request rq = request(peer_url(pe, "/"));
    ck_assert_int_eq(exchange(&rq).code, 0);
    fir_http_result r = exchange(&rq);
    ck_assert_int_eq(r.code, FIR_ETRANSPORT);
    ck_assert_int_eq(r.sent, 1);
    ck_assert_uint_eq(peer_count(pe), 2);
    ck_assert_int_eq(exchange(&rq).code, 0);
    ck_assert_uint_eq(peer_count(pe), 3);
}
END_TEST

START_TEST(many_at_once)
{
    static const peer_step step = {.delay_ms = 50, .body = "ok"};
    peer_script(pe, &step, 1);
    bool seen[40] = {false};
    for (uint64_t i = 0; i < 40; i++) {
        fir_http_request rq = request(peer_url(pe, "/"));
        rq.id = i;
        ck_assert_int_eq(tr.start(tr.self, &rq, NULL), 0);
    }
    for (int i = 0; i < 40; i++) {
        fir_http_result r = result();
        ck_assert_int_eq(r.code, 0);
        ck_assert(!seen[r.id]);
        seen[r.id] = true;
    }
    ck_assert_uint_eq(peer_count(pe), 40);
}
END_TEST

START_TEST(cancelled)
{
    static const peer_step step = {.delay_ms = 5000};
    peer_script(pe, &step, 1);
    fir_http_request rq = request(peer_url(pe, "/"));
    ck_assert_int_eq(tr.start(tr.self, &rq, NULL), 0);
    for (int i = 0; i < 200 && peer_count(pe) == 0; i++) {
        ck_assert_int_eq(tr.wait(tr.self, FIR__SECOND / 100, NULL), 0);
    }
    tr.cancel(tr.self, 8); /* no such one */
    tr.cancel(tr.self, 7);
    fir_http_result r = result();
    ck_assert_int_eq(r.code, FIR_ECANCELLED);
    ck_assert_int_eq(r.sent, 1);
    ck_assert_int_eq(tr.start(tr.self, &rq, NULL), 0); /* and one that is still running at the end */
    ck_assert_int_eq(tr.wait(tr.self, 0, NULL), 0);
}
END_TEST

/* Ways to spell the loopback or another forbidden address; ~ is the port. Nothing may arrive. */
static const struct {
    const char *url;
    uint32_t flags;
} forbidden[] = {
    {"http://2130706433:~/", 7},
    {"http://0x7f000001:~/", 7},
    {"http://0x7f.0.0.1:~/", 7},
    {"http://017700000001:~/", 7},
    {"http://0177.0.0.1:~/", 7},
    {"http://127.1:~/", 7},
    {"http://127.0.1:~/", 7},
    {"http://127.0.0.1.:~/", 7},
    {"http://%31%32%37.0.0.1:~/", 7},
    {"http://[::ffff:7f00:1]:~/", 7},
    {"http://[0:0:0:0:0:ffff:127.0.0.1]:~/", 7},
    {"http://[::ffff:127.0.0.1]:~/", FIR_HTTP_INSECURE},
    {"http://[::127.0.0.1]:~/", FIR_HTTP_INSECURE},
    {"http://[64:ff9b::7f00:1]:~/", FIR_HTTP_INSECURE},
    {"http://[2002:7f00:1::]:~/", FIR_HTTP_INSECURE},
    {"http://0.0.0.0:~/", 7},
    {"http://0:~/", 7},
    {"http://[::]:~/", 7},
    {"http://localhost.:~/", FIR_HTTP_INSECURE},
    {"http://ip6-localhost:~/", FIR_HTTP_INSECURE},
    {"http://10.0.0.1:~/", FIR_HTTP_INSECURE},
    {"http://169.254.169.254:~/", FIR_HTTP_INSECURE | FIR_HTTP_INTERNAL},
    {"http://[fe80::1]:~/", FIR_HTTP_INSECURE | FIR_HTTP_INTERNAL},
    {"http://[fe80::1%25lo]:~/", 7},
    {"http://8.8.8.8:~/", 0},
    {"http://example.com:~/", FIR_HTTP_INTERNAL},
    {"http://127.0.0.1:~\\@example.com/", 7},
    {"http:/127.0.0.1:~/", 7},
    {"ftp://127.0.0.1:~/", 7},
    {"file:///etc/passwd?~", 7},
};

START_TEST(forbidden_hosts)
{
    char url[200];
    const char *form = forbidden[_i].url, *port = strchr(form, '~');
    (void)snprintf(url, sizeof url, "%.*s%d%s", (int)(port - form), form, peer_port(pe), port + 1);
    fir_http_request rq = request(url);
    rq.flags = forbidden[_i].flags;
    fir_error err = {0};
    int rc = tr.start(tr.self, &rq, &err);
    if (rc == 0) {
        fir_http_result r = result();
        bool unknown = strstr(r.message, "resolve host") != NULL; /* names depend on the machine's table of hosts */
        ck_assert_msg(r.code == FIR_EDENIED || unknown, "%s: %d %s", url, r.code, r.message);
        ck_assert_int_eq(r.sent, 0);
    } else {
        ck_assert_msg(rc == FIR_EDENIED, "%s: %d %s", url, rc, err.message);
    }
    ck_assert_int_eq(peer_connections(pe), 0);
}
END_TEST

/* A connection that one request was allowed to open does not serve another that was not. */
START_TEST(kept_connections_are_judged_again)
{
    char url[100];
    (void)snprintf(url, sizeof url, "http://[::ffff:127.0.0.1]:%d/", peer_port(pe));
    fir_http_request rq = request(url);
    rq.flags = FIR_HTTP_INSECURE | FIR_HTTP_INTERNAL;
    fir_error err = {0};
    fir_http_result r = exchange(&rq);
    ck_assert_msg(r.code == 0, "%s", r.message);
    ck_assert_int_eq(tr.next(tr.self, &r), FIR_ENOTFOUND); /* now its handle is at rest */
    rq.flags = FIR_HTTP_INTERNAL;
    ck_assert_int_eq(tr.start(tr.self, &rq, &err), FIR_EDENIED); /* the host is known to the handle, what is allowed is not */
    rq.flags = FIR_HTTP_INSECURE | FIR_HTTP_INTERNAL;
    r = exchange(&rq);
    ck_assert_msg(r.code == 0, "%s", r.message);
    rq.flags = FIR_HTTP_INSECURE;
    r = exchange(&rq);
    ck_assert_int_eq(r.code, FIR_EDENIED);
    ck_assert_int_eq(r.sent, 0);
    ck_assert_uint_eq(peer_count(pe), 2);
}
END_TEST

START_TEST(environment_has_no_say)
{
    ck_assert_int_eq(setenv("http_proxy", "http://127.0.0.1:1/", 1), 0);
    ck_assert_int_eq(setenv("ALL_PROXY", "http://127.0.0.1:1/", 1), 0);
    ck_assert_int_eq(scripted((peer_step){.body = "ok"}).code, 0);
}
END_TEST

START_TEST(user_in_the_url_becomes_basic)
{
    char url[100];
    (void)snprintf(url, sizeof url, "http://u:p@127.0.0.1:%d/", peer_port(pe));
    fir_http_request rq = request(url);
    ck_assert_int_eq(exchange(&rq).code, 0);
    char *h = peer_header(peer_at(pe, 0), "Authorization");
    ck_assert_str_eq(h, "Basic dTpw");
    free(h);
}
END_TEST

/* ---- memory ---- */

static size_t allowed, live;

static void *count_alloc(void *self, size_t n)
{
    (void)self;
    if (allowed == 0) {
        return NULL;
    }
    allowed--;
    live++;
    return malloc(n);
}

static void *count_resize(void *self, void *p, size_t n)
{
    if (p == NULL) {
        return count_alloc(self, n);
    }
    if (allowed == 0) {
        return NULL;
    }
    allowed--;
    return realloc(p, n);
}

static void count_release(void *self, void *p)
{
    (void)self;
    if (p != NULL) {
        live--;
        free(p);
    }
}

START_TEST(every_allocation_may_fail)
{
    const fir_allocator a = {sizeof a, NULL, count_alloc, count_resize, count_release};
    static const peer_step step = {.headers = "X: y\r\n", .body = "ok"};
    peer_script(pe, &step, 1);
    fir_http_header h = {FIR__S("X"), FIR__S("y")};
    fir_http_request rq = request(peer_url(pe, "/"));
    rq.headers = &h;
    rq.n_headers = 1;
    bool done = false;
    for (size_t n = 0; !done; n++) {
        ck_assert_uint_lt(n, 200);
        allowed = n;
        fir_transport t;
        int rc = fir__transport_curl(&a, &t, NULL);
        if (rc == 0) {
            rc = t.start(t.self, &rq, NULL);
            fir_http_result r;
            for (int i = 0; rc == 0 && i < 2000; i++) {
                ck_assert_int_eq(t.wait(t.self, FIR__SECOND / 100, NULL), 0);
                if (t.next(t.self, &r) == 0) {
                    rc = r.code;
                    done = r.code == 0;
                    break;
                }
            }
            t.destroy(t.self);
        }
        ck_assert_int_eq(rc, done ? 0 : FIR_ENOMEM);
        ck_assert_uint_eq(live, 0);
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("transport");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, request_and_answer);
    tcase_add_test(t, methods);
    tcase_add_test(t, targets_arrive_as_written);
    tcase_add_test(t, nothing_stays_for_the_next_request);
    tcase_add_test(t, body_with_nul_arrives_whole);
    tcase_add_test(t, redirects_are_not_followed);
    tcase_add_test(t, answers_that_break_off);
    tcase_add_test(t, answers_behind_a_1xx_or_with_trailers);
    tcase_add_test(t, answers_are_bounded);
    tcase_add_test(t, compressed_bodies_stay_as_they_are);
    tcase_add_test(t, time_is_bounded);
    tcase_add_test(t, wait_is_bounded);
    tcase_add_test(t, wake_ends_a_wait);
    tcase_add_test(t, nothing_sent_when_nobody_listens);
    tcase_add_test(t, reset_counts_as_sent);
    tcase_add_test(t, a_dead_kept_connection_is_not_tried_again);
    tcase_add_test(t, many_at_once);
    tcase_add_test(t, cancelled);
    tcase_add_loop_test(t, forbidden_hosts, 0, (int)(sizeof forbidden / sizeof forbidden[0]));
    tcase_add_test(t, kept_connections_are_judged_again);
    tcase_add_test(t, environment_has_no_say);
    tcase_add_test(t, user_in_the_url_becomes_basic);
    tcase_add_test(t, every_allocation_may_fail);
    Suite *s = suite_create("transport");
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
