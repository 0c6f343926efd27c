/* SPDX-License-Identifier: Apache-2.0 */
/* One alert against all conditions: look its keys up, run the candidates. */
#include "index/private.h"

typedef struct lookup {
    const fir__matcher *ix;
    fir__matcher_room *room;
    const fir__slot_literals *literals; /* of the slot being scanned */
} lookup;

void fir__matcher_room_free(fir__matcher_room *room, const fir_allocator *a)
{
    fir__free(a, room->candidates);
    fir__free(a, room->verdicts);
    fir__free(a, room->seen);
    memset(room, 0, sizeof *room);
}

/* Grows one of the stamped arrays; new entries are of no alert. */
static bool grow_stamped(const fir_allocator *a, uint32_t **p, size_t *cap, size_t need)
{
    size_t had = *cap;
    if (need <= had) {
        return true;
    }
    if (!fir__grow(a, p, cap, need, sizeof **p)) {
        return false;
    }
    memset(*p + had, 0, (*cap - had) * sizeof **p);
    return true;
}

/* The stamp of the alert in hand; it leaves two bits for a verdict beside it. */
static void next_stamp(fir__matcher_room *room)
{
    if (++room->stamp == UINT32_C(1) << 30) {
        room->stamp = 1;
        if (room->cap_verdicts != 0) {
            memset(room->verdicts, 0, room->cap_verdicts * sizeof *room->verdicts);
        }
        if (room->cap_seen != 0) {
            memset(room->seen, 0, room->cap_seen * sizeof *room->seen);
        }
    }
}

static bool make_room(const fir__matcher *ix, fir__matcher_room *room, const fir_allocator *a)
{
    if (!fir__grow(a, &room->candidates, &room->cap_candidates, ix->words, sizeof *room->candidates) ||
        !grow_stamped(a, &room->verdicts, &room->cap_verdicts, ix->n_predicates) ||
        !grow_stamped(a, &room->seen, &room->cap_seen, ix->facts.literals)) {
        return false;
    }
    next_stamp(room);
    if (ix->words != 0) {
        memcpy(room->candidates, ix->always, ix->words * sizeof *room->candidates);
    }
    return true;
}

static void mark(const lookup *l, fir__posting conditions)
{
    const uint32_t *p = l->ix->postings + conditions.first, *end = p + conditions.count;
    for (; p < end; p++) {
        l->room->candidates[*p / 64] |= UINT64_C(1) << (*p % 64);
    }
}

static void look_up(const lookup *l, uint32_t slot, fir_str text)
{
    uint64_t hash = fir__value_hash(slot, text);
    for (uint32_t at = (uint32_t)hash & l->ix->value_mask; l->ix->values[at].slot != 0; at = (at + 1) & l->ix->value_mask) {
        const fir__value_key *key = &l->ix->values[at];
        if (key->hash == hash && key->slot == slot + 1 && fir__str_same(key->text, text)) {
            mark(l, key->conditions);
            return;
        }
    }
}

/* Calls what for the text of a value, or of each element of a list. */
static void each_text(const fir__value *v, void (*what)(lookup *l, uint32_t slot, fir_str text), lookup *l, uint32_t slot)
{
    const fir__value *items = v->type == FIR__LIST ? v->items : v;
    uint32_t n = v->type == FIR__LIST ? v->len : 1;
    for (uint32_t i = 0; i < n; i++) {
        if (items[i].type != FIR__NULL && items[i].type != FIR__LIST) {
            what(l, slot, fir__value_text(&items[i]));
        }
    }
}

static void look_up_text(lookup *l, uint32_t slot, fir_str text)
{
    look_up(l, slot, text);
}

static void found(void *ctx, uint32_t literal)
{
    const lookup *l = ctx;
    uint32_t *seen = &l->room->seen[l->literals->first + literal];
    if (*seen != l->room->stamp) { /* a value may hold it a thousand times */
        *seen = l->room->stamp;
        mark(l, l->literals->conditions[literal]);
    }
}

static void scan_text(lookup *l, uint32_t slot, fir_str text)
{
    (void)slot;
    fir__scan_run(l->literals->scan, text, found, l);
}

/* A predicate's verdict, decided once an alert. */
static int decide(const fir__matcher *ix, const fir__frame *frame, fir__expr_scratch *x, fir__matcher_room *room,
                  uint32_t predicate)
{
    uint32_t known = room->verdicts[predicate];
    if (known >> 2 == room->stamp) {
        return (int)(known & 3);
    }
    int verdict = fir__predicate_run(ix->predicates[predicate], frame, x);
    if (verdict >= 0) {
        room->verdicts[predicate] = room->stamp << 2 | (uint32_t)verdict;
    }
    return verdict;
}

static int decide_heads(const lookup *l, const fir__frame *frame, fir__expr_scratch *x)
{
    for (uint32_t i = 0; i < l->ix->n_heads; i++) {
        const fir__head *h = &l->ix->heads[i];
        int verdict = decide(l->ix, frame, x, l->room, h->predicate);
        if (verdict < 0) {
            return verdict;
        }
        if (verdict != (h->negated ? FIR_TRUE : FIR_FALSE)) {
            mark(l, h->conditions);
        }
    }
    return 0;
}

int fir__matcher_begin(const fir__matcher *ix, const fir__frame *frame, fir__expr_scratch *x, fir__matcher_room *room,
                       const fir_allocator *a)
{
    lookup l = {ix, room, NULL};
    if (!make_room(ix, room, a)) {
        return FIR_ENOMEM;
    }
    for (uint32_t i = 0; i < ix->n_value_slots; i++) {
        const fir__value *v = frame->values[ix->value_slots[i]];
        if (v != NULL) {
            each_text(v, look_up_text, &l, ix->value_slots[i]);
        }
    }
    for (uint32_t i = 0; i < ix->n_literal_slots; i++) {
        const fir__value *v = frame->values[ix->literals[i].slot];
        l.literals = &ix->literals[i];
        if (v != NULL) {
            each_text(v, scan_text, &l, l.literals->slot);
        }
    }
    int status = decide_heads(&l, frame, x);
    room->word = 0;
    room->bits = ix->words != 0 ? room->candidates[0] : 0;
    return status;
}

/* Runs a condition with shared verdicts. The rules for what is undecided are fir__program_run's. Inlined: a candidate is often
 * one predicate long. */
static inline __attribute__((always_inline)) int follow(const fir__matcher *ix, const fir__matcher_condition *c,
                                                        const fir__frame *frame, fir__expr_scratch *x, fir__matcher_room *room,
                                                        bool hopeful, bool *undecided)
{
    uint32_t at = c->first;
    while (at >= FIR__JUMP_FIRST) {
        const fir__jump *j = &c->jumps[at - FIR__JUMP_FIRST];
        int verdict = decide(ix, frame, x, room, j->predicate);
        if (verdict < 0) {
            return verdict;
        }
        if (verdict == FIR_UNDECIDED) {
            *undecided = true;
            verdict = hopeful != j->negated;
        }
        at = j->on[verdict];
    }
    return at == FIR__JUMP_TRUE ? FIR_TRUE : FIR_FALSE;
}

/* Whether a condition that is not true could be, if what is undecided were as it needs it. */
static __attribute__((noinline)) int judge_hopefully(const fir__matcher *ix, const fir__matcher_condition *c,
                                                     const fir__frame *frame, fir__expr_scratch *x, fir__matcher_room *room)
{
    bool undecided = false;
    int verdict = follow(ix, c, frame, x, room, true, &undecided);
    return verdict == FIR_TRUE ? FIR_UNDECIDED : verdict;
}

static inline int judge(const fir__matcher *ix, const fir__matcher_condition *c, const fir__frame *frame, fir__expr_scratch *x,
                        fir__matcher_room *room)
{
    bool undecided = false;
    int verdict = follow(ix, c, frame, x, room, false, &undecided);
    return !undecided || verdict != FIR_FALSE ? verdict : judge_hopefully(ix, c, frame, x, room);
}

int fir__matcher_next(const fir__matcher *ix, const fir__frame *frame, fir__expr_scratch *x, fir__matcher_room *room,
                      uint32_t *program)
{
    uint32_t word = room->word;
    uint64_t bits = room->bits;
    for (;;) {
        while (bits == 0) {
            if (++word >= ix->words) {
                room->word = word - 1; /* asked again, it says so again */
                room->bits = 0;
                return FIR_FALSE;
            }
            bits = room->candidates[word];
        }
        uint32_t i = word * 64 + (uint32_t)__builtin_ctzll(bits);
        bits &= bits - 1;
        int verdict = judge(ix, &ix->conditions[i], frame, x, room);
        if (verdict != FIR_FALSE) {
            room->word = word;
            room->bits = bits;
            *program = i;
            return verdict;
        }
    }
}
