/* SPDX-License-Identifier: Apache-2.0 */
/* An engine is killed a thousand times, wherever it is. FALCOIR_ENGINE_KILLS: how often. Proves F-20, F-21 and G3. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/private.h"
#include "support/life.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { KILLS = 150 };
#else
enum { KILLS = 1000 };
#endif
enum {
    MOST_A_LIFE = 2, /* calls of submit */
    A_DIRECTORY = 50 /* lives: what waits for a person is read at each beginning, and grows */
};

typedef struct totals {
    life_figures f;
    unsigned looked, dead;
} totals;

static uint64_t state = 5;

static uint32_t chance(uint32_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

static void nap(long ns)
{
    const struct timespec t = {0, ns};
    (void)nanosleep(&t, NULL);
}

static void live(void)
{
    const fir_engine_options o = {.size = sizeof o, .durability = chance(2) == 0 ? FIR_DURABILITY_WRITTEN : FIR_DURABILITY_SYNCED};
    fir_engine *g = life_open(&o);
    if (chance(4) == 0) { /* the journal is to be made shorter as soon as there is nothing else to do */
        atomic_fetch_add(&g->n_appended, 1 << 20);
    }
    for (unsigned given = 0;; given++) {
        if (given < MOST_A_LIFE && !life_submit(g, 1 + chance(2))) {
            life_wrong("an alert was not accepted");
        }
        fir_error err = {0};
        int rc = fir_engine_poll(g, chance(3000000), &err);
        if (rc == FIR_EAGAIN) {
            nap(1000000);
        } else if (rc != 0) {
            life_wrong("poll: %s", err.message);
        }
    }
}

/* One life in four ends while it opens the journal, or soon after; the others when they act. */
static void wait_for_moment(long i, pid_t child, unsigned opened)
{
    for (int k = 0; i % 4 != 0 && k < 100000 && atomic_load(&life->opened) == opened; k++) {
        siginfo_t info = {0};
        if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0) {
            return; /* it found something wrong */
        }
        nap(100000);
    }
    nap((long)chance(12000000));
}

static long wanted_kills(void)
{
    const char *text = getenv("FALCOIR_ENGINE_KILLS");
    long n = text != NULL ? strtol(text, NULL, 10) : 0;
    return n > 0 ? n : KILLS;
}

/* One directory's lives, and its judgement. */
static void kill_and_judge(long from, long to, totals *t)
{
    life_begin();
    atomic_store(&life->slow, 1);
    for (long i = from; i < to; i++) {
        unsigned opened = atomic_load(&life->opened);
        state += 2; /* the child's chances are its own */
        pid_t child = fork();
        ck_assert_int_ge(child, 0); /* a kill of -1 would be one of everybody */
        if (child == 0) {
            live();
        }
        wait_for_moment(i, child, opened);
        (void)kill(child, SIGKILL);
        int status;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(WIFSIGNALED(status), "life %ld: %s", i, life->what);
    }
    t->dead += life_finish();
    life_figures f = life_judge("random kills");
    for (unsigned n = 0; n < atomic_load(&life->next); n++) {
        t->looked += atomic_load(&life->entries[LIFE_VERIFIABLE][n].looked) != 0;
    }
    t->f.accepted += f.accepted;
    t->f.delivered += f.delivered;
    t->f.others += f.others;
    t->f.repeated += f.repeated;
    t->f.uncertain += f.uncertain;
    t->f.undone += f.undone;
    life_end();
}

START_TEST(killed_at_random)
{
    long kills = wanted_kills();
    totals t = {0};
    for (long i = 0; i < kills; i += A_DIRECTORY) {
        kill_and_judge(i, i + A_DIRECTORY < kills ? i + A_DIRECTORY : kills, &t);
    }
    (void)printf(
        "%ld kills: %u alerts accepted, 0 lost; %u actions delivered (%u of them not acknowledged), %u repeated under the same "
        "key, %u verified, 0 under two keys; %u unsafe ones uncertain, all listed, 0 done twice; %u undone; %u dead letters "
        "replayed or listed; audit verified\n",
        kills, t.f.accepted, t.f.delivered, t.f.others, t.f.repeated, t.looked, t.f.uncertain, t.f.undone, t.dead);
    ck_assert_uint_gt(t.f.accepted, (unsigned)kills / 2);
    if (kills >= 1000) { /* of fewer, in a slow build, none need hit the moment between a request and its outcome */
        ck_assert_uint_gt(t.f.repeated, 0);
    }
    ck_assert_uint_gt(t.f.uncertain, 0);
    ck_assert_uint_lt(t.f.uncertain, t.f.accepted);
    ck_assert_uint_gt(t.looked, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("kills");
    TCase *t = tcase_create("kills");
    tcase_set_timeout(t, 880);
    tcase_add_test(t, killed_at_random);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_set_fork_status(r, CK_NOFORK);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
