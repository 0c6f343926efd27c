/* SPDX-License-Identifier: Apache-2.0 */
#include "action/call.h"

#include <stdio.h>

#include "base/utf8.h"
#include "json/writer.h"
#include "secret/mask.h"
#include "secret/wipe.h"
#include "transport/request.h"

enum {
    MAX_CALL_MEMORY = 64 * 1024 * 1024,
    MAX_PARAMETER = 32 * 1024 * 1024, /* as JSON */
    MOST_KEPT = 16 * 1024,            /* bytes from one attempt to the next */
    LEAST_SECRET = 6                  /* shorter ones would hide parts of ordinary words */
};

static void *watched_alloc(void *self, size_t n)
{
    fir_call *c = self;
    void *p = c->given->alloc(c->given->self, n);
    c->starved = c->starved || p == NULL;
    return p;
}

static void watched_release(void *self, void *p)
{
    const fir_call *c = self;
    c->given->release(c->given->self, p);
}

/* c is zero. */
static void begin(fir_call *c, const fir_allocator *given)
{
    c->given = given;
    c->watching = (fir_allocator){sizeof c->watching, c, watched_alloc, NULL, watched_release}; /* wiping never resizes */
    fir__wipe_allocator(&c->watching, &c->wiping);
    fir__sbuf_init(&c->output, &c->wiping, FIR__CALL_MAX_OUTPUT);
    fir__sbuf_init(&c->record, &c->wiping, FIR__CALL_MAX_RECORD);
    c->params.type = FIR__DATA_MAP;
}

void fir__call_init(fir_call *c, const fir_allocator *a)
{
    memset(c, 0, sizeof *c);
    begin(c, a);
    fir__arena_init(&c->arena, &c->wiping, MAX_CALL_MEMORY);
}

void fir__call_again(fir_call *c)
{
    const fir_allocator *given = c->given;
    if (c->arena.used > MOST_KEPT) {
        fir__arena_free(&c->arena);
    }
    fir__arena_wipe(&c->arena);
    fir__arena arena = c->arena;
    fir__arena_init(&c->arena, &c->wiping, MAX_CALL_MEMORY);
    fir__call_free(c);
    begin(c, given);
    c->arena = arena;
}

void fir__call_free(fir_call *c)
{
    fir__sbuf_free(&c->output);
    fir__sbuf_free(&c->record);
    fir__arena_free(&c->arena);
    explicit_bzero(c, sizeof *c);
}

static bool remember(fir_call *c, fir_str secret)
{
    if (secret.len >= LEAST_SECRET) {
        if (c->n_secrets == FIR__CALL_MAX_SECRETS) {
            return false;
        }
        c->secrets[c->n_secrets++] = secret;
    }
    return true;
}

/* Of an address that is a secret, what a server may repeat alone: its path, and the last part of that. */
static bool remember_path(fir_call *c, fir_str secret)
{
    size_t scheme = fir__str_find(secret, FIR__S("://"));
    if (scheme == SIZE_MAX) {
        return true;
    }
    fir_str rest = fir__str_from(secret, scheme + 3);
    size_t slash = fir__str_find(rest, FIR__S("/"));
    fir_str path = slash != SIZE_MAX ? fir__str_from(rest, slash) : FIR__S("");
    size_t last = path.len;
    while (last != 0 && path.ptr[last - 1] != '/') {
        last--;
    }
    return remember(c, path) && remember(c, fir__str_from(path, last));
}

bool fir__call_secret(fir_call *c, fir_str secret)
{
    if (!remember_path(c, secret)) {
        return false;
    }
    size_t blank = secret.len;
    while (blank != 0 && secret.ptr[blank - 1] != ' ') {
        blank--;
    }
    return remember(c, secret) && (blank == 0 || remember(c, fir__str_from(secret, blank))); /* "Bearer …": the rest alone too */
}

const fir__data *fir__call_data(const fir_call *c, fir_str name)
{
    return fir__data_get(&c->params, name);
}

/* Appends s with each secret hidden. */
static void append_hidden(const fir_call *c, fir__sbuf *b, fir_str s)
{
    fir__mask(c->secrets, c->n_secrets, LEAST_SECRET, s, b);
}

int fir_call_parameter(fir_call *c, const char *name, size_t n, fir_str *json)
{
    if (c == NULL || json == NULL || (name == NULL && n != 0)) {
        return FIR_EINVAL;
    }
    *json = (fir_str){NULL, 0};
    const fir__data *d = fir__call_data(c, fir__str(name, n));
    if (d == NULL) {
        return FIR_ENOTFOUND;
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &c->wiping, MAX_PARAMETER);
    fir__json_data(&b, d);
    int rc = b.status;
    if (rc == 0) {
        *json = fir__arena_str(&c->arena, fir__sbuf_view(&b));
        rc = json->ptr == NULL ? fir__arena_error(&c->arena) : 0;
    }
    fir__sbuf_free(&b);
    return rc;
}

int fir_call_text(fir_call *c, const char *name, size_t n, fir_str *out)
{
    if (c == NULL || out == NULL || (name == NULL && n != 0)) {
        return FIR_EINVAL;
    }
    *out = (fir_str){NULL, 0};
    const fir__data *d = fir__call_data(c, fir__str(name, n));
    if (d == NULL || d->type != FIR__DATA_TEXT) {
        return d == NULL ? FIR_ENOTFOUND : FIR_ETYPE;
    }
    *out = d->s;
    return 0;
}

int fir_call_event(fir_call *c, fir_str *out)
{
    if (c == NULL || out == NULL) {
        return FIR_EINVAL;
    }
    *out = c->event;
    return 0;
}

int fir_call_action_id(fir_call *c, fir_str *out)
{
    if (c == NULL || out == NULL) {
        return FIR_EINVAL;
    }
    *out = c->action_id;
    return 0;
}

uint32_t fir_call_attempt(fir_call *c)
{
    return c != NULL ? c->attempt : 0;
}

static bool keep(fir_call *c, fir_str *s)
{
    if (s->len == 0) { /* most of a request's texts are */
        *s = FIR__S("");
        return true;
    }
    *s = fir__arena_str(&c->arena, *s);
    return s->ptr != NULL;
}

static bool keep_headers(fir_call *c, fir_http_request *to)
{
    fir_http_header *headers = fir__arena_array(&c->arena, to->n_headers, sizeof *headers);
    bool ok = headers != NULL;
    for (size_t i = 0; ok && i < to->n_headers; i++) {
        headers[i] = to->headers[i];
        ok = keep(c, &headers[i].name) && keep(c, &headers[i].value);
    }
    to->headers = headers;
    return ok;
}

static bool keep_recipients(fir_call *c, fir_http_request *to)
{
    fir_str *all = fir__arena_array(&c->arena, to->n_mail_to, sizeof *all);
    bool ok = all != NULL;
    for (size_t i = 0; ok && i < to->n_mail_to; i++) {
        all[i] = to->mail_to[i];
        ok = keep(c, &all[i]);
    }
    to->mail_to = all;
    return ok;
}

int fir_call_request(fir_call *c, const fir_http_request *rq)
{
    if (c == NULL || rq == NULL) {
        return FIR_EINVAL;
    }
    fir_http_request *to = &c->request;
    c->has_request = false;
    if (!fir__request_read(rq, to) || (to->headers == NULL && to->n_headers != 0) || (to->mail_to == NULL && to->n_mail_to != 0)) {
        return FIR_EINVAL;
    }
    fir_str *const texts[] = {&to->method,     &to->url,  &to->body,     &to->ca_file,  &to->client_certificate,
                              &to->client_key, &to->user, &to->password, &to->mail_from};
    bool ok = keep_headers(c, to) && keep_recipients(c, to);
    for (size_t i = 0; ok && i < sizeof texts / sizeof *texts; i++) {
        ok = keep(c, texts[i]);
    }
    c->has_request = ok;
    return ok ? 0 : fir__arena_error(&c->arena);
}

int fir_call_response(fir_call *c, fir_http_result *out)
{
    if (c == NULL || out == NULL) {
        return FIR_EINVAL;
    }
    if (c->response == NULL) {
        return FIR_ENOTFOUND;
    }
    *out = *c->response;
    return 0;
}

int fir_call_output(fir_call *c, const char *p, size_t n)
{
    if (c == NULL || (p == NULL && n != 0)) {
        return FIR_EINVAL;
    }
    if (n == 0) {
        fir__sbuf_clear(&c->output);
        return 0;
    }
    fir__sbuf all;
    fir__sbuf_init(&all, &c->wiping, SIZE_MAX / 2);
    append_hidden(c, &all, fir__str(p, n < 2 * FIR__CALL_MAX_OUTPUT ? n : 2 * FIR__CALL_MAX_OUTPUT));
    fir_str text = fir__sbuf_view(&all);
    fir__sbuf_clear(&c->output);
    fir__sbuf_str(&c->output,
                  fir__str_to(text, fir__utf8_floor(text, text.len < FIR__CALL_MAX_OUTPUT ? text.len : FIR__CALL_MAX_OUTPUT)));
    int rc = all.status != 0 ? all.status : c->output.status;
    fir__sbuf_free(&all);
    return rc;
}

int fir_call_record(fir_call *c, const char *json, size_t n)
{
    if (c == NULL || json == NULL || n == 0) {
        return FIR_EINVAL;
    }
    fir__sbuf_clear(&c->record);
    fir__sbuf_put(&c->record, json, n);
    return c->record.status;
}

int fir_call_recorded(fir_call *c, fir_str *out)
{
    if (c == NULL || out == NULL) {
        return FIR_EINVAL;
    }
    *out = fir__sbuf_view(&c->record);
    return out->len != 0 ? 0 : FIR_ENOTFOUND;
}

void fir__call_hide(const fir_call *c, fir_str text, char *out, size_t size)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &c->wiping, 4 * FIR__CALL_MAX_TEXT);
    append_hidden(c, &b, fir__str_to(text, FIR__CALL_MAX_TEXT));
    fir_str hidden = b.status == 0 ? fir__sbuf_view(&b) : FIR__S("the action failed");
    size_t room = size - 1;
    hidden = fir__str_to(hidden, fir__utf8_floor(hidden, hidden.len < room ? hidden.len : room));
    if (hidden.len != 0) {
        memcpy(out, hidden.ptr, hidden.len);
    }
    out[hidden.len] = '\0';
    fir__sbuf_free(&b);
}

void fir__call_show(char *to, size_t room, fir_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len && n + 1 < room; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        to[n++] = c < 0x20 || c == 0x7f ? ' ' : s.ptr[i];
    }
    to[n] = '\0';
}

int fir__call_vfail(fir_call *c, int32_t code, bool final, const char *format, va_list args)
{
    char text[FIR__CALL_MAX_TEXT];
    int n = vsnprintf(text, sizeof text, format, args);
    return fir_call_fail(c, code, final, text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

int fir__call_fail(fir_call *c, int32_t code, bool final, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int rc = fir__call_vfail(c, code, final, format, args);
    va_end(args);
    return rc;
}

int fir_call_fail(fir_call *c, int32_t code, int32_t final, const char *text, size_t n)
{
    if (c == NULL || (text == NULL && n != 0)) {
        return FIR_EINVAL;
    }
    bool starved = c->starved;
    fir__call_hide(c, fir__str(text, n), c->fail_text, sizeof c->fail_text);
    c->starved = starved; /* the words alone were lost */
    c->failed = true;
    c->final = final != 0;
    c->fail_code = code < 0 ? code : FIR_EACTION;
    return c->fail_code;
}
