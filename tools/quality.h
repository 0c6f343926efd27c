/* SPDX-License-Identifier: Apache-2.0 */
/* `falcoir report`: how fast and how well, out of a journal. */
#ifndef FALCOIR_TOOLS_QUALITY_H
#define FALCOIR_TOOLS_QUALITY_H

#include <jansson.h>

#include "command.h"
#include "history.h"

typedef enum stage {
    STAGE_ACCEPTED, /* the alert's own time to its acceptance */
    STAGE_STARTED,  /* acceptance to the first attempt */
    STAGE_DONE,     /* first attempt to the end */
    STAGE_ALL,      /* the alert's own time to the end */
    STAGES
} stage;
extern const char *const stage_names[STAGES];

/* Nanoseconds, ascending once it is finished. */
typedef struct spread {
    int64_t *values;
    size_t n, cap;
} spread;

/* The value below which p per cent are; 0 when there is none. */
int64_t percentile(const spread *s, double p);

/* How a rule's actions ended, as they are counted. */
typedef enum ending { ENDED_WELL, ENDED_BADLY, ENDED_OTHERWISE, ENDINGS } ending;
extern const char *const ending_names[ENDINGS];

enum { BUCKETS = 48, MOST_SHARED = 5 };

/* What false alarms of a rule have in common. */
typedef struct shared {
    const char *field, *value; /* borrowed from the report's JSON */
    size_t of_false, of_others;
    char exception[400]; /* a condition to add; empty: it cannot be written as one */
} shared;

typedef struct rule_report {
    const char *name;
    size_t alerts, actions, ended[ENDINGS];
    size_t right, wrong; /* alerts that people judged */
    size_t others;       /* alerts of it that nobody called false, as far as they are kept */
    spread all;          /* STAGE_ALL */
    shared shared[MOST_SHARED];
    size_t n_shared;
} rule_report;

typedef struct quality {
    history h;
    int64_t since, until; /* what is counted: actions that were first seen in between */
    int64_t first, last;  /* what there was */
    size_t alerts, actions, buckets[BUCKETS];
    spread stages[STAGES];
    rule_report *rules; /* those with most false alarms first, then by actions */
    size_t n_rules;
    json_t *events; /* by rule: {event id: "tp", "fp" or ""} */
    json_t *fields; /* by rule, field and value: [in false alarms, in others] */
} quality;

/* Reads and computes. Gives 0, or an exit code after complaining. */
int quality_read(const arguments *a, fir_journal *j, int64_t since, int64_t until, quality *q);
void quality_free(quality *q);

/* A duration for people: "1.2 ms". */
void duration_text(int64_t ns, char out[24]);

/* Right ones among the judged, 0 to 1; negative: nobody judged. */
double precision_of(const rule_report *r);

void quality_text(const quality *q);
void quality_json(const quality *q);
/* One page with its charts, nothing of it from elsewhere. */
void quality_html(const quality *q, FILE *to, const char *title);

#endif
