/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics: everything that a load has to say, collected, each with a stable code. */
#ifndef FIR__BASE_DIAG_H
#define FIR__BASE_DIAG_H

#include "base/arena.h"
#include "base/sbuf.h"

typedef enum fir__severity { FIR__WARNING = 0, FIR__ERROR = 1 } fir__severity;

typedef struct fir__diag {
    const char *code; /* "FIR-P012", static */
    fir__severity severity;
    uint16_t file;
    uint32_t line, column; /* from 1; 0: the file as a whole */
    fir_str message, hint; /* hint may be empty */
} fir__diag;

typedef struct fir__diags {
    fir__arena arena;
    fir_str *files; /* as the caller called them */
    size_t n_files, cap_files;
    fir__diag *items;
    size_t count, cap;
    size_t errors;
    size_t dropped; /* beyond the most that are kept; the last entry says so */
    bool no_memory; /* something could not be kept: the load must fail with FIR_ENOMEM */
} fir__diags;

/* Where a diagnostic points. */
typedef struct fir__where {
    uint16_t file;
    uint32_t line, column;
} fir__where;

/* Most diagnostics of one load; of the rest only the number is kept. */
enum { FIR__MOST_DIAGS = 1000 };

void fir__diags_init(fir__diags *d, const fir_allocator *a);
void fir__diags_free(fir__diags *d);

/* The index of a file for fir__where; copies the name. */
uint16_t fir__diags_file(fir__diags *d, fir_str name);

/* Adds one. hint may be {NULL, 0}; it is copied. The message is formatted. */
void fir__diags_add(fir__diags *d, const char *code, fir__severity severity, fir__where at, fir_str hint, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* In order of file and place; among equals in order of adding. */
void fir__diags_sort(fir__diags *d);

#endif
