/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes: the text is left alone, each payload is read or refused with a reason, and one alert reads the same by
 * fir_event_parse. */
#include <stdlib.h>

#include "event/parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_front_door(fir_str text, const fir_event *e)
{
    fir_event *other;
    fir_event_info info;
    fir_buf a, b;
    require(fir_event_new(NULL, &other, NULL) == 0);
    if (fir_event_parse(other, text.ptr, text.len, &info, NULL) == 0 && info.envelope != FIR_ENVELOPE_NONE) {
        require(info.envelope == e->info.envelope && info.form == e->info.form && info.flags == e->info.flags);
        require(fir_event_to_json(e, &a, NULL) == 0 && fir_event_to_json(other, &b, NULL) == 0);
        require(a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0);
        fir_buf_dispose(&a);
        fir_buf_dispose(&b);
    }
    fir_event_free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    fir__arena arena;
    fir__envelope v;
    fir_event *e;
    fir_error err = {0};
    fir_str text = fir__str((const char *)p, n);
    fir__arena_init(&arena, &fir__default_allocator, 0);
    require(fir_event_new(NULL, &e, NULL) == 0);
    int code = fir__envelope_open(text, &v, &arena, &err);
    require(code == 0 || (code == err.code && err.message[0] != '\0'));
    for (uint32_t i = 0; code == 0 && i < v.count; i++) {
        int read = fir__envelope_read(&v, i, e, &err);
        require(read == 0 || read == FIR_EPARSE || read == FIR_ELIMIT);
        require(read == 0 ? e->info.envelope == v.kind : read == err.code);
        if (read == 0 && v.count == 1) {
            check_front_door(text, e);
        }
    }
    fir_event_free(e);
    fir__arena_free(&arena);
    return 0;
}
