/* SPDX-License-Identifier: Apache-2.0 */
/* A document as a tree, by the reader of alerts. Unlike an alert a document is written for us: what the reader would repair is
 * refused. (Not jansson: where memory runs out it takes the text for broken, or loses a byte without a word.) */
#include "json/document.h"

#include <math.h>

#include "json/keys.h"
#include "json/reader.h"

typedef struct document {
    fir__json_reader r;
    fir__arena *arena;   /* the tree's */
    fir__arena scratch;  /* the reader's repaired strings */
    fir__entry *pending; /* children of the values that are open */
    size_t count, cap;
    uint32_t *order; /* for finding duplicates */
    size_t cap_order;
} document;

static bool no_memory(document *d)
{
    return fir__json_fail(&d->r, FIR_ENOMEM, d->r.at, "out of memory");
}

/* The tree's arena is full, or memory ran out. */
static bool no_room(document *d)
{
    d->r.limit = d->arena->max;
    return fir__arena_error(d->arena) == FIR_ENOMEM
               ? no_memory(d)
               : fir__json_fail(&d->r, FIR_ELIMIT, d->r.at, "the JSON document needs more memory than the bound in bytes");
}

static bool keep_text(document *d, const char *start, fir_str s, fir_str *out)
{
    if ((d->r.seen & FIR__JSON_SAW_BROKEN) != 0) {
        return fir__json_fail(&d->r, FIR_EPARSE, start, "a text is not valid UTF-8");
    }
    *out = fir__arena_str(d->arena, s);
    return out->ptr != NULL || no_room(d);
}

static bool keep_scalar(document *d, const char *start, const fir__value *v, fir__data *to)
{
    switch (v->type) {
    case FIR__STRING:
        to->type = FIR__DATA_TEXT;
        return keep_text(d, start, fir__value_text(v), &to->s);
    case FIR__BOOL:
        to->type = FIR__DATA_BOOL;
        to->b = v->i != 0;
        return true;
    case FIR__INT:
        to->type = FIR__DATA_INT;
        to->i = v->i;
        return true;
    case FIR__NULL:
        to->type = FIR__DATA_NULL;
        return true;
    default:
        break;
    }
    bool whole = v->type == FIR__UINT;
    if (v->type == FIR__DOUBLE) {
        fir_str text = fir__value_text(v);
        whole = memchr(text.ptr, '.', text.len) == NULL && memchr(text.ptr, 'e', text.len) == NULL &&
                memchr(text.ptr, 'E', text.len) == NULL;
    }
    if (whole || !isfinite(v->d)) {
        return fir__json_fail(&d->r, FIR_EPARSE, start, "a number is too large");
    }
    to->type = FIR__DATA_DOUBLE;
    to->d = v->d;
    return true;
}

static bool read_value(document *d, fir__data *to);

static bool read_key(document *d, fir_str *out)
{
    (void)fir__json_peek(&d->r);
    const char *start = d->r.at;
    fir_str key = {NULL, 0};
    if (!fir__json_read_key(&d->r, &key)) {
        return false;
    }
    if (key.len != 0 && memchr(key.ptr, '\0', key.len) != NULL) {
        return fir__json_fail(&d->r, FIR_EPARSE, start, "a key holds U+0000");
    }
    return keep_text(d, start, key, out);
}

/* The keys of the object that ends, the last `n` of what is pending. */
static bool check_keys(document *d, size_t n)
{
    const fir__entry *entries = &d->pending[d->count - n];
    if (n < 2) {
        return true;
    }
    if (!fir__grow(&d->scratch.allocator, &d->order, &d->cap_order, 2 * n, sizeof *d->order)) {
        return no_memory(d);
    }
    fir__keys_sort(entries, sizeof *entries, (uint32_t)n, d->order, d->order + n);
    for (size_t i = 1; i < n; i++) {
        if (fir__str_eq(entries[d->order[i - 1]].key, entries[d->order[i]].key)) {
            return fir__json_fail(&d->r, FIR_EPARSE, d->r.at - 1, "a key of the object that ends here stands twice");
        }
    }
    return true;
}

/* The children move from `pending` to the tree. */
static bool close_value(document *d, size_t n, fir__data *to)
{
    const fir__entry *from = &d->pending[d->count - n];
    to->count = (uint32_t)n;
    if (to->type == FIR__DATA_MAP) {
        to->entries = fir__arena_array(d->arena, n, sizeof *to->entries);
        if (to->entries == NULL) {
            return no_room(d);
        }
        if (n != 0) {
            memcpy(to->entries, from, n * sizeof *from);
        }
    } else {
        to->items = fir__arena_array(d->arena, n, sizeof *to->items);
        if (to->items == NULL) {
            return no_room(d);
        }
        for (size_t i = 0; i < n; i++) {
            to->items[i] = from[i].value;
        }
    }
    d->count -= n;
    return true;
}

static bool read_child(document *d, bool object)
{
    fir__entry e = {.key = {NULL, 0}};
    if ((object && !read_key(d, &e.key)) || !read_value(d, &e.value)) {
        return false;
    }
    if (!fir__grow(&d->scratch.allocator, &d->pending, &d->cap, d->count + 1, sizeof *d->pending)) {
        return no_memory(d);
    }
    d->pending[d->count++] = e;
    return true;
}

static bool read_children(document *d, fir__data *to)
{
    bool object = to->type == FIR__DATA_MAP, more;
    char closing = object ? '}' : ']';
    size_t n = 0;
    if (!fir__json_enter(&d->r)) {
        return false;
    }
    more = fir__json_peek(&d->r) != closing;
    if (!more) {
        fir__json_leave(&d->r);
    }
    for (; more; n++) {
        if (!read_child(d, object) || !fir__json_next(&d->r, closing, &more)) {
            return false;
        }
    }
    return (!object || check_keys(d, n)) && close_value(d, n, to);
}

/* Recurses as deep as the reader lets it. */
static bool read_value(document *d, fir__data *to)
{
    char c = fir__json_peek(&d->r);
    const char *start = d->r.at;
    memset(to, 0, sizeof *to);
    if (c == '{' || c == '[') {
        to->type = c == '{' ? FIR__DATA_MAP : FIR__DATA_LIST;
        return read_children(d, to);
    }
    fir__value v = {0};
    return fir__json_read_scalar(&d->r, &v) && keep_scalar(d, start, &v, to);
}

static int read_document(document *d, fir_str text, fir__data **out, fir_error *err)
{
    fir__data *root = fir__arena_zalloc(d->arena, sizeof *root);
    bool ok = root != NULL ? read_value(d, root) && fir__json_finish(&d->r) : no_room(d);
    if (!ok) {
        return fir__json_error(&d->r, text, err);
    }
    *out = root;
    return 0;
}

int fir__json_document(fir_str text, fir__arena *arena, fir__data **out, fir_error *err)
{
    document d = {.arena = arena};
    const fir_allocator *a = &arena->allocator;
    *out = NULL;
    if (text.len > UINT32_MAX / 2) {
        return fir__fail(err, FIR_ELIMIT, "a JSON document has at most 2 GiB");
    }
    char *buffer = fir__zalloc(a, text.len + FIR__JSON_PADDING);
    if (buffer == NULL) {
        return fir__no_memory(err);
    }
    if (text.len != 0) {
        memcpy(buffer, text.ptr, text.len);
    }
    fir__arena_init(&d.scratch, a, 0);
    fir__json_start(&d.r, buffer, text.len, FIR__JSON_MOST_DEPTH, &d.scratch);
    int code = read_document(&d, text, out, err);
    fir__arena_free(&d.scratch);
    fir__free(a, d.pending);
    fir__free(a, d.order);
    fir__free(a, buffer);
    return code;
}
