/* SPDX-License-Identifier: Apache-2.0 */
/* The codes of what can be wrong with a playbook or a configuration. Numbers never change meaning; new ones are added at the end
 * of their group. FIR-P0nn are the condition compiler's, FIR-Y the YAML reader's. */
#ifndef FIR__PLAYBOOK_CODES_H
#define FIR__PLAYBOOK_CODES_H

#include "base/diag.h"

#define FIR__PLAYBOOK_CODES(X)                                                                                                     \
    X(FIR__PB_ROOT, "FIR-P101", FIR__ERROR, "The file is neither a list of items nor a configuration")                             \
    X(FIR__PB_ITEM, "FIR-P102", FIR__ERROR, "An item is not a mapping")                                                            \
    X(FIR__PB_ITEM_KIND, "FIR-P103", FIR__ERROR, "An item does not say what it is")                                                \
    X(FIR__PB_UNKNOWN_KEY, "FIR-P104", FIR__ERROR, "A key is not known here")                                                      \
    X(FIR__PB_MISSING_KEY, "FIR-P105", FIR__ERROR, "A required key is missing")                                                    \
    X(FIR__PB_WRONG_TYPE, "FIR-P106", FIR__ERROR, "A value has the wrong type")                                                    \
    X(FIR__PB_BAD_VALUE, "FIR-P107", FIR__ERROR, "A value is not one that its key takes")                                          \
    X(FIR__PB_BAD_NAME, "FIR-P108", FIR__ERROR, "A name is empty or a null")                                                       \
    X(FIR__PB_NAMED_TWICE, "FIR-P109", FIR__ERROR, "A name stands twice in one file")                                              \
    X(FIR__PB_FALCO_RULE, "FIR-P110", FIR__ERROR, "A Falco detection rule stands in a playbook")                                   \
    X(FIR__PB_ALIAS_TOO, "FIR-P111", FIR__ERROR, "Two spellings of one key stand together")                                        \
    X(FIR__PB_LIMIT, "FIR-P112", FIR__ERROR, "A limit was hit")                                                                    \
    X(FIR__PB_NO_EFFECT, "FIR-P113", FIR__WARNING, "A key is known, and has no effect in this version")                            \
    X(FIR__PB_NOTHING_TO_APPEND, "FIR-P120", FIR__ERROR, "What is to be changed was not defined before")                           \
    X(FIR__PB_APPEND_AND_OVERRIDE, "FIR-P121", FIR__ERROR, "append and override stand together")                                   \
    X(FIR__PB_CYCLE, "FIR-P122", FIR__ERROR, "A macro or list contains itself")                                                    \
    X(FIR__PB_UNDEFINED_MACRO, "FIR-P123", FIR__ERROR, "A macro is not defined, or only later")                                    \
    X(FIR__PB_TOO_LARGE, "FIR-P124", FIR__ERROR, "A macro or list grows too large when expanded")                                  \
    X(FIR__PB_CONDITION_SYNTAX, "FIR-P130", FIR__ERROR, "A condition is not Falco's language")                                     \
    X(FIR__PB_CONDITION, "FIR-P131", FIR__ERROR, "A condition does not compile")                                                   \
    X(FIR__PB_NO_CONDITION, "FIR-P132", FIR__ERROR, "A rule has neither a condition nor a match")                                  \
    X(FIR__PB_MATCH_PRIORITY, "FIR-P133", FIR__ERROR, "match.priority is not a level with a comparator")                           \
    X(FIR__PB_MATCH_TAG, "FIR-P134", FIR__ERROR, "match.tags holds what is no tag")                                                \
    X(FIR__PB_MATCH_FIELD, "FIR-P135", FIR__ERROR, "match.output_fields holds what is no comparison")                              \
    X(FIR__PB_NOT_ABSENT, "FIR-P136", FIR__WARNING, "A negation is true where the field is absent")                                \
    X(FIR__PB_UNKNOWN_STEP, "FIR-P137", FIR__ERROR, "A step is named that does not come before")                                   \
    X(FIR__PB_MATCH_ALL_TOO, "FIR-P138", FIR__ERROR, "match_all stands beside a condition or match")                               \
    X(FIR__PB_STEP_HERE, "FIR-P139", FIR__ERROR, "A step's value stands where no step has run yet")                                \
    X(FIR__PB_UNKNOWN_ACTION, "FIR-P140", FIR__ERROR, "An action type is not known")                                               \
    X(FIR__PB_NO_ACTION_TYPE, "FIR-P141", FIR__ERROR, "An action has no type")                                                     \
    X(FIR__PB_NO_ACTIONS, "FIR-P142", FIR__ERROR, "A rule has no actions")                                                         \
    X(FIR__PB_STEP_ID, "FIR-P143", FIR__ERROR, "A step's id is not of the form [a-z][a-z0-9_]*")                                   \
    X(FIR__PB_STEP_ID_TWICE, "FIR-P144", FIR__ERROR, "Two steps of a rule have one id")                                            \
    X(FIR__PB_TYPE_TO_COME, "FIR-P145", FIR__WARNING, "An action type is known, but cannot run in this version")                   \
    X(FIR__PB_CLASH, "FIR-P146", FIR__ERROR, "A parameter has two types where actions are merged")                                 \
    X(FIR__PB_OUTPUT, "FIR-P147", FIR__ERROR, "An output cannot take what the action gives")                                       \
    X(FIR__PB_OUTPUT_UNUSED, "FIR-P148", FIR__WARNING, "An output stands at an action that gives nothing")                         \
    X(FIR__PB_NO_UNDO, "FIR-P149", FIR__ERROR, "undo_after stands at an action that cannot be undone")                             \
    X(FIR__PB_UNKNOWN_PARAMETER, "FIR-P150", FIR__ERROR, "A parameter is not known")                                               \
    X(FIR__PB_IGNORED_PARAMETER, "FIR-P151", FIR__WARNING, "A parameter is not known, and ignored")                                \
    X(FIR__PB_MISSING_PARAMETER, "FIR-P152", FIR__ERROR, "A required parameter is missing")                                        \
    X(FIR__PB_PARAMETER_TYPE, "FIR-P153", FIR__ERROR, "A parameter has the wrong type")                                            \
    X(FIR__PB_PARAMETER_VALUE, "FIR-P154", FIR__ERROR, "A parameter's value is not one that it takes")                             \
    X(FIR__PB_PARAMETER_TWICE, "FIR-P155", FIR__ERROR, "A parameter stands twice, in two spellings")                               \
    X(FIR__PB_TEMPLATE, "FIR-P156", FIR__ERROR, "A template does not compile")                                                     \
    X(FIR__PB_LITERAL_SECRET, "FIR-P157", FIR__WARNING, "A secret stands in the file")                                             \
    X(FIR__PB_SECRET, "FIR-P158", FIR__ERROR, "A secret is not {env: NAME} or {file: PATH}")                                       \
    X(FIR__PB_TALON_BRACES, "FIR-P159", FIR__WARNING, "{{ is plain text in a parameter that takes ${NAME}")                        \
    X(FIR__PB_UNKNOWN_FIELD, "FIR-P160", FIR__WARNING, "A field is not known, and a known one is near")                            \
    X(FIR__PB_HEADER, "FIR-P161", FIR__ERROR, "A header is one that no request may set")                                           \
    X(FIR__PB_GIVEN_TWICE, "FIR-P170", FIR__ERROR, "A setting is given by two files")                                              \
    X(FIR__PB_UNKNOWN_OUTPUT, "FIR-P171", FIR__ERROR, "A notifier names no output of the configuration")                           \
    X(FIR__PB_NO_OUTPUTS, "FIR-P172", FIR__WARNING, "A notifier cannot be checked without the configuration")                      \
    X(FIR__PB_BLOCK_TYPE, "FIR-P173", FIR__ERROR, "No action type belongs to this output block")                                   \
    X(FIR__PB_NAMED_FILE, "FIR-P174", FIR__ERROR, "playbooks names a file that is not there, or cannot be read")

typedef enum fir__playbook_code {
#define FIR__PLAYBOOK_NAME(name, code, severity, title) name,
    FIR__PLAYBOOK_CODES(FIR__PLAYBOOK_NAME)
#undef FIR__PLAYBOOK_NAME
        FIR__PLAYBOOK_CODE_COUNT
} fir__playbook_code;

typedef struct fir__playbook_code_def {
    const char *code; /* "FIR-P101" */
    fir__severity severity;
    const char *title;
} fir__playbook_code_def;

/* By fir__playbook_code; FIR__PLAYBOOK_CODE_COUNT of them. */
extern const fir__playbook_code_def fir__playbook_codes[];

#endif
