/* SPDX-License-Identifier: Apache-2.0 */
/* From an alert's hits to its plan. */
#include "base/digest.h"
#include "base/error.h"
#include "plan/plan.h"

static int no_room(const fir_plan *pl, fir_error *err)
{
    return fir__fail(err, fir__arena_error(&pl->arena), "the plan is larger than max_plan_bytes, or memory ran out");
}

/* A text written by `write`, kept in the plan. */
static int keep_written(fir_plan *pl, const fir_event *e, void (*write)(const fir_event *, fir__sbuf *), fir_str *out,
                        fir_error *err)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &pl->allocator, pl->arena.max != 0 ? pl->arena.max : SIZE_MAX / 2);
    write(e, &b);
    *out = b.status == 0 ? fir__arena_str(&pl->arena, fir__sbuf_view(&b)) : (fir_str){NULL, 0};
    int code = b.status;
    fir__sbuf_free(&b);
    return code != 0 ? fir__fail(err, code, "the alert is too large for a plan") : out->ptr == NULL ? no_room(pl, err) : 0;
}

/* plan.id is SHA-256 over the event id and the playbook's digest. */
static int add_plan_id(fir_evaluator *x, fir_plan *pl, fir_error *err)
{
    uint32_t slot = pl->playbook->slots.property[FIR__PROP_PLAN_ID];
    char text[sizeof pl->event_id + FIR__SHA256];
    uint8_t digest[FIR__SHA256];
    if (slot == 0) {
        return 0;
    }
    struct {
        fir__value value;
        char id[2 * FIR__SHA256];
    } *made = fir__arena_alloc(&pl->arena, sizeof *made);
    if (made == NULL) {
        return no_room(pl, err);
    }
    memcpy(text, pl->event_id, sizeof pl->event_id);
    memcpy(text + sizeof pl->event_id, pl->playbook->digest, FIR__SHA256);
    int code = fir__hasher_sha256(&x->hasher, fir__str(text, sizeof text), digest);
    if (code != 0) {
        return code == FIR_ENOMEM ? fir__no_memory(err) : fir__fail(err, code, "libcrypto has no SHA-256");
    }
    fir__hex(digest, sizeof digest, made->id);
    made->value = fir__value_string(fir__str(made->id, sizeof made->id));
    x->frame.values[slot - 1] = &made->value;
    return 0;
}

static fir_str property_text(fir_plan *pl, const fir_event *e, fir__property p, bool *failed)
{
    fir_str s = {NULL, 0};
    if (e->properties[p] != NULL) {
        s = fir__arena_str(&pl->arena, fir__value_text(e->properties[p]));
        *failed |= s.ptr == NULL;
    }
    return s;
}

static int describe_event(fir_evaluator *x, fir_plan *pl, const fir_event *e, bool keep_event, fir_error *err)
{
    uint8_t id[FIR__SHA256];
    bool failed = false;
    int code = fir__event_id(e, &x->hasher, &x->text, id, err);
    if (code != 0) {
        return code;
    }
    fir__hex(id, sizeof id, pl->event_id);
    pl->rule = property_text(pl, e, FIR__PROP_RULE, &failed);
    pl->source = property_text(pl, e, FIR__PROP_SOURCE, &failed);
    pl->priority = property_text(pl, e, FIR__PROP_PRIORITY, &failed);
    pl->time = property_text(pl, e, FIR__PROP_TIME, &failed);
    pl->hostname = property_text(pl, e, FIR__PROP_HOSTNAME, &failed);
    if (failed) {
        return no_room(pl, err);
    }
    return keep_event ? keep_written(pl, e, fir__event_write, &pl->event_json, err) : 0;
}

/* The text of a key's part; a list's elements joined with commas, as Falco prints them. */
static fir_str key_text(fir_plan *pl, const fir__value *v)
{
    if (v->type != FIR__LIST) {
        return fir__arena_str(&pl->arena, fir__value_text(v));
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &pl->allocator, 1 << 16);
    for (uint32_t i = 0; i < v->len; i++) {
        if (i != 0) {
            fir__sbuf_char(&b, ',');
        }
        fir__sbuf_str(&b, fir__value_text(&v->items[i]));
    }
    fir_str s = b.status == 0 ? fir__arena_str(&pl->arena, fir__sbuf_view(&b)) : (fir_str){NULL, 0};
    fir__sbuf_free(&b);
    return s;
}

static int build_key(fir_evaluator *x, fir_plan *pl, const fir__key *key, fir__plan_key *out, fir_error *err)
{
    if (key->count == 0) { /* most rules have none */
        return 0;
    }
    fir_str *values = fir__arena_array(&pl->arena, key->count, sizeof *values);
    fir_str *missing = fir__arena_array(&pl->arena, key->count, sizeof *missing);
    if (values == NULL || missing == NULL) {
        return no_room(pl, err);
    }
    *out = (fir__plan_key){values, missing, key->count, 0};
    for (uint32_t i = 0; i < key->count; i++) {
        const fir__value *v = x->frame.values[key->slots[i]];
        if (fir__value_missing(v)) {
            missing[out->n_missing++] = key->names[i];
            continue;
        }
        values[i] = key_text(pl, v);
        if (values[i].ptr == NULL) {
            return no_room(pl, err);
        }
    }
    return 0;
}

static int build_sequence(fir_evaluator *x, fir_plan *pl, const fir__rule *def, fir__plan_rule *out, fir_error *err)
{
    fir__plan_key *keys = fir__arena_array(&pl->arena, def->n_sequence, sizeof *keys);
    if (keys == NULL) {
        return no_room(pl, err);
    }
    out->sequence = keys;
    for (uint32_t i = 0; i < def->n_sequence; i++) {
        int code = build_key(x, pl, &def->sequence[i].by, &keys[i], err);
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

static int build_steps(fir_evaluator *x, const fir_event *e, fir_plan *pl, const fir__rule *rule, const fir__step *defs, uint32_t n,
                       fir__plan_steps *out, fir_error *err)
{
    if (n == 0) {
        return 0;
    }
    fir__plan_step *items = fir__arena_array(&pl->arena, n, sizeof *items);
    if (items == NULL) {
        return no_room(pl, err);
    }
    *out = (fir__plan_steps){items, n};
    for (uint32_t i = 0; i < n; i++) {
        int code = fir__plan_step_build(x, e, pl, rule, &defs[i], &pl->arena, &items[i], err);
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

static int build_rule(fir_evaluator *x, const fir_event *e, fir_plan *pl, const fir__hit *hit, fir__plan_rule *out, fir_error *err)
{
    const fir__rule *def = hit->rule;
    out->def = def;
    out->undecided = hit->undecided;
    int code = build_key(x, pl, &def->once_by, &out->once, err);
    if (code == 0) {
        code = build_key(x, pl, &def->threshold_by, &out->threshold, err);
    }
    if (code == 0) {
        code = build_sequence(x, pl, def, out, err);
    }
    if (code != 0 || (hit->undecided && def->on_undecided == FIR__UNDECIDED_SKIP)) {
        return code; /* skipped: the plan shows the rule as undecided, with no steps */
    }
    code = build_steps(x, e, pl, def, def->steps, def->n_steps, &out->steps, err);
    if (code == 0) {
        code = build_steps(x, e, pl, def, def->on_failure, def->n_on_failure, &out->on_failure, err);
    }
    return code != 0 ? code : build_steps(x, e, pl, def, def->notify, def->n_notify, &out->notify, err);
}

/* Whether the alert is what an item of a sequence waits for: by its own rule's name, or by that of a playbook's rule that answers
 * it. */
static bool is_heard(const fir_evaluator *x, const fir_event *e, fir_str wanted)
{
    const fir__value *name = e->properties[FIR__PROP_RULE];
    bool heard = name != NULL && fir__str_eq(wanted, fir__value_text(name));
    for (size_t i = 0; !heard && i < x->n_hits; i++) {
        heard = fir__str_eq(wanted, x->hits[i].rule->name);
    }
    return heard;
}

/* Calls visit for each item of a sequence that this alert feeds. */
static int each_observed(const fir_evaluator *x, const fir_playbook *p, const fir_event *e,
                         int (*visit)(void *ctx, const fir__rule *r, uint32_t item), void *ctx)
{
    for (uint32_t i = 0; i < p->n_rules; i++) {
        for (uint32_t k = 0; k < p->rules[i].n_sequence; k++) {
            if (is_heard(x, e, p->rules[i].sequence[k].rule)) {
                int code = visit(ctx, &p->rules[i], k);
                if (code != 0) {
                    return code;
                }
            }
        }
    }
    return 0;
}

static int count_one(void *ctx, const fir__rule *r, uint32_t item)
{
    (void)r;
    (void)item;
    ++*(uint32_t *)ctx;
    return 0;
}

typedef struct observer {
    fir_evaluator *x;
    fir_plan *pl;
    fir__observed *items;
    uint32_t n;
    fir_error *err;
} observer;

static int add_observed(void *ctx, const fir__rule *r, uint32_t item)
{
    observer *o = ctx;
    fir__observed *to = &o->items[o->n++];
    *to = (fir__observed){.def = r, .item = item};
    return build_key(o->x, o->pl, &r->sequence[item].by, &to->key, o->err);
}

static int build_observed(fir_evaluator *x, const fir_playbook *p, const fir_event *e, fir_plan *pl, uint32_t n, fir_error *err)
{
    fir__observed *items = fir__arena_array(&pl->arena, n, sizeof *items);
    if (items == NULL) {
        return no_room(pl, err);
    }
    observer o = {x, pl, items, 0, err};
    pl->observed = items;
    pl->n_observed = n;
    return each_observed(x, p, e, add_observed, &o);
}

int fir__plan_build(fir_evaluator *x, const fir_playbook *p, const fir_event *e, bool keep_event, fir_plan *out, bool *any,
                    fir_error *err)
{
    uint32_t observed = 0;
    *any = false;
    int code = fir__match(x, p, e);
    if (code != 0) {
        return fir__no_memory(err);
    }
    if (p->has_sequences) {
        (void)each_observed(x, p, e, count_one, &observed);
    }
    if (x->n_hits == 0 && observed == 0) {
        return 0;
    }
    *any = true;
    out->playbook = fir_playbook_ref(p);
    fir__plan_rule *rules = fir__arena_array(&out->arena, x->n_hits, sizeof *rules);
    if (rules == NULL) {
        return no_room(out, err);
    }
    out->rules = rules;
    out->n_rules = (uint32_t)x->n_hits;
    code = describe_event(x, out, e, keep_event, err);
    if (code == 0) {
        fir__known known = {fir__str(out->event_id, sizeof out->event_id), out->event_json};
        code = fir__frame_add_extras(&x->frame, &p->slots, e, known, &out->arena, err);
    }
    if (code == 0) {
        code = add_plan_id(x, out, err);
    }
    for (size_t i = 0; code == 0 && i < x->n_hits; i++) {
        code = build_rule(x, e, out, &x->hits[i], &rules[i], err);
    }
    return code != 0 || observed == 0 ? code : build_observed(x, p, e, out, observed, err);
}
