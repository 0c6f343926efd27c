/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of an index: access sets (access.c), tables (build.c), literal scans (scan.c), running (run.c). */
#ifndef FIR__INDEX_PRIVATE_H
#define FIR__INDEX_PRIVATE_H

#include "expr/program.h"
#include "index/index.h"

/* ---- access sets (access.c) ---- */

typedef enum fir__key_kind {
    FIR__KEY_VALUE,   /* the slot's value, or an element of it, is the text */
    FIR__KEY_LITERAL, /* the text occurs in the slot's value, or in an element of it */
    FIR__KEY_HEAD     /* the predicate is not false (negated: not true) */
} fir__key_kind;

typedef struct fir__key {
    fir__key_kind kind;
    bool negated;
    uint32_t slot;      /* VALUE, LITERAL */
    fir_str text;       /* VALUE, LITERAL */
    uint32_t predicate; /* the number in its program of the predicate that it is of */
} fir__key;

typedef enum fir__access_kind { FIR__ACCESS_NEVER, FIR__ACCESS_KEYS, FIR__ACCESS_ALWAYS } fir__access_kind;

typedef struct fir__access {
    fir__access_kind kind;
    fir__key *keys;
    uint32_t n;
    double cost; /* the part of all alerts that it is expected to let through */
} fir__access;

/* How many values a slot is compared with, in different predicates: what has many tells alerts apart best. */
typedef struct fir__slot_use {
    uint32_t values;
} fir__slot_use;
void fir__matcher_count_values(const fir__predicate *p, fir__slot_use *use);

/* The cheapest access set of a program. False: out of memory. */
bool fir__matcher_access(const fir__program *p, const fir__slot_use *use, fir__expr_scratch *x, fir__arena *arena,
                         fir__access *out);

/* ---- scanning a value for all literals of a slot at once (scan.c) ---- */

typedef struct fir__scan fir__scan;

/* texts: different ones, none empty. Numbers reported are positions in texts. *out is NULL when the tables would be too large;
 * false: out of memory. */
bool fir__scan_new(const fir_str *texts, uint32_t n, fir__arena *arena, const fir__scan **out);

/* Calls visit for every text that occurs, each time that it does. */
void fir__scan_run(const fir__scan *scan, fir_str value, void (*visit)(void *ctx, uint32_t text), void *ctx);

/* ---- the whole ---- */

/* Conditions that a key leads to: a piece of `postings`. */
typedef struct fir__posting {
    uint32_t first, count;
} fir__posting;

typedef struct fir__value_key {
    uint64_t hash; /* of slot and text */
    uint32_t slot; /* plus 1; 0: an empty place of the table */
    fir_str text;
    fir__posting conditions;
} fir__value_key;

typedef struct fir__slot_literals {
    uint32_t slot;
    const fir__scan *scan;
    const fir__posting *conditions; /* one a literal */
    uint32_t first;                 /* the number of its first literal, over all slots */
} fir__slot_literals;

typedef struct fir__head {
    uint32_t predicate; /* shared number */
    bool negated;
    fir__posting conditions;
} fir__head;

/* A condition as the index runs it. */
typedef struct fir__matcher_condition {
    const fir__jump *jumps;      /* the program's, with shared numbers for its predicates */
    uint32_t first;              /* as in `on`; a condition that is always true begins at its end */
    const fir__program *program; /* NULL: always true */
    const uint32_t *shared;      /* the shared number of each of its predicates */
} fir__matcher_condition;

struct fir__matcher {
    fir_allocator allocator;
    fir__arena arena;
    fir__matcher_condition *conditions;
    uint32_t n;
    const fir__predicate **predicates; /* by shared number */
    uint32_t n_predicates;
    uint64_t *always; /* one bit a condition */
    uint32_t words;   /* of a bit set over the conditions */
    fir__value_key *values;
    uint32_t value_mask;
    uint32_t *value_slots; /* slots that have a value key */
    uint32_t n_value_slots;
    fir__slot_literals *literals;
    uint32_t n_literal_slots;
    fir__head *heads;
    uint32_t n_heads;
    uint32_t *postings;
    fir__matcher_facts facts;
};

static inline uint64_t fir__value_hash(uint32_t slot, fir_str text)
{
    return fir__hash_mix(fir__hash_str(text) ^ ((uint64_t)slot + 1) * 0x9E3779B97F4A7C15u, 0xE7037ED1A0B428DBu);
}

#endif
