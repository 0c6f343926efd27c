/* SPDX-License-Identifier: Apache-2.0 */
/* RE2's POSIX syntax, read in one pass without recursion, written down for PCRE2.
 *
 * PCRE2 reads many of the same texts in another way: `a*+` is possessive there and a star here, `\v` a class there and one
 * character here, `{,2}` a repetition or not by version. So nothing of the pattern is passed on as it stands: each construct is
 * understood and then spelled in the few forms that mean one thing only. */
#include <inttypes.h>

#include "base/utf8.h"
#include "expr/regex.h"

enum { LAST_RUNE = 0x10FFFF, NO_MAX = -1, NOT_QUANTIFIED = 0, COUNTED = '{' };

#define MATCHES_NOTHING "[^\\x{0}-\\x{10ffff}]"
#define MATCHES_ANYTHING "[\\x{0}-\\x{10ffff}]"

/* What a quantifier would apply to. */
typedef struct item {
    bool present;
    bool needs_group; /* an assertion: PCRE2 quantifies it only in a group */
    char quantifier;  /* NOT_QUANTIFIED, '*', '+', '?' or COUNTED */
    size_t start;     /* in the output */
    size_t literal;   /* bytes that it gave to the running literal */
    uint32_t repeats; /* largest product of nested counts inside */
} item;

typedef struct group {
    size_t start;
    uint32_t repeats; /* of the group around it, so far */
} group;

typedef struct reader {
    fir_str in;
    size_t at;
    fir__sbuf *out;
    item last;
    uint32_t repeats; /* of the group being read */
    uint32_t depth;
    group groups[FIR__REGEX_DEPTH];
    fir__regex_required run, *best; /* literal text being collected; the longest so far */
    bool alternatives;              /* outside of all groups: then no literal is required */
    fir_error *err;
} reader;

/* ---- errors ---- */

static int refuse(reader *r, size_t at, const char *what, fir_str arg, const char *hint)
{
    fir__place place = {at, 1, (uint32_t)at + 1};
    int shown = arg.len > 100 ? 100 : (int)arg.len;
    return fir__fail_at(r->err, FIR_ECOMPILE, place, "%s%s%.*s; hint: %s", what, shown != 0 ? ": " : "", shown, arg.ptr, hint);
}

static fir_str since(const reader *r, size_t start)
{
    return fir__str(r->in.ptr + start, r->at - start);
}

static const struct {
    char letter;
    const char *hint;
} escape_hints[] = {
    {'d', "write [0-9]"},
    {'D', "write [^0-9]"},
    {'w', "write [A-Za-z0-9_]"},
    {'W', "write [^A-Za-z0-9_]"},
    {'s', "write [[:space:]]"},
    {'S', "write [^[:space:]]"},
    {'b', "there are no word boundaries in POSIX syntax; spell out what may stand there"},
    {'B', "there are no word boundaries in POSIX syntax; spell out what may stand there"},
    {'Q', "put a backslash before each special character"},
    {'p', "there are no Unicode classes in POSIX syntax; write the ranges"},
    {'P', "there are no Unicode classes in POSIX syntax; write the ranges"},
    {'A', "the whole value is matched anyway; leave it out"},
    {'z', "the whole value is matched anyway; leave it out"},
};

static int refuse_escape(reader *r, size_t start)
{
    const char *hint = "only punctuation, \\n \\t \\r \\f \\v \\a, \\x41 and octal numbers may follow a backslash";
    char letter = start + 1 < r->in.len ? r->in.ptr[start + 1] : '\0';
    for (size_t i = 0; i < sizeof escape_hints / sizeof escape_hints[0]; i++) {
        if (escape_hints[i].letter == letter) {
            hint = escape_hints[i].hint;
        }
    }
    return refuse(r, start, "invalid escape sequence", since(r, start), hint);
}

/* ---- reading ---- */

static bool more(const reader *r)
{
    return r->at < r->in.len;
}

static bool next_is(const reader *r, char c)
{
    return more(r) && r->in.ptr[r->at] == c;
}

static int read_rune(reader *r, uint32_t *rune)
{
    size_t n = more(r) ? fir__utf8_decode(r->in.ptr + r->at, r->in.len - r->at, rune) : 0;
    if (n == 0) {
        return refuse(r, r->at, "invalid UTF-8", FIR__S(""), "a pattern is text in UTF-8");
    }
    r->at += n;
    return 0;
}

static int hex_digit(uint32_t c)
{
    if (c >= '0' && c <= '9') {
        return (int)(c - '0');
    }
    if (c >= 'a' && c <= 'f') {
        return (int)(c - 'a') + 10;
    }
    return c >= 'A' && c <= 'F' ? (int)(c - 'A') + 10 : -1;
}

/* \x{10ffff}, behind the brace. */
static int read_braced_hex(reader *r, size_t start, uint32_t *rune)
{
    uint32_t c, code = 0;
    for (bool any = false;; any = true) {
        if (!more(r)) {
            return refuse_escape(r, start);
        }
        int status = read_rune(r, &c);
        if (status != 0) {
            return status;
        }
        int digit = hex_digit(c);
        if (digit < 0) {
            *rune = code;
            return c == '}' && any ? 0 : refuse_escape(r, start);
        }
        code = code * 16 + (uint32_t)digit;
        if (code > LAST_RUNE) {
            return refuse_escape(r, start);
        }
    }
}

static int read_hex(reader *r, size_t start, uint32_t *rune)
{
    uint32_t high, low;
    if (!more(r)) {
        return refuse_escape(r, start);
    }
    int status = read_rune(r, &high);
    if (status != 0) {
        return status;
    }
    if (high == '{') {
        return read_braced_hex(r, start, rune);
    }
    if (!more(r)) {
        return refuse_escape(r, start);
    }
    status = read_rune(r, &low);
    if (status != 0) {
        return status;
    }
    if (hex_digit(high) < 0 || hex_digit(low) < 0) {
        return refuse_escape(r, start);
    }
    *rune = (uint32_t)(hex_digit(high) * 16 + hex_digit(low));
    return 0;
}

/* Up to three digits, the first one given; one alone must be 0, because \1 would be a reference back. */
static int read_octal(reader *r, size_t start, uint32_t first, uint32_t *rune)
{
    uint32_t code = first - '0';
    size_t digits = 1;
    while (digits < 3 && more(r) && r->in.ptr[r->at] >= '0' && r->in.ptr[r->at] <= '7') {
        code = code * 8 + (uint32_t)(r->in.ptr[r->at] - '0');
        r->at++;
        digits++;
    }
    *rune = code;
    return first != '0' && digits == 1 ? refuse_escape(r, start) : 0;
}

static const struct {
    char letter;
    char means;
} letter_escapes[] = {{'n', '\n'}, {'t', '\t'}, {'r', '\r'}, {'f', '\f'}, {'v', '\v'}, {'a', '\a'}};

/* One escaped character, from its backslash on. */
static int read_escape(reader *r, uint32_t *rune)
{
    size_t start = r->at++;
    uint32_t c;
    if (!more(r)) {
        return refuse(r, start, "trailing \\ at end of regexp", FIR__S(""), "write \\\\ for a backslash");
    }
    int status = read_rune(r, &c);
    if (status != 0) {
        return status;
    }
    for (size_t i = 0; i < sizeof letter_escapes / sizeof letter_escapes[0]; i++) {
        if (c == (uint32_t)letter_escapes[i].letter) {
            *rune = (uint32_t)letter_escapes[i].means;
            return 0;
        }
    }
    if (c == 'x') {
        return read_hex(r, start, rune);
    }
    if (c >= '0' && c <= '7') {
        return read_octal(r, start, c, rune);
    }
    if (c >= 0x80 || c == '_' || fir__is_alnum((char)c)) {
        return refuse_escape(r, start);
    }
    *rune = c;
    return 0;
}

/* A decimal number without leading zeros. False, as in RE2, for one too long to be a count: then the brace is text. */
static bool read_count(reader *r, int *count)
{
    size_t start = r->at;
    int n = 0;
    for (; more(r) && fir__is_digit(r->in.ptr[r->at]); r->at++) {
        if (n >= 100000000) {
            return false;
        }
        n = n * 10 + (r->in.ptr[r->at] - '0');
    }
    *count = n;
    return r->at != start && (r->in.ptr[start] != '0' || r->at == start + 1);
}

/* {2}, {2,} or {2,3} at the place; anything else leaves the place alone. */
static bool read_counts(reader *r, int *min, int *max)
{
    size_t start = r->at++;
    bool good = read_count(r, min);
    *max = *min;
    if (good && next_is(r, ',')) {
        r->at++;
        *max = NO_MAX;
        good = next_is(r, '}') || read_count(r, max);
    }
    if (good && next_is(r, '}')) {
        r->at++;
        return true;
    }
    r->at = start;
    return false;
}

/* ---- literal text that must occur ---- */

static void end_run(reader *r)
{
    if (r->run.len > r->best->len) {
        *r->best = r->run;
    }
    r->run.len = 0;
}

static void extend_run(reader *r, const char *p, size_t n)
{
    if (r->depth != 0) {
        return;
    }
    if (r->run.len + n > FIR__REGEX_REQUIRED) {
        end_run(r);
    }
    memcpy(r->run.bytes + r->run.len, p, n);
    r->run.len += (uint32_t)n;
    r->last.literal = n;
}

/* ---- writing ---- */

static void put(reader *r, const char *text)
{
    fir__sbuf_put(r->out, text, strlen(text));
}

static void begin_item(reader *r)
{
    r->last = (item){.present = true, .start = r->out->len, .repeats = 1};
}

/* Anything but a literal: what was collected ends here. */
static void begin_other_item(reader *r)
{
    end_run(r);
    begin_item(r);
}

static bool is_surrogate(uint32_t c)
{
    return c >= 0xD800 && c <= 0xDFFF;
}

static void put_literal(reader *r, uint32_t c)
{
    char bytes[4];
    if (is_surrogate(c)) {
        begin_other_item(r); /* no text holds one */
        put(r, MATCHES_NOTHING);
        return;
    }
    size_t n = fir__utf8_encode(c, bytes);
    begin_item(r);
    if (c < 0x20 || c == 0x7F) {
        fir__sbuf_printf(r->out, "\\x{%02" PRIx32 "}", c);
    } else {
        if (n == 1 && c != '_' && !fir__is_alnum(bytes[0])) {
            fir__sbuf_char(r->out, '\\');
        }
        fir__sbuf_put(r->out, bytes, n);
    }
    extend_run(r, bytes, n);
}

static void put_assertion(reader *r, const char *text)
{
    begin_other_item(r);
    r->last.needs_group = true;
    put(r, text);
}

/* ---- quantifiers ---- */

static void wrap(reader *r)
{
    if (fir__sbuf_reserve(r->out, 4) == NULL) {
        return;
    }
    char *start = r->out->ptr + r->last.start;
    memmove(start + 3, start, r->out->len - r->last.start);
    memcpy(start, "(?:", 3);
    r->out->len += 3;
    fir__sbuf_char(r->out, ')');
}

/* Whatever is quantified may be missing from the text. */
static void drop_literal(reader *r)
{
    r->run.len -= (uint32_t)r->last.literal;
    r->last.literal = 0;
    end_run(r);
}

static void prepare_quantifier(reader *r)
{
    drop_literal(r);
    if (r->last.quantifier != NOT_QUANTIFIED || r->last.needs_group) {
        wrap(r);
        r->last.needs_group = false;
    }
}

/* RE2 squashes stacked ones: a** is a*, any other two of * + ? are a*. */
static int read_quantifier(reader *r)
{
    char q = r->in.ptr[r->at];
    if (!r->last.present) {
        return refuse(r, r->at, "no argument for repetition operator", fir__str(r->in.ptr + r->at, 1),
                      "write \\ before it if it is meant as a character");
    }
    r->at++;
    if (r->last.quantifier != NOT_QUANTIFIED && r->last.quantifier != COUNTED) {
        if (r->last.quantifier != q && r->out->status == 0) {
            r->out->ptr[r->out->len - 1] = '*';
            r->last.quantifier = '*';
        }
        return 0;
    }
    prepare_quantifier(r);
    fir__sbuf_char(r->out, q);
    r->last.quantifier = q;
    return 0;
}

static uint32_t times(uint32_t a, uint32_t b)
{
    uint64_t product = (uint64_t)a * b;
    return product > FIR__REGEX_REPEAT ? FIR__REGEX_REPEAT + 1 : (uint32_t)product;
}

static int read_brace(reader *r)
{
    size_t start = r->at;
    int min, max;
    if (!read_counts(r, &min, &max)) {
        put_literal(r, '{');
        r->at++;
        return 0;
    }
    static const char size_hint[] = "a count is at most 1000, nested counts multiplied, and the second not below the first";
    if ((max != NO_MAX && max < min) || min > FIR__REGEX_REPEAT || max > FIR__REGEX_REPEAT) {
        return refuse(r, start, "invalid repetition size", since(r, start), size_hint);
    }
    if (!r->last.present) {
        return refuse(r, start, "no argument for repetition operator", since(r, start),
                      "write \\ before it if it is meant as a character");
    }
    int most = max == NO_MAX ? min : max;
    r->last.repeats = times(r->last.repeats, most > 0 ? (uint32_t)most : 1);
    if ((min >= 2 || max >= 2) && r->last.repeats > FIR__REGEX_REPEAT) {
        return refuse(r, start, "invalid repetition size", since(r, start), size_hint);
    }
    if (r->last.repeats > r->repeats) {
        r->repeats = r->last.repeats;
    }
    prepare_quantifier(r);
    fir__sbuf_put(r->out, r->in.ptr + start, r->at - start);
    r->last.quantifier = COUNTED;
    return 0;
}

/* ---- bracket expressions ---- */

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
static void put_range(reader *r, uint32_t low, uint32_t high, bool *any)
{
    if (is_surrogate(low)) {
        low = 0xE000;
    }
    if (is_surrogate(high)) {
        high = 0xD7FF;
    }
    if (low <= high) {
        fir__sbuf_printf(r->out, low == high ? "\\x{%" PRIx32 "}" : "\\x{%" PRIx32 "}-\\x{%" PRIx32 "}", low, high);
        *any = true;
    }
}

static void put_named(reader *r, const named_class *c, bool negated, bool *any)
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
        put_range(r, next, LAST_RUNE, any);
    }
}

/* [:alpha:] and [:^alpha:]; *found says whether there was one. */
static int read_named(reader *r, bool *any, bool *found)
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
    return refuse(r, start, "invalid character class range", since(r, start),
                  "the names are alnum, alpha, ascii, blank, cntrl, digit, graph, lower, print, punct, space, upper, word, xdigit");
}

static int refuse_open_class(reader *r, size_t start)
{
    return refuse(r, start, "missing ]", fir__str_from(r->in, start), "a ] closes the class; write \\[ for the character [");
}

static int read_class_rune(reader *r, size_t start, uint32_t *rune)
{
    if (!more(r)) {
        return refuse_open_class(r, start);
    }
    return next_is(r, '\\') ? read_escape(r, rune) : read_rune(r, rune);
}

/* One character or a range of them. */
static int read_class_range(reader *r, size_t start, bool *any)
{
    size_t begin = r->at;
    uint32_t low, high;
    int status = read_class_rune(r, start, &low);
    if (status != 0) {
        return status;
    }
    high = low;
    if (next_is(r, '-') && r->at + 1 < r->in.len && r->in.ptr[r->at + 1] != ']') {
        r->at++;
        status = read_class_rune(r, start, &high);
        if (status != 0) {
            return status;
        }
        if (high < low) {
            return refuse(r, begin, "invalid character class range", since(r, begin), "the first end must not be above the second");
        }
    }
    put_range(r, low, high, any);
    return 0;
}

/* A bare '-' between others is refused by RE2; first and last it is a character. */
static int check_dash(reader *r, bool first)
{
    if (!next_is(r, '-') || first || (r->at + 1 < r->in.len && r->in.ptr[r->at + 1] == ']')) {
        return 0;
    }
    size_t start = r->at++;
    uint32_t c;
    if (more(r)) {
        int status = read_rune(r, &c);
        if (status != 0) {
            return status;
        }
    }
    return refuse(r, start, "invalid character class range", since(r, start), "write \\- for the character - inside of a class");
}

static int read_class_members(reader *r, size_t start, bool *any)
{
    for (bool first = true; more(r) && (first || !next_is(r, ']')); first = false) {
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
    if (!more(r)) {
        return refuse_open_class(r, start);
    }
    r->at++;
    return 0;
}

static int read_class(reader *r)
{
    size_t start = r->at++;
    bool negated = next_is(r, '^'), any = false;
    begin_other_item(r);
    r->at += negated;
    put(r, negated ? "[^" : "[");
    int status = read_class_members(r, start, &any);
    if (status != 0) {
        return status;
    }
    if (any) {
        fir__sbuf_char(r->out, ']');
    } else if (r->out->status == 0) { /* nothing but surrogates */
        r->out->len = r->last.start;
        put(r, negated ? MATCHES_ANYTHING : MATCHES_NOTHING);
    }
    return 0;
}

/* ---- groups ---- */

static int open_group(reader *r)
{
    if (r->depth == FIR__REGEX_DEPTH) {
        return fir__fail_at(r->err, FIR_ELIMIT, (fir__place){r->at, 1, (uint32_t)r->at + 1}, "parentheses nest deeper than %d",
                            FIR__REGEX_DEPTH);
    }
    end_run(r);
    r->groups[r->depth++] = (group){r->out->len, r->repeats};
    r->repeats = 1;
    r->last.present = false;
    put(r, "(?:");
    r->at++;
    return 0;
}

static int close_group(reader *r)
{
    if (r->depth == 0) {
        return refuse(r, r->at, "unexpected )", r->in, "write \\) for the character )");
    }
    group g = r->groups[--r->depth];
    fir__sbuf_char(r->out, ')');
    r->last = (item){.present = true, .start = g.start, .repeats = r->repeats};
    r->repeats = r->repeats > g.repeats ? r->repeats : g.repeats;
    r->at++;
    return 0;
}

static int read_next(reader *r)
{
    uint32_t c;
    int status = 0;
    switch (r->in.ptr[r->at]) {
    case '(':
        return open_group(r);
    case ')':
        return close_group(r);
    case '|':
        end_run(r);
        r->alternatives |= r->depth == 0;
        r->last.present = false;
        put(r, "|");
        break;
    case '^': /* at every line's start, also behind a last newline: PCRE2_MULTILINE and PCRE2_ALT_CIRCUMFLEX */
        put_assertion(r, "^");
        break;
    case '$':
        put_assertion(r, "$");
        break;
    case '.':
        begin_other_item(r);
        put(r, "[^\\n]");
        break;
    case '[':
        return read_class(r);
    case '*':
    case '+':
    case '?':
        return read_quantifier(r);
    case '{':
        return read_brace(r);
    case '\\':
        status = read_escape(r, &c);
        if (status == 0) {
            put_literal(r, c);
        }
        return status;
    default:
        status = read_rune(r, &c);
        if (status == 0) {
            put_literal(r, c);
        }
        return status;
    }
    r->at++;
    return 0;
}

int fir__regex_translate(fir_str pattern, fir__sbuf *out, fir__regex_required *required, fir_error *err)
{
    reader r = {.in = pattern, .out = out, .repeats = 1, .best = required, .err = err};
    required->len = 0;
    if (pattern.len > FIR__REGEX_MAX) {
        return fir__fail(err, FIR_ELIMIT, "the pattern has %zu bytes; at most %d are taken", pattern.len, FIR__REGEX_MAX);
    }
    while (more(&r)) {
        int status = read_next(&r);
        if (status != 0) {
            return status;
        }
    }
    if (r.depth != 0) {
        return refuse(&r, pattern.len, "missing )", pattern, "a ) closes the group; write \\( for the character (");
    }
    end_run(&r);
    if (r.alternatives) {
        required->len = 0;
    }
    return out->status == 0 ? 0 : fir__fail(err, out->status, "the pattern grows too large");
}
