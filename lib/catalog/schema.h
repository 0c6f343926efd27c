/* SPDX-License-Identifier: Apache-2.0 */
/* Reading schemas of host types: what the two readers share. */
#ifndef FIR__CATALOG_SCHEMA_H
#define FIR__CATALOG_SCHEMA_H

#include "catalog/types.h"

enum {
    FIR__SCHEMA_MOST_BYTES = 1 << 20,
    FIR__SCHEMA_MOST_TEXT = 4096,
    FIR__SCHEMA_MOST_NAME = 64,
    FIR__SCHEMA_MOST_PARAMS = 200, /* of one type or object */
    FIR__SCHEMA_MOST_CHOICES = 100,
    FIR__SCHEMA_MOST_DEPTH = 4 /* of objects in objects */
};

/* A place in the document: "parameters.url.type". */
typedef struct fir__schema_at {
    const struct fir__schema_at *up; /* NULL: the document itself */
    fir_str name;
} fir__schema_at;

/* FIR_EINVAL with the place in front of the message. */
int fir__schema_fail(fir_error *err, const fir__schema_at *at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Values of one kind; FIR_EINVAL for another. A text is not empty and holds no control characters. */
int fir__schema_text(const fir__data *d, const fir__schema_at *at, fir_str *out, fir_error *err);
int fir__schema_bool(const fir__data *d, const fir__schema_at *at, bool *out, fir_error *err);
/* A text that is [a-z][a-z0-9_]*. */
int fir__schema_name(const fir__data *d, const fir__schema_at *at, fir_str *out, fir_error *err);
bool fir__schema_is_name(fir_str s);

/* "; did you mean …?" for an unknown word; "" when nothing is near. */
enum { FIR__SCHEMA_SUGGESTION = 96 };
const char *fir__schema_suggestion(fir_str name, char out[FIR__SCHEMA_SUGGESTION]);

/* The parameters of a type or object: FIR_EINVAL, FIR_ENOMEM. level: of objects around it. */
int fir__schema_params(const fir__data *d, const fir__schema_at *at, fir__arena *arena, int level, const fir__param_def **out,
                       uint32_t *n, fir_error *err);

#endif
