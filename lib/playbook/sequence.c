/* SPDX-License-Identifier: Apache-2.0 */
/* A file whose root is a list: each item says by a key what it is. */
#include "playbook/load.h"

typedef void take_item(fir__load *l, const fir__data **values, uint64_t by_alias);

static void take_list(fir__load *l, const fir__data **values, uint64_t by_alias)
{
    (void)by_alias;
    fir__define(l, &l->lists, "list", values, values[FIR__DEF_NAME]->file);
}

static void take_macro(fir__load *l, const fir__data **values, uint64_t by_alias)
{
    (void)by_alias;
    fir__define(l, &l->macros, "macro", values, values[FIR__DEF_NAME]->file);
}

static void take_action(fir__load *l, const fir__data **values, uint64_t by_alias)
{
    fir__item *x = fir__items_put(l, &l->actions, &fir__action_shape, values);
    if (x != NULL && values[FIR__ACT_USE] != NULL) {
        x->talon = (by_alias >> FIR__ACT_USE & 1) != 0;
    }
}

static void take_rule(fir__load *l, const fir__data **values, uint64_t by_alias)
{
    (void)by_alias;
    (void)fir__items_put(l, &l->rules, &fir__rule_shape, values);
}

static void take_test(fir__load *l, const fir__data **values, uint64_t by_alias)
{
    (void)by_alias;
    (void)fir__items_put(l, &l->tests, &fir__test_shape, values);
}

/* What a file of Falco's says about the Falco that it needs: nothing to us. */
static const fir__key_def engine_keys[] = {{.name = {"required_engine_version", 23}, .want = FIR__WANT_ANY}};
static const fir__shape engine_shape = {"required_engine_version", engine_keys, 1};
static const fir__key_def plugin_keys[] = {{.name = {"required_plugin_versions", 24}, .want = FIR__WANT_ANY}};
static const fir__shape plugin_shape = {"required_plugin_versions", plugin_keys, 1};

static const struct {
    fir_str key;
    const fir__shape *shape;
    take_item *take; /* NULL: nothing to do */
} kinds[] = {
    {{"rule", 4}, &fir__rule_shape, take_rule},
    {{"action", 6}, &fir__action_shape, take_action},
    {{"list", 4}, &fir__list_shape, take_list},
    {{"macro", 5}, &fir__macro_shape, take_macro},
    {{"test", 4}, &fir__test_shape, take_test},
    {{"required_engine_version", 23}, &engine_shape, NULL},
    {{"required_plugin_versions", 24}, &plugin_shape, NULL},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static fir_str kind_at(const void *ctx, size_t i)
{
    (void)ctx;
    return kinds[i].key;
}

/* The hint for an item of no kind: a slip of the finger in the first key that is near one. */
static void no_kind(fir__load *l, const fir__data *item)
{
    char buffer[FIR__HINT];
    fir_str hint = {NULL, 0};
    for (uint32_t i = 0; i < item->count && hint.ptr == NULL; i++) {
        hint = fir__hint_near(fir__str_suggest(item->entries[i].key, KINDS, kind_at, NULL), buffer);
    }
    fir__report(l, FIR__PB_ITEM_KIND, fir__where_of(item), hint, "an item has one of the keys rule, action, list, macro or test");
}

/* Falco's own rules say what to print and how bad it is; a playbook's say what to do. */
static bool is_falco_rule(const fir__data *item)
{
    const fir__data *output = fir__data_get(item, FIR__S("output"));
    return fir__data_get(item, FIR__S("rule")) != NULL && output != NULL && output->type == FIR__DATA_TEXT;
}

static void load_item(fir__load *l, const fir__data *item)
{
    if (item->type != FIR__DATA_MAP) {
        fir__report(l, FIR__PB_ITEM, fir__where_of(item), FIR__S("write `- rule: NAME`, `- action: NAME`, …"),
                    "an item of a playbook is a mapping, not %s", fir__data_kind(item));
        return;
    }
    if (is_falco_rule(item)) {
        fir__report(l, FIR__PB_FALCO_RULE, fir__where_of(item),
                    FIR__S("give this file to Falco; here, write a rule whose condition is `rule = \"…\"`, with actions"),
                    "this is a Falco detection rule: it makes alerts, a playbook's rule answers them");
        return;
    }
    for (size_t k = 0; k < KINDS; k++) {
        if (fir__data_get(item, kinds[k].key) == NULL) {
            continue;
        }
        const fir__data *values[FIR__MOST_KEYS] = {NULL};
        uint64_t by_alias;
        if (fir__shape_read(l, kinds[k].shape, item, values, &by_alias) && kinds[k].take != NULL) {
            kinds[k].take(l, values, by_alias);
        }
        return;
    }
    no_kind(l, item);
}

void fir__load_sequence(fir__load *l, const fir__data *root)
{
    for (uint32_t i = 0; i < root->count && l->status == 0; i++) {
        load_item(l, &root->items[i]);
    }
}
