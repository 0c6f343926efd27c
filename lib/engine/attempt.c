/* SPDX-License-Identifier: Apache-2.0 */
/* One step's attempts: parameters are resolved, the type's functions called, its requests sent, and what failed is tried again
 * where that is right. */
#include <stdio.h>

#include "engine/private.h"

void fir__attempt_close(fir_engine *g, fir__run *r)
{
    if (r->call != NULL) {
        fir__call_free(r->call);
        fir__free(&g->allocator, r->call);
        r->call = NULL;
    }
    fir__host_leave(g, r);
}

/* Whether what went wrong may be done once more: its repeat is harmless or recognised, or it never reached anyone, or the author
 * said how often. */
static bool may_repeat(const fir__run *r, bool sent, int32_t http_status)
{
    const fir__step *def = fir__run_step(r)->def;
    fir__effect effect = fir__step_effect(def);
    bool harmless = effect == FIR__EFFECT_IDEMPOTENT || effect == FIR__EFFECT_KEYED || effect == FIR__EFFECT_READ;
    return harmless || !sent || http_status == 429 || def->attempts != 0;
}

/* Whether something that acts may have reached a peer. */
static bool may_have_acted(const fir__run *r, bool sent)
{
    return sent && !r->preparing && r->call->asking == NULL && !r->call->no_effect;
}

static uint32_t most_attempts(const fir__run *r)
{
    uint32_t wanted = fir__run_step(r)->def->attempts;
    return wanted != 0 ? wanted : FIR__DEFAULT_ATTEMPTS;
}

typedef struct failure {
    int32_t code;
    const char *text;
    bool final;
    bool sent;              /* something may have reached a peer */
    int64_t retry_after_ns; /* -1: the peer said nothing */
} failure;

/* The attempt failed: another one later, or the end of the step. */
static fir__drive attempt_failed(fir_engine *g, fir__run *r, failure f)
{
    fir__ending *e = &r->ending;
    int64_t now = fir__engine_now(g);
    fir__end(e, FIR__STEP_FAILED, f.code, "%s", f.text);
    fir__attempt_close(g, r);
    if (f.final || r->attempt >= most_attempts(r) || !may_repeat(r, f.sent, e->http_status)) {
        return FIR__DRIVE_OVER;
    }
    int64_t wait = f.retry_after_ns >= 0 ? f.retry_after_ns : fir__backoff(r->attempt, fir__random_next(&g->random));
    if (wait >= r->deadline_ns - now) {
        size_t n = strlen(e->text);
        (void)snprintf(e->text + n, sizeof e->text - n, "; no time is left for another attempt");
        return FIR__DRIVE_OVER;
    }
    r->due_ns = now + wait;
    g->timers = fir__timers_put(g->timers, r);
    return FIR__DRIVE_WAITS;
}

static fir__drive failed_by_call(fir_engine *g, fir__run *r, int rc)
{
    const fir_call *c = r->call;
    char text[FIR__CALL_MAX_TEXT];
    int64_t retry_after = c->response != NULL ? fir__retry_after(c->response, g->clock.wall_ns(g->clock.self)) : -1;
    (void)snprintf(text, sizeof text, "%s", c->failed ? c->fail_text : "the action's function failed");
    return attempt_failed(g, r,
                          (failure){.code = c->failed ? c->fail_code : rc,
                                    .text = text,
                                    .final = c->failed && c->final,
                                    .sent = may_have_acted(r, r->requests != 0),
                                    .retry_after_ns = retry_after});
}

static fir__drive succeeded(fir__run *r)
{
    r->ending.status = FIR__STEP_SUCCEEDED;
    r->ending.code = 0;
    r->ending.text[0] = '\0';
    return FIR__DRIVE_OVER; /* the call stays open: its output is still to be taken */
}

static fir__drive send(fir_engine *g, fir__run *r)
{
    fir_error err = {0};
    r->call->has_request = false;
    if (r->requests == FIR__MOST_REQUESTS) {
        return attempt_failed(g, r,
                              (failure){FIR_ELIMIT, "the action wants more requests than one attempt may send", true, true, -1});
    }
    switch (fir__send(g, r, &err)) {
    case FIR__SENT:
        return FIR__DRIVE_WAITS;
    case FIR__SEND_WAITS: /* its turn comes when a place is free; until then it holds no secrets */
        fir__attempt_close(g, r);
        r->attempt--;
        return FIR__DRIVE_WAITS;
    default:
        break;
    }
    bool final = err.code == FIR_EDENIED || err.code == FIR_EINVAL || err.code == FIR_ELIMIT || err.code == FIR_EUNSUPPORTED;
    return attempt_failed(g, r, (failure){err.code != 0 ? err.code : FIR_ETRANSPORT, err.message, final, r->requests != 0, -1});
}

/* Calls the type's functions until it wants a request sent or is done. */
static fir__drive advance(fir_engine *g, fir__run *r)
{
    for (;;) {
        int (*function)(void *, fir_call *) = r->preparing ? r->handler->type.prepare : r->handler->type.advance;
        fir__inside_begin(&g->acting);
        int rc = function(r->handler->self, r->call);
        fir__inside_end(&g->acting);
        if (rc < 0 || r->call->failed) {
            return failed_by_call(g, r, rc);
        }
        if (rc == FIR_CALL_REQUEST && r->call->has_request) {
            return send(g, r);
        }
        if (rc != FIR_CALL_DONE) {
            return attempt_failed(
                g, r, (failure){FIR_EINTERNAL, "the action's function gave a result that it may not give", true, true, -1});
        }
        if (!r->preparing) {
            return succeeded(r);
        }
        r->preparing = false;
        r->call->response = NULL;
    }
}

/* Parameters with secrets and what earlier steps gave. */
static fir__drive resolve(fir_engine *g, fir__run *r)
{
    const fir__plan_step *step = fir__run_step(r);
    const fir__resolver how = {g->secrets, fir__run_value, r};
    const fir_plan *pl = r->job->plan;
    fir_error err = {0};
    fir__call_init(r->call, &g->allocator);
    r->call->event = pl->event_json.len != 0 ? pl->event_json : FIR__S("{}");
    r->call->action_id = fir__str(step->action_id, sizeof step->action_id);
    r->call->type = r->handler->name;
    r->call->attempt = r->attempt;
    int rc = fir__resolve(&how, &step->params, r->call, &err);
    if (rc != 0) {
        bool final = rc != FIR_ENOMEM && rc != FIR_EIO;
        return attempt_failed(g, r, (failure){rc, err.message, final, false, -1});
    }
    return advance(g, r);
}

fir__drive fir__attempt_begin(fir_engine *g, fir__run *r)
{
    if (fir__engine_now(g) >= r->deadline_ns) {
        fir__end(&r->ending, FIR__STEP_FAILED, FIR_ETIMEOUT, "the step's time was over before %s",
                 r->attempt == 0 ? "it could begin" : "another attempt could begin");
        return FIR__DRIVE_OVER;
    }
    r->call = fir__alloc(&g->allocator, sizeof *r->call);
    if (r->call == NULL) {
        return FIR__DRIVE_NO_MEMORY;
    }
    r->attempt++;
    r->requests = 0;
    r->preparing = r->handler->type.prepare != NULL;
    r->ending.http_status = 0;
    r->ending.http_bytes = 0;
    return resolve(g, r);
}

static bool is_final(int32_t code)
{
    return code == FIR_EDENIED || code == FIR_ELIMIT || code == FIR_EINVAL;
}

fir__drive fir__attempt_answer(fir_engine *g, fir__run *r, const fir_http_result *answer)
{
    if (answer->code != 0) {
        char text[FIR__CALL_MAX_TEXT + 64]; /* fir__end cuts it */
        const char *asking = r->call->asking;
        (void)snprintf(text, sizeof text, "%s%s%.180s", asking != NULL ? asking : "", asking != NULL ? ": " : "", answer->message);
        bool sent = may_have_acted(r, answer->sent != 0 || r->requests > 1);
        return attempt_failed(g, r, (failure){answer->code, text, is_final(answer->code), sent, -1});
    }
    r->ending.http_status = answer->status;
    r->ending.http_bytes = answer->body.len;
    r->call->response = answer;
    fir__drive d = advance(g, r);
    if (r->call != NULL) {
        r->call->response = NULL; /* it is the transport's, and about to go */
    }
    return d;
}
