/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents off the event path (answers of APIs, reviews, schemas) as a tree. */
#ifndef FIR__JSON_DOCUMENT_H
#define FIR__JSON_DOCUMENT_H

#include "base/data.h"
#include "base/error.h"

/* Any JSON value, as a tree in the arena; nodes have no place. Refused: duplicate keys, broken UTF-8, integers outside of int64,
 * U+0000 in a key, what is nested deeper than 64. FIR_EPARSE with the place, FIR_ELIMIT, FIR_ENOMEM. */
int fir__json_document(fir_str text, fir__arena *arena, fir__data **out, fir_error *err);

#endif
