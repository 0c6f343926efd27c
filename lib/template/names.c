/* SPDX-License-Identifier: Apache-2.0 */
/* What a name means: a property of the alert, something of the place where the template stands, or a field. */
#include "template/internal.h"

static int slot_term(fir__maker *c, uint32_t slot, fir_str name, fir__term *out)
{
    fir_str kept = fir__arena_str(c->arena, name);
    if (slot == UINT32_MAX || kept.ptr == NULL) {
        return slot == UINT32_MAX && fir__arena_error(c->spec->slots->arena) == FIR_ELIMIT
                   ? fir__fail(c->err, FIR_ELIMIT, "the names need more memory than their bound of %zu bytes",
                               c->spec->slots->arena->max)
                   : fir__make_no_memory(c);
    }
    *out = (fir__term){.kind = FIR__TERM_SLOT, .slot = slot, .name = kept};
    return 0;
}

int fir__term_of_key(fir__maker *c, fir_str key, fir__term *out)
{
    return slot_term(c, fir__slots_field(c->spec->slots, key), key, out);
}

int fir__term_of_property(fir__maker *c, fir__property p, fir__term *out)
{
    int rc = slot_term(c, fir__slots_property(c->spec->slots, p), fir__property_name(p), out);
    out->time = p == FIR__PROP_TIME;
    return rc;
}

fir__term fir__term_of_text(fir_str s)
{
    return (fir__term){
        .kind = FIR__TERM_TEXT, .value = fir__value_string(s.ptr != NULL ? s : FIR__S("")), .name = FIR__S("the text")};
}

/* What Falco keeps in quotes inside a key: an argument with a character that a bare one cannot have. */
static bool wants_quotes(fir_str arg)
{
    for (size_t i = 0; i < arg.len; i++) {
        char ch = arg.ptr[i];
        if (!fir__is_alnum(ch) && strchr("._-/:", ch) == NULL) {
            return true;
        }
    }
    return false;
}

static bool key_of(fir__maker *c, const fir__term_name *name, bool quoted, fir_str *key)
{
    const char *quote = quoted ? "\"" : "";
    fir__sbuf b;
    fir__sbuf_init(&b, &c->arena->allocator, FIR__TEMPLATE_MAX_TEXT);
    fir__sbuf_str(&b, name->text);
    if (name->has_arg) {
        fir__sbuf_str(&b, FIR__S("["));
        fir__sbuf_str(&b, fir__cstr(quote));
        fir__sbuf_str(&b, name->arg);
        fir__sbuf_str(&b, fir__cstr(quote));
        fir__sbuf_str(&b, FIR__S("]"));
    }
    *key = b.status == 0 ? fir__arena_str(c->arena, fir__sbuf_view(&b)) : fir__str(NULL, 0);
    fir__sbuf_free(&b);
    return key->ptr != NULL;
}

int fir__term_of_field(fir__maker *c, const fir__term_name *name, fir__term *out)
{
    fir_str key;
    bool both = name->has_arg && (name->quoted || wants_quotes(name->arg));
    if (!key_of(c, name, both && name->quoted, &key)) {
        return fir__make_no_memory(c);
    }
    if (!both) {
        return fir__term_of_key(c, key, out);
    }
    fir__term *spellings = fir__arena_array(c->arena, 2, sizeof *spellings);
    if (spellings == NULL) {
        return fir__make_no_memory(c);
    }
    int rc = fir__term_of_key(c, key, &spellings[0]);
    if (rc == 0) {
        rc = key_of(c, name, !name->quoted, &key) ? fir__term_of_key(c, key, &spellings[1]) : fir__make_no_memory(c);
    }
    *out = (fir__term){.kind = FIR__TERM_GUESS, .n = 2, .children = spellings, .name = spellings[0].name};
    return rc;
}

/* ---- the place where the template stands ---- */

static const struct {
    fir_str name;
    fir__property property;
} contexts[] = {{{"event.id", 8}, FIR__PROP_EVENT_ID},
                {{"event.json", 10}, FIR__PROP_EVENT_JSON},
                {{"output_fields", 13}, FIR__PROP_OUTPUT_FIELDS},
                {{"plan.id", 7}, FIR__PROP_PLAN_ID}};

enum { CONTEXTS = sizeof contexts / sizeof contexts[0], CONSTANTS = 3 };

static const fir_str constants[CONSTANTS] = {{"rule.name", 9}, {"rule.description", 16}, {"action.name", 11}};

static int term_of_constant(fir__maker *c, const fir__term_name *name, size_t which, fir__term *out)
{
    const fir__template_names *names = c->spec->names;
    if (names == NULL) {
        return fir__make_error(c, name->offset, "%.*s is known only inside of a playbook", (int)name->text.len, name->text.ptr);
    }
    const fir_str values[CONSTANTS] = {names->rule_name, names->rule_description, names->action_name};
    *out = fir__term_of_text(values[which]);
    out->name = constants[which];
    return 0;
}

static fir_str step_at(const void *ctx, size_t i)
{
    return ((const fir__maker *)ctx)->spec->steps[i];
}

static int term_of_step(fir__maker *c, const fir__term_name *name, fir__term *out)
{
    fir_str rest = fir__str_from(name->text, 6);
    size_t dot = fir__str_find(rest, FIR__S("."));
    fir_str id = fir__str_to(rest, dot), get = fir__str_from(rest, dot == SIZE_MAX ? rest.len : dot + 1);
    if (!fir__str_eq(get, FIR__S("status")) && !fir__str_eq(get, FIR__S("output"))) {
        return fir__make_error(c, name->offset, "of a step there is steps.<id>.status and steps.<id>.output");
    }
    for (size_t i = 0; i < c->spec->n_steps; i++) {
        if (!fir__str_eq(c->spec->steps[i], id)) {
            continue;
        }
        if (c->spec->target) {
            return fir__make_error(c, name->offset, "what names the target must be known before the first step begins");
        }
        *out = (fir__term){.kind = FIR__TERM_STEP, .name = c->spec->steps[i]};
        out->get = get.ptr[0] == 's' ? FIR__S("status") : FIR__S("output");
        out->slot = fir__slots_step(c->spec->slots, name->text);
        out->name = fir__arena_str(c->arena, id);
        return out->slot != UINT32_MAX && out->name.ptr != NULL ? 0 : fir__make_no_memory(c);
    }
    fir_str meant = fir__str_suggest(id, c->spec->n_steps, step_at, c);
    return fir__make_error(c, name->offset, "there is no step '%.*s' before this one%s%.*s%s", (int)(id.len < 64 ? id.len : 64),
                           id.ptr, meant.ptr != NULL ? "; did you mean '" : "", (int)meant.len, meant.ptr != NULL ? meant.ptr : "",
                           meant.ptr != NULL ? "'?" : "");
}

/* ---- names that are no field ---- */

static fir_str known_at(const void *ctx, size_t i)
{
    (void)ctx;
    size_t properties = FIR__PROP_UUID - FIR__PROP_RULE + 1;
    if (i < properties) {
        return fir__property_name((fir__property)(FIR__PROP_RULE + (int)i));
    }
    i -= properties;
    return i < CONTEXTS ? contexts[i].name : constants[i - CONTEXTS];
}

static fir_str suggestion(fir_str name)
{
    bool alert = fir__str_starts(name, FIR__S("alert."));
    size_t count = FIR__PROP_UUID - FIR__PROP_RULE + 1 + CONTEXTS + CONSTANTS;
    return fir__str_suggest(alert ? fir__str_from(name, 6) : name, count, known_at, NULL);
}

/* Beginnings that no field of Falco has. */
static bool is_reserved(fir_str name)
{
    static const fir_str beginnings[] = {{"alert.", 6}, {"event.", 6}, {"plan.", 5}, {"rule.", 5}, {"action.", 7}, {"steps.", 6}};
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        if (fir__str_starts(name, beginnings[i])) {
            return true;
        }
    }
    return false;
}

static int refuse_unknown(fir__maker *c, const fir__term_name *name, fir_str meant)
{
    int n = (int)(name->text.len < 64 ? name->text.len : 64);
    if (meant.ptr != NULL) {
        return fir__make_error(c, name->offset,
                               "there is no '%.*s'; did you mean '%.*s'? A field of that name is written output_fields[\"%.*s\"]",
                               n, name->text.ptr, (int)meant.len, meant.ptr, n, name->text.ptr);
    }
    return fir__make_error(c, name->offset, "there is no '%.*s'; a field of that name is written output_fields[\"%.*s\"]", n,
                           name->text.ptr, n, name->text.ptr);
}

static int term_of_plain_name(fir__maker *c, const fir__term_name *name, fir__term *out)
{
    fir__property p = fir__property_find(name->text);
    if (p != FIR__PROP_NONE) {
        return fir__term_of_property(c, p, out);
    }
    for (size_t i = 0; i < CONTEXTS; i++) {
        if (fir__str_eq(name->text, contexts[i].name)) {
            return fir__term_of_property(c, contexts[i].property, out);
        }
    }
    for (size_t i = 0; i < CONSTANTS; i++) {
        if (fir__str_eq(name->text, constants[i])) {
            return term_of_constant(c, name, i, out);
        }
    }
    if (fir__str_starts(name->text, FIR__S("steps."))) {
        return term_of_step(c, name, out);
    }
    if (fir__field_resolve(name->text, name->arg, false).field != NULL) {
        return fir__term_of_field(c, name, out);
    }
    bool dotted = memchr(name->text.ptr, '.', name->text.len) != NULL, reserved = is_reserved(name->text);
    fir_str meant = !dotted || reserved ? suggestion(name->text) : fir__str(NULL, 0);
    return reserved || meant.ptr != NULL ? refuse_unknown(c, name, meant) : fir__term_of_field(c, name, out);
}

int fir__term_of_name(fir__maker *c, const fir__term_name *name, fir__term *out)
{
    if (!name->has_arg) {
        return term_of_plain_name(c, name, out);
    }
    if (fir__str_eq(name->text, FIR__S("output_fields"))) {
        return fir__term_of_key(c, name->arg, out);
    }
    return fir__term_of_field(c, name, out);
}
