/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine's times are counted by. The wall clock may be set to anything at any moment. While the engine runs, whatever
 * lasts is counted by the monotonic clock; over a restart only the wall clock knows how long nothing ran, and it is believed as far
 * as that is harmless: it makes something early, or has it wait from the beginning, and never approves. */
#include "engine/private.h"

static bool goes_by_alerts(const fir_engine *g)
{
    return (g->flags & FIR_ENGINE_AS_OF_ALERTS) != 0;
}

int64_t fir__gate_now(fir_engine *g)
{
    if (goes_by_alerts(g)) {
        pthread_mutex_lock(&g->judge);
        int64_t now = g->as_of_ns;
        pthread_mutex_unlock(&g->judge);
        return now;
    }
    return fir__engine_wall(g);
}

int64_t fir__gate_steady(const fir_engine *g)
{
    return goes_by_alerts(g) ? g->as_of_ns : fir__engine_now(g) + g->steady_ns;
}

int64_t fir__ask_clock(const fir_engine *g)
{
    return goes_by_alerts(g) ? g->as_of_ns : fir__engine_now(g);
}

int64_t fir__ask_deadline(const fir_engine *g, const fir__ask *a)
{
    return goes_by_alerts(g) ? a->expires_ns : a->due_ns;
}

int64_t fir__ask_expires(const fir_engine *g, const fir__ask *a)
{
    if (goes_by_alerts(g) || a->due_ns == INT64_MAX) {
        return a->expires_ns;
    }
    int64_t at = fir__engine_wall(g) + (a->due_ns - fir__engine_now(g)), off = at - a->expires_ns;
    return off > FIR__SECOND || off < -FIR__SECOND ? at : a->expires_ns; /* two clocks are read one after the other */
}

/* How long what was asked before a restart still waits. Silence that approves begins anew: nobody has seen its time pass. */
static int64_t left_of(const fir__ask *a, int64_t wall)
{
    int64_t whole = a->expires_ns - a->asked_ns, left = a->expires_ns - wall;
    return a->approve_on_timeout || wall < a->asked_ns ? whole : left;
}

void fir__times_begin(fir_engine *g)
{
    int64_t wall = fir__engine_wall(g), now = fir__engine_now(g), latest = fir__gate_latest(g->gate);
    g->steady_ns = (latest > wall ? latest : wall) - now;
    for (size_t i = 0; i < fir__gate_ask_count(g->gate); i++) {
        const fir__ask *a = fir__gate_ask_at(g->gate, i);
        fir__gate_ask_due(g->gate, fir__str(a->id, sizeof a->id), fir__gate_plus(now, left_of(a, wall)));
    }
}
