/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing above U+10FFFF. */
#ifndef FIR__BASE_UTF8_H
#define FIR__BASE_UTF8_H

#include "base/sbuf.h"

/* Bytes of the sequence at p (1 to 4), or 0 when it is none. *cp gets the code point. n must not be 0. */
size_t fir__utf8_decode(const char *p, size_t n, uint32_t *cp);

/* Writes a code point (no surrogate) and gives the number of bytes, 1 to 4. */
size_t fir__utf8_encode(uint32_t cp, char out[4]);

/* The length of the valid prefix. */
size_t fir__utf8_valid(fir_str s);

/* How many bytes at p are one broken sequence, to be shown as one U+FFFD: the longest start of a sequence that could have been
 * valid, at least 1 (Unicode 3.9, maximal subparts; what Falco's JSON library does too). */
size_t fir__utf8_broken(const char *p, size_t n);

/* The largest place not after `at` where a character begins, so that a cut there splits none. */
size_t fir__utf8_floor(fir_str s, size_t at);

/* Appends s with each broken sequence as U+FFFD. True when there was one. */
bool fir__utf8_append_clean(fir__sbuf *b, fir_str s);

#endif
