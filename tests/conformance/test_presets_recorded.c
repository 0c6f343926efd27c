/* SPDX-License-Identifier: Apache-2.0 */
/* Presets beside what falcosidekick sent of the same alerts with the same settings: method, URL, every header, and our body's
 * shape. What differs is in the tables, with the reason; a row that says what no longer happens is an error too. */
#include <check.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "support/posted.h"
#include "support/shape.h"
#include "support/suite.h"
#include "support/vectors.h"

static world w;
static json_t *events, *shapes;

static const struct {
    const char *theirs, *ours;
    bool keeps_fields; /* every output field is in the body, however many */
} outputs[] = {
    {"slack", "slack", false},
    {"teams", "teams", false},
    {"discord", "discord", false},
    {"mattermost", "mattermost", false},
    {"googlechat", "googlechat", false},
    {"telegram", "telegram", false},
    {"pagerduty", "pagerduty", true},
    {"alertmanager", "alertmanager", false},
    {"opsgenie", "opsgenie", false},
    {"loki", "loki", true},
    {"splunk", "splunk", true},
    {"otlp.logs", "otlp", false},
    {"datadog", "datadog", true},
    {"datadoglogs", "datadog", true},
    {"elasticsearch", "elasticsearch", true},
};

enum { OUTPUTS = sizeof outputs / sizeof outputs[0] };
static size_t seen[OUTPUTS];

/* Settings of theirs that are not ours. All others have to be known to our preset. */
static const struct {
    const char *output, *key, *why;
} left_out[] = {
    {"slack", "outputformat", "one format, text and fields"},
    {"slack", "messageformat", "a template of Go; ours is the parameter text"},
    {"slack", "footer", "the context block says source, host and time"},
    {"teams", "outputformat", "one format, text and facts"},
    {"mattermost", "outputformat", "one format, text and fields"},
    {"mattermost", "messageformat", "a template of Go; ours is the parameter text"},
    {"googlechat", "outputformat", "one format, text and fields"},
    {"googlechat", "messageformat", "a template of Go; ours is the parameter text"},
    {"alertmanager", "endpoint", "API v1 is gone since Alertmanager 0.27"},
    {"alertmanager", "expiresafter", "an alert ends when it is undone, or by the server's resolve_timeout"},
    {"alertmanager", "dropeventthresholds", "Falco's drop reports are alerts like others"},
    {"alertmanager", "dropeventdefaultpriority", "Falco's drop reports are alerts like others"},
    {"alertmanager", "env", "no settings from the environment"},
    {"elasticsearch", "suffix", "the index is a template of the alert's time"},
    {"elasticsearch", "pipeline", "the index's own default_pipeline does it"},
    {"elasticsearch", "flattenfields", "fields are kept as Falco wrote them"},
    {"elasticsearch", "createindextemplate", "an output does not change the server's settings"},
    {"elasticsearch", "enablecompression", "no compression"},
    {"elasticsearch", "batching", "one document a request, so that each has its own outcome"},
    {"loki", "format", "the line is a template"},
    {"loki", "extralabels", "few labels: the line holds every field"},
    {"datadog", "host", "the address of the events API, which is not that of the logs intake"},
    {"otlp.logs", "protocol", "OTLP over HTTP with JSON only"},
};

enum { LEFT_OUT = sizeof left_out / sizeof left_out[0] };
static size_t left[LEFT_OUT];

/* What differs on purpose. ours: a pattern of fnmatch; NULL: not there. run: NULL for all. */
static const struct {
    const char *output, *run, *part, *ours, *why;
} differences[] = {
    {"elasticsearch", NULL, "method", "PUT", "a document of a known id is created once: a repeat is none"},
    {"elasticsearch", "A", "url", "http://elastic.test:9200/falco-20[0-9][0-9].[0-9][0-9].[0-9][0-9]/_create/*",
     "the id is the action's, the day the alert's"},
    {"elasticsearch", "B1", "url", "http://elastic.test:9200/alerts/_create/*", "no suffix, no pipeline"},
    {"elasticsearch", "B2", "url", "http://elastic.test:9200/falco-20[0-9][0-9].[0-9][0-9].[0-9][0-9]/_create/*", "no batches"},
    {"elasticsearch", "B2", "Content-Encoding", NULL, "no compression"},
    {"alertmanager", "B2", "url", "http://alertmanager.test:9093/api/v2/alerts", "API v1 is gone since Alertmanager 0.27"},
    {"pagerduty", "B1", "url", "https://events.eu.pagerduty.com/v2/enqueue", "theirs ignores the region"},
    {"otlp.logs", NULL, "Content-Type", "application/json", "the JSON of OTLP/HTTP, not protobuf"},
    {"datadog", NULL, "url", "https://http-intake.logs.datadoghq.com/api/v2/logs", "logs, not events; no key in the URL"},
    {"datadog", NULL, "DD-API-KEY", "DATADOGSECRET", "no key in the URL"},
    {"datadoglogs", "A", "url", "https://http-intake.logs.datadoghq.com/api/v2/logs", "theirs has two slashes"},
};

enum { DIFFERENCES = sizeof differences / sizeof differences[0] };
static size_t differed[DIFFERENCES];

static void keep_event(void *ctx, size_t n, const json_t *line)
{
    (void)ctx;
    (void)n;
    json_array_append_new(events, json_string(fir_test_text(line, "raw", NULL)));
}

static void keep_shape(void *ctx, size_t n, const json_t *line)
{
    (void)ctx;
    (void)n;
    json_object_set(shapes, fir_test_text(line, "output", NULL), json_object_get(line, "shape"));
}

/* The key of a configuration, whatever its name: the recorder's keys all hold the word SECRET. */
static const char *secret_of(const json_t *config)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)config, key, v)
    {
        const char *s = json_is_string(v) ? json_string_value(v) : NULL;
        if (s != NULL && strstr(s, "SECRET") != NULL) {
            return strchr(s, '=') != NULL && strcmp(key, "headers") == 0 ? strchr(s, '=') + 1 : s;
        }
    }
    return "";
}

static bool is_left_out(const char *output, const char *key)
{
    for (size_t i = 0; i < LEFT_OUT; i++) {
        if (strcmp(left_out[i].output, output) == 0 && strcmp(left_out[i].key, key) == 0) {
            left[i]++;
            return true;
        }
    }
    return false;
}

/* Their settings as ours: most names are known; a region is an address, headers are a map, of several hosts it is the one called.
 */
static json_t *settings(const char *output, const json_t *config, const char *url)
{
    json_t *ours = json_object(), *v;
    const char *key;
    json_object_foreach((json_t *)config, key, v)
    {
        if (is_left_out(output, key)) {
            continue;
        }
        if (strcmp(key, "region") == 0) {
            ck_assert_str_eq(json_string_value(v), "eu");
            json_object_set_new(
                ours, "api",
                json_string(strcmp(output, "pagerduty") == 0 ? "https://events.eu.pagerduty.com" : "https://api.eu.opsgenie.com"));
        } else if (strcmp(key, "headers") == 0) {
            const char *s = json_string_value(v), *value = strchr(s, '=') + 1;
            json_t *map = json_object();
            json_object_setn_new(map, s, (size_t)(value - 1 - s), json_string(value));
            json_object_set_new(ours, key, map);
        } else if (json_is_array(v)) {
            size_t i;
            json_t *host;
            json_array_foreach(v, i, host)
            {
                if (strncmp(url, json_string_value(host), json_string_length(host)) == 0) {
                    json_object_set(ours, key, host);
                }
            }
        } else if (strcmp(key, "messagethreadid") == 0) {
            json_object_set_new(ours, key, json_integer(atoi(json_string_value(v))));
        } else {
            json_object_set(ours, key, v);
        }
    }
    return ours;
}

/* A recorded head, with what the recorder left out. */
static void expected_head(const char *name, const char *theirs, const json_t *config, char *out, size_t room)
{
    const char *open = strchr(theirs, '<');
    if (strcasecmp(name, "Content-Type") == 0) {
        (void)snprintf(out, room, "%.*s", (int)strcspn(theirs, ";"), theirs);
    } else if (open != NULL && strncmp(open, "<base64 of ", 11) == 0) {
        char plain[200];
        fir__sbuf b;
        (void)snprintf(plain, sizeof plain, "%.*s:%s", (int)strcspn(open + 11, ":"), open + 11, secret_of(config));
        fir__sbuf_init(&b, &fir__default_allocator, 4096);
        fir__base64_encode(&b, (fir_str){plain, strlen(plain)});
        (void)snprintf(out, room, "%.*s%.*s", (int)(open - theirs), theirs, (int)fir__sbuf_view(&b).len, fir__sbuf_view(&b).ptr);
        fir__sbuf_free(&b);
    } else if (open != NULL && strcmp(open, "<secret>") == 0) {
        (void)snprintf(out, room, "%.*s%s", (int)(open - theirs), theirs, secret_of(config));
    } else {
        (void)snprintf(out, room, "%s", theirs);
    }
}

/* Equal; of Authorization the scheme is a word without case. */
static bool same_value(const char *part, const char *theirs, const char *ours)
{
    if (theirs == NULL || ours == NULL) {
        return theirs == ours;
    }
    size_t n = strcasecmp(part, "Authorization") == 0 ? strcspn(theirs, " ") : 0;
    return strncasecmp(theirs, ours, n) == 0 && strlen(ours) >= n && strcmp(theirs + n, ours + n) == 0;
}

static void compare(const char *output, const char *run, const char *part, const char *theirs, const char *ours)
{
    if (same_value(part, theirs, ours)) {
        return;
    }
    for (size_t i = 0; i < DIFFERENCES; i++) {
        if (strcmp(differences[i].output, output) == 0 && (differences[i].run == NULL || strcmp(differences[i].run, run) == 0) &&
            strcasecmp(differences[i].part, part) == 0) {
            differed[i]++;
            ck_assert_msg(differences[i].ours == NULL ? ours == NULL : ours != NULL && fnmatch(differences[i].ours, ours, 0) == 0,
                          "%s %s: %s: %s, not %s", output, run, part, ours != NULL ? ours : "none",
                          differences[i].ours != NULL ? differences[i].ours : "none");
            return;
        }
    }
    ck_abort_msg("%s %s: %s: ours %s, theirs %s", output, run, part, ours != NULL ? ours : "none",
                 theirs != NULL ? theirs : "none");
}

static const char *head_of(const json_t *heads, const char *name)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)heads, key, v)
    {
        if (strcasecmp(key, name) == 0) {
            return json_string_value(v);
        }
    }
    return NULL;
}

static void compare_heads(const json_t *line, const json_t *theirs, const json_t *ours)
{
    const char *output = fir_test_text(line, "output", NULL), *run = fir_test_text(line, "run", NULL), *key;
    char expected[1000];
    json_t *v;
    json_object_foreach((json_t *)theirs, key, v)
    {
        if (strcmp(key, "User-Agent") != 0) {
            expected_head(key, json_string_value(v), json_object_get(line, "config"), expected, sizeof expected);
            compare(output, run, key, expected, head_of(ours, key));
        }
    }
    json_object_foreach((json_t *)ours, key, v)
    {
        if (head_of(theirs, key) == NULL) {
            compare(output, run, key, NULL, json_string_value(v));
        }
    }
}

/* Letters and digits only, so that no escape is in the way. */
static char *squeezed(const char *s)
{
    char *out = malloc(strlen(s) + 1), *p = out;
    for (; *s != '\0'; s++) {
        if ((*s >= '0' && *s <= '9') || (*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z')) {
            *p++ = *s;
        }
    }
    *p = '\0';
    return out;
}

static void check_body(size_t which, const char *raw, const json_t *body)
{
    char why[4000], *text = json_dumps(body, JSON_COMPACT), *ours = squeezed(text);
    const char *output = outputs[which].ours, *key;
    json_t *alert = json_loads(raw, 0, NULL), *v;
    char *rule = squeezed(fir_test_text(alert, "rule", NULL));
    ck_assert_msg(fir_test_shape(json_object_get(shapes, output), body, why, sizeof why), "%s: %s: %s", output, why, text);
    ck_assert_msg(strstr(ours, rule) != NULL, "%s: no %s in %s", output, rule, text);
    json_object_foreach(json_object_get(alert, "output_fields"), key, v)
    {
        ck_assert_msg(!outputs[which].keeps_fields || strstr(text, key) != NULL, "%s: no %s in %s", output, key, text);
    }
    json_decref(alert);
    free(rule);
    free(ours);
    free(text);
}

static void play(size_t which, const json_t *line, size_t event)
{
    const char *output = outputs[which].theirs, *run = fir_test_text(line, "run", NULL);
    const json_t *request = json_object_get(line, "request");
    const char *url = fir_test_text(request, "url", NULL), *raw = json_string_value(json_array_get(events, event));
    json_t *config = settings(output, json_object_get(line, "config"), url);
    char *yaml = fir_test_output_block(outputs[which].ours, config);
    world_open(&w, yaml, NULL);
    world_submit(&w, raw);
    world_drain(&w);
    json_t *all = fir_test_posted(&w), *ours = json_array_get(all, 0);
    ck_assert_uint_eq(json_array_size(all), 1);
    compare(output, run, "method", fir_test_text(request, "method", NULL), fir_test_text(ours, "method", NULL));
    compare(output, run, "url", url, fir_test_text(ours, "url", NULL));
    compare_heads(line, json_object_get(request, "headers"), json_object_get(ours, "head"));
    check_body(which, raw, json_object_get(ours, "body"));
    seen[which]++;
    json_decref(all);
    world_close(&w);
    free(yaml);
    json_decref(config);
}

static void one_of_theirs(void *ctx, size_t n, const json_t *line)
{
    const json_t *at = json_object_get(line, "event_index");
    const char *protocol = fir_test_text(json_object_get(line, "config"), "protocol", NULL);
    (void)ctx;
    (void)n;
    for (size_t i = 0; i < OUTPUTS; i++) {
        /* What is sent at the start belongs to no alert; gRPC is not spoken. */
        if (strcmp(fir_test_text(line, "output", NULL), outputs[i].theirs) == 0 && json_is_integer(at) &&
            strcmp(protocol, "grpc") != 0) {
            play(i, line, (size_t)json_integer_value(at));
        }
    }
}

START_TEST(as_falcosidekick)
{
    events = json_array();
    shapes = json_object();
    (void)fir_test_each_line(fir_test_own("preset-shapes.jsonl"), keep_shape, NULL);
    (void)fir_test_each_line(fir_test_foreign("sidekick/events.jsonl"), keep_event, NULL);
    (void)fir_test_each_line(fir_test_foreign("sidekick/requests.jsonl"), one_of_theirs, NULL);
    for (size_t i = 0; i < OUTPUTS; i++) {
        ck_assert_msg(seen[i] >= 8, "%s: %zu requests", outputs[i].theirs, seen[i]);
    }
    for (size_t i = 0; i < LEFT_OUT; i++) {
        ck_assert_msg(left[i] != 0, "%s: %s is never set", left_out[i].output, left_out[i].key);
    }
    for (size_t i = 0; i < DIFFERENCES; i++) {
        ck_assert_msg(differed[i] != 0, "%s: %s never differs", differences[i].output, differences[i].part);
    }
    json_decref(events);
    json_decref(shapes);
}
END_TEST

int main(void)
{
    if (fir_test_foreign("sidekick/requests.jsonl") == NULL) {
        return FIR_TEST_SKIP;
    }
    Suite *s = suite_create("presets_recorded");
    TCase *t = tcase_create("presets_recorded");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, as_falcosidekick);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
