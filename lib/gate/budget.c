/* SPDX-License-Identifier: Apache-2.0 */
/* How much may be done to what: protected targets, and budgets for what destroys. */
#include "gate/state.h"
#include "json/writer.h"

enum { MAX_TARGET = 1 << 20 };

int fir__marking_add(fir__marking *m, const fir__gate_mark *mark)
{
    if (m->count == m->cap) {
        uint32_t cap = m->cap == 0 ? 8 : m->cap * 2;
        fir__gate_mark *items = fir__arena_array(m->arena, cap, sizeof *items);
        if (items == NULL) {
            return fir__arena_error(m->arena);
        }
        if (m->count != 0) {
            memcpy(items, m->items, m->count * sizeof *items);
        }
        m->items = items;
        m->cap = cap;
    }
    m->items[m->count++] = *mark;
    return 0;
}

/* ---- protected targets ---- */

/* A name without what a lenient receiver would drop at its ends: blanks, control bytes, dots. */
static fir_str bare(fir_str s)
{
    while (s.len != 0 && ((uint8_t)s.ptr[0] <= ' ' || s.ptr[0] == 0x7F || s.ptr[0] == '.')) {
        s = fir__str_from(s, 1);
    }
    while (s.len != 0 && ((uint8_t)s.ptr[s.len - 1] <= ' ' || s.ptr[s.len - 1] == 0x7F || s.ptr[s.len - 1] == '.')) {
        s = fir__str_to(s, s.len - 1);
    }
    return s;
}

/* The alert chooses how it spells a name, and who acts on it may read it more leniently than this: no spelling may slip through. */
static bool has(const fir_str *all, uint32_t n, fir_str one)
{
    one = bare(one);
    for (uint32_t i = 0; one.len != 0 && i < n; i++) {
        if (fir__str_eq_nocase(bare(all[i]), one)) {
            return true;
        }
    }
    return false;
}

/* The text of a parameter that names what is acted on; empty when it is none. */
static fir_str target_text(const fir__plan_step *step, const fir__plan_param *p)
{
    const fir__param_def *def = fir__action_param(step->def->def, p->name);
    bool names = def != NULL && (def->flags & FIR__P_IS_TARGET) != 0 && p->value.kind == FIR__PLAN_DATA &&
                 p->value.data.type == FIR__DATA_TEXT;
    return names ? p->value.data.s : (fir_str){NULL, 0};
}

/* Types of a host's own have no other target than their parameters. */
static bool params_protected(const fir__guards *g, const fir__plan_step *step)
{
    for (uint32_t i = 0; i < step->params.count; i++) {
        fir_str text = target_text(step, &step->params.items[i]);
        if (has(g->namespaces, g->n_namespaces, text) || has(g->nodes, g->n_nodes, text)) {
            return true;
        }
    }
    return false;
}

/* Where it acts, for the namespace's budget. */
static fir_str namespace_of(const fir__plan_step *step)
{
    for (uint32_t i = 0; step->target.namespace_.len == 0 && i < step->params.count; i++) {
        if (fir__str_eq(step->params.items[i].name, FIR__S("namespace"))) {
            return target_text(step, &step->params.items[i]);
        }
    }
    return step->target.namespace_;
}

/* Whether one of the pairs is as one of the texts says: "name=value", or "name" for any value. */
static bool has_pair(const fir_str *wanted, uint32_t n, const fir__live_pair *pairs, uint32_t n_pairs)
{
    for (uint32_t i = 0; i < n; i++) {
        size_t equals = fir__str_find(wanted[i], FIR__S("="));
        fir_str name = fir__str_to(wanted[i], equals), value = fir__str_from(wanted[i], equals == SIZE_MAX ? equals : equals + 1);
        for (uint32_t k = 0; k < n_pairs; k++) {
            if (fir__str_eq(pairs[k].name, name) && (equals == SIZE_MAX || fir__str_eq(pairs[k].value, value))) {
                return true;
            }
        }
    }
    return false;
}

bool fir__gate_protects(const fir__guards *g, const fir__plan_step *step, const fir__live *live)
{
    const fir__target *t = &step->target;
    bool space = fir__str_eq(t->resource, FIR__S("namespaces")), node = fir__str_eq(t->resource, FIR__S("nodes"));
    if (has(g->namespaces, g->n_namespaces, t->namespace_) || (space && has(g->namespaces, g->n_namespaces, t->name)) ||
        has(g->nodes, g->n_nodes, t->node) || (node && has(g->nodes, g->n_nodes, t->name)) || params_protected(g, step)) {
        return true;
    }
    if (live == NULL) {
        return false;
    }
    return has(g->namespaces, g->n_namespaces, live->namespace_) || has(g->nodes, g->n_nodes, live->node) ||
           has_pair(g->annotations, g->n_annotations, live->annotations, live->n_annotations) ||
           (live->is_node && has_pair(g->node_labels, g->n_node_labels, live->node_labels, live->n_node_labels));
}

/* ---- budgets ---- */

/* The target as the alert names it, and the parameters that name one. */
int fir__gate_target_key(const fir__gate *g, const fir__plan_step *step, fir__mark_key *out)
{
    fir__sbuf b;
    fir__target plain = step->target;
    plain.pod_uid = plain.container_id =
        (fir_str){NULL, 0}; /* a pod that came back is the same target; processes are told by pid */
    if (plain.pod.len == 0) {
        plain.container_id = step->target.container_id;
    }
    fir__sbuf_init(&b, &g->allocator, MAX_TARGET);
    fir__target_write(&plain, &b);
    for (uint32_t i = 0; i < step->params.count; i++) {
        const fir__param_def *def = fir__action_param(step->def->def, step->params.items[i].name);
        const fir__plan_value *v = &step->params.items[i].value;
        if (def != NULL && (def->flags & FIR__P_IS_TARGET) != 0 && v->kind == FIR__PLAN_DATA) {
            fir__json_string(&b, step->params.items[i].name);
            fir__json_data(&b, &v->data);
        }
    }
    fir_str parts[2] = {fir__sbuf_view(&b), {NULL, 0}};
    if (b.len == 2) { /* it names nothing: all of its type are one target */
        parts[1] = step->def->def->name;
    }
    int rc = b.status != 0 ? b.status : fir__gate_key(FIR__KEY_TARGET, (fir_str){NULL, 0}, 0, parts, 2, &g->allocator, out);
    fir__sbuf_free(&b);
    return rc;
}

/* Takes one of a limit for a key. *full: there was none left. */
static int take(const fir__gate *g, const fir__mark_key *key, fir__limit l, int64_t now, bool force, fir__marking *m, bool *full)
{
    *full = false;
    if (l.count == 0) {
        return 0;
    }
    uint32_t used = fir__gate_near(&g->budgets, key, now, l.within_ns);
    for (uint32_t i = 0; i < m->count; i++) {
        used += !m->items[i].clear && memcmp(m->items[i].key.bytes, key->bytes, sizeof key->bytes) == 0;
    }
    *full = used >= l.count && !force;
    const fir__gate_mark mark = {.key = *key, .time = now, .until = fir__gate_plus(now, l.within_ns), .most = l.count};
    return *full ? 0 : fir__marking_add(m, &mark);
}

int fir__gate_budget(const fir__gate *g, const fir__plan_step *step, const fir__mark_key *target, int64_t now, bool force,
                     fir__marking *m, const char **why)
{
    const fir__guards *guards = &g->guards;
    const uint32_t before = m->count;
    fir_str space = namespace_of(step);
    fir__mark_key key;
    bool full;
    *why = NULL;
    int rc = take(g, target, guards->target, now, force, m, &full);
    if (rc == 0 && full) {
        *why = "something was done to this target a short time ago";
    }
    if (rc == 0 && *why == NULL && space.len != 0) {
        rc = fir__gate_key(FIR__KEY_NAMESPACE, space, 0, NULL, 0, &g->allocator, &key);
        rc = rc != 0 ? rc : take(g, &key, guards->namespace_, now, force, m, &full);
        *why = rc == 0 && full ? "the budget of the namespace is used up" : NULL;
    }
    for (uint32_t i = 0; rc == 0 && *why == NULL && i < guards->n_all; i++) {
        rc = fir__gate_key(FIR__KEY_ALL, (fir_str){NULL, 0}, (uint64_t)guards->all[i].within_ns, NULL, 0, &g->allocator, &key);
        rc = rc != 0 ? rc : take(g, &key, guards->all[i], now, force, m, &full);
        *why = rc == 0 && full ? "the budget of all destructive actions is used up" : NULL;
    }
    if (*why != NULL) {
        m->count = before;
    }
    return rc;
}

int fir__gate_owner_budget(const fir__gate *g, const fir__live *live, int64_t now, bool force, fir__marking *m, const char **why)
{
    fir__limit l = g->guards.owner;
    fir__mark_key key;
    bool full;
    *why = NULL;
    if (live == NULL || live->owner.len == 0 || l.count == 0) {
        return 0;
    }
    uint64_t share = (uint64_t)live->replicas * g->guards.owner_percent / 100;
    l.count = share > l.count ? (share < FIR__GATE_MOST_THRESHOLD ? (uint32_t)share : FIR__GATE_MOST_THRESHOLD) : l.count;
    int rc = fir__gate_key(FIR__KEY_OWNER, live->owner, 0, NULL, 0, &g->allocator, &key);
    rc = rc != 0 ? rc : take(g, &key, l, now, force, m, &full);
    *why = rc == 0 && full ? "the budget of the target's owner is used up" : NULL;
    return rc;
}
