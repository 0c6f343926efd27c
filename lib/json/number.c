/* SPDX-License-Identifier: Apache-2.0 */
/* From a number's text to the nearest double. strtod rounds rightly but takes its decimal point from the locale; so it is given
 * none: 12.5e3 is asked for as 125e2. */
#include "json/reader.h"

#include <stdlib.h>

enum {
    MOST_DIGITS = 800,          /* 767 decide how any double rounds; the rest only matters for being there */
    MOST_EXPONENT = 1000 * 1000 /* far outside of what a double holds, even with that many digits in front */
};

typedef struct parts {
    char text[MOST_DIGITS + 32]; /* sign, digits, exponent */
    size_t len, digits;
    int64_t exponent;
    bool lost; /* a digit other than 0 had no room */
} parts;

static void add_digit(parts *n, char c, bool fraction)
{
    if (n->digits == 0 && c == '0') {
        n->exponent -= fraction; /* a zero in front: it only moves the point */
        return;
    }
    if (n->digits == MOST_DIGITS) {
        n->lost |= c != '0';
        n->exponent += !fraction;
        return;
    }
    n->text[n->len++] = c;
    n->digits++;
    n->exponent -= fraction;
}

static int64_t exponent_of(fir_str s)
{
    int64_t v = 0;
    bool negative = s.len != 0 && s.ptr[0] == '-';
    for (size_t i = negative || (s.len != 0 && s.ptr[0] == '+') ? 1 : 0; i < s.len; i++) {
        v = v < INT64_MAX / 100 ? v * 10 + (s.ptr[i] - '0') : v;
    }
    return negative ? -v : v;
}

double fir__json_to_double(fir_str number)
{
    parts n = {.len = 0};
    bool fraction = false;
    for (size_t i = 0; i < number.len; i++) {
        char c = number.ptr[i];
        if (fir__is_digit(c)) {
            add_digit(&n, c, fraction);
        } else if (c == '.') {
            fraction = true;
        } else if (c == '-') {
            n.text[n.len++] = '-';
        } else { /* the exponent, to the end */
            n.exponent += exponent_of(fir__str_from(number, i + 1));
            break;
        }
    }
    if (n.digits == 0) {
        return n.len != 0 ? -0.0 : 0.0;
    }
    if (n.lost) {
        n.text[n.len - 1] = n.text[n.len - 1] == '0' ? '1' : n.text[n.len - 1]; /* not exactly at a middle any more */
    }
    int64_t e = n.exponent > MOST_EXPONENT ? MOST_EXPONENT : n.exponent < -MOST_EXPONENT ? -MOST_EXPONENT : n.exponent;
    n.text[n.len++] = 'e';
    n.text[n.len++] = e < 0 ? '-' : '+';
    e = e < 0 ? -e : e;
    for (int64_t unit = MOST_EXPONENT; unit != 0; unit /= 10) {
        n.text[n.len++] = (char)('0' + e / unit % 10);
    }
    n.text[n.len] = '\0';
    return strtod(n.text, NULL);
}
