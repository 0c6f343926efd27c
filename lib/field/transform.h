/* SPDX-License-Identifier: Apache-2.0 */
/* Falco's transformers, on values: what conditions and output formats share.
 *
 * A value that is absent is NULL, as argument and as result. Lists are transformed element by element; elements that are null
 * or become absent are left out. Results live in the arena or borrow from the arguments. All functions return false only when
 * the arena failed (fir__arena_error). Whether a transformer may stand over a type at all is decided when something is compiled. */
#ifndef FIR__FIELD_TRANSFORM_H
#define FIR__FIELD_TRANSFORM_H

#include "base/arena.h"
#include "base/value.h"

/* ASCII only. */
bool fir__transform_lower(fir__arena *r, const fir__value *v, const fir__value **out);
bool fir__transform_upper(fir__arena *r, const fir__value *v, const fir__value **out);

/* Decodes the standard alphabet; up to two '=' at the end do not count. Absent for anything else. */
bool fir__transform_b64(fir__arena *r, const fir__value *v, const fir__value **out);

/* What stands after the last '/'. */
bool fir__transform_basename(fir__arena *r, const fir__value *v, const fir__value **out);

/* Bytes of a text, elements of a list. as_list: the value is of a list type, so a lone scalar is one element. */
bool fir__transform_len(fir__arena *r, const fir__value *v, bool as_list, const fir__value **out);

/* The texts of a list (or of a lone scalar) with the separator between them. */
bool fir__transform_join(fir__arena *r, const fir__value *separator, const fir__value *list, const fir__value **out);

/* All texts behind each other; absent when one of them is. */
bool fir__transform_concat(fir__arena *r, const fir__value *const *parts, size_t n, const fir__value **out);

/* POSIX getopt over a list of arguments (there is no argv[0]): a list of option letters, each followed by its value where it
 * takes one. "?" for an unknown option, "" for one whose value is missing. Absent when there is nothing to tell. */
bool fir__transform_getopt(fir__arena *r, const fir__value *list, fir_str options, const fir__value **out);

/* The same for one option: its last value, "" when that is missing, the letter itself when it takes none; absent when not seen. */
bool fir__transform_getopt_one(fir__arena *r, const fir__value *list, fir_str options, char option, const fir__value **out);

#endif
