/* SPDX-License-Identifier: Apache-2.0 */
/* application/x-www-form-urlencoded: a value can end neither its field nor the form. */
#include "template/internal.h"

static int write_form(fir__out *o, fir_str s)
{
    while (s.len != 0) {
        size_t space = fir__str_find(s, FIR__S(" "));
        fir__sbuf_percent(o->b, fir__str_to(s, space), "");
        if (space == SIZE_MAX) {
            return 0;
        }
        fir__sbuf_char(o->b, '+');
        s = fir__str_from(s, space + 1);
    }
    return 0;
}

const fir__sink fir__sink_form = {.name = {"form", 4}, .text = write_form};
