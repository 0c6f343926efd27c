/* SPDX-License-Identifier: Apache-2.0 */
/* A transport and a clock that do what a test says. Time stands still until somebody waits. */
#ifndef FIR_TEST_FAKE_H
#define FIR_TEST_FAKE_H

#include <falcoir/sys/clock.h>
#include <falcoir/sys/transport.h>

enum { FAKE_MOST = 4096 };

/* What becomes of one request; those beyond the script get its last one (without a script: 200, "ok" at once). */
typedef struct fake_answer {
    int status; /* 0: 200 */
    const char *body;
    const char *header, *value; /* one header; may be NULL */
    int32_t code;               /* not 0: no answer */
    const char *message;
    int32_t not_sent;
    int64_t delay_ns;
    int32_t refuse_start; /* start itself fails with this code */
} fake_answer;

typedef struct fake_request {
    uint64_t id;
    char *method, *url, *head, *body; /* head: "Name: value\n" each */
    int64_t timeout_ns, at_ns, due_ns;
    uint64_t max_response;
    uint32_t flags;
    const fake_answer *answer;
    int done, cancelled;
} fake_request;

typedef struct fake {
    _Atomic int64_t now_ns; /* turned by whoever waits, read by every thread of an engine */
    int64_t wall_offset_ns;
    const fake_answer *script;
    size_t n_script;
    const char *slow; /* URLs with this in them are never answered */
    fake_request requests[FAKE_MOST];
    size_t n;
    size_t in_flight, most_in_flight;
    int destroyed;
    fir_http_header header; /* of the last answer */
    fir_transport transport;
    fir_clock clock;
} fake;

void fake_init(fake *f);
void fake_free(fake *f);
/* Forgets what was sent. */
void fake_clear(fake *f);

#endif
