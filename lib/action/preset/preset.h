/* SPDX-License-Identifier: Apache-2.0 */
/* Action types that are data: a preset says which request is made of the alert and the parameters, and what answer is good
 * (docs/presets.md). This is what reads a preset's request; its parameters are those of any type. */
#ifndef FIR__ACTION_PRESET_H
#define FIR__ACTION_PRESET_H

#include "action/call.h"
#include "action/env.h"
#include "base/error.h"
#include "event/event.h"

enum { FIR__PRESET_MAX_BODY = 4 * 1024 * 1024 };

/* What becomes of a part: written, or left out because what it names is not there. Below 0: an error, noted in the call. */
enum { FIR__PRESET_DONE = 0, FIR__PRESET_ABSENT = 1 };

/* One call of one of a preset's functions. */
typedef struct fir__preset {
    fir_call *c;
    const fir__action_env *env;
    const fir__data *spec;     /* the preset's request part */
    const fir__data *recorded; /* {"at": …, "answer": …}; NULL: nothing */
    fir_event *event;          /* NULL: no alert (undo) */
    uint8_t sink;              /* how the alert's texts are escaped in the body */
    bool inert;                /* an @ before a name calls nobody, [code] begins none */
    fir_str field_name;        /* inside $each: field.name and field.value */
    const fir__value *field_value;
    fir_error err;
} fir__preset;

/* ---- text.c ---- */

/* Appends a template's text for the alert. *missing (may be NULL): a value of it was not there. */
int fir__preset_render(fir__preset *p, fir_str text, int32_t sink, fir__sbuf *b, bool *missing);

/* The value of a name: a parameter, action.id, at.… or answer.… of what was recorded. NULL: not there. */
const fir__data *fir__preset_named(fir__preset *p, fir_str name, fir__data *room);

/* Appends a text in which ${name} stands for values. in_url: a value is percent-encoded unless it begins the text, then it is an
 * address, without a slash at its end. FIR__PRESET_ABSENT when a name is not there. */
int fir__preset_fill(fir__preset *p, fir_str text, bool in_url, fir__sbuf *b);

/* The same, kept in the call. */
int fir__preset_fill_kept(fir__preset *p, fir_str text, bool in_url, fir_str *out);

/* ---- body.c ---- */

/* Appends a part of a body as JSON. */
int fir__preset_write(fir__preset *p, const fir__data *node, fir__sbuf *b);

/* ---- answer.c ---- */

/* A value of a tree by its path: "result.0.sys_id". NULL: not there. */
const fir__data *fir__preset_at(const fir__data *d, fir_str path);

/* The answer as JSON in the call's memory; NULL: it is none. */
const fir__data *fir__preset_answer(fir__preset *p, const fir_http_result *r);

/* 0, or the call failed: by status, by what the body must be. request: its `success` and `error` are the rules. */
int fir__preset_judge(fir__preset *p, const fir__data *request, const fir_http_result *r);

/* Notes an error in the call. */
int fir__preset_fail(fir__preset *p, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
