/* SPDX-License-Identifier: Apache-2.0 */
/* The front half of lib/expr: what the conformance vectors do not reach. Hints, properties, steps, places, limits, macros, lists.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/property.h"
#include "expr/expr.h"
#include "support/suite.h"

static fir__arena arena;
static fir_error err;

static void setup(void)
{
    fir__arena_init(&arena, &fir__default_allocator, 0);
    memset(&err, 0, sizeof err);
}

static void teardown(void)
{
    fir__arena_free(&arena);
}

static const fir__parse_options ours = {.properties = true, .steps = true};

static fir__ast *parse_with(const char *text, const fir__parse_options *o)
{
    fir__ast *ast;
    int status = fir__expr_parse(fir__cstr(text), o, &arena, &ast, &err);
    ck_assert_msg(status == 0, "%s: %s", text, err.message);
    return ast;
}

static fir__ast *parse(const char *text)
{
    return parse_with(text, &ours);
}

static void refused(const char *text, int code)
{
    fir__ast *ast;
    int status = fir__expr_parse(fir__cstr(text), &ours, &arena, &ast, &err);
    ck_assert_msg(status == code && err.code == code, "%s: %d %s", text, status, err.message);
    ck_assert_ptr_null(ast);
}

static void prints(const fir__ast *ast, fir__print_style style, const char *want)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 1 << 20);
    fir__expr_print(&b, ast, style);
    fir__sbuf_char(&b, '\0');
    ck_assert_int_eq(b.status, 0);
    ck_assert_str_eq(b.ptr, want);
    fir__sbuf_free(&b);
}

/* ---- parse ---- */

START_TEST(hints)
{
    static const struct {
        const char *text, *hint; /* NULL: none */
    } cases[] = {
        {"a.b = x AND c", "'and', 'or' and 'not' are written in lower case"},
        {"(a.b = x OR c)", "'and', 'or' and 'not' are written in lower case"},
        {"NOT a.b exists", "'not' is written in lower case"},
        {"a.b = x && c", "write 'and'"},
        {"a.b = x || c", "write 'or'"},
        {"!a", "write 'not'"},
        {"a.b not in (x)", "'not' stands before the field: 'not proc.name in (a, b)'"},
        {"a.b contains(x)", "behind 'contains' stand a blank and one value, without parentheses"},
        {"a.b contains\"x\"", "behind 'contains' stand a blank and a value"},
        {"a.b Contains x", "operators are written in lower case: 'contains'"},
        {"a.b startwith x", "did you mean 'startswith'?"},
        {"a.b in x, y", "a list stands in parentheses, as in 'in (a, b)'"},
        {"a.b in \"x\"", "a list stands in parentheses, as in 'in (a, b)'"},
        {"a.b in [x]", "a list stands in parentheses, as in 'in (a, b)', not in brackets"},
        {"a.b in (x y)", "a ',' is missing between two items, or quotes around one with blanks"},
        {"a.b in (x", "a ')' is missing"},
        {"a.b > \"5\"", "a number stands without quotes"},
        {"a.b > Warning", "only 'priority' is compared with the name of a level"},
        {"a.b > 1e5", "an exponent has a sign: 1e+5"},
        {"a.b =< 1", "write '<=' or '>='"},
        {"a.b <> 1", "write '!='"},
        {"a.b =~ x", "there is no '=~'; 'regex' matches a whole value"},
        {"a.b === x", "'=' and '==' mean the same, there is no '==='; a value with '=' stands in quotes"},
        {"a.b = x # why", "a condition has no comments"},
        {"a.b = x /* why */", "a condition has no comments"},
        {"a.b # why", "a condition has no comments"},
        {"a.b = \"x", "the closing quote is missing"},
        {"a.b = foo bar", "'and' or 'or' is missing here, or quotes around a value with blanks"},
        {"a.b = f(x)", "a value with parentheses in it stands in quotes"},
        {"a.b = (x)", "for a list write 'in (a, b)'; a value with parentheses stands in quotes"},
        {"a.b and c.d = x", "a field alone is no condition; ask 'exists', or '= true'"},
        {"name = bash", "a word alone is a macro; the field is 'proc.name'"},
        {"shell = bash", "a word alone is a macro; the field is 'user.shell'"},
        {"nothing = bash", "a word alone is a macro; a field has a dot in its name, as 'proc.name'"},
        {"tags[0] = x", "a property of the alert takes no argument in brackets"},
        {"a.b = x)", "this ')' closes nothing"},
        {"a.b [0] = x", "no blank stands between a field and its '['"},
        {"tolower (a.b) = x", "no blank stands between 'tolower' and its '('"},
        {"tolowr(a.b) = x", "did you mean 'tolower('?"},
        {"foo(a.b) = x", "there is no transformer 'foo'; a macro takes no arguments"},
        {"a.b = oneof(x)", "'oneof' is written in lower case, with a blank before and behind it, after '=' and its like"},
        {"a.b regex \"\\.sh\"", "a backslash is written \\\\ inside quotes"},
        {"concat(a.b, x) = y", "a text stands in quotes here, and a field has a dot in its name"},
        {"%proc.name = x", "a field stands without '%' in a condition"},
        {"a.b[] = x", "nothing stands between the brackets"},
        {"a and", "a condition is missing behind 'and'"},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        refused(cases[i].text, FIR_EPARSE);
        const char *hint = strstr(err.message, "; hint: ");
        if (cases[i].hint == NULL) {
            ck_assert_msg(hint == NULL, "%s", err.message);
        } else {
            ck_assert_msg(hint != NULL && strcmp(hint + 8, cases[i].hint) == 0, "%s: %s", cases[i].text, err.message);
        }
    }
}
END_TEST

START_TEST(properties)
{
    fir__ast *a = parse("rule = \"A rule\" and alert.priority >= Warning and tags in (x) and source");
    ck_assert_uint_eq(a->n_children, 4);
    ck_assert(a->children[0]->left.property && a->children[0]->left.kind == FIR__OPERAND_FIELD);
    ck_assert(fir__str_eq(a->children[0]->left.text, FIR__S("rule")));
    ck_assert(a->children[1]->left.property && fir__str_eq(a->children[1]->left.text, FIR__S("alert.priority")));
    ck_assert_int_eq(a->children[1]->right.kind, FIR__OPERAND_TEXT);
    ck_assert(!a->children[1]->right.number && fir__str_eq(a->children[1]->right.text, FIR__S("Warning")));
    ck_assert(a->children[2]->left.property);
    ck_assert_int_eq(a->children[3]->kind, FIR__AST_IDENT);
    ck_assert(parse("rule\n\tstartswith x")->left.property);
    ck_assert(parse("len(tags) > 2")->left.args[0].property);
    ck_assert(parse("proc.name = val(hostname)")->right.property);
    ck_assert_int_eq(parse("rule and a.b exists")->children[0]->kind, FIR__AST_IDENT);
    ck_assert_int_eq(parse("not output")->children[0]->kind, FIR__AST_IDENT);
    ck_assert(!parse("alert.other = x")->left.property);
    ck_assert(!parse("a.rule = x")->left.property);
    ck_assert_int_eq(parse("a.b = rule")->right.kind, FIR__OPERAND_TEXT);
    ck_assert(!parse("time > 5")->right.property && parse("time > 5")->right.number);
    refused("alert.tags[0] = x", FIR_EPARSE);
    ck_assert_str_eq(err.message, "a property of the alert takes no argument in brackets: 'alert.tags'");
    refused("rules = x", FIR_EPARSE);
    refused("time > soon", FIR_EPARSE);
    /* Falco's grammar alone has none of them. */
    fir__ast *none;
    ck_assert_int_eq(fir__expr_parse(FIR__S("rule = x"), NULL, &arena, &none, &err), FIR_EPARSE);
    ck_assert_int_eq(fir__expr_parse(FIR__S("len(tags) > 2"), NULL, &arena, &none, &err), FIR_EPARSE);
    ck_assert(!parse_with("alert.rule = x", NULL)->left.property);
}
END_TEST

START_TEST(steps)
{
    fir__ast *a = parse("steps.capture.status = succeeded or steps.a_1.output contains x");
    ck_assert(fir__str_eq(a->children[0]->left.text, FIR__S("steps.capture.status")));
    ck_assert(!a->children[0]->left.property);
    refused("steps.capture.result = x", FIR_EPARSE);
    ck_assert_str_eq(err.message, "a step has only steps.<id>.status and steps.<id>.output: 'steps.capture.result'");
    ck_assert_uint_eq(err.column, 1);
    refused("a and steps.status = x", FIR_EPARSE);
    ck_assert_uint_eq(err.offset, 6);
    (void)parse_with("steps.capture.result = x", NULL);
}
END_TEST

START_TEST(places)
{
    fir__ast *a = parse("  not a.b = \"x\"\r\n and (c.d\tin (e, 'f')\n or m)  ");
    ck_assert_int_eq(a->kind, FIR__AST_AND);
    ck_assert_uint_eq(a->at.offset, 2);
    ck_assert_uint_eq(a->end, 45);
    const fir__ast *no = a->children[0], * or = a->children[1];
    ck_assert(no->at.offset == 2 && no->end == 15);
    ck_assert(no->children[0]->at.offset == 6 && no->children[0]->at.column == 7 && no->children[0]->right.at.offset == 12);
    ck_assert(or->at.offset == 23 && or->at.line == 3 && or->at.column == 7);
    ck_assert(or->children[0]->end == 38 && or->children[0]->right.args[1].at.offset == 34);
    ck_assert(or->children[1]->at.line == 4 && or->children[1]->at.column == 5);
    ck_assert(or->children[0]->right.args[1].quoted && ! or->children[0]->right.args[0].quoted);
    ck_assert_uint_eq(a->weight, 12);
}
END_TEST

START_TEST(values_have_their_bytes)
{
    fir__ast *a = parse("a.b = \"\\b\\f\\n\\r\\t\\\\\\/\\\"\\ \\x00\\xfF'\"");
    ck_assert(fir__str_eq(a->right.text, FIR__S("\b\f\n\r\t\\/\"\\\0\xff'")));
    prints(a, FIR__PRINT_SAFE, "a.b = \"\\b\\f\\n\\r\\t\\\\/\\\"\\\\\\x00\\xff'\"");
}
END_TEST

START_TEST(backslash_before_the_quote)
{
    prints(parse("a.b = \"C:\\\\\" and c.d = 'x'"), FIR__PRINT_FALCO, "(a.b = \"C:\\\\\" and c.d = x)");
    prints(parse("a.b in (\"C:\\\\\", 'D:\\\\')"), FIR__PRINT_SAFE, "a.b in (\"C:\\x5c\", \"D:\\x5c\")");
    prints(parse("a.b[\"x\\\\\"] exists"), FIR__PRINT_SAFE, "a.b[\"x\\x5c\"] exists");
    refused("a.b = \"x\\\"", FIR_EPARSE);
    refused("a.b in (\"\\q\")", FIR_EPARSE); /* Falco forgets the error and takes an empty list */
    ck_assert(strncmp(err.message, "unsupported string escape sequence: \\q", 38) == 0);
}
END_TEST

START_TEST(safe_print)
{
    static const char *const cases[][2] = {
        {"a or b and c", "a or b and c"},
        {"(a or b) and (c and d)", "(a or b) and (c and d)"},
        {"not (not a)", "not (not a)"},
        {"not not a", "a"},
        {"not (a and b)", "not (a and b)"},
        {"(not) and b", "(not) and b"},
        {"a.b == \"\"", "a.b == \"\""},
        {"a.b = 'x,y'", "a.b = \"x,y\""},
        {"a.b in (\"a\", b)", "a.b in (\"a\", b)"},
        {"a.b = oneof  l", "a.b = oneof l"},
        {"a.b = \"oneof\" or c", "a.b = \"oneof\" or c"},
        {"join(',',(a.b,\"x\",5))[0] = y", "join(\",\", (a.b, \"x\", 5))[0] = y"},
        {"a.b['x'] in val(c.d)", "a.b[\"x\"] in val(c.d)"},
        {"a.b = ü", "a.b = ü"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        prints(parse(cases[i][0]), FIR__PRINT_SAFE, cases[i][1]);
        prints(parse(cases[i][1]), FIR__PRINT_SAFE, cases[i][1]);
    }
}
END_TEST

static char *nested(const char *open, size_t n, const char *inside, const char *close)
{
    char *text = calloc(1, n * (strlen(open) + strlen(close)) + strlen(inside) + 1), *p = text;
    for (size_t i = 0; i < n; i++) {
        p = stpcpy(p, open);
    }
    p = stpcpy(p, inside);
    for (size_t i = 0; i < n; i++) {
        p = stpcpy(p, close);
    }
    return text;
}

START_TEST(nesting_is_bounded)
{
    static const struct {
        const char *open, *inside, *close;
        uint32_t max;
        size_t most;
    } cases[] = {
        {"(", "a", ")", 0, 250},
        {"not(", "a.b = x", ")", 0, 250},
        {"b and (c or (", "d", "))", 0, 125},
        {"(", "a", ")", 1000, 1000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fir__parse_options o = {.max_depth = cases[i].max};
        char *fits = nested(cases[i].open, cases[i].most, cases[i].inside, cases[i].close);
        char *over = nested(cases[i].open, cases[i].most + 1, cases[i].inside, cases[i].close);
        fir__ast *ast;
        (void)parse_with(fits, &o);
        ck_assert_int_ne(fir__expr_parse(fir__cstr(over), &o, &arena, &ast, &err), 0);
        free(fits);
        free(over);
    }
    /* The printed form of what just fits is read back. */
    char *deep = nested("a or b and (", 250, "c", ")");
    fir__ast *ast = parse(deep);
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 1 << 20);
    fir__expr_print(&b, ast, FIR__PRINT_SAFE);
    ck_assert_int_eq(fir__expr_parse(fir__sbuf_view(&b), NULL, &arena, &ast, &err), 0);
    fir__sbuf_free(&b);
    free(deep);
    char *far = nested("(", 100000, "a", ")");
    refused(far, FIR_ELIMIT);
    ck_assert_str_eq(err.message, "exceeded max depth limit of 1255; hint: parentheses may be nested 250 deep");
    ck_assert_uint_eq(err.offset, 251);
    free(far);
    fir__parse_options too_deep = {.max_depth = 1001};
    ck_assert_int_eq(fir__expr_parse(FIR__S("a"), &too_deep, &arena, &ast, &err), FIR_EINVAL);
}
END_TEST

START_TEST(transformers_are_bounded)
{
    char *calls = nested("len(", 625, "a.b", ")"), *fits, *over;
    ck_assert_int_ge(asprintf(&fits, "%s > 1", calls), 0);
    ck_assert_int_ge(asprintf(&over, "len(%s) > 1", calls), 0);
    (void)parse(fits);
    refused(over, FIR_ELIMIT);
    free(calls);
    free(fits);
    free(over);
}
END_TEST

START_TEST(size_is_bounded)
{
    char *text = malloc(FIR__EXPR_MAX_TEXT + 2);
    memset(text, 'a', FIR__EXPR_MAX_TEXT + 1);
    fir__ast *ast;
    ck_assert_int_eq(fir__expr_parse(fir__str(text, FIR__EXPR_MAX_TEXT), NULL, &arena, &ast, &err), 0);
    ck_assert_int_eq(fir__expr_parse(fir__str(text, FIR__EXPR_MAX_TEXT + 1), NULL, &arena, &ast, &err), FIR_ELIMIT);
    free(text);
    fir__arena small;
    fir__arena_init(&small, &fir__default_allocator, 1000);
    ck_assert_int_eq(fir__expr_parse(FIR__S("a.b in (a, b, c, d, e, f, g)"), NULL, &small, &ast, &err), FIR_ELIMIT);
    ck_assert_str_eq(err.message, "the condition needs more than 1000 bytes of memory");
    fir__arena_free(&small);
    /* A long token does not crowd out the message. */
    char long_text[600];
    (void)snprintf(long_text, sizeof long_text, "%0500d b", 7);
    memcpy(long_text, "a.b=", 4);
    refused(long_text, FIR_EPARSE);
    ck_assert_ptr_nonnull(strstr(err.message, "...', expecting 'or', 'and'; hint: "));
    refused("a.b = \"\xff\x01\" b", FIR_EPARSE);
    ck_assert(strncmp(err.message, "unexpected token after '\xEF\xBF\xBD\x01'", 27) == 0);
}
END_TEST

/* ---- macros and lists ---- */

static fir__scope *scope;

static void define_macro(const char *name, const char *text)
{
    fir__ast *ast;
    ck_assert_msg(fir__expr_expand(parse(text), scope, &arena, &ast, &err) == 0, "%s", err.message);
    ck_assert_int_eq(fir__scope_macro(scope, fir__cstr(name), ast), 0);
}

static int define_list(const char *name, size_t n, const char *const *items)
{
    fir_str texts[16];
    for (size_t i = 0; i < n; i++) {
        texts[i] = fir__cstr(items[i]);
    }
    return fir__scope_list(scope, fir__cstr(name), texts, n);
}
#define LIST(name, ...)                                                                                                            \
    define_list(name, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), (const char *const[]){__VA_ARGS__})

static void expands(const char *text, const char *want)
{
    fir__ast *in = parse(text), *out;
    ck_assert_msg(fir__expr_expand(in, scope, &arena, &out, &err) == 0, "%s: %s", text, err.message);
    prints(out, FIR__PRINT_SAFE, want);
}

static void does_not_expand(const char *text, int code, const char *message, size_t offset)
{
    fir__ast *out;
    ck_assert_int_eq(fir__expr_expand(parse(text), scope, &arena, &out, &err), code);
    ck_assert_ptr_null(out);
    ck_assert_str_eq(err.message, message);
    ck_assert_uint_eq(err.offset, offset);
}

static void scope_setup(void)
{
    setup();
    ck_assert_int_eq(fir__scope_new(&arena, &scope), 0);
}

START_TEST(macros)
{
    define_macro("shell", "proc.name in (sh, bash) or proc.pname = sh");
    define_macro("root", "user.name = root");
    define_macro("both", "shell and not root");
    expands("both", "(proc.name in (sh, bash) or proc.pname = sh) and not user.name = root");
    expands("not both", "not ((proc.name in (sh, bash) or proc.pname = sh) and not user.name = root)");
    expands("root or a.b exists", "user.name = root or a.b exists");
    define_macro("no", "not root");
    expands("not no", "not (not user.name = root)");
    /* A macro keeps what it saw; a later definition counts from then on. */
    define_macro("root", "user.uid = 0");
    expands("root and no", "user.uid = 0 and not user.name = root");
    does_not_expand("a.b = x and shel", FIR_ECOMPILE, "Undefined macro 'shel' used in filter.; hint: did you mean 'shell'?", 12);
    does_not_expand("unheard_of", FIR_ECOMPILE, "Undefined macro 'unheard_of' used in filter.", 0);
    does_not_expand("rule", FIR_ECOMPILE,
                    "Undefined macro 'rule' used in filter.; hint: the alert's 'rule' needs an operator behind it", 0);
    ck_assert_int_eq(LIST("shells", "sh"), 0);
    does_not_expand("not (shells)", FIR_ECOMPILE,
                    "Undefined macro 'shells' used in filter.; hint: 'shells' is a list: it stands behind 'in', as in "
                    "'proc.name in (shells)'",
                    5);
    ck_assert_ptr_nonnull(fir__scope_find_macro(scope, FIR__S("both")));
    ck_assert_ptr_null(fir__scope_find_macro(scope, FIR__S("neither")));
}
END_TEST

START_TEST(lists)
{
    const fir_str *items;
    size_t n;
    ck_assert_int_eq(LIST("shells", "sh", "bash"), 0);
    ck_assert_int_eq(LIST("paths", "\"/a b\"", "'it\\'s'", "/etc/(x)"), 0);
    ck_assert_int_eq(LIST("all", "zsh", "shells", "'shells'", "shells2"), 0);
    ck_assert_int_eq(define_list("none", 0, NULL), 0);
    ck_assert(fir__scope_find_list(scope, FIR__S("all"), &items, &n) && n == 5);
    ck_assert(fir__str_eq(items[1], FIR__S("sh")) && fir__str_eq(items[3], FIR__S("shells")));
    ck_assert(!fir__scope_find_list(scope, FIR__S("every"), &items, &n));
    expands("a.b in (shells)", "a.b in (\"sh\", \"bash\")");
    expands("a.b in shells", "a.b in (\"sh\", \"bash\")");
    expands("a.b in (x, shells, \"shells\", none, y)", "a.b in (x, \"sh\", \"bash\", \"shells\", y)");
    expands("a.b in (none)", "a.b in ()");
    expands("a.b intersects none", "a.b intersects ()");
    expands("a.b pmatch (paths)", "a.b pmatch (\"/a b\", \"it's\", \"/etc/(x)\")");
    expands("a.b = anyof shells", "a.b = anyof (\"sh\", \"bash\")");
    expands("a.b startswith oneof (shells, c)", "a.b startswith oneof (\"sh\", \"bash\", c)");
    expands("a.b in nowhere", "a.b in (nowhere)");
    /* Only where a list may stand. */
    expands("a.b = shells or a.b contains \"shells\" or a.shells exists",
            "a.b = shells or a.b contains \"shells\" or a.shells exists");
    /* A list that is defined again may hold its old self. */
    ck_assert_int_eq(LIST("shells", "shells", "fish"), 0);
    expands("a.b in (shells)", "a.b in (\"sh\", \"bash\", \"fish\")");
    expands("a.b in (all)", "a.b in (\"zsh\", \"sh\", \"bash\", \"shells\", \"shells2\")");
    ck_assert_int_eq(LIST("bad", "\"open"), FIR_EPARSE);
    ck_assert_int_eq(LIST("bad", "\"a\" b"), FIR_EPARSE);
    ck_assert_int_eq(LIST("bad", "'\\q'"), FIR_EPARSE);
    ck_assert(!fir__scope_find_list(scope, FIR__S("bad"), &items, &n));
}
END_TEST

START_TEST(expansion_shares_and_keeps_its_input)
{
    ck_assert_int_eq(LIST("l", "x"), 0);
    define_macro("m", "a.b = x or c.d in (l)");
    fir__ast *in = parse("m and (m or e.f = y) and e.f in (l)"), *out;
    ck_assert_int_eq(fir__expr_expand(in, scope, &arena, &out, &err), 0);
    prints(in, FIR__PRINT_SAFE, "m and (m or e.f = y) and e.f in (l)");
    ck_assert_ptr_eq(out->children[0], out->children[1]->children[0]);
    ck_assert_ptr_eq(out->children[1]->children[1], in->children[1]->children[1]);
    ck_assert_ptr_ne(out->children[2], in->children[2]);
    ck_assert_uint_eq(out->weight, 1 + 8 + (1 + 8 + 3) + 4);
    fir__ast *same;
    ck_assert_int_eq(fir__expr_expand(out, scope, &arena, &same, &err), 0);
    ck_assert_ptr_eq(same, out);
}
END_TEST

START_TEST(expansion_is_bounded)
{
    char name[16], text[64];
    fir__ast *out;
    define_macro("m0", "a.b = x");
    int i = 1;
    for (; i < 64; i++) { /* doubling */
        (void)snprintf(text, sizeof text, "m%d and m%d", i - 1, i - 1);
        if (fir__expr_expand(parse(text), scope, &arena, &out, &err) != 0) {
            break;
        }
        (void)snprintf(name, sizeof name, "m%d", i);
        ck_assert_int_eq(fir__scope_macro(scope, fir__arena_str(&arena, fir__cstr(name)), out), 0);
    }
    ck_assert_int_eq(i, 18); /* 2^18 checks of three parts and as many nodes above them */
    ck_assert_int_eq(err.code, FIR_ELIMIT);
    ck_assert_str_eq(err.message, "the condition has more than 1000000 parts once macros and lists are expanded");
    define_macro("d0", "a.b = x");
    for (i = 1; i < 1000; i++) { /* nesting */
        (void)snprintf(text, sizeof text, "c and not d%d", i - 1);
        define_macro("c", "a.b = x");
        if (fir__expr_expand(parse(text), scope, &arena, &out, &err) != 0) {
            break;
        }
        (void)snprintf(name, sizeof name, "d%d", i);
        ck_assert_int_eq(fir__scope_macro(scope, fir__arena_str(&arena, fir__cstr(name)), out), 0);
    }
    ck_assert_int_eq(i, 252);
    ck_assert_int_eq(err.code, FIR_ELIMIT);
    ck_assert_int_eq(LIST("l", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"), 0);
    int status = 0;
    for (i = 0; i < 20 && status == 0; i++) {
        status = LIST("l", "l", "l", "l");
    }
    ck_assert_int_eq(status, FIR_ELIMIT);
    ck_assert_int_eq(i, 11);
    ck_assert_int_eq(LIST("other", "l"), FIR_ELIMIT); /* the bound is that of all lists together */
    does_not_expand("a.b in (l) and a.b in (l)", FIR_ELIMIT,
                    "the condition has more than 1000000 parts once macros and lists are expanded", 22);
}
END_TEST

/* ---- memory ---- */

typedef struct failing {
    long left;
} failing;

static void *fail_resize(void *self, void *p, size_t n)
{
    failing *f = self;
    return f->left-- > 0 ? realloc(p, n) : NULL;
}

static void *fail_alloc(void *self, size_t n)
{
    return fail_resize(self, NULL, n);
}

static void fail_release(void *self, void *p)
{
    (void)self;
    free(p);
}

static int everything(const fir_allocator *a)
{
    static const fir_str items[] = {{"x", 1}, {"'y z'", 5}};
    fir__arena r;
    fir__scope *s;
    fir__ast *macro, *ast = NULL, *out = NULL;
    fir_error e;
    fir__arena_init(&r, a, 0);
    int status = fir__scope_new(&r, &s);
    status = status == 0 ? fir__scope_list(s, FIR__S("l"), items, 2) : status;
    status = status == 0 ? fir__expr_parse(FIR__S("not a.b = c"), NULL, &r, &macro, &e) : status;
    status = status == 0 ? fir__scope_macro(s, FIR__S("m"), macro) : status;
    status = status == 0 ? fir__expr_parse(FIR__S("m and (a.b[\"q\"] in (l, \"\\n\") or len(concat(a.b, \"x\")) > 1 or a.b in l)"),
                                           NULL, &r, &ast, &e)
                         : status;
    status = status == 0 ? fir__expr_expand(ast, s, &r, &out, &e) : status;
    ck_assert(status == 0 || (ast == NULL) == (out == NULL) || out == NULL);
    fir__arena_free(&r);
    return status;
}

START_TEST(memory_may_run_out)
{
    failing f = {0};
    fir_allocator a = {sizeof a, &f, fail_alloc, fail_resize, fail_release};
    long n = 0;
    int status = FIR_ENOMEM;
    for (; n < 1000 && status != 0; n++) {
        f.left = n;
        status = everything(&a);
        ck_assert(status == 0 || status == FIR_ENOMEM);
    }
    ck_assert_int_eq(status, 0);
    ck_assert_int_gt(n, 3);
}
END_TEST

int main(void)
{
    const TTest *const parser[] = {hints,
                                   properties,
                                   steps,
                                   places,
                                   values_have_their_bytes,
                                   backslash_before_the_quote,
                                   safe_print,
                                   nesting_is_bounded,
                                   transformers_are_bounded,
                                   size_is_bounded,
                                   memory_may_run_out};
    const TTest *const expansion[] = {macros, lists, expansion_shares_and_keeps_its_input, expansion_is_bounded};
    Suite *s = suite_create("expr_front");
    TCase *t = tcase_create("parse");
    tcase_add_checked_fixture(t, setup, teardown);
    for (size_t i = 0; i < sizeof parser / sizeof parser[0]; i++) {
        tcase_add_test(t, parser[i]);
    }
    suite_add_tcase(s, t);
    t = tcase_create("expand");
    tcase_add_checked_fixture(t, scope_setup, teardown);
    for (size_t i = 0; i < sizeof expansion / sizeof expansion[0]; i++) {
        tcase_add_test(t, expansion[i]);
    }
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
