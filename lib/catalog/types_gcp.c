/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of the gcp types. What names an address, a project or an audience holds no template: an alert must not choose it. */
#include "catalog/rows.h"

/* Rows that several of the types have. */
#define PROJECT_ID                                                                                                                 \
    {                                                                                                                              \
        .name = FIR__TEXT("project_id"), .type = FIR__P_STRING, .flags = FIR__P_NO_TEMPLATE,                                       \
        .aliases = FIR__TEXT("projectid project"),                                                                                 \
        .description = FIR__TEXT("The project; else that of the configuration, of GOOGLE_CLOUD_PROJECT, of the key file."),        \
    }

const fir__param_def fir__gcp_function_params[FIR__GCP_FUNCTION_PARAMS] = {
    {
        .name = FIR__TEXT("url"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .aliases = FIR__TEXT("function_url"),
        .description = FIR__TEXT("The address of the function; else it is made of function_name, location and project_id."),
    },
    {
        .name = FIR__TEXT("function_name"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .aliases = FIR__TEXT("name gcp_function_name"),
        .description = FIR__TEXT("The name of the function, or projects/…/locations/…/functions/…."),
    },
    {
        .name = FIR__TEXT("location"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .aliases = FIR__TEXT("region gcp_function_location"),
        .description = FIR__TEXT("The region of the function, such as europe-west1."),
    },
    PROJECT_ID,
    {
        .name = FIR__TEXT("audience"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("For whom the identity token is meant; the address of the function when not given."),
    },
    FIR__PARAM_JSON_BODY,
    FIR__PARAM_TIMEOUT,
    FIR__PARAM_INTERNAL,
    FIR__PARAM_CA_FILE,
};

const fir__param_def fir__gcp_cloudrun_params[FIR__GCP_CLOUDRUN_PARAMS] = {
    {
        .name = FIR__TEXT("url"),
        .type = FIR__P_STRING,
        .flags = FIR__P_REQUIRED | FIR__P_NO_TEMPLATE,
        .aliases = FIR__TEXT("endpoint service_url"),
        .description = FIR__TEXT("The address of the service, with the path that takes the alert."),
    },
    {
        .name = FIR__TEXT("audience"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("For whom the identity token is meant; scheme and host of the address when not given."),
    },
    FIR__PARAM_JSON_BODY,
    FIR__PARAM_TIMEOUT,
    FIR__PARAM_INTERNAL,
    FIR__PARAM_CA_FILE,
};

const fir__param_def fir__gcp_pubsub_params[FIR__GCP_PUBSUB_PARAMS] = {
    {
        .name = FIR__TEXT("topic"),
        .type = FIR__P_STRING,
        .flags = FIR__P_REQUIRED | FIR__P_NO_TEMPLATE,
        .aliases = FIR__TEXT("topic_id"),
        .description = FIR__TEXT("The topic: its name, or projects/…/topics/…."),
    },
    PROJECT_ID,
    {
        .name = FIR__TEXT("attributes"),
        .type = FIR__P_MAP,
        .sink = FIR_SINK_TEXT,
        .aliases = FIR__TEXT("custom_attributes"),
        .description = FIR__TEXT(
            "More attributes, besides priority, rule, source, hostname and falcoir_action_id; one of the same name wins."),
    },
    {
        .name = FIR__TEXT("message"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .description = FIR__TEXT("What is sent in place of the alert as JSON."),
    },
    {
        .name = FIR__TEXT("ordering_key"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .description = FIR__TEXT("Messages of one key keep their order, where the subscription says so."),
    },
    FIR__PARAM_TIMEOUT,
};
