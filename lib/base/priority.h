/* SPDX-License-Identifier: Apache-2.0 */
/* Falco's eight levels: 0 emergency … 7 debug. A smaller number is more severe. */
#ifndef FIR__BASE_PRIORITY_H
#define FIR__BASE_PRIORITY_H

#include "base/str.h"

enum { FIR__PRIORITY_UNKNOWN = -1, FIR__PRIORITY_EMERGENCY = 0, FIR__PRIORITY_DEBUG = 7, FIR__PRIORITIES = 8 };

/* The level of a name: the eight names and "info", any case. FIR__PRIORITY_UNKNOWN for any other text. */
int fir__priority_parse(fir_str name);

/* "Emergency" … "Debug"; "" for an unknown level. */
fir_str fir__priority_name(int level);

/* For fir__str_suggest: the names in order, FIR__PRIORITIES of them. */
fir_str fir__priority_name_at(const void *ctx, size_t i);

#endif
