/* SPDX-License-Identifier: Apache-2.0 */
/* One pass writes the members of each object as they come and notes where each stands in the output; when an object ends and its
 * keys were not in order, its members are put in order there. */
#include "json/canonical.h"

#include <math.h>

#include "json/keys.h"
#include "json/reader.h"
#include "json/writer.h"

typedef struct member {
    fir_str key; /* first, for fir__keys_sort */
    size_t from, to;
} member;

typedef struct level {
    bool object;
    size_t first; /* its first member in `members` */
    size_t start; /* of its content in the output */
} level;

typedef struct canonical {
    fir__json_reader r;
    fir__sbuf *out;
    fir__numbers numbers;
    const fir_allocator *allocator;
    member *members; /* of all open objects */
    size_t count, cap;
    level levels[FIR__JSON_MOST_DEPTH];
    uint32_t depth;
} canonical;

void fir__json_number(fir__sbuf *out, const fir__value *v)
{
    const double exact = 9007199254740992.0; /* 2^53 */
    if (v->type == FIR__INT) {
        fir__sbuf_i64(out, v->i);
    } else if (v->type == FIR__UINT) {
        fir__sbuf_u64(out, v->u);
    } else if (v->d >= -exact && v->d <= exact && trunc(v->d) >= v->d && trunc(v->d) <= v->d) {
        fir__sbuf_i64(out, (int64_t)v->d);
    } else if (isfinite(v->d) || v->ptr == NULL) {
        fir__json_double(out, v->d);
    } else {
        fir__sbuf_put(out, v->ptr, v->len);
    }
}

static bool no_memory(canonical *c)
{
    return fir__json_fail(&c->r, FIR_ENOMEM, c->r.at, "out of memory");
}

static bool ascending(const member *m, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (fir__key_cmp(m[i - 1].key, m[i].key) > 0) {
            return false;
        }
    }
    return true;
}

/* Puts the members of the object that ends into order. */
static bool sort_members(canonical *c, const level *l)
{
    member *m = c->members + l->first;
    size_t count = c->count - l->first, bytes = c->out->len - l->start;
    if (c->out->status != 0 || ascending(m, count)) {
        return true;
    }
    uint32_t *order = fir__alloc_array(c->allocator, 2 * count, sizeof *order);
    char *copy = fir__alloc(c->allocator, bytes);
    bool ok = order != NULL && copy != NULL;
    if (ok) {
        memcpy(copy, c->out->ptr + l->start, bytes);
        fir__keys_sort(m, sizeof *m, (uint32_t)count, order, order + count);
        char *to = c->out->ptr + l->start;
        for (size_t i = 0; i < count; i++) {
            const member *one = &m[order[i]];
            if (i != 0) {
                *to++ = ',';
            }
            memcpy(to, copy + (one->from - l->start), one->to - one->from);
            to += one->to - one->from;
        }
    }
    fir__free(c->allocator, copy);
    fir__free(c->allocator, order);
    return ok || no_memory(c);
}

static bool write_key(canonical *c)
{
    if (!fir__grow(c->allocator, &c->members, &c->cap, c->count + 1, sizeof *c->members)) {
        return no_memory(c);
    }
    member *m = &c->members[c->count];
    m->from = m->to = c->out->len;
    if (!fir__json_read_key(&c->r, &m->key)) {
        return false;
    }
    c->count++;
    fir__json_string(c->out, m->key);
    fir__sbuf_char(c->out, ':');
    return true;
}

static bool write_scalar(canonical *c)
{
    fir__value v;
    if (!fir__json_read_scalar(&c->r, &v)) {
        return false;
    }
    bool number = v.type == FIR__INT || v.type == FIR__UINT || v.type == FIR__DOUBLE;
    if (number && c->numbers == FIR__NUMBERS_BY_VALUE) {
        fir__json_number(c->out, &v);
    } else {
        fir__json_value(c->out, &v);
    }
    return true;
}

/* Writes a scalar or an empty value, or opens one with content. */
static bool begin_value(canonical *c, bool *opened)
{
    char bracket = fir__json_peek(&c->r), closing = bracket == '{' ? '}' : ']';
    *opened = false;
    if (bracket != '{' && bracket != '[') {
        return write_scalar(c);
    }
    if (!fir__json_enter(&c->r)) {
        return false;
    }
    fir__sbuf_char(c->out, bracket);
    if (fir__json_peek(&c->r) == closing) {
        fir__json_leave(&c->r);
        fir__sbuf_char(c->out, closing);
        return true;
    }
    c->levels[c->depth++] = (level){bracket == '{', c->count, c->out->len};
    *opened = true;
    return bracket != '{' || write_key(c);
}

/* After a value inside of another: the next one, or the end of what holds it. */
static bool end_value(canonical *c, bool *more)
{
    level *l = &c->levels[c->depth - 1];
    char closing = l->object ? '}' : ']';
    if (l->object) {
        c->members[c->count - 1].to = c->out->len;
    }
    if (!fir__json_next(&c->r, closing, more)) {
        return false;
    }
    if (*more) {
        fir__sbuf_char(c->out, ',');
        return !l->object || write_key(c);
    }
    if (l->object && !sort_members(c, l)) {
        return false;
    }
    fir__sbuf_char(c->out, closing);
    c->count = l->first;
    c->depth--;
    return true;
}

static bool write_all(canonical *c)
{
    for (;;) {
        bool opened, more = false;
        if (!begin_value(c, &opened)) {
            return false;
        }
        while (!opened && !more) {
            if (c->depth == 0) {
                return fir__json_finish(&c->r);
            }
            if (!end_value(c, &more)) {
                return false;
            }
        }
    }
}

int fir__json_canonical(fir__sbuf *out, fir_str text, fir__numbers numbers, fir_error *err)
{
    canonical c = {.out = out, .numbers = numbers, .allocator = &out->allocator};
    char *copy = fir__alloc(c.allocator, text.len + FIR__JSON_PADDING);
    if (copy == NULL) {
        return fir__no_memory(err);
    }
    if (text.len != 0) {
        memcpy(copy, text.ptr, text.len);
    }
    memset(copy + text.len, 0, FIR__JSON_PADDING);
    fir__arena arena;
    fir__arena_init(&arena, c.allocator, 0);
    fir__json_start(&c.r, copy, text.len, FIR__JSON_MOST_DEPTH, &arena);
    int code = write_all(&c) ? 0 : fir__json_error(&c.r, text, err);
    fir__arena_free(&arena);
    fir__free(c.allocator, c.members);
    fir__free(c.allocator, copy);
    return code;
}
