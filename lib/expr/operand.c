/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a check: fields, transformers, values, lists, operators. */
#include "base/property.h"
#include "expr/parser.h"

const fir__operator fir__operators[FIR__OPERATORS] = {
    {{"exists", 6}, FIR__OP_EXISTS, FIR__TAKES_NOTHING, false},
    {{"<=", 2}, FIR__OP_LE, FIR__TAKES_NUMBER, false},
    {{"<", 1}, FIR__OP_LT, FIR__TAKES_NUMBER, false},
    {{">=", 2}, FIR__OP_GE, FIR__TAKES_NUMBER, false},
    {{">", 1}, FIR__OP_GT, FIR__TAKES_NUMBER, false},
    {{"==", 2}, FIR__OP_EQ, FIR__TAKES_TEXT, false},
    {{"=", 1}, FIR__OP_EQ, FIR__TAKES_TEXT, false},
    {{"!=", 2}, FIR__OP_NE, FIR__TAKES_TEXT, false},
    {{"glob", 4}, FIR__OP_GLOB, FIR__TAKES_TEXT, true},
    {{"iglob", 5}, FIR__OP_IGLOB, FIR__TAKES_TEXT, true},
    {{"contains", 8}, FIR__OP_CONTAINS, FIR__TAKES_TEXT, true},
    {{"icontains", 9}, FIR__OP_ICONTAINS, FIR__TAKES_TEXT, true},
    {{"bcontains", 9}, FIR__OP_BCONTAINS, FIR__TAKES_TEXT, true},
    {{"startswith", 10}, FIR__OP_STARTSWITH, FIR__TAKES_TEXT, true},
    {{"bstartswith", 11}, FIR__OP_BSTARTSWITH, FIR__TAKES_TEXT, true},
    {{"endswith", 8}, FIR__OP_ENDSWITH, FIR__TAKES_TEXT, true},
    {{"regex", 5}, FIR__OP_REGEX, FIR__TAKES_TEXT, true},
    {{"intersects", 10}, FIR__OP_INTERSECTS, FIR__TAKES_LIST, false},
    {{"in", 2}, FIR__OP_IN, FIR__TAKES_LIST, false},
    {{"pmatch", 6}, FIR__OP_PMATCH, FIR__TAKES_LIST, false},
};

const fir__operator *fir__parse_operator(const fir__parser *p, size_t i)
{
    fir_str rest = fir__str_from(fir__lex_rest(&p->lex), i);
    for (size_t k = 0; k < FIR__OPERATORS; k++) {
        const fir__operator *op = &fir__operators[k];
        if (fir__str_starts(rest, op->word) && (!op->blank || (rest.len > op->word.len && fir__is_blank(rest.ptr[op->word.len])))) {
            return op;
        }
    }
    return NULL;
}

static bool keep(fir__parser *p, fir_str s, fir_str *to)
{
    *to = fir__arena_str(p->arena, s);
    return to->ptr != NULL || fir__parse_fail_memory(p);
}

static void begin(const fir__parser *p, fir__operand *o, fir__operand_kind kind)
{
    memset(o, 0, sizeof *o);
    o->kind = kind;
    o->at = p->lex.at;
}

/* A quoted text of n bytes; the last token is what it says. */
static bool take_quoted(fir__parser *p, size_t n, fir_str *to)
{
    fir_str quoted = fir__lex_take(&p->lex, n);
    char bad = '\0';
    size_t len;
    char *text = fir__arena_alloc(p->arena, n);
    if (text == NULL) {
        return fir__parse_fail_memory(p);
    }
    fir__unescape status = fir__lex_unescape(quoted, text, &len, &bad);
    if (status != FIR__UNESCAPE_OK) {
        return fir__parse_fail_escape(p, status, quoted.ptr[0], bad);
    }
    text[len] = '\0';
    *to = fir__str(text, len);
    p->lex.last = *to;
    return true;
}

/* ---- fields ---- */

/* [arg]; the bracket touches what is before it, and nothing but the argument stands inside. */
static bool parse_index(fir__parser *p, fir__operand *o)
{
    if (!fir__lex_word(&p->lex, FIR__S("["))) {
        return true;
    }
    size_t n = fir__lex_quoted_len(&p->lex);
    o->has_arg = true;
    o->arg_quoted = n != 0;
    if (n != 0) {
        if (!take_quoted(p, n, &o->arg)) {
            return false;
        }
    } else {
        n = fir__lex_arg_len(&p->lex);
        if (n == 0) {
            return fir__parse_fail(p, FIR__FAIL_INDEX);
        }
        if (!keep(p, fir__lex_take(&p->lex, n), &o->arg)) {
            return false;
        }
    }
    return fir__lex_word(&p->lex, FIR__S("]")) || fir__parse_fail(p, FIR__FAIL_BRACKET);
}

/* steps.<id>.status and steps.<id>.output are all that a step has. */
static bool is_step_value(fir_str name)
{
    fir_str id = fir__str_from(name, sizeof "steps." - 1);
    size_t dot = fir__str_find(id, FIR__S("."));
    fir_str key = dot != SIZE_MAX ? fir__str_from(id, dot + 1) : FIR__S("");
    return fir__str_eq(key, FIR__S("status")) || fir__str_eq(key, FIR__S("output"));
}

/* The field name of n bytes that stands here. */
static bool parse_field(fir__parser *p, size_t n, fir__operand *out)
{
    begin(p, out, FIR__OPERAND_FIELD);
    if (!keep(p, fir__lex_take(&p->lex, n), &out->text)) {
        return false;
    }
    out->property = p->properties && fir__property_find(out->text) != FIR__PROP_NONE;
    if (p->steps && fir__str_starts(out->text, FIR__S("steps.")) && !is_step_value(out->text)) {
        return fir__parse_fail_own(p, out->at, "a step has only steps.<id>.status and steps.<id>.output", out->text);
    }
    if (!parse_index(p, out)) {
        return false;
    }
    if (out->property && out->has_arg) {
        return fir__parse_fail_own(p, out->at, "a property of the alert takes no argument in brackets", out->text);
    }
    return true;
}

/* The length of the name of one of the alert's properties that stands here as a bare word; 0: none does. */
static size_t bare_property_len(const fir__parser *p)
{
    size_t n = p->properties ? fir__lex_ident_len(&p->lex) : 0;
    bool known = n != 0 && fir__property_find(fir__str_to(fir__lex_rest(&p->lex), n)) != FIR__PROP_NONE;
    return known ? n : 0;
}

/* A field, or 0: none stands here. A bare property counts where a bare word could be nothing else. */
static size_t field_len(const fir__parser *p)
{
    size_t n = fir__lex_field_len(&p->lex);
    return n != 0 ? n : bare_property_len(p);
}

/* A bare property with an operator behind it; without, the word is a macro. */
static size_t checked_property_len(const fir__parser *p)
{
    size_t n = bare_property_len(p), i = n;
    while (n != 0 && fir__is_blank(fir__lex_peek(&p->lex, i))) {
        i++;
    }
    return n != 0 && fir__parse_operator(p, i) != NULL ? n : 0;
}

/* ---- transformers ---- */

static bool push_operand(fir__parser *p, const fir__operand *o)
{
    if (!fir__grow(&p->arena->allocator, &p->operands, &p->cap_operands, p->n_operands + 1, sizeof *o)) {
        return fir__parse_fail_memory(p);
    }
    p->operands[p->n_operands++] = *o;
    return true;
}

/* The operands above `base` become o's. */
static bool pop_operands(fir__parser *p, size_t base, fir__operand *o)
{
    size_t n = p->n_operands - base;
    p->n_operands = base;
    o->n_args = (uint32_t)n;
    if (n == 0) {
        return true;
    }
    o->args = fir__arena_array(p->arena, n, sizeof *o);
    if (o->args == NULL) {
        return fir__parse_fail_memory(p);
    }
    memcpy(o->args, p->operands + base, n * sizeof *o);
    return true;
}

/* The transformer whose name and parenthesis stand here, or FIR__X_COUNT. */
static fir__transformer peek_call(const fir__parser *p)
{
    fir_str rest = fir__lex_rest(&p->lex);
    for (int t = 0; t < FIR__X_COUNT; t++) {
        fir_str name = fir__transformer_name((fir__transformer)t);
        if (fir__str_starts(rest, name) && rest.len > name.len && rest.ptr[name.len] == '(') {
            return (fir__transformer)t;
        }
    }
    return FIR__X_COUNT;
}

static bool parse_call(fir__parser *p, fir__transformer t, fir__operand *out);

/* field, transformer, quoted text or number; what else is there is told by `what`. */
static bool parse_simple_argument(fir__parser *p, fir__failure what, fir__operand *out)
{
    fir__transformer t = peek_call(p);
    if (t != FIR__X_COUNT) {
        return parse_call(p, t, out);
    }
    size_t n = field_len(p);
    if (n != 0) {
        return parse_field(p, n, out);
    }
    begin(p, out, FIR__OPERAND_TEXT);
    n = fir__lex_quoted_len(&p->lex);
    if (n != 0) {
        out->quoted = true;
        return take_quoted(p, n, &out->text);
    }
    n = fir__lex_number_len(&p->lex);
    if (n == 0) {
        return fir__parse_fail(p, what);
    }
    out->number = true;
    return keep(p, fir__lex_take(&p->lex, n), &out->text);
}

/* Reads arguments up to the closing parenthesis, which is left. */
static bool parse_arguments(fir__parser *p, fir__operand *list, bool inside_list);

/* (a, b) as an argument; it may be empty. Lists do not nest. */
static bool parse_list_argument(fir__parser *p, fir__operand *out)
{
    begin(p, out, FIR__OPERAND_LIST);
    (void)fir__lex_take(&p->lex, 1);
    (void)fir__lex_blank(&p->lex);
    if (fir__lex_peek(&p->lex, 0) != ')' && !parse_arguments(p, out, true)) {
        return false;
    }
    return fir__lex_word(&p->lex, FIR__S(")")) || fir__parse_fail(p, FIR__FAIL_CLOSE);
}

static bool parse_arguments(fir__parser *p, fir__operand *list, bool inside_list)
{
    const size_t base = p->n_operands;
    do {
        fir__operand argument;
        (void)fir__lex_blank(&p->lex);
        bool ok = !inside_list && fir__lex_peek(&p->lex, 0) == '('
                      ? parse_list_argument(p, &argument)
                      : parse_simple_argument(p, inside_list ? FIR__FAIL_LIST_ARGUMENT : FIR__FAIL_ARGUMENT, &argument);
        if (!ok || !push_operand(p, &argument)) {
            return false;
        }
        (void)fir__lex_blank(&p->lex);
    } while (fir__lex_word(&p->lex, FIR__S(",")));
    return pop_operands(p, base, list);
}

static bool parse_call(fir__parser *p, fir__transformer t, fir__operand *out)
{
    begin(p, out, FIR__OPERAND_CALL);
    out->transformer = t;
    (void)fir__lex_take(&p->lex, fir__transformer_name(t).len + 1);
    if (!fir__parse_enter(p, FIR__LEVELS_CALL)) {
        return false;
    }
    p->level += FIR__LEVELS_CALL;
    if (!parse_arguments(p, out, false)) {
        return false;
    }
    p->level -= FIR__LEVELS_CALL;
    if (!fir__lex_word(&p->lex, FIR__S(")"))) {
        return fir__parse_fail(p, FIR__FAIL_CALL_CLOSE);
    }
    return parse_index(p, out);
}

/* val(field) */
static bool parse_val(fir__parser *p, fir__operand *out)
{
    fir__place at = p->lex.at;
    (void)fir__lex_take(&p->lex, sizeof "val(" - 1);
    (void)fir__lex_blank(&p->lex);
    size_t n = field_len(p);
    if (n == 0) {
        return fir__parse_fail(p, FIR__FAIL_VAL);
    }
    if (!parse_field(p, n, out)) {
        return false;
    }
    out->at = at;
    (void)fir__lex_blank(&p->lex);
    return fir__lex_word(&p->lex, FIR__S(")")) || fir__parse_fail(p, FIR__FAIL_CALL_CLOSE);
}

/* val(…) or a transformer on the right side. */
static bool parse_computed(fir__parser *p, fir__operand *out, bool *found)
{
    *found = true;
    if (fir__str_starts(fir__lex_rest(&p->lex), FIR__S("val("))) {
        return parse_val(p, out);
    }
    fir__transformer t = peek_call(p);
    if (t != FIR__X_COUNT) {
        return parse_call(p, t, out);
    }
    *found = false;
    return true;
}

/* ---- left and right ---- */

bool fir__parse_left(fir__parser *p, fir__operand *out, bool *found)
{
    *found = true;
    size_t n = fir__lex_field_len(&p->lex);
    if (n == 0) {
        n = checked_property_len(p);
    }
    if (n != 0) {
        return parse_field(p, n, out);
    }
    fir__transformer t = peek_call(p);
    if (t != FIR__X_COUNT) {
        return parse_call(p, t, out);
    }
    *found = false;
    return true;
}

/* Quoted or bare. */
static bool parse_text(fir__parser *p, fir__failure what, fir__operand *out)
{
    begin(p, out, FIR__OPERAND_TEXT);
    size_t n = fir__lex_quoted_len(&p->lex);
    if (n != 0) {
        out->quoted = true;
        return take_quoted(p, n, &out->text);
    }
    n = fir__lex_bare_len(&p->lex);
    return n != 0 ? keep(p, fir__lex_take(&p->lex, n), &out->text) : fir__parse_fail(p, what);
}

/* "(" was taken. The items of a condition's list are texts. */
static bool parse_items(fir__parser *p, fir__operand *out)
{
    const size_t base = p->n_operands;
    (void)fir__lex_blank(&p->lex);
    if (fir__lex_quoted_len(&p->lex) != 0 || fir__lex_bare_len(&p->lex) != 0) {
        do {
            fir__operand item;
            (void)fir__lex_blank(&p->lex);
            if (!parse_text(p, FIR__FAIL_ITEM, &item) || !push_operand(p, &item)) {
                return false;
            }
            (void)fir__lex_blank(&p->lex);
        } while (fir__lex_word(&p->lex, FIR__S(",")));
    }
    if (!fir__lex_word(&p->lex, FIR__S(")"))) {
        return fir__parse_fail(p, FIR__FAIL_CLOSE);
    }
    return pop_operands(p, base, out);
}

/* A list, or the name of one. Behind a modifier there are no fields and transformers. */
static bool parse_list(fir__parser *p, bool modified, fir__operand *out)
{
    bool found = false;
    (void)fir__lex_blank(&p->lex);
    begin(p, out, FIR__OPERAND_LIST);
    if (fir__lex_word(&p->lex, FIR__S("("))) {
        return parse_items(p, out);
    }
    if (!modified && (!parse_computed(p, out, &found) || found)) {
        return p->status == 0;
    }
    begin(p, out, FIR__OPERAND_IDENT);
    size_t n = fir__lex_ident_len(&p->lex);
    return n != 0 ? keep(p, fir__lex_take(&p->lex, n), &out->text) : fir__parse_fail(p, FIR__FAIL_LIST);
}

/* Whether the word here is and, or, not. As Falco has it an underscore ends the word, so or_x begins with one. */
static bool is_keyword(fir_str s)
{
    static const fir_str keywords[] = {{"and", 3}, {"or", 2}, {"not", 3}};
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        size_t n = keywords[i].len;
        if (fir__str_starts(s, keywords[i]) && (s.len == n || !fir__is_alnum(s.ptr[n]))) {
            return true;
        }
    }
    return false;
}

/* oneof, anyof, allof: with a blank before and after, and a list or its name behind; else the word is the value. */
static fir__modifier take_modifier(fir__parser *p, bool blank_before)
{
    fir_str rest = fir__lex_rest(&p->lex);
    for (int m = FIR__MOD_ONEOF; blank_before && m <= FIR__MOD_ALLOF; m++) {
        fir_str word = fir__modifier_name((fir__modifier)m);
        size_t n = word.len;
        if (!fir__str_starts(rest, word) || n == rest.len || !fir__is_blank(rest.ptr[n])) {
            continue;
        }
        while (n < rest.len && fir__is_blank(rest.ptr[n])) {
            n++;
        }
        fir_str next = fir__str_from(rest, n);
        if (next.len != 0 && (next.ptr[0] == '(' || (fir__is_alpha(next.ptr[0]) && !is_keyword(next)))) {
            (void)fir__lex_take(&p->lex, word.len);
            return (fir__modifier)m;
        }
    }
    return FIR__MOD_NONE;
}

/* Only the alert's priority compares by name: priority >= Warning. */
static bool is_priority(const fir__operand *o)
{
    return o->property && fir__property_find(o->text) == FIR__PROP_PRIORITY;
}

static bool parse_number(fir__parser *p, fir__ast *check)
{
    bool found;
    (void)fir__lex_blank(&p->lex);
    if (!parse_computed(p, &check->right, &found) || found) {
        return p->status == 0;
    }
    if (is_priority(&check->left)) {
        return parse_text(p, FIR__FAIL_STRING, &check->right);
    }
    begin(p, &check->right, FIR__OPERAND_TEXT);
    size_t n = fir__lex_number_len(&p->lex);
    if (n == 0) {
        return fir__parse_fail(p, FIR__FAIL_NUMBER);
    }
    check->right.number = true;
    return keep(p, fir__lex_take(&p->lex, n), &check->right.text);
}

static bool parse_value(fir__parser *p, fir__ast *check)
{
    bool found, blank = fir__lex_blank(&p->lex);
    check->modifier = take_modifier(p, blank);
    if (check->modifier != FIR__MOD_NONE) {
        return parse_list(p, true, &check->right);
    }
    if (!parse_computed(p, &check->right, &found) || found) {
        return p->status == 0;
    }
    return parse_text(p, FIR__FAIL_STRING, &check->right);
}

bool fir__parse_right(fir__parser *p, const fir__operator *op, fir__ast *check)
{
    switch (op->takes) {
    case FIR__TAKES_NUMBER:
        return parse_number(p, check);
    case FIR__TAKES_TEXT:
        return parse_value(p, check);
    case FIR__TAKES_LIST:
        return parse_list(p, false, &check->right);
    default:
        return true;
    }
}
