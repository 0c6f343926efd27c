/* SPDX-License-Identifier: Apache-2.0 */
/* YAML read by libyaml's events into a tree with places. Scalars stay text (null: plain and empty, ~ or null); what type they
 * are, the key that wants them says. */
#ifndef FIR__YAML_TREE_H
#define FIR__YAML_TREE_H

#include "base/data.h"
#include "base/diag.h"

typedef struct fir__yaml_limits {
    uint64_t max_bytes;   /* 0: 16 MiB */
    uint32_t max_depth;   /* 0: 64 */
    uint32_t max_nodes;   /* 0: 2,000,000; what aliases expand to counts */
    uint32_t max_aliases; /* 0: 1,000 */
} fir__yaml_limits;

/* Reads one document. What is wrong becomes diagnostics of `file`, each with a code of the FIR-Y family, place and hint; then
 * *out is NULL. Several can come from one text (all duplicate keys, say). An empty document is FIR__DATA_NULL.
 * Returns 0, or FIR_ENOMEM. The tree lives in the arena. */
int fir__yaml_read(fir_str text, uint16_t file, const fir__yaml_limits *limits, fir__arena *arena, fir__diags *diags,
                   const fir__data **out);

#endif
