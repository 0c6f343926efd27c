/* SPDX-License-Identifier: Apache-2.0 */
/* A VFS for SQLite that fails, and one that remembers what a power failure leaves. It lies over the default one; its state is one
 * for the whole program. */
#ifndef FIR_TEST_VFS_H
#define FIR_TEST_VFS_H

#include <stdbool.h>
#include <stdint.h>

#define FIR_TEST_VFS "fir-test"

void fir_test_vfs_register(void);

/* Counts I/O calls from now; the fail_at-th (from 0; -1: none) fails, and with for_ever all after it. */
void fir_test_vfs_arm(long fail_at, bool for_ever);
long fir_test_vfs_calls(void);
/* Before the call that would fail, calls this instead, and does not fail. NULL: fails again. */
void fir_test_vfs_call_instead(void (*at_call)(void));

/* Writes are refused as by a full disk when the files of this VFS and the file `beside` (may be NULL) would hold more than `most`
 * bytes together. 0: no bound. */
void fir_test_vfs_quota(int64_t most, const char *beside);

/* Keeps what was synced of each file below `folder`, until it is called with NULL. */
void fir_test_vfs_remember(const char *folder);
/* Writes into `to` what a power failure now would leave: of each sector of 512 bytes what was synced last, or (by the bits of seed;
 * 0: nowhere) what was written since. */
void fir_test_vfs_power_failure(const char *to, uint64_t seed);

#endif
