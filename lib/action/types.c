/* SPDX-License-Identifier: Apache-2.0 */
#include "action/types.h"

#include "action/aws/types.h"
#include "action/azure/types.h"
#include "action/gcp/types.h"
#include "catalog/presets.h"

/* A preset: all have the same functions. */
#define PRESET(type, can_undo)                                                                                                     \
    {.size = sizeof(fir_action_type),                                                                                              \
     .name = (type),                                                                                                               \
     .prepare = (can_undo) ? fir__preset_prepare : NULL,                                                                           \
     .advance = fir__preset_advance,                                                                                               \
     .undo = (can_undo) ? fir__preset_undo : NULL},

static const fir_action_type types[] = {
    {.size = sizeof(fir_action_type),
     .name = "admission:block",
     .prepare = fir__block_prepare,
     .advance = fir__block_advance,
     .undo = fir__block_undo},
    {.size = sizeof(fir_action_type), .name = "aws:eventbridge", .advance = fir__aws_eventbridge_advance},
    {.size = sizeof(fir_action_type), .name = "aws:kinesis", .advance = fir__aws_kinesis_advance},
    {.size = sizeof(fir_action_type), .name = "aws:lambda", .advance = fir__aws_lambda_advance},
    {.size = sizeof(fir_action_type), .name = "aws:s3", .advance = fir__aws_s3_advance},
    {.size = sizeof(fir_action_type),
     .name = "aws:security_group",
     .prepare = fir__aws_security_group_prepare,
     .advance = fir__aws_security_group_advance,
     .verify = fir__aws_security_group_verify,
     .undo = fir__aws_security_group_undo},
    {.size = sizeof(fir_action_type), .name = "aws:sns", .advance = fir__aws_sns_advance},
    {.size = sizeof(fir_action_type), .name = "aws:sqs", .advance = fir__aws_sqs_advance},
    {.size = sizeof(fir_action_type), .name = "azure:eventgrid", .advance = fir__azure_eventgrid_advance},
    {.size = sizeof(fir_action_type), .name = "azure:eventhub", .advance = fir__azure_eventhub_advance},
    {.size = sizeof(fir_action_type), .name = "azure:function", .advance = fir__azure_function_advance},
    {.size = sizeof(fir_action_type), .name = "gcp:cloudrun", .advance = fir__gcp_cloudrun_advance},
    {.size = sizeof(fir_action_type), .name = "gcp:function", .advance = fir__gcp_function_advance},
    {.size = sizeof(fir_action_type), .name = "gcp:pubsub", .advance = fir__gcp_pubsub_advance},
    {.size = sizeof(fir_action_type),
     .name = "http:webhook",
     .prepare = fir__webhook_prepare,
     .advance = fir__webhook_advance,
     .undo = fir__webhook_undo},
    {.size = sizeof(fir_action_type), .name = "local:file", .advance = fir__file_advance},
    {.size = sizeof(fir_action_type),
     .name = "local:exec",
     .advance = fir__exec_advance,
     .undo = fir__exec_undo,
     .flags = FIR_ACTION_BLOCKS},
    {.size = sizeof(fir_action_type),
     .name = "local:kill",
     .prepare = fir__kill_prepare,
     .advance = fir__kill_advance,
     .verify = fir__kill_verify,
     .undo = fir__kill_undo},
    {.size = sizeof(fir_action_type), .name = "smtp:email", .advance = fir__email_advance},
    {.size = sizeof(fir_action_type), .name = "syslog:message", .advance = fir__syslog_advance},
    FIR__PRESETS(PRESET)};

const fir_action_type *fir__builtin_type(size_t i)
{
    return i < sizeof types / sizeof types[0] ? &types[i] : NULL;
}

bool fir__type_goes_to_url(const fir_action_type *t)
{
    return t->advance == fir__webhook_advance;
}
