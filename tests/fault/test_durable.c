/* SPDX-License-Identifier: Apache-2.0 */
/* An engine goes on from a journal that has all in it that can be left open, an operator answers it all, and the journal is made
 * shorter: with each allocation failing, once and for a while. Whatever failed is asked for again; then nothing is lost, nothing is
 * done twice, and the next engine finds the same as without failure. */
#include <jansson.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"
#include "engine/private.h"
#include "support/failing.h"
#include "support/store.h"
#include "support/vectors.h"
#include "support/world.h"

enum { MOST_KEYS = 64, MOST_POLLS = 3000, MOST_POINTS = 150, OUTAGE = 3 };

static char kept[128], folder[128]; /* the journal as it was, and the one in hand */
static fake net;
static fir_catalog *catalog;
static fir_playbook *playbook;
static fir_test_memory memory;
static int64_t later_ns;

/* What was done, as "type:action". */
static char done[MOST_KEYS][90];
static size_t n_done;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s (%ld allocations, to fail at %ld%s)\n", what, why, atomic_load(&memory.calls),
            atomic_load(&memory.fail_at), memory.for_ever ? " and after it" : "");
    abort();
}

static int act(void *self, fir_call *c)
{
    fir_str id, text = {NULL, 0};
    if (fir_call_action_id(c, &id) != 0 || n_done == MOST_KEYS) {
        die("act", "too often");
    }
    if (fir_call_text(c, "fail", 4, &text) == 0 && text.len != 0) {
        return fir_call_fail(c, FIR_EACTION, 1, text.ptr, text.len);
    }
    int rc = fir_call_output(c, "done", 4);
    if (rc == 0) {
        snprintf(done[n_done++], sizeof done[0], "%s:%.*s", (const char *)self, (int)id.len, id.ptr);
    }
    return rc;
}

static int note_it(void *self, fir_call *c)
{
    (void)self;
    return fir_call_record(c, "{\"old\":1}", 9);
}

static int verify_it(void *self, fir_call *c)
{
    fir_str record;
    (void)self;
    return fir_call_recorded(c, &record) == 0 && record.len == 9 ? FIR_VERIFY_NOT_DONE : FIR_VERIFY_UNKNOWN;
}

static int undo_it(void *self, fir_call *c)
{
    fir_str record;
    (void)self;
    if (fir_call_recorded(c, &record) != 0 || record.len != 9) {
        return fir_call_fail(c, FIR_EACTION, 1, "no record", 9);
    }
    return FIR_CALL_DONE;
}

static int64_t wall(void *self)
{
    (void)self;
    return INT64_C(1784020894) * FIR__SECOND + later_ns + net.now_ns;
}

static int64_t mono(void *self)
{
    (void)self;
    return net.now_ns;
}

static const char keyed_type[] =
    "{\"name\":\"t:keyed\",\"effect\":\"keyed\",\"destructive\":false,\"parameters\":{\"text\":{\"type\":\"string\"},\"fail\":{"
    "\"type\":\"string\"}}}";
static const char *const types[] = {
    keyed_type,
    "{\"name\":\"t:kill\",\"effect\":\"unsafe\",\"destructive\":true,\"parameters\":{}}",
    "{\"name\":\"t:look\",\"effect\":\"verifiable\",\"destructive\":false,\"parameters\":{}}",
};

static const char yaml[] =
    "- rule: A\n  condition: proc.name = ask\n  require_approval: {timeout: 1h}\n  actions: [{action: a, use: 't:keyed'}]\n"
    "- rule: U\n  condition: proc.name = sh\n  review: required\n  actions:\n    - {action: a, use: 't:kill', undo_after: 30m}\n"
    "    - {action: b, use: 't:keyed', when: 'steps.a.output = done', parameters: {text: '{{steps.a.output}}'}}\n"
    "- rule: L\n  condition: proc.name = look\n  once_per: {window: 1m}\n"
    "  actions: [{action: a, use: 't:look'}]\n"
    "- rule: D\n  condition: proc.name = dead\n  actions: [{action: a, use: 't:keyed', parameters: {fail: 'it broke'}}]\n"
    "  on_failure: [{action: f, use: 't:keyed'}]\n"
    "- rule: T\n  condition: proc.name = sh\n  threshold: {count: 9, within: 10m}\n  actions: [{action: a, use: 't:keyed'}]\n"
    "- rule: K\n  condition: proc.name = kill\n  actions: [{action: a, use: 't:kill'}]\n";

static int register_types(fir_engine *g)
{
    static char keyed[] = "keyed", kill_[] = "kill", look[] = "look";
    const struct {
        fir_action_type t;
        void *self;
    } all[] = {
        {{.size = sizeof(fir_action_type), .name = "t:keyed", .advance = act}, keyed},
        {{.size = sizeof(fir_action_type), .name = "t:kill", .advance = act, .prepare = note_it, .undo = undo_it}, kill_},
        {{.size = sizeof(fir_action_type), .name = "t:look", .advance = act, .prepare = note_it, .verify = verify_it}, look},
    };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof all / sizeof all[0]; i++) {
        rc = fir_engine_register(g, &all[i].t, all[i].self, NULL);
        rc = rc == FIR_ESTATE ? 0 : rc; /* registered before memory went */
    }
    return rc;
}

/* ---- trying again ---- */

static int refused; /* calls that went without memory since it began to fail */

/* Whether a call is to be made again: it had no memory. */
static bool again(int rc)
{
    refused += rc == FIR_ENOMEM;
    if (refused >= OUTAGE) {
        atomic_store(&memory.fail_at, -1);
    }
    return rc == FIR_ENOMEM;
}

#define AGAIN(rc, call)                                                                                                            \
    do {                                                                                                                           \
        (rc) = (call);                                                                                                             \
    } while (again(rc))

static void expect(const char *what, int rc, int wanted)
{
    if (rc != wanted) {
        die(what, fir_code_name(rc));
    }
}

static fir_engine *open_engine(const fir_allocator *a)
{
    const fir_clock clock = {sizeof clock, NULL, mono, wall};
    fir_engine *g;
    fir_error err = {0};
    int rc;
    const fir_engine_options o = {.size = sizeof o,
                                  .allocator = a,
                                  .transport = &net.transport,
                                  .clock = &clock,
                                  .data_dir = folder,
                                  .durability = FIR_DURABILITY_WRITTEN};
    AGAIN(rc, fir_engine_new(&o, catalog, playbook, &g, &err));
    if (rc != 0) {
        die("engine", err.message);
    }
    AGAIN(rc, register_types(g));
    expect("types", rc, 0);
    return g;
}

static void drain(fir_engine *g)
{
    for (int i = 0; i < MOST_POLLS; i++) {
        long at = atomic_load(&memory.fail_at);
        int rc = fir_engine_poll(g, 10000000, NULL);
        refused += rc != FIR_ENOMEM && at >= 0 && memory.for_ever && atomic_load(&memory.calls) > at; /* an attempt went without */
        if (!again(rc) && rc != 0) {
            expect("poll", rc, FIR_EAGAIN);
            return;
        }
    }
    die("poll", "no end");
}

static int submit_once(fir_engine *g, const char *name, int n)
{
    char text[500];
    snprintf(text, sizeof text,
             "{\"output\":\"x\",\"output_fields\":{\"proc.name\":\"%s\",\"n\":%d},\"priority\":\"Warning\",\"rule\":\"Shell\","
             "\"time\":\"2026-07-14T09:21:33.%09dZ\"}",
             name, n, n);
    fir_buf receipts = {NULL, 0, NULL};
    int rc = fir_engine_submit(g, text, strlen(text), &receipts, NULL);
    fir_buf_dispose(&receipts);
    return rc;
}

static void submit(fir_engine *g, const char *name, int n)
{
    int rc;
    AGAIN(rc, submit_once(g, name, n));
    expect("submit", rc, 0);
}

static json_t *pending(fir_engine *g)
{
    fir_buf b;
    int rc;
    AGAIN(rc, fir_engine_pending_json(g, &b, NULL));
    expect("pending", rc, 0);
    json_t *v = json_loadb(b.ptr, b.len, 0, NULL);
    fir_buf_dispose(&b);
    return v;
}

static const char *text_at(const json_t *v, const char *list, size_t i, const char *key)
{
    const char *s = json_string_value(json_object_get(json_array_get(json_object_get(v, list), i), key));
    return s != NULL ? s : "";
}

/* The same of the k-th that a rule has there: others may come in another order. */
static const char *of_rule(const json_t *v, const char *list, const char *rule, size_t k, const char *key)
{
    for (size_t i = 0; i < json_array_size(json_object_get(v, list)); i++) {
        if (strcmp(text_at(v, list, i, "rule"), rule) == 0 && k-- == 0) {
            return text_at(v, list, i, key);
        }
    }
    die(list, rule);
    return "";
}

/* ---- the journal ---- */

static void copy_file(const char *name)
{
    char from[200], to[200];
    size_t n;
    snprintf(from, sizeof from, "%s/%s", kept, name);
    snprintf(to, sizeof to, "%s/%s", folder, name);
    (void)unlink(to);
    char *text = access(from, F_OK) == 0 ? fir_test_read_file(from, &n) : NULL;
    FILE *f = text != NULL ? fopen(to, "w") : NULL;
    if (text != NULL && (f == NULL || fwrite(text, 1, n, f) != n || fclose(f) != 0)) {
        die(to, "cannot be written");
    }
    free(text);
}

static void kill_at(void *ctx, const char *point)
{
    int *left = ctx;
    if (strcmp(point, "flush.before") == 0 && (*left)-- == 0) {
        (void)kill(getpid(), SIGKILL);
    }
}

/* In a process that is killed when it has acted and not written it down: what was done is left open. */
static void leave_open(const char *name)
{
    pid_t pid = fork();
    if (pid == 0) {
        int left = 1;
        fir_engine *g = open_engine(NULL);
        g->crash = kill_at;
        g->crash_ctx = &left;
        submit(g, name, 900);
        drain(g);
        _exit(1);
    }
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status)) {
        die(name, "its process was not killed");
    }
}

/* A journal with approvals, an undo that waits, reviews, dead letters, and actions that may have been done. */
static void make_journal(void)
{
    fir_test_dir_make(kept, NULL);
    memcpy(folder, kept, sizeof folder);
    fir_engine *g = open_engine(NULL);
    submit(g, "ask", 1);
    submit(g, "ask", 2);
    submit(g, "sh", 3);
    submit(g, "dead", 4);
    submit(g, "dead", 5);
    drain(g);
    fir_engine_free(g);
    leave_open("look");
    leave_open("kill");
    fir_test_dir_make(folder, NULL);
}

/* ---- one life ---- */

static const char *const files[] = {"journal.db", "journal.db-wal", "journal.db-shm", "lock"};

static void operate(fir_engine *g)
{
    int rc;
    json_t *v = pending(g);
    fir_buf b;
    AGAIN(rc, fir_engine_decide(g, of_rule(v, "approvals", "A", 0, "approval"), 1, "ann", "right", NULL));
    expect("approve", rc, 0);
    AGAIN(rc, fir_engine_decide(g, of_rule(v, "approvals", "A", 1, "approval"), 0, "ann", NULL, NULL));
    expect("reject", rc, 0);
    AGAIN(rc, fir_engine_undo(g, of_rule(v, "undos", "U", 0, "action_id"), "ann", "over", NULL));
    expect("undo", rc, 0);
    AGAIN(rc, fir_engine_replay(g, of_rule(v, "dead", "D", 0, "action_id"), "ann", "mended", NULL));
    expect("replay", rc, 0);
    AGAIN(rc, fir_engine_discard(g, of_rule(v, "dead", "D", 1, "action_id"), "ann", "never", NULL));
    expect("discard", rc, 0);
    AGAIN(rc, fir_engine_feedback(g, of_rule(v, "reviews", "U", 0, "action_id"), 1, "ann", "a miner", NULL));
    expect("feedback", rc, 0);
    AGAIN(rc, fir_engine_cancel(g, of_rule(v, "waiting", "K", 0, "action_id"), "ann", NULL, NULL));
    expect("cancel", rc, 0);
    json_decref(v);
    drain(g);
    AGAIN(rc, fir_engine_pause(g, "ann", "a fire drill", NULL));
    expect("pause", rc, 0);
    submit(g, "sh", 10);
    drain(g);
    AGAIN(rc, fir_engine_metrics_text(g, &b, NULL));
    expect("metrics", rc, 0);
    fir_buf_dispose(&b);
    AGAIN(rc, fir_engine_resume(g, "ann", "over", NULL));
    expect("resume", rc, 0);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static char *summary; /* of a life without failure */

static void add(char *to, size_t room, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void add(char *to, size_t room, const char *format, ...)
{
    size_t n = strlen(to);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(to + n, room - n, format, args);
    va_end(args);
}

/* What was done, what came of it, and what the next engine finds. */
static char *tell(void)
{
    static char text[20000];
    static const char *const lists[] = {"approvals", "dead", "reviews", "undos", "waiting", "blocks"};
    text[0] = '\0';
    qsort(done, n_done, sizeof done[0], by_text);
    for (size_t i = 0; i < n_done; i++) {
        add(text, sizeof text, "%s\n", done[i]);
    }
    fir_engine *g = open_engine(NULL);
    json_t *v = pending(g);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        add(text, sizeof text, "%s %zu\n", lists[i], json_array_size(json_object_get(v, lists[i])));
        for (size_t k = 0; k < json_array_size(json_object_get(v, lists[i])); k++) {
            add(text, sizeof text, "  %s %s %s\n", text_at(v, lists[i], k, "rule"), text_at(v, lists[i], k, "step"),
                text_at(v, lists[i], k, "why"));
        }
    }
    json_decref(v);
    fir_engine_free(g);
    return text;
}

static long live_once(long at, bool for_ever)
{
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        copy_file(files[i]);
    }
    n_done = 0;
    net.now_ns = 1000000000;
    refused = 0;
    fir_test_memory_arm(&memory, at, for_ever);
    fir_engine *g = open_engine(&memory.allocator);
    submit(g, "sh", 3); /* a duplicate */
    submit(g, "look", 6);
    submit(g, "look", 7); /* cooling */
    submit(g, "sh", 8);
    drain(g);
    operate(g);
    submit(g, "kill", 9);
    drain(g);
    g->n_appended = 1000000; /* it is to be made shorter now */
    for (int i = 0; i < 3; i++) {
        (void)again(fir_engine_poll(g, 0, NULL));
    }
    fir_engine_free(g);
    long calls = atomic_load(&memory.calls);
    fir_test_memory_arm(&memory, -1, false);
    if (atomic_load(&memory.live) != 0) {
        die("memory", "blocks are left");
    }
    return calls;
}

int main(void)
{
    const char *all = getenv("FALCOIR_TEST_LONG");
    int wrong = 0;
    long runs = 0;
    fake_init(&net);
    fir_test_memory_init(&memory);
    if (fir_catalog_new(&catalog, NULL) != 0) {
        die("catalogue", "no memory");
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        expect(types[i], fir_catalog_add(catalog, types[i], strlen(types[i]), NULL), 0);
    }
    playbook = world_compile(catalog, yaml);
    make_journal();
    long calls = live_once(-1, false), step = all != NULL ? 1 : calls / MOST_POINTS + 1;
    summary = strdup(tell());
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        for (long at = for_ever; at < calls && wrong < 5; at += step, runs++) {
            (void)live_once(at, for_ever != 0);
            const char *now = tell();
            if (strcmp(now, summary) != 0) {
                fprintf(stderr, "allocation %ld failing%s: wanted\n%sgot\n%s", at, for_ever ? " and others after it" : "", summary,
                        now);
                wrong++;
            }
        }
    }
    printf("%ld runs over %ld allocations\n%s", runs, calls, summary);
    free(summary);
    fir_playbook_unref(playbook);
    fir_catalog_unref(catalog);
    fake_free(&net);
    fir_test_dir_remove(kept);
    fir_test_dir_remove(folder);
    return wrong == 0 && runs > 100 ? EXIT_SUCCESS : EXIT_FAILURE;
}
