/* SPDX-License-Identifier: Apache-2.0 */
/* Test data, one JSON object a line, read with jansson. */
#ifndef FIR_TEST_VECTORS_H
#define FIR_TEST_VECTORS_H

#include <jansson.h>
#include <stddef.h>

/* Exit code of a test program that ctest reports as skipped. */
enum { FIR_TEST_SKIP = 77 };

/* A file as one piece of memory with a NUL behind it; NULL when it cannot be read. free(). */
char *fir_test_read_file(const char *path, size_t *n);

/* Calls visit for every line, with its number from 1. Prints and exits on a file that cannot be read or a line that is no JSON. */
typedef void fir_test_visit(void *ctx, size_t line, const json_t *value);
size_t fir_test_each_line(const char *path, fir_test_visit *visit, void *ctx);

/* The path of a file of this repository's own data: tests/conformance/NAME. Static, one at a time. */
const char *fir_test_own(const char *name);

/* The path of a file of other people's data, below $FALCOIR_VECTORS; NULL where that is not set: then the test is skipped. */
const char *fir_test_foreign(const char *name);

/* The text of a string of an object; "" when it is not there. *n (may be NULL): its length, NULs inside count. */
const char *fir_test_text(const json_t *object, const char *key, size_t *n);

#endif
