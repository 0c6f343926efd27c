/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of all presets: what undo needs is recorded, what is there already is looked for, the request is made, the answer
 * is judged. */
#include "action/preset/preset.h"

#include "action/http.h"
#include "action/types.h"
#include "base/digest.h"
#include "catalog/catalog.h"
#include "catalog/presets.h"
#include "json/document.h"
#include "json/writer.h"

enum { FIRST, FINDING, SENDING };

/* From one call of an attempt to the next. */
typedef struct progress {
    int at;
} progress;

static progress *progress_of(fir_call *c)
{
    if (c->data == NULL) {
        c->data = fir__arena_zalloc(&c->arena, sizeof(progress));
    }
    return c->data;
}

/* ---- opening ---- */

static int open_event(fir__preset *p)
{
    const fir_event_options o = {.size = sizeof o, .allocator = p->env->allocator, .max_bytes = 1u << 26, .max_fields = 1u << 16};
    int rc = fir_event_new(&o, &p->event, &p->err);
    rc = rc != 0 ? rc : fir_event_parse(p->event, p->c->event.ptr, p->c->event.len, NULL, &p->err);
    return rc == 0 ? 0 : fir__preset_fail(p, rc, "the alert cannot be read: %s", p->err.message);
}

static int open_record(fir__preset *p)
{
    fir_str json;
    fir__data *d = NULL;
    if (fir_call_recorded(p->c, &json) != 0) {
        return 0;
    }
    int rc = fir__json_document(json, &p->c->arena, &d, &p->err);
    p->recorded = d;
    return rc == 0 ? 0 : fir__preset_fail(p, rc, "what was recorded cannot be read: %s", p->err.message);
}

static void read_escape(fir__preset *p)
{
    const fir__data *escape = fir__data_get(p->spec, FIR__S("escape")), *inert = fir__data_get(p->spec, FIR__S("inert"));
    p->sink = FIR_SINK_TEXT;
    if (escape != NULL && escape->type == FIR__DATA_TEXT) {
        (void)fir__sink_find(escape->s, &p->sink);
    }
    p->inert = inert != NULL && inert->type == FIR__DATA_BOOL && inert->b;
}

/* The preset's own text is read here, when it is first used. with_event: undo never sees the alert. */
static int open_preset(fir__preset *p, void *self, fir_call *c, bool with_event)
{
    fir__data *spec = NULL;
    *p = (fir__preset){.c = c, .env = self};
    fir_str text = fir__preset_request(c->type);
    if (text.ptr == NULL || progress_of(c) == NULL) {
        return text.ptr == NULL ? FIR_EINTERNAL : FIR_ENOMEM;
    }
    int rc = fir__json_document(text, &c->arena, &spec, &p->err);
    if (rc != 0) {
        return fir__preset_fail(p, rc, "the preset cannot be read: %s", p->err.message);
    }
    p->spec = spec;
    read_escape(p);
    rc = open_record(p);
    return rc != 0 || !with_event ? rc : open_event(p);
}

static void close_preset(fir__preset *p)
{
    fir_event_free(p->event);
}

/* ---- the request ---- */

static fir_str text_at(const fir__data *d, fir_str name, fir_str otherwise)
{
    const fir__data *t = fir__data_get(d, name);
    return t != NULL && t->type == FIR__DATA_TEXT ? t->s : otherwise;
}

/* basic: [user, password], names of parameters. */
static int add_basic(fir__preset *p, const fir__data *request, fir__headers *h)
{
    const fir__data *pair = fir__data_get(request, FIR__S("basic"));
    fir__data rooms[2];
    if (pair == NULL || pair->type != FIR__DATA_LIST || pair->count != 2) {
        return 0;
    }
    const fir__data *user = fir__preset_named(p, pair->items[0].s, &rooms[0]),
                    *password = fir__preset_named(p, pair->items[1].s, &rooms[1]);
    if (user == NULL || password == NULL || user->type != FIR__DATA_TEXT || password->type != FIR__DATA_TEXT) {
        return 0;
    }
    fir__sbuf plain, value;
    fir__sbuf_init(&plain, &p->c->wiping, 64 * 1024);
    fir__sbuf_init(&value, &p->c->wiping, 128 * 1024);
    fir__sbuf_str(&plain, user->s);
    fir__sbuf_char(&plain, ':');
    fir__sbuf_str(&plain, password->s);
    fir__sbuf_str(&value, FIR__S("Basic "));
    fir__base64_encode(&value, fir__sbuf_view(&plain));
    fir_str kept = fir__arena_str(&p->c->arena, fir__sbuf_view(&value));
    bool ok = plain.status == 0 && value.status == 0 && kept.ptr != NULL && fir__call_secret(p->c, kept);
    fir__sbuf_free(&plain);
    fir__sbuf_free(&value);
    fir__headers_add(h, FIR__S("Authorization"), kept);
    return ok ? 0 : fir__preset_fail(p, FIR_ELIMIT, "user and password are too long");
}

static int add_headers(fir__preset *p, const fir__data *request, fir__headers *h)
{
    const fir__data *own = fir__data_get(request, FIR__S("headers"));
    int rc = add_basic(p, request, h);
    for (uint32_t i = 0; rc >= 0 && own != NULL && own->type == FIR__DATA_MAP && i < own->count; i++) {
        fir_str value;
        rc = fir__preset_fill_kept(p, own->entries[i].value.s, false, &value);
        if (rc == FIR__PRESET_DONE && !fir__is_header_value(value)) {
            return fir__preset_fail(p, FIR_EDENIED, "a header holds a control character");
        }
        if (rc == FIR__PRESET_DONE) {
            fir__headers_add(h, own->entries[i].key, value);
        }
    }
    return rc < 0 ? rc : 0;
}

static int make_body(fir__preset *p, const fir__data *request, fir__sbuf *b)
{
    const fir__data *node = fir__data_get(request, FIR__S("body"));
    if (node == NULL) {
        return 0;
    }
    int rc = fir__preset_write(p, node, b);
    if (rc < 0) {
        return rc;
    }
    return b->status == 0 && rc == FIR__PRESET_DONE
               ? 0
               : fir__preset_fail(p, b->status != 0 ? b->status : FIR_EACTION, "the body is too large, or empty");
}

static int send(fir__preset *p, const fir__data *request)
{
    fir__headers h = {.n = 0};
    fir__sbuf body;
    fir_str url = {NULL, 0};
    int rc = fir__headers_take(p->c, &h);
    rc = rc != 0 ? rc : add_headers(p, request, &h);
    rc = rc != 0 ? rc : fir__preset_fill_kept(p, text_at(request, FIR__S("url"), FIR__S("")), true, &url);
    if (rc == FIR__PRESET_ABSENT) {
        rc = fir__preset_fail(p, FIR_ENOTFOUND, "a value that the address of the request needs is not there");
    }
    fir__sbuf_init(&body, &p->c->wiping, FIR__PRESET_MAX_BODY);
    rc = rc != 0 ? rc : make_body(p, request, &body);
    if (rc == 0) {
        fir__headers_add(&h, FIR__S("Idempotency-Key"), p->c->action_id);
        fir__headers_add(&h, FIR__S("User-Agent"), FIR__S("falcoir/" FIR_VERSION_STRING));
        if (body.len != 0) {
            fir__headers_add(&h, FIR__S("Content-Type"), FIR__S("application/json"));
        }
        rc = fir__http_send(p->c, text_at(request, FIR__S("method"), FIR__S("POST")), url, &h, fir__sbuf_view(&body));
    }
    fir__sbuf_free(&body);
    return rc;
}

/* ---- what undo needs ---- */

/* {"at": what is known before, "answer": what the service said}. */
static int record(fir__preset *p, const fir__data *answer)
{
    const fir__data *undo = fir__data_get(p->spec, FIR__S("undo")), *at = fir__data_get(undo, FIR__S("record")),
                    *names = fir__data_get(undo, FIR__S("answer"));
    fir__sbuf b;
    fir__json_writer w = {.b = &b};
    fir__sbuf_init(&b, &p->c->wiping, FIR__CALL_MAX_RECORD);
    fir__json_open(&w, '{');
    if (names != NULL && answer != NULL) {
        fir__json_key(&w, FIR__S("answer"));
        fir__json_open(&w, '{');
        for (uint32_t i = 0; i < names->count; i++) {
            const fir__data *d = fir__preset_at(answer, names->entries[i].value.s);
            if (d != NULL && d->type == FIR__DATA_TEXT) {
                fir__json_key_str(&w, names->entries[i].key, d->s);
            }
        }
        fir__json_close(&w, '}');
        w.comma = true;
    }
    int rc = 0;
    if (at != NULL) {
        fir__json_key(&w, FIR__S("at"));
        rc = fir__preset_write(p, at, &b);
        w.comma = true;
    }
    fir__json_close(&w, '}');
    rc = rc >= 0 ? fir_call_record(p->c, b.ptr, b.status == 0 ? b.len : 0) : rc;
    fir__sbuf_free(&b);
    return rc;
}

int fir__preset_prepare(void *self, fir_call *c)
{
    fir__preset p;
    int rc = open_preset(&p, self, c, true);
    rc = rc != 0 ? rc : record(&p, NULL);
    close_preset(&p);
    return rc;
}

/* ---- acting ---- */

/* request.answer: where in the answer what is recorded stands. */
static int done(fir__preset *p, const fir__data *request, const fir_http_result *r)
{
    int rc = fir_call_output(p->c, r->body.ptr, r->body.len);
    if (rc == 0 && fir__data_get(fir__data_get(p->spec, FIR__S("undo")), FIR__S("answer")) != NULL) {
        rc = record(p, fir__preset_at(fir__preset_answer(p, r), text_at(request, FIR__S("answer"), FIR__S(""))));
        rc = p->c->starved ? FIR_ENOMEM : rc; /* the next attempt finds it, and what undo needs */
    }
    return rc != 0 ? rc : FIR_CALL_DONE;
}

/* The request that looks whether it was done already, in an earlier attempt or for an earlier alert of the same key. */
static int found(fir__preset *p, const fir__data *find, const fir_http_result *r, bool *is_there)
{
    int rc = fir__preset_judge(p, find, r);
    const fir__data *answer = rc == 0 ? fir__preset_answer(p, r) : NULL, *places = fir__data_get(find, FIR__S("found"));
    *is_there = rc == 0 && places != NULL && fir__preset_at(answer, places->s) != NULL;
    return rc;
}

static int step(fir__preset *p)
{
    fir_http_result r;
    progress *at = progress_of(p->c);
    const fir__data *request = fir__data_get(p->spec, FIR__S("request")), *find = fir__data_get(p->spec, FIR__S("find"));
    if (fir_call_response(p->c, &r) != 0) {
        at->at = find != NULL ? FINDING : SENDING;
        p->c->asking = find != NULL ? "whether it is there already" : NULL;
        return send(p, find != NULL ? find : request);
    }
    if (at->at == FINDING) {
        bool is_there;
        int rc = found(p, find, &r, &is_there);
        p->c->asking = NULL;
        at->at = SENDING;
        return rc != 0 ? rc : is_there ? done(p, find, &r) : send(p, request);
    }
    int rc = fir__preset_judge(p, request, &r);
    return rc != 0 ? rc : done(p, request, &r);
}

int fir__preset_advance(void *self, fir_call *c)
{
    fir__preset p;
    int rc = open_preset(&p, self, c, true);
    rc = rc != 0 ? rc : step(&p);
    close_preset(&p);
    return rc;
}

static int undo(fir__preset *p)
{
    fir_http_result r;
    const fir__data *request = fir__data_get(p->spec, FIR__S("undo"));
    if (p->recorded == NULL) {
        return FIR__CALL_FAIL(p->c, FIR_ESTATE, true, "undo: nothing was recorded");
    }
    if (fir_call_response(p->c, &r) != 0) {
        return send(p, request);
    }
    int rc = fir__preset_judge(p, request, &r);
    return rc != 0 ? rc : FIR_CALL_DONE;
}

int fir__preset_undo(void *self, fir_call *c)
{
    fir__preset p;
    int rc = open_preset(&p, self, c, false);
    rc = rc != 0 ? rc : undo(&p);
    close_preset(&p);
    return rc;
}
