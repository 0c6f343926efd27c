/* SPDX-License-Identifier: Apache-2.0 */
/* fir_engine_stop while an engine's own threads work off what is left. */
#include <check.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "base/time.h"
#include "support/suite.h"
#include "support/world.h"

static world w;

#define RULE "- rule: R\n  condition: proc.name = sh\n"

/* Waits that end by a word or an answer, never by the time: a stop that lets one run out would hang. */
static pthread_mutex_t word_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t word = PTHREAD_COND_INITIALIZER;
static bool said;

static int wait_for_a_word(void *self, int64_t wait_ns, fir_error *err)
{
    if (w.fake.in_flight != 0) {
        return w.fake.transport.wait(self, wait_ns, err);
    }
    pthread_mutex_lock(&word_lock);
    while (wait_ns > 0 && !said) {
        pthread_cond_wait(&word, &word_lock);
    }
    said = false;
    pthread_mutex_unlock(&word_lock);
    return 0;
}

static int say_a_word(void *self)
{
    (void)self;
    pthread_mutex_lock(&word_lock);
    said = true;
    pthread_cond_signal(&word);
    pthread_mutex_unlock(&word_lock);
    return 0;
}

static void open_waiting(const char *yaml)
{
    fake_init(&w.fake);
    fir_transport t = w.fake.transport;
    t.wait = wait_for_a_word;
    t.wake = say_a_word;
    const fir_engine_options o = {.size = sizeof o, .transport = &t};
    world_open(&w, yaml, &o);
}

START_TEST(a_stop_lets_no_wait_run_out)
{
    open_waiting(RULE "  actions: [{action: a, use: 'http:webhook', parameters: {url: 'https://h.example/'}}]\n");
    for (int i = 0; i < 50; i++) { /* whether there is something to do or not, and wherever the one that polls is just now */
        ck_assert_int_eq(fir_engine_start(w.engine, NULL), 0);
        for (int k = 0; k < i % 3; k++) {
            world_submit(&w, world_alert);
        }
        ck_assert_int_eq(fir_engine_stop(w.engine, 60 * FIR__SECOND, NULL), 0);
    }
    ck_assert_uint_eq(w.fake.n, 49);
    world_close(&w);
}
END_TEST

static void *stop_in_its_own_time(void *rc)
{
    *(int *)rc = fir_engine_stop(w.engine, INT64_MAX, NULL);
    return NULL;
}

START_TEST(a_second_stop_hurries_the_first)
{
    open_waiting(RULE "  actions: [{action: a, use: 'http:webhook', undo_after: 1d, parameters: {url: 'https://h.example/', "
                      "undo_url: 'https://h.example/undo'}}]\n");
    for (int i = 0; i < 20; i++) {
        pthread_t other;
        int rc = -1;
        ck_assert_int_eq(fir_engine_start(w.engine, NULL), 0);
        world_submit(&w, world_alert); /* its undo is a day away: what waits for that would hang here */
        ck_assert_int_eq(pthread_create(&other, NULL, stop_in_its_own_time, &rc), 0);
        if (i % 2 == 0) {
            (void)nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        }
        int mine = fir_engine_stop(w.engine, 0, NULL);
        ck_assert_int_eq(pthread_join(other, NULL), 0);
        ck_assert(mine == 0 || rc == 0);
        ck_assert(mine == 0 || mine == FIR_ESTATE); /* the other may have found the end before this one came */
        ck_assert(rc == 0 || rc == FIR_ESTATE);
        ck_assert_int_eq(fir_engine_stop(w.engine, 0, NULL), FIR_ESTATE);
    }
    world_close(&w);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("engine stop");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, a_stop_lets_no_wait_run_out);
    tcase_add_test(t, a_second_stop_hurries_the_first);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
