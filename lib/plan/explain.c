/* SPDX-License-Identifier: Apache-2.0 */
/* Why rules match or not: every rule of a playbook with the tree of its condition, each part decided, as canonical JSON
 * (docs/explain.md). Parts that a run would not reach are decided too; the verdict of the whole is that of a run. */
#include <math.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/utf8.h"
#include "expr/run.h"
#include "json/writer.h"
#include "plan/plan.h"

/* Bounds of what one node shows; what is longer is cut, and says so. So the whole is linear in the playbook's size. */
enum { MOST_TEXT = 512, MOST_VALUE = 256, MOST_ITEMS = 16, MOST_FIELDS = 32 };

/* The whole is bounded by so many times max_plan_bytes. */
enum { PLANS = 4 };

typedef struct explainer {
    fir_evaluator *x;
    fir__json_writer w;
    fir__sbuf text;        /* a text or a value, before it is known whether it will be cut */
    const fir__program *p; /* of the rule in hand */
    uint8_t *verdicts;     /* of its predicates; one that occurs often is decided once */
    size_t cap_verdicts;
} explainer;

enum { UNKNOWN = 3 }; /* beside FIR_FALSE, FIR_TRUE and FIR_UNDECIDED */

static const fir_str verdict_names[] = {{"false", 5}, {"true", 4}, {"undecided", 9}};

/* ---- values ---- */

/* A text, or its beginning. True: it was cut. */
static bool put_bounded(fir__sbuf *b, fir_str s)
{
    bool cut = s.len > MOST_VALUE;
    fir__json_string(b, cut ? fir__str(s.ptr, fir__utf8_floor(s, MOST_VALUE)) : s);
    return cut;
}

/* Whether common readers of JSON take the number: not a whole one beyond 64 bits, and none that no double holds. */
static bool is_common(const fir__value *v)
{
    if (v->type != FIR__DOUBLE) {
        return v->type == FIR__INT || (v->type == FIR__UINT && v->ptr == NULL);
    }
    for (uint32_t i = 0; i < v->len; i++) {
        if (!fir__is_digit(v->ptr[i]) && v->ptr[i] != '-') {
            return isfinite(v->d) != 0;
        }
    }
    return v->ptr == NULL;
}

/* Objects and numbers that few readers take are shown by their text. An element of a list is no list. */
static bool put_single(fir__sbuf *b, const fir__value *v)
{
    fir_str text = fir__value_text(v);
    if (text.len <= MOST_VALUE && (v->type == FIR__NULL || v->type == FIR__BOOL || is_common(v))) {
        fir__json_value(b, v);
        return false;
    }
    return put_bounded(b, text);
}

static bool put_value(fir__sbuf *b, const fir__value *v)
{
    if (v->type != FIR__LIST) {
        return put_single(b, v);
    }
    bool cut = v->len > MOST_ITEMS;
    fir__sbuf_char(b, '[');
    for (uint32_t i = 0; i < v->len && i < MOST_ITEMS; i++) {
        fir__sbuf_put(b, ",", i != 0);
        cut |= put_single(b, &v->items[i]);
    }
    fir__sbuf_char(b, ']');
    return cut;
}

/* Key, value and whether it was cut; name may be empty. "cut" comes first, so the value is written aside. */
static void put_shown(explainer *k, fir_str name, const fir__value *v)
{
    fir__json_writer *w = &k->w;
    fir__sbuf_clear(&k->text);
    if (put_value(&k->text, v)) {
        fir__json_key_bool(w, FIR__S("cut"), true);
    }
    if (name.len != 0) {
        fir__json_key_str(w, FIR__S("field"), name);
    }
    fir__json_key(w, FIR__S("value"));
    fir__sbuf_str(w->b, fir__sbuf_view(&k->text));
    fir__json_done(w);
    w->b->status = w->b->status != 0 ? w->b->status : k->text.status;
}

/* ---- the fields of a check ---- */

/* A field as the alert has it: a null is a value. */
static void put_field(explainer *k, const fir__slots *slots, uint32_t slot, uint32_t *n)
{
    const fir__value *v = k->x->frame.values[slot];
    const fir__slot *of = &slots->items[slot];
    fir__value written;
    if ((*n)++ >= MOST_FIELDS) {
        return;
    }
    fir__json_item(&k->w);
    fir__json_open(&k->w, '{');
    if (v == NULL) {
        fir__json_key_bool(&k->w, FIR__S("absent"), true);
        fir__json_key_str(&k->w, FIR__S("field"), of->name);
    } else {
        if (of->property == FIR__PROP_TIME) { /* a number inside and a string in JSON */
            written = fir__value_string(fir__value_text(v));
            v = &written;
        }
        put_shown(k, of->name, v);
    }
    fir__json_close(&k->w, '}');
}

/* A field that looks at several values is its own, else those that are there, else its own as absent. */
static void put_several(explainer *k, const fir__source *s, const fir__slots *slots, uint32_t *n)
{
    const fir__value **values = k->x->frame.values;
    uint32_t before = *n;
    for (uint32_t i = 0; values[s->slot] == NULL && i < s->n_slots; i++) {
        if (values[s->slots[i]] != NULL) {
            put_field(k, slots, s->slots[i], n);
        }
    }
    if (*n == before) {
        put_field(k, slots, s->slot, n);
    }
}

static void put_source(explainer *k, const fir__source *s, const fir__slots *slots, uint32_t *n)
{
    if (s->kind == FIR__SOURCE_FIELD) {
        put_field(k, slots, s->slot, n);
    } else if (s->kind == FIR__SOURCE_SEVERAL) {
        put_several(k, s, slots, n);
    }
    for (uint32_t i = 0; i < s->n_args && *n <= MOST_FIELDS; i++) {
        put_source(k, &s->args[i], slots, n);
    }
}

/* True: there are more than are shown. */
static bool put_fields(explainer *k, const fir__predicate *p, const fir__slots *slots)
{
    uint32_t n = 0;
    fir__json_key(&k->w, FIR__S("fields"));
    fir__json_open(&k->w, '[');
    put_source(k, &p->left, slots, &n);
    if (p->right != NULL && n <= MOST_FIELDS) {
        put_source(k, p->right, slots, &n);
    }
    fir__json_close(&k->w, ']');
    return n > MOST_FIELDS;
}

/* What a transformer on the left side makes of its fields. */
static void put_made(explainer *k, const fir__predicate *p)
{
    fir__expr_scratch *scratch = k->x->scratch;
    const fir__value *v;
    if (p->left.kind != FIR__SOURCE_CALL) {
        return;
    }
    int code = fir__source_value(&p->left, &k->x->frame, scratch, &v);
    if (code == 0) { /* beyond its bound the check is undecided, and nothing is there to show */
        fir__json_key(&k->w, FIR__S("made"));
        fir__json_open(&k->w, '{');
        if (v == NULL) {
            fir__json_key_bool(&k->w, FIR__S("absent"), true);
        } else {
            put_shown(k, FIR__S(""), v);
        }
        fir__json_close(&k->w, '}');
    } else if (code == FIR_ENOMEM && k->w.b->status == 0) {
        k->w.b->status = FIR_ENOMEM;
    }
    fir__arena_reset(&scratch->arena); /* as every predicate leaves it */
}

/* ---- texts ---- */

static bool is_full(const fir__sbuf *b)
{
    return b->len > MOST_TEXT || b->status != 0;
}

/* A part as it would be written, as far as it will be shown: no part of a large tree is printed more than that often. */
static void print_branch(explainer *k, const fir__branch *at)
{
    static const fir__ast_kind kinds[] = {[FIR__BRANCH_AND] = FIR__AST_AND,
                                          [FIR__BRANCH_OR] = FIR__AST_OR,
                                          [FIR__BRANCH_NOT] = FIR__AST_NOT,
                                          [FIR__BRANCH_PREDICATE] = FIR__AST_CHECK};
    static const fir_str words[] = {[FIR__BRANCH_AND] = {" and ", 5}, [FIR__BRANCH_OR] = {" or ", 4}};
    fir__sbuf *b = &k->text;
    if (at->kind == FIR__BRANCH_PREDICATE) {
        fir_str key = k->p->predicates[at->predicate].key; /* a letter and the check's text */
        size_t room = MOST_TEXT + 1 - b->len;
        fir__sbuf_put(b, key.ptr + 1, key.len - 1 < room ? key.len - 1 : room);
        return;
    }
    fir__sbuf_put(b, "not ", at->kind == FIR__BRANCH_NOT ? 4 : 0);
    for (uint32_t i = 0; i < at->n_children && !is_full(b); i++) {
        bool wrap = fir__ast_needs_parentheses(kinds[at->kind], kinds[at->children[i].kind]);
        if (i != 0) {
            fir__sbuf_str(b, words[at->kind]);
        }
        fir__sbuf_put(b, "(", wrap);
        if (!is_full(b)) {
            print_branch(k, &at->children[i]);
        }
        fir__sbuf_put(b, ")", wrap);
    }
}

static void put_text(explainer *k, const fir__branch *at)
{
    fir__sbuf_clear(&k->text);
    print_branch(k, at);
    fir_str s = fir__sbuf_view(&k->text);
    bool cut = s.len > MOST_TEXT;
    fir__json_key_str(&k->w, FIR__S("text"), cut ? fir__str(s.ptr, fir__utf8_floor(s, MOST_TEXT)) : s);
    if (cut) {
        fir__json_key_bool(&k->w, FIR__S("text_cut"), true);
    }
    k->w.b->status = k->w.b->status != 0 ? k->w.b->status : k->text.status;
}

/* The lists and the macro that the condition has in this part's place. */
static void put_lists(explainer *k, const fir__branch *at)
{
    uint32_t n = at->names != NULL ? at->names->n_lists : 0;
    if (n == 0) {
        return;
    }
    fir__json_key(&k->w, FIR__S("lists"));
    fir__json_open(&k->w, '[');
    for (uint32_t i = 0; i < n && i < MOST_ITEMS; i++) {
        fir__json_item(&k->w);
        fir__json_string(k->w.b, at->names->lists[i]);
        fir__json_done(&k->w);
    }
    fir__json_close(&k->w, ']');
}

static void put_macro(explainer *k, const fir__branch *at)
{
    if (at->names != NULL && at->names->macro.len != 0) {
        fir__json_key_str(&k->w, FIR__S("macro"), at->names->macro);
    }
}

/* ---- the tree ---- */

static int decide(explainer *k, uint32_t predicate)
{
    int verdict = k->verdicts[predicate];
    if (verdict == UNKNOWN) {
        verdict = fir__predicate_run(&k->p->predicates[predicate], &k->x->frame, k->x->scratch);
        if (verdict < 0) {
            k->w.b->status = k->w.b->status != 0 ? k->w.b->status : verdict;
            return FIR_UNDECIDED;
        }
        k->verdicts[predicate] = (uint8_t)verdict;
    }
    return verdict;
}

static int put_branch(explainer *k, const fir__branch *at, const fir__slots *slots);

static int put_check(explainer *k, const fir__branch *at, const fir__slots *slots)
{
    const fir__predicate *p = &k->p->predicates[at->predicate];
    bool more = put_fields(k, p, slots);
    fir__json_key_str(&k->w, FIR__S("kind"), FIR__S("check"));
    put_lists(k, at);
    put_macro(k, at);
    put_made(k, p);
    if (more) {
        fir__json_key_bool(&k->w, FIR__S("more_fields"), true);
    }
    return decide(k, at->predicate);
}

/* Three-valued: one false part makes `and` false, one true part makes `or` true, whatever is undecided beside it. */
static int put_chain(explainer *k, const fir__branch *at, const fir__slots *slots)
{
    static const fir_str kinds[] = {[FIR__BRANCH_AND] = {"and", 3}, [FIR__BRANCH_OR] = {"or", 2}, [FIR__BRANCH_NOT] = {"not", 3}};
    const int decisive = at->kind == FIR__BRANCH_OR ? FIR_TRUE : FIR_FALSE;
    int verdict = !decisive;
    fir__json_key_str(&k->w, FIR__S("kind"), kinds[at->kind]);
    put_macro(k, at);
    fir__json_key(&k->w, FIR__S("nodes"));
    fir__json_open(&k->w, '[');
    for (uint32_t i = 0; i < at->n_children && k->w.b->status == 0; i++) {
        fir__json_item(&k->w);
        int part = put_branch(k, &at->children[i], slots);
        verdict = verdict == decisive || part == !decisive ? verdict : part;
    }
    fir__json_close(&k->w, ']');
    return at->kind != FIR__BRANCH_NOT || verdict == FIR_UNDECIDED ? verdict : !verdict;
}

static int put_branch(explainer *k, const fir__branch *at, const fir__slots *slots)
{
    fir__json_open(&k->w, '{');
    int verdict = at->kind == FIR__BRANCH_PREDICATE ? put_check(k, at, slots) : put_chain(k, at, slots);
    put_text(k, at);
    fir__json_key_str(&k->w, FIR__S("verdict"), verdict_names[verdict]);
    fir__json_close(&k->w, '}');
    return verdict;
}

/* ---- rules ---- */

static int put_condition(explainer *k, const fir__program *p, const fir__slots *slots)
{
    if (p == NULL) {
        return FIR_TRUE; /* match_all */
    }
    if (!fir__grow(&k->x->allocator, &k->verdicts, &k->cap_verdicts, p->n_predicates, sizeof *k->verdicts)) {
        k->w.b->status = FIR_ENOMEM;
        return FIR_UNDECIDED;
    }
    k->p = p;
    memset(k->verdicts, UNKNOWN, p->n_predicates);
    fir__json_key(&k->w, FIR__S("condition"));
    return put_branch(k, &p->root, slots);
}

/* behind: the rule that ends the look at this one; NULL: none. */
static int put_rule(explainer *k, const fir__rule *r, const fir__slots *slots, const fir__rule *behind, bool candidate)
{
    fir__json_open(&k->w, '{');
    if (behind != NULL) {
        fir__json_key_str(&k->w, FIR__S("behind"), behind->name);
    }
    fir__json_key_bool(&k->w, FIR__S("candidate"), candidate);
    int verdict = put_condition(k, r->condition, slots);
    if (verdict == FIR_UNDECIDED && r->on_undecided == FIR__UNDECIDED_SKIP) {
        fir__json_key_str(&k->w, FIR__S("on_undecided"), FIR__S("skip"));
    }
    fir__json_key_str(&k->w, FIR__S("rule"), r->name);
    fir__json_key_str(&k->w, FIR__S("verdict"), verdict_names[verdict]);
    fir__json_close(&k->w, '}');
    return verdict;
}

static void put_rules(explainer *k, const fir_playbook *p)
{
    const fir__rule *behind = NULL;
    fir__json_key(&k->w, FIR__S("rules"));
    fir__json_open(&k->w, '[');
    for (uint32_t i = 0; i < p->n_rules && k->w.b->status == 0; i++) {
        const fir__rule *r = &p->rules[i];
        fir__json_item(&k->w);
        int verdict = put_rule(k, r, &p->slots, behind, fir__matcher_candidate(&k->x->room, i));
        if (behind == NULL && fir__rule_ends(r, verdict)) {
            behind = r;
        }
    }
    fir__json_close(&k->w, ']');
}

/* ---- the whole ---- */

static void put_disabled(explainer *k, const fir_playbook *p)
{
    if (p->disabled == NULL) {
        return;
    }
    fir__json_key(&k->w, FIR__S("disabled"));
    fir__json_open(&k->w, '[');
    for (const fir__disabled *d = p->disabled; d != NULL; d = d->next) {
        fir__json_item(&k->w);
        fir__json_string(k->w.b, d->name);
        fir__json_done(&k->w);
    }
    fir__json_close(&k->w, ']');
}

static int put_event(explainer *k, const fir_event *e, fir_error *err)
{
    static const fir__property shown[] = {FIR__PROP_PRIORITY, FIR__PROP_RULE, FIR__PROP_SOURCE, FIR__PROP_TIME};
    uint8_t id[FIR__SHA256];
    char hex[2 * sizeof id];
    int code = fir_event_id(e, id, err);
    if (code != 0) {
        return code;
    }
    fir__hex(id, sizeof id, hex);
    fir__json_key(&k->w, FIR__S("event"));
    fir__json_open(&k->w, '{');
    fir__json_key_str(&k->w, FIR__S("id"), fir__str(hex, sizeof hex));
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        if (e->properties[shown[i]] != NULL) {
            fir__json_key_str(&k->w, fir__property_name(shown[i]), fir__value_text(e->properties[shown[i]]));
        }
    }
    fir__json_close(&k->w, '}');
    return 0;
}

static int explain(explainer *k, const fir_playbook *p, const fir_event *e, fir_error *err)
{
    fir_evaluator *x = k->x;
    char digest[7 + 2 * FIR__SHA256] = "sha256:";
    fir__hex(p->digest, FIR__SHA256, digest + 7);
    if (!fir__frame_fill(x, &p->slots, e) || fir__matcher_begin(p->matcher, &x->frame, x->scratch, &x->room, &x->allocator) != 0) {
        return fir__no_memory(err);
    }
    fir__json_open(&k->w, '{');
    put_disabled(k, p);
    int code = put_event(k, e, err);
    if (code != 0) {
        return code;
    }
    fir__json_key_str(&k->w, FIR__S("playbook"), fir__str(digest, sizeof digest));
    put_rules(k, p);
    fir__json_key_i64(&k->w, FIR__S("v"), 1);
    fir__json_close(&k->w, '}');
    code = k->w.b->status;
    return code == FIR_ENOMEM ? fir__no_memory(err)
           : code != 0
               ? fir__fail(err, code, "the explanation is larger than %zu bytes, %d times max_plan_bytes", k->w.b->max, PLANS)
               : 0;
}

static int explain_to(fir_evaluator *x, const fir_playbook *p, const fir_event *e, fir_buf *out, fir_error *err)
{
    fir__sbuf b;
    uint64_t most = x->max_plan_bytes < SIZE_MAX / 2 / PLANS ? x->max_plan_bytes * PLANS : SIZE_MAX / 2;
    fir__sbuf_init(&b, &x->allocator, (size_t)most);
    explainer k = {.x = x, .w = {&b, false}};
    fir__sbuf_init(&k.text, &x->allocator, 1 << 16);
    int code = explain(&k, p, e, err);
    if (code == 0) {
        code = fir__sbuf_take(&b, out) == 0 ? 0 : fir__no_memory(err);
    } else {
        fir__sbuf_free(&b);
    }
    fir__sbuf_free(&k.text);
    fir__free(&x->allocator, k.verdicts);
    return code;
}

int fir_explain(fir_evaluator *x, const fir_playbook *p, const fir_event *e, fir_buf *out, fir_error *err)
{
    if (out != NULL) {
        *out = (fir_buf){NULL, 0, NULL};
    }
    if (out == NULL || x == NULL || p == NULL || e == NULL) {
        return fir__fail(err, FIR_EINVAL, "evaluator, playbook, event or out is NULL");
    }
    if (!e->parsed) {
        return fir__fail(err, FIR_ESTATE, "the event holds no alert; parse one first");
    }
    if (!fir__guard_enter(&x->guard)) {
        return fir__fail(err, FIR_EBUSY, "another thread is using this evaluator; give each thread its own");
    }
    int code = explain_to(x, p, e, out, err);
    fir__guard_leave(&x->guard);
    return code;
}
