/* SPDX-License-Identifier: Apache-2.0 */
/* Characters and escapes of RE2's POSIX syntax, and its errors. */
#include "base/utf8.h"
#include "expr/regex_reader.h"

/* ---- errors ---- */

int fir__regex_refuse(fir__regex_reader *r, size_t at, const char *what, fir_str arg, const char *hint)
{
    fir__place place = {at, 1, (uint32_t)at + 1};
    int shown = arg.len > 100 ? 100 : (int)arg.len;
    return fir__fail_at(r->err, FIR_ECOMPILE, place, "%s%s%.*s; hint: %s", what, shown != 0 ? ": " : "", shown, arg.ptr, hint);
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

static int refuse_escape(fir__regex_reader *r, size_t start)
{
    const char *hint = "only punctuation, \\n \\t \\r \\f \\v \\a, \\x41 and octal numbers may follow a backslash";
    char letter = start + 1 < r->in.len ? r->in.ptr[start + 1] : '\0';
    for (size_t i = 0; i < sizeof escape_hints / sizeof escape_hints[0]; i++) {
        if (escape_hints[i].letter == letter) {
            hint = escape_hints[i].hint;
        }
    }
    return fir__regex_refuse(r, start, "invalid escape sequence", fir__regex_since(r, start), hint);
}

/* ---- reading ---- */

int fir__regex_rune(fir__regex_reader *r, uint32_t *rune)
{
    size_t n = fir__regex_more(r) ? fir__utf8_decode(r->in.ptr + r->at, r->in.len - r->at, rune) : 0;
    if (n == 0) {
        return fir__regex_refuse(r, r->at, "invalid UTF-8", FIR__S(""), "a pattern is text in UTF-8");
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
static int read_braced_hex(fir__regex_reader *r, size_t start, uint32_t *rune)
{
    uint32_t c, code = 0;
    for (bool any = false;; any = true) {
        if (!fir__regex_more(r)) {
            return refuse_escape(r, start);
        }
        int status = fir__regex_rune(r, &c);
        if (status != 0) {
            return status;
        }
        int digit = hex_digit(c);
        if (digit < 0) {
            *rune = code;
            return c == '}' && any ? 0 : refuse_escape(r, start);
        }
        code = code * 16 + (uint32_t)digit;
        if (code > FIR__REGEX_LAST_RUNE) {
            return refuse_escape(r, start);
        }
    }
}

static int read_hex(fir__regex_reader *r, size_t start, uint32_t *rune)
{
    uint32_t high, low;
    if (!fir__regex_more(r)) {
        return refuse_escape(r, start);
    }
    int status = fir__regex_rune(r, &high);
    if (status != 0) {
        return status;
    }
    if (high == '{') {
        return read_braced_hex(r, start, rune);
    }
    if (!fir__regex_more(r)) {
        return refuse_escape(r, start);
    }
    status = fir__regex_rune(r, &low);
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
static int read_octal(fir__regex_reader *r, size_t start, uint32_t first, uint32_t *rune)
{
    uint32_t code = first - '0';
    size_t digits = 1;
    while (digits < 3 && fir__regex_more(r) && r->in.ptr[r->at] >= '0' && r->in.ptr[r->at] <= '7') {
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

int fir__regex_escape(fir__regex_reader *r, uint32_t *rune)
{
    size_t start = r->at++;
    uint32_t c;
    if (!fir__regex_more(r)) {
        return fir__regex_refuse(r, start, "trailing \\", FIR__S(""), "write \\\\ for a backslash");
    }
    int status = fir__regex_rune(r, &c);
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
    if (c >= 0x80 || fir__is_alnum((char)c)) {
        return refuse_escape(r, start);
    }
    *rune = c;
    return 0;
}
