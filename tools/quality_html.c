/* SPDX-License-Identifier: Apache-2.0 */
/* `falcoir report --html`: one page, its charts drawn as SVG. Texts of alerts are strangers' texts: all of them are escaped, and
 * the page forbids itself scripts and everything from elsewhere. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "quality.h"
#include "show.h"

enum { WIDTH = 760, LEFT = 200, RIGHT = 60, BAR = 16, ROW = 26, MOST_ROWS = 40 };

/* Text for HTML and for attributes; what would steer a reader's eye is made visible first. */
static void put_html(FILE *to, const char *s)
{
    static const char special[] = "&<>\"'";
    static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    char *safe = NULL;
    size_t n = 0;
    FILE *memory = open_memstream(&safe, &n);
    if (memory == NULL) {
        return;
    }
    put_text(memory, s);
    if (fclose(memory) == 0) {
        for (size_t i = 0; i < n; i++) {
            const char *meaning = strchr(special, safe[i]);
            meaning != NULL ? (void)fputs(names[meaning - special], to) : (void)fputc(safe[i], to);
        }
    }
    free(safe);
}

/* ---- charts ---- */

static void begin_chart(FILE *to, const char *title, int height)
{
    fprintf(to, "<figure><figcaption>%s</figcaption>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n", title, WIDTH,
            height, title);
}

static void end_chart(FILE *to)
{
    fputs("</svg></figure>\n", to);
}

static void put_label(FILE *to, double x, double y, const char *anchor, const char *text)
{
    fprintf(to, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
    put_html(to, text);
    fputs("</text>\n", to);
}

/* A bar with what it says when it is pointed at. */
static void put_bar(FILE *to, const char *class, double x, double y, double width, double height, const char *format, ...)
    __attribute__((format(printf, 7, 8)));
static void put_bar(FILE *to, const char *class, double x, double y, double width, double height, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(to, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\"><title>", class, x, y, width,
            height);
    put_html(to, text);
    fputs("</title></rect>\n", to);
}

/* A long name keeps its start. */
static void put_name(FILE *to, double y, const char *name)
{
    char cut[32];
    size_t n = strlen(name), most = 26;
    if (n > most) {
        for (n = most; n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80; n--) {
        }
        (void)snprintf(cut, sizeof cut, "%.*s\xe2\x80\xa6", (int)n, name);
        name = cut;
    }
    put_label(to, LEFT - 10, y, "end", name);
}

typedef struct decades {
    double low, high; /* powers of ten, in nanoseconds */
} decades;

static double place(const decades *d, int64_t ns)
{
    double at = log10(ns > 1 ? (double)ns : 1);
    at = at < d->low ? d->low : at > d->high ? d->high : at;
    return LEFT + (at - d->low) / (d->high - d->low) * (WIDTH - LEFT - RIGHT);
}

/* Times lie so far apart that only a logarithmic axis shows them all. */
static void stage_chart(const quality *q, FILE *to)
{
    decades d = {12, 3};
    for (stage s = 0; s < STAGES; s++) {
        if (q->stages[s].n != 0) {
            double low = floor(log10((double)percentile(&q->stages[s], 50) + 1)),
                   high = ceil(log10((double)percentile(&q->stages[s], 99) + 1));
            d.low = low < d.low ? low : d.low;
            d.high = high > d.high ? high : d.high;
        }
    }
    if (d.low >= d.high) {
        return;
    }
    begin_chart(to, "How fast: half, nine of ten and 99 of 100 actions", STAGES * ROW + 30);
    for (int at = (int)d.low; at <= (int)d.high; at++) {
        char text[24];
        double x = LEFT + (at - d.low) / (d.high - d.low) * (WIDTH - LEFT - RIGHT);
        duration_text((int64_t)pow(10, at), text);
        fprintf(to, "<line class=\"grid\" x1=\"%.1f\" y1=\"0\" x2=\"%.1f\" y2=\"%d\"/>\n", x, x, STAGES * ROW);
        put_label(to, x, STAGES * ROW + 16, "middle", text);
    }
    static const struct {
        const char *class;
        double p;
    } marks[] = {{"p99", 99}, {"p90", 90}, {"p50", 50}};
    for (stage s = 0; s < STAGES; s++) {
        double y = s * ROW + 5;
        put_name(to, y + 12, stage_names[s]);
        for (size_t i = 0; q->stages[s].n != 0 && i < sizeof marks / sizeof marks[0]; i++) {
            char text[24];
            int64_t ns = percentile(&q->stages[s], marks[i].p);
            duration_text(ns, text);
            put_bar(to, marks[i].class, LEFT, y, place(&d, ns) - LEFT + 1, BAR, "%s, %s: %s", stage_names[s], marks[i].class, text);
        }
    }
    end_chart(to);
    fputs("<p class=\"key\"><b class=\"p50\"></b>p50 <b class=\"p90\"></b>p90 <b class=\"p99\"></b>p99</p>\n", to);
}

typedef struct part {
    const char *class, *name;
    size_t (*count)(const rule_report *r);
} part;

static size_t count_well(const rule_report *r)
{
    return r->ended[ENDED_WELL];
}
static size_t count_badly(const rule_report *r)
{
    return r->ended[ENDED_BADLY];
}
static size_t count_otherwise(const rule_report *r)
{
    return r->ended[ENDED_OTHERWISE];
}
static size_t count_right(const rule_report *r)
{
    return r->right;
}
static size_t count_wrong(const rule_report *r)
{
    return r->wrong;
}

static size_t count_all(const rule_report *r, const part *parts, size_t n)
{
    size_t all = 0;
    for (size_t i = 0; i < n; i++) {
        all += parts[i].count(r);
    }
    return all;
}

static void stacked_row(FILE *to, const rule_report *r, const part *parts, size_t n, size_t most, double y)
{
    double x = LEFT, unit = (double)(WIDTH - LEFT - RIGHT) / (double)most;
    char total[24];
    put_name(to, y + 12, r->name);
    for (size_t i = 0; i < n; i++) {
        size_t count = parts[i].count(r);
        if (count != 0) {
            put_bar(to, parts[i].class, x, y, (double)count * unit, BAR, "%.120s: %zu %s", r->name, count, parts[i].name);
            x += (double)count * unit;
        }
    }
    (void)snprintf(total, sizeof total, "%zu", count_all(r, parts, n));
    put_label(to, x + 6, y + 12, "start", total);
}

/* A bar a rule, of parts one behind the other. */
static void stacked_chart(const quality *q, FILE *to, const char *title, const part *parts, size_t n)
{
    size_t most = 0, rows = 0, row = 0;
    for (size_t i = 0; i < q->n_rules; i++) {
        size_t all = count_all(&q->rules[i], parts, n);
        most = all > most ? all : most;
        rows += all != 0;
    }
    if (most == 0) {
        return;
    }
    rows = rows < MOST_ROWS ? rows : MOST_ROWS;
    begin_chart(to, title, (int)rows * ROW + 6);
    for (size_t i = 0; i < q->n_rules && row < rows; i++) {
        if (count_all(&q->rules[i], parts, n) != 0) {
            stacked_row(to, &q->rules[i], parts, n, most, (double)(row++ * ROW) + 5);
        }
    }
    end_chart(to);
    fputs("<p class=\"key\">", to);
    for (size_t i = 0; i < n; i++) {
        fprintf(to, "<b class=\"%s\"></b>%s ", parts[i].class, parts[i].name);
    }
    fputs("</p>\n", to);
}

static void time_chart(const quality *q, FILE *to)
{
    size_t most = 0;
    double width = (double)(WIDTH - 60) / BUCKETS;
    for (size_t i = 0; i < BUCKETS; i++) {
        most = q->buckets[i] > most ? q->buckets[i] : most;
    }
    if (most == 0 || q->last <= q->first) {
        return;
    }
    char label[32];
    begin_chart(to, "When: actions over time", 150);
    (void)snprintf(label, sizeof label, "%zu", most);
    put_label(to, 44, 16, "end", label);
    put_label(to, 44, 120, "end", "0");
    for (size_t i = 0; i < BUCKETS; i++) {
        double height = 110.0 * (double)q->buckets[i] / (double)most;
        time_text(q->first + (int64_t)((double)(q->last - q->first) / BUCKETS * (double)i), label);
        if (q->buckets[i] != 0) {
            put_bar(to, "p90", 50 + (double)i * width, 120 - height, width - 1.5, height, "%zu from %s", q->buckets[i], label);
        }
    }
    time_text(q->first, label);
    put_label(to, 50, 140, "start", label);
    time_text(q->last, label);
    put_label(to, WIDTH - 10, 140, "end", label);
    end_chart(to);
}

/* ---- tables ---- */

static void rule_table(const quality *q, FILE *to)
{
    fputs(
        "<table><thead><tr><th>rule<th>alerts<th>actions<th>succeeded<th>failed<th>other<th>right<th>false<th>precision<th>p50 to "
        "done</tr></thead><tbody>\n",
        to);
    for (size_t i = 0; i < q->n_rules; i++) {
        const rule_report *r = &q->rules[i];
        char half[24] = "", precision[16] = "";
        if (r->all.n != 0) {
            duration_text(percentile(&r->all, 50), half);
        }
        if (precision_of(r) >= 0) {
            (void)snprintf(precision, sizeof precision, "%.0f %%", 100 * precision_of(r));
        }
        fputs("<tr><td>", to);
        put_html(to, r->name);
        fprintf(to, "<td>%zu<td>%zu<td>%zu<td>%zu<td>%zu<td>%zu<td>%zu<td>%s<td>%s</tr>\n", r->alerts, r->actions,
                r->ended[ENDED_WELL], r->ended[ENDED_BADLY], r->ended[ENDED_OTHERWISE], r->right, r->wrong, precision, half);
    }
    fputs("</tbody></table>\n", to);
}

static void shared_table(FILE *to, const rule_report *r)
{
    fputs("<h3>", to);
    put_html(to, r->name);
    fprintf(to, "</h3><p>%zu of %zu judged alerts were false alarms.", r->wrong, r->right + r->wrong);
    if (r->n_shared == 0) {
        fputs(" No field tells them from the others.</p>\n", to);
        return;
    }
    fputs("</p><table><thead><tr><th>field<th>value<th>in false alarms<th>in others<th>to leave them out</tr></thead><tbody>\n",
          to);
    for (size_t i = 0; i < r->n_shared; i++) {
        const shared *s = &r->shared[i];
        fputs("<tr><td>", to);
        put_html(to, s->field);
        fputs("<td>", to);
        put_html(to, s->value);
        fprintf(to, "<td>%zu of %zu<td>%zu of %zu<td><code>", s->of_false, r->wrong, s->of_others, r->others);
        put_html(to, s->exception);
        fputs("</code></tr>\n", to);
    }
    fputs("</tbody></table>\n", to);
}

static void shared_tables(const quality *q, FILE *to)
{
    bool any = false;
    for (size_t i = 0; i < q->n_rules; i++) {
        if (q->rules[i].wrong >= 2) {
            fputs(any ? "" : "<h2>What false alarms share</h2>\n", to);
            any = true;
            shared_table(to, &q->rules[i]);
        }
    }
}

/* ---- the page ---- */

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:820px;margin:2rem auto;padding:0 1rem;background:#fff;color:#1d2530}"
    "h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}figure{margin:1.2rem 0 0}figcaption{font-weight:600}"
    "svg{width:100%;height:auto;font-size:12px}svg text{fill:currentColor}.grid{stroke:#8886;stroke-width:1}"
    ".p50{fill:#1f5fa8;background:#1f5fa8}.p90{fill:#5b9bd5;background:#5b9bd5}.p99{fill:#bcd6ee;background:#bcd6ee}"
    ".good{fill:#1b9e77;background:#1b9e77}.bad{fill:#d95f02;background:#d95f02}.other{fill:#a5adb8;background:#a5adb8}"
    ".key{margin:.2rem 0;font-size:13px}.key b{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 .8em;border-radius:2px}"
    "table{border-collapse:collapse;width:100%;font-size:13px}th,td{padding:.25rem .5rem;border-bottom:1px solid "
    "#8884;text-align:right;"
    "overflow-wrap:anywhere}th:first-child,td:first-child,code{text-align:left}"
    "@media(prefers-color-scheme:dark){body{background:#14181e;color:#dfe5ec}.p99{fill:#33506e;background:#33506e}}";

void quality_html(const quality *q, FILE *to, const char *title)
{
    static const part endings[] = {
        {"good", "succeeded", count_well}, {"bad", "failed", count_badly}, {"other", "other", count_otherwise}};
    static const part judgements[] = {{"good", "right", count_right}, {"bad", "false alarms", count_wrong}};
    char from[32] = "", until[32] = "";
    fprintf(to,
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" "
            "content=\"default-src 'none'; style-src 'unsafe-inline'\"><meta name=\"viewport\" content=\"width=device-width\">"
            "<title>falcoir report</title><style>%s</style></head><body>\n<h1>Responses of ",
            style);
    put_html(to, title);
    fputs("</h1>\n", to);
    if (q->actions != 0) {
        time_text(q->first, from);
        time_text(q->last, until);
        fprintf(to, "<p>%zu alerts, %zu actions, %s to %s.</p>\n", q->alerts, q->actions, from, until);
    } else {
        fprintf(to, "<p>%zu alerts, no actions.</p>\n", q->alerts);
    }
    stage_chart(q, to);
    time_chart(q, to);
    fputs("<h2>How well</h2>\n", to);
    stacked_chart(q, to, "Actions by rule", endings, sizeof endings / sizeof endings[0]);
    stacked_chart(q, to, "What people said of the alerts", judgements, sizeof judgements / sizeof judgements[0]);
    rule_table(q, to);
    shared_tables(q, to);
    fputs("</body></html>\n", to);
}
