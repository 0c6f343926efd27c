/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of the azure types. What names an address or a resource holds no template: an alert must not choose it. */
#include "catalog/rows.h"

static const fir_str schemas[] = {FIR__TEXT("cloudevents"), FIR__TEXT("eventgrid")};

const fir__param_def fir__azure_function_params[FIR__AZURE_FUNCTION_PARAMS] = {
    {
        .name = FIR__TEXT("url"),
        .type = FIR__P_STRING,
        .flags = FIR__P_REQUIRED | FIR__P_NO_TEMPLATE,
        .aliases = FIR__TEXT("function_url endpoint"),
        .description = FIR__TEXT("The address of the function."),
    },
    {
        .name = FIR__TEXT("function_key"),
        .type = FIR__P_SECRET,
        .flags = FIR__P_IS_SECRET,
        .aliases = FIR__TEXT("key"),
        .description = FIR__TEXT("A key of the function or its host; sent as x-functions-key."),
    },
    {
        .name = FIR__TEXT("resource"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .aliases = FIR__TEXT("audience"),
        .description = FIR__TEXT("The application for which a token of Entra ID is got, such as api://…; no token when not given."),
    },
    FIR__PARAM_JSON_BODY,
    FIR__PARAM_TIMEOUT,
    FIR__PARAM_INTERNAL,
    FIR__PARAM_CA_FILE,
};

const fir__param_def fir__azure_eventgrid_params[FIR__AZURE_EVENTGRID_PARAMS] = {
    {
        .name = FIR__TEXT("endpoint"),
        .type = FIR__P_STRING,
        .flags = FIR__P_REQUIRED | FIR__P_NO_TEMPLATE,
        .aliases = FIR__TEXT("url"),
        .description = FIR__TEXT("The address of the topic; /api/events when it has no path."),
    },
    {
        .name = FIR__TEXT("access_key"),
        .type = FIR__P_SECRET,
        .flags = FIR__P_IS_SECRET,
        .aliases = FIR__TEXT("key"),
        .description = FIR__TEXT("A key of the topic; a token of Entra ID when not given."),
    },
    {
        .name = FIR__TEXT("sas"),
        .type = FIR__P_BOOLEAN,
        .flags = FIR__P_NO_TEMPLATE,
        .default_text = FIR__TEXT("false"),
        .description = FIR__TEXT("Sends a signature made of the key, good for an hour, in place of the key itself."),
    },
    {
        .name = FIR__TEXT("schema"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .choices = schemas,
        .n_choices = sizeof schemas / sizeof *schemas,
        .default_text = FIR__TEXT("eventgrid"),
        .description = FIR__TEXT("The input schema of the topic."),
    },
    {
        .name = FIR__TEXT("event_type"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .default_text = FIR__TEXT("falco.alert"),
        .description = FIR__TEXT("The type of the event."),
    },
    {
        .name = FIR__TEXT("subject"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{rule}}"),
        .description = FIR__TEXT("The subject of the event, to filter by."),
    },
    FIR__PARAM_TIMEOUT,
    FIR__PARAM_INTERNAL,
    FIR__PARAM_CA_FILE,
};

const fir__param_def fir__azure_eventhub_params[FIR__AZURE_EVENTHUB_PARAMS] = {
    {
        .name = FIR__TEXT("namespace"),
        .type = FIR__P_STRING,
        .flags = FIR__P_REQUIRED | FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("The namespace of the hub: its name, or its whole host."),
    },
    {
        .name = FIR__TEXT("hub"),
        .type = FIR__P_STRING,
        .flags = FIR__P_REQUIRED | FIR__P_NO_TEMPLATE,
        .aliases = FIR__TEXT("name event_hub"),
        .description = FIR__TEXT("The name of the hub."),
    },
    {
        .name = FIR__TEXT("policy"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .aliases = FIR__TEXT("key_name"),
        .default_text = FIR__TEXT("RootManageSharedAccessKey"),
        .description = FIR__TEXT("The name of the shared access policy that key belongs to."),
    },
    {
        .name = FIR__TEXT("key"),
        .type = FIR__P_SECRET,
        .flags = FIR__P_IS_SECRET,
        .aliases = FIR__TEXT("access_key"),
        .description = FIR__TEXT("The key of the policy, of which a signature is made; a token of Entra ID when not given."),
    },
    {
        .name = FIR__TEXT("message"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .description = FIR__TEXT("What is sent in place of the alert as JSON."),
    },
    FIR__PARAM_TIMEOUT,
};
