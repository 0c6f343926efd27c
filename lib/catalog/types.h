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
enum { FIR__HTTP_WEBHOOK_PARAMS = 16, FIR__LOCAL_FILE_PARAMS = 2 };
extern const fir__param_def fir__http_webhook_params[FIR__HTTP_WEBHOOK_PARAMS];
extern const fir__param_def fir__local_file_params[FIR__LOCAL_FILE_PARAMS];

enum { FIR__ADMISSION_BLOCK_PARAMS = 16 };
extern const fir__param_def fir__admission_block_params[FIR__ADMISSION_BLOCK_PARAMS];

enum { FIR__SMTP_EMAIL_PARAMS = 17, FIR__SYSLOG_MESSAGE_PARAMS = 21 };
extern const fir__param_def fir__smtp_email_params[FIR__SMTP_EMAIL_PARAMS];
extern const fir__param_def fir__syslog_message_params[FIR__SYSLOG_MESSAGE_PARAMS];

enum { FIR__LOCAL_EXEC_PARAMS = 5, FIR__LOCAL_KILL_PARAMS = 5 };
extern const fir__param_def fir__local_exec_params[FIR__LOCAL_EXEC_PARAMS];
extern const fir__param_def fir__local_kill_params[FIR__LOCAL_KILL_PARAMS];

enum {
    FIR__AWS_SNS_PARAMS = 9,
    FIR__AWS_SQS_PARAMS = 9,
    FIR__AWS_EVENTBRIDGE_PARAMS = 7,
    FIR__AWS_KINESIS_PARAMS = 6,
    FIR__AWS_LAMBDA_PARAMS = 6,
    FIR__AWS_S3_PARAMS = 10,
    FIR__AWS_SECURITY_GROUP_PARAMS = 9
};
extern const fir__param_def fir__aws_sns_params[FIR__AWS_SNS_PARAMS];
extern const fir__param_def fir__aws_sqs_params[FIR__AWS_SQS_PARAMS];
extern const fir__param_def fir__aws_eventbridge_params[FIR__AWS_EVENTBRIDGE_PARAMS];
extern const fir__param_def fir__aws_kinesis_params[FIR__AWS_KINESIS_PARAMS];
extern const fir__param_def fir__aws_lambda_params[FIR__AWS_LAMBDA_PARAMS];
extern const fir__param_def fir__aws_s3_params[FIR__AWS_S3_PARAMS];
extern const fir__param_def fir__aws_security_group_params[FIR__AWS_SECURITY_GROUP_PARAMS];

enum {
    FIR__GCP_FUNCTION_PARAMS = 9,
    FIR__GCP_CLOUDRUN_PARAMS = 6,
    FIR__GCP_PUBSUB_PARAMS = 6,
    FIR__AZURE_FUNCTION_PARAMS = 7,
    FIR__AZURE_EVENTGRID_PARAMS = 9,
    FIR__AZURE_EVENTHUB_PARAMS = 6
};
extern const fir__param_def fir__gcp_function_params[FIR__GCP_FUNCTION_PARAMS];
extern const fir__param_def fir__gcp_cloudrun_params[FIR__GCP_CLOUDRUN_PARAMS];
extern const fir__param_def fir__gcp_pubsub_params[FIR__GCP_PUBSUB_PARAMS];
extern const fir__param_def fir__azure_function_params[FIR__AZURE_FUNCTION_PARAMS];
extern const fir__param_def fir__azure_eventgrid_params[FIR__AZURE_EVENTGRID_PARAMS];
extern const fir__param_def fir__azure_eventhub_params[FIR__AZURE_EVENTHUB_PARAMS];

/* The built-in types that are code, in order of name; those that are data stand in presets.h. */
extern const fir__action_def fir__action_types[];
extern const size_t fir__action_type_count;

#endif
