/* SPDX-License-Identifier: Apache-2.0 */
/* Other people's rules and alerts, by the file. */
#ifndef FIR_TEST_CORPUS_H
#define FIR_TEST_CORPUS_H

#include <falcoir/event.h>
#include <stddef.h>

/* A condition as Falco's printer left it: it loses quotes, and where its text would not read back they are put in again. free(). */
char *fir_test_with_quotes(const char *text, size_t *repaired);

/* All alerts of a file that are read, added to the array (realloc). Exits on a file that cannot be read. Gives how many. */
typedef struct fir_test_events {
    fir_event **items;
    size_t n;
} fir_test_events;
size_t fir_test_events_add_file(fir_test_events *events, const char *path);
size_t fir_test_events_add(fir_test_events *events, const char *text, size_t n);
/* Every *.ndjson of a folder. */
size_t fir_test_events_add_folder(fir_test_events *events, const char *path);
void fir_test_events_free(fir_test_events *events);

#endif
