/* SPDX-License-Identifier: Apache-2.0 */
/* A data directory from anywhere: the input is laid over a good journal file, byte by byte (three bytes of place, one of value);
 * SQLite's files are in memory. Whatever is read must be what was written; a change that verify does not see must be none. */
#include <stdlib.h>
#include <string.h>

#include <falcoir/journal.h>

#include "memory_vfs.h"
#include "store/store.h"
#include "support/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECORDS = 30, ALERT = 200, TRIMMED = 5 };

static char dir[128];
static char *whole;
static size_t whole_len;

static void demand(int good)
{
    if (!good) {
        abort();
    }
}

static void remove_folder(void)
{
    fir_test_dir_remove(dir);
}

static void begin(void)
{
    fir__store_options o = {.dir = dir, .reserve = 4096};
    fir_store s;
    fir_test_record r;
    fir_fuzz_vfs();
    fir_test_dir_make(dir, "/dev/shm");
    (void)atexit(remove_folder);
    demand(fir__store_open(&o, &s, NULL) == 0);
    for (uint64_t n = 1; n <= RECORDS; n++) {
        fir_test_record_make(&r, n, n % 2 == 0 ? ALERT : 0);
        demand(s.append(s.self, &r.record, 1, 0, NULL, NULL) == 0);
    }
    demand(s.trim(s.self, TRIMMED, NULL, 0, NULL) == 0);
    s.close(s.self);
    const fir_fuzz_bytes *made = &fir_fuzz_disk.names[FIR_FUZZ_DB];
    whole_len = made->n;
    whole = malloc(whole_len);
    demand(whole != NULL);
    memcpy(whole, made->p, whole_len);
}

static void lay(const uint8_t *data, size_t size)
{
    fir_fuzz_lay(whole, whole_len);
    for (size_t i = 0; i + 4 <= size && i < 256; i += 4) {
        size_t at = ((size_t)data[i] << 16 | (size_t)data[i + 1] << 8 | data[i + 2]) % whole_len;
        fir_fuzz_disk.names[FIR_FUZZ_DB].p[at] = (char)data[i + 3];
    }
}

static void read_all(void)
{
    fir_journal *j;
    fir_journal_entry e = {.size = sizeof e};
    fir_journal_verdict v = {.size = sizeof v};
    uint64_t at = 0, good = 0, n = 0;
    if (fir_journal_open(dir, NULL, &j, NULL) != 0) {
        return;
    }
    int rc;
    for (; (rc = fir_journal_next(j, at, &e, NULL)) == 0; at = e.seq) {
        fir_record r = {.wall_ns = e.wall_ns,
                        .kind = e.kind,
                        .event_id = e.event_id,
                        .action_id = e.action_id,
                        .json = e.json,
                        .blob = e.alert};
        good += fir_test_record_is(&r, e.seq, e.seq % 2 == 0 ? ALERT : 0);
        demand(++n <= 100000);
    }
    if (fir_journal_verify(j, NULL, &v, NULL) == 0 && v.broken == 0) {
        demand(rc == FIR_ENOTFOUND && good == RECORDS && n == RECORDS);
    }
    fir_buf out;
    uint64_t cursor = 0;
    while (fir_journal_export(j, &cursor, &out, NULL) == 0) {
        fir_buf_dispose(&out);
    }
    fir_journal_free(j);
}

static void act(void)
{
    fir__store_options o = {.dir = dir, .reserve = 4096};
    fir_store s;
    fir_record r;
    fir_test_record more;
    uint64_t at = 0;
    if (fir__store_open(&o, &s, NULL) != 0) {
        return;
    }
    while (s.read(s.self, at, &r, NULL) == 0) {
        demand(r.seq > at && r.seq >= TRIMMED && fir_test_record_is(&r, r.seq, r.seq % 2 == 0 ? ALERT : 0));
        at = r.seq;
    }
    fir_test_record_make(&more, RECORDS + 1, 0);
    uint64_t seq = 0;
    if (s.append(s.self, &more.record, 1, 0, &seq, NULL) == 0) {
        demand(seq == RECORDS + 1);
    }
    (void)s.trim(s.self, RECORDS, NULL, 0, NULL);
    (void)s.forget(s.self, INT64_MAX, NULL);
    (void)s.checkpoint(s.self, NULL);
    s.close(s.self);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (whole == NULL) {
        begin();
    }
    lay(data, size);
    read_all();
    act();
    return 0;
}
