/* SPDX-License-Identifier: Apache-2.0 */
/* The plain evaluator: every rule, in order. What the index has to agree with. */
#include "match/evaluator.h"

int fir__match_plainly(fir_evaluator *x, const fir_playbook *p, const fir_event *e)
{
    bool ends = false;
    x->n_hits = 0;
    if (!fir__frame_fill(x, &p->slots, e)) {
        return FIR_ENOMEM;
    }
    for (uint32_t i = 0; i < p->n_rules && !ends; i++) {
        const fir__rule *rule = &p->rules[i];
        int verdict = rule->condition == NULL ? FIR_TRUE : fir__program_run(rule->condition, &x->frame, x->scratch);
        if (verdict < 0 || (verdict != FIR_FALSE && !fir__add_hit(x, rule, verdict, &ends))) {
            return FIR_ENOMEM;
        }
    }
    return 0;
}
