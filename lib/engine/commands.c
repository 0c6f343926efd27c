/* SPDX-License-Identifier: Apache-2.0 */
/* What operators have laid into the data directory. */
#include <stdio.h>

#include "engine/private.h"

static int obey(fir_engine *g, const fir__command *c, fir_error *err)
{
    char id[FIR__COMMAND_MAX_ID + 1], who[FIR__COMMAND_MAX_WHO + 1], why[FIR__COMMAND_MAX_WHY + 1];
    static int (*const actions[FIR__VERBS])(fir_engine *, const char *, const char *, const char *, fir_error *) = {
        [FIR__VERB_UNDO] = fir_engine_undo,
        [FIR__VERB_REPLAY] = fir_engine_replay,
        [FIR__VERB_DISCARD] = fir_engine_discard,
        [FIR__VERB_CANCEL] = fir_engine_cancel,
    };
    (void)snprintf(id, sizeof id, "%.*s", (int)c->id.len, c->id.len != 0 ? c->id.ptr : "");
    (void)snprintf(who, sizeof who, "%.*s", (int)c->who.len, c->who.len != 0 ? c->who.ptr : "");
    (void)snprintf(why, sizeof why, "%.*s", (int)c->why.len, c->why.len != 0 ? c->why.ptr : "");
    switch (c->verb) {
    case FIR__VERB_APPROVE:
    case FIR__VERB_REJECT:
        return fir_engine_decide(g, id, c->verb == FIR__VERB_APPROVE, who, why, err);
    case FIR__VERB_FEEDBACK:
        return fir_engine_feedback(g, id, c->yes, who, why, err);
    case FIR__VERB_PAUSE:
        return fir_engine_pause(g, who, why, err);
    case FIR__VERB_RESUME:
        return fir_engine_resume(g, who, why, err);
    default:
        return actions[c->verb](g, id, who, why, err);
    }
}

bool fir__commands_take(fir_engine *g)
{
    fir__command c;
    bool any = false;
    while (g->durable && fir__commands_next(&g->commands, fir__engine_now(g), &c)) {
        fir_error err = {0};
        int rc = obey(g, &c, &err);
        fir__commands_done(&g->commands, rc, &err);
        any = true;
    }
    return any;
}
