/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a rule, as indexes of its values. */
#ifndef FIR__PLAYBOOK_RULE_H
#define FIR__PLAYBOOK_RULE_H

enum {
    FIR__RULE_NAME,
    FIR__RULE_DESCRIPTION,
    FIR__RULE_CONDITION,
    FIR__RULE_MATCH,
    FIR__RULE_MATCH_ALL,
    FIR__RULE_URGENCY,
    FIR__RULE_ENABLED,
    FIR__RULE_DRY_RUN,
    FIR__RULE_CONTINUE,
    FIR__RULE_ONCE_PER,
    FIR__RULE_THRESHOLD,
    FIR__RULE_SEQUENCE,
    FIR__RULE_APPROVAL,
    FIR__RULE_REVIEW,
    FIR__RULE_VALID_FOR,
    FIR__RULE_TRUST_TEXT,
    FIR__RULE_ON_UNDECIDED,
    FIR__RULE_ACTIONS,
    FIR__RULE_NOTIFIERS,
    FIR__RULE_ON_FAILURE,
    FIR__RULE_KEYS
};

/* Words of choices; an index from 1 is the value of the enum of playbook.h. */
#define FIR__URGENCY_CHOICES "low normal high critical"
#define FIR__UNDECIDED_CHOICES "act ask skip"

#endif
