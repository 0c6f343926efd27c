/* SPDX-License-Identifier: Apache-2.0 */
#include "action/process/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#define GRACE (2 * FIR__SECOND) /* between SIGTERM and SIGKILL */

enum { FD_REPORT = 3, FD_ABOVE = 10, SIGNALS = 64, MOST_READS = 64, MOST_KILLS = 5 };

/* Between the host and the program stands a keeper, a process that runs nothing: it leads the program's process group and waits
 * for its end, so that the host's handling of SIGCHLD and its waiting for children neither see nor take it. (A keeper's end
 * raises no signal. Of a program's own it would: exec sets that back.) */
typedef struct keeper {
    pid_t pid, host;
    int pidfd;
    int in;                        /* the program's stdin, from our side opened for reading */
    int out[2], err[2], report[2]; /* pipes */
} keeper;

enum { REPORT_FAILED = 1, REPORT_ENDED };
typedef struct report {
    int what;
    int value; /* errno of exec; the status of wait */
} report;

/* ---- in the new processes: nothing but system calls, for another thread may have held any lock ---- */

static void reset_signals(void)
{
    struct sigaction action;
    sigset_t none;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (int i = 1; i <= SIGNALS; i++) {
        (void)sigaction(i, &action, NULL);
    }
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* 0, 1, 2 and the report; all others are closed. First out of the way, for each may stand where another belongs. */
static bool settle_files(const keeper *c)
{
    int from[4] = {c->in, c->out[1], c->err[1], c->report[1]};
    for (int i = 0; i < 4; i++) {
        from[i] = fcntl(from[i], F_DUPFD, FD_ABOVE);
        if (from[i] < 0) {
            return false;
        }
    }
    for (int i = 0; i < 4; i++) {
        if (dup2(from[i], i) < 0) {
            return false;
        }
    }
    return fcntl(FD_REPORT, F_SETFD, FD_CLOEXEC) == 0 && syscall(SYS_close_range, FD_REPORT + 1, ~0u, 0) == 0;
}

static void tell(int what, int value)
{
    const report r = {what, value};
    ssize_t n = write(FD_REPORT, &r, sizeof r);
    (void)n; /* who does not listen any more knows why */
}

static _Noreturn void become(const fir__spawn *s)
{
    reset_signals();
    (void)umask(077);
    if (chdir("/") == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        (void)execve(s->argv[0], s->argv, s->environment);
    }
    tell(REPORT_FAILED, errno);
    _exit(127);
}

/* Ends by the SIGKILL that its group gets, or with the host. */
static _Noreturn void keep(const fir__spawn *s, const keeper *c)
{
    int status = 0;
    sigset_t all;
    (void)setpgid(0, 0);
    reset_signals();
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != c->host || !settle_files(c)) {
        _exit(126);
    }
    long pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
    if (pid == 0) {
        become(s);
    }
    if (pid < 0) {
        tell(REPORT_FAILED, errno);
    } else {
        (void)syscall(SYS_close_range, 0, 2, 0);
        while (waitpid((pid_t)pid, &status, 0) < 0 && errno == EINTR) {
        }
        tell(REPORT_ENDED, status);
    }
    for (;;) {
        (void)pause();
    }
}

/* ---- in this one ---- */

static int fail_errno(fir_error *err, const char *what)
{
    int e = errno;
    return e == ENOMEM ? fir__no_memory(err) : fir__fail(err, FIR_EIO, "%s: %s", what, strerror(e));
}

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

static void close_all(keeper *c)
{
    int *const all[] = {&c->pidfd, &c->in, &c->out[0], &c->out[1], &c->err[0], &c->err[1], &c->report[0], &c->report[1]};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        close_fd(all[i]);
    }
}

static int open_input(fir_str input)
{
    if (input.ptr == NULL) {
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    int fd = memfd_create("alert", MFD_CLOEXEC);
    for (size_t at = 0; fd >= 0 && at < input.len;) {
        ssize_t n = write(fd, input.ptr + at, input.len - at);
        if (n <= 0) {
            (void)close(fd);
            return -1;
        }
        at += (size_t)n;
    }
    if (fd >= 0) {
        (void)lseek(fd, 0, SEEK_SET);
    }
    return fd;
}

static int start_keeper(const fir__spawn *s, keeper *c, fir_error *err)
{
    sigset_t all, before;
    c->host = getpid();
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before); /* no handler of the host's runs in the new process */
    long pid = syscall(SYS_clone, CLONE_PIDFD, NULL, &c->pidfd, NULL, 0);
    if (pid == 0) {
        keep(s, c);
    }
    int e = errno;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = e;
    if (pid < 0) {
        return errno == EINVAL || errno == ENOSYS ? fir__fail(err, FIR_EUNSUPPORTED, "this kernel has no pidfd; Linux 5.9 has")
                                                  : fail_errno(err, "no process can be made");
    }
    c->pid = (pid_t)pid;
    (void)setpgid(c->pid, c->pid);
    return 0;
}

static int begin(const fir__spawn *s, keeper *c, fir_error *err)
{
    c->in = open_input(s->input);
    if (c->in < 0 || pipe2(c->out, O_CLOEXEC) != 0 || pipe2(c->err, O_CLOEXEC) != 0 || pipe2(c->report, O_CLOEXEC) != 0 ||
        fcntl(c->out[0], F_SETFL, O_NONBLOCK) != 0 || fcntl(c->report[0], F_SETFL, O_NONBLOCK) != 0 ||
        fcntl(c->err[0], F_SETFL, O_NONBLOCK) != 0) {
        return fail_errno(err, "no pipe can be made");
    }
    int rc = start_keeper(s, c, err);
    close_fd(&c->in);
    close_fd(&c->out[1]);
    close_fd(&c->err[1]);
    close_fd(&c->report[1]);
    return rc;
}

static int64_t now(void)
{
    struct timespec t = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * FIR__SECOND + t.tv_nsec;
}

/* Reads what there is; keeps what fits. Closes at the end. */
static void drain(int *fd, fir__sbuf *b)
{
    char some[4096];
    for (int i = 0; *fd >= 0 && i < MOST_READS; i++) { /* one that never stops talking must not keep us from the clock */
        ssize_t n = read(*fd, some, sizeof some);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (n <= 0) {
            close_fd(fd);
            return;
        }
        size_t room = b->max - b->len;
        fir__sbuf_put(b, some, (size_t)n < room ? (size_t)n : room);
    }
}

/* What the keeper has to say; false: nothing yet. That it is no more is an end, too: somebody has killed it. */
static bool hear(keeper *c, short events, report *r)
{
    ssize_t n = read(c->report[0], r, sizeof *r);
    if (n == (ssize_t)sizeof *r) {
        return true;
    }
    *r = (report){REPORT_ENDED, SIGKILL};
    return n == 0 || (events & POLLIN) != 0;
}

/* Listens until it ends; ends it when its time is over. False: even SIGKILL does not end it, it hangs inside the kernel. */
static bool watch(const fir__spawn *s, keeper *c, report *r, bool *timed_out)
{
    int64_t deadline = now() + s->timeout_ns;
    for (int kills = 0; kills <= MOST_KILLS;) {
        struct pollfd fds[] = {{c->pidfd, POLLIN, 0}, {c->report[0], POLLIN, 0}, {c->out[0], POLLIN, 0}, {c->err[0], POLLIN, 0}};
        int64_t left = deadline - now();
        if (left <= 0) {
            (void)kill(-c->pid, *timed_out ? SIGKILL : SIGTERM);
            deadline = now() + GRACE;
            *timed_out = true;
            kills++;
            continue;
        }
        int64_t ms = left / 1000000 + 1;
        (void)poll(fds, 4, (int)(ms < 1000 ? ms : 1000));
        drain(&c->out[0], s->out);
        drain(&c->err[0], s->err);
        if (hear(c, fds[0].revents, r)) {
            return true;
        }
    }
    return false;
}

/* As long as nobody has waited for the keeper, its number, and that of its group, is nobody else's. */
static void end(const fir__spawn *s, keeper *c)
{
    siginfo_t info;
    (void)kill(-c->pid, SIGKILL);
    while (waitid((idtype_t)P_PIDFD, (id_t)c->pidfd, &info, WEXITED | __WALL) != 0 && errno == EINTR) {
    }
    drain(&c->out[0], s->out);
    drain(&c->err[0], s->err);
}

int fir__spawn_run(const fir__spawn *s, fir__spawned *out, fir_error *err)
{
    keeper c = {.pidfd = -1, .in = -1, .out = {-1, -1}, .err = {-1, -1}, .report = {-1, -1}};
    report r = {REPORT_ENDED, 0};
    memset(out, 0, sizeof *out);
    int rc = begin(s, &c, err);
    if (rc == 0 && !watch(s, &c, &r, &out->timed_out)) {
        rc = fir__fail(err, FIR_ETIMEOUT, "the program cannot be ended, it hangs inside the kernel");
    } else if (rc == 0) {
        end(s, &c);
        if (r.what == REPORT_FAILED) {
            rc = fir__fail(err, FIR_EDENIED, "the program cannot be run: %s", strerror(r.value));
        }
        out->exit_code = WIFEXITED(r.value) ? WEXITSTATUS(r.value) : -1;
        out->signal = WIFSIGNALED(r.value) ? WTERMSIG(r.value) : 0;
    }
    close_all(&c);
    return rc;
}
