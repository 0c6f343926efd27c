/* SPDX-License-Identifier: Apache-2.0 */
/* `falcoir journal`: what a data directory holds. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "operate.h"
#include "show.h"

enum { SHORT_ID = 12 };

/* ---- list ---- */

static bool wanted(const arguments *a, const json_t *o)
{
    static const char *const keys[] = {"status", "rule"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *want = value_of(a, keys[i]);
        if (want != NULL && strcmp(want, text_of(o, keys[i])) != 0) {
            return false;
        }
    }
    return true;
}

static void show_action(const json_t *o)
{
    char when[32] = "";
    int64_t ns;
    if (number_of(o, "ended", &ns) || number_of(o, "started", &ns) || number_of(o, "first", &ns)) {
        time_text(ns, when);
    }
    const json_t *error = json_object_get(o, "error");
    say("%s  %-10s %s  %s  %s  %.*s%s%s", when, text_of(o, "status"), text_of(o, "rule"), text_of(o, "step"), text_of(o, "use"),
        SHORT_ID, text_of(o, "action_id"), error != NULL ? "  " : "", text_of(error, "message"));
}

static int list(const arguments *a, fir_journal *j)
{
    history h;
    const char *id;
    json_t *o;
    int code = history_read(a, j, &h);
    json_object_foreach(h.actions, id, o)
    {
        if (code == 0 && wanted(a, o)) {
            given(a, "json") ? put_json_line(o) : show_action(o);
        }
    }
    if (code == 0 && h.unread != 0) {
        code = EXIT_IMPOSSIBLE;
    }
    history_free(&h);
    return code;
}

/* ---- show ---- */

typedef struct search {
    const arguments *a;
    const char *id;
    size_t n, found;
} search;

static bool begins(fir_str s, const search *q)
{
    return s.len >= q->n && memcmp(s.ptr, q->id, q->n) == 0;
}

static json_t *text(fir_str s)
{
    return json_stringn_nocheck(s.ptr, s.len);
}

static int show_record(void *ctx, const fir_journal_entry *e)
{
    search *q = ctx;
    char when[32];
    if (!begins(e->action_id, q) && !begins(e->event_id, q)) {
        return 0;
    }
    q->found++;
    time_text(e->wall_ns, when);
    json_t *record = json_loadb(e->json.ptr, e->json.len, JSON_ALLOW_NUL, NULL);
    if (given(q->a, "json")) {
        json_t *o =
            json_pack("{s:o, s:o, s:s, s:o, s:O?, s:I, s:s}", "action_id", text(e->action_id), "event_id", text(e->event_id),
                      "hash", e->hash, "kind", text(e->kind), "record", record, "seq", (json_int_t)e->seq, "time", when);
        put_json_line(o);
        json_decref(o);
    } else {
        printf("%s  %" PRIu64 "  ", when, e->seq);
        (void)put_safe(stdout, e->kind.ptr, e->kind.len);
        printf("  event %.*s  action %.*s\n    ", (int)(e->event_id.len < SHORT_ID ? e->event_id.len : SHORT_ID), e->event_id.ptr,
               (int)(e->action_id.len < SHORT_ID ? e->action_id.len : SHORT_ID), e->action_id.ptr);
        (void)put_safe(stdout, e->json.ptr, e->json.len);
        printf("\n");
        if (e->alert.len != 0) {
            printf("    ");
            (void)put_safe(stdout, e->alert.ptr, e->alert.len);
            printf("\n");
        }
    }
    json_decref(record);
    return 0;
}

static int show(const arguments *a, fir_journal *j)
{
    search q = {.a = a, .id = a->operands[1], .n = strlen(a->operands[1])};
    uint64_t unread = 0;
    if (q.n < SHORTEST_ID) {
        return usage_error(a, "wants at least the first %d characters of an id", SHORTEST_ID);
    }
    int code = journal_each(a, j, show_record, &q, &unread);
    if (code != 0 || unread != 0) {
        return EXIT_IMPOSSIBLE;
    }
    if (q.found == 0) {
        (void)impossible(a, "no record is about '%s'", q.id);
        return EXIT_NO;
    }
    return EXIT_FINE;
}

/* ---- verify ---- */

static int show_verdict(const arguments *a, const fir_journal_verdict *v)
{
    if (given(a, "json")) {
        json_t *o = json_pack("{s:b, s:I, s:s, s:I, s:I}", "ok", v->broken == 0, "first", (json_int_t)v->first, "head", v->head,
                              "last", (json_int_t)v->last, "records", (json_int_t)v->records);
        if (v->broken != 0) {
            (void)json_object_set_new(o, "broken", json_integer((json_int_t)v->broken));
            (void)json_object_set_new(o, "why", json_string(v->why));
        }
        put_json_line(o);
        json_decref(o);
    } else if (v->broken != 0) {
        say("record %" PRIu64 " is broken: %s. %" PRIu64 " before it are as they were written.", v->broken, v->why, v->records);
    } else {
        say("%" PRIu64 " records, %" PRIu64 " to %" PRIu64 ", are as they were written. The head is", v->records, v->first,
            v->last);
        say("%s", v->head);
    }
    return v->broken == 0 ? EXIT_FINE : EXIT_NO;
}

static int verify(const arguments *a, fir_journal *j)
{
    fir_journal_verdict v = {.size = sizeof v};
    fir_error e;
    int rc = fir_journal_verify(j, value_of(a, "head"), &v, &e);
    if (rc == 0) {
        return show_verdict(a, &v);
    }
    int code = impossible(a, "%s", e.message);
    return rc == FIR_EINVAL ? EXIT_USAGE : rc == FIR_ENOTFOUND ? EXIT_NO : code;
}

/* ---- export ---- */

static int export_all(const arguments *a, fir_journal *j)
{
    uint64_t cursor = 0, step = 1, skipped = 0;
    for (;;) {
        fir_buf out;
        fir_error e = {0};
        int rc = fir_journal_export(j, &cursor, &out, &e);
        if (rc == FIR_ENOTFOUND) {
            return skipped == 0 ? EXIT_FINE : EXIT_IMPOSSIBLE;
        }
        if (rc == 0) {
            (void)fwrite(out.ptr, 1, out.len, stdout);
            fir_buf_dispose(&out);
            step = 1;
            if (output_fails()) {
                return EXIT_IMPOSSIBLE;
            }
            continue;
        }
        (void)impossible(a, "after record %" PRIu64 ": %s", cursor, e.message);
        if (rc != FIR_EIO || cursor > UINT64_MAX - step || skipped == 4096) {
            return EXIT_IMPOSSIBLE;
        }
        cursor = e.offset > cursor ? e.offset : cursor + step; /* behind a damaged page reading may go on */
        step *= ++skipped > 64 ? 2 : 1;
    }
}

/* ---- which ---- */

static int replay(const arguments *a, fir_journal *j)
{
    (void)j;
    return operate(a, "replay", a->operands[1], false);
}

static int discard(const arguments *a, fir_journal *j)
{
    (void)j;
    return operate(a, "discard", a->operands[1], false);
}

static const struct {
    const char *name;
    size_t operands; /* its own name among them */
    int (*run)(const arguments *a, fir_journal *j);
} works[] = {
    {"list", 1, list},         {"show", 2, show},     {"verify", 1, verify},
    {"export", 1, export_all}, {"replay", 2, replay}, {"discard", 2, discard},
};

int run_journal(const arguments *a)
{
    fir_journal *j;
    for (size_t i = 0; a->n_operands != 0 && i < sizeof works / sizeof works[0]; i++) {
        if (strcmp(a->operands[0], works[i].name) == 0) {
            if (a->n_operands != works[i].operands) {
                return usage_error(a, works[i].operands == 1 ? "%s takes no operand" : "%s wants one id", works[i].name);
            }
            int code = journal_of(a, &j);
            if (code == 0) {
                code = works[i].run(a, j);
                fir_journal_free(j);
            }
            return code;
        }
    }
    return usage_error(a, "wants list, show, verify, export, replay or discard");
}
