/* SPDX-License-Identifier: Apache-2.0 */
/* libyaml's events to a tree. There is no recursion: open lists and maps are frames, their children wait in one array until
 * they close. What an alias names is shared, not copied, so that expansion costs no memory; it counts for the limits. */
#include "yaml/reader.h"

enum { DEFAULT_BYTES = 16 << 20, DEFAULT_DEPTH = 64, DEFAULT_NODES = 2000000, DEFAULT_ALIASES = 1000 };

static fir__yaml_frame *top(fir__yaml_reader *r)
{
    return r->n_frames != 0 ? &r->frames[r->n_frames - 1] : NULL;
}

static bool key_is_next(fir__yaml_reader *r)
{
    const fir__yaml_frame *f = top(r);
    return f != NULL && f->head.type == FIR__DATA_MAP && !f->has_key;
}

static void out_of_memory(fir__yaml_reader *r)
{
    r->no_memory = r->stop = true;
}

static bool count_nodes(fir__yaml_reader *r, uint64_t n, fir__where at)
{
    r->nodes += n;
    if (r->nodes > r->limits.max_nodes) {
        fir__yaml_report(r, FIR__Y_LIMIT_NODES, at, "split the file, or raise the limit",
                         "the text has more than %u values, with what its aliases stand for", r->limits.max_nodes);
        r->stop = true;
    }
    return !r->stop;
}

static bool check_depth(fir__yaml_reader *r, uint64_t depth, fir__where at)
{
    if (depth > r->limits.max_depth) {
        fir__yaml_report(r, FIR__Y_LIMIT_DEPTH, at, NULL, "values are nested more than %u levels deep", r->limits.max_depth);
        r->stop = true;
    }
    return !r->stop;
}

/* Notes the key of the next value. */
static void take_key(fir__yaml_reader *r, fir_str key, fir__where at)
{
    fir__yaml_frame *f = top(r);
    f->next = (fir__entry){.key = key, .line = at.line, .column = at.column};
    f->has_key = true;
}

/* Puts a finished value where it belongs. height: levels below it. */
static void attach(fir__yaml_reader *r, const fir__data *value, uint32_t height)
{
    fir__yaml_frame *f = top(r);
    if (f == NULL) {
        r->root = *value;
        return;
    }
    if (!fir__grow(&r->arena->allocator, &r->pending, &r->cap_pending, r->n_pending + 1, sizeof *r->pending)) {
        out_of_memory(r);
        return;
    }
    fir__entry *e = &r->pending[r->n_pending++];
    *e = f->next;
    e->value = *value;
    f->has_key = false;
    if (f->height < height + 1) {
        f->height = height + 1;
    }
}

/* 1 + its index; 0 when there is no anchor, or no room for it. */
static size_t add_anchor(fir__yaml_reader *r, const yaml_char_t *name, fir__where at)
{
    if (name == NULL) {
        return 0;
    }
    if (r->n_anchors >= r->limits.max_aliases) {
        fir__yaml_report(r, FIR__Y_LIMIT_ALIASES, at, NULL, "the text has more than %u anchors", r->limits.max_aliases);
        r->stop = true;
        return 0;
    }
    fir_str copy = fir__arena_str(r->arena, fir__cstr((const char *)name));
    if (copy.ptr == NULL || !fir__grow(&r->arena->allocator, &r->anchors, &r->cap_anchors, r->n_anchors + 1, sizeof *r->anchors)) {
        out_of_memory(r);
        return 0;
    }
    r->anchors[r->n_anchors] = (fir__yaml_anchor){.name = copy, .open = true};
    return ++r->n_anchors;
}

static void close_anchor(fir__yaml_reader *r, size_t anchor, const fir__data *value, uint64_t nodes, uint32_t height)
{
    if (anchor != 0) {
        fir__yaml_anchor *a = &r->anchors[anchor - 1];
        a->value = *value;
        a->nodes = nodes;
        a->height = height;
        a->open = false;
    }
}

/* The newest of a name: YAML lets an anchor be set again. */
static const fir__yaml_anchor *find_anchor(const fir__yaml_reader *r, fir_str name)
{
    for (size_t i = r->n_anchors; i > 0; i--) {
        if (fir__str_eq(r->anchors[i - 1].name, name)) {
            return &r->anchors[i - 1];
        }
    }
    return NULL;
}

/* A scalar in the place of a key. A refused key has ptr NULL, and its value is read all the same. */
static void on_key(fir__yaml_reader *r, const yaml_event_t *event, fir_str text, fir__where at)
{
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (plain && text.len == 0) {
        fir__yaml_report(r, FIR__Y_KEY_EMPTY, at, "write a key, or \"\" for the empty one", "the key before the colon is missing");
        text.ptr = NULL;
    } else if (plain && fir__str_eq(text, FIR__S("<<"))) {
        fir__yaml_report(r, FIR__Y_MERGE, at, "write the keys out, or share a whole value by an alias",
                         "the merge key << is not supported");
        text.ptr = NULL;
    }
    take_key(r, text, at);
}

static void on_scalar(fir__yaml_reader *r, const yaml_event_t *event)
{
    fir__where at = fir__yaml_where(r, &event->start_mark, NULL);
    fir_str raw = fir__str((const char *)event->data.scalar.value, event->data.scalar.length);
    if (!count_nodes(r, 1, at)) {
        return;
    }
    if (raw.len != 0 && memchr(raw.ptr, '\0', raw.len) != NULL) {
        fir__yaml_report(r, FIR__Y_CONTROL, at, "remove the escape", "the text holds a NUL character");
    }
    fir_str text = fir__arena_str(r->arena, raw);
    size_t anchor = add_anchor(r, event->data.scalar.anchor, at);
    if (text.ptr == NULL) {
        out_of_memory(r);
    }
    if (r->stop) {
        return;
    }
    fir__data value = fir__yaml_scalar(r, event, at, text);
    close_anchor(r, anchor, &value, 1, 0);
    if (key_is_next(r)) {
        on_key(r, event, text, at);
        return;
    }
    const fir__yaml_frame *f = top(r);
    fir__yaml_warn_scalar(r, event, at, f != NULL && f->head.type == FIR__DATA_MAP ? f->next.key : (fir_str){NULL, 0},
                          f != NULL && f->in_flow);
    attach(r, &value, 0);
}

static void on_alias(fir__yaml_reader *r, const yaml_event_t *event)
{
    fir__where at = fir__yaml_where(r, &event->start_mark, NULL);
    fir_str name = fir__cstr((const char *)event->data.alias.anchor);
    if (++r->aliases > r->limits.max_aliases) {
        fir__yaml_report(r, FIR__Y_LIMIT_ALIASES, at, NULL, "the text has more than %u aliases", r->limits.max_aliases);
        r->stop = true;
        return;
    }
    char shown[FIR__YAML_SHOWN];
    const fir__yaml_anchor *a = find_anchor(r, name);
    fir__data value = {.type = FIR__DATA_NULL, .file = at.file, .line = at.line, .column = at.column};
    uint32_t height = 0;
    if (a == NULL) {
        fir__yaml_report(r, FIR__Y_UNKNOWN_ALIAS, at, "a text that begins with * must be quoted",
                         "the alias *%s names no anchor before it", fir__yaml_shown(name, shown));
    } else if (a->open) {
        fir__yaml_report(r, FIR__Y_CYCLE, at, NULL, "the alias *%s stands inside the value that it names",
                         fir__yaml_shown(name, shown));
    } else if (!count_nodes(r, a->nodes, at) || !check_depth(r, (uint64_t)r->n_frames + a->height, at)) {
        return;
    } else {
        value = a->value;
        height = a->height;
    }
    if (!key_is_next(r)) {
        attach(r, &value, height);
        return;
    }
    if (value.type != FIR__DATA_TEXT && a != NULL && !a->open) {
        fir__yaml_report(r, FIR__Y_KEY_NOT_TEXT, at, NULL, "a key must be a text; the alias *%s is none",
                         fir__yaml_shown(name, shown));
    }
    take_key(r, value.type == FIR__DATA_TEXT ? value.s : (fir_str){NULL, 0}, at);
}

/* A list or map in the place of a key. `{{output}}` without quotes is one: a mapping as the key of a mapping. */
static void refuse_key(fir__yaml_reader *r, uint8_t type, bool in_flow, size_t offset, fir__where at)
{
    const fir__yaml_frame *outer = top(r);
    if (type == FIR__DATA_MAP && in_flow && outer->in_flow && offset != 0 && r->text.ptr[offset - 1] == '{') {
        if (r->last_bare_line != at.line) {
            at.column--;
            fir__yaml_report(r, FIR__Y_BARE_TEMPLATE, at, "put the whole text in quotes: \"{{output}}\"",
                             "{{ begins a mapping in YAML, not a template");
        }
        r->last_bare_line = at.line;
        return;
    }
    fir__yaml_report(r, FIR__Y_KEY_NOT_TEXT, at, NULL, "a key must be a text; this one is a %s",
                     type == FIR__DATA_LIST ? "list" : "mapping");
}

static void on_start(fir__yaml_reader *r, const yaml_event_t *event, uint8_t type)
{
    bool list = type == FIR__DATA_LIST;
    const yaml_char_t *tag = list ? event->data.sequence_start.tag : event->data.mapping_start.tag;
    const yaml_char_t *name = list ? event->data.sequence_start.anchor : event->data.mapping_start.anchor;
    bool in_flow = list ? event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
                        : event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    size_t offset;
    fir__where at = fir__yaml_where(r, &event->start_mark, &offset);
    uint64_t nodes = r->nodes;
    if (!count_nodes(r, 1, at) || !check_depth(r, (uint64_t)r->n_frames + 1, at)) {
        return;
    }
    fir__yaml_check_tag(r, tag, at, type);
    bool is_key = key_is_next(r);
    if (is_key) {
        refuse_key(r, type, in_flow, offset, at);
    }
    size_t anchor = add_anchor(r, name, at);
    if (r->stop) {
        return;
    }
    if (!fir__grow(&r->arena->allocator, &r->frames, &r->cap_frames, r->n_frames + 1, sizeof *r->frames)) {
        out_of_memory(r);
        return;
    }
    r->frames[r->n_frames++] = (fir__yaml_frame){
        .head = {.type = type, .file = at.file, .line = at.line, .column = at.column},
        .is_key = is_key,
        .in_flow = in_flow,
        .first = r->n_pending,
        .anchor = anchor,
        .nodes = nodes,
    };
}

/* Moves the children of a closed frame from `pending` into the arena. */
static bool fill(fir__yaml_reader *r, const fir__yaml_frame *f, fir__data *out)
{
    const fir__entry *from = r->pending + f->first;
    out->count = (uint32_t)(r->n_pending - f->first);
    if (f->head.type == FIR__DATA_LIST) {
        out->items = fir__arena_array(r->arena, out->count, sizeof *out->items);
        for (uint32_t i = 0; out->items != NULL && i < out->count; i++) {
            out->items[i] = from[i].value;
        }
        return out->items != NULL;
    }
    out->entries = fir__arena_array(r->arena, out->count, sizeof *out->entries);
    if (out->entries == NULL) {
        return false;
    }
    if (out->count != 0) {
        memcpy(out->entries, from, out->count * sizeof *from);
    }
    return out->count < 2 || fir__yaml_check_keys(r, out);
}

static void on_end(fir__yaml_reader *r)
{
    fir__yaml_frame f = *top(r);
    fir__data value = f.head;
    if (!fill(r, &f, &value)) {
        out_of_memory(r);
        return;
    }
    r->n_pending = f.first;
    r->n_frames--;
    close_anchor(r, f.anchor, &value, r->nodes - f.nodes, f.height);
    if (f.is_key) {
        take_key(r, (fir_str){NULL, 0}, (fir__where){f.head.file, f.head.line, f.head.column});
    } else {
        attach(r, &value, f.height);
    }
}

static void refuse_second(fir__yaml_reader *r, fir__where at)
{
    fir__yaml_report(r, FIR__Y_SECOND_DOCUMENT, at, "put it in a file of its own", "a second YAML document begins");
    r->stop = true;
}

/* Looks at what follows the document, blanks, comments and `...` passed over: nothing, the head of another document, or what
 * libyaml may judge. libyaml takes quadratic time for directives, so it never sees those of a second document. */
static void on_document_end(fir__yaml_reader *r, const yaml_event_t *event)
{
    size_t at;
    (void)fir__yaml_where(r, &event->end_mark, &at);
    fir_str rest = fir__str_from(r->text, at);
    bool ended = !event->data.document_end.implicit;
    for (;;) {
        rest = fir__str_trim(rest);
        if (fir__str_starts(rest, FIR__S("..."))) {
            rest = fir__str_from(rest, 3);
            ended = true;
        } else if (rest.len != 0 && rest.ptr[0] == '#') {
            rest = fir__str_from(rest, fir__yaml_line(rest, 0).len);
        } else {
            break;
        }
    }
    if (rest.len == 0) {
        r->stop = true;
    } else if (ended || fir__str_starts(rest, FIR__S("---")) || rest.ptr[0] == '%') {
        refuse_second(r, fir__yaml_where_offset(r, (size_t)(rest.ptr - r->text.ptr)));
    }
}

static void on_event(fir__yaml_reader *r, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        on_scalar(r, event);
        break;
    case YAML_ALIAS_EVENT:
        on_alias(r, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        on_start(r, event, FIR__DATA_LIST);
        break;
    case YAML_MAPPING_START_EVENT:
        on_start(r, event, FIR__DATA_MAP);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        on_end(r);
        break;
    case YAML_DOCUMENT_END_EVENT:
        on_document_end(r, event);
        break;
    case YAML_STREAM_END_EVENT:
        r->stop = true;
        break;
    default:
        break;
    }
}

static void read_events(fir__yaml_reader *r)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        out_of_memory(r);
        return;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)(r->text.ptr != NULL ? r->text.ptr : ""), r->text.len);
    while (!r->stop) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event)) {
            on_event(r, &event);
            yaml_event_delete(&event);
        } else if (parser.error == YAML_MEMORY_ERROR) {
            out_of_memory(r);
        } else {
            fir__yaml_explain(r, &parser);
            r->stop = true;
        }
    }
    yaml_parser_delete(&parser);
}

static fir__yaml_limits with_defaults(const fir__yaml_limits *given)
{
    fir__yaml_limits l = given != NULL ? *given : (fir__yaml_limits){0, 0, 0, 0};
    l.max_bytes = l.max_bytes != 0 ? l.max_bytes : DEFAULT_BYTES;
    l.max_depth = l.max_depth != 0 ? l.max_depth : DEFAULT_DEPTH;
    l.max_nodes = l.max_nodes != 0 ? l.max_nodes : DEFAULT_NODES;
    l.max_aliases = l.max_aliases != 0 ? l.max_aliases : DEFAULT_ALIASES;
    return l;
}

int fir__yaml_read(fir_str text, uint16_t file, const fir__yaml_limits *limits, fir__arena *arena, fir__diags *diags,
                   const fir__data **out)
{
    *out = NULL;
    size_t errors = diags->errors;
    fir__yaml_reader r = {
        .text = text, .file = file, .limits = with_defaults(limits), .arena = arena, .diags = diags, .cursor = {.line = 1}};
    r.root = (fir__data){.type = FIR__DATA_NULL, .file = file, .line = 1, .column = 1};
    if (fir__yaml_check_input(&r)) {
        read_events(&r);
    }
    fir__free(&arena->allocator, r.frames);
    fir__free(&arena->allocator, r.pending);
    fir__free(&arena->allocator, r.anchors);
    fir__data *root = r.no_memory ? NULL : fir__arena_alloc(arena, sizeof *root);
    if (root == NULL || diags->no_memory) {
        return FIR_ENOMEM;
    }
    *root = r.root;
    if (diags->errors == errors) {
        *out = root;
    }
    return 0;
}
