/* SPDX-License-Identifier: Apache-2.0 */
/* Values of parameters: each type's reader. */
#include <stdio.h>
#include <stdlib.h>

#include "base/header.h"
#include "base/time.h"
#include "json/writer.h"
#include "playbook/load.h"

bool fir__value_wrong(fir__param_context *x, const fir__param_def *p, const fir__data *d, const char *wanted)
{
    if (d->type == FIR__DATA_TEXT) {
        fir__report(x->load, FIR__PB_PARAMETER_VALUE, fir__where_of(d), (fir_str){NULL, 0}, "`%.*s` wants %s, not \"%.*s\"",
                    FIR__SHOW(p->name), wanted, FIR__SHOW(d->s));
    } else {
        fir__report(x->load, FIR__PB_PARAMETER_TYPE, fir__where_of(d), (fir_str){NULL, 0}, "`%.*s` wants %s, not %s",
                    FIR__SHOW(p->name), wanted, fir__data_kind(d));
    }
    return false;
}

enum { WANTED = 256 };

/* What a parameter wants, in words. */
static const char *wanted_words(const fir__param_def *p, char buffer[WANTED])
{
    static const char *const words[] = {[FIR__P_STRING] = "a text",
                                        [FIR__P_INTEGER] = "an integer",
                                        [FIR__P_BOOLEAN] = "true or false",
                                        [FIR__P_DURATION] = "a duration (90s, 15m)"};
    if (p->n_choices != 0) {
        int n = snprintf(buffer, WANTED, "one of");
        for (uint8_t i = 0; i < p->n_choices && n > 0 && n < WANTED - 100; i++) {
            n += snprintf(buffer + n, (size_t)(WANTED - n), "%s %.*s", i != 0 ? "," : "", FIR__SHOW(p->choices[i]));
        }
        return buffer;
    }
    if (p->type == FIR__P_INTEGER && (p->least != 0 || p->most != 0)) {
        (void)snprintf(buffer, WANTED, "an integer from %lld to %lld", (long long)p->least, (long long)p->most);
        return buffer;
    }
    return words[p->type];
}

bool fir__node_constant(fir__load *l, fir__data value, fir__node *out)
{
    fir__data *d = fir__load_array(l, 1, sizeof *d);
    if (d == NULL) {
        return false;
    }
    *d = value;
    fir__sbuf b;
    fir__sbuf_init(&b, &l->allocator, SIZE_MAX / 2);
    fir__json_writer w = {&b, false};
    fir__json_open(&w, '{');
    fir__json_key(&w, FIR__S("v"));
    fir__json_data(&b, d);
    fir__json_close(&w, '}');
    *out = (fir__node){.kind = FIR__NODE_DATA, .data = d};
    out->source = b.status == 0 ? fir__arena_str(l->arena, fir__sbuf_view(&b)) : (fir_str){NULL, 0};
    fir__sbuf_free(&b);
    return out->source.ptr != NULL || fir__load_fail(l, FIR_ENOMEM);
}

/* A constant text as the value that the type makes of it; it was accepted. */
static fir__data typed(const fir__param_def *p, fir__data d)
{
    fir_str s = d.s;
    int64_t ns = 0;
    switch (p->type) {
    case FIR__P_INTEGER:
        d.type = FIR__DATA_INT;
        (void)fir__str_i64(s, &d.i);
        break;
    case FIR__P_BOOLEAN:
        d.type = FIR__DATA_BOOL;
        d.b = fir__str_eq(s, FIR__S("true"));
        break;
    case FIR__P_DURATION:
        (void)fir__duration_parse(s, &ns);
        d.type = FIR__DATA_INT;
        d.i = ns;
        break;
    default:
        break;
    }
    return d;
}

static bool constant_scalar(fir__param_context *x, const fir__param_def *p, const fir__data *d, fir_str text, fir__node *out)
{
    if (!fir__param_accepts(p, text)) {
        char buffer[WANTED];
        return fir__value_wrong(x, p, d, wanted_words(p, buffer));
    }
    if ((p->flags & FIR__P_ABSOLUTE) != 0 && !fir__str_starts(text, FIR__S("/"))) {
        return fir__value_wrong(x, p, d, "an absolute path, one that begins with /");
    }
    fir__data value = *d;
    value.s = text;
    return fir__node_constant(x->load, typed(p, value), out);
}

static bool read_scalar(fir__param_context *x, const fir__param_def *p, const fir__data *d, const fir__path *path, fir__node *out)
{
    (void)path;
    char buffer[WANTED];
    if (d->type != FIR__DATA_TEXT) {
        return fir__value_wrong(x, p, d, wanted_words(p, buffer));
    }
    fir__text_spec spec = {.target = (p->flags & FIR__P_IS_TARGET) != 0, .allow_dash = (p->flags & FIR__P_ALLOW_DASH) != 0};
    if ((p->flags & FIR__P_NO_TEMPLATE) != 0) {
        return constant_scalar(x, p, d, d->s, out);
    }
    if (fir__names_have(x->def->talon_syntax, p->name)) {
        spec.syntax = FIR_SYNTAX_TALON;
    }
    if (!fir__sink_resolve(x, p, d, &spec.sink) || !fir__text_resolve(x, d, &spec, out)) {
        return false;
    }
    if (out->kind == FIR__NODE_DATA) {
        return constant_scalar(x, p, d, out->data->s, out);
    }
    out->type = p->type;
    return true;
}

static bool read_strings(fir__param_context *x, const fir__param_def *p, const fir__data *d, const fir__path *path, fir__node *out)
{
    fir__data one = {.type = FIR__DATA_LIST, .count = 1, .items = (fir__data[]){*d}};
    if (d->type == FIR__DATA_TEXT) { /* a list of one */
        d = &one;
    }
    if (d->type != FIR__DATA_LIST) {
        return fir__value_wrong(x, p, d, "a list of texts");
    }
    bool plain = (p->flags & FIR__P_FIRST_PLAIN) != 0;
    fir__node *items = fir__load_array(x->load, d->count, sizeof *items);
    if (items == NULL) {
        return false;
    }
    bool ok = true;
    fir__param_def element = *p;
    element.type = FIR__P_STRING;
    for (uint32_t i = 0; i < d->count; i++) {
        element.flags = (uint8_t)(p->flags | (plain && i == 0 ? FIR__P_NO_TEMPLATE | FIR__P_ABSOLUTE : 0));
        ok = read_scalar(x, &element, &d->items[i], path, &items[i]) && ok;
    }
    *out = (fir__node){.kind = FIR__NODE_LIST, .count = d->count, .items = items};
    return ok;
}

static bool read_ranges(fir__param_context *x, const fir__param_def *p, const fir__data *d, const fir__path *path, fir__node *out)
{
    (void)path;
    const fir__data *items = d->type == FIR__DATA_LIST ? d->items : d;
    uint32_t n = d->type == FIR__DATA_LIST ? d->count : 1;
    for (uint32_t i = 0; i < n; i++) {
        if (items[i].type != FIR__DATA_TEXT || !fir__param_accepts(p, items[i].s)) {
            return fir__value_wrong(x, p, &items[i], "status codes (200, 200-299)");
        }
    }
    fir__data list = *d;
    if (d->type != FIR__DATA_LIST) {
        fir__data *one = fir__load_array(x->load, 1, sizeof *one);
        if (one == NULL) {
            return false;
        }
        *one = *d;
        list.type = FIR__DATA_LIST;
        list.items = one;
        list.count = 1;
    }
    return fir__node_constant(x->load, list, out);
}

/* ---- maps ---- */

static int by_key(const void *a, const void *b)
{
    return fir__str_cmp((*(const fir__entry *const *)a)->key, (*(const fir__entry *const *)b)->key);
}

const fir__entry **fir__entries_sorted(fir__load *l, const fir__data *map)
{
    const fir__entry **sorted = fir__load_array(l, map->count, sizeof *sorted);
    for (uint32_t i = 0; sorted != NULL && i < map->count; i++) {
        sorted[i] = &map->entries[i];
    }
    if (sorted != NULL && map->count > 1) {
        qsort(sorted, map->count, sizeof *sorted, by_key);
    }
    return sorted;
}

typedef bool read_entry(fir__param_context *x, const fir__param_def *p, const fir__data *d, const fir__path *path, fir__node *out);

static bool map_of(fir__param_context *x, const fir__param_def *p, const fir__data *d, const fir__path *path, read_entry *read,
                   fir__node *out)
{
    const fir__entry **sorted = fir__entries_sorted(x->load, d);
    fir__node *items = fir__load_array(x->load, d->count, sizeof *items);
    fir_str *keys = fir__load_array(x->load, d->count, sizeof *keys);
    if (sorted == NULL || items == NULL || keys == NULL) {
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < d->count && x->load->status == 0; i++) {
        fir__path here = {path, sorted[i]->key};
        keys[i] = sorted[i]->key;
        ok = read(x, p, &sorted[i]->value, &here, &items[i]) && ok;
    }
    *out = (fir__node){.kind = FIR__NODE_MAP, .count = d->count, .keys = keys, .items = items};
    return ok && x->load->status == 0;
}

/* What the transport would refuse each time. */
static bool header_name(fir__param_context *x, const fir__data *d, fir_str name)
{
    const bool reserved = fir__header_is_reserved(name);
    if (!reserved && fir__is_http_token(name, FIR__HEADER_NAME_MAX)) {
        return true;
    }
    fir__report(x->load, FIR__PB_HEADER, fir__where_of(d),
                reserved ? FIR__S("take it away; it is made for each request from its URL and body")
                         : FIR__S("a header's name has letters, digits and -"),
                reserved ? "the header `%.*s` may not be set" : "`%.*s` is no name of a header", FIR__SHOW(name));
    return false;
}

static bool read_string_entry(fir__param_context *x, const fir__param_def *p, const fir__data *d, const fir__path *path,
                              fir__node *out)
{
    fir__param_def element = *p;
    element.type = FIR__P_STRING;
    element.name = path->key;
    bool headers = (p->flags & FIR__P_SECRET_HEADERS) != 0;
    if (headers && !header_name(x, d, path->key)) {
        return false;
    }
    bool secret = headers && (d->type == FIR__DATA_MAP || fir__secret_header(x, path->key));
    return secret ? fir__secret_resolve(x, d, path, out) : read_scalar(x, &element, d, path, out);
}

static bool read_map(fir__param_context *x, const fir__param_def *p, const fir__data *d, const fir__path *path, fir__node *out)
{
    if (d->type != FIR__DATA_MAP) {
        return fir__value_wrong(x, p, d, "a mapping of texts");
    }
    return map_of(x, p, d, path, read_string_entry, out);
}

static fir_str field_at(const void *ctx, size_t i)
{
    return ((const fir__param_def *)ctx)->fields[i].name;
}

static bool read_field(fir__param_context *x, const fir__param_def *p, const fir__data *d, const fir__path *path, fir__node *out)
{
    for (uint32_t i = 0; i < p->n_fields; i++) {
        if (fir__str_eq(p->fields[i].name, path->key) || fir__names_have(p->fields[i].aliases, path->key)) {
            return fir__value_resolve(x, &p->fields[i], d, path, out);
        }
    }
    char buffer[FIR__HINT];
    fir_str hint = fir__hint_near(fir__str_suggest(path->key, p->n_fields, field_at, p), buffer);
    fir__report(x->load, FIR__PB_UNKNOWN_PARAMETER, fir__where_of(d), hint, "`%.*s` has no entry `%.*s`", FIR__SHOW(p->name),
                FIR__SHOW(path->key));
    return false;
}

static bool read_object(fir__param_context *x, const fir__param_def *p, const fir__data *d, const fir__path *path, fir__node *out)
{
    if (d->type != FIR__DATA_MAP) {
        return fir__value_wrong(x, p, d, "a mapping");
    }
    bool ok = map_of(x, p, d, path, read_field, out);
    for (uint32_t i = 0; i < p->n_fields; i++) {
        if ((p->fields[i].flags & FIR__P_REQUIRED) != 0 && fir__data_get(d, p->fields[i].name) == NULL) {
            fir__report(x->load, FIR__PB_MISSING_PARAMETER, fir__where_of(d), (fir_str){NULL, 0}, "`%.*s` needs the entry `%.*s`",
                        FIR__SHOW(p->name), FIR__SHOW(p->fields[i].name));
            ok = false;
        }
    }
    return ok;
}

/* ---- any data ---- */

static bool read_any(fir__param_context *x, const fir__param_def *p, const fir__data *d, const fir__path *path, fir__node *out);

static bool any_list(fir__param_context *x, const fir__param_def *p, const fir__data *d, const fir__path *path, fir__node *out)
{
    fir__node *items = fir__load_array(x->load, d->count, sizeof *items);
    bool ok = items != NULL;
    for (uint32_t i = 0; items != NULL && i < d->count && x->load->status == 0; i++) {
        ok = read_any(x, p, &d->items[i], path, &items[i]) && ok;
    }
    *out = (fir__node){.kind = FIR__NODE_LIST, .count = d->count, .items = items};
    return ok && x->load->status == 0;
}

static bool any_text(fir__param_context *x, const fir__param_def *p, const fir__data *d, const fir__path *path, fir__node *out)
{
    fir__text_spec spec = {.allow_dash = true};
    if (path->up == NULL && fir__names_have(x->def->talon_syntax, path->key)) {
        spec.syntax = FIR_SYNTAX_TALON;
    }
    return fir__sink_resolve(x, p, d, &spec.sink) && fir__text_resolve(x, d, &spec, out);
}

static bool read_any(fir__param_context *x, const fir__param_def *p, const fir__data *d, const fir__path *path, fir__node *out)
{
    if (x->depth >= FIR__LOAD_MOST_DATA_DEPTH) {
        fir__report(x->load, FIR__PB_LIMIT, fir__where_of(d), (fir_str){NULL, 0}, "a parameter is nested more than %d deep",
                    FIR__LOAD_MOST_DATA_DEPTH);
        return false;
    }
    x->depth++;
    bool ok;
    bool literal = p == NULL && !x->def->works && d->type == FIR__DATA_TEXT && d->s.len != 0 && fir__secret_likely(x, path->key);
    if (literal || (!x->lenient && fir__is_secret_ref(d))) {
        ok = fir__secret_resolve(x, d, path, out);
    } else if (d->type == FIR__DATA_MAP) {
        ok = map_of(x, p, d, path, read_any, out);
    } else if (d->type == FIR__DATA_LIST) {
        ok = any_list(x, p, d, path, out);
    } else {
        ok = d->type == FIR__DATA_TEXT ? any_text(x, p, d, path, out) : fir__node_constant(x->load, *d, out);
    }
    x->depth--;
    return ok;
}

static bool read_secret(fir__param_context *x, const fir__param_def *p, const fir__data *d, const fir__path *path, fir__node *out)
{
    (void)p;
    return fir__secret_resolve(x, d, path, out);
}

bool fir__value_resolve(fir__param_context *x, const fir__param_def *p, const fir__data *d, const fir__path *path, fir__node *out)
{
    static read_entry *const readers[] = {
        [FIR__P_STRING] = read_scalar,   [FIR__P_INTEGER] = read_scalar,  [FIR__P_BOOLEAN] = read_scalar,
        [FIR__P_DURATION] = read_scalar, [FIR__P_STRINGS] = read_strings, [FIR__P_MAP] = read_map,
        [FIR__P_RANGES] = read_ranges,   [FIR__P_SECRET] = read_secret,   [FIR__P_OBJECT] = read_object,
        [FIR__P_ANY] = read_any,
    };
    if (p == NULL) {
        return read_any(x, NULL, d, path, out);
    }
    return ((p->flags & FIR__P_IS_SECRET) != 0 ? read_secret : readers[p->type])(x, p, d, path, out);
}
