/* SPDX-License-Identifier: Apache-2.0 */
/* http:webhook: one request, signed where that is wanted, judged by its status; undone by a POST to another address. */
#include <stdio.h>

#include "action/env.h"
#include "action/http.h"
#include "action/types.h"
#include "base/digest.h"
#include "base/time.h"
#include "json/document.h"
#include "json/writer.h"

enum { MAX_SIGNED = 33 * 1024 * 1024, MAX_KEY = 4096, MAX_ID = 80, MAX_TIME = 24 };

static int take_body(fir_call *c, fir_str method, fir_str *body)
{
    const fir__data *d = fir__call_data(c, FIR__S("body"));
    *body = FIR__S("");
    if (fir__str_eq(method, FIR__S("GET"))) {
        return 0;
    }
    if (d == NULL || d->type == FIR__DATA_NULL) {
        *body = c->event;
        return 0;
    }
    return d->type == FIR__DATA_TEXT ? (*body = d->s, 0) : fir_call_parameter(c, "body", 4, body);
}

/* ---- signing, by Standard Webhooks ---- */

/* HMAC-SHA256 of "id.time.body" under the secret's bytes: base64, behind whsec_ or not. */
static int sign_text(fir_call *c, fir_str secret, fir_str text, fir__sbuf *out)
{
    fir__sbuf key;
    uint8_t mac[FIR__SHA256];
    fir_str encoded = fir__str_starts(secret, FIR__S("whsec_")) ? fir__str_from(secret, 6) : secret;
    fir__sbuf_init(&key, &c->wiping, MAX_KEY);
    bool ok = fir__base64_decode(&key, fir__str_trim(encoded)) && key.status == 0 && key.len != 0;
    int rc = ok ? fir__hmac_sha256(fir__sbuf_view(&key), text, mac) : 0;
    fir__sbuf_free(&key);
    if (!ok) {
        return FIR__CALL_FAIL(c, FIR_EINVAL, true, "the secret of `sign` is no base64 text, with or without whsec_ before it");
    }
    fir__sbuf_str(out, FIR__S("v1,"));
    fir__base64_encode(out, fir__str((const char *)mac, sizeof mac));
    explicit_bzero(mac, sizeof mac);
    return rc != 0 ? rc : out->status;
}

static int add_signature(fir_call *c, fir_str secret, fir_str id, fir_str time, fir_str body, fir__headers *h)
{
    fir__sbuf text, signature;
    fir_str kept = {NULL, 0};
    fir__sbuf_init(&text, &c->wiping, MAX_SIGNED);
    fir__sbuf_init(&signature, &c->wiping, MAX_KEY);
    fir__sbuf_str(&text, id);
    fir__sbuf_char(&text, '.');
    fir__sbuf_str(&text, time);
    fir__sbuf_char(&text, '.');
    fir__sbuf_str(&text, body);
    int rc = text.status != 0 ? text.status : sign_text(c, secret, fir__sbuf_view(&text), &signature);
    if (rc == 0) {
        kept = fir__arena_str(&c->arena, fir__sbuf_view(&signature));
        rc = kept.ptr == NULL ? fir__arena_error(&c->arena) : 0;
    }
    fir__headers_add(h, FIR__S("webhook-id"), id);
    fir__headers_add(h, FIR__S("webhook-timestamp"), time);
    fir__headers_add(h, FIR__S("webhook-signature"), kept);
    fir__sbuf_free(&text);
    fir__sbuf_free(&signature);
    return rc;
}

/* The author's own headers of these names would make a signature that is none. */
static int sign(fir_call *c, const fir__action_env *env, fir_str id, fir_str body, fir__headers *h)
{
    const fir__data *secret = fir__data_get(fir__call_data(c, FIR__S("sign")), FIR__S("secret"));
    if (secret == NULL || secret->type != FIR__DATA_TEXT) {
        return 0;
    }
    if (fir__headers_have(h, FIR__S("webhook-id")) || fir__headers_have(h, FIR__S("webhook-timestamp")) ||
        fir__headers_have(h, FIR__S("webhook-signature"))) {
        return FIR__CALL_FAIL(c, FIR_EINVAL, true, "`sign` makes the headers webhook-id, webhook-timestamp and webhook-signature");
    }
    char number[MAX_TIME];
    int n = snprintf(number, sizeof number, "%lld", (long long)(env->clock->wall_ns(env->clock->self) / FIR__SECOND));
    fir_str time = fir__arena_str(&c->arena, fir__str(number, (size_t)n));
    return time.ptr == NULL ? fir__arena_error(&c->arena) : add_signature(c, secret->s, id, time, body, h);
}

/* ---- the request ---- */

static int send_to(fir_call *c, const fir__action_env *env, fir_str method, fir_str url, fir_str id, fir_str type, fir_str body)
{
    fir__headers h = {.n = 0};
    int rc = fir__headers_take(c, &h);
    rc = rc != 0 ? rc : sign(c, env, id, body, &h);
    if (rc != 0) {
        return rc;
    }
    fir__headers_add(&h, FIR__S("Idempotency-Key"), id);
    fir__headers_add(&h, FIR__S("User-Agent"), FIR__S("falcoir/" FIR_VERSION_STRING));
    if (!fir__str_eq(method, FIR__S("GET"))) {
        fir__headers_add(&h, FIR__S("Content-Type"), type);
    }
    return fir__http_send(c, method, url, &h, body);
}

static int send_request(fir_call *c, const fir__action_env *env)
{
    const fir_str none = {NULL, 0};
    fir_str body, method = fir__call_text_or(c, FIR__S("method"), FIR__S("POST"));
    int rc = take_body(c, method, &body);
    return rc != 0 ? rc
                   : send_to(c, env, method, fir__call_text_or(c, FIR__S("url"), none), c->action_id,
                             fir__call_text_or(c, FIR__S("content_type"), FIR__S("application/json")), body);
}

static bool is_success(const fir_call *c, int32_t status)
{
    const fir__data *d = fir__call_data(c, FIR__S("success"));
    return d != NULL ? fir__status_matches(d, status) : status >= 200 && status <= 299;
}

static int judge(fir_call *c, const fir_http_result *r)
{
    int rc = fir_call_output(c, r->body.ptr, r->body.len);
    if (rc != 0) {
        return rc;
    }
    if (is_success(c, r->status)) {
        return FIR_CALL_DONE;
    }
    return fir__call_answered(c, r->status, !fir__status_passes(r->status), "");
}

int fir__webhook_advance(void *self, fir_call *c)
{
    fir_http_result r;
    return fir_call_response(c, &r) == 0 ? judge(c, &r) : send_request(c, self);
}

/* ---- undo ---- */

/* {"action_id": …, "undo_url": …}: the address is rendered from the alert, which undo does not see. */
int fir__webhook_prepare(void *self, fir_call *c)
{
    fir_str url = fir__call_text_or(c, FIR__S("undo_url"), FIR__S(""));
    (void)self;
    if (url.len == 0) {
        return FIR_CALL_DONE;
    }
    fir__sbuf b;
    fir__json_writer w = {.b = &b};
    fir__sbuf_init(&b, &c->wiping, FIR__CALL_MAX_RECORD);
    fir__json_open(&w, '{');
    fir__json_key_str(&w, FIR__S("action_id"), c->action_id);
    fir__json_key_str(&w, FIR__S("undo_url"), url);
    fir__json_close(&w, '}');
    int rc = b.status != 0 ? b.status : fir_call_record(c, b.ptr, b.len);
    fir__sbuf_free(&b);
    return rc != 0 ? rc : FIR_CALL_DONE;
}

/* The body says what is undone by the Idempotency-Key that the request had; the one of this request is another, so that a
 * receiver does not take it for a repeat. */
static int send_undo(fir_call *c, const fir__action_env *env)
{
    fir_str json;
    fir__data *d = NULL;
    fir_error err = {0};
    if (fir_call_recorded(c, &json) != 0) {
        return FIR__CALL_FAIL(c, FIR_ESTATE, true, "undo: the action has no undo_url");
    }
    int rc = fir__json_document(json, &c->arena, &d, &err);
    const fir__data *id = fir__data_get(d, FIR__S("action_id")), *url = fir__data_get(d, FIR__S("undo_url"));
    if (rc != 0 || id == NULL || id->type != FIR__DATA_TEXT || url == NULL || url->type != FIR__DATA_TEXT) {
        return FIR__CALL_FAIL(c, FIR_ESTATE, true, "undo: what was recorded cannot be read");
    }
    char key[MAX_ID];
    int n = snprintf(key, sizeof key, "%.*s-undo", id->s.len < 64 ? (int)id->s.len : 64, id->s.ptr);
    fir_str kept = fir__arena_str(&c->arena, fir__str(key, (size_t)n));
    fir__sbuf b;
    fir__json_writer w = {.b = &b};
    fir__sbuf_init(&b, &c->wiping, FIR__CALL_MAX_RECORD);
    fir__json_open(&w, '{');
    fir__json_key_str(&w, FIR__S("undo"), id->s);
    fir__json_close(&w, '}');
    rc = kept.ptr == NULL ? fir__arena_error(&c->arena)
                          : send_to(c, env, FIR__S("POST"), url->s, kept, FIR__S("application/json"), fir__sbuf_view(&b));
    rc = b.status != 0 ? b.status : rc;
    fir__sbuf_free(&b);
    return rc;
}

int fir__webhook_undo(void *self, fir_call *c)
{
    fir_http_result r;
    return fir_call_response(c, &r) == 0 ? judge(c, &r) : send_undo(c, self);
}
