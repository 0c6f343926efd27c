/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts from a file or stdin, gzipped or not, one at a time. */
#ifndef FALCOIR_TOOLS_INPUT_H
#define FALCOIR_TOOLS_INPUT_H

#include "command.h"
#include "progress.h"

typedef struct input input;

/* Opens the operand at `index`, or stdin when it is "-" or not there. Gives 0, or the exit code after complaining. */
int input_open(const arguments *a, size_t index, input **out);

/* The next alert; false at the end or after an error. What is no alert is told on stderr and counted. */
bool input_next(input *in);

/* Of the alert in hand. */
const fir_event *input_event(const input *in);
fir_str input_text(const input *in);    /* the bytes it was read from */
bool input_text_again(const input *in); /* the alert before came from the same bytes: an envelope with several */
uint64_t input_line(const input *in);

/* For who acts on the alerts: go on reading also when stdout can no longer be written to. Others end then. */
void input_acts(input *in);

/* How long the file is, and how much of it was read; the size is 0 when it is a pipe, or of no known length. */
uint64_t input_size(const input *in);
uint64_t input_done(const input *in);
/* The bar that messages about the input hide. */
void input_beside(input *in, progress *bar);

/* Closes, reports how many lines were no alert, and gives the exit code to end with: `exit_code`, or worse. */
int input_close(input *in, int exit_code);

#endif
