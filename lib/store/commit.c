/* SPDX-License-Identifier: Apache-2.0 */
#include "store/commit.h"

enum { MOST_RECORDS = 8192, MOST_BYTES = 64 * 1024 * 1024 }; /* of one commit, unless a single batch has more */

bool fir__committer_init(fir__committer *c)
{
    *c = (fir__committer){.end = NULL};
    if (pthread_mutex_init(&c->lock, NULL) != 0) {
        return false;
    }
    if (pthread_cond_init(&c->changed, NULL) != 0) {
        (void)pthread_mutex_destroy(&c->lock);
        return false;
    }
    c->end = &c->first;
    return true;
}

void fir__committer_destroy(fir__committer *c)
{
    (void)pthread_cond_destroy(&c->changed);
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

/* A batch belongs to its caller again as soon as it is done: its next is read before. */
static void release(fir__batch *list)
{
    while (list != NULL) {
        fir__batch *next = list->next;
        list->done = true;
        list = next;
    }
}

void fir__commit(fir__committer *c, fir__batch *b, fir__write_fn *write, void *ctx)
{
    b->next = NULL;
    b->done = false;
    (void)pthread_mutex_lock(&c->lock);
    *c->end = b;
    c->end = &b->next;
    while (!b->done) {
        if (c->leading) {
            (void)pthread_cond_wait(&c->changed, &c->lock);
            continue;
        }
        c->leading = true;
        fir__batch *list = take(c);
        (void)pthread_mutex_unlock(&c->lock);
        write(ctx, list);
        (void)pthread_mutex_lock(&c->lock);
        release(list);
        c->leading = false;
        (void)pthread_cond_broadcast(&c->changed);
    }
    (void)pthread_mutex_unlock(&c->lock);
}
