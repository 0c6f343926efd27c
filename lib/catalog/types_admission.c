/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of admission:block. */
#include "catalog/rows.h"

const fir__param_def fir__admission_block_params[FIR__ADMISSION_BLOCK_PARAMS] = {
    {
        .name = FIR__TEXT("url"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .description =
            FIR__TEXT("Whose block list: the order is posted there as JSON. This version has no block list of its own, so "
                      "it is needed."),
    },
    {
        .name = FIR__TEXT("rule"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{rule.name}}"),
        .description = FIR__TEXT("The rule that asks for it."),
    },
    {
        .name = FIR__TEXT("message"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{ or .Output .Rule }}"),
        .description = FIR__TEXT("What those are told whom it stops."),
    },
    {
        .name = FIR__TEXT("image_digest"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{container.image.digest}}"),
        .description = FIR__TEXT("The image that is blocked, by its digest."),
    },
    {
        .name = FIR__TEXT("image"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{container.image.repository}}:{{container.image.tag}}"),
        .description = FIR__TEXT("The image by its name; used when image_digest is missing. An order without an image, a service "
                                 "account or a user is refused."),
    },
    {
        .name = FIR__TEXT("namespace"),
        .type = FIR__P_STRING,
        .flags = FIR__P_IS_TARGET,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{k8s.ns.name}}"),
        .description = FIR__TEXT("The namespace in which it is blocked."),
    },
    {
        .name = FIR__TEXT("service_account"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .description = FIR__TEXT("Only requests of this service account."),
    },
    {
        .name = FIR__TEXT("user"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .description = FIR__TEXT("Only requests of this user."),
    },
    {
        .name = FIR__TEXT("ttl"),
        .type = FIR__P_DURATION,
        .flags = FIR__P_NO_TEMPLATE,
        .default_text = FIR__TEXT("1h"),
        .least = INT64_C(1000000000),
        .most = INT64_C(2592000000000000),
        .description = FIR__TEXT("How long the order holds."),
    },
    {
        .name = FIR__TEXT("headers"),
        .type = FIR__P_MAP,
        .flags = FIR__P_SECRET_HEADERS,
        .sink = FIR_SINK_HEADER,
        .description =
            FIR__TEXT("Headers of the request. Authorization, Proxy-Authorization, Cookie, X-Api-Key and what secret_headers "
                      "names are secrets."),
    },
    FIR__PARAM_SECRET_HEADERS,
    FIR__PARAM_INSECURE_HTTP,
    FIR__PARAM_INTERNAL,
    FIR__PARAM_CA_FILE,
    FIR__PARAM_CLIENT_CERTIFICATE,
    FIR__PARAM_CLIENT_KEY,
};
