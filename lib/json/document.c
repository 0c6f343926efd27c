/* SPDX-License-Identifier: Apache-2.0 */
#include "json/document.h"

#include <jansson.h>

enum { MOST_DEPTH = 64 };

/* Whether brackets outside of strings nest too deep, and where. jansson and the copy below recurse, so this comes first. */
static bool too_deep(fir_str text, size_t *at)
{
    size_t depth = 0;
    bool string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (string) {
            i += c == '\\';
            string = c != '"';
        } else if (c == '"') {
            string = true;
        } else if (c == '{' || c == '[') {
            *at = i;
            if (++depth > MOST_DEPTH) {
                return true;
            }
        } else if ((c == '}' || c == ']') && depth != 0) {
            depth--;
        }
    }
    return false;
}

static bool copy_value(fir__arena *r, const json_t *from, fir__data *to);

static bool copy_array(fir__arena *r, const json_t *from, fir__data *to)
{
    size_t n = json_array_size(from);
    to->type = FIR__DATA_LIST;
    to->count = (uint32_t)n;
    to->items = fir__arena_array(r, n, sizeof *to->items);
    for (size_t i = 0; to->items != NULL && i < n; i++) {
        if (!copy_value(r, json_array_get(from, i), &to->items[i])) {
            return false;
        }
    }
    return to->items != NULL;
}

static bool copy_object(fir__arena *r, json_t *from, fir__data *to)
{
    size_t n = json_object_size(from), i = 0;
    to->type = FIR__DATA_MAP;
    to->count = (uint32_t)n;
    to->entries = fir__arena_array(r, n, sizeof *to->entries);
    if (to->entries == NULL) {
        return false;
    }
    for (void *it = json_object_iter(from); it != NULL; it = json_object_iter_next(from, it)) {
        fir__entry *e = &to->entries[i++];
        e->key = fir__arena_str(r, fir__cstr(json_object_iter_key(it)));
        if (e->key.ptr == NULL || !copy_value(r, json_object_iter_value(it), &e->value)) {
            return false;
        }
    }
    return true;
}

static bool copy_value(fir__arena *r, const json_t *from, fir__data *to)
{
    switch (json_typeof(from)) {
    case JSON_OBJECT:
        return copy_object(r, (json_t *)(uintptr_t)from, to); /* jansson's iterators want it without const */
    case JSON_ARRAY:
        return copy_array(r, from, to);
    case JSON_STRING:
        *to = fir__data_text(fir__arena_str(r, fir__str(json_string_value(from), json_string_length(from))));
        return to->s.ptr != NULL;
    case JSON_INTEGER:
        to->type = FIR__DATA_INT;
        to->i = json_integer_value(from);
        return true;
    case JSON_REAL:
        to->type = FIR__DATA_DOUBLE;
        to->d = json_real_value(from);
        return true;
    case JSON_NULL:
        to->type = FIR__DATA_NULL;
        return true;
    default:
        to->type = FIR__DATA_BOOL;
        to->b = json_is_true(from);
        return true;
    }
}

static int refused(const json_error_t *e, fir_str text, fir_error *err)
{
    if (json_error_code(e) == json_error_out_of_memory) {
        return fir__no_memory(err);
    }
    size_t at = e->position >= 0 && (size_t)e->position <= text.len ? (size_t)e->position : text.len;
    return fir__fail_at(err, FIR_EPARSE, fir__place_of(text, at), "no valid JSON: %s", e->text);
}

int fir__json_document(fir_str text, fir__arena *arena, fir__data **out, fir_error *err)
{
    *out = NULL;
    size_t at = 0;
    if (text.len > UINT32_MAX) {
        return fir__fail(err, FIR_ELIMIT, "a JSON document has at most 4 GiB");
    }
    if (too_deep(text, &at)) {
        return fir__fail_at(err, FIR_ELIMIT, fir__place_of(text, at), "nested deeper than %d", MOST_DEPTH);
    }
    json_error_t e;
    json_t *root =
        json_loadb(text.len != 0 ? text.ptr : "", text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &e);
    if (root == NULL) {
        return refused(&e, text, err);
    }
    fir__data *d = fir__arena_zalloc(arena, sizeof *d);
    bool ok = d != NULL && copy_value(arena, root, d);
    json_decref(root);
    if (!ok) {
        int code = fir__arena_error(arena);
        return code == FIR_ENOMEM ? fir__no_memory(err)
                                  : fir__fail(err, code, "the JSON document needs more than %zu bytes", arena->max);
    }
    *out = d;
    return 0;
}
