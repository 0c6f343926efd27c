/* SPDX-License-Identifier: Apache-2.0 */
/* The store on a disk that fails: each I/O call once and from then on, a full disk, a power failure at each sync. */
#include <check.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/dir.h"
#include "store/store.h"
#include "support/store.h"
#include "support/suite.h"
#include "support/vfs.h"

static char dir[128];

enum { COMMITS = 8, ALERT = 900, RESERVE = 64 * 1024 };
/* Records of each commit of the script. */
static const size_t sizes[COMMITS] = {3, 1, 40, 2, 1, 25, 1, 2};

/* What a run of the script was told. */
typedef struct told {
    size_t attempted, acknowledged, synced; /* commits, from the first on */
    bool trimmed;                           /* the trim below record 4 was begun */
    int last_rc;
} told;

static int append(fir_store *s, uint64_t first, size_t n, uint32_t flags, fir_error *err)
{
    fir_test_record *r = calloc(n, sizeof *r);
    for (size_t i = 0; i < n; i++) {
        fir_test_record_make(&r[i], first + i, ALERT);
    }
    int rc = s->append(s->self, &r->record, n, flags, NULL, err);
    free(r);
    return rc;
}

static void script(const char *vfs, told *t)
{
    fir__store_options o = {.dir = dir, .vfs = vfs, .reserve = RESERVE};
    fir_store s;
    fir_error err = {0};
    *t = (told){.attempted = 0};
    t->last_rc = fir__store_open(&o, &s, &err);
    if (t->last_rc != 0) {
        ck_assert_msg(t->last_rc == FIR_EIO || t->last_rc == FIR_EBUSY || t->last_rc == FIR_ELIMIT || t->last_rc == FIR_ENOMEM,
                      "%s %s", fir_code_name(t->last_rc), err.message);
        return;
    }
    uint64_t first = 1;
    for (size_t i = 0; i < COMMITS && t->last_rc == 0; i++) {
        uint32_t flags = i % 2 == 0 ? FIR_STORE_SYNC : 0;
        t->attempted++;
        t->last_rc = append(&s, first, sizes[i], flags, &err);
        if (t->last_rc == 0) {
            t->acknowledged++;
            t->synced = flags != 0 ? t->acknowledged : t->synced;
        }
        first += sizes[i];
        if (t->last_rc == 0 && i == 3) {
            t->trimmed = true;
            t->last_rc = s.trim(s.self, 4, NULL, 0, &err);
        }
        if (t->last_rc == 0 && i == 5) {
            t->last_rc = s.checkpoint(s.self, &err);
        }
    }
    ck_assert_msg(t->last_rc == 0 || err.code == t->last_rc, "a failure without its code");
    if (t->last_rc == FIR_EIO) { /* nothing is taken any more, and that is said */
        ck_assert_int_eq(append(&s, 1000, 1, FIR_STORE_RESERVE, &err), FIR_EIO);
    }
    s.close(s.self);
}

/* Which commits are there? They must be complete, and a prefix of what was tried. */
static size_t commits_there(fir_store *s, bool trimmed)
{
    fir_record r;
    uint64_t at = 0, count = 0, first = 0;
    while (s->read(s->self, at, &r, NULL) == 0) {
        ck_assert_msg(fir_test_record_is(&r, r.seq, ALERT), "record %llu", (unsigned long long)r.seq);
        ck_assert_msg(count == 0 || r.seq == at + 1, "a hole behind %llu", (unsigned long long)at);
        first = count++ == 0 ? r.seq : first;
        at = r.seq;
    }
    ck_assert_msg(count == 0 || first == 1 || (trimmed && first == 4), "the first is %llu", (unsigned long long)first);
    size_t n = 0;
    for (uint64_t sum = 0; n < COMMITS && sum + sizes[n] <= at; n++) {
        sum += sizes[n];
        ck_assert_msg(sum <= at, "half a commit");
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += sizes[i];
    }
    ck_assert_uint_eq(sum, at);
    return n;
}

/* Opens what is left on a good disk: at least `least` commits and at most `most`. Then it must go on working. */
static void expect_recovery(const char *where, const told *t, size_t least, const char *what)
{
    fir__store_options o = {.dir = where, .reserve = RESERVE};
    fir_store s;
    fir_error err = {0};
    ck_assert_msg(fir__store_open(&o, &s, &err) == 0, "%s: %s", what, err.message);
    size_t n = commits_there(&s, t->trimmed);
    ck_assert_msg(n >= least && n <= t->attempted, "%s: %zu commits, at least %zu, at most %zu", what, n, least, t->attempted);
    uint64_t next = 1;
    for (size_t i = 0; i < n; i++) {
        next += sizes[i];
    }
    uint64_t seq = 0;
    fir_test_record r;
    fir_test_record_make(&r, next, ALERT);
    ck_assert_msg(s.append(s.self, &r.record, 1, FIR_STORE_SYNC, &seq, &err) == 0, "%s: %s", what, err.message);
    ck_assert_uint_eq(seq, next);
    s.close(s.self);
    ck_assert_msg(fir__store_open(&o, &s, &err) == 0, "%s, again: %s", what, err.message);
    fir_record got;
    ck_assert_int_eq(s.read(s.self, next - 1, &got, &err), 0);
    ck_assert(fir_test_record_is(&got, next, ALERT));
    s.close(s.self);
}

/* _i: for ever? */
START_TEST(each_io_call_fails)
{
    char what[100];
    told t;
    long points = 1, failures = 0;
    fir_test_vfs_register();
    for (long k = 0; k < points; k++) {
        fir_test_dir_make(dir, "/dev/shm");
        fir_test_vfs_arm(k, _i != 0);
        script(FIR_TEST_VFS, &t);
        points = fir_test_vfs_calls() > k ? k + 2 : k; /* the script ended before the k-th call: all were seen */
        failures += t.last_rc != 0;
        fir_test_vfs_arm(-1, false);
        (void)snprintf(what, sizeof what, "call %ld failed%s (%s)", k, _i != 0 ? " and all after it" : "",
                       fir_code_name(t.last_rc));
        expect_recovery(dir, &t, t.acknowledged, what);
        fir_test_dir_remove(dir);
    }
    ck_assert_int_gt(points, 100);
    ck_assert_int_gt(failures, points / 3);
}
END_TEST

/* ---- power ---- */

enum { SEEDS = 4 };
static char power_to[SEEDS][128];
static told power_told, running;
static bool power_failed;

static void lose_power(void)
{
    power_failed = true;
    power_told = running;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        fir_test_dir_make(power_to[seed], "/dev/shm");
        fir_test_vfs_power_failure(power_to[seed], seed);
    }
}

/* At each I/O call the power fails; what was written and not synced is there in part, by sectors. */
START_TEST(power_fails_at_each_io_call)
{
    char what[100];
    long points = 1;
    fir_test_vfs_register();
    fir_test_vfs_call_instead(lose_power);
    for (long k = 0; k < points; k++) {
        fir_test_dir_make(dir, "/dev/shm");
        power_failed = false;
        fir_test_vfs_remember(dir);
        fir_test_vfs_arm(k, false);
        script(FIR_TEST_VFS, &running);
        ck_assert_int_eq(running.last_rc, 0);
        fir_test_vfs_arm(-1, false);
        fir_test_vfs_remember(NULL);
        fir_test_dir_remove(dir);
        points = power_failed ? k + 2 : k;
        for (uint64_t seed = 0; power_failed && seed < SEEDS; seed++) {
            (void)snprintf(what, sizeof what, "power failed at call %ld, seed %llu", k, (unsigned long long)seed);
            expect_recovery(power_to[seed], &power_told, power_told.synced, what);
            fir_test_dir_remove(power_to[seed]);
        }
    }
    fir_test_vfs_call_instead(NULL);
    ck_assert_int_gt(points, 100);
}
END_TEST

/* ---- a full disk ---- */

static uint64_t count(const fir_store *s)
{
    uint64_t n = 0, at = 0;
    fir_record r;
    while (s->read(s->self, at, &r, NULL) == 0) {
        ck_assert(fir_test_record_is(&r, r.seq, ALERT));
        at = r.seq;
        n++;
    }
    return n;
}

START_TEST(a_full_disk_still_takes_endings)
{
    fir_error err = {0};
    fir_test_vfs_register();
    fir_test_dir_make(dir, "/dev/shm");
    fir__store_options o = {.dir = dir, .vfs = FIR_TEST_VFS, .reserve = 2048 * 1024};
    fir_store s;
    ck_assert_msg(fir__store_open(&o, &s, &err) == 0, "%s", err.message);
    fir_test_vfs_quota(2048 * 1024 + 300 * 1024, fir_test_dir_file(dir, FIR__DIR_RESERVE));
    uint64_t n = 0;
    int rc = 0;
    while (n < 10000 && (rc = append(&s, n + 1, 1, 0, &err)) == 0) {
        n++;
    }
    ck_assert_int_eq(rc, FIR_ELIMIT);
    ck_assert_msg(strstr(err.message, "disk is full") != NULL, "%s", err.message);
    ck_assert_uint_gt(n, 10);
    uint64_t accepted = n;
    for (int i = 0; i < 100; i++) { /* endings fit, new things do not */
        ck_assert_msg(append(&s, n + 1, 1, FIR_STORE_RESERVE | FIR_STORE_SYNC, &err) == 0, "%s", err.message);
        n++;
    }
    ck_assert_uint_eq(count(&s), n);
    s.close(s.self);
    o.vfs = NULL;
    ck_assert_int_eq(fir__store_open(&o, &s, &err), 0); /* and are there after a restart */
    ck_assert_uint_eq(count(&s), accepted + 100);
    s.close(s.self);
    fir_test_vfs_quota(0, NULL);
    fir_test_dir_remove(dir);
}
END_TEST

/* A file system of our own, or false where this process may not have one. */
static bool mount_small(const char *where)
{
    bool apart = unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
    return apart && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount("tmpfs", where, "tmpfs", 0, "size=6m") == 0;
}

static void put_ballast(const char *path, size_t n)
{
    char *block = calloc(1, n);
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(block, 1, n, f), n);
    ck_assert_int_eq(fclose(f), 0);
    free(block);
}

/* The same on a file system that is full indeed; and it goes on when there is room again. */
START_TEST(a_full_file_system)
{
    fir_error err = {0};
    fir_test_dir_make(dir, NULL);
    if (!mount_small(dir)) {
        (void)printf("skipped: no file system can be mounted here\n");
        return;
    }
    char data[160], ballast[160];
    (void)snprintf(data, sizeof data, "%s/data", dir);
    (void)snprintf(ballast, sizeof ballast, "%s/ballast", dir);
    put_ballast(ballast, 2 << 20);
    fir__store_options o = {.dir = data, .reserve = 1 << 20};
    fir_store s;
    ck_assert_msg(fir__store_open(&o, &s, &err) == 0, "%s", err.message);
    uint64_t n = 0;
    int rc = 0;
    while (n < 20000 && (rc = append(&s, n + 1, 1, 0, &err)) == 0) {
        n++;
    }
    ck_assert_msg(rc == FIR_ELIMIT, "%s %s", fir_code_name(rc), err.message);
    ck_assert_uint_gt(n, 30);
    for (int i = 0; i < 50; i++) {
        ck_assert_msg(append(&s, n + 1, 1, FIR_STORE_RESERVE, &err) == 0, "ending %d: %s", i, err.message);
        n++;
        ck_assert_int_eq(append(&s, n + 1, 1, FIR_STORE_SYNC, &err), FIR_ELIMIT);
    }
    s.close(s.self);
    ck_assert_msg(fir__store_open(&o, &s, &err) == 0, "a restart on a full disk: %s", err.message);
    ck_assert_uint_eq(count(&s), n);
    ck_assert_int_eq(unlink(ballast), 0);
    ck_assert_msg(append(&s, n + 1, 1, 0, &err) == 0, "%s", err.message);
    ck_assert_uint_eq(count(&s), n + 1);
    s.close(s.self);
    ck_assert_int_eq(access(fir_test_dir_file(data, FIR__DIR_RESERVE), F_OK), 0); /* set aside again */
    ck_assert_int_eq(umount(dir), 0);
    fir_test_dir_remove(dir);
}
END_TEST

/* No file system that is full: a limit on the size of one file, as a container's quota may be. */
START_TEST(a_file_that_may_not_grow)
{
    fir_error err = {0};
    fir_test_dir_make(dir, "/dev/shm");
    fir__store_options o = {.dir = dir, .reserve = RESERVE};
    fir_store s;
    ck_assert_int_eq(fir__store_open(&o, &s, &err), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    const struct rlimit small = {256 * 1024, 256 * 1024};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    uint64_t n = 0;
    int rc = 0;
    while (n < 10000 && (rc = append(&s, n + 1, 1, FIR_STORE_SYNC, &err)) == 0) {
        n++;
    }
    ck_assert_msg(rc == FIR_ELIMIT, "%s %s", fir_code_name(rc), err.message);
    ck_assert_uint_eq(count(&s), n);
    s.close(s.self);
    ck_assert_msg(fir__store_open(&o, &s, &err) == 0, "%s", err.message);
    ck_assert_uint_eq(count(&s), n);
    s.close(s.self);
    fir_test_dir_remove(dir);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("store_fault");
    TCase *t = tcase_create("fault");
    tcase_set_timeout(t, 300);
    tcase_add_loop_test(t, each_io_call_fails, 0, 2);
    tcase_add_test(t, power_fails_at_each_io_call);
    tcase_add_test(t, a_full_disk_still_takes_endings);
    tcase_add_test(t, a_full_file_system);
    tcase_add_test(t, a_file_that_may_not_grow);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
