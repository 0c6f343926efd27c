/* SPDX-License-Identifier: Apache-2.0 */
/* The other half of an output format: the names that stand in it, and the object that Falco calls output_fields. */
#include "template/internal.h"

#include <stdlib.h>

#include "json/writer.h"

/* A token as Falco names it: the key of a field, or the transformer with its arguments, quotes lost. */
static void write_name(fir__sbuf *b, const fir__term *term)
{
    if (term->kind == FIR__TERM_TEXT) {
        fir__sbuf_str(b, fir__value_text(&term->value));
        return;
    }
    if (term->kind == FIR__TERM_SLOT || term->kind == FIR__TERM_GUESS) {
        fir__sbuf_str(b, term->name);
        return;
    }
    if (term->kind == FIR__TERM_CALL) {
        fir__sbuf_str(b, term->name);
    }
    for (uint32_t i = 0; i < term->n; i++) {
        fir__sbuf_char(b, i == 0 ? '(' : ',');
        write_name(b, &term->children[i]);
    }
    fir__sbuf_str(b, term->n == 0 ? FIR__S("()") : FIR__S(")"));
    if (term->option != '\0') {
        fir__sbuf_printf(b, "[%c]", term->option);
    }
}

static bool is_field(const fir__term *term)
{
    return term->kind == FIR__TERM_SLOT || term->kind == FIR__TERM_GUESS;
}

typedef int visit_token(void *ctx, const fir__term *token);

/* The fields inside a token in their order, then the token itself when it is a transformer. */
static int each_token(const fir__term *term, bool whole, visit_token *visit, void *ctx)
{
    int rc = 0;
    if (is_field(term)) {
        return visit(ctx, term);
    }
    for (uint32_t i = 0; rc == 0 && i < term->n; i++) {
        rc = each_token(&term->children[i], false, visit, ctx);
    }
    return rc != 0 || !whole ? rc : visit(ctx, term);
}

typedef struct name_visit {
    void (*visit)(void *ctx, fir_str name);
    void *ctx;
    fir__sbuf *scratch;
} name_visit;

static int visit_name(void *ctx, const fir__term *token)
{
    name_visit *v = ctx;
    fir__sbuf_clear(v->scratch);
    write_name(v->scratch, token);
    v->visit(v->ctx, fir__sbuf_view(v->scratch));
    return 0;
}

void fir__falco_names(const fir__template *t, void (*visit)(void *ctx, fir_str name), void *ctx, fir__sbuf *scratch)
{
    name_visit v = {visit, ctx, scratch};
    for (uint32_t i = 0; i < t->n; i++) {
        if (t->segments[i].hole != NULL) {
            (void)each_token(&t->segments[i].hole->term, true, visit_name, &v);
        }
    }
}

/* ---- the object ---- */

typedef struct member {
    fir_str key;
    const fir__value *value;
    bool truncated; /* a double is printed without its fraction */
} member;

typedef struct object {
    fir__eval eval;
    bool transformed, strict;
    bool missing; /* strict: a value was missing, the rest does not count */
    member *members;
    size_t n, cap;
} object;

static bool name_of_token(object *o, const fir__term *token, fir_str *out)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &o->eval.scratch.allocator, FIR__TEMPLATE_MAX_TEXT);
    write_name(&b, token);
    *out = b.status == 0 ? fir__arena_str(&o->eval.scratch, fir__sbuf_view(&b)) : fir__str(NULL, 0);
    fir__sbuf_free(&b);
    return out->ptr != NULL;
}

static int add_member(void *ctx, const fir__term *token)
{
    object *o = ctx;
    member m = {.truncated = token->type == FIR__F_DOUBLE};
    if (o->missing || (!is_field(token) && !o->transformed)) {
        return 0;
    }
    int rc = fir__eval_term(&o->eval, token, &m.value);
    if (rc != 0) {
        return rc;
    }
    if (!name_of_token(o, token, &m.key) ||
        !fir__grow(&o->eval.scratch.allocator, &o->members, &o->cap, o->n + 1, sizeof *o->members)) {
        return fir__no_memory(o->eval.err);
    }
    if (o->strict && m.value == NULL) {
        o->missing = true;
        return 0;
    }
    o->members[o->n++] = m;
    return 0;
}

static int by_key(const void *a, const void *b)
{
    return fir__str_cmp(((const member *)a)->key, ((const member *)b)->key);
}

static void write_member(fir__sbuf *b, const member *m)
{
    if (m->value == NULL) {
        fir__sbuf_put(b, "null", 4);
    } else if (m->truncated && m->value->type == FIR__DOUBLE && m->value->d < 9e18 && m->value->d > -9e18) {
        fir__sbuf_i64(b, (int64_t)m->value->d);
    } else {
        fir__json_value(b, m->value);
    }
}

static void write_object(fir__sbuf *b, object *o)
{
    fir__json_writer w = {.b = b};
    if (o->n == 0) {
        fir__sbuf_put(b, "null", 4);
        return;
    }
    qsort(o->members, o->n, sizeof *o->members, by_key);
    fir__json_open(&w, '{');
    for (size_t i = 0; i < o->n; i++) {
        if (i != 0 && fir__str_eq(o->members[i].key, o->members[i - 1].key)) {
            continue;
        }
        fir__json_key(&w, o->members[i].key);
        write_member(b, &o->members[i]);
        fir__json_done(&w);
    }
    fir__json_close(&w, '}');
}

int fir__falco_fields(const fir__template *t, const fir__frame *frame, bool transformed, fir__sbuf *b, fir_error *err)
{
    object o = {.transformed = transformed, .strict = t->strict};
    int rc = 0;
    fir__eval_init(&o.eval, frame, &b->allocator, t->style, t->max_value, err);
    for (uint32_t i = 0; rc == 0 && i < t->n; i++) {
        if (t->segments[i].hole != NULL) {
            rc = each_token(&t->segments[i].hole->term, true, add_member, &o);
        }
    }
    if (rc == 0) {
        write_object(b, &o);
        rc = b->status == 0 ? 0 : fir__fail(err, b->status, "the fields do not fit their bound of %zu bytes", b->max);
    }
    if (rc == 0 && o.missing) {
        rc = fir__fail(err, FIR_ETYPE, "a value is missing, and the format does not begin with '*'");
    }
    fir__free(&b->allocator, o.members);
    fir__arena_free(&o.eval.scratch);
    return rc;
}
