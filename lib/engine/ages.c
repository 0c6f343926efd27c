/* SPDX-License-Identifier: Apache-2.0 */
/* How old the audit is. A record says by the wall clock when it was written, and that clock may lie: one jump of a hundred days
 * must not make all evidence "older than ninety". So what is forgotten goes by a count of the time that engines have run with this
 * journal, by their monotonic clocks. Between two of them only the wall clock knows how long it was, and it is believed for a day
 * at most; time that is not counted keeps the audit longer.
 *
 * The count is cut into days, and each knows the earliest time by the wall clock of all that was written in it. What is forgotten
 * is older than every such time of the last ninety. A day from before the count began knows none, and keeps everything. */
#include "engine/private.h"
#include "json/writer.h"
#include "store/kinds.h"

#define DAY (24 * 60 * 60 * FIR__SECOND)
#define KEEP (90 * DAY)

int64_t fir__ages_count(const fir_engine *g)
{
    return fir__engine_now(g) + g->ages.ahead_ns;
}

void fir__ages_note(fir_engine *g, const fir_record *r, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t least = atomic_load(&g->ages.least_ns);
        int64_t wall = r[i].wall_ns > 0 ? r[i].wall_ns : 0;
        bool copied = fir__str_eq(r[i].kind, FIR__KIND_REVIEW); /* it may be one that was made long ago */
        while (!copied && wall < least && !atomic_compare_exchange_weak(&g->ages.least_ns, &least, wall)) {
        }
    }
}

/* ---- in the journal ---- */

void fir__ages_write(const fir_engine *g, fir__sbuf *b)
{
    const fir__ages *a = &g->ages;
    fir__json_writer w = {b, false};
    fir__json_open(&w, '{');
    fir__json_key(&w, FIR__S("days"));
    fir__json_open(&w, '[');
    for (uint32_t i = 0; i < a->n; i++) {
        fir__json_item(&w);
        fir__json_open(&w, '{');
        fir__json_key_i64(&w, FIR__S("at"), a->days[i].at_ns);
        fir__json_key_i64(&w, FIR__S("from"), i + 1 < a->n ? a->days[i].least_ns : atomic_load(&a->least_ns));
        fir__json_close(&w, '}');
    }
    fir__json_close(&w, ']');
    fir__json_key_i64(&w, FIR__S("ran"), fir__ages_count(g));
    fir__json_close(&w, '}');
}

static bool int_of(const fir__data *d, fir_str key, int64_t *out)
{
    const fir__data *v = fir__data_get(d, key);
    *out = v != NULL && v->type == FIR__DATA_INT ? v->i : 0;
    return v != NULL && v->type == FIR__DATA_INT && v->i >= 0;
}

static bool read_days(const fir__data *list, fir__ages *a)
{
    bool good = list != NULL && list->type == FIR__DATA_LIST && list->count != 0 && list->count <= FIR__AGES;
    for (uint32_t i = 0; good && i < list->count; i++) {
        good = int_of(&list->items[i], FIR__S("at"), &a->days[i].at_ns) &&
               int_of(&list->items[i], FIR__S("from"), &a->days[i].least_ns);
    }
    if (good) {
        a->n = list->count;
        atomic_store(&a->least_ns, a->days[a->n - 1].least_ns);
    }
    return good;
}

/* Between two records that tell the count there may be a restart; fir__ages_begin bridges the last such gap. */
void fir__ages_read(fir_engine *g, const fir_record *r, const fir__data *d)
{
    fir__ages *a = &g->ages;
    int64_t ran;
    bool start = fir__str_eq(r->kind, FIR__KIND_START), clock = fir__str_eq(r->kind, FIR__KIND_CLOCK);
    if ((start || clock) && int_of(d, FIR__S("ran"), &ran) && (start || read_days(fir__data_get(d, FIR__S("days")), a))) {
        a->ran_ns = ran;
        a->ran_wall_ns = r->wall_ns;
        a->told = true;
    }
    fir__ages_note(g, r, 1);
}

void fir__ages_begin(fir_engine *g)
{
    fir__ages *a = &g->ages;
    int64_t now = fir__engine_now(g), since = a->told ? fir__engine_wall(g) - a->ran_wall_ns : 0;
    since = since < 0 ? 0 : since < DAY ? since : DAY;
    a->ahead_ns = fir__gate_plus(a->ran_ns, since) - now;
}

void fir__ages_init(fir__ages *a)
{
    a->n = 1; /* {0, 0}: what was before is of no known age */
    atomic_init(&a->least_ns, 0);
}

/* ---- as time passes ---- */

/* Days that are over for as long as anything is kept. */
static uint32_t gone(const fir__ages *a, int64_t count)
{
    uint32_t i = 0;
    while (i + 1 < a->n && a->days[i + 1].at_ns <= count - KEEP) {
        i++;
    }
    return i;
}

static void next_day(fir__ages *a, int64_t count, int64_t wall)
{
    uint32_t old = gone(a, count);
    if (a->n - old == FIR__AGES) { /* days are no shorter than a day, so that this is nobody's own journal: the last one goes on */
        return;
    }
    a->days[a->n - 1].least_ns = atomic_exchange(&a->least_ns, wall);
    memmove(a->days, a->days + old, (a->n - old) * sizeof a->days[0]);
    a->n -= old;
    a->days[a->n++] = (fir__age){.at_ns = count, .least_ns = wall};
}

void fir__ages_turn(fir_engine *g)
{
    fir__ages *a = &g->ages;
    int64_t count = fir__ages_count(g);
    if (!g->durable || g->store.forget == NULL || count - a->days[a->n - 1].at_ns < DAY) {
        return;
    }
    fir__sbuf b;
    int64_t wall = fir__engine_wall(g);
    next_day(a, count, wall > 0 ? wall : 0);
    fir__sbuf_init(&b, &g->allocator, FIR__GATE_MOST_RECORD);
    fir__ages_write(g, &b);
    (void)fir__journal_put(g, FIR__KIND_CLOCK, NULL, NULL, NULL,
                           &b); /* without it the count of this day is lost: all is kept longer */
}

int64_t fir__ages_before(const fir_engine *g)
{
    const fir__ages *a = &g->ages;
    int64_t before = fir__engine_wall(g) - KEEP, least = atomic_load(&a->least_ns);
    for (uint32_t i = gone(a, fir__ages_count(g)); i + 1 < a->n; i++) {
        before = a->days[i].least_ns < before ? a->days[i].least_ns : before;
    }
    return least < before ? least : before;
}
