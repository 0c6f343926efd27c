/* SPDX-License-Identifier: Apache-2.0 */
/* The journal as a SQLite file, one connection. One thread at a time. Everything that knows SQLite is behind this header. */
#ifndef FIR__STORE_DB_H
#define FIR__STORE_DB_H

#include <falcoir/sys/store.h>

#include "base/digest.h"
#include "base/error.h"

typedef struct fir__db fir__db;

/* A place in the chain. */
typedef struct fir__link {
    uint64_t seq; /* 0: before the first */
    uint8_t hash[FIR__SHA256];
} fir__link;

/* A record as it stands in the file; not checked against the chain. */
typedef struct fir__row {
    fir_record record;
    uint8_t hash[FIR__SHA256];
    bool live;
} fir__row;

enum {
    FIR__DB_READ_ONLY = 1u << 0 /* no quick check either: what can be read of a damaged file is read */
};

/* Opens or (unless read-only) makes it. path is absolute, without symbolic links. The codes of fir__store_open. */
int fir__db_open(const fir_allocator *a, const char *path, const char *vfs, uint32_t flags, fir__db **out, fir_error *err);
void fir__db_close(fir__db *db);

/* Codes of all below: FIR_ELIMIT (disk full), FIR_EBUSY, FIR_ENOMEM, FIR_EIO (failed or damaged), FIR_EINTERNAL. */

/* A commit: begin, put each, end. After a failure of put or end: rollback. full: on the disk when end returns. */
int fir__db_begin(fir__db *db, bool full, fir_error *err);
int fir__db_put(fir__db *db, const fir_record *r, uint64_t *seq, fir_error *err);
int fir__db_end(fir__db *db, fir_error *err);
void fir__db_rollback(fir__db *db);

/* The first live record behind `after`, checked against its hash. Borrowed until the next call. FIR_ENOTFOUND. */
int fir__db_live(fir__db *db, uint64_t after, fir_record *out, fir_error *err);

/* Walks all records from seq `from` on: the first call with restart, then without. The whole walk sees one state of the file. live:
 * looks up whether each is live; without it a damaged index of these does not matter.
 * Borrowed until the next call. FIR_ENOTFOUND ends; a row that cannot be one gives FIR_EIO with row->record.seq set when known. */
int fir__db_walk(fir__db *db, bool restart, bool live, uint64_t from, fir__row *row, fir_error *err);

/* The ends of the chain, as noted: the last forgotten record, and the last one. */
int fir__db_chain(fir__db *db, fir__link *first, fir__link *last, fir_error *err);

/* Reads the whole file and checks its structure: FIR_EIO when it is damaged anywhere. */
int fir__db_check(fir__db *db, fir_error *err);

/* Holds one state of the file for all reading until it is let go. */
int fir__db_hold(fir__db *db, bool on, fir_error *err);

/* Finishes live records with seq in [from, before) that are not in keep, a bounded number of them. *next: where to go on;
 * `before` when all is done. */
int fir__db_trim(fir__db *db, uint64_t from, uint64_t before, const uint64_t *keep, size_t n_keep, uint64_t *next, fir_error *err);

/* Forgets a bounded number of the oldest records: not live, older than before_ns. *done: there are no more. */
int fir__db_forget(fir__db *db, int64_t before_ns, bool *done, fir_error *err);

int fir__db_checkpoint(fir__db *db, fir_error *err);
/* Whether commits may begin a checkpoint by themselves. */
void fir__db_checkpoints(fir__db *db, bool on);

#endif
