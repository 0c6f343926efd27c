/* SPDX-License-Identifier: Apache-2.0 */
/* The gate's state is what its records say, whatever happens on the way; and marks, which it is made of. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "gate/gate.h"
#include "support/failing.h"
#include "support/suite.h"
#include "support/world.h"

#define MINUTE (60 * FIR__SECOND)

static uint64_t state;

static uint64_t random_below(uint64_t n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (state >> 33) % n;
}

/* ---- marks ---- */

static fir__mark_key key_of(uint32_t n)
{
    fir__mark_key k = {{0}};
    memcpy(k.bytes, &n, sizeof n);
    return k;
}

static void add(fir__marks *m, uint32_t key, int64_t time, uint32_t most, bool thin)
{
    fir__mark_key k = key_of(key);
    ck_assert(fir__marks_prepare(m, &k, most));
    fir__marks_add(m, &k, time, most, thin, time + 100);
}

static const char *times(const fir__marks *m, uint32_t key)
{
    static char text[1000];
    const int64_t *t;
    fir__mark_key k = key_of(key);
    uint32_t n = fir__marks_get(m, &k, &t);
    text[0] = '\0';
    for (uint32_t i = 0; i < n; i++) {
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%lld", i != 0 ? " " : "", (long long)t[i]);
    }
    return text;
}

START_TEST(times_are_kept_in_order)
{
    fir__marks m;
    fir__marks_init(&m, &fir__default_allocator, 1, 10, 100);
    ck_assert_str_eq(times(&m, 1), "");
    add(&m, 1, 5, 3, false);
    add(&m, 1, 3, 3, false);
    add(&m, 1, 4, 3, false);
    ck_assert_str_eq(times(&m, 1), "3 4 5");
    add(&m, 1, 6, 3, false);
    ck_assert_str_eq(times(&m, 1), "4 5 6");
    add(&m, 1, 7, 1, false); /* a smaller number from now on */
    ck_assert_str_eq(times(&m, 1), "7");
    ck_assert_uint_eq(m.times, 1);
    fir__mark_key k = key_of(1), other = key_of(2);
    fir__marks_take(&m, &k, 8);
    fir__marks_take(&m, &other, 8);
    fir__marks_clear(&m, &other, 8, 1);
    ck_assert_str_eq(times(&m, 1), "7");
    fir__marks_take(&m, &k, 7);
    ck_assert_uint_eq(m.count, 0);
    add(&m, 1, 1, 5, false);
    add(&m, 1, 2, 5, false);
    add(&m, 1, 3, 5, false);
    fir__marks_clear(&m, &k, 2, 1);
    ck_assert_str_eq(times(&m, 1), "3");
    fir__marks_clear(&m, &k, 3, 1);
    ck_assert_str_eq(times(&m, 1), "");
    ck_assert_uint_eq(m.times, 1); /* cleared, and may be given back */
    fir__marks_clear(&m, &k, 9, 2);
    ck_assert_uint_eq(m.count, 0); /* not what was cleared before that */
    ck_assert_uint_eq(m.times, 0);
    fir__marks_free(&m);
}
END_TEST

START_TEST(what_is_cleared_can_be_given_back)
{
    fir__marks m;
    fir__mark_key k = key_of(1);
    fir__marks_init(&m, &fir__default_allocator, 7, 100, 1000);
    for (int64_t i = 1; i <= 4; i++) {
        add(&m, 1, i * 10, 5, false);
    }
    fir__marks_clear(&m, &k, 45, 100);
    ck_assert_str_eq(times(&m, 1), "");
    add(&m, 1, 25, 5, false); /* one that is late, and one of now */
    add(&m, 1, 50, 5, false);
    ck_assert_str_eq(times(&m, 1), "25 50");
    fir__marks_restore(&m, &k, 99);
    ck_assert_str_eq(times(&m, 1), "25 50");
    fir__marks_restore(&m, &k, 100);
    ck_assert_str_eq(times(&m, 1), "20 25 30 40 50"); /* the newest that there is room for */
    fir__marks_restore(&m, &k, 100);
    ck_assert_uint_eq(m.times, 5);
    fir__marks_clear(&m, &k, 60, 101);
    add(&m, 1, 70, 5, false);
    fir__marks_clear(&m, &k, 80, 102);
    fir__marks_restore(&m, &k, 101); /* it is gone */
    ck_assert_str_eq(times(&m, 1), "");
    fir__marks_restore(&m, &k, 102);
    ck_assert_str_eq(times(&m, 1), "70");
    ck_assert_uint_eq(m.times, 1);
    fir__marks_take(&m, &k, 70);
    ck_assert_uint_eq(m.count, 0);
    fir__marks_free(&m);
}
END_TEST

START_TEST(thinning_keeps_the_ends)
{
    fir__marks m;
    fir__marks_init(&m, &fir__default_allocator, 1, 10, 100);
    static const int64_t all[] = {10, 50, 51, 52, 90};
    for (size_t i = 0; i < 5; i++) {
        add(&m, 1, all[i], 4, true);
    }
    ck_assert_str_eq(times(&m, 1), "10 50 52 90");
    for (int64_t t = 91; t < 200; t++) {
        add(&m, 1, t, 4, true);
    }
    ck_assert_int_eq(strncmp(times(&m, 1), "10 ", 3), 0);
    ck_assert_ptr_nonnull(strstr(times(&m, 1), " 199"));
    fir__marks_free(&m);
}
END_TEST

START_TEST(what_was_touched_longest_ago_goes)
{
    fir__marks m;
    fir__marks_init(&m, &fir__default_allocator, 1, 3, 6);
    for (uint32_t i = 1; i <= 3; i++) {
        add(&m, i, i, 4, false);
    }
    add(&m, 1, 10, 4, false);
    add(&m, 4, 4, 4, false); /* 2 goes */
    ck_assert_uint_eq(m.count, 3);
    ck_assert_uint_eq(m.forgotten, 1);
    ck_assert_str_eq(times(&m, 1), "1 10");
    ck_assert_str_eq(times(&m, 2), "");
    ck_assert_str_eq(times(&m, 3), "3");
    add(&m, 4, 5, 4, false);
    add(&m, 4, 6, 4, false);
    ck_assert_uint_eq(m.times, 6);
    add(&m, 4, 7, 4, false); /* 3 goes, for its time */
    ck_assert_str_eq(times(&m, 3), "");
    ck_assert_uint_eq(m.forgotten, 2);
    ck_assert_uint_eq(m.times, 6);
    fir__marks_free(&m);
}
END_TEST

START_TEST(what_is_over_is_swept)
{
    fir__marks m;
    fir__marks_init(&m, &fir__default_allocator, 1, 1000, 1000);
    for (uint32_t i = 0; i < 200; i++) {
        add(&m, i, i % 2 == 0 ? 0 : 1000, 1, false);
    }
    for (int i = 0; i < 50; i++) {
        fir__marks_sweep(&m, 100);
    }
    ck_assert_uint_eq(m.count, 100);
    ck_assert_uint_eq(m.forgotten, 0);
    for (uint32_t i = 0; i < 200; i++) {
        ck_assert_str_eq(times(&m, i), i % 2 == 0 ? "" : "1000");
    }
    fir__marks_free(&m);
}
END_TEST

/* Against the plainest model there is. */
START_TEST(marks_do_as_a_list_would)
{
    enum { KEYS = 40, MOST = 5 };
    int64_t model[KEYS][MOST + 1];
    uint32_t n[KEYS] = {0};
    fir__marks m;
    fir__marks_init(&m, &fir__default_allocator, 99, 1000, 10000);
    state = 3;
    for (int round = 0; round < 20000; round++) {
        uint32_t k = (uint32_t)random_below(KEYS);
        int64_t t = (int64_t)random_below(50);
        fir__mark_key key = key_of(k);
        if (random_below(5) == 0) {
            fir__marks_clear(&m, &key, t, round);
            uint32_t gone = 0;
            while (gone < n[k] && model[k][gone] <= t) {
                gone++;
            }
            memmove(model[k], model[k] + gone, (n[k] - gone) * sizeof(int64_t));
            n[k] -= gone;
        } else {
            add(&m, k, t, MOST, false);
            if (n[k] == MOST) {
                memmove(model[k], model[k] + 1, (MOST - 1) * sizeof(int64_t));
                n[k]--;
            }
            uint32_t at = n[k]++;
            for (; at != 0 && model[k][at - 1] > t; at--) {
                model[k][at] = model[k][at - 1];
            }
            model[k][at] = t;
        }
        const int64_t *found;
        ck_assert_uint_eq(fir__marks_get(&m, &key, &found), n[k]);
        ck_assert(n[k] == 0 || memcmp(found, model[k], n[k] * sizeof *found) == 0);
    }
    fir__marks_free(&m);
}
END_TEST

/* ---- records ---- */

static const char yaml[] =
    "- rule: once\n  condition: proc.name = sh\n  once_per: {window: 1m, by: [k8s.pod.name]}\n"
    "  actions: [{action: a, use: 'test:keyed'}]\n"
    "- rule: three\n  condition: proc.name = sh\n  threshold: {count: 3, within: 30s, by: [k8s.pod.name]}\n"
    "  actions: [{action: a, use: 'test:keyed'}]\n"
    "- rule: after\n  condition: proc.name = sh\n  sequence: [{rule: A, within: 20s}, {rule: B, within: 10s}]\n"
    "  actions: [{action: a, use: 'test:keyed'}]\n"
    "- rule: kill\n  condition: proc.name = sh\n  actions: [{action: a, use: 'kubernetes:terminate'}]\n"
    "- rule: ask\n  condition: proc.name = bash\n  require_approval: true\n  actions: [{action: a, use: 'test:keyed'}]\n";

typedef struct lab {
    fir_catalog *catalog;
    fir_playbook *playbook;
    fir_evaluator *evaluator;
    fir_event *event;
} lab;

static void lab_open(lab *l)
{
    fir_error err;
    world_catalog(&l->catalog);
    l->playbook = world_compile(l->catalog, yaml);
    ck_assert_int_eq(fir_evaluator_new(NULL, &l->evaluator, &err), 0);
    ck_assert_int_eq(fir_event_new(NULL, &l->event, &err), 0);
}

static void lab_close(lab *l)
{
    fir_event_free(l->event);
    fir_evaluator_free(l->evaluator);
    fir_playbook_unref(l->playbook);
    fir_catalog_unref(l->catalog);
}

static fir_plan *random_plan(lab *l)
{
    static const char *const rules[] = {"A", "B", "Shell"};
    char alert[500];
    fir_plan *p;
    fir_error err = {0};
    int n = snprintf(alert, sizeof alert,
                     "{\"rule\":\"%s\",\"priority\":\"Warning\",\"output\":\"x\",\"output_fields\":{\"proc.name\":\"%s\","
                     "\"k8s.pod.name\":\"p%d\",\"k8s.ns.name\":\"n%d\",\"evt.num\":%d}}",
                     rules[random_below(3)], random_below(4) != 0 ? "sh" : "bash", (int)random_below(4), (int)random_below(3),
                     (int)random_below(300));
    ck_assert_int_eq(fir_event_parse(l->event, alert, (size_t)n, NULL, &err), 0);
    ck_assert_int_eq(fir_evaluate(l->evaluator, l->playbook, l->event, 0, &p, &err), 0);
    return p;
}

static fir__gate *new_gate(const fir_allocator *a, uint64_t seed)
{
    fir__guards guards;
    fir__arena arena;
    fir__gate *g;
    fir__arena_init(&arena, &fir__default_allocator, 0);
    ck_assert_int_eq(fir__guards_read(NULL, &arena, &guards), 0);
    ck_assert_int_eq(fir__gate_new(a, &guards, seed, &g), 0);
    fir__arena_free(&arena);
    return g;
}

static char *dumped(const fir__gate *g)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 16 << 20);
    fir__gate_dump(g, &b);
    fir__sbuf_char(&b, '\0');
    ck_assert_int_eq(b.status, 0);
    char *text = strdup(b.ptr);
    fir__sbuf_free(&b);
    return text;
}

static fir_buf judged_at(const fir__gate *g, const fir_plan *p, int64_t now, int64_t time)
{
    fir__arena arena;
    fir__verdict v;
    fir__sbuf b;
    fir_buf out;
    const fir__alert_facts facts = {.time_ns = time, .has_time = true};
    fir__arena_init(&arena, &fir__default_allocator, 0);
    fir__sbuf_init(&b, &fir__default_allocator, FIR__GATE_MOST_RECORD);
    ck_assert_int_eq(fir__gate_judge(g, p, &facts, now, &arena, &v), 0);
    fir__gate_record(p, &v, &b);
    ck_assert_int_eq(fir__sbuf_take(&b, &out), 0);
    fir__arena_free(&arena);
    return out;
}

static fir_buf judged(const fir__gate *g, const fir_plan *p, int64_t now)
{
    return judged_at(g, p, now, now - (int64_t)random_below(5) * FIR__SECOND);
}

static void fold(fir__gate *g, const char *kind, fir_str record)
{
    fir_error err = {0};
    int rc = fir__gate_fold(g, fir__cstr(kind), record, &err);
    ck_assert_msg(rc == 0, "%s: %.*s", err.message, (int)record.len, record.ptr);
}

START_TEST(the_fold_of_the_records_is_the_state)
{
    enum { ROUNDS = 3000 };
    static struct {
        const char *kind;
        fir_buf json;
    } records[2 * ROUNDS];
    size_t n = 0;
    lab l;
    int64_t now = 1000 * FIR__SECOND;
    state = 11;
    lab_open(&l);
    fir__gate *live = new_gate(&fir__default_allocator, 1), *again = new_gate(&fir__default_allocator, 2);
    for (int i = 0; i < ROUNDS; i++) {
        now += (int64_t)random_below(3) * FIR__SECOND;
        fir_plan *p = random_plan(&l);
        if (p == NULL) {
            continue;
        }
        fir_buf r = judged(live, p, now);
        fold(live, "gate", fir__str(r.ptr, r.len));
        records[n].kind = "gate";
        records[n++].json = r;
        if (p->n_rules != 0 && fir__str_eq(p->rules[0].def->name, FIR__S("ask")) && random_below(2) == 0) {
            fir__ask a;
            fir__sbuf b;
            fir__sbuf_init(&b, &fir__default_allocator, 1 << 16);
            ck_assert_int_eq(fir__ask_make(live, p, &p->rules[0], now, &a), 0);
            uint64_t what = random_below(6);
            if (what < 3) {
                fir__gate_record_ask(&a, &p->rules[0], &b);
            } else if (what < 5) {
                fir__gate_record_answer(fir__str(a.id, sizeof a.id), FIR__APPROVAL_REJECTED, FIR__S("x"), FIR__S("y"), now, &b);
            } else {
                fir__gate_record_done(a.event_id, now, &b);
            }
            records[n].kind = what < 3 ? "approval" : what < 5 ? "decision" : "done";
            ck_assert_int_eq(fir__sbuf_take(&b, &records[n].json), 0);
            fold(live, records[n].kind, fir__str(records[n].json.ptr, records[n].json.len));
            n++;
        }
        fir_plan_free(p);
    }
    for (size_t i = 0; i < n; i++) {
        fold(again, records[i].kind, fir__str(records[i].json.ptr, records[i].json.len));
        fir_buf_dispose(&records[i].json);
    }
    char *a = dumped(live), *b = dumped(again);
    ck_assert_str_eq(a, b);
    ck_assert_uint_gt(fir__gate_count(live).keys, 10);
    ck_assert_uint_gt(fir__gate_count(live).alerts, 100);
    ck_assert_uint_gt(fir__gate_count(live).approvals, 3);
    free(a);
    free(b);
    fir__gate_free(live);
    fir__gate_free(again);
    lab_close(&l);
}
END_TEST

START_TEST(what_is_taken_back_was_never_there)
{
    lab l;
    int64_t now = 1000 * FIR__SECOND;
    size_t some = 0;
    state = 5;
    lab_open(&l);
    fir__gate *g = new_gate(&fir__default_allocator, 1);
    for (int i = 0; i < 500; i++) {
        fir_plan *p = random_plan(&l);
        if (p == NULL) {
            continue;
        }
        fir_buf r = judged_at(g, p, now, now - FIR__SECOND);
        fir__gate_taken *taken;
        ck_assert_int_eq(fir__gate_fold_taken(g, fir__str(r.ptr, r.len), &taken, NULL), 0);
        fir__gate_retract(g, taken);
        fir_buf again = judged_at(g, p, now, now - FIR__SECOND);
        ck_assert_str_eq(r.ptr, again.ptr);
        fir_buf_dispose(&again);
        fold(g, "gate", fir__str(r.ptr, r.len));
        some += strstr(r.ptr, "\"clear\"") != NULL;
        fir__gate_taken_free(g, taken);
        fir_buf_dispose(&r);
        fir_plan_free(p);
        now += (int64_t)random_below(20) * FIR__SECOND;
    }
    ck_assert_uint_gt(some, 10); /* what they cleared counts again */
    fir__gate_taken *none;
    ck_assert_int_eq(fir__gate_fold_taken(g, FIR__S("{}"), &none, NULL), FIR_EPARSE);
    ck_assert_ptr_null(none);
    ck_assert_int_eq(fir__gate_fold_taken(g, FIR__S("["), &none, NULL), FIR_EPARSE);
    ck_assert_ptr_null(none);
    fir__gate_free(g);
    lab_close(&l);
}
END_TEST

START_TEST(a_fold_without_memory_changes_nothing)
{
    static const char *const kinds[] = {"gate", "operator", "approval", "decision"};
    static const char *const records[] = {
        "{\"at\":5,\"event\":\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\",\"marks\":[{\"add\":1,\"key\":"
        "\"00112233445566778899aabbccddeeff\",\"most\":4,\"until\":9},{\"add\":2,\"key\":\"00112233445566778899aabbccddeefe\","
        "\"most\":4,\"until\":9},{\"add\":3,\"key\":\"00112233445566778899aabbccddeeff\",\"most\":4,\"until\":9}],\"seen\":9,"
        "\"status\":\"proceed\"}",
        "{\"at\":5,\"command\":\"pause\",\"who\":\"ann\",\"why\":\"drill\"}",
        "{\"approval\":\"0123456789abcdef\",\"approvers\":[\"a\",\"b\"],\"at\":1,\"digest\":"
        "\"0011223344556677889900112233445500112233445566778899001122334455\","
        "\"event\":\"e\",\"expires\":\"2026-01-01T00:00:00Z\",\"on_timeout\":\"reject\",\"reason_required\":"
        "false,"
        "\"rule\":\"R\"}",
        "{\"approval\":\"0123456789abcdef\",\"at\":3,\"state\":\"approved\",\"who\":\"ann\",\"why\":\"yes\"}",
    };
    fir_test_memory m;
    fir_test_memory_init(&m);
    fir__gate *g = new_gate(&m.allocator, 1);
    for (size_t i = 0; i < 4; i++) {
        long fails = 0;
        for (;; fails++) {
            char *before = dumped(g);
            fir_error err = {0};
            fir_test_memory_arm(&m, fails, false);
            int rc = fir__gate_fold(g, fir__cstr(kinds[i]), fir__cstr(records[i]), &err);
            fir_test_memory_arm(&m, -1, false);
            char *after = dumped(g);
            ck_assert(rc == 0 || rc == FIR_ENOMEM);
            ck_assert_int_eq(rc == 0, strcmp(before, after) != 0);
            free(before);
            free(after);
            if (rc == 0) {
                break;
            }
        }
        ck_assert_int_gt(fails, 0);
    }
    ck_assert_uint_eq(fir__gate_count(g).times, 3);
    fir__gate_free(g);
    ck_assert_int_eq(atomic_load(&m.live), 0);
}
END_TEST

START_TEST(damaged_records)
{
    static const struct {
        const char *kind, *json;
    } bad[] = {
        {"gate", ""},
        {"gate", "[]"},
        {"gate", "{}"},
        {"gate", "{\"at\":\"1\"}"},
        {"gate", "{\"at\":1,\"seen\":2}"},
        {"gate", "{\"at\":1,\"event\":\"xx\",\"seen\":2}"},
        {"gate", "{\"at\":1,\"event\":\"00112233445566778899aabbccddeefG\",\"seen\":2}"},
        {"gate", "{\"at\":1,\"marks\":{}}"},
        {"gate", "{\"at\":1,\"marks\":[1]}"},
        {"gate", "{\"at\":1,\"marks\":[{\"add\":1,\"key\":\"00112233445566778899aabbccddeeff\",\"until\":1}]}"},
        {"gate", "{\"at\":1,\"marks\":[{\"add\":1,\"key\":\"00112233445566778899aabbccddeeff\",\"most\":0,\"until\":1}]}"},
        {"gate", "{\"at\":1,\"marks\":[{\"add\":1,\"key\":\"00112233445566778899aabbccddee\",\"most\":1,\"until\":1}]}"},
        {"gate", "{\"at\":1,\"marks\":[{\"clear\":true,\"key\":\"00112233445566778899aabbccddeeff\"}]}"},
        {"operator", "{\"at\":1}"},
        {"operator", "{\"command\":\"pause\"}"},
        {"operator", "{\"at\":1,\"command\":1}"},
        {"approval", "{\"at\":1}"},
        {"approval", "[]"},
        {"approval", "{\"approval\":\"0123456789abcdef\"}"},
        {"decision", "{\"approval\":\"0123456789abcdef\",\"at\":1,\"state\":\"pending\"}"},
        {"decision", "{\"approval\":\"0123456789abcdef\",\"state\":\"approved\"}"},
        {"decision", "{\"at\":1,\"state\":\"approved\"}"},
        {"done", "{}"},
    };
    fir__gate *g = new_gate(&fir__default_allocator, 1);
    char *before = dumped(g);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        fir_error err = {0};
        ck_assert_msg(fir__gate_fold(g, fir__cstr(bad[i].kind), fir__cstr(bad[i].json), &err) == FIR_EPARSE, "%zu %s", i,
                      bad[i].json);
        ck_assert_int_eq(err.code, FIR_EPARSE);
    }
    ck_assert_int_eq(fir__gate_fold(g, FIR__S("outcome"), FIR__S("whatever"), NULL), 0);
    char *after = dumped(g);
    ck_assert_str_eq(before, after);
    free(before);
    free(after);
    fir__gate_free(g);
}
END_TEST

START_TEST(a_clock_that_goes_back)
{
    lab l;
    state = 1;
    lab_open(&l);
    fir__gate *g = new_gate(&fir__default_allocator, 1);
    fir_error err;
    static const char alert[] =
        "{\"rule\":\"Shell\",\"priority\":\"Warning\",\"output\":\"x\",\"output_fields\":{\"proc.name\":\"sh\","
        "\"k8s.pod.name\":\"p\",\"evt.num\":%d}}";
    const struct {
        int64_t at;
        const char *want;
    } steps[] = {
        {1000 * MINUTE, "\"rule\":\"once\",\"status\":\"proceed\""},
        {1000 * MINUTE - 30 * FIR__SECOND, "\"rule\":\"once\",\"status\":\"cooling\""}, /* a little back: it still holds */
        {10 * MINUTE, "\"rule\":\"once\",\"status\":\"proceed\""},                      /* far back: it does not hold for hours */
        {10 * MINUTE + 1, "\"rule\":\"once\",\"status\":\"cooling\""},
        {1000 * MINUTE + 59 * FIR__SECOND, "\"rule\":\"once\",\"status\":\"proceed\""},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        char text[400];
        fir_plan *p;
        (void)snprintf(text, sizeof text, alert, (int)i);
        ck_assert_int_eq(fir_event_parse(l.event, text, strlen(text), NULL, &err), 0);
        ck_assert_int_eq(fir_evaluate(l.evaluator, l.playbook, l.event, 0, &p, &err), 0);
        fir_buf r = judged(g, p, steps[i].at);
        ck_assert_msg(strstr(r.ptr, steps[i].want) != NULL, "%zu: %s", i, r.ptr);
        fold(g, "gate", fir__str(r.ptr, r.len));
        fir_buf_dispose(&r);
        fir_plan_free(p);
    }
    fir__gate_free(g);
    lab_close(&l);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("gate records");
    TCase *t = tcase_create("marks");
    tcase_add_test(t, times_are_kept_in_order);
    tcase_add_test(t, what_is_cleared_can_be_given_back);
    tcase_add_test(t, thinning_keeps_the_ends);
    tcase_add_test(t, what_was_touched_longest_ago_goes);
    tcase_add_test(t, what_is_over_is_swept);
    tcase_add_test(t, marks_do_as_a_list_would);
    suite_add_tcase(s, t);
    t = tcase_create("records");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, the_fold_of_the_records_is_the_state);
    tcase_add_test(t, what_is_taken_back_was_never_there);
    tcase_add_test(t, a_fold_without_memory_changes_nothing);
    tcase_add_test(t, damaged_records);
    tcase_add_test(t, a_clock_that_goes_back);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return fir_test_run(suite());
}
