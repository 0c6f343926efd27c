/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of a host's action type. */
#include <stdio.h>

#include "base/error.h"
#include "base/time.h"
#include "catalog/schema.h"

typedef struct reader {
    fir__param_def *p;
    fir__arena *arena;
    fir_error *err;
    int level;
    bool has_sink, has_least, has_most;
    const fir__data *standard; /* the default: judged when the type and its bounds are known */
} reader;

typedef struct member {
    fir_str name;
    int (*read)(reader *r, const fir__data *d, const fir__schema_at *at);
    uint8_t flag; /* of a boolean that sets one; read is NULL */
} member;

static fir_str type_at(const void *ctx, size_t i)
{
    (void)ctx;
    return fir__ptype_name((fir__ptype)i);
}

static int read_type(reader *r, const fir__data *d, const fir__schema_at *at)
{
    fir_str name;
    int status = fir__schema_text(d, at, &name, r->err);
    if (status != FIR_OK) {
        return status;
    }
    for (unsigned t = 0; t <= FIR__P_ANY; t++) {
        if (fir__str_eq(fir__ptype_name((fir__ptype)t), name)) {
            r->p->type = (uint8_t)t;
            r->p->flags |= t == FIR__P_SECRET ? FIR__P_IS_SECRET : 0;
            return FIR_OK;
        }
    }
    char near[FIR__SCHEMA_SUGGESTION];
    return fir__schema_fail(r->err, at, "unknown type%s",
                            fir__schema_suggestion(fir__str_suggest(name, FIR__P_ANY + 1, type_at, NULL), near));
}

static int read_description(reader *r, const fir__data *d, const fir__schema_at *at)
{
    return fir__schema_text(d, at, &r->p->description, r->err);
}

static int read_template(reader *r, const fir__data *d, const fir__schema_at *at)
{
    bool is_template = true;
    int status = fir__schema_bool(d, at, &is_template, r->err);
    r->p->flags |= is_template ? 0 : FIR__P_NO_TEMPLATE;
    return status;
}

static fir_str sink_at(const void *ctx, size_t i)
{
    (void)ctx;
    return fir__sink_name((int32_t)i);
}

static int read_sink(reader *r, const fir__data *d, const fir__schema_at *at)
{
    fir_str name;
    int status = fir__schema_text(d, at, &name, r->err);
    r->has_sink = true;
    if (status == FIR_OK && !fir__sink_find(name, &r->p->sink)) {
        char near[FIR__SCHEMA_SUGGESTION];
        return fir__schema_fail(r->err, at, "unknown sink%s",
                                fir__schema_suggestion(fir__str_suggest(name, FIR_SINK_RAW + 1, sink_at, NULL), near));
    }
    return status;
}

static int read_choices(reader *r, const fir__data *d, const fir__schema_at *at)
{
    if (d->type != FIR__DATA_LIST || d->count == 0 || d->count > FIR__SCHEMA_MOST_CHOICES) {
        return fir__schema_fail(r->err, at, "a list of 1 to %d texts is wanted", FIR__SCHEMA_MOST_CHOICES);
    }
    fir_str *choices = fir__arena_array(r->arena, d->count, sizeof *choices);
    if (choices == NULL) {
        return fir__no_memory(r->err);
    }
    for (uint32_t i = 0; i < d->count; i++) {
        int status = fir__schema_text(&d->items[i], at, &choices[i], r->err);
        for (uint32_t k = 0; status == FIR_OK && k < i; k++) {
            if (fir__str_eq(choices[k], choices[i])) {
                status = fir__schema_fail(r->err, at, "a choice stands twice");
            }
        }
        if (status != FIR_OK) {
            return status;
        }
    }
    r->p->choices = choices;
    r->p->n_choices = (uint8_t)d->count;
    return FIR_OK;
}

/* Elements as one text, separated by blanks. */
static int join(reader *r, const fir__data *d, const fir__schema_at *at, fir_str *out)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &r->arena->allocator, FIR__SCHEMA_MOST_TEXT);
    int status = d->type != FIR__DATA_LIST ? fir__schema_fail(r->err, at, "a list of texts is wanted") : FIR_OK;
    for (uint32_t i = 0; status == FIR_OK && i < d->count; i++) {
        fir_str s = {NULL, 0};
        status = fir__schema_text(&d->items[i], at, &s, r->err);
        if (status == FIR_OK && memchr(s.ptr, ' ', s.len) != NULL) {
            status = fir__schema_fail(r->err, at, "an element holds a blank");
        }
        if (i != 0) {
            fir__sbuf_char(&b, ' ');
        }
        fir__sbuf_str(&b, s);
    }
    if (status == FIR_OK && b.status == FIR_ELIMIT) {
        status = fir__schema_fail(r->err, at, "the list has more than %d bytes", FIR__SCHEMA_MOST_TEXT);
    }
    if (status == FIR_OK) {
        *out = b.status == 0 ? fir__arena_str(r->arena, fir__sbuf_view(&b)) : (fir_str){NULL, 0};
        status = out->ptr != NULL ? FIR_OK : fir__no_memory(r->err);
    }
    fir__sbuf_free(&b);
    return status;
}

static int read_aliases(reader *r, const fir__data *d, const fir__schema_at *at)
{
    for (uint32_t i = 0; d->type == FIR__DATA_LIST && i < d->count; i++) {
        fir_str name;
        int status = fir__schema_name(&d->items[i], at, &name, r->err);
        if (status != FIR_OK) {
            return status;
        }
    }
    return join(r, d, at, &r->p->aliases);
}

static int read_default(reader *r, const fir__data *d, const fir__schema_at *at)
{
    (void)at;
    r->standard = d;
    return FIR_OK;
}

static int read_bound(reader *r, const fir__data *d, const fir__schema_at *at, int64_t *out)
{
    bool ok = r->p->type == FIR__P_DURATION ? d->type == FIR__DATA_TEXT && fir__duration_parse(d->s, out)
                                            : r->p->type == FIR__P_INTEGER && d->type == FIR__DATA_INT;
    if (!ok) {
        return fir__schema_fail(r->err, at, "a bound is a number of an integer, or a duration as \"10s\" of a duration");
    }
    if (d->type == FIR__DATA_INT) {
        *out = d->i;
    }
    return FIR_OK;
}

static int read_least(reader *r, const fir__data *d, const fir__schema_at *at)
{
    r->has_least = true;
    return read_bound(r, d, at, &r->p->least);
}

static int read_most(reader *r, const fir__data *d, const fir__schema_at *at)
{
    r->has_most = true;
    return read_bound(r, d, at, &r->p->most);
}

static int read_fields(reader *r, const fir__data *d, const fir__schema_at *at)
{
    if (r->level + 1 >= FIR__SCHEMA_MOST_DEPTH) {
        return fir__schema_fail(r->err, at, "objects are nested more than %d levels deep", FIR__SCHEMA_MOST_DEPTH);
    }
    return fir__schema_params(d, at, r->arena, r->level + 1, &r->p->fields, &r->p->n_fields, r->err);
}

/* In the order of reading: bounds and default need the type. */
static const member members[] = {
    {FIR__TEXT("type"), read_type, 0},
    {FIR__TEXT("description"), read_description, 0},
    {FIR__TEXT("required"), NULL, FIR__P_REQUIRED},
    {FIR__TEXT("secret"), NULL, FIR__P_IS_SECRET},
    {FIR__TEXT("target"), NULL, FIR__P_IS_TARGET},
    {FIR__TEXT("absolute"), NULL, FIR__P_ABSOLUTE},
    {FIR__TEXT("allow_dash"), NULL, FIR__P_ALLOW_DASH},
    {FIR__TEXT("secret_headers"), NULL, FIR__P_SECRET_HEADERS},
    {FIR__TEXT("template"), read_template, 0},
    {FIR__TEXT("sink"), read_sink, 0},
    {FIR__TEXT("choices"), read_choices, 0},
    {FIR__TEXT("aliases"), read_aliases, 0},
    {FIR__TEXT("least"), read_least, 0},
    {FIR__TEXT("most"), read_most, 0},
    {FIR__TEXT("fields"), read_fields, 0},
    {FIR__TEXT("default"), read_default, 0},
};

enum { MEMBERS = sizeof members / sizeof *members };

static fir_str member_at(const void *ctx, size_t i)
{
    (void)ctx;
    return members[i].name;
}

static int refuse_unknown(const fir__data *d, const fir__schema_at *at, fir_error *err)
{
    for (uint32_t i = 0; i < d->count; i++) {
        bool known = false;
        for (size_t m = 0; m < MEMBERS; m++) {
            known = known || fir__str_eq(members[m].name, d->entries[i].key);
        }
        if (!known) {
            fir__schema_at here = {at, d->entries[i].key};
            char near[FIR__SCHEMA_SUGGESTION];
            return fir__schema_fail(err, &here, "unknown key%s",
                                    fir__schema_suggestion(fir__str_suggest(here.name, MEMBERS, member_at, NULL), near));
        }
    }
    return FIR_OK;
}

/* The text of a default: of a number or boolean as a playbook would write it. */
static int default_text(reader *r, const fir__data *d, const fir__schema_at *at, fir_str *out)
{
    char number[24];
    switch (d->type) {
    case FIR__DATA_INT: {
        int n = snprintf(number, sizeof number, "%lld", (long long)d->i);
        *out = fir__arena_str(r->arena, fir__str(number, (size_t)n));
        return out->ptr != NULL ? FIR_OK : fir__no_memory(r->err);
    }
    case FIR__DATA_BOOL:
        *out = d->b ? FIR__S("true") : FIR__S("false");
        return FIR_OK;
    default:
        return fir__schema_text(d, at, out, r->err);
    }
}

static int check_default(reader *r, const fir__schema_at *up)
{
    fir__schema_at at = {up, FIR__S("default")};
    const fir__param_def *p = r->p;
    bool is_list = p->type == FIR__P_STRINGS || p->type == FIR__P_RANGES;
    bool is_number = p->type == FIR__P_INTEGER, is_bool = p->type == FIR__P_BOOLEAN;
    if (r->standard == NULL) {
        return FIR_OK;
    }
    if ((p->flags & FIR__P_REQUIRED) != 0) {
        return fir__schema_fail(r->err, &at, "a required parameter has no default");
    }
    if ((p->flags & FIR__P_IS_SECRET) != 0) {
        return fir__schema_fail(r->err, &at, "a secret has no default");
    }
    if ((is_number && r->standard->type != FIR__DATA_INT) || (is_bool && r->standard->type != FIR__DATA_BOOL) ||
        (!is_number && !is_bool && !is_list && r->standard->type != FIR__DATA_TEXT)) {
        return fir__schema_fail(r->err, &at, "the default is no %s", fir__ptype_name((fir__ptype)p->type).ptr);
    }
    int status = is_list ? join(r, r->standard, &at, &r->p->default_text) : default_text(r, r->standard, &at, &r->p->default_text);
    if (status != FIR_OK) {
        return status;
    }
    if (!is_list) {
        return fir__param_accepts(p, p->default_text) ? FIR_OK
                                                      : fir__schema_fail(r->err, &at, "the default is no value of the parameter");
    }
    for (uint32_t i = 0; i < r->standard->count; i++) {
        if (!fir__param_accepts(p, r->standard->items[i].s)) {
            return fir__schema_fail(r->err, &at, "the default is no value of the parameter");
        }
    }
    return FIR_OK;
}

static uint32_t bit(int type)
{
    return UINT32_C(1) << type;
}

/* Which types a key makes sense for. */
static int check_fit(reader *r, const fir__schema_at *at)
{
    const fir__param_def *p = r->p;
    const uint32_t string = bit(FIR__P_STRING),
                   texts = string | bit(FIR__P_STRINGS) | bit(FIR__P_MAP) | bit(FIR__P_SECRET) | bit(FIR__P_ANY);
    const struct {
        const char *key;
        bool given;
        uint32_t types;
    } rules[] = {
        {"secret", (p->flags & FIR__P_IS_SECRET) != 0, string | bit(FIR__P_SECRET)},
        {"target", (p->flags & FIR__P_IS_TARGET) != 0, string},
        {"absolute", (p->flags & FIR__P_ABSOLUTE) != 0, string},
        {"allow_dash", (p->flags & FIR__P_ALLOW_DASH) != 0, texts},
        {"secret_headers", (p->flags & FIR__P_SECRET_HEADERS) != 0, bit(FIR__P_MAP)},
        {"choices", p->n_choices != 0, string},
        {"sink", r->has_sink, texts},
        {"least and most", r->has_least || r->has_most, bit(FIR__P_INTEGER) | bit(FIR__P_DURATION)},
        {"fields", p->fields != NULL, bit(FIR__P_OBJECT)},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (rules[i].given && (rules[i].types & bit(p->type)) == 0) {
            return fir__schema_fail(r->err, at, "%s has no meaning for the type %s", rules[i].key,
                                    fir__ptype_name((fir__ptype)p->type).ptr);
        }
    }
    if (p->type == FIR__P_OBJECT && p->fields == NULL) {
        return fir__schema_fail(r->err, at, "an object needs its fields");
    }
    if ((p->flags & FIR__P_ABSOLUTE) != 0 && (p->flags & FIR__P_NO_TEMPLATE) == 0) {
        return fir__schema_fail(r->err, at, "an absolute path is no template: say \"template\": false");
    }
    if (r->has_sink && (p->flags & FIR__P_NO_TEMPLATE) != 0) {
        return fir__schema_fail(r->err, at, "a text that is no template has no sink");
    }
    return FIR_OK;
}

/* Completes a bound that was given alone. Both 0 would mean that there are none. */
static int check_bounds(reader *r, const fir__schema_at *at)
{
    fir__param_def *p = r->p;
    if (!r->has_least && !r->has_most) {
        return FIR_OK;
    }
    if (!r->has_most) {
        p->most = INT64_MAX;
    } else if (!r->has_least) {
        p->least = p->type == FIR__P_INTEGER ? INT64_MIN : 0;
    }
    if (p->least > p->most || (p->least == 0 && p->most == 0)) {
        return fir__schema_fail(r->err, at, "no value lies between least and most");
    }
    return FIR_OK;
}

static int read_param(reader *r, const fir__data *d, const fir__schema_at *at)
{
    if (d->type != FIR__DATA_MAP) {
        return fir__schema_fail(r->err, at, "an object is wanted");
    }
    int status = refuse_unknown(d, at, r->err);
    for (size_t m = 0; status == FIR_OK && m < MEMBERS; m++) {
        const fir__data *value = fir__data_get(d, members[m].name);
        fir__schema_at here = {at, members[m].name};
        bool on = false;
        if (value == NULL) {
            status = m == 0 ? fir__schema_fail(r->err, &here, "it is missing") : FIR_OK;
        } else if (members[m].read != NULL) {
            status = members[m].read(r, value, &here);
        } else {
            status = fir__schema_bool(value, &here, &on, r->err);
            r->p->flags |= on ? members[m].flag : 0;
        }
    }
    if (status == FIR_OK) {
        status = check_fit(r, at);
    }
    if (status == FIR_OK) {
        status = check_bounds(r, at);
    }
    return status == FIR_OK ? check_default(r, at) : status;
}

/* A name or alias of the newest parameter that an earlier one, or itself, has too. */
static int refuse_twice(const fir__param_def *params, uint32_t n, const fir__schema_at *at, fir_error *err)
{
    const fir__param_def *p = &params[n - 1];
    fir_str names = p->aliases;
    for (uint32_t i = 0; i < n; i++) {
        bool other = i != n - 1;
        if ((other && fir__names_have(params[i].aliases, p->name)) || fir__names_have(names, params[i].name)) {
            return fir__schema_fail(err, at, "its name or an alias is another parameter's too");
        }
        for (size_t k = 0; other && k < names.len;) {
            size_t end = k;
            while (end < names.len && names.ptr[end] != ' ') {
                end++;
            }
            if (fir__names_have(params[i].aliases, fir__str(names.ptr + k, end - k))) {
                return fir__schema_fail(err, at, "its name or an alias is another parameter's too");
            }
            k = end + 1;
        }
    }
    return FIR_OK;
}

int fir__schema_params(const fir__data *d, const fir__schema_at *at, fir__arena *arena, int level, const fir__param_def **out,
                       uint32_t *n, fir_error *err)
{
    if (d->type != FIR__DATA_MAP || d->count > FIR__SCHEMA_MOST_PARAMS) {
        return fir__schema_fail(err, at, "an object of at most %d parameters is wanted", FIR__SCHEMA_MOST_PARAMS);
    }
    fir__param_def *params = fir__arena_array(arena, d->count, sizeof *params);
    if (params == NULL) {
        return fir__no_memory(err);
    }
    for (uint32_t i = 0; i < d->count; i++) {
        fir__schema_at here = {at, d->entries[i].key};
        if (!fir__schema_is_name(here.name)) {
            return fir__schema_fail(err, &here, "a parameter is called [a-z][a-z0-9_]*, at most %d bytes", FIR__SCHEMA_MOST_NAME);
        }
        params[i].name = here.name;
        reader r = {.p = &params[i], .arena = arena, .err = err, .level = level};
        int status = read_param(&r, &d->entries[i].value, &here);
        if (status == FIR_OK) {
            status = refuse_twice(params, i + 1, &here, err);
        }
        if (status != FIR_OK) {
            return status;
        }
    }
    *out = params;
    *n = d->count;
    return FIR_OK;
}
