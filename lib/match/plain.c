/* SPDX-License-Identifier: Apache-2.0 */
/* The plain evaluator: every rule, in order. What any index has to agree with. */
#include "match/evaluator.h"

static bool add_hit(fir_evaluator *x, const fir__rule *rule, bool undecided)
{
    if (!fir__grow(&x->allocator, &x->hits, &x->cap_hits, x->n_hits + 1, sizeof *x->hits)) {
        return false;
    }
    x->hits[x->n_hits++] = (fir__hit){rule, undecided};
    return true;
}

int fir__match(fir_evaluator *x, const fir_playbook *p, const fir_event *e)
{
    x->n_hits = 0;
    if (!fir__frame_fill(x, &p->slots, e)) {
        return FIR_ENOMEM;
    }
    for (uint32_t i = 0; i < p->n_rules; i++) {
        const fir__rule *rule = &p->rules[i];
        int verdict = rule->condition == NULL ? FIR_TRUE : fir__program_run(rule->condition, &x->frame, x->scratch);
        if (verdict < 0) {
            return verdict;
        }
        if (verdict != FIR_FALSE && !add_hit(x, rule, verdict == FIR_UNDECIDED)) {
            return FIR_ENOMEM;
        }
        /* An undecided rule ends nothing: whoever wrote the alert must not be able to switch off the rules behind it. */
        if (verdict == FIR_TRUE && !rule->goes_on) {
            break;
        }
    }
    return 0;
}
