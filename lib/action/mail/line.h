/* SPDX-License-Identifier: Apache-2.0 */
/* A text as a part of one line. */
#ifndef FIR__ACTION_MAIL_LINE_H
#define FIR__ACTION_MAIL_LINE_H

#include "base/sbuf.h"

/* Appends s without blanks at its ends, at most so many bytes of it, in whole characters: what moves a cursor, ends a line or
 * turns the direction of writing becomes a blank, what is no UTF-8 a question mark. True: it was cut. */
bool fir__mail_line(fir__sbuf *out, fir_str s, size_t most);

#endif
