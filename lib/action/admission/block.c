/* SPDX-License-Identifier: Apache-2.0 */
/* admission:block: posts a block order, and its taking back, to who keeps the block list (docs/playbooks.md has their shape). */
#include <stdio.h>

#include "action/env.h"
#include "action/http.h"
#include "action/types.h"
#include "base/time.h"
#include "json/document.h"
#include "json/writer.h"

enum { MAX_ORDER = 1024 * 1024, MAX_KEY = 80 };

/* What a template leaves of fields that are not there is no part of an order's scope. */
static fir_str scope_of(const fir_call *c, fir_str name)
{
    fir_str s = fir__call_text_or(c, name, FIR__S(""));
    return fir__str_eq(s, FIR__S("<NA>")) || fir__str_eq(s, FIR__S("null")) ? FIR__S("") : s;
}

/* "repository:tag"; without the tag when that is missing. */
static fir_str image_of(const fir_call *c)
{
    fir_str s = scope_of(c, FIR__S("image"));
    size_t tag = fir__str_ends(s, FIR__S(":<NA>")) ? s.len - 5 : s.len;
    s = fir__str_to(s, tag);
    return fir__str_starts(s, FIR__S("<NA>")) ? FIR__S("") : s;
}

typedef struct scope {
    fir_str image, image_digest, namespace_, service_account, user;
} scope;

static scope read_scope(const fir_call *c)
{
    scope s = {.image_digest = scope_of(c, FIR__S("image_digest")),
               .namespace_ = scope_of(c, FIR__S("namespace")),
               .service_account = scope_of(c, FIR__S("service_account")),
               .user = scope_of(c, FIR__S("user"))};
    s.image = s.image_digest.len == 0 ? image_of(c) : FIR__S("");
    return s;
}

/* ---- prepare ---- */

/* {"expires": …}: each attempt asks for the same. */
static int record(fir_call *c, const fir__action_env *env)
{
    fir__sbuf b;
    fir__json_writer w = {.b = &b};
    int64_t now = env->clock->wall_ns(env->clock->self), ttl = fir__call_number_or(c, FIR__S("ttl"), 3600 * FIR__SECOND);
    fir__sbuf_init(&b, &c->wiping, FIR__CALL_MAX_RECORD);
    fir__json_open(&w, '{');
    fir__json_key_time(&w, FIR__S("expires"), now > INT64_MAX - ttl ? INT64_MAX : now + ttl);
    fir__json_close(&w, '}');
    int rc = b.status != 0 ? b.status : fir_call_record(c, b.ptr, b.len);
    fir__sbuf_free(&b);
    return rc;
}

int fir__block_prepare(void *self, fir_call *c)
{
    fir_str before;
    const scope s = read_scope(c);
    if (fir__call_text_or(c, FIR__S("url"), FIR__S("")).len == 0) {
        return FIR__CALL_FAIL(c, FIR_EUNSUPPORTED, true, "this version keeps no block list of its own: `url` must say whose it is");
    }
    if (s.namespace_.len == 0 || (s.image.len == 0 && s.image_digest.len == 0 && s.service_account.len == 0 && s.user.len == 0)) {
        return FIR__CALL_FAIL(c, FIR_EDENIED, true,
                              "an order needs a namespace, and an image, a service account or a user: without, it would block all");
    }
    fir__live *live = fir__arena_zalloc(&c->arena, sizeof *live);
    if (live == NULL) {
        return fir__arena_error(&c->arena);
    }
    live->namespace_ = s.namespace_; /* the guards judge what the order says, not what the alert says */
    c->live = live;
    int rc = fir_call_recorded(c, &before) == 0 ? 0 : record(c, self);
    return rc != 0 ? rc : FIR_CALL_DONE;
}

/* ---- requests ---- */

static int post(fir_call *c, fir_str id, const fir__sbuf *b)
{
    fir__headers h = {.n = 0};
    int rc = b->status != 0 ? b->status : fir__headers_take(c, &h);
    fir__headers_add(&h, FIR__S("Idempotency-Key"), id);
    fir__headers_add(&h, FIR__S("User-Agent"), FIR__S("falcoir/" FIR_VERSION_STRING));
    fir__headers_add(&h, FIR__S("Content-Type"), FIR__S("application/json"));
    return rc != 0 ? rc : fir__http_send(c, FIR__S("POST"), fir__call_text_or(c, FIR__S("url"), FIR__S("")), &h, fir__sbuf_view(b));
}

static int expires_of(fir_call *c, fir_str *out)
{
    fir_str json;
    fir__data *d = NULL;
    const fir__data *e = fir_call_recorded(c, &json) == 0 && fir__json_document(json, &c->arena, &d, NULL) == 0
                             ? fir__data_get(d, FIR__S("expires"))
                             : NULL;
    if (e == NULL || e->type != FIR__DATA_TEXT) {
        return FIR__CALL_FAIL(c, FIR_ESTATE, true, "what was recorded cannot be read");
    }
    *out = e->s;
    return 0;
}

static int send_order(fir_call *c)
{
    const scope s = read_scope(c);
    fir_str expires;
    fir__sbuf b;
    fir__json_writer w = {.b = &b};
    int rc = expires_of(c, &expires);
    if (rc != 0) {
        return rc;
    }
    fir__sbuf_init(&b, &c->wiping, MAX_ORDER);
    fir__json_open(&w, '{');
    fir__json_key_str(&w, FIR__S("action"), FIR__S("block"));
    fir__json_key(&w, FIR__S("event"));
    fir__sbuf_str(&b, c->event);
    fir__json_done(&w);
    fir__json_key_str(&w, FIR__S("expires"), expires);
    fir__json_key_str(&w, FIR__S("id"), c->action_id);
    fir__json_key_text(&w, FIR__S("message"), fir__call_text_or(c, FIR__S("message"), FIR__S("")));
    fir__json_key_text(&w, FIR__S("rule"), fir__call_text_or(c, FIR__S("rule"), FIR__S("")));
    fir__json_key(&w, FIR__S("scope"));
    fir__json_open(&w, '{');
    fir__json_key_text(&w, FIR__S("image"), s.image);
    fir__json_key_text(&w, FIR__S("image_digest"), s.image_digest);
    fir__json_key_text(&w, FIR__S("namespace"), s.namespace_);
    fir__json_key_text(&w, FIR__S("service_account"), s.service_account);
    fir__json_key_text(&w, FIR__S("user"), s.user);
    fir__json_close(&w, '}');
    fir__json_close(&w, '}');
    rc = post(c, c->action_id, &b);
    fir__sbuf_free(&b);
    return rc;
}

static int take_back(fir_call *c)
{
    char key[MAX_KEY];
    fir_str id = c->action_id;
    fir__sbuf b;
    fir__json_writer w = {.b = &b};
    int n = snprintf(key, sizeof key, "%.*s-undo", id.len < 64 ? (int)id.len : 64, id.ptr);
    fir__sbuf_init(&b, &c->wiping, MAX_ORDER);
    fir__json_open(&w, '{');
    fir__json_key_str(&w, FIR__S("action"), FIR__S("unblock"));
    fir__json_key_str(&w, FIR__S("id"), id);
    fir__json_close(&w, '}');
    int rc = post(c, fir__str(key, (size_t)n), &b);
    fir__sbuf_free(&b);
    return rc;
}

static int judge(fir_call *c, const fir_http_result *r)
{
    if (r->status >= 200 && r->status <= 299) {
        return FIR_CALL_DONE;
    }
    return fir__call_fail(c, FIR_EACTION, !fir__status_passes(r->status), "the keeper of the block list answered %d",
                          (int)r->status);
}

int fir__block_advance(void *self, fir_call *c)
{
    fir_http_result r;
    (void)self;
    return fir_call_response(c, &r) == 0 ? judge(c, &r) : send_order(c);
}

int fir__block_undo(void *self, fir_call *c)
{
    fir_http_result r;
    (void)self;
    return fir_call_response(c, &r) == 0 ? judge(c, &r) : take_back(c);
}
