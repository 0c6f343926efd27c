/* SPDX-License-Identifier: Apache-2.0 */
/* RE2's POSIX syntax, read in one pass without recursion, written down for PCRE2.
 *
 * PCRE2 reads many of the same texts in another way: `a*+` is possessive there and a star here, `\v` a class there and one
 * character here, `{,2}` a repetition or not by version. So nothing of the pattern is passed on as it stands: each construct is
 * understood and then spelled in the few forms that mean one thing only. */
#include <inttypes.h>

#include "base/utf8.h"
#include "expr/regex_reader.h"

enum { NO_MAX = -1, NOT_QUANTIFIED = 0, COUNTED = '{' };

/* ---- literal text that must occur ---- */

static void end_run(fir__regex_reader *r)
{
    if (r->run.len > r->best->len) {
        *r->best = r->run;
    }
    r->run.len = 0;
}

static void extend_run(fir__regex_reader *r, const char *p, size_t n)
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

static void put(fir__regex_reader *r, const char *text)
{
    fir__sbuf_put(r->out, text, strlen(text));
}

static void begin_item(fir__regex_reader *r)
{
    r->last = (fir__regex_item){.present = true, .start = r->out->len, .repeats = 1};
}

void fir__regex_begin_item(fir__regex_reader *r)
{
    end_run(r);
    begin_item(r);
}

static void put_literal(fir__regex_reader *r, uint32_t c)
{
    char bytes[4];
    if (fir__regex_is_surrogate(c)) {
        fir__regex_begin_item(r); /* no text holds one */
        put(r, FIR__REGEX_NOTHING);
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

static void put_assertion(fir__regex_reader *r, const char *text)
{
    fir__regex_begin_item(r);
    r->last.needs_group = true;
    put(r, text);
}

/* ---- counts ---- */

/* A decimal number without leading zeros. False, as in RE2, for one too long to be a count: then the brace is text. */
static bool read_count(fir__regex_reader *r, int *count)
{
    size_t start = r->at;
    int n = 0;
    *count = 0;
    for (; fir__regex_more(r) && fir__is_digit(r->in.ptr[r->at]); r->at++) {
        if (n >= 100000000) {
            return false;
        }
        n = n * 10 + (r->in.ptr[r->at] - '0');
    }
    *count = n;
    return r->at != start && (r->in.ptr[start] != '0' || r->at == start + 1);
}

/* {2}, {2,} or {2,3} at the place; anything else leaves the place alone. */
static bool read_counts(fir__regex_reader *r, int *min, int *max)
{
    size_t start = r->at++;
    bool good = read_count(r, min);
    *max = *min;
    if (good && fir__regex_next_is(r, ',')) {
        r->at++;
        *max = NO_MAX;
        good = fir__regex_next_is(r, '}') || read_count(r, max);
    }
    if (good && fir__regex_next_is(r, '}')) {
        r->at++;
        return true;
    }
    r->at = start;
    return false;
}

/* ---- quantifiers ---- */

static void wrap(fir__regex_reader *r)
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
static void drop_literal(fir__regex_reader *r)
{
    r->run.len -= (uint32_t)r->last.literal;
    r->last.literal = 0;
    end_run(r);
}

static void prepare_quantifier(fir__regex_reader *r)
{
    drop_literal(r);
    if (r->last.quantifier != NOT_QUANTIFIED || r->last.needs_group) {
        wrap(r);
        r->last.needs_group = false;
    }
}

/* RE2 squashes stacked ones: a** is a*, any other two of * + ? are a*. */
static int read_quantifier(fir__regex_reader *r)
{
    char q = r->in.ptr[r->at];
    if (!r->last.present) {
        return fir__regex_refuse(r, r->at, "no argument for repetition operator", fir__str(r->in.ptr + r->at, 1),
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

static int read_brace(fir__regex_reader *r)
{
    size_t start = r->at;
    int min = 0, max = 0;
    if (!read_counts(r, &min, &max)) {
        put_literal(r, '{');
        r->at++;
        return 0;
    }
    static const char size_hint[] = "a count is at most 1000, nested counts multiplied, and the second not below the first";
    if ((max != NO_MAX && max < min) || min > FIR__REGEX_REPEAT || max > FIR__REGEX_REPEAT) {
        return fir__regex_refuse(r, start, "invalid repetition size", fir__regex_since(r, start), size_hint);
    }
    if (!r->last.present) {
        return fir__regex_refuse(r, start, "no argument for repetition operator", fir__regex_since(r, start),
                                 "write \\ before it if it is meant as a character");
    }
    int most = max == NO_MAX ? min : max;
    r->last.repeats = times(r->last.repeats, most > 0 ? (uint32_t)most : 1);
    if ((min >= 2 || max >= 2) && r->last.repeats > FIR__REGEX_REPEAT) {
        return fir__regex_refuse(r, start, "invalid repetition size", fir__regex_since(r, start), size_hint);
    }
    if (r->last.repeats > r->repeats) {
        r->repeats = r->last.repeats;
    }
    prepare_quantifier(r);
    fir__sbuf_put(r->out, r->in.ptr + start, r->at - start);
    r->last.quantifier = COUNTED;
    return 0;
}

/* ---- groups ---- */

static int open_group(fir__regex_reader *r)
{
    if (r->depth == FIR__REGEX_DEPTH) {
        return fir__fail_at(r->err, FIR_ELIMIT, (fir__place){r->at, 1, (uint32_t)r->at + 1}, "parentheses nest deeper than %d",
                            FIR__REGEX_DEPTH);
    }
    end_run(r);
    r->groups[r->depth++] = (fir__regex_group){r->out->len, r->repeats};
    r->repeats = 1;
    r->last.present = false;
    put(r, "(?:");
    r->at++;
    return 0;
}

static int close_group(fir__regex_reader *r)
{
    if (r->depth == 0) {
        return fir__regex_refuse(r, r->at, "unexpected )", r->in, "write \\) for the character )");
    }
    fir__regex_group g = r->groups[--r->depth];
    fir__sbuf_char(r->out, ')');
    r->last = (fir__regex_item){.present = true, .start = g.start, .repeats = r->repeats};
    r->repeats = r->repeats > g.repeats ? r->repeats : g.repeats;
    r->at++;
    return 0;
}

static int read_next(fir__regex_reader *r)
{
    uint32_t c = 0;
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
        fir__regex_begin_item(r);
        put(r, "[^\\n]");
        break;
    case '[':
        return fir__regex_class(r);
    case '*':
    case '+':
    case '?':
        return read_quantifier(r);
    case '{':
        return read_brace(r);
    case '\\':
        status = fir__regex_escape(r, &c);
        if (status == 0) {
            put_literal(r, c);
        }
        return status;
    default:
        status = fir__regex_rune(r, &c);
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
    fir__regex_reader r = {.in = pattern, .out = out, .repeats = 1, .best = required, .err = err};
    required->len = 0;
    if (pattern.len > FIR__REGEX_MAX) {
        return fir__fail(err, FIR_ELIMIT, "the pattern has %zu bytes; at most %d are taken", pattern.len, FIR__REGEX_MAX);
    }
    while (fir__regex_more(&r)) {
        int status = read_next(&r);
        if (status != 0) {
            return status;
        }
    }
    if (r.depth != 0) {
        return fir__regex_refuse(&r, pattern.len, "missing )", pattern, "a ) closes the group; write \\( for the character (");
    }
    end_run(&r);
    if (r.alternatives) {
        required->len = 0;
    }
    return out->status == 0 ? 0 : fir__fail(err, out->status, "the pattern grows too large");
}
