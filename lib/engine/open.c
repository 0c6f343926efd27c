/* SPDX-License-Identifier: Apache-2.0 */
/* The data directory: the journal in it, the key of approvals' tokens, commands, the file PAUSE. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/private.h"
#include "playbook/shape.h"

#define KEY_FILE "approval.key"

/* The options win over the configuration. */
static fir_str setting(const fir_engine *g, const char *option, fir_str name)
{
    const fir__data *d = fir__data_get(g->configured->config, name);
    return option != NULL ? fir__cstr(option) : d != NULL && d->type == FIR__DATA_TEXT ? d->s : (fir_str){NULL, 0};
}

static bool read_key(fir_engine *g, int dir)
{
    struct stat st;
    int fd = openat(dir, KEY_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool ok = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) == 0 && st.st_uid == geteuid() &&
              read(fd, g->key, sizeof g->key) == (ssize_t)sizeof g->key;
    if (fd >= 0) {
        (void)close(fd);
    }
    return ok;
}

/* A new one is written aside and put in its place whole, so that none is ever read that was only begun. */
static int write_key(const fir_engine *g, int dir)
{
    int fd = openat(dir, KEY_FILE ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = fd >= 0 && write(fd, g->key, sizeof g->key) == (ssize_t)sizeof g->key && fsync(fd) == 0;
    if (fd >= 0 && close(fd) != 0) {
        ok = false;
    }
    return ok && renameat(dir, KEY_FILE ".new", dir, KEY_FILE) == 0 ? 0 : FIR_EIO;
}

/* Tokens hold over a restart. g->key is random already. */
static int take_key(fir_engine *g, int dir, fir_error *err)
{
    if (faccessat(dir, KEY_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        return read_key(g, dir)
                   ? 0
                   : fir__fail(err, FIR_EIO,
                               "the file " KEY_FILE " in the data directory is not readable, or others than its owner may read it");
    }
    return write_key(g, dir) == 0 ? 0 : fir__fail(err, FIR_EIO, "the file " KEY_FILE " in the data directory cannot be written");
}

static int open_dir(fir_engine *g, const char *path, bool written, fir_error *err)
{
    const fir__store_options o = {.allocator = &g->allocator, .dir = path, .synced = !written};
    int rc = fir__store_open(&o, &g->store, err);
    if (rc != 0) {
        return rc;
    }
    g->durable = true;
    g->pause_dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (g->pause_dir < 0) {
        return fir__fail(err, FIR_EIO, "the data directory cannot be opened: %s", strerror(errno));
    }
    rc = take_key(g, g->pause_dir, err);
    return rc != 0 ? rc : fir__commands_open(&g->commands, &g->allocator, path, err);
}

int fir__engine_open(fir_engine *g, const fir_engine_options *o, fir_error *err)
{
    const bool known = o->size >= sizeof *o;
    fir_str dir = setting(g, known ? o->data_dir : NULL, FIR__S("data_dir"));
    const fir__data *durability = fir__data_get(g->configured->config, FIR__S("durability"));
    bool written = fir__get_choice(durability, "synced written") == 2;
    int rc = 0;
    if (known && o->durability != 0) {
        written = o->durability == FIR_DURABILITY_WRITTEN;
    }
    if (known && o->store != NULL) {
        g->store = *o->store;
        g->durable = true;
        rc = fir__commands_open(&g->commands, &g->allocator, NULL, err);
    } else if (dir.len != 0) {
        char path[4096];
        if (dir.len >= sizeof path) {
            return fir__fail(err, FIR_EINVAL, "the path of the data directory is too long");
        }
        memcpy(path, dir.ptr, dir.len);
        path[dir.len] = '\0';
        rc = open_dir(g, path, written, err);
    } else {
        fir__log(g, FIR_LOG_INFO, "the engine keeps its state in memory: what it accepted and has not done ends with the process");
        return 0;
    }
    return rc != 0 ? rc : fir__recover(g, err);
}

void fir__engine_close(fir_engine *g)
{
    fir__journal_free(g);
    if (g->durable) {
        fir__commands_close(&g->commands);
    }
    if (g->pause_dir >= 0) {
        (void)close(g->pause_dir);
    }
}
