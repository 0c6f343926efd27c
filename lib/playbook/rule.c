/* SPDX-License-Identifier: Apache-2.0 */
/* `rule` items: when to act, how carefully, and what to do. */
#include "playbook/rule.h"

#include "playbook/load.h"

static const fir__key_def once_keys[] = {
    {.name = {"window", 6}, .want = FIR__WANT_DURATION, .required = true},
    {.name = {"by", 2}, .want = FIR__WANT_TEXTS},
};
static const fir__shape once_shape = {"rule's `once_per`", once_keys, 2};

static const fir__key_def threshold_keys[] = {
    {.name = {"count", 5}, .want = FIR__WANT_COUNT, .required = true},
    {.name = {"within", 6}, .want = FIR__WANT_DURATION, .required = true},
    {.name = {"by", 2}, .want = FIR__WANT_TEXTS},
};
static const fir__shape threshold_shape = {"rule's `threshold`", threshold_keys, 3};

static const fir__key_def sequence_keys[] = {
    {.name = {"rule", 4}, .want = FIR__WANT_NAME, .required = true},
    {.name = {"within", 6}, .want = FIR__WANT_DURATION, .required = true},
    {.name = {"by", 2}, .want = FIR__WANT_TEXTS},
};
static const fir__shape sequence_shape = {"rule's `sequence`", sequence_keys, 3};

static const fir__key_def approval_keys[] = {
    {.name = {"timeout", 7}, .want = FIR__WANT_DURATION},
    {.name = {"on_timeout", 10}, .want = FIR__WANT_CHOICE, .choices = "reject approve"},
    {.name = {"approvers", 9}, .want = FIR__WANT_TEXTS},
    {.name = {"reason_required", 15}, .want = FIR__WANT_BOOL},
};
static const fir__shape approval_shape = {"rule's `require_approval`", approval_keys, 4};

static const fir__key_def keys[] = {
    [FIR__RULE_NAME] = {.name = {"rule", 4}, .want = FIR__WANT_NAME, .required = true},
    [FIR__RULE_DESCRIPTION] = {.name = {"description", 11}, .want = FIR__WANT_TEXT},
    [FIR__RULE_CONDITION] = {.name = {"condition", 9}, .want = FIR__WANT_TEXT},
    [FIR__RULE_MATCH] = {.name = {"match", 5}, .want = FIR__WANT_SHAPE, .merge = FIR__MERGE_SHAPE, .shape = &fir__match_shape},
    [FIR__RULE_MATCH_ALL] = {.name = {"match_all", 9}, .want = FIR__WANT_BOOL},
    [FIR__RULE_URGENCY] = {.name = {"urgency", 7}, .want = FIR__WANT_CHOICE, .choices = FIR__URGENCY_CHOICES},
    [FIR__RULE_ENABLED] = {.name = {"enabled", 7}, .want = FIR__WANT_BOOL},
    [FIR__RULE_DRY_RUN] = {.name = {"dry_run", 7}, .want = FIR__WANT_BOOL},
    [FIR__RULE_CONTINUE] = {.name = {"continue", 8}, .want = FIR__WANT_BOOL},
    [FIR__RULE_ONCE_PER] = {.name = {"once_per", 8}, .want = FIR__WANT_SHAPE, .shape = &once_shape},
    [FIR__RULE_THRESHOLD] = {.name = {"threshold", 9}, .want = FIR__WANT_SHAPE, .shape = &threshold_shape},
    [FIR__RULE_SEQUENCE] = {.name = {"sequence", 8}, .want = FIR__WANT_MAPS, .shape = &sequence_shape},
    [FIR__RULE_APPROVAL] = {.name = {"require_approval", 16}, .want = FIR__WANT_SWITCH, .shape = &approval_shape},
    [FIR__RULE_REVIEW] = {.name = {"review", 6}, .want = FIR__WANT_REQUIRED},
    [FIR__RULE_VALID_FOR] = {.name = {"valid_for", 9}, .want = FIR__WANT_DURATION},
    [FIR__RULE_TRUST_TEXT] = {.name = {"trust_text", 10}, .want = FIR__WANT_BOOL},
    [FIR__RULE_ON_UNDECIDED] = {.name = {"on_undecided", 12}, .want = FIR__WANT_CHOICE, .choices = FIR__UNDECIDED_CHOICES},
    [FIR__RULE_ACTIONS] = {.name = {"actions", 7}, .want = FIR__WANT_MAPS, .merge = FIR__MERGE_APPEND, .shape = &fir__step_shape},
    [FIR__RULE_NOTIFIERS] = {.name = {"notifiers", 9}, .want = FIR__WANT_TEXTS, .merge = FIR__MERGE_APPEND},
    [FIR__RULE_ON_FAILURE] = {.name = {"on_failure", 10},
                              .want = FIR__WANT_MAPS,
                              .merge = FIR__MERGE_APPEND,
                              .shape = &fir__step_shape},
};
const fir__shape fir__rule_shape = {"rule", keys, FIR__RULE_KEYS};
