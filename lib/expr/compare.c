/* SPDX-License-Identifier: Apache-2.0 */
/* One value against one constant. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "expr/run.h"

/* ---- texts ---- */

static bool contains(fir_str s, fir_str needle)
{
    return fir__str_find(s, needle) != SIZE_MAX;
}

static bool contains_no_case(fir_str s, fir_str needle)
{
    for (size_t i = 0; i + needle.len <= s.len; i++) {
        if (fir__str_eq_nocase(fir__str(s.ptr + i, needle.len), needle)) {
            return true;
        }
    }
    return needle.len == 0;
}

/* fnmatch sees a text up to its first NUL. */
static fir_str c_string(fir_str s)
{
    const char *nul = s.len != 0 ? memchr(s.ptr, '\0', s.len) : NULL;
    return nul != NULL ? fir__str_to(s, (size_t)(nul - s.ptr)) : s;
}

static bool glob(fir_str s, fir_str pattern)
{
    return fir__glob(pattern, c_string(s), false);
}

static bool glob_no_case(fir_str s, fir_str pattern)
{
    return fir__glob(pattern, c_string(s), true);
}

static bool under(fir_str s, fir_str prefix)
{
    return fir__path_prefix(prefix, s);
}

static bool (*const text_tests[FIR__OP_COUNT])(fir_str value, fir_str constant) = {
    [FIR__OP_CONTAINS] = contains,
    [FIR__OP_ICONTAINS] = contains_no_case,
    [FIR__OP_BCONTAINS] = contains,
    [FIR__OP_STARTSWITH] = fir__str_starts,
    [FIR__OP_BSTARTSWITH] = fir__str_starts,
    [FIR__OP_ENDSWITH] = fir__str_ends,
    [FIR__OP_GLOB] = glob,
    [FIR__OP_IGLOB] = glob_no_case,
    [FIR__OP_PMATCH] = under,
};

/* ---- order ---- */

static int order(const fir__predicate *p, const fir__typed *a, const fir__typed *b)
{
    switch (p->class) {
    case FIR__C_INT:
        return (a->i > b->i) - (a->i < b->i);
    case FIR__C_UINT:
        return (a->u > b->u) - (a->u < b->u);
    case FIR__C_REAL:
        return (a->d > b->d) - (a->d < b->d);
    default:
        return fir__str_cmp(a->text, b->text);
    }
}

static bool equal(const fir__predicate *p, const fir__typed *a, const fir__typed *b)
{
    if (p->type == FIR__F_IPNET) {
        return fir__addr_in(&a->addr, &b->addr);
    }
    if (p->class == FIR__C_ADDR) {
        return fir__addr_eq(&a->addr, &b->addr);
    }
    return p->class == FIR__C_TEXT ? fir__str_eq(a->text, b->text) : order(p, a, b) == 0;
}

bool fir__typed_test(const fir__predicate *p, const fir__typed *value, const fir__typed *constant)
{
    switch (p->op) {
    case FIR__OP_EQ:
    case FIR__OP_IN:
    case FIR__OP_INTERSECTS:
        return equal(p, value, constant);
    case FIR__OP_NE:
        return !equal(p, value, constant);
    case FIR__OP_LT:
        return order(p, value, constant) < 0;
    case FIR__OP_LE:
        return order(p, value, constant) <= 0;
    case FIR__OP_GT:
        return order(p, value, constant) > 0;
    case FIR__OP_GE:
        return order(p, value, constant) >= 0;
    default:
        return text_tests[p->op](value->text, constant->text);
    }
}

bool fir__table_has(const fir__predicate *p, fir_str text)
{
    for (uint32_t at = (uint32_t)fir__hash_str(text) & p->mask; p->table[at] != 0; at = (at + 1) & p->mask) {
        if (fir__str_eq(p->constants[p->table[at] - 1].text, text)) {
            return true;
        }
    }
    return false;
}

/* ---- Talon ---- */

enum { NESTED_LISTS = 32, PRINTED_DOUBLE = 64 };

static bool eat(fir_str *rest, fir_str piece)
{
    if (!fir__str_starts(*rest, piece)) {
        return false;
    }
    *rest = fir__str_from(*rest, piece.len);
    return true;
}

/* A double as Go prints it: the fewest digits that read back, an exponent from 1e+06 on and below 1e-04. The decimal point of the
 * locale, whichever it is, is skipped where digits are taken out. */
static fir_str print_double(double d, char out[PRINTED_DOUBLE])
{
    char text[64], digits[32];
    int precision = 0, exponent = 0;
    do {
        (void)snprintf(text, sizeof text, "%.*e", precision, d);
    } while (strtod(text, NULL) != d && ++precision < 17);
    size_t n = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == 'e') {
            exponent = atoi(p + 1);
            break;
        }
        if (fir__is_digit(*p)) {
            digits[n++] = *p;
        }
    }
    digits[n] = '\0';
    const char *sign = text[0] == '-' ? "-" : "";
    int length;
    if (exponent < -4 || exponent >= 6) {
        length = snprintf(out, PRINTED_DOUBLE, "%s%c%s%se%+03d", sign, digits[0], n > 1 ? "." : "", digits + 1, exponent);
    } else if (exponent < 0) {
        length = snprintf(out, PRINTED_DOUBLE, "%s0.%.*s%s", sign, -exponent - 1, "000", digits);
    } else if ((size_t)exponent + 1 >= n) {
        length = snprintf(out, PRINTED_DOUBLE, "%s%s%.*s", sign, digits, (int)((size_t)exponent + 1 - n), "00000");
    } else {
        length = snprintf(out, PRINTED_DOUBLE, "%s%.*s.%s", sign, exponent + 1, digits, digits + exponent + 1);
    }
    return (fir_str){out, (size_t)length};
}

/* Takes the value's printed form off the front of the text: "<nil>" for null, "[a b]" for a list. */
static bool eat_printed(const fir__value *v, fir_str *rest, unsigned depth)
{
    if (v->type == FIR__NULL) {
        return eat(rest, FIR__S("<nil>"));
    }
    if (v->type == FIR__DOUBLE && isfinite(v->d)) {
        char printed[PRINTED_DOUBLE];
        return eat(rest, print_double(v->d, printed));
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
