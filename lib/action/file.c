/* SPDX-License-Identifier: Apache-2.0 */
/* local:file: appends one line. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/call.h"
#include "action/types.h"

enum { MAX_LINE = 16 * 1024 * 1024 };

/* written: something may be in the file already, so that another attempt could write it twice. */
static int fail_by_errno(fir_call *c, const char *what, int error, bool written)
{
    bool passing = error == ENOSPC || error == EDQUOT || error == EAGAIN || error == EMFILE || error == ENFILE || error == EINTR;
    return fir__call_fail(c, FIR_EIO, written || !passing, "%s: %s", what, strerror(error));
}

static int take_path(fir_call *c, char path[PATH_MAX])
{
    fir_str s;
    if (fir_call_text(c, "path", 4, &s) != 0 || s.len == 0 || s.len >= PATH_MAX || s.ptr[0] != '/' ||
        memchr(s.ptr, '\0', s.len) != NULL) {
        return FIR__CALL_FAIL(c, FIR_EINVAL, true, "path is not an absolute path");
    }
    memcpy(path, s.ptr, s.len);
    path[s.len] = '\0';
    return 0;
}

/* The line with its newline, in the call's memory. One record is one line: what would begin another is refused. */
static int take_line(fir_call *c, fir_str *out)
{
    fir_str s;
    int rc = fir_call_text(c, "line", 4, &s);
    if (rc == FIR_ENOTFOUND) {
        s = c->event;
    } else if (rc != 0) {
        rc = fir_call_parameter(c, "line", 4, &s);
        if (rc != 0) {
            return rc;
        }
    }
    if (s.len > MAX_LINE) {
        return FIR__CALL_FAIL(c, FIR_ELIMIT, true, "the line is too long");
    }
    if (s.len != 0 &&
        (memchr(s.ptr, '\n', s.len) != NULL || memchr(s.ptr, '\r', s.len) != NULL || memchr(s.ptr, '\0', s.len) != NULL)) {
        return FIR__CALL_FAIL(c, FIR_EDENIED, true, "the line holds a line break or a NUL");
    }
    char *text = fir__arena_alloc(&c->arena, s.len + 1);
    if (text == NULL) {
        return fir__arena_error(&c->arena);
    }
    if (s.len != 0) {
        memcpy(text, s.ptr, s.len);
    }
    text[s.len] = '\n';
    *out = fir__str(text, s.len + 1);
    return 0;
}

static int append(fir_call *c, int fd, fir_str line)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return fail_by_errno(c, "the file cannot be looked at", errno, false);
    }
    if (!S_ISREG(st.st_mode)) {
        return FIR__CALL_FAIL(c, FIR_EDENIED, true, "the path is not a regular file");
    }
    ssize_t n = write(fd, line.ptr, line.len); /* one write, so that lines of several writers do not mix */
    if (n < 0) {
        return fail_by_errno(c, "the line cannot be written", errno, false);
    }
    if ((size_t)n != line.len) {
        return FIR__CALL_FAIL(c, FIR_EIO, true, "only a part of the line could be written; is the disk full?");
    }
    return FIR_CALL_DONE;
}

int fir__file_advance(void *self, fir_call *c)
{
    char path[PATH_MAX];
    fir_str line = {NULL, 0};
    (void)self;
    int rc = take_path(c, path);
    rc = rc != 0 ? rc : take_line(c, &line);
    if (rc != 0) {
        return rc;
    }
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    if (fd < 0) {
        return fail_by_errno(c, errno == ELOOP ? "the path is a symbolic link" : "the file cannot be opened", errno, false);
    }
    rc = append(c, fd, line);
    if (close(fd) != 0 && rc == FIR_CALL_DONE) { /* the line may be there: once more could make two of it */
        rc = fail_by_errno(c, "the file cannot be closed", errno, true);
    }
    return rc;
}
