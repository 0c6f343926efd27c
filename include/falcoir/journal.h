/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file journal.h
 * Reading the journal of a data directory: what was decided and done, and whether somebody changed it (docs/journal.md). It
 * changes nothing, and works beside the engine that writes.
 */
#ifndef FALCOIR_JOURNAL_H
#define FALCOIR_JOURNAL_H

#include <falcoir/base.h>
#include <falcoir/sys/store.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fir_journal fir_journal;

typedef struct fir_journal_options {
    size_t size; /**< sizeof(fir_journal_options) */
    const fir_allocator *allocator;
    uint32_t flags; /**< none are known */
    uint32_t reserved;
} fir_journal_options;

/** A record as the journal has it. The texts are borrowed until the next call with the journal. */
typedef struct fir_journal_entry {
    size_t size; /**< sizeof(fir_journal_entry), set by the caller */
    uint64_t seq;
    int64_t wall_ns;
    fir_str kind, event_id, action_id, json;
    fir_str alert; /**< kind "alert": it, as fir_event_to_json has it; else empty */
    int32_t live;  /**< 1: something is still to be done about it */
    char hash[68]; /**< of the chain, 64 hex digits and a NUL */
} fir_journal_entry;

/** What verify found. */
typedef struct fir_journal_verdict {
    size_t size;      /**< sizeof(fir_journal_verdict), set by the caller */
    uint64_t records; /**< that were checked and are as they were written */
    uint64_t first;   /**< number of the oldest that is kept; those before it were forgotten. 0: there are none */
    uint64_t last;    /**< number of the newest good one */
    uint64_t broken;  /**< number of the first that is changed, missing or not where it belongs; 0: none is */
    char head[72];    /**< hash of the newest good one, 64 hex digits: keep it elsewhere, and give it to the next verify */
    char why[192];    /**< what is wrong with the broken one */
} fir_journal_verdict;

/**
 * Opens the journal of a data directory for reading; of a damaged one too. o may be NULL. Ownership: *out is the caller's,
 * fir_journal_free. Threads: any. Errors: FIR_ENOTFOUND (no directory, no journal in it), FIR_EIO (no permission; no journal of
 * ours), FIR_EVERSION, FIR_EUNSUPPORTED (a build without SQLite), FIR_EBUSY, FIR_ENOMEM, FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_journal_open(const char *data_dir, const fir_journal_options *o, fir_journal **out, fir_error *err);

/**
 * The first record with a number above `after`; pass the number of the last one to go on, 0 to begin. A walk sees the journal as it
 * was when it began; it begins anew whenever `after` is not the last record that this function gave. Threads: one at a time.
 * Errors: FIR_ENOTFOUND (no more), FIR_EIO (it cannot be read on; err->offset is the number of the record, where it is known, and
 * reading on behind it may go on), FIR_EBUSY, FIR_EINVAL, FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_journal_next(fir_journal *j, uint64_t after, fir_journal_entry *out, fir_error *err);

/**
 * Records behind *cursor (0: from the first) as NDJSON, about 1 MiB of them; *cursor becomes the number of the last. A line is
 * {"hash":"…","alert":"…","entry":{…}}; the bytes behind `"entry":` up to the last brace, behind the hash of the line before, are
 * what the SHA-256 in "hash" is of. Ownership: fir_buf_dispose(out). Threads and errors: as fir_journal_next. Since 0.1.
 */
FIR_API int fir_journal_export(fir_journal *j, uint64_t *cursor, fir_buf *out, fir_error *err);

/**
 * Computes the chain anew and compares. head (may be NULL): a hash of an earlier verify, which must be one of the chain's; without
 * it, somebody who can write the file could have computed the whole chain anew too. Returns 0 when it could be checked: look at
 * out->broken. Threads: one at a time.
 * Errors: FIR_EINVAL (head is no hash), FIR_ENOTFOUND (head is not in the chain: it is another one, or that part was forgotten),
 * FIR_EIO, FIR_EBUSY, FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_journal_verify(fir_journal *j, const char *head, fir_journal_verdict *out, fir_error *err);

/**
 * What an operator asks of the engine that owns a data directory. Which of the texts a verb wants:
 *
 *     approve reject             id of the approval; why as the rule wants it
 *     undo replay discard cancel id of the action
 *     feedback                   id of the action; yes: a true positive; why: a note
 *     pause resume
 */
typedef struct fir_command {
    size_t size; /**< sizeof(fir_command) */
    const char *verb;
    const char *id;  /**< NULL: none */
    const char *who; /**< required: it stands in the audit */
    const char *why; /**< NULL: none */
    int32_t yes;
    int32_t reserved;
} fir_command;

/**
 * Lays a command into the data directory, where the engine that owns it takes it up at its next poll, or when one begins. Waits for
 * the answer for at most wait_ns when there is an owner. Threads: any. Returns 0 when the engine did it, or the engine's own error.
 * Errors: FIR_EAGAIN (it lies there, and nobody has taken it up yet: no engine owns the directory, or it is busy), FIR_EINVAL (an
 * unknown verb, a text that is missing or too long), FIR_ENOTFOUND (no data directory, or the engine knows no such id), FIR_EIO,
 * FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_command_send(const char *data_dir, const fir_command *c, int64_t wait_ns, fir_error *err);

/** Frees it; NULL is fine. Threads: one, no other call running. Since 0.1. */
FIR_API void fir_journal_free(fir_journal *j);

#ifdef __cplusplus
}
#endif
#endif
