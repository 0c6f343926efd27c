/* SPDX-License-Identifier: Apache-2.0 */
#include "support/posted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *body_of(const fake_request *q)
{
    json_error_t err;
    if (q->body[0] == '\0') {
        return json_null();
    }
    json_t *body = json_loads(q->body, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &err);
    if (body == NULL) {
        printf("%s: no JSON: %s: %s\n", q->url, err.text, q->body);
        exit(1);
    }
    return body;
}

json_t *fir_test_posted(world *w)
{
    json_t *all = json_array();
    for (size_t i = 0; i < w->fake.n; i++) {
        const fake_request *q = &w->fake.requests[i];
        json_t *head = json_object();
        for (char *line = strtok(q->head, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            char *colon = strstr(line, ": ");
            *colon = '\0';
            if (strcmp(line, "User-Agent") != 0 && strcmp(line, "Idempotency-Key") != 0) {
                json_object_set_new(head, line, json_string(colon + 2));
            }
        }
        json_array_append_new(
            all, json_pack("{s:s, s:s, s:o, s:o}", "method", q->method, "url", q->url, "head", head, "body", body_of(q)));
    }
    return all;
}

char *fir_test_output_block(const char *name, const json_t *config)
{
    char *json = json_dumps(config, JSON_COMPACT);
    size_t n = strlen(json) + strlen(name) + 12;
    char *text = malloc(n);
    (void)snprintf(text, n, "%s_output: %s\n", name, json);
    free(json);
    return text;
}
