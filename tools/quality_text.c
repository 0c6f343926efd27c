/* SPDX-License-Identifier: Apache-2.0 */
/* `falcoir report` for a terminal and for scripts, and its options. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "quality.h"
#include "show.h"

#define SECOND INT64_C(1000000000)

static void show_stage(const quality *q, stage s)
{
    const spread *v = &q->stages[s];
    char p50[24], p90[24], p99[24], most[24];
    duration_text(percentile(v, 50), p50);
    duration_text(percentile(v, 90), p90);
    duration_text(percentile(v, 99), p99);
    duration_text(percentile(v, 100), most);
    if (v->n == 0) {
        say("  %-22s %10s %10s %10s %10s %8d", stage_names[s], "-", "-", "-", "-", 0);
    } else {
        say("  %-22s %10s %10s %10s %10s %8zu", stage_names[s], p50, p90, p99, most, v->n);
    }
}

static void show_rule(const rule_report *r)
{
    char precision[16] = "-", half[24] = "-";
    if (precision_of(r) >= 0) {
        (void)snprintf(precision, sizeof precision, "%.0f %%", 100 * precision_of(r));
    }
    if (r->all.n != 0) {
        duration_text(percentile(&r->all, 50), half);
    }
    say("  %7zu %8zu %10zu %7zu %6zu %6zu %6zu %10s %10s  %s", r->alerts, r->actions, r->ended[ENDED_WELL], r->ended[ENDED_BADLY],
        r->ended[ENDED_OTHERWISE], r->right, r->wrong, precision, half, r->name);
}

static void show_shared(const rule_report *r)
{
    say("  %s: %zu of %zu judged alerts were false alarms", r->name, r->wrong, r->right + r->wrong);
    for (size_t i = 0; i < r->n_shared; i++) {
        const shared *s = &r->shared[i];
        say("    %s is %s in %zu of %zu false alarms and %zu of %zu others%s%s", s->field, s->value, s->of_false, r->wrong,
            s->of_others, r->others, s->exception[0] != '\0' ? "; to leave them out: " : "", s->exception);
    }
    if (r->n_shared == 0) {
        say("    no field tells them from the others");
    }
}

void quality_text(const quality *q)
{
    char from[32] = "", to[32] = "";
    size_t wrong = 0;
    if (q->actions != 0) {
        time_text(q->first, from);
        time_text(q->last, to);
        say("%zu alerts, %zu actions, %s to %s", q->alerts, q->actions, from, to);
    } else {
        say("%zu alerts, no actions", q->alerts);
    }
    say("%s", "");
    say("How fast                 %10s %10s %10s %10s %8s", "p50", "p90", "p99", "most", "of");
    for (stage s = 0; s < STAGES; s++) {
        show_stage(q, s);
    }
    say("%s", "");
    say("How well");
    say("  %7s %8s %10s %7s %6s %6s %6s %10s %10s  %s", "alerts", "actions", "succeeded", "failed", "other", "right", "false",
        "precision", "p50 done", "rule");
    for (size_t i = 0; i < q->n_rules; i++) {
        show_rule(&q->rules[i]);
        wrong += q->rules[i].wrong >= 2;
    }
    if (wrong != 0) {
        say("%s", "");
        say("What false alarms share");
        for (size_t i = 0; i < q->n_rules; i++) {
            if (q->rules[i].wrong >= 2) {
                show_shared(&q->rules[i]);
            }
        }
    }
}

/* ---- JSON ---- */

static json_t *spread_json(const spread *v)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "count", (json_int_t)v->n, "max", (json_int_t)percentile(v, 100), "p50",
                     (json_int_t)percentile(v, 50), "p90", (json_int_t)percentile(v, 90), "p99", (json_int_t)percentile(v, 99));
}

static json_t *rule_json(const rule_report *r)
{
    json_t *o = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "rule", r->name, "alerts", (json_int_t)r->alerts,
                          "actions", (json_int_t)r->actions, "succeeded", (json_int_t)r->ended[ENDED_WELL], "failed",
                          (json_int_t)r->ended[ENDED_BADLY], "other", (json_int_t)r->ended[ENDED_OTHERWISE], "true_positives",
                          (json_int_t)r->right, "false_positives", (json_int_t)r->wrong, "alert_to_done", spread_json(&r->all));
    json_t *list = json_array();
    if (precision_of(r) >= 0) {
        (void)json_object_set_new(o, "precision", json_real(precision_of(r)));
    }
    for (size_t i = 0; i < r->n_shared; i++) {
        const shared *s = &r->shared[i];
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "field", s->field, "value", s->value,
                                                    "exception", s->exception, "in_false_positives", (json_int_t)s->of_false,
                                                    "in_others", (json_int_t)s->of_others, "others", (json_int_t)r->others));
    }
    (void)json_object_set_new(o, "shared", list);
    return o;
}

void quality_json(const quality *q)
{
    json_t *stages = json_object(), *rules = json_array();
    for (stage s = 0; s < STAGES; s++) {
        (void)json_object_set_new(stages, stage_names[s], spread_json(&q->stages[s]));
    }
    for (size_t i = 0; i < q->n_rules; i++) {
        (void)json_array_append_new(rules, rule_json(&q->rules[i]));
    }
    json_t *all = json_pack("{s:I, s:I, s:o, s:o}", "alerts", (json_int_t)q->alerts, "actions", (json_int_t)q->actions, "rules",
                            rules, "stages", stages);
    put_json_line(all);
    json_decref(all);
}

/* ---- the subcommand ---- */

/* A time, or a time span before now: 90s, 30m, 24h, 7d. */
static bool read_moment(const char *text, int64_t *ns)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    char *end;
    if (time_of(text, ns)) {
        return true;
    }
    errno = 0;
    long long n = strtoll(text, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (errno == 0 && end != text && end[0] == units[i].unit && end[1] == '\0' && n >= 0 && n <= 36500) {
            *ns = ((int64_t)time(NULL) - n * units[i].seconds) * SECOND;
            return true;
        }
    }
    return false;
}

static int write_page(const arguments *a, const quality *q, const char *path)
{
    if (strcmp(path, "-") == 0) {
        quality_html(q, stdout, value_of(a, "data"));
        return 0;
    }
    FILE *f = fopen(path, "w");
    if (f == NULL) {
        return impossible(a, "%s: %s", path, strerror(errno));
    }
    quality_html(q, f, value_of(a, "data"));
    bool bad = ferror(f) != 0;
    return fclose(f) != 0 || bad ? impossible(a, "%s: %s", path, strerror(errno)) : 0;
}

int run_report(const arguments *a)
{
    fir_journal *j;
    quality q;
    int64_t since = INT64_MIN, until = INT64_MAX;
    const char *from = value_of(a, "since"), *to = value_of(a, "until"), *html = value_of(a, "html");
    if (a->n_operands != 0) {
        return usage_error(a, "takes no operand");
    }
    if ((from != NULL && !read_moment(from, &since)) || (to != NULL && !read_moment(to, &until))) {
        return usage_error(a, "--since and --until want a time as 2026-07-14T09:00:00Z, or how long ago as 24h");
    }
    int code = journal_of(a, &j);
    if (code != 0) {
        return code;
    }
    code = quality_read(a, j, since, until, &q);
    if (code == 0 && html != NULL) {
        code = write_page(a, &q, html);
    } else if (code == 0) {
        given(a, "json") ? quality_json(&q) : quality_text(&q);
    }
    code = code == 0 && q.h.unread != 0 ? EXIT_IMPOSSIBLE : code;
    quality_free(&q);
    fir_journal_free(j);
    return code;
}
