/* SPDX-License-Identifier: Apache-2.0 */
/* Rules and alerts of every shape, by chance: all operators, modifiers, transformers, kinds of fields, Talon's match; and alerts
 * that fit them often enough, with absent, null and odd values among them. */
#ifndef FIR_TEST_STRANGE_H
#define FIR_TEST_STRANGE_H

#include <stdbool.h>

#include "support/mixes.h"

/* A condition. Most compile; some are refused. free(). */
char *fir_test_strange_condition(fir_test_random *r, int depth);

/* A playbook of n rules: conditions, matches, both; some with `continue: false`. checked: each condition has been compiled alone,
 * so all of it compiles. acting: its steps have templates in bodies, headers, addresses and lines. free(). */
char *fir_test_strange_playbook(fir_test_random *r, uint32_t n, bool checked, bool acting, size_t *len);

/* One alert, on one line. free(). */
char *fir_test_strange_alert(fir_test_random *r, size_t *len);

#endif
