/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the language's words, and the size of a tree. */
#include "expr/ast.h"

static const fir_str op_names[FIR__OP_COUNT] = {
    [FIR__OP_EXISTS] = {"exists", 6},
    [FIR__OP_EQ] = {"=", 1},
    [FIR__OP_NE] = {"!=", 2},
    [FIR__OP_LT] = {"<", 1},
    [FIR__OP_LE] = {"<=", 2},
    [FIR__OP_GT] = {">", 1},
    [FIR__OP_GE] = {">=", 2},
    [FIR__OP_CONTAINS] = {"contains", 8},
    [FIR__OP_ICONTAINS] = {"icontains", 9},
    [FIR__OP_BCONTAINS] = {"bcontains", 9},
    [FIR__OP_STARTSWITH] = {"startswith", 10},
    [FIR__OP_BSTARTSWITH] = {"bstartswith", 11},
    [FIR__OP_ENDSWITH] = {"endswith", 8},
    [FIR__OP_GLOB] = {"glob", 4},
    [FIR__OP_IGLOB] = {"iglob", 5},
    [FIR__OP_REGEX] = {"regex", 5},
    [FIR__OP_IN] = {"in", 2},
    [FIR__OP_INTERSECTS] = {"intersects", 10},
    [FIR__OP_PMATCH] = {"pmatch", 6},
    [FIR__OP_TALON_EQ] = {"=", 1},
};

static const fir_str modifier_names[] = {
    [FIR__MOD_NONE] = {"", 0},
    [FIR__MOD_ONEOF] = {"oneof", 5},
    [FIR__MOD_ANYOF] = {"anyof", 5},
    [FIR__MOD_ALLOF] = {"allof", 5},
};

static const fir_str transformer_names[FIR__X_COUNT] = {
    [FIR__X_TOLOWER] = {"tolower", 7},   [FIR__X_TOUPPER] = {"toupper", 7}, [FIR__X_B64] = {"b64", 3},
    [FIR__X_BASENAME] = {"basename", 8}, [FIR__X_LEN] = {"len", 3},         [FIR__X_JOIN] = {"join", 4},
    [FIR__X_CONCAT] = {"concat", 6},     [FIR__X_GETOPT] = {"getopt", 6},
};

fir_str fir__op_name(fir__op op)
{
    return op_names[op];
}

fir_str fir__modifier_name(fir__modifier m)
{
    return modifier_names[m];
}

fir_str fir__transformer_name(fir__transformer t)
{
    return transformer_names[t];
}

bool fir__ast_needs_parentheses(fir__ast_kind parent, fir__ast_kind child)
{
    switch (parent) {
    case FIR__AST_OR:
        return child == FIR__AST_OR;
    case FIR__AST_AND:
        return child == FIR__AST_OR || child == FIR__AST_AND;
    case FIR__AST_NOT: /* "not not x" would be read as x */
        return child == FIR__AST_OR || child == FIR__AST_AND || child == FIR__AST_NOT;
    default:
        return false;
    }
}

bool fir__ast_is_not(const fir__ast *ast)
{
    return ast->kind == FIR__AST_IDENT && fir__str_eq(ast->name, FIR__S("not"));
}

static uint32_t add(uint32_t a, uint32_t b)
{
    uint32_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT32_MAX : sum;
}

/* Adds the operand's parts to *weight; gives the levels of its transformers. */
static uint32_t measure_operand(const fir__operand *o, uint32_t *weight)
{
    uint32_t levels = 0;
    *weight = add(*weight, 1);
    for (uint32_t i = 0; i < o->n_args; i++) {
        uint32_t l = measure_operand(&o->args[i], weight);
        levels = l > levels ? l : levels;
    }
    return o->kind == FIR__OPERAND_CALL ? levels + FIR__LEVELS_CALL : levels;
}

void fir__ast_measure(fir__ast *ast)
{
    ast->weight = 1;
    ast->levels = fir__ast_is_not(ast) ? FIR__LEVELS_PAREN : 0;
    for (uint32_t i = 0; i < ast->n_children; i++) {
        const fir__ast *child = ast->children[i];
        uint32_t levels = child->levels;
        if (fir__ast_needs_parentheses(ast->kind, child->kind)) {
            levels = add(levels, FIR__LEVELS_PAREN);
        }
        ast->levels = levels > ast->levels ? levels : ast->levels;
        ast->weight = add(ast->weight, child->weight);
    }
    if (ast->kind == FIR__AST_CHECK) {
        uint32_t left = measure_operand(&ast->left, &ast->weight);
        uint32_t right = ast->op != FIR__OP_EXISTS ? measure_operand(&ast->right, &ast->weight) : 0;
        ast->levels = left > right ? left : right;
    }
}
