/* SPDX-License-Identifier: Apache-2.0 */
/* What the records of an engine say. Whoever writes them and whoever reads a data directory without an engine (journal.h: list,
 * approvals, report) meet here. A reader passes over kinds and keys that it does not know; JSON is canonical, times are RFC 3339
 * texts, durations numbers of nanoseconds.
 *
 * kind        event  action  JSON
 * alert       yes    -       {"playbook":DIGEST,"rules":[NAME,…],"time":TIME of the alert}; the blob is the alert as it came
 * plan        yes    -       the plan (docs/plan.md)
 * gate        yes    (yes)   {"rule":NAME,"status":stale|duplicate|cooling|…,"why":TEXT}: a refusal or a wait, and what was refused
 * approval    yes    -       {"actions":[{"action_id","digest","use"},…],"approval":ID,"expires":TIME,"rule":NAME}: a person is
 * asked decision    yes    -       {"approval":ID,"approve":BOOL,"who":NAME,"why":TEXT}; who is "expired" where nobody decided
 * intent      yes    yes     {"attempt":N,"rule":NAME,"step":ID,"undo_at":TIME,"use":TYPE}: a request that changes something leaves
 * now outcome     yes    yes     {"attempts":N,"duration":NS,"error":{…},"rule":NAME,"status":STATUS,"step":ID,"use":TYPE}: a
 * step's end dead        yes    yes     {"error":{…},"rule":NAME,"step":ID,"use":TYPE}: a dead letter: it waits for replay or
 * discard undo        yes    yes     {"status":undone|undo_conflict|undo_failed,"use":TYPE,…} operator    (yes)  (yes)
 * {"command":replay|discard|cancel|undo|pause|resume,"who":NAME,"why":TEXT} feedback    yes    yes
 * {"note":TEXT,"rule":NAME,"true_positive":BOOL,"who":NAME}
 */
#ifndef FIR__STORE_KINDS_H
#define FIR__STORE_KINDS_H

#include "base/str.h"

#define FIR__KIND_ALERT FIR__S("alert")
#define FIR__KIND_PLAN FIR__S("plan")
#define FIR__KIND_GATE FIR__S("gate")
#define FIR__KIND_APPROVAL FIR__S("approval")
#define FIR__KIND_DECISION FIR__S("decision")
#define FIR__KIND_INTENT FIR__S("intent")
#define FIR__KIND_OUTCOME FIR__S("outcome")
#define FIR__KIND_DEAD FIR__S("dead")
#define FIR__KIND_UNDO FIR__S("undo")
#define FIR__KIND_OPERATOR FIR__S("operator")
#define FIR__KIND_FEEDBACK FIR__S("feedback")
#define FIR__KIND_START FIR__S("start")     /* {}: an engine began with this journal */
#define FIR__KIND_ATTEMPT FIR__S("attempt") /* event, action: {"attempt":N,"error":{…}}: an attempt ended, another one follows */
#define FIR__KIND_REVIEW FIR__S("review")   /* event, action: {"rule":NAME}: a person is to say whether it was right */
#define FIR__KIND_DONE FIR__S("done")       /* event: nothing is left to do for an alert */

#endif
