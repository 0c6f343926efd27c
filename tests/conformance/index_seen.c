/* SPDX-License-Identifier: Apache-2.0 */
#include "index_seen.h"

#include <stdio.h>

#include "expr/program.h"

static void source(seen *s, const fir__source *x)
{
    s->several += x->kind == FIR__SOURCE_SEVERAL;
    s->lists += x->is_list;
    if (x->kind == FIR__SOURCE_CALL) {
        s->transformers[x->transformer]++;
    }
    for (uint32_t i = 0; i < x->n_args; i++) {
        source(s, &x->args[i]);
    }
}

void seen_program(seen *s, const fir__program *p)
{
    for (uint32_t i = 0; i < p->n_predicates; i++) {
        const fir__predicate *x = &p->predicates[i];
        s->ops[x->op]++;
        s->modifiers[x->modifier]++;
        s->right += x->right != NULL;
        source(s, &x->left);
        if (x->right != NULL) {
            source(s, x->right);
        }
    }
}

static size_t none(const size_t *counts, size_t n, const char *what)
{
    size_t missing = 0;
    for (size_t i = 0; i < n; i++) {
        if (counts[i] == 0) {
            fprintf(stderr, "%s %zu never occurred\n", what, i);
            missing++;
        }
    }
    return missing;
}

size_t seen_missing(const seen *s)
{
    return none(s->ops, FIR__OP_COUNT, "operator") + none(s->modifiers, 4, "modifier") +
           none(s->transformers, FIR__X_COUNT, "transformer") + none(&s->right, 1, "a field on the right") +
           none(&s->several, 1, "a field that looks at several values") + none(&s->lists, 1, "a list field");
}
