/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of the aws types. What names an account, a region or a receiver holds no template: an alert must not choose it. */
#include "catalog/rows.h"

static const fir_str invocations[] = {FIR__TEXT("DryRun"), FIR__TEXT("Event"), FIR__TEXT("RequestResponse")};
static const fir_str acls[] = {FIR__TEXT("bucket-owner-full-control"), FIR__TEXT("bucket-owner-read"), FIR__TEXT("private")};
static const fir_str modes[] = {FIR__TEXT("replace_groups"), FIR__TEXT("revoke_egress")};

/* Rows that several of the types have. */
#define REGION                                                                                                                     \
    {                                                                                                                              \
        .name = FIR__TEXT("region"), .type = FIR__P_STRING, .flags = FIR__P_NO_TEMPLATE, .aliases = FIR__TEXT("aws_region"),       \
        .description = FIR__TEXT("The region; else that of the ARN or address, of the configuration, of AWS_REGION."),             \
    }

#define RAW_JSON                                                                                                                   \
    {                                                                                                                              \
        .name = FIR__TEXT("raw_json"), .type = FIR__P_BOOLEAN, .flags = FIR__P_NO_TEMPLATE, .default_text = FIR__TEXT("true"),     \
        .description = FIR__TEXT("The whole alert as JSON is the message; false: its text alone."),                                \
    }

#define MESSAGE                                                                                                                    \
    {                                                                                                                              \
        .name = FIR__TEXT("message"), .type = FIR__P_STRING, .sink = FIR_SINK_TEXT,                                                \
        .description = FIR__TEXT("What is sent in place of the alert."),                                                           \
    }

#define ATTRIBUTES                                                                                                                 \
    {                                                                                                                              \
        .name = FIR__TEXT("attributes"), .type = FIR__P_BOOLEAN, .flags = FIR__P_NO_TEMPLATE, .default_text = FIR__TEXT("true"),   \
        .description =                                                                                                             \
            FIR__TEXT("Sends priority, rule, source, hostname, tags and the first fields along, ten in all, to filter by."),       \
    }

const fir__param_def fir__aws_sns_params[FIR__AWS_SNS_PARAMS] = {
    {
        .name = FIR__TEXT("topic_arn"),
        .type = FIR__P_STRING,
        .flags = FIR__P_REQUIRED | FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("The topic, an ARN."),
    },
    REGION,
    RAW_JSON,
    MESSAGE,
    {
        .name = FIR__TEXT("subject"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .description = FIR__TEXT("The subject, for subscribers by mail; cut to 100 characters."),
    },
    ATTRIBUTES,
    {
        .name = FIR__TEXT("message_group_id"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .description = FIR__TEXT("The group of the message, of a FIFO topic; falcoir when not given."),
    },
    {
        .name = FIR__TEXT("message_deduplication_id"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .description = FIR__TEXT("By what a FIFO topic knows a repeat; the id of the action when not given."),
    },
    FIR__PARAM_TIMEOUT,
};

const fir__param_def fir__aws_sqs_params[FIR__AWS_SQS_PARAMS] = {
    {
        .name = FIR__TEXT("queue_url"),
        .type = FIR__P_STRING,
        .flags = FIR__P_REQUIRED | FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("The queue's URL; the message goes to the host in it."),
    },
    REGION,
    RAW_JSON,
    MESSAGE,
    ATTRIBUTES,
    {
        .name = FIR__TEXT("message_group_id"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .description = FIR__TEXT("The group of the message, of a FIFO queue; falcoir when not given."),
    },
    {
        .name = FIR__TEXT("message_deduplication_id"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .description = FIR__TEXT("By what a FIFO queue knows a repeat; the id of the action when not given."),
    },
    {
        .name = FIR__TEXT("delay"),
        .type = FIR__P_DURATION,
        .flags = FIR__P_NO_TEMPLATE,
        .least = 0,
        .most = INT64_C(900000000000),
        .description = FIR__TEXT("How long the message stays hidden; not of a FIFO queue."),
    },
    FIR__PARAM_TIMEOUT,
};

const fir__param_def fir__aws_eventbridge_params[FIR__AWS_EVENTBRIDGE_PARAMS] = {
    {
        .name = FIR__TEXT("bus"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .aliases = FIR__TEXT("event_bus_name"),
        .default_text = FIR__TEXT("default"),
        .description = FIR__TEXT("The event bus, by name or ARN."),
    },
    REGION,
    {
        .name = FIR__TEXT("message"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_JSON,
        .aliases = FIR__TEXT("detail"),
        .description = FIR__TEXT("The detail in place of the whole alert: a JSON object."),
    },
    {
        .name = FIR__TEXT("source"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .default_text = FIR__TEXT("falco"),
        .description = FIR__TEXT("The source of the event."),
    },
    {
        .name = FIR__TEXT("detail_type"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("Falco Alert"),
        .description = FIR__TEXT("The detail type of the event."),
    },
    {
        .name = FIR__TEXT("resources"),
        .type = FIR__P_STRINGS,
        .flags = FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("ARNs that the event is about."),
    },
    FIR__PARAM_TIMEOUT,
};

const fir__param_def fir__aws_kinesis_params[FIR__AWS_KINESIS_PARAMS] = {
    {
        .name = FIR__TEXT("stream"),
        .type = FIR__P_STRING,
        .flags = FIR__P_REQUIRED | FIR__P_NO_TEMPLATE,
        .aliases = FIR__TEXT("stream_name stream_arn"),
        .description = FIR__TEXT("The stream, by name or ARN."),
    },
    REGION,
    {
        .name = FIR__TEXT("raw_json"),
        .type = FIR__P_BOOLEAN,
        .flags = FIR__P_NO_TEMPLATE,
        .default_text = FIR__TEXT("true"),
        .description = FIR__TEXT("The whole alert as JSON is the record; false: its text alone."),
    },
    MESSAGE,
    {
        .name = FIR__TEXT("partition_key"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .description = FIR__TEXT("What decides the shard; the id of the action when not given."),
    },
    FIR__PARAM_TIMEOUT,
};

const fir__param_def fir__aws_lambda_params[FIR__AWS_LAMBDA_PARAMS] = {
    {
        .name = FIR__TEXT("function_name"),
        .type = FIR__P_STRING,
        .flags = FIR__P_REQUIRED | FIR__P_NO_TEMPLATE,
        .aliases = FIR__TEXT("name aws_lambda_name"),
        .description = FIR__TEXT("The function: a name, name:alias, or an ARN."),
    },
    {
        .name = FIR__TEXT("qualifier"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .aliases = FIR__TEXT("alias aws_lambda_alias_or_version"),
        .description = FIR__TEXT("A version or an alias."),
    },
    {
        .name = FIR__TEXT("invocation_type"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .choices = invocations,
        .n_choices = sizeof invocations / sizeof *invocations,
        .aliases = FIR__TEXT("aws_lambda_invocation_type"),
        .default_text = FIR__TEXT("RequestResponse"),
        .description =
            FIR__TEXT("RequestResponse waits for the answer, Event does not, DryRun only asks whether it would be allowed."),
    },
    REGION,
    {
        .name = FIR__TEXT("payload"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_JSON,
        .default_text = FIR__TEXT("{{event.json}}"),
        .description = FIR__TEXT("What the function gets: JSON; the whole alert when not given."),
    },
    FIR__PARAM_TIMEOUT,
};

const fir__param_def fir__aws_s3_params[FIR__AWS_S3_PARAMS] = {
    {
        .name = FIR__TEXT("bucket"),
        .type = FIR__P_STRING,
        .flags = FIR__P_REQUIRED | FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("The bucket."),
    },
    {
        .name = FIR__TEXT("prefix"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("What stands before each key, with a slash between."),
    },
    {
        .name = FIR__TEXT("key"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .description = FIR__TEXT("The object's key; the day of the alert and the id of the action when not given."),
    },
    REGION,
    {
        .name = FIR__TEXT("body"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_JSON,
        .default_text = FIR__TEXT("{{event.json}}"),
        .description = FIR__TEXT("What is stored: JSON; the whole alert when not given."),
    },
    {
        .name = FIR__TEXT("content_type"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .default_text = FIR__TEXT("application/json"),
        .description = FIR__TEXT("The content type of the object."),
    },
    {
        .name = FIR__TEXT("acl"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .choices = acls,
        .n_choices = sizeof acls / sizeof *acls,
        .description = FIR__TEXT("A canned access control list, where the bucket still takes one."),
    },
    {
        .name = FIR__TEXT("storage_class"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("The storage class, for example STANDARD_IA."),
    },
    {
        .name = FIR__TEXT("kms_key_id"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("A key of KMS to encrypt with."),
    },
    FIR__PARAM_TIMEOUT,
};

const fir__param_def fir__aws_security_group_params[FIR__AWS_SECURITY_GROUP_PARAMS] = {
    {
        .name = FIR__TEXT("mode"),
        .type = FIR__P_STRING,
        .flags = FIR__P_REQUIRED | FIR__P_NO_TEMPLATE,
        .choices = modes,
        .n_choices = sizeof modes / sizeof *modes,
        .description = FIR__TEXT("revoke_egress takes all outgoing rules of group_id away; replace_groups gives an interface the "
                                 "groups of `groups` in place of its own."),
    },
    {
        .name = FIR__TEXT("group_id"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("The security group whose outgoing rules are revoked, for all who are in it."),
    },
    {
        .name = FIR__TEXT("network_interface_id"),
        .type = FIR__P_STRING,
        .flags = FIR__P_IS_TARGET,
        .sink = FIR_SINK_TEXT,
        .description = FIR__TEXT("The interface that gets other groups."),
    },
    {
        .name = FIR__TEXT("private_ip"),
        .type = FIR__P_STRING,
        .flags = FIR__P_IS_TARGET,
        .sink = FIR_SINK_TEXT,
        .description = FIR__TEXT("The interface is looked for by this address."),
    },
    {
        .name = FIR__TEXT("vpc_id"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("The network in which private_ip is meant; needed where several have the same addresses."),
    },
    {
        .name = FIR__TEXT("groups"),
        .type = FIR__P_STRINGS,
        .flags = FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("Ids of the groups that the interface gets: the quarantine."),
    },
    {
        .name = FIR__TEXT("shared"),
        .type = FIR__P_BOOLEAN,
        .flags = FIR__P_NO_TEMPLATE,
        .default_text = FIR__TEXT("false"),
        .description = FIR__TEXT(
            "Allows an interface found by private_ip that has more addresses than this one: all behind them are cut off too."),
    },
    REGION,
    FIR__PARAM_TIMEOUT,
};
