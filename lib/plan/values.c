/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters: from what the playbook says to what it means for one alert. */
#include "base/error.h"
#include "base/time.h"
#include "plan/plan.h"

typedef struct builder {
    const fir__frame *frame;
    fir__arena *arena;
    uint32_t flags;
    fir_error *err;
} builder;

static int out_of_room(const builder *k)
{
    return fir__fail(k->err, fir__arena_error(k->arena), "the plan is larger than max_plan_bytes, or memory ran out");
}

static bool text_to_integer(fir_str s, fir__data *out)
{
    out->type = FIR__DATA_INT;
    return fir__str_i64(s, &out->i);
}

static bool text_to_boolean(fir_str s, fir__data *out)
{
    out->type = FIR__DATA_BOOL;
    out->b = fir__str_eq(s, FIR__S("true"));
    return out->b || fir__str_eq(s, FIR__S("false"));
}

static bool text_to_duration(fir_str s, fir__data *out)
{
    out->type = FIR__DATA_INT;
    return fir__duration_parse(s, &out->i);
}

static bool text_to_text(fir_str s, fir__data *out)
{
    *out = fir__data_text(s);
    return true;
}

/* How a rendered text becomes what its parameter wants. */
static bool (*const converters[])(fir_str s, fir__data *out) = {
    [FIR__P_STRING] = text_to_text,       [FIR__P_INTEGER] = text_to_integer, [FIR__P_BOOLEAN] = text_to_boolean,
    [FIR__P_DURATION] = text_to_duration, [FIR__P_ANY] = text_to_text,
};

static int convert(const builder *k, uint8_t type, fir_str s, fir__data *out)
{
    memset(out, 0, sizeof *out);
    bool known = type < sizeof converters / sizeof converters[0] && converters[type] != NULL;
    if (!(known ? converters[type](s, out) : text_to_text(s, out))) {
        fir_str shown = fir__str_to(s, 40);
        fir_str wanted = fir__ptype_name(type);
        return fir__fail(k->err, FIR_ETYPE, "'%.*s' is no %.*s", (int)shown.len, shown.ptr, (int)wanted.len, wanted.ptr);
    }
    return 0;
}

static int build_text(builder *k, const fir__node *node, fir__plan_value *out)
{
    fir__part *parts;
    size_t n;
    uint32_t flags = 0;
    int code = fir__template_parts(node->text, k->frame, k->arena, &parts, &n, &flags, k->err);
    k->flags |= flags;
    if (code != 0) {
        return code;
    }
    if (!fir__template_waits(node->text)) {
        out->kind = FIR__PLAN_DATA;
        return convert(k, node->type, n != 0 ? parts[0].text : FIR__S(""), &out->data);
    }
    out->kind = FIR__PLAN_PARTS;
    out->sink = node->sink;
    out->type = node->type;
    out->value_first = fir__template_value_first(node->text);
    out->allow_dash = fir__template_allows_dash(node->text);
    out->count = (uint32_t)n;
    out->parts = parts;
    return 0;
}

static int build_value(builder *k, const fir__node *node, fir__plan_value *out);

static int build_items(builder *k, const fir__node *node, fir__plan_value *out)
{
    fir__plan_value *items = fir__arena_array(k->arena, node->count, sizeof *items);
    if (items == NULL) {
        return out_of_room(k);
    }
    out->kind = node->kind == FIR__NODE_MAP ? FIR__PLAN_MAP : FIR__PLAN_LIST;
    out->count = node->count;
    out->keys = node->keys;
    out->items = items;
    for (uint32_t i = 0; i < node->count; i++) {
        int code = build_value(k, &node->items[i], &items[i]);
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

/* Depth: the playbook's loader bounded it. */
static int build_value(builder *k, const fir__node *node, fir__plan_value *out)
{
    memset(out, 0, sizeof *out);
    switch (node->kind) {
    case FIR__NODE_DATA:
        out->kind = FIR__PLAN_DATA;
        out->data = *node->data;
        out->shown = node->source;
        return 0;
    case FIR__NODE_TEMPLATE:
        return build_text(k, node, out);
    case FIR__NODE_SECRET:
        out->kind = FIR__PLAN_SECRET;
        out->secret = node->secret;
        return 0;
    default:
        return build_items(k, node, out);
    }
}

int fir__plan_params_build(const fir__params *params, const fir__frame *frame, fir__arena *arena, fir__plan_params *out,
                           uint32_t *flags, fir_error *err)
{
    builder k = {frame, arena, 0, err};
    fir__plan_param *items = fir__arena_array(arena, params->count, sizeof *items);
    if (items == NULL) {
        return out_of_room(&k);
    }
    for (uint32_t i = 0; i < params->count; i++) {
        items[i].name = params->items[i].name;
        int code = build_value(&k, &params->items[i].value, &items[i].value);
        *flags |= k.flags;
        if (code != 0) {
            return code;
        }
    }
    *out = (fir__plan_params){items, params->count};
    return 0;
}
