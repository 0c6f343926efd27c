/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done with a field of each type: one table. */
#ifndef FIR__EXPR_TYPES_H
#define FIR__EXPR_TYPES_H

#include "expr/ast.h"
#include "field/field.h"

/* How values of a type are held and compared. */
typedef enum fir__class {
    FIR__C_TEXT,
    FIR__C_INT,
    FIR__C_UINT, /* also booleans, ports, severities */
    FIR__C_REAL,
    FIR__C_ADDR,
    FIR__C_NONE /* nothing but `exists` */
} fir__class;

typedef enum fir__family { /* as Falco's messages group them */
                           FIR__FAMILY_NUMERIC,
                           FIR__FAMILY_STRING,
                           FIR__FAMILY_BUFFER,
                           FIR__FAMILY_ADDRESS,
                           FIR__FAMILY_PRIORITY
} fir__family;

typedef struct fir__type_rules {
    uint8_t class;              /* fir__class */
    uint8_t bits;               /* of an integer: values are cut to it */
    uint8_t family;             /* fir__family */
    uint32_t ops, list_ops;     /* bit 1u << fir__op */
    uint32_t value_ops;         /* those that take val() or a transformer on the right */
    uint32_t calls, list_calls; /* bit 1u << fir__transformer */
} fir__type_rules;

const fir__type_rules *fir__type_rules_of(uint8_t type);

static inline uint32_t fir__op_bit(fir__op op)
{
    return 1u << op;
}

/* "numeric", … for a message; the hint says which operators there are. */
const char *fir__family_name(uint8_t family);
const char *fir__family_hint(uint8_t family);

#endif
