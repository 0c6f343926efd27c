/* SPDX-License-Identifier: Apache-2.0 */
/* A build without SQLite. */
#include "store/store.h"

int fir__store_open(const fir__store_options *o, fir_store *out, fir_error *err)
{
    (void)o;
    *out = (fir_store){0};
    return fir__fail(err, FIR_EUNSUPPORTED, "this build has no journal; leave the data directory out, or give a store of your own");
}
