/* SPDX-License-Identifier: Apache-2.0 */
/* The event: its memory, how it is filled and how it is asked. */
#include "event/event.h"

#include "base/priority.h"
#include "base/time.h"
#include "base/utf8.h"
#include "event/memory.h"
#include "json/reader.h"

enum { DEFAULT_MAX_BYTES = 256 * 1024, DEFAULT_MAX_FIELDS = 1024, MOST_FIELDS = 1 << 20 };
static const uint64_t MOST_BYTES = UINT64_C(1) << 30; /* lengths inside values are 32 bits, and a text can grow threefold */

static int check_options(const fir_event_options *o, fir_error *err)
{
    int code = fir__check_options(o, o->size, sizeof *o, sizeof *o, err);
    if (code != 0) {
        return code;
    }
    if (o->flags != 0 || o->reserved != 0) {
        return fir__fail(err, FIR_EINVAL, "flags and reserved of the event options must be 0");
    }
    if (o->max_bytes > MOST_BYTES) {
        return fir__fail(err, FIR_EINVAL, "max_bytes is at most 1 GiB");
    }
    if (o->max_depth > FIR__JSON_MOST_DEPTH) {
        return fir__fail(err, FIR_EINVAL, "max_depth is at most %d", FIR__JSON_MOST_DEPTH);
    }
    return o->max_fields > MOST_FIELDS ? fir__fail(err, FIR_EINVAL, "max_fields is at most %d", MOST_FIELDS) : 0;
}

int fir_event_new(const fir_event_options *o, fir_event **out, fir_error *err)
{
    fir_event_options defaults = {.size = sizeof defaults};
    fir_allocator allocator;
    if (out == NULL) {
        return fir__fail(err, FIR_EINVAL, "out is NULL");
    }
    *out = NULL;
    o = o != NULL ? o : &defaults;
    int code = check_options(o, err);
    if (code != 0) {
        return code;
    }
    if (!fir__allocator_copy(o->allocator, &allocator)) {
        return fir__fail(err, FIR_EINVAL, "the allocator lacks a function, or its size is too small");
    }
    fir_event *e = fir__zalloc(&allocator, sizeof *e);
    fir__event_memory *m = fir__zalloc(&allocator, sizeof *m);
    if (e == NULL || m == NULL) {
        fir__free(&allocator, e);
        fir__free(&allocator, m);
        return fir__no_memory(err);
    }
    e->allocator = allocator;
    e->memory = m;
    atomic_flag_clear(&e->guard);
    m->max_bytes = o->max_bytes != 0 ? o->max_bytes : DEFAULT_MAX_BYTES;
    m->max_depth = o->max_depth != 0 ? o->max_depth : FIR__JSON_MOST_DEPTH;
    m->max_fields = o->max_fields != 0 ? o->max_fields : DEFAULT_MAX_FIELDS;
    fir__arena_init(&m->arena, &allocator, 0);
    fir__event_reset(e);
    *out = e;
    return 0;
}

void fir_event_free(fir_event *e)
{
    if (e == NULL) {
        return;
    }
    fir_allocator a = e->allocator;
    fir__event_memory *m = e->memory;
    fir__free(&a, m->text);
    fir__free(&a, m->items);
    fir__free(&a, m->others);
    fir__free(&a, m->order);
    fir__arena_free(&m->arena);
    fir__free(&a, m);
    fir__free(&a, e->fields);
    fir__free(&a, e);
}

void fir__event_reset(fir_event *e)
{
    fir__event_memory *m = e->memory;
    e->parsed = false;
    e->n_fields = 0;
    e->info = (fir_event_info){.priority = FIR__PRIORITY_UNKNOWN, .flags = FIR_EVENT_NO_TIME};
    memset(e->properties, 0, sizeof e->properties);
    fir__arena_reset(&m->arena);
    m->n_others = 0;
    m->ascending = true;
    m->has_fields = false;
}

void *fir__event_room(fir_event *e, size_t n)
{
    return fir__arena_alloc(&e->memory->arena, n);
}

char *fir__event_copy(fir_event *e, fir_str s)
{
    char *p = fir__event_room(e, s.len + 1);
    if (p != NULL && s.len != 0) {
        memcpy(p, s.ptr, s.len);
    }
    return p;
}

static void set_time(fir_event *e, fir__value *v)
{
    int64_t ns;
    if (fir__time_parse((fir_str){v->ptr, v->len}, &ns)) {
        v->type = FIR__INT;
        v->i = ns;
        e->info.time_ns = ns;
        e->info.flags &= ~(uint32_t)FIR_EVENT_NO_TIME;
    }
}

static void set_priority(fir_event *e, fir__value *v)
{
    int level = fir__priority_parse((fir_str){v->ptr, v->len});
    e->info.priority = level;
    if (level != FIR__PRIORITY_UNKNOWN) {
        *v = fir__value_string(fir__priority_name(level));
    }
}

void fir__event_set(fir_event *e, fir__property p, fir_str text)
{
    fir__value *v = &e->property_values[p];
    *v = fir__value_string(text);
    if (p == FIR__PROP_TIME) {
        set_time(e, v);
    } else if (p == FIR__PROP_PRIORITY) {
        set_priority(e, v);
    } else if (p == FIR__PROP_SOURCE && text.len == 0) {
        return;
    } else if (p == FIR__PROP_SOURCE && fir__str_eq(text, FIR__S("internal"))) {
        e->info.flags |= FIR_EVENT_INTERNAL;
    }
    e->properties[p] = v;
}

void fir__event_set_tags(fir_event *e, const fir__value *items, uint32_t count)
{
    fir__value *v = &e->property_values[FIR__PROP_TAGS];
    *v = (fir__value){.type = FIR__LIST, .len = count, .items = items};
    e->properties[FIR__PROP_TAGS] = v;
}

int fir__event_no_field(fir_event *e, fir_error *err)
{
    fir__event_memory *m = e->memory;
    if (e->n_fields >= m->max_fields) {
        return fir__fail(err, FIR_ELIMIT, "the alert has more output_fields than max_fields (%u)", m->max_fields);
    }
    bool grown = fir__grow(&e->allocator, &e->fields, &m->cap_fields, (size_t)e->n_fields + 1, sizeof *e->fields);
    return grown ? 0 : fir__no_memory(err);
}

int fir__event_add_field(fir_event *e, fir_str name, fir__value value, fir_error *err)
{
    fir__event_field *f;
    while ((f = fir__event_next_field(e, name)) == NULL) {
        int code = fir__event_no_field(e, err);
        if (code != 0) {
            return code;
        }
    }
    f->value = value;
    e->memory->has_fields = true;
    return 0;
}

int fir__event_distinct(fir_event *e, const void *items, size_t stride, uint32_t count, fir_str *twice)
{
    fir__event_memory *m = e->memory;
    if (!fir__grow(&e->allocator, &m->order, &m->cap_order, 2 * (size_t)count, sizeof *m->order)) {
        return FIR_ENOMEM;
    }
    fir__keys_sort(items, stride, count, m->order, m->order + count);
    for (uint32_t i = 1; i < count; i++) {
        fir_str before, after;
        memcpy(&before, (const char *)items + stride * m->order[i - 1], sizeof before);
        memcpy(&after, (const char *)items + stride * m->order[i], sizeof after);
        if (fir__str_eq(before, after)) {
            *twice = after;
            return FIR_ENOTFOUND;
        }
    }
    return 0;
}

int fir__event_finish(fir_event *e, fir_error *err)
{
    fir__event_memory *m = e->memory;
    int code = m->ascending ? 0 : fir__event_distinct(e, e->fields, sizeof *e->fields, e->n_fields, &m->twice);
    if (code == FIR_ENOMEM) {
        return fir__no_memory(err);
    }
    if (code != 0) {
        return fir__fail(err, FIR_EPARSE, "the key \"%.*s\" stands twice in output_fields", (int)fir__utf8_floor(m->twice, 200),
                         m->twice.ptr);
    }
    e->info.fields = e->n_fields;
    e->info.flags |= m->has_fields ? 0u : FIR_EVENT_NO_FIELDS;
    e->parsed = true;
    return 0;
}

int fir__event_check_size(const fir_event *e, fir_str text, fir_error *err)
{
    uint64_t most = e->memory->max_bytes;
    return text.len <= most ? 0
                            : fir__fail(err, FIR_ELIMIT, "the alert has %zu bytes, more than max_bytes (%llu)", text.len,
                                        (unsigned long long)most);
}

const fir__event_field *fir__event_find(const fir_event *e, fir_str name)
{
    uint32_t low = 0, high = e->n_fields;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const fir__event_field *f = fir__event_sorted(e, middle);
        int order = fir__key_cmp(f->name, name);
        if (order == 0) {
            return f;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

/* A value as the public header shows it. */
static void show(const fir__value *v, fir_value *out)
{
    *out = (fir_value){.type = v->type, .count = 1, .s = fir__value_text(v)};
    switch (v->type) {
    case FIR__BOOL:
    case FIR__INT:
        out->i = v->i;
        break;
    case FIR__UINT:
        out->u = v->u;
        break;
    case FIR__DOUBLE:
        out->d = v->d;
        break;
    case FIR__LIST:
        out->count = v->len;
        break;
    default:
        break;
    }
}

/* The value of a name: "alert.rule" is always the property, "rule" the field of that name where there is one. */
static const fir__value *find(const fir_event *e, fir_str name)
{
    fir__property p = fir__property_find(name);
    bool dotted = p != FIR__PROP_NONE && fir__str_starts(name, FIR__S("alert."));
    const fir__event_field *f = dotted ? NULL : fir__event_find(e, name);
    return f != NULL ? &f->value : e->properties[p]; /* properties[FIR__PROP_NONE] is always NULL */
}

int fir_event_get(const fir_event *e, const char *name, size_t n, uint32_t index, fir_value *out)
{
    if (out == NULL) {
        return FIR_EINVAL;
    }
    memset(out, 0, sizeof *out);
    if (e == NULL || (name == NULL && n != 0)) {
        return FIR_EINVAL;
    }
    const fir__value *v = e->parsed ? find(e, fir__str(name, n)) : NULL;
    if (v != NULL && index != FIR_WHOLE) { /* a scalar is a list of one */
        bool list = v->type == FIR__LIST;
        v = index >= (list ? v->len : 1u) ? NULL : list ? &v->items[index] : v;
    }
    if (v == NULL) {
        return FIR_ENOTFOUND;
    }
    show(v, out);
    return 0;
}

int fir_event_field_at(const fir_event *e, size_t i, fir_str *name, fir_value *out)
{
    if (name != NULL) {
        *name = (fir_str){NULL, 0};
    }
    if (out != NULL) {
        memset(out, 0, sizeof *out);
    }
    if (e == NULL || name == NULL || out == NULL) {
        return FIR_EINVAL;
    }
    if (!e->parsed || i >= e->n_fields) {
        return FIR_ENOTFOUND;
    }
    *name = e->fields[i].name;
    show(&e->fields[i].value, out);
    return 0;
}
