/* SPDX-License-Identifier: Apache-2.0 */
/* The tables behind the catalogue. */
#ifndef FIR__CATALOG_TYPES_H
#define FIR__CATALOG_TYPES_H

#include "catalog/catalog.h"

/* A fir_str in a table. */
#define FIR__TEXT(literal)                                                                                                         \
    {                                                                                                                              \
        "" literal, sizeof(literal) - 1                                                                                            \
    }

/* Parameters of the types that work; one file a family. */
enum { FIR__HTTP_WEBHOOK_PARAMS = 14, FIR__LOCAL_FILE_PARAMS = 2 };
extern const fir__param_def fir__http_webhook_params[FIR__HTTP_WEBHOOK_PARAMS];
extern const fir__param_def fir__local_file_params[FIR__LOCAL_FILE_PARAMS];

enum { FIR__SMTP_EMAIL_PARAMS = 17, FIR__SYSLOG_MESSAGE_PARAMS = 21 };
extern const fir__param_def fir__smtp_email_params[FIR__SMTP_EMAIL_PARAMS];
extern const fir__param_def fir__syslog_message_params[FIR__SYSLOG_MESSAGE_PARAMS];

enum { FIR__LOCAL_EXEC_PARAMS = 5, FIR__LOCAL_KILL_PARAMS = 5 };
extern const fir__param_def fir__local_exec_params[FIR__LOCAL_EXEC_PARAMS];
extern const fir__param_def fir__local_kill_params[FIR__LOCAL_KILL_PARAMS];

/* The built-in types, in order of name. */
extern const fir__action_def fir__action_types[];
extern const size_t fir__action_type_count;

#endif
