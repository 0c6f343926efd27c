/* SPDX-License-Identifier: Apache-2.0 */
/* Notifiers: a rule names outputs of the configuration, and gets a step for each. */
#include <stdio.h>

#include "playbook/load.h"

enum { ENTRY_NAME, ENTRY_USE, ENTRY_KEYS };
static const fir__key_def keys[] = {
    [ENTRY_NAME] = {.name = {"name", 4}, .want = FIR__WANT_NAME, .required = true},
    [ENTRY_USE] = {.name = {"use", 3}, .want = FIR__WANT_NAME, .required = true},
};
static const fir__shape shape = {"entry of `outputs`", keys, ENTRY_KEYS};

/* The step of one entry. False: reported. */
static bool entry_step(fir__load *l, const fir__data *entry, uint32_t index, const fir__template_names *names, fir__step *out)
{
    const fir__data *values[ENTRY_KEYS] = {NULL};
    fir__data parameters;
    if (!fir__map_split(l, &shape, entry, values, &parameters)) {
        return false;
    }
    char number[16];
    (void)snprintf(number, sizeof number, "%u", index);
    fir__path outputs = {NULL, FIR__S("outputs")}, path = {&outputs, fir__cstr(number)};
    fir__step_context c = {.names = *names, .pointer = fir__pointer(l, FIR__S(""), &path)};
    *out = (fir__step){.name = values[ENTRY_NAME]->s, .goes_on = true, .at = fir__where_of(entry)};
    return l->status == 0 && fir__step_type(l, values[ENTRY_USE], out) && fir__step_params(l, &parameters, false, &c, out);
}

static bool enter(fir__load *l, const fir__data *entry, uint32_t index)
{
    const fir__data *name = fir__data_get(entry, FIR__S("name"));
    if (name == NULL || name->type != FIR__DATA_TEXT || name->s.len == 0) {
        return false;
    }
    if (fir__index_find(&l->output_names, name->s) != FIR__NO_INDEX) {
        fir__report(l, FIR__PB_NAMED_TWICE, fir__where_of(name), FIR__S("give one of them another name"),
                    "two outputs are called `%.*s`", FIR__SHOW(name->s));
        return false;
    }
    return fir__index_add(&l->output_names, name->s, index) || fir__load_fail(l, FIR_ENOMEM);
}

void fir__notifiers_enter(fir__load *l)
{
    const fir__data *outputs = fir__setting(l, FIR__S("outputs"));
    if (outputs == NULL) {
        return;
    }
    static const fir__template_names any = {{"", 0}, {"", 0}, {"", 0}};
    l->output_good = fir__load_array(l, outputs->count, sizeof *l->output_good);
    for (uint32_t i = 0; i < outputs->count && l->status == 0; i++) {
        fir__step step;
        bool entered = enter(l, &outputs->items[i], i);
        l->output_good[i] = entry_step(l, &outputs->items[i], i, &any, &step) && entered;
    }
}

static fir_str output_at(const void *ctx, size_t i)
{
    const fir__data *name = fir__data_get(&((const fir__data *)ctx)->items[i], FIR__S("name"));
    return name != NULL && name->type == FIR__DATA_TEXT ? name->s : FIR__S("");
}

static void unknown(fir__load *l, const fir__data *name)
{
    if (!l->configured) {
        if (!fir__said_before(l, fir__playbook_codes[FIR__PB_NO_OUTPUTS].code, fir__where_of(name))) {
            fir__report(l, FIR__PB_NO_OUTPUTS, fir__where_of(name),
                        FIR__S("give the configuration too: its `outputs` say what it is"),
                        "whether there is an output `%.*s` cannot be seen here", FIR__SHOW(name->s));
        }
        return;
    }
    char buffer[FIR__HINT];
    const fir__data *outputs = fir__setting(l, FIR__S("outputs"));
    fir_str near = outputs != NULL ? fir__str_suggest(name->s, outputs->count, output_at, outputs) : (fir_str){NULL, 0};
    fir__report(l, FIR__PB_UNKNOWN_OUTPUT, fir__where_of(name), fir__hint_near(near, buffer),
                "the configuration has no output `%.*s`", FIR__SHOW(name->s));
}

/* A `NAME_output` block may be meant too. */
static const fir__entry *block_of(const fir__load *l, fir_str name)
{
    char key[128];
    int n = snprintf(key, sizeof key, "%.*s_output", (int)(name.len < 100 ? name.len : 0), name.ptr);
    uint32_t i = fir__index_find(&l->setting_names, (fir_str){key, (size_t)n});
    return i == FIR__NO_INDEX ? NULL : &l->settings[i];
}

/* *made: the step is there; false with an entry that was reported before, and with no configuration to look in. */
static bool notifier(fir__load *l, const fir__data *name, const fir__template_names *names, fir__step *out, bool *made)
{
    uint32_t i = fir__index_find(&l->output_names, name->s);
    const fir__entry *block = i == FIR__NO_INDEX ? block_of(l, name->s) : NULL;
    *made = false;
    if (i == FIR__NO_INDEX && block == NULL) {
        unknown(l, name);
        return !l->configured;
    }
    l->quiet = true;
    if (i != FIR__NO_INDEX) {
        const fir__data *outputs = fir__setting(l, FIR__S("outputs"));
        *made = l->output_good[i] && entry_step(l, &outputs->items[i], i, names, out);
    } else {
        *made = fir__output_notifier(l, block, names, out);
    }
    l->quiet = false;
    return *made;
}

bool fir__notifiers_resolve(fir__load *l, const fir__data *names, const fir__step_context *c, fir__rule *out)
{
    uint32_t n = names != NULL ? names->count : 0;
    fir__step *steps = fir__load_array(l, n, sizeof *steps);
    bool ok = steps != NULL;
    fir__index seen;
    fir__index_init(&seen, &l->allocator);
    for (uint32_t i = 0; steps != NULL && i < n && l->status == 0; i++) {
        const fir__data *name = &names->items[i];
        bool made;
        if (fir__index_find(&seen, name->s) != FIR__NO_INDEX) {
            continue;
        }
        ok = (fir__index_add(&seen, name->s, i) || fir__load_fail(l, FIR_ENOMEM)) &&
             notifier(l, name, &c->names, &steps[out->n_notify], &made) && ok;
        if (ok && made) {
            steps[out->n_notify++].id = fir__slug(l, FIR__S("notify_"), name->s);
        }
    }
    fir__index_free(&seen);
    out->notify = steps;
    return ok && l->status == 0;
}
