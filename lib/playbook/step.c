/* SPDX-License-Identifier: Apache-2.0 */
/* A rule's action becomes a step: refined from the shared action of its name, its type found, its parameters checked. */
#include "playbook/load.h"

/* ---- id ---- */

fir_str fir__slug(fir__load *l, fir_str prefix, fir_str name)
{
    enum { MOST = 64 };
    static const fir_str word = {"step", 4};
    char *p = fir__load_array(l, prefix.len + MOST + word.len + 2, 1);
    if (p == NULL) {
        return (fir_str){NULL, 0};
    }
    size_t n = prefix.len;
    if (n != 0) {
        memcpy(p, prefix.ptr, n);
    }
    size_t begin = n;
    for (size_t i = 0; i < name.len && n < begin + MOST; i++) {
        char c = fir__lower(name.ptr[i]);
        if (fir__is_alnum(c)) {
            p[n++] = c;
        } else if (n != begin && p[n - 1] != '_') {
            p[n++] = '_';
        }
    }
    n -= n != begin && p[n - 1] == '_';
    if (prefix.len == 0 && (n == 0 || fir__is_digit(p[0]))) {
        memmove(p + word.len + (n != 0), p, n);
        memcpy(p, word.ptr, word.len);
        if (n != 0) {
            p[word.len] = '_';
        }
        n += word.len + (n != 0);
    }
    return (fir_str){p, n};
}

static bool is_id(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool letter = c >= 'a' && c <= 'z';
        if (!letter && (i == 0 || (c != '_' && !fir__is_digit(c)))) {
            return false;
        }
    }
    return s.len != 0;
}

static bool step_id(fir__load *l, const fir__data *id, fir__step *step)
{
    if (id == NULL) {
        step->id = fir__slug(l, FIR__S(""), step->name);
        return step->id.ptr != NULL;
    }
    step->id = id->s;
    if (!is_id(id->s)) {
        fir__report(l, FIR__PB_STEP_ID, fir__where_of(id), FIR__S("small letters, digits and _, beginning with a letter"),
                    "\"%.*s\" is no id of a step", FIR__SHOW(id->s));
        return false;
    }
    return true;
}

/* ---- type ---- */

static const fir__action_def *find_type(fir__load *l, const fir__data *use)
{
    const fir__action_def *def = fir__catalog_find(l->playbook->catalog, use->s);
    if (def == NULL) {
        char buffer[FIR__HINT];
        fir_str hint = fir__hint_near(fir__catalog_suggest(l->playbook->catalog, use->s), buffer);
        fir__report(l, FIR__PB_UNKNOWN_ACTION, fir__where_of(use), hint, "there is no action type \"%.*s\"", FIR__SHOW(use->s));
        return NULL;
    }
    const fir__playbook_code_def *code = &fir__playbook_codes[FIR__PB_TYPE_TO_COME];
    if (!def->works && !fir__said_before(l, code->code, fir__where_of(use))) {
        fir__report(l, FIR__PB_TYPE_TO_COME, fir__where_of(use), FIR__S("it is planned as written, and `run` refuses it"),
                    "%.*s is known, but this version cannot run it", FIR__SHOW(def->name));
    }
    return def;
}

bool fir__step_type(fir__load *l, const fir__data *use, fir__step *step)
{
    step->def = find_type(l, use);
    if (step->def != NULL) {
        step->use = step->def->name;
    }
    return step->def != NULL;
}

static fir_str action_at(const void *ctx, size_t i)
{
    return ((const fir__items *)ctx)->items[i].name;
}

static bool no_type(fir__load *l, const fir__data *name)
{
    char buffer[FIR__HINT];
    fir_str near = fir__load_suggest(l, name->s, l->actions.count, action_at, &l->actions);
    fir_str hint = near.ptr != NULL ? fir__hint_near(near, buffer) : FIR__S("add `use: TYPE`, or an `- action:` item of this name");
    fir__report(l, FIR__PB_NO_ACTION_TYPE, fir__where_of(name), hint, "the action `%.*s` has no type", FIR__SHOW(name->s));
    return false;
}

/* ---- parameters and output ---- */

static bool resolve_params(fir__load *l, const fir__action_def *def, const fir__data *parameters, bool talon, const char *part,
                           const fir__step_context *c, const fir__step *step, fir__params *out)
{
    fir__template_names names = c->names;
    names.action_name = step->name;
    fir__path below = {NULL, fir__cstr(part)};
    fir__param_context x = {
        .load = l, .def = def, .names = &names, .steps = c->before, .lenient = talon, .given_only = part != NULL};
    x.pointer = part == NULL ? c->pointer : fir__pointer(l, c->pointer, &below);
    return l->status == 0 && fir__params_resolve(&x, parameters, step->at, out);
}

bool fir__step_params(fir__load *l, const fir__data *parameters, bool talon, const fir__step_context *c, fir__step *step)
{
    return resolve_params(l, step->def, parameters, talon, NULL, c, step, &step->params);
}

static bool step_output(fir__load *l, const fir__data *output, bool talon, const fir__step_context *c, fir__step *step)
{
    if (output == NULL) {
        return true;
    }
    const fir__data *target = fir__present(output, FIR__S("target"));
    const fir__data *parameters = fir__present(output, FIR__S("parameters"));
    if (target == NULL || parameters == NULL) {
        fir__report(l, FIR__PB_MISSING_KEY, fir__where_of(output), (fir_str){NULL, 0}, "an action's `output` needs `%s`",
                    target == NULL ? "target" : "parameters");
        return false;
    }
    step->output_def = find_type(l, target);
    if (step->output_def == NULL) {
        return false;
    }
    step->output_use = step->output_def->name;
    if (!step->output_def->takes_artefact) {
        fir__report(l, FIR__PB_OUTPUT, fir__where_of(target), (fir_str){NULL, 0}, "%.*s cannot keep what another action gives",
                    FIR__SHOW(step->output_use));
        return false;
    }
    if (!step->def->artefact) {
        fir__report(l, FIR__PB_OUTPUT_UNUSED, fir__where_of(output), (fir_str){NULL, 0},
                    "%.*s gives nothing that an output could keep", FIR__SHOW(step->use));
    }
    return resolve_params(l, step->output_def, parameters, talon, "output", c, step, &step->output_params);
}

/* ---- when, undo_after ---- */

static bool step_when(fir__load *l, const fir__data *when, const fir__step_ids *before, fir__step *step)
{
    if (when == NULL) {
        return true;
    }
    fir__ast *tree = fir__condition_parse(l, &when, 1, true);
    step->when_text = when->s;
    if (tree == NULL || !fir__condition_macros(l, tree, NULL) || !fir__condition_steps(l, tree, before)) {
        return false;
    }
    tree = fir__condition_expand(l, tree);
    step->when = tree != NULL ? fir__condition_compile(l, tree) : NULL;
    return step->when != NULL;
}

static bool step_undo(fir__load *l, const fir__data *undo_after, fir__step *step)
{
    step->undo_after_ns = fir__get_duration(undo_after);
    if (undo_after == NULL || step->def->undo.len != 0 || step->def->host || !step->def->works) {
        return true;
    }
    fir__report(l, FIR__PB_NO_UNDO, fir__where_of(undo_after), (fir_str){NULL, 0}, "%.*s cannot be undone", FIR__SHOW(step->use));
    return false;
}

/* ---- all of it ---- */

/* The values of an action of a rule over those of the shared action; *talon: how the type that counts was written. */
static bool refined(fir__load *l, const fir__data *action, const fir__data **values, bool *talon)
{
    const fir__data *own[FIR__ACT_KEYS] = {NULL};
    uint64_t by_alias;
    if (!fir__shape_read(l, &fir__step_shape, action, own, &by_alias)) {
        return false;
    }
    const fir__item *shared = fir__items_find(&l->actions, own[FIR__ACT_NAME]->s);
    *talon = own[FIR__ACT_USE] != NULL ? (by_alias >> FIR__ACT_USE & 1) != 0 : shared != NULL && shared->talon;
    if (shared != NULL) {
        memcpy(values, shared->values, FIR__ACT_SHARED * sizeof *values);
    }
    fir__merge_values(l, &fir__step_shape, values, own);
    return l->status == 0;
}

bool fir__step_resolve(fir__load *l, const fir__data *action, const fir__step_context *c, fir__step *out)
{
    const fir__data *values[FIR__ACT_KEYS] = {NULL};
    bool talon;
    if (!refined(l, action, values, &talon)) {
        return false;
    }
    const fir__data *name = values[FIR__ACT_NAME];
    *out = (fir__step){.name = name->s, .at = fir__where_of(name), .description = fir__get_text(values[FIR__ACT_DESCRIPTION])};
    bool ok = step_id(l, values[FIR__ACT_ID], out);
    if (values[FIR__ACT_USE] == NULL || values[FIR__ACT_USE]->s.len == 0) {
        return no_type(l, name);
    }
    if (l->status != 0 || !fir__step_type(l, values[FIR__ACT_USE], out)) {
        return false;
    }
    fir__path path = {NULL, out->id};
    fir__step_context below = *c;
    below.pointer = fir__pointer(l, c->pointer, &path);
    ok = fir__step_params(l, values[FIR__ACT_PARAMETERS], talon, &below, out) && ok;
    ok = step_output(l, values[FIR__ACT_OUTPUT], talon, &below, out) && ok;
    ok = step_when(l, values[FIR__ACT_WHEN], &c->before, out) && ok;
    ok = step_undo(l, values[FIR__ACT_UNDO_AFTER], out) && ok;
    out->timeout_ns = fir__get_duration(values[FIR__ACT_TIMEOUT]);
    if (values[FIR__ACT_RETRY] != NULL) {
        out->attempts = fir__get_count(fir__data_get(values[FIR__ACT_RETRY], FIR__S("attempts")));
    }
    out->on_uncertain = (fir__on_uncertain)fir__get_choice(values[FIR__ACT_ON_UNCERTAIN], FIR__UNCERTAIN_CHOICES);
    out->ignore_errors = fir__get_bool(values[FIR__ACT_IGNORE_ERRORS], false);
    out->goes_on = fir__get_bool(values[FIR__ACT_CONTINUE], !out->def->stops_by_default);
    return ok && l->status == 0;
}
