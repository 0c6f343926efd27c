/* SPDX-License-Identifier: Apache-2.0 */
/* The syntax tree of a condition: what the parser makes, the printer prints and the compiler reads. Lives in an arena; texts
 * are copies with their escapes resolved. */
#ifndef FIR__EXPR_AST_H
#define FIR__EXPR_AST_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

typedef enum fir__ast_kind { FIR__AST_AND, FIR__AST_OR, FIR__AST_NOT, FIR__AST_IDENT, FIR__AST_CHECK } fir__ast_kind;

typedef enum fir__op {
    FIR__OP_EXISTS,
    FIR__OP_EQ, /* "=" and "==": see `twice` */
    FIR__OP_NE,
    FIR__OP_LT,
    FIR__OP_LE,
    FIR__OP_GT,
    FIR__OP_GE,
    FIR__OP_CONTAINS,
    FIR__OP_ICONTAINS,
    FIR__OP_BCONTAINS,
    FIR__OP_STARTSWITH,
    FIR__OP_BSTARTSWITH,
    FIR__OP_ENDSWITH,
    FIR__OP_GLOB,
    FIR__OP_IGLOB,
    FIR__OP_REGEX,
    FIR__OP_IN,
    FIR__OP_INTERSECTS,
    FIR__OP_PMATCH,
    FIR__OP_TALON_EQ, /* never parsed: Talon's output_fields, equal to the value's printed form (Go's %v) */
    FIR__OP_COUNT
} fir__op;

typedef enum fir__modifier { FIR__MOD_NONE, FIR__MOD_ONEOF, FIR__MOD_ANYOF, FIR__MOD_ALLOF } fir__modifier;

typedef enum fir__transformer {
    FIR__X_TOLOWER,
    FIR__X_TOUPPER,
    FIR__X_B64,
    FIR__X_BASENAME,
    FIR__X_LEN,
    FIR__X_JOIN,
    FIR__X_CONCAT,
    FIR__X_GETOPT,
    FIR__X_COUNT
} fir__transformer;

typedef enum fir__operand_kind {
    FIR__OPERAND_TEXT,  /* quoted or bare text, or a number: see `quoted` and `number` */
    FIR__OPERAND_FIELD, /* name, arg; on the right it stood in val(); a property when `property` is set */
    FIR__OPERAND_CALL,  /* transformer with args; arg: the index behind it */
    FIR__OPERAND_LIST,  /* args */
    FIR__OPERAND_IDENT  /* a bare name in a list position: a list's name */
} fir__operand_kind;

typedef struct fir__operand {
    fir__operand_kind kind;
    fir__place at;
    fir_str text;  /* TEXT, IDENT: the text; FIELD: the name; bytes, NULs possible */
    bool quoted;   /* TEXT: stood in quotes */
    bool number;   /* TEXT: was read as a number where one is wanted */
    bool property; /* FIELD: one of the alert's own: rule, priority, … */
    bool has_arg;
    bool arg_quoted;
    fir_str arg; /* FIELD, CALL: inside the brackets */
    fir__transformer transformer;
    struct fir__operand *args; /* CALL, LIST */
    uint32_t n_args;
} fir__operand;

typedef struct fir__ast {
    fir__ast_kind kind;
    fir__place at;              /* of its first character */
    size_t end;                 /* offset behind its last character */
    struct fir__ast **children; /* AND, OR: at least two; NOT: one */
    uint32_t n_children;
    uint32_t weight;      /* nodes, values and list items of the whole tree, shared parts counted each time; saturates */
    uint32_t levels;      /* nesting that its SAFE print needs, in levels: fir__levels_of */
    fir_str name;         /* IDENT: a macro's */
    fir_str macro;        /* expanded: the macro that stood here; empty: none */
    const fir_str *lists; /* CHECK, expanded: the lists that stood among its values */
    uint32_t n_lists;
    fir__op op; /* CHECK */
    bool twice; /* EQ: written "==" */
    fir__modifier modifier;
    fir__operand left;
    fir__operand right; /* not for EXISTS; with a modifier, IN, INTERSECTS, PMATCH: LIST, IDENT, FIELD or CALL */
} fir__ast;

/* Nesting is counted as Falco counts it: a pair of parentheses costs five levels, a transformer two; an expression as such is
 * at the fourth. A bound of n nested parentheses is Falco's limit of 5 * (n + 1) levels. */
enum { FIR__LEVELS_BASE = 4, FIR__LEVELS_PAREN = 5, FIR__LEVELS_CALL = 2 };
static inline uint32_t fir__levels_of(uint32_t parentheses)
{
    return FIR__LEVELS_PAREN * (parentheses + 1);
}

/* Sets weight and levels of a node whose children have theirs. */
void fir__ast_measure(fir__ast *ast);

/* Whether a child must stand in parentheses to be read back as this one's child. */
bool fir__ast_needs_parentheses(fir__ast_kind parent, fir__ast_kind child);

/* A macro called "not": before another word it would be read as the operator, so it stands in parentheses. */
bool fir__ast_is_not(const fir__ast *ast);

fir_str fir__op_name(fir__op op);
fir_str fir__modifier_name(fir__modifier m);
fir_str fir__transformer_name(fir__transformer t);

#endif
