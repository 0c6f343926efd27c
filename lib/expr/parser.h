/* SPDX-License-Identifier: Apache-2.0 */
/* The parser's state, shared by its halves: expressions (parse.c) and what stands in a check (operand.c); and its errors
 * (failure.c). */
#ifndef FIR__EXPR_PARSER_H
#define FIR__EXPR_PARSER_H

#include "expr/expr.h"
#include "expr/lex.h"

/* What can be wrong, each with Falco's text. */
typedef enum fir__failure {
    FIR__FAIL_EMPTY,
    FIR__FAIL_UNEXPECTED,
    FIR__FAIL_AFTER_OR,
    FIR__FAIL_AFTER_AND,
    FIR__FAIL_PRIMARY,
    FIR__FAIL_CLOSE,
    FIR__FAIL_OPERATOR,
    FIR__FAIL_NUMBER,
    FIR__FAIL_STRING,
    FIR__FAIL_ITEM,
    FIR__FAIL_LIST,
    FIR__FAIL_INDEX,
    FIR__FAIL_BRACKET,
    FIR__FAIL_VAL,
    FIR__FAIL_ARGUMENT,
    FIR__FAIL_LIST_ARGUMENT,
    FIR__FAIL_CALL_CLOSE,
    FIR__FAIL_ESCAPE,
    FIR__FAIL_COUNT
} fir__failure;

typedef struct fir__parser {
    fir__lexer lex;
    bool properties, steps;
    uint32_t level, max_level; /* nesting, in Falco's levels (ast.h) */
    fir__arena *arena;
    fir__ast **nodes; /* stack: the children of the chains being read */
    size_t n_nodes, cap_nodes;
    fir__operand *operands; /* stack: the items and arguments being read */
    size_t n_operands, cap_operands;
    size_t macro_end; /* offset behind the last bare word that was read as a macro: for hints */
    int status;       /* 0, or the code of the error, which is described then */
    fir_error *err;
} fir__parser;

/* ---- failure.c: all return false and set the status ---- */

bool fir__parse_fail(fir__parser *p, fir__failure what);
bool fir__parse_fail_escape(fir__parser *p, fir__unescape what, char quote, char bad);
bool fir__parse_fail_depth(fir__parser *p);
bool fir__parse_fail_memory(fir__parser *p);
/* An error that Falco does not have. */
bool fir__parse_fail_own(fir__parser *p, fir__place at, const char *message, fir_str about);

/* ---- hint.c ---- */

/* What was probably meant, for the failure at the place where the parser stands; "" when there is no guess. */
enum { FIR__HINT_ROOM = 160 };
void fir__parse_hint(const fir__parser *p, fir__failure what, char hint[FIR__HINT_ROOM]);

/* ---- parse.c ---- */

/* Whether there is room for so many levels more, of a parenthesis or transformer that was just opened. */
bool fir__parse_enter(fir__parser *p, uint32_t levels);

/* ---- operand.c ---- */

/* The word of an operator: what may follow, and what it takes on its right. */
typedef enum fir__takes { FIR__TAKES_NOTHING, FIR__TAKES_NUMBER, FIR__TAKES_TEXT, FIR__TAKES_LIST } fir__takes;
typedef struct fir__operator {
    fir_str word;
    fir__op op;
    fir__takes takes;
    bool blank; /* a blank must follow */
} fir__operator;

/* In the order in which they are tried. */
enum { FIR__OPERATORS = 20 };
extern const fir__operator fir__operators[FIR__OPERATORS];

/* The operator at i bytes from here, or NULL. */
const fir__operator *fir__parse_operator(const fir__parser *p, size_t i);

/* The left side of a check. *found is false when none stands here. */
bool fir__parse_left(fir__parser *p, fir__operand *out, bool *found);

/* The right side, with its modifier. */
bool fir__parse_right(fir__parser *p, const fir__operator *op, fir__ast *check);

#endif
