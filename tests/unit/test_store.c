/* SPDX-License-Identifier: Apache-2.0 */
/* lib/store: what every store promises, and what the one on disk promises besides. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"
#include "support/failing.h"
#include "support/store.h"
#include "support/suite.h"

static char dir[128];
static fir_store store;
static fir_error err;

/* ---- both stores ---- */

static void open_disk(void)
{
    fir__store_options o = {.dir = dir};
    err = (fir_error){0};
    ck_assert_msg(fir__store_open(&o, &store, &err) == 0, "%s", err.message);
}

static void open_memory(void)
{
    ck_assert_int_eq(fir__store_memory(NULL, &store, NULL), 0);
}

static void (*const openers[])(void) = {open_memory, open_disk};
enum { STORES = sizeof openers / sizeof *openers, MEMORY = 0 };

static void set_up(void)
{
    fir_test_dir_make(dir, NULL);
    err = (fir_error){0};
}

static void tear_down(void)
{
    if (store.close != NULL) {
        store.close(store.self);
        store = (fir_store){0};
    }
    fir_test_dir_remove(dir);
}

static void reopen(void)
{
    store.close(store.self);
    open_disk();
}

/* Appends records first .. first + n - 1 in one commit. */
static int append(uint64_t first, size_t n, uint32_t flags, uint64_t *seq)
{
    fir_test_record *r = calloc(n, sizeof *r);
    for (size_t i = 0; i < n; i++) {
        fir_test_record_make(&r[i], first + i, (first + i) % 2 == 0 ? 700 : 0);
    }
    err = (fir_error){0};
    int rc = store.append(store.self, &r->record, n, flags, seq, &err);
    free(r);
    return rc;
}

static void expect_record(uint64_t after, uint64_t seq, uint64_t n)
{
    fir_record r = {0};
    ck_assert_msg(store.read(store.self, after, &r, &err) == 0, "after %llu: %s", (unsigned long long)after, err.message);
    ck_assert_uint_eq(r.seq, seq);
    ck_assert_msg(fir_test_record_is(&r, n, n % 2 == 0 ? 700 : 0), "record %llu is not number %llu", (unsigned long long)seq,
                  (unsigned long long)n);
}

static void expect_end(uint64_t after)
{
    fir_record r;
    ck_assert_int_eq(store.read(store.self, after, &r, NULL), FIR_ENOTFOUND);
}

START_TEST(keeps_records_in_order)
{
    openers[_i]();
    uint64_t seq = 0;
    expect_end(0);
    ck_assert_int_eq(append(1, 3, 0, &seq), 0);
    ck_assert_uint_eq(seq, 1);
    ck_assert_int_eq(append(4, 2, FIR_STORE_SYNC | FIR_STORE_RESERVE, &seq), 0);
    ck_assert_uint_eq(seq, 4);
    ck_assert_int_eq(append(6, 1, 0, NULL), 0);
    for (uint64_t n = 1; n <= 6; n++) {
        expect_record(n - 1, n, n);
    }
    expect_end(6);
    expect_end(UINT64_MAX);
    expect_record(2, 3, 3); /* and anywhere again */
    expect_record(0, 1, 1);
}
END_TEST

START_TEST(trims_what_is_finished)
{
    openers[_i]();
    ck_assert_int_eq(append(1, 10, 0, NULL), 0);
    const uint64_t keep[] = {2, 3, 7, 12};
    ck_assert_int_eq(store.trim(store.self, 8, keep, 4, &err), 0);
    uint64_t at = 0;
    for (const uint64_t *want = (uint64_t[]){2, 3, 7, 8, 9, 10, 0}; *want != 0; want++) {
        expect_record(at, *want, *want);
        at = *want;
    }
    expect_end(at);
    ck_assert_int_eq(store.trim(store.self, UINT64_MAX, NULL, 0, &err), 0);
    expect_end(0);
    uint64_t seq;
    ck_assert_int_eq(append(11, 1, 0, &seq), 0); /* numbers are never used again */
    ck_assert_uint_eq(seq, 11);
    expect_record(0, 11, 11);
}
END_TEST

START_TEST(a_read_record_outlives_appends_and_trims)
{
    openers[_i]();
    ck_assert_int_eq(append(1, 4, 0, NULL), 0);
    fir_record r;
    ck_assert_int_eq(store.read(store.self, 1, &r, NULL), 0);
    ck_assert_int_eq(append(5, 200, 0, NULL), 0);
    ck_assert_int_eq(store.trim(store.self, 4, NULL, 0, NULL), 0);
    ck_assert(fir_test_record_is(&r, 2, 700));
    expect_record(2, 4, 4);
}
END_TEST

START_TEST(refuses_what_is_no_record)
{
    openers[_i]();
    fir_test_record r;
    fir_test_record_make(&r, 1, 0);
    const fir_record good = r.record;
    static char large[FIR_STORE_MAX_RECORD + 1];
    memset(large, ' ', sizeof large);
    large[0] = '{';
    large[FIR_STORE_MAX_RECORD - 1] = large[FIR_STORE_MAX_RECORD] = '}';
    struct {
        fir_record record;
        uint32_t flags;
        int rc;
    } cases[] = {
        {good, 1u << 2, FIR_EINVAL}, {good, 0, FIR_EINVAL}, {good, 0, FIR_EINVAL}, {good, 0, FIR_EINVAL}, {good, 0, FIR_EINVAL},
        {good, 0, FIR_ELIMIT},       {good, 0, FIR_ELIMIT}, {good, 0, FIR_ELIMIT}, {good, 0, FIR_EINVAL}, {good, 0, FIR_ELIMIT},
    };
    cases[1].record.size = sizeof(fir_record) - 1;
    cases[2].record.kind.len = 0;
    cases[3].record.json = (fir_str){"[]", 2};
    cases[4].record.json = (fir_str){"{", 1};
    cases[5].record.json = (fir_str){large, FIR_STORE_MAX_RECORD + 1};
    cases[6].record.event_id = (fir_str){large, FIR_STORE_MAX_ID + 1};
    cases[7].record.kind = (fir_str){large, FIR_STORE_MAX_KIND + 1};
    cases[8].record.blob = (fir_str){NULL, 3};
    cases[9].record.blob = (fir_str){large, FIR_STORE_MAX_RECORD};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        err = (fir_error){0};
        ck_assert_msg(store.append(store.self, &cases[i].record, 1, cases[i].flags, NULL, &err) == cases[i].rc, "case %zu", i);
        ck_assert_int_eq(err.code, cases[i].rc);
        ck_assert_int_ne(err.message[0], 0);
    }
    ck_assert_int_eq(store.append(store.self, &good, 0, 0, NULL, NULL), FIR_EINVAL);
    ck_assert_int_eq(store.append(store.self, NULL, 1, 0, NULL, NULL), FIR_EINVAL);
    ck_assert_int_eq(store.append(store.self, &good, FIR_STORE_MAX_APPEND + 1, 0, NULL, NULL), FIR_ELIMIT);
    expect_end(0);
    /* The largest there can be, with the largest ids. */
    fir_record most = good;
    most.kind = (fir_str){large + 1, FIR_STORE_MAX_KIND};
    most.event_id = most.action_id = (fir_str){large + 1, FIR_STORE_MAX_ID};
    most.json = (fir_str){large, FIR_STORE_MAX_RECORD};
    ck_assert_msg(store.append(store.self, &most, 1, 0, NULL, &err) == 0, "%s", err.message);
    most.json = (fir_str){"{}", 2};
    most.blob = (fir_str){large, FIR_STORE_MAX_RECORD - 2};
    ck_assert_msg(store.append(store.self, &most, 1, 0, NULL, &err) == 0, "%s", err.message);
    fir_record got;
    ck_assert_int_eq(store.read(store.self, 0, &got, &err), 0);
    ck_assert_uint_eq(got.json.len, FIR_STORE_MAX_RECORD);
    ck_assert_int_eq(store.read(store.self, 1, &got, &err), 0);
    ck_assert_uint_eq(got.blob.len, FIR_STORE_MAX_RECORD - 2);
}
END_TEST

/* A random sequence of calls leaves both stores alike. */
START_TEST(both_stores_say_the_same)
{
    fir_store both[2];
    for (int i = 0; i < 2; i++) {
        openers[i]();
        both[i] = store;
    }
    uint64_t n = 1, random = 12345;
    for (int step = 0; step < 300; step++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        uint64_t x = random >> 33;
        size_t count = 1 + x % 5;
        uint64_t before = x % (n + 3), keep[3] = {before / 3, before / 2, before / 2 + 1};
        for (int i = 0; i < 2; i++) {
            store = both[i];
            uint64_t seq = 0;
            if (x % 7 != 0) {
                ck_assert_int_eq(append(n, count, 0, &seq), 0);
                ck_assert_uint_eq(seq, n);
            } else {
                ck_assert_int_eq(store.trim(store.self, before, keep, 3, &err), 0);
            }
        }
        n += x % 7 != 0 ? count : 0;
    }
    uint64_t at = 0, records = 0;
    fir_record a, b;
    while (both[0].read(both[0].self, at, &a, NULL) == 0) {
        ck_assert_int_eq(both[1].read(both[1].self, at, &b, NULL), 0);
        ck_assert_uint_eq(a.seq, b.seq);
        ck_assert(fir_test_record_is(&b, b.seq, b.seq % 2 == 0 ? 700 : 0));
        at = a.seq;
        records++;
    }
    ck_assert_int_eq(both[1].read(both[1].self, at, &b, NULL), FIR_ENOTFOUND);
    ck_assert_uint_gt(records, 20);
    both[0].close(both[0].self);
    store = both[1];
}
END_TEST

/* ---- out of memory ---- */

static int some_work(void *ctx, const fir_allocator *a)
{
    fir__store_options o = {.allocator = a, .dir = dir};
    fir_store s;
    fir_test_record r[2];
    int rc = *(int *)ctx == MEMORY ? fir__store_memory(a, &s, NULL) : fir__store_open(&o, &s, NULL);
    if (rc != 0) {
        return rc;
    }
    fir_test_record_make(&r[0], 1, 0);
    fir_test_record_make(&r[1], 2, 700);
    uint64_t seq = 0;
    fir_record got;
    rc = s.append(s.self, &r[0].record, 2, 0, &seq, NULL);
    rc = rc != 0 ? rc : s.read(s.self, seq, &got, NULL);
    if (rc == 0) {
        ck_assert(fir_test_record_is(&got, 2, 700));
        rc = s.trim(s.self, seq + 2, NULL, 0, NULL);
    } else {
        ck_assert_int_eq(rc, FIR_ENOMEM);
    }
    s.close(s.self);
    return rc;
}

START_TEST(stands_every_failed_allocation)
{
    int which = _i;
    ck_assert_int_ge(fir_test_sweep("store", some_work, &which), 3);
}
END_TEST

/* ---- on disk ---- */

START_TEST(records_outlive_the_process)
{
    open_disk();
    ck_assert_int_eq(append(1, 4, 0, NULL), 0);
    const uint64_t keep[] = {2};
    ck_assert_int_eq(store.trim(store.self, 4, keep, 1, NULL), 0);
    reopen();
    expect_record(0, 2, 2);
    expect_record(2, 4, 4);
    expect_end(4);
    uint64_t seq;
    ck_assert_int_eq(append(5, 1, 0, &seq), 0);
    ck_assert_uint_eq(seq, 5);
}
END_TEST

static unsigned mode_of(const char *name)
{
    struct stat st;
    ck_assert_msg(stat(fir_test_dir_file(dir, name), &st) == 0, "%s", name);
    return st.st_mode & 07777;
}

START_TEST(nobody_else_can_read_it)
{
    char below[160];
    (void)snprintf(below, sizeof below, "%s/data", dir);
    mode_t old = umask(0);
    fir__store_options o = {.dir = below};
    ck_assert_int_eq(fir__store_open(&o, &store, &err), 0);
    ck_assert_int_eq(append(1, 1, 0, NULL), 0);
    (void)umask(old);
    ck_assert_uint_eq(mode_of("data"), 0700);
    for (const char **name =
             (const char *[]){"data/journal.db", "data/journal.db-wal", "data/journal.db-shm", "data/lock", "data/reserve", NULL};
         *name != NULL; name++) {
        ck_assert_msg(mode_of(*name) == 0600, "%s has mode %o", *name, mode_of(*name));
    }
}
END_TEST

START_TEST(has_one_owner)
{
    open_disk();
    fir__store_options o = {.dir = dir};
    fir_store second;
    char want[100];
    (void)snprintf(want, sizeof want, "in use by process %d", (int)getpid());
    ck_assert_int_eq(fir__store_open(&o, &second, &err), FIR_EBUSY);
    ck_assert_msg(strstr(err.message, want) != NULL, "%s", err.message);
    pid_t child = fork();
    if (child == 0) {
        _exit(fir__store_open(&o, &second, NULL) == FIR_EBUSY ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    reopen(); /* its own end sets it free */
}
END_TEST

static void write_file(const char *name, const void *p, size_t n)
{
    int fd = open(fir_test_dir_file(dir, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, p, n), (ssize_t)n);
    (void)close(fd);
}

static int try_open(void)
{
    fir__store_options o = {.dir = dir};
    err = (fir_error){0};
    return fir__store_open(&o, &store, &err);
}

START_TEST(says_what_is_in_the_way)
{
    static const char text[] =
        "this is a file of somebody's, and it is no database at all. It is left as it is.............................";
    write_file("journal.db", text, sizeof text);
    ck_assert_int_eq(try_open(), FIR_EIO);
    ck_assert_msg(strstr(err.message, "falcoir journal export") != NULL, "%s", err.message);
    char back[sizeof text];
    FILE *f = fopen(fir_test_dir_file(dir, "journal.db"), "rb");
    ck_assert_uint_eq(fread(back, 1, sizeof back, f), sizeof text);
    (void)fclose(f);
    ck_assert_mem_eq(back, text, sizeof text);
    ck_assert_int_eq(unlink(fir_test_dir_file(dir, "journal.db")), 0);

    ck_assert_int_eq(mkdir(fir_test_dir_file(dir, "journal.db"), 0700), 0);
    ck_assert_int_eq(try_open(), FIR_EIO);
    ck_assert_int_eq(rmdir(fir_test_dir_file(dir, "journal.db")), 0);
    ck_assert_int_eq(symlink("/etc/passwd", fir_test_dir_file(dir, "journal.db")), 0);
    ck_assert_int_eq(try_open(), FIR_EIO);
    ck_assert_int_eq(unlink(fir_test_dir_file(dir, "journal.db")), 0);

    fir__store_options o = {.dir = fir_test_dir_file(dir, "no/such/place")};
    ck_assert_int_eq(fir__store_open(&o, &store, &err), FIR_EIO);
    ck_assert_msg(strstr(err.message, "no/such/place") != NULL, "%s", err.message);
    o.dir = "";
    ck_assert_int_eq(fir__store_open(&o, &store, &err), FIR_EINVAL);
    ck_assert(store.append == NULL);
}
END_TEST

/* An empty file is what a crash while it was made leaves. */
START_TEST(goes_on_after_a_crash_while_it_was_made)
{
    write_file("journal.db", "", 0);
    open_disk();
    ck_assert_int_eq(append(1, 1, 0, NULL), 0);
    expect_record(0, 1, 1);
}
END_TEST

START_TEST(forgets_the_oldest)
{
    open_disk();
    ck_assert_int_eq(append(1, 2500, 0, NULL), 0);
    const uint64_t keep[] = {2200};
    ck_assert_int_eq(store.trim(store.self, 2400, keep, 1, NULL), 0);
    ck_assert_int_eq(store.forget(store.self, INT64_C(1700000000000000000) + 2100, &err), 0); /* up to 2099: younger */
    expect_record(0, 2200, 2200);
    ck_assert_int_eq(store.forget(store.self, INT64_MAX, &err), 0); /* up to 2199: live */
    expect_record(0, 2200, 2200);
    reopen();
    expect_record(0, 2200, 2200);
    ck_assert_int_eq(store.trim(store.self, UINT64_MAX, NULL, 0, NULL), 0);
    ck_assert_int_eq(store.forget(store.self, INT64_MAX, &err), 0);
    ck_assert_int_eq(store.checkpoint(store.self, &err), 0);
    reopen();
    expect_end(0);
    uint64_t seq;
    ck_assert_int_eq(append(2501, 2, 0, &seq), 0);
    ck_assert_uint_eq(seq, 2501);
    reopen();
    expect_record(0, 2501, 2501);
    expect_record(2501, 2502, 2502);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("store");
    TCase *t = tcase_create("store");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, keeps_records_in_order, 0, STORES);
    tcase_add_loop_test(t, trims_what_is_finished, 0, STORES);
    tcase_add_loop_test(t, a_read_record_outlives_appends_and_trims, 0, STORES);
    tcase_add_loop_test(t, refuses_what_is_no_record, 0, STORES);
    tcase_add_loop_test(t, stands_every_failed_allocation, 0, STORES);
    tcase_add_test(t, both_stores_say_the_same);
    tcase_add_test(t, records_outlive_the_process);
    tcase_add_test(t, nobody_else_can_read_it);
    tcase_add_test(t, has_one_owner);
    tcase_add_test(t, says_what_is_in_the_way);
    tcase_add_test(t, goes_on_after_a_crash_while_it_was_made);
    tcase_add_test(t, forgets_the_oldest);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
