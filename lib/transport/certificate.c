/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/certificate.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { MAX_PEM = 1 << 20 };

static bool names(X509 *x, const char *host)
{
    uint8_t address[16];
    if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1) {
        return X509_check_ip_asc(x, host, 0) == 1;
    }
    return X509_check_host(x, host, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
}

bool fir__certificate_names(fir_str pem, const char *host)
{
    if (pem.len == 0 || pem.len > MAX_PEM) {
        return false;
    }
    BIO *in = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    X509 *x = in != NULL ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
    bool ok = x != NULL && names(x, host);
    X509_free(x);
    BIO_free(in);
    return ok;
}
