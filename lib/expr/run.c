/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/run.h"

int fir__expr_scratch_new(const fir_allocator *a, fir__expr_scratch **out)
{
    *out = NULL;
    fir__expr_scratch *s = fir__zalloc(a, sizeof *s);
    if (s == NULL) {
        return FIR_ENOMEM;
    }
    s->allocator = *a;
    fir__arena_init(&s->arena, a, FIR__MADE_MAX);
    int status = fir__regex_scratch_new(a, &s->regex);
    if (status != 0) {
        fir__expr_scratch_free(s);
        return status;
    }
    *out = s;
    return 0;
}

void fir__expr_scratch_free(fir__expr_scratch *s)
{
    if (s != NULL) {
        fir_allocator a = s->allocator;
        fir__regex_scratch_free(s->regex);
        fir__arena_free(&s->arena);
        fir__free(&a, s);
    }
}

/* Follows the jumps; an undecided predicate counts as what is bad (or, hopeful, good) for the whole to be true. */
static int follow(const fir__program *p, const fir__frame *frame, fir__expr_scratch *s, bool hopeful, bool *undecided)
{
    uint32_t at = p->first;
    while (at >= FIR__JUMP_FIRST) {
        const fir__jump *j = &p->jumps[at - FIR__JUMP_FIRST];
        int verdict = fir__predicate_run(&p->predicates[j->predicate], frame, s);
        if (verdict < 0) {
            return verdict;
        }
        if (verdict == FIR_UNDECIDED) {
            *undecided = true;
            verdict = hopeful != j->negated;
        }
        at = j->on[verdict];
    }
    return at == FIR__JUMP_TRUE ? FIR_TRUE : FIR_FALSE;
}

/* True even at the worst, or false even at the best, is what three-valued logic decides. */
int fir__program_run(const fir__program *p, const fir__frame *frame, fir__expr_scratch *s)
{
    bool undecided = false;
    int verdict = follow(p, frame, s, false, &undecided);
    if (!undecided || verdict != FIR_FALSE) {
        return verdict;
    }
    verdict = follow(p, frame, s, true, &undecided);
    return verdict == FIR_TRUE ? FIR_UNDECIDED : verdict;
}
