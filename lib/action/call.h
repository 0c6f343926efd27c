/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt of one action, from the engine's side. What may be secret in it lives in memory that is wiped. */
#ifndef FIR__ACTION_CALL_H
#define FIR__ACTION_CALL_H

#include <falcoir/sys/action.h>

#include "base/arena.h"
#include "base/data.h"
#include "base/sbuf.h"
#include "plan/live.h"

enum { FIR__CALL_MAX_OUTPUT = 64 * 1024, FIR__CALL_MAX_RECORD = 64 * 1024, FIR__CALL_MAX_TEXT = 256, FIR__CALL_MAX_SECRETS = 64 };

struct fir_call {
    fir_allocator wiping;
    fir__arena arena; /* parameters and requests */
    fir__data params; /* a map */
    fir_str secrets[FIR__CALL_MAX_SECRETS];
    size_t n_secrets;
    fir_str event, action_id; /* the engine's */
    fir_str type;             /* its name: presets share their functions */
    uint32_t attempt;
    bool has_request;
    fir_http_request request;
    const fir_http_result *response; /* NULL: none yet */
    fir__sbuf output;
    fir__sbuf record; /* what undo needs; empty: nothing. The engine puts in what an earlier attempt recorded */
    bool failed, final;
    int32_t fail_code;
    char fail_text[FIR__CALL_MAX_TEXT];
    const char *asking;    /* what the request in hand only asks for, before anything is changed; NULL: it acts */
    bool no_effect;        /* a peer refused, and changed nothing: another attempt is harmless */
    const fir__live *live; /* what prepare found at the target, in the arena; NULL: nothing was looked at */
    void *data;            /* the type's own, in the arena: from prepare to the last advance of the attempt */
};

/* a is kept by reference. */
void fir__call_init(fir_call *c, const fir_allocator *a);
void fir__call_free(fir_call *c);
/* As free and init, but some of the memory stays for the next attempt. */
void fir__call_again(fir_call *c);

/* Remembers a secret of the parameters, so that it can be hidden in what the action says. False: too many. */
bool fir__call_secret(fir_call *c, fir_str secret);

/* A text of another's, cut to the room there is, with the call's secrets hidden. */
void fir__call_hide(const fir_call *c, fir_str text, char *out, size_t size);

/* fir_call_fail with a text by a format, cut where there is no more room. */
int fir__call_fail(fir_call *c, int32_t code, bool final, const char *format, ...) __attribute__((format(printf, 4, 5)));
int fir__call_vfail(fir_call *c, int32_t code, bool final, const char *format, va_list args) __attribute__((format(printf, 4, 0)));

/* Another's text as it may go into logs: one line, nothing that a terminal obeys, cut where there is no more room. */
void fir__call_show(char *to, size_t room, fir_str s);

/* A parameter as it is, or NULL; for the built-in types. */
const fir__data *fir__call_data(const fir_call *c, fir_str name);

#endif
