/* SPDX-License-Identifier: Apache-2.0 */
/* Negations that are true for alerts that have no such field: `not k8s.ns.name = kube-system` is true for every host process.
 * The negation stays what Falco makes of it; who wrote it is asked whether that was meant. Only fields that whole classes of
 * alerts lack are looked at, and only where nothing else in the condition asks for one of them. */
#include "playbook/load.h"

typedef struct surprise_walk {
    fir__load *load;
    bool asked; /* some field of Kubernetes is asked for outside of negations */
} surprise_walk;

static bool may_lack(const fir__operand *o)
{
    return o->kind == FIR__OPERAND_FIELD && !o->property &&
           (fir__str_starts(o->text, FIR__S("k8s.")) || fir__str_starts(o->text, FIR__S("ka.target.")));
}

static void look_for_question(const fir__ast *n, surprise_walk *w)
{
    if (n->kind == FIR__AST_CHECK) {
        w->asked = w->asked || may_lack(&n->left);
    }
    for (uint32_t i = 0; n->kind != FIR__AST_NOT && i < n->n_children; i++) {
        look_for_question(n->children[i], w);
    }
}

static void look_for_negation(void *ctx, fir__ast *n)
{
    surprise_walk *w = ctx;
    if (n->kind != FIR__AST_NOT || n->children[0]->kind != FIR__AST_CHECK) {
        return;
    }
    const fir__ast *check = n->children[0];
    if (check->op == FIR__OP_EXISTS || check->op == FIR__OP_TALON_EQ || !may_lack(&check->left)) {
        return;
    }
    fir__report(w->load, FIR__PB_NOT_ABSENT, fir__stretch_where(w->load, n->at.offset),
                FIR__S("add `and FIELD exists`, or compare with `!=`, if alerts without it are not meant"),
                "this is true for every alert that has no `%.*s`", FIR__SHOW(check->left.text));
}

void fir__condition_surprises(fir__load *l, fir__ast *tree)
{
    surprise_walk w = {l, false};
    look_for_question(tree, &w);
    if (!w.asked) {
        fir__ast_each(tree, look_for_negation, &w);
    }
}
