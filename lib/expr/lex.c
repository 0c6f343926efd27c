/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/lex.h"

#include "base/utf8.h"

static void advance(fir__lexer *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = x->text.ptr[x->at.offset++];
        if (c == '\n' || c == '\r') { /* as Falco counts: CR LF are two lines */
            x->at.line++;
            x->at.column = 1;
        } else {
            x->at.column++;
        }
    }
}

bool fir__lex_blank(fir__lexer *x)
{
    fir_str rest = fir__lex_rest(x);
    size_t n = 0;
    while (n < rest.len && fir__is_blank(rest.ptr[n])) {
        n++;
    }
    advance(x, n);
    return n != 0;
}

fir_str fir__lex_take(fir__lexer *x, size_t n)
{
    fir_str token = fir__str_to(fir__lex_rest(x), n);
    advance(x, n);
    x->end = x->at.offset;
    x->last = token;
    return token;
}

bool fir__lex_word(fir__lexer *x, fir_str word)
{
    if (!fir__str_starts(fir__lex_rest(x), word)) {
        return false;
    }
    (void)fir__lex_take(x, word.len);
    return true;
}

static size_t ident_len(fir_str s)
{
    size_t n = 0;
    if (s.len == 0 || !fir__is_alpha(s.ptr[0])) {
        return 0;
    }
    while (n < s.len && (fir__is_alnum(s.ptr[n]) || s.ptr[n] == '_')) {
        n++;
    }
    return n;
}

size_t fir__lex_ident_len(const fir__lexer *x)
{
    return ident_len(fir__lex_rest(x));
}

/* Words joined by single dots, at least two. */
size_t fir__lex_field_len(const fir__lexer *x)
{
    fir_str rest = fir__lex_rest(x);
    size_t n = ident_len(rest), parts = n != 0;
    while (n != 0 && n < rest.len && rest.ptr[n] == '.') {
        size_t more = ident_len(fir__str_from(rest, n + 1));
        if (more == 0) {
            break;
        }
        n += 1 + more;
        parts++;
    }
    return parts >= 2 ? n : 0;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The length of a run of valid UTF-8 without spaces and without the bytes of `stop`. */
static size_t run_len(fir_str s, const char *stop, size_t n_stop)
{
    size_t n = 0;
    while (n < s.len) {
        char c = s.ptr[n];
        if (is_space(c) || memchr(stop, c, n_stop) != NULL) {
            break;
        }
        uint32_t cp;
        size_t step = (unsigned char)c < 0x80 ? 1 : fir__utf8_decode(s.ptr + n, s.len - n, &cp);
        if (step == 0) {
            break;
        }
        n += step;
    }
    return n;
}

static size_t bare_len(fir_str s)
{
    return run_len(s, "()\"'=,", 6);
}

static size_t arg_len(fir_str s)
{
    return run_len(s, "[]\"'", 4);
}

size_t fir__lex_bare_len(const fir__lexer *x)
{
    return bare_len(fir__lex_rest(x));
}

size_t fir__lex_arg_len(const fir__lexer *x)
{
    return arg_len(fir__lex_rest(x));
}

/* A bare text that a person can read: one with control characters is better quoted. */
static bool is_plain(fir_str s, size_t len)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f) {
            return false;
        }
    }
    return s.len != 0 && len == s.len;
}

bool fir__lex_is_bare(fir_str s)
{
    return is_plain(s, bare_len(s));
}

bool fir__lex_is_arg(fir_str s)
{
    return is_plain(s, arg_len(s));
}

static int hex_value(char c)
{
    if (fir__is_digit(c)) {
        return c - '0';
    }
    c = fir__lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t digits_len(fir_str s, size_t from)
{
    size_t n = from;
    while (n < s.len && fir__is_digit(s.ptr[n])) {
        n++;
    }
    return n - from;
}

static size_t hex_len(fir_str s)
{
    size_t n = 2;
    if (s.len < 3 || s.ptr[0] != '0' || fir__lower(s.ptr[1]) != 'x') {
        return 0;
    }
    while (n < s.len && hex_value(s.ptr[n]) >= 0) {
        n++;
    }
    return n > 2 ? n : 0;
}

static size_t decimal_len(fir_str s)
{
    size_t n = s.len != 0 && (s.ptr[0] == '+' || s.ptr[0] == '-');
    size_t digits = digits_len(s, n);
    if (digits == 0) {
        return 0;
    }
    n += digits;
    if (n < s.len && s.ptr[n] == '.') {
        n++;
        n += digits_len(s, n);
    }
    if (n + 2 < s.len && fir__lower(s.ptr[n]) == 'e' && (s.ptr[n + 1] == '+' || s.ptr[n + 1] == '-')) {
        size_t exponent = digits_len(s, n + 2);
        n += exponent != 0 ? 2 + exponent : 0; /* the sign must be there: 1e5 is no number */
    }
    return n;
}

size_t fir__lex_number_len(const fir__lexer *x)
{
    fir_str rest = fir__lex_rest(x);
    size_t n = hex_len(rest);
    return n != 0 ? n : decimal_len(rest);
}

/* What may follow a closing quote that stands behind an escaped backslash. */
static bool ends_quoted(fir_str s, size_t i)
{
    return i >= s.len || fir__is_blank(s.ptr[i]) || s.ptr[i] == ')' || s.ptr[i] == ',' || s.ptr[i] == ']';
}

/* Falco takes the first quote without a backslash before it, so "C:\\" never closes there. Here a quote behind an escaped
 * backslash closes too, when what follows shows that it was meant to. */
size_t fir__lex_quoted_len(const fir__lexer *x)
{
    fir_str s = fir__lex_rest(x);
    if (s.len == 0 || (s.ptr[0] != '"' && s.ptr[0] != '\'')) {
        return 0;
    }
    size_t backslashes = 0;
    for (size_t i = 1; i < s.len && s.ptr[i] != '\0'; i++) {
        if (s.ptr[i] == '\\') {
            backslashes++;
            continue;
        }
        if (s.ptr[i] == s.ptr[0] && (backslashes == 0 || (backslashes % 2 == 0 && ends_quoted(s, i + 1)))) {
            return i + 1;
        }
        backslashes = 0;
    }
    return 0;
}

/* \xHH at *i, the place of the x. */
static fir__unescape unescape_hex(fir_str s, size_t *i, char *to)
{
    if (*i + 2 >= s.len) {
        return FIR__UNESCAPE_SHORT_HEX;
    }
    int high = hex_value(s.ptr[*i + 1]), low = hex_value(s.ptr[*i + 2]);
    if (high < 0 || low < 0) {
        return FIR__UNESCAPE_BAD_HEX;
    }
    *to = (char)(high << 4 | low);
    *i += 2;
    return FIR__UNESCAPE_OK;
}

fir__unescape fir__lex_unescape(fir_str quoted, char *to, size_t *n, char *bad)
{
    static const char from[] = "bfnrt\\/ ", into[] = "\b\f\n\r\t\\/\\";
    char quote = quoted.ptr[0];
    fir_str s = {quoted.ptr + 1, quoted.len - 2};
    *n = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '\\' && i + 1 < s.len) {
            fir__unescape status = FIR__UNESCAPE_OK;
            *bad = s.ptr[++i];
            const char *known = memchr(from, *bad, sizeof from - 1);
            if (known != NULL) {
                c = into[known - from];
            } else if (*bad == 'x') {
                status = unescape_hex(s, &i, &c);
            } else if (*bad == quote) {
                c = quote;
            } else {
                status = *bad == '"' || *bad == '\'' ? FIR__UNESCAPE_OTHER_QUOTE : FIR__UNESCAPE_UNKNOWN;
            }
            if (status != FIR__UNESCAPE_OK) {
                return status;
            }
        }
        to[(*n)++] = c;
    }
    return FIR__UNESCAPE_OK;
}
