/* SPDX-License-Identifier: Apache-2.0 */
/* The gate between a plan and its being done. Pure: no clock, no I/O, no locks. Its state is a fold of records; judging looks at
 * the state, the plan and the time, and changes nothing. What a judgement reserves is written as one record, and the record is
 * folded in: live, and when records are read again after a restart, by the same code.
 *
 * The checks stand in the order of docs/engine.md; a hit that is refused reserves nothing. */
#ifndef FIR__GATE_GATE_H
#define FIR__GATE_GATE_H

#include "base/arena.h"
#include "base/digest.h"
#include "gate/guards.h"
#include "gate/marks.h"
#include "plan/live.h"
#include "plan/plan.h"

/* Bounds of what a gate remembers. What is pushed out before its time is counted (fir__gate_counts). */
enum {
    FIR__GATE_MOST_ALERTS = 1000000,  /* ids of alerts */
    FIR__GATE_MOST_KEYS = 200000,     /* keys of cool-downs, thresholds, sequences and budgets */
    FIR__GATE_MOST_TIMES = 2000000,   /* times of those keys */
    FIR__GATE_MOST_THRESHOLD = 10000, /* a threshold's count counts no further */
    FIR__GATE_MOST_OBSERVED = 32,     /* times of one key of a sequence */
    FIR__GATE_MOST_APPROVALS = 10000, /* that wait */
    FIR__GATE_MOST_RECORD = 4 << 20   /* bytes of a record */
};

typedef enum fir__gate_status {
    FIR__GATE_PROCEED,
    FIR__GATE_STALE,
    FIR__GATE_DUPLICATE,
    FIR__GATE_COOLING,
    FIR__GATE_BELOW_THRESHOLD,
    FIR__GATE_PAUSED,
    FIR__GATE_PROTECTED,
    FIR__GATE_NEEDS_APPROVAL,
    FIR__GATE_EXPIRED,
    FIR__GATE_REFUSED,
    FIR__GATE_STATUSES
} fir__gate_status;
fir_str fir__gate_status_name(fir__gate_status s);
bool fir__gate_status_find(fir_str name, fir__gate_status *out);

/* a + b without leaving int64: times are other people's. */
int64_t fir__gate_plus(int64_t a, int64_t b);

/* What of a hit waits for a person. Notifiers never do. */
typedef enum fir__hold {
    FIR__HOLD_NONE,
    FIR__HOLD_DESTRUCTIVE, /* its first destructive step and what follows */
    FIR__HOLD_ALL
} fir__hold;

/* What the engine knows of an alert beside its plan. */
typedef struct fir__alert_facts {
    int64_t time_ns;
    bool has_time;
    bool forgeable;   /* it came as text */
    bool dry_run;     /* the engine's */
    int64_t clock_ns; /* the wall clock, which its age is measured by; 0: the time of the judgement */
} fir__alert_facts;

/* A time to be added to a key, or what it is: times that are cleared, one that is taken back, times that were cleared and count
 * again (time: when they were cleared). */
typedef struct fir__gate_mark {
    fir__mark_key key;
    int64_t time, until;
    int64_t at; /* of what is cleared; 0: of the record */
    uint32_t most;
    bool thin, clear, taken, restored;
} fir__gate_mark;

typedef struct fir__rule_verdict {
    fir__gate_status status; /* PAUSED and PROTECTED: what only notifies goes all the same */
    fir__hold hold;          /* NEEDS_APPROVAL */
    const char *why;
    const fir__gate_status *steps; /* of each of its steps, as far as that can be said now */
    bool missing_key;              /* a part of a key was missing */
    bool reserved;                 /* its destructive steps have taken of the budgets */
} fir__rule_verdict;

typedef struct fir__verdict {
    fir__gate_status status;  /* of the alert: PROCEED, STALE or DUPLICATE; the rules say the same then */
    fir__rule_verdict *rules; /* one a rule of the plan */
    uint32_t n_rules;
    fir__gate_mark *marks; /* what is to be remembered, */
    uint32_t n_marks, cap_marks;
    int64_t seen_until; /* and the alert's id until then; 0: not */
    int64_t now;
} fir__verdict;

typedef struct fir__gate fir__gate;

/* guards are copied. seed: any number, the same results for each. FIR_ENOMEM. */
int fir__gate_new(const fir_allocator *a, const fir__guards *guards, uint64_t seed, fir__gate **out);
void fir__gate_free(fir__gate *g);
const fir__guards *fir__gate_guards(const fir__gate *g);

/* Judges a plan at the time now_ns, which should never go back: cool-downs and budgets are counted by it. out lives in the arena.
 * FIR_ENOMEM. */
int fir__gate_judge(const fir__gate *g, const fir_plan *pl, const fir__alert_facts *facts, int64_t now_ns, fir__arena *arena,
                    fir__verdict *out);

/* A step at the moment of its execution: kill switch, protected targets, budgets, age. */
typedef struct fir__step_facts {
    const fir__live *live; /* what was found at the target; NULL: nothing was looked at */
    bool approved;         /* a person said yes: budgets do not hold it up */
    bool reserved;         /* the hit has taken of the budgets when it was accepted */
    bool paid;             /* the step itself has, before an earlier attempt or a wait */
    bool forgeable;
    int64_t age_ns; /* since the alert was accepted */
} fir__step_facts;
typedef struct fir__step_verdict {
    fir__gate_status status;
    const char *why;
    fir__gate_mark *marks;
    uint32_t n_marks;
} fir__step_verdict;
int fir__gate_judge_step(const fir__gate *g, const fir__plan_rule *rule, const fir__plan_step *step, const fir__step_facts *facts,
                         int64_t now_ns, fir__arena *arena, fir__step_verdict *out);

/* What a hit took that came to nothing: the gate refused it after all, and none of its steps acted. Its cool-down, its threshold
 * (the hit counts, and clears nothing), and its budgets, but for targets that other rules of the alert destroy too.
 * judged_ns: when it was judged; time_ns: the alert's own; taken_ns: when its budgets were taken; INT64_MIN: they were not. */
int fir__gate_give_back(const fir__gate *g, const fir_plan *pl, const fir__plan_rule *rule, int64_t judged_ns, int64_t time_ns,
                        int64_t taken_ns, fir__arena *arena, fir__step_verdict *out);

/* The budgets of a hit that a person approved are taken without being asked; more marks for a record. */
int fir__gate_take_budgets(const fir__gate *g, const fir__plan_rule *rule, int64_t now_ns, fir__arena *arena,
                           fir__step_verdict *out);

/* ---- records ---- */

/* Canonical JSON, of the kinds that store/kinds.h names. b's status is the caller's to look at. */
void fir__gate_record(const fir_plan *pl, const fir__verdict *v, fir__sbuf *b);
void fir__gate_record_step(const fir__step_verdict *v, int64_t now_ns, fir__sbuf *b);
void fir__gate_record_pause(bool paused, fir_str who, fir_str why, int64_t now_ns, fir__sbuf *b);
/* By a file of the data directory; empty: by none. */
void fir__gate_record_pause_by(bool paused, fir_str who, fir_str why, fir_str file, int64_t now_ns, fir__sbuf *b);

/* Folds a record in: all of it or, on failure, nothing. Kinds that are not the gate's change nothing. FIR_EPARSE: it is no record
 * of a gate; FIR_ENOMEM. */
int fir__gate_fold(fir__gate *g, fir_str kind, fir_str json, fir_error *err);

/* The latest time of all records that were folded in, of kind "gate"; INT64_MIN: there were none. */
int64_t fir__gate_latest(const fir__gate *g);

/* The whole state as records, for a journal that is to be read from here on: kinds "gate" (the first one forgets what was),
 * "operator" and, for approvals that are decided, "decision". What is asked stands in its own records. emit takes json over; its
 * failure ends it. */
typedef int fir__gate_emit(void *ctx, fir_str kind, fir__sbuf *json);
int fir__gate_snapshot(const fir__gate *g, int64_t now_ns, fir__gate_emit *emit, void *ctx);

/* What a record of kind "gate" took; found with it, because taking it back must not want memory. */
typedef struct fir__gate_taken fir__gate_taken;

/* Folds a record of kind "gate" that may have to be taken back. */
int fir__gate_fold_taken(fir__gate *g, fir_str json, fir__gate_taken **out, fir_error *err);
void fir__gate_taken_free(const fir__gate *g, fir__gate_taken *t);

/* Takes it back when the record could not be written: nothing of it may count, and a threshold that it cleared is not. */
void fir__gate_retract(fir__gate *g, const fir__gate_taken *t);

/* ---- the kill switch ---- */

typedef struct fir__pause {
    bool on;
    int64_t since_ns;
    fir_str who, why;
} fir__pause;
const fir__pause *fir__gate_pause(const fir__gate *g);

/* ---- approvals ---- */

typedef enum fir__approval_state {
    FIR__APPROVAL_PENDING,
    FIR__APPROVAL_APPROVED,
    FIR__APPROVAL_REJECTED,
    FIR__APPROVAL_EXPIRED, /* silence, which counts as no */
    FIR__APPROVAL_VOID     /* what was asked for would now be something else */
} fir__approval_state;
fir_str fir__approval_state_name(fir__approval_state s);

enum { FIR__APPROVAL_ID = 16 };

typedef struct fir__ask {
    char id[FIR__APPROVAL_ID];    /* hex */
    char digest[2 * FIR__SHA256]; /* of all that would be done */
    fir_str event_id, rule;
    int64_t asked_ns, expires_ns; /* by the wall clock, as people are told */
    int64_t due_ns;               /* when silence ends it, by a clock of the caller's that does not jump; in no record */
    bool approve_on_timeout, reason_required;
    const fir_str *approvers; /* empty: anyone */
    uint32_t n_approvers;
    fir__approval_state state;
    fir_str who, why; /* who decided; why it was decided so, or while it is pending why it is asked */
    int64_t decided_ns;
} fir__ask;

/* Describes what a hit asks for; texts are borrowed from the plan and the guards. FIR_ENOMEM, FIR_EINTERNAL. */
int fir__ask_make(const fir__gate *g, const fir_plan *pl, const fir__plan_rule *rule, int64_t now_ns, fir__ask *out);
void fir__gate_record_ask(const fir__ask *a, const fir__plan_rule *rule, fir__sbuf *b); /* kind "approval" */
/* How it ended: kind "decision". */
void fir__gate_record_answer(fir_str id, fir__approval_state state, fir_str who, fir_str why, int64_t now_ns, fir__sbuf *b);
void fir__gate_record_answer_by(fir_str id, fir__approval_state state, fir_str who, fir_str why, fir_str file, int64_t now_ns,
                                fir__sbuf *b);
/* Kind "done": nothing is left to do for an alert; its approvals leave the state. */
void fir__gate_record_done(fir_str event_id, int64_t now_ns, fir__sbuf *b);

const fir__ask *fir__gate_ask(const fir__gate *g, fir_str id);
size_t fir__gate_ask_count(const fir__gate *g);
const fir__ask *fir__gate_ask_at(const fir__gate *g, size_t i);

/* When silence ends it; INT64_MAX, as it is when it was folded in: not known. An id that is none: nothing. */
void fir__gate_ask_due(fir__gate *g, fir_str id, int64_t due_ns);

/* Whether `who` may give this answer: 0, FIR_ENOTFOUND, FIR_ESTATE (decided already, or over: its time is), FIR_EDENIED (not an
 * approver), FIR_EINVAL (a reason is required). */
int fir__gate_may_decide(const fir__gate *g, fir_str id, fir_str who, fir_str why, bool over, fir_error *err);
/* Whether the request that was approved is the one that would be made now. */
bool fir__ask_covers(const fir__ask *a, const fir__ask *now);

/* ---- for metrics and tests ---- */

typedef struct fir__gate_counts {
    uint64_t alerts, keys, times, approvals;
    uint64_t forgotten_alerts, forgotten_keys;
} fir__gate_counts;
fir__gate_counts fir__gate_count(const fir__gate *g);
/* All of the state as text, in a fixed order: equal texts, equal states. */
void fir__gate_dump(const fir__gate *g, fir__sbuf *b);

#endif
