/* SPDX-License-Identifier: Apache-2.0 */
/* lib/catalog: the built-in table, host types, the types as JSON. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>

#include "catalog/catalog.h"
#include "support/failing.h"
#include "support/suite.h"

static const char slug[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

static bool is_slug(fir_str s)
{
    char text[80];
    if (s.len == 0 || s.len >= sizeof text || s.ptr[0] < 'a' || s.ptr[0] > 'z') {
        return false;
    }
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    return strspn(text, slug) == s.len;
}

static void check_param(const fir__action_def *a, const fir__param_def *p)
{
    ck_assert_msg(is_slug(p->name), "%s: %s", a->name.ptr, p->name.ptr);
    ck_assert_msg(p->description.len > 10 && p->description.ptr[p->description.len - 1] == '.', "%s", p->name.ptr);
    ck_assert_ptr_eq(fir__action_param(a, p->name), p);
    ck_assert(p->type <= FIR__P_ANY && p->sink <= FIR_SINK_RAW);
    ck_assert((p->flags & FIR__P_REQUIRED) == 0 || p->default_text.len == 0);
    ck_assert(p->default_text.len == 0 || fir__param_accepts(p, p->default_text));
    ck_assert(p->n_choices == 0 || p->type == FIR__P_STRING);
    ck_assert((p->type == FIR__P_OBJECT) == (p->n_fields != 0));
    ck_assert((p->flags & FIR__P_NO_TEMPLATE) == 0 || p->sink == FIR_SINK_TEXT);
    if (p->sink_from.len != 0) {
        const fir__param_def *from = fir__action_param(a, p->sink_from);
        ck_assert(from != NULL && from->n_choices != 0);
        for (uint8_t i = 0; i < from->n_choices; i++) {
            uint8_t sink;
            ck_assert(fir__sink_find(from->choices[i], &sink));
        }
    }
}

START_TEST(every_row_is_sane)
{
    const fir_catalog *c = fir__catalog_builtin();
    ck_assert_uint_eq(fir__catalog_count(c), 58);
    for (size_t i = 0; i < fir__catalog_count(c); i++) {
        const fir__action_def *a = fir__catalog_at(c, i);
        size_t colon = fir__str_find(a->name, FIR__S(":"));
        ck_assert(is_slug(fir__str_to(a->name, colon)) && is_slug(fir__str_from(a->name, colon + 1)));
        ck_assert(i == 0 || fir__str_cmp(fir__catalog_at(c, i - 1)->name, a->name) < 0);
        ck_assert_ptr_eq(fir__catalog_find(c, a->name), a);
        ck_assert(a->description.len != 0 && a->description.ptr[a->description.len - 1] == '.');
        ck_assert(a->effect <= FIR__EFFECT_READ && !a->host);
        ck_assert_msg(!(a->destructive && a->notifies), "%s", a->name.ptr);
        ck_assert(!(a->destructive && a->effect == FIR__EFFECT_READ));
        ck_assert(a->output_name.len == 0 || is_slug(a->output_name));
        ck_assert(a->output_name.len == 0 || fir__catalog_find_output(c, a->output_name) == a);
        ck_assert(a->works == (a->n_params != 0));
        for (uint32_t p = 0; p < a->n_params; p++) {
            check_param(a, &a->params[p]);
        }
        static const fir_str reserved[] = {{"enabled", 7}, {"minimum_priority", 16}, {"condition", 9}, {"name", 4}, {"use", 3}};
        /* a block `lambda_output` has `name`, as elsewhere; an entry of `outputs` says function_name, or hub */
        bool named = fir__str_eq(a->name, FIR__S("aws:lambda")) || fir__str_eq(a->name, FIR__S("gcp:function")) ||
                     fir__str_eq(a->name, FIR__S("azure:eventhub"));
        for (size_t k = 0; k < 5; k++) {
            bool allowed = named && fir__str_eq(reserved[k], FIR__S("name"));
            ck_assert((fir__action_param(a, reserved[k]) != NULL) == allowed);
        }
    }
}
END_TEST

/* Falco Talon's names, as its documentation lists them, and what its `continue` is when not given. */
START_TEST(talons_names_are_known)
{
    static const struct {
        const char *name;
        bool stops, artefact, takes;
    } rows[] = {
        {"kubernetes:terminate", true, false, false},
        {"kubernetes:label", false, false, false},
        {"kubernetes:annotation", false, false, false},
        {"kubernetes:networkpolicy", false, false, false},
        {"kubernetes:exec", false, false, false},
        {"kubernetes:script", false, false, false},
        {"kubernetes:log", false, true, false},
        {"kubernetes:delete", true, false, false},
        {"kubernetes:cordon", false, false, false},
        {"kubernetes:drain", false, false, false},
        {"kubernetes:download", false, true, false},
        {"kubernetes:tcpdump", true, true, false},
        {"kubernetes:sysdig", true, true, false},
        {"aws:lambda", false, false, false},
        {"gcp:function", false, false, false},
        {"calico:networkpolicy", false, false, false},
        {"cilium:networkpolicy", false, false, false},
        {"local:file", false, false, true},
        {"minio:s3", false, false, true},
        {"aws:s3", false, false, true},
        {"gcp:gcs", false, false, true},
    };
    const fir_catalog *c = fir__catalog_builtin();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const fir__action_def *a = fir__catalog_find(c, fir__cstr(rows[i].name));
        ck_assert_msg(a != NULL && a->talon, "%s", rows[i].name);
        ck_assert_msg(a->stops_by_default == rows[i].stops && a->artefact == rows[i].artefact && a->takes_artefact == rows[i].takes,
                      "%s", rows[i].name);
    }
    static const char *const notifiers[] = {"k8sevents", "slack", "smtp", "webhook", "loki", "elasticsearch"};
    for (size_t i = 0; i < sizeof notifiers / sizeof *notifiers; i++) {
        const fir__action_def *a = fir__catalog_find_output(c, fir__cstr(notifiers[i]));
        ck_assert_msg(a != NULL && a->talon && a->notifies, "%s", notifiers[i]);
    }
    ck_assert(fir__names_have(fir__catalog_find(c, FIR__S("kubernetes:exec"))->talon_syntax, FIR__S("command")));
    ck_assert(fir__names_have(fir__catalog_find(c, FIR__S("kubernetes:download"))->talon_syntax, FIR__S("file")));
}
END_TEST

START_TEST(names_are_found_and_suggested)
{
    const fir_catalog *c = fir__catalog_builtin();
    ck_assert_ptr_null(fir__catalog_find(c, FIR__S("http:webhok")));
    ck_assert_ptr_null(fir__catalog_find(c, FIR__S("")));
    ck_assert_ptr_null(fir__catalog_find(c, FIR__S("zzz:zzz")));
    ck_assert_ptr_null(fir__catalog_find_output(c, FIR__S("")));
    ck_assert_str_eq(fir__catalog_suggest(c, FIR__S("http:webhok")).ptr, "http:webhook");
    ck_assert_str_eq(fir__catalog_suggest(c, FIR__S("kubernets:terminate")).ptr, "kubernetes:terminate");
    const fir__action_def *a = fir__catalog_find_output(c, FIR__S("webhook"));
    ck_assert_str_eq(a->name.ptr, "http:webhook");
    ck_assert_str_eq(fir__action_param(a, FIR__S("custom_body"))->name.ptr, "body");
    ck_assert_str_eq(fir__action_param(a, FIR__S("custom_headers"))->name.ptr, "headers");
    ck_assert_ptr_null(fir__action_param(a, FIR__S("redo_url")));
    ck_assert_ptr_null(fir__action_param(a, FIR__S("")));
    ck_assert_str_eq(fir__action_param_suggest(a, FIR__S("metod")).ptr, "method");
    ck_assert_str_eq(fir__effect_name(FIR__EFFECT_READ).ptr, "read");
    ck_assert_str_eq(fir__ptype_name(FIR__P_ANY).ptr, "any");
    ck_assert_str_eq(fir__sink_name(FIR_SINK_K8S_LABEL).ptr, "k8s_label");
    ck_assert_ptr_null(fir__sink_name(99).ptr);
    ck_assert_ptr_null(fir__sink_name(-1).ptr);
    ck_assert(fir__names_have(FIR__S("a bc d"), FIR__S("bc")) && !fir__names_have(FIR__S("a bc d"), FIR__S("b")));
    ck_assert(!fir__names_have(FIR__S(""), FIR__S("")) && !fir__names_have(FIR__S("a  b"), FIR__S("")));
}
END_TEST

START_TEST(values_are_judged_by_type)
{
    static const fir_str choices[] = {{"GET", 3}, {"PUT", 3}};
    const struct {
        fir__param_def p;
        const char *text;
        bool ok;
    } rows[] = {
        {{.type = FIR__P_STRING}, "anything", true},
        {{.type = FIR__P_STRING, .choices = choices, .n_choices = 2}, "PUT", true},
        {{.type = FIR__P_STRING, .choices = choices, .n_choices = 2}, "put", false},
        {{.type = FIR__P_INTEGER}, "-9223372036854775808", true},
        {{.type = FIR__P_INTEGER}, "9223372036854775808", false},
        {{.type = FIR__P_INTEGER}, "1.0", false},
        {{.type = FIR__P_INTEGER, .least = 1, .most = 5}, "5", true},
        {{.type = FIR__P_INTEGER, .least = 1, .most = 5}, "6", false},
        {{.type = FIR__P_INTEGER, .least = 1, .most = 5}, "0", false},
        {{.type = FIR__P_BOOLEAN}, "true", true},
        {{.type = FIR__P_BOOLEAN}, "yes", false},
        {{.type = FIR__P_DURATION}, "10s", true},
        {{.type = FIR__P_DURATION}, "10", false},
        {{.type = FIR__P_DURATION, .least = 1, .most = 1000000000}, "1001ms", false},
        {{.type = FIR__P_RANGES}, "204", true},
        {{.type = FIR__P_RANGES}, "200-299", true},
        {{.type = FIR__P_RANGES}, "299-200", false},
        {{.type = FIR__P_RANGES}, "99", false},
        {{.type = FIR__P_RANGES}, "600", false},
        {{.type = FIR__P_RANGES}, "200-", false},
        {{.type = FIR__P_RANGES}, "-200", false},
        {{.type = FIR__P_STRINGS}, "x", true},
        {{.type = FIR__P_MAP}, "x", false},
        {{.type = FIR__P_OBJECT}, "x", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_msg(fir__param_accepts(&rows[i].p, fir__cstr(rows[i].text)) == rows[i].ok, "%s", rows[i].text);
    }
}
END_TEST

static const char ticket[] =
    "{\"name\":\"ticket:open\",\"description\":\"Opens a ticket.\",\"effect\":\"keyed\",\"destructive\":false,\"notifies\":true,"
    "\"output_name\":\"ticket\",\"undo\":\"closes it\",\"parameters\":{"
    "\"queue\":{\"type\":\"string\",\"required\":true,\"choices\":[\"soc\",\"ops\"],\"template\":false,\"aliases\":[\"to\",\"box\"]"
    "},"
    "\"title\":{\"type\":\"string\",\"default\":\"{{rule}}\",\"sink\":\"markdown\",\"description\":\"One line.\"},"
    "\"size\":{\"type\":\"integer\",\"default\":3,\"least\":1,\"most\":5},"
    "\"late\":{\"type\":\"integer\",\"least\":-2},"
    "\"wait\":{\"type\":\"duration\",\"default\":\"5s\",\"most\":\"1m\"},"
    "\"open\":{\"type\":\"boolean\",\"default\":true},"
    "\"ok\":{\"type\":\"ranges\",\"default\":[\"200-204\",\"302\"],\"template\":false},"
    "\"labels\":{\"type\":\"strings\",\"default\":[\"a\",\"b\"]},"
    "\"token\":{\"type\":\"secret\"},\"password\":{\"type\":\"string\",\"secret\":true},"
    "\"headers\":{\"type\":\"map\",\"sink\":\"header\",\"secret_headers\":true},"
    "\"host\":{\"type\":\"string\",\"target\":true,\"sink\":\"argv\",\"allow_dash\":true},"
    "\"extra\":{\"type\":\"any\"},\"at\":{\"type\":\"string\",\"template\":false,\"absolute\":true},"
    "\"from\":{\"type\":\"object\",\"fields\":{\"x\":{\"type\":\"integer\",\"required\":true}}}}}";

START_TEST(a_host_adds_a_type)
{
    fir_catalog *c;
    fir_error err;
    ck_assert_int_eq(fir_catalog_new(&c, &err), 0);
    size_t before = fir__catalog_count(c);
    ck_assert_int_eq(fir_catalog_add(c, ticket, sizeof ticket - 1, &err), 0);
    ck_assert_uint_eq(fir__catalog_count(c), before + 1);
    for (size_t i = 1; i < fir__catalog_count(c); i++) {
        ck_assert(fir__str_cmp(fir__catalog_at(c, i - 1)->name, fir__catalog_at(c, i)->name) < 0);
    }
    const fir__action_def *a = fir__catalog_find(c, FIR__S("ticket:open"));
    ck_assert(a != NULL && a->works && a->host && a->notifies && !a->destructive && a->effect == FIR__EFFECT_KEYED);
    ck_assert_ptr_eq(fir__catalog_find_output(c, FIR__S("ticket")), a);
    ck_assert_uint_eq(a->n_params, 15);
    const fir__param_def *queue = fir__action_param(a, FIR__S("box"));
    ck_assert_str_eq(queue->name.ptr, "queue");
    ck_assert_uint_eq(queue->flags, FIR__P_REQUIRED | FIR__P_NO_TEMPLATE);
    ck_assert_uint_eq(queue->n_choices, 2);
    ck_assert_uint_eq(fir__action_param(a, FIR__S("title"))->sink, FIR_SINK_MARKDOWN);
    ck_assert_str_eq(fir__action_param(a, FIR__S("title"))->default_text.ptr, "{{rule}}");
    ck_assert_str_eq(fir__action_param(a, FIR__S("size"))->default_text.ptr, "3");
    ck_assert_int_eq(fir__action_param(a, FIR__S("size"))->most, 5);
    ck_assert_int_eq(fir__action_param(a, FIR__S("late"))->least, -2);
    ck_assert(fir__action_param(a, FIR__S("late"))->most == INT64_MAX);
    ck_assert(fir__action_param(a, FIR__S("wait"))->most == INT64_C(60000000000));
    ck_assert_str_eq(fir__action_param(a, FIR__S("open"))->default_text.ptr, "true");
    ck_assert_str_eq(fir__action_param(a, FIR__S("ok"))->default_text.ptr, "200-204 302");
    ck_assert_uint_eq(fir__action_param(a, FIR__S("token"))->flags, FIR__P_IS_SECRET);
    ck_assert_uint_eq(fir__action_param(a, FIR__S("password"))->flags, FIR__P_IS_SECRET);
    ck_assert_uint_eq(fir__action_param(a, FIR__S("headers"))->flags, FIR__P_SECRET_HEADERS);
    ck_assert_uint_eq(fir__action_param(a, FIR__S("host"))->flags, FIR__P_IS_TARGET | FIR__P_ALLOW_DASH);
    ck_assert_uint_eq(fir__action_param(a, FIR__S("from"))->n_fields, 1);

    ck_assert_int_eq(fir_catalog_add(c, ticket, sizeof ticket - 1, &err), FIR_EINVAL);
    ck_assert_str_eq(err.message, "name: there is a type \"ticket:open\" already");
    ck_assert_uint_eq(fir__catalog_count(c), before + 1);
    fir_catalog_unref(c);
}
END_TEST

START_TEST(it_is_closed_once_used)
{
    fir_catalog *c;
    fir_error err;
    ck_assert_int_eq(fir_catalog_new(&c, NULL), 0);
    ck_assert_int_eq(fir_catalog_add(c, ticket, sizeof ticket - 1, &err), 0);
    const fir_catalog *used = fir__catalog_use(c);
    ck_assert_ptr_eq(used, c);
    ck_assert_int_eq(fir_catalog_add(c, ticket, sizeof ticket - 1, &err), FIR_ESTATE);
    ck_assert_int_eq(err.code, FIR_ESTATE);
    fir_catalog_unref(c);
    ck_assert_ptr_nonnull(fir__catalog_find(used, FIR__S("ticket:open"))); /* the second reference keeps it */
    fir_catalog_unref(used);

    ck_assert_ptr_eq(fir__catalog_use(NULL), fir__catalog_builtin());
    fir_catalog_unref(fir__catalog_use(fir__catalog_builtin()));
    fir_catalog_unref(NULL);
    ck_assert_int_eq(fir_catalog_add(NULL, ticket, sizeof ticket - 1, &err), FIR_EINVAL);
    ck_assert_int_eq(fir_catalog_new(NULL, &err), FIR_EINVAL);
}
END_TEST

#define HEAD "{\"name\":\"a:b\",\"effect\":\"read\",\"destructive\":false"
#define PARAM(text) HEAD ",\"parameters\":{\"p\":{" text "}}}"

START_TEST(schemas_are_refused_with_their_place)
{
    static const struct {
        const char *json;
        int code;
        const char *message;
    } rows[] = {
        {"", FIR_EPARSE, NULL},
        {"{\"name\":\"a:b\",\"name\":\"a:c\"}", FIR_EPARSE, NULL},
        {"[]", FIR_EINVAL, "the schema: an object is wanted"},
        {"{}", FIR_EINVAL, "name: it is missing"},
        {"{\"name\":\"a:b\"}", FIR_EINVAL, "effect: it is missing"},
        {"{\"name\":\"a:b\",\"effect\":\"read\"}", FIR_EINVAL, "destructive: it is missing"},
        {"{\"name\":\"ab\"}", FIR_EINVAL, "name: a type is called family:action, each [a-z][a-z0-9_]*"},
        {"{\"name\":\"A:b\"}", FIR_EINVAL, "name: a type is called family:action, each [a-z][a-z0-9_]*"},
        {"{\"name\":\"a:b:c\"}", FIR_EINVAL, "name: a type is called family:action, each [a-z][a-z0-9_]*"},
        {"{\"name\":\"a:\"}", FIR_EINVAL, "name: a type is called family:action, each [a-z][a-z0-9_]*"},
        {"{\"name\":7}", FIR_EINVAL, "name: a text is wanted, and not an empty one"},
        {"{\"name\":\"a:b\",\"description\":\"x\\n\"}", FIR_EINVAL, "description: the text holds a control character"},
        {"{\"nam\":\"a:b\"}", FIR_EINVAL, "nam: unknown key; did you mean \"name\"?"},
        {"{\"name\":\"a:b\",\"effect\":\"key\"}", FIR_EINVAL, "effect: an effect is idempotent, keyed, verifiable, unsafe or read"},
        {"{\"name\":\"a:b\",\"effect\":\"keyd\"}", FIR_EINVAL,
         "effect: an effect is idempotent, keyed, verifiable, unsafe or read; did you mean \"keyed\"?"},
        {"{\"name\":\"a:b\",\"effect\":\"read\",\"destructive\":1}", FIR_EINVAL, "destructive: true or false is wanted"},
        {"{\"name\":\"a:b\",\"effect\":\"read\",\"destructive\":true,\"notifies\":true}", FIR_EINVAL,
         "the schema: a type that notifies changes nothing, so it cannot be destructive"},
        {"{\"name\":\"http:webhook\",\"effect\":\"read\",\"destructive\":false}", FIR_EINVAL,
         "name: there is a built-in type \"http:webhook\" already"},
        {HEAD ",\"output_name\":\"webhook\"}", FIR_EINVAL, "output_name: \"webhook\" belongs to the type \"http:webhook\""},
        {HEAD ",\"output_name\":\"Web\"}", FIR_EINVAL, "output_name: a name is [a-z][a-z0-9_]*, at most 64 bytes"},
        {HEAD ",\"output_name\":\"o\",\"parameters\":{\"enabled\":{\"type\":\"boolean\"}}}", FIR_EINVAL,
         "parameters.enabled: an output block has a key of this name itself; rename the parameter"},
        {HEAD ",\"parameters\":[]}", FIR_EINVAL, "parameters: an object of at most 200 parameters is wanted"},
        {HEAD ",\"parameters\":{\"P\":{}}}", FIR_EINVAL, "parameters.P: a parameter is called [a-z][a-z0-9_]*, at most 64 bytes"},
        {HEAD ",\"parameters\":{\"p\":\"string\"}}", FIR_EINVAL, "parameters.p: an object is wanted"},
        {PARAM(""), FIR_EINVAL, "parameters.p.type: it is missing"},
        {PARAM("\"type\":\"strng\""), FIR_EINVAL, "parameters.p.type: unknown type; did you mean \"string\"?"},
        {PARAM("\"type\":\"any\",\"requird\":true"), FIR_EINVAL, "parameters.p.requird: unknown key; did you mean \"required\"?"},
        {PARAM("\"type\":\"any\",\"required\":\"yes\""), FIR_EINVAL, "parameters.p.required: true or false is wanted"},
        {PARAM("\"type\":\"string\",\"sink\":\"jsn\""), FIR_EINVAL, "parameters.p.sink: unknown sink; did you mean \"json\"?"},
        {PARAM("\"type\":\"integer\",\"sink\":\"json\""), FIR_EINVAL, "parameters.p: sink has no meaning for the type integer"},
        {PARAM("\"type\":\"string\",\"sink\":\"json\",\"template\":false"), FIR_EINVAL,
         "parameters.p: a text that is no template has no sink"},
        {PARAM("\"type\":\"string\",\"absolute\":true"), FIR_EINVAL,
         "parameters.p: an absolute path is no template: say \"template\": false"},
        {PARAM("\"type\":\"integer\",\"absolute\":true"), FIR_EINVAL, "parameters.p: absolute has no meaning for the type integer"},
        {PARAM("\"type\":\"integer\",\"choices\":[\"a\"]"), FIR_EINVAL,
         "parameters.p: choices has no meaning for the type integer"},
        {PARAM("\"type\":\"string\",\"choices\":[]"), FIR_EINVAL, "parameters.p.choices: a list of 1 to 100 texts is wanted"},
        {PARAM("\"type\":\"string\",\"choices\":[\"a\",\"a\"]"), FIR_EINVAL, "parameters.p.choices: a choice stands twice"},
        {PARAM("\"type\":\"string\",\"choices\":[\"a\"],\"default\":\"b\""), FIR_EINVAL,
         "parameters.p.default: the default is no value of the parameter"},
        {PARAM("\"type\":\"string\",\"required\":true,\"default\":\"b\""), FIR_EINVAL,
         "parameters.p.default: a required parameter has no default"},
        {PARAM("\"type\":\"secret\",\"default\":\"b\""), FIR_EINVAL, "parameters.p.default: a secret has no default"},
        {PARAM("\"type\":\"integer\",\"default\":\"1\""), FIR_EINVAL, "parameters.p.default: the default is no integer"},
        {PARAM("\"type\":\"boolean\",\"default\":\"true\""), FIR_EINVAL, "parameters.p.default: the default is no boolean"},
        {PARAM("\"type\":\"duration\",\"default\":\"10\""), FIR_EINVAL,
         "parameters.p.default: the default is no value of the parameter"},
        {PARAM("\"type\":\"map\",\"default\":\"x\""), FIR_EINVAL, "parameters.p.default: the default is no value of the parameter"},
        {PARAM("\"type\":\"ranges\",\"default\":[\"200\",\"20\"]"), FIR_EINVAL,
         "parameters.p.default: the default is no value of the parameter"},
        {PARAM("\"type\":\"strings\",\"default\":\"a\""), FIR_EINVAL, "parameters.p.default: a list of texts is wanted"},
        {PARAM("\"type\":\"strings\",\"default\":[\"a b\"]"), FIR_EINVAL, "parameters.p.default: an element holds a blank"},
        {PARAM("\"type\":\"string\",\"least\":1"), FIR_EINVAL,
         "parameters.p.least: a bound is a number of an integer, or a duration as \"10s\" of a duration"},
        {PARAM("\"type\":\"integer\",\"least\":2,\"most\":1"), FIR_EINVAL, "parameters.p: no value lies between least and most"},
        {PARAM("\"type\":\"integer\",\"least\":0,\"most\":0"), FIR_EINVAL, "parameters.p: no value lies between least and most"},
        {PARAM("\"type\":\"duration\",\"most\":1"), FIR_EINVAL,
         "parameters.p.most: a bound is a number of an integer, or a duration as \"10s\" of a duration"},
        {PARAM("\"type\":\"integer\",\"most\":5,\"default\":6"), FIR_EINVAL,
         "parameters.p.default: the default is no value of the parameter"},
        {PARAM("\"type\":\"object\""), FIR_EINVAL, "parameters.p: an object needs its fields"},
        {PARAM("\"type\":\"string\",\"fields\":{}"), FIR_EINVAL, "parameters.p: fields has no meaning for the type string"},
        {PARAM("\"type\":\"object\",\"fields\":{\"x\":{\"type\":\"y\"}}"), FIR_EINVAL, "parameters.p.fields.x.type: unknown type"},
        {PARAM("\"type\":\"strings\",\"target\":true"), FIR_EINVAL, "parameters.p: target has no meaning for the type strings"},
        {PARAM("\"type\":\"map\",\"secret\":true"), FIR_EINVAL, "parameters.p: secret has no meaning for the type map"},
        {PARAM("\"type\":\"string\",\"secret_headers\":true"), FIR_EINVAL,
         "parameters.p: secret_headers has no meaning for the type string"},
        {PARAM("\"type\":\"string\",\"aliases\":[\"p\"]"), FIR_EINVAL,
         "parameters.p: its name or an alias is another parameter's too"},
        {PARAM("\"type\":\"string\",\"aliases\":[\"P\"]"), FIR_EINVAL,
         "parameters.p.aliases: a name is [a-z][a-z0-9_]*, at most 64 bytes"},
        {HEAD ",\"parameters\":{\"p\":{\"type\":\"any\",\"aliases\":[\"q\"]},\"q\":{\"type\":\"any\"}}}", FIR_EINVAL,
         "parameters.q: its name or an alias is another parameter's too"},
        {HEAD ",\"parameters\":{\"p\":{\"type\":\"any\"},\"q\":{\"type\":\"any\",\"aliases\":[\"p\"]}}}", FIR_EINVAL,
         "parameters.q: its name or an alias is another parameter's too"},
        {HEAD ",\"parameters\":{\"p\":{\"type\":\"any\",\"aliases\":[\"x\"]},\"q\":{\"type\":\"any\",\"aliases\":[\"y\",\"x\"]}}}",
         FIR_EINVAL, "parameters.q: its name or an alias is another parameter's too"},
#define OBJECT "\"type\":\"object\",\"fields\":{\"p\":{"
        {PARAM(OBJECT OBJECT OBJECT OBJECT "\"type\":\"any\"}}}}}}}}"), FIR_EINVAL,
         "parameters.p.fields.p.fields.p.fields.p.fields: objects are nested more than 4 levels deep"},
    };
    fir_catalog *c;
    ck_assert_int_eq(fir_catalog_new(&c, NULL), 0);
    size_t count = fir__catalog_count(c);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fir_error err = {0};
        int status = fir_catalog_add(c, rows[i].json, strlen(rows[i].json), &err);
        ck_assert_msg(status == rows[i].code, "%s: %d %s", rows[i].json, status, err.message);
        ck_assert_msg(rows[i].message == NULL || strcmp(err.message, rows[i].message) == 0, "%s: %s", rows[i].json, err.message);
        ck_assert_int_eq(err.code, status);
        ck_assert_int_eq(fir_catalog_add(c, rows[i].json, strlen(rows[i].json), NULL), status);
    }
    ck_assert_uint_eq(fir__catalog_count(c), count);
    ck_assert_int_eq(fir_catalog_add(c, HEAD "}", strlen(HEAD "}"), NULL), 0);
    fir_catalog_unref(c);
}
END_TEST

/* The i-th type of the JSON by name. */
static json_t *type_of(json_t *all, const char *name)
{
    size_t i;
    json_t *t;
    json_array_foreach(all, i, t)
    {
        if (strcmp(json_string_value(json_object_get(t, "name")), name) == 0) {
            return t;
        }
    }
    return NULL;
}

START_TEST(types_are_written_as_canonical_json)
{
    fir_catalog *c;
    ck_assert_int_eq(fir_catalog_new(&c, NULL), 0);
    ck_assert_int_eq(fir_catalog_add(c, ticket, sizeof ticket - 1, NULL), 0);
    fir_buf out = {0};
    ck_assert_int_eq(fir_catalog_to_json(c, &out, NULL), 0);
    json_error_t e;
    json_t *all = json_loadb(out.ptr, out.len, JSON_REJECT_DUPLICATES, &e);
    ck_assert_msg(all != NULL, "%s", e.text);
    ck_assert_uint_eq(json_array_size(all), fir__catalog_count(c));
    char *sorted = json_dumps(all, JSON_SORT_KEYS | JSON_COMPACT); /* the keys were in order, and nothing else was there */
    ck_assert_str_eq(out.ptr, sorted);
    char *one = json_dumps(type_of(all, "local:file"), JSON_SORT_KEYS | JSON_COMPACT);
    ck_assert_str_eq(
        one,
        "{\"description\":\"Appends a line to a file of this host.\",\"destructive\":false,\"effect\":\"unsafe\","
        "\"name\":\"local:file\",\"notifies\":true,\"output_name\":\"file\",\"parameters\":{\"line\":{\"default\":"
        "\"{{event.json}}\",\"description\":\"What is appended, followed by a newline; the whole alert when not "
        "given.\",\"sink\":\"text\",\"type\":\"string\"},\"path\":{\"absolute\":true,\"aliases\":[\"destination\"],\"description\":"
        "\"The file, from / on. It holds no template: an alert must not choose where something is written.\","
        "\"required\":true,\"template\":false,\"type\":\"string\"}},\"takes_artefact\":true,\"talon\":true,"
        "\"works\":true}");
    free(one);
    one = json_dumps(json_object_get(type_of(all, "ticket:open"), "parameters"), JSON_SORT_KEYS | JSON_COMPACT);
    ck_assert_str_eq(
        one, "{\"at\":{\"absolute\":true,\"template\":false,\"type\":\"string\"},\"extra\":{\"sink\":\"text\",\"type\":\"any\"},"
             "\"from\":{\"fields\":{\"x\":{\"required\":true,\"type\":\"integer\"}},\"type\":\"object\"},"
             "\"headers\":{\"secret_headers\":true,\"sink\":\"header\",\"type\":\"map\"},"
             "\"host\":{\"allow_dash\":true,\"sink\":\"argv\",\"target\":true,\"type\":\"string\"},"
             "\"labels\":{\"default\":[\"a\",\"b\"],\"sink\":\"text\",\"type\":\"strings\"},"
             "\"late\":{\"least\":-2,\"type\":\"integer\"},"
             "\"ok\":{\"default\":[\"200-204\",\"302\"],\"template\":false,\"type\":\"ranges\"},"
             "\"open\":{\"default\":\"true\",\"type\":\"boolean\"},"
             "\"password\":{\"secret\":true,\"sink\":\"text\",\"type\":\"string\"},"
             "\"queue\":{\"aliases\":[\"to\",\"box\"],\"choices\":[\"soc\",\"ops\"],\"required\":true,\"template\":false,\"type\":"
             "\"string\"},"
             "\"size\":{\"default\":\"3\",\"least\":1,\"most\":5,\"type\":\"integer\"},"
             "\"title\":{\"default\":\"{{rule}}\",\"description\":\"One line.\",\"sink\":\"markdown\",\"type\":\"string\"},"
             "\"token\":{\"secret\":true,\"sink\":\"text\",\"type\":\"secret\"},"
             "\"wait\":{\"default\":\"5s\",\"least\":\"0ms\",\"most\":\"60000ms\",\"type\":\"duration\"}}");
    free(one);
    free(sorted);
    json_decref(all);
    fir_buf_dispose(&out);
    fir_catalog_unref(c);
    ck_assert_int_eq(fir_catalog_to_json(fir__catalog_builtin(), &out, NULL), 0);
    fir_buf_dispose(&out);
    ck_assert_int_eq(fir_catalog_to_json(NULL, &out, NULL), FIR_EINVAL);
}
END_TEST

static int make_add_write(void *ctx, const fir_allocator *a)
{
    (void)ctx;
    fir_catalog *c = NULL;
    fir_buf out = {0};
    fir_error err = {0};
    int status = fir__catalog_new(a, &c, &err);
    if (status == 0) {
        status = fir_catalog_add(c, ticket, sizeof ticket - 1, &err);
    }
    if (status == 0) {
        status = fir_catalog_to_json(c, &out, &err);
    }
    ck_assert_int_eq(err.code, status);
    fir_buf_dispose(&out);
    fir_catalog_unref(c);
    return status;
}

START_TEST(memory_may_run_out_anywhere)
{
    ck_assert_int_gt(fir_test_sweep("catalog", make_add_write, NULL), 20);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("catalog");
    TCase *t = tcase_create("catalog");
    tcase_add_test(t, every_row_is_sane);
    tcase_add_test(t, talons_names_are_known);
    tcase_add_test(t, names_are_found_and_suggested);
    tcase_add_test(t, values_are_judged_by_type);
    tcase_add_test(t, a_host_adds_a_type);
    tcase_add_test(t, it_is_closed_once_used);
    tcase_add_test(t, schemas_are_refused_with_their_place);
    tcase_add_test(t, types_are_written_as_canonical_json);
    tcase_add_test(t, memory_may_run_out_anywhere);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
