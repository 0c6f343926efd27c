/* SPDX-License-Identifier: Apache-2.0 */
/* The journal with malloc itself failing, so also below SQLite: each allocation once, and all from there on. What was acknowledged
 * is kept, what was refused is not there, nothing is left behind in memory, and once more with memory gives the same bytes. */
#include <falcoir/falcoir.h>
#include <falcoir/journal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault/replaced_malloc.h"
#include "store/commands.h"
#include "store/store.h"
#include "support/store.h"
#include "support/vectors.h"

enum { ALERT = 300, COMMITS = 4, KEPT = 12, RESERVE = 4096, MOST_POINTS = 250 };
static const size_t sizes[COMMITS] = {1, 3, 2, 1};

static char dir[128];
static char *kept; /* the journal that each run begins with */
static size_t n_kept;
static long total;

#define THEN(code, call) ((code) == 0 ? (call) : (code))

static void die(const char *what, long at, bool on, const char *why, long n)
{
    fprintf(stderr, "%s, allocation %ld failing%s: %s (%ld)\n", what, at, on ? " and all after it" : "", why, n);
    abort();
}

static void put_back(void)
{
    static const char *const others[] = {"journal.db-wal", "journal.db-shm"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        (void)remove(fir_test_dir_file(dir, others[i]));
    }
    FILE *f = fopen(fir_test_dir_file(dir, "journal.db"), "w");
    if (f == NULL || fwrite(kept, 1, n_kept, f) != n_kept || fclose(f) != 0) {
        die("journal.db", -1, false, "cannot be written", 0);
    }
}

static int append(fir_store *s, uint64_t first, size_t n, fir_error *err)
{
    static fir_test_record r[KEPT];
    for (size_t i = 0; i < n; i++) {
        fir_test_record_make(&r[i], first + i, ALERT);
    }
    return s->append(s->self, &r[0].record, n, FIR_STORE_SYNC, NULL, err);
}

/* What a run did, for who looks at the directory afterwards. */
static size_t acknowledged; /* records behind the kept ones */
static bool trimmed;

static int open_it(fir_store *s, fir_error *err)
{
    const fir__store_options o = {.dir = dir, .reserve = RESERVE};
    return fir__store_open(&o, s, err);
}

/* ---- what is swept ---- */

static int work(fir_error *err)
{
    static const uint64_t keep[] = {2, 5};
    fir_store s;
    int code = open_it(&s, err);
    if (code != 0) {
        return code;
    }
    for (size_t i = 0; code == 0 && i < COMMITS; i++) {
        code = append(&s, KEPT + 1 + acknowledged, sizes[i], err);
        acknowledged += code == 0 ? sizes[i] : 0;
    }
    if (code == 0) {
        trimmed = true;
        code = s.trim(s.self, 8, keep, 2, err);
    }
    code = THEN(code, s.forget(s.self, INT64_MAX, err));
    code = THEN(code, s.checkpoint(s.self, err));
    s.close(s.self);
    return code;
}

/* All live records are read, as a restart does. */
static int read_all(fir_error *err)
{
    fir_store s;
    fir_record r;
    uint64_t at = 0;
    int code = open_it(&s, err);
    if (code != 0) {
        return code;
    }
    while (code == 0 && (code = s.read(s.self, at, &r, err)) == 0) {
        if (r.seq != at + 1 || !fir_test_record_is(&r, r.seq, ALERT)) {
            die("read", -1, false, "another record than was written", (long)r.seq);
        }
        at = r.seq;
    }
    s.close(s.self);
    if (code == FIR_ENOTFOUND && at != KEPT) {
        die("read", -1, false, "an end before the end", (long)at);
    }
    return code == FIR_ENOTFOUND ? 0 : code;
}

static int look(fir_error *err)
{
    fir_journal *j = NULL;
    fir_journal_entry e = {.size = sizeof e};
    fir_journal_verdict v = {.size = sizeof v};
    fir_buf out = {0};
    uint64_t cursor = 0, at = 0;
    int code = fir_journal_open(dir, NULL, &j, err);
    for (int i = 0; code == 0 && i < KEPT; i++) {
        code = fir_journal_next(j, at, &e, err);
        at = code == 0 ? e.seq : at;
    }
    code = THEN(code, fir_journal_export(j, &cursor, &out, err));
    code = THEN(code, fir_journal_verify(j, NULL, &v, err));
    if (code == 0 && (at != KEPT || cursor != KEPT || v.records != KEPT || v.broken != 0)) {
        die("journal", -1, false, "not all was read", (long)v.records);
    }
    fir_buf_dispose(&out);
    fir_journal_free(j);
    return code;
}

/* A command laid down by one and taken up by another. What was laid down is there, or the sender knows that it is not. */
static int command(fir_error *err)
{
    const fir_command c = {.size = sizeof c, .verb = "cancel", .id = "action-1", .who = "ann", .why = "a \"drill\""};
    fir__commands taken;
    fir__command got;
    int code = fir_command_send(dir, &c, 0, err);
    bool sent = code == FIR_EAGAIN;
    code = sent ? 0 : code;
    code = THEN(code, fir__commands_open(&taken, &fir__default_allocator, dir, err));
    if (code != 0) {
        return code;
    }
    bool any = fir__commands_next(&taken, FIR__COMMANDS_EVERY, &got);
    if (any &&
        (got.verb != FIR__VERB_CANCEL || !fir__str_eq(got.who, FIR__S("ann")) || !fir__str_eq(got.why, FIR__S("a \"drill\"")))) {
        die("command", -1, false, "another command than was sent", got.verb);
    }
    if (any) {
        fir__commands_done(&taken, FIR_ENOTFOUND, NULL);
    }
    fir__commands_close(&taken);
    return any ? 0 : FIR_ENOMEM; /* it lies there and waits for the next look */
}

/* ---- the sweep ---- */

typedef struct swept {
    const char *name;
    int (*body)(fir_error *err);
    void (*check)(const struct swept *t, long at, bool on, int code);
} swept;

/* What the directory says: a whole chain, with all that was acknowledged and nothing that was refused. */
static void expect_whole(const swept *t, long at, bool on, int code)
{
    fir_journal *j = NULL;
    fir_journal_verdict v = {.size = sizeof v};
    fir_error err;
    fir_store s;
    if (fir_journal_open(dir, NULL, &j, &err) != 0 || fir_journal_verify(j, NULL, &v, &err) != 0) {
        die(t->name, at, on, err.message, err.code);
    }
    fir_journal_free(j);
    if (v.broken != 0 || v.last != KEPT + acknowledged) {
        die(t->name, at, on, v.broken != 0 ? v.why : "not what was acknowledged is there", (long)v.last);
    }
    if (open_it(&s, &err) != 0 || append(&s, KEPT + 1 + acknowledged, 1, &err) != 0) {
        die(t->name, at, on, err.message, code);
    }
    fir_record r;
    int rc = s.read(s.self, 0, &r, &err);
    if (rc != 0 || (r.seq != 1 && !(trimmed && r.seq == 2)) || (code == 0 && trimmed && r.seq != 2)) {
        die(t->name, at, on, "the first live record is another", (long)r.seq);
    }
    s.close(s.self);
}

static void expect_nothing_lies_there(const swept *t, long at, bool on, int code)
{
    fir__commands taken;
    fir__command got;
    int n = 0;
    if (fir__commands_open(&taken, &fir__default_allocator, dir, NULL) != 0) {
        die(t->name, at, on, "the folder cannot be opened", code);
    }
    while (fir__commands_next(&taken, (n + 1) * FIR__COMMANDS_EVERY, &got)) {
        n += got.verb == FIR__VERB_CANCEL && fir__str_eq(got.id, FIR__S("action-1")) ? 1 : 100;
        fir__commands_done(&taken, 0, NULL);
    }
    fir__commands_close(&taken);
    if (n > 1 || (code == 0 && n != 0)) {
        die(t->name, at, on, "a command that was answered lies there, or one twice", n);
    }
}

static int run(const swept *t, long at, bool on, replaced_malloc *m)
{
    fir_error err = {0};
    put_back();
    acknowledged = 0;
    trimmed = false;
    replaced_malloc_arm(at, on);
    int code = t->body(&err);
    *m = replaced_malloc_end();
    if (code != 0 && err.code != code && t->body != command) {
        die(t->name, at, on, "a failure without its text", code);
    }
    if (m->live != 0) {
        die(t->name, at, on, "blocks are left", m->live);
    }
    return code;
}

static void sweep(const swept *t)
{
    replaced_malloc m;
    (void)run(t, -1, false, &m); /* the libraries keep what they make the first time */
    t->check(t, -1, false, 0);
    int wanted = run(t, -1, false, &m);
    t->check(t, -1, false, wanted);
    if (wanted != 0) {
        die(t->name, -1, false, "fails with memory", wanted);
    }
    long all = m.calls, step = getenv("FALCOIR_TEST_LONG") != NULL ? 1 : all / MOST_POINTS + 1;
    for (int on = 0; on < 2; on++) {
        for (long at = on; at < all; at += step, total++) {
            int code = run(t, at, on != 0, &m);
            if (code != 0 && code != FIR_ENOMEM) {
                die(t->name, at, on != 0, "neither FIR_ENOMEM nor as without failure", code);
            }
            t->check(t, at, on != 0, code);
        }
    }
}

int main(void)
{
    static const swept all[] = {{"work", work, expect_whole},
                                {"read", read_all, expect_whole},
                                {"look", look, expect_whole},
                                {"command", command, expect_nothing_lies_there}};
    if (!replaced_malloc_works()) {
        printf("malloc cannot be replaced here\n");
        return FIR_TEST_SKIP;
    }
    fir_test_dir_make(dir,
                      access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NULL); /* no power fails here: syncing would only cost time */
    fir_store s;
    fir_error err;
    if (open_it(&s, &err) != 0 || append(&s, 1, KEPT, &err) != 0 || s.checkpoint(s.self, &err) != 0) {
        die("journal", -1, false, err.message, 0);
    }
    s.close(s.self);
    kept = fir_test_read_file(fir_test_dir_file(dir, "journal.db"), &n_kept);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        long before = total;
        sweep(&all[i]);
        printf("%s: %ld runs\n", all[i].name, total - before);
    }
    free(kept);
    fir_test_dir_remove(dir);
    return total > 500 ? EXIT_SUCCESS : EXIT_FAILURE; /* a sweep that found nothing to fail proves nothing */
}
