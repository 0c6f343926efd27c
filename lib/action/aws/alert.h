/* SPDX-License-Identifier: Apache-2.0 */
/* The alert as messages of AWS carry it: a text that its services take, and attributes to filter by. */
#ifndef FIR__ACTION_AWS_ALERT_H
#define FIR__ACTION_AWS_ALERT_H

#include "action/aws/aws.h"

enum { FIR__ATTRIBUTES = 10, FIR__ATTRIBUTE_NAME = 256, FIR__ATTRIBUTE_VALUE = 1024 };

typedef struct fir__attribute {
    fir_str name, value;
    const char *type; /* "String", "Number", "String.Array" */
} fir__attribute;

typedef struct fir__attributes {
    fir__attribute items[FIR__ATTRIBUTES];
    size_t n, bytes; /* of names, types and values */
} fir__attributes;

/* The message: parameter `message`, else the alert as JSON (`raw_json`, the default), else its text. Characters that the services
 * refuse are written as JSON escapes, or as U+FFFD in a text. 0, or the call has failed. most: bytes. */
int fir__aws_message(fir__aws *a, size_t most, const char *service, fir_str *out);

/* priority, rule, source, hostname, tags, then the scalar fields in order of name, as far as FIR__ATTRIBUTES and `room` go.
 * 0, or the call has failed. */
int fir__aws_attributes(fir__aws *a, size_t room, fir__attributes *out);

/* The alert's own time in nanoseconds; 0: it has none. */
int64_t fir__aws_alert_time(fir__aws *a);

#endif
