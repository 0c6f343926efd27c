/* SPDX-License-Identifier: Apache-2.0 */
/* A value of an alert as conditions and templates see it: 24 bytes, borrowed from the event. */
#ifndef FIR__BASE_VALUE_H
#define FIR__BASE_VALUE_H

#include "base/str.h"

typedef enum fir__type { /* the numbers are FIR_VALUE_* of the public header */
                         FIR__NULL = 0,
                         FIR__BOOL = 1,
                         FIR__INT = 2,
                         FIR__UINT = 3, /* above INT64_MAX */
                         FIR__DOUBLE = 4,
                         FIR__STRING = 5,
                         FIR__LIST = 6,
                         FIR__OBJECT = 7
} fir__type;

typedef struct fir__value {
    uint8_t type; /* fir__type */
    uint8_t reserved[3];
    uint32_t len; /* of the text; elements of a list */
    const char
        *ptr; /* string: its bytes; number, bool, null: as the alert wrote it; object, list: its JSON text, when there is one */
    union {
        int64_t i; /* bool: 0 or 1 */
        uint64_t u;
        double d;
        const struct fir__value *items; /* list: `len` elements */
        size_t text_len;                /* object: bytes of ptr (len is 0) */
    };
} fir__value;

/* The text of a string, number, bool or null; of an object its JSON. Empty for a list. */
static inline fir_str fir__value_text(const fir__value *v)
{
    return v->type == FIR__LIST     ? (fir_str){NULL, 0}
           : v->type == FIR__OBJECT ? (fir_str){v->ptr, v->text_len}
                                    : (fir_str){v->ptr, v->len};
}

static inline fir__value fir__value_string(fir_str s)
{
    fir__value v = {.type = FIR__STRING, .len = (uint32_t)s.len, .ptr = s.ptr, .i = 0};
    return v;
}

/* Missing for targets, gate keys and default(): absent (NULL), null, an empty text or list, and Falco's "<NA>". */
static inline bool fir__value_missing(const fir__value *v)
{
    if (v == NULL || v->type == FIR__NULL) {
        return true;
    }
    if (v->type == FIR__STRING) {
        return v->len == 0 || (v->len == 4 && memcmp(v->ptr, "<NA>", 4) == 0);
    }
    return v->type == FIR__LIST && v->len == 0;
}

#endif
