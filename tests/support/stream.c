/* SPDX-License-Identifier: Apache-2.0 */
#include "support/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *what, const fir_error *err)
{
    fprintf(stderr, "%s: %s\n", what, err->message);
    abort();
}

/* ---- what came, as text ---- */

enum { RESULTS = 1, TEXTS = 2 };

typedef struct text {
    char *p;
    size_t n, cap;
} text;

static void make_room(text *t, size_t n)
{
    if (n >= t->cap - t->n) {
        t->cap = (t->n + n + 256) * 2;
        t->p = realloc(t->p, t->cap);
        if (t->p == NULL) {
            abort();
        }
    }
}

static void put_char(text *t, char c)
{
    make_room(t, 1);
    t->p[t->n++] = c;
}

static void put_number(text *t, long long n, char end)
{
    make_room(t, 32);
    t->n += (size_t)snprintf(t->p + t->n, 32, "%lld%c", n, end);
}

/* So that the result is one string: a NUL is written as a backslash and a zero. */
static void put_bytes(text *t, fir_str s)
{
    for (size_t at = 0; at < s.len; at++) {
        const char *nul = memchr(s.ptr + at, '\0', s.len - at);
        size_t n = (nul != NULL ? (size_t)(nul - s.ptr) : s.len) - at;
        make_room(t, n);
        memcpy(t->p + t->n, s.ptr + at, n);
        t->n += n;
        at += n;
        if (nul != NULL) {
            put_char(t, '\\');
            put_char(t, '0');
        }
    }
}

static void put_event(text *t, const fir_event *e, const fir_event_info *info)
{
    fir_buf b;
    fir_error err;
    if (fir_event_to_json(e, &b, &err) != 0) {
        die("an alert was read that cannot be written", &err);
    }
    put_number(t, info->form, '.');
    put_number(t, info->envelope, ' ');
    put_bytes(t, (fir_str){b.ptr, b.len});
    fir_buf_dispose(&b);
}

static void put_error(text *t, const fir_error *err)
{
    put_number(t, err->line, ':');
    put_number(t, err->column, '@');
    put_number(t, (long long)err->offset, ' ');
    put_bytes(t, (fir_str){err->message, strlen(err->message)});
}

/* Reads until nothing is left. Returns the last code. */
static int drain(text *t, fir_reader *r, fir_event *e, int what)
{
    for (;;) {
        fir_error err;
        fir_event_info info;
        uint64_t line;
        int code = fir_reader_next(r, e, &line, &info, &err);
        if (code == FIR_EAGAIN || code == FIR_ENOTFOUND) {
            return code;
        }
        if (code != 0 && code != FIR_EPARSE && code != FIR_ELIMIT) {
            die("a code that fir_reader_next does not give", &err);
        }
        put_number(t, (long long)line, ' ');
        put_number(t, code, ' ');
        fir_str source = {NULL, 0};
        (void)fir_reader_text(r, &source);
        if ((what & TEXTS) != 0) {
            put_bytes(t, source);
        }
        if ((what & RESULTS) != 0 && code == 0) {
            put_event(t, e, &info);
        } else if ((what & RESULTS) != 0) {
            put_error(t, &err);
        }
        put_char(t, '\n');
    }
}

static size_t next_piece(fir_test_split *split, size_t left)
{
    size_t n = split->piece != 0 ? split->piece : left;
    if (split->seed != 0 && n != 0) {
        split->seed = split->seed * 1103515245u + 12345u;
        n = 1 + (split->seed >> 16) % n;
    }
    return n < left ? n : left;
}

static char *stream(const void *p, size_t n, size_t max_bytes, fir_test_split split, int what)
{
    fir_reader_options o = {.size = sizeof o, .max_bytes = max_bytes};
    fir_reader *r;
    fir_event *e;
    fir_error err;
    text t = {NULL, 0, 0};
    size_t at = 0;
    if (fir_reader_new(&o, &r, &err) != 0 || fir_event_new(NULL, &e, &err) != 0) {
        abort();
    }
    int code = FIR_EAGAIN;
    do {
        size_t piece = next_piece(&split, n - at);
        char *exact = malloc(piece != 0 ? piece : 1);
        if (exact == NULL) {
            abort();
        }
        if (piece != 0) {
            memcpy(exact, (const char *)p + at, piece);
        }
        at += piece;
        if (fir_reader_feed(r, exact, piece, at == n, &err) != 0) {
            die("feed", &err);
        }
        free(exact);
        code = split.eager && at < n ? FIR_EAGAIN : drain(&t, r, e, what);
        if ((code == FIR_ENOTFOUND) != (at == n)) {
            die("the end is not where it is", &err);
        }
    } while (at < n);
    fir_reader_free(r);
    fir_event_free(e);
    put_char(&t, '\0');
    return t.p;
}

char *fir_test_stream(const void *p, size_t n, size_t max_bytes, fir_test_split split)
{
    return stream(p, n, max_bytes, split, RESULTS);
}

char *fir_test_stream_texts(const void *p, size_t n, size_t max_bytes, fir_test_split split)
{
    return stream(p, n, max_bytes, split, TEXTS);
}

char *fir_test_stream_both(const void *p, size_t n, size_t max_bytes, fir_test_split split)
{
    return stream(p, n, max_bytes, split, RESULTS | TEXTS);
}
