/* SPDX-License-Identifier: Apache-2.0 */
/* What the records say of alerts that were not done when the process ended. */
#ifndef FIR__ENGINE_RECOVER_H
#define FIR__ENGINE_RECOVER_H

#include "engine/private.h"

enum { FIR__PAST_HEADS = 1 << 16 };

typedef struct fir__past_action {
    struct fir__past_action *next, *same_hash;
    char id[FIR__ID];
    fir_str rule, step, use;
    fir__status status; /* PENDING: it has not ended */
    fir_str output, error, record;
    int64_t begun_ns, undo_at_ns; /* wall clock; 0: no time of its own */
    int64_t dead_ns;              /* since when it is a dead letter */
    uint32_t deaths;              /* of the process while it was on its way */
    bool open, uncertain, dead, undoable, undone, replaying, cancelled;
    bool spent;    /* a person's word was given for what was begun last */
    bool ordered;  /* an operator wants it undone */
    bool taken;    /* the playbook still plans it */
    bool optional; /* only when another one failed */
} fir__past_action;

typedef struct fir__past_rule {
    fir_str name, why;
    fir__gate_status status;
    fir__hold hold;
    bool reserved;
} fir__past_rule;

typedef struct fir__past_event {
    struct fir__past_event *next, *same_hash;
    char id[FIR__ID];
    fir_str alert;
    int64_t wall_ns;
    int64_t judged_ns; /* by the gate's time */
    bool forgeable, done;
    fir__past_rule *rules;
    uint32_t n_rules;
    fir__past_action *actions;
    uint64_t *seqs;
    size_t n_seqs, cap_seqs;
} fir__past_event;

typedef struct fir__past {
    fir__arena arena;
    fir__past_event **events, *first, **last;
    fir__past_action **actions;
    uint64_t records;
    bool no_memory;
} fir__past;

/* An action that the playbook does not plan any more ends as a dead letter that says so, as a->error does. FIR_ENOMEM. */
int fir__outcome_lost(fir_engine *g, fir__job *j, const fir__past_action *a);
/* It lies there. FIR_ENOMEM. */
int fir__lost_add(fir_engine *g, fir__job *j, const fir__past_action *a);

#endif
