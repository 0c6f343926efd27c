/* SPDX-License-Identifier: Apache-2.0 */
/* Where keys come from, in the order of docs/aws.md: the environment, the profile's role, a web identity, the profile's keys, a
 * container's endpoint, the instance. On top of it the role of the configuration. */
#include "action/aws/chain.h"

#include "action/aws/ini.h"

static const fir_str no_text = {NULL, 0};

static fir_str or_else(fir_str s, fir_str otherwise)
{
    return s.len != 0 ? s : otherwise;
}

/* A key of a profile: the credentials file is looked at first, as AWS's tools do. */
static fir_str profile_key(const fir__aws_files *f, fir_str profile, fir_str key)
{
    fir_str s = fir__ini_get(f->credentials, FIR__INI_CREDENTIALS, profile, key);
    return s.len != 0 ? s : fir__ini_get(f->config, FIR__INI_CONFIG, profile, key);
}

#define KEY(name) profile_key(f, profile, FIR__S(name))

static bool has_profile(const fir__aws_files *f, fir_str profile)
{
    return fir__ini_has(f->credentials, FIR__INI_CREDENTIALS, profile) || fir__ini_has(f->config, FIR__INI_CONFIG, profile);
}

/* Three words with a blank between them: the name of what is kept. */
static int keep_key(fir__aws *a, fir_str *to, const char *what, fir_str one, fir_str two)
{
    *to = fir__aws_text(a, "%s %.*s %.*s", what, (int)one.len, one.len != 0 ? one.ptr : "", (int)two.len,
                        two.len != 0 ? two.ptr : "");
    return to->ptr == NULL ? fir__aws_no_room(a) : 0;
}

/* ---- the first keys ---- */

static int use_fixed(fir__aws *a, fir_str access, fir_str secret, fir_str token)
{
    fir__aws_chain *h = &a->chain;
    if (secret.len == 0) {
        return fir__aws_no(a, FIR_EINVAL, true, "AWS: an access key id without a secret access key");
    }
    h->origin = FIR__AWS_STATIC;
    h->fixed = (fir__aws_keys){access, secret, token};
    return 0;
}

static int use_web_identity(fir__aws *a, fir_str role, fir_str file, fir_str session)
{
    fir__aws_chain *h = &a->chain;
    h->origin = FIR__AWS_WEB_IDENTITY;
    h->web = (fir__aws_role){.arn = role, .token_file = file, .session = or_else(session, FIR__S("falcoir"))};
    fir_str who = no_text;
    int rc = keep_key(a, &who, "web", role, file);
    return rc != 0 ? rc : keep_key(a, &h->cache_key, "aws", who, h->web.session);
}

/* Where a container may get its keys without TLS: loopback, and the addresses that the providers reserved for it. */
static bool may_ask(fir_str url)
{
    static const fir_str hosts[] = {{"http://127.0.0.1", 16},     {"http://localhost", 16},      {"http://[::1]", 12},
                                    {"http://169.254.170.2", 20}, {"http://169.254.170.23", 21}, {"http://[fd00:ec2::23]", 21}};
    size_t end = fir__str_find(url, FIR__S("://"));
    if (end == SIZE_MAX || fir__str_starts(url, FIR__S("https://"))) {
        return end != SIZE_MAX;
    }
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        if (fir__str_starts(url, hosts[i]) && (url.len == hosts[i].len || strchr(":/?", url.ptr[hosts[i].len]) != NULL)) {
            return true;
        }
    }
    return false;
}

static int container_token(fir__aws *a, fir_str *out)
{
    fir_str file = fir__aws_variable(a, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    int rc = 0;
    *out = file.len != 0 ? no_text : fir__aws_variable(a, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (file.len != 0) {
        rc = fir__aws_secret_file(a, file, out);
    }
    for (size_t i = 0; rc == 0 && i < out->len; i++) {
        if ((unsigned char)out->ptr[i] < 0x20 || out->ptr[i] == 0x7f) {
            rc = fir__aws_no(a, FIR_EDENIED, true, "AWS: the container's authorization token holds a control character");
        }
    }
    return rc;
}

static int use_container(fir__aws *a, fir_str relative, fir_str full)
{
    fir__aws_chain *h = &a->chain;
    fir_str url = full;
    if (relative.len != 0) {
        url = fir__aws_text(a, "http://169.254.170.2%.*s", (int)relative.len, relative.ptr);
        if (url.ptr == NULL) {
            return fir__aws_no_room(a);
        }
    }
    if (!may_ask(url)) {
        return fir__aws_no(a, FIR_EDENIED, true,
                           "AWS: the container's credentials endpoint is neither https, nor loopback, nor one of ECS or EKS");
    }
    h->origin = FIR__AWS_CONTAINER;
    h->url = url;
    int rc = container_token(a, &h->authorization);
    return rc != 0 ? rc : keep_key(a, &h->cache_key, "aws container", url, no_text);
}

static int use_instance(fir__aws *a)
{
    fir__aws_chain *h = &a->chain;
    fir_str url = fir__aws_variable(a, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    bool six = fir__str_eq_nocase(fir__aws_variable(a, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"), FIR__S("ipv6"));
    if (fir__aws_switch(a, "metadata_disabled") ||
        fir__str_eq_nocase(fir__aws_variable(a, "AWS_EC2_METADATA_DISABLED"), FIR__S("true"))) {
        return fir__aws_no(a, FIR_ENOTFOUND, true,
                           "AWS: no credentials were found, and the instance's metadata may not be asked; see docs/aws.md%s",
                           a->env->environment ? "" : " (the environment may not be read here: FIR_ENGINE_ENV)");
    }
    url = or_else(url, six ? FIR__S("http://[fd00:ec2::254]") : FIR__S("http://169.254.169.254"));
    while (url.len != 0 && url.ptr[url.len - 1] == '/') {
        url.len--;
    }
    h->origin = FIR__AWS_INSTANCE;
    h->url = url;
    return keep_key(a, &h->cache_key, "aws instance", url, no_text);
}

/* What the process or the machine offers, whatever the profile says. */
static int use_surroundings(fir__aws *a, bool environment)
{
    fir_str access = environment ? fir__aws_variable(a, "AWS_ACCESS_KEY_ID") : no_text;
    if (access.len != 0) {
        return use_fixed(a, access, fir__aws_variable(a, "AWS_SECRET_ACCESS_KEY"), fir__aws_variable(a, "AWS_SESSION_TOKEN"));
    }
    fir_str relative = fir__aws_variable(a, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    fir_str full = fir__aws_variable(a, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    return relative.len != 0 || full.len != 0 ? use_container(a, relative, full) : use_instance(a);
}

/* ---- profiles ---- */

static int add_role(fir__aws *a, fir_str arn, fir_str external_id, fir_str session)
{
    fir__aws_chain *h = &a->chain;
    if (h->n_roles == FIR__AWS_MOST_ROLES) {
        return fir__aws_no(a, FIR_ELIMIT, true,
                           "AWS: more than %d roles, one assumed by the other; do the profiles name each other?",
                           FIR__AWS_MOST_ROLES);
    }
    h->roles[h->n_roles++] =
        (fir__aws_role){.arn = arn, .external_id = external_id, .session = or_else(session, FIR__S("falcoir"))};
    return 0;
}

/* The roles were met from the outside in; they are assumed the other way round. */
static void turn_roles(fir__aws_chain *h, size_t from)
{
    for (size_t i = from, k = h->n_roles; i + 1 < k; i++, k--) {
        fir__aws_role t = h->roles[i];
        h->roles[i] = h->roles[k - 1];
        h->roles[k - 1] = t;
    }
}

static int use_credential_source(fir__aws *a, fir_str source)
{
    if (fir__str_eq(source, FIR__S("Environment"))) {
        return use_fixed(a, fir__aws_variable(a, "AWS_ACCESS_KEY_ID"), fir__aws_variable(a, "AWS_SECRET_ACCESS_KEY"),
                         fir__aws_variable(a, "AWS_SESSION_TOKEN"));
    }
    if (fir__str_eq(source, FIR__S("Ec2InstanceMetadata"))) {
        return use_instance(a);
    }
    if (fir__str_eq(source, FIR__S("EcsContainer"))) {
        return use_container(a, fir__aws_variable(a, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
                             fir__aws_variable(a, "AWS_CONTAINER_CREDENTIALS_FULL_URI"));
    }
    return fir__aws_no(a, FIR_EINVAL, true,
                       "AWS: a profile's credential_source is none of Environment, Ec2InstanceMetadata, EcsContainer");
}

/* The keys that a profile holds by itself. False: none. */
static bool own_keys(fir__aws *a, const fir__aws_files *f, fir_str profile, int *rc)
{
    fir_str access = KEY("aws_access_key_id"), file = KEY("web_identity_token_file"), role = KEY("role_arn");
    if (file.len != 0 && role.len != 0) {
        *rc = use_web_identity(a, role, file, KEY("role_session_name"));
        return true;
    }
    if (access.len != 0) {
        *rc = use_fixed(a, access, KEY("aws_secret_access_key"), KEY("aws_session_token"));
        return true;
    }
    return false;
}

/* role_arn with source_profile or credential_source, as deep as they go; then the keys at the bottom. */
static int follow_profile(fir__aws *a, const fir__aws_files *f, fir_str profile, bool *found)
{
    int rc = 0;
    size_t from = a->chain.n_roles;
    bool first = true;
    for (;;) {
        fir_str role = KEY("role_arn"), next = KEY("source_profile"), source = KEY("credential_source");
        bool web = KEY("web_identity_token_file").len != 0;
        bool itself = fir__str_eq(next, profile) && !first;
        if (role.len == 0 || web || itself || (next.len == 0 && source.len == 0)) {
            break;
        }
        rc = add_role(a, role, KEY("external_id"), KEY("role_session_name"));
        if (rc == 0 && next.len == 0) {
            rc = use_credential_source(a, source);
            *found = true;
            turn_roles(&a->chain, from);
            return rc;
        }
        if (rc != 0 || fir__str_eq(next, profile)) {
            break;
        }
        profile = next;
        first = false;
    }
    if (rc != 0) {
        return rc;
    }
    turn_roles(&a->chain, from);
    *found = own_keys(a, f, profile, &rc);
    if (!*found && a->chain.n_roles != from) {
        return fir__aws_no(a, FIR_ENOTFOUND, true, "AWS: the profile %.*s, from which a role is to be assumed, has no keys",
                           (int)(profile.len < 64 ? profile.len : 64), profile.ptr);
    }
    return rc;
}

/* Ways that a program of somebody else would have to be run for, or a person asked. */
static int refuse_foreign(fir__aws *a, const fir__aws_files *f, fir_str profile)
{
    bool process = KEY("credential_process").len != 0;
    if (process || KEY("sso_session").len != 0 || KEY("sso_start_url").len != 0) {
        return fir__aws_no(a, FIR_EUNSUPPORTED, true,
                           "AWS: the profile gets its keys by %s, which is not supported; see docs/aws.md",
                           process ? "credential_process" : "single sign-on");
    }
    return 0;
}

static int use_web_of_environment(fir__aws *a, bool *found)
{
    fir_str file = fir__aws_variable(a, "AWS_WEB_IDENTITY_TOKEN_FILE"), role = fir__aws_variable(a, "AWS_ROLE_ARN");
    *found = file.len != 0 && role.len != 0;
    return *found ? use_web_identity(a, role, file, fir__aws_variable(a, "AWS_ROLE_SESSION_NAME")) : 0;
}

static int use_default_order(fir__aws *a)
{
    fir__aws_files files;
    bool is_explicit, found = false;
    fir_str profile = fir__aws_profile(a, &is_explicit);
    bool configured = fir__aws_setting(a, "profile").len != 0;
    if (!configured && fir__aws_variable(a, "AWS_ACCESS_KEY_ID").len != 0) {
        return use_surroundings(a, true);
    }
    int rc = fir__aws_read_files(a, &files);
    if (rc == 0 && is_explicit && !has_profile(&files, profile)) {
        return fir__aws_no(a, FIR_ENOTFOUND, true, "AWS: there is no profile \"%.*s\" in the shared files",
                           (int)(profile.len < 64 ? profile.len : 64), profile.ptr);
    }
    const bool has_role = rc == 0 && profile_key(&files, profile, FIR__S("role_arn")).len != 0;
    if (rc == 0 && !has_role && !configured) {
        rc = use_web_of_environment(a, &found);
    }
    if (rc == 0 && !found) {
        rc = follow_profile(a, &files, profile, &found);
    }
    if (rc == 0 && !found && has_role && !configured) { /* a role_arn that says no more */
        rc = use_web_of_environment(a, &found);
    }
    if (rc == 0 && !found) {
        rc = refuse_foreign(a, &files, profile);
    }
    return rc != 0 || found ? rc : use_surroundings(a, false);
}

int fir__aws_chain_find(fir__aws *a)
{
    fir__aws_chain *h = &a->chain;
    memset(h, 0, sizeof *h);
    int rc = use_default_order(a);
    fir_str role = fir__aws_setting(a, "role_arn");
    if (rc == 0 && role.len != 0) {
        rc = add_role(a, role, fir__aws_setting(a, "external_id"), fir__aws_setting(a, "session_name"));
    }
    fir_str below = h->origin == FIR__AWS_STATIC ? h->fixed.access : h->cache_key;
    for (size_t i = 0; rc == 0 && i < h->n_roles; i++) {
        fir__aws_role *r = &h->roles[i];
        fir_str who = no_text, what = no_text;
        rc = keep_key(a, &who, "as", r->session, r->external_id);
        rc = rc != 0 ? rc : keep_key(a, &what, "role", r->arn, who);
        rc = rc != 0 ? rc : keep_key(a, &r->cache_key, "aws", below, what);
        below = r->cache_key;
    }
    return rc;
}
