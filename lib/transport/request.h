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
    FIR__REQUEST_MAX_BODY = 16 * 1024 * 1024
};

/* Errors: FIR_EINVAL (not a request of this version), FIR_EDENIED (not allowed), FIR_ELIMIT. The message never quotes the URL or
 * a value: they may be secret. */
int fir__request_check(const fir_http_request *rq, fir_error *err);

/* The host of a URL as it is written, without user and port. Empty when there is none. */
fir_str fir__url_host_text(fir_str url);

#endif
