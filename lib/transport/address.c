/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/address.h"

#include <arpa/inet.h>
#include <falcoir/sys/transport.h>
#include <netinet/in.h>

typedef struct net4 {
    uint32_t base;
    uint8_t bits;
    uint8_t network;
} net4;

#define NET4(a, b, c, d, bits, network)                                                                                            \
    {                                                                                                                              \
        (uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d), bits, network                                                            \
    }

/* IANA's special-purpose registry and the metadata services outside of link-local. The first match counts. */
static const net4 nets4[] = {
    NET4(169, 254, 0, 0, 16, FIR__NET_METADATA),     NET4(168, 63, 129, 16, 32, FIR__NET_METADATA), /* Azure's host */
    NET4(100, 100, 100, 200, 32, FIR__NET_METADATA),                                                /* Alibaba */
    NET4(192, 0, 0, 192, 32, FIR__NET_METADATA),                                                    /* Oracle's older one */
    NET4(127, 0, 0, 0, 8, FIR__NET_LOOPBACK),        NET4(10, 0, 0, 0, 8, FIR__NET_PRIVATE),
    NET4(172, 16, 0, 0, 12, FIR__NET_PRIVATE),       NET4(192, 168, 0, 0, 16, FIR__NET_PRIVATE),
    NET4(100, 64, 0, 0, 10, FIR__NET_PRIVATE),       NET4(198, 18, 0, 0, 15, FIR__NET_PRIVATE),
    NET4(0, 0, 0, 0, 8, FIR__NET_RESERVED),          NET4(192, 0, 0, 0, 24, FIR__NET_RESERVED),
    NET4(192, 0, 2, 0, 24, FIR__NET_RESERVED),       NET4(192, 88, 99, 0, 24, FIR__NET_RESERVED),
    NET4(198, 51, 100, 0, 24, FIR__NET_RESERVED),    NET4(203, 0, 113, 0, 24, FIR__NET_RESERVED),
    NET4(224, 0, 0, 0, 3, FIR__NET_RESERVED), /* multicast, class E, broadcast */
};

typedef struct net6 {
    uint8_t prefix[16];
    uint8_t bits;
    uint8_t network;
} net6;

static const net6 nets6[] = {
    {{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128, FIR__NET_METADATA}, /* AWS */
    {{0xfd, 0x20, 0x00, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128, FIR__NET_METADATA}, /* Google */
    {{0xfe, 0x80}, 10, FIR__NET_METADATA},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, FIR__NET_LOOPBACK},
    {{0xfc}, 7, FIR__NET_PRIVATE},
    {{0xfe, 0xc0}, 10, FIR__NET_PRIVATE},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, FIR__NET_RESERVED},
    {{0x3f, 0xff}, 20, FIR__NET_RESERVED},
    {{0x20, 0x01}, 23, FIR__NET_RESERVED}, /* protocol assignments; Teredo was unwrapped before */
};

/* IPv6 forms that carry an IPv4 address: behind which bytes, where it stands, and whether it is stored inverted. */
typedef struct wrapper {
    uint8_t prefix[12];
    uint8_t bits;
    uint8_t at;
    uint8_t inverted;
} wrapper;

static const wrapper wrappers[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 12, 0},    /* mapped */
    {{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0}, 96, 12, 0},    /* translated, RFC 2765 */
    {{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}, 96, 12, 0}, /* NAT64 */
    {{0x20, 0x02}, 16, 2, 0},                                   /* 6to4 */
    {{0x20, 0x01, 0, 0}, 32, 12, 1},                            /* Teredo */
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 96, 12, 0},          /* compatible; :: and ::1 are told apart before */
};

static bool in_prefix(const uint8_t *address, const uint8_t *prefix, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(address, prefix, whole) != 0) {
        return false;
    }
    return rest == 0 || ((address[whole] ^ prefix[whole]) >> (8 - rest)) == 0;
}

static fir__network network4(uint32_t address)
{
    for (size_t i = 0; i < sizeof nets4 / sizeof nets4[0]; i++) {
        if (((address ^ nets4[i].base) >> (32 - nets4[i].bits)) == 0) {
            return (fir__network)nets4[i].network;
        }
    }
    return FIR__NET_PUBLIC;
}

static uint32_t read4(const uint8_t *p, bool inverted)
{
    uint32_t v = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return inverted ? ~v : v;
}

/* The more careful of two judgements. */
static fir__network worse(fir__network a, fir__network b)
{
    return a > b ? a : b;
}

static bool is_isatap(const uint8_t *a)
{
    return (a[8] & 0xfd) == 0 && a[9] == 0 && a[10] == 0x5e && a[11] == 0xfe;
}

static fir__network network6(const uint8_t *a)
{
    static const uint8_t unspecified[16] = {0}, loopback[16] = {[15] = 1};
    static const uint8_t local_nat64[] = {0, 0x64, 0xff, 0x9b, 0, 1};
    if (memcmp(a, unspecified, 16) == 0) {
        return FIR__NET_RESERVED;
    }
    if (memcmp(a, loopback, 16) == 0) {
        return FIR__NET_LOOPBACK;
    }
    for (size_t i = 0; i < sizeof wrappers / sizeof wrappers[0]; i++) {
        if (in_prefix(a, wrappers[i].prefix, wrappers[i].bits)) {
            return network4(read4(a + wrappers[i].at, wrappers[i].inverted != 0));
        }
    }
    if (in_prefix(a, local_nat64, 48)) {
        return FIR__NET_RESERVED; /* where the IPv4 address stands in it is each site's own choice */
    }
    fir__network outer = (a[0] & 0xe0) == 0x20 ? FIR__NET_PUBLIC : FIR__NET_RESERVED; /* 2000::/3 is all that is given out */
    for (size_t i = 0; i < sizeof nets6 / sizeof nets6[0]; i++) {
        if (in_prefix(a, nets6[i].prefix, nets6[i].bits)) {
            outer = (fir__network)nets6[i].network;
            break;
        }
    }
    return is_isatap(a) ? worse(outer, network4(read4(a + 12, false))) : outer;
}

fir__network fir__address_network(const struct sockaddr *sa, socklen_t n)
{
    if (sa->sa_family == AF_INET && (size_t)n >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in in;
        memcpy(&in, sa, sizeof in);
        return network4(ntohl(in.sin_addr.s_addr));
    }
    if (sa->sa_family == AF_INET6 && (size_t)n >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 in6;
        memcpy(&in6, sa, sizeof in6);
        return network6(in6.sin6_addr.s6_addr);
    }
    return FIR__NET_RESERVED;
}

const char *fir__network_name(fir__network n)
{
    static const char *const names[] = {
        [FIR__NET_PUBLIC] = "public",     [FIR__NET_LOOPBACK] = "loopback",
        [FIR__NET_PRIVATE] = "private",   [FIR__NET_METADATA] = "link-local or metadata",
        [FIR__NET_RESERVED] = "reserved",
    };
    return names[n];
}

/* An address literal in the text form that the system's own printer gives; else it is only close to one. */
static bool canonical(fir_str text, bool six, uint8_t *address)
{
    char in[64], out[64];
    if (text.len == 0 || text.len >= sizeof in) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        in[i] = fir__lower(text.ptr[i]);
    }
    in[text.len] = '\0';
    int family = six ? AF_INET6 : AF_INET;
    return inet_pton(family, in, address) == 1 && inet_ntop(family, address, out, sizeof out) != NULL && strcmp(in, out) == 0;
}

static fir__host address_kind(fir_str text, bool six)
{
    uint8_t a[16];
    if (!canonical(text, six, a)) {
        return FIR__HOST_ODD;
    }
    bool loopback = six ? fir__str_eq(text, FIR__S("::1")) : a[0] == 127;
    return loopback ? FIR__HOST_LOOPBACK : FIR__HOST_ADDRESS;
}

/* The last label of a name as the parsers of addresses see it: a number means that the whole is meant as one. */
static bool looks_numeric(fir_str host)
{
    if (host.len != 0 && host.ptr[host.len - 1] == '.') {
        host = fir__str_to(host, host.len - 1);
    }
    size_t start = host.len;
    while (start != 0 && host.ptr[start - 1] != '.') {
        start--;
    }
    fir_str label = fir__str_from(host, start);
    if (label.len > 2 && label.ptr[0] == '0' && fir__lower(label.ptr[1]) == 'x') {
        return true;
    }
    for (size_t i = 0; i < label.len; i++) {
        if (!fir__is_digit(label.ptr[i])) {
            return false;
        }
    }
    return label.len != 0;
}

fir__host fir__host_kind(fir_str text, fir_str parsed)
{
    if (!fir__str_eq_nocase(text, parsed)) {
        return FIR__HOST_ODD;
    }
    if (text.len > 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']') {
        return address_kind(fir__str_from(fir__str_to(text, text.len - 1), 1), true);
    }
    if (looks_numeric(text)) {
        return address_kind(text, false);
    }
    return fir__str_eq_nocase(text, FIR__S("localhost")) ? FIR__HOST_LOOPBACK : FIR__HOST_NAME;
}

bool fir__address_allowed(fir__network net, fir__host host, uint32_t flags, bool tls)
{
    bool internal = (flags & FIR_HTTP_INTERNAL) != 0;
    bool reachable[] = {
        [FIR__NET_PUBLIC] = host != FIR__HOST_LOOPBACK,
        [FIR__NET_LOOPBACK] = internal || host == FIR__HOST_LOOPBACK,
        [FIR__NET_PRIVATE] = internal && host != FIR__HOST_LOOPBACK,
        [FIR__NET_METADATA] = (flags & FIR_HTTP_METADATA) != 0,
        [FIR__NET_RESERVED] = false,
    };
    bool plain = (flags & FIR_HTTP_INSECURE) != 0 || net == FIR__NET_LOOPBACK || net == FIR__NET_METADATA;
    return host != FIR__HOST_ODD && reachable[net] && (tls || plain);
}
