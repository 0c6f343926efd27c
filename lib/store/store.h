/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in stores. */
#ifndef FIR__STORE_STORE_H
#define FIR__STORE_STORE_H

#include <falcoir/sys/store.h>

#include "base/alloc.h"
#include "base/error.h"

/* Records in memory; they end with the process. On failure *out is all zero. FIR_ENOMEM, FIR_EINVAL. */
int fir__store_memory(const fir_allocator *a, fir_store *out, fir_error *err);

#define FIR__STORE_RESERVE (INT64_C(8) << 20)

typedef struct fir__store_options {
    const fir_allocator *allocator; /* NULL: malloc */
    const char *dir;                /* the data directory; made (0700) when it is not there */
    bool synced;                    /* each commit is on the disk, not only those that ask for it */
    int64_t reserve;                /* bytes kept for a full disk; 0: FIR__STORE_RESERVE */
    const char *vfs;                /* SQLite's VFS by name; NULL: the default one. For tests */
} fir__store_options;

/* The journal of a data directory, made when there is none. Holds the directory's lock until close.
 * FIR_EBUSY: another process (or engine) holds it; the text names it. FIR_EIO: no directory, no permission, or a journal that is
 * damaged or none of ours. FIR_EVERSION: written by a later version. FIR_EUNSUPPORTED: built without SQLite. FIR_ELIMIT: the
 * disk is full. FIR_ENOMEM, FIR_EINVAL. */
int fir__store_open(const fir__store_options *o, fir_store *out, fir_error *err);

/* Whether the records of an append are as sys/store.h wants them: 0, FIR_EINVAL or FIR_ELIMIT. */
int fir__store_check(const fir_record *r, size_t n, uint32_t flags, fir_error *err);

/* The i-th of an append's records. */
static inline const fir_record *fir__record_at(const fir_record *r, size_t i)
{
    return (const fir_record *)(const void *)((const char *)r + i * r->size);
}

#endif
