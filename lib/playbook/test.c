/* SPDX-License-Identifier: Apache-2.0 */
/* `test` items: alerts and what must be planned for them. Checked here, run by `falcoir test`. */
#include "json/reader.h"
#include "playbook/load.h"

static const fir__key_def action_keys[] = {
    {.name = {"action", 6}, .want = FIR__WANT_NAME}, {.name = {"id", 2}, .want = FIR__WANT_TEXT},
    {.name = {"use", 3}, .want = FIR__WANT_TEXT},    {.name = {"parameters", 10}, .want = FIR__WANT_MAP},
    {.name = {"target", 6}, .want = FIR__WANT_MAP},  {.name = {"status", 6}, .want = FIR__WANT_TEXT},
};
static const fir__shape action_shape = {"test's action", action_keys, sizeof action_keys / sizeof *action_keys};

static const fir__key_def expect_keys[] = {
    {.name = {"rule", 4}, .want = FIR__WANT_NAME, .required = true},
    {.name = {"status", 6},
     .want = FIR__WANT_CHOICE,
     .choices = "proceed stale duplicate cooling below_threshold paused protected needs_approval refused"},
    {.name = {"actions", 7}, .want = FIR__WANT_MAPS, .shape = &action_shape},
};
static const fir__shape expect_shape = {"test's `expect`", expect_keys, 3};

static const fir__key_def keys[] = {
    {.name = {"test", 4}, .want = FIR__WANT_NAME, .required = true},
    {.name = {"event", 5}, .want = FIR__WANT_TEST_EVENT, .required = true},
    {.name = {"at", 2}, .want = FIR__WANT_TIME},
    {.name = {"expect", 6}, .want = FIR__WANT_MAPS, .shape = &expect_shape},
    {.name = {"expect_no_rule", 14}, .want = FIR__WANT_TEXTS},
};
const fir__shape fir__test_shape = {"test", keys, sizeof keys / sizeof *keys};

/* ---- alerts as JSON has them ---- */

static size_t digits(fir_str s, size_t at)
{
    size_t n = 0;
    while (at + n < s.len && fir__is_digit(s.ptr[at + n])) {
        n++;
    }
    return n;
}

/* A number as JSON writes it: 0, -7, 1.5, 1e3; not 007, +1, 0x10. */
static bool is_number(fir_str s)
{
    size_t at = s.len != 0 && s.ptr[0] == '-';
    size_t n = digits(s, at);
    if (n == 0 || (n > 1 && s.ptr[at] == '0')) {
        return false;
    }
    at += n;
    if (at < s.len && s.ptr[at] == '.') {
        n = digits(s, at + 1);
        at += 1 + n;
        if (n == 0) {
            return false;
        }
    }
    if (at < s.len && (s.ptr[at] == 'e' || s.ptr[at] == 'E')) {
        at++;
        at += at < s.len && (s.ptr[at] == '-' || s.ptr[at] == '+');
        n = digits(s, at);
        at += n;
        if (n == 0) {
            return false;
        }
    }
    return at == s.len;
}

static void typed_scalar(fir__data *d)
{
    fir_str s = d->s;
    int64_t i;
    uint64_t u;
    if (fir__str_eq(s, FIR__S("true")) || fir__str_eq(s, FIR__S("false"))) {
        d->type = FIR__DATA_BOOL;
        d->b = s.ptr[0] == 't';
    } else if (!is_number(s)) {
        return;
    } else if (fir__str_i64(s, &i)) {
        d->type = FIR__DATA_INT;
        d->i = i;
    } else if (fir__str_u64(s, &u)) {
        d->type = FIR__DATA_UINT;
        d->u = u;
    } else {
        d->type = FIR__DATA_DOUBLE;
        d->d = fir__json_to_double(s);
    }
}

static bool typed(fir__load *l, const fir__data *from, fir__data *to)
{
    *to = *from;
    if (from->type == FIR__DATA_TEXT && from->style == FIR__PLAIN) {
        typed_scalar(to);
    } else if (from->type == FIR__DATA_LIST) {
        fir__data *items = fir__load_array(l, from->count, sizeof *items);
        for (uint32_t i = 0; items != NULL && i < from->count; i++) {
            (void)typed(l, &from->items[i], &items[i]);
        }
        to->items = items;
    } else if (from->type == FIR__DATA_MAP) {
        fir__entry *entries = fir__load_array(l, from->count, sizeof *entries);
        for (uint32_t i = 0; entries != NULL && i < from->count; i++) {
            entries[i] = from->entries[i];
            (void)typed(l, &from->entries[i].value, &entries[i].value);
        }
        to->entries = entries;
    }
    return l->status == 0;
}

bool fir__test_typed(fir__load *l, const fir__data **values, fir__data *out)
{
    *out = (fir__data){.type = FIR__DATA_MAP, .file = values[0]->file, .line = values[0]->line, .column = values[0]->column};
    fir__entry *entries = fir__load_array(l, fir__test_shape.count, sizeof *entries);
    if (entries == NULL) {
        return false;
    }
    out->entries = entries;
    for (uint32_t i = 0; i < fir__test_shape.count; i++) {
        if (values[i] == NULL) {
            continue;
        }
        fir__entry *e = &entries[out->count++];
        *e = (fir__entry){keys[i].name, values[i]->line, values[i]->column, *values[i]};
        /* What is expected stays text: it is compared with what a parameter's type, if it has one, made of the same text. */
        if (fir__str_eq(e->key, FIR__S("event")) && !typed(l, values[i], &e->value)) {
            return false;
        }
    }
    return true;
}
