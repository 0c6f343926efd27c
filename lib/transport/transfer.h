/* SPDX-License-Identifier: Apache-2.0 */
/* One request while libcurl carries it: what curl.c, mail.c and stream.c share. */
#ifndef FIR__TRANSPORT_TRANSFER_H
#define FIR__TRANSPORT_TRANSFER_H

#include <curl/curl.h>

#include "base/arena.h"
#include "base/sbuf.h"
#include "transport/address.h"
#include "transport/request.h"
#include "transport/tls.h"

enum { FIR__ANSWER_MAX_HEADERS = 128 };

typedef struct fir__span {
    uint32_t name, name_len, value, value_len; /* into head */
} fir__span;

/* One reply of a mail server. */
typedef struct fir__reply {
    uint16_t code;
    char text[120]; /* its last line, control characters shown as '?' */
} fir__reply;

typedef struct fir__mail {
    fir_str left; /* of the message: not yet given to libcurl */
    bool given;   /* all of it was, and the end with it: from now on it may have been taken */
    const fir_str *to;
    size_t n_to;
    fir__reply last, *recent; /* recent: the n_to last ones, number n at n % n_to */
    size_t n_replies;
    bool data; /* 354 came: the n_to replies before it are those to the recipients */
} fir__mail;

typedef struct fir__stream {
    bool open, closing; /* closing: all is written, and the peer was told so */
    curl_socket_t fd;
    fir__tls *tls;
    short events;                            /* of poll, that are waited for */
    int64_t deadline_ns;                     /* monotonic */
    uint64_t heard;                          /* bytes */
    const char *ca_file, *certificate, *key; /* NULL: none */
    fir_str left;
} fir__stream;

typedef struct fir__transfer {
    struct fir__transfer *next;
    CURL *easy;
    fir__sbuf purpose; /* what the handle may serve; empty: this one request */
    fir__arena arena;  /* the request's texts */
    fir__sbuf head, body;
    fir__span spans[FIR__ANSWER_MAX_HEADERS];
    fir_http_header headers[FIR__ANSWER_MAX_HEADERS];
    CURLU *url; /* scheme, user, host and port; what stands behind them is each request's */
    fir__host host_kind;
    char host[256];   /* without brackets */
    size_t n_headers; /* from here on all is one request's, and zero when it begins */
    size_t head_bytes;
    uint64_t id, max_response;
    uint32_t flags;
    fir__carriage carriage;
    bool tls;                 /* from the first byte on, or by STARTTLS */
    bool certificate_checked; /* by us too */
    bool head_done;           /* the blank line that ends a head was seen; libcurl calls a cut head a success */
    bool sent;                /* libcurl was let to send */
    int32_t own_code;         /* why one of the callbacks ended it; 0: none did */
    char own_message[160];
    char curl_message[CURL_ERROR_SIZE];
    fir__mail mail;
    fir__stream stream;
    fir_http_result result;
} fir__transfer;

/* ---- transfer.c ---- */

/* What a handle may serve that is made for a request, which was checked: scheme, host, port and the files of TLS, as they are
 * written. Empty: this request alone. out's status says whether there was memory. */
void fir__transfer_purpose(const fir_http_request *rq, fir__sbuf *out);
/* One without a request; NULL: no memory. wiping is kept by reference. */
fir__transfer *fir__transfer_new(const fir_allocator *wiping, fir_str purpose);
void fir__transfer_free(const fir_allocator *wiping, fir__transfer *t); /* NULL too */
/* Makes it ready for libcurl; the request is of its purpose. After a failure it can only be freed. */
int fir__transfer_begin(fir__transfer *t, const fir_http_request *rq, fir_error *err);
/* The request is over and its result taken: wipes all that was its own. False: it cannot serve another. */
bool fir__transfer_rest(fir__transfer *t);

/* Remembers why a callback ends the transfer; the first reason stands. */
void fir__transfer_stop(fir__transfer *t, int32_t code, const char *text, const char *detail);
/* Whether the certificate of libcurl's TLS connection, which must be a new one, names the host. */
bool fir__certificate_fits(const fir__transfer *t);
/* Whether an address, as a text, may be talked to. */
bool fir__peer_allowed(const fir__transfer *t, const char *ip);

/* ---- curl.c ---- */

/* What a result of libcurl's means here; FIR_ETRANSPORT where nothing more is known. */
int32_t fir__curl_meaning(CURLcode rc);
/* Fills the result with a failure, from a callback's reason or libcurl's. */
void fir__transfer_failed(fir__transfer *t, CURLcode rc);
void fir__result_message(fir_http_result *r, int32_t code, const char *text);

/* ---- mail.c ---- */

CURLcode fir__mail_options(fir__transfer *t, const fir_http_request *rq);
/* How it ended; t->result holds size, id and sent. */
void fir__mail_result(fir__transfer *t, CURLcode rc);

/* ---- stream.c ---- */

CURLcode fir__stream_options(fir__transfer *t, const fir_http_request *rq);
/* The connection stands. */
void fir__stream_begin(fir__transfer *t);
/* Goes on as far as it gets. True: it is over, and the result is filled. */
bool fir__stream_step(fir__transfer *t, int64_t now_ns);
int64_t fir__stream_now(void);
void fir__stream_free(fir__transfer *t);

#endif
