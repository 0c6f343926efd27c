/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"

struct fir__tls {
    fir_allocator allocator;
    SSL_CTX *context;
    SSL *ssl;
    bool heard; /* the peer has said something behind the handshake, a session ticket: it has accepted us */
};

/* Under TLS 1.3 the handshake is through on this side before the peer has seen our certificate. That it goes on says it. */
static void listen_to_records(int writing, int version, int type, const void *p, size_t n, SSL *ssl, void *user)
{
    fir__tls *t = user;
    (void)version;
    if (writing == 0 && type == SSL3_RT_INNER_CONTENT_TYPE && n == 1 && SSL_is_init_finished(ssl) &&
        *(const unsigned char *)p == SSL3_RT_HANDSHAKE) {
        t->heard = true;
    }
}

/* The first reason that OpenSSL has. */
static int fail(fir_error *err, int32_t code, const char *what)
{
    unsigned long e = ERR_get_error();
    const char *why = e != 0 ? ERR_reason_error_string(e) : NULL;
    ERR_clear_error();
    return fir__fail(err, code, "%s%s%s", what, why != NULL ? ": " : "", why != NULL ? why : "");
}

static bool load_trusted(SSL_CTX *x, const fir__tls_options *o)
{
    if (o->ca_file != NULL) {
        return SSL_CTX_load_verify_file(x, o->ca_file) == 1;
    }
    if (o->system_file == NULL && o->system_path == NULL) {
        return SSL_CTX_set_default_verify_paths(x) == 1;
    }
    bool file = o->system_file != NULL && SSL_CTX_load_verify_file(x, o->system_file) == 1;
    bool path = o->system_path != NULL && SSL_CTX_load_verify_dir(x, o->system_path) == 1;
    return file || path;
}

static int set_context(fir__tls *t, const fir__tls_options *o, fir_error *err)
{
    SSL_CTX *x = t->context;
    if (SSL_CTX_set_min_proto_version(x, TLS1_2_VERSION) != 1 || !load_trusted(x, o)) {
        return fail(err, FIR_EDENIED, "the CA file cannot be used");
    }
    if (o->certificate != NULL &&
        (SSL_CTX_use_certificate_chain_file(x, o->certificate) != 1 ||
         SSL_CTX_use_PrivateKey_file(x, o->key != NULL ? o->key : o->certificate, SSL_FILETYPE_PEM) != 1 ||
         SSL_CTX_check_private_key(x) != 1)) {
        return fail(err, FIR_EDENIED, "the client certificate or its key cannot be used");
    }
    SSL_CTX_set_verify(x, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(x, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_msg_callback(x, listen_to_records);
    SSL_CTX_set_msg_callback_arg(x, t);
    return 0;
}

/* The certificate must name the host among its subject alternative names; its subject does not count. */
static bool set_peer(SSL *ssl, const fir__tls_options *o)
{
    uint8_t address[16];
    X509_VERIFY_PARAM *p = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(p, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (inet_pton(AF_INET, o->host, address) == 1 || inet_pton(AF_INET6, o->host, address) == 1) {
        return X509_VERIFY_PARAM_set1_ip_asc(p, o->host) == 1;
    }
    return X509_VERIFY_PARAM_set1_host(p, o->host, 0) == 1 && SSL_set_tlsext_host_name(ssl, o->host) == 1;
}

int fir__tls_new(const fir_allocator *a, const fir__tls_options *o, fir__tls **out, fir_error *err)
{
    *out = NULL;
    fir__tls *t = fir__zalloc(a, sizeof *t);
    if (t == NULL) {
        return fir__no_memory(err);
    }
    t->allocator = *a;
    ERR_clear_error();
    t->context = SSL_CTX_new(TLS_client_method());
    int rc = t->context == NULL ? fir__no_memory(err) : set_context(t, o, err);
    if (rc == 0) {
        t->ssl = SSL_new(t->context);
        rc = t->ssl == NULL || !set_peer(t->ssl, o) || SSL_set_fd(t->ssl, o->fd) != 1 ? fir__no_memory(err) : 0;
    }
    if (rc != 0) {
        fir__tls_free(t);
        return rc;
    }
    SSL_set_connect_state(t->ssl);
    *out = t;
    return 0;
}

void fir__tls_free(fir__tls *t)
{
    if (t != NULL) {
        SSL_free(t->ssl);
        SSL_CTX_free(t->context);
        fir_allocator a = t->allocator;
        fir__free(&a, t);
    }
}

bool fir__tls_ready(const fir__tls *t)
{
    return SSL_is_init_finished(t->ssl) == 1;
}

/* What a call's result means. An end without the peer's word for it counts only where the peer is known to have accepted us.
 * ready: the handshake was through before the call; after a failure OpenSSL does not know it any more. */
static fir__io judge(const fir__tls *t, bool ready, int rc, fir_error *err)
{
    long verified = SSL_get_verify_result(t->ssl);
    int why = SSL_get_error(t->ssl, rc);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
        return why == SSL_ERROR_WANT_READ ? FIR__IO_READ : FIR__IO_WRITE;
    }
    if (why == SSL_ERROR_ZERO_RETURN) {
        return FIR__IO_END;
    }
    bool cut = why == SSL_ERROR_SSL && ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
    if (cut && ready && (t->heard || SSL_version(t->ssl) < TLS1_3_VERSION)) {
        ERR_clear_error();
        return FIR__IO_END;
    }
    if (verified != X509_V_OK && !ready) {
        ERR_clear_error();
        (void)fir__fail(err, FIR_EDENIED, "the peer's certificate is not right: %s", X509_verify_cert_error_string(verified));
    } else if (why == SSL_ERROR_SYSCALL || cut) {
        bool accepted = t->heard || SSL_version(t->ssl) < TLS1_3_VERSION;
        (void)fail(err, FIR_ETRANSPORT,
                   accepted ? "the connection broke"
                            : "the connection broke before the peer accepted it; does it want a client certificate");
    } else {
        (void)fail(err, FIR_ETRANSPORT, "TLS failed");
    }
    return FIR__IO_FAILED;
}

fir__io fir__tls_write(fir__tls *t, const char *p, size_t n, size_t *written, fir_error *err)
{
    bool ready = fir__tls_ready(t);
    ERR_clear_error();
    int rc = SSL_write_ex(t->ssl, p, n, written);
    return rc == 1 ? FIR__IO_DONE : judge(t, ready, rc, err);
}

fir__io fir__tls_finish(fir__tls *t, fir_error *err)
{
    bool ready = fir__tls_ready(t);
    ERR_clear_error();
    int rc = SSL_shutdown(t->ssl);
    return rc >= 0 ? FIR__IO_DONE : judge(t, ready, rc, err);
}

fir__io fir__tls_read(fir__tls *t, char *p, size_t n, size_t *got, fir_error *err)
{
    bool ready = fir__tls_ready(t);
    ERR_clear_error();
    int rc = SSL_read_ex(t->ssl, p, n, got);
    return rc == 1 ? FIR__IO_DONE : judge(t, ready, rc, err);
}
