/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of network an address belongs to, and which kinds a request may reach. The address that counts is the one that the
 * socket is about to be connected to, so a name that resolves to something else than it did before gains nothing. */
#ifndef FIR__TRANSPORT_ADDRESS_H
#define FIR__TRANSPORT_ADDRESS_H

#include <sys/socket.h>

#include "base/str.h"

typedef enum fir__network {
    FIR__NET_PUBLIC,
    FIR__NET_LOOPBACK,
    FIR__NET_PRIVATE,  /* of a site or a provider's inside */
    FIR__NET_METADATA, /* link-local addresses and the metadata services of clouds */
    FIR__NET_RESERVED  /* nothing that can be talked to: unspecified, multicast, broadcast, documentation, … */
} fir__network;

/* IPv4 addresses inside of IPv6 ones (mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP) are judged as what they are.
 * Any other family is reserved. */
fir__network fir__address_network(const struct sockaddr *sa, socklen_t n);

/* For a message: "loopback" … */
const char *fir__network_name(fir__network n);

/* What the host of a URL says about where it leads. text: as it stands in the URL; parsed: as the URL parser understood it, in
 * lower case, brackets of IPv6 kept. */
typedef enum fir__host {
    FIR__HOST_NAME,
    FIR__HOST_LOOPBACK, /* localhost, 127.0.0.0/8 or ::1, written as such */
    FIR__HOST_ADDRESS,
    FIR__HOST_ODD /* an address in a spelling that hides it: decimal, octal, hexadecimal, short, percent-encoded, with a zone */
} fir__host;
fir__host fir__host_kind(fir_str text, fir_str parsed);

/* Whether a request may reach an address. host: what its URL says; flags: FIR_HTTP_*; tls: it is https. */
bool fir__address_allowed(fir__network net, fir__host host, uint32_t flags, bool tls);

#endif
