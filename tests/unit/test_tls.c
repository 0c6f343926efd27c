/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in transport against TLS servers of openssl's, good and bad ones: where the certificate is not right, not one byte of
 * the request may arrive. Skipped where there is no openssl command. */
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"
#include "support/peer.h"
#include "support/suite.h"
#include "support/vectors.h"
#include "transport/transport.h"

static char dir[] = "/tmp/fir-tls-XXXXXX";

/* Keys and certificates. leaf: name, subject, extensions, more options of `openssl x509`. */
static const char make_certificates[] =
    "set -e\n"
    "key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; }\n"
    "key ca; openssl req -x509 -new -key ca.key -subj '/CN=test root' -days 30 -out ca.crt\n"
    "key other; openssl req -x509 -new -key other.key -subj '/CN=other root' -days 30 -out other.crt\n"
    "leaf() { n=$1; s=$2; e=$3; shift 3; key $n; printf \"$e\" > $n.ext; openssl req -new -key $n.key -subj \"$s\" -out $n.csr\n"
    "  openssl x509 -req -in $n.csr -CA ${CA:-ca}.crt -CAkey ${CA:-ca}.key -CAcreateserial -extfile $n.ext -out $n.crt \"$@\"; }\n"
    "B='basicConstraints=CA:FALSE\\n'\n"
    "leaf good '/CN=whatever' \"${B}subjectAltName=DNS:localhost\\n\" -days 30\n"
    "leaf address '/CN=whatever' \"${B}subjectAltName=IP:127.0.0.1\\n\" -days 30\n"
    "leaf nosan '/CN=localhost' \"$B\" -days 30\n"
    "leaf ipcn '/CN=127.0.0.1' \"$B\" -days 30\n"
    "leaf wronghost '/CN=localhost' \"${B}subjectAltName=DNS:other.example\\n\" -days 30\n"
    "leaf mail '/CN=localhost' \"${B}subjectAltName=email:a@localhost\\n\" -days 30\n"
    "leaf clientonly '/CN=x' \"${B}subjectAltName=DNS:localhost\\nextendedKeyUsage=clientAuth\\n\" -days 30\n"
    "leaf client '/CN=client' \"${B}extendedKeyUsage=clientAuth\\n\" -days 30\n"
    "CA=other leaf untrusted '/CN=x' \"${B}subjectAltName=DNS:localhost\\n\" -days 30\n"
    "leaf notca '/CN=middle' \"$B\" -days 30; CA=notca leaf badchain '/CN=x' \"${B}subjectAltName=DNS:localhost\\n\" -days 30\n"
    "cat notca.crt >> badchain.crt\n"
    "key selfsigned; openssl req -x509 -new -key selfsigned.key -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 30 "
    "-out selfsigned.crt\n"
    "mkdir db; : > db/index.txt; echo 01 > db/serial\n"
    "printf '%s\\n' '[ca]' default_ca=d '[d]' dir=db database=db/index.txt serial=db/serial new_certs_dir=db certificate=ca.crt "
    "private_key=ca.key default_md=sha256 policy=p x509_extensions=e unique_subject=no '[p]' commonName=supplied '[e]' "
    "subjectAltName=DNS:localhost > db/ca.cnf\n"
    "dated() { key $1; openssl req -new -key $1.key -subj /CN=localhost -out $1.csr; openssl ca -batch -config db/ca.cnf -in "
    "$1.csr "
    "-out $1.crt -notext -startdate $2 -enddate $3; }\n"
    "dated expired 20200101000000Z 20200201000000Z; dated future 20400101000000Z 20410101000000Z\n";

static int free_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, n), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    (void)close(fd);
    return ntohs(a.sin_port);
}

typedef struct server {
    pid_t pid;
    int port, in;  /* what is written to `in` goes to the client */
    char out[100]; /* the file that gets what the client sends */
} server;

/* openssl s_server with a certificate of ours and more of its options. */
static server serve(const char *name, const char *o1, const char *o2, const char *o3)
{
    server s = {.port = free_port()};
    char cert[40], key[40], accept[40];
    int ends[2];
    (void)snprintf(cert, sizeof cert, "%s.crt", name);
    (void)snprintf(key, sizeof key, "%s.key", name);
    (void)snprintf(accept, sizeof accept, "127.0.0.1:%d", s.port);
    (void)snprintf(s.out, sizeof s.out, "%s/%s.%d.out", dir, name, s.port);
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    s.in = ends[1];
    s.pid = fork();
    ck_assert_int_ge(s.pid, 0);
    if (s.pid == 0) {
        int out = open(s.out, O_WRONLY | O_CREAT | O_TRUNC, 0600), null = open("/dev/null", O_WRONLY);
        (void)dup2(ends[0], 0);
        (void)dup2(out, 1);
        (void)dup2(null, 2);
        (void)execlp("openssl", "openssl", "s_server", "-quiet", "-accept", accept, "-cert", cert, "-key", key, "-cert_chain", cert,
                     o1, o2, o3, (char *)NULL);
        _exit(127);
    }
    (void)close(ends[0]);
    for (int i = 0; i < 300; i++) {
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)s.port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int rc = connect(fd, (struct sockaddr *)&a, sizeof a);
        (void)close(fd);
        if (rc == 0) {
            return s;
        }
        (void)usleep(20000);
    }
    ck_abort_msg("openssl s_server does not start");
    return s;
}

static void end(server *s)
{
    (void)kill(s->pid, SIGKILL);
    (void)waitpid(s->pid, NULL, 0);
    (void)close(s->in);
    s->in = -1;
}

static char *received(const server *s)
{
    size_t n;
    char *text = fir_test_read_file(s->out, &n);
    ck_assert_ptr_nonnull(text);
    return text;
}

static fir_transport tr;

static void setup(void)
{
    ck_assert_int_eq(chdir(dir), 0);
    ck_assert_int_eq(fir__transport_curl(&fir__default_allocator, &tr, NULL), 0);
}

static void teardown(void)
{
    tr.destroy(tr.self);
}

typedef struct options {
    const char *host, *ca, *certificate;
} options;

/* Sends a request to a server; answers from it once the request has arrived. */
static fir_http_result ask(const server *s, options o)
{
    char url[100], ca[100], crt[100] = "", key[100] = "";
    (void)snprintf(url, sizeof url, "https://%s:%d/", o.host != NULL ? o.host : "localhost", s->port);
    (void)snprintf(ca, sizeof ca, "%s/%s", dir, o.ca != NULL ? o.ca : "ca.crt");
    if (o.certificate != NULL) {
        (void)snprintf(crt, sizeof crt, "%s/%s.crt", dir, o.certificate);
        (void)snprintf(key, sizeof key, "%s/%s.key", dir, o.certificate);
    }
    fir_http_request rq = {.size = sizeof rq,
                           .id = 1,
                           .method = FIR__S("POST"),
                           .url = fir__cstr(url),
                           .body = FIR__S("THE BODY"),
                           .ca_file = fir__cstr(ca),
                           .client_certificate = fir__cstr(crt),
                           .client_key = fir__cstr(key),
                           .timeout_ns = 10 * FIR__SECOND};
    fir_error err = {0};
    fir_http_result r = {0};
    ck_assert_msg(tr.start(tr.self, &rq, &err) == 0, "%s", err.message);
    bool answered = false;
    for (int i = 0; i < 1200 && tr.next(tr.self, &r) != 0; i++) {
        ck_assert_int_eq(tr.wait(tr.self, FIR__SECOND / 100, NULL), 0);
        char *text = received(s);
        if (!answered && s->in >= 0 && strstr(text, "THE BODY") != NULL) {
            static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
            ck_assert_int_eq(write(s->in, reply, sizeof reply - 1), sizeof reply - 1);
            answered = true;
        }
        free(text);
    }
    return r;
}

static const struct {
    const char *server, *host, *certificate, *option, *value;
} accepted[] = {
    {"good", "localhost", NULL, "-no_ssl3", NULL},
    {"good", "localhost", NULL, "-tls1_2", NULL},
    {"address", "127.0.0.1", NULL, "-no_ssl3", NULL},
    {"good", "localhost", "client", "-Verify", "1"},
};

START_TEST(good_servers)
{
    server s = serve(accepted[_i].server, accepted[_i].option, accepted[_i].value, NULL);
    fir_http_result r = ask(&s, (options){.host = accepted[_i].host, .certificate = accepted[_i].certificate});
    ck_assert_msg(r.code == 0, "%s: %s", accepted[_i].server, r.message);
    ck_assert_int_eq(r.status, 200);
    ck_assert(fir__str_eq(r.body, FIR__S("ok")));
    r = ask(&s, (options){.host = accepted[_i].host, .certificate = accepted[_i].certificate}); /* over the same connection */
    ck_assert_msg(r.code == 0, "%s again: %s", accepted[_i].server, r.message);
    end(&s);
}
END_TEST

static const struct {
    const char *server, *host, *ca;
    int32_t code;
    const char *option, *value;
} refused[] = {
    {"nosan", "localhost", NULL, FIR_EDENIED, NULL, NULL},      {"nosan", "localhost", NULL, FIR_EDENIED, "-tls1_2", NULL},
    {"ipcn", "127.0.0.1", NULL, FIR_EDENIED, NULL, NULL},       {"mail", "localhost", NULL, FIR_EDENIED, NULL, NULL},
    {"wronghost", "localhost", NULL, FIR_EDENIED, NULL, NULL},  {"good", "127.0.0.1", NULL, FIR_EDENIED, NULL, NULL},
    {"address", "localhost", NULL, FIR_EDENIED, NULL, NULL},    {"expired", "localhost", NULL, FIR_EDENIED, NULL, NULL},
    {"future", "localhost", NULL, FIR_EDENIED, NULL, NULL},     {"selfsigned", "localhost", NULL, FIR_EDENIED, NULL, NULL},
    {"untrusted", "localhost", NULL, FIR_EDENIED, NULL, NULL},  {"clientonly", "localhost", NULL, FIR_EDENIED, NULL, NULL},
    {"badchain", "localhost", NULL, FIR_EDENIED, NULL, NULL},   {"good", "localhost", "other.crt", FIR_EDENIED, NULL, NULL},
    {"good", "localhost", "none.crt", FIR_EDENIED, NULL, NULL}, {"good", "localhost", NULL, FIR_ETRANSPORT, "-tls1_1", NULL},
};

START_TEST(bad_servers)
{
    const char *o = refused[_i].option != NULL ? refused[_i].option : "-no_ssl3";
    bool weak = strcmp(o, "-tls1_1") == 0;
    server s = serve(refused[_i].server, o, weak ? "-cipher" : NULL, weak ? "ALL:@SECLEVEL=0" : NULL);
    for (int again = 0; again < 2; again++) {
        fir_http_result r = ask(&s, (options){.host = refused[_i].host, .ca = refused[_i].ca});
        ck_assert_msg(r.code == refused[_i].code, "%s: %d %s", refused[_i].server, r.code, r.message);
        ck_assert_int_eq(r.sent, 0);
    }
    (void)usleep(50000);
    char *text = received(&s);
    ck_assert_str_eq(text, "");
    free(text);
    end(&s);
}
END_TEST

START_TEST(plain_http_on_a_tls_port)
{
    peer *p = peer_start();
    server s = {.port = peer_port(p), .in = -1};
    (void)snprintf(s.out, sizeof s.out, "%s/ca.crt", dir);
    fir_http_result r = ask(&s, (options){0});
    ck_assert_int_eq(r.sent, 0);
    ck_assert_int_ne(r.code, 0);
    ck_assert_uint_eq(peer_count(p), 0);
    peer_stop(p);
}
END_TEST

/* The transport writes into a TLS connection that the peer has reset: the host lives on. */
START_TEST(no_sigpipe)
{
    ck_assert(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    server s = serve("good", "-no_ssl3", NULL, NULL);
    ck_assert_int_eq(ask(&s, (options){0}).code, 0);
    end(&s);
    (void)usleep(50000);
    (void)ask(&s, (options){0});
    (void)ask(&s, (options){0});
}
END_TEST

int main(void)
{
    if (system("openssl version > /dev/null 2>&1") != 0) {
        return FIR_TEST_SKIP;
    }
    char script[100], command[300];
    if (mkdtemp(dir) == NULL) {
        return 99;
    }
    (void)snprintf(script, sizeof script, "%s/make.sh", dir);
    FILE *f = fopen(script, "w");
    if (f == NULL || fputs(make_certificates, f) < 0 || fclose(f) != 0) {
        return 99;
    }
    (void)snprintf(command, sizeof command, "cd %s && sh make.sh > make.log 2>&1 || { cat make.log; exit 1; }", dir);
    if (system(command) != 0) {
        return 99;
    }
    TCase *t = tcase_create("tls");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, good_servers, 0, (int)(sizeof accepted / sizeof accepted[0]));
    tcase_add_loop_test(t, bad_servers, 0, (int)(sizeof refused / sizeof refused[0]));
    tcase_add_test(t, plain_http_on_a_tls_port);
    tcase_add_test(t, no_sigpipe);
    Suite *s = suite_create("tls");
    suite_add_tcase(s, t);
    int code = fir_test_run(s);
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) == 0 ? code : EXIT_FAILURE;
}
