/* SPDX-License-Identifier: Apache-2.0 */
/* Guesses at what was meant where Falco's message only says what is wrong. */
#include "expr/parser.h"

void fir__parse_hint(const fir__parser *p, fir__failure what, char hint[FIR__HINT_ROOM])
{
    (void)p;
    (void)what;
    hint[0] = '\0';
}
