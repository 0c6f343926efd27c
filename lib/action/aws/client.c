/* SPDX-License-Identifier: Apache-2.0 */
/* From an action's wish to a signed request, and from the answer back to the action. */
#include "action/aws/aws.h"
#include "action/aws/sigv4.h"
#include "base/time.h"

enum { MAX_URL = 16 * 1024 };

fir__aws *fir__aws_of(const fir__action_env *env, fir_call *c, const char *service)
{
    fir__aws *a = c->data;
    if (a == NULL) {
        a = fir__arena_zalloc(&c->arena, sizeof *a);
        c->data = a;
    }
    if (a != NULL) {
        a->env = env;
        a->c = c;
        a->service = service;
        if (c->response == NULL) {
            a->stage = FIR__AWS_BEGIN;
        }
    }
    return a;
}

/* ---- sending ---- */

typedef struct outgoing {
    fir_http_header headers[20];
    size_t n;
    fir_str base, url; /* base: scheme and host */
} outgoing;

static void add(outgoing *o, fir_str name, fir_str value)
{
    if (value.len != 0) {
        o->headers[o->n++] = (fir_http_header){name, value};
    }
}

/* "https://" "bucket." "s3.eu-west-1.amazonaws.com" and the path. */
static int make_url(fir__aws *a, const fir__aws_request *q, outgoing *o)
{
    fir__sbuf b;
    size_t host = fir__str_find(o->base, FIR__S("://")) + 3;
    fir__sbuf_init(&b, &a->c->wiping, MAX_URL);
    fir__sbuf_str(&b, fir__str_to(o->base, host));
    fir__sbuf_str(&b, q->host);
    fir__sbuf_str(&b, fir__str_from(o->base, host));
    size_t n = b.len;
    fir__sbuf_str(&b, q->path.len != 0 ? q->path : FIR__S("/"));
    if (q->query.len != 0) {
        fir__sbuf_char(&b, '?');
        fir__sbuf_str(&b, q->query);
    }
    int rc = fir__aws_keep(a, &b, &o->url);
    if (rc == 0) {
        o->base = fir__str_to(o->url, n);
    }
    return rc;
}

/* What is signed says which host is meant: the port too, unless it is the scheme's own. */
static fir_str host_header(fir_str base)
{
    bool tls = fir__str_starts(base, FIR__S("https://"));
    fir_str host = fir__str_from(base, fir__str_find(base, FIR__S("://")) + 3);
    fir_str port = tls ? FIR__S(":443") : FIR__S(":80");
    return fir__str_ends(host, port) ? fir__str_to(host, host.len - port.len) : host;
}

static int sign(fir__aws *a, const char *service, const fir__aws_request *q, const fir__aws_keys *keys, outgoing *o)
{
    fir__signature s;
    bool s3 = strcmp(service, "s3") == 0;
    const fir__sigv4 what = {.access_key = keys->access,
                             .secret_key = keys->secret,
                             .token = keys->token,
                             .region = a->region,
                             .service = fir__cstr(service),
                             .time_ns = a->env->clock->wall_ns(a->env->clock->self) + a->skew_ns,
                             .method = q->method.len != 0 ? q->method : FIR__S("POST"),
                             .path = q->path,
                             .query = q->query,
                             .body = q->body,
                             .headers = o->headers,
                             .n_headers = o->n,
                             .flags = s3 ? (uint32_t)FIR__SIGV4_S3 : 0u};
    fir__signature_init(&s, &a->c->wiping);
    int rc = fir__sigv4_sign(&what, &s);
    fir_str date = fir__arena_str(&a->c->arena, fir__cstr(s.date)), payload = fir__arena_str(&a->c->arena, fir__cstr(s.payload));
    if (rc == 0) {
        add(o, FIR__S("X-Amz-Date"), date);
        add(o, FIR__S("X-Amz-Content-Sha256"), s3 ? payload : FIR__S(""));
        add(o, FIR__S("X-Amz-Security-Token"), keys->token);
        fir_str authorization = {NULL, 0};
        rc = fir__aws_keep(a, &s.authorization, &authorization);
        add(o, FIR__S("Authorization"), authorization);
    } else {
        rc = fir__aws_no(a, rc, rc != FIR_ENOMEM, rc == FIR_ENOMEM ? "out of memory" : "AWS: the request cannot be signed");
    }
    fir__signature_free(&s);
    return rc == 0 && (date.ptr == NULL || payload.ptr == NULL) ? fir__aws_no_room(a) : rc;
}

int fir__aws_describe(fir__aws *a, const char *service, const fir__aws_request *q, const fir__aws_keys *keys)
{
    int rc;
    outgoing o = {.n = 0};
    o.base = fir__aws_endpoint(a, service, &rc);
    rc = rc != 0 ? rc : make_url(a, q, &o);
    if (rc != 0) {
        return rc;
    }
    add(&o, FIR__S("Host"), host_header(o.base)); /* signed; the transport sends it by itself */
    add(&o, FIR__S("Content-Type"), q->content_type);
    add(&o, FIR__S("X-Amz-Target"), q->target);
    for (size_t i = 0; i < q->n_more; i++) {
        add(&o, q->more[i].name, q->more[i].value);
    }
    rc = keys != NULL ? sign(a, service, q, keys, &o) : 0;
    if (rc != 0) {
        return rc;
    }
    add(&o, FIR__S("User-Agent"), FIR__S("falcoir/" FIR_VERSION_STRING));
    const fir_http_request rq = {.size = sizeof rq,
                                 .method = q->method.len != 0 ? q->method : FIR__S("POST"),
                                 .url = o.url,
                                 .headers = o.headers + 1,
                                 .n_headers = o.n - 1,
                                 .body = q->body,
                                 .ca_file = fir__aws_setting(a, "ca_file"),
                                 .timeout_ns = fir__aws_integer(a, "timeout", 0),
                                 .max_response = q->max_response,
                                 .flags = fir__aws_flags(a)};
    rc = fir_call_request(a->c, &rq);
    return rc != 0 ? fir__aws_no_room(a) : FIR_CALL_REQUEST;
}

/* ---- answers that can be put right ---- */

static bool is_one_of(fir_str code, const char *const names[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (fir__str_eq(code, fir__cstr(names[i]))) {
            return true;
        }
    }
    return false;
}

/* "Tue, 24 Nov 2026 13:05:44 GMT" → "2026-11-24T13:05:44Z", which has a reader. */
static bool parse_date(fir_str s, int64_t *ns)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[] = "0000-00-00T00:00:00Z";
    s = fir__str_trim(s);
    if (s.len != 29) {
        return false;
    }
    size_t m = 0;
    while (m < 12 && memcmp(months + 3 * m, s.ptr + 8, 3) != 0) {
        m++;
    }
    if (m == 12) {
        return false;
    }
    memcpy(text, s.ptr + 12, 4);
    text[5] = (char)('0' + (m + 1) / 10);
    text[6] = (char)('0' + (m + 1) % 10);
    memcpy(text + 8, s.ptr + 5, 2);
    memcpy(text + 11, s.ptr + 17, 8);
    return fir__time_parse(fir__cstr(text), ns);
}

/* The service says that our clock is wrong, and what its own says. */
static bool learn_clock(fir__aws *a, const fir_http_result *r)
{
    static const int64_t least = 60 * FIR__SECOND, most = 86400 * FIR__SECOND;
    for (size_t i = 0; i < r->n_headers; i++) {
        int64_t theirs;
        if (fir__str_eq_nocase(r->headers[i].name, FIR__S("Date")) && parse_date(r->headers[i].value, &theirs)) {
            int64_t ahead = theirs - a->env->clock->wall_ns(a->env->clock->self);
            a->skew_ns = ahead;
            return (ahead > least && ahead < most) || (ahead < -least && ahead > -most);
        }
    }
    return false;
}

/* Whether the same request, signed again, is worth sending: once with new keys, once by another clock. It had no effect. */
static bool is_mended(fir__aws *a, const fir_http_result *r)
{
    static const char *const expired[] = {"ExpiredToken",         "ExpiredTokenException",       "InvalidToken",
                                          "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId",
                                          "AuthFailure"};
    static const char *const late[] = {"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "SignatureDoesNotMatch",
                                       "InvalidSignatureException"};
    if (r->status < 400 || r->status > 403) {
        return false;
    }
    fir__aws_error e = fir__aws_read_error(a, r);
    if (!a->refreshed && (r->status == 401 || is_one_of(e.code, expired, sizeof expired / sizeof expired[0]))) {
        a->refreshed = true;
        a->stage = FIR__AWS_KEYS;
        return fir__aws_forget_keys(a);
    }
    if (!a->skewed && is_one_of(e.code, late, sizeof late / sizeof late[0])) {
        a->skewed = true;
        a->stage = FIR__AWS_SEND;
        return learn_clock(a, r);
    }
    return false;
}

/* ---- the whole ---- */

/* The action's own part, at its beginning or with an answer. */
static int ask(fir__aws *a, fir__aws_step *step, const fir_http_result *answer)
{
    memset(&a->request, 0, sizeof a->request);
    int rc = step(a, answer);
    a->stage = a->keys.access.len != 0 ? FIR__AWS_SEND : FIR__AWS_KEYS;
    return rc;
}

int fir__aws_run(fir__aws *a, fir__aws_step *step)
{
    const fir_http_result *answer = a->c->response;
    for (;;) {
        int rc;
        switch (a->stage) {
        case FIR__AWS_KEYS:
            rc = fir__aws_get_keys(a, answer);
            if (rc != FIR_CALL_DONE) {
                return rc;
            }
            a->stage = FIR__AWS_SEND;
            break;
        case FIR__AWS_SEND:
            a->stage = FIR__AWS_ANSWER;
            a->c->asking = NULL;
            return fir__aws_describe(a, a->service, &a->request, &a->keys);
        default:
            if (a->stage == FIR__AWS_ANSWER && is_mended(a, answer)) {
                break;
            }
            rc = ask(a, step, answer);
            if (rc != FIR_CALL_REQUEST) {
                return rc;
            }
            break;
        }
        answer = NULL;
    }
}
