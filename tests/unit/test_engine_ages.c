/* SPDX-License-Identifier: Apache-2.0 */
/* What is forgotten is ninety days old by time that passed, and not by a clock that was set. */
#include <check.h>
#include <falcoir/journal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "engine/private.h"
#include "store/store.h"
#include "support/store.h"
#include "support/suite.h"
#include "support/world.h"

#define PLAYBOOK "- rule: R\n  condition: proc.name = sh\n  actions: [{action: a, use: 'test:keyed'}]\n"
#define DAY (24 * 60 * 60 * FIR__SECOND)

static world w;
static char dir[128];
static fir_store disk, seen;
static int64_t before; /* what the store was told last; -1: nothing */

static int forget_it(void *self, int64_t before_ns, fir_error *err)
{
    before = before_ns;
    return disk.forget(self, before_ns, err);
}

static fir_engine_options on_disk(void)
{
    const fir__store_options o = {.allocator = &fir__default_allocator, .dir = dir, .synced = false};
    fir_error err = {0};
    ck_assert_msg(fir__store_open(&o, &disk, &err) == 0, "%s", err.message);
    seen = disk;
    seen.forget = forget_it;
    return (fir_engine_options){.size = sizeof(fir_engine_options), .store = &seen};
}

static void set_up(void)
{
    fir_test_dir_make(dir, NULL);
    const fir_engine_options o = on_disk();
    world_open_by_clock(&w, PLAYBOOK, &o);
}

static void tear_down(void)
{
    world_close(&w);
    fir_test_dir_remove(dir);
}

static void jump(int64_t ns)
{
    w.fake.wall_offset_ns += ns;
}

static void pass_days(int n)
{
    for (int i = 0; i < n; i++) {
        w.fake.now_ns += DAY;
        world_settle(&w);
    }
}

/* The next engine begins when the wall clock shows so much more; its monotonic clock is another one. */
static void restart(int64_t ns)
{
    world_end_engine(&w, ns);
    const fir_engine_options o = on_disk();
    world_next_engine(&w, &o);
    world_settle(&w);
}

/* The number of the oldest record, when the journal was tidied up. */
static uint64_t tidy(void)
{
    fir_journal *j;
    fir_journal_verdict v = {.size = sizeof v};
    world_submit(&w, world_alert);
    before = -1;
    w.fake.now_ns += 61 * FIR__SECOND;
    world_settle(&w);
    atomic_store(&w.engine->n_appended, 1000000);
    world_settle(&w);
    ck_assert_uint_lt(atomic_load(&w.engine->n_appended), 100);
    ck_assert_int_ge(before, 0);
    ck_assert_int_eq(fir_journal_open(dir, NULL, &j, NULL), 0);
    ck_assert_int_eq(fir_journal_verify(j, NULL, &v, NULL), 0);
    ck_assert_uint_eq(v.broken, 0);
    fir_journal_free(j);
    return v.first;
}

/* From here on the days are known, and the oldest are over: what is forgotten is behind the wall clock by so much. */
static void begin_knowing(void)
{
    pass_days(93);
    ck_assert_uint_gt(tidy(), 1);
    ck_assert_int_ge(before, world_wall(&w) - 92 * DAY);
    ck_assert_int_le(before, world_wall(&w) - 90 * DAY);
}

/* _i: how far the clock is set, in days. */
static const int jumps[] = {100, 3650, -3650, -1};
enum { JUMPS = sizeof jumps / sizeof *jumps };

START_TEST(a_new_journal)
{
    ck_assert_uint_eq(tidy(), 1);
    jump(jumps[_i] * DAY);
    ck_assert_uint_eq(tidy(), 1);
    pass_days(89);
    ck_assert_uint_eq(tidy(), 1);
    pass_days(4);
    if (jumps[_i] > -90) {
        ck_assert_uint_gt(tidy(), 1);
    } else { /* what was written before the clock went back says that it is yet to come, and waits for its own time */
        ck_assert_uint_eq(tidy(), 1);
    }
}
END_TEST

START_TEST(a_jump_while_it_runs)
{
    begin_knowing();
    int64_t true_wall = world_wall(&w);
    uint64_t first = tidy();
    jump(jumps[_i] * DAY);
    ck_assert_uint_eq(tidy(), first);
    ck_assert_int_le(before, true_wall - 90 * DAY);
    pass_days(10);
    true_wall += 10 * DAY;
    if (jumps[_i] > 0) { /* it goes on as time does */
        ck_assert_uint_gt(tidy(), first);
        ck_assert_int_ge(before, true_wall - 92 * DAY);
        ck_assert_int_le(before, true_wall - 90 * DAY + 10 * 60 * FIR__SECOND);
    } else {
        (void)tidy();
        ck_assert_int_le(before, true_wall - 90 * DAY);
    }
}
END_TEST

/* There and back again between two looks: what was written then, and before and after, is as old as it is. */
START_TEST(a_jump_and_back)
{
    begin_knowing();
    uint64_t first = tidy();
    int64_t true_wall = world_wall(&w);
    jump(1000 * DAY);
    world_submit(&w, world_alert);
    world_settle(&w);
    jump(-1000 * DAY);
    ck_assert_uint_eq(tidy(), first);
    ck_assert_int_le(before, true_wall - 90 * DAY + 10 * 60 * FIR__SECOND);
    ck_assert_int_ge(before, true_wall - 92 * DAY);
}
END_TEST

/* A record of a clock that was behind for a moment looks old, and is not; _i: over a restart. */
START_TEST(back_and_there_again)
{
    begin_knowing();
    int64_t true_wall = world_wall(&w);
    jump(-200 * DAY);
    world_submit(&w, world_alert);
    world_settle(&w);
    jump(200 * DAY);
    if (_i == 1) {
        restart(FIR__SECOND);
    }
    (void)tidy();
    ck_assert_int_le(before, true_wall - 200 * DAY);
    ck_assert_int_ge(before, true_wall - 201 * DAY);
    pass_days(93);
    (void)tidy();
    ck_assert_int_ge(before, world_wall(&w) - 92 * DAY);
}
END_TEST

/* Nobody knows how long nothing ran: a day is believed, whatever the clock says. */
START_TEST(a_jump_over_a_restart)
{
    begin_knowing();
    int64_t true_wall = world_wall(&w);
    restart(jumps[_i] * DAY);
    (void)tidy();
    ck_assert_int_le(before, true_wall - 89 * DAY + 10 * 60 * FIR__SECOND);
    uint64_t first = tidy();
    restart(FIR__SECOND); /* it was one jump, and counts once */
    ck_assert_uint_eq(tidy(), first);
    if (jumps[_i] > 0) {
        pass_days(10);
        ck_assert_uint_gt(tidy(), first);
        ck_assert_int_ge(before, true_wall + 10 * DAY - 92 * DAY);
    }
}
END_TEST

/* Engines that are killed often, and never run for a day, count what lies between them. */
START_TEST(short_lives)
{
    ck_assert_uint_eq(tidy(), 1);
    for (int i = 0; i < 89; i++) {
        restart(DAY - FIR__SECOND);
    }
    ck_assert_uint_eq(tidy(), 1);
    for (int i = 0; i < 4; i++) {
        restart(DAY);
    }
    ck_assert_uint_gt(tidy(), 1);
    ck_assert_int_le(before, world_wall(&w) - 90 * DAY);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("engine_ages");
    TCase *t = tcase_create("engine_ages");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, a_new_journal, 0, JUMPS);
    tcase_add_loop_test(t, a_jump_while_it_runs, 0, JUMPS);
    tcase_add_test(t, a_jump_and_back);
    tcase_add_loop_test(t, back_and_there_again, 0, 2);
    tcase_add_loop_test(t, a_jump_over_a_restart, 0, JUMPS);
    tcase_add_test(t, short_lives);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
