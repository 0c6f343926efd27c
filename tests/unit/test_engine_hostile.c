/* SPDX-License-Identifier: Apache-2.0 */
/* Ten thousand alerts of somebody who may write alerts, in ten seconds, among honest ones: whatever they name, nothing that is
 * protected is acted on, the budgets hold, and the counts of all that was refused add up. */
#include <check.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "support/suite.h"
#include "support/world.h"

enum {
    HOSTILE = 10000,
    HONEST = 1000, /* one half told of, one half acted on */
    MOST_OUTCOMES = 2000,
    MOST_MEMORY = 192 << 20
};

/* ---- what was done, and whether it was allowed ---- */

typedef struct act {
    int64_t at;
    char space[80], pod[80];
} act;

static act acts[HOSTILE + HONEST];
static size_t n_acts, n_told, protected_acts;
static unsigned torn; /* alerts that are two for a reader */
static fake net;
static fir_catalog *catalog;
static fir_playbook *playbook;
static fir_engine *engine;

static const char *const protected_names[] = {"kube-system", "kube-public", "kube-node-lease", "falco", "falcoir", "vault"};
enum { PROTECTED_NAMES = sizeof protected_names / sizeof *protected_names };

static bool dropped(unsigned char c)
{
    return c <= ' ' || c == 0x7F || c == '.';
}

static bool is_protected(fir_str s)
{
    char name[80];
    while (s.len != 0 && dropped((unsigned char)s.ptr[0])) {
        s = (fir_str){s.ptr + 1, s.len - 1};
    }
    while (s.len != 0 && dropped((unsigned char)s.ptr[s.len - 1])) {
        s.len--;
    }
    for (size_t i = 0; s.len < sizeof name && i < PROTECTED_NAMES; i++) {
        for (size_t k = 0; k < s.len; k++) {
            name[k] = s.ptr[k] >= 'A' && s.ptr[k] <= 'Z' ? (char)(s.ptr[k] + 32) : s.ptr[k];
        }
        if (s.len == strlen(protected_names[i]) && memcmp(name, protected_names[i], s.len) == 0) {
            return true;
        }
    }
    return false;
}

static int evict(void *self, fir_call *c)
{
    fir_str space, pod;
    (void)self;
    ck_assert_int_eq(fir_call_text(c, "namespace", 9, &space), 0);
    ck_assert_int_eq(fir_call_text(c, "pod", 3, &pod), 0);
    protected_acts += is_protected(space) || space.len == 0 || pod.len == 0;
    ck_assert_uint_lt(n_acts, sizeof acts / sizeof *acts);
    act *a = &acts[n_acts++];
    a->at = net.now_ns;
    (void)snprintf(a->space, sizeof a->space, "%.*s", (int)space.len, space.ptr);
    (void)snprintf(a->pod, sizeof a->pod, "%.*s", (int)pod.len, pod.ptr);
    return FIR_CALL_DONE;
}

static int tell(void *self, fir_call *c)
{
    (void)self;
    (void)c;
    n_told++;
    return FIR_CALL_DONE;
}

static bool same_target(const act *a, const act *b)
{
    return strcmp(a->space, b->space) == 0 && strcmp(a->pod, b->pod) == 0;
}

/* Not more than so many in any stretch of that length, over all, in a namespace, on a target. */
static void the_budgets_hold(void)
{
    for (size_t i = 0; i < n_acts; i++) {
        unsigned all = 0, space = 0, target = 0;
        for (size_t k = 0; k <= i; k++) {
            int64_t ago = acts[i].at - acts[k].at;
            all += ago < 2 * FIR__SECOND;
            space += ago < 5 * FIR__SECOND && strcmp(acts[i].space, acts[k].space) == 0;
            target += same_target(&acts[i], &acts[k]);
        }
        ck_assert_uint_le(all, 10);
        ck_assert_uint_le(space, 2);
        ck_assert_uint_eq(target, 1);
    }
    ck_assert_uint_eq(n_acts, 30); /* all of what a minute gives, and no more */
}

/* ---- memory ---- */

static size_t held, most_held;

static void *take(void *self, size_t n)
{
    (void)self;
    max_align_t *p = malloc(sizeof *p + n);
    if (p == NULL) {
        return NULL;
    }
    *(size_t *)p = n;
    held += n;
    most_held = held > most_held ? held : most_held;
    return p + 1;
}

static void give(void *self, void *p)
{
    (void)self;
    if (p != NULL) {
        max_align_t *head = (max_align_t *)p - 1;
        held -= *(size_t *)head;
        free(head);
    }
}

static void *retake(void *self, void *p, size_t n)
{
    void *fresh = take(self, n);
    if (fresh != NULL && p != NULL) {
        size_t old = *(size_t *)((max_align_t *)p - 1);
        memcpy(fresh, p, old < n ? old : n);
        give(self, p);
    }
    return fresh;
}

/* ---- the engine ---- */

static const char *const types[] = {
    "{\"name\":\"test:evict\",\"effect\":\"idempotent\",\"destructive\":true,\"parameters\":{\"namespace\":{\"type\":\"string\","
    "\"target\":true},\"pod\":{\"type\":\"string\",\"target\":true}}}",
    "{\"name\":\"kubernetes:test_evict\",\"effect\":\"idempotent\",\"destructive\":true,\"parameters\":{\"namespace\":{\"type\":"
    "\"string\"},\"pod\":{\"type\":\"string\"}}}",
    "{\"name\":\"test:tell\",\"effect\":\"unsafe\",\"destructive\":false,\"notifies\":true,\"parameters\":{}}"};

static const char limits[] = "guards:\n  protect: {namespaces: [vault]}\n  limits:\n    target: {count: 1, within: 10m}\n"
                             "    namespace: {count: 2, within: 5s}\n    all: [{count: 10, within: 2s}, {count: 30, within: 1m}]\n";
static const char no_limits[] = "guards:\n  protect: {namespaces: [vault]}\n  limits: {target: false, namespace: false, all: []}\n";

static void compile(const char *config, const char *type)
{
    fir_compiler *k;
    fir_error err;
    char rules[1000];
    (void)snprintf(rules, sizeof rules,
                   "- rule: Hostile\n  condition: evt.type in (evict, \"evict\") or output contains EVICT\n"
                   "  once_per: {window: 2s, by: [k8s.ns.name, k8s.pod.name]}\n"
                   "  actions: [{action: e, use: '%s', parameters: {namespace: '{{k8s.ns.name}}', pod: '{{k8s.pod.name}}'}}]\n"
                   "- rule: Told\n  condition: evt.type = honest_note\n  actions: [{action: t, use: 'test:tell'}]\n"
                   "- rule: Honest\n  condition: evt.type = honest_kill\n"
                   "  actions: [{action: e, use: '%s', parameters: {namespace: '{{k8s.ns.name}}', pod: '{{k8s.pod.name}}'}}]\n",
                   type, type);
    ck_assert_int_eq(fir_compiler_new(catalog, NULL, &k, NULL), 0);
    ck_assert_msg(fir_compiler_add(k, "c.yaml", config, strlen(config), &err) == 0, "%s", err.message);
    ck_assert_msg(fir_compiler_add(k, "r.yaml", rules, strlen(rules), &err) == 0, "%s", err.message);
    if (fir_compiler_build(k, &playbook, &err) != 0) {
        fir_buf d;
        ck_assert_int_eq(fir_compiler_diagnostics_json(k, &d, NULL), 0);
        ck_abort_msg("%s", d.ptr);
    }
    fir_compiler_free(k);
}

static void open_engine(const char *dir)
{
    static const fir_allocator counting = {sizeof counting, NULL, take, retake, give};
    static const struct {
        const char *name;
        int (*advance)(void *self, fir_call *c);
    } all[] = {{"test:evict", evict}, {"kubernetes:test_evict", evict}, {"test:tell", tell}};
    fir_error err;
    const fir_engine_options o = {.size = sizeof o,
                                  .allocator = &counting,
                                  .transport = &net.transport,
                                  .clock = &net.clock,
                                  .data_dir = dir,
                                  .durability = dir != NULL ? FIR_DURABILITY_WRITTEN : 0,
                                  .max_outcomes = MOST_OUTCOMES};
    ck_assert_msg(fir_engine_new(&o, catalog, playbook, &engine, &err) == 0, "%s", err.message);
    for (size_t i = 0; i < 3; i++) {
        const fir_action_type t = {.size = sizeof t, .name = all[i].name, .advance = all[i].advance};
        ck_assert_msg(fir_engine_register(engine, &t, NULL, &err) == 0, "%s", err.message);
    }
}

static void setup(const char *config, const char *type, const char *dir)
{
    fir_error err;
    fake_init(&net);
    net.wall_offset_ns = INT64_C(1784020894) * FIR__SECOND - net.now_ns;
    n_acts = n_told = protected_acts = held = most_held = torn = 0;
    ck_assert_int_eq(fir_catalog_new(&catalog, &err), 0);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_msg(fir_catalog_add(catalog, types[i], strlen(types[i]), &err) == 0, "%s", err.message);
    }
    compile(config, type);
    open_engine(dir);
}

static void teardown(void)
{
    fir_engine_free(engine);
    fir_playbook_unref(playbook);
    fir_catalog_unref(catalog);
    ck_assert_uint_eq(held, 0);
    fake_free(&net);
}

/* ---- the alerts ---- */

static uint32_t dice;

static unsigned roll(unsigned below)
{
    dice = dice * 1664525u + 1013904223u;
    return (dice >> 8) % below;
}

/* Ways to write a name that somebody might read as a protected one. %s: the name; the rest is JSON. */
static const char *const spellings[] = {
    "%s.",       "%s ",     " %s",   "%s\\u0000",  "\\u0000%s",  "\\t%s\\n",  "%s\\u007f", "\\u001b%s", "..%s. .",
    "%s/../x",   "x/../%s", "%2e%s", "%s%00",      "%s\\u00a0",  "\\u200b%s", "%s\\u202e", "\\ufeff%s", "%s\\\\",
    "%s\\u0301", "%s.svc",  "*%s",   "%s,default", "\\\"%s\\\"", "{{%s}}",    "$(%s)",     "'%s'",      "%s\\ud83d\\ude00"};
static const char *const lookalikes[] = {"kube\\u2010system", "k\\u0443be-system", "kube%2dsystem",
                                         "\\uff4bube-system", "\\u212aube-system", "kube_system",
                                         "fa\\u217cco",       "va%75lt",           "KUBE\\u00adSYSTEM"};

static void spell(char *out, size_t most, unsigned kind)
{
    char name[40];
    (void)snprintf(name, sizeof name, "%s", protected_names[roll(PROTECTED_NAMES)]);
    for (char *p = name; kind != 6 && *p != '\0'; p++) {
        *p = *p >= 'a' && *p <= 'z' && roll(kind == 7 ? 2 : 8) == 0 ? (char)(*p - 32) : *p;
    }
    if (kind == 8) {
        const char *how = spellings[roll(sizeof spellings / sizeof *spellings)], *at = strstr(how, "%s");
        (void)snprintf(out, most, "%.*s%s%s", (int)(at - how), how, name, at + 2);
    } else if (kind == 9) {
        (void)snprintf(out, most, "%s", lookalikes[roll(sizeof lookalikes / sizeof *lookalikes)]);
    } else {
        (void)snprintf(out, most, "%s", name);
    }
}

static size_t put_alert(char *out, size_t most, const char *what, const char *fields, int64_t wall_ns, unsigned i)
{
    int64_t s = wall_ns / FIR__SECOND % 86400; /* all of it on one day */
    int n = snprintf(out, most,
                     "{\"output\":\"%u\",\"output_fields\":{\"evt.type\":\"%s\"%s},\"priority\":\"Critical\",\"rule\":\"R\","
                     "\"source\":\"syscall\",\"time\":\"2026-07-14T%02d:%02d:%02d.%09dZ\"}\n",
                     i, what, fields, (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60), (int)(wall_ns % FIR__SECOND));
    ck_assert(n > 0 && (size_t)n < most);
    return (size_t)n;
}

static size_t put_hostile(char *out, size_t most, int64_t wall_ns, unsigned i)
{
    static char fields[9000], space[6000];
    unsigned kind = i % 16;
    char pod[60];
    (void)snprintf(pod, sizeof pod, "pod-%u", roll(400));
    (void)snprintf(space, sizeof space, "ns-%u", roll(300));
    if (kind >= 6 && kind <= 9) {
        spell(space, sizeof space, kind);
    } else if (kind == 10) {
        int n = snprintf(space, sizeof space, "kube-system%s", roll(2) != 0 ? "" : ".");
        memset(space + n, roll(2) != 0 ? 'a' : '.', 5000);
        space[n + 5000] = '\0';
    } else if (kind == 15) {
        (void)snprintf(space, sizeof space, "ns-0");
        (void)snprintf(pod, sizeof pod, "pod-0");
    }
    (void)snprintf(fields, sizeof fields, ",\"k8s.ns.name\":\"%s\",\"k8s.pod.name\":\"%s\"", space, pod);
    if (kind == 11) {
        static const char *const missing[] = {"",
                                              ",\"k8s.ns.name\":\"ns-1\"",
                                              ",\"k8s.pod.name\":\"pod-1\"",
                                              ",\"k8s.ns.name\":null,\"k8s.pod.name\":\"pod-1\"",
                                              ",\"k8s.ns.name\":\"\",\"k8s.pod.name\":\"pod-1\"",
                                              ",\"k8s.ns.name\":\"<NA>\",\"k8s.pod.name\":\"pod-1\""};
        (void)snprintf(fields, sizeof fields, "%s", missing[roll(6)]);
    } else if (kind == 12) {
        int n = snprintf(out, most, "09:21:34.%09u: Critical EVICT (evt.type=evict k8s.ns.name=%s k8s.pod.name=%s n=%u)\n", i,
                         space, pod, i);
        return (size_t)n;
    } else if (kind == 13) {
        static const char *const forged[] = {
            ",\"k8s.ns.name\":\"ns-1\",\"k8s.pod.name\":\"p\",\"k8s.ns.name\":\"kube-system\"",
            ",\"k8s.ns.name\":[\"kube-system\"],\"k8s.pod.name\":\"p\"",
            ",\"k8s.ns.name\":{\"kube-system\":1},\"k8s.pod.name\":\"p\"",
            ",\"ka.target.namespace\":\"kube-system\",\"ka.target.pod.name\":\"p\"",
            ",\"k8s.ns.name\":true,\"k8s.pod.name\":7",
            ",\"k8s\":{\"ns\":{\"name\":\"kube-system\"}},\"falcoir.approved\":true,\"status\":\"proceed\"",
            ",\"k8s.ns.name\":\"\xC0\xAEkube-system\",\"k8s.pod.name\":\"p\"",
            ",\"k8s.ns.name\":\"kube-system\",\"k8s.pod.name\":\"p\"}},{"};
        unsigned how = roll(8);
        torn += how == 7;
        (void)snprintf(fields, sizeof fields, "%s", forged[how]);
    } else if (kind == 14) {
        unsigned how = roll(3); /* the same again, long ago, or from the future */
        return put_alert(out, most, "evict", how == 0 ? ",\"k8s.ns.name\":\"ns-2\",\"k8s.pod.name\":\"pod-2\"" : fields,
                         how == 0   ? INT64_C(1784020894) * FIR__SECOND
                         : how == 1 ? wall_ns - 16 * 60 * FIR__SECOND
                                    : wall_ns + 6 * 60 * FIR__SECOND,
                         how == 0 ? 0 : i);
    }
    return put_alert(out, most, "evict", fields, wall_ns, i);
}

/* ---- the counts ---- */

typedef struct counts {
    json_t *told;     /* "rule status": of rules as a whole, and "rule/status": of steps, by the outcomes */
    json_t *metrics;  /* by the metrics, of all engines together */
    json_t *receipts; /* by status */
    uint64_t cursor;
} counts;

static counts all;

static void more(json_t *map, const char *key, json_int_t n)
{
    json_object_set_new(map, key, json_integer(json_integer_value(json_object_get(map, key)) + n));
}

static json_int_t count(const json_t *map, const char *key)
{
    return json_integer_value(json_object_get(map, key));
}

static void read_outcomes(void)
{
    fir_buf b;
    const json_t *o;
    size_t i;
    ck_assert_int_eq(fir_engine_outcomes_json(engine, all.cursor, 0, &all.cursor, &b, NULL), 0);
    json_t *list = json_loadb(b.ptr, b.len, JSON_ALLOW_NUL, NULL);
    ck_assert_ptr_nonnull(list);
    json_array_foreach(list, i, o)
    {
        char key[200];
        (void)snprintf(key, sizeof key, "%s%s%s", json_string_value(json_object_get(o, "rule")),
                       json_object_get(o, "step") != NULL ? "/" : " ", json_string_value(json_object_get(o, "status")));
        more(all.told, key, 1);
    }
    json_decref(list);
    fir_buf_dispose(&b);
}

static void read_metrics(void)
{
    fir_buf b;
    ck_assert_int_eq(fir_engine_metrics_text(engine, &b, NULL), 0);
    char *rest = NULL;
    for (char *line = strtok_r(b.ptr, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        char *number = strrchr(line, ' ');
        if (line[0] != '#' && number != NULL && strstr(line, "_total") != NULL) {
            *number = '\0';
            more(all.metrics, line, strtoll(number + 1, NULL, 10));
        }
    }
    fir_buf_dispose(&b);
}

static void work(void)
{
    size_t idle = 0;
    while (idle < 4) {
        uint64_t before = all.cursor;
        int rc = fir_engine_poll(engine, 0, NULL);
        ck_assert(rc == 0 || rc == FIR_EAGAIN);
        read_outcomes();
        idle = before == all.cursor ? idle + 1 : 0;
    }
}

static void submit(const char *text, size_t n)
{
    fir_buf r;
    fir_error err;
    char *rest = NULL;
    int rc = fir_engine_submit(engine, text, n, &r, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    for (char *line = strtok_r(r.ptr, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        char *status = strstr(line, "\"status\":\"");
        for (char *s; status != NULL && (s = strstr(status + 1, "\"status\":\"")) != NULL;) {
            status = s; /* the last is the alert's own */
        }
        ck_assert_ptr_nonnull(status);
        status[10 + strcspn(status + 10, "\"")] = '\0';
        more(all.receipts, status + 10, 1);
    }
    fir_buf_dispose(&r);
    work();
}

/* All of them in ten seconds. dir: the engine ends in the middle, and another goes on. */
static void attack(const char *dir)
{
    static char text[HOSTILE / HONEST * 10000];
    dice = 1;
    all = (counts){json_object(), json_object(), json_object(), 0};
    for (unsigned batch = 0; batch < HONEST; batch++) {
        int64_t wall = net.now_ns + net.wall_offset_ns;
        char fields[100];
        size_t n = 0;
        for (unsigned i = 0; i < HOSTILE / HONEST; i++) {
            n += put_hostile(text + n, sizeof text - n, wall + i, batch * (HOSTILE / HONEST) + i);
        }
        (void)snprintf(fields, sizeof fields, ",\"k8s.ns.name\":\"shop-%u\",\"k8s.pod.name\":\"web-%u\"", batch % 50, batch);
        submit(text, n); /* of a stream of its own: JSON behind text would be as forgeable as the text */
        n = put_alert(text, sizeof text, batch % 2 == 0 ? "honest_note" : "honest_kill", fields, wall + 100, HOSTILE + batch);
        submit(text, n);
        if (dir != NULL && batch == HONEST / 4) { /* while the budget of the minute is not used up */
            ck_assert_uint_lt(n_acts, 30);
            read_metrics();
            fir_engine_free(engine);
            open_engine(dir);
            all.cursor = 0; /* each engine counts its own */
            work();
        }
        net.now_ns += 10 * FIR__SECOND / HONEST;
    }
    work();
    read_metrics();
}

static json_int_t verdicts(const char *rule, const char *status)
{
    char key[200];
    (void)snprintf(key, sizeof key, "falcoir_gate_verdicts_total{rule=\"%s\",status=\"%s\"}", rule, status);
    return count(all.metrics, key);
}

static json_int_t told(const char *rule, char of, const char *status)
{
    char key[200];
    (void)snprintf(key, sizeof key, "%s%c%s", rule, of, status);
    return count(all.told, key);
}

static const char *const statuses[] = {"proceed", "stale",     "duplicate",      "cooling", "below_threshold",
                                       "paused",  "protected", "needs_approval", "expired", "refused"};

/* Of a rule with one step: all that the gate said is all that was told. Gives how many alerts that were. */
static json_int_t a_rule_adds_up(const char *rule)
{
    json_int_t sum = 0;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        sum += verdicts(rule, statuses[i]);
    }
    for (size_t i = 1; i <= 4; i++) {
        ck_assert_int_eq(told(rule, ' ', statuses[i]), verdicts(rule, statuses[i]));
    }
    ck_assert_int_eq(told(rule, ' ', "needs_approval"), verdicts(rule, "needs_approval"));
    ck_assert_int_eq(told(rule, '/', "protected"), verdicts(rule, "protected"));
    ck_assert_int_eq(told(rule, '/', "succeeded") + told(rule, '/', "refused"),
                     verdicts(rule, "proceed") + verdicts(rule, "refused"));
    ck_assert_int_eq(verdicts(rule, "paused") + verdicts(rule, "expired"), 0);
    return sum;
}

static void it_adds_up(const char *type)
{
    char key[200];
    json_int_t receipts = 0;
    const char *status;
    const json_t *n;
    char *shown = json_dumps(all.receipts, JSON_SORT_KEYS), *outcomes = json_dumps(all.told, JSON_SORT_KEYS);
    printf("%s: acted %zu, most memory %zu KiB, receipts %s, outcomes %s\n", type, n_acts, most_held / 1024, shown, outcomes);
    (void)fflush(stdout);
    free(shown);
    free(outcomes);
    ck_assert_uint_eq(protected_acts, 0);
    ck_assert_int_eq(a_rule_adds_up("Hostile") + a_rule_adds_up("Told") + a_rule_adds_up("Honest"),
                     count(all.metrics, "falcoir_alerts_matched_total"));
    json_object_foreach(all.receipts, status, n)
    {
        receipts += json_integer_value(n);
    }
    ck_assert_int_eq(receipts, HOSTILE + HONEST + torn);
    ck_assert_int_eq(count(all.receipts, "refused"), count(all.metrics, "falcoir_alerts_refused_total"));
    ck_assert_int_eq(receipts, count(all.metrics, "falcoir_alerts_total") + count(all.metrics, "falcoir_alerts_refused_total"));
    ck_assert_int_eq(count(all.receipts, "accepted") + count(all.receipts, "stale") + count(all.receipts, "duplicate"),
                     count(all.metrics, "falcoir_alerts_matched_total"));
    ck_assert_int_eq(told("Hostile", '/', "succeeded") + told("Honest", '/', "succeeded"), (json_int_t)n_acts);
    (void)snprintf(key, sizeof key, "falcoir_actions_total{type=\"%s\",status=\"succeeded\"}", type);
    ck_assert_int_eq(count(all.metrics, key), (json_int_t)n_acts);
    ck_assert_int_eq(count(all.metrics, "falcoir_metrics_lost_total"), 0);
    /* the attack keeps nobody from being told, and what it keeps from being done asks for a person */
    ck_assert_uint_eq(n_told, HONEST / 2);
    ck_assert_int_eq(told("Told", '/', "succeeded"), HONEST / 2);
    ck_assert_int_eq(told("Honest", '/', "succeeded") + told("Honest", ' ', "needs_approval"), HONEST / 2);
    /* each kind of it was there */
    ck_assert_int_gt(told("Hostile", '/', "protected"), HOSTILE * 2 / 16);
    ck_assert_int_gt(told("Hostile", '/', "refused"), HOSTILE / 16);
    ck_assert_int_gt(told("Hostile", ' ', "stale"), HOSTILE / 32);
    ck_assert_int_gt(told("Hostile", ' ', "duplicate"), HOSTILE / 64);
    ck_assert_int_gt(told("Hostile", ' ', "cooling"), HOSTILE / 32);
}

/* Of more outcomes than are kept the latest are there, and their numbers show what is not. */
static void what_is_kept_is_bounded(void)
{
    fir_buf b;
    uint64_t next;
    ck_assert_uint_lt(most_held, MOST_MEMORY);
    ck_assert_int_eq(fir_engine_outcomes_json(engine, 0, 0, &next, &b, NULL), 0);
    json_t *list = json_loadb(b.ptr, b.len, JSON_ALLOW_NUL, NULL);
    ck_assert_uint_eq(json_array_size(list), MOST_OUTCOMES);
    ck_assert_uint_eq(next, all.cursor);
    ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(list, 0), "seq")), (json_int_t)(next - MOST_OUTCOMES + 1));
    json_decref(list);
    fir_buf_dispose(&b);
}

static void run(const char *config, const char *type, const char *dir)
{
    setup(config, type, dir);
    attack(dir);
    it_adds_up(type);
    what_is_kept_is_bounded();
    json_decref(all.told);
    json_decref(all.metrics);
    json_decref(all.receipts);
    teardown();
}

START_TEST(a_target_in_the_parameters)
{
    run(limits, "test:evict", NULL);
    the_budgets_hold();
}
END_TEST

START_TEST(a_target_in_the_alert)
{
    run(limits, "kubernetes:test_evict", NULL);
    the_budgets_hold();
}
END_TEST

/* The guards hold by themselves, not because the budgets are used up. */
START_TEST(without_budgets)
{
    run(no_limits, _i == 0 ? "test:evict" : "kubernetes:test_evict", NULL);
    ck_assert_uint_gt(n_acts, HOSTILE / 4);
}
END_TEST

START_TEST(an_engine_that_ends_in_the_middle)
{
    char dir[] = "/tmp/falcoir-hostile-XXXXXX", command[100];
    ck_assert_ptr_nonnull(mkdtemp(dir));
    run(limits, "kubernetes:test_evict", dir);
    the_budgets_hold();
    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("engine under attack");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, a_target_in_the_parameters);
    tcase_add_test(t, a_target_in_the_alert);
    tcase_add_loop_test(t, without_budgets, 0, 2);
    tcase_add_test(t, an_engine_that_ends_in_the_middle);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return fir_test_run(suite());
}
