/* SPDX-License-Identifier: Apache-2.0 */
/* A syslog message as text. Pure. Whatever its parts hold, it is one message in one line, of the fields that are named here. */
#ifndef FIR__ACTION_MAIL_SYSLOG_MESSAGE_H
#define FIR__ACTION_MAIL_SYSLOG_MESSAGE_H

#include "base/data.h"
#include "base/sbuf.h"

enum { FIR__SYSLOG_LEAST = 480, FIR__SYSLOG_MAX_ELEMENTS = 32 };

typedef struct fir__syslog_element {
    fir_str name, value;
} fir__syslog_element;

typedef struct fir__syslog {
    uint32_t facility, severity;
    int64_t time_ns;
    fir_str hostname, app_name, msgid, message;
    fir_str data_id; /* of the structured data */
    const fir__syslog_element *elements;
    size_t n_elements;
    size_t most; /* bytes, from FIR__SYSLOG_LEAST */
} fir__syslog;

/* A name of structured data, or of one of its elements (RFC 5424, SD-NAME). */
bool fir__syslog_name(fir_str s);

void fir__syslog_5424(const fir__syslog *m, fir__sbuf *out);
void fir__syslog_3164(const fir__syslog *m, fir__sbuf *out);

#endif
