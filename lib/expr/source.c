/* SPDX-License-Identifier: Apache-2.0 */
/* Where the values of a check come from: slots for fields, types through transformers. */
#include "base/property.h"
#include "expr/compiler.h"
#include "expr/lex.h"

enum { ANCESTORS = 32 }; /* proc.aname[0] … that are looked for when the alert does not print them as one */

/* ---- fields that look at several values ---- */

typedef struct several {
    fir_str name;
    uint8_t split;       /* fir__split of its own text */
    bool indexed;        /* also name[0] … name[ANCESTORS - 1] */
    const char *from[8]; /* fields that hold its values */
} several;

static const several several_fields[] = {
    {{"fd.ip", 5}, FIR__SPLIT_NO, false, {"fd.cip", "fd.sip", "fd.lip", "fd.rip"}},
    {{"fd.net", 6}, FIR__SPLIT_NO, false, {"fd.cip", "fd.sip", "fd.lip", "fd.rip"}},
    {{"fd.cnet", 7}, FIR__SPLIT_NO, false, {"fd.cip"}},
    {{"fd.snet", 7}, FIR__SPLIT_NO, false, {"fd.sip"}},
    {{"fd.lnet", 7}, FIR__SPLIT_NO, false, {"fd.lip"}},
    {{"fd.rnet", 7}, FIR__SPLIT_NO, false, {"fd.rip"}},
    {{"fd.port", 7}, FIR__SPLIT_NO, false, {"fd.cport", "fd.sport", "fd.lport", "fd.rport"}},
    {{"fd.proto", 8},
     FIR__SPLIT_NO,
     false,
     {"fd.cport", "fd.sport", "fd.lport", "fd.rport", "fd.cproto", "fd.sproto", "fd.lproto", "fd.rproto"}},
    {{"proc.aname", 10}, FIR__SPLIT_WORDS, true, {NULL}},
    {{"proc.aexe", 9}, FIR__SPLIT_WORDS, true, {NULL}},
    {{"proc.aexepath", 13}, FIR__SPLIT_WORDS, true, {NULL}},
    {{"proc.apid", 9}, FIR__SPLIT_WORDS, true, {NULL}},
    {{"proc.acmdline", 13}, FIR__SPLIT_WORDS_AND_WHOLE, true, {NULL}},
    {{"proc.aenv", 9}, FIR__SPLIT_WORDS_AND_WHOLE, true, {NULL}},
};

static const several *find_several(fir_str name)
{
    for (size_t i = 0; i < sizeof several_fields / sizeof several_fields[0]; i++) {
        if (fir__str_eq(several_fields[i].name, name)) {
            return &several_fields[i];
        }
    }
    return NULL;
}

static bool add_slot(fir__compiler *c, uint32_t *slots, uint32_t *n, fir_str name)
{
    slots[*n] = fir__slots_field(c->o->slots, name);
    return slots[(*n)++] != UINT32_MAX || fir__compile_fail_memory(c);
}

static bool add_indexed(fir__compiler *c, uint32_t *slots, uint32_t *n, fir_str name)
{
    char key[64];
    for (uint32_t i = 0; i < ANCESTORS; i++) {
        size_t len = name.len;
        memcpy(key, name.ptr, len);
        key[len++] = '[';
        if (i >= 10) {
            key[len++] = (char)('0' + i / 10);
        }
        key[len++] = (char)('0' + i % 10);
        key[len++] = ']';
        if (!add_slot(c, slots, n, fir__str(key, len))) {
            return false;
        }
    }
    return true;
}

static bool compile_several(fir__compiler *c, const several *f, fir__source *out)
{
    const size_t most = sizeof f->from / sizeof f->from[0];
    uint32_t *slots = fir__arena_array(c->arena, f->indexed ? ANCESTORS : most, sizeof *slots);
    if (slots == NULL) {
        return fir__compile_fail_memory(c);
    }
    out->kind = FIR__SOURCE_SEVERAL;
    out->split = f->split;
    out->slots = slots;
    if (f->indexed) {
        return add_indexed(c, slots, &out->n_slots, f->name);
    }
    for (size_t i = 0; i < most && f->from[i] != NULL; i++) {
        if (!add_slot(c, slots, &out->n_slots, fir__cstr(f->from[i]))) {
            return false;
        }
    }
    return true;
}

/* ---- the key of a field in an alert ---- */

/* name[arg], the argument in quotes where a bare one could not be read: how Falco writes its keys. */
static bool field_key(fir__compiler *c, const fir__operand *o, fir_str *key)
{
    bool quote = !fir__lex_is_arg(o->arg);
    size_t n = o->text.len + o->arg.len + 4;
    char *p = fir__arena_alloc(c->arena, n);
    if (p == NULL) {
        return fir__compile_fail_memory(c);
    }
    memcpy(p, o->text.ptr, o->text.len);
    n = o->text.len;
    p[n++] = '[';
    if (quote) {
        p[n++] = '"';
    }
    memcpy(p + n, o->arg.ptr, o->arg.len);
    n += o->arg.len;
    if (quote) {
        p[n++] = '"';
    }
    p[n++] = ']';
    *key = fir__str(p, n);
    return true;
}

/* ---- types ---- */

static const fir_field_type *find_override(const fir__compiler *c, fir_str key, fir_str name)
{
    const fir_field_type *by_name = NULL;
    for (size_t i = 0; i < c->o->n_types; i++) {
        if (fir__str_eq(c->o->types[i].name, key)) {
            return &c->o->types[i];
        }
        if (fir__str_eq(c->o->types[i].name, name)) {
            by_name = &c->o->types[i];
        }
    }
    return by_name;
}

static bool apply_override(fir__compiler *c, const fir_field_type *t, fir__source *out)
{
    fir__ftype type = fir__ftype_find(t->type);
    if (type == FIR__F_COUNT) {
        c->status = fir__fail(c->err, FIR_EINVAL, "%.*s is no type of a field", FIR__SHOWN(t->type));
        return false;
    }
    out->type = (uint8_t)type;
    out->is_list = t->is_list != 0;
    return true;
}

static bool is_index(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!fir__is_digit(s.ptr[i])) {
            return false;
        }
    }
    return s.len == 1 || (s.len != 0 && s.ptr[0] != '0');
}

/* Falco's rules for what stands in the brackets. */
static bool check_argument(fir__compiler *c, const fir__field *f, const fir__operand *o)
{
    const bool plugin = (f->flags & FIR__FIELD_PLUGIN) != 0, dotted = !fir__str_eq(f->name, o->text);
    if (!o->has_arg) {
        if (f->arg != FIR__ARG_REQUIRED || dotted) {
            return true;
        }
        return plugin ? fir__compile_fail(c, "write it as name[argument]", "field '%.*s' requires an argument but none provided",
                                          FIR__SHOWN(o->text))
                      : fir__compile_fail(c, "it needs an argument in brackets", "filter syntax error: %.*s", FIR__SHOWN(o->text));
    }
    if (fir__str_eq(o->text, FIR__S("evt.rawarg"))) {
        return fir__compile_fail(c, "write evt.rawarg.<name>", "evt.arg fields must be expressed explicitly");
    }
    if (f->arg == FIR__ARG_NO || dotted) {
        return plugin
                   ? fir__compile_fail(c, "leave the brackets out",
                                       "field '%.*s' does not allow nor require an argument but one is provided: %.*s",
                                       FIR__SHOWN(o->text), FIR__SHOWN(o->arg))
                   : fir__compile_fail(c, "this field takes no argument", "filter_check called with nonexistent field %.*s[%.*s]",
                                       FIR__SHOWN(o->text), FIR__SHOWN(o->arg));
    }
    if ((f->flags & FIR__FIELD_ARG_KEY) != 0 || (f->flags & FIR__FIELD_ARG_INDEX) == 0 || is_index(o->arg)) {
        return true;
    }
    return plugin ? fir__compile_fail(c, "an index is a decimal number without leading zeros",
                                      "field '%.*s' has an invalid index argument: %.*s", FIR__SHOWN(o->text), FIR__SHOWN(o->arg))
                  : fir__compile_fail(c, "an index is a decimal number without leading zeros",
                                      "filter_check called with nonexistent field %.*s[%.*s]", FIR__SHOWN(o->text),
                                      FIR__SHOWN(o->arg));
}

static bool warn_unknown(fir__compiler *c, fir_str name)
{
    fir_str near = fir__field_suggest(name);
    return near.len == 0 || fir__compile_warn(c, "FIR-P001", fir__expr_did_you_mean(c, near),
                                              "no event source of Falco has the field %.*s; it is taken as text", FIR__SHOWN(name));
}

/* ---- operands ---- */

static bool compile_property(fir__compiler *c, const fir__operand *o, fir__source *out)
{
    fir__property p = fir__property_find(o->text);
    out->slot = fir__slots_property(c->o->slots, p);
    if (p == FIR__PROP_TIME) {
        out->type = FIR__F_ABSTIME;
    } else if (p == FIR__PROP_PRIORITY) {
        out->type = FIR__F_PRIORITY;
    }
    out->is_list = p == FIR__PROP_TAGS;
    return out->slot != UINT32_MAX || fir__compile_fail_memory(c);
}

static bool is_step(fir_str name)
{
    return fir__str_starts(name, FIR__S("steps.")) &&
           (fir__str_ends(name, FIR__S(".status")) || fir__str_ends(name, FIR__S(".output")));
}

static bool compile_field(fir__compiler *c, const fir__operand *o, fir__source *out)
{
    fir_str key = o->text;
    out->kind = FIR__SOURCE_FIELD;
    out->alert = true;
    if (o->property) {
        return compile_property(c, o, out);
    }
    if (is_step(o->text) && !o->has_arg) {
        out->step = true;
        out->alert = false;
        out->slot = fir__slots_step(c->o->slots, o->text);
        c->program->has_step = true;
        return out->slot != UINT32_MAX || fir__compile_fail_memory(c);
    }
    if (o->has_arg && !field_key(c, o, &key)) {
        return false;
    }
    fir__field_ref ref = fir__field_resolve(o->text, o->arg, o->has_arg);
    const fir_field_type *own = find_override(c, key, o->text);
    out->type = ref.type;
    out->is_list = ref.is_list != 0;
    out->hex = fir__str_eq(o->text, FIR__S("fd.dev"));
    out->slot = fir__slots_field(c->o->slots, key);
    if (out->slot == UINT32_MAX) {
        return fir__compile_fail_memory(c);
    }
    if (own != NULL         ? !apply_override(c, own, out)
        : ref.field != NULL ? !check_argument(c, ref.field, o)
                            : !warn_unknown(c, o->text)) {
        return false;
    }
    const several *f = o->has_arg ? NULL : find_several(o->text);
    return f == NULL || compile_several(c, f, out);
}

static bool compile_args(fir__compiler *c, const fir__operand *o, fir__source *out)
{
    out->n_args = o->n_args;
    out->args = fir__arena_array(c->arena, o->n_args, sizeof *out->args);
    if (out->args == NULL) {
        return fir__compile_fail_memory(c);
    }
    for (uint32_t i = 0; i < o->n_args; i++) {
        if (!fir__compile_source(c, &o->args[i], &out->args[i])) {
            return false;
        }
        out->any_bytes |= out->args[i].any_bytes;
        out->step |= out->args[i].step;
        out->alert |= out->args[i].alert;
    }
    return true;
}

/* The elements of a list may be of any types when it is only counted or joined: then it is one of FIR__F_DYNAMIC. */
static bool compile_list(fir__compiler *c, const fir__operand *o, fir__source *out)
{
    out->kind = FIR__SOURCE_LIST;
    out->is_list = true;
    if (!compile_args(c, o, out)) {
        return false;
    }
    out->type = out->n_args != 0 ? out->args[0].type : FIR__F_CHARBUF;
    for (uint32_t i = 1; i < out->n_args; i++) {
        if (out->args[i].type != out->type) {
            out->type = FIR__F_DYNAMIC;
        }
    }
    return true;
}

uint8_t fir__operand_flags(const fir__operand *o)
{
    if (o->kind != FIR__OPERAND_FIELD || o->property) {
        return 0;
    }
    const fir__field *f = fir__field_resolve(o->text, o->arg, o->has_arg).field;
    return f != NULL ? f->flags : 0;
}

/* ---- transformers ---- */

static bool wrong_count(fir__compiler *c, const fir__operand *o, const char *wanted)
{
    fir_str name = fir__transformer_name(o->transformer);
    if (o->n_args == 1) {
        return fir__compile_fail(c, wanted, "unknown field transfomer '%.*s'", FIR__SHOWN(name));
    }
    return fir__compile_fail(c, "", "%.*s() requires %s", FIR__SHOWN(name), wanted);
}

static bool check_join(fir__compiler *c, const fir__operand *o, const fir__source *s)
{
    if (o->n_args != 2) {
        return wrong_count(c, o, "exactly 2 arguments: separator and list");
    }
    if (s->args[0].is_list) {
        return fir__compile_fail(c, "join(\",\", ka.user.groups)",
                                 "join() first argument (separator) must be a single value, not a list");
    }
    return s->args[1].is_list || fir__compile_fail(c, "join(\",\", (proc.name, fd.name))", "join() second argument must be a list");
}

static bool check_concat(fir__compiler *c, const fir__operand *o, const fir__source *s)
{
    if (o->n_args < 2) {
        return wrong_count(c, o, "at least 2 arguments");
    }
    for (uint32_t i = 0; i < s->n_args; i++) {
        if (s->args[i].is_list || s->args[i].type != FIR__F_CHARBUF) {
            return fir__compile_fail(c, "join() takes lists and numbers", "concat() arguments must be strings");
        }
    }
    return true;
}

static bool check_getopt(fir__compiler *c, const fir__operand *o, fir__source *s)
{
    if (o->n_args != 2) {
        return wrong_count(c, o, "exactly 2 arguments: args list and optstring");
    }
    if (!s->args[0].is_list || s->args[0].type != FIR__F_CHARBUF) {
        return fir__compile_fail(c, "getopt(proc.args, \"p:v\")", "getopt() first argument must be a list");
    }
    if (s->args[1].is_list) {
        return fir__compile_fail(c, "getopt(proc.args, \"p:v\")", "getopt() second argument (optstring) must be a single value");
    }
    if (o->has_arg && o->arg.len != 1) {
        return fir__compile_fail(c, "getopt(proc.args, \"p:v\")[p]", "getopt() field argument must be a single option character");
    }
    s->option = o->has_arg ? o->arg.ptr[0] : '\0';
    s->any_bytes = true;
    s->is_list = !o->has_arg;
    return true;
}

/* tolower, toupper, b64, basename, len: one argument, whose type the transformer must know. */
static bool check_single(fir__compiler *c, const fir__operand *o, fir__source *s)
{
    fir_str name = fir__transformer_name(o->transformer);
    if (o->n_args != 1) {
        return fir__compile_fail(c, "it takes one argument", "unknown field transfomer '%.*s'", FIR__SHOWN(name));
    }
    const fir__source *inner = &s->args[0];
    const fir__type_rules *rules = fir__type_rules_of(inner->type);
    if (((inner->is_list ? rules->list_calls : rules->calls) & (1u << o->transformer)) == 0) {
        fir_str type = fir__ftype_name(inner->type);
        return fir__compile_fail(
            c, o->transformer == FIR__X_LEN ? "len counts the bytes of a text or the elements of a list" : "it takes texts",
            "can't add field transformer: type '%.*s' is not supported by '%.*s' transformer applied on field '%.*s'",
            FIR__SHOWN(type), FIR__SHOWN(name), FIR__SHOWN(o->args[0].text));
    }
    s->type = inner->type;
    s->is_list = inner->is_list;
    if (o->transformer == FIR__X_LEN) {
        s->type = FIR__F_UINT64;
        s->is_list = false;
        s->any_bytes = false;
    }
    s->any_bytes |= o->transformer == FIR__X_B64;
    return true;
}

static bool check_fields(fir__compiler *c, const fir__operand *o)
{
    for (uint32_t i = 0; i < o->n_args; i++) {
        const fir__operand *a = &o->args[i];
        if ((fir__operand_flags(a) & FIR__FIELD_NO_TRANSFORMER) != 0) {
            fir_str name = fir__field_resolve(a->text, a->arg, a->has_arg).field->name;
            return fir__compile_fail(c, "Falco transforms no field that looks at several values",
                                     "field '%.*s' does not support transformers", FIR__SHOWN(name));
        }
        if (a->kind == FIR__OPERAND_LIST && !check_fields(c, a)) {
            return false;
        }
    }
    return true;
}

static bool compile_call(fir__compiler *c, const fir__operand *o, fir__source *out)
{
    out->kind = FIR__SOURCE_CALL;
    out->transformer = (uint8_t)o->transformer;
    if (o->has_arg && o->transformer != FIR__X_GETOPT) {
        fir_str name = fir__transformer_name(o->transformer);
        return fir__compile_fail(c, "only getopt takes one", "filter error: transformer '%.*s' does not support field arguments",
                                 FIR__SHOWN(name));
    }
    if (!check_fields(c, o) || !compile_args(c, o, out)) {
        return false;
    }
    switch (o->transformer) {
    case FIR__X_JOIN:
        c->program->has_regex = true; /* what it makes is bounded */
        return check_join(c, o, out);
    case FIR__X_CONCAT:
        c->program->has_regex = true;
        return check_concat(c, o, out);
    case FIR__X_GETOPT:
        return check_getopt(c, o, out);
    default:
        return check_single(c, o, out);
    }
}

bool fir__compile_source(fir__compiler *c, const fir__operand *o, fir__source *out)
{
    memset(out, 0, sizeof *out);
    switch (o->kind) {
    case FIR__OPERAND_FIELD:
        return compile_field(c, o, out);
    case FIR__OPERAND_CALL:
        return compile_call(c, o, out);
    case FIR__OPERAND_LIST:
        return compile_list(c, o, out);
    default:
        out->kind = FIR__SOURCE_CONSTANT;
        out->constant = fir__value_string(o->text);
        return true;
    }
}

void fir__source_slots(const fir__source *s, void (*visit)(void *ctx, uint32_t slot), void *ctx)
{
    if (s->kind == FIR__SOURCE_FIELD || s->kind == FIR__SOURCE_SEVERAL) {
        visit(ctx, s->slot);
    }
    for (uint32_t i = 0; i < s->n_slots; i++) {
        visit(ctx, s->slots[i]);
    }
    for (uint32_t i = 0; i < s->n_args; i++) {
        fir__source_slots(&s->args[i], visit, ctx);
    }
}
