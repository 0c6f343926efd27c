/* SPDX-License-Identifier: Apache-2.0 */
/* libyaml's errors in the words of somebody who wrote the file, and warnings for what is YAML but hardly meant. */
#include "yaml/reader.h"

/* What a diagnostic is made of. libyaml's error has two places: the start of what it was reading, and where it gave up. */
typedef struct explanation {
    const char *problem; /* libyaml's words */
    const char *context; /* the same; NULL: any */
    fir__yaml_code code;
    bool at_start; /* points to the start of what was being read */
    const char *message, *hint;
} explanation;

static const char colon_missing[] = "could not find expected ':'",
                  colon_refused[] = "mapping values are not allowed in this context";
static const char quote_it[] = "put the whole text in quotes";
static const char close_it[] = "close it, or quote the text if the bracket belongs to it";

static const explanation explanations[] = {
    {colon_missing, NULL, FIR__Y_COLON, true, "this line is no `key: value`",
     "a key needs a colon and a blank behind it; a text over several lines needs quotes or `>`"},
    {colon_refused, NULL, FIR__Y_COLON, false, "a `: ` stands inside a text that is not quoted",
     "put the whole text in quotes, or correct the indentation"},
    {"did not find expected comment or line break", "while scanning a block scalar", FIR__Y_BLOCK_MARK, true,
     "a text that begins with > or | is a block in YAML", "put the whole text in quotes: \">=Critical\""},
    {"found an indentation indicator equal to 0", NULL, FIR__Y_BLOCK_MARK, true,
     "a text that begins with > or | is a block in YAML", quote_it},
    {"found a tab character where an indentation space is expected", NULL, FIR__Y_TAB, false, "a tab is used as indentation",
     "indent with blanks"},
    {"found a tab character that violates indentation", NULL, FIR__Y_TAB, false, "a tab is used as indentation",
     "indent with blanks"},
    {"found unexpected end of stream", "while scanning a quoted scalar", FIR__Y_UNCLOSED, true, "the quote is not closed",
     "close it; '' is a quote inside '…', \\\" one inside \"…\""},
    {"found unexpected document indicator", "while scanning a quoted scalar", FIR__Y_UNCLOSED, true, "the quote is not closed",
     "close it; '' is a quote inside '…', \\\" one inside \"…\""},
    {"found unknown escape character", NULL, FIR__Y_SYNTAX, false, "the escape after \\ is unknown",
     "write \\\\ for a backslash, or use single quotes"},
    {"did not find expected hexdecimal number", NULL, FIR__Y_SYNTAX, false, "the escape needs hexadecimal digits",
     "write \\\\ for a backslash, or use single quotes"},
    {"found invalid Unicode character escape code", NULL, FIR__Y_SYNTAX, false, "the escape names no Unicode character", NULL},
    {"found unexpected ':'", NULL, FIR__Y_COLON, false, "a colon stands in an unquoted text between brackets",
     "put the text in quotes, or a blank behind the colon"},
    {"did not find expected ',' or ']'", NULL, FIR__Y_UNCLOSED, true, "the list that begins here is not closed", close_it},
    {"did not find expected ',' or '}'", NULL, FIR__Y_UNCLOSED, true, "the mapping that begins here is not closed", close_it},
    {"did not find expected alphabetic or numeric character", "while scanning an alias", FIR__Y_RESERVED, true,
     "a text that begins with * is an alias in YAML", quote_it},
    {"did not find expected alphabetic or numeric character", "while scanning an anchor", FIR__Y_RESERVED, true,
     "a text that begins with & is an anchor in YAML", quote_it},
    {"found undefined tag handle", NULL, FIR__Y_TAG, false, "the tag is not supported",
     "remove the tag; a text that begins with ! must be quoted"},
    {NULL, "while scanning a tag", FIR__Y_TAG, true, "a text that begins with ! is a tag in YAML", quote_it},
    {NULL, "while parsing a tag", FIR__Y_TAG, true, "a text that begins with ! is a tag in YAML", quote_it},
    {NULL, "while scanning a directive", FIR__Y_RESERVED, true, "a line that begins with % is a directive in YAML", quote_it},
    {"block sequence entries are not allowed in this context", NULL, FIR__Y_SYNTAX, false, "a list item `- ` cannot stand here",
     "put it on a line of its own, indented as the list is"},
    {"did not find expected '-' indicator", NULL, FIR__Y_SYNTAX, false, "this is no item of the list",
     "begin the line with `- `, or correct its indentation"},
    {"did not find expected key", NULL, FIR__Y_SYNTAX, false, "no key of the mapping can stand here",
     "correct the indentation of the line, or quote the value before it"},
    {"did not find expected <document start>", NULL, FIR__Y_SYNTAX, false, "the text goes on after its end",
     "correct the indentation of the line"},
    {"did not find expected node content", NULL, FIR__Y_SYNTAX, false, "a value cannot begin here", quote_it},
    {"found incompatible YAML document", NULL, FIR__Y_DIRECTIVE, false, "the directive names another version of YAML",
     "remove the line"},
    {"found duplicate %YAML directive", NULL, FIR__Y_DIRECTIVE, false, "the directive %YAML stands twice", "remove one"},
};

static bool same(const char *a, const char *b)
{
    return a == NULL || (b != NULL && strcmp(a, b) == 0);
}

static const explanation *find(const yaml_parser_t *p)
{
    for (size_t i = 0; i < sizeof explanations / sizeof *explanations; i++) {
        if (same(explanations[i].problem, p->problem) && same(explanations[i].context, p->context)) {
            return &explanations[i];
        }
    }
    return NULL;
}

static char char_at(const fir__yaml_reader *r, size_t offset)
{
    return offset < r->text.len ? r->text.ptr[offset] : '\0';
}

/* The last character before an offset that is no blank, on the same line; NUL: none. */
static char before(const fir__yaml_reader *r, size_t offset)
{
    while (offset > 0 && r->text.ptr[offset - 1] == ' ') {
        offset--;
    }
    return offset > 0 && offset <= r->text.len ? r->text.ptr[offset - 1] : '\0';
}

/* A colon with no blank behind it, after the word at an offset: `key:value`. */
static bool misses_blank(const fir__yaml_reader *r, size_t offset)
{
    fir_str line = fir__str_trim(fir__yaml_line(r->text, offset < r->text.len ? offset : r->text.len));
    size_t i = 0;
    while (i < line.len && (fir__is_alnum(line.ptr[i]) || line.ptr[i] == '_')) {
        i++;
    }
    return i != 0 && i + 1 < line.len && line.ptr[i] == ':' && line.ptr[i + 1] != ' ';
}

/* The start of the first word of the line before the one of an offset. */
static size_t line_before(const fir__yaml_reader *r, size_t offset)
{
    size_t at = offset < r->text.len ? offset : r->text.len;
    for (int lines = 0; at > 0; at--) {
        lines += r->text.ptr[at - 1] == '\n';
        if (lines == 2) {
            break;
        }
    }
    while (char_at(r, at) == ' ' || (char_at(r, at) == '-' && char_at(r, at + 1) == ' ')) {
        at++;
    }
    return at;
}

/* What the characters at the place tell, whatever libyaml said. False: nothing. */
static bool explain_by_text(fir__yaml_reader *r, const yaml_parser_t *p, fir__where at, size_t offset)
{
    char c = char_at(r, offset), last = before(r, offset);
    bool starts_token = p->problem != NULL && strcmp(p->problem, "found character that cannot start any token") == 0;
    if (starts_token && c == '\t') {
        fir__yaml_report(r, FIR__Y_TAB, at, "indent with blanks", "a tab stands where YAML wants blanks");
    } else if (starts_token) {
        fir__yaml_report(r, FIR__Y_RESERVED, at, quote_it, "a text cannot begin with %c", c);
    } else if (c == '{' && char_at(r, offset + 1) == '{') {
        fir__yaml_report(r, FIR__Y_BARE_TEMPLATE, at, "put the whole text in quotes: \"{{output}}\"",
                         "{{ begins a mapping in YAML, not a template");
    } else if (p->error == YAML_PARSER_ERROR && (last == '"' || last == '\'') && c != '"' && c != '\'') {
        fir__yaml_report(r, FIR__Y_AFTER_QUOTE, at, "put the whole value in quotes, with the inner ones doubled or escaped",
                         "text follows the closing quote");
    } else if (p->error == YAML_PARSER_ERROR && c == ':' && strchr("\n\r-{,", last) != NULL) {
        fir__yaml_report(r, FIR__Y_KEY_EMPTY, at, "write a key, or \"\" for the empty one", "the key before the colon is missing");
    } else {
        return false;
    }
    return true;
}

/* `key:value` is one text, so the trouble shows on the line behind it, or where the line ends. */
static bool explain_colon(fir__yaml_reader *r, const yaml_parser_t *p, size_t start, size_t offset)
{
    size_t line = same(colon_missing, p->problem) ? start : line_before(r, offset);
    if ((!same(colon_missing, p->problem) && !same(colon_refused, p->problem)) || !misses_blank(r, line)) {
        return false;
    }
    fir__yaml_report(r, FIR__Y_COLON, fir__yaml_where_offset(r, line), "write `key: value`",
                     "the colon after the key has no blank behind it");
    return true;
}

void fir__yaml_explain(fir__yaml_reader *r, const yaml_parser_t *p)
{
    size_t offset, start;
    fir__where began = fir__yaml_where(r, &p->context_mark, &start);
    fir__where at = fir__yaml_where(r, &p->problem_mark, &offset);
    if (p->context == NULL) {
        began = at;
        start = offset;
    }
    if (r->last_bare_line != 0 && r->last_bare_line == at.line) {
        return;
    }
    if (explain_by_text(r, p, at, offset) || explain_colon(r, p, start, offset)) {
        return;
    }
    const explanation *e = find(p);
    bool same_line = e != NULL && e->code == FIR__Y_UNCLOSED && p->error == YAML_PARSER_ERROR && began.line == at.line;
    if (same_line && offset < r->text.len) {
        fir__yaml_report(r, e->code, at, "separate by commas, close with the bracket, and quote a text that holds brackets",
                         "a comma or a closing bracket is missing before this");
    } else if (e != NULL) {
        fir__yaml_report(r, e->code, e->at_start ? began : at, e->hint, "%s", e->message);
    } else {
        fir__yaml_report(r, FIR__Y_SYNTAX, at, NULL, "%s", p->problem != NULL ? p->problem : "the text is not YAML");
    }
}

/* What is open at the end of a text: a quote or a bracket that something cut off. */
static bool is_cut(fir_str s, char open, char close)
{
    int depth = 0;
    char quote = '\0';
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (quote != '\0') {
            quote = c == quote ? '\0' : quote;
        } else if (c == '"') {
            quote = c;
        } else {
            depth += (c == open) - (c == close);
        }
    }
    return quote != '\0' || depth > 0;
}

static bool holds_condition(fir_str key)
{
    return fir__str_eq(key, FIR__S("condition")) || fir__str_eq(key, FIR__S("when"));
}

void fir__yaml_warn_scalar(fir__yaml_reader *r, const yaml_event_t *event, fir__where at, fir_str key, bool in_flow)
{
    if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE || event->data.scalar.length == 0) {
        return;
    }
    fir_str text = fir__str((const char *)event->data.scalar.value, event->data.scalar.length);
    size_t end;
    fir__where behind = fir__yaml_where(r, &event->end_mark, &end);
    size_t next = end;
    while (char_at(r, next) == ' ' || char_at(r, next) == '\t') {
        next++;
    }
    char shown[FIR__YAML_SHOWN], c = char_at(r, next);
    bool cut = is_cut(text, '(', ')') || is_cut(text, '{', '}');
    if (c == '#' && (cut || holds_condition(key))) {
        behind.column += (uint32_t)(next - end);
        fir__yaml_report(r, FIR__Y_COMMENT_CUTS, behind, "if it belongs to the text, put the whole text in quotes",
                         "the rest of the line is a comment: %s", fir__yaml_shown(fir__yaml_line(r->text, next), shown));
    } else if (in_flow && cut && c == ',') {
        fir__yaml_report(r, FIR__Y_COMMA_SPLITS, at, quote_it, "the text ends at the comma: %s", fir__yaml_shown(text, shown));
    }
}
