/* SPDX-License-Identifier: Apache-2.0 */
#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static const struct {
    int number;
    const char *name;
} asking[] = {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}};

enum { N_ASKING = sizeof asking / sizeof asking[0] };

/* A handler has nothing but these. The pipe is never read: what lies in it keeps it readable. */
static volatile sig_atomic_t came;
static bool listens[N_ASKING];
static int ends[2] = {-1, -1};

static void take(int number)
{
    int before = errno;
    came = number;
    for (size_t i = 0; i < N_ASKING; i++) {
        if (listens[i]) {
            signal(asking[i].number, SIG_DFL);
        }
    }
    interrupt_wake();
    errno = before;
}

bool interrupt_begin(void)
{
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return false;
    }
    for (size_t i = 0; i < N_ASKING; i++) {
        struct sigaction a = {.sa_handler = take}, now;
        sigfillset(&a.sa_mask);
        listens[i] = sigaction(asking[i].number, NULL, &now) == 0 && now.sa_handler != SIG_IGN;
        if (listens[i]) {
            sigaction(asking[i].number, &a, NULL);
        }
    }
    return true;
}

int interrupt_signal(void)
{
    return came;
}

const char *interrupt_name(void)
{
    for (size_t i = 0; i < N_ASKING; i++) {
        if (asking[i].number == came) {
            return asking[i].name;
        }
    }
    return "";
}

int interrupt_file(void)
{
    return ends[0];
}

void interrupt_wake(void)
{
    if (ends[1] >= 0) {
        ssize_t n = write(ends[1], "", 1); /* a full pipe is readable too */
        (void)n;
    }
}

void interrupt_pass_on(void)
{
    if (came != 0) {
        signal(came, SIG_DFL);
        raise(came);
    }
}
