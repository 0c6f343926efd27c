/* SPDX-License-Identifier: Apache-2.0 */
#include "support/vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SECTOR = 512, MOST_FILES = 8 };

/* What is on the disk for certain. */
typedef struct image {
    char path[256];
    char *bytes;
    size_t len;
} image;

static struct {
    pthread_mutex_t lock;
    sqlite3_vfs vfs, *below;
    long calls, fail_at;
    bool for_ever;
    void (*at_call)(void);
    int64_t quota;
    char beside[256];
    char folder[256];
    image images[MOST_FILES];
    size_t n_images;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER, .fail_at = -1};

typedef struct file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct */
    char path[256];
} file;

void fir_test_vfs_arm(long fail_at, bool for_ever)
{
    pthread_mutex_lock(&all.lock);
    all.calls = 0;
    all.fail_at = fail_at;
    all.for_ever = for_ever;
    pthread_mutex_unlock(&all.lock);
}

void fir_test_vfs_call_instead(void (*at_call)(void))
{
    pthread_mutex_lock(&all.lock);
    all.at_call = at_call;
    pthread_mutex_unlock(&all.lock);
}

long fir_test_vfs_calls(void)
{
    pthread_mutex_lock(&all.lock);
    long n = all.calls;
    pthread_mutex_unlock(&all.lock);
    return n;
}

void fir_test_vfs_quota(int64_t most, const char *beside)
{
    pthread_mutex_lock(&all.lock);
    all.quota = most;
    (void)snprintf(all.beside, sizeof all.beside, "%s", beside != NULL ? beside : "");
    pthread_mutex_unlock(&all.lock);
}

static bool fails(void)
{
    pthread_mutex_lock(&all.lock);
    long n = all.calls++;
    bool now = all.fail_at >= 0 && (n == all.fail_at || (all.for_ever && n > all.fail_at));
    void (*then)(void) = now ? all.at_call : NULL;
    pthread_mutex_unlock(&all.lock);
    if (then != NULL) {
        then();
        return false;
    }
    return now;
}

static int64_t size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

/* ---- what was synced ---- */

static char *slurp(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    *len = 0;
    if (f == NULL) {
        return NULL;
    }
    size_t size = (size_t)size_of(path);
    char *bytes = malloc(size + 1);
    *len = fread(bytes, 1, size, f);
    (void)fclose(f);
    return bytes;
}

static image *image_of(const char *path)
{
    for (size_t i = 0; i < all.n_images; i++) {
        if (strcmp(all.images[i].path, path) == 0) {
            return &all.images[i];
        }
    }
    if (all.n_images == MOST_FILES) {
        abort();
    }
    image *m = &all.images[all.n_images++];
    *m = (image){.bytes = NULL};
    (void)snprintf(m->path, sizeof m->path, "%s", path);
    return m;
}

static bool is_remembered(const char *path)
{
    return all.folder[0] != '\0' && strncmp(path, all.folder, strlen(all.folder)) == 0;
}

static void note_sync(const char *path)
{
    pthread_mutex_lock(&all.lock);
    if (is_remembered(path)) {
        image *m = image_of(path);
        free(m->bytes);
        m->bytes = slurp(path, &m->len);
    }
    pthread_mutex_unlock(&all.lock);
}

/* A file is known from its first moment: of one that was never synced nothing is left. */
static void note_open(const char *path)
{
    pthread_mutex_lock(&all.lock);
    if (is_remembered(path)) {
        (void)image_of(path);
    }
    pthread_mutex_unlock(&all.lock);
}

void fir_test_vfs_remember(const char *folder)
{
    pthread_mutex_lock(&all.lock);
    for (size_t i = 0; i < all.n_images; i++) {
        free(all.images[i].bytes);
    }
    all.n_images = 0;
    (void)snprintf(all.folder, sizeof all.folder, "%s", folder != NULL ? folder : "");
    pthread_mutex_unlock(&all.lock);
}

static void write_mix(const image *m, const char *to, uint64_t seed)
{
    size_t now_len;
    char *now = slurp(m->path, &now_len), path[512];
    (void)snprintf(path, sizeof path, "%s/%s", to, strrchr(m->path, '/') + 1);
    FILE *f = fopen(path, "wb");
    size_t len = seed != 0 && now_len > m->len ? now_len : m->len;
    for (size_t at = 0; at < len; at += SECTOR) {
        char sector[SECTOR] = {0};
        seed = seed * 6364136223846793005u + (seed != 0 ? 1442695040888963407u : 0);
        bool take_new = seed >> 40 & 1;
        const char *from = take_new ? now : m->bytes;
        size_t have = take_new ? now_len : m->len, n = len - at < SECTOR ? len - at : SECTOR;
        if (from != NULL && at < have) {
            memcpy(sector, from + at, have - at < n ? have - at : n);
        }
        (void)fwrite(sector, 1, n, f);
    }
    (void)fclose(f);
    free(now);
}

void fir_test_vfs_power_failure(const char *to, uint64_t seed)
{
    pthread_mutex_lock(&all.lock);
    for (size_t i = 0; i < all.n_images; i++) {
        write_mix(&all.images[i], to, seed != 0 ? seed + i : 0);
    }
    pthread_mutex_unlock(&all.lock);
}

/* ---- methods of a file ---- */

static sqlite3_file *real_of(sqlite3_file *f)
{
    return ((file *)(void *)f)->real;
}

static int f_close(sqlite3_file *f)
{
    return real_of(f)->pMethods->xClose(real_of(f));
}

static int f_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    return fails() ? SQLITE_IOERR_READ : real_of(f)->pMethods->xRead(real_of(f), p, n, at);
}

static bool over_quota(const char *path, sqlite3_int64 end)
{
    pthread_mutex_lock(&all.lock);
    int64_t most = all.quota, used = all.beside[0] != '\0' ? size_of(all.beside) : 0;
    pthread_mutex_unlock(&all.lock);
    if (most == 0 || end <= size_of(path)) {
        return false;
    }
    char base[256], other[300];
    (void)snprintf(base, sizeof base, "%s", path);
    char *wal = strstr(base, "-wal");
    if (wal != NULL) {
        *wal = '\0';
    }
    (void)snprintf(other, sizeof other, "%s%s", base, wal != NULL ? "" : "-wal");
    return used + size_of(other) + end > most;
}

static int f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    if (fails()) {
        return SQLITE_IOERR_WRITE;
    }
    if (over_quota(((file *)(void *)f)->path, at + n)) {
        return SQLITE_FULL;
    }
    return real_of(f)->pMethods->xWrite(real_of(f), p, n, at);
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    return fails() ? SQLITE_IOERR_TRUNCATE : real_of(f)->pMethods->xTruncate(real_of(f), n);
}

static int f_sync(sqlite3_file *f, int flags)
{
    if (fails()) {
        return SQLITE_IOERR_FSYNC;
    }
    (void)flags; /* nothing loses power here: what would be on the disk is remembered instead, which is quicker */
    note_sync(((file *)(void *)f)->path);
    return SQLITE_OK;
}

static int f_size(sqlite3_file *f, sqlite3_int64 *n)
{
    return fails() ? SQLITE_IOERR_FSTAT : real_of(f)->pMethods->xFileSize(real_of(f), n);
}

static int f_lock(sqlite3_file *f, int level)
{
    return fails() ? SQLITE_IOERR_LOCK : real_of(f)->pMethods->xLock(real_of(f), level);
}

static int f_unlock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int f_reserved(sqlite3_file *f, int *out)
{
    return fails() ? SQLITE_IOERR_CHECKRESERVEDLOCK : real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int f_control(sqlite3_file *f, int op, void *p)
{
    return real_of(f)->pMethods->xFileControl(real_of(f), op, p);
}

static int f_sector(sqlite3_file *f)
{
    (void)f;
    return SECTOR;
}

static int f_device(sqlite3_file *f)
{
    (void)f;
    return 0; /* no promises: sectors may be torn */
}

static int f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    *out = NULL;
    return fails() ? SQLITE_IOERR_SHMMAP : real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
}

static int f_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
    if ((flags & SQLITE_SHM_LOCK) != 0 && fails()) {
        return SQLITE_IOERR_SHMLOCK;
    }
    return real_of(f)->pMethods->xShmLock(real_of(f), at, n, flags);
}

static void f_shm_barrier(sqlite3_file *f)
{
    real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int f_shm_unmap(sqlite3_file *f, int drop)
{
    return real_of(f)->pMethods->xShmUnmap(real_of(f), drop);
}

static const sqlite3_io_methods methods = {.iVersion = 2,
                                           .xClose = f_close,
                                           .xRead = f_read,
                                           .xWrite = f_write,
                                           .xTruncate = f_truncate,
                                           .xSync = f_sync,
                                           .xFileSize = f_size,
                                           .xLock = f_lock,
                                           .xUnlock = f_unlock,
                                           .xCheckReservedLock = f_reserved,
                                           .xFileControl = f_control,
                                           .xSectorSize = f_sector,
                                           .xDeviceCharacteristics = f_device,
                                           .xShmMap = f_shm_map,
                                           .xShmLock = f_shm_lock,
                                           .xShmBarrier = f_shm_barrier,
                                           .xShmUnmap = f_shm_unmap};

/* ---- the VFS ---- */

static int v_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *out)
{
    (void)v;
    file *mine = (file *)(void *)f;
    f->pMethods = NULL;
    if (fails()) {
        return SQLITE_CANTOPEN;
    }
    mine->real = (sqlite3_file *)(void *)(mine + 1);
    (void)snprintf(mine->path, sizeof mine->path, "%s", path != NULL ? path : "");
    int rc = all.below->xOpen(all.below, path, mine->real, flags, out);
    if (mine->real->pMethods != NULL) {
        f->pMethods = &methods;
        note_open(mine->path);
    }
    return rc;
}

static void note_delete(const char *path)
{
    pthread_mutex_lock(&all.lock);
    for (size_t i = 0; i < all.n_images; i++) {
        if (strcmp(all.images[i].path, path) == 0) {
            free(all.images[i].bytes);
            all.images[i] = all.images[--all.n_images];
            break;
        }
    }
    pthread_mutex_unlock(&all.lock);
}

static int v_delete(sqlite3_vfs *v, const char *path, int sync)
{
    (void)v;
    note_delete(path);
    return fails() ? SQLITE_IOERR_DELETE : all.below->xDelete(all.below, path, sync);
}

static int v_access(sqlite3_vfs *v, const char *path, int flags, int *out)
{
    (void)v;
    return fails() ? SQLITE_IOERR_ACCESS : all.below->xAccess(all.below, path, flags, out);
}

static int v_full(sqlite3_vfs *v, const char *path, int n, char *out)
{
    (void)v;
    return all.below->xFullPathname(all.below, path, n, out);
}

void fir_test_vfs_register(void)
{
    if (all.below == NULL) {
        all.below = sqlite3_vfs_find(NULL);
        all.vfs = *all.below;
        all.vfs.zName = FIR_TEST_VFS;
        all.vfs.szOsFile = (int)sizeof(file) + all.below->szOsFile;
        all.vfs.pNext = NULL;
        all.vfs.xOpen = v_open;
        all.vfs.xDelete = v_delete;
        all.vfs.xAccess = v_access;
        all.vfs.xFullPathname = v_full;
        if (sqlite3_vfs_register(&all.vfs, 0) != SQLITE_OK) {
            abort();
        }
    }
}
