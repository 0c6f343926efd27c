/* SPDX-License-Identifier: Apache-2.0 */
/* What a mapping may hold, as a table: its keys, the type each wants, how two files' values merge. One reader checks them all. */
#ifndef FIR__PLAYBOOK_SHAPE_H
#define FIR__PLAYBOOK_SHAPE_H

#include "base/data.h"
#include "base/diag.h"

struct fir__load;

typedef enum fir__want {
    FIR__WANT_NAME,       /* a text that is neither empty nor a null */
    FIR__WANT_TEXT,       /* any scalar */
    FIR__WANT_BOOL,       /* true or false */
    FIR__WANT_DURATION,   /* 10s, 5m */
    FIR__WANT_AGE,        /* the same, or `off` */
    FIR__WANT_COUNT,      /* 1 and up */
    FIR__WANT_CHOICE,     /* one of `choices` */
    FIR__WANT_TIME,       /* RFC 3339 */
    FIR__WANT_TEXTS,      /* a list of texts */
    FIR__WANT_MAP,        /* any mapping */
    FIR__WANT_MAPS,       /* a list of mappings; checked by shape when there is one */
    FIR__WANT_SHAPE,      /* a mapping of a shape */
    FIR__WANT_SWITCH,     /* true, false or a mapping of a shape */
    FIR__WANT_REQUIRED,   /* the word `required`, or true or false */
    FIR__WANT_TEST_EVENT, /* a mapping or a list */
    FIR__WANT_ANY
} fir__want;

typedef enum fir__merge {
    FIR__MERGE_REPLACE, /* the later value */
    FIR__MERGE_APPEND,  /* lists: the later behind the earlier */
    FIR__MERGE_SHAPE,   /* mappings: key by key, each by its own rule */
    FIR__MERGE_PARAMS   /* mappings: scalars replaced, lists appended, mappings merged */
} fir__merge;

typedef struct fir__key_def {
    fir_str name;
    fir_str alias; /* another spelling; empty: none */
    uint8_t want;  /* fir__want */
    uint8_t merge; /* fir__merge */
    bool required;
    bool idle;                      /* of what is to come: checked, and without effect */
    const char *choices;            /* separated by blanks */
    const struct fir__shape *shape; /* of the mapping, or of each mapping of the list */
} fir__key_def;

typedef struct fir__shape {
    const char *what; /* "rule": how messages call it */
    const fir__key_def *keys;
    uint32_t count;
} fir__shape;

enum { FIR__MOST_KEYS = 40 };

/* Checks a mapping. values[i] gets the value of keys[i], NULL when it is absent or null; values may be NULL. *by_alias gets a bit
 * for each key that was written by its alias; may be NULL. True: all is well. */
bool fir__shape_read(struct fir__load *l, const fir__shape *shape, const fir__data *map, const fir__data **values,
                     uint64_t *by_alias);

/* The same for one entry of a mapping: the index of its key, or UINT32_MAX when it is not known (and reported). */
uint32_t fir__shape_entry(struct fir__load *l, const fir__shape *shape, const fir__entry *e, bool *ok);

/* The value of a key that is there and no null, or NULL. map may be NULL. */
static inline const fir__data *fir__present(const fir__data *map, fir_str key)
{
    const fir__data *d = fir__data_get(map, key);
    return d != NULL && d->type != FIR__DATA_NULL ? d : NULL;
}

/* Typed values of what fir__shape_read let pass; d may be NULL: the default. */
bool fir__get_bool(const fir__data *d, bool otherwise);
int64_t fir__get_duration(const fir__data *d);
uint32_t fir__get_count(const fir__data *d);
fir_str fir__get_text(const fir__data *d);
/* The index among the choices, from 1; 0: absent. */
uint8_t fir__get_choice(const fir__data *d, const char *choices);

/* "a list", "a mapping", "a text": for messages. */
const char *fir__data_kind(const fir__data *d);

#endif
