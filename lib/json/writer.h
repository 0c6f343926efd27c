/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical JSON (docs/plan.md): UTF-8, no blanks, integers as integers, the shortest text of a double that reads back. */
#ifndef FIR__JSON_WRITER_H
#define FIR__JSON_WRITER_H

#include "base/data.h"
#include "base/sbuf.h"
#include "base/value.h"

/* A string with its quotes. Broken UTF-8 becomes U+FFFD, so what is written is always valid JSON. */
void fir__json_string(fir__sbuf *b, fir_str s);

/* The same without the quotes: for a hole inside a string literal. */
void fir__json_escape(fir__sbuf *b, fir_str s);

/* A double; one that is no number or infinite becomes null. The locale does not matter. */
void fir__json_double(fir__sbuf *b, double d);

/* A value of an alert. A number keeps the text it came with. */
void fir__json_value(fir__sbuf *b, const fir__value *v);

/* A tree; the keys of maps sorted bytewise. */
void fir__json_data(fir__sbuf *b, const fir__data *d);

/* Objects and arrays with their commas, for writers that know their keys in order:
 *   fir__json_open(&w, '{'); fir__json_key(&w, FIR__S("a")); … fir__json_close(&w, '}'); */
typedef struct fir__json_writer {
    fir__sbuf *b;
    bool comma; /* the next key or element needs one before it */
} fir__json_writer;

void fir__json_open(fir__json_writer *w, char bracket);
void fir__json_close(fir__json_writer *w, char bracket);
void fir__json_key(fir__json_writer *w, fir_str key); /* inside an object: comma, key and colon */
void fir__json_item(fir__json_writer *w);             /* inside an array: the comma; the value is written by the caller */
void fir__json_done(fir__json_writer *w);             /* after a value that was written directly to b */

/* Key and value in one. */
void fir__json_key_str(fir__json_writer *w, fir_str key, fir_str value);
void fir__json_key_i64(fir__json_writer *w, fir_str key, int64_t value);
void fir__json_key_bool(fir__json_writer *w, fir_str key, bool value);
void fir__json_key_time(fir__json_writer *w, fir_str key, int64_t ns); /* nanoseconds since 1970, as RFC 3339 text */

/* The same, but nothing at all when the value is empty. */
void fir__json_key_text(fir__json_writer *w, fir_str key, fir_str value);
void fir__json_key_texts(fir__json_writer *w, fir_str key, const fir_str *values, size_t n); /* an array of strings */

/* "error": {"code", "message"}; a code of 0 is left out. */
void fir__json_key_error(fir__json_writer *w, int32_t code, fir_str message);

#endif
