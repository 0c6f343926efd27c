/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file action.h
 * The functions behind an action type. An action is four steps, so that the engine can journal, guard, approve, verify and
 * undo it without knowing what it does.
 */
#ifndef FALCOIR_SYS_ACTION_H
#define FALCOIR_SYS_ACTION_H

#include <falcoir/base.h>
#include <falcoir/sys/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One run of one action: what it may read, and what it says. Belongs to the thread that calls the function. */
typedef struct fir_call fir_call;

/** What advance returns, beside negative codes. */
enum {
    FIR_CALL_DONE = 0,   /**< it is over: succeeded, unless fir_call_fail was called */
    FIR_CALL_REQUEST = 1 /**< send the request that fir_call_request described, and call again with the answer */
};

/** What verify says after a crash. */
enum { FIR_VERIFY_UNKNOWN = 0, FIR_VERIFY_DONE = 1, FIR_VERIFY_NOT_DONE = 2 };

/** Flags of a type. */
enum {
    FIR_ACTION_BLOCKS = 1u << 0 /**< its functions may take long: they run on a worker thread of their own */
};

/** A type. NULL for what it cannot do; advance is required. Functions return 0 (or a FIR_CALL_*) or a negative code. */
typedef struct fir_action_type {
    size_t size; /**< sizeof(fir_action_type) */
    const char *name;
    int (*prepare)(void *self, fir_call *c); /**< pins the target and reads what undo needs; has no effect. Called at the
                                                beginning of each attempt; may ask for requests as advance does */
    int (*advance)(void *self, fir_call *c); /**< acts; at most 32 requests an attempt */
    int (*verify)(void *self, fir_call *c);  /**< a FIR_VERIFY_*, from what prepare recorded; may ask for requests first */
    int (*undo)(void *self, fir_call *c); /**< from what prepare recorded, never from the alert; as advance. FIR_ESTATE, final: what
                                             it did was changed since, and it left that alone */
    uint32_t flags;                       /**< FIR_ACTION_* */
    uint32_t reserved;
} fir_action_type;

/** A parameter as JSON text (a string has its quotes). Secrets are resolved. Borrowed from the call. FIR_ENOTFOUND: not given. */
FIR_API int fir_call_parameter(fir_call *c, const char *name, size_t n, fir_str *json);
/** A parameter that is a string, as it is; FIR_ETYPE when it is none. */
FIR_API int fir_call_text(fir_call *c, const char *name, size_t n, fir_str *out);
/** The alert as canonical JSON. Borrowed from the call. FIR_EINVAL. */
FIR_API int fir_call_event(fir_call *c, fir_str *out);
/** Its idempotency key: hex. Borrowed from the call. FIR_EINVAL. */
FIR_API int fir_call_action_id(fir_call *c, fir_str *out);
/** From 1. */
FIR_API uint32_t fir_call_attempt(fir_call *c);
/** Describes the request to send; everything is copied. size, id and timeout_ns are the engine's to set. */
FIR_API int fir_call_request(fir_call *c, const fir_http_request *rq);
/**
 * The answer to the last request; FIR_ENOTFOUND before there is one. Borrowed until the function returns. Where no answer came
 * the engine ends the attempt by itself, and tries again where that is right.
 */
FIR_API int fir_call_response(fir_call *c, fir_http_result *out);
/**
 * Keeps what verify and undo need: JSON text of at most 64 KiB, without secrets. For prepare, and for advance where only the
 * answer says it (then for undo alone); replaces what was kept before.
 * Errors: FIR_EINVAL, FIR_ELIMIT, FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_call_record(fir_call *c, const char *json, size_t n);
/** What this action recorded, in an earlier attempt too. Borrowed from the call. FIR_ENOTFOUND: nothing. Since 0.1. */
FIR_API int fir_call_recorded(fir_call *c, fir_str *out);
/** What later steps see as steps.<id>.output; at most 64 KiB are kept, and the call's secrets in it are hidden. */
FIR_API int fir_call_output(fir_call *c, const char *p, size_t n);
/**
 * The action failed. final: trying again cannot help. text is copied, at most 255 bytes, with the call's secrets hidden.
 * Returns code (FIR_EACTION when it is not negative), for `return fir_call_fail(…)`.
 */
FIR_API int fir_call_fail(fir_call *c, int32_t code, int32_t final, const char *text, size_t n);

#ifdef __cplusplus
}
#endif
#endif
