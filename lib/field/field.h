/* SPDX-License-Identifier: Apache-2.0 */
/* Falco's fields: names and types of every source, from fields.tsv beside this file (generate.py makes table.c of it). */
#ifndef FIR__FIELD_FIELD_H
#define FIR__FIELD_FIELD_H

#include "base/str.h"

typedef enum fir__ftype { /* Falco's names */
                          FIR__F_CHARBUF = 0,
                          FIR__F_FSPATH,
                          FIR__F_BYTEBUF,
                          FIR__F_BOOL,
                          FIR__F_INT8,
                          FIR__F_INT16,
                          FIR__F_INT32,
                          FIR__F_INT64,
                          FIR__F_UINT8,
                          FIR__F_UINT16,
                          FIR__F_UINT32,
                          FIR__F_UINT64,
                          FIR__F_DOUBLE,
                          FIR__F_PORT,
                          FIR__F_RELTIME,
                          FIR__F_ABSTIME,
                          FIR__F_IPADDR,
                          FIR__F_IPNET,
                          FIR__F_PID,
                          FIR__F_FD,
                          FIR__F_ERRNO,
                          FIR__F_FLAGS8,
                          FIR__F_FLAGS16,
                          FIR__F_FLAGS32,
                          FIR__F_ENUMFLAGS8,
                          FIR__F_ENUMFLAGS16,
                          FIR__F_ENUMFLAGS32,
                          FIR__F_MODE,
                          FIR__F_UID,
                          FIR__F_GID,
                          FIR__F_L4PROTO,
                          FIR__F_SIGTYPE,
                          FIR__F_DYNAMIC,
                          FIR__F_PRIORITY, /* ours: alert priority, compared by severity */
                          FIR__F_COUNT
} fir__ftype;

typedef enum fir__farg { FIR__ARG_NO = 0, FIR__ARG_OPTIONAL, FIR__ARG_REQUIRED } fir__farg;

enum {                                   /* flags */
       FIR__FIELD_FILTER_ONLY = 1u << 0, /* never printed: only conditions know it */
       FIR__FIELD_NO_RHS = 1u << 1,      /* not in val() */
       FIR__FIELD_NO_TRANSFORMER = 1u << 2,
       FIR__FIELD_DEPRECATED = 1u << 3,
       FIR__FIELD_ARG_INDEX = 1u << 4, /* takes a decimal index */
       FIR__FIELD_ARG_KEY = 1u << 5,   /* takes free text */
       FIR__FIELD_PLUGIN = 1u << 6     /* of a plugin: its argument errors read otherwise */
};

typedef struct fir__field {
    fir_str name;
    uint8_t type; /* fir__ftype */
    uint8_t is_list;
    uint8_t arg; /* fir__farg */
    uint8_t flags;
    fir_str field_class; /* "process", "k8saudit" … */
    fir_str sources;     /* event sources that have it; "*" any */
} fir__field;

/* By exact name without argument; NULL when no source has it. */
const fir__field *fir__field_find(fir_str name);

/* A field as it is written in a condition or template: "proc.aname[2]", "evt.arg.flags", "jevt.value[/a/b]". */
typedef struct fir__field_ref {
    const fir__field *field; /* NULL: unknown; then it is text */
    fir_str name;            /* before the bracket */
    fir_str arg;             /* inside the brackets, quotes taken off */
    bool has_arg;
    uint8_t type; /* of this reference: evt.arg.<name> is text, an indexed ancestor is a scalar */
    uint8_t is_list;
} fir__field_ref;

/* Looks the parts up; prefixes (evt.arg.<name>, thread.cgroup.<name>) too. Never fails: an unknown one has field NULL. */
fir__field_ref fir__field_resolve(fir_str name, fir_str arg, bool has_arg);

/* The type's name as Falco writes it, and back (FIR__F_COUNT: no such type). */
fir_str fir__ftype_name(fir__ftype t);
fir__ftype fir__ftype_find(fir_str name);

/* A known name that was probably meant; ptr NULL when none is near. */
fir_str fir__field_suggest(fir_str name);

/* The table itself, sorted by name. */
size_t fir__field_count(void);
const fir__field *fir__field_at(size_t i);

#endif
