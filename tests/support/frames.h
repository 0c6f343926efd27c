/* SPDX-License-Identifier: Apache-2.0 */
/* Frames for conditions, straight from a JSON object: the evaluator is tested without the event reader. */
#ifndef FIR_TEST_FRAMES_H
#define FIR_TEST_FRAMES_H

#include <jansson.h>

#include "base/arena.h"
#include "field/slots.h"

/* As fir_test_each_line; integers above INT64_MAX, which jansson refuses, come as strings with a mark. */
typedef void fir_test_visit_any(void *ctx, size_t line, const json_t *value);
size_t fir_test_each_line_u64(const char *path, fir_test_visit_any *visit, void *ctx);

/* A value in the arena; borrows the texts of v. */
fir__value fir_test_value(fir__arena *arena, const json_t *v);

/* A frame for the slots: output fields from `fields`, the alert's properties from `alert` (may be NULL). */
fir__frame fir_test_frame(fir__arena *arena, const fir__slots *slots, const json_t *fields, const json_t *alert);

#endif
