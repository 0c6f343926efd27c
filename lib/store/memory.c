/* SPDX-License-Identifier: Apache-2.0 */
/* A store in memory: the live records in a growing array, each in one block with its texts. */
#include <pthread.h>

#include "store/store.h"

typedef struct memory {
    fir_allocator allocator;
    pthread_mutex_t lock;
    fir_record **records; /* ascending */
    size_t count, cap;
    uint64_t last_seq;
    fir_record *borrowed; /* trimmed while the reader had it; freed by the next read */
    uint64_t read_seq;    /* what the reader has; 0: nothing */
} memory;

static fir_str put(char **at, fir_str s)
{
    fir_str copy = {*at, s.len};
    if (s.len != 0) {
        memcpy(*at, s.ptr, s.len);
    }
    *at += s.len;
    return copy;
}

static fir_record *copy_record(const fir_allocator *a, const fir_record *r)
{
    size_t texts = r->kind.len + r->event_id.len + r->action_id.len + r->json.len + r->blob.len;
    fir_record *c = fir__alloc(a, sizeof *c + texts);
    if (c == NULL) {
        return NULL;
    }
    char *at = (char *)(c + 1);
    *c = (fir_record){.size = sizeof *c, .wall_ns = r->wall_ns};
    c->kind = put(&at, r->kind);
    c->event_id = put(&at, r->event_id);
    c->action_id = put(&at, r->action_id);
    c->json = put(&at, r->json);
    c->blob = put(&at, r->blob);
    return c;
}

/* Under the lock: all or nothing. */
static bool append_copies(memory *m, const fir_record *r, size_t n)
{
    if (!fir__grow(&m->allocator, &m->records, &m->cap, m->count + n, sizeof(fir_record *))) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        fir_record *c = copy_record(&m->allocator, fir__record_at(r, i));
        if (c == NULL) {
            while (i-- != 0) {
                fir__free(&m->allocator, m->records[m->count + i]);
            }
            return false;
        }
        c->seq = m->last_seq + i + 1;
        m->records[m->count + i] = c;
    }
    m->count += n;
    m->last_seq += n;
    return true;
}

static int memory_append(void *self, const fir_record *r, size_t n, uint32_t flags, uint64_t *first_seq, fir_error *err)
{
    memory *m = self;
    int rc = fir__store_check(r, n, flags, err);
    if (rc != 0) {
        return rc;
    }
    pthread_mutex_lock(&m->lock);
    uint64_t first = m->last_seq + 1;
    bool done = append_copies(m, r, n);
    pthread_mutex_unlock(&m->lock);
    if (!done) {
        return fir__no_memory(err);
    }
    if (first_seq != NULL) {
        *first_seq = first;
    }
    return 0;
}

/* The index of the first record with seq > after. */
static size_t behind(const memory *m, uint64_t after)
{
    size_t low = 0, high = m->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->records[middle]->seq > after) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

static int memory_read(void *self, uint64_t after_seq, fir_record *out, fir_error *err)
{
    memory *m = self;
    pthread_mutex_lock(&m->lock);
    fir__free(&m->allocator, m->borrowed);
    m->borrowed = NULL;
    size_t at = behind(m, after_seq);
    bool found = at < m->count;
    m->read_seq = found ? m->records[at]->seq : 0;
    if (found) {
        *out = *m->records[at];
    }
    pthread_mutex_unlock(&m->lock);
    return found ? 0 : fir__fail(err, FIR_ENOTFOUND, "no more records");
}

static int memory_trim(void *self, uint64_t before_seq, const uint64_t *keep, size_t n_keep, fir_error *err)
{
    (void)err;
    memory *m = self;
    pthread_mutex_lock(&m->lock);
    size_t kept = 0, k = 0;
    for (size_t i = 0; i < m->count; i++) {
        fir_record *r = m->records[i];
        while (k < n_keep && keep[k] < r->seq) {
            k++;
        }
        if (r->seq >= before_seq || (k < n_keep && keep[k] == r->seq)) {
            m->records[kept++] = r;
        } else if (r->seq == m->read_seq) {
            m->borrowed = r;
        } else {
            fir__free(&m->allocator, r);
        }
    }
    m->count = kept;
    pthread_mutex_unlock(&m->lock);
    return 0;
}

static void memory_close(void *self)
{
    memory *m = self;
    for (size_t i = 0; i < m->count; i++) {
        fir__free(&m->allocator, m->records[i]);
    }
    fir__free(&m->allocator, m->borrowed);
    fir__free(&m->allocator, m->records);
    (void)pthread_mutex_destroy(&m->lock);
    fir_allocator a = m->allocator;
    fir__free(&a, m);
}

int fir__store_memory(const fir_allocator *a, fir_store *out, fir_error *err)
{
    fir_allocator allocator;
    *out = (fir_store){0};
    if (!fir__allocator_copy(a, &allocator)) {
        return fir__fail(err, FIR_EINVAL, "the allocator lacks a function");
    }
    memory *m = fir__zalloc(&allocator, sizeof *m);
    if (m == NULL) {
        return fir__no_memory(err);
    }
    m->allocator = allocator;
    if (pthread_mutex_init(&m->lock, NULL) != 0) {
        fir__free(&allocator, m);
        return fir__no_memory(err);
    }
    *out = (fir_store){
        .size = sizeof *out, .self = m, .append = memory_append, .read = memory_read, .trim = memory_trim, .close = memory_close};
    return 0;
}
