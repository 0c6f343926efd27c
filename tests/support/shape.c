/* SPDX-License-Identifier: Apache-2.0 */
#include "support/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct path {
    const struct path *up;
    const char *key; /* NULL: the index */
    size_t index;
} path;

typedef struct report {
    char *why;
    size_t room, n;
} report;

static void put_path(report *r, const path *at)
{
    if (at == NULL || r->n >= r->room) {
        return;
    }
    put_path(r, at->up);
    if (r->n < r->room) {
        char *end = r->why + r->n;
        size_t left = r->room - r->n;
        int n = at->key != NULL ? snprintf(end, left, "/%s", at->key) : snprintf(end, left, "/%zu", at->index);
        r->n += (size_t)n;
    }
}

static bool wrong(report *r, const path *at, const char *what, const char *which)
{
    r->n = 0;
    put_path(r, at);
    if (r->n < r->room) {
        (void)snprintf(r->why + r->n, r->room - r->n, ": %s %s", what, which);
    }
    return false;
}

static size_t characters(const char *s)
{
    size_t n = 0;
    for (; *s != '\0'; s++) {
        n += ((unsigned char)*s & 0xc0) != 0x80;
    }
    return n;
}

/* YYYY-MM-DDTHH:MM:SS[.fff]Z */
static bool is_rfc3339(const char *s)
{
    static const char form[] = "0000-00-00T00:00:00";
    for (const char *f = form; *f != '\0'; f++, s++) {
        if (*f == '0' ? *s < '0' || *s > '9' : *s != *f) {
            return false;
        }
    }
    if (*s == '.') {
        size_t n = strspn(++s, "0123456789");
        s += n;
        return n != 0 && strcmp(s, "Z") == 0;
    }
    return strcmp(s, "Z") == 0;
}

static bool is_one_of(const char *list, const char *s)
{
    size_t n = strlen(s);
    for (const char *p = list; *p == '|'; p += 1 + strcspn(p + 1, "|")) {
        if (strcspn(p + 1, "|") == n && strncmp(p + 1, s, n) == 0) {
            return true;
        }
    }
    return false;
}

static bool string_fits(const char *shape, const char *s)
{
    if (shape[0] == '=' || shape[0] == '|') {
        return shape[0] == '=' ? strcmp(shape + 1, s) == 0 : is_one_of(shape, s);
    }
    if (strncmp(shape, "string:", 7) == 0) {
        return *s != '\0' && characters(s) <= strtoul(shape + 7, NULL, 10);
    }
    if (strcmp(shape, "digits") == 0) {
        return *s != '\0' && strspn(s, "0123456789") == strlen(s);
    }
    return strcmp(shape, "text") == 0 || (strcmp(shape, "string") == 0 && *s != '\0') ||
           (strcmp(shape, "rfc3339") == 0 && is_rfc3339(s));
}

static bool leaf_fits(const char *shape, const json_t *v)
{
    if (json_is_string(v)) {
        return strcmp(shape, "any") == 0 || string_fits(shape, json_string_value(v));
    }
    return strcmp(shape, "any") == 0 || (strcmp(shape, "int") == 0 && json_is_integer(v)) ||
           (strcmp(shape, "number") == 0 && json_is_number(v)) || (strcmp(shape, "bool") == 0 && json_is_boolean(v));
}

static bool fits(const json_t *shape, const json_t *v, const path *at, report *r);

static bool row_fits(const json_t *row, const json_t *v, const path *at, report *r)
{
    if (!json_is_array(v) || json_array_size(v) != json_array_size(row)) {
        return wrong(r, at, "not a row of the right length", "");
    }
    for (size_t i = 0; i < json_array_size(row); i++) {
        path here = {at, NULL, i};
        if (!fits(json_array_get(row, i), json_array_get(v, i), &here, r)) {
            return false;
        }
    }
    return true;
}

static bool list_fits(const json_t *shape, const json_t *v, const path *at, report *r)
{
    size_t n = json_array_size(v);
    if (!json_is_array(v) || n < (size_t)json_integer_value(json_array_get(shape, 0)) ||
        n > (size_t)json_integer_value(json_array_get(shape, 1))) {
        return wrong(r, at, "not a list of a right length", "");
    }
    for (size_t i = 0; i < n; i++) {
        path here = {at, NULL, i};
        bool good = false;
        for (size_t k = 2; k < json_array_size(shape) && !good; k++) {
            good = fits(json_array_get(shape, k), json_array_get(v, i), &here, r);
        }
        if (!good) {
            return false;
        }
    }
    return true;
}

static const json_t *of_key(const json_t *shape, const char *key)
{
    char optional[200];
    (void)snprintf(optional, sizeof optional, "%s?", key);
    const json_t *s = json_object_get(shape, key);
    s = s != NULL ? s : json_object_get(shape, optional);
    return s != NULL ? s : json_object_get(shape, "*");
}

static bool object_fits(const json_t *shape, const json_t *v, const path *at, report *r)
{
    const char *key;
    json_t *child;
    if (!json_is_object(v)) {
        return wrong(r, at, "no object", "");
    }
    json_object_foreach((json_t *)shape, key, child)
    {
        if (strcmp(key, "*") != 0 && key[strlen(key) - 1] != '?' && json_object_get(v, key) == NULL) {
            return wrong(r, at, "lacks", key);
        }
    }
    json_object_foreach((json_t *)v, key, child)
    {
        const json_t *s = of_key(shape, key);
        path here = {at, key, 0};
        if (s == NULL) {
            return wrong(r, at, "does not have the key", key);
        }
        if (!fits(s, child, &here, r)) {
            return false;
        }
    }
    return true;
}

static bool fits(const json_t *shape, const json_t *v, const path *at, report *r)
{
    const json_t *row = json_object_get(shape, "$row");
    if (row != NULL) {
        return row_fits(row, v, at, r);
    }
    if (json_is_object(shape)) {
        return object_fits(shape, v, at, r);
    }
    if (json_is_array(shape)) {
        return list_fits(shape, v, at, r);
    }
    if (json_is_string(shape)) {
        return leaf_fits(json_string_value(shape), v) || wrong(r, at, "is no", json_string_value(shape));
    }
    return json_equal(shape, v) == 1 || wrong(r, at, "is not the constant", "");
}

bool fir_test_shape(const json_t *shape, const json_t *value, char *why, size_t room)
{
    report r = {why, room, 0};
    why[0] = '\0';
    return fits(shape, value, NULL, &r);
}
