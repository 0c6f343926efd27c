/* SPDX-License-Identifier: Apache-2.0 */
/* What a journal tells: its records folded into what became of each alert, action and question. */
#ifndef FALCOIR_TOOLS_HISTORY_H
#define FALCOIR_TOOLS_HISTORY_H

#include <jansson.h>

#include "command.h"

typedef struct history {
    /* By event id: {"accepted":NS,"time":NS or none,"live":BOOL}. */
    json_t *alerts;
    /* By action id, in the order of their first record: {"action_id","attempts","ended":NS,"error","event_id","feedback":"tp"|"fp",
     * "first":NS,"note","rule","started":NS,"status","step","undo_at","use"}. Keys are there when they are known. */
    json_t *actions;
    /* By approval id:
     * {"actions":[…],"approval","asked":NS,"event_id","expires","rule","status":"pending"|"approved"|…,"who","why"}. */
    json_t *approvals;
    uint64_t records, unread; /* unread: could not be, of a damaged journal */
    bool paused;
} history;

/* Opens the journal that --data names. Gives 0, or an exit code after complaining. */
int journal_of(const arguments *a, fir_journal **out);

/* Walks all records that can be read: visit gives 0, or an exit code that ends it. What cannot be read is named on stderr and
 * counted. */
int journal_each(const arguments *a, fir_journal *j, int (*visit)(void *ctx, const fir_journal_entry *e), void *ctx,
                 uint64_t *unread);

/* Reads it all. Gives 0, or an exit code after complaining. */
int history_read(const arguments *a, fir_journal *j, history *h);
void history_free(history *h);

enum { SHORTEST_ID = 4 }; /* characters of an id that may stand for it */

/* The whole id of which `given` is the beginning, among the keys of `all`; NULL: none, or several (*several). */
const char *whole_id(const json_t *all, const char *beginning, bool *several);

/* A time in nanoseconds as RFC 3339 with milliseconds, and back; false: it is none. */
void time_text(int64_t ns, char out[32]);
bool time_of(const char *text, int64_t *ns);

/* An object's integer by key, and whether it has one. */
bool number_of(const json_t *o, const char *key, int64_t *out);

#endif
