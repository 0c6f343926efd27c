/* SPDX-License-Identifier: Apache-2.0 */
#include "json/writer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "base/utf8.h"
#include "json/keys.h"
#include "json/scan.h"

static void escape_one(fir__sbuf *b, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    static const char named[] = "btn\0fr"; /* 0x08 to 0x0d; 0x0b has no name */
    fir__sbuf_char(b, '\\');
    if (c == '"' || c == '\\') {
        fir__sbuf_char(b, (char)c);
    } else if (c >= 8 && c <= 13 && c != 11) {
        fir__sbuf_char(b, named[c - 8]);
    } else {
        fir__sbuf_put(b, (char[]){'u', '0', '0', digits[c >> 4], digits[c & 15]}, 5);
    }
}

/* Writes the character at p, which is not plain; gives how many of the n bytes it was. */
static size_t escape_at(fir__sbuf *b, const char *p, size_t n)
{
    uint32_t cp;
    if ((unsigned char)*p < 0x80) {
        escape_one(b, (unsigned char)*p);
        return 1;
    }
    size_t whole = fir__utf8_decode(p, n, &cp);
    if (whole != 0) {
        fir__sbuf_put(b, p, whole);
        return whole;
    }
    fir__sbuf_put(b, "\xEF\xBF\xBD", 3);
    return fir__utf8_broken(p, n);
}

void fir__json_escape(fir__sbuf *b, fir_str s)
{
    const char *p = s.ptr;
    size_t left = s.len;
    while (left != 0) {
        char *to = fir__sbuf_reserve(b, left); /* no byte becomes less than one */
        if (to == NULL) {
            return;
        }
        size_t n = fir__scan_copy_plain(to, p, left);
        b->len += n;
        if (n != left) {
            n += escape_at(b, p + n, left - n);
        }
        p += n;
        left -= n;
    }
}

void fir__json_string(fir__sbuf *b, fir_str s)
{
    char *to = fir__sbuf_reserve(b, s.len + 2);
    if (to == NULL) {
        return;
    }
    if (fir__scan_copy(to + 1, s.ptr, s.len)) { /* nearly always */
        to[0] = to[s.len + 1] = '"';
        b->len += s.len + 2;
        return;
    }
    fir__sbuf_char(b, '"');
    fir__json_escape(b, s);
    fir__sbuf_char(b, '"');
}

void fir__json_double(fir__sbuf *b, double d)
{
    if (!isfinite(d)) {
        fir__sbuf_put(b, "null", 4);
        return;
    }
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, d);
        double back = strtod(text, NULL); /* of the same locale as snprintf */
        if (!(back < d) && !(back > d)) {
            break;
        }
    }
    for (char *p = text; *p != '\0'; p++) {
        if (!fir__is_digit(*p) && strchr("+-eE", *p) == NULL) {
            *p = '.'; /* whatever the locale's point is: Debian's are one byte */
        }
    }
    fir__sbuf_put(b, text, strlen(text));
}

static void write_list(fir__sbuf *b, const fir__value *v)
{
    fir__sbuf_char(b, '[');
    for (uint32_t i = 0; i < v->len; i++) {
        if (i != 0) {
            fir__sbuf_char(b, ',');
        }
        fir__json_value(b, &v->items[i]);
    }
    fir__sbuf_char(b, ']');
}

void fir__json_value(fir__sbuf *b, const fir__value *v)
{
    switch (v->type) {
    case FIR__STRING:
        fir__json_string(b, (fir_str){v->ptr, v->len});
        break;
    case FIR__LIST:
        write_list(b, v);
        break;
    case FIR__OBJECT:
        fir__sbuf_put(b, v->ptr, v->text_len);
        break;
    case FIR__NULL:
        fir__sbuf_put(b, "null", 4);
        break;
    case FIR__BOOL:
        fir__sbuf_str(b, v->i != 0 ? FIR__S("true") : FIR__S("false"));
        break;
    default:
        if (v->ptr != NULL) {
            fir__sbuf_put(b, v->ptr, v->len);
        } else if (v->type == FIR__DOUBLE) {
            fir__json_double(b, v->d);
        } else if (v->type == FIR__UINT) {
            fir__sbuf_u64(b, v->u);
        } else {
            fir__sbuf_i64(b, v->i);
        }
        break;
    }
}

static void write_entries(fir__sbuf *b, const fir__data *map, uint32_t *order)
{
    fir__keys_sort(map->entries, sizeof *map->entries, map->count, order, order + map->count);
    fir__sbuf_char(b, '{');
    for (uint32_t i = 0; i < map->count; i++) {
        const fir__entry *e = &map->entries[order[i]];
        if (i != 0) {
            fir__sbuf_char(b, ',');
        }
        fir__json_string(b, e->key);
        fir__sbuf_char(b, ':');
        fir__json_data(b, &e->value);
    }
    fir__sbuf_char(b, '}');
}

static void write_map(fir__sbuf *b, const fir__data *map)
{
    uint32_t few[32], *order = few; /* most maps are small; those of an answer of an API need not be */
    if (map->count > sizeof few / sizeof few[0] / 2) {
        order = fir__alloc_array(&b->allocator, 2 * (size_t)map->count, sizeof *order);
    }
    if (order != NULL) {
        write_entries(b, map, order);
    } else if (b->status == 0) {
        b->status = FIR_ENOMEM;
    }
    if (order != few) {
        fir__free(&b->allocator, order);
    }
}

void fir__json_data(fir__sbuf *b, const fir__data *d)
{
    switch (d->type) {
    case FIR__DATA_NULL:
        fir__sbuf_put(b, "null", 4);
        break;
    case FIR__DATA_BOOL:
        fir__sbuf_str(b, d->b ? FIR__S("true") : FIR__S("false"));
        break;
    case FIR__DATA_INT:
        fir__sbuf_i64(b, d->i);
        break;
    case FIR__DATA_UINT:
        fir__sbuf_u64(b, d->u);
        break;
    case FIR__DATA_DOUBLE:
        fir__json_double(b, d->d);
        break;
    case FIR__DATA_TEXT:
        fir__json_string(b, d->s);
        break;
    case FIR__DATA_LIST:
        fir__sbuf_char(b, '[');
        for (uint32_t i = 0; i < d->count; i++) {
            if (i != 0) {
                fir__sbuf_char(b, ',');
            }
            fir__json_data(b, &d->items[i]);
        }
        fir__sbuf_char(b, ']');
        break;
    default:
        write_map(b, d);
        break;
    }
}

void fir__json_open(fir__json_writer *w, char bracket)
{
    fir__sbuf_char(w->b, bracket);
    w->comma = false;
}

void fir__json_close(fir__json_writer *w, char bracket)
{
    fir__sbuf_char(w->b, bracket);
    w->comma = true;
}

void fir__json_item(fir__json_writer *w)
{
    if (w->comma) {
        fir__sbuf_char(w->b, ',');
    }
    w->comma = false;
}

void fir__json_done(fir__json_writer *w)
{
    w->comma = true;
}

/* Comma, quotes and colon with the key in one step, where it is plain. */
static bool put_plain_key(fir__sbuf *b, bool comma, fir_str key)
{
    char *to = fir__sbuf_reserve(b, comma + key.len + 3);
    if (to == NULL || !fir__scan_copy(to + comma + 1, key.ptr, key.len)) {
        return false;
    }
    to[0] = ',';
    to[comma] = '"';
    to += comma + 1 + key.len;
    to[0] = '"';
    to[1] = ':';
    b->len += comma + key.len + 3;
    return true;
}

void fir__json_key(fir__json_writer *w, fir_str key)
{
    if (!put_plain_key(w->b, w->comma, key)) {
        fir__json_item(w);
        fir__json_string(w->b, key);
        fir__sbuf_char(w->b, ':');
    }
    w->comma = false;
}

void fir__json_key_str(fir__json_writer *w, fir_str key, fir_str value)
{
    fir__json_key(w, key);
    fir__json_string(w->b, value);
    w->comma = true;
}

void fir__json_key_i64(fir__json_writer *w, fir_str key, int64_t value)
{
    fir__json_key(w, key);
    fir__sbuf_i64(w->b, value);
    w->comma = true;
}

void fir__json_key_bool(fir__json_writer *w, fir_str key, bool value)
{
    fir__json_key(w, key);
    fir__sbuf_str(w->b, value ? FIR__S("true") : FIR__S("false"));
    w->comma = true;
}

void fir__json_key_time(fir__json_writer *w, fir_str key, int64_t ns)
{
    fir__json_key(w, key);
    fir__sbuf_char(w->b, '"');
    fir__time_format(w->b, ns);
    fir__sbuf_char(w->b, '"');
    w->comma = true;
}

void fir__json_key_text(fir__json_writer *w, fir_str key, fir_str value)
{
    if (value.len != 0) {
        fir__json_key_str(w, key, value);
    }
}

void fir__json_key_texts(fir__json_writer *w, fir_str key, const fir_str *values, size_t n)
{
    if (n == 0) {
        return;
    }
    fir__json_key(w, key);
    fir__json_open(w, '[');
    for (size_t i = 0; i < n; i++) {
        fir__json_item(w);
        fir__json_string(w->b, values[i]);
        w->comma = true;
    }
    fir__json_close(w, ']');
}

void fir__json_key_error(fir__json_writer *w, int32_t code, fir_str message)
{
    fir__json_key(w, FIR__S("error"));
    fir__json_open(w, '{');
    if (code != 0) {
        fir__json_key_str(w, FIR__S("code"), fir__cstr(fir_code_name(code)));
    }
    fir__json_key_str(w, FIR__S("message"), message);
    fir__json_close(w, '}');
}
