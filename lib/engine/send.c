/* SPDX-License-Identifier: Apache-2.0 */
/* Places: how many requests may be on their way to one host, and in all. A slow or dead host holds up who wants to go there, and
 * nobody else. */
#include "engine/private.h"
#include "transport/request.h"

enum { DEFAULT_MAX_RESPONSE = 1024 * 1024 };

static bool has_requests_before(const fir__run *r)
{
    return r->requests != 0; /* in the middle of an attempt: what it has found out would be lost */
}

static uint32_t urgency(const fir__run *r)
{
    return (uint32_t)r->rule->def->urgency;
}

/* Scheme, host and port, as they are written. */
static fir_str host_key(fir_str url)
{
    fir_str place = fir__url_authority(url);
    return fir__str_to(url, place.len != 0 ? (size_t)(place.ptr - url.ptr) + place.len : 0);
}

static bool is_host(const fir__destination *h, fir_str key)
{
    return h->key_len == key.len && memcmp(h->key, key.ptr, key.len) == 0;
}

static void wipe_host(fir_engine *g, fir__destination *h)
{
    explicit_bzero(h->key, h->key_len); /* a URL may name a user */
    fir__free(&g->allocator, h);
}

static void drop_host_if_idle(fir_engine *g, fir__destination *h)
{
    bool remembers = h->failures != 0 || h->open_until_ns != 0 || h->retry_free_ns > fir__engine_now(g) - FIR__RETRY_BURST;
    if (h->in_flight != 0 || h->n_waiting != 0 || (remembers && g->n_hosts <= FIR__MOST_HOSTS)) {
        return;
    }
    fir__destination **at = &g->hosts;
    while (*at != h) {
        at = &(*at)->next;
    }
    *at = h->next;
    g->n_hosts--;
    wipe_host(g, h);
}

static fir__destination *find_host(fir_engine *g, fir_str key)
{
    for (fir__destination *h = g->hosts, *next; h != NULL; h = next) {
        next = h->next;
        if (is_host(h, key)) {
            return h;
        }
        drop_host_if_idle(g, h);
    }
    fir__destination *h = fir__zalloc(&g->allocator, sizeof *h + key.len + 1);
    if (h != NULL) {
        for (size_t i = 0; i < FIR__URGENCIES; i++) {
            fir__queue_init(&h->waiting[i]);
        }
        h->retry_free_ns = INT64_MIN;
        h->key_len = key.len;
        if (key.len != 0) {
            memcpy(h->key, key.ptr, key.len);
        }
        h->next = g->hosts;
        g->hosts = h;
        g->n_hosts++;
    }
    return h;
}

/* Who waits longest of the most urgent. */
static fir__run *take_waiting(fir__destination *h)
{
    for (size_t i = FIR__URGENCIES; i != 0; i--) {
        fir__run *r = fir__queue_take(&h->waiting[i - 1]);
        if (r != NULL) {
            h->n_waiting--;
            return r;
        }
    }
    return NULL;
}

/* It has the place from now on: should it not need it after all, it leaves it to the next. */
static void give_place(fir_engine *g, fir__destination *h, fir__run *r)
{
    r->host = h;
    h->in_flight++;
    fir__run_ready(g, r);
}

static void give_places(fir_engine *g, fir__destination *h)
{
    while (h->open_until_ns == 0 && h->in_flight < g->max_in_flight) {
        fir__run *r = take_waiting(h);
        if (r == NULL) {
            return;
        }
        give_place(g, h, r);
    }
}

void fir__host_leave(fir_engine *g, fir__run *r)
{
    fir__destination *h = r->host;
    if (h == NULL) {
        return;
    }
    r->host = NULL;
    h->in_flight--;
    if (h->prober == r) { /* it found nothing out: another one may */
        h->prober = NULL;
    }
    give_places(g, h);
    drop_host_if_idle(g, h);
}

/* ---- the breaker ---- */

/* Those that cannot wait so long are told at once. */
static void release_impatient(fir_engine *g, fir__destination *h)
{
    for (size_t i = 0; i < FIR__URGENCIES; i++) {
        fir__queue all = h->waiting[i], keep;
        fir__run *r;
        if (all.first == NULL) {
            continue;
        }
        fir__queue_init(&keep);
        while ((r = fir__queue_take(&all)) != NULL) {
            if (r->deadline_ns < h->open_until_ns) {
                h->n_waiting--;
                fir__run_ready(g, r);
            } else {
                fir__queue_put(&keep, r);
            }
        }
        fir__queue_init(&h->waiting[i]);
        while ((r = fir__queue_take(&keep)) != NULL) {
            fir__queue_put(&h->waiting[i], r);
        }
    }
}

void fir__host_judge(fir_engine *g, fir__run *r, bool works)
{
    fir__destination *h = r->host;
    if (h == NULL) {
        return;
    }
    if (works) {
        bool was_open = h->open_until_ns != 0;
        h->failures = 0;
        h->open_until_ns = 0;
        h->prober = NULL;
        if (was_open) {
            fir__log(g, FIR_LOG_INFO, "a destination answers again");
            give_places(g, h);
        }
        return;
    }
    h->failures++;
    if (h->prober == r || (h->open_until_ns == 0 && h->failures >= FIR__BREAKER_FAILURES)) {
        h->prober = NULL;
        h->open_until_ns = fir__engine_now(g) + FIR__BREAKER_OPEN;
        fir__log(g, FIR_LOG_WARNING, "a destination failed %u times in a row; it is left alone for 30 s", h->failures);
        pthread_mutex_lock(&g->lock);
        fir__metrics_count(&g->metrics, &g->allocator, FIR__BREAKER_OPENED, (fir_str){NULL, 0}, (fir_str){NULL, 0});
        pthread_mutex_unlock(&g->lock);
        release_impatient(g, h);
    }
}

bool fir__breakers_offer(fir_engine *g, int64_t *next)
{
    int64_t now = fir__engine_now(g);
    bool any = false;
    *next = INT64_MAX;
    for (fir__destination *h = g->hosts; h != NULL; h = h->next) {
        if (h->open_until_ns == 0 || h->prober != NULL || h->n_waiting == 0) {
            continue;
        }
        if (now < h->open_until_ns) {
            *next = h->open_until_ns < *next ? h->open_until_ns : *next;
            continue;
        }
        h->prober = take_waiting(h);
        give_place(g, h, h->prober);
        any = true;
    }
    return any;
}

/* At most one retry in FIR__RETRY_EVERY, but for a burst: an outage is no reason for a storm. */
int64_t fir__retry_budget(fir__run *r, int64_t at)
{
    fir__destination *h = r->host;
    if (h == NULL) {
        return at;
    }
    int64_t free = h->retry_free_ns > at - FIR__RETRY_BURST ? h->retry_free_ns : at - FIR__RETRY_BURST;
    h->retry_free_ns = free + FIR__RETRY_EVERY;
    return h->retry_free_ns > at ? h->retry_free_ns : at;
}

void fir__hosts_free(fir_engine *g)
{
    while (g->hosts != NULL) {
        fir__destination *h = g->hosts;
        for (fir__run *r; (r = take_waiting(h)) != NULL;) {
            fir__run_close(g, r);
        }
        g->hosts = h->next;
        g->n_hosts--;
        wipe_host(g, h);
    }
}

static void wait_at(fir__destination *h, fir__run *r)
{
    h->n_waiting++;
    fir__queue_put(&h->waiting[urgency(r)], r);
}

bool fir__send_waits(fir_engine *g, fir__run *r, fir_str url)
{
    fir_str key = host_key(url);
    if (r->host != NULL || key.len == 0 || g->n_in_flight == FIR__MOST_IN_FLIGHT) {
        return false;
    }
    for (fir__destination *h = g->hosts; h != NULL; h = h->next) {
        if (is_host(h, key)) {
            bool full = h->open_until_ns == 0 && h->in_flight >= g->max_in_flight;
            if (full) {
                wait_at(h, r);
            }
            return full;
        }
    }
    return false;
}

/* A place at the host of r's request. */
static fir__sent enter_host(fir_engine *g, fir__run *r, fir_error *err)
{
    fir_str key = host_key(r->call->request.url);
    if (r->host != NULL && !is_host(r->host, key)) {
        fir__host_leave(g, r);
    }
    if (r->host != NULL) {
        return FIR__SENT;
    }
    fir__destination *h = find_host(g, key);
    if (h == NULL) {
        (void)fir__no_memory(err);
        return FIR__SEND_FAILED;
    }
    bool open = h->open_until_ns != 0 && (h->prober != NULL || fir__engine_now(g) < h->open_until_ns);
    if (open && (has_requests_before(r) || r->deadline_ns < h->open_until_ns)) {
        (void)fir__fail(err, FIR_ETRANSPORT, "the destination failed %u times in a row and is left alone for a while", h->failures);
        return FIR__SEND_FAILED;
    }
    if (open) {
        wait_at(h, r);
        return FIR__SEND_WAITS;
    }
    h->prober = h->open_until_ns != 0 ? r : NULL;
    if (h->in_flight >= g->max_in_flight && !has_requests_before(r)) {
        wait_at(h, r);
        return FIR__SEND_WAITS;
    }
    h->in_flight++;
    r->host = h;
    return FIR__SENT;
}

static size_t free_slot(const fir_engine *g)
{
    size_t i = 0;
    while (i < FIR__MOST_IN_FLIGHT && g->in_flight[i] != NULL) {
        i++;
    }
    return i;
}

/* The engine's part of the request: identity and bounds. */
static void complete(fir_engine *g, fir__run *r, size_t slot)
{
    fir_http_request *rq = &r->call->request;
    int64_t left = r->deadline_ns - fir__engine_now(g);
    int64_t most = rq->timeout_ns > 0 ? rq->timeout_ns : g->attempt_timeout_ns;
    rq->timeout_ns = left < most ? (left > 1 ? left : 1) : most;
    rq->max_response = rq->max_response != 0 ? rq->max_response : DEFAULT_MAX_RESPONSE;
    rq->id = ++g->next_request * FIR__MOST_IN_FLIGHT + slot;
}

fir__sent fir__send(fir_engine *g, fir__run *r, fir_error *err)
{
    if (g->n_in_flight == FIR__MOST_IN_FLIGHT) {
        if (has_requests_before(r)) {
            (void)fir__fail(err, FIR_EAGAIN, "too many requests are on their way");
            return FIR__SEND_FAILED;
        }
        fir__queue_put(&g->no_slot, r);
        return FIR__SEND_WAITS;
    }
    fir__sent s = enter_host(g, r, err);
    if (s != FIR__SENT) {
        return s;
    }
    size_t slot = free_slot(g);
    complete(g, r, slot);
    if (g->transport.start(g->transport.self, &r->call->request, err) != 0) {
        return FIR__SEND_FAILED;
    }
    fir__crash(g, "sent");
    r->request_id = r->call->request.id;
    r->requests++;
    g->in_flight[slot] = r;
    g->n_in_flight++;
    return FIR__SENT;
}

fir__run *fir__sent_done(fir_engine *g, uint64_t id)
{
    size_t slot = (size_t)(id % FIR__MOST_IN_FLIGHT);
    fir__run *r = g->in_flight[slot];
    if (r == NULL || r->request_id != id) {
        return NULL;
    }
    g->in_flight[slot] = NULL;
    g->n_in_flight--;
    return r;
}

bool fir__slots_offer(fir_engine *g)
{
    bool any = false;
    for (uint32_t n = g->n_in_flight; n < FIR__MOST_IN_FLIGHT; n++) {
        fir__run *r = fir__queue_take(&g->no_slot);
        if (r == NULL) {
            break;
        }
        fir__run_ready(g, r);
        any = true;
    }
    return any;
}
