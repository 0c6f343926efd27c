/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a journal file: making it, or finding out whether it is one and whole. */
#include "store/audit.h"
#include "store/sqlite.h"

enum {
    APPLICATION_ID = 0x46495231, /* FIR1 */
    SCHEMA_VERSION = 1,
    BUSY_MS = 5000,
    WAL_BYTES = 16 * 1024 * 1024,                /* it shrinks to this */
    QUICK_CHECK_BYTES = 128 * 1024 * 1024,       /* a larger file is not read as a whole when it is opened */
    ROW_BYTES = FIR_STORE_MAX_RECORD + 4 * 1024, /* of a row */
    SCHEMA_STEPS = 1000000                       /* of SQLite's machine, for reading the schema */
};

/* Ordered by name, as sqlite_schema is read. The ends of the chain stand by themselves, so that rows missing at an end show. */
static const char *const schema[] = {
    "CREATE TABLE chain(id INTEGER PRIMARY KEY, first_seq INTEGER NOT NULL, first_hash BLOB NOT NULL, "
    "last_seq INTEGER NOT NULL, last_hash BLOB NOT NULL) STRICT",
    "CREATE TABLE live(seq INTEGER PRIMARY KEY, mark INTEGER NOT NULL) STRICT",
    "CREATE TABLE records(seq INTEGER PRIMARY KEY, wall_ns INTEGER NOT NULL, hash BLOB NOT NULL, kind TEXT NOT NULL, "
    "event_id TEXT NOT NULL, action_id TEXT NOT NULL, json TEXT NOT NULL, alert BLOB NOT NULL) STRICT",
};
enum { SCHEMA_ITEMS = sizeof schema / sizeof *schema };

/* Nothing in the file can run code, and no statement can harm the file. */
static int harden(fir__db *db, fir_error *err)
{
    static const struct {
        int what, value;
    } settings[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},   {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}, {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0}, {SQLITE_DBCONFIG_ENABLE_FKEY, 0},    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},     {SQLITE_DBCONFIG_DQS_DDL, 0},
    };
    static const struct {
        int what, value;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, ROW_BYTES}, {SQLITE_LIMIT_SQL_LENGTH, 4096}, {SQLITE_LIMIT_COLUMN, 16},
        {SQLITE_LIMIT_ATTACHED, 0},       {SQLITE_LIMIT_TRIGGER_DEPTH, 1}, {SQLITE_LIMIT_WORKER_THREADS, 0},
    };
    (void)sqlite3_extended_result_codes(db->handle, 1);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        (void)sqlite3_db_config(db->handle, settings[i].what, settings[i].value, NULL);
    }
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        (void)sqlite3_limit(db->handle, limits[i].what, limits[i].value);
    }
    (void)sqlite3_busy_timeout(db->handle, BUSY_MS);
    return fir__db_execute(db, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY", "opening", err);
}

/* The one integer or the first text that a statement gives; what it means by -1 and "" the caller knows. */
static int ask(fir__db *db, const char *sql, sqlite3_int64 *number, char *text, size_t size, fir_error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db->handle, sql, -1, &s, NULL);
    int step = rc == SQLITE_OK ? sqlite3_step(s) : rc;
    if (step == SQLITE_ROW && number != NULL) {
        *number = sqlite3_column_int64(s, 0);
    }
    if (step == SQLITE_ROW && text != NULL) {
        const char *t = (const char *)sqlite3_column_text(s, 0);
        (void)sqlite3_snprintf((int)size, text, "%s", t != NULL ? t : "");
    }
    (void)sqlite3_finalize(s);
    return step == SQLITE_ROW || step == SQLITE_DONE ? 0 : fir__db_fail(db, step, "opening", err);
}

static int check_schema(fir__db *db, fir_error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db->handle, "SELECT sql FROM sqlite_schema ORDER BY name", -1, &s, NULL);
    int step = rc;
    size_t n = 0;
    bool same = true;
    while (rc == SQLITE_OK && n <= SCHEMA_ITEMS && (step = sqlite3_step(s)) == SQLITE_ROW) {
        const char *sql = (const char *)sqlite3_column_text(s, 0);
        same = same && sql != NULL && n < SCHEMA_ITEMS && strcmp(sql, schema[n]) == 0;
        n++;
    }
    (void)sqlite3_finalize(s);
    if (step != SQLITE_DONE && step != SQLITE_ROW) {
        return fir__db_fail(db, step, "opening", err);
    }
    return same && n == SCHEMA_ITEMS ? 0 : fir__db_fail(db, SQLITE_CORRUPT, "its tables are not a journal's", err);
}

int fir__db_check(fir__db *db, fir_error *err)
{
    char verdict[128] = "";
    int rc = ask(db, "PRAGMA quick_check(1)", NULL, verdict, sizeof verdict, err);
    return rc != 0 || strcmp(verdict, "ok") == 0 ? rc : fir__db_fail(db, SQLITE_CORRUPT, "its pages", err);
}

static int check_if_small(fir__db *db, fir_error *err)
{
    sqlite3_int64 pages = 0, page_size = 0;
    int rc = ask(db, "PRAGMA page_count", &pages, NULL, 0, err);
    rc = rc != 0 ? rc : ask(db, "PRAGMA page_size", &page_size, NULL, 0, err);
    if (rc != 0 || pages > QUICK_CHECK_BYTES / (page_size > 0 ? page_size : 1)) {
        return rc;
    }
    return fir__db_check(db, err);
}

/* The noted ends must be there: rows that are missing at the end would not break the chain. */
static int check_ends(fir__db *db, fir_error *err)
{
    sqlite3_int64 first = 0, last = 0, same = 0;
    int rc = fir__db_chain(db, &db->first, &db->last, err);
    rc = rc != 0 ? rc : ask(db, "SELECT seq FROM records ORDER BY seq LIMIT 1", &first, NULL, 0, err);
    rc = rc != 0 ? rc : ask(db, "SELECT seq FROM records ORDER BY seq DESC LIMIT 1", &last, NULL, 0, err);
    rc = rc != 0 ? rc
                 : ask(db, "SELECT count(*) FROM records r, chain c WHERE r.seq = c.last_seq AND r.hash = c.last_hash", &same, NULL,
                       0, err);
    if (rc != 0) {
        return rc;
    }
    bool empty = db->first.seq == db->last.seq;
    if (empty ? last != 0 : (uint64_t)last != db->last.seq || (uint64_t)first != db->first.seq + 1 || same != 1) {
        return fir__db_damaged(err, empty ? (uint64_t)last : db->last.seq,
                               "is the last one that was written, and the file ends elsewhere");
    }
    return 0;
}

static int create(fir__db *db, fir_error *err)
{
    char sql[256];
    int rc = fir__db_execute(db, "BEGIN IMMEDIATE", "making it", err);
    for (size_t i = 0; rc == 0 && i < SCHEMA_ITEMS; i++) {
        rc = fir__db_execute(db, schema[i], "making it", err);
    }
    (void)sqlite3_snprintf((int)sizeof sql, sql,
                           "INSERT INTO chain VALUES(1, 0, zeroblob(%d), 0, zeroblob(%d)); PRAGMA application_id = %d; PRAGMA "
                           "user_version = %d; COMMIT",
                           FIR__SHA256, FIR__SHA256, APPLICATION_ID, SCHEMA_VERSION);
    return rc != 0 ? rc : fir__db_execute(db, sql, "making it", err);
}

/* Whose file it is. *fresh: nobody's yet. */
static int identify(fir__db *db, bool *fresh, fir_error *err)
{
    sqlite3_int64 id = 0, version = 0, items = 0;
    int rc = ask(db, "PRAGMA application_id", &id, NULL, 0, err);
    rc = rc != 0 ? rc : ask(db, "PRAGMA user_version", &version, NULL, 0, err);
    rc = rc != 0 ? rc : ask(db, "SELECT 1 FROM sqlite_schema LIMIT 1", &items, NULL, 0, err);
    if (rc != 0) {
        return rc;
    }
    *fresh = id == 0 && version == 0 && items == 0;
    if (!*fresh && id != APPLICATION_ID) {
        return fir__fail(err, FIR_EIO, "the file journal.db of the data directory is another program's");
    }
    if (!*fresh && version != SCHEMA_VERSION) {
        return fir__fail(err, version > SCHEMA_VERSION ? FIR_EVERSION : FIR_EIO,
                         "the journal has format %lld, this libfalcoir knows %d", (long long)version, SCHEMA_VERSION);
    }
    return 0;
}

static int give_up(void *unused)
{
    (void)unused;
    return 1;
}

static int set_up(fir__db *db, uint32_t flags, fir_error *err)
{
    bool fresh = false, read_only = (flags & FIR__DB_READ_ONLY) != 0;
    char mode[16] = "";
    sqlite3_progress_handler(db->handle, SCHEMA_STEPS, give_up, NULL); /* pages that name each other in rings */
    int rc = harden(db, err);
    rc = rc != 0 ? rc : identify(db, &fresh, err);
    if (rc == 0 && !fresh) {
        rc = check_schema(db, err);
    }
    sqlite3_progress_handler(db->handle, 0, NULL, NULL);
    if (rc != 0) {
        return rc;
    }
    if (read_only) {
        return fresh ? fir__fail(err, FIR_ENOTFOUND, "the journal is empty") : 0;
    }
    rc = ask(db, "PRAGMA journal_mode = WAL", NULL, mode, sizeof mode, err);
    if (rc == 0 && strcmp(mode, "wal") != 0) {
        return fir__fail(err, FIR_EIO, "the data directory's file system cannot hold a journal (SQLite has no WAL there)");
    }
    char limit[64];
    (void)sqlite3_snprintf((int)sizeof limit, limit, "PRAGMA journal_size_limit = %d; PRAGMA synchronous = FULL", WAL_BYTES);
    rc = rc != 0 ? rc : fir__db_execute(db, limit, "opening", err);
    db->full = true;
    fir__db_checkpoints(db, true);
    rc = rc != 0 || !fresh ? rc : create(db, err);
    rc = rc != 0 || fresh ? rc : check_if_small(db, err);
    return rc != 0 ? rc : check_ends(db, err);
}

void fir__db_close(fir__db *db)
{
    if (db == NULL) {
        return;
    }
    for (size_t i = 0; i < FIR__DB_STATEMENTS; i++) {
        (void)sqlite3_finalize(db->prepared[i]);
    }
    (void)sqlite3_close(db->handle);
    fir__sbuf_free(&db->scratch);
    fir__hasher_free(&db->hasher);
    fir__sbuf_free(&db->row);
    fir_allocator a = db->allocator;
    fir__free(&a, db);
}

int fir__db_open(const fir_allocator *a, const char *path, const char *vfs, uint32_t flags, fir__db **out, fir_error *err)
{
    *out = NULL;
    if (sqlite3_threadsafe() == 0) {
        return fir__fail(err, FIR_EUNSUPPORTED, "this SQLite was built without threads");
    }
    fir__db *db = fir__zalloc(a, sizeof *db);
    if (db == NULL) {
        return fir__no_memory(err);
    }
    db->allocator = *a;
    fir__sbuf_init(&db->scratch, a, 2 * FIR__SHA256 + FIR__AUDIT_MAX_ENTRY);
    fir__sbuf_init(&db->row, a, FIR_STORE_MAX_RECORD + (size_t)FIR_STORE_MAX_RECORD + 1024);
    int mode = (flags & FIR__DB_READ_ONLY) != 0 ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int rc = sqlite3_open_v2(path, &db->handle, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOFOLLOW, vfs);
    if (rc != SQLITE_OK) {
        rc = db->handle == NULL ? fir__no_memory(err) : fir__db_fail(db, rc, "opening", err);
    } else {
        rc = set_up(db, flags, err);
    }
    if (rc != 0) {
        fir__db_close(db);
        return rc;
    }
    *out = db;
    return 0;
}
