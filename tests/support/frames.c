/* SPDX-License-Identifier: Apache-2.0 */
#include "support/frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"

static fir_str copy(fir__arena *r, const char *p, size_t n)
{
    fir_str s = fir__arena_str(r, fir__str(p, n));
    if (s.ptr == NULL) {
        abort();
    }
    return s;
}

static fir__value number(fir__arena *r, const json_t *j)
{
    char *text = json_dumps(j, JSON_ENCODE_ANY | JSON_COMPACT);
    fir__value v = fir__value_string(copy(r, text, strlen(text)));
    free(text);
    v.type = json_is_integer(j) ? FIR__INT : FIR__DOUBLE;
    if (json_is_integer(j)) {
        v.i = json_integer_value(j);
    } else {
        v.d = json_real_value(j);
    }
    return v;
}

static fir__value list(fir__arena *r, const json_t *j)
{
    fir__value v = {.type = FIR__LIST, .len = (uint32_t)json_array_size(j)};
    fir__value *items = fir__arena_array(r, v.len, sizeof *items);
    for (uint32_t i = 0; i < v.len; i++) {
        items[i] = fir_test_value(r, json_array_get(j, i));
    }
    v.items = items;
    return v;
}

fir__value fir_test_value(fir__arena *r, const json_t *j)
{
    fir__value v = {.type = FIR__NULL, .ptr = "null", .len = 4};
    if (json_is_string(j)) {
        return fir__value_string(copy(r, json_string_value(j), json_string_length(j)));
    }
    if (json_is_number(j)) {
        return number(r, j);
    }
    if (json_is_boolean(j)) {
        v = fir__value_string(json_is_true(j) ? FIR__S("true") : FIR__S("false"));
        v.type = FIR__BOOL;
        v.i = json_is_true(j);
    } else if (json_is_array(j)) {
        return list(r, j);
    } else if (json_is_object(j)) {
        char *text = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS);
        fir_str s = copy(r, text, strlen(text));
        free(text);
        v = (fir__value){.type = FIR__OBJECT, .ptr = s.ptr, .text_len = s.len};
    }
    return v;
}

static void set(fir__arena *r, fir__frame *f, const fir__slot *slot, uint32_t at, const json_t *j)
{
    fir__value *v = fir__arena_alloc(r, sizeof *v);
    if (j == NULL || v == NULL) {
        return;
    }
    *v = fir_test_value(r, j);
    int64_t ns;
    if (slot->property == FIR__PROP_TIME && fir__time_parse(fir__value_text(v), &ns)) {
        v->type = FIR__INT;
        v->i = ns;
    }
    f->values[at] = v;
}

fir__frame fir_test_frame(fir__arena *r, const fir__slots *slots, const json_t *fields, const json_t *properties)
{
    fir__frame f = {.count = slots->count};
    f.values = fir__arena_array(r, slots->count, sizeof *f.values);
    for (uint32_t i = 0; i < slots->count; i++) {
        const fir__slot *slot = &slots->items[i];
        char name[512];
        snprintf(name, sizeof name, "%.*s", (int)slot->name.len, slot->name.ptr);
        set(r, &f, slot, i, json_object_get(slot->property == FIR__PROP_NONE ? fields : properties, name));
    }
    return f;
}
