/* SPDX-License-Identifier: Apache-2.0 */
/* From access sets to tables. */
#include <stdlib.h>

#include "index/private.h"

enum { FEW_LITERALS = 4 }; /* of a slot: then deciding their predicates is cheaper than a scan */

/* A key and a condition that it leads to, before they are grouped. */
typedef struct pair {
    fir__key key;
    uint32_t condition;
} pair;

typedef struct builder {
    fir__matcher *ix;
    const fir__slots *slots;
    fir__expr_scratch *x;
    fir__arena work; /* what only building needs */
    fir__slot_use *use;
    pair *pairs;
    size_t n_pairs, cap_pairs;
    uint32_t *table; /* predicates by their key: shared number + 1 */
    uint32_t mask;
    size_t cap_postings;
    uint32_t n_postings;
} builder;

/* ---- shared predicates ---- */

static bool size_table(builder *b, const fir__program *const *programs, uint32_t n)
{
    size_t total = 0, size = 16;
    for (uint32_t i = 0; i < n; i++) {
        total += programs[i] != NULL ? programs[i]->n_predicates : 0;
    }
    while (size < total * 2) {
        size *= 2;
    }
    b->table = fir__arena_array(&b->work, size, sizeof *b->table);
    b->mask = (uint32_t)(size - 1);
    b->ix->predicates = fir__arena_array(&b->ix->arena, total, sizeof(fir__predicate *));
    return b->table != NULL && b->ix->predicates != NULL;
}

static uint32_t share(builder *b, const fir__predicate *p)
{
    uint32_t at = (uint32_t)fir__hash_str(p->key) & b->mask;
    for (; b->table[at] != 0; at = (at + 1) & b->mask) {
        uint32_t number = b->table[at] - 1;
        if (fir__str_eq(b->ix->predicates[number]->key, p->key)) {
            return number;
        }
    }
    b->ix->predicates[b->ix->n_predicates] = p;
    b->table[at] = b->ix->n_predicates + 1;
    fir__matcher_count_values(p, b->use);
    return b->ix->n_predicates++;
}

static bool share_jumps(fir__matcher *ix, fir__matcher_condition *c)
{
    const fir__program *p = c->program;
    fir__jump *jumps = fir__arena_array(&ix->arena, p->n_jumps, sizeof *jumps);
    if (jumps == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < p->n_jumps; i++) {
        jumps[i] = p->jumps[i];
        jumps[i].predicate = c->shared[jumps[i].predicate];
    }
    c->jumps = jumps;
    c->first = p->first;
    return true;
}

static bool share_all(builder *b, const fir__program *const *programs, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const fir__program *p = programs[i];
        b->ix->conditions[i] = (fir__matcher_condition){.first = FIR__JUMP_TRUE, .program = p};
        if (p == NULL) {
            continue;
        }
        uint32_t *shared = fir__arena_array(&b->ix->arena, p->n_predicates, sizeof *shared);
        if (shared == NULL) {
            return false;
        }
        for (uint32_t k = 0; k < p->n_predicates; k++) {
            shared[k] = share(b, &p->predicates[k]);
        }
        b->ix->conditions[i].shared = shared;
        if (!share_jumps(b->ix, &b->ix->conditions[i])) {
            return false;
        }
    }
    return true;
}

/* ---- keys ---- */

static void set_bit(uint64_t *bits, uint32_t i)
{
    bits[i / 64] |= UINT64_C(1) << (i % 64);
}

static bool add_pair(builder *b, const fir__key *key, uint32_t condition)
{
    if (!fir__grow(&b->ix->allocator, &b->pairs, &b->cap_pairs, b->n_pairs + 1, sizeof *b->pairs)) {
        return false;
    }
    b->pairs[b->n_pairs] = (pair){*key, condition};
    if (key->kind == FIR__KEY_HEAD) { /* from here on its number is the shared one */
        b->pairs[b->n_pairs].key.predicate = b->ix->conditions[condition].shared[key->predicate];
    }
    b->n_pairs++;
    return true;
}

static bool add_condition(builder *b, uint32_t i)
{
    fir__access a = {FIR__ACCESS_ALWAYS, NULL, 0, 1.0};
    const fir__program *p = b->ix->conditions[i].program;
    if (p != NULL && !fir__matcher_access(p, b->use, b->x, &b->work, &a)) {
        return false;
    }
    if (a.kind == FIR__ACCESS_ALWAYS) {
        set_bit(b->ix->always, i);
        b->ix->facts.always++;
    }
    for (uint32_t k = 0; k < a.n; k++) {
        if (!add_pair(b, &a.keys[k], i)) {
            return false;
        }
    }
    return true;
}

static int compare_keys(const fir__key *a, const fir__key *b)
{
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    if (a->kind == FIR__KEY_HEAD) {
        if (a->predicate != b->predicate) {
            return a->predicate < b->predicate ? -1 : 1;
        }
        return (int)a->negated - (int)b->negated;
    }
    if (a->slot != b->slot) {
        return a->slot < b->slot ? -1 : 1;
    }
    return fir__str_cmp(a->text, b->text);
}

static int compare_pairs(const void *x, const void *y)
{
    const pair *a = x, *b = y;
    int c = compare_keys(&a->key, &b->key);
    return c != 0 ? c : (a->condition > b->condition) - (a->condition < b->condition);
}

static void sort_pairs(builder *b)
{
    if (b->n_pairs != 0) {
        qsort(b->pairs, b->n_pairs, sizeof *b->pairs, compare_pairs);
    }
}

/* The end of the run of pairs with the same key that begins at `from`. */
static size_t run_end(const builder *b, size_t from)
{
    size_t to = from + 1;
    while (to < b->n_pairs && compare_keys(&b->pairs[from].key, &b->pairs[to].key) == 0) {
        to++;
    }
    return to;
}

/* A slot with few literals is not scanned: their predicates are decided instead. Gives whether something changed. */
static bool demote_few_literals(builder *b, size_t from, size_t to)
{
    uint32_t different = 0;
    for (size_t i = from; i < to; i = run_end(b, i)) {
        different++;
    }
    if (different >= FEW_LITERALS) {
        return false;
    }
    for (size_t i = from; i < to; i++) {
        const pair *was = &b->pairs[i];
        uint32_t number = b->ix->conditions[was->condition].shared[was->key.predicate];
        b->pairs[i].key = (fir__key){.kind = FIR__KEY_HEAD, .predicate = number};
    }
    return true;
}

static size_t slot_end(const builder *b, size_t from)
{
    size_t to = from + 1;
    while (to < b->n_pairs && b->pairs[to].key.kind == b->pairs[from].key.kind &&
           b->pairs[to].key.slot == b->pairs[from].key.slot) {
        to++;
    }
    return to;
}

static void demote(builder *b)
{
    bool changed = false;
    for (size_t i = 0; i < b->n_pairs;) {
        size_t end = b->pairs[i].key.kind == FIR__KEY_LITERAL ? slot_end(b, i) : i + 1;
        if (b->pairs[i].key.kind == FIR__KEY_LITERAL) {
            changed |= demote_few_literals(b, i, end);
        }
        i = end;
    }
    if (changed) {
        sort_pairs(b);
    }
}

/* ---- tables ---- */

/* The conditions of a run of pairs, each once. */
static bool post(builder *b, size_t from, size_t to, fir__posting *out)
{
    if (!fir__grow(&b->ix->allocator, &b->ix->postings, &b->cap_postings, b->n_postings + (to - from), sizeof *b->ix->postings)) {
        return false;
    }
    out->first = b->n_postings;
    for (size_t i = from; i < to; i++) {
        if (i == from || b->pairs[i].condition != b->pairs[i - 1].condition) {
            b->ix->postings[b->n_postings++] = b->pairs[i].condition;
        }
    }
    out->count = b->n_postings - out->first;
    return true;
}

static size_t count_runs(const builder *b, size_t from, fir__key_kind kind)
{
    size_t n = 0;
    for (size_t i = from; i < b->n_pairs && b->pairs[i].key.kind == kind; i = run_end(b, i)) {
        n++;
    }
    return n;
}

static void enter_value(fir__matcher *ix, const fir__key *key, fir__posting conditions)
{
    uint64_t hash = fir__value_hash(key->slot, key->text);
    uint32_t at = (uint32_t)hash & ix->value_mask;
    while (ix->values[at].slot != 0) {
        at = (at + 1) & ix->value_mask;
    }
    ix->values[at] = (fir__value_key){hash, key->slot + 1, key->text, conditions};
}

static bool build_values(builder *b, size_t *at)
{
    fir__matcher *ix = b->ix;
    size_t n = count_runs(b, *at, FIR__KEY_VALUE), size = 16;
    while (size < n * 4) { /* mostly empty: most values of an alert are no keys */
        size *= 2;
    }
    ix->values = fir__arena_array(&ix->arena, size, sizeof *ix->values);
    ix->value_slots = fir__arena_array(&ix->arena, b->slots->count, sizeof *ix->value_slots);
    if (ix->values == NULL || ix->value_slots == NULL) {
        return false;
    }
    ix->value_mask = (uint32_t)(size - 1);
    ix->facts.values = (uint32_t)n;
    while (*at < b->n_pairs && b->pairs[*at].key.kind == FIR__KEY_VALUE) {
        const fir__key *key = &b->pairs[*at].key;
        size_t end = run_end(b, *at);
        fir__posting conditions;
        if (!post(b, *at, end, &conditions)) {
            return false;
        }
        enter_value(ix, key, conditions);
        if (ix->n_value_slots == 0 || ix->value_slots[ix->n_value_slots - 1] != key->slot) {
            ix->value_slots[ix->n_value_slots++] = key->slot;
        }
        *at = end;
    }
    return true;
}

/* The literals of one slot. A table that would be too large leaves its conditions to be run always. */
static bool build_slot_literals(builder *b, size_t from, size_t to)
{
    fir__matcher *ix = b->ix;
    fir_str *texts = fir__arena_array(&b->work, to - from, sizeof *texts);
    fir__posting *conditions = fir__arena_array(&ix->arena, to - from, sizeof *conditions);
    fir__slot_literals *out = &ix->literals[ix->n_literal_slots];
    uint32_t n = 0;
    if (texts == NULL || conditions == NULL) {
        return false;
    }
    for (size_t i = from; i < to; n++) {
        size_t end = run_end(b, i);
        texts[n] = b->pairs[i].key.text;
        if (!post(b, i, end, &conditions[n])) {
            return false;
        }
        i = end;
    }
    *out = (fir__slot_literals){b->pairs[from].key.slot, NULL, conditions, ix->facts.literals};
    if (!fir__scan_new(texts, n, &ix->arena, &out->scan)) {
        return false;
    }
    if (out->scan == NULL) {
        for (size_t i = from; i < to; i++) {
            set_bit(ix->always, b->pairs[i].condition);
        }
        return true;
    }
    ix->n_literal_slots++;
    ix->facts.literals += n;
    return true;
}

static bool build_literals(builder *b, size_t *at)
{
    fir__matcher *ix = b->ix;
    ix->literals = fir__arena_array(&ix->arena, b->slots->count, sizeof *ix->literals);
    if (ix->literals == NULL) {
        return false;
    }
    while (*at < b->n_pairs && b->pairs[*at].key.kind == FIR__KEY_LITERAL) {
        size_t end = slot_end(b, *at);
        if (!build_slot_literals(b, *at, end)) {
            return false;
        }
        *at = end;
    }
    return true;
}

static bool build_heads(builder *b, size_t *at)
{
    fir__matcher *ix = b->ix;
    ix->heads = fir__arena_array(&ix->arena, count_runs(b, *at, FIR__KEY_HEAD), sizeof *ix->heads);
    if (ix->heads == NULL) {
        return false;
    }
    while (*at < b->n_pairs) {
        size_t end = run_end(b, *at);
        fir__head *h = &ix->heads[ix->n_heads++];
        *h = (fir__head){.predicate = b->pairs[*at].key.predicate, .negated = b->pairs[*at].key.negated};
        if (!post(b, *at, end, &h->conditions)) {
            return false;
        }
        *at = end;
    }
    return true;
}

static bool build(builder *b, const fir__program *const *programs, uint32_t n)
{
    fir__matcher *ix = b->ix;
    size_t at = 0;
    ix->words = (n + 63) / 64;
    ix->conditions = fir__arena_array(&ix->arena, n, sizeof *ix->conditions);
    ix->always = fir__arena_array(&ix->arena, ix->words, sizeof *ix->always);
    b->use = fir__arena_array(&b->work, b->slots->count, sizeof *b->use);
    if (ix->conditions == NULL || ix->always == NULL || b->use == NULL || !size_table(b, programs, n) ||
        !share_all(b, programs, n)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!add_condition(b, i)) {
            return false;
        }
    }
    sort_pairs(b);
    demote(b);
    return build_values(b, &at) && build_literals(b, &at) && build_heads(b, &at);
}

int fir__matcher_new(const fir__program *const *programs, uint32_t n, const fir__slots *slots, const fir_allocator *a,
                     fir__matcher **out)
{
    *out = NULL;
    fir__matcher *ix = fir__zalloc(a, sizeof *ix);
    if (ix == NULL) {
        return FIR_ENOMEM;
    }
    ix->allocator = *a;
    ix->n = n;
    fir__arena_init(&ix->arena, a, 0);
    builder b = {.ix = ix, .slots = slots};
    fir__arena_init(&b.work, a, 0);
    bool ok = fir__expr_scratch_new(a, &b.x) == 0 && build(&b, programs, n);
    fir__expr_scratch_free(b.x);
    fir__arena_free(&b.work);
    fir__free(a, b.pairs);
    if (!ok) {
        fir__matcher_free(ix);
        return FIR_ENOMEM;
    }
    ix->facts.programs = n;
    ix->facts.predicates = ix->n_predicates;
    ix->facts.heads = ix->n_heads;
    ix->facts.scanned_slots = ix->n_literal_slots;
    *out = ix;
    return 0;
}

void fir__matcher_free(fir__matcher *ix)
{
    if (ix != NULL) {
        fir_allocator a = ix->allocator;
        fir__free(&a, ix->postings);
        fir__arena_free(&ix->arena);
        fir__free(&a, ix);
    }
}

fir__matcher_facts fir__matcher_facts_of(const fir__matcher *ix)
{
    return ix->facts;
}
