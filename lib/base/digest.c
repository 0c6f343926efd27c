/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <limits.h>

/* A fetch that lacked memory calls the algorithm unsupported too: it is missing only if a second one fails with memory at hand. */
static int why_not(void)
{
    EVP_MD *again = EVP_MD_fetch(NULL, "SHA256", NULL);
    void *memory = OPENSSL_malloc(1);
    int rc = again == NULL && memory != NULL ? FIR_EINTERNAL : FIR_ENOMEM;
    OPENSSL_free(memory);
    EVP_MD_free(again);
    return rc;
}

static bool make_hasher(fir__hasher *h)
{
    h->algorithm = h->algorithm != NULL ? h->algorithm : EVP_MD_fetch(NULL, "SHA256", NULL);
    h->context = h->context != NULL ? h->context : EVP_MD_CTX_new();
    return h->algorithm != NULL && h->context != NULL;
}

int fir__hasher_sha256(fir__hasher *h, fir_str s, uint8_t out[FIR__SHA256])
{
    (void)ERR_set_mark(); /* the queue of errors is the host program's too */
    bool done = make_hasher(h) && EVP_DigestInit_ex2(h->context, h->algorithm, NULL) == 1 &&
                EVP_DigestUpdate(h->context, s.len != 0 ? s.ptr : "", s.len) == 1 && EVP_DigestFinal_ex(h->context, out, NULL) == 1;
    int rc = done ? 0 : why_not();
    (void)ERR_pop_to_mark();
    return rc;
}

void fir__hasher_free(fir__hasher *h)
{
    EVP_MD_CTX_free(h->context);
    EVP_MD_free(h->algorithm);
    *h = (fir__hasher){NULL, NULL};
}

int fir__sha256(fir_str s, uint8_t out[FIR__SHA256])
{
    fir__hasher h = {NULL, NULL};
    int rc = fir__hasher_sha256(&h, s, out);
    fir__hasher_free(&h);
    return rc;
}

int fir__hmac_sha256(fir_str key, fir_str text, uint8_t out[FIR__SHA256])
{
    uint8_t folded[FIR__SHA256];
    if (key.len > INT_MAX) { /* HMAC takes a long key by its digest anyway */
        int rc = fir__sha256(key, folded);
        if (rc != 0) {
            return rc;
        }
        key = fir__str((const char *)folded, sizeof folded);
    }
    (void)ERR_set_mark();
    bool done = HMAC(EVP_sha256(), key.len != 0 ? key.ptr : "", (int)key.len,
                     (const unsigned char *)(text.len != 0 ? text.ptr : ""), text.len, out, NULL) != NULL;
    int rc = done ? 0 : why_not();
    (void)ERR_pop_to_mark();
    return rc;
}

void fir__hex(const uint8_t *p, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
}

void fir__base64_encode(fir__sbuf *b, fir_str s)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < s.len; i += 3) {
        size_t n = s.len - i < 3 ? s.len - i : 3;
        uint32_t v = 0;
        for (size_t k = 0; k < 3; k++) {
            v = v << 8 | (k < n ? (unsigned char)s.ptr[i + k] : 0u);
        }
        char out[4] = {alphabet[v >> 18], alphabet[v >> 12 & 63], n > 1 ? alphabet[v >> 6 & 63] : '=',
                       n > 2 ? alphabet[v & 63] : '='};
        fir__sbuf_put(b, out, sizeof out);
    }
}

int fir__base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (fir__is_digit(c)) {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static int digit_of(char c)
{
    return c == '-' ? 62 : c == '_' ? 63 : fir__base64_digit(c);
}

bool fir__base64_decode(fir__sbuf *b, fir_str s)
{
    size_t start = b->len, padding = 0;
    while (padding < 2 && s.len != 0 && s.ptr[s.len - 1] == '=') {
        s.len--;
        padding++;
    }
    if (s.len % 4 == 1 || (padding != 0 && (s.len + padding) % 4 != 0)) {
        return false;
    }
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < s.len; i++) {
        int d = digit_of(s.ptr[i]);
        if (d < 0) {
            b->len = start;
            return false;
        }
        bits = bits << 6 | (uint32_t)d;
        held += 6;
        if (held >= 8) {
            held -= 8;
            fir__sbuf_char(b, (char)(bits >> held & 0xFF));
        }
    }
    if ((bits & ((1u << held) - 1)) != 0) { /* bits that no byte took */
        b->len = start;
        return false;
    }
    return true;
}
