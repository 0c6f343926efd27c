/* SPDX-License-Identifier: Apache-2.0 */
/* Frames for tests: values of alerts, made of JSON. */
#ifndef FIR_TEST_FRAMES_H
#define FIR_TEST_FRAMES_H

#include <jansson.h>

#include "field/slots.h"

/* One value; texts are copied to the arena. Objects become their JSON text. */
fir__value fir_test_value(fir__arena *r, const json_t *j);

/* A frame over the slots: output fields from `fields`, properties by their names ("output", "tags", "event.json" …) from
 * `properties`; either may be NULL. "time" is read as a date. */
fir__frame fir_test_frame(fir__arena *r, const fir__slots *slots, const json_t *fields, const json_t *properties);

#endif
