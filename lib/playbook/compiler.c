/* SPDX-License-Identifier: Apache-2.0 */
/* The public compiler: files in, diagnostics and a playbook out. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "json/writer.h"
#include "playbook/load.h"
#include "playbook/named.h"

struct fir_compiler {
    fir_allocator allocator;
    const fir_catalog *catalog;
    fir_compiler_options options;
    fir__guard busy;
    bool loading;   /* files were added since the last build */
    bool has_diags; /* diags is initialised */
    fir__load load;
    fir__diags diags; /* of the load that goes on, or of the last build */
};

enum { MOST_DIAGNOSTICS_JSON = 64 << 20 };

int fir_compiler_new(const fir_catalog *c, const fir_compiler_options *o, fir_compiler **out, fir_error *err)
{
    if (out == NULL) {
        return fir__fail(err, FIR_EINVAL, "out is NULL");
    }
    *out = NULL;
    static const fir_compiler_options defaults = {.size = sizeof defaults};
    fir_compiler_options options = defaults;
    if (o != NULL) {
        int status = fir__check_options(o, o->size, sizeof *o, sizeof *o, err);
        if (status != 0) {
            return status;
        }
        options = *o;
    }
    fir_allocator a;
    if (options.flags != 0 || !fir__allocator_copy(options.allocator, &a)) {
        return fir__fail(err, FIR_EINVAL, options.flags != 0 ? "an unknown flag is set" : "the allocator lacks a function");
    }
    fir_compiler *k = fir__zalloc(&a, sizeof *k);
    if (k == NULL) {
        return fir__no_memory(err);
    }
    k->allocator = a;
    k->options = options;
    k->catalog = fir__catalog_use(c != NULL ? c : fir__catalog_builtin());
    atomic_flag_clear(&k->busy);
    *out = k;
    return 0;
}

static void drop_diags(fir_compiler *k)
{
    if (k->has_diags) {
        fir__diags_free(&k->diags);
        k->has_diags = false;
    }
}

static void drop_load(fir_compiler *k)
{
    if (k->loading) {
        fir__load_free(&k->load);
        k->loading = false;
    }
}

void fir_compiler_free(fir_compiler *k)
{
    if (k == NULL) {
        return;
    }
    drop_load(k);
    drop_diags(k);
    fir_allocator a = k->allocator;
    fir_catalog_unref(k->catalog);
    fir__free(&a, k);
}

static int begin(fir_compiler *k)
{
    if (k->loading) {
        return 0;
    }
    drop_diags(k);
    fir__diags_init(&k->diags, &k->allocator);
    k->has_diags = true;
    k->loading = true;
    return fir__load_init(&k->load, k->catalog, &k->options, &k->allocator, &k->diags);
}

/* ---- adding ---- */

static fir_str directory(fir_str origin)
{
    size_t end = origin.len;
    while (end != 0 && origin.ptr[end - 1] != '/') {
        end--;
    }
    return end > 1 ? fir__str_to(origin, end - 1) : fir__str_to(origin, end);
}

/* A configuration names no configurations: so none can name itself, and nobody has to ask which of them a setting came from. */
static void add_mapping(fir__load *l, const fir__data *root)
{
    if (!l->naming) {
        fir__load_mapping(l, root);
        return;
    }
    fir__report(l, FIR__PB_NAMED_FILE, fir__where_of(root), FIR__S("load it as a file of its own"),
                "this is a configuration, and another names it as a playbook");
}

/* Takes text, which is the allocator's. disk: what was opened, or NULL. */
static int add_file(fir__load *l, fir_str origin, fir_str text, const struct stat *disk)
{
    if (l->n_files >= UINT16_MAX || !fir__load_grow(l, &l->files, &l->cap_files, l->n_files + 1, sizeof *l->files)) {
        fir__free(&l->allocator, (void *)(uintptr_t)text.ptr);
        fir__load_fail(l, FIR_ELIMIT);
        return l->status;
    }
    uint16_t file = fir__diags_file(l->diags, origin);
    l->files[l->n_files++] = (fir__source_file){.text = text};
    if (disk != NULL) {
        l->files[file].on_disk = true;
        l->files[file].device = (uint64_t)disk->st_dev;
        l->files[file].inode = (uint64_t)disk->st_ino;
    }
    if (l->diags->no_memory) {
        fir__load_fail(l, FIR_ENOMEM);
        return l->status;
    }
    l->files[file].dir = directory(l->diags->files[file]);
    fir__yaml_limits limits = {
        .max_bytes = l->options.max_file_bytes, .max_depth = l->options.max_depth, .max_nodes = l->options.max_nodes};
    const fir__data *root = NULL;
    int status = fir__yaml_read(text, file, &limits, l->arena, l->diags, &root);
    if (status != 0) {
        fir__load_fail(l, status);
    } else if (root == NULL || root->type == FIR__DATA_NULL) {
        return l->status;
    } else if (root->type == FIR__DATA_LIST) {
        fir__load_sequence(l, root);
    } else if (root->type == FIR__DATA_MAP) {
        add_mapping(l, root);
    } else {
        fir__report(l, FIR__PB_ROOT, fir__where_of(root), FIR__S("begin items with `- rule:`, settings with `slack_output:`"),
                    "the file is a text, not a list of items or a configuration");
    }
    return l->status;
}

static int limit_or_memory(int status, fir_error *err)
{
    return status == FIR_ELIMIT
               ? fir__fail(err, FIR_ELIMIT, "too many files, or too many items of one kind (%d)", FIR__LOAD_MOST_ITEMS)
               : fir__no_memory(err);
}

/* Takes text. */
static int add_owned(fir_compiler *k, fir_str origin, fir_str text, const struct stat *disk, fir_error *err)
{
    int status = begin(k);
    if (status == 0) {
        status = k->load.status != 0 ? k->load.status : 0;
    }
    if (status != 0) {
        fir__free(&k->allocator, (void *)(uintptr_t)text.ptr);
        if (k->load.playbook == NULL) {
            k->loading = false;
        }
        return limit_or_memory(status, err);
    }
    k->load.named = NULL;
    status = add_file(&k->load, origin, text, disk);
    return status == 0 ? 0 : limit_or_memory(status, err);
}

int fir_compiler_add(fir_compiler *k, const char *origin, const void *yaml, size_t n, fir_error *err)
{
    if (k == NULL || (yaml == NULL && n != 0)) {
        return fir__fail(err, FIR_EINVAL, k == NULL ? "the compiler is NULL" : "the text is NULL");
    }
    if (!fir__guard_enter(&k->busy)) {
        return fir__fail(err, FIR_EBUSY, "another thread is using this compiler");
    }
    char *copy = fir__alloc(&k->allocator, n);
    int status;
    if (copy == NULL) {
        status = fir__no_memory(err);
    } else {
        if (n != 0) {
            memcpy(copy, yaml, n);
        }
        status = add_owned(k, fir__cstr(origin != NULL ? origin : ""), fir__str(copy, n), NULL, err);
    }
    if (status == 0 && k->load.named != NULL) { /* who hands over bytes does not expect that files are opened for them */
        fir__report(&k->load, FIR__PB_NAMED_FILE, fir__where_of(k->load.named), FIR__S("add the files themselves"),
                    "`playbooks` is followed in a configuration that is read from a file, and this one is not");
    }
    fir__guard_leave(&k->busy);
    return status;
}

/* All of a file, up to one byte more than may be: the reader then says that it is too long. */
static int read_all(const fir_allocator *a, uint64_t limit, int fd, fir_str *out)
{
    uint64_t most = limit != 0 ? limit : UINT64_C(16) << 20;
    char *p = NULL;
    size_t n = 0, cap = 0;
    for (;;) {
        if (!fir__grow(a, &p, &cap, n + 65536, 1)) {
            fir__free(a, p);
            return FIR_ENOMEM;
        }
        ssize_t got = read(fd, p + n, cap - n);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            fir__free(a, p);
            return FIR_EIO;
        }
        n += (size_t)got;
        if (got == 0 || n > most) {
            *out = fir__str(p, n);
            return 0;
        }
    }
}

static int io_failure(fir_error *err, const char *path, int number)
{
    char text[128] = "";
    const char *why = strerror_r(number, text, sizeof text);
    (void)fir__fail(err, FIR_EIO, "%s", why);
    fir__error_origin(err, fir__cstr(path));
    return FIR_EIO;
}

/* ---- files that a configuration names ---- */

static bool read_before(const fir__load *l, const struct stat *st)
{
    for (size_t i = 0; i < l->n_files; i++) {
        const fir__source_file *f = &l->files[i];
        if (f->on_disk && f->device == (uint64_t)st->st_dev && f->inode == (uint64_t)st->st_ino) {
            return true;
        }
    }
    return false;
}

static void cannot_read(fir__load *l, const char *path, const fir__data *pattern, const char *why)
{
    fir__report(l, FIR__PB_NAMED_FILE, fir__where_of(pattern), (fir_str){NULL, 0}, "%.*s: %s", FIR__SHOW(fir__cstr(path)), why);
}

/* A file is read once, whoever names it how often. */
static void add_opened(fir__load *l, int fd, const char *path, const fir__data *pattern)
{
    enum { MOST = 10000 };
    char why[128] = "";
    struct stat st;
    fir_str text;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        cannot_read(l, path, pattern, "is no file that could be read");
        return;
    }
    if (read_before(l, &st)) {
        return;
    }
    if (l->n_files >= MOST) {
        fir__load_fail(l, FIR_ELIMIT);
        return;
    }
    int status = read_all(&l->allocator, l->options.max_file_bytes, fd, &text);
    if (status == 0) {
        (void)add_file(l, fir__cstr(path), text, &st);
    } else if (status == FIR_EIO) {
        cannot_read(l, path, pattern, strerror_r(errno, why, sizeof why));
    } else {
        fir__load_fail(l, status);
    }
}

static void add_named_path(void *ctx, const char *path, const fir__data *pattern)
{
    char why[128] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        cannot_read(ctx, path, pattern, strerror_r(errno, why, sizeof why));
        return;
    }
    add_opened(ctx, fd, path, pattern);
    (void)close(fd);
}

static int add_named(fir_compiler *k, fir_error *err)
{
    fir__load *l = &k->load;
    l->naming = true;
    fir__named_files(l, l->named, &(fir__named_adder){add_named_path, l});
    l->naming = false;
    return l->status == 0 ? 0 : limit_or_memory(l->status, err);
}

static int add_path(fir_compiler *k, const char *path, fir_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return io_failure(err, path, errno);
    }
    fir_str text;
    struct stat st;
    int status = fstat(fd, &st) != 0 ? FIR_EIO : read_all(&k->allocator, k->options.max_file_bytes, fd, &text);
    int number = errno;
    (void)close(fd);
    if (status == FIR_EIO) {
        return io_failure(err, path, number);
    }
    status = status != 0 ? fir__no_memory(err) : add_owned(k, fir__cstr(path), text, &st, err);
    return status != 0 || k->load.named == NULL ? status : add_named(k, err);
}

int fir_compiler_add_file(fir_compiler *k, const char *path, fir_error *err)
{
    if (k == NULL || path == NULL) {
        return fir__fail(err, FIR_EINVAL, k == NULL ? "the compiler is NULL" : "the path is NULL");
    }
    if (!fir__guard_enter(&k->busy)) {
        return fir__fail(err, FIR_EBUSY, "another thread is using this compiler");
    }
    int status = add_path(k, path, err);
    fir__guard_leave(&k->busy);
    return status;
}

/* ---- building ---- */

static int first_error(const fir__diags *d, fir_error *err)
{
    for (size_t i = 0; i < d->count; i++) {
        const fir__diag *x = &d->items[i];
        if (x->severity == FIR__ERROR) {
            (void)fir__fail_at(err, FIR_ECOMPILE, (fir__place){0, x->line, x->column}, "%zu error%s; the first: %.*s", d->errors,
                               d->errors == 1 ? "" : "s", (int)x->message.len, x->message.ptr);
            if (x->file < d->n_files) {
                fir__error_origin(err, d->files[x->file]);
            }
            return FIR_ECOMPILE;
        }
    }
    return fir__fail(err, FIR_ECOMPILE, "%zu errors", d->errors);
}

static int build(fir_compiler *k, fir_playbook **out, fir_error *err)
{
    int status = begin(k);
    if (status != 0) {
        k->loading = k->load.playbook != NULL;
        drop_load(k);
        return fir__no_memory(err);
    }
    fir__load *l = &k->load;
    if (l->status == 0) {
        fir__load_resolve(l);
    }
    if (l->status == 0 && l->diags->errors == 0) {
        *out = fir__load_take(l);
    }
    status = l->status;
    drop_load(k);
    fir__diags_sort(&k->diags);
    if (status != 0) {
        return status == FIR_EINTERNAL ? fir__fail(err, status, "libcrypto has no SHA-256") : limit_or_memory(status, err);
    }
    return *out != NULL ? 0 : first_error(&k->diags, err);
}

int fir_compiler_build(fir_compiler *k, fir_playbook **out, fir_error *err)
{
    if (out != NULL) {
        *out = NULL;
    }
    if (k == NULL || out == NULL) {
        return fir__fail(err, FIR_EINVAL, k == NULL ? "the compiler is NULL" : "out is NULL");
    }
    if (!fir__guard_enter(&k->busy)) {
        return fir__fail(err, FIR_EBUSY, "another thread is using this compiler");
    }
    int status = build(k, out, err);
    fir__guard_leave(&k->busy);
    return status;
}

static void write_diag(fir__json_writer *w, const fir__diags *d, const fir__diag *x)
{
    fir__json_item(w);
    fir__json_open(w, '{');
    fir__json_key_str(w, FIR__S("code"), fir__cstr(x->code));
    fir__json_key_i64(w, FIR__S("column"), x->column);
    fir__json_key_str(w, FIR__S("file"), x->file < d->n_files ? d->files[x->file] : FIR__S(""));
    fir__json_key_str(w, FIR__S("hint"), x->hint);
    fir__json_key_i64(w, FIR__S("line"), x->line);
    fir__json_key_str(w, FIR__S("message"), x->message);
    fir__json_key_str(w, FIR__S("severity"), x->severity == FIR__ERROR ? FIR__S("error") : FIR__S("warning"));
    fir__json_close(w, '}');
}

int fir_compiler_diagnostics_json(const fir_compiler *k, fir_buf *out, fir_error *err)
{
    if (out != NULL) {
        *out = (fir_buf){NULL, 0, NULL};
    }
    if (k == NULL || out == NULL) {
        return fir__fail(err, FIR_EINVAL, k == NULL ? "the compiler is NULL" : "out is NULL");
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &k->allocator, MOST_DIAGNOSTICS_JSON);
    fir__json_writer w = {&b, false};
    fir__json_open(&w, '[');
    for (size_t i = 0; k->has_diags && i < k->diags.count; i++) {
        write_diag(&w, &k->diags, &k->diags.items[i]);
    }
    fir__json_close(&w, ']');
    int status = fir__sbuf_take(&b, out);
    fir__sbuf_free(&b);
    return status == 0 ? 0 : fir__no_memory(err);
}
