/* SPDX-License-Identifier: Apache-2.0 */
/* Guesses at what was meant where Falco's message only says what is wrong. */
#include <stdio.h>

#include "base/priority.h"
#include "base/property.h"
#include "expr/parser.h"

/* Where the reader stands when it fails. */
typedef struct spot {
    const fir__parser *p;
    fir_str rest;     /* from the place of the error on */
    fir_str word;     /* the identifier that stands there; empty when none does */
    fir_str last;     /* the token before */
    bool after_macro; /* that token was read as a macro */
    bool after_blank; /* a blank stands between them */
    char *hint;
} spot;

static bool say(const spot *s, const char *text)
{
    (void)snprintf(s->hint, FIR__HINT_ROOM, "%s", text);
    return true;
}

/* A hint about one word: its format has one %.*s, or two for the same. */
#define SAY_WORD(s, format, w) (snprintf((s)->hint, FIR__HINT_ROOM, format, (int)((w).len < 40 ? (w).len : 40), (w).ptr), true)

static bool starts(const spot *s, const char *with)
{
    return fir__str_starts(s->rest, fir__cstr(with));
}

static bool is_any_nocase(fir_str word, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (fir__str_eq_nocase(word, fir__cstr(*names))) {
            return true;
        }
    }
    return false;
}

static const char *const connectives[] = {"and", "or", "not", NULL};
static const char *const modifiers[] = {"oneof", "anyof", "allof", NULL};

/* ---- what a rule of the table can see ---- */

typedef enum sees { PREFIX, WORD, END, ANY } sees;
typedef struct rule {
    fir__failure what;
    sees sees;
    const char *text; /* what the rest starts with, or the word that stands there, in any case */
    const char *hint;
} rule;

#define QUOTE_MISSING "the closing quote is missing"
#define IN_LIST "a list stands in parentheses, as in 'in (a, b)'"
#define NO_COMMENTS "a condition has no comments"
#define FIELD_ALONE "a field alone is no condition; ask 'exists', or '= true'"

/* In order: the first that fits is said. */
static const rule rules[] = {
    {FIR__FAIL_UNEXPECTED, PREFIX, "&&", "write 'and'"},
    {FIR__FAIL_UNEXPECTED, PREFIX, "||", "write 'or'"},
    {FIR__FAIL_UNEXPECTED, PREFIX, "#", NO_COMMENTS},
    {FIR__FAIL_UNEXPECTED, PREFIX, "//", NO_COMMENTS},
    {FIR__FAIL_UNEXPECTED, PREFIX, "/*", NO_COMMENTS},
    {FIR__FAIL_UNEXPECTED, PREFIX, ")", "this ')' closes nothing"},
    {FIR__FAIL_UNEXPECTED, PREFIX, ",", IN_LIST},
    {FIR__FAIL_UNEXPECTED, PREFIX, "\"", "a value with quotes in it stands in quotes as a whole, with \\\" inside"},
    {FIR__FAIL_UNEXPECTED, PREFIX, "'", "a value with quotes in it stands in quotes as a whole, with \\' inside"},
    {FIR__FAIL_AFTER_AND, END, "", "a condition is missing behind 'and'"},
    {FIR__FAIL_AFTER_OR, END, "", "a condition is missing behind 'or'"},
    {FIR__FAIL_PRIMARY, END, "", "a condition is missing here"},
    {FIR__FAIL_PRIMARY, PREFIX, ")", "the parentheses are empty"},
    {FIR__FAIL_PRIMARY, PREFIX, "!", "write 'not'"},
    {FIR__FAIL_PRIMARY, PREFIX, "&&", "write 'and', and a condition on both of its sides"},
    {FIR__FAIL_PRIMARY, PREFIX, "%", "a field stands without '%' in a condition"},
    {FIR__FAIL_PRIMARY, PREFIX, "{{", "a field stands without '{{ }}' in a condition"},
    {FIR__FAIL_PRIMARY, PREFIX, "$", "a field stands without '$' in a condition"},
    {FIR__FAIL_PRIMARY, PREFIX, "#", NO_COMMENTS},
    {FIR__FAIL_PRIMARY, PREFIX, "/", NO_COMMENTS},
    {FIR__FAIL_PRIMARY, PREFIX, "\"", "a check begins with its field: 'proc.name = bash'"},
    {FIR__FAIL_PRIMARY, PREFIX, "'", "a check begins with its field: 'proc.name = bash'"},
    {FIR__FAIL_OPERATOR, END, "", FIELD_ALONE},
    {FIR__FAIL_OPERATOR, PREFIX, ")", FIELD_ALONE},
    {FIR__FAIL_OPERATOR, PREFIX, "&&", FIELD_ALONE ", and write 'and'"},
    {FIR__FAIL_OPERATOR, PREFIX, "||", FIELD_ALONE ", and write 'or'"},
    {FIR__FAIL_OPERATOR, WORD, "and", FIELD_ALONE},
    {FIR__FAIL_OPERATOR, WORD, "or", FIELD_ALONE},
    {FIR__FAIL_OPERATOR, WORD, "not", "'not' stands before the field: 'not proc.name in (a, b)'"},
    {FIR__FAIL_OPERATOR, PREFIX, "!in", "'not' stands before the field: 'not proc.name in (a, b)'"},
    {FIR__FAIL_OPERATOR, PREFIX, "!~", "write 'not' before the field and 'regex' behind it"},
    {FIR__FAIL_OPERATOR, PREFIX, "~", "'regex' matches a whole value, 'contains' a part of it"},
    {FIR__FAIL_OPERATOR, PREFIX, ":", "write '='"},
    {FIR__FAIL_OPERATOR, PREFIX, "#", NO_COMMENTS},
    {FIR__FAIL_OPERATOR, PREFIX, "/", NO_COMMENTS},
    {FIR__FAIL_OPERATOR, PREFIX, ".", "a field's name does not end with a dot"},
    {FIR__FAIL_OPERATOR, PREFIX, "-", "a field's name has letters, digits, '_' and '.'; its argument stands in brackets"},
    {FIR__FAIL_OPERATOR, WORD, "like", "'glob' matches with '*' and '?', 'regex' with an expression"},
    {FIR__FAIL_OPERATOR, WORD, "matches", "'glob' matches with '*' and '?', 'regex' with an expression"},
    {FIR__FAIL_OPERATOR, WORD, "match", "'glob' matches with '*' and '?', 'regex' with an expression"},
    {FIR__FAIL_OPERATOR, WORD, "is", "write '='; whether a field is there asks 'exists'"},
    {FIR__FAIL_OPERATOR, WORD, "eq", "write '='"},
    {FIR__FAIL_OPERATOR, WORD, "equals", "write '='"},
    {FIR__FAIL_OPERATOR, WORD, "ne", "write '!='"},
    {FIR__FAIL_OPERATOR, WORD, "gt", "write '>'"},
    {FIR__FAIL_OPERATOR, WORD, "ge", "write '>='"},
    {FIR__FAIL_OPERATOR, WORD, "lt", "write '<'"},
    {FIR__FAIL_OPERATOR, WORD, "le", "write '<='"},
    {FIR__FAIL_OPERATOR, WORD, "starts", "write 'startswith'"},
    {FIR__FAIL_OPERATOR, WORD, "ends", "write 'endswith'"},
    {FIR__FAIL_OPERATOR, WORD, "has", "'contains' looks in a text, 'intersects' in a list"},
    {FIR__FAIL_OPERATOR, WORD, "includes", "'contains' looks in a text, 'intersects' in a list"},
    {FIR__FAIL_NUMBER, END, "", "a number is missing"},
    {FIR__FAIL_NUMBER, PREFIX, "\"", "a number stands without quotes"},
    {FIR__FAIL_NUMBER, PREFIX, "'", "a number stands without quotes"},
    {FIR__FAIL_NUMBER, PREFIX, "=", "'<=' and '>=' are written without a blank"},
    {FIR__FAIL_NUMBER, PREFIX, ">", "write '!='"},
    {FIR__FAIL_NUMBER, PREFIX, ".", "a number begins with a digit: 0.5"},
    {FIR__FAIL_NUMBER, ANY, "", "'<', '<=', '>' and '>=' compare with a number only"},
    {FIR__FAIL_STRING, END, "", "the value is missing; an empty one is \"\""},
    {FIR__FAIL_STRING, PREFIX, "\"", QUOTE_MISSING},
    {FIR__FAIL_STRING, PREFIX, "'", QUOTE_MISSING},
    {FIR__FAIL_STRING, PREFIX, "(", "for a list write 'in (a, b)'; a value with parentheses stands in quotes"},
    {FIR__FAIL_STRING, PREFIX, "=", "'=' and '==' mean the same, there is no '==='; a value with '=' stands in quotes"},
    {FIR__FAIL_STRING, ANY, "", "the value is missing; an empty one is \"\""},
    {FIR__FAIL_ITEM, PREFIX, ")", "no value stands between ',' and ')'"},
    {FIR__FAIL_ITEM, PREFIX, ",", "no value stands between the commas"},
    {FIR__FAIL_ITEM, PREFIX, "\"", QUOTE_MISSING},
    {FIR__FAIL_ITEM, PREFIX, "'", QUOTE_MISSING},
    {FIR__FAIL_ITEM, END, "", "the list's ')' is missing"},
    {FIR__FAIL_ITEM, ANY, "", "an item with ( ) or = in it stands in quotes"},
    {FIR__FAIL_CLOSE, PREFIX, "\"", QUOTE_MISSING},
    {FIR__FAIL_CLOSE, PREFIX, "'", QUOTE_MISSING},
    {FIR__FAIL_LIST, PREFIX, "[", IN_LIST ", not in brackets"},
    {FIR__FAIL_LIST, PREFIX, "{", IN_LIST ", not in braces"},
    {FIR__FAIL_LIST, ANY, "", IN_LIST},
    {FIR__FAIL_INDEX, PREFIX, "]", "nothing stands between the brackets"},
    {FIR__FAIL_INDEX, PREFIX, "\"", QUOTE_MISSING},
    {FIR__FAIL_INDEX, PREFIX, "'", QUOTE_MISSING},
    {FIR__FAIL_INDEX, PREFIX, " ", "no blanks stand inside the brackets; an argument with blanks stands in quotes"},
    {FIR__FAIL_BRACKET, END, "", "the ']' is missing"},
    {FIR__FAIL_BRACKET, ANY, "", "an argument with brackets, quotes or blanks in it stands in quotes"},
    {FIR__FAIL_VAL, ANY, "", "val() takes one field, without a transformer around it"},
    {FIR__FAIL_ARGUMENT, PREFIX, "val(", "a field stands without val() here"},
    {FIR__FAIL_LIST_ARGUMENT, PREFIX, "val(", "a field stands without val() here"},
    {FIR__FAIL_ARGUMENT, PREFIX, "\"", QUOTE_MISSING},
    {FIR__FAIL_LIST_ARGUMENT, PREFIX, "\"", QUOTE_MISSING},
    {FIR__FAIL_ARGUMENT, PREFIX, "'", QUOTE_MISSING},
    {FIR__FAIL_LIST_ARGUMENT, PREFIX, "'", QUOTE_MISSING},
    {FIR__FAIL_LIST_ARGUMENT, PREFIX, "(", "lists do not stand inside lists"},
    {FIR__FAIL_ESCAPE, ANY, "", "a backslash is written \\\\ inside quotes"},
};

static bool fits(const rule *r, const spot *s)
{
    switch (r->sees) {
    case PREFIX:
        return starts(s, r->text);
    case WORD:
        return fir__str_eq_nocase(s->word, fir__cstr(r->text));
    case END:
        return s->rest.len == 0;
    default:
        return true;
    }
}

static bool by_table(const spot *s, fir__failure what)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].what == what && fits(&rules[i], s)) {
            return say(s, rules[i].hint);
        }
    }
    return false;
}

/* ---- guesses that need more than the next bytes ---- */

static fir_str transformer_at(const void *ctx, size_t i)
{
    (void)ctx;
    return fir__transformer_name((fir__transformer)i);
}

static fir_str operator_at(const void *ctx, size_t i)
{
    (void)ctx;
    return fir__operators[i].word;
}

/* A field whose last part is this word: "name" was probably proc.name. */
static fir_str field_ending_in(fir_str word)
{
    static const char *const first[] = {"proc.", "fd.", "evt.", "container.", "k8s.ns.", "k8s.pod.", "user.", "ka.", "ct."};
    char name[80];
    for (size_t i = 0; word.len < 40 && i < sizeof first / sizeof first[0]; i++) {
        int n = snprintf(name, sizeof name, "%s%.*s", first[i], (int)word.len, word.ptr);
        const fir__field *f = fir__field_find(fir__str(name, (size_t)n));
        if (f != NULL) {
            return f->name;
        }
    }
    return (fir_str){NULL, 0};
}

/* name = x: one word is never a field. */
static bool after_macro(const spot *s)
{
    if (fir__str_eq_nocase(s->last, FIR__S("not"))) {
        return say(s, "'not' is written in lower case");
    }
    const bool compared = fir__parse_operator(s->p, 0) != NULL;
    if (!compared && !starts(s, "[")) {
        return say(s, "a word alone is a macro; 'and' or 'or' is missing behind it");
    }
    if (!compared && s->p->properties && fir__property_find(s->last) != FIR__PROP_NONE) {
        return say(s, "a property of the alert takes no argument in brackets");
    }
    fir_str field = field_ending_in(s->last);
    if (field.ptr != NULL) {
        return SAY_WORD(s, "a word alone is a macro; the field is '%.*s'", field);
    }
    return say(s, "a word alone is a macro; a field has a dot in its name, as 'proc.name'");
}

/* foo(x), b64 (x), oneof(x): a word before a parenthesis. */
static bool before_parenthesis(const spot *s)
{
    if (is_any_nocase(s->last, modifiers)) {
        return SAY_WORD(s, "'%.*s' is written in lower case, with a blank before and behind it, after '=' and its like", s->last);
    }
    fir_str near = fir__str_suggest(s->last, FIR__X_COUNT, transformer_at, NULL);
    if (near.ptr != NULL) {
        return s->after_blank && fir__str_eq(near, s->last) ? SAY_WORD(s, "no blank stands between '%.*s' and its '('", near)
                                                            : SAY_WORD(s, "did you mean '%.*s('?", near);
    }
    if (s->after_macro) {
        return SAY_WORD(s, "there is no transformer '%.*s'; a macro takes no arguments", s->last);
    }
    return say(s, "a value with parentheses in it stands in quotes");
}

/* The start of what may be a piece of a value with blanks. */
static bool is_text(const spot *s)
{
    char c = s->rest.len != 0 ? s->rest.ptr[0] : '\0';
    return fir__is_alnum(c) || c == '/' || c == '-' || c == '.' || c == '_' || c == '*';
}

static bool after_value(const spot *s)
{
    char end = s->last.len != 0 ? s->last.ptr[s->last.len - 1] : '\0';
    if (fir__str_eq(s->last, FIR__S("<")) || fir__str_eq(s->last, FIR__S(">"))) {
        return say(s, "write '<=' or '>='");
    }
    if (fir__str_eq(s->last, FIR__S("~"))) {
        return say(s, "there is no '=~'; 'regex' matches a whole value");
    }
    if (fir__is_digit(end) && !s->after_blank && fir__lower(s->rest.len != 0 ? s->rest.ptr[0] : '\0') == 'e') {
        return say(s, "an exponent has a sign: 1e+5");
    }
    if (end == ')' || end == ']' || !s->after_blank || !is_text(s)) {
        return false;
    }
    return say(s, "'and' or 'or' is missing here, or quotes around a value with blanks");
}

/* foo intersect (a): Falco reads the operator 'in', and a value that begins right behind it. */
static bool glued_operator(const spot *s)
{
    fir_str text = fir__str_to(s->p->lex.text, s->p->lex.end);
    size_t start = text.len;
    while (start != 0 && (fir__is_alnum(text.ptr[start - 1]) || text.ptr[start - 1] == '_')) {
        start--;
    }
    fir_str word = fir__str_from(text, start);
    if (!fir__str_starts(word, FIR__S("in")) || word.len != s->last.len + 2) {
        return false;
    }
    fir_str near = fir__str_suggest(word, FIR__OPERATORS, operator_at, NULL);
    return near.ptr != NULL && SAY_WORD(s, "did you mean '%.*s'?", near);
}

static bool unexpected(const spot *s)
{
    if (glued_operator(s)) {
        return true;
    }
    if (is_any_nocase(s->word, connectives) && !fir__str_eq(s->word, FIR__S("not"))) {
        return say(s, "'and', 'or' and 'not' are written in lower case");
    }
    if (starts(s, "(") && !fir__str_eq(s->last, FIR__S(")"))) {
        return before_parenthesis(s);
    }
    if (by_table(s, FIR__FAIL_UNEXPECTED)) {
        return true;
    }
    return s->after_macro ? after_macro(s) : after_value(s);
}

static bool no_close(const spot *s)
{
    if (by_table(s, FIR__FAIL_CLOSE)) {
        return true;
    }
    if (s->rest.len == 0) {
        return say(s, "a ')' is missing");
    }
    if (starts(s, ",") && fir__str_eq(s->last, FIR__S("("))) {
        return say(s, "a list begins with a value");
    }
    if (s->p->n_operands != 0) { /* inside a list */
        return say(s, "a ',' is missing between two items, or quotes around one with blanks");
    }
    return unexpected(s);
}

static bool no_operator(const spot *s)
{
    size_t n = s->word.len;
    if (starts(s, "[")) {
        return say(s, s->after_blank ? "no blank stands between a field and its '['" : "a field has one argument in brackets");
    }
    fir_str near = fir__str_suggest(s->word, FIR__OPERATORS, operator_at, NULL);
    if (n > 2 && near.ptr != NULL && fir__str_eq(near, s->word)) {
        return n < s->rest.len && s->rest.ptr[n] == '('
                   ? SAY_WORD(s, "behind '%.*s' stand a blank and one value, without parentheses", near)
                   : SAY_WORD(s, "behind '%.*s' stand a blank and a value", near);
    }
    if (n > 2 && near.ptr != NULL && fir__str_eq_nocase(near, s->word)) {
        return SAY_WORD(s, "operators are written in lower case: '%.*s'", near);
    }
    if (by_table(s, FIR__FAIL_OPERATOR)) {
        return true;
    }
    return n > 2 && near.ptr != NULL && SAY_WORD(s, "did you mean '%.*s'?", near);
}

static bool no_argument(const spot *s, fir__failure what)
{
    if (by_table(s, what) || s->word.len == 0) {
        return true;
    }
    fir_str near = fir__str_suggest(s->word, FIR__X_COUNT, transformer_at, NULL);
    if (near.ptr != NULL && s->word.len < s->rest.len && s->rest.ptr[s->word.len] == '(') {
        return SAY_WORD(s, "did you mean '%.*s('?", near);
    }
    return say(s, "a text stands in quotes here, and a field has a dot in its name");
}

static bool no_number(const spot *s)
{
    if (fir__priority_parse(s->word) != FIR__PRIORITY_UNKNOWN) {
        return say(s, "only 'priority' is compared with the name of a level");
    }
    return by_table(s, FIR__FAIL_NUMBER);
}

void fir__parse_hint(const fir__parser *p, fir__failure what, char hint[FIR__HINT_ROOM])
{
    const fir__lexer *x = &p->lex;
    spot s = {.p = p, .rest = fir__lex_rest(x), .last = x->last, .hint = hint};
    s.word = fir__str_to(s.rest, fir__lex_ident_len(x));
    s.after_macro = p->macro_end != 0 && p->macro_end == x->end;
    s.after_blank = x->at.offset != x->end;
    hint[0] = '\0';
    switch (what) {
    case FIR__FAIL_UNEXPECTED:
        (void)unexpected(&s);
        break;
    case FIR__FAIL_CLOSE:
        (void)no_close(&s);
        break;
    case FIR__FAIL_OPERATOR:
        (void)no_operator(&s);
        break;
    case FIR__FAIL_ARGUMENT:
    case FIR__FAIL_LIST_ARGUMENT:
        (void)no_argument(&s, what);
        break;
    case FIR__FAIL_NUMBER:
        (void)no_number(&s);
        break;
    default:
        (void)by_table(&s, what);
        break;
    }
}
