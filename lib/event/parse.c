/* SPDX-License-Identifier: Apache-2.0 */
/* The one entry for an alert in whatever form it came: bare JSON, plain text, or one level of envelope around either. */
#include "event/memory.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The first byte that is no blank, a byte order mark left aside; NUL when there is none. */
static char first_byte(fir_str s)
{
    if (fir__str_starts(s, FIR__S("\xEF\xBB\xBF"))) {
        s = fir__str_from(s, 3);
    }
    size_t i = 0;
    while (i < s.len && is_blank(s.ptr[i])) {
        i++;
    }
    return i < s.len ? s.ptr[i] : '\0';
}

static int read_payload(fir_event *e, const fir__envelope *v, fir_error *err)
{
    if (v->count != 1) {
        return fir__fail(err, FIR_EPARSE,
                         v->count == 0 ? "an envelope without an alert" : "an envelope with several alerts: use a fir_reader");
    }
    int code = fir__envelope_read(v, 0, e, err);
    if (code != 0) {
        fir__error_origin(err, FIR__S("in the envelope")); /* the place counts from the payload's start */
    }
    return code;
}

/* text is no bare alert. */
static int parse_envelope(fir_event *e, fir_str text, fir_error *err)
{
    fir__arena arena;
    fir__envelope v = {0};
    fir__arena_init(&arena, &e->allocator, 0);
    int code = fir__envelope_open(text, &v, &arena, err);
    if (code == 0) {
        code = read_payload(e, &v, err);
    }
    fir__arena_free(&arena);
    return code;
}

static int parse(fir_event *e, fir_str text, fir_error *err)
{
    char first = first_byte(text);
    if (first == '\0') {
        return fir__fail(err, FIR_EPARSE, "there is no alert: the input is empty");
    }
    int code = fir__event_check_size(e, text, err);
    if (code != 0) {
        return code;
    }
    if (first == '[') {
        return parse_envelope(e, text, err);
    }
    if (first != '{') {
        return fir__event_read_text(e, text, err);
    }
    fir_error why;
    code = fir__event_read_json(e, text, &why);
    if (code == FIR_ENOTFOUND) {
        return parse_envelope(e, text, err);
    }
    if (code != 0 && err != NULL) {
        *err = why;
    }
    return code;
}

int fir_event_parse(fir_event *e, const void *p, size_t n, fir_event_info *info, fir_error *err)
{
    if (info != NULL) {
        memset(info, 0, sizeof *info);
    }
    if (e == NULL || (p == NULL && n != 0)) {
        return fir__fail(err, FIR_EINVAL, e == NULL ? "the event is NULL" : "the alert is NULL, its length is not 0");
    }
    if (!fir__guard_enter(&e->guard)) {
        return fir__fail(err, FIR_EBUSY, "another thread is parsing into this event");
    }
    fir__event_reset(e);
    int code = parse(e, fir__str(p, n), err);
    if (code == FIR_ENOTFOUND) { /* neither an alert nor an envelope that is known */
        code = FIR_EPARSE;
        if (err != NULL) {
            err->code = code;
        }
    }
    if (code != 0) {
        fir__event_reset(e);
    } else if (info != NULL) {
        *info = e->info;
    }
    fir__guard_leave(&e->guard);
    return code;
}
