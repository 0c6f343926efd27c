/* SPDX-License-Identifier: Apache-2.0 */
/* Markdown as CommonMark and its relatives read it: every mark that can begin something gets a backslash, and what can begin
 * HTML becomes an entity. A value has no line breaks (they are shown), so marks of a line's start matter at its start only. */
#include "template/internal.h"

#define ZERO_WIDTH_SPACE "\xE2\x80\x8B"

enum { MOST_BLANKS = 4, MOST_DIGITS = 9 }; /* before a mark; with more it is none */

/* One of # + - = at a line's start, blanks before it or not, or the '.' behind the number there. */
static bool begins_line_mark(fir_str s, size_t at)
{
    size_t i = 0;
    while (i < at && i < MOST_BLANKS && s.ptr[i] == ' ') {
        i++;
    }
    if (s.ptr[at] != '.') {
        return i == at;
    }
    size_t number = i;
    while (i < at && i - number < MOST_DIGITS && fir__is_digit(s.ptr[i])) {
        i++;
    }
    return i == at && i != number;
}

/* @everyone, @user: at the start of a word. */
static bool begins_mention(fir_str s, size_t at)
{
    return (at == 0 || !fir__is_alnum(s.ptr[at - 1])) && at + 1 < s.len && fir__is_alpha(s.ptr[at + 1]);
}

static void write_special(fir__out *o, fir_str s, size_t at)
{
    char c = s.ptr[at];
    switch (c) {
    case '&':
        fir__sbuf_str(o->b, FIR__S("&amp;"));
        return;
    case '<':
        fir__sbuf_str(o->b, FIR__S("&lt;"));
        return;
    case '>':
        fir__sbuf_str(o->b, FIR__S("&gt;"));
        return;
    case '@':
        fir__sbuf_char(o->b, '@');
        if (begins_mention(s, at)) {
            fir__sbuf_put(o->b, ZERO_WIDTH_SPACE, 3);
            o->flags |= FIR__RENDER_ESCAPED;
        }
        return;
    default:
        if (strchr("\\`*_{}[]()|~", c) != NULL || begins_line_mark(s, at)) {
            fir__sbuf_char(o->b, '\\');
        }
        fir__sbuf_char(o->b, c);
    }
}

static int write_markdown(fir__out *o, fir_str s)
{
    static const fir__specials specials = {"&<>@\\`*_{}[]()|~#+-=.", write_special};
    fir__write_visible(o, s, &specials);
    return 0;
}

const fir__sink fir__sink_markdown = {.name = {"Markdown", 8}, .text = write_markdown};
