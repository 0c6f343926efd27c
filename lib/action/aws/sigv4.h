/* SPDX-License-Identifier: Apache-2.0 */
/* AWS Signature Version 4, in the Authorization header. Pure: no clock, no network. */
#ifndef FIR__ACTION_AWS_SIGV4_H
#define FIR__ACTION_AWS_SIGV4_H

#include <falcoir/sys/transport.h>

#include "base/digest.h"
#include "base/sbuf.h"

enum {
    FIR__SIGV4_S3 = 1u << 0,         /* the path is encoded once, and dots and double slashes in it mean themselves */
    FIR__SIGV4_PLAIN = 1u << 1,      /* the path is not normalized; encoded twice all the same */
    FIR__SIGV4_BODY = 1u << 2,       /* x-amz-content-sha256 is signed; FIR__SIGV4_S3 does that too */
    FIR__SIGV4_LOOSE_TOKEN = 1u << 3 /* the session token is sent, but not signed */
};
enum { FIR__SIGV4_DATE = 16, FIR__SIGV4_MOST_HEADERS = 60 };

/* A request as it goes over the wire. */
typedef struct fir__sigv4 {
    fir_str access_key, secret_key, token; /* token empty: none */
    fir_str region, service;
    int64_t time_ns;                   /* wall clock */
    fir_str method, path, query, body; /* query without the '?' */
    const fir_http_header *headers;    /* host among them, not the ones that signing adds */
    size_t n_headers;
    uint32_t flags;
} fir__sigv4;

/* What is added to the request. Buffers are initialised by the caller, with a wiping allocator. */
typedef struct fir__signature {
    char date[FIR__SIGV4_DATE + 1];    /* X-Amz-Date */
    char payload[2 * FIR__SHA256 + 1]; /* x-amz-content-sha256, where the flags ask for it */
    fir__sbuf canonical, to_sign;      /* what was signed, for tests and for who looks for an error */
    fir__sbuf authorization;
} fir__signature;

void fir__signature_init(fir__signature *s, const fir_allocator *a);
void fir__signature_free(fir__signature *s);

/* Errors: FIR_ELIMIT (too many headers), FIR_ENOMEM, FIR_EINTERNAL (no SHA-256). */
int fir__sigv4_sign(const fir__sigv4 *q, fir__signature *out);

/* Percent-encoding of all but A-Z a-z 0-9 - _ . ~; slash: '/' stays too. */
void fir__aws_encode(fir__sbuf *b, fir_str s, bool slash);

/* One field of a form, "&" before it when b is not empty. A blank becomes '+'. */
void fir__aws_form(fir__sbuf *b, fir_str name, fir_str value);

#endif
