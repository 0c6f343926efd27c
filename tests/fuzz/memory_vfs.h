/* SPDX-License-Identifier: Apache-2.0 */
/* A VFS for SQLite whose files are in memory: one database with its logs, for one connection at a time. It is the default one. */
#ifndef FIR_FUZZ_MEMORY_VFS_H
#define FIR_FUZZ_MEMORY_VFS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIR_FUZZ_MOST_BYTES = 4 << 20, /* of a file: a damaged page may name a place far off. More is a full disk */
    FIR_FUZZ_MOST_REGIONS = 16
};

typedef enum fir_fuzz_name { FIR_FUZZ_DB, FIR_FUZZ_WAL, FIR_FUZZ_JOURNAL, FIR_FUZZ_NAMES } fir_fuzz_name;

typedef struct fir_fuzz_bytes {
    bool exists;
    char *p;
    size_t n, cap;
} fir_fuzz_bytes;

static struct {
    fir_fuzz_bytes names[FIR_FUZZ_NAMES];
    char *regions[FIR_FUZZ_MOST_REGIONS]; /* the log's index */
} fir_fuzz_disk;

typedef struct fir_fuzz_file {
    sqlite3_file base;
    fir_fuzz_bytes *bytes;
    bool delete_on_close;
} fir_fuzz_file;

static bool fir_fuzz_ends(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);
    return n >= k && strcmp(name + n - k, end) == 0;
}

static fir_fuzz_bytes *fir_fuzz_find(const char *name)
{
    fir_fuzz_name which = fir_fuzz_ends(name, "-wal")       ? FIR_FUZZ_WAL
                          : fir_fuzz_ends(name, "-journal") ? FIR_FUZZ_JOURNAL
                                                            : FIR_FUZZ_DB;
    return &fir_fuzz_disk.names[which];
}

/* New room is zeros. */
static int fir_fuzz_resize(fir_fuzz_bytes *b, size_t n)
{
    if (n > FIR_FUZZ_MOST_BYTES) {
        return SQLITE_FULL;
    }
    if (n > b->cap) {
        size_t cap = n * 2;
        char *p = realloc(b->p, cap);
        if (p == NULL) {
            abort();
        }
        b->p = p;
        b->cap = cap;
    }
    if (n > b->n) {
        memset(b->p + b->n, 0, n - b->n);
    }
    b->n = n;
    return SQLITE_OK;
}

/* ---- files ---- */

static fir_fuzz_bytes *fir_fuzz_of(sqlite3_file *f)
{
    return ((fir_fuzz_file *)f)->bytes;
}

static int fir_fuzz_close(sqlite3_file *f)
{
    if (((fir_fuzz_file *)f)->delete_on_close) {
        fir_fuzz_of(f)->exists = false;
    }
    return SQLITE_OK;
}

static int fir_fuzz_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    const fir_fuzz_bytes *b = fir_fuzz_of(f);
    size_t want = (size_t)n, from = (size_t)at, got = from >= b->n ? 0 : b->n - from < want ? b->n - from : want;
    if (got != 0) {
        memcpy(to, b->p + from, got);
    }
    memset((char *)to + got, 0, want - got);
    return got == want ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int fir_fuzz_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    fir_fuzz_bytes *b = fir_fuzz_of(f);
    size_t end = (size_t)at + (size_t)n;
    int rc = end > b->n ? fir_fuzz_resize(b, end) : SQLITE_OK;
    if (rc == SQLITE_OK) {
        memcpy(b->p + at, from, (size_t)n);
    }
    return rc;
}

static int fir_fuzz_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    return fir_fuzz_resize(fir_fuzz_of(f), (size_t)n);
}

static int fir_fuzz_size(sqlite3_file *f, sqlite3_int64 *n)
{
    *n = (sqlite3_int64)fir_fuzz_of(f)->n;
    return SQLITE_OK;
}

static int fir_fuzz_flags(sqlite3_file *f, int flags)
{
    (void)f;
    (void)flags;
    return SQLITE_OK;
}

static int fir_fuzz_is_reserved(sqlite3_file *f, int *out)
{
    (void)f;
    *out = 0;
    return SQLITE_OK;
}

static int fir_fuzz_control(sqlite3_file *f, int what, void *arg)
{
    (void)f;
    (void)what;
    (void)arg;
    return SQLITE_NOTFOUND;
}

static int fir_fuzz_sector(sqlite3_file *f)
{
    (void)f;
    return 4096;
}

static int fir_fuzz_traits(sqlite3_file *f)
{
    (void)f;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int fir_fuzz_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **out)
{
    (void)f;
    *out = NULL;
    if (region >= FIR_FUZZ_MOST_REGIONS) {
        return SQLITE_FULL;
    }
    char **r = &fir_fuzz_disk.regions[region];
    if (*r == NULL && extend != 0) {
        *r = calloc(1, (size_t)size);
    }
    *out = *r;
    return SQLITE_OK;
}

static int fir_fuzz_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
    (void)f;
    (void)at;
    (void)n;
    (void)flags;
    return SQLITE_OK;
}

static void fir_fuzz_shm_barrier(sqlite3_file *f)
{
    (void)f;
}

static void fir_fuzz_drop_regions(void)
{
    for (size_t i = 0; i < FIR_FUZZ_MOST_REGIONS; i++) {
        free(fir_fuzz_disk.regions[i]);
        fir_fuzz_disk.regions[i] = NULL;
    }
}

static int fir_fuzz_shm_unmap(sqlite3_file *f, int delete)
{
    (void)f;
    if (delete != 0) {
        fir_fuzz_drop_regions();
    }
    return SQLITE_OK;
}

static const sqlite3_io_methods fir_fuzz_methods = {
    .iVersion = 2,
    .xClose = fir_fuzz_close,
    .xRead = fir_fuzz_read,
    .xWrite = fir_fuzz_write,
    .xTruncate = fir_fuzz_truncate,
    .xSync = fir_fuzz_flags,
    .xFileSize = fir_fuzz_size,
    .xLock = fir_fuzz_flags,
    .xUnlock = fir_fuzz_flags,
    .xCheckReservedLock = fir_fuzz_is_reserved,
    .xFileControl = fir_fuzz_control,
    .xSectorSize = fir_fuzz_sector,
    .xDeviceCharacteristics = fir_fuzz_traits,
    .xShmMap = fir_fuzz_shm_map,
    .xShmLock = fir_fuzz_shm_lock,
    .xShmBarrier = fir_fuzz_shm_barrier,
    .xShmUnmap = fir_fuzz_shm_unmap,
};

/* ---- names ---- */

static int fir_fuzz_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
    (void)v;
    fir_fuzz_file *file = (fir_fuzz_file *)f;
    memset(file, 0, sizeof *file);
    fir_fuzz_bytes *b = name != NULL ? fir_fuzz_find(name) : NULL; /* a temporary file has no name; temp_store is memory */
    if (b == NULL || (!b->exists && (flags & SQLITE_OPEN_CREATE) == 0)) {
        return SQLITE_CANTOPEN;
    }
    if (!b->exists) {
        b->exists = true;
        b->n = 0;
    }
    file->bytes = b;
    file->delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    file->base.pMethods = &fir_fuzz_methods;
    if (out_flags != NULL) {
        *out_flags = flags;
    }
    return SQLITE_OK;
}

static int fir_fuzz_delete(sqlite3_vfs *v, const char *name, int sync)
{
    (void)v;
    (void)sync;
    fir_fuzz_bytes *b = fir_fuzz_find(name);
    int rc = b->exists ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
    b->exists = false;
    return rc;
}

static int fir_fuzz_access(sqlite3_vfs *v, const char *name, int flags, int *out)
{
    (void)v;
    const fir_fuzz_bytes *b = fir_fuzz_find(name);
    *out = b->exists && (flags != SQLITE_ACCESS_EXISTS || b->n != 0);
    return SQLITE_OK;
}

static int fir_fuzz_full_name(sqlite3_vfs *v, const char *name, int n, char *out)
{
    (void)v;
    return strlen(name) < (size_t)n ? (void)memcpy(out, name, strlen(name) + 1), SQLITE_OK : SQLITE_CANTOPEN;
}

/* The same at every run. */
static int fir_fuzz_random(sqlite3_vfs *v, int n, char *out)
{
    (void)v;
    memset(out, 7, (size_t)n);
    return n;
}

static int fir_fuzz_sleep(sqlite3_vfs *v, int us)
{
    (void)v;
    return us;
}

static int fir_fuzz_time(sqlite3_vfs *v, double *out)
{
    (void)v;
    *out = 2460000.5;
    return SQLITE_OK;
}

static int fir_fuzz_last_error(sqlite3_vfs *v, int n, char *out)
{
    (void)v;
    (void)n;
    (void)out;
    return 0;
}

/* Before SQLite is used for anything else. */
static void fir_fuzz_vfs(void)
{
    static sqlite3_vfs vfs = {.iVersion = 1,
                              .szOsFile = sizeof(fir_fuzz_file),
                              .mxPathname = 512,
                              .zName = "memory",
                              .xOpen = fir_fuzz_open,
                              .xDelete = fir_fuzz_delete,
                              .xAccess = fir_fuzz_access,
                              .xFullPathname = fir_fuzz_full_name,
                              .xRandomness = fir_fuzz_random,
                              .xSleep = fir_fuzz_sleep,
                              .xCurrentTime = fir_fuzz_time,
                              .xGetLastError = fir_fuzz_last_error};
    if (sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) != SQLITE_OK || sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK ||
        sqlite3_vfs_register(&vfs, 1) != SQLITE_OK) {
        abort();
    }
}

/* The database is these bytes, and there is no log. */
static void fir_fuzz_lay(const char *p, size_t n)
{
    fir_fuzz_bytes *b = &fir_fuzz_disk.names[FIR_FUZZ_DB];
    b->exists = true;
    b->n = 0;
    if (fir_fuzz_resize(b, n) != SQLITE_OK) {
        abort();
    }
    memcpy(b->p, p, n);
    fir_fuzz_disk.names[FIR_FUZZ_WAL].exists = fir_fuzz_disk.names[FIR_FUZZ_JOURNAL].exists = false;
    fir_fuzz_drop_regions();
}

#endif
