/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "secret/wipe.h"

extern char **environ;

enum { ENVIRONMENT_MAX = 4 * 1024 * 1024 };

struct fir__secrets {
    fir_allocator allocator;
    fir_allocator wiping;
    bool environment;
    fir__sbuf variables; /* NAME=value, each with a NUL behind it */
};

static int copy_environment(fir__secrets *s, fir_error *err)
{
    for (char **v = environ; v != NULL && *v != NULL; v++) {
        fir__sbuf_put(&s->variables, *v, strlen(*v) + 1);
    }
    if (s->variables.status == FIR_ELIMIT) {
        return fir__fail(err, FIR_ELIMIT, "the environment is larger than %d bytes", ENVIRONMENT_MAX);
    }
    return s->variables.status != 0 ? fir__no_memory(err) : 0;
}

int fir__secrets_new(const fir_allocator *a, bool environment, fir__secrets **out, fir_error *err)
{
    *out = NULL;
    fir__secrets *s = fir__zalloc(a, sizeof *s);
    if (s == NULL) {
        return fir__no_memory(err);
    }
    s->allocator = *a;
    s->environment = environment;
    fir__wipe_allocator(&s->allocator, &s->wiping);
    fir__sbuf_init(&s->variables, &s->wiping, ENVIRONMENT_MAX);
    int rc = environment ? copy_environment(s, err) : 0;
    if (rc != 0) {
        fir__secrets_free(s);
        return rc;
    }
    *out = s;
    return 0;
}

void fir__secrets_free(fir__secrets *s)
{
    if (s != NULL) {
        fir_allocator a = s->allocator;
        fir__sbuf_free(&s->variables);
        fir__free(&a, s);
    }
}

/* What may be said about a name: only its start, and no byte that could end a line of a log. */
static int shown(fir_str name)
{
    size_t n = 0;
    while (n < name.len && n < 160 && (unsigned char)name.ptr[n] >= 0x20 && name.ptr[n] != 0x7f) {
        n++;
    }
    return (int)n;
}

static int append(fir__sbuf *b, fir_str text, fir_error *err)
{
    fir__sbuf_str(b, text);
    if (b->status == FIR_ELIMIT) {
        return fir__fail(err, FIR_ELIMIT, "a secret does not fit into the %zu bytes that it may fill", b->max);
    }
    return b->status != 0 ? fir__no_memory(err) : 0;
}

static int read_env(const fir__secrets *s, fir_str name, fir_str literal, fir__sbuf *b, fir_error *err)
{
    (void)literal;
    if (!s->environment) {
        return fir__fail(err, FIR_EDENIED,
                         "secret {env: %.*s}: the environment may not be read; the host allows it by FIR_ENGINE_ENV", shown(name),
                         name.ptr);
    }
    const char *v = s->variables.ptr, *end = v != NULL ? v + s->variables.len : v;
    for (; v < end; v += strlen(v) + 1) {
        fir_str entry = fir__cstr(v);
        if (fir__str_starts(entry, name) && entry.len > name.len && entry.ptr[name.len] == '=') {
            fir_str value = fir__str_from(entry, name.len + 1);
            if (value.len == 0) {
                break;
            }
            if (value.len > FIR__SECRET_MAX) {
                return fir__fail(err, FIR_ELIMIT, "secret {env: %.*s}: longer than %d bytes", shown(name), name.ptr,
                                 FIR__SECRET_MAX);
            }
            return append(b, value, err);
        }
    }
    return fir__fail(err, FIR_ENOTFOUND, "secret {env: %.*s}: the variable was not set, or empty, when the engine was made",
                     shown(name), name.ptr);
}

/* Who may write the file decides what is sent as the secret, and so who gets the next one. */
static int check_file(int fd, fir_str name, fir_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return fir__fail(err, FIR_EIO, "secret {file: %.*s}: %s", shown(name), name.ptr, strerror(errno));
    }
    if (!S_ISREG(st.st_mode)) {
        return fir__fail(err, FIR_EDENIED, "secret {file: %.*s}: not a regular file", shown(name), name.ptr);
    }
    if ((st.st_mode & S_IWOTH) != 0) {
        return fir__fail(err, FIR_EDENIED, "secret {file: %.*s}: everyone may write it; hint: chmod o-w", shown(name), name.ptr);
    }
    return 0;
}

/* Up to FIR__SECRET_MAX bytes and two for a newline. */
static int read_all(int fd, fir__sbuf *text, fir_str name, fir_error *err)
{
    for (;;) {
        char *to = fir__sbuf_reserve(text, 4096);
        if (to == NULL) {
            return text->status == FIR_ENOMEM ? fir__no_memory(err)
                                              : fir__fail(err, FIR_ELIMIT, "secret {file: %.*s}: longer than %d bytes", shown(name),
                                                          name.ptr, FIR__SECRET_MAX);
        }
        ssize_t n = read(fd, to, 4096);
        if (n == 0) {
            return 0;
        }
        if (n > 0) {
            text->len += (size_t)n;
        } else if (errno != EINTR) {
            return fir__fail(err, FIR_EIO, "secret {file: %.*s}: %s", shown(name), name.ptr, strerror(errno));
        }
    }
}

static int take_text(fir__sbuf *text, fir_str name, fir__sbuf *b, fir_error *err)
{
    fir_str s = fir__sbuf_view(text);
    if (s.ptr != NULL && s.len != 0 && s.ptr[s.len - 1] == '\n') {
        s.len -= s.len > 1 && s.ptr[s.len - 2] == '\r' ? 2 : 1;
    }
    if (s.len == 0) {
        return fir__fail(err, FIR_ENOTFOUND, "secret {file: %.*s}: the file is empty", shown(name), name.ptr);
    }
    if (s.len > FIR__SECRET_MAX) {
        return fir__fail(err, FIR_ELIMIT, "secret {file: %.*s}: longer than %d bytes", shown(name), name.ptr, FIR__SECRET_MAX);
    }
    return append(b, s, err);
}

static int read_file(const fir__secrets *s, fir_str name, fir_str literal, fir__sbuf *b, fir_error *err)
{
    (void)literal;
    char path[PATH_MAX];
    if (name.len == 0 || name.len >= sizeof path || memchr(name.ptr, '\0', name.len) != NULL) {
        return fir__fail(err, FIR_EINVAL, "secret {file: …}: not a path");
    }
    memcpy(path, name.ptr, name.len);
    path[name.len] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        int32_t code = errno == ENOENT || errno == ENOTDIR ? FIR_ENOTFOUND : FIR_EIO;
        return fir__fail(err, code, "secret {file: %.*s}: %s", shown(name), name.ptr, strerror(errno));
    }
    fir__sbuf text;
    fir__sbuf_init(&text, &s->wiping, FIR__SECRET_MAX + 2 + 4096);
    int rc = check_file(fd, name, err);
    rc = rc != 0 ? rc : read_all(fd, &text, name, err);
    rc = rc != 0 ? rc : take_text(&text, name, b, err);
    fir__sbuf_free(&text);
    (void)close(fd);
    return rc;
}

static int read_config(const fir__secrets *s, fir_str name, fir_str literal, fir__sbuf *b, fir_error *err)
{
    (void)s;
    if (literal.len == 0) {
        return fir__fail(err, FIR_ENOTFOUND, "secret {config: %.*s}: it is empty", shown(name), name.ptr);
    }
    return append(b, literal, err);
}

/* Where secrets come from, by fir__secret_source. */
static int (*const readers[FIR__SECRET_SOURCES])(const fir__secrets *s, fir_str name, fir_str literal, fir__sbuf *b,
                                                 fir_error *err) = {
    [FIR__FROM_ENV] = read_env,
    [FIR__FROM_FILE] = read_file,
    [FIR__FROM_CONFIG] = read_config,
};

int fir__secret_read(const fir__secrets *s, fir__secret_source from, fir_str name, fir_str literal, fir__sbuf *b, fir_error *err)
{
    size_t before = b->len;
    int rc = from < FIR__SECRET_SOURCES ? readers[from](s, name, literal, b, err)
                                        : fir__fail(err, FIR_EINVAL, "a secret of an unknown kind");
    if (rc == 0 && memchr(b->ptr + before, '\0', b->len - before) != NULL) {
        return fir__fail(err, FIR_EDENIED, "secret %.*s: it holds a NUL", shown(name), name.ptr);
    }
    return rc;
}
