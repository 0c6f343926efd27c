/* SPDX-License-Identifier: Apache-2.0 */
/* Words, strings and numbers of the expressions between {{ and }}, and of the filter texts in a plan. */
#include "template/internal.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

int fir__token_fail(fir__tokens *l, size_t offset, const char *format, ...)
{
    char message[sizeof l->err->message];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (l->maker != NULL) {
        return fir__make_error(l->maker, offset, "%s", message);
    }
    return fir__fail(l->err, FIR_ECOMPILE, "%s", message);
}

int fir__token_no_memory(fir__tokens *l)
{
    if (fir__arena_error(l->arena) == FIR_ELIMIT) {
        return fir__fail(l->err, FIR_ELIMIT, "the template needs more memory than its bound of %zu bytes", l->arena->max);
    }
    return fir__no_memory(l->err);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void fir__token_blanks(fir__tokens *l)
{
    while (l->at < l->text.len && is_blank(l->text.ptr[l->at])) {
        l->at++;
    }
}

bool fir__token_sees(const fir__tokens *l, const char *s)
{
    return fir__str_starts(fir__str_from(l->text, l->at), fir__cstr(s));
}

bool fir__token_take(fir__tokens *l, const char *s)
{
    if (!fir__token_sees(l, s)) {
        return false;
    }
    l->at += strlen(s);
    return true;
}

fir_str fir__token_word(fir__tokens *l)
{
    size_t start = l->at;
    while (l->at < l->text.len) {
        char c = l->text.ptr[l->at];
        bool begins = fir__is_alpha(c) || c == '_';
        if (!begins && (l->at == start || !(fir__is_digit(c) || c == '.' || c == '-'))) {
            break;
        }
        if (fir__token_sees(l, "-}}")) {
            break;
        }
        l->at++;
    }
    return fir__str(l->text.ptr + start, l->at - start);
}

static int hex_digit(char c)
{
    if (fir__is_digit(c)) {
        return c - '0';
    }
    c = fir__lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \xNN and \uNNNN; the digits stand at l->at. */
static bool take_code(fir__tokens *l, size_t digits, uint32_t *code)
{
    *code = 0;
    for (size_t i = 0; i < digits; i++) {
        int d = l->at < l->text.len ? hex_digit(l->text.ptr[l->at]) : -1;
        if (d < 0) {
            return false;
        }
        *code = *code << 4 | (uint32_t)d;
        l->at++;
    }
    return *code < 0xD800 || *code > 0xDFFF;
}

static bool take_escape(fir__tokens *l, char *to, size_t *n)
{
    static const char letters[] = "ntr0\\\"'`/bf", values[] = "\n\t\r\0\\\"'`/\b\f";
    if (l->at >= l->text.len) {
        return false;
    }
    char c = l->text.ptr[l->at++];
    uint32_t code;
    if (c == 'x' || c == 'u') {
        if (!take_code(l, c == 'x' ? 2 : 4, &code)) {
            return false;
        }
        *n += fir__utf8_encode(code, to + *n);
        return true;
    }
    const char *p = memchr(letters, c, sizeof letters - 1);
    if (p == NULL) {
        return false;
    }
    to[(*n)++] = values[p - letters];
    return true;
}

int fir__token_string(fir__tokens *l, fir_str *out)
{
    size_t start = l->at;
    char quote = l->text.ptr[l->at++];
    const char *end = memchr(l->text.ptr + l->at, quote, l->text.len - l->at);
    while (quote != '`' && end != NULL && end[-1] == '\\') { /* perhaps escaped: a longer bound does no harm */
        end = memchr(end + 1, quote, (size_t)(l->text.ptr + l->text.len - (end + 1)));
    }
    size_t room = (end != NULL ? (size_t)(end - l->text.ptr) : l->text.len) - l->at;
    char *to = fir__arena_alloc(l->arena, room + 4);
    size_t n = 0;
    if (to == NULL) {
        return fir__token_no_memory(l);
    }
    while (l->at < l->text.len && l->text.ptr[l->at] != quote && n <= room) {
        char c = l->text.ptr[l->at++];
        if (c != '\\' || quote == '`') {
            to[n++] = c;
        } else if (!take_escape(l, to, &n)) {
            return fir__token_fail(l, l->at - 1, "this is no escape of a string: write \\n \\t \\r \\\\ \\\" \\' \\xNN or \\uNNNN");
        }
    }
    if (l->at >= l->text.len || l->text.ptr[l->at] != quote) {
        return fir__token_fail(l, start, "the string that begins here has no closing %c", quote);
    }
    l->at++;
    *out = fir__str(to, n);
    return 0;
}

/* -?digits(.digits)?; the rest of JSON's numbers has no use here. */
static bool number_length(fir_str s, size_t *n, bool *fraction)
{
    size_t i = s.len != 0 && s.ptr[0] == '-', digits = i;
    while (i < s.len && fir__is_digit(s.ptr[i])) {
        i++;
    }
    if (i == digits || (i - digits > 1 && s.ptr[digits] == '0')) {
        return false;
    }
    *fraction = i + 1 < s.len && s.ptr[i] == '.' && fir__is_digit(s.ptr[i + 1]);
    if (*fraction) {
        i++;
        while (i < s.len && fir__is_digit(s.ptr[i])) {
            i++;
        }
    }
    *n = i;
    return true;
}

bool fir__token_sees_constant(const fir__tokens *l)
{
    char c = l->at < l->text.len ? l->text.ptr[l->at] : '\0';
    return c == '"' || c == '\'' || c == '`' || c == '-' || fir__is_digit(c);
}

static int take_number(fir__tokens *l, fir__value *out)
{
    size_t n;
    bool fraction;
    if (!number_length(fir__str_from(l->text, l->at), &n, &fraction)) {
        return fir__token_fail(l, l->at, "this is no number");
    }
    fir_str text = fir__arena_str(l->arena, fir__str(l->text.ptr + l->at, n));
    if (text.ptr == NULL) {
        return fir__token_no_memory(l);
    }
    *out = fir__value_string(text);
    out->type = fraction ? FIR__DOUBLE : FIR__INT;
    if (!fraction && !fir__str_i64(text, &out->i)) {
        return fir__token_fail(l, l->at, "this number does not fit 64 bits");
    }
    l->at += n;
    return 0;
}

int fir__token_constant(fir__tokens *l, fir__value *out)
{
    char c = l->at < l->text.len ? l->text.ptr[l->at] : '\0';
    if (c == '"' || c == '\'' || c == '`') {
        fir_str s;
        int rc = fir__token_string(l, &s);
        if (rc == 0) {
            *out = fir__value_string(s);
        }
        return rc;
    }
    static const fir_str words[] = {{"false", 5}, {"true", 4}};
    for (int i = 0; i < 2; i++) {
        size_t start = l->at;
        if (fir__str_eq(fir__token_word(l), words[i])) {
            *out = fir__value_string(words[i]);
            out->type = FIR__BOOL;
            out->i = i;
            return 0;
        }
        l->at = start;
    }
    return take_number(l, out);
}
