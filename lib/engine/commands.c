/* SPDX-License-Identifier: Apache-2.0 */
/* What operators have laid into the data directory. */
#include <stdio.h>

#include "engine/private.h"

static int obey(fir_engine *g, const fir__command *c, fir_error *err)
{
    char id[FIR__COMMAND_MAX_ID + 1], who[FIR__COMMAND_MAX_WHO + 1], why[FIR__COMMAND_MAX_WHY + 1];
    (void)snprintf(id, sizeof id, "%.*s", (int)c->id.len, c->id.len != 0 ? c->id.ptr : "");
    (void)snprintf(who, sizeof who, "%.*s", (int)c->who.len, c->who.len != 0 ? c->who.ptr : "");
    (void)snprintf(why, sizeof why, "%.*s", (int)c->why.len, c->why.len != 0 ? c->why.ptr : "");
    const fir__order o = {.id = id, .who = who, .why = why, .yes = c->yes, .file = c->file};
    return fir__obey(g, c->verb, &o, err);
}

bool fir__commands_take(fir_engine *g)
{
    fir__command c;
    bool any = false;
    while (g->durable && fir__commands_next(&g->commands, fir__engine_now(g), &c)) {
        fir_error err = {0};
        int rc = obey(g, &c, &err);
        fir__crash(g, "command.done");
        fir__commands_done(&g->commands, rc, &err);
        any = true;
    }
    return any;
}
