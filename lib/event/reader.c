/* SPDX-License-Identifier: Apache-2.0 */
/* The stream reader: keeps the bytes that are not read yet, has them framed, and reads what stands in the frames.
 *
 * Trust: whoever can put a newline into a file's name can put a line into a stream of raw plain text, also one of JSON. So
 * JSON behind a plain text alert is marked (FIR_FORM_JSON_AFTER_TEXT), and a line of text that does not begin like an alert is
 * refused and never joined to the alert before it: joining would have to wait for the line after. */
#include "event/framer.h"
#include "event/memory.h"

enum { DEFAULT_MAX_BYTES = 1024 * 1024 };
static const uint64_t MOST_BYTES = UINT64_C(1) << 30; /* of one alert, and of what is fed and not read */

struct fir_reader {
    fir_allocator allocator;
    fir__guard guard;
    char *bytes; /* of the stream, from offset `base` on */
    size_t len, cap;
    uint64_t base;
    bool last;
    fir__framer framer;
    fir__frame frame;       /* where the last alert came from */
    bool again;             /* it was not read for want of memory */
    bool after_text;        /* a plain text alert was met */
    fir__arena arena;       /* the opened envelope's */
    fir__envelope envelope; /* of the frame */
    uint32_t next_payload;
};

static int check_options(const fir_reader_options *o, fir_error *err)
{
    int code = fir__check_options(o, o->size, sizeof *o, sizeof *o, err);
    if (code != 0) {
        return code;
    }
    if (o->flags != 0 || o->reserved != 0) {
        return fir__fail(err, FIR_EINVAL, "flags and reserved of the reader options must be 0");
    }
    return o->max_bytes > MOST_BYTES ? fir__fail(err, FIR_EINVAL, "max_bytes is at most 1 GiB") : 0;
}

int fir_reader_new(const fir_reader_options *o, fir_reader **out, fir_error *err)
{
    fir_reader_options defaults = {.size = sizeof defaults};
    fir_allocator allocator;
    if (out == NULL) {
        return fir__fail(err, FIR_EINVAL, "out is NULL");
    }
    *out = NULL;
    o = o != NULL ? o : &defaults;
    int code = check_options(o, err);
    if (code != 0) {
        return code;
    }
    if (!fir__allocator_copy(o->allocator, &allocator)) {
        return fir__fail(err, FIR_EINVAL, "the allocator lacks a function, or its size is too small");
    }
    fir_reader *r = fir__zalloc(&allocator, sizeof *r);
    if (r == NULL) {
        return fir__no_memory(err);
    }
    r->allocator = allocator;
    atomic_flag_clear(&r->guard);
    fir__framer_init(&r->framer, o->max_bytes != 0 ? o->max_bytes : DEFAULT_MAX_BYTES);
    fir__arena_init(&r->arena, &allocator, 0);
    *out = r;
    return 0;
}

void fir_reader_free(fir_reader *r)
{
    if (r == NULL) {
        return;
    }
    fir_allocator a = r->allocator;
    fir__arena_free(&r->arena);
    fir__free(&a, r->bytes);
    fir__free(&a, r);
}

/* Feeding. */

static bool payloads_left(const fir_reader *r)
{
    return r->next_payload < r->envelope.count;
}

/* Forgets the bytes that are done with, once they are half of all: so each byte is moved once or so. */
static void drop_bytes(fir_reader *r)
{
    bool open = r->again || payloads_left(r);
    size_t done = (size_t)((open ? r->frame.begin : r->framer.at) - r->base);
    if (done < r->len - done) {
        return;
    }
    if (done < r->len) {
        memmove(r->bytes, r->bytes + done, r->len - done);
    }
    r->base += done;
    r->len -= done;
    if (!open) { /* its bytes are gone */
        r->frame.begin = r->frame.end = r->base;
    }
}

static int feed(fir_reader *r, fir_str bytes, bool last, fir_error *err)
{
    if (r->last) {
        return fir__fail(err, FIR_ESTATE, "the reader was told that nothing follows");
    }
    drop_bytes(r);
    if (bytes.len > MOST_BYTES - r->len) {
        return fir__fail(err, FIR_ELIMIT, "more than 1 GiB is fed and not read: call fir_reader_next first");
    }
    if (!fir__grow(&r->allocator, &r->bytes, &r->cap, r->len + bytes.len, 1)) {
        return fir__no_memory(err);
    }
    if (bytes.len != 0) {
        memcpy(r->bytes + r->len, bytes.ptr, bytes.len);
    }
    r->len += bytes.len;
    r->last = last;
    return 0;
}

int fir_reader_feed(fir_reader *r, const void *p, size_t n, int32_t last, fir_error *err)
{
    if (r == NULL || (p == NULL && n != 0)) {
        return fir__fail(err, FIR_EINVAL, r == NULL ? "the reader is NULL" : "the bytes are NULL, their number is not 0");
    }
    if (!fir__guard_enter(&r->guard)) {
        return fir__fail(err, FIR_EBUSY, "another thread is using this reader");
    }
    int code = feed(r, fir__str(p, n), last != 0, err);
    fir__guard_leave(&r->guard);
    return code;
}

/* Reading. */

static fir_str frame_text(const fir_reader *r)
{
    return fir__str(r->bytes + (r->frame.begin - r->base), (size_t)(r->frame.end - r->frame.begin));
}

/* The place in the frame becomes the place in the stream. */
static void move_place(const fir_reader *r, fir_error *err)
{
    fir_str text = frame_text(r);
    uint64_t line = r->frame.line, column = r->frame.column;
    size_t end = err->line != 0 && err->offset < text.len ? (size_t)err->offset : 0;
    for (size_t i = 0; i < end; i++) {
        bool feed_line = text.ptr[i] == '\n';
        line += feed_line;
        column = feed_line ? 1 : column + 1;
    }
    err->line = line < UINT32_MAX ? (uint32_t)line : UINT32_MAX;
    err->column = column < UINT32_MAX ? (uint32_t)column : UINT32_MAX;
    err->offset = r->frame.begin + end;
}

/* The frame is no readable alert; why stands in *err. Inside of an envelope no place can be named but the envelope's. */
static int refuse(const fir_reader *r, int code, bool in_envelope, fir_error *err)
{
    if (err != NULL) {
        err->line = in_envelope ? 0 : err->line;
        move_place(r, err);
    }
    return code;
}

static int refuse_frame(const fir_reader *r, int code, fir_error *err)
{
    if (code == FIR_ELIMIT) {
        (void)fir__fail(err, code, "an alert of more than %llu bytes (max_bytes)", (unsigned long long)r->framer.max_bytes);
    } else {
        (void)fir__fail(err, code, "%s", r->frame.problem);
    }
    return refuse(r, code, false, err);
}

static int read_payload(fir_reader *r, fir_event *e, fir_error *err)
{
    int code = fir__envelope_read(&r->envelope, r->next_payload, e, err);
    if (code == FIR_ENOMEM) {
        return code;
    }
    r->next_payload++;
    return code != 0 ? refuse(r, code, true, err) : 0;
}

static int open_envelope(fir_reader *r, fir_event *e, fir_error *err)
{
    fir__arena_reset(&r->arena);
    int code = fir__envelope_open(frame_text(r), &r->envelope, &r->arena, err);
    if (code == FIR_ENOMEM) {
        r->again = true;
        return code;
    }
    if (code == FIR_ENOTFOUND) {
        code = FIR_EPARSE;
        if (err != NULL) {
            err->code = code;
        }
    } else if (code == 0 && r->envelope.count == 0) {
        code = fir__fail(err, FIR_EPARSE, "an envelope that holds nothing");
    }
    r->next_payload = code == 0 ? 0 : r->envelope.count;
    return code != 0 ? refuse(r, code, false, err) : read_payload(r, e, err);
}

static int read_frame(fir_reader *r, fir_event *e, fir_error *err)
{
    fir_str text = frame_text(r);
    int code = r->frame.text                     ? fir__event_read_text(e, text, err)
               : text.len > e->memory->max_bytes ? FIR_ENOTFOUND /* too long for an alert */
                                                 : fir__event_read_json(e, text, err);
    r->again = code == FIR_ENOMEM;
    if (code == FIR_ENOTFOUND) {
        return open_envelope(r, e, err);
    }
    return code != 0 && code != FIR_ENOMEM ? refuse(r, code, false, err) : code;
}

/* Most alerts are a line: tries to read one before its end is looked for bracket by bracket. False: it is none. */
static bool read_line(fir_reader *r, const fir__window *w, fir_event *e, int *code, fir_error *err)
{
    fir_error unused;
    fir__frame frame;
    if (!fir__framer_line(&r->framer, w, &frame) || frame.end - frame.begin > e->memory->max_bytes) {
        return false;
    }
    r->frame = frame;
    *code = fir__event_read_json(e, frame_text(r), &unused);
    if (*code == FIR_ENOMEM) {
        r->again = true;
        (void)fir__no_memory(err);
    } else if (*code == FIR_ENOTFOUND) {
        *code = open_envelope(r, e, err);
    } else if (*code != 0) {
        return false;
    }
    fir__framer_take(&r->framer, &frame);
    return true;
}

static int next(fir_reader *r, fir_event *e, fir_error *err)
{
    fir__window w = {r->bytes, r->base, r->len, r->last};
    int code;
    if (r->again) {
        return read_frame(r, e, err);
    }
    if (payloads_left(r)) {
        return read_payload(r, e, err);
    }
    if (read_line(r, &w, e, &code, err)) {
        return code;
    }
    fir__frame frame;
    code = fir__framer_next(&r->framer, &w, &frame);
    if (code == FIR_EAGAIN) {
        return fir__fail(err, code, "the reader needs more bytes");
    }
    if (code == FIR_ENOTFOUND) {
        return fir__fail(err, code, "the input has ended");
    }
    r->frame = frame;
    r->after_text = r->after_text || (frame.text && fir__text_begins(frame_text(r)));
    return code != 0 ? refuse_frame(r, code, err) : read_frame(r, e, err);
}

/* What only the stream knows about an alert. */
static void complete(const fir_reader *r, fir_event *e)
{
    if (r->after_text && e->info.form == FIR_FORM_JSON) {
        e->info.form = FIR_FORM_JSON_AFTER_TEXT;
    }
    if (r->frame.element && e->info.envelope == FIR_ENVELOPE_NONE) {
        e->info.envelope = FIR_ENVELOPE_ARRAY;
    }
}

int fir_reader_next(fir_reader *r, fir_event *e, uint64_t *line, fir_event_info *info, fir_error *err)
{
    if (r == NULL || e == NULL) {
        return fir__fail(err, FIR_EINVAL, r == NULL ? "the reader is NULL" : "the event is NULL");
    }
    if (!fir__guard_enter(&r->guard)) {
        return fir__fail(err, FIR_EBUSY, "another thread is using this reader");
    }
    if (!fir__guard_enter(&e->guard)) {
        fir__guard_leave(&r->guard);
        return fir__fail(err, FIR_EBUSY, "another thread is parsing into this event");
    }
    fir__event_reset(e);
    int code = next(r, e, err);
    if (code == 0) {
        complete(r, e);
    } else {
        fir__event_reset(e);
    }
    if (line != NULL) {
        *line = r->frame.line;
    }
    if (info != NULL) {
        *info = code == 0 ? e->info : (fir_event_info){0};
    }
    fir__guard_leave(&e->guard);
    fir__guard_leave(&r->guard);
    return code;
}

int fir_reader_text(const fir_reader *r, fir_str *out)
{
    if (r == NULL || out == NULL) {
        return FIR_EINVAL;
    }
    *out = r->bytes != NULL ? frame_text(r) : (fir_str){NULL, 0};
    return 0;
}
