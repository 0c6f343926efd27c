/* SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>

void fir__diags_init(fir__diags *d, const fir_allocator *a)
{
    memset(d, 0, sizeof *d);
    fir__arena_init(&d->arena, a, 0);
}

void fir__diags_free(fir__diags *d)
{
    fir__free(&d->arena.allocator, d->files);
    fir__free(&d->arena.allocator, d->items);
    fir__arena_free(&d->arena);
    d->files = NULL;
    d->items = NULL;
    d->n_files = d->cap_files = d->count = d->cap = d->errors = d->dropped = 0;
    d->no_memory = false;
}

uint16_t fir__diags_file(fir__diags *d, fir_str name)
{
    fir_str copy = fir__arena_str(&d->arena, name);
    if (copy.ptr == NULL || d->n_files == UINT16_MAX ||
        !fir__grow(&d->arena.allocator, &d->files, &d->cap_files, d->n_files + 1, sizeof *d->files)) {
        d->no_memory = true;
        return 0;
    }
    d->files[d->n_files] = copy;
    return (uint16_t)d->n_files++;
}

__attribute__((format(printf, 2, 0))) static fir_str format_text(fir__diags *d, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *p = n < 0 ? NULL : fir__arena_alloc(&d->arena, (size_t)n + 1);
    if (p != NULL) {
        (void)vsnprintf(p, (size_t)n + 1, format, again);
    }
    va_end(again);
    return (fir_str){p, p != NULL ? (size_t)n : 0};
}

void fir__diags_add(fir__diags *d, const char *code, fir__severity severity, fir__where at, fir_str hint, const char *format, ...)
{
    d->errors += severity == FIR__ERROR;
    if (d->count >= FIR__MOST_DIAGS) {
        d->dropped++;
        return;
    }
    va_list args;
    va_start(args, format);
    fir_str message = format_text(d, format, args);
    va_end(args);
    fir_str kept_hint = fir__arena_str(&d->arena, hint);
    if (message.ptr == NULL || kept_hint.ptr == NULL ||
        !fir__grow(&d->arena.allocator, &d->items, &d->cap, d->count + 1, sizeof *d->items)) {
        d->no_memory = true;
        return;
    }
    d->items[d->count++] = (fir__diag){code, severity, at.file, at.line, at.column, message, kept_hint};
}

static int compare(const fir__diag *a, const fir__diag *b)
{
    if (a->file != b->file) {
        return a->file < b->file ? -1 : 1;
    }
    if (a->line != b->line) {
        return a->line < b->line ? -1 : 1;
    }
    return (a->column > b->column) - (a->column < b->column);
}

/* Insertion sort: stable, at most FIR__MOST_DIAGS of them, and nearly sorted as they come. */
void fir__diags_sort(fir__diags *d)
{
    for (size_t i = 1; i < d->count; i++) {
        fir__diag x = d->items[i];
        size_t j = i;
        for (; j > 0 && compare(&d->items[j - 1], &x) > 0; j--) {
            d->items[j] = d->items[j - 1];
        }
        d->items[j] = x;
    }
}
