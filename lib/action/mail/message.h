/* SPDX-License-Identifier: Apache-2.0 */
/* A mail as text (RFC 5322, MIME). Pure. Whatever its parts hold, it has the headers that are named here and no others, and all
 * of it is ASCII in lines of at most 76 characters (those with an address alone may be longer). */
#ifndef FIR__ACTION_MAIL_MESSAGE_H
#define FIR__ACTION_MAIL_MESSAGE_H

#include "base/sbuf.h"

enum { FIR__MAIL_MAX_SUBJECT = 400, FIR__MAIL_MAX_NAME = 128 };

typedef struct fir__mailbox {
    fir_str name; /* empty: none */
    fir_str address;
} fir__mailbox;

typedef struct fir__mailboxes {
    const fir__mailbox *items;
    size_t n;
} fir__mailboxes;

typedef struct fir__message {
    fir__mailbox from;
    fir__mailboxes to, cc;
    fir_str subject, text;
    fir_str html; /* empty: none */
    fir_str id;   /* hex: the same mail has the same one */
    int64_t date_ns;
} fir__message;

/* "a@example.org" or "Name <a@example.org>", views into s. False: neither. */
bool fir__mailbox_parse(fir_str s, fir__mailbox *out);

void fir__message_write(const fir__message *m, fir__sbuf *out);

#endif
