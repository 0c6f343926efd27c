/* SPDX-License-Identifier: Apache-2.0 */
/* The engine over a store of which each call fails in turn, once and from then on, in each way a store may fail; and over the
 * journal, whose every I/O call fails in turn. Then the store is well again, and another engine goes on: nothing accepted is lost,
 * nothing is done under two keys, nothing destructive is done whose intent the store has not. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "engine/private.h"
#include "store/store.h"
#include "support/store.h"
#include "support/suite.h"
#include "support/vfs.h"
#include "support/world.h"

enum { ALERTS = 9, MOST_INTENTS = 256 };
#define MINUTE (60 * FIR__SECOND)

static const char yaml[] =
    "- rule: note\n  condition: proc.name = note\n  actions: [{action: a, use: 't:keyed'}]\n"
    "- rule: flaky\n  condition: proc.name = flaky\n  actions: [{action: a, use: 't:flaky'}]\n"
    "- rule: kill\n  condition: proc.name = kill\n  actions: [{action: a, use: 't:kill'}]\n"
    "- rule: undo\n  condition: proc.name = undo\n  actions: [{action: a, use: 't:undo', undo_after: 1m}]\n"
    "- rule: ask\n  condition: proc.name = ask\n  require_approval: {timeout: 10h}\n  actions: [{action: a, use: 't:kill'}]\n"
    "- rule: cool\n  condition: proc.name = cool\n  once_per: {window: 10h}\n  actions: [{action: a, use: 't:keyed'}]\n";

/* What each alert is about; two that cool each other down. */
static const char *const names[ALERTS] = {"note", "flaky", "kill", "undo", "ask", "cool", "cool", "note", "kill"};

/* ---- what was done ---- */

static struct {
    int acted[ALERTS], undone[ALERTS], tried[ALERTS], asked_again[ALERTS];
    char ids[ALERTS][65];
    bool accepted[ALERTS];
    char intents[MOST_INTENTS][64]; /* of actions, as the store has acknowledged them */
    int n_intents;
    int told; /* failures that a call gave back */
} did;

static int number_of(fir_call *c)
{
    fir_str event;
    ck_assert_int_eq(fir_call_event(c, &event), 0);
    char text[2000];
    (void)snprintf(text, sizeof text, "%.*s", (int)event.len, event.ptr);
    const char *at = strstr(text, "\"n\":");
    ck_assert_ptr_nonnull(at);
    int n = atoi(at + 4);
    ck_assert(n >= 0 && n < ALERTS);
    return n;
}

static bool intended(fir_str id)
{
    for (int i = 0; i < did.n_intents; i++) {
        if (memcmp(did.intents[i], id.ptr, 64) == 0) {
            return true;
        }
    }
    return false;
}

/* One alert, one action, one key. */
static int enter(fir_call *c)
{
    fir_str id;
    int n = number_of(c);
    ck_assert_int_eq(fir_call_action_id(c, &id), 0);
    ck_assert_msg(did.ids[n][0] == '\0' || memcmp(did.ids[n], id.ptr, 64) == 0, "alert %d under two keys", n);
    memcpy(did.ids[n], id.ptr, 64);
    return n;
}

static int act(void *self, fir_call *c)
{
    (void)self;
    did.acted[enter(c)]++;
    return FIR_CALL_DONE;
}

static int act_later(void *self, fir_call *c)
{
    int n = enter(c);
    return did.tried[n]++ == 0 ? fir_call_fail(c, FIR_ETRANSPORT, 0, "not now", 7) : act(self, c);
}

static int destroy(void *self, fir_call *c)
{
    fir_str id;
    ck_assert_int_eq(fir_call_action_id(c, &id), 0);
    ck_assert_msg(intended(id), "destroyed without an intent");
    return act(self, c);
}

static int note_it(void *self, fir_call *c)
{
    (void)self;
    return fir_call_record(c, "{\"was\":1}", 9);
}

static int undo_it(void *self, fir_call *c)
{
    fir_str record;
    (void)self;
    ck_assert_int_eq(fir_call_recorded(c, &record), 0);
    ck_assert_uint_eq(record.len, 9);
    did.undone[enter(c)]++;
    return FIR_CALL_DONE;
}

/* ---- the store that fails ---- */

enum { APPEND, READ, TRIM, FORGET, CHECKPOINT, CALLS };

static fir_store real, front;
static struct {
    int call;      /* which kind fails */
    long at;       /* from 0; -1: none */
    bool for_ever; /* and all behind it */
    int32_t code;
    bool kept; /* of an append: it was written all the same */
    long calls[CALLS];
    long hits;
} plan;

static bool fails(int call)
{
    long n = plan.calls[call]++;
    bool hit = call == plan.call && plan.at >= 0 && (plan.for_ever ? n >= plan.at : n == plan.at);
    plan.hits += hit;
    return hit;
}

static int scripted(fir_error *err)
{
    return fir__fail(err, plan.code, "the store was told to fail");
}

static int append(void *self, const fir_record *r, size_t n, uint32_t flags, uint64_t *first, fir_error *err)
{
    bool failing = fails(APPEND);
    (void)self;
    if (failing && !plan.kept) {
        return scripted(err);
    }
    int rc = real.append(real.self, r, n, flags, first, err);
    if (rc != 0 || failing) {
        return rc != 0 ? rc : scripted(err);
    }
    for (size_t i = 0; i < n; i++) {
        if (r[i].kind.len == 6 && memcmp(r[i].kind.ptr, "intent", 6) == 0) {
            ck_assert_int_lt(did.n_intents, MOST_INTENTS);
            memcpy(did.intents[did.n_intents++], r[i].action_id.ptr, 64);
        }
    }
    return 0;
}

static int read_on(void *self, uint64_t after, fir_record *out, fir_error *err)
{
    (void)self;
    return fails(READ) ? scripted(err) : real.read(real.self, after, out, err);
}

static int trim(void *self, uint64_t before, const uint64_t *keep, size_t n, fir_error *err)
{
    (void)self;
    return fails(TRIM) ? scripted(err) : real.trim(real.self, before, keep, n, err);
}

static int forget(void *self, int64_t before, fir_error *err)
{
    (void)self;
    return fails(FORGET) ? scripted(err) : real.forget != NULL ? real.forget(real.self, before, err) : 0;
}

static int checkpoint(void *self, fir_error *err)
{
    (void)self;
    return fails(CHECKPOINT) ? scripted(err) : real.checkpoint != NULL ? real.checkpoint(real.self, err) : 0;
}

/* ---- engines ---- */

static fake net;
static fir_catalog *catalog;
static fir_playbook *playbook;
static fir_engine *engine;
static char said[65536]; /* the log */

static int keep_log(void *user, int32_t level, const char *json, size_t n)
{
    size_t have = strlen(said);
    (void)user;
    (void)level;
    (void)snprintf(said + have, sizeof said - have, "%.*s\n", (int)n, json);
    return 0;
}

static int open_engine(fir_error *err)
{
    static const fir_action_type types[] = {
        {.size = sizeof(fir_action_type), .name = "t:keyed", .advance = act},
        {.size = sizeof(fir_action_type), .name = "t:flaky", .advance = act_later},
        {.size = sizeof(fir_action_type), .name = "t:kill", .advance = destroy, .prepare = note_it},
        {.size = sizeof(fir_action_type), .name = "t:undo", .advance = destroy, .prepare = note_it, .undo = undo_it},
    };
    front = (fir_store){
        .size = sizeof front, .append = append, .read = read_on, .trim = trim, .forget = forget, .checkpoint = checkpoint};
    fir_engine_options o = {.size = sizeof o, .store = &front, .transport = &net.transport, .clock = &net.clock, .log = keep_log};
    fake_clear(&net);
    said[0] = '\0';
    int rc = fir_engine_new(&o, catalog, playbook, &engine, err);
    for (size_t i = 0; rc == 0 && i < sizeof types / sizeof *types; i++) {
        ck_assert_int_eq(fir_engine_register(engine, &types[i], NULL, NULL), 0);
    }
    return rc;
}

static void submit(int n)
{
    char text[500];
    fir_error err = {0};
    (void)snprintf(text, sizeof text,
                   "{\"output\":\"x\",\"output_fields\":{\"k8s.ns.name\":\"prod\",\"k8s.pod.name\":\"p%d\",\"n\":%d,\"proc.name\":"
                   "\"%s\"},\"priority\":\"Warning\",\"rule\":\"Shell\","
                   "\"time\":\"2026-07-14T09:21:33.%09dZ\"}",
                   n, n, names[n], n);
    int rc = fir_engine_submit(engine, text, strlen(text), NULL, &err);
    ck_assert_msg(rc == 0 || err.message[0] != '\0', "a failure without a word");
    did.accepted[n] = did.accepted[n] || rc == 0;
    did.told += rc != 0;
}

static void settle(void)
{
    for (int i = 0; i < 40; i++) {
        int rc = fir_engine_poll(engine, 0, NULL);
        ck_assert_msg(rc == 0 || rc == FIR_EAGAIN || rc == FIR_ENOMEM, "%s", fir_code_name(rc));
        did.told += rc == FIR_ENOMEM;
        net.now_ns += FIR__SECOND / 10;
    }
}

static json_t *pending(void)
{
    fir_buf b;
    ck_assert_int_eq(fir_engine_pending_json(engine, &b, NULL), 0);
    json_t *v = json_loadb(b.ptr, b.len, 0, NULL);
    fir_buf_dispose(&b);
    return v;
}

static unsigned long metric(const char *name)
{
    fir_buf b;
    char line[100];
    ck_assert_int_eq(fir_engine_metrics_text(engine, &b, NULL), 0);
    (void)snprintf(line, sizeof line, "\n%s ", name);
    const char *at = strstr(b.ptr, line);
    ck_assert_ptr_nonnull(at);
    unsigned long n = strtoul(at + strlen(line), NULL, 10);
    fir_buf_dispose(&b);
    return n;
}

/* Says yes to all that is asked; but no where it is asked whether something is to be done a second time. */
static void answer_all(void)
{
    json_t *v = pending();
    const json_t *list = json_object_get(v, "approvals"), *one;
    size_t i;
    json_array_foreach(list, i, one)
    {
        const char *id = json_string_value(json_object_get(one, "approval"));
        bool again = strstr(json_string_value(json_object_get(one, "why")), "left open") != NULL;
        int rc = fir_engine_decide(engine, id, !again, "ann", NULL, NULL);
        did.told += rc != 0;
        for (int n = 0; again && rc == 0 && n < ALERTS; n++) {
            did.asked_again[n] += strcmp(names[n], json_string_value(json_object_get(one, "rule"))) == 0;
        }
    }
    json_decref(v);
}

/* All of an engine's life, on the store as it is. */
static void first_life(void)
{
    fir_error err = {0};
    int rc = open_engine(&err);
    if (rc != 0) {
        ck_assert_ptr_null(engine);
        ck_assert_str_ne(err.message, "");
        did.told++;
        return;
    }
    for (int n = 0; n < 6; n++) {
        submit(n);
    }
    submit(0); /* a duplicate */
    settle();
    submit(6);                                  /* which is cooling */
    atomic_store(&engine->n_appended, 1000000); /* the journal is made shorter, with an undo and a question in it */
    settle();
    answer_all();
    settle();
    answer_all();
    settle();
    net.now_ns += MINUTE; /* the undo */
    settle();
    atomic_store(&engine->n_appended, 1000000); /* and again, with nothing */
    settle();
    submit(7);
    submit(8); /* of the target of number 2, and so it is asked */
    settle();
    answer_all();
    settle();
    answer_all();
    settle();
}

/* What one failure in passing leaves undone is done by the same engine; what is not passing is seen. */
static void look(bool once)
{
    if (engine == NULL) {
        return;
    }
    if (plan.hits != 0 && plan.call == APPEND) {
        ck_assert_uint_ge(metric("falcoir_journal_refused"), 1);
        ck_assert_uint_eq(metric("falcoir_journal_failed"), plan.code == FIR_EIO);
        ck_assert_msg(did.told != 0 || strstr(said, "the journal could not be written") != NULL ||
                          strstr(said, "the journal was not made shorter") != NULL || strstr(said, "the journal failed") != NULL,
                      "nobody was told: %s", said);
    } else if (plan.hits != 0 && plan.call != READ) {
        ck_assert_ptr_nonnull(
            strstr(said, plan.call == CHECKPOINT ? "the journal was not tidied up" : "the journal was not made shorter"));
    }
    if (once && !(plan.call == APPEND && plan.code == FIR_EIO)) {
        for (int n = 0; n < ALERTS; n++) {
            bool cooled = n == 6 && did.accepted[5];
            ck_assert_msg(!did.accepted[n] || cooled || did.acted[n] == 1, "alert %d: %d: %.2000s", n, did.acted[n],
                          strlen(said) > 2000 ? said + strlen(said) - 2000 : said);
        }
        ck_assert_int_eq(did.undone[3], did.accepted[3]);
    }
}

/* exact: the first life had time to write all that it did. */
static void second_life(const char *what, bool exact)
{
    fir_error err = {0};
    ck_assert_msg(open_engine(&err) == 0, "%s: %s", what, err.message);
    for (int n = 0; n < ALERTS; n++) {
        if (!did.accepted[n]) {
            submit(n);
            ck_assert_msg(did.accepted[n], "%s: alert %d", what, n);
        }
    }
    settle();
    answer_all();
    settle();
    answer_all();
    settle();
    net.now_ns += 2 * MINUTE;
    settle();
    json_t *v = pending();
    ck_assert_msg(json_array_size(json_object_get(v, "waiting")) == 0, "%s: something waits", what);
    ck_assert_msg(json_array_size(json_object_get(v, "dead")) == 0, "%s: something is dead", what);
    ck_assert_msg(json_array_size(json_object_get(v, "approvals")) == 0, "%s: something is asked", what);
    json_decref(v);
    ck_assert_uint_eq(metric("falcoir_queued"), 0);
    ck_assert_uint_eq(metric("falcoir_undos_waiting"), 0);
    fir_engine_free(engine);
    engine = NULL;
    for (int n = 0; n < ALERTS; n++) {
        bool unsafe = strcmp(names[n], "kill") == 0 || strcmp(names[n], "ask") == 0, cool = strcmp(names[n], "cool") == 0;
        if (unsafe) {
            ck_assert_msg(did.acted[n] == 1 || (did.acted[n] == 0 && did.asked_again[n] != 0), "%s: alert %d: done %d times", what,
                          n, did.acted[n]);
        } else if (!cool) {
            ck_assert_msg(did.acted[n] >= 1 && did.acted[n] <= 2, "%s: alert %d: done %d times", what, n, did.acted[n]);
        }
    }
    for (int n = 0; exact && n < ALERTS; n++) {
        ck_assert_msg(did.acted[n] <= 1 && did.asked_again[n] == 0, "%s: the end of alert %d was not written", what, n);
    }
    ck_assert_msg((did.acted[5] != 0) != (did.acted[6] != 0), "%s: %d and %d within one cool-down", what, did.acted[5],
                  did.acted[6]);
    ck_assert_msg(did.undone[3] >= 1 && did.undone[3] <= 2, "%s: undone %d times", what, did.undone[3]);
}

static void setup(void)
{
    static const char *const types[] = {
        "{\"name\":\"t:keyed\",\"effect\":\"keyed\",\"destructive\":false,\"parameters\":{}}",
        "{\"name\":\"t:flaky\",\"effect\":\"keyed\",\"destructive\":false,\"parameters\":{}}",
        "{\"name\":\"t:kill\",\"effect\":\"unsafe\",\"destructive\":true,\"parameters\":{}}",
        "{\"name\":\"t:undo\",\"effect\":\"idempotent\",\"destructive\":true,\"parameters\":{}}",
    };
    fake_init(&net);
    net.wall_offset_ns = INT64_C(1784020894) * FIR__SECOND - net.now_ns;
    ck_assert_int_eq(fir_catalog_new(&catalog, NULL), 0);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        ck_assert_int_eq(fir_catalog_add(catalog, types[i], strlen(types[i]), NULL), 0);
    }
    playbook = world_compile(catalog, yaml);
}

static void teardown(void)
{
    fir_playbook_unref(playbook);
    fir_catalog_unref(catalog);
    fake_free(&net);
}

static void begin(void)
{
    memset(&did, 0, sizeof did);
    memset(&plan, 0, sizeof plan);
    plan.at = -1;
    net.wall_offset_ns = INT64_C(1784020894) * FIR__SECOND - net.now_ns;
}

/* ---- each call of a store ---- */

static const struct {
    int call;
    int32_t code;
    bool kept;
} ways[] = {{APPEND, FIR_EIO, false},    {APPEND, FIR_EIO, true},  {APPEND, FIR_ELIMIT, false}, {APPEND, FIR_EBUSY, false},
            {APPEND, FIR_ENOMEM, false}, {READ, FIR_EIO, false},   {READ, FIR_ENOMEM, false},   {TRIM, FIR_EIO, false},
            {TRIM, FIR_ELIMIT, false},   {FORGET, FIR_EIO, false}, {CHECKPOINT, FIR_EIO, false}};
enum { WAYS = sizeof ways / sizeof *ways };

/* Run k of one way; true: the call was there to fail. */
static bool run(int way, bool for_ever, long k)
{
    char what[100];
    begin();
    ck_assert_int_eq(fir__store_memory(&fir__default_allocator, &real, NULL), 0);
    plan.call = ways[way].call;
    plan.code = ways[way].code;
    plan.kept = ways[way].kept;
    plan.for_ever = for_ever;
    plan.at = k;
    (void)snprintf(what, sizeof what, "way %d%s, call %ld", way, for_ever ? " for ever" : "", k);
    first_life();
    look(!for_ever);
    fir_engine_free(engine);
    engine = NULL;
    bool hit = plan.hits != 0;
    plan.at = -1;
    second_life(what, !for_ever && !(plan.call == APPEND && plan.code == FIR_EIO));
    real.close(real.self);
    return hit;
}

/* _i: the way, once and for ever. */
START_TEST(each_call_fails)
{
    long k = 0;
    setup();
    while (run(_i / 2, _i % 2 != 0, k)) {
        k++;
    }
    static const long least[CALLS] = {[APPEND] = 15, [READ] = 1, [TRIM] = 2, [FORGET] = 2, [CHECKPOINT] = 2};
    ck_assert_int_ge(k, least[ways[_i / 2].call]);
    teardown();
}
END_TEST

/* A recovery's reads fail, one by one: it says so and leaves everything as it was. */
START_TEST(each_read_of_a_recovery_fails)
{
    static const int32_t codes[] = {FIR_EIO, FIR_ENOMEM};
    setup();
    begin();
    ck_assert_int_eq(fir__store_memory(&fir__default_allocator, &real, NULL), 0);
    fir_error err = {0};
    ck_assert_int_eq(open_engine(&err), 0);
    for (int n = 0; n < 5; n++) {
        submit(n);
    }
    fir_engine_free(engine); /* nothing of it is done */
    engine = NULL;
    long k = 0;
    for (bool failed = true; failed; k++) {
        plan.call = READ;
        plan.code = codes[k % 2];
        plan.at = k;
        plan.calls[READ] = plan.hits = 0;
        failed = open_engine(&err) != 0;
        if (failed) {
            ck_assert_int_eq(err.code, codes[k % 2]);
            ck_assert_ptr_nonnull(strstr(err.message, "the store was told to fail"));
        } else {
            fir_engine_free(engine);
        }
        engine = NULL;
    }
    ck_assert_int_ge(k, 10);
    plan.at = -1;
    second_life("a recovery", true);
    real.close(real.self);
    teardown();
}
END_TEST

/* ---- more than one commit holds ---- */

START_TEST(what_has_gathered_is_written_in_pieces)
{
    enum { NOTES = FIR_STORE_MAX_APPEND + 1000 };
    fir_error err = {0};
    setup();
    begin();
    ck_assert_int_eq(fir__store_memory(&fir__default_allocator, &real, NULL), 0);
    ck_assert_int_eq(open_engine(&err), 0);
    engine->compact_again_ns = INT64_MAX;
    for (int i = 0; i < NOTES; i++) {
        fir__sbuf b;
        fir__sbuf_init(&b, &fir__default_allocator, 64);
        fir__sbuf_printf(&b, "{\"n\":%d}", i);
        ck_assert_int_eq(fir__journal_put(engine, (fir_str){"test", 4}, NULL, NULL, NULL, &b), 0);
    }
    settle();
    fir_record r = {.size = sizeof r};
    int n = 0;
    for (uint64_t at = 0; real.read(real.self, at, &r, NULL) == 0; at = r.seq) {
        char wanted[64];
        int len = snprintf(wanted, sizeof wanted, "{\"n\":%d}", n);
        if (r.kind.len == 4) {
            ck_assert_msg(r.json.len == (size_t)len && memcmp(r.json.ptr, wanted, r.json.len) == 0, "%.*s is not %s",
                          (int)r.json.len, r.json.ptr, wanted);
            n++;
        }
    }
    ck_assert_int_eq(n, NOTES);
    fir_engine_free(engine);
    engine = NULL;
    real.close(real.self);
    teardown();
}
END_TEST

/* ---- each I/O call of the journal ---- */

static char dir[128];

static int open_journal(const char *vfs)
{
    const fir__store_options o = {.dir = dir, .synced = true, .vfs = vfs, .reserve = 64 * 1024};
    return fir__store_open(&o, &real, NULL);
}

/* _i: for ever? */
START_TEST(each_io_call_fails)
{
    char what[100];
    long points = 1, seen = 0;
    setup();
    fir_test_vfs_register();
    for (long k = 0; k < points; k += k < 60 ? 1 : 3) {
        begin();
        fir_test_dir_make(dir, "/dev/shm");
        fir_test_vfs_arm(k, _i != 0);
        if (open_journal(FIR_TEST_VFS) == 0) {
            first_life();
            points = fir_test_vfs_calls() > k ? k + 4 : k;
            fir_engine_free(engine);
            engine = NULL;
            real.close(real.self);
        } else {
            points = k + 4;
        }
        fir_test_vfs_arm(-1, false);
        seen++;
        ck_assert_int_eq(open_journal(NULL), 0);
        (void)snprintf(what, sizeof what, "I/O call %ld%s", k, _i != 0 ? " and all behind it" : "");
        second_life(what, false);
        real.close(real.self);
        fir_test_dir_remove(dir);
    }
    ck_assert_int_gt(seen, 60);
    teardown();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("engine_store");
    TCase *t = tcase_create("engine_store");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, each_call_fails, 0, 2 * WAYS);
    tcase_add_test(t, each_read_of_a_recovery_fails);
    tcase_add_test(t, what_has_gathered_is_written_in_pieces);
    tcase_add_loop_test(t, each_io_call_fails, 0, 2);
    suite_add_tcase(s, t);
    int code = fir_test_run(s);
    return code;
}
