/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of the built-in transport with malloc itself failing, so also below libcurl: each allocation once, and all from there
 * on. What is told must be true: done means that it arrived once and whole, not sent that nothing arrived. Nothing is left behind
 * in memory, and the same transport takes the next request. */
#include <arpa/inet.h>
#include <falcoir/falcoir.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"
#include "fault/replaced_malloc.h"
#include "support/failing.h"
#include "support/peer.h"
#include "support/smtp.h"
#include "support/vectors.h"
#include "transport/transport.h"

enum { MOST_POINTS = 400, MOST_WAITS = 1000 };
#define BODY "Subject: x\r\n\r\nhello\r\n"

static long total;
static char url[100];

static void die(const char *what, long at, bool on, const char *why, long n)
{
    fprintf(stderr, "%s, allocation %ld failing%s: %s (%ld)\n", what, at, on ? " and all after it" : "", why, n);
    abort();
}

/* ---- a peer that listens to the end, for syslog over TCP ---- */

static pthread_mutex_t heard_lock = PTHREAD_MUTEX_INITIALIZER;
static size_t n_heard; /* messages that came whole */
static int listener;

static void *listen_to_all(void *user)
{
    int fd;
    (void)user;
    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        char text[200];
        size_t n = 0;
        ssize_t got;
        while (n < sizeof text && (got = recv(fd, text + n, sizeof text - n, 0)) > 0) {
            n += (size_t)got;
        }
        pthread_mutex_lock(&heard_lock);
        n_heard += n == sizeof BODY - 1 && memcmp(text, BODY, n) == 0;
        pthread_mutex_unlock(&heard_lock);
        (void)close(fd);
    }
    return NULL;
}

static int listen_somewhere(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof a;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&a, n) != 0 || listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&a, &n) != 0) {
        die("listen", -1, false, "cannot", 0);
    }
    return ntohs(a.sin_port);
}

/* ---- what is swept ---- */

static peer *web;
static smtp *post;

static size_t arrived_by_http(void)
{
    return peer_count(web);
}

static size_t arrived_by_mail(void)
{
    return smtp_taken(post);
}

static size_t arrived_by_stream(void)
{
    pthread_mutex_lock(&heard_lock);
    size_t n = n_heard;
    pthread_mutex_unlock(&heard_lock);
    return n;
}

static fir_http_request http_request(void)
{
    static const fir_http_header headers[] = {{{"Authorization", 13}, {"Bearer k", 8}}, {{"X-A", 3}, {"b", 1}}};
    return (fir_http_request){.size = sizeof(fir_http_request),
                              .method = FIR__S("POST"),
                              .url = fir__cstr(url),
                              .body = FIR__S(BODY),
                              .headers = headers,
                              .n_headers = 2,
                              .timeout_ns = FIR__SECOND};
}

static fir_http_request mail_request(void)
{
    static const fir_str to[] = {{"a@example.org", 13}, {"b@example.org", 13}};
    return (fir_http_request){.size = sizeof(fir_http_request),
                              .url = fir__cstr(url),
                              .body = FIR__S(BODY),
                              .timeout_ns = FIR__SECOND,
                              .flags = FIR_MAIL_PLAIN,
                              .mail_from = FIR__S("f@example.org"),
                              .mail_to = to,
                              .n_mail_to = 2,
                              .user = FIR__S("u"),
                              .password = FIR__S("p")};
}

static fir_http_request stream_request(void)
{
    return (fir_http_request){
        .size = sizeof(fir_http_request), .url = fir__cstr(url), .body = FIR__S(BODY), .timeout_ns = FIR__SECOND};
}

typedef struct swept {
    const char *name;
    fir_http_request (*make)(void);
    size_t (*arrived)(void);
    int32_t status;
} swept;

/* What came of a request: a code of the transport's or of the result. */
typedef struct told {
    int32_t code, status, sent;
} told;

static told send_once(fir_transport *tr, const fir_http_request *rq)
{
    fir_error err = {0};
    fir_http_result r = {0};
    int rc = tr->start(tr->self, rq, &err);
    if (rc != 0) {
        return (told){rc, 0, 0};
    }
    int waits = 0;
    while (tr->next(tr->self, &r) != 0) {
        rc = tr->wait(tr->self, FIR__SECOND / 50, NULL);
        if ((rc != 0 && rc != FIR_ENOMEM && rc != FIR_ETRANSPORT) || waits++ == MOST_WAITS) {
            return (told){FIR_EINTERNAL, rc, waits};
        }
        if (rc != 0) { /* it cannot go on waiting: who asks gives it up */
            tr->cancel(tr->self, rq->id);
            return (told){rc, 0, 1};
        }
    }
    return (told){r.code, r.status, r.sent};
}

static fir_test_memory own; /* of the library's, not of libcurl's, which keeps some when it finds none */

static told run(const swept *t, long at, bool on, long *calls, size_t *arrived)
{
    fir_transport tr;
    fir_http_request rq = t->make();
    told first = {FIR_ENOMEM, 0, 0};
    size_t before = t->arrived();
    *arrived = 0;
    replaced_malloc_arm(at, on);
    int rc = fir__transport_curl(&own.allocator, &tr, NULL);
    if (rc == 0) {
        first = send_once(&tr, &rq);
        *arrived = t->arrived() - before;
        if (!on) { /* and once more, over the same transport */
            told second = send_once(&tr, &rq);
            if (second.code != 0 && first.code != 0) {
                die(t->name, at, on, "it cost more than one request", second.code);
            }
        }
        tr.destroy(tr.self);
    }
    replaced_malloc m = replaced_malloc_end();
    *calls = m.calls;
    if (rc != 0 && rc != FIR_ENOMEM) {
        die(t->name, at, on, "no transport", rc);
    }
    if (atomic_load(&own.live) != 0) {
        die(t->name, at, on, "blocks are left", atomic_load(&own.live));
    }
    return first;
}

static void judge(const swept *t, long at, bool on, told got, size_t arrived)
{
    if (got.code != 0 && got.code != FIR_ENOMEM && got.code != FIR_ETRANSPORT) {
        die(t->name, at, on, "an error that has nothing to do with memory", got.code);
    }
    if (got.code == 0 && (got.status != t->status || arrived == 0)) {
        die(t->name, at, on, "done, and it did not arrive", got.status);
    }
    if (arrived > 1 || (got.sent == 0 && arrived != 0)) {
        die(t->name, at, on, "it arrived twice, or was not sent and arrived", (long)arrived);
    }
}

static void sweep(const swept *t)
{
    long all = 0, calls;
    size_t arrived;
    for (int i = 0; i < 3; i++) {
        told got = run(t, -1, false, &all, &arrived);
        if (got.code != 0 || got.status != t->status || got.sent != 1 || arrived != 1) {
            die(t->name, -1, false, "fails with memory", got.code);
        }
    }
    long step = all / MOST_POINTS + 1;
    for (int on = 0; on < 2; on++) {
        for (long at = 0; at < all; at += step, total++) {
            told got = run(t, at, on != 0, &calls, &arrived);
            judge(t, at, on != 0, got, arrived);
        }
    }
}

int main(void)
{
    static const swept http = {"http", http_request, arrived_by_http, 200}, mail = {"mail", mail_request, arrived_by_mail, 250},
                       stream = {"stream", stream_request, arrived_by_stream, 0};
    pthread_t thread;
    if (!replaced_malloc_works()) {
        printf("malloc cannot be replaced here\n");
        return FIR_TEST_SKIP;
    }
    fir_test_memory_init(&own);
    web = peer_start();
    static const peer_step step = {.headers = "X-Reply: yes\r\n", .body = "fine", .close_after = 1};
    peer_script(web, &step, 1);
    (void)snprintf(url, sizeof url, "%s", peer_url(web, "/hook"));
    sweep(&http);
    peer_stop(web);
    post = smtp_start();
    (void)snprintf(url, sizeof url, "smtp://127.0.0.1:%d", smtp_port(post));
    sweep(&mail);
    smtp_stop(post);
    (void)snprintf(url, sizeof url, "tcp://127.0.0.1:%d", listen_somewhere());
    if (pthread_create(&thread, NULL, listen_to_all, NULL) != 0) {
        die("thread", -1, false, "cannot", 0);
    }
    sweep(&stream);
    (void)shutdown(listener, SHUT_RDWR);
    (void)pthread_join(thread, NULL);
    (void)close(listener);
    printf("%ld runs\n", total);
    return total > 300 ? EXIT_SUCCESS : EXIT_FAILURE; /* a sweep that found nothing to fail proves nothing */
}
