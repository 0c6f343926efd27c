/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in transport. */
#ifndef FIR__TRANSPORT_TRANSPORT_H
#define FIR__TRANSPORT_TRANSPORT_H

#include <falcoir/sys/transport.h>

#include "base/error.h"

/* HTTP/1.1 by libcurl (docs/engine.md). Its own memory comes from a and is wiped before it goes back; libcurl's does not.
 * FIR_EUNSUPPORTED in a build without libcurl. */
int fir__transport_curl(const fir_allocator *a, fir_transport *out, fir_error *err);

#endif
