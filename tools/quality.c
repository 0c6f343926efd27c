/* SPDX-License-Identifier: Apache-2.0 */
#include "quality.h"

#include <stdlib.h>
#include <string.h>

#include "show.h"

enum { LONGEST_VALUE = 200, MOST_VALUES = 2000 };

const char *const stage_names[STAGES] = {"alert to accepted", "accepted to started", "started to done", "alert to done"};
const char *const ending_names[ENDINGS] = {"succeeded", "failed", "other"};

/* ---- numbers ---- */

static bool add(spread *s, int64_t ns)
{
    if (s->n == s->cap) {
        size_t cap = s->cap != 0 ? 2 * s->cap : 64;
        int64_t *more = realloc(s->values, cap * sizeof *more);
        if (more == NULL) {
            return false;
        }
        s->values = more;
        s->cap = cap;
    }
    s->values[s->n++] = ns < 0 ? 0 : ns; /* clocks of two machines */
    return true;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void sort(spread *s)
{
    if (s->n != 0) {
        qsort(s->values, s->n, sizeof *s->values, by_value);
    }
}

int64_t percentile(const spread *s, double p)
{
    if (s->n == 0) {
        return 0;
    }
    size_t rank = (size_t)(p / 100 * (double)s->n);
    return s->values[rank < s->n ? rank : s->n - 1];
}

double precision_of(const rule_report *r)
{
    return r->right + r->wrong == 0 ? -1 : (double)r->right / (double)(r->right + r->wrong);
}

void duration_text(int64_t ns, char out[24])
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"d", 86400e9}, {"h", 3600e9}, {"min", 60e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if ((double)ns >= units[i].ns) {
            double v = (double)ns / units[i].ns;
            (void)snprintf(out, 24, v < 10 ? "%.1f %s" : "%.0f %s", v, units[i].unit);
            return;
        }
    }
    (void)snprintf(out, 24, "%d ns", (int)ns);
}

/* ---- counting ---- */

static rule_report *rule_of(quality *q, const char *name)
{
    for (size_t i = 0; i < q->n_rules; i++) {
        if (strcmp(q->rules[i].name, name) == 0) {
            return &q->rules[i];
        }
    }
    rule_report *more = realloc(q->rules, (q->n_rules + 1) * sizeof *more);
    if (more == NULL) {
        return NULL;
    }
    q->rules = more;
    q->rules[q->n_rules] = (rule_report){.name = name};
    return &q->rules[q->n_rules++];
}

static ending ending_of(const char *status)
{
    static const struct {
        const char *status;
        ending e;
    } known[] = {{"succeeded", ENDED_WELL}, {"undone", ENDED_WELL},       {"failed", ENDED_BADLY},
                 {"dead", ENDED_BADLY},     {"undo_failed", ENDED_BADLY}, {"refused", ENDED_BADLY}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(status, known[i].status) == 0) {
            return known[i].e;
        }
    }
    return ENDED_OTHERWISE;
}

static bool count_times(quality *q, rule_report *r, const json_t *action)
{
    const json_t *alert = json_object_get(q->h.alerts, text_of(action, "event_id"));
    int64_t time, accepted, started, ended;
    bool has_time = number_of(alert, "time", &time), has_accepted = number_of(alert, "accepted", &accepted);
    bool has_started = number_of(action, "started", &started), has_ended = number_of(action, "ended", &ended);
    bool good = true;
    if (has_accepted && has_started) {
        good = add(&q->stages[STAGE_STARTED], started - accepted) && good;
    }
    if (has_started && has_ended) {
        good = add(&q->stages[STAGE_DONE], ended - started) && good;
    }
    if (has_time && has_ended) {
        good = add(&q->stages[STAGE_ALL], ended - time) && add(&r->all, ended - time) && good;
    }
    return good;
}

/* What people said of an alert under a rule; one false alarm among an alert's actions makes it one. */
static void note_event(quality *q, rule_report *r, const json_t *action)
{
    json_t *events = json_object_get(q->events, r->name);
    const char *id = text_of(action, "event_id"), *said = text_of(action, "feedback");
    if (events == NULL) {
        events = json_object();
        (void)json_object_set_new(q->events, r->name, events);
    }
    const char *before = json_string_value(json_object_get(events, id));
    if (before == NULL) {
        r->alerts++;
    }
    if (before == NULL || (strcmp(before, "fp") != 0 && said[0] != '\0')) {
        (void)json_object_set_new(events, id, json_string(said));
    }
}

static bool count_actions(quality *q)
{
    const char *id;
    json_t *action;
    bool good = true;
    q->first = INT64_MAX;
    q->last = INT64_MIN;
    json_object_foreach(q->h.actions, id, action)
    {
        int64_t seen;
        if (!number_of(action, "first", &seen) || seen < q->since || seen >= q->until) {
            continue;
        }
        rule_report *r = rule_of(q, text_of(action, "rule"));
        if (r == NULL) {
            return false;
        }
        q->first = seen < q->first ? seen : q->first;
        q->last = seen > q->last ? seen : q->last;
        q->actions++;
        r->actions++;
        r->ended[ending_of(text_of(action, "status"))]++;
        note_event(q, r, action);
        good = count_times(q, r, action) && good;
    }
    return good;
}

static bool count_alerts(quality *q)
{
    const char *id;
    json_t *alert;
    bool good = true;
    json_object_foreach(q->h.alerts, id, alert)
    {
        int64_t accepted, time;
        if (number_of(alert, "accepted", &accepted) && accepted >= q->since && accepted < q->until) {
            q->alerts++;
            if (number_of(alert, "time", &time)) {
                good = add(&q->stages[STAGE_ACCEPTED], accepted - time) && good;
            }
        }
    }
    return good;
}

static void count_judgements(quality *q)
{
    for (size_t i = 0; i < q->n_rules; i++) {
        const char *id;
        json_t *said;
        json_object_foreach(json_object_get(q->events, q->rules[i].name), id, said)
        {
            q->rules[i].right += strcmp(json_string_value(said), "tp") == 0;
            q->rules[i].wrong += strcmp(json_string_value(said), "fp") == 0;
        }
    }
}

static void fill_buckets(quality *q)
{
    const char *id;
    json_t *action;
    double width = (double)(q->last - q->first) / BUCKETS;
    json_object_foreach(q->h.actions, id, action)
    {
        int64_t seen;
        if (number_of(action, "first", &seen) && seen >= q->first && seen <= q->last) {
            size_t at = width > 0 ? (size_t)((double)(seen - q->first) / width) : 0;
            q->buckets[at < BUCKETS ? at : BUCKETS - 1]++;
        }
    }
}

/* ---- what false alarms share ---- */

typedef struct reading {
    quality *q;
    fir_event *event;
} reading;

static json_t *child(json_t *o, const char *key)
{
    json_t *c = json_object_get(o, key);
    if (c == NULL) {
        c = json_object();
        (void)json_object_set_new(o, key, c);
    }
    return c;
}

static void count_value(json_t *values, const char *value, bool wrong)
{
    json_t *pair = json_object_get(values, value);
    if (pair == NULL) {
        if (json_object_size(values) >= MOST_VALUES) {
            return;
        }
        pair = json_pack("[i, i]", 0, 0);
        (void)json_object_set_new(values, value, pair);
    }
    json_t *n = json_array_get(pair, wrong ? 0 : 1);
    (void)json_integer_set(n, json_integer_value(n) + 1);
}

static void count_fields(const reading *r, rule_report *rule, bool wrong)
{
    fir_str name;
    fir_value v;
    json_t *fields = child(r->q->fields, rule->name);
    rule->others += !wrong;
    for (size_t i = 0; fir_event_field_at(r->event, i, &name, &v) == 0; i++) {
        char key[128], value[LONGEST_VALUE + 1];
        if (name.len >= sizeof key || v.s.len > LONGEST_VALUE || v.s.len == 0 || memchr(name.ptr, '\0', name.len) != NULL ||
            memchr(v.s.ptr, '\0', v.s.len) != NULL || (v.s.len == 4 && memcmp(v.s.ptr, "<NA>", 4) == 0)) {
            continue;
        }
        (void)snprintf(key, sizeof key, "%.*s", (int)name.len, name.ptr);
        (void)snprintf(value, sizeof value, "%.*s", (int)v.s.len, v.s.ptr);
        count_value(child(fields, key), value, wrong);
    }
}

static int look_at_alert(void *ctx, const fir_journal_entry *e)
{
    reading *r = ctx;
    char id[FIR_STORE_MAX_ID + 1];
    bool parsed = false;
    if (e->alert.len == 0 || e->event_id.len > FIR_STORE_MAX_ID) {
        return 0;
    }
    (void)snprintf(id, sizeof id, "%.*s", (int)e->event_id.len, e->event_id.ptr);
    for (size_t i = 0; i < r->q->n_rules; i++) {
        rule_report *rule = &r->q->rules[i];
        const char *said = json_string_value(json_object_get(json_object_get(r->q->events, rule->name), id));
        if (rule->wrong < 2 || said == NULL) {
            continue;
        }
        if (!parsed && fir_event_parse(r->event, e->alert.ptr, e->alert.len, NULL, NULL) != 0) {
            return 0;
        }
        parsed = true;
        count_fields(r, rule, strcmp(said, "fp") == 0);
    }
    return 0;
}

/* How well a value tells false alarms from the others. */
static double score(const rule_report *r, size_t of_false, size_t of_others)
{
    double shares = (double)of_false / (double)r->wrong;
    return r->others == 0 ? shares : shares - (double)of_others / (double)r->others;
}

static void keep_best(rule_report *r, const shared *s)
{
    double mine = score(r, s->of_false, s->of_others);
    size_t at = r->n_shared;
    while (at > 0 && mine > score(r, r->shared[at - 1].of_false, r->shared[at - 1].of_others)) {
        at--;
    }
    if (at == MOST_SHARED) {
        return;
    }
    size_t n = r->n_shared < MOST_SHARED ? r->n_shared : MOST_SHARED - 1;
    memmove(&r->shared[at + 1], &r->shared[at], (n - at) * sizeof *s);
    r->shared[at] = *s;
    r->n_shared = n + 1;
}

/* A condition that leaves them out, if the value can be written in one. */
static void write_exception(shared *s)
{
    enum { BEHIND = sizeof "and not " - 1 };
    fir_condition *c;
    int n = snprintf(s->exception, sizeof s->exception, "and not %s = \"%s\"", s->field, s->value);
    if (n < 0 || (size_t)n >= sizeof s->exception || strpbrk(s->value, "\"\\\n") != NULL ||
        fir_condition_compile(s->exception + BEHIND, (size_t)n - BEHIND, NULL, &c, NULL) != 0) {
        s->exception[0] = '\0';
        return;
    }
    fir_condition_free(c);
}

static void choose_shared(quality *q, rule_report *r)
{
    const char *field, *value;
    json_t *values, *pair;
    json_object_foreach(json_object_get(q->fields, r->name), field, values)
    {
        json_object_foreach(values, value, pair)
        {
            shared s = {.field = field,
                        .value = value,
                        .of_false = (size_t)json_integer_value(json_array_get(pair, 0)),
                        .of_others = (size_t)json_integer_value(json_array_get(pair, 1))};
            /* A good part of them, and by far fewer of the others: else leaving them out would cost more than it gives. */
            if (s.of_false >= 2 && 4 * s.of_false >= r->wrong && 4 * s.of_others * r->wrong <= s.of_false * r->others) {
                keep_best(r, &s);
            }
        }
    }
    for (size_t i = 0; i < r->n_shared; i++) {
        write_exception(&r->shared[i]);
    }
}

static int find_shared(const arguments *a, fir_journal *j, quality *q)
{
    reading r = {.q = q};
    fir_error e;
    uint64_t unread = 0;
    if (fir_event_new(NULL, &r.event, &e) != 0) {
        return impossible(a, "%s", e.message);
    }
    int code = journal_each(a, j, look_at_alert, &r, &unread);
    fir_event_free(r.event);
    for (size_t i = 0; code == 0 && i < q->n_rules; i++) {
        choose_shared(q, &q->rules[i]);
    }
    return code;
}

/* ---- all ---- */

static int by_trouble(const void *a, const void *b)
{
    const rule_report *x = a, *y = b;
    if (x->wrong != y->wrong) {
        return x->wrong > y->wrong ? -1 : 1;
    }
    return x->actions != y->actions ? (x->actions > y->actions ? -1 : 1) : strcmp(x->name, y->name);
}

int quality_read(const arguments *a, fir_journal *j, int64_t since, int64_t until, quality *q)
{
    *q = (quality){.since = since, .until = until, .events = json_object(), .fields = json_object()};
    int code = history_read(a, j, &q->h);
    if (code != 0) {
        return code;
    }
    if (!count_actions(q) || !count_alerts(q)) {
        return impossible(a, "out of memory");
    }
    count_judgements(q);
    fill_buckets(q);
    if (q->n_rules != 0) {
        qsort(q->rules, q->n_rules, sizeof *q->rules, by_trouble);
    }
    for (size_t i = 0; i < STAGES; i++) {
        sort(&q->stages[i]);
    }
    for (size_t i = 0; i < q->n_rules; i++) {
        sort(&q->rules[i].all);
    }
    return q->n_rules != 0 && q->rules[0].wrong >= 2 ? find_shared(a, j, q) : 0;
}

void quality_free(quality *q)
{
    for (size_t i = 0; i < STAGES; i++) {
        free(q->stages[i].values);
    }
    for (size_t i = 0; i < q->n_rules; i++) {
        free(q->rules[i].all.values);
    }
    free(q->rules);
    json_decref(q->events);
    json_decref(q->fields);
    history_free(&q->h);
}
