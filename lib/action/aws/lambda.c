/* SPDX-License-Identifier: Apache-2.0 */
/* aws:lambda: a function is invoked with the alert. */
#include <stdio.h>

#include "action/aws/aws.h"
#include "action/aws/sigv4.h"
#include "action/aws/types.h"
#include "base/digest.h"
#include "json/document.h"

enum { MAX_SYNC = 6 * 1024 * 1024, MAX_ASYNC = 1024 * 1024, MAX_PATH_TEXT = 2048 };

static bool is_function_name(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!fir__is_alnum(s.ptr[i]) && strchr("-_:.$", s.ptr[i]) == NULL) {
            return false;
        }
    }
    return s.len != 0 && s.len <= 256;
}

/* The function behind, so that it can tell a repeat: {"custom":{"falcoir_action_id":"…"}} */
static int put_context(fir__aws *a, fir_str *out)
{
    fir__sbuf json, b;
    fir__sbuf_init(&json, &a->c->wiping, 1024);
    fir__sbuf_init(&b, &a->c->wiping, 2048);
    fir__sbuf_str(&json, FIR__S("{\"custom\":{\"falcoir_action_id\":\""));
    fir__sbuf_str(&json, a->c->action_id);
    fir__sbuf_str(&json, FIR__S("\"}}"));
    fir__base64_encode(&b, fir__sbuf_view(&json));
    fir__sbuf_free(&json);
    return fir__aws_keep(a, &b, out);
}

static int put_target(fir__aws *a, fir_str name)
{
    fir__sbuf path, query;
    fir_str qualifier = fir__aws_parameter(a, "qualifier");
    fir__sbuf_init(&path, &a->c->wiping, MAX_PATH_TEXT);
    fir__sbuf_init(&query, &a->c->wiping, MAX_PATH_TEXT);
    fir__sbuf_str(&path, FIR__S("/2015-03-31/functions/"));
    fir__aws_encode(&path, name, false);
    fir__sbuf_str(&path, FIR__S("/invocations"));
    if (qualifier.len != 0) {
        fir__aws_form(&query, FIR__S("Qualifier"), qualifier);
    }
    int rc = fir__aws_keep(a, &path, &a->request.path);
    if (rc != 0) {
        fir__sbuf_free(&query);
        return rc;
    }
    return fir__aws_keep(a, &query, &a->request.query);
}

static void add(fir__aws *a, fir_str name, fir_str value)
{
    if (value.len != 0) {
        a->request.more[a->request.n_more++] = (fir_http_header){name, value};
    }
}

static int invoke(fir__aws *a)
{
    fir_str name = fir__aws_parameter(a, "function_name"), type = fir__aws_parameter(a, "invocation_type"), context = {NULL, 0};
    fir_str payload = fir__aws_parameter(a, "payload");
    payload = payload.len != 0 ? payload : a->c->event;
    type = type.len != 0 ? type : FIR__S("RequestResponse");
    bool waits = fir__str_eq(type, FIR__S("RequestResponse"));
    size_t most = fir__str_eq(type, FIR__S("Event")) ? MAX_ASYNC : MAX_SYNC;
    if (!is_function_name(name)) {
        return fir__aws_no(a, FIR_EINVAL, true, "Lambda: the name is no name, name:alias or ARN of a function");
    }
    if (payload.len > most) {
        return fir__aws_no(a, FIR_ELIMIT, true, "Lambda: the payload has %zu bytes, and may have %zu", payload.len, most);
    }
    int rc = fir__aws_settle_region(a, fir__arn_part(name, 3));
    rc = rc != 0 ? rc : put_target(a, name);
    rc = rc != 0 || !waits ? rc : put_context(a, &context);
    if (rc != 0) {
        return rc;
    }
    add(a, FIR__S("X-Amz-Invocation-Type"), type);
    add(a, FIR__S("X-Amz-Client-Context"), context);
    a->request.content_type = FIR__S("application/json");
    a->request.body = payload;
    a->request.max_response = MAX_SYNC + 4096;
    return FIR_CALL_REQUEST;
}

static fir_str text_at(const fir__data *d, fir_str key)
{
    const fir__data *v = fir__data_get(d, key);
    return v != NULL && v->type == FIR__DATA_TEXT ? v->s : (fir_str){NULL, 0};
}

/* What the function threw is in the body. It ran: to run it once more is not ours to decide. */
static int function_failed(fir__aws *a, const fir_http_result *r, fir_str kind)
{
    fir__data *d = NULL;
    fir_str body = fir__arena_str(&a->c->arena, r->body);
    if (body.ptr == NULL || fir__json_document(body, &a->c->arena, &d, NULL) != 0) {
        d = NULL;
    }
    fir_str type = text_at(d, FIR__S("errorType")), message = text_at(d, FIR__S("errorMessage"));
    return fir__aws_no(a, FIR_EACTION, true, "Lambda: the function failed (%.*s)%s%.*s%s%.*s", (int)(kind.len < 20 ? kind.len : 20),
                       kind.ptr, type.len != 0 ? ": " : "", (int)(type.len < 80 ? type.len : 80), type.len != 0 ? type.ptr : "",
                       message.len != 0 ? ": " : "", (int)(message.len < 120 ? message.len : 120),
                       message.len != 0 ? message.ptr : "");
}

static int judge(fir__aws *a, const fir_http_result *r)
{
    if (r->status != 200 && r->status != 202 && r->status != 204) {
        return fir__aws_fail(a, r, "Lambda");
    }
    int rc = fir_call_output(a->c, r->body.ptr, r->body.len);
    if (rc != 0) {
        return fir__aws_no(a, rc, false, "out of memory");
    }
    for (size_t i = 0; i < r->n_headers; i++) {
        if (fir__str_eq_nocase(r->headers[i].name, FIR__S("X-Amz-Function-Error"))) {
            return function_failed(a, r, fir__str_trim(r->headers[i].value));
        }
    }
    return FIR_CALL_DONE;
}

static int lambda(fir__aws *a, const fir_http_result *r)
{
    return r == NULL ? invoke(a) : judge(a, r);
}

int fir__aws_lambda_advance(void *self, fir_call *c)
{
    fir__aws *a = fir__aws_of(self, c, "lambda");
    return a != NULL ? fir__aws_run(a, lambda) : FIR_ENOMEM;
}
