/* SPDX-License-Identifier: Apache-2.0 */
/* What the records of an engine say. Whoever writes them and whoever reads a data directory without an engine (journal.h: list,
 * approvals, report) meet here. A reader passes over kinds and keys that it does not know. JSON is canonical, times are RFC 3339
 * texts, durations numbers of nanoseconds. A record about an alert has its event id, one about an action both ids. */
#ifndef FIR__STORE_KINDS_H
#define FIR__STORE_KINDS_H

#include "base/str.h"

/* An alert was accepted; the blob is the alert as canonical JSON. {"playbook":DIGEST,"rules":[NAME,…],"time":its own TIME} */
#define FIR__KIND_ALERT FIR__S("alert")
/* Its plan, as docs/plan.md has it. */
#define FIR__KIND_PLAN FIR__S("plan")
/* What the gate said, of the alert or of one action: refusals, waits, and what it reserved. {"rule":NAME,"status":…,"why":TEXT} */
#define FIR__KIND_GATE FIR__S("gate")
/* A person is asked. {"actions":[{"action_id","digest","use"},…],"approval":ID,"expires":TIME,"rule":NAME} */
#define FIR__KIND_APPROVAL FIR__S("approval")
/* And how that ended. {"approval":ID,"approve":BOOL,"file":NAME,"state":approved|rejected|expired|void,"who":NAME,"why":TEXT} */
#define FIR__KIND_DECISION FIR__S("decision")
/* A request that changes something leaves now. {"approved":BOOL,"attempt":N,"rule":NAME,"step":ID,"undo_at":TIME,"use":TYPE};
 * approved: a person allowed it. */
#define FIR__KIND_INTENT FIR__S("intent")
/* A step ended. {"attempts":N,"duration":NS,"error":{…},"rule":NAME,"status":STATUS,"step":ID,"uncertain":BOOL,"undo":BOOL,
 * "use":TYPE}; uncertain: nobody knows whether it was done; undo: it can be undone. */
#define FIR__KIND_OUTCOME FIR__S("outcome")
/* A dead letter: it waits for replay or discard. {"error":{…},"rule":NAME,"step":ID,"use":TYPE} */
#define FIR__KIND_DEAD FIR__S("dead")
/* {"status":undone|undo_conflict|undo_failed,"use":TYPE,…} */
#define FIR__KIND_UNDO FIR__S("undo")
/* {"command":replay|discard|cancel|undo|pause|resume,"file":NAME,"who":NAME,"why":TEXT}; file, here as in decisions and feedback:
 * of the data directory's commands; {"command":"taken","file":NAME}: it was carried out before, and lies there still. */
#define FIR__KIND_OPERATOR FIR__S("operator")
/* {"file":NAME,"note":TEXT,"rule":NAME,"true_positive":BOOL,"who":NAME} */
#define FIR__KIND_FEEDBACK FIR__S("feedback")
#define FIR__KIND_START FIR__S("start") /* {"ran":NS,"version":TEXT}: an engine began with this journal */
/* How long engines have run with this journal, and of each of the latest days when it began by that count, and the earliest time of
 * its records. {"days":[{"at":NS,"from":NS},…],"ran":NS} */
#define FIR__KIND_CLOCK FIR__S("clock")
#define FIR__KIND_ATTEMPT                                                                                                          \
    FIR__S("attempt") /* event, action: {"attempt":N,"error":{…},"uncertain":BOOL}: an attempt ended, another one follows */
#define FIR__KIND_REVIEW FIR__S("review") /* event, action: {"rule":NAME}: a person is to say whether it was right */
#define FIR__KIND_DONE FIR__S("done")     /* event: nothing is left to do for an alert */

#endif
