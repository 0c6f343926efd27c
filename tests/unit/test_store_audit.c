/* SPDX-License-Identifier: Apache-2.0 */
/* The audit chain: whoever changes the journal is seen, and a damaged file makes nothing up. */
#include <check.h>
#include <falcoir/journal.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/audit.h"
#include "store/store.h"
#include "support/failing.h"
#include "support/store.h"
#include "support/suite.h"

enum { RECORDS = 40, ALERT = 500, TRIMMED = 10 };

static char dir[128];
static fir_error err;

static fir_store open_store(void)
{
    fir__store_options o = {.dir = dir, .reserve = 4096};
    fir_store s;
    err = (fir_error){0};
    ck_assert_msg(fir__store_open(&o, &s, &err) == 0, "%s", err.message);
    return s;
}

static size_t alert_of(uint64_t n)
{
    return n % 3 == 0 ? ALERT : 0;
}

/* Records 1 to n; those below TRIMMED are not live. */
static void fill(uint64_t n)
{
    fir_store s = open_store();
    fir_test_record r;
    for (uint64_t i = 1; i <= n; i++) {
        fir_test_record_make(&r, i, alert_of(i));
        ck_assert_int_eq(s.append(s.self, &r.record, 1, 0, NULL, &err), 0);
    }
    ck_assert_int_eq(s.trim(s.self, TRIMMED, NULL, 0, &err), 0);
    s.close(s.self);
}

static void set_up(void)
{
    fir_test_dir_make(dir, "/dev/shm");
}

static void tear_down(void)
{
    fir_test_dir_remove(dir);
}

static fir_journal *open_journal(void)
{
    fir_journal *j;
    err = (fir_error){0};
    ck_assert_msg(fir_journal_open(dir, NULL, &j, &err) == 0, "%s", err.message);
    return j;
}

static fir_journal_verdict verify(const char *head, int want)
{
    fir_journal *j = open_journal();
    fir_journal_verdict v = {.size = sizeof v};
    int rc = fir_journal_verify(j, head, &v, &err);
    ck_assert_msg(rc == want, "%s: %s", fir_code_name(rc), err.message);
    fir_journal_free(j);
    return v;
}

/* Somebody with a copy of SQLite. */
static void tamper(const char *sql)
{
    sqlite3 *db;
    char *why = NULL;
    ck_assert_int_eq(sqlite3_open(fir_test_dir_file(dir, "journal.db"), &db), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK, "%s: %s", sql, why);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

START_TEST(a_whole_chain_holds)
{
    fill(RECORDS);
    fir_journal_verdict v = verify(NULL, 0), again;
    ck_assert_uint_eq(v.broken, 0);
    ck_assert_str_eq(v.why, "");
    ck_assert_uint_eq(v.records, RECORDS);
    ck_assert_uint_eq(v.first, 1);
    ck_assert_uint_eq(v.last, RECORDS);
    ck_assert_uint_eq(strlen(v.head), 64);
    again = verify(v.head, 0); /* the hash of a record is in the chain, also later */
    ck_assert_str_eq(again.head, v.head);
    fir_store s = open_store();
    fir_test_record r;
    fir_test_record_make(&r, RECORDS + 1, 0);
    ck_assert_int_eq(s.append(s.self, &r.record, 1, 0, NULL, &err), 0);
    again = verify(v.head, 0); /* while somebody writes */
    ck_assert_uint_eq(again.last, RECORDS + 1);
    ck_assert_str_ne(again.head, v.head);
    ck_assert_int_eq(s.trim(s.self, UINT64_MAX, NULL, 0, &err), 0);
    ck_assert_int_eq(s.forget(s.self, INT64_C(1700000000000000000) + 21, &err), 0);
    s.close(s.self);
    v = verify(v.head, 0); /* what is forgotten leaves its last hash */
    ck_assert_uint_eq(v.first, 21);
    ck_assert_uint_eq(v.records, RECORDS - 19);
    ck_assert_uint_eq(v.broken, 0);
    (void)verify("00000000000000000000000000000000000000000000000000000000000000aa", FIR_ENOTFOUND);
    (void)verify("00aa", FIR_EINVAL);
    (void)verify("zz000000000000000000000000000000000000000000000000000000000000aa", FIR_EINVAL);
}
END_TEST

START_TEST(names_the_first_broken_record)
{
    static const struct {
        const char *sql;
        uint64_t broken;
        const char *why;
    } cases[] = {
        {"UPDATE records SET json = replace(json, '17', '18') WHERE seq = 17", 17, "not what was written"},
        {"UPDATE records SET json = json || ' ' || '}' WHERE seq = 17", 17, "not what was written"},
        {"UPDATE records SET json = '17' WHERE seq = 17", 17, "cannot be read"},
        {"UPDATE records SET kind = 'outcome' WHERE seq = 40", 40, "not what was written"},
        {"UPDATE records SET kind = '' WHERE seq = 40", 40, "cannot be read"},
        {"UPDATE records SET event_id = 'x' WHERE seq = 1", 1, "not what was written"},
        {"UPDATE records SET action_id = '' WHERE seq = 2", 2, "not what was written"},
        {"UPDATE records SET wall_ns = wall_ns + 1 WHERE seq = 33", 33, "not what was written"},
        {"UPDATE records SET alert = zeroblob(500) WHERE seq = 30", 30, "not what was written"},
        {"UPDATE records SET alert = x'' WHERE seq = 30", 30, "not what was written"},
        {"UPDATE records SET alert = x'31' WHERE seq = 31", 31, "not what was written"},
        {"UPDATE records SET hash = zeroblob(32) WHERE seq = 20", 20, "not what was written"},
        {"UPDATE records SET hash = zeroblob(31) WHERE seq = 20", 20, "cannot be read"},
        {"UPDATE records SET hash = CAST(substr(hash, 1, 31) || 'x' AS BLOB) WHERE seq = 20", 20, "not what was written"},
        {"DELETE FROM records WHERE seq = 1", 1, "missing"},
        {"DELETE FROM records WHERE seq = 20", 20, "missing"},
        {"DELETE FROM records WHERE seq = 40", 40, "missing, and all behind it"},
        {"DELETE FROM records WHERE seq > 25", 26, "missing, and all behind it"},
        {"DELETE FROM records", 1, "missing, and all behind it"},
        /* One taken out, and the rest moved up. */
        {"DELETE FROM records WHERE seq = 20; UPDATE records SET seq = seq - 1 WHERE seq > 20", 20, "not what was written"},
        /* Two swapped, with their hashes. */
        {"UPDATE records SET seq = 1000 WHERE seq = 11; UPDATE records SET seq = 11 WHERE seq = 12; UPDATE records SET seq = 12 "
         "WHERE "
         "seq = 1000",
         11, "not what was written"},
        /* One more at the end, as good as can be without the hash function. */
        {"INSERT INTO records SELECT 41, wall_ns, hash, kind, event_id, action_id, json, alert FROM records WHERE seq = 40", 41,
         "not what was written"},
        {"UPDATE chain SET first_seq = 1, first_hash = (SELECT hash FROM records WHERE seq = 2)", 2, "missing"},
        {"UPDATE chain SET first_hash = randomblob(32)", 1, "not what was written"},
        {"UPDATE chain SET last_hash = zeroblob(32)", 40, "not the last one"},
        {"UPDATE chain SET last_seq = 39", 40, "not the last one"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fir_test_dir_remove(dir);
        fir_test_dir_make(dir, "/dev/shm");
        fill(RECORDS);
        tamper(cases[i].sql);
        fir_journal_verdict v = verify(NULL, 0);
        ck_assert_msg(v.broken == cases[i].broken, "%s: %llu is called broken", cases[i].sql, (unsigned long long)v.broken);
        ck_assert_msg(strstr(v.why, cases[i].why) != NULL, "%s: %s", cases[i].sql, v.why);
    }
}
END_TEST

/* Whoever knows how hashes are made can make them all anew; only a head kept elsewhere shows it. */
START_TEST(an_older_head_shows_a_chain_made_anew)
{
    fill(RECORDS);
    fir_journal_verdict honest = verify(NULL, 0);
    fir_test_dir_remove(dir);
    fir_test_dir_make(dir, "/dev/shm");
    fill(RECORDS - 1);
    fir_store s = open_store();
    fir_test_record r;
    fir_test_record_make(&r, 99, 0);
    ck_assert_int_eq(s.append(s.self, &r.record, 1, 0, NULL, &err), 0);
    s.close(s.self);
    ck_assert_uint_eq(verify(NULL, 0).broken, 0);
    (void)verify(honest.head, FIR_ENOTFOUND);
}
END_TEST

/* A tampered record is not acted upon. */
START_TEST(a_changed_live_record_is_not_read)
{
    static const struct {
        const char *sql;
        uint64_t seq;
    } cases[] = {
        {"UPDATE records SET json = replace(json, '17', '18') WHERE seq = 17", 17},
        {"UPDATE records SET alert = zeroblob(500) WHERE seq = 18", 18},
        {"UPDATE records SET hash = zeroblob(32) WHERE seq = 17", 17},
        {"DELETE FROM records WHERE seq = 17", 17},
        {"INSERT INTO live VALUES(5, 12345)", 5}, /* finished work does not come back */
        {"UPDATE live SET mark = mark + 1 WHERE seq = 17", 17},
        {"INSERT INTO live VALUES(41, 1)", 41},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fir_test_dir_remove(dir);
        fir_test_dir_make(dir, "/dev/shm");
        fill(RECORDS);
        tamper(cases[i].sql);
        fir_store s = open_store();
        fir_record r;
        uint64_t at = 0;
        int rc;
        while ((rc = s.read(s.self, at, &r, &err)) == 0) {
            at = r.seq;
        }
        char want[40];
        (void)snprintf(want, sizeof want, "record %llu ", (unsigned long long)cases[i].seq);
        ck_assert_int_eq(rc, FIR_EIO);
        ck_assert_msg(strncmp(err.message, want, strlen(want)) == 0, "%s: %s", cases[i].sql, err.message);
        s.close(s.self);
    }
}
END_TEST

/* ---- a file from anywhere ---- */

static int try_open(void)
{
    fir__store_options o = {.dir = dir, .reserve = 4096};
    fir_store s;
    err = (fir_error){0};
    int rc = fir__store_open(&o, &s, &err);
    if (rc == 0) {
        s.close(s.self);
    }
    return rc;
}

START_TEST(refuses_another_schema)
{
    static const struct {
        const char *sql;
        int rc;
        const char *text;
    } cases[] = {
        {"PRAGMA user_version = 2", FIR_EVERSION, "format 2"},
        {"PRAGMA user_version = 0", FIR_EIO, "format 0"},
        {"PRAGMA application_id = 1", FIR_EIO, "another program's"},
        {"CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM live; END", FIR_EIO, "its tables"},
        {"CREATE VIEW v AS SELECT * FROM records", FIR_EIO, "its tables"},
        {"DROP TABLE live", FIR_EIO, "its tables"},
        {"DROP TABLE records", FIR_EIO, "its tables"},
        {"DROP TABLE live; CREATE VIEW live AS SELECT seq, seq AS mark FROM records", FIR_EIO, "its tables"},
        {"CREATE INDEX i ON records(json)", FIR_EIO, "its tables"},
        {"DELETE FROM chain", FIR_EIO, "ends of its chain"},
        {"UPDATE chain SET first_seq = -1", FIR_EIO, "ends of its chain"},
        {"UPDATE chain SET last_hash = x''", FIR_EIO, "ends of its chain"},
        {"UPDATE chain SET last_hash = randomblob(32)", FIR_EIO, "record 40"},
        {"DELETE FROM records WHERE seq = 40", FIR_EIO, "record 40"},
        {"DELETE FROM records", FIR_EIO, "record 40"},
        {"DELETE FROM records WHERE seq = 1", FIR_EIO, "record 40"},
        {"UPDATE chain SET last_seq = 9223372036854775807", FIR_EIO, "record 9223372036854775807"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fir_test_dir_remove(dir);
        fir_test_dir_make(dir, "/dev/shm");
        fill(RECORDS);
        tamper(cases[i].sql);
        int rc = try_open();
        ck_assert_msg(rc == cases[i].rc, "%s: %s %s", cases[i].sql, fir_code_name(rc), err.message);
        ck_assert_msg(strstr(err.message, cases[i].text) != NULL, "%s: %s", cases[i].sql, err.message);
    }
}
END_TEST

/* Each byte of the file is changed, one after the other. Whatever is read is what was written; if anything of it was hit, somebody
 * says so. Nothing crashes. */
static void look_at_damage(const char *what)
{
    fir__store_options o = {.dir = dir, .reserve = 4096};
    fir_store s;
    uint64_t at = 0, live = 0;
    int rc = fir__store_open(&o, &s, &err);
    if (rc == 0) {
        fir_record r;
        while ((rc = s.read(s.self, at, &r, &err)) == 0) {
            ck_assert_msg(r.seq > at && r.seq >= TRIMMED && fir_test_record_is(&r, r.seq, alert_of(r.seq)), "%s: record %llu", what,
                          (unsigned long long)r.seq);
            at = r.seq;
            live++;
        }
        s.close(s.self);
        ck_assert_msg(rc == FIR_EIO || live == RECORDS - TRIMMED + 1, "%s: %llu live records", what, (unsigned long long)live);
    } else {
        ck_assert_msg(rc == FIR_EIO || rc == FIR_EVERSION, "%s: %s", what, fir_code_name(rc));
    }
    fir_journal *j;
    if (fir_journal_open(dir, NULL, &j, NULL) == 0) {
        fir_journal_entry e = {.size = sizeof e};
        uint64_t n = 0, good = 0;
        int next;
        for (at = 0; (next = fir_journal_next(j, at, &e, &err)) == 0; at = e.seq) {
            fir_record r = {.wall_ns = e.wall_ns,
                            .kind = e.kind,
                            .event_id = e.event_id,
                            .action_id = e.action_id,
                            .json = e.json,
                            .blob = e.alert};
            good += fir_test_record_is(&r, e.seq, alert_of(e.seq));
            n++;
        }
        fir_journal_verdict v = {.size = sizeof v};
        int checked = fir_journal_verify(j, NULL, &v, NULL);
        if (checked == 0 && v.broken == 0) {
            ck_assert_msg(next == FIR_ENOTFOUND && good == RECORDS && n == RECORDS,
                          "%s: verify saw nothing; reading ended with %s %s", what, fir_code_name(next), err.message);
        }
        fir_journal_free(j);
    }
}

START_TEST(each_changed_byte)
{
    fill(RECORDS);
    int fd = open(fir_test_dir_file(dir, "journal.db"), O_RDWR);
    off_t size = lseek(fd, 0, SEEK_END);
    char *whole = malloc((size_t)size), what[64];
    ck_assert_int_eq(pread(fd, whole, (size_t)size, 0), size);
    /* Of the bytes between the cells most are of no use: each of the first pages' heads, every 13th of the rest. */
    for (off_t at = 0; at < size; at += at % 4096 < 128 ? 1 : 13) {
        char changed = (char)(whole[at] ^ (1 << (at * 7 % 8)));
        ck_assert_int_eq(pwrite(fd, &changed, 1, at), 1);
        (void)snprintf(what, sizeof what, "byte %lld", (long long)at);
        look_at_damage(what);
        (void)unlink(fir_test_dir_file(dir, "journal.db-wal"));
        (void)unlink(fir_test_dir_file(dir, "journal.db-shm"));
        ck_assert_int_eq(ftruncate(fd, size), 0);
        ck_assert_int_eq(pwrite(fd, whole, (size_t)size, 0), size);
    }
    for (off_t cut = 0; cut < size; cut += 517) {
        ck_assert_int_eq(ftruncate(fd, cut), 0);
        (void)snprintf(what, sizeof what, "cut at %lld", (long long)cut);
        if (cut > 0) { /* an empty file is a new one */
            look_at_damage(what);
        }
        ck_assert_int_eq(ftruncate(fd, 0), 0);
        ck_assert_int_eq(pwrite(fd, whole, (size_t)size, 0), size);
    }
    free(whole);
    (void)close(fd);
}
END_TEST

/* ---- reading and export ---- */

START_TEST(reads_beside_the_writer)
{
    fir_store s = open_store();
    fir_test_record r;
    for (uint64_t n = 1; n <= 3; n++) {
        fir_test_record_make(&r, n, alert_of(n));
        ck_assert_int_eq(s.append(s.self, &r.record, 1, 0, NULL, &err), 0);
    }
    ck_assert_int_eq(s.trim(s.self, 2, NULL, 0, &err), 0);
    fir_journal *j = open_journal();
    fir_journal_entry e = {.size = sizeof e};
    for (uint64_t n = 1; n <= 3; n++) {
        ck_assert_int_eq(fir_journal_next(j, n - 1, &e, &err), 0);
        fir_record got = {.wall_ns = e.wall_ns,
                          .kind = e.kind,
                          .event_id = e.event_id,
                          .action_id = e.action_id,
                          .json = e.json,
                          .blob = e.alert};
        ck_assert_uint_eq(e.seq, n);
        ck_assert(fir_test_record_is(&got, n, alert_of(n)));
        ck_assert_int_eq(e.live, n != 1);
        ck_assert_uint_eq(strlen(e.hash), 64);
    }
    ck_assert_int_eq(fir_journal_next(j, 3, &e, &err), FIR_ENOTFOUND);
    fir_test_record_make(&r, 4, 0);
    ck_assert_int_eq(s.append(s.self, &r.record, 1, 0, NULL, &err), 0);
    ck_assert_int_eq(fir_journal_next(j, 3, &e, &err), 0); /* a new walk sees it */
    ck_assert_uint_eq(e.seq, 4);
    ck_assert_int_eq(fir_journal_next(j, 1, &e, &err), 0);
    ck_assert_uint_eq(e.seq, 2);
    ck_assert_int_eq(fir_journal_next(j, UINT64_MAX, &e, &err), FIR_ENOTFOUND);
    fir_journal_free(j);
    s.close(s.self);
}
END_TEST

/* With nothing but SHA-256 and the text of the lines. */
START_TEST(an_export_can_be_checked_by_hand)
{
    fill(RECORDS);
    fir_journal *j = open_journal();
    uint64_t cursor = 0, lines = 0;
    fir_buf out;
    char before[65] = "0000000000000000000000000000000000000000000000000000000000000000";
    while (fir_journal_export(j, &cursor, &out, &err) == 0) {
        for (char *line = out.ptr, *end; (end = strchr(line, '\n')) != NULL; line = end + 1, lines++) {
            char *entry = strstr(line, ",\"entry\":");
            ck_assert_ptr_nonnull(entry);
            entry += 9;
            size_t n = (size_t)(end - 1 - entry);
            ck_assert_int_eq(end[-1], '}');
            char *text = malloc(64 + n), hex[65] = "";
            uint8_t hash[32];
            memcpy(text, before, 64);
            memcpy(text + 64, entry, n);
            ck_assert_int_eq(fir__sha256((fir_str){text, 64 + n}, hash), 0);
            free(text);
            fir__hex(hash, 32, hex);
            ck_assert_int_eq(strncmp(line, "{\"hash\":\"", 9), 0);
            ck_assert_msg(strncmp(line + 9, hex, 64) == 0, "line %llu", (unsigned long long)lines + 1);
            memcpy(before, hex, 64);
        }
        fir_buf_dispose(&out);
    }
    ck_assert_int_eq(err.code, FIR_ENOTFOUND);
    ck_assert_uint_eq(lines, RECORDS);
    ck_assert_uint_eq(cursor, RECORDS);
    ck_assert_str_eq(before, verify(NULL, 0).head);
    fir_journal_free(j);
}
END_TEST

START_TEST(a_line_of_an_export)
{
    fir_test_record r;
    fir_test_record_make(&r, 2, 0);
    r.record.seq = 7;
    uint8_t hash[32] = {0xab};
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 4096);
    ck_assert_int_eq(fir__audit_export(&b, &r.record, hash), 0);
    r.record.blob = (fir_str){"{\"rule\":\"a \xc3\xa9\"}\n", 16};
    ck_assert_int_eq(fir__audit_export(&b, &r.record, hash), 0);
    r.record.blob = (fir_str){"\xff", 1};
    r.record.action_id.len = 0;
    ck_assert_int_eq(fir__audit_export(&b, &r.record, hash), 0);
    fir__sbuf_char(&b, '\0');
    ck_assert_str_eq(
        b.ptr, "{\"hash\":\"ab00000000000000000000000000000000000000000000000000000000000000\",\"entry\":{\"action_id\":\"action-"
               "0000000000000002\","
               "\"event_id\":\"event-0000000000000002\",\"kind\":\"note\",\"record\":{\"n\":2,\"text\":\"\\u0007 "
               "\xc3\xa9\"},\"seq\":7,\"time\":"
               "\"2023-11-14T22:13:20.000000002Z\"}}\n"
               "{\"hash\":\"ab00000000000000000000000000000000000000000000000000000000000000\",\"alert\":\"{\\\"rule\\\":\\\"a "
               "\xc3\xa9\\\"}\\n\","
               "\"entry\":{\"action_id\":\"action-0000000000000002\",\"alert_sha256\":"
               "\"249ecdad95ed17c39d9cca9a19cfa11df3241db5a0d3d307d60726b81f74de0b\",\"event_id\":\"event-0000000000000002\","
               "\"kind\":\"note\","
               "\"record\":{\"n\":2,\"text\":\"\\u0007 \xc3\xa9\"},\"seq\":7,\"time\":\"2023-11-14T22:13:20.000000002Z\"}}\n"
               "{\"hash\":\"ab00000000000000000000000000000000000000000000000000000000000000\",\"alert_base64\":\"/"
               "w==\",\"entry\":{\"alert_sha256\":"
               "\"a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89\",\"event_id\":\"event-0000000000000002\","
               "\"kind\":\"note\","
               "\"record\":{\"n\":2,\"text\":\"\\u0007 \xc3\xa9\"},\"seq\":7,\"time\":\"2023-11-14T22:13:20.000000002Z\"}}\n");
    fir__sbuf_free(&b);
}
END_TEST

/* What a killed writer leaves can be read without it. */
START_TEST(reads_what_a_crash_left)
{
    pid_t child = fork();
    if (child == 0) {
        fir_store s = open_store();
        fir_test_record r;
        for (uint64_t n = 1; n <= 5; n++) {
            fir_test_record_make(&r, n, alert_of(n));
            ck_assert_int_eq(s.append(s.self, &r.record, 1, 0, NULL, &err), 0);
        }
        _exit(0); /* without close */
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_uint_eq(verify(NULL, 0).records, 5);
}
END_TEST

START_TEST(says_that_there_is_none)
{
    fir_journal *j;
    ck_assert_int_eq(fir_journal_open(dir, NULL, &j, &err), FIR_ENOTFOUND);
    ck_assert_msg(strstr(err.message, "no journal in") != NULL, "%s", err.message);
    ck_assert_int_eq(fir_journal_open(fir_test_dir_file(dir, "nowhere"), NULL, &j, &err), FIR_ENOTFOUND);
    ck_assert_msg(strstr(err.message, "no data directory") != NULL, "%s", err.message);
    ck_assert_ptr_null(j);
    fir_journal_free(NULL);
}
END_TEST

static int read_and_verify(void *ctx, const fir_allocator *a)
{
    (void)ctx;
    fir_journal *j;
    fir_journal_options o = {.size = sizeof o, .allocator = a};
    int rc = fir_journal_open(dir, &o, &j, NULL);
    fir_journal_verdict v = {.size = sizeof v};
    fir_journal_entry e = {.size = sizeof e};
    fir_buf out = {NULL, 0, NULL};
    uint64_t cursor = 0;
    rc = rc != 0 ? rc : fir_journal_verify(j, NULL, &v, NULL);
    if (rc == 0) {
        ck_assert_uint_eq(v.broken, 0);
        rc = fir_journal_next(j, 3, &e, NULL);
    }
    rc = rc != 0 ? rc : fir_journal_export(j, &cursor, &out, NULL);
    fir_buf_dispose(&out);
    fir_journal_free(j);
    return rc;
}

START_TEST(stands_every_failed_allocation)
{
    fill(12);
    ck_assert_int_ge(fir_test_sweep("journal", read_and_verify, NULL), 5);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("store_audit");
    TCase *t = tcase_create("audit");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 240);
    tcase_add_test(t, a_whole_chain_holds);
    tcase_add_test(t, names_the_first_broken_record);
    tcase_add_test(t, an_older_head_shows_a_chain_made_anew);
    tcase_add_test(t, a_changed_live_record_is_not_read);
    tcase_add_test(t, refuses_another_schema);
    tcase_add_test(t, each_changed_byte);
    tcase_add_test(t, reads_beside_the_writer);
    tcase_add_test(t, an_export_can_be_checked_by_hand);
    tcase_add_test(t, a_line_of_an_export);
    tcase_add_test(t, reads_what_a_crash_left);
    tcase_add_test(t, says_that_there_is_none);
    tcase_add_test(t, stands_every_failed_allocation);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
