/* SPDX-License-Identifier: Apache-2.0 */
/* What a request may look like, whoever made it. The last check before the wire: nothing that could begin a second header, a
 * second request or another host gets through, also when everything before it failed to see it. */
#ifndef FIR__TRANSPORT_REQUEST_H
#define FIR__TRANSPORT_REQUEST_H

#include <falcoir/sys/transport.h>

#include "base/error.h"

enum {
    FIR__REQUEST_MAX_URL = 16 * 1024,
    FIR__REQUEST_MAX_HEADERS = 64,
    FIR__REQUEST_MAX_HEAD = 64 * 1024, /* names and values together */
    FIR__REQUEST_MAX_BODY = 16 * 1024 * 1024,
    FIR__REQUEST_MAX_DATAGRAM = 65507,
    FIR__MAIL_MAX_TO = 100,
    FIR__MAIL_MAX_LINE = 998
};

/* How the body travels. */
typedef enum fir__carriage { FIR__BY_HTTP, FIR__BY_MAIL, FIR__BY_STREAM, FIR__BY_DATAGRAM } fir__carriage;
typedef struct fir__scheme {
    fir_str prefix; /* "https://" */
    uint8_t carriage;
    bool tls; /* from the first byte */
} fir__scheme;

/* NULL: not one that is allowed. */
const fir__scheme *fir__scheme_of(fir_str url);

/* Errors: FIR_EINVAL (not a request of this version), FIR_EDENIED (not allowed), FIR_ELIMIT. The message never quotes the URL or
 * a value: they may be secret. */
int fir__request_check(const fir_http_request *rq, fir_error *err);

/* A request as this version knows it, from one that may have been made by an older one. False: its size is of none. */
bool fir__request_read(const fir_http_request *rq, fir_http_request *out);

/* The envelope, the credentials and the body of a mail; for other requests, that they have none. */
int fir__mail_check(const fir_http_request *rq, fir__carriage carriage, fir_error *err);

/* local@domain in plain characters, without quotes, comments or brackets; what can be written into a header, and behind
 * RCPT TO, as it is. */
bool fir__mail_address(fir_str s);

/* Of a URL as it is written: user, host and port; the host alone. Empty when there is none. */
fir_str fir__url_authority(fir_str url);
fir_str fir__url_host_text(fir_str url);

#endif
