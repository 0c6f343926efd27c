/* SPDX-License-Identifier: Apache-2.0 */
#include "playbook/load.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

int fir__load_init(fir__load *l, const fir_catalog *c, const fir_compiler_options *o, const fir_allocator *a, fir__diags *diags)
{
    memset(l, 0, sizeof *l);
    l->allocator = *a;
    l->diags = diags;
    l->options = *o;
    l->playbook = fir__zalloc(a, sizeof *l->playbook);
    if (l->playbook == NULL) {
        return FIR_ENOMEM;
    }
    fir_playbook *p = l->playbook;
    fir__refs_init(&p->refs);
    p->allocator = *a;
    p->catalog = fir__catalog_use(c != NULL ? c : fir__catalog_builtin());
    fir__arena_init(&p->arena, a, 0);
    fir__slots_init(&p->slots, &p->arena);
    l->arena = &p->arena;
    fir__definitions_init(&l->lists, a);
    fir__definitions_init(&l->macros, a);
    fir__items_init(&l->actions, a);
    fir__items_init(&l->rules, a);
    fir__items_init(&l->tests, a);
    fir__index_init(&l->setting_names, a);
    fir__index_init(&l->output_names, a);
    fir__index_init(&l->warned, a);
    return 0;
}

void fir__load_free(fir__load *l)
{
    fir__definitions_free(&l->lists);
    fir__definitions_free(&l->macros);
    fir__items_free(&l->actions);
    fir__items_free(&l->rules);
    fir__items_free(&l->tests);
    fir__index_free(&l->setting_names);
    fir__index_free(&l->output_names);
    fir__index_free(&l->warned);
    for (size_t i = 0; i < l->n_files; i++) {
        fir__free(&l->allocator, l->files[i].lines);
        fir__free(&l->allocator, (void *)(uintptr_t)l->files[i].text.ptr);
    }
    fir__free(&l->allocator, l->files);
    fir__free(&l->allocator, l->settings);
    fir__free(&l->allocator, l->stretches);
    fir__free(&l->allocator, l->made);
    fir_playbook_unref(l->playbook);
    memset(l, 0, sizeof *l);
}

bool fir__load_fail(fir__load *l, int status)
{
    if (l->status == 0) {
        l->status = status;
    }
    return false;
}

void *fir__load_array(fir__load *l, size_t count, size_t size)
{
    void *p = fir__arena_array(l->arena, count, size);
    if (p == NULL) {
        fir__load_fail(l, FIR_ENOMEM);
    }
    return p;
}

bool fir__load_grow(fir__load *l, void *p_array, size_t *cap, size_t need, size_t size)
{
    return fir__grow(&l->allocator, p_array, cap, need, size) || fir__load_fail(l, FIR_ENOMEM);
}

void fir__report(fir__load *l, fir__playbook_code code, fir__where at, fir_str hint, const char *format, ...)
{
    if (l->quiet) {
        return;
    }
    char message[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (n < 0) {
        message[0] = '\0';
    } else if ((size_t)n >= sizeof message) {
        message[fir__utf8_floor(fir__cstr(message), sizeof message - 1)] = '\0';
    }
    const fir__playbook_code_def *def = &fir__playbook_codes[code];
    fir__diags_add(l->diags, def->code, def->severity, at, hint, "%s", message);
    if (l->diags->no_memory) {
        fir__load_fail(l, FIR_ENOMEM);
    }
}

fir_str fir__hint_near(fir_str near, char buffer[FIR__HINT])
{
    if (near.ptr == NULL) {
        return (fir_str){NULL, 0};
    }
    (void)snprintf(buffer, FIR__HINT, "did you mean `%.*s`?", FIR__SHOW(near));
    return fir__cstr(buffer);
}

bool fir__said_before(fir__load *l, const char *code, fir__where at)
{
    char key[96];
    int n = snprintf(key, sizeof key, "%s:%u:%u:%u", code, at.file, at.line, at.column);
    fir_str name = {key, n > 0 && (size_t)n < sizeof key ? (size_t)n : 0};
    if (fir__index_find(&l->warned, name) != FIR__NO_INDEX) {
        return true;
    }
    name = fir__arena_str(l->arena, name);
    if (name.ptr == NULL || !fir__index_add(&l->warned, name, 0)) {
        fir__load_fail(l, FIR_ENOMEM);
    }
    return false;
}

fir_str fir__load_suggest(const fir__load *l, fir_str wanted, size_t count, fir_str (*name_at)(const void *ctx, size_t i),
                          const void *ctx)
{
    enum { MOST = 100 };
    return l->diags->count < MOST || count < MOST ? fir__str_suggest(wanted, count, name_at, ctx) : (fir_str){NULL, 0};
}

void fir__report_error(fir__load *l, fir__playbook_code code, fir__where at, const fir_error *err)
{
    if (err->code == FIR_ENOMEM) {
        fir__load_fail(l, FIR_ENOMEM);
        return;
    }
    static const fir_str mark = {"; hint: ", 8};
    fir_str message = fir__cstr(err->message);
    size_t cut = fir__str_find(message, mark);
    fir_str hint = cut == SIZE_MAX ? (fir_str){NULL, 0} : fir__str_from(message, cut + mark.len);
    fir__report(l, err->code == FIR_ELIMIT ? FIR__PB_LIMIT : code, at, hint, "%.*s", (int)fir__str_to(message, cut).len,
                message.ptr);
}
