/* SPDX-License-Identifier: Apache-2.0 */
/* The state as a fold of records. A record is read whole and all memory found before anything is changed. */
#include "gate/state.h"

#include <stdlib.h>

#include "base/error.h"
#include "json/document.h"
#include "json/writer.h"

enum { MAX_TREE = 64 << 20, MAX_GUARDS = 16 << 20, MAX_PAUSE_TEXT = 4096, MOST_SCRATCH = 64 << 10 };

/* ---- making one ---- */

static bool keep_texts(fir__arena *arena, const fir_str **all, uint32_t n)
{
    fir_str *kept = fir__arena_array(arena, n, sizeof *kept);
    for (uint32_t i = 0; kept != NULL && i < n; i++) {
        kept[i] = fir__arena_str(arena, (*all)[i]);
        if (kept[i].ptr == NULL) {
            return false;
        }
    }
    *all = kept;
    return kept != NULL;
}

int fir__gate_new(const fir_allocator *a, const fir__guards *guards, uint64_t seed, fir__gate **out)
{
    fir__gate *g = fir__zalloc(a, sizeof *g);
    *out = NULL;
    if (g == NULL) {
        return FIR_ENOMEM;
    }
    g->allocator = *a;
    g->guards = *guards;
    g->latest_ns = INT64_MIN;
    fir__arena_init(&g->arena, a, MAX_GUARDS);
    fir__arena_init(&g->scratch, a, MAX_TREE);
    fir__marks_init(&g->alerts, a, seed, FIR__GATE_MOST_ALERTS, UINT64_MAX);
    fir__marks_init(&g->keys, a, seed, FIR__GATE_MOST_KEYS, FIR__GATE_MOST_TIMES);
    fir__marks_init(&g->budgets, a, seed, FIR__GATE_MOST_KEYS, FIR__GATE_MOST_TIMES);
    fir__guards *k = &g->guards;
    if (!keep_texts(&g->arena, &k->namespaces, k->n_namespaces) || !keep_texts(&g->arena, &k->nodes, k->n_nodes) ||
        !keep_texts(&g->arena, &k->annotations, k->n_annotations) || !keep_texts(&g->arena, &k->node_labels, k->n_node_labels) ||
        !keep_texts(&g->arena, &k->approvers, k->n_approvers)) {
        fir__gate_free(g);
        return FIR_ENOMEM;
    }
    *out = g;
    return 0;
}

void fir__gate_free(fir__gate *g)
{
    if (g == NULL) {
        return;
    }
    fir_allocator a = g->allocator;
    fir__marks_free(&g->alerts);
    fir__marks_free(&g->keys);
    fir__marks_free(&g->budgets);
    fir__asks_free(g);
    fir__free(&a, g->pause_text);
    fir__arena_free(&g->arena);
    fir__arena_free(&g->scratch);
    fir__free(&a, g);
}

const fir__guards *fir__gate_guards(const fir__gate *g)
{
    return &g->guards;
}

int64_t fir__gate_latest(const fir__gate *g)
{
    return g->latest_ns;
}

const fir__pause *fir__gate_pause(const fir__gate *g)
{
    return &g->pause;
}

/* ---- reading a record ---- */

static int bad(fir_error *err, const char *what)
{
    return fir__fail(err, FIR_EPARSE, "a record of the gate is damaged: %s", what);
}

static bool get_int(const fir__data *d, fir_str key, int64_t *out)
{
    const fir__data *v = fir__data_get(d, key);
    if (v == NULL || v->type != FIR__DATA_INT) {
        return false;
    }
    *out = v->i;
    return true;
}

static bool get_text(const fir__data *d, fir_str key, fir_str *out)
{
    const fir__data *v = fir__data_get(d, key);
    if (v == NULL || v->type != FIR__DATA_TEXT) {
        return false;
    }
    *out = v->s;
    return true;
}

static bool get_flag(const fir__data *d, fir_str key)
{
    const fir__data *v = fir__data_get(d, key);
    return v != NULL && v->type == FIR__DATA_BOOL && v->b;
}

static bool read_mark(const fir__data *d, fir__gate_mark *out)
{
    fir_str key;
    int64_t most = 0;
    *out = (fir__gate_mark){.clear = fir__data_get(d, FIR__S("clear")) != NULL,
                            .taken = fir__data_get(d, FIR__S("take")) != NULL,
                            .restored = fir__data_get(d, FIR__S("restore")) != NULL,
                            .thin = get_flag(d, FIR__S("thin"))};
    if (d->type != FIR__DATA_MAP || !get_text(d, FIR__S("key"), &key) || key.len != 2 * sizeof out->key.bytes ||
        !fir__gate_alert_key(key, &out->key)) {
        return false;
    }
    if (out->clear) {
        (void)get_int(d, FIR__S("at"), &out->at);
        return get_int(d, FIR__S("clear"), &out->time);
    }
    if (out->taken || out->restored) {
        return get_int(d, out->taken ? FIR__S("take") : FIR__S("restore"), &out->time);
    }
    bool ok = get_int(d, FIR__S("add"), &out->time) && get_int(d, FIR__S("until"), &out->until) &&
              get_int(d, FIR__S("most"), &most) && most > 0 && most <= UINT32_MAX;
    out->most = (uint32_t)most;
    return ok;
}

/* What a record of kind "gate" says. */
typedef struct reading {
    int64_t at, seen;
    bool has_seen;
    fir__mark_key alert;
    fir__gate_mark *marks, *alerts;
    uint32_t n, n_alerts;
    bool reset; /* the whole state begins here */
} reading;

static int read_marks(const fir__data *marks, fir__arena *arena, fir__gate_mark **out, uint32_t *n, fir_error *err)
{
    if (marks == NULL) {
        return 0;
    }
    if (marks->type != FIR__DATA_LIST) {
        return bad(err, "the marks are no list");
    }
    *n = marks->count;
    *out = fir__arena_array(arena, marks->count, sizeof **out);
    if (*out == NULL) {
        return fir__no_memory(err);
    }
    for (uint32_t i = 0; i < marks->count; i++) {
        if (!read_mark(&marks->items[i], &(*out)[i])) {
            return bad(err, "a mark is none");
        }
    }
    return 0;
}

static int read_gate(const fir__data *d, fir__arena *arena, reading *out, fir_error *err)
{
    fir_str event;
    *out = (reading){.n = 0};
    out->has_seen = get_int(d, FIR__S("seen"), &out->seen);
    if (d->type != FIR__DATA_MAP || !get_int(d, FIR__S("at"), &out->at)) {
        return bad(err, "it has no time");
    }
    if (out->has_seen && (!get_text(d, FIR__S("event"), &event) || !fir__gate_alert_key(event, &out->alert))) {
        return bad(err, "the id of the alert is none");
    }
    out->reset = get_flag(d, FIR__S("reset"));
    int rc = read_marks(fir__data_get(d, FIR__S("marks")), arena, &out->marks, &out->n, err);
    return rc != 0 ? rc : read_marks(fir__data_get(d, FIR__S("alerts")), arena, &out->alerts, &out->n_alerts, err);
}

static fir__marks *table_of(fir__gate *g, const fir__mark_key *key)
{
    return fir__gate_is_budget(key) ? &g->budgets : &g->keys;
}

static bool adds(const fir__gate_mark *m)
{
    return !m->clear && !m->taken && !m->restored;
}

static bool prepare(fir__gate *g, const reading *r)
{
    fir__marks_begin(&g->alerts);
    fir__marks_begin(&g->keys);
    fir__marks_begin(&g->budgets);
    bool ok = !r->has_seen || fir__marks_prepare(&g->alerts, &r->alert, 1);
    for (uint32_t i = 0; ok && i < r->n; i++) {
        ok = !adds(&r->marks[i]) || fir__marks_prepare(table_of(g, &r->marks[i].key), &r->marks[i].key, r->marks[i].most);
    }
    for (uint32_t i = 0; ok && i < r->n_alerts; i++) {
        ok = !adds(&r->alerts[i]) || fir__marks_prepare(&g->alerts, &r->alerts[i].key, 1);
    }
    return ok;
}

struct fir__gate_taken {
    int64_t at;
    bool has_seen;
    fir__mark_key alert;
    uint32_t n;
    fir__gate_mark marks[];
};

static fir__gate_taken *take(const fir__gate *g, const reading *r)
{
    fir__gate_taken *t = fir__alloc(&g->allocator, sizeof *t + r->n * sizeof t->marks[0]);
    if (t != NULL) {
        *t = (fir__gate_taken){.at = r->at, .has_seen = r->has_seen, .alert = r->alert, .n = r->n};
        if (r->n != 0) {
            memcpy(t->marks, r->marks, r->n * sizeof t->marks[0]);
        }
    }
    return t;
}

/* taken: NULL where nobody will take it back. */
static int fold_gate_taken(fir__gate *g, const fir__data *d, fir__arena *arena, fir__gate_taken **taken, fir_error *err)
{
    reading r;
    int rc = read_gate(d, arena, &r, err);
    if (rc != 0) {
        return rc;
    }
    if (taken != NULL && (*taken = take(g, &r)) == NULL) {
        return fir__no_memory(err);
    }
    if (r.reset) { /* a state that is only partly read is refused by who reads it, so that this may come first */
        fir__marks_reset(&g->alerts);
        fir__marks_reset(&g->keys);
        fir__marks_reset(&g->budgets);
    }
    if (!prepare(g, &r)) {
        return fir__no_memory(err);
    }
    for (uint32_t i = 0; i < r.n_alerts; i++) {
        if (adds(&r.alerts[i])) {
            fir__marks_add(&g->alerts, &r.alerts[i].key, r.alerts[i].time, 1, false, r.alerts[i].until);
        }
    }
    if (r.has_seen) {
        fir__marks_add(&g->alerts, &r.alert, r.at, 1, false, r.seen);
    }
    for (uint32_t i = 0; i < r.n; i++) {
        const fir__gate_mark *m = &r.marks[i];
        if (m->clear) {
            fir__marks_clear(table_of(g, &m->key), &m->key, m->time, m->at != 0 ? m->at : r.at);
        } else if (m->taken) {
            fir__marks_take(table_of(g, &m->key), &m->key, m->time);
        } else if (m->restored) {
            fir__marks_restore(table_of(g, &m->key), &m->key, m->time);
        } else {
            fir__marks_add(table_of(g, &m->key), &m->key, m->time, m->most, m->thin, m->until);
        }
    }
    g->latest_ns = r.at > g->latest_ns ? r.at : g->latest_ns;
    fir__marks_sweep(&g->alerts, r.at);
    fir__marks_sweep(&g->keys, r.at);
    fir__marks_sweep(&g->budgets, r.at);
    return 0;
}

static int fold_gate(fir__gate *g, const fir__data *d, fir__arena *arena, fir_error *err)
{
    return fold_gate_taken(g, d, arena, NULL, err);
}

/* Other commands of an operator are none of the gate's. */
static int fold_operator(fir__gate *g, const fir__data *d, fir__arena *arena, fir_error *err)
{
    (void)arena;
    fir_str command;
    fir__pause p = {.on = false};
    if (d->type != FIR__DATA_MAP || !get_text(d, FIR__S("command"), &command)) {
        return bad(err, "an operator says nothing");
    }
    p.on = fir__str_eq(command, FIR__S("pause"));
    if (!p.on && !fir__str_eq(command, FIR__S("resume"))) {
        return 0;
    }
    if (!get_int(d, FIR__S("at"), &p.since_ns)) {
        return bad(err, "a pause has no time");
    }
    (void)get_text(d, FIR__S("who"), &p.who);
    (void)get_text(d, FIR__S("why"), &p.why);
    char *text = fir__alloc(&g->allocator, p.who.len + p.why.len + 1);
    if (text == NULL) {
        return fir__no_memory(err);
    }
    p.who = fir__str(p.who.len != 0 ? memcpy(text, p.who.ptr, p.who.len) : text, p.who.len);
    p.why = fir__str(p.why.len != 0 ? memcpy(text + p.who.len, p.why.ptr, p.why.len) : text, p.why.len);
    fir__free(&g->allocator, g->pause_text);
    g->pause_text = text;
    g->pause = p;
    return 0;
}

static int fold_ask(fir__gate *g, const fir__data *d, fir__arena *arena, fir_error *err)
{
    (void)arena;
    return fir__ask_fold(g, d, err);
}

static int fold_answer(fir__gate *g, const fir__data *d, fir__arena *arena, fir_error *err)
{
    (void)arena;
    return fir__answer_fold(g, d, err);
}

static int fold_done(fir__gate *g, const fir__data *d, fir__arena *arena, fir_error *err)
{
    (void)arena;
    return fir__done_fold(g, d, err);
}

static const struct {
    fir_str kind;
    int (*fold)(fir__gate *g, const fir__data *d, fir__arena *arena, fir_error *err);
} folds[] = {
    {{"approval", 8}, fold_ask}, {{"decision", 8}, fold_answer},   {{"done", 4}, fold_done},
    {{"gate", 4}, fold_gate},    {{"operator", 8}, fold_operator},
};

/* Records are small, but for that of a whole state. */
static void leave_scratch(fir__gate *g)
{
    if (g->scratch.used > MOST_SCRATCH) {
        fir__arena_free(&g->scratch);
    }
    fir__arena_reset(&g->scratch);
}

int fir__gate_fold(fir__gate *g, fir_str kind, fir_str json, fir_error *err)
{
    size_t k = 0;
    while (k < sizeof folds / sizeof *folds && !fir__str_eq(folds[k].kind, kind)) {
        k++;
    }
    if (k == sizeof folds / sizeof *folds) {
        return 0;
    }
    fir__data *d;
    int rc = fir__json_document(json, &g->scratch, &d, err);
    rc = rc != 0 ? rc : folds[k].fold(g, d, &g->scratch, err);
    leave_scratch(g);
    return rc;
}

int fir__gate_fold_taken(fir__gate *g, fir_str json, fir__gate_taken **out, fir_error *err)
{
    fir__data *d;
    *out = NULL;
    int rc = fir__json_document(json, &g->scratch, &d, err);
    rc = rc != 0 ? rc : fold_gate_taken(g, d, &g->scratch, out, err);
    leave_scratch(g);
    if (rc != 0) {
        fir__gate_taken_free(g, *out);
        *out = NULL;
    }
    return rc;
}

void fir__gate_taken_free(const fir__gate *g, fir__gate_taken *t)
{
    fir__free(&g->allocator, t);
}

void fir__gate_retract(fir__gate *g, const fir__gate_taken *t)
{
    if (t->has_seen) {
        fir__marks_take(&g->alerts, &t->alert, t->at);
    }
    for (uint32_t i = 0; i < t->n; i++) {
        if (t->marks[i].clear) {
            fir__marks_restore(table_of(g, &t->marks[i].key), &t->marks[i].key, t->at);
        } else if (adds(&t->marks[i])) {
            fir__marks_take(table_of(g, &t->marks[i].key), &t->marks[i].key, t->marks[i].time);
        }
    }
}

/* ---- what is in it ---- */

fir__gate_counts fir__gate_count(const fir__gate *g)
{
    return (fir__gate_counts){.alerts = g->alerts.count,
                              .keys = g->keys.count + g->budgets.count,
                              .times = g->keys.times + g->budgets.times,
                              .approvals = g->n_asks,
                              .forgotten_alerts = g->alerts.forgotten,
                              .forgotten_keys = g->keys.forgotten + g->budgets.forgotten};
}

typedef struct dump {
    fir_str *lines;
    size_t n, cap;
    const fir_allocator *a;
    fir__sbuf *b;
} dump;

static void dump_key(void *ctx, const fir__mark_key *key, const int64_t *times, uint32_t n)
{
    dump *d = ctx;
    fir__sbuf line;
    fir__sbuf_init(&line, d->a, FIR__GATE_MOST_RECORD);
    fir__sbuf_hex(&line, key->bytes, sizeof key->bytes);
    for (uint32_t i = 0; i < n; i++) {
        fir__sbuf_char(&line, ' ');
        fir__sbuf_i64(&line, times[i]);
    }
    fir__sbuf_char(&line, '\n');
    fir_str view = fir__sbuf_view(&line);
    char *copy = line.status == 0 ? fir__alloc(d->a, view.len) : NULL;
    if (copy == NULL || !fir__grow(d->a, &d->lines, &d->cap, d->n + 1, sizeof *d->lines)) {
        d->b->status = FIR_ENOMEM;
        fir__free(d->a, copy);
    } else {
        memcpy(copy, view.ptr, view.len);
        d->lines[d->n++] = fir__str(copy, view.len);
    }
    fir__sbuf_free(&line);
}

static int by_text(const void *a, const void *b)
{
    return fir__str_cmp(*(const fir_str *)a, *(const fir_str *)b);
}

static void dump_marks(const fir__gate *g, const fir__marks *m, fir__sbuf *b)
{
    dump d = {.a = &g->allocator, .b = b};
    fir__marks_each(m, dump_key, &d);
    if (d.n != 0) {
        qsort(d.lines, d.n, sizeof *d.lines, by_text);
    }
    for (size_t i = 0; i < d.n; i++) {
        fir__sbuf_str(b, d.lines[i]);
        fir__free(&g->allocator, (void *)(uintptr_t)d.lines[i].ptr);
    }
    fir__free(&g->allocator, d.lines);
}

void fir__gate_dump(const fir__gate *g, fir__sbuf *b)
{
    fir__sbuf_printf(b, "pause %d %lld\n", g->pause.on, (long long)g->pause.since_ns);
    dump_marks(g, &g->alerts, b);
    fir__sbuf_char(b, '\n');
    dump_marks(g, &g->keys, b);
    dump_marks(g, &g->budgets, b);
    for (size_t i = 0; i < g->n_asks; i++) {
        const fir__ask *a = &g->asks[i]->ask;
        fir__sbuf_printf(b, "ask %.16s %d %lld\n", a->id, (int)a->state, (long long)a->expires_ns);
    }
}
