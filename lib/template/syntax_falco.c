/* SPDX-License-Identifier: Apache-2.0 */
/* Falco's output format: '%', a width, then the longest beginning of the rest that is a field or a transformer over fields.
 * The texts of the errors are Falco's. */
#include "template/internal.h"

enum { MOST_ARGUMENTS = 64, MOST_WIDTH = 4096 };

static int unknown_token(fir__tokens *l, size_t offset, const char *hint)
{
    return fir__token_fail(l, offset, "unknown filter: unexpected token after '%%'; hint: %s", hint);
}

/* letter { letter | digit | '_' } { '.' … }: as long as it goes. */
static size_t name_length(fir_str s)
{
    size_t n = 0;
    while (n < s.len && (fir__is_alnum(s.ptr[n]) || s.ptr[n] == '_' || (s.ptr[n] == '.' && n != 0))) {
        n++;
    }
    return n != 0 && fir__is_alpha(s.ptr[0]) ? n : 0;
}

/* ---- arguments in brackets ---- */

static bool is_bare(char c)
{
    return c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != '"' && c != '\'' && c != '[' && c != ']';
}

/* "[arg]" or "[\"quoted arg\"]" at the lexer's place. False, and nothing taken: that is no argument. */
static bool take_argument(fir__tokens *l, fir__term_name *name)
{
    size_t start = l->at;
    fir_str s = fir__str_from(l->text, start);
    if (s.len < 3 || s.ptr[0] != '[') {
        return false;
    }
    size_t n = 1;
    if (s.ptr[1] == '"' || s.ptr[1] == '\'') {
        const char *end = memchr(s.ptr + 2, s.ptr[1], s.len - 2);
        n = end != NULL ? (size_t)(end - s.ptr) + 1 : s.len;
        name->quoted = true;
        name->arg = fir__str(s.ptr + 2, n >= 3 ? n - 3 : 0);
    } else {
        while (n < s.len && is_bare(s.ptr[n])) {
            n++;
        }
        name->arg = fir__str(s.ptr + 1, n - 1);
    }
    if (n >= s.len || s.ptr[n] != ']' || name->arg.len == 0) {
        name->quoted = false;
        name->arg = fir__str(NULL, 0);
        return false;
    }
    name->has_arg = true;
    l->at = start + n + 1;
    return true;
}

static bool is_index(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!fir__is_digit(s.ptr[i])) {
            return false;
        }
    }
    return s.len == 1 || s.ptr[0] != '0';
}

static bool argument_fits(const fir__field *f, const fir__term_name *name)
{
    if (!name->has_arg) {
        return f->arg != FIR__ARG_REQUIRED;
    }
    bool index_only = (f->flags & FIR__FIELD_ARG_INDEX) != 0 && (f->flags & FIR__FIELD_ARG_KEY) == 0;
    return f->arg != FIR__ARG_NO && (!index_only || is_index(name->arg));
}

/* ---- fields ---- */

static uint8_t clock_of(fir_str name)
{
    static const struct {
        fir_str name;
        uint8_t clock;
    } clocks[] = {{{"evt.time", 8}, FIR__CLOCK_TIME},
                  {{"evt.time.s", 10}, FIR__CLOCK_TIME_S},
                  {{"evt.time.iso8601", 16}, FIR__CLOCK_ISO8601},
                  {{"evt.datetime", 12}, FIR__CLOCK_DATETIME},
                  {{"evt.datetime.s", 14}, FIR__CLOCK_DATETIME_S},
                  {{"evt.rawtime.ns", 14}, FIR__CLOCK_FRACTION},
                  {{"evt.reltime.ns", 14}, FIR__CLOCK_FRACTION},
                  {{"evt.latency.ns", 14}, FIR__CLOCK_FRACTION},
                  {{"evt.deltatime.ns", 16}, FIR__CLOCK_FRACTION}};
    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
        if (fir__str_eq(clocks[i].name, name)) {
            return clocks[i].clock;
        }
    }
    return FIR__CLOCK_NONE;
}

static int field_term(fir__tokens *l, const fir__term_name *name, fir__term *out)
{
    fir__field_ref ref = fir__field_resolve(name->text, name->arg, name->has_arg);
    int rc = fir__term_of_field(l->maker, name, out);
    if (rc != 0) {
        return rc;
    }
    out->type = ref.type;
    out->is_list = ref.is_list != 0;
    out->clock = clock_of(name->text);
    for (uint32_t i = 0; i < out->n; i++) { /* the spellings are printed alike */
        out->children[i].type = out->type;
        out->children[i].clock = out->clock;
    }
    return 0;
}

/* A name that is a field as it stands, with its argument if it has one; nothing taken when it is none. */
static bool take_field(fir__tokens *l, size_t length, fir__term_name *name)
{
    size_t start = l->at;
    *name = (fir__term_name){.offset = start, .text = fir__str(l->text.ptr + start, length)};
    fir__field_ref ref = fir__field_resolve(name->text, fir__str(NULL, 0), false);
    if (ref.field == NULL || name->text.ptr[length - 1] == '.') {
        return false;
    }
    l->at = start + length;
    bool exact = fir__str_eq(ref.field->name, name->text); /* evt.arg.flags has its argument already */
    if (!exact) {
        return true;
    }
    if (take_argument(l, name) && argument_fits(ref.field, name)) {
        return true;
    }
    name->has_arg = name->quoted = false;
    l->at = start + length;
    if (argument_fits(ref.field, name)) {
        return true;
    }
    l->at = start;
    return false;
}

/* ---- transformers ---- */

static int read_operand(fir__tokens *l, unsigned depth, fir__term *out);

/* "(" operand { "," operand } ")"; the bracket is not taken yet. */
static int read_operands(fir__tokens *l, unsigned depth, fir__term *out)
{
    fir__term *read = fir__arena_array(l->arena, MOST_ARGUMENTS, sizeof *read);
    if (read == NULL) {
        return fir__token_no_memory(l);
    }
    if (depth == FIR__TEMPLATE_MAX_DEPTH) {
        return unknown_token(l, l->at, "parentheses can be 32 deep at most");
    }
    l->at++;
    fir__token_blanks(l);
    if (fir__token_take(l, ")")) {
        return 0;
    }
    for (;;) {
        if (out->n == MOST_ARGUMENTS) {
            return unknown_token(l, l->at, "a transformer takes 64 arguments at most");
        }
        int rc = read_operand(l, depth + 1, &read[out->n++]);
        if (rc != 0) {
            return rc;
        }
        fir__token_blanks(l);
        if (fir__token_take(l, ")")) {
            out->children = read;
            return 0;
        }
        if (!fir__token_take(l, ",")) {
            return unknown_token(l, l->at, "',' or ')' was expected");
        }
        fir__token_blanks(l);
    }
}

static int read_option(fir__tokens *l, fir__term *out)
{
    fir__term_name index = {0};
    if (!take_argument(l, &index)) {
        return 0;
    }
    if (!fir__str_eq(out->name, FIR__S("getopt")) || index.arg.len != 1) {
        return unknown_token(l, l->at, "only getopt takes an argument in brackets, and it is one character");
    }
    out->option = index.arg.ptr[0];
    return 0;
}

static int read_call(fir__tokens *l, unsigned depth, fir_str name, fir__term *out)
{
    size_t start = l->at, call = fir__falco_call_find(name);
    *out = (fir__term){.kind = FIR__TERM_CALL, .call = (uint8_t)call, .type = FIR__F_CHARBUF};
    out->name = fir__arena_str(l->arena, name);
    if (out->name.ptr == NULL) {
        return fir__token_no_memory(l);
    }
    l->at = start + name.len;
    int rc = read_operands(l, depth, out);
    if (rc == 0) {
        rc = read_option(l, out);
    }
    if (rc == 0 && !fir__falco_call_check(out)) {
        return unknown_token(l, start, "the arguments of this transformer have the wrong number or type");
    }
    return rc;
}

static bool sees_call(const fir__tokens *l, size_t length)
{
    fir_str s = fir__str_from(l->text, l->at);
    return length < s.len && s.ptr[length] == '(' && fir__falco_call_find(fir__str_to(s, length)) != SIZE_MAX;
}

static int read_operand(fir__tokens *l, unsigned depth, fir__term *out)
{
    char c = l->at < l->text.len ? l->text.ptr[l->at] : '\0';
    if (c == '(') {
        *out = (fir__term){.kind = FIR__TERM_LIST, .is_list = true, .type = FIR__F_CHARBUF};
        return read_operands(l, depth, out);
    }
    if (c == '"' || c == '\'' || c == '-' || fir__is_digit(c)) {
        *out = fir__term_of_text(fir__str("", 0));
        out->type = FIR__F_CHARBUF;
        return fir__token_constant(l, &out->value);
    }
    size_t length = name_length(fir__str_from(l->text, l->at));
    if (length != 0 && sees_call(l, length)) {
        return read_call(l, depth, fir__str(l->text.ptr + l->at, length), out);
    }
    fir__term_name name;
    if (length == 0 || !take_field(l, length, &name)) {
        return unknown_token(l, l->at, "a field, a string in quotes, a number, a list or a transformer was expected");
    }
    return field_term(l, &name, out);
}

/* ---- tokens ---- */

/* The longest beginning that names a field; at least one character must be left of it. */
static int read_longest_field(fir__tokens *l, size_t longest, fir__term *out)
{
    fir__term_name name;
    for (size_t length = longest; length != 0; length--) {
        if (take_field(l, length, &name)) {
            return field_term(l, &name, out);
        }
    }
    return unknown_token(l, l->at, "no field of Falco's begins here; there is no escape for '%'");
}

/* Behind '%'. */
static int read_token(fir__maker *c, fir__tokens *l, size_t start)
{
    fir__hole hole = {.offset = start};
    uint64_t width = 0;
    size_t digits = l->at;
    while (l->at < l->text.len && fir__is_digit(l->text.ptr[l->at])) {
        l->at++;
    }
    if (l->at == l->text.len) {
        return fir__token_fail(l, start, "invalid formatting syntax: formatting cannot end with a %s",
                               l->at == digits ? "%" : "number");
    }
    if (l->at != digits && (!fir__str_u64(fir__str(l->text.ptr + digits, l->at - digits), &width) || width > MOST_WIDTH)) {
        return fir__token_fail(l, start, "a width can be %d at most", MOST_WIDTH);
    }
    hole.width = (uint32_t)width;
    size_t length = name_length(fir__str_from(l->text, l->at));
    length = length < 256 ? length : 256;
    int rc = length != 0 && sees_call(l, length) ? read_call(l, 0, fir__str(l->text.ptr + l->at, length), &hole.term)
                                                 : read_longest_field(l, length, &hole.term);
    return rc != 0 ? rc : fir__make_hole(c, &hole);
}

int fir__syntax_falco(fir__maker *c)
{
    fir__tokens l = {.text = c->spec->text, .arena = c->arena, .maker = c, .err = c->err};
    if (l.text.len == 0) {
        return fir__token_fail(&l, 0, "empty formatting token");
    }
    c->strict = l.text.ptr[0] != '*';
    l.at = c->strict ? 0 : 1;
    for (;;) {
        fir_str rest = fir__str_from(l.text, l.at);
        size_t percent = fir__str_find(rest, FIR__S("%"));
        int rc = fir__make_literal(c, l.at, fir__str_to(rest, percent));
        if (rc != 0 || percent == SIZE_MAX) {
            return rc;
        }
        l.at += percent + 1;
        rc = read_token(c, &l, l.at - 1);
        if (rc != 0) {
            return rc;
        }
    }
}
