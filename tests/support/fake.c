/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy(fir_str s)
{
    char *p = malloc(s.len + 1);
    if (s.len != 0) {
        memcpy(p, s.ptr, s.len);
    }
    p[s.len] = '\0';
    return p;
}

static fir_str text(const char *p)
{
    return (fir_str){p, p != NULL ? strlen(p) : 0};
}

static const fake_answer *answer_for(fake *f)
{
    static const fake_answer fine = {.body = "ok"};
    if (f->n_script == 0) {
        return &fine;
    }
    return &f->script[f->n < f->n_script ? f->n : f->n_script - 1];
}

static char *head_of(const fir_http_request *rq)
{
    size_t n = 1;
    for (size_t i = 0; i < rq->n_headers; i++) {
        n += rq->headers[i].name.len + rq->headers[i].value.len + 3;
    }
    char *head = malloc(n), *p = head;
    *p = '\0';
    for (size_t i = 0; i < rq->n_headers; i++) {
        const fir_http_header *h = &rq->headers[i];
        p += sprintf(p, "%.*s: %.*s\n", (int)h->name.len, h->name.ptr, (int)h->value.len, h->value.ptr);
    }
    return head;
}

static int start(void *self, const fir_http_request *rq, fir_error *err)
{
    fake *f = self;
    const fake_answer *a = answer_for(f);
    if (f->n == FAKE_MOST || a->refuse_start != 0) {
        memset(err, 0, sizeof *err);
        err->code = a->refuse_start;
        (void)snprintf(err->message, sizeof err->message, "not to be started");
        f->n += f->n < FAKE_MOST;
        return a->refuse_start != 0 ? a->refuse_start : FIR_ELIMIT;
    }
    fake_request *q = &f->requests[f->n++];
    *q = (fake_request){.id = rq->id,
                        .method = copy(rq->method),
                        .url = copy(rq->url),
                        .head = head_of(rq),
                        .body = copy(rq->body),
                        .timeout_ns = rq->timeout_ns,
                        .max_response = rq->max_response,
                        .flags = rq->flags,
                        .at_ns = f->now_ns,
                        .due_ns = f->now_ns + a->delay_ns,
                        .answer = a};
    if (f->slow != NULL && strstr(q->url, f->slow) != NULL) {
        q->due_ns = INT64_MAX;
    }
    if (++f->in_flight > f->most_in_flight) {
        f->most_in_flight = f->in_flight;
    }
    return 0;
}

static fake_request *due(fake *f)
{
    fake_request *first = NULL;
    for (size_t i = 0; i < f->n; i++) {
        fake_request *q = &f->requests[i];
        if (q->url != NULL && !q->done && (first == NULL || q->due_ns < first->due_ns)) {
            first = q;
        }
    }
    return first;
}

static int wait(void *self, int64_t wait_ns, fir_error *err)
{
    fake *f = self;
    const fake_request *q = due(f);
    int64_t until = f->now_ns + wait_ns;
    (void)err;
    if (q != NULL && q->due_ns < until) {
        until = q->due_ns;
    }
    f->now_ns = until > f->now_ns ? until : f->now_ns;
    return 0;
}

static int next(void *self, fir_http_result *out)
{
    fake *f = self;
    fake_request *q = due(f);
    if (q == NULL || q->due_ns > f->now_ns) {
        return FIR_ENOTFOUND;
    }
    const fake_answer *a = q->answer;
    q->done = 1;
    f->in_flight--;
    *out = (fir_http_result){.size = sizeof *out, .id = q->id, .code = a->code, .sent = !a->not_sent};
    if (q->cancelled) {
        out->code = FIR_ECANCELLED;
    }
    if (out->code != 0) {
        (void)snprintf(out->message, sizeof out->message, "%s", a->message != NULL ? a->message : "scripted");
        return 0;
    }
    out->status = a->status != 0 ? a->status : 200;
    out->body = text(a->body);
    if (a->header != NULL) {
        f->header = (fir_http_header){text(a->header), text(a->value)};
        out->headers = &f->header;
        out->n_headers = 1;
    }
    return 0;
}

static int wake(void *self)
{
    (void)self;
    return 0;
}

static void cancel(void *self, uint64_t id)
{
    fake *f = self;
    for (size_t i = 0; i < f->n; i++) {
        if (f->requests[i].id == id && !f->requests[i].done) {
            f->requests[i].cancelled = 1;
            f->requests[i].due_ns = f->now_ns;
        }
    }
}

static void destroy(void *self)
{
    fake *f = self;
    f->destroyed++;
}

static int64_t mono(void *self)
{
    const fake *f = self;
    return f->now_ns;
}

static int64_t wall(void *self)
{
    const fake *f = self;
    return f->now_ns + f->wall_offset_ns;
}

void fake_init(fake *f)
{
    memset(f, 0, sizeof *f);
    f->now_ns = 1000000000;
    f->wall_offset_ns = INT64_C(1784020000) * 1000000000;
    f->transport = (fir_transport){sizeof f->transport, f, start, wait, next, wake, cancel, destroy};
    f->clock = (fir_clock){sizeof f->clock, f, mono, wall};
}

void fake_clear(fake *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->requests[i].method);
        free(f->requests[i].url);
        free(f->requests[i].head);
        free(f->requests[i].body);
    }
    memset(f->requests, 0, sizeof f->requests);
    f->n = f->in_flight = f->most_in_flight = 0;
}

void fake_free(fake *f)
{
    fake_clear(f);
}
