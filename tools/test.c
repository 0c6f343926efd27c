/* SPDX-License-Identifier: Apache-2.0 */
/* `falcoir test`: plans the alerts of a playbook's test items, and compares with what each expects. */
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "report.h"
#include "show.h"

/* One test while it runs. */
typedef struct trial {
    const arguments *a;
    const json_t *test; /* {"name","file","line","dir","item"} */
    const json_t *playbook;
    json_t *plans;  /* array, one a planned alert */
    json_t *wrongs; /* array of texts: what is not as expected */
} trial;

static void wrong(trial *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void wrong(trial *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    json_array_append_new(t->wrongs, json_vsprintf(format, args));
    va_end(args);
}

static bool failed(const trial *t)
{
    return json_array_size(t->wrongs) != 0;
}

/* ---- the alerts ---- */

static char *path_beside(const trial *t, const char *file)
{
    const char *dir = text_of(t->test, "dir");
    bool absolute = file[0] == '/' || dir[0] == '\0';
    size_t n = strlen(dir) + strlen(file) + 2;
    char *path = malloc(n);
    if (path != NULL) {
        snprintf(path, n, absolute ? "%s%s" : "%s/%s", absolute ? "" : dir, file);
    }
    return path;
}

static bool append(char **all, size_t *len, const char *p, size_t n)
{
    char *grown = realloc(*all, *len + n + 2);
    if (grown == NULL) {
        return false;
    }
    memcpy(grown + *len, p, n);
    *len += n;
    grown[(*len)++] = '\n';
    grown[*len] = '\0';
    *all = grown;
    return true;
}

static bool add_event(trial *t, const json_t *event, char **all, size_t *len)
{
    const char *file = json_string_value(json_object_get(event, "file"));
    char *bytes;
    size_t n;
    if (json_is_string(event)) { /* the alert as Falco wrote it */
        return append(all, len, json_string_value(event), json_string_length(event));
    }
    if (file != NULL) {
        char *path = path_beside(t, file);
        bytes = path != NULL ? read_whole(path, &n) : NULL;
        if (bytes == NULL) {
            wrong(t, "%s: %s", path != NULL ? path : file, strerror(errno));
        }
        free(path);
    } else {
        bytes = json_dumps(event, JSON_COMPACT);
        n = bytes != NULL ? strlen(bytes) : 0;
    }
    bool ok = bytes != NULL && append(all, len, bytes, n);
    free(bytes);
    return ok;
}

static bool collect_events(trial *t, char **all, size_t *len)
{
    const json_t *event = json_object_get(json_object_get(t->test, "item"), "event"), *one;
    size_t i;
    if (!json_is_array(event)) {
        return add_event(t, event, all, len);
    }
    json_array_foreach((json_t *)event, i, one)
    {
        if (!add_event(t, one, all, len)) {
            return false;
        }
    }
    return true;
}

/* ---- the plans ---- */

/* Each rule of a plan gets what the gate says of it. */
static void join_verdicts(json_t *plan)
{
    size_t i;
    json_t *verdict;
    json_array_foreach(json_object_get(plan, "verdicts"), i, verdict)
    {
        json_object_set(json_array_get(json_object_get(plan, "rules"), i), "verdict", verdict);
    }
}

/* Days since the epoch of a day of the Gregorian calendar. */
static int64_t days_from(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* The test's clock. It was checked to be a time when the playbook was loaded. */
static int64_t clock_of(const trial *t)
{
    const char *at = text_of(json_object_get(t->test, "item"), "at");
    int year, month, day, hour, minute, second, end = 0, zone_hour = 0, zone_minute = 0;
    int64_t fraction = 0, unit = 100000000;
    if (sscanf(at, "%d-%d-%d%*c%d:%d:%d%n", &year, &month, &day, &hour, &minute, &second, &end) != 6) {
        return FIR_AT_ALERTS;
    }
    const char *p = at + end;
    for (p += *p == '.'; *p >= '0' && *p <= '9'; p++, unit /= 10) {
        fraction += (*p - '0') * unit;
    }
    if (*p == '+' || *p == '-') {
        (void)(sscanf(p + 1, "%2d:%2d", &zone_hour, &zone_minute) == 2 || sscanf(p + 1, "%2d%2d", &zone_hour, &zone_minute) == 2);
    }
    int64_t zone = (zone_hour * 60 + zone_minute) * (*p == '-' ? -60 : 60);
    return (days_from(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - zone) * 1000000000 + fraction;
}

static void keep_lines(trial *t, const char *p, size_t n)
{
    while (n != 0) {
        const char *newline = memchr(p, '\n', n);
        size_t len = newline != NULL ? (size_t)(newline - p) : n;
        json_t *line = json_loadb(p, len, JSON_ALLOW_NUL, NULL);
        const json_t *error = json_object_get(line, "error");
        if (error != NULL) {
            wrong(t, "the alert on line %lld could not be read: %s", (long long)json_integer_value(json_object_get(line, "line")),
                  text_of(error, "message"));
            json_decref(line);
        } else {
            join_verdicts(line);
            json_array_append_new(t->plans, line);
        }
        p += len;
        n -= len;
        if (n != 0) {
            p++;
            n--;
        }
    }
}

static int make_plans(trial *t, fir_evaluator *x, const fir_playbook *p)
{
    char *events = NULL;
    size_t n = 0;
    fir_buf out;
    fir_error e;
    if (!collect_events(t, &events, &n) && !failed(t)) {
        wrong(t, "the alert could not be read");
    } else if (!failed(t) && (n == 0 || strspn(events, " \t\r\n") == n)) {
        wrong(t, "there is no alert in it");
    }
    if (failed(t)) {
        free(events);
        return 0;
    }
    int code = fir_simulate_ndjson(x, p, events, n, clock_of(t), 0, &out, &e);
    free(events);
    if (code != 0) {
        return impossible(t->a, "%s", e.message);
    }
    keep_lines(t, out.ptr, out.len);
    fir_buf_dispose(&out);
    return 0;
}

/* ---- the comparison ---- */

/* What is expected is text, as the playbook has it; what is planned has a type where its parameter has one. */
static bool same_scalar(const json_t *expected, const json_t *found)
{
    char *text_of_found = NULL;
    bool same;
    if (!json_is_string(expected)) {
        return json_equal(expected, found) != 0;
    }
    if (json_is_string(found)) {
        return json_string_length(expected) == json_string_length(found) &&
               memcmp(json_string_value(expected), json_string_value(found), json_string_length(found)) == 0;
    }
    text_of_found = json_dumps(found, JSON_ENCODE_ANY | JSON_COMPACT);
    same = text_of_found != NULL && strcmp(text_of_found, json_string_value(expected)) == 0;
    free(text_of_found);
    return same;
}

/* Whether all that is expected is there: of a map the named entries, of a list every element. */
static bool fits(const json_t *expected, const json_t *found)
{
    const char *key;
    json_t *value;
    if (json_is_object(expected)) {
        json_object_foreach((json_t *)expected, key, value)
        {
            const json_t *other = json_object_get(found, key);
            if (other == NULL || !fits(value, other)) {
                return false;
            }
        }
        return json_is_object(found);
    }
    if (json_is_array(expected)) {
        bool same = json_is_array(found) && json_array_size(expected) == json_array_size(found);
        for (size_t i = 0; same && i < json_array_size(expected); i++) {
            same = fits(json_array_get(expected, i), json_array_get(found, i));
        }
        return same;
    }
    return found != NULL && same_scalar(expected, found);
}

/* A parameter, or else a part of the target, by name; as it will be sent. */
static const json_t *parameter_of(const json_t *step, const char *name)
{
    const json_t *node = json_object_get(json_object_get(step, "parameters"), name);
    if (node == NULL) {
        return json_object_get(json_object_get(step, "target"), name);
    }
    const json_t *plain = json_object_get(node, "v");
    return plain != NULL ? plain : node;
}

/* What becomes of a step: by itself, by what the gate says of it, or of its rule. */
static const char *status_of(const json_t *rule, const json_t *step)
{
    const json_t *verdict = json_object_get(rule, "verdict"), *one;
    const char *status = text_of(verdict, "status"), *own = "proceed";
    size_t i;
    json_array_foreach(json_object_get(verdict, "steps"), i, one)
    {
        own = strcmp(text_of(one, "step"), text_of(step, "step")) == 0 ? text_of(one, "status") : own;
    }
    bool all = strcmp(status, "paused") != 0 && strcmp(status, "protected") != 0 && strcmp(status, "refused") != 0;
    return json_object_get(step, "error") != NULL        ? "refused"
           : strcmp(text_of(step, "when"), "never") == 0 ? "skipped"
           : strcmp(own, "proceed") != 0                 ? own
           : all && strcmp(status, "proceed") != 0       ? status
                                                         : "would_run";
}

/* Whether the planned step is the one that is meant. */
static bool is_meant(const json_t *expected, const json_t *step)
{
    const char *name = text_of(expected, "action"), *id = text_of(expected, "id");
    return (id[0] == '\0' || strcmp(id, text_of(step, "step")) == 0) &&
           (name[0] == '\0' || strcmp(name, text_of(step, "name")) == 0 || strcmp(name, text_of(step, "step")) == 0);
}

static void compare_values(trial *t, const char *where, const char *what, const json_t *expected, const json_t *step)
{
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(expected, what), key, value)
    {
        const json_t *found =
            strcmp(what, "target") == 0 ? json_object_get(json_object_get(step, "target"), key) : parameter_of(step, key);
        if (!fits(value, found)) {
            char *want = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS),
                 *have = json_dumps(found, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
            wrong(t, "%s: %s %s should be %s and is %s", where, what, key, want, have != NULL ? have : "not there");
            free(want);
            free(have);
        }
    }
}

static void compare_action(trial *t, const json_t *planned, const json_t *expected, const json_t *step)
{
    const char *rule = text_of(planned, "rule");
    const char *name = text_of(expected, "action"), *status = text_of(expected, "status"), *use = text_of(expected, "use");
    const char *why = text_of(json_object_get(step, "error"), "message");
    char where[512];
    name = name[0] != '\0' ? name : text_of(expected, "id");
    if (!is_meant(expected, step)) {
        wrong(t, "rule %s: action %s was expected, %s is planned", rule, name, text_of(step, "name"));
        return;
    }
    snprintf(where, sizeof where, "rule %s: action %s", rule, name);
    if (use[0] != '\0' && strcmp(use, text_of(step, "use")) != 0) {
        wrong(t, "%s: should use %s and uses %s", where, use, text_of(step, "use"));
    }
    const char *found = status_of(planned, step);
    if (status[0] != '\0' && strcmp(status, found) != 0) {
        wrong(t, "%s: should be %s and is %s%s%s", where, status, found, why[0] != '\0' ? ": " : "", why);
    }
    compare_values(t, where, "target", expected, step);
    compare_values(t, where, "parameters", expected, step);
}

/* What the gate says of the rule. */
static void compare_status(trial *t, const json_t *expected, const json_t *rule)
{
    const char *status = text_of(expected, "status"), *found = text_of(json_object_get(rule, "verdict"), "status");
    const char *why = text_of(json_object_get(rule, "verdict"), "why");
    if (status[0] != '\0' && strcmp(status, found) != 0) {
        wrong(t, "rule %s: should be %s and is %s%s%s", text_of(rule, "rule"), status, found, why[0] != '\0' ? ": " : "", why);
    }
}

static void compare_actions(trial *t, const json_t *expected, const json_t *rule)
{
    const json_t *actions = json_object_get(expected, "actions"), *steps = json_object_get(rule, "steps");
    const char *name = text_of(rule, "rule");
    if (actions == NULL) {
        return;
    }
    size_t wanted = json_array_size(actions), planned = json_array_size(steps);
    if (wanted != planned) {
        wrong(t, "rule %s: %zu actions were expected, %zu are planned", name, wanted, planned);
    }
    for (size_t i = 0; i < wanted && i < planned; i++) {
        compare_action(t, rule, json_array_get(actions, i), json_array_get(steps, i));
    }
}

/* The next planned rule of that name at or after *at (counted over all plans); NULL: none. */
static const json_t *find_rule(const trial *t, const char *name, size_t *at)
{
    size_t i, k, seen = 0;
    const json_t *plan, *rule;
    json_array_foreach(t->plans, i, plan)
    {
        json_array_foreach(json_object_get(plan, "rules"), k, rule)
        {
            if (seen++ >= *at && strcmp(text_of(rule, "rule"), name) == 0) {
                *at = seen;
                return rule;
            }
        }
    }
    return NULL;
}

static bool is_there(const trial *t, const char *name)
{
    static const char *const kinds[] = {"rules", "outputs"};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        size_t i;
        const json_t *rule;
        json_array_foreach(json_object_get(t->playbook, kinds[k]), i, rule)
        {
            if (strcmp(text_of(rule, "name"), name) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void compare(trial *t)
{
    const json_t *item = json_object_get(t->test, "item"), *one;
    size_t i, at = 0;
    json_array_foreach(json_object_get(item, "expect"), i, one)
    {
        const char *name = text_of(one, "rule");
        const json_t *rule = find_rule(t, name, &at);
        if (!is_there(t, name)) {
            wrong(t, "there is no rule %s that is enabled", name);
        } else if (rule == NULL) {
            wrong(t, "rule %s was expected to match%s", name, i == 0 ? "" : ", after the ones before it");
        } else {
            compare_status(t, one, rule);
            compare_actions(t, one, rule);
        }
    }
    json_array_foreach(json_object_get(item, "expect_no_rule"), i, one)
    {
        size_t from = 0;
        const char *name = json_string_value(one);
        if (name != NULL && !is_there(t, name)) { /* or a typing error would pass for ever */
            wrong(t, "there is no rule %s that is enabled", name);
        } else if (name != NULL && find_rule(t, name, &from) != NULL) {
            wrong(t, "rule %s was expected not to match", name);
        }
    }
}

/* ---- all tests ---- */

static void show_trial(const trial *t)
{
    size_t i;
    const json_t *one;
    if (!failed(t)) {
        if (given(t->a, "verbose")) {
            say("passed %s", text_of(t->test, "name"));
        }
        return;
    }
    say("FAILED %s (%s:%lld)", text_of(t->test, "name"), text_of(t->test, "file"),
        (long long)json_integer_value(json_object_get(t->test, "line")));
    json_array_foreach(t->wrongs, i, one)
    {
        say("    %s", json_string_value(one));
    }
}

static int run_one(const fir_playbook *p, fir_evaluator *x, trial t, report *r)
{
    t.plans = json_array();
    t.wrongs = json_array();
    int code = make_plans(&t, x, p);
    if (code == 0 && !failed(&t)) {
        compare(&t);
    }
    if (code == 0) {
        show_trial(&t);
        report_add(r, t.test, t.wrongs, t.plans);
    }
    json_decref(t.plans);
    json_decref(t.wrongs);
    return code;
}

static int run_all(const arguments *a, const fir_playbook *p, const json_t *playbook)
{
    size_t i;
    const json_t *test;
    fir_evaluator *x = NULL;
    fir_error e;
    report r;
    report_begin(&r);
    int code = fir_evaluator_new(NULL, &x, &e) != 0 ? impossible(a, "%s", e.message) : 0;
    json_array_foreach(json_object_get(playbook, "tests"), i, test)
    {
        code = code == 0 ? run_one(p, x, (trial){a, test, playbook, NULL, NULL}, &r) : code;
    }
    fir_evaluator_free(x);
    if (code == 0 && given(a, "coverage")) {
        report_coverage(&r, playbook);
    }
    if (code == 0 && given(a, "junit")) {
        code = report_junit(&r, a, value_of(a, "junit"));
    }
    if (code == 0) {
        printf("%zu passed, %zu failed\n", r.passed, r.failed);
        code = r.failed != 0 ? EXIT_NO : EXIT_FINE;
    }
    report_end(&r);
    return code;
}

int run_test(const arguments *a)
{
    loaded l;
    fir_buf json;
    fir_error e;
    if (a->n_operands == 0) {
        return usage_error(a, "no file was given");
    }
    int code = load_files(a, a->operands, a->n_operands, SHOW_TEXT, &l);
    if (code != 0) {
        return code;
    }
    if (l.playbook == NULL) {
        fprintf(stderr, "%s: the playbook has %zu error%s\n", a->program, l.errors, l.errors == 1 ? "" : "s");
        unload(&l);
        return EXIT_USAGE;
    }
    if (fir_playbook_to_json(l.playbook, &json, &e) != 0) {
        code = impossible(a, "%s", e.message);
    } else {
        json_t *tree = json_loadb(json.ptr, json.len, JSON_ALLOW_NUL, NULL);
        fir_buf_dispose(&json);
        code = run_all(a, l.playbook, tree);
        json_decref(tree);
    }
    unload(&l);
    return code;
}
