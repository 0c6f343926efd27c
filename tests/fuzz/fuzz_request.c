/* SPDX-License-Identifier: Apache-2.0 */
/* What goes onto the wire and what comes back in a head: five lines, which are method, URL, header name, header value and
 * Retry-After. A request that passes the check holds nothing that could begin another line, header or host. */
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "engine/private.h"
#include "transport/address.h"
#include "transport/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool ok)
{
    if (!ok) {
        abort();
    }
}

static bool plain(fir_str s, unsigned char least)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if ((c < least && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

static void judge_request(const fir_str line[5])
{
    const fir_http_header h = {line[2], line[3]};
    const fir_http_request rq = {.size = sizeof rq, .method = line[0], .url = line[1], .headers = &h, .n_headers = 1};
    fir_error err = {0};
    int rc = fir__request_check(&rq, &err);
    if (rc != 0) {
        demand(err.code == rc && err.message[0] != '\0');
        return;
    }
    demand(plain(line[0], 0x21) && plain(line[1], 0x21) && plain(line[2], 0x21) && plain(line[3], 0x20));
    demand(memchr(line[1].ptr, '\\', line[1].len) == NULL && memchr(line[1].ptr, '\t', line[1].len) == NULL);
    demand(memchr(line[2].ptr, ':', line[2].len) == NULL && !fir__str_eq_nocase(line[2], FIR__S("host")));
    fir_str host = fir__url_host_text(line[1]);
    demand(host.len == 0 || (memchr(host.ptr, '/', host.len) == NULL && memchr(host.ptr, '@', host.len) == NULL));
    if (fir__host_kind(host, host) == FIR__HOST_LOOPBACK) {
        demand(fir__str_eq_nocase(host, FIR__S("localhost")) || fir__str_eq(host, FIR__S("[::1]")) ||
               fir__str_starts(host, FIR__S("127.")));
    }
}

static void judge_retry(fir_str value)
{
    const fir_http_header h = {FIR__S("Retry-After"), value};
    const fir_http_result r = {.size = sizeof r, .headers = &h, .n_headers = 1};
    int64_t wait = fir__retry_after(&r, INT64_C(1784020000) * FIR__SECOND);
    demand(wait >= -1 && wait <= 600 * FIR__SECOND);
}

/* Any address has a kind; one that is IPv4 has the same kind mapped into IPv6. */
static void judge_address(const uint8_t *data, size_t size)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    if (size >= 4) {
        memcpy(&in.sin_addr, data, 4);
        in6.sin6_addr.s6_addr[10] = in6.sin6_addr.s6_addr[11] = 0xff;
        memcpy(in6.sin6_addr.s6_addr + 12, data, 4);
        fir__network net = fir__address_network((const struct sockaddr *)&in, sizeof in);
        demand(net == fir__address_network((const struct sockaddr *)&in6, sizeof in6));
        demand(fir__network_name(net) != NULL);
    }
    if (size >= 16) {
        memcpy(in6.sin6_addr.s6_addr, data, 16);
        fir__network net = fir__address_network((const struct sockaddr *)&in6, sizeof in6);
        demand(net != FIR__NET_RESERVED || !fir__address_allowed(net, FIR__HOST_NAME, 7, true));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fir_str line[5] = {{"", 0}, {"", 0}, {"", 0}, {"", 0}, {"", 0}};
    const char *p = (const char *)data, *end = p + size;
    for (size_t i = 0; i < 5 && p < end; i++) {
        const char *stop = i == 4 ? NULL : memchr(p, '\n', (size_t)(end - p));
        size_t n = stop != NULL ? (size_t)(stop - p) : (size_t)(end - p);
        line[i] = fir__str(p, n);
        p += n + (stop != NULL);
    }
    judge_request(line);
    judge_retry(line[4]);
    judge_address(data, size);
    return 0;
}
