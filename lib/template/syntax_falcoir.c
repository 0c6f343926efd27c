/* SPDX-License-Identifier: Apache-2.0 */
/* {{ name | filter(arg) }}, and the part of Go's text/template that falcosidekick's users write:
 *
 *   pipeline := primary { "|" filter }
 *   primary  := name | string | number | ".Field" | "index" dot string | "or" primary primary … | "(" pipeline-without-filters ")"
 */
#include "template/internal.h"

static int read_primary(fir__tokens *l, unsigned depth, fir__term *out);

/* ---- Go ---- */

static const struct {
    fir_str name;
    fir__property property;
} dots[] = {{{"Output", 6}, FIR__PROP_OUTPUT},     {{"Rule", 4}, FIR__PROP_RULE},
            {{"Priority", 8}, FIR__PROP_PRIORITY}, {{"Source", 6}, FIR__PROP_SOURCE},
            {{"Hostname", 8}, FIR__PROP_HOSTNAME}, {{"Tags", 4}, FIR__PROP_TAGS},
            {{"Time", 4}, FIR__PROP_TIME},         {{"UUID", 4}, FIR__PROP_UUID},
            {{"Message", 7}, FIR__PROP_MESSAGE},   {{"OutputFields", 12}, FIR__PROP_OUTPUT_FIELDS}};

static fir_str dot_at(const void *ctx, size_t i)
{
    (void)ctx;
    return dots[i].name;
}

static int read_dot(fir__tokens *l, fir__term *out)
{
    size_t start = l->at++;
    fir_str word = fir__token_word(l);
    size_t count = sizeof dots / sizeof dots[0];
    for (size_t i = 0; i < count; i++) {
        if (fir__str_eq(word, dots[i].name)) {
            return fir__term_of_property(l->maker, dots[i].property, out);
        }
    }
    if (word.len == 0) {
        return fir__token_fail(l, start, "a '.' alone is not supported: write {{event.json}} for the whole alert");
    }
    fir_str meant = fir__str_suggest(word, count, dot_at, NULL);
    if (meant.ptr != NULL) {
        return fir__token_fail(l, start, "an alert has no .%.*s; did you mean .%.*s?", (int)word.len, word.ptr, (int)meant.len,
                               meant.ptr);
    }
    return fir__token_fail(l, start, "an alert has no .%.*s; a field is written {{%.*s}} or {{index .OutputFields \"%.*s\"}}",
                           (int)(word.len < 64 ? word.len : 64), word.ptr, (int)(word.len < 64 ? word.len : 64), word.ptr,
                           (int)(word.len < 64 ? word.len : 64), word.ptr);
}

/* index . "key" and index .OutputFields "key" */
static int read_index(fir__tokens *l, fir__term *out)
{
    fir_str key;
    size_t start = l->at;
    fir__token_blanks(l);
    bool dot = fir__token_take(l, ".OutputFields") || fir__token_take(l, ".");
    size_t before = l->at;
    fir__token_blanks(l);
    if (!dot || l->at == before || l->at == l->text.len || strchr("\"`", l->text.ptr[l->at]) == NULL) {
        return fir__token_fail(l, start, "index is supported as {{index .OutputFields \"key\"}} and {{index . \"key\"}}");
    }
    int rc = fir__token_string(l, &key);
    return rc != 0 ? rc : fir__term_of_key(l->maker, key, out);
}

static bool ends_arguments(const fir__tokens *l)
{
    return l->at == l->text.len || fir__token_sees(l, "|") || fir__token_sees(l, ")") || fir__token_sees(l, "}}") ||
           fir__token_sees(l, "-}}");
}

/* or x y …: the first that is not missing */
static int read_or(fir__tokens *l, unsigned depth, fir__term *out)
{
    enum { MOST = 16 };
    fir__term read[MOST];
    size_t start = l->at;
    uint32_t n = 0;
    for (fir__token_blanks(l); !ends_arguments(l); fir__token_blanks(l)) {
        if (n == MOST) {
            return fir__token_fail(l, l->at, "or takes %d values at most", MOST);
        }
        size_t at = l->at;
        int rc = read_primary(l, depth + 1, &read[n]);
        if (rc != 0) {
            return rc;
        }
        const fir__term *term = &read[n++];
        if (term->kind == FIR__TERM_STEP) { /* the others are known now, and nothing remembers them until then */
            return fir__token_fail(l, at, "or takes no steps.*, which is known later; write {{steps.%.*s.%.*s | default(\"…\")}}",
                                   (int)term->name.len, term->name.ptr, (int)term->get.len, term->get.ptr);
        }
    }
    if (n == 0) {
        return fir__token_fail(l, start, "or takes values: {{or (index . \"key\") \"else\"}}");
    }
    fir__term *children = fir__arena_alloc(l->arena, n * sizeof *children);
    if (children == NULL) {
        return fir__token_no_memory(l);
    }
    memcpy(children, read, n * sizeof *children);
    *out = (fir__term){.kind = FIR__TERM_ANY, .n = n, .children = children, .name = children[0].name};
    return 0;
}

/* What Go's templates have and these do not. */
static const char *unsupported(fir_str word)
{
    static const struct {
        fir_str name;
        const char *instead;
    } words[] = {{{"if", 2}, "templates have no conditions; use default(\"…\"), or a rule's condition"},
                 {{"else", 4}, "templates have no conditions; use default(\"…\")"},
                 {{"end", 3}, "templates have no blocks"},
                 {{"range", 5}, "templates have no loops; use join(\", \") for a list"},
                 {{"with", 4}, "templates have no blocks; name the field itself"},
                 {{"define", 6}, "templates have no includes"},
                 {{"template", 8}, "templates have no includes"},
                 {{"block", 5}, "templates have no includes"},
                 {{"break", 5}, "templates have no loops"},
                 {{"continue", 8}, "templates have no loops"},
                 {{"and", 3}, "templates have no conditions; use a rule's condition"},
                 {{"not", 3}, "templates have no conditions; use a rule's condition"},
                 {{"eq", 2}, "templates have no conditions; use a rule's condition"},
                 {{"ne", 2}, "templates have no conditions; use a rule's condition"},
                 {{"lt", 2}, "templates have no conditions; use a rule's condition"},
                 {{"le", 2}, "templates have no conditions; use a rule's condition"},
                 {{"gt", 2}, "templates have no conditions; use a rule's condition"},
                 {{"ge", 2}, "templates have no conditions; use a rule's condition"},
                 {{"len", 3}, "write it as a filter: {{field | len}}"},
                 {{"print", 5}, "write the values one after the other"},
                 {{"printf", 6}, "write the text around the expansions"},
                 {{"println", 7}, "write the values one after the other"},
                 {{"html", 4}, "values are escaped for the place where they go"},
                 {{"js", 2}, "values are escaped for the place where they go"},
                 {{"urlquery", 8}, "values are escaped for the place where they go"},
                 {{"call", 4}, "there is nothing to call"},
                 {{"slice", 5}, "use truncate(n)"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (fir__str_eq(words[i].name, word)) {
            return words[i].instead;
        }
    }
    return NULL;
}

/* ---- names ---- */

static int read_argument(fir__tokens *l, fir__term_name *name)
{
    size_t start = l->at++; /* the bracket */
    name->has_arg = true;
    if (l->at < l->text.len && (l->text.ptr[l->at] == '"' || l->text.ptr[l->at] == '\'')) {
        name->quoted = true;
        int rc = fir__token_string(l, &name->arg);
        if (rc != 0) {
            return rc;
        }
    } else {
        size_t end = fir__str_find(fir__str_from(l->text, l->at), FIR__S("]"));
        name->arg = fir__str_to(fir__str_from(l->text, l->at), end);
        l->at = end == SIZE_MAX ? l->text.len : l->at + end;
    }
    if (!fir__token_take(l, "]")) {
        return fir__token_fail(l, start, "the '[' that begins here has no closing ']'");
    }
    return name->arg.len != 0 ? 0 : fir__token_fail(l, start, "there is nothing between '[' and ']'");
}

static int read_name(fir__tokens *l, unsigned depth, fir__term *out)
{
    fir__term_name name = {.offset = l->at};
    name.text = fir__token_word(l);
    if (name.text.len == 0) {
        return fir__token_fail(l, name.offset, "a name was expected, for example {{proc.name}}");
    }
    bool bracket = fir__token_sees(l, "[");
    if (!bracket && fir__str_eq(name.text, FIR__S("index"))) {
        return read_index(l, out);
    }
    if (!bracket && fir__str_eq(name.text, FIR__S("or"))) {
        return read_or(l, depth, out);
    }
    const char *instead = bracket ? NULL : unsupported(name.text);
    if (instead != NULL) {
        return fir__token_fail(l, name.offset, "%.*s is not supported: %s", (int)name.text.len, name.text.ptr, instead);
    }
    if (bracket) {
        int rc = read_argument(l, &name);
        if (rc != 0) {
            return rc;
        }
    }
    return fir__term_of_name(l->maker, &name, out);
}

static int read_group(fir__tokens *l, unsigned depth, fir__term *out)
{
    size_t start = l->at++;
    if (depth == FIR__TEMPLATE_MAX_DEPTH) {
        return fir__token_fail(l, start, "parentheses can be %d deep at most", FIR__TEMPLATE_MAX_DEPTH);
    }
    fir__token_blanks(l);
    int rc = read_primary(l, depth + 1, out);
    fir__token_blanks(l);
    if (rc == 0 && !fir__token_take(l, ")")) {
        return fir__token_fail(l, start, "the '(' that begins here has no closing ')'");
    }
    return rc;
}

static int read_primary(fir__tokens *l, unsigned depth, fir__term *out)
{
    char c = l->at < l->text.len ? l->text.ptr[l->at] : '\0';
    if (c == '(') {
        return read_group(l, depth, out);
    }
    if (c == '.') {
        return read_dot(l, out);
    }
    if (c == '$') {
        return fir__token_fail(l, l->at, "variables are not supported: templates have no blocks");
    }
    if (fir__token_sees_constant(l)) {
        *out = fir__term_of_text(fir__str("", 0));
        return fir__token_constant(l, &out->value);
    }
    return read_name(l, depth, out);
}

/* ---- holes ---- */

/* raw is no filter of values but says how the last of them is written. */
static int take_raw(fir__tokens *l, fir__hole *hole)
{
    for (uint32_t i = 0; i < hole->n_filters; i++) {
        if (fir__filter_is_raw(&hole->filters[i])) {
            if (i + 1 != hole->n_filters) {
                return fir__token_fail(l, hole->offset, "raw must be the last filter");
            }
            hole->raw = true;
        }
    }
    return 0;
}

static int read_hole(fir__tokens *l, fir__hole *hole)
{
    int rc = read_primary(l, 0, &hole->term);
    if (rc == 0) {
        fir__token_blanks(l);
    }
    if (rc == 0 && fir__token_take(l, "|")) {
        rc = fir__filters_parse(l, &hole->filters, &hole->n_filters);
    }
    return rc != 0 ? rc : take_raw(l, hole);
}

/* Behind "{{": the hole, its end, and what "-}}" takes away behind it. */
static int read_expansion(fir__maker *c, fir__tokens *l, size_t start)
{
    fir__hole hole = {.offset = start};
    bool comment = false;
    fir__token_blanks(l);
    int rc = 0;
    if (fir__token_sees(l, "/*")) {
        size_t end = fir__str_find(fir__str_from(l->text, l->at), FIR__S("*/"));
        l->at = end == SIZE_MAX ? l->text.len : l->at + end + 2;
        comment = true;
    } else if (fir__token_sees(l, "}}") || l->at == l->text.len) {
        return fir__token_fail(l, start, "there is nothing between '{{' and '}}'; two braces as text are written {{\"{{\"}}");
    } else {
        rc = read_hole(l, &hole);
    }
    if (rc != 0) {
        return rc;
    }
    fir__token_blanks(l);
    bool trims = strchr(" \t\r\n", l->text.ptr[l->at - 1]) != NULL && fir__token_sees(l, "-}}") && fir__token_take(l, "-");
    if (!fir__token_take(l, "}}")) {
        return l->at == l->text.len ? fir__token_fail(l, start, "the '{{' that begins here has no closing '}}'")
                                    : fir__token_fail(l, l->at, "'}}' or '|' was expected");
    }
    if (trims) {
        fir__token_blanks(l);
    }
    return comment ? 0 : fir__make_hole(c, &hole);
}

int fir__syntax_falcoir(fir__maker *c)
{
    fir__tokens l = {.text = c->spec->text, .arena = c->arena, .maker = c, .err = c->err};
    for (;;) {
        fir_str rest = fir__str_from(l.text, l.at);
        size_t open = fir__str_find(rest, FIR__S("{{"));
        fir_str literal = fir__str_to(rest, open);
        bool trims = open != SIZE_MAX && open + 3 < rest.len && rest.ptr[open + 2] == '-' &&
                     strchr(" \t\r\n", rest.ptr[open + 3]) != NULL && rest.ptr[open + 3] != '\0';
        while (trims && literal.len != 0 && strchr(" \t\r\n", literal.ptr[literal.len - 1]) != NULL &&
               literal.ptr[literal.len - 1] != '\0') {
            literal.len--;
        }
        int rc = fir__make_literal(c, l.at, literal);
        if (rc != 0 || open == SIZE_MAX) {
            return rc;
        }
        size_t start = l.at + open;
        l.at = start + 2 + (trims ? 1 : 0);
        rc = read_expansion(c, &l, start);
        if (rc != 0) {
            return rc;
        }
    }
}
