/* SPDX-License-Identifier: Apache-2.0 */
/* time(format): the part of strftime that does not depend on a locale, in UTC, and three names. */
#include "template/internal.h"

#include "base/time.h"

typedef void writer(fir__sbuf *b, const fir__calendar *c, int64_t ns);

static const char *const days[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};

static void year(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)ns;
    fir__sbuf_printf(b, "%04lld", (long long)c->year);
}

static void short_year(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)ns;
    fir__sbuf_printf(b, "%02lld", (long long)(c->year % 100));
}

static void month(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)ns;
    fir__sbuf_printf(b, "%02u", c->month);
}

static void day(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)ns;
    fir__sbuf_printf(b, "%02u", c->day);
}

static void padded_day(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)ns;
    fir__sbuf_printf(b, "%2u", c->day);
}

static void hour(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)ns;
    fir__sbuf_printf(b, "%02u", c->hour);
}

static void minute(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)ns;
    fir__sbuf_printf(b, "%02u", c->minute);
}

static void second(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)ns;
    fir__sbuf_printf(b, "%02u", c->second);
}

static void nanosecond(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)ns;
    fir__sbuf_printf(b, "%09u", c->nanosecond);
}

static void date(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)ns;
    fir__sbuf_printf(b, "%04lld-%02u-%02u", (long long)c->year, c->month, c->day);
}

static void clock_time(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)ns;
    fir__sbuf_printf(b, "%02u:%02u:%02u", c->hour, c->minute, c->second);
}

static void yearday(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)ns;
    fir__sbuf_printf(b, "%03u", c->yearday + 1);
}

static void weekday(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)ns;
    fir__sbuf_printf(b, "%u", c->weekday);
}

static void short_day_name(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)ns;
    fir__sbuf_put(b, days[c->weekday], 3);
}

static void day_name(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)ns;
    fir__sbuf_str(b, fir__cstr(days[c->weekday]));
}

static void short_month_name(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)ns;
    fir__sbuf_put(b, months[c->month - 1], 3);
}

static void month_name(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)ns;
    fir__sbuf_str(b, fir__cstr(months[c->month - 1]));
}

static void seconds(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)c;
    fir__sbuf_i64(b, ns / FIR__SECOND - (ns % FIR__SECOND < 0));
}

static void offset(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)c;
    (void)ns;
    fir__sbuf_str(b, FIR__S("+0000"));
}

static void zone(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)c;
    (void)ns;
    fir__sbuf_str(b, FIR__S("UTC"));
}

static void percent(fir__sbuf *b, const fir__calendar *c, int64_t ns)
{
    (void)c;
    (void)ns;
    fir__sbuf_char(b, '%');
}

static writer *writer_of(char letter)
{
    static const struct {
        char letter;
        writer *write;
    } writers[] = {{'Y', year},     {'y', short_year},       {'m', month},      {'d', day},        {'e', padded_day},
                   {'H', hour},     {'M', minute},           {'S', second},     {'N', nanosecond}, {'f', nanosecond},
                   {'F', date},     {'T', clock_time},       {'j', yearday},    {'w', weekday},    {'a', short_day_name},
                   {'A', day_name}, {'b', short_month_name}, {'B', month_name}, {'s', seconds},    {'z', offset},
                   {'Z', zone},     {'%', percent}};
    for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
        if (writers[i].letter == letter) {
            return writers[i].write;
        }
    }
    return NULL;
}

/* The names of whole formats. */
static bool write_named(fir__sbuf *b, fir_str format, int64_t ns)
{
    if (fir__str_eq(format, FIR__S("rfc3339"))) {
        fir__time_format(b, ns);
    } else if (fir__str_eq(format, FIR__S("unix"))) {
        seconds(b, NULL, ns);
    } else if (fir__str_eq(format, FIR__S("unix_ns"))) {
        fir__sbuf_i64(b, ns);
    } else {
        return false;
    }
    return true;
}

bool fir__time_format_valid(fir_str format, char *wrong)
{
    bool any = false;
    for (size_t i = 0; i < format.len; i++) {
        if (format.ptr[i] == '%') {
            i++;
            *wrong = i < format.len ? format.ptr[i] : ' ';
            if (i == format.len || writer_of(format.ptr[i]) == NULL) {
                return false;
            }
            any = true;
        }
    }
    *wrong = '\0';
    return any || fir__str_eq(format, FIR__S("rfc3339")) || fir__str_eq(format, FIR__S("unix")) ||
           fir__str_eq(format, FIR__S("unix_ns"));
}

void fir__time_write(fir__sbuf *b, fir_str format, int64_t ns)
{
    if (write_named(b, format, ns)) {
        return;
    }
    fir__calendar c = fir__time_calendar(ns);
    for (size_t i = 0; i < format.len; i++) {
        writer *write = format.ptr[i] == '%' && i + 1 < format.len ? writer_of(format.ptr[++i]) : NULL;
        if (write != NULL) {
            write(b, &c, ns);
        } else {
            fir__sbuf_char(b, format.ptr[i]);
        }
    }
}
