/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions: or, and, not, parentheses, macros, checks. */
#include "expr/parser.h"

static bool parse_chain(fir__parser *p, fir__ast_kind kind, fir__ast **out);

static bool new_node(fir__parser *p, fir__ast_kind kind, fir__place at, fir__ast **out)
{
    *out = fir__arena_zalloc(p->arena, sizeof **out);
    if (*out == NULL) {
        (void)fir__parse_fail_memory(p);
        return false;
    }
    (*out)->kind = kind;
    (*out)->at = at;
    return true;
}

static bool finish(fir__parser *p, fir__ast *node)
{
    node->end = p->lex.end;
    fir__ast_measure(node);
    return true;
}

bool fir__parse_enter(fir__parser *p, uint32_t levels)
{
    if (p->level + levels >= p->max_level) {
        return fir__parse_fail_depth(p);
    }
    return true;
}

static bool parse_parentheses(fir__parser *p, fir__ast **out)
{
    if (!fir__parse_enter(p, 1)) {
        return false;
    }
    p->level += FIR__LEVELS_PAREN;
    if (!parse_chain(p, FIR__AST_OR, out)) {
        return false;
    }
    p->level -= FIR__LEVELS_PAREN;
    return fir__lex_word(&p->lex, FIR__S(")")) || fir__parse_fail(p, FIR__FAIL_CLOSE);
}

static bool parse_check(fir__parser *p, fir__place at, const fir__operand *left, fir__ast **out)
{
    (void)fir__lex_blank(&p->lex);
    const fir__operator *op = fir__parse_operator(p, 0);
    if (op == NULL) {
        return fir__parse_fail(p, FIR__FAIL_OPERATOR);
    }
    fir_str word = fir__lex_take(&p->lex, op->word.len);
    if (!new_node(p, FIR__AST_CHECK, at, out)) {
        return false;
    }
    (*out)->left = *left;
    (*out)->op = op->op;
    (*out)->twice = fir__str_eq(word, FIR__S("=="));
    return fir__parse_right(p, op, *out) && finish(p, *out);
}

static bool parse_primary(fir__parser *p, fir__ast **out)
{
    fir__operand left;
    bool found;
    fir__place at = p->lex.at;
    if (fir__lex_word(&p->lex, FIR__S("("))) {
        return parse_parentheses(p, out);
    }
    if (!fir__parse_left(p, &left, &found)) {
        return false;
    }
    if (found) {
        return parse_check(p, at, &left, out);
    }
    size_t n = fir__lex_ident_len(&p->lex);
    if (n == 0) {
        return fir__parse_fail(p, FIR__FAIL_PRIMARY);
    }
    fir_str name = fir__arena_str(p->arena, fir__lex_take(&p->lex, n));
    if (name.ptr == NULL) {
        return fir__parse_fail_memory(p);
    }
    if (!new_node(p, FIR__AST_IDENT, at, out)) {
        return false;
    }
    (*out)->name = name;
    p->macro_end = p->lex.end;
    return finish(p, *out);
}

/* "not" with a blank or a parenthesis behind it; else it is a macro of that name. */
static bool take_not(fir__parser *p)
{
    char next = fir__lex_peek(&p->lex, 3);
    if ((next != '(' && !fir__is_blank(next)) || !fir__lex_word(&p->lex, FIR__S("not"))) {
        return false;
    }
    (void)fir__lex_blank(&p->lex);
    return true;
}

static bool parse_not(fir__parser *p, fir__ast **out)
{
    bool negate = false;
    fir__place at = p->lex.at, odd = at;
    fir__ast *child;
    while (take_not(p)) {
        negate = !negate;
        odd = negate ? at : odd;
        at = p->lex.at;
    }
    if (!parse_primary(p, &child)) {
        return false;
    }
    if (!negate) {
        *out = child;
        return true;
    }
    if (!new_node(p, FIR__AST_NOT, odd, out)) {
        return false;
    }
    (*out)->children = fir__arena_array(p->arena, 1, sizeof child);
    if ((*out)->children == NULL) {
        return fir__parse_fail_memory(p);
    }
    (*out)->children[0] = child;
    (*out)->n_children = 1;
    return finish(p, *out);
}

static bool push_node(fir__parser *p, fir__ast *node)
{
    if (!fir__grow(&p->arena->allocator, &p->nodes, &p->cap_nodes, p->n_nodes + 1, sizeof node)) {
        return fir__parse_fail_memory(p);
    }
    p->nodes[p->n_nodes++] = node;
    return true;
}

/* The nodes above `base` become one; a single one stays as it is. */
static bool pop_chain(fir__parser *p, fir__ast_kind kind, fir__place at, size_t base, fir__ast **out)
{
    size_t n = p->n_nodes - base;
    p->n_nodes = base;
    if (n == 1) {
        *out = p->nodes[base];
        return true;
    }
    if (!new_node(p, kind, at, out)) {
        return false;
    }
    (*out)->children = fir__arena_array(p->arena, n, sizeof(fir__ast *));
    if ((*out)->children == NULL) {
        return fir__parse_fail_memory(p);
    }
    memcpy((*out)->children, p->nodes + base, n * sizeof(fir__ast *));
    (*out)->n_children = (uint32_t)n;
    return finish(p, *out);
}

/* a or b or c, a and b and c. Behind the word stands a blank or a parenthesis. Blanks behind the whole are taken too. */
static bool parse_chain(fir__parser *p, fir__ast_kind kind, fir__ast **out)
{
    const bool or = kind == FIR__AST_OR;
    const size_t base = p->n_nodes;
    (void)fir__lex_blank(&p->lex);
    const fir__place at = p->lex.at;
    for (;;) {
        fir__ast *child = NULL;
        if (!(or ? parse_chain(p, FIR__AST_AND, &child) : parse_not(p, &child)) || !push_node(p, child)) {
            return false;
        }
        size_t end = p->lex.end;
        (void)fir__lex_blank(&p->lex);
        if (!fir__lex_word(&p->lex, or ? FIR__S("or") : FIR__S("and"))) {
            p->lex.end = end;
            return pop_chain(p, kind, at, base, out);
        }
        if (!fir__lex_blank(&p->lex) && fir__lex_peek(&p->lex, 0) != '(') {
            return fir__parse_fail(p, or ? FIR__FAIL_AFTER_OR : FIR__FAIL_AFTER_AND);
        }
    }
}

static bool parse_all(fir__parser *p, fir__ast **out)
{
    if (p->lex.text.len == 0) {
        return fir__parse_fail(p, FIR__FAIL_EMPTY);
    }
    if (!parse_chain(p, FIR__AST_OR, out)) {
        return false;
    }
    return p->lex.at.offset == p->lex.text.len || fir__parse_fail(p, FIR__FAIL_UNEXPECTED);
}

int fir__expr_parse(fir_str text, const fir__parse_options *o, fir__arena *arena, fir__ast **out, fir_error *err)
{
    *out = NULL;
    uint32_t depth = o != NULL && o->max_depth != 0 ? o->max_depth : FIR__EXPR_DEPTH;
    if (depth > FIR__EXPR_MOST_DEPTH) {
        return fir__fail(err, FIR_EINVAL, "max_depth is %u, at most %d is possible", (unsigned)depth, FIR__EXPR_MOST_DEPTH);
    }
    if (text.len > FIR__EXPR_MAX_TEXT) {
        return fir__fail(err, FIR_ELIMIT, "the condition has %zu bytes, at most %d are possible", text.len, FIR__EXPR_MAX_TEXT);
    }
    fir__parser p = {.lex = {.text = text, .at = {0, 1, 1}},
                     .properties = o != NULL && o->properties,
                     .steps = o != NULL && o->steps,
                     .level = FIR__LEVELS_BASE,
                     .max_level = fir__levels_of(depth),
                     .arena = arena,
                     .err = err};
    fir__ast *ast = NULL;
    if (parse_all(&p, &ast)) {
        *out = ast;
    }
    fir__free(&arena->allocator, p.nodes);
    fir__free(&arena->allocator, p.operands);
    return p.status;
}
