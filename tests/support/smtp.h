/* SPDX-License-Identifier: Apache-2.0 */
/* A mail server for tests: on loopback, with a thread of its own, that says what a script wants and keeps what it was given. */
#ifndef FIR_TEST_SMTP_H
#define FIR_TEST_SMTP_H

#include <stddef.h>

/* What it says, each with its CRLF; NULL: what a server that takes all says; "": it closes the connection instead;
 * quit "-": it neither answers nor closes. */
typedef struct smtp_script {
    const char *greeting, *ehlo, *auth, *mail, *rcpt[2], *data, *end, *quit;
} smtp_script;

typedef struct smtp smtp;

smtp *smtp_start(void); /* exits the test program when it cannot */
void smtp_say(smtp *s, const smtp_script *script);
int smtp_port(const smtp *s);
size_t smtp_taken(smtp *s);              /* mails that came to their end, whatever was said to it */
void smtp_last(smtp *s, char out[4096]); /* the last one: envelope and text */
void smtp_stop(smtp *s);

#endif
