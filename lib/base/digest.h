/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 and HMAC-SHA-256 of libcrypto, hex and base64; the only header of the library that stands before openssl. */
#ifndef FIR__BASE_DIGEST_H
#define FIR__BASE_DIGEST_H

#include "base/sbuf.h"

enum { FIR__SHA256 = 32 };

/* One text. 0, FIR_ENOMEM (libcrypto allocates), or FIR_EINTERNAL: this libcrypto has no SHA-256. */
int fir__sha256(fir_str s, uint8_t out[FIR__SHA256]);

/* For one text after another: libcrypto looks for its SHA-256 once. Zeroed: nothing yet; one thread's. */
typedef struct fir__hasher {
    void *context, *algorithm;
} fir__hasher;
int fir__hasher_sha256(fir__hasher *h, fir_str s, uint8_t out[FIR__SHA256]); /* as fir__sha256 */
void fir__hasher_free(fir__hasher *h);

/* HMAC-SHA-256 of text under a key. Errors as above. */
int fir__hmac_sha256(fir_str key, fir_str text, uint8_t out[FIR__SHA256]);

/* Lower-case hex of n bytes: 2n characters, no NUL. */
void fir__hex(const uint8_t *p, size_t n, char *out);

/* Standard alphabet with padding. */
void fir__base64_encode(fir__sbuf *b, fir_str s);
/* The value of a character of the standard alphabet, or -1. */
int fir__base64_digit(char c);
/* Standard or URL alphabet, with or without padding, no blanks. False when it is none: b then holds nothing new. */
bool fir__base64_decode(fir__sbuf *b, fir_str s);

#endif
