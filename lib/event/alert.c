/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON alert into an event.
 *
 * What makes an object an alert: `rule` is a string; or, from senders that leave it out, `priority` is a string and there is
 * `output` or `message` (a string) or `output_fields` (an object). A CloudEvent may have `rule` as an extension attribute, so an
 * object with `specversion` and `data` or `data_base64` is none, but what it holds. Any other object is none either: Falco's
 * metrics file, an envelope, {}.
 *
 * Known keys may differ in case, as the Go programs between Falco and us take them; twice the same key is refused, also then.
 * Duplicates inside the nested values of other senders are not looked for: these values stay text. */
#include "base/utf8.h"
#include "event/memory.h"
#include "json/reader.h"

typedef struct alert {
    fir_event *e;
    fir__json_reader r;
    fir_str source;
    uint32_t seen; /* one bit an entry of `known` */
    uint32_t next; /* the entry to try first */
    fir_str wrong; /* a known key whose value has the wrong type, and where */
    const char *wanted;
    size_t wrong_at;
    bool specversion, data;
    fir_error *err;
} alert;

typedef enum kind { TEXT, TAGS, FIELDS } kind;

/* In Falco's order, so that each is the first one tried. */
static const struct known {
    fir_str name;
    uint8_t property, kind;
} known[] = {
    {{"hostname", 8}, FIR__PROP_HOSTNAME, TEXT}, {{"message", 7}, FIR__PROP_MESSAGE, TEXT},
    {{"output", 6}, FIR__PROP_OUTPUT, TEXT},     {{"output_fields", 13}, FIR__PROP_NONE, FIELDS},
    {{"priority", 8}, FIR__PROP_PRIORITY, TEXT}, {{"rule", 4}, FIR__PROP_RULE, TEXT},
    {{"source", 6}, FIR__PROP_SOURCE, TEXT},     {{"tags", 4}, FIR__PROP_TAGS, TAGS},
    {{"time", 4}, FIR__PROP_TIME, TEXT},         {{"uuid", 4}, FIR__PROP_UUID, TEXT},
};
enum { KNOWN = sizeof known / sizeof known[0] };

static int fail(alert *a)
{
    return fir__json_error(&a->r, a->source, a->err);
}

/* A key that stands twice. One that had to be repaired stands elsewhere: then its place is where reading stopped. */
static int fail_twice(alert *a, fir_str key, const char *where)
{
    size_t at = (size_t)((uintptr_t)key.ptr - (uintptr_t)a->r.begin);
    fir__place place = fir__place_of(a->source, at <= a->source.len ? at : (size_t)(a->r.at - a->r.begin));
    return fir__fail_at(a->err, FIR_EPARSE, place, "the key \"%.*s\" stands twice in %s", (int)fir__utf8_floor(key, 200), key.ptr,
                        where);
}

/* The entry of a key, KNOWN when it has none. */
static uint32_t find_known(const alert *a, fir_str key)
{
    for (uint32_t i = 0; i < KNOWN; i++) {
        uint32_t k = (a->next + i) % KNOWN;
        if (fir__str_eq(key, known[k].name)) {
            return k;
        }
    }
    for (uint32_t k = 0; k < KNOWN; k++) {
        if (fir__str_eq_nocase(key, known[k].name)) {
            return k;
        }
    }
    return KNOWN;
}

/* Skips a value that is not what its key wants: null is as if the key were not there, the rest is told when it turns out that
 * this is an alert. */
static int skip_wrong(alert *a, const struct known *k, const char *wanted)
{
    fir_str raw = {NULL, 0};
    if (!fir__json_skip(&a->r, &raw)) {
        return fail(a);
    }
    if (!fir__str_eq(raw, FIR__S("null")) && a->wanted == NULL) {
        a->wrong = k->name;
        a->wanted = wanted;
        a->wrong_at = (size_t)(raw.ptr - a->r.begin);
    }
    return 0;
}

static int read_text(alert *a, const struct known *k)
{
    fir_str s;
    if (fir__json_peek(&a->r) != '"') {
        return skip_wrong(a, k, "a string");
    }
    if (!fir__json_read_string(&a->r, &s)) {
        return fail(a);
    }
    fir__event_set(a->e, (fir__property)k->property, s);
    return 0;
}

/* An object, or an array inside of an array: it stays text. */
static int read_nested(alert *a, fir__value *out)
{
    fir_str raw = {NULL, 0};
    if (!fir__json_skip(&a->r, &raw)) {
        return fail(a);
    }
    if ((a->r.seen & FIR__JSON_SAW_BROKEN) != 0 && fir__utf8_valid(raw) != raw.len) {
        fir__sbuf clean;
        fir__sbuf_init(&clean, &a->e->allocator, 3 * raw.len);
        (void)fir__utf8_append_clean(&clean, raw);
        raw = (fir_str){clean.status == 0 ? fir__event_copy(a->e, fir__sbuf_view(&clean)) : NULL, clean.len};
        fir__sbuf_free(&clean);
        if (raw.ptr == NULL) {
            return fir__no_memory(a->err);
        }
    }
    *out = (fir__value){.type = FIR__OBJECT, .ptr = raw.ptr, .text_len = raw.len};
    return 0;
}

/* The elements of an array whose bracket was taken, into the memory's list. */
static int read_items(alert *a, uint32_t *count)
{
    fir__event_memory *m = a->e->memory;
    bool more = fir__json_peek(&a->r) != ']';
    *count = 0;
    if (!more) {
        fir__json_leave(&a->r);
    }
    while (more) {
        if (!fir__grow(&a->e->allocator, &m->items, &m->cap_items, (size_t)*count + 1, sizeof *m->items)) {
            return fir__no_memory(a->err);
        }
        fir__value *v = &m->items[*count];
        char c = fir__json_peek(&a->r);
        int code = c == '{' || c == '[' ? read_nested(a, v) : fir__json_read_scalar(&a->r, v) ? 0 : fail(a);
        if (code != 0) {
            return code;
        }
        ++*count;
        if (!fir__json_next(&a->r, ']', &more)) {
            return fail(a);
        }
    }
    return 0;
}

static int read_list(alert *a, fir__value *out)
{
    uint32_t count = 0;
    int code = fir__json_enter(&a->r) ? read_items(a, &count) : fail(a);
    *out = (fir__value){.type = FIR__LIST, .len = count, .items = NULL};
    if (code != 0 || count == 0) {
        return code;
    }
    fir__value *items = fir__event_room(a->e, count * sizeof *items);
    if (items == NULL) {
        return fir__no_memory(a->err);
    }
    memcpy(items, a->e->memory->items, count * sizeof *items);
    out->items = items;
    return 0;
}

/* An array of strings. Of another scalar its text counts; a null is left out. */
static int read_tags(alert *a, const struct known *k)
{
    if (fir__json_peek(&a->r) != '[') {
        return skip_wrong(a, k, "an array of strings");
    }
    fir__value list = {0};
    int code = fir__json_enter(&a->r) ? read_items(a, &list.len) : fail(a);
    if (code != 0) {
        return code;
    }
    fir__value *tags = fir__event_room(a->e, list.len * sizeof *tags);
    if (tags == NULL) {
        return fir__no_memory(a->err);
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < list.len; i++) {
        const fir__value *v = &a->e->memory->items[i];
        if (v->type != FIR__NULL) {
            tags[count++] = fir__value_string(fir__value_text(v));
        }
    }
    fir__event_set_tags(a->e, tags, count);
    return 0;
}

static int read_nonscalar(alert *a, char bracket, fir__value *out)
{
    return bracket == '[' ? read_list(a, out) : read_nested(a, out);
}

static int read_field(alert *a)
{
    fir_str name = {NULL, 0};
    if (!fir__json_read_key(&a->r, &name)) {
        return fail(a);
    }
    fir__event_field *f;
    while ((f = fir__event_next_field(a->e, name)) == NULL) {
        int code = fir__event_no_field(a->e, a->err);
        if (code != 0) {
            return code;
        }
    }
    char c = fir__json_peek(&a->r);
    if (c == '"') {
        fir_str s;
        if (!fir__json_read_string(&a->r, &s)) {
            return fail(a);
        }
        f->value = fir__value_string(s);
        return 0;
    }
    if (c == '{' || c == '[') {
        return read_nonscalar(a, c, &f->value);
    }
    return fir__json_read_scalar(&a->r, &f->value) ? 0 : fail(a);
}

static int read_fields(alert *a, const struct known *k)
{
    if (fir__json_peek(&a->r) != '{') {
        return skip_wrong(a, k, "an object");
    }
    if (!fir__json_enter(&a->r)) {
        return fail(a);
    }
    a->e->memory->has_fields = true;
    bool more = fir__json_peek(&a->r) != '}';
    if (!more) {
        fir__json_leave(&a->r);
    }
    while (more) {
        int code = read_field(a);
        if (code != 0) {
            return code;
        }
        if (!fir__json_next(&a->r, '}', &more)) {
            return fail(a);
        }
    }
    return 0;
}

static int read_other(alert *a, fir_str key)
{
    fir_str raw = {NULL, 0};
    fir__event_memory *m = a->e->memory;
    if (m->n_others >= m->max_fields) {
        return fir__fail(a->err, FIR_ELIMIT, "the alert has more unknown keys than max_fields (%u)", m->max_fields);
    }
    if (!fir__grow(&a->e->allocator, &m->others, &m->cap_others, (size_t)m->n_others + 1, sizeof *m->others)) {
        return fir__no_memory(a->err);
    }
    m->others[m->n_others++] = key;
    a->specversion |= fir__str_eq(key, FIR__S("specversion"));
    a->data |= fir__str_eq(key, FIR__S("data")) || fir__str_eq(key, FIR__S("data_base64"));
    return fir__json_skip(&a->r, &raw) ? 0 : fail(a);
}

static int read_member(alert *a)
{
    static int (*const readers[])(alert *, const struct known *) = {[TEXT] = read_text, [TAGS] = read_tags, [FIELDS] = read_fields};
    fir_str key = {NULL, 0};
    if (!fir__json_read_key(&a->r, &key)) {
        return fail(a);
    }
    uint32_t k = find_known(a, key);
    if (k == KNOWN) {
        return read_other(a, key);
    }
    if ((a->seen >> k & 1) != 0) {
        return fail_twice(a, key, "the alert");
    }
    a->seen |= 1u << k;
    a->next = k + 1;
    return readers[known[k].kind](a, &known[k]);
}

static int read_object(alert *a)
{
    if (fir__json_peek(&a->r) != '{') {
        (void)fir__json_fail(&a->r, FIR_EPARSE, a->r.at, "a JSON alert is an object: expected '{'");
        return fail(a);
    }
    if (!fir__json_enter(&a->r)) {
        return fail(a);
    }
    bool more = fir__json_peek(&a->r) != '}';
    if (!more) {
        fir__json_leave(&a->r);
    }
    while (more) {
        int code = read_member(a);
        if (code != 0) {
            return code;
        }
        if (!fir__json_next(&a->r, '}', &more)) {
            return fail(a);
        }
    }
    return fir__json_finish(&a->r) ? 0 : fail(a);
}

static int check_is_alert(const alert *a)
{
    const fir__value *const *p = a->e->properties;
    if (a->specversion && a->data) {
        return fir__fail(a->err, FIR_ENOTFOUND, "not a Falco alert: it is a CloudEvent");
    }
    bool content = p[FIR__PROP_OUTPUT] != NULL || p[FIR__PROP_MESSAGE] != NULL || a->e->memory->has_fields;
    if (p[FIR__PROP_RULE] != NULL || (p[FIR__PROP_PRIORITY] != NULL && content)) {
        return 0;
    }
    return fir__fail(a->err, FIR_ENOTFOUND, "not a Falco alert: it has no \"rule\"");
}

/* What was read, as a whole; then the event is finished. */
static int check(alert *a)
{
    fir__event_memory *m = a->e->memory;
    fir_str twice;
    int code = check_is_alert(a);
    if (code != 0) {
        return code;
    }
    if (a->wanted != NULL) {
        return fir__fail_at(a->err, FIR_EPARSE, fir__place_of(a->source, a->wrong_at), "\"%s\" must be %s", a->wrong.ptr,
                            a->wanted);
    }
    if (m->n_others > 1) {
        code = fir__event_distinct(a->e, m->others, sizeof *m->others, m->n_others, &twice);
        if (code != 0) {
            return code == FIR_ENOMEM ? fir__no_memory(a->err) : fail_twice(a, twice, "the alert");
        }
    }
    code = fir__event_finish(a->e, a->err);
    return code == FIR_EPARSE ? fail_twice(a, m->twice, "output_fields") : code;
}

/* The alert's bytes where they can be read in place. */
static int copy_text(fir_event *e, fir_str text, fir_error *err)
{
    fir__event_memory *m = e->memory;
    int code = fir__event_check_size(e, text, err);
    if (code != 0) {
        return code;
    }
    if (!fir__grow(&e->allocator, &m->text, &m->cap_text, text.len + FIR__JSON_PADDING, 1)) {
        return fir__no_memory(err);
    }
    if (text.len != 0) {
        memcpy(m->text, text.ptr, text.len);
    }
    memset(m->text + text.len, 0, FIR__JSON_PADDING);
    return 0;
}

int fir__event_read_json(fir_event *e, fir_str text, fir_error *err)
{
    fir__event_reset(e);
    int code = copy_text(e, text, err);
    if (code != 0) {
        return code;
    }
    alert a = {.e = e, .source = text, .err = err};
    fir__json_start(&a.r, e->memory->text, text.len, e->memory->max_depth, &e->memory->arena);
    code = read_object(&a);
    if (code == 0) {
        code = check(&a);
    }
    if (code != 0) {
        return code;
    }
    e->info.form = FIR_FORM_JSON;
    e->info.flags |= (a.r.seen & FIR__JSON_SAW_NUL) != 0 ? FIR_EVENT_HAS_NUL : 0u;
    e->info.flags |= (a.r.seen & FIR__JSON_SAW_BROKEN) != 0 ? FIR_EVENT_REPLACED_UTF8 : 0u;
    return 0;
}
