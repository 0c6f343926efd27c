/* SPDX-License-Identifier: Apache-2.0 */
/* Commands as files: laid down by one, taken up by another, answered. */
#include <check.h>
#include <falcoir/journal.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include "store/commands.h"
#include "store/dir.h"
#include "support/failing.h"
#include "support/store.h"
#include "support/suite.h"

static char dir[128];
static fir__commands commands;
static fir__command got;
static fir_error err;

static void set_up(void)
{
    fir_test_dir_make(dir, NULL);
    ck_assert_int_eq(fir__commands_open(&commands, &fir__default_allocator, dir, &err), 0);
}

static void tear_down(void)
{
    fir__commands_close(&commands);
    fir_test_dir_remove(dir);
}

static int64_t clock_ns; /* each look is one later */

static bool next(void)
{
    clock_ns += FIR__COMMANDS_EVERY;
    return fir__commands_next(&commands, clock_ns, &got);
}

static int send_it(const char *verb, const char *id, const char *why, int32_t yes)
{
    fir_command c = {.size = sizeof c, .verb = verb, .id = id, .who = "ann", .why = why, .yes = yes};
    err = (fir_error){0};
    return fir_command_send(dir, &c, 0, &err);
}

static bool is(fir_str s, const char *want)
{
    return fir__str_eq(s, fir__cstr(want));
}

static size_t count_files(void)
{
    char command[256];
    unsigned n = 0;
    (void)snprintf(command, sizeof command, "ls -A %s/commands | wc -l", dir);
    FILE *f = popen(command, "r");
    ck_assert_int_eq(fscanf(f, "%u", &n), 1);
    (void)pclose(f);
    return n;
}

START_TEST(come_in_order_and_once)
{
    ck_assert(!next());
    ck_assert_int_eq(send_it("approve", "a1", "looks \"right\"\n\xc3\xa9", 0), FIR_EAGAIN);
    ck_assert_msg(strstr(err.message, "no engine owns it") != NULL, "%s", err.message);
    ck_assert_int_eq(send_it("feedback", "f1", NULL, 1), FIR_EAGAIN);
    ck_assert_int_eq(send_it("pause", NULL, NULL, 0), FIR_EAGAIN);
    ck_assert(next());
    ck_assert_int_eq(got.verb, FIR__VERB_APPROVE);
    ck_assert(is(got.id, "a1") && is(got.who, "ann") && is(got.why, "looks \"right\"\n\xc3\xa9") && !got.yes);
    fir__commands_done(&commands, 0, NULL);
    ck_assert(fir__commands_next(&commands, clock_ns, &got)); /* of the same look */
    ck_assert_int_eq(got.verb, FIR__VERB_FEEDBACK);
    ck_assert(is(got.id, "f1") && is(got.why, "") && got.yes);
    fir__commands_done(&commands, 0, NULL);
    ck_assert(fir__commands_next(&commands, clock_ns, &got));
    ck_assert_int_eq(got.verb, FIR__VERB_PAUSE);
    fir__commands_done(&commands, 0, NULL);
    ck_assert(!fir__commands_next(&commands, clock_ns, &got));
    ck_assert_int_eq(send_it("resume", NULL, NULL, 0), FIR_EAGAIN);
    ck_assert(!fir__commands_next(&commands, clock_ns + FIR__COMMANDS_EVERY - 1, &got)); /* not yet */
    ck_assert(fir__commands_next(&commands, clock_ns + FIR__COMMANDS_EVERY, &got));
    ck_assert_int_eq(got.verb, FIR__VERB_RESUME);
}
END_TEST

/* Not done, and the engine dies: it comes again. */
START_TEST(outlive_the_engine)
{
    ck_assert_int_eq(send_it("undo", "x", NULL, 0), FIR_EAGAIN);
    ck_assert(next());
    fir__commands_close(&commands);
    ck_assert_int_eq(fir__commands_open(&commands, &fir__default_allocator, dir, &err), 0);
    ck_assert(next());
    ck_assert_int_eq(got.verb, FIR__VERB_UNDO);
    ck_assert(is(got.id, "x"));
}
END_TEST

static void *engine(void *arg)
{
    const fir_error why = {.code = FIR_ENOTFOUND, .message = "there is no action 'nobody'"};
    for (int i = 0; i < 2000 && *(int *)arg != 0; i++) {
        if (next()) {
            bool known = !is(got.id, "nobody");
            fir__commands_done(&commands, known ? 0 : FIR_ENOTFOUND, known ? NULL : &why);
            (*(int *)arg)--;
        }
        (void)nanosleep(&(struct timespec){0, 5000000}, NULL);
    }
    return NULL;
}

START_TEST(are_answered)
{
    fir__dir owner;
    fir__sbuf path;
    fir__sbuf_init(&path, &fir__default_allocator, 4096);
    ck_assert_int_eq(fir__dir_open(&owner, dir, false, &path, &err), 0);
    ck_assert(!fir__dir_owned(&owner));
    ck_assert_int_eq(fir__dir_own(&owner, &err), 0);
    ck_assert(fir__dir_owned(&owner));
    ck_assert_int_eq(send_it("pause", NULL, NULL, 0), FIR_EAGAIN);
    ck_assert_msg(strstr(err.message, "has not taken it up yet") != NULL, "%s", err.message);
    pthread_t thread;
    int todo = 3;
    ck_assert_int_eq(pthread_create(&thread, NULL, engine, &todo), 0);
    fir_command c = {.size = sizeof c, .verb = "replay", .id = "somebody", .who = "bob"};
    ck_assert_msg(fir_command_send(dir, &c, INT64_C(10000000000), &err) == 0, "%s", err.message);
    c.id = "nobody";
    ck_assert_int_eq(fir_command_send(dir, &c, INT64_C(10000000000), &err), FIR_ENOTFOUND);
    ck_assert_str_eq(err.message, "there is no action 'nobody'");
    (void)pthread_join(thread, NULL);
    ck_assert_uint_eq(count_files(), 1); /* the answer to pause, which nobody waited for */
    fir__dir_close(&owner);
    fir__sbuf_free(&path);
}
END_TEST

static void lay(const char *name, const char *text, mode_t mode)
{
    char file[64];
    (void)snprintf(file, sizeof file, "commands/%s", name);
    FILE *f = fopen(fir_test_dir_file(dir, file), "w");
    (void)fputs(text, f);
    (void)fclose(f);
    ck_assert_int_eq(chmod(fir_test_dir_file(dir, file), mode), 0);
}

START_TEST(nonsense_is_passed_over)
{
    static char large[FIR__COMMAND_MAX_FILE + 100];
    memset(large, ' ', sizeof large - 1);
    lay("1.json", "{\"verb\":\"pause\",\"who\":\"x\"", 0600);
    lay("2.json", "[]", 0600);
    lay("3.json", "{\"verb\":\"format\",\"who\":\"x\"}", 0600);
    lay("4.json", "{\"verb\":\"approve\",\"who\":\"x\"}", 0600);
    lay("5.json", "{\"verb\":\"pause\"}", 0600);
    lay("6.json", "{\"verb\":\"pause\",\"who\":7}", 0600);
    lay("7.json", "{\"verb\":\"pause\",\"who\":\"somebody else\"}", 0622);
    lay("8.json", large, 0600);
    lay("9.json", "", 0600);
    ck_assert_int_eq(symlink("/etc/passwd", fir_test_dir_file(dir, "commands/a.json")), 0);
    ck_assert_int_eq(mkfifo(fir_test_dir_file(dir, "commands/b.json"), 0600), 0);
    lay(".c.json", "{\"verb\":\"pause\",\"who\":\"half written\"}", 0600);
    lay("d.txt", "{\"verb\":\"pause\",\"who\":\"x\"}", 0600);
    lay("z.json", "{\"verb\":\"pause\",\"who\":\"the good one\"}", 0600);
    ck_assert(next());
    ck_assert(is(got.who, "the good one"));
    fir__commands_done(&commands, 0, NULL);
    ck_assert_uint_eq(count_files(), 12 + 2); /* each has its answer; two were no commands */
}
END_TEST

START_TEST(many_come_oldest_first)
{
    char name[32];
    for (int i = FIR__COMMANDS_AT_ONCE + 20; i > 0; i--) {
        char text[64];
        (void)snprintf(name, sizeof name, "%05d.json", i);
        (void)snprintf(text, sizeof text, "{\"verb\":\"undo\",\"id\":\"%05d\",\"who\":\"x\"}", i);
        lay(name, text, 0600);
    }
    for (int i = 1; i <= FIR__COMMANDS_AT_ONCE + 20; i++) {
        char want[16];
        (void)snprintf(want, sizeof want, "%05d", i);
        ck_assert(next());
        ck_assert_msg(is(got.id, want), "%.*s came, not %s", (int)got.id.len, got.id.ptr, want);
        fir__commands_done(&commands, 0, NULL);
    }
    ck_assert(!next());
}
END_TEST

START_TEST(old_answers_go)
{
    lay("1.answer", "{}", 0600);
    lay("2.answer", "{}", 0600);
    struct utimbuf old = {time(NULL) - 3600, time(NULL) - 3600};
    ck_assert_int_eq(utime(fir_test_dir_file(dir, "commands/1.answer"), &old), 0);
    ck_assert(!next());
    ck_assert_uint_eq(count_files(), 1);
}
END_TEST

START_TEST(wrong_calls)
{
    static char large[5000];
    memset(large, 'x', sizeof large - 1);
    fir_command c = {.size = sizeof c, .verb = "pause", .who = "ann"};
    ck_assert_int_eq(fir_command_send(NULL, &c, 0, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_command_send(dir, NULL, 0, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_command_send(dir, &c, -1, NULL), FIR_EINVAL);
    ck_assert_int_eq(fir_command_send(fir_test_dir_file(dir, "none"), &c, 0, NULL), FIR_ENOTFOUND);
    ck_assert_int_eq(send_it("format", NULL, NULL, 0), FIR_EINVAL);
    ck_assert_int_eq(send_it(NULL, NULL, NULL, 0), FIR_EINVAL);
    ck_assert_int_eq(send_it("undo", NULL, NULL, 0), FIR_EINVAL);
    ck_assert_int_eq(send_it("undo", "", NULL, 0), FIR_EINVAL);
    ck_assert_int_eq(send_it("undo", large, NULL, 0), FIR_EINVAL);
    ck_assert_int_eq(send_it("undo", "x", large, 0), FIR_EINVAL);
    c.who = large;
    ck_assert_int_eq(fir_command_send(dir, &c, 0, NULL), FIR_EINVAL);
    c.who = NULL;
    ck_assert_int_eq(fir_command_send(dir, &c, 0, NULL), FIR_EINVAL);
    c.size--;
    ck_assert_int_eq(fir_command_send(dir, &c, 0, NULL), FIR_EINVAL);
    ck_assert_uint_eq(count_files(), 0);
    fir__commands none;
    ck_assert_int_eq(fir__commands_open(&none, &fir__default_allocator, NULL, &err), 0);
    ck_assert(!fir__commands_next(&none, INT64_MAX, &got));
    fir__commands_close(&none);
    ck_assert_int_eq(fir__commands_open(&none, &fir__default_allocator, fir_test_dir_file(dir, "none"), &err), FIR_EIO);
}
END_TEST

/* Nothing half-written is left for an engine to find. */
START_TEST(a_disk_that_takes_nothing)
{
    const struct rlimit none = {0, RLIM_INFINITY};
    struct rlimit before;
    ck_assert(getrlimit(RLIMIT_FSIZE, &before) == 0 && signal(SIGXFSZ, SIG_IGN) != SIG_ERR && setrlimit(RLIMIT_FSIZE, &none) == 0);
    int rc = send_it("undo", "x", "", 0);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert_int_eq(rc, FIR_EIO);
    ck_assert_ptr_nonnull(strstr(err.message, "the command cannot be written: File too large"));
    ck_assert_uint_eq(count_files(), 0);
    ck_assert_int_eq(send_it("undo", "x", "", 0), FIR_EAGAIN);
    ck_assert_uint_eq(count_files(), 1);
}
END_TEST

static void empty_folder(void)
{
    fir_test_dir_remove(fir_test_dir_file(dir, FIR__COMMANDS_DIR));
}

static int take_one(void *ctx, const fir_allocator *a)
{
    (void)ctx;
    fir__commands c;
    int rc = fir__commands_open(&c, a, dir, NULL);
    if (rc != 0) {
        return rc;
    }
    ck_assert_int_eq(send_it("undo", "x", "y", 0), FIR_EAGAIN);
    bool found = fir__commands_next(&c, 0, &got);
    if (found) {
        fir__commands_done(&c, 0, NULL);
    }
    fir__commands_close(&c);
    bool answered = count_files() != 0; /* the command itself is gone when it is done */
    empty_folder();
    return found && answered ? 0 : FIR_ENOMEM;
}

START_TEST(stand_every_failed_allocation)
{
    ck_assert_int_ge(fir_test_sweep("commands", take_one, NULL), 3);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("commands");
    TCase *t = tcase_create("commands");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, come_in_order_and_once);
    tcase_add_test(t, outlive_the_engine);
    tcase_add_test(t, are_answered);
    tcase_add_test(t, nonsense_is_passed_over);
    tcase_add_test(t, many_come_oldest_first);
    tcase_add_test(t, old_answers_go);
    tcase_add_test(t, wrong_calls);
    tcase_add_test(t, a_disk_that_takes_nothing);
    tcase_add_test(t, stand_every_failed_allocation);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
