/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's side of commands. */
#include <errno.h>
#include <falcoir/journal.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "json/document.h"
#include "json/writer.h"
#include "store/commands.h"
#include "store/dir.h"

enum { NAME = 64, ANSWER = 4096 };
#define LOOK_NS INT64_C(20000000)

static int64_t read_clock(clockid_t id)
{
    struct timespec t = {0, 0};
    (void)clock_gettime(id, &t);
    return (int64_t)t.tv_sec * FIR__SECOND + t.tv_nsec;
}

static int check(const fir_command *c, fir__verb *verb, fir_error *err)
{
    if (c == NULL || c->size < sizeof *c || c->verb == NULL) {
        return fir__fail(err, FIR_EINVAL, "the command is NULL, or has no size or no verb");
    }
    for (*verb = 0; *verb < FIR__VERBS && !fir__str_eq(fir__verb_name(*verb), fir__cstr(c->verb)); (*verb)++) {
    }
    if (*verb == FIR__VERBS) {
        return fir__fail(err, FIR_EINVAL, "there is no command '%.32s'", c->verb);
    }
    fir_str id = fir__cstr(c->id), who = fir__cstr(c->who), why = fir__cstr(c->why);
    if (who.len == 0 || (fir__verb_wants_id(*verb) && id.len == 0)) {
        return fir__fail(err, FIR_EINVAL, "%s wants %s", c->verb, who.len == 0 ? "to know who asks" : "an id");
    }
    if (id.len > FIR__COMMAND_MAX_ID || who.len > FIR__COMMAND_MAX_WHO || why.len > FIR__COMMAND_MAX_WHY) {
        return fir__fail(err, FIR_EINVAL, "a text is too long: an id has at most %d bytes, who %d, why %d", FIR__COMMAND_MAX_ID,
                         FIR__COMMAND_MAX_WHO, FIR__COMMAND_MAX_WHY);
    }
    return 0;
}

static void put_text(fir__json_writer *w, fir_str key, const char *value)
{
    if (value != NULL && *value != '\0') {
        fir__json_key_str(w, key, fir__cstr(value));
    }
}

static void write_json(const fir_command *c, fir__sbuf *b)
{
    fir__json_writer w = {b, false};
    fir__json_open(&w, '{');
    put_text(&w, FIR__S("id"), c->id);
    put_text(&w, FIR__S("verb"), c->verb);
    put_text(&w, FIR__S("who"), c->who);
    put_text(&w, FIR__S("why"), c->why);
    fir__json_key_bool(&w, FIR__S("yes"), c->yes != 0);
    fir__json_close(&w, '}');
}

static int cannot_write(fir_error *err)
{
    int e = errno;
    char text[128];
    const char *why = strerror_r(e, text, sizeof text);
    return fir__fail(err, e == ENOSPC || e == EDQUOT ? FIR_ELIMIT : FIR_EIO, "the command cannot be written: %s", why);
}

/* Aside, synced, renamed. name gets its final name without ".json". */
static int lay_down(int folder, fir_str json, char name[NAME], fir_error *err)
{
    uint64_t random = 0;
    char aside[NAME + 8], final[NAME + 8];
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random) {
        return cannot_write(err);
    }
    (void)snprintf(name, NAME, "%020lld-%016llx", (long long)read_clock(CLOCK_REALTIME), (unsigned long long)random);
    (void)snprintf(aside, sizeof aside, ".%s", name);
    (void)snprintf(final, sizeof final, "%s.json", name);
    int fd = openat(folder, aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return cannot_write(err);
    }
    bool good = write(fd, json.ptr, json.len) == (ssize_t)json.len && fsync(fd) == 0;
    good = close(fd) == 0 && good && renameat(folder, aside, folder, final) == 0 && fsync(folder) == 0;
    if (!good) {
        int rc = cannot_write(err);
        (void)unlinkat(folder, aside, 0);
        return rc;
    }
    return 0;
}

static int read_answer(int folder, const char *name, fir_str text, fir_error *err)
{
    fir__arena arena;
    fir__data *d;
    fir__arena_init(&arena, &fir__default_allocator, 64 * 1024);
    int rc = fir__json_document(text, &arena, &d, err);
    if (rc == 0) {
        const fir__data *code = fir__data_get(d, FIR__S("code")), *message = fir__data_get(d, FIR__S("message"));
        rc = code != NULL && code->type == FIR__DATA_INT && code->i <= 0 && code->i > -1000 ? (int)code->i : FIR_EINTERNAL;
        fir_str why = message != NULL && message->type == FIR__DATA_TEXT ? message->s : (fir_str){"", 0};
        if (rc != 0) {
            (void)fir__fail(err, rc, "%.*s", (int)why.len, why.ptr);
        }
    }
    fir__arena_free(&arena);
    (void)unlinkat(folder, name, 0);
    return rc;
}

/* FIR_EAGAIN: none came. */
static int wait_for_answer(int folder, const char *name, int64_t wait_ns, fir_error *err)
{
    char file[NAME + 8], text[ANSWER];
    (void)snprintf(file, sizeof file, "%s.answer", name);
    int64_t begin = read_clock(CLOCK_MONOTONIC);
    for (;;) {
        int fd = openat(folder, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : -1;
        if (fd >= 0) {
            (void)close(fd);
        }
        if (n > 0) {
            return read_answer(folder, file, (fir_str){text, (size_t)n}, err);
        }
        if (read_clock(CLOCK_MONOTONIC) - begin >= wait_ns) {
            return fir__fail(err, FIR_EAGAIN,
                             "the command was left in the data directory; the engine that owns it has not taken it up yet");
        }
        (void)nanosleep(&(struct timespec){0, LOOK_NS}, NULL);
    }
}

static int send_there(fir__dir *dir, const fir_command *c, int64_t wait_ns, fir_error *err)
{
    char name[NAME];
    fir__sbuf b;
    if (mkdirat(dir->fd, FIR__COMMANDS_DIR, 0700) != 0 && errno != EEXIST) {
        return cannot_write(err);
    }
    int folder = openat(dir->fd, FIR__COMMANDS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder < 0) {
        return cannot_write(err);
    }
    fir__sbuf_init(&b, &fir__default_allocator, FIR__COMMAND_MAX_FILE);
    write_json(c, &b);
    int rc = b.status != 0 ? fir__no_memory(err) : lay_down(folder, fir__sbuf_view(&b), name, err);
    fir__sbuf_free(&b);
    if (rc == 0) {
        rc = fir__dir_owned(dir) ? wait_for_answer(folder, name, wait_ns, err)
                                 : fir__fail(err, FIR_EAGAIN,
                                             "the command was left in the data directory: no engine owns it now; the next "
                                             "one that does takes it up first");
    }
    (void)close(folder);
    return rc;
}

int fir_command_send(const char *data_dir, const fir_command *c, int64_t wait_ns, fir_error *err)
{
    fir__verb verb;
    fir__dir dir;
    fir__sbuf path;
    if (data_dir == NULL || wait_ns < 0) {
        return fir__fail(err, FIR_EINVAL, "data_dir is NULL, or the time to wait is negative");
    }
    int rc = check(c, &verb, err);
    if (rc != 0) {
        return rc;
    }
    fir__sbuf_init(&path, &fir__default_allocator, 8192);
    rc = fir__dir_open(&dir, data_dir, false, &path, err);
    fir__sbuf_free(&path);
    if (rc == 0) {
        rc = send_there(&dir, c, wait_ns, err);
        fir__dir_close(&dir);
    }
    return rc;
}
