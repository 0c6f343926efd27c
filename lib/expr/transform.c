/* SPDX-License-Identifier: Apache-2.0 */
/* Transformers. Over a list each works on every element. */
#include "base/digest.h"
#include "expr/run.h"

/* Makes one text of one; *present false: absent. */
typedef int transform_text(fir__expr_scratch *x, fir_str in, fir_str *out, bool *present);

static int make_string(fir__expr_scratch *x, fir_str s, const fir__value **out)
{
    fir__value *v = fir__arena_alloc(&x->arena, sizeof *v);
    if (v == NULL) {
        return fir__arena_error(&x->arena);
    }
    *v = fir__value_string(s);
    *out = v;
    return 0;
}

static int make_room(fir__expr_scratch *x, size_t n, char **out)
{
    *out = fir__arena_alloc(&x->arena, n);
    return *out != NULL ? 0 : fir__arena_error(&x->arena);
}

static int fold(fir__expr_scratch *x, fir_str in, fir_str *out, char (*letter)(char))
{
    char *p;
    int status = make_room(x, in.len, &p);
    for (size_t i = 0; status == 0 && i < in.len; i++) {
        p[i] = letter(in.ptr[i]);
    }
    *out = fir__str(p, in.len);
    return status;
}

static int transform_lower(fir__expr_scratch *x, fir_str in, fir_str *out, bool *present)
{
    *present = true;
    return fold(x, in, out, fir__lower);
}

static int transform_upper(fir__expr_scratch *x, fir_str in, fir_str *out, bool *present)
{
    *present = true;
    return fold(x, in, out, fir__upper);
}

static int transform_basename(fir__expr_scratch *x, fir_str in, fir_str *out, bool *present)
{
    size_t i = in.len;
    (void)x;
    while (i > 0 && in.ptr[i - 1] != '/') {
        i--;
    }
    *out = fir__str_from(in, i);
    *present = true;
    return 0;
}

/* ---- b64 ---- */

/* Strict but for the padding: up to two '=' are taken off, whatever the length. */
static int transform_b64(fir__expr_scratch *x, fir_str in, fir_str *out, bool *present)
{
    char *p;
    size_t n = 0;
    uint32_t bits = 0, held = 0;
    const bool empty = in.len == 0;
    for (int i = 0; i < 2 && in.len != 0 && in.ptr[in.len - 1] == '='; i++) {
        in.len--;
    }
    int status = make_room(x, in.len, &p);
    *present = in.len % 4 != 1 && (in.len != 0 || empty);
    for (size_t i = 0; status == 0 && i < in.len && *present; i++) {
        int six = fir__base64_digit(in.ptr[i]);
        *present = six >= 0;
        bits = (bits << 6 | (uint32_t)(six & 63)) & 0xFFFF;
        held += 6;
        if (held >= 8) {
            held -= 8;
            p[n++] = (char)(unsigned char)(bits >> held);
        }
    }
    *present = *present && (bits & ((1u << held) - 1)) == 0;
    *out = fir__str(p, n);
    return status;
}

/* ---- one argument ---- */

static transform_text *const text_transforms[FIR__X_COUNT] = {
    [FIR__X_TOLOWER] = transform_lower,
    [FIR__X_TOUPPER] = transform_upper,
    [FIR__X_B64] = transform_b64,
    [FIR__X_BASENAME] = transform_basename,
};

static int transform_list(transform_text *f, const fir__value *list, fir__expr_scratch *x, const fir__value **out)
{
    fir__value *items = fir__arena_alloc(&x->arena, list->len * sizeof *items);
    fir__value *made = fir__arena_alloc(&x->arena, sizeof *made);
    uint32_t n = 0;
    if (items == NULL || made == NULL) {
        return fir__arena_error(&x->arena);
    }
    for (uint32_t i = 0; i < list->len; i++) {
        fir_str text;
        bool present;
        if (list->items[i].type == FIR__NULL) {
            continue;
        }
        int status = f(x, fir__value_text(&list->items[i]), &text, &present);
        if (status != 0) {
            return status;
        }
        if (present) {
            items[n++] = fir__value_string(text);
        }
    }
    *made = (fir__value){.type = FIR__LIST, .len = n, .items = items};
    *out = n != 0 || list->len == 0 ? made : NULL;
    return 0;
}

static int transform_one(transform_text *f, const fir__value *v, fir__expr_scratch *x, const fir__value **out)
{
    fir_str text;
    bool present;
    if (v->type == FIR__LIST) {
        return transform_list(f, v, x, out);
    }
    int status = f(x, fir__value_text(v), &text, &present);
    return status != 0 || !present ? status : make_string(x, text, out);
}

/* Elements of a list; bytes of a text, up to its first NUL as in Falco. */
static int length(const fir__source *s, const fir__value *v, fir__expr_scratch *x, const fir__value **out)
{
    fir__value *made = fir__arena_alloc(&x->arena, sizeof *made);
    char *digits = fir__arena_alloc(&x->arena, 24), *at = digits != NULL ? digits + 24 : NULL;
    fir_str text = fir__value_text(v);
    size_t n = text.len;
    if (made == NULL || digits == NULL) {
        return fir__arena_error(&x->arena);
    }
    if (v->type == FIR__LIST) {
        for (uint32_t i = 0; i < v->len; i++) {
            n += v->items[i].type != FIR__NULL;
        }
    } else if (n != 0 && s->args[0].type != FIR__F_BYTEBUF) {
        const char *nul = memchr(text.ptr, '\0', n);
        n = nul != NULL ? (size_t)(nul - text.ptr) : n;
    }
    *made = (fir__value){.type = FIR__INT, .i = (int64_t)n};
    do {
        *--at = (char)('0' + n % 10);
        n /= 10;
    } while (n != 0);
    made->ptr = at;
    made->len = (uint32_t)(digits + 24 - at);
    *out = made;
    return 0;
}

/* ---- join, concat ---- */

static int join_values(fir_str separator, const fir__value *const *values, size_t n, fir__expr_scratch *x, const fir__value **out)
{
    size_t total = 0;
    char *p;
    for (size_t i = 0; i < n; i++) {
        total += fir__value_text(values[i]).len + (i != 0 ? separator.len : 0);
    }
    int status = make_room(x, total, &p);
    if (status != 0) {
        return status;
    }
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        fir_str text = fir__value_text(values[i]);
        if (i != 0 && separator.len != 0) {
            memcpy(p + at, separator.ptr, separator.len);
            at += separator.len;
        }
        if (text.len != 0) {
            memcpy(p + at, text.ptr, text.len);
            at += text.len;
        }
    }
    return make_string(x, fir__str(p, total), out);
}

static int join(const fir__value *const *args, fir__expr_scratch *x, const fir__value **out)
{
    const fir__value *list = args[1]; /* a single value is a list of one */
    uint32_t count = list->type == FIR__LIST ? list->len : 1;
    const fir__value **items = fir__arena_alloc(&x->arena, count * sizeof(const fir__value *));
    size_t n = 0;
    if (items == NULL) {
        return fir__arena_error(&x->arena);
    }
    for (uint32_t i = 0; i < count; i++) {
        const fir__value *item = list->type == FIR__LIST ? &list->items[i] : list;
        if (item->type != FIR__NULL) {
            items[n++] = item;
        }
    }
    return join_values(fir__value_text(args[0]), items, n, x, out);
}

/* ---- getopt ---- */

typedef struct options {
    const fir__value *args; /* the list's elements */
    uint32_t n_args, at;    /* at: the next argument */
    fir_str known;          /* "p:v" */
    fir_str cluster;        /* what is left of "-abc" */
} options;

/* Moves to the next argument with options in it; false at the end of the options. */
static bool next_cluster(options *o)
{
    while (o->at < o->n_args) {
        fir_str a = fir__value_text(&o->args[o->at]);
        if (a.len < 2 || a.ptr[0] != '-' || fir__str_eq(a, FIR__S("--"))) {
            return false;
        }
        o->at++;
        if (a.ptr[1] != '-') {
            o->cluster = fir__str_from(a, 1);
            return true;
        }
    }
    return false;
}

typedef struct option {
    fir_str letter; /* "?" for an unknown one */
    fir_str value;
    bool takes_value;
    bool lacks_value; /* the arguments ended */
} option;

static bool next_option(options *o, option *out)
{
    if (o->cluster.len == 0 && !next_cluster(o)) {
        return false;
    }
    fir_str letter = fir__str_to(o->cluster, 1);
    o->cluster = fir__str_from(o->cluster, 1);
    size_t at = letter.ptr[0] == ':' ? SIZE_MAX : fir__str_find(o->known, letter);
    *out = (option){at == SIZE_MAX ? FIR__S("?") : letter, FIR__S(""), false, false};
    if (at == SIZE_MAX || at + 1 >= o->known.len || o->known.ptr[at + 1] != ':') {
        return true;
    }
    out->takes_value = true;
    if (o->cluster.len != 0) {
        out->value = o->cluster;
        o->cluster.len = 0;
    } else if (o->at < o->n_args) {
        out->value = fir__value_text(&o->args[o->at++]);
    } else {
        out->lacks_value = true;
    }
    return true;
}

static int getopt_list(options *o, fir__expr_scratch *x, const fir__value **out)
{
    size_t most = 1, n = 0;
    for (uint32_t i = 0; i < o->n_args; i++) {
        most += fir__value_text(&o->args[i]).len;
    }
    fir__value *items = fir__arena_alloc(&x->arena, most * 2 * sizeof *items);
    fir__value *made = fir__arena_alloc(&x->arena, sizeof *made);
    if (items == NULL || made == NULL) {
        return fir__arena_error(&x->arena);
    }
    for (option found; next_option(o, &found);) {
        if (!found.lacks_value) { /* then Falco's list has the empty value alone */
            items[n++] = fir__value_string(found.letter);
        }
        if (found.takes_value) {
            items[n++] = fir__value_string(found.value);
        }
    }
    *made = (fir__value){.type = FIR__LIST, .len = (uint32_t)n, .items = items};
    *out = n != 0 ? made : NULL;
    return 0;
}

static int get_options(const fir__source *s, const fir__value *const *args, fir__expr_scratch *x, const fir__value **out)
{
    bool list = args[0]->type == FIR__LIST, seen = false;
    options o = {list ? args[0]->items : args[0], list ? args[0]->len : 1, 0, fir__value_text(args[1]), {NULL, 0}};
    if (s->option == '\0') {
        return getopt_list(&o, x, out);
    }
    option last = {FIR__S(""), FIR__S(""), false, false};
    for (option found; next_option(&o, &found);) {
        if (found.letter.ptr[0] == s->option) {
            last = found;
            seen = true;
        }
    }
    return seen ? make_string(x, last.takes_value ? last.value : last.letter, out) : 0;
}

int fir__transform(const fir__source *s, const fir__value *const *args, fir__expr_scratch *x, const fir__value **out)
{
    switch (s->transformer) {
    case FIR__X_LEN:
        return length(s, args[0], x, out);
    case FIR__X_JOIN:
        return join(args, x, out);
    case FIR__X_CONCAT:
        return join_values(FIR__S(""), args, s->n_args, x, out);
    case FIR__X_GETOPT:
        return get_options(s, args, x, out);
    default:
        return transform_one(text_transforms[s->transformer], args[0], x, out);
    }
}
