/* SPDX-License-Identifier: Apache-2.0 */
#include "action/gcp/gcp.h"
#include "json/document.h"

enum { MAX_URL = 8 * 1024, MAX_FORM = 64 * 1024 };

static const fir_str no_text = {NULL, 0};
static const char token_server[] = "Google's token endpoint", metadata_server[] = "the metadata server";

/* ---- where from ---- */

/* The key file that is asked for; empty: the metadata server. */
static int key_file(fir__cloud *k, fir_str *path)
{
    return fir__cloud_setting_or(k, "credentials_file", "GOOGLE_APPLICATION_CREDENTIALS", path);
}

static int metadata_host(fir__cloud *k, fir_str *host)
{
    int rc = fir__cloud_setting_or(k, "metadata_host", "GCE_METADATA_HOST", host);
    if (rc == 0 && host->len == 0) {
        *host = FIR__S("metadata.google.internal");
    }
    if (rc == 0 && !fir__cloud_is_name(*host, ".-:[]", 255)) {
        rc = fir__cloud_no(k, FIR_EINVAL, true, "%s: metadata_host must be a host and perhaps a port", k->service->name);
    }
    return rc;
}

static int account(fir__cloud *k, fir_str *out)
{
    *out = fir__cloud_setting(k, "service_account");
    *out = out->len != 0 ? *out : FIR__S("default");
    return fir__cloud_is_name(*out, "@.-_", 255)
               ? 0
               : fir__cloud_no(k, FIR_EINVAL, true, "%s: service_account must be the address of a service account",
                               k->service->name);
}

int fir__gcp_want(fir__cloud *k, bool identity, fir_str audience)
{
    fir_str path, host = no_text, who = no_text;
    int rc = key_file(k, &path);
    if (rc == 0 && path.len == 0) {
        rc = metadata_host(k, &host);
        rc = rc != 0 ? rc : account(k, &who);
    }
    k->identity = identity;
    k->audience = audience;
    const fir_str parts[] = {path, host, who, identity ? FIR__S("identity") : FIR__S("access"), audience};
    fir__sbuf b;
    fir__sbuf_init(&b, &k->c->wiping, MAX_FORM);
    fir__sbuf_str(&b, FIR__S("gcp"));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        fir__sbuf_char(&b, '\n');
        fir__sbuf_str(&b, parts[i]);
    }
    if (rc != 0) {
        fir__sbuf_free(&b);
        return rc;
    }
    return fir__cloud_keep(k, &b, &k->token_key);
}

/* ---- the machine's own account ---- */

static int ask_metadata(fir__cloud *k)
{
    fir_str host, who;
    int rc = metadata_host(k, &host);
    rc = rc != 0 ? rc : account(k, &who);
    if (rc != 0) {
        return rc;
    }
    fir__sbuf b;
    fir__cloud_request q = {.method = FIR__S("GET"),
                            .timeout_ns = FIR__CLOUD_LOCAL_TIMEOUT,
                            .max_response = FIR__CLOUD_MOST_ANSWER,
                            .flags = FIR_HTTP_METADATA};
    fir__sbuf_init(&b, &k->c->wiping, MAX_URL);
    fir__sbuf_str(&b, FIR__S("http://"));
    fir__sbuf_str(&b, host);
    fir__sbuf_str(&b, FIR__S("/computeMetadata/v1/instance/service-accounts/"));
    fir__sbuf_str(&b, who);
    fir__sbuf_str(&b, k->identity ? FIR__S("/identity?audience=") : FIR__S("/token?scopes="));
    fir__sbuf_percent(&b, k->audience, "");
    fir__sbuf_str(&b, k->identity ? FIR__S("&format=full") : FIR__S(""));
    fir__cloud_header(&q, FIR__S("Metadata-Flavor"), FIR__S("Google"));
    rc = fir__cloud_keep(k, &b, &q.url);
    return rc != 0 ? rc : fir__cloud_ask(k, &q);
}

/* Whoever answers without this header is something else at that address. */
static bool has_flavor(const fir_http_result *r)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        if (fir__str_eq_nocase(r->headers[i].name, FIR__S("Metadata-Flavor"))) {
            return fir__str_eq(fir__str_trim(r->headers[i].value), FIR__S("Google"));
        }
    }
    return false;
}

static int take_identity(fir__cloud *k, fir_str token)
{
    return fir__cloud_take_token(k, token, fir__gcp_token_end(k, token));
}

static int take_metadata(fir__cloud *k, const fir_http_result *r)
{
    if (!has_flavor(r)) {
        return fir__cloud_no(k, FIR_EDENIED, true,
                             "%s: what answers at the metadata server's address is not Google's: no "
                             "Metadata-Flavor",
                             k->service->name);
    }
    if (r->status == 404) {
        return fir__cloud_no(k, FIR_ENOTFOUND, true,
                             "%s: the metadata server knows no such service account; does this machine have "
                             "one?",
                             k->service->name);
    }
    if (!k->identity) {
        return fir__cloud_take_access(k, r, metadata_server);
    }
    return r->status == 200 ? take_identity(k, fir__str_trim(r->body)) : fir__cloud_refused(k, r, metadata_server);
}

/* ---- a key in a file ---- */

static int read_key(fir__cloud *k, fir_str path, const fir__data **out)
{
    fir__data *d;
    fir_str text;
    fir_error err = {0};
    int rc = fir__cloud_file(k, path, &text);
    if (rc != 0) {
        return rc;
    }
    rc = fir__json_document(text, &k->c->arena, &d, &err);
    if (rc == FIR_ENOMEM) {
        return fir__cloud_no(k, rc, false, "out of memory");
    }
    fir_str type = rc == 0 ? fir__cloud_text_at(d, FIR__S("type")) : no_text;
    if (rc != 0 || !fir__str_eq(type, FIR__S("service_account"))) {
        return fir__cloud_no(k, FIR_EINVAL, true,
                             "%s: the credentials file is no key of a service account (JSON with type service_account)",
                             k->service->name);
    }
    *out = d;
    return 0;
}

/* The token endpoint that the file names, unless the configuration names another. */
static int token_url(fir__cloud *k, const fir__data *key, fir_str *out)
{
    *out = fir__cloud_setting(k, "token_endpoint");
    if (out->len == 0) {
        *out = fir__cloud_text_at(key, FIR__S("token_uri"));
        if (out->len != 0 && !fir__str_starts(*out, FIR__S("https://"))) {
            return fir__cloud_no(k, FIR_EDENIED, true, "%s: the token_uri of the credentials file is not https", k->service->name);
        }
    }
    if (out->len == 0) {
        *out = FIR__S("https://oauth2.googleapis.com/token");
    }
    return 0;
}

static int put_assertion(fir__cloud *k, const fir__data *key, fir__sbuf *b)
{
    const fir__gcp_assertion a = {.key = fir__cloud_text_at(key, FIR__S("private_key")),
                                  .key_id = fir__cloud_text_at(key, FIR__S("private_key_id")),
                                  .issuer = fir__cloud_text_at(key, FIR__S("client_email")),
                                  .wish = k->identity ? FIR__S("target_audience") : FIR__S("scope"),
                                  .value = k->audience,
                                  .now_ns = fir__cloud_now(k)};
    int rc = a.issuer.len != 0 ? fir__gcp_sign(&a, b) : FIR_EINVAL;
    if (rc == FIR_EINVAL) {
        return fir__cloud_no(k, rc, true, "%s: the credentials file holds no client_email, or no private_key that can sign",
                             k->service->name);
    }
    return rc == FIR_ENOMEM ? fir__cloud_no(k, rc, false, "out of memory")
           : rc != 0        ? fir__cloud_no(k, rc, true, "%s: the credentials file is too large", k->service->name)
                            : 0;
}

static int ask_token_server(fir__cloud *k, fir_str path)
{
    const fir__data *key = NULL;
    fir__cloud_request q = {.content_type = FIR__S("application/x-www-form-urlencoded"),
                            .ca_file = fir__cloud_setting(k, "ca_file"),
                            .max_response = FIR__CLOUD_MOST_ANSWER,
                            .flags = fir__cloud_flags(k)};
    int rc = read_key(k, path, &key);
    rc = rc != 0 ? rc : token_url(k, key, &q.url);
    if (rc != 0) {
        return rc;
    }
    fir__sbuf assertion, form;
    fir__sbuf_init(&assertion, &k->c->wiping, MAX_FORM);
    fir__sbuf_init(&form, &k->c->wiping, MAX_FORM);
    rc = put_assertion(k, key, &assertion);
    fir__cloud_form(&form, FIR__S("grant_type"), FIR__S("urn:ietf:params:oauth:grant-type:jwt-bearer"));
    fir__cloud_form(&form, FIR__S("assertion"), fir__sbuf_view(&assertion));
    fir__sbuf_free(&assertion);
    if (rc != 0) {
        fir__sbuf_free(&form);
        return rc;
    }
    rc = fir__cloud_keep(k, &form, &q.body);
    return rc != 0 ? rc : fir__cloud_ask(k, &q);
}

static int take_from_server(fir__cloud *k, const fir_http_result *r)
{
    const fir__data *d = NULL;
    if (!k->identity) {
        return fir__cloud_take_access(k, r, token_server);
    }
    int rc = fir__cloud_document(k, r, token_server, &d);
    return rc != 0 ? rc : take_identity(k, fir__cloud_text_at(d, FIR__S("id_token")));
}

/* ---- the whole ---- */

int fir__gcp_token(fir__cloud *k, const fir_http_result *answer)
{
    fir_str path;
    int rc = key_file(k, &path);
    if (rc != 0) {
        return rc;
    }
    if (answer == NULL) {
        return path.len != 0 ? ask_token_server(k, path) : ask_metadata(k);
    }
    return path.len != 0 ? take_from_server(k, answer) : take_metadata(k, answer);
}

int fir__gcp_project(fir__cloud *k, fir_str *out)
{
    fir_str path;
    const fir__data *key = NULL;
    int rc = 0;
    *out = fir__cloud_parameter(k, "project_id");
    if (out->len == 0) {
        rc = fir__cloud_setting_or(k, "project_id", "GOOGLE_CLOUD_PROJECT", out);
    }
    if (rc == 0 && out->len == 0) {
        rc = key_file(k, &path);
        rc = rc != 0 || path.len == 0 ? rc : read_key(k, path, &key);
        *out = rc == 0 && path.len != 0 ? fir__cloud_text_at(key, FIR__S("project_id")) : no_text;
    }
    if (rc == 0 && !fir__cloud_is_name(*out, "-.:", 100)) {
        rc = fir__cloud_no(k, FIR_EINVAL, true,
                           out->len == 0 ? "%s: no project is known; give the action `project_id`, or the "
                                           "configuration gcp.project_id"
                                         : "%s: the project's id is none",
                           k->service->name);
    }
    return rc;
}
