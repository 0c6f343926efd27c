/* SPDX-License-Identifier: Apache-2.0 */
/* One predicate over an alert. Verdicts are FIR_FALSE, FIR_TRUE, FIR_UNDECIDED; errors are negative and pass through. */
#include "base/utf8.h"
#include "expr/run.h"

/* A predicate with the constants of this run: its own, or the values of its right side. */
typedef struct test {
    const fir__predicate *p;
    fir__expr_scratch *x;
    const fir__typed *constants;
    uint32_t n;
} test;

#define ALL_CONSTANTS UINT32_MAX

static int test_constant(const test *t, const fir__typed *value, uint32_t k)
{
    if (t->p->op != FIR__OP_REGEX) {
        return fir__typed_test(t->p, value, &t->constants[k]);
    }
    if (t->p->left.any_bytes && fir__utf8_valid(value->text) != value->text.len) {
        return FIR_FALSE; /* RE2 finds no character in what is no UTF-8 */
    }
    return fir__regex_match(t->constants[k].regex, value->text, t->x->regex);
}

/* The verdict so far and another one; *done when nothing can change it. */
static int combine(fir__quantifier q, int sofar, int next, bool *done)
{
    int decisive = q == FIR__ANY ? FIR_TRUE : FIR_FALSE;
    *done = next < 0 || next == decisive;
    return *done || next == FIR_UNDECIDED ? next : sofar;
}

/* One value against constant k, or against all of them. */
static int test_value(const test *t, const fir__typed *value, uint32_t k)
{
    const fir__quantifier q = t->p->op == FIR__OP_NE ? FIR__EVERY : FIR__ANY;
    bool done = false;
    if (t->p->op == FIR__OP_EXISTS) {
        return FIR_TRUE;
    }
    if (k != ALL_CONSTANTS) {
        return test_constant(t, value, k);
    }
    if (t->p->table != NULL) {
        return fir__table_has(t->p, value->text);
    }
    int verdict = q == FIR__EVERY;
    for (uint32_t i = 0; i < t->n && !done; i++) {
        verdict = combine(q, verdict, test_constant(t, value, i), &done);
    }
    return verdict;
}

/* All values of the left side. One without a reading counts as absent; without any the verdict is false. */
static int test_values(const test *t, const fir__value *left, uint32_t k)
{
    const fir__value *items = left->type == FIR__LIST ? left->items : left;
    const uint32_t n = left->type == FIR__LIST ? left->len : 1;
    const fir__quantifier q = (fir__quantifier)t->p->quantifier;
    int verdict = q == FIR__EVERY;
    bool any = false, done = false;
    for (uint32_t i = 0; i < n && !done; i++) {
        fir__typed value;
        if (fir__value_typed(t->p, &items[i], &value)) {
            any = true;
            verdict = combine(q, verdict, test_value(t, &value, k), &done);
        }
    }
    return any ? verdict : FIR_FALSE;
}

/* oneof, anyof, allof: how many constants hold. */
static int test_modifier(const test *t, const fir__value *left)
{
    uint32_t held = 0, open = 0;
    for (uint32_t k = 0; k < t->n; k++) {
        int verdict = test_values(t, left, k);
        if (verdict < 0) {
            return verdict;
        }
        held += verdict == FIR_TRUE;
        open += verdict == FIR_UNDECIDED;
    }
    switch (t->p->modifier) {
    case FIR__MOD_ANYOF:
        return held != 0 ? FIR_TRUE : open != 0 ? FIR_UNDECIDED : FIR_FALSE;
    case FIR__MOD_ALLOF:
        return t->n == 0 || held + open < t->n ? FIR_FALSE : open != 0 ? FIR_UNDECIDED : FIR_TRUE;
    default:
        return held > 1 ? FIR_FALSE : open != 0 ? FIR_UNDECIDED : held == 1;
    }
}

/* The right side's values as constants; none: *n is 0. */
static int right_values(const fir__predicate *p, const fir__frame *frame, test *t)
{
    const fir__value *right;
    int status = fir__source_value(p->right, frame, t->x, &right);
    if (status != 0 || right == NULL) {
        return status;
    }
    const fir__value *items = right->type == FIR__LIST ? right->items : right;
    const uint32_t n = right->type == FIR__LIST ? right->len : 1;
    fir__typed *made = fir__arena_alloc(&t->x->arena, n * sizeof *made);
    if (made == NULL) {
        return fir__arena_error(&t->x->arena);
    }
    for (uint32_t i = 0; i < n; i++) {
        t->n += fir__value_typed(p, &items[i], &made[t->n]);
    }
    t->constants = made;
    return 0;
}

static int run(const fir__predicate *p, const fir__frame *frame, fir__expr_scratch *x)
{
    test t = {p, x, p->constants, p->n_constants};
    const fir__value *left;
    int status = fir__source_value(&p->left, frame, x, &left);
    if (status != 0 || left == NULL) {
        return status;
    }
    if (p->right != NULL) {
        status = right_values(p, frame, &t);
        if (status != 0 || t.n == 0) {
            return status;
        }
    }
    return p->modifier != FIR__MOD_NONE ? test_modifier(&t, left) : test_values(&t, left, ALL_CONSTANTS);
}

/* ---- the quick ways ---- */

enum { NOT_QUICK = -1000 }; /* no code of the library */

static bool quick_member(const fir__predicate *p, fir_str text)
{
    if (p->table != NULL) {
        return fir__table_has(p, text);
    }
    for (uint32_t i = 0; i < p->n_constants; i++) {
        if (fir__str_eq(text, p->constants[i].text)) {
            return true;
        }
    }
    return false;
}

static int quick_text(const fir__predicate *p, fir_str text)
{
    switch (p->op) {
    case FIR__OP_EQ:
        return fir__str_eq(text, p->constants[0].text);
    case FIR__OP_NE:
        return !fir__str_eq(text, p->constants[0].text);
    case FIR__OP_CONTAINS:
        return fir__str_find(text, p->constants[0].text) != SIZE_MAX;
    case FIR__OP_STARTSWITH:
        return fir__str_starts(text, p->constants[0].text);
    case FIR__OP_ENDSWITH:
        return fir__str_ends(text, p->constants[0].text);
    default:
        return quick_member(p, text);
    }
}

/* Numbers of a signed and of an unsigned type, cut to its bits, in one order. */
static int quick_number(const fir__predicate *p, int64_t i)
{
    const unsigned unused = 64u - p->bits;
    const uint64_t flip = p->class == FIR__C_INT ? UINT64_C(1) << 63 : 0;
    uint64_t a = p->class == FIR__C_INT ? (uint64_t)((int64_t)((uint64_t)i << unused) >> unused) : (uint64_t)i << unused >> unused;
    uint64_t b = p->constants[0].u ^ flip;
    a ^= flip;
    return p->accepts >> ((a > b) - (a < b) + 1) & 1;
}

static int quick_run(const fir__predicate *p, const fir__frame *frame)
{
    const fir__value *v = frame->values[p->left.slot];
    if (v == NULL || v->type == FIR__NULL) {
        return FIR_FALSE;
    }
    if (p->quick == FIR__QUICK_TEXT && v->type != FIR__LIST && v->type != FIR__OBJECT) {
        return quick_text(p, (fir_str){v->ptr, v->len});
    }
    if (p->quick == FIR__QUICK_NUMBER && v->type == (p->type == FIR__F_BOOL ? FIR__BOOL : FIR__INT)) {
        return quick_number(p, v->i);
    }
    return NOT_QUICK;
}

/* Apart, so that the quick ways need not save what only this one uses. */
static __attribute__((noinline)) int run_whole(const fir__predicate *p, const fir__frame *frame, fir__expr_scratch *s)
{
    if (p->op == FIR__OP_TALON_EQ) {
        const fir__value *v = p->left.slot < frame->count ? frame->values[p->left.slot] : NULL;
        return fir__talon_eq(v, p->constants[0].text);
    }
    int verdict = run(p, frame, s);
    if (s->arena.used != 0) {
        fir__arena_reset(&s->arena);
    }
    return verdict == FIR_ELIMIT ? FIR_UNDECIDED : verdict;
}

int fir__predicate_run(const fir__predicate *p, const fir__frame *frame, fir__expr_scratch *s)
{
    if (p->quick != FIR__QUICK_NO && p->left.slot < frame->count) {
        int quick = quick_run(p, frame);
        if (quick != NOT_QUICK) {
            return quick;
        }
    }
    return run_whole(p, frame, s);
}
