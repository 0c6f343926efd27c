/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file transport.h
 * The network as a vtable: the engine describes requests, a transport carries them. libcurl is the built-in one.
 *
 * A request is one of three kinds, by its URL's scheme:
 *   http, https     an HTTP request;
 *   smtp, smtps     a mail: body is the message (lines end in CR LF), mail_from and mail_to its envelope; smtp:// goes on only
 *                   after STARTTLS. The result's status is the server's last reply. A refusal for now (4xx) is FIR_ETRANSPORT
 *                   with sent 0: it was not taken. Where only some recipients were refused, the others have the mail, and each
 *                   refused one is a header of the result: its address, and the server's reply;
 *   tcp, tls, udp   body as it is, on a connection of its own, or as one datagram. tcp and tls: the result comes when the peer,
 *                   having read to the end, has closed the connection; until then nothing is known to have arrived.
 * The latter two have an URL of scheme, host and port only, and neither method nor headers.
 */
#ifndef FALCOIR_SYS_TRANSPORT_H
#define FALCOIR_SYS_TRANSPORT_H

#include <falcoir/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Flags of a request. */
enum {
    FIR_HTTP_INSECURE = 1u << 0, /**< a connection without TLS is allowed beyond loopback */
    FIR_HTTP_INTERNAL = 1u << 1, /**< private addresses are allowed */
    FIR_HTTP_METADATA = 1u << 2, /**< link-local addresses are allowed */
    FIR_MAIL_PLAIN = 1u << 3     /**< smtp:// without STARTTLS; beyond loopback FIR_HTTP_INSECURE must stand too */
};

typedef struct fir_http_header {
    fir_str name, value;
} fir_http_header;

/** A request. All is borrowed during start only. Fields behind `size` bytes count as empty. */
typedef struct fir_http_request {
    size_t size;
    uint64_t id; /**< the engine's; comes back in the result */
    fir_str method, url;
    const fir_http_header *headers;
    size_t n_headers;
    fir_str body;
    fir_str ca_file, client_certificate, client_key; /**< files; empty: the system's, none */
    int64_t timeout_ns;
    uint64_t max_response; /**< bytes of the body that are kept; one more is a failure; 0: 1 MiB */
    uint32_t flags;        /**< FIR_HTTP_*, FIR_MAIL_* */
    uint32_t reserved;
    fir_str mail_from; /**< smtp, smtps: bare addresses */
    const fir_str *mail_to;
    size_t n_mail_to;       /**< at most 100 */
    fir_str user, password; /**< smtp, smtps: for AUTH; both empty: none */
} fir_http_request;

/** What became of one. */
typedef struct fir_http_result {
    size_t size;
    uint64_t id;
    int32_t code;   /**< 0: a whole answer came; FIR_ETIMEOUT, FIR_ETRANSPORT, FIR_EDENIED (an address, a scheme, a
                       certificate), FIR_ELIMIT, FIR_ECANCELLED, FIR_ENOMEM */
    int32_t status; /**< HTTP's or SMTP's; 0 without an answer, and for tcp, tls, udp */
    fir_str body;   /**< borrowed until the next call of next or the transport's end */
    const fir_http_header *headers;
    size_t n_headers;
    int32_t sent; /**< 0: nothing of the request can have reached the peer, so that sending again is safe */
    int32_t reserved;
    char message[256]; /**< why, for code ≠ 0 */
} fir_http_result;

/** A transport. One thread calls it at a time. Functions return 0 or a negative code. Since 0.1. */
typedef struct fir_transport {
    size_t size; /**< sizeof(fir_transport) */
    void *self;
    int (*start)(void *self, const fir_http_request *rq, fir_error *err); /**< copies what it needs; does not wait */
    int (*wait)(void *self, int64_t wait_ns, fir_error *err);             /**< carries on, waits for news at most that long */
    int (*next)(void *self, fir_http_result *out);                        /**< the next finished one; FIR_ENOTFOUND: none now */
    int (*wake)(void *self);                                              /**< from any thread: ends a wait */
    void (*cancel)(void *self, uint64_t id);                              /**< its result will say FIR_ECANCELLED */
    void (*destroy)(void *self);                                          /**< may be NULL */
} fir_transport;

#ifdef __cplusplus
}
#endif
#endif
