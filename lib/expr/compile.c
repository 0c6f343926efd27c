/* SPDX-License-Identifier: Apache-2.0 */
/* From a syntax tree to a program: a predicate for each different check, the tree over them, and the tree as jumps. */
#include "expr/compiler.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/hash.h"

enum { LONGEST_KEY = 4 << 20, MOST_SORTED = 1000 /* children of one node: sorting is quadratic */ };

/* ---- errors and warnings ---- */

__attribute__((format(printf, 2, 0))) static fir_str format_text(fir__compiler *c, const char *format, va_list args)
{
    fir_error message; /* makes UTF-8 of whatever is quoted */
    char text[512];
    (void)vsnprintf(text, sizeof text, format, args);
    (void)fir__fail(&message, FIR_ECOMPILE, "%s", text);
    return fir__arena_str(c->arena, fir__cstr(message.message));
}

bool fir__compile_fail_memory(fir__compiler *c)
{
    c->status = fir__arena_error(c->arena);
    if (c->status == FIR_ELIMIT) {
        (void)fir__fail(c->err, FIR_ELIMIT, "the condition needs more memory than the limit of %zu bytes", c->arena->max);
    } else {
        (void)fir__no_memory(c->err);
    }
    return false;
}

bool fir__compile_fail(fir__compiler *c, const char *hint, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    c->status = fir__fail_at(c->err, FIR_ECOMPILE, c->check->at, "%s%s%s", text, *hint != '\0' ? "; hint: " : "", hint);
    return false;
}

bool fir__compile_warn(fir__compiler *c, const char *code, fir_str hint, const char *format, ...)
{
    va_list args;
    if (c->warnings == NULL) {
        return true;
    }
    fir__expr_warning *w = fir__arena_zalloc(c->arena, sizeof *w);
    if (w == NULL) {
        return fir__compile_fail_memory(c);
    }
    va_start(args, format);
    w->message = format_text(c, format, args);
    va_end(args);
    w->at = c->check->at;
    w->code = code;
    w->hint = hint;
    *c->warnings = w;
    c->warnings = &w->next;
    return w->message.ptr != NULL || fir__compile_fail_memory(c);
}

fir_str fir__expr_did_you_mean(fir__compiler *c, fir_str near)
{
    char text[160];
    int n = snprintf(text, sizeof text, "did you mean %.*s?", FIR__SHOWN(near));
    fir_str kept = fir__arena_str(c->arena, fir__str(text, n > 0 ? (size_t)n : 0));
    return kept.ptr != NULL ? kept : FIR__S("");
}

/* ---- predicates, each once ---- */

static bool grow_keys(fir__compiler *c)
{
    if (c->keys != NULL && (c->program->n_predicates + 1) * 2 <= c->keys_mask) {
        return true;
    }
    uint32_t size = c->keys == NULL ? 64 : (c->keys_mask + 1) * 2;
    uint32_t *keys = fir__zalloc(&c->arena->allocator, size * sizeof *keys);
    if (keys == NULL) {
        return fir__compile_fail_memory(c);
    }
    fir__free(&c->arena->allocator, c->keys);
    c->keys = keys;
    c->keys_mask = size - 1;
    for (uint32_t i = 0; i < c->program->n_predicates; i++) {
        uint32_t at = (uint32_t)fir__hash_str(c->program->predicates[i].key) & c->keys_mask;
        while (keys[at] != 0) {
            at = (at + 1) & c->keys_mask;
        }
        keys[at] = i + 1;
    }
    return true;
}

/* A check's own text is its key; Talon's comparison prints as another one does. */
static bool make_key(fir__compiler *c, const fir__ast *check, fir_str *key)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &c->arena->allocator, LONGEST_KEY);
    fir__sbuf_char(&b, check->op == FIR__OP_TALON_EQ ? 't' : 'f');
    fir__expr_print(&b, check, FIR__PRINT_SAFE);
    *key = b.status == 0 ? fir__arena_str(c->arena, fir__sbuf_view(&b)) : (fir_str){NULL, 0};
    if (b.status == FIR_ELIMIT) {
        c->status = fir__fail_at(c->err, FIR_ELIMIT, check->at, "a check is longer than %d bytes", LONGEST_KEY);
    } else if (key->ptr == NULL) {
        (void)fir__compile_fail_memory(c);
    }
    fir__sbuf_free(&b);
    return c->status == 0;
}

/* The number of the predicate for a check, made when it is new. */
static bool predicate_for(fir__compiler *c, const fir__ast *check, uint32_t *number)
{
    fir__program *p = c->program;
    fir_str key;
    c->check = check;
    if (!grow_keys(c) || !make_key(c, check, &key)) {
        return false;
    }
    uint32_t at = (uint32_t)fir__hash_str(key) & c->keys_mask;
    for (; c->keys[at] != 0; at = (at + 1) & c->keys_mask) {
        if (fir__str_eq(p->predicates[c->keys[at] - 1].key, key)) {
            *number = c->keys[at] - 1;
            return true;
        }
    }
    if (!fir__grow(&c->arena->allocator, &p->predicates, &c->cap_predicates, (size_t)p->n_predicates + 1, sizeof *p->predicates)) {
        return fir__compile_fail_memory(c);
    }
    fir__predicate *new_one = &p->predicates[p->n_predicates];
    memset(new_one, 0, sizeof *new_one);
    new_one->key = key;
    *number = p->n_predicates++; /* from here on fir__program_free sees its regular expressions */
    c->keys[at] = p->n_predicates;
    return fir__compile_check(c, check, new_one);
}

/* ---- the tree ---- */

static bool keep_names(fir__compiler *c, const fir__ast *ast, fir__branch *out)
{
    if (ast->macro.len == 0 && ast->n_lists == 0) {
        return true;
    }
    fir__branch_names *kept = fir__arena_zalloc(c->arena, sizeof *kept);
    fir_str *lists = fir__arena_array(c->arena, ast->n_lists, sizeof *lists);
    if (kept == NULL || lists == NULL) {
        return fir__compile_fail_memory(c);
    }
    kept->macro = fir__arena_str(c->arena, ast->macro);
    kept->lists = lists;
    kept->n_lists = ast->n_lists;
    bool good = kept->macro.ptr != NULL;
    for (uint32_t i = 0; good && i < ast->n_lists; i++) {
        lists[i] = fir__arena_str(c->arena, ast->lists[i]);
        good = lists[i].ptr != NULL;
    }
    out->names = kept;
    return good || fir__compile_fail_memory(c);
}

static bool compile_node(fir__compiler *c, const fir__ast *ast, fir__branch *out)
{
    static const fir__branch_kind kinds[] = {
        [FIR__AST_AND] = FIR__BRANCH_AND, [FIR__AST_OR] = FIR__BRANCH_OR, [FIR__AST_NOT] = FIR__BRANCH_NOT};
    if (!keep_names(c, ast, out)) {
        return false;
    }
    if (ast->kind == FIR__AST_CHECK) {
        out->kind = FIR__BRANCH_PREDICATE;
        c->program->n_jumps++;
        return predicate_for(c, ast, &out->predicate);
    }
    if (ast->kind == FIR__AST_IDENT) {
        c->status = fir__fail_at(c->err, FIR_ECOMPILE, ast->at, "Undefined macro '%.*s' used in filter.", FIR__SHOWN(ast->name));
        return false;
    }
    fir__branch *children = fir__arena_array(c->arena, ast->n_children, sizeof *children);
    if (children == NULL) {
        return fir__compile_fail_memory(c);
    }
    out->kind = kinds[ast->kind];
    out->children = children;
    out->n_children = ast->n_children;
    for (uint32_t i = 0; i < ast->n_children; i++) {
        if (!compile_node(c, ast->children[i], &children[i])) {
            return false;
        }
    }
    return true;
}

/* ---- the jumps ---- */

typedef struct coder {
    const fir__program *p;
    fir__jump *jumps;
    uint32_t at; /* written from the end, so that where to go on is known */
    fir__arena *arena;
    bool failed;
} coder;

/* What deciding a predicate costs, roughly: a comparison, a walk through a text, a regular expression. */
static uint32_t predicate_cost(const fir__predicate *p)
{
    return p->op == FIR__OP_REGEX ? 100 : p->quick != FIR__QUICK_NO ? 1 : p->left.kind == FIR__SOURCE_CALL ? 30 : 10;
}

static uint32_t cost_of(const coder *k, const fir__branch *node)
{
    if (node->kind == FIR__BRANCH_PREDICATE) {
        return predicate_cost(&k->p->predicates[node->predicate]);
    }
    uint32_t cost = 0;
    for (uint32_t i = 0; i < node->n_children && cost < UINT32_MAX / 2; i++) {
        cost += cost_of(k, &node->children[i]);
    }
    return cost;
}

/* The children in the order in which they are decided: the cheap ones first, equals as they are written. Three-valued logic gives
 * the same verdict in any order. */
static const fir__branch **decide_order(coder *k, const fir__branch *node)
{
    const fir__branch **order = fir__arena_array(k->arena, node->n_children, sizeof(fir__branch *));
    uint32_t *costs = fir__arena_array(k->arena, node->n_children, sizeof *costs);
    if (order == NULL || costs == NULL) {
        k->failed = true;
        return NULL;
    }
    bool sorted = true;
    for (uint32_t i = 0; i < node->n_children; i++) {
        order[i] = &node->children[i];
        costs[i] = cost_of(k, order[i]);
        sorted = sorted && (i == 0 || costs[i - 1] <= costs[i]);
    }
    if (sorted || node->n_children > MOST_SORTED) {
        return order;
    }
    for (uint32_t i = 1; i < node->n_children; i++) {
        const fir__branch *x = order[i];
        uint32_t cost = costs[i], j = i;
        for (; j > 0 && costs[j - 1] > cost; j--) {
            order[j] = order[j - 1];
            costs[j] = costs[j - 1];
        }
        order[j] = x;
        costs[j] = cost;
    }
    return order;
}

/* Gives the place where deciding the node begins. */
static uint32_t code(coder *k, const fir__branch *node, uint32_t on_false, uint32_t on_true, bool negated)
{
    if (node->kind == FIR__BRANCH_PREDICATE) {
        k->jumps[--k->at] = (fir__jump){.predicate = node->predicate, .on = {on_false, on_true}, .negated = negated};
        return k->at + FIR__JUMP_FIRST;
    }
    if (node->kind == FIR__BRANCH_NOT) {
        return code(k, &node->children[0], on_true, on_false, !negated);
    }
    const bool all = node->kind == FIR__BRANCH_AND;
    const fir__branch **order = decide_order(k, node);
    uint32_t next = all ? on_true : on_false;
    for (uint32_t i = node->n_children; order != NULL && i-- > 0;) {
        next = code(k, order[i], all ? on_false : next, all ? next : on_true, negated);
    }
    return next;
}

static bool make_jumps(fir__compiler *c)
{
    fir__program *p = c->program;
    coder k = {.p = p, .jumps = fir__arena_array(c->arena, p->n_jumps, sizeof(fir__jump)), .at = p->n_jumps, .arena = c->arena};
    if (k.jumps == NULL) {
        return fir__compile_fail_memory(c);
    }
    p->jumps = k.jumps;
    p->first = code(&k, &p->root, FIR__JUMP_FALSE, FIR__JUMP_TRUE, false);
    return !k.failed || fir__compile_fail_memory(c);
}

static bool compile_all(fir__compiler *c, const fir__ast *ast)
{
    if (ast->levels > fir__levels_of(FIR__EXPR_MOST_DEPTH) || ast->weight > FIR__EXPR_MOST_WEIGHT) {
        c->status = fir__fail_at(c->err, FIR_ELIMIT, ast->at, "the condition with its macros is too large or nests too deep");
        return false;
    }
    return compile_node(c, ast, &c->program->root) && make_jumps(c);
}

/* The predicates move into the arena. */
static bool settle_predicates(fir__compiler *c)
{
    fir__program *p = c->program;
    fir__predicate *kept = fir__arena_alloc(c->arena, p->n_predicates * sizeof *kept);
    if (kept == NULL) {
        return fir__compile_fail_memory(c);
    }
    memcpy(kept, p->predicates, p->n_predicates * sizeof *kept);
    fir__free(&c->arena->allocator, p->predicates);
    p->predicates = kept;
    return true;
}

int fir__expr_compile(const fir__ast *ast, const fir__compile_options *o, fir__arena *arena, fir__program **out,
                      fir__expr_warning **warnings, fir_error *err)
{
    fir__compile_options options = *o;
    *out = NULL;
    if (options.allocator == NULL) {
        options.allocator = &arena->allocator;
    }
    if (warnings != NULL) {
        *warnings = NULL;
    }
    fir__compiler c = {.o = &options, .arena = arena, .check = ast, .warnings = warnings, .err = err};
    c.program = fir__arena_zalloc(arena, sizeof *c.program);
    if (c.program == NULL) {
        (void)fir__compile_fail_memory(&c);
        return c.status;
    }
    bool good = compile_all(&c, ast) && settle_predicates(&c);
    fir__free(&arena->allocator, c.keys);
    if (!good) {
        fir__predicate *unsettled = c.program->predicates;
        fir__program_free(c.program);
        fir__free(&arena->allocator, unsettled);
        return c.status;
    }
    *out = c.program;
    return 0;
}

void fir__program_free(fir__program *p)
{
    for (uint32_t i = 0; p != NULL && i < p->n_predicates; i++) {
        const fir__predicate *q = &p->predicates[i];
        for (uint32_t k = 0; q->op == FIR__OP_REGEX && k < q->n_constants; k++) {
            fir__regex_free(q->constants[k].regex);
        }
    }
    if (p != NULL) {
        p->n_predicates = 0;
    }
}

void fir__program_slots(const fir__program *p, void (*visit)(void *ctx, uint32_t slot), void *ctx)
{
    for (uint32_t i = 0; i < p->n_predicates; i++) {
        fir__source_slots(&p->predicates[i].left, visit, ctx);
        if (p->predicates[i].right != NULL) {
            fir__source_slots(p->predicates[i].right, visit, ctx);
        }
    }
}

bool fir__program_has_regex(const fir__program *p)
{
    return p->has_regex;
}
