/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of data: what a YAML or JSON document says. Nodes live in an arena and know the place they came from. */
#ifndef FIR__BASE_DATA_H
#define FIR__BASE_DATA_H

#include "base/arena.h"
#include "base/str.h"

typedef enum fir__data_type {
    FIR__DATA_NULL = 0, /* JSON null; a plain YAML scalar that is empty, ~ or null */
    FIR__DATA_BOOL,
    FIR__DATA_INT,
    FIR__DATA_UINT,
    FIR__DATA_DOUBLE,
    FIR__DATA_TEXT, /* a string; in a YAML tree every scalar, typed later by what its key wants */
    FIR__DATA_LIST,
    FIR__DATA_MAP
} fir__data_type;

typedef enum fir__data_style { FIR__PLAIN = 0, FIR__SINGLE_QUOTED, FIR__DOUBLE_QUOTED, FIR__LITERAL, FIR__FOLDED } fir__data_style;

typedef struct fir__data fir__data;

typedef struct fir__entry fir__entry; /* one entry of a map */

struct fir__data {
    uint8_t type;          /* fir__data_type */
    uint8_t style;         /* fir__data_style of a YAML scalar */
    uint16_t file;         /* index of the file in fir__diags */
    uint32_t line, column; /* from 1; 0: made, not read */
    uint32_t count;        /* elements or entries */
    union {
        bool b;
        int64_t i;
        uint64_t u;
        double d;
        fir_str s;           /* text */
        fir__data *items;    /* list */
        fir__entry *entries; /* map, in the order of the document */
    };
};

struct fir__entry {
    fir_str key;
    uint32_t line, column; /* of the key */
    fir__data value;
};

/* The value of a key, or NULL. d may be NULL or no map. */
const fir__data *fir__data_get(const fir__data *d, fir_str key);

/* Equal in type and content; places and styles do not count, nor does the order of a map. */
bool fir__data_equal(const fir__data *a, const fir__data *b);

static inline fir__data fir__data_text(fir_str s)
{
    fir__data d = {.type = FIR__DATA_TEXT, .s = s};
    return d;
}

#endif
