/* SPDX-License-Identifier: Apache-2.0 */
/* One thread's scratch for judging alerts. Made and freed by lib/plan, which keeps its own part in it. */
#ifndef FIR__MATCH_EVALUATOR_H
#define FIR__MATCH_EVALUATOR_H

#include <falcoir/condition.h>

#include "base/error.h"
#include "base/refs.h"
#include "event/event.h"
#include "playbook/playbook.h"

/* A rule that an alert matches, or may match. */
typedef struct fir__hit {
    const fir__rule *rule;
    bool undecided;
} fir__hit;

struct fir_evaluator {
    fir_allocator allocator;
    fir__guard guard;
    fir__expr_scratch *scratch;
    fir__frame frame; /* of the alert in hand */
    size_t cap_values;
    fir__matcher_room room;
    fir__hit *hits; /* in the playbook's order */
    size_t n_hits, cap_hits;
    uint64_t max_plan_bytes;
    fir__hasher hasher; /* lib/plan's, with the text that it takes */
    fir__sbuf text;
    struct fir_plan *spare; /* lib/plan's: the plan of the last line of a batch, for its memory */
};

/* Points the frame at the alert: one pointer a slot, NULL where the alert has nothing. The properties from EVENT_ID on stay
 * NULL; lib/plan fills them once there is a hit. False: out of memory. */
bool fir__frame_fill(fir_evaluator *x, const fir__slots *slots, const fir_event *e);

/* What is known of an alert already, in memory that lives as long as the arena; empty: not known. */
typedef struct fir__known {
    fir_str id, json;
} fir__known;

/* Fills in event.id, event.json and output_fields where a slot asks for them; they live in the arena. */
int fir__frame_add_extras(const fir__frame *frame, const fir__slots *slots, const fir_event *e, fir__known known, fir__arena *arena,
                          fir_error *err);

/* The rules of the playbook that match the alert, in order, into x->hits; the ones behind a rule with `continue: false` that
 * matches are not looked at. FIR_ENOMEM on failure. */
int fir__match(fir_evaluator *x, const fir_playbook *p, const fir_event *e);

/* The same by running every rule: what the index must agree with, verdict for verdict. For tests and for explaining. */
int fir__match_plainly(fir_evaluator *x, const fir_playbook *p, const fir_event *e);

/* Whether no rule behind one with this verdict is looked at. An undecided rule ends nothing: whoever wrote the alert must not be
 * able to switch off the rules behind it. */
static inline bool fir__rule_ends(const fir__rule *rule, int verdict)
{
    return verdict == FIR_TRUE && !rule->goes_on;
}

/* Notes a rule that is not false; *ends when no later one is looked at. False: out of memory. */
bool fir__add_hit(fir_evaluator *x, const fir__rule *rule, int verdict, bool *ends);

#endif
