/* SPDX-License-Identifier: Apache-2.0 */
/* A process of this host, held so that it cannot become another one meanwhile. Linux. */
#ifndef FIR__ACTION_PROCESS_TARGET_H
#define FIR__ACTION_PROCESS_TARGET_H

#include "base/error.h"

enum { FIR__BOOT_ID = 36 };

typedef struct fir__target {
    int fd; /* pidfd; -1: none */
    int32_t pid;
    char state;         /* of /proc/PID/stat: 'T' is stopped */
    bool kernel;        /* a thread of the kernel's */
    uint64_t start;     /* clock ticks since boot */
    int64_t started_ns; /* the same as wall time, by now's clock; to some milliseconds */
    char boot[FIR__BOOT_ID + 1];
} fir__target;

/* FIR_ENOTFOUND: there is no such process, or none any more; FIR_EUNSUPPORTED, FIR_EIO. */
int fir__target_open(int32_t pid, fir__target *t, fir_error *err);
void fir__target_close(fir__target *t);
/* Whether the container that the process is in has this id (of at least 12 hexadecimal digits); "host": none. */
int fir__target_in(const fir__target *t, fir_str container, bool *in, fir_error *err);
int fir__target_signal(const fir__target *t, int signal, fir_error *err);

/* Whether the numbers of processes that this process sees are those of the host. */
bool fir__target_of_host(void);

/* Whether it is the id of a container, or "host". */
bool fir__is_container(fir_str s);

#endif
