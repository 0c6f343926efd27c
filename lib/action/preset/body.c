/* SPDX-License-Identifier: Apache-2.0 */
/* A preset's body: a tree whose texts are templates, written as JSON by the writer, so that it is JSON whatever the alert says.
 * A text that is one expansion, of what is not there, takes its entry with it. */
#include "action/preset/preset.h"
#include "base/digest.h"
#include "base/time.h"
#include "base/utf8.h"
#include "catalog/catalog.h"
#include "json/writer.h"

enum { MAX_TEXT = 1024 * 1024 };

#define ZERO_WIDTH_SPACE "\xE2\x80\x8B"
#define ELLIPSIS "\xE2\x80\xA6"

/* ---- texts ---- */

/* Bytes of the first characters, counted as the services do: in UTF-16. */
static size_t prefix_of(fir_str s, size_t most)
{
    size_t units = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        units += (c & 0xC0) == 0x80 ? 0 : c >= 0xF0 ? 2 : 1;
        if (units > most) {
            return i;
        }
    }
    return s.len;
}

/* No half of an entity or of an escape at the end. */
static fir_str without_broken_end(fir_str s)
{
    for (size_t k = 1; k <= 6 && k <= s.len && s.ptr[s.len - k] != ';'; k++) {
        if (s.ptr[s.len - k] == '&') {
            s.len -= k;
            break;
        }
    }
    size_t slashes = 0;
    while (slashes < s.len && s.ptr[s.len - 1 - slashes] == '\\') {
        slashes++;
    }
    s.len -= slashes % 2;
    return s;
}

/* Appends a text that has at most so many characters, with a mark where it was cut. most 0: any number. */
static void put_cut(fir_str s, size_t most, fir__sbuf *b)
{
    if (most == 0 || prefix_of(s, most) == s.len) {
        fir__sbuf_str(b, s);
        return;
    }
    fir__sbuf_str(b, without_broken_end(fir__str_to(s, prefix_of(s, most - 1))));
    fir__sbuf_str(b, FIR__S(ELLIPSIS));
}

static bool begins_name(fir_str s)
{
    return s.len != 0 && (fir__is_alnum(s.ptr[0]) || s.ptr[0] == '_');
}

/* code] or /code], behind whose bracket ServiceNow's journals read HTML. */
static bool begins_code(fir_str s)
{
    fir_str word = s.len != 0 && s.ptr[0] == '/' ? fir__str_from(s, 1) : s;
    return word.len >= 5 && fir__str_eq_nocase(fir__str_to(word, 5), FIR__S("code]"));
}

/* An @ in front of a name is kept apart from it, so that it calls nobody; so is the bracket of [code]. */
static void put_inert(fir_str s, fir__sbuf *b)
{
    for (size_t i = 0; i < s.len; i++) {
        fir_str rest = fir__str_from(s, i + 1);
        fir__sbuf_char(b, s.ptr[i]);
        if ((s.ptr[i] == '@' && begins_name(rest)) || (s.ptr[i] == '[' && begins_code(rest))) {
            fir__sbuf_put(b, ZERO_WIDTH_SPACE, 3);
        }
    }
}

/* A whole text as a JSON string. */
static int put_text(fir__preset *p, fir_str s, size_t most, fir__sbuf *b)
{
    fir__sbuf inert, shorter;
    fir__sbuf_init(&inert, &p->c->wiping, MAX_TEXT);
    fir__sbuf_init(&shorter, &p->c->wiping, MAX_TEXT);
    if (p->inert) {
        put_inert(s, &inert);
        s = fir__sbuf_view(&inert);
    }
    put_cut(s, most, &shorter);
    fir__json_string(b, fir__sbuf_view(&shorter));
    int rc = inert.status != 0 ? inert.status : shorter.status != 0 ? shorter.status : b->status;
    fir__sbuf_free(&inert);
    fir__sbuf_free(&shorter);
    return rc == 0 ? 0 : fir__preset_fail(p, rc, "the request is too large");
}

static size_t number_at(const fir__data *node, fir_str name)
{
    const fir__data *d = fir__data_get(node, name);
    return d != NULL && d->type == FIR__DATA_INT && d->i > 0 ? (size_t)d->i : 0;
}

static bool flag_at(const fir__data *node, fir_str name)
{
    const fir__data *d = fir__data_get(node, name);
    return d != NULL && d->type == FIR__DATA_BOOL && d->b;
}

static fir_str text_at(const fir__data *node, fir_str name)
{
    const fir__data *d = fir__data_get(node, name);
    return d != NULL && d->type == FIR__DATA_TEXT ? d->s : FIR__S("");
}

static bool one_expansion(fir_str s)
{
    return fir__str_starts(s, FIR__S("{{")) && fir__str_ends(s, FIR__S("}}")) &&
           fir__str_find(fir__str_from(s, 2), FIR__S("{{")) == SIZE_MAX;
}

static int write_template(fir__preset *p, fir_str text, int32_t sink, size_t most, fir__sbuf *b)
{
    if (fir__str_find(text, FIR__S("{{")) == SIZE_MAX) {
        fir__json_string(b, text);
        return FIR__PRESET_DONE;
    }
    fir__sbuf out;
    bool missing = false;
    fir__sbuf_init(&out, &p->c->wiping, MAX_TEXT);
    int rc = fir__preset_render(p, text, sink, &out, &missing);
    if (rc == 0) {
        rc = (missing && one_expansion(text)) || out.len == 0 ? FIR__PRESET_ABSENT : put_text(p, fir__sbuf_view(&out), most, b);
    }
    fir__sbuf_free(&out);
    return rc;
}

/* ---- parts that begin with a dollar ---- */

typedef int write_part(fir__preset *p, const fir__data *node, const fir__data *value, fir__sbuf *b);

/* {$text: TEMPLATE, escape: …, most: …} */
static int write_text_part(fir__preset *p, const fir__data *node, const fir__data *value, fir__sbuf *b)
{
    uint8_t sink = p->sink;
    fir_str escape = text_at(node, FIR__S("escape"));
    if (escape.len != 0 && !fir__sink_find(escape, &sink)) {
        return fir__preset_fail(p, FIR_EINTERNAL, "the preset names an escape that there is not");
    }
    return write_template(p, value->s, sink, number_at(node, FIR__S("most")), b);
}

/* {$param: NAME, most: …, hash: true} */
static int write_param(fir__preset *p, const fir__data *node, const fir__data *value, fir__sbuf *b)
{
    fir__data room;
    const fir__data *d = fir__preset_named(p, value->s, &room);
    if (d == NULL) {
        return FIR__PRESET_ABSENT;
    }
    if (d->type != FIR__DATA_TEXT) {
        fir__json_data(b, d);
        return FIR__PRESET_DONE;
    }
    if (!flag_at(node, FIR__S("hash"))) {
        return put_text(p, d->s, number_at(node, FIR__S("most")), b);
    }
    uint8_t digest[FIR__SHA256];
    char hex[2 * FIR__SHA256];
    if (fir__sha256(d->s, digest) != 0) {
        return fir__preset_fail(p, FIR_EINTERNAL, "no digest could be made");
    }
    fir__hex(digest, sizeof digest, hex);
    fir__json_string(b, fir__str(hex, sizeof hex));
    return FIR__PRESET_DONE;
}

/* {$fill: "falcoir-${at.key}"} */
static int write_fill(fir__preset *p, const fir__data *node, const fir__data *value, fir__sbuf *b)
{
    fir__sbuf out;
    (void)node;
    fir__sbuf_init(&out, &p->c->wiping, MAX_TEXT);
    int rc = fir__preset_fill(p, value->s, false, &out);
    if (rc == FIR__PRESET_DONE) {
        fir__json_string(b, fir__sbuf_view(&out));
    }
    fir__sbuf_free(&out);
    return rc;
}

/* {$json: "{{tags}}"}: the value as it is. */
static int write_json(fir__preset *p, const fir__data *node, const fir__data *value, fir__sbuf *b)
{
    fir__sbuf out;
    (void)node;
    fir__sbuf_init(&out, &p->c->wiping, MAX_TEXT);
    int rc = fir__preset_render(p, value->s, FIR_SINK_JSON, &out, NULL);
    fir_str s = fir__sbuf_view(&out);
    if (rc == 0) {
        rc = s.len == 0 || fir__str_eq(s, FIR__S("null")) ? FIR__PRESET_ABSENT : FIR__PRESET_DONE;
    }
    if (rc == FIR__PRESET_DONE) {
        fir__sbuf_str(b, s);
    }
    fir__sbuf_free(&out);
    return rc;
}

/* {$choose: TEMPLATE, values: {…}, otherwise: …} */
static int write_choice(fir__preset *p, const fir__data *node, const fir__data *value, fir__sbuf *b)
{
    fir__sbuf out;
    fir__sbuf_init(&out, &p->c->wiping, MAX_TEXT);
    int rc = fir__preset_render(p, value->s, FIR_SINK_RAW, &out, NULL);
    const fir__data *values = fir__data_get(node, FIR__S("values")), *chosen = NULL;
    for (uint32_t i = 0; rc == 0 && values != NULL && values->type == FIR__DATA_MAP && i < values->count; i++) {
        if (fir__str_eq_nocase(values->entries[i].key, fir__sbuf_view(&out))) {
            chosen = &values->entries[i].value;
        }
    }
    fir__sbuf_free(&out);
    chosen = chosen != NULL ? chosen : fir__data_get(node, FIR__S("otherwise"));
    return rc != 0 ? rc : chosen != NULL ? fir__preset_write(p, chosen, b) : FIR__PRESET_ABSENT;
}

static int64_t wall(const fir__preset *p)
{
    return p->env->clock->wall_ns(p->env->clock->self);
}

static int64_t alert_time(const fir__preset *p)
{
    bool known = p->event != NULL && (p->event->info.flags & FIR_EVENT_NO_TIME) == 0;
    return known ? p->event->info.time_ns : wall(p);
}

/* {$time: FORM}: the alert's time; {$now: FORM}: that of the request. FORM: rfc3339; ms, s: numbers; ns: a text, because it
 * is longer than what many readers of JSON keep of a number. */
static int write_instant(int64_t ns, fir_str form, fir__sbuf *b)
{
    if (fir__str_eq(form, FIR__S("rfc3339"))) {
        fir__sbuf_char(b, '"');
        fir__time_format(b, ns);
        fir__sbuf_char(b, '"');
    } else if (fir__str_eq(form, FIR__S("ns"))) {
        fir__sbuf_char(b, '"');
        fir__sbuf_i64(b, ns);
        fir__sbuf_char(b, '"');
    } else if (fir__str_eq(form, FIR__S("ms"))) {
        fir__sbuf_i64(b, ns / 1000000);
    } else {
        fir__sbuf_printf(b, "%lld.%03lld", (long long)(ns / FIR__SECOND), (long long)(ns % FIR__SECOND / 1000000));
    }
    return FIR__PRESET_DONE;
}

static int write_time(fir__preset *p, const fir__data *node, const fir__data *value, fir__sbuf *b)
{
    (void)node;
    return write_instant(alert_time(p), value->s, b);
}

static int write_now(fir__preset *p, const fir__data *node, const fir__data *value, fir__sbuf *b)
{
    (void)node;
    return write_instant(wall(p), value->s, b);
}

static const struct {
    fir_str key;
    write_part *write;
} parts[] = {
    {{"$text", 5}, write_text_part}, {{"$param", 6}, write_param}, {{"$fill", 5}, write_fill}, {{"$json", 5}, write_json},
    {{"$choose", 7}, write_choice},  {{"$time", 5}, write_time},   {{"$now", 4}, write_now},
};

/* ---- lists and maps ---- */

/* {$each: fields, most: N, budget: BYTES, item: …} in a list: an element for each of the alert's fields that has a value. */
static int write_each(fir__preset *p, const fir__data *node, fir__json_writer *w)
{
    const fir__data *item = fir__data_get(node, FIR__S("item"));
    size_t most = number_at(node, FIR__S("most")), budget = number_at(node, FIR__S("budget")), start = w->b->len, n = 0;
    int rc = 0;
    for (uint32_t i = 0; rc >= 0 && item != NULL && p->event != NULL && i < p->event->n_fields; i++) {
        const fir__event_field *f = &p->event->fields[i];
        if ((most != 0 && n == most) || fir__value_missing(&f->value)) {
            continue;
        }
        size_t before = w->b->len;
        bool comma = w->comma;
        p->field_name = f->name;
        p->field_value = &f->value;
        fir__json_item(w);
        rc = fir__preset_write(p, item, w->b);
        p->field_value = NULL;
        if (rc == FIR__PRESET_ABSENT || (budget != 0 && w->b->len - start > budget)) {
            w->b->len = before;
            w->comma = comma;
            continue;
        }
        fir__json_done(w);
        n++;
    }
    return rc < 0 ? rc : 0;
}

/* A list of which nothing is left is left out itself. */
static int write_list(fir__preset *p, const fir__data *node, fir__sbuf *b)
{
    fir__json_writer w = {.b = b};
    int rc = 0;
    fir__json_open(&w, '[');
    for (uint32_t i = 0; rc >= 0 && i < node->count; i++) {
        const fir__data *item = &node->items[i];
        if (item->type == FIR__DATA_MAP && fir__data_get(item, FIR__S("$each")) != NULL) {
            rc = write_each(p, item, &w);
            continue;
        }
        size_t before = b->len;
        bool comma = w.comma;
        fir__json_item(&w);
        rc = fir__preset_write(p, item, b);
        if (rc == FIR__PRESET_ABSENT) {
            b->len = before;
            w.comma = comma;
        } else {
            fir__json_done(&w);
        }
    }
    bool nothing_left = node->count != 0 && !w.comma; /* asked before the bracket, behind which a comma may stand */
    fir__json_close(&w, ']');
    return rc < 0 ? rc : nothing_left ? FIR__PRESET_ABSENT : FIR__PRESET_DONE;
}

/* A map of which nothing is left is left out itself; one with `$whole: true` when anything of it is. */
static int write_map(fir__preset *p, const fir__data *node, fir__sbuf *b)
{
    fir__json_writer w = {.b = b};
    bool whole = flag_at(node, FIR__S("$whole"));
    uint32_t written = 0, absent = 0;
    int rc = 0;
    fir__json_open(&w, '{');
    for (uint32_t i = 0; rc >= 0 && i < node->count; i++) {
        size_t before = b->len;
        bool comma = w.comma;
        if (fir__str_eq(node->entries[i].key, FIR__S("$whole"))) {
            continue;
        }
        fir__json_key(&w, node->entries[i].key);
        rc = fir__preset_write(p, &node->entries[i].value, b);
        if (rc == FIR__PRESET_ABSENT) {
            b->len = before;
            w.comma = comma;
            absent++;
        } else {
            fir__json_done(&w);
            written++;
        }
    }
    fir__json_close(&w, '}');
    return rc < 0 ? rc : absent != 0 && (whole || written == 0) ? FIR__PRESET_ABSENT : FIR__PRESET_DONE;
}

int fir__preset_write(fir__preset *p, const fir__data *node, fir__sbuf *b)
{
    if (node->type == FIR__DATA_LIST) {
        return write_list(p, node, b);
    }
    if (node->type == FIR__DATA_TEXT) {
        return write_template(p, node->s, p->sink, 0, b);
    }
    if (node->type != FIR__DATA_MAP) {
        fir__json_data(b, node);
        return FIR__PRESET_DONE;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const fir__data *value = fir__data_get(node, parts[i].key);
        if (value != NULL && value->type == FIR__DATA_TEXT) {
            return parts[i].write(p, node, value, b);
        }
    }
    return write_map(p, node, b);
}
