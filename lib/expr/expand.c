/* SPDX-License-Identifier: Apache-2.0 */
/* Macros and lists put in. What does not change is shared with the tree that was given, and a macro's tree is shared by all its
 * uses: the result is small however large it would be in print. Its printed size and nesting are bounded all the same, since
 * whoever reads it walks all of it. */
#include <stdio.h>

#include "base/property.h"
#include "expr/scope.h"

typedef struct expansion {
    const fir__scope *scope;
    fir__arena *arena;
    size_t items; /* list items made so far */
    fir_error *err;
    int status;
} expansion;

static bool fail_memory(expansion *x)
{
    x->status = fir__arena_error(x->arena);
    if (x->status == FIR_ELIMIT) {
        (void)fir__fail(x->err, FIR_ELIMIT, "the condition needs more than %zu bytes of memory once macros and lists are expanded",
                        x->arena->max);
    } else {
        (void)fir__no_memory(x->err);
    }
    return false;
}

static bool fail_size(expansion *x, fir__place at)
{
    x->status = fir__fail_at(x->err, FIR_ELIMIT, at, "the condition has more than %d parts once macros and lists are expanded",
                             FIR__EXPR_MOST_WEIGHT);
    return false;
}

static bool fail_macro(expansion *x, const fir__ast *ident)
{
    enum { SHOWN = 100 };
    char hint[200] = "";
    fir_str name = fir__str_to(ident->name, SHOWN);
    fir_str near = fir__str_suggest(ident->name, x->scope->macros.count, fir__names_at, &x->scope->macros);
    if (fir__names_find(&x->scope->lists, ident->name) != NULL) {
        (void)snprintf(hint, sizeof hint, "; hint: '%.*s' is a list: it stands behind 'in', as in 'proc.name in (%.*s)'",
                       (int)name.len, name.ptr, (int)name.len, name.ptr);
    } else if (near.ptr != NULL) {
        (void)snprintf(hint, sizeof hint, "; hint: did you mean '%.*s'?", (int)near.len, near.ptr);
    } else if (fir__property_find(ident->name) != FIR__PROP_NONE) {
        (void)snprintf(hint, sizeof hint, "; hint: the alert's '%.*s' needs an operator behind it", (int)name.len, name.ptr);
    }
    x->status =
        fir__fail_at(x->err, FIR_ECOMPILE, ident->at, "Undefined macro '%.*s' used in filter.%s", (int)name.len, name.ptr, hint);
    return false;
}

/* ---- lists ---- */

/* The list that an item of a condition's list names, or NULL. */
static const fir__named *named_list(const expansion *x, const fir__operand *item)
{
    bool bare = item->kind == FIR__OPERAND_IDENT || (item->kind == FIR__OPERAND_TEXT && !item->quoted);
    return bare ? fir__names_find(&x->scope->lists, item->text) : NULL;
}

/* Appends a list's items. They count as quoted: none of them is a list's name any more. */
static void put_items(const fir__named *list, fir__place at, fir__operand *to, size_t *n)
{
    for (size_t i = 0; i < list->n_items; i++) {
        to[(*n)++] = (fir__operand){.kind = FIR__OPERAND_TEXT, .at = at, .text = list->items[i], .quoted = true};
    }
}

/* Keeps the names of the lists, for who explains the check. */
static bool keep_names(expansion *x, const fir__operand *from, uint32_t n_from, uint32_t n_lists, fir__ast *check)
{
    fir_str *names = fir__arena_array(x->arena, n_lists, sizeof *names);
    if (names == NULL) {
        return fail_memory(x);
    }
    check->lists = names;
    for (uint32_t i = 0; i < n_from; i++) {
        if (named_list(x, &from[i]) != NULL) {
            names[check->n_lists++] = from[i].text;
        }
    }
    return true;
}

/* The items of `from`, names of lists replaced, become the check's right side. */
static bool expand_items(expansion *x, const fir__operand *from, uint32_t n_from, fir__ast *check)
{
    fir__operand *to = &check->right;
    size_t total = 0, n = 0;
    uint32_t n_lists = 0;
    for (uint32_t i = 0; i < n_from; i++) {
        const fir__named *list = named_list(x, &from[i]);
        total += list != NULL ? list->n_items : 1;
        n_lists += list != NULL;
    }
    if (total > FIR__EXPR_MOST_WEIGHT - x->items) {
        return fail_size(x, to->at);
    }
    x->items += total;
    to->args = fir__arena_array(x->arena, total, sizeof *to->args);
    if (to->args == NULL) {
        return fail_memory(x);
    }
    for (uint32_t i = 0; i < n_from; i++) {
        const fir__named *list = named_list(x, &from[i]);
        if (list != NULL) {
            put_items(list, from[i].at, to->args, &n);
        } else {
            to->args[n++] = from[i];
        }
    }
    to->n_args = (uint32_t)n;
    return n_lists == 0 || keep_names(x, from, n_from, n_lists, check);
}

/* Whether the operand has something to replace: a name where a list may stand, or an item that is one. */
static bool has_lists(const expansion *x, const fir__operand *o)
{
    if (o->kind == FIR__OPERAND_IDENT) {
        return true;
    }
    for (uint32_t i = 0; o->kind == FIR__OPERAND_LIST && i < o->n_args; i++) {
        if (named_list(x, &o->args[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool expand_check(expansion *x, fir__ast *check, fir__ast **out)
{
    *out = check;
    if (check->op == FIR__OP_EXISTS || !has_lists(x, &check->right)) {
        return true;
    }
    fir__ast *copy = fir__arena_alloc(x->arena, sizeof *copy);
    if (copy == NULL) {
        return fail_memory(x);
    }
    *copy = *check;
    copy->right = (fir__operand){.kind = FIR__OPERAND_LIST, .at = check->right.at};
    fir__operand name = check->right;
    if (name.kind == FIR__OPERAND_IDENT) { /* a name that is no list is, as in Falco, the one value */
        name.kind = FIR__OPERAND_TEXT;
        if (!expand_items(x, &name, 1, copy)) {
            return false;
        }
    } else if (!expand_items(x, check->right.args, check->right.n_args, copy)) {
        return false;
    }
    fir__ast_measure(copy);
    *out = copy;
    return true;
}

/* ---- trees ---- */

static bool expand_node(expansion *x, fir__ast *ast, fir__ast **out);

/* A copy of the node with one child replaced; made at the first change, then changed. */
static bool replace_child(expansion *x, const fir__ast *ast, uint32_t i, fir__ast *child, fir__ast **copy)
{
    if (*copy == NULL) {
        fir__ast *c = fir__arena_alloc(x->arena, sizeof *c);
        fir__ast **children = fir__arena_array(x->arena, ast->n_children, sizeof *children);
        if (c == NULL || children == NULL) {
            return fail_memory(x);
        }
        *c = *ast;
        memcpy(children, ast->children, ast->n_children * sizeof *children);
        c->children = children;
        *copy = c;
    }
    (*copy)->children[i] = child;
    return true;
}

static bool expand_children(expansion *x, fir__ast *ast, fir__ast **out)
{
    fir__ast *copy = NULL;
    for (uint32_t i = 0; i < ast->n_children; i++) {
        fir__ast *child;
        if (!expand_node(x, ast->children[i], &child)) {
            return false;
        }
        if (child != ast->children[i] && !replace_child(x, ast, i, child, &copy)) {
            return false;
        }
    }
    if (copy != NULL) {
        fir__ast_measure(copy);
    }
    *out = copy != NULL ? copy : ast;
    return true;
}

static bool expand_node(expansion *x, fir__ast *ast, fir__ast **out)
{
    if (ast->kind == FIR__AST_CHECK) {
        return expand_check(x, ast, out);
    }
    if (ast->kind != FIR__AST_IDENT) {
        return expand_children(x, ast, out);
    }
    const fir__named *macro = fir__names_find(&x->scope->macros, ast->name);
    if (macro == NULL) {
        return fail_macro(x, ast);
    }
    *out = (fir__ast *)(uintptr_t)macro->macro; /* nobody writes to a tree that was parsed */
    return true;
}

int fir__expr_expand(fir__ast *ast, const fir__scope *scope, fir__arena *arena, fir__ast **out, fir_error *err)
{
    expansion x = {.scope = scope, .arena = arena, .err = err};
    fir__ast *result = NULL;
    *out = NULL;
    if (!expand_node(&x, ast, &result)) {
        return x.status;
    }
    if (result->weight > FIR__EXPR_MOST_WEIGHT) {
        (void)fail_size(&x, ast->at);
        return x.status;
    }
    uint32_t levels = FIR__LEVELS_BASE + result->levels;
    if (levels >= fir__levels_of(FIR__EXPR_DEPTH) && result->levels > ast->levels) {
        return fir__fail_at(err, FIR_ELIMIT, ast->at, "the condition is nested deeper than %d parentheses once macros are expanded",
                            FIR__EXPR_DEPTH);
    }
    *out = result;
    return 0;
}
