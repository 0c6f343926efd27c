/* SPDX-License-Identifier: Apache-2.0 */
/* One process, one loop. Requests are taken in the order of their connections' age, so that what a killed process had sent is done
 * before the next process can look whether it was. */
#include "support/life_peer.h"

#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 200, ROOM = 16384 };

typedef struct connection {
    int fd;
    size_t n;
    int64_t due_ns; /* of the answer; 0: none is owed */
    int status;
    char in[ROOM];
} connection;

static life_book *book;
static connection *all[CONNECTIONS];
static size_t count;
static uint64_t random_state = 11;

static uint32_t chance(uint32_t below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % below;
}

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

__attribute__((format(printf, 1, 2))) static void violation(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (atomic_fetch_add(&book->violations, 1) == 0) {
        (void)vsnprintf(book->what, sizeof book->what, format, list);
    }
    va_end(list);
}

static void close_at(size_t i)
{
    (void)close(all[i]->fd);
    free(all[i]);
    memmove(&all[i], &all[i + 1], (--count - i) * sizeof all[0]);
}

static void kill_child(void)
{
    pid_t child = atomic_load(&book->child);
    atomic_fetch_add(&book->kills, 1);
    if (child > 0) {
        (void)kill(child, SIGKILL);
    }
}

/* One kill for one order. */
static bool strikes(atomic_int *order, int class)
{
    int wanted = class + 1;
    return atomic_compare_exchange_strong(order, &wanted, 0);
}

static void check_key(life_entry *e, int class, unsigned n, const char *key)
{
    if (key[0] == '\0' || strspn(key, "0123456789abcdef") != 64) {
        violation("class %d, alert %u: no key: %.80s", class, n, key);
    } else if (e->key[0] == '\0') {
        memcpy(e->key, key, 65);
    } else if (strcmp(e->key, key) != 0) {
        violation("class %d, alert %u: two keys, %s and %s", class, n, e->key, key);
    }
}

/* Gives the status. */
static int serve(const char *method, int class, unsigned n, const char *key)
{
    life_entry *e = &book->entries[class][n];
    check_key(e, class, n, key);
    if (strcmp(method, "GET") == 0) {
        atomic_fetch_add(&e->looked, 1);
        return atomic_load(&e->done) != 0 ? 200 : 404;
    }
    bool again = class == LIFE_KEYED || class == LIFE_IDEMPOTENT;
    if (again && atomic_load(&book->slow) != 0 && chance(50) == 0) {
        return 503;
    }
    if (strcmp(method, "DELETE") == 0) {
        if (atomic_load(&e->done) == 0) {
            violation("alert %u: undone, and never done", n);
        }
        atomic_fetch_add(&e->undone, 1);
        if (strikes(&book->kill_undone, class)) {
            kill_child();
        }
        return 200;
    }
    unsigned before = atomic_fetch_add(&e->done, 1);
    if (!again && before != 0) {
        violation("class %d, alert %u: done twice", class, n);
    }
    if (strikes(&book->kill_whole, class)) {
        kill_child();
    }
    return 200;
}

static bool read_target(const char *line, char *method, int *class, unsigned *n)
{
    static const char *const names[LIFE_CLASSES] = {"keyed", "idempotent", "verifiable", "unsafe"};
    char name[20], version[12];
    if (sscanf(line, "%7[A-Z] /%19[a-z]/%u HTTP/%11[0-9.]", method, name, n, version) != 4 || strcmp(version, "1.1") != 0) {
        return false;
    }
    for (*class = 0; *class < LIFE_CLASSES && strcmp(names[*class], name) != 0; ++*class) {
    }
    return *class < LIFE_CLASSES && *n < LIFE_MOST;
}

/* One whole request, when it is there. False: the connection is to be closed. */
static bool take(connection *c)
{
    char method[8], key[128] = "";
    int class;
    unsigned n;
    size_t length = 0;
    c->in[c->n] = '\0';
    char *end = strstr(c->in, "\r\n\r\n");
    if (end == NULL) {
        return true;
    }
    if (!read_target(c->in, method, &class, &n)) {
        violation("a request that is none: %.100s", c->in);
        return false;
    }
    for (char *line = strstr(c->in, "\r\n") + 2; line < end + 2; line = strstr(line, "\r\n") + 2) {
        if (strncasecmp(line, "Content-Length:", 15) == 0) {
            length = strtoul(line + 15, NULL, 10);
        } else if (strncasecmp(line, "Idempotency-Key:", 16) == 0) {
            (void)sscanf(line + 16, " %127[!-~]", key);
        }
    }
    if (strcmp(method, "POST") == 0 && strikes(&book->kill_half, class)) {
        kill_child();
        return false;
    }
    size_t whole = (size_t)(end + 4 - c->in) + length;
    if (c->n < whole) {
        return true;
    }
    c->n -= whole;
    memmove(c->in, c->in + whole, c->n);
    c->status = serve(method, class, n, key);
    c->due_ns = now_ns() + (atomic_load(&book->slow) != 0 ? (int64_t)chance(1500000) : 0);
    return true;
}

static bool answer(connection *c)
{
    char text[100];
    int n = snprintf(text, sizeof text, "HTTP/1.1 %d x\r\nContent-Length: 2\r\n\r\nok", c->status);
    c->due_ns = 0;
    return send(c->fd, text, (size_t)n, MSG_NOSIGNAL) == n;
}

static bool receive(connection *c)
{
    ssize_t n = recv(c->fd, c->in + c->n, ROOM - 1 - c->n, MSG_DONTWAIT);
    if (n <= 0) {
        return false;
    }
    c->n += (size_t)n;
    return take(c);
}

static void look(int listener)
{
    struct pollfd p[CONNECTIONS + 1];
    size_t n = count;
    int64_t now = now_ns(), next = now + 1000000000;
    for (size_t i = 0; i < n; i++) {
        p[i] = (struct pollfd){.fd = all[i]->fd, .events = POLLIN};
        next = all[i]->due_ns != 0 && all[i]->due_ns < next ? all[i]->due_ns : next;
    }
    p[n] = (struct pollfd){.fd = n < CONNECTIONS ? listener : -1, .events = POLLIN};
    const struct timespec wait = {.tv_nsec = next > now ? (next - now) % 1000000000 : 0};
    (void)ppoll(p, n + 1, &wait, NULL);
    bool alive[CONNECTIONS];
    for (size_t i = 0; i < n; i++) {
        alive[i] = (p[i].revents == 0 || receive(all[i])) && (all[i]->due_ns == 0 || all[i]->due_ns > now_ns() || answer(all[i]));
    }
    for (size_t i = n; i-- != 0;) {
        if (!alive[i]) {
            close_at(i);
        }
    }
    if (p[n].revents != 0) {
        int fd = accept(listener, NULL, NULL);
        connection *c = fd >= 0 ? calloc(1, sizeof *c) : NULL;
        if (c != NULL) {
            c->fd = fd;
            all[count++] = c;
        }
    }
}

void life_peer_start(life_book *b)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    book = b;
    ck_assert(listener >= 0 && bind(listener, (struct sockaddr *)&at, size) == 0 && listen(listener, 100) == 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&at, &size), 0);
    b->port = ntohs(at.sin_port);
    pid_t parent = getpid();
    pid_t peer = fork();
    ck_assert_int_ge(peer, 0);
    if (peer == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (getppid() == parent) {
            look(listener);
        }
        _exit(0);
    }
    b->peer = peer; /* by the parent only: the book is both's */
    (void)close(listener);
}
