/* SPDX-License-Identifier: Apache-2.0 */
/* A `when` once the alert is known: what is left reads steps only. */
#include "expr/run.h"

/* Beside FIR_FALSE and FIR_TRUE: open, and written down; or lost to a bound, so that nothing can be written down. */
enum { OPEN = FIR_UNDECIDED, LOST = 3 };

typedef struct writer {
    const fir__program *p;
    const fir__frame *frame;
    fir__expr_scratch *s;
    fir__sbuf *b;
} writer;

static int write_node(const writer *w, const fir__branch *node, bool alone);

static int write_predicate(const writer *w, const fir__predicate *p)
{
    if (p->step) {
        fir__expr_print(w->b, p->check, FIR__PRINT_SAFE);
        return OPEN;
    }
    int verdict = fir__predicate_run(p, w->frame, w->s);
    return verdict == FIR_UNDECIDED ? LOST : verdict;
}

static int write_not(const writer *w, const fir__branch *node)
{
    size_t start = w->b->len;
    fir__sbuf_put(w->b, "not ", 4);
    int verdict = write_node(w, &node->children[0], false);
    if (verdict == OPEN || w->b->status != 0) {
        return verdict;
    }
    w->b->len = start;
    return verdict == FIR_FALSE || verdict == FIR_TRUE ? verdict == FIR_FALSE : verdict;
}

/* Puts what stands from `start` on into parentheses. */
static void wrap(fir__sbuf *b, size_t start)
{
    if (fir__sbuf_reserve(b, 2) != NULL) {
        memmove(b->ptr + start + 1, b->ptr + start, b->len - start);
        b->ptr[start] = '(';
        b->len++;
        fir__sbuf_char(b, ')');
    }
}

static int write_chain(const writer *w, const fir__branch *node, bool alone)
{
    const bool and = node->kind == FIR__BRANCH_AND;
    const int decisive = and? FIR_FALSE : FIR_TRUE;
    const size_t start = w->b->len;
    uint32_t open = 0;
    bool lost = false;
    for (uint32_t i = 0; i < node->n_children; i++) {
        size_t before = w->b->len;
        if (open != 0) {
            fir__sbuf_str(w->b, and? FIR__S(" and ") : FIR__S(" or "));
        }
        int verdict = write_node(w, &node->children[i], false);
        if (w->b->status != 0 || verdict < 0) {
            return verdict;
        }
        if (verdict == decisive) {
            w->b->len = start;
            return verdict;
        }
        lost |= verdict == LOST;
        open += verdict == OPEN;
        if (verdict != OPEN) {
            w->b->len = before;
        }
    }
    if (lost) {
        w->b->len = start;
        return LOST;
    }
    if (open > 1 && !alone) {
        wrap(w->b, start);
    }
    return open != 0 ? OPEN : !decisive;
}

/* alone: nothing stands around it, so that it needs no parentheses. */
static int write_node(const writer *w, const fir__branch *node, bool alone)
{
    switch (node->kind) {
    case FIR__BRANCH_PREDICATE:
        return write_predicate(w, &w->p->predicates[node->predicate]);
    case FIR__BRANCH_NOT:
        return write_not(w, node);
    default:
        return write_chain(w, node, alone);
    }
}

int fir__program_residue(const fir__program *p, const fir__frame *frame, fir__expr_scratch *s, fir__sbuf *b)
{
    const writer w = {p, frame, s, b};
    int verdict = write_node(&w, &p->root, true);
    if (b->status != 0) {
        return b->status;
    }
    return verdict == LOST ? FIR_UNDECIDED : verdict;
}
