/* SPDX-License-Identifier: Apache-2.0 */
/* The stream reader. The first byte chooses max_bytes and the pieces; whatever these are, the results are those of one feed. Lines
 * never go back, the texts stand in the input in their order. */
#include <falcoir/event.h>
#include <stdlib.h>
#include <string.h>

#include "support/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(int holds)
{
    if (!holds) {
        abort();
    }
}

static void check_order(const char *p, size_t n, size_t max_bytes)
{
    fir_reader_options o = {.size = sizeof o, .max_bytes = max_bytes};
    fir_reader *r;
    fir_event *e;
    require(fir_reader_new(&o, &r, NULL) == 0);
    require(fir_event_new(NULL, &e, NULL) == 0);
    require(fir_reader_feed(r, p, n, 1, NULL) == 0);
    uint64_t line, before = 1, results = 0;
    size_t at = 0;
    for (int code; (code = fir_reader_next(r, e, &line, NULL, NULL)) != FIR_ENOTFOUND;) {
        require(code == 0 || code == FIR_EPARSE || code == FIR_ELIMIT);
        require(line >= before);
        before = line;
        fir_str text = {NULL, 0};
        (void)fir_reader_text(r, &text);
        require(text.len <= max_bytes || max_bytes == 0);
        const char *place = text.len != 0 ? memmem(p + at, n - at, text.ptr, text.len) : p + at;
        require(place != NULL);
        at = (size_t)(place - p);
        require(++results <= n + 1);
    }
    fir_reader_free(r);
    fir_event_free(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    if (n == 0) {
        return 0;
    }
    unsigned how = p[0];
    const char *input = (const char *)p + 1;
    size_t max_bytes = (how & 3) == 0 ? 0 : (how & 3) * 20;
    n--;
    char *whole = fir_test_stream_both(input, n, max_bytes, (fir_test_split){0, 0, 0});
    char *bytes = fir_test_stream_both(input, n, max_bytes, (fir_test_split){1, 0, 0});
    char *pieces = fir_test_stream_both(input, n, max_bytes, (fir_test_split){1 + (how >> 3), how, (how & 4) != 0});
    require(strcmp(whole, bytes) == 0 && strcmp(whole, pieces) == 0);
    free(bytes);
    free(pieces);
    free(whole);
    check_order(input, n, max_bytes);
    return 0;
}
