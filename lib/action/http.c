/* SPDX-License-Identifier: Apache-2.0 */
#include "action/http.h"

#include "action/types.h"

bool fir__headers_have(const fir__headers *h, fir_str name)
{
    for (size_t i = 0; i < h->n; i++) {
        if (fir__str_eq_nocase(h->items[i].name, name)) {
            return true;
        }
    }
    return false;
}

void fir__headers_add(fir__headers *h, fir_str name, fir_str value)
{
    if (h->n < sizeof h->items / sizeof h->items[0] && !fir__headers_have(h, name)) {
        h->items[h->n++] = (fir_http_header){name, value};
    }
}

/* The planner made such characters visible already; that one came through means that something is wrong. */
bool fir__is_header_value(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

int fir__headers_take(fir_call *c, fir__headers *h)
{
    const fir__data *d = fir__call_data(c, FIR__S("headers"));
    for (uint32_t i = 0; d != NULL && d->type == FIR__DATA_MAP && i < d->count; i++) {
        const fir__entry *e = &d->entries[i];
        if (e->value.type != FIR__DATA_TEXT || !fir__is_header_value(e->value.s) || !fir__is_header_value(e->key) ||
            fir__headers_have(h, e->key)) {
            return FIR__CALL_FAIL(c, FIR_EDENIED, true, "a header is given twice, is no text, or holds a control character");
        }
        if (h->n == FIR__HTTP_MAX_HEADERS) {
            return FIR__CALL_FAIL(c, FIR_ELIMIT, true, "more than 60 headers");
        }
        fir__headers_add(h, e->key, e->value.s);
    }
    return 0;
}

fir_str fir__call_text_or(const fir_call *c, fir_str name, fir_str otherwise)
{
    const fir__data *d = fir__call_data(c, name);
    return d != NULL && d->type == FIR__DATA_TEXT ? d->s : otherwise;
}

bool fir__call_flag(const fir_call *c, fir_str name)
{
    const fir__data *d = fir__call_data(c, name);
    return d != NULL && d->type == FIR__DATA_BOOL && d->b;
}

int64_t fir__call_number_or(const fir_call *c, fir_str name, int64_t otherwise)
{
    const fir__data *d = fir__call_data(c, name);
    return d != NULL && d->type == FIR__DATA_INT ? d->i : otherwise;
}

int fir__http_send(fir_call *c, fir_str method, fir_str url, const fir__headers *h, fir_str body)
{
    const fir_str none = {NULL, 0};
    const fir_http_request rq = {
        .size = sizeof rq,
        .method = method,
        .url = url,
        .headers = h->items,
        .n_headers = h->n,
        .body = body,
        .ca_file = fir__call_text_or(c, FIR__S("ca_file"), none),
        .client_certificate = fir__call_text_or(c, FIR__S("client_certificate"), none),
        .client_key = fir__call_text_or(c, FIR__S("client_key"), none),
        .timeout_ns = fir__call_number_or(c, FIR__S("timeout"), 0),
        .flags = (fir__call_flag(c, FIR__S("insecure_http")) ? FIR_HTTP_INSECURE : 0u) |
                 (fir__call_flag(c, FIR__S("internal")) ? FIR_HTTP_INTERNAL : 0u),
    };
    int rc = fir_call_request(c, &rq);
    return rc != 0 ? rc : FIR_CALL_REQUEST;
}

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

bool fir__status_matches(const fir__data *d, int32_t status)
{
    if (d->type == FIR__DATA_TEXT) {
        return in_range(d->s, status);
    }
    if (d->type == FIR__DATA_INT) {
        return d->i == status;
    }
    for (uint32_t i = 0; d->type == FIR__DATA_LIST && i < d->count; i++) {
        if (d->items[i].type != FIR__DATA_LIST && fir__status_matches(&d->items[i], status)) {
            return true;
        }
    }
    return false;
}

bool fir__status_passes(int32_t status)
{
    return status == 408 || status == 429 || status >= 500;
}

int fir__call_answered(fir_call *c, int32_t status, bool final, const char *said)
{
    bool redirect = status >= 300 && status <= 399;
    return fir__call_fail(c, FIR_EACTION, final, "the server answered %d%s%s", (int)status, redirect || said[0] != '\0' ? ": " : "",
                          redirect ? "redirects are not followed; use the address that it leads to" : said);
}
