/* SPDX-License-Identifier: Apache-2.0 */
/* What the actions of AWS share: where a service is, who we are there, how a request gets there and what its answer says. */
#ifndef FIR__ACTION_AWS_AWS_H
#define FIR__ACTION_AWS_AWS_H

#include "action/aws/xml.h"
#include "action/call.h"
#include "action/env.h"

typedef struct fir__aws fir__aws;

/* A request before it is signed. */
typedef struct fir__aws_request {
    fir_str host;                 /* "bucket.": put before the service's host; empty: nothing */
    fir_str method;               /* empty: POST */
    fir_str path;                 /* percent-encoded once; empty: "/" */
    fir_str query;                /* the same, without '?' */
    fir_str content_type, target; /* target: X-Amz-Target; both may be empty */
    fir_http_header more[6];
    size_t n_more;
    fir_str body;
    uint64_t max_response;
} fir__aws_request;

/* One action's own part. answer: NULL at the beginning, then that of the request that it asked for, whatever its status.
 * FIR_CALL_REQUEST: a->request is to be sent; FIR_CALL_DONE; or a negative code, as of any function of an action. */
typedef int fir__aws_step(fir__aws *a, const fir_http_result *answer);

/* ---- credentials ---- */

enum { FIR__AWS_MOST_ROLES = 5 };

typedef struct fir__aws_keys {
    fir_str access, secret, token;
} fir__aws_keys;

typedef enum fir__aws_origin {
    FIR__AWS_UNKNOWN, /* nobody has looked yet */
    FIR__AWS_STATIC,
    FIR__AWS_WEB_IDENTITY,
    FIR__AWS_CONTAINER,
    FIR__AWS_INSTANCE
} fir__aws_origin;

typedef struct fir__aws_role {
    fir_str arn, external_id, session, token_file; /* token_file: of a web identity */
    fir_str cache_key;
} fir__aws_role;

/* Where the first keys come from, and the roles that are assumed with them, one after the other. */
typedef struct fir__aws_chain {
    uint8_t origin; /* fir__aws_origin */
    fir__aws_keys fixed;
    fir__aws_role web;
    fir_str url, authorization; /* of a container's endpoint; of the instance's: url */
    fir_str cache_key;          /* of the first keys; empty: they are not kept */
    fir__aws_role roles[FIR__AWS_MOST_ROLES];
    size_t n_roles;
    size_t level; /* of the keys in hand: 0 the first ones, n those of roles[n-1] */
    bool has_keys;
    uint32_t state;  /* of the exchange that gets the next keys */
    fir_str session; /* of the instance's metadata */
} fir__aws_chain;

typedef enum fir__aws_stage { FIR__AWS_BEGIN, FIR__AWS_KEYS, FIR__AWS_SEND, FIR__AWS_ANSWER } fir__aws_stage;

/* One attempt of one action; lives in the call's arena from prepare to the last advance. */
struct fir__aws {
    const fir__action_env *env;
    fir_call *c;
    const char *service; /* as it is signed and as its host begins: "sns" */
    fir_str region;
    fir_str endpoint; /* of an action that knows it, "https://host": before the service's own, behind an override; empty: none */
    fir__aws_keys keys;
    fir__aws_chain chain;
    fir__aws_request request;
    uint8_t stage; /* fir__aws_stage */
    bool refreshed, skewed;
    int64_t skew_ns; /* what the service's clock is ahead of ours */
    uint32_t step;   /* the action's own */
    void *own;
};

/* The state of a call, made when there is none yet. NULL: out of memory. */
fir__aws *fir__aws_of(const fir__action_env *env, fir_call *c, const char *service);
/* Carries a function of an action: credentials, signing, one repeat with new credentials or another clock. */
int fir__aws_run(fir__aws *a, fir__aws_step *step);

/* Gets keys: FIR_CALL_REQUEST (the request is described), FIR_CALL_DONE (a->keys), or a failure. */
int fir__aws_get_keys(fir__aws *a, const fir_http_result *answer);
/* Forgets them, for they are good no more. False: there is nowhere to get new ones from. */
bool fir__aws_forget_keys(fir__aws *a);

/* ---- settings ---- */

/* Texts that live as long as the call; ptr is NULL when memory ran out. */
fir_str fir__aws_text(fir__aws *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A variable of the environment, where it may be asked; empty: none. */
fir_str fir__aws_variable(fir__aws *a, const char *name);
/* A key of the configuration's `aws`; empty: none. */
fir_str fir__aws_setting(const fir__aws *a, const char *name);
bool fir__aws_switch(const fir__aws *a, const char *name);

/* The shared files. */
typedef struct fir__aws_files {
    fir_str config, credentials;
} fir__aws_files;
/* Reads them. 0, or the call has failed. */
int fir__aws_read_files(fir__aws *a, fir__aws_files *out);
/* The profile that is asked for. *explicit: by the configuration or the environment. */
fir_str fir__aws_profile(fir__aws *a, bool *is_explicit);

/* Settles a->region: of the action, of the configuration, the environment, the profile. 0, or the call has failed. own: what the
 * action says, may be empty. */
int fir__aws_settle_region(fir__aws *a, fir_str own);
/* "https://sns.eu-west-1.amazonaws.com", or what stands in its place; without a slash at its end. ptr NULL: the call has failed;
 * *rc says with what. */
fir_str fir__aws_endpoint(fir__aws *a, const char *service, int *rc);
bool fir__aws_is_overridden(fir__aws *a, const char *service);
/* FIR_HTTP_* for a service's address. */
uint32_t fir__aws_flags(const fir__aws *a);

/* "arn:aws:sns:eu-west-1:1:x": the part from 0; empty: no ARN, or not so many parts. */
fir_str fir__arn_part(fir_str arn, unsigned part);

/* ---- answers ---- */

typedef struct fir__aws_error {
    fir_str code, message; /* both may be empty */
} fir__aws_error;

/* What the body and the headers of a refusal say: XML or JSON. */
fir__aws_error fir__aws_read_error(fir__aws *a, const fir_http_result *r);
bool fir__aws_may_pass(int32_t status, fir_str code); /* throttled, or the service is in trouble: worth another attempt */
/* The call fails with it. what: "SNS", "the role cannot be assumed: STS". */
int fir__aws_fail(fir__aws *a, const fir_http_result *r, const char *what);
/* Fails with a formatted text. */
int fir__aws_no(fir__aws *a, int32_t code, bool final, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Out of room in the call: FIR_ENOMEM or FIR_ELIMIT, said. */
int fir__aws_no_room(fir__aws *a);
/* A buffer's text, kept by the call; 0, or the call has failed. b is freed. */
int fir__aws_keep(fir__aws *a, fir__sbuf *b, fir_str *out);

/* Signs a request to a service and describes it to the engine. keys: NULL: it goes unsigned. */
int fir__aws_describe(fir__aws *a, const char *service, const fir__aws_request *q, const fir__aws_keys *keys);

/* ---- parameters ---- */

fir_str fir__aws_parameter(const fir__aws *a, const char *name); /* a text; empty: not given */
bool fir__aws_boolean(const fir__aws *a, const char *name, bool otherwise);
int64_t fir__aws_integer(const fir__aws *a, const char *name, int64_t otherwise);

#endif
