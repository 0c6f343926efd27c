/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets in a text of somebody else's, who may have written them in another way: percent-encoded (twice, too), inside of JSON, in
 * base64 of either alphabet and at any place of it. */
#ifndef FIR__SECRET_MASK_H
#define FIR__SECRET_MASK_H

#include "base/sbuf.h"

/* Appends the text to b, with "***" for each of the secrets; at the text's end also for the first bytes of one, which was cut.
 * Secrets shorter than `least` would hide parts of ordinary words, and are passed over. Time: linear in the text and in each
 * secret. Memory is that of b; its status is FIR_ENOMEM where there was none, and then nothing was appended. */
void fir__mask(const fir_str *secrets, size_t n, size_t least, fir_str text, fir__sbuf *b);

#endif
