/* SPDX-License-Identifier: Apache-2.0 */
/* The store of a data directory: group commits into the journal file, and what happens when the disk is full or fails.
 *
 * Full: what is new is refused until there is room for the reserve again; what may use the reserve gets its room. Failed: after an
 * I/O error nobody knows what is on the disk (a second fsync may lie), so nothing more is taken until the store is opened again. */
#include <pthread.h>

#include "store/commit.h"
#include "store/db.h"
#include "store/dir.h"
#include "store/store.h"

typedef struct disk {
    fir_allocator allocator;
    fir__dir dir;
    fir__committer committer;
    pthread_mutex_t lock; /* of all below */
    fir__db *db;
    bool synced;
    bool full;
    bool failed;
} disk;

/* ---- append ---- */

static bool wanted(const fir__batch *b, uint32_t only)
{
    return (b->flags & only) == only;
}

static bool any(const fir__batch *list, uint32_t only)
{
    while (list != NULL && !wanted(list, only)) {
        list = list->next;
    }
    return list != NULL;
}

static bool any_without(const fir__batch *list, uint32_t flag)
{
    while (list != NULL && wanted(list, flag)) {
        list = list->next;
    }
    return list != NULL;
}

static int put_batch(disk *d, fir__batch *b, fir_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < b->n; i++) {
        uint64_t seq = 0;
        rc = fir__db_put(d->db, fir__record_at(b->records, i), &seq, err);
        b->first_seq = i == 0 ? seq : b->first_seq;
    }
    return rc;
}

/* One commit of the batches that have the flags `only`: all of them or nothing. */
static int commit(disk *d, fir__batch *list, uint32_t only, fir_error *err)
{
    bool sync = d->synced;
    for (const fir__batch *b = list; b != NULL; b = b->next) {
        sync = sync || (wanted(b, only) && (b->flags & FIR_STORE_SYNC) != 0);
    }
    int rc = fir__db_begin(d->db, sync, err);
    for (fir__batch *b = list; rc == 0 && b != NULL; b = b->next) {
        rc = wanted(b, only) ? put_batch(d, b, err) : 0;
    }
    rc = rc != 0 ? rc : fir__db_end(d->db, err);
    if (rc != 0) {
        fir__db_rollback(d->db);
    }
    return rc;
}

/* What the batches with (or without) the reserve's flag came to. */
static void settle(fir__batch *list, bool reserve, int rc, const fir_error *err)
{
    for (; list != NULL; list = list->next) {
        if (((list->flags & FIR_STORE_RESERVE) != 0) == reserve) {
            list->rc = rc;
            list->err = *err;
        }
    }
}

static int refuse_full(const disk *d, fir_error *err)
{
    return fir__fail(err, FIR_ELIMIT,
                     "the disk is full: nothing new is accepted until the data directory has room for %lld KiB more",
                     (long long)(d->dir.reserve_bytes / 1024));
}

static void become_full(disk *d)
{
    d->full = true;
    fir__db_checkpoints(d->db, false); /* they would eat what the reserve gives back */
    fir__dir_release(&d->dir);
}

static void leave_full(disk *d)
{
    if (d->full && fir__dir_reserve(&d->dir)) {
        d->full = false;
        fir__db_checkpoints(d->db, true);
    }
}

static int still_good(const disk *d, fir_error *err)
{
    return !d->failed ? 0
                      : fir__fail(err, FIR_EIO,
                                  "the journal failed before: nothing is written to it until the data directory is opened "
                                  "again");
}

/* Of what only shows a passing trouble the store does not die. */
static int note(disk *d, int rc)
{
    d->failed = d->failed || rc == FIR_EIO;
    return rc;
}

/* What may not use the reserve, and what may: on a full disk the second goes alone. */
static void write_locked(disk *d, fir__batch *list)
{
    fir_error err = {0};
    int rc = still_good(d, &err);
    if (rc == 0 && d->full && any_without(list, FIR_STORE_RESERVE)) {
        leave_full(d);
    }
    if (rc == 0) {
        rc = d->full ? refuse_full(d, &err) : note(d, commit(d, list, 0, &err));
    }
    settle(list, false, rc, &err);
    if (rc == FIR_ELIMIT) {
        become_full(d);
        rc = !any(list, FIR_STORE_RESERVE) ? rc : note(d, commit(d, list, FIR_STORE_RESERVE, &err));
    }
    settle(list, true, rc, &err);
}

/* A fir__write_fn. */
static void write_group(void *ctx, fir__batch *list)
{
    disk *d = ctx;
    (void)pthread_mutex_lock(&d->lock);
    write_locked(d, list);
    (void)pthread_mutex_unlock(&d->lock);
}

static int disk_append(void *self, const fir_record *r, size_t n, uint32_t flags, uint64_t *first_seq, fir_error *err)
{
    disk *d = self;
    int rc = fir__store_check(r, n, flags, err);
    if (rc != 0) {
        return rc;
    }
    fir__batch b = {.records = r, .n = n, .flags = flags};
    for (size_t i = 0; i < n; i++) {
        b.bytes += fir__record_at(r, i)->json.len + fir__record_at(r, i)->blob.len;
    }
    fir__commit(&d->committer, &b, write_group, d);
    if (b.rc != 0) {
        return fir__fail(err, b.rc, "%s", b.err.message);
    }
    if (first_seq != NULL) {
        *first_seq = b.first_seq;
    }
    return 0;
}

/* ---- the rest ---- */

static int disk_read(void *self, uint64_t after_seq, fir_record *out, fir_error *err)
{
    disk *d = self;
    (void)pthread_mutex_lock(&d->lock);
    int rc = fir__db_live(d->db, after_seq, out, err);
    (void)pthread_mutex_unlock(&d->lock);
    return rc;
}

/* In pieces, so that appends come in between. */
static int disk_trim(void *self, uint64_t before_seq, const uint64_t *keep, size_t n_keep, fir_error *err)
{
    disk *d = self;
    uint64_t at = 0;
    int rc = 0;
    while (rc == 0 && at < before_seq) {
        (void)pthread_mutex_lock(&d->lock);
        rc = still_good(d, err);
        rc = rc != 0 ? rc : note(d, fir__db_trim(d->db, at, before_seq, keep, n_keep, &at, err));
        (void)pthread_mutex_unlock(&d->lock);
    }
    return rc;
}

static int disk_forget(void *self, int64_t before_ns, fir_error *err)
{
    disk *d = self;
    bool done = false;
    int rc = 0;
    while (rc == 0 && !done) {
        (void)pthread_mutex_lock(&d->lock);
        rc = still_good(d, err);
        rc = rc != 0 ? rc : note(d, fir__db_forget(d->db, before_ns, &done, err));
        (void)pthread_mutex_unlock(&d->lock);
    }
    return rc;
}

static int disk_checkpoint(void *self, fir_error *err)
{
    disk *d = self;
    (void)pthread_mutex_lock(&d->lock);
    int rc = still_good(d, err);
    leave_full(d);
    rc = rc != 0 || d->full ? rc : note(d, fir__db_checkpoint(d->db, err));
    (void)pthread_mutex_unlock(&d->lock);
    return rc;
}

static void disk_close(void *self)
{
    disk *d = self;
    fir_allocator a = d->allocator;
    fir__db_close(d->db);
    fir__dir_close(&d->dir);
    fir__committer_destroy(&d->committer);
    (void)pthread_mutex_destroy(&d->lock);
    fir__free(&a, d);
}

/* ---- opening ---- */

static int open_journal(disk *d, const fir__store_options *o, fir__sbuf *path, fir_error *err)
{
    int rc = fir__dir_open(&d->dir, o->dir, true, path, err);
    d->dir.reserve_bytes = o->reserve != 0 ? o->reserve : FIR__STORE_RESERVE;
    rc = rc != 0 ? rc : fir__dir_own(&d->dir, err);
    rc = rc != 0 ? rc : fir__dir_touch(&d->dir, FIR__DIR_JOURNAL, err);
    if (rc != 0) {
        return rc;
    }
    fir__sbuf_put(path, FIR__DIR_JOURNAL, sizeof FIR__DIR_JOURNAL); /* with its NUL */
    if (path->status != 0) {
        return path->status == FIR_ENOMEM ? fir__no_memory(err)
                                          : fir__fail(err, FIR_ELIMIT, "the data directory's path is too long");
    }
    rc = fir__db_open(&d->allocator, path->ptr, o->vfs, 0, &d->db, err);
    if (rc == 0 && !fir__dir_reserve(&d->dir)) {
        become_full(d);
    }
    return rc;
}

int fir__store_open(const fir__store_options *o, fir_store *out, fir_error *err)
{
    fir_allocator a;
    fir__sbuf path;
    *out = (fir_store){0};
    if (!fir__allocator_copy(o->allocator, &a)) {
        return fir__fail(err, FIR_EINVAL, "the allocator lacks a function");
    }
    disk *d = fir__zalloc(&a, sizeof *d);
    if (d == NULL || !fir__committer_init(&d->committer)) {
        fir__free(&a, d);
        return fir__no_memory(err);
    }
    if (pthread_mutex_init(&d->lock, NULL) != 0) {
        fir__committer_destroy(&d->committer);
        fir__free(&a, d);
        return fir__no_memory(err);
    }
    d->allocator = a;
    d->synced = o->synced;
    d->dir = (fir__dir){.fd = -1, .lock_fd = -1};
    fir__sbuf_init(&path, &a, 8192);
    int rc = open_journal(d, o, &path, err);
    fir__sbuf_free(&path);
    if (rc != 0) {
        disk_close(d);
        return rc;
    }
    *out = (fir_store){.size = sizeof *out,
                       .self = d,
                       .append = disk_append,
                       .read = disk_read,
                       .trim = disk_trim,
                       .forget = disk_forget,
                       .checkpoint = disk_checkpoint,
                       .close = disk_close};
    return 0;
}
