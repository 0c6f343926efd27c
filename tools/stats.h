/* SPDX-License-Identifier: Apache-2.0 */
/* `plan --stats`: for each rule, of how many alerts it makes something. */
#ifndef FALCOIR_TOOLS_STATS_H
#define FALCOIR_TOOLS_STATS_H

#include <jansson.h>

#include "command.h"

/* Counters of all rules of a playbook; json_decref. NULL: no memory. */
json_t *stats_new(const fir_playbook *p);

/* Counts a plan, which is given as its JSON. */
void stats_add(json_t *stats, const fir_buf *plan);

/* A table, or with json one object a line. */
void stats_show(const json_t *stats, bool json);

#endif
