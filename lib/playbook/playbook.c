/* SPDX-License-Identifier: Apache-2.0 */
/* A playbook after it was compiled: its life by counted references, and what its parts say of themselves. */
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

fir__effect fir__step_effect(const fir__step *s)
{
    for (uint32_t i = 0; s->def->fifo.len != 0 && i < s->params.count; i++) {
        const fir__param *p = &s->params.items[i];
        bool text = p->value.kind == FIR__NODE_DATA && p->value.data->type == FIR__DATA_TEXT;
        if (text && fir__str_eq(p->name, s->def->fifo) && fir__str_ends(p->value.data->s, FIR__S(".fifo"))) {
            return FIR__EFFECT_KEYED;
        }
    }
    return (fir__effect)s->def->effect;
}
