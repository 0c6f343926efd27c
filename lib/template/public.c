/* SPDX-License-Identifier: Apache-2.0 */
#include "template/public.h"

#include "base/error.h"
#include "template/internal.h"

static int read_options(const fir_template_options *given, fir_template_options *o, fir_error *err)
{
    *o = (fir_template_options){.size = sizeof *o};
    if (given == NULL) {
        return 0;
    }
    int rc = fir__check_options(given, given->size, sizeof *o, sizeof *o, err);
    if (rc != 0) {
        return rc;
    }
    memcpy(o, given, sizeof *o);
    if (o->flags != 0) {
        return fir__fail(err, FIR_EINVAL, "flags 0x%x: a template has none yet", (unsigned)o->flags);
    }
    return 0;
}

static int compile(fir_template *t, fir_str text, const fir_template_options *o, fir_error *err)
{
    fir__arena_init(&t->arena, &t->allocator, 0);
    fir__slots_init(&t->slots, &t->arena);
    t->max_output = o->max_output != 0 ? o->max_output : FIR__TEMPLATE_MAX_OUTPUT;
    fir__template_spec spec = {.text = text, .syntax = o->syntax, .sink = o->sink, .slots = &t->slots, .max_output = t->max_output};
    return fir__template_compile(&spec, &t->arena, &t->template, err);
}

int fir_template_compile(const char *text, size_t n, const fir_template_options *options, fir_template **out, fir_error *err)
{
    fir_template_options o;
    fir_allocator a;
    if (out == NULL) {
        return fir__fail(err, FIR_EINVAL, "there is nowhere to put the template: out is NULL");
    }
    *out = NULL;
    if (text == NULL && n != 0) {
        return fir__fail(err, FIR_EINVAL, "the text is NULL but not empty");
    }
    int rc = read_options(options, &o, err);
    if (rc != 0) {
        return rc;
    }
    if (!fir__allocator_copy(o.allocator, &a)) {
        return fir__fail(err, FIR_EINVAL, "the allocator is not valid");
    }
    fir_template *t = fir__zalloc(&a, sizeof *t);
    if (t == NULL) {
        return fir__no_memory(err);
    }
    t->allocator = a;
    rc = compile(t, fir__str(n != 0 ? text : "", n), &o, err);
    if (rc != 0) {
        fir_template_free(t);
        return rc;
    }
    *out = t;
    return 0;
}

void fir_template_free(fir_template *t)
{
    if (t == NULL) {
        return;
    }
    fir_allocator a = t->allocator;
    fir__slots_free(&t->slots);
    fir__arena_free(&t->arena);
    fir__free(&a, t);
}
