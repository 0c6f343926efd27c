/* SPDX-License-Identifier: Apache-2.0 */
/* Bracket expressions of RE2's POSIX syntax, written as ranges of code points. */
#include <inttypes.h>

#include "expr/regex_reader.h"

typedef struct range {
    uint8_t low, high;
} range;

typedef struct named_class {
    const char *name;
    range ranges[4]; /* in order; unused ones at the end are {0, 0} but for the first */
    size_t count;
} named_class;

static const named_class named_classes[] = {
    {"alnum", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}, 3},
    {"alpha", {{'A', 'Z'}, {'a', 'z'}}, 2},
    {"ascii", {{0, 0x7F}}, 1},
    {"blank", {{'\t', '\t'}, {' ', ' '}}, 2},
    {"cntrl", {{0, 0x1F}, {0x7F, 0x7F}}, 2},
    {"digit", {{'0', '9'}}, 1},
    {"graph", {{'!', '~'}}, 1},
    {"lower", {{'a', 'z'}}, 1},
    {"print", {{' ', '~'}}, 1},
    {"punct", {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}, 4},
    {"space", {{'\t', '\r'}, {' ', ' '}}, 2},
    {"upper", {{'A', 'Z'}}, 1},
    {"word", {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}, 4},
    {"xdigit", {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}, 3},
};

/* Writes a range of the class being written; surrogates stand in no text, and PCRE2 refuses their names. */
static void put_range(fir__regex_reader *r, uint32_t low, uint32_t high, bool *any)
{
    if (fir__regex_is_surrogate(low)) {
        low = 0xE000;
    }
    if (fir__regex_is_surrogate(high)) {
        high = 0xD7FF;
    }
    if (low <= high) {
        fir__sbuf_printf(r->out, low == high ? "\\x{%" PRIx32 "}" : "\\x{%" PRIx32 "}-\\x{%" PRIx32 "}", low, high);
        *any = true;
    }
}

static void put_named(fir__regex_reader *r, const named_class *c, bool negated, bool *any)
{
    uint32_t next = 0;
    for (size_t i = 0; i < c->count; i++) {
        if (!negated) {
            put_range(r, c->ranges[i].low, c->ranges[i].high, any);
        } else if (c->ranges[i].low > next) {
            put_range(r, next, c->ranges[i].low - 1u, any);
        }
        next = c->ranges[i].high + 1u;
    }
    if (negated) {
        put_range(r, next, FIR__REGEX_LAST_RUNE, any);
    }
}

/* [:alpha:] and [:^alpha:]; *found says whether there was one. */
static int read_named(fir__regex_reader *r, bool *any, bool *found)
{
    size_t start = r->at;
    fir_str rest = fir__str_from(r->in, start);
    *found = false;
    if (rest.len <= 2 || rest.ptr[0] != '[' || rest.ptr[1] != ':') {
        return 0;
    }
    size_t end = fir__str_find(fir__str_from(rest, 2), FIR__S(":]"));
    if (end == SIZE_MAX) {
        return 0;
    }
    *found = true;
    r->at += end + 4;
    bool negated = end != 0 && rest.ptr[2] == '^';
    fir_str name = fir__str(rest.ptr + 2 + negated, end - negated);
    for (size_t i = 0; i < sizeof named_classes / sizeof named_classes[0]; i++) {
        if (fir__str_eq(name, fir__cstr(named_classes[i].name))) {
            put_named(r, &named_classes[i], negated, any);
            return 0;
        }
    }
    return fir__regex_refuse(
        r, start, "invalid character class range", fir__regex_since(r, start),
        "the names are alnum, alpha, ascii, blank, cntrl, digit, graph, lower, print, punct, space, upper, word, xdigit");
}

static int refuse_open_class(fir__regex_reader *r, size_t start)
{
    return fir__regex_refuse(r, start, "missing ]", fir__str_from(r->in, start),
                             "a ] closes the class; write \\[ for the character [");
}

static int read_class_rune(fir__regex_reader *r, size_t start, uint32_t *rune)
{
    if (!fir__regex_more(r)) {
        return refuse_open_class(r, start);
    }
    return fir__regex_next_is(r, '\\') ? fir__regex_escape(r, rune) : fir__regex_rune(r, rune);
}

/* One character or a range of them. */
static int read_class_range(fir__regex_reader *r, size_t start, bool *any)
{
    size_t begin = r->at;
    uint32_t low = 0, high;
    int status = read_class_rune(r, start, &low);
    if (status != 0) {
        return status;
    }
    high = low;
    if (fir__regex_next_is(r, '-') && r->at + 1 < r->in.len && r->in.ptr[r->at + 1] != ']') {
        r->at++;
        status = read_class_rune(r, start, &high);
        if (status != 0) {
            return status;
        }
        if (high < low) {
            return fir__regex_refuse(r, begin, "invalid character class range", fir__regex_since(r, begin),
                                     "the first end must not be above the second");
        }
    }
    put_range(r, low, high, any);
    return 0;
}

/* A bare '-' between others is refused by RE2; first and last it is a character. */
static int check_dash(fir__regex_reader *r, bool first)
{
    if (!fir__regex_next_is(r, '-') || first || (r->at + 1 < r->in.len && r->in.ptr[r->at + 1] == ']')) {
        return 0;
    }
    size_t start = r->at++;
    uint32_t c;
    if (fir__regex_more(r)) {
        int status = fir__regex_rune(r, &c);
        if (status != 0) {
            return status;
        }
    }
    return fir__regex_refuse(r, start, "invalid character class range", fir__regex_since(r, start),
                             "write \\- for the character - inside of a class");
}

static int read_class_members(fir__regex_reader *r, size_t start, bool *any)
{
    for (bool first = true; fir__regex_more(r) && (first || !fir__regex_next_is(r, ']')); first = false) {
        bool found;
        int status = check_dash(r, first);
        if (status == 0) {
            status = read_named(r, any, &found);
        }
        if (status == 0 && !found) {
            status = read_class_range(r, start, any);
        }
        if (status != 0) {
            return status;
        }
    }
    if (!fir__regex_more(r)) {
        return refuse_open_class(r, start);
    }
    r->at++;
    return 0;
}

int fir__regex_class(fir__regex_reader *r)
{
    size_t start = r->at++;
    bool negated = fir__regex_next_is(r, '^'), any = false;
    fir__regex_begin_item(r);
    r->at += negated;
    fir__sbuf_str(r->out, negated ? FIR__S("[^") : FIR__S("["));
    int status = read_class_members(r, start, &any);
    if (status != 0) {
        return status;
    }
    if (any) {
        fir__sbuf_char(r->out, ']');
    } else if (r->out->status == 0) { /* nothing but surrogates */
        r->out->len = r->last.start;
        fir__sbuf_str(r->out, negated ? FIR__S(FIR__REGEX_ANYTHING) : FIR__S(FIR__REGEX_NOTHING));
    }
    return 0;
}
