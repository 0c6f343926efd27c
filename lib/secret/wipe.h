/* SPDX-License-Identifier: Apache-2.0 */
/* An allocator that overwrites what it gives back: for arenas and buffers that may hold a secret. */
#ifndef FIR__SECRET_WIPE_H
#define FIR__SECRET_WIPE_H

#include "base/alloc.h"

/* inner is kept by reference and must outlive *out and all its blocks. */
void fir__wipe_allocator(const fir_allocator *inner, fir_allocator *out);

#endif
