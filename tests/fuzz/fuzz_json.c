/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as JSON: checking and reading agree, canonical form is its own canonical form, and what jansson takes we take. */
#include <stdlib.h>
#include <string.h>

#include "json/canonical.h"
#include "json/document.h"
#include "json/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void must(bool good)
{
    if (!good) {
        abort();
    }
}

/* Checks a value and leaves it as it is. */
static int check(fir_str text)
{
    fir__arena arena;
    fir__json_reader r;
    fir_str raw;
    char *buffer = calloc(1, text.len + FIR__JSON_PADDING);
    must(buffer != NULL);
    memcpy(buffer, text.ptr, text.len);
    fir__arena_init(&arena, &fir__default_allocator, 0);
    fir__json_start(&r, buffer, text.len, FIR__JSON_MOST_DEPTH, &arena);
    int status = fir__json_skip(&r, &raw) && fir__json_finish(&r) ? 0 : r.status;
    must(memcmp(buffer, text.ptr, text.len) == 0);
    must(status == 0 || r.offset <= text.len);
    fir__arena_free(&arena);
    free(buffer);
    return status;
}

static int canonical(fir_str text, fir__numbers numbers, fir__sbuf *out)
{
    fir__sbuf_init(out, &fir__default_allocator, 4 * text.len + 4096);
    int code = fir__json_canonical(out, text, numbers, NULL);
    must(out->status == 0);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static const char nothing[1];
    fir_str text = fir__str(n != 0 ? (const char *)p : nothing, n);
    int code = check(text);
    for (int numbers = FIR__NUMBERS_AS_THEY_CAME; numbers <= FIR__NUMBERS_BY_VALUE; numbers++) {
        fir__sbuf once, twice;
        must(canonical(text, (fir__numbers)numbers, &once) == code);
        if (code == 0) {
            must(canonical(fir__sbuf_view(&once), (fir__numbers)numbers, &twice) == 0);
            must(fir__str_eq(fir__sbuf_view(&once), fir__sbuf_view(&twice)));
            fir__sbuf_free(&twice);
        }
        fir__sbuf_free(&once);
    }
    fir__arena arena;
    fir__data *d;
    fir__arena_init(&arena, &fir__default_allocator, 1 << 24);
    if (fir__json_document(text, &arena, &d, NULL) == 0) {
        must(code == 0); /* a document is stricter than an alert, and never laxer */
    }
    fir__arena_free(&arena);
    return 0;
}
