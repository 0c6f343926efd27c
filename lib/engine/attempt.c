/* SPDX-License-Identifier: Apache-2.0 */
/* One step's attempts: parameters are resolved, the type's functions called, its requests sent, and what failed is tried again
 * where that is right. */
#include <stdio.h>

#include "action/http.h"
#include "engine/private.h"

/* Some stay for the next attempts, wiped: about as many as are on their way. */
static bool take_call(fir_engine *g, fir__run *r)
{
    if (g->n_spare_calls != 0) {
        r->call = g->spare_calls[--g->n_spare_calls];
        return true;
    }
    r->call = fir__alloc(&g->allocator, sizeof *r->call);
    if (r->call != NULL) {
        fir__call_init(r->call, &g->allocator);
    }
    return r->call != NULL;
}

void fir__attempt_drop_call(fir_engine *g, fir__run *r)
{
    if (r->call != NULL && g->n_spare_calls < FIR__SPARE_CALLS) {
        fir__call_again(r->call);
        g->spare_calls[g->n_spare_calls++] = r->call;
    } else if (r->call != NULL) {
        fir__call_free(r->call);
        fir__free(&g->allocator, r->call);
    }
    r->call = NULL;
}

void fir__attempt_close(fir_engine *g, fir__run *r)
{
    fir__attempt_drop_call(g, r);
    fir__host_leave(g, r);
}

static bool is_undo(const fir__run *r)
{
    return r->kind == FIR__RUN_UNDO;
}

/* Whether what went wrong may be done once more: its repeat is harmless or recognised, or it never reached anyone, or the author
 * said how often. */
static bool may_repeat(const fir__run *r, bool sent, int32_t http_status)
{
    const fir__step *def = fir__run_step(r)->def;
    fir__effect effect = fir__step_effect(def);
    bool harmless = effect == FIR__EFFECT_IDEMPOTENT || effect == FIR__EFFECT_KEYED || effect == FIR__EFFECT_READ;
    return harmless || !sent || http_status == 429 || def->attempts != 0 || is_undo(r); /* an undo looks before it acts */
}

/* Whether something that acts may have reached a peer. */
static bool may_have_acted(const fir__run *r, bool sent)
{
    return sent && !r->preparing && !r->verifying && r->call->asking == NULL && !r->call->no_effect;
}

static uint32_t most_attempts(const fir__run *r)
{
    uint32_t wanted = is_undo(r) ? FIR__UNDO_ATTEMPTS : fir__run_step(r)->def->attempts;
    return wanted != 0 ? wanted : FIR__DEFAULT_ATTEMPTS;
}

/* What was to be done under the intent is not on its way any more. */
static void give_up_intent(fir_engine *g, fir__run *r)
{
    if (fir__journal_attempt(g, r) != 0) {
        fir__log(g, FIR_LOG_WARNING, "the end of an attempt could not be written down");
    }
    r->intended = false;
}

typedef struct failure {
    int32_t code;
    const char *text;
    bool final;
    bool sent;              /* something may have reached a peer */
    int64_t retry_after_ns; /* -1: the peer said nothing */
} failure;

/* The attempt is over, and a person is to say whether there is another. */
static fir__drive ask_again(fir_engine *g, fir__run *r)
{
    fir__attempt_close(g, r);
    give_up_intent(g, r);
    r->begun = false;
    fir__run_ready(g, r);
    return FIR__DRIVE_WAITS;
}

/* The attempt failed: another one later, or the end of the step. */
static fir__drive attempt_failed(fir_engine *g, fir__run *r, failure f)
{
    fir__ending *e = &r->ending;
    int64_t now = fir__engine_now(g);
    bool conflict = is_undo(r) && f.final && f.code == FIR_ESTATE;
    fir__end(e, conflict ? FIR__STEP_UNDO_CONFLICT : is_undo(r) ? FIR__STEP_UNDO_FAILED : FIR__STEP_FAILED, f.code, "%s", f.text);
    fir__unsure unsure = fir__uncertain_failed(r, f.sent);
    if (unsure == FIR__UNSURE_ASK) {
        return ask_again(g, r);
    }
    bool again =
        !f.final && r->attempt < most_attempts(r) && (unsure == FIR__UNSURE_AGAIN || may_repeat(r, f.sent, e->http_status));
    int64_t budget = again ? fir__retry_budget(r, now) : now;
    fir__attempt_close(g, r);
    if (!again) {
        return FIR__DRIVE_OVER;
    }
    int64_t wait = f.retry_after_ns >= 0 ? f.retry_after_ns : fir__backoff(r->attempt, fir__random_next(&g->random));
    wait = now + wait < budget ? budget - now : wait;
    if (wait >= r->deadline_ns - now) {
        size_t n = strlen(e->text);
        (void)snprintf(e->text + n, sizeof e->text - n, "; no time is left for another attempt");
        return FIR__DRIVE_OVER;
    }
    give_up_intent(g, r);
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
    r->ending.status = is_undo(r) ? FIR__STEP_UNDONE : FIR__STEP_SUCCEEDED;
    r->ending.code = 0;
    r->ending.text[0] = '\0';
    r->uncertain = false;
    return FIR__DRIVE_OVER; /* the call stays open: its output is still to be taken */
}

/* Its turn comes when a place is free; until then it holds no secrets, and a crash leaves nothing open. */
static fir__drive wait_for_place(fir_engine *g, fir__run *r)
{
    fir__attempt_close(g, r);
    r->attempt--;
    give_up_intent(g, r);
    return FIR__DRIVE_WAITS;
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
    case FIR__SEND_WAITS:
        return wait_for_place(g, r);
    default:
        break;
    }
    bool final = err.code == FIR_EDENIED || err.code == FIR_EINVAL || err.code == FIR_ELIMIT || err.code == FIR_EUNSUPPORTED;
    return attempt_failed(g, r, (failure){err.code != 0 ? err.code : FIR_ETRANSPORT, err.message, final, r->requests != 0, -1});
}

/* What undo and verify will need is kept over the attempts: what the first one found is what there was before. */
static bool keep_record(fir_engine *g, fir__run *r)
{
    fir_str record = fir__sbuf_view(&r->call->record);
    if (record.len == 0 || fir__str_eq(record, fir__str(r->record.ptr, r->record.len))) {
        return true;
    }
    fir_buf copy;
    if (fir__buf_copy(&g->allocator, record, &copy) != 0) {
        return false;
    }
    fir_buf_dispose(&r->record);
    r->record = copy;
    return true;
}

bool fir__attempt_keep(fir_engine *g, fir__run *r)
{
    if (r->call == NULL || r->ending.status != FIR__STEP_SUCCEEDED) {
        return true;
    }
    fir_str record = fir__sbuf_view(&r->call->record);
    bool late = !fir__str_eq(record, fir__str(r->record.ptr, r->record.len));
    r->recorded_late = r->recorded_late || late;
    return keep_record(g, r);
}

typedef int step_function(void *self, fir_call *c);

static step_function *function_of(const fir__run *r)
{
    const fir_action_type *t = &r->handler->type;
    return r->verifying ? t->verify : r->preparing ? t->prepare : is_undo(r) ? t->undo : t->advance;
}

int fir__attempt_call(const fir__run *r)
{
    return function_of(r)(r->handler->self, r->call);
}

/* prepare is through: the gate judges what it found. *act: then the action may be done. */
static fir__drive prepared(fir_engine *g, fir__run *r, bool *act)
{
    *act = false;
    if (!keep_record(g, r)) {
        fir__attempt_close(g, r);
        r->attempt--;
        return FIR__DRIVE_NO_MEMORY;
    }
    if (is_undo(r)) {
        *act = true;
        return FIR__DRIVE_OVER;
    }
    fir__drive d = fir__hold_live(g, r, act);
    if (d == FIR__DRIVE_NO_MEMORY) {
        fir__attempt_close(g, r);
        r->attempt--;
    }
    if (*act && r->handler->to_url && fir__send_waits(g, r, fir__call_text_or(r->call, FIR__S("url"), FIR__S("")))) {
        *act = false; /* before its request is made in vain */
        return wait_for_place(g, r);
    }
    if (*act && g->durable && fir__step_effect(fir__run_step(r)->def) != FIR__EFFECT_READ) {
        *act = false; /* first it is written down */
        r->acting = true;
        fir__queue_put(&g->intents, r);
        return FIR__DRIVE_WAITS;
    }
    return d;
}

/* What was left open is known now, or not. Not done: it goes on as if it had not been tried. */
static fir__drive verified(fir_engine *g, fir__run *r, int rc)
{
    bool found = rc >= 0 && !r->call->failed, done = found && rc == FIR_VERIFY_DONE;
    bool over = fir__uncertain_found(r, done, found && rc == FIR_VERIFY_NOT_DONE);
    if (done) {
        return succeeded(r);
    }
    fir__attempt_close(g, r);
    r->attempt--;
    r->begun = r->attempt != 0 && (r->hold == FIR__HOLD_NONE || r->approved);
    if (over) {
        return FIR__DRIVE_OVER;
    }
    fir__run_ready(g, r);
    return FIR__DRIVE_WAITS;
}

/* Without memory a function may take what it has for all there is: a variable for missing, a record for broken. So nothing that
 * it says then counts, but that it acted. */
static bool is_starved(const fir__run *r, int rc)
{
    bool acted = rc == FIR_CALL_DONE && !r->call->failed && !r->preparing && !r->verifying;
    return r->call->starved && !acted;
}

static fir__drive starved(fir_engine *g, fir__run *r)
{
    if (r->verifying) {
        fir__attempt_close(g, r);
        r->attempt--;
        return FIR__DRIVE_NO_MEMORY;
    }
    return attempt_failed(
        g, r,
        (failure){.code = FIR_ENOMEM, .text = "out of memory", .sent = may_have_acted(r, r->requests != 0), .retry_after_ns = -1});
}

/* What a function gave. *again: the next one is to be called. */
static fir__drive called(fir_engine *g, fir__run *r, int rc, bool *again)
{
    *again = false;
    if (is_starved(r, rc)) {
        return starved(g, r);
    }
    if (r->verifying && !(rc == FIR_CALL_REQUEST && r->call->has_request)) {
        return verified(g, r, rc);
    }
    if (rc < 0 || r->call->failed) {
        return failed_by_call(g, r, rc);
    }
    bool sends = (r->handler->type.flags & FIR_ACTION_BLOCKS) == 0; /* what blocks does its own sending */
    if (sends && rc == FIR_CALL_REQUEST && r->call->has_request) {
        return send(g, r);
    }
    if (rc != FIR_CALL_DONE) {
        return attempt_failed(g, r,
                              (failure){FIR_EINTERNAL, "the action's function gave a result that it may not give", true, true, -1});
    }
    if (!r->preparing) {
        return succeeded(r);
    }
    r->preparing = false;
    r->call->response = NULL;
    return prepared(g, r, again);
}

/* Calls the type's functions until it wants a request sent or is done. */
static fir__drive advance(fir_engine *g, fir__run *r)
{
    for (;;) {
        bool again;
        if ((r->handler->type.flags & FIR_ACTION_BLOCKS) != 0) {
            r->working = true;
            if (fir__work_put(g, r)) {
                return FIR__DRIVE_WAITS;
            }
            r->working = false;
            return attempt_failed(g, r, (failure){FIR_ESTATE, "the engine's threads were stopped", true, false, -1});
        }
        fir__inside_begin(&g->acting);
        int rc = fir__attempt_call(r);
        fir__inside_end(&g->acting);
        fir__drive d = called(g, r, rc, &again);
        if (!again) {
            return d;
        }
    }
}

/* The attempt will begin again from what is there then; it does not count twice. */
static void take_back(fir_engine *g, fir__run *r)
{
    fir__attempt_close(g, r);
    give_up_intent(g, r);
    r->attempt--;
}

/* The intent is written. That may have taken long (the disk was full), and the world did not wait. */
fir__drive fir__attempt_intended(fir_engine *g, fir__run *r)
{
    int64_t now = fir__engine_now(g);
    bool go;
    r->acting = false;
    if (r->unwritten) {
        return attempt_failed(g, r, (failure){FIR_EIO, "the journal is lost, so nothing destructive is done", true, false, -1});
    }
    if (now >= r->deadline_ns) {
        return attempt_failed(g, r,
                              (failure){FIR_ETIMEOUT, "the step's time was over before its intent was written", true, false, -1});
    }
    if (r->cancelled || (now - r->judged_ns > FIR__JUDGED_FOR && r->handler->type.prepare != NULL)) {
        take_back(g, r);
        fir__run_ready(g, r);
        return FIR__DRIVE_WAITS;
    }
    fir__drive d = fir__hold_live(g, r, &go);
    if (d == FIR__DRIVE_NO_MEMORY) {
        take_back(g, r);
        return FIR__DRIVE_NO_MEMORY;
    }
    return go ? advance(g, r) : d;
}

fir__drive fir__attempt_worked(fir_engine *g, fir__run *r)
{
    bool again;
    r->working = false;
    fir__drive d = called(g, r, r->worked, &again);
    return again ? advance(g, r) : d;
}

/* Parameters with secrets and what earlier steps gave. */
static fir__drive resolve(fir_engine *g, fir__run *r)
{
    const fir__plan_step *step = fir__run_step(r);
    const fir__resolver how = {g->secrets, fir__run_value, r};
    const fir_plan *pl = r->job->plan;
    fir_error err = {0};
    r->call->event = pl->event_json.len != 0 ? pl->event_json : FIR__S("{}");
    r->call->action_id = fir__str(step->action_id, sizeof step->action_id);
    r->call->type = r->handler->name;
    r->call->attempt = r->attempt;
    if (r->record.len != 0) {
        fir__sbuf_put(&r->call->record, r->record.ptr, r->record.len);
    }
    int rc = r->call->record.status;
    rc = rc != 0 ? fir__no_memory(&err) : fir__resolve(&how, &step->params, r->call, &err);
    if (rc != 0) {
        bool final = rc != FIR_ENOMEM && rc != FIR_EIO;
        return attempt_failed(g, r, (failure){rc, err.message, final, false, -1});
    }
    bool act = true;
    if (r->verifying) {
        return advance(g, r);
    }
    if (!r->preparing) {
        fir__drive d = prepared(g, r, &act);
        if (!act) {
            return d;
        }
    }
    return advance(g, r);
}

fir__drive fir__attempt_begin(fir_engine *g, fir__run *r)
{
    if (fir__engine_now(g) >= r->deadline_ns) {
        fir__end(&r->ending, is_undo(r) ? FIR__STEP_UNDO_FAILED : FIR__STEP_FAILED, FIR_ETIMEOUT,
                 "the step's time was over before %s", r->attempt == 0 ? "it could begin" : "another attempt could begin");
        return FIR__DRIVE_OVER;
    }
    if (!take_call(g, r)) {
        return FIR__DRIVE_NO_MEMORY;
    }
    r->attempt++;
    r->requests = 0;
    r->preparing = r->handler->type.prepare != NULL && !is_undo(r);
    r->ending.http_status = 0;
    r->ending.http_bytes = 0;
    return resolve(g, r);
}

static bool is_final(int32_t code)
{
    return code == FIR_EDENIED || code == FIR_ELIMIT || code == FIR_EINVAL;
}

/* What an answer says of the host: whether it works. What the request itself brought about says nothing. */
static void judge_host(fir_engine *g, fir__run *r, const fir_http_result *a)
{
    if (a->code == FIR_ETIMEOUT || a->code == FIR_ETRANSPORT || (a->code == 0 && a->status >= 500)) {
        fir__host_judge(g, r, false);
    } else if (a->code == 0 && a->status != 429) {
        fir__host_judge(g, r, true);
    }
}

fir__drive fir__attempt_answer(fir_engine *g, fir__run *r, const fir_http_result *answer)
{
    judge_host(g, r, answer);
    if (r->cancelled) {
        fir__end(&r->ending, FIR__STEP_CANCELLED, FIR_ECANCELLED, "an operator cancelled it; a request was on its way");
        (void)fir__uncertain_failed(r, may_have_acted(r, true));
        return FIR__DRIVE_OVER;
    }
    if (answer->code != 0) {
        char said[181], text[FIR__CALL_MAX_TEXT + 64]; /* fir__end cuts it */
        const char *asking = r->call->asking;
        fir__call_hide(r->call, fir__cstr(answer->message), said, sizeof said); /* a mail server's words may stand in it */
        (void)snprintf(text, sizeof text, "%s%s%s", asking != NULL ? asking : "", asking != NULL ? ": " : "", said);
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
