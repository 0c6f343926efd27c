/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON text. The author's text around the holes is read when the template is compiled, so each hole is known to stand inside a
 * string literal (its value is escaped) or in the place of a value (it becomes one). No value can change the structure. */
#include "template/internal.h"

#include "base/utf8.h"
#include "json/scan.h"
#include "json/writer.h"

enum { MAX_DEPTH = 128 };

typedef enum state {
    VALUE,       /* a value must come */
    FIRST_VALUE, /* behind '[': a value or ']' */
    FIRST_KEY,   /* behind '{': a key or '}' */
    KEY,         /* behind a comma in an object */
    COLON,       /* behind a key */
    AFTER_VALUE  /* ',' or a closing bracket, or the end */
} state;

typedef struct reader {
    fir__maker *c;
    fir_str s;     /* the literal being read */
    size_t offset; /* of s in the template */
    size_t at;     /* in s */
    bool last;     /* no hole follows this literal */
    state state;
    bool in_string, is_key;
    unsigned depth;
    bool object[MAX_DEPTH];
} reader;

static int wrong(reader *r, const char *what)
{
    return fir__make_error(r->c, r->offset + r->at, "the text around the expansions is no valid JSON: %s", what);
}

static bool is_hex(char c)
{
    return fir__is_digit(c) || (fir__lower(c) >= 'a' && fir__lower(c) <= 'f');
}

/* \uNNNN at r->at; *unit its value, UINT32_MAX when it is none. */
static uint32_t code_unit(const reader *r, size_t at)
{
    uint32_t unit = 0;
    if (at + 6 > r->s.len || r->s.ptr[at] != '\\' || r->s.ptr[at + 1] != 'u') {
        return UINT32_MAX;
    }
    for (size_t i = at + 2; i < at + 6; i++) {
        char c = r->s.ptr[i];
        if (!is_hex(c)) {
            return UINT32_MAX;
        }
        unit = unit << 4 | (uint32_t)(fir__is_digit(c) ? c - '0' : fir__lower(c) - 'a' + 10);
    }
    return unit;
}

static int read_escape(reader *r)
{
    char c = r->at + 1 < r->s.len ? r->s.ptr[r->at + 1] : '\0';
    if (c != 'u') {
        if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL) {
            return wrong(r, "a backslash begins no escape here");
        }
        r->at += 2;
        return 0;
    }
    uint32_t unit = code_unit(r, r->at);
    bool high = unit >= 0xD800 && unit <= 0xDBFF, low = unit >= 0xDC00 && unit <= 0xDFFF;
    uint32_t second = high ? code_unit(r, r->at + 6) : 0;
    if (unit == UINT32_MAX || low || (high && (second < 0xDC00 || second > 0xDFFF))) {
        return wrong(r, "\\u needs four hexadecimal digits, a surrogate its other half");
    }
    r->at += high ? 12 : 6;
    return 0;
}

/* Inside a string literal, until its end or the end of the text before a hole. */
static int read_string(reader *r)
{
    while (r->at < r->s.len) {
        unsigned char c = (unsigned char)r->s.ptr[r->at];
        uint32_t cp;
        if (c == '"') {
            r->at++;
            r->in_string = false;
            r->state = r->is_key ? COLON : AFTER_VALUE;
            return 0;
        }
        if (c == '\\') {
            int rc = read_escape(r);
            if (rc != 0) {
                return rc;
            }
            continue;
        }
        if (c < 0x20) {
            return wrong(r, "a string cannot hold a line break or another control character; write \\n");
        }
        size_t n = fir__utf8_decode(r->s.ptr + r->at, r->s.len - r->at, &cp);
        if (n == 0) {
            return wrong(r, "this is no UTF-8");
        }
        r->at += n;
    }
    return 0;
}

static size_t digits(fir_str s, size_t i)
{
    size_t n = 0;
    while (i + n < s.len && fir__is_digit(s.ptr[i + n])) {
        n++;
    }
    return n;
}

/* The length of a JSON number at the start of s, which is not empty; 0: none. */
static size_t number_length(fir_str s)
{
    size_t i = s.ptr[0] == '-';
    size_t n = digits(s, i);
    if (n == 0 || (n > 1 && s.ptr[i] == '0')) {
        return 0;
    }
    i += n;
    if (i < s.len && s.ptr[i] == '.') {
        n = digits(s, i + 1);
        if (n == 0) {
            return 0;
        }
        i += 1 + n;
    }
    if (i < s.len && fir__lower(s.ptr[i]) == 'e') {
        i++;
        i += i < s.len && (s.ptr[i] == '+' || s.ptr[i] == '-');
        n = digits(s, i);
        if (n == 0) {
            return 0;
        }
        i += n;
    }
    return i;
}

static int read_scalar(reader *r)
{
    static const fir_str words[] = {{"true", 4}, {"false", 5}, {"null", 4}};
    fir_str rest = fir__str_from(r->s, r->at);
    size_t n = number_length(rest);
    for (size_t i = 0; n == 0 && i < 3; i++) {
        n = fir__str_starts(rest, words[i]) ? words[i].len : 0;
    }
    char next = n < rest.len ? rest.ptr[n] : ' ';
    if (n == 0 || fir__is_alnum(next) || next == '.' || next == '+' || next == '-') {
        return wrong(r, "a value was expected (text stands in double quotes)");
    }
    if (n == rest.len && !r->last) {
        r->at += n;
        return wrong(r, "an expansion cannot follow a number or word directly");
    }
    r->at += n;
    r->state = AFTER_VALUE;
    return 0;
}

static int open_bracket(reader *r, bool object)
{
    if (r->depth == MAX_DEPTH) {
        return wrong(r, "it is nested more than 128 deep");
    }
    r->object[r->depth++] = object;
    r->state = object ? FIRST_KEY : FIRST_VALUE;
    r->at++;
    return 0;
}

static int read_value(reader *r, char c)
{
    if (c == '"') {
        r->in_string = true;
        r->is_key = false;
        r->at++;
        return 0;
    }
    if (c == '{' || c == '[') {
        return open_bracket(r, c == '{');
    }
    return read_scalar(r);
}

static int close_bracket(reader *r, char c)
{
    if (r->depth == 0 || r->object[r->depth - 1] != (c == '}')) {
        return wrong(r, "this bracket closes nothing");
    }
    r->depth--;
    r->state = AFTER_VALUE;
    r->at++;
    return 0;
}

static int read_token(reader *r)
{
    char c = r->s.ptr[r->at];
    if ((c == ']' && r->state == FIRST_VALUE) || (c == '}' && r->state == FIRST_KEY) ||
        ((c == ']' || c == '}') && r->state == AFTER_VALUE)) {
        return close_bracket(r, c);
    }
    switch (r->state) {
    case VALUE:
    case FIRST_VALUE:
        return read_value(r, c);
    case FIRST_KEY:
    case KEY:
        if (c != '"') {
            return wrong(r, "a key in double quotes was expected");
        }
        r->in_string = r->is_key = true;
        r->at++;
        return 0;
    case COLON:
        r->state = VALUE;
        r->at++;
        return c == ':' ? 0 : (r->at--, wrong(r, "a ':' was expected"));
    default: /* AFTER_VALUE */
        if (c != ',' || r->depth == 0) {
            return wrong(r, r->depth == 0 ? "something stands behind its end" : "a ',' or a closing bracket was expected");
        }
        r->state = r->object[r->depth - 1] ? KEY : VALUE;
        r->at++;
        return 0;
    }
}

static int read_literal(reader *r)
{
    while (r->at < r->s.len) {
        int rc = 0;
        if (r->in_string) {
            rc = read_string(r);
        } else if (strchr(" \t\r\n", r->s.ptr[r->at]) != NULL && r->s.ptr[r->at] != '\0') {
            r->at++;
        } else {
            rc = read_token(r);
        }
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

static int take_hole(reader *r, fir__hole *hole)
{
    if (r->in_string) {
        hole->context = FIR__JSON_STRING;
        return 0;
    }
    hole->context = FIR__JSON_OUTSIDE;
    if (r->state == VALUE || r->state == FIRST_VALUE) {
        r->state = AFTER_VALUE;
        return 0;
    }
    return wrong(r, r->state == FIRST_KEY || r->state == KEY ? "an expansion that is a key must stand in double quotes"
                                                             : "no value can stand where this expansion is");
}

static int check_json(fir__maker *c)
{
    reader r = {.c = c, .state = VALUE};
    for (size_t k = 0; k < c->n; k++) {
        fir__segment *s = &c->segments[k];
        r.s = s->text;
        r.offset = s->offset;
        r.at = 0;
        r.last = s->hole == NULL;
        int rc = read_literal(&r);
        if (rc == 0 && s->hole != NULL) {
            rc = take_hole(&r, s->hole);
        }
        if (rc != 0) {
            return rc;
        }
    }
    if (r.in_string || r.depth != 0 || r.state != AFTER_VALUE) {
        return wrong(&r, r.in_string ? "a string is not closed" : r.depth != 0 ? "a bracket is not closed" : "there is no value");
    }
    return 0;
}

/* False, and nothing appended, when it is not plain or there is no room yet. */
static inline bool append_plain(fir__sbuf *b, fir_str s)
{
    if (b->status != 0 || s.len >= b->cap - b->len || !fir__scan_copy(b->ptr + b->len, s.ptr, s.len)) {
        return false;
    }
    b->len += s.len;
    return true;
}

static int write_text(fir__out *o, fir_str s)
{
    if (o->context == FIR__JSON_STRING && append_plain(o->b, s)) {
        return 0;
    }
    if (o->context == FIR__JSON_STRING) {
        fir__json_escape(o->b, s);
    } else {
        fir__json_string(o->b, s);
    }
    return 0;
}

/* Outside of a string a value keeps its type. */
static bool write_value(fir__out *o, const fir__value *v)
{
    if (o->context == FIR__JSON_STRING) {
        return false;
    }
    if (v == NULL) {
        fir__sbuf_put(o->b, "null", 4);
    } else {
        fir__json_value(o->b, v);
    }
    return true;
}

const fir__sink fir__sink_json = {.name = {"JSON", 4}, .check = check_json, .text = write_text, .value = write_value};
