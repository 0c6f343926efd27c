/* SPDX-License-Identifier: Apache-2.0 */
/* The admission_controller block, as far as alerts go: an alert that matches one of its blocking rules sends a block order. Each
 * such rule is a rule of the playbook called output:admission_controller, with a step of its own name. That the same rules judge
 * admission reviews too is the engine's matter; it reads them from the configuration. */
#include "playbook/load.h"

enum { BLOCK_ENABLED, BLOCK_URL, BLOCK_RULES, BLOCK_POLICY, BLOCK_KEYS };
enum { RULE_NAME, RULE_CONDITION, RULE_ACTION, RULE_MESSAGE, RULE_ON_ERROR, RULE_KEYS };

static const fir__key_def rule_keys[] = {
    [RULE_NAME] = {.name = {"name", 4}, .want = FIR__WANT_NAME, .required = true},
    [RULE_CONDITION] = {.name = {"condition", 9}, .want = FIR__WANT_TEXT, .required = true},
    [RULE_ACTION] = {.name = {"action", 6}, .want = FIR__WANT_CHOICE, .choices = "block warn audit allow", .required = true},
    [RULE_MESSAGE] = {.name = {"message", 7}, .want = FIR__WANT_TEXT},
    [RULE_ON_ERROR] = {.name = {"on_error", 8}, .want = FIR__WANT_CHOICE, .choices = "allow deny", .idle = true},
};
static const fir__shape rule_shape = {"rule of the admission controller", rule_keys, RULE_KEYS};

static const fir__key_def keys[] = {
    [BLOCK_ENABLED] = {.name = {"enabled", 7}, .want = FIR__WANT_BOOL},
    [BLOCK_URL] = {.name = {"url", 3}, .want = FIR__WANT_TEXT},
    [BLOCK_RULES] = {.name = {"rules", 5}, .want = FIR__WANT_MAPS, .shape = &rule_shape},
    [BLOCK_POLICY] = {.name = {"failure_policy", 14}, .want = FIR__WANT_CHOICE, .choices = "allow deny", .idle = true},
};
const fir__shape fir__admission_shape = {"configuration's `admission_controller`", keys, BLOCK_KEYS};

/* What the order says: who asked for it, why, and whose block list it goes to when not ours. */
static bool order_parameters(fir__load *l, const fir__data *url, const fir__data *name, const fir__data *message, fir__data *out)
{
    fir__entry *entries = fir__load_array(l, 3, sizeof *entries);
    if (entries == NULL) {
        return false;
    }
    *out = (fir__data){.type = FIR__DATA_MAP, .file = name->file, .line = name->line, .column = name->column};
    static const fir_str keys_of[] = {{"url", 3}, {"rule", 4}, {"message", 7}};
    const fir__data *const values[] = {url, name, message};
    for (size_t i = 0; i < 3; i++) {
        if (values[i] != NULL) {
            entries[out->count++] = (fir__entry){keys_of[i], values[i]->line, values[i]->column, *values[i]};
        }
    }
    out->entries = entries;
    return true;
}

/* Without an address the order is for a list of our own, which this version has not. */
static void check_url(fir__load *l, const fir__data *url, const fir__step *step)
{
    if (url == NULL) {
        fir__report(l, FIR__PB_NO_EFFECT, step->at, FIR__S("give `url`"),
                    "the rule sends no block order: this version keeps no block list of its own, and `admission_controller` names "
                    "no other");
    }
}

static bool order_step(fir__load *l, const fir__data *url, const fir__data *const *values, fir__index *seen, fir__step *step)
{
    const fir__data *name = values[RULE_NAME];
    *step = (fir__step){.name = name->s, .id = fir__slug(l, FIR__S(""), name->s), .goes_on = true, .at = fir__where_of(name)};
    if (step->id.ptr == NULL) {
        return false;
    }
    if (fir__index_find(seen, step->id) != FIR__NO_INDEX) {
        fir__report(l, FIR__PB_NAMED_TWICE, step->at, FIR__S("give one of them another name"),
                    "two rules of the admission controller have names that give the id `%.*s`", FIR__SHOW(step->id));
        return false;
    }
    if (!fir__index_add(seen, step->id, 0)) {
        return fir__load_fail(l, FIR_ENOMEM);
    }
    check_url(l, url, step);
    fir__data use = fir__data_text(FIR__S("admission:block")), parameters;
    use.file = name->file;
    use.line = name->line;
    use.column = name->column;
    fir__path path = {NULL, FIR__S("admission_controller")};
    fir__step_context c = {.names = {.rule_name = FIR__S("output:admission_controller")},
                           .pointer = fir__pointer(l, FIR__S(""), &path)};
    return l->status == 0 && order_parameters(l, url, name, values[RULE_MESSAGE], &parameters) && fir__step_type(l, &use, step) &&
           fir__step_params(l, &parameters, false, &c, step);
}

static void resolve_rule(fir__load *l, const fir__data *block, const fir__data *item, fir__index *seen)
{
    const fir__data *values[RULE_KEYS] = {NULL};
    fir__step *step = fir__load_array(l, 1, sizeof *step);
    if (step == NULL || !fir__shape_read(l, &rule_shape, item, values, NULL)) {
        return;
    }
    fir__rule rule = {.name = FIR__S("output:admission_controller"),
                      .goes_on = true,
                      .is_output = true,
                      .urgency = FIR__URGENCY_NORMAL,
                      .steps = step,
                      .n_steps = 1,
                      .at = fir__where_of(values[RULE_NAME])};
    bool ok = fir__rule_condition(l, values[RULE_CONDITION], NULL, &rule);
    bool blocks = fir__str_eq(values[RULE_ACTION]->s, FIR__S("block"));
    if (!ok || !blocks || !order_step(l, fir__present(block, FIR__S("url")), values, seen, step)) {
        return;
    }
    (void)fir__rule_add(l, &rule, fir__get_bool(fir__present(block, FIR__S("enabled")), true));
}

void fir__admission_resolve(fir__load *l)
{
    const fir__data *block = fir__setting(l, FIR__S("admission_controller"));
    const fir__data *rules = fir__present(block, FIR__S("rules"));
    if (rules == NULL) {
        return;
    }
    fir__index seen;
    fir__index_init(&seen, &l->allocator);
    for (uint32_t i = 0; i < rules->count && l->status == 0; i++) {
        resolve_rule(l, block, &rules->items[i], &seen);
    }
    fir__index_free(&seen);
}
