/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__has_include)
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#endif
#endif
#ifndef CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#endif

enum { ROUNDS = 9, MOST_CASES = 32, WARM_UP = 3 };

void bench_counted(void (*run)(void)); /* its name is known to run.py */

__attribute__((noinline)) void bench_counted(void (*run)(void))
{
    for (int i = 0; i < BENCH_RUNS; i++) {
        run();
    }
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double time_once(const bench_case *c)
{
    long runs = 1;
    for (;;) {
        double start = now();
        for (long i = 0; i < runs; i++) {
            c->run();
        }
        double spent = now() - start;
        if (spent > 5e6) {
            return spent / (double)runs;
        }
        runs *= 2;
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void time_all(const bench_case *cases, int count)
{
    static double ns[MOST_CASES][ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < count; i++) {
            ns[i][round] = time_once(&cases[i]);
        }
    }
    for (int i = 0; i < count; i++) {
        qsort(ns[i], ROUNDS, sizeof ns[i][0], by_value);
        printf("%s\t%.0f\n", cases[i].name, ns[i][ROUNDS / 2]);
    }
}

static int count_one(const bench_case *cases, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(cases[i].name, name) == 0) {
            for (int k = 0; k < WARM_UP; k++) {
                cases[i].run();
            }
            CALLGRIND_START_INSTRUMENTATION; /* what a case is made of is not measured, and ten times as fast so */
            bench_counted(cases[i].run);
            CALLGRIND_STOP_INSTRUMENTATION;
            return EXIT_SUCCESS;
        }
    }
    fprintf(stderr, "no such case: %s\n", name);
    return EXIT_FAILURE;
}

int bench_main(int argc, char **argv, const bench_case *cases, int count)
{
    const char *mode = argc > 1 ? argv[1] : "";
    if (count > MOST_CASES) {
        return EXIT_FAILURE;
    }
    if (strcmp(mode, "--list") == 0) {
        for (int i = 0; i < count; i++) {
            const bench_case *c = &cases[i];
            printf("%s\t%.0f\t%s\t%g\t%g\t%d\t%.0f\n", c->name, c->budget, c->reference != NULL ? c->reference : "-", c->ratio,
                   c->budget_ns, (int)BENCH_RUNS, c->known);
        }
        return EXIT_SUCCESS;
    }
    if (strcmp(mode, "--count") == 0 && argc == 3) {
        return count_one(cases, count, argv[2]);
    }
    if (strcmp(mode, "--time") == 0) {
        time_all(cases, count);
        return EXIT_SUCCESS;
    }
    fprintf(stderr, "usage: %s --list | --count NAME | --time\n", argv[0]);
    return EXIT_FAILURE;
}
