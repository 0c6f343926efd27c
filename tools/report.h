/* SPDX-License-Identifier: Apache-2.0 */
/* What came out of the tests: for JUnit's readers, and which rules and actions no test reaches. */
#ifndef FALCOIR_TOOLS_REPORT_H
#define FALCOIR_TOOLS_REPORT_H

#include <jansson.h>

#include "command.h"

typedef struct report {
    size_t passed, failed;
    json_t *cases;   /* array of {"name","file","line","wrongs":[…]} */
    json_t *reached; /* {rule: {step: true}} */
} report;

void report_begin(report *r);
void report_end(report *r);

/* One test: what is wrong, and the plans of its alerts. */
void report_add(report *r, const json_t *test, json_t *wrongs, const json_t *plans);

/* Names what was not reached, on stdout. */
void report_coverage(const report *r, const json_t *playbook);

/* Writes the XML. Gives 0, or an exit code after complaining. */
int report_junit(const report *r, const arguments *a, const char *path);

#endif
