/* SPDX-License-Identifier: Apache-2.0 */
/* A journal that is read fast: the gate's state is written anew, and records of what is done are let go. */
#include <stdlib.h>

#include "engine/private.h"
#include "json/writer.h"
#include "store/kinds.h"

typedef struct state {
    fir_engine *g;
    fir_record *records;
    fir_buf *texts;
    size_t n, cap, cap_texts;
} state;

static int emit(void *ctx, fir_str kind, fir__sbuf *json)
{
    state *s = ctx;
    fir_allocator *a = &s->g->allocator;
    if (json->status != 0 || !fir__grow(a, &s->records, &s->cap, s->n + 1, sizeof *s->records) ||
        !fir__grow(a, &s->texts, &s->cap_texts, s->n + 1, sizeof *s->texts) || fir__sbuf_take(json, &s->texts[s->n]) != 0) {
        fir__sbuf_free(json);
        return FIR_ENOMEM;
    }
    s->records[s->n] = (fir_record){.size = sizeof(fir_record),
                                    .wall_ns = fir__engine_wall(s->g),
                                    .kind = kind,
                                    .json = fir__str(s->texts[s->n].ptr, s->texts[s->n].len)};
    s->n++;
    return 0;
}

/* Questions that are still open. */
static int emit_reviews(state *s)
{
    int rc = 0;
    for (const fir__review *v = s->g->reviews; rc == 0 && v != NULL; v = v->next) {
        fir__sbuf b;
        fir__sbuf_init(&b, &s->g->allocator, FIR__GATE_MOST_RECORD);
        fir__json_writer w = {&b, false};
        fir__json_open(&w, '{');
        fir__json_key_str(&w, FIR__S("rule"), fir__str(v->rule, v->rule_len));
        fir__json_close(&w, '}');
        rc = emit(s, FIR__KIND_REVIEW, &b);
        if (rc == 0) {
            s->records[s->n - 1].wall_ns = v->since_ns;
            s->records[s->n - 1].event_id = fir__str(v->event_id, FIR__ID);
            s->records[s->n - 1].action_id = fir__str(v->action_id, FIR__ID);
        }
    }
    return rc;
}

static int emit_ages(state *s)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &s->g->allocator, FIR__GATE_MOST_RECORD);
    fir__ages_write(s->g, &b);
    return emit(s, FIR__KIND_CLOCK, &b);
}

/* Files that were carried out and could not be taken away: the next engine is to know them too. */
static int emit_files(state *s)
{
    fir_str file;
    int rc = 0;
    for (size_t i = 0; rc == 0 && fir__commands_left(&s->g->commands, i, &file); i++) {
        if (file.len != 0) {
            fir__sbuf b;
            fir__sbuf_init(&b, &s->g->allocator, FIR__GATE_MOST_RECORD);
            fir__json_writer w = {&b, false};
            fir__json_open(&w, '{');
            fir__json_key_str(&w, FIR__S("command"), FIR__S("taken"));
            fir__json_key_str(&w, FIR__S("file"), file);
            fir__json_close(&w, '}');
            rc = emit(s, FIR__KIND_OPERATOR, &b);
        }
    }
    return rc;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The numbers of all records of jobs that are there. False: not known, or no memory. */
static bool gather(fir_engine *g, uint64_t **out, size_t *n)
{
    size_t count = 0;
    for (const fir__job *j = g->jobs; j != NULL; j = j->list_next) {
        count += j->n_seqs;
        if (j->seqs_lost) {
            return false;
        }
    }
    *out = fir__alloc_array(&g->allocator, count, sizeof **out);
    *n = 0;
    for (const fir__job *j = g->jobs; *out != NULL && j != NULL; j = j->list_next) {
        for (size_t i = 0; i < j->n_seqs; i++) {
            (*out)[(*n)++] = j->seqs[i];
        }
    }
    if (*out != NULL) {
        qsort(*out, *n, sizeof **out, by_number);
    }
    return *out != NULL;
}

static void compact(fir_engine *g)
{
    state s = {.g = g};
    fir_error err = {0};
    uint64_t first = 0, *kept = NULL;
    size_t n_kept = 0;
    pthread_mutex_lock(&g->judge);
    int rc = fir__gate_snapshot(g->gate, fir__gate_steady(g), emit, &s);
    pthread_mutex_unlock(&g->judge);
    rc = rc != 0 ? rc : emit_ages(&s);
    rc = rc != 0 ? rc : emit_reviews(&s);
    rc = rc != 0 ? rc : emit_files(&s);
    rc = rc != 0 || !gather(g, &kept, &n_kept) ? FIR_ENOMEM : 0;
    rc = rc != 0 ? rc : fir__journal_append(g, s.records, s.n, 0, &first, &err);
    if (rc == 0) {
        rc = g->store.trim(g->store.self, first, kept, n_kept, &err);
    }
    if (rc == 0 && g->store.forget != NULL) {
        rc = g->store.forget(g->store.self, fir__ages_before(g), &err);
    }
    if (rc == 0 && g->store.checkpoint != NULL && g->store.checkpoint(g->store.self, &err) != 0) { /* nothing is lost by it */
        fir__log(g, FIR_LOG_WARNING, "the journal was not tidied up: %s", err.message);
    }
    if (rc == 0) {
        atomic_store(&g->n_appended, s.n + n_kept);
    } else {
        fir__log(g, FIR_LOG_WARNING, "the journal was not made shorter: %s", err.message);
    }
    g->compact_again_ns = fir__engine_now(g) + 60 * FIR__SECOND;
    for (size_t i = 0; i < s.n; i++) {
        fir_buf_dispose(&s.texts[i]);
    }
    fir__free(&g->allocator, s.records);
    fir__free(&g->allocator, s.texts);
    fir__free(&g->allocator, kept);
}

void fir__compact(fir_engine *g)
{
    fir__ages_turn(g);
    if (!g->durable || g->store.trim == NULL || atomic_load(&g->n_appended) < FIR__COMPACT_RECORDS || g->n_notes != 0 ||
        g->intents.first != NULL || fir__engine_now(g) < g->compact_again_ns || atomic_load(&g->store_failed)) {
        return;
    }
    if (pthread_rwlock_trywrlock(&g->accepting) != 0) { /* alerts come in: another time */
        return;
    }
    pthread_mutex_lock(&g->lock);
    bool known = g->incoming == NULL; /* the numbers of what was not taken yet are not known here */
    pthread_mutex_unlock(&g->lock);
    if (known) {
        compact(g);
    }
    (void)pthread_rwlock_unlock(&g->accepting);
}
