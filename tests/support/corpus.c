/* SPDX-License-Identifier: Apache-2.0 */
#include "support/corpus.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/vectors.h"

/* Falco's printer loses quotes. Where its text does not read back, they are put in again. */
static const struct {
    const char *printed, *meant;
} lost_quotes[] = {
    {" (systemd)", " \"(systemd)\""},
    {", )", ", \"\")"},
    {" =  ", " = \"\" "},
    {" = )", " = \"\")"},
};

char *fir_test_with_quotes(const char *text, size_t *repaired)
{
    char *out = malloc(strlen(text) * 2 + 1);
    size_t n = 0, put = 0;
    while (*text != '\0') {
        size_t i = 0, count = sizeof lost_quotes / sizeof lost_quotes[0];
        while (i < count && strncmp(text, lost_quotes[i].printed, strlen(lost_quotes[i].printed)) != 0) {
            i++;
        }
        if (i == count) {
            out[n++] = *text++;
        } else {
            n += (size_t)sprintf(out + n, "%s", lost_quotes[i].meant);
            text += strlen(lost_quotes[i].printed);
            put++;
        }
    }
    out[n] = '\0';
    *repaired += put != 0;
    return out;
}

static void keep(fir_test_events *events, fir_event *e)
{
    events->items = realloc(events->items, (events->n + 1) * sizeof(fir_event *));
    if (events->items == NULL) {
        abort();
    }
    events->items[events->n++] = e;
}

size_t fir_test_events_add(fir_test_events *events, const char *text, size_t n)
{
    fir_reader *r;
    fir_error err;
    size_t before = events->n;
    int status;
    if (fir_reader_new(NULL, &r, &err) != 0 || fir_reader_feed(r, text, n, 1, &err) != 0) {
        fprintf(stderr, "%s\n", err.message);
        exit(EXIT_FAILURE);
    }
    do {
        fir_event *e;
        if (fir_event_new(NULL, &e, &err) != 0) {
            abort();
        }
        status = fir_reader_next(r, e, NULL, NULL, &err);
        if (status == 0) {
            keep(events, e);
        } else {
            fir_event_free(e);
        }
    } while (status == 0 || status == FIR_EPARSE || status == FIR_ELIMIT);
    fir_reader_free(r);
    return events->n - before;
}

size_t fir_test_events_add_file(fir_test_events *events, const char *path)
{
    size_t n;
    char *text = fir_test_read_file(path, &n);
    if (text == NULL) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(EXIT_FAILURE);
    }
    size_t added = fir_test_events_add(events, text, n);
    free(text);
    return added;
}

static int is_ndjson(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return n > 7 && strcmp(e->d_name + n - 7, ".ndjson") == 0;
}

size_t fir_test_events_add_folder(fir_test_events *events, const char *path)
{
    struct dirent **files;
    size_t before = events->n;
    int n = scandir(path, &files, is_ndjson, alphasort);
    if (n < 0) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(EXIT_FAILURE);
    }
    for (int i = 0; i < n; i++) {
        char file[4096];
        (void)snprintf(file, sizeof file, "%s/%s", path, files[i]->d_name);
        (void)fir_test_events_add_file(events, file);
        free(files[i]);
    }
    free(files);
    return events->n - before;
}

void fir_test_events_free(fir_test_events *events)
{
    for (size_t i = 0; i < events->n; i++) {
        fir_event_free(events->items[i]);
    }
    free(events->items);
    *events = (fir_test_events){NULL, 0};
}
