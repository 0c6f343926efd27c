/* SPDX-License-Identifier: Apache-2.0 */
/* Getting keys: from the table of what is kept, from the instance, from a container's endpoint, from STS. Each exchange is a
 * request of the call; they are kept until a while before they end. */
#include <stdio.h>

#include "action/aws/chain.h"
#include "action/aws/sigv4.h"
#include "base/time.h"
#include "json/document.h"

enum { MAX_KEYS = 64 * 1024, MAX_FORM = 128 * 1024 };
#define AHEAD (4 * 60 * FIR__SECOND)    /* new ones are got so long before the minute that fir__tokens_get leaves */
#define LOCAL_TIMEOUT (2 * FIR__SECOND) /* of services on this machine */

static const fir_str no_text = {NULL, 0};

int fir__aws_secret_file(fir__aws *a, fir_str path, fir_str *out)
{
    fir_error err = {0};
    fir__sbuf b;
    fir__sbuf_init(&b, &a->c->wiping, FIR__SECRET_MAX);
    int rc = fir__secret_read(a->env->secrets, FIR__FROM_FILE, path, no_text, &b, &err);
    if (rc != 0) {
        fir__sbuf_free(&b);
        return fir__aws_no(a, rc, rc != FIR_ENOMEM, "AWS: %s", err.message);
    }
    return fir__aws_keep(a, &b, out);
}

/* ---- keys in hand ---- */

/* They become parts of headers. */
static bool is_plain(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= 0x20 || s.ptr[i] > 0x7e) {
            return false;
        }
    }
    return s.len <= MAX_KEYS / 4;
}

/* Takes keys for the level and hides them in all that the action says. */
static int take_keys(fir__aws *a, fir__aws_keys k, size_t level)
{
    if (k.access.len == 0 || k.secret.len == 0 || !is_plain(k.access) || !is_plain(k.secret) || !is_plain(k.token)) {
        return fir__aws_no(a, FIR_EACTION, true,
                           "AWS: the credentials hold a blank or a control character, or one of them is missing");
    }
    if (!fir__call_secret(a->c, k.secret) || !fir__call_secret(a->c, k.token)) {
        return fir__aws_no(a, FIR_ELIMIT, true, "an action with more than %d secrets", FIR__CALL_MAX_SECRETS);
    }
    a->keys = k;
    a->chain.level = level;
    a->chain.has_keys = true;
    a->chain.state = 0;
    return 0;
}

static fir_str cache_key(const fir__aws *a, size_t level)
{
    return level == 0 ? a->chain.cache_key : a->chain.roles[level - 1].cache_key;
}

static int64_t now(const fir__aws *a)
{
    return a->env->clock->wall_ns(a->env->clock->self);
}

static fir_str cut_line(fir_str *rest)
{
    size_t n = fir__str_find(*rest, FIR__S("\n"));
    fir_str line = fir__str_to(*rest, n);
    *rest = n == SIZE_MAX ? no_text : fir__str_from(*rest, n + 1);
    return line;
}

/* The outermost keys that are kept. */
static int take_kept(fir__aws *a)
{
    for (size_t level = a->chain.n_roles + 1; level-- != 0;) {
        fir_str text, key = cache_key(a, level);
        if (key.len == 0 || !fir__tokens_get(a->env->tokens, key, now(a), &text)) {
            continue;
        }
        text = fir__arena_str(&a->c->arena, text); /* another action may drop it meanwhile */
        if (text.ptr == NULL) {
            return fir__aws_no_room(a);
        }
        fir__aws_keys k;
        k.access = cut_line(&text);
        k.secret = cut_line(&text);
        k.token = cut_line(&text);
        return take_keys(a, k, level);
    }
    return a->chain.origin == FIR__AWS_STATIC ? take_keys(a, a->chain.fixed, 0) : 0;
}

/* Takes and keeps keys that came with the time of their end. */
static int take_new(fir__aws *a, fir__aws_keys k, fir_str expiration, size_t level)
{
    int64_t ends = INT64_MAX;
    int rc = take_keys(a, k, level);
    if (rc != 0 || (expiration.len != 0 && !fir__time_parse(expiration, &ends))) {
        return rc != 0 ? rc : fir__aws_no(a, FIR_EACTION, true, "AWS: the credentials' time of expiration is no time");
    }
    if (expiration.len == 0) {
        return 0; /* good for this call; who knows how much longer */
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &a->c->wiping, MAX_KEYS);
    fir__sbuf_str(&b, k.access);
    fir__sbuf_char(&b, '\n');
    fir__sbuf_str(&b, k.secret);
    fir__sbuf_char(&b, '\n');
    fir__sbuf_str(&b, k.token);
    rc = b.status != 0 ? b.status : fir__tokens_put(a->env->tokens, cache_key(a, level), fir__sbuf_view(&b), ends - AHEAD);
    fir__sbuf_free(&b);
    return rc != 0 ? fir__aws_no(a, rc, false, "out of memory") : 0;
}

bool fir__aws_forget_keys(fir__aws *a)
{
    for (size_t level = 0; level <= a->chain.n_roles; level++) {
        if (cache_key(a, level).len != 0) {
            fir__tokens_drop(a->env->tokens, cache_key(a, level));
        }
    }
    bool renewable = a->chain.origin != FIR__AWS_STATIC || a->chain.n_roles != 0;
    memset(&a->chain, 0, sizeof a->chain);
    memset(&a->keys, 0, sizeof a->keys);
    return renewable;
}

/* ---- services on this machine ---- */

static int ask_local(fir__aws *a, fir_str method, const char *path, fir_str name, fir_str value)
{
    const fir_str base = a->chain.url;
    fir_str url = fir__aws_text(a, "%.*s%s", (int)base.len, base.ptr, path);
    if (url.ptr == NULL) {
        return fir__aws_no_room(a);
    }
    a->c->asking = a->chain.origin == FIR__AWS_INSTANCE ? "AWS credentials from the instance's metadata"
                                                        : "AWS credentials from the container";
    const fir_http_header headers[] = {{FIR__S("User-Agent"), FIR__S("falcoir/" FIR_VERSION_STRING)}, {name, value}};
    const fir_http_request rq = {.size = sizeof rq,
                                 .method = method,
                                 .url = url,
                                 .headers = headers,
                                 .n_headers = value.len != 0 ? 2 : 1,
                                 .timeout_ns = LOCAL_TIMEOUT,
                                 .max_response = MAX_KEYS,
                                 .flags = fir__str_starts(url, FIR__S("https://")) ? 0u : (uint32_t)FIR_HTTP_METADATA};
    return fir_call_request(a->c, &rq) != 0 ? fir__aws_no_room(a) : FIR_CALL_REQUEST;
}

static fir_str text_at(const fir__data *d, fir_str key)
{
    const fir__data *v = fir__data_get(d, key);
    return v != NULL && v->type == FIR__DATA_TEXT ? v->s : no_text;
}

static int failed_local(fir__aws *a, const fir_http_result *r, const char *what)
{
    return fir__aws_no(a, FIR_EACTION, !fir__aws_may_pass(r->status, no_text), "AWS: no credentials: %s answered %d", what,
                       (int)r->status);
}

/* {"AccessKeyId","SecretAccessKey","Token","Expiration"}; with a Code that is not Success, it is a refusal. */
static int take_document(fir__aws *a, const fir_http_result *r, const char *what)
{
    fir__data *d;
    if (r->status != 200) {
        return failed_local(a, r, what);
    }
    fir_str body = fir__arena_str(&a->c->arena, r->body);
    if (body.ptr == NULL) {
        return fir__aws_no_room(a);
    }
    if (fir__json_document(body, &a->c->arena, &d, NULL) != 0) {
        return fir__aws_no(a, FIR_EACTION, false, "AWS: no credentials: what %s answered is no JSON", what);
    }
    fir_str code = text_at(d, FIR__S("Code"));
    const fir__aws_keys k = {text_at(d, FIR__S("AccessKeyId")), text_at(d, FIR__S("SecretAccessKey")), text_at(d, FIR__S("Token"))};
    if ((code.len != 0 && !fir__str_eq(code, FIR__S("Success"))) || k.access.len == 0) {
        return fir__aws_no(a, FIR_EACTION, false, "AWS: no credentials: %s says %.*s", what,
                           (int)(code.len < 60 && is_plain(code) ? code.len : 0), code.len != 0 ? code.ptr : "");
    }
    return take_new(a, k, text_at(d, FIR__S("Expiration")), 0);
}

/* A session token, the name of the role, its keys: IMDSv2 only, for version 1 answers whoever can make this process send a GET. */
static int ask_instance(fir__aws *a, const fir_http_result *r)
{
    static const char what[] = "the instance's metadata service", keys_path[] = "/latest/meta-data/iam/security-credentials/";
    fir__aws_chain *h = &a->chain;
    const fir_str token_header = FIR__S("X-aws-ec2-metadata-token");
    if (h->state == 0) {
        h->state = 1;
        return ask_local(a, FIR__S("PUT"), "/latest/api/token", FIR__S("X-aws-ec2-metadata-token-ttl-seconds"), FIR__S("21600"));
    }
    fir_str body = fir__arena_str(&a->c->arena, fir__str_trim(r->body));
    if (body.ptr == NULL) {
        return fir__aws_no_room(a);
    }
    if (h->state == 3) {
        return take_document(a, r, what);
    }
    if (r->status == 404 && h->state == 2) {
        return fir__aws_no(a, FIR_ENOTFOUND, true, "AWS: no credentials were found, and the instance has no role");
    }
    if (r->status != 200) {
        return failed_local(a, r, what);
    }
    if (body.len == 0 || !is_plain(body)) {
        return fir__aws_no(a, FIR_EACTION, false, "AWS: no credentials: %s did not answer with one word", what);
    }
    if (h->state++ == 1) {
        h->session = body;
        return ask_local(a, FIR__S("GET"), keys_path, token_header, h->session);
    }
    fir__sbuf path;
    fir_str text = no_text;
    fir__sbuf_init(&path, &a->c->wiping, MAX_KEYS);
    fir__sbuf_str(&path, fir__cstr(keys_path));
    fir__aws_encode(&path, body, false);
    fir__sbuf_char(&path, '\0');
    int rc = fir__aws_keep(a, &path, &text);
    return rc != 0 ? rc : ask_local(a, FIR__S("GET"), text.ptr, token_header, h->session);
}

static int ask_container(fir__aws *a, const fir_http_result *r)
{
    fir__aws_chain *h = &a->chain;
    if (h->state == 0) {
        h->state = 1;
        return ask_local(a, FIR__S("GET"), "", FIR__S("Authorization"), h->authorization);
    }
    return take_document(a, r, "the container's credentials endpoint");
}

/* ---- STS ---- */

static int ask_sts(fir__aws *a, fir__sbuf *form, const fir__aws_keys *keys)
{
    fir__aws_request q = {.content_type = FIR__S("application/x-www-form-urlencoded; charset=utf-8"), .max_response = MAX_KEYS};
    int rc = fir__aws_keep(a, form, &q.body);
    a->c->asking = "AWS credentials from STS";
    return rc != 0 ? rc : fir__aws_describe(a, "sts", &q, keys);
}

static void put_role(fir__sbuf *b, fir_str action, const fir__aws_role *role)
{
    fir__aws_form(b, FIR__S("Action"), action);
    fir__aws_form(b, FIR__S("Version"), FIR__S("2011-06-15"));
    fir__aws_form(b, FIR__S("RoleArn"), role->arn);
    fir__aws_form(b, FIR__S("RoleSessionName"), role->session);
    if (role->external_id.len != 0) {
        fir__aws_form(b, FIR__S("ExternalId"), role->external_id);
    }
}

static int take_sts(fir__aws *a, const fir_http_result *r, fir_str result, size_t level)
{
    fir__xml *root;
    if (r->status != 200) {
        return fir__aws_fail(a, r, "AWS: the role cannot be assumed: STS");
    }
    fir_str body = fir__arena_str(&a->c->arena, r->body);
    if (body.ptr == NULL) {
        return fir__aws_no_room(a);
    }
    int rc = fir__xml_read(body, &a->c->arena, &root, NULL);
    const fir__xml *c = rc == 0 ? fir__xml_child(fir__xml_child(root, result), FIR__S("Credentials")) : NULL;
    if (c == NULL) {
        return fir__aws_no(a, FIR_EACTION, false, "AWS: what STS answered has no credentials");
    }
    const fir__aws_keys k = {fir__xml_text(c, FIR__S("AccessKeyId")), fir__xml_text(c, FIR__S("SecretAccessKey")),
                             fir__xml_text(c, FIR__S("SessionToken"))};
    return take_new(a, k, fir__xml_text(c, FIR__S("Expiration")), level);
}

static int ask_web_identity(fir__aws *a, const fir_http_result *r)
{
    fir__aws_chain *h = &a->chain;
    fir_str token = no_text;
    if (h->state != 0) {
        return take_sts(a, r, FIR__S("AssumeRoleWithWebIdentityResult"), 0);
    }
    int rc = fir__aws_secret_file(a, h->web.token_file, &token); /* read each time: it is renewed in place */
    if (rc != 0) {
        return rc;
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &a->c->wiping, MAX_FORM);
    put_role(&b, FIR__S("AssumeRoleWithWebIdentity"), &h->web);
    fir__aws_form(&b, FIR__S("WebIdentityToken"), token);
    h->state = 1;
    return ask_sts(a, &b, NULL);
}

static int ask_role(fir__aws *a, const fir_http_result *r)
{
    fir__aws_chain *h = &a->chain;
    if (h->state != 0) {
        return take_sts(a, r, FIR__S("AssumeRoleResult"), h->level + 1);
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &a->c->wiping, MAX_FORM);
    put_role(&b, FIR__S("AssumeRole"), &h->roles[h->level]);
    h->state = 1;
    return ask_sts(a, &b, &a->keys);
}

/* ---- the whole ---- */

int fir__aws_get_keys(fir__aws *a, const fir_http_result *answer)
{
    static int (*const origins[])(fir__aws *, const fir_http_result *) = {
        [FIR__AWS_WEB_IDENTITY] = ask_web_identity, [FIR__AWS_CONTAINER] = ask_container, [FIR__AWS_INSTANCE] = ask_instance};
    fir__aws_chain *h = &a->chain;
    int rc = 0;
    if (h->origin == FIR__AWS_UNKNOWN) {
        rc = fir__aws_chain_find(a);
        rc = rc != 0 ? rc : take_kept(a);
    }
    while (rc == 0 && !(h->has_keys && h->level == h->n_roles)) {
        rc = h->has_keys ? ask_role(a, answer) : origins[h->origin](a, answer);
        answer = NULL;
    }
    return rc == 0 ? FIR_CALL_DONE : rc;
}
