/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of parameters as templates: their sink, their errors at the place in the file. */
#include "playbook/load.h"

/* ---- sinks ---- */

const fir__data *fir__param_written(const fir__param_context *x, fir_str name)
{
    const fir__param_def *wanted = fir__action_param(x->def, name);
    for (uint32_t i = 0; wanted != NULL && x->data != NULL && i < x->data->count; i++) {
        if (fir__action_param(x->def, x->data->entries[i].key) == wanted) {
            return &x->data->entries[i].value;
        }
    }
    return NULL;
}

static const fir__data *content_type_header(const fir__param_context *x)
{
    const fir__data *headers = fir__param_written(x, FIR__S("headers"));
    for (uint32_t i = 0; headers != NULL && headers->type == FIR__DATA_MAP && i < headers->count; i++) {
        if (fir__str_eq_nocase(headers->entries[i].key, FIR__S("content-type"))) {
            return &headers->entries[i].value;
        }
    }
    return NULL;
}

bool fir__names_content_type(const fir__param_context *x)
{
    return content_type_header(x) != NULL;
}

/* "application/json", "application/vnd.x+json; charset=utf-8" */
static bool is_json(fir_str type)
{
    type = fir__str_trim(fir__str_to(type, fir__str_find(type, FIR__S(";"))));
    fir_str tail = type.len >= 5 ? fir__str_from(type, type.len - 5) : type;
    return fir__str_eq_nocase(type, FIR__S("application/json")) || fir__str_eq_nocase(tail, FIR__S("+json"));
}

bool fir__sink_resolve(fir__param_context *x, const fir__param_def *p, const fir__data *d, int32_t *sink)
{
    *sink = p != NULL ? p->sink : FIR_SINK_TEXT;
    if (p == NULL || p->sink_from.len == 0) {
        return true;
    }
    const fir__data *from = fir__param_written(x, p->sink_from);
    uint8_t named;
    if (from != NULL && from->type == FIR__DATA_TEXT && fir__sink_find(from->s, &named)) {
        *sink = named;
        return true;
    }
    const fir__data *type = content_type_header(x);
    if (type == NULL) {
        type = fir__param_written(x, FIR__S("content_type"));
    }
    if (type == NULL || type->type != FIR__DATA_TEXT || is_json(type->s)) {
        return true;
    }
    fir__report(x->load, FIR__PB_MISSING_PARAMETER, fir__where_of(d), FIR__S("add `escape: json`, `form`, `html` or `none`"),
                "`%.*s` is of type \"%.*s\": how its values are escaped must be said", FIR__SHOW(p->name), FIR__SHOW(type->s));
    return false;
}

/* ---- fields ---- */

typedef struct field_walk {
    fir__param_context *context;
    const fir__data *text;
} field_walk;

static void check_field(void *ctx, uint32_t slot)
{
    const field_walk *w = ctx;
    fir__load *l = w->context->load;
    const fir__slot *s = &l->playbook->slots.items[slot];
    if (s->property != FIR__PROP_NONE) {
        return;
    }
    fir_str near = fir__near_field(s->name);
    if (near.ptr == NULL) {
        return;
    }
    char buffer[FIR__HINT];
    size_t at = fir__str_find(w->text->s, s->name);
    fir__report(l, FIR__PB_UNKNOWN_FIELD, fir__text_where(l, w->text, at == SIZE_MAX ? 0 : at), fir__hint_near(near, buffer),
                "no source of Falco's has the field `%.*s`", FIR__SHOW(s->name));
}

fir_str fir__near_field(fir_str name)
{
    size_t open = fir__str_find(name, FIR__S("["));
    bool has_arg = open != SIZE_MAX && fir__str_ends(name, FIR__S("]"));
    fir_str base = has_arg ? fir__str_to(name, open) : name;
    fir_str arg = has_arg ? (fir_str){name.ptr + open + 1, name.len - open - 2} : (fir_str){NULL, 0};
    if (fir__field_resolve(base, arg, has_arg).field != NULL) {
        return (fir_str){NULL, 0};
    }
    return fir__field_suggest(base);
}

/* ---- compile ---- */

static bool has_braces(fir_str s)
{
    return fir__str_find(s, FIR__S("{{")) != SIZE_MAX;
}

bool fir__text_resolve(fir__param_context *x, const fir__data *d, const fir__text_spec *spec, fir__node *out)
{
    fir__load *l = x->load;
    fir_error err = {0};
    const fir__template *t = NULL;
    fir__template_spec full = {.text = d->s,
                               .syntax = spec->syntax,
                               .sink = spec->sink,
                               .slots = &l->playbook->slots,
                               .names = x->names,
                               .steps = x->steps.ids,
                               .n_steps = x->steps.count,
                               .target = spec->target,
                               .allow_dash = spec->allow_dash};
    if (fir__template_compile(&full, l->arena, &t, &err) != 0) {
        fir__report_error(l, FIR__PB_TEMPLATE, fir__text_where(l, d, (size_t)err.offset), &err);
        return false;
    }
    if (spec->syntax == FIR_SYNTAX_TALON && has_braces(d->s)) {
        fir__report(l, FIR__PB_TALON_BRACES, fir__where_of(d), FIR__S("write ${PROC_NAME} for the field proc.name"),
                    "this text takes Talon's variables: `{{` has no meaning in it");
    }
    fir_str constant;
    if (fir__template_constant(t, &constant)) {
        fir__data data = *d;
        data.s = constant;
        return fir__node_constant(l, data, out);
    }
    *out = (fir__node){.kind = FIR__NODE_TEMPLATE, .type = FIR__P_STRING, .sink = (uint8_t)spec->sink, .text = t, .source = d->s};
    if (spec->syntax != FIR_SYNTAX_TALON) {
        fir__template_slots(t, check_field, &(field_walk){x, d});
    }
    return l->status == 0;
}
