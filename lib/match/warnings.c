/* SPDX-License-Identifier: Apache-2.0 */
/* What the compiler warned of in a condition alone. Here, and not in lib/expr, because it is written as JSON. */
#include "base/error.h"
#include "expr/condition.h"
#include "json/writer.h"

enum { MOST_WARNINGS_JSON = 64 << 20 };

static void write_warning(fir__json_writer *w, const fir__expr_warning *x)
{
    fir__json_item(w);
    fir__json_open(w, '{');
    fir__json_key_str(w, FIR__S("code"), fir__cstr(x->code));
    fir__json_key_i64(w, FIR__S("column"), x->at.column);
    fir__json_key_str(w, FIR__S("hint"), x->hint);
    fir__json_key_i64(w, FIR__S("line"), x->at.line);
    fir__json_key_str(w, FIR__S("message"), x->message);
    fir__json_key_i64(w, FIR__S("offset"), (int64_t)x->at.offset);
    fir__json_close(w, '}');
}

int fir_condition_warnings_json(const fir_condition *c, fir_buf *out, fir_error *err)
{
    fir__sbuf b;
    if (out != NULL) {
        *out = (fir_buf){NULL, 0, NULL};
    }
    if (c == NULL || out == NULL) {
        return fir__fail(err, FIR_EINVAL, "%s is NULL", c == NULL ? "the condition" : "out");
    }
    fir__sbuf_init(&b, &c->allocator, MOST_WARNINGS_JSON);
    fir__json_writer w = {&b, false};
    fir__json_open(&w, '[');
    for (const fir__expr_warning *x = c->warnings; x != NULL; x = x->next) {
        write_warning(&w, x);
    }
    fir__json_close(&w, ']');
    int status = fir__sbuf_take(&b, out);
    fir__sbuf_free(&b);
    if (status == FIR_ELIMIT) {
        return fir__fail(err, status, "the warnings have more than %d bytes", MOST_WARNINGS_JSON);
    }
    return status == 0 ? 0 : fir__no_memory(err);
}
