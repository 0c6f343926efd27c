/* SPDX-License-Identifier: Apache-2.0 */
/* Constants of a condition, read as the type of the field wants them, with Falco's readings: numbers saturate at 64 bits and are
 * cut to the field's width, a mask of a network is one byte, a port is taken modulo 65536. */
#include "base/hash.h"
#include "base/priority.h"
#include "expr/compiler.h"

enum { TABLE_FROM = 8 }; /* so many texts are worth a hash table */

static bool not_a_number(fir__compiler *c, fir_str s)
{
    return fir__compile_fail(c, "whole decimal numbers only", "%.*s is not a valid number", FIR__SHOWN(s));
}

/* The sign and digits of a number as strtoll reads it, but for the whole text. */
static bool split_number(fir_str s, bool *negative, fir_str *digits)
{
    size_t i = 0;
    while (i < s.len && (s.ptr[i] == ' ' || (s.ptr[i] >= '\t' && s.ptr[i] <= '\r'))) {
        i++;
    }
    *negative = i < s.len && s.ptr[i] == '-';
    i += i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+');
    *digits = fir__str_from(s, i);
    for (size_t k = 0; k < digits->len; k++) {
        if (!fir__is_digit(digits->ptr[k])) {
            return false;
        }
    }
    return digits->len != 0;
}

static bool read_digits(fir_str digits, uint64_t *out)
{
    uint64_t n = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (__builtin_mul_overflow(n, 10u, &n) || __builtin_add_overflow(n, (uint64_t)(digits.ptr[i] - '0'), &n)) {
            *out = UINT64_MAX;
            return false;
        }
    }
    *out = n;
    return true;
}

static bool read_int(fir_str s, int64_t *out)
{
    bool negative;
    fir_str digits;
    uint64_t n;
    if (!split_number(s, &negative, &digits)) {
        return false;
    }
    (void)read_digits(digits, &n);
    if (negative) {
        *out = n > (uint64_t)INT64_MAX ? INT64_MIN : -(int64_t)n;
    } else {
        *out = n > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)n;
    }
    return true;
}

static bool read_uint(fir_str s, uint64_t *out)
{
    bool negative;
    fir_str digits;
    if (!split_number(s, &negative, &digits)) {
        return false;
    }
    if (read_digits(digits, out) && negative) {
        *out = 0 - *out;
    }
    return true;
}

static int64_t cut_int(int64_t v, uint8_t bits)
{
    unsigned unused = 64u - bits;
    return (int64_t)((uint64_t)v << unused) >> unused;
}

static uint64_t cut_uint(uint64_t v, uint8_t bits)
{
    return bits < 64 ? v & ((UINT64_C(1) << bits) - 1) : v;
}

typedef bool read_constant(fir__compiler *c, const fir__predicate *p, fir_str s, fir__typed *out);

static bool constant_int(fir__compiler *c, const fir__predicate *p, fir_str s, fir__typed *out)
{
    if (!read_int(s, &out->i)) {
        return not_a_number(c, s);
    }
    out->i = cut_int(out->i, fir__type_rules_of(p->type)->bits);
    return true;
}

static bool constant_uint(fir__compiler *c, const fir__predicate *p, fir_str s, fir__typed *out)
{
    if (!read_uint(s, &out->u)) {
        return not_a_number(c, s);
    }
    out->u = cut_uint(out->u, fir__type_rules_of(p->type)->bits);
    return true;
}

static bool constant_real(fir__compiler *c, const fir__predicate *p, fir_str s, fir__typed *out)
{
    int64_t n;
    (void)p;
    if (!read_int(s, &n)) {
        return not_a_number(c, s);
    }
    out->d = (double)n;
    return true;
}

static bool constant_bool(fir__compiler *c, const fir__predicate *p, fir_str s, fir__typed *out)
{
    (void)p;
    out->u = fir__str_eq(s, FIR__S("true"));
    return out->u == 1 || fir__str_eq(s, FIR__S("false")) ||
           fir__compile_fail(c, "write true or false", "filter error: unrecognized boolean value %.*s", FIR__SHOWN(s));
}

static bool constant_port(fir__compiler *c, const fir__predicate *p, fir_str s, fir__typed *out)
{
    bool digits_only = true;
    uint16_t port;
    (void)p;
    for (size_t i = 0; i < s.len; i++) {
        digits_only &= fir__is_digit(s.ptr[i]);
    }
    if (digits_only) {
        if (!read_digits(s, &out->u) || out->u > INT32_MAX) {
            return fir__compile_fail(c, "a port is at most 65535", "stoi");
        }
        out->u = cut_uint(out->u, 16);
        return true;
    }
    if (!fir__port_find(s, &port)) {
        return fir__compile_fail(c, "a port is a decimal number or the usual name of a service", "unrecognized protocol %.*s",
                                 FIR__SHOWN(s));
    }
    out->u = port;
    return true;
}

static bool constant_address(fir__compiler *c, const fir__predicate *p, fir_str s, fir__typed *out)
{
    bool v4 = fir__str_find(s, FIR__S(".")) != SIZE_MAX;
    (void)p;
    if (fir__addr_parse(s, &out->addr) && (out->addr.family == 4) == v4) {
        return true;
    }
    const char *hint = fir__str_find(s, FIR__S("/")) != SIZE_MAX
                           ? "only fd.net, fd.snet, fd.cnet, fd.lnet and fd.rnet take networks"
                           : "addresses are 10.0.0.1 or 2001:db8::1, without zone or leading zeros";
    return fir__compile_fail(c, hint, "unrecognized %s address %.*s", v4 ? "IPv4" : "IPv6", FIR__SHOWN(s));
}

static bool read_mask(fir__compiler *c, fir_str mask, bool v4, uint8_t *bits)
{
    uint64_t n;
    if (!read_uint(mask, &n)) {
        return not_a_number(c, mask);
    }
    n = v4 ? n & 0xFF : n;
    if (v4 ? n > 32 : n < 1 || n > 128) {
        return fir__compile_fail(c, "the number behind the slash counts the network's bits", "invalid %snetmask %.*s",
                                 v4 ? "" : "v6 ", FIR__SHOWN(mask));
    }
    *bits = (uint8_t)n;
    return true;
}

static bool constant_network(fir__compiler *c, const fir__predicate *p, fir_str s, fir__typed *out)
{
    size_t slash = fir__str_find(s, FIR__S("/"));
    bool v4 = fir__str_find(s, FIR__S(".")) != SIZE_MAX;
    uint8_t bits = 0;
    (void)p;
    if (slash == SIZE_MAX) {
        return fir__compile_fail(
            c, v4 ? "write a network: 10.0.0.1/32 is one address" : "write a network: 2001:db8::1/128 is one address",
            "unrecognized %s network %.*s", v4 ? "IPv4" : "IPv6", FIR__SHOWN(s));
    }
    if (!fir__addr_parse(fir__str_to(s, slash), &out->addr) || (out->addr.family == 4) != v4) {
        return fir__compile_fail(c, "networks are 10.0.0.0/8 or 2001:db8::/32", "unrecognized %s network %.*s",
                                 v4 ? "IPv4" : "IPv6", FIR__SHOWN(s));
    }
    if (!read_mask(c, fir__str_from(s, slash + 1), v4, &bits)) {
        return false;
    }
    out->addr.bits = bits;
    return true;
}

static bool constant_priority(fir__compiler *c, const fir__predicate *p, fir_str s, fir__typed *out)
{
    int level = fir__priority_parse(s);
    (void)p;
    if (level == FIR__PRIORITY_UNKNOWN) {
        fir_str near = fir__str_suggest(s, FIR__PRIORITIES, fir__priority_name_at, NULL);
        fir_str guess = near.len != 0 ? fir__expr_did_you_mean(c, near) : FIR__S("");
        const char *hint =
            guess.len != 0
                ? guess.ptr
                : "the levels are Emergency, Alert, Critical, Error, Warning, Notice, Informational, Debug; more severe is greater";
        return fir__compile_fail(c, hint, "%.*s is not a priority", FIR__SHOWN(s));
    }
    out->u = (uint64_t)(FIR__PRIORITY_DEBUG - level);
    return true;
}

static bool constant_hex(fir__compiler *c, const fir__predicate *p, fir_str s, fir__typed *out)
{
    static const char digits[] = "0123456789abcdef";
    char *bytes = fir__arena_alloc(c->arena, s.len / 2 + 1);
    bool good = s.len != 0 && s.len % 2 == 0;
    (void)p;
    if (bytes == NULL) {
        return fir__compile_fail_memory(c);
    }
    for (size_t i = 0; good && i < s.len; i++) {
        const char *at = memchr(digits, fir__lower(s.ptr[i]), 16);
        good = at != NULL;
        if (good) {
            int high = i % 2 == 0 ? 0 : bytes[i / 2] << 4;
            bytes[i / 2] = (char)(unsigned char)(high | (int)(at - digits));
        }
    }
    out->text = fir__str(bytes, s.len / 2);
    return good || fir__compile_fail(c, "write pairs of hex digits without 0x: 7f454c46",
                                     "filter error: bcontains and bstartswith operator support hex strings only");
}

static bool constant_regex(fir__compiler *c, const fir__predicate *p, fir_str s, fir__typed *out)
{
    fir_error bad;
    uint32_t steps = c->o->regex_steps != 0 ? c->o->regex_steps : FIR__EXPR_REGEX_STEPS;
    (void)p;
    int status = fir__regex_compile(s, steps, c->o->allocator, &out->regex, &bad);
    c->program->has_regex = true;
    if (status != 0) {
        c->status = status;
        (void)fir__fail_at(c->err, status, c->check->at, "%s", bad.message);
    }
    return status == 0;
}

static bool constant_text(fir__compiler *c, const fir__predicate *p, fir_str s, fir__typed *out)
{
    const fir__type_rules *rules = fir__type_rules_of(p->type);
    if (rules->family == FIR__FAMILY_STRING && s.len != 0 && memchr(s.ptr, '\0', s.len) != NULL) {
        return fir__compile_fail(c, "", "filter error: filter value cannot contain a NUL byte (\\x00)");
    }
    if (p->op == FIR__OP_BCONTAINS || p->op == FIR__OP_BSTARTSWITH) {
        return constant_hex(c, p, s, out);
    }
    return p->op != FIR__OP_REGEX || constant_regex(c, p, s, out);
}

static read_constant *reader_of(const fir__predicate *p)
{
    switch (p->type) {
    case FIR__F_BOOL:
        return constant_bool;
    case FIR__F_PORT:
        return constant_port;
    case FIR__F_IPADDR:
        return constant_address;
    case FIR__F_IPNET:
        return constant_network;
    case FIR__F_PRIORITY:
        return constant_priority;
    default:
        break;
    }
    switch (p->class) {
    case FIR__C_INT:
        return constant_int;
    case FIR__C_UINT:
        return constant_uint;
    case FIR__C_REAL:
        return constant_real;
    default:
        return constant_text;
    }
}

static bool build_table(fir__compiler *c, fir__predicate *p)
{
    uint32_t size = TABLE_FROM * 2;
    while (size < p->n_constants * 2) {
        size *= 2;
    }
    uint32_t *table = fir__arena_array(c->arena, size, sizeof *table);
    if (table == NULL) {
        return fir__compile_fail_memory(c);
    }
    p->mask = size - 1;
    p->table = table;
    for (uint32_t i = 0; i < p->n_constants; i++) {
        uint32_t at = (uint32_t)fir__hash_str(p->constants[i].text) & p->mask;
        while (table[at] != 0) {
            at = (at + 1) & p->mask;
        }
        table[at] = i + 1;
    }
    return true;
}

bool fir__compile_constants(fir__compiler *c, const fir__operand *right, fir__predicate *p)
{
    const bool list = right->kind == FIR__OPERAND_LIST;
    const uint32_t n = list ? right->n_args : 1;
    read_constant *read = reader_of(p);
    fir__typed *constants = fir__arena_array(c->arena, n, sizeof *constants);
    if (constants == NULL) {
        return fir__compile_fail_memory(c);
    }
    p->constants = constants;
    for (uint32_t i = 0; i < n; i++, p->n_constants++) {
        constants[i].text = list ? right->args[i].text : right->text;
        if (p->op != FIR__OP_TALON_EQ && !read(c, p, constants[i].text, &constants[i])) {
            return false;
        }
    }
    bool member = (p->op == FIR__OP_IN || p->op == FIR__OP_INTERSECTS) && p->class == FIR__C_TEXT;
    return !member || n < TABLE_FROM || build_table(c, p);
}

bool fir__operand_is_numeric(const fir__operand *right)
{
    int64_t n;
    if (right->kind != FIR__OPERAND_LIST) {
        return read_int(right->text, &n);
    }
    for (uint32_t i = 0; i < right->n_args; i++) {
        if (!read_int(right->args[i].text, &n)) {
            return false;
        }
    }
    return right->n_args != 0;
}
