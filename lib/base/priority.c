/* SPDX-License-Identifier: Apache-2.0 */
#include "base/priority.h"

static const fir_str names[FIR__PRIORITIES] = {
    {"Emergency", 9}, {"Alert", 5},  {"Critical", 8},       {"Error", 5},
    {"Warning", 7},   {"Notice", 6}, {"Informational", 13}, {"Debug", 5},
};

int fir__priority_parse(fir_str name)
{
    for (int i = 0; i < FIR__PRIORITIES; i++) { /* as Falco writes them */
        if (fir__str_same(name, names[i])) {
            return i;
        }
    }
    for (int i = 0; i < FIR__PRIORITIES; i++) {
        if (fir__str_eq_nocase(name, names[i])) {
            return i;
        }
    }
    return fir__str_eq_nocase(name, FIR__S("info")) ? 6 : FIR__PRIORITY_UNKNOWN;
}

fir_str fir__priority_name(int level)
{
    return level >= 0 && level < FIR__PRIORITIES ? names[level] : FIR__S("");
}

fir_str fir__priority_name_at(const void *ctx, size_t i)
{
    (void)ctx;
    return names[i];
}
