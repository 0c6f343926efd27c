/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: `{env: NAME}`, `{file: PATH}`, or a literal one that draws a warning. They are never templates. */
#include "playbook/load.h"

static bool is_variable(fir_str s, bool upper)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool letter = c == '_' || (c >= 'A' && c <= 'Z') || (!upper && c >= 'a' && c <= 'z');
        if (!letter && (i == 0 || !fir__is_digit(c))) {
            return false;
        }
    }
    return s.len != 0;
}

/* Where no schema says what a map is, only a variable in capitals and an absolute path count: {env: prod} is a label. */
bool fir__is_secret_ref(const fir__data *d)
{
    if (d->type != FIR__DATA_MAP || d->count != 1 || d->entries[0].value.type != FIR__DATA_TEXT) {
        return false;
    }
    fir_str text = d->entries[0].value.s;
    return fir__str_eq(d->entries[0].key, FIR__S("env"))
               ? is_variable(text, true)
               : fir__str_eq(d->entries[0].key, FIR__S("file")) && fir__str_starts(text, FIR__S("/"));
}

bool fir__secret_header(const fir__param_context *x, fir_str name)
{
    static const fir_str names[] = {{"Authorization", 13}, {"Proxy-Authorization", 19}, {"Cookie", 6}, {"X-Api-Key", 9}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (fir__str_eq_nocase(names[i], name)) {
            return true;
        }
    }
    const fir__data *more = fir__param_written(x, FIR__S("secret_headers"));
    for (uint32_t i = 0; more != NULL && more->type == FIR__DATA_LIST && i < more->count; i++) {
        if (more->items[i].type == FIR__DATA_TEXT && fir__str_eq_nocase(more->items[i].s, name)) {
            return true;
        }
    }
    return false;
}

bool fir__secret_likely(const fir__param_context *x, fir_str name)
{
    static const fir_str words[] = {{"token", 5},        {"secret", 6},      {"password", 8},    {"api_key", 7},     {"apikey", 6},
                                    {"routing_key", 11}, {"access_key", 10}, {"credential", 10}, {"webhook_url", 11}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        for (size_t at = 0; at + words[i].len <= name.len; at++) {
            if (fir__str_eq_nocase(fir__str(name.ptr + at, words[i].len), words[i])) {
                return true;
            }
        }
    }
    return fir__secret_header(x, name) || (x->def->notifies && fir__str_eq_nocase(name, FIR__S("url")));
}

static void put_token(fir__sbuf *b, fir_str token)
{
    fir__sbuf_char(b, '/');
    for (size_t i = 0; i < token.len; i++) {
        char c = token.ptr[i];
        if (c == '~' || c == '/') {
            fir__sbuf_str(b, c == '~' ? FIR__S("~0") : FIR__S("~1"));
        } else {
            fir__sbuf_char(b, c);
        }
    }
}

static void put_path(fir__sbuf *b, const fir__path *path)
{
    if (path != NULL) {
        put_path(b, path->up);
        put_token(b, path->key);
    }
}

fir_str fir__pointer(fir__load *l, fir_str base, const fir__path *path)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &l->allocator, 1 << 20);
    fir__sbuf_str(&b, base);
    put_path(&b, path);
    fir_str out = b.status == 0 ? fir__arena_str(l->arena, fir__sbuf_view(&b)) : (fir_str){NULL, 0};
    if (out.ptr == NULL) {
        fir__load_fail(l, b.status != 0 ? b.status : FIR_ENOMEM);
    }
    fir__sbuf_free(&b);
    return out;
}

/* Beside the file that names it. */
static fir_str beside(fir__load *l, uint16_t file, fir_str path)
{
    fir_str dir = file < l->n_files ? l->files[file].dir : (fir_str){NULL, 0};
    if (dir.len == 0 || fir__str_starts(path, FIR__S("/"))) {
        return path;
    }
    char *p = fir__load_array(l, dir.len + path.len + 2, 1);
    if (p == NULL) {
        return (fir_str){NULL, 0};
    }
    memcpy(p, dir.ptr, dir.len);
    p[dir.len] = '/';
    memcpy(p + dir.len + 1, path.ptr, path.len);
    return (fir_str){p, dir.len + 1 + path.len};
}

static bool wrong_form(fir__load *l, const fir__data *d, const char *what)
{
    fir__report(l, FIR__PB_SECRET, fir__where_of(d), FIR__S("write {env: NAME} or {file: PATH}"), "a secret %s", what);
    return false;
}

static bool reference(fir__load *l, const fir__data *d, fir__secret_ref *out)
{
    const fir__entry *e = d->count == 1 ? &d->entries[0] : NULL;
    if (e == NULL || e->value.type != FIR__DATA_TEXT || e->value.s.len == 0) {
        return wrong_form(l, d, "is a text, or a mapping with one entry");
    }
    if (fir__str_eq(e->key, FIR__S("env"))) {
        *out = (fir__secret_ref){.kind = FIR__SECRET_ENV, .name = e->value.s};
        return is_variable(e->value.s, false) || wrong_form(l, &e->value, "from the environment needs the name of a variable");
    }
    if (fir__str_eq(e->key, FIR__S("file"))) {
        *out = (fir__secret_ref){.kind = FIR__SECRET_FILE, .name = beside(l, d->file, e->value.s)};
        return out->name.ptr != NULL;
    }
    return wrong_form(l, d, "comes from `env` or from `file`");
}

bool fir__secret_resolve(fir__param_context *x, const fir__data *d, const fir__path *path, fir__node *out)
{
    fir__load *l = x->load;
    fir__secret_ref *ref = fir__load_array(l, 1, sizeof *ref);
    if (ref == NULL) {
        return false;
    }
    *out = (fir__node){.kind = FIR__NODE_SECRET, .secret = ref};
    if (d->type == FIR__DATA_MAP) {
        return reference(l, d, ref);
    }
    if (d->type != FIR__DATA_TEXT || d->s.len == 0) {
        return wrong_form(l, d, "is a text, or a mapping with one entry");
    }
    *ref = (fir__secret_ref){.kind = FIR__SECRET_CONFIG, .name = fir__pointer(l, x->pointer, path), .literal = d->s};
    fir__report(l, FIR__PB_LITERAL_SECRET, fir__where_of(d), FIR__S("write {env: NAME} or {file: PATH} in its place"),
                "the secret `%.*s` stands in the file", FIR__SHOW(path->key));
    return ref->name.ptr != NULL;
}
