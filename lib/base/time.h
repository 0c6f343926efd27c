/* SPDX-License-Identifier: Apache-2.0 */
/* Times are int64 nanoseconds since the epoch, UTC. */
#ifndef FIR__BASE_TIME_H
#define FIR__BASE_TIME_H

#include "base/sbuf.h"

#define FIR__SECOND INT64_C(1000000000)

/* RFC 3339, with 'T', 't' or a blank, any number of fraction digits (nine count), 'Z' or an offset with or without colon.
 * False when it is none, or lies outside of int64 nanoseconds (1677 to 2262). */
bool fir__time_parse(fir_str s, int64_t *ns);

/* YYYY-MM-DDTHH:MM:SS.nnnnnnnnnZ, as Falco writes `time`. */
void fir__time_format(fir__sbuf *b, int64_t ns);

/* The calendar's parts of a time, UTC. */
typedef struct fir__calendar {
    int64_t year;
    uint32_t month, day; /* from 1 */
    uint32_t hour, minute, second, nanosecond;
    uint32_t weekday, yearday; /* 0 Sunday; 0 the first of January */
} fir__calendar;
fir__calendar fir__time_calendar(int64_t ns);

/* A duration of a playbook: [0-9]+(ms|s|m|h|d). False when it is none or too large. */
bool fir__duration_parse(fir_str s, int64_t *ns);

#endif
