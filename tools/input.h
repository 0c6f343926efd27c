/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts from a file or stdin, gzipped or not, one at a time. */
#ifndef FALCOIR_TOOLS_INPUT_H
#define FALCOIR_TOOLS_INPUT_H

#include "command.h"

typedef struct input input;

/* Opens the operand at `index`, or stdin when it is "-" or not there. Gives 0, or the exit code after complaining. */
int input_open(const arguments *a, size_t index, input **out);

/* The next alert; false at the end or after an error. What is no alert is told on stderr and counted. */
bool input_next(input *in);

/* Of the alert in hand. */
const fir_event *input_event(const input *in);
fir_str input_text(const input *in); /* the bytes it was read from */
uint64_t input_line(const input *in);

/* The next piece of the unpacked input as it is, for who reads many alerts at once; false at the end or after an error. */
bool input_chunk(input *in, const char **p, size_t *n);
void input_count_bad(input *in, uint64_t line, const char *message); /* one that such a reader refused */

/* Closes, reports how many lines were no alert, and gives the exit code to end with: `exit_code`, or worse. */
int input_close(input *in, int exit_code);

#endif
