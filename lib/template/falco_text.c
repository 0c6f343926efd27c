/* SPDX-License-Identifier: Apache-2.0 */
/* How Falco prints a value: by the type of its field. */
#include "template/internal.h"

#include <stdio.h>

#include "base/time.h"
#include "json/writer.h"

static void write_clock(fir__sbuf *b, uint8_t clock, int64_t ns)
{
    static const char *const formats[] = {[FIR__CLOCK_TIME] = "%H:%M:%S.%N",
                                          [FIR__CLOCK_TIME_S] = "%H:%M:%S",
                                          [FIR__CLOCK_DATETIME] = "%Y-%m-%d %H:%M:%S.%N",
                                          [FIR__CLOCK_DATETIME_S] = "%Y-%m-%d %H:%M:%S",
                                          [FIR__CLOCK_ISO8601] = "%Y-%m-%dT%H:%M:%S.%N%z"};
    if (clock == FIR__CLOCK_FRACTION) {
        fir__sbuf_printf(b, "%09lld", (long long)ns);
    } else {
        fir__time_write(b, fir__cstr(formats[clock]), ns);
    }
}

/* %.1f with a point, whatever the locale's is. */
static void write_double(fir__sbuf *b, double d)
{
    char text[400];
    int n = snprintf(text, sizeof text, "%.1f", d);
    if (n < 3 || n >= (int)sizeof text) {
        return;
    }
    size_t whole = text[0] == '-';
    while (fir__is_digit(text[whole])) {
        whole++;
    }
    fir__sbuf_put(b, text, whole);
    fir__sbuf_char(b, '.');
    fir__sbuf_char(b, text[n - 1]);
}

void fir__falco_text(fir__sbuf *b, const fir__term *term, const fir__value *v)
{
    if (v->type == FIR__INT && term->clock != FIR__CLOCK_NONE) {
        write_clock(b, term->clock, v->i);
    } else if (v->type == FIR__DOUBLE) {
        write_double(b, v->d);
    } else if (v->type == FIR__INT && term->type == FIR__F_DOUBLE) {
        write_double(b, (double)v->i);
    } else if (v->type == FIR__STRING) {
        fir__sbuf_str(b, fir__value_text(v));
    } else {
        fir__json_value(b, v);
    }
}
