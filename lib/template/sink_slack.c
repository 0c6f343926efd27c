/* SPDX-License-Identifier: Apache-2.0 */
/* Slack mrkdwn. The three characters that begin links and mentions become entities. There is no escape for the rest, so a zero
 * width space keeps a backtick, a mark of emphasis or a bare @here from being read as one. */
#include "template/internal.h"

#define ZERO_WIDTH_SPACE "\xE2\x80\x8B"

static bool follows_word(fir_str s, size_t at)
{
    return at != 0 && fir__is_alnum(s.ptr[at - 1]);
}

static bool calls_everybody(fir_str s, size_t at)
{
    fir_str rest = fir__str_from(s, at + 1);
    return !follows_word(s, at) && (fir__str_starts(rest, FIR__S("here")) || fir__str_starts(rest, FIR__S("channel")) ||
                                    fir__str_starts(rest, FIR__S("everyone")) || fir__str_starts(rest, FIR__S("group")));
}

static void keep_apart(fir__out *o, char c, bool before)
{
    if (before) {
        fir__sbuf_put(o->b, ZERO_WIDTH_SPACE, 3);
        o->flags |= FIR__RENDER_ESCAPED;
    }
    fir__sbuf_char(o->b, c);
}

static void write_special(fir__out *o, fir_str s, size_t at)
{
    switch (s.ptr[at]) {
    case '&':
        fir__sbuf_str(o->b, FIR__S("&amp;"));
        break;
    case '<':
        fir__sbuf_str(o->b, FIR__S("&lt;"));
        break;
    case '>':
        fir__sbuf_str(o->b, FIR__S("&gt;"));
        break;
    case '@':
        fir__sbuf_char(o->b, '@');
        if (calls_everybody(s, at)) {
            fir__sbuf_put(o->b, ZERO_WIDTH_SPACE, 3);
            o->flags |= FIR__RENDER_ESCAPED;
        }
        break;
    case '`':
        keep_apart(o, '`', true);
        break;
    default: /* inside a word these are no marks: pod_name */
        keep_apart(o, s.ptr[at], !follows_word(s, at));
    }
}

static int write_slack(fir__out *o, fir_str s)
{
    static const fir__specials specials = {"&<>@`*_~", write_special};
    fir__write_visible(o, s, &specials);
    return 0;
}

const fir__sink fir__sink_slack = {.name = {"Slack", 5}, .text = write_slack};
