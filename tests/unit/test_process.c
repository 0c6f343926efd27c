/* SPDX-License-Identifier: Apache-2.0 */
/* local:exec and local:kill, on processes of the test's own. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
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
static fir__entry entries[12];
static fir__data allowed[8];
static fir__entry local_entries[1], config_entries[1];
static fir__data config;
static fir__action_env env;
static char dir[] = "/tmp/fir-process-XXXXXX";
static char script[100];

static fir__data text(const char *s)
{
    return fir__data_text(fir__cstr(s));
}

static void allow(uint32_t n, const char *const *programs)
{
    for (uint32_t i = 0; i < n; i++) {
        allowed[i] = text(programs[i]);
    }
    local_entries[0] =
        (fir__entry){.key = FIR__S("allow_programs"), .value = {.type = FIR__DATA_LIST, .count = n, .items = allowed}};
    config_entries[0] =
        (fir__entry){.key = FIR__S("local"), .value = {.type = FIR__DATA_MAP, .count = 1, .entries = local_entries}};
    config = (fir__data){.type = FIR__DATA_MAP, .count = 1, .entries = config_entries};
    env = (fir__action_env){.allocator = &fir__default_allocator, .config = &config};
}

static void setup(void)
{
    static const char *const programs[] = {"/bin/sh", "/bin/cat", "/usr/bin/env", "/nonexistent", script};
    (void)snprintf(script, sizeof script, "%s/script", dir);
    fir__call_init(&c, &fir__default_allocator);
    c.event = FIR__S("{\"rule\":\"R\"}");
    c.action_id = FIR__S("0123");
    c.attempt = 1;
    allow(5, programs);
}

static void teardown(void)
{
    fir__call_free(&c);
}

static void param(const char *name, fir__data value)
{
    uint32_t i = c.params.count++;
    c.params.entries = entries;
    entries[i] = (fir__entry){.key = fir__cstr(name), .value = value};
}

static fir__data items[4][8];

static fir__data list(int which, const char *const *texts)
{
    uint32_t n = 0;
    for (; texts[n] != NULL; n++) {
        items[which][n] = text(texts[n]);
    }
    return (fir__data){.type = FIR__DATA_LIST, .count = n, .items = items[which]};
}

#define ARGV(...) param("argv", list(0, (const char *const[]){__VA_ARGS__, NULL}))

static const char *said(void)
{
    static char copy[FIR__CALL_MAX_OUTPUT + 1];
    memcpy(copy, c.output.ptr != NULL ? c.output.ptr : "", c.output.len);
    copy[c.output.len] = '\0';
    return copy;
}

static void exec_fails(int32_t code, const char *message)
{
    int rc = fir__exec_advance(&env, &c);
    ck_assert_int_eq(rc, code);
    ck_assert_str_eq(c.fail_text, message);
    ck_assert(c.failed && c.final);
}

static void exec_says(const char *output)
{
    int rc = fir__exec_advance(&env, &c);
    ck_assert_msg(rc == FIR_CALL_DONE, "%d %s", rc, c.fail_text);
    ck_assert_str_eq(said(), output);
}

/* ---- local:exec ---- */

START_TEST(arguments_are_taken_as_they_are)
{
    ARGV("/bin/sh", "-c", "printf '%s|' \"$@\"", "sh", "$(id)", "; rm -rf /", "a b\n'\"", "");
    exec_says("$(id)|; rm -rf /|a b\n'\"||");
}
END_TEST

START_TEST(nothing_is_inherited)
{
    int open_one = open("/dev/null", O_RDONLY); /* not close-on-exec */
    ck_assert_int_ge(open_one, 3);
    ck_assert_int_eq(setenv("FIR_CANARY", "x", 1), 0);
    (void)signal(SIGUSR1, SIG_IGN);
    sigset_t block, before;
    (void)sigemptyset(&block);
    (void)sigaddset(&block, SIGUSR2);
    (void)sigprocmask(SIG_BLOCK, &block, &before);
    ARGV("/bin/sh", "-c",
         "export -p | grep -v PWD; pwd; ls /proc/$$/fd; umask; grep -E '^(NoNewPrivs|SigBlk|SigIgn)' /proc/self/status; wc -c");
    exec_says(
        "export PATH='/usr/bin:/bin'\n/\n0\n1\n2\n0077\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nNoNewPrivs:\t1\n0\n");
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)signal(SIGUSR1, SIG_DFL);
    (void)unsetenv("FIR_CANARY");
    (void)close(open_one);
}
END_TEST

START_TEST(environment_and_input)
{
    fir__entry variables[] = {{.key = FIR__S("A_1"), .value = text("x y")}, {.key = FIR__S("PATH"), .value = text("/p")}};
    param("environment", (fir__data){.type = FIR__DATA_MAP, .count = 2, .entries = variables});
    ARGV("/usr/bin/env");
    exec_says("A_1=x y\nPATH=/p\n");
    variables[0].key = FIR__S("A=1");
    exec_fails(FIR_EINVAL, "environment: names are letters, digits and _, values texts");
    c.params.count = 0;
    ARGV("/bin/cat");
    param("stdin", text("alert"));
    exec_says("{\"rule\":\"R\"}");
}
END_TEST

START_TEST(only_what_is_allowed)
{
    static const char denied[] =
        "the program does not stand in local: {allow_programs: [...]} of the configuration, by its absolute path";
    ARGV("/bin/ls");
    exec_fails(FIR_EDENIED, denied);
    env.config = NULL;
    c.params.count = 0;
    ARGV("/bin/sh", "-c", "exit 0");
    exec_fails(FIR_EDENIED, denied);
    ck_assert_int_eq(fir__exec_advance(NULL, &c), FIR_EDENIED);
    env.config = &config;
    c.params.count = 0;
    ARGV("/nonexistent");
    exec_fails(FIR_EDENIED, "the program is not there, or no file");
    c.params.count = 0;
    ARGV("sh");
    exec_fails(FIR_EDENIED, denied);
    c.params.count = 0;
    param("argv", (fir__data){.type = FIR__DATA_LIST});
    exec_fails(FIR_EINVAL, "argv wants the program and its arguments, at most 256");
    c.params.count = 0;
    ARGV("/bin/sh", "x");
    items[0][1].s = fir__str("a\0b", 3);
    exec_fails(FIR_EDENIED, "an argument holds a NUL, is no text or is longer than 64 KiB");
}
END_TEST

START_TEST(arguments_and_variables_at_their_bounds)
{
    static char much[65538];
    static fir__data many[257];
    static const char arguments[] = "argv wants the program and its arguments, at most 256";
    static const char variables[] = "environment: names are letters, digits and _, values texts";
    char name[130];
    memset(much, 'x', sizeof much - 1);
    memset(name, 'A', 128);
    name[128] = '\0';
    for (size_t i = 0; i < sizeof many / sizeof *many; i++) {
        many[i] = text(i == 0 ? "/bin/sh" : i == 1 ? "-c" : i == 2 ? "echo $#" : "x");
    }
    exec_fails(FIR_EINVAL, arguments); /* no argv at all */
    param("argv", text("/bin/sh"));
    exec_fails(FIR_EINVAL, arguments);
    c.params.count = 0;
    param("argv", (fir__data){.type = FIR__DATA_LIST, .count = 257, .items = many});
    exec_fails(FIR_EINVAL, arguments);
    entries[0].value.count = 256;
    exec_says("252\n");
    entries[0].value.count = 3;
    many[2] = (fir__data){.type = FIR__DATA_INT, .i = 1};
    exec_fails(FIR_EDENIED, "an argument holds a NUL, is no text or is longer than 64 KiB");
    many[2] = text(much);
    exec_fails(FIR_EDENIED, "an argument holds a NUL, is no text or is longer than 64 KiB");
    c.params.count = 0;
    ARGV("/usr/bin/env");
    fir__entry one = {.key = FIR__S("A"), .value = {.type = FIR__DATA_BOOL}};
    param("environment", (fir__data){.type = FIR__DATA_MAP, .count = 1, .entries = &one});
    exec_fails(FIR_EINVAL, variables);
    one.value = text("v");
    const char *const names[] = {"", "1A", "A-B", name};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        one.key = fir__cstr(names[i]);
        exec_fails(FIR_EINVAL, variables);
    }
    name[127] = '\0';
    one.key = fir__cstr(name);
    char wanted[200];
    (void)snprintf(wanted, sizeof wanted, "%s=v\nPATH=/usr/bin:/bin\n", name);
    exec_says(wanted);
    one.value = text(much);
    exec_fails(FIR_EDENIED, "a variable of the environment is too long or holds a NUL");
}
END_TEST

START_TEST(what_else_the_configuration_does_not_say)
{
    static const char denied[] =
        "the program does not stand in local: {allow_programs: [...]} of the configuration, by its absolute path";
    static char path[5000];
    static fir__entry many[65];
    static const char *const null_too[] = {"/dev/null", "/bin/sh"};
    allow(2, null_too);
    ARGV("/dev/null");
    exec_fails(FIR_EDENIED, "the program is not there, or no file");
    allowed[0] = (fir__data){.type = FIR__DATA_INT, .i = 1}; /* is passed over */
    c.params.count = 0;
    ARGV("/bin/sh", "-c", "printf '\177x' >&2; exit 1");
    exec_fails(FIR_EACTION, "the program ended with 1: ?x");
    c.params.count = 0;
    ARGV("");
    exec_fails(FIR_EDENIED, denied);
    memset(path, '/', sizeof path - 1);
    c.params.count = 0;
    ARGV(path);
    exec_fails(FIR_EDENIED, denied);
    for (size_t i = 0; i < sizeof many / sizeof *many; i++) {
        many[i] = (fir__entry){.key = i == 0 ? FIR__S("PATH") : FIR__S("A"), .value = text("/p")};
    }
    c.params.count = 0;
    ARGV("/bin/sh", "-c", "echo $PATH");
    param("environment", (fir__data){.type = FIR__DATA_MAP, .count = 65, .entries = many});
    exec_fails(FIR_ELIMIT, "more than 64 variables in the environment");
    entries[1].value.count = 64;
    exec_says("/p\n");
    local_entries[0].value = text("/bin/sh"); /* no list of programs: none is allowed */
    exec_fails(FIR_EDENIED, denied);
}
END_TEST

/* Want of memory passes: it may not end the action for ever, nor may it be told as something else. */
START_TEST(memory_may_run_out)
{
    fir__entry variables[] = {{.key = FIR__S("A"), .value = text("x")}, {.key = FIR__S("B"), .value = text("y")}};
    fir_test_memory m;
    long n = 0, runs = 0;
    fir_test_memory_init(&m);
    for (int on = 0; on < 2; on++) {
        for (long at = -1; at < n; at++, runs++) {
            fir__call_free(&c);
            fir_test_memory_arm(&m, at, on != 0);
            fir__call_init(&c, &m.allocator);
            c.params.count = 0;
            ARGV("/bin/sh", "-c", "echo $A$B; cat");
            param("environment", (fir__data){.type = FIR__DATA_MAP, .count = 2, .entries = variables});
            int rc = fir__exec_advance(&env, &c);
            ck_assert_msg(rc == FIR_CALL_DONE || (at >= 0 && rc == FIR_ENOMEM && !c.final), "%ld: %d %s", at, rc, c.fail_text);
            /* It ran, and is not run again for what it said: that is all there or, without memory, not. */
            ck_assert(rc != FIR_CALL_DONE || strcmp(said(), "xy\n") == 0 || (at >= 0 && said()[0] == '\0'));
            n = at < 0 ? atomic_load(&m.calls) : n;
        }
    }
    ck_assert_int_gt(runs, 10);
    fir__call_free(&c);
    ck_assert_int_eq(atomic_load(&m.live), 0);
    fir__call_init(&c, &fir__default_allocator);
}
END_TEST

static void write_script(const char *content, mode_t mode)
{
    int fd = open(script, O_WRONLY | O_CREAT | O_TRUNC, 0700);
    ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    ck_assert_int_eq(fchmod(fd, mode), 0);
    (void)close(fd);
}

START_TEST(a_program_that_others_may_change)
{
    ARGV(script);
    write_script("#!/bin/sh\necho ran\n", 0700);
    exec_says("ran\n");
    write_script("#!/bin/sh\necho ran\n", 0722);
    exec_fails(FIR_EDENIED, "the program can be changed by others than root and the user that runs it");
    write_script("#!/nonexistent\n", 0700);
    exec_fails(FIR_EDENIED, "the program cannot be run: No such file or directory");
    write_script("#!/bin/sh\n", 0600);
    exec_fails(FIR_EDENIED, "the program cannot be run: Permission denied");
    if (chown(script, 4321, 4321) == 0) { /* root can give it away */
        write_script("#!/bin/sh\necho ran\n", 0700);
        exec_fails(FIR_EDENIED, "the program can be changed by others than root and the user that runs it");
        ck_assert_int_eq(chown(script, 0, 0), 0);
        exec_says("ran\n");
    }
}
END_TEST

START_TEST(how_it_ends)
{
    ARGV("/bin/sh", "-c", "echo out; echo 'why\x1b[1m' >&2; echo more >&2; exit 3");
    exec_fails(FIR_EACTION, "the program ended with 3: why?[1m");
    ck_assert_str_eq(said(), "out\n");
    c.params.count = 0;
    ARGV("/bin/sh", "-c", "kill -TERM $$");
    exec_fails(FIR_EACTION, "the program was ended by signal 15");
}
END_TEST

START_TEST(what_it_says_is_bounded)
{
    ARGV("/bin/sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; head -c 1000000 /dev/zero >&2");
    ck_assert_int_eq(fir__exec_advance(&env, &c), FIR_CALL_DONE);
    ck_assert_uint_eq(c.output.len, FIR__CALL_MAX_OUTPUT);
}
END_TEST

static double seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

START_TEST(time_is_bounded)
{
    char command[400], late[100], term[100];
    (void)snprintf(late, sizeof late, "%s/late", dir);
    (void)snprintf(term, sizeof term, "%s/term", dir);
    double start = seconds();
    /* an endless talker that notes SIGTERM and goes, and a child of it that ignores it */
    (void)snprintf(command, sizeof command,
                   "trap ': > %s; exit 0' TERM; (trap '' TERM; sleep 3; : > %s) & while :; do echo x; done", term, late);
    param("timeout", (fir__data){.type = FIR__DATA_INT, .i = FIR__SECOND / 4});
    ARGV("/bin/sh", "-c", command);
    exec_fails(FIR_ETIMEOUT, "the program did not end in time; it and what it started were ended");
    ck_assert(seconds() - start < 2.5);
    (void)usleep(3200000);
    ck_assert(is_there(term));
    ck_assert(!is_there(late)); /* all of the group is gone */
    (void)unlink(term);

    c.params.count = 0; /* one that does not want to go gets SIGKILL */
    start = seconds();
    param("timeout", (fir__data){.type = FIR__DATA_INT, .i = FIR__SECOND / 4});
    ARGV("/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.1; done");
    exec_fails(FIR_ETIMEOUT, "the program did not end in time; it and what it started were ended");
    ck_assert(seconds() - start > 2 && seconds() - start < 4);
}
END_TEST

START_TEST(what_it_leaves_behind_ends_with_it)
{
    char command[200], late[100];
    (void)snprintf(late, sizeof late, "%s/behind", dir);
    (void)snprintf(command, sizeof command, "(sleep 0.5; : > %s) & echo done", late);
    ARGV("/bin/sh", "-c", command);
    double start = seconds();
    exec_says("done\n");
    ck_assert(seconds() - start < 0.4);
    (void)usleep(900000);
    ck_assert(!is_there(late));
}
END_TEST

static volatile sig_atomic_t children;

static void count_child(int signal)
{
    (void)signal;
    children++;
}

START_TEST(the_host_does_not_notice)
{
    (void)signal(SIGCHLD, count_child);
    ARGV("/bin/sh", "-c", "exit 4");
    exec_fails(FIR_EACTION, "the program ended with 4");
    ck_assert_int_eq(children, 0);
    (void)signal(SIGCHLD, SIG_IGN); /* a host that wants no zombies */
    exec_fails(FIR_EACTION, "the program ended with 4");
    (void)signal(SIGCHLD, SIG_DFL);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG | __WALL), -1);
    ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST(undo_runs_the_other_program)
{
    ck_assert_int_eq(fir__exec_undo(&env, &c), FIR_EUNSUPPORTED);
    param("undo_argv", list(1, (const char *const[]){"/bin/sh", "-c", "echo undone", NULL}));
    ck_assert_int_eq(fir__exec_undo(&env, &c), FIR_CALL_DONE);
    ck_assert_str_eq(said(), "undone\n");
}
END_TEST

/* ---- local:kill ---- */

static pid_t victim;
static fir__target known;
static char pid_text[20], start_text[30];

static void start_victim(void)
{
    victim = fir_test_victim_start(") S 1 (x");
    ck_assert_int_eq(fir__target_open(victim, &known, NULL), 0);
    (void)snprintf(pid_text, sizeof pid_text, "%d", (int)victim);
    (void)snprintf(start_text, sizeof start_text, "%" PRId64, known.started_ns);
}

static void end_victim(void)
{
    fir__target_close(&known);
    fir_test_victim_end(victim);
}

static void kill_setup(void)
{
    setup();
    start_victim();
}

static void kill_teardown(void)
{
    end_victim();
    teardown();
}

static void target(const char *pid, const char *started, const char *container, const char *signal)
{
    c.params.count = 0;
    param("pid", text(pid));
    param("started", text(started));
    param("container", text(container));
    param("before", text("2200-01-01T00:00:00Z"));
    param("signal", text(signal));
}

static void kill_fails(int32_t code, const char *message)
{
    ck_assert_int_eq(fir__kill_prepare(NULL, &c), code);
    ck_assert_str_eq(c.fail_text, message);
    c.failed = c.final = false;
    c.fail_text[0] = '\0';
    ck_assert_int_eq(fir__kill_advance(NULL, &c), code);
    ck_assert_str_eq(c.fail_text, message);
    ck_assert(c.final);
    fir_str none;
    ck_assert_int_eq(fir_call_recorded(&c, &none), FIR_ENOTFOUND);
    c.failed = false;
}

static char state(void)
{
    fir__target t;
    if (fir__target_open(victim, &t, NULL) != 0) {
        return '-';
    }
    fir__target_close(&t);
    return t.state;
}

static void wait_for_state(const char *any)
{
    for (int i = 0; i < 200 && strchr(any, state()) == NULL; i++) {
        (void)usleep(10000);
    }
    ck_assert_ptr_nonnull(strchr(any, state()));
}

START_TEST(the_process_is_read_right)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    int64_t age = (int64_t)t.tv_sec * FIR__SECOND + t.tv_nsec - known.started_ns;
    ck_assert(age > -FIR__SECOND / 10 && age < 5 * FIR__SECOND);
    ck_assert(!known.kernel && (known.state == 'S' || known.state == 'R'));
    ck_assert_uint_eq(strlen(known.boot), FIR__BOOT_ID);
}
END_TEST

START_TEST(kill_ends_it)
{
    target(pid_text, start_text, "<NA>", "kill");
    ck_assert_int_eq(fir__kill_verify(NULL, &c), FIR_VERIFY_UNKNOWN);
    ck_assert_int_eq(fir__kill_prepare(NULL, &c), 0);
    ck_assert_int_eq(fir__kill_verify(NULL, &c), FIR_VERIFY_NOT_DONE);
    ck_assert_int_ne(state(), '-');
    ck_assert_int_eq(fir__kill_advance(NULL, &c), FIR_CALL_DONE);
    wait_for_state("-");
    ck_assert_int_eq(fir__kill_verify(NULL, &c), FIR_VERIFY_DONE);
    int how;
    ck_assert_int_eq(waitpid(victim, &how, 0), victim);
    ck_assert(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
    ck_assert_int_eq(fir__kill_undo(NULL, &c), FIR_EUNSUPPORTED);
    c.failed = false;
    ck_assert_int_eq(fir__kill_advance(NULL, &c), FIR_ENOTFOUND);
    ck_assert_str_eq(c.fail_text, "the target is gone: there is no such process any more");
}
END_TEST

START_TEST(stop_and_undo)
{
    target(pid_text, start_text, "<NA>", "stop");
    ck_assert_int_eq(fir__kill_undo(NULL, &c), FIR_ESTATE);
    c.failed = false;
    ck_assert_int_eq(fir__kill_prepare(NULL, &c), 0);
    ck_assert_int_eq(fir__kill_advance(NULL, &c), FIR_CALL_DONE);
    wait_for_state("T");
    ck_assert_int_eq(fir__kill_verify(NULL, &c), FIR_VERIFY_DONE);
    ck_assert_int_eq(fir__kill_undo(NULL, &c), FIR_CALL_DONE);
    wait_for_state("SR");
    ck_assert_int_eq(fir__kill_verify(NULL, &c), FIR_VERIFY_NOT_DONE);
    ck_assert_int_eq(fir__kill_undo(NULL, &c), FIR_ESTATE);
    ck_assert_str_eq(c.fail_text, "somebody has let the process go on already");
    c.failed = false;
    end_victim();
    ck_assert_int_eq(fir__kill_undo(NULL, &c), FIR_ESTATE);
    ck_assert_str_eq(c.fail_text, "the target is gone: there is no such process any more");
    start_victim();
}
END_TEST

START_TEST(undo_is_for_the_recorded_process_only)
{
    char json[200];
    target("1", start_text, "", "stop"); /* the alert does not count for it */
    (void)kill(victim, SIGSTOP);
    wait_for_state("T");
    int n =
        snprintf(json, sizeof json, "{\"boot\":\"%s\",\"pid\":%d,\"start\":%" PRIu64 "}", known.boot, (int)victim, known.start + 1);
    ck_assert_int_eq(fir_call_record(&c, json, (size_t)n), 0);
    ck_assert_int_eq(fir__kill_undo(NULL, &c), FIR_ESTATE);
    ck_assert_int_eq(state(), 'T');
    c.failed = false;
    n = snprintf(json, sizeof json, "{\"boot\":\"another\",\"pid\":%d,\"start\":%" PRIu64 "}", (int)victim, known.start);
    ck_assert_int_eq(fir_call_record(&c, json, (size_t)n), 0);
    ck_assert_int_eq(fir__kill_undo(NULL, &c), FIR_ESTATE);
    ck_assert_int_eq(state(), 'T');
    c.failed = false;
    ck_assert_int_eq(fir_call_record(&c, "{\"pid\":1}", 9), 0);
    ck_assert_int_eq(fir__kill_undo(NULL, &c), FIR_EPARSE);
    c.failed = false;
    n = snprintf(json, sizeof json, "{\"boot\":\"%s\",\"pid\":%d,\"start\":%" PRIu64 "}", known.boot, (int)victim, known.start);
    ck_assert_int_eq(fir_call_record(&c, json, (size_t)n), 0);
    ck_assert_int_eq(fir__kill_undo(NULL, &c), FIR_CALL_DONE);
    wait_for_state("SR");
}
END_TEST

START_TEST(another_process_is_left_alone)
{
    static const char other[] = "the target is gone: its number belongs to another process by now";
    char early[30], late[30];
    (void)snprintf(early, sizeof early, "%" PRId64, known.started_ns - 3 * FIR__SECOND);
    (void)snprintf(late, sizeof late, "%" PRId64, known.started_ns + 3 * FIR__SECOND);
    target(pid_text, early, "", "kill");
    kill_fails(FIR_ENOTFOUND, other);
    target(pid_text, late, "", "kill");
    kill_fails(FIR_ENOTFOUND, other);
    target(pid_text, start_text, "0123456789ab", "kill");
    kill_fails(FIR_ENOTFOUND, other);
    target(pid_text, start_text, "", "kill"); /* began behind the alert */
    entries[3].value = text("2020-01-01T00:00:00Z");
    kill_fails(FIR_ENOTFOUND, other);
    target("2147483647", start_text, "", "kill");
    kill_fails(FIR_ENOTFOUND, "the target is gone: there is no such process any more");
    ck_assert_int_ne(state(), '-');
}
END_TEST

START_TEST(some_are_never_touched)
{
    char self[20];
    static const char never[] = "process 1 and this one are left alone";
    (void)snprintf(self, sizeof self, "%d", (int)getpid());
    target("1", start_text, "", "kill");
    kill_fails(FIR_EDENIED, never);
    target(self, start_text, "", "kill");
    kill_fails(FIR_EDENIED, never);
    static const char *const numbers[] = {"", "0", "-1", "x", "99999999999", "1 2", "+5"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        target(numbers[i], start_text, "", "kill");
        kill_fails(FIR_ETYPE, "pid is no number of a process");
    }
    target(pid_text, "soon", "", "kill");
    kill_fails(FIR_ETYPE, "started is no time in nanoseconds");
    target(pid_text, start_text, "../../x", "kill");
    kill_fails(FIR_ETYPE, "container is no id of a container, and not host");
    target(pid_text, start_text, "0123456789", "kill"); /* too short to tell containers apart */
    kill_fails(FIR_ETYPE, "container is no id of a container, and not host");
    target(pid_text, "<NA>", "", "kill");
    entries[3].value = text("<NA>");
    kill_fails(FIR_EDENIED, "neither started nor before is known: any process may have that number");
    if (!fir__target_of_host()) {
        target(pid_text, "<NA>", "", "kill");
        kill_fails(FIR_EDENIED, "the numbers of processes here are not the host's (run with hostPID), and started is not known");
    }
    ck_assert_int_ne(state(), '-');
}
END_TEST

START_TEST(records_that_are_refused)
{
    static const char *const records[] = {"{}",
                                          "[]",
                                          "{\"boot\":\"b\",\"pid\":\"5\",\"start\":1}",
                                          "{\"boot\":\"b\",\"pid\":1,\"start\":1}",
                                          "{\"boot\":\"b\",\"pid\":2147483648,\"start\":1}",
                                          "{\"boot\":\"b\",\"pid\":5}",
                                          "{\"boot\":\"b\",\"pid\":5,\"start\":\"1\"}",
                                          "{\"pid\":5,\"start\":1}",
                                          "{\"boot\":1,\"pid\":5,\"start\":1}"};
    target(pid_text, start_text, "", "stop");
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        ck_assert_int_eq(fir_call_record(&c, records[i], strlen(records[i])), 0);
        ck_assert_msg(fir__kill_undo(NULL, &c) == FIR_EPARSE, "%s", records[i]);
        ck_assert_str_eq(c.fail_text, "what was recorded of the process is not to be understood");
        ck_assert_int_eq(fir__kill_verify(NULL, &c), FIR_VERIFY_UNKNOWN);
        c.failed = false;
    }
}
END_TEST

START_TEST(what_an_id_of_a_container_is)
{
    static const struct {
        const char *id;
        bool is_one;
    } rows[] = {{"0123456789ab", true},
                {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true},
                {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0", false},
                {"0123456789ag", false},
                {"0123456789AB", false},
                {"0123456789a", false},
                {"hosts", false},
                {"host", true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_msg(fir__is_container(fir__cstr(rows[i].id)) == rows[i].is_one, "%s", rows[i].id);
    }
    target(pid_text, "9223372036854775808", "", "kill");
    kill_fails(FIR_ETYPE, "started is no time in nanoseconds");
    target(pid_text, start_text, "", "kill");
    entries[3].value = text("yesterday");
    kill_fails(FIR_ETYPE, "before is no time (RFC 3339)");
    target(pid_text, start_text, "", "kill"); /* from the alert's time alone, or from the process's */
    entries[3].value = text("<NA>");
    ck_assert_int_eq(fir__kill_prepare(NULL, &c), 0);
    ck_assert_int_ne(state(), '-');
}
END_TEST

int main(void)
{
    if (mkdtemp(dir) == NULL) {
        return EXIT_FAILURE;
    }
    Suite *s = suite_create("process");
    TCase *t = tcase_create("exec");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, arguments_are_taken_as_they_are);
    tcase_add_test(t, nothing_is_inherited);
    tcase_add_test(t, environment_and_input);
    tcase_add_test(t, only_what_is_allowed);
    tcase_add_test(t, arguments_and_variables_at_their_bounds);
    tcase_add_test(t, what_else_the_configuration_does_not_say);
    tcase_add_test(t, memory_may_run_out);
    tcase_add_test(t, a_program_that_others_may_change);
    tcase_add_test(t, how_it_ends);
    tcase_add_test(t, what_it_says_is_bounded);
    tcase_add_test(t, time_is_bounded);
    tcase_add_test(t, what_it_leaves_behind_ends_with_it);
    tcase_add_test(t, the_host_does_not_notice);
    tcase_add_test(t, undo_runs_the_other_program);
    suite_add_tcase(s, t);
    t = tcase_create("kill");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, kill_setup, kill_teardown);
    tcase_add_test(t, the_process_is_read_right);
    tcase_add_test(t, kill_ends_it);
    tcase_add_test(t, stop_and_undo);
    tcase_add_test(t, undo_is_for_the_recorded_process_only);
    tcase_add_test(t, another_process_is_left_alone);
    tcase_add_test(t, some_are_never_touched);
    tcase_add_test(t, records_that_are_refused);
    tcase_add_test(t, what_an_id_of_a_container_is);
    suite_add_tcase(s, t);
    int code = fir_test_run(s);
    char command[100];
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) == 0 ? code : EXIT_FAILURE;
}
