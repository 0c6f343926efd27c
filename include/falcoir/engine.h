/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file engine.h
 * From alerts to outcomes: plans what is submitted, acts, and tells what became of it (docs/engine.md).
 *
 * All functions may be called from any thread at once, but for new, free and poll. After fork the child gets FIR_ESTATE.
 */
#ifndef FALCOIR_ENGINE_H
#define FALCOIR_ENGINE_H

#include <falcoir/base.h>
#include <falcoir/plan.h>
#include <falcoir/playbook.h>
#include <falcoir/sys/action.h>
#include <falcoir/sys/clock.h>
#include <falcoir/sys/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fir_engine fir_engine;

/** Flags of an engine. */
enum {
    FIR_ENGINE_DRY_RUN =
        1u << 0, /**< plan, and report every step that could be planned as would_run, also of what this version cannot carry out */
    FIR_ENGINE_ENV = 1u << 1 /**< secrets of the form {env: NAME} may be read from the environment; read once, in fir_engine_new */
};

/** Levels of fir_log_fn. */
enum { FIR_LOG_ERROR = 1, FIR_LOG_WARNING = 2, FIR_LOG_INFO = 3, FIR_LOG_DEBUG = 4 };

/** A log line: one JSON object, no newline. Called from the thread that does the work; may not call the engine (FIR_ESTATE). */
typedef int (*fir_log_fn)(void *user, int32_t level, const char *json, size_t n);

/** Options of an engine. 0 in a number means the default. */
typedef struct fir_engine_options {
    size_t size; /**< sizeof(fir_engine_options) */
    const fir_allocator *allocator;
    const fir_transport *transport; /**< NULL: libcurl. Copied; its destroy (if any) is called when the engine is freed */
    const fir_clock *clock;         /**< NULL: the system's */
    fir_log_fn log;                 /**< NULL: no log */
    void *log_user;
    int64_t attempt_timeout_ns; /**< of one attempt; default 10 s */
    uint64_t max_queued;        /**< alerts accepted and not finished; beyond it, or when their plans fill 1 GiB, submit says
                                   FIR_EAGAIN; default 100000 */
    uint64_t max_outcomes;      /**< outcomes kept for fir_engine_outcomes_json; the oldest go first; default 100000 */
    uint32_t max_in_flight;     /**< requests to one host at once; default 8 */
    uint32_t flags;             /**< FIR_ENGINE_* */
} fir_engine_options;

/**
 * Makes an engine that keeps its state in memory: what is accepted and not done ends with the process.
 * libcurl makes a thread of its own while it looks a name up; nothing else here makes threads. c: the catalogue with which p was
 * compiled, NULL for the built-in one. Ownership: *out is the caller's, fir_engine_free; takes its own references of c and p.
 * Threads: any. Errors: FIR_ENOMEM, FIR_EINVAL, FIR_EUNSUPPORTED (no transport in this build and none given). Since 0.1.
 */
FIR_API int fir_engine_new(const fir_engine_options *o, const fir_catalog *c, const fir_playbook *p, fir_engine **out,
                           fir_error *err);

/**
 * Gives the functions of a type of the catalogue; t is copied. Threads: any.
 * Errors: FIR_ENOTFOUND (no such type), FIR_ESTATE (after the first submit, or registered twice), FIR_EINVAL, FIR_ENOMEM,
 * FIR_EUNSUPPORTED (FIR_ACTION_BLOCKS: this version has no worker threads). Since 0.1.
 */
FIR_API int fir_engine_register(fir_engine *g, const fir_action_type *t, void *self, fir_error *err);

/**
 * Another playbook from now on; what is in flight ends by the one that planned it. Threads: any.
 * Errors: FIR_EINVAL, FIR_ESTATE. Since 0.1.
 */
FIR_API int fir_engine_set_playbook(fir_engine *g, const fir_playbook *p, fir_error *err);

/**
 * Accepts one or many alerts (all forms that fir_reader takes). receipts (may be NULL) gets one line of JSON an alert:
 * {"event":{…},"line":N,"status":"accepted"|"no_match"|"refused","error":…}.
 * Ownership: fir_buf_dispose(receipts). Threads: any.
 * Errors: FIR_EAGAIN (max_queued: nothing of this call was accepted), FIR_ESTATE, FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_engine_submit(fir_engine *g, const void *b, size_t n, fir_buf *receipts, fir_error *err);

/**
 * Acts on a plan that was made before. The engine takes its own reference: pl may be freed right after. Threads: any. Errors:
 * FIR_EAGAIN, FIR_ESTATE, FIR_EINVAL, FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_engine_dispatch(fir_engine *g, const fir_plan *pl, fir_error *err);

/**
 * Does what is due, and waits for at most wait_ns for something to do (0: not at all); a submit ends the wait.
 * Returns 0; FIR_EAGAIN when, after that wait, nothing is left to do at all. Threads: one at a time (FIR_EBUSY).
 * Errors: FIR_EBUSY, FIR_ESTATE, FIR_EINVAL, FIR_ETRANSPORT; FIR_ENOMEM: nothing is lost, call again. Since 0.1.
 */
FIR_API int fir_engine_poll(fir_engine *g, int64_t wait_ns, fir_error *err);

/**
 * Outcomes after a cursor (0: from the first that is kept), as a JSON array in order; *next is the cursor to go on with.
 * Consumes nothing. Waits up to wait_ns for a first one when another thread polls.
 * Each: {"seq","event":{…},"rule","step","action_id","use","status","attempts","duration","response":{…},"error":{…}}; status is
 * succeeded, failed, skipped, would_run, refused, cancelled. response holds the status and the size of the last answer. error
 * says why also where there is no code: a skipped step. One call gives at most about 16 MiB: go on with *next.
 * Ownership: fir_buf_dispose(out). Threads: any. Errors: FIR_ENOMEM, FIR_ESTATE, FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_engine_outcomes_json(fir_engine *g, uint64_t after, int64_t wait_ns, uint64_t *next, fir_buf *out, fir_error *err);

/** Cancels what is in flight and frees; in the child of a fork it does nothing. Threads: one, no other call running. Since 0.1. */
FIR_API void fir_engine_free(fir_engine *g);

#ifdef __cplusplus
}
#endif
#endif
