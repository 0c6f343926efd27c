/* SPDX-License-Identifier: Apache-2.0 */
/* A process that appends is killed a thousand times, wherever it is: what it was told is kept is there, and nothing else. */
#include <check.h>
#include <falcoir/journal.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store/store.h"
#include "support/store.h"
#include "support/suite.h"

enum { KILLS = 1000, MOST_BATCH = 7, KEEP = 60, ALERT = 600 };

/* Outlives the child. */
typedef struct shared {
    atomic_ullong acknowledged; /* records */
    atomic_ullong lives;        /* how often the store was opened */
    char what[200];             /* what a child found wrong */
} shared;

#define U(n) ((unsigned long long)(n))

static char dir[128];
static shared *common;

__attribute__((format(printf, 1, 2))) static void wrong(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)vsnprintf(common->what, sizeof common->what, format, list);
    va_end(list);
    _exit(1);
}

/* Batches have the size that their first number says, so that half of one shows. */
static size_t batch_of(uint64_t first)
{
    return 1 + (size_t)(first * 2654435761u >> 7) % MOST_BATCH;
}

/* What the last life left. Gives the number of the last record. */
static uint64_t look(const fir_store *s, uint64_t acknowledged)
{
    uint64_t at = 0;
    fir_record r;
    int rc;
    while ((rc = s->read(s->self, at, &r, NULL)) == 0) {
        if (!fir_test_record_is(&r, r.seq, ALERT) || (at != 0 && r.seq != at + 1)) {
            wrong("record %llu is wrong, behind %llu", U(r.seq), U(at));
        }
        at = r.seq;
    }
    if (rc != FIR_ENOTFOUND || at < acknowledged) {
        wrong("%llu were acknowledged, the last is %llu", U(acknowledged), U(at));
    }
    uint64_t end = 1;
    while (end <= at) {
        end += batch_of(end);
    }
    if (end != at + 1) {
        wrong("record %llu ends half a commit, %llu would begin the next", U(at), U(end));
    }
    return at;
}

static void live(void)
{
    fir__store_options o = {.dir = dir, .reserve = 64 * 1024};
    fir_store s;
    static fir_test_record r[MOST_BATCH];
    fir_error err = {0};
    int rc = fir__store_open(&o, &s, &err);
    if (rc != 0) {
        wrong("it does not open: %s", err.message);
    }
    uint64_t n = look(&s, atomic_load(&common->acknowledged)) + 1;
    atomic_fetch_add(&common->lives, 1);
    for (;;) {
        size_t size = batch_of(n);
        for (size_t i = 0; i < size; i++) {
            fir_test_record_make(&r[i], n + i, ALERT);
        }
        uint64_t seq = 0;
        if (s.append(s.self, &r->record, size, 0, &seq, &err) != 0 || seq != n) {
            wrong("append of %llu failed, number %llu: %s", U(n), U(seq), err.message);
        }
        n += size;
        atomic_store(&common->acknowledged, n - 1);
        if (n % 16 == 0 && n > KEEP && s.trim(s.self, n - KEEP, NULL, 0, &err) != 0) {
            wrong("trim below %llu failed: %s", U(n - KEEP), err.message);
        }
        if (n % 64 == 0 && s.checkpoint(s.self, &err) != 0) {
            wrong("checkpoint at %llu failed: %s", U(n), err.message);
        }
    }
}

static void nap(long ns)
{
    struct timespec t = {0, ns};
    (void)nanosleep(&t, NULL);
}

/* Every second child is killed while it opens the store, the others when they append. */
static void wait_for_moment(int i, pid_t child, uint64_t random, uint64_t lives)
{
    for (int k = 0; i % 2 == 1 && k < 20000 && atomic_load(&common->lives) == lives; k++) {
        siginfo_t info = {0};
        if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0) {
            return; /* it found something wrong */
        }
        nap(100000);
    }
    nap((long)(random >> 33) % 3000000);
}

START_TEST(a_thousand_kills)
{
    common = mmap(NULL, sizeof *common, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(common, MAP_FAILED);
    fir_test_dir_make(dir, "/dev/shm");
    uint64_t random = 7;
    for (int i = 0; i < KILLS; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        uint64_t lives = atomic_load(&common->lives);
        pid_t child = fork();
        if (child == 0) {
            live();
        }
        wait_for_moment(i, child, random, lives);
        (void)kill(child, SIGKILL);
        int status;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(WIFSIGNALED(status), "life %d: %s", i, common->what);
    }
    ck_assert_uint_gt(atomic_load(&common->lives), KILLS / 3);
    ck_assert_uint_gt(atomic_load(&common->acknowledged), KILLS);
    fir_journal *j;
    fir_journal_verdict v = {.size = sizeof v};
    fir_error err = {0};
    ck_assert_msg(fir_journal_open(dir, NULL, &j, &err) == 0 && fir_journal_verify(j, NULL, &v, &err) == 0, "%s", err.message);
    ck_assert_msg(v.broken == 0, "record %llu: %s", U(v.broken), v.why);
    ck_assert_uint_ge(v.records, atomic_load(&common->acknowledged)); /* trimmed ones stay in the audit */
    fir_journal_free(j);
    (void)printf("%d kills, %llu lives that got to appending, %llu records acknowledged, 0 lost\n", KILLS,
                 (unsigned long long)atomic_load(&common->lives), (unsigned long long)atomic_load(&common->acknowledged));
    fir_test_dir_remove(dir);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("store_kill");
    TCase *t = tcase_create("kill");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, a_thousand_kills);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
