/* SPDX-License-Identifier: Apache-2.0 */
#include "fault/replaced_malloc.h"

#include <errno.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(SANITIZED) || !defined(__GLIBC__)

bool replaced_malloc_works(void)
{
    return false;
}

void replaced_malloc_arm(long fail_at, bool for_ever)
{
    (void)fail_at, (void)for_ever;
}

replaced_malloc replaced_malloc_end(void)
{
    return (replaced_malloc){0, 0};
}

#else

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void __libc_free(void *p);

static _Thread_local bool counting, all_after;
static _Thread_local long calls, fail_at_call, live;

bool replaced_malloc_works(void)
{
    return true;
}

void replaced_malloc_arm(long fail_at, bool for_ever)
{
    fail_at_call = fail_at;
    all_after = for_ever;
    calls = live = 0;
    counting = true;
}

replaced_malloc replaced_malloc_end(void)
{
    counting = false;
    return (replaced_malloc){calls, live};
}

static bool fails(void)
{
    if (!counting) {
        return false;
    }
    long n = calls++;
    bool hit = fail_at_call >= 0 && (all_after ? n >= fail_at_call : n == fail_at_call);
    errno = hit ? ENOMEM : errno;
    return hit;
}

#pragma GCC visibility push(default) /* the libraries must find these */

void *malloc(size_t n)
{
    void *p = fails() ? NULL : __libc_malloc(n);
    live += counting && p != NULL;
    return p;
}

void *calloc(size_t n, size_t size)
{
    void *p = fails() ? NULL : __libc_calloc(n, size);
    live += counting && p != NULL;
    return p;
}

void *realloc(void *p, size_t n)
{
    void *grown = fails() ? NULL : __libc_realloc(p, n);
    live += counting && p == NULL && grown != NULL;
    return grown;
}

void free(void *p)
{
    live -= counting && p != NULL;
    __libc_free(p);
}

#pragma GCC visibility pop

#endif
