/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/guards.h"

#include "base/time.h"
#include "playbook/shape.h"

#define MINUTE (60 * FIR__SECOND)
#define NO_AGE_REMEMBERED (24 * 60 * MINUTE)

static const fir_str own_namespaces[] = {
    {"kube-system", 11}, {"kube-public", 11}, {"kube-node-lease", 15}, {"falco", 5}, {"falcoir", 7},
};
static const fir_str own_annotations[] = {{"falcoir/protect=true", 20}};
static const fir_str own_labels[] = {{"node-role.kubernetes.io/control-plane", 37}, {"node-role.kubernetes.io/master", 30}};

static const fir__guards defaults = {
    .max_age_ns = 15 * MINUTE,
    .max_skew_ns = 5 * MINUTE,
    .target = {1, 10 * MINUTE},
    .owner = {1, 10 * MINUTE},
    .owner_percent = 25,
    .namespace_ = {5, MINUTE},
    .all = {{20, MINUTE}, {100, 60 * MINUTE}},
    .n_all = 2,
    .approval_timeout_ns = 15 * MINUTE,
};

int64_t fir__guards_remember(const fir__guards *g)
{
    return g->max_age_ns != 0 ? g->max_age_ns + g->max_skew_ns : NO_AGE_REMEMBERED;
}

static const fir__data *list_of(const fir__data *map, fir_str key)
{
    const fir__data *d = fir__data_get(map, key);
    return d != NULL && d->type == FIR__DATA_LIST ? d : NULL;
}

/* The own names and those of the configuration. */
static bool join(fir__arena *arena, const fir_str *own, uint32_t n_own, const fir__data *more, const fir_str **out, uint32_t *n)
{
    fir_str *all = fir__arena_array(arena, (size_t)n_own + (more != NULL ? more->count : 0), sizeof *all);
    *n = 0;
    *out = all;
    if (all == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < n_own; i++) {
        all[(*n)++] = own[i];
    }
    for (uint32_t i = 0; more != NULL && i < more->count; i++) {
        if (more->items[i].type == FIR__DATA_TEXT && more->items[i].s.len != 0) {
            all[*n] = fir__arena_str(arena, more->items[i].s);
            if (all[(*n)++].ptr == NULL) {
                return false;
            }
        }
    }
    return true;
}

static void read_duration(const fir__data *map, fir_str key, int64_t *out)
{
    const fir__data *d = fir__data_get(map, key);
    if (d != NULL && d->type == FIR__DATA_TEXT) {
        *out = fir__str_eq(d->s, FIR__S("off")) ? 0 : fir__get_duration(d);
    }
}

/* {count, within}, or false for none. What is not given stays as it was. */
static void read_limit(const fir__data *d, fir__limit *out)
{
    if (d == NULL) {
        return;
    }
    if (d->type != FIR__DATA_MAP) {
        out->count = fir__get_bool(d, true) ? out->count : 0;
        return;
    }
    const fir__data *count = fir__data_get(d, FIR__S("count"));
    out->count = count != NULL ? fir__get_count(count) : out->count;
    read_duration(d, FIR__S("within"), &out->within_ns);
}

static void read_limits(const fir__data *limits, fir__guards *out)
{
    const fir__data *owner = fir__data_get(limits, FIR__S("owner"));
    const fir__data *percent = fir__data_get(owner, FIR__S("percent"));
    const fir__data *all = list_of(limits, FIR__S("all"));
    read_limit(fir__data_get(limits, FIR__S("target")), &out->target);
    read_limit(owner, &out->owner);
    read_limit(fir__data_get(limits, FIR__S("namespace")), &out->namespace_);
    out->owner_percent = percent != NULL ? fir__get_count(percent) : out->owner_percent;
    if (all != NULL) {
        out->n_all = 0;
    }
    for (uint32_t i = 0; all != NULL && i < all->count && out->n_all < FIR__MOST_LIMITS; i++) {
        fir__limit *l = &out->all[out->n_all++];
        *l = (fir__limit){0, MINUTE};
        read_limit(&all->items[i], l);
    }
}

int fir__guards_read(const fir__data *config, fir__arena *arena, fir__guards *out)
{
    const fir__data *guards = fir__data_get(config, FIR__S("guards"));
    const fir__data *protect = fir__data_get(guards, FIR__S("protect"));
    const fir__data *approval = fir__data_get(guards, FIR__S("approval"));
    *out = defaults;
    read_duration(guards, FIR__S("max_age"), &out->max_age_ns);
    read_duration(guards, FIR__S("max_skew"), &out->max_skew_ns);
    read_duration(approval, FIR__S("timeout"), &out->approval_timeout_ns);
    read_limits(fir__data_get(guards, FIR__S("limits")), out);
    bool ok = join(arena, own_namespaces, sizeof own_namespaces / sizeof *own_namespaces, list_of(protect, FIR__S("namespaces")),
                   &out->namespaces, &out->n_namespaces) &&
              join(arena, NULL, 0, list_of(protect, FIR__S("nodes")), &out->nodes, &out->n_nodes) &&
              join(arena, own_annotations, 1, list_of(protect, FIR__S("annotations")), &out->annotations, &out->n_annotations) &&
              join(arena, own_labels, 2, list_of(protect, FIR__S("node_labels")), &out->node_labels, &out->n_node_labels) &&
              join(arena, NULL, 0, list_of(approval, FIR__S("approvers")), &out->approvers, &out->n_approvers);
    return ok ? 0 : fir__arena_error(arena);
}
