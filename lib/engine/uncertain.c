/* SPDX-License-Identifier: Apache-2.0 */
/* What is done when nobody can know whether an action was: the process ended in its middle, or no answer came. */
#include "engine/private.h"

#define ASKED_BY_CRASH "a crash left open whether it was done; approve to do it (again)"
#define NOT_FOUND_OUT "it was left open whether it was done, and that cannot be found out; approve to do it (again)"
#define ASKED_BY_SILENCE "no answer came, so that nobody knows whether it was done; approve to do it (again)"

/* Whether a repeat could do something twice. */
static bool counts(const fir__run *r)
{
    fir__effect effect = fir__step_effect(fir__run_step(r)->def);
    return effect == FIR__EFFECT_VERIFIABLE || effect == FIR__EFFECT_UNSAFE;
}

static bool can_look(const fir__run *r)
{
    return fir__step_effect(fir__run_step(r)->def) == FIR__EFFECT_VERIFIABLE && r->handler->type.verify != NULL;
}

/* What the author says; else a message goes out again, and all else wants a person. */
static fir__on_uncertain choice(const fir__run *r)
{
    const fir__step *def = fir__run_step(r)->def;
    return def->on_uncertain != FIR__UNCERTAIN_DEFAULT ? def->on_uncertain
           : def->def->notifies                        ? FIR__UNCERTAIN_RESEND
                                                       : FIR__UNCERTAIN_ASK;
}

/* True: the step ended by it. A replay is an operator's word already. */
static bool decide(fir__run *r, const char *why)
{
    fir__on_uncertain c = choice(r);
    if (c == FIR__UNCERTAIN_RESEND || r->kind != FIR__RUN_RULE) {
        return false;
    }
    if (c == FIR__UNCERTAIN_DEAD_LETTER) {
        fir__end(&r->ending, FIR__STEP_FAILED, FIR_ECANCELLED, "it was left open whether it was done; replay it, or discard it");
        return true;
    }
    r->hold = FIR__HOLD_ALL;
    r->why = why;
    r->approved = false;
    return false;
}

bool fir__uncertain_begin(fir__run *r)
{
    fir__step_result *result = &r->results[r->phase][r->index];
    if (result->deaths >= FIR__MOST_DEATHS) {
        fir__end(&r->ending, FIR__STEP_FAILED, FIR_ECANCELLED,
                 "quarantined: the process ended %u times while it was being done; replay it when that is understood",
                 result->deaths);
        result->deaths = 0;
        r->uncertain = counts(r); /* and so does the result: a replay looks first */
        return true;
    }
    if (!result->uncertain) {
        return false;
    }
    result->uncertain = false;
    if (!counts(r)) {
        return false;
    }
    r->uncertain = true;
    r->verifying = can_look(r);
    if (r->verifying) {
        return false;
    }
    bool over = decide(r, ASKED_BY_CRASH);
    r->asked = r->asked && !result->spent;
    return over;
}

bool fir__uncertain_found(fir__run *r, bool done, bool not_done)
{
    r->verifying = false;
    r->uncertain = !done && !not_done;
    if (!r->uncertain) {
        return false;
    }
    bool over = decide(r, NOT_FOUND_OUT);
    r->asked = r->asked && r->approved;
    return over;
}

fir__unsure fir__uncertain_failed(fir__run *r, bool sent)
{
    bool unsure = r->verifying || (sent && r->kind != FIR__RUN_UNDO && r->ending.http_status == 0 && counts(r));
    r->uncertain = r->uncertain || unsure;
    if (!unsure || r->verifying) {
        return FIR__UNSURE_NOTHING;
    }
    if (can_look(r)) {
        r->verifying = true;
        return FIR__UNSURE_AGAIN;
    }
    fir__on_uncertain said = fir__run_step(r)->def->on_uncertain;
    if (said == FIR__UNCERTAIN_ASK && r->kind == FIR__RUN_RULE) {
        r->hold = FIR__HOLD_ALL;
        r->why = ASKED_BY_SILENCE;
        r->approved = r->asked = false;
        return FIR__UNSURE_ASK;
    }
    return choice(r) == FIR__UNCERTAIN_RESEND ? FIR__UNSURE_AGAIN : FIR__UNSURE_NOTHING;
}
