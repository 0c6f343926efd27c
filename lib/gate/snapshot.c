/* SPDX-License-Identifier: Apache-2.0 */
/* The state as records of its own, so that older ones need not be kept. */
#include "gate/state.h"
#include "json/writer.h"

enum { PER_RECORD = 1000 };

typedef struct writer {
    const fir__gate *g;
    int64_t now;
    fir__gate_emit *emit;
    void *ctx;
    bool first;
} writer;

static void put_mark(fir__json_writer *w, const fir__mark_key *key, int64_t time, uint32_t most, int64_t until)
{
    char hex[2 * sizeof key->bytes];
    fir__hex(key->bytes, sizeof key->bytes, hex);
    fir__json_item(w);
    fir__json_open(w, '{');
    fir__json_key_i64(w, FIR__S("add"), time);
    fir__json_key_str(w, FIR__S("key"), fir__str(hex, sizeof hex));
    fir__json_key_i64(w, FIR__S("most"), most);
    fir__json_key_i64(w, FIR__S("until"), until);
    fir__json_close(w, '}');
}

/* What was cleared: as it was before, and then the clearing. */
static uint32_t put_stash(const fir__marks *m, uint32_t i, const fir__mark_key *key, int64_t until, fir__json_writer *w)
{
    const int64_t *times;
    uint32_t n;
    int64_t at;
    char hex[2 * sizeof key->bytes];
    if (!fir__marks_stash(m, i, &times, &n, &at)) {
        return 0;
    }
    for (uint32_t k = 0; k < n; k++) {
        put_mark(w, key, times[k], n, until);
    }
    fir__hex(key->bytes, sizeof key->bytes, hex);
    fir__json_item(w);
    fir__json_open(w, '{');
    fir__json_key_i64(w, FIR__S("at"), at);
    fir__json_key_i64(w, FIR__S("clear"), times[n - 1]);
    fir__json_key_str(w, FIR__S("key"), fir__str(hex, sizeof hex));
    fir__json_close(w, '}');
    return n + 1;
}

/* Marks from *at on, as many as one record holds. */
static void put_some(const fir__marks *m, uint32_t *at, fir__json_writer *w)
{
    fir__mark_key key;
    const int64_t *times;
    uint32_t n;
    int64_t until;
    for (uint32_t written = 0; *at < m->used && written < PER_RECORD; ++*at) {
        if (fir__marks_at(m, *at, &key, &times, &n, &until)) {
            written += put_stash(m, *at, &key, until, w);
            for (uint32_t i = 0; i < n; i++, written++) {
                put_mark(w, &key, times[i], n, until);
            }
        }
    }
}

/* list: "alerts" or "marks". */
static int write_marks(writer *t, const fir__marks *m, fir_str list)
{
    uint32_t at = 0;
    int rc = 0;
    while (rc == 0 && (at < m->used || t->first)) {
        fir__sbuf b;
        fir__sbuf_init(&b, &t->g->allocator, FIR__GATE_MOST_RECORD);
        fir__json_writer w = {&b, false};
        bool alerts = list.ptr[0] == 'a';
        fir__json_open(&w, '{');
        if (alerts) {
            fir__json_key(&w, list);
            fir__json_open(&w, '[');
            put_some(m, &at, &w);
            fir__json_close(&w, ']');
        }
        fir__json_key_i64(&w, FIR__S("at"), t->now);
        if (!alerts) {
            fir__json_key(&w, list);
            fir__json_open(&w, '[');
            put_some(m, &at, &w);
            fir__json_close(&w, ']');
        }
        if (t->first) {
            fir__json_key_bool(&w, FIR__S("reset"), true);
        }
        fir__json_close(&w, '}');
        t->first = false;
        rc = t->emit(t->ctx, FIR__S("gate"), &b);
    }
    return rc;
}

int fir__gate_snapshot(const fir__gate *g, int64_t now_ns, fir__gate_emit *emit, void *ctx)
{
    writer t = {g, now_ns, emit, ctx, true};
    int rc = write_marks(&t, &g->alerts, FIR__S("alerts"));
    rc = rc != 0 ? rc : write_marks(&t, &g->keys, FIR__S("marks"));
    rc = rc != 0 ? rc : write_marks(&t, &g->budgets, FIR__S("marks"));
    if (rc == 0 && g->pause.on) {
        fir__sbuf b;
        fir__sbuf_init(&b, &g->allocator, FIR__GATE_MOST_RECORD);
        fir__gate_record_pause(true, g->pause.who, g->pause.why, g->pause.since_ns, &b);
        rc = emit(ctx, FIR__S("operator"), &b);
    }
    for (size_t i = 0; rc == 0 && i < g->n_asks; i++) {
        const fir__ask *a = &g->asks[i]->ask;
        if (a->state != FIR__APPROVAL_PENDING) {
            fir__sbuf b;
            fir__sbuf_init(&b, &g->allocator, FIR__GATE_MOST_RECORD);
            fir__gate_record_answer(fir__str(a->id, sizeof a->id), a->state, a->who, a->why, a->decided_ns, &b);
            rc = emit(ctx, FIR__S("decision"), &b);
        }
    }
    return rc;
}
