/* SPDX-License-Identifier: Apache-2.0 */
/* Matching of texts, paths and addresses: one value against one constant. */
#ifndef FIR__EXPR_MATCH_H
#define FIR__EXPR_MATCH_H

#include "base/error.h"
#include "base/str.h"

/* fnmatch(3) without flags in the C locale: bytes; '*' crosses '/'; no_case folds ASCII letters. Never more than
 * pattern times text steps. */
bool fir__glob(fir_str pattern, fir_str text, bool no_case);
/* Whether the pattern has one of the characters that make it one: ? * [ */
bool fir__glob_is_pattern(fir_str s);

/* Falco's pmatch: prefix is a component-wise prefix of path; slashes at the start and repeated ones do not count; a component
 * with ? * [ is a glob. */
bool fir__path_prefix(fir_str prefix, fir_str path);

typedef struct fir__addr {
    uint8_t bytes[16];
    uint8_t family; /* 4 or 6 */
    uint8_t bits;   /* of a network: the length of its prefix */
} fir__addr;

/* Dotted IPv4 without leading zeros, or IPv6, as inet_pton reads them. */
bool fir__addr_parse(fir_str s, fir__addr *out);
bool fir__addr_eq(const fir__addr *a, const fir__addr *b);
bool fir__addr_in(const fir__addr *a, const fir__addr *network);

/* The port of a service's usual name: "https". */
bool fir__port_find(fir_str name, uint16_t *port);

#endif
