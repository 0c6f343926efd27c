/* SPDX-License-Identifier: Apache-2.0 */
#include "support/cloud.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/variables.h"

void cloud_set(const char *name, const char *value)
{
    fir_test_set(name, value);
}

void cloud_init(cloud *t)
{
    fir_test_forget_clouds();
    memset(t, 0, sizeof *t);
    (void)strcpy(t->folder, "/tmp/fir-cloud-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(t->folder));
}

void cloud_fini(cloud *t)
{
    char command[80];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", t->folder);
    ck_assert_int_eq(system(command), 0);
}

const char *cloud_file(cloud *t, const char *name, const char *content)
{
    (void)snprintf(t->path, sizeof t->path, "%s/%s", t->folder, name);
    FILE *f = fopen(t->path, "w");
    ck_assert(f != NULL && fputs(content, f) >= 0 && fclose(f) == 0);
    return t->path;
}

void cloud_open(cloud *t, const char *yaml, const fake_answer *script, size_t n)
{
    const fir_engine_options o = {.size = sizeof o, .flags = FIR_ENGINE_ENV};
    world_open(&t->w, yaml, &o);
    t->w.fake.script = script;
    t->w.fake.n_script = n;
}

void cloud_run(cloud *t, const char *yaml, const fake_answer *script, size_t n)
{
    cloud_open(t, yaml, script, n);
    world_submit(&t->w, world_alert);
    world_drain(&t->w);
}

const fake_request *cloud_request(cloud *t, size_t i)
{
    ck_assert_uint_lt(i, t->w.fake.n);
    return &t->w.fake.requests[i];
}

void cloud_head(cloud *t, size_t i, const char *want)
{
    (void)snprintf(t->text, sizeof t->text, "%sUser-Agent: falcoir/%s\n", want, fir_version_string());
    ck_assert_str_eq(cloud_request(t, i)->head, t->text);
}

const char *cloud_action_id(cloud *t)
{
    static char id[65];
    char *json = world_json(&t->w);
    const char *at = strstr(json, "\"action_id\":\"");
    ck_assert_ptr_nonnull(at);
    (void)snprintf(id, sizeof id, "%.64s", at + 13);
    free(json);
    return id;
}
