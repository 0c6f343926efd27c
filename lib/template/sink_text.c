/* SPDX-License-Identifier: Apache-2.0 */
/* Text and log lines: one value never becomes a second line, moves a cursor or turns the direction of writing. */
#include "template/internal.h"

static int write_text(fir__out *o, fir_str s)
{
    fir__write_visible(o, s, NULL);
    return 0;
}

const fir__sink fir__sink_text = {.name = {"text", 4}, .allows_raw = true, .text = write_text};
