/* SPDX-License-Identifier: Apache-2.0 */
/* The XML that AWS answers with. What is read can be written again, and then reads as the same. */
#include <stdlib.h>
#include <string.h>

#include "action/aws/xml.h"
#include "base/sbuf.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void put_text(fir__sbuf *b, fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        switch (s.ptr[i]) {
        case '<':
            fir__sbuf_str(b, FIR__S("&lt;"));
            break;
        case '&':
            fir__sbuf_str(b, FIR__S("&amp;"));
            break;
        default:
            fir__sbuf_char(b, s.ptr[i]);
        }
    }
}

/* The depth is bounded by the reader. */
static void put_element(fir__sbuf *b, const fir__xml *x, const fir__xml *up)
{
    demand(x->up == up && x->name.len != 0);
    demand(x->first == NULL || x->text.len == 0);
    demand(fir__utf8_valid(x->text) == x->text.len && fir__str_trim(x->text).len == x->text.len);
    fir__sbuf_char(b, '<');
    fir__sbuf_str(b, x->name);
    fir__sbuf_char(b, '>');
    put_text(b, x->text);
    const fir__xml *last = NULL;
    for (const fir__xml *c = x->first; c != NULL; c = c->next) {
        put_element(b, c, x);
        last = c;
    }
    demand(x->last == last);
    fir__sbuf_str(b, FIR__S("</"));
    fir__sbuf_str(b, x->name);
    fir__sbuf_char(b, '>');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fir__arena arena;
    fir__xml *x, *y;
    fir_error err = {0};
    fir__sbuf once, twice;
    fir__arena_init(&arena, &fir__default_allocator, 64 << 20);
    fir__sbuf_init(&once, &fir__default_allocator, 64 << 20);
    fir__sbuf_init(&twice, &fir__default_allocator, 64 << 20);
    int rc = fir__xml_read(fir__str((const char *)data, size), &arena, &x, &err);
    demand(rc == 0 || rc == FIR_EPARSE || rc == FIR_ELIMIT);
    demand((rc == 0) == (x != NULL) && rc == err.code);
    if (rc == 0) {
        put_element(&once, x, NULL);
        demand(fir__xml_read(fir__sbuf_view(&once), &arena, &y, NULL) == 0);
        put_element(&twice, y, NULL);
        demand(fir__str_eq(fir__sbuf_view(&once), fir__sbuf_view(&twice)));
    }
    fir__sbuf_free(&once);
    fir__sbuf_free(&twice);
    fir__arena_free(&arena);
    return 0;
}
