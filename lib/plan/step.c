/* SPDX-License-Identifier: Apache-2.0 */
/* One step of a planned rule: target, parameters, `when`, identity. What goes wrong here is the step's, not the plan's. */
#include "base/digest.h"
#include "base/error.h"
#include "json/writer.h"
#include "plan/plan.h"

enum { MAX_WHEN = 64 * 1024, MAX_IDENTITY = 1 << 20 };

/* SHA-256 over the canonical JSON array [event id, rule, step, target]. */
static int identify(fir_evaluator *x, const fir_plan *pl, const fir__rule *rule, const fir__step *def, fir__plan_step *out,
                    fir_error *err)
{
    fir__sbuf *b = &x->text;
    uint8_t digest[FIR__SHA256];
    fir__sbuf_restart(b, MAX_IDENTITY);
    fir__sbuf_char(b, '[');
    fir__json_string(b, fir__str(pl->event_id, sizeof pl->event_id));
    fir__sbuf_char(b, ',');
    fir__json_string(b, rule->name);
    fir__sbuf_char(b, ',');
    fir__json_string(b, def->id);
    fir__sbuf_char(b, ',');
    fir__target_write(&out->target, b);
    fir__sbuf_char(b, ']');
    int code = b->status != 0 ? b->status : fir__hasher_sha256(&x->hasher, fir__sbuf_view(b), digest);
    if (code != 0) {
        return fir__fail(err, code, "the identity of step '%.*s' could not be computed", (int)def->id.len, def->id.ptr);
    }
    fir__hex(digest, sizeof digest, out->action_id);
    return 0;
}

/* The step cannot be done; the plan says why. */
static int refuse(fir__plan_step *out, fir__arena *arena, int32_t code, fir_str why, fir_error *err)
{
    out->error_code = code;
    out->error = fir__arena_str(arena, why);
    out->params = out->output_params = (fir__plan_params){NULL, 0};
    if (out->error.ptr == NULL) {
        return fir__fail(err, fir__arena_error(arena), "the plan is larger than max_plan_bytes, or memory ran out");
    }
    return 0;
}

/* What is left of `when` once the alert is known. *lost: a regular expression in it hit its bound, so that nothing can be said;
 * then a notification goes out, and a destructive step does not. */
static int decide_when(fir_evaluator *x, const fir__step *def, fir__arena *arena, fir__plan_step *out, bool *lost, fir_error *err)
{
    *lost = false;
    if (def->when == NULL) {
        return 0;
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &x->allocator, MAX_WHEN);
    int verdict = fir__program_residue(def->when, &x->frame, x->scratch, &b);
    out->never = verdict == FIR_FALSE;
    if (verdict == FIR_UNDECIDED) {
        *lost = b.len == 0;
        out->when = fir__arena_str(arena, fir__sbuf_view(&b));
        verdict = b.status != 0 ? b.status : out->when.ptr == NULL ? fir__arena_error(arena) : 0;
    }
    fir__sbuf_free(&b);
    return verdict >= 0 ? 0 : fir__fail(err, verdict, "`when` of step '%.*s' could not be decided", (int)def->id.len, def->id.ptr);
}

/* An alert in Falco's text form can be forged by whoever names a file: it drives nothing destructive unless the rule trusts it. */
static bool forgeable(const fir_event *e, const fir__rule *rule, const fir__step *def)
{
    return e->info.form != FIR_FORM_JSON && def->def->destructive && !rule->trust_text;
}

static bool copy_target(fir__arena *arena, fir__target *t)
{
    fir_str *all[] = {&t->namespace_, &t->pod, &t->pod_uid, &t->container_id, &t->node, &t->resource, &t->name, &t->pid};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        *all[i] = fir__arena_str(arena, *all[i]);
        if (all[i]->ptr == NULL) {
            return false;
        }
    }
    return true;
}

int fir__plan_step_build(fir_evaluator *x, const fir_event *e, const fir_plan *pl, const fir__rule *rule, const fir__step *def,
                         fir__arena *arena, fir__plan_step *out, fir_error *err)
{
    const char *why;
    bool lost = false;
    memset(out, 0, sizeof *out);
    out->def = def;
    bool found = fir__target_find(def->def, e, &out->target, &why);
    if (!copy_target(arena, &out->target)) {
        return fir__fail(err, fir__arena_error(arena), "the plan is larger than max_plan_bytes, or memory ran out");
    }
    int code = identify(x, pl, rule, def, out, err);
    if (code == 0) {
        code = decide_when(x, def, arena, out, &lost, err);
    }
    if (code != 0) {
        return code;
    }
    if (!found) {
        return refuse(out, arena, FIR_ENOTFOUND, fir__cstr(why), err);
    }
    if (forgeable(e, rule, def)) {
        return refuse(out, arena, FIR_EDENIED,
                      FIR__S("an alert in text form can be forged, so it drives no destructive action unless trust_text is true"),
                      err);
    }
    if (lost && def->def->destructive) {
        return refuse(out, arena, FIR_ELIMIT,
                      FIR__S("a regular expression in `when` hit its step limit, and the step is destructive"), err);
    }
    fir_error reason = {0};
    code = fir__plan_params_build(&def->params, &x->frame, arena, &out->params, &out->flags, &reason);
    if (code == 0) {
        code = fir__plan_params_build(&def->output_params, &x->frame, arena, &out->output_params, &out->flags, &reason);
    }
    if (code == FIR_ENOMEM || (code == FIR_ELIMIT && arena->over_max)) {
        return fir__fail(err, code, "%s", reason.message);
    }
    return code == 0 ? 0 : refuse(out, arena, code, fir__cstr(reason.message), err);
}
