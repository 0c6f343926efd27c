/* SPDX-License-Identifier: Apache-2.0 */
/* A file of an operator is carried out once: also when the process ends before the file is gone, and when somebody puts it back. */
#include <check.h>
#include <dirent.h>
#include <falcoir/journal.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/private.h"
#include "support/store.h"
#include "support/deeds.h"
#include "support/suite.h"
#include "support/world.h"

#define RULE "- rule: R\n  condition: proc.name = sh\n"

static world w;
static char dir[128], file[512], name[80];

static void open_next(void)
{
    const fir_engine_options o = {.size = sizeof o, .data_dir = dir};
    world_next_engine(&w, &o);
    ck_assert_int_eq(fir_engine_register(w.engine, &mute, NULL, NULL), 0);
}

static void settle(void)
{
    w.fake.now_ns += 2 * FIR__COMMANDS_EVERY;
    world_settle(&w);
}

/* ---- what is there ---- */

/* key of the first in a list; "paused": whether it is. */
static const char *pending(const char *list, const char *key)
{
    static char text[100];
    fir_buf b;
    ck_assert_int_eq(fir_engine_pending_json(w.engine, &b, NULL), 0);
    json_t *v = json_loadb(b.ptr, b.len, 0, NULL);
    fir_buf_dispose(&b);
    json_t *all = json_object_get(v, list);
    const char *s = json_string_value(json_object_get(json_is_array(all) ? json_array_get(all, 0) : all, key));
    (void)snprintf(text, sizeof text, "%s", s != NULL ? s : "");
    json_decref(v);
    return text;
}

/* How often the journal says something. */
static int count_records(const char *text)
{
    fir_journal *j;
    int n = 0;
    uint64_t cursor = 0;
    fir_buf b;
    ck_assert_int_eq(fir_journal_open(dir, NULL, &j, NULL), 0);
    while (fir_journal_export(j, &cursor, &b, NULL) == 0) {
        for (const char *p = b.ptr; (p = strstr(p, text)) != NULL; p++) {
            n++;
        }
        fir_buf_dispose(&b);
    }
    fir_journal_free(j);
    return n;
}

static bool there(void)
{
    return access(file, F_OK) == 0;
}

/* Finds the one command, and keeps another way to it: the same file, whatever becomes of its name. */
static void keep_file(void)
{
    DIR *d = opendir(fir_test_dir_file(dir, "commands"));
    int n = 0;
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        if (strstr(e->d_name, ".json") != NULL) {
            (void)snprintf(name, sizeof name, "%.70s", e->d_name);
            n++;
        }
    }
    (void)closedir(d);
    ck_assert_int_eq(n, 1);
    (void)snprintf(file, sizeof file, "%s/commands/%s", dir, name);
    ck_assert_int_eq(link(file, fir_test_dir_file(dir, "kept")), 0);
}

static void put_back(void)
{
    ck_assert(!there());
    ck_assert_int_eq(link(fir_test_dir_file(dir, "kept"), file), 0);
}

/* ---- every word ---- */

static const struct {
    const char *verb, *yaml;
    int failing;
    const char *list, *key; /* where what it is about stands; NULL: it is about everything */
    const char *record;     /* how its record begins, as far as that is the word's own */
    int acted, undone;      /* in the end, however often the file came */
} words[] = {
    {"undo", RULE "  actions: [{action: a, use: 'test:mute', undo_after: 30m}]\n", 0, "undos", "action_id", "\"command\":\"undo\"",
     1, 1},
    {"replay", RULE "  actions: [{action: a, use: 'test:mute'}]\n", 1, "dead", "action_id", "\"command\":\"replay\"", 2, 0},
    {"discard", RULE "  actions: [{action: a, use: 'test:mute'}]\n", 1, "dead", "action_id", "\"command\":\"discard\"", 1, 0},
    {"cancel", RULE "  require_approval: true\n  actions: [{action: a, use: 'test:mute'}]\n", 0, "waiting", "action_id",
     "\"command\":\"cancel\"", 0, 0},
    {"approve", RULE "  require_approval: true\n  actions: [{action: a, use: 'test:mute'}]\n", 0, "approvals", "approval",
     "\"state\":\"approved\"", 1, 0},
    {"reject", RULE "  require_approval: true\n  actions: [{action: a, use: 'test:mute'}]\n", 0, "approvals", "approval",
     "\"state\":\"rejected\"", 0, 0},
    {"feedback", RULE "  review: required\n  actions: [{action: a, use: 'test:mute'}]\n", 0, "reviews", "action_id",
     "\"true_positive\":true", 1, 0},
    {"pause", RULE "  actions: [{action: a, use: 'test:mute'}]\n", 0, NULL, NULL, "\"command\":\"pause\"", 1, 0},
    {"resume", RULE "  actions: [{action: a, use: 'test:mute'}]\n", 0, NULL, NULL, "\"command\":\"resume\"", 1, 0},
};
enum { WORDS = sizeof words / sizeof *words, PAUSE = WORDS - 2, RESUME };

static void lay_down(int i)
{
    const fir_engine_options o = {.size = sizeof o, .data_dir = dir};
    char id[100] = "";
    atomic_store(&book->acted, 0);
    atomic_store(&book->undone, 0);
    atomic_store(&book->failing, words[i].failing);
    fir_test_dir_make(dir, NULL);
    world_open_by_clock(&w, words[i].yaml, &o);
    ck_assert_int_eq(fir_engine_register(w.engine, &mute, NULL, NULL), 0);
    world_submit(&w, world_alert);
    settle();
    if (words[i].list != NULL) {
        (void)snprintf(id, sizeof id, "%s", pending(words[i].list, words[i].key));
        ck_assert_str_ne(id, "");
    }
    if (i == RESUME) {
        ck_assert_int_eq(fir_engine_pause(w.engine, "bob", NULL, NULL), 0);
    }
    fir_engine_free(w.engine);
    const fir_command c = {.size = sizeof c, .verb = words[i].verb, .id = id, .who = "ann", .why = "because", .yes = 1};
    ck_assert_int_eq(fir_command_send(dir, &c, 0, NULL), FIR_EAGAIN);
    keep_file();
}

static void kill_at(void *ctx, const char *point)
{
    if (strcmp(ctx, point) == 0) {
        (void)kill(getpid(), SIGKILL);
    }
}

static void die_before_it_is_gone(void)
{
    static char point[] = "command.done";
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        open_next();
        w.engine->crash = kill_at;
        w.engine->crash_ctx = point;
        settle();
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ck_assert(there());
}

/* Nothing more was written or done; what the word was about may be where it was, by another word. */
static void expect_once(int i)
{
    settle();
    ck_assert(!there());
    ck_assert_int_eq(count_records(words[i].record), 1);
    ck_assert_int_eq(atomic_load(&book->acted), words[i].acted);
    ck_assert_int_eq(atomic_load(&book->undone), words[i].undone);
    if (i == PAUSE || i == RESUME) {
        ck_assert_str_eq(pending("paused", "who"), i == RESUME ? "bob" : "");
    }
}

START_TEST(a_file_that_comes_again)
{
    char written[100], taken[200];
    lay_down(_i);
    die_before_it_is_gone();
    (void)snprintf(written, sizeof written, "\"file\":\"%s\"", name);
    (void)snprintf(taken, sizeof taken, "{\"command\":\"taken\",%s}", written);
    ck_assert_int_eq(count_records(written), 1);
    ck_assert_int_eq(count_records(words[_i].record), 1);
    open_next(); /* behind the crash */
    settle();
    ck_assert(!there());
    if (_i == PAUSE) { /* another word since: the file's is an old one */
        ck_assert_str_eq(pending("paused", "who"), "ann");
        ck_assert_int_eq(fir_engine_resume(w.engine, "bob", NULL, NULL), 0);
    } else if (_i == RESUME) {
        ck_assert_str_eq(pending("paused", "who"), "");
        ck_assert_int_eq(fir_engine_pause(w.engine, "bob", NULL, NULL), 0);
    }
    expect_once(_i);
    put_back(); /* while the engine runs, */
    expect_once(_i);
    fir_engine_free(w.engine);
    put_back(); /* while none does, */
    open_next();
    expect_once(_i);
    ck_assert_int_eq(count_records(written), 1);
    ck_assert_int_eq(count_records(taken), 0);
    put_back(); /* and where the journal was made shorter since: its record is not read any more */
    atomic_store(&w.engine->n_appended, 1000000);
    while (fir_engine_poll(w.engine, 0, NULL) == 0) {
    }
    ck_assert(there());
    ck_assert_uint_lt(atomic_load(&w.engine->n_appended), 100);
    fir_engine_free(w.engine);
    ck_assert_int_eq(count_records(taken), 1);
    open_next();
    settle();
    ck_assert(!there());
    ck_assert_int_eq(count_records(written), 2);
    ck_assert_int_eq(atomic_load(&book->acted), words[_i].acted);
    ck_assert_int_eq(atomic_load(&book->undone), words[_i].undone);
    world_close(&w);
    fir_test_dir_remove(dir);
}
END_TEST

/* A name that somebody chose himself may come again with another word; the same file may not. */
START_TEST(a_file_by_hand)
{
    const char *path = NULL;
    lay_down(PAUSE);
    open_next();
    settle();
    ck_assert_int_eq(unlink(fir_test_dir_file(dir, "kept")), 0);
    for (int i = 0; i < 3; i++) {
        struct timespec times[2] = {{1700000000 + i, 5}, {1700000000 + i, 5}};
        path = fir_test_dir_file(dir, "commands/mine.json");
        (void)snprintf(file, sizeof file, "%s", path);
        FILE *f = fopen(file, "w");
        ck_assert_int_ge(fprintf(f, "{\"verb\":\"%s\",\"who\":\"eve\"}", i % 2 == 0 ? "pause" : "resume"), 0);
        (void)fclose(f);
        ck_assert(chmod(file, 0600) == 0 && utimensat(AT_FDCWD, file, times, 0) == 0);
        ck_assert_int_eq(link(file, fir_test_dir_file(dir, "kept")), 0);
        settle();
        ck_assert_str_eq(pending("paused", "who"), i % 2 == 0 ? "eve" : "");
        ck_assert_int_eq(count_records("\"file\":\"mine.json@"), i + 1);
        (void)(i % 2 == 0 ? fir_engine_resume : fir_engine_pause)(w.engine, "bob", NULL, NULL);
        for (int again = 0; again < 2; again++) {
            put_back();
            if (again == 1) {
                fir_engine_free(w.engine);
                open_next();
            }
            settle();
            ck_assert(!there());
            ck_assert_str_eq(pending("paused", "who"), i % 2 == 0 ? "" : "bob");
            ck_assert_int_eq(count_records("\"file\":\"mine.json@"), i + 1);
        }
        ck_assert_int_eq(unlink(fir_test_dir_file(dir, "kept")), 0);
    }
    ck_assert_int_eq(count_records("\"file\":\"mine.json@1700000002.000000005\""), 1);
    world_close(&w);
    fir_test_dir_remove(dir);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("engine_once");
    TCase *t = tcase_create("engine_once");
    fir_test_deeds_begin();
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, a_file_that_comes_again, 0, WORDS);
    tcase_add_test(t, a_file_by_hand);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
