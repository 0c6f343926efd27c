/* SPDX-License-Identifier: Apache-2.0 */
/* The transport behind which libcurl stands: one multi handle, HTTP/1.1, kept-alive connections.
 *
 * HTTP/2 is left out on purpose: it brings nothing for this kind of traffic, and with HTTP/1.1 a connection serves one request
 * at a time, so that what was found out about it when it was made holds for who gets it next. */
#include "transport/transport.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "secret/wipe.h"
#include "transport/transfer.h"

enum {
    KEPT_CONNECTIONS = 64,
    MOST_RESTING = 16, /* handles that wait for another request */
    MOST_STREAMS = 512 /* that are waited for at a time */
};

typedef fir__transfer transfer;

typedef struct carrier {
    fir_allocator allocator, wiping;
    CURLM *multi;
    transfer *active;
    transfer *finished, **finished_end;
    transfer *given;   /* the one whose result next gave last */
    transfer *resting; /* the one that was used last comes first */
    fir__sbuf purpose; /* of the request that begins */
    bool changed;      /* libcurl has not looked at all there is since the last wait */
    struct curl_waitfd fds[MOST_STREAMS];
    unsigned n_fds;
} carrier;

/* ---- SIGPIPE: OpenSSL may write to a socket that the peer has closed; the host's disposition is not ours to change ---- */

typedef struct quiet {
    sigset_t before;
    bool was_pending;
} quiet;

static bool is_pending(void)
{
    sigset_t pending;
    (void)sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

static bool was_blocked(const quiet *q)
{
    return sigismember(&q->before, SIGPIPE) == 1;
}

static void quiet_begin(quiet *q)
{
    sigset_t pipe;
    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipe, &q->before);
    q->was_pending = was_blocked(q) && is_pending(); /* what is not blocked does not stay pending */
}

static void quiet_end(const quiet *q)
{
    sigset_t pipe;
    const struct timespec now = {0, 0};
    if (!q->was_pending && is_pending()) {
        (void)sigemptyset(&pipe);
        (void)sigaddset(&pipe, SIGPIPE);
        (void)sigtimedwait(&pipe, NULL, &now);
    }
    if (!was_blocked(q)) {
        (void)pthread_sigmask(SIG_SETMASK, &q->before, NULL);
    }
}

/* ---- beginning one ---- */

/* One that served the same purpose before, or a new one. NULL: no memory. */
static transfer *take_transfer(carrier *c, fir_str purpose)
{
    for (transfer **at = &c->resting; purpose.len != 0 && *at != NULL; at = &(*at)->next) {
        transfer *t = *at;
        if (fir__str_eq(fir__sbuf_view(&t->purpose), purpose)) {
            *at = t->next;
            return t;
        }
    }
    return fir__transfer_new(&c->wiping, purpose);
}

static void free_list(const carrier *c, transfer *t)
{
    while (t != NULL) {
        transfer *rest = t->next;
        fir__transfer_free(&c->wiping, t);
        t = rest;
    }
}

/* Behind its result. Of the resting ones the longest unused go. */
static void leave_transfer(carrier *c, transfer *t)
{
    if (t == NULL || !fir__transfer_rest(t)) {
        fir__transfer_free(&c->wiping, t);
        return;
    }
    t->next = c->resting;
    c->resting = t;
    for (int n = 1; t != NULL; t = t->next, n++) {
        if (n == MOST_RESTING) {
            free_list(c, t->next);
            t->next = NULL;
        }
    }
}

static int start(void *self, const fir_http_request *given, fir_error *err)
{
    carrier *c = self;
    fir_http_request copy;
    const fir_http_request *rq = &copy;
    int rc = fir__request_check(given, err);
    if (rc != 0) {
        return rc;
    }
    (void)fir__request_read(given, &copy);
    fir__transfer_purpose(rq, &c->purpose);
    transfer *t = c->purpose.status == 0 ? take_transfer(c, fir__sbuf_view(&c->purpose)) : NULL;
    if (t == NULL) {
        return fir__no_memory(err);
    }
    rc = fir__transfer_begin(t, rq, err);
    if (rc == 0 && curl_multi_add_handle(c->multi, t->easy) != CURLM_OK) {
        rc = fir__no_memory(err);
    }
    if (rc != 0) {
        fir__transfer_free(&c->wiping, t);
        return rc;
    }
    c->changed = true;
    t->next = c->active;
    c->active = t;
    return 0;
}

/* ---- ending one ---- */

/* What libcurl's results mean here; all others are FIR_ETRANSPORT. */
static const struct {
    CURLcode curl;
    int32_t code;
} meanings[] = {
    {CURLE_OPERATION_TIMEDOUT, FIR_ETIMEOUT}, {CURLE_OUT_OF_MEMORY, FIR_ENOMEM},    {CURLE_PEER_FAILED_VERIFICATION, FIR_EDENIED},
    {CURLE_SSL_CACERT_BADFILE, FIR_EDENIED},  {CURLE_SSL_CERTPROBLEM, FIR_EDENIED}, {CURLE_SSL_ISSUER_ERROR, FIR_EDENIED},
    {CURLE_URL_MALFORMAT, FIR_ENOMEM}, /* we have read it before: libcurl could not make its copy */
    {CURLE_FILESIZE_EXCEEDED, FIR_ELIMIT},
};

int32_t fir__curl_meaning(CURLcode rc)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (meanings[i].curl == rc) {
            return meanings[i].code;
        }
    }
    return FIR_ETRANSPORT;
}

void fir__result_message(fir_http_result *r, int32_t code, const char *text)
{
    r->code = code;
    (void)snprintf(r->message, sizeof r->message, "%s", text);
}

void fir__transfer_failed(transfer *t, CURLcode rc)
{
    if (t->own_code != 0) {
        fir__result_message(&t->result, t->own_code, t->own_message);
    } else {
        fir__result_message(&t->result, fir__curl_meaning(rc),
                            t->curl_message[0] != '\0' ? t->curl_message : curl_easy_strerror(rc));
    }
}

static void fill_http(transfer *t, CURLcode rc)
{
    fir_http_result *r = &t->result;
    long status = 0;
    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    if (rc != CURLE_OK) {
        fir__transfer_failed(t, rc);
    } else if (!t->head_done || status < 200 || status > 999) {
        fir__result_message(r, FIR_ETRANSPORT, "the answer ended inside its head");
    } else {
        r->status = (int32_t)status;
        r->body = fir__sbuf_view(&t->body);
        r->headers = t->headers;
        r->n_headers = t->n_headers;
    }
    for (size_t i = 0; i < t->n_headers; i++) {
        const fir__span *s = &t->spans[i];
        t->headers[i] = (fir_http_header){{t->head.ptr + s->name, s->name_len}, {t->head.ptr + s->value, s->value_len}};
    }
}

/* libcurl is done with it. False: the connection stands, and stream.c goes on. */
static bool fill_result(transfer *t, CURLcode rc)
{
    t->result = (fir_http_result){.size = sizeof t->result, .id = t->id, .sent = t->sent};
    if (t->carriage == FIR__BY_HTTP) {
        fill_http(t, rc);
    } else if (t->carriage == FIR__BY_MAIL) {
        fir__mail_result(t, rc);
    } else if (rc == CURLE_OK) {
        fir__stream_begin(t);
        return false;
    } else {
        fir__transfer_failed(t, rc);
    }
    return true;
}

static void finish(carrier *c, transfer *t)
{
    transfer **at = &c->active;
    while (*at != t) {
        at = &(*at)->next;
    }
    *at = t->next;
    t->next = NULL;
    (void)curl_multi_remove_handle(c->multi, t->easy);
    *c->finished_end = t;
    c->finished_end = &t->next;
}

static void collect(carrier *c)
{
    const CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(c->multi, &left)) != NULL) {
        char *private = NULL;
        if (m->msg == CURLMSG_DONE && curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &private) == CURLE_OK) {
            transfer *t = (transfer *)(void *)private;
            if (fill_result(t, m->data.result)) {
                finish(c, t);
            }
        }
    }
}

/* Takes all streams on. *wait_ns: at most until the first of their deadlines. */
static void step_streams(carrier *c, int64_t *wait_ns)
{
    int64_t now = fir__stream_now();
    c->n_fds = 0;
    for (transfer *t = c->active, *rest; t != NULL; t = rest) {
        rest = t->next;
        if (!t->stream.open) {
            continue;
        }
        if (fir__stream_step(t, now)) {
            finish(c, t);
            continue;
        }
        int64_t left = t->stream.deadline_ns - now;
        left = c->n_fds < MOST_STREAMS || left < FIR__SECOND / 10 ? left : FIR__SECOND / 10;
        *wait_ns = left < *wait_ns ? left : *wait_ns;
        if (c->n_fds < MOST_STREAMS) {
            c->fds[c->n_fds++] = (struct curl_waitfd){.fd = t->stream.fd,
                                                      .events = t->stream.events == POLLOUT ? CURL_WAIT_POLLOUT : CURL_WAIT_POLLIN};
        }
    }
}

static CURLMcode perform(carrier *c)
{
    int running;
    CURLMcode rc = curl_multi_perform(c->multi, &running);
    c->changed = false;
    collect(c);
    return rc;
}

/* Where nothing was begun or cancelled since the last time, libcurl has nothing to do before the sockets have. */
static int run(carrier *c, int64_t wait_ns)
{
    CURLMcode rc = c->changed || wait_ns <= 0 ? perform(c) : CURLM_OK;
    step_streams(c, &wait_ns);
    if (rc == CURLM_OK && c->finished == NULL && wait_ns > 0) {
        int64_t ms = wait_ns / 1000000 + (wait_ns % 1000000 != 0);
        rc = curl_multi_poll(c->multi, c->fds, c->n_fds, ms > INT_MAX ? INT_MAX : (int)ms, NULL);
        rc = rc != CURLM_OK ? rc : perform(c);
        step_streams(c, &wait_ns);
    }
    return rc == CURLM_OK ? 0 : rc == CURLM_OUT_OF_MEMORY ? FIR_ENOMEM : FIR_ETRANSPORT;
}

static int wait(void *self, int64_t wait_ns, fir_error *err)
{
    quiet q;
    quiet_begin(&q);
    int rc = run(self, wait_ns);
    quiet_end(&q);
    return rc == 0 ? 0 : fir__fail(err, rc, "libcurl cannot go on with its transfers");
}

static int next(void *self, fir_http_result *out)
{
    carrier *c = self;
    leave_transfer(c, c->given);
    c->given = c->finished;
    if (c->given == NULL) {
        return FIR_ENOTFOUND;
    }
    c->finished = c->given->next;
    if (c->finished == NULL) {
        c->finished_end = &c->finished;
    }
    *out = c->given->result;
    return 0;
}

static int wake(void *self)
{
    carrier *c = self;
    return curl_multi_wakeup(c->multi) == CURLM_OK ? 0 : FIR_ETRANSPORT;
}

static void cancel(void *self, uint64_t id)
{
    carrier *c = self;
    for (transfer *t = c->active; t != NULL; t = t->next) {
        if (t->id == id) {
            t->result = (fir_http_result){.size = sizeof t->result, .id = id, .sent = t->sent};
            fir__result_message(&t->result, FIR_ECANCELLED, "cancelled");
            quiet q;
            quiet_begin(&q);
            finish(c, t);
            quiet_end(&q);
            c->changed = true;
            return;
        }
    }
}

static void destroy(void *self)
{
    carrier *c = self;
    quiet q;
    quiet_begin(&q);
    for (transfer *t = c->active; t != NULL; t = t->next) {
        (void)curl_multi_remove_handle(c->multi, t->easy);
    }
    free_list(c, c->active);
    free_list(c, c->finished);
    free_list(c, c->given);
    free_list(c, c->resting);
    fir__sbuf_free(&c->purpose);
    (void)curl_multi_cleanup(c->multi);
    quiet_end(&q);
    fir_allocator a = c->allocator;
    fir__free(&a, c);
}

/* ---- making the transport ---- */

/* libcurl wants one initialisation a process; it is never undone, since the host may use libcurl too. */
static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static CURLcode global_result = CURLE_FAILED_INIT;

static void global_init(void)
{
    global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

int fir__transport_curl(const fir_allocator *a, fir_transport *out, fir_error *err)
{
    (void)pthread_once(&global_once, global_init);
    const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
    if (global_result != CURLE_OK || v == NULL || v->version_num < 0x075500) {
        return fir__fail(err, FIR_EUNSUPPORTED, "libcurl does not start, or is older than 7.85");
    }
    carrier *c = fir__zalloc(a, sizeof *c);
    if (c == NULL) {
        return fir__no_memory(err);
    }
    c->allocator = *a;
    fir__wipe_allocator(&c->allocator, &c->wiping);
    fir__sbuf_init(&c->purpose, &c->wiping, 0);
    c->finished_end = &c->finished;
    c->multi = curl_multi_init();
    if (c->multi == NULL) {
        fir__free(a, c);
        return fir__no_memory(err);
    }
    (void)curl_multi_setopt(c->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    (void)curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
    *out = (fir_transport){sizeof *out, c, start, wait, next, wake, cancel, destroy};
    return 0;
}
