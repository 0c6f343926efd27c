/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine's scripted transport was given, as JSON. */
#ifndef FIR_TEST_POSTED_H
#define FIR_TEST_POSTED_H

#include <jansson.h>

#include "support/world.h"

/* A list of {method, url, head, body}, without the heads User-Agent and Idempotency-Key. Eats w's heads: once for each request. A
 * body that is no JSON, or has a key twice, ends the test. json_decref(). */
json_t *fir_test_posted(world *w);

/* An output block "NAME_output: CONFIG" (JSON is YAML too). free(). */
char *fir_test_output_block(const char *name, const json_t *config);

#endif
