/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of http:webhook. */
#include "catalog/rows.h"

static const fir_str methods[] = {FIR__TEXT("DELETE"), FIR__TEXT("GET"), FIR__TEXT("PATCH"), FIR__TEXT("POST"), FIR__TEXT("PUT")};
static const fir_str escapes[] = {FIR__TEXT("form"), FIR__TEXT("html"), FIR__TEXT("json"), FIR__TEXT("none")};

static const fir__param_def sign_fields[] = {
    {
        .name = FIR__TEXT("secret"),
        .type = FIR__P_SECRET,
        .flags = FIR__P_REQUIRED | FIR__P_IS_SECRET,
        .description = FIR__TEXT("The secret that the receiver has too: base64, with or without whsec_ before it."),
    },
};

const fir__param_def fir__http_webhook_params[FIR__HTTP_WEBHOOK_PARAMS] = {
    {
        .name = FIR__TEXT("url"),
        .type = FIR__P_STRING,
        .flags = FIR__P_REQUIRED,
        .sink = FIR_SINK_URL,
        .description =
            FIR__TEXT("Where the request goes. Templates may stand in the path and the query, never in scheme, host or port."),
    },
    {
        .name = FIR__TEXT("method"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .choices = methods,
        .n_choices = sizeof methods / sizeof *methods,
        .default_text = FIR__TEXT("POST"),
        .description = FIR__TEXT("The HTTP method."),
    },
    {
        .name = FIR__TEXT("headers"),
        .type = FIR__P_MAP,
        .flags = FIR__P_SECRET_HEADERS,
        .sink = FIR_SINK_HEADER,
        .aliases = FIR__TEXT("custom_headers"),
        .description =
            FIR__TEXT("Headers of the request. Authorization, Proxy-Authorization, Cookie, X-Api-Key and what secret_headers "
                      "names are secrets."),
    },
    FIR__PARAM_SECRET_HEADERS,
    {
        .name = FIR__TEXT("body"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_JSON,
        .aliases = FIR__TEXT("custom_body"),
        .default_text = FIR__TEXT("{{event.json}}"),
        .sink_from = FIR__TEXT("escape"),
        .description = FIR__TEXT("The body; the whole alert when not given. A GET has none."),
    },
    {
        .name = FIR__TEXT("content_type"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .default_text = FIR__TEXT("application/json"),
        .description = FIR__TEXT("The content type of the body; a header Content-Type says the same."),
    },
    {
        .name = FIR__TEXT("escape"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .choices = escapes,
        .n_choices = sizeof escapes / sizeof *escapes,
        .description = FIR__TEXT("How values are escaped in the body. Needed when its content type is not JSON."),
    },
    {
        .name = FIR__TEXT("success"),
        .type = FIR__P_RANGES,
        .default_text = FIR__TEXT("200-299"),
        .flags = FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("The status codes that mean success."),
    },
    {
        .name = FIR__TEXT("sign"),
        .type = FIR__P_OBJECT,
        .fields = sign_fields,
        .n_fields = sizeof sign_fields / sizeof *sign_fields,
        .description = FIR__TEXT("Signs the request by Standard Webhooks: the headers webhook-id (the action's id), "
                                 "webhook-timestamp and webhook-signature."),
    },
    {
        .name = FIR__TEXT("undo_url"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_URL,
        .description =
            FIR__TEXT("Where undo posts {\"undo\": ID}, the ID that the request had as its Idempotency-Key; with the same "
                      "headers and signature."),
    },
    FIR__PARAM_TIMEOUT,
    FIR__PARAM_INSECURE_HTTP,
    FIR__PARAM_INTERNAL,
    FIR__PARAM_CA_FILE,
    FIR__PARAM_CLIENT_CERTIFICATE,
    FIR__PARAM_CLIENT_KEY,
};
