/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "interrupt.h"
#include "show.h"

enum { CHUNK = 1 << 16 };

struct input {
    const arguments *a;
    const char *name;
    int fd;
    bool gzipped, unpacking, started, ended, failed, interrupted;
    z_stream unpacker;
    unsigned char raw[CHUNK];
    size_t raw_len, raw_at;
    char chunk[CHUNK];
    fir_reader *reader;
    fir_event *event;
    uint64_t line, bad;
    fir_str text;   /* of the alert in hand; empty after a feed */
    bool acts;      /* reading does not end with the output */
    bool again;     /* the alert before came from the same bytes */
    uint64_t taken; /* raw bytes so far */
    progress *bar;
};

static void fail(input *in, const char *what)
{
    in->failed = in->ended = true;
    progress_hide(in->bar);
    impossible(in->a, "%s: %s", in->name, what);
    progress_let(in->bar);
}

int input_open(const arguments *a, size_t index, input **out)
{
    fir_error e;
    input *in = calloc(1, sizeof *in);
    *out = NULL;
    if (in == NULL) {
        return impossible(a, "out of memory");
    }
    in->a = a;
    in->name = index < a->n_operands ? a->operands[index] : "-";
    bool is_stdin = strcmp(in->name, "-") == 0;
    if (is_stdin) {
        in->name = "stdin";
    }
    in->fd = is_stdin ? STDIN_FILENO : open(in->name, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0) {
        int code = impossible(a, "%s: %s", in->name, strerror(errno));
        free(in);
        return code;
    }
    if (fir_event_new(NULL, &in->event, &e) != 0 || fir_reader_new(NULL, &in->reader, &e) != 0) {
        int code = impossible(a, "%s", e.message);
        (void)input_close(in, code);
        return code;
    }
    *out = in;
    return 0;
}

/* Waits for bytes or for a signal that asks to end. What was read before goes on; a file is not read to its end either. */
static bool is_interrupted(const input *in)
{
    struct pollfd both[] = {{.fd = in->fd, .events = POLLIN}, {.fd = interrupt_file(), .events = POLLIN}};
    while (poll(both, 2, -1) < 0 && errno == EINTR) {
    }
    return interrupt_signal() != 0;
}

/* Reads more raw bytes behind those that are there; 0 at the end. Before it may have to wait, what is known is put out; and
 * whoever cannot be written to wants no more. */
static size_t read_raw(input *in)
{
    ssize_t n;
    if (!in->acts && output_fails()) {
        in->failed = in->ended = true; /* finish() tells of it */
        return 0;
    }
    if (in->acts && is_interrupted(in)) {
        in->interrupted = true;
        return 0;
    }
    do {
        n = read(in->fd, in->raw + in->raw_len, sizeof in->raw - in->raw_len);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        fail(in, strerror(errno));
        return 0;
    }
    in->raw_len += (size_t)n;
    in->taken += (uint64_t)n;
    return (size_t)n;
}

static size_t refill(input *in)
{
    in->raw_len = in->raw_at = 0;
    return read_raw(in);
}

/* gzip tells itself by its two first bytes (RFC 1952). */
static void look_at_start(input *in)
{
    in->started = true;
    while (in->raw_len == 1 && in->raw[0] == 0x1f && read_raw(in) != 0) { /* a pipe may give one byte */
    }
    in->gzipped = in->raw_len >= 2 && in->raw[0] == 0x1f && in->raw[1] == 0x8b;
    if (in->gzipped) {
        if (inflateInit2(&in->unpacker, 16 + MAX_WBITS) != Z_OK) {
            fail(in, "out of memory");
            return;
        }
        in->unpacking = true;
    }
}

/* One step of unpacking into chunk; gives the bytes made. Members of a multi-member file follow each other. */
static size_t unpack(input *in)
{
    in->unpacker.next_in = in->raw + in->raw_at;
    in->unpacker.avail_in = (unsigned)(in->raw_len - in->raw_at);
    in->unpacker.next_out = (unsigned char *)in->chunk;
    in->unpacker.avail_out = sizeof in->chunk;
    int code = inflate(&in->unpacker, Z_NO_FLUSH);
    in->raw_at = in->raw_len - in->unpacker.avail_in;
    if (code == Z_STREAM_END) {
        (void)inflateReset(&in->unpacker);
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
        fail(in, "is damaged: gzip says it does not unpack");
    }
    return sizeof in->chunk - in->unpacker.avail_out;
}

/* The next piece of the unpacked input; false at the end or after an error. */
static bool next_chunk(input *in, const char **p, size_t *n)
{
    while (!in->ended) {
        if (in->raw_at == in->raw_len && refill(in) == 0) {
            if (in->gzipped && in->unpacker.total_in != 0 && !in->failed && !in->interrupted) {
                fail(in, "ends inside its gzip data");
            }
            in->ended = true;
            break;
        }
        if (!in->started) {
            look_at_start(in);
        }
        if (!in->gzipped) {
            *p = (const char *)in->raw;
            *n = in->raw_len;
            in->raw_at = in->raw_len;
            return true;
        }
        *n = unpack(in);
        *p = in->chunk;
        if (*n != 0) {
            return true;
        }
    }
    return false;
}

static void count_bad(input *in, uint64_t line, const char *message)
{
    in->bad++;
    progress_hide(in->bar);
    fprintf(stderr, "%s: %s:%llu: ", in->a->program, in->name, (unsigned long long)line);
    put_text(stderr, message);
    fputc('\n', stderr);
    progress_let(in->bar);
}

static bool feed(input *in)
{
    const char *p = NULL;
    size_t n = 0;
    fir_error e;
    bool more = next_chunk(in, &p, &n);
    in->text = (fir_str){NULL, 0};
    if ((in->failed && !more) || fir_reader_feed(in->reader, p, n, !more, &e) != 0) {
        if (!in->failed) {
            fail(in, e.message);
        }
        return false;
    }
    return true;
}

bool input_next(input *in)
{
    for (;;) {
        fir_error e = {0};
        int code = fir_reader_next(in->reader, in->event, &in->line, NULL, &e);
        if (code == 0) {
            fir_str text = {NULL, 0};
            (void)fir_reader_text(in->reader, &text);
            in->again = text.ptr == in->text.ptr && text.len == in->text.len;
            in->text = text;
            return true;
        }
        if (code == FIR_EAGAIN) {
            if (!feed(in)) {
                return false;
            }
        } else if (code == FIR_EPARSE || code == FIR_ELIMIT) {
            count_bad(in, in->line, e.message);
        } else {
            if (code != FIR_ENOTFOUND) {
                fail(in, e.message);
            }
            return false;
        }
    }
}

const fir_event *input_event(const input *in)
{
    return in->event;
}

fir_str input_text(const input *in)
{
    return in->text;
}

bool input_text_again(const input *in)
{
    return in->again;
}

void input_acts(input *in)
{
    in->acts = true;
}

uint64_t input_size(const input *in)
{
    struct stat st;
    return fstat(in->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 ? (uint64_t)st.st_size : 0;
}

uint64_t input_done(const input *in)
{
    return in->taken - (in->raw_len - in->raw_at);
}

void input_beside(input *in, progress *bar)
{
    in->bar = bar;
}

uint64_t input_line(const input *in)
{
    return in->line;
}

int input_close(input *in, int exit_code)
{
    if (in->bad != 0) {
        fprintf(stderr, "%s: %s: %llu could not be read as %s\n", in->a->program, in->name, (unsigned long long)in->bad,
                in->bad == 1 ? "an alert" : "alerts");
        if (exit_code == EXIT_FINE && given(in->a, "strict")) {
            exit_code = EXIT_NO;
        }
    }
    if (in->failed) {
        exit_code = EXIT_IMPOSSIBLE;
    }
    if (in->unpacking) {
        (void)inflateEnd(&in->unpacker);
    }
    if (in->fd > STDIN_FILENO) {
        close(in->fd);
    }
    fir_reader_free(in->reader);
    fir_event_free(in->event);
    free(in);
    return exit_code;
}
