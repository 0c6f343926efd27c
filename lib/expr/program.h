/* SPDX-License-Identifier: Apache-2.0 */
/* A compiled condition: a tree over an array of predicates. Immutable; lives in the arena it was compiled into, but for the
 * regular expressions. Who indexes many programs reads the tree and the predicates; run.c reads the jumps. */
#ifndef FIR__EXPR_PROGRAM_H
#define FIR__EXPR_PROGRAM_H

#include "expr/expr.h"
#include "expr/match.h"
#include "expr/regex.h"
#include "expr/types.h"

/* ---- where values come from ---- */

typedef enum fir__source_kind {
    FIR__SOURCE_FIELD,    /* one slot */
    FIR__SOURCE_SEVERAL,  /* a field that looks at several values: its own slot, else those of `slots` that are there */
    FIR__SOURCE_CONSTANT, /* a text of the condition, inside a transformer */
    FIR__SOURCE_LIST,     /* (a, b) inside a transformer; lists in it are spread */
    FIR__SOURCE_CALL      /* a transformer */
} fir__source_kind;

/* What becomes of the own text of a field that looks at several values: Falco prints all of them as one. */
typedef enum fir__split { FIR__SPLIT_NO, FIR__SPLIT_WORDS, FIR__SPLIT_WORDS_AND_WHOLE } fir__split;

typedef struct fir__source {
    uint8_t kind; /* fir__source_kind */
    uint8_t type; /* fir__ftype */
    bool is_list;
    uint8_t split;       /* fir__split */
    uint8_t transformer; /* fir__transformer */
    char option;         /* getopt(…)[c]; 0: none */
    bool step, alert;    /* reads steps.*; reads the alert */
    bool any_bytes;      /* may yield what is no UTF-8 */
    bool hex;            /* a number that Falco prints as hexadecimal text */
    uint32_t slot;       /* FIELD, SEVERAL: its own */
    const uint32_t *slots;
    uint32_t n_slots;
    fir__value constant;
    struct fir__source *args;
    uint32_t n_args;
} fir__source;

/* ---- predicates ---- */

/* A constant, or a value, as its type wants it. */
typedef struct fir__typed {
    fir_str text; /* TEXT: what is compared, the bytes of a hex constant; else as it was written */
    union {
        int64_t i;
        uint64_t u;
        double d;
        fir__addr addr; /* bits: of a network */
        fir__regex *regex;
    };
} fir__typed;

/* How the values of the left side are taken together. */
typedef enum fir__quantifier { FIR__ANY, FIR__EVERY } fir__quantifier;

/* What most predicates are: one slot's scalar against constants. Decided without making a typed value of it. */
typedef enum fir__quick { FIR__QUICK_NO, FIR__QUICK_TEXT, FIR__QUICK_NUMBER } fir__quick;

typedef struct fir__predicate {
    fir__op op;
    fir__modifier modifier;
    uint8_t type;       /* fir__ftype of both sides */
    uint8_t class;      /* fir__class */
    uint8_t quantifier; /* fir__quantifier */
    uint8_t quick;      /* fir__quick */
    uint8_t bits;       /* QUICK_NUMBER: values are cut to them */
    uint8_t accepts;    /* QUICK_NUMBER: bit 0: a smaller value holds, bit 1: an equal one, bit 2: a greater one */
    bool step;          /* reads steps.*, and then nothing else */
    fir__source left;
    const fir__source *right;    /* val() or a transformer; NULL: constants */
    const fir__typed *constants; /* EXISTS: none; most operators: one; IN, INTERSECTS, PMATCH, modifiers: any number */
    uint32_t n_constants;
    const uint32_t *table; /* IN, INTERSECTS of many texts: open addressing over the hash, constant + 1, 0 empty */
    uint32_t mask;
    fir_str key;           /* equal for predicates that are the same, of any program with the same types */
    const fir__ast *check; /* where it first stands: at and end are its place in the text */
} fir__predicate;

/* ---- the tree, and the same as jumps ---- */

typedef enum fir__branch_kind { FIR__BRANCH_AND, FIR__BRANCH_OR, FIR__BRANCH_NOT, FIR__BRANCH_PREDICATE } fir__branch_kind;

/* What the part was called where it stood: only who explains a verdict wants it. */
typedef struct fir__branch_names {
    fir_str macro; /* empty: none */
    const fir_str *lists;
    uint32_t n_lists;
} fir__branch_names;

typedef struct fir__branch {
    fir__branch_kind kind;
    uint32_t predicate; /* PREDICATE: its number; else 0 */
    const struct fir__branch *children;
    uint32_t n_children;
    const fir__branch_names *names; /* NULL: none */
} fir__branch;

enum { FIR__JUMP_FALSE = 0, FIR__JUMP_TRUE = 1, FIR__JUMP_FIRST = 2 };

/* Decide a predicate, go on at on[verdict]: JUMP_FALSE and JUMP_TRUE end it, anything else is the jump of that number plus
 * JUMP_FIRST. `negated` tells for an undecided one which of the two ways leads towards true. */
typedef struct fir__jump {
    uint32_t predicate;
    uint32_t on[2];
    bool negated; /* stands under an odd number of nots */
} fir__jump;

struct fir__program {
    fir__branch root;
    fir__predicate *predicates;
    uint32_t n_predicates;
    fir__jump *jumps;
    uint32_t n_jumps;
    uint32_t first; /* as in `on` */
    bool has_regex; /* or another thing with a bound: only then can a run be undecided */
    bool has_step;
};

/* ---- deciding one predicate (predicate.c) ---- */

/* FIR_FALSE, FIR_TRUE, FIR_UNDECIDED, FIR_ENOMEM. */
int fir__predicate_run(const fir__predicate *p, const fir__frame *frame, fir__expr_scratch *s);

/* Every slot of a source. */
void fir__source_slots(const fir__source *s, void (*visit)(void *ctx, uint32_t slot), void *ctx);

#endif
