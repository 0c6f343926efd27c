/* SPDX-License-Identifier: Apache-2.0 */
/* Eight threads append to one store and share its commits, while another trims and reads. */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "store/store.h"
#include "support/store.h"
#include "support/suite.h"

enum { THREADS = 8, BATCHES = 150, MOST = 5, ALERT = 300 };

static char dir[128];
static fir_store store;
static atomic_bool done;

typedef struct sender {
    pthread_t thread;
    uint64_t tag; /* its records are tag * 1000000 + i */
    uint64_t first[BATCHES];
} sender;

static size_t batch_size(uint64_t tag, size_t i)
{
    return 1 + (tag + i) % MOST;
}

static void *send_all(void *arg)
{
    sender *s = arg;
    fir_test_record *r = calloc(MOST, sizeof *r);
    uint64_t n = s->tag * 1000000;
    for (size_t i = 0; i < BATCHES; i++) {
        size_t size = batch_size(s->tag, i);
        for (size_t k = 0; k < size; k++) {
            fir_test_record_make(&r[k], n + k, ALERT);
        }
        fir_error err = {0};
        int rc = store.append(store.self, &r->record, size,
                              i % 50 == 0  ? FIR_STORE_SYNC
                              : i % 7 == 0 ? FIR_STORE_RESERVE
                                           : 0,
                              &s->first[i], &err);
        ck_assert_msg(rc == 0, "%s", err.message);
        n += size;
    }
    free(r);
    return NULL;
}

/* What an engine does beside: reads, and trims nothing that counts here. */
static void *keep_house(void *arg)
{
    (void)arg;
    uint64_t at = 0;
    while (!atomic_load(&done)) {
        fir_record r;
        if (store.read(store.self, at, &r, NULL) == 0) {
            ck_assert_uint_gt(r.seq, at);
            at = r.seq;
        }
        ck_assert_int_eq(store.trim(store.self, 1, NULL, 0, NULL), 0);
        if (store.checkpoint != NULL && at % 64 == 0) {
            ck_assert_int_eq(store.checkpoint(store.self, NULL), 0);
        }
    }
    return NULL;
}

static void share(void)
{
    static sender senders[THREADS];
    pthread_t house;
    atomic_store(&done, false);
    ck_assert_int_eq(pthread_create(&house, NULL, keep_house, NULL), 0);
    for (uint64_t t = 0; t < THREADS; t++) {
        senders[t].tag = t + 1;
        ck_assert_int_eq(pthread_create(&senders[t].thread, NULL, send_all, &senders[t]), 0);
    }
    for (size_t t = 0; t < THREADS; t++) {
        (void)pthread_join(senders[t].thread, NULL);
    }
    atomic_store(&done, true);
    (void)pthread_join(house, NULL);
    uint64_t total = 0;
    for (size_t t = 0; t < THREADS; t++) { /* each batch lies together, under the number that its sender was told */
        uint64_t n = senders[t].tag * 1000000;
        for (size_t i = 0; i < BATCHES; i++) {
            ck_assert(i == 0 || senders[t].first[i] > senders[t].first[i - 1]);
            for (size_t k = 0; k < batch_size(senders[t].tag, i); k++, n++, total++) {
                fir_record r;
                ck_assert_int_eq(store.read(store.self, senders[t].first[i] + k - 1, &r, NULL), 0);
                ck_assert_uint_eq(r.seq, senders[t].first[i] + k);
                ck_assert(fir_test_record_is(&r, n, ALERT));
            }
        }
    }
    fir_record r;
    ck_assert_int_eq(store.read(store.self, total - 1, &r, NULL), 0);
    ck_assert_int_eq(store.read(store.self, total, &r, NULL), FIR_ENOTFOUND);
}

START_TEST(memory_store)
{
    ck_assert_int_eq(fir__store_memory(NULL, &store, NULL), 0);
    share();
    store.close(store.self);
}
END_TEST

START_TEST(disk_store)
{
    fir_test_dir_make(dir, NULL);
    fir__store_options o = {.dir = dir, .reserve = 4096};
    fir_error err = {0};
    ck_assert_msg(fir__store_open(&o, &store, &err) == 0, "%s", err.message);
    share();
    store.close(store.self);
    fir_test_dir_remove(dir);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("threads_store");
    TCase *t = tcase_create("store");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, memory_store);
    tcase_add_test(t, disk_store);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
