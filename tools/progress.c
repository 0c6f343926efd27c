/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 40 };

static void wipe(progress *p)
{
    if (p->percent >= 0) {
        fputs("\r\x1b[K", stderr);
        p->percent = -1;
    }
}

void progress_begin(progress *p)
{
    *p = (progress){.percent = -1};
    pthread_mutex_init(&p->lock, NULL);
}

void progress_of(progress *p, uint64_t size)
{
    p->size = isatty(STDERR_FILENO) != 0 ? size : 0;
}

void progress_show(progress *p, uint64_t done)
{
    if (p->size == 0) {
        return;
    }
    double part = done < p->size ? (double)done / (double)p->size : 1.0;
    int percent = (int)(part * 100), filled = (int)(part * WIDTH);
    pthread_mutex_lock(&p->lock);
    if (percent != p->percent) {
        char bar[WIDTH + 1];
        memset(bar, ' ', WIDTH);
        memset(bar, '=', (size_t)filled);
        bar[WIDTH] = '\0';
        fprintf(stderr, "\r[%s] %3d%%", bar, percent);
        fflush(stderr);
        p->percent = percent;
    }
    pthread_mutex_unlock(&p->lock);
}

void progress_hide(progress *p)
{
    if (p != NULL && p->size != 0) {
        pthread_mutex_lock(&p->lock);
        wipe(p);
    }
}

void progress_let(progress *p)
{
    if (p != NULL && p->size != 0) {
        pthread_mutex_unlock(&p->lock);
    }
}

void progress_end(progress *p)
{
    wipe(p);
    p->size = 0;
}

void progress_free(progress *p)
{
    pthread_mutex_destroy(&p->lock);
}
