/* SPDX-License-Identifier: Apache-2.0 */
/* `diff`: the same alerts under two playbooks, and what would change. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "input.h"
#include "load.h"
#include "show.h"

/* Of a long text so much is shown around the first difference. */
enum { MOST_NAME = 256, BEFORE = 20, AFTER = 100 };

typedef struct difference {
    const arguments *a;
    const fir_playbook *playbooks[2];
    fir_evaluator *x;
    uint64_t alerts, differ;
    json_t *rules; /* {rule: {"added":n,"removed":n,"changed":n}} */
} difference;

static const char *const changes_of_rules[] = {"added", "removed", "changed"};

/* ---- for people ---- */

static char *dumped(const json_t *v)
{
    char *s = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    return s != NULL ? s : strdup("");
}

/* A window into s; its borders are not inside a character. */
static void put_part(const char *s, size_t from)
{
    size_t n = strlen(s), to = n - from > AFTER ? from + AFTER : n;
    while (from > 0 && ((unsigned char)s[from] & 0xc0) == 0x80) {
        from--;
    }
    while (to < n && ((unsigned char)s[to] & 0xc0) == 0x80) {
        to++;
    }
    fputs(from != 0 ? "..." : "", stdout);
    (void)put_safe(stdout, s + from, to - from);
    fputs(to != n ? "..." : "", stdout);
}

/* "from A to B": of long values the place where they part. */
static void put_values(const json_t *from, const json_t *to)
{
    char *old = from != NULL ? dumped(from) : NULL, *new = to != NULL ? dumped(to) : NULL;
    size_t same = 0;
    while (old != NULL && new != NULL && old[same] != '\0' && old[same] == new[same]) {
        same++;
    }
    size_t begin =
        same > BEFORE && ((old != NULL && strlen(old) > AFTER) || (new != NULL &&strlen(new) > AFTER)) ? same - BEFORE : 0;
    if (old != NULL) {
        fputs(new != NULL ? " from " : " gone, was ", stdout);
        put_part(old, begin);
    }
    if (new != NULL) {
        fputs(old != NULL ? " to " : " new: ", stdout);
        put_part(new, begin);
    }
    free(old);
    free(new);
}

static void show_change(const json_t *c)
{
    const char *step = text_of(c, "change");
    fputs("      ", stdout);
    put_text(stdout, text_of(c, "path"));
    if (step[0] != '\0') {
        printf(" %s (", step);
        put_text(stdout, text_of(c, "use"));
        putchar(')');
    } else {
        put_values(json_object_get(c, "from"), json_object_get(c, "to"));
    }
    putchar('\n');
}

static void show_rule(const json_t *r)
{
    const char *change = text_of(r, "change"), *mark = strcmp(change, "added") == 0     ? "+"
                                                       : strcmp(change, "removed") == 0 ? "-"
                                                                                        : "~";
    size_t i;
    const json_t *one;
    if (strcmp(change, "order") == 0) {
        fputs("  ~ the order of the rules:", stdout);
        put_values(json_object_get(r, "from"), json_object_get(r, "to"));
        putchar('\n');
        return;
    }
    say("  %s rule %s%s", mark, text_of(r, "rule"),
        *mark == '+'   ? " newly matches"
        : *mark == '-' ? " no longer matches"
                       : " does something else");
    json_array_foreach(json_object_get(r, "steps"), i, one)
    {
        say("      step %s", json_string_value(one));
    }
    json_array_foreach(json_object_get(r, "changes"), i, one)
    {
        show_change(one);
    }
}

static void show_alert(uint64_t line, const json_t *event, const json_t *found)
{
    size_t i;
    const json_t *one;
    say("line %llu: %.*s %.*s", (unsigned long long)line, MOST_NAME, text_of(event, "priority"), MOST_NAME, text_of(event, "rule"));
    json_array_foreach((json_t *)found, i, one)
    {
        show_rule(one);
    }
}

static void show_summary(const difference *d)
{
    const char *rule;
    json_t *counts;
    if (json_object_size(d->rules) != 0) {
        printf("%8s %8s %8s  rule\n", changes_of_rules[0], changes_of_rules[1], changes_of_rules[2]);
    }
    json_object_foreach(d->rules, rule, counts)
    {
        say("%8lld %8lld %8lld  %s", (long long)json_integer_value(json_object_get(counts, changes_of_rules[0])),
            (long long)json_integer_value(json_object_get(counts, changes_of_rules[1])),
            (long long)json_integer_value(json_object_get(counts, changes_of_rules[2])), rule);
    }
    printf("%llu of %llu alerts differ\n", (unsigned long long)d->differ, (unsigned long long)d->alerts);
}

/* ---- for scripts ---- */

static void put_alert(uint64_t line, json_t *event, json_t *found)
{
    json_t *whole = json_pack("{s:I,s:O,s:O}", "line", (json_int_t)line, "event", event, "rules", found);
    put_json_line(whole);
    json_decref(whole);
}

static void put_summary(const difference *d)
{
    json_t *whole = json_pack("{s:{s:I,s:I,s:O}}", "summary", "alerts", (json_int_t)d->alerts, "differ", (json_int_t)d->differ,
                              "rules", d->rules);
    put_json_line(whole);
    json_decref(whole);
}

/* ---- all ---- */

static void count(difference *d, const json_t *found)
{
    size_t i;
    const json_t *one;
    json_array_foreach((json_t *)found, i, one)
    {
        const char *rule = text_of(one, "rule"), *change = text_of(one, "change");
        json_t *counts = json_object_get(d->rules, rule);
        if (strcmp(change, "order") == 0) {
            continue;
        }
        if (counts == NULL) {
            counts = json_pack("{s:i,s:i,s:i}", "added", 0, "changed", 0, "removed", 0);
            json_object_set_new(d->rules, rule, counts);
        }
        json_t *counter = json_object_get(counts, change);
        json_integer_set(counter, json_integer_value(counter) + 1);
    }
}

/* *out is NULL when nothing is to be done. */
static int plan_one(const difference *d, const fir_playbook *p, const input *in, json_t **out)
{
    fir_plan *plan;
    fir_buf json;
    fir_error e;
    *out = NULL;
    int code = fir_evaluate(d->x, p, input_event(in), FIR_PLAN_TO_READ, &plan, &e);
    if (code == 0 && plan != NULL) {
        code = fir_plan_to_json(plan, &json, &e);
        fir_plan_free(plan);
        if (code == 0) {
            *out = json_loadb(json.ptr, json.len, JSON_ALLOW_NUL, NULL);
            fir_buf_dispose(&json);
        }
    }
    return code == 0 ? 0 : impossible(d->a, "line %llu: %s", (unsigned long long)input_line(in), e.message);
}

static int compare_one(difference *d, const input *in)
{
    json_t *old = NULL, *new = NULL;
    int code = plan_one(d, d->playbooks[0], in, &old);
    code = code == 0 ? plan_one(d, d->playbooks[1], in, &new) : code;
    if (code == 0) {
        json_t *found = compare_plans(old, new), *event = json_object_get(old != NULL ? old : new, "event");
        count(d, found);
        d->differ += json_array_size(found) != 0;
        if (json_array_size(found) == 0) {
            /* the same */
        } else if (given(d->a, "json")) {
            put_alert(input_line(in), event, found);
        } else {
            show_alert(input_line(in), event, found);
        }
        json_decref(found);
    }
    d->alerts++;
    json_decref(old);
    json_decref(new);
    return code;
}

static int compare_all(difference *d, input *in)
{
    int code = EXIT_FINE;
    while (code == EXIT_FINE && input_next(in)) {
        code = compare_one(d, in);
    }
    if (code != EXIT_FINE) {
        return code;
    }
    if (given(d->a, "json")) {
        put_summary(d);
    } else {
        show_summary(d);
    }
    return d->differ != 0 ? EXIT_NO : EXIT_FINE;
}

static int load_both(const arguments *a, loaded *old, loaded *new)
{
    int code = load_playbooks(a, old);
    if (code == 0) {
        code = load_others(a, new);
        if (code == 0 && old->from_stdin != NULL && new->from_stdin != NULL) {
            code = usage_error(a, "stdin was given twice");
            unload(new);
        }
        if (code != 0) {
            unload(old);
        }
    }
    return code;
}

int run_diff(const arguments *a)
{
    loaded old, new;
    fir_error e;
    input *in = NULL;
    if (a->n_operands > 1) {
        return usage_error(a, "wants at most one file of alerts");
    }
    int code = load_both(a, &old, &new);
    if (code != 0) {
        return code;
    }
    difference d = {.a = a, .playbooks = {old.playbook, new.playbook}, .rules = json_object()};
    code = fir_evaluator_new(NULL, &d.x, &e) != 0 ? impossible(a, "%s", e.message) : input_open(a, 0, &in);
    if (code == 0) {
        code = input_close(in, compare_all(&d, in));
    }
    json_decref(d.rules);
    fir_evaluator_free(d.x);
    unload(&old);
    unload(&new);
    return code;
}
