/* SPDX-License-Identifier: Apache-2.0 */
/* What the built-in action types know of the engine that runs them: their `self`. One thread at a time, as all of an action. */
#ifndef FIR__ACTION_ENV_H
#define FIR__ACTION_ENV_H

#include <falcoir/sys/clock.h>

#include "base/data.h"
#include "base/error.h"
#include "secret/secret.h"

/* Short-lived credentials (a bearer token, session keys), kept until they end. Their text is wiped. */
typedef struct fir__tokens fir__tokens;

typedef struct fir__action_env {
    const fir_allocator *allocator;
    const fir_clock *clock;
    const fir__secrets *secrets;
    const fir__data *config; /* the merged configuration; NULL: none. Secrets are inside: never printed */
    bool environment;        /* whether the process environment may be asked, by fir__secrets */
    fir__tokens *tokens;
} fir__action_env;

int fir__tokens_new(const fir_allocator *a, fir__tokens **out);
void fir__tokens_free(fir__tokens *t);

/* The credential under a key, if it lives for at least another minute after now (wall clock). Borrowed until the next put or
 * drop. */
bool fir__tokens_get(const fir__tokens *t, fir_str key, int64_t now_ns, fir_str *out);
/* Keeps one; text is copied. At most 256 are kept: the one that ends first goes. */
int fir__tokens_put(fir__tokens *t, fir_str key, fir_str text, int64_t ends_ns);
/* Forgets one: a peer said that it is good no more. */
void fir__tokens_drop(fir__tokens *t, fir_str key);

#endif
