/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

/* Days since the epoch of a date, by counting years that begin in March (Howard Hinnant's civil calendar). */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static uint32_t month_length(int64_t year, uint32_t month)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : lengths[month - 1];
}

static void advance(fir_str *s, size_t n)
{
    s->ptr += n;
    s->len -= n;
}

/* Takes n digits off the front of s. */
static bool take_digits(fir_str *s, size_t n, uint32_t *out)
{
    uint32_t v = 0;
    if (s->len < n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!fir__is_digit(s->ptr[i])) {
            return false;
        }
        v = v * 10 + (uint32_t)(s->ptr[i] - '0');
    }
    *out = v;
    advance(s, n);
    return true;
}

static bool take_char(fir_str *s, const char *any_of)
{
    for (; s->len != 0 && *any_of != '\0'; any_of++) {
        if (s->ptr[0] == *any_of) {
            advance(s, 1);
            return true;
        }
    }
    return false;
}

static bool take_fraction(fir_str *s, int64_t *ns)
{
    *ns = 0;
    if (!take_char(s, ".")) {
        return true;
    }
    int64_t unit = FIR__SECOND;
    size_t digits = 0;
    while (s->len != 0 && fir__is_digit(s->ptr[0])) {
        unit /= 10;
        *ns += unit * (s->ptr[0] - '0');
        advance(s, 1);
        digits++;
    }
    return digits != 0;
}

static bool take_offset(fir_str *s, int64_t *seconds)
{
    *seconds = 0;
    if (take_char(s, "Zz")) {
        return true;
    }
    bool west = s->len != 0 && s->ptr[0] == '-';
    uint32_t h, m;
    if (!take_char(s, "+-") || !take_digits(s, 2, &h)) {
        return false;
    }
    (void)take_char(s, ":");
    if (!take_digits(s, 2, &m) || h > 23 || m > 59) {
        return false;
    }
    *seconds = (int64_t)(h * 3600 + m * 60) * (west ? -1 : 1);
    return true;
}

bool fir__time_parse(fir_str s, int64_t *ns)
{
    uint32_t year, month, day, hour, minute, second;
    int64_t fraction, offset;
    bool shape = take_digits(&s, 4, &year) && take_char(&s, "-") && take_digits(&s, 2, &month) && take_char(&s, "-") &&
                 take_digits(&s, 2, &day) && take_char(&s, "Tt ") && take_digits(&s, 2, &hour) && take_char(&s, ":") &&
                 take_digits(&s, 2, &minute) && take_char(&s, ":") && take_digits(&s, 2, &second) && take_fraction(&s, &fraction) &&
                 take_offset(&s, &offset) && s.len == 0;
    if (!shape || month < 1 || month > 12 || day < 1 || day > month_length(year, month) || hour > 23 || minute > 59 ||
        second > 60) {
        return false;
    }
    int64_t seconds = days_of(year, month, day) * 86400 + (int64_t)(hour * 3600 + minute * 60 + second) - offset;
    return !__builtin_mul_overflow(seconds, FIR__SECOND, ns) && !__builtin_add_overflow(*ns, fraction, ns);
}

fir__calendar fir__time_calendar(int64_t ns)
{
    int64_t seconds = ns / FIR__SECOND, rest = ns % FIR__SECOND;
    if (rest < 0) {
        rest += FIR__SECOND;
        seconds--;
    }
    int64_t days = seconds / 86400, of_day = seconds % 86400;
    if (of_day < 0) {
        of_day += 86400;
        days--;
    }
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * of_year + 2) / 153;
    fir__calendar c = {0};
    c.day = (uint32_t)(of_year - (153 * shifted + 2) / 5 + 1);
    c.month = (uint32_t)(shifted < 10 ? shifted + 3 : shifted - 9);
    c.year = year_of_era + era * 400 + (c.month <= 2);
    c.hour = (uint32_t)(of_day / 3600);
    c.minute = (uint32_t)(of_day / 60 % 60);
    c.second = (uint32_t)(of_day % 60);
    c.nanosecond = (uint32_t)rest;
    c.weekday = (uint32_t)(((days + 4) % 7 + 7) % 7);
    c.yearday = (uint32_t)(days - days_of(c.year, 1, 1));
    return c;
}

/* The last n digits, and what stands behind them. */
static char *put_digits(char *to, uint32_t v, size_t n, char behind)
{
    for (size_t i = n; i != 0; i--) {
        to[i - 1] = (char)('0' + v % 10);
        v /= 10;
    }
    to[n] = behind;
    return to + n + 1;
}

/* Digit by digit: each record of the journal has one, twice hashed. */
void fir__time_format(fir__sbuf *b, int64_t ns)
{
    fir__calendar c = fir__time_calendar(ns); /* the years of 64 bits of nanoseconds have four digits */
    char text[sizeof "YYYY-MM-DDThh:mm:ss.nnnnnnnnnZ"], *at = text;
    at = put_digits(at, (uint32_t)c.year, 4, '-');
    at = put_digits(at, c.month, 2, '-');
    at = put_digits(at, c.day, 2, 'T');
    at = put_digits(at, c.hour, 2, ':');
    at = put_digits(at, c.minute, 2, ':');
    at = put_digits(at, c.second, 2, '.');
    at = put_digits(at, c.nanosecond, 9, 'Z');
    fir__sbuf_put(b, text, (size_t)(at - text));
}

bool fir__duration_parse(fir_str s, int64_t *ns)
{
    static const struct {
        fir_str suffix;
        int64_t unit;
    } units[] = {{{"ms", 2}, 1000000},
                 {{"s", 1}, FIR__SECOND},
                 {{"m", 1}, 60 * FIR__SECOND},
                 {{"h", 1}, 3600 * FIR__SECOND},
                 {{"d", 1}, 86400 * FIR__SECOND}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        uint64_t n;
        if (fir__str_ends(s, units[i].suffix) && fir__str_u64(fir__str_to(s, s.len - units[i].suffix.len), &n)) {
            return n <= INT64_MAX && !__builtin_mul_overflow((int64_t)n, units[i].unit, ns);
        }
    }
    return false;
}
