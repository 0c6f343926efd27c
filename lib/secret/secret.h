/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets, from where they are kept to the buffer of the request that needs them. Their text never stands in an error. */
#ifndef FIR__SECRET_SECRET_H
#define FIR__SECRET_SECRET_H

#include "base/error.h"
#include "base/sbuf.h"

enum { FIR__SECRET_MAX = 64 * 1024 }; /* bytes of one secret */

typedef enum fir__secret_source { FIR__FROM_ENV, FIR__FROM_FILE, FIR__FROM_CONFIG, FIR__SECRET_SOURCES } fir__secret_source;

typedef struct fir__secrets fir__secrets;

/* environment: copies the process environment, now and never again; false: secrets from it are refused. No other thread may
 * change the environment meanwhile. a is copied. */
int fir__secrets_new(const fir_allocator *a, bool environment, fir__secrets **out, fir_error *err);
void fir__secrets_free(fir__secrets *s);

/* Appends the secret to b, whose allocator should be a wiping one. name: the variable, the path, or the place in the
 * configuration; literal: its text, FIR__FROM_CONFIG only. A file is read now; the newline at its end does not count.
 * Errors: FIR_EDENIED (not allowed to be read from there), FIR_ENOTFOUND (not there, or empty), FIR_EIO, FIR_ELIMIT, FIR_ENOMEM. */
int fir__secret_read(const fir__secrets *s, fir__secret_source from, fir_str name, fir_str literal, fir__sbuf *b, fir_error *err);

#endif
