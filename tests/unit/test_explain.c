/* SPDX-License-Identifier: Apache-2.0 */
/* fir_explain: its verdicts are those of running every rule, its trees add up, and its texts are exactly these. */
#include <check.h>
#include <falcoir/falcoir.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/program.h"
#include "json/canonical.h"
#include "match/evaluator.h"
#include "support/corpus.h"
#include "support/strange.h"
#include "support/suite.h"

enum { ROUNDS = 100, ALERTS = 10 };

#define ACTION "  actions: [{action: x, use: local:file, parameters: {path: /var/log/x, line: x}}]\n"

static fir_evaluator *evaluator;

static fir_playbook *compile(const char *yaml, size_t n, uint32_t regex_steps)
{
    fir_compiler_options o = {.size = sizeof o, .regex_steps = regex_steps};
    fir_compiler *k;
    fir_playbook *p = NULL;
    fir_error e;
    ck_assert_int_eq(fir_compiler_new(NULL, &o, &k, &e), 0);
    ck_assert_int_eq(fir_compiler_add(k, "explain.yaml", yaml, n, &e), 0);
    ck_assert_msg(fir_compiler_build(k, &p, &e) == 0, "%s\n%s", e.message, yaml);
    fir_compiler_free(k);
    return p;
}

static char *explain(const fir_playbook *p, const fir_event *e)
{
    fir_buf b;
    fir_error err;
    ck_assert_msg(fir_explain(evaluator, p, e, &b, &err) == 0, "%s", err.message);
    ck_assert_uint_eq(strlen(b.ptr), b.len);
    char *text = strdup(b.ptr);
    fir_buf_dispose(&b);
    return text;
}

/* ---- against a run ---- */

typedef struct tally {
    size_t alerts, rules, verdicts[3], behind, skipped, nodes, compiled;
} tally;

static int verdict_of(const json_t *o)
{
    static const char *const names[] = {"false", "true", "undecided"};
    const char *name = json_string_value(json_object_get(o, "verdict"));
    for (int i = 0; i < 3; i++) {
        if (name != NULL && strcmp(name, names[i]) == 0) {
            return i;
        }
    }
    ck_abort_msg("no verdict");
}

static int opposite(int verdict)
{
    return verdict == FIR_UNDECIDED ? verdict : !verdict;
}

static bool is_kind(const json_t *node, const char *kind)
{
    return strcmp(json_string_value(json_object_get(node, "kind")), kind) == 0;
}

/* What three-valued logic makes of the parts. */
static int combined(const json_t *node)
{
    size_t i;
    const json_t *part;
    bool undecided = false;
    int decisive = is_kind(node, "and") ? FIR_FALSE : FIR_TRUE;
    json_array_foreach(json_object_get(node, "nodes"), i, part)
    {
        int v = verdict_of(part);
        if (is_kind(node, "not")) {
            return opposite(v);
        }
        if (v == decisive) {
            return v;
        }
        undecided |= v == FIR_UNDECIDED;
    }
    return undecided ? FIR_UNDECIDED : !decisive;
}

static void check_tree(tally *t, const json_t *node, const fir__branch *branch, const fir__program *p)
{
    t->nodes++;
    if (is_kind(node, "check")) {
        const fir__predicate *q = &p->predicates[branch->predicate];
        ck_assert_int_eq(branch->kind, FIR__BRANCH_PREDICATE);
        ck_assert_int_eq(verdict_of(node), fir__predicate_run(q, &evaluator->frame, evaluator->scratch));
        ck_assert_ptr_nonnull(json_object_get(node, "fields"));
        return;
    }
    const json_t *parts = json_object_get(node, "nodes"), *part;
    size_t i;
    ck_assert_uint_eq(json_array_size(parts), branch->n_children);
    ck_assert_int_eq(verdict_of(node), combined(node));
    json_array_foreach((json_t *)parts, i, part)
    {
        check_tree(t, part, &branch->children[i], p);
    }
}

/* The text of a part is a condition with the part's verdict. */
static void check_text(tally *t, const json_t *node, const fir_event *e, uint32_t regex_steps)
{
    const char *text = json_string_value(json_object_get(node, "text"));
    fir_condition_options o = {.size = sizeof o, .regex_steps = regex_steps};
    fir_condition *c;
    int32_t verdict;
    fir_error err;
    if (json_object_get(node, "text_cut") != NULL || strstr(text, "\\u") != NULL) {
        return;
    }
    ck_assert_msg(fir_condition_compile(text, strlen(text), &o, &c, &err) == 0, "%s: %s", text, err.message);
    ck_assert_int_eq(fir_condition_eval(c, evaluator, e, &verdict, NULL), 0);
    ck_assert_msg(verdict == verdict_of(node), "%s", text);
    fir_condition_free(c);
    t->compiled++;
}

static void check_rule(tally *t, const json_t *o, const fir__rule *r, const char **behind)
{
    int verdict = verdict_of(o);
    const json_t *tree = json_object_get(o, "condition");
    ck_assert_str_eq(json_string_value(json_object_get(o, "rule")), r->name.ptr);
    int run = r->condition == NULL ? FIR_TRUE : fir__program_run(r->condition, &evaluator->frame, evaluator->scratch);
    ck_assert_int_eq(verdict, run);
    ck_assert((tree == NULL) == (r->condition == NULL));
    if (tree != NULL) {
        ck_assert_int_eq(verdict, verdict_of(tree));
        check_tree(t, tree, &r->condition->root, r->condition);
    }
    const char *said = json_string_value(json_object_get(o, "behind"));
    ck_assert((said == NULL) == (*behind == NULL) && (said == NULL || strcmp(said, *behind) == 0));
    bool candidate = json_is_true(json_object_get(o, "candidate"));
    ck_assert(candidate || verdict == FIR_FALSE);
    t->rules++;
    t->verdicts[verdict]++;
    t->skipped += !candidate;
    t->behind += said != NULL;
    if (*behind == NULL && verdict == FIR_TRUE && !r->goes_on) {
        *behind = r->name.ptr;
    }
}

/* The rules that are not false and not behind another are the hits, in their order. */
static void check_hits(const json_t *rules, const fir_playbook *p, const fir_event *e)
{
    size_t i, n = 0;
    const json_t *o;
    ck_assert_int_eq(fir__match_plainly(evaluator, p, e), 0);
    json_array_foreach((json_t *)rules, i, o)
    {
        int verdict = verdict_of(o);
        if (verdict != FIR_FALSE && json_object_get(o, "behind") == NULL) {
            ck_assert_uint_lt(n, evaluator->n_hits);
            ck_assert_ptr_eq(evaluator->hits[n].rule, &p->rules[i]);
            ck_assert(evaluator->hits[n++].undecided == (verdict == FIR_UNDECIDED));
        }
    }
    ck_assert_uint_eq(n, evaluator->n_hits);
}

static void check_canonical(const char *text)
{
    fir_allocator a;
    fir__sbuf b;
    ck_assert(fir__allocator_copy(NULL, &a));
    fir__sbuf_init(&b, &a, SIZE_MAX / 2);
    ck_assert_int_eq(fir__json_canonical(&b, fir__cstr(text), FIR__NUMBERS_AS_THEY_CAME, NULL), 0);
    ck_assert(fir__str_eq(fir__sbuf_view(&b), fir__cstr(text)));
    fir__sbuf_free(&b);
}

static void check_one(tally *t, const fir_playbook *p, const fir_event *e)
{
    char *text = explain(p, e);
    json_error_t je;
    json_t *all = json_loads(text, JSON_ALLOW_NUL, &je);
    ck_assert_msg(all != NULL, "%s: %.300s", je.text, text + (je.position > 100 ? je.position - 100 : 0));
    const json_t *rules = json_object_get(all, "rules");
    const char *behind = NULL;
    ck_assert_uint_eq(json_array_size(rules), p->n_rules);
    check_canonical(text);
    check_hits(rules, p, e); /* leaves the alert's frame */
    for (uint32_t i = 0; i < p->n_rules; i++) {
        check_rule(t, json_array_get(rules, i), &p->rules[i], &behind);
    }
    t->alerts++;
    free(text);
    json_decref(all);
}

static void check_all(tally *t, const fir_playbook *p, const fir_test_events *events)
{
    for (size_t i = 0; i < events->n; i++) {
        check_one(t, p, events->items[i]);
    }
}

static void say(const char *what, const tally *t)
{
    printf("%s: %zu alerts, %zu rules (%zu false, %zu true, %zu undecided), %zu behind, %zu skipped, %zu nodes\n", what, t->alerts,
           t->rules, t->verdicts[0], t->verdicts[1], t->verdicts[2], t->behind, t->skipped, t->nodes);
}

START_TEST(strange_rules)
{
    tally t = {0};
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        fir_test_random r = {.state = round * 7919};
        fir_test_events events = {NULL, 0};
        size_t n;
        char *yaml = fir_test_strange_playbook(&r, 1 + fir_test_below(&r, 40), true, false, &n);
        fir_playbook *p = compile(yaml, n, fir_test_below(&r, 2) == 0 ? 4 : 2000);
        for (int i = 0; i < ALERTS; i++) {
            size_t len;
            char *alert = fir_test_strange_alert(&r, &len);
            ck_assert_uint_eq(fir_test_events_add(&events, alert, len), 1);
            free(alert);
        }
        check_all(&t, p, &events);
        fir_playbook_unref(p);
        fir_test_events_free(&events);
        free(yaml);
    }
    say("strange", &t);
    ck_assert_uint_gt(t.verdicts[FIR_UNDECIDED], 5);
    ck_assert_uint_gt(t.verdicts[FIR_TRUE], 1000);
    ck_assert_uint_gt(t.behind, 100);
    ck_assert_uint_gt(t.skipped, 1000);
}
END_TEST

START_TEST(rules_of_the_benches)
{
    tally t = {0};
    fir_test_random r = {.state = 11};
    fir_test_events events = {NULL, 0};
    for (int i = 0; i < 20; i++) {
        size_t len;
        char *alert = fir_test_alert(&r, &len);
        ck_assert_uint_eq(fir_test_events_add(&events, alert, len), 1);
        free(alert);
    }
    ck_assert_uint_gt(fir_test_events_add_folder(&events, FIR_TEST_DIR "/../examples/alerts"), 10);
    for (int mix = 0; mix < 2; mix++) {
        size_t n;
        char *yaml = fir_test_playbook((fir_test_mix)mix, 300, &n);
        fir_playbook *p = compile(yaml, n, 0);
        check_all(&t, p, &events);
        fir_playbook_unref(p);
        free(yaml);
    }
    say("benches", &t);
    ck_assert_uint_gt(t.verdicts[FIR_TRUE], 10);
    fir_test_events_free(&events);
}
END_TEST

static void check_texts(tally *t, const json_t *node, const fir_event *e)
{
    size_t i;
    const json_t *part;
    check_text(t, node, e, 0);
    json_array_foreach(json_object_get(node, "nodes"), i, part)
    {
        check_texts(t, part, e);
    }
}

START_TEST(texts_read_back)
{
    tally t = {0};
    fir_test_random r = {.state = 5};
    for (int round = 0; round < 200; round++) {
        char yaml[40000];
        fir_test_events events = {NULL, 0};
        size_t len;
        char *condition = fir_test_condition(&r, 3), *alert = fir_test_alert(&r, &len);
        int n = snprintf(yaml, sizeof yaml, "- rule: r\n  condition: >\n    %s\n" ACTION, condition);
        ck_assert(n > 0 && (size_t)n < sizeof yaml);
        fir_playbook *p = compile(yaml, (size_t)n, 0);
        ck_assert_uint_eq(fir_test_events_add(&events, alert, len), 1);
        char *text = explain(p, events.items[0]);
        json_t *all = json_loads(text, 0, NULL);
        check_texts(&t, json_object_get(json_array_get(json_object_get(all, "rules"), 0), "condition"), events.items[0]);
        json_decref(all);
        fir_playbook_unref(p);
        fir_test_events_free(&events);
        free(text);
        free(condition);
        free(alert);
    }
    ck_assert_uint_gt(t.compiled, 1000);
}
END_TEST

/* ---- exactly ---- */

static const char head[] = "{\"rule\":\"R\",\"priority\":\"Warning\",\"time\":\"2026-07-14T09:21:33Z\",\"tags\":[\"a\",\"b\"],"
                           "\"output_fields\":{";

/* The rules of the explanation of one alert with these fields. free(). */
static char *rules_of(const char *yaml, const char *fields)
{
    char *alert;
    fir_test_events events = {NULL, 0};
    ck_assert_int_gt(asprintf(&alert, "%s%s}}", head, fields), 0);
    ck_assert_msg(fir_test_events_add(&events, alert, strlen(alert)) == 1, "%s", alert);
    fir_playbook *p = compile(yaml, strlen(yaml), 0);
    char *text = explain(p, events.items[0]), *start = strstr(text, "\"rules\":"), *end = strrchr(text, ']');
    ck_assert(start != NULL && end != NULL && strcmp(end, "],\"v\":1}") == 0);
    end[1] = '\0';
    char *rules = strdup(start + strlen("\"rules\":"));
    free(text);
    free(alert);
    fir_playbook_unref(p);
    fir_test_events_free(&events);
    return rules;
}

static void exactly(const char *yaml, const char *fields, const char *want)
{
    char *got = rules_of(yaml, fields);
    ck_assert_str_eq(got, want);
    free(got);
}

static void condition(const char *text, const char *fields, const char *want)
{
    char *yaml, *rules;
    ck_assert_int_gt(asprintf(&yaml, "- rule: r\n  condition: '%s'\n" ACTION, text), 0);
    char *got = rules_of(yaml, fields), *start = strstr(got, "\"condition\":");
    ck_assert_ptr_nonnull(start);
    rules = strstr(start, ",\"rule\":\"r\"");
    ck_assert_ptr_nonnull(rules);
    *rules = '\0';
    ck_assert_str_eq(start + strlen("\"condition\":"), want);
    free(got);
    free(yaml);
}

#define CHECK(fields, text, verdict)                                                                                               \
    "{\"fields\":[" fields "],\"kind\":\"check\",\"text\":\"" text "\",\"verdict\":\"" verdict "\"}"
#define FIELD(name, value) "{\"field\":\"" name "\",\"value\":" value "}"
#define ABSENT(name) "{\"absent\":true,\"field\":\"" name "\"}"

START_TEST(values)
{
    condition("proc.name = sh", "\"proc.name\":\"sh\"", CHECK(FIELD("proc.name", "\"sh\""), "proc.name = sh", "true"));
    condition("proc.name = sh", "\"proc.name\":null", CHECK(FIELD("proc.name", "null"), "proc.name = sh", "false"));
    condition("proc.name = sh", "", CHECK(ABSENT("proc.name"), "proc.name = sh", "false"));
    condition("proc.name exists", "\"proc.name\":\"\\u001b\\n\"",
              CHECK(FIELD("proc.name", "\"\\u001b\\n\""), "proc.name exists", "true"));
    condition("x.y = 18446744073709551615", "\"x.y\":18446744073709551615",
              CHECK(FIELD("x.y", "\"18446744073709551615\""), "x.y = 18446744073709551615", "true"));
    condition("x.y exists", "\"x.y\":[1.50,-7,1e3,1e999,123456789012345678901,true]",
              CHECK(FIELD("x.y", "[1.50,-7,1e3,\"1e999\",\"123456789012345678901\",true]"), "x.y exists", "true"));
    condition("x.y exists", "\"x.y\": {\"b\" : 1, \"a\":[true , null]}",
              CHECK(FIELD("x.y", "\"{\\\"b\\\" : 1, \\\"a\\\":[true , null]}\""), "x.y exists", "true"));
    condition("x.y exists", "\"x.y\":[1,\"b\",null,{\"c\" :1}]",
              CHECK(FIELD("x.y", "[1,\"b\",null,\"{\\\"c\\\" :1}\"]"), "x.y exists", "true"));
    condition("tags intersects (b, c)", "", CHECK(FIELD("tags", "[\"a\",\"b\"]"), "tags intersects (b, c)", "true"));
    condition("time > 1", "", CHECK(FIELD("time", "\"2026-07-14T09:21:33Z\""), "time > 1", "true"));
    condition("priority >= Error", "", CHECK(FIELD("priority", "\"Warning\""), "priority >= Error", "false"));
    condition("proc.name = val(proc.pname)", "\"proc.name\":\"a\"",
              CHECK(FIELD("proc.name", "\"a\"") "," ABSENT("proc.pname"), "proc.name = val(proc.pname)", "false"));
    condition("fd.ip = 10.0.0.1", "\"fd.sip\":\"10.0.0.1\",\"fd.cip\":\"10.0.0.2\"",
              CHECK(FIELD("fd.cip", "\"10.0.0.2\"") "," FIELD("fd.sip", "\"10.0.0.1\""), "fd.ip = 10.0.0.1", "true"));
    condition("fd.ip = 10.0.0.1", "", CHECK(ABSENT("fd.ip"), "fd.ip = 10.0.0.1", "false"));
    condition("toupper(proc.name) = SH", "\"proc.name\":\"sh\"",
              "{\"fields\":[" FIELD("proc.name",
                                    "\"sh\"") "],\"kind\":\"check\",\"made\":{\"value\":\"SH\"},\"text\":\"toupper(proc.name) "
                                              "= SH\",\"verdict\":\"true\"}");
    condition("toupper(proc.name) = SH", "",
              "{\"fields\":[" ABSENT("proc.name") "],\"kind\":\"check\",\"made\":{\"absent\":true},\"text\":\"toupper(proc.name) = "
                                                  "SH\",\"verdict\":\"false\"}");
}
END_TEST

START_TEST(parts_that_a_run_does_not_reach)
{
    condition("proc.name = a and not (proc.name = b or user.uid = 0)", "\"proc.name\":\"b\",\"user.uid\":0",
              "{\"kind\":\"and\",\"nodes\":[" CHECK(
                  FIELD("proc.name", "\"b\""), "proc.name = a",
                  "false") ",{\"kind\":\"not\",\"nodes\":[{"
                           "\"kind\":\"or\",\"nodes\":[" CHECK(FIELD("proc.name", "\"b\""), "proc.name = b", "true") "," CHECK(
                               FIELD("user.uid", "0"), "user.uid = 0",
                               "true") "],\"text\":\"proc.name = b or user.uid = 0\",\"verdict\":\"true\"}],\"text\":\"not "
                                       "(proc.name = b or "
                                       "user.uid = 0)\",\"verdict\":\"false\"}],\"text\":\"proc.name = a and not (proc.name = b or "
                                       "user.uid = "
                                       "0)\",\"verdict\":\"false\"}");
}
END_TEST

START_TEST(undecided_parts)
{
    static const char yaml[] =
        "- rule: r\n  condition: >\n    (proc.name regex \"(a|aa)*b\" and proc.name exists) or not proc.name regex "
        "\"(a|aa)*c\"\n  continue: false\n" ACTION "- rule: s\n  match_all: true\n" ACTION;
    static const char alert[] = "{\"rule\":\"R\",\"output_fields\":{\"proc.name\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabcd\"}}";
    fir_test_events events = {NULL, 0};
    tally t = {0};
    ck_assert_uint_eq(fir_test_events_add(&events, alert, strlen(alert)), 1);
    fir_playbook *p = compile(yaml, strlen(yaml), 10);
    char *text = explain(p, events.items[0]);
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, "\"verdict\":\"undecided\"")) != NULL; at++) {
        n++;
    }
    ck_assert_msg(n == 6, "%zu: %s", n, text); /* two checks, and, not, or, the rule; it ends nothing */
    ck_assert_ptr_null(strstr(text, "behind"));
    check_one(&t, p, events.items[0]);
    ck_assert_uint_eq(t.verdicts[FIR_UNDECIDED], 1);
    free(text);
    fir_playbook_unref(p);
    fir_test_events_free(&events);
}
END_TEST

START_TEST(rules_behind_another)
{
    exactly("- rule: first\n  match_all: true\n  continue: false\n" ACTION
            "- rule: second\n  match_all: true\n  continue: false\n" ACTION "- rule: third\n  condition: rule = X\n" ACTION,
            "",
            "[{\"candidate\":true,\"rule\":\"first\",\"verdict\":\"true\"},{\"behind\":\"first\",\"candidate\":true,\"rule\":"
            "\"second\","
            "\"verdict\":\"true\"},{\"behind\":\"first\",\"candidate\":false,\"condition\":" CHECK(
                FIELD("rule", "\"R\""), "rule = X", "false") ",\"rule\":\"third\","
                                                             "\"verdict\":\"false\"}]");
}
END_TEST

START_TEST(the_whole)
{
    static const char yaml[] = "- rule: r\n  match_all: true\n" ACTION;
    fir_test_events events = {NULL, 0};
    static const char alert[] = "{\"rule\":\"R\",\"priority\":\"warning\",\"source\":\"syscall\"}";
    ck_assert_uint_eq(fir_test_events_add(&events, alert, strlen(alert)), 1);
    fir_playbook *p = compile(yaml, strlen(yaml), 0);
    fir_plan *pl;
    fir_buf plan;
    ck_assert_int_eq(fir_evaluate(evaluator, p, events.items[0], 0, &pl, NULL), 0);
    ck_assert_int_eq(fir_plan_to_json(pl, &plan, NULL), 0);
    char *text = explain(p, events.items[0]), want[1000];
    const char *end = strstr(plan.ptr, ",\"rules\":"); /* event and playbook are as in the plan */
    (void)snprintf(want, sizeof want, "%.*s,\"rules\":[{\"candidate\":true,\"rule\":\"r\",\"verdict\":\"true\"}],\"v\":1}",
                   (int)(end - plan.ptr), plan.ptr);
    ck_assert_str_eq(text, want);
    free(text);
    fir_buf_dispose(&plan);
    fir_plan_free(pl);
    fir_playbook_unref(p);
    fir_test_events_free(&events);
}
END_TEST

#define NAMES                                                                                                                      \
    "- list: shells\n  items: [bash, sh]\n- list: more\n  items: [zsh]\n"                                                          \
    "- macro: shell\n  condition: proc.name in (shells, ash, more)\n- macro: root\n  condition: user.uid = 0\n"                    \
    "- macro: both\n  condition: shell and not root\n"

START_TEST(names_of_macros_and_lists)
{
    exactly(
        NAMES "- rule: r\n  condition: both or root\n" ACTION, "\"proc.name\":\"sh\",\"user.uid\":0",
        "[{\"candidate\":true,\"condition\":{\"kind\":\"or\",\"nodes\":["
        "{\"kind\":\"and\",\"macro\":\"both\",\"nodes\":["
        "{\"fields\":[" FIELD(
            "proc.name",
            "\"sh\"") "],\"kind\":\"check\",\"lists\":[\"shells\",\"more\"],\"macro\":\"shell\","
                      "\"text\":\"proc.name in (\\\"bash\\\", \\\"sh\\\", ash, \\\"zsh\\\")\",\"verdict\":\"true\"},"
                      "{\"kind\":\"not\",\"nodes\":[{\"fields\":[" FIELD(
                          "user.uid",
                          "0") "],\"kind\":\"check\",\"macro\":\"root\","
                               "\"text\":\"user.uid = 0\",\"verdict\":\"true\"}],\"text\":\"not user.uid = "
                               "0\",\"verdict\":\"false\"}],"
                               "\"text\":\"proc.name in (\\\"bash\\\", \\\"sh\\\", ash, \\\"zsh\\\") and not user.uid = "
                               "0\",\"verdict\":\"false\"},"
                               "{\"fields\":[" FIELD(
                                   "user.uid",
                                   "0") "],\"kind\":\"check\",\"macro\":\"root\",\"text\":\"user.uid = 0\",\"verdict\":\"true\"}],"
                                        "\"text\":\"proc.name in (\\\"bash\\\", \\\"sh\\\", ash, \\\"zsh\\\") and not user.uid = 0 "
                                        "or user.uid "
                                        "= "
                                        "0\",\"verdict\":\"true\"},"
                                        "\"rule\":\"r\",\"verdict\":\"true\"}]");
    /* The same check with and without a name is one predicate and two parts. */
    exactly(NAMES "- rule: r\n  condition: root and user.uid = 0\n" ACTION, "",
            "[{\"candidate\":false,\"condition\":{\"kind\":\"and\",\"nodes\":["
            "{\"fields\":[" ABSENT("user.uid") "],\"kind\":\"check\",\"macro\":\"root\",\"text\":\"user.uid = "
                                               "0\",\"verdict\":\"false\"}," CHECK(
                                                   ABSENT("user.uid"), "user.uid = 0",
                                                   "false") "],\"text\":\"user.uid = 0 and user.uid = "
                                                            "0\",\"verdict\":\"false\"},\"rule\":\"r\",\"verdict\":\"false\"}]");
}
END_TEST

START_TEST(rules_that_are_switched_off)
{
    static const char start[] = "{\"disabled\":[\"b\",\"a\"],\"event\":{";
    static const char yaml[] = "- rule: b\n  enabled: false\n  match_all: true\n" ACTION "- rule: r\n  match_all: true\n" ACTION
                               "- rule: a\n  enabled: false\n  match_all: true\n" ACTION;
    fir_test_events events = {NULL, 0};
    ck_assert_uint_eq(fir_test_events_add(&events, "{\"rule\":\"R\"}", 12), 1);
    fir_playbook *p = compile(yaml, strlen(yaml), 0);
    char *text = explain(p, events.items[0]);
    ck_assert_msg(strncmp(text, start, strlen(start)) == 0, "%s", text);
    check_canonical(text);
    free(text);
    fir_playbook_unref(p);
    fir_test_events_free(&events);
}
END_TEST

START_TEST(undecided_rules_that_are_passed_over)
{
    static const char *const ways[] = {"skip", "ask", "act"};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        char yaml[500];
        fir_test_events events = {NULL, 0};
        static const char alert[] = "{\"rule\":\"R\",\"output_fields\":{\"proc.name\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabcd\"}}";
        (void)snprintf(yaml, sizeof yaml, "- rule: r\n  on_undecided: %s\n  condition: proc.name regex \"(a|aa)*b\"\n" ACTION,
                       ways[i]);
        ck_assert_uint_eq(fir_test_events_add(&events, alert, strlen(alert)), 1);
        fir_playbook *p = compile(yaml, strlen(yaml), 10);
        char *text = explain(p, events.items[0]);
        ck_assert_ptr_nonnull(strstr(text, "\"verdict\":\"undecided\"}],\"v\":1}"));
        ck_assert((strstr(text, "},\"on_undecided\":\"skip\",\"rule\":\"r\"") != NULL) == (i == 0));
        free(text);
        fir_playbook_unref(p);
        fir_test_events_free(&events);
    }
}
END_TEST

/* ---- bounds ---- */

static char *repeat(const char *first, const char *s, size_t n, const char *last)
{
    char *p = malloc(strlen(first) + n * strlen(s) + strlen(last) + 1), *at = stpcpy(p, first);
    for (size_t i = 0; i < n; i++) {
        at = stpcpy(at, s);
    }
    (void)strcpy(at, last);
    return p;
}

static void bounded(const char *value, const char *want)
{
    char *fields = repeat("\"proc.name\":", value, 1, ""), *expected;
    ck_assert_int_gt(
        asprintf(&expected, "{\"fields\":[{%s}],\"kind\":\"check\",\"text\":\"proc.name exists\",\"verdict\":\"true\"}", want), 0);
    condition("proc.name exists", fields, expected);
    free(fields);
    free(expected);
}

START_TEST(long_values)
{
    char *fits = repeat("\"", "x", 256, "\""), *longer = repeat("\"", "x", 257, "\""), *wide = repeat("\"x", "\xC3\xA9", 128, "\"");
    char *want = repeat("\"field\":\"proc.name\",\"value\":\"", "x", 256, "\"");
    char *cut = repeat("\"cut\":true,\"field\":\"proc.name\",\"value\":\"", "x", 256, "\"");
    char *cut_wide = repeat("\"cut\":true,\"field\":\"proc.name\",\"value\":\"x", "\xC3\xA9", 127, "\"");
    char *list = repeat("[1", ",1", 15, "]"), *longer_list = repeat("[1", ",1", 16, "]");
    char *want_list = repeat("\"field\":\"proc.name\",\"value\":[1", ",1", 15, "]");
    char *cut_list = repeat("\"cut\":true,\"field\":\"proc.name\",\"value\":[1", ",1", 15, "]");
    bounded(fits, want);
    bounded(longer, cut);
    bounded(wide, cut_wide);
    bounded(list, want_list);
    bounded(longer_list, cut_list);
    char *all[] = {fits, longer, wide, want, cut, cut_wide, list, longer_list, want_list, cut_list};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        free(all[i]);
    }
}
END_TEST

/* Rules as large as a playbook may hold, whose every part has a long text: what is written is bounded by the number of parts. */
START_TEST(large_conditions)
{
    char *in = repeat("proc.name in (a", ", bcdefgh", 5000, ")"), *deep = repeat("", "(proc.name = a or ", 200, "");
    char *closed = repeat("proc.name = b", ")", 200, ""), *whole, *wide = repeat("proc.name = a", " or proc.name = b", 5000, "");
    char *yaml;
    ck_assert_int_gt(asprintf(&whole, "%s%s", deep, closed), 0);
    ck_assert_int_gt(asprintf(&yaml,
                              "- rule: in\n  condition: %s\n" ACTION "- rule: deep\n  condition: %s\n" ACTION
                              "- rule: wide\n  condition: %s\n" ACTION,
                              in, whole, wide),
                     0);
    char *rules = rules_of(yaml, "\"proc.name\":\"z\"");
    json_t *all = json_loads(rules, 0, NULL);
    ck_assert_ptr_nonnull(all);
    const json_t *node = json_object_get(json_array_get(all, 0), "condition");
    ck_assert_uint_eq(json_string_length(json_object_get(node, "text")), 512);
    ck_assert(json_is_true(json_object_get(node, "text_cut")));
    node = json_object_get(json_array_get(all, 1), "condition");
    for (size_t level = 0; level < 200; level++) {
        ck_assert_uint_le(json_string_length(json_object_get(node, "text")), 512);
        ck_assert_str_eq(json_string_value(json_object_get(node, "verdict")), "false");
        node = json_array_get(json_object_get(node, "nodes"), 1);
    }
    ck_assert_str_eq(json_string_value(json_object_get(node, "text")), "proc.name = b");
    ck_assert_uint_eq(json_array_size(json_object_get(json_object_get(json_array_get(all, 2), "condition"), "nodes")), 5001);
    ck_assert_uint_lt(strlen(rules), 1000 * 1000);
    json_decref(all);
    free(rules);
    free(yaml);
    free(in);
    free(deep);
    free(closed);
    free(whole);
    free(wide);
}
END_TEST

START_TEST(many_fields)
{
    char *text = repeat("len((proc.name", ", proc.pname", 39, ")) > 1"), *fields = repeat("", "", 0, "\"proc.name\":\"a\"");
    char *yaml;
    ck_assert_int_gt(asprintf(&yaml, "- rule: r\n  condition: %s\n" ACTION, text), 0);
    char *rules = rules_of(yaml, fields);
    json_t *all = json_loads(rules, 0, NULL);
    const json_t *node = json_object_get(json_array_get(all, 0), "condition");
    ck_assert_uint_eq(json_array_size(json_object_get(node, "fields")), 32);
    ck_assert(json_is_true(json_object_get(node, "more_fields")));
    json_decref(all);
    free(rules);
    free(yaml);
    free(text);
    free(fields);
}
END_TEST

START_TEST(the_bound_of_the_whole)
{
    char *yaml = repeat("- rule: r\n  condition: proc.name = a", " or proc.name = b", 100, "\n" ACTION);
    fir_evaluator_options o = {.size = sizeof o, .max_plan_bytes = 2000};
    fir_evaluator *x;
    fir_test_events events = {NULL, 0};
    fir_error e;
    fir_buf b;
    ck_assert_int_eq(fir_evaluator_new(&o, &x, &e), 0);
    fir_playbook *p = compile(yaml, strlen(yaml), 0);
    static const char alert[] = "{\"rule\":\"R\"}";
    ck_assert_uint_eq(fir_test_events_add(&events, alert, strlen(alert)), 1);
    ck_assert_int_eq(fir_explain(x, p, events.items[0], &b, &e), FIR_ELIMIT);
    ck_assert_str_eq(e.message, "the explanation is larger than 8000 bytes, 4 times max_plan_bytes");
    ck_assert_ptr_null(b.ptr);
    fir_evaluator_free(x);
    fir_playbook_unref(p);
    fir_test_events_free(&events);
    free(yaml);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {strange_rules,
                                  rules_of_the_benches,
                                  texts_read_back,
                                  values,
                                  parts_that_a_run_does_not_reach,
                                  rules_behind_another,
                                  undecided_parts,
                                  the_whole,
                                  long_values,
                                  large_conditions,
                                  many_fields,
                                  the_bound_of_the_whole,
                                  names_of_macros_and_lists,
                                  rules_that_are_switched_off,
                                  undecided_rules_that_are_passed_over};
    Suite *s = suite_create("explain");
    TCase *c = tcase_create("all");
    fir_error e;
    if (fir_evaluator_new(NULL, &evaluator, &e) != 0) {
        return EXIT_FAILURE;
    }
    tcase_set_timeout(c, 300);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(c, tests[i]);
    }
    suite_add_tcase(s, c);
    int code = fir_test_run(s);
    fir_evaluator_free(evaluator);
    return code;
}
