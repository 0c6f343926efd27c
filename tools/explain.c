/* SPDX-License-Identifier: Apache-2.0 */
/* `explain`: why each rule matches an alert or does not, as the library found it. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input.h"
#include "load.h"
#include "show.h"

enum { MOST_NAME = 256, DIGITS = 15 /* of a number with a fraction */ };

typedef struct explanation {
    const arguments *a;
    const fir_playbook *playbook;
    fir_evaluator *x;
    bool colour;
    uint64_t alerts, matched;
} explanation;

static bool is_wanted(const arguments *a, const char *rule)
{
    bool some = false;
    for (size_t i = 0; i < a->n_options; i++) {
        if (strcmp(a->options[i].spec->name, "rule") == 0) {
            some = true;
            if (strcmp(a->options[i].value, rule) == 0) {
                return true;
            }
        }
    }
    return !some;
}

/* ---- for people ---- */

/* The verdict as a sign, at its depth. */
static void put_mark(const explanation *k, int depth, const char *verdict)
{
    static const struct {
        const char *verdict, *mark, *paint;
    } marks[] = {{"true", "+", "\x1b[32m"}, {"false", "-", "\x1b[31m"}, {"undecided", "?", "\x1b[33m"}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (strcmp(verdict, marks[i].verdict) == 0) {
            printf("%*s%s%s%s ", 2 * depth, "", k->colour ? marks[i].paint : "", marks[i].mark, k->colour ? "\x1b[0m" : "");
        }
    }
}

/* A value as JSON: what came from the alert stays in its quotes, escaped. */
static void put_shown(const json_t *o)
{
    if (json_is_true(json_object_get(o, "absent"))) {
        printf("absent");
        return;
    }
    char *s = json_dumps(json_object_get(o, "value"), JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(DIGITS));
    put_text(stdout, s != NULL ? s : "");
    fputs(json_is_true(json_object_get(o, "cut")) ? "..." : "", stdout);
    free(s);
}

static void put_fields(const json_t *node)
{
    size_t i;
    const json_t *field, *made = json_object_get(node, "made");
    json_array_foreach(json_object_get(node, "fields"), i, field)
    {
        fputs(i == 0 ? "   [" : ", ", stdout);
        put_text(stdout, text_of(field, "field"));
        fputs(json_is_true(json_object_get(field, "absent")) ? " is " : " = ", stdout);
        put_shown(field);
    }
    if (json_is_true(json_object_get(node, "more_fields"))) {
        fputs(", ...", stdout);
    }
    if (made != NULL) {
        fputs("; makes ", stdout);
        put_shown(made);
    }
    putchar(']');
}

/* The names that the rule's text has in place of the part. */
static void put_names(const json_t *node)
{
    size_t i;
    const json_t *list, *lists = json_object_get(node, "lists");
    const char *macro = text_of(node, "macro");
    if (macro[0] != '\0') {
        fputs("   (macro ", stdout);
        put_text(stdout, macro);
        putchar(')');
    }
    json_array_foreach((json_t *)lists, i, list)
    {
        fputs(i != 0 ? ", " : json_array_size(lists) == 1 ? "   (list " : "   (lists ", stdout);
        put_text(stdout, json_string_value(list));
    }
    fputs(json_array_size(lists) != 0 ? ")" : "", stdout);
}

static void show_node(const explanation *k, const json_t *node, int depth)
{
    size_t i;
    const json_t *part, *parts = json_object_get(node, "nodes");
    put_mark(k, depth, text_of(node, "verdict"));
    if (parts == NULL) {
        put_text(stdout, text_of(node, "text"));
        fputs(json_is_true(json_object_get(node, "text_cut")) ? "..." : "", stdout);
        put_fields(node);
    } else {
        fputs(text_of(node, "kind"), stdout);
    }
    put_names(node);
    putchar('\n');
    json_array_foreach((json_t *)parts, i, part)
    {
        show_node(k, part, depth + 1);
    }
}

/* Gives whether it is part of what is done. */
static bool show_rule(const explanation *k, const json_t *rule)
{
    const char *behind = text_of(rule, "behind"), *verdict = text_of(rule, "verdict");
    const json_t *condition = json_object_get(rule, "condition");
    bool skipped = text_of(rule, "on_undecided")[0] != '\0';
    put_mark(k, 1, verdict);
    fputs("rule ", stdout);
    put_text(stdout, text_of(rule, "rule"));
    if (behind[0] != '\0') {
        fputs(", not looked at: rule ", stdout);
        put_text(stdout, behind);
        fputs(" matches before it and has continue: false", stdout);
    }
    fputs(skipped ? ", passed over: it is undecided and has on_undecided: skip\n" : "\n", stdout);
    if (condition != NULL) {
        show_node(k, condition, 2);
    } else {
        put_mark(k, 2, verdict);
        puts("match_all");
    }
    return behind[0] == '\0' && !skipped && strcmp(verdict, "false") != 0;
}

static void show_one(explanation *k, const json_t *all, uint64_t line)
{
    const json_t *event = json_object_get(all, "event"), *one;
    bool matched = false;
    size_t i;
    say("line %llu: %.*s %.*s", (unsigned long long)line, MOST_NAME, text_of(event, "priority"), MOST_NAME, text_of(event, "rule"));
    json_array_foreach(json_object_get(all, "rules"), i, one)
    {
        if (is_wanted(k->a, text_of(one, "rule"))) {
            matched = show_rule(k, one) || matched;
        }
    }
    json_array_foreach(json_object_get(all, "disabled"), i, one)
    {
        if (is_wanted(k->a, json_string_value(one))) {
            say("  - rule %s, not looked at: it has enabled: false", json_string_value(one));
        }
    }
    k->matched += matched;
}

/* ---- for scripts ---- */

/* The end of a JSON object or array that begins at s. */
static const char *end_of(const char *s)
{
    size_t depth = 0;
    do {
        if (*s == '"') {
            for (s++; *s != '"'; s++) {
                s += *s == '\\';
            }
        }
        depth += *s == '{' || *s == '[';
        depth -= *s == '}' || *s == ']';
        s++;
    } while (depth != 0);
    return s;
}

/* The rules that are wanted, byte for byte as the library wrote them. */
static const char *put_rules(const explanation *k, const json_t *rules, const char *s)
{
    const char *between = "";
    size_t i;
    const json_t *rule;
    json_array_foreach((json_t *)rules, i, rule)
    {
        const char *end = end_of(s);
        if (is_wanted(k->a, text_of(rule, "rule"))) {
            printf("%s%.*s", between, (int)(end - s), s);
            between = ",";
        }
        s = end + (*end == ',');
    }
    return s;
}

static void put_json(const explanation *k, const json_t *all, const fir_buf *json, uint64_t line)
{
    static const char key[] = "\"rules\":["; /* inside a text the quotes would be escaped */
    const char *rules = strstr(json->ptr, key) + strlen(key), *end;
    printf("{\"line\":%llu,%.*s", (unsigned long long)line, (int)(rules - json->ptr - 1), json->ptr + 1);
    end = put_rules(k, json_object_get(all, "rules"), rules);
    printf("%s\n", end);
}

/* ---- all ---- */

static int explain_all(explanation *k, input *in)
{
    while (input_next(in)) {
        fir_buf json;
        fir_error e;
        if (fir_explain(k->x, k->playbook, input_event(in), &json, &e) != 0) {
            return impossible(k->a, "line %llu: %s", (unsigned long long)input_line(in), e.message);
        }
        json_t *all = json_loadb(json.ptr, json.len, JSON_ALLOW_NUL, NULL);
        k->alerts++;
        if (given(k->a, "json")) {
            put_json(k, all, &json, input_line(in));
        } else {
            show_one(k, all, input_line(in));
        }
        json_decref(all);
        fir_buf_dispose(&json);
    }
    if (!given(k->a, "json")) {
        printf("%llu of %llu alerts match %s\n", (unsigned long long)k->matched, (unsigned long long)k->alerts,
               given(k->a, "rule") ? "one of these rules" : "a rule");
    }
    return EXIT_FINE;
}

/* A name that no rule has would give an empty answer that looks like a good one. An empty alert knows all names. */
static int check_names(const explanation *k)
{
    static const char empty[] = "{\"rule\":\"x\"}";
    fir_event *event;
    fir_error e;
    fir_buf json;
    if (fir_event_new(NULL, &event, &e) != 0) {
        return impossible(k->a, "%s", e.message);
    }
    int code = fir_event_parse(event, empty, strlen(empty), NULL, &e);
    code = code != 0 ? code : fir_explain(k->x, k->playbook, event, &json, &e);
    fir_event_free(event);
    if (code != 0) {
        return impossible(k->a, "%s", e.message);
    }
    json_t *all = json_loadb(json.ptr, json.len, JSON_ALLOW_NUL, NULL), *names = json_object();
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(all, "rules"), i, one)
    {
        json_object_set_new(names, text_of(one, "rule"), json_true());
    }
    json_array_foreach(json_object_get(all, "disabled"), i, one)
    {
        json_object_set_new(names, json_string_value(one), json_true());
    }
    for (i = 0; i < k->a->n_options && code == 0; i++) {
        const char *value = k->a->options[i].value;
        if (strcmp(k->a->options[i].spec->name, "rule") == 0 && json_object_get(names, value) == NULL) {
            code = usage_error(k->a, "the playbook has no rule '%s'", value);
        }
    }
    json_decref(names);
    json_decref(all);
    fir_buf_dispose(&json);
    return code;
}

int run_explain(const arguments *a)
{
    loaded l;
    explanation k = {.a = a, .colour = isatty(STDOUT_FILENO) != 0};
    fir_error e;
    input *in = NULL;
    if (a->n_operands > 1) {
        return usage_error(a, "wants at most one file of alerts");
    }
    int code = load_playbooks(a, &l);
    if (code != 0) {
        return code;
    }
    k.playbook = l.playbook;
    code = fir_evaluator_new(NULL, &k.x, &e) != 0 ? impossible(a, "%s", e.message) : 0;
    code = code == 0 && given(a, "rule") ? check_names(&k) : code;
    code = code == 0 ? input_open(a, 0, &in) : code;
    if (code == 0) {
        code = input_close(in, explain_all(&k, in));
    }
    fir_evaluator_free(k.x);
    unload(&l);
    return code;
}
