/* SPDX-License-Identifier: Apache-2.0 */
/* A template of the public interface: alone, with names of its own. fir_template_render is where the event is known. */
#ifndef FIR__TEMPLATE_PUBLIC_H
#define FIR__TEMPLATE_PUBLIC_H

#include "template/template.h"

struct fir_template {
    fir_allocator allocator;
    fir__arena arena;
    fir__slots slots; /* what a frame for it must hold */
    const fir__template *template;
    uint32_t max_output;
};

#endif
