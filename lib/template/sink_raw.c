/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as they are: for who escapes later, in a place that knows better. */
#include "template/internal.h"

static int write_raw(fir__out *o, fir_str s)
{
    fir__sbuf_str(o->b, s);
    return 0;
}

const fir__sink fir__sink_raw = {.name = {"raw", 3}, .allows_raw = true, .text = write_raw};
