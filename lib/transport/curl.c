/* SPDX-License-Identifier: Apache-2.0 */
/* The transport behind which libcurl stands: one multi handle, HTTP/1.1, kept-alive connections.
 *
 * HTTP/2 is left out on purpose: it brings nothing for this kind of traffic, and with HTTP/1.1 a connection serves one request
 * at a time, so that what was found out about it when it was made holds for who gets it next. */
#include "transport/transport.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "secret/wipe.h"
#include "transport/certificate.h"
#include "transport/transfer.h"

enum {
    MAX_ANSWER_HEAD = 64 * 1024, /* all heads of one answer, the 1xx ones too */
    DEFAULT_MAX_RESPONSE = 1024 * 1024,
    CONNECT_TIMEOUT_MS = 5000,
    KEPT_CONNECTIONS = 64,
    CONNECTION_LIFETIME_S = 300, /* then a new certificate, a new address is seen */
    MOST_STREAMS = 512           /* that are waited for at a time */
};

typedef fir__transfer transfer;

typedef struct carrier {
    fir_allocator allocator, wiping;
    CURLM *multi;
    transfer *active;
    transfer *finished, **finished_end;
    transfer *given; /* the one whose result next gave last */
    struct curl_waitfd fds[MOST_STREAMS];
    unsigned n_fds;
} carrier;

void fir__transfer_stop(transfer *t, int32_t code, const char *text, const char *detail)
{
    if (t->own_code == 0) {
        t->own_code = code;
        (void)snprintf(t->own_message, sizeof t->own_message, "%s%s", text, detail);
    }
}

/* ---- SIGPIPE: OpenSSL may write to a socket that the peer has closed; the host's disposition is not ours to change ---- */

typedef struct quiet {
    sigset_t before;
    bool was_pending;
} quiet;

static void quiet_begin(quiet *q)
{
    sigset_t pipe, pending;
    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE);
    (void)sigpending(&pending);
    q->was_pending = sigismember(&pending, SIGPIPE) == 1;
    (void)pthread_sigmask(SIG_BLOCK, &pipe, &q->before);
}

static void quiet_end(const quiet *q)
{
    sigset_t pipe, pending;
    const struct timespec now = {0, 0};
    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE);
    (void)sigpending(&pending);
    if (!q->was_pending && sigismember(&pending, SIGPIPE) == 1) {
        (void)sigtimedwait(&pipe, NULL, &now);
    }
    (void)pthread_sigmask(SIG_SETMASK, &q->before, NULL);
}

/* ---- callbacks of libcurl ---- */

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *to)
{
    transfer *t = user;
    (void)purpose;
    fir__network net = fir__address_network(&to->addr, (socklen_t)to->addrlen);
    if (!fir__address_allowed(net, t->host_kind, t->flags, t->tls)) {
        fir__transfer_stop(t, FIR_EDENIED, "the host has an address that this request may not reach: ", fir__network_name(net));
        return CURL_SOCKET_BAD;
    }
    if (t->carriage == FIR__BY_DATAGRAM) {
        return socket(to->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* A kept connection was opened for another request, which may have been allowed more. */
bool fir__peer_allowed(const transfer *t, const char *ip)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    fir__network net = FIR__NET_RESERVED;
    if (inet_pton(AF_INET, ip, &in.sin_addr) == 1) {
        net = fir__address_network((const struct sockaddr *)&in, sizeof in);
    } else if (inet_pton(AF_INET6, ip, &in6.sin6_addr) == 1) {
        net = fir__address_network((const struct sockaddr *)&in6, sizeof in6);
    }
    return fir__address_allowed(net, t->host_kind, t->flags, t->tls);
}

bool fir__certificate_fits(const transfer *t)
{
    struct curl_certinfo *chain = NULL;
    if (curl_easy_getinfo(t->easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == NULL || chain->num_of_certs < 1) {
        return false;
    }
    for (const struct curl_slist *l = chain->certinfo[0]; l != NULL; l = l->next) {
        fir_str line = fir__cstr(l->data);
        if (fir__str_starts(line, FIR__S("Cert:"))) {
            return fir__certificate_names(fir__str_from(line, 5), t->host);
        }
    }
    return false;
}

/* A new TLS connection's certificate must name the host; that of a kept one did. */
static bool is_known_peer(const transfer *t)
{
    long fresh = 1;
    (void)curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &fresh);
    return fresh == 0 || t->certificate_checked || fir__certificate_fits(t);
}

/* The last moment before the first byte of the request leaves: connection and TLS stand. */
static int before_sending(void *user, char *peer_ip, char *own_ip, int peer_port, int own_port)
{
    transfer *t = user;
    (void)own_ip;
    (void)peer_port;
    (void)own_port;
    if (t->sent) { /* libcurl would send it once more by itself; whether that is right is for who asked to say */
        fir__transfer_stop(t, FIR_ETRANSPORT, "the peer closed the connection without an answer", "");
    } else if (!fir__peer_allowed(t, peer_ip)) {
        fir__transfer_stop(t, FIR_EDENIED, "the host has an address that this request may not reach", "");
    } else if (t->carriage == FIR__BY_STREAM || t->carriage == FIR__BY_DATAGRAM) {
        return CURL_PREREQFUNC_OK; /* what is sent is not libcurl's to send */
    } else if (t->tls && !is_known_peer(t)) {
        fir__transfer_stop(t, FIR_EDENIED, "the certificate does not name the host among its subject alternative names", "");
    } else {
        t->sent = true;
        return CURL_PREREQFUNC_OK;
    }
    (void)curl_easy_setopt(t->easy, CURLOPT_FORBID_REUSE, 1L);
    return CURL_PREREQFUNC_ABORT;
}

static bool keep_header(transfer *t, fir_str line)
{
    size_t colon = fir__str_find(line, FIR__S(":"));
    if (colon == SIZE_MAX || colon == 0) {
        return true; /* no header that anyone could ask for */
    }
    if (t->n_headers == FIR__ANSWER_MAX_HEADERS) {
        fir__transfer_stop(t, FIR_ELIMIT, "the answer has too many headers", "");
        return false;
    }
    fir_str name = fir__str_to(line, colon), value = fir__str_trim(fir__str_from(line, colon + 1));
    size_t at = t->head.len;
    fir__sbuf_str(&t->head, name);
    fir__sbuf_str(&t->head, value);
    if (t->head.status != 0) {
        fir__transfer_stop(t, FIR_ENOMEM, "out of memory", "");
        return false;
    }
    t->spans[t->n_headers++] = (fir__span){(uint32_t)at, (uint32_t)name.len, (uint32_t)(at + name.len), (uint32_t)value.len};
    return true;
}

static size_t take_head(char *p, size_t size, size_t count, void *user)
{
    transfer *t = user;
    size_t n = size * count;
    fir_str line = fir__str_trim(fir__str(p, n));
    t->head_bytes += n;
    if (t->head_bytes > MAX_ANSWER_HEAD) {
        fir__transfer_stop(t, FIR_ELIMIT, "the head of the answer is too large", "");
        return 0;
    }
    if (fir__str_starts(line, FIR__S("HTTP/"))) { /* the first one, or the one behind a 1xx */
        t->head_done = false;
        t->n_headers = 0;
        t->head.len = 0;
    } else if (line.len == 0) {
        t->head_done = true;
    } else if (!t->head_done && !keep_header(t, line)) { /* behind the head stand trailers: not ours */
        return 0;
    }
    return n;
}

static size_t take_body(char *p, size_t size, size_t count, void *user)
{
    transfer *t = user;
    size_t n = size * count;
    if (n > t->max_response - t->body.len) {
        fir__transfer_stop(t, FIR_ELIMIT, "the body of the answer is larger than allowed", "");
        return 0;
    }
    fir__sbuf_put(&t->body, p, n);
    if (t->body.status != 0) {
        fir__transfer_stop(t, FIR_ENOMEM, "out of memory", "");
        return 0;
    }
    return n;
}

/* ---- making a transfer ---- */

static void free_transfer(const carrier *c, transfer *t)
{
    if (t != NULL) {
        fir__stream_free(t);
        if (t->easy != NULL) {
            curl_easy_cleanup(t->easy);
        }
        curl_url_cleanup(t->url);
        fir__sbuf_free(&t->head);
        fir__sbuf_free(&t->body);
        fir__arena_free(&t->arena);
        fir__free(&c->wiping, t);
    }
}

/* One header as libcurl wants it: "Name: value"; "Name;" for an empty value. "Name:" takes one of its own away. */
static bool put_header(transfer *t, struct curl_slist ***end, fir_str name, fir_str value, bool remove)
{
    struct curl_slist *l = fir__arena_zalloc(&t->arena, sizeof *l);
    char *text = fir__arena_alloc(&t->arena, name.len + value.len + 3);
    if (l == NULL || text == NULL) {
        return false;
    }
    char *p = text;
    memcpy(p, name.ptr, name.len);
    p += name.len;
    *p++ = value.len == 0 && !remove ? ';' : ':';
    if (value.len != 0) {
        *p++ = ' ';
        memcpy(p, value.ptr, value.len);
        p += value.len;
    }
    *p = '\0';
    l->data = text;
    **end = l;
    *end = &l->next;
    return true;
}

/* The list is made of our own memory, so that it can be wiped: libcurl only reads it. */
static bool make_headers(transfer *t, const fir_http_request *rq, struct curl_slist **out)
{
    static const fir_str removed[] = {{"Expect", 6}, {"Accept", 6}, {"Content-Type", 12}};
    struct curl_slist **end = out;
    *out = NULL;
    for (size_t k = 0; k < sizeof removed / sizeof removed[0]; k++) {
        bool given = false;
        for (size_t i = 0; i < rq->n_headers; i++) {
            given = given || fir__str_eq_nocase(rq->headers[i].name, removed[k]);
        }
        if (!given && !put_header(t, &end, removed[k], FIR__S(""), true)) {
            return false;
        }
    }
    for (size_t i = 0; i < rq->n_headers; i++) {
        if (!put_header(t, &end, rq->headers[i].name, fir__str_trim(rq->headers[i].value), false)) {
            return false;
        }
    }
    return true;
}

/* What the URL's parser made of the host, compared with what is written. */
static int take_host(transfer *t, const fir_http_request *rq, fir_error *err)
{
    char *host = NULL;
    if (curl_url_get(t->url, CURLUPART_HOST, &host, 0) != CURLUE_OK || host == NULL) {
        return fir__fail(err, FIR_EDENIED, "the URL has no host");
    }
    fir_str parsed = fir__cstr(host);
    t->host_kind = fir__host_kind(fir__url_host_text(rq->url), parsed);
    fir_str bare = parsed.len > 2 && parsed.ptr[0] == '[' ? fir__str_from(fir__str_to(parsed, parsed.len - 1), 1) : parsed;
    bool fits = bare.len < sizeof t->host;
    if (fits) {
        memcpy(t->host, bare.ptr, bare.len);
    }
    curl_free(host);
    if (!fits || t->host_kind == FIR__HOST_ODD) {
        return fir__fail(
            err, FIR_EDENIED,
            "the host of the URL is no plain name or address; write an address in its usual form, as 192.0.2.1 or [2001:db8::1]");
    }
    if (!t->tls && (t->flags & (FIR_HTTP_INSECURE | FIR_HTTP_METADATA)) == 0 && t->host_kind != FIR__HOST_LOOPBACK) {
        return fir__fail(err, FIR_EDENIED,
                         "http without TLS is allowed to this host only by name: localhost, or insecure_http: true");
    }
    return 0;
}

static int parse_url(transfer *t, const fir_http_request *rq, fir_error *err)
{
    fir__sbuf text; /* libcurl knows a mere connection as one that HTTP would go over */
    fir__sbuf_init(&text, &t->arena.allocator, FIR__REQUEST_MAX_URL + 16);
    bool mere = t->carriage == FIR__BY_STREAM || t->carriage == FIR__BY_DATAGRAM;
    if (mere) {
        fir__sbuf_str(&text, FIR__S("http://"));
    }
    fir__sbuf_str(&text, mere ? fir__str_from(rq->url, fir__scheme_of(rq->url)->prefix.len) : rq->url);
    fir__sbuf_char(&text, '\0');
    t->url = curl_url();
    CURLUcode rc =
        text.status != 0 || t->url == NULL ? CURLUE_OUT_OF_MEMORY : curl_url_set(t->url, CURLUPART_URL, text.ptr, CURLU_PATH_AS_IS);
    fir__sbuf_free(&text);
    if (rc == CURLUE_OUT_OF_MEMORY) {
        return fir__no_memory(err);
    }
    if (rc != CURLUE_OK) {
        return fir__fail(err, FIR_EDENIED, "the URL cannot be read: %s", curl_url_strerror(rc));
    }
    (void)curl_url_set(t->url, CURLUPART_FRAGMENT, NULL, 0);
    return take_host(t, rq, err);
}

/* Sets an option; the first failure stays in *rc. */
#define SET(option, value) (rc = rc != CURLE_OK ? rc : curl_easy_setopt(e, (option), (value)))

static CURLcode set_bounds(transfer *t, const fir_http_request *rq)
{
    CURL *e = t->easy;
    CURLcode rc = CURLE_OK;
    int64_t ms = rq->timeout_ns / 1000000 + (rq->timeout_ns % 1000000 != 0);
    ms = ms < 1 ? 1 : ms > INT_MAX ? INT_MAX : ms;
    SET(CURLOPT_TIMEOUT_MS, (long)ms);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(ms < CONNECT_TIMEOUT_MS ? ms : CONNECT_TIMEOUT_MS));
    SET(CURLOPT_MAXLIFETIME_CONN, (long)CONNECTION_LIFETIME_S);
    SET(CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    SET(CURLOPT_QUICK_EXIT, 1L); /* a lookup that hangs must not hold up the others when its transfer is over */
#endif
    SET(CURLOPT_NOPROGRESS, 1L);
    return rc;
}

/* Only what was asked for, to whom it was asked for: no other scheme, no redirect, no proxy, nothing remembered. */
static CURLcode set_limits_of_reach(transfer *t)
{
    CURL *e = t->easy;
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_MAXREDIRS, 0L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NOPROXY, "*");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_HTTP09_ALLOWED, 0L);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_CERTINFO, 1L);
    return rc;
}

static CURLcode set_callbacks(transfer *t)
{
    CURL *e = t->easy;
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, t);
    SET(CURLOPT_PREREQFUNCTION, before_sending);
    SET(CURLOPT_PREREQDATA, t);
    SET(CURLOPT_HEADERFUNCTION, take_head);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_ERRORBUFFER, t->curl_message);
    SET(CURLOPT_PRIVATE, t);
    return rc;
}

static CURLcode set_file(transfer *t, CURLoption option, fir_str path)
{
    if (path.len == 0) {
        return CURLE_OK;
    }
    fir_str copy = fir__arena_str(&t->arena, path);
    return copy.ptr == NULL ? CURLE_OUT_OF_MEMORY : curl_easy_setopt(t->easy, option, copy.ptr);
}

static CURLcode set_http(transfer *t, const fir_http_request *rq)
{
    CURL *e = t->easy;
    CURLcode rc = CURLE_OK;
    struct curl_slist *headers;
    fir_str method = fir__arena_str(&t->arena, rq->method), body = fir__arena_str(&t->arena, rq->body);
    if (method.ptr == NULL || body.ptr == NULL || !make_headers(t, rq, &headers)) {
        return CURLE_OUT_OF_MEMORY;
    }
    bool head = fir__str_eq(method, FIR__S("HEAD"));
    bool bodiless = head || fir__str_eq(method, FIR__S("GET")) || fir__str_eq(method, FIR__S("DELETE"));
    if (body.len != 0 || !bodiless) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
        SET(CURLOPT_POSTFIELDS, body.ptr);
    } else if (head) {
        SET(CURLOPT_NOBODY, 1L);
    }
    SET(CURLOPT_PROTOCOLS_STR, t->tls ? "https" : "http");
    SET(CURLOPT_CUSTOMREQUEST, method.ptr);
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_CURLU, t->url);
    return rc;
}

static CURLcode set_request(transfer *t, const fir_http_request *rq)
{
    static CURLcode (*const setters[])(transfer *, const fir_http_request *) = {
        [FIR__BY_HTTP] = set_http,
        [FIR__BY_MAIL] = fir__mail_options,
        [FIR__BY_STREAM] = fir__stream_options,
        [FIR__BY_DATAGRAM] = fir__stream_options,
    };
    CURLcode rc = setters[t->carriage](t, rq);
    rc = rc != CURLE_OK ? rc : set_file(t, CURLOPT_CAINFO, rq->ca_file);
    rc = rc != CURLE_OK ? rc : set_file(t, CURLOPT_SSLCERT, rq->client_certificate);
    return rc != CURLE_OK ? rc : set_file(t, CURLOPT_SSLKEY, rq->client_key);
}

static int set_all(transfer *t, const fir_http_request *rq, fir_error *err)
{
    t->easy = curl_easy_init();
    CURLcode rc = t->easy == NULL ? CURLE_OUT_OF_MEMORY : set_bounds(t, rq);
    rc = rc != CURLE_OK ? rc : set_limits_of_reach(t);
    rc = rc != CURLE_OK ? rc : set_callbacks(t);
    rc = rc != CURLE_OK ? rc : set_request(t, rq);
    if (rc == CURLE_OUT_OF_MEMORY) {
        return fir__no_memory(err);
    }
    return rc == CURLE_OK ? 0 : fir__fail(err, FIR_EUNSUPPORTED, "libcurl refused an option: %s", curl_easy_strerror(rc));
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
    transfer *t = fir__zalloc(&c->wiping, sizeof *t);
    if (t == NULL) {
        return fir__no_memory(err);
    }
    fir__arena_init(&t->arena, &c->wiping, 0);
    fir__sbuf_init(&t->head, &c->wiping, MAX_ANSWER_HEAD);
    t->max_response = rq->max_response != 0 ? rq->max_response : DEFAULT_MAX_RESPONSE;
    fir__sbuf_init(&t->body, &c->wiping, t->max_response);
    t->id = rq->id;
    t->flags = rq->flags;
    const fir__scheme *scheme = fir__scheme_of(rq->url);
    t->carriage = (fir__carriage)scheme->carriage;
    t->tls = scheme->tls || (t->carriage == FIR__BY_MAIL && (rq->flags & FIR_MAIL_PLAIN) == 0);
    rc = parse_url(t, rq, err);
    rc = rc != 0 ? rc : set_all(t, rq, err);
    if (rc == 0 && curl_multi_add_handle(c->multi, t->easy) != CURLM_OK) {
        rc = fir__no_memory(err);
    }
    if (rc != 0) {
        free_transfer(c, t);
        return rc;
    }
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
    {CURLE_OPERATION_TIMEDOUT, FIR_ETIMEOUT}, {CURLE_OUT_OF_MEMORY, FIR_ENOMEM},     {CURLE_PEER_FAILED_VERIFICATION, FIR_EDENIED},
    {CURLE_SSL_CACERT_BADFILE, FIR_EDENIED},  {CURLE_SSL_CERTPROBLEM, FIR_EDENIED},  {CURLE_SSL_ISSUER_ERROR, FIR_EDENIED},
    {CURLE_URL_MALFORMAT, FIR_EDENIED},       {CURLE_FILESIZE_EXCEEDED, FIR_ELIMIT},
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

static CURLMcode perform(carrier *c, int64_t *wait_ns)
{
    int running;
    CURLMcode rc = curl_multi_perform(c->multi, &running);
    collect(c);
    step_streams(c, wait_ns);
    return rc;
}

static int run(carrier *c, int64_t wait_ns)
{
    CURLMcode rc = perform(c, &wait_ns);
    if (rc == CURLM_OK && c->finished == NULL && wait_ns > 0) {
        int64_t ms = wait_ns / 1000000 + (wait_ns % 1000000 != 0);
        rc = curl_multi_poll(c->multi, c->fds, c->n_fds, ms > INT_MAX ? INT_MAX : (int)ms, NULL);
        rc = rc != CURLM_OK ? rc : perform(c, &wait_ns);
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
    free_transfer(c, c->given);
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
            return;
        }
    }
}

static void free_list(const carrier *c, transfer *t)
{
    while (t != NULL) {
        transfer *rest = t->next;
        free_transfer(c, t);
        t = rest;
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
