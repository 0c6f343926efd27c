/* SPDX-License-Identifier: Apache-2.0 */
/* One argument of a program, whatever the values hold. What no argument can hold, or what would be read as an option, is refused.
 */
#include "template/internal.h"

static int write_argument(fir__out *o, fir_str s)
{
    if (s.len != 0 && memchr(s.ptr, '\0', s.len) != NULL) {
        return fir__fail(o->err, FIR_ETYPE, "%.*s holds a NUL byte, which no argument of a program can hold", (int)o->name.len,
                         o->name.ptr);
    }
    fir__sbuf_str(o->b, s);
    return 0;
}

static int finish_argument(const fir__whole *w, fir_error *err)
{
    if (w->text.len != 0 && memchr(w->text.ptr, '\0', w->text.len) != NULL) {
        return fir__fail(err, FIR_ETYPE, "an argument of a program cannot hold a NUL byte");
    }
    if (w->value_first && !w->allow_dash && w->text.len != 0 && w->text.ptr[0] == '-') {
        char shown[300];
        fir__quote_value(shown, w->text);
        fir_str name = w->name.len != 0 ? w->name : FIR__S("an argument");
        return fir__fail(err, FIR_ETYPE, "%.*s begins with '-' and would be read as an option: '%s'", (int)name.len, name.ptr,
                         shown);
    }
    return 0;
}

const fir__sink fir__sink_argv = {.name = {"argv", 4}, .refuses = true, .text = write_argument, .finish = finish_argument};
