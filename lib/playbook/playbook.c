/* SPDX-License-Identifier: Apache-2.0 */
/* A playbook's life after it was compiled: counted references. */
#include "playbook/playbook.h"

fir_playbook *fir_playbook_ref(const fir_playbook *p)
{
    fir_playbook *own = (fir_playbook *)(uintptr_t)p;
    if (own != NULL) {
        fir__refs_take(&own->refs);
    }
    return own;
}

void fir_playbook_unref(const fir_playbook *p)
{
    fir_playbook *own = (fir_playbook *)(uintptr_t)p;
    if (own == NULL || !fir__refs_drop(&own->refs)) {
        return;
    }
    fir_allocator a = own->allocator;
    fir__matcher_free(own->matcher);
    for (size_t i = 0; i < own->n_programs; i++) {
        fir__program_free(own->programs[i]);
    }
    fir__free(&a, own->programs);
    fir__slots_free(&own->slots);
    fir__arena_free(&own->arena);
    fir_catalog_unref(own->catalog);
    fir__free(&a, own);
}
