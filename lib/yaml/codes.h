/* SPDX-License-Identifier: Apache-2.0 */
/* The codes of what can be wrong with a YAML text. Numbers never change meaning; new ones are added at the end. */
#ifndef FIR__YAML_CODES_H
#define FIR__YAML_CODES_H

#include "base/diag.h"

#define FIR__YAML_CODES(X)                                                                                                         \
    X(FIR__Y_SYNTAX, "FIR-Y001", FIR__ERROR, "The text is not YAML")                                                               \
    X(FIR__Y_ENCODING, "FIR-Y002", FIR__ERROR, "The text is UTF-16 or UTF-32")                                                     \
    X(FIR__Y_BROKEN_UTF8, "FIR-Y003", FIR__ERROR, "The text is not valid UTF-8")                                                   \
    X(FIR__Y_CONTROL, "FIR-Y004", FIR__ERROR, "A control character stands in the text")                                            \
    X(FIR__Y_TAB, "FIR-Y005", FIR__ERROR, "A tab is used as indentation")                                                          \
    X(FIR__Y_RESERVED, "FIR-Y006", FIR__ERROR, "An unquoted text begins with a character that YAML reserves")                      \
    X(FIR__Y_BLOCK_MARK, "FIR-Y007", FIR__ERROR, "An unquoted text begins with > or |")                                            \
    X(FIR__Y_COLON, "FIR-Y008", FIR__ERROR, "A colon stands where it cannot, or misses its blank")                                 \
    X(FIR__Y_UNCLOSED, "FIR-Y009", FIR__ERROR, "A quote or bracket is not closed")                                                 \
    X(FIR__Y_DUPLICATE_KEY, "FIR-Y010", FIR__ERROR, "A key stands twice")                                                          \
    X(FIR__Y_KEY_NOT_TEXT, "FIR-Y011", FIR__ERROR, "A key is a list or a mapping")                                                 \
    X(FIR__Y_KEY_EMPTY, "FIR-Y012", FIR__ERROR, "A key is missing")                                                                \
    X(FIR__Y_BARE_TEMPLATE, "FIR-Y013", FIR__ERROR, "A text with {{ is not quoted")                                                \
    X(FIR__Y_MERGE, "FIR-Y014", FIR__ERROR, "A merge key << is used")                                                              \
    X(FIR__Y_TAG, "FIR-Y015", FIR__ERROR, "A tag is not one of the core ones")                                                     \
    X(FIR__Y_TAG_MISFIT, "FIR-Y016", FIR__ERROR, "A tag does not fit its value")                                                   \
    X(FIR__Y_UNKNOWN_ALIAS, "FIR-Y017", FIR__ERROR, "An alias names no anchor before it")                                          \
    X(FIR__Y_CYCLE, "FIR-Y018", FIR__ERROR, "An alias stands inside the value that it names")                                      \
    X(FIR__Y_SECOND_DOCUMENT, "FIR-Y019", FIR__ERROR, "A second document follows")                                                 \
    X(FIR__Y_DIRECTIVE, "FIR-Y020", FIR__ERROR, "A directive is not supported")                                                    \
    X(FIR__Y_LIMIT_BYTES, "FIR-Y021", FIR__ERROR, "The text is too long")                                                          \
    X(FIR__Y_LIMIT_DEPTH, "FIR-Y022", FIR__ERROR, "Values are nested too deeply")                                                  \
    X(FIR__Y_LIMIT_NODES, "FIR-Y023", FIR__ERROR, "There are too many values, aliases expanded")                                   \
    X(FIR__Y_LIMIT_ALIASES, "FIR-Y024", FIR__ERROR, "There are too many aliases or anchors")                                       \
    X(FIR__Y_AFTER_QUOTE, "FIR-Y025", FIR__ERROR, "Text follows a closing quote")                                                  \
    X(FIR__Y_COMMENT_CUTS, "FIR-Y026", FIR__WARNING, "A comment cuts a text off")                                                  \
    X(FIR__Y_COMMA_SPLITS, "FIR-Y027", FIR__WARNING, "A comma splits a text of a flow list")

typedef enum fir__yaml_code {
#define FIR__YAML_NAME(name, code, severity, title) name,
    FIR__YAML_CODES(FIR__YAML_NAME)
#undef FIR__YAML_NAME
        FIR__YAML_CODE_COUNT
} fir__yaml_code;

typedef struct fir__yaml_code_def {
    const char *code; /* "FIR-Y001" */
    fir__severity severity;
    const char *title;
} fir__yaml_code_def;

/* By fir__yaml_code; FIR__YAML_CODE_COUNT of them. */
extern const fir__yaml_code_def fir__yaml_codes[];

#endif
