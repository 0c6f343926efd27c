/* SPDX-License-Identifier: Apache-2.0 */
/* A template of any text in any syntax for any sink, rendered for hostile values. Input: one byte of choice, the template, a NUL,
 * and what the fields of the alert hold. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "template/internal.h"

static void must(int good)
{
    if (!good) {
        abort();
    }
}

/* Every slot gets a value made of the rest of the input: a text, a number, a list, null, or nothing. */
static fir__frame make_frame(fir__arena *r, const fir__slots *slots, fir_str value)
{
    fir__frame f = {.count = slots->count};
    f.values = fir__arena_array(r, slots->count, sizeof *f.values);
    for (uint32_t i = 0; i < slots->count; i++) {
        fir__value *v = fir__arena_array(r, 3, sizeof *v);
        v[0] = fir__value_string(value);
        v[1] = fir__value_string(fir__str_from(value, value.len / 2));
        v[2] = (fir__value){.type = FIR__NULL, .ptr = "null", .len = 4};
        switch ((i + (uint32_t)value.len) % 8) {
        case 0:
            f.values[i] = NULL;
            break;
        case 1:
            f.values[i] = &v[2];
            break;
        case 2:
            v[0] = (fir__value){.type = FIR__INT, .ptr = "1784020893104938271", .len = 19, .i = INT64_C(1784020893104938271)};
            f.values[i] = v;
            break;
        case 3: {
            fir__value *list = fir__arena_zalloc(r, sizeof *list);
            *list = (fir__value){.type = FIR__LIST, .len = 3, .items = v};
            f.values[i] = list;
            break;
        }
        default:
            f.values[i] = v;
        }
    }
    return f;
}

static bool is_valid_json(fir_str s)
{
    json_t *j = json_loadb(s.ptr, s.len, JSON_ALLOW_NUL | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
    bool valid = j != NULL;
    json_decref(j);
    return valid;
}

/* jansson takes no number beyond a double and no NUL in a key; both are legal. */
static bool is_beyond_jansson(const fir__template *t, fir_str out)
{
    size_t digits = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        fir_str s = t->segments[i].text;
        for (size_t k = 0; k < s.len; k++) {
            digits = fir__is_digit(s.ptr[k]) ? digits + 1 : 0;
            if (digits > 300 || (k != 0 && fir__is_digit(s.ptr[k - 1]) && fir__lower(s.ptr[k]) == 'e')) {
                return true;
            }
        }
    }
    return fir__str_find(out, FIR__S("\\u0000")) != SIZE_MAX;
}

/* What must hold of an output, whatever the alert held. */
static void judge(int32_t sink, const fir__template *t, fir_str out, uint32_t flags)
{
    const fir__segment *first = &t->segments[0];
    must((flags & ~(uint32_t)(FIR__RENDER_ESCAPED | FIR__RENDER_CUT | FIR__RENDER_MISSING)) == 0);
    must(out.len <= t->max_output);
    if (sink == FIR_SINK_JSON) {
        must(is_valid_json(out) || is_beyond_jansson(t, out));
    }
    if (sink == FIR_SINK_K8S_NAME) {
        must(out.len > 0 && out.len <= 253);
    }
    must(out.len >= first->text.len && memcmp(out.ptr, first->text.ptr, first->text.len) == 0);
}

/* A sink alone with the hostile value: nothing of it comes through that the sink should stop. */
static void judge_value(int32_t sink, fir_str value)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 1 << 22);
    fir__out o = {.b = &b};
    const fir__sink *s = fir__sink_of(sink);
    bool refused = s->text(&o, value) != 0;
    must(refused || b.status == 0);
    must(b.len <= value.len * FIR__TEMPLATE_MOST_GROWTH + 2);
    bool line = sink == FIR_SINK_TEXT || sink == FIR_SINK_HEADER || sink == FIR_SINK_SLACK || sink == FIR_SINK_HTML ||
                sink == FIR_SINK_MARKDOWN;
    for (size_t i = 0; line && i < b.len; i++) {
        must((unsigned char)b.ptr[i] >= 0x20 && b.ptr[i] != 0x7F);
        must(b.ptr[i] != '<' || sink == FIR_SINK_TEXT || sink == FIR_SINK_HEADER);
    }
    must(!line || fir__utf8_valid(fir__sbuf_view(&b)) == b.len);
    for (size_t i = 0; (sink == FIR_SINK_URL || sink == FIR_SINK_FORM) && i < b.len; i++) {
        must(b.ptr[i] == '%' || b.ptr[i] == '+' || fir__is_alnum(b.ptr[i]) || strchr("-._~", b.ptr[i]) != NULL);
    }
    if (sink == FIR_SINK_JSON) {
        must(is_valid_json(fir__sbuf_view(&b)));
    }
    fir__sbuf_free(&b);
}

/* Filling in part by part must give what the filters and the sink give, and never fail but by refusal. */
static void fill(const fir__template *t, int32_t sink, const fir__frame *frame, fir__arena *r, fir_str value)
{
    fir__part *parts;
    size_t n;
    fir__sbuf b;
    if (fir__template_parts(t, frame, r, &parts, &n, NULL, NULL) != 0) {
        return;
    }
    fir__sbuf_init(&b, &fir__default_allocator, 1 << 24);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        rc = fir__template_fill(&b, sink, &parts[i], value, value.len % 3 == 0, NULL);
        must(rc == 0 || rc == FIR_ETYPE || rc == FIR_ELIMIT);
    }
    fir__sbuf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static const fir_str steps[] = {{"a", 1}, {"capture", 7}};
    static const fir__template_names names = {{"r\"<", 3}, {"d", 1}, {"a", 1}};
    if (n == 0) {
        return 0;
    }
    int32_t syntax = p[0] / 16 % 3, sink = p[0] % 12;
    fir_str text = fir__str((const char *)p + 1, n - 1), value = fir__str("", 0);
    const char *end = n > 1 ? memchr(text.ptr, '\0', text.len) : NULL;
    if (end != NULL) {
        value = fir__str_from(text, (size_t)(end - text.ptr) + 1);
        text = fir__str_to(text, (size_t)(end - text.ptr));
    }
    fir__arena arena;
    fir__slots slots;
    const fir__template *t;
    fir_error error;
    fir__arena_init(&arena, &fir__default_allocator, 64 << 20);
    fir__slots_init(&slots, &arena);
    fir__template_spec spec = {
        .text = text, .syntax = syntax, .sink = sink, .slots = &slots, .names = &names, .steps = steps, .n_steps = 2};
    int rc = fir__template_compile(&spec, &arena, &t, &error);
    must(rc == 0 || rc == FIR_ECOMPILE || rc == FIR_ELIMIT);
    must((rc == 0) == (t != NULL));
    must(rc != FIR_ECOMPILE || (error.offset <= text.len && error.line >= 1 && error.message[0] != '\0'));
    if (rc == 0) {
        fir__frame frame = make_frame(&arena, &slots, value);
        fir__sbuf b;
        uint32_t flags = 0;
        fir__sbuf_init(&b, &fir__default_allocator, 1 << 24);
        rc = fir__template_render(t, &frame, &b, &flags, &error);
        must(rc == 0 || rc == FIR_ETYPE || (rc == FIR_ESTATE && fir__template_waits(t)));
        if (rc == 0) {
            judge(sink, t, fir__str(b.len != 0 ? b.ptr : "", b.len), flags);
        }
        fir__sbuf_free(&b);
        fill(t, sink, &frame, &arena, value);
    }
    judge_value(sink, value);
    fir__slots_free(&slots);
    fir__arena_free(&arena);
    return 0;
}
