/* SPDX-License-Identifier: Apache-2.0 */
/* A build without libcurl. */
#include "transport/transport.h"

int fir__transport_curl(const fir_allocator *a, fir_transport *out, fir_error *err)
{
    (void)a;
    (void)out;
    return fir__fail(err, FIR_EUNSUPPORTED, "this build has no HTTP; give a transport in the engine's options");
}
