/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue as JSON, for the reference page and the command. Keys sorted bytewise; what is empty or false is left out, but
 * for what a reader asks of every type. */
#include "base/error.h"
#include "catalog/private.h"
#include "json/writer.h"

static void write_true(fir__json_writer *w, fir_str key, bool value)
{
    if (value) {
        fir__json_key_bool(w, key, true);
    }
}

static void write_text(fir__json_writer *w, fir_str key, fir_str text)
{
    if (text.len != 0) {
        fir__json_key_str(w, key, text);
    }
}

/* A text of names separated by blanks, as a list in their order. */
static void write_names(fir__json_writer *w, fir_str key, fir_str names)
{
    if (names.len == 0) {
        return;
    }
    fir__json_key(w, key);
    fir__json_open(w, '[');
    for (size_t at = 0; at < names.len;) {
        size_t end = at;
        while (end < names.len && names.ptr[end] != ' ') {
            end++;
        }
        fir__json_item(w);
        fir__json_string(w->b, fir__str(names.ptr + at, end - at));
        fir__json_done(w);
        at = end + 1;
    }
    fir__json_close(w, ']');
}

static void write_choices(fir__json_writer *w, const fir__param_def *p)
{
    if (p->n_choices == 0) {
        return;
    }
    fir__json_key(w, FIR__S("choices"));
    fir__json_open(w, '[');
    for (uint8_t i = 0; i < p->n_choices; i++) {
        fir__json_item(w);
        fir__json_string(w->b, p->choices[i]);
        fir__json_done(w);
    }
    fir__json_close(w, ']');
}

/* Bounds as a playbook would write them. */
static void write_bound(fir__json_writer *w, fir_str key, const fir__param_def *p, int64_t v)
{
    if ((p->least == 0 && p->most == 0) || v == INT64_MIN || v == INT64_MAX) {
        return;
    }
    if (p->type == FIR__P_INTEGER) {
        fir__json_key_i64(w, key, v);
        return;
    }
    fir__json_key(w, key);
    fir__sbuf_printf(w->b, "\"%lldms\"", (long long)(v / 1000000));
    fir__json_done(w);
}

/* Whether texts of the parameter are templates with a sink of their own. */
static bool has_sink(const fir__param_def *p)
{
    return (p->flags & FIR__P_NO_TEMPLATE) == 0 && (p->type == FIR__P_STRING || p->type == FIR__P_STRINGS ||
                                                    p->type == FIR__P_MAP || p->type == FIR__P_SECRET || p->type == FIR__P_ANY);
}

static void write_params(fir__json_writer *w, fir_str key, const fir__param_def *params, uint32_t n);

static void write_param(fir__json_writer *w, const fir__param_def *p)
{
    fir__json_open(w, '{');
    write_true(w, FIR__S("absolute"), (p->flags & FIR__P_ABSOLUTE) != 0);
    write_names(w, FIR__S("aliases"), p->aliases);
    write_true(w, FIR__S("allow_dash"), (p->flags & FIR__P_ALLOW_DASH) != 0);
    write_choices(w, p);
    if (p->type == FIR__P_STRINGS || p->type == FIR__P_RANGES) {
        write_names(w, FIR__S("default"), p->default_text);
    } else {
        write_text(w, FIR__S("default"), p->default_text);
    }
    write_text(w, FIR__S("description"), p->description);
    if (p->type == FIR__P_OBJECT) {
        write_params(w, FIR__S("fields"), p->fields, p->n_fields);
    }
    write_bound(w, FIR__S("least"), p, p->least);
    write_bound(w, FIR__S("most"), p, p->most);
    write_true(w, FIR__S("required"), (p->flags & FIR__P_REQUIRED) != 0);
    write_true(w, FIR__S("secret"), (p->flags & FIR__P_IS_SECRET) != 0 || p->type == FIR__P_SECRET);
    write_true(w, FIR__S("secret_headers"), (p->flags & FIR__P_SECRET_HEADERS) != 0);
    if (has_sink(p)) {
        fir__json_key_str(w, FIR__S("sink"), fir__sink_name(p->sink));
        write_text(w, FIR__S("sink_from"), p->sink_from);
    }
    write_true(w, FIR__S("target"), (p->flags & FIR__P_IS_TARGET) != 0);
    if ((p->flags & FIR__P_NO_TEMPLATE) != 0) {
        fir__json_key_bool(w, FIR__S("template"), false);
    }
    fir__json_key_str(w, FIR__S("type"), fir__ptype_name((fir__ptype)p->type));
    fir__json_close(w, '}');
}

/* The next in order of name behind `last` (NULL: the first); NULL at the end. */
static const fir__param_def *next_param(const fir__param_def *params, uint32_t n, const fir__param_def *last)
{
    const fir__param_def *best = NULL;
    for (uint32_t i = 0; i < n; i++) {
        bool behind = last == NULL || fir__str_cmp(params[i].name, last->name) > 0;
        if (behind && (best == NULL || fir__str_cmp(params[i].name, best->name) < 0)) {
            best = &params[i];
        }
    }
    return best;
}

static void write_params(fir__json_writer *w, fir_str key, const fir__param_def *params, uint32_t n)
{
    fir__json_key(w, key);
    fir__json_open(w, '{');
    for (const fir__param_def *p = next_param(params, n, NULL); p != NULL; p = next_param(params, n, p)) {
        fir__json_key(w, p->name);
        write_param(w, p);
    }
    fir__json_close(w, '}');
}

static void write_type(fir__json_writer *w, const fir__action_def *a)
{
    fir__json_open(w, '{');
    write_true(w, FIR__S("artefact"), a->artefact);
    write_text(w, FIR__S("description"), a->description);
    fir__json_key_bool(w, FIR__S("destructive"), a->destructive);
    fir__json_key_str(w, FIR__S("effect"), fir__effect_name((fir__effect)a->effect));
    write_true(w, FIR__S("host"), a->host);
    fir__json_key_str(w, FIR__S("name"), a->name);
    fir__json_key_bool(w, FIR__S("notifies"), a->notifies);
    write_text(w, FIR__S("output_name"), a->output_name);
    if (a->works) {
        write_params(w, FIR__S("parameters"), a->params, a->n_params);
    }
    write_true(w, FIR__S("stops_by_default"), a->stops_by_default);
    write_true(w, FIR__S("takes_artefact"), a->takes_artefact);
    write_true(w, FIR__S("talon"), a->talon);
    write_names(w, FIR__S("talon_syntax"), a->talon_syntax);
    write_text(w, FIR__S("undo"), a->undo);
    fir__json_key_bool(w, FIR__S("works"), a->works);
    fir__json_close(w, '}');
}

int fir_catalog_to_json(const fir_catalog *c, fir_buf *out, fir_error *err)
{
    if (out != NULL) {
        *out = (fir_buf){NULL, 0, NULL};
    }
    if (c == NULL || out == NULL) {
        return fir__fail(err, FIR_EINVAL, "the catalogue or out is NULL");
    }
    fir__sbuf b;
    fir__sbuf_init(&b, c->items != NULL ? &c->allocator : &fir__default_allocator, (size_t)1 << 30);
    fir__json_writer w = {&b, false};
    fir__json_open(&w, '[');
    for (size_t i = 0; i < fir__catalog_count(c); i++) {
        fir__json_item(&w);
        write_type(&w, fir__catalog_at(c, i));
    }
    fir__json_close(&w, ']');
    int status = fir__sbuf_take(&b, out);
    return status == FIR_OK ? FIR_OK
                            : fir__fail(err, status, status == FIR_ENOMEM ? "out of memory" : "the catalogue is too large");
}
