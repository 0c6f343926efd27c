/* SPDX-License-Identifier: Apache-2.0 */
/* `falcoir run`: alerts in, actions done, outcomes out. Ends when the input has ended and every action has. */
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "input.h"
#include "interrupt.h"
#include "load.h"
#include "show.h"

#define MILLISECOND INT64_C(1000000)
#define DEFAULT_TIMEOUT (10000 * MILLISECOND) /* of an attempt, as the engine has it */

/* The main thread reads and submits; the engine's own threads act, and the printer shows outcomes as they come. */
typedef struct runner {
    const arguments *a;
    fir_engine *engine;
    uint64_t cursor, outcomes, failed, stale, waiting; /* the printer's */
    uint64_t accepted;                                 /* the reader's */
    int64_t grace_ns;                                  /* how long a signal leaves to what was begun */
    progress bar;
    atomic_bool closing; /* the input has ended */
    atomic_bool ended;   /* nothing more will happen */
    atomic_int code;     /* the printer's exit code */
} runner;

static void show_outcome(const runner *r, const json_t *o)
{
    if (given(r->a, "json")) {
        put_json_line(o);
        return;
    }
    const json_t *error = json_object_get(o, "error");
    const char *step = text_of(o, "step");
    say("%-10s %s%s%s%s%s%s%s", text_of(o, "status"), text_of(o, "rule"), step[0] != '\0' ? "  " : "", step,
        step[0] != '\0' ? "  " : "", text_of(o, "use"), error != NULL ? "  " : "", text_of(error, "message"));
}

static void show_outcomes(runner *r, const json_t *all)
{
    size_t i;
    const json_t *o;
    progress_hide(&r->bar);
    json_array_foreach((json_t *)all, i, o)
    {
        r->outcomes++;
        const char *status = text_of(o, "status");
        r->failed += strcmp(status, "failed") == 0 || strcmp(status, "refused") == 0 || strcmp(status, "undo_failed") == 0;
        r->stale += strcmp(status, "stale") == 0;
        r->waiting += strcmp(status, "needs_approval") == 0;
        show_outcome(r, o);
    }
    (void)output_fails(); /* finish() tells of it: acting goes on */
    progress_let(&r->bar);
}

static int drain(runner *r, int64_t wait_ns)
{
    fir_buf json;
    fir_error e;
    if (fir_engine_outcomes_json(r->engine, r->cursor, wait_ns, &r->cursor, &json, &e) != 0) {
        return impossible(r->a, "%s", e.message);
    }
    json_t *all = json_loadb(json.ptr, json.len, JSON_ALLOW_NUL, NULL);
    fir_buf_dispose(&json);
    if (json_array_size(all) != 0) {
        show_outcomes(r, all);
    }
    json_decref(all);
    return 0;
}

static void *print(void *self)
{
    runner *r = self;
    int code = 0;
    for (bool ended = false; code == 0 && !ended;) {
        ended = atomic_load(&r->ended); /* looked at first, so that what came before it is shown */
        uint64_t before = r->cursor;
        int64_t wait = atomic_load(&r->closing) ? 5 * MILLISECOND : 100 * MILLISECOND; /* the end comes without a word */
        code = drain(r, ended ? 0 : wait);
        ended = ended && r->cursor == before; /* one call gives only so much */
    }
    atomic_store(&r->code, code);
    return NULL;
}

static void pause_for(int64_t ns)
{
    nanosleep(&(struct timespec){ns / 1000000000, ns % 1000000000}, NULL);
}

/* The reader knows more of an alert than its bytes tell: which of an envelope's it is, and whether it stood behind text that anyone
 * can forge. */
static int take(runner *r, const fir_event *event, uint64_t line)
{
    for (int64_t left = r->grace_ns;;) {
        fir_error e;
        int code = fir_engine_submit_event(r->engine, event, &e);
        if (code == 0) {
            r->accepted++;
            return 0;
        }
        if (code != FIR_EAGAIN) {
            return impossible(r->a, "line %" PRIu64 ": %s", line, e.message);
        }
        if (atomic_load(&r->code) != 0) {
            return atomic_load(&r->code);
        }
        if (interrupt_signal() != 0 && (left -= 10 * MILLISECOND) < 0) {
            return impossible(r->a,
                              "line %" PRIu64 ": the queue is full, and %s asked to end: this alert and those behind it are not "
                              "taken",
                              line, interrupt_name());
        }
        pause_for(10 * MILLISECOND); /* the queue is full: the engine works it off */
    }
}

/* Ends the work when a signal asks for it. Alerts that were read already are taken first: nobody else has them. */
static void *watch(void *self)
{
    runner *r = self;
    struct pollfd asked = {.fd = interrupt_file(), .events = POLLIN};
    while (poll(&asked, 1, -1) < 1) {
    }
    if (interrupt_signal() == 0) {
        return NULL;
    }
    progress_hide(&r->bar);
    fprintf(
        stderr,
        "%s: %s: nothing more is read. What was begun has %.0f s, and a second signal ends it at once; what is left stands in the "
        "data directory, if there is one\n",
        r->a->program, interrupt_name(), (double)r->grace_ns / 1e9);
    progress_let(&r->bar);
    while (!atomic_load(&r->closing)) {
        pause_for(5 * MILLISECOND);
    }
    (void)fir_engine_stop(r->engine, r->grace_ns, NULL);
    return NULL;
}

static int read_all(runner *r, input *in)
{
    int code = 0;
    while (code == 0 && input_next(in)) {
        progress_show(&r->bar, input_done(in));
        code = take(r, input_event(in), input_line(in));
    }
    return code;
}

static int run_all(runner *r, input *in)
{
    pthread_t printer, watcher;
    fir_error e;
    if (fir_engine_start(r->engine, &e) != 0) {
        return impossible(r->a, "%s", e.message);
    }
    if (!interrupt_begin() || pthread_create(&watcher, NULL, watch, r) != 0) {
        return impossible(r->a, "no thread can be made");
    }
    bool printed = pthread_create(&printer, NULL, print, r) == 0;
    int code = printed ? read_all(r, in) : impossible(r->a, "no thread can be made");
    atomic_store(&r->closing, true);
    int rc = fir_engine_stop(r->engine, printed ? INT64_MAX : 0, &e);
    if (rc != 0 && rc != FIR_ESTATE) { /* that: who watches was faster */
        code = impossible(r->a, "%s", e.message);
    }
    atomic_store(&r->ended, true);
    if (printed) {
        pthread_join(printer, NULL);
    }
    interrupt_wake();
    pthread_join(watcher, NULL);
    return code != 0 ? code : atomic_load(&r->code);
}

/* A duration as playbooks write it. */
static bool read_duration(const char *s, int64_t *ns)
{
    static const struct {
        const char *unit;
        int64_t ns;
    } units[] = {{"ms", MILLISECOND}, {"s", 1000 * MILLISECOND}, {"m", 60000 * MILLISECOND}};
    char *end;
    long long n = strtoll(s, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (end != s && strcmp(end, units[i].unit) == 0 && n > 0 && n < 1000000) {
            *ns = n * units[i].ns;
            return true;
        }
    }
    return false;
}

static int log_line(void *user, int32_t level, const char *json, size_t n)
{
    runner *r = user;
    if (level <= FIR_LOG_WARNING) {
        progress_hide(&r->bar);
        (void)put_safe(stderr, json, n);
        fputc('\n', stderr);
        progress_let(&r->bar);
    }
    return 0;
}

/* The options of the command line; 0, or the exit code of what is wrong with them. */
static int take_options(const arguments *a, runner *r, fir_engine_options *o)
{
    const char *timeout = value_of(a, "timeout"), *as_of = value_of(a, "as-of");
    if (a->n_operands > 1) {
        return usage_error(a, "wants at most one file of alerts");
    }
    if (timeout != NULL && !read_duration(timeout, &o->attempt_timeout_ns)) {
        return usage_error(a, "--timeout wants a duration as 10s or 500ms, not '%s'", timeout);
    }
    if (as_of != NULL && strcmp(as_of, "now") != 0 && strcmp(as_of, "alert") != 0) {
        return usage_error(a, "--as-of is now or alert, not '%s'", as_of);
    }
    if (as_of != NULL && strcmp(as_of, "alert") == 0) {
        o->flags |= FIR_ENGINE_AS_OF_ALERTS;
    }
    if (given(a, "dry-run")) {
        o->flags |= FIR_ENGINE_DRY_RUN;
    }
    o->data_dir = value_of(a, "data");
    r->grace_ns = timeout != NULL ? o->attempt_timeout_ns : DEFAULT_TIMEOUT;
    return 0;
}

static void say_what_came_of_it(const runner *r)
{
    const char *program = r->a->program;
    fprintf(stderr, "%s: %" PRIu64 " alerts, %" PRIu64 " outcomes, %" PRIu64 " failed or refused\n", program, r->accepted,
            r->outcomes, r->failed);
    if (r->stale != 0) {
        fprintf(stderr,
                "%s: %" PRIu64
                " times a rule was not looked at, for the alert is stale by the clock; --as-of alert goes by the alerts' "
                "own times\n",
                program, r->stale);
    }
    if (r->waiting != 0) {
        fprintf(stderr, "%s: %" PRIu64 " times a person was asked for approval\n", program, r->waiting);
    }
}

int run_run(const arguments *a)
{
    loaded l;
    runner r = {.a = a};
    fir_error e;
    input *in = NULL;
    fir_engine_options o = {.size = sizeof o, .flags = FIR_ENGINE_ENV, .log = log_line, .log_user = &r};
    int code = take_options(a, &r, &o);
    code = code != 0 ? code : load_playbooks(a, &l);
    if (code != 0) {
        return code;
    }
    progress_begin(&r.bar);
    if (fir_engine_new(&o, l.catalog, l.playbook, &r.engine, &e) != 0) {
        code = impossible(a, "%s", e.message);
    } else {
        code = input_open(a, 0, &in);
    }
    if (code == 0) {
        input_acts(in);
        progress_of(&r.bar, input_size(in));
        input_beside(in, &r.bar);
        code = run_all(&r, in);
        input_beside(in, NULL);
        progress_end(&r.bar);
        code = input_close(in, code != 0 ? code : r.failed != 0 ? EXIT_NO : EXIT_FINE);
        say_what_came_of_it(&r);
    }
    fir_engine_free(r.engine);
    progress_free(&r.bar);
    unload(&l);
    return code;
}
