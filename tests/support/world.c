/* SPDX-License-Identifier: Apache-2.0 */
#include "support/world.h"

#include "action/call.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char world_alert[] =
    "{\"hostname\":\"node-1\",\"output\":\"shell in a container\",\"output_fields\":{\"container.id\":\"3f2a9c81d0e4\","
    "\"k8s.ns.name\":\"prod-web\",\"k8s.pod.name\":\"web-0\",\"proc.cmdline\":\"sh -c \\\"id\\\"\",\"proc.name\":\"sh\"},"
    "\"priority\":\"Warning\",\"rule\":\"Terminal shell in container\",\"source\":\"syscall\",\"tags\":[\"container\"],"
    "\"time\":\"2026-07-14T09:21:33.123456789Z\"}";

static const char *const names[WORLD_TYPES] = {"test:idempotent", "test:keyed", "test:unsafe", "test:read", "test:destroy"};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(99);
}

static int request(world_type *t, fir_call *c)
{
    fir_http_request rq = {.size = sizeof rq, .method = {"POST", 4}, .url = {t->url, strlen(t->url)}, .body = {"x", 1}};
    int rc = fir_call_request(c, &rq);
    return rc != 0 ? rc : FIR_CALL_REQUEST;
}

static int prepare(void *self, fir_call *c)
{
    world_type *t = self;
    t->prepared++;
    c->live = t->prepared > 1 ? t->live : NULL;
    return t->prepared <= t->prepare_requests ? request(t, c) : FIR_CALL_DONE;
}

static int advance(void *self, fir_call *c)
{
    world_type *t = self;
    fir_str text = {NULL, 0};
    fir_http_result r;
    bool first = fir_call_response(c, &r) == FIR_ENOTFOUND;
    t->advanced++;
    (void)fir_call_text(c, "text", 4, &text);
    (void)snprintf(t->seen + strlen(t->seen), sizeof t->seen - strlen(t->seen), "%s%.*s", t->seen[0] != '\0' ? "|" : "",
                   (int)text.len, text.len != 0 ? text.ptr : "");
    fir_str event = {NULL, 0};
    (void)fir_call_event(c, &event);
    (void)snprintf(t->event, sizeof t->event, "%.*s", (int)event.len, event.ptr);
    if (t->result != 0) {
        return t->result;
    }
    if (t->fail != 0 && t->fail_times != 0) {
        fir_str token = {NULL, 0};
        char why[200];
        (void)fir_call_text(c, "token", 5, &token);
        int n = snprintf(why, sizeof why, "it failed with %.*s", (int)token.len, token.len != 0 ? token.ptr : "");
        t->fail_times -= t->fail_times > 0;
        return fir_call_fail(c, t->fail, t->final, why, (size_t)n);
    }
    if (first ? t->requests > 0 : t->advanced <= t->requests) {
        return request(t, c);
    }
    return t->output != NULL ? fir_call_output(c, t->output, strlen(t->output)) : FIR_CALL_DONE;
}

void world_catalog(fir_catalog **out)
{
    static const struct {
        const char *name, *effect, *destructive;
    } types[] = {{"idempotent", "idempotent", "false"}, {"keyed", "keyed", "false"},
                 {"unsafe", "unsafe", "false"},         {"read", "read", "false"},
                 {"destroy", "idempotent", "true"},     {"mute", "idempotent", "false"}};
    fir_error err;
    if (fir_catalog_new(out, &err) != 0) {
        die("catalogue", err.message);
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char json[400];
        int n = snprintf(json, sizeof json,
                         "{\"name\":\"test:%s\",\"description\":\"x\",\"effect\":\"%s\",\"destructive\":%s,\"parameters\":{"
                         "\"arg\":{\"type\":\"string\",\"sink\":\"argv\"},\"pod\":{\"type\":\"string\",\"sink\":\"k8s_name\"},"
                         "\"text\":{\"type\":\"string\"},\"token\":{\"type\":\"secret\"}}}",
                         types[i].name, types[i].effect, types[i].destructive);
        if (fir_catalog_add(*out, json, (size_t)n, &err) != 0) {
            die("type", err.message);
        }
    }
}

fir_playbook *world_compile(const fir_catalog *c, const char *yaml)
{
    fir_compiler *k;
    fir_playbook *p = NULL;
    fir_error err;
    if (fir_compiler_new(c, NULL, &k, &err) != 0 || fir_compiler_add(k, "test.yaml", yaml, strlen(yaml), &err) != 0) {
        die("compiler", err.message);
    }
    if (fir_compiler_build(k, &p, &err) != 0) {
        fir_buf diagnostics;
        if (fir_compiler_diagnostics_json(k, &diagnostics, NULL) == 0) {
            die(err.message, diagnostics.ptr);
        }
        die("build", err.message);
    }
    fir_compiler_free(k);
    return p;
}

int world_register(world *w, fir_engine *g)
{
    for (size_t i = 0; i < WORLD_TYPES; i++) {
        const fir_action_type t = {.size = sizeof t, .name = names[i], .prepare = prepare, .advance = advance};
        int rc = fir_engine_register(g, &t, &w->types[i], NULL);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

static int keep_log(void *user, int32_t level, const char *json, size_t n)
{
    world *w = user;
    (void)level;
    w->log = realloc(w->log, w->log_len + n + 2);
    memcpy(w->log + w->log_len, json, n);
    w->log_len += n;
    w->log[w->log_len++] = '\n';
    w->log[w->log_len] = '\0';
    return 0;
}

static void open_world(world *w, const char *yaml, const fir_engine_options *options)
{
    fir_error err;
    for (size_t i = 0; i < WORLD_TYPES; i++) {
        (void)snprintf(w->types[i].url, sizeof w->types[i].url, "https://%zu.example/x", i);
    }
    world_catalog(&w->catalog);
    w->playbook = world_compile(w->catalog, yaml);
    fir_engine_options o = options != NULL ? *options : (fir_engine_options){.size = sizeof o};
    o.transport = o.transport != NULL ? o.transport : &w->fake.transport;
    o.clock = o.clock != NULL ? o.clock : &w->fake.clock;
    o.flags |= w->by_clock ? 0 : FIR_ENGINE_AS_OF_ALERTS;
    if (o.log == NULL) {
        o.log = keep_log;
        o.log_user = w;
    }
    if (fir_engine_new(&o, w->catalog, w->playbook, &w->engine, &err) != 0) {
        die("engine", err.message);
    }
    if (world_register(w, w->engine) != 0) {
        die("engine", "a type cannot be registered");
    }
}

void world_open(world *w, const char *yaml, const fir_engine_options *options)
{
    memset(w, 0, sizeof *w);
    fake_init(&w->fake);
    open_world(w, yaml, options);
}

void world_open_by_clock(world *w, const char *yaml, const fir_engine_options *options)
{
    memset(w, 0, sizeof *w);
    fake_init(&w->fake);
    w->fake.wall_offset_ns = INT64_C(1784020894) * 1000000000 - w->fake.now_ns; /* just behind world_alert */
    w->by_clock = true;
    open_world(w, yaml, options);
}

void world_close(world *w)
{
    fir_engine_free(w->engine);
    fir_playbook_unref(w->playbook);
    fir_catalog_unref(w->catalog);
    fake_free(&w->fake);
    free(w->log);
}

/* The nanoseconds of each time count on, so that no two alerts are the same; the first stays as it is. */
static char *count_on(const char *alerts, unsigned *count)
{
    static const char mark[] = ".123456789Z";
    char *text = strdup(alerts);
    for (char *p = text; (p = strstr(p, mark)) != NULL; p += sizeof mark - 1) {
        unsigned n = (*count)++;
        if (n != 0) {
            char digits[16];
            (void)snprintf(digits, sizeof digits, ".%09u", (123456789u + n) % 1000000000u);
            memcpy(p, digits, 10);
        }
    }
    return text;
}

char *world_fresh(const char *alerts)
{
    static atomic_uint given;
    unsigned count = atomic_fetch_add(&given, 1000) + 1000; /* none of a world's own */
    return count_on(alerts, &count);
}

void world_submit(world *w, const char *alerts)
{
    fir_error err;
    char *fresh = count_on(alerts, &w->submitted);
    if (fir_engine_submit(w->engine, fresh, strlen(fresh), NULL, &err) != 0) {
        die("submit", err.message);
    }
    free(fresh);
}

void world_settle(world *w)
{
    for (int i = 0; i < 10; i++) {
        fir_error err;
        int rc = fir_engine_poll(w->engine, 0, &err);
        if (rc != 0 && rc != FIR_EAGAIN) {
            die("poll", err.message);
        }
    }
}

int64_t world_wall(const world *w)
{
    return w->fake.now_ns + w->fake.wall_offset_ns;
}

void world_end_engine(world *w, int64_t ns)
{
    int64_t at = world_wall(w) + ns;
    fir_engine_free(w->engine);
    w->engine = NULL;
    fake_clear(&w->fake);
    w->fake.now_ns = 7 * INT64_C(1000000000);
    w->fake.wall_offset_ns = at - w->fake.now_ns;
}

void world_next_engine(world *w, const fir_engine_options *options)
{
    fir_engine_options o = *options;
    fir_error err;
    o.transport = o.transport != NULL ? o.transport : &w->fake.transport;
    o.clock = o.clock != NULL ? o.clock : &w->fake.clock;
    if (fir_engine_new(&o, w->catalog, w->playbook, &w->engine, &err) != 0) {
        die("the next engine", err.message);
    }
    if (world_register(w, w->engine) != 0) {
        die("the next engine", "the types were not registered");
    }
}

void world_drain(world *w)
{
    for (int i = 0; i < 1000000; i++) {
        fir_error err;
        int rc = fir_engine_poll(w->engine, INT64_C(1000000000), &err);
        if (rc == FIR_EAGAIN) {
            return;
        }
        if (rc != 0) {
            die("poll", err.message);
        }
    }
    die("poll", "no end");
}

char *world_json(world *w)
{
    fir_buf json;
    fir_error err;
    uint64_t next;
    if (fir_engine_outcomes_json(w->engine, 0, 0, &next, &json, &err) != 0) {
        die("outcomes", err.message);
    }
    char *text = strdup(json.ptr);
    fir_buf_dispose(&json);
    return text;
}

static json_t *outcomes(world *w)
{
    char *text = world_json(w);
    json_error_t e;
    json_t *all = json_loads(text, JSON_REJECT_DUPLICATES, &e);
    if (all == NULL) {
        die(e.text, text);
    }
    free(text);
    return all;
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s != NULL ? s : "";
}

const char *world_outcomes(world *w)
{
    json_t *all = outcomes(w);
    const json_t *o;
    size_t i, n = 0;
    w->text[0] = '\0';
    json_array_foreach(all, i, o)
    {
        n += (size_t)snprintf(w->text + n, sizeof w->text - n, "%s%s:%s:%d", i != 0 ? " " : "", text_of(o, "step"),
                              text_of(o, "status"), (int)json_integer_value(json_object_get(o, "attempts")));
        if (n >= sizeof w->text) {
            die("outcomes", "too many to show");
        }
    }
    json_decref(all);
    return w->text;
}

const char *world_error(world *w, size_t i)
{
    json_t *all = outcomes(w);
    (void)snprintf(w->text, sizeof w->text, "%s", text_of(json_object_get(json_array_get(all, i), "error"), "message"));
    json_decref(all);
    return w->text;
}
