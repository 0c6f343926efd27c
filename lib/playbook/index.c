/* SPDX-License-Identifier: Apache-2.0 */
#include "playbook/index.h"

#include "base/hash.h"

void fir__index_init(fir__index *n, const fir_allocator *a)
{
    memset(n, 0, sizeof *n);
    n->allocator = *a;
}

void fir__index_free(fir__index *n)
{
    fir__free(&n->allocator, n->slots);
    n->slots = NULL;
    n->count = n->size = 0;
}

/* The slot of the name, or the free one where it belongs. At least half of the slots are free. */
static fir__indexed *slot_of(const fir__index *n, fir_str name)
{
    uint32_t mask = n->size - 1;
    uint32_t at = (uint32_t)fir__hash_str(name) & mask;
    while (n->slots[at].name.ptr != NULL && !fir__str_eq(n->slots[at].name, name)) {
        at = (at + 1) & mask;
    }
    return &n->slots[at];
}

uint32_t fir__index_find(const fir__index *n, fir_str name)
{
    if (n->count == 0) {
        return FIR__NO_INDEX;
    }
    const fir__indexed *found = slot_of(n, name);
    return found->name.ptr != NULL ? found->index : FIR__NO_INDEX;
}

static bool grow(fir__index *n)
{
    if (n->size != 0 && n->count < n->size / 2) {
        return true;
    }
    if (n->size > UINT32_MAX / 4) {
        return false;
    }
    fir__index larger = *n;
    larger.size = n->size == 0 ? 16 : n->size * 2;
    larger.slots = fir__zalloc(&n->allocator, larger.size * sizeof *larger.slots);
    if (larger.slots == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < n->size; i++) {
        if (n->slots[i].name.ptr != NULL) {
            *slot_of(&larger, n->slots[i].name) = n->slots[i];
        }
    }
    fir__free(&n->allocator, n->slots);
    *n = larger;
    return true;
}

bool fir__index_add(fir__index *n, fir_str name, uint32_t index)
{
    if (!grow(n)) {
        return false;
    }
    *slot_of(n, name) = (fir__indexed){name, index};
    n->count++;
    return true;
}
