/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file clock.h
 * Time as a vtable: for hosts with a clock of their own, and for tests.
 */
#ifndef FALCOIR_SYS_CLOCK_H
#define FALCOIR_SYS_CLOCK_H

#include <falcoir/base.h>

/** Both functions must be callable from any thread. Since 0.1. */
typedef struct fir_clock {
    size_t size; /**< sizeof(fir_clock) */
    void *self;
    int64_t (*mono_ns)(void *self); /**< never goes back; for deadlines */
    int64_t (*wall_ns)(void *self); /**< since the epoch, UTC; for records */
} fir_clock;

#endif
