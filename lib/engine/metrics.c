/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/metrics.h"

#include <inttypes.h>

#include "base/hash.h"
#include "base/time.h"

enum { MAX_LABEL = 200 };

static const struct {
    const char *name, *help, *label, *other;
} metrics[FIR__METRICS] = {
    [FIR__ALERTS_READ] = {"falcoir_alerts_total", "Alerts read.", NULL, NULL},
    [FIR__ALERTS_REFUSED] = {"falcoir_alerts_refused_total", "Alerts that could not be read or planned.", NULL, NULL},
    [FIR__ALERTS_MATCHED] = {"falcoir_alerts_matched_total", "Alerts that some rule answers.", NULL, NULL},
    [FIR__GATE_VERDICTS] = {"falcoir_gate_verdicts_total", "What the gate said of rules.", "rule", "status"},
    [FIR__KEYS_MISSING] = {"falcoir_keys_missing_total", "Alerts that miss a part of a rule's key.", "rule", NULL},
    [FIR__RULES_UNDECIDED] = {"falcoir_rules_undecided_total", "Regular expressions that hit their step limit.", "rule", NULL},
    [FIR__ACTIONS] = {"falcoir_actions_total", "Actions that ended.", "type", "status"},
    [FIR__RETRIES] = {"falcoir_retries_total", "Attempts behind the first.", "type", NULL},
    [FIR__APPROVALS] = {"falcoir_approvals_total", "Approvals, by what became of them.", "status", NULL},
    [FIR__UNDOS] = {"falcoir_undos_total", "Undos that ended.", "type", "status"},
    [FIR__FEEDBACK] = {"falcoir_feedback_total", "What people said of actions.", "rule", "verdict"},
    [FIR__BREAKER_OPENED] = {"falcoir_breaker_opened_total", "Times a destination's breaker opened.", NULL, NULL},
};

static const struct {
    const char *name, *help;
} latencies[FIR__LATENCIES] = {
    [FIR__ACCEPTED_TO_STARTED] = {"falcoir_accepted_to_started_seconds", "From an accepted alert to the beginning of an action."},
    [FIR__STARTED_TO_DONE] = {"falcoir_started_to_done_seconds", "From the beginning of an action to its end."},
    [FIR__ALERT_TO_DONE] = {"falcoir_alert_to_done_seconds", "From the time of an alert to the end of an action."},
};

static const int64_t bounds_ms[FIR__BUCKETS] = {1, 5, 10, 50, 100, 500, 1000, 5000, 10000, 60000, 300000, 3600000};
static const char *const bound_texts[FIR__BUCKETS] = {"0.001", "0.005", "0.01", "0.05", "0.1", "0.5",
                                                      "1",     "5",     "10",   "60",   "300", "3600"};

static bool is_series(const fir__series *s, fir__metric what, fir_str a, fir_str b)
{
    return s->metric == what && fir__str_eq(fir__str(s->text, s->a_len), a) &&
           fir__str_eq(fir__str(s->text + s->a_len, s->b_len), b);
}

void fir__metrics_count(fir__metrics *m, const fir_allocator *a, fir__metric what, fir_str label, fir_str other)
{
    label = fir__str_to(label, MAX_LABEL);
    other = fir__str_to(other, MAX_LABEL);
    fir__series **at = &m->heads[(fir__hash_str(label) ^ fir__hash_str(other) ^ (uint64_t)what) % 256];
    while (*at != NULL && !is_series(*at, what, label, other)) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        fir__series *s = m->n < FIR__MOST_SERIES ? fir__zalloc(a, sizeof *s + label.len + other.len + 1) : NULL;
        if (s == NULL) {
            m->lost++;
            return;
        }
        s->metric = (uint8_t)what;
        s->a_len = (uint32_t)label.len;
        s->b_len = (uint32_t)other.len;
        if (label.len != 0) {
            memcpy(s->text, label.ptr, label.len);
        }
        if (other.len != 0) {
            memcpy(s->text + label.len, other.ptr, other.len);
        }
        m->n++;
        *at = s;
    }
    (*at)->count++;
}

void fir__metrics_time(fir__metrics *m, fir__latency what, int64_t ns)
{
    fir__histogram *h = &m->latencies[what];
    ns = ns > 0 ? ns : 0;
    for (size_t i = 0; i < FIR__BUCKETS; i++) {
        h->buckets[i] += ns <= bounds_ms[i] * (FIR__SECOND / 1000);
    }
    h->count++;
    h->sum_ns += ns;
}

/* A label's value: quotes, backslashes and newlines escaped. */
static void put_label(fir__sbuf *b, const char *name, fir_str value)
{
    fir__sbuf_printf(b, "%s=\"", name);
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c == '"' || c == '\\') {
            fir__sbuf_char(b, '\\');
        }
        fir__sbuf_put(b, c == '\n' ? "\\n" : &c, c == '\n' ? 2 : 1);
    }
    fir__sbuf_char(b, '"');
}

static void put_head(fir__sbuf *b, const char *name, const char *help, const char *type)
{
    fir__sbuf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_series(fir__sbuf *b, const fir__series *s)
{
    fir__sbuf_printf(b, "%s", metrics[s->metric].name);
    if (metrics[s->metric].label != NULL) {
        fir__sbuf_char(b, '{');
        put_label(b, metrics[s->metric].label, fir__str(s->text, s->a_len));
        if (metrics[s->metric].other != NULL) {
            fir__sbuf_char(b, ',');
            put_label(b, metrics[s->metric].other, fir__str(s->text + s->a_len, s->b_len));
        }
        fir__sbuf_char(b, '}');
    }
    fir__sbuf_printf(b, " %" PRIu64 "\n", s->count);
}

static void put_histogram(fir__sbuf *b, fir__latency i, const fir__histogram *h)
{
    const char *name = latencies[i].name;
    put_head(b, name, latencies[i].help, "histogram");
    for (size_t k = 0; k < FIR__BUCKETS; k++) {
        fir__sbuf_printf(b, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", name, bound_texts[k], h->buckets[k]);
    }
    fir__sbuf_printf(b, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %" PRId64 ".%09" PRId64 "\n%s_count %" PRIu64 "\n", name,
                     h->count, name, h->sum_ns / FIR__SECOND, h->sum_ns % FIR__SECOND, name, h->count);
}

void fir__metrics_gauge(fir__sbuf *b, const char *name, const char *help, uint64_t value)
{
    put_head(b, name, help, "gauge");
    fir__sbuf_printf(b, "%s %" PRIu64 "\n", name, value);
}

void fir__metrics_write(const fir__metrics *m, fir__sbuf *b)
{
    for (size_t what = 0; what < FIR__METRICS; what++) {
        put_head(b, metrics[what].name, metrics[what].help, "counter");
        for (size_t i = 0; i < 256; i++) {
            for (const fir__series *s = m->heads[i]; s != NULL; s = s->next) {
                if (s->metric == what) {
                    put_series(b, s);
                }
            }
        }
    }
    for (size_t i = 0; i < FIR__LATENCIES; i++) {
        put_histogram(b, (fir__latency)i, &m->latencies[i]);
    }
    put_head(b, "falcoir_metrics_lost_total", "Counts that found no place.", "counter");
    fir__sbuf_printf(b, "falcoir_metrics_lost_total %" PRIu64 "\n", m->lost);
}

void fir__metrics_free(fir__metrics *m, const fir_allocator *a)
{
    for (size_t i = 0; i < 256; i++) {
        while (m->heads[i] != NULL) {
            fir__series *s = m->heads[i];
            m->heads[i] = s->next;
            fir__free(a, s);
        }
    }
}
