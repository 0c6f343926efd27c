/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of Entra ID: of an application with a secret, of a workload with a federated token, of the machine's managed identity. */
#include "action/azure/azure.h"

enum { MAX_URL = 8 * 1024, MAX_FORM = 128 * 1024 };

static const fir_str no_text = {NULL, 0};

typedef enum origin { APPLICATION, WORKLOAD, APP_SERVICE, MACHINE } origin;

typedef struct identity {
    origin from;
    fir_str tenant, client;
    fir_str secret, secret_file, token_file; /* secret: of the environment */
    fir_str authority;
    fir_str endpoint, header; /* of the machine or App Service */
} identity;

/* ---- who we are ---- */

static int read_settings(fir__cloud *k, identity *id)
{
    int rc = fir__cloud_setting_or(k, "tenant_id", "AZURE_TENANT_ID", &id->tenant);
    rc = rc != 0 ? rc : fir__cloud_setting_or(k, "client_id", "AZURE_CLIENT_ID", &id->client);
    id->secret_file = fir__cloud_setting(k, "client_secret_file");
    rc = rc != 0 || id->secret_file.len != 0 ? rc : fir__cloud_variable(k, "AZURE_CLIENT_SECRET", &id->secret);
    rc = rc != 0 ? rc : fir__cloud_setting_or(k, "federated_token_file", "AZURE_FEDERATED_TOKEN_FILE", &id->token_file);
    rc = rc != 0 ? rc : fir__cloud_setting_or(k, "authority_host", "AZURE_AUTHORITY_HOST", &id->authority);
    id->endpoint = fir__cloud_setting(k, "metadata_endpoint");
    if (rc == 0 && id->endpoint.len == 0) {
        rc = fir__cloud_variable(k, "IDENTITY_ENDPOINT", &id->endpoint);
        rc = rc != 0 ? rc : fir__cloud_variable(k, "IDENTITY_HEADER", &id->header);
    }
    return rc;
}

/* The first that is there, as Azure's own clients look. */
static int find(fir__cloud *k, identity *id)
{
    memset(id, 0, sizeof *id);
    int rc = read_settings(k, id);
    if (rc != 0) {
        return rc;
    }
    bool named = id->tenant.len != 0 && id->client.len != 0;
    id->from = named && (id->secret.len != 0 || id->secret_file.len != 0) ? APPLICATION
               : named && id->token_file.len != 0                         ? WORKLOAD
               : id->endpoint.len != 0 && id->header.len != 0             ? APP_SERVICE
                                                                          : MACHINE;
    if (id->authority.len == 0) {
        id->authority = FIR__S("https://login.microsoftonline.com");
    }
    if ((id->tenant.len != 0 && !fir__cloud_is_name(id->tenant, "-.", 255)) ||
        (id->client.len != 0 && !fir__cloud_is_name(id->client, "-", 100))) {
        return fir__cloud_no(k, FIR_EINVAL, true, "%s: tenant_id or client_id is none", k->service->name);
    }
    return 0;
}

int fir__azure_want(fir__cloud *k, fir_str resource)
{
    identity id;
    int rc = find(k, &id);
    if (rc != 0) {
        return rc;
    }
    static const fir_str origins[] = {{"application", 11}, {"workload", 8}, {"app service", 11}, {"machine", 7}};
    const fir_str parts[] = {origins[id.from], id.tenant, id.client, id.authority, id.endpoint, resource};
    fir__sbuf b;
    k->audience = resource;
    fir__sbuf_init(&b, &k->c->wiping, MAX_FORM);
    fir__sbuf_str(&b, FIR__S("azure"));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        fir__sbuf_char(&b, '\n');
        fir__sbuf_str(&b, parts[i]);
    }
    return fir__cloud_keep(k, &b, &k->token_key);
}

/* ---- Entra ID ---- */

static int take_secret(fir__cloud *k, const identity *id, fir_str *out)
{
    fir_str file = id->from == WORKLOAD ? id->token_file : id->secret_file;
    *out = id->secret;
    return file.len != 0 ? fir__cloud_file(k, file, out) : 0; /* read each time: it is renewed in place */
}

static int token_url(fir__cloud *k, const identity *id, fir_str *out)
{
    fir_str base;
    int rc = fir__cloud_base(k, "authority_host", id->authority, &base);
    return rc != 0 ? rc
                   : fir__cloud_text(k, out, "%.*s/%.*s/oauth2/v2.0/token", (int)base.len, base.ptr, (int)id->tenant.len,
                                     id->tenant.ptr);
}

static void put_form(const fir__cloud *k, const identity *id, fir_str secret, fir__sbuf *form)
{
    fir__cloud_form(form, FIR__S("grant_type"), FIR__S("client_credentials"));
    fir__cloud_form(form, FIR__S("client_id"), id->client);
    fir__cloud_form(form, FIR__S("scope"), k->audience);
    fir__sbuf_percent(form, fir__str_ends(k->audience, FIR__S("/")) ? FIR__S(".default") : FIR__S("/.default"), "");
    if (id->from == APPLICATION) {
        fir__cloud_form(form, FIR__S("client_secret"), secret);
    } else {
        fir__cloud_form(form, FIR__S("client_assertion_type"), FIR__S("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
        fir__cloud_form(form, FIR__S("client_assertion"), secret);
    }
}

static int ask_entra(fir__cloud *k, const identity *id)
{
    fir_str secret;
    fir__cloud_request q = {.content_type = FIR__S("application/x-www-form-urlencoded"),
                            .ca_file = fir__cloud_setting(k, "ca_file"),
                            .max_response = FIR__CLOUD_MOST_ANSWER,
                            .flags = fir__cloud_flags(k)};
    int rc = take_secret(k, id, &secret);
    rc = rc != 0 ? rc : token_url(k, id, &q.url);
    if (rc != 0) {
        return rc;
    }
    if (!fir__call_secret(k->c, secret)) {
        return fir__cloud_no(k, FIR_ELIMIT, true, "an action with too many secrets");
    }
    fir__sbuf form;
    fir__sbuf_init(&form, &k->c->wiping, MAX_FORM);
    put_form(k, id, secret, &form);
    rc = fir__cloud_keep(k, &form, &q.body);
    return rc != 0 ? rc : fir__cloud_ask(k, &q);
}

/* ---- the machine's own identity ---- */

static int ask_machine(fir__cloud *k, const identity *id)
{
    bool service = id->from == APP_SERVICE;
    fir_str base = FIR__S("http://169.254.169.254");
    fir__sbuf query;
    fir__cloud_request q = {.method = FIR__S("GET"),
                            .timeout_ns = FIR__CLOUD_LOCAL_TIMEOUT,
                            .max_response = FIR__CLOUD_MOST_ANSWER,
                            .flags = FIR_HTTP_METADATA};
    int rc = !service && id->endpoint.len != 0 ? fir__cloud_base(k, "metadata_endpoint", id->endpoint, &base) : 0;
    if (rc != 0) {
        return rc;
    }
    fir__sbuf_init(&query, &k->c->wiping, MAX_URL);
    fir__cloud_form(&query, FIR__S("api-version"), service ? FIR__S("2019-08-01") : FIR__S("2018-02-01"));
    fir__cloud_form(&query, FIR__S("resource"), k->audience);
    if (id->client.len != 0) {
        fir__cloud_form(&query, FIR__S("client_id"), id->client);
    }
    fir_str text = no_text;
    rc = fir__cloud_keep(k, &query, &text);
    if (rc != 0) {
        return rc;
    }
    if (service) {
        rc = fir__cloud_text(k, &q.url, "%.*s?%s", (int)id->endpoint.len, id->endpoint.ptr, text.ptr);
        fir__cloud_header(&q, FIR__S("X-IDENTITY-HEADER"), id->header);
        if (rc == 0 && !fir__call_secret(k->c, id->header)) {
            rc = fir__cloud_no(k, FIR_ELIMIT, true, "an action with too many secrets");
        }
    } else {
        rc = fir__cloud_text(k, &q.url, "%.*s/metadata/identity/oauth2/token?%s", (int)base.len, base.ptr, text.ptr);
        fir__cloud_header(&q, FIR__S("Metadata"), FIR__S("true"));
    }
    return rc != 0 ? rc : fir__cloud_ask(k, &q);
}

int fir__azure_token(fir__cloud *k, const fir_http_result *answer)
{
    identity id;
    int rc = find(k, &id);
    if (rc != 0) {
        return rc;
    }
    bool entra = id.from == APPLICATION || id.from == WORKLOAD;
    if (answer != NULL) {
        return fir__cloud_take_access(k, answer, entra ? "Entra ID" : "the identity endpoint");
    }
    return entra ? ask_entra(k, &id) : ask_machine(k, &id);
}
