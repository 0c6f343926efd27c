/* SPDX-License-Identifier: Apache-2.0 */
/* One check: is its operator one that the type takes, and what stands on its right? */
#include "expr/compiler.h"

static const char list_hint[] = "for a list write intersects (one of its elements is among these) or in (all are)";

static bool unsupported(fir__compiler *c, const fir__predicate *p)
{
    const fir__type_rules *rules = fir__type_rules_of(p->type);
    fir_str op = fir__op_name(p->op);
    if (p->left.is_list) {
        return fir__compile_fail(c, list_hint, "filter error: '%.*s' operator not supported list filters", FIR__SHOWN(op));
    }
    if (p->modifier != FIR__MOD_NONE && rules->family == FIR__FAMILY_ADDRESS) {
        return fir__compile_fail(c, fir__family_hint(rules->family),
                                 "filter error: '%.*s' with modifier not supported for ip address and network filters",
                                 FIR__SHOWN(op));
    }
    return fir__compile_fail(c, fir__family_hint(rules->family), "filter error: '%.*s' operator not supported for %s filters",
                             FIR__SHOWN(op), fir__family_name(rules->family));
}

static bool is_value(const fir__operand *o)
{
    return o->kind == FIR__OPERAND_FIELD || o->kind == FIR__OPERAND_CALL;
}

static bool check_operator(fir__compiler *c, const fir__predicate *p)
{
    const fir__type_rules *rules = fir__type_rules_of(p->type);
    uint32_t ops = p->left.is_list ? rules->list_ops : rules->ops;
    if (!p->left.is_list && p->op != FIR__OP_EXISTS && is_value(&p->check->right)) {
        ops |= rules->value_ops;
    }
    return (ops & fir__op_bit(p->op)) != 0 || unsupported(c, p);
}

/* A raw parameter of no known type: a number when it is compared with numbers, else text. */
static void settle_dynamic(fir__predicate *p)
{
    const uint32_t order = fir__op_bit(FIR__OP_LT) | fir__op_bit(FIR__OP_LE) | fir__op_bit(FIR__OP_GT) | fir__op_bit(FIR__OP_GE);
    const uint32_t equal =
        fir__op_bit(FIR__OP_EQ) | fir__op_bit(FIR__OP_NE) | fir__op_bit(FIR__OP_IN) | fir__op_bit(FIR__OP_INTERSECTS);
    if (p->type != FIR__F_DYNAMIC) {
        return;
    }
    bool number = (order & fir__op_bit(p->op)) != 0 ||
                  ((equal & fir__op_bit(p->op)) != 0 && !is_value(&p->check->right) && fir__operand_is_numeric(&p->check->right));
    p->type = number ? FIR__F_INT64 : FIR__F_CHARBUF;
}

/* ---- values on the right ---- */

static fir_str operand_name(const fir__operand *o)
{
    return o->kind == FIR__OPERAND_CALL ? fir__transformer_name(o->transformer) : o->text;
}

static bool no_values(fir__compiler *c, fir__op op)
{
    char upper[16];
    fir_str name = fir__op_name(op);
    size_t n = name.len < sizeof upper ? name.len : sizeof upper;
    for (size_t i = 0; i < n; i++) {
        upper[i] = fir__upper(name.ptr[i]);
    }
    return fir__compile_fail(c, "compare with constants", "operator '%.*s' doesn't support right-hand side fields", (int)n, upper);
}

static bool check_value(fir__compiler *c, const fir__predicate *p, const fir__source *right)
{
    const fir__operand *l = &p->check->left, *r = &p->check->right;
    fir_str type = fir__ftype_name(p->left.type), other = fir__ftype_name(right->type);
    fir_str left_name = operand_name(l), right_name = operand_name(r);
    if (p->op == FIR__OP_REGEX || p->op == FIR__OP_PMATCH) {
        return no_values(c, p->op);
    }
    if (p->left.type == FIR__F_IPNET || p->left.type == FIR__F_PRIORITY) {
        return fir__compile_fail(c, "compare with constants", "field type '%.*s' doesn't support right-hand side fields",
                                 FIR__SHOWN(type));
    }
    if ((fir__operand_flags(r) & FIR__FIELD_NO_RHS) != 0) {
        return fir__compile_fail(c, "it looks at several values; put it on the left",
                                 "field '%.*s' can't be used as a right-hand side field", FIR__SHOWN(right_name));
    }
    if (p->left.type != right->type || p->left.is_list != right->is_list) {
        return fir__compile_fail(
            c, "val() compares fields of one type",
            "field '%.*s' has type '%.*s%s' while the right-hand side field '%.*s' has incompatible type '%.*s%s'",
            FIR__SHOWN(left_name), FIR__SHOWN(type), p->left.is_list ? " (list)" : "", FIR__SHOWN(right_name), FIR__SHOWN(other),
            right->is_list ? " (list)" : "");
    }
    if (!p->left.is_list && (fir__type_rules_of(p->type)->value_ops & fir__op_bit(p->op)) == 0) {
        return no_values(c, p->op);
    }
    if ((p->left.step && right->alert) || (p->left.alert && right->step)) {
        return fir__compile_fail(c, "compare each with constants", "a step and the alert cannot be compared with each other");
    }
    return true;
}

static bool compile_value(fir__compiler *c, fir__predicate *p)
{
    fir__source *right = fir__arena_zalloc(c->arena, sizeof *right);
    if (right == NULL) {
        return fir__compile_fail_memory(c);
    }
    p->right = right;
    return fir__compile_source(c, &p->check->right, right) && check_value(c, p, right);
}

/* ---- warnings ---- */

static bool is_plain(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (memchr(".[]{}()*+?^$|\\", s.ptr[i], 14) != NULL) {
            return false;
        }
    }
    return true;
}

/* Text with .* or .+ before or behind it: another operator says the same and costs less. */
static bool is_simple_regex(fir_str s)
{
    if (fir__str_starts(s, FIR__S(".*")) || fir__str_starts(s, FIR__S(".+"))) {
        s = fir__str_from(s, 2);
    }
    if (fir__str_ends(s, FIR__S(".*")) || fir__str_ends(s, FIR__S(".+"))) {
        s = fir__str_to(s, s.len - 2);
    }
    return is_plain(s);
}

static bool warn_constant(fir__compiler *c, const fir__predicate *p, fir_str s)
{
    if (p->op == FIR__OP_REGEX && is_simple_regex(s)) {
        return fir__compile_warn(c, "FIR-P003", FIR__S("a dot matches no newline there, which is seldom meant"),
                                 "regex check with '%.*s' may be optimized with simpler operators such as '=', 'contains', "
                                 "'startswith', 'endswith'",
                                 FIR__SHOWN(s));
    }
    if (p->class == FIR__C_TEXT && fir__field_find(s) != NULL) {
        return fir__compile_warn(c, "FIR-P002", FIR__S("val(…) compares with a field's value"),
                                 "'%.*s' may be a valid field misused as a const string value", FIR__SHOWN(s));
    }
    for (int t = 0; p->class == FIR__C_TEXT && t < FIR__X_COUNT; t++) {
        fir_str name = fir__transformer_name((fir__transformer)t);
        if (fir__str_starts(s, name) && s.len > name.len && s.ptr[name.len] == '(') {
            return fir__compile_warn(c, "FIR-P002", FIR__S("write it without quotes"),
                                     "'%.*s' may be a valid transformer misused as a const string value", FIR__SHOWN(s));
        }
    }
    return true;
}

static bool warn_constants(fir__compiler *c, const fir__predicate *p)
{
    const fir__operand *right = &p->check->right;
    const uint32_t n = right->kind == FIR__OPERAND_LIST ? right->n_args : 1;
    for (uint32_t i = 0; c->warnings != NULL && i < n; i++) {
        if (!warn_constant(c, p, right->kind == FIR__OPERAND_LIST ? right->args[i].text : right->text)) {
            return false;
        }
    }
    return true;
}

/* ---- the whole ---- */

/* Whether one of the values is enough. A list in `in` must be in it as a whole; a socket's addresses and ports differ from a
 * constant when both do; an ancestor differs when one does. */
static fir__quantifier quantifier_of(const fir__predicate *p)
{
    if (p->left.is_list) {
        return p->op == FIR__OP_IN ? FIR__EVERY : FIR__ANY;
    }
    bool ancestors = p->left.kind == FIR__SOURCE_SEVERAL && p->left.split != FIR__SPLIT_NO;
    return p->op == FIR__OP_NE && !ancestors ? FIR__EVERY : FIR__ANY;
}

static fir__quick quick_of(const fir__predicate *p)
{
    const uint32_t text_ops = fir__op_bit(FIR__OP_EQ) | fir__op_bit(FIR__OP_NE) | fir__op_bit(FIR__OP_CONTAINS) |
                              fir__op_bit(FIR__OP_STARTSWITH) | fir__op_bit(FIR__OP_ENDSWITH) | fir__op_bit(FIR__OP_IN) |
                              fir__op_bit(FIR__OP_INTERSECTS);
    const uint32_t number_ops = fir__op_bit(FIR__OP_EQ) | fir__op_bit(FIR__OP_NE) | fir__op_bit(FIR__OP_LT) |
                                fir__op_bit(FIR__OP_LE) | fir__op_bit(FIR__OP_GT) | fir__op_bit(FIR__OP_GE);
    if (p->left.kind != FIR__SOURCE_FIELD || p->left.hex || p->right != NULL || p->modifier != FIR__MOD_NONE) {
        return FIR__QUICK_NO;
    }
    if (p->class == FIR__C_TEXT && (text_ops & fir__op_bit(p->op)) != 0) {
        return FIR__QUICK_TEXT;
    }
    bool number = (p->class == FIR__C_INT || p->class == FIR__C_UINT) && p->type != FIR__F_PRIORITY;
    return number && (number_ops & fir__op_bit(p->op)) != 0 ? FIR__QUICK_NUMBER : FIR__QUICK_NO;
}

static uint8_t accepts(fir__op op)
{
    static const struct {
        fir__op op;
        uint8_t bits;
    } orders[] = {{FIR__OP_LT, 1}, {FIR__OP_EQ, 2}, {FIR__OP_LE, 3}, {FIR__OP_GT, 4}, {FIR__OP_NE, 5}, {FIR__OP_GE, 6}};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        if (orders[i].op == op) {
            return orders[i].bits;
        }
    }
    return 0;
}

static bool compile_check(fir__compiler *c, const fir__ast *check, fir__predicate *p)
{
    p->op = check->op;
    p->modifier = check->modifier;
    p->check = check;
    if (!fir__compile_source(c, &check->left, &p->left)) {
        return false;
    }
    p->step = p->left.step;
    p->type = p->left.type;
    if (p->op == FIR__OP_TALON_EQ) {
        return fir__compile_constants(c, &check->right, p);
    }
    if (!check_operator(c, p)) {
        return false;
    }
    settle_dynamic(p);
    p->class = fir__type_rules_of(p->type)->class;
    p->quantifier = (uint8_t)quantifier_of(p);
    if (p->left.step && p->left.alert) {
        return fir__compile_fail(c, "use one of them in a check", "a step and the alert cannot be mixed in one check");
    }
    if (p->op == FIR__OP_EXISTS) {
        return true;
    }
    if (is_value(&check->right)) {
        p->step |= compile_value(c, p) && p->right->step;
        return c->status == 0;
    }
    return fir__compile_constants(c, &check->right, p) && warn_constants(c, p);
}

bool fir__compile_check(fir__compiler *c, const fir__ast *check, fir__predicate *p)
{
    if (!compile_check(c, check, p)) {
        return false;
    }
    if (p->op != FIR__OP_TALON_EQ && p->op != FIR__OP_EXISTS) {
        p->quick = (uint8_t)quick_of(p);
        p->bits = fir__type_rules_of(p->type)->bits;
        p->accepts = accepts(p->op);
    }
    return true;
}
