/* SPDX-License-Identifier: Apache-2.0 */
/* The shared files of AWS's tools: ~/.aws/config and ~/.aws/credentials. */
#ifndef FIR__ACTION_AWS_INI_H
#define FIR__ACTION_AWS_INI_H

#include "base/str.h"

typedef enum fir__ini_kind {
    FIR__INI_CREDENTIALS, /* a profile is the section [name] */
    FIR__INI_CONFIG       /* [profile name]; [default] as it is */
} fir__ini_kind;

/* Whether the file has the profile at all. */
bool fir__ini_has(fir_str file, fir__ini_kind kind, fir_str profile);
/* The value of a key of a profile, a view of the file; empty: none. Lines that are indented belong to the key above: no keys. */
fir_str fir__ini_get(fir_str file, fir__ini_kind kind, fir_str profile, fir_str key);

#endif
