/* SPDX-License-Identifier: Apache-2.0 */
/* How much of a file was read, on the last line of a terminal. Whoever else writes there hides the bar first. */
#ifndef FALCOIR_TOOLS_PROGRESS_H
#define FALCOIR_TOOLS_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct progress {
    pthread_mutex_t lock; /* of the terminal's last line */
    uint64_t size;        /* of the file; 0: there is no bar */
    int percent;          /* under lock: as it stands there; -1: nothing does */
} progress;

/* No bar yet. */
void progress_begin(progress *p);
/* A bar from now on, for a file of that size (0: none), when stderr is a terminal. Before threads share it. */
void progress_of(progress *p, uint64_t size);
void progress_show(progress *p, uint64_t done);
/* Until progress_let: the line is the caller's. Both take NULL. */
void progress_hide(progress *p);
void progress_let(progress *p);
void progress_end(progress *p); /* the bar goes; nobody shares it any more */
void progress_free(progress *p);

#endif
