/* SPDX-License-Identifier: Apache-2.0 */
/* Many alerts in one call: the way of the bindings and of the command. */
#include "base/error.h"
#include "json/writer.h"
#include "plan/plan.h"

/* A batch's output is bounded by what its input can ask for, and by this. */
#define MAX_OUTPUT (SIZE_MAX / 4)

typedef struct batch {
    fir_evaluator *x;
    const fir_playbook *playbook;
    fir_event *event;
    fir_reader *reader;
    fir__plan_line *write; /* NULL: as it is */
    void *ctx;
    fir__sbuf out;
} batch;

/* An alert that could not be read, or planned. */
static void write_error(batch *t, uint64_t line, int code, const fir_error *e)
{
    fir__json_writer w = {&t->out, false};
    fir__json_open(&w, '{');
    fir__json_key(&w, FIR__S("error"));
    fir__json_open(&w, '{');
    fir__json_key_str(&w, FIR__S("code"), fir__cstr(fir_code_name(code)));
    if (e->column != 0) {
        fir__json_key_i64(&w, FIR__S("column"), e->column);
    }
    fir__json_key_str(&w, FIR__S("message"), fir__cstr(e->message));
    fir__json_close(&w, '}');
    fir__json_key_i64(&w, FIR__S("line"), (int64_t)line);
    fir__json_close(&w, '}');
    fir__sbuf_char(&t->out, '\n');
}

static int plan_one(batch *t, uint64_t line, fir_error *err)
{
    fir_evaluator *x = t->x;
    bool any;
    fir_error reason = {0};
    if (x->spare == NULL && fir__plan_new(x, &x->spare) != 0) {
        return fir__no_memory(err);
    }
    fir__plan_clear(x->spare);
    int code = fir__plan_build(x, t->playbook, t->event, false, x->spare, &any, &reason);
    if (code == FIR_ENOMEM) {
        return fir__no_memory(err);
    }
    if (code != 0) {
        write_error(t, line, code, &reason);
        return 0;
    }
    if (any && t->write != NULL) {
        code = t->write(t->ctx, x->spare, t->event, line, &t->out, err);
    } else if (any) {
        fir__plan_write(x->spare, line, &t->out);
    }
    if (any) {
        fir__sbuf_char(&t->out, '\n');
    }
    return code;
}

static int each_alert(batch *t, fir_error *err)
{
    for (;;) {
        uint64_t line = 0;
        fir_error reason = {0};
        int code = fir_reader_next(t->reader, t->event, &line, NULL, &reason);
        if (code == 0) {
            code = plan_one(t, line, err);
        } else if (code == FIR_EPARSE || code == FIR_ELIMIT) {
            write_error(t, line, code, &reason);
            code = 0;
        } else {
            return code == FIR_ENOTFOUND ? 0 : fir__fail(err, code, "%s", reason.message);
        }
        if (code != 0) {
            return code;
        }
    }
}

static int run(batch *t, const void *b, size_t n, fir_buf *out, fir_error *err)
{
    fir_event_options eo = {.size = sizeof eo, .allocator = &t->x->allocator};
    fir_reader_options ro = {.size = sizeof ro, .allocator = &t->x->allocator};
    int code = fir_event_new(&eo, &t->event, err);
    if (code == 0) {
        code = fir_reader_new(&ro, &t->reader, err);
    }
    if (code == 0) {
        code = fir_reader_feed(t->reader, b, n, 1, err);
    }
    if (code == 0) {
        code = each_alert(t, err);
    }
    if (code == 0) {
        code = fir__sbuf_take(&t->out, out);
        code = code == 0 ? 0 : fir__no_memory(err);
    } else {
        fir__sbuf_free(&t->out);
    }
    fir_reader_free(t->reader);
    fir_event_free(t->event);
    if (t->x->spare != NULL) {
        fir__plan_clear(t->x->spare); /* lets go of the playbook */
    }
    return code;
}

int fir__evaluate_lines(fir_evaluator *x, const fir_playbook *p, const void *b, size_t n, fir__plan_line *write, void *ctx,
                        fir_buf *out, fir_error *err)
{
    if (out == NULL) {
        return fir__fail(err, FIR_EINVAL, "out is NULL");
    }
    *out = (fir_buf){NULL, 0, NULL};
    if (x == NULL || p == NULL || (b == NULL && n != 0)) {
        return fir__fail(err, FIR_EINVAL, "evaluator, playbook or input is NULL");
    }
    if (!fir__guard_enter(&x->guard)) {
        return fir__fail(err, FIR_EBUSY, "another thread is using this evaluator; give each thread its own");
    }
    batch t = {.x = x, .playbook = p, .write = write, .ctx = ctx};
    fir__sbuf_init(&t.out, &x->allocator, MAX_OUTPUT);
    int code = run(&t, b, n, out, err);
    fir__guard_leave(&x->guard);
    return code;
}

int fir_evaluate_ndjson(fir_evaluator *x, const fir_playbook *p, const void *b, size_t n, uint32_t flags, fir_buf *out,
                        fir_error *err)
{
    if (out != NULL && flags != 0) {
        *out = (fir_buf){NULL, 0, NULL};
        return fir__fail(err, FIR_EINVAL, "a flag is unknown");
    }
    return fir__evaluate_lines(x, p, b, n, NULL, NULL, out, err);
}
