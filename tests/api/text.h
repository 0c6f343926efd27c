/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs of a wanted size. */
#ifndef FIR_TEST_TEXT_H
#define FIR_TEST_TEXT_H

#include <stdlib.h>
#include <string.h>

/* A text that grows. */
typedef struct text {
    char *p;
    size_t n;
} text;

static inline void put(text *t, const char *s, size_t times)
{
    size_t n = strlen(s);
    t->p = realloc(t->p, t->n + n * times + 1);
    for (size_t i = 0; i < times; i++) {
        memcpy(t->p + t->n + i * n, s, n);
    }
    t->n += n * times;
    t->p[t->n] = '\0';
}

#endif
