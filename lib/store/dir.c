/* SPDX-License-Identifier: Apache-2.0 */
#include "store/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The text of an errno; the static one of C is not for threads. */
static int fail_errno(fir_error *err, const char *doing, const char *what)
{
    int e = errno;
    char text[128];
    const char *why = strerror_r(e, text, sizeof text);
    return fir__fail(err, e == ENOSPC || e == EDQUOT ? FIR_ELIMIT : FIR_EIO, "%s %.200s: %s", doing, what, why);
}

int fir__dir_open(fir__dir *d, const char *dir, bool make, fir__sbuf *path, fir_error *err)
{
    char real[PATH_MAX];
    *d = (fir__dir){.fd = -1, .lock_fd = -1};
    if (dir == NULL || *dir == '\0') {
        return fir__fail(err, FIR_EINVAL, "no data directory is named");
    }
    if (make && mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return fail_errno(err, "the data directory cannot be made:", dir);
    }
    d->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->fd < 0) {
        int rc = errno == ENOENT && !make ? FIR_ENOTFOUND : 0;
        (void)fail_errno(err, "the data directory cannot be opened:", dir);
        return rc != 0 ? fir__fail(err, rc, "there is no data directory %.200s", dir) : FIR_EIO;
    }
    if (realpath(dir, real) == NULL) {
        int rc = fail_errno(err, "the data directory cannot be found:", dir);
        fir__dir_close(d);
        return rc;
    }
    fir__sbuf_str(path, fir__cstr(real));
    fir__sbuf_char(path, '/');
    if (path->status != 0) {
        fir__dir_close(d);
        return path->status == FIR_ENOMEM ? fir__no_memory(err)
                                          : fir__fail(err, FIR_ELIMIT, "the data directory's path is too long");
    }
    return 0;
}

/* A lock of the open file, not of the process: two engines of one process are two owners, and closing some other descriptor of the
 * file does not give it up. */
static struct flock whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

/* Who holds the lock wrote its process id into the file. 0: unknown. */
static uint64_t holder(int fd)
{
    char text[32];
    uint64_t pid = 0;
    ssize_t n = pread(fd, text, sizeof text, 0);
    return n > 0 && fir__str_u64(fir__str_trim(fir__str(text, (size_t)n)), &pid) ? pid : 0;
}

static void sign(int fd)
{
    char text[32];
    size_t n = 0;
    char digits[20];
    size_t k = 0;
    for (uint64_t pid = (uint64_t)getpid(); pid != 0; pid /= 10) {
        digits[k++] = (char)('0' + pid % 10);
    }
    while (k != 0) {
        text[n++] = digits[--k];
    }
    text[n++] = '\n';
    if (ftruncate(fd, 0) == 0) { /* only for the text of somebody's error: a full disk does not matter */
        ssize_t written = pwrite(fd, text, n, 0);
        (void)written;
    }
}

int fir__dir_own(fir__dir *d, fir_error *err)
{
    int fd = openat(d->fd, FIR__DIR_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return fail_errno(err, "the data directory cannot be locked:", FIR__DIR_LOCK);
    }
    struct flock lock = whole_file();
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        int rc =
            errno == EAGAIN || errno == EACCES ? FIR_EBUSY : fail_errno(err, "the data directory cannot be locked:", FIR__DIR_LOCK);
        uint64_t pid = rc == FIR_EBUSY ? holder(fd) : 0;
        (void)close(fd);
        if (pid != 0) {
            return fir__fail(err, FIR_EBUSY, "the data directory is in use by process %llu", (unsigned long long)pid);
        }
        return rc == FIR_EBUSY ? fir__fail(err, FIR_EBUSY, "the data directory is in use by another process") : rc;
    }
    sign(fd);
    d->lock_fd = fd;
    return 0;
}

bool fir__dir_owned(const fir__dir *d)
{
    int fd = openat(d->fd, FIR__DIR_LOCK, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    struct flock lock = whole_file();
    bool owned = fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    if (fd >= 0) {
        (void)close(fd);
    }
    return owned;
}

int fir__dir_has(const fir__dir *d, const char *name, fir_error *err)
{
    struct stat st;
    if (fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? FIR_ENOTFOUND : fail_errno(err, "a file of the data directory cannot be found:", name);
    }
    return S_ISREG(st.st_mode) ? 0 : fir__fail(err, FIR_EIO, "%.100s in the data directory is no file", name);
}

int fir__dir_touch(fir__dir *d, const char *name, fir_error *err)
{
    int rc = fir__dir_has(d, name, err);
    if (rc != FIR_ENOTFOUND) {
        return rc;
    }
    int fd = openat(d->fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return fail_errno(err, "a file of the data directory cannot be made:", name);
    }
    (void)close(fd);
    return 0;
}

bool fir__dir_reserve(fir__dir *d)
{
    if (!d->reserved) {
        int fd = openat(d->fd, FIR__DIR_RESERVE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0) {
            d->reserved = posix_fallocate(fd, 0, d->reserve_bytes) == 0;
            if (!d->reserved) { /* some of it would keep others from room that is of no use here */
                int gone = ftruncate(fd, 0);
                (void)gone;
            }
            (void)close(fd);
        }
    }
    return d->reserved;
}

void fir__dir_release(fir__dir *d)
{
    (void)unlinkat(d->fd, FIR__DIR_RESERVE, 0);
    d->reserved = false;
}

void fir__dir_close(fir__dir *d)
{
    if (d->lock_fd >= 0) {
        (void)close(d->lock_fd);
    }
    if (d->fd >= 0) {
        (void)close(d->fd);
    }
    d->fd = d->lock_fd = -1;
}
