/* SPDX-License-Identifier: Apache-2.0 */
/* Filters: {{ field | upper | truncate(200) }}. Filters of text work on each element of a list. */
#include "template/internal.h"

#include "base/digest.h"
#include "base/time.h"
#include "base/utf8.h"
#include "json/writer.h"

/* One text to another, at most `room` bytes of it. out->ptr NULL: there is no such value. False: the scratch memory failed. */
typedef bool text_fn(fir__eval *e, const fir__filter *f, fir_str in, size_t room, fir_str *out);
/* A whole value; *out NULL: missing. */
typedef bool value_fn(fir__eval *e, const fir__filter *f, const fir__value *in, const fir__value **out);

struct fir__filter_def {
    fir_str name;
    const char *args; /* 's' a string, 'n' a count, 'c' any constant */
    text_fn *text;
    value_fn *value;
};

/* ---- texts ---- */

/* Where a copy is made, of what can be shown anyway. */
static fir_str bounded(fir__eval *e, fir_str s, size_t room)
{
    if (s.len <= room) {
        return s;
    }
    e->flags |= FIR__RENDER_CUT;
    return fir__str_to(s, fir__utf8_floor(s, room));
}

static bool map_bytes(fir__eval *e, fir_str in, char (*to)(char c), fir_str *out)
{
    char *p = fir__arena_alloc(&e->scratch, in.len);
    for (size_t i = 0; p != NULL && i < in.len; i++) {
        p[i] = to(in.ptr[i]);
    }
    *out = fir__str(p, in.len);
    return p != NULL;
}

static bool do_upper(fir__eval *e, const fir__filter *f, fir_str in, size_t room, fir_str *out)
{
    (void)f;
    return map_bytes(e, bounded(e, in, room), fir__upper, out);
}

static bool do_lower(fir__eval *e, const fir__filter *f, fir_str in, size_t room, fir_str *out)
{
    (void)f;
    return map_bytes(e, bounded(e, in, room), fir__lower, out);
}

static bool do_trim(fir__eval *e, const fir__filter *f, fir_str in, size_t room, fir_str *out)
{
    (void)e;
    (void)f;
    (void)room;
    *out = fir__str_trim(in);
    return true;
}

static bool do_basename(fir__eval *e, const fir__filter *f, fir_str in, size_t room, fir_str *out)
{
    (void)e;
    (void)f;
    (void)room;
    size_t at = in.len;
    while (at != 0 && in.ptr[at - 1] != '/') {
        at--;
    }
    *out = fir__str_from(in, at);
    return true;
}

/* n characters; what is no UTF-8 counts byte by byte. */
static bool do_truncate(fir__eval *e, const fir__filter *f, fir_str in, size_t room, fir_str *out)
{
    (void)e;
    (void)room;
    size_t at = 0;
    for (uint64_t i = 0; i < f->number && at < in.len; i++) {
        uint32_t cp;
        size_t n = fir__utf8_decode(in.ptr + at, in.len - at, &cp);
        at += n != 0 ? n : 1;
    }
    *out = fir__str_to(in, at);
    return true;
}

/* A buffer of scratch memory that never grows; the filters that fill it keep to its bound. */
static bool open_buffer(fir__eval *e, fir__sbuf *b, size_t room)
{
    char *p = fir__arena_alloc(&e->scratch, room + 1);
    *b = (fir__sbuf){.allocator = e->scratch.allocator, .ptr = p, .cap = room + 1, .max = room};
    return p != NULL;
}

/* Appends what there is room for; false when that was not all. */
static bool put_bounded(fir__eval *e, fir__sbuf *b, fir_str s)
{
    size_t room = b->max - b->len;
    if (s.len > room) {
        e->flags |= FIR__RENDER_CUT;
        fir__sbuf_str(b, fir__str_to(s, room != 0 ? fir__utf8_floor(s, room) : 0));
        return false;
    }
    fir__sbuf_str(b, s);
    return true;
}

static bool do_replace(fir__eval *e, const fir__filter *f, fir_str in, size_t room, fir_str *out)
{
    fir_str what = fir__value_text(&f->args[0]), by = fir__value_text(&f->args[1]);
    size_t at = fir__str_find(in, what);
    if (what.len == 0 || at == SIZE_MAX) {
        *out = in;
        return true;
    }
    size_t worst = in.len / what.len * by.len + in.len;
    fir__sbuf b;
    if (!open_buffer(e, &b, worst < room ? worst : room)) {
        return false;
    }
    bool fits = true;
    for (; fits && at != SIZE_MAX; at = fir__str_find(in, what)) {
        fits = put_bounded(e, &b, fir__str_to(in, at)) && put_bounded(e, &b, by);
        in = fir__str_from(in, at + what.len);
    }
    if (fits) {
        (void)put_bounded(e, &b, in);
    }
    *out = fir__sbuf_view(&b);
    return true;
}

static bool do_b64(fir__eval *e, const fir__filter *f, fir_str in, size_t room, fir_str *out)
{
    (void)f;
    size_t most = room / 4 * 3;
    if (in.len > most) {
        e->flags |= FIR__RENDER_CUT;
        in = fir__str_to(in, most);
    }
    fir__sbuf b;
    if (!open_buffer(e, &b, (in.len + 2) / 3 * 4)) {
        return false;
    }
    fir__base64_encode(&b, in);
    *out = fir__sbuf_view(&b);
    return true;
}

static bool do_unb64(fir__eval *e, const fir__filter *f, fir_str in, size_t room, fir_str *out)
{
    (void)f;
    fir__sbuf b;
    if (in.len > room / 3 * 4) { /* whole groups of four decode */
        e->flags |= FIR__RENDER_CUT;
        in = fir__str_to(in, room / 3 * 4);
    }
    if (!open_buffer(e, &b, in.len / 4 * 3 + 3)) {
        return false;
    }
    *out = fir__base64_decode(&b, in) ? fir__sbuf_view(&b) : fir__str(NULL, 0);
    return true;
}

static bool do_sha256(fir__eval *e, const fir__filter *f, fir_str in, size_t room, fir_str *out)
{
    (void)f;
    (void)room;
    uint8_t digest[FIR__SHA256];
    fir__sbuf b;
    if (!open_buffer(e, &b, (size_t)2 * FIR__SHA256) || fir__sha256(in, digest) != 0) {
        return false;
    }
    fir__sbuf_hex(&b, digest, sizeof digest);
    *out = fir__sbuf_view(&b);
    return true;
}

/* Lower-case letters and digits, everything else one '-' between them; at most 63 bytes: fit for a Kubernetes name. */
static bool do_slug(fir__eval *e, const fir__filter *f, fir_str in, size_t room, fir_str *out)
{
    enum { MOST = 63 };
    (void)f;
    (void)room;
    char *p = fir__arena_alloc(&e->scratch, MOST);
    size_t n = 0;
    bool gap = false;
    for (size_t i = 0; p != NULL && i < in.len && n < MOST; i++) {
        if (!fir__is_alnum(in.ptr[i])) {
            gap = n != 0;
            continue;
        }
        if (gap) {
            p[n++] = '-';
            gap = false;
        }
        if (n < MOST) {
            p[n++] = fir__lower(in.ptr[i]);
        }
    }
    while (n != 0 && p[n - 1] == '-') {
        n--;
    }
    *out = fir__str(p, n);
    return p != NULL;
}

/* ---- values ---- */

static bool give_text(fir__eval *e, fir_str s, const fir__value **out)
{
    fir__value *v = s.ptr != NULL ? fir__arena_alloc(&e->scratch, sizeof *v) : NULL;
    *out = v;
    if (v != NULL) {
        *v = fir__value_string(s);
    }
    return v != NULL || s.ptr == NULL;
}

static bool do_len(fir__eval *e, const fir__filter *f, const fir__value *in, const fir__value **out)
{
    (void)f;
    fir__value *v = fir__arena_zalloc(&e->scratch, sizeof *v);
    if (v != NULL) {
        v->type = FIR__INT;
        v->i = (int64_t)(in->type == FIR__LIST ? in->len : fir__value_text(in).len);
    }
    *out = v;
    return v != NULL;
}

static bool do_first(fir__eval *e, const fir__filter *f, const fir__value *in, const fir__value **out)
{
    (void)e;
    (void)f;
    *out = in->type != FIR__LIST ? in : in->len != 0 ? &in->items[0] : NULL;
    return true;
}

/* The text of an element or of a lone value: a list in a list is its JSON. */
static bool plain_text(fir__eval *e, const fir__value *v, fir_str *out)
{
    fir_str s = fir__value_text(v);
    if (v->type != FIR__LIST && (s.ptr != NULL || v->type == FIR__STRING)) {
        *out = s.ptr != NULL ? s : FIR__S("");
        return true;
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &e->scratch.allocator, e->max_value);
    fir__json_value(&b, v);
    fir_str kept = b.status == 0 ? fir__arena_str(&e->scratch, fir__sbuf_view(&b)) : fir__str("", 0);
    bool ok = b.status != FIR_ENOMEM && kept.ptr != NULL;
    e->flags |= b.status == FIR_ELIMIT ? FIR__RENDER_CUT : 0u;
    fir__sbuf_free(&b);
    *out = kept;
    return ok;
}

static bool do_join(fir__eval *e, const fir__filter *f, const fir__value *in, const fir__value **out)
{
    if (in->type != FIR__LIST) {
        *out = in;
        return true;
    }
    fir__sbuf b;
    if (!open_buffer(e, &b, e->max_value)) {
        return false;
    }
    bool fits = true;
    for (uint32_t i = 0, n = 0; fits && i < in->len; i++) {
        fir_str s;
        if (in->items[i].type == FIR__NULL) {
            continue;
        }
        if (!plain_text(e, &in->items[i], &s)) {
            return false;
        }
        fits = (n++ == 0 || put_bounded(e, &b, fir__value_text(&f->args[0]))) && put_bounded(e, &b, s);
    }
    return give_text(e, fir__sbuf_view(&b), out);
}

/* The value as a JSON text: a string gets its quotes. */
static bool do_json(fir__eval *e, const fir__filter *f, const fir__value *in, const fir__value **out)
{
    (void)f;
    if (in->type == FIR__OBJECT) {
        *out = in;
        return true;
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &e->scratch.allocator, (size_t)e->max_value * FIR__TEMPLATE_MOST_GROWTH + 2);
    if (in->type == FIR__STRING) {
        fir__json_string(&b, bounded(e, fir__value_text(in), e->max_value));
    } else {
        fir__json_value(&b, in);
        if (b.status == FIR_ELIMIT) { /* half a list is no JSON */
            e->flags |= FIR__RENDER_CUT;
            fir__sbuf_clear(&b);
            fir__sbuf_put(&b, "null", 4);
        }
    }
    fir_str text = b.status == 0 ? fir__arena_str(&e->scratch, fir__sbuf_view(&b)) : fir__str(NULL, 0);
    fir__value *v = text.ptr != NULL ? fir__arena_zalloc(&e->scratch, sizeof *v) : NULL;
    fir__sbuf_free(&b);
    if (v != NULL) {
        v->type = FIR__OBJECT;
        v->ptr = text.ptr;
        v->text_len = text.len;
    }
    *out = v;
    return v != NULL;
}

static bool instant_of(const fir__value *v, int64_t *ns)
{
    if (v->type == FIR__INT) {
        *ns = v->i;
        return true;
    }
    return v->type == FIR__STRING && (fir__time_parse(fir__value_text(v), ns) || fir__str_i64(fir__value_text(v), ns));
}

static bool do_time(fir__eval *e, const fir__filter *f, const fir__value *in, const fir__value **out)
{
    int64_t ns;
    *out = NULL;
    if (!instant_of(in, &ns)) {
        return true;
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &e->scratch.allocator, e->max_value);
    fir__time_write(&b, fir__value_text(&f->args[0]), ns);
    e->flags |= b.status == FIR_ELIMIT ? FIR__RENDER_CUT : 0u;
    fir_str text = b.status != FIR_ENOMEM ? fir__arena_str(&e->scratch, fir__sbuf_view(&b)) : fir__str(NULL, 0);
    fir__sbuf_free(&b);
    return text.ptr != NULL && give_text(e, text, out);
}

/* ---- the table ---- */

enum { DEFAULT, REQUIRED, RAW, OTHERS };

static const fir__filter_def filters[] = {
    [DEFAULT] = {{"default", 7}, "c", NULL, NULL},
    [REQUIRED] = {{"required", 8}, "", NULL, NULL},
    [RAW] = {{"raw", 3}, "", NULL, NULL},
    [OTHERS] = {{"upper", 5}, "", do_upper, NULL},
    {{"lower", 5}, "", do_lower, NULL},
    {{"trim", 4}, "", do_trim, NULL},
    {{"truncate", 8}, "n", do_truncate, NULL},
    {{"replace", 7}, "ss", do_replace, NULL},
    {{"basename", 8}, "", do_basename, NULL},
    {{"len", 3}, "", NULL, do_len},
    {{"join", 4}, "s", NULL, do_join},
    {{"first", 5}, "", NULL, do_first},
    {{"b64", 3}, "", do_b64, NULL},
    {{"unb64", 5}, "", do_unb64, NULL},
    {{"sha256", 6}, "", do_sha256, NULL},
    {{"slug", 4}, "", do_slug, NULL},
    {{"time", 4}, "s", NULL, do_time},
    {{"json", 4}, "", NULL, do_json},
};

static fir_str name_at(const void *ctx, size_t i)
{
    (void)ctx;
    return filters[i].name;
}

bool fir__filter_is_raw(const fir__filter *f)
{
    return f->def == &filters[RAW];
}

/* ---- reading ---- */

static int check_argument(fir__tokens *l, const fir__filter_def *def, size_t start, char kind, fir__filter *f)
{
    const fir__value *v = &f->args[f->n_args];
    char wrong;
    if (kind == 's' && v->type != FIR__STRING) {
        return fir__token_fail(l, start, "%.*s takes a string here: put it in quotes", (int)def->name.len, def->name.ptr);
    }
    if (kind == 'n' && (v->type != FIR__INT || v->i < 0 || v->i > FIR__TEMPLATE_MAX_TEXT)) {
        return fir__token_fail(l, start, "%.*s takes a count from 0 to %d", (int)def->name.len, def->name.ptr,
                               FIR__TEMPLATE_MAX_TEXT);
    }
    f->number = kind == 'n' ? (uint64_t)v->i : 0;
    if (def->value == do_time && !fir__time_format_valid(fir__value_text(v), &wrong)) {
        return fir__token_fail(
            l, start, "this is no time format: write rfc3339, unix, unix_ns, or letters as in \"%%Y-%%m-%%d %%H:%%M:%%S.%%N\"");
    }
    if (def->text == do_replace && f->n_args == 0 && v->len == 0) {
        return fir__token_fail(l, start, "replace cannot look for an empty text");
    }
    return 0;
}

static int read_arguments(fir__tokens *l, const fir__filter_def *def, fir__filter *f)
{
    size_t wanted = strlen(def->args), open = l->at;
    if (!fir__token_take(l, "(")) {
        return wanted == 0 ? 0
                           : fir__token_fail(l, l->at, "%.*s takes %zu argument%s: write %.*s(…)", (int)def->name.len,
                                             def->name.ptr, wanted, wanted == 1 ? "" : "s", (int)def->name.len, def->name.ptr);
    }
    fir__token_blanks(l);
    while (!fir__token_take(l, ")")) {
        size_t start = l->at;
        if (f->n_args == wanted || (f->n_args != 0 && !fir__token_take(l, ","))) {
            break;
        }
        fir__token_blanks(l);
        int rc = fir__token_constant(l, &f->args[f->n_args]);
        if (rc == 0) {
            rc = check_argument(l, def, start, def->args[f->n_args], f);
        }
        if (rc != 0) {
            return rc;
        }
        f->n_args++;
        fir__token_blanks(l);
    }
    if (f->n_args != wanted || l->text.ptr[l->at - 1] != ')') {
        return fir__token_fail(l, open, "%.*s takes %zu argument%s", (int)def->name.len, def->name.ptr, wanted,
                               wanted == 1 ? "" : "s");
    }
    return 0;
}

int fir__filter_parse(fir__tokens *l, fir__filter *out)
{
    size_t start = l->at, count = sizeof filters / sizeof filters[0];
    fir_str word = fir__token_word(l);
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        if (fir__str_eq(filters[i].name, word)) {
            out->def = &filters[i];
            return read_arguments(l, out->def, out);
        }
    }
    if (word.len == 0) {
        return fir__token_fail(l, start, "a filter was expected behind '|'");
    }
    fir_str meant = fir__str_suggest(word, count, name_at, NULL);
    return fir__token_fail(l, start, "there is no filter '%.*s'%s%.*s%s", (int)(word.len < 64 ? word.len : 64), word.ptr,
                           meant.ptr != NULL ? "; did you mean '" : "", (int)meant.len, meant.ptr != NULL ? meant.ptr : "",
                           meant.ptr != NULL ? "'?" : "");
}

int fir__filters_parse(fir__tokens *l, const fir__filter **out, uint32_t *n)
{
    fir__filter read[FIR__TEMPLATE_MAX_FILTERS];
    *n = 0;
    *out = NULL;
    do {
        fir__token_blanks(l);
        if (*n == FIR__TEMPLATE_MAX_FILTERS) {
            return fir__token_fail(l, l->at, "an expansion can have %d filters at most", FIR__TEMPLATE_MAX_FILTERS);
        }
        int rc = fir__filter_parse(l, &read[*n]);
        if (rc != 0) {
            return rc;
        }
        ++*n;
        fir__token_blanks(l);
    } while (fir__token_take(l, "|"));
    fir__filter *kept = fir__arena_alloc(l->arena, *n * sizeof *kept);
    if (kept == NULL) {
        return fir__token_no_memory(l);
    }
    memcpy(kept, read, *n * sizeof *kept);
    *out = kept;
    return 0;
}

void fir__filters_print(fir__sbuf *b, const fir__filter *f, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (i != 0) {
            fir__sbuf_char(b, '|');
        }
        fir__sbuf_str(b, f[i].def->name);
        for (uint32_t k = 0; k < f[i].n_args; k++) {
            fir__sbuf_char(b, k == 0 ? '(' : ',');
            fir__json_value(b, &f[i].args[k]);
        }
        if (f[i].n_args != 0) {
            fir__sbuf_char(b, ')');
        }
    }
}

/* ---- applying ---- */

static bool apply_to_list(fir__eval *e, const fir__filter *f, const fir__value *in, const fir__value **out)
{
    uint32_t n = in->len < e->max_value ? in->len : e->max_value; /* an element is a byte at least, when it is shown */
    fir__value *items = fir__arena_array(&e->scratch, n, sizeof *items);
    fir__value *list = fir__arena_zalloc(&e->scratch, sizeof *list);
    size_t room = e->max_value;
    e->flags |= n < in->len ? FIR__RENDER_CUT : 0u;
    if (items == NULL || list == NULL) {
        return false;
    }
    list->type = FIR__LIST;
    list->items = items;
    *out = list;
    for (uint32_t i = 0; i < n; i++) {
        fir_str s, t;
        if (in->items[i].type == FIR__NULL) {
            continue;
        }
        if (!plain_text(e, &in->items[i], &s) || !f->def->text(e, f, s, room, &t)) {
            return false;
        }
        if (t.ptr != NULL) {
            room -= t.len < room ? t.len : room; /* the bound is one for all elements */
            items[list->len++] = fir__value_string(t);
        }
    }
    return true;
}

static bool apply_to_text(fir__eval *e, const fir__filter *f, const fir__value *in, const fir__value **out)
{
    fir_str s, t;
    return plain_text(e, in, &s) && f->def->text(e, f, s, e->max_value, &t) && give_text(e, t, out);
}

int fir__filter_apply(fir__eval *e, const fir__filter *f, fir_str name, fir__result *r)
{
    bool missing = fir__value_missing(r->value) && !r->given;
    if (f->def == &filters[DEFAULT]) {
        if (missing) {
            *r = (fir__result){&f->args[0], true};
        }
        return 0;
    }
    if (f->def == &filters[REQUIRED]) {
        return missing ? fir__fail(e->err, FIR_ETYPE, "%.*s is required, and the alert does not have it",
                                   (int)(name.len < 64 ? name.len : 64), name.ptr)
                       : 0;
    }
    if (f->def == &filters[RAW] || r->value == NULL || r->value->type == FIR__NULL) {
        return 0;
    }
    const fir__value *out = NULL;
    bool ok = f->def->value != NULL         ? f->def->value(e, f, r->value, &out)
              : r->value->type == FIR__LIST ? apply_to_list(e, f, r->value, &out)
                                            : apply_to_text(e, f, r->value, &out);
    r->value = out;
    return ok ? 0 : fir__eval_failed(e);
}
