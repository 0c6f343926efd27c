/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes on a connection of their own, or in one datagram. libcurl looks the host up and connects; the rest is here.
 *
 * That bytes were written says nothing: a peer that refuses the client's certificate under TLS 1.3 says so only behind the
 * handshake, and a socket takes what nobody will read. So the writing side is closed, and what the peer does then is waited
 * for: a peer that has read to the end closes in order; one that has not resets, or sends an alert. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include "base/time.h"
#include "transport/transfer.h"

#define SET(option, value) (rc = rc != CURLE_OK ? rc : curl_easy_setopt(e, (option), (value)))

int64_t fir__stream_now(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * FIR__SECOND + now.tv_nsec;
}

static bool keep_path(fir__transfer *t, fir_str path, const char **out)
{
    *out = path.len == 0 ? NULL : fir__arena_str(&t->arena, path).ptr;
    return path.len == 0 || *out != NULL;
}

CURLcode fir__stream_options(fir__transfer *t, const fir_http_request *rq)
{
    CURL *e = t->easy;
    CURLcode rc = CURLE_OK;
    fir__stream *s = &t->stream;
    s->left = fir__arena_str(&t->arena, rq->body);
    s->deadline_ns = fir__stream_now() + rq->timeout_ns;
    if (s->left.ptr == NULL || !keep_path(t, rq->ca_file, &s->ca_file) || !keep_path(t, rq->client_certificate, &s->certificate) ||
        !keep_path(t, rq->client_key, &s->key)) {
        return CURLE_OUT_OF_MEMORY;
    }
    SET(CURLOPT_PROTOCOLS_STR, "http"); /* libcurl's name of a mere connection */
    SET(CURLOPT_CONNECT_ONLY, 1L);
    return rc;
}

static bool peer_fits(const fir__transfer *t)
{
    char *ip = NULL;
    return curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &ip) == CURLE_OK && ip != NULL && fir__peer_allowed(t, ip);
}

static int begin_tls(fir__transfer *t, fir_error *err)
{
    const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
    const fir__tls_options o = {.fd = t->stream.fd,
                                .host = t->host,
                                .ca_file = t->stream.ca_file,
                                .certificate = t->stream.certificate,
                                .key = t->stream.key,
                                .system_file = v->cainfo,
                                .system_path = v->capath};
    return fir__tls_new(&t->arena.allocator, &o, &t->stream.tls, err);
}

void fir__stream_begin(fir__transfer *t)
{
    fir__stream *s = &t->stream;
    fir_error err = {0};
    s->open = true;
    if (curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &s->fd) != CURLE_OK || s->fd == CURL_SOCKET_BAD) {
        fir__transfer_stop(t, FIR_ETRANSPORT, "the connection was closed at once", "");
    } else if (!peer_fits(t)) {
        fir__transfer_stop(t, FIR_EDENIED, "the host has an address that this request may not reach", "");
    } else if (t->tls && begin_tls(t, &err) != 0) {
        fir__transfer_stop(t, err.code, err.message, "");
    }
}

void fir__stream_free(fir__transfer *t)
{
    fir__tls_free(t->stream.tls);
    t->stream.tls = NULL;
}

/* ---- without TLS ---- */

static fir__io judge_errno(fir__io otherwise, fir_error *err)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
        return otherwise;
    }
    (void)fir__fail(err, FIR_ETRANSPORT, "%s", strerror(errno));
    return FIR__IO_FAILED;
}

static fir__io write_some(fir__stream *s, size_t *n, fir_error *err)
{
    if (s->tls != NULL) {
        return fir__tls_write(s->tls, s->left.ptr, s->left.len, n, err);
    }
    ssize_t rc = send(s->fd, s->left.ptr, s->left.len, MSG_NOSIGNAL);
    *n = rc < 0 ? 0 : (size_t)rc;
    return rc < 0 ? judge_errno(FIR__IO_WRITE, err) : FIR__IO_DONE;
}

static fir__io read_some(fir__stream *s, char *p, size_t size, size_t *n, fir_error *err)
{
    if (s->tls != NULL) {
        return fir__tls_read(s->tls, p, size, n, err);
    }
    ssize_t rc = recv(s->fd, p, size, 0);
    *n = rc < 0 ? 0 : (size_t)rc;
    return rc < 0 ? judge_errno(FIR__IO_READ, err) : rc == 0 ? FIR__IO_END : FIR__IO_DONE;
}

static fir__io finish_writing(fir__transfer *t, fir_error *err)
{
    fir__stream *s = &t->stream;
    if (s->tls != NULL) {
        return fir__tls_finish(s->tls, err);
    }
    if (t->carriage == FIR__BY_STREAM && shutdown(s->fd, SHUT_WR) != 0) {
        return judge_errno(FIR__IO_WRITE, err);
    }
    return FIR__IO_DONE;
}

/* ---- one after the other ---- */

/* Listens until there is nothing more to hear now. */
static fir__io listen_to(fir__transfer *t, fir_error *err)
{
    char some[1024];
    size_t n = 0;
    fir__io io;
    while ((io = read_some(&t->stream, some, sizeof some, &n, err)) == FIR__IO_DONE) {
        t->stream.heard += n;
        if (t->stream.heard > t->max_response) {
            (void)fir__fail(err, FIR_ELIMIT, "the peer says more than is listened to");
            return FIR__IO_FAILED;
        }
    }
    return io;
}

static fir__io write_all(fir__transfer *t, fir_error *err)
{
    fir__stream *s = &t->stream;
    fir__io io = FIR__IO_DONE;
    while (io == FIR__IO_DONE && s->left.len != 0) {
        size_t n = 0;
        io = write_some(s, &n, err);
        s->left = fir__str_from(s->left, io == FIR__IO_DONE ? n : 0);
        t->sent = t->sent || s->tls == NULL || fir__tls_ready(s->tls);
    }
    return io;
}

static fir__io step(fir__transfer *t, fir_error *err)
{
    fir__stream *s = &t->stream;
    if (!s->closing) {
        fir__io io = write_all(t, err);
        io = io == FIR__IO_DONE ? finish_writing(t, err) : io;
        if (io != FIR__IO_DONE) {
            return io == FIR__IO_END ? FIR__IO_FAILED : io;
        }
        s->closing = true;
    }
    fir__io io = listen_to(t, err); /* of a datagram: whether the host said that nobody listens there */
    return io == FIR__IO_READ && t->carriage == FIR__BY_DATAGRAM ? FIR__IO_END : io;
}

bool fir__stream_step(fir__transfer *t, int64_t now_ns)
{
    fir__stream *s = &t->stream;
    fir_error err = {0};
    fir__io io = t->own_code != 0 ? FIR__IO_FAILED : step(t, &err);
    t->result.sent = t->sent;
    s->events = io == FIR__IO_WRITE ? POLLOUT : POLLIN;
    if (io == FIR__IO_FAILED) {
        fir__transfer_stop(t, err.code != 0 ? err.code : FIR_ETRANSPORT,
                           "the peer did not take it: ", err.code != 0 ? err.message : "it closed the connection");
        fir__result_message(&t->result, t->own_code, t->own_message);
    } else if (io != FIR__IO_END && now_ns >= s->deadline_ns) {
        fir__result_message(&t->result, FIR_ETIMEOUT,
                            s->closing ? "the peer did not say in time that it has read to the end"
                                       : "the peer did not read in time");
        return true;
    }
    return io == FIR__IO_FAILED || io == FIR__IO_END;
}
