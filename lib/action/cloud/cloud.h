/* SPDX-License-Identifier: Apache-2.0 */
/* What the actions of Google Cloud and Azure share: one request with a bearer token, which is got first where none is kept, and
 * got anew once when the service says that it is good no more. */
#ifndef FIR__ACTION_CLOUD_CLOUD_H
#define FIR__ACTION_CLOUD_CLOUD_H

#include "action/call.h"
#include "action/env.h"

enum { FIR__CLOUD_HEADERS = 6, FIR__CLOUD_MOST_TOKEN = 16 * 1024, FIR__CLOUD_MOST_ANSWER = 64 * 1024 };
#define FIR__CLOUD_LOCAL_TIMEOUT (INT64_C(3) * 1000000000) /* of metadata services, which are on this machine */

typedef struct fir__cloud fir__cloud;

/* A request before its token is known. Texts live as long as the call. */
typedef struct fir__cloud_request {
    fir_str method; /* empty: POST */
    fir_str url, content_type, body;
    fir_http_header more[FIR__CLOUD_HEADERS];
    size_t n_more;
    fir_str ca_file;
    int64_t timeout_ns;
    uint64_t max_response;
    uint32_t flags; /* FIR_HTTP_* */
} fir__cloud_request;

/* An action type. Each function returns 0, or the code of a failure that it has said. */
typedef struct fir__cloud_service {
    const char *config;          /* the key of the configuration: "gcp" */
    const char *name;            /* how messages call it: "Pub/Sub" */
    const char *asking;          /* how they call getting a token: "a token of Google Cloud" */
    int (*build)(fir__cloud *k); /* k->request; k->token_key and what its provider needs, where it wants a token */
    /* Gets a token. answer: NULL at the beginning. FIR_CALL_REQUEST: one was described by fir__cloud_ask, and its answer is to
     * come; FIR_CALL_DONE: fir__cloud_take_token was called. NULL: no type of this service wants one. */
    int (*token)(fir__cloud *k, const fir_http_result *answer);
    int (*judge)(fir__cloud *k, const fir_http_result *answer); /* of a status of 200 to 299; NULL: it succeeded */
} fir__cloud_service;

/* One attempt of one action; lives in the call's arena. */
struct fir__cloud {
    const fir__action_env *env;
    fir_call *c;
    const fir__cloud_service *service;
    fir__cloud_request request;
    fir_str token_key; /* of the token in the table of those that are kept; empty: none is wanted */
    fir_str audience;  /* for whom an identity token is meant, or the resource or scope of an access token */
    bool identity;     /* an identity token is wanted */
    fir_str token;
    uint32_t state; /* of getting it */
    uint8_t stage;
    bool refreshed;
};

/* The function `advance` of a type. */
int fir__cloud_run(const fir__action_env *env, fir_call *c, const fir__cloud_service *service);

/* Describes a request to the engine: FIR_CALL_REQUEST, or a failure. */
int fir__cloud_ask(fir__cloud *k, const fir__cloud_request *q);
void fir__cloud_header(fir__cloud_request *q, fir_str name, fir_str value);

/* Takes a token for the request, and keeps it until it ends; ends_ns 0: who knows, it is for this attempt alone. */
int fir__cloud_take_token(fir__cloud *k, fir_str token, int64_t ends_ns);
/* The same from {"access_token", "expires_in" or "expires_on"}. who: "the metadata server", for messages. */
int fir__cloud_take_access(fir__cloud *k, const fir_http_result *r, const char *who);
/* The answer as a tree. 0, or the call has failed: not 200, or no JSON object. */
int fir__cloud_document(fir__cloud *k, const fir_http_result *r, const char *who, const fir__data **out);

/* ---- failing ---- */

int fir__cloud_no(fir__cloud *k, int32_t code, bool final, const char *format, ...) __attribute__((format(printf, 4, 5)));
int fir__cloud_no_room(fir__cloud *k); /* the call's memory is full: FIR_ENOMEM or FIR_ELIMIT, said */
/* What an answer that is no success says about why. */
int fir__cloud_refused(fir__cloud *k, const fir_http_result *r, const char *who);

/* ---- texts, settings ---- */

/* A buffer's text, kept by the call; b is freed. 0, or the call has failed. */
int fir__cloud_keep(fir__cloud *k, fir__sbuf *b, fir_str *out);
int fir__cloud_text(fir__cloud *k, fir_str *out, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* "a=b&" for a form or a query; the first one puts no '&' before it. */
void fir__cloud_form(fir__sbuf *b, fir_str name, fir_str value);

fir_str fir__cloud_parameter(const fir__cloud *k, const char *name); /* a text; empty: not given */
bool fir__cloud_flag(const fir__cloud *k, const char *name);
int64_t fir__cloud_duration(const fir__cloud *k, const char *name);
fir_str fir__cloud_setting(const fir__cloud *k, const char *name); /* of the configuration; empty: none */
/* A variable of the environment, where it may be asked. 0, or the call has failed; empty: none. */
int fir__cloud_variable(fir__cloud *k, const char *name, fir_str *out);
/* A setting, else a variable. */
int fir__cloud_setting_or(fir__cloud *k, const char *name, const char *variable, fir_str *out);
/* A file of the author's: at most 64 KiB, no NUL. 0, or the call has failed. */
int fir__cloud_file(fir__cloud *k, fir_str path, fir_str *out);

/* FIR_HTTP_INTERNAL where the configuration says `internal: true`: for addresses that it names. */
uint32_t fir__cloud_flags(const fir__cloud *k);
/* "https://host", "https://host:8443"; no path, user or query: the address that a setting puts in a service's place. Without a
 * slash at its end. 0, or the call has failed. */
int fir__cloud_base(fir__cloud *k, const char *setting, fir_str url, fir_str *out);
/* The scheme and host of a URL, and the URL without query and fragment. */
fir_str fir__cloud_origin(fir_str url);
fir_str fir__cloud_bare(fir_str url);
/* Letters, digits and the characters of `more`; not empty, at most `most` bytes. */
bool fir__cloud_is_name(fir_str s, const char *more, size_t most);

/* A POST to a function: of the parameter `body`, or the alert; the action's id says which one it is. 0, or the call has failed. */
int fir__cloud_call_function(fir__cloud *k, fir_str url, size_t most);

int64_t fir__cloud_now(const fir__cloud *k);
fir_str fir__cloud_text_at(const fir__data *d, fir_str key); /* empty: not there, or no text */

/* What an alert has at its top; empty: it does not say. */
typedef struct fir__cloud_alert {
    fir_str priority, rule, source, hostname, time, output;
} fir__cloud_alert;
/* 0, or the call has failed. */
int fir__cloud_read_alert(fir__cloud *k, fir__cloud_alert *out);

#endif
