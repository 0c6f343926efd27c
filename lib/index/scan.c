/* SPDX-License-Identifier: Apache-2.0 */
/* The automaton of Aho and Corasick, as a dense table over the classes of bytes that its texts tell apart: one step a byte,
 * whatever the value holds. */
#include "index/private.h"

enum { MAX_ENTRIES = 1 << 23 };

struct fir__scan {
    uint8_t class_of[256];
    uint32_t classes;
    const uint32_t *next; /* by row and class, the next row; the row of a state is its number times `classes` */
    uint32_t ends_from;   /* from this row on, texts end at the states */
    const uint32_t *text; /* by state: the text that ends there, plus 1 */
    const uint32_t *also; /* by state: the next shorter suffix at which a text ends; 0: none */
};

typedef struct builder {
    fir__scan *scan;
    uint32_t *next, *text, *also, *fail, *queue;
    uint32_t states;
} builder;

/* Every byte that occurs in a text is a class of its own; all others are class 0, which is the last byte's when all occur. */
static void classify(fir__scan *scan, const fir_str *texts, uint32_t n)
{
    bool occurs[256] = {false};
    memset(scan->class_of, 0, sizeof scan->class_of);
    scan->classes = 1;
    for (uint32_t i = 0; i < n; i++) {
        for (size_t k = 0; k < texts[i].len; k++) {
            unsigned char byte = (unsigned char)texts[i].ptr[k];
            if (!occurs[byte] && scan->classes < 256) {
                scan->class_of[byte] = (uint8_t)scan->classes++;
            }
            occurs[byte] = true;
        }
    }
}

/* The trie; next holds plain state numbers while building. */
static void add_text(builder *b, fir_str text, uint32_t number)
{
    uint32_t state = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint32_t *to = &b->next[(size_t)state * b->scan->classes + b->scan->class_of[(unsigned char)text.ptr[i]]];
        if (*to == 0) {
            *to = b->states++;
        }
        state = *to;
    }
    b->text[state] = number + 1;
}

/* Breadth first: where a state has no way on, it goes where its longest proper suffix goes. */
static void connect(builder *b)
{
    const uint32_t classes = b->scan->classes;
    uint32_t head = 0, tail = 0;
    for (uint32_t c = 0; c < classes; c++) {
        if (b->next[c] != 0) {
            b->queue[tail++] = b->next[c];
        }
    }
    while (head < tail) {
        uint32_t state = b->queue[head++], suffix = b->fail[state];
        b->also[state] = b->text[suffix] != 0 ? suffix : b->also[suffix];
        for (uint32_t c = 0; c < classes; c++) {
            uint32_t *to = &b->next[(size_t)state * classes + c], other = b->next[(size_t)suffix * classes + c];
            if (*to == 0) {
                *to = other;
            } else {
                b->fail[*to] = other;
                b->queue[tail++] = *to;
            }
        }
    }
}

/* States at which texts end get the last numbers, so that one comparison tells them; numbers become rows. */
static bool finish(builder *b, fir__arena *arena)
{
    const uint32_t classes = b->scan->classes;
    uint32_t *number = b->queue, plain = 0, at;
    uint32_t *next = fir__arena_array(arena, (size_t)b->states * classes, sizeof *next);
    uint32_t *text = fir__arena_array(arena, b->states, sizeof *text);
    uint32_t *also = fir__arena_array(arena, b->states, sizeof *also);
    if (next == NULL || text == NULL || also == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < b->states; i++) {
        plain += b->text[i] == 0 && b->also[i] == 0;
    }
    at = 0;
    for (uint32_t i = 0, ending = plain; i < b->states; i++) {
        number[i] = b->text[i] == 0 && b->also[i] == 0 ? at++ : ending++;
    }
    for (uint32_t i = 0; i < b->states; i++) {
        text[number[i]] = b->text[i];
        also[number[i]] = b->also[i] != 0 ? number[b->also[i]] : 0;
        for (uint32_t c = 0; c < classes; c++) {
            next[(size_t)number[i] * classes + c] = number[b->next[(size_t)i * classes + c]] * classes;
        }
    }
    b->scan->next = next;
    b->scan->text = text;
    b->scan->also = also;
    b->scan->ends_from = plain * classes;
    return true;
}

bool fir__scan_new(const fir_str *texts, uint32_t n, fir__arena *arena, const fir__scan **out)
{
    *out = NULL;
    fir__scan *scan = fir__arena_zalloc(arena, sizeof *scan);
    if (scan == NULL) {
        return false;
    }
    size_t states = 1;
    for (uint32_t i = 0; i < n; i++) {
        states += texts[i].len;
    }
    classify(scan, texts, n);
    if (states > MAX_ENTRIES / scan->classes) {
        return true;
    }
    builder b = {.scan = scan, .states = 1};
    const fir_allocator *a = &arena->allocator;
    b.next = fir__zalloc(a, states * scan->classes * sizeof *b.next);
    b.text = fir__zalloc(a, states * sizeof *b.text);
    b.also = fir__zalloc(a, states * sizeof *b.also);
    b.fail = fir__zalloc(a, states * sizeof *b.fail);
    b.queue = fir__zalloc(a, states * sizeof *b.queue);
    bool ok = b.next != NULL && b.text != NULL && b.also != NULL && b.fail != NULL && b.queue != NULL;
    if (ok) {
        for (uint32_t i = 0; i < n; i++) {
            add_text(&b, texts[i], i);
        }
        connect(&b);
        ok = finish(&b, arena);
    }
    if (ok) {
        *out = scan;
    }
    fir__free(a, b.next);
    fir__free(a, b.text);
    fir__free(a, b.also);
    fir__free(a, b.fail);
    fir__free(a, b.queue);
    return ok;
}

static void tell(const fir__scan *scan, uint32_t state, void (*visit)(void *ctx, uint32_t text), void *ctx)
{
    for (; state != 0; state = scan->also[state]) {
        if (scan->text[state] != 0) {
            visit(ctx, scan->text[state] - 1);
        }
    }
}

void fir__scan_run(const fir__scan *scan, fir_str value, void (*visit)(void *ctx, uint32_t text), void *ctx)
{
    const uint32_t *next = scan->next;
    const uint8_t *class_of = scan->class_of;
    const unsigned char *p = (const unsigned char *)value.ptr, *end = p + value.len;
    const uint32_t ends_from = scan->ends_from;
    uint32_t row = 0;
    while (p < end) {
        if (end - p >= 4) { /* four steps while nothing ends */
            uint32_t a = next[row + class_of[p[0]]], b = next[a + class_of[p[1]]];
            uint32_t c = next[b + class_of[p[2]]], d = next[c + class_of[p[3]]];
            if (a < ends_from && b < ends_from && c < ends_from && d < ends_from) {
                row = d;
                p += 4;
                continue;
            }
        }
        row = next[row + class_of[*p++]];
        if (row >= ends_from) {
            tell(scan, row / scan->classes, visit, ctx);
        }
    }
}
