/* SPDX-License-Identifier: Apache-2.0 */
/* One request as libcurl's handle carries it: what the handle is told, what it may do, and what is heard of the answer.
 *
 * A handle that brought an answer is used again by the next request to the same scheme, host and port with the same files of TLS.
 * What the first one set for good is the same for both; all else is set anew, and what the request left behind is wiped. */
#include "transport/transfer.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>

#include "transport/certificate.h"

enum {
    MAX_ANSWER_HEAD = 64 * 1024, /* all heads of one answer, the 1xx ones too */
    DEFAULT_MAX_RESPONSE = 1024 * 1024,
    CONNECT_TIMEOUT_MS = 5000,
    LEAST_EXPECTED = 64 * 1024,  /* of a megabyte libcurl would ask first whether it is wanted */
    CONNECTION_LIFETIME_S = 300, /* then a new certificate, a new address is seen */
    MAX_PURPOSE = FIR__REQUEST_MAX_URL + 3 * 4096,
    MOST_AT_REST = 16 * 1024 /* bytes of a buffer that waits for the next request */
};

typedef fir__transfer transfer;

void fir__transfer_stop(transfer *t, int32_t code, const char *text, const char *detail)
{
    if (t->own_code == 0) {
        t->own_code = code;
        (void)snprintf(t->own_message, sizeof t->own_message, "%s%s", text, detail);
    }
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

/* ---- headers and URL ---- */

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
    static const fir_str removed[] = {{"Accept", 6}, {"Content-Type", 12}, {"Expect", 6}};
    size_t n = sizeof removed / sizeof removed[0] - (rq->body.len < LEAST_EXPECTED);
    struct curl_slist **end = out;
    *out = NULL;
    for (size_t k = 0; k < n; k++) {
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
    CURLUcode rc = curl_url_get(t->url, CURLUPART_HOST, &host, 0);
    if (rc == CURLUE_OUT_OF_MEMORY) {
        return fir__no_memory(err);
    }
    if (rc != CURLUE_OK || host == NULL) {
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
    return 0;
}

/* The URL as far as its host and port, which is the same for all that the handle serves. */
static int parse_url(transfer *t, const fir_http_request *rq, fir_error *err)
{
    const fir__scheme *scheme = fir__scheme_of(rq->url);
    bool mere = t->carriage == FIR__BY_STREAM || t->carriage == FIR__BY_DATAGRAM;
    fir__sbuf text;
    fir__sbuf_init(&text, &t->arena.allocator, FIR__REQUEST_MAX_URL + 16);
    fir__sbuf_str(&text, mere ? FIR__S("http://") : scheme->prefix); /* libcurl knows a mere connection as HTTP's */
    fir__sbuf_str(&text, fir__url_authority(rq->url));
    fir__sbuf_char(&text, '\0');
    t->url = curl_url();
    CURLUcode rc =
        text.status != 0 || t->url == NULL ? CURLUE_OUT_OF_MEMORY : curl_url_set(t->url, CURLUPART_URL, text.ptr, CURLU_PATH_AS_IS);
    fir__sbuf_free(&text);
    if (rc == CURLUE_OUT_OF_MEMORY) {
        return fir__no_memory(err);
    }
    return rc == CURLUE_OK ? take_host(t, rq, err)
                           : fir__fail(err, FIR_EDENIED, "the URL cannot be read: %s", curl_url_strerror(rc));
}

static int check_host(const transfer *t, fir_error *err)
{
    if (!t->tls && (t->flags & (FIR_HTTP_INSECURE | FIR_HTTP_METADATA)) == 0 && t->host_kind != FIR__HOST_LOOPBACK) {
        return fir__fail(err, FIR_EDENIED,
                         "http without TLS is allowed to this host only by name: localhost, or insecure_http: true");
    }
    return 0;
}

/* What the first line of the request names: path and query as they are written. NULL: no memory. */
static const char *make_target(transfer *t, fir_str url)
{
    fir_str place = fir__url_authority(url);
    fir_str rest = fir__str_from(url, (size_t)(place.ptr - url.ptr) + place.len);
    rest = fir__str_to(rest, fir__str_find(rest, FIR__S("#")));
    size_t slash = rest.len == 0 || rest.ptr[0] != '/';
    char *text = fir__arena_alloc(&t->arena, slash + rest.len + 1);
    if (text != NULL) {
        text[0] = '/';
        if (rest.len != 0) {
            memcpy(text + slash, rest.ptr, rest.len);
        }
        text[slash + rest.len] = '\0';
    }
    return text;
}

/* ---- options: what stays with the handle ---- */

/* Sets an option; the first failure stays in *rc. */
#define SET(option, value) (rc = rc != CURLE_OK ? rc : curl_easy_setopt(e, (option), (value)))

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
    SET(CURLOPT_SSL_SESSIONID_CACHE, 0L); /* each new connection shows its certificate */
    SET(CURLOPT_MAXLIFETIME_CONN, (long)CONNECTION_LIFETIME_S);
    SET(CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    SET(CURLOPT_QUICK_EXIT, 1L); /* a lookup that hangs must not hold up the others when its transfer is over */
#endif
    SET(CURLOPT_NOPROGRESS, 1L);
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

static CURLcode make_handle(transfer *t, const fir_http_request *rq)
{
    CURL *e = t->easy = curl_easy_init();
    CURLcode rc = e == NULL ? CURLE_OUT_OF_MEMORY : set_limits_of_reach(t);
    rc = rc != CURLE_OK ? rc : set_callbacks(t);
    rc = rc != CURLE_OK ? rc : set_file(t, CURLOPT_CAINFO, rq->ca_file);
    rc = rc != CURLE_OK ? rc : set_file(t, CURLOPT_SSLCERT, rq->client_certificate);
    SET(CURLOPT_CURLU, t->url);
    if (t->carriage == FIR__BY_HTTP) {
        SET(CURLOPT_PROTOCOLS_STR, t->tls ? "https" : "http");
    }
    return rc != CURLE_OK ? rc : set_file(t, CURLOPT_SSLKEY, rq->client_key);
}

/* ---- options: each request's own ---- */

static CURLcode set_bounds(transfer *t, const fir_http_request *rq)
{
    CURL *e = t->easy;
    CURLcode rc = CURLE_OK;
    int64_t ms = rq->timeout_ns / 1000000 + (rq->timeout_ns % 1000000 != 0);
    ms = ms < 1 ? 1 : ms > INT_MAX ? INT_MAX : ms;
    SET(CURLOPT_TIMEOUT_MS, (long)ms);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(ms < CONNECT_TIMEOUT_MS ? ms : CONNECT_TIMEOUT_MS));
    return rc;
}

static CURLcode set_http(transfer *t, const fir_http_request *rq)
{
    CURL *e = t->easy;
    CURLcode rc = CURLE_OK;
    struct curl_slist *headers;
    fir_str method = fir__arena_str(&t->arena, rq->method), body = fir__arena_str(&t->arena, rq->body);
    const char *target = make_target(t, rq->url);
    if (method.ptr == NULL || body.ptr == NULL || target == NULL || !make_headers(t, rq, &headers)) {
        return CURLE_OUT_OF_MEMORY;
    }
    bool head = fir__str_eq(method, FIR__S("HEAD"));
    bool bodiless = head || fir__str_eq(method, FIR__S("GET")) || fir__str_eq(method, FIR__S("DELETE"));
    SET(CURLOPT_HTTPGET, 1L); /* takes back what the handle's last request was */
    if (body.len != 0 || !bodiless) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
        SET(CURLOPT_POSTFIELDS, body.ptr);
    } else if (head) {
        SET(CURLOPT_NOBODY, 1L);
    }
    SET(CURLOPT_CUSTOMREQUEST, method.ptr);
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_REQUEST_TARGET, target);
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
    CURLcode rc = t->easy == NULL ? make_handle(t, rq) : CURLE_OK;
    rc = rc != CURLE_OK ? rc : set_bounds(t, rq);
    return rc != CURLE_OK ? rc : setters[t->carriage](t, rq);
}

/* ---- from one request to the next ---- */

void fir__transfer_purpose(const fir_http_request *rq, fir__sbuf *out)
{
    const fir__scheme *scheme = fir__scheme_of(rq->url);
    fir_str place = fir__url_authority(rq->url);
    fir__sbuf_restart(out, MAX_PURPOSE);
    if (scheme->carriage != FIR__BY_HTTP || memchr(place.ptr, '@', place.len) != NULL) { /* it names a user, perhaps a password */
        return;
    }
    const fir_str parts[] = {scheme->prefix, place, rq->ca_file, rq->client_certificate, rq->client_key};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        fir__sbuf_str(out, parts[i]);
        fir__sbuf_char(out, '\0'); /* it stands in none of them */
    }
}

transfer *fir__transfer_new(const fir_allocator *wiping, fir_str purpose)
{
    transfer *t = fir__zalloc(wiping, sizeof *t);
    if (t == NULL) {
        return NULL;
    }
    fir__arena_init(&t->arena, wiping, 0);
    fir__sbuf_init(&t->purpose, wiping, MAX_PURPOSE);
    fir__sbuf_init(&t->head, wiping, MAX_ANSWER_HEAD);
    fir__sbuf_init(&t->body, wiping, 0);
    fir__sbuf_str(&t->purpose, purpose);
    if (t->purpose.status != 0) {
        fir__transfer_free(wiping, t);
        return NULL;
    }
    return t;
}

int fir__transfer_begin(transfer *t, const fir_http_request *rq, fir_error *err)
{
    const fir__scheme *scheme = fir__scheme_of(rq->url);
    t->max_response = rq->max_response != 0 ? rq->max_response : DEFAULT_MAX_RESPONSE;
    fir__sbuf_restart(&t->body, t->max_response);
    t->id = rq->id;
    t->flags = rq->flags;
    t->carriage = (fir__carriage)scheme->carriage;
    t->tls = scheme->tls || (t->carriage == FIR__BY_MAIL && (rq->flags & FIR_MAIL_PLAIN) == 0);
    int rc = t->url == NULL ? parse_url(t, rq, err) : 0;
    rc = rc != 0 ? rc : check_host(t, err);
    if (rc != 0) {
        return rc;
    }
    CURLcode code = set_request(t, rq);
    if (code == CURLE_OUT_OF_MEMORY) {
        return fir__no_memory(err);
    }
    return code == CURLE_OK ? 0 : fir__fail(err, FIR_EUNSUPPORTED, "libcurl refused an option: %s", curl_easy_strerror(code));
}

static void wipe_buffer(fir__sbuf *b)
{
    if (b->cap > MOST_AT_REST) {
        fir__sbuf_free(b); /* which wipes too */
    } else if (b->ptr != NULL) {
        explicit_bzero(b->ptr, b->len);
    }
    fir__sbuf_clear(b);
}

bool fir__transfer_rest(transfer *t)
{
    const size_t lasting = offsetof(transfer, n_headers);
    if (t->purpose.len == 0 || t->result.code != 0) { /* the next one begins with nothing that went wrong */
        return false;
    }
    (void)curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, NULL);
    (void)curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(t->easy, CURLOPT_REQUEST_TARGET, NULL);
    if (t->arena.used > MOST_AT_REST) {
        fir__arena_free(&t->arena);
    } else {
        fir__arena_wipe(&t->arena);
    }
    wipe_buffer(&t->head);
    wipe_buffer(&t->body);
    explicit_bzero((char *)t + lasting, sizeof *t - lasting);
    return true;
}

void fir__transfer_free(const fir_allocator *wiping, transfer *t)
{
    if (t != NULL) {
        fir__stream_free(t);
        if (t->easy != NULL) {
            curl_easy_cleanup(t->easy);
        }
        curl_url_cleanup(t->url);
        fir__sbuf_free(&t->purpose);
        fir__sbuf_free(&t->head);
        fir__sbuf_free(&t->body);
        fir__arena_free(&t->arena);
        fir__free(wiping, t);
    }
}
