/* SPDX-License-Identifier: Apache-2.0 */
/* local:kill: ends or stops the alert's process. A number alone is nobody: between the alert and now the process may have ended,
 * and another one got its number. What the alert says of it must fit, and it is held while that is looked at. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "action/call.h"
#include "action/process/target.h"
#include "action/types.h"
#include "base/time.h"
#include "json/document.h"

#define SLACK (2 * FIR__SECOND) /* between Falco's clock and /proc's */

static fir_str text_of(const fir_call *c, fir_str name)
{
    const fir__data *d = fir__call_data(c, name);
    bool some = d != NULL && d->type == FIR__DATA_TEXT && !fir__str_eq(d->s, FIR__S("<NA>"));
    return some ? fir__str_trim(d->s) : FIR__S("");
}

static bool is_stop(const fir_call *c)
{
    return fir__str_eq(text_of(c, FIR__S("signal")), FIR__S("stop"));
}

static int failed(fir_call *c, const fir_error *err)
{
    return fir_call_fail(c, err->code, true, err->message, strlen(err->message));
}

static int another(fir_call *c)
{
    return FIR__CALL_FAIL(c, FIR_ENOTFOUND, true, "the target is gone: its number belongs to another process by now");
}

/* What the alert says of it. */
typedef struct wanted {
    uint64_t pid;
    int64_t started_ns, before_ns; /* 0: not known */
    fir_str container;             /* empty: not known */
} wanted;

static int take_wanted(fir_call *c, wanted *w)
{
    uint64_t started = 0;
    fir_str text = text_of(c, FIR__S("started"));
    memset(w, 0, sizeof *w);
    if (!fir__str_u64(text_of(c, FIR__S("pid")), &w->pid) || w->pid == 0 || w->pid > INT32_MAX) {
        return FIR__CALL_FAIL(c, FIR_ETYPE, true, "pid is no number of a process");
    }
    if (text.len != 0 && (!fir__str_u64(text, &started) || started > INT64_MAX)) {
        return FIR__CALL_FAIL(c, FIR_ETYPE, true, "started is no time in nanoseconds");
    }
    w->started_ns = (int64_t)started;
    text = text_of(c, FIR__S("before"));
    if (text.len != 0 && !fir__time_parse(text, &w->before_ns)) {
        return FIR__CALL_FAIL(c, FIR_ETYPE, true, "before is no time (RFC 3339)");
    }
    w->container = text_of(c, FIR__S("container"));
    if (w->container.len != 0 && !fir__is_container(w->container)) {
        return FIR__CALL_FAIL(c, FIR_ETYPE, true, "container is no id of a container, and not host");
    }
    if (w->started_ns == 0 && w->before_ns == 0) {
        return FIR__CALL_FAIL(c, FIR_EDENIED, true, "neither started nor before is known: any process may have that number");
    }
    if (w->started_ns == 0 && !fir__target_of_host()) {
        return FIR__CALL_FAIL(c, FIR_EDENIED, true,
                              "the numbers of processes here are not the host's (run with hostPID), and started is not known");
    }
    return 0;
}

static int check_time(fir_call *c, const fir__target *t, const wanted *w)
{
    int64_t off = t->started_ns - w->started_ns;
    if (w->started_ns != 0 && (off > SLACK || off < -SLACK)) {
        return another(c);
    }
    return w->before_ns != 0 && t->started_ns > w->before_ns + SLACK ? another(c) : 0;
}

static int check(fir_call *c, const fir__target *t, const wanted *w)
{
    fir_error err = {0};
    bool in = true;
    if (t->kernel || t->pid == 2) {
        return FIR__CALL_FAIL(c, FIR_EDENIED, true, "a thread of the kernel is left alone");
    }
    int rc = check_time(c, t, w);
    if (rc == 0 && w->container.len != 0) {
        rc = fir__target_in(t, w->container, &in, &err);
        rc = rc != 0 ? failed(c, &err) : in ? 0 : another(c);
    }
    return rc;
}

/* Holds the process that the alert means. 0: t is to be closed. */
static int hold(fir_call *c, fir__target *t)
{
    wanted w;
    fir_error err = {0};
    t->fd = -1;
    int rc = take_wanted(c, &w);
    if (rc != 0) {
        return rc;
    }
    if (w.pid == 1 || w.pid == (uint64_t)getpid()) {
        return FIR__CALL_FAIL(c, FIR_EDENIED, true, "process 1 and this one are left alone");
    }
    rc = fir__target_open((int32_t)w.pid, t, &err) != 0 ? failed(c, &err) : check(c, t, &w);
    if (rc != 0) {
        fir__target_close(t);
    }
    return rc;
}

int fir__kill_prepare(void *self, fir_call *c)
{
    (void)self;
    fir__target t;
    char json[160];
    int rc = hold(c, &t);
    if (rc != 0) {
        return rc;
    }
    int n = snprintf(json, sizeof json, "{\"boot\":\"%s\",\"pid\":%d,\"start\":%" PRIu64 "}", t.boot, (int)t.pid, t.start);
    fir__target_close(&t);
    return fir_call_record(c, json, (size_t)n);
}

int fir__kill_advance(void *self, fir_call *c)
{
    (void)self;
    fir__target t;
    fir_error err = {0};
    int rc = hold(c, &t);
    if (rc != 0) {
        return rc;
    }
    rc = fir__target_signal(&t, is_stop(c) ? SIGSTOP : SIGKILL, &err) != 0 ? failed(c, &err) : FIR_CALL_DONE;
    fir__target_close(&t);
    return rc;
}

/* Holds the process that was recorded. FIR_ENOTFOUND: it is no more, whoever has its number. */
static int hold_recorded(fir_call *c, fir__target *t, fir_error *err)
{
    fir_str json;
    fir__data *d = NULL;
    t->fd = -1;
    if (fir_call_recorded(c, &json) != 0) {
        return fir__fail(err, FIR_ESTATE, "nothing was recorded of the process");
    }
    int rc = fir__json_document(json, &c->arena, &d, err);
    const fir__data *pid = fir__data_get(d, FIR__S("pid")), *start = fir__data_get(d, FIR__S("start")),
                    *boot = fir__data_get(d, FIR__S("boot"));
    if (rc != 0) {
        return rc;
    }
    if (pid == NULL || pid->type != FIR__DATA_INT || pid->i < 2 || pid->i > INT32_MAX || start == NULL ||
        start->type != FIR__DATA_INT || boot == NULL || boot->type != FIR__DATA_TEXT) {
        return fir__fail(err, FIR_EPARSE, "what was recorded of the process is not to be understood");
    }
    rc = fir__target_open((int32_t)pid->i, t, err);
    if (rc == 0 && (t->start != (uint64_t)start->i || !fir__str_eq(fir__cstr(t->boot), boot->s))) {
        fir__target_close(t);
        rc = fir__fail(err, FIR_ENOTFOUND, "the target is gone: there is no such process any more");
    }
    return rc;
}

static bool is_stopped(const fir__target *t)
{
    return t->state == 'T' || t->state == 't';
}

int fir__kill_verify(void *self, fir_call *c)
{
    (void)self;
    fir__target t;
    fir_error err = {0};
    int rc = hold_recorded(c, &t, &err);
    if (rc != 0) {
        return rc == FIR_ENOTFOUND ? FIR_VERIFY_DONE : FIR_VERIFY_UNKNOWN;
    }
    bool done = is_stop(c) && is_stopped(&t);
    fir__target_close(&t);
    return done ? FIR_VERIFY_DONE : FIR_VERIFY_NOT_DONE;
}

int fir__kill_undo(void *self, fir_call *c)
{
    (void)self;
    fir__target t;
    fir_error err = {0};
    if (!is_stop(c)) {
        return FIR__CALL_FAIL(c, FIR_EUNSUPPORTED, true, "a process that was killed cannot be brought back");
    }
    int rc = hold_recorded(c, &t, &err);
    if (rc != 0) {
        err.code = rc == FIR_ENOTFOUND ? FIR_ESTATE : rc;
        return failed(c, &err);
    }
    if (!is_stopped(&t)) {
        rc = FIR__CALL_FAIL(c, FIR_ESTATE, true, "somebody has let the process go on already");
    } else {
        rc = fir__target_signal(&t, SIGCONT, &err) != 0 ? failed(c, &err) : FIR_CALL_DONE;
    }
    fir__target_close(&t);
    return rc;
}
