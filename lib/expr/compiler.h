/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler's state, shared by its parts: the tree (compile.c), one check (check.c), where values come from (source.c),
 * constants (constant.c). A function that returns bool has described the failure when it returns false. */
#ifndef FIR__EXPR_COMPILER_H
#define FIR__EXPR_COMPILER_H

#include "expr/program.h"

typedef struct fir__compiler {
    const fir__compile_options *o;
    fir__arena *arena;
    fir__program *program;
    size_t cap_predicates;
    uint32_t *keys; /* open addressing over the predicates' keys: number + 1 */
    uint32_t keys_mask;
    const fir__ast *check;        /* being compiled: where errors point */
    fir__expr_warning **warnings; /* where the next one goes; NULL: nobody wants them */
    fir_error *err;
    int status;
} fir__compiler;

/* Falco's text, and what to do instead (may be ""). */
bool fir__compile_fail(fir__compiler *c, const char *hint, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool fir__compile_fail_memory(fir__compiler *c);
bool fir__compile_warn(fir__compiler *c, const char *code, fir_str hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* "did you mean …?" in the arena; empty when there is no memory for it. */
fir_str fir__expr_did_you_mean(fir__compiler *c, fir_str near);

/* A text of a message: the length and the pointer for "%.*s", cut when it is long. */
#define FIR__SHOWN(s) (int)((s).len < 120 ? (s).len : 120), (s).ptr != NULL ? (s).ptr : ""

/* ---- source.c ---- */
bool fir__compile_source(fir__compiler *c, const fir__operand *o, fir__source *out);
/* Falco's flags of the field that stands there; 0 for anything else. */
uint8_t fir__operand_flags(const fir__operand *o);

/* ---- constant.c ---- */
/* The constants of a check, given its operator and type. */
bool fir__compile_constants(fir__compiler *c, const fir__operand *right, fir__predicate *p);
/* Whether every constant reads as a whole number. */
bool fir__operand_is_numeric(const fir__operand *right);

/* ---- check.c ---- */
bool fir__compile_check(fir__compiler *c, const fir__ast *check, fir__predicate *p);

#endif
