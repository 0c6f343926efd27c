/* SPDX-License-Identifier: Apache-2.0 */
/* lib/yaml: trees, diagnostics with their places, limits, hostile texts. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "json/writer.h"
#include "support/failing.h"
#include "support/suite.h"
#include "yaml/codes.h"
#include "yaml/yaml_tree.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

typedef struct reading {
    fir__arena arena;
    fir__diags diags;
    const fir__data *data;
    int status;
} reading;

static reading read_with(fir_str text, const fir__yaml_limits *limits, const fir_allocator *a)
{
    reading r;
    fir__arena_init(&r.arena, a, 0);
    fir__diags_init(&r.diags, a);
    r.status = fir__yaml_read(text, fir__diags_file(&r.diags, FIR__S("t.yaml")), limits, &r.arena, &r.diags, &r.data);
    return r;
}

static reading read_text(const char *text)
{
    return read_with(fir__cstr(text), NULL, &fir__default_allocator);
}

static void done(reading *r)
{
    fir__diags_free(&r->diags);
    fir__arena_free(&r->arena);
}

/* The tree as canonical JSON, scalars as strings; or the diagnostics as "line:column code", one a line. */
static char *outcome(const reading *r)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 1 << 20);
    for (size_t i = 0; i < r->diags.count; i++) {
        const fir__diag *d = &r->diags.items[i];
        fir__sbuf_printf(&b, "%s%u:%u %s", i != 0 ? "\n" : "", d->line, d->column, d->code);
    }
    if (r->data != NULL) {
        fir__sbuf_printf(&b, r->diags.count != 0 ? "\n" : "");
        fir__json_data(&b, r->data);
    }
    fir__sbuf_char(&b, '\0');
    ck_assert_int_eq(b.status, 0);
    return b.ptr;
}

static void expect_text(fir_str text, const char *wanted)
{
    reading r = read_with(text, NULL, &fir__default_allocator);
    ck_assert_int_eq(r.status, 0);
    char *got = outcome(&r);
    ck_assert_msg(strcmp(got, wanted) == 0, "%.*s\n== got\n%s\n== wanted\n%s", (int)text.len, text.ptr, got, wanted);
    free(got);
    done(&r);
}

static void expect(const char *text, const char *wanted)
{
    expect_text(fir__cstr(text), wanted);
}

START_TEST(documents_become_trees)
{
    expect("", "null");
    expect("# nothing\n", "null");
    expect("---\n", "null");
    expect("--- # x\n...\n", "null");
    expect("a: 1\nb: [x, {y: z}, 'q', \"\\t\"]\nc:\n  - d\n  -\n",
           "{\"a\":\"1\",\"b\":[\"x\",{\"y\":\"z\"},\"q\",\"\\t\"],\"c\":[\"d\",null]}");
    expect("\xEF\xBB\xBF"
           "a: b\r\nc: d\r\n",
           "{\"a\":\"b\",\"c\":\"d\"}");
    expect("%YAML 1.2 # version\n---\na: b\n...\n# end\n...\n", "{\"a\":\"b\"}");
    expect("%YAML   1.1\n---\na", "\"a\"");
    expect("a: |\n  x\n   y\nb: >-\n  x\n  y\n", "{\"a\":\"x\\n y\\n\",\"b\":\"x y\"}");
    expect("{\"a\": 1, \"b\": [true, null]}", "{\"a\":\"1\",\"b\":[\"true\",null]}");
    expect("[]", "[]");
    expect("{}", "{}");
    expect("no: yes\n0o7: 1e3\n", "{\"0o7\":\"1e3\",\"no\":\"yes\"}");
    expect("null: a\n~: b\n\"\": c\n\"<<\": d\n", "{\"\":\"c\",\"<<\":\"d\",\"null\":\"a\",\"~\":\"b\"}");
}
END_TEST

START_TEST(null_is_what_is_plain_and_says_so)
{
    expect("[~, null, Null, NULL, nULL, nil, '~', \"null\", !!str null, !!str , ! null, !!null '', !!null ~]",
           "[null,null,null,null,\"nULL\",\"nil\",\"~\",\"null\",\"null\",\"\",\"null\",null,null]");
    expect("a:\nb: ''\nc: |\n", "{\"a\":null,\"b\":\"\",\"c\":\"\"}");
}
END_TEST

START_TEST(tags_say_how_a_text_is_taken)
{
    reading r = read_text("[!!str 5, !!int \"5\", !!float 1.5e3, !!bool true, 5, \"5\", '5', >\n 5\n, ! 5]");
    ck_assert_int_eq(r.status, 0);
    static const uint8_t styles[] = {FIR__DOUBLE_QUOTED, FIR__PLAIN,         FIR__PLAIN,        FIR__PLAIN,
                                     FIR__PLAIN,         FIR__DOUBLE_QUOTED, FIR__SINGLE_QUOTED};
    done(&r);
    r = read_text("[!!str 5, !!int \"5\", !!float 1.5e3, !!bool true, 5, \"5\", '5']");
    ck_assert_ptr_nonnull(r.data);
    ck_assert_uint_eq(r.data->count, 7);
    for (size_t i = 0; i < 7; i++) {
        ck_assert_uint_eq(r.data->items[i].type, FIR__DATA_TEXT);
        ck_assert_uint_eq(r.data->items[i].style, styles[i]);
    }
    done(&r);
    expect("!!map {a: !!seq []}", "{\"a\":[]}");
    expect("!<tag:yaml.org,2002:str> 5", "\"5\"");
    expect("[!!int -7, !!int +7, !!float -1., !!float .5, !!float 3, !!float 1E-2]",
           "[\"-7\",\"+7\",\"-1.\",\".5\",\"3\",\"1E-2\"]");
    expect(
        "- !!int x\n- !!int ''\n- !!int 1.5\n- !!float e5\n- !!float .\n- !!float 1e\n- !!float 1e5x\n- !!bool yes\n- !!null 1\n",
        "1:3 FIR-Y016\n2:3 FIR-Y016\n3:3 FIR-Y016\n4:3 FIR-Y016\n5:3 FIR-Y016\n6:3 FIR-Y016\n7:3 FIR-Y016\n8:3 FIR-Y016\n"
        "9:3 FIR-Y016");
    expect("- !!map []\n- !!seq {}\n- !!str []\n- !!seq x\n- !!map y\n",
           "1:3 FIR-Y016\n2:3 FIR-Y016\n3:3 FIR-Y016\n4:3 FIR-Y016\n5:3 FIR-Y016");
    expect("- !foo x\n- !!binary aGk=\n- !!set {a}\n- !!timestamp 2001-01-01\n- !<x:y> z\n- !py/obj []\n",
           "1:3 FIR-Y015\n2:3 FIR-Y015\n3:3 FIR-Y015\n4:3 FIR-Y015\n5:3 FIR-Y015\n6:3 FIR-Y015");
    expect("a: !h!x y\n", "1:4 FIR-Y015");
    expect("a: !!\n", "1:4 FIR-Y015");
    expect("!!merge <<: {a: b}\n", "1:1 FIR-Y015\n1:1 FIR-Y014");
}
END_TEST

START_TEST(places_are_lines_and_byte_columns)
{
    reading r =
        read_text("\xC3\xA9t\xC3\xA9: {\"\xE2\x82\xAC\": x}\r\nlist:\r\n  - \xF0\x9F\x98\x80 y\n  - >\r    z\n  - &a w\n  - *a\n");
    ck_assert_int_eq(r.status, 0);
    ck_assert_ptr_nonnull(r.data);
    const fir__data *x = &r.data->entries[0].value.entries[0].value;
    ck_assert_uint_eq(r.data->line, 1);
    ck_assert_uint_eq(r.data->entries[0].value.column, 8);
    ck_assert_uint_eq(r.data->entries[0].value.entries[0].column, 9);
    ck_assert_uint_eq(x->line, 1);
    ck_assert_uint_eq(x->column, 16);
    const fir__data *list = fir__data_get(r.data, FIR__S("list"));
    ck_assert_uint_eq(r.data->entries[1].line, 2);
    ck_assert_uint_eq(r.data->entries[1].column, 1);
    ck_assert_uint_eq(list->line, 3);
    ck_assert_uint_eq(list->column, 3);
    ck_assert_uint_eq(list->items[0].column, 5);
    ck_assert_uint_eq(list->items[1].line, 4);
    ck_assert_uint_eq(list->items[1].style, FIR__FOLDED);
    ck_assert_uint_eq(list->items[2].line, 6); /* the lone CR is a line of its own */
    ck_assert_uint_eq(list->items[2].column, 5);
    ck_assert_uint_eq(list->items[3].line, 6); /* where the alias's value was read */
    ck_assert_uint_eq(list->items[3].file, 0);
    done(&r);
}
END_TEST

START_TEST(aliases_share_what_they_name)
{
    expect("a: &x [1, {b: &y c}]\nd: *x\ne: *y\n*y : f\n",
           "{\"a\":[\"1\",{\"b\":\"c\"}],\"c\":\"f\",\"d\":[\"1\",{\"b\":\"c\"}],\"e\":\"c\"}");
    expect("- &x 1\n- &x 2\n- *x\n", "[\"1\",\"2\",\"2\"]");
    expect("&k key: *k\n", "{\"key\":\"key\"}");
    expect("- *x\n- [*y, &y z]\n", "1:3 FIR-Y017\n2:4 FIR-Y017");
    expect("a: &x [*x]\nb: &y {c: {d: *y}}\n", "1:8 FIR-Y018\n2:15 FIR-Y018");
    expect("a: &x [1]\n*x : b\n", "2:1 FIR-Y011");
    expect("&x {*x : b}\n", "1:5 FIR-Y018");
    expect("a: &x ~\n*x : b\n", "2:1 FIR-Y011");
}
END_TEST

START_TEST(keys_are_texts_and_stand_once)
{
    expect("a: 1\nb: {x: 1, x: 2}\na: 2\n\"a\": 3\n", "2:11 FIR-Y010\n3:1 FIR-Y010\n4:1 FIR-Y010");
    reading r = read_text("a: 1\nb: 2\n'a': 3\n");
    ck_assert_str_eq(r.diags.items[0].message.ptr, "the key \"a\" on line 3 stands already on line 1");
    ck_assert_ptr_null(r.data);
    done(&r);
    expect("? [a]\n: b\n? {c: d}\n: e\n[f]: g\n", "1:3 FIR-Y011\n3:3 FIR-Y011\n5:1 FIR-Y011");
    expect("? [{a: 1, a: 2}]\n: b\n", "1:3 FIR-Y011\n1:11 FIR-Y010");
    expect(": x\n", "1:1 FIR-Y012");
    expect("{: x, a: b}", "1:2 FIR-Y012");
    expect("?\n: x\n", "1:2 FIR-Y012");
    expect("a: &b {c: d}\ne:\n  <<: *b\n", "3:3 FIR-Y014");
    expect("<<: 1\n<<: 2\n", "1:1 FIR-Y014\n2:1 FIR-Y014");
}
END_TEST

/* What people write, and what they are told. */
START_TEST(mistakes_are_explained)
{
    static const struct {
        const char *text, *wanted, *message;
    } rows[] = {
        {"text: {{output}}\n", "1:7 FIR-Y013", "{{ begins a mapping in YAML, not a template"},
        {"text: {{output}} in {{k8s.ns.name}}\nb: 1\n", "1:7 FIR-Y013", NULL},
        {"- {{ index .OutputFields \"k8s.ns.name\" }}\n", "1:3 FIR-Y013", NULL},
        {"- [a, {{x}}, {{y}}]\n- {{z}}\n", "1:7 FIR-Y013\n2:3 FIR-Y013", NULL},
        {"- [a {{x}}]\n", "1:6 FIR-Y013", NULL},
        {"{a: {{{x}}}}\n", "1:5 FIR-Y013", NULL},
        {"priority: >=Critical\n", "1:11 FIR-Y007", "a text that begins with > or | is a block in YAML"},
        {"a: |x\n", "1:4 FIR-Y007", NULL},
        {"a: >0\n", "1:4 FIR-Y007", NULL},
        {"output: %proc.name\n", "1:9 FIR-Y006", "a text cannot begin with %"},
        {"a: @x\n", "1:4 FIR-Y006", "a text cannot begin with @"},
        {"- `x`\n", "1:3 FIR-Y006", "a text cannot begin with `"},
        {"a: 1\n%b: 2\n", "2:1 FIR-Y006", "a line that begins with % is a directive in YAML"},
        {"*: b\n", "1:1 FIR-Y006", "a text that begins with * is an alias in YAML"},
        {"a: & b\n", "1:4 FIR-Y006", "a text that begins with & is an anchor in YAML"},
        {"a:\n\tb: 1\n", "2:1 FIR-Y005", "a tab stands where YAML wants blanks"},
        {"- a: |\n   x\n\ty\n", "3:1 FIR-Y005", NULL},
        {"rule: x\ncondition:evt.type = open\nactions: []\n", "2:1 FIR-Y008", "the colon after the key has no blank behind it"},
        {"- rule:x\n  actions: []\n", "1:3 FIR-Y008", "the colon after the key has no blank behind it"},
        {"a:b\nc: d\n", "1:1 FIR-Y008", NULL},
        {"c: d\na:b\n", "2:1 FIR-Y008", NULL},
        {"c: d\nfoo\n", "2:1 FIR-Y008", "this line is no `key: value`"},
        {"desc: foo: bar\n", "1:10 FIR-Y008", "a `: ` stands inside a text that is not quoted"},
        {"a: 1\n  b: 2\n", "2:4 FIR-Y008", NULL},
        {"a: [b:, c]\n", "1:6 FIR-Y008", "a colon stands in an unquoted text between brackets"},
        {"a: 'it's'\n", "1:8 FIR-Y025", "text follows the closing quote"},
        {"a: \"x\" y\n", "1:8 FIR-Y025", NULL},
        {"a: \"foo\nb: c\n", "1:4 FIR-Y009", "the quote is not closed"},
        {"a: 'foo\n--- b\n", "1:4 FIR-Y009", NULL},
        {"a: [1, 2\nb: c\n", "1:4 FIR-Y009", "the list that begins here is not closed"},
        {"a: {b: c\nd: [\n", "1:4 FIR-Y009", "the mapping that begins here is not closed"},
        {"a: [b [c], d]\n", "1:7 FIR-Y009", "a comma or a closing bracket is missing before this"},
        {"a: \"\\q\"\n", "1:5 FIR-Y001", "the escape after \\ is unknown"},
        {"a: \"\\xZZ\"\n", "1:7 FIR-Y001", NULL},
        {"a: \"\\ud800\"\n", "1:7 FIR-Y001", NULL},
        {" a: 1\nb: 2\n", "2:1 FIR-Y001", "the text goes on after its end"},
        {"- a\nb: c\n", "2:1 FIR-Y001", "this is no item of the list"},
        {"a: - b\n", "1:4 FIR-Y001", NULL},
        {"k: [a, b]]\n", "1:10 FIR-Y001", NULL},
        {"a: ]\n", "1:4 FIR-Y001", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect(rows[i].text, rows[i].wanted);
        reading r = read_text(rows[i].text);
        ck_assert_uint_eq(r.diags.items[0].severity, FIR__ERROR);
        ck_assert_msg(rows[i].message == NULL || strcmp(r.diags.items[0].message.ptr, rows[i].message) == 0, "%s: %s", rows[i].text,
                      r.diags.items[0].message.ptr);
        ck_assert_uint_eq(r.diags.items[0].file, 0);
        done(&r);
    }
}
END_TEST

START_TEST(what_is_hardly_meant_draws_a_warning)
{
    expect("m: [proc.name in (a, b)]\n", "1:5 FIR-Y027\n{\"m\":[\"proc.name in (a\",\"b)\"]}");
    expect("{m: proc.name in (a, b)}\n", "1:5 FIR-Y027\n{\"b)\":null,\"m\":\"proc.name in (a\"}");
    expect("m: [f(a), g, \"h(\", i]\n", "{\"m\":[\"f(a)\",\"g\",\"h(\",\"i\"]}");
    expect("condition: a contains \"x #y\"\n", "1:26 FIR-Y026\n{\"condition\":\"a contains \\\"x\"}");
    expect("condition: a = b # why\n", "1:18 FIR-Y026\n{\"condition\":\"a = b\"}");
    expect("- when: a\n    = b  \t# why\n", "2:11 FIR-Y026\n[{\"when\":\"a = b\"}]");
    expect("text: f(a #b)\n", "1:11 FIR-Y026\n{\"text\":\"f(a\"}");
    expect("text: see {{a #b}}\n", "1:15 FIR-Y026\n{\"text\":\"see {{a\"}");
    expect("urgency: high # why\nitems: # these\n- a # b\n", "{\"items\":[\"a\"],\"urgency\":\"high\"}");
    expect("condition: 'a' # why\nwhen: |\n  # text\n", "{\"condition\":\"a\",\"when\":\"# text\\n\"}");
    reading r = read_text("condition: a = b # why not?\n");
    ck_assert_uint_eq(r.diags.items[0].severity, FIR__WARNING);
    ck_assert_str_eq(r.diags.items[0].message.ptr, "the rest of the line is a comment: # why not?");
    done(&r);
}
END_TEST

START_TEST(a_second_document_is_refused)
{
    expect("--- a\n--- b\n", "2:1 FIR-Y019");
    expect("a: b\n---\n", "2:1 FIR-Y019");
    expect("a: b\n...\nc: d\n", "3:1 FIR-Y019");
    expect("a: b\n...\n# x\r---\n", "4:1 FIR-Y019");
    expect("a: b\n...\n%YAML 1.2\n--- c\n", "3:1 FIR-Y019");
    expect("---\n---\n", "2:1 FIR-Y019");
    expect("%FOO\n---\na", "1:1 FIR-Y020");
    expect("# x\n%TAG ! x:\n---\na", "2:1 FIR-Y020");
    expect("%YAML 1.3\n---\na", "1:1 FIR-Y020");
    expect("%YAML 1.2#\n---\na", "1:1 FIR-Y020");
    expect("%YAML 1.2\n%YAML 1.2\n---\na", "2:1 FIR-Y020");
}
END_TEST

START_TEST(only_clean_utf8_is_read)
{
    expect_text(FIR__S("a\0:\0 \0b\0"), "1:1 FIR-Y002");
    expect_text(FIR__S("\0a\0:"), "1:1 FIR-Y002");
    expect_text(FIR__S("\xFF\xFE"
                       "a\0"),
                "1:1 FIR-Y002");
    expect_text(FIR__S("\xFE\xFF\0a"), "1:1 FIR-Y002");
    expect_text(FIR__S("a\0"), "1:1 FIR-Y002");
    expect_text(FIR__S("\xFF\xFE\0\0a\0\0\0"), "1:1 FIR-Y002");
    expect_text(FIR__S("a\0\0\0:\0\0\0"), "1:1 FIR-Y002");
    expect_text(FIR__S("\0\0\xFE\xFF"), "1:1 FIR-Y002");
    expect_text(FIR__S("\0\0\0a"), "1:1 FIR-Y002");
    expect_text(FIR__S("abcd: \0\n"), "1:7 FIR-Y004");
    expect_text(FIR__S("a: b\n\x7F\n"), "2:1 FIR-Y004");
    expect_text(FIR__S("a: \xC2\x85 b\n"), "1:4 FIR-Y004");
    expect_text(FIR__S("# a\xE2\x80\xA8- rule: hidden\n"), "1:4 FIR-Y004");
    expect_text(FIR__S("a: \xEF\xBF\xBF\n"), "1:4 FIR-Y004");
    expect_text(FIR__S("a: x\xC3(\n"), "1:5 FIR-Y003");
    expect_text(FIR__S("a: \xED\xA0\x80\n"), "1:4 FIR-Y003");
    expect_text(FIR__S("a: \xC3"), "1:4 FIR-Y003");
    expect("a: \"x\\0y\"\n", "1:4 FIR-Y004");
    expect("\"\\x00\": y\n", "1:1 FIR-Y004");
    expect("a: \"\\e[0m\\u2028\"\n", "{\"a\":\"\\u001b[0m\xE2\x80\xA8\"}");
}
END_TEST

static void expect_limit(const char *text, fir__yaml_limits l, const char *wanted, const char *message)
{
    reading r = read_with(fir__cstr(text), &l, &fir__default_allocator);
    char *got = outcome(&r);
    ck_assert_str_eq(got, wanted);
    ck_assert(message == NULL || strcmp(r.diags.items[r.diags.count - 1].message.ptr, message) == 0);
    free(got);
    done(&r);
}

START_TEST(limits_are_exact_and_named)
{
    expect_limit("a: 12", (fir__yaml_limits){.max_bytes = 5}, "{\"a\":\"12\"}", NULL);
    expect_limit("a: 123", (fir__yaml_limits){.max_bytes = 5}, "0:0 FIR-Y021", "the text has 6 bytes; the limit is 5 bytes");
    expect_limit("[[[x]]]", (fir__yaml_limits){.max_depth = 3}, "[[[\"x\"]]]", NULL);
    expect_limit("[[[[x]]]]", (fir__yaml_limits){.max_depth = 3}, "1:4 FIR-Y022", "values are nested more than 3 levels deep");
    expect_limit("- &a [[x]]\n- [*a]\n", (fir__yaml_limits){.max_depth = 4}, "[[[\"x\"]],[[[\"x\"]]]]", NULL);
    expect_limit("- &a [[x]]\n- [[*a]]\n", (fir__yaml_limits){.max_depth = 4}, "2:5 FIR-Y022", NULL);
    expect_limit("{a: b, c: d}", (fir__yaml_limits){.max_nodes = 5}, "{\"a\":\"b\",\"c\":\"d\"}", NULL);
    expect_limit("{a: b, c: d}", (fir__yaml_limits){.max_nodes = 4}, "1:11 FIR-Y023",
                 "the text has more than 4 values, with what its aliases stand for");
    expect_limit("- &a [x, y]\n- *a\n", (fir__yaml_limits){.max_nodes = 7}, "[[\"x\",\"y\"],[\"x\",\"y\"]]", NULL);
    expect_limit("- &a [x, y]\n- *a\n", (fir__yaml_limits){.max_nodes = 6}, "2:3 FIR-Y023", NULL);
    expect_limit("[&a x, *a, *a]", (fir__yaml_limits){.max_aliases = 2}, "[\"x\",\"x\",\"x\"]", NULL);
    expect_limit("[&a x, *a, *a, *a]", (fir__yaml_limits){.max_aliases = 2}, "1:16 FIR-Y024", "the text has more than 2 aliases");
    expect_limit("[&a x, &b x, &c x]", (fir__yaml_limits){.max_aliases = 2}, "1:14 FIR-Y024", "the text has more than 2 anchors");
}
END_TEST

/* The default depth, as a playbook meets it. */
START_TEST(default_limits_hold)
{
    char text[200];
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    reading r = read_with(fir__str(text, 128), NULL, &fir__default_allocator);
    ck_assert_ptr_nonnull(r.data);
    done(&r);
    memset(text, '[', 65);
    expect_text(fir__str(text, 65), "1:65 FIR-Y022");
}
END_TEST

/* Repeats a piece into one text, with a head and a tail. */
static fir_str repeat(const char *head, const char *piece, size_t times, const char *tail)
{
    size_t h = strlen(head), p = strlen(piece), t = strlen(tail);
    char *s = malloc(h + p * times + t);
    memcpy(s, head, h);
    for (size_t i = 0; i < times; i++) {
        memcpy(s + h + i * p, piece, p);
    }
    memcpy(s + h + p * times, tail, t);
    return fir__str(s, h + p * times + t);
}

static fir_str laughs(void)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 1 << 20);
    fir__sbuf_printf(&b, "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for (int i = 1; i < 30; i++) {
        fir__sbuf_printf(&b, "a%d: &a%d [", i, i);
        for (int k = 0; k < 9; k++) {
            fir__sbuf_printf(&b, "%s*a%d", k != 0 ? "," : "", i - 1);
        }
        fir__sbuf_printf(&b, "]\n");
    }
    return fir__sbuf_view(&b);
}

/* 16 MiB more than the program has now. */
static void bound_memory(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;
    if (SANITIZED || getenv("FALCOIR_TEST_SLOW") != NULL || f == NULL || fscanf(f, "%lu", &pages) != 1) {
        return; /* sanitizers and valgrind map what they like */
    }
    fclose(f);
    struct rlimit l;
    getrlimit(RLIMIT_AS, &l);
    l.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + ((rlim_t)16 << 20);
    setrlimit(RLIMIT_AS, &l);
}

static const struct bomb {
    const char *head, *piece, *tail, *wanted; /* the first diagnostic */
    size_t times;
} bombs[] = {
    {NULL, NULL, NULL, "7:18 FIR-Y023", 0}, /* billion laughs */
    {"", "[", "", "1:65 FIR-Y022", 1000000},
    {"", "{", "", "1:1 FIR-Y013", 1000000},
    {"", "[{", "", "1:3 FIR-Y011", 500000},
    {"", "- ", "", "1:129 FIR-Y022", 500000},
    {"", "? ", "", "1:3 FIR-Y011", 500000},
    {"a: &a [*a", ",*a", "]\n", "1:8 FIR-Y018", 998},
    {"a: &a [", "x,", "]\n", NULL, 10000},
    {"- &a [", "x,", "]\n- [*a,*a,*a,*a,*a]\n", NULL, 10000},
    {"a\n...\n", "%TAG !a! b\n", "", "3:1 FIR-Y019", 100000},
    {"", "%TAG !a! b\n", "", "1:1 FIR-Y020", 100000},
    {"", "#\n", "%YAML 1.2\n---\na", NULL, 500000},
    {"a: \"", "x", "\"", NULL, 1000000},
    {"", "x", ": y", NULL, 1000},
    {"", "x", ": y", "1:1000001 FIR-Y008", 1000000},
    {"", "!", " x", "1:1 FIR-Y015", 1000000},
    {"&", "a", " x", NULL, 100000},
    {"[", "&a x,", "]", "1:5002 FIR-Y024", 20000},
    {"[", "f(a,", "]", "1:2 FIR-Y027", 10000},
    {"{", "a,", "}", "1:4 FIR-Y010", 10000},
    {"a", " ", ": b", NULL, 900},
    {"a:", "\n", " b", NULL, 1000000},
    {"a:", "\r", " b", NULL, 1000000},
    {"", "\xC3\xA9", "", NULL, 500000},
};

START_TEST(hostile_texts_cost_little)
{
    const struct bomb *b = &bombs[_i];
    fir_str text = b->piece == NULL ? laughs() : repeat(b->head, b->piece, b->times, b->tail);
    bound_memory();
    struct timespec t0, t1;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t0);
    reading r = read_with(text, NULL, &fir__default_allocator);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t1);
    double ms = (double)(t1.tv_sec - t0.tv_sec) * 1e3 + (double)(t1.tv_nsec - t0.tv_nsec) / 1e6;
    char place[64] = "";
    if (r.diags.count != 0) {
        snprintf(place, sizeof place, "%u:%u %s", r.diags.items[0].line, r.diags.items[0].column, r.diags.items[0].code);
    }
    if (getenv("VERBOSE") != NULL) {
        printf("bomb %d: %.1f ms, %zu bytes of text, %zu of tree, %s\n", _i, ms, text.len, r.arena.used, place);
    }
    ck_assert_int_eq(r.status, 0);
    ck_assert_msg(strcmp(place, b->wanted != NULL ? b->wanted : "") == 0, "bomb %d: %s", _i, place);
    ck_assert_msg(ms < (SANITIZED || getenv("FALCOIR_TEST_SLOW") != NULL ? 2000 : 50), "bomb %d: %f ms", _i, ms);
    done(&r);
    free((char *)text.ptr);
}
END_TEST

static int read_and_forget(void *ctx, const fir_allocator *a)
{
    reading r = read_with(fir__cstr(ctx), NULL, a);
    int status = r.status;
    ck_assert(status == 0 || r.data == NULL);
    done(&r);
    return status;
}

START_TEST(memory_may_run_out_anywhere)
{
    char good[] = "a: &x [1, 2, {b: c}]\nd: *x\ne: >\n  f\ng: {h: i, j: k}\n";
    char bad[] = "a: &x [1, *x]\na: !foo b\n? [c]\n: {{d}}\n- e\n";
    ck_assert_int_gt(fir_test_sweep("good", read_and_forget, good), 10);
    ck_assert_int_gt(fir_test_sweep("bad", read_and_forget, bad), 10);
}
END_TEST

START_TEST(codes_are_numbered_in_order)
{
    for (int i = 0; i < FIR__YAML_CODE_COUNT; i++) {
        char code[16];
        snprintf(code, sizeof code, "FIR-Y%03d", i + 1);
        ck_assert_str_eq(fir__yaml_codes[i].code, code);
        ck_assert_uint_gt(strlen(fir__yaml_codes[i].title), 10);
    }
}
END_TEST

START_TEST(earlier_errors_of_other_files_do_not_count)
{
    reading r = read_text("a: [");
    ck_assert_uint_eq(r.diags.errors, 1);
    uint16_t second = fir__diags_file(&r.diags, FIR__S("u.yaml"));
    ck_assert_int_eq(fir__yaml_read(FIR__S("a: b"), second, NULL, &r.arena, &r.diags, &r.data), 0);
    ck_assert_ptr_nonnull(r.data);
    ck_assert_uint_eq(r.data->file, 1);
    done(&r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("yaml");
    TCase *t = tcase_create("yaml");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, documents_become_trees);
    tcase_add_test(t, null_is_what_is_plain_and_says_so);
    tcase_add_test(t, tags_say_how_a_text_is_taken);
    tcase_add_test(t, places_are_lines_and_byte_columns);
    tcase_add_test(t, aliases_share_what_they_name);
    tcase_add_test(t, keys_are_texts_and_stand_once);
    tcase_add_test(t, mistakes_are_explained);
    tcase_add_test(t, what_is_hardly_meant_draws_a_warning);
    tcase_add_test(t, a_second_document_is_refused);
    tcase_add_test(t, only_clean_utf8_is_read);
    tcase_add_test(t, limits_are_exact_and_named);
    tcase_add_test(t, default_limits_hold);
    tcase_add_loop_test(t, hostile_texts_cost_little, 0, (int)(sizeof bombs / sizeof *bombs));
    tcase_add_test(t, memory_may_run_out_anywhere);
    tcase_add_test(t, codes_are_numbered_in_order);
    tcase_add_test(t, earlier_errors_of_other_files_do_not_count);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
