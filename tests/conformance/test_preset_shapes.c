/* SPDX-License-Identifier: Apache-2.0 */
/* What the APIs' references demand of a body (preset-shapes.jsonl), of every preset; and that hostile text stays text in it. */
#include <check.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/posted.h"
#include "support/shape.h"
#include "support/suite.h"
#include "support/vectors.h"

static world w;
static json_t *shapes; /* by output */

/* Mentions, links, markup and code of every service, with the characters that end a string, a line or a header. */
#define HOSTILE                                                                                                                    \
    "x <!channel> <!subteam^S1> <@U1> <#C1> <https://evil.test|x> @everyone @here @channel @all *bold* _it_ ~~st~~ `code` "        \
    "[x](https://evil.test) <b>x</b> <users/all> <at>x</at> [code]<i>y</i>[/code] \"q\" \\ a\nb\r\nc {{rule}} ${token}"

static void keep_shape(void *ctx, size_t n, const json_t *line)
{
    (void)ctx;
    (void)n;
    ck_assert_str_ne(fir_test_text(line, "reference", NULL), "");
    json_object_set(shapes, fir_test_text(line, "output", NULL), (json_t *)line);
}

static char *hostile_alert(void)
{
    json_t *a =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:[s,s]}", "output", HOSTILE, "rule", HOSTILE, "hostname", HOSTILE, "source",
                  HOSTILE, "priority", "Critical", "time", "2026-07-14T09:21:33.123456789Z", "tags", "<!here>", "@all a\nb");
    json_object_set_new(a, "output_fields",
                        json_pack("{s:s, s:s, s:s, s:s, s:i}", "k8s.ns.name", HOSTILE, "k8s.pod.name", HOSTILE, "proc.cmdline",
                                  HOSTILE, HOSTILE, HOSTILE, "proc.pid", 4242));
    char *text = json_dumps(a, JSON_COMPACT);
    json_decref(a);
    return text;
}

/* The same, far beyond every limit: 100 fields more, and texts of 15 kB. */
static char *long_alert(void)
{
    static char text[50 * sizeof HOSTILE];
    char *whole = hostile_alert(), name[20];
    json_t *a = json_loads(whole, 0, NULL);
    free(whole);
    for (size_t i = 0; i < 50; i++) {
        memcpy(text + i * (sizeof HOSTILE - 1), HOSTILE, sizeof HOSTILE);
    }
    json_object_set_new(a, "output", json_string(text));
    json_object_set_new(a, "rule", json_string(text));
    for (int i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof name, "evt.arg[%d]", i);
        json_object_set_new(json_object_get(a, "output_fields"), name, json_string(i == 0 ? text : HOSTILE));
    }
    whole = json_dumps(a, JSON_COMPACT);
    json_decref(a);
    return whole;
}

/* No string holds one of the marks, except below the keys that the line names with a reason. Counts where HOSTILE stands whole. */
static size_t check_strings(const json_t *line, const json_t *d)
{
    const char *key;
    json_t *child, *mark;
    size_t i, n = 0;
    if (json_is_string(d)) {
        json_array_foreach(json_object_get(line, "never"), i, mark)
        {
            ck_assert_msg(strstr(json_string_value(d), json_string_value(mark)) == NULL, "%s: %s stands in %s",
                          fir_test_text(line, "output", NULL), json_string_value(mark), json_string_value(d));
        }
        return strcmp(json_string_value(d), HOSTILE) == 0;
    }
    json_object_foreach((json_t *)d, key, child)
    {
        bool plain = json_object_get(json_object_get(line, "plain"), key) != NULL;
        json_t *no_marks = plain ? json_pack("{s:[]}", "never") : json_incref((json_t *)line);
        n += check_strings(no_marks, child);
        json_decref(no_marks);
    }
    json_array_foreach(d, i, child)
    {
        n += check_strings(line, child);
    }
    return n;
}

/* The request that carries the alert: the last, where one was looked for first. */
static json_t *posted(const json_t *line, const char *alert)
{
    static fake_answer answers[8];
    const json_t *script = json_object_get(line, "answers"), *a;
    char *yaml = fir_test_output_block(fir_test_text(line, "output", NULL), json_object_get(line, "config"));
    size_t i;
    world_open(&w, yaml, NULL);
    json_array_foreach((json_t *)script, i, a)
    {
        answers[i] =
            (fake_answer){.status = (int)json_integer_value(json_object_get(a, "status")), .body = fir_test_text(a, "body", NULL)};
    }
    w.fake.script = i != 0 ? answers : NULL;
    w.fake.n_script = i;
    world_submit(&w, alert);
    world_drain(&w);
    json_t *all = fir_test_posted(&w);
    ck_assert_uint_ge(json_array_size(all), 1);
    json_t *body = json_incref(json_object_get(json_array_get(all, json_array_size(all) - 1), "body"));
    json_decref(all);
    world_close(&w);
    free(yaml);
    return body;
}

static void one_preset(void *ctx, size_t n, const json_t *line)
{
    const char *output = fir_test_text(line, "output", NULL);
    json_t *shape = json_object_get(shapes, output), *seen = ctx;
    char why[4000], *alerts[3] = {json_dumps(json_object_get(line, "alert"), JSON_COMPACT), hostile_alert(), long_alert()};
    ck_assert_msg(shape != NULL, "preset-shapes.jsonl has no %s", output);
    for (size_t i = 0; i < 3; i++) {
        json_t *body = posted(line, alerts[i]);
        ck_assert_msg(fir_test_shape(json_object_get(shape, "shape"), body, why, sizeof why), "presets.jsonl:%zu: %s: %s", n,
                      output, why);
        if (i != 0) {
            size_t whole = check_strings(shape, body);
            ck_assert_msg(whole != 0 || !json_is_true(json_object_get(shape, "intact")), "%s does not keep a field as it is",
                          output);
        }
        json_decref(body);
        free(alerts[i]);
    }
    json_object_set_new(seen, output, json_true());
}

START_TEST(as_the_reference_says)
{
    json_t *seen = json_object();
    size_t presets = 0;
    shapes = json_object();
    (void)fir_test_each_line(fir_test_own("preset-shapes.jsonl"), keep_shape, NULL);
    (void)fir_test_each_line(fir_test_own("presets.jsonl"), one_preset, seen);
    DIR *d = opendir(fir_test_own("../../lib/catalog/presets"));
    ck_assert_ptr_nonnull(d);
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        presets += strstr(e->d_name, ".yaml") != NULL;
    }
    (void)closedir(d);
    ck_assert_uint_eq(json_object_size(seen), presets);
    ck_assert_uint_eq(json_object_size(shapes), presets);
    json_decref(seen);
    json_decref(shapes);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("preset_shapes");
    TCase *t = tcase_create("preset_shapes");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, as_the_reference_says);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
