/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this module share: the state of one reading. */
#ifndef FIR__YAML_READER_H
#define FIR__YAML_READER_H

#include <yaml.h>

#include "yaml/codes.h"
#include "yaml/yaml_tree.h"

/* libyaml counts characters, diagnostics count bytes. The cursor turns one into the other, going forward with the events. */
typedef struct fir__yaml_cursor {
    size_t index;  /* characters before it */
    size_t offset; /* bytes before it */
    size_t line_start;
    uint32_t line; /* from 1 */
} fir__yaml_cursor;

typedef struct fir__yaml_anchor {
    fir_str name;
    fir__data value;
    uint64_t nodes;  /* of the value, expanded */
    uint32_t height; /* levels below it */
    bool open;       /* its value is still being read */
} fir__yaml_anchor;

/* A list or map that is being read. */
typedef struct fir__yaml_frame {
    fir__data head;
    bool is_key;     /* stands where a key belongs: read on, and refused */
    bool in_flow;    /* written with brackets */
    bool has_key;    /* map: the key is read, its value is next */
    fir__entry next; /* map: the key of the next value; ptr NULL: refused */
    size_t first;    /* its first child in `pending` */
    size_t anchor;   /* 1 + index; 0: none */
    uint64_t nodes;  /* of the whole document when it began */
    uint32_t height;
} fir__yaml_frame;

typedef struct fir__yaml_reader {
    fir_str text; /* without a byte order mark */
    uint16_t file;
    fir__yaml_limits limits;
    fir__arena *arena;
    fir__diags *diags;
    fir__yaml_cursor cursor;
    fir__yaml_frame *frames;
    size_t n_frames, cap_frames;
    fir__entry *pending; /* children of the open frames */
    size_t n_pending, cap_pending;
    fir__yaml_anchor *anchors;
    size_t n_anchors, cap_anchors;
    uint64_t nodes;
    uint32_t aliases;
    uint32_t last_bare_line; /* of the last unquoted {{…}}: what breaks behind it is not reported too */
    fir__data root;
    bool stop; /* a limit or the end: no more events */
    bool no_memory;
} fir__yaml_reader;

/* place.c */
fir__where fir__yaml_where(fir__yaml_reader *r, const yaml_mark_t *mark, size_t *offset); /* offset may be NULL */
fir__where fir__yaml_where_offset(fir__yaml_reader *r, size_t offset);

/* From `at` to the next line break. */
fir_str fir__yaml_line(fir_str text, size_t at);

enum { FIR__YAML_SHOWN = 72 };
/* A piece of the text as a message may quote it: cut to about 60 bytes, controls as '?'. */
const char *fir__yaml_shown(fir_str s, char out[FIR__YAML_SHOWN]);

/* Adds a diagnostic of the table's severity. hint may be NULL. */
void fir__yaml_report(fir__yaml_reader *r, fir__yaml_code code, fir__where at, const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* input.c: encoding, characters, directives before the document. False: refused, and reported. */
bool fir__yaml_check_input(fir__yaml_reader *r);

/* tags.c: what a scalar is. Reports a tag that is refused, and then gives its text. */
fir__data fir__yaml_scalar(fir__yaml_reader *r, const yaml_event_t *event, fir__where at, fir_str text);
void fir__yaml_check_tag(fir__yaml_reader *r, const yaml_char_t *tag, fir__where at, uint8_t type); /* of a list or map */

/* keys.c: reports every key that stands twice. False: out of memory. */
bool fir__yaml_check_keys(fir__yaml_reader *r, const fir__data *map);

/* hints.c */
void fir__yaml_explain(fir__yaml_reader *r, const yaml_parser_t *parser); /* libyaml's error as ours */
void fir__yaml_warn_scalar(fir__yaml_reader *r, const yaml_event_t *event, fir__where at, fir_str key, bool in_flow);

#endif
