/* SPDX-License-Identifier: Apache-2.0 */
#include "history.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "show.h"

#define SECOND INT64_C(1000000000)
enum { MOST_SKIPPED = 4096 };

/* ---- times and numbers ---- */

void time_text(int64_t ns, char out[32])
{
    time_t seconds = (time_t)(ns / SECOND - (ns % SECOND < 0));
    int milliseconds = (int)((ns - (int64_t)seconds * SECOND) / 1000000);
    struct tm t;
    if (gmtime_r(&seconds, &t) == NULL) {
        (void)snprintf(out, 32, "?");
        return;
    }
    (void)snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (t.tm_year + 1900) % 10000, t.tm_mon + 1, t.tm_mday, t.tm_hour,
                   t.tm_min, t.tm_sec, milliseconds);
}

bool time_of(const char *text, int64_t *ns)
{
    struct tm t = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &t);
    if (rest == NULL) {
        return false;
    }
    int64_t fraction = 0, unit = SECOND;
    if (*rest == '.') {
        for (rest++; *rest >= '0' && *rest <= '9'; rest++) {
            unit /= 10;
            fraction += (*rest - '0') * unit;
        }
    }
    *ns = (int64_t)timegm(&t) * SECOND + fraction;
    return strcmp(rest, "Z") == 0;
}

bool number_of(const json_t *o, const char *key, int64_t *out)
{
    const json_t *v = json_object_get(o, key);
    *out = json_integer_value(v);
    return json_is_integer(v);
}

const char *whole_id(const json_t *all, const char *beginning, bool *several)
{
    const char *found = NULL, *key;
    json_t *v;
    size_t n = strlen(beginning);
    *several = false;
    if (json_object_get(all, beginning) != NULL) {
        return json_object_iter_key(json_object_iter_at((json_t *)all, beginning));
    }
    if (n < SHORTEST_ID) {
        return NULL;
    }
    json_object_foreach((json_t *)all, key, v)
    {
        if (strncmp(key, beginning, n) == 0) {
            *several = found != NULL;
            if (*several) {
                return NULL;
            }
            found = key;
        }
    }
    return found;
}

/* ---- reading ---- */

int journal_of(const arguments *a, fir_journal **out)
{
    fir_error e;
    const char *dir = value_of(a, "data");
    if (dir == NULL) {
        return usage_error(a, "wants --data DIR, the data directory");
    }
    return fir_journal_open(dir, NULL, out, &e) != 0 ? impossible(a, "%s", e.message) : 0;
}

int journal_each(const arguments *a, fir_journal *j, int (*visit)(void *ctx, const fir_journal_entry *e), void *ctx,
                 uint64_t *unread)
{
    fir_journal_entry entry = {.size = sizeof entry};
    uint64_t after = 0, step = 1, skipped = 0;
    for (;;) {
        fir_error e = {0};
        int rc = fir_journal_next(j, after, &entry, &e);
        if (rc == FIR_ENOTFOUND) {
            return 0;
        }
        if (rc == 0) {
            int code = visit(ctx, &entry);
            after = entry.seq;
            step = 1;
            if (code != 0) {
                return code;
            }
            continue;
        }
        if (rc != FIR_EIO || skipped == MOST_SKIPPED) {
            return impossible(a, "%s", e.message);
        }
        (void)impossible(a, "after record %" PRIu64 ": %s", after, e.message);
        /* Behind a damaged page reading may go on: one further, then further. */
        after = e.offset > after ? e.offset : after > UINT64_MAX - step ? UINT64_MAX : after + step;
        step *= ++skipped > 64 ? 2 : 1;
        (*unread)++;
    }
}

/* ---- folding ---- */

static void set(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key, value);
}

static void set_text(json_t *o, const char *key, fir_str s)
{
    if (s.len != 0) {
        set(o, key, json_stringn_nocheck(s.ptr, s.len));
    }
}

/* Copies what a record says under a name. */
static void take(json_t *to, const json_t *from, const char *key)
{
    json_t *v = json_object_get(from, key);
    if (v != NULL) {
        (void)json_object_set(to, key, v);
    }
}

/* The object of an id, made when it is new. */
static json_t *entry_of(json_t *all, fir_str id)
{
    char key[FIR_STORE_MAX_ID + 1];
    size_t n = id.len < FIR_STORE_MAX_ID ? id.len : FIR_STORE_MAX_ID;
    memcpy(key, id.ptr, n);
    key[n] = '\0';
    json_t *o = json_object_get(all, key);
    if (o == NULL) {
        o = json_object();
        set(all, key, o);
    }
    return o;
}

static json_t *action_of(history *h, const fir_journal_entry *e, const json_t *r)
{
    json_t *o = entry_of(h->actions, e->action_id);
    if (json_object_size(o) == 0) {
        set_text(o, "action_id", e->action_id);
        set_text(o, "event_id", e->event_id);
        set(o, "first", json_integer(e->wall_ns));
    }
    take(o, r, "rule");
    take(o, r, "step");
    take(o, r, "use");
    return o;
}

static void fold_alert(history *h, const fir_journal_entry *e, const json_t *r)
{
    json_t *o = entry_of(h->alerts, e->event_id);
    int64_t ns;
    set(o, "accepted", json_integer(e->wall_ns));
    set(o, "live", json_boolean(e->live != 0));
    if (time_of(text_of(r, "time"), &ns)) {
        set(o, "time", json_integer(ns));
    }
}

static void fold_intent(history *h, const fir_journal_entry *e, const json_t *r)
{
    json_t *o = action_of(h, e, r);
    int64_t started;
    if (!number_of(o, "started", &started)) {
        set(o, "started", json_integer(e->wall_ns));
    }
    set(o, "status", json_string("started"));
    take(o, r, "undo_at");
}

static void fold_outcome(history *h, const fir_journal_entry *e, const json_t *r)
{
    json_t *o = action_of(h, e, r);
    int64_t started, duration;
    set(o, "ended", json_integer(e->wall_ns));
    if (!number_of(o, "started", &started) && number_of(r, "duration", &duration)) {
        set(o, "started", json_integer(e->wall_ns - duration));
    }
    take(o, r, "status");
    take(o, r, "attempts");
    take(o, r, "error");
}

static void fold_dead(history *h, const fir_journal_entry *e, const json_t *r)
{
    json_t *o = action_of(h, e, r);
    set(o, "status", json_string("dead"));
    take(o, r, "error");
}

static void fold_undo(history *h, const fir_journal_entry *e, const json_t *r)
{
    json_t *o = action_of(h, e, r);
    take(o, r, "status");
    take(o, r, "error");
    (void)json_object_del(o, "undo_at");
}

static void fold_feedback(history *h, const fir_journal_entry *e, const json_t *r)
{
    json_t *o = action_of(h, e, r);
    set(o, "feedback", json_string(json_is_true(json_object_get(r, "true_positive")) ? "tp" : "fp"));
    take(o, r, "note");
}

static void fold_gate(history *h, const fir_journal_entry *e, const json_t *r)
{
    if (e->action_id.len != 0) {
        take(action_of(h, e, r), r, "status");
    }
}

static void fold_approval(history *h, const fir_journal_entry *e, const json_t *r)
{
    const char *id = text_of(r, "approval");
    if (*id == '\0') {
        return;
    }
    json_t *o = entry_of(h->approvals, (fir_str){id, strlen(id)});
    set_text(o, "event_id", e->event_id);
    set(o, "asked", json_integer(e->wall_ns));
    set(o, "status", json_string("pending"));
    take(o, r, "actions");
    take(o, r, "approval");
    take(o, r, "expires");
    take(o, r, "rule");
}

static void fold_decision(history *h, const fir_journal_entry *e, const json_t *r)
{
    const char *id = text_of(r, "approval");
    (void)e;
    if (*id == '\0') {
        return;
    }
    json_t *o = entry_of(h->approvals, (fir_str){id, strlen(id)});
    const char *state = text_of(r, "state"); /* expired or void, where nobody said no */
    set(o, "status", json_string(*state != '\0' ? state : json_is_true(json_object_get(r, "approve")) ? "approved" : "rejected"));
    take(o, r, "who");
    take(o, r, "why");
}

static void fold_operator(history *h, const fir_journal_entry *e, const json_t *r)
{
    static const struct {
        const char *command, *status;
    } known[] = {{"discard", "discarded"}, {"cancel", "cancelled"}, {"replay", "waiting"}};
    const char *command = text_of(r, "command");
    h->paused = strcmp(command, "pause") == 0 || (h->paused && strcmp(command, "resume") != 0);
    for (size_t i = 0; e->action_id.len != 0 && i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(command, known[i].command) == 0) {
            set(action_of(h, e, r), "status", json_string(known[i].status));
        }
    }
}

static const struct {
    const char *kind;
    void (*fold)(history *h, const fir_journal_entry *e, const json_t *record);
} folds[] = {
    {"alert", fold_alert},       {"approval", fold_approval}, {"dead", fold_dead},     {"decision", fold_decision},
    {"feedback", fold_feedback}, {"gate", fold_gate},         {"intent", fold_intent}, {"operator", fold_operator},
    {"outcome", fold_outcome},   {"undo", fold_undo},
};

static int fold(void *ctx, const fir_journal_entry *e)
{
    history *h = ctx;
    h->records++;
    for (size_t i = 0; i < sizeof folds / sizeof folds[0]; i++) {
        if (strlen(folds[i].kind) == e->kind.len && memcmp(folds[i].kind, e->kind.ptr, e->kind.len) == 0) {
            json_t *r = json_loadb(e->json.ptr, e->json.len, JSON_ALLOW_NUL, NULL);
            if (r != NULL) {
                folds[i].fold(h, e, r);
            }
            json_decref(r);
        }
    }
    return 0;
}

int history_read(const arguments *a, fir_journal *j, history *h)
{
    *h = (history){.alerts = json_object(), .actions = json_object(), .approvals = json_object()};
    return journal_each(a, j, fold, h, &h->unread);
}

void history_free(history *h)
{
    json_decref(h->alerts);
    json_decref(h->actions);
    json_decref(h->approvals);
}
