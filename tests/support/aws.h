/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the aws types share: an engine that may read the environment, a folder, and what was sent. */
#ifndef FIR_TEST_AWS_H
#define FIR_TEST_AWS_H

#include <check.h>
#include <stdio.h>

#include "support/variables.h"
#include "support/world.h"

static world w;
static char folder[] = "/tmp/fir-aws-XXXXXX";

#define KEYS "AKIDEXAMPLE"

static inline void clean_environment(void)
{
    fir_test_forget_clouds();
    fir_test_set("HOME", folder);
}

static inline void with_keys(void)
{
    clean_environment();
    fir_test_set("AWS_ACCESS_KEY_ID", KEYS);
    fir_test_set("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
}

/* A file in the test's own folder; its path. */
static inline const char *file(const char *name, const char *content)
{
    static char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    ck_assert(f != NULL && fputs(content, f) >= 0 && fclose(f) == 0);
    return path;
}

static inline void open_with(const char *yaml, const fake_answer *script, size_t n)
{
    const fir_engine_options o = {.size = sizeof o, .flags = FIR_ENGINE_ENV};
    world_open(&w, yaml, &o);
    w.fake.script = script;
    w.fake.n_script = n;
}

static inline void run(const char *yaml, const fake_answer *script, size_t n)
{
    open_with(yaml, script, n);
    world_submit(&w, world_alert);
    world_drain(&w);
}

static inline const fake_request *request(size_t i)
{
    ck_assert_uint_lt(i, w.fake.n);
    return &w.fake.requests[i];
}

#endif
