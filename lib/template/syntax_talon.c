/* SPDX-License-Identifier: Apache-2.0 */
/* $NAME and ${NAME} as Falco Talon expands them, but from the alert alone.
 *
 * A name is made of a key: upper case, '.' and '[' become '_', ']' goes. That cannot be undone for certain, so a name is looked
 * up in the field table, and what is not there is tried in several spellings. Everything that cannot be such a name stays as it
 * is ($i, $?, $$, ${x%y}, $PATH: no field has a name without a dot), so that a script keeps its own variables; Talon would
 * replace them by nothing. */
#include "template/internal.h"

enum { MOST_SPELLINGS = 16, LONGEST_NAME = 256 };

typedef struct spellings {
    fir__maker *c;
    fir__term terms[MOST_SPELLINGS];
    uint32_t n;
    int rc;
} spellings;

static void add(spellings *s, fir_str key)
{
    if (s->rc == 0 && s->n < MOST_SPELLINGS) {
        s->rc = fir__term_of_key(s->c, key, &s->terms[s->n]);
        s->n += s->rc == 0;
    }
}

/* Appends a part of a variable's name as it might stand in a key. */
static void put_changed(fir__sbuf *b, fir_str s, bool lower, bool dots)
{
    for (size_t i = 0; i < s.len; i++) {
        char ch = s.ptr[i] == '_' && dots ? '.' : s.ptr[i];
        fir__sbuf_char(b, lower ? fir__lower(ch) : ch);
    }
}

static bool begins_like(fir_str variable, fir_str field)
{
    if (field.len > variable.len) {
        return false;
    }
    for (size_t i = 0; i < field.len; i++) {
        char ch = field.ptr[i] == '.' ? '_' : fir__upper(field.ptr[i]);
        if (ch != variable.ptr[i]) {
            return false;
        }
    }
    return true;
}

/* A field of the table with the rest of the name as its argument: in brackets, as it is and in lower case, or behind a dot. */
static void add_with_argument(spellings *s, fir_str field, fir_str rest)
{
    static const struct {
        const char *open, *close;
        bool lower;
    } forms[] = {{"[", "]", false}, {"[", "]", true}, {".", "", true}};
    bool digits = true;
    for (size_t i = 0; i < rest.len; i++) {
        digits = digits && fir__is_digit(rest.ptr[i]);
    }
    for (size_t i = 0; i < (digits ? 1 : 3); i++) {
        fir__sbuf b;
        fir__sbuf_init(&b, &s->c->arena->allocator, FIR__TEMPLATE_MAX_TEXT);
        fir__sbuf_str(&b, field);
        fir__sbuf_str(&b, fir__cstr(forms[i].open));
        put_changed(&b, rest, forms[i].lower, false);
        fir__sbuf_str(&b, fir__cstr(forms[i].close));
        if (b.status == 0) {
            add(s, fir__sbuf_view(&b));
        } else {
            s->rc = fir__no_memory(s->c->err);
        }
        fir__sbuf_free(&b);
    }
}

static void add_known(spellings *s, fir_str variable)
{
    for (size_t i = 0; i < fir__field_count(); i++) {
        const fir__field *f = fir__field_at(i);
        if (!begins_like(variable, f->name)) {
            continue;
        }
        if (variable.len == f->name.len) {
            add(s, f->name);
        } else if (f->arg != FIR__ARG_NO && variable.ptr[f->name.len] == '_' && variable.len > f->name.len + 1) {
            add_with_argument(s, f->name, fir__str_from(variable, f->name.len + 1));
        }
    }
}

/* Of a field that the table does not know: each '_' was a dot or is itself. */
static void add_unknown(spellings *s, fir_str variable)
{
    size_t marks = 0;
    for (size_t i = 0; i < variable.len; i++) {
        marks += variable.ptr[i] == '_';
    }
    size_t ways = marks <= 3 ? (size_t)1 << marks : 2;
    for (size_t way = 0; way < ways; way++) {
        fir__sbuf b;
        fir__sbuf_init(&b, &s->c->arena->allocator, FIR__TEMPLATE_MAX_TEXT);
        size_t mark = 0;
        for (size_t i = 0; i < variable.len; i++) {
            bool kept = variable.ptr[i] == '_' && (marks <= 3 ? (way >> mark++ & 1) != 0 : way != 0);
            put_changed(&b, fir__str(variable.ptr + i, 1), true, !kept);
        }
        if (b.status == 0) {
            add(s, fir__sbuf_view(&b));
        } else {
            s->rc = fir__no_memory(s->c->err);
        }
        fir__sbuf_free(&b);
    }
}

static int term_of_variable(fir__maker *c, fir_str variable, fir__term *out)
{
    static const struct {
        fir_str name;
        fir__property property;
    } fixed[] = {{{"PRIORITY", 8}, FIR__PROP_PRIORITY},
                 {{"HOSTNAME", 8}, FIR__PROP_HOSTNAME},
                 {{"RULE", 4}, FIR__PROP_RULE},
                 {{"SOURCE", 6}, FIR__PROP_SOURCE},
                 {{"TAGS", 4}, FIR__PROP_TAGS}};
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        if (fir__str_eq(variable, fixed[i].name)) {
            return fir__term_of_property(c, fixed[i].property, out);
        }
    }
    if (c->spec->names != NULL && fir__str_eq(variable, FIR__S("FALCO-TALON_RULE"))) {
        *out = fir__term_of_text(c->spec->names->rule_name);
        return 0;
    }
    if (c->spec->names != NULL && fir__str_eq(variable, FIR__S("FALCO-TALON_ACTION"))) {
        *out = fir__term_of_text(c->spec->names->action_name);
        return 0;
    }
    spellings s = {.c = c};
    add_known(&s, variable);
    if (s.n == 0) {
        add_unknown(&s, variable);
    }
    fir__term *kept = s.rc == 0 ? fir__arena_array(c->arena, s.n, sizeof *kept) : NULL;
    if (kept == NULL) {
        return s.rc != 0 ? s.rc : fir__make_no_memory(c);
    }
    memcpy(kept, s.terms, s.n * sizeof *kept);
    *out = (fir__term){.kind = FIR__TERM_GUESS, .n = s.n, .children = kept, .name = kept[0].name};
    return 0;
}

static bool is_name_byte(char c)
{
    return fir__is_alnum(c) || c == '_';
}

/* Upper case, and fixed or with an underscore inside. In braces other characters may stand too: a key can hold '-' or '/'. */
static bool is_variable(fir_str s)
{
    static const char shell[] = "%#:?+=!@*$"; /* ${x%y}, ${x:-y}: the shell's own expansions */
    bool mark = fir__str_eq(s, FIR__S("PRIORITY")) || fir__str_eq(s, FIR__S("HOSTNAME")) || fir__str_eq(s, FIR__S("RULE")) ||
                fir__str_eq(s, FIR__S("SOURCE")) || fir__str_eq(s, FIR__S("TAGS"));
    for (size_t i = 0; i < s.len; i++) {
        char ch = s.ptr[i];
        if ((ch >= 'a' && ch <= 'z') || (i == 0 && !fir__is_alpha(ch))) {
            return false;
        }
        if (strchr(shell, ch) != NULL) { /* a NUL too */
            return false;
        }
        mark = mark || ch == '_';
    }
    return mark;
}

/* The variable at a '$', and how long it is with everything; length 0: there is none. */
static fir_str variable_at(fir_str s, size_t *length)
{
    bool braces = s.len > 1 && s.ptr[1] == '{';
    size_t from = braces ? 2 : 1, end = from;
    s = fir__str_to(s, LONGEST_NAME); /* so that many open braces cost no more than their number */
    while (end < s.len && (braces ? s.ptr[end] != '}' : is_name_byte(s.ptr[end]))) {
        end++;
    }
    fir_str name = fir__str_from(fir__str_to(s, end), from);
    bool whole = !braces || end < s.len;
    *length = whole && is_variable(name) ? end + (braces ? 1 : 0) : 0;
    return name;
}

int fir__syntax_talon(fir__maker *c)
{
    fir_str text = c->spec->text;
    size_t at = 0, kept = 0; /* text[kept..at) is literal and not yet written */
    while (at < text.len) {
        size_t length = 0;
        fir_str rest = fir__str_from(text, at);
        fir_str name = rest.ptr[0] == '$' ? variable_at(rest, &length) : fir__str(NULL, 0);
        if (length == 0) {
            at++;
            continue;
        }
        fir__hole hole = {.offset = at};
        int rc = fir__make_literal(c, kept, fir__str(text.ptr + kept, at - kept));
        if (rc == 0) {
            rc = term_of_variable(c, name, &hole.term);
        }
        if (rc == 0) {
            rc = fir__make_hole(c, &hole);
        }
        if (rc != 0) {
            return rc;
        }
        at += length;
        kept = at;
    }
    return fir__make_literal(c, kept, fir__str_from(text, kept));
}
