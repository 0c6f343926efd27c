/* SPDX-License-Identifier: Apache-2.0 */
#include "stats.h"

#include <string.h>

#include "show.h"

/* The columns, and the names of their counters. */
static const char *const counters[] = {"alerts", "steps", "refused", "undecided", "observed"};

static json_t *entry(json_t *stats, const char *rule)
{
    json_t *counts = json_object_get(stats, rule);
    if (counts == NULL && (counts = json_object()) != NULL) {
        for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
            json_object_set_new(counts, counters[i], json_integer(0));
        }
        json_object_set_new(stats, rule, counts);
    }
    return counts;
}

json_t *stats_new(const fir_playbook *p)
{
    static const char *const kinds[] = {"rules", "outputs"};
    json_t *stats = json_object(), *rule;
    fir_buf json;
    fir_error e;
    if (stats == NULL || fir_playbook_to_json(p, &json, &e) != 0) {
        return stats;
    }
    json_t *tree = json_loadb(json.ptr, json.len, JSON_ALLOW_NUL, NULL);
    fir_buf_dispose(&json);
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        size_t i;
        json_array_foreach(json_object_get(tree, kinds[k]), i, rule)
        {
            (void)entry(stats, text_of(rule, "name"));
        }
    }
    json_decref(tree);
    return stats;
}

static void count(json_t *counts, const char *what, size_t n)
{
    json_t *counter = json_object_get(counts, what);
    json_integer_set(counter, json_integer_value(counter) + (json_int_t)n);
}

static size_t refused(const json_t *steps)
{
    size_t i, n = 0;
    const json_t *step;
    json_array_foreach((json_t *)steps, i, step)
    {
        n += json_object_get(step, "error") != NULL;
    }
    return n;
}

void stats_add(json_t *stats, const fir_buf *plan)
{
    json_t *tree = json_loadb(plan->ptr, plan->len, JSON_ALLOW_NUL, NULL), *rule;
    size_t i;
    json_array_foreach(json_object_get(tree, "rules"), i, rule)
    {
        json_t *counts = entry(stats, text_of(rule, "rule"));
        const json_t *steps = json_object_get(rule, "steps");
        count(counts, "alerts", 1);
        count(counts, "steps", json_array_size(steps));
        count(counts, "refused", refused(steps));
        count(counts, "undecided", json_is_true(json_object_get(rule, "undecided")));
    }
    json_array_foreach(json_object_get(tree, "observed"), i, rule)
    {
        count(entry(stats, text_of(rule, "rule")), "observed", 1);
    }
    json_decref(tree);
}

void stats_show(const json_t *stats, bool json)
{
    const char *rule;
    json_t *counts;
    if (!json) {
        printf("%8s %8s %8s %9s %8s  rule\n", counters[0], counters[1], counters[2], counters[3], counters[4]);
    }
    json_object_foreach((json_t *)stats, rule, counts)
    {
        json_int_t n[sizeof counters / sizeof counters[0]];
        for (size_t i = 0; i < sizeof n / sizeof n[0]; i++) {
            n[i] = json_integer_value(json_object_get(counts, counters[i]));
        }
        if (json) {
            json_object_set_new(counts, "rule", json_string(rule));
            put_json_line(counts);
        } else {
            say("%8lld %8lld %8lld %9lld %8lld  %s", (long long)n[0], (long long)n[1], (long long)n[2], (long long)n[3],
                (long long)n[4], rule);
        }
    }
}
