/* SPDX-License-Identifier: Apache-2.0 */
/* The cases of test_actions.c: each built-in action type, with the answers of the servers that it talks to. */
#ifndef FIR_TEST_ACTING_H
#define FIR_TEST_ACTING_H

#include <stdbool.h>
#include <stddef.h>

#include "support/fake.h"

/* The answer of the first route whose text stands in a request's address or body. */
typedef struct acting_route {
    const char *part;
    fake_answer answer;
} acting_route;

typedef struct acting {
    const char *use;        /* NULL: `parameters` is a whole playbook */
    const char *parameters; /* the inside of a flow mapping; @@ stands for the test's folder */
    const char *config;     /* what stands before the rule; NULL: nothing */
    const char *environment[5];
    acting_route routes[7];
    acting_route undoing[2]; /* before them while it is undone */
    const char *outcomes;    /* when nothing fails: "step:status" of each */
    bool undo;               /* it is undone afterwards */
} acting;

extern const acting acting_cases[];
extern const size_t acting_n_cases;

#endif
