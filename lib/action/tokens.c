/* SPDX-License-Identifier: Apache-2.0 */
/* Short-lived credentials: a small table, searched in order. */
#include <string.h>

#include "action/env.h"
#include "base/alloc.h"
#include "base/str.h"
#include "secret/wipe.h"

enum { MOST_TOKENS = 256 };
#define LEAST_LIFE (INT64_C(60) * 1000000000)

typedef struct token {
    char *block; /* key and text behind each other */
    size_t key_len, text_len;
    int64_t ends_ns;
} token;

struct fir__tokens {
    fir_allocator inner, wiping;
    token items[MOST_TOKENS];
    size_t n;
};

int fir__tokens_new(const fir_allocator *a, fir__tokens **out)
{
    fir__tokens *t = fir__zalloc(a, sizeof *t);
    *out = t;
    if (t == NULL) {
        return FIR_ENOMEM;
    }
    t->inner = *a;
    fir__wipe_allocator(&t->inner, &t->wiping);
    return 0;
}

static void drop_at(fir__tokens *t, size_t i)
{
    fir__free(&t->wiping, t->items[i].block);
    t->items[i] = t->items[--t->n];
}

void fir__tokens_free(fir__tokens *t)
{
    if (t == NULL) {
        return;
    }
    while (t->n != 0) {
        drop_at(t, t->n - 1);
    }
    fir_allocator inner = t->inner;
    fir__free(&inner, t);
}

static size_t find(const fir__tokens *t, fir_str key)
{
    for (size_t i = 0; i < t->n; i++) {
        if (fir__str_eq((fir_str){t->items[i].block, t->items[i].key_len}, key)) {
            return i;
        }
    }
    return SIZE_MAX;
}

bool fir__tokens_get(const fir__tokens *t, fir_str key, int64_t now_ns, fir_str *out)
{
    size_t i = find(t, key);
    if (i == SIZE_MAX || t->items[i].ends_ns - now_ns < LEAST_LIFE) {
        return false;
    }
    *out = (fir_str){t->items[i].block + t->items[i].key_len, t->items[i].text_len};
    return true;
}

static size_t ends_first(const fir__tokens *t)
{
    size_t first = 0;
    for (size_t i = 1; i < t->n; i++) {
        first = t->items[i].ends_ns < t->items[first].ends_ns ? i : first;
    }
    return first;
}

int fir__tokens_put(fir__tokens *t, fir_str key, fir_str text, int64_t ends_ns)
{
    token k = {.key_len = key.len, .text_len = text.len, .ends_ns = ends_ns};
    k.block = fir__alloc(&t->wiping, key.len + text.len + 1);
    if (k.block == NULL) {
        return FIR_ENOMEM;
    }
    if (key.len != 0) {
        memcpy(k.block, key.ptr, key.len);
    }
    if (text.len != 0) {
        memcpy(k.block + key.len, text.ptr, text.len);
    }
    fir__tokens_drop(t, key);
    if (t->n == MOST_TOKENS) {
        drop_at(t, ends_first(t));
    }
    t->items[t->n++] = k;
    return 0;
}

void fir__tokens_drop(fir__tokens *t, fir_str key)
{
    size_t i = find(t, key);
    if (i != SIZE_MAX) {
        drop_at(t, i);
    }
}
