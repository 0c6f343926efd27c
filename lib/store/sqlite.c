/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite behind store/db.h. The file may come from anywhere, so nothing in it is believed: its schema must be ours word for word,
 * types and sizes are looked at in each row, and what is acted upon is checked against its hash. */
#include "store/sqlite.h"

#include <errno.h>

#include "store/audit.h"

enum {
    WAL_PAGES = 4096, /* commits copy the log into the file when it is longer */
    STEP = 1000       /* rows of one commit of trim and forget */
};

enum {
    BEGIN,
    COMMIT,
    ROLLBACK,
    PUT,
    PUT_LIVE,
    SET_LAST,
    SET_FIRST,
    GET_CHAIN,
    LIVE,
    HASH,
    WALK,
    WALK_LIVE,
    LIST_LIVE,
    DROP_LIVE,
    OLDEST,
    DROP,
    STATEMENTS
};
_Static_assert((int)STATEMENTS == (int)FIR__DB_STATEMENTS, "room for each prepared statement");

static const char *const statements[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [PUT] =
        "INSERT INTO records(seq, wall_ns, hash, kind, event_id, action_id, json, alert) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [PUT_LIVE] = "INSERT INTO live(seq, mark) VALUES(?1, ?2)",
    [SET_LAST] = "UPDATE chain SET last_seq = ?1, last_hash = ?2 WHERE id = 1",
    [SET_FIRST] = "UPDATE chain SET first_seq = ?1, first_hash = ?2 WHERE id = 1",
    [GET_CHAIN] = "SELECT first_seq, first_hash, last_seq, last_hash FROM chain WHERE id = 1",
    [LIVE] = ("SELECT r.seq, r.wall_ns, r.hash, r.kind, r.event_id, r.action_id, r.json, r.alert, l.seq, l.mark "
              "FROM live l LEFT JOIN records r ON r.seq = l.seq WHERE l.seq > ?1 ORDER BY l.seq"),
    [HASH] = "SELECT hash FROM records WHERE seq = ?1",
    [WALK] = "SELECT seq, wall_ns, hash, kind, event_id, action_id, json, alert, 0 FROM records WHERE seq >= ?1 ORDER BY seq",
    [WALK_LIVE] = ("SELECT r.seq, r.wall_ns, r.hash, r.kind, r.event_id, r.action_id, r.json, r.alert, l.seq IS NOT NULL "
                   "FROM records r LEFT JOIN live l ON l.seq = r.seq WHERE r.seq >= ?1 ORDER BY r.seq"),
    [LIST_LIVE] = "SELECT seq FROM live WHERE seq >= ?1 AND seq < ?2 ORDER BY seq LIMIT ?3",
    [DROP_LIVE] = "DELETE FROM live WHERE seq = ?1",
    [OLDEST] = ("SELECT r.seq, r.hash, r.wall_ns < ?1 AND l.seq IS NULL "
                "FROM records r LEFT JOIN live l ON l.seq = r.seq ORDER BY r.seq LIMIT ?2"),
    [DROP] = "DELETE FROM records WHERE seq <= ?1",
};

/* ---- failures ---- */

/* The errno of the last failure on the log's file; what SQLite did about the failure has long changed the thread's. */
static int log_errno(fir__db *db)
{
    sqlite3_file *log = NULL;
    int e = 0;
    if (sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK && log != NULL &&
        log->pMethods != NULL) {
        (void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &e);
    }
    return e;
}

static bool no_room(fir__db *db, int rc)
{
    int e = rc == SQLITE_IOERR_WRITE ? log_errno(db) : 0;
    return (rc & 0xff) == SQLITE_FULL || e == ENOSPC || e == EDQUOT || e == EFBIG;
}

int fir__db_fail(fir__db *db, int rc, const char *doing, fir_error *err)
{
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return fir__no_memory(err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fir__fail(err, FIR_EBUSY, "the journal is held by another program (%s)", doing);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_INTERRUPT: /* only while its schema is read, which is small in every journal */
        return fir__fail(err, FIR_EIO,
                         "the journal is damaged (%s): `falcoir journal export` reads what can be read; then begin with "
                         "a new data directory",
                         doing);
    case SQLITE_TOOBIG:
        return fir__fail(err, FIR_EIO, "the journal holds something larger than a record can be (%s)", doing);
    default:
        break;
    }
    if (no_room(db, rc)) {
        return fir__fail(err, FIR_ELIMIT, "no room for the journal: the disk is full (%s)", doing);
    }
    return fir__fail(err, FIR_EIO, "the journal failed (%s): %s (SQLite's code %d)", doing, sqlite3_errstr(rc), rc);
}

int fir__db_damaged(fir_error *err, uint64_t seq, const char *what)
{
    return fir__fail(err, FIR_EIO, "record %llu of the journal %s: it was damaged or changed; `falcoir journal verify` says more",
                     (unsigned long long)seq, what);
}

/* ---- statements ---- */

static int prepare(fir__db *db, int which, sqlite3_stmt **out, fir_error *err)
{
    if (db->prepared[which] == NULL) {
        int rc = sqlite3_prepare_v3(db->handle, statements[which], -1, SQLITE_PREPARE_PERSISTENT, &db->prepared[which], NULL);
        if (rc != SQLITE_OK) {
            return fir__db_fail(db, rc, "preparing", err);
        }
    }
    *out = db->prepared[which];
    return 0;
}

/* Runs a bound statement that gives no rows, and makes it ready for the next time. */
static int finish(fir__db *db, sqlite3_stmt *s, const char *doing, fir_error *err)
{
    int rc = sqlite3_step(s);
    (void)sqlite3_reset(s);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : fir__db_fail(db, rc, doing, err);
}

static int run(fir__db *db, int which, const char *doing, fir_error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = prepare(db, which, &s, err);
    return rc != 0 ? rc : finish(db, s, doing, err);
}

int fir__db_execute(fir__db *db, const char *sql, const char *doing, fir_error *err)
{
    int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : fir__db_fail(db, rc, doing, err);
}

/* Readers that stand open would keep the commit from seeing the newest state. */
static void leave_readers(fir__db *db)
{
    db->cursor = 0;
    (void)sqlite3_reset(db->prepared[LIVE]);
    (void)sqlite3_reset(db->prepared[WALK]);
    (void)sqlite3_reset(db->prepared[WALK_LIVE]);
}

/* A text or blob that stays where it is while the statement runs. */
static int bind(sqlite3_stmt *s, int at, fir_str v, bool is_text)
{
    const char *p = v.len != 0 ? v.ptr : "";
    return is_text ? sqlite3_bind_text(s, at, p, (int)v.len, SQLITE_STATIC)
                   : sqlite3_bind_blob(s, at, p, (int)v.len, SQLITE_STATIC);
}

static int bind_link(sqlite3_stmt *s, const fir__link *l)
{
    int rc = sqlite3_bind_int64(s, 1, (sqlite3_int64)l->seq);
    return rc != SQLITE_OK ? rc : sqlite3_bind_blob(s, 2, l->hash, FIR__SHA256, SQLITE_STATIC);
}

/* ---- rows ---- */

static bool column_text(sqlite3_stmt *s, int at, int type, size_t most, fir_str *out)
{
    if (sqlite3_column_type(s, at) != type) {
        return false;
    }
    const void *p = type == SQLITE_TEXT ? (const void *)sqlite3_column_text(s, at) : sqlite3_column_blob(s, at);
    *out = (fir_str){p, (size_t)sqlite3_column_bytes(s, at)};
    return (p != NULL || out->len == 0) && out->len <= most;
}

static bool column_seq(sqlite3_stmt *s, int at, uint64_t *out)
{
    sqlite3_int64 v = sqlite3_column_int64(s, at);
    *out = (uint64_t)v;
    return sqlite3_column_type(s, at) == SQLITE_INTEGER && v >= 0;
}

static bool column_hash(sqlite3_stmt *s, int at, uint8_t out[FIR__SHA256])
{
    fir_str v;
    if (!column_text(s, at, SQLITE_BLOB, FIR__SHA256, &v) || v.len != FIR__SHA256) {
        return false;
    }
    memcpy(out, v.ptr, FIR__SHA256);
    return true;
}

/* Columns 0 to 7, as LIVE and WALK have them. */
static bool column_record(sqlite3_stmt *s, fir_record *r, uint8_t hash[FIR__SHA256])
{
    *r = (fir_record){.size = sizeof *r};
    return column_seq(s, 0, &r->seq) && sqlite3_column_type(s, 1) == SQLITE_INTEGER && column_hash(s, 2, hash) &&
           column_text(s, 3, SQLITE_TEXT, FIR_STORE_MAX_KIND, &r->kind) &&
           column_text(s, 4, SQLITE_TEXT, FIR_STORE_MAX_ID, &r->event_id) &&
           column_text(s, 5, SQLITE_TEXT, FIR_STORE_MAX_ID, &r->action_id) &&
           column_text(s, 6, SQLITE_TEXT, FIR_STORE_MAX_RECORD, &r->json) &&
           column_text(s, 7, SQLITE_BLOB, FIR_STORE_MAX_RECORD, &r->blob) && r->kind.len != 0 && r->json.len >= 2 &&
           r->json.ptr[0] == '{' && r->json.ptr[r->json.len - 1] == '}' && (r->wall_ns = sqlite3_column_int64(s, 1), true);
}

/* The first bytes of the hash, in the index of live records: a damaged index does not bring finished work back. */
static sqlite3_int64 mark_of(const uint8_t hash[FIR__SHA256])
{
    sqlite3_int64 v;
    memcpy(&v, hash, sizeof v);
    return v;
}

/* Memory may run out inside of a column function, which then gives NULL. */
static int bad_row(fir__db *db, uint64_t seq, fir_error *err)
{
    return sqlite3_errcode(db->handle) == SQLITE_NOMEM ? fir__no_memory(err) : fir__db_damaged(err, seq, "cannot be read");
}

/* ---- commits ---- */

int fir__db_begin(fir__db *db, bool full, fir_error *err)
{
    leave_readers(db);
    if (full != db->full) {
        int rc =
            fir__db_execute(db, full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", "setting its durability", err);
        if (rc != 0) {
            return rc;
        }
        db->full = full;
    }
    db->pending = db->last;
    return run(db, BEGIN, "beginning a commit", err);
}

static int put_record(fir__db *db, const fir_record *r, fir_error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = prepare(db, PUT, &s, err);
    if (rc != 0) {
        return rc;
    }
    rc = sqlite3_bind_int64(s, 1, (sqlite3_int64)r->seq) | sqlite3_bind_int64(s, 2, r->wall_ns);
    rc |= sqlite3_bind_blob(s, 3, db->pending.hash, FIR__SHA256, SQLITE_STATIC);
    rc |= bind(s, 4, r->kind, true) | bind(s, 5, r->event_id, true) | bind(s, 6, r->action_id, true);
    rc |= bind(s, 7, r->json, true) | bind(s, 8, r->blob, false);
    return rc != SQLITE_OK ? fir__no_memory(err) : finish(db, s, "writing a record", err);
}

int fir__db_put(fir__db *db, const fir_record *given, uint64_t *seq, fir_error *err)
{
    fir_record r = *given;
    fir__link next = {.seq = db->pending.seq + 1};
    r.seq = next.seq;
    if (next.seq > INT64_MAX - 1) {
        return fir__fail(err, FIR_EIO, "the journal has used all its numbers");
    }
    int rc = fir__audit_hash(&db->scratch, &db->hasher, db->pending.hash, &r, next.hash);
    if (rc != 0) {
        return rc == FIR_ENOMEM ? fir__no_memory(err) : fir__fail(err, rc, "a record cannot be hashed");
    }
    db->pending = next;
    *seq = next.seq;
    rc = put_record(db, &r, err);
    sqlite3_stmt *s = NULL;
    rc = rc != 0 ? rc : prepare(db, PUT_LIVE, &s, err);
    if (rc != 0) {
        return rc;
    }
    if ((sqlite3_bind_int64(s, 1, (sqlite3_int64)next.seq) | sqlite3_bind_int64(s, 2, mark_of(next.hash))) != SQLITE_OK) {
        return fir__no_memory(err);
    }
    return finish(db, s, "writing a record", err);
}

/* Notes an end of the chain. */
static int set_end(fir__db *db, int which, const fir__link *l, fir_error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = prepare(db, which, &s, err);
    if (rc != 0) {
        return rc;
    }
    return bind_link(s, l) != SQLITE_OK ? fir__no_memory(err) : finish(db, s, "writing the chain's end", err);
}

int fir__db_end(fir__db *db, fir_error *err)
{
    int rc = db->pending.seq != db->last.seq ? set_end(db, SET_LAST, &db->pending, err) : 0;
    rc = rc != 0 ? rc : run(db, COMMIT, "committing", err);
    if (rc == 0) {
        db->last = db->pending;
    }
    return rc;
}

void fir__db_rollback(fir__db *db)
{
    if (sqlite3_get_autocommit(db->handle) == 0) {
        (void)run(db, ROLLBACK, "", NULL);
    }
}

/* ---- reading ---- */

/* What is borrowed outlives the statement's row. */
static int copy_out(fir__db *db, fir_record *r, fir_error *err)
{
    fir_str *texts[] = {&r->kind, &r->event_id, &r->action_id, &r->json, &r->blob};
    size_t need = r->kind.len + r->event_id.len + r->action_id.len + r->json.len + r->blob.len;
    fir__sbuf_clear(&db->row);
    char *at = fir__sbuf_reserve(&db->row, need);
    if (at == NULL) {
        return fir__no_memory(err);
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i]->len != 0) {
            memcpy(at, texts[i]->ptr, texts[i]->len);
        }
        texts[i]->ptr = at;
        at += texts[i]->len;
    }
    return 0;
}

/* The hash before a live record: that of the one read before, mostly. */
static int previous_hash(fir__db *db, uint64_t seq, uint8_t out[FIR__SHA256], fir_error *err)
{
    const fir__link *known[] = {&db->first, &db->read};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i]->seq == seq - 1) {
            memcpy(out, known[i]->hash, FIR__SHA256);
            return 0;
        }
    }
    sqlite3_stmt *s = NULL;
    int rc = prepare(db, HASH, &s, err);
    if (rc != 0) {
        return rc;
    }
    (void)sqlite3_bind_int64(s, 1, (sqlite3_int64)seq - 1);
    int step = sqlite3_step(s);
    if (step == SQLITE_ROW || step == SQLITE_DONE) {
        rc = step == SQLITE_ROW && column_hash(s, 0, out) ? 0 : bad_row(db, seq, err);
    } else {
        rc = fir__db_fail(db, step, "reading", err);
    }
    (void)sqlite3_reset(s);
    return rc;
}

/* A row of LIVE: is the record what was written? */
static int check_live(fir__db *db, sqlite3_stmt *s, fir_record *r, fir_error *err)
{
    uint64_t seq;
    uint8_t stored[FIR__SHA256], previous[FIR__SHA256], hash[FIR__SHA256];
    if (!column_seq(s, 8, &seq)) {
        return bad_row(db, 0, err);
    }
    if (!column_record(s, r, stored) || seq <= db->cursor) { /* a tree that runs into itself has no end */
        return bad_row(db, seq, err);
    }
    int rc = previous_hash(db, seq, previous, err);
    if (rc != 0) {
        return rc;
    }
    rc = fir__audit_hash(&db->scratch, &db->hasher, previous, r, hash);
    if (rc != 0) {
        return rc == FIR_ELIMIT ? fir__db_damaged(err, seq, "is too large") : fir__fail(err, rc, "a record cannot be hashed");
    }
    if (memcmp(hash, stored, sizeof hash) != 0 || sqlite3_column_int64(s, 9) != mark_of(hash)) {
        return fir__db_damaged(err, seq, "is not what its hash says");
    }
    db->read.seq = seq;
    memcpy(db->read.hash, hash, sizeof hash);
    return copy_out(db, r, err);
}

int fir__db_live(fir__db *db, uint64_t after, fir_record *out, fir_error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = prepare(db, LIVE, &s, err);
    if (rc != 0) {
        return rc;
    }
    if (db->cursor == 0 || db->cursor != after) {
        (void)sqlite3_reset(s);
        (void)sqlite3_bind_int64(s, 1, after > INT64_MAX ? INT64_MAX : (sqlite3_int64)after);
        db->cursor = 0;
    }
    int step = sqlite3_step(s);
    rc = step == SQLITE_ROW    ? check_live(db, s, out, err)
         : step == SQLITE_DONE ? fir__fail(err, FIR_ENOTFOUND, "no more records")
                               : fir__db_fail(db, step, "reading", err);
    if (rc == 0) {
        db->cursor = out->seq;
    } else {
        db->cursor = 0;
        (void)sqlite3_reset(s);
    }
    return rc;
}

int fir__db_walk(fir__db *db, bool restart, bool live, uint64_t from, fir__row *row, fir_error *err)
{
    sqlite3_stmt *s = NULL;
    *row = (fir__row){.live = false};
    int rc = prepare(db, live ? WALK_LIVE : WALK, &s, err);
    if (rc != 0) {
        return rc;
    }
    if (restart) {
        (void)sqlite3_reset(s);
        (void)sqlite3_bind_int64(s, 1, from > INT64_MAX ? INT64_MAX : (sqlite3_int64)from);
        db->walked = from != 0 ? from - 1 : 0;
    }
    int step = sqlite3_step(s);
    if (step == SQLITE_ROW && column_record(s, &row->record, row->hash) && row->record.seq > db->walked) {
        db->walked = row->record.seq;
        row->live = sqlite3_column_int(s, 8) != 0;
        return 0;
    }
    if (step == SQLITE_ROW) {
        return bad_row(db, row->record.seq, err);
    }
    (void)sqlite3_reset(s);
    return step == SQLITE_DONE ? fir__fail(err, FIR_ENOTFOUND, "no more records") : fir__db_fail(db, step, "reading", err);
}

int fir__db_chain(fir__db *db, fir__link *first, fir__link *last, fir_error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = prepare(db, GET_CHAIN, &s, err);
    if (rc != 0) {
        return rc;
    }
    int step = sqlite3_step(s);
    bool good = step == SQLITE_ROW && column_seq(s, 0, &first->seq) && column_hash(s, 1, first->hash) &&
                column_seq(s, 2, &last->seq) && column_hash(s, 3, last->hash) && first->seq <= last->seq;
    (void)sqlite3_reset(s);
    if (!good) {
        return step == SQLITE_ROW || step == SQLITE_DONE ? fir__db_fail(db, SQLITE_CORRUPT, "the ends of its chain", err)
                                                         : fir__db_fail(db, step, "reading", err);
    }
    return 0;
}

int fir__db_hold(fir__db *db, bool on, fir_error *err)
{
    leave_readers(db);
    return fir__db_execute(db, on ? "BEGIN" : "ROLLBACK", "reading", err);
}

/* ---- trim and forget ---- */

static int list_live(fir__db *db, uint64_t from, uint64_t before, uint64_t *list, size_t *n, fir_error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = prepare(db, LIST_LIVE, &s, err), step = SQLITE_ROW;
    if (rc != 0) {
        return rc;
    }
    (void)sqlite3_bind_int64(s, 1, (sqlite3_int64)from);
    (void)sqlite3_bind_int64(s, 2, (sqlite3_int64)before);
    (void)sqlite3_bind_int(s, 3, STEP);
    *n = 0;
    while (*n < STEP && (step = sqlite3_step(s)) == SQLITE_ROW) {
        list[(*n)++] = (uint64_t)sqlite3_column_int64(s, 0);
    }
    (void)sqlite3_reset(s);
    return step == SQLITE_ROW || step == SQLITE_DONE ? 0 : fir__db_fail(db, step, "reading", err);
}

static int drop_live(fir__db *db, uint64_t seq, fir_error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = prepare(db, DROP_LIVE, &s, err);
    if (rc != 0) {
        return rc;
    }
    (void)sqlite3_bind_int64(s, 1, (sqlite3_int64)seq);
    return finish(db, s, "trimming", err);
}

static int end_or_undo(fir__db *db, int rc, fir_error *err)
{
    rc = rc != 0 ? rc : fir__db_end(db, err);
    if (rc != 0) {
        fir__db_rollback(db);
    }
    return rc;
}

int fir__db_trim(fir__db *db, uint64_t from, uint64_t before, const uint64_t *keep_list, size_t n_keep, uint64_t *next,
                 fir_error *err)
{
    uint64_t list[STEP];
    size_t n, k = 0;
    uint64_t end = before > INT64_MAX ? INT64_MAX : before;
    *next = before;
    int rc = from >= end ? FIR_ENOTFOUND : list_live(db, from, end, list, &n, err);
    if (rc != 0 || n == 0) {
        return rc == FIR_ENOTFOUND ? 0 : rc;
    }
    rc = fir__db_begin(db, false, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        while (k < n_keep && keep_list[k] < list[i]) {
            k++;
        }
        rc = k < n_keep && keep_list[k] == list[i] ? 0 : drop_live(db, list[i], err);
    }
    *next = n == STEP ? list[n - 1] + 1 : before;
    if (rc == 0 && *next <= from) {
        rc = fir__db_fail(db, SQLITE_CORRUPT, "its index of live records", err);
    }
    return end_or_undo(db, rc, err);
}

/* The last of the oldest records that may go; seq stays 0 when there is none. */
static int find_oldest(fir__db *db, int64_t before_ns, fir__link *to, size_t *n, fir_error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = prepare(db, OLDEST, &s, err), step;
    if (rc != 0) {
        return rc;
    }
    (void)sqlite3_bind_int64(s, 1, before_ns);
    (void)sqlite3_bind_int(s, 2, STEP);
    *n = 0;
    while ((step = sqlite3_step(s)) == SQLITE_ROW && sqlite3_column_int(s, 2) != 0) {
        if (!column_seq(s, 0, &to->seq) || !column_hash(s, 1, to->hash)) {
            rc = bad_row(db, to->seq, err);
            break;
        }
        (*n)++;
    }
    (void)sqlite3_reset(s);
    return rc != 0 || step == SQLITE_ROW || step == SQLITE_DONE ? rc : fir__db_fail(db, step, "reading", err);
}

int fir__db_forget(fir__db *db, int64_t before_ns, bool *done, fir_error *err)
{
    fir__link to = {0};
    size_t n = 0;
    *done = true;
    int rc = find_oldest(db, before_ns, &to, &n, err);
    if (rc != 0 || n == 0) {
        return rc;
    }
    if (to.seq <= db->first.seq) {
        return fir__db_fail(db, SQLITE_CORRUPT, "its oldest records", err);
    }
    sqlite3_stmt *s = NULL;
    rc = fir__db_begin(db, false, err);
    rc = rc != 0 ? rc : prepare(db, DROP, &s, err);
    if (rc == 0) {
        (void)sqlite3_bind_int64(s, 1, (sqlite3_int64)to.seq);
        rc = finish(db, s, "forgetting", err);
    }
    rc = rc != 0 ? rc : set_end(db, SET_FIRST, &to, err);
    rc = end_or_undo(db, rc, err);
    if (rc == 0) {
        db->first = to;
        *done = n < STEP;
    }
    return rc;
}

int fir__db_checkpoint(fir__db *db, fir_error *err)
{
    leave_readers(db);
    int rc = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED
               ? 0
               : fir__db_fail(db, rc, "a checkpoint", err);
}

void fir__db_checkpoints(fir__db *db, bool on)
{
    (void)sqlite3_wal_autocheckpoint(db->handle, on ? WAL_PAGES : 0);
}
