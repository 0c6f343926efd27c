/* SPDX-License-Identifier: Apache-2.0 */
/* Texts, settings, and how a failure is said. */
#include <stdarg.h>
#include <stdio.h>

#include "action/cloud/cloud.h"
#include "json/document.h"
#include "json/reader.h"

static const fir_str no_text = {NULL, 0};

/* ---- failing ---- */

int fir__cloud_no(fir__cloud *k, int32_t code, bool final, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int rc = fir__call_vfail(k->c, code, final, format, args);
    va_end(args);
    return rc;
}

static int no_room(fir__cloud *k, int code)
{
    return code == FIR_ENOMEM ? fir__cloud_no(k, code, false, "out of memory")
                              : fir__cloud_no(k, FIR_ELIMIT, true, "%s: the request is too large", k->service->name);
}

int fir__cloud_no_room(fir__cloud *k)
{
    return no_room(k, fir__arena_error(&k->c->arena));
}

/* {"error": {"code" or "status", "message"}} of the services, {"error": "…", "error_description": "…"} of the token endpoints. */
static void read_refusal(fir__cloud *k, fir_str body, fir_str *code, fir_str *message)
{
    fir__data *d;
    fir_str text = fir__arena_str(&k->c->arena, fir__str_trim(body));
    *code = *message = no_text;
    if (text.len == 0 || text.ptr[0] != '{' || fir__json_document(text, &k->c->arena, &d, NULL) != 0) {
        return;
    }
    const fir__data *e = fir__data_get(d, FIR__S("error"));
    if (e != NULL && e->type == FIR__DATA_TEXT) {
        *code = e->s;
        *message = fir__cloud_text_at(d, FIR__S("error_description"));
        return;
    }
    fir_str status = fir__cloud_text_at(e, FIR__S("status"));
    *code = status.len != 0 ? status : fir__cloud_text_at(e, FIR__S("code"));
    *message = fir__cloud_text_at(e, FIR__S("message"));
}

int fir__cloud_refused(fir__cloud *k, const fir_http_result *r, const char *who)
{
    char code[80], message[FIR__CALL_MAX_TEXT];
    fir_str said_code, said_message;
    read_refusal(k, r->body, &said_code, &said_message);
    fir__call_show(code, sizeof code, said_code);
    fir__call_show(message, sizeof message, said_message);
    bool passing = r->status == 408 || r->status == 429 || r->status >= 500;
    bool redirect = r->status >= 300 && r->status <= 399;
    return fir__cloud_no(k, FIR_EACTION, !passing, "%s answered %d%s%s%s%s%s", who, (int)r->status, code[0] != '\0' ? " " : "",
                         code, message[0] != '\0' ? ": " : "", message,
                         redirect ? ": redirects are not followed; use the address that it leads to" : "");
}

/* ---- texts ---- */

int fir__cloud_keep(fir__cloud *k, fir__sbuf *b, fir_str *out)
{
    int rc = b->status;
    if (rc == 0) {
        *out = fir__arena_str(&k->c->arena, fir__sbuf_view(b));
        rc = out->ptr == NULL ? fir__arena_error(&k->c->arena) : 0;
    }
    fir__sbuf_free(b);
    return rc != 0 ? no_room(k, rc) : 0;
}

int fir__cloud_text(fir__cloud *k, fir_str *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    *out = fir__arena_format(&k->c->arena, format, args);
    va_end(args);
    return out->ptr == NULL ? fir__cloud_no_room(k) : 0;
}

void fir__cloud_form(fir__sbuf *b, fir_str name, fir_str value)
{
    if (b->len != 0) {
        fir__sbuf_char(b, '&');
    }
    fir__sbuf_percent(b, name, "");
    fir__sbuf_char(b, '=');
    fir__sbuf_percent(b, value, "");
}

/* ---- parameters, settings ---- */

fir_str fir__cloud_parameter(const fir__cloud *k, const char *name)
{
    const fir__data *d = fir__call_data(k->c, fir__cstr(name));
    return d != NULL && d->type == FIR__DATA_TEXT ? d->s : no_text;
}

bool fir__cloud_flag(const fir__cloud *k, const char *name)
{
    const fir__data *d = fir__call_data(k->c, fir__cstr(name));
    return d != NULL && d->type == FIR__DATA_BOOL && d->b;
}

int64_t fir__cloud_duration(const fir__cloud *k, const char *name)
{
    const fir__data *d = fir__call_data(k->c, fir__cstr(name));
    return d != NULL && d->type == FIR__DATA_INT ? d->i : 0;
}

fir_str fir__cloud_setting(const fir__cloud *k, const char *name)
{
    return fir__cloud_text_at(fir__data_get(k->env->config, fir__cstr(k->service->config)), fir__cstr(name));
}

uint32_t fir__cloud_flags(const fir__cloud *k)
{
    return fir__str_eq(fir__cloud_setting(k, "internal"), FIR__S("true")) ? (uint32_t)FIR_HTTP_INTERNAL : 0u;
}

static int read_from(fir__cloud *k, fir__secret_source from, fir_str name, bool optional, fir_str *out)
{
    fir_error err = {0};
    fir__sbuf b;
    *out = no_text;
    fir__sbuf_init(&b, &k->c->wiping, FIR__SECRET_MAX);
    int rc = fir__secret_read(k->env->secrets, from, name, no_text, &b, &err);
    if (rc == 0) {
        return fir__cloud_keep(k, &b, out);
    }
    fir__sbuf_free(&b);
    if (rc == FIR_ENOTFOUND && optional) {
        return 0;
    }
    return fir__cloud_no(k, rc, rc != FIR_ENOMEM, "%s: %s", k->service->name, err.message);
}

int fir__cloud_variable(fir__cloud *k, const char *name, fir_str *out)
{
    *out = no_text;
    return k->env->environment ? read_from(k, FIR__FROM_ENV, fir__cstr(name), true, out) : 0;
}

int fir__cloud_setting_or(fir__cloud *k, const char *name, const char *variable, fir_str *out)
{
    *out = fir__cloud_setting(k, name);
    return out->len != 0 ? 0 : fir__cloud_variable(k, variable, out);
}

int fir__cloud_file(fir__cloud *k, fir_str path, fir_str *out)
{
    return read_from(k, FIR__FROM_FILE, path, false, out);
}

/* ---- addresses ---- */

static size_t scheme_of(fir_str url)
{
    return fir__str_starts(url, FIR__S("https://")) ? 8 : fir__str_starts(url, FIR__S("http://")) ? 7 : 0;
}

static size_t first_of(fir_str s, const char *stops)
{
    size_t i = 0;
    while (i < s.len && (s.ptr[i] == '\0' || strchr(stops, s.ptr[i]) == NULL)) {
        i++;
    }
    return i;
}

int fir__cloud_base(fir__cloud *k, const char *setting, fir_str url, fir_str *out)
{
    while (url.len != 0 && url.ptr[url.len - 1] == '/') {
        url.len--;
    }
    size_t scheme = scheme_of(url);
    fir_str rest = fir__str_from(url, scheme);
    if (scheme == 0 || rest.len == 0 || first_of(rest, "/?#@\\ ") != rest.len) {
        return fir__cloud_no(k, FIR_EINVAL, true, "%s: %s must be https:// (or http://), a host, and perhaps a port; no more",
                             k->service->name, setting);
    }
    *out = url;
    return 0;
}

fir_str fir__cloud_origin(fir_str url)
{
    size_t scheme = scheme_of(url);
    return fir__str_to(url, scheme + first_of(fir__str_from(url, scheme), "/?#"));
}

fir_str fir__cloud_bare(fir_str url)
{
    return fir__str_to(url, first_of(url, "?#"));
}

bool fir__cloud_is_name(fir_str s, const char *more, size_t most)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!fir__is_alnum(s.ptr[i]) && (s.ptr[i] == '\0' || strchr(more, s.ptr[i]) == NULL)) {
            return false;
        }
    }
    return s.len != 0 && s.len <= most;
}

int64_t fir__cloud_now(const fir__cloud *k)
{
    return k->env->clock->wall_ns(k->env->clock->self);
}

fir_str fir__cloud_text_at(const fir__data *d, fir_str key)
{
    const fir__data *v = fir__data_get(d, key);
    return v != NULL && v->type == FIR__DATA_TEXT ? v->s : no_text;
}

/* ---- the alert ---- */

static bool read_member(fir__json_reader *r, fir__cloud_alert *out)
{
    fir_str key, skipped;
    if (!fir__json_read_key(r, &key)) {
        return false;
    }
    const struct {
        fir_str name;
        fir_str *to;
    } known[] = {{FIR__S("priority"), &out->priority}, {FIR__S("rule"), &out->rule}, {FIR__S("source"), &out->source},
                 {FIR__S("hostname"), &out->hostname}, {FIR__S("time"), &out->time}, {FIR__S("output"), &out->output}};
    bool text = fir__json_peek(r) == '"';
    for (size_t i = 0; text && i < sizeof known / sizeof known[0]; i++) {
        if (fir__str_eq(key, known[i].name)) {
            return fir__json_read_string(r, known[i].to);
        }
    }
    return fir__json_skip(r, &skipped);
}

int fir__cloud_read_alert(fir__cloud *k, fir__cloud_alert *out)
{
    fir_str s = k->c->event;
    fir__json_reader r;
    memset(out, 0, sizeof *out);
    char *buffer = fir__arena_zalloc(&k->c->arena, s.len + FIR__JSON_PADDING);
    if (buffer == NULL) {
        return fir__cloud_no_room(k);
    }
    if (s.len != 0) {
        memcpy(buffer, s.ptr, s.len);
    }
    fir__json_start(&r, buffer, s.len, FIR__JSON_MOST_DEPTH, &k->c->arena);
    bool more = true, ok = fir__json_peek(&r) == '{' && fir__json_enter(&r);
    if (ok && fir__json_peek(&r) == '}') {
        more = false;
    }
    while (ok && more) {
        ok = read_member(&r, out) && fir__json_next(&r, '}', &more);
    }
    if (ok) {
        return 0;
    }
    return r.status == FIR_ENOMEM ? fir__cloud_no(k, FIR_ENOMEM, false, "out of memory")
                                  : fir__cloud_no(k, FIR_EPARSE, true, "the alert is no JSON object");
}
