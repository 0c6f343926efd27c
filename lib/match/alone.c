/* SPDX-License-Identifier: Apache-2.0 */
/* A condition or a template by itself against an alert. */
#include "base/error.h"
#include "expr/condition.h"
#include "match/evaluator.h"
#include "template/public.h"

int fir_condition_eval(const fir_condition *c, fir_evaluator *x, const fir_event *e, int32_t *verdict, fir_error *err)
{
    if (c == NULL || x == NULL || e == NULL || verdict == NULL) {
        return fir__fail(err, FIR_EINVAL, "condition, evaluator, event or verdict is NULL");
    }
    if (!e->parsed) {
        return fir__fail(err, FIR_ESTATE, "the event holds no alert; parse one first");
    }
    if (!fir__guard_enter(&x->guard)) {
        return fir__fail(err, FIR_EBUSY, "another thread is using this evaluator; give each thread its own");
    }
    int code = fir__frame_fill(x, &c->slots, e) ? fir__program_run(c->program, &x->frame, x->scratch) : FIR_ENOMEM;
    fir__guard_leave(&x->guard);
    if (code < 0) {
        return fir__no_memory(err);
    }
    *verdict = code;
    return 0;
}

static int render(const fir_template *t, const fir_event *e, fir_evaluator *x, fir__arena *arena, fir__sbuf *b, fir_error *err)
{
    if (!fir__frame_fill(x, &t->slots, e)) {
        return fir__no_memory(err);
    }
    int code = fir__frame_add_extras(&x->frame, &t->slots, e, (fir__known){{NULL, 0}, {NULL, 0}}, arena, err);
    return code != 0 ? code : fir__template_render(t->template, &x->frame, b, NULL, err);
}

int fir_template_render(const fir_template *t, const fir_event *e, fir_buf *out, fir_error *err)
{
    if (out == NULL) {
        return fir__fail(err, FIR_EINVAL, "out is NULL");
    }
    *out = (fir_buf){NULL, 0, NULL};
    if (t == NULL || e == NULL) {
        return fir__fail(err, FIR_EINVAL, "template or event is NULL");
    }
    if (!e->parsed) {
        return fir__fail(err, FIR_ESTATE, "the event holds no alert; parse one first");
    }
    fir_evaluator x = {.allocator = t->allocator}; /* for its frame alone */
    fir__arena arena;
    fir__sbuf b;
    fir__arena_init(&arena, &t->allocator, 0);
    fir__sbuf_init(&b, &t->allocator, t->max_output);
    int code = render(t, e, &x, &arena, &b, err);
    if (code != 0) {
        fir__sbuf_free(&b);
    } else if (fir__sbuf_take(&b, out) != 0) {
        code = fir__no_memory(err);
    }
    fir__free(&t->allocator, x.frame.values);
    fir__arena_free(&arena);
    return code;
}
