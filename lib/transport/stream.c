/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes on a connection of their own, or in one datagram. libcurl looks the host up, connects and shakes hands; the rest is here.
 *
 * That bytes were written says nothing: a peer that refuses the client's certificate under TLS 1.3 says so only behind the
 * handshake, and a socket takes what nobody will read. So the writing side is closed, and what the peer does then is waited
 * for: a peer that has read to the end closes in order; one that has not resets, or sends an alert. */
#include <arpa/inet.h>
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

CURLcode fir__stream_options(fir__transfer *t, const fir_http_request *rq)
{
    CURL *e = t->easy;
    CURLcode rc = CURLE_OK;
    t->stream.left = fir__arena_str(&t->arena, rq->body);
    t->stream.deadline_ns = fir__stream_now() + rq->timeout_ns;
    if (t->stream.left.ptr == NULL) {
        return CURLE_OUT_OF_MEMORY;
    }
    SET(CURLOPT_PROTOCOLS_STR, t->tls ? "https" : "http"); /* libcurl's names of a connection with and without TLS */
    SET(CURLOPT_SSL_ENABLE_ALPN, 0L);
    SET(CURLOPT_CONNECT_ONLY, 1L);
    SET(CURLOPT_CURLU, t->url);
    return rc;
}

static bool peer_fits(const fir__transfer *t)
{
    char *ip = NULL;
    return curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &ip) == CURLE_OK && ip != NULL && fir__peer_allowed(t, ip);
}

void fir__stream_begin(fir__transfer *t)
{
    fir__stream *s = &t->stream;
    s->open = true;
    if (curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &s->fd) != CURLE_OK || s->fd == CURL_SOCKET_BAD) {
        fir__transfer_stop(t, FIR_ETRANSPORT, "the connection was closed at once", "");
    } else if (!peer_fits(t)) {
        fir__transfer_stop(t, FIR_EDENIED, "the host has an address that this request may not reach", "");
    } else if (t->tls && !fir__certificate_fits(t)) {
        fir__transfer_stop(t, FIR_EDENIED, "the certificate does not name the host among its subject alternative names", "");
    }
}

/* True: over. */
static bool fail(fir__transfer *t, CURLcode rc, const char *what)
{
    const char *why = t->curl_message[0] != '\0' ? t->curl_message : curl_easy_strerror(rc);
    fir__transfer_stop(t, FIR_ETRANSPORT, what, why);
    fir__result_message(&t->result, t->own_code, t->own_message);
    return true;
}

/* Listens. CURLE_OK with *end: the peer has closed in order. */
static CURLcode listen_to(fir__transfer *t, bool *end)
{
    char some[1024];
    size_t n = 0;
    CURLcode rc;
    *end = false;
    while ((rc = curl_easy_recv(t->easy, some, sizeof some, &n)) == CURLE_OK && n != 0) {
        t->stream.heard += n;
        if (t->stream.heard > t->max_response) {
            fir__transfer_stop(t, FIR_ELIMIT, "the peer says more than is listened to", "");
            return CURLE_RECV_ERROR;
        }
    }
    *end = rc == CURLE_OK;
    return rc == CURLE_AGAIN ? CURLE_OK : rc;
}

/* Writes what is left. CURLE_AGAIN: the socket is full. */
static CURLcode write_rest(fir__transfer *t)
{
    fir__stream *s = &t->stream;
    CURLcode rc = CURLE_OK;
    size_t n = 0;
    t->sent = true;
    while (rc == CURLE_OK && s->left.len != 0) {
        rc = curl_easy_send(t->easy, s->left.ptr, s->left.len, &n);
        s->left = fir__str_from(s->left, rc == CURLE_OK ? n : 0);
    }
    return rc;
}

static bool step(fir__transfer *t)
{
    fir__stream *s = &t->stream;
    bool end = false;
    CURLcode rc;
    if (!s->closing) {
        rc = write_rest(t);
        if (rc == CURLE_AGAIN) {
            return false;
        }
        CURLcode heard = rc != CURLE_OK ? listen_to(t, &end) : CURLE_OK; /* why a write fails, the peer may have said */
        if (rc != CURLE_OK) {
            return fail(t, heard != CURLE_OK ? heard : rc, "the peer did not take it: ");
        }
        s->closing = true;
        if (t->carriage == FIR__BY_STREAM && shutdown(s->fd, SHUT_WR) != 0) {
            return fail(t, CURLE_SEND_ERROR, "the peer did not take it: ");
        }
    }
    rc = listen_to(t, &end); /* of a datagram: whether the host said that nobody listens there */
    if (rc != CURLE_OK) {
        return fail(t, rc, "the peer did not take it: ");
    }
    return end || t->carriage == FIR__BY_DATAGRAM;
}

bool fir__stream_step(fir__transfer *t, int64_t now_ns)
{
    bool over = true;
    if (t->own_code != 0) {
        fir__result_message(&t->result, t->own_code, t->own_message);
    } else {
        over = step(t);
    }
    t->result.sent = t->sent;
    if (!over && now_ns >= t->stream.deadline_ns) {
        fir__result_message(&t->result, FIR_ETIMEOUT,
                            t->stream.closing ? "the peer did not say in time that it has read to the end"
                                              : "the peer did not read in time");
        return true;
    }
    return over;
}
