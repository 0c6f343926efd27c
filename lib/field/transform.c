/* SPDX-License-Identifier: Apache-2.0 */
#include "field/transform.h"

#include "base/digest.h"

/* A text of the arena becomes a value of the arena. */
static bool give_text(fir__arena *r, fir_str s, const fir__value **out)
{
    fir__value *v = fir__arena_alloc(r, sizeof *v);
    if (v == NULL) {
        return false;
    }
    *v = fir__value_string(s);
    *out = v;
    return true;
}

/* One text to another. ptr NULL: absent. False: the arena failed. */
typedef bool text_fn(fir__arena *r, fir_str s, fir_str *out);

static bool is_absent(const fir__value *v)
{
    return v == NULL || v->type == FIR__NULL;
}

static bool map_list(fir__arena *r, const fir__value *v, text_fn *fn, const fir__value **out)
{
    fir__value *items = fir__arena_array(r, v->len, sizeof *items);
    fir__value *list = fir__arena_zalloc(r, sizeof *list);
    if (items == NULL || list == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < v->len; i++) {
        fir_str s;
        if (is_absent(&v->items[i])) {
            continue;
        }
        if (!fn(r, fir__value_text(&v->items[i]), &s)) {
            return false;
        }
        if (s.ptr != NULL) {
            items[list->len++] = fir__value_string(s);
        }
    }
    list->type = FIR__LIST;
    list->items = items;
    *out = list->len != 0 || v->len == 0 ? list : NULL;
    return true;
}

static bool map(fir__arena *r, const fir__value *v, text_fn *fn, const fir__value **out)
{
    *out = NULL;
    if (is_absent(v)) {
        return true;
    }
    if (v->type == FIR__LIST) {
        return map_list(r, v, fn, out);
    }
    fir_str s;
    if (!fn(r, fir__value_text(v), &s)) {
        return false;
    }
    return s.ptr == NULL || give_text(r, s, out);
}

static bool lower(fir__arena *r, fir_str s, fir_str *out)
{
    char *p = fir__arena_alloc(r, s.len);
    for (size_t i = 0; p != NULL && i < s.len; i++) {
        p[i] = fir__lower(s.ptr[i]);
    }
    *out = fir__str(p, s.len);
    return p != NULL;
}

static bool upper(fir__arena *r, fir_str s, fir_str *out)
{
    char *p = fir__arena_alloc(r, s.len);
    for (size_t i = 0; p != NULL && i < s.len; i++) {
        p[i] = fir__upper(s.ptr[i]);
    }
    *out = fir__str(p, s.len);
    return p != NULL;
}

/* The decoder of base takes more than Falco's: the URL alphabet, and padding only where it fits. */
static bool decode(fir__arena *r, fir_str s, fir_str *out)
{
    *out = fir__str(NULL, 0);
    for (int i = 0; i < 2 && s.len != 0 && s.ptr[s.len - 1] == '='; i++) {
        s.len--;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '-' || s.ptr[i] == '_' || s.ptr[i] == '=') {
            return true;
        }
    }
    size_t room = s.len / 4 * 3 + 4;
    char *p = fir__arena_alloc(r, room);
    if (p == NULL) {
        return false;
    }
    fir__sbuf b = {.allocator = r->allocator, .ptr = p, .cap = room, .max = room}; /* roomy enough never to grow */
    if (fir__base64_decode(&b, s)) {
        *out = fir__str(p, b.len);
    }
    return true;
}

static bool last_part(fir__arena *r, fir_str s, fir_str *out)
{
    (void)r;
    size_t at = s.len;
    while (at != 0 && s.ptr[at - 1] != '/') {
        at--;
    }
    *out = fir__str(s.ptr != NULL ? s.ptr + at : "", s.len - at);
    return true;
}

bool fir__transform_lower(fir__arena *r, const fir__value *v, const fir__value **out)
{
    return map(r, v, lower, out);
}

bool fir__transform_upper(fir__arena *r, const fir__value *v, const fir__value **out)
{
    return map(r, v, upper, out);
}

bool fir__transform_b64(fir__arena *r, const fir__value *v, const fir__value **out)
{
    return map(r, v, decode, out);
}

bool fir__transform_basename(fir__arena *r, const fir__value *v, const fir__value **out)
{
    return map(r, v, last_part, out);
}

/* Elements of a list that are not null; a lone scalar is one element. */
static const fir__value *elements(const fir__value *v, uint32_t *n)
{
    *n = v->type == FIR__LIST ? v->len : 1;
    return v->type == FIR__LIST ? v->items : v;
}

bool fir__transform_len(fir__arena *r, const fir__value *v, bool as_list, const fir__value **out)
{
    *out = NULL;
    if (is_absent(v)) {
        return true;
    }
    uint64_t length = fir__value_text(v).len;
    if (as_list || v->type == FIR__LIST) {
        uint32_t n;
        const fir__value *items = elements(v, &n);
        length = 0;
        for (uint32_t i = 0; i < n; i++) {
            length += !is_absent(&items[i]);
        }
    }
    fir__value *number = fir__arena_zalloc(r, sizeof *number);
    char *text = fir__arena_alloc(r, 24);
    if (number == NULL || text == NULL) {
        return false;
    }
    fir__sbuf b = {.allocator = r->allocator, .ptr = text, .cap = 24, .max = 24};
    fir__sbuf_u64(&b, length);
    number->type = FIR__INT;
    number->i = (int64_t)length;
    number->ptr = text;
    number->len = (uint32_t)b.len;
    *out = number;
    return true;
}

/* Writes the texts behind each other, with the separator between them; with `to` NULL it only counts. */
static size_t write_joined(char *to, fir_str separator, const fir__value *items, uint32_t n)
{
    size_t length = 0;
    bool first = true;
    for (uint32_t i = 0; i < n; i++) {
        fir_str pieces[2] = {first ? fir__str(NULL, 0) : separator, fir__value_text(&items[i])};
        if (is_absent(&items[i])) {
            continue;
        }
        first = false;
        for (size_t k = 0; k < 2; k++) {
            if (to != NULL && pieces[k].len != 0) {
                memcpy(to + length, pieces[k].ptr, pieces[k].len);
            }
            length += pieces[k].len;
        }
    }
    return length;
}

bool fir__transform_join(fir__arena *r, const fir__value *separator, const fir__value *list, const fir__value **out)
{
    *out = NULL;
    if (is_absent(separator) || is_absent(list)) {
        return true;
    }
    uint32_t n;
    const fir__value *items = elements(list, &n);
    fir_str between = fir__value_text(separator);
    size_t length = write_joined(NULL, between, items, n);
    char *p = length <= UINT32_MAX ? fir__arena_alloc(r, length) : NULL;
    if (p == NULL) {
        return false;
    }
    (void)write_joined(p, between, items, n);
    return give_text(r, fir__str(p, length), out);
}

bool fir__transform_concat(fir__arena *r, const fir__value *const *parts, size_t n, const fir__value **out)
{
    *out = NULL;
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        if (is_absent(parts[i])) {
            return true;
        }
        length += fir__value_text(parts[i]).len;
    }
    char *p = length <= UINT32_MAX ? fir__arena_alloc(r, length) : NULL;
    if (p == NULL) {
        return false;
    }
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        fir_str s = fir__value_text(parts[i]);
        if (s.len != 0) {
            memcpy(p + at, s.ptr, s.len);
        }
        at += s.len;
    }
    return give_text(r, fir__str(p, length), out);
}

/* Walks arguments as POSIX getopt does. */
typedef struct options {
    const fir__value *items;
    uint32_t n, at;
    fir_str known;
    fir_str cluster; /* letters of the current "-abc" that are still to come */
} options;

typedef struct option {
    fir_str letter;
    fir_str value;
    bool known, takes_value, has_value;
} option;

static options walk(const fir__value *list, fir_str known)
{
    options o = {.known = known};
    o.items = elements(list, &o.n);
    return o;
}

/* Goes on to the next cluster of letters; long options are stepped over. */
static bool next_cluster(options *o)
{
    while (o->cluster.len == 0) {
        if (o->at == o->n) {
            return false;
        }
        fir_str s = fir__value_text(&o->items[o->at]);
        if (s.len < 2 || s.ptr[0] != '-' || fir__str_eq(s, FIR__S("--"))) {
            return false;
        }
        o->at++;
        if (s.ptr[1] != '-') {
            o->cluster = fir__str_from(s, 1);
        }
    }
    return true;
}

static bool next_option(options *o, option *out)
{
    if (!next_cluster(o)) {
        return false;
    }
    *out = (option){.letter = fir__str_to(o->cluster, 1)};
    o->cluster = fir__str_from(o->cluster, 1);
    size_t place = out->letter.ptr[0] == ':' ? SIZE_MAX : fir__str_find(o->known, out->letter);
    out->known = place != SIZE_MAX;
    out->takes_value = out->known && place + 1 < o->known.len && o->known.ptr[place + 1] == ':';
    if (!out->takes_value) {
        return true;
    }
    if (o->cluster.len != 0) {
        out->has_value = true;
        out->value = o->cluster;
        o->cluster.len = 0;
    } else if (o->at < o->n) {
        out->has_value = true;
        out->value = fir__value_text(&o->items[o->at++]);
    }
    return true;
}

static uint32_t list_options(options o, fir__value *to)
{
    uint32_t n = 0;
    option found;
    while (next_option(&o, &found)) {
        fir_str texts[2] = {found.letter, found.value};
        uint32_t first = found.takes_value && !found.has_value ? 1 : 0, end = found.takes_value ? 2 : 1;
        if (!found.known) {
            texts[0] = FIR__S("?");
        }
        for (uint32_t i = first; i < end; i++, n++) {
            if (to != NULL) {
                to[n] = fir__value_string(texts[i].ptr != NULL ? texts[i] : FIR__S(""));
            }
        }
    }
    return n;
}

bool fir__transform_getopt(fir__arena *r, const fir__value *list, fir_str known, const fir__value **out)
{
    *out = NULL;
    if (is_absent(list)) {
        return true;
    }
    options o = walk(list, known);
    uint32_t n = list_options(o, NULL);
    if (n == 0) {
        return true;
    }
    fir__value *items = fir__arena_array(r, n, sizeof *items);
    fir__value *v = fir__arena_zalloc(r, sizeof *v);
    if (items == NULL || v == NULL) {
        return false;
    }
    (void)list_options(o, items);
    v->type = FIR__LIST;
    v->len = n;
    v->items = items;
    *out = v;
    return true;
}

bool fir__transform_getopt_one(fir__arena *r, const fir__value *list, fir_str known, char letter, const fir__value **out)
{
    *out = NULL;
    if (is_absent(list)) {
        return true;
    }
    options o = walk(list, known);
    option found;
    fir_str last = {NULL, 0};
    while (next_option(&o, &found)) {
        if (found.known && found.letter.ptr[0] == letter) {
            last = !found.takes_value ? found.letter : found.has_value && found.value.ptr != NULL ? found.value : FIR__S("");
        }
    }
    return last.ptr == NULL || give_text(r, last, out);
}
