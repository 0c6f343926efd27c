/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rsa.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

/* Without one libcrypto asks at the terminal. */
static int no_password(char *buffer, int size, int writing, void *user)
{
    (void)buffer, (void)size, (void)writing, (void)user;
    return -1;
}

static EVP_PKEY *read_key(fir_str pem)
{
    BIO *in = pem.len != 0 && pem.len <= INT_MAX ? BIO_new_mem_buf(pem.ptr, (int)pem.len) : NULL;
    EVP_PKEY *key = in != NULL ? PEM_read_bio_PrivateKey(in, NULL, no_password, NULL) : NULL;
    BIO_free(in);
    return key;
}

static bool is_usable(EVP_PKEY *key)
{
    int bits = EVP_PKEY_bits(key);
    return EVP_PKEY_base_id(key) == EVP_PKEY_RSA && bits >= FIR__RSA_LEAST_BITS && bits <= FIR__RSA_MOST_BITS;
}

static int sign(EVP_PKEY *key, fir_str text, fir__sbuf *b)
{
    size_t n = FIR__RSA_MOST_BITS / 8;
    char *to = fir__sbuf_reserve(b, n);
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool done = to != NULL && c != NULL && EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestSign(c, (unsigned char *)to, &n, (const unsigned char *)(text.len != 0 ? text.ptr : ""), text.len) == 1;
    EVP_MD_CTX_free(c);
    if (done) {
        b->len += n;
    }
    return done ? 0 : b->status != 0 ? b->status : FIR_ENOMEM;
}

int fir__rs256(fir_str pem, fir_str text, fir__sbuf *b)
{
    (void)ERR_set_mark(); /* the queue of errors is the host program's too */
    EVP_PKEY *key = read_key(pem);
    int rc = key != NULL && is_usable(key) ? sign(key, text, b) : FIR_EINVAL;
    EVP_PKEY_free(key);
    (void)ERR_pop_to_mark();
    return rc;
}
