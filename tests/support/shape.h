/* SPDX-License-Identifier: Apache-2.0 */
/* What a body has to look like, strictly: a key that the shape does not name is as wrong as one that is missing. */
#ifndef FIR_TEST_SHAPE_H
#define FIR_TEST_SHAPE_H

#include <jansson.h>
#include <stdbool.h>

/* A shape is JSON:
 *   {"key": shape, "key?": shape, "*": shape}   an object; "?": need not be there; "*": what every other key holds
 *   [least, most, shape, ...]                   a list of so many items, each of one of the shapes
 *   {"$row": [shape, ...]}                      a list of exactly these
 *   "text"    a string, also an empty one       "string"  one that is not empty    "string:N"  of N characters at most
 *   "digits"  a string of digits                "rfc3339" a point in time          "int", "number", "bool", "any"
 *   "=x"      exactly the string x              "|a|b"    one of these strings
 * A number or a boolean stands for itself. *why says where it differs first. */
bool fir_test_shape(const json_t *shape, const json_t *value, char *why, size_t room);

#endif
