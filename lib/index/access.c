/* SPDX-License-Identifier: Apache-2.0 */
/* Access sets: what must be there for a condition to be anything but false. Read off its tree: of an `and` one child suffices, the
 * cheapest; of an `or` all are needed; a `not` turns them around. */
#include "base/priority.h"
#include "index/private.h"

typedef struct analysis {
    const fir__program *p;
    const fir__slot_use *use;
    fir__expr_scratch *x;
    fir__arena *arena;
    bool failed;
} analysis;

static const fir__access everything = {FIR__ACCESS_ALWAYS, NULL, 0, 1.0};
static const fir__access nothing = {FIR__ACCESS_NEVER, NULL, 0, 0.0};

/* ---- what a predicate can be looked up by ---- */

/* Values of a slot that are compared as text, byte for byte. */
static bool is_text_of_slot(const fir__predicate *p)
{
    return p->left.kind == FIR__SOURCE_FIELD && p->right == NULL && !p->step && !p->left.hex && p->class == FIR__C_TEXT;
}

static bool is_value_test(const fir__predicate *p)
{
    if (p->op == FIR__OP_TALON_EQ) {
        /* Lists, absent values and numbers print otherwise than they are written: what may be one is run. */
        fir_str s = p->constants[0].text;
        return p->left.kind == FIR__SOURCE_FIELD && (s.len == 0 || strchr("[<+-.0123456789", s.ptr[0]) == NULL);
    }
    bool any = p->modifier == FIR__MOD_NONE || p->modifier == FIR__MOD_ANYOF;
    return is_text_of_slot(p) && ((p->op == FIR__OP_EQ && any) || p->op == FIR__OP_IN || p->op == FIR__OP_INTERSECTS);
}

static bool is_priority_test(const fir__predicate *p)
{
    return p->type == FIR__F_PRIORITY && p->left.kind == FIR__SOURCE_FIELD && p->right == NULL && p->op != FIR__OP_EXISTS;
}

/* The longest run of a glob that stands for itself. */
static fir_str glob_literal(fir_str pattern)
{
    fir_str best = {NULL, 0};
    size_t start = 0;
    for (size_t i = 0; i <= pattern.len; i++) {
        bool special = i == pattern.len || strchr("*?[\\", pattern.ptr[i]) != NULL;
        if (!special) {
            continue;
        }
        if (i - start > best.len) {
            best = fir__str(pattern.ptr + start, i - start);
        }
        if (i < pattern.len && pattern.ptr[i] != '*' && pattern.ptr[i] != '?') {
            break; /* a class or an escape: what follows is not read */
        }
        start = i + 1;
    }
    return best;
}

/* A text that stands in every value for which the constant holds; empty: none is known. */
static fir_str literal_of(const fir__predicate *p, const fir__typed *constant)
{
    switch (p->op) {
    case FIR__OP_CONTAINS:
    case FIR__OP_STARTSWITH:
    case FIR__OP_ENDSWITH:
        return constant->text;
    case FIR__OP_GLOB:
        return glob_literal(constant->text);
    case FIR__OP_REGEX: {
        const fir__regex_required *required = fir__regex_literal(constant->regex);
        return fir__str(required->bytes, required->len);
    }
    default:
        return (fir_str){NULL, 0};
    }
}

static double literal_cost(size_t length)
{
    return length >= 6 ? 0.01 : length >= 4 ? 0.03 : length == 3 ? 0.08 : 0.4;
}

/* ---- access sets of predicates ---- */

static fir__access make(analysis *k, uint32_t n)
{
    fir__access a = {FIR__ACCESS_KEYS, fir__arena_array(k->arena, n, sizeof(fir__key)), n, 0.0};
    k->failed |= a.keys == NULL;
    return a.keys != NULL ? a : everything;
}

static double value_cost(const analysis *k, uint32_t slot, uint32_t n)
{
    uint32_t known = k->use[slot].values;
    return known <= 1 ? 0.2 : n >= known ? 0.9 : 0.9 * (double)n / (double)known;
}

static fir__access by_values(analysis *k, const fir__predicate *p)
{
    if (p->n_constants == 0) {
        return nothing;
    }
    fir__access a = make(k, p->n_constants);
    for (uint32_t i = 0; a.kind == FIR__ACCESS_KEYS && i < a.n; i++) {
        a.keys[i] = (fir__key){.kind = FIR__KEY_VALUE, .slot = p->left.slot, .text = p->constants[i].text};
    }
    a.cost = a.kind == FIR__ACCESS_KEYS ? value_cost(k, p->left.slot, a.n) : 1.0;
    return a;
}

/* Of eight levels, those for which the predicate is not false: asked one by one. */
static fir__access by_priority(analysis *k, const fir__predicate *p)
{
    uint32_t slots = p->left.slot + 1, n = 0;
    const fir__value **values = fir__arena_array(k->arena, slots, sizeof(fir__value *));
    fir__access a = make(k, FIR__PRIORITIES);
    if (values == NULL || a.kind != FIR__ACCESS_KEYS) {
        k->failed = true;
        return everything;
    }
    for (int level = 0; level < FIR__PRIORITIES; level++) {
        fir__value value = fir__value_string(fir__priority_name(level));
        const fir__frame frame = {values, slots};
        values[p->left.slot] = &value;
        int verdict = fir__predicate_run(p, &frame, k->x);
        k->failed |= verdict < 0;
        if (verdict != FIR_FALSE) {
            a.keys[n++] = (fir__key){.kind = FIR__KEY_VALUE, .slot = p->left.slot, .text = fir__priority_name(level)};
        }
    }
    a.n = n;
    a.cost = 0.12 * n;
    return n != 0 ? a : nothing;
}

static fir__access by_literals(analysis *k, const fir__predicate *p, uint32_t number)
{
    double cost = 0.0;
    for (uint32_t i = 0; i < p->n_constants; i++) {
        size_t length = literal_of(p, &p->constants[i]).len;
        if (length < 2) {
            return everything;
        }
        cost += literal_cost(length);
    }
    if (p->n_constants == 0) { /* `exists`, which asks for no text; else there is nothing for which it holds */
        return p->op == FIR__OP_EXISTS ? everything : nothing;
    }
    fir__access a = make(k, p->n_constants);
    for (uint32_t i = 0; a.kind == FIR__ACCESS_KEYS && i < a.n; i++) {
        a.keys[i] = (fir__key){
            .kind = FIR__KEY_LITERAL, .slot = p->left.slot, .text = literal_of(p, &p->constants[i]), .predicate = number};
    }
    a.cost = cost < 0.9 ? cost : 0.9;
    return a;
}

/* The predicate itself, decided for every alert. */
static fir__access by_verdict(analysis *k, uint32_t number, bool negated)
{
    fir__access a = make(k, 1);
    if (a.kind == FIR__ACCESS_KEYS) {
        a.keys[0] = (fir__key){.kind = FIR__KEY_HEAD, .negated = negated, .predicate = number};
        a.cost = negated ? 0.95 : 0.5; /* deciding it costs too */
    }
    return a;
}

static fir__access of_predicate(analysis *k, uint32_t number, bool negated)
{
    const fir__predicate *p = &k->p->predicates[number];
    fir__access a = everything;
    if (!negated && is_value_test(p)) {
        a = by_values(k, p);
    } else if (!negated && is_priority_test(p)) {
        a = by_priority(k, p);
    } else if (!negated && is_text_of_slot(p) && (p->modifier == FIR__MOD_NONE || p->modifier == FIR__MOD_ANYOF)) {
        a = by_literals(k, p, number);
    }
    return a.kind == FIR__ACCESS_ALWAYS ? by_verdict(k, number, negated) : a;
}

/* ---- access sets of trees ---- */

static fir__access of_node(analysis *k, const fir__branch *node, bool negated);

static fir__access cheapest(analysis *k, const fir__branch *node, bool negated)
{
    fir__access best = everything;
    for (uint32_t i = 0; i < node->n_children; i++) {
        fir__access a = of_node(k, &node->children[i], negated);
        if (a.kind == FIR__ACCESS_NEVER) {
            return a;
        }
        if (a.kind == FIR__ACCESS_KEYS && (best.kind == FIR__ACCESS_ALWAYS || a.cost < best.cost)) {
            best = a;
        }
    }
    return best;
}

static fir__access all_of(analysis *k, const fir__branch *node, bool negated)
{
    fir__access *each = fir__arena_array(k->arena, node->n_children, sizeof *each);
    uint32_t total = 0, n = 0;
    double cost = 0.0;
    if (each == NULL) {
        k->failed = true;
        return everything;
    }
    for (uint32_t i = 0; i < node->n_children; i++) {
        each[i] = of_node(k, &node->children[i], negated);
        if (each[i].kind == FIR__ACCESS_ALWAYS) {
            return everything;
        }
        total += each[i].n;
        cost += each[i].cost;
    }
    if (total == 0) {
        return nothing;
    }
    fir__access a = make(k, total);
    for (uint32_t i = 0; a.kind == FIR__ACCESS_KEYS && i < node->n_children; i++) {
        for (uint32_t j = 0; j < each[i].n; j++) {
            a.keys[n++] = each[i].keys[j];
        }
    }
    a.cost = cost < 1.0 ? cost : 1.0;
    return a;
}

/* Depth: the parser bounded it. */
static fir__access of_node(analysis *k, const fir__branch *node, bool negated)
{
    switch (node->kind) {
    case FIR__BRANCH_PREDICATE:
        return of_predicate(k, node->predicate, negated);
    case FIR__BRANCH_NOT:
        return of_node(k, &node->children[0], !negated);
    default:
        return (node->kind == FIR__BRANCH_AND) != negated ? cheapest(k, node, negated) : all_of(k, node, negated);
    }
}

bool fir__matcher_access(const fir__program *p, const fir__slot_use *use, fir__expr_scratch *x, fir__arena *arena, fir__access *out)
{
    analysis k = {p, use, x, arena, false};
    *out = of_node(&k, &p->root, false);
    return !k.failed;
}

void fir__matcher_count_values(const fir__predicate *p, fir__slot_use *use)
{
    if (is_value_test(p)) {
        use[p->left.slot].values += p->n_constants;
    }
}
