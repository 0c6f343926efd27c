/* SPDX-License-Identifier: Apache-2.0 */
/* Counts and durations, in few dimensions: rule, action type, status. Never a name of a pod. */
#ifndef FIR__ENGINE_METRICS_H
#define FIR__ENGINE_METRICS_H

#include "base/sbuf.h"

enum { FIR__MOST_SERIES = 10000, FIR__BUCKETS = 12 };

typedef enum fir__metric {
    FIR__ALERTS_READ,
    FIR__ALERTS_REFUSED,
    FIR__ALERTS_MATCHED,
    FIR__GATE_VERDICTS,   /* rule, status */
    FIR__KEYS_MISSING,    /* rule */
    FIR__RULES_UNDECIDED, /* rule */
    FIR__ACTIONS,         /* type, status */
    FIR__RETRIES,         /* type */
    FIR__APPROVALS,       /* status */
    FIR__UNDOS,           /* status */
    FIR__FEEDBACK,        /* rule, true or false positive */
    FIR__BREAKER_OPENED,
    FIR__METRICS
} fir__metric;

typedef enum fir__latency { FIR__ACCEPTED_TO_STARTED, FIR__STARTED_TO_DONE, FIR__ALERT_TO_DONE, FIR__LATENCIES } fir__latency;

typedef struct fir__series {
    uint64_t count;
    struct fir__series *next;
    uint8_t metric;
    uint32_t a_len, b_len;
    char text[]; /* both labels */
} fir__series;

typedef struct fir__histogram {
    uint64_t buckets[FIR__BUCKETS], count;
    int64_t sum_ns;
} fir__histogram;

typedef struct fir__metrics {
    fir__series *heads[256];
    size_t n;
    uint64_t lost; /* counts that found no place */
    fir__histogram latencies[FIR__LATENCIES];
} fir__metrics;

/* All of these under a lock of the caller's. A count that finds no memory is lost, and that is counted. */
void fir__metrics_count(fir__metrics *m, const fir_allocator *a, fir__metric what, fir_str label, fir_str other);
void fir__metrics_time(fir__metrics *m, fir__latency what, int64_t ns);
/* The text form that Prometheus reads; gauges are the caller's. */
void fir__metrics_write(const fir__metrics *m, fir__sbuf *b);
void fir__metrics_gauge(fir__sbuf *b, const char *name, const char *help, uint64_t value);
void fir__metrics_free(fir__metrics *m, const fir_allocator *a);

#endif
