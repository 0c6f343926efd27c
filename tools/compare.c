/* SPDX-License-Identifier: Apache-2.0 */
#include "compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"

/* Lists of a rule whose elements have names of their own: where the name stands. */
static const char *const phases[] = {"steps", "on_failure", "notify"};

/* "a.b"; free(). */
static char *joined(const char *path, const char *key)
{
    char *whole = NULL;
    return asprintf(&whole, "%s%s%s", path, path[0] != '\0' ? "." : "", key) < 0 ? NULL : whole;
}

static void add_change(json_t *changes, const char *path, const json_t *from, const json_t *to)
{
    json_t *change = json_object();
    json_object_set_new(change, "path", json_string(path));
    if (from != NULL) {
        json_object_set(change, "from", (json_t *)from);
    }
    if (to != NULL) {
        json_object_set(change, "to", (json_t *)to);
    }
    json_array_append_new(changes, change);
}

static bool is_phase(const char *key)
{
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        if (strcmp(key, phases[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* An action's id follows from event, rule, step and target, the parts that say what changed; the phases are compared by step. */
static bool is_passed_over(const char *key, int depth)
{
    return depth == 0 && (is_phase(key) || strcmp(key, "action_id") == 0);
}

/* A parameter that is known is compared, and named, without the node around it. */
static const json_t *plain(const json_t *node)
{
    const json_t *v = json_object_get(node, "v");
    return v != NULL && json_object_size(node) == 1 ? v : node;
}

static void compare_values(const char *path, const json_t *from, const json_t *to, int depth, json_t *changes)
{
    const char *key;
    json_t *value;
    from = plain(from);
    to = plain(to);
    if (!json_is_object(from) || !json_is_object(to)) {
        if (!json_equal(from, to)) {
            add_change(changes, path, from, to);
        }
        return;
    }
    json_t *keys = json_object();
    json_object_update(keys, (json_t *)from);
    json_object_update(keys, (json_t *)to);
    json_object_foreach(keys, key, value)
    {
        char *whole = joined(path, key);
        if (whole != NULL && !is_passed_over(key, depth)) {
            compare_values(whole, json_object_get(from, key), json_object_get(to, key), depth + 1, changes);
        }
        free(whole);
    }
    json_decref(keys);
}

/* ---- lists whose elements have names ---- */

/* {name: element}; of several with one name (blocks of one server) the later ones are numbered. */
static json_t *by_name(const json_t *list, const char *key)
{
    json_t *named = json_object(), *one;
    size_t i;
    json_array_foreach((json_t *)list, i, one)
    {
        const char *name = text_of(one, key);
        char *numbered = NULL;
        for (int n = 2; json_object_get(named, numbered != NULL ? numbered : name) != NULL; n++) {
            free(numbered);
            if (asprintf(&numbered, "%s (%d)", name, n) < 0) {
                numbered = NULL;
                break;
            }
        }
        json_object_set(named, numbered != NULL ? numbered : name, one);
        free(numbered);
    }
    return named;
}

/* The names that both have, in the order of `of`. */
static json_t *common(json_t *of, const json_t *other)
{
    json_t *names = json_array(), *value;
    const char *name;
    json_object_foreach(of, name, value)
    {
        if (json_object_get(other, name) != NULL) {
            json_array_append_new(names, json_string(name));
        }
    }
    return names;
}

/* Gives {"from":[…],"to":[…]} when what both have stands in another order; else NULL. */
static json_t *order(json_t *old, json_t *new)
{
    json_t *from = common(old, new), *to = common(new, old);
    json_t *found = json_equal(from, to) ? NULL : json_pack("{s:O,s:O}", "from", from, "to", to);
    json_decref(from);
    json_decref(to);
    return found;
}

/* ---- steps ---- */

static void add_step(json_t *changes, const char *path, const char *change, const json_t *step)
{
    json_array_append_new(changes, json_pack("{s:s,s:s,s:s}", "path", path, "change", change, "use", text_of(step, "use")));
}

static void compare_steps(const char *phase, const json_t *from, const json_t *to, json_t *changes)
{
    json_t *old = by_name(from, "step"), *new = by_name(to, "step"), *step;
    const char *id;
    json_object_foreach(old, id, step)
    {
        char *path = joined(phase, id);
        const json_t *now = json_object_get(new, id);
        if (path != NULL && now == NULL) {
            add_step(changes, path, "removed", step);
        } else if (path != NULL) {
            compare_values(path, step, now, 0, changes);
        }
        free(path);
    }
    json_object_foreach(new, id, step)
    {
        char *path = json_object_get(old, id) == NULL ? joined(phase, id) : NULL;
        if (path != NULL) {
            add_step(changes, path, "added", step);
        }
        free(path);
    }
    json_t *turned = order(old, new);
    if (turned != NULL) {
        add_change(changes, phase, json_object_get(turned, "from"), json_object_get(turned, "to"));
    }
    json_decref(turned);
    json_decref(old);
    json_decref(new);
}

/* ---- rules ---- */

static void add_rule(json_t *found, const char *name, const char *change, const json_t *rule)
{
    json_t *steps = json_array();
    size_t i;
    const json_t *step;
    json_array_foreach(json_object_get(rule, "steps"), i, step)
    {
        json_array_append(steps, json_object_get(step, "step"));
    }
    json_array_append_new(found, json_pack("{s:s,s:s,s:o}", "rule", name, "change", change, "steps", steps));
}

static void compare_rule(json_t *found, const char *name, const json_t *from, const json_t *to)
{
    json_t *changes = json_array();
    compare_values("", from, to, 0, changes);
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        compare_steps(phases[i], json_object_get(from, phases[i]), json_object_get(to, phases[i]), changes);
    }
    if (json_array_size(changes) != 0) {
        json_array_append_new(found, json_pack("{s:s,s:s,s:O}", "rule", name, "change", "changed", "changes", changes));
    }
    json_decref(changes);
}

static void compare_rules(json_t *found, json_t *old, json_t *new)
{
    const char *name;
    json_t *rule;
    json_object_foreach(old, name, rule)
    {
        const json_t *now = json_object_get(new, name);
        if (now == NULL) {
            add_rule(found, name, "removed", rule);
        } else {
            compare_rule(found, name, rule, now);
        }
    }
    json_object_foreach(new, name, rule)
    {
        if (json_object_get(old, name) == NULL) {
            add_rule(found, name, "added", rule);
        }
    }
    json_t *turned = order(old, new);
    if (turned != NULL) {
        json_object_set_new(turned, "change", json_string("order"));
        json_array_append(found, turned);
    }
    json_decref(turned);
}

/* Rules that the alert only feeds. */
static void compare_observed(json_t *found, const json_t *from, const json_t *to)
{
    json_t *old = by_name(from, "rule"), *new = by_name(to, "rule"), *one, *all = json_object();
    const char *name;
    json_object_update(all, old);
    json_object_update(all, new);
    json_object_foreach(all, name, one)
    {
        const json_t *before = json_object_get(old, name), *after = json_object_get(new, name);
        if (!json_equal(before, after)) {
            json_t *changes = json_array();
            add_change(changes, "observed", before, after);
            json_array_append_new(found, json_pack("{s:s,s:s,s:o}", "rule", name, "change", "changed", "changes", changes));
        }
    }
    json_decref(all);
    json_decref(old);
    json_decref(new);
}

json_t *compare_plans(const json_t *old, const json_t *new)
{
    json_t *found = json_array(), *from = by_name(json_object_get(old, "rules"), "rule"),
           *to = by_name(json_object_get(new, "rules"), "rule");
    compare_rules(found, from, to);
    compare_observed(found, json_object_get(old, "observed"), json_object_get(new, "observed"));
    json_decref(from);
    json_decref(to);
    return found;
}
