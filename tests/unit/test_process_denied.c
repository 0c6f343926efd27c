/* SPDX-License-Identifier: Apache-2.0 */
/* local:exec and local:kill on a system that refuses: system calls that fail, descriptors that run out, and a /proc that says other
 * things. Nothing may be left open, nobody else may be signalled, and what is told must be why. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "action/call.h"
#include "action/env.h"
#include "action/process/target.h"
#include "action/types.h"
#include "base/time.h"
#include "support/failing.h"
#include "support/suite.h"
#include "support/victim.h"

static fir_call c;
static fir_test_memory memory;
static bool denying, proc_is_ours;

/* A leak sanitizer asks this at the end. Where system calls are denied it cannot look, so that the test counts blocks itself. */
__attribute__((visibility("default"))) int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return denying;
}

static fir__entry entries[8];
static fir__data allowed[1], argv[3];
static fir__entry local_entries[1], config_entries[1];
static fir__data config;
static fir__action_env env;

static fir__data text(const char *s)
{
    return fir__data_text(fir__cstr(s));
}

static void param(const char *name, fir__data value)
{
    uint32_t i = c.params.count++;
    c.params.entries = entries;
    entries[i] = (fir__entry){.key = fir__cstr(name), .value = value};
}

static void setup(void)
{
    fir_test_memory_init(&memory);
    fir__call_init(&c, &memory.allocator);
    c.event = FIR__S("{\"rule\":\"R\"}");
    c.action_id = FIR__S("0123");
    c.attempt = 1;
    allowed[0] = text("/bin/sh");
    local_entries[0] =
        (fir__entry){.key = FIR__S("allow_programs"), .value = {.type = FIR__DATA_LIST, .count = 1, .items = allowed}};
    config_entries[0] =
        (fir__entry){.key = FIR__S("local"), .value = {.type = FIR__DATA_MAP, .count = 1, .entries = local_entries}};
    config = (fir__data){.type = FIR__DATA_MAP, .count = 1, .entries = config_entries};
    env = (fir__action_env){.allocator = &memory.allocator, .config = &config};
    argv[0] = text("/bin/sh");
    argv[1] = text("-c");
    argv[2] = text("echo ran");
    param("argv", (fir__data){.type = FIR__DATA_LIST, .count = 3, .items = argv});
}

static void teardown(void)
{
    fir__call_free(&c);
    ck_assert_int_eq(atomic_load(&memory.live), 0);
    if (proc_is_ours) {
        ck_assert_int_eq(umount2("/proc", MNT_DETACH), 0);
    }
}

/* From now on a system call fails, here and in what this process begins; when = index of an argument that has the value, or -1.
 * Each test has a process of its own. */
static void deny_when(long number, int when, uint32_t value, int error)
{
    enum { NEXT_IF_NOT_CALLED = 3 };
    const bool any = when < 0;
    const size_t place =
        any ? offsetof(struct seccomp_data, nr) : offsetof(struct seccomp_data, args) + (size_t)when * sizeof(uint64_t);
    const struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, NEXT_IF_NOT_CALLED),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)place),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, any ? (uint32_t)number : value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof code[0], (struct sock_filter *)(uintptr_t)code};
    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0), 0);
    denying = true;
}

static void deny(long number, int error)
{
    deny_when(number, -1, 0, error);
}

/* The lowest descriptor that is free: the same before and behind a call that leaves nothing open. */
static int next_fd(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(close(fd), 0);
    return fd;
}

static void exec_fails(int32_t code, const char *message, bool final)
{
    int before = next_fd();
    ck_assert_int_eq(fir__exec_advance(&env, &c), code);
    ck_assert_str_eq(c.fail_text, message);
    ck_assert(c.failed && c.final == final);
    ck_assert_uint_eq(c.output.len, 0);
    ck_assert_int_eq(next_fd(), before);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG | __WALL), -1); /* nor is a process left */
    ck_assert_int_eq(errno, ECHILD);
}

/* ---- local:exec ---- */

static const struct {
    long number;
    int when; /* an argument, or -1 */
    uint32_t value;
    int error;
    int32_t code;
    const char *message;
} denied[] = {
    {SYS_clone, -1, 0, ENOSYS, FIR_EUNSUPPORTED, "this kernel has no pidfd; Linux 5.9 has"},
    {SYS_clone, -1, 0, EINVAL, FIR_EUNSUPPORTED, "this kernel has no pidfd; Linux 5.9 has"},
    {SYS_clone, -1, 0, EAGAIN, FIR_EIO, "no process can be made: Resource temporarily unavailable"},
    {SYS_pipe2, -1, 0, EMFILE, FIR_EIO, "no pipe can be made: Too many open files"},
    {SYS_fcntl, 1, F_SETFL, EPERM, FIR_EIO, "no pipe can be made: Operation not permitted"},
    /* between the two processes: nobody is there who could say why */
    {SYS_prctl, 0, PR_SET_PDEATHSIG, EPERM, FIR_EACTION, "the program was ended by signal 9"},
    {SYS_getppid, -1, 0, EPERM, FIR_EACTION, "the program was ended by signal 9"},
    {SYS_fcntl, 1, F_DUPFD, EMFILE, FIR_EACTION, "the program was ended by signal 9"},
    {SYS_close_range, -1, 0, EPERM, FIR_EACTION, "the program was ended by signal 9"},
    {SYS_fcntl, 1, F_SETFD, EPERM, FIR_EACTION, "the program was ended by signal 9"},
    /* it says that the program was not begun */
    {SYS_clone, 0, SIGCHLD, EAGAIN, FIR_EDENIED, "the program cannot be run: Resource temporarily unavailable"},
    {SYS_chdir, -1, 0, EACCES, FIR_EDENIED, "the program cannot be run: Permission denied"},
    {SYS_prctl, 0, PR_SET_NO_NEW_PRIVS, EPERM, FIR_EDENIED, "the program cannot be run: Operation not permitted"},
    {SYS_execve, -1, 0, E2BIG, FIR_EDENIED, "the program cannot be run: Argument list too long"},
};

START_TEST(a_call_that_is_denied)
{
    deny_when(denied[_i].number, denied[_i].when, denied[_i].value, denied[_i].error);
    exec_fails(denied[_i].code, denied[_i].message, true);
}
END_TEST

START_TEST(no_memory_for_a_process)
{
    deny(SYS_clone, ENOMEM);
    exec_fails(FIR_ENOMEM, "out of memory", false); /* another attempt may have it */
}
END_TEST

/* Each of the descriptors is the one too many: stdin, three pipes, and the process itself. */
START_TEST(descriptors_run_out)
{
    const struct rlimit enough = {256, 256};
    const int first = next_fd();
    int pipes = 0, processes = 0, others = 0, rc = FIR_EIO;
    for (int most = first; rc != FIR_CALL_DONE; most++) { /* some between may be taken: then nothing changes */
        const struct rlimit few = {(rlim_t)most, 256};
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
        rc = fir__exec_advance(&env, &c);
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &enough), 0);
        ck_assert_int_eq(next_fd(), first);
        pipes += rc == FIR_EIO && strcmp(c.fail_text, "no pipe can be made: Too many open files") == 0;
        processes += rc == FIR_EIO && strcmp(c.fail_text, "no process can be made: Too many open files") == 0;
        others += rc == FIR_EACTION && strcmp(c.fail_text, "the program was ended by signal 9") == 0; /* in the new process */
        ck_assert(rc == FIR_CALL_DONE || pipes + processes + others == most - first + 1);
    }
    ck_assert(pipes >= 7 && processes >= 1);
    ck_assert(fir__str_eq(fir__str(c.output.ptr, c.output.len), FIR__S("ran\n")));
}
END_TEST

START_TEST(an_alert_that_cannot_be_handed_over)
{
    struct rlimit before;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit nothing = {0, before.rlim_max};
    const int first = next_fd();
    param("stdin", text("alert"));
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)setrlimit(RLIMIT_FSIZE, &nothing); /* also of what Check writes */
    int rc = fir__exec_advance(&env, &c);
    (void)setrlimit(RLIMIT_FSIZE, &before);
    ck_assert_int_eq(rc, FIR_EIO);
    ck_assert_str_eq(c.fail_text, "no pipe can be made: File too large");
    ck_assert_int_eq(next_fd(), first);
    deny(SYS_memfd_create, ENOSYS);
    exec_fails(FIR_EIO, "no pipe can be made: Function not implemented", true);
}
END_TEST

/* ---- a process that is held ---- */

static pid_t victim;
static fir__target known;
static fir_error err;
static char pid_text[20];

static void victim_setup(void)
{
    setup();
    victim = fir_test_victim_start(NULL);
    ck_assert_int_eq(fir__target_open(victim, &known, NULL), 0);
    (void)snprintf(pid_text, sizeof pid_text, "%d", (int)victim);
    err = (fir_error){0};
}

static void victim_teardown(void)
{
    fir__target_close(&known);
    fir_test_victim_end(victim);
    teardown();
}

static bool lives(void)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)victim, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

static char started_text[30];

static void target(const char *started, const char *container, const char *signal)
{
    c.params.count = 0;
    (void)snprintf(started_text, sizeof started_text, "%" PRId64, known.started_ns);
    param("pid", text(pid_text));
    param("started", text(started != NULL ? started : started_text));
    param("container", text(container));
    param("before", text("2200-01-01T00:00:00Z"));
    param("signal", text(signal));
}

static void kill_fails(int32_t code, const char *message)
{
    int before = next_fd();
    c.failed = c.final = false;
    ck_assert_int_eq(fir__kill_advance(NULL, &c), code);
    ck_assert_str_eq(c.fail_text, message);
    ck_assert(c.failed && c.final);
    ck_assert_int_eq(next_fd(), before);
    ck_assert(lives());
}

static const struct {
    long number;
    int error;
    int32_t code;
    const char *message;
} unheld[] = {
    {SYS_pidfd_open, ENOSYS, FIR_EUNSUPPORTED, "this kernel has no pidfd; Linux 5.3 has"},
    {SYS_pidfd_open, EINVAL, FIR_ENOTFOUND, "the target is gone: there is no such process any more"},
    {SYS_pidfd_open, EMFILE, FIR_EIO, "the process cannot be held: Too many open files"},
    {SYS_pidfd_send_signal, ESRCH, FIR_ENOTFOUND, "the target is gone: there is no such process any more"},
    {SYS_pidfd_send_signal, EPERM, FIR_EDENIED, "this process may not signal that one"},
    {SYS_pidfd_send_signal, ENOSYS, FIR_EIO, "the signal cannot be sent: Function not implemented"},
};

START_TEST(a_process_that_may_not_be_touched)
{
    target(NULL, "", "kill");
    deny(unheld[_i].number, unheld[_i].error);
    kill_fails(unheld[_i].code, unheld[_i].message);
}
END_TEST

START_TEST(one_that_may_not_be_let_go)
{
    target(NULL, "", "stop");
    ck_assert_int_eq(fir__kill_prepare(NULL, &c), 0);
    ck_assert_int_eq(kill(victim, SIGSTOP), 0);
    ck_assert_int_eq(waitpid(victim, NULL, WUNTRACED), victim);
    deny(SYS_pidfd_send_signal, EPERM);
    ck_assert_int_eq(fir__kill_undo(NULL, &c), FIR_EDENIED);
    ck_assert_str_eq(c.fail_text, "this process may not signal that one");
    ck_assert(c.final);
    ck_assert_int_eq(fir__kill_verify(NULL, &c), FIR_VERIFY_DONE); /* it stands still as before */
}
END_TEST

START_TEST(one_that_ends_while_it_is_looked_at)
{
    bool in;
    ck_assert_int_eq(kill(victim, SIGKILL), 0);
    for (int i = 0; i < 500 && lives(); i++) {
        (void)usleep(10000);
    }
    ck_assert_int_eq(fir__target_in(&known, FIR__S("host"), &in, &err), FIR_ENOTFOUND);
    ck_assert_str_eq(err.message, "the target is gone: there is no such process any more");
    ck_assert_int_eq(waitpid(victim, NULL, 0), victim);
    ck_assert_int_eq(fir__target_signal(&known, SIGTERM, &err), FIR_ENOTFOUND);
    ck_assert_int_eq(fir__target_in(&known, FIR__S("host"), &in, &err), FIR_ENOTFOUND);
    ck_assert_str_eq(err.message, "the target is gone: there is no such process any more");
}
END_TEST

/* ---- another /proc ---- */

#define STAT "%d (a) b) %c 1 1 1 0 -1 %u 0 0 0 0 0 0 0 0 20 0 1 0 %" PRIu64 " 0 0\n"

static void put(const char *name, const char *content)
{
    char path[200];
    (void)snprintf(path, sizeof path, "/proc/%s", name);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    ck_assert(fputs(content, f) >= 0 && fclose(f) == 0);
}

static void put_of_victim(const char *name, const char *content)
{
    char path[100];
    (void)snprintf(path, sizeof path, "%d/%s", (int)victim, name);
    put(path, content);
}

static void put_stat(char state, unsigned flags)
{
    char line[300];
    (void)snprintf(line, sizeof line, STAT, (int)victim, state, flags, known.start);
    put_of_victim("stat", line);
}

static void make_folder(const char *path)
{
    ck_assert(mkdir(path, 0700) == 0 || errno == EEXIST);
}

/* A /proc of this process's own, with the victim in it. False: that is not allowed here. */
static bool own_proc(void)
{
    char path[60];
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "/proc", "tmpfs", 0, "size=1m") != 0) {
        printf("no /proc of one's own can be had: not tested\n");
        return false;
    }
    proc_is_ours = true;
    (void)snprintf(path, sizeof path, "/proc/%d", (int)victim);
    make_folder(path);
    make_folder("/proc/sys");
    make_folder("/proc/sys/kernel");
    make_folder("/proc/sys/kernel/random");
    make_folder("/proc/self");
    make_folder("/proc/self/ns");
    put("sys/kernel/random/boot_id", known.boot);
    put_stat('S', 0);
    return true;
}

START_TEST(a_stat_that_is_not_as_it_should_be)
{
    static const char *const texts[] = {"",       "12",          "12 (a",
                                        "12 (a)", "12 (a)S 1 1", "12 (a) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0"};
    char path[100];
    fir__target t;
    if (!own_proc()) {
        return;
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put_of_victim("stat", texts[i]);
        ck_assert_int_eq(fir__target_open(victim, &t, &err), FIR_EIO);
        ck_assert_str_eq(err.message, "/proc does not look as it should");
        ck_assert_int_eq(t.fd, -1);
    }
    put_stat('S', 0);
    ck_assert_int_eq(fir__target_open(victim, &t, &err), 0);
    ck_assert(t.start == known.start && !t.kernel && strcmp(t.boot, known.boot) == 0);
    fir__target_close(&t);
    ck_assert_int_eq(unlink("/proc/sys/kernel/random/boot_id"), 0);
    ck_assert_int_eq(fir__target_open(victim, &t, &err), FIR_EIO);
    ck_assert_str_eq(err.message, "/proc does not look as it should");
    put("sys/kernel/random/boot_id", known.boot);
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)victim);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(fir__target_open(victim, &t, &err), FIR_ENOTFOUND);
    ck_assert_str_eq(err.message, "the target is gone: there is no such process any more");
    make_folder(path);
    ck_assert_int_eq(fir__target_open(victim, &t, &err), FIR_EIO);
    ck_assert_str_eq(err.message, "/proc cannot be read: Is a directory");
    ck_assert_int_eq(t.fd, -1);
}
END_TEST

START_TEST(what_the_kernel_says_of_it)
{
    if (!own_proc()) {
        return;
    }
    target(NULL, "", "stop");
    put_stat('S', 0x00200000);
    kill_fails(FIR_EDENIED, "a thread of the kernel is left alone");
    put_stat('Z', 0); /* its first thread has ended */
    kill_fails(FIR_ENOTFOUND, "the target is gone: there is no such process any more");
    put_stat('X', 0);
    kill_fails(FIR_ENOTFOUND, "the target is gone: there is no such process any more");
    put_stat('S', 0);
    ck_assert_int_eq(fir__kill_prepare(NULL, &c), 0);
    ck_assert_int_eq(fir__kill_verify(NULL, &c), FIR_VERIFY_NOT_DONE);
    put_stat('t', 0); /* a debugger has stopped it */
    ck_assert_int_eq(fir__kill_verify(NULL, &c), FIR_VERIFY_DONE);
    ck_assert_int_eq(fir__kill_undo(NULL, &c), FIR_CALL_DONE);
}
END_TEST

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
    const char *cgroup, *container;
    bool in;
} containers[] = {
    {"0::/system.slice/docker-" ID ".scope\n", "0123456789ab", true},
    {"0::/system.slice/docker-" ID ".scope\n", ID, true},
    {"0::/system.slice/docker-" ID ".scope\n", "0123456789ac", false},
    {"0::/system.slice/docker-" ID ".scope\n", "host", false},
    {"12:pids:/kubepods/podabc/" ID "\n11:cpu:/kubepods/podabc/" ID "\n", "0123456789abcdef", true},
    {"0::/user.slice/user-0123456789ab.slice\n", "0123456789ab", false}, /* no whole id stands there */
    {"0::/a" ID "\n", "0123456789ab", false},                            /* nor here: it is longer than one */
    {"0::/user.slice/user-1000.slice\n", "host", true},
    {"", "host", true},
};

START_TEST(the_container_that_it_is_in)
{
    if (!own_proc()) {
        return;
    }
    target(NULL, containers[_i].container, "kill");
    put_of_victim("cgroup", containers[_i].cgroup);
    if (containers[_i].in) {
        ck_assert_int_eq(fir__kill_prepare(NULL, &c), 0);
        ck_assert(!c.failed);
    } else {
        kill_fails(FIR_ENOTFOUND, "the target is gone: its number belongs to another process by now");
    }
}
END_TEST

START_TEST(a_container_that_cannot_be_looked_up)
{
    if (!own_proc()) {
        return;
    }
    target(NULL, "0123456789ab", "kill");
    kill_fails(FIR_EIO, "/proc cannot be read: No such file or directory");
}
END_TEST

/* Without the time at which it began, a number is worth something only where numbers are the host's. */
START_TEST(whose_numbers_these_are)
{
    static const char not_ours[] = "the numbers of processes here are not the host's (run with hostPID), and started is not known";
    static const char *const others[] = {"pid:[4026531837]", "pid:[40265318360]", "pid"};
    if (!own_proc()) {
        return;
    }
    target("<NA>", "", "kill");
    kill_fails(FIR_EDENIED, not_ours);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        ck_assert_int_eq(symlink(others[i], "/proc/self/ns/pid"), 0);
        kill_fails(FIR_EDENIED, not_ours);
        ck_assert_int_eq(unlink("/proc/self/ns/pid"), 0);
    }
    ck_assert_int_eq(symlink("pid:[4026531836]", "/proc/self/ns/pid"), 0);
    c.failed = false;
    ck_assert_int_eq(fir__kill_prepare(NULL, &c), 0);
    entries[3].value = text("2020-01-01T00:00:00Z"); /* but it began behind the alert */
    kill_fails(FIR_ENOTFOUND, "the target is gone: its number belongs to another process by now");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("process_denied");
    TCase *t = tcase_create("exec");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, a_call_that_is_denied, 0, (int)(sizeof denied / sizeof denied[0]));
    tcase_add_test(t, no_memory_for_a_process);
    tcase_add_test(t, descriptors_run_out);
    tcase_add_test(t, an_alert_that_cannot_be_handed_over);
    suite_add_tcase(s, t);
    t = tcase_create("kill");
    tcase_add_checked_fixture(t, victim_setup, victim_teardown);
    tcase_add_loop_test(t, a_process_that_may_not_be_touched, 0, (int)(sizeof unheld / sizeof unheld[0]));
    tcase_add_test(t, one_that_may_not_be_let_go);
    tcase_add_test(t, one_that_ends_while_it_is_looked_at);
    tcase_add_test(t, a_stat_that_is_not_as_it_should_be);
    tcase_add_test(t, what_the_kernel_says_of_it);
    tcase_add_loop_test(t, the_container_that_it_is_in, 0, (int)(sizeof containers / sizeof containers[0]));
    tcase_add_test(t, a_container_that_cannot_be_looked_up);
    tcase_add_test(t, whose_numbers_these_are);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
