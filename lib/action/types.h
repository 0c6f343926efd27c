/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the built-in action types; their schemas stand in lib/catalog. */
#ifndef FIR__ACTION_TYPES_H
#define FIR__ACTION_TYPES_H

#include <falcoir/sys/action.h>

#include "base/str.h"

int fir__webhook_prepare(void *self, fir_call *c);
int fir__webhook_advance(void *self, fir_call *c);
int fir__webhook_undo(void *self, fir_call *c);

int fir__file_advance(void *self, fir_call *c);
int fir__preset_prepare(void *self, fir_call *c);
int fir__preset_advance(void *self, fir_call *c);
int fir__preset_undo(void *self, fir_call *c);

int fir__block_prepare(void *self, fir_call *c);
int fir__block_advance(void *self, fir_call *c);
int fir__block_undo(void *self, fir_call *c);

int fir__email_advance(void *self, fir_call *c);
int fir__syslog_advance(void *self, fir_call *c);
int fir__exec_advance(void *self, fir_call *c);
int fir__exec_undo(void *self, fir_call *c);
int fir__kill_prepare(void *self, fir_call *c);
int fir__kill_advance(void *self, fir_call *c);
int fir__kill_verify(void *self, fir_call *c);
int fir__kill_undo(void *self, fir_call *c);

/* The types that this version can carry out, NULL behind the last. */
const fir_action_type *fir__builtin_type(size_t i);
/* Whether an attempt of it is one request, to the address that its parameter `url` is. */
bool fir__type_goes_to_url(const fir_action_type *t);

/* fir_call_fail with a literal. */
#define FIR__CALL_FAIL(c, code, final, literal) fir_call_fail((c), (code), (final), "" literal, sizeof(literal) - 1)

#endif
