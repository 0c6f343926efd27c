/* SPDX-License-Identifier: Apache-2.0 */
#include "support/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 512, MAX_REQUEST = 1 << 22, MAX_STEPS = 16 };

typedef struct connection {
    peer *owner;
    int fd, number;
    pthread_t thread;
} connection;

struct peer {
    int fd, port;
    pthread_t thread;
    pthread_mutex_t lock;
    bool stopping;
    connection connections[MAX_CONNECTIONS];
    int n_connections;
    peer_request **requests;
    size_t n_requests, cap_requests, bytes;
    peer_step steps[MAX_STEPS];
    size_t n_steps, at_step;
    char violation[200], url[300];
};

static void die(const char *what)
{
    perror(what);
    exit(99);
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool stopping(peer *p)
{
    pthread_mutex_lock(&p->lock);
    bool s = p->stopping;
    pthread_mutex_unlock(&p->lock);
    return s;
}

static void nap(peer *p, int ms)
{
    for (double end = now() + ms / 1e3; now() < end && !stopping(p);) {
        (void)usleep(1000);
    }
}

static void violated(peer *p, const char *what)
{
    pthread_mutex_lock(&p->lock);
    if (p->violation[0] == '\0') {
        (void)snprintf(p->violation, sizeof p->violation, "%s", what);
    }
    pthread_mutex_unlock(&p->lock);
}

/* ---- reading ---- */

typedef struct stream {
    char *data;
    size_t len;
} stream;

static bool read_more(connection *c, stream *s)
{
    if (s->len + 65536 > MAX_REQUEST) {
        violated(c->owner, "a request is too large");
        return false;
    }
    s->data = realloc(s->data, s->len + 65537);
    ssize_t n = recv(c->fd, s->data + s->len, 65536, 0);
    if (n <= 0) {
        return false;
    }
    s->len += (size_t)n;
    s->data[s->len] = '\0';
    pthread_mutex_lock(&c->owner->lock);
    c->owner->bytes += (size_t)n;
    pthread_mutex_unlock(&c->owner->lock);
    return true;
}

static char *copy(const char *p, size_t n)
{
    char *out = malloc(n + 1);
    memcpy(out, p, n);
    out[n] = '\0';
    return out;
}

char *peer_header(const peer_request *r, const char *name)
{
    char *found = NULL;
    size_t n = strlen(name);
    for (const char *line = r->head; *line != '\0';) {
        const char *end = strstr(line, "\r\n");
        if (strncasecmp(line, name, n) == 0 && line[n] == ':') {
            if (found != NULL) {
                free(found);
                return NULL;
            }
            const char *value = line + n + 1;
            value += strspn(value, " ");
            found = copy(value, (size_t)(end - value));
        }
        line = end + 2;
    }
    return found;
}

/* Each line of the head must be one that RFC 9112 lets a client send. */
static void judge_head(peer *p, const char *head)
{
    for (const char *line = head; *line != '\0';) {
        const char *end = strstr(line, "\r\n");
        const char *colon = memchr(line, ':', (size_t)(end - line));
        if (colon == NULL || colon == line) {
            violated(p, "a header line without a name");
            return;
        }
        for (const char *c = line; c < end; c++) {
            bool bad = c < colon ? *c <= ' ' || *c == 0x7f : (*c >= 0 && *c < ' ' && *c != '\t');
            if (bad) {
                violated(p, "a header with a character that it may not hold");
            }
        }
        line = end + 2;
    }
}

static size_t body_length(peer *p, const peer_request *r)
{
    char *text = peer_header(r, "Content-Length"), *host = peer_header(r, "Host"), *coding = peer_header(r, "Transfer-Encoding");
    char *end = NULL;
    size_t n = text != NULL ? strtoul(text, &end, 10) : 0;
    if (host == NULL || coding != NULL || (text != NULL && *end != '\0')) {
        violated(p, "not exactly one Host, or a Transfer-Encoding, or a bad Content-Length");
    }
    bool wants = strcmp(r->method, "POST") == 0 || strcmp(r->method, "PUT") == 0;
    if (text == NULL && wants) {
        violated(p, "a POST or PUT without exactly one Content-Length");
    }
    free(text);
    free(host);
    free(coding);
    return n;
}

static void free_request(peer_request *r)
{
    free(r->method);
    free(r->target);
    free(r->head);
    free(r->body);
    free(r);
}

static peer_request *parse_head(peer *p, char *text, size_t n)
{
    char *line_end = strstr(text, "\r\n"), *space = memchr(text, ' ', (size_t)(line_end - text));
    char *second = space != NULL ? memchr(space + 1, ' ', (size_t)(line_end - space - 1)) : NULL;
    if (second == NULL || strncmp(second, " HTTP/1.1\r\n", 11) != 0 || memchr(text, '\0', n) != NULL) {
        violated(p, "not a request line of HTTP/1.1");
        return NULL;
    }
    peer_request *r = calloc(1, sizeof *r);
    r->method = copy(text, (size_t)(space - text));
    r->target = copy(space + 1, (size_t)(second - space - 1));
    r->head = copy(line_end + 2, n - (size_t)(line_end + 2 - text));
    judge_head(p, r->head);
    return r;
}

/* The next request of a connection, or NULL at its end. */
static peer_request *read_request(connection *c, stream *s)
{
    char *blank;
    while (s->len == 0 || (blank = memmem(s->data, s->len, "\r\n\r\n", 4)) == NULL) {
        if (!read_more(c, s)) {
            if (s->len != 0) {
                violated(c->owner, "a connection ended inside a head");
            }
            return NULL;
        }
    }
    size_t head = (size_t)(blank - s->data) + 4;
    peer_request *r = parse_head(c->owner, s->data, head - 2);
    if (r == NULL) {
        return NULL;
    }
    r->body_len = body_length(c->owner, r);
    while (s->len - head < r->body_len) {
        if (!read_more(c, s)) {
            free_request(r);
            return NULL;
        }
    }
    r->body = copy(s->data + head, r->body_len);
    r->connection = c->number;
    r->at = now();
    size_t used = head + r->body_len;
    memmove(s->data, s->data + used, s->len - used + 1);
    s->len -= used;
    return r;
}

/* ---- answering ---- */

static peer_step record(peer *p, peer_request *r)
{
    pthread_mutex_lock(&p->lock);
    if (p->n_requests == p->cap_requests) {
        p->cap_requests = p->cap_requests * 2 + 16;
        p->requests = realloc(p->requests, p->cap_requests * sizeof(peer_request *));
    }
    p->requests[p->n_requests++] = r;
    peer_step s = p->n_steps != 0 ? p->steps[p->at_step] : (peer_step){.body = "ok"};
    if (p->at_step + 1 < p->n_steps) {
        p->at_step++;
    }
    pthread_mutex_unlock(&p->lock);
    return s;
}

static bool send_all(int fd, const char *p, size_t n)
{
    while (n != 0) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
        if (k <= 0) {
            return false;
        }
        p += k;
        n -= (size_t)k;
    }
    return true;
}

static bool drip(connection *c, const char *p, size_t n, int ms)
{
    for (size_t i = 0; i < n && !stopping(c->owner); i++) {
        if (!send_all(c->fd, p + i, 1)) {
            return false;
        }
        nap(c->owner, ms);
    }
    return true;
}

/* False: the connection is over. */
static bool answer(connection *c, const peer_request *r, const peer_step *s)
{
    nap(c->owner, s->delay_ms);
    if (s->reset != 0) {
        struct linger hard = {1, 0};
        if (s->reset == 1) {
            (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        }
        return false;
    }
    if (s->raw != NULL) {
        (void)send_all(c->fd, s->raw, strlen(s->raw));
        return false;
    }
    int status = s->status != 0 ? s->status : 200;
    size_t n = s->fill != 0 ? s->fill : s->body != NULL ? strlen(s->body) : 0;
    char *text = malloc(n + 4096);
    int head = snprintf(text, 4096, "HTTP/1.1 %d Scripted\r\n%sContent-Length: %zu\r\n\r\n", status,
                        s->headers != NULL ? s->headers : "", n);
    size_t all = (size_t)head;
    if (strcmp(r->method, "HEAD") != 0 && status != 204) {
        if (s->fill != 0) {
            memset(text + head, 'x', n);
        } else if (n != 0) {
            memcpy(text + head, s->body, n);
        }
        all += n;
    }
    bool ok = s->drip_ms != 0 ? drip(c, text, all, s->drip_ms) : send_all(c->fd, text, all);
    free(text);
    return ok && s->close_after == 0;
}

static void *serve(void *arg)
{
    connection *c = arg;
    stream s = {NULL, 0};
    for (peer_request *r; (r = read_request(c, &s)) != NULL;) {
        peer_step step = record(c->owner, r);
        if (!answer(c, r, &step)) {
            break;
        }
    }
    free(s.data);
    pthread_mutex_lock(&c->owner->lock);
    (void)close(c->fd);
    c->fd = -1;
    pthread_mutex_unlock(&c->owner->lock);
    return NULL;
}

static void *accept_all(void *arg)
{
    peer *p = arg;
    while (!stopping(p)) {
        struct pollfd f = {p->fd, POLLIN, 0};
        if (poll(&f, 1, 20) != 1) {
            continue;
        }
        int fd = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC);
        pthread_mutex_lock(&p->lock);
        if (fd >= 0 && p->n_connections < MAX_CONNECTIONS && !p->stopping) {
            connection *c = &p->connections[p->n_connections];
            *c = (connection){.owner = p, .fd = fd, .number = ++p->n_connections};
            if (pthread_create(&c->thread, NULL, serve, c) != 0) {
                die("pthread_create");
            }
        } else if (fd >= 0) {
            (void)close(fd);
        }
        pthread_mutex_unlock(&p->lock);
    }
    return NULL;
}

/* ---- the peer itself ---- */

peer *peer_start(void)
{
    peer *p = calloc(1, sizeof *p);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof a;
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (p->fd < 0 || bind(p->fd, (struct sockaddr *)&a, n) != 0 || listen(p->fd, 128) != 0 ||
        getsockname(p->fd, (struct sockaddr *)&a, &n) != 0) {
        die("peer");
    }
    p->port = ntohs(a.sin_port);
    pthread_mutex_init(&p->lock, NULL);
    if (pthread_create(&p->thread, NULL, accept_all, p) != 0) {
        die("pthread_create");
    }
    return p;
}

void peer_script(peer *p, const peer_step *steps, size_t n)
{
    if (n > MAX_STEPS) {
        die("peer_script: too many steps");
    }
    pthread_mutex_lock(&p->lock);
    memcpy(p->steps, steps, n * sizeof *steps);
    p->n_steps = n;
    p->at_step = 0;
    pthread_mutex_unlock(&p->lock);
}

int peer_port(const peer *p)
{
    return p->port;
}

const char *peer_url(peer *p, const char *path)
{
    (void)snprintf(p->url, sizeof p->url, "http://127.0.0.1:%d%s", p->port, path);
    return p->url;
}

size_t peer_count(peer *p)
{
    pthread_mutex_lock(&p->lock);
    size_t n = p->n_requests;
    pthread_mutex_unlock(&p->lock);
    return n;
}

int peer_connections(peer *p)
{
    pthread_mutex_lock(&p->lock);
    int n = p->n_connections;
    pthread_mutex_unlock(&p->lock);
    return n;
}

size_t peer_bytes(peer *p)
{
    pthread_mutex_lock(&p->lock);
    size_t n = p->bytes;
    pthread_mutex_unlock(&p->lock);
    return n;
}

const char *peer_violation(peer *p)
{
    pthread_mutex_lock(&p->lock);
    const char *v = p->violation[0] != '\0' ? p->violation : NULL;
    pthread_mutex_unlock(&p->lock);
    return v;
}

const peer_request *peer_at(peer *p, size_t i)
{
    pthread_mutex_lock(&p->lock);
    const peer_request *r = i < p->n_requests ? p->requests[i] : NULL;
    pthread_mutex_unlock(&p->lock);
    return r;
}

void peer_stop(peer *p)
{
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    for (int i = 0; i < p->n_connections; i++) {
        if (p->connections[i].fd >= 0) {
            (void)shutdown(p->connections[i].fd, SHUT_RDWR);
        }
    }
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    for (int i = 0; i < p->n_connections; i++) {
        pthread_join(p->connections[i].thread, NULL);
    }
    (void)close(p->fd);
    for (size_t i = 0; i < p->n_requests; i++) {
        free_request(p->requests[i]);
    }
    free(p->requests);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
