/* SPDX-License-Identifier: Apache-2.0 */
/* The engine from inside.
 *
 * Who touches what. An alert is planned and judged by the thread that submits it, and waits as a job in `incoming`. The thread that
 * polls takes it from there. Three locks, taken in this order:
 *   work   jobs, runs, hosts, undos, dead letters; held by who polls, but while it waits for the network, and by an operator's word
 *   judge  the gate's state, and the order of its records
 *   lock   incoming, the ring of outcomes, counts
 * The transport is the polling thread's alone. */
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
#include "engine/metrics.h"
#include "gate/gate.h"
#include "plan/plan.h"
#include "store/commands.h"
#include "store/store.h"

enum {
    FIR__ID = 64,              /* of alerts and actions: hex digits */
    FIR__MOST_IN_FLIGHT = 512, /* requests of all hosts together */
    FIR__MOST_REQUESTS = 32,   /* of one attempt */
    FIR__SPARE_CALLS = 16,     /* memory of attempts that are over, for the next ones */
    FIR__DRIVE_BATCH = 256,    /* runs that go on between two looks at the network */
    FIR__DEFAULT_ATTEMPTS = 3,
    FIR__UNDO_ATTEMPTS = 5,
    FIR__MOST_UNDOS = 100000, /* that wait for their time */
    FIR__MOST_DEAD = 10000,   /* letters; the oldest goes */
    FIR__MOST_REVIEWS = 10000,
    FIR__BREAKER_FAILURES = 5, /* in a row */
    FIR__MOST_HOSTS = 1024,    /* whose failures are remembered */
    FIR__WORKERS = 4,
    FIR__MOST_DEATHS = 3,         /* of the process while it did one action; then it is not tried again */
    FIR__COMPACT_RECORDS = 20000, /* so many more, and the gate's state is written anew */
    FIR__URGENCIES = FIR__URGENCY_CRITICAL + 1
};
#define FIR__JUDGED_FOR (2 * FIR__SECOND)             /* a look at the live object is good for so long */
#define FIR__STEP_DEADLINE (5 * 60 * FIR__SECOND)     /* of a step without `timeout`, attempts and waits together */
#define FIR__FORGET_UNDO (24 * 60 * 60 * FIR__SECOND) /* so long can be undone by hand what has no time of its own */
#define FIR__UNDO_DEADLINE (60 * 60 * FIR__SECOND)
#define FIR__BREAKER_OPEN (30 * FIR__SECOND)
#define FIR__RETRY_EVERY (FIR__SECOND / 10) /* the retry budget of a destination: ten a second, twenty at once */
#define FIR__RETRY_BURST (2 * FIR__SECOND)
#define FIR__QUEUED_BYTES (UINT64_C(1) << 30) /* memory of the plans of accepted alerts */

/* The functions behind a type. */
typedef struct fir__handler {
    fir_action_type type;
    fir_str name; /* the catalogue's */
    void *self;
    bool to_url; /* its one request goes to what its parameter `url` names */
} fir__handler;

typedef enum fir__status {
    FIR__STEP_PENDING,
    FIR__STEP_SUCCEEDED,
    FIR__STEP_FAILED,
    FIR__STEP_SKIPPED,
    FIR__STEP_WOULD_RUN,
    FIR__STEP_REFUSED,
    FIR__STEP_CANCELLED,
    FIR__STEP_PAUSED,
    FIR__STEP_PROTECTED,
    FIR__STEP_EXPIRED,
    FIR__STEP_REJECTED,
    FIR__STEP_UNDONE,
    FIR__STEP_UNDO_CONFLICT,
    FIR__STEP_UNDO_FAILED,
    FIR__STEP_STATUSES
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
    bool cancelled;  /* it is not to begin */
    bool uncertain;  /* a crash left open whether it was done */
    bool spent;      /* and a person's word was given for what was begun then, not for more */
    uint32_t deaths; /* of the process while it was on its way */
    fir_buf output;
} fir__step_result;

typedef enum fir__phase { FIR__PHASE_STEPS, FIR__PHASE_ON_FAILURE, FIR__PHASE_NOTIFY, FIR__PHASE_OVER } fir__phase;

typedef struct fir__job fir__job;
typedef struct fir__destination fir__destination;
typedef struct fir__run fir__run;

typedef enum fir__run_kind {
    FIR__RUN_RULE,
    FIR__RUN_REPLAY, /* one step once more, by an operator's word */
    FIR__RUN_UNDO    /* takes back what one step did */
} fir__run_kind;

/* One rule of a plan while it is being done; or one step of it again, or its undoing. */
struct fir__run {
    fir__run *next;         /* in a queue */
    fir__run *left, *right; /* in the heap of timers */
    uint32_t rank;
    fir__job *job;
    const fir__plan_rule *rule;
    fir__step_result *results[FIR__PHASE_OVER]; /* by phase, one a step */
    fir__run_kind kind;
    fir__phase phase;
    uint32_t index;  /* of the step in its phase */
    bool tell_first; /* it waits for a person from the beginning: notifiers go before its steps */
    bool failed;     /* some step did, and its errors count */
    bool stopped;    /* the rest of the steps is skipped */
    bool reviewed;   /* a person is asked already whether it was right */

    /* the gate's word */
    fir__gate_status status;
    const char *why;
    fir__hold hold;
    bool reserved;    /* the budgets were taken of */
    bool acted;       /* some step did, or may have */
    bool turned;      /* some was refused by the gate at the moment of execution */
    int64_t taken_ns; /* when its budgets were taken, by the gate's time; INT64_MIN: they were not, or nobody knows */
    bool asked, approved, rejected;
    char approval[FIR__APPROVAL_ID];
    fir__run *held_next, **held_at; /* among those that wait for a person; NULL: it does not */

    /* the step in hand */
    bool begun, ended, preparing, paid, cancelled, followed;
    bool recorded_late; /* what undo needs is known since the answer: it stands in no intent */
    bool intended;      /* the intent of this attempt is written */
    bool unwritten;     /* it could not be: the journal is lost */
    bool acting;        /* between its intent and its end */
    bool verifying;     /* a crash left open whether it was done */
    bool uncertain;     /* nobody knows whether it was done */
    bool undoable;      /* it is done, and an undo waits */
    bool working;       /* a worker has it; what its function gave is in worked */
    int worked;
    fir__ending ending;
    const fir__handler *handler;
    uint32_t attempt, requests;
    int64_t started_ns, deadline_ns, due_ns;
    int64_t judged_ns;      /* when the gate last saw what prepare had found */
    fir_call *call;         /* NULL: no attempt is open */
    fir_buf record;         /* what prepare recorded */
    fir__destination *host; /* where it holds a place */
    uint64_t request_id;

    /* extra runs */
    fir__run *extra_next, **extra_at; /* among the engine's */
    int64_t undo_at_ns;               /* wall clock */
    bool timed;                       /* an undo with a time of its own; others wait for an operator's word, and are forgotten */
    bool undoing;                     /* its time has come */
    bool ordered;                     /* an operator wants it now */
};

/* A failed step that may be done once more by an operator's word. */
typedef struct fir__dead {
    struct fir__dead *next, **at;
    fir__job *job;
    const fir__plan_rule *rule;
    fir__step_result *results[FIR__PHASE_OVER];
    fir__phase phase;
    uint32_t index;
    int64_t since_ns; /* wall clock */
    fir__ending ending;
    fir_buf record; /* what prepare found: a replay may have to look first */
} fir__dead;

/* One of a step that the playbook does not plan any more: its words are those of the journal. */
typedef struct fir__lost {
    struct fir__lost *next, **at;
    fir__job *job;
    char action_id[FIR__ID];
    int64_t since_ns; /* wall clock */
    fir_str rule, step, use, error;
    char text[]; /* of these */
} fir__lost;

struct fir__job {
    fir__job *next;
    fir__job *list_next, **list_at; /* of all that the polling thread knows */
    fir_plan *plan;                 /* NULL: nothing of it is planned any more, and only dead letters are left */
    char event_id[FIR__ID];
    uint64_t bytes;
    int64_t accepted_ns, accepted_wall_ns;
    int64_t alert_ns;  /* the alert's own time; 0: none */
    bool undated;      /* the clock was set back behind its acceptance: nobody knows how old it is */
    int64_t judged_ns; /* when the gate let it through, by the gate's time; INT64_MIN: not known */
    bool forgeable;
    bool counted; /* among the queued */
    bool seqs_lost;
    uint64_t *seqs; /* of its records in the journal */
    size_t n_seqs, cap_seqs;
    uint32_t open;  /* runs, undos and dead letters */
    uint32_t going; /* runs of rules that are not over */
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
    uint32_t failures;     /* in a row */
    int64_t open_until_ns; /* the breaker is open until then; 0: it is closed */
    fir__run *prober;      /* it finds out whether the breaker may close */
    int64_t retry_free_ns; /* the retry budget: when its next one is */
    size_t key_len;
    char key[];
};

typedef struct fir__threads fir__threads;

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

/* A record that is to be written. */
typedef struct fir__note {
    fir_str kind;
    bool has_event, has_action;
    char event[FIR__ID], action[FIR__ID];
    fir_buf json;
    fir__job *job; /* whose it is; NULL: nobody's */
} fir__note;

/* Something that was done well and about which a person must say whether it was right. */
typedef struct fir__review {
    struct fir__review *next;
    char action_id[64], event_id[64];
    int64_t since_ns;
    size_t rule_len;
    char rule[];
} fir__review;

/* One thread's tools for reading and planning; kept for the next submit. */
typedef struct fir__intake {
    struct fir__intake *next;
    fir_evaluator *evaluator;
    fir_event *event;
} fir__intake;

/* See ages.c. */
enum { FIR__AGES = 96 };
typedef struct fir__age {
    int64_t at_ns;    /* when it began, by the count */
    int64_t least_ns; /* the earliest record's time, by the wall clock; of the last day it stands below */
} fir__age;
typedef struct fir__ages {
    int64_t ahead_ns; /* of the monotonic clock */
    _Atomic int64_t least_ns;
    fir__age days[FIR__AGES];
    uint32_t n;
    bool told; /* some record said the count: */
    int64_t ran_ns, ran_wall_ns;
} fir__ages;

struct fir_engine {
    fir_allocator allocator;
    fir_clock clock;
    fir_transport transport;
    fir_log_fn log;
    void *log_user;
    pthread_mutex_t log_lock;
    fir__inside logging, acting, working[FIR__WORKERS];
    int64_t attempt_timeout_ns;
    uint64_t max_queued, max_outcomes;
    uint32_t max_in_flight, flags;
    pid_t pid;
    const fir_catalog *catalog;
    const fir_playbook *configured; /* its configuration holds for the engine's life */
    fir__secrets *secrets;
    fir__action_env env; /* of the built-in types */
    int pause_dir;       /* where a file PAUSE stops everything; -1: nowhere */

    bool durable, closing;
    fir_store store;
    atomic_bool store_failed;
    atomic_uint_fast64_t n_appended;  /* since the gate's state was written */
    atomic_uint_fast64_t n_unwritten; /* appends that the store refused */
    pthread_rwlock_t accepting;       /* held by who judges until it is written; alone by who writes the whole state */
    fir__commands commands;
    fir__ages ages;
    fir__note *notes; /* to be written in the next commit */
    size_t n_notes, cap_notes;
    fir__queue intents; /* runs that may act when theirs is written */
    fir__run *suspect;  /* the process ended twice while its action was on its way: such are done one by one */
    fir__queue suspects;
    int64_t write_again_ns, compact_again_ns;
    void (*crash)(void *ctx, const char *point); /* tests end the process there */
    void *crash_ctx;

    pthread_mutex_t judge;
    fir__gate *gate;
    int64_t as_of_ns;         /* the latest time of an alert, where the gate goes by that */
    int64_t steady_ns;        /* what the gate's time is ahead of the monotonic clock; as the engine was made */
    uint8_t key[FIR__SHA256]; /* signs tokens of approvals */

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
    fir__metrics metrics;

    fir__guard polling;
    pthread_mutex_t work;
    fir__queue ready[FIR__URGENCIES];
    fir__run *timers; /* a heap, the next due on top */
    fir__destination *hosts;
    size_t n_hosts;
    fir__queue no_slot; /* wait for a place in in_flight */
    fir__run *in_flight[FIR__MOST_IN_FLIGHT];
    uint32_t n_in_flight;
    uint64_t next_request;
    uint64_t random;
    fir__expr_scratch *scratch;
    fir_call *spare_calls[FIR__SPARE_CALLS]; /* wiped, for the next attempts */
    uint32_t n_spare_calls;
    fir__job *jobs;
    fir__run *held;
    size_t n_held, n_going; /* runs that wait for a person; runs of rules and replays that are not over */
    size_t n_undoing;       /* undos whose time has come */
    int64_t held_due_ns;    /* the next of them expires */
    atomic_bool answered;   /* some approval was decided */
    atomic_bool cancels;    /* some run was cancelled */
    fir__run *extras;       /* undos and replays that are not over */
    uint32_t n_undos, n_timed_undos;
    fir__dead *dead, **dead_end;
    uint32_t n_dead;
    uint64_t dead_bytes;
    fir__lost *lost, **lost_end;
    uint32_t n_lost;
    fir__review *reviews, **reviews_end;
    uint32_t n_reviews;
    bool paused_by_file;
    int64_t pause_look_ns;

    pthread_mutex_t stopping; /* one stop at a time */
    fir__threads *threads;    /* NULL: none of our own */
    size_t n_working;         /* calls that workers have */
};

/* ---- engine.c ---- */

/* Whether this thread may call the engine now: not in a child after fork, not from a callback. */
int fir__engine_enter(fir_engine *g, fir_error *err);
const fir__handler *fir__engine_handler(const fir_engine *g, fir_str type);
int64_t fir__engine_now(const fir_engine *g);
void fir__inside_begin(fir__inside *i);
void fir__inside_end(fir__inside *i);

int64_t fir__engine_wall(const fir_engine *g);

/* ---- times.c ---- */

/* The wall clock as people are told; or the latest time of an alert, where the gate goes by that. */
int64_t fir__gate_now(fir_engine *g);
/* The time that cool-downs and budgets are counted by: it begins with the wall clock, but never before what the journal holds, and
 * goes on with the monotonic one, so that no jump frees a budget. Under `judge` where the gate goes by alerts. */
int64_t fir__gate_steady(const fir_engine *g);
/* At the engine's beginning, and after the journal was read: where the gate's time begins, and until when approvals wait. */
void fir__times_begin(fir_engine *g);
/* Whether the time of an approval is over, and when it is, by one clock that does not jump. Under `judge`. */
int64_t fir__ask_clock(const fir_engine *g);
int64_t fir__ask_deadline(const fir_engine *g, const fir__ask *a);
/* For people: when it will be over, by the wall clock as it goes now. */
int64_t fir__ask_expires(const fir_engine *g, const fir__ask *a);

/* ---- job.c ---- */

/* Whether the gate let something of a rule through. */
bool fir__verdict_goes_on(const fir__rule_verdict *v);
/* A plan that was judged, with a run for each rule that goes on. Takes pl over, also on failure. NULL: no memory. */
fir__job *fir__job_make(fir_engine *g, fir_plan *pl, const fir__verdict *v, const fir__alert_facts *facts);
/* An alert of which nothing is planned any more; it is done when its letters are. NULL: no memory. */
fir__job *fir__job_husk(fir_engine *g, const char *event_id);
/* One less thing to be done for a job; the last one frees it. */
void fir__job_release(fir_engine *g, fir__job *j);
void fir__job_free(fir_engine *g, fir__job *j);

/* ---- submit.c ---- */

void fir__intake_free(fir_engine *g, fir__intake *i);

/* ---- journal.c; without a data directory these do nothing and give 0 ---- */

/* A record for the next commit; takes json over, also on failure. Under `work`. */
int fir__journal_put(fir_engine *g, fir_str kind, fir__job *job, const char *event, const char *action, fir__sbuf *json);
void fir__journal_unput(fir_engine *g, size_t n); /* those behind the first n */
void fir__journal_forget_job(fir_engine *g, const fir__job *j);
int fir__journal_outcome(fir_engine *g, const fir__run *r, const fir__plan_step *step, int64_t duration_ns);
int fir__journal_attempt(fir_engine *g, const fir__run *r);
int fir__journal_done_id(fir_engine *g, const char *event_id);
/* The record of an accepted alert. */
void fir__journal_alert(const fir__job *j, fir__sbuf *b);
/* Writes what was gathered; runs whose intents are written become ready. Under `work`. FIR_ENOMEM. */
int fir__journal_flush(fir_engine *g);
/* Writes at once; from any thread. *seq (may be NULL) is its number, where there is a journal. */
int fir__journal_now(fir_engine *g, fir_str kind, const char *event, const char *action, const fir__sbuf *json, uint64_t *seq,
                     fir_error *err);
int fir__journal_append(fir_engine *g, const fir_record *r, size_t n, uint32_t flags, uint64_t *first, fir_error *err);
void fir__job_seq(fir_engine *g, fir__job *j, uint64_t seq);
void fir__journal_free(fir_engine *g);
/* A named place at which a test may end the process. */
void fir__crash(fir_engine *g, const char *point);

/* ---- open.c ---- */

/* The journal that the options or the configuration name, and what it holds. */
int fir__engine_open(fir_engine *g, const fir_engine_options *o, fir_error *err);
void fir__engine_close(fir_engine *g);

/* ---- recover.c ---- */

/* Folds the store's records in, and takes up what was not done. Before anyone knows the engine. */
int fir__recover(fir_engine *g, fir_error *err);
/* Writes the gate's whole state where many records were written since, and lets go of what is finished. */
void fir__compact(fir_engine *g);

/* ---- ages.c ---- */

void fir__ages_init(fir__ages *a);
/* Records that are written or were read. Any thread. */
void fir__ages_note(fir_engine *g, const fir_record *r, size_t n);
void fir__ages_read(fir_engine *g, const fir_record *r, const fir__data *d);
/* Behind the last record that was read. */
void fir__ages_begin(fir_engine *g);
int64_t fir__ages_count(const fir_engine *g);
void fir__ages_write(const fir_engine *g, fir__sbuf *b);
/* A new day begins where it is time. Under `work`, as the next. */
void fir__ages_turn(fir_engine *g);
/* The wall clock's time before which everything may be forgotten. */
int64_t fir__ages_before(const fir_engine *g);

/* ---- operate.c ---- */

/* An operator's word. */
typedef struct fir__order {
    const char *id, *who, *why; /* id: what it is about; empty where the word is about everything */
    bool yes;                   /* FEEDBACK: it was right */
    fir_str file;               /* the command's; empty: it came by a call */
} fir__order;
/* From any thread. */
int fir__obey(fir_engine *g, fir__verb verb, const fir__order *o, fir_error *err);

/* ---- commands.c ---- */

/* Does what operators have laid into the data directory. Under no lock. True: something. */
bool fir__commands_take(fir_engine *g);

/* ---- log.c ---- */

void fir__log(fir_engine *g, int32_t level, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same with an outcome, which is JSON already. */
void fir__log_outcome(fir_engine *g, int32_t level, fir_str outcome);

/* ---- outcome.c ---- */

/* Writes what a run's step in hand came to into the ring. FIR_ENOMEM: nothing happened. */
int fir__outcome_add(fir_engine *g, const fir__run *r, const fir__plan_step *step, int64_t duration_ns);
/* Of a rule as a whole: that the gate refused it, or that it waits for a person (approval is its id, or empty). */
int fir__outcome_rule(fir_engine *g, const fir_plan *pl, fir_str rule, fir__gate_status status, const char *why, fir_str approval);
/* The rule of an action that ended a short time ago; false: not known any more. */
bool fir__outcome_rule_of(fir_engine *g, fir_str action_id, fir__sbuf *rule);
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
/* The heap with another due time of one run in it. False: it is not there. */
bool fir__timers_hasten(fir__run **heap, fir__run *r, int64_t due_ns);

/* ---- send.c ---- */

typedef enum fir__sent { FIR__SENT, FIR__SEND_WAITS, FIR__SEND_FAILED } fir__sent;

/* Hands the request of r's call to the transport. FIR__SEND_WAITS: its host is busy; r was queued there and its call must be given
 * up. FIR__SEND_FAILED: err says why. */
fir__sent fir__send(fir_engine *g, fir__run *r, fir_error *err);
/* Whether the host of a request that is still to be made is busy; then r was queued there, and its call must be given up. */
bool fir__send_waits(fir_engine *g, fir__run *r, fir_str url);
/* The run whose request ended, no longer in flight; NULL: unknown. */
fir__run *fir__sent_done(fir_engine *g, uint64_t id);
/* Makes those ready that waited for a place among all requests, as many as there are places. True: some. */
bool fir__slots_offer(fir_engine *g);
/* Gives up r's place at its host; who waited for it becomes ready. */
void fir__host_leave(fir_engine *g, fir__run *r);
/* Makes those ready whose breaker may try again. True: some. *next: when to look again; INT64_MAX: no breaker is open. */
bool fir__breakers_offer(fir_engine *g, int64_t *next);
/* What the answer to a request says of its host: it works, or it does not. */
void fir__host_judge(fir_engine *g, fir__run *r, bool works);
/* When a retry that wants to be at `at` may be, by the budget of r's host. */
int64_t fir__retry_budget(fir__run *r, int64_t at);
void fir__hosts_free(fir_engine *g);

/* ---- run.c ---- */

typedef enum fir__drive { FIR__DRIVE_WAITS, FIR__DRIVE_OVER, FIR__DRIVE_NO_MEMORY } fir__drive;

/* Takes a run as far as it gets. */
fir__drive fir__run_drive(fir_engine *g, fir__run *r);
/* An answer to its request, or that there is none. */
fir__drive fir__run_answer(fir_engine *g, fir__run *r, const fir_http_result *answer);
const fir__plan_step *fir__run_step(const fir__run *r);
/* Whether a phase's steps are there. */
const fir__plan_steps *fir__run_steps(const fir__plan_rule *rule, fir__phase phase);
bool fir__run_is_dry(const fir_engine *g, const fir__rule *rule);
void fir__run_close(fir_engine *g, fir__run *r); /* frees what it holds */
void fir__run_ready(fir_engine *g, fir__run *r);
/* A run whose results are those of an earlier process goes to the step that is next. FIR_ENOMEM. */
int fir__run_restore(fir_engine *g, fir__run *r);

/* ---- uncertain.c ---- */

/* Before the step in hand begins: an earlier process ended in its middle, perhaps. True: the step ended by that. */
bool fir__uncertain_begin(fir__run *r);
/* What verify found out. True: the step ended by that. */
bool fir__uncertain_found(fir__run *r, bool done, bool not_done);
/* An attempt failed; sent: something that acts may have reached a peer. What is to follow, beside what follows anyway. */
typedef enum fir__unsure { FIR__UNSURE_NOTHING, FIR__UNSURE_AGAIN, FIR__UNSURE_ASK } fir__unsure;
fir__unsure fir__uncertain_failed(fir__run *r, bool sent);

/* ---- attempt.c ---- */

/* Begins the next attempt of the step in hand, or goes on with it. FIR__DRIVE_OVER: the step ended, see r->ending. */
fir__drive fir__attempt_begin(fir_engine *g, fir__run *r);
fir__drive fir__attempt_answer(fir_engine *g, fir__run *r, const fir_http_result *answer);
/* Its intent is written: now it acts. */
fir__drive fir__attempt_intended(fir_engine *g, fir__run *r);
/* Calls the type's function that is next. */
int fir__attempt_call(const fir__run *r);
/* A worker has called its function. */
fir__drive fir__attempt_worked(fir_engine *g, fir__run *r);
/* Takes what undo needs out of the call that ended. False: out of memory. */
bool fir__attempt_keep(fir_engine *g, fir__run *r);
void fir__attempt_close(fir_engine *g, fir__run *r);
void fir__attempt_drop_call(fir_engine *g, fir__run *r); /* its call alone; the place at the host stays */

/* ---- hold.c: the gate's second word, and approvals ---- */

/* Before a step is tried: FIR__DRIVE_OVER with r->ending set, FIR__DRIVE_WAITS (it waits for a person), or *go. */
fir__drive fir__hold_step(fir_engine *g, fir__run *r, bool *go);
/* After prepare, on what it found. */
fir__drive fir__hold_live(fir_engine *g, fir__run *r, bool *go);
/* How a step ended, for what the hit took; and behind the last one: where none acted and the gate refused, it is given back. */
void fir__hold_note(fir__run *r, const fir__plan_step *step);
void fir__hold_give_back(fir_engine *g, fir__run *r);
/* Asks a person for a run; its texts are those of its rule. FIR_ENOMEM, FIR_EINTERNAL. */
int fir__hold_ask(fir_engine *g, fir__run *r, const char *why);
/* Runs whose approval was decided or has expired become ready. True: some. */
bool fir__held_offer(fir_engine *g);
void fir__held_drop(fir_engine *g, fir__run *r);
/* How long until the next of them expires; something does wait. */
int64_t fir__held_left(fir_engine *g);
/* Folds a record in, and notes it for the journal; job: whose it is, or NULL. Under `work`. Frees it. FIR_ENOMEM; others are our
 * bugs. */
int fir__gate_apply(fir_engine *g, fir_str kind, fir__job *job, fir__sbuf *record);
/* The token that lets somebody decide an approval without being known otherwise: 64 hex digits. */
int fir__approval_token(const fir_engine *g, const fir__ask *a, char out[2 * FIR__SHA256]);
/* Looks whether the file PAUSE is there, once a second. */
void fir__pause_look(fir_engine *g);

/* ---- extra.c: undos, replays, dead letters, reviews ---- */

/* What a step that has just ended leaves behind: an undo to come, a review; a dead letter. FIR_ENOMEM: nothing of it. */
int fir__extra_after(fir_engine *g, fir__run *r);
int fir__dead_add(fir_engine *g, const fir__run *r);
void fir__review_put(fir_engine *g, fir__review *v);
/* When an undo is to be done, by the wall clock, but in no more than most_ns; overdue ones are ready at once. */
void fir__undo_at(fir_engine *g, fir__run *u, bool timed, int64_t wall_ns, int64_t most_ns);
void fir__dead_drop(fir_engine *g, fir__dead *d);
/* One step once more, or its undoing; among the extras, and in no queue yet. NULL: no memory. */
fir__run *fir__extra_new(fir_engine *g, fir__run_kind kind, fir__job *j, const fir__plan_rule *rule,
                         fir__step_result *const results[FIR__PHASE_OVER], fir__phase phase, uint32_t index);
/* Whether a person is asked if an action was right; the name of its rule. */
bool fir__review_find(const fir_engine *g, fir_str action_id, fir__sbuf *rule);
/* It was said: it is asked no more. */
void fir__review_drop(fir_engine *g, fir_str action_id);
/* Its dead letter is found, or given up, where the playbook does not plan it any more. */
fir__lost *fir__lost_find(const fir_engine *g, fir_str action_id);
void fir__lost_drop(fir_engine *g, fir__lost *l);
/* An undo or a replay is over. */
void fir__extra_close(fir_engine *g, fir__run *r);
void fir__extras_free(fir_engine *g);

/* ---- poll.c ---- */

/* A job becomes known to the thread that polls, and its runs ready. */
void fir__job_take(fir_engine *g, fir__job *j);
/* fir_engine_poll by who holds the right to. */
int fir__poll(fir_engine *g, int64_t wait_ns, fir_error *err);

/* ---- threads.c ---- */

/* Hands a call to a worker. False: there are none. */
bool fir__work_put(fir_engine *g, fir__run *r);
/* The next run whose function was called; NULL: none. */
fir__run *fir__work_done(fir_engine *g);
/* For who polls: how often fir_engine_stop was asked for; 0: nobody waits for the end. */
uint32_t fir__threads_stops(const fir_engine *g);

/* ---- when.c ---- */

/* Judges a step's `when` on the steps before it: FIR_TRUE, FIR_FALSE, FIR_UNDECIDED, or a negative code. */
int fir__when(fir_engine *g, const fir__run *r, fir_str when, fir_error *err);
/* fir__step_value of a run: ctx is the fir__run. */
bool fir__run_value(const void *ctx, fir_str step, fir_str get, fir_str *value);

/* Sets how a step ends. text is formatted. */
void fir__end(fir__ending *e, fir__status status, int32_t code, const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
