/* SPDX-License-Identifier: Apache-2.0 */
/* Header values: a control is shown as \x0d, so that an alert can neither end the header nor mute the message. */
#include "template/internal.h"

#include "base/utf8.h"

/* C0, DEL and C1. */
static bool is_control(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7F && cp <= 0x9F);
}

static int write_header(fir__out *o, fir_str s)
{
    size_t i = 0;
    while (i < s.len) {
        uint32_t cp;
        size_t length = fir__utf8_decode(s.ptr + i, s.len - i, &cp);
        if (length == 0) {
            fir__sbuf_put(o->b, "\xEF\xBF\xBD", 3);
            o->flags |= FIR__RENDER_ESCAPED;
            length = fir__utf8_broken(s.ptr + i, s.len - i);
        } else if (is_control(cp)) {
            uint8_t shown = (uint8_t)cp;
            fir__sbuf_put(o->b, "\\x", 2);
            fir__sbuf_hex(o->b, &shown, 1);
            o->flags |= FIR__RENDER_ESCAPED;
        } else {
            fir__sbuf_put(o->b, s.ptr + i, length);
        }
        i += length;
    }
    return 0;
}

/* The author's own text must be fit for a header too. */
static int check_header(fir__maker *c)
{
    for (size_t k = 0; k < c->n; k++) {
        fir_str s = c->segments[k].text;
        for (size_t i = 0; i < s.len; i++) {
            unsigned char b = (unsigned char)s.ptr[i];
            if ((b < 0x20 && b != '\t') || b == 0x7F) {
                return fir__make_error(c, c->segments[k].offset + i, "a header value cannot hold the control character \\x%02x", b);
            }
        }
    }
    return 0;
}

const fir__sink fir__sink_header = {.name = {"header", 6}, .check = check_header, .text = write_header};
