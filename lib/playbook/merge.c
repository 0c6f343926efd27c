/* SPDX-License-Identifier: Apache-2.0 */
/* Values of two files, or of a shared action and a rule's own, become one. */
#include "playbook/load.h"

static fir__data merged_params(fir__load *l, const fir__data *base, const fir__data *over, fir_str name, uint32_t depth);

static fir__data appended(fir__load *l, const fir__data *base, const fir__data *over)
{
    fir__data out = *base;
    uint32_t count;
    if (__builtin_add_overflow(base->count, over->count, &count)) {
        fir__load_fail(l, FIR_ELIMIT);
        return out;
    }
    fir__data *items = fir__load_array(l, count, sizeof *items);
    if (items == NULL) {
        return out;
    }
    if (base->count != 0) {
        memcpy(items, base->items, base->count * sizeof *items);
    }
    if (over->count != 0) {
        memcpy(items + base->count, over->items, over->count * sizeof *items);
    }
    out.items = items;
    out.count = count;
    return out;
}

/* The two maps' entries, those of both merged by `both`; the order is the first's, then the second's. */
static fir__data merged_map(fir__load *l, const fir__data *base, const fir__data *over, uint32_t depth)
{
    fir__data out = *base;
    fir__index where;
    fir__index_init(&where, &l->allocator);
    fir__entry *entries = fir__load_array(l, (size_t)base->count + over->count, sizeof *entries);
    for (uint32_t i = 0; entries != NULL && i < base->count; i++) {
        entries[i] = base->entries[i];
        if (!fir__index_add(&where, base->entries[i].key, i)) {
            fir__load_fail(l, FIR_ENOMEM);
            entries = NULL;
        }
    }
    for (uint32_t i = 0; entries != NULL && i < over->count; i++) {
        const fir__entry *e = &over->entries[i];
        uint32_t at = fir__index_find(&where, e->key);
        if (at == FIR__NO_INDEX) {
            entries[out.count++] = *e;
            continue;
        }
        fir__data old = entries[at].value;
        entries[at] = *e;
        entries[at].value = merged_params(l, &old, &e->value, e->key, depth + 1);
    }
    fir__index_free(&where);
    if (entries != NULL) {
        out.entries = entries;
    }
    return out;
}

/* Scalars (and secrets) are replaced, lists appended, maps merged. */
static fir__data merged_params(fir__load *l, const fir__data *base, const fir__data *over, fir_str name, uint32_t depth)
{
    bool base_one = base->type < FIR__DATA_LIST || fir__is_secret_ref(base);
    bool over_one = over->type < FIR__DATA_LIST || fir__is_secret_ref(over);
    if (base->type == FIR__DATA_NULL || (base_one && over_one) || depth > FIR__LOAD_MOST_DATA_DEPTH) {
        return *over;
    }
    if (over->type == FIR__DATA_NULL) {
        return *base;
    }
    if (base_one != over_one || base->type != over->type) {
        fir__report(l, FIR__PB_CLASH, fir__where_of(over), FIR__S("give it the same type in both places"),
                    "the parameter `%.*s` is %s here, and %s in line %u where the action was described before", FIR__SHOW(name),
                    fir__data_kind(over), fir__data_kind(base), base->line);
        return *over;
    }
    return base->type == FIR__DATA_LIST ? appended(l, base, over) : merged_map(l, base, over, depth);
}

static const fir__data *keep(fir__load *l, fir__data d)
{
    fir__data *kept = fir__load_array(l, 1, sizeof *kept);
    if (kept != NULL) {
        *kept = d;
    }
    return kept;
}

/* Two mappings of one shape, each key by its own rule. */
static const fir__data *merged_shape(fir__load *l, const fir__shape *shape, const fir__data *base, const fir__data *over)
{
    const fir__data *values[FIR__MOST_KEYS] = {NULL};
    const fir__data *later[FIR__MOST_KEYS] = {NULL};
    for (uint32_t i = 0; i < shape->count; i++) {
        values[i] = fir__data_get(base, shape->keys[i].name);
        later[i] = fir__data_get(over, shape->keys[i].name);
    }
    fir__merge_values(l, shape, values, later);
    fir__data out = *over;
    fir__entry *entries = fir__load_array(l, shape->count, sizeof *entries);
    if (entries == NULL) {
        return NULL;
    }
    out.count = 0;
    for (uint32_t i = 0; i < shape->count; i++) {
        if (values[i] != NULL) {
            entries[out.count++] = (fir__entry){shape->keys[i].name, values[i]->line, values[i]->column, *values[i]};
        }
    }
    out.entries = entries;
    return keep(l, out);
}

void fir__merge_values(fir__load *l, const fir__shape *shape, const fir__data **base, const fir__data *const *over)
{
    for (uint32_t i = 0; i < shape->count && l->status == 0; i++) {
        const fir__key_def *key = &shape->keys[i];
        if (over[i] == NULL || over[i]->type == FIR__DATA_NULL) {
            continue;
        }
        if (base[i] == NULL || base[i]->type == FIR__DATA_NULL || key->merge == FIR__MERGE_REPLACE) {
            base[i] = over[i];
        } else if (key->merge == FIR__MERGE_APPEND) {
            base[i] = keep(l, appended(l, base[i], over[i]));
        } else if (key->merge == FIR__MERGE_SHAPE) {
            base[i] = merged_shape(l, key->shape, base[i], over[i]);
        } else {
            base[i] = keep(l, merged_params(l, base[i], over[i], key->name, 0));
        }
    }
}
