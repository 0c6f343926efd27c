/* SPDX-License-Identifier: Apache-2.0 */
/* TLS over a connection that stands, of our own: libcurl's can neither say that it has nothing more to write nor tell an alert
 * of the peer's from its end. */
#ifndef FIR__TRANSPORT_TLS_H
#define FIR__TRANSPORT_TLS_H

#include "base/error.h"

typedef struct fir__tls fir__tls;

typedef enum fir__io {
    FIR__IO_DONE,
    FIR__IO_READ,  /* not now: when something can be read */
    FIR__IO_WRITE, /* … be written */
    FIR__IO_END,   /* the peer has closed in order */
    FIR__IO_FAILED /* error says why: FIR_EDENIED (a certificate), FIR_ETRANSPORT */
} fir__io;

/* host: a name or an address that the certificate must name; NUL-terminated, kept by nobody. Files: empty ca: those that the
 * system trusts, of which system_file and system_path say where they are (NULL: OpenSSL's own); empty certificate: none. */
typedef struct fir__tls_options {
    int fd;
    const char *host;
    const char *ca_file, *certificate, *key; /* NULL: none */
    const char *system_file, *system_path;
} fir__tls_options;

int fir__tls_new(const fir_allocator *a, const fir__tls_options *o, fir__tls **out, fir_error *err);
void fir__tls_free(fir__tls *t); /* NULL too */

/* Whether the handshake is through, from this side. */
bool fir__tls_ready(const fir__tls *t);
/* Writes some of p, shaking hands first. */
fir__io fir__tls_write(fir__tls *t, const char *p, size_t n, size_t *written, fir_error *err);
/* Says that nothing more will be written. */
fir__io fir__tls_finish(fir__tls *t, fir_error *err);
fir__io fir__tls_read(fir__tls *t, char *p, size_t n, size_t *got, fir_error *err);

#endif
