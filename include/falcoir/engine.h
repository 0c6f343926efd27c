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
#include <falcoir/sys/store.h>
#include <falcoir/sys/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fir_engine fir_engine;

/** Flags of an engine. */
enum {
    FIR_ENGINE_DRY_RUN =
        1u << 0, /**< plan, and report every step that could be planned as would_run, also of what this version cannot carry out */
    FIR_ENGINE_ENV = 1u << 1, /**< secrets of the form {env: NAME} may be read from the environment; read once, in fir_engine_new */
    FIR_ENGINE_AS_OF_ALERTS = 1u << 2 /**< the gate goes by the alerts' own times, not by the clock: for recorded alerts */
};

/** What "accepted" means. Intents of destructive actions are always synced. */
enum {
    FIR_DURABILITY_SYNCED = 1, /**< on the disk: it survives the power */
    FIR_DURABILITY_WRITTEN = 2 /**< with the system: it survives the process */
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
    const char *data_dir;       /**< where the journal is; made (0700) when it is not there. NULL: what the configuration's data_dir
                                   says, and where that says nothing the state is kept in memory */
    const fir_store *store;     /**< a journal of the host's in its place; copied, its close is called when the engine is freed */
    int32_t durability;         /**< FIR_DURABILITY_*; 0: what the configuration says, else synced */
    int32_t reserved;
} fir_engine_options;

/**
 * Makes an engine. With a data directory everything that it accepts survives the end of the process: the next engine of that
 * directory goes on with it, by its own playbook (docs/engine.md). Without one the state is kept in memory, and ends with the
 * process. libcurl makes a thread of its own while it looks a name up; nothing else here makes threads. c: the catalogue with which
 * p was compiled, NULL for the built-in one. Ownership: *out is the caller's, fir_engine_free; takes its own references of c and p.
 * Threads: any. Errors: FIR_ENOMEM, FIR_EINVAL, FIR_EUNSUPPORTED (no transport in this build and none given; no journal in it),
 * FIR_EBUSY (another engine has the data directory), FIR_EIO (it cannot be used, or is damaged), FIR_EVERSION (a later version
 * wrote it), FIR_ELIMIT (the disk is full). Since 0.1.
 */
FIR_API int fir_engine_new(const fir_engine_options *o, const fir_catalog *c, const fir_playbook *p, fir_engine **out,
                           fir_error *err);

/**
 * Gives the functions of a type of the catalogue; t is copied. Threads: any.
 * Functions of a type that says FIR_ACTION_BLOCKS run on threads of the engine's, so it wants fir_engine_start; several calls of it
 * may run at once, and it sends no requests.
 * Errors: FIR_ENOTFOUND (no such type), FIR_ESTATE (after the first submit, or registered twice), FIR_EINVAL, FIR_ENOMEM. Since
 * 0.1.
 */
FIR_API int fir_engine_register(fir_engine *g, const fir_action_type *t, void *self, fir_error *err);

/**
 * Another playbook from now on; what is in flight ends by the one that planned it. Threads: any.
 * Errors: FIR_EINVAL, FIR_ESTATE. Since 0.1.
 */
FIR_API int fir_engine_set_playbook(fir_engine *g, const fir_playbook *p, fir_error *err);

/**
 * Accepts one or many alerts (all forms that fir_reader takes). receipts (may be NULL) gets one line of JSON an alert:
 * {"event":{…},"line":N,"rules":[…],"status":"accepted"|"no_match"|"refused"|"stale"|"duplicate","error":…}; refused: it could not
 * be read. rules names those that do not simply go on: {"rule","status"}, status as fir_simulate_ndjson has it. Ownership:
 * fir_buf_dispose(receipts). Threads: any. Errors: FIR_EAGAIN (max_queued: nothing of this call was accepted), FIR_ESTATE,
 * FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_engine_submit(fir_engine *g, const void *b, size_t n, fir_buf *receipts, fir_error *err);

/**
 * Accepts one alert that was read already, with what is known of it: its form, and whether it could have been forged. Nothing
 * of e is kept. Threads: any. Errors: FIR_EAGAIN (it was not accepted), FIR_ELIMIT (the plan is too large), FIR_ESTATE (also: e
 * holds nothing), FIR_EINVAL, FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_engine_submit_event(fir_engine *g, const fir_event *e, fir_error *err);

/**
 * Acts on a plan that was made before. The engine takes its own reference: pl may be freed right after. Not with a data directory:
 * from a plan alone nothing can be taken up after a restart. Threads: any. Errors: FIR_EUNSUPPORTED (a data directory), FIR_EAGAIN,
 * FIR_ESTATE, FIR_EINVAL (also: made with FIR_PLAN_TO_READ), FIR_ENOMEM. Since 0.1.
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
 * succeeded, failed, skipped, would_run, refused, cancelled, paused, protected, expired, rejected, and for undos undone,
 * undo_conflict, undo_failed. What the gate says of a rule as a whole has no step: {"seq","event":{…},"rule","status","error":{…}},
 * status stale, duplicate, cooling, below_threshold, or needs_approval with "approval". response holds the status and the size of
 * the last answer. error says why also where there is no code: a skipped step. One call gives at most about 16 MiB: go on with
 * *next. Ownership: fir_buf_dispose(out). Threads: any. Errors: FIR_ENOMEM, FIR_ESTATE, FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_engine_outcomes_json(fir_engine *g, uint64_t after, int64_t wait_ns, uint64_t *next, fir_buf *out, fir_error *err);

/**
 * What is still open: {"approvals":[…],"blocks":[…],"dead":[…],"paused":{…},"reviews":[…],"undos":[…],"waiting":[…]}. An entry
 * of dead with "planned":false is of an action that the playbook does not plan any more, and cannot be replayed now. An approval
 * has a token: who shows `approval` and `.` and `token` together to fir_engine_decide need not be known otherwise, so keep it from
 * others. Ownership: fir_buf_dispose(out). Threads: any. Errors: FIR_ELIMIT, FIR_ENOMEM, FIR_ESTATE, FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_engine_pending_json(fir_engine *g, fir_buf *out, fir_error *err);

/**
 * A person's answer to an approval: its id, or "ID.TOKEN". The first valid answer wins. who stands in the records; it must be among
 * the approvers where there are any. The host answers for who it is. why may be NULL. Threads: any.
 * Errors: FIR_ENOTFOUND, FIR_ESTATE (decided already, or expired), FIR_EDENIED (not an approver; not its token), FIR_EINVAL (no
 * who, or a reason is required), FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_engine_decide(fir_engine *g, const char *approval, int32_t approve, const char *who, const char *why,
                              fir_error *err);

/**
 * The kill switch: nothing but notifications (and undos) is begun any more; what was to be done is reported as paused, and not done
 * after fir_engine_resume either. Threads: any. Errors: FIR_ESTATE (resume: a file PAUSE in the data directory says otherwise),
 * FIR_EINVAL, FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_engine_pause(fir_engine *g, const char *who, const char *why, fir_error *err);
/** See fir_engine_pause. Since 0.1. */
FIR_API int fir_engine_resume(fir_engine *g, const char *who, const char *why, fir_error *err);

/**
 * Undoes now what an action did; without undo_after that is possible for a day. Threads: any. Errors: FIR_ENOTFOUND, FIR_ESTATE (it
 * is being undone), FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_engine_undo(fir_engine *g, const char *action_id, const char *who, const char *why, fir_error *err);
/**
 * Does a dead letter (a failed action) once more. Threads: any. Errors: FIR_ENOTFOUND, FIR_ESTATE (the playbook does not plan it
 * any more: start the engine with the one that does, or discard it), FIR_EINVAL, FIR_ENOMEM; those of a journal that cannot be
 * written. Since 0.1.
 */
FIR_API int fir_engine_replay(fir_engine *g, const char *action_id, const char *who, const char *why, fir_error *err);
/** Gives a dead letter up. Threads: any. Errors: FIR_ENOTFOUND, FIR_EINVAL. Since 0.1. */
FIR_API int fir_engine_discard(fir_engine *g, const char *action_id, const char *who, const char *why, fir_error *err);
/** An action that has not ended is not begun, or tried no more. Threads: any. Errors: FIR_ENOTFOUND, FIR_EINVAL. Since 0.1. */
FIR_API int fir_engine_cancel(fir_engine *g, const char *action_id, const char *who, const char *why, fir_error *err);

/**
 * Whether an action was right: true_positive 1 or 0. It closes the review that its rule may require. note may be NULL. Threads:
 * any. Errors: FIR_ENOTFOUND (no action of this id ended here), FIR_EINVAL, FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_engine_feedback(fir_engine *g, const char *action_id, int32_t true_positive, const char *who, const char *note,
                                fir_error *err);

/**
 * Counters, gauges and histograms as Prometheus reads them. Labels are rules, types and statuses only.
 * Ownership: fir_buf_dispose(out). Threads: any. Errors: FIR_ENOMEM, FIR_ESTATE, FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_engine_metrics_text(fir_engine *g, fir_buf *out, fir_error *err);

/**
 * Threads of the engine's own, with all signals blocked: one polls (fir_engine_poll says FIR_EBUSY then), others run types that
 * block. Errors: FIR_EBUSY (started already, or somebody polls), FIR_EAGAIN (no thread could be made), FIR_ENOMEM, FIR_ESTATE,
 * FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_engine_start(fir_engine *g, fir_error *err);
/**
 * Goes on until nothing is left to do, but no longer than grace_ns, and ends the threads. A call of a type that blocks is waited
 * for. Threads: any; while one waits here another may call it with less time, and the nearer end holds for both (a program that is
 * told to end while it works off what is left). Not from a callback. Errors: FIR_ESTATE (not started), FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_engine_stop(fir_engine *g, int64_t grace_ns, fir_error *err);

/** Cancels what is in flight and frees; in the child of a fork it does nothing. Threads: one, no other call running. Since 0.1. */
FIR_API void fir_engine_free(fir_engine *g);

#ifdef __cplusplus
}
#endif
#endif
