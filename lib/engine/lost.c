/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters of actions that the playbook does not plan any more. The journal holds the alert and what became of it, no plan:
 * what is done, to whom, and with which credentials is the playbook's alone. So such a letter lies there until the playbook that
 * planned it is back, or somebody discards it. */
#include "engine/recover.h"

static fir_str keep(fir__lost *l, size_t *at, fir_str s)
{
    char *to = l->text + *at;
    if (s.len != 0) {
        memcpy(to, s.ptr, s.len);
    }
    *at += s.len;
    return fir__str(to, s.len);
}

int fir__lost_add(fir_engine *g, fir__job *j, const fir__past_action *a)
{
    size_t at = 0;
    fir__lost *l = fir__zalloc(&g->allocator, sizeof *l + a->rule.len + a->step.len + a->use.len + a->error.len + 1);
    if (l == NULL) {
        return FIR_ENOMEM;
    }
    l->job = j;
    j->open++;
    memcpy(l->action_id, a->id, FIR__ID);
    l->since_ns = a->dead_ns;
    l->rule = keep(l, &at, a->rule);
    l->step = keep(l, &at, a->step);
    l->use = keep(l, &at, a->use);
    l->error = keep(l, &at, a->error);
    l->at = g->lost_end;
    *g->lost_end = l;
    g->lost_end = &l->next;
    g->n_lost++;
    if (g->n_lost > FIR__MOST_DEAD) {
        fir__log(g, FIR_LOG_WARNING, "too many dead letters that the playbook does not plan: the oldest is given up");
        fir__lost_drop(g, g->lost);
    }
    return 0;
}

fir__lost *fir__lost_find(const fir_engine *g, fir_str action_id)
{
    fir__lost *l = g->lost;
    while (l != NULL && !fir__str_eq(fir__str(l->action_id, FIR__ID), action_id)) {
        l = l->next;
    }
    return l;
}

void fir__lost_drop(fir_engine *g, fir__lost *l)
{
    fir__job *j = l->job;
    *l->at = l->next;
    if (l->next != NULL) {
        l->next->at = l->at;
    } else {
        g->lost_end = l->at;
    }
    g->n_lost--;
    fir__free(&g->allocator, l);
    fir__job_release(g, j);
}
