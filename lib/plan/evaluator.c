/* SPDX-License-Identifier: Apache-2.0 */
/* The public functions of plan.h for one alert. */
#include "base/error.h"
#include "plan/plan.h"

#define DEFAULT_PLAN_BYTES (UINT64_C(16) << 20)

int fir_evaluator_new(const fir_evaluator_options *o, fir_evaluator **out, fir_error *err)
{
    static const fir_evaluator_options defaults = {.size = sizeof defaults};
    fir_allocator a;
    if (out == NULL) {
        return fir__fail(err, FIR_EINVAL, "out is NULL");
    }
    *out = NULL;
    o = o != NULL ? o : &defaults;
    int code = fir__check_options(o, o->size, sizeof *o, sizeof *o, err);
    if (code != 0) {
        return code;
    }
    if (o->flags != 0 || o->reserved != 0) {
        return fir__fail(err, FIR_EINVAL, "flags and reserved of the evaluator's options must be 0");
    }
    if (!fir__allocator_copy(o->allocator, &a)) {
        return fir__fail(err, FIR_EINVAL, "the allocator lacks a function, or its size is too small");
    }
    fir_evaluator *x = fir__zalloc(&a, sizeof *x);
    if (x == NULL) {
        return fir__no_memory(err);
    }
    x->allocator = a;
    fir__sbuf_init(&x->text, &a, 0); /* each use sets its bound */
    x->max_plan_bytes = o->max_plan_bytes != 0 ? o->max_plan_bytes : DEFAULT_PLAN_BYTES;
    code = fir__expr_scratch_new(&a, &x->scratch);
    if (code != 0) {
        fir__free(&a, x);
        return fir__no_memory(err);
    }
    *out = x;
    return 0;
}

void fir_evaluator_free(fir_evaluator *x)
{
    if (x == NULL) {
        return;
    }
    fir_allocator a = x->allocator;
    fir_plan_free(x->spare);
    fir__expr_scratch_free(x->scratch);
    fir__matcher_room_free(&x->room, &a);
    fir__free(&a, x->frame.values);
    fir__free(&a, x->hits);
    fir__sbuf_free(&x->text);
    fir__hasher_free(&x->hasher);
    fir__free(&a, x);
}

int fir__plan_new(fir_evaluator *x, fir_plan **out)
{
    fir_plan *pl = fir__zalloc(&x->allocator, sizeof *pl);
    if (pl != NULL) {
        fir__refs_init(&pl->refs);
        pl->allocator = x->allocator;
        fir__arena_init(&pl->arena, &x->allocator, x->max_plan_bytes);
    }
    *out = pl;
    return pl != NULL ? 0 : FIR_ENOMEM;
}

void fir__plan_clear(fir_plan *pl)
{
    fir_allocator a = pl->allocator;
    fir__arena arena = pl->arena;
    fir_playbook_unref(pl->playbook);
    fir__arena_reset(&arena);
    memset(pl, 0, sizeof *pl);
    fir__refs_init(&pl->refs);
    pl->allocator = a;
    pl->arena = arena;
}

fir_plan *fir__plan_ref(const fir_plan *pl)
{
    union {
        const fir_plan *from;
        fir_plan *to;
    } u = {.from = pl}; /* the count is the only part that changes */
    fir__refs_take(&u.to->refs);
    return u.to;
}

void fir_plan_free(fir_plan *pl)
{
    if (pl == NULL || !fir__refs_drop(&pl->refs)) {
        return;
    }
    fir_allocator a = pl->allocator;
    fir_playbook_unref(pl->playbook);
    fir__arena_free(&pl->arena);
    fir__free(&a, pl);
}

static int evaluate(fir_evaluator *x, const fir_playbook *p, const fir_event *e, bool keep_event, fir_plan **out, fir_error *err)
{
    fir_plan *pl;
    bool any;
    if (fir__plan_new(x, &pl) != 0) {
        return fir__no_memory(err);
    }
    int code = fir__plan_build(x, p, e, keep_event, pl, &any, err);
    if (code != 0 || !any) {
        fir_plan_free(pl);
        return code;
    }
    *out = pl;
    return 0;
}

int fir__evaluate(fir_evaluator *x, const fir_playbook *p, const fir_event *e, bool keep_event, fir_plan **out, fir_error *err)
{
    *out = NULL;
    if (!e->parsed) {
        return fir__fail(err, FIR_ESTATE, "the event holds no alert; parse one first");
    }
    if (!fir__guard_enter(&x->guard)) {
        return fir__fail(err, FIR_EBUSY, "another thread is using this evaluator; give each thread its own");
    }
    int code = evaluate(x, p, e, keep_event, out, err);
    fir__guard_leave(&x->guard);
    return code;
}

int fir_evaluate(fir_evaluator *x, const fir_playbook *p, const fir_event *e, uint32_t flags, fir_plan **out, fir_error *err)
{
    if (out != NULL) {
        *out = NULL;
    }
    if (out == NULL || x == NULL || p == NULL || e == NULL || (flags & ~FIR_PLAN_TO_READ) != 0) {
        return fir__fail(err, FIR_EINVAL, "evaluator, playbook, event or out is NULL, or a flag is unknown");
    }
    return fir__evaluate(x, p, e, (flags & FIR_PLAN_TO_READ) == 0, out, err); /* fir_engine_dispatch may want the alert */
}

int fir_plan_to_json(const fir_plan *pl, fir_buf *out, fir_error *err)
{
    if (out != NULL) {
        *out = (fir_buf){NULL, 0, NULL};
    }
    if (pl == NULL || out == NULL) {
        return fir__fail(err, FIR_EINVAL, "plan or out is NULL");
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &pl->allocator, SIZE_MAX / 2);
    fir__plan_write(pl, 0, &b);
    int code = fir__sbuf_take(&b, out);
    return code == 0 ? 0 : fir__no_memory(err);
}
