/* SPDX-License-Identifier: Apache-2.0 */
/* The playbooks that a configuration names: patterns, beside its own file, become paths in an order that hangs on nothing but
 * their bytes. */
#include "playbook/named.h"

#include <glob.h>
#include <stdlib.h>

enum { MOST_PATTERN = 4096 };

/* The pattern as glob wants it: below the configuration's directory, whose own name is no pattern. False: no memory. */
static bool put_pattern(fir__sbuf *b, fir_str dir, fir_str pattern)
{
    if (!fir__str_starts(pattern, FIR__S("/")) && dir.len != 0) {
        for (size_t i = 0; i < dir.len; i++) {
            if (strchr("*?[]\\", dir.ptr[i]) != NULL) {
                fir__sbuf_char(b, '\\');
            }
            fir__sbuf_char(b, dir.ptr[i]);
        }
        if (dir.ptr[dir.len - 1] != '/') {
            fir__sbuf_char(b, '/');
        }
    }
    fir__sbuf_str(b, pattern);
    fir__sbuf_char(b, '\0');
    return b->status == 0;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void report(fir__load *l, const fir__data *pattern, const char *what)
{
    fir__report(l, FIR__PB_NAMED_FILE, fir__where_of(pattern), FIR__S("a path is looked for beside the configuration's own file"),
                "`%.*s` %s", FIR__SHOW(pattern->s), what);
}

static void add_matches(fir__load *l, const fir__data *pattern, const glob_t *found, const fir__named_adder *adder)
{
    qsort(found->gl_pathv, found->gl_pathc, sizeof *found->gl_pathv, by_bytes); /* glob's own order is the locale's */
    for (size_t i = 0; i < found->gl_pathc && l->status == 0; i++) {
        adder->add(adder->ctx, found->gl_pathv[i], pattern);
    }
}

static void add_pattern(fir__load *l, const fir__data *pattern, const fir__named_adder *adder)
{
    fir__sbuf b;
    glob_t found = {0};
    if (pattern->s.len == 0 || pattern->s.len > MOST_PATTERN || memchr(pattern->s.ptr, '\0', pattern->s.len) != NULL) {
        report(l, pattern, "is no path");
        return;
    }
    fir__sbuf_init(&b, &l->allocator, (size_t)4 * MOST_PATTERN);
    if (!put_pattern(&b, l->files[pattern->file].dir, pattern->s)) {
        fir__load_fail(l, b.status);
    } else {
        int rc = glob(b.ptr, GLOB_NOSORT | GLOB_ERR, NULL, &found);
        if (rc == 0) {
            add_matches(l, pattern, &found, adder);
        } else if (rc == GLOB_NOSPACE) {
            fir__load_fail(l, FIR_ENOMEM);
        } else {
            report(l, pattern,
                   rc == GLOB_NOMATCH ? "names no file" : "looks into a directory that is not there, or cannot be read");
        }
        globfree(&found);
    }
    fir__sbuf_free(&b);
}

void fir__named_files(fir__load *l, const fir__data *patterns, const fir__named_adder *adder)
{
    for (uint32_t i = 0; i < patterns->count && l->status == 0; i++) {
        add_pattern(l, &patterns->items[i], adder);
    }
}
