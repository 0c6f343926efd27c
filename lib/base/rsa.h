/* SPDX-License-Identifier: Apache-2.0 */
/* RSA signatures of libcrypto. */
#ifndef FIR__BASE_RSA_H
#define FIR__BASE_RSA_H

#include "base/sbuf.h"

enum { FIR__RSA_LEAST_BITS = 2048, FIR__RSA_MOST_BITS = 8192 };

/* Appends the signature of text under a private key in PEM: RSASSA-PKCS1-v1_5 with SHA-256, which JSON Web Tokens call RS256.
 * FIR_EINVAL: pem is no RSA key of FIR__RSA_LEAST_BITS to FIR__RSA_MOST_BITS, or wants a password. FIR_ENOMEM, FIR_ELIMIT. */
int fir__rs256(fir_str pem, fir_str text, fir__sbuf *b);

#endif
