/* SPDX-License-Identifier: Apache-2.0 */
/* Names of HTTP headers that an author may write: what the loader says of a playbook is what the transport says of a request. */
#ifndef FIR__BASE_HEADER_H
#define FIR__BASE_HEADER_H

#include "base/str.h"

enum { FIR__HEADER_NAME_MAX = 256 };

/* Whether a text is what the HTTP grammar calls a token, and no longer than most bytes. */
bool fir__is_http_token(fir_str s, size_t most);

/* A header that decides where a message ends, or what becomes of the connection: the transport's own. */
bool fir__header_is_reserved(fir_str name);

#endif
