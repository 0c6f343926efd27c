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

/* So that the result is one string: a NUL is written as a backslash and a zero. */
static void show_bytes(FILE *f, fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\0') {
            fputs("\\0", f);
        } else {
            fputc(s.ptr[i], f);
        }
    }
}

static void show_event(FILE *f, const fir_event *e, const fir_event_info *info)
{
    fir_buf b;
    fir_error err;
    if (fir_event_to_json(e, &b, &err) != 0) {
        die("an alert was read that cannot be written", &err);
    }
    fprintf(f, " %d.%d ", info->form, info->envelope);
    show_bytes(f, (fir_str){b.ptr, b.len});
    fir_buf_dispose(&b);
}

/* Reads until nothing is left. Returns the last code. */
static int drain(FILE *f, fir_reader *r, fir_event *e, int texts)
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
        fprintf(f, "%llu %d", (unsigned long long)line, code);
        fir_str text = {NULL, 0};
        (void)fir_reader_text(r, &text);
        if (texts) {
            fputc(' ', f);
            show_bytes(f, text);
        } else if (code == 0) {
            show_event(f, e, &info);
        } else {
            fprintf(f, " %u:%u@%llu %s", err.line, err.column, (unsigned long long)err.offset, err.message);
        }
        fputc('\n', f);
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

static char *stream(const char *p, size_t n, size_t max_bytes, fir_test_split split, int texts)
{
    fir_reader_options o = {.size = sizeof o, .max_bytes = max_bytes};
    fir_reader *r;
    fir_event *e;
    fir_error err;
    char *out;
    size_t len, at = 0;
    FILE *f = open_memstream(&out, &len);
    if (f == NULL || fir_reader_new(&o, &r, &err) != 0 || fir_event_new(NULL, &e, &err) != 0) {
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
            memcpy(exact, p + at, piece);
        }
        at += piece;
        if (fir_reader_feed(r, exact, piece, at == n, &err) != 0) {
            die("feed", &err);
        }
        free(exact);
        code = split.eager && at < n ? FIR_EAGAIN : drain(f, r, e, texts);
        if ((code == FIR_ENOTFOUND) != (at == n)) {
            die("the end is not where it is", &err);
        }
    } while (at < n);
    fir_reader_free(r);
    fir_event_free(e);
    fclose(f);
    return out;
}

char *fir_test_stream(const void *p, size_t n, size_t max_bytes, fir_test_split split)
{
    return stream(p, n, max_bytes, split, 0);
}

char *fir_test_stream_texts(const void *p, size_t n, size_t max_bytes, fir_test_split split)
{
    return stream(p, n, max_bytes, split, 1);
}
