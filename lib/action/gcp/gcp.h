/* SPDX-License-Identifier: Apache-2.0 */
/* Who we are at Google Cloud: a service account's key in a file, or the account of the machine by its metadata server. */
#ifndef FIR__ACTION_GCP_GCP_H
#define FIR__ACTION_GCP_GCP_H

#include "action/cloud/cloud.h"

#define FIR__GCP_CONFIG "gcp"
#define FIR__GCP_ASKING "a token of Google Cloud"

/* The request wants a token: an identity token for an audience, or an access token of a scope. 0, or the call has failed. */
int fir__gcp_want(fir__cloud *k, bool identity, fir_str audience);
/* fir__cloud_service.token of all gcp types. */
int fir__gcp_token(fir__cloud *k, const fir_http_result *answer);
/* The project: of the action, of the configuration, of GOOGLE_CLOUD_PROJECT, of the key file. 0, or the call has failed. */
int fir__gcp_project(fir__cloud *k, fir_str *out);

/* A signed JSON Web Token, as Google's token endpoint takes it from a service account. */
typedef struct fir__gcp_assertion {
    fir_str key;    /* PEM */
    fir_str key_id; /* may be empty */
    fir_str issuer;
    fir_str wish, value; /* "target_audience" or "scope", and what it is */
    int64_t now_ns;
} fir__gcp_assertion;
/* FIR_EINVAL: the key is none that can sign. FIR_ENOMEM, FIR_ELIMIT. b should wipe. */
int fir__gcp_sign(const fir__gcp_assertion *a, fir__sbuf *b);
/* When a JSON Web Token ends, by its own word, which is not verified. 0: it does not say. */
int64_t fir__gcp_token_end(fir__cloud *k, fir_str jwt);

#endif
