/* SPDX-License-Identifier: Apache-2.0 */
/* How many alerts a second the journal takes, and how long a restart reads. Beside it stands what the disk can do: a rate of synced
 * commits that is not far from it cannot be bettered.
 *
 * usage: rate_store [FOLDER [SECONDS]]   (the folder decides which disk; default: here, 1 second a line) */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/store.h"
#include "support/store.h"

enum { ALERT = 1200, BATCH = 64, SENDERS = 64, RESTART = 100000 };

static double seconds = 1;
static char dir[128];

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(int rc, const fir_error *err)
{
    if (rc != 0) {
        (void)fprintf(stderr, "%s: %s\n", fir_code_name(rc), err->message);
        exit(1);
    }
}

/* One synced write after another, as a journal's log grows. */
static double disk_rate(void)
{
    char block[4096];
    memset(block, 'x', sizeof block);
    int fd = open(fir_test_dir_file(dir, "disk"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    long n = 0;
    double start = now(), end = start;
    while (end - start < seconds && write(fd, block, sizeof block) == (ssize_t)sizeof block && fdatasync(fd) == 0) {
        n++;
        end = now();
    }
    (void)close(fd);
    return (double)n / (end - start);
}

typedef struct load {
    fir_store store;
    size_t batch;
    atomic_long appended;
    atomic_bool stop;
} load;

static void *sender(void *arg)
{
    load *l = arg;
    fir_error err = {0};
    fir_test_record *r = calloc(l->batch, sizeof *r);
    for (size_t i = 0; i < l->batch; i++) {
        fir_test_record_make(&r[i], i, ALERT);
    }
    while (!atomic_load(&l->stop)) {
        must(l->store.append(l->store.self, &r->record, l->batch, 0, NULL, &err), &err);
        atomic_fetch_add(&l->appended, (long)l->batch);
    }
    free(r);
    return NULL;
}

static void measure(const char *what, bool synced, int senders, size_t batch, double wanted)
{
    char below[160];
    (void)snprintf(below, sizeof below, "%s/data", dir);
    fir__store_options o = {.dir = below, .synced = synced};
    fir_error err = {0};
    load l = {.batch = batch};
    must(fir__store_open(&o, &l.store, &err), &err);
    pthread_t threads[SENDERS];
    double start = now();
    for (int i = 0; i < senders; i++) {
        (void)pthread_create(&threads[i], NULL, sender, &l);
    }
    struct timespec wait = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    (void)nanosleep(&wait, NULL);
    atomic_store(&l.stop, true);
    for (int i = 0; i < senders; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    double rate = (double)atomic_load(&l.appended) / (now() - start);
    l.store.close(l.store.self);
    fir_test_dir_remove(below);
    (void)printf("%-8s %-34s %9.0f alerts/s", synced ? "synced" : "written", what, rate);
    (void)printf(wanted == 0 ? "\n" : "  (aim %.0f%s)\n", wanted, rate < wanted ? ": MISSED" : "");
}

static void restart(void)
{
    char below[160];
    (void)snprintf(below, sizeof below, "%s/data", dir);
    fir__store_options o = {.dir = below};
    fir_error err = {0};
    fir_store s;
    must(fir__store_open(&o, &s, &err), &err);
    fir_test_record *r = calloc(1000, sizeof *r);
    for (uint64_t n = 0; n < RESTART; n += 1000) {
        for (uint64_t i = 0; i < 1000; i++) {
            fir_test_record_make(&r[i], n + i, (n + i) % 4 == 0 ? ALERT : 0);
        }
        must(s.append(s.self, &r->record, 1000, 0, NULL, &err), &err);
    }
    free(r);
    s.close(s.self);
    double start = now();
    must(fir__store_open(&o, &s, &err), &err);
    double opened = now();
    uint64_t at = 0, count = 0;
    fir_record record;
    while (s.read(s.self, at, &record, NULL) == 0) {
        at = record.seq;
        count++;
    }
    double end = now();
    s.close(s.self);
    (void)printf("restart  %llu records (a quarter alerts)     %9.3f s: %.3f open and check, %.3f read  (aim 1 s%s)\n",
                 (unsigned long long)count, end - start, opened - start, end - opened, end - start > 1 ? ": MISSED" : "");
}

int main(int argc, char **argv)
{
    seconds = argc > 2 ? atof(argv[2]) : 1;
    fir_test_dir_make(dir, argc > 1 ? argv[1] : ".");
    (void)printf("disk     write and fdatasync, 4 KiB         %9.0f a second\n", disk_rate());
    measure("one sender, one a commit", true, 1, 1, 0);
    measure("one sender, batches of 64", true, 1, BATCH, 5000);
    measure("64 senders, one each", true, SENDERS, 1, 5000);
    measure("64 senders, batches of 64", true, SENDERS, BATCH, 0);
    measure("one sender, one a commit", false, 1, 1, 0);
    measure("one sender, batches of 64", false, 1, BATCH, 10000);
    measure("64 senders, one each", false, SENDERS, 1, 10000);
    restart();
    fir_test_dir_remove(dir);
    return 0;
}
