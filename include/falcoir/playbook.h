/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file playbook.h
 * Playbook files, compiled: YAML in, diagnostics and an immutable playbook out (docs/playbooks.md).
 */
#ifndef FALCOIR_PLAYBOOK_H
#define FALCOIR_PLAYBOOK_H

#include <falcoir/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fir_catalog fir_catalog;
typedef struct fir_compiler fir_compiler;
typedef struct fir_playbook fir_playbook;

/**
 * A catalogue of action types that starts with the built-in ones.
 * Ownership: *out is a reference of the caller's, fir_catalog_unref. Threads: any. Errors: FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_catalog_new(fir_catalog **out, fir_error *err);

/**
 * Adds a type of the host's own; its functions are registered with the engine. The schema is a JSON object:
 * {"name":"ticket:open","description":…,"effect":"keyed","destructive":false,"parameters":{NAME:{"type":"string", …}}}
 * (docs/actions.md).
 * Threads: one at a time. Errors: FIR_EPARSE, FIR_EINVAL (not a valid schema, or the name is taken), FIR_ESTATE once a
 * compiler used c, FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_catalog_add(fir_catalog *c, const char *schema_json, size_t n, fir_error *err);

/** The types as a JSON array, in order of name. Ownership: fir_buf_dispose(out). Threads: any. Since 0.1. */
FIR_API int fir_catalog_to_json(const fir_catalog *c, fir_buf *out, fir_error *err);

/** Threads: any. Since 0.1. */
FIR_API void fir_catalog_unref(const fir_catalog *c);

/** Options of a compiler. 0 in a number means the default. */
typedef struct fir_compiler_options {
    size_t size; /**< sizeof(fir_compiler_options) */
    const fir_allocator *allocator;
    uint64_t max_file_bytes; /**< default 16 MiB */
    uint32_t max_depth;      /**< of YAML nesting; default 64 */
    uint32_t max_nodes;      /**< of one file, aliases expanded; default 2000000 */
    uint32_t regex_steps;    /**< default 50000 */
    uint32_t flags;          /**< none yet: 0 */
} fir_compiler_options;

/**
 * Makes a compiler. c: the catalogue, NULL for the built-in types.
 * Ownership: *out is the caller's, fir_compiler_free. Threads: any. Errors: FIR_ENOMEM, FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_compiler_new(const fir_catalog *c, const fir_compiler_options *o, fir_compiler **out, fir_error *err);

/**
 * Adds a file's text. Files see the ones added before. Text that is no YAML, or no playbook, is a diagnostic and not a failure.
 * origin: how diagnostics call it; relative paths in it are looked up beside it. Threads: one at a time.
 * Errors: FIR_ENOMEM, FIR_ELIMIT. Since 0.1.
 */
FIR_API int fir_compiler_add(fir_compiler *k, const char *origin, const void *yaml, size_t n, fir_error *err);

/** The same, read from a file. Errors: FIR_EIO too. Threads: one at a time. Since 0.1. */
FIR_API int fir_compiler_add_file(fir_compiler *k, const char *path, fir_error *err);

/**
 * Compiles what was added, and empties k for the next use; its diagnostics stay until then.
 * Ownership: *out is a reference of the caller's, fir_playbook_unref. Threads: one at a time.
 * Errors: FIR_ECOMPILE: there are errors among the diagnostics; FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_compiler_build(fir_compiler *k, fir_playbook **out, fir_error *err);

/**
 * All diagnostics of the last build as JSON, an array of
 * {"file","line","column","severity":"error"|"warning","code":"FIR-P012","message","hint"}, in order of file and place.
 * Ownership: fir_buf_dispose(out). Threads: one at a time. Errors: FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_compiler_diagnostics_json(const fir_compiler *k, fir_buf *out, fir_error *err);

/** Threads: one. Since 0.1. */
FIR_API void fir_compiler_free(fir_compiler *k);

/** One more reference. Threads: any. Since 0.1. */
FIR_API fir_playbook *fir_playbook_ref(const fir_playbook *p);

/** One reference less. p may be NULL. Threads: any. Since 0.1. */
FIR_API void fir_playbook_unref(const fir_playbook *p);

/**
 * What the playbook holds, as JSON: its digest, rules in their order, outputs, tests; no secret.
 * Ownership: fir_buf_dispose(out). Threads: any. Errors: FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_playbook_to_json(const fir_playbook *p, fir_buf *out, fir_error *err);

#ifdef __cplusplus
}
#endif
#endif
