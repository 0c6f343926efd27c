/* SPDX-License-Identifier: Apache-2.0 */
/* A condition alone: what fir_condition_compile makes. Whoever evaluates it fills a frame for its slots. */
#ifndef FIR__EXPR_CONDITION_H
#define FIR__EXPR_CONDITION_H

#include "expr/expr.h"

struct fir_condition {
    fir_allocator allocator;
    fir__arena arena; /* everything below */
    fir__slots slots;
    const fir__ast *ast; /* macros and lists expanded */
    fir__program *program;
    fir__expr_warning *warnings;
};

#endif
