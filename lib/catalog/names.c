/* SPDX-License-Identifier: Apache-2.0 */
/* Names of effects, parameter types and sinks, and what a type accepts. */
#include "base/time.h"
#include "catalog/types.h"

static const fir_str effects[] = {
    [FIR__EFFECT_IDEMPOTENT] = FIR__TEXT("idempotent"),
    [FIR__EFFECT_KEYED] = FIR__TEXT("keyed"),
    [FIR__EFFECT_VERIFIABLE] = FIR__TEXT("verifiable"),
    [FIR__EFFECT_UNSAFE] = FIR__TEXT("unsafe"),
    [FIR__EFFECT_READ] = FIR__TEXT("read"),
};

static const fir_str types[] = {
    [FIR__P_STRING] = FIR__TEXT("string"),     [FIR__P_INTEGER] = FIR__TEXT("integer"), [FIR__P_BOOLEAN] = FIR__TEXT("boolean"),
    [FIR__P_DURATION] = FIR__TEXT("duration"), [FIR__P_STRINGS] = FIR__TEXT("strings"), [FIR__P_MAP] = FIR__TEXT("map"),
    [FIR__P_RANGES] = FIR__TEXT("ranges"),     [FIR__P_SECRET] = FIR__TEXT("secret"),   [FIR__P_OBJECT] = FIR__TEXT("object"),
    [FIR__P_ANY] = FIR__TEXT("any"),
};

static const fir_str sinks[] = {
    [FIR_SINK_TEXT] = FIR__TEXT("text"),         [FIR_SINK_JSON] = FIR__TEXT("json"),
    [FIR_SINK_URL] = FIR__TEXT("url"),           [FIR_SINK_HEADER] = FIR__TEXT("header"),
    [FIR_SINK_FORM] = FIR__TEXT("form"),         [FIR_SINK_ARGV] = FIR__TEXT("argv"),
    [FIR_SINK_K8S_NAME] = FIR__TEXT("k8s_name"), [FIR_SINK_K8S_LABEL] = FIR__TEXT("k8s_label"),
    [FIR_SINK_SLACK] = FIR__TEXT("slack"),       [FIR_SINK_HTML] = FIR__TEXT("html"),
    [FIR_SINK_MARKDOWN] = FIR__TEXT("markdown"), [FIR_SINK_RAW] = FIR__TEXT("raw"),
};

enum { SINKS = sizeof sinks / sizeof *sinks };

fir_str fir__effect_name(fir__effect e)
{
    return effects[e];
}

fir_str fir__ptype_name(fir__ptype t)
{
    return types[t];
}

fir_str fir__sink_name(int32_t sink)
{
    return sink >= 0 && sink < SINKS ? sinks[sink] : (fir_str){NULL, 0};
}

bool fir__sink_find(fir_str name, uint8_t *sink)
{
    if (fir__str_eq(name, FIR__S("none"))) {
        *sink = FIR_SINK_RAW;
        return true;
    }
    for (size_t i = 0; i < SINKS; i++) {
        if (fir__str_eq(name, sinks[i])) {
            *sink = (uint8_t)i;
            return true;
        }
    }
    return false;
}

bool fir__names_have(fir_str names, fir_str name)
{
    size_t at = 0;
    while (at < names.len) {
        size_t end = at;
        while (end < names.len && names.ptr[end] != ' ') {
            end++;
        }
        if (end > at && fir__str_eq(fir__str(names.ptr + at, end - at), name)) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

static bool is_choice(const fir__param_def *p, fir_str text)
{
    for (uint8_t i = 0; i < p->n_choices; i++) {
        if (fir__str_eq(p->choices[i], text)) {
            return true;
        }
    }
    return p->n_choices == 0;
}

static bool in_bounds(const fir__param_def *p, int64_t v)
{
    return (p->least == 0 && p->most == 0) || (v >= p->least && v <= p->most);
}

static bool is_status(fir_str s, uint64_t *code)
{
    return s.len == 3 && fir__str_u64(s, code) && *code >= 100 && *code <= 599;
}

/* "204" or "200-299". */
static bool is_range(fir_str s)
{
    uint64_t from, to;
    size_t dash = fir__str_find(s, FIR__S("-"));
    if (dash == SIZE_MAX) {
        return is_status(s, &from);
    }
    return is_status(fir__str_to(s, dash), &from) && is_status(fir__str_from(s, dash + 1), &to) && from <= to;
}

bool fir__param_accepts(const fir__param_def *p, fir_str text)
{
    int64_t v;
    switch (p->type) {
    case FIR__P_STRING:
        return is_choice(p, text);
    case FIR__P_INTEGER:
        return fir__str_i64(text, &v) && in_bounds(p, v);
    case FIR__P_DURATION:
        return fir__duration_parse(text, &v) && in_bounds(p, v);
    case FIR__P_BOOLEAN:
        return fir__str_eq(text, FIR__S("true")) || fir__str_eq(text, FIR__S("false"));
    case FIR__P_RANGES:
        return is_range(text);
    case FIR__P_MAP:
    case FIR__P_OBJECT:
        return false;
    default:
        return true;
    }
}
