/* SPDX-License-Identifier: Apache-2.0 */
#include "action/aws/alert.h"

#include <stdio.h>

#include "base/time.h"
#include "base/utf8.h"
#include "json/reader.h"
#include "json/writer.h"

enum { MAX_MESSAGE = 8 * 1024 * 1024 };

/* What an alert has at its top, as far as it is wanted here. */
typedef struct alert {
    fir__value priority, rule, source, hostname, output, time;
    fir__attributes *fields; /* may be NULL */
    fir__sbuf tags;          /* as a JSON array of strings; empty: none */
} alert;

/* ---- characters ---- */

/* XML 1.0's, which is what these services take. */
static bool is_legal(uint32_t cp)
{
    return cp == '\t' || cp == '\n' || cp == '\r' || (cp >= 0x20 && cp <= 0xD7FF) || (cp >= 0xE000 && cp <= 0xFFFD) ||
           cp >= 0x10000;
}

/* Appends s; an illegal character as a JSON escape, or as U+FFFD. The control characters of a JSON text are escaped already. */
static void put_legal(fir__sbuf *b, fir_str s, bool json)
{
    for (size_t i = 0; i < s.len;) {
        uint32_t cp = 0xFFFD;
        size_t n = fir__utf8_decode(s.ptr + i, s.len - i, &cp);
        if (n != 0 && is_legal(cp)) {
            fir__sbuf_put(b, s.ptr + i, n);
        } else if (n != 0 && json) {
            fir__sbuf_printf(b, "\\u%04x", (unsigned)cp);
        } else {
            fir__sbuf_str(b, FIR__S("\xEF\xBF\xBD"));
        }
        i += n != 0 ? n : fir__utf8_broken(s.ptr + i, s.len - i);
    }
}

/* ---- reading the alert ---- */

static bool read_tags(fir__json_reader *r, fir__sbuf *tags)
{
    bool more = true, any = false;
    if (fir__json_peek(r) != '[') {
        fir_str skipped;
        return fir__json_skip(r, &skipped);
    }
    if (!fir__json_enter(r)) {
        return false;
    }
    if (fir__json_peek(r) == ']') {
        fir__json_leave(r);
        return true;
    }
    while (more) {
        fir_str s;
        char c = fir__json_peek(r);
        bool ok = c == '"' ? fir__json_read_string(r, &s) : fir__json_skip(r, &s);
        if (!ok) {
            return false;
        }
        if (c == '"') {
            fir__sbuf_char(tags, any ? ',' : '[');
            fir__json_string(tags, s);
            any = true;
        }
        if (!fir__json_next(r, ']', &more)) {
            return false;
        }
    }
    if (any) {
        fir__sbuf_char(tags, ']');
    }
    return true;
}

static void add(fir__attributes *to, fir_str name, fir_str value, const char *type)
{
    if (to->n < FIR__ATTRIBUTES) {
        to->items[to->n++] = (fir__attribute){name, value, type};
    }
}

/* Keys come sorted, for the alert is canonical. */
static bool read_fields(fir__json_reader *r, fir__attributes *to)
{
    bool more = true;
    if (fir__json_peek(r) != '{' || to == NULL) {
        fir_str skipped;
        return fir__json_skip(r, &skipped);
    }
    if (!fir__json_enter(r)) {
        return false;
    }
    if (fir__json_peek(r) == '}') {
        fir__json_leave(r);
        return true;
    }
    while (more) {
        fir_str key;
        fir__value v = {.type = FIR__NULL};
        if (!fir__json_read_key(r, &key)) {
            return false;
        }
        char c = fir__json_peek(r);
        bool scalar = c != '{' && c != '[';
        if (!(scalar ? fir__json_read_scalar(r, &v) : fir__json_skip(r, &(fir_str){NULL, 0}))) {
            return false;
        }
        if (scalar && !fir__value_missing(&v)) {
            bool number = v.type == FIR__INT || v.type == FIR__UINT; /* a double may have more digits than the services take */
            add(to, key, fir__value_text(&v), number ? "Number" : "String");
        }
        if (!fir__json_next(r, '}', &more)) {
            return false;
        }
    }
    return true;
}

static fir__value *wanted(alert *w, fir_str key)
{
    const struct {
        fir_str name;
        fir__value *to;
    } known[] = {{FIR__S("priority"), &w->priority}, {FIR__S("rule"), &w->rule},     {FIR__S("source"), &w->source},
                 {FIR__S("hostname"), &w->hostname}, {FIR__S("output"), &w->output}, {FIR__S("time"), &w->time}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (fir__str_eq(key, known[i].name)) {
            return known[i].to;
        }
    }
    return NULL;
}

static bool read_member(fir__json_reader *r, alert *w)
{
    fir_str key, skipped;
    if (!fir__json_read_key(r, &key)) {
        return false;
    }
    fir__value *to = wanted(w, key);
    char c = fir__json_peek(r);
    if (to != NULL && c == '"') {
        return fir__json_read_scalar(r, to);
    }
    if (fir__str_eq(key, FIR__S("tags"))) {
        return read_tags(r, &w->tags);
    }
    if (fir__str_eq(key, FIR__S("output_fields"))) {
        return read_fields(r, w->fields);
    }
    return fir__json_skip(r, &skipped);
}

/* Views into a copy of it in the call's memory. */
static int read_alert(fir__aws *a, alert *w)
{
    fir_str s = a->c->event;
    fir__json_reader r;
    fir__sbuf_init(&w->tags, &a->c->wiping, MAX_MESSAGE);
    char *buffer = fir__arena_zalloc(&a->c->arena, s.len + FIR__JSON_PADDING);
    if (buffer == NULL) {
        return fir__aws_no_room(a);
    }
    if (s.len != 0) {
        memcpy(buffer, s.ptr, s.len);
    }
    fir__json_start(&r, buffer, s.len, FIR__JSON_MOST_DEPTH, &a->c->arena);
    bool more = true, ok = fir__json_peek(&r) == '{' && fir__json_enter(&r);
    if (ok && fir__json_peek(&r) == '}') {
        more = false;
    }
    while (ok && more) {
        ok = read_member(&r, w) && fir__json_next(&r, '}', &more);
    }
    if (ok && w->tags.status == 0) {
        return 0;
    }
    fir__sbuf_free(&w->tags);
    bool memory = r.status == FIR_ENOMEM || w->tags.status == FIR_ENOMEM;
    return memory ? fir__aws_no(a, FIR_ENOMEM, false, "out of memory")
                  : fir__aws_no(a, FIR_EPARSE, true, "the alert is no JSON object");
}

int64_t fir__aws_alert_time(fir__aws *a)
{
    alert w = {.fields = NULL};
    int64_t ns = 0;
    if (read_alert(a, &w) != 0) {
        a->c->failed = false;
        return 0;
    }
    fir__sbuf_free(&w.tags);
    return fir__time_parse(fir__value_text(&w.time), &ns) ? ns : 0;
}

/* ---- the message ---- */

int fir__aws_message(fir__aws *a, size_t most, const char *service, fir_str *out)
{
    alert w = {.fields = NULL};
    fir_str text = fir__aws_parameter(a, "message");
    bool json = text.len == 0 && fir__aws_boolean(a, "raw_json", true);
    int rc = 0;
    if (json) {
        text = a->c->event;
    } else if (text.len == 0) {
        rc = read_alert(a, &w);
        if (rc != 0) {
            return rc;
        }
        text = fir__value_text(&w.output);
        fir__sbuf_free(&w.tags);
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &a->c->wiping, MAX_MESSAGE);
    put_legal(&b, text, json);
    rc = fir__aws_keep(a, &b, out);
    if (rc != 0) {
        return rc;
    }
    if (out->len == 0) {
        return fir__aws_no(a, FIR_EINVAL, true, "%s: the message is empty", service);
    }
    if (out->len > most) {
        return fir__aws_no(a, FIR_ELIMIT, true, "%s: the message has %zu bytes, and may have %zu; give a shorter `message`",
                           service, out->len, most);
    }
    return 0;
}

/* ---- attributes ---- */

static bool reserved(fir_str name)
{
    static const fir_str starts[] = {{"aws.", 4}, {"amazon.", 7}};
    for (size_t i = 0; i < 2; i++) {
        if (fir__str_eq_nocase(fir__str_to(name, starts[i].len), starts[i])) {
            return true;
        }
    }
    return false;
}

/* Letters, digits, '_', '-' and '.', which neither begins nor ends it, nor stands twice. */
static int clean_name(fir__aws *a, fir_str name, fir_str *out)
{
    char *to = fir__arena_alloc(&a->c->arena, FIR__ATTRIBUTE_NAME + 1);
    size_t n = 0;
    if (to == NULL) {
        return fir__aws_no_room(a);
    }
    for (size_t i = 0; i < name.len && n < FIR__ATTRIBUTE_NAME; i++) {
        char c = name.ptr[i];
        bool dot = c == '.' && n != 0 && to[n - 1] != '.';
        to[n++] = fir__is_alnum(c) || c == '_' || c == '-' || dot ? c : '_';
    }
    if (n != 0 && to[n - 1] == '.') {
        to[n - 1] = '_';
    }
    *out = fir__str(to, n);
    return 0;
}

/* The value that is kept: legal, not too long. */
static int clean_value(fir__aws *a, fir_str value, fir_str *out)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &a->c->wiping, 4 * FIR__ATTRIBUTE_VALUE);
    put_legal(&b, fir__str_to(value, fir__utf8_floor(value, value.len < FIR__ATTRIBUTE_VALUE ? value.len : FIR__ATTRIBUTE_VALUE)),
              false);
    return fir__aws_keep(a, &b, out);
}

static bool has(const fir__attributes *list, fir_str name)
{
    for (size_t i = 0; i < list->n; i++) {
        if (fir__str_eq(list->items[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* Adds one as the services want it, when there is room. */
static int add_clean(fir__aws *a, size_t room, fir__attributes *out, const fir__attribute *one)
{
    fir__attribute k = {.type = one->type};
    bool array = strcmp(one->type, "String.Array") == 0;
    int rc = clean_name(a, one->name, &k.name);
    if (rc == 0 && array) {
        k.value = one->value; /* cut, it would be no JSON */
    } else if (rc == 0) {
        rc = clean_value(a, one->value, &k.value);
    }
    size_t bytes = k.name.len + strlen(k.type) + k.value.len;
    if (rc != 0 || k.name.len == 0 || k.value.len == 0 || reserved(k.name) || has(out, k.name) || bytes > room - out->bytes ||
        (array && k.value.len > FIR__ATTRIBUTE_VALUE)) {
        return rc;
    }
    out->bytes += bytes;
    add(out, k.name, k.value, k.type);
    return 0;
}

int fir__aws_attributes(fir__aws *a, size_t room, fir__attributes *out)
{
    fir__attributes fields = {.n = 0};
    alert w = {.fields = &fields};
    fir_str tags = {NULL, 0};
    memset(out, 0, sizeof *out);
    if (!fir__aws_boolean(a, "attributes", true)) {
        return 0;
    }
    int rc = read_alert(a, &w);
    rc = rc != 0 ? rc : fir__aws_keep(a, &w.tags, &tags);
    const fir__attribute own[] = {{FIR__S("priority"), fir__value_text(&w.priority), "String"},
                                  {FIR__S("rule"), fir__value_text(&w.rule), "String"},
                                  {FIR__S("source"), fir__value_text(&w.source), "String"},
                                  {FIR__S("hostname"), fir__value_text(&w.hostname), "String"},
                                  {FIR__S("tags"), tags, "String.Array"}};
    for (size_t i = 0; rc == 0 && i < sizeof own / sizeof own[0]; i++) {
        rc = add_clean(a, room, out, &own[i]);
    }
    for (size_t i = 0; rc == 0 && i < fields.n; i++) {
        rc = add_clean(a, room, out, &fields.items[i]);
    }
    return rc;
}
