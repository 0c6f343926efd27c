/* SPDX-License-Identifier: Apache-2.0 */
#include "store/commit.h"

enum { MOST_RECORDS = 8192, MOST_BYTES = 64 * 1024 * 1024 }; /* of one commit, unless a single batch has more */

bool fir__committer_init(fir__committer *c)
{
    *c = (fir__committer){.end = NULL};
    c->end = &c->first;
    return pthread_mutex_init(&c->lock, NULL) == 0;
}

void fir__committer_destroy(fir__committer *c)
{
    (void)pthread_mutex_destroy(&c->lock);
}

/* Takes from the front what one commit holds. */
static fir__batch *take(fir__committer *c)
{
    fir__batch *list = c->first, **end = &c->first;
    size_t records = 0, bytes = 0;
    while (*end != NULL && (end == &c->first || (records + (*end)->n <= MOST_RECORDS && bytes + (*end)->bytes <= MOST_BYTES))) {
        records += (*end)->n;
        bytes += (*end)->bytes;
        end = &(*end)->next;
    }
    c->first = *end;
    if (c->first == NULL) {
        c->end = &c->first;
    }
    *end = NULL;
    return list;
}

/* A batch belongs to its caller again as soon as that is woken: its next is read before. */
static void release(fir__batch *list, fir__batch *own)
{
    while (list != NULL) {
        fir__batch *next = list->next;
        list->done = true;
        if (list != own) {
            (void)sem_post(&list->turn);
        }
        list = next;
    }
}

/* Until its own batch is written: that stands first, or near. Then the first of those who came meanwhile leads. */
static void lead(fir__committer *c, fir__batch *own, fir__write_fn *write, void *ctx)
{
    while (!own->done) {
        (void)pthread_mutex_lock(&c->lock);
        fir__batch *list = take(c);
        (void)pthread_mutex_unlock(&c->lock);
        write(ctx, list);
        release(list, own);
    }
    (void)pthread_mutex_lock(&c->lock);
    fir__batch *next = c->first;
    c->led = next != NULL;
    (void)pthread_mutex_unlock(&c->lock);
    if (next != NULL) {
        (void)sem_post(&next->turn);
    }
}

void fir__commit(fir__committer *c, fir__batch *b, fir__write_fn *write, void *ctx)
{
    b->next = NULL;
    b->done = false;
    (void)sem_init(&b->turn, 0, 0);
    (void)pthread_mutex_lock(&c->lock);
    *c->end = b;
    c->end = &b->next;
    bool leads = !c->led;
    c->led = true;
    (void)pthread_mutex_unlock(&c->lock);
    while (!leads && sem_wait(&b->turn) != 0) { /* a signal came in between */
    }
    if (!b->done) {
        lead(c, b, write, ctx);
    }
    (void)sem_destroy(&b->turn);
}
