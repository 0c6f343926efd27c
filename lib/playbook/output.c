/* SPDX-License-Identifier: Apache-2.0 */
/* `<name>_output` blocks: each is a rule that sends every alert, or those that its priority and condition let pass. */
#include "base/priority.h"
#include "playbook/load.h"

enum { OUT_ENABLED, OUT_PRIORITY, OUT_CONDITION, OUT_KEYS };

static const fir__key_def block_keys[] = {
    [OUT_ENABLED] = {.name = {"enabled", 7}, .want = FIR__WANT_BOOL},
    [OUT_PRIORITY] = {.name = {"minimum_priority", 16}, .want = FIR__WANT_TEXT},
    [OUT_CONDITION] = {.name = {"condition", 9}, .want = FIR__WANT_TEXT},
};
static const fir__shape block_shape = {"output block", block_keys, OUT_KEYS};

bool fir__map_split(fir__load *l, const fir__shape *shape, const fir__data *map, const fir__data **values, fir__data *parameters)
{
    fir__entry *own = fir__load_array(l, map->count, sizeof *own);
    fir__entry *rest = fir__load_array(l, map->count, sizeof *rest);
    if (own == NULL || rest == NULL) {
        return false;
    }
    fir__data head = *map;
    *parameters = *map;
    head.count = parameters->count = 0;
    head.entries = own;
    parameters->entries = rest;
    for (uint32_t i = 0; i < map->count; i++) {
        bool known = false;
        for (uint32_t k = 0; k < shape->count; k++) {
            known = known || fir__str_eq(shape->keys[k].name, map->entries[i].key);
        }
        if (known) {
            own[head.count++] = map->entries[i];
        } else {
            rest[parameters->count++] = map->entries[i];
        }
    }
    return fir__shape_read(l, shape, &head, values, NULL);
}

fir__ast *fir__priority_at_least(fir__load *l, const fir__data *level)
{
    int parsed = fir__priority_parse(level->s);
    if (parsed == FIR__PRIORITY_UNKNOWN) {
        char buffer[FIR__HINT];
        fir_str hint = fir__hint_near(fir__str_suggest(level->s, FIR__PRIORITIES, fir__priority_name_at, NULL), buffer);
        fir__report(l, FIR__PB_BAD_VALUE, fir__where_of(level), hint, "\"%.*s\" is no priority", FIR__SHOW(level->s));
        return NULL;
    }
    fir__ast *check = fir__load_array(l, 1, sizeof *check);
    if (check == NULL) {
        return NULL;
    }
    fir__place at = fir__stretch_place(l, level);
    *check = (fir__ast){.kind = FIR__AST_CHECK, .at = at, .end = at.offset, .op = FIR__OP_GE};
    check->left = (fir__operand){.kind = FIR__OPERAND_FIELD, .at = at, .text = FIR__S("priority"), .property = true};
    check->right = (fir__operand){.kind = FIR__OPERAND_TEXT, .at = at, .text = fir__priority_name(parsed), .quoted = true};
    fir__ast_measure(check);
    return check;
}

fir_str fir__output_name(fir_str key)
{
    return fir__str_to(key, key.len - (sizeof "_output" - 1));
}

static fir_str joined(fir__load *l, fir_str a, fir_str b)
{
    char *p = fir__load_array(l, a.len + b.len + 1, 1);
    if (p == NULL) {
        return (fir_str){NULL, 0};
    }
    memcpy(p, a.ptr, a.len);
    memcpy(p + a.len, b.ptr, b.len);
    return (fir_str){p, a.len + b.len};
}

static bool block_condition(fir__load *l, const fir__data **values, fir__rule *rule)
{
    fir__ast *least = NULL;
    if (values[OUT_PRIORITY] != NULL) {
        least = fir__priority_at_least(l, values[OUT_PRIORITY]);
        if (least == NULL) {
            return false;
        }
        rule->least_priority = least->right.text;
    }
    return (least == NULL && values[OUT_CONDITION] == NULL) || fir__rule_condition(l, values[OUT_CONDITION], least, rule);
}

static bool output_step(fir__load *l, const fir__entry *block, const fir__data *parameters, const fir__template_names *names,
                        fir__step *out)
{
    fir_str name = fir__output_name(block->key);
    const fir__action_def *def = fir__catalog_find_output(l->playbook->catalog, name);
    *out = (fir__step){.name = block->key,
                       .id = fir__slug(l, FIR__S(""), name),
                       .goes_on = true,
                       .at = {block->value.file, block->line, block->column}};
    fir__data use = fir__data_text(def->name);
    use.file = block->value.file;
    use.line = block->line;
    use.column = block->column;
    fir__path path = {NULL, block->key};
    fir__step_context c = {.names = *names, .pointer = fir__pointer(l, FIR__S(""), &path)};
    return l->status == 0 && fir__step_type(l, &use, out) && fir__step_params(l, parameters, false, &c, out);
}

static void resolve_block(fir__load *l, const fir__entry *e)
{
    const fir__data *values[OUT_KEYS] = {NULL};
    fir__data parameters;
    if (!fir__map_split(l, &block_shape, &e->value, values, &parameters)) {
        return;
    }
    fir__rule rule = {.name = joined(l, FIR__S("output:"), fir__output_name(e->key)),
                      .goes_on = true,
                      .is_output = true,
                      .urgency = FIR__URGENCY_NORMAL,
                      .at = {e->value.file, e->line, e->column}};
    fir__step *step = fir__load_array(l, 1, sizeof *step);
    if (rule.name.ptr == NULL || step == NULL) {
        return;
    }
    rule.steps = step;
    rule.n_steps = 1;
    bool ok = output_step(l, e, &parameters, &(fir__template_names){.rule_name = rule.name}, step);
    ok = block_condition(l, values, &rule) && ok;
    if (ok) {
        (void)fir__rule_add(l, &rule, fir__get_bool(values[OUT_ENABLED], true));
    }
}

/* The step of a block for a rule that names it among its notifiers; its own condition does not count then. */
bool fir__output_notifier(fir__load *l, const fir__entry *block, const fir__template_names *names, fir__step *out)
{
    const fir__data *values[OUT_KEYS] = {NULL};
    fir__data parameters;
    return fir__map_split(l, &block_shape, &block->value, values, &parameters) && output_step(l, block, &parameters, names, out);
}

void fir__outputs_resolve(fir__load *l)
{
    for (size_t i = 0; i < l->n_settings && l->status == 0; i++) {
        if (fir__str_ends(l->settings[i].key, FIR__S("_output"))) {
            resolve_block(l, &l->settings[i]);
        }
    }
}
