/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters that several families of types have, each said once: a row of a table of fir__param_def. */
#ifndef FIR__CATALOG_ROWS_H
#define FIR__CATALOG_ROWS_H

#include "catalog/types.h"

#define FIR__PARAM_TIMEOUT                                                                                                         \
    {                                                                                                                              \
        .name = FIR__TEXT("timeout"), .type = FIR__P_DURATION, .flags = FIR__P_NO_TEMPLATE, .least = 1000000,                      \
        .most = INT64_C(600000000000),                                                                                             \
        .description = FIR__TEXT("How long one attempt may take; the timeout of the step when not given."),                        \
    }

#define FIR__PARAM_INTERNAL                                                                                                        \
    {                                                                                                                              \
        .name = FIR__TEXT("internal"), .type = FIR__P_BOOLEAN, .flags = FIR__P_NO_TEMPLATE, .default_text = FIR__TEXT("false"),    \
        .description = FIR__TEXT("Allows an address of a private network."),                                                       \
    }

#define FIR__PARAM_CA_FILE                                                                                                         \
    {                                                                                                                              \
        .name = FIR__TEXT("ca_file"), .type = FIR__P_STRING, .flags = FIR__P_NO_TEMPLATE,                                          \
        .description = FIR__TEXT("A file with the certificates that may have signed the server's, in place of the system's."),     \
    }

#define FIR__PARAM_CLIENT_CERTIFICATE                                                                                              \
    {                                                                                                                              \
        .name = FIR__TEXT("client_certificate"), .type = FIR__P_STRING, .flags = FIR__P_NO_TEMPLATE,                               \
        .description = FIR__TEXT("A file with the certificate by which this side shows who it is."),                               \
    }

#define FIR__PARAM_CLIENT_KEY                                                                                                      \
    {                                                                                                                              \
        .name = FIR__TEXT("client_key"), .type = FIR__P_STRING, .flags = FIR__P_NO_TEMPLATE,                                       \
        .description = FIR__TEXT("A file with the key of client_certificate."),                                                    \
    }

#define FIR__PARAM_JSON_BODY                                                                                                       \
    {                                                                                                                              \
        .name = FIR__TEXT("body"), .type = FIR__P_STRING, .sink = FIR_SINK_JSON, .default_text = FIR__TEXT("{{event.json}}"),      \
        .description = FIR__TEXT("What it gets: JSON; the whole alert when not given."),                                           \
    }

#define FIR__PARAM_SECRET_HEADERS                                                                                                  \
    {                                                                                                                              \
        .name = FIR__TEXT("secret_headers"), .type = FIR__P_STRINGS, .flags = FIR__P_NO_TEMPLATE,                                  \
        .description = FIR__TEXT("More names of headers whose values are secrets."),                                               \
    }

#define FIR__PARAM_INSECURE_HTTP                                                                                                   \
    {                                                                                                                              \
        .name = FIR__TEXT("insecure_http"), .type = FIR__P_BOOLEAN, .flags = FIR__P_NO_TEMPLATE,                                   \
        .default_text = FIR__TEXT("false"), .description = FIR__TEXT("Allows a URL without TLS to another host than this one."),   \
    }

#endif
