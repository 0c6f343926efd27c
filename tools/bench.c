/* SPDX-License-Identifier: Apache-2.0 */
/* falcoir-bench: how fast a playbook answers a file of alerts on this machine (docs/performance.md). Public headers only. */
#include <errno.h>
#include <falcoir/falcoir.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef __linux__
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

enum { FINE = 0, WRONG_USE = 2, IMPOSSIBLE = 3 };
enum { READ, EVALUATE, WRITE, WHOLE, PHASES };
enum { DEFAULT_ROUNDS = 20, MOST_SAMPLES = 20000000 };

static const char *const phase_names[PHASES] = {"read", "evaluate", "write", "whole"};

typedef struct alert {
    char *text;
    size_t n;
} alert;

typedef struct bench {
    const char *corpus;
    fir_playbook *playbook;
    fir_evaluator *evaluator;
    fir_event *event;
    alert *alerts;
    size_t n_alerts, bytes, refused, hits, planned, plan_bytes, rounds;
    uint64_t *samples[PHASES]; /* nanoseconds */
    size_t n_samples;
    double instructions; /* an alert; below 0: not available */
} bench;

static const char usage[] =
    "usage: falcoir-bench --corpus FILE --playbook FILE... [--rounds N] [--json]\n"
    "Measures on this machine, with one thread, how fast alerts are read, evaluated and their plans written.\n"
    "  --corpus FILE    alerts, in any form that falcoir reads\n"
    "  --playbook FILE  may be given several times\n"
    "  --rounds N       how often the whole corpus is gone through; default 20, after one that is not measured\n"
    "  --json           one JSON object on stdout\n";

static void complain(const char *what, const char *why)
{
    fprintf(stderr, "falcoir-bench: %s: %s\n", what, why);
}

static void *need(void *p)
{
    if (p == NULL) {
        complain("memory", "there is none left");
        exit(IMPOSSIBLE);
    }
    return p;
}

/* ---- the corpus ---- */

static char *read_file(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    size_t cap = 1 << 16, got;
    char *p = need(malloc(cap));
    *n = 0;
    if (f == NULL) {
        complain(path, strerror(errno));
        exit(IMPOSSIBLE);
    }
    while ((got = fread(p + *n, 1, cap - *n, f)) != 0) {
        *n += got;
        if (*n == cap) {
            p = need(realloc(p, cap *= 2));
        }
    }
    if (ferror(f)) {
        complain(path, strerror(errno));
        exit(IMPOSSIBLE);
    }
    (void)fclose(f);
    return p;
}

/* The alert in hand, as it stood in the file; one of an envelope with others as canonical JSON. */
static void keep_alert(bench *b, fir_reader *r)
{
    fir_str text = {NULL, 0};
    (void)fir_reader_text(r, &text);
    fir_buf own = {NULL, 0, NULL};
    fir_event *e;
    if (fir_event_new(NULL, &e, NULL) != 0) {
        need(NULL);
    }
    if (fir_event_parse(e, text.ptr, text.len, NULL, NULL) != 0) {
        need(fir_event_to_json(b->event, &own, NULL) == 0 ? &own : NULL);
        text = (fir_str){own.ptr, own.len};
    }
    fir_event_free(e);
    b->alerts = need(realloc(b->alerts, (b->n_alerts + 1) * sizeof *b->alerts));
    alert *a = &b->alerts[b->n_alerts++];
    a->n = text.len;
    a->text = need(malloc(text.len != 0 ? text.len : 1));
    memcpy(a->text, text.ptr, text.len);
    b->bytes += text.len;
    fir_buf_dispose(&own);
}

static int read_corpus(bench *b)
{
    size_t n;
    char *p = read_file(b->corpus, &n);
    fir_reader *r;
    fir_error err;
    int status;
    if (fir_reader_new(NULL, &r, &err) != 0 || fir_reader_feed(r, p, n, 1, &err) != 0) {
        complain(b->corpus, err.message);
        return IMPOSSIBLE;
    }
    free(p);
    while ((status = fir_reader_next(r, b->event, NULL, NULL, &err)) != FIR_ENOTFOUND) {
        if (status == 0) {
            keep_alert(b, r);
        } else if (status == FIR_EPARSE || status == FIR_ELIMIT) {
            b->refused++;
        } else {
            complain(b->corpus, err.message);
            return IMPOSSIBLE;
        }
    }
    fir_reader_free(r);
    if (b->n_alerts == 0) {
        complain(b->corpus, "there is no alert in it");
        return IMPOSSIBLE;
    }
    return FINE;
}

/* ---- measuring ---- */

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* One alert through; at: the times before and after each phase. *json: the plan, empty when there is none. */
static int answer(bench *b, const alert *a, uint64_t at[4], fir_buf *json)
{
    fir_error err;
    fir_plan *plan = NULL;
    *json = (fir_buf){NULL, 0, NULL};
    at[0] = now();
    int status = fir_event_parse(b->event, a->text, a->n, NULL, &err);
    at[1] = now();
    if (status == 0) {
        status = fir_evaluate(b->evaluator, b->playbook, b->event, FIR_PLAN_TO_READ, &plan, &err);
    }
    at[2] = now();
    if (status == 0 && plan != NULL) {
        status = fir_plan_to_json(plan, json, &err);
    }
    at[3] = now();
    fir_plan_free(plan);
    if (status != 0) {
        complain(b->corpus, err.message);
    }
    return status;
}

/* The round that is not timed: what comes out is counted. */
static int count_round(bench *b)
{
    for (size_t i = 0; i < b->n_alerts; i++) {
        uint64_t at[4];
        fir_buf json;
        if (answer(b, &b->alerts[i], at, &json) != 0) {
            return IMPOSSIBLE;
        }
        if (json.len != 0) {
            json_t *plan = json_loadb(json.ptr, json.len, JSON_ALLOW_NUL, NULL);
            b->hits += json_array_size(json_object_get(plan, "rules"));
            json_decref(plan);
            b->planned++;
            b->plan_bytes += json.len;
        }
        fir_buf_dispose(&json);
    }
    return FINE;
}

static int timed_round(bench *b)
{
    for (size_t i = 0; i < b->n_alerts; i++) {
        uint64_t at[4];
        fir_buf json;
        if (answer(b, &b->alerts[i], at, &json) != 0) {
            return IMPOSSIBLE;
        }
        fir_buf_dispose(&json);
        for (int phase = READ; phase <= WRITE; phase++) {
            b->samples[phase][b->n_samples] = at[phase + 1] - at[phase];
        }
        b->samples[WHOLE][b->n_samples++] = at[3] - at[0];
    }
    return FINE;
}

#ifdef __linux__
/* A counter of this thread's instructions outside of the kernel, or -1. */
static int open_counter(void)
{
    struct perf_event_attr a;
    memset(&a, 0, sizeof a);
    a.type = PERF_TYPE_HARDWARE;
    a.size = sizeof a;
    a.config = PERF_COUNT_HW_INSTRUCTIONS;
    a.disabled = 1;
    a.exclude_kernel = 1;
    a.exclude_hv = 1;
    return (int)syscall(SYS_perf_event_open, &a, 0, -1, -1, 0);
}

static int counted_round(bench *b)
{
    int counter = open_counter(), status = FINE;
    uint64_t count = 0;
    if (counter < 0) {
        return FINE;
    }
    (void)ioctl(counter, PERF_EVENT_IOC_ENABLE, 0);
    for (size_t i = 0; i < b->n_alerts && status == FINE; i++) {
        uint64_t at[4];
        fir_buf json;
        status = answer(b, &b->alerts[i], at, &json) == 0 ? FINE : IMPOSSIBLE;
        fir_buf_dispose(&json);
    }
    (void)ioctl(counter, PERF_EVENT_IOC_DISABLE, 0);
    if (status == FINE && read(counter, &count, sizeof count) == (ssize_t)sizeof count && count != 0) {
        b->instructions = (double)count / (double)b->n_alerts;
    }
    (void)close(counter);
    return status;
}
#else
static int counted_round(bench *b)
{
    (void)b;
    return FINE;
}
#endif

static int measure(bench *b)
{
    if (b->rounds > MOST_SAMPLES / b->n_alerts) {
        b->rounds = MOST_SAMPLES / b->n_alerts + 1;
    }
    for (int phase = 0; phase < PHASES; phase++) {
        b->samples[phase] = need(calloc(b->rounds * b->n_alerts, sizeof(uint64_t)));
    }
    int status = count_round(b);
    for (size_t i = 0; i < b->rounds && status == FINE; i++) {
        status = timed_round(b);
    }
    return status == FINE ? counted_round(b) : status;
}

/* ---- the result ---- */

typedef struct figures {
    double per_second;
    uint64_t p50, p99, max;
} figures;

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static figures summarise(uint64_t *samples, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)samples[i];
    }
    qsort(samples, n, sizeof *samples, by_value);
    return (figures){(double)n / (sum > 0 ? sum : 1) * 1e9, samples[(n - 1) / 2], samples[(n - 1) * 99 / 100], samples[n - 1]};
}

static void print_text(bench *b)
{
    printf("%zu alerts, %zu bytes, %zu refused; %zu with a plan, %zu hits, %zu bytes of plans; %zu rounds, one thread, %s\n",
           b->n_alerts, b->bytes, b->refused, b->planned, b->hits, b->plan_bytes, b->rounds, fir_version_string());
    printf("%-10s %12s %10s %10s %10s\n", "", "alerts/s", "p50 ns", "p99 ns", "max ns");
    for (int phase = 0; phase < PHASES; phase++) {
        figures f = summarise(b->samples[phase], b->n_samples);
        printf("%-10s %12.0f %10llu %10llu %10llu\n", phase_names[phase], f.per_second, (unsigned long long)f.p50,
               (unsigned long long)f.p99, (unsigned long long)f.max);
    }
    if (b->instructions >= 0) {
        printf("%.0f instructions an alert\n", b->instructions);
    } else {
        printf("instructions: not available (no hardware counter, or not allowed)\n");
    }
}

static void print_json(bench *b)
{
    json_t *phases = json_object();
    for (int phase = 0; phase < PHASES; phase++) {
        figures f = summarise(b->samples[phase], b->n_samples);
        json_object_set_new(phases, phase_names[phase],
                            json_pack("{s:f,s:I,s:I,s:I}", "alerts_per_second", f.per_second, "p50_ns", (json_int_t)f.p50, "p99_ns",
                                      (json_int_t)f.p99, "max_ns", (json_int_t)f.max));
    }
    json_t *all = json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "version", fir_version_string(), "alerts",
                            (json_int_t)b->n_alerts, "bytes", (json_int_t)b->bytes, "refused", (json_int_t)b->refused, "planned",
                            (json_int_t)b->planned, "hits", (json_int_t)b->hits, "plan_bytes", (json_int_t)b->plan_bytes, "rounds",
                            (json_int_t)b->rounds, "phases", need(phases));
    json_object_set_new(need(all), "instructions", b->instructions >= 0 ? json_real(b->instructions) : json_null());
    char *text = need(json_dumps(all, JSON_SORT_KEYS | JSON_COMPACT | JSON_REAL_PRECISION(12)));
    puts(text);
    free(text);
    json_decref(all);
}

/* ---- the program ---- */

static int compile(fir_compiler *k, bench *b)
{
    fir_error err;
    fir_buf diagnostics;
    int status = fir_compiler_build(k, &b->playbook, &err);
    if (status != 0) {
        complain("playbook", err.message);
        if (fir_compiler_diagnostics_json(k, &diagnostics, NULL) == 0) {
            fprintf(stderr, "%s\n", diagnostics.ptr);
            fir_buf_dispose(&diagnostics);
        }
    }
    return status == 0 ? FINE : status == FIR_ECOMPILE ? WRONG_USE : IMPOSSIBLE;
}

static int run(fir_compiler *k, bench *b, int as_json)
{
    int status = compile(k, b);
    if (status == FINE) {
        status = read_corpus(b);
    }
    if (status == FINE) {
        status = measure(b);
    }
    if (status == FINE) {
        (as_json ? print_json : print_text)(b);
        if (fflush(stdout) != 0) {
            complain("stdout", strerror(errno));
            status = IMPOSSIBLE;
        }
    }
    return status;
}

static void let_go(bench *b)
{
    for (size_t i = 0; i < b->n_alerts; i++) {
        free(b->alerts[i].text);
    }
    free(b->alerts);
    for (int phase = 0; phase < PHASES; phase++) {
        free(b->samples[phase]);
    }
    fir_event_free(b->event);
    fir_evaluator_free(b->evaluator);
    fir_playbook_unref(b->playbook);
}

static size_t rounds_of(const char *text)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    return errno == 0 && *text >= '1' && *text <= '9' && *end == '\0' ? n : 0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"corpus", required_argument, NULL, 'c'}, {"playbook", required_argument, NULL, 'p'},
                                            {"rounds", required_argument, NULL, 'r'}, {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    bench b = {.rounds = DEFAULT_ROUNDS, .instructions = -1};
    fir_compiler *k = NULL;
    fir_error err;
    int option, files = 0, as_json = 0;
    if (fir_compiler_new(NULL, NULL, &k, &err) != 0 || fir_evaluator_new(NULL, &b.evaluator, &err) != 0 ||
        fir_event_new(NULL, &b.event, &err) != 0) {
        complain("start", err.message);
        return IMPOSSIBLE;
    }
    while ((option = getopt_long(argc, argv, "c:p:r:jh", options, NULL)) != -1) {
        if (option == 'h') {
            return fputs(usage, stdout) >= 0 ? FINE : IMPOSSIBLE;
        }
        if (option == 'p' && fir_compiler_add_file(k, optarg, &err) != 0) {
            complain(optarg, err.message);
            return IMPOSSIBLE;
        }
        files += option == 'p';
        b.corpus = option == 'c' ? optarg : b.corpus;
        b.rounds = option == 'r' ? rounds_of(optarg) : b.rounds;
        as_json |= option == 'j';
        if (option == '?') {
            fputs(usage, stderr);
            return WRONG_USE;
        }
    }
    if (optind != argc || b.corpus == NULL || files == 0 || b.rounds == 0) {
        fputs(usage, stderr);
        return WRONG_USE;
    }
    int status = run(k, &b, as_json);
    let_go(&b);
    fir_compiler_free(k);
    return status;
}
