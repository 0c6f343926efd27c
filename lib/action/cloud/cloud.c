/* SPDX-License-Identifier: Apache-2.0 */
/* The way of one attempt: build, token, request, answer. */
#include "action/cloud/cloud.h"

#include <stdio.h>

#include "base/time.h"
#include "json/document.h"

typedef enum stage { BEGIN, TOKEN, SEND, ANSWER } stage;

#define MOST_LIFE (24 * 60 * 60 * FIR__SECOND) /* a token that claims more is asked for again after it */

static fir__cloud *state_of(const fir__action_env *env, fir_call *c, const fir__cloud_service *service)
{
    fir__cloud *k = c->data;
    if (k == NULL) {
        k = fir__arena_zalloc(&c->arena, sizeof *k);
        c->data = k;
    }
    if (k != NULL) {
        k->env = env;
        k->c = c;
        k->service = service;
    }
    return k;
}

/* ---- sending ---- */

void fir__cloud_header(fir__cloud_request *q, fir_str name, fir_str value)
{
    if (value.len != 0 && q->n_more < FIR__CLOUD_HEADERS) {
        q->more[q->n_more++] = (fir_http_header){name, value};
    }
}

int fir__cloud_ask(fir__cloud *k, const fir__cloud_request *q)
{
    fir_http_header headers[FIR__CLOUD_HEADERS + 2];
    size_t n = 0;
    if (q->content_type.len != 0) {
        headers[n++] = (fir_http_header){FIR__S("Content-Type"), q->content_type};
    }
    for (size_t i = 0; i < q->n_more; i++) {
        headers[n++] = q->more[i];
    }
    headers[n++] = (fir_http_header){FIR__S("User-Agent"), FIR__S("falcoir/" FIR_VERSION_STRING)};
    const fir_http_request rq = {.size = sizeof rq,
                                 .method = q->method.len != 0 ? q->method : FIR__S("POST"),
                                 .url = q->url,
                                 .headers = headers,
                                 .n_headers = n,
                                 .body = q->body,
                                 .ca_file = q->ca_file,
                                 .timeout_ns = q->timeout_ns,
                                 .max_response = q->max_response,
                                 .flags = q->flags};
    return fir_call_request(k->c, &rq) != 0 ? fir__cloud_no_room(k) : FIR_CALL_REQUEST;
}

static int send_request(fir__cloud *k)
{
    fir__cloud_request q = k->request;
    if (k->token.len != 0) {
        fir_str value = {NULL, 0};
        int rc = fir__cloud_text(k, &value, "Bearer %.*s", (int)k->token.len, k->token.ptr);
        if (rc != 0) {
            return rc;
        }
        fir__cloud_header(&q, FIR__S("Authorization"), value);
    }
    return fir__cloud_ask(k, &q);
}

/* ---- tokens ---- */

/* It becomes a part of a header. */
static bool is_token(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= 0x20 || s.ptr[i] > 0x7e) {
            return false;
        }
    }
    return s.len != 0 && s.len <= FIR__CLOUD_MOST_TOKEN;
}

static int take(fir__cloud *k, fir_str token)
{
    k->token = fir__arena_str(&k->c->arena, token);
    k->state = 0;
    if (k->token.ptr == NULL) {
        return fir__cloud_no_room(k);
    }
    return fir__call_secret(k->c, k->token) ? 0 : fir__cloud_no(k, FIR_ELIMIT, true, "an action with too many secrets");
}

int fir__cloud_take_token(fir__cloud *k, fir_str token, int64_t ends_ns)
{
    if (!is_token(token)) {
        return fir__cloud_no(k, FIR_EACTION, false, "%s: what came in place of a token is none", k->service->name);
    }
    int rc = take(k, token);
    if (rc == 0 && ends_ns != 0 && fir__tokens_put(k->env->tokens, k->token_key, token, ends_ns) != 0) {
        rc = fir__cloud_no(k, FIR_ENOMEM, false, "out of memory");
    }
    return rc;
}

/* A number, or its digits in a text, as Azure writes them. */
static bool number_at(const fir__data *d, fir_str key, int64_t *out)
{
    const fir__data *v = fir__data_get(d, key);
    if (v != NULL && v->type == FIR__DATA_INT) {
        *out = v->i;
        return true;
    }
    return v != NULL && v->type == FIR__DATA_TEXT && fir__str_i64(v->s, out);
}

/* When a token ends; 0: not said, or nonsense. */
static int64_t end_of(const fir__cloud *k, const fir__data *d)
{
    int64_t now = fir__cloud_now(k), seconds;
    const int64_t most = MOST_LIFE / FIR__SECOND;
    if (number_at(d, FIR__S("expires_in"), &seconds)) {
        seconds = seconds < most ? seconds : most;
    } else if (number_at(d, FIR__S("expires_on"), &seconds) && seconds > now / FIR__SECOND) {
        seconds -= now / FIR__SECOND;
        seconds = seconds < most ? seconds : most;
    } else {
        return 0;
    }
    return seconds > 0 ? now + seconds * FIR__SECOND : 0;
}

int fir__cloud_document(fir__cloud *k, const fir_http_result *r, const char *who, const fir__data **out)
{
    fir__data *d = NULL;
    if (r->status != 200) {
        return fir__cloud_refused(k, r, who);
    }
    fir_str body = fir__arena_str(&k->c->arena, r->body);
    if (body.ptr == NULL) {
        return fir__cloud_no_room(k);
    }
    int rc = fir__json_document(body, &k->c->arena, &d, NULL);
    if (rc == FIR_ENOMEM) {
        return fir__cloud_no(k, rc, false, "out of memory");
    }
    if (rc != 0 || d->type != FIR__DATA_MAP) {
        return fir__cloud_no(k, FIR_EACTION, false, "%s: what %s answered is no JSON object", k->service->name, who);
    }
    *out = d;
    return 0;
}

int fir__cloud_take_access(fir__cloud *k, const fir_http_result *r, const char *who)
{
    const fir__data *d = NULL;
    int rc = fir__cloud_document(k, r, who, &d);
    if (rc != 0) {
        return rc;
    }
    fir_str token = fir__cloud_text_at(d, FIR__S("access_token")), type = fir__cloud_text_at(d, FIR__S("token_type"));
    if (token.len == 0 || (type.len != 0 && !fir__str_eq_nocase(type, FIR__S("Bearer")))) {
        return fir__cloud_no(k, FIR_EACTION, false, "%s: what %s answered holds no bearer token", k->service->name, who);
    }
    return fir__cloud_take_token(k, token, end_of(k, d));
}

/* One that is kept, or one from the provider. */
static int get_token(fir__cloud *k, const fir_http_result *answer)
{
    fir_str kept;
    if (answer == NULL && fir__tokens_get(k->env->tokens, k->token_key, fir__cloud_now(k), &kept)) {
        return take(k, kept);
    }
    return k->service->token(k, answer);
}

/* The service does not take the token: once, another one may be better. The request had no effect. */
static bool wants_fresh_token(fir__cloud *k, const fir_http_result *r)
{
    if (r->status != 401 || k->token.len == 0 || k->refreshed) {
        return false;
    }
    fir__tokens_drop(k->env->tokens, k->token_key);
    k->token = (fir_str){NULL, 0};
    k->refreshed = true;
    return true;
}

/* ---- the whole ---- */

static int judge(fir__cloud *k, const fir_http_result *r)
{
    int rc = fir_call_output(k->c, r->body.ptr, r->body.len);
    if (rc != 0) {
        return fir__cloud_no(k, rc, false, "out of memory");
    }
    if (r->status < 200 || r->status > 299) {
        return fir__cloud_refused(k, r, k->service->name);
    }
    return k->service->judge != NULL ? k->service->judge(k, r) : FIR_CALL_DONE;
}

int fir__cloud_run(const fir__action_env *env, fir_call *c, const fir__cloud_service *service)
{
    fir__cloud *k = state_of(env, c, service);
    const fir_http_result *answer = c->response;
    if (k == NULL) {
        return FIR_ENOMEM;
    }
    for (int rc;; answer = NULL) {
        switch (k->stage) {
        case BEGIN:
            rc = service->build(k);
            k->stage = k->token_key.len != 0 ? TOKEN : SEND;
            break;
        case TOKEN:
            c->asking = service->asking;
            rc = get_token(k, answer);
            k->stage = rc == FIR_CALL_DONE ? SEND : TOKEN;
            break;
        case SEND:
            k->stage = ANSWER;
            c->asking = NULL;
            rc = send_request(k);
            break;
        default:
            if (!wants_fresh_token(k, answer)) {
                return judge(k, answer);
            }
            k->stage = TOKEN;
            rc = 0;
            break;
        }
        if (rc != 0) {
            return rc;
        }
    }
}

int fir__cloud_call_function(fir__cloud *k, fir_str url, size_t most)
{
    fir_str body = fir__cloud_parameter(k, "body");
    if (!fir__str_starts(url, FIR__S("https://")) && !fir__str_starts(url, FIR__S("http://"))) {
        return fir__cloud_no(k, FIR_EINVAL, true, "%s: the url must begin with https://", k->service->name);
    }
    k->request = (fir__cloud_request){.url = url,
                                      .content_type = FIR__S("application/json"),
                                      .body = body.len != 0 ? body : k->c->event,
                                      .ca_file = fir__cloud_parameter(k, "ca_file"),
                                      .timeout_ns = fir__cloud_duration(k, "timeout"),
                                      .flags = fir__cloud_flag(k, "internal") ? (uint32_t)FIR_HTTP_INTERNAL : 0u};
    if (k->request.body.len > most) {
        return fir__cloud_no(k, FIR_ELIMIT, true, "%s: the body has %zu bytes, and may have %zu", k->service->name,
                             k->request.body.len, most);
    }
    fir__cloud_header(&k->request, FIR__S("Idempotency-Key"), k->c->action_id);
    return 0;
}
