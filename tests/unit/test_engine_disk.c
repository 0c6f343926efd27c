/* SPDX-License-Identifier: Apache-2.0 */
/* A journal that cannot be written: what destroys waits, and is judged again when it may go on; what only tells is not held up. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/time.h"
#include "store/store.h"
#include "support/suite.h"
#include "support/world.h"

#define RULE "- rule: R\n  condition: proc.name = sh\n"
#define DESTROY "  actions: [{action: a, use: 'test:destroy', parameters: {text: x}}]\n"

static world w;
static fir_store memory, disk;
static int32_t state; /* 0: well; FIR_ELIMIT: full, but for the reserve; FIR_EIO: broken */

static int append(void *self, const fir_record *r, size_t n, uint32_t flags, uint64_t *first, fir_error *err)
{
    (void)self;
    if (state == FIR_EIO || (state != 0 && (flags & FIR_STORE_RESERVE) == 0)) {
        return fir__fail(err, state, "scripted");
    }
    return memory.append(memory.self, r, n, flags, first, err);
}

static int read_on(void *self, uint64_t after, fir_record *out, fir_error *err)
{
    (void)self;
    return memory.read(memory.self, after, out, err);
}

static void close_it(void *self)
{
    (void)self;
    memory.close(memory.self);
}

/* An alert has been accepted, and its action waits for its intent to be written. */
static void begin(const char *yaml, int32_t trouble)
{
    fir_error err;
    state = 0;
    ck_assert_int_eq(fir__store_memory(&fir__default_allocator, &memory, &err), 0);
    disk = (fir_store){.size = sizeof disk, .append = append, .read = read_on, .close = close_it};
    const fir_engine_options o = {.size = sizeof o, .store = &disk};
    world_open_by_clock(&w, yaml, &o);
    world_submit(&w, world_alert);
    state = trouble;
    for (int i = 0; i < 5; i++) {
        int rc = fir_engine_poll(w.engine, 0, &err);
        ck_assert(rc == 0 || rc == FIR_EAGAIN);
    }
    ck_assert_int_eq(w.types[WORLD_DESTROY].advanced, 0);
}

static unsigned long metric(const char *name)
{
    fir_buf b;
    char line[100];
    ck_assert_int_eq(fir_engine_metrics_text(w.engine, &b, NULL), 0);
    (void)snprintf(line, sizeof line, "\n%s ", name);
    const char *at = strstr(b.ptr, line);
    ck_assert_ptr_nonnull(at);
    unsigned long n = strtoul(at + strlen(line), NULL, 10);
    fir_buf_dispose(&b);
    return n;
}

static void end(int advanced)
{
    ck_assert_int_eq(w.types[WORLD_DESTROY].advanced, advanced);
    world_close(&w);
}

static void well_after(int64_t ns)
{
    w.fake.now_ns += ns;
    state = 0;
    world_drain(&w);
}

START_TEST(it_goes_on_when_there_is_room)
{
    begin(RULE DESTROY, FIR_ELIMIT);
    ck_assert_uint_eq(metric("falcoir_journal_refused"), 1);
    well_after(FIR__SECOND);
    ck_assert_uint_eq(metric("falcoir_journal_failed"), 0);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    ck_assert_int_eq(w.types[WORLD_DESTROY].prepared, 1);
    end(1);
}
END_TEST

/* What was found at the target long ago is no ground to destroy it now. */
START_TEST(it_looks_again_after_a_while)
{
    begin(RULE DESTROY, FIR_ELIMIT);
    well_after(10 * FIR__SECOND);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    ck_assert_int_eq(w.types[WORLD_DESTROY].prepared, 2);
    end(1);
}
END_TEST

START_TEST(a_pause_holds)
{
    begin(RULE DESTROY, FIR_ELIMIT);
    (void)fir_engine_pause(w.engine, "me", "not now", NULL);
    well_after(FIR__SECOND);
    ck_assert_str_eq(world_outcomes(&w), "a:paused:1");
    end(0);
}
END_TEST

START_TEST(its_time_is_over)
{
    begin(RULE "  actions: [{action: a, use: 'test:destroy', timeout: 10s, parameters: {text: x}}]\n", FIR_ELIMIT);
    well_after(11 * FIR__SECOND);
    ck_assert_str_eq(world_outcomes(&w), "a:failed:1");
    ck_assert_str_eq(world_error(&w, 0), "the step's time was over before its intent was written");
    end(0);
}
END_TEST

START_TEST(valid_for_is_over)
{
    begin(RULE "  valid_for: 5s\n" DESTROY, FIR_ELIMIT);
    well_after(6 * FIR__SECOND);
    ck_assert_str_eq(world_outcomes(&w), "a:expired:0");
    end(0);
}
END_TEST

START_TEST(a_lost_journal)
{
    begin(RULE "  actions: [{action: a, use: 'test:keyed', parameters: {text: x}}, {action: b, use: 'test:destroy', "
               "parameters: {text: x}}]\n",
          FIR_EIO);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1 b:failed:1");
    ck_assert_str_eq(world_error(&w, 1), "the journal is lost, so nothing destructive is done");
    ck_assert_uint_eq(metric("falcoir_journal_failed"), 1);
    fir_error err;
    ck_assert_int_eq(fir_engine_submit(w.engine, world_alert, strlen(world_alert), NULL, &err), FIR_EIO);
    end(0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("engine_disk");
    TCase *t = tcase_create("engine_disk");
    tcase_add_test(t, it_goes_on_when_there_is_room);
    tcase_add_test(t, it_looks_again_after_a_while);
    tcase_add_test(t, a_pause_holds);
    tcase_add_test(t, its_time_is_over);
    tcase_add_test(t, valid_for_is_over);
    tcase_add_test(t, a_lost_journal);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
