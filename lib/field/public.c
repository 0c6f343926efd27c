/* SPDX-License-Identifier: Apache-2.0 */
/* The field table for others, as JSON. Its texts are Falco's names: nothing in them needs escaping. */
#include <falcoir/condition.h>

#include "base/error.h"
#include "base/sbuf.h"
#include "field/field.h"

enum { MAX_TABLE = 4 << 20 };

static void write_field(fir__sbuf *b, const fir__field *f)
{
    static const char *const arguments[] = {"no", "optional", "required"};
    fir_str type = fir__ftype_name((fir__ftype)f->type);
    fir__sbuf_printf(
        b, "{\"argument\":\"%s\",\"class\":\"%.*s\",\"list\":%s,\"name\":\"%.*s\",\"sources\":\"%.*s\",\"type\":\"%.*s\"}",
        arguments[f->arg], (int)f->field_class.len, f->field_class.ptr, f->is_list ? "true" : "false", (int)f->name.len,
        f->name.ptr, (int)f->sources.len, f->sources.ptr, (int)type.len, type.ptr);
}

int fir_fields_to_json(fir_buf *out, fir_error *err)
{
    fir__sbuf b;
    if (out == NULL) {
        return fir__fail(err, FIR_EINVAL, "out is NULL");
    }
    fir__sbuf_init(&b, &fir__default_allocator, MAX_TABLE);
    fir__sbuf_char(&b, '[');
    for (size_t i = 0; i < fir__field_count(); i++) {
        if (i != 0) {
            fir__sbuf_char(&b, ',');
        }
        write_field(&b, fir__field_at(i));
    }
    fir__sbuf_char(&b, ']');
    int code = fir__sbuf_take(&b, out);
    return code == 0 ? 0 : fir__no_memory(err);
}
