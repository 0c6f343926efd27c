/* SPDX-License-Identifier: Apache-2.0 */
/* The condition parser: what it accepts prints safely, reads back to the same and expands; what it refuses has a place in the
 * text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "expr/expr.h"

static void need(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void print(fir__sbuf *b, const fir__ast *ast, fir__print_style style)
{
    fir__sbuf_init(b, &fir__default_allocator, 1 << 26);
    fir__expr_print(b, ast, style);
    need(b->status == 0);
}

static void check_error(fir_str text, const fir_error *e)
{
    fir__place at = fir__place_of(text, (size_t)e->offset);
    need(e->offset <= text.len && at.line == e->line && at.column == e->column);
    need(fir__utf8_valid(fir__cstr(e->message)) == strlen(e->message) && e->message[0] != '\0');
}

/* Both printed forms of the tree read from the safe print are those of the tree itself. */
static void check_read_back(const fir__ast *ast, const fir__parse_options *o)
{
    fir__sbuf safe, falco, again;
    fir__arena arena;
    fir__ast *back;
    fir_error e;
    print(&safe, ast, FIR__PRINT_SAFE);
    print(&falco, ast, FIR__PRINT_FALCO);
    fir__arena_init(&arena, &fir__default_allocator, 0);
    need(fir__expr_parse(fir__sbuf_view(&safe), o, &arena, &back, &e) == 0);
    need(back->weight == ast->weight && back->levels == ast->levels);
    print(&again, back, FIR__PRINT_SAFE);
    need(fir__str_eq(fir__sbuf_view(&again), fir__sbuf_view(&safe)));
    fir__sbuf_free(&again);
    print(&again, back, FIR__PRINT_FALCO);
    need(fir__str_eq(fir__sbuf_view(&again), fir__sbuf_view(&falco)));
    fir__sbuf_free(&again);
    fir__sbuf_free(&falco);
    fir__sbuf_free(&safe);
    fir__arena_free(&arena);
}

/* With a macro "m" and a list "l" in scope. */
static void check_expand(fir__ast *ast, fir__arena *arena, const fir__parse_options *o)
{
    static const fir_str items[] = {{"x", 1}, {"\"y z\"", 5}, {"l2", 2}};
    fir__scope *scope;
    fir__ast *macro, *out, *same;
    fir_error e;
    need(fir__scope_new(arena, &scope) == 0);
    need(fir__scope_list(scope, FIR__S("l"), items, 3) == 0);
    need(fir__expr_parse(FIR__S("a.b = x or not a.b in (c)"), o, arena, &macro, &e) == 0);
    need(fir__scope_macro(scope, FIR__S("m"), macro) == 0);
    int status = fir__expr_expand(ast, scope, arena, &out, &e);
    if (status == 0) {
        check_read_back(out, o);
        need(fir__expr_expand(out, scope, arena, &same, &e) == 0);
        need(same->weight == out->weight);
    } else {
        need(status == FIR_ECOMPILE || status == FIR_ELIMIT);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    if (n == 0) {
        return 0;
    }
    fir__parse_options o = {.properties = (p[0] & 1) != 0, .steps = (p[0] & 2) != 0};
    fir_str text = fir__str((const char *)p + 1, n - 1);
    fir__arena arena;
    fir__ast *ast;
    fir_error e;
    fir__arena_init(&arena, &fir__default_allocator, 0);
    int status = fir__expr_parse(text, &o, &arena, &ast, &e);
    /* Linear: so much memory a byte at most, whatever the text. */
    need(arena.used <= 4096 + 2048 * n);
    if (status == 0) {
        check_read_back(ast, &o);
        check_expand(ast, &arena, &o);
    } else {
        need(ast == NULL && (status == FIR_EPARSE || status == FIR_ELIMIT));
        check_error(text, &e);
    }
    fir__arena_free(&arena);
    return 0;
}
