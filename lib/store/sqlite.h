/* SPDX-License-Identifier: Apache-2.0 */
/* The connection from inside: for the files of this module that call SQLite. */
#ifndef FIR__STORE_SQLITE_H
#define FIR__STORE_SQLITE_H

#include <sqlite3.h>

#include "base/sbuf.h"
#include "store/db.h"

enum { FIR__DB_STATEMENTS = 16 };

struct fir__db {
    fir_allocator allocator;
    sqlite3 *handle;
    sqlite3_stmt *prepared[FIR__DB_STATEMENTS];
    fir__link last, pending; /* of the file, and of the open commit */
    fir__link first;
    fir__link read;    /* the live record that was read last, and found good */
    fir__sbuf scratch; /* entries */
    fir__hasher hasher;
    fir__sbuf row;   /* the texts of the record that was read last */
    bool full;       /* commits are synced */
    uint64_t cursor; /* where LIVE stands; 0: nowhere */
    uint64_t walked; /* the last record of the walk */
};

/* What an SQLite code means for the caller; err says what was being done. */
int fir__db_fail(fir__db *db, int rc, const char *doing, fir_error *err);
int fir__db_damaged(fir_error *err, uint64_t seq, const char *what);
int fir__db_execute(fir__db *db, const char *sql, const char *doing, fir_error *err);

#endif
