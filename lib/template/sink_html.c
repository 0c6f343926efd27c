/* SPDX-License-Identifier: Apache-2.0 */
/* HTML: text and quoted attribute values. */
#include "template/internal.h"

static void write_special(fir__out *o, fir_str s, size_t at)
{
    static const struct {
        char c;
        fir_str entity;
    } entities[] = {{'&', {"&amp;", 5}}, {'<', {"&lt;", 4}}, {'>', {"&gt;", 4}}, {'"', {"&quot;", 6}}, {'\'', {"&#39;", 5}}};
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
        if (entities[i].c == s.ptr[at]) {
            fir__sbuf_str(o->b, entities[i].entity);
        }
    }
}

static int write_html(fir__out *o, fir_str s)
{
    static const fir__specials specials = {"&<>\"'", write_special};
    fir__write_visible(o, s, &specials);
    return 0;
}

const fir__sink fir__sink_html = {.name = {"HTML", 4}, .text = write_html};
