/* SPDX-License-Identifier: Apache-2.0 */
/* Rules files of Falco Talon mean here what they mean there: whether they load, which rules match an alert, in which order. What
 * Talon itself said was recorded (oracle.jsonl); each deviation of ours stands below, or in the record, with its reason. */
#include <falcoir/falcoir.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/vectors.h"

/* Sets whose loading differs, and which the record does not mark. */
static const struct {
    const char *set;
    bool valid; /* what we say */
    const char *why;
} differences[] = {
    {"priority-comparator-without-level", false, "a comparator without a level would filter nothing"},
    {"yaml-merge-key", false, "merge keys are not supported"},
    {"yaml-rule-named-twice-in-one-file", false, "a name twice in one file is a mistake"},
    {"check-output-required", true, "kubernetes:download has no schema yet"},
    {"check-label-none", true, "kubernetes:label has no schema yet"},
    {"check-label-empty-map", true, "kubernetes:label has no schema yet"},
    {"check-cidr-wrong", true, "kubernetes:networkpolicy has no schema yet"},
    {"check-replicas-over-100-percent", true, "kubernetes:terminate has no schema yet"},
    {"check-sysdig-too-long", true, "kubernetes:sysdig has no schema yet"},
    {"check-log-negative-lines", true, "kubernetes:log has no schema yet"},
    {"check-exec-without-command", true, "kubernetes:exec has no schema yet"},
    {"check-script-and-file", true, "kubernetes:script has no schema yet"},
    {"check-script-neither", true, "kubernetes:script has no schema yet"},
    {"check-function-without-location", true, "gcp:function takes an address in place of name and location"},
};

/* Alerts whose matching differs, and which the record does not mark. */
static const struct {
    const char *set;
    const char *part; /* of the alert */
    const char *why;
} other_matches[] = {
    {"priority-ends-of-scale", "\"priority\":\"Info\"", "the level's other name is known here"},
    {"wire-forms", "\"rule\":\"x\",\"rule\"", "a key twice in an alert is an error"},
    {"wire-forms", "}{", "an event is one alert; two are read by fir_reader"},
    {"wire-forms", "} trailing", "an event is one alert and nothing else"},
    {"wire-forms", "{}", "no alert"},
    {"wire-forms", "null", "no alert"},
};

typedef struct run {
    fir_evaluator *evaluator;
    fir_event *event;
    size_t loads, alerts, left_out, failed;
} run;

static void failed(run *r, const char *name, const char *what, const char *detail)
{
    r->failed++;
    printf("%s: %s%s\n", name, what, detail);
}

static void add_file(fir_compiler *k, const json_t *line, size_t i, const json_t *text)
{
    fir_error err;
    char origin[1024];
    snprintf(origin, sizeof origin, "rules%zu.yaml", i + 1);
    int status;
    if (json_is_string(text)) {
        status = fir_compiler_add(k, origin, json_string_value(text), json_string_length(text), &err);
    } else {
        const json_t *files = json_object_get(line, "rules_files");
        snprintf(origin, sizeof origin, "%s", fir_test_foreign(json_string_value(json_array_get(files, i))));
        status = fir_compiler_add_file(k, origin, &err);
    }
    if (status != 0) {
        printf("%s: %s\n", origin, err.message);
        exit(EXIT_FAILURE);
    }
}

/* The files of a line as a playbook; NULL when they do not load: *why says what was wrong first. */
static fir_playbook *load(const json_t *line, fir_error *why)
{
    fir_compiler *k;
    fir_playbook *p = NULL;
    const json_t *rules = json_object_get(line, "rules_yaml");
    if (fir_compiler_new(NULL, NULL, &k, why) != 0) {
        exit(EXIT_FAILURE);
    }
    if (json_is_array(rules)) {
        for (size_t i = 0; i < json_array_size(rules); i++) {
            add_file(k, line, i, json_array_get(rules, i));
        }
    } else {
        add_file(k, line, 0, rules);
    }
    int status = fir_compiler_build(k, &p, why);
    if (status != 0 && status != FIR_ECOMPILE) {
        printf("%s\n", why->message);
        exit(EXIT_FAILURE);
    }
    fir_compiler_free(k);
    return p;
}

static bool in_set(const char *name, const char *set)
{
    size_t n = strlen(set);
    return strncmp(name, set, n) == 0 && name[n] == '#';
}

static bool wanted_valid(const json_t *line, const char *name)
{
    for (size_t i = 0; i < sizeof differences / sizeof *differences; i++) {
        if (in_set(name, differences[i].set)) {
            return differences[i].valid;
        }
    }
    const json_t *ours = json_object_get(json_object_get(line, "ours"), "valid");
    return json_is_true(ours != NULL ? ours : json_object_get(json_object_get(line, "talon"), "valid"));
}

/* The rules of the plan, or of the record, one a line. */
static void join(char *to, size_t room, const json_t *names)
{
    size_t n = 0;
    to[0] = '\0';
    for (size_t i = 0; i < json_array_size(names) && n < room; i++) {
        const json_t *x = json_array_get(names, i);
        const char *name = json_is_string(x) ? json_string_value(x) : fir_test_text(x, "rule", NULL);
        n += (size_t)snprintf(to + n, room - n, "%s\n", name);
    }
}

static void planned(run *r, const fir_playbook *p, const char *name, char *to, size_t room)
{
    fir_error err;
    fir_plan *plan = NULL;
    fir_buf json = {0};
    to[0] = '\0';
    if (fir_evaluate(r->evaluator, p, r->event, 0, &plan, &err) != 0) {
        failed(r, name, "does not plan: ", err.message);
        return;
    }
    if (plan == NULL) {
        return;
    }
    if (fir_plan_to_json(plan, &json, &err) != 0) {
        exit(EXIT_FAILURE);
    }
    json_t *value = json_loadb(json.ptr, json.len, 0, NULL);
    join(to, room, json_object_get(value, "rules"));
    json_decref(value);
    fir_buf_dispose(&json);
    fir_plan_free(plan);
}

/* Whether Talon's answer for this alert is one to compare with. */
static bool comparable(const json_t *line, const char *name, const json_t *reached)
{
    const json_t *talon = json_object_get(line, "talon");
    const char *event = fir_test_text(line, "event", NULL);
    if (reached == NULL || json_is_false(json_object_get(talon, "accepted")) || json_is_true(json_object_get(talon, "lost"))) {
        return false;
    }
    if (json_object_get(line, "talon_bug") != NULL && json_object_get(line, "ours") == NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof other_matches / sizeof *other_matches; i++) {
        if (in_set(name, other_matches[i].set) && strstr(event, other_matches[i].part) != NULL) {
            return false;
        }
    }
    return true;
}

static void match(run *r, const json_t *line, const char *name, const fir_playbook *p)
{
    enum { ROOM = 16384 };
    static char wanted[ROOM], got[ROOM];
    size_t n;
    fir_error err;
    const char *event = fir_test_text(line, "event", &n);
    const json_t *reached = json_object_get(json_object_get(line, "ours"), "reached");
    if (reached == NULL) {
        reached = json_object_get(json_object_get(line, "talon"), "reached");
    }
    if (!comparable(line, name, reached)) {
        r->left_out++;
        return;
    }
    r->alerts++;
    if (fir_event_parse(r->event, event, n, NULL, &err) != 0) {
        failed(r, name, "the alert is not read: ", err.message);
        return;
    }
    join(wanted, ROOM, reached);
    planned(r, p, name, got, ROOM);
    if (strcmp(wanted, got) != 0) {
        printf("%s: wanted rules\n%sgot\n%s", name, wanted, got);
        r->failed++;
    }
}

static void visit(void *ctx, size_t number, const json_t *line)
{
    (void)number;
    run *r = ctx;
    fir_error err = {0};
    const char *name = fir_test_text(line, "name", NULL);
    fir_playbook *p = load(line, &err);
    bool valid = wanted_valid(line, name);
    r->loads++;
    if ((p != NULL) != valid) {
        failed(r, name, p != NULL ? "loads, and must not" : "does not load: ", err.message);
    }
    if (p != NULL && json_is_string(json_object_get(line, "event"))) {
        match(r, line, name, p);
    }
    fir_playbook_unref(p);
}

int main(void)
{
    const char *path = fir_test_foreign("talon/oracle.jsonl");
    if (path == NULL) {
        return FIR_TEST_SKIP;
    }
    run r = {0};
    fir_error err;
    char kept[1024];
    snprintf(kept, sizeof kept, "%s", path);
    if (fir_evaluator_new(NULL, &r.evaluator, &err) != 0 || fir_event_new(NULL, &r.event, &err) != 0) {
        return EXIT_FAILURE;
    }
    fir_test_each_line(kept, visit, &r);
    fir_event_free(r.event);
    fir_evaluator_free(r.evaluator);
    printf("%zu loads, %zu alerts compared, %zu left out, %zu failed\n", r.loads, r.alerts, r.left_out, r.failed);
    return r.failed == 0 && r.loads > 800 ? EXIT_SUCCESS : EXIT_FAILURE;
}
