/* SPDX-License-Identifier: Apache-2.0 */
/* A program that measures: a table of cases and bench_main. tests/bench/run.py runs it, counts instructions with callgrind and
 * compares with the budgets that stand in the table. */
#ifndef FIR_BENCH_H
#define FIR_BENCH_H

typedef struct bench_case {
    const char *name;
    void (*run)(void);     /* one unit of work; its first runs are not measured */
    double budget;         /* instructions a run, 0: none; over it is a failure */
    const char *reference; /* a case of the same table to compare the time with, or NULL */
    double ratio;          /* how many times faster than it this one should be; printed, since times wobble */
    double budget_ns;      /* printed too; 0: none */
    double known;          /* a budget that is missed: what it is missed by is known, and more than this is a failure; 0: none */
} bench_case;

/* --list: name, budget, reference, ratio, nanoseconds, runs, known, one case a line, tabs between.
 * --count NAME: runs the case inside of bench_counted, BENCH_RUNS times, for callgrind --toggle-collect=bench_counted.
 * --time: all cases by turns; name and nanoseconds a run, the median of the rounds. */
int bench_main(int argc, char **argv, const bench_case *cases, int count);

enum { BENCH_RUNS = 20 };

#endif
