/* SPDX-License-Identifier: Apache-2.0 */
/* Talon's comparison of output_fields: a text against what Go's %v prints for the value. Integers are exact, which Talon's are
 * not (docs/talon.md); what the alert wrote with a fraction or an exponent prints as Go's float64. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "expr/run.h"

enum { NESTED_LISTS = 32, FLOAT_TEXT = 40 };

static bool eat(fir_str *rest, fir_str piece)
{
    if (!fir__str_starts(*rest, piece)) {
        return false;
    }
    *rest = fir__str_from(*rest, piece.len);
    return true;
}

/* The fewest digits that read back as the same number, without point; exponent of the first digit. */
static size_t shortest_digits(double d, char digits[20], int *exponent)
{
    char text[FLOAT_TEXT];
    for (int more = 0; more <= 16; more++) {
        (void)snprintf(text, sizeof text, "%.*e", more, d);
        double back = strtod(text, NULL); /* both in the process's locale */
        if (!(back < d) && !(back > d)) {
            break;
        }
    }
    size_t n = 0;
    const char *p = text;
    for (; *p != '\0' && *p != 'e'; p++) {
        if (fir__is_digit(*p) && n < 19) {
            digits[n++] = *p;
        }
    }
    *exponent = *p == 'e' ? (int)strtol(p + 1, NULL, 10) : 0;
    return n;
}

/* As Go's fmt prints a float64 by %v: an exponent below -4 or above 5 is written as such. */
static fir_str print_float(double d, char out[FLOAT_TEXT])
{
    char digits[20] = "";
    int exponent = 0, n;
    const char *sign = signbit(d) ? "-" : "";
    int count = (int)shortest_digits(fabs(d), digits, &exponent);
    if (exponent < -4 || exponent > 5) {
        n = snprintf(out, FLOAT_TEXT, "%s%c%s%.*se%c%02d", sign, digits[0], count > 1 ? "." : "", count - 1, digits + 1,
                     exponent < 0 ? '-' : '+', abs(exponent));
    } else if (exponent < 0) {
        n = snprintf(out, FLOAT_TEXT, "%s0.%.*s%.*s", sign, -exponent - 1, "000", count, digits);
    } else {
        int whole = exponent + 1, have = count < whole ? count : whole;
        n = snprintf(out, FLOAT_TEXT, "%s%.*s%.*s%s%.*s", sign, have, digits, whole - have, "00000", count > whole ? "." : "",
                     count - have, digits + have);
    }
    return fir__str(out, (size_t)n);
}

/* Takes the value's printed form off the front of the text: "<nil>" for null, "[a b]" for a list. */
static bool eat_printed(const fir__value *v, fir_str *rest, unsigned depth)
{
    char number[FLOAT_TEXT];
    if (v->type == FIR__NULL) {
        return eat(rest, FIR__S("<nil>"));
    }
    if (v->type == FIR__DOUBLE) {
        return isfinite(v->d) && eat(rest, print_float(v->d, number));
    }
    if (v->type != FIR__LIST) {
        return eat(rest, fir__value_text(v));
    }
    if (depth == NESTED_LISTS || !eat(rest, FIR__S("["))) {
        return false;
    }
    for (uint32_t i = 0; i < v->len; i++) {
        if ((i != 0 && !eat(rest, FIR__S(" "))) || !eat_printed(&v->items[i], rest, depth + 1)) {
            return false;
        }
    }
    return eat(rest, FIR__S("]"));
}

bool fir__talon_eq(const fir__value *v, fir_str text)
{
    return v != NULL && eat_printed(v, &text, 0) && text.len == 0;
}
