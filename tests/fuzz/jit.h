/* SPDX-License-Identifier: Apache-2.0 */
/* Machine code for a pattern costs a hundred times what one short match by the interpreter does, and a target's patterns match a
 * text or two. So the program's own pcre2_jit_compile stands before the library's, and lets it be called when the target says. */
#ifndef FIR_FUZZ_JIT_H
#define FIR_FUZZ_JIT_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <dlfcn.h>
#include <pcre2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool fir_fuzz_jit = true;

int pcre2_jit_compile_8(pcre2_code_8 *code, uint32_t options)
{
    static int (*original)(pcre2_code_8 * code, uint32_t options);
    if (!fir_fuzz_jit) {
        return PCRE2_ERROR_JIT_BADOPTION;
    }
    if (original == NULL) {
        void *found = dlsym(RTLD_NEXT, "pcre2_jit_compile_8");
        if (found == NULL) {
            abort();
        }
        memcpy(&original, &found, sizeof original);
    }
    return original(code, options);
}

#endif
