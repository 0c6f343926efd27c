/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTP/1.1 server for tests: on loopback, with threads of its own, strict about what it reads, and with a ledger. What a
 * test claims was sent is what stands in the ledger. */
#ifndef FIR_TEST_PEER_H
#define FIR_TEST_PEER_H

#include <stddef.h>

typedef struct peer peer;

/* What the peer does with one request; those beyond the script get the script's last one (without a script: 200, "ok"). */
typedef struct peer_step {
    int status;          /* 0: 200 */
    const char *headers; /* more of them, each with CRLF; may be NULL */
    const char *body;    /* may be NULL */
    size_t fill;         /* so many bytes of 'x' instead of a body */
    int delay_ms;        /* before the answer */
    int drip_ms;         /* between the bytes of the answer */
    const char *raw;     /* these bytes instead of an answer, then the end of the connection */
    int reset;           /* 1: no answer, the connection is reset; 2: closed */
    int close_after;     /* the connection is closed behind the answer, without saying so in it */
} peer_step;

/* One request as it came. Texts are NUL-terminated. */
typedef struct peer_request {
    char *method, *target, *head, *body; /* head: the header lines with their CRLF */
    size_t body_len;
    int connection; /* from 1 */
    double at;      /* seconds, monotonic */
} peer_request;

peer *peer_start(void);                                      /* exits the test program when it cannot */
void peer_script(peer *p, const peer_step *steps, size_t n); /* at most 16; their texts must outlive p */
int peer_port(const peer *p);
const char *peer_url(peer *p, const char *path); /* http://127.0.0.1:PORT + path; one at a time */
size_t peer_count(peer *p);                      /* requests */
int peer_connections(peer *p);
size_t peer_bytes(peer *p);                     /* read in all */
const char *peer_violation(peer *p);            /* what was wrong with some request; NULL: nothing */
const peer_request *peer_at(peer *p, size_t i); /* stays valid until peer_stop */
/* The value of a header, NULL when it is not there or there twice; free(). */
char *peer_header(const peer_request *r, const char *name);
void peer_stop(peer *p);

#endif
