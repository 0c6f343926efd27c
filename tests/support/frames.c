/* SPDX-License-Identifier: Apache-2.0 */
#include "support/frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "support/vectors.h"

static const char big_mark[] = "\\u0001u64:";

/* The line with every bare integer of 19 or more digits as a marked string. */
static char *mark_big(const char *p, size_t n, size_t *out_n)
{
    char *out = malloc(n * 8 + 64);
    size_t k = 0;
    int quoted = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '"' && (i == 0 || p[i - 1] != '\\' || (i > 1 && p[i - 2] == '\\'))) {
            quoted = !quoted;
        }
        size_t digits = strspn(p + i, "0123456789");
        if (quoted || digits < 19 || (i != 0 && p[i - 1] == '-')) {
            out[k++] = p[i];
            continue;
        }
        k += (size_t)sprintf(out + k, "\"%s%.*s\"", big_mark, (int)digits, p + i);
        i += digits - 1;
    }
    *out_n = k;
    return out;
}

size_t fir_test_each_line_u64(const char *path, fir_test_visit_any *visit, void *ctx)
{
    size_t n, lines = 0, line = 0;
    char *text = fir_test_read_file(path, &n);
    if (text == NULL) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(EXIT_FAILURE);
    }
    for (char *p = text; p < text + n;) {
        char *end = memchr(p, '\n', (size_t)(text + n - p));
        end = end != NULL ? end : text + n;
        line++;
        if (end != p) {
            size_t marked_n;
            json_error_t error;
            char *marked = mark_big(p, (size_t)(end - p), &marked_n);
            json_t *value = json_loadb(marked, marked_n, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
            free(marked);
            if (value == NULL) {
                fprintf(stderr, "%s:%zu: %s\n", path, line, error.text);
                exit(EXIT_FAILURE);
            }
            visit(ctx, line, value);
            json_decref(value);
            lines++;
        }
        p = end + 1;
    }
    free(text);
    return lines;
}

static fir_str keep(fir__arena *arena, const char *text)
{
    return fir__arena_str(arena, fir__cstr(text));
}

static fir__value string_value(fir__arena *arena, const json_t *v)
{
    const char *text = json_string_value(v);
    if (strncmp(text, "\001u64:", 5) == 0) {
        fir_str digits = keep(arena, text + 5);
        uint64_t u = strtoull(text + 5, NULL, 10);
        fir__value out = {.type = u > INT64_MAX ? FIR__UINT : FIR__INT, .len = (uint32_t)digits.len, .ptr = digits.ptr, .u = u};
        return out;
    }
    return fir__value_string(fir__arena_str(arena, fir__str(text, json_string_length(v))));
}

static fir__value list_value(fir__arena *arena, const json_t *v)
{
    size_t n = json_array_size(v);
    fir__value *items = fir__arena_array(arena, n, sizeof *items);
    for (size_t i = 0; i < n; i++) {
        items[i] = fir_test_value(arena, json_array_get(v, i));
    }
    return (fir__value){.type = FIR__LIST, .len = (uint32_t)n, .items = items};
}

fir__value fir_test_value(fir__arena *arena, const json_t *v)
{
    char text[64];
    fir__value out = {.type = FIR__NULL, .len = 4, .ptr = "null"};
    switch (json_typeof(v)) {
    case JSON_STRING:
        return string_value(arena, v);
    case JSON_ARRAY:
        return list_value(arena, v);
    case JSON_INTEGER:
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
        out.type = FIR__INT;
        out.i = json_integer_value(v);
        break;
    case JSON_REAL:
        snprintf(text, sizeof text, "%.17g", json_real_value(v));
        out.type = FIR__DOUBLE;
        out.d = json_real_value(v);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        snprintf(text, sizeof text, "%s", json_is_true(v) ? "true" : "false");
        out.type = FIR__BOOL;
        out.i = json_is_true(v);
        break;
    default:
        return out;
    }
    fir_str kept = keep(arena, text);
    out.ptr = kept.ptr;
    out.len = (uint32_t)kept.len;
    return out;
}

static const fir__value *keep_value(fir__arena *arena, const json_t *v)
{
    if (v == NULL) {
        return NULL;
    }
    fir__value *kept = fir__arena_alloc(arena, sizeof *kept);
    *kept = fir_test_value(arena, v);
    return kept;
}

static const fir__value *time_value(fir__arena *arena, const json_t *v)
{
    const fir__value *text = keep_value(arena, v);
    fir__value *kept = fir__arena_alloc(arena, sizeof *kept);
    if (text == NULL) {
        return NULL;
    }
    *kept = *text;
    kept->type = FIR__INT;
    return fir__time_parse(fir__value_text(text), &kept->i) ? kept : NULL;
}

fir__frame fir_test_frame(fir__arena *arena, const fir__slots *slots, const json_t *fields, const json_t *alert)
{
    const fir__value **values = fir__arena_array(arena, slots->count, sizeof(fir__value *));
    for (uint32_t i = 0; i < slots->count; i++) {
        const fir__slot *s = &slots->items[i];
        if (s->property == FIR__PROP_NONE) {
            values[i] = keep_value(arena, json_object_getn(fields, s->name.ptr, s->name.len));
        } else if (s->property == FIR__PROP_TIME) {
            values[i] = time_value(arena, json_object_getn(alert, s->name.ptr, s->name.len));
        } else {
            values[i] = keep_value(arena, json_object_getn(alert, s->name.ptr, s->name.len));
        }
    }
    return (fir__frame){values, slots->count};
}
