/* SPDX-License-Identifier: Apache-2.0 */
/* One value against one constant. */

#include "base/hash.h"
#include "expr/run.h"

/* ---- texts ---- */

static bool contains(fir_str s, fir_str needle)
{
    return fir__str_find(s, needle) != SIZE_MAX;
}

static bool contains_no_case(fir_str s, fir_str needle)
{
    for (size_t i = 0; i + needle.len <= s.len; i++) {
        if (fir__str_eq_nocase(fir__str(s.ptr + i, needle.len), needle)) {
            return true;
        }
    }
    return needle.len == 0;
}

/* fnmatch sees a text up to its first NUL. */
static fir_str c_string(fir_str s)
{
    const char *nul = s.len != 0 ? memchr(s.ptr, '\0', s.len) : NULL;
    return nul != NULL ? fir__str_to(s, (size_t)(nul - s.ptr)) : s;
}

static bool glob(fir_str s, fir_str pattern)
{
    return fir__glob(pattern, c_string(s), false);
}

static bool glob_no_case(fir_str s, fir_str pattern)
{
    return fir__glob(pattern, c_string(s), true);
}

static bool under(fir_str s, fir_str prefix)
{
    return fir__path_prefix(prefix, s);
}

static bool (*const text_tests[FIR__OP_COUNT])(fir_str value, fir_str constant) = {
    [FIR__OP_CONTAINS] = contains,
    [FIR__OP_ICONTAINS] = contains_no_case,
    [FIR__OP_BCONTAINS] = contains,
    [FIR__OP_STARTSWITH] = fir__str_starts,
    [FIR__OP_BSTARTSWITH] = fir__str_starts,
    [FIR__OP_ENDSWITH] = fir__str_ends,
    [FIR__OP_GLOB] = glob,
    [FIR__OP_IGLOB] = glob_no_case,
    [FIR__OP_PMATCH] = under,
};

/* ---- order ---- */

static int order(const fir__predicate *p, const fir__typed *a, const fir__typed *b)
{
    switch (p->class) {
    case FIR__C_INT:
        return (a->i > b->i) - (a->i < b->i);
    case FIR__C_UINT:
        return (a->u > b->u) - (a->u < b->u);
    case FIR__C_REAL:
        return (a->d > b->d) - (a->d < b->d);
    default:
        return fir__str_cmp(a->text, b->text);
    }
}

static bool equal(const fir__predicate *p, const fir__typed *a, const fir__typed *b)
{
    if (p->type == FIR__F_IPNET) {
        return fir__addr_in(&a->addr, &b->addr);
    }
    if (p->class == FIR__C_ADDR) {
        return fir__addr_eq(&a->addr, &b->addr);
    }
    return p->class == FIR__C_TEXT ? fir__str_eq(a->text, b->text) : order(p, a, b) == 0;
}

bool fir__typed_test(const fir__predicate *p, const fir__typed *value, const fir__typed *constant)
{
    switch (p->op) {
    case FIR__OP_EQ:
    case FIR__OP_IN:
    case FIR__OP_INTERSECTS:
        return equal(p, value, constant);
    case FIR__OP_NE:
        return !equal(p, value, constant);
    case FIR__OP_LT:
        return order(p, value, constant) < 0;
    case FIR__OP_LE:
        return order(p, value, constant) <= 0;
    case FIR__OP_GT:
        return order(p, value, constant) > 0;
    case FIR__OP_GE:
        return order(p, value, constant) >= 0;
    default:
        return text_tests[p->op](value->text, constant->text);
    }
}

bool fir__table_has(const fir__predicate *p, fir_str text)
{
    for (uint32_t at = (uint32_t)fir__hash_str(text) & p->mask; p->table[at] != 0; at = (at + 1) & p->mask) {
        if (fir__str_eq(p->constants[p->table[at] - 1].text, text)) {
            return true;
        }
    }
    return false;
}
