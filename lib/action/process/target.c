/* SPDX-License-Identifier: Apache-2.0 */
#include "action/process/target.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"

enum { LEAST_ID = 12, MOST_ID = 64, KERNEL_THREAD = 0x00200000, STAT_FLAGS = 9, STAT_START = 22 };

/* What /proc says under a name, NUL-terminated and cut to the buffer. Its length, or -1. */
static ssize_t read_proc(const char *path, char *out, size_t size)
{
    size_t n = 0;
    ssize_t got = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && n < size - 1 && (got = read(fd, out + n, size - 1 - n)) > 0) {
        n += (size_t)got;
    }
    int e = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    out[n] = '\0';
    errno = e;
    return fd < 0 || got < 0 ? -1 : (ssize_t)n;
}

static int64_t clock_ns(clockid_t id)
{
    struct timespec t = {0, 0};
    (void)clock_gettime(id, &t);
    return (int64_t)t.tv_sec * FIR__SECOND + t.tv_nsec;
}

/* /proc/PID/stat: the name in parentheses may hold blanks and parentheses itself; what counts stands behind the last one. */
static bool parse_stat(const char *text, fir__target *t)
{
    const char *p = strrchr(text, ')');
    long ticks = sysconf(_SC_CLK_TCK);
    if (p == NULL || p[1] != ' ' || ticks <= 0) {
        return false;
    }
    p += 2;
    t->state = *p;
    for (int field = 3; field < STAT_START; field++) {
        if (field == STAT_FLAGS) {
            t->kernel = (strtoul(p, NULL, 10) & KERNEL_THREAD) != 0;
        }
        p = strchr(p, ' ');
        if (p == NULL) {
            return false;
        }
        p++;
    }
    t->start = strtoull(p, NULL, 10);
    int64_t up = (int64_t)(t->start / (uint64_t)ticks) * FIR__SECOND + (int64_t)(t->start % (uint64_t)ticks) * FIR__SECOND / ticks;
    t->started_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME) + up;
    return true;
}

static bool is_alive(const fir__target *t)
{
    struct pollfd fd = {t->fd, POLLIN, 0};
    return poll(&fd, 1, 0) == 0;
}

static int gone(fir_error *err)
{
    return fir__fail(err, FIR_ENOTFOUND, "the target is gone: there is no such process any more");
}

/* Reads what is known of it. What was read is of the process that is held, if that is alive behind it. */
static int look(fir__target *t, fir_error *err)
{
    char path[64], stat[1024];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)t->pid);
    ssize_t n = read_proc(path, stat, sizeof stat);
    if (n < 0) {
        return errno == ENOENT || errno == ESRCH ? gone(err) : fir__fail(err, FIR_EIO, "/proc cannot be read: %s", strerror(errno));
    }
    if (!parse_stat(stat, t) || read_proc("/proc/sys/kernel/random/boot_id", t->boot, sizeof t->boot) < 0) {
        return fir__fail(err, FIR_EIO, "/proc does not look as it should");
    }
    return !is_alive(t) || t->state == 'Z' || t->state == 'X' ? gone(err) : 0;
}

int fir__target_open(int32_t pid, fir__target *t, fir_error *err)
{
    memset(t, 0, sizeof *t);
    t->pid = pid;
    t->fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (t->fd < 0) {
        return errno == ESRCH || errno == EINVAL ? gone(err)
               : errno == ENOSYS                 ? fir__fail(err, FIR_EUNSUPPORTED, "this kernel has no pidfd; Linux 5.3 has")
                                                 : fir__fail(err, FIR_EIO, "the process cannot be held: %s", strerror(errno));
    }
    int rc = look(t, err);
    if (rc != 0) {
        fir__target_close(t);
    }
    return rc;
}

void fir__target_close(fir__target *t)
{
    if (t->fd >= 0) {
        (void)close(t->fd);
        t->fd = -1;
    }
}

static bool is_hex(char c)
{
    return fir__is_digit(c) || (c >= 'a' && c <= 'f');
}

static size_t hex_run(fir_str s)
{
    size_t n = 0;
    while (n < s.len && is_hex(s.ptr[n])) {
        n++;
    }
    return n;
}

bool fir__is_container(fir_str s)
{
    return fir__str_eq(s, FIR__S("host")) || (s.len >= LEAST_ID && s.len <= MOST_ID && hex_run(s) == s.len);
}

int fir__target_in(const fir__target *t, fir_str container, bool *in, fir_error *err)
{
    char path[64], text[16 * 1024];
    bool host = fir__str_eq(container, FIR__S("host")), any = false, found = false;
    (void)snprintf(path, sizeof path, "/proc/%d/cgroup", (int)t->pid);
    ssize_t n = read_proc(path, text, sizeof text);
    if (n < 0) {
        return is_alive(t) ? fir__fail(err, FIR_EIO, "/proc cannot be read: %s", strerror(errno)) : gone(err);
    }
    fir_str s = fir__str(text, (size_t)n);
    while (s.len != 0) {
        size_t run = hex_run(s);
        any = any || run == MOST_ID;
        found = found || (run == MOST_ID && fir__str_starts(s, container));
        s = fir__str_from(s, run != 0 ? run : 1);
    }
    *in = host ? !any : found;
    return is_alive(t) ? 0 : gone(err);
}

int fir__target_signal(const fir__target *t, int signal, fir_error *err)
{
    if (syscall(SYS_pidfd_send_signal, t->fd, signal, NULL, 0) == 0) {
        return 0;
    }
    return errno == ESRCH   ? gone(err)
           : errno == EPERM ? fir__fail(err, FIR_EDENIED, "this process may not signal that one")
                            : fir__fail(err, FIR_EIO, "the signal cannot be sent: %s", strerror(errno));
}

bool fir__target_of_host(void)
{
    static const char initial[] = "pid:[4026531836]"; /* the kernel's own number of the first namespace */
    char name[64];
    ssize_t n = readlink("/proc/self/ns/pid", name, sizeof name);
    return n == (ssize_t)sizeof initial - 1 && memcmp(name, initial, sizeof initial - 1) == 0;
}
