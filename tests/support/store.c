/* SPDX-License-Identifier: Apache-2.0 */
#include "support/store.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void fir_test_dir_make(char path[128], const char *where)
{
    (void)snprintf(path, 128, "%s/fir-store-XXXXXX", where != NULL ? where : "/tmp");
    if (mkdtemp(path) == NULL) {
        perror(path);
        abort();
    }
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

void fir_test_dir_remove(const char *path)
{
    (void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *fir_test_dir_file(const char *path, const char *name)
{
    static _Thread_local char buffers[4][256];
    static _Thread_local unsigned next;
    char *b = buffers[next++ % 4];
    (void)snprintf(b, sizeof buffers[0], "%s/%s", path, name);
    return b;
}

void fir_test_record_make(fir_test_record *r, uint64_t n, size_t alert)
{
    memset(r, 0, sizeof *r);
    int json = snprintf(r->json, sizeof r->json, "{\"n\":%llu,\"text\":\"\\u0007 \xc3\xa9\"}", (unsigned long long)n);
    int event = snprintf(r->event_id, sizeof r->event_id, "event-%016llx", (unsigned long long)n);
    int action = n % 3 == 0 ? 0 : snprintf(r->action_id, sizeof r->action_id, "action-%016llx", (unsigned long long)n);
    for (size_t i = 0; i < alert; i++) {
        r->blob[i] = (char)(n * 31 + i * 7);
    }
    r->record = (fir_record){.size = sizeof(fir_test_record),
                             .wall_ns = (int64_t)(1700000000000000000u + n),
                             .kind = {alert != 0 ? "alert" : "note", alert != 0 ? 5 : 4},
                             .event_id = {r->event_id, (size_t)event},
                             .action_id = {r->action_id, (size_t)action},
                             .json = {r->json, (size_t)json},
                             .blob = {alert != 0 ? r->blob : NULL, alert}};
}

static bool same(fir_str a, fir_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool fir_test_record_is(const fir_record *r, uint64_t n, size_t alert)
{
    static _Thread_local fir_test_record want;
    fir_test_record_make(&want, n, alert);
    return r->wall_ns == want.record.wall_ns && same(r->kind, want.record.kind) && same(r->event_id, want.record.event_id) &&
           same(r->action_id, want.record.action_id) && same(r->json, want.record.json) && same(r->blob, want.record.blob);
}
