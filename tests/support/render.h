/* SPDX-License-Identifier: Apache-2.0 */
/* Templates in tests: compiled with internal options, rendered for an alert given as JSON. */
#ifndef FIR_TEST_RENDER_H
#define FIR_TEST_RENDER_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/event.h"
#include "template/internal.h"

/* One template with everything it needs; `spec` may be set before compile. */
typedef struct test_template {
    fir__template_spec spec;
    fir__arena arena;
    fir__slots slots;
    const fir__template *template;
    fir_event *event;
    fir__frame frame;
    fir__sbuf out, json, fields;
    fir__value event_json, output_fields, event_id;
    uint32_t flags;
    fir_error error;
} test_template;

static void test_template_init(test_template *t, int32_t syntax, int32_t sink)
{
    memset(t, 0, sizeof *t);
    t->spec.syntax = syntax;
    t->spec.sink = sink;
    fir__arena_init(&t->arena, &fir__default_allocator, 0);
    fir__slots_init(&t->slots, &t->arena);
    t->spec.slots = &t->slots;
    fir__sbuf_init(&t->out, &fir__default_allocator, 16 << 20);
    fir__sbuf_init(&t->json, &fir__default_allocator, 16 << 20);
    fir__sbuf_init(&t->fields, &fir__default_allocator, 16 << 20);
    ck_assert_int_eq(fir_event_new(NULL, &t->event, NULL), 0);
}

static void test_template_free(test_template *t)
{
    fir__slots_free(&t->slots);
    fir__arena_free(&t->arena);
    fir__sbuf_free(&t->out);
    fir__sbuf_free(&t->json);
    fir__sbuf_free(&t->fields);
    fir_event_free(t->event);
}

static int test_template_compile(test_template *t, const char *text, size_t n)
{
    t->spec.text = fir__str(text, n);
    return fir__template_compile(&t->spec, &t->arena, &t->template, &t->error);
}

/* The value of a slot for the alert in hand. */
static const fir__value *test_slot_value(test_template *t, const fir__slot *slot)
{
    if (slot->property == FIR__PROP_NONE) {
        const fir__event_field *f = fir__event_find(t->event, slot->name);
        return f != NULL ? &f->value : NULL;
    }
    if (slot->property <= FIR__PROP_UUID) {
        return t->event->properties[slot->property];
    }
    switch (slot->property) {
    case FIR__PROP_EVENT_ID:
        t->event_id = fir__value_string(FIR__S("0123abcd"));
        return &t->event_id;
    case FIR__PROP_EVENT_JSON:
        fir__event_write(t->event, &t->json);
        t->event_json = (fir__value){.type = FIR__OBJECT, .ptr = t->json.ptr, .text_len = t->json.len};
        return &t->event_json;
    case FIR__PROP_OUTPUT_FIELDS:
        fir__event_write_fields(t->event, &t->fields);
        t->output_fields = (fir__value){.type = FIR__OBJECT, .ptr = t->fields.ptr, .text_len = t->fields.len};
        return &t->output_fields;
    default:
        return NULL;
    }
}

static void test_template_alert(test_template *t, const char *alert, size_t n)
{
    fir_error error;
    int rc = fir_event_parse(t->event, alert, n, NULL, &error);
    if (rc != 0) {
        ck_abort_msg("%s: %.300s", error.message, alert);
    }
    t->frame.count = t->slots.count;
    t->frame.values = fir__arena_array(&t->arena, t->slots.count, sizeof *t->frame.values);
    for (uint32_t i = 0; i < t->slots.count; i++) {
        t->frame.values[i] = test_slot_value(t, &t->slots.items[i]);
    }
}

/* The result is in t->out, NUL-terminated. */
static int test_template_render(test_template *t)
{
    fir__sbuf_clear(&t->out);
    int rc = fir__template_render(t->template, &t->frame, &t->out, &t->flags, &t->error);
    fir__sbuf_char(&t->out, '\0');
    t->out.len--;
    return rc;
}

#endif
