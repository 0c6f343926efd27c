/* SPDX-License-Identifier: Apache-2.0 */
/* lib/template: the falcoir and Talon syntaxes, names, filters, bounds. Sinks have a test of their own. */
#include <falcoir/template.h>

#include <jansson.h>

#include "support/failing.h"
#include "support/render.h"
#include "support/suite.h"
#include "template/public.h"

static const char alert[] =
    "{\"hostname\":\"node-a\",\"message\":\"A shell\",\"output\":\"09:21:33.104938271: Warning A shell\",\"priority\":\"warning\","
    "\"rule\":\"Terminal shell\",\"source\":\"syscall\",\"tags\":[\"container\",\"mitre_execution\",\"T1059\"],"
    "\"time\":\"2026-07-14T09:21:33.104938271Z\",\"uuid\":\"u-1\",\"output_fields\":{\"proc.name\":\"bash\",\"proc.pid\":7,"
    "\"proc.cmdline\":\"  /usr/bin/bash -i \",\"evt.time\":1784020893104938271,\"k8s.ns.name\":null,\"k8s.pod.name\":\"<NA>\","
    "\"proc.args\":\"\",\"proc.tty\":0,\"evt.failed\":true,\"thread.cpu\":2.50,\"evt.num\":18446744073709551615,"
    "\"ka.user.groups\":[\"a\",\"b\",null],\"fd.types\":[\"file\"],\"proc.aname[2]\":\"systemd\",\"jevt.value[\\\"/a "
    "b\\\"]\":\"quoted\","
    "\"evt.arg[key with "
    "space]\":\"bare\",\"json.value[/a/b]\":\"x\",\"fd.name\":\"/etc/shadow\",\"enc\":\"aGVsbG8=\",\"bad\":\"!\","
    "\"uml\":\"\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F\",\"second\":\"{{output}}\",\"my key\":\"odd\",\"when\":\"2026-01-02T03:04:05.6Z\","
    "\"nested\":{\"a\":[1]},\"deep.a.b.c.d\":\"dots\",\"wide_a_b_c_d\":\"marks\",\"rule.name\":\"impostor\"}}";

typedef struct rendering {
    const char *template, *wanted;
} rendering;

static void each(int32_t syntax, int32_t sink, const rendering *cases, size_t n)
{
    static const fir_str steps[] = {{"capture", 7}};
    static const fir__template_names names = {{"The rule", 8}, {"Why \"it\" is", 11}, {"Kill", 4}};
    for (size_t i = 0; i < n; i++) {
        test_template t;
        test_template_init(&t, syntax, sink);
        t.spec.names = &names;
        t.spec.steps = steps;
        t.spec.n_steps = 1;
        int rc = test_template_compile(&t, cases[i].template, strlen(cases[i].template));
        if (rc != 0) {
            ck_abort_msg("%s: %s", cases[i].template, t.error.message);
        }
        test_template_alert(&t, alert, strlen(alert));
        rc = test_template_render(&t);
        if (rc != 0) {
            ck_abort_msg("%s: %s", cases[i].template, t.error.message);
        }
        ck_assert_msg(strcmp(t.out.ptr, cases[i].wanted) == 0, "%s: wanted |%s|, got |%s|", cases[i].template, cases[i].wanted,
                      t.out.ptr);
        test_template_free(&t);
    }
}

#define EACH(syntax, sink, cases) each(syntax, sink, cases, sizeof cases / sizeof cases[0])

START_TEST(names_are_found)
{
    static const rendering cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"{{output}}", "09:21:33.104938271: Warning A shell"},
        {"{{ alert.rule }}/{{rule}}", "Terminal shell/Terminal shell"},
        {"{{priority}} {{source}} {{hostname}} {{message}} {{uuid}}", "Warning syscall node-a A shell u-1"},
        {"{{tags}}", "container, mitre_execution, T1059"},
        {"{{time}}", "2026-07-14T09:21:33.104938271Z"},
        {"{{event.id}}", "0123abcd"},
        {"{{rule.name}}|{{rule.description}}|{{action.name}}", "The rule|Why \"it\" is|Kill"},
        {"{{output_fields[\"rule.name\"]}}", "impostor"},
        {"{{output_fields[\"my key\"]}} {{ output_fields['my key'] }} {{output_fields[my key]}}", "odd odd odd"},
        {"{{proc.name}}{{proc.pid}}", "bash7"},
        {"{{proc.aname[2]}}", "systemd"},
        {"{{jevt.value[\"/a b\"]}} {{jevt.value[/a b]}}", "quoted quoted"},
        {"{{evt.arg[key with space]}} {{evt.arg[\"key with space\"]}} {{evt.arg['key with space']}}", "bare bare bare"},
        {"{{json.value[/a/b]}} {{json.value[\"/a/b\"]}}", "x x"},
        {"{{evt.num}} {{thread.cpu}} {{evt.failed}} {{ka.user.groups}}", "18446744073709551615 2.50 true a, b"},
        {"{{nested}}", "{\"a\":[1]}"},
        {"{{plan.id}} {{no.such.field}} {{custom}}", "<NA> <NA> <NA>"},
        {"{{k8s.ns.name}} {{k8s.pod.name}} {{proc.args}} {{proc.tty}}", "<NA> <NA> <NA> 0"},
        {"{ {}} } }{", "{ {}} } }{"},
        {"{{\"{{\"}} {{ '}}' }} {{`a\\n`}}", "{{ }} a\\n"},
        {"{{\"\\x41\\u00e4\\\"\"}}{{5}}{{-2.50}}", "A\xC3\xA4\"5-2.50"},
        {"{{second}}", "{{output}}"},
        {"a{{/* nothing */}}b", "ab"},
    };
    EACH(FIR_SYNTAX_FALCOIR, FIR_SINK_RAW, cases);
}
END_TEST

START_TEST(go_templates_are_read)
{
    static const rendering cases[] = {
        {"{{ .Output }}|{{.Rule}}|{{ .Priority}}|{{.Source}}|{{.Hostname}}|{{.UUID}}|{{.Message}}",
         "09:21:33.104938271: Warning A shell|Terminal shell|Warning|syscall|node-a|u-1|A shell"},
        {"{{ .Time }} {{ .Tags }}", "2026-07-14T09:21:33.104938271Z container, mitre_execution, T1059"},
        {"{{ index .OutputFields \"proc.name\" }} {{ index . \"proc.name\" }} {{index . `my key`}}", "bash bash odd"},
        {"{{ or (index . \"k8s.ns.name\") \"none\" }}", "none"},
        {"{{ or (index . \"k8s.ns.name\") (index . \"proc.name\") \"none\" }}", "bash"},
        {"{{ or (index . \"proc.name\") \"none\" | upper }}", "BASH"},
        {"{{ (index . \"proc.name\") | upper }}", "BASH"},
        {"a  {{- \" b \" -}}  c", "a b c"},
        {"x\n\t{{- proc.name -}}\n y {{proc.name -}}", "xbashy bash"},
    };
    EACH(FIR_SYNTAX_FALCOIR, FIR_SINK_RAW, cases);
}
END_TEST

START_TEST(filters_work)
{
    static const rendering cases[] = {
        {"{{proc.name | upper}} {{rule|lower}}", "BASH terminal shell"},
        {"{{k8s.ns.name | default(\"none\")}} {{k8s.pod.name|default('x')}} {{proc.args | default(0)}}", "none x 0"},
        {"{{proc.name | default(\"none\")}} [{{proc.args | default(\"\")}}]", "bash []"},
        {"{{proc.tty | default(5)}} {{evt.failed|default(false)}} {{nope|default(true)}}", "0 true true"},
        {"[{{proc.cmdline | trim}}]", "[/usr/bin/bash -i]"},
        {"{{proc.cmdline | trim | basename}}", "bash -i"},
        {"{{uml | truncate(2)}} {{uml|truncate(0)}} {{uml|truncate(9)}}", "\xC3\xA4\xC3\xB6 <NA> \xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F"},
        {"{{rule | replace(\" \", \"_\")}} {{rule | replace('l', '')}} {{rule|replace(\"xx\",\"y\")}}",
         "Terminal_shell Termina she Terminal shell"},
        {"{{proc.name | len}} {{uml | len}} {{tags | len}} {{proc.tty | len}}", "4 8 3 1"},
        {"{{tags | join(\"+\")}} {{proc.name|join(\",\")}} {{ka.user.groups|join(\"\")}}",
         "container+mitre_execution+T1059 bash ab"},
        {"{{tags | first}} {{proc.name|first}} {{tags | upper | first}}", "container bash CONTAINER"},
        {"{{tags | replace(\"_\", \"-\")}}", "container, mitre-execution, T1059"},
        {"{{proc.name | b64}} {{enc | unb64}} {{bad | unb64}} {{bad | unb64 | default(\"no\")}}", "YmFzaA== hello <NA> no"},
        {"{{proc.name | sha256}}", "37d2b12d5d9abc2a364ef9448767ee03938e383c0284193477dc7618f4b7c6c2"},
        {"{{rule | slug}} {{fd.name | slug}} {{uml | slug}}", "terminal-shell etc-shadow <NA>"},
        {"{{time | time(\"%Y-%m-%d %H:%M:%S.%N %z\")}}", "2026-07-14 09:21:33.104938271 +0000"},
        {"{{evt.time | time(\"rfc3339\")}} {{evt.time|time(\"unix\")}} {{time|time(\"unix_ns\")}}",
         "2026-07-14T09:21:33.104938271Z 1784020893 1784020893104938271"},
        {"{{when | time(\"%F %T %f %a %A %b %B %j %e %y %s %Z %w %%\")}}",
         "2026-01-02 03:04:05 600000000 Fri Friday Jan January 002  2 26 1767323045 UTC 5 %"},
        {"{{proc.name | time(\"unix\")}}", "<NA>"},
        {"{{proc.name | json}} {{tags|json}} {{proc.pid|json}} {{nested|json}} {{nope|json}}",
         "\"bash\" [\"container\",\"mitre_execution\",\"T1059\"] 7 {\"a\":[1]} <NA>"},
        {"{{proc.name | required | raw}}", "bash"},
        {"{{k8s.ns.name | upper | default(\"x\") | upper}}", "X"},
        {"{{\"const\" | upper}}{{rule.name | slug}}", "CONSTthe-rule"},
    };
    EACH(FIR_SYNTAX_FALCOIR, FIR_SINK_RAW, cases);
}
END_TEST

START_TEST(talon_variables_expand)
{
    static const rendering cases[] = {
        {"${PROC_NAME} $PROC_NAME ${RULE} $PRIORITY ${SOURCE} ${HOSTNAME}", "bash bash Terminal shell Warning syscall node-a"},
        {"$TAGS ${KA_USER_GROUPS}", "container,mitre_execution,T1059 [a b]"},
        {"${PROC_ANAME_2} ${PROC_ANAME_3}", "systemd "},
        {"${K8S_NS_NAME}|${K8S_POD_NAME}|${PROC_ARGS}|${EVT_NUM}|${EVT_FAILED}", "|<NA>||18446744073709551615|true"},
        {"for i in 1 2; do echo $i $? $$ $1 ${i} ${x%y} ${x:-y} $PATH ${IFS} $; done",
         "for i in 1 2; do echo $i $? $$ $1 ${i} ${x%y} ${x:-y} $PATH ${IFS} $; done"},
        {"$my_var ${a_b} $_X_Y $1_A", "$my_var ${a_b} $_X_Y $1_A"},
        {"$PROC_NAMEx ${PROC_NAME ${", "$PROC_NAMEx ${PROC_NAME ${"},
        {"${PROC_NAME}s $PROC_NAME-s $(id) `id`", "bashs bash-s $(id) `id`"},
        {"${NO_SUCH_FIELD}${FALCO-TALON_RULE}${FALCO-TALON_ACTION}", "The ruleKill"},
        {"${JSON_VALUE_/A/B}", "x"},
        {"a $", "a $"},
        {"${A_B%C} ${A_B:-C} ${A_B#*X} ${A_B@Q} ${A_B$}", "${A_B%C} ${A_B:-C} ${A_B#*X} ${A_B@Q} ${A_B$}"},
        {"${_A_B} ${1_A} ${A_B", "${_A_B} ${1_A} ${A_B"},
        {"<${A_B|C}><${A_{}>", "<><>"},
        /* no argument behind a field that takes none, nor an empty one, nor without a mark between */
        {"<$PROC_NAME_X><$PROC_ANAME_><$PROC_ANAMEX>", "<><><>"},
        {"$DEEP_A_B_C_D $WIDE_A_B_C_D <$DEEP_WIDE_A_B_C>", "dots marks <>"},
    };
    EACH(FIR_SYNTAX_TALON, FIR_SINK_RAW, cases);
    static const char nul[] = "${PROC_NAME\0}";
    fir_str constant = {NULL, 0};
    test_template t;
    test_template_init(&t, FIR_SYNTAX_TALON, FIR_SINK_RAW);
    ck_assert_int_eq(test_template_compile(&t, nul, sizeof nul - 1), 0);
    ck_assert(fir__template_constant(t.template, &constant) && fir__str_eq(constant, fir__str(nul, sizeof nul - 1)));
    test_template_free(&t);
    /* A JSON body stays one, whatever the alert lacks. */
    static const rendering json[] = {
        {"{\"a\":$NO_SUCH_FIELD,\"b\":\"$NO_SUCH_FIELD\",\"c\":$PROC_NAME}", "{\"a\":null,\"b\":\"\",\"c\":\"bash\"}"},
        {" $NO_SUCH_FIELD", " null"},
    };
    EACH(FIR_SYNTAX_TALON, FIR_SINK_JSON, json);
}
END_TEST

typedef struct mistake {
    const char *template, *says; /* a part of the message */
    unsigned offset;
} mistake;

START_TEST(mistakes_are_explained)
{
    static const mistake cases[] = {
        {"ab {{outptu}}", "there is no 'outptu'; did you mean 'output'?", 5},
        {"{{alert.rul}}", "did you mean 'rule'?", 2},
        {"{{event.foo}}", "there is no 'event.foo'", 2},
        {"{{rule.nam}}", "did you mean 'rule.name'?", 2},
        {"{{steps.captur.output}}", "there is no step 'captur' before this one; did you mean 'capture'?", 2},
        {"{{steps.capture.result}}", "steps.<id>.status", 2},
        {"{{", "nothing between", 0},
        {"{{}}", "nothing between", 0},
        {"{{ x", "no closing '}}'", 0},
        {"{{ proc.name proc.pid }}", "'}}' or '|' was expected", 13},
        {"{{ proc.name | uper }}", "there is no filter 'uper'; did you mean 'upper'?", 15},
        {"{{ proc.name | }}", "a filter was expected", 15},
        {"{{ proc.name | default }}", "default takes 1 argument", 22},
        {"{{ proc.name | default(\"a\", \"b\") }}", "default takes 1 argument", 22},
        {"{{ proc.name | upper(1) }}", "upper takes 0 arguments", 20},
        {"{{ proc.name | truncate(\"x\") }}", "a count", 24},
        {"{{ proc.name | truncate(-1) }}", "a count", 24},
        {"{{ proc.name | replace(\"\", \"x\") }}", "empty text", 23},
        {"{{ proc.name | replace(\"a\") }}", "replace takes 2 arguments", 22},
        {"{{ proc.name | join(5) }}", "put it in quotes", 20},
        {"{{ proc.name | time(\"%Q\") }}", "no time format", 20},
        {"{{ proc.name | time(\"plain\") }}", "no time format", 20},
        {"{{ proc.name | raw | upper }}", "raw must be the last filter", 0},
        {"{{ proc.name | default(\"x }}", "no closing \"", 23},
        {"{{ proc.name | default(\"\\q\") }}", "no escape", 25},
        {"{{ proc.name | default(\"\\ud800\") }}", "no escape", 29},
        {"{{ proc.aname[2 }}", "no closing ']'", 13},
        {"{{ proc.aname[] }}", "nothing between '[' and ']'", 13},
        {"{{range .Tags}}{{end}}", "range is not supported", 2},
        {"{{if x}}", "if is not supported", 2},
        {"{{printf \"%s\" .Rule}}", "printf is not supported", 2},
        {"{{$x := 1}}", "variables are not supported", 2},
        {"{{.}}", "a '.' alone", 2},
        {"{{.proc.name}}", "a field is written {{proc.name}}", 2},
        {"{{.Ruel}}", "did you mean .Rule?", 2},
        {"{{index .Tags 0}}", "index is supported as", 7},
        {"{{or}}", "or takes values", 4},
        {"{{(((((((((((((((((((((((((((((((((((x", "deep at most", 34},
        {"{{ \xC3\xA4 }}", "a name was expected", 3},
        {"{{99999999999999999999}}", "64 bits", 2},
        {"{{proc.name|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper}}",
         "16 filters", 108},
    };
    static const fir_str steps[] = {{"capture", 7}};
    static const fir__template_names names = {{"r", 1}, {"d", 1}, {"a", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_template t;
        test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_TEXT);
        t.spec.names = &names;
        t.spec.steps = steps;
        t.spec.n_steps = 1;
        int rc = test_template_compile(&t, cases[i].template, strlen(cases[i].template));
        ck_assert_msg(rc == FIR_ECOMPILE, "%s: %d", cases[i].template, rc);
        ck_assert_msg(strstr(t.error.message, cases[i].says) != NULL, "%s: %s", cases[i].template, t.error.message);
        ck_assert_msg(t.error.offset == cases[i].offset, "%s: %s: %u", cases[i].template, t.error.message,
                      (unsigned)t.error.offset);
        ck_assert_uint_eq(t.error.line, 1);
        ck_assert_uint_eq(t.error.column, cases[i].offset + 1);
        ck_assert_ptr_null(t.template);
        test_template_free(&t);
    }
}
END_TEST

START_TEST(names_of_a_playbook_need_one)
{
    test_template t;
    test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_TEXT);
    ck_assert_int_eq(test_template_compile(&t, "{{rule.name}}", 13), FIR_ECOMPILE);
    ck_assert_ptr_nonnull(strstr(t.error.message, "only inside of a playbook"));
    test_template_free(&t);
}
END_TEST

START_TEST(targets_must_be_there)
{
    static const rendering refused[] = {{"{{k8s.ns.name}}", "k8s.ns.name names the target"},
                                        {"{{k8s.pod.name}}", "k8s.pod.name names the target"},
                                        {"{{proc.args}}", "proc.args names the target"},
                                        {"x{{nope}}", "nope names the target"},
                                        {"{{or (index . \"nope\") (index . \"none\")}}", "nope names the target"},
                                        {"{{proc.name}}{{k8s.ns.name|required}}", "k8s.ns.name is required"}};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        test_template t;
        test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_TEXT);
        t.spec.target = true;
        ck_assert_int_eq(test_template_compile(&t, refused[i].template, strlen(refused[i].template)), 0);
        test_template_alert(&t, alert, strlen(alert));
        ck_assert_int_eq(test_template_render(&t), FIR_ETYPE);
        ck_assert_msg(strstr(t.error.message, refused[i].wanted) == t.error.message, "%s", t.error.message);
        ck_assert_uint_eq(t.out.len, 0);
        test_template_free(&t);
    }
    test_template t;
    test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_TEXT);
    t.spec.target = true;
    ck_assert_int_eq(test_template_compile(&t, "{{k8s.ns.name|default(\"d\")}}{{proc.tty}}", 40), 0);
    test_template_alert(&t, alert, strlen(alert));
    ck_assert_int_eq(test_template_render(&t), 0);
    ck_assert_str_eq(t.out.ptr, "d0");
    test_template_free(&t);
    test_template_init(&t, FIR_SYNTAX_TALON, FIR_SINK_TEXT);
    t.spec.target = true;
    ck_assert_int_eq(test_template_compile(&t, "${K8S_POD_NAME}", 15), 0);
    test_template_alert(&t, alert, strlen(alert));
    ck_assert_int_eq(test_template_render(&t), FIR_ETYPE);
    test_template_free(&t);
}
END_TEST

/* ---- bounds ---- */

/* An alert whose field x.x holds `n` times `piece`. */
static char *big_alert(const char *piece, size_t n, size_t *length)
{
    static const char head[] =
        "{\"rule\":\"r\",\"priority\":\"Notice\",\"time\":\"2026-07-14T09:21:33Z\",\"output_fields\":{\"x.x\":\"";
    char *s = malloc(sizeof head + strlen(piece) * n + 4);
    size_t at = sizeof head - 1;
    memcpy(s, head, at);
    for (size_t i = 0; i < n; i++) {
        memcpy(s + at, piece, strlen(piece));
        at += strlen(piece);
    }
    memcpy(s + at, "\"}}", 4);
    *length = at + 3;
    return s;
}

static void render_big(test_template *t, const char *template, const char *piece, size_t n)
{
    size_t length;
    char *big = big_alert(piece, n, &length);
    ck_assert_int_eq(test_template_compile(t, template, strlen(template)), 0);
    test_template_alert(t, big, length);
    free(big);
}

START_TEST(values_are_cut_between_characters)
{
    test_template t;
    test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_TEXT);
    t.spec.max_value = 101;
    render_big(&t, "<{{x.x}}>", "\xC3\xA4", 200);
    ck_assert_int_eq(test_template_render(&t), 0);
    ck_assert_uint_eq(t.out.len, 102);
    ck_assert_uint_eq(t.flags, FIR__RENDER_CUT);
    ck_assert_str_eq(t.out.ptr + 99, "\xC3\xA4>");
    test_template_free(&t);
    test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_TEXT);
    t.spec.max_value = 400;
    render_big(&t, "<{{x.x}}>", "\xC3\xA4", 200);
    ck_assert_int_eq(test_template_render(&t), 0);
    ck_assert_uint_eq(t.out.len, 402);
    ck_assert_uint_eq(t.flags, 0);
    test_template_free(&t);
}
END_TEST

START_TEST(filters_keep_to_the_bound)
{
    static const struct {
        const char *template;
        size_t least, most;
        uint32_t flags;
    } cases[] = {
        {"{{x.x | replace(\"a\", \"0123456789\")}}", 1000, 1000, FIR__RENDER_CUT},
        {"{{x.x | b64}}", 996, 1000, FIR__RENDER_CUT},
        {"{{x.x | upper | lower}}", 1000, 1000, FIR__RENDER_CUT},
        {"{{x.x | unb64 | len}}", 3, 3, FIR__RENDER_CUT},
        {"{{x.x | sha256}}", 64, 64, 0},
        {"{{x.x | len}}", 4, 4, 0},
        {"{{x.x | truncate(10)}}", 10, 10, 0},
        {"{{x.x | json}}", 1000, 1000, FIR__RENDER_CUT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_template t;
        test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_RAW);
        t.spec.max_value = 1000;
        render_big(&t, cases[i].template, "a", 4000);
        ck_assert_int_eq(test_template_render(&t), 0);
        ck_assert_msg(t.out.len >= cases[i].least && t.out.len <= cases[i].most, "%s: %zu", cases[i].template, t.out.len);
        ck_assert_msg(t.flags == cases[i].flags, "%s: %u", cases[i].template, (unsigned)t.flags);
        test_template_free(&t);
    }
}
END_TEST

/* An alert must not be able to stop an action by its size. */
START_TEST(a_full_output_gets_shorter_values)
{
    test_template t;
    test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_JSON);
    t.spec.max_output = 10000;
    render_big(&t, "{\"a\":\"{{x.x}}\",\"b\":\"{{x.x}}\",\"c\":{{x.x}}}", "\\u0001", 5000);
    ck_assert_int_eq(test_template_render(&t), 0);
    ck_assert_uint_eq(t.flags, FIR__RENDER_CUT);
    ck_assert_uint_le(t.out.len, 10000);
    ck_assert_uint_ge(t.out.len, 9000);
    json_t *j = json_loads(t.out.ptr, 0, NULL);
    ck_assert_ptr_nonnull(j);
    ck_assert_uint_eq(json_object_size(j), 3);
    json_decref(j);
    test_template_free(&t);

    test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_TEXT);
    t.spec.max_output = 100;
    ck_assert_int_eq(test_template_compile(&t, "{{x.x}}", 7), FIR_ELIMIT); /* has no room for 32 escaped bytes */
    test_template_free(&t);
    test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_TEXT);
    t.spec.max_output = 3;
    ck_assert_int_eq(test_template_compile(&t, "four", 4), FIR_ELIMIT);
    test_template_free(&t);
}
END_TEST

START_TEST(the_buffer_keeps_what_it_had)
{
    test_template t;
    test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_TEXT);
    ck_assert_int_eq(test_template_compile(&t, "{{rule}}", 8), 0);
    test_template_alert(&t, alert, strlen(alert));
    fir__sbuf_str(&t.out, FIR__S("before "));
    ck_assert_int_eq(fir__template_render(t.template, &t.frame, &t.out, NULL, NULL), 0);
    fir__sbuf_char(&t.out, '\0');
    ck_assert_str_eq(t.out.ptr, "before Terminal shell");
    test_template_free(&t);
}
END_TEST

START_TEST(constants_are_known)
{
    static const struct {
        int32_t syntax, sink;
        const char *template, *constant;
    } cases[] = {
        {FIR_SYNTAX_FALCOIR, FIR_SINK_TEXT, "a{{\"{{\"}}b", "a{{b"},
        {FIR_SYNTAX_FALCOIR, FIR_SINK_TEXT, "", ""},
        {FIR_SYNTAX_FALCOIR, FIR_SINK_TEXT, "{{rule}}", NULL},
        {FIR_SYNTAX_FALCOIR, FIR_SINK_JSON, "{\"a\":{{\"b\\\"\"}},\"c\":\"{{'\"'}}\"}", "{\"a\":\"b\\\"\",\"c\":\"\\\"\"}"},
        {FIR_SYNTAX_TALON, FIR_SINK_TEXT, "$i", "$i"},
        {FIR_SYNTAX_FALCO, FIR_SINK_TEXT, "*a", "a"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_template t;
        fir_str s = {NULL, 0};
        test_template_init(&t, cases[i].syntax, cases[i].sink);
        ck_assert_int_eq(test_template_compile(&t, cases[i].template, strlen(cases[i].template)), 0);
        ck_assert(fir__template_constant(t.template, &s) == (cases[i].constant != NULL));
        ck_assert(cases[i].constant == NULL || fir__str_eq(s, fir__cstr(cases[i].constant)));
        test_template_free(&t);
    }
}
END_TEST

static void count_slot(void *ctx, uint32_t slot)
{
    (void)slot;
    ++*(unsigned *)ctx;
}

START_TEST(slots_are_visited)
{
    test_template t;
    unsigned n = 0;
    test_template_init(&t, FIR_SYNTAX_FALCOIR, FIR_SINK_TEXT);
    static const char text[] = "{{rule}}{{or (index . \"a\") (index . \"b\")}}{{evt.arg[\"x y\"]}}{{5}}";
    ck_assert_int_eq(test_template_compile(&t, text, strlen(text)), 0);
    fir__template_slots(t.template, count_slot, &n);
    ck_assert_uint_eq(n, 4); /* of two spellings the first */
    test_template_free(&t);
}
END_TEST

/* ---- memory ---- */

typedef struct memory_case {
    int32_t syntax, sink;
    const char *template;
} memory_case;

/* Compiles and renders with an allocator that fails somewhere; the alert is whole. */
static int compile_and_render(void *ctx, const fir_allocator *a)
{
    const memory_case *c = ctx;
    test_template t;
    test_template_init(&t, c->syntax, c->sink);
    fir__arena alert_arena = t.arena;
    fir__arena_init(&t.arena, a, 0);
    fir__sbuf_init(&t.out, a, 1 << 20);
    int rc = test_template_compile(&t, c->template, strlen(c->template));
    if (rc == 0) {
        fir__arena own = t.arena;
        fir__part *parts;
        size_t n;
        t.arena = alert_arena; /* the frame is the test's, not what is tested */
        test_template_alert(&t, alert, strlen(alert));
        alert_arena = t.arena;
        t.arena = own;
        rc = fir__template_render(t.template, &t.frame, &t.out, NULL, NULL);
        if (rc == 0) {
            rc = fir__template_parts(t.template, &t.frame, &t.arena, &parts, &n, NULL, NULL);
        }
    }
    fir__arena_free(&alert_arena);
    test_template_free(&t);
    return rc;
}

START_TEST(memory_may_run_out_anywhere)
{
    static memory_case cases[] = {
        {FIR_SYNTAX_FALCOIR, FIR_SINK_JSON,
         "{\"a\":\"{{rule | upper | replace(\"S\", \"xx\")}}\",\"b\":{{tags | lower}},\"c\":{{time}}}"},
        {FIR_SYNTAX_FALCOIR, FIR_SINK_TEXT,
         "{{tags|join(\",\")}}{{rule|json}}{{tags|json}}{{rule|b64|unb64|sha256|slug}}{{evt.time|time(\"%F\")}}{{tags|len}}"},
        {FIR_SYNTAX_FALCOIR, FIR_SINK_SLACK, "{{or (index . \"a\") (index . \"b\") \"c\"}}{{evt.arg[\"x y\"]}}{{output_fields}}"},
        {FIR_SYNTAX_FALCO, FIR_SINK_TEXT,
         "*%20toupper(proc.name) %join(\",\", ka.user.groups) %len(ka.user.groups) %concat(proc.name,\"x\") "
         "%getopt((\"-a\",\"v\"),\"a:\") %getopt((\"-a\",proc.name),\"a:\")[a] %b64(proc.name) %ka.user.groups"},
        {FIR_SYNTAX_TALON, FIR_SINK_TEXT, "$PROC_NAME ${KA_USER_GROUPS} $TAGS ${NO_SUCH_FIELD} ${EVT_ARG_FLAGS} $i"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_int_gt(fir_test_sweep(cases[i].template, compile_and_render, &cases[i]), 5);
    }
}
END_TEST

START_TEST(public_interface)
{
    fir_template *t;
    fir_error error;
    fir_template_options o = {.size = sizeof o, .sink = FIR_SINK_JSON};
    ck_assert_int_eq(fir_template_compile("{\"a\":\"{{rule}}\"}", 16, &o, &t, &error), 0);
    ck_assert_ptr_nonnull(t->template);
    ck_assert_uint_eq(t->slots.count, 1);
    ck_assert_uint_eq(t->max_output, 1 << 20);
    fir_template_free(t);
    fir_template_free(NULL);
    ck_assert_int_eq(fir_template_compile("{{", 2, NULL, &t, &error), FIR_ECOMPILE);
    ck_assert_ptr_null(t);
    ck_assert_int_eq(fir_template_compile(NULL, 0, NULL, &t, NULL), 0);
    fir_template_free(t);
    ck_assert_int_eq(fir_template_compile(NULL, 1, NULL, &t, &error), FIR_EINVAL);
    ck_assert_int_eq(fir_template_compile("x", 1, NULL, NULL, &error), FIR_EINVAL);
    o.sink = 99;
    ck_assert_int_eq(fir_template_compile("x", 1, &o, &t, &error), FIR_EINVAL);
    o.sink = 0;
    o.syntax = -1;
    ck_assert_int_eq(fir_template_compile("x", 1, &o, &t, &error), FIR_EINVAL);
    o.syntax = 0;
    o.flags = 1;
    ck_assert_int_eq(fir_template_compile("x", 1, &o, &t, &error), FIR_EINVAL);
    o.flags = 0;
    o.size = 1;
    ck_assert_int_eq(fir_template_compile("x", 1, &o, &t, &error), FIR_EINVAL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("template");
    TCase *t = tcase_create("template");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, names_are_found);
    tcase_add_test(t, go_templates_are_read);
    tcase_add_test(t, filters_work);
    tcase_add_test(t, talon_variables_expand);
    tcase_add_test(t, mistakes_are_explained);
    tcase_add_test(t, names_of_a_playbook_need_one);
    tcase_add_test(t, targets_must_be_there);
    tcase_add_test(t, values_are_cut_between_characters);
    tcase_add_test(t, filters_keep_to_the_bound);
    tcase_add_test(t, a_full_output_gets_shorter_values);
    tcase_add_test(t, the_buffer_keeps_what_it_had);
    tcase_add_test(t, constants_are_known);
    tcase_add_test(t, slots_are_visited);
    tcase_add_test(t, memory_may_run_out_anywhere);
    tcase_add_test(t, public_interface);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
