/* SPDX-License-Identifier: Apache-2.0 */
/* Made by generate.py from fields.tsv and args.tsv; change those. */
#ifndef FIR__FIELD_TABLE_H
#define FIR__FIELD_TABLE_H

#include "field/field.h"

enum { FIR__FIELDS = 633, FIR__RAW_ARGS = 223 };

/* Both sorted by name, bytewise. */
extern const fir__field fir__field_table[FIR__FIELDS];

typedef struct fir__raw_arg {
    fir_str name;
    fir__ftype type;
} fir__raw_arg;
extern const fir__raw_arg fir__raw_arg_table[FIR__RAW_ARGS];

#endif
