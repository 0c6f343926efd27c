/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of an action against its type's table: unknown ones, missing ones, two spellings of one, defaults. */
#include <stdlib.h>

#include "playbook/load.h"

typedef struct building {
    fir__param *items;
    uint32_t count;
    bool ok;
} building;

static void unknown(fir__param_context *x, const fir__entry *e)
{
    char buffer[FIR__HINT];
    fir_str hint = fir__hint_near(fir__action_param_suggest(x->def, e->key), buffer);
    fir__report(x->load, x->lenient ? FIR__PB_IGNORED_PARAMETER : FIR__PB_UNKNOWN_PARAMETER,
                (fir__where){e->value.file, e->line, e->column}, hint,
                x->lenient ? "%.*s has no parameter `%.*s`: it is ignored" : "%.*s has no parameter `%.*s`",
                FIR__SHOW(x->def->name), FIR__SHOW(e->key));
}

static void take(fir__param_context *x, building *b, const fir__entry *e)
{
    const fir__param_def *p = fir__action_param(x->def, e->key);
    if (p == NULL && x->def->works) {
        unknown(x, e);
        b->ok = b->ok && x->lenient;
        return;
    }
    if (e->value.type == FIR__DATA_NULL) {
        return;
    }
    fir__param *out = &b->items[b->count];
    *out = (fir__param){.name = p != NULL ? p->name : e->key, .def = p};
    if (fir__value_resolve(x, p, &e->value, &(fir__path){NULL, e->key}, &out->value)) {
        b->count++;
    } else {
        b->ok = false;
    }
}

static int by_name(const void *a, const void *b)
{
    return fir__str_cmp(((const fir__param *)a)->name, ((const fir__param *)b)->name);
}

static bool given(const building *b, fir_str name)
{
    for (uint32_t i = 0; i < b->count; i++) {
        if (fir__str_eq(b->items[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* A list's default is its elements with blanks between. */
static fir__data default_value(fir__load *l, const fir__param_def *p, fir__where at)
{
    fir__data d = fir__data_text(p->default_text);
    d.file = at.file;
    d.line = at.line;
    d.column = at.column;
    d.style = FIR__DOUBLE_QUOTED;
    if (p->type != FIR__P_STRINGS && p->type != FIR__P_RANGES) {
        return d;
    }
    fir__data *items = fir__load_array(l, p->default_text.len, sizeof *items);
    uint32_t n = 0;
    for (fir_str rest = fir__str_trim(p->default_text); items != NULL && rest.len != 0;) {
        size_t blank = fir__str_find(rest, FIR__S(" "));
        items[n] = d;
        items[n++].s = fir__str_to(rest, blank);
        rest = blank == SIZE_MAX ? (fir_str){NULL, 0} : fir__str_trim(fir__str_from(rest, blank));
    }
    d.type = FIR__DATA_LIST;
    d.items = items;
    d.count = n;
    return d;
}

/* A header that says the content type stands in for the parameter. */
static bool has_other_source(const fir__param_context *x, const fir__param_def *p)
{
    return fir__str_eq(p->name, FIR__S("content_type")) && fir__names_content_type(x);
}

static void fill_in(fir__param_context *x, building *b, const fir__param_def *p, fir__where at)
{
    if ((p->flags & FIR__P_REQUIRED) != 0 && p->default_text.len == 0) {
        fir__report(x->load, FIR__PB_MISSING_PARAMETER, at, (fir_str){NULL, 0}, "%.*s needs the parameter `%.*s`",
                    FIR__SHOW(x->def->name), FIR__SHOW(p->name));
        b->ok = false;
        return;
    }
    if (p->default_text.len == 0 || x->given_only || has_other_source(x, p)) {
        return;
    }
    fir__data d = default_value(x->load, p, at);
    fir__param *out = &b->items[b->count];
    *out = (fir__param){.name = p->name, .def = p};
    if (x->load->status == 0 && fir__value_resolve(x, p, &d, &(fir__path){NULL, p->name}, &out->value)) {
        b->count++;
    } else {
        b->ok = false;
    }
}

static void check_spellings(fir__param_context *x, building *b, fir__where at)
{
    for (uint32_t i = 1; i < b->count; i++) {
        if (fir__str_eq(b->items[i].name, b->items[i - 1].name)) {
            fir__report(x->load, FIR__PB_PARAMETER_TWICE, at, FIR__S("take one of its spellings away"),
                        "the parameter `%.*s` stands twice, in two spellings", FIR__SHOW(b->items[i].name));
            b->ok = false;
        }
    }
}

bool fir__params_resolve(fir__param_context *x, const fir__data *data, fir__where at, fir__params *out)
{
    uint32_t n = data != NULL ? data->count : 0;
    building b = {fir__load_array(x->load, (size_t)n + x->def->n_params, sizeof(fir__param)), 0, true};
    if (b.items == NULL) {
        return false;
    }
    x->data = data;
    for (uint32_t i = 0; i < n && x->load->status == 0; i++) {
        take(x, &b, &data->entries[i]);
    }
    for (uint32_t i = 0; i < x->def->n_params && x->load->status == 0; i++) {
        const fir__param_def *p = &x->def->params[i];
        if (!given(&b, p->name) && fir__param_written(x, p->name) == NULL) {
            fill_in(x, &b, p, at);
        }
    }
    if (b.count > 1) {
        qsort(b.items, b.count, sizeof *b.items, by_name);
    }
    check_spellings(x, &b, at);
    *out = (fir__params){b.items, b.count};
    return b.ok && x->load->status == 0;
}
