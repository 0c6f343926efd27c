/* SPDX-License-Identifier: Apache-2.0 */
/* Where runs wait. Both forms need no memory of their own, so that waiting cannot fail. */
#include "engine/private.h"

void fir__queue_init(fir__queue *q)
{
    q->first = NULL;
    q->end = &q->first;
}

void fir__queue_put(fir__queue *q, fir__run *r)
{
    r->next = NULL;
    *q->end = r;
    q->end = &r->next;
}

fir__run *fir__queue_take(fir__queue *q)
{
    fir__run *r = q->first;
    if (r != NULL) {
        q->first = r->next;
        if (q->first == NULL) {
            q->end = &q->first;
        }
        r->next = NULL;
    }
    return r;
}

static uint32_t rank(const fir__run *r)
{
    return r != NULL ? r->rank : 0;
}

/* A leftist heap: the right spine is no longer than the logarithm of the number of runs, and so is the recursion. */
static fir__run *merge(fir__run *a, fir__run *b)
{
    if (a == NULL || b == NULL) {
        return a != NULL ? a : b;
    }
    if (b->due_ns < a->due_ns) {
        fir__run *t = a;
        a = b;
        b = t;
    }
    a->right = merge(a->right, b);
    if (rank(a->left) < rank(a->right)) {
        fir__run *t = a->left;
        a->left = a->right;
        a->right = t;
    }
    a->rank = rank(a->right) + 1;
    return a;
}

fir__run *fir__timers_put(fir__run *heap, fir__run *r)
{
    r->left = r->right = NULL;
    r->rank = 1;
    return merge(heap, r);
}

fir__run *fir__timers_drop(fir__run *heap)
{
    return merge(heap->left, heap->right);
}

/* Found and changed by taking the heap apart: an operator's word, not everyday's. */
bool fir__timers_hasten(fir__run **heap, fir__run *r, int64_t due_ns)
{
    fir__run *rest = NULL, *all = *heap;
    bool found = false;
    while (all != NULL) {
        fir__run *top = all;
        all = fir__timers_drop(top);
        found = found || top == r;
        top->due_ns = top == r ? due_ns : top->due_ns;
        rest = fir__timers_put(rest, top);
    }
    *heap = rest;
    return found;
}
