/* SPDX-License-Identifier: Apache-2.0 */
/* The gate's state from inside. */
#ifndef FIR__GATE_STATE_H
#define FIR__GATE_STATE_H

#include "gate/gate.h"

/* An approval with the memory of its texts. */
typedef struct fir__stored_ask {
    fir__ask ask;
    fir__arena arena;
} fir__stored_ask;

struct fir__gate {
    fir_allocator allocator;
    fir__arena arena;   /* of the guards' texts */
    fir__arena scratch; /* of the record that is folded in */
    fir__guards guards;
    fir__marks alerts, keys, budgets; /* apart: whoever writes alerts makes keys without end, and must push no budget out */
    fir__pause pause;
    char *pause_text; /* of who and why */
    fir__stored_ask **asks;
    size_t n_asks, cap_asks;
    int64_t latest_ns; /* of all records */
};

/* ---- key.c ---- */

/* What a key is made of; its kind keeps those of one use apart from those of another. */
typedef enum fir__key_kind {
    FIR__KEY_ONCE = 'c',
    FIR__KEY_ONCE_TOLD = 'n', /* the cool-down of what a paused rule tells */
    FIR__KEY_THRESHOLD = 't',
    FIR__KEY_SEQUENCE = 's',
    FIR__KEY_TARGET = 'x',
    FIR__KEY_OWNER = 'o',
    FIR__KEY_NAMESPACE = 'm',
    FIR__KEY_ALL = 'a'
} fir__key_kind;

/* number: what else tells keys of one kind apart. FIR_ENOMEM, FIR_EINTERNAL. */
int fir__gate_key(fir__key_kind kind, fir_str name, uint64_t number, const fir_str *values, uint32_t n, const fir_allocator *a,
                  fir__mark_key *out);
/* Whether a key is of a budget: its first bit says so. */
bool fir__gate_is_budget(const fir__mark_key *key);
/* An alert's id is a digest already. */
bool fir__gate_alert_key(fir_str event_id, fir__mark_key *out);

/* How many of a key's times lie within a time of now, before or behind: clocks go back, too. */
uint32_t fir__gate_near(const fir__marks *m, const fir__mark_key *key, int64_t now, int64_t within);

/* ---- budget.c ---- */

typedef struct fir__marking {
    fir__gate_mark *items;
    uint32_t count, cap;
    fir__arena *arena;
} fir__marking;
int fir__marking_add(fir__marking *m, const fir__gate_mark *mark);

/* Whether a step's target is one that nothing may be done to. */
bool fir__gate_protects(const fir__guards *g, const fir__plan_step *step, const fir__live *live);

/* What a destructive step acts on, as a key: equal keys, one target. */
int fir__gate_target_key(const fir__gate *g, const fir__plan_step *step, fir__mark_key *out);

/* Looks for room in the budgets for one more target, those in `m` counted; *why is NULL when there is. take: adds to m what it
 * takes, where there is room or `force` says so. */
int fir__gate_budget(const fir__gate *g, const fir__plan_step *step, const fir__mark_key *target, int64_t now, bool force,
                     fir__marking *m, const char **why);
int fir__gate_owner_budget(const fir__gate *g, const fir__live *live, int64_t now, bool force, fir__marking *m, const char **why);

/* ---- ask.c ---- */

int fir__ask_fold(fir__gate *g, const fir__data *d, fir_error *err);
int fir__answer_fold(fir__gate *g, const fir__data *d, fir_error *err);
int fir__done_fold(fir__gate *g, const fir__data *d, fir_error *err);
int fir__ask_step_digest(const fir__plan_step *s, const fir_allocator *a, char hex[2 * FIR__SHA256]);
void fir__asks_free(fir__gate *g);

#endif
