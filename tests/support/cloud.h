/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the cloud actions share: an engine that may read the environment, and what it sent. */
#ifndef FIR_TEST_CLOUD_H
#define FIR_TEST_CLOUD_H

#include "support/world.h"

typedef struct cloud {
    world w;
    char folder[40];
    char path[120];
    char text[16384];
} cloud;

/* A rule with one step "a" of a type; parameters: the inside of a flow mapping. */
#define CLOUD_RULE(use, attempts, parameters)                                                                                      \
    "- rule: R\n  condition: proc.name = sh\n  actions: [{action: a, use: '" use "', retry: {attempts: " #attempts                 \
    "}, parameters: {" parameters "}}]\n"

#define CLOUD_ALERT                                                                                                                \
    "{\"hostname\":\"node-1\",\"output\":\"shell in a container\",\"output_fields\":{\"container.id\":\"3f2a9c81d0e4\","           \
    "\"k8s.ns.name\":\"prod-web\",\"k8s.pod.name\":\"web-0\",\"proc.cmdline\":\"sh -c \\\"id\\\"\",\"proc.name\":\"sh\"},"         \
    "\"priority\":\"Warning\",\"rule\":\"Terminal shell in container\",\"source\":\"syscall\",\"tags\":[\"container\"],"           \
    "\"time\":\"2026-07-14T09:21:33.123456789Z\"}"

void cloud_init(cloud *t); /* a folder, and none of the clouds' variables */
void cloud_fini(cloud *t);
void cloud_set(const char *name, const char *value);
const char *cloud_file(cloud *t, const char *name, const char *content); /* its path, until the next call */
void cloud_open(cloud *t, const char *yaml, const fake_answer *script, size_t n);
void cloud_run(cloud *t, const char *yaml, const fake_answer *script, size_t n); /* opens, submits the alert, drains */
const fake_request *cloud_request(cloud *t, size_t i);
/* Request i's head, exactly: what stands in want, and User-Agent. */
void cloud_head(cloud *t, size_t i, const char *want);
const char *cloud_action_id(cloud *t);

#endif
