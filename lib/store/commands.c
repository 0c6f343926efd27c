/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's side of commands. */
#include "store/commands.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "json/document.h"
#include "json/writer.h"
#include "store/dir.h"

enum { NAME = 80, MAX_ANSWER = 4096, ANSWER_SECONDS = 600 };

static const struct {
    const char *name;
    bool wants_id;
} verbs[FIR__VERBS] = {
    [FIR__VERB_APPROVE] = {"approve", true},   [FIR__VERB_REJECT] = {"reject", true},   [FIR__VERB_UNDO] = {"undo", true},
    [FIR__VERB_REPLAY] = {"replay", true},     [FIR__VERB_DISCARD] = {"discard", true}, [FIR__VERB_CANCEL] = {"cancel", true},
    [FIR__VERB_FEEDBACK] = {"feedback", true}, [FIR__VERB_PAUSE] = {"pause", false},    [FIR__VERB_RESUME] = {"resume", false},
};

fir_str fir__verb_name(fir__verb v)
{
    return fir__cstr(verbs[v].name);
}

bool fir__verb_wants_id(fir__verb v)
{
    return verbs[v].wants_id;
}

/* ---- the folder ---- */

int fir__commands_open(fir__commands *c, const fir_allocator *a, const char *data_dir, fir_error *err)
{
    *c = (fir__commands){.allocator = *a, .fd = -1};
    fir__arena_init(&c->arena, a, 4 * FIR__COMMAND_MAX_FILE);
    if (data_dir == NULL) {
        return 0;
    }
    c->names = fir__alloc_array(a, FIR__COMMANDS_AT_ONCE, NAME);
    if (c->names == NULL) {
        return fir__no_memory(err);
    }
    int dir = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir >= 0 && (mkdirat(dir, FIR__COMMANDS_DIR, 0700) == 0 || errno == EEXIST)) {
        c->fd = openat(dir, FIR__COMMANDS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    }
    if (dir >= 0) {
        (void)close(dir);
    }
    if (c->fd < 0) {
        fir__commands_close(c);
        return fir__fail(err, FIR_EIO, "the folder %s of the data directory cannot be opened", FIR__COMMANDS_DIR);
    }
    return 0;
}

void fir__commands_close(fir__commands *c)
{
    if (c->fd >= 0) {
        (void)close(c->fd);
    }
    fir__free(&c->allocator, c->names);
    fir__free(&c->allocator, c->known);
    fir__arena_free(&c->arena);
    c->names = c->known = NULL;
    c->n_known = c->cap_known = 0;
    c->fd = -1;
}

static char *name_at(const fir__commands *c, size_t i)
{
    return c->names + i * NAME;
}

static bool ends_with(const char *name, size_t n, const char *end)
{
    size_t k = strlen(end);
    return n > k && memcmp(name + n - k, end, k) == 0;
}

/* An answer that nobody took. */
static void sweep(const fir__commands *c, const char *name)
{
    struct stat st;
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (fstatat(c->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && now.tv_sec - st.st_mtime > ANSWER_SECONDS) {
        (void)unlinkat(c->fd, name, 0);
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Keeps the oldest where there are too many. */
static void note_name(fir__commands *c, const char *name, size_t n)
{
    size_t at = c->n_names;
    if (at == FIR__COMMANDS_AT_ONCE) {
        at = 0;
        for (size_t i = 1; i < c->n_names; i++) {
            at = strcmp(name_at(c, i), name_at(c, at)) > 0 ? i : at;
        }
        if (strcmp(name, name_at(c, at)) > 0) {
            return;
        }
    } else {
        c->n_names++;
    }
    memcpy(name_at(c, at), name, n + 1);
}

static void look(fir__commands *c)
{
    int copy = openat(c->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* a directory stream takes its descriptor over */
    DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
    c->n_names = c->at = 0;
    if (d == NULL) {
        if (copy >= 0) {
            (void)close(copy);
        }
        return;
    }
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        size_t n = strlen(e->d_name);
        if (n < NAME && e->d_name[0] != '.' && ends_with(e->d_name, n, ".json")) {
            note_name(c, e->d_name, n);
        } else if (ends_with(e->d_name, n, ".answer")) {
            sweep(c, e->d_name);
        }
    }
    (void)closedir(d);
    qsort(c->names, c->n_names, NAME, by_name);
}

/* ---- files that were carried out ---- */

/* A name of ours is a time and a random number. */
static bool is_ours(const char *name, size_t n)
{
    bool ours = n == 20 + 1 + 16 + 5 && name[20] == '-';
    for (size_t i = 0; ours && i < 20 + 1 + 16; i++) {
        ours = i == 20 || fir__is_digit(name[i]) || (i > 20 && name[i] >= 'a' && name[i] <= 'f');
    }
    return ours;
}

/* Another one's name may come again with another word in it: then the time tells them apart. */
static void name_file(const char *name, const struct stat *st, char out[FIR__COMMAND_FILE])
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t n = strlen(name);
    out[0] = '\0';
    if (is_ours(name, n)) {
        memcpy(out, name, n + 1);
    } else if (strspn(name, plain) == n) {
        (void)snprintf(out, FIR__COMMAND_FILE, "%s@%lld.%09ld", name, (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
    }
}

static char *known_at(const fir__commands *c, size_t i)
{
    return c->known + i * FIR__COMMAND_FILE;
}

/* Room for one more, so that to know it cannot fail. */
static bool prepare_known(fir__commands *c)
{
    return c->n_known == FIR__COMMANDS_KNOWN ||
           fir__grow(&c->allocator, &c->known, &c->cap_known, c->n_known + 1, FIR__COMMAND_FILE);
}

static size_t find_known(const fir__commands *c, const char *file)
{
    size_t i = 0;
    while (i < c->n_known && strcmp(known_at(c, i), file) != 0) {
        i++;
    }
    return i;
}

/* What lies there still is met, and comes to the end, at each look: it is not forgotten before what is gone. */
static void know(fir__commands *c, const char *file)
{
    size_t i = find_known(c, file);
    if (i == FIR__COMMANDS_KNOWN) {
        i = 0;
    }
    if (i < c->n_known) {
        memmove(known_at(c, i), known_at(c, i + 1), (--c->n_known - i) * FIR__COMMAND_FILE);
    }
    memcpy(known_at(c, c->n_known++), file, strlen(file) + 1);
}

static bool lies_there(const fir__commands *c, const char *file)
{
    char name[FIR__COMMAND_FILE], again[FIR__COMMAND_FILE];
    struct stat st;
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(file, "@"), file);
    if (strlen(name) >= NAME || fstatat(c->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return false;
    }
    name_file(name, &st, again);
    return strcmp(again, file) == 0;
}

int fir__commands_taken(fir__commands *c, fir_str file)
{
    char text[FIR__COMMAND_FILE];
    if (c->fd < 0 || file.len == 0 || file.len >= sizeof text) {
        return 0;
    }
    (void)snprintf(text, sizeof text, "%.*s", (int)file.len, file.ptr);
    if (strchr(text, '/') != NULL || !lies_there(c, text)) {
        return 0;
    }
    if (!prepare_known(c)) {
        return FIR_ENOMEM;
    }
    know(c, text);
    return 0;
}

bool fir__commands_left(const fir__commands *c, size_t i, fir_str *file)
{
    if (i >= c->n_known) {
        return false;
    }
    *file = lies_there(c, known_at(c, i)) ? fir__cstr(known_at(c, i)) : (fir_str){NULL, 0};
    return true;
}

/* ---- one command ---- */

/* A file of the directory's owner or of root, which nobody else can have written. */
static bool read_file(fir__commands *c, const char *name, fir_str *out)
{
    struct stat st, folder;
    int fd = openat(c->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    c->file[0] = '\0';
    bool good = fd >= 0 && fstat(fd, &st) == 0 && fstat(c->fd, &folder) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 022) == 0 &&
                (st.st_uid == folder.st_uid || st.st_uid == 0) && st.st_size <= FIR__COMMAND_MAX_FILE;
    if (good) {
        name_file(name, &st, c->file);
    }
    char *p = good ? fir__arena_alloc(&c->arena, FIR__COMMAND_MAX_FILE) : NULL;
    ssize_t n = p != NULL ? read(fd, p, FIR__COMMAND_MAX_FILE) : -1;
    if (fd >= 0) {
        (void)close(fd);
    }
    *out = (fir_str){p, n > 0 ? (size_t)n : 0};
    return n > 0;
}

static bool text_at(const fir__data *d, fir_str key, size_t most, fir_str *out)
{
    const fir__data *v = fir__data_get(d, key);
    *out = v != NULL && v->type == FIR__DATA_TEXT ? v->s : (fir_str){"", 0};
    return (v == NULL || v->type == FIR__DATA_TEXT) && out->len <= most;
}

static int parse(fir__commands *c, fir_str text, fir__command *out, fir_error *err)
{
    fir__data *d;
    fir_str verb;
    int rc = fir__json_document(text, &c->arena, &d, err);
    if (rc != 0) {
        return rc;
    }
    if (d->type != FIR__DATA_MAP || !text_at(d, FIR__S("verb"), 32, &verb) ||
        !text_at(d, FIR__S("id"), FIR__COMMAND_MAX_ID, &out->id) || !text_at(d, FIR__S("who"), FIR__COMMAND_MAX_WHO, &out->who) ||
        !text_at(d, FIR__S("why"), FIR__COMMAND_MAX_WHY, &out->why) || out->who.len == 0) {
        return fir__fail(err, FIR_EPARSE, "a command is an object with texts, and says who gives it");
    }
    const fir__data *yes = fir__data_get(d, FIR__S("yes"));
    out->yes = yes != NULL && yes->type == FIR__DATA_BOOL && yes->b;
    for (out->verb = 0; out->verb < FIR__VERBS; out->verb++) {
        if (fir__str_eq(verb, fir__verb_name(out->verb))) {
            return !fir__verb_wants_id(out->verb) || out->id.len != 0 ? 0 : fir__fail(err, FIR_EPARSE, "the command names no id");
        }
    }
    return fir__fail(err, FIR_EPARSE, "there is no command of this name");
}

bool fir__commands_next(fir__commands *c, int64_t mono_ns, fir__command *out)
{
    if (c->fd < 0) {
        return false;
    }
    if (c->at == c->n_names) {
        if (mono_ns < c->look_at_ns) {
            return false;
        }
        c->look_at_ns = mono_ns + FIR__COMMANDS_EVERY;
        look(c);
    }
    while (c->at < c->n_names) {
        fir_str text;
        fir_error err = {0};
        fir__arena_reset(&c->arena);
        if (!prepare_known(c)) {
            c->at = c->n_names;
            return false;
        }
        int rc = read_file(c, name_at(c, c->at), &text) ? parse(c, text, out, &err)
                                                        : fir__fail(&err, FIR_EPARSE,
                                                                    "the file cannot be read, is too large, or "
                                                                    "belongs to somebody else");
        bool known = rc == 0 && find_known(c, c->file) < c->n_known;
        if (rc == 0 && !known) {
            out->file = fir__cstr(c->file);
            return true;
        }
        if (rc == FIR_ENOMEM) { /* it stays for the next look */
            c->at = c->n_names;
            return false;
        }
        fir__commands_done(c, rc, &err);
    }
    return false;
}

/* Without an answer the sender only waits in vain: nothing here may fail. */
static void answer(const fir__commands *c, const char *name, int rc, const fir_error *err)
{
    char to[NAME + 8];
    fir__sbuf b;
    fir__sbuf_init(&b, &c->allocator, MAX_ANSWER);
    fir__json_writer w = {&b, false};
    fir__json_open(&w, '{');
    fir__json_key_i64(&w, FIR__S("code"), rc);
    fir__json_key_str(&w, FIR__S("message"), rc != 0 && err != NULL ? fir__cstr(err->message) : (fir_str){"", 0});
    fir__json_close(&w, '}');
    size_t n = strlen(name) - (sizeof ".json" - 1);
    memcpy(to, name, n);
    memcpy(to + n, ".answer", sizeof ".answer");
    int fd = b.status == 0 ? openat(c->fd, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    if (fd >= 0) {
        ssize_t written = write(fd, b.ptr, b.len); /* one small write: whoever reads it sees all or nothing */
        (void)written;
        (void)close(fd);
    }
    fir__sbuf_free(&b);
}

void fir__commands_done(fir__commands *c, int rc, const fir_error *err)
{
    if (c->at < c->n_names) {
        const char *name = name_at(c, c->at++);
        answer(c, name, rc, err);
        bool gone = unlinkat(c->fd, name, 0) == 0;
        if (c->file[0] != '\0' && (rc == 0 || !gone)) {
            know(c, c->file);
        }
    }
}
