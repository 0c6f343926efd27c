/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules an alert matches, by the playbook's index. */
#include "match/evaluator.h"

bool fir__add_hit(fir_evaluator *x, const fir__rule *rule, int verdict, bool *ends)
{
    if (x->n_hits == x->cap_hits && !fir__grow(&x->allocator, &x->hits, &x->cap_hits, x->n_hits + 1, sizeof *x->hits)) {
        return false;
    }
    x->hits[x->n_hits++] = (fir__hit){rule, verdict == FIR_UNDECIDED};
    *ends = fir__rule_ends(rule, verdict);
    return true;
}

int fir__match(fir_evaluator *x, const fir_playbook *p, const fir_event *e)
{
    bool ends = false;
    int verdict;
    uint32_t rule;
    x->n_hits = 0;
    if (!fir__frame_fill(x, &p->slots, e) || fir__matcher_begin(p->matcher, &x->frame, x->scratch, &x->room, &x->allocator) != 0) {
        return FIR_ENOMEM;
    }
    while (!ends && (verdict = fir__matcher_next(p->matcher, &x->frame, x->scratch, &x->room, &rule)) != FIR_FALSE) {
        if (verdict < 0 || !fir__add_hit(x, &p->rules[rule], verdict, &ends)) {
            return FIR_ENOMEM;
        }
    }
    return 0;
}
