/* SPDX-License-Identifier: Apache-2.0 */
/* What types share that send one HTTP request: their parameters, headers, and how an answer's status is judged. */
#ifndef FIR__ACTION_HTTP_H
#define FIR__ACTION_HTTP_H

#include "action/call.h"

enum { FIR__HTTP_MAX_HEADERS = 60, FIR__HTTP_ADDED_HEADERS = 12 };

typedef struct fir__headers {
    fir_http_header items[FIR__HTTP_MAX_HEADERS + FIR__HTTP_ADDED_HEADERS];
    size_t n;
} fir__headers;

bool fir__headers_have(const fir__headers *h, fir_str name);
/* Adds one unless it is there. Of a call at most FIR__HTTP_ADDED_HEADERS beside the author's. */
void fir__headers_add(fir__headers *h, fir_str name, fir_str value);
/* The author's, of the parameter `headers`. Fails the call when one cannot be sent. */
int fir__headers_take(fir_call *c, fir__headers *h);
/* No control characters: no line of the other side's log ends in it. */
bool fir__is_header_value(fir_str s);

/* Parameters by their kind; another kind is as if it was not given. */
fir_str fir__call_text_or(const fir_call *c, fir_str name, fir_str otherwise);
bool fir__call_flag(const fir_call *c, fir_str name);
int64_t fir__call_number_or(const fir_call *c, fir_str name, int64_t otherwise);

/* Asks for the request, with what the common parameters say: ca_file, client_certificate, client_key, timeout, insecure_http,
 * internal. FIR_CALL_REQUEST or an error. */
int fir__http_send(fir_call *c, fir_str method, fir_str url, const fir__headers *h, fir_str body);

/* Whether a status is one of a list's codes and ranges ("200", "200-299"). */
bool fir__status_matches(const fir__data *ranges, int32_t status);
/* Whether another attempt may fare better. */
bool fir__status_passes(int32_t status);
/* Fails the call by a status that is no success. said: what the server wrote about it; may be empty. */
int fir__call_answered(fir_call *c, int32_t status, bool final, const char *said);

#endif
