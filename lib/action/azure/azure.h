/* SPDX-License-Identifier: Apache-2.0 */
/* Who we are at Azure: keys and signatures made of them, or a token of Entra ID. */
#ifndef FIR__ACTION_AZURE_AZURE_H
#define FIR__ACTION_AZURE_AZURE_H

#include "action/cloud/cloud.h"

#define FIR__AZURE_CONFIG "azure"
#define FIR__AZURE_ASKING "a token of Entra ID"

/* The request wants a token for a resource: "https://eventgrid.azure.net". 0, or the call has failed. */
int fir__azure_want(fir__cloud *k, fir_str resource);
/* fir__cloud_service.token of all azure types. */
int fir__azure_token(fir__cloud *k, const fir_http_result *answer);

/* Shared access signatures, good for an hour from now. FIR_ENOMEM, FIR_ELIMIT, FIR_EINVAL (the key is no base64), FIR_EINTERNAL.
 * b should wipe. */
/* "SharedAccessSignature sr=…" of Event Hubs; the key is text. */
int fir__azure_hub_signature(fir__sbuf *b, fir_str uri, fir_str policy, fir_str key, int64_t now_ns);
/* "r=…&e=…&s=…" of Event Grid; the key is base64. */
int fir__azure_grid_signature(fir__sbuf *b, fir_str uri, fir_str key, int64_t now_ns);
/* The call fails with what went wrong there. */
int fir__azure_unsigned(fir__cloud *k, int code);

#endif
