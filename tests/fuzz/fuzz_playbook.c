/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as playbook files: two of them where a line of three percent signs stands between. */
#include <falcoir/falcoir.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
    if (!holds) {
        abort();
    }
}

/* Diagnostics are valid JSON with codes and places; an error stands among them exactly when nothing was built. */
static void check_diagnostics(const fir_compiler *k, int built)
{
    fir_buf b = {0};
    require(fir_compiler_diagnostics_json(k, &b, NULL) == 0);
    json_t *j = json_loadb(b.ptr, b.len, JSON_ALLOW_NUL, NULL);
    require(j != NULL);
    int errors = 0;
    for (size_t i = 0; i < json_array_size(j); i++) {
        const json_t *d = json_array_get(j, i);
        errors += strcmp(json_string_value(json_object_get(d, "severity")), "error") == 0;
        require(strncmp(json_string_value(json_object_get(d, "code")), "FIR-", 4) == 0);
        require(json_string_length(json_object_get(d, "message")) != 0);
        require(json_integer_value(json_object_get(d, "line")) > 0);
    }
    require((errors == 0) == built);
    json_decref(j);
    fir_buf_dispose(&b);
}

/* The same text gives the same playbook. */
static fir_playbook *load(const char *first, size_t n, const char *second, size_t m)
{
    fir_compiler_options o = {.size = sizeof o, .max_nodes = 20000, .regex_steps = 100};
    fir_compiler *k;
    fir_playbook *p = NULL;
    require(fir_compiler_new(NULL, &o, &k, NULL) == 0);
    require(fir_compiler_add(k, "a/a.yaml", first, n, NULL) == 0);
    if (second != NULL) {
        require(fir_compiler_add(k, "b.yaml", second, m, NULL) == 0);
    }
    int status = fir_compiler_build(k, &p, NULL);
    require(status == 0 || status == FIR_ECOMPILE);
    require((status == 0) == (p != NULL));
    check_diagnostics(k, p != NULL);
    fir_compiler_free(k);
    return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16) {
        return 0;
    }
    const char *text = (const char *)data;
    const char *cut = size != 0 ? memmem(text, size, "\n%%%\n", 5) : NULL;
    size_t n = cut != NULL ? (size_t)(cut - text) : size;
    const char *second = cut != NULL ? cut + 5 : NULL;
    size_t m = cut != NULL ? size - n - 5 : 0;
    fir_playbook *p = load(text, n, second, m);
    if (p != NULL) {
        fir_playbook *q = load(text, n, second, m);
        fir_buf b = {0}, c = {0};
        require(q != NULL && fir_playbook_to_json(p, &b, NULL) == 0 && fir_playbook_to_json(q, &c, NULL) == 0);
        require(b.len == c.len && memcmp(b.ptr, c.ptr, b.len) == 0);
        /* jansson's own integers end at 2^63 */
        json_t *j = json_loadb(b.ptr, b.len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
        require(j != NULL || memmem(b.ptr, b.len, "\\u0000", 6) != NULL || b.len > 1 << 20);
        json_decref(j);
        fir_buf_dispose(&b);
        fir_buf_dispose(&c);
        fir_playbook_unref(q);
    }
    fir_playbook_unref(p);
    return 0;
}
