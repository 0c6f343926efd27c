/* SPDX-License-Identifier: Apache-2.0 */
/* The guards: what holds whoever writes the alert, and whatever the playbook says. */
#ifndef FIR__GATE_GUARDS_H
#define FIR__GATE_GUARDS_H

#include "base/arena.h"
#include "base/data.h"

enum { FIR__MOST_LIMITS = 8 };

/* At most `count` in any time of `within_ns`. count 0: no limit. */
typedef struct fir__limit {
    uint32_t count;
    int64_t within_ns;
} fir__limit;

typedef struct fir__guards {
    int64_t max_age_ns;  /* 0: no alert is too old */
    int64_t max_skew_ns; /* into the future */
    const fir_str *namespaces;
    uint32_t n_namespaces;
    const fir_str *nodes;
    uint32_t n_nodes;
    const fir_str *annotations; /* "name=value": an object that has it is protected */
    uint32_t n_annotations;
    const fir_str *node_labels; /* "name", whatever its value, or "name=value" */
    uint32_t n_node_labels;
    fir__limit target, owner, namespace_;
    uint32_t owner_percent; /* of its replicas, where that is more than owner.count */
    fir__limit all[FIR__MOST_LIMITS];
    uint32_t n_all;
    int64_t approval_timeout_ns; /* where a rule gives none */
    const fir_str *approvers;    /* where a rule names none */
    uint32_t n_approvers;
} fir__guards;

/* The defaults, and what `guards` of a configuration (may be NULL) says. Texts live in the arena. FIR_ENOMEM. */
int fir__guards_read(const fir__data *config, fir__arena *arena, fir__guards *out);

/* How long an alert's id is remembered. */
int64_t fir__guards_remember(const fir__guards *g);

#endif
