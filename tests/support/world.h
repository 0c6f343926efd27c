/* SPDX-License-Identifier: Apache-2.0 */
/* An engine with a playbook, a scripted transport and clock, types of its own, and a log: what tests of the engine begin with. */
#ifndef FIR_TEST_WORLD_H
#define FIR_TEST_WORLD_H

#include <falcoir/falcoir.h>

#include "support/fake.h"

/* What a test's own type does. */
typedef struct world_type {
    int prepared, advanced; /* calls */
    int requests;           /* so many before it is done */
    int prepare_requests;
    int32_t fail;   /* not 0: fails with it … */
    int fail_times; /* … so often; -1: always */
    int32_t final;
    int result; /* not 0: what advance returns at once */
    const char *output;
    const struct fir__live *live; /* what prepare finds at the target, from its second call on */
    char seen[4096];              /* the parameter "text" of each call, joined with | */
    char event[256];
    char url[100];
} world_type;

/* Types of the catalogue: test:idempotent, test:keyed, test:unsafe, test:read, test:destroy (destructive), test:mute (without
 * functions). Each has the parameters text (a string) and token (a secret). */
enum { WORLD_IDEMPOTENT, WORLD_KEYED, WORLD_UNSAFE, WORLD_READ, WORLD_DESTROY, WORLD_TYPES };

typedef struct world {
    fake fake;
    fir_catalog *catalog;
    fir_playbook *playbook;
    fir_engine *engine;
    world_type types[WORLD_TYPES];
    char *log;
    size_t log_len;
    char text[65536];
    int by_clock;
    unsigned submitted; /* alerts, as far as their time says it */
} world;

extern const char world_alert[];

fir_playbook *world_compile(const fir_catalog *c, const char *yaml); /* prints and exits when it does not compile */
void world_catalog(fir_catalog **out);
/* options: NULL, or ones to start from; transport, clock and log are put in where they are NULL. */
void world_open(world *w, const char *yaml, const fir_engine_options *options);
/* The same with a gate that goes by the clock, which begins at world_alert's time. */
void world_open_by_clock(world *w, const char *yaml, const fir_engine_options *options);
void world_close(world *w);
int world_register(world *w, fir_engine *g);
void world_submit(world *w, const char *alerts); /* each time with a fresh time, so that nothing is a duplicate */
char *world_fresh(const char *alerts);           /* those alerts; free() */
void world_drain(world *w);                      /* polls until nothing is left */
void world_settle(world *w);                     /* polls a few times: what can be done at this moment */
int64_t world_wall(const world *w);              /* what the clock on the wall shows */
/* Frees the engine; the next one begins when that clock shows so much more. Its monotonic clock is another one. */
void world_end_engine(world *w, int64_t ns);
/* The next engine, with the same playbook; transport and clock are put in where they are NULL. */
void world_next_engine(world *w, const fir_engine_options *options);
/* All outcomes as "step:status:attempts step:status:attempts". */
const char *world_outcomes(world *w);
/* The error message of the i-th outcome; "" when it has none. */
const char *world_error(world *w, size_t i);
/* All outcomes as JSON; free(). */
char *world_json(world *w);

#endif
