/* SPDX-License-Identifier: Apache-2.0 */
/* The last step of a load: everything that was collected becomes the playbook. */
#include <stdlib.h>

#include "playbook/load.h"

void fir__load_resolve(fir__load *l)
{
    int status = fir__scope_new(l->arena, &l->scope);
    if (status != 0) {
        fir__load_fail(l, status);
        return;
    }
    fir__lists_resolve(l);
    fir__macros_resolve(l);
    fir__notifiers_enter(l);
    /* The outputs come first: a rule with `continue: false` stops rules, not the sending of alerts. */
    fir__outputs_resolve(l);
    fir__admission_resolve(l);
    fir__rules_resolve(l);
}

/* ---- into the playbook ---- */

static bool take_rules(fir__load *l, fir_playbook *p)
{
    fir__rule *rules = fir__load_array(l, l->n_made, sizeof *rules);
    if (rules == NULL) {
        return false;
    }
    if (l->n_made != 0) {
        memcpy(rules, l->made, l->n_made * sizeof *rules);
    }
    bool dry_run = fir__get_bool(fir__setting(l, FIR__S("dry_run")), false);
    for (size_t i = 0; i < l->n_made; i++) {
        rules[i].dry_run = rules[i].dry_run || dry_run;
        p->has_sequences = p->has_sequences || rules[i].n_sequence != 0;
    }
    p->rules = rules;
    p->n_rules = (uint32_t)l->n_made;
    return true;
}

static bool take_tests(fir__load *l, fir_playbook *p)
{
    fir__test *tests = fir__load_array(l, l->tests.count, sizeof *tests);
    if (tests == NULL) {
        return false;
    }
    for (size_t i = 0; i < l->tests.count; i++) {
        const fir__item *t = &l->tests.items[i];
        fir__data *item = fir__load_array(l, 1, sizeof *item);
        fir_str dir = fir__arena_str(l->arena, l->files[t->at.file].dir);
        if (item == NULL || dir.ptr == NULL || !fir__test_typed(l, t->values, item)) {
            return fir__load_fail(l, FIR_ENOMEM);
        }
        tests[i] = (fir__test){.name = t->name, .item = item, .dir = dir, .at = t->at};
    }
    p->tests = tests;
    p->n_tests = (uint32_t)l->tests.count;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return fir__str_cmp(((const fir__named_texts *)a)->name, ((const fir__named_texts *)b)->name);
}

static bool definition_texts(fir__load *l, const fir__definition *x, bool list, fir__named_texts *out)
{
    uint32_t n = list ? (uint32_t)x->n_texts : 1;
    fir_str *texts = fir__load_array(l, n, sizeof *texts);
    if (texts == NULL) {
        return false;
    }
    if (!list) {
        texts[0] = fir__condition_text(l, x->parts, x->n_parts);
    } else if (n != 0) {
        memcpy(texts, x->texts, n * sizeof *texts);
    }
    *out = (fir__named_texts){x->name, texts, n};
    return l->status == 0;
}

static bool take_definitions(fir__load *l, const fir__definitions *from, bool list, const fir__named_texts **out, uint32_t *n)
{
    fir__named_texts *all = fir__load_array(l, from->count, sizeof *all);
    for (size_t i = 0; all != NULL && i < from->count; i++) {
        if (!definition_texts(l, &from->items[i], list, &all[i])) {
            return false;
        }
    }
    if (all != NULL && from->count > 1) {
        qsort(all, from->count, sizeof *all, by_name);
    }
    *out = all;
    *n = (uint32_t)from->count;
    return all != NULL;
}

static bool take_config(fir__load *l, fir_playbook *p)
{
    if (!l->configured) {
        return true;
    }
    fir__data *config = fir__load_array(l, 1, sizeof *config);
    fir__entry *entries = fir__load_array(l, l->n_settings, sizeof *entries);
    if (config == NULL || entries == NULL) {
        return false;
    }
    if (l->n_settings != 0) {
        memcpy(entries, l->settings, l->n_settings * sizeof *entries);
    }
    *config = (fir__data){.type = FIR__DATA_MAP, .count = (uint32_t)l->n_settings, .entries = entries};
    p->config = config;
    return true;
}

static bool take_files(fir__load *l, fir_playbook *p)
{
    p->files = fir__load_array(l, l->n_files, sizeof *p->files);
    for (size_t i = 0; p->files != NULL && i < l->n_files; i++) {
        p->files[i] = fir__arena_str(l->arena, l->diags->files[i]);
        if (p->files[i].ptr == NULL) {
            return fir__load_fail(l, FIR_ENOMEM);
        }
    }
    p->n_files = l->n_files;
    return p->files != NULL;
}

static bool make_matcher(fir__load *l, fir_playbook *p)
{
    const fir__program **programs = fir__load_array(l, p->n_rules, sizeof(fir__program *));
    if (programs == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < p->n_rules; i++) {
        programs[i] = p->rules[i].condition;
    }
    int status = fir__matcher_new(programs, p->n_rules, &p->slots, &p->allocator, &p->matcher);
    return status == 0 || fir__load_fail(l, status);
}

fir_playbook *fir__load_take(fir__load *l)
{
    fir_playbook *p = l->playbook;
    bool ok = take_rules(l, p) && take_tests(l, p) && take_definitions(l, &l->lists, true, &p->lists, &p->n_lists) &&
              take_definitions(l, &l->macros, false, &p->macros, &p->n_macros) && take_config(l, p) && take_files(l, p) &&
              make_matcher(l, p);
    if (!ok) {
        return NULL;
    }
    int status = fir__playbook_digest(p);
    if (status != 0) {
        fir__load_fail(l, status);
        return NULL;
    }
    l->playbook = NULL;
    return p;
}
