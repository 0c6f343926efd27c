/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/request.h"

#include <stddef.h>

static const fir__scheme schemes[] = {
    {{"https://", 8}, FIR__BY_HTTP, true},    {{"http://", 7}, FIR__BY_HTTP, false},  {{"smtp://", 7}, FIR__BY_MAIL, false},
    {{"smtps://", 8}, FIR__BY_MAIL, true},    {{"tcp://", 6}, FIR__BY_STREAM, false}, {{"tls://", 6}, FIR__BY_STREAM, true},
    {{"udp://", 6}, FIR__BY_DATAGRAM, false},
};

const fir__scheme *fir__scheme_of(fir_str url)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (fir__str_starts(url, schemes[i].prefix)) {
            return &schemes[i];
        }
    }
    return NULL;
}

bool fir__request_read(const fir_http_request *rq, fir_http_request *out)
{
    const size_t first = offsetof(fir_http_request, mail_from); /* the size of the first version */
    memset(out, 0, sizeof *out);
    if (rq->size < first) {
        return false;
    }
    memcpy(out, rq, rq->size < sizeof *out ? first : sizeof *out);
    out->size = sizeof *out;
    return true;
}

#include "base/header.h"

static int check_method(fir_str method, fir_error *err)
{
    if (!fir__is_http_token(method, 32)) {
        return fir__fail(err, FIR_EDENIED, "the method is not an HTTP method");
    }
    if (fir__str_eq_nocase(method, FIR__S("CONNECT")) || fir__str_eq_nocase(method, FIR__S("TRACE"))) {
        return fir__fail(err, FIR_EDENIED, "the methods CONNECT and TRACE are not allowed");
    }
    return 0;
}

static bool is_hex(char c)
{
    return fir__is_digit(c) || (fir__lower(c) >= 'a' && fir__lower(c) <= 'f');
}

/* One character of a path, with %2e read as a dot. */
static char path_char(fir_str s, size_t at, size_t *n)
{
    *n = 1;
    if (s.ptr[at] == '%' && s.len - at >= 3 && s.ptr[at + 1] == '2' && fir__lower(s.ptr[at + 2]) == 'e') {
        *n = 3;
        return '.';
    }
    return s.ptr[at];
}

/* A segment "." or "..", in any encoding: it would move a value of the alert to another place of the server. */
static bool has_dot_segment(fir_str path)
{
    size_t dots = 0, others = 0;
    for (size_t i = 0, n; i < path.len; i += n) {
        char c = path_char(path, i, &n);
        if (c == '/') {
            if (others == 0 && (dots == 1 || dots == 2)) {
                return true;
            }
            dots = others = 0;
        } else if (c == '.') {
            dots++;
        } else {
            others++;
        }
    }
    return others == 0 && (dots == 1 || dots == 2);
}

static fir_str after_scheme(fir_str url)
{
    size_t at = fir__str_find(url, FIR__S("://"));
    return at == SIZE_MAX ? (fir_str){NULL, 0} : fir__str_from(url, at + 3);
}

/* The first of these characters in s, or its end. */
static size_t find_any(fir_str s, const char *any)
{
    size_t end = s.len;
    for (const char *c = any; *c != '\0' && end != 0; c++) {
        const char *found = memchr(s.ptr, *c, end);
        end = found != NULL ? (size_t)(found - s.ptr) : end;
    }
    return end;
}

/* host:port and nothing else. */
static bool is_host_and_port(fir_str rest)
{
    uint64_t port;
    size_t colon = rest.len;
    while (colon != 0 && rest.ptr[colon - 1] != ':') {
        colon--;
    }
    return colon > 1 && rest.ptr[colon - 2] != ':' && find_any(rest, "@/?#") >= rest.len &&
           fir__str_u64(fir__str_from(rest, colon), &port) && port >= 1 && port <= 65535;
}

static int check_url(fir_str url, fir_error *err)
{
    if (url.len > FIR__REQUEST_MAX_URL) {
        return fir__fail(err, FIR_ELIMIT, "the URL is longer than %d bytes", FIR__REQUEST_MAX_URL);
    }
    for (size_t i = 0; i < url.len; i++) {
        char c = url.ptr[i];
        if (c <= 0x20 || c > 0x7e || c == '\\') {
            return fir__fail(err, FIR_EDENIED, "the URL holds a character that must be percent-encoded (byte %zu)", i);
        }
        if (c == '%' && (url.len - i < 3 || !is_hex(url.ptr[i + 1]) || !is_hex(url.ptr[i + 2]))) {
            return fir__fail(err, FIR_EDENIED, "the URL holds a broken percent-encoding (byte %zu)", i);
        }
    }
    const fir__scheme *scheme = fir__scheme_of(url);
    if (scheme == NULL) {
        return fir__fail(err, FIR_EDENIED, "only https://, http://, smtp://, smtps://, tcp://, tls:// and udp:// URLs are allowed");
    }
    fir_str rest = after_scheme(url);
    size_t host = find_any(rest, "/?#");
    fir_str path = fir__str_from(rest, host);
    if (host == 0) {
        return fir__fail(err, FIR_EDENIED, "the URL has no host");
    }
    if (scheme->carriage != FIR__BY_HTTP && !is_host_and_port(rest)) {
        return fir__fail(err, FIR_EDENIED, "this URL must end in the host and a port: %.*shost:port", (int)scheme->prefix.len,
                         scheme->prefix.ptr);
    }
    if (has_dot_segment(fir__str_to(path, find_any(path, "?#")))) {
        return fir__fail(err, FIR_EDENIED, "the URL's path has a segment that is . or ..");
    }
    return 0;
}

fir_str fir__url_authority(fir_str url)
{
    fir_str s = after_scheme(url);
    return fir__str_to(s, find_any(s, "/?#"));
}

fir_str fir__url_host_text(fir_str url)
{
    fir_str s = fir__url_authority(url);
    for (size_t i = s.len; i != 0; i--) {
        if (s.ptr[i - 1] == '@') {
            s = fir__str_from(s, i);
            break;
        }
    }
    if (s.len != 0 && s.ptr[0] == '[') {
        size_t end = fir__str_find(s, FIR__S("]"));
        return end == SIZE_MAX ? s : fir__str_to(s, end + 1);
    }
    return fir__str_to(s, find_any(s, ":"));
}

static int check_header(const fir_http_header *h, fir_error *err)
{
    if (!fir__is_http_token(h->name, FIR__HEADER_NAME_MAX)) {
        return fir__fail(err, FIR_EDENIED, "a header's name holds a character that no name may hold");
    }
    if (fir__header_is_reserved(h->name)) {
        return fir__fail(err, FIR_EDENIED, "the header %.*s may not be set", (int)h->name.len, h->name.ptr);
    }
    for (size_t i = 0; i < h->value.len; i++) {
        unsigned char c = (unsigned char)h->value.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return fir__fail(err, FIR_EDENIED, "the value of header %.*s holds a control character (byte %zu)", (int)h->name.len,
                             h->name.ptr, i);
        }
    }
    return 0;
}

static int check_headers(const fir_http_request *rq, fir_error *err)
{
    size_t bytes = 0;
    if (rq->n_headers > FIR__REQUEST_MAX_HEADERS) {
        return fir__fail(err, FIR_ELIMIT, "more than %d headers", FIR__REQUEST_MAX_HEADERS);
    }
    for (size_t i = 0; i < rq->n_headers; i++) {
        const fir_http_header *h = &rq->headers[i];
        int rc = check_header(h, err);
        if (rc != 0) {
            return rc;
        }
        if (h->value.len > FIR__REQUEST_MAX_HEAD || (bytes += h->name.len + h->value.len) > FIR__REQUEST_MAX_HEAD) {
            return fir__fail(err, FIR_ELIMIT, "the headers are larger than %d bytes", FIR__REQUEST_MAX_HEAD);
        }
    }
    return 0;
}

static int check_file(fir_str path, const char *what, fir_error *err)
{
    bool ok = path.len == 0 || (path.len < 4096 && memchr(path.ptr, '\0', path.len) == NULL);
    return ok ? 0 : fir__fail(err, FIR_EINVAL, "the path of the %s is not a path", what);
}

/* What only HTTP has. */
static int check_parts(const fir_http_request *rq, fir__carriage carriage, fir_error *err)
{
    if (carriage == FIR__BY_HTTP) {
        int rc = check_method(rq->method, err);
        return rc != 0 ? rc : check_headers(rq, err);
    }
    if (rq->method.len != 0 || rq->n_headers != 0) {
        return fir__fail(err, FIR_EINVAL, "a method or headers, where the URL is not of HTTP");
    }
    if (carriage == FIR__BY_DATAGRAM && rq->body.len > FIR__REQUEST_MAX_DATAGRAM) {
        return fir__fail(err, FIR_ELIMIT, "the body is larger than the %d bytes of a datagram", FIR__REQUEST_MAX_DATAGRAM);
    }
    return 0;
}

int fir__request_check(const fir_http_request *given, fir_error *err)
{
    const uint32_t known = FIR_HTTP_INSECURE | FIR_HTTP_INTERNAL | FIR_HTTP_METADATA | FIR_MAIL_PLAIN;
    fir_http_request copy;
    const fir_http_request *rq = &copy;
    if (!fir__request_read(given, &copy) || (rq->flags & ~known) != 0 || rq->timeout_ns < 0 ||
        (rq->headers == NULL && rq->n_headers != 0) || (rq->mail_to == NULL && rq->n_mail_to != 0)) {
        return fir__fail(err, FIR_EINVAL, "the request's size, flags or timeout are not of this version");
    }
    if (rq->body.len > FIR__REQUEST_MAX_BODY) {
        return fir__fail(err, FIR_ELIMIT, "the body is larger than %d bytes", FIR__REQUEST_MAX_BODY);
    }
    int rc = check_url(rq->url, err);
    if (rc != 0) {
        return rc;
    }
    fir__carriage carriage = (fir__carriage)fir__scheme_of(rq->url)->carriage;
    rc = check_parts(rq, carriage, err);
    rc = rc != 0 ? rc : fir__mail_check(rq, carriage, err);
    rc = rc != 0 ? rc : check_file(rq->ca_file, "CA file", err);
    rc = rc != 0 ? rc : check_file(rq->client_certificate, "client certificate", err);
    return rc != 0 ? rc : check_file(rq->client_key, "client key", err);
}
