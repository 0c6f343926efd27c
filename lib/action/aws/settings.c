/* SPDX-License-Identifier: Apache-2.0 */
/* Where things are: configuration, environment, shared files, regions and addresses. Nothing of it comes from an alert. */
#include <stdarg.h>
#include <stdio.h>

#include "action/aws/aws.h"
#include "action/aws/ini.h"

fir_str fir__aws_text(fir__aws *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fir_str text = fir__arena_format(&a->c->arena, format, args);
    va_end(args);
    return text;
}

/* Reads a variable or a file into the call's memory; empty when it is not there. Other failures are in *rc. */
static fir_str read_text(fir__aws *a, fir__secret_source from, fir_str name, fir_error *err, int *rc)
{
    fir__sbuf b;
    fir_str out = {NULL, 0};
    fir__sbuf_init(&b, &a->c->wiping, FIR__SECRET_MAX);
    *rc = fir__secret_read(a->env->secrets, from, name, FIR__S(""), &b, err);
    if (*rc == 0) {
        out = fir__arena_str(&a->c->arena, fir__sbuf_view(&b));
        *rc = out.ptr == NULL ? fir__arena_error(&a->c->arena) : 0;
    } else if (*rc == FIR_ENOTFOUND) {
        *rc = 0;
    }
    fir__sbuf_free(&b);
    return out;
}

fir_str fir__aws_variable(fir__aws *a, const char *name)
{
    int rc;
    return a->env->environment ? read_text(a, FIR__FROM_ENV, fir__cstr(name), NULL, &rc) : (fir_str){NULL, 0};
}

static const fir__data *setting(const fir__aws *a, const char *name)
{
    return fir__data_get(fir__data_get(a->env->config, FIR__S("aws")), fir__cstr(name));
}

fir_str fir__aws_setting(const fir__aws *a, const char *name)
{
    const fir__data *d = setting(a, name);
    return d != NULL && d->type == FIR__DATA_TEXT ? d->s : (fir_str){NULL, 0};
}

bool fir__aws_switch(const fir__aws *a, const char *name)
{
    return fir__str_eq(fir__aws_setting(a, name), FIR__S("true"));
}

/* ---- the shared files ---- */

fir_str fir__aws_profile(fir__aws *a, bool *is_explicit)
{
    fir_str s = fir__aws_setting(a, "profile");
    s = s.len != 0 ? s : fir__aws_variable(a, "AWS_PROFILE");
    *is_explicit = s.len != 0;
    return s.len != 0 ? s : FIR__S("default");
}

static int read_file(fir__aws *a, const char *key, const char *variable, const char *at_home, fir_str *out)
{
    fir_error err = {0};
    int rc;
    fir_str path = fir__aws_setting(a, key);
    path = path.len != 0 ? path : fir__aws_variable(a, variable);
    bool given = path.len != 0;
    *out = FIR__S("");
    if (!given || fir__str_starts(path, FIR__S("~/"))) {
        fir_str home = fir__aws_variable(a, "HOME");
        if (home.len == 0) {
            return given ? fir__aws_no(a, FIR_ENOTFOUND, true, "AWS: %s begins with ~, and there is no HOME", key) : 0;
        }
        fir_str below = given ? fir__str_from(path, 1) : fir__cstr(at_home);
        path = fir__aws_text(a, "%.*s%.*s", (int)home.len, home.ptr, (int)below.len, below.ptr);
        if (path.ptr == NULL) {
            return fir__aws_no_room(a);
        }
    }
    *out = read_text(a, FIR__FROM_FILE, path, &err, &rc);
    if (rc != 0) {
        return fir__aws_no(a, rc, true, "AWS: %s", err.message[0] != '\0' ? err.message : "a shared file cannot be read");
    }
    return 0;
}

int fir__aws_read_files(fir__aws *a, fir__aws_files *out)
{
    int rc = read_file(a, "config_file", "AWS_CONFIG_FILE", "/.aws/config", &out->config);
    return rc != 0 ? rc : read_file(a, "credentials_file", "AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials", &out->credentials);
}

/* ---- regions ---- */

fir_str fir__arn_part(fir_str arn, unsigned part)
{
    fir_str rest = arn;
    if (!fir__str_starts(arn, FIR__S("arn:"))) {
        return (fir_str){NULL, 0};
    }
    for (; part != 0; part--) {
        size_t colon = fir__str_find(rest, FIR__S(":"));
        if (colon == SIZE_MAX) {
            return (fir_str){NULL, 0};
        }
        rest = fir__str_from(rest, colon + 1);
    }
    return fir__str_to(rest, fir__str_find(rest, FIR__S(":")));
}

/* It becomes part of a host's name. */
static bool is_region(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!fir__is_digit(s.ptr[i]) && s.ptr[i] != '-' && !(s.ptr[i] >= 'a' && s.ptr[i] <= 'z')) {
            return false;
        }
    }
    return s.len != 0 && s.len <= 40;
}

static int region_of_profile(fir__aws *a, fir_str *out)
{
    fir__aws_files files;
    bool is_explicit;
    int rc = fir__aws_read_files(a, &files);
    fir_str profile = fir__aws_profile(a, &is_explicit);
    *out = rc == 0 ? fir__ini_get(files.config, FIR__INI_CONFIG, profile, FIR__S("region")) : FIR__S("");
    return rc;
}

int fir__aws_settle_region(fir__aws *a, fir_str own)
{
    fir_str r = own;
    r = r.len != 0 ? r : fir__aws_parameter(a, "region");
    r = r.len != 0 ? r : fir__aws_setting(a, "region");
    r = r.len != 0 ? r : fir__aws_variable(a, "AWS_REGION");
    r = r.len != 0 ? r : fir__aws_variable(a, "AWS_DEFAULT_REGION");
    int rc = r.len == 0 ? region_of_profile(a, &r) : 0;
    if (rc != 0) {
        return rc;
    }
    if (r.len == 0) {
        return fir__aws_no(a, FIR_EINVAL, true,
                           "AWS: no region is known; give the action `region`, the configuration aws.region, or set AWS_REGION");
    }
    if (!is_region(r)) {
        return fir__aws_no(a, FIR_EINVAL, true, "AWS: \"%.*s\" is no region", (int)(r.len < 60 ? r.len : 60), r.ptr);
    }
    a->region = r;
    return 0;
}

/* ---- addresses ---- */

static const char *suffix_of(fir_str region)
{
    static const struct {
        fir_str starts;
        const char *suffix;
    } partitions[] = {
        {{"cn-", 3}, "amazonaws.com.cn"},    {{"eusc-", 5}, "amazonaws.eu"},      {{"us-isob-", 8}, "sc2s.sgov.gov"},
        {{"us-isof-", 8}, "csp.hci.ic.gov"}, {{"eu-isoe-", 8}, "cloud.adc-e.uk"}, {{"us-iso-", 7}, "c2s.ic.gov"},
    };
    for (size_t i = 0; i < sizeof partitions / sizeof partitions[0]; i++) {
        if (fir__str_starts(region, partitions[i].starts)) {
            return partitions[i].suffix;
        }
    }
    return "amazonaws.com";
}

static fir_str override_of(fir__aws *a, const char *service)
{
    static const struct {
        const char *service, *variable;
    } names[] = {
        {"sns", "AWS_ENDPOINT_URL_SNS"},         {"sqs", "AWS_ENDPOINT_URL_SQS"},       {"events", "AWS_ENDPOINT_URL_EVENTBRIDGE"},
        {"kinesis", "AWS_ENDPOINT_URL_KINESIS"}, {"lambda", "AWS_ENDPOINT_URL_LAMBDA"}, {"s3", "AWS_ENDPOINT_URL_S3"},
        {"ec2", "AWS_ENDPOINT_URL_EC2"},         {"sts", "AWS_ENDPOINT_URL_STS"},
    };
    fir_str url = fir__aws_setting(a, "endpoint_url");
    if (url.len != 0 || fir__str_eq(fir__aws_variable(a, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), FIR__S("true"))) {
        return url;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i].service, service) == 0) {
            url = fir__aws_variable(a, names[i].variable);
        }
    }
    return url.len != 0 ? url : fir__aws_variable(a, "AWS_ENDPOINT_URL");
}

bool fir__aws_is_overridden(fir__aws *a, const char *service)
{
    return override_of(a, service).len != 0;
}

fir_str fir__aws_endpoint(fir__aws *a, const char *service, int *rc)
{
    fir_str url = override_of(a, service);
    *rc = 0;
    if (url.len == 0 && a->endpoint.len != 0 && strcmp(service, a->service) == 0) {
        url = a->endpoint;
    }
    if (url.len == 0) {
        url = fir__aws_text(a, "https://%s.%.*s.%s", service, (int)a->region.len, a->region.ptr, suffix_of(a->region));
        *rc = url.ptr == NULL ? fir__aws_no_room(a) : 0;
        return url;
    }
    while (url.len != 0 && url.ptr[url.len - 1] == '/') {
        url.len--;
    }
    size_t host = fir__str_find(url, FIR__S("://"));
    bool scheme = fir__str_starts(url, FIR__S("https://")) || fir__str_starts(url, FIR__S("http://"));
    fir_str rest = scheme ? fir__str_from(url, host + 3) : FIR__S("");
    if (rest.len == 0 || memchr(rest.ptr, '/', rest.len) != NULL || memchr(rest.ptr, '@', rest.len) != NULL ||
        memchr(rest.ptr, '?', rest.len) != NULL || memchr(rest.ptr, '#', rest.len) != NULL) {
        *rc =
            fir__aws_no(a, FIR_EINVAL, true, "AWS: endpoint_url must be http:// or https://, a host, and perhaps a port; no more");
        return (fir_str){NULL, 0};
    }
    return url;
}

uint32_t fir__aws_flags(const fir__aws *a)
{
    return (fir__aws_switch(a, "internal") ? (uint32_t)FIR_HTTP_INTERNAL : 0u) |
           (fir__aws_switch(a, "insecure_http") ? (uint32_t)FIR_HTTP_INSECURE : 0u);
}
