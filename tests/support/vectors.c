/* SPDX-License-Identifier: Apache-2.0 */
#include "support/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *fir_test_read_file(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return NULL;
    }
    size_t cap = 1 << 16, len = 0;
    char *p = malloc(cap);
    for (;;) {
        if (len + 1 == cap) {
            cap *= 2;
            p = realloc(p, cap);
        }
        size_t got = fread(p + len, 1, cap - len - 1, f);
        if (got == 0) {
            break;
        }
        len += got;
    }
    fclose(f);
    p[len] = '\0';
    *n = len;
    return p;
}

static void give_up(const char *path, const char *why)
{
    fprintf(stderr, "%s: %s\n", path, why);
    exit(EXIT_FAILURE);
}

size_t fir_test_each_line(const char *path, fir_test_visit *visit, void *ctx)
{
    size_t n, lines = 0, line = 0;
    char *text = fir_test_read_file(path, &n);
    if (text == NULL) {
        give_up(path, "cannot be read");
    }
    for (char *p = text; p < text + n;) {
        char *end = memchr(p, '\n', (size_t)(text + n - p));
        if (end == NULL) {
            end = text + n;
        }
        line++;
        if (end != p) {
            json_error_t error;
            json_t *value = json_loadb(p, (size_t)(end - p), JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
            if (value ==
                NULL) { /* jansson refuses integers above INT64_MAX; tests that need them exactly read the line themselves */
                value = json_loadb(p, (size_t)(end - p), JSON_ALLOW_NUL | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &error);
            }
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

const char *fir_test_own(const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/conformance/%s", FIR_TEST_DIR, name);
    return path;
}

const char *fir_test_foreign(const char *name)
{
    static char path[1024];
    const char *root = getenv("FALCOIR_VECTORS");
    if (root == NULL || *root == '\0') {
        printf("skipped: FALCOIR_VECTORS is not set (%s)\n", name);
        return NULL;
    }
    snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

const char *fir_test_text(const json_t *object, const char *key, size_t *n)
{
    const json_t *v = json_object_get(object, key);
    if (n != NULL) {
        *n = json_is_string(v) ? json_string_length(v) : 0;
    }
    return json_is_string(v) ? json_string_value(v) : "";
}
