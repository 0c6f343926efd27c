/* SPDX-License-Identifier: Apache-2.0 */
/* What an action found at its target just before it acts: on this, not on what the alert says, the guards judge. */
#ifndef FIR__PLAN_LIVE_H
#define FIR__PLAN_LIVE_H

#include "base/str.h"

typedef struct fir__live_pair {
    fir_str name, value;
} fir__live_pair;

/* Empty texts: not known. */
typedef struct fir__live {
    fir_str namespace_;
    fir_str node;                      /* that it is, or runs on */
    bool is_node;                      /* the target is the node itself */
    const fir__live_pair *annotations; /* the object's, and its namespace's */
    uint32_t n_annotations;
    const fir__live_pair *node_labels; /* of the node */
    uint32_t n_node_labels;
    fir_str owner;     /* who runs it: "Deployment/prod/web" */
    uint32_t replicas; /* the owner's; 0: not known */
} fir__live;

#endif
