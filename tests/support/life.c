/* SPDX-License-Identifier: Apache-2.0 */
#include "support/life.h"

#include <check.h>
#include <errno.h>
#include <falcoir/journal.h>
#include <jansson.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/life_peer.h"
#include "support/store.h"
#include "support/world.h"

life_book *life;
char life_dir[128];

static const char *const rules[LIFE_CLASSES] = {"keyed", "idempotent", "verifiable", "unsafe"};

static int64_t read_clock(clockid_t id)
{
    struct timespec t;
    (void)clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void life_begin(void)
{
    fir_test_dir_make(life_dir, "/dev/shm");
    life = mmap(NULL, sizeof *life, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(life != MAP_FAILED);
    life->base_ns = read_clock(CLOCK_REALTIME);
    life_peer_start(life);
}

void life_end(void)
{
    ck_assert_int_gt(life->peer, 0);
    (void)kill(life->peer, SIGKILL);
    (void)waitpid(life->peer, NULL, 0);
    (void)munmap(life, sizeof *life);
    fir_test_dir_remove(life_dir);
}

void life_wrong(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)vsnprintf(life->what, sizeof life->what, format, list);
    va_end(list);
    atomic_fetch_add(&life->violations, 1);
    _exit(1);
}

/* ---- the actions of the test ---- */

static char classes[LIFE_CLASSES] = {LIFE_KEYED, LIFE_IDEMPOTENT, LIFE_VERIFIABLE, LIFE_UNSAFE};

static int ask(const char *class, fir_call *c, const char *method, fir_str n)
{
    char url[120];
    fir_str key;
    (void)fir_call_action_id(c, &key);
    const fir_http_header header = {{"Idempotency-Key", 15}, key};
    int len = snprintf(url, sizeof url, "http://127.0.0.1:%d/%s/%.*s", life->port, rules[(int)*class], (int)n.len, n.ptr);
    const fir_http_request rq = {.size = sizeof rq,
                                 .method = {method, strlen(method)},
                                 .url = {url, (size_t)len},
                                 .headers = &header,
                                 .n_headers = 1,
                                 .body = {"x", strcmp(method, "POST") == 0}};
    int rc = fir_call_request(c, &rq);
    return rc != 0 ? rc : FIR_CALL_REQUEST;
}

static int note(void *self, fir_call *c)
{
    fir_str n;
    (void)self;
    int rc = fir_call_text(c, "n", 1, &n);
    return rc != 0 ? rc : fir_call_record(c, n.ptr, n.len);
}

static int act(void *self, fir_call *c)
{
    fir_http_result r = {.size = sizeof r};
    fir_str n;
    if (fir_call_response(c, &r) != 0) {
        int rc = fir_call_text(c, "n", 1, &n);
        return rc != 0 ? rc : ask(self, c, "POST", n);
    }
    return r.status == 200 ? FIR_CALL_DONE : fir_call_fail(c, FIR_EACTION, r.status < 500, "not done", 8);
}

static int look(void *self, fir_call *c)
{
    fir_http_result r = {.size = sizeof r};
    fir_str n;
    if (fir_call_response(c, &r) != 0) {
        return fir_call_recorded(c, &n) != 0 ? FIR_VERIFY_UNKNOWN : ask(self, c, "GET", n);
    }
    return r.status == 200 ? FIR_VERIFY_DONE : r.status == 404 ? FIR_VERIFY_NOT_DONE : FIR_VERIFY_UNKNOWN;
}

static int undo(void *self, fir_call *c)
{
    fir_http_result r = {.size = sizeof r};
    fir_str n;
    if (fir_call_response(c, &r) != 0) {
        int rc = fir_call_recorded(c, &n);
        return rc != 0 ? fir_call_fail(c, rc, 1, "no record", 9) : ask(self, c, "DELETE", n);
    }
    return r.status == 200 ? FIR_CALL_DONE : fir_call_fail(c, FIR_EACTION, 0, "not undone", 10);
}

static fir_catalog *make_catalog(void)
{
    static const char *const effects[LIFE_CLASSES] = {NULL, "idempotent", "verifiable", "unsafe"};
    fir_catalog *c = NULL;
    fir_error err = {0};
    int rc = fir_catalog_new(&c, &err);
    for (size_t i = LIFE_IDEMPOTENT; rc == 0 && i < LIFE_CLASSES; i++) {
        char json[300];
        int n = snprintf(json, sizeof json,
                         "{\"name\":\"life:%s\",\"effect\":\"%s\",\"destructive\":false,%s"
                         "\"parameters\":{\"n\":{\"type\":\"string\"}}}",
                         effects[i], effects[i], i == LIFE_IDEMPOTENT ? "\"undo\":\"takes it back\"," : "");
        rc = fir_catalog_add(c, json, (size_t)n, &err);
    }
    if (rc != 0) {
        life_wrong("catalogue: %s", err.message);
    }
    return c;
}

static fir_playbook *make_playbook(const fir_catalog *c)
{
    char yaml[2000];
    (void)snprintf(
        yaml, sizeof yaml,
        "- rule: keyed\n  match_all: true\n  actions: [{action: a, use: 'http:webhook', parameters: "
        "{url: 'http://127.0.0.1:%d/keyed/{{x.n}}', body: '{\"n\": {{x.n}}}'}}]\n"
        "- rule: idempotent\n  match_all: true\n  actions: [{action: a, use: 'life:idempotent', undo_after: 300ms, parameters: "
        "{n: '{{x.n}}'}}]\n"
        "- rule: verifiable\n  match_all: true\n  actions: [{action: a, use: 'life:verifiable', parameters: {n: '{{x.n}}'}}]\n"
        "- rule: unsafe\n  match_all: true\n  actions: [{action: a, use: 'life:unsafe', "
        "parameters: {n: '{{x.n}}'}}]\n",
        life->port);
    return world_compile(c, yaml);
}

fir_engine *life_open(const fir_engine_options *more)
{
    const struct {
        const char *name;
        int (*prepare)(void *, fir_call *), (*verify)(void *, fir_call *), (*undo)(void *, fir_call *);
    } types[LIFE_CLASSES] = {[LIFE_IDEMPOTENT] = {"life:idempotent", note, NULL, undo},
                             [LIFE_VERIFIABLE] = {"life:verifiable", note, look, NULL},
                             [LIFE_UNSAFE] = {"life:unsafe", note, NULL, NULL}};
    fir_engine *g;
    fir_error err = {0};
    fir_catalog *c = make_catalog();
    fir_playbook *p = make_playbook(c);
    fir_engine_options o = more != NULL ? *more : (fir_engine_options){.size = sizeof o};
    o.data_dir = o.store == NULL && (o.flags & FIR_ENGINE_DRY_RUN) == 0 ? life_dir : NULL;
    int rc = fir_engine_new(&o, c, p, &g, &err);
    for (size_t i = LIFE_IDEMPOTENT; rc == 0 && i < LIFE_CLASSES; i++) {
        const fir_action_type t = {.size = sizeof t,
                                   .name = types[i].name,
                                   .prepare = types[i].prepare,
                                   .advance = act,
                                   .verify = types[i].verify,
                                   .undo = types[i].undo};
        rc = fir_engine_register(g, &t, &classes[i], &err);
    }
    if (rc != 0) {
        life_wrong("the engine does not open: %s", err.message);
    }
    fir_playbook_unref(p);
    fir_catalog_unref(c);
    atomic_fetch_add(&life->opened, 1);
    return g;
}

/* ---- alerts ---- */

static int write_alert(char *to, size_t cap, unsigned n)
{
    int64_t ns = life->base_ns + (int64_t)n * 1000;
    time_t s = (time_t)(ns / 1000000000);
    struct tm t;
    (void)gmtime_r(&s, &t);
    return snprintf(to, cap,
                    "{\"output\":\"x\",\"output_fields\":{\"x.n\":%u},\"priority\":\"Critical\",\"rule\":\"R\",\"time\":"
                    "\"%04d-%02d-%02dT%02d:%02d:%02d.%09dZ\"}\n",
                    n, t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, (int)(ns % 1000000000));
}

static size_t write_alerts(char *to, size_t cap, unsigned first, unsigned n)
{
    size_t len = 0;
    for (unsigned i = 0; i < n; i++) {
        len += (size_t)write_alert(to + len, cap - len, first + i);
    }
    return len;
}

bool life_submit(fir_engine *g, unsigned n)
{
    char text[64 * 220];
    unsigned first = atomic_fetch_add(&life->next, n);
    if (n > 64 || first + n > LIFE_MOST) {
        life_wrong("too many alerts");
    }
    fir_error err = {0};
    int rc = fir_engine_submit(g, text, write_alerts(text, sizeof text, first, n), NULL, &err);
    for (unsigned i = 0; rc == 0 && i < n; i++) {
        atomic_store(&life->accepted[first + i], 1);
    }
    return rc == 0;
}

bool life_drain(fir_engine *g, double seconds)
{
    int64_t end = read_clock(CLOCK_MONOTONIC) + (int64_t)(seconds * 1e9);
    for (;;) {
        fir_error err = {0};
        int rc = fir_engine_poll(g, 20000000, &err);
        if (rc == FIR_EAGAIN) {
            return true;
        }
        if (rc != 0) {
            life_wrong("poll: %s", err.message);
        }
        if (read_clock(CLOCK_MONOTONIC) > end) {
            return false;
        }
    }
}

/* ---- the end ---- */

typedef struct named {
    char id[65];
    unsigned n;
} named;

static int by_id(const void *a, const void *b)
{
    return strcmp(((const named *)a)->id, ((const named *)b)->id);
}

/* The ids of all alerts, from an engine that does nothing. */
static named *name_all(size_t *count)
{
    enum { AT_ONCE = 1000 };
    const fir_engine_options o = {.size = sizeof o, .flags = FIR_ENGINE_DRY_RUN, .max_outcomes = 1};
    unsigned all = atomic_load(&life->next);
    static char text[AT_ONCE * 220];
    named *names = calloc(all + 1, sizeof *names);
    fir_engine *g = life_open(&o);
    *count = 0;
    for (unsigned first = 0; first < all; first += AT_ONCE) {
        unsigned n = all - first < AT_ONCE ? all - first : AT_ONCE;
        fir_buf receipts;
        fir_error err = {0};
        if (fir_engine_submit(g, text, write_alerts(text, sizeof text, first, n), &receipts, &err) != 0) {
            life_wrong("naming: %s", err.message);
        }
        char *line = receipts.ptr;
        for (unsigned i = 0; i < n; i++) {
            char *id = strstr(line, "\"id\":\"");
            if (id == NULL) {
                life_wrong("a receipt without id: %.100s", line);
            }
            memcpy(names[*count].id, id + 6, 64);
            names[(*count)++].n = first + i;
            line = strchr(line, '\n') + 1;
        }
        fir_buf_dispose(&receipts);
        (void)life_drain(g, 60);
    }
    fir_engine_free(g);
    qsort(names, *count, sizeof *names, by_id);
    return names;
}

static json_t *pending(fir_engine *g)
{
    fir_buf b;
    fir_error err = {0};
    json_t *v = fir_engine_pending_json(g, &b, &err) == 0 ? json_loadb(b.ptr, b.len, 0, NULL) : NULL;
    if (v == NULL) {
        life_wrong("pending: %s", err.message);
    }
    fir_buf_dispose(&b);
    return v;
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s != NULL ? s : "";
}

static bool is_unsafe(const json_t *o)
{
    return strcmp(text_of(o, "rule"), rules[LIFE_UNSAFE]) == 0;
}

/* Does dead letters of what may be repeated once more. True: some. */
static bool replay(fir_engine *g, const json_t *dead, unsigned *count)
{
    size_t i;
    const json_t *one;
    bool any = false;
    json_array_foreach(dead, i, one)
    {
        fir_error err = {0};
        ++*count;
        if (!is_unsafe(one)) {
            any = true;
            if (fir_engine_replay(g, text_of(one, "action_id"), "the test", NULL, &err) != 0) {
                life_wrong("replay: %s", err.message);
            }
        }
    }
    return any;
}

static void mark(const json_t *list, const named *names, size_t n)
{
    size_t i;
    const json_t *one;
    json_array_foreach(list, i, one)
    {
        named wanted;
        (void)snprintf(wanted.id, sizeof wanted.id, "%s", text_of(one, "event"));
        const named *found = bsearch(&wanted, names, n, sizeof *names, by_id);
        if (found == NULL || !is_unsafe(one)) {
            char *text = json_dumps(one, JSON_COMPACT);
            life_wrong("something that nobody submitted, or that need not wait, is open: %.150s", text);
        }
        atomic_store(&life->uncertain[found->n], 1);
    }
}

static void finish(void)
{
    unsigned dead = 0;
    fir_engine *g = life_open(NULL);
    for (int round = 0;; round++) { /* an undo that is to come keeps a poll waiting, and does not count as something to do */
        bool drained = life_drain(g, 120);
        json_t *open = pending(g);
        size_t undos = json_array_size(json_object_get(open, "undos"));
        if (!drained || round == 2000) {
            life_wrong("no end: %.200s",
                       json_dumps(json_array_get(json_object_get(open, undos == 0 ? "dead" : "undos"), 0), JSON_COMPACT));
        }
        bool more = replay(g, json_object_get(open, "dead"), &dead);
        json_decref(open);
        if (!more && undos == 0) {
            break;
        }
    }
    size_t n;
    named *names = name_all(&n);
    json_t *open = pending(g);
    mark(json_object_get(open, "approvals"), names, n);
    mark(json_object_get(open, "dead"), names, n);
    if (json_array_size(json_object_get(open, "waiting")) != json_array_size(json_object_get(open, "approvals"))) {
        life_wrong("something waits, and not for a person");
    }
    json_decref(open);
    free(names);
    fir_engine_free(g);
    _exit((int)(dead < 100 ? dead : 100) + 100);
}

unsigned life_finish(void)
{
    atomic_store(&life->slow, 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        finish();
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) >= 100, "the last life ended by %x: %s", (unsigned)status, life->what);
    return (unsigned)WEXITSTATUS(status) - 100;
}

static void verify_audit(const char *when)
{
    fir_journal *j;
    fir_journal_verdict v = {.size = sizeof v};
    fir_error err = {0};
    ck_assert_msg(fir_journal_open(life_dir, NULL, &j, &err) == 0 && fir_journal_verify(j, NULL, &v, &err) == 0, "%s: %s", when,
                  err.message);
    ck_assert_msg(v.broken == 0 && v.records != 0, "%s: record %llu: %s", when, (unsigned long long)v.broken, v.why);
    fir_journal_free(j);
}

life_figures life_judge(const char *when)
{
    life_figures f = {0};
    unsigned all = atomic_load(&life->next);
    ck_assert_msg(atomic_load(&life->violations) == 0, "%s: %s", when, life->what);
    for (unsigned n = 0; n < all; n++) {
        bool accepted = atomic_load(&life->accepted[n]) != 0, uncertain = atomic_load(&life->uncertain[n]) != 0;
        f.accepted += accepted;
        f.uncertain += uncertain;
        for (int c = 0; c < LIFE_CLASSES; c++) {
            unsigned done = atomic_load(&life->entries[c][n].done);
            bool known = done != 0 || (c == LIFE_UNSAFE && uncertain);
            ck_assert_msg(known || !accepted, "%s: alert %u was accepted, and its %s action is lost", when, n, rules[c]);
            f.delivered += done != 0;
            f.repeated += done > 1 ? done - 1 : 0;
            f.others += !accepted && done != 0;
        }
        unsigned undone = atomic_load(&life->entries[LIFE_IDEMPOTENT][n].undone);
        ck_assert_msg((undone != 0) == (atomic_load(&life->entries[LIFE_IDEMPOTENT][n].done) != 0),
                      "%s: alert %u was undone %u times", when, n, undone);
        f.undone += undone != 0;
    }
    verify_audit(when);
    return f;
}
