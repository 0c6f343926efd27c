/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of stores share: a data directory of their own, and records that can be told apart. */
#ifndef FIR_TEST_STORE_H
#define FIR_TEST_STORE_H

#include <falcoir/sys/store.h>
#include <stdbool.h>

/* Makes an empty folder below /tmp (or below `where`), and removes it with all that is in it. */
void fir_test_dir_make(char path[128], const char *where);
void fir_test_dir_remove(const char *path);
/* path/name, in a buffer that the next call but three uses again. */
const char *fir_test_dir_file(const char *path, const char *name);

/* The n-th record: all its texts say n. `alert` bytes of blob, so that records have a size. */
typedef struct fir_test_record {
    fir_record record;
    char json[96], event_id[65], action_id[65];
    char blob[2048];
} fir_test_record;
void fir_test_record_make(fir_test_record *r, uint64_t n, size_t alert);
/* Whether it is the n-th, whole. */
bool fir_test_record_is(const fir_record *r, uint64_t n, size_t alert);

#endif
