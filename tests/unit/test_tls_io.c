/* SPDX-License-Identifier: Apache-2.0 */
/* TLS over a connection that stands, against a server in this process: what it trusts, whom it takes the peer for, and what each
 * way of breaking off is told as. The bytes of a connection that broke before the peer accepted us count as not arrived. */
#include <check.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "support/store.h"
#include "support/suite.h"
#include "transport/tls.h"

static char dir[128];
static SSL_CTX *context; /* of the server */
static SSL *server;
static fir__tls *client;
static int ends[2]; /* the client's, the server's */
static fir_error err;

static const char *file(const char *name)
{
    return fir_test_dir_file(dir, name);
}

/* ---- certificates ---- */

static void extend(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX c;
    X509V3_set_ctx(&c, issuer, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &c, nid, value);
    ck_assert_ptr_nonnull(e);
    ck_assert_int_eq(X509_add_ext(x, e, -1), 1);
    X509_EXTENSION_free(e);
}

static X509 *certify(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *by, const char *names)
{
    static long serial = 1;
    X509 *x = X509_new();
    X509_NAME *subject = X509_get_subject_name(x);
    ck_assert_int_eq(X509_set_version(x, 2), 1);
    ck_assert_int_eq(ASN1_INTEGER_set(X509_get_serialNumber(x), serial++), 1);
    ck_assert_int_eq(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0), 1);
    ck_assert_int_eq(X509_set_issuer_name(x, issuer != NULL ? X509_get_subject_name(issuer) : subject), 1);
    (void)X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    (void)X509_gmtime_adj(X509_getm_notAfter(x), 86400);
    ck_assert_int_eq(X509_set_pubkey(x, key), 1);
    extend(x, issuer != NULL ? issuer : x, NID_basic_constraints, issuer != NULL ? "CA:FALSE" : "critical,CA:TRUE");
    if (names != NULL) {
        extend(x, issuer, NID_subject_alt_name, names);
    }
    ck_assert_int_gt(X509_sign(x, by, EVP_sha256()), 0);
    return x;
}

static void keep(const char *name, X509 *x, EVP_PKEY *key)
{
    FILE *f = fopen(file(name), "w");
    ck_assert_ptr_nonnull(f);
    ck_assert(x == NULL || PEM_write_X509(f, x) == 1);
    ck_assert(key == NULL || PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1);
    ck_assert_int_eq(fclose(f), 0);
}

static void make_certificates(void)
{
    EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
    X509 *ca = certify("test root", ca_key, NULL, ca_key, NULL);
    X509 *leaf = certify("whatever", key, ca, ca_key, "DNS:peer.example,IP:10.0.0.7,IP:fd00::7");
    char hashed[40];
    (void)snprintf(hashed, sizeof hashed, "%08lx.0", X509_NAME_hash_ex(X509_get_subject_name(ca), NULL, NULL, NULL));
    keep("ca.crt", ca, NULL);
    keep(hashed, ca, NULL);
    keep("leaf.crt", leaf, NULL);
    keep("leaf.key", NULL, key);
    keep("both.pem", leaf, key);
    keep("other.key", NULL, ca_key);
    X509_free(ca);
    X509_free(leaf);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
}

/* ---- a connection ---- */

static void connect_ends(void)
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    context = SSL_CTX_new(TLS_server_method());
    ck_assert_int_eq(SSL_CTX_use_certificate_file(context, file("leaf.crt"), SSL_FILETYPE_PEM), 1);
    ck_assert_int_eq(SSL_CTX_use_PrivateKey_file(context, file("leaf.key"), SSL_FILETYPE_PEM), 1);
    err = (fir_error){0};
}

static void setup(void)
{
    fir_test_dir_make(dir, NULL);
    make_certificates();
    (void)signal(SIGPIPE, SIG_IGN); /* who calls this blocks it */
    connect_ends();
}

static void hang_up(void)
{
    if (ends[1] >= 0) {
        ck_assert_int_eq(close(ends[1]), 0);
        ends[1] = -1;
    }
}

static void disconnect(void)
{
    fir__tls_free(client);
    client = NULL;
    SSL_free(server);
    server = NULL;
    SSL_CTX_free(context);
    hang_up();
    ck_assert_int_eq(close(ends[0]), 0);
}

static void teardown(void)
{
    disconnect();
    fir_test_dir_remove(dir);
}

static void begin(fir__tls_options o)
{
    o.fd = ends[0];
    o.host = o.host != NULL ? o.host : "peer.example";
    int rc = fir__tls_new(&fir__default_allocator, &o, &client, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    server = SSL_new(context);
    ck_assert_int_eq(SSL_set_fd(server, ends[1]), 1);
    SSL_set_accept_state(server);
}

static fir__tls_options trusting(void)
{
    return (fir__tls_options){.ca_file = file("ca.crt")};
}

/* Writes a text, and gives what came of it; the server goes on meanwhile and puts what it reads into `got`. */
static fir__io write_all(const char *text, char *got, size_t room)
{
    size_t n = 0, read = 0;
    fir__io io = FIR__IO_READ;
    got[0] = '\0';
    for (int i = 0; i < 20 && (io == FIR__IO_READ || io == FIR__IO_WRITE); i++) {
        io = fir__tls_write(client, text, strlen(text), &n, &err);
        (void)SSL_read_ex(server, got, room - 1, &read);
        got[read] = '\0';
    }
    ck_assert(io != FIR__IO_DONE || n == strlen(text));
    return io;
}

static void shake_hands(void)
{
    char got[20];
    ck_assert(!fir__tls_ready(client));
    ck_assert_msg(write_all("hello", got, sizeof got) == FIR__IO_DONE, "%s", err.message);
    ck_assert_str_eq(got, "hello");
    ck_assert(fir__tls_ready(client));
}

/* Reads once what the server sent with its handshake, if anything: there is nothing for us in it. */
static void listen_once(void)
{
    char p[20];
    size_t n;
    ck_assert_int_eq(fir__tls_read(client, p, sizeof p, &n, &err), FIR__IO_READ);
}

static fir__io read_some(void)
{
    char p[20];
    size_t n;
    return fir__tls_read(client, p, sizeof p, &n, &err);
}

/* ---- files ---- */

static const struct {
    const char *ca, *certificate, *key, *system_file, *message;
} unusable[] = {
    {"none.crt", NULL, NULL, NULL, "the CA file cannot be used"},
    {"leaf.key", NULL, NULL, NULL, "the CA file cannot be used: no certificate or crl found"},
    {NULL, NULL, NULL, "none.crt", "the CA file cannot be used"},
    {"ca.crt", "none.crt", "leaf.key", NULL, "the client certificate or its key cannot be used"},
    {"ca.crt", "leaf.key", "leaf.key", NULL, "the client certificate or its key cannot be used: no start line"},
    {"ca.crt", "leaf.crt", "none.key", NULL, "the client certificate or its key cannot be used"},
    {"ca.crt", "leaf.crt", NULL, NULL, "the client certificate or its key cannot be used: unsupported"},
    {"ca.crt", "leaf.crt", "other.key", NULL, "the client certificate or its key cannot be used: key values mismatch"},
};

START_TEST(files_that_cannot_be_used)
{
    fir__tls_options o = {
        .fd = ends[0],
        .host = "peer.example",
        .ca_file = unusable[_i].ca != NULL ? file(unusable[_i].ca) : NULL,
        .certificate = unusable[_i].certificate != NULL ? file(unusable[_i].certificate) : NULL,
        .key = unusable[_i].key != NULL ? file(unusable[_i].key) : NULL,
        .system_file = unusable[_i].system_file != NULL ? file(unusable[_i].system_file) : NULL,
    };
    ck_assert_int_eq(fir__tls_new(&fir__default_allocator, &o, &client, &err), FIR_EDENIED);
    ck_assert_ptr_null(client);
    ck_assert_int_eq(err.code, FIR_EDENIED);
    ck_assert_str_eq(err.message, unusable[_i].message);
}
END_TEST

START_TEST(where_the_system_keeps_what_it_trusts)
{
    char ca[256], none[256];
    (void)snprintf(ca, sizeof ca, "%s", file("ca.crt"));
    (void)snprintf(none, sizeof none, "%s", file("none.crt"));
    const fir__tls_options ways[] = {{.system_file = ca},
                                     {.system_path = dir},
                                     {.system_file = none, .system_path = dir},
                                     {.system_file = ca, .system_path = "/nowhere"}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        begin(ways[i]);
        shake_hands();
        disconnect();
        connect_ends();
    }
    char got[20]; /* and OpenSSL's own knows nothing of this root */
    begin((fir__tls_options){0});
    ck_assert_int_eq(write_all("secret", got, sizeof got), FIR__IO_FAILED);
    ck_assert_int_eq(err.code, FIR_EDENIED);
    ck_assert_str_eq(err.message, "the peer's certificate is not right: unable to get local issuer certificate");
    ck_assert_str_eq(got, "");
}
END_TEST

/* A file that holds certificate and key is given once. */
START_TEST(a_client_certificate)
{
    fir__tls_options o = trusting();
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    ck_assert_int_eq(SSL_CTX_load_verify_file(context, file("ca.crt")), 1);
    o.certificate = file("both.pem");
    begin(o);
    shake_hands();
    X509 *seen = SSL_get1_peer_certificate(server);
    ck_assert_ptr_nonnull(seen);
    ck_assert_int_eq(X509_check_host(seen, "peer.example", 0, 0, NULL), 1);
    X509_free(seen);
}
END_TEST

static const struct {
    const char *host, *message; /* message NULL: it is the peer */
} hosts[] = {
    {"peer.example", NULL},
    {"10.0.0.7", NULL},
    {"fd00::7", NULL},
    {"other.example", "the peer's certificate is not right: hostname mismatch"},
    {"whatever", "the peer's certificate is not right: hostname mismatch"}, /* its subject does not count */
    {"10.0.0.8", "the peer's certificate is not right: IP address mismatch"},
    {"fd00::8", "the peer's certificate is not right: IP address mismatch"},
};

START_TEST(whom_it_takes_the_peer_for)
{
    fir__tls_options o = trusting();
    char got[20];
    o.host = hosts[_i].host;
    begin(o);
    if (hosts[_i].message == NULL) {
        shake_hands();
        return;
    }
    ck_assert_int_eq(write_all("secret", got, sizeof got), FIR__IO_FAILED);
    ck_assert_int_eq(err.code, FIR_EDENIED);
    ck_assert_str_eq(err.message, hosts[_i].message);
    ck_assert_str_eq(got, "");
}
END_TEST

/* ---- ends ---- */

/* How the peer ends: version, session tickets, whether it has read all (else the connection is reset), what a read then says. */
static const struct {
    int version, tickets;
    bool unread;
    fir__io io;
    const char *message;
} breaks[] = {
    {TLS1_3_VERSION, 1, false, FIR__IO_END, NULL},
    {TLS1_2_VERSION, 1, false, FIR__IO_END, NULL},
    {TLS1_3_VERSION, 0, false, FIR__IO_FAILED,
     "the connection broke before the peer accepted it; does it want a client certificate: unexpected eof while reading"},
    {TLS1_3_VERSION, 1, true, FIR__IO_FAILED, "the connection broke"},
    {TLS1_2_VERSION, 1, true, FIR__IO_FAILED, "the connection broke"},
    {TLS1_3_VERSION, 0, true, FIR__IO_FAILED,
     "the connection broke before the peer accepted it; does it want a client certificate"},
};

START_TEST(a_connection_that_ends_without_a_word)
{
    char p[20];
    size_t n;
    ck_assert_int_eq(SSL_CTX_set_max_proto_version(context, breaks[_i].version), 1);
    ck_assert_int_eq(SSL_CTX_set_num_tickets(context, (size_t)breaks[_i].tickets), 1);
    begin(trusting());
    shake_hands();
    listen_once();
    if (breaks[_i].unread) {
        ck_assert_int_eq(fir__tls_write(client, "unread", 6, &n, &err), FIR__IO_DONE);
    }
    hang_up();
    fir__io io = fir__tls_read(client, p, sizeof p, &n, &err);
    ck_assert_msg(io == breaks[_i].io, "%d %s", io, err.message);
    if (breaks[_i].io == FIR__IO_FAILED) {
        ck_assert_int_eq(err.code, FIR_ETRANSPORT);
        ck_assert_str_eq(err.message, breaks[_i].message);
    }
}
END_TEST

START_TEST(an_end_in_order)
{
    char p[20];
    size_t n;
    begin(trusting());
    shake_hands();
    listen_once();
    ck_assert_int_eq(SSL_write_ex(server, "answer", 6, &n), 1);
    ck_assert_int_eq(fir__tls_read(client, p, sizeof p, &n, &err), FIR__IO_DONE);
    ck_assert(n == 6 && memcmp(p, "answer", 6) == 0);
    ck_assert_int_eq(fir__tls_finish(client, &err), FIR__IO_DONE);
    ck_assert_int_eq(SSL_read_ex(server, p, sizeof p, &n), 0);
    ck_assert_int_eq(SSL_get_error(server, 0), SSL_ERROR_ZERO_RETURN);
    ck_assert_int_eq(SSL_shutdown(server), 1);
    ck_assert_int_eq(read_some(), FIR__IO_END);
}
END_TEST

START_TEST(before_the_handshake)
{
    size_t n;
    begin(trusting());
    ck_assert_int_eq(fir__tls_write(client, "x", 1, &n, &err), FIR__IO_READ);
    ck_assert_int_eq(fir__tls_finish(client, &err), FIR__IO_FAILED); /* there is nothing yet that could end in order */
    ck_assert_int_eq(err.code, FIR_ETRANSPORT);
    ck_assert_str_eq(err.message, "TLS failed: shutdown while in init");
    hang_up();
    ck_assert_int_eq(read_some(), FIR__IO_FAILED);
    ck_assert_int_eq(err.code, FIR_ETRANSPORT);
    ck_assert_str_eq(err.message, "the connection broke before the peer accepted it; does it want a client certificate");
}
END_TEST

/* Both have said hello, and no more: nothing has been taken, whatever the version. */
START_TEST(a_handshake_that_is_cut_off)
{
    size_t n;
    ck_assert_int_eq(SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION), 1);
    begin(trusting());
    ck_assert_int_eq(fir__tls_write(client, "x", 1, &n, &err), FIR__IO_READ);
    ck_assert_int_eq(SSL_accept(server), -1);
    ck_assert_int_eq(fir__tls_write(client, "x", 1, &n, &err), FIR__IO_READ);
    ck_assert_int_eq(shutdown(ends[1], SHUT_WR), 0);
    ck_assert_int_eq(fir__tls_write(client, "x", 1, &n, &err), FIR__IO_FAILED);
    ck_assert_int_eq(err.code, FIR_ETRANSPORT);
    ck_assert_str_eq(err.message, "the connection broke: unexpected eof while reading");
    ck_assert(!fir__tls_ready(client));
}
END_TEST

START_TEST(a_peer_that_does_not_speak_tls)
{
    size_t n;
    begin(trusting());
    ck_assert_int_eq(fir__tls_write(client, "x", 1, &n, &err), FIR__IO_READ);
    ck_assert_int_eq(write(ends[1], "220 mail.example ESMTP\r\n", 24), 24);
    ck_assert_int_eq(fir__tls_write(client, "x", 1, &n, &err), FIR__IO_FAILED);
    ck_assert_int_eq(err.code, FIR_ETRANSPORT);
    ck_assert_str_eq(err.message, "TLS failed: wrong version number");
}
END_TEST

/* A connection that takes no more for a while: what was taken arrives, once and in its order. */
START_TEST(a_peer_that_reads_slowly)
{
    enum { BLOCK = 10000, MOST = 200 };
    static unsigned char block[BLOCK], got[BLOCK];
    size_t sent = 0, arrived = 0, n;
    fir__io io;
    begin(trusting());
    shake_hands();
    for (size_t i = 0; i < BLOCK; i++) {
        block[i] = (unsigned char)(i * 7 % 251);
    }
    int waits = 0;
    for (int i = 0; i < MOST;) {
        size_t at = sent % BLOCK;
        io = fir__tls_write(client, (const char *)block + at, BLOCK - at, &n, &err);
        ck_assert_msg(io == FIR__IO_DONE || io == FIR__IO_WRITE, "%d %s", io, err.message);
        if (io == FIR__IO_DONE) {
            sent += n;
            i += sent % BLOCK == 0;
            continue;
        }
        waits++;
        while (SSL_read_ex(server, got, sizeof got, &n) == 1) {
            size_t k = 0;
            while (k < n && got[k] == block[(arrived + k) % BLOCK]) {
                k++;
            }
            ck_assert_uint_eq(k, n);
            arrived += n;
        }
    }
    ck_assert_int_gt(waits, 0);
    while (arrived < sent && SSL_read_ex(server, got, sizeof got, &n) == 1) {
        arrived += n;
    }
    ck_assert_uint_eq(arrived, sent);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("tls_io");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, files_that_cannot_be_used, 0, (int)(sizeof unusable / sizeof unusable[0]));
    tcase_add_test(t, where_the_system_keeps_what_it_trusts);
    tcase_add_test(t, a_client_certificate);
    tcase_add_loop_test(t, whom_it_takes_the_peer_for, 0, (int)(sizeof hosts / sizeof hosts[0]));
    tcase_add_loop_test(t, a_connection_that_ends_without_a_word, 0, (int)(sizeof breaks / sizeof breaks[0]));
    tcase_add_test(t, an_end_in_order);
    tcase_add_test(t, before_the_handshake);
    tcase_add_test(t, a_handshake_that_is_cut_off);
    tcase_add_test(t, a_peer_that_does_not_speak_tls);
    tcase_add_test(t, a_peer_that_reads_slowly);
    Suite *s = suite_create("tls_io");
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
