/* SPDX-License-Identifier: Apache-2.0 */
#include "base/header.h"

static bool is_token_char(char c)
{
    return fir__is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool fir__is_http_token(fir_str s, size_t most)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_token_char(s.ptr[i])) {
            return false;
        }
    }
    return s.len != 0 && s.len <= most;
}

/* Proxy-Authorization is not among them: no proxy is used, so the server that was named gets it, and some gateways read it where
 * the application behind them has Authorization for itself. */
static const fir_str reserved[] = {
    {"Host", 4},
    {"Content-Length", 14},
    {"Transfer-Encoding", 17},
    {"Connection", 10},
    {"Upgrade", 7},
    {"Keep-Alive", 10},
    {"TE", 2},
    {"Trailer", 7},
    {"Expect", 6},
    {"HTTP2-Settings", 14},
    {"Proxy-Connection", 16},
};

bool fir__header_is_reserved(fir_str name)
{
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        if (name.len == reserved[i].len && fir__str_eq_nocase(name, reserved[i])) {
            return true;
        }
    }
    return false;
}
