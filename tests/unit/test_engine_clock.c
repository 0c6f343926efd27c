/* SPDX-License-Identifier: Apache-2.0 */
/* The wall clock jumps, while the engine runs and while it does not: nothing is lost, done twice, approved, or allowed by it. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sbuf.h"
#include "base/time.h"
#include "store/store.h"
#include "support/suite.h"
#include "support/world.h"

#define RULE "- rule: R\n  condition: proc.name = sh\n"
#define MINUTE (60 * FIR__SECOND)
#define HOUR (60 * MINUTE)
#define YEAR (365 * 24 * HOUR)

static world w;
static fir_store memory, kept; /* the same records for one engine after the other */
static int undone;

/* ---- a type with an undo ---- */

static int prepare_it(void *self, fir_call *c)
{
    (void)self;
    return fir_call_record(c, "{\"was\":1}", 9);
}

static int do_it(void *self, fir_call *c)
{
    (void)self;
    (void)c;
    return FIR_CALL_DONE;
}

static int undo_it(void *self, fir_call *c)
{
    (void)self;
    (void)c;
    undone++;
    return FIR_CALL_DONE;
}

static void register_mute(void)
{
    const fir_action_type t = {.size = sizeof t, .name = "test:mute", .prepare = prepare_it, .advance = do_it, .undo = undo_it};
    ck_assert_int_eq(fir_engine_register(w.engine, &t, NULL, NULL), 0);
}

/* ---- engines, one after the other ---- */

static void begin(const char *yaml)
{
    fir_error err;
    ck_assert_int_eq(fir__store_memory(&fir__default_allocator, &memory, &err), 0);
    kept = memory;
    kept.close = NULL;
    const fir_engine_options o = {.size = sizeof o, .store = &kept};
    world_open_by_clock(&w, yaml, &o);
    register_mute();
    undone = 0;
}

static void jump(int64_t ns)
{
    w.fake.wall_offset_ns += ns;
}

static void pass(int64_t ns)
{
    w.fake.now_ns += ns;
    world_settle(&w);
}

/* The next engine begins when the wall clock shows so much more; its monotonic clock is another one. */
static void restart(int64_t ns)
{
    world_end_engine(&w, ns);
    const fir_engine_options o = {.size = sizeof o, .store = &kept};
    world_next_engine(&w, &o);
    register_mute();
}

static void end(void)
{
    world_close(&w);
    memory.close(memory.self);
}

/* Another alert of now. */
static void submit(void)
{
    static int n;
    char text[500];
    fir_error err;
    fir__sbuf time;
    fir__sbuf_init(&time, &fir__default_allocator, 64);
    fir__time_format(&time, world_wall(&w));
    (void)snprintf(text, sizeof text,
                   "{\"output\":\"x\",\"output_fields\":{\"k8s.ns.name\":\"prod\",\"k8s.pod.name\":\"web\",\"proc.name\":\"sh\","
                   "\"n\":%d},\"priority\":\"Warning\",\"rule\":\"Shell\",\"time\":\"%.*s\"}",
                   n++, (int)time.len, time.ptr);
    fir__sbuf_free(&time);
    ck_assert_int_eq(fir_engine_submit(w.engine, text, strlen(text), NULL, &err), 0);
}

static void run_one(const char *yaml)
{
    begin(yaml);
    submit();
    world_settle(&w);
}

static const char *first(const char *list, const char *key)
{
    static char text[400];
    fir_buf b;
    ck_assert_int_eq(fir_engine_pending_json(w.engine, &b, NULL), 0);
    json_t *v = json_loadb(b.ptr, b.len, 0, NULL);
    fir_buf_dispose(&b);
    const char *s = json_string_value(json_object_get(json_array_get(json_object_get(v, list), 0), key));
    (void)snprintf(text, sizeof text, "%s", s != NULL ? s : "");
    json_decref(v);
    return text;
}

static int64_t time_of(const char *list, const char *key)
{
    int64_t ns = -1;
    const char *text = first(list, key);
    ck_assert_msg(fir__time_parse((fir_str){text, strlen(text)}, &ns), "%s", text);
    return ns;
}

static int decide(int yes)
{
    char id[40];
    (void)snprintf(id, sizeof id, "%s", first("approvals", "approval"));
    ck_assert_uint_eq(strlen(id), 16);
    return fir_engine_decide(w.engine, id, yes, "ann", NULL, NULL);
}

/* Jumps of a clock: a little, a lot, over the end of 32 bits, and back again. */
static const int64_t jumps[] = {HOUR, -HOUR, 30 * YEAR, -30 * YEAR, -FIR__SECOND, FIR__SECOND};
enum { JUMPS = sizeof jumps / sizeof *jumps };

/* ---- undos ---- */

#define UNDO RULE "  actions: [{action: a, use: 'test:mute', undo_after: 30m}]\n"

/* _i: the jump. */
START_TEST(an_undo_while_it_runs)
{
    run_one(UNDO);
    jump(jumps[_i]);
    pass(30 * MINUTE - 1);
    jump(-jumps[_i] / 2);
    world_settle(&w);
    ck_assert_int_eq(undone, 0);
    pass(1);
    ck_assert_int_eq(undone, 1);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1 a:undone:1");
    pass(HOUR);
    ck_assert_int_eq(undone, 1);
    end();
}
END_TEST

/* How much the wall clock shows to have passed, and how long the undo then still waits. */
static const struct {
    int64_t shown, left;
} undos[] = {{10 * MINUTE, 20 * MINUTE},
             {0, 30 * MINUTE},
             {-5 * HOUR, 30 * MINUTE},
             {-30 * YEAR, 30 * MINUTE},
             {30 * MINUTE, 0},
             {HOUR, 0},
             {30 * YEAR, 0},
             {30 * MINUTE - 1, 1},
             {-1, 30 * MINUTE},
             {29 * MINUTE, MINUTE}};

START_TEST(an_undo_over_a_restart)
{
    run_one(UNDO);
    ck_assert_int_eq(time_of("undos", "undo_at"), world_wall(&w) + 30 * MINUTE);
    restart(undos[_i].shown);
    if (undos[_i].left > 0) {
        ck_assert_int_eq(time_of("undos", "undo_at"), world_wall(&w) + undos[_i].left);
        pass(undos[_i].left - 1);
        ck_assert_int_eq(undone, 0);
        pass(1);
    } else {
        world_settle(&w);
    }
    ck_assert_int_eq(undone, 1);
    ck_assert_str_eq(world_outcomes(&w), "a:undone:1");
    restart(-10 * HOUR); /* and it stays so, whatever the clock says then */
    pass(2 * HOUR);
    restart(30 * YEAR);
    pass(2 * HOUR);
    ck_assert_int_eq(undone, 1);
    end();
}
END_TEST

START_TEST(an_undo_over_many_restarts)
{
    run_one(UNDO);
    for (int i = 0; i < 5; i++) { /* each sets the clock back: none has it wait longer than from its own beginning */
        restart(-HOUR);
        ck_assert_int_eq(time_of("undos", "undo_at"), world_wall(&w) + 30 * MINUTE);
        pass(29 * MINUTE);
        ck_assert_int_eq(undone, 0);
    }
    pass(MINUTE);
    ck_assert_int_eq(undone, 1);
    end();
}
END_TEST

START_TEST(an_undo_by_hand_is_kept_for_a_day)
{
    run_one(RULE "  actions: [{action: a, use: 'test:mute'}]\n");
    restart(-30 * HOUR);
    pass(24 * HOUR - 1);
    ck_assert_str_ne(first("undos", "action_id"), "");
    pass(1);
    ck_assert_str_eq(first("undos", "action_id"), "");
    ck_assert_int_eq(undone, 0);
    end();
}
END_TEST

/* ---- approvals ---- */

#define ASK(on) RULE "  require_approval: {timeout: 5m, on_timeout: " on "}\n  actions: [{action: a, use: 'test:destroy'}]\n"

START_TEST(silence_while_it_runs)
{
    static const char *const ends[] = {":needs_approval:0 a:rejected:0", ":needs_approval:0 a:succeeded:1"};
    for (int approve = 0; approve < 2; approve++) {
        run_one(approve ? ASK("approve") : ASK("reject"));
        jump(jumps[_i]);
        pass(5 * MINUTE - 1);
        ck_assert_str_eq(world_outcomes(&w), ":needs_approval:0");
        int64_t off = time_of("approvals", "expires") - (world_wall(&w) + 1);
        ck_assert_int_le(off < 0 ? -off : off, FIR__SECOND); /* what people are told goes with their clock */
        jump(-2 * jumps[_i]);
        world_settle(&w);
        ck_assert_str_eq(world_outcomes(&w), ":needs_approval:0");
        pass(1);
        ck_assert_str_eq(world_outcomes(&w), ends[approve]);
        ck_assert_int_eq(w.types[WORLD_DESTROY].advanced, approve);
        end();
    }
}
END_TEST

START_TEST(an_answer_in_time)
{
    run_one(ASK("reject"));
    jump(jumps[_i]);
    pass(5 * MINUTE - 1);
    jump(jumps[_i] / 2);
    ck_assert_int_eq(decide(1), 0);
    world_settle(&w);
    ck_assert_str_eq(world_outcomes(&w), ":needs_approval:0 a:succeeded:1");
    end();
    run_one(ASK("reject"));
    jump(jumps[_i]);
    w.fake.now_ns += 5 * MINUTE;
    ck_assert_int_eq(decide(1), FIR_ESTATE); /* too late, whatever the clock on the wall says */
    world_settle(&w);
    ck_assert_int_eq(w.types[WORLD_DESTROY].advanced, 0);
    end();
}
END_TEST

/* left: 0: over. Silence that rejects believes the clock where that cannot be too late; silence that approves begins anew. */
static const struct {
    int64_t shown, left;
} silences[] = {{2 * MINUTE, 3 * MINUTE}, {5 * MINUTE - 1, 1}, {5 * MINUTE, 0},         {HOUR, 0},
                {30 * YEAR, 0},           {-1, 5 * MINUTE},    {-30 * YEAR, 5 * MINUTE}};

START_TEST(silence_over_a_restart)
{
    run_one(ASK("reject"));
    restart(silences[_i].shown);
    if (silences[_i].left > 0) {
        pass(silences[_i].left - 1);
        ck_assert_str_eq(world_outcomes(&w), "");
        pass(1);
    } else {
        world_settle(&w);
    }
    ck_assert_str_eq(world_outcomes(&w), "a:rejected:0");
    end();
    run_one(ASK("approve"));
    for (int i = 0; i < 2; i++) {
        restart(silences[_i].shown);
        pass(5 * MINUTE - 1);
        ck_assert_str_eq(world_outcomes(&w), "");
    }
    ck_assert_int_eq(w.types[WORLD_DESTROY].advanced, 0);
    pass(1);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    end();
}
END_TEST

/* A person's word is for one time; a clock that is set back between the word and the deed does not make it one for two. */
START_TEST(a_word_that_is_spent)
{
    run_one(RULE "  require_approval: {timeout: 5h}\n  actions: [{action: a, use: 'test:unsafe'}]\n");
    w.types[WORLD_UNSAFE].requests = 1;
    w.fake.slow = "example";
    w.fake.now_ns += MINUTE;
    ck_assert_int_eq(decide(1), 0);
    jump(jumps[_i]);
    world_settle(&w);
    ck_assert_int_eq(w.types[WORLD_UNSAFE].advanced, 1); /* its request has left, and no answer comes */
    restart(jumps[JUMPS - 1 - _i]);
    world_settle(&w);
    ck_assert_int_eq(w.types[WORLD_UNSAFE].advanced, 1);
    ck_assert_str_eq(world_outcomes(&w), ":needs_approval:0");
    restart(MINUTE); /* asked once more, not twice more */
    world_settle(&w);
    ck_assert_str_eq(world_outcomes(&w), "");
    ck_assert_int_eq(w.types[WORLD_UNSAFE].advanced, 1);
    w.types[WORLD_UNSAFE].requests = 0;
    ck_assert_int_eq(decide(1), 0);
    restart(-HOUR); /* the new word is a fresh one */
    world_settle(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    ck_assert_int_eq(w.types[WORLD_UNSAFE].advanced, 2);
    end();
}
END_TEST

/* ---- valid_for ---- */

#define VALID RULE "  valid_for: 2m\n  actions: [{action: a, use: 'test:destroy'}]\n"

START_TEST(valid_for_while_it_runs)
{
    begin(VALID);
    submit();
    jump(jumps[_i]);
    w.fake.now_ns += 2 * MINUTE;
    world_settle(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    end();
    begin(VALID);
    submit();
    jump(jumps[_i]);
    w.fake.now_ns += 2 * MINUTE + 1;
    world_settle(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:expired:0");
    end();
}
END_TEST

/* Set back behind its acceptance by more than max_skew, the clock says nothing: then it is not done. */
static const struct {
    int64_t shown;
    const char *outcome;
} ages[] = {
    {MINUTE, "a:succeeded:1"},       {2 * MINUTE, "a:succeeded:1"},  {2 * MINUTE + 1, "a:expired:0"},  {HOUR, "a:expired:0"},
    {-FIR__SECOND, "a:succeeded:1"}, {-5 * MINUTE, "a:succeeded:1"}, {-5 * MINUTE - 1, "a:expired:0"}, {-30 * YEAR, "a:expired:0"}};

START_TEST(valid_for_over_a_restart)
{
    begin(VALID);
    submit();
    restart(ages[_i].shown);
    world_settle(&w);
    ck_assert_str_eq(world_outcomes(&w), ages[_i].outcome);
    end();
}
END_TEST

/* ---- cool-downs and budgets ---- */

#define ONCE RULE "  once_per: {window: 10m}\n  actions: [{action: a, use: 'test:keyed'}]\n"
#define DESTROY RULE "  actions: [{action: a, use: 'test:destroy'}]\n" /* one target: once in ten minutes */

static const char *const again[] = {ONCE, DESTROY};
static const char *const refused[] = {":cooling:0", ":needs_approval:0"};

START_TEST(what_was_taken_while_it_runs)
{
    for (int k = 0; k < 2; k++) {
        char wanted[100];
        run_one(again[k]);
        (void)snprintf(wanted, sizeof wanted, "a:succeeded:1 %s", refused[k]);
        jump(jumps[_i]);
        submit();
        world_settle(&w);
        ck_assert_str_eq(world_outcomes(&w), wanted);
        jump(-jumps[_i]);
        w.fake.now_ns += 10 * MINUTE; /* and no longer than it says */
        jump(jumps[_i]);
        submit();
        world_settle(&w);
        (void)snprintf(wanted, sizeof wanted, "a:succeeded:1 %s a:succeeded:1", refused[k]);
        ck_assert_str_eq(world_outcomes(&w), wanted);
        end();
    }
}
END_TEST

static const struct {
    int64_t shown;
    int64_t left; /* 0: free at once */
} taken[] = {{MINUTE, 9 * MINUTE}, {10 * MINUTE, 0}, {HOUR, 0}, {-HOUR, 10 * MINUTE}, {-30 * YEAR, 10 * MINUTE}, {-1, 10 * MINUTE}};

START_TEST(what_was_taken_over_a_restart)
{
    for (int k = 0; k < 2; k++) {
        char wanted[100] = "";
        run_one(again[k]);
        restart(taken[_i].shown);
        if (taken[_i].left > 0) {
            w.fake.now_ns += taken[_i].left - 1;
            submit();
            world_settle(&w);
            ck_assert_str_eq(world_outcomes(&w), refused[k]);
            (void)snprintf(wanted, sizeof wanted, "%s ", refused[k]);
            w.fake.now_ns += 1;
        }
        submit();
        world_settle(&w);
        (void)snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "a:succeeded:1");
        ck_assert_str_eq(world_outcomes(&w), wanted);
        end();
    }
}
END_TEST

/* An alert's age is the one thing that only the wall clock can say. */
START_TEST(stale_goes_by_the_wall)
{
    run_one(DESTROY);
    jump(HOUR);
    world_submit(&w, world_alert);
    jump(-2 * HOUR);
    world_submit(&w, world_alert);
    world_settle(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1 :stale:0 :stale:0");
    end();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("engine_clock");
    TCase *t = tcase_create("engine_clock");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, an_undo_while_it_runs, 0, JUMPS);
    tcase_add_loop_test(t, an_undo_over_a_restart, 0, (int)(sizeof undos / sizeof *undos));
    tcase_add_test(t, an_undo_over_many_restarts);
    tcase_add_test(t, an_undo_by_hand_is_kept_for_a_day);
    tcase_add_loop_test(t, silence_while_it_runs, 0, JUMPS);
    tcase_add_loop_test(t, an_answer_in_time, 0, JUMPS);
    tcase_add_loop_test(t, silence_over_a_restart, 0, (int)(sizeof silences / sizeof *silences));
    tcase_add_loop_test(t, a_word_that_is_spent, 0, JUMPS);
    tcase_add_loop_test(t, valid_for_while_it_runs, 0, JUMPS);
    tcase_add_loop_test(t, valid_for_over_a_restart, 0, (int)(sizeof ages / sizeof *ages));
    tcase_add_loop_test(t, what_was_taken_while_it_runs, 0, JUMPS);
    tcase_add_loop_test(t, what_was_taken_over_a_restart, 0, (int)(sizeof taken / sizeof *taken));
    tcase_add_test(t, stale_goes_by_the_wall);
    suite_add_tcase(s, t);
    int code = fir_test_run(s);
    return code;
}
