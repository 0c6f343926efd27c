/* SPDX-License-Identifier: Apache-2.0 */
/* A host's action type from JSON. Strict: what is not known is refused, with its place. */
#include "catalog/schema.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "catalog/private.h"
#include "json/document.h"

enum { PATH = 200 };

/* Writes the place, outermost name first; names of a hostile length are cut. */
static size_t write_path(const fir__schema_at *at, char out[PATH])
{
    if (at == NULL || at->name.len == 0) {
        return 0;
    }
    size_t n = write_path(at->up, out);
    int len = at->name.len < 40 ? (int)at->name.len : 40;
    int more = snprintf(out + n, PATH - n, "%s%.*s", n != 0 ? "." : "", len, at->name.ptr);
    return n + (size_t)more < PATH ? n + (size_t)more : PATH - 1;
}

int fir__schema_fail(fir_error *err, const fir__schema_at *at, const char *format, ...)
{
    char path[PATH] = "the schema", message[256];
    (void)write_path(at, path);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return fir__fail(err, FIR_EINVAL, "%s: %s", path, message);
}

int fir__schema_text(const fir__data *d, const fir__schema_at *at, fir_str *out, fir_error *err)
{
    if (d->type != FIR__DATA_TEXT || d->s.len == 0) {
        return fir__schema_fail(err, at, "a text is wanted, and not an empty one");
    }
    if (d->s.len > FIR__SCHEMA_MOST_TEXT) {
        return fir__schema_fail(err, at, "the text is longer than %d bytes", FIR__SCHEMA_MOST_TEXT);
    }
    for (size_t i = 0; i < d->s.len; i++) {
        if ((unsigned char)d->s.ptr[i] < 0x20 || d->s.ptr[i] == 0x7F) {
            return fir__schema_fail(err, at, "the text holds a control character");
        }
    }
    *out = d->s;
    return FIR_OK;
}

int fir__schema_bool(const fir__data *d, const fir__schema_at *at, bool *out, fir_error *err)
{
    if (d->type != FIR__DATA_BOOL) {
        return fir__schema_fail(err, at, "true or false is wanted");
    }
    *out = d->b;
    return FIR_OK;
}

bool fir__schema_is_name(fir_str s)
{
    if (s.len == 0 || s.len > FIR__SCHEMA_MOST_NAME || s.ptr[0] < 'a' || s.ptr[0] > 'z') {
        return false;
    }
    for (size_t i = 1; i < s.len; i++) {
        if (!(s.ptr[i] >= 'a' && s.ptr[i] <= 'z') && !fir__is_digit(s.ptr[i]) && s.ptr[i] != '_') {
            return false;
        }
    }
    return true;
}

int fir__schema_name(const fir__data *d, const fir__schema_at *at, fir_str *out, fir_error *err)
{
    int status = fir__schema_text(d, at, out, err);
    if (status == FIR_OK && !fir__schema_is_name(*out)) {
        return fir__schema_fail(err, at, "a name is [a-z][a-z0-9_]*, at most %d bytes", FIR__SCHEMA_MOST_NAME);
    }
    return status;
}

const char *fir__schema_suggestion(fir_str name, char out[FIR__SCHEMA_SUGGESTION])
{
    out[0] = '\0';
    if (name.len != 0) {
        (void)snprintf(out, FIR__SCHEMA_SUGGESTION, "; did you mean \"%.*s\"?", (int)name.len, name.ptr);
    }
    return out;
}

/* What a key of the document sets. */
typedef struct member {
    fir_str name;
    int (*read)(fir__host_type *t, const fir__data *d, const fir__schema_at *at, fir_error *err);
    bool required;
} member;

static int read_name(fir__host_type *t, const fir__data *d, const fir__schema_at *at, fir_error *err)
{
    int status = fir__schema_text(d, at, &t->def.name, err);
    size_t colon = status == FIR_OK ? fir__str_find(t->def.name, FIR__S(":")) : 0;
    if (status == FIR_OK && (colon == SIZE_MAX || !fir__schema_is_name(fir__str_to(t->def.name, colon)) ||
                             !fir__schema_is_name(fir__str_from(t->def.name, colon + 1)))) {
        return fir__schema_fail(err, at, "a type is called family:action, each [a-z][a-z0-9_]*");
    }
    return status;
}

static int read_description(fir__host_type *t, const fir__data *d, const fir__schema_at *at, fir_error *err)
{
    return fir__schema_text(d, at, &t->def.description, err);
}

static fir_str effect_at(const void *ctx, size_t i)
{
    (void)ctx;
    return fir__effect_name((fir__effect)i);
}

static int read_effect(fir__host_type *t, const fir__data *d, const fir__schema_at *at, fir_error *err)
{
    fir_str name;
    int status = fir__schema_text(d, at, &name, err);
    if (status != FIR_OK) {
        return status;
    }
    for (unsigned e = 0; e <= FIR__EFFECT_READ; e++) {
        if (fir__str_eq(fir__effect_name((fir__effect)e), name)) {
            t->def.effect = (uint8_t)e;
            return FIR_OK;
        }
    }
    char near[FIR__SCHEMA_SUGGESTION];
    return fir__schema_fail(err, at, "an effect is idempotent, keyed, verifiable, unsafe or read%s",
                            fir__schema_suggestion(fir__str_suggest(name, FIR__EFFECT_READ + 1, effect_at, NULL), near));
}

static int read_destructive(fir__host_type *t, const fir__data *d, const fir__schema_at *at, fir_error *err)
{
    return fir__schema_bool(d, at, &t->def.destructive, err);
}

static int read_notifies(fir__host_type *t, const fir__data *d, const fir__schema_at *at, fir_error *err)
{
    return fir__schema_bool(d, at, &t->def.notifies, err);
}

static int read_output_name(fir__host_type *t, const fir__data *d, const fir__schema_at *at, fir_error *err)
{
    return fir__schema_name(d, at, &t->def.output_name, err);
}

static int read_undo(fir__host_type *t, const fir__data *d, const fir__schema_at *at, fir_error *err)
{
    return fir__schema_text(d, at, &t->def.undo, err);
}

static int read_parameters(fir__host_type *t, const fir__data *d, const fir__schema_at *at, fir_error *err)
{
    return fir__schema_params(d, at, &t->arena, 0, &t->def.params, &t->def.n_params, err);
}

static const member members[] = {
    {FIR__TEXT("name"), read_name, true},          {FIR__TEXT("description"), read_description, false},
    {FIR__TEXT("effect"), read_effect, true},      {FIR__TEXT("destructive"), read_destructive, true},
    {FIR__TEXT("notifies"), read_notifies, false}, {FIR__TEXT("output_name"), read_output_name, false},
    {FIR__TEXT("undo"), read_undo, false},         {FIR__TEXT("parameters"), read_parameters, false},
};

enum { MEMBERS = sizeof members / sizeof *members };

static fir_str member_at(const void *ctx, size_t i)
{
    (void)ctx;
    return members[i].name;
}

static int refuse_unknown(const fir__data *root, fir_error *err)
{
    for (uint32_t i = 0; i < root->count; i++) {
        bool known = false;
        for (size_t m = 0; m < MEMBERS; m++) {
            known = known || fir__str_eq(members[m].name, root->entries[i].key);
        }
        if (!known) {
            fir__schema_at at = {NULL, root->entries[i].key};
            char near[FIR__SCHEMA_SUGGESTION];
            return fir__schema_fail(err, &at, "unknown key%s",
                                    fir__schema_suggestion(fir__str_suggest(at.name, MEMBERS, member_at, NULL), near));
        }
    }
    return FIR_OK;
}

/* What the keys say together. Keys that an output block has itself cannot be parameters of a type with an output. */
static int check_whole(const fir__action_def *a, fir_error *err)
{
    static const fir_str reserved[] = {FIR__TEXT("condition"), FIR__TEXT("enabled"), FIR__TEXT("minimum_priority"),
                                       FIR__TEXT("name"), FIR__TEXT("use")};
    if (a->destructive && a->notifies) {
        return fir__schema_fail(err, NULL, "a type that notifies changes nothing, so it cannot be destructive");
    }
    for (size_t i = 0; a->output_name.len != 0 && i < sizeof reserved / sizeof *reserved; i++) {
        if (fir__action_param(a, reserved[i]) != NULL) {
            fir__schema_at params = {NULL, FIR__S("parameters")}, at = {&params, reserved[i]};
            return fir__schema_fail(err, &at, "an output block has a key of this name itself; rename the parameter");
        }
    }
    return FIR_OK;
}

int fir__schema_read(fir_str json, fir__host_type *t, fir_error *err)
{
    fir__data *root;
    if (json.len > FIR__SCHEMA_MOST_BYTES) {
        return fir__schema_fail(err, NULL, "it has more than %d bytes", FIR__SCHEMA_MOST_BYTES);
    }
    int status = fir__json_document(json, &t->arena, &root, err);
    if (status != FIR_OK) {
        return status;
    }
    if (root->type != FIR__DATA_MAP) {
        return fir__schema_fail(err, NULL, "an object is wanted");
    }
    status = refuse_unknown(root, err);
    for (size_t m = 0; status == FIR_OK && m < MEMBERS; m++) {
        fir__schema_at at = {NULL, members[m].name};
        const fir__data *d = fir__data_get(root, members[m].name);
        if (d != NULL) {
            status = members[m].read(t, d, &at, err);
        } else if (members[m].required) {
            status = fir__schema_fail(err, &at, "it is missing");
        }
    }
    t->def.works = t->def.host = true;
    return status == FIR_OK ? check_whole(&t->def, err) : status;
}
