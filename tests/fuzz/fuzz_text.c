/* SPDX-License-Identifier: Apache-2.0 */
/* Plain text alerts. What is read keeps its line, is valid UTF-8 and reads back as JSON. */
#include <stdlib.h>

#include "base/utf8.h"
#include "event/parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* The canonical JSON is an alert again, and the same, but for text without rule, source and fields that JSON would not take. */
static void read_back(fir_event *e)
{
    fir_buf json;
    fir_event *again;
    require(fir_event_to_json(e, &json, NULL) == 0 && fir__utf8_valid(fir__str(json.ptr, json.len)) == json.len);
    require(fir_event_new(NULL, &again, NULL) == 0);
    fir_error err;
    int code = fir_event_parse(again, json.ptr, json.len, NULL, &err);
    require(code == 0 || code == FIR_ELIMIT); /* escapes make it longer */
    if (code == 0) {
        fir_buf twice;
        require(fir_event_to_json(again, &twice, NULL) == 0);
        require(twice.len == json.len && memcmp(twice.ptr, json.ptr, json.len) == 0);
        fir_buf_dispose(&twice);
    }
    fir_event_free(again);
    fir_buf_dispose(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    fir_str line = fir__str((const char *)p, n);
    fir_event *e;
    fir_error err = {0};
    require(fir_event_new(NULL, &e, NULL) == 0);
    int code = fir__event_read_text(e, line, &err);
    require(code == 0 || (code == err.code && err.message[0] != '\0'));
    require((code == 0) == e->parsed);
    if (code == 0) {
        const fir__value *output = e->properties[FIR__PROP_OUTPUT];
        require(output != NULL && e->properties[FIR__PROP_PRIORITY] != NULL && e->info.priority >= 0);
        require(e->info.form == FIR_FORM_TEXT || e->info.form == FIR_FORM_ESCAPED);
        bool internal = (e->info.flags & FIR_EVENT_INTERNAL) != 0;
        require(internal == (e->properties[FIR__PROP_RULE] != NULL));
        require(internal == (e->properties[FIR__PROP_MESSAGE] == NULL));
        require(internal || e->n_fields == 0);
        require(fir__text_begins(fir__value_text(output)) || internal);
        read_back(e);
    }
    fir_event_free(e);
    return 0;
}
