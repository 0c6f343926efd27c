/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/marks.h"

#include "base/hash.h"

enum { FIRST_HEADS = 64, SWEEP = 4 };
#define NONE UINT32_MAX

/* One time stands in the mark itself: most keys never have another. */
struct fir__mark {
    fir__mark_key key;
    int64_t until, one;
    int64_t *times; /* NULL: &one */
    uint32_t n, cap;
    /* What was cleared last, and by what: it can be given back. It stands like the times do. */
    int64_t stash_one, stash_at;
    int64_t *stash;
    uint32_t n_stash, cap_stash;
    uint32_t prepared; /* adds to come, in this round */
    uint64_t round;
    uint32_t next; /* of the same hash, or the next unused place */
    uint32_t older, newer;
    bool used;
};

void fir__marks_init(fir__marks *m, const fir_allocator *a, uint64_t seed, uint32_t most, uint64_t most_times)
{
    *m = (fir__marks){.allocator = *a, .seed = seed, .most = most, .most_times = most_times};
    m->unused = m->oldest = m->newest = NONE;
}

void fir__marks_free(fir__marks *m)
{
    for (uint32_t i = 0; i < m->used; i++) {
        fir__free(&m->allocator, m->items[i].times);
        fir__free(&m->allocator, m->items[i].stash);
    }
    fir__free(&m->allocator, m->items);
    fir__free(&m->allocator, m->heads);
    m->items = NULL;
    m->heads = NULL;
    m->used = m->count = 0;
}

static size_t head_of(const fir__marks *m, const fir__mark_key *key)
{
    uint64_t h = fir__hash((const char *)key->bytes, sizeof key->bytes);
    return (size_t)fir__hash_mix(h ^ m->seed, UINT64_C(0xE7037ED1A0B428DB)) & (m->n_heads - 1);
}

static uint32_t find(const fir__marks *m, const fir__mark_key *key)
{
    uint32_t i = m->n_heads != 0 ? m->heads[head_of(m, key)] : NONE;
    while (i != NONE && memcmp(m->items[i].key.bytes, key->bytes, sizeof key->bytes) != 0) {
        i = m->items[i].next;
    }
    return i;
}

static int64_t *times_of(fir__mark *k)
{
    return k->times != NULL ? k->times : &k->one;
}

uint32_t fir__marks_get(const fir__marks *m, const fir__mark_key *key, const int64_t **times)
{
    uint32_t i = find(m, key);
    *times = i != NONE ? times_of(&m->items[i]) : NULL;
    return i != NONE ? m->items[i].n : 0;
}

/* ---- the list by age ---- */

static void unlink_age(fir__marks *m, fir__mark *k)
{
    *(k->older != NONE ? &m->items[k->older].newer : &m->oldest) = k->newer;
    *(k->newer != NONE ? &m->items[k->newer].older : &m->newest) = k->older;
}

static void link_newest(fir__marks *m, uint32_t i)
{
    m->items[i].older = m->newest;
    m->items[i].newer = NONE;
    *(m->newest != NONE ? &m->items[m->newest].newer : &m->oldest) = i;
    m->newest = i;
}

static void drop(fir__marks *m, uint32_t i)
{
    fir__mark *k = &m->items[i];
    uint32_t *at = &m->heads[head_of(m, &k->key)];
    while (*at != i) {
        at = &m->items[*at].next;
    }
    *at = k->next;
    unlink_age(m, k);
    m->times -= k->n + k->n_stash;
    fir__free(&m->allocator, k->times);
    fir__free(&m->allocator, k->stash);
    *k = (fir__mark){.next = m->unused};
    m->unused = i;
    m->count--;
}

/* ---- making room ---- */

static bool grow_heads(fir__marks *m)
{
    size_t n = m->n_heads == 0 ? FIRST_HEADS : m->n_heads * 2;
    if (m->n_heads != 0 && m->count < m->n_heads) {
        return true;
    }
    uint32_t *heads = fir__alloc_array(&m->allocator, n, sizeof *heads);
    if (heads == NULL) {
        return false;
    }
    memset(heads, 0xFF, n * sizeof *heads);
    fir__free(&m->allocator, m->heads);
    m->heads = heads;
    m->n_heads = n;
    for (uint32_t i = 0; i < m->used; i++) {
        if (m->items[i].used) {
            uint32_t *head = &heads[head_of(m, &m->items[i].key)];
            m->items[i].next = *head;
            *head = i;
        }
    }
    return true;
}

static bool make(fir__marks *m, const fir__mark_key *key, uint32_t *out)
{
    if (m->count >= m->most) {
        m->forgotten += m->items[m->oldest].n != 0;
        drop(m, m->oldest);
    }
    if (!grow_heads(m) ||
        (m->unused == NONE && !fir__grow(&m->allocator, &m->items, &m->cap, (size_t)m->used + 1, sizeof *m->items))) {
        return false;
    }
    uint32_t i = m->unused != NONE ? m->unused : m->used++;
    if (i == m->unused) {
        m->unused = m->items[i].next;
    }
    uint32_t *head = &m->heads[head_of(m, key)];
    m->items[i] = (fir__mark){.key = *key, .until = INT64_MIN, .cap = 1, .next = *head, .used = true};
    *head = i;
    link_newest(m, i);
    m->count++;
    *out = i;
    return true;
}

static bool make_time(fir__marks *m, fir__mark *k, uint32_t most)
{
    k->prepared = k->round == m->round ? k->prepared + 1 : 1;
    k->round = m->round;
    uint64_t wanted = (uint64_t)k->n + k->prepared;
    wanted = wanted < most ? wanted : most;
    if (wanted <= k->cap) {
        return true;
    }
    uint32_t cap = k->cap < most / 2 ? k->cap * 2 : most;
    cap = cap > wanted ? cap : (uint32_t)wanted;
    int64_t *times = k->times != NULL ? fir__resize(&m->allocator, k->times, cap * sizeof *times)
                                      : fir__alloc_array(&m->allocator, cap, sizeof *times);
    if (times == NULL) {
        return false;
    }
    if (k->times == NULL) {
        times[0] = k->one;
    }
    k->times = times;
    k->cap = cap;
    return true;
}

void fir__marks_begin(fir__marks *m)
{
    m->round++;
}

bool fir__marks_prepare(fir__marks *m, const fir__mark_key *key, uint32_t most)
{
    uint32_t i = find(m, key);
    return (i != NONE || make(m, key, &i)) && make_time(m, &m->items[i], most);
}

/* ---- changes ---- */

static void take_at(fir__marks *m, fir__mark *k, uint32_t at)
{
    int64_t *times = times_of(k);
    memmove(times + at, times + at + 1, (k->n - at - 1) * sizeof *times);
    k->n--;
    m->times--;
}

/* The place of the time that has a neighbour nearest, ends apart; of two or fewer the first. */
static uint32_t least_telling(const int64_t *times, uint32_t n)
{
    uint32_t at = 0;
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 1; i + 1 < n; i++) {
        uint64_t gap = (uint64_t)times[i] - (uint64_t)times[i - 1];
        if (gap < least) {
            least = gap;
            at = i;
        }
    }
    return at;
}

void fir__marks_add(fir__marks *m, const fir__mark_key *key, int64_t time, uint32_t most, bool thin, int64_t until)
{
    uint32_t i = find(m, key);
    if (i == NONE || most == 0) {
        return; /* another key of the same commit pushed it out: it is as forgotten as it would be a moment later */
    }
    fir__mark *k = &m->items[i];
    int64_t *times = times_of(k);
    while (k->n >= most || k->n == k->cap) {
        take_at(m, k, thin ? least_telling(times, k->n) : 0);
    }
    uint32_t at = k->n;
    while (at != 0 && times[at - 1] > time) {
        times[at] = times[at - 1];
        at--;
    }
    times[at] = time;
    k->n++;
    k->prepared -= k->prepared != 0;
    m->times++;
    k->until = until > k->until ? until : k->until;
    unlink_age(m, k);
    link_newest(m, i);
    while (m->times > m->most_times && m->oldest != i) {
        m->forgotten += m->items[m->oldest].n != 0;
        drop(m, m->oldest);
    }
}

void fir__marks_take(fir__marks *m, const fir__mark_key *key, int64_t time)
{
    uint32_t i = find(m, key);
    for (uint32_t at = 0; i != NONE && at < m->items[i].n; at++) {
        if (times_of(&m->items[i])[at] == time) {
            take_at(m, &m->items[i], at);
            break;
        }
    }
    if (i != NONE && m->items[i].n == 0 && m->items[i].n_stash == 0) {
        drop(m, i);
    }
}

static int64_t *stash_of(fir__mark *k)
{
    return k->stash != NULL ? k->stash : &k->stash_one;
}

/* All its times change places with what was cleared before. */
static void swap_stash(fir__mark *k)
{
    const fir__mark was = *k;
    k->one = was.stash_one;
    k->times = was.stash;
    k->n = was.n_stash;
    k->cap = was.stash != NULL ? was.cap_stash : 1;
    k->stash_one = was.one;
    k->stash = was.times;
    k->n_stash = was.n;
    k->cap_stash = was.cap;
}

static void drop_stash(fir__marks *m, fir__mark *k)
{
    m->times -= k->n_stash;
    fir__free(&m->allocator, k->stash);
    k->stash = NULL;
    k->n_stash = 0;
}

void fir__marks_clear(fir__marks *m, const fir__mark_key *key, int64_t time, int64_t at)
{
    uint32_t i = find(m, key), kept = 0;
    fir__mark *k = i != NONE ? &m->items[i] : NULL;
    if (k == NULL) {
        return;
    }
    drop_stash(m, k);
    while (kept < k->n && times_of(k)[kept] <= time) {
        kept++;
    }
    if (kept == k->n) {
        swap_stash(k);
        k->stash_at = at;
    } else { /* a hit clears all there is: this is none, and is cleared for good */
        for (; kept != 0; kept--) {
            take_at(m, k, 0);
        }
    }
    if (k->n == 0 && k->n_stash == 0) {
        drop(m, i);
    }
}

/* Without memory: the newest that fit. A stash has room for all but one of the times that a threshold counts, so these are enough.
 */
void fir__marks_restore(fir__marks *m, const fir__mark_key *key, int64_t at)
{
    uint32_t i = find(m, key);
    fir__mark *k = i != NONE ? &m->items[i] : NULL;
    if (k == NULL || k->n_stash == 0 || k->stash_at != at) {
        return;
    }
    if ((k->stash != NULL ? k->cap_stash : 1) > k->cap) {
        swap_stash(k);
    }
    int64_t *times = times_of(k);
    const int64_t *more = stash_of(k);
    for (uint32_t s = 0; s < k->n_stash; s++) {
        if (k->n == k->cap) {
            if (more[s] <= times[0]) {
                continue;
            }
            take_at(m, k, 0);
        }
        uint32_t to = k->n;
        for (; to != 0 && times[to - 1] > more[s]; to--) {
            times[to] = times[to - 1];
        }
        times[to] = more[s];
        k->n++;
        m->times++;
    }
    drop_stash(m, k);
}

bool fir__marks_stash(const fir__marks *m, uint32_t i, const int64_t **times, uint32_t *n, int64_t *at)
{
    fir__mark *k = &m->items[i];
    *times = stash_of(k);
    *n = k->used ? k->n_stash : 0;
    *at = k->stash_at;
    return *n != 0;
}

void fir__marks_sweep(fir__marks *m, int64_t now)
{
    for (uint32_t n = 0; n < SWEEP && m->used != 0; n++) {
        m->sweep = m->sweep < m->used ? m->sweep : 0;
        if (m->items[m->sweep].used && m->items[m->sweep].until <= now) {
            drop(m, m->sweep);
        }
        m->sweep++;
    }
}

void fir__marks_each(const fir__marks *m, void (*visit)(void *ctx, const fir__mark_key *key, const int64_t *times, uint32_t n),
                     void *ctx)
{
    for (uint32_t i = 0; i < m->used; i++) {
        if (m->items[i].used && m->items[i].n != 0) {
            visit(ctx, &m->items[i].key, times_of(&m->items[i]), m->items[i].n);
        }
    }
}

bool fir__marks_at(const fir__marks *m, uint32_t i, fir__mark_key *key, const int64_t **times, uint32_t *n, int64_t *until)
{
    fir__mark *k = &m->items[i];
    if (!k->used || (k->n == 0 && k->n_stash == 0)) {
        return false;
    }
    *key = k->key;
    *times = times_of(k);
    *n = k->n;
    *until = k->until;
    return true;
}

void fir__marks_reset(fir__marks *m)
{
    while (m->oldest != NONE) {
        drop(m, m->oldest);
    }
}
