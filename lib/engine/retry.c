/* SPDX-License-Identifier: Apache-2.0 */
/* When to try again. */
#include <stdio.h>

#include "engine/private.h"

#define FIRST_BOUND FIR__SECOND
#define MOST_BACKOFF (60 * FIR__SECOND)
#define MOST_RETRY_AFTER (600 * FIR__SECOND)
#define ABSURD_RETRY_AFTER UINT64_C(86400) /* seconds: who says so does not mean it */

/* SplitMix64: no secret hangs on it, two engines only must not beat in time. */
uint64_t fir__random_next(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

int64_t fir__backoff(uint32_t attempt, uint64_t random)
{
    int64_t bound = FIRST_BOUND;
    for (uint32_t i = 1; i < attempt && bound < MOST_BACKOFF; i++) {
        bound *= 2;
    }
    bound = bound < MOST_BACKOFF ? bound : MOST_BACKOFF;
    return (int64_t)(random % ((uint64_t)bound + 1));
}

/* Two digits at a place of a date. */
static bool two_digits(fir_str s, size_t at, uint64_t *out)
{
    return fir__str_u64(fir__str_to(fir__str_from(s, at), 2), out);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", the one form that servers may send. */
static bool parse_date(fir_str s, int64_t *ns)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    uint64_t day, year, hour, minute, second;
    if (s.len != 29 || !fir__str_ends(s, FIR__S(" GMT")) || !two_digits(s, 5, &day) || !two_digits(s, 17, &hour) ||
        !two_digits(s, 20, &minute) || !two_digits(s, 23, &second) || !fir__str_u64(fir__str_to(fir__str_from(s, 12), 4), &year)) {
        return false;
    }
    size_t month = fir__str_find(fir__str(months, sizeof months - 1), fir__str_to(fir__str_from(s, 8), 3));
    if (month == SIZE_MAX || month % 3 != 0) {
        return false;
    }
    char text[32];
    int n = snprintf(text, sizeof text, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)(year % 10000), (unsigned)(month / 3 + 1) % 100,
                     (unsigned)(day % 100), (unsigned)(hour % 100), (unsigned)(minute % 100), (unsigned)(second % 100));
    return fir__time_parse(fir__str(text, (size_t)n), ns);
}

int64_t fir__retry_after(const fir_http_result *r, int64_t wall_ns)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        uint64_t seconds;
        int64_t at;
        if (!fir__str_eq_nocase(r->headers[i].name, FIR__S("Retry-After"))) {
            continue;
        }
        if (fir__str_u64(r->headers[i].value, &seconds)) {
            if (seconds > ABSURD_RETRY_AFTER) {
                return -1;
            }
            int64_t ns = (int64_t)seconds * FIR__SECOND;
            return ns < MOST_RETRY_AFTER ? ns : MOST_RETRY_AFTER;
        }
        if (parse_date(r->headers[i].value, &at)) {
            int64_t ns = at > wall_ns ? at - wall_ns : 0;
            return ns > (int64_t)ABSURD_RETRY_AFTER * FIR__SECOND ? -1 : ns < MOST_RETRY_AFTER ? ns : MOST_RETRY_AFTER;
        }
        return -1;
    }
    return -1;
}
