/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of actions: shared ones (an item of its own), and a rule's, which refine them. */
#include "playbook/load.h"

static const fir__key_def output_keys[] = {
    {.name = {"target", 6}, .want = FIR__WANT_NAME},
    {.name = {"parameters", 10}, .want = FIR__WANT_MAP, .merge = FIR__MERGE_PARAMS},
};
static const fir__shape output_shape = {"action's `output`", output_keys, 2};

static const fir__key_def retry_keys[] = {
    {.name = {"attempts", 8}, .want = FIR__WANT_COUNT, .required = true},
};
static const fir__shape retry_shape = {"action's `retry`", retry_keys, 1};

static const fir__key_def keys[] = {
    [FIR__ACT_NAME] = {.name = {"action", 6}, .want = FIR__WANT_NAME, .required = true},
    [FIR__ACT_DESCRIPTION] = {.name = {"description", 11}, .want = FIR__WANT_TEXT},
    [FIR__ACT_USE] = {.name = {"use", 3}, .alias = {"actionner", 9}, .want = FIR__WANT_TEXT},
    [FIR__ACT_PARAMETERS] = {.name = {"parameters", 10}, .want = FIR__WANT_MAP, .merge = FIR__MERGE_PARAMS},
    [FIR__ACT_OUTPUT] = {.name = {"output", 6}, .want = FIR__WANT_SHAPE, .merge = FIR__MERGE_SHAPE, .shape = &output_shape},
    [FIR__ACT_CONTINUE] = {.name = {"continue", 8}, .want = FIR__WANT_BOOL},
    [FIR__ACT_IGNORE_ERRORS] = {.name = {"ignore_errors", 13}, .want = FIR__WANT_BOOL},
    [FIR__ACT_TIMEOUT] = {.name = {"timeout", 7}, .want = FIR__WANT_DURATION},
    [FIR__ACT_RETRY] = {.name = {"retry", 5}, .want = FIR__WANT_SHAPE, .shape = &retry_shape},
    [FIR__ACT_UNDO_AFTER] = {.name = {"undo_after", 10}, .want = FIR__WANT_DURATION},
    [FIR__ACT_ON_UNCERTAIN] = {.name = {"on_uncertain", 12}, .want = FIR__WANT_CHOICE, .choices = FIR__UNCERTAIN_CHOICES},
    [FIR__ACT_CONTEXTS] = {.name = {"additional_contexts", 19}, .want = FIR__WANT_TEXTS, .merge = FIR__MERGE_APPEND, .idle = true},
    [FIR__ACT_ID] = {.name = {"id", 2}, .want = FIR__WANT_TEXT},
    [FIR__ACT_WHEN] = {.name = {"when", 4}, .want = FIR__WANT_TEXT},
};

const fir__shape fir__action_shape = {"action", keys, FIR__ACT_SHARED};
const fir__shape fir__step_shape = {"rule's action", keys, FIR__ACT_KEYS};
