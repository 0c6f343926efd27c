/* SPDX-License-Identifier: Apache-2.0 */
/* Approvals: what is asked, who may answer, and how it ended. */
#include "base/error.h"
#include "base/time.h"
#include "gate/state.h"
#include "json/writer.h"

enum { MAX_ASK = 1 << 20, MAX_PLAN = 64 << 20 };

fir_str fir__approval_state_name(fir__approval_state s)
{
    static const fir_str names[] = {{"pending", 7}, {"approved", 8}, {"rejected", 8}, {"expired", 7}, {"void", 4}};
    return names[s];
}

/* ---- asking ---- */

/* The id hangs on the alert and the rule only, so that after a restart it is the same. */
static int make_id(const fir__gate *g, const fir_plan *pl, const fir__plan_rule *rule, fir__ask *out)
{
    uint8_t digest[FIR__SHA256];
    fir__sbuf b;
    fir__sbuf_init(&b, &g->allocator, MAX_ASK);
    fir__sbuf_put(&b, pl->event_id, sizeof pl->event_id);
    fir__sbuf_str(&b, rule->def->name);
    int rc = b.status != 0 ? b.status : fir__sha256(fir__sbuf_view(&b), digest);
    fir__sbuf_free(&b);
    if (rc == 0) {
        fir__hex(digest, sizeof out->id / 2, out->id);
    }
    return rc;
}

static int digest_of(fir__sbuf *b, char hex[2 * FIR__SHA256])
{
    uint8_t digest[FIR__SHA256];
    int rc = b->status != 0 ? b->status : fir__sha256(fir__sbuf_view(b), digest);
    fir__sbuf_free(b);
    if (rc == 0) {
        fir__hex(digest, sizeof digest, hex);
    }
    return rc;
}

/* Over a step as the plan writes it: type, target, parameters. */
int fir__ask_step_digest(const fir__plan_step *s, const fir_allocator *a, char hex[2 * FIR__SHA256])
{
    fir__sbuf b;
    fir__sbuf_init(&b, a, MAX_PLAN);
    fir__plan_step_write(s, &b);
    return digest_of(&b, hex);
}

/* Over those of all its steps, and what follows when one fails. */
static int make_digest(const fir__gate *g, const fir__plan_rule *rule, fir__ask *out)
{
    const fir__plan_steps *all[] = {&rule->steps, &rule->on_failure};
    fir__sbuf b;
    fir__sbuf_init(&b, &g->allocator, MAX_PLAN);
    for (size_t k = 0; k < 2; k++) {
        for (uint32_t i = 0; i < all[k]->count; i++) {
            char hex[2 * FIR__SHA256];
            int rc = fir__ask_step_digest(&all[k]->items[i], &g->allocator, hex);
            b.status = b.status != 0 ? b.status : rc;
            fir__sbuf_put(&b, hex, sizeof hex);
        }
    }
    return digest_of(&b, out->digest);
}

int fir__ask_make(const fir__gate *g, const fir_plan *pl, const fir__plan_rule *rule, int64_t now_ns, fir__ask *out)
{
    const fir__approval *a = &rule->def->approval;
    int64_t timeout = a->timeout_ns != 0 ? a->timeout_ns : g->guards.approval_timeout_ns;
    *out = (fir__ask){.event_id = {pl->event_id, sizeof pl->event_id},
                      .rule = rule->def->name,
                      .asked_ns = now_ns,
                      .expires_ns = fir__gate_plus(now_ns, timeout),
                      .approve_on_timeout = a->required && a->approve_on_timeout,
                      .reason_required = a->reason_required,
                      .approvers = a->n_approvers != 0 ? a->approvers : g->guards.approvers,
                      .n_approvers = a->n_approvers != 0 ? a->n_approvers : g->guards.n_approvers};
    int rc = make_id(g, pl, rule, out);
    return rc != 0 ? rc : make_digest(g, rule, out);
}

bool fir__ask_covers(const fir__ask *a, const fir__ask *now)
{
    return memcmp(a->digest, now->digest, sizeof a->digest) == 0;
}

/* ---- the state ---- */

static fir__stored_ask *find(const fir__gate *g, fir_str id, size_t *at)
{
    for (size_t i = 0; i < g->n_asks; i++) {
        if (fir__str_eq(fir__str(g->asks[i]->ask.id, sizeof g->asks[i]->ask.id), id)) {
            *at = i;
            return g->asks[i];
        }
    }
    return NULL;
}

const fir__ask *fir__gate_ask(const fir__gate *g, fir_str id)
{
    size_t at;
    const fir__stored_ask *s = find(g, id, &at);
    return s != NULL ? &s->ask : NULL;
}

void fir__gate_ask_due(fir__gate *g, fir_str id, int64_t due_ns)
{
    size_t at;
    fir__stored_ask *s = find(g, id, &at);
    if (s != NULL) {
        s->ask.due_ns = due_ns;
    }
}

size_t fir__gate_ask_count(const fir__gate *g)
{
    return g->n_asks;
}

const fir__ask *fir__gate_ask_at(const fir__gate *g, size_t i)
{
    return i < g->n_asks ? &g->asks[i]->ask : NULL;
}

static void free_ask(fir__gate *g, fir__stored_ask *s)
{
    if (s != NULL) {
        fir__arena_free(&s->arena);
        fir__free(&g->allocator, s);
    }
}

void fir__asks_free(fir__gate *g)
{
    for (size_t i = 0; i < g->n_asks; i++) {
        free_ask(g, g->asks[i]);
    }
    fir__free(&g->allocator, g->asks);
}

/* ---- who may answer ---- */

int fir__gate_may_decide(const fir__gate *g, fir_str id, fir_str who, fir_str why, bool over, fir_error *err)
{
    const fir__ask *a = fir__gate_ask(g, id);
    if (a == NULL) {
        return fir__fail(err, FIR_ENOTFOUND, "no approval waits under this id");
    }
    if (a->state != FIR__APPROVAL_PENDING) {
        return fir__fail(err, FIR_ESTATE, "the approval is %s already", fir__approval_state_name(a->state).ptr);
    }
    if (over) {
        return fir__fail(err, FIR_ESTATE, "the approval has expired");
    }
    if (who.len == 0) {
        return fir__fail(err, FIR_EINVAL, "who decides must be said");
    }
    bool named = a->n_approvers == 0;
    for (uint32_t i = 0; i < a->n_approvers; i++) {
        named = named || fir__str_eq(a->approvers[i], who);
    }
    if (!named) {
        return fir__fail(err, FIR_EDENIED, "%.*s is not among the approvers", (int)(who.len < 100 ? who.len : 100), who.ptr);
    }
    if (a->reason_required && fir__str_trim(why).len == 0) {
        return fir__fail(err, FIR_EINVAL, "the rule wants a reason for a decision");
    }
    return 0;
}

/* ---- folding ---- */

static int bad(fir_error *err, const char *what)
{
    return fir__fail(err, FIR_EPARSE, "a record of an approval is damaged: %s", what);
}

static bool text_of(const fir__data *d, fir_str key, fir_str *out)
{
    const fir__data *v = fir__data_get(d, key);
    *out = v != NULL && v->type == FIR__DATA_TEXT ? v->s : (fir_str){NULL, 0};
    return out->len != 0;
}

static bool time_of(const fir__data *d, fir_str key, int64_t *out)
{
    const fir__data *v = fir__data_get(d, key);
    *out = v != NULL && v->type == FIR__DATA_INT ? v->i : 0;
    return v != NULL && v->type == FIR__DATA_INT;
}

static bool read_approvers(const fir__data *d, fir__arena *arena, fir__ask *out, bool *memory)
{
    const fir__data *list = fir__data_get(d, FIR__S("approvers"));
    *memory = true;
    if (list == NULL) {
        return true;
    }
    if (list->type != FIR__DATA_LIST || list->count == 0) {
        return false;
    }
    fir_str *names = fir__arena_array(arena, list->count, sizeof *names);
    for (uint32_t i = 0; names != NULL && i < list->count; i++) {
        if (list->items[i].type != FIR__DATA_TEXT) {
            return false;
        }
        names[i] = fir__arena_str(arena, list->items[i].s);
        *memory = *memory && names[i].ptr != NULL;
    }
    *memory = *memory && names != NULL;
    out->approvers = names;
    out->n_approvers = list->count;
    return true;
}

static int read_ask(const fir__data *d, fir_str id, fir__stored_ask *s, fir_error *err)
{
    fir__ask *a = &s->ask;
    fir_str digest, on_timeout, expires;
    const fir__data *reason = fir__data_get(d, FIR__S("reason_required"));
    bool memory;
    if (id.len != sizeof a->id || !text_of(d, FIR__S("digest"), &digest) || digest.len != sizeof a->digest ||
        !text_of(d, FIR__S("event"), &a->event_id) || !text_of(d, FIR__S("rule"), &a->rule) ||
        !text_of(d, FIR__S("on_timeout"), &on_timeout) || !time_of(d, FIR__S("at"), &a->asked_ns) ||
        !text_of(d, FIR__S("expires"), &expires) || !fir__time_parse(expires, &a->expires_ns) || reason == NULL ||
        reason->type != FIR__DATA_BOOL) {
        return bad(err, "it asks for nothing");
    }
    memcpy(a->id, id.ptr, sizeof a->id);
    memcpy(a->digest, digest.ptr, sizeof a->digest);
    a->approve_on_timeout = fir__str_eq(on_timeout, FIR__S("approve"));
    a->reason_required = reason->b;
    if (!read_approvers(d, &s->arena, a, &memory)) {
        return bad(err, "the approvers are no list of names");
    }
    (void)text_of(d, FIR__S("why"), &a->why);
    a->event_id = fir__arena_str(&s->arena, a->event_id);
    a->rule = fir__arena_str(&s->arena, a->rule);
    a->why = fir__arena_str(&s->arena, a->why);
    return memory && a->event_id.ptr != NULL && a->rule.ptr != NULL && a->why.ptr != NULL ? 0 : fir__no_memory(err);
}

int fir__ask_fold(fir__gate *g, const fir__data *d, fir_error *err)
{
    size_t at = 0;
    fir_str id;
    if (d->type != FIR__DATA_MAP || !text_of(d, FIR__S("approval"), &id)) {
        return bad(err, "it has no id");
    }
    fir__stored_ask *s = fir__zalloc(&g->allocator, sizeof *s), *old = find(g, id, &at);
    if (s == NULL) {
        return fir__no_memory(err);
    }
    fir__arena_init(&s->arena, &g->allocator, MAX_ASK);
    s->ask.due_ns = INT64_MAX;
    int rc = read_ask(d, id, s, err);
    if (rc == 0 && old == NULL && !fir__grow(&g->allocator, &g->asks, &g->cap_asks, g->n_asks + 1, sizeof(fir__stored_ask *))) {
        rc = fir__no_memory(err);
    }
    if (rc != 0) {
        free_ask(g, s);
    } else if (old != NULL) {
        g->asks[at] = s;
        free_ask(g, old);
    } else {
        g->asks[g->n_asks++] = s;
    }
    return rc;
}

static bool state_of(const fir__data *d, fir__approval_state *out)
{
    fir_str name;
    if (text_of(d, FIR__S("state"), &name)) {
        for (int i = FIR__APPROVAL_APPROVED; i <= FIR__APPROVAL_VOID; i++) {
            if (fir__str_eq(fir__approval_state_name((fir__approval_state)i), name)) {
                *out = (fir__approval_state)i;
                return true;
            }
        }
    }
    return false;
}

/* An answer to what waits no longer, or never did, changes nothing: the first one won. What was asked and is void may have been
 * answered before. */
int fir__answer_fold(fir__gate *g, const fir__data *d, fir_error *err)
{
    fir__approval_state state;
    fir_str who, why, id;
    int64_t at_ns;
    size_t at;
    if (d->type != FIR__DATA_MAP || !text_of(d, FIR__S("approval"), &id) || !state_of(d, &state) ||
        !time_of(d, FIR__S("at"), &at_ns)) {
        return bad(err, "the answer is none");
    }
    fir__stored_ask *s = find(g, id, &at);
    if (s == NULL || (s->ask.state != FIR__APPROVAL_PENDING && state != FIR__APPROVAL_VOID)) {
        return 0;
    }
    (void)text_of(d, FIR__S("who"), &who);
    (void)text_of(d, FIR__S("why"), &why);
    who = fir__arena_str(&s->arena, who);
    why = fir__arena_str(&s->arena, why);
    if (who.ptr == NULL || why.ptr == NULL) {
        return fir__fail(err, fir__arena_error(&s->arena), "there is no room for who decided, and why");
    }
    s->ask.state = state;
    s->ask.who = who;
    s->ask.why = why;
    s->ask.decided_ns = at_ns;
    return 0;
}

int fir__done_fold(fir__gate *g, const fir__data *d, fir_error *err)
{
    fir_str event;
    size_t kept = 0;
    if (d->type != FIR__DATA_MAP || !text_of(d, FIR__S("event"), &event)) {
        return bad(err, "what is done is not said");
    }
    for (size_t i = 0; i < g->n_asks; i++) {
        if (fir__str_eq(g->asks[i]->ask.event_id, event)) {
            free_ask(g, g->asks[i]);
        } else {
            g->asks[kept++] = g->asks[i];
        }
    }
    g->n_asks = kept;
    return 0;
}
