/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an alert: what is read comes out as canonical JSON that reads back to the same bytes and the same identity. */
#include <falcoir/falcoir.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void must(int good)
{
    if (!good) {
        abort();
    }
}

/* A name like "alert.x" asks for a property, so a field of that name may not be found. */
static int found(const fir_event *e, fir_str name, uint32_t index)
{
    fir_value v;
    return fir_event_get(e, name.ptr, name.len, index, &v) == 0 || (name.len > 6 && memcmp(name.ptr, "alert.", 6) == 0);
}

/* Every value can be asked for by its name and place. */
static void look_around(const fir_event *e, const fir_event_info *info)
{
    fir_str name;
    fir_value v;
    size_t i = 0;
    for (; fir_event_field_at(e, i, &name, &v) == 0; i++) {
        must(found(e, name, FIR_WHOLE));
        for (uint32_t k = 0; v.type == FIR_VALUE_LIST && k < v.count; k++) {
            must(found(e, name, k));
        }
    }
    must(i == info->fields);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    fir_event *e;
    fir_event_info info;
    fir_error err;
    fir_buf first, second;
    uint8_t first_id[32], second_id[32];
    must(fir_event_new(NULL, &e, NULL) == 0);
    int code = fir_event_parse(e, p, n, &info, &err);
    if (code != 0) {
        must(err.code == code && err.message[0] != '\0' && err.offset <= n);
        must(code == FIR_EPARSE || code == FIR_ELIMIT);
        must(fir_event_to_json(e, &first, NULL) == FIR_ESTATE);
        fir_event_free(e);
        return 0;
    }
    look_around(e, &info);
    must(fir_event_to_json(e, &first, NULL) == 0 && fir_event_id(e, first_id, NULL) == 0);
    must(fir_event_parse(e, first.ptr, first.len, &info, NULL) == 0 && info.form == FIR_FORM_JSON);
    must(fir_event_to_json(e, &second, NULL) == 0 && fir_event_id(e, second_id, NULL) == 0);
    must(first.len == second.len && memcmp(first.ptr, second.ptr, first.len) == 0);
    must(memcmp(first_id, second_id, sizeof first_id) == 0);
    fir_buf_dispose(&first);
    fir_buf_dispose(&second);
    fir_event_free(e);
    return 0;
}
