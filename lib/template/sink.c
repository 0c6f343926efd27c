/* SPDX-License-Identifier: Apache-2.0 */
/* The sinks by number, and what several of them share. */
#include "template/internal.h"

#include "base/utf8.h"

const fir__sink *fir__sink_of(int32_t number)
{
    static const fir__sink *const sinks[] = {
        [FIR_SINK_TEXT] = &fir__sink_text,         [FIR_SINK_JSON] = &fir__sink_json,           [FIR_SINK_URL] = &fir__sink_url,
        [FIR_SINK_HEADER] = &fir__sink_header,     [FIR_SINK_FORM] = &fir__sink_form,           [FIR_SINK_ARGV] = &fir__sink_argv,
        [FIR_SINK_K8S_NAME] = &fir__sink_k8s_name, [FIR_SINK_K8S_LABEL] = &fir__sink_k8s_label, [FIR_SINK_SLACK] = &fir__sink_slack,
        [FIR_SINK_HTML] = &fir__sink_html,         [FIR_SINK_MARKDOWN] = &fir__sink_markdown,   [FIR_SINK_RAW] = &fir__sink_raw,
    };
    return number >= 0 && (size_t)number < sizeof sinks / sizeof sinks[0] ? sinks[number] : NULL;
}

int fir__template_check_whole(int32_t sink, fir_str whole, bool value_first, bool allow_dash, fir_error *err)
{
    const fir__sink *s = fir__sink_of(sink);
    if (s == NULL) {
        return fir__fail(err, FIR_EINVAL, "%d is no sink", (int)sink);
    }
    fir__whole w = {whole, value_first, allow_dash, {NULL, 0}};
    return s->finish == NULL ? 0 : s->finish(&w, err);
}

/* C1 controls, bidi controls, line and paragraph separators: what reorders, breaks or hides text. */
static bool is_treacherous(uint32_t cp)
{
    static const uint32_t ranges[][2] = {{0x80, 0x9F}, {0x61C, 0x61C}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (cp >= ranges[i][0] && cp <= ranges[i][1]) {
            return true;
        }
    }
    return false;
}

static void write_control(fir__sbuf *b, unsigned char c)
{
    switch (c) {
    case '\n':
        fir__sbuf_put(b, "\\n", 2);
        break;
    case '\r':
        fir__sbuf_put(b, "\\r", 2);
        break;
    case '\t':
        fir__sbuf_put(b, "\\t", 2);
        break;
    default:
        fir__sbuf_put(b, "\\x", 2);
        fir__sbuf_hex(b, &c, 1);
    }
}

/* One sequence that begins with a byte above 0x7F; returns its length. */
static size_t write_sequence(fir__out *o, const char *p, size_t n)
{
    uint32_t cp;
    size_t length = fir__utf8_decode(p, n, &cp);
    if (length == 0) {
        o->flags |= FIR__RENDER_ESCAPED;
        fir__sbuf_put(o->b, "\xEF\xBF\xBD", 3);
        return fir__utf8_broken(p, n);
    }
    if (is_treacherous(cp)) {
        o->flags |= FIR__RENDER_ESCAPED;
        fir__sbuf_put(o->b, "\\u", 2);
        fir__sbuf_hex(o->b, (const uint8_t[]){(uint8_t)(cp >> 8), (uint8_t)cp}, 2);
    } else {
        fir__sbuf_put(o->b, p, length);
    }
    return length;
}

static bool is_plain(char c, const fir__specials *specials)
{
    return c >= 0x20 && c < 0x7F && (specials == NULL || strchr(specials->set, c) == NULL);
}

static size_t write_one(fir__out *o, fir_str s, size_t at, const fir__specials *specials)
{
    unsigned char c = (unsigned char)s.ptr[at];
    if (c >= 0x80) {
        return write_sequence(o, s.ptr + at, s.len - at);
    }
    if (c >= 0x20 && c != 0x7F) {
        specials->write(o, s, at);
    } else {
        o->flags |= FIR__RENDER_ESCAPED;
        write_control(o->b, c);
    }
    return 1;
}

void fir__write_visible(fir__out *o, fir_str s, const fir__specials *specials)
{
    size_t i = 0;
    while (i < s.len) {
        size_t run = i;
        while (i < s.len && is_plain(s.ptr[i], specials)) {
            i++;
        }
        fir__sbuf_put(o->b, s.ptr + run, i - run);
        if (i < s.len) {
            i += write_one(o, s, i, specials);
        }
    }
}

void fir__quote_value(char out[static 300], fir_str s)
{
    fir__sbuf b = {.allocator = fir__default_allocator, .ptr = out, .cap = 299, .max = 299}; /* 64 bytes grow to 256 at most */
    fir__out o = {.b = &b};
    fir__write_visible(&o, fir__str_to(s, fir__utf8_floor(s, s.len < 64 ? s.len : 64)), NULL);
    b.ptr[b.len] = '\0';
}
