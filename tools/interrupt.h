/* SPDX-License-Identifier: Apache-2.0 */
/* The signals that ask a program to end: SIGINT, SIGTERM, SIGHUP. The first one is told to who asks here; a second one kills, as it
 * would have without us. One that was ignored when the program began (nohup) stays ignored. */
#ifndef FALCOIR_TOOLS_INTERRUPT_H
#define FALCOIR_TOOLS_INTERRUPT_H

#include <stdbool.h>

/* Listens from now on; false: the system has no more files to give. */
bool interrupt_begin(void);

/* The signal that came, 0: none; its name. */
int interrupt_signal(void);
const char *interrupt_name(void);

/* Readable once a signal came or the end was called, and from then on: to wait for it beside other files. -1 before the beginning.
 */
int interrupt_file(void);

/* Wakes who waits for the file although no signal came. */
void interrupt_wake(void);

/* Ends as the signal would have ended the program, so that who started it sees that; comes back when none came. */
void interrupt_pass_on(void);

#endif
