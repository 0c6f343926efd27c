/* SPDX-License-Identifier: Apache-2.0 */
/* Named macros and lists. */
#include "expr/scope.h"

#include "base/hash.h"
#include "expr/lex.h"

enum { FIRST_CAP = 16 };

int fir__scope_new(fir__arena *arena, fir__scope **out)
{
    *out = fir__arena_zalloc(arena, sizeof **out);
    if (*out == NULL) {
        return fir__arena_error(arena);
    }
    (*out)->arena = arena;
    return 0;
}

/* The place of a name in the open-addressing table: its own, or the empty one where it would go. */
static uint32_t *probe(const fir__names *t, fir_str name, uint64_t hash)
{
    uint32_t i = (uint32_t)hash & t->mask;
    while (t->table[i] != 0) {
        const fir__named *at = &t->items[t->table[i] - 1];
        if (at->hash == hash && fir__str_eq(at->name, name)) {
            break;
        }
        i = (i + 1) & t->mask;
    }
    return &t->table[i];
}

const fir__named *fir__names_find(const fir__names *t, fir_str name)
{
    if (t->count == 0) {
        return NULL;
    }
    uint32_t at = *probe(t, name, fir__hash_str(name));
    return at != 0 ? &t->items[at - 1] : NULL;
}

fir_str fir__names_at(const void *names, size_t i)
{
    return ((const fir__names *)names)->items[i].name;
}

static bool grow(fir__names *t, fir__arena *arena)
{
    uint32_t cap = t->cap != 0 ? t->cap * 2 : FIRST_CAP;
    fir__named *items = fir__arena_array(arena, cap, sizeof *items);
    uint32_t *table = fir__arena_array(arena, (size_t)cap * 2, sizeof *table);
    if (items == NULL || table == NULL) {
        return false;
    }
    if (t->items != NULL) {
        memcpy(items, t->items, t->count * sizeof *items);
    }
    t->items = items;
    t->table = table;
    t->cap = cap;
    t->mask = cap * 2 - 1;
    for (uint32_t i = 0; i < t->count; i++) {
        *probe(t, items[i].name, items[i].hash) = i + 1;
    }
    return true;
}

/* The entry of a name, made when it is new. NULL: no memory. */
static fir__named *define(fir__names *t, fir__arena *arena, fir_str name)
{
    if ((t->items == NULL || t->count == t->cap) && !grow(t, arena)) {
        return NULL;
    }
    uint64_t hash = fir__hash_str(name);
    uint32_t *at = probe(t, name, hash);
    if (*at == 0) {
        t->items[t->count] = (fir__named){.name = name, .hash = hash};
        *at = ++t->count;
    }
    return &t->items[*at - 1];
}

int fir__scope_macro(fir__scope *s, fir_str name, const fir__ast *expanded)
{
    fir__ast *named = fir__arena_alloc(s->arena, sizeof *named); /* its root, to say whose it is */
    if (named == NULL) {
        return fir__arena_error(s->arena);
    }
    *named = *expanded;
    named->macro = name;
    fir__named *m = define(&s->macros, s->arena, name);
    if (m == NULL) {
        return fir__arena_error(s->arena);
    }
    m->macro = named;
    return 0;
}

/* An item in quotes is what it says; another one may be the name of an earlier list. */
static bool is_quoted(fir_str item)
{
    return item.len != 0 && (item.ptr[0] == '"' || item.ptr[0] == '\'');
}

static const fir__named *earlier_list(const fir__scope *s, fir_str item)
{
    return is_quoted(item) ? NULL : fir__names_find(&s->lists, item);
}

static int unquote(fir__scope *s, fir_str item, fir_str *to)
{
    fir__lexer x = {.text = item, .at = {0, 1, 1}};
    size_t n;
    char bad;
    char *text = fir__arena_alloc(s->arena, item.len + 1);
    if (text == NULL) {
        return fir__arena_error(s->arena);
    }
    if (fir__lex_quoted_len(&x) != item.len || fir__lex_unescape(item, text, &n, &bad) != FIR__UNESCAPE_OK) {
        return FIR_EPARSE;
    }
    text[n] = '\0';
    *to = fir__str(text, n);
    return 0;
}

static int copy_item(fir__scope *s, fir_str item, fir_str *to)
{
    if (is_quoted(item)) {
        return unquote(s, item, to);
    }
    *to = fir__arena_str(s->arena, item);
    return to->ptr != NULL ? 0 : fir__arena_error(s->arena);
}

/* How many items there are once earlier lists are put in; SIZE_MAX: too many. */
static size_t count_items(const fir__scope *s, const fir_str *items, size_t n)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        const fir__named *list = earlier_list(s, items[i]);
        total += list != NULL ? list->n_items : 1;
        if (total > FIR__EXPR_MOST_WEIGHT - s->total_items) {
            return SIZE_MAX;
        }
    }
    return total;
}

int fir__scope_list(fir__scope *s, fir_str name, const fir_str *items, size_t n)
{
    size_t total = count_items(s, items, n), k = 0;
    if (total == SIZE_MAX) {
        return FIR_ELIMIT;
    }
    fir_str *all = fir__arena_array(s->arena, total, sizeof *all);
    if (all == NULL) {
        return fir__arena_error(s->arena);
    }
    for (size_t i = 0; i < n; i++) {
        const fir__named *list = earlier_list(s, items[i]);
        if (list == NULL) {
            int status = copy_item(s, items[i], &all[k++]);
            if (status != 0) {
                return status;
            }
        } else if (list->n_items != 0) {
            memcpy(all + k, list->items, list->n_items * sizeof *all);
            k += list->n_items;
        }
    }
    fir__named *l = define(&s->lists, s->arena, name);
    if (l == NULL) {
        return fir__arena_error(s->arena);
    }
    l->items = all;
    l->n_items = total;
    s->total_items += total;
    return 0;
}

const fir__ast *fir__scope_find_macro(const fir__scope *s, fir_str name)
{
    const fir__named *m = fir__names_find(&s->macros, name);
    return m != NULL ? m->macro : NULL;
}

bool fir__scope_find_list(const fir__scope *s, fir_str name, const fir_str **items, size_t *n)
{
    const fir__named *l = fir__names_find(&s->lists, name);
    if (l == NULL) {
        return false;
    }
    *items = l->items;
    *n = l->n_items;
    return true;
}
