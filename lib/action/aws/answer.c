/* SPDX-License-Identifier: Apache-2.0 */
/* What a service answers when it refuses, and how that is said. */
#include <stdarg.h>
#include <stdio.h>

#include "action/aws/aws.h"
#include "json/document.h"

int fir__aws_no(fir__aws *a, int32_t code, bool final, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int rc = fir__call_vfail(a->c, code, final, format, args);
    va_end(args);
    return rc;
}

int fir__aws_no_room(fir__aws *a)
{
    int code = fir__arena_error(&a->c->arena);
    return code == FIR_ENOMEM ? fir__aws_no(a, code, false, "out of memory")
                              : fir__aws_no(a, code, true, "AWS: the request is too large");
}

int fir__aws_keep(fir__aws *a, fir__sbuf *b, fir_str *out)
{
    int rc = b->status;
    if (rc == 0) {
        *out = fir__arena_str(&a->c->arena, fir__sbuf_view(b));
        rc = out->ptr == NULL ? fir__arena_error(&a->c->arena) : 0;
    }
    fir__sbuf_free(b);
    if (rc == 0) {
        return 0;
    }
    return rc == FIR_ENOMEM ? fir__aws_no(a, rc, false, "out of memory")
                            : fir__aws_no(a, rc, true, "AWS: the request is too large");
}

static fir_str header_of(const fir_http_result *r, fir_str name)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        if (fir__str_eq_nocase(r->headers[i].name, name)) {
            return r->headers[i].value;
        }
    }
    return (fir_str){NULL, 0};
}

static fir_str text_at(const fir__data *d, fir_str key)
{
    const fir__data *v = fir__data_get(d, key);
    return v != NULL && v->type == FIR__DATA_TEXT ? v->s : (fir_str){NULL, 0};
}

/* "ns#Code" and "Code:http://…" are Code. */
static fir_str bare_code(fir_str s)
{
    size_t hash = fir__str_find(s, FIR__S("#"));
    s = hash != SIZE_MAX ? fir__str_from(s, hash + 1) : s;
    return fir__str_to(s, fir__str_find(s, FIR__S(":")));
}

static void from_json(fir__aws *a, fir_str body, fir__aws_error *e)
{
    fir__data *d;
    if (fir__json_document(body, &a->c->arena, &d, NULL) != 0) {
        return;
    }
    fir_str type = text_at(d, FIR__S("__type")), code = text_at(d, FIR__S("code"));
    fir_str small = text_at(d, FIR__S("message")), large = text_at(d, FIR__S("Message"));
    e->code = type.len != 0 ? type : code.len != 0 ? code : text_at(d, FIR__S("Code"));
    e->message = small.len != 0 ? small : large;
}

/* <ErrorResponse><Error>, <Response><Errors><Error>, and S3's <Error>. */
static void from_xml(fir__aws *a, fir_str body, fir__aws_error *e)
{
    fir__xml *root;
    if (fir__xml_read(body, &a->c->arena, &root, NULL) != 0) {
        return;
    }
    const fir__xml *at = fir__str_eq(root->name, FIR__S("Error")) ? root : fir__xml_child(root, FIR__S("Error"));
    at = at != NULL ? at : fir__xml_child(fir__xml_child(root, FIR__S("Errors")), FIR__S("Error"));
    e->code = fir__xml_text(at, FIR__S("Code"));
    e->message = fir__xml_text(at, FIR__S("Message"));
}

fir__aws_error fir__aws_read_error(fir__aws *a, const fir_http_result *r)
{
    fir__aws_error e = {{NULL, 0}, {NULL, 0}};
    fir_str body = fir__str_trim(r->body);
    if (body.len != 0) {
        (body.ptr[0] == '<' ? from_xml : from_json)(a, body, &e);
    }
    fir_str header = header_of(r, FIR__S("x-amzn-errortype"));
    e.code = bare_code(header.len != 0 ? header : e.code);
    return e;
}

bool fir__aws_may_pass(int32_t status, fir_str code)
{
    static const char *const passing[] = {"Throttling",
                                          "ThrottlingException",
                                          "ThrottledException",
                                          "RequestThrottledException",
                                          "RequestThrottled",
                                          "TooManyRequestsException",
                                          "ProvisionedThroughputExceededException",
                                          "TransactionInProgressException",
                                          "RequestLimitExceeded",
                                          "BandwidthLimitExceeded",
                                          "LimitExceededException",
                                          "SlowDown",
                                          "EC2ThrottledException",
                                          "RequestTimeout",
                                          "RequestTimeoutException",
                                          "PriorRequestNotComplete",
                                          "IDPCommunicationError",
                                          "InternalFailure",
                                          "ServiceUnavailable",
                                          "KMSThrottlingException"};
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        if (fir__str_eq(code, fir__cstr(passing[i]))) {
            return true;
        }
    }
    return status == 408 || status == 429 || status >= 500;
}

int fir__aws_fail(fir__aws *a, const fir_http_result *r, const char *what)
{
    char code[80], message[FIR__CALL_MAX_TEXT];
    fir__aws_error e = fir__aws_read_error(a, r);
    fir__call_show(code, sizeof code, e.code);
    fir__call_show(message, sizeof message, e.message);
    bool redirect = r->status >= 300 && r->status <= 399;
    a->c->no_effect = r->status >= 400 && r->status <= 499; /* throttled, for example */
    return fir__aws_no(a, FIR_EACTION, !fir__aws_may_pass(r->status, e.code), "%s answered %d%s%s%s%s%s", what, (int)r->status,
                       code[0] != '\0' ? " " : "", code, message[0] != '\0' ? ": " : "", message,
                       redirect && code[0] == '\0' ? ": redirects are not followed; is the region right?" : "");
}

fir_str fir__aws_parameter(const fir__aws *a, const char *name)
{
    const fir__data *d = fir__call_data(a->c, fir__cstr(name));
    return d != NULL && d->type == FIR__DATA_TEXT ? d->s : (fir_str){NULL, 0};
}

bool fir__aws_boolean(const fir__aws *a, const char *name, bool otherwise)
{
    const fir__data *d = fir__call_data(a->c, fir__cstr(name));
    return d != NULL && d->type == FIR__DATA_BOOL ? d->b : otherwise;
}

int64_t fir__aws_integer(const fir__aws *a, const char *name, int64_t otherwise)
{
    const fir__data *d = fir__call_data(a->c, fir__cstr(name));
    return d != NULL && d->type == FIR__DATA_INT ? d->i : otherwise;
}
