/* SPDX-License-Identifier: Apache-2.0 */
/* Lists and macros have one life: defined, replaced, appended to, by Falco's `append` and `override`. */
#include "playbook/load.h"

void fir__definitions_init(fir__definitions *d, const fir_allocator *a)
{
    memset(d, 0, sizeof *d);
    fir__index_init(&d->names, a);
}

void fir__definitions_free(fir__definitions *d)
{
    const fir_allocator *a = &d->names.allocator;
    for (size_t i = 0; i < d->count; i++) {
        fir__free(a, d->items[i].parts);
    }
    fir__free(a, d->items);
    d->items = NULL;
    d->count = d->cap = 0;
    fir__index_free(&d->names);
}

fir__definition *fir__definition_find(fir__definitions *d, fir_str name)
{
    uint32_t i = fir__index_find(&d->names, name);
    return i == FIR__NO_INDEX ? NULL : &d->items[i];
}

bool fir__definition_sees(const fir__definition *user, const fir__definition *used)
{
    return user == NULL || used->first < user->last;
}

static fir__definition *add(fir__load *l, fir__definitions *d, fir_str name)
{
    if (d->count >= FIR__LOAD_MOST_ITEMS) {
        fir__load_fail(l, FIR_ELIMIT);
        return NULL;
    }
    if (!fir__load_grow(l, &d->items, &d->cap, d->count + 1, sizeof *d->items)) {
        return NULL;
    }
    if (!fir__index_add(&d->names, name, (uint32_t)d->count)) {
        fir__load_fail(l, FIR_ENOMEM);
        return NULL;
    }
    fir__definition *x = &d->items[d->count++];
    memset(x, 0, sizeof *x);
    x->name = name;
    x->first = l->clock;
    return x;
}

typedef enum change { DEFINE, REPLACE, APPEND } change;

/* What the item asks for. False: reported. */
static bool wanted_change(fir__load *l, const fir__data **values, change *out)
{
    const fir__data *override = values[FIR__DEF_OVERRIDE];
    bool append = fir__get_bool(values[FIR__DEF_APPEND], false);
    if (append && override != NULL) {
        fir__report(l, FIR__PB_APPEND_AND_OVERRIDE, fir__where_of(override), FIR__S("take `append` away: `override` says more"),
                    "`append` and `override` do not go together");
        return false;
    }
    *out = append ? APPEND : DEFINE;
    if (override != NULL && override->count != 0) {
        *out = fir__str_eq(override->entries[0].value.s, FIR__S("append")) ? APPEND : REPLACE;
    }
    return true;
}

void fir__define(fir__load *l, fir__definitions *d, const char *what, const fir__data **values, uint16_t file)
{
    change c;
    const fir__data *name = values[FIR__DEF_NAME];
    if (!wanted_change(l, values, &c)) {
        return;
    }
    fir__definition *x = fir__definition_find(d, name->s);
    if (x == NULL && c != DEFINE) {
        fir__report(l, FIR__PB_NOTHING_TO_APPEND, fir__where_of(name), FIR__S("the file that defines it has to come before"),
                    "there is no %s `%.*s` to change", what, FIR__SHOW(name->s));
        return;
    }
    if (x != NULL && c == DEFINE && x->file == file) {
        fir__report(l, FIR__PB_NAMED_TWICE, fir__where_of(name),
                    FIR__S("to change it, say `override: {items: append}` or `override: {condition: append}`"),
                    "the %s `%.*s` is defined twice in this file, first in line %u", what, FIR__SHOW(name->s), x->at.line);
        return;
    }
    if (x == NULL && (x = add(l, d, name->s)) == NULL) {
        return;
    }
    if (c != APPEND) {
        x->n_parts = 0;
        x->at = fir__where_of(name);
        x->file = file;
    }
    x->last = l->clock++;
    if (fir__load_grow(l, &x->parts, &x->cap_parts, x->n_parts + 1, sizeof(fir__data *))) {
        x->parts[x->n_parts++] = values[FIR__DEF_PART];
    }
}
