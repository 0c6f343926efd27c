/* SPDX-License-Identifier: Apache-2.0 */
/* Text of strangers for the eyes of a person: a terminal gets no control characters, a log no forged lines. */
#ifndef FALCOIR_TOOLS_SHOW_H
#define FALCOIR_TOOLS_SHOW_H

#include <jansson.h>

#include "command.h"

/* Writes s; what would steer a terminal (controls, bidi marks, bytes that are no UTF-8) is made visible, a tab is a blank.
 * Gives the columns that it takes. to may be NULL: only counts. */
size_t put_safe(FILE *to, const char *s, size_t n);

/* The same for a text without NULs. */
void put_text(FILE *to, const char *s);

/* A line on stdout, made safe as a whole. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* An object's text by key; "" where there is none. */
const char *text_of(const json_t *o, const char *key);

/* A value as compact JSON on stdout, safe to look at; and one for scripts: with a newline, keys sorted, bytes as they are. */
void put_value(const json_t *v);
void put_json_line(const json_t *v);

/* A file's text, and where a line of it was found last: who asks for lines in order reads it once. */
typedef struct source_text {
    const char *text;
    size_t len;
    size_t at; /* where line `line` begins; both 0: nothing was looked for yet */
    long long line;
} source_text;

/* Shows the line of a file with a caret below the column (from 1, in bytes). What stands behind a secret's key is not shown.
 * hide: from this column on nothing is shown, 0 for all. */
void put_source(FILE *to, source_text *t, long long line, long long column, long long hide);

/* A condition or template of the command line that does not compile, with a caret below its place: EXIT_USAGE. */
int does_not_compile(const arguments *a, const char *text, const fir_error *e);

/* What the library warns of in a condition of the command line: fir_condition_warnings_json. */
void put_warnings(const arguments *a, const char *text, const fir_buf *warnings);

#endif
