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

/* A list that an item names, and that may be seen, is expanded before the one that names it. False: reported. */
static bool expand_named(fir__load *l, const fir__definition *x, const fir__data *item, uint32_t depth)
{
    fir__definition *other = fir__definition_find(&l->lists, item->s);
    if (other == NULL || (other != x && !fir__definition_sees(x, other))) {
        return true;
    }
    if (other->state == FIR__EXPANDING || depth >= FIR__LOAD_MOST_REFERENCES) {
        fir__report(l, FIR__PB_CYCLE, fir__where_of(item), (fir_str){NULL, 0}, "the list `%.*s` contains itself, by `%.*s`",
                    FIR__SHOW(x->name), FIR__SHOW(item->s));
        return false;
    }
    resolve(l, other, depth + 1);
    return !other->broken;
}

/* The items of all parts, as they were written. */
static fir_str *gather(fir__load *l, fir__definition *x, uint32_t depth, size_t *n)
{
    size_t total = 0;
    for (size_t p = 0; p < x->n_parts; p++) {
        total += x->parts[p]->count;
    }
    fir_str *items = fir__load_array(l, total, sizeof *items);
    bool ok = items != NULL;
    *n = 0;
    for (size_t p = 0; items != NULL && p < x->n_parts; p++) {
        for (uint32_t i = 0; i < x->parts[p]->count && l->status == 0; i++) {
            const fir__data *item = &x->parts[p]->items[i];
            ok = expand_named(l, x, item, depth) && ok;
            items[(*n)++] = item->s;
        }
    }
    return ok ? items : NULL;
}

static bool bad_quotes(fir_str s)
{
    return s.len != 0 && (s.ptr[0] == '"' || s.ptr[0] == '\'') && (s.len == 1 || s.ptr[s.len - 1] != s.ptr[0]);
}

/* Falco puts items into a condition as text: one that begins with a quote has to be a quoted text. */
static void report_quotes(fir__load *l, const fir__definition *x)
{
    fir__where at = x->at;
    for (size_t p = x->n_parts; p-- > 0;) {
        for (uint32_t i = x->parts[p]->count; i-- > 0;) {
            if (bad_quotes(x->parts[p]->items[i].s)) {
                at = fir__where_of(&x->parts[p]->items[i]);
            }
        }
    }
    fir__report(l, FIR__PB_BAD_VALUE, at, FIR__S("close the quote"),
                "an item of the list `%.*s` begins with a quote, and is no text in quotes", FIR__SHOW(x->name));
}

static bool enter(fir__load *l, fir__definition *x, const fir_str *items, size_t n)
{
    int status = fir__scope_list(l->scope, x->name, items, n);
    if (status == FIR_ELIMIT) {
        fir__report(l, FIR__PB_TOO_LARGE, x->at, (fir_str){NULL, 0},
                    "with the list `%.*s` there are more than %d items, when all lists are expanded", FIR__SHOW(x->name),
                    FIR__EXPR_MOST_WEIGHT);
        return false;
    }
    if (status == FIR_EPARSE) {
        report_quotes(l, x);
        return false;
    }
    return status == 0 ? fir__scope_find_list(l->scope, x->name, &x->texts, &x->n_texts) : fir__load_fail(l, status);
}

static void resolve(fir__load *l, fir__definition *x, uint32_t depth)
{
    if (x->state != FIR__DEFINED || l->status != 0) {
        return;
    }
    size_t n;
    x->state = FIR__EXPANDING;
    const fir_str *items = gather(l, x, depth, &n);
    x->broken = items == NULL || l->status != 0 || !enter(l, x, items, n);
    x->state = FIR__EXPANDED;
}

void fir__lists_resolve(fir__load *l)
{
    for (size_t i = 0; i < l->lists.count && l->status == 0; i++) {
        resolve(l, &l->lists.items[i], 0);
    }
}
