/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <errno.h>
#include <string.h>

#include "show.h"

/* Where a rule has its steps: as the plan and as the playbook call them. */
static const struct {
    const char *planned, *written;
} phases[] = {{"steps", "actions"}, {"on_failure", "on_failure"}};

enum { N_PHASES = sizeof phases / sizeof phases[0] };

void report_begin(report *r)
{
    *r = (report){0, 0, json_array(), json_object()};
}

void report_end(report *r)
{
    json_decref(r->cases);
    json_decref(r->reached);
}

static void reach(report *r, const json_t *rule)
{
    const char *name = text_of(rule, "rule");
    json_t *steps = json_object_get(r->reached, name);
    if (steps == NULL) {
        json_object_set_new(r->reached, name, steps = json_object());
    }
    for (size_t p = 0; p < N_PHASES; p++) {
        size_t i;
        const json_t *step;
        json_array_foreach(json_object_get(rule, phases[p].planned), i, step)
        {
            json_object_set_new(steps, text_of(step, "step"), json_true());
        }
    }
}

void report_add(report *r, const json_t *test, json_t *wrongs, const json_t *plans)
{
    size_t i, k;
    const json_t *plan, *rule;
    bool failed = json_array_size(wrongs) != 0;
    r->failed += failed;
    r->passed += !failed;
    json_array_append_new(r->cases, json_pack("{s:s,s:s,s:I,s:O}", "name", text_of(test, "name"), "file", text_of(test, "file"),
                                              "line", json_integer_value(json_object_get(test, "line")), "wrongs", wrongs));
    json_array_foreach((json_t *)plans, i, plan)
    {
        json_array_foreach(json_object_get(plan, "rules"), k, rule)
        {
            reach(r, rule);
        }
    }
}

/* ---- coverage ---- */

typedef struct tally {
    size_t rules, all_rules, actions, all_actions;
} tally;

static void cover(const report *r, const json_t *rule, tally *t)
{
    const char *name = text_of(rule, "name");
    const json_t *steps = json_object_get(r->reached, name), *action;
    t->all_rules++;
    t->rules += steps != NULL;
    if (steps == NULL) {
        say("not reached: rule %s", name);
    }
    for (size_t p = 0; p < N_PHASES; p++) {
        size_t i;
        json_array_foreach(json_object_get(rule, phases[p].written), i, action)
        {
            bool reached = json_object_get(steps, text_of(action, "id")) != NULL;
            t->all_actions++;
            t->actions += reached;
            if (!reached && steps != NULL) {
                say("not reached: action %s of rule %s", text_of(action, "name"), name);
            }
        }
    }
}

void report_coverage(const report *r, const json_t *playbook)
{
    static const char *const kinds[] = {"rules", "outputs"};
    tally t = {0};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        size_t i;
        const json_t *rule;
        json_array_foreach(json_object_get(playbook, kinds[k]), i, rule)
        {
            cover(r, rule, &t);
        }
    }
    printf("tests reach %zu of %zu rules, %zu of %zu actions\n", t.rules, t.all_rules, t.actions, t.all_actions);
}

/* ---- JUnit ---- */

/* XML has no place for most control characters. */
static void put_xml(FILE *f, const char *s)
{
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '<' || c == '>' || c == '&' || c == '"' || c == '\n' || c == '\r' || c == '\t') {
            fprintf(f, "&#%d;", c);
        } else if (c < 0x20 || c == 0x7f) {
            fprintf(f, "\\x%02x", c);
        } else {
            fputc(c, f);
        }
    }
}

static void put_case(FILE *f, const json_t *one)
{
    size_t i;
    const json_t *wrong, *wrongs = json_object_get(one, "wrongs");
    fputs("  <testcase classname=\"", f);
    put_xml(f, text_of(one, "file"));
    fputs("\" name=\"", f);
    put_xml(f, text_of(one, "name"));
    fputs(json_array_size(wrongs) == 0 ? "\"/>\n" : "\">\n", f);
    json_array_foreach((json_t *)wrongs, i, wrong)
    {
        fputs("    <failure message=\"", f);
        put_xml(f, json_string_value(wrong));
        fputs("\"/>\n", f);
    }
    if (json_array_size(wrongs) != 0) {
        fputs("  </testcase>\n", f);
    }
}

int report_junit(const report *r, const arguments *a, const char *path)
{
    size_t i;
    const json_t *one;
    FILE *f = fopen(path, "w");
    if (f == NULL) {
        return impossible(a, "%s: %s", path, strerror(errno));
    }
    fprintf(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"falcoir\" tests=\"%zu\" failures=\"%zu\">\n",
            r->passed + r->failed, r->failed);
    json_array_foreach(r->cases, i, one)
    {
        put_case(f, one);
    }
    fputs("</testsuite>\n", f);
    bool bad = ferror(f) != 0;
    bad = fclose(f) != 0 || bad;
    return bad ? impossible(a, "%s: %s", path, strerror(errno)) : 0;
}
