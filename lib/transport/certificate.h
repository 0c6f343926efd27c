/* SPDX-License-Identifier: Apache-2.0 */
/* A second look at the name in a server's certificate: the TLS libraries still take a common name for one where the certificate
 * has no subject alternative names. */
#ifndef FIR__TRANSPORT_CERTIFICATE_H
#define FIR__TRANSPORT_CERTIFICATE_H

#include "base/str.h"

/* Whether a certificate (PEM) names the host among its subject alternative names. host: a name, or an address without brackets;
 * NUL-terminated. False too when it cannot be read. */
bool fir__certificate_names(fir_str pem, const char *host);

#endif
