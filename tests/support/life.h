/* SPDX-License-Identifier: Apache-2.0 */
/* Engines that are killed, and a judge: processes with an engine live one after the other on one data directory, act on a strict
 * HTTP peer of a process of its own, and end by SIGKILL. What the peer's ledger says decides whether something was lost or doubled,
 * not what the engine says of itself. */
#ifndef FIR_TEST_LIFE_H
#define FIR_TEST_LIFE_H

#include <falcoir/falcoir.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* One rule each; every alert hits all four. */
typedef enum life_class {
    LIFE_KEYED,      /* http:webhook */
    LIFE_IDEMPOTENT, /* and undone after 300 ms */
    LIFE_VERIFIABLE,
    LIFE_UNSAFE, /* nobody can know: a person is asked */
    LIFE_CLASSES
} life_class;

enum { LIFE_MOST = 1 << 17 }; /* alerts */

/* What the peer saw of one action. */
typedef struct life_entry {
    atomic_uint done, looked, undone;
    char key[65];
} life_entry;

/* Shared by all processes. */
typedef struct life_book {
    int port;
    pid_t peer;
    int64_t base_ns; /* the time of alert 0 */
    atomic_int child;
    atomic_uint next;                  /* the next alert's number */
    atomic_uchar accepted[LIFE_MOST];  /* fir_engine_submit said so */
    atomic_uchar uncertain[LIFE_MOST]; /* its unsafe action is listed as such in the end */
    life_entry entries[LIFE_CLASSES][LIFE_MOST];
    atomic_uint opened; /* engines */
    atomic_int slow;    /* the peer takes some time for an answer, and is not always well */
    /* The peer kills the child: */
    atomic_int kill_half;   /* when half a request of this class (+ 1) came, which it then forgets */
    atomic_int kill_whole;  /* when it has done one and before it answers */
    atomic_int kill_undone; /* the same with an undo */
    atomic_uint kills;      /* of the peer's */
    atomic_uint violations;
    char what[240]; /* the first of them, or what went wrong in a child */
} life_book;

extern life_book *life;
extern char life_dir[128];

void life_begin(void); /* the peer's process, the book, an empty directory */
void life_end(void);
/* What went wrong, in a child: the parent will say it. */
_Noreturn void life_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* An engine on the directory. more: options to begin with; NULL: none. */
fir_engine *life_open(const fir_engine_options *more);
/* Submits the next n alerts in one call; true when they were accepted. */
bool life_submit(fir_engine *g, unsigned n);
/* Polls until nothing is left to do but what waits for a person; false when that takes longer than so many seconds. */
bool life_drain(fir_engine *g, double seconds);

/* A child that opens an engine with the options of the function (NULL: none) and goes to the end of all there is to do; dead
 * letters of what may be repeated are done again, and what is uncertain is marked in the book. Gives the number of dead letters. */
typedef void life_options(fir_engine_options *o);
unsigned life_finish(void);

typedef struct life_figures {
    unsigned accepted, lost, delivered, repeated, uncertain, undone, others; /* others: not acknowledged, and done all the same */
} life_figures;
/* Fails the Check test when something was lost, doubled, left undecided in silence, or the audit is broken. */
life_figures life_judge(const char *when);

#endif
