/* SPDX-License-Identifier: Apache-2.0 */
/* An operator's word is written before it is done: a store that fails leaves neither, and a process that ends in between leaves a
 * word that the next one does, once. */
#include <check.h>
#include <falcoir/journal.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/time.h"
#include "engine/private.h"
#include "store/store.h"
#include "support/deeds.h"
#include "support/suite.h"
#include "support/world.h"

#define RULE "- rule: R\n  condition: proc.name = sh\n"

static world w;

static void open_with(const fir_engine_options *o)
{
    world_next_engine(&w, o);
    ck_assert_int_eq(fir_engine_register(w.engine, &mute, NULL, NULL), 0);
}

static json_t *pending(void)
{
    fir_buf b;
    ck_assert_int_eq(fir_engine_pending_json(w.engine, &b, NULL), 0);
    json_t *v = json_loadb(b.ptr, b.len, 0, NULL);
    fir_buf_dispose(&b);
    return v;
}

static size_t how_many(const char *list)
{
    json_t *v = pending();
    size_t n = json_array_size(json_object_get(v, list));
    json_decref(v);
    return n;
}

/* The id of the first in a list. */
static const char *id_in(const char *list)
{
    static char id[80];
    json_t *v = pending();
    const char *s = json_string_value(json_object_get(json_array_get(json_object_get(v, list), 0), "action_id"));
    ck_assert_msg(s != NULL, "nothing in %s", list);
    (void)snprintf(id, sizeof id, "%s", s);
    json_decref(v);
    return id;
}

/* ---- verbs, and what each leaves behind ---- */

typedef int verb_fn(fir_engine *g, const char *id, const char *who, const char *why, fir_error *err);

static const struct {
    const char *verb;
    verb_fn *word;
    const char *yaml;
    int failing;
    const char *list; /* what it is about stands there before, and not behind */
    int acted, undone;
} verbs[] = {
    {"undo", fir_engine_undo, RULE "  actions: [{action: a, use: 'test:mute', undo_after: 30m}]\n", 0, "undos", 1, 1},
    {"replay", fir_engine_replay, RULE "  actions: [{action: a, use: 'test:mute'}]\n", 1, "dead", 2, 0},
    {"discard", fir_engine_discard, RULE "  actions: [{action: a, use: 'test:mute'}]\n", 1, "dead", 1, 0},
    {"cancel", fir_engine_cancel, RULE "  require_approval: true\n  actions: [{action: a, use: 'test:mute'}]\n", 0, "waiting", 0,
     0},
};
enum { VERBS = sizeof verbs / sizeof *verbs };

/* The engine has come to where the word can be said. */
static void begin_verb(int i, const fir_engine_options *o)
{
    const fir_action_type t = {.size = sizeof t, .name = "test:mute", .prepare = prepare_it, .advance = do_it, .undo = undo_it};
    atomic_store(&book->acted, 0);
    atomic_store(&book->undone, 0);
    atomic_store(&book->failing, verbs[i].failing);
    world_open_by_clock(&w, verbs[i].yaml, o);
    ck_assert_int_eq(fir_engine_register(w.engine, &t, NULL, NULL), 0);
    world_submit(&w, world_alert);
    world_settle(&w);
    ck_assert_int_eq(atomic_load(&book->acted), verbs[i].acted - (i == 1));
    ck_assert_uint_eq(how_many(verbs[i].list), 1);
    atomic_store(&book->failing, 0);
}

static void expect_done(int i)
{
    ck_assert_uint_eq(how_many(verbs[i].list), 0);
    ck_assert_int_eq(atomic_load(&book->acted), verbs[i].acted);
    ck_assert_int_eq(atomic_load(&book->undone), verbs[i].undone);
}

/* ---- a store that fails ---- */

static fir_store memory, disk;
static int32_t broken;
static int words, done; /* records of an operator, and of alerts that are done */

static int append(void *self, const fir_record *r, size_t n, uint32_t flags, uint64_t *seq, fir_error *err)
{
    (void)self;
    bool word = n == 1 && r->kind.len == 8 && (memcmp(r->kind.ptr, "operator", 8) == 0 || memcmp(r->kind.ptr, "feedback", 8) == 0);
    if (word && broken != 0) {
        return fir__fail(err, broken, "scripted");
    }
    words += word;
    for (size_t i = 0; i < n; i++) {
        done += r[i].kind.len == 4 && memcmp(r[i].kind.ptr, "done", 4) == 0;
    }
    return memory.append(memory.self, r, n, flags, seq, err);
}

static int read_on(void *self, uint64_t after, fir_record *out, fir_error *err)
{
    (void)self;
    return memory.read(memory.self, after, out, err);
}

static int trim(void *self, uint64_t before, const uint64_t *keep, size_t n, fir_error *err)
{
    (void)self;
    return memory.trim(memory.self, before, keep, n, err);
}

static fir_engine_options on_memory(void)
{
    ck_assert_int_eq(fir__store_memory(&fir__default_allocator, &memory, NULL), 0);
    disk = (fir_store){.size = sizeof disk, .append = append, .read = read_on, .trim = trim};
    broken = words = done = 0;
    return (fir_engine_options){.size = sizeof(fir_engine_options), .store = &disk};
}

static void end(void)
{
    world_close(&w);
    memory.close(memory.self);
}

static void restart(void)
{
    fir_engine_options o = {.size = sizeof o, .store = &disk};
    fir_engine_free(w.engine);
    open_with(&o);
}

START_TEST(a_word_that_cannot_be_written_is_not_done)
{
    static const int32_t troubles[] = {FIR_ELIMIT, FIR_EBUSY, FIR_ENOMEM};
    fir_engine_options o = on_memory();
    char id[80];
    begin_verb(_i, &o);
    (void)snprintf(id, sizeof id, "%s", id_in(verbs[_i].list));
    int acted = atomic_load(&book->acted);
    for (size_t k = 0; k < sizeof troubles / sizeof *troubles; k++) {
        fir_error err = {0};
        broken = troubles[k];
        ck_assert_int_eq(verbs[_i].word(w.engine, id, "ann", "because", &err), troubles[k]);
        ck_assert_str_eq(err.message, "scripted");
        world_settle(&w);
        ck_assert_uint_eq(how_many(verbs[_i].list), 1);
        ck_assert_int_eq(atomic_load(&book->acted), acted);
        ck_assert_int_eq(atomic_load(&book->undone), 0);
    }
    ck_assert_int_eq(words, 0);
    broken = 0;
    ck_assert_int_eq(verbs[_i].word(w.engine, id, "ann", "because", NULL), 0);
    world_settle(&w);
    expect_done(_i);
    ck_assert_int_eq(words, 1);
    ck_assert_int_eq(verbs[_i].word(w.engine, id, "ann", "because", NULL), FIR_ENOTFOUND);
    ck_assert_int_eq(words, 1); /* what is not done is not written */
    restart();
    world_settle(&w);
    expect_done(_i);
    end();
}
END_TEST

START_TEST(a_replay_in_vain_leaves_nothing_behind)
{
    fir_engine_options o = on_memory();
    char id[80];
    begin_verb(1, &o);
    (void)snprintf(id, sizeof id, "%s", id_in("dead"));
    broken = FIR_ELIMIT;
    ck_assert_int_eq(fir_engine_replay(w.engine, id, "ann", NULL, NULL), FIR_ELIMIT);
    broken = 0;
    ck_assert_int_eq(fir_engine_discard(w.engine, id, "ann", NULL, NULL), 0);
    world_settle(&w);
    ck_assert_int_eq(done, 1); /* nothing keeps the alert */
    end();
}
END_TEST

START_TEST(feedback_that_cannot_be_written_is_still_asked_for)
{
    fir_engine_options o = on_memory();
    world_open_by_clock(&w, RULE "  review: required\n  actions: [{action: a, use: 'test:keyed'}]\n", &o);
    world_submit(&w, world_alert);
    world_settle(&w);
    broken = FIR_ELIMIT;
    char id[80];
    (void)snprintf(id, sizeof id, "%s", id_in("reviews"));
    ck_assert_int_eq(fir_engine_feedback(w.engine, id, 1, "ann", NULL, NULL), FIR_ELIMIT);
    ck_assert_uint_eq(how_many("reviews"), 1);
    broken = 0;
    ck_assert_int_eq(fir_engine_feedback(w.engine, id, 1, "ann", NULL, NULL), 0);
    ck_assert_uint_eq(how_many("reviews"), 0);
    ck_assert_int_eq(words, 1);
    end();
}
END_TEST

/* A journal that is made shorter keeps an operator's words as long as what they are about. */
static void make_shorter(void)
{
    atomic_store(&w.engine->n_appended, 1000000);
    world_settle(&w);
    ck_assert_uint_lt(atomic_load(&w.engine->n_appended), 100);
}

START_TEST(words_last_over_a_shorter_journal)
{
    fir_engine_options o = on_memory();
    const fir_action_type t = {.size = sizeof t, .name = "test:mute", .prepare = prepare_it, .advance = do_it, .undo = undo_it};
    world_open_by_clock(
        &w, RULE "  actions: [{action: a, use: 'test:mute', undo_after: 30m, continue: true}, {action: b, use: 'test:keyed'}]\n",
        &o);
    ck_assert_int_eq(fir_engine_register(w.engine, &t, NULL, NULL), 0);
    w.types[WORLD_KEYED].fail = FIR_EACTION;
    w.types[WORLD_KEYED].fail_times = -1;
    w.types[WORLD_KEYED].final = 1;
    world_submit(&w, world_alert);
    world_settle(&w);
    ck_assert_uint_eq(how_many("dead"), 1);
    ck_assert_uint_eq(how_many("undos"), 1); /* which keeps the alert's records */
    w.types[WORLD_KEYED].fail = 0;
    w.types[WORLD_KEYED].requests = 10;
    w.fake.slow = "example";
    ck_assert_int_eq(fir_engine_replay(w.engine, id_in("dead"), "ann", NULL, NULL), 0);
    world_settle(&w);
    ck_assert_int_eq(w.types[WORLD_KEYED].advanced, 2); /* it is on its way */
    make_shorter();
    restart();
    ck_assert_uint_eq(how_many("dead"), 0);
    world_settle(&w);
    ck_assert_int_eq(w.types[WORLD_KEYED].advanced, 3); /* and goes on */
    w.types[WORLD_KEYED].fail = FIR_EACTION;
    restart();
    world_settle(&w);
    ck_assert_uint_eq(how_many("dead"), 1);
    ck_assert_int_eq(fir_engine_discard(w.engine, id_in("dead"), "ann", NULL, NULL), 0);
    make_shorter();
    restart();
    world_settle(&w);
    ck_assert_uint_eq(how_many("dead"), 0);
    ck_assert_uint_eq(how_many("undos"), 1);
    end();
}
END_TEST

/* ---- letters of what the playbook does not plan any more ---- */

static fir_playbook *first_playbook;

/* Another engine, by the playbook that it began with, or by one that plans nothing of it. */
static void restart_by(bool the_first)
{
    fir_engine_options o = {.size = sizeof o, .store = &disk};
    fir_engine_free(w.engine);
    if (first_playbook == NULL) {
        first_playbook = w.playbook;
    } else if (w.playbook != first_playbook) {
        fir_playbook_unref(w.playbook);
    }
    w.playbook = the_first ? first_playbook
                           : world_compile(w.catalog,
                                           "- rule: S\n  condition: proc.name = sh\n  actions: [{action: b, use: 'test:keyed'}]\n");
    open_with(&o);
    world_settle(&w);
}

static void expect_lost(const char *message)
{
    fir_error err = {0};
    json_t *v = pending();
    const json_t *letter = json_array_get(json_object_get(v, "dead"), 0);
    ck_assert_uint_eq(json_array_size(json_object_get(v, "dead")), 1);
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(letter, "error"), "message")), message);
    ck_assert(json_is_false(json_object_get(letter, "planned")));
    ck_assert_str_eq(json_string_value(json_object_get(letter, "rule")), "R");
    ck_assert_str_eq(json_string_value(json_object_get(letter, "use")), "test:mute");
    ck_assert_uint_eq(json_array_size(json_object_get(v, "waiting")), 0);
    json_decref(v);
    int before = words;
    ck_assert_int_eq(fir_engine_replay(w.engine, id_in("dead"), "ann", NULL, &err), FIR_ESTATE);
    ck_assert_str_eq(err.message,
                     "the playbook does not plan this action any more (rule 'R', step 'a'), and without it nobody knows what "
                     "to do; hint: start the engine with the playbook that planned it and replay it then, or discard it");
    ck_assert_int_eq(words, before);
    ck_assert_uint_eq(how_many("dead"), 1);
}

/* What each verb's beginning leaves: an undo, a letter, (the same), a step that waits. */
static const struct {
    const char *outcome, *message;
} losses[VERBS] = {
    {"a:undo_failed:0", "it was done, and cannot be undone: the playbook does not plan it any more"},
    {"", "not now"},
    {"", "not now"},
    {"a:failed:0", "the playbook does not plan it any more"},
};

static void lose(int i)
{
    fir_engine_options o = on_memory();
    first_playbook = NULL;
    begin_verb(i, &o);
    restart_by(false);
    ck_assert_str_eq(world_outcomes(&w), losses[i].outcome);
    expect_lost(losses[i].message);
    make_shorter();
    restart_by(false); /* told once, and still there */
    ck_assert_str_eq(world_outcomes(&w), "");
    expect_lost(losses[i].message);
    ck_assert_int_eq(done, 0);
}

static void end_lost(void)
{
    if (w.playbook != first_playbook) {
        fir_playbook_unref(first_playbook);
    }
    end();
}

START_TEST(a_playbook_that_is_back)
{
    lose(_i);
    int acted = atomic_load(&book->acted);
    w.fake.now_ns += 31 * 60 * FIR__SECOND;
    restart_by(true);
    ck_assert_int_eq(atomic_load(&book->acted), acted); /* nothing begins again by itself, */
    if (_i == 0) {
        ck_assert_int_eq(atomic_load(&book->undone), 1); /* but what is to be undone is */
        ck_assert_uint_eq(how_many("dead"), 0);
    } else {
        ck_assert_uint_eq(how_many("dead"), 1);
        ck_assert_int_eq(fir_engine_replay(w.engine, id_in("dead"), "ann", NULL, NULL), 0);
        world_settle(&w);
        ck_assert_int_eq(atomic_load(&book->acted), acted + 1);
        ck_assert_uint_eq(how_many("dead"), 0);
    }
    end_lost();
}
END_TEST

/* What was told as failed begins by an operator's word alone. */
START_TEST(a_step_that_was_to_come)
{
    fir_engine_options o = on_memory();
    const fir_action_type t = {.size = sizeof t, .name = "test:mute", .prepare = prepare_it, .advance = do_it, .undo = undo_it};
    first_playbook = NULL;
    atomic_store(&book->acted, 0);
    atomic_store(&book->failing, 0);
    world_open_by_clock(&w, RULE "  actions: [{action: a, use: 'test:mute'}]\n", &o);
    ck_assert_int_eq(fir_engine_register(w.engine, &t, NULL, NULL), 0);
    world_submit(&w, world_alert);
    restart_by(false);
    ck_assert_str_eq(world_outcomes(&w), "a:failed:0");
    expect_lost("the playbook does not plan it any more");
    restart_by(true);
    ck_assert_int_eq(atomic_load(&book->acted), 0);
    ck_assert_uint_eq(how_many("dead"), 1);
    ck_assert_int_eq(fir_engine_replay(w.engine, id_in("dead"), "ann", NULL, NULL), 0);
    world_settle(&w);
    ck_assert_int_eq(atomic_load(&book->acted), 1);
    end_lost();
}
END_TEST

START_TEST(a_lost_letter_is_discarded)
{
    lose(_i);
    int acted = atomic_load(&book->acted);
    ck_assert_int_eq(fir_engine_discard(w.engine, id_in("dead"), "ann", NULL, NULL), 0);
    ck_assert_int_eq(words, 1);
    world_settle(&w);
    ck_assert_uint_eq(how_many("dead"), 0);
    ck_assert_int_eq(done, 1);
    restart_by(false);
    ck_assert_uint_eq(how_many("dead"), 0);
    w.fake.now_ns += 31 * 60 * FIR__SECOND;
    restart_by(true);
    ck_assert_uint_eq(how_many("dead"), 0);
    ck_assert_int_eq(atomic_load(&book->acted), acted);
    ck_assert_int_eq(atomic_load(&book->undone), 0);
    end_lost();
}
END_TEST

/* ---- a process that ends ---- */

static char dir[100];

static void kill_at(void *ctx, const char *point)
{
    if (strcmp(ctx, point) == 0) {
        (void)kill(getpid(), SIGKILL);
    }
}

/* What an operator has laid down is taken up by a process that ends at that point. */
static void die_at(const char *point)
{
    static char where[20];
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        fir_engine_options o = {.size = sizeof o, .data_dir = dir};
        open_with(&o);
        (void)snprintf(where, sizeof where, "%s", point);
        w.engine->crash = kill_at;
        w.engine->crash_ctx = where;
        world_settle(&w);
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* The records of an operator with this word. */
static int count_words(const char *verb)
{
    fir_journal *j;
    char wanted[80];
    int n = 0;
    uint64_t cursor = 0;
    fir_buf b;
    (void)snprintf(wanted, sizeof wanted, "\"command\":\"%s\",\"file\":\"0", verb);
    ck_assert_int_eq(fir_journal_open(dir, NULL, &j, NULL), 0);
    while (fir_journal_export(j, &cursor, &b, NULL) == 0) {
        for (const char *p = b.ptr; (p = strstr(p, wanted)) != NULL; p++) {
            n++;
        }
        fir_buf_dispose(&b);
    }
    fir_journal_verdict v = {.size = sizeof v};
    ck_assert_int_eq(fir_journal_verify(j, NULL, &v, NULL), 0);
    ck_assert_uint_eq(v.broken, 0);
    fir_journal_free(j);
    return n;
}

/* _i: the verb, twice: before its word is written, and behind it. */
START_TEST(a_process_that_ends_at_a_word)
{
    int verb = _i / 2;
    const char *point = _i % 2 == 0 ? "word.before" : "word.after";
    (void)snprintf(dir, sizeof dir, "/tmp/falcoir-words-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    fir_engine_options o = {.size = sizeof o, .data_dir = dir};
    begin_verb(verb, &o);
    const fir_command c = {
        .size = sizeof c, .verb = verbs[verb].verb, .id = id_in(verbs[verb].list), .who = "ann", .why = "because"};
    int acted = atomic_load(&book->acted);
    fir_engine_free(w.engine);
    ck_assert_int_eq(fir_command_send(dir, &c, 0, NULL), FIR_EAGAIN);
    die_at(point);
    ck_assert_int_eq(count_words(verbs[verb].verb), _i % 2);
    ck_assert_int_eq(atomic_load(&book->acted), acted);
    ck_assert_int_eq(atomic_load(&book->undone), 0);
    for (int k = 0; k < 2; k++) { /* the next process does it; the one behind it has nothing more to do */
        o = (fir_engine_options){.size = sizeof o, .data_dir = dir};
        open_with(&o);
        world_settle(&w);
        expect_done(verb);
        ck_assert_int_eq(count_words(verbs[verb].verb), 1);
        if (k == 0) {
            fir_engine_free(w.engine);
        }
    }
    world_close(&w);
    char command[150];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("engine_words");
    TCase *t = tcase_create("engine_words");
    fir_test_deeds_begin();
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, a_word_that_cannot_be_written_is_not_done, 0, VERBS);
    tcase_add_test(t, a_replay_in_vain_leaves_nothing_behind);
    tcase_add_test(t, feedback_that_cannot_be_written_is_still_asked_for);
    tcase_add_test(t, words_last_over_a_shorter_journal);
    tcase_add_loop_test(t, a_playbook_that_is_back, 0, VERBS);
    tcase_add_test(t, a_step_that_was_to_come);
    tcase_add_loop_test(t, a_lost_letter_is_discarded, 0, VERBS);
    tcase_add_loop_test(t, a_process_that_ends_at_a_word, 0, 2 * VERBS);
    suite_add_tcase(s, t);
    int code = fir_test_run(s);
    return code;
}
