/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as YAML: data or an error, never both; places inside the text; limits kept; the tree written as JSON reads back. */
#include <stdlib.h>

#include "json/writer.h"
#include "yaml/yaml_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { DEPTH = 20, NODES = 5000, LONG_KEY = 160 };

typedef struct walk {
    size_t nodes, lines;
    bool long_key;
} walk;

static void check(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void visit(walk *w, const fir__data *d, int depth)
{
    check(++w->nodes <= NODES && depth <= DEPTH + 1);
    check(d->line >= 1 && d->line <= w->lines && d->column >= 1);
    switch (d->type) {
    case FIR__DATA_NULL:
        break;
    case FIR__DATA_TEXT:
        check(d->s.ptr != NULL && d->s.ptr[d->s.len] == '\0');
        break;
    case FIR__DATA_LIST:
        for (uint32_t i = 0; i < d->count; i++) {
            visit(w, &d->items[i], depth + 1);
        }
        break;
    case FIR__DATA_MAP:
        for (uint32_t i = 0; i < d->count; i++) {
            const fir__entry *e = &d->entries[i];
            check(e->key.ptr != NULL && e->line >= 1 && e->line <= w->lines);
            check(fir__data_get(d, e->key) == &e->value); /* no other entry has the key */
            w->long_key = w->long_key || e->key.len > LONG_KEY;
            visit(w, &e->value, depth + 1);
        }
        break;
    default:
        abort();
    }
}

/* JSON is YAML, but for keys longer than libyaml's 1024 characters and the characters that must be escaped. */
static void read_back(const fir__data *d, const fir__yaml_limits *limits)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 64 << 20);
    fir__json_data(&b, d);
    check(b.status == 0);
    fir__arena arena;
    fir__diags diags;
    fir__arena_init(&arena, &fir__default_allocator, 0);
    fir__diags_init(&diags, &fir__default_allocator);
    const fir__data *again;
    check(fir__yaml_read(fir__sbuf_view(&b), 0, limits, &arena, &diags, &again) == 0);
    if (again != NULL) {
        check(fir__data_equal(d, again));
    } else {
        check(diags.count != 0 && strcmp(diags.items[0].code, "FIR-Y004") == 0);
    }
    fir__diags_free(&diags);
    fir__arena_free(&arena);
    fir__sbuf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    const fir__yaml_limits limits = {.max_depth = DEPTH, .max_nodes = NODES, .max_aliases = 50};
    fir__arena arena;
    fir__diags diags;
    fir__arena_init(&arena, &fir__default_allocator, 0);
    fir__diags_init(&diags, &fir__default_allocator);
    walk w = {.lines = 1};
    for (size_t i = 0; i < n; i++) {
        w.lines += p[i] == '\n' || p[i] == '\r';
    }
    const fir__data *d;
    check(fir__yaml_read(fir__str((const char *)p, n), 0, &limits, &arena, &diags, &d) == 0);
    check((d != NULL) == (diags.errors == 0));
    for (size_t i = 0; i < diags.count; i++) {
        const fir__diag *g = &diags.items[i];
        check(g->line <= w.lines && (g->line == 0) == (g->column == 0) && g->column <= n + 1 && g->message.len != 0);
    }
    if (d != NULL) {
        visit(&w, d, 1);
        if (!w.long_key) {
            read_back(d, &limits);
        }
    }
    fir__diags_free(&diags);
    fir__arena_free(&arena);
    return 0;
}
