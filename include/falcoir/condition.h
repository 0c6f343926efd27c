/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file condition.h
 * One condition in Falco's language, alone: what `condition:` of a playbook takes (docs/conditions.md).
 */
#ifndef FALCOIR_CONDITION_H
#define FALCOIR_CONDITION_H

#include <falcoir/base.h>
#include <falcoir/event.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fir_condition fir_condition;
typedef struct fir_evaluator fir_evaluator;

/** Verdicts. */
enum {
    FIR_FALSE = 0,
    FIR_TRUE = 1,
    FIR_UNDECIDED = 2 /**< a regular expression hit its step limit, and the rest does not settle it */
};

/** A macro: its name and condition. */
typedef struct fir_macro {
    fir_str name;
    fir_str condition;
} fir_macro;

/** A list: its name and items. */
typedef struct fir_list {
    fir_str name;
    const fir_str *items;
    size_t count;
} fir_list;

/** The type of a field that the built-in table does not know, or knows otherwise: a name of Falco's, as "CHARBUF", "UINT64",
 * "IPADDR". */
typedef struct fir_field_type {
    fir_str name;
    fir_str type;
    int32_t is_list;
    int32_t reserved;
} fir_field_type;

/** Options of a condition. Arrays may be NULL when their count is 0. Macros and lists see those before them. */
typedef struct fir_condition_options {
    size_t size; /**< sizeof(fir_condition_options) */
    const fir_allocator *allocator;
    const fir_macro *macros;
    size_t n_macros;
    const fir_list *lists;
    size_t n_lists;
    const fir_field_type *types;
    size_t n_types;
    uint32_t max_depth; /**< of parentheses and transformers; default 250, most 1000; compiling takes 600 bytes of stack a level */
    uint32_t regex_steps; /**< bound of one regular expression on one value; default 50000 */
    uint32_t flags;       /**< none yet: 0 */
    uint32_t reserved;
} fir_condition_options;

/**
 * Compiles a condition. The text is not needed afterwards.
 * Ownership: *out is the caller's, fir_condition_free. Threads: any.
 * Errors: FIR_EPARSE and FIR_ECOMPILE with offset (from 0), line and column (from 1) in the text, and a hint in the message;
 *         FIR_ELIMIT, FIR_ENOMEM, FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_condition_compile(const char *text, size_t n, const fir_condition_options *o, fir_condition **out, fir_error *err);

/**
 * Judges an alert. x is the calling thread's scratch (fir_evaluator_new).
 * Threads: c and e may be shared; x belongs to one thread (FIR_EBUSY). Errors: FIR_EBUSY, FIR_ESTATE, FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_condition_eval(const fir_condition *c, fir_evaluator *x, const fir_event *e, int32_t *verdict, fir_error *err);

/**
 * The condition as text, macros and lists expanded; compiling that gives the same verdicts. Unlike Falco's own printer, which
 * loses quotes, it quotes whatever would not read back.
 * Ownership: fir_buf_dispose(out). Threads: any. Errors: FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_condition_to_string(const fir_condition *c, fir_buf *out, fir_error *err);

/**
 * What is allowed and seldom meant, as a JSON array in order of place: a field that no source of Falco's has and that looks like
 * one that some has, a regular expression that another operator says better, …
 * Each: {"code","column","hint","line","message","offset"}; code is stable (docs/diagnostics.md), places count as in fir_error, and
 * are those of the text that they stand in: the condition, or a macro of the options.
 * Ownership: fir_buf_dispose(out). Threads: any. Errors: FIR_ELIMIT, FIR_ENOMEM, FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_condition_warnings_json(const fir_condition *c, fir_buf *out, fir_error *err);

/** Threads: one; nobody may be using c. Since 0.1. */
FIR_API void fir_condition_free(fir_condition *c);

/**
 * Falco's fields as conditions know them, a JSON array in order of name:
 * {"name","type","list":bool,"argument":"no"|"optional"|"required","class","sources"}.
 * Ownership: fir_buf_dispose(out). Threads: any. Errors: FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_fields_to_json(fir_buf *out, fir_error *err);

#ifdef __cplusplus
}
#endif
#endif
