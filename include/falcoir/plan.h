/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file plan.h
 * From an alert to a plan: what will be done for it, before anything is (docs/plan.md).
 *
 * A plan is a pure function of playbook and alert: no clock, no state, no environment, no I/O.
 */
#ifndef FALCOIR_PLAN_H
#define FALCOIR_PLAN_H

#include <falcoir/base.h>
#include <falcoir/condition.h>
#include <falcoir/event.h>
#include <falcoir/playbook.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fir_plan fir_plan;

/** Options of an evaluator. */
typedef struct fir_evaluator_options {
    size_t size; /**< sizeof(fir_evaluator_options) */
    const fir_allocator *allocator;
    uint64_t max_plan_bytes; /**< memory of one plan; default 16 MiB */
    uint32_t flags;          /**< none yet: 0 */
    uint32_t reserved;
} fir_evaluator_options;

/**
 * Makes one thread's scratch: match data, JIT stack, buffers. It serves any playbook and condition.
 * Ownership: *out is the caller's, fir_evaluator_free. Threads: any; the evaluator belongs to one thread at a time.
 * Errors: FIR_ENOMEM, FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_evaluator_new(const fir_evaluator_options *o, fir_evaluator **out, fir_error *err);

/** For fir_evaluate: the plan will be read and not acted on. It keeps no copy of the alert, and no engine takes it. Since 0.1. */
#define FIR_PLAN_TO_READ 1u

/**
 * Plans an alert. flags: 0 or FIR_PLAN_TO_READ. *out is NULL, and the result 0, when no rule matches and none observes it.
 * Ownership: *out is the caller's and owns all it holds; fir_plan_free. Threads: p and e may be shared; x is one thread's.
 * Errors: FIR_EBUSY, FIR_ESTATE (e holds nothing), FIR_ELIMIT, FIR_ENOMEM, FIR_EINVAL (unknown flags). Since 0.1.
 */
FIR_API int fir_evaluate(fir_evaluator *x, const fir_playbook *p, const fir_event *e, uint32_t flags, fir_plan **out,
                         fir_error *err);

/**
 * Plans every alert of a buffer (all forms that fir_reader takes). out gets one line for each alert that has a plan,
 * {"line":N,…the plan}, and one for each that could not be read, {"error":{…},"line":N}.
 * Ownership: fir_buf_dispose(out). Threads: as fir_evaluate. Errors: FIR_EBUSY, FIR_ELIMIT, FIR_ENOMEM, FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_evaluate_ndjson(fir_evaluator *x, const fir_playbook *p, const void *b, size_t n, uint32_t flags, fir_buf *out,
                                fir_error *err);

/** For fir_simulate_ndjson: the clock is that of the alerts. */
#define FIR_AT_ALERTS INT64_MIN

/**
 * As fir_evaluate_ndjson, with what the gate would say: the alerts come one after another before a gate with no past, whose guards
 * are the playbook's configuration. A line has one more key, "verdicts":[{"rule","status","steps":[{"step","status"}],"why"}];
 * status is proceed, stale, duplicate, cooling, below_threshold, paused, protected, needs_approval or refused. at_ns: the clock
 * (since the epoch, UTC) at the first alert that has a plan; it moves on as the alerts' times do. FIR_AT_ALERTS: their own.
 * Nothing is done, and no clock is read. flags: 0.
 * Ownership: fir_buf_dispose(out). Threads: as fir_evaluate. Errors: FIR_EBUSY, FIR_ELIMIT, FIR_ENOMEM, FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_simulate_ndjson(fir_evaluator *x, const fir_playbook *p, const void *b, size_t n, int64_t at_ns, uint32_t flags,
                                fir_buf *out, fir_error *err);

/**
 * Why each rule of the playbook, in order, matches the alert or does not: its verdict, and the tree of its condition with the
 * verdict of each part, also of those that a run would not reach, and the values that the checks look at (docs/explain.md). The
 * same as fir_evaluate finds. out is canonical JSON; long texts and values are cut and say so.
 * Ownership: fir_buf_dispose(out). Threads: as fir_evaluate.
 * Errors: FIR_EBUSY, FIR_ESTATE (e holds nothing), FIR_ELIMIT (larger than four times max_plan_bytes), FIR_ENOMEM, FIR_EINVAL.
 * Since 0.1.
 */
FIR_API int fir_explain(fir_evaluator *x, const fir_playbook *p, const fir_event *e, fir_buf *out, fir_error *err);

/**
 * The plan as canonical JSON: the same bytes on every machine and from every binding.
 * Ownership: fir_buf_dispose(out). Threads: any. Errors: FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_plan_to_json(const fir_plan *pl, fir_buf *out, fir_error *err);

/** Threads: one. Since 0.1. */
FIR_API void fir_plan_free(fir_plan *pl);

/** Threads: one. Since 0.1. */
FIR_API void fir_evaluator_free(fir_evaluator *x);

#ifdef __cplusplus
}
#endif
#endif
