/* SPDX-License-Identifier: Apache-2.0 */
/* A program, run to its end: no shell, nothing inherited, bounded in time and in what it says. Linux. */
#ifndef FIR__ACTION_PROCESS_SPAWN_H
#define FIR__ACTION_PROCESS_SPAWN_H

#include "base/error.h"
#include "base/sbuf.h"

typedef struct fir__spawn {
    char *const *argv; /* argv[0]: the absolute path */
    char *const *environment;
    fir_str input;        /* what it reads; ptr NULL: /dev/null */
    int64_t timeout_ns;   /* then SIGTERM to all of its process group, and two seconds later SIGKILL */
    fir__sbuf *out, *err; /* what it says; what is more than they hold is read and dropped */
} fir__spawn;

typedef struct fir__spawned {
    bool timed_out;
    int exit_code; /* -1: it was ended by a signal */
    int signal;
} fir__spawned;

/* Blocks. What it has started and left behind in its process group ends with it. The host's handling of SIGCHLD and its waiting
 * for children see nothing of it. Errors: FIR_EIO, FIR_EDENIED (it cannot be run), FIR_EUNSUPPORTED, FIR_ENOMEM. */
int fir__spawn_run(const fir__spawn *s, fir__spawned *out, fir_error *err);

#endif
