/* SPDX-License-Identifier: Apache-2.0 */
/* Actions, rules and tests by name: one name in two files is one item. */
#include "playbook/load.h"

void fir__items_init(fir__items *items, const fir_allocator *a)
{
    memset(items, 0, sizeof *items);
    fir__index_init(&items->names, a);
}

void fir__items_free(fir__items *items)
{
    fir__free(&items->names.allocator, items->items);
    items->items = NULL;
    items->count = items->cap = 0;
    fir__index_free(&items->names);
}

fir__item *fir__items_find(fir__items *items, fir_str name)
{
    uint32_t i = fir__index_find(&items->names, name);
    return i == FIR__NO_INDEX ? NULL : &items->items[i];
}

static fir__item *add(fir__load *l, fir__items *items, const fir__shape *shape, const fir__data *name, const fir__data **values)
{
    if (items->count >= FIR__LOAD_MOST_ITEMS) {
        fir__load_fail(l, FIR_ELIMIT);
        return NULL;
    }
    const fir__data **kept = fir__load_array(l, shape->count, sizeof *kept);
    if (kept == NULL || !fir__load_grow(l, &items->items, &items->cap, items->count + 1, sizeof *items->items)) {
        return NULL;
    }
    if (!fir__index_add(&items->names, name->s, (uint32_t)items->count)) {
        fir__load_fail(l, FIR_ENOMEM);
        return NULL;
    }
    memcpy(kept, values, shape->count * sizeof *kept);
    fir__item *x = &items->items[items->count++];
    *x = (fir__item){.name = name->s, .values = kept, .at = fir__where_of(name), .file = name->file};
    return x;
}

fir__item *fir__items_put(fir__load *l, fir__items *items, const fir__shape *shape, const fir__data **values)
{
    const fir__data *name = values[0];
    fir__item *x = fir__items_find(items, name->s);
    if (x == NULL) {
        return add(l, items, shape, name, values);
    }
    if (x->file == name->file) {
        fir__report(l, FIR__PB_NAMED_TWICE, fir__where_of(name), FIR__S("give one of them another name"),
                    "the %s `%.*s` stands twice in this file, first in line %u", shape->what, FIR__SHOW(name->s), x->at.line);
        return NULL;
    }
    fir__merge_values(l, shape, x->values, values);
    x->file = name->file;
    return x;
}
