/* SPDX-License-Identifier: Apache-2.0 */
/* journal.h: reading a data directory without owning it. */
#include <falcoir/journal.h>

#include "base/alloc.h"
#include "base/refs.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/dir.h"

enum { EXPORT_BYTES = 1024 * 1024 }; /* of one call, but for its last record */

struct fir_journal {
    fir_allocator allocator;
    fir__db *db;
    fir__guard busy;
    uint64_t at; /* the last record that was given; 0: none */
    bool live;   /* and with what */
    fir__sbuf scratch;
    fir__hasher hasher;
};

/* ---- opening ---- */

static int open_db(fir_journal *j, const char *data_dir, fir__sbuf *path, fir_error *err)
{
    fir__dir dir;
    int rc = fir__dir_open(&dir, data_dir, false, path, err);
    if (rc != 0) {
        return rc;
    }
    rc = fir__dir_has(&dir, FIR__DIR_JOURNAL, err);
    fir__dir_close(&dir);
    if (rc != 0) {
        return rc == FIR_ENOTFOUND ? fir__fail(err, rc, "there is no journal in %.200s", data_dir) : rc;
    }
    fir__sbuf_put(path, FIR__DIR_JOURNAL, sizeof FIR__DIR_JOURNAL); /* with its NUL */
    if (path->status != 0) {
        return fir__no_memory(err);
    }
    return fir__db_open(&j->allocator, path->ptr, NULL, FIR__DB_READ_ONLY, &j->db, err);
}

int fir_journal_open(const char *data_dir, const fir_journal_options *o, fir_journal **out, fir_error *err)
{
    fir_allocator a;
    fir__sbuf path;
    if (out != NULL) {
        *out = NULL;
    }
    if (out == NULL || data_dir == NULL) {
        return fir__fail(err, FIR_EINVAL, "data_dir or out is NULL");
    }
    int rc = o != NULL ? fir__check_options(o, o->size, sizeof *o, sizeof *o, err) : 0;
    if (rc != 0) {
        return rc;
    }
    if ((o != NULL && o->flags != 0) || !fir__allocator_copy(o != NULL ? o->allocator : NULL, &a)) {
        return fir__fail(err, FIR_EINVAL, "an unknown flag in the journal's options, or the allocator lacks a function");
    }
    fir_journal *j = fir__zalloc(&a, sizeof *j);
    if (j == NULL) {
        return fir__no_memory(err);
    }
    j->allocator = a;
    atomic_flag_clear(&j->busy);
    fir__sbuf_init(&j->scratch, &a, 2 * FIR__SHA256 + FIR__AUDIT_MAX_ENTRY);
    fir__sbuf_init(&path, &a, 8192);
    rc = open_db(j, data_dir, &path, err);
    fir__sbuf_free(&path);
    if (rc != 0) {
        fir_journal_free(j);
        return rc;
    }
    *out = j;
    return 0;
}

void fir_journal_free(fir_journal *j)
{
    if (j != NULL) {
        fir_allocator a = j->allocator;
        fir__db_close(j->db);
        fir__sbuf_free(&j->scratch);
        fir__hasher_free(&j->hasher);
        fir__free(&a, j);
    }
}

static int enter(fir_journal *j, fir_error *err)
{
    return fir__guard_enter(&j->busy) ? 0 : fir__fail(err, FIR_EBUSY, "another thread is using this journal");
}

/* ---- reading ---- */

/* A failure with the number of the record, where it is known. */
static int at_record(int rc, uint64_t seq, fir_error *err)
{
    if (err != NULL && rc != FIR_ENOTFOUND) {
        err->offset = seq;
    }
    return rc;
}

static int step(fir_journal *j, bool live, uint64_t after, fir__row *row, fir_error *err)
{
    row->record.seq = 0;
    int rc = fir__db_walk(j->db, after == 0 || after != j->at || live != j->live, live, after == UINT64_MAX ? after : after + 1,
                          row, err);
    j->at = rc == 0 ? row->record.seq : 0;
    j->live = live;
    return rc == 0 ? 0 : at_record(rc, row->record.seq, err);
}

int fir_journal_next(fir_journal *j, uint64_t after, fir_journal_entry *out, fir_error *err)
{
    if (j == NULL || out == NULL || out->size < sizeof *out) {
        return fir__fail(err, FIR_EINVAL, "journal or entry is NULL, or the entry has no size");
    }
    fir__row row;
    int rc = enter(j, err);
    if (rc != 0) {
        return rc;
    }
    rc = step(j, true, after, &row, err);
    if (rc == 0) {
        const fir_record *r = &row.record;
        *out = (fir_journal_entry){.size = out->size,
                                   .seq = r->seq,
                                   .wall_ns = r->wall_ns,
                                   .kind = r->kind,
                                   .event_id = r->event_id,
                                   .action_id = r->action_id,
                                   .json = r->json,
                                   .alert = r->blob,
                                   .live = row.live ? 1 : 0};
        fir__hex(row.hash, FIR__SHA256, out->hash);
    }
    fir__guard_leave(&j->busy);
    return rc;
}

/* What was read before a failure is given; the next call fails. */
static int export_some(fir_journal *j, uint64_t *at, fir__sbuf *b, fir_error *err)
{
    fir__row row;
    fir_error why = {0};
    int rc = 0;
    while (rc == 0 && b->len < EXPORT_BYTES && (rc = step(j, false, *at, &row, &why)) == 0) {
        *at = row.record.seq;
        rc = fir__audit_export(b, &j->hasher, &row.record, row.hash);
        rc = rc != 0 ? rc : b->status;
        if (rc != 0) {
            return rc == FIR_ENOMEM ? fir__no_memory(err) : fir__fail(err, rc, "a record cannot be written as JSON");
        }
    }
    if (b->len == 0 && rc != 0 && err != NULL) {
        *err = why;
    }
    return b->len != 0 ? 0 : rc;
}

int fir_journal_export(fir_journal *j, uint64_t *cursor, fir_buf *out, fir_error *err)
{
    if (out != NULL) {
        *out = (fir_buf){NULL, 0, NULL};
    }
    if (j == NULL || cursor == NULL || out == NULL) {
        return fir__fail(err, FIR_EINVAL, "journal, cursor or out is NULL");
    }
    fir__sbuf b;
    uint64_t at = *cursor;
    int rc = enter(j, err);
    if (rc != 0) {
        return rc;
    }
    /* The longest record may be an alert whose every byte is written as \u00xx. */
    fir__sbuf_init(&b, &j->allocator, EXPORT_BYTES + 6 * FIR__AUDIT_MAX_ENTRY);
    rc = export_some(j, &at, &b, err);
    fir__guard_leave(&j->busy);
    if (rc == 0 && fir__sbuf_take(&b, out) != 0) {
        rc = fir__no_memory(err);
    }
    fir__sbuf_free(&b);
    *cursor = rc == 0 ? at : *cursor;
    return rc;
}

/* ---- verifying ---- */

/* what is a literal. */
static void found(fir_journal_verdict *v, uint64_t seq, const char *what)
{
    size_t n = strlen(what);
    v->broken = seq;
    memcpy(v->why, what, n < sizeof v->why ? n + 1 : 0);
}

/* One record behind `last`. */
static int verify_row(fir_journal *j, fir__link *last, const fir__row *row, fir_journal_verdict *v, fir_error *err)
{
    uint8_t hash[FIR__SHA256];
    if (row->record.seq != last->seq + 1) {
        found(v, last->seq + 1, "it is missing");
        return 0;
    }
    int rc = fir__audit_hash(&j->scratch, &j->hasher, last->hash, &row->record, hash);
    if (rc != 0) {
        return rc == FIR_ENOMEM ? fir__no_memory(err) : fir__fail(err, rc, "a record cannot be hashed");
    }
    if (memcmp(hash, row->hash, sizeof hash) != 0) {
        found(v, row->record.seq, "it is not what was written there");
        return 0;
    }
    last->seq = row->record.seq;
    memcpy(last->hash, hash, sizeof hash);
    v->records++;
    v->first = v->first == 0 ? last->seq : v->first;
    return 0;
}

/* Walks from `last` to the end. *seen: the wanted hash was met. */
static int verify_all(fir_journal *j, fir__link *last, const uint8_t *wanted, bool *seen, fir_journal_verdict *v, fir_error *err)
{
    fir__row row;
    int rc = 0;
    j->at = 0;
    *seen = wanted == NULL || memcmp(wanted, last->hash, FIR__SHA256) == 0;
    while (rc == 0 && v->broken == 0) {
        fir_error why = {0};
        row.record.seq = 0;
        rc = fir__db_walk(j->db, j->at == 0, false, 0, &row, &why);
        j->at = 1;
        if (rc == FIR_EIO) { /* that is an answer too */
            found(v, last->seq + 1, "it cannot be read");
            rc = 0;
        } else if (rc == 0) {
            rc = verify_row(j, last, &row, v, err);
            *seen = *seen || memcmp(wanted, last->hash, FIR__SHA256) == 0;
        } else if (rc != FIR_ENOTFOUND) {
            return fir__fail(err, rc, "%s", why.message);
        }
    }
    j->at = 0;
    return rc == FIR_ENOTFOUND ? 0 : rc;
}

static int verify(fir_journal *j, const uint8_t *wanted, fir_journal_verdict *v, fir_error *err)
{
    fir__link at = {0}, end = {0};
    bool seen;
    int rc = fir__db_chain(j->db, &at, &end, err);
    rc = rc != 0 ? rc : verify_all(j, &at, wanted, &seen, v, err);
    if (rc != 0) {
        return rc;
    }
    if (v->broken == 0 && at.seq < end.seq) {
        found(v, at.seq + 1, "it is missing, and all behind it");
    } else if (v->broken == 0 && (at.seq > end.seq || memcmp(at.hash, end.hash, sizeof at.hash) != 0)) {
        found(v, at.seq, "it was not the last one that was written");
    }
    v->last = at.seq;
    fir__hex(at.hash, sizeof at.hash, v->head);
    rc = v->broken == 0 ? fir__db_check(j->db, err) : 0;
    if (rc == 0 && v->broken == 0 && !seen) {
        return fir__fail(err, FIR_ENOTFOUND,
                         "the hash is not in this chain: the journal is another one, was written anew, or has "
                         "forgotten that part");
    }
    return rc;
}

static bool read_hash(const char *hex, uint8_t out[FIR__SHA256])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < (size_t)2 * FIR__SHA256; i++) {
        const char *d = hex[i] != '\0' ? strchr(digits, fir__lower(hex[i])) : NULL;
        if (d == NULL) {
            return false;
        }
        out[i / 2] = (uint8_t)(i % 2 == 0 ? (d - digits) << 4 : out[i / 2] | (d - digits));
    }
    return hex[2 * FIR__SHA256] == '\0';
}

int fir_journal_verify(fir_journal *j, const char *head, fir_journal_verdict *out, fir_error *err)
{
    uint8_t wanted[FIR__SHA256];
    if (j == NULL || out == NULL || out->size < sizeof *out) {
        return fir__fail(err, FIR_EINVAL, "journal or verdict is NULL, or the verdict has no size");
    }
    if (head != NULL && !read_hash(head, wanted)) {
        return fir__fail(err, FIR_EINVAL, "head is no hash of 64 hex digits");
    }
    int rc = enter(j, err);
    if (rc != 0) {
        return rc;
    }
    *out = (fir_journal_verdict){.size = out->size};
    rc = fir__db_hold(j->db, true, err); /* the ends and what is between them as of one moment */
    if (rc == 0) {
        rc = verify(j, head != NULL ? wanted : NULL, out, err);
        (void)fir__db_hold(j->db, false, NULL);
    }
    fir__guard_leave(&j->busy);
    return rc;
}
