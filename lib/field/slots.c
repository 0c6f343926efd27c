/* SPDX-License-Identifier: Apache-2.0 */
#include "field/slots.h"

void fir__slots_init(fir__slots *s, fir__arena *arena)
{
    memset(s, 0, sizeof *s);
    s->arena = arena;
}

void fir__slots_free(fir__slots *s)
{
    fir__free(&s->arena->allocator, s->items);
    fir__free(&s->arena->allocator, s->table);
    s->items = NULL;
    s->table = NULL;
    s->count = 0;
    s->cap = 0;
    s->mask = 0;
}

static void enter(fir__slots *s, uint32_t slot)
{
    uint32_t at = (uint32_t)s->items[slot].hash & s->mask;
    while (s->table[at] != 0) {
        at = (at + 1) & s->mask;
    }
    s->table[at] = slot + 1;
}

static bool grow_table(fir__slots *s)
{
    if (s->table != NULL && (s->count + 1) * 8 <= s->mask) {
        return true;
    }
    uint32_t size = s->table == NULL ? 256 : (s->mask + 1) * 2;
    uint32_t *table = fir__zalloc(&s->arena->allocator, size * sizeof *table);
    if (table == NULL) {
        return false;
    }
    fir__free(&s->arena->allocator, s->table);
    s->table = table;
    s->mask = size - 1;
    for (uint32_t i = 0; i < s->count; i++) {
        enter(s, i);
    }
    return true;
}

static uint32_t find(const fir__slots *s, fir_str name, uint64_t hash, fir__property property)
{
    if (s->table == NULL) {
        return UINT32_MAX;
    }
    for (uint32_t at = (uint32_t)hash & s->mask; s->table[at] != 0; at = (at + 1) & s->mask) {
        const fir__slot *slot = &s->items[s->table[at] - 1];
        if (slot->hash == hash && slot->property == property && fir__str_same(slot->name, name)) {
            return s->table[at] - 1;
        }
    }
    return UINT32_MAX;
}

static uint32_t find_or_add(fir__slots *s, fir_str name, fir__property property)
{
    uint64_t hash = fir__hash_str(name);
    uint32_t slot = find(s, name, hash, property);
    if (slot != UINT32_MAX) {
        return slot;
    }
    fir_str kept = fir__arena_str(s->arena, name);
    if (kept.ptr == NULL || !fir__grow(&s->arena->allocator, &s->items, &s->cap, s->count + 1, sizeof *s->items) ||
        !grow_table(s)) {
        return UINT32_MAX;
    }
    s->items[s->count] = (fir__slot){kept, hash, property};
    enter(s, s->count);
    if (property != FIR__PROP_NONE && property != FIR__PROP_STEP) {
        s->property[property] = s->count + 1;
    }
    return s->count++;
}

uint32_t fir__slots_field(fir__slots *s, fir_str name)
{
    return find_or_add(s, name, FIR__PROP_NONE);
}

uint32_t fir__slots_property(fir__slots *s, fir__property p)
{
    return find_or_add(s, fir__property_name(p), p);
}

uint32_t fir__slots_step(fir__slots *s, fir_str name)
{
    return find_or_add(s, name, FIR__PROP_STEP);
}
