/* SPDX-License-Identifier: Apache-2.0 */
/* `list` items: named texts for `in (…)`. An item that is another list's name stands for that list's items. */
#include "playbook/load.h"

static const fir__key_def override_keys[] = {
    {.name = {"items", 5}, .want = FIR__WANT_CHOICE, .choices = "append replace", .required = true},
};
static const fir__shape override_shape = {"list's `override`", override_keys, 1};

static const fir__key_def keys[] = {
    [FIR__DEF_NAME] = {.name = {"list", 4}, .want = FIR__WANT_NAME, .required = true},
    [FIR__DEF_PART] = {.name = {"items", 5}, .want = FIR__WANT_TEXTS, .required = true},
    [FIR__DEF_APPEND] = {.name = {"append", 6}, .want = FIR__WANT_BOOL},
    [FIR__DEF_OVERRIDE] = {.name = {"override", 8}, .want = FIR__WANT_SHAPE, .shape = &override_shape},
};
const fir__shape fir__list_shape = {"list", keys, FIR__DEF_KEYS};

static void resolve(fir__load *l, fir__definition *x, uint32_t depth);

/* The list that an item names and that may be seen, expanded; NULL: the item is a text. */
static fir__definition *named_list(fir__load *l, const fir__definition *x, const fir__data *item, uint32_t depth)
{
    fir__definition *other = item->style == FIR__PLAIN ? fir__definition_find(&l->lists, item->s) : NULL;
    if (other == NULL || !fir__definition_sees(x, other)) {
        return NULL;
    }
    if (other->state == FIR__EXPANDING || depth >= FIR__LOAD_MOST_REFERENCES) {
        fir__report(l, FIR__PB_CYCLE, fir__where_of(item), (fir_str){NULL, 0}, "the list `%.*s` contains itself, by `%.*s`",
                    FIR__SHOW(x->name), FIR__SHOW(item->s));
        return NULL;
    }
    resolve(l, other, depth + 1);
    return other;
}

/* Falco puts list items into a condition as text: one in quotes is what stands between them. */
static fir_str without_quotes(fir_str s)
{
    bool quoted = s.len >= 2 && (s.ptr[0] == '"' || s.ptr[0] == '\'') && s.ptr[s.len - 1] == s.ptr[0];
    return quoted ? (fir_str){s.ptr + 1, s.len - 2} : s;
}

static bool too_large(fir__load *l, const fir__definition *x)
{
    fir__report(l, FIR__PB_TOO_LARGE, x->at, (fir_str){NULL, 0},
                "with the list `%.*s` there are more than %d items, when all lists are expanded", FIR__SHOW(x->name),
                FIR__LOAD_MOST_LIST);
    return false;
}

static bool put(fir__load *l, fir__definition *x, size_t *cap, const fir_str *texts, size_t n)
{
    if (x->n_texts + n > FIR__LOAD_MOST_LIST) {
        return too_large(l, x);
    }
    if (!fir__load_grow(l, &x->texts, cap, x->n_texts + n, sizeof *texts)) {
        return false;
    }
    if (n != 0) {
        memcpy(x->texts + x->n_texts, texts, n * sizeof *texts);
    }
    x->n_texts += n;
    return true;
}

static bool expand(fir__load *l, fir__definition *x, size_t *cap, uint32_t depth)
{
    for (size_t p = 0; p < x->n_parts; p++) {
        for (uint32_t i = 0; i < x->parts[p]->count && l->status == 0; i++) {
            const fir__data *item = &x->parts[p]->items[i];
            const fir__definition *other = named_list(l, x, item, depth);
            fir_str text = without_quotes(item->s);
            if (!put(l, x, cap, other != NULL ? other->texts : &text, other != NULL ? other->n_texts : 1)) {
                return false;
            }
        }
    }
    return l->status == 0;
}

static void resolve(fir__load *l, fir__definition *x, uint32_t depth)
{
    if (x->state != FIR__DEFINED || l->status != 0) {
        return;
    }
    size_t cap = 0;
    x->state = FIR__EXPANDING;
    bool ok = expand(l, x, &cap, depth);
    x->state = FIR__EXPANDED;
    int status = ok ? fir__scope_list(l->scope, x->name, x->texts, x->n_texts) : 0;
    if (status == FIR_ELIMIT) {
        ok = too_large(l, x);
    } else if (status != 0) {
        fir__load_fail(l, status);
    }
    if (!ok) {
        x->broken = true;
        x->n_texts = 0;
    }
}

void fir__lists_resolve(fir__load *l)
{
    for (size_t i = 0; i < l->lists.count && l->status == 0; i++) {
        resolve(l, &l->lists.items[i], 0);
    }
}
