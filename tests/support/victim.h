/* SPDX-License-Identifier: Apache-2.0 */
/* A process that waits to be killed, and ends with the test at the latest. For Check programs. */
#ifndef FIR_TEST_VICTIM_H
#define FIR_TEST_VICTIM_H

#include <check.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* name: how /proc calls it; NULL: as this program. */
static inline pid_t fir_test_victim_start(const char *name)
{
    int ends[2];
    char ready;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t victim = fork();
    if (victim == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (name != NULL) {
            (void)prctl(PR_SET_NAME, name);
        }
        if (write(ends[1], "x", 1) == 1) {
            for (;;) {
                (void)pause();
            }
        }
        _exit(0);
    }
    ck_assert_int_eq(read(ends[0], &ready, 1), 1);
    (void)close(ends[0]);
    (void)close(ends[1]);
    return victim;
}

static inline void fir_test_victim_end(pid_t victim)
{
    (void)kill(victim, SIGKILL);
    (void)waitpid(victim, NULL, 0);
}

#endif
