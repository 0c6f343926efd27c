/* SPDX-License-Identifier: Apache-2.0 */
/* `macro` items: named conditions. A macro sees the macros that were defined before its last change, as in Falco. */
#include "playbook/load.h"

static const fir__key_def override_keys[] = {
    {.name = {"condition", 9}, .want = FIR__WANT_CHOICE, .choices = "append replace", .required = true},
};
static const fir__shape override_shape = {"macro's `override`", override_keys, 1};

static const fir__key_def keys[] = {
    [FIR__DEF_NAME] = {.name = {"macro", 5}, .want = FIR__WANT_NAME, .required = true},
    [FIR__DEF_PART] = {.name = {"condition", 9}, .want = FIR__WANT_TEXT, .required = true},
    [FIR__DEF_APPEND] = {.name = {"append", 6}, .want = FIR__WANT_BOOL},
    [FIR__DEF_OVERRIDE] = {.name = {"override", 8}, .want = FIR__WANT_SHAPE, .shape = &override_shape},
};
const fir__shape fir__macro_shape = {"macro", keys, FIR__DEF_KEYS};

typedef struct walk {
    fir__load *load;
    fir__definition *user; /* the macro whose tree is looked at; NULL: a rule's */
    uint32_t depth;
    bool ok;
} walk;

static void resolve(fir__load *l, fir__definition *x, uint32_t depth);

static void defined_later(fir__load *l, const fir__ast *node)
{
    fir__report(l, FIR__PB_UNDEFINED_MACRO, fir__stretch_where(l, node->at.offset),
                FIR__S("it is defined further below: a macro sees only those before it"), "Undefined macro '%.*s' used in filter.",
                FIR__SHOW(node->name));
}

static void visit(void *ctx, fir__ast *node)
{
    walk *w = ctx;
    fir__load *l = w->load;
    if (node->kind != FIR__AST_IDENT || l->status != 0) {
        return;
    }
    fir__definition *used = fir__definition_find(&l->macros, node->name);
    if (used == NULL) {
        return; /* the expansion says what is wrong */
    }
    if (used != w->user && !fir__definition_sees(w->user, used)) {
        defined_later(l, node);
        w->ok = false;
        return;
    }
    if (used->state == FIR__EXPANDING || w->depth >= FIR__LOAD_MOST_REFERENCES) {
        fir__report(l, FIR__PB_CYCLE, fir__stretch_where(l, node->at.offset), (fir_str){NULL, 0},
                    "the macro `%.*s` contains itself, by `%.*s`", FIR__SHOW(w->user != NULL ? w->user->name : used->name),
                    FIR__SHOW(node->name));
        w->ok = false;
        return;
    }
    resolve(l, used, w->depth + 1);
    w->ok = w->ok && !used->broken;
}

bool fir__condition_macros(fir__load *l, fir__ast *tree, fir__definition *user)
{
    walk w = {l, user, 0, true};
    fir__ast_each(tree, visit, &w);
    return w.ok && l->status == 0;
}

static bool expand(fir__load *l, fir__definition *x, uint32_t depth)
{
    x->tree = fir__condition_parse(l, x->parts, x->n_parts, false);
    if (x->tree == NULL) {
        return false;
    }
    walk w = {l, x, depth, true};
    fir__ast_each(x->tree, visit, &w);
    if (!w.ok || l->status != 0) {
        return false;
    }
    fir__condition_surprises(l, x->tree);
    x->tree = fir__condition_expand(l, x->tree);
    if (x->tree == NULL) {
        return false;
    }
    int status = fir__scope_macro(l->scope, x->name, x->tree);
    return status == 0 || fir__load_fail(l, status);
}

static void resolve(fir__load *l, fir__definition *x, uint32_t depth)
{
    if (x->state != FIR__DEFINED || l->status != 0) {
        return;
    }
    x->state = FIR__EXPANDING;
    x->broken = !expand(l, x, depth);
    x->state = FIR__EXPANDED;
}

void fir__macros_resolve(fir__load *l)
{
    for (size_t i = 0; i < l->macros.count && l->status == 0; i++) {
        resolve(l, &l->macros.items[i], 0);
    }
}
