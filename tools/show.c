/* SPDX-License-Identifier: Apache-2.0 */
#include "show.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- characters ---- */

/* The length of the UTF-8 character at s, 0 when there is none. */
static size_t character(const unsigned char *s, size_t n, uint32_t *c)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] >= 0xf8 || (s[0] >= 0x80 && s[0] < 0xc0) || len > n) {
        return 0;
    }
    *c = len == 1 ? s[0] : s[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
        *c = *c << 6 | (s[i] & 0x3f);
    }
    return *c < least[len] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000) ? 0 : len;
}

typedef struct range {
    uint32_t first, last;
} range;

static bool within(const range *r, size_t n, uint32_t c)
{
    for (size_t i = 0; i < n; i++) {
        if (c >= r[i].first && c <= r[i].last) {
            return true;
        }
    }
    return false;
}
#define WITHIN(table, c) within(table, sizeof(table) / sizeof(table)[0], c)

/* Controls, line and paragraph separators, and what turns the direction of text or is invisible. */
static const range unsafe[] = {{0, 0x1f},        {0x7f, 0x9f},     {0x61c, 0x61c},   {0x200b, 0x200f},
                               {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xe0000, 0xe007f}};
/* Two columns wide, and none: as far as a caret needs it. */
static const range wide[] = {{0x1100, 0x115f}, {0x2e80, 0xa4cf}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},
                             {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd}};
static const range combining[] = {{0x300, 0x36f}, {0x483, 0x489}, {0x1ab0, 0x1aff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}};

size_t put_safe(FILE *to, const char *s, size_t n)
{
    size_t columns = 0, len;
    for (size_t i = 0; i < n; i += len) {
        uint32_t c = 0;
        char shown[16];
        int made = 0;
        len = character((const unsigned char *)s + i, n - i, &c);
        if (len == 0) {
            len = 1;
            made = snprintf(shown, sizeof shown, "\\x%02x", (unsigned char)s[i]);
        } else if (c == '\t') {
            made = snprintf(shown, sizeof shown, " ");
        } else if (WITHIN(unsafe, c)) {
            made = snprintf(shown, sizeof shown, c < 0x80 ? "\\x%02x" : "\\u%04x", c);
        }
        columns += made > 0 ? (size_t)made : WITHIN(combining, c) ? 0 : WITHIN(wide, c) ? 2 : 1;
        if (to != NULL) {
            fwrite(made > 0 ? shown : s + i, 1, made > 0 ? (size_t)made : len, to);
        }
    }
    return columns;
}

void put_text(FILE *to, const char *s)
{
    (void)put_safe(to, s, strlen(s));
}

void say(const char *format, ...)
{
    char *line = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&line, format, args);
    va_end(args);
    if (n >= 0) {
        (void)put_safe(stdout, line, (size_t)n);
        free(line);
    }
    putchar('\n');
}

/* ---- JSON ---- */

const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s != NULL ? s : "";
}

void put_value(const json_t *v)
{
    char *s = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    put_text(stdout, s != NULL ? s : "");
    free(s);
}

void put_json_line(const json_t *v)
{
    char *s = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);
    puts(s != NULL ? s : "{}");
    free(s);
}

/* ---- source lines ---- */

enum { LONGEST_SHOWN = 400 };

/* The length of the line break at s, as YAML knows them; 0: none is there. */
static size_t line_break(const char *s, size_t n)
{
    if (*s != '\n' && *s != '\r' && (unsigned char)*s < 0xc2) {
        return 0;
    }
    static const char *const breaks[] = {"\r\n", "\n", "\r", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++) {
        size_t len = strlen(breaks[i]);
        if (len <= n && memcmp(s, breaks[i], len) == 0) {
            return len;
        }
    }
    return 0;
}

static size_t line_end(const source_text *t, size_t at, size_t *skip)
{
    for (*skip = 0; at < t->len && (*skip = line_break(t->text + at, t->len - at)) == 0; at++) {
    }
    return at;
}

static bool line_of(source_text *t, long long line, const char **start, size_t *len)
{
    size_t skip, at = 0;
    long long i = 1;
    if (t->line != 0 && t->line <= line) {
        at = t->at;
        i = t->line;
    }
    for (; at < t->len && i < line; i++) {
        at = line_end(t, at, &skip);
        at += skip;
    }
    if (at >= t->len) {
        return false;
    }
    t->at = at;
    t->line = line;
    *start = t->text + at;
    *len = line_end(t, at, &skip) - at;
    return true;
}

static size_t find(const char *s, size_t n, size_t at, const char *word)
{
    size_t len = strlen(word);
    while (at + len <= n && strncasecmp(s + at, word, len) != 0) {
        at++;
    }
    return at + len <= n ? at : n;
}

/* Where something begins that looks like a secret: the value of a key with such a name, the address of a webhook. A line with an
 * error in it may not have been understood as far as to know that it holds one. n: nowhere. */
static size_t likely_secret(const char *s, size_t n)
{
    static const char *const words[] = {"authorization", "cookie", "api-key", "apikey",     "api_key",
                                        "token",         "secret", "passw",   "credential", "routing_key"};
    size_t address = find(s, n, 0, "://"), from = address < n && find(s, n, address, "hook") < n ? address + 3 : n;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (size_t at = find(s, n, 0, words[i]); at < n; at = find(s, n, at + 1, words[i])) {
            size_t colon = find(s, n, at, ":");
            if (colon < from && (colon + 1 == n || s[colon + 1] == ' ' || s[colon + 1] == '\t')) {
                from = colon + 1;
            }
        }
    }
    return from;
}

/* A line, `shown` bytes of it, and a caret below byte `at`. */
static void put_line(FILE *to, const char *s, size_t len, size_t shown, size_t at)
{
    at = at < len ? at : len;
    fputs("    ", to);
    (void)put_safe(to, s, shown);
    if (shown < len) {
        bool apart = shown != 0 && s[shown - 1] == ':';
        fputs(apart ? " ..." : "...", to);
        at = at < shown ? at : shown + apart;
    }
    fprintf(to, "\n    %*s^\n", (int)put_safe(NULL, s, at), "");
}

void put_source(FILE *to, source_text *t, long long line, long long column, long long hide)
{
    const char *s;
    size_t len;
    if (line > 0 && line_of(t, line, &s, &len) && len <= LONGEST_SHOWN) {
        size_t shown = likely_secret(s, len), hidden = hide > 0 ? (size_t)hide - 1 : len;
        put_line(to, s, len, hidden < shown ? hidden : shown, column > 0 ? (size_t)column - 1 : 0);
    }
}

/* The line of an operand, with a caret below an offset. */
static void put_place(const char *text, uint64_t offset, bool known)
{
    size_t n = strlen(text), at = offset < n ? (size_t)offset : n, start = at;
    while (start > 0 && text[start - 1] != '\n') {
        start--;
    }
    size_t len = strcspn(text + start, "\n");
    if (known && len != 0 && len <= LONGEST_SHOWN) {
        put_line(stderr, text + start, len, len, at - start);
    }
}

int does_not_compile(const arguments *a, const char *text, const fir_error *e)
{
    fprintf(stderr, "%s: ", a->program);
    put_text(stderr, e->message);
    fputc('\n', stderr);
    put_place(text, e->offset, e->line != 0);
    return EXIT_USAGE;
}

void put_warnings(const arguments *a, const char *text, const fir_buf *warnings)
{
    json_t *all = json_loadb(warnings->ptr, warnings->len, JSON_ALLOW_NUL, NULL), *w;
    size_t i;
    json_array_foreach(all, i, w)
    {
        const char *hint = text_of(w, "hint");
        fprintf(stderr, "%s: warning %s: ", a->program, text_of(w, "code"));
        put_text(stderr, text_of(w, "message"));
        if (hint[0] != '\0') {
            fputs("; hint: ", stderr);
            put_text(stderr, hint);
        }
        fputc('\n', stderr);
        put_place(text, (uint64_t)json_integer_value(json_object_get(w, "offset")), true);
    }
    json_decref(all);
}
