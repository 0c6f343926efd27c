/* SPDX-License-Identifier: Apache-2.0 */
/* make_journal DIR: appends the records of stdin to the journal of a data directory. A line is
 * {"kind":…,"event":…,"action":…,"at":NS, "record":{…},"alert":…}; what is missing is empty. {"trim":SEQ} finishes the records
 * before it. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"

static fir_str text_of(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return (fir_str){json_string_value(v), json_string_length(v)};
}

static void take(const fir_store *s, const json_t *o)
{
    fir_error err = {0};
    const json_t *trim = json_object_get(o, "trim");
    if (trim != NULL && s->trim(s->self, (uint64_t)json_integer_value(trim), NULL, 0, &err) == 0) {
        return;
    }
    char *json = json_dumps(json_object_get(o, "record"), JSON_COMPACT | JSON_SORT_KEYS);
    fir_record r = {.size = sizeof r,
                    .wall_ns = json_integer_value(json_object_get(o, "at")),
                    .kind = text_of(o, "kind"),
                    .event_id = text_of(o, "event"),
                    .action_id = text_of(o, "action"),
                    .json = fir__cstr(json != NULL ? json : "{}"),
                    .blob = text_of(o, "alert")};
    if (s->append(s->self, &r, 1, 0, NULL, &err) != 0) {
        (void)fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    free(json);
}

int main(int argc, char **argv)
{
    fir__store_options o = {.dir = argc > 1 ? argv[1] : "", .reserve = 4096};
    fir_store s;
    fir_error err = {0};
    static char line[1 << 20];
    if (fir__store_open(&o, &s, &err) != 0) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        json_t *one = json_loads(line, JSON_ALLOW_NUL, NULL);
        if (one == NULL) {
            (void)fprintf(stderr, "no JSON: %s", line);
            return 1;
        }
        take(&s, one);
        json_decref(one);
    }
    s.close(s.self);
    return 0;
}
