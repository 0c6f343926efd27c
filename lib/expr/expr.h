/* SPDX-License-Identifier: Apache-2.0 */
/* Falco's condition language, from text to verdict: parse, expand, compile, evaluate, print.
 *
 *   text ──parse──▶ ast ──expand (macros, lists)──▶ ast ──compile (types, constants, regex)──▶ program ──run(frame)──▶ verdict
 */
#ifndef FIR__EXPR_EXPR_H
#define FIR__EXPR_EXPR_H

#include <falcoir/condition.h>

#include "base/arena.h"
#include "base/sbuf.h"
#include "expr/ast.h"
#include "field/field.h"
#include "field/slots.h"

enum {
    FIR__EXPR_DEPTH = 250,           /* of parentheses and transformers (ast.h: levels); Falco's own bound allows 199 */
    FIR__EXPR_MOST_DEPTH = 1000,     /* what a caller may ask for: the parser recurses */
    FIR__EXPR_MOST_WEIGHT = 1000000, /* nodes and values of a tree whose macros and lists are expanded */
    FIR__EXPR_REGEX_STEPS = 50000,   /* PCRE2's match limit of one match */
    FIR__EXPR_MAX_TEXT = 1 << 20     /* bytes of one condition */
};

/* ---- parse (parse.c) ---- */

typedef struct fir__parse_options {
    uint32_t max_depth; /* of parentheses, up to FIR__EXPR_MOST_DEPTH; 0: FIR__EXPR_DEPTH */
    bool properties;    /* bare and dotted alert properties before an operator are fields; false: exactly Falco's grammar */
    bool steps;         /* steps.<id>.status and .output are fields (a `when`) */
} fir__parse_options;

/* Falco's grammar (docs/conditions.md). Errors: FIR_EPARSE with Falco's own text and place, then "; hint: …" where we know what
 * was meant; FIR_ELIMIT; FIR_ENOMEM. */
int fir__expr_parse(fir_str text, const fir__parse_options *o, fir__arena *arena, fir__ast **out, fir_error *err);

/* ---- print (print.c) ---- */

typedef enum fir__print_style {
    FIR__PRINT_FALCO, /* exactly as Falco prints a tree, quotes lost where it loses them: for the conformance data */
    FIR__PRINT_SAFE   /* reads back to the same tree */
} fir__print_style;
void fir__expr_print(fir__sbuf *b, const fir__ast *ast, fir__print_style style);
/* One text operand as Falco escapes it (its `escape` of a value). */
void fir__expr_print_text(fir__sbuf *b, fir_str text, fir__print_style style);

/* ---- macros and lists (scope.c) ---- */

/* Named macros and lists, in order of definition; the names point into the caller's memory. */
typedef struct fir__scope fir__scope;
int fir__scope_new(fir__arena *arena, fir__scope **out);
/* Defines or redefines. A macro's tree must be expanded already. FIR_ENOMEM or FIR_ELIMIT. */
int fir__scope_macro(fir__scope *s, fir_str name, const fir__ast *expanded);
/* An item in quotes, as Falco's files write those with blanks, is what the quotes hold; any other one that is the name of an
 * earlier list is that list's items. FIR_EPARSE: an item begins with a quote and is no quoted text. FIR_ELIMIT: the scope's lists
 * have more than FIR__EXPR_MOST_WEIGHT items. */
int fir__scope_list(fir__scope *s, fir_str name, const fir_str *items, size_t n);
const fir__ast *fir__scope_find_macro(const fir__scope *s, fir_str name);
bool fir__scope_find_list(const fir__scope *s, fir_str name, const fir_str **items, size_t *n);

/* Macros replaced by their trees, list names in list positions by their items (a bare item that is a list's name is replaced by
 * its items too; they then count as quoted). A name in a list position that is no list becomes, as in Falco, the one value: no
 * IDENT is left, neither node nor operand. The given tree is not changed, and shares its parts with the result.
 * Errors: FIR_ECOMPILE "Undefined macro 'x' used in filter." with the place and a hint; FIR_ELIMIT: more than
 * FIR__EXPR_MOST_WEIGHT parts, or macros nest it deeper than FIR__EXPR_DEPTH. */
int fir__expr_expand(fir__ast *ast, const fir__scope *scope, fir__arena *arena, fir__ast **out, fir_error *err);

/* ---- compile (compile.c) ---- */

typedef struct fir__program fir__program;

typedef struct fir__compile_options {
    fir__slots *slots;           /* where names become slots; required */
    const fir_field_type *types; /* overrides of the field table */
    size_t n_types;
    uint32_t regex_steps;           /* 0: FIR__EXPR_REGEX_STEPS */
    const fir_allocator *allocator; /* for compiled regular expressions, which outlive the arena's rules */
} fir__compile_options;

/* A warning of the compiler: an unknown field near a known one, a constant that names a field, … The text is in the arena. */
typedef struct fir__expr_warning {
    fir__place at;
    const char *code; /* "FIR-P0nn" */
    fir_str message, hint;
    struct fir__expr_warning *next;
} fir__expr_warning;

/* Types checked, constants converted, slots given. The tree must be expanded. Errors: FIR_ECOMPILE at the start of the check,
 * with a hint. warnings may be NULL. The program lives in the arena but for its regular expressions: fir__program_free. */
int fir__expr_compile(const fir__ast *ast, const fir__compile_options *o, fir__arena *arena, fir__program **out,
                      fir__expr_warning **warnings, fir_error *err);
void fir__program_free(fir__program *p); /* regular expressions only; the arena frees the rest */

/* ---- run (run.c) ---- */

/* One thread's scratch: match data, JIT stack, buffers for transformed values. */
typedef struct fir__expr_scratch fir__expr_scratch;
int fir__expr_scratch_new(const fir_allocator *a, fir__expr_scratch **out);
void fir__expr_scratch_free(fir__expr_scratch *s);

/* FIR_FALSE, FIR_TRUE, FIR_UNDECIDED (three-valued: false and x is false, true or x is true), or FIR_ENOMEM. */
int fir__program_run(const fir__program *p, const fir__frame *frame, fir__expr_scratch *s);

/* A `when`: what is left of the tree once the alert's part is decided. FIR_TRUE, FIR_FALSE, or FIR_UNDECIDED with the rest,
 * which reads steps.* only, appended to b; with nothing appended when a bound was hit and matters. FIR_ENOMEM or FIR_ELIMIT on
 * failure. */
int fir__program_residue(const fir__program *p, const fir__frame *frame, fir__expr_scratch *s, fir__sbuf *b);

/* Every slot that the program reads: calls visit for each. For checks at load and for the index. */
void fir__program_slots(const fir__program *p, void (*visit)(void *ctx, uint32_t slot), void *ctx);

/* Whether something bounded occurs in it, a regular expression or a text that is put together: only then can a run be
 * undecided. */
bool fir__program_has_regex(const fir__program *p);

#endif
