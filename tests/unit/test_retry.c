/* SPDX-License-Identifier: Apache-2.0 */
/* When the engine tries again, and the heap in which what waits for its time stands. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/private.h"
#include "support/suite.h"

static int64_t after(const char *value, int64_t wall_s)
{
    const fir_http_header h[] = {{FIR__S("X"), FIR__S("1")}, {FIR__S("retry-after"), fir__cstr(value)}};
    const fir_http_result r = {.size = sizeof r, .headers = h, .n_headers = 2};
    return fir__retry_after(&r, wall_s * FIR__SECOND);
}

START_TEST(retry_after)
{
    const int64_t t = 784111777; /* Sun, 06 Nov 1994 08:49:37 GMT */
    ck_assert_int_eq(after("0", t), 0);
    ck_assert_int_eq(after("30", t), 30 * FIR__SECOND);
    ck_assert_int_eq(after("601", t), 600 * FIR__SECOND);
    ck_assert_int_eq(after("86400", t), 600 * FIR__SECOND);
    ck_assert_int_eq(after("86401", t), -1);
    ck_assert_int_eq(after("1000000000", t), -1);
    ck_assert_int_eq(after("99999999999999999999999", t), -1);
    ck_assert_int_eq(after("-1", t), -1);
    ck_assert_int_eq(after("", t), -1);
    ck_assert_int_eq(after("soon", t), -1);
    ck_assert_int_eq(after("Sun, 06 Nov 1994 08:49:47 GMT", t), 10 * FIR__SECOND);
    ck_assert_int_eq(after("Sun, 06 Nov 1994 08:49:00 GMT", t), 0);
    ck_assert_int_eq(after("Sun, 06 Nov 1994 18:49:37 GMT", t), 600 * FIR__SECOND);
    ck_assert_int_eq(after("Wed, 21 Oct 2037 07:28:00 GMT", t), -1);
    ck_assert_int_eq(after("Sun, 06 Nov 1994 08:49:47 CET", t), -1);
    ck_assert_int_eq(after("Sun, 06 nov 1994 08:49:47 GMT", t), -1);
    ck_assert_int_eq(after("Sun, 31 Feb 1994 08:49:47 GMT", t), -1);
    ck_assert_int_eq(after("Sun, 06 Nov 1994 0x:49:47 GMT", t), -1);
    const fir_http_result none = {.size = sizeof none};
    ck_assert_int_eq(fir__retry_after(&none, 0), -1);
}
END_TEST

START_TEST(backoff_doubles_and_is_bounded)
{
    static const int64_t bounds[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    for (uint32_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        int64_t bound = bounds[i] * FIR__SECOND;
        ck_assert_int_eq(fir__backoff(i + 1, (uint64_t)bound), bound);
        ck_assert_int_eq(fir__backoff(i + 1, (uint64_t)bound + 1), 0);
    }
    ck_assert_int_eq(fir__backoff(UINT32_MAX, 60 * (uint64_t)FIR__SECOND), 60 * FIR__SECOND);
}
END_TEST

START_TEST(jitter_fills_its_range)
{
    uint64_t state = 42;
    int quarters[4] = {0};
    for (int i = 0; i < 4000; i++) {
        quarters[fir__backoff(3, fir__random_next(&state)) / FIR__SECOND % 4]++;
    }
    for (int i = 0; i < 4; i++) {
        ck_assert_int_gt(quarters[i], 800);
    }
}
END_TEST

START_TEST(timers_come_in_order)
{
    enum { N = 3000 };
    fir__run *runs = calloc(N, sizeof *runs), *heap = NULL;
    uint64_t state = 7;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < N; i++) {
            runs[i].due_ns = round == 0 ? i : round == 1 ? N - i : (int64_t)(fir__random_next(&state) % 500);
            heap = fir__timers_put(heap, &runs[i]);
        }
        int64_t last = INT64_MIN;
        for (int i = 0; i < N; i++) {
            ck_assert_ptr_nonnull(heap);
            ck_assert_int_ge(heap->due_ns, last);
            last = heap->due_ns;
            heap = fir__timers_drop(heap);
        }
        ck_assert_ptr_null(heap);
    }
    free(runs);
}
END_TEST

START_TEST(queues_keep_their_order)
{
    fir__queue q;
    fir__run a = {0}, b = {0};
    fir__queue_init(&q);
    ck_assert_ptr_null(fir__queue_take(&q));
    fir__queue_put(&q, &a);
    fir__queue_put(&q, &b);
    ck_assert_ptr_eq(fir__queue_take(&q), &a);
    fir__queue_put(&q, &a);
    ck_assert_ptr_eq(fir__queue_take(&q), &b);
    ck_assert_ptr_eq(fir__queue_take(&q), &a);
    ck_assert_ptr_null(fir__queue_take(&q));
    fir__queue_put(&q, &b);
    ck_assert_ptr_eq(fir__queue_take(&q), &b);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("retry");
    tcase_add_test(t, retry_after);
    tcase_add_test(t, backoff_doubles_and_is_bounded);
    tcase_add_test(t, jitter_fills_its_range);
    tcase_add_test(t, timers_come_in_order);
    tcase_add_test(t, queues_keep_their_order);
    Suite *s = suite_create("retry");
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
