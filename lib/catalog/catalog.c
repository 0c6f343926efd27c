/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue: the built-in types, and those that a host adds until somebody uses it. */
#include "base/error.h"
#include "catalog/presets.h"
#include "catalog/private.h"

static const fir_catalog builtin = {0};

static size_t builtin_count(void)
{
    return fir__action_type_count + fir__preset_count;
}

/* The i-th of two tables in order of name, merged. Few and short: looked for from the start. */
static const fir__action_def *builtin_at(size_t i)
{
    size_t code = 0, data = 0;
    for (;; i--) {
        bool first = data == fir__preset_count || (code < fir__action_type_count &&
                                                   fir__str_cmp(fir__action_types[code].name, fir__preset_types[data].name) < 0);
        const fir__action_def *a = first ? &fir__action_types[code++] : &fir__preset_types[data++];
        if (i == 0) {
            return a;
        }
    }
}

const fir_catalog *fir__catalog_builtin(void)
{
    return &builtin;
}

int fir__catalog_new(const fir_allocator *a, fir_catalog **out, fir_error *err)
{
    if (out == NULL) {
        return fir__fail(err, FIR_EINVAL, "out is NULL");
    }
    *out = NULL;
    fir_catalog *c = fir__zalloc(a, sizeof *c);
    if (c == NULL || !fir__grow(a, &c->items, &c->cap, builtin_count(), sizeof(const fir__action_def *))) {
        fir__free(a, c);
        return fir__no_memory(err);
    }
    fir__refs_init(&c->refs);
    atomic_init(&c->used, false);
    c->allocator = *a;
    while (c->count < builtin_count()) {
        c->items[c->count] = builtin_at(c->count);
        c->count++;
    }
    *out = c;
    return FIR_OK;
}

int fir_catalog_new(fir_catalog **out, fir_error *err)
{
    return fir__catalog_new(&fir__default_allocator, out, err);
}

const fir_catalog *fir__catalog_use(const fir_catalog *c)
{
    if (c == NULL || c == &builtin) {
        return &builtin;
    }
    fir_catalog *own = (fir_catalog *)c;
    fir__refs_take(&own->refs);
    atomic_store(&own->used, true);
    return c;
}

void fir_catalog_unref(const fir_catalog *c)
{
    if (c == NULL || c == &builtin) {
        return;
    }
    fir_catalog *own = (fir_catalog *)c;
    if (!fir__refs_drop(&own->refs)) {
        return;
    }
    fir_allocator a = own->allocator;
    for (fir__host_type *t = own->hosts; t != NULL;) {
        fir__host_type *next = t->next;
        fir__arena_free(&t->arena);
        fir__free(&a, t);
        t = next;
    }
    fir__free(&a, own->items);
    fir__free(&a, own);
}

size_t fir__catalog_count(const fir_catalog *c)
{
    return c->items != NULL ? c->count : builtin_count();
}

const fir__action_def *fir__catalog_at(const fir_catalog *c, size_t i)
{
    return c->items != NULL ? c->items[i] : builtin_at(i);
}

/* The first place whose name is not before `type`. */
static size_t place_of(const fir_catalog *c, fir_str type)
{
    size_t low = 0, high = fir__catalog_count(c);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (fir__str_cmp(fir__catalog_at(c, middle)->name, type) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static const fir__action_def *search(const fir__action_def *table, size_t n, fir_str type)
{
    size_t low = 0;
    while (low < n) {
        size_t middle = low + (n - low) / 2;
        int order = fir__str_cmp(table[middle].name, type);
        if (order == 0) {
            return &table[middle];
        }
        low = order < 0 ? middle + 1 : low;
        n = order < 0 ? n : middle;
    }
    return NULL;
}

const fir__action_def *fir__catalog_find(const fir_catalog *c, fir_str type)
{
    if (c->items == NULL) {
        const fir__action_def *a = search(fir__action_types, fir__action_type_count, type);
        return a != NULL ? a : search(fir__preset_types, fir__preset_count, type);
    }
    size_t i = place_of(c, type);
    return i < c->count && fir__str_eq(c->items[i]->name, type) ? c->items[i] : NULL;
}

const fir__action_def *fir__catalog_find_output(const fir_catalog *c, fir_str output_name)
{
    for (size_t i = 0; output_name.len != 0 && i < fir__catalog_count(c); i++) {
        if (fir__str_eq(fir__catalog_at(c, i)->output_name, output_name)) {
            return fir__catalog_at(c, i);
        }
    }
    return NULL;
}

static fir_str type_name_at(const void *ctx, size_t i)
{
    return fir__catalog_at(ctx, i)->name;
}

fir_str fir__catalog_suggest(const fir_catalog *c, fir_str type)
{
    return fir__str_suggest(type, fir__catalog_count(c), type_name_at, c);
}

const fir__param_def *fir__action_param(const fir__action_def *a, fir_str name)
{
    for (uint32_t i = 0; i < a->n_params; i++) {
        if (fir__str_eq(a->params[i].name, name) || fir__names_have(a->params[i].aliases, name)) {
            return &a->params[i];
        }
    }
    return NULL;
}

static fir_str param_name_at(const void *ctx, size_t i)
{
    return ((const fir__action_def *)ctx)->params[i].name;
}

fir_str fir__action_param_suggest(const fir__action_def *a, fir_str name)
{
    return fir__str_suggest(name, a->n_params, param_name_at, a);
}

static int insert(fir_catalog *c, fir__host_type *t, fir_error *err)
{
    const fir__action_def *taken = fir__catalog_find(c, t->def.name);
    if (taken != NULL) {
        return fir__fail(err, FIR_EINVAL, "name: there is %s type \"%.*s\" already", taken->host ? "a" : "a built-in",
                         (int)t->def.name.len, t->def.name.ptr);
    }
    taken = fir__catalog_find_output(c, t->def.output_name);
    if (taken != NULL) {
        return fir__fail(err, FIR_EINVAL, "output_name: \"%.*s\" belongs to the type \"%.*s\"", (int)t->def.output_name.len,
                         t->def.output_name.ptr, (int)taken->name.len, taken->name.ptr);
    }
    if (!fir__grow(&c->allocator, &c->items, &c->cap, c->count + 1, sizeof(const fir__action_def *))) {
        return fir__no_memory(err);
    }
    size_t at = place_of(c, t->def.name);
    memmove(&c->items[at + 1], &c->items[at], (c->count - at) * sizeof(const fir__action_def *));
    c->items[at] = &t->def;
    c->count++;
    t->next = c->hosts;
    c->hosts = t;
    return FIR_OK;
}

int fir_catalog_add(fir_catalog *c, const char *schema_json, size_t n, fir_error *err)
{
    if (c == NULL || c == &builtin || (schema_json == NULL && n != 0)) {
        return fir__fail(err, FIR_EINVAL, "the catalogue or the schema is NULL");
    }
    if (atomic_load(&c->used)) {
        return fir__fail(err, FIR_ESTATE, "the catalogue is in use; add types before the first compiler is made with it");
    }
    fir__host_type *t = fir__zalloc(&c->allocator, sizeof *t);
    if (t == NULL) {
        return fir__no_memory(err);
    }
    fir__arena_init(&t->arena, &c->allocator, 0);
    int status = fir__schema_read(fir__str(schema_json, n), t, err);
    if (status == FIR_OK) {
        status = insert(c, t, err);
    }
    if (status != FIR_OK) {
        fir__arena_free(&t->arena);
        fir__free(&c->allocator, t);
    }
    return status;
}
