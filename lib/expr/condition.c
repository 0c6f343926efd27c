/* SPDX-License-Identifier: Apache-2.0 */
/* fir_condition_*: a condition alone, with its own slots. */
#include "expr/condition.h"

enum { LARGEST = 256 << 20, LONGEST_PRINT = 64 << 20 };

static int check_options(const fir_condition_options *o, fir_condition_options *out, fir_error *err)
{
    memset(out, 0, sizeof *out);
    if (o == NULL) {
        return 0;
    }
    int status = fir__check_options(o, o->size, sizeof *o, sizeof *o, err);
    if (status != 0) {
        return status;
    }
    *out = *o;
    if (o->flags != 0 || o->reserved != 0) {
        return fir__fail(err, FIR_EINVAL, "flags and reserved of the condition options must be 0");
    }
    if ((o->n_macros != 0 && o->macros == NULL) || (o->n_lists != 0 && o->lists == NULL) || (o->n_types != 0 && o->types == NULL)) {
        return fir__fail(err, FIR_EINVAL, "an array of the options is NULL, its count is not 0");
    }
    return 0;
}

static int out_of_room(const fir__arena *r, fir_error *err)
{
    return fir__arena_error(r) == FIR_ELIMIT
               ? fir__fail(err, FIR_ELIMIT, "the condition needs more than %d bytes of memory", LARGEST)
               : fir__no_memory(err);
}

static int define_lists(fir_condition *c, const fir_condition_options *o, fir__scope *scope, fir_error *err)
{
    for (size_t i = 0; i < o->n_lists; i++) {
        const fir_list *l = &o->lists[i];
        int status = fir__scope_list(scope, l->name, l->items, l->count);
        if (status == FIR_EPARSE) {
            return fir__fail(err, status, "an item of the list '%.*s' begins with a quote and is no quoted text", (int)l->name.len,
                             l->name.ptr);
        }
        if (status == FIR_ELIMIT && !c->arena.over_max) {
            return fir__fail(err, status, "the lists have more than %d items", FIR__EXPR_MOST_WEIGHT);
        }
        if (status != 0) {
            return out_of_room(&c->arena, err);
        }
    }
    return 0;
}

static int read_tree(fir_condition *c, fir_str text, const fir_condition_options *o, const fir__scope *scope, fir__ast **out,
                     fir_error *err)
{
    const fir__parse_options parse = {.max_depth = o->max_depth, .properties = true};
    fir__ast *parsed;
    int status = fir__expr_parse(text, &parse, &c->arena, &parsed, err);
    return status != 0 ? status : fir__expr_expand(parsed, scope, &c->arena, out, err);
}

static int define_macros(fir_condition *c, const fir_condition_options *o, fir__scope *scope, fir_error *err)
{
    for (size_t i = 0; i < o->n_macros; i++) {
        fir__ast *tree;
        int status = read_tree(c, o->macros[i].condition, o, scope, &tree, err);
        if (status != 0) {
            fir__error_origin(err, o->macros[i].name); /* the place is one in the macro */
            return status;
        }
        if (fir__scope_macro(scope, o->macros[i].name, tree) != 0) {
            return out_of_room(&c->arena, err);
        }
    }
    return 0;
}

static int compile(fir_condition *c, fir_str text, const fir_condition_options *o, fir_error *err)
{
    fir__scope *scope;
    fir__ast *tree;
    const fir__compile_options compile_options = {
        .slots = &c->slots, .types = o->types, .n_types = o->n_types, .regex_steps = o->regex_steps, .allocator = &c->allocator};
    if (fir__scope_new(&c->arena, &scope) != 0) {
        return out_of_room(&c->arena, err);
    }
    int status = define_lists(c, o, scope, err);
    if (status == 0) {
        status = define_macros(c, o, scope, err);
    }
    if (status == 0) {
        status = read_tree(c, text, o, scope, &tree, err);
    }
    if (status == 0) {
        c->ast = tree;
        status = fir__expr_compile(tree, &compile_options, &c->arena, &c->program, &c->warnings, err);
    }
    return status;
}

int fir_condition_compile(const char *text, size_t n, const fir_condition_options *o, fir_condition **out, fir_error *err)
{
    fir_condition_options options;
    fir_allocator a;
    if (out != NULL) {
        *out = NULL;
    }
    if (out == NULL || (text == NULL && n != 0)) {
        return fir__fail(err, FIR_EINVAL, "%s is NULL", out == NULL ? "out" : "the text");
    }
    int status = check_options(o, &options, err);
    if (status != 0) {
        return status;
    }
    if (!fir__allocator_copy(options.allocator, &a)) {
        return fir__fail(err, FIR_EINVAL, "the allocator lacks a function");
    }
    fir_condition *c = fir__zalloc(&a, sizeof *c);
    if (c == NULL) {
        return fir__no_memory(err);
    }
    c->allocator = a;
    fir__arena_init(&c->arena, &c->allocator, LARGEST);
    fir__slots_init(&c->slots, &c->arena);
    status = compile(c, fir__str(text, n), &options, err);
    if (status != 0) {
        fir_condition_free(c);
        return status;
    }
    *out = c;
    return 0;
}

int fir_condition_to_string(const fir_condition *c, fir_buf *out, fir_error *err)
{
    fir__sbuf b;
    if (out != NULL) {
        *out = (fir_buf){NULL, 0, NULL};
    }
    if (c == NULL || out == NULL) {
        return fir__fail(err, FIR_EINVAL, "%s is NULL", c == NULL ? "the condition" : "out");
    }
    fir__sbuf_init(&b, &c->allocator, LONGEST_PRINT);
    fir__expr_print(&b, c->ast, FIR__PRINT_SAFE);
    int status = fir__sbuf_take(&b, out);
    fir__sbuf_free(&b);
    if (status == FIR_ELIMIT) {
        return fir__fail(err, status, "the condition has more than %d bytes in print", LONGEST_PRINT);
    }
    return status == 0 ? 0 : fir__no_memory(err);
}

void fir_condition_free(fir_condition *c)
{
    if (c != NULL) {
        fir_allocator a = c->allocator;
        fir__program_free(c->program);
        fir__slots_free(&c->slots);
        fir__arena_free(&c->arena);
        fir__free(&a, c);
    }
}
