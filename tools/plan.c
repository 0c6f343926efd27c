/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "load.h"
#include "show.h"
#include "stats.h"

/* An object's entries, one a line, as compact JSON: what came from the alert stays escaped. */
static void show_entries(const json_t *o, const char *label)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)o, key, value)
    {
        const json_t *plain = json_object_get(value, "v");
        char *s = json_dumps(plain != NULL ? plain : value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
        say("        %s%s: %s", label, key, s != NULL ? s : "");
        free(s);
    }
}

static void show_steps(const json_t *rule, const char *key, const char *label)
{
    size_t i;
    const json_t *step;
    json_array_foreach(json_object_get(rule, key), i, step)
    {
        const json_t *error = json_object_get(step, "error");
        say("    %s%s  %s  %s", label, text_of(step, "step"), text_of(step, "use"), text_of(step, "name"));
        if (error != NULL) {
            say("        refused: %s", text_of(error, "message"));
        }
        if (text_of(step, "when")[0] != '\0') {
            say("        when: %s", text_of(step, "when"));
        }
        show_entries(json_object_get(step, "target"), "target ");
        show_entries(json_object_get(step, "parameters"), "");
    }
}

static void show_plan(uint64_t line, const json_t *plan)
{
    const json_t *event = json_object_get(plan, "event"), *rule;
    size_t i;
    say("line %llu: %s %s", (unsigned long long)line, text_of(event, "priority"), text_of(event, "rule"));
    json_array_foreach(json_object_get(plan, "observed"), i, rule)
    {
        say("  feeds the sequence of rule %s", text_of(rule, "rule"));
    }
    json_array_foreach(json_object_get(plan, "rules"), i, rule)
    {
        say("  rule %s (urgency %s%s%s)", text_of(rule, "rule"), text_of(rule, "urgency"),
            json_is_true(json_object_get(rule, "dry_run")) ? ", dry run" : "",
            json_is_true(json_object_get(rule, "undecided")) ? ", undecided" : "");
        show_entries(json_object_get(rule, "gate"), "gate ");
        show_steps(rule, "steps", "");
        show_steps(rule, "on_failure", "on failure: ");
        show_steps(rule, "notify", "notify: ");
    }
}

/* The batch form of a plan: the line goes in front. */
static void put_json(uint64_t line, const fir_buf *plan)
{
    printf("{\"line\":%llu,", (unsigned long long)line);
    fwrite(plan->ptr + 1, 1, plan->len - 1, stdout);
    putchar('\n');
}

static int show_one(const arguments *a, const fir_plan *plan, uint64_t line, json_t *stats)
{
    fir_buf json;
    fir_error e;
    if (fir_plan_to_json(plan, &json, &e) != 0) {
        return impossible(a, "%s", e.message);
    }
    if (stats != NULL) {
        stats_add(stats, &json);
    } else if (given(a, "json")) {
        put_json(line, &json);
    } else {
        json_t *tree = json_loadb(json.ptr, json.len, JSON_ALLOW_NUL, NULL);
        show_plan(line, tree);
        json_decref(tree);
    }
    fir_buf_dispose(&json);
    return EXIT_FINE;
}

static int plan_all(const arguments *a, const fir_playbook *p, fir_evaluator *x, input *in, json_t *stats)
{
    uint64_t alerts = 0, planned = 0;
    int code = EXIT_FINE;
    while (code == EXIT_FINE && input_next(in)) {
        fir_plan *plan;
        fir_error e;
        alerts++;
        if (fir_evaluate(x, p, input_event(in), FIR_PLAN_TO_READ, &plan, &e) != 0) {
            code = impossible(a, "line %llu: %s", (unsigned long long)input_line(in), e.message);
        } else if (plan != NULL) {
            planned++;
            code = show_one(a, plan, input_line(in), stats);
        }
        fir_plan_free(plan);
    }
    if (stats != NULL) {
        stats_show(stats, given(a, "json"));
    }
    if (!given(a, "json")) {
        printf("%llu of %llu alerts have a plan\n", (unsigned long long)planned, (unsigned long long)alerts);
    }
    return code;
}

int run_plan(const arguments *a)
{
    loaded l;
    fir_evaluator *x = NULL;
    fir_error e;
    input *in = NULL;
    if (a->n_operands > 1) {
        return usage_error(a, "wants at most one file of alerts");
    }
    int code = load_playbooks(a, &l);
    if (code != 0) {
        return code;
    }
    code = fir_evaluator_new(NULL, &x, &e) != 0 ? impossible(a, "%s", e.message) : input_open(a, 0, &in);
    json_t *stats = code == 0 && given(a, "stats") ? stats_new(l.playbook) : NULL;
    if (code == 0) {
        code = input_close(in, plan_all(a, l.playbook, x, in, stats));
    }
    json_decref(stats);
    fir_evaluator_free(x);
    unload(&l);
    return code;
}
