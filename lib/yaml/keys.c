/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that stand twice in a map. libyaml lets them pass, and who reads the file sees only one of them. */
#include "yaml/reader.h"

/* By key, and among equals in the order of the document (entries lie in one array). */
static bool before(const fir__entry *a, const fir__entry *b)
{
    int c = fir__str_cmp(a->key, b->key);
    return c != 0 ? c < 0 : a < b;
}

static void sift(const fir__entry **v, size_t i, size_t n)
{
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= n) {
            return;
        }
        if (child + 1 < n && before(v[child], v[child + 1])) {
            child++;
        }
        if (!before(v[i], v[child])) {
            return;
        }
        const fir__entry *t = v[i];
        v[i] = v[child];
        v[child] = t;
        i = child;
    }
}

/* A heap sort: no more memory, no bad case that a file could hit. */
static void sort(const fir__entry **v, size_t n)
{
    for (size_t i = n / 2; i > 0; i--) {
        sift(v, i - 1, n);
    }
    for (size_t end = n; end > 1; end--) {
        const fir__entry *t = v[0];
        v[0] = v[end - 1];
        v[end - 1] = t;
        sift(v, 0, end - 1);
    }
}

bool fir__yaml_check_keys(fir__yaml_reader *r, const fir__data *map)
{
    const fir_allocator *a = &r->arena->allocator;
    const fir__entry **v = fir__alloc_array(a, map->count, sizeof *v);
    if (v == NULL) {
        return false;
    }
    size_t n = 0;
    for (uint32_t i = 0; i < map->count; i++) {
        if (map->entries[i].key.ptr != NULL) {
            v[n++] = &map->entries[i];
        }
    }
    sort(v, n);
    size_t first = 0;
    for (size_t i = 1; i < n; i++) {
        if (!fir__str_eq(v[first]->key, v[i]->key)) {
            first = i;
            continue;
        }
        char shown[FIR__YAML_SHOWN];
        fir__yaml_report(r, FIR__Y_DUPLICATE_KEY, (fir__where){r->file, v[i]->line, v[i]->column}, "remove or rename one of them",
                         "the key \"%s\" on line %u stands already on line %u", fir__yaml_shown(v[i]->key, shown), v[i]->line,
                         v[first]->line);
    }
    fir__free(a, v);
    return true;
}
