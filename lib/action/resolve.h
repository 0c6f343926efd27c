/* SPDX-License-Identifier: Apache-2.0 */
/* The last step from a plan's parameters to what an action is called with: secrets are read, and what waited for an earlier step
 * is filled in. */
#ifndef FIR__ACTION_RESOLVE_H
#define FIR__ACTION_RESOLVE_H

#include "action/call.h"
#include "base/error.h"
#include "plan/plan.h"
#include "secret/secret.h"

/* What an earlier step left: get is "status" or "output". False: nothing. */
typedef bool fir__step_value(const void *ctx, fir_str step, fir_str get, fir_str *value);

typedef struct fir__resolver {
    const fir__secrets *secrets;
    fir__step_value *steps;
    const void *ctx;
} fir__resolver;

/* Fills c->params. Errors: those of fir__secret_read and fir__template_fill, FIR_ETYPE, FIR_ELIMIT, FIR_ENOMEM. */
int fir__resolve(const fir__resolver *r, const fir__plan_params *params, fir_call *c, fir_error *err);

#endif
