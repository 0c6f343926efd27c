/* SPDX-License-Identifier: Apache-2.0 */
/* A data directory: it has one owner at a time, and room set aside for when the disk is full. */
#ifndef FIR__STORE_DIR_H
#define FIR__STORE_DIR_H

#include "base/error.h"
#include "base/sbuf.h"

/* Files in a data directory. */
#define FIR__DIR_JOURNAL "journal.db"
#define FIR__DIR_LOCK "lock"
#define FIR__DIR_RESERVE "reserve"

typedef struct fir__dir {
    int fd;        /* of the directory; -1: none */
    int lock_fd;   /* -1: not the owner */
    bool reserved; /* the reserve holds its room */
    int64_t reserve_bytes;
} fir__dir;

/* Opens it; make: makes it (0700, the last part of the path only). *path gets its absolute path without symbolic links and with a
 * slash at its end. FIR_EIO, FIR_ENOTFOUND (there is none, and make is off), FIR_ENOMEM, FIR_EINVAL. */
int fir__dir_open(fir__dir *d, const char *dir, bool make, fir__sbuf *path, fir_error *err);

/* Becomes its owner, for as long as it is open. FIR_EBUSY: somebody else is. FIR_EIO. */
int fir__dir_own(fir__dir *d, fir_error *err);

/* Whether somebody owns it now; also this process. */
bool fir__dir_owned(const fir__dir *d);

/* Makes an empty file of mode 0600 where there is none; SQLite gives its other files the mode of this one. */
int fir__dir_touch(fir__dir *d, const char *name, fir_error *err);

/* Whether there is such a file: 0, FIR_ENOTFOUND, or FIR_EIO when it is no file. */
int fir__dir_has(const fir__dir *d, const char *name, fir_error *err);

/* Sets the reserve's room aside; true when it holds all of it. Gives it back. */
bool fir__dir_reserve(fir__dir *d);
void fir__dir_release(fir__dir *d);

void fir__dir_close(fir__dir *d);

#endif
