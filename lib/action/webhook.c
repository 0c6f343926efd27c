/* SPDX-License-Identifier: Apache-2.0 */
/* http:webhook: one request, judged by its status. */
#include <stdio.h>

#include "action/call.h"
#include "action/types.h"
#include "json/writer.h"

enum { MAX_HEADERS = 60, ADDED_HEADERS = 3, MAX_BODY = 16 * 1024 * 1024 };

typedef struct headers {
    fir_http_header items[MAX_HEADERS + ADDED_HEADERS];
    size_t n;
} headers;

static bool has(const headers *h, fir_str name)
{
    for (size_t i = 0; i < h->n; i++) {
        if (fir__str_eq_nocase(h->items[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void add(headers *h, fir_str name, fir_str value)
{
    if (!has(h, name)) {
        h->items[h->n++] = (fir_http_header){name, value};
    }
}

/* A header's value is seen by whoever reads the other side's logs line by line, so no line may end in it. The planner made such
 * characters visible already; that one came through means that something is wrong. */
static bool is_header_value(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

static fir_str text_or(const fir_call *c, fir_str name, fir_str otherwise)
{
    const fir__data *d = fir__call_data(c, name);
    return d != NULL && d->type == FIR__DATA_TEXT ? d->s : otherwise;
}

static bool flag(const fir_call *c, fir_str name)
{
    const fir__data *d = fir__call_data(c, name);
    return d != NULL && d->type == FIR__DATA_BOOL && d->b;
}

static int64_t number_or(const fir_call *c, fir_str name, int64_t otherwise)
{
    const fir__data *d = fir__call_data(c, name);
    return d != NULL && d->type == FIR__DATA_INT ? d->i : otherwise;
}

static int take_headers(fir_call *c, headers *h)
{
    const fir__data *d = fir__call_data(c, FIR__S("headers"));
    for (uint32_t i = 0; d != NULL && d->type == FIR__DATA_MAP && i < d->count; i++) {
        const fir__entry *e = &d->entries[i];
        if (e->value.type != FIR__DATA_TEXT || !is_header_value(e->value.s) || !is_header_value(e->key) || has(h, e->key)) {
            return FIR__CALL_FAIL(c, FIR_EDENIED, true, "a header is given twice, is no text, or holds a control character");
        }
        if (h->n == MAX_HEADERS) {
            return FIR__CALL_FAIL(c, FIR_ELIMIT, true, "more than 60 headers");
        }
        add(h, e->key, e->value.s);
    }
    return 0;
}

static int take_body(fir_call *c, fir_str method, fir_str *body)
{
    const fir__data *d = fir__call_data(c, FIR__S("body"));
    *body = FIR__S("");
    if (fir__str_eq(method, FIR__S("GET"))) {
        return 0;
    }
    if (d == NULL || d->type == FIR__DATA_NULL) {
        *body = fir_call_event(c);
        return 0;
    }
    return d->type == FIR__DATA_TEXT ? (*body = d->s, 0) : fir_call_parameter(c, "body", 4, body);
}

static int send_request(fir_call *c)
{
    headers h = {.n = 0};
    fir_str body, method = text_or(c, FIR__S("method"), FIR__S("POST"));
    int rc = take_headers(c, &h);
    rc = rc != 0 ? rc : take_body(c, method, &body);
    if (rc != 0) {
        return rc;
    }
    add(&h, FIR__S("Idempotency-Key"), fir_call_action_id(c));
    add(&h, FIR__S("User-Agent"), FIR__S("falcoir/" FIR_VERSION_STRING));
    if (!fir__str_eq(method, FIR__S("GET"))) {
        add(&h, FIR__S("Content-Type"), text_or(c, FIR__S("content_type"), FIR__S("application/json")));
    }
    const fir_str none = {NULL, 0};
    fir_http_request rq = {
        .size = sizeof rq,
        .method = method,
        .url = text_or(c, FIR__S("url"), none),
        .headers = h.items,
        .n_headers = h.n,
        .body = body,
        .ca_file = text_or(c, FIR__S("ca_file"), none),
        .client_certificate = text_or(c, FIR__S("client_certificate"), none),
        .client_key = text_or(c, FIR__S("client_key"), none),
        .timeout_ns = number_or(c, FIR__S("timeout"), 0),
        .flags =
            (flag(c, FIR__S("insecure_http")) ? FIR_HTTP_INSECURE : 0u) | (flag(c, FIR__S("internal")) ? FIR_HTTP_INTERNAL : 0u),
    };
    rc = fir_call_request(c, &rq);
    return rc != 0 ? rc : FIR_CALL_REQUEST;
}

/* "200", "200-299" */
static bool in_range(fir_str range, int32_t status)
{
    uint64_t from, to;
    size_t dash = fir__str_find(range, FIR__S("-"));
    if (dash == SIZE_MAX) {
        return fir__str_u64(fir__str_trim(range), &from) && from == (uint64_t)status;
    }
    return fir__str_u64(fir__str_trim(fir__str_to(range, dash)), &from) &&
           fir__str_u64(fir__str_trim(fir__str_from(range, dash + 1)), &to) && from <= (uint64_t)status && (uint64_t)status <= to;
}

static bool matches(const fir__data *d, int32_t status)
{
    if (d->type == FIR__DATA_TEXT) {
        return in_range(d->s, status);
    }
    if (d->type == FIR__DATA_INT) {
        return d->i == status;
    }
    for (uint32_t i = 0; d->type == FIR__DATA_LIST && i < d->count; i++) {
        if (d->items[i].type != FIR__DATA_LIST && matches(&d->items[i], status)) {
            return true;
        }
    }
    return false;
}

static bool is_success(const fir_call *c, int32_t status)
{
    const fir__data *d = fir__call_data(c, FIR__S("success"));
    return d != NULL ? matches(d, status) : status >= 200 && status <= 299;
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
    bool passing = r->status == 408 || r->status == 429 || r->status >= 500;
    bool redirect = r->status >= 300 && r->status <= 399;
    char text[100];
    int n = snprintf(text, sizeof text, "the server answered %d%s", (int)r->status,
                     redirect ? ": redirects are not followed; use the address that it leads to" : "");
    return fir_call_fail(c, FIR_EACTION, !passing, text, (size_t)n);
}

int fir__webhook_advance(void *self, fir_call *c)
{
    fir_http_result r;
    (void)self;
    return fir_call_response(c, &r) == 0 ? judge(c, &r) : send_request(c);
}
