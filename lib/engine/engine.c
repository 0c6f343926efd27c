/* SPDX-License-Identifier: Apache-2.0 */
/* The engine as an object: what it is made of, and who may call it. */
#include <stdarg.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "action/types.h"
#include "engine/private.h"
#include "transport/transport.h"

#define DEFAULT_ATTEMPT_TIMEOUT (10 * FIR__SECOND)
enum { MAX_GUARDS = 16 << 20, DEFAULT_QUEUED = 100000, DEFAULT_OUTCOMES = 100000, DEFAULT_IN_FLIGHT = 8 };

/* ---- who may call ---- */

void fir__inside_begin(fir__inside *i)
{
    atomic_store(&i->thread, pthread_self());
    atomic_store(&i->on, true);
}

void fir__inside_end(fir__inside *i)
{
    atomic_store(&i->on, false);
}

/* Only this thread itself can have set its own name, so that the answer for this thread is never stale. */
static bool is_inside(fir__inside *i)
{
    return atomic_load(&i->on) && pthread_equal(atomic_load(&i->thread), pthread_self()) != 0;
}

int fir__engine_enter(fir_engine *g, fir_error *err)
{
    if (g->pid != getpid()) {
        return fir__fail(err, FIR_ESTATE, "this process was forked; an engine stays with the process that made it");
    }
    bool inside = is_inside(&g->logging) || is_inside(&g->acting);
    for (size_t i = 0; i < FIR__WORKERS; i++) {
        inside = inside || is_inside(&g->working[i]);
    }
    if (inside) {
        return fir__fail(err, FIR_ESTATE, "a callback of the engine may not call the engine");
    }
    return 0;
}

/* ---- time ---- */

static int64_t read_clock(clockid_t id)
{
    struct timespec t = {0, 0};
    (void)clock_gettime(id, &t);
    return (int64_t)t.tv_sec * FIR__SECOND + t.tv_nsec;
}

static int64_t system_mono(void *self)
{
    (void)self;
    return read_clock(CLOCK_MONOTONIC);
}

static int64_t system_wall(void *self)
{
    (void)self;
    return read_clock(CLOCK_REALTIME);
}

int64_t fir__engine_now(const fir_engine *g)
{
    return g->clock.mono_ns(g->clock.self);
}

int64_t fir__engine_wall(const fir_engine *g)
{
    return g->clock.wall_ns(g->clock.self);
}

/* ---- types ---- */

const fir__handler *fir__engine_handler(const fir_engine *g, fir_str type)
{
    for (size_t i = 0; i < g->n_handlers; i++) {
        if (fir__str_eq(g->handlers[i].name, type)) {
            return &g->handlers[i];
        }
    }
    return NULL;
}

/* Under the lock, or before anyone knows the engine. */
static int add_handler(fir_engine *g, const fir_action_type *t, void *self, fir_error *err)
{
    const fir__action_def *def = fir__catalog_find(g->catalog, fir__cstr(t->name));
    if (def == NULL) {
        return fir__fail(err, FIR_ENOTFOUND, "the catalogue has no type '%.100s'; add its schema by fir_catalog_add", t->name);
    }
    if (g->started) {
        return fir__fail(err, FIR_ESTATE, "types are registered before the first submit");
    }
    if (fir__engine_handler(g, def->name) != NULL) {
        return fir__fail(err, FIR_ESTATE, "the type '%.100s' has its functions already", t->name);
    }
    if (!fir__grow(&g->allocator, &g->handlers, &g->cap_handlers, g->n_handlers + 1, sizeof *g->handlers)) {
        return fir__no_memory(err);
    }
    fir__handler *h = &g->handlers[g->n_handlers++];
    *h = (fir__handler){.type = *t, .name = def->name, .self = self, .to_url = fir__type_goes_to_url(t)};
    h->type.name = NULL; /* the caller's text; the catalogue's is kept */
    return 0;
}

int fir_engine_register(fir_engine *g, const fir_action_type *t, void *self, fir_error *err)
{
    if (g == NULL || t == NULL || t->size < sizeof *t || t->name == NULL || t->advance == NULL ||
        (t->flags & ~(uint32_t)FIR_ACTION_BLOCKS) != 0) {
        return fir__fail(err, FIR_EINVAL, "engine or type is NULL, or the type has no name, no advance, or an unknown flag");
    }
    int rc = fir__engine_enter(g, err);
    if (rc != 0) {
        return rc;
    }
    pthread_mutex_lock(&g->lock);
    rc = add_handler(g, t, self, err);
    pthread_mutex_unlock(&g->lock);
    return rc;
}

/* The built-in types, as far as the catalogue has them. */
static int add_builtin(fir_engine *g, fir_error *err)
{
    const fir_action_type *t;
    g->env = (fir__action_env){.allocator = &g->allocator,
                               .clock = &g->clock,
                               .secrets = g->secrets,
                               .config = g->configured->config,
                               .environment = (g->flags & FIR_ENGINE_ENV) != 0};
    int rc = fir__tokens_new(&g->allocator, &g->env.tokens) != 0 ? fir__no_memory(err) : 0;
    for (size_t i = 0; rc == 0 && (t = fir__builtin_type(i)) != NULL; i++) {
        if (fir__catalog_find(g->catalog, fir__cstr(t->name)) != NULL) {
            rc = add_handler(g, t, &g->env, err);
        }
    }
    return rc;
}

/* ---- making one ---- */

static bool valid_transport(const fir_transport *t)
{
    return t->size >= sizeof *t && t->start != NULL && t->wait != NULL && t->next != NULL && t->wake != NULL && t->cancel != NULL;
}

static bool valid_clock(const fir_clock *c)
{
    return c->size >= sizeof *c && c->mono_ns != NULL && c->wall_ns != NULL;
}

static int check_options(const fir_engine_options *o, fir_allocator *a, fir_error *err)
{
    int rc = fir__check_options(o, o->size, offsetof(fir_engine_options, data_dir), sizeof *o, err);
    if (rc != 0) {
        return rc;
    }
    bool full = o->size >= sizeof *o;
    if (full && (o->durability < 0 || o->durability > FIR_DURABILITY_WRITTEN || (o->data_dir != NULL && o->store != NULL))) {
        return fir__fail(err, FIR_EINVAL, "an unknown durability, or a data directory and a store of the host's together");
    }
    if (full && o->store != NULL && (o->store->size < sizeof *o->store || o->store->append == NULL || o->store->read == NULL)) {
        return fir__fail(err, FIR_EINVAL, "the store of the engine's options is not valid");
    }
    if ((o->flags & ~(uint32_t)(FIR_ENGINE_DRY_RUN | FIR_ENGINE_ENV | FIR_ENGINE_AS_OF_ALERTS)) != 0 || o->attempt_timeout_ns < 0) {
        return fir__fail(err, FIR_EINVAL, "an unknown flag, or a negative time, in the engine's options");
    }
    if (!fir__allocator_copy(o->allocator, a)) {
        return fir__fail(err, FIR_EINVAL, "the allocator of the engine's options is not valid");
    }
    if ((o->transport != NULL && !valid_transport(o->transport)) || (o->clock != NULL && !valid_clock(o->clock))) {
        return fir__fail(err, FIR_EINVAL, "the transport or the clock of the engine's options is not valid");
    }
    return 0;
}

static void take_options(fir_engine *g, const fir_engine_options *o)
{
    g->log = o->log;
    g->log_user = o->log_user;
    g->flags = o->flags;
    g->attempt_timeout_ns = o->attempt_timeout_ns != 0 ? o->attempt_timeout_ns : DEFAULT_ATTEMPT_TIMEOUT;
    g->max_queued = o->max_queued != 0 ? o->max_queued : DEFAULT_QUEUED;
    g->max_outcomes = o->max_outcomes != 0 ? o->max_outcomes : DEFAULT_OUTCOMES;
    g->max_in_flight = o->max_in_flight != 0 ? o->max_in_flight : DEFAULT_IN_FLIGHT;
    g->clock = o->clock != NULL ? *o->clock : (fir_clock){sizeof(fir_clock), NULL, system_mono, system_wall};
}

/* What cannot fail: after it, fir_engine_free does for whatever follows. */
static void begin(fir_engine *g, const fir_allocator *a)
{
    pthread_condattr_t monotonic;
    g->allocator = *a;
    g->pid = getpid();
    (void)pthread_mutex_init(&g->work, NULL);
    (void)pthread_mutex_init(&g->judge, NULL);
    (void)pthread_mutex_init(&g->stopping, NULL);
    (void)pthread_mutex_init(&g->lock, NULL);
    (void)pthread_mutex_init(&g->log_lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&g->news, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    atomic_flag_clear(&g->polling);
    g->incoming_end = &g->incoming;
    g->ring.first = 1;
    g->as_of_ns = INT64_MIN;
    g->held_due_ns = INT64_MAX;
    g->dead_end = &g->dead;
    g->lost_end = &g->lost;
    g->reviews_end = &g->reviews;
    g->pause_dir = -1;
    for (size_t i = 0; i < FIR__URGENCIES; i++) {
        fir__queue_init(&g->ready[i]);
    }
    fir__queue_init(&g->no_slot);
    fir__queue_init(&g->intents);
    fir__queue_init(&g->suspects);
    g->commands.fd = -1;
    fir__ages_init(&g->ages);
    (void)pthread_rwlock_init(&g->accepting, NULL);
    if (getrandom(&g->random, sizeof g->random, GRND_NONBLOCK) != (ssize_t)sizeof g->random) {
        g->random = (uint64_t)read_clock(CLOCK_MONOTONIC) ^ (uint64_t)g->pid << 32;
    }
}

/* The guards are those of the configuration that the engine was made with. */
static int make_gate(fir_engine *g, fir_error *err)
{
    fir__arena arena;
    fir__guards guards;
    fir__arena_init(&arena, &g->allocator, MAX_GUARDS);
    int rc = fir__guards_read(g->configured->config, &arena, &guards);
    rc = rc != 0 ? rc : fir__gate_new(&g->allocator, &guards, fir__random_next(&g->random), &g->gate);
    fir__arena_free(&arena);
    if (rc == 0 && getrandom(g->key, sizeof g->key, 0) != (ssize_t)sizeof g->key) {
        return fir__fail(err, FIR_EIO, "the system gives no random numbers");
    }
    return rc == 0 ? 0 : rc == FIR_ENOMEM ? fir__no_memory(err) : fir__fail(err, rc, "the guards are too large");
}

static int build(fir_engine *g, const fir_engine_options *o, const fir_catalog *c, const fir_playbook *p, fir_error *err)
{
    take_options(g, o);
    g->catalog = fir__catalog_use(c != NULL ? c : fir__catalog_builtin());
    g->playbook = fir_playbook_ref(p);
    g->configured = fir_playbook_ref(p);
    int rc = fir__secrets_new(&g->allocator, (o->flags & FIR_ENGINE_ENV) != 0, &g->secrets, err);
    if (rc == 0 && fir__expr_scratch_new(&g->allocator, &g->scratch) != 0) {
        rc = fir__no_memory(err);
    }
    rc = rc != 0 ? rc : make_gate(g, err);
    if (rc == 0) {
        fir__times_begin(g);
    }
    rc = rc != 0 ? rc : add_builtin(g, err);
    if (rc == 0 && o->transport == NULL) {
        rc = fir__transport_curl(&g->allocator, &g->transport, err);
    } else if (rc == 0) {
        g->transport = *o->transport;
    }
    return rc != 0 ? rc : fir__engine_open(g, o, err);
}

int fir_engine_new(const fir_engine_options *o, const fir_catalog *c, const fir_playbook *p, fir_engine **out, fir_error *err)
{
    static const fir_engine_options defaults = {.size = sizeof defaults};
    fir_allocator a;
    if (out != NULL) {
        *out = NULL;
    }
    if (out == NULL || p == NULL) {
        return fir__fail(err, FIR_EINVAL, "playbook or out is NULL");
    }
    o = o != NULL ? o : &defaults;
    int rc = check_options(o, &a, err);
    if (rc != 0) {
        return rc;
    }
    fir_engine *g = fir__zalloc(&a, sizeof *g);
    if (g == NULL) {
        return fir__no_memory(err);
    }
    begin(g, &a);
    rc = build(g, o, c, p, err);
    if (rc != 0) {
        fir_engine_free(g);
        return rc;
    }
    *out = g;
    return 0;
}

int fir_engine_set_playbook(fir_engine *g, const fir_playbook *p, fir_error *err)
{
    if (g == NULL || p == NULL) {
        return fir__fail(err, FIR_EINVAL, "engine or playbook is NULL");
    }
    int rc = fir__engine_enter(g, err);
    if (rc != 0) {
        return rc;
    }
    const fir_playbook *fresh = fir_playbook_ref(p);
    pthread_mutex_lock(&g->lock);
    const fir_playbook *old = g->playbook;
    g->playbook = fresh;
    pthread_mutex_unlock(&g->lock);
    fir_playbook_unref(old);
    return 0;
}

/* ---- its end ---- */

static void free_queue(fir_engine *g, fir__queue *q)
{
    for (fir__run *r; (r = fir__queue_take(q)) != NULL;) {
        fir__run_close(g, r);
    }
}

/* Every run is in exactly one place: a queue, the heap, in flight, held. The last run of a job frees the job. Undos go last: until
 * then they stand among the extras. */
static void free_runs(fir_engine *g)
{
    for (size_t i = 0; i < FIR__URGENCIES; i++) {
        free_queue(g, &g->ready[i]);
    }
    free_queue(g, &g->no_slot);
    free_queue(g, &g->intents);
    free_queue(g, &g->suspects);
    while (g->timers != NULL) {
        fir__run *r = g->timers;
        g->timers = fir__timers_drop(r);
        fir__run_close(g, r);
    }
    for (size_t i = 0; i < FIR__MOST_IN_FLIGHT; i++) {
        if (g->in_flight[i] != NULL) {
            fir__run_close(g, g->in_flight[i]);
        }
    }
    while (g->held != NULL) {
        fir__run_close(g, g->held);
    }
    fir__hosts_free(g);
    while (g->incoming != NULL) {
        fir__job *j = g->incoming;
        g->incoming = j->next;
        fir__job_free(g, j);
    }
    fir__extras_free(g);
    while (g->n_spare_calls != 0) {
        fir_call *c = g->spare_calls[--g->n_spare_calls];
        fir__call_free(c);
        fir__free(&g->allocator, c);
    }
}

void fir_engine_free(fir_engine *g)
{
    if (g == NULL || g->pid != getpid()) {
        return; /* the child of a fork shares sockets with its parent: whatever it closed would be closed for both */
    }
    fir_allocator a = g->allocator;
    if (g->threads != NULL) {
        (void)fir_engine_stop(g, 0, NULL);
    }
    if (g->queued != 0 && !g->durable) {
        fir__log(g, FIR_LOG_WARNING, "the engine ends with %llu alerts accepted and not done", (unsigned long long)g->queued);
    }
    (void)fir__journal_flush(g);
    g->closing = true;
    if (g->transport.destroy != NULL) {
        g->transport.destroy(g->transport.self); /* ends what is in flight */
    }
    free_runs(g);
    while (g->intakes != NULL) {
        fir__intake *i = g->intakes;
        g->intakes = i->next;
        fir__intake_free(g, i);
    }
    fir__engine_close(g);
    fir__ring_free(g);
    fir__expr_scratch_free(g->scratch);
    fir__tokens_free(g->env.tokens);
    fir__secrets_free(g->secrets);
    fir__metrics_free(&g->metrics, &a);
    fir__gate_free(g->gate);
    explicit_bzero(g->key, sizeof g->key);
    fir_playbook_unref(g->playbook);
    fir_playbook_unref(g->configured);
    fir_catalog_unref(g->catalog);
    fir__free(&a, g->handlers);
    (void)pthread_cond_destroy(&g->news);
    (void)pthread_mutex_destroy(&g->log_lock);
    (void)pthread_mutex_destroy(&g->lock);
    (void)pthread_mutex_destroy(&g->work);
    (void)pthread_mutex_destroy(&g->judge);
    (void)pthread_mutex_destroy(&g->stopping);
    (void)pthread_rwlock_destroy(&g->accepting);
    fir__free(&a, g);
}

void fir__end(fir__ending *e, fir__status status, int32_t code, const char *format, ...)
{
    va_list args;
    e->status = status;
    e->code = code;
    va_start(args, format);
    (void)vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
}
