/* SPDX-License-Identifier: Apache-2.0 */
#include "playbook/shape.h"

#include "base/time.h"
#include "playbook/load.h"

const char *fir__data_kind(const fir__data *d)
{
    static const char *const kinds[] = {
        [FIR__DATA_NULL] = "nothing", [FIR__DATA_LIST] = "a list", [FIR__DATA_MAP] = "a mapping", [FIR__DATA_TEXT] = "a text"};
    return d->type < sizeof kinds / sizeof *kinds && kinds[d->type] != NULL ? kinds[d->type] : "a value";
}

bool fir__get_bool(const fir__data *d, bool otherwise)
{
    return d == NULL ? otherwise : fir__str_eq(d->s, FIR__S("true"));
}

int64_t fir__get_duration(const fir__data *d)
{
    int64_t ns = 0;
    return d != NULL && fir__duration_parse(d->s, &ns) ? ns : 0;
}

uint32_t fir__get_count(const fir__data *d)
{
    uint64_t n = 0;
    return d != NULL && fir__str_u64(d->s, &n) && n <= UINT32_MAX ? (uint32_t)n : 0;
}

fir_str fir__get_text(const fir__data *d)
{
    return d == NULL ? (fir_str){NULL, 0} : d->s;
}

/* The next word of a text with blanks between; ptr NULL at its end. */
static fir_str next_word(const char **at)
{
    while (**at == ' ') {
        (*at)++;
    }
    const char *begin = *at;
    while (**at != '\0' && **at != ' ') {
        (*at)++;
    }
    return *at == begin ? (fir_str){NULL, 0} : (fir_str){begin, (size_t)(*at - begin)};
}

uint8_t fir__get_choice(const fir__data *d, const char *choices)
{
    if (d == NULL) {
        return 0;
    }
    uint8_t i = 1;
    for (fir_str word = next_word(&choices); word.ptr != NULL; word = next_word(&choices), i++) {
        if (fir__str_eq(word, d->s)) {
            return i;
        }
    }
    return 0;
}

static void wrong_type(fir__load *l, const fir__key_def *key, const fir__data *d, const char *wanted, const char *hint)
{
    if (d->type == FIR__DATA_TEXT) {
        fir__report(l, FIR__PB_WRONG_TYPE, fir__where_of(d), fir__cstr(hint), "`%.*s` wants %s, not \"%.*s\"", FIR__SHOW(key->name),
                    wanted, FIR__SHOW(d->s));
    } else {
        fir__report(l, FIR__PB_WRONG_TYPE, fir__where_of(d), fir__cstr(hint), "`%.*s` wants %s, not %s", FIR__SHOW(key->name),
                    wanted, fir__data_kind(d));
    }
}

typedef bool want_check(fir__load *l, const fir__key_def *key, const fir__data *d);

static bool check_text(fir__load *l, const fir__key_def *key, const fir__data *d)
{
    if (d->type == FIR__DATA_TEXT) {
        return true;
    }
    wrong_type(l, key, d, "a text",
               d->type == FIR__DATA_MAP ? "a text with a colon and a blank is a mapping: put it in quotes" : NULL);
    return false;
}

static bool is_null_word(const fir__data *d)
{
    return d->style == FIR__PLAIN && fir__str_eq_nocase(d->s, FIR__S("null"));
}

static bool check_name(fir__load *l, const fir__key_def *key, const fir__data *d)
{
    if (!check_text(l, key, d)) {
        return false;
    }
    if (d->s.len == 0 || is_null_word(d)) {
        fir__report(l, FIR__PB_BAD_NAME, fir__where_of(d), FIR__S("to use this word as a name, put it in quotes"),
                    d->s.len == 0 ? "`%.*s` is empty" : "`%.*s` is a null", FIR__SHOW(key->name));
        return false;
    }
    return true;
}

static bool is_bool(const fir__data *d)
{
    return d->type == FIR__DATA_TEXT && (fir__str_eq(d->s, FIR__S("true")) || fir__str_eq(d->s, FIR__S("false")));
}

static bool check_bool(fir__load *l, const fir__key_def *key, const fir__data *d)
{
    if (is_bool(d)) {
        return true;
    }
    wrong_type(l, key, d, "true or false", NULL);
    return false;
}

static bool check_duration(fir__load *l, const fir__key_def *key, const fir__data *d)
{
    int64_t ns;
    if (d->type == FIR__DATA_TEXT && fir__duration_parse(d->s, &ns) && ns > 0) {
        return true;
    }
    wrong_type(l, key, d, "a duration above zero", "write a number and ms, s, m, h or d: 90s, 15m");
    return false;
}

static bool check_age(fir__load *l, const fir__key_def *key, const fir__data *d)
{
    return (d->type == FIR__DATA_TEXT && fir__str_eq(d->s, FIR__S("off"))) || check_duration(l, key, d);
}

static bool check_count(fir__load *l, const fir__key_def *key, const fir__data *d)
{
    uint64_t n;
    if (d->type == FIR__DATA_TEXT && fir__str_u64(d->s, &n) && n >= 1 && n <= UINT32_MAX) {
        return true;
    }
    wrong_type(l, key, d, "a whole number from 1 on", NULL);
    return false;
}

static bool check_time(fir__load *l, const fir__key_def *key, const fir__data *d)
{
    int64_t ns;
    if (d->type == FIR__DATA_TEXT && fir__time_parse(d->s, &ns)) {
        return true;
    }
    wrong_type(l, key, d, "a time", "write it as RFC 3339 has it: 2026-07-14T09:21:33Z");
    return false;
}

static bool check_choice(fir__load *l, const fir__key_def *key, const fir__data *d)
{
    if (!check_text(l, key, d)) {
        return false;
    }
    if (fir__get_choice(d, key->choices) != 0) {
        return true;
    }
    fir__report(l, FIR__PB_BAD_VALUE, fir__where_of(d), (fir_str){NULL, 0}, "`%.*s` is one of: %s; not \"%.*s\"",
                FIR__SHOW(key->name), key->choices, FIR__SHOW(d->s));
    return false;
}

static bool check_texts(fir__load *l, const fir__key_def *key, const fir__data *d)
{
    if (d->type != FIR__DATA_LIST) {
        wrong_type(l, key, d, "a list", d->type == FIR__DATA_TEXT ? "put it in brackets: [one, two]" : NULL);
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < d->count; i++) {
        ok = check_text(l, key, &d->items[i]) && ok;
    }
    return ok;
}

static bool check_map(fir__load *l, const fir__key_def *key, const fir__data *d)
{
    if (d->type != FIR__DATA_MAP) {
        wrong_type(l, key, d, "a mapping", NULL);
        return false;
    }
    return key->shape == NULL || fir__shape_read(l, key->shape, d, NULL, NULL);
}

static bool check_maps(fir__load *l, const fir__key_def *key, const fir__data *d)
{
    if (d->type != FIR__DATA_LIST) {
        wrong_type(l, key, d, "a list of mappings", d->type == FIR__DATA_MAP ? "begin it with a dash" : NULL);
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < d->count; i++) {
        ok = check_map(l, key, &d->items[i]) && ok;
    }
    return ok;
}

static bool check_switch(fir__load *l, const fir__key_def *key, const fir__data *d)
{
    return is_bool(d) || check_map(l, key, d);
}

static bool check_required(fir__load *l, const fir__key_def *key, const fir__data *d)
{
    if (is_bool(d) || (d->type == FIR__DATA_TEXT && fir__str_eq(d->s, FIR__S("required")))) {
        return true;
    }
    wrong_type(l, key, d, "the word required", NULL);
    return false;
}

static bool check_test_event(fir__load *l, const fir__key_def *key, const fir__data *d)
{
    if (d->type == FIR__DATA_MAP || (d->type == FIR__DATA_LIST && d->count != 0)) {
        return true;
    }
    wrong_type(l, key, d, "an alert, a list of alerts or {file: PATH}", NULL);
    return false;
}

static bool check_any(fir__load *l, const fir__key_def *key, const fir__data *d)
{
    (void)l, (void)key, (void)d;
    return true;
}

static want_check *const checks[] = {
    [FIR__WANT_NAME] = check_name,         [FIR__WANT_TEXT] = check_text,
    [FIR__WANT_BOOL] = check_bool,         [FIR__WANT_DURATION] = check_duration,
    [FIR__WANT_COUNT] = check_count,       [FIR__WANT_CHOICE] = check_choice,
    [FIR__WANT_TIME] = check_time,         [FIR__WANT_TEXTS] = check_texts,
    [FIR__WANT_MAP] = check_map,           [FIR__WANT_MAPS] = check_maps,
    [FIR__WANT_SHAPE] = check_map,         [FIR__WANT_SWITCH] = check_switch,
    [FIR__WANT_REQUIRED] = check_required, [FIR__WANT_TEST_EVENT] = check_test_event,
    [FIR__WANT_ANY] = check_any,           [FIR__WANT_AGE] = check_age,
};

static uint32_t find_key(const fir__shape *shape, fir_str name, bool *alias)
{
    for (uint32_t i = 0; i < shape->count; i++) {
        if (fir__str_eq(shape->keys[i].name, name)) {
            *alias = false;
            return i;
        }
        if (shape->keys[i].alias.len != 0 && fir__str_eq(shape->keys[i].alias, name)) {
            *alias = true;
            return i;
        }
    }
    return FIR__NO_INDEX;
}

/* Names and aliases in one row, for a suggestion. */
static fir_str spelling_at(const void *ctx, size_t i)
{
    const fir__shape *shape = ctx;
    const fir__key_def *key = &shape->keys[i / 2];
    return i % 2 != 0 && key->alias.len != 0 ? key->alias : key->name;
}

static const char *article(const fir__shape *shape)
{
    return strchr("aeiou", shape->what[0]) != NULL ? "an" : "a";
}

static void unknown_key(fir__load *l, const fir__shape *shape, const fir__entry *e)
{
    char buffer[FIR__HINT];
    fir_str hint = fir__hint_near(fir__str_suggest(e->key, (size_t)shape->count * 2, spelling_at, shape), buffer);
    fir__report(l, FIR__PB_UNKNOWN_KEY, (fir__where){e->value.file, e->line, e->column}, hint, "a %s has no key `%.*s`",
                shape->what, FIR__SHOW(e->key));
}

static bool required_keys(fir__load *l, const fir__shape *shape, const fir__data *map, const fir__data *const *found)
{
    bool ok = true;
    for (uint32_t i = 0; i < shape->count; i++) {
        fir_str name = shape->keys[i].name;
        if (shape->keys[i].required && found[i] == NULL) {
            bool null = fir__data_get(map, name) != NULL;
            fir__report(l, FIR__PB_MISSING_KEY, fir__where_of(map),
                        null ? FIR__S("its value is empty or a null; to use that word as a text, put it in quotes") : FIR__S(""),
                        "%s %s needs the key `%.*s`", article(shape), shape->what, FIR__SHOW(name));
            ok = false;
        }
    }
    return ok;
}

/* A shape may be read twice, when its item is loaded and when it is resolved. */
static void say_idle(fir__load *l, const fir__shape *shape, const fir__key_def *key, const fir__entry *e)
{
    fir__where at = {e->value.file, e->line, e->column};
    if (key->idle && !fir__said_before(l, fir__playbook_codes[FIR__PB_NO_EFFECT].code, at)) {
        fir__report(l, FIR__PB_NO_EFFECT, at, FIR__S("take it away, or know that nothing comes of it"),
                    "`%.*s` of %s %s has no effect in this version", FIR__SHOW(key->name), article(shape), shape->what);
    }
}

static bool check_entry(fir__load *l, const fir__shape *shape, const fir__key_def *key, const fir__entry *e)
{
    if (!checks[key->want](l, key, &e->value)) {
        return false;
    }
    say_idle(l, shape, key, e);
    return true;
}

uint32_t fir__shape_entry(fir__load *l, const fir__shape *shape, const fir__entry *e, bool *ok)
{
    bool alias;
    uint32_t k = find_key(shape, e->key, &alias);
    if (k == FIR__NO_INDEX) {
        unknown_key(l, shape, e);
        *ok = false;
    } else if (e->value.type != FIR__DATA_NULL) {
        *ok = check_entry(l, shape, &shape->keys[k], e) && *ok;
    }
    return k;
}

bool fir__shape_read(fir__load *l, const fir__shape *shape, const fir__data *map, const fir__data **values, uint64_t *by_alias)
{
    const fir__data *own[FIR__MOST_KEYS] = {NULL};
    const fir__data **found = values != NULL ? values : own;
    uint64_t aliases = 0, seen = 0;
    bool ok = true;
    for (uint32_t i = 0; i < map->count; i++) {
        const fir__entry *e = &map->entries[i];
        bool alias;
        uint32_t k = find_key(shape, e->key, &alias);
        if (k == FIR__NO_INDEX) {
            unknown_key(l, shape, e);
            ok = false;
            continue;
        }
        if ((seen >> k & 1) != 0) {
            fir__report(l, FIR__PB_ALIAS_TOO, (fir__where){e->value.file, e->line, e->column}, (fir_str){NULL, 0},
                        "`%.*s` and `%.*s` are one key: give one of them", FIR__SHOW(shape->keys[k].name),
                        FIR__SHOW(shape->keys[k].alias));
            ok = false;
            continue;
        }
        seen |= UINT64_C(1) << k;
        if (e->value.type == FIR__DATA_NULL) {
            continue;
        }
        found[k] = &e->value;
        aliases |= (uint64_t)alias << k;
        ok = check_entry(l, shape, &shape->keys[k], e) && ok;
    }
    if (by_alias != NULL) {
        *by_alias = aliases;
    }
    return required_keys(l, shape, map, found) && ok;
}
