/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions, from the texts of a key to a program, with every error and warning at its place in the file.
 *
 * A tree is put together of several texts: a rule's, those of its macros, what was appended to them. So all texts of a load are
 * laid end to end in one line of offsets, and each node's place is an offset there. */
#include "playbook/load.h"

void fir__operand_each(fir__operand *o, void (*visit)(void *ctx, fir__operand *o), void *ctx)
{
    for (uint32_t i = 0; i < o->n_args; i++) {
        fir__operand_each(&o->args[i], visit, ctx);
    }
    visit(ctx, o);
}

void fir__ast_each(fir__ast *tree, void (*visit)(void *ctx, fir__ast *node), void *ctx)
{
    for (uint32_t i = 0; i < tree->n_children; i++) {
        fir__ast_each(tree->children[i], visit, ctx);
    }
    visit(ctx, tree);
}

/* ---- places ---- */

static bool add_stretch(fir__load *l, const fir__data *text)
{
    if (!fir__load_grow(l, &l->stretches, &l->cap_stretches, l->n_stretches + 1, sizeof *l->stretches)) {
        return false;
    }
    l->stretches[l->n_stretches++] = (fir__stretch){l->next_base, text};
    l->next_base += (text->type == FIR__DATA_TEXT ? text->s.len : 0) + 1;
    return true;
}

fir__where fir__stretch_where(fir__load *l, size_t offset)
{
    size_t low = 0, high = l->n_stretches;
    if (high == 0) {
        return (fir__where){0, 0, 0};
    }
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (l->stretches[middle].base <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return fir__text_where(l, l->stretches[low].text, offset - l->stretches[low].base);
}

fir__place fir__stretch_place(fir__load *l, const fir__data *value)
{
    fir__place at = {l->next_base, 1, 1};
    (void)add_stretch(l, value);
    return at;
}

static void move_operand(void *ctx, fir__operand *o)
{
    o->at.offset += *(const size_t *)ctx;
}

static void move_node(void *ctx, fir__ast *node)
{
    node->at.offset += *(const size_t *)ctx;
    node->end += *(const size_t *)ctx;
    fir__operand_each(&node->left, move_operand, ctx);
    fir__operand_each(&node->right, move_operand, ctx);
}

/* ---- parse ---- */

fir_str fir__condition_text(fir__load *l, const fir__data *const *parts, size_t n)
{
    if (n == 1) {
        return parts[0]->s;
    }
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        if (__builtin_add_overflow(len, parts[i]->s.len + 1, &len)) {
            fir__load_fail(l, FIR_ELIMIT);
            return (fir_str){NULL, 0};
        }
    }
    char *p = fir__load_array(l, len, 1);
    for (size_t i = 0, at = 0; p != NULL && i < n; i++) {
        if (i != 0) {
            p[at++] = ' ';
        }
        if (parts[i]->s.len != 0) {
            memcpy(p + at, parts[i]->s.ptr, parts[i]->s.len);
        }
        at += parts[i]->s.len;
    }
    return (fir_str){p, p != NULL ? len - 1 : 0};
}

/* Only a `when` is judged after steps; everywhere else such a check could never be true. */
static void find_step(void *ctx, fir__operand *o)
{
    const fir__operand **found = ctx;
    if (*found == NULL && o->kind == FIR__OPERAND_FIELD && fir__str_starts(o->text, FIR__S("steps."))) {
        *found = o;
    }
}

static void find_steps(void *ctx, fir__ast *node)
{
    fir__operand_each(&node->left, find_step, ctx);
    fir__operand_each(&node->right, find_step, ctx);
}

static bool without_steps(fir__load *l, fir__ast *tree)
{
    const fir__operand *found = NULL;
    fir__ast_each(tree, find_steps, &found);
    if (found != NULL) {
        fir__report(l, FIR__PB_STEP_HERE, fir__stretch_where(l, found->at.offset),
                    FIR__S("write the check as `when` of an action that comes after the step"),
                    "`%.*s` cannot be asked here: steps.* stands in `when` and parameters only", FIR__SHOW(found->text));
    }
    return found == NULL;
}

fir__ast *fir__condition_parse(fir__load *l, const fir__data *const *parts, size_t n, bool steps)
{
    size_t base = l->next_base;
    fir_str text = fir__condition_text(l, parts, n);
    for (size_t i = 0; i < n; i++) {
        if (!add_stretch(l, parts[i])) {
            return NULL;
        }
    }
    if (l->status != 0) {
        return NULL;
    }
    fir__ast *tree = NULL;
    fir_error err = {0};
    fir__parse_options o = {.properties = true, .steps = steps};
    if (fir__expr_parse(text, &o, l->arena, &tree, &err) != 0) {
        fir__report_error(l, FIR__PB_CONDITION_SYNTAX, fir__stretch_where(l, base + err.offset), &err);
        return NULL;
    }
    fir__ast_each(tree, move_node, &base);
    return steps || without_steps(l, tree) ? tree : NULL;
}

/* ---- put together ---- */

fir__ast *fir__condition_and(fir__load *l, fir__ast *a, fir__ast *b)
{
    if (a == NULL || b == NULL) {
        return a != NULL ? a : b;
    }
    fir__ast *both = fir__load_array(l, 1, sizeof *both);
    fir__ast **children = fir__load_array(l, 2, sizeof(fir__ast *));
    if (both == NULL || children == NULL) {
        return NULL;
    }
    children[0] = a;
    children[1] = b;
    *both = (fir__ast){.kind = FIR__AST_AND, .at = a->at, .end = b->end, .children = children, .n_children = 2};
    fir__ast_measure(both);
    return both;
}

fir__ast *fir__condition_expand(fir__load *l, fir__ast *tree)
{
    fir_error err = {0};
    fir__ast *out = NULL;
    if (fir__expr_expand(tree, l->scope, l->arena, &out, &err) != 0) {
        fir__report_error(l, FIR__PB_CONDITION, fir__stretch_where(l, (size_t)err.offset), &err);
        return NULL;
    }
    return out;
}

/* ---- compile ---- */

/* A macro that a hundred rules use warns once. */
static void report_warnings(fir__load *l, const fir__expr_warning *w)
{
    for (; w != NULL && l->status == 0; w = w->next) {
        fir__where at = fir__stretch_where(l, w->at.offset);
        if (!fir__said_before(l, w->code, at)) {
            fir__diags_add(l->diags, w->code, FIR__WARNING, at, w->hint, "%.*s", (int)w->message.len, w->message.ptr);
        }
    }
}

const fir__program *fir__condition_compile(fir__load *l, const fir__ast *tree)
{
    fir_playbook *p = l->playbook;
    if (!fir__load_grow(l, &p->programs, &p->cap_programs, p->n_programs + 1, sizeof *p->programs)) {
        return NULL;
    }
    fir__compile_options o = {.slots = &p->slots, .regex_steps = l->options.regex_steps, .allocator = &p->allocator};
    fir__expr_warning *warnings = NULL;
    fir__program *program = NULL;
    fir_error err = {0};
    if (fir__expr_compile(tree, &o, l->arena, &program, &warnings, &err) != 0) {
        fir__report_error(l, FIR__PB_CONDITION, fir__stretch_where(l, (size_t)err.offset), &err);
        return NULL;
    }
    p->programs[p->n_programs++] = program;
    report_warnings(l, warnings);
    return program;
}

/* ---- steps ---- */

typedef struct step_walk {
    fir__load *load;
    const fir__step_ids *before;
    bool ok;
} step_walk;

static fir_str id_at(const void *ctx, size_t i)
{
    return ((const fir__step_ids *)ctx)->ids[i];
}

static void check_step(void *ctx, fir__operand *o)
{
    step_walk *w = ctx;
    static const fir_str prefix = {"steps.", 6};
    if (o->kind != FIR__OPERAND_FIELD || !fir__str_starts(o->text, prefix)) {
        return;
    }
    fir_str id = fir__str_from(o->text, prefix.len);
    id = fir__str_to(id, fir__str_find(id, FIR__S(".")));
    for (size_t i = 0; i < w->before->count; i++) {
        if (fir__str_eq(w->before->ids[i], id)) {
            return;
        }
    }
    char buffer[FIR__HINT];
    fir_str hint = fir__hint_near(fir__str_suggest(id, w->before->count, id_at, w->before), buffer);
    fir__report(w->load, FIR__PB_UNKNOWN_STEP, fir__stretch_where(w->load, o->at.offset), hint,
                "no step `%.*s` comes before this one", FIR__SHOW(id));
    w->ok = false;
}

static void check_steps(void *ctx, fir__ast *node)
{
    fir__operand_each(&node->left, check_step, ctx);
    fir__operand_each(&node->right, check_step, ctx);
}

bool fir__condition_steps(fir__load *l, fir__ast *tree, const fir__step_ids *before)
{
    step_walk w = {l, before, true};
    fir__ast_each(tree, check_steps, &w);
    return w.ok;
}
