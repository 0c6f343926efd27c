/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a configuration names in `playbooks`. */
#ifndef FIR__PLAYBOOK_NAMED_H
#define FIR__PLAYBOOK_NAMED_H

#include "playbook/load.h"

typedef struct fir__named_adder {
    void (*add)(void *ctx, const char *path, const fir__data *pattern);
    void *ctx;
} fir__named_adder;

/* Adds what each pattern names: patterns in their order, the files of one by the bytes of their paths. What names nothing is
 * reported. */
void fir__named_files(fir__load *l, const fir__data *patterns, const fir__named_adder *adder);

#endif
