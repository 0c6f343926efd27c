/* SPDX-License-Identifier: Apache-2.0 */
/* Values of an alert: found by slot, and read as a type. */
#include "base/priority.h"
#include "expr/run.h"

static const fir__value *slot_value(const fir__frame *f, uint32_t slot)
{
    const fir__value *v = slot < f->count ? f->values[slot] : NULL;
    return fir__value_absent(v) ? NULL : v;
}

static int made_list(fir__expr_scratch *x, fir__value *items, size_t n, const fir__value **out)
{
    fir__value *list = fir__arena_alloc(&x->arena, sizeof *list);
    if (list == NULL) {
        return fir__arena_error(&x->arena);
    }
    *list = (fir__value){.type = FIR__LIST, .len = (uint32_t)n, .items = items};
    *out = list;
    return 0;
}

/* ---- several values ---- */

static int split_words(const fir__source *s, const fir__value *own, fir__expr_scratch *x, const fir__value **out)
{
    fir_str text = fir__value_text(own);
    size_t n = 0, most = 2;
    for (size_t i = 0; i < text.len; i++) {
        most += text.ptr[i] == ' ';
    }
    fir__value *items = fir__arena_alloc(&x->arena, most * sizeof *items);
    if (items == NULL) {
        return fir__arena_error(&x->arena);
    }
    for (size_t start = 0, i = 0; i <= text.len; i++) {
        if (i == text.len || text.ptr[i] == ' ') {
            if (i != start) {
                items[n++] = fir__value_string(fir__str(text.ptr + start, i - start));
            }
            start = i + 1;
        }
    }
    if (s->split == FIR__SPLIT_WORDS_AND_WHOLE && n > 1) {
        items[n++] = *own;
    }
    if (n == 0) {
        *out = NULL;
        return 0;
    }
    return made_list(x, items, n, out);
}

static int several_values(const fir__source *s, const fir__frame *f, fir__expr_scratch *x, const fir__value **out)
{
    const fir__value *own = slot_value(f, s->slot);
    if (own != NULL) {
        *out = own;
        return own->type == FIR__STRING && s->split != FIR__SPLIT_NO ? split_words(s, own, x, out) : 0;
    }
    fir__value *items = NULL;
    size_t n = 0;
    for (uint32_t i = 0; i < s->n_slots; i++) {
        const fir__value *v = slot_value(f, s->slots[i]);
        if (v == NULL || v->type == FIR__LIST) {
            continue;
        }
        if (items == NULL) {
            items = fir__arena_alloc(&x->arena, (s->n_slots - i) * sizeof *items);
        }
        if (items == NULL) {
            return fir__arena_error(&x->arena);
        }
        items[n++] = *v;
    }
    if (n == 0) {
        *out = NULL;
        return 0;
    }
    return made_list(x, items, n, out);
}

/* ---- lists and calls ---- */

static int argument_values(const fir__source *s, const fir__frame *f, fir__expr_scratch *x, const fir__value ***out)
{
    const fir__value **values = fir__arena_alloc(&x->arena, s->n_args * sizeof(const fir__value *));
    if (values == NULL) {
        return fir__arena_error(&x->arena);
    }
    for (uint32_t i = 0; i < s->n_args; i++) {
        int status = fir__source_value(&s->args[i], f, x, &values[i]);
        if (status != 0) {
            return status;
        }
        if (values[i] == NULL) { /* one absent argument: the whole is */
            *out = NULL;
            return 0;
        }
    }
    *out = values;
    return 0;
}

static int spread(const fir__source *s, const fir__value *const *values, fir__expr_scratch *x, const fir__value **out)
{
    size_t total = 0, n = 0;
    for (uint32_t i = 0; i < s->n_args; i++) {
        total += values[i]->type == FIR__LIST ? values[i]->len : 1;
    }
    fir__value *items = fir__arena_alloc(&x->arena, total * sizeof *items);
    if (items == NULL) {
        return fir__arena_error(&x->arena);
    }
    for (uint32_t i = 0; i < s->n_args; i++) {
        const fir__value *from = values[i]->type == FIR__LIST ? values[i]->items : values[i];
        size_t count = values[i]->type == FIR__LIST ? values[i]->len : 1;
        for (size_t k = 0; k < count; k++) {
            items[n++] = from[k];
        }
    }
    return made_list(x, items, n, out);
}

int fir__source_value(const fir__source *s, const fir__frame *frame, fir__expr_scratch *x, const fir__value **out)
{
    *out = NULL;
    if (s->kind == FIR__SOURCE_FIELD) {
        *out = slot_value(frame, s->slot);
        return 0;
    }
    if (s->kind == FIR__SOURCE_CONSTANT) {
        *out = &s->constant;
        return 0;
    }
    if (s->kind == FIR__SOURCE_SEVERAL) {
        return several_values(s, frame, x, out);
    }
    const fir__value **args = NULL;
    int status = argument_values(s, frame, x, &args);
    if (status != 0 || args == NULL) {
        return status;
    }
    return s->kind == FIR__SOURCE_LIST ? spread(s, args, x, out) : fir__transform(s, args, x, out);
}

/* ---- readings ---- */

static int64_t cut(int64_t v, uint8_t bits)
{
    unsigned unused = 64u - bits;
    return (int64_t)((uint64_t)v << unused) >> unused;
}

static bool read_hex(fir_str s, int64_t *out)
{
    uint64_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = fir__lower(s.ptr[i]);
        if (!fir__is_digit(c) && (c < 'a' || c > 'f')) {
            return false;
        }
        n = n << 4 | (uint64_t)(fir__is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    *out = (int64_t)n;
    return s.len != 0 && s.len <= 16;
}

/* Every number as the 64 bits that it has. */
static bool read_bits(const fir__predicate *p, const fir__value *v, int64_t *out)
{
    uint64_t u;
    switch (v->type) {
    case FIR__INT:
        *out = v->i;
        return true;
    case FIR__UINT:
        *out = (int64_t)v->u;
        return true;
    case FIR__DOUBLE:
        *out = v->d > -9.2e18 && v->d < 9.2e18 ? (int64_t)v->d : 0;
        return *out != 0 ? (double)*out == v->d : v->d == 0;
    case FIR__STRING:
        if (p->left.hex) {
            return read_hex(fir__value_text(v), out);
        }
        if (fir__str_i64(fir__value_text(v), out)) {
            return true;
        }
        if (!fir__str_u64(fir__value_text(v), &u)) {
            return false;
        }
        *out = (int64_t)u;
        return true;
    default:
        return false;
    }
}

static bool typed_uint(const fir__predicate *p, const fir__value *v, fir__typed *out)
{
    fir_str text = fir__value_text(v);
    int64_t n;
    uint16_t port;
    int level;
    switch (p->type) {
    case FIR__F_BOOL:
        out->u = v->type == FIR__BOOL ? (uint64_t)v->i : (uint64_t)fir__str_eq(text, FIR__S("true"));
        return v->type == FIR__BOOL || (v->type == FIR__STRING && (out->u == 1 || fir__str_eq(text, FIR__S("false"))));
    case FIR__F_PRIORITY:
        level = v->type == FIR__STRING ? fir__priority_parse(text) : FIR__PRIORITY_UNKNOWN;
        out->u = (uint64_t)(FIR__PRIORITY_DEBUG - level);
        return level != FIR__PRIORITY_UNKNOWN;
    case FIR__F_PORT:
        if (v->type == FIR__STRING && fir__port_find(text, &port)) {
            out->u = port;
            return true;
        }
        break;
    default:
        break;
    }
    if (!read_bits(p, v, &n)) {
        return false;
    }
    uint8_t bits = fir__type_rules_of(p->type)->bits;
    out->u = bits < 64 ? (uint64_t)n & ((UINT64_C(1) << bits) - 1) : (uint64_t)n;
    return true;
}

static bool typed_real(const fir__predicate *p, const fir__value *v, fir__typed *out)
{
    int64_t n;
    if (v->type == FIR__DOUBLE || v->type == FIR__UINT) {
        out->d = v->type == FIR__DOUBLE ? v->d : (double)v->u;
        return true;
    }
    if (!read_bits(p, v, &n)) {
        return false;
    }
    out->d = (double)n;
    return true;
}

bool fir__value_typed(const fir__predicate *p, const fir__value *v, fir__typed *out)
{
    if (v->type == FIR__NULL || v->type == FIR__LIST) {
        return false;
    }
    out->text = fir__value_text(v);
    switch (p->class) {
    case FIR__C_INT:
        if (!read_bits(p, v, &out->i)) {
            return false;
        }
        out->i = cut(out->i, fir__type_rules_of(p->type)->bits);
        return true;
    case FIR__C_UINT:
        return typed_uint(p, v, out);
    case FIR__C_REAL:
        return typed_real(p, v, out);
    case FIR__C_ADDR:
        return v->type == FIR__STRING && fir__addr_parse(out->text, &out->addr);
    default:
        return true;
    }
}
