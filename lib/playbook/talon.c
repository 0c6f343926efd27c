/* SPDX-License-Identifier: Apache-2.0 */
/* Falco Talon's `match`, as a tree of conditions. What each part means was observed on Talon itself (docs/talon.md). */
#include "base/priority.h"
#include "playbook/load.h"

enum { MATCH_RULES, MATCH_PRIORITY, MATCH_SOURCE, MATCH_TAGS, MATCH_FIELDS, MATCH_KEYS };

static const fir__key_def keys[] = {
    [MATCH_RULES] = {.name = {"rules", 5}, .want = FIR__WANT_TEXTS, .merge = FIR__MERGE_APPEND},
    [MATCH_PRIORITY] = {.name = {"priority", 8}, .want = FIR__WANT_TEXT},
    [MATCH_SOURCE] = {.name = {"source", 6}, .want = FIR__WANT_TEXT},
    [MATCH_TAGS] = {.name = {"tags", 4}, .want = FIR__WANT_TEXTS, .merge = FIR__MERGE_APPEND},
    [MATCH_FIELDS] = {.name = {"output_fields", 13}, .want = FIR__WANT_TEXTS, .merge = FIR__MERGE_APPEND},
};
const fir__shape fir__match_shape = {"rule's `match`", keys, MATCH_KEYS};

/* ---- nodes ---- */

static fir__ast *node(fir__load *l, fir__ast_kind kind, fir__place at)
{
    fir__ast *n = fir__load_array(l, 1, sizeof *n);
    if (n != NULL) {
        n->kind = kind;
        n->at = at;
        n->end = at.offset;
    }
    return n;
}

/* AND or OR of the nodes; of one, itself; of none NULL. */
static fir__ast *group(fir__load *l, fir__ast_kind kind, fir__place at, fir__ast **nodes, uint32_t n)
{
    if (n <= 1) {
        return n == 0 ? NULL : nodes[0];
    }
    fir__ast *g = node(l, kind, at);
    if (g != NULL) {
        g->children = nodes;
        g->n_children = n;
        fir__ast_measure(g);
    }
    return g;
}

static fir__ast *negated(fir__load *l, fir__ast *inner)
{
    fir__ast *n = node(l, FIR__AST_NOT, inner->at);
    fir__ast **children = fir__load_array(l, 1, sizeof *children);
    if (n == NULL || children == NULL) {
        return NULL;
    }
    children[0] = inner;
    n->children = children;
    n->n_children = 1;
    fir__ast_measure(n);
    return n;
}

static fir__operand text(fir_str s, fir__place at)
{
    return (fir__operand){.kind = FIR__OPERAND_TEXT, .at = at, .text = s, .quoted = true};
}

static fir__operand property(const char *name, fir__place at)
{
    return (fir__operand){.kind = FIR__OPERAND_FIELD, .at = at, .text = fir__cstr(name), .property = true};
}

/* `property op text`, or with a list on the right. */
static fir__ast *check(fir__load *l, fir__operand left, fir__op op, const fir_str *values, uint32_t n)
{
    fir__ast *c = node(l, FIR__AST_CHECK, left.at);
    if (c == NULL) {
        return NULL;
    }
    c->op = op;
    c->left = left;
    if (op != FIR__OP_IN && op != FIR__OP_INTERSECTS) {
        c->right = text(n != 0 ? values[0] : FIR__S(""), left.at);
        fir__ast_measure(c);
        return c;
    }
    fir__operand *args = fir__load_array(l, n, sizeof *args);
    if (args == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < n; i++) {
        args[i] = text(values[i], left.at);
    }
    c->right = (fir__operand){.kind = FIR__OPERAND_LIST, .at = left.at, .args = args, .n_args = n};
    fir__ast_measure(c);
    return c;
}

/* ---- rules, source ---- */

static fir__ast *match_rules(fir__load *l, const fir__data *d)
{
    fir_str *names = fir__load_array(l, d->count, sizeof *names);
    if (names == NULL || d->count == 0) {
        return NULL;
    }
    for (uint32_t i = 0; i < d->count; i++) {
        names[i] = d->items[i].s;
    }
    return check(l, property("rule", fir__stretch_place(l, d)), FIR__OP_IN, names, d->count);
}

/* An alert without a source is of syscall. */
static fir__ast *match_source(fir__load *l, const fir__data *d)
{
    fir__place at = fir__stretch_place(l, d);
    if (!fir__str_eq(d->s, FIR__S("syscall"))) {
        return check(l, property("source", at), FIR__OP_EQ, &d->s, 1);
    }
    static const fir_str names[] = {{"syscall", 7}, {"", 0}};
    fir__ast **any = fir__load_array(l, 2, sizeof(fir__ast *));
    fir__ast *exists = node(l, FIR__AST_CHECK, at);
    if (any == NULL || exists == NULL) {
        return NULL;
    }
    exists->op = FIR__OP_EXISTS;
    exists->left = property("source", at);
    fir__ast_measure(exists);
    any[0] = check(l, property("source", at), FIR__OP_IN, names, 2);
    any[1] = negated(l, exists);
    return any[0] == NULL || any[1] == NULL ? NULL : group(l, FIR__AST_OR, at, any, 2);
}

/* ---- priority ---- */

/* A comparator and how to say it so that an alert of unknown priority is below every level, as Talon has it. */
static const struct {
    fir_str sign;
    fir__op op;
    bool negate;
} comparators[] = {
    {{">=", 2}, FIR__OP_GE, false}, {{"<=", 2}, FIR__OP_GT, true}, {{">", 1}, FIR__OP_GT, false},
    {{"<", 1}, FIR__OP_GE, true},   {{"=", 1}, FIR__OP_EQ, false}, {{"", 0}, FIR__OP_EQ, false},
};

static fir__ast *match_priority(fir__load *l, const fir__data *d)
{
    size_t i = 0;
    while (!fir__str_starts(d->s, comparators[i].sign)) {
        i++;
    }
    fir_str level = fir__str_from(d->s, comparators[i].sign.len);
    int parsed = fir__priority_parse(level);
    if (parsed == FIR__PRIORITY_UNKNOWN || fir__str_eq_nocase(level, FIR__S("info"))) {
        char buffer[FIR__HINT];
        fir_str near = fir__str_suggest(fir__str_trim(level), FIR__PRIORITIES, fir__priority_name_at, NULL);
        fir_str hint = near.ptr != NULL ? fir__hint_near(near, buffer) : FIR__S("write a level, or >, >=, <, <= and a level");
        fir__report(l, FIR__PB_MATCH_PRIORITY, fir__where_of(d), hint, "\"%.*s\" is no priority to match", FIR__SHOW(d->s));
        return NULL;
    }
    fir_str name = fir__priority_name(parsed);
    fir__ast *c = check(l, property("priority", fir__stretch_place(l, d)), comparators[i].op, &name, 1);
    return c == NULL || !comparators[i].negate ? c : negated(l, c);
}

/* ---- tags, output_fields: each item is a list with commas (and), the items are alternatives (or) ---- */

/* The next piece before a comma; false at the end. An empty text has one, empty, piece. */
static bool next_piece(fir_str *rest, bool *begun, fir_str *piece)
{
    if (*begun && rest->ptr == NULL) {
        return false;
    }
    *begun = true;
    size_t comma = fir__str_find(*rest, FIR__S(","));
    *piece = fir__str_to(*rest, comma);
    *rest = comma == SIZE_MAX ? (fir_str){NULL, 0} : fir__str_from(*rest, comma + 1);
    return true;
}

static uint32_t count_pieces(fir_str s)
{
    uint32_t n = 1;
    for (size_t i = 0; i < s.len; i++) {
        n += s.ptr[i] == ',';
    }
    return n;
}

static bool is_tag(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!fir__is_alnum(s.ptr[i]) && (i + 1 == s.len || memchr("_.-", s.ptr[i], 3) == NULL)) {
            return false;
        }
    }
    return s.len != 0;
}

static fir__ast *match_tag(fir__load *l, const fir__data *d, fir_str piece, fir__place at)
{
    fir_str tag = fir__str_trim(piece);
    if (!is_tag(tag)) {
        fir__report(l, FIR__PB_MATCH_TAG, fir__where_of(d),
                    FIR__S("letters, digits, `_`, `.` and `-`, ending in a letter or digit"), "\"%.*s\" is no tag", FIR__SHOW(tag));
        return NULL;
    }
    return check(l, property("tags", at), FIR__OP_INTERSECTS, &tag, 1);
}

/* The value as Talon compares it: without double quotes, wherever they stood. */
static fir_str unquoted(fir__load *l, fir_str s)
{
    char *p = fir__load_array(l, s.len + 1, 1);
    size_t n = 0;
    for (size_t i = 0; p != NULL && i < s.len; i++) {
        if (s.ptr[i] != '"') {
            p[n++] = s.ptr[i];
        }
    }
    return (fir_str){p, n};
}

static bool is_key_char(char c)
{
    return fir__is_alnum(c) || (c != '\0' && strchr(".[]_-/", c) != NULL);
}

/* "k8s.pod.label[app]" is a field with an argument; the brackets stay part of any other name. */
static fir__operand field(fir_str key, fir__place at)
{
    size_t open = fir__str_find(key, FIR__S("["));
    fir__operand o = {.kind = FIR__OPERAND_FIELD, .at = at, .text = key};
    if (open != SIZE_MAX && open != 0 && key.ptr[key.len - 1] == ']' && open + 2 < key.len) {
        o.text = fir__str_to(key, open);
        o.has_arg = true;
        o.arg = (fir_str){key.ptr + open + 1, key.len - open - 2};
    }
    return o;
}

static fir__ast *match_field(fir__load *l, const fir__data *d, fir_str piece, fir__place at)
{
    if (piece.len != 0 && piece.ptr[0] == ' ' && piece.ptr != d->s.ptr) {
        piece = fir__str_from(piece, 1);
    }
    size_t end = 0;
    while (end < piece.len && is_key_char(piece.ptr[end])) {
        end++;
    }
    fir_str rest = fir__str_from(piece, end);
    bool not_equal = fir__str_starts(rest, FIR__S("!="));
    if (!not_equal && !fir__str_starts(rest, FIR__S("="))) {
        fir__report(l, FIR__PB_MATCH_FIELD, fir__where_of(d),
                    FIR__S("write FIELD=VALUE or FIELD!=VALUE, without blanks around; for more, use `condition`"),
                    "\"%.*s\" is no comparison of an output field", FIR__SHOW(piece));
        return NULL;
    }
    fir_str value = unquoted(l, fir__str_from(rest, not_equal ? 2 : 1));
    if (value.ptr == NULL) {
        return NULL;
    }
    fir__ast *c = check(l, field(fir__str_to(piece, end), at), FIR__OP_TALON_EQ, &value, 1);
    return c == NULL || !not_equal ? c : negated(l, c);
}

typedef fir__ast *match_piece(fir__load *l, const fir__data *d, fir_str piece, fir__place at);

static fir__ast *match_all_of(fir__load *l, const fir__data *d, match_piece *make)
{
    fir__place at = fir__stretch_place(l, d);
    fir__ast **all = fir__load_array(l, count_pieces(d->s), sizeof(fir__ast *));
    fir_str rest = d->s, piece;
    bool begun = false, ok = all != NULL;
    uint32_t n = 0;
    while (ok && next_piece(&rest, &begun, &piece)) {
        all[n] = make(l, d, piece, at);
        ok = all[n++] != NULL;
    }
    return ok ? group(l, FIR__AST_AND, at, all, n) : NULL;
}

static fir__ast *match_any(fir__load *l, const fir__data *d, match_piece *make)
{
    fir__ast **any = fir__load_array(l, d->count, sizeof(fir__ast *));
    bool ok = any != NULL;
    for (uint32_t i = 0; any != NULL && i < d->count; i++) {
        any[i] = match_all_of(l, &d->items[i], make);
        ok = ok && any[i] != NULL;
    }
    return ok ? group(l, FIR__AST_OR, fir__stretch_place(l, d), any, d->count) : NULL;
}

static fir__ast *match_tags(fir__load *l, const fir__data *d)
{
    return match_any(l, d, match_tag);
}

static fir__ast *match_fields(fir__load *l, const fir__data *d)
{
    return match_any(l, d, match_field);
}

fir__ast *fir__talon_match(fir__load *l, const fir__data *match, bool *empty)
{
    static fir__ast *(*const makers[])(fir__load *, const fir__data *) = {
        [MATCH_RULES] = match_rules, [MATCH_PRIORITY] = match_priority, [MATCH_SOURCE] = match_source,
        [MATCH_TAGS] = match_tags,   [MATCH_FIELDS] = match_fields,
    };
    fir__ast *all = NULL;
    bool ok = true;
    *empty = true;
    for (int k = 0; k < MATCH_KEYS; k++) {
        const fir__data *d = fir__present(match, keys[k].name);
        if (d == NULL || (d->type == FIR__DATA_TEXT ? d->s.len : d->count) == 0) {
            continue;
        }
        *empty = false;
        fir__ast *part = makers[k](l, d);
        ok = ok && part != NULL;
        all = fir__condition_and(l, all, part);
    }
    return ok && l->status == 0 ? all : NULL;
}
