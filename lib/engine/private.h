/* SPDX-License-Identifier: Apache-2.0 */
/* The engine from inside.
 *
 * Who touches what: an accepted alert (a job) waits in `incoming` under the lock. The thread that polls takes it from there, and
 * from then on the job, its runs, the hosts and the transport are that thread's alone, without a lock. What it has to say
 * goes, again under the lock, into the ring of outcomes. */
#ifndef FIR__ENGINE_PRIVATE_H
#define FIR__ENGINE_PRIVATE_H

#include <falcoir/engine.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "action/call.h"
#include "action/env.h"
#include "action/resolve.h"
#include "base/error.h"
#include "base/refs.h"
#include "base/time.h"
#include "plan/plan.h"

enum {
    FIR__MOST_IN_FLIGHT = 512, /* requests of all hosts together */
    FIR__MOST_REQUESTS = 32,   /* of one attempt */
    FIR__DRIVE_BATCH = 256,    /* runs that go on between two looks at the network */
    FIR__DEFAULT_ATTEMPTS = 3,
    FIR__URGENCIES = FIR__URGENCY_CRITICAL + 1
};
#define FIR__STEP_DEADLINE (5 * 60 * FIR__SECOND) /* of a step without `timeout`, attempts and waits together */
#define FIR__QUEUED_BYTES (UINT64_C(1) << 30)     /* memory of the plans of accepted alerts */

/* The functions behind a type. */
typedef struct fir__handler {
    fir_action_type type;
    fir_str name; /* the catalogue's */
    void *self;
} fir__handler;

typedef enum fir__status {
    FIR__STEP_PENDING,
    FIR__STEP_SUCCEEDED,
    FIR__STEP_FAILED,
    FIR__STEP_SKIPPED,
    FIR__STEP_WOULD_RUN,
    FIR__STEP_REFUSED,
    FIR__STEP_CANCELLED
} fir__status;
fir_str fir__status_name(fir__status s);

/* How a step ended, or how its last attempt did. */
typedef struct fir__ending {
    fir__status status;
    int32_t code; /* 0: only a reason, or none */
    char text[FIR__CALL_MAX_TEXT];
    int32_t http_status; /* of the last answer; 0: none */
    uint64_t http_bytes;
} fir__ending;

/* What later steps may read of one. */
typedef struct fir__step_result {
    fir__status status;
    fir_buf output;
} fir__step_result;

typedef enum fir__phase { FIR__PHASE_STEPS, FIR__PHASE_ON_FAILURE, FIR__PHASE_NOTIFY, FIR__PHASE_OVER } fir__phase;

typedef struct fir__job fir__job;
typedef struct fir__destination fir__destination;
typedef struct fir__run fir__run;

/* One rule of a plan while it is being done. */
struct fir__run {
    fir__run *next;         /* in a queue */
    fir__run *left, *right; /* in the heap of timers */
    uint32_t rank;
    fir__job *job;
    const fir__plan_rule *rule;
    fir__step_result *results[FIR__PHASE_OVER]; /* by phase, one a step */
    const char *gate;                           /* why none of it may run; NULL: it may */
    fir__phase phase;
    uint32_t index; /* of the step in its phase */
    bool failed;    /* some step did, and its errors count */
    bool stopped;   /* the rest of the steps is skipped */

    /* the step in hand */
    bool begun, ended, preparing;
    fir__ending ending;
    const fir__handler *handler;
    uint32_t attempt, requests;
    int64_t started_ns, deadline_ns, due_ns;
    fir_call *call;         /* NULL: no attempt is open */
    fir__destination *host; /* where it holds a place */
    uint64_t request_id;
};

struct fir__job {
    fir__job *next;
    fir_plan *plan;
    uint64_t bytes;
    int64_t accepted_ns;
    uint32_t open; /* runs that are not over */
    uint32_t n_runs;
    fir__run runs[];
};

typedef struct fir__queue {
    fir__run *first, **end;
} fir__queue;

/* A destination: scheme, host and port. */
struct fir__destination {
    fir__destination *next;
    uint32_t in_flight;
    fir__queue waiting[FIR__URGENCIES];
    size_t n_waiting;
    size_t key_len;
    char key[];
};

/* One outcome as JSON, in two pieces: its number is known only when it is put in. */
typedef struct fir__outcome {
    size_t head, len;
    char text[];
} fir__outcome;

typedef struct fir__ring {
    fir__outcome **items; /* number n stands at n % cap */
    size_t cap, count;
    uint64_t first; /* number of the oldest; numbers begin at 1 */
} fir__ring;

/* A thread that is inside of a callback of the host's: it may not call the engine. */
typedef struct fir__inside {
    atomic_bool on;
    _Atomic pthread_t thread;
} fir__inside;

/* One thread's tools for reading and planning; kept for the next submit. */
typedef struct fir__intake {
    struct fir__intake *next;
    fir_evaluator *evaluator;
    fir_event *event;
} fir__intake;

struct fir_engine {
    fir_allocator allocator;
    fir_clock clock;
    fir_transport transport;
    fir_log_fn log;
    void *log_user;
    pthread_mutex_t log_lock;
    fir__inside logging, acting;
    int64_t attempt_timeout_ns;
    uint64_t max_queued, max_outcomes;
    uint32_t max_in_flight, flags;
    pid_t pid;
    const fir_catalog *catalog;
    fir__secrets *secrets;
    fir__action_env env;            /* of the built-in types */
    const fir_playbook *configured; /* whose configuration that is: a later playbook changes rules, not the engine */

    pthread_mutex_t lock;
    pthread_cond_t news; /* an outcome */
    const fir_playbook *playbook;
    fir__handler *handlers;
    size_t n_handlers, cap_handlers;
    bool started; /* something was submitted: the types are settled */
    fir__job *incoming, **incoming_end;
    uint64_t queued, queued_bytes; /* accepted and not finished */
    fir__ring ring;
    fir__intake *intakes;

    fir__guard polling;
    fir__queue ready[FIR__URGENCIES];
    fir__run *timers; /* a heap, the next due on top */
    fir__destination *hosts;
    fir__queue no_slot; /* wait for a place in in_flight */
    fir__run *in_flight[FIR__MOST_IN_FLIGHT];
    uint32_t n_in_flight;
    uint64_t next_request;
    uint64_t random;
    fir__expr_scratch *scratch;
};

/* ---- engine.c ---- */

/* Whether this thread may call the engine now: not in a child after fork, not from a callback. */
int fir__engine_enter(fir_engine *g, fir_error *err);
const fir__handler *fir__engine_handler(const fir_engine *g, fir_str type);
int64_t fir__engine_now(const fir_engine *g);
void fir__inside_begin(fir__inside *i);
void fir__inside_end(fir__inside *i);

/* ---- submit.c ---- */

/* Gives back a job whose runs are over, or were never begun. */
void fir__job_free(fir_engine *g, fir__job *j);
void fir__intake_free(fir_engine *g, fir__intake *i);

/* ---- log.c ---- */

void fir__log(fir_engine *g, int32_t level, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same with an outcome, which is JSON already. */
void fir__log_outcome(fir_engine *g, int32_t level, fir_str outcome);

/* ---- outcome.c ---- */

/* Writes what a run's step in hand came to into the ring. FIR_ENOMEM: nothing happened. */
int fir__outcome_add(fir_engine *g, const fir__run *r, const fir__plan_step *step, int64_t duration_ns);
void fir__ring_free(fir_engine *g);

/* ---- retry.c: pure ---- */

/* How long to wait before the attempt behind `attempt`: full jitter below a bound that doubles. */
int64_t fir__backoff(uint32_t attempt, uint64_t random);
/* Retry-After: seconds or a date, at most ten minutes. -1: none, or nothing that makes sense. */
int64_t fir__retry_after(const fir_http_result *r, int64_t wall_ns);
uint64_t fir__random_next(uint64_t *state);

/* ---- queue.c ---- */

void fir__queue_init(fir__queue *q);
void fir__queue_put(fir__queue *q, fir__run *r);
fir__run *fir__queue_take(fir__queue *q);               /* NULL: empty */
fir__run *fir__timers_put(fir__run *heap, fir__run *r); /* both give the new top */
fir__run *fir__timers_drop(fir__run *heap);

/* ---- send.c ---- */

typedef enum fir__sent { FIR__SENT, FIR__SEND_WAITS, FIR__SEND_FAILED } fir__sent;

/* Hands the request of r's call to the transport. FIR__SEND_WAITS: its host is busy; r was queued there and its call must be given
 * up. FIR__SEND_FAILED: err says why. */
fir__sent fir__send(fir_engine *g, fir__run *r, fir_error *err);
/* The run whose request ended, no longer in flight; NULL: unknown. */
fir__run *fir__sent_done(fir_engine *g, uint64_t id);
/* Makes those ready that waited for a place among all requests, as many as there are places. True: some. */
bool fir__slots_offer(fir_engine *g);
/* Gives up r's place at its host; who waited for it becomes ready. */
void fir__host_leave(fir_engine *g, fir__run *r);
void fir__hosts_free(fir_engine *g);

/* ---- run.c ---- */

typedef enum fir__drive { FIR__DRIVE_WAITS, FIR__DRIVE_OVER, FIR__DRIVE_NO_MEMORY } fir__drive;

/* Takes a run as far as it gets. */
fir__drive fir__run_drive(fir_engine *g, fir__run *r);
/* An answer to its request, or that there is none. */
fir__drive fir__run_answer(fir_engine *g, fir__run *r, const fir_http_result *answer);
const char *fir__run_gate(const fir_engine *g, const fir__plan_rule *rule);
const fir__plan_step *fir__run_step(const fir__run *r);
void fir__run_close(fir_engine *g, fir__run *r); /* frees what it holds */

/* ---- attempt.c ---- */

/* Begins the next attempt of the step in hand, or goes on with it. FIR__DRIVE_OVER: the step ended, see r->ending. */
fir__drive fir__attempt_begin(fir_engine *g, fir__run *r);
fir__drive fir__attempt_answer(fir_engine *g, fir__run *r, const fir_http_result *answer);
void fir__attempt_close(fir_engine *g, fir__run *r);

/* ---- when.c ---- */

/* Judges a step's `when` on the steps before it: FIR_TRUE, FIR_FALSE, FIR_UNDECIDED, or a negative code. */
int fir__when(fir_engine *g, const fir__run *r, fir_str when, fir_error *err);
/* fir__step_value of a run: ctx is the fir__run. */
bool fir__run_value(const void *ctx, fir_str step, fir_str get, fir_str *value);

/* Sets how a step ends. text is formatted. */
void fir__end(fir__ending *e, fir__status status, int32_t code, const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
