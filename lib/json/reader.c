/* SPDX-License-Identifier: Apache-2.0 */
#include "json/reader.h"

#include "base/utf8.h"

void fir__json_start(fir__json_reader *r, char *buffer, size_t n, uint32_t max_depth, fir__arena *arena)
{
    memset(r, 0, sizeof *r);
    r->begin = r->at = buffer;
    r->end = buffer + n;
    r->max_depth = max_depth;
    r->arena = arena;
    if (n >= 3 && memcmp(buffer, "\xEF\xBB\xBF", 3) == 0) {
        r->at += 3;
    }
}

bool fir__json_fail(fir__json_reader *r, int status, const char *at, const char *message)
{
    if (r->status == 0) {
        r->status = status;
        r->message = message;
        r->offset = (size_t)(at - r->begin);
    }
    return false;
}

/* A failure because of the byte at `at`, which may be the end of the text. */
static bool fail_here(fir__json_reader *r, const char *at, const char *message)
{
    return fir__json_fail(r, FIR_EPARSE, at, at >= r->end ? "the JSON text ends too early" : message);
}

int fir__json_error(const fir__json_reader *r, fir_str source, fir_error *err)
{
    fir__place at = fir__place_of(source, r->offset);
    if (r->status == FIR_ELIMIT) {
        return fir__fail_at(err, r->status, at, "%s (%llu)", r->message, (unsigned long long)r->limit);
    }
    return r->status == FIR_ENOMEM ? fir__no_memory(err) : fir__fail_at(err, r->status, at, "%s", r->message);
}

bool fir__json_enter(fir__json_reader *r)
{
    if (r->depth >= r->max_depth) {
        r->limit = r->max_depth;
        return fir__json_fail(r, FIR_ELIMIT, r->at, "nested deeper than max_depth");
    }
    r->depth++;
    r->at++;
    return true;
}

bool fir__json_next_slow(fir__json_reader *r, char closing, bool *more)
{
    char c = fir__json_peek(r);
    if (c == ',') {
        r->at++;
        *more = true;
        return true;
    }
    if (c == closing) {
        fir__json_leave(r);
        *more = false;
        return true;
    }
    return fail_here(r, r->at, closing == '}' ? "expected ',' or '}' after a value" : "expected ',' or ']' after a value");
}

bool fir__json_no_key(fir__json_reader *r)
{
    return fail_here(r, r->at, "expected a key in quotes");
}

bool fir__json_colon_slow(fir__json_reader *r)
{
    if (fir__json_peek(r) != ':') {
        return fail_here(r, r->at, "expected ':' after a key");
    }
    r->at++;
    return true;
}

bool fir__json_finish(fir__json_reader *r)
{
    (void)fir__json_peek(r);
    return r->at == r->end || fir__json_fail(r, FIR_EPARSE, r->at, "something follows the end of the JSON value");
}

/* Bytes of the UTF-8 sequence at p, which is not ASCII; 0 when it is none. What lies behind the text is NUL, so it ends there. */
static size_t sequence(const char *p)
{
    const unsigned char *s = (const unsigned char *)p;
    if ((s[1] & 0xC0) != 0x80 || s[0] < 0xC2 || s[0] > 0xF4) {
        return 0;
    }
    if (s[0] < 0xE0) {
        return 2;
    }
    if ((s[2] & 0xC0) != 0x80) {
        return 0;
    }
    if (s[0] < 0xF0) {
        return (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ? 0 : 3;
    }
    return (s[3] & 0xC0) != 0x80 || (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F) ? 0 : 4;
}

static int hex_digit(char c)
{
    if (fir__is_digit(c)) {
        return c - '0';
    }
    c = fir__lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hex digits; UINT32_MAX when they are none. Stops at the first other byte, so it never runs over the end. */
static uint32_t hex4(const char *p)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        int d = hex_digit(p[i]);
        if (d < 0) {
            return UINT32_MAX;
        }
        v = v << 4 | (uint32_t)d;
    }
    return v;
}

/* What stands for the escape with this letter; 0 for 'u' and all that is none. */
static char short_escape(char letter)
{
    switch (letter) {
    case '"':
    case '\\':
    case '/':
        return letter;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return 0;
    }
}

/* The string that is being unescaped. `to` never overtakes the place that is read, unless the string has moved to the arena. */
typedef struct target {
    char *base, *to;
    bool moved;
} target;

/* \uXXXX at p, with its second half; the place behind it, or NULL. */
static char *unicode_escape(fir__json_reader *r, char *p, target *t)
{
    uint32_t cp = hex4(p + 2);
    if (cp == UINT32_MAX) {
        (void)fail_here(r, p, "\\u wants four hexadecimal digits");
        return NULL;
    }
    p += 6;
    if (cp >= 0xD800 && cp <= 0xDFFF) {
        uint32_t low = cp <= 0xDBFF && p[0] == '\\' && p[1] == 'u' ? hex4(p + 2) : 0;
        if (low >= 0xDC00 && low <= 0xDFFF) {
            cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
            p += 6;
        } else {
            cp = 0xFFFD;
            r->seen |= FIR__JSON_SAW_BROKEN;
        }
    }
    if (cp == 0) {
        r->seen |= FIR__JSON_SAW_NUL;
    }
    t->to += fir__utf8_encode(cp, t->to);
    return p;
}

static char *escape(fir__json_reader *r, char *p, target *t)
{
    if (p[1] == 'u') {
        return unicode_escape(r, p, t);
    }
    char c = short_escape(p[1]);
    if (c == 0) {
        (void)fail_here(r, p + 1, "no such escape in a string");
        return NULL;
    }
    *t->to++ = c;
    return p + 2;
}

/* Where the string ends whose content goes on at p: at its quote, or where it is broken. */
static const char *string_end(const char *p)
{
    for (;;) {
        if (*p == '"' || (unsigned char)*p < 0x20) {
            return p;
        }
        p += *p == '\\' && p[1] != '\0' ? 2 : 1;
    }
}

/* A broken sequence at p becomes U+FFFD. What has been read moves to the arena, where there is room for it. */
static char *broken(fir__json_reader *r, char *p, target *t)
{
    if (!t->moved) {
        size_t done = (size_t)(t->to - t->base), rest = (size_t)(string_end(p) - p);
        char *room = fir__arena_alloc(r->arena, done + 3 * rest);
        if (room == NULL) {
            (void)fir__json_fail(r, FIR_ENOMEM, p, "out of memory");
            return NULL;
        }
        memcpy(room, t->base, done);
        *t = (target){room, room + done, true};
    }
    r->seen |= FIR__JSON_SAW_BROKEN;
    memcpy(t->to, "\xEF\xBF\xBD", 3);
    t->to += 3;
    return p + fir__utf8_broken(p, (size_t)(r->end - p));
}

/* Moves n bytes from p to the target, and gives the place behind them. */
static inline char *take(char *p, size_t n, target *t)
{
    if (t->to != p && n != 0) {
        memmove(t->to, p, n);
    }
    t->to += n;
    return p + n;
}

bool fir__json_string_rest(fir__json_reader *r, char *start, char *p, fir_str *out)
{
    target t = {start, p, false};
    for (;;) {
        unsigned char c = (unsigned char)*p;
        if (c >= 0x80) {
            size_t n = sequence(p);
            p = n != 0 ? take(p, n, &t) : broken(r, p, &t);
        } else if (c == '\\') {
            p = escape(r, p, &t);
        } else if (c == '"') {
            *out = (fir_str){t.base, (size_t)(t.to - t.base)};
            r->at = p + 1;
            return true;
        } else {
            return fail_here(r, p, "a control character in a string must be escaped");
        }
        if (p == NULL) {
            return false;
        }
        p = take(p, (size_t)(fir__scan(p) - p), &t);
    }
}

/* Digits at p, at least one; NULL when there is none. */
static char *digits(char *p)
{
    if (!fir__is_digit(*p)) {
        return NULL;
    }
    while (fir__is_digit(*p)) {
        p++;
    }
    return p;
}

/* Fraction and exponent at r->at, either may be missing. */
static bool fraction(fir__json_reader *r)
{
    char *p = r->at, *at = p;
    if (*p == '.') {
        at = p + 1;
        p = digits(at);
    }
    if (p != NULL && (*p == 'e' || *p == 'E')) {
        at = p + (p[1] == '+' || p[1] == '-' ? 2 : 1);
        p = digits(at);
    }
    if (p == NULL) {
        return fail_here(r, at, "a number needs a digit here");
    }
    r->at = p;
    return true;
}

/* A number that is no integer of up to 18 digits: its digits end at r->at, v is the value of the first 18. */
static bool long_number(fir__json_reader *r, char *start, char *first, uint64_t v, fir__value *out)
{
    size_t n = (size_t)(r->at - first);
    bool negative = first != start, over = n > 20 || *r->at == '.' || *r->at == 'e' || *r->at == 'E';
    for (size_t i = 18; i < n && !over; i++) {
        over = __builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, (uint64_t)(first[i] - '0'), &v);
    }
    if (!fraction(r)) {
        return false;
    }
    out->ptr = start;
    out->len = (uint32_t)(r->at - start);
    if (over || (negative && v > (uint64_t)INT64_MAX + 1)) {
        out->type = FIR__DOUBLE;
        out->d = fir__json_to_double((fir_str){start, out->len});
    } else if (negative || v <= (uint64_t)INT64_MAX) {
        out->type = FIR__INT;
        out->i = negative ? (int64_t)(0 - v) : (int64_t)v;
    } else {
        out->type = FIR__UINT;
        out->u = v;
    }
    return true;
}

static bool read_number(fir__json_reader *r, fir__value *out)
{
    char *start = r->at, *first = start + (*start == '-'), *p = first;
    uint64_t v = 0;
    for (; fir__is_digit(*p) && p - first < 18; p++) {
        v = v * 10 + (uint64_t)(*p - '0');
    }
    if (p == first) {
        return fail_here(r, first, "a number needs a digit here");
    }
    if (*first == '0' && fir__is_digit(first[1])) {
        return fir__json_fail(r, FIR_EPARSE, start, "a number must not begin with zeros");
    }
    if (fir__is_digit(*p) || *p == '.' || *p == 'e' || *p == 'E') {
        while (fir__is_digit(*p)) {
            p++;
        }
        r->at = p;
        return long_number(r, start, first, v, out);
    }
    r->at = p;
    *out =
        (fir__value){.type = FIR__INT, .len = (uint32_t)(p - start), .ptr = start, .i = first != start ? -(int64_t)v : (int64_t)v};
    return true;
}

static bool read_literal(fir__json_reader *r, fir__value *out)
{
    char *p = r->at; /* the padding is longer than any literal */
    if (memcmp(p, "null", 4) == 0) {
        *out = (fir__value){.type = FIR__NULL, .len = 4, .ptr = p, .i = 0};
    } else if (memcmp(p, "true", 4) == 0) {
        *out = (fir__value){.type = FIR__BOOL, .len = 4, .ptr = p, .i = 1};
    } else if (memcmp(p, "false", 5) == 0) {
        *out = (fir__value){.type = FIR__BOOL, .len = 5, .ptr = p, .i = 0};
    } else {
        return fail_here(r, p, "expected a JSON value");
    }
    r->at = p + out->len;
    return true;
}

static bool read_string_value(fir__json_reader *r, fir__value *out)
{
    fir_str s;
    if (!fir__json_read_string(r, &s)) {
        return false;
    }
    *out = fir__value_string(s);
    return true;
}

bool fir__json_read_scalar(fir__json_reader *r, fir__value *out)
{
    char c = *r->at;
    if (c == '"') {
        return read_string_value(r, out);
    }
    return fir__is_digit(c) || c == '-' ? read_number(r, out) : read_literal(r, out);
}

/* A string, checked and left as it is. */
static bool skip_string(fir__json_reader *r)
{
    char *p = r->at + 1;
    for (;;) {
        p = fir__scan(p);
        unsigned char c = (unsigned char)*p;
        if (c == '"') {
            r->at = p + 1;
            return true;
        }
        if (c >= 0x80) {
            size_t n = sequence(p);
            r->seen |= n == 0 ? FIR__JSON_SAW_BROKEN : 0u;
            p += n != 0 ? n : 1;
        } else if (c == '\\' && p[1] == 'u') {
            uint32_t cp = hex4(p + 2);
            if (cp == UINT32_MAX) {
                return fail_here(r, p, "\\u wants four hexadecimal digits");
            }
            r->seen |= cp == 0 ? FIR__JSON_SAW_NUL : 0u;
            p += 6;
        } else if (c == '\\' && short_escape(p[1]) != 0) {
            p += 2;
        } else if (c == '\\') {
            return fail_here(r, p + 1, "no such escape in a string");
        } else {
            return fail_here(r, p, "a control character in a string must be escaped");
        }
    }
}

/* A key and its colon, left as they are. */
static bool skip_key(fir__json_reader *r)
{
    if (fir__json_peek(r) != '"') {
        return fir__json_no_key(r);
    }
    return skip_string(r) && fir__json_colon(r);
}

/* A scalar, or the bracket that opens a value with content (*opened). */
static bool skip_value(fir__json_reader *r, uint64_t *objects, bool *opened)
{
    fir__value ignored;
    char c = fir__json_peek(r);
    *opened = false;
    if (c == '"') {
        return skip_string(r);
    }
    if (c != '{' && c != '[') {
        return fir__json_read_scalar(r, &ignored);
    }
    if (!fir__json_enter(r)) {
        return false;
    }
    if (fir__json_peek(r) == (c == '{' ? '}' : ']')) {
        fir__json_leave(r);
        return true;
    }
    *objects = *objects << 1 | (c == '{');
    *opened = true;
    return c != '{' || skip_key(r);
}

bool fir__json_skip(fir__json_reader *r, fir_str *raw)
{
    uint64_t objects = 0; /* one bit a level, the innermost last: is it an object? */
    uint32_t outside = r->depth;
    (void)fir__json_peek(r);
    char *start = r->at;
    for (;;) {
        bool opened, more = false;
        if (!skip_value(r, &objects, &opened)) {
            return false;
        }
        while (!opened && !more) { /* close what ends here */
            if (r->depth == outside) {
                *raw = (fir_str){start, (size_t)(r->at - start)};
                return true;
            }
            bool object = (objects & 1) != 0;
            if (!fir__json_next(r, object ? '}' : ']', &more) || (more && object && !skip_key(r))) {
                return false;
            }
            objects >>= more ? 0 : 1;
        }
    }
}
