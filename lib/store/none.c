/* SPDX-License-Identifier: Apache-2.0 */
/* A build without SQLite. */
#include <falcoir/journal.h>

#include "store/store.h"

static int unsupported(fir_error *err)
{
    return fir__fail(err, FIR_EUNSUPPORTED, "this build has no journal; leave the data directory out, or give a store of your own");
}

int fir__store_open(const fir__store_options *o, fir_store *out, fir_error *err)
{
    (void)o;
    *out = (fir_store){0};
    return unsupported(err);
}

int fir_journal_open(const char *data_dir, const fir_journal_options *o, fir_journal **out, fir_error *err)
{
    (void)o;
    if (out != NULL) {
        *out = NULL;
    }
    if (data_dir == NULL || out == NULL) {
        return fir__fail(err, FIR_EINVAL, "data_dir or out is NULL");
    }
    return unsupported(err);
}

/* There is no journal that could be given to these. */

int fir_journal_next(fir_journal *j, uint64_t after, fir_journal_entry *out, fir_error *err)
{
    (void)j;
    (void)after;
    (void)out;
    return fir__fail(err, FIR_EINVAL, "journal is NULL");
}

int fir_journal_export(fir_journal *j, uint64_t *cursor, fir_buf *out, fir_error *err)
{
    (void)j;
    (void)cursor;
    if (out != NULL) {
        *out = (fir_buf){NULL, 0, NULL};
    }
    return fir__fail(err, FIR_EINVAL, "journal is NULL");
}

int fir_journal_verify(fir_journal *j, const char *head, fir_journal_verdict *out, fir_error *err)
{
    (void)j;
    (void)head;
    (void)out;
    return fir__fail(err, FIR_EINVAL, "journal is NULL");
}

void fir_journal_free(fir_journal *j)
{
    (void)j;
}
