/* SPDX-License-Identifier: Apache-2.0 */
#include "action/resolve.h"

#include "base/time.h"

enum { MAX_FILLED = 16 * 1024 * 1024 }; /* bytes of one parameter */

typedef struct job {
    const fir__resolver *r;
    fir_call *c;
    fir_error *err;
} job;

static int no_room(const job *j)
{
    int code = fir__arena_error(&j->c->arena);
    return code == FIR_ENOMEM ? fir__no_memory(j->err) : fir__fail(j->err, code, "the parameters are too large");
}

/* A text of a buffer becomes one of the call. */
static int keep_text(const job *j, const fir__sbuf *b, fir_str *out)
{
    if (b->status != 0) {
        return b->status == FIR_ENOMEM ? fir__no_memory(j->err) : fir__fail(j->err, b->status, "a parameter is too large");
    }
    *out = fir__arena_str(&j->c->arena, fir__sbuf_view(b));
    return out->ptr == NULL ? no_room(j) : 0;
}

static int resolve_secret(const job *j, const fir__secret_ref *ref, fir__data *out)
{
    static const fir__secret_source sources[] = {
        [FIR__SECRET_ENV] = FIR__FROM_ENV, [FIR__SECRET_FILE] = FIR__FROM_FILE, [FIR__SECRET_CONFIG] = FIR__FROM_CONFIG};
    fir__sbuf b;
    fir_str text = {NULL, 0};
    fir__sbuf_init(&b, &j->c->wiping, FIR__SECRET_MAX);
    int rc = fir__secret_read(j->r->secrets, sources[ref->kind], ref->name, ref->literal, &b, j->err);
    rc = rc != 0 ? rc : keep_text(j, &b, &text);
    fir__sbuf_free(&b);
    if (rc == 0 && !fir__call_secret(j->c, text)) {
        rc = fir__fail(j->err, FIR_ELIMIT, "an action with more than %d secrets", FIR__CALL_MAX_SECRETS);
    }
    *out = fir__data_text(text);
    return rc;
}

/* What the filled text becomes, by the parameter's type. */
static bool convert(uint8_t type, fir_str s, fir__data *out)
{
    *out = fir__data_text(s);
    switch (type) {
    case FIR__P_INTEGER:
        out->type = FIR__DATA_INT;
        return fir__str_i64(s, &out->i);
    case FIR__P_DURATION:
        out->type = FIR__DATA_INT;
        return fir__duration_parse(s, &out->i);
    case FIR__P_BOOLEAN:
        out->type = FIR__DATA_BOOL;
        out->b = fir__str_eq(s, FIR__S("true"));
        return out->b || fir__str_eq(s, FIR__S("false"));
    default:
        return true;
    }
}

static int fill_parts(const job *j, const fir__plan_value *v, fir__sbuf *b)
{
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < v->count; i++) {
        const fir__part *part = &v->parts[i];
        if (part->is_step) {
            fir_str value = {NULL, 0};
            bool there = j->r->steps(j->r->ctx, part->step, part->get, &value);
            rc = fir__template_fill(b, v->sink, part, value, !there, j->err);
        } else {
            fir__sbuf_str(b, part->text);
        }
    }
    return rc;
}

static int resolve_parts(const job *j, const fir__plan_value *v, fir__data *out)
{
    fir__sbuf b;
    fir_str text = {NULL, 0};
    fir__sbuf_init(&b, &j->c->wiping, MAX_FILLED);
    int rc = fill_parts(j, v, &b);
    rc = rc != 0 ? rc : keep_text(j, &b, &text);
    fir__sbuf_free(&b);
    rc = rc != 0 ? rc : fir__template_check_whole(v->sink, text, v->value_first, v->allow_dash, j->err);
    if (rc == 0 && !convert(v->type, text, out)) {
        fir_str wanted = fir__ptype_name(v->type);
        rc = fir__fail(j->err, FIR_ETYPE, "what an earlier step gave is no %.*s", (int)wanted.len, wanted.ptr);
    }
    return rc;
}

static int resolve_value(const job *j, const fir__plan_value *v, fir__data *out);

static int resolve_list(const job *j, const fir__plan_value *v, fir__data *out)
{
    fir__data *items = fir__arena_array(&j->c->arena, v->count, sizeof *items);
    if (items == NULL) {
        return no_room(j);
    }
    *out = (fir__data){.type = FIR__DATA_LIST, .count = v->count, .items = items};
    for (uint32_t i = 0; i < v->count; i++) {
        int rc = resolve_value(j, &v->items[i], &items[i]);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

static int resolve_map(const job *j, const fir__plan_value *v, fir__data *out)
{
    fir__entry *entries = fir__arena_array(&j->c->arena, v->count, sizeof *entries);
    if (entries == NULL) {
        return no_room(j);
    }
    *out = (fir__data){.type = FIR__DATA_MAP, .count = v->count, .entries = entries};
    for (uint32_t i = 0; i < v->count; i++) {
        entries[i].key = v->keys[i];
        int rc = resolve_value(j, &v->items[i], &entries[i].value);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

/* Depth: the playbook's loader bounded it. */
static int resolve_value(const job *j, const fir__plan_value *v, fir__data *out)
{
    switch (v->kind) {
    case FIR__PLAN_DATA:
        *out = v->data;
        return 0;
    case FIR__PLAN_SECRET:
        return resolve_secret(j, v->secret, out);
    case FIR__PLAN_PARTS:
        return resolve_parts(j, v, out);
    case FIR__PLAN_LIST:
        return resolve_list(j, v, out);
    default:
        return resolve_map(j, v, out);
    }
}

int fir__resolve(const fir__resolver *r, const fir__plan_params *params, fir_call *c, fir_error *err)
{
    const job j = {r, c, err};
    fir__entry *entries = fir__arena_array(&c->arena, params->count, sizeof *entries);
    if (entries == NULL) {
        return no_room(&j);
    }
    for (uint32_t i = 0; i < params->count; i++) {
        entries[i].key = params->items[i].name;
        int rc = resolve_value(&j, &params->items[i].value, &entries[i].value);
        if (rc != 0) {
            return rc;
        }
    }
    c->params = (fir__data){.type = FIR__DATA_MAP, .count = params->count, .entries = entries};
    return 0;
}
